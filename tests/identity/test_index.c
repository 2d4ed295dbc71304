#include "identity/index.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/rng.h"
#include "identity/model_file.h"
#include "identity/people.h"
#include "identity/train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECORDS = 3200, FIELDS = 6 };

static const sw_link_spec SPEC = {
    .fields = {{.name = "name", .kind = SW_LINK_NAME, .columns = {"name"}, .ncolumns = 1},
               {.name = "sex", .kind = SW_LINK_SEX, .columns = {"sex"}, .ncolumns = 1},
               {.name = "birth", .kind = SW_LINK_DATE, .columns = {"birth"}, .ncolumns = 1, .birth = true},
               {.name = "id", .kind = SW_LINK_CITIZEN_ID, .columns = {"id"}, .ncolumns = 1},
               {.name = "phone", .kind = SW_LINK_PHONE, .columns = {"phone"}, .ncolumns = 1},
               {.name = "address", .kind = SW_LINK_ADDRESS, .columns = {"address"}, .ncolumns = 1}},
    .nfields = FIELDS};

/* Registration i of a town: about 1.8 a person, with gaps, typing errors and ids that contradict. */
static void registration(uint32_t i, test_person *p) {
  sw_rng r = sw_rng_of(7, i);
  test_person_make((unsigned)sw_rng_below(&r, RECORDS * 5 / 9), p);
  if (sw_rng_chance(&r, 0.3)) p->id[0] = '\0';
  if (sw_rng_chance(&r, 0.3)) p->phone[0] = '\0';
  if (sw_rng_chance(&r, 0.3)) p->address[0] = '\0';
  if (sw_rng_chance(&r, 0.05)) p->birth[9] = (char)('0' + sw_rng_below(&r, 9));
  if (sw_rng_chance(&r, 0.03)) {
    test_person other;
    test_person_make((unsigned)sw_rng_below(&r, RECORDS), &other);
    memcpy(p->id, other.id, sizeof p->id);
  }
  if (sw_rng_chance(&r, 0.04)) memcpy(p->name + 3, "明", 3);
}

static sw_link_values values_of(const test_person *p) {
  return (sw_link_values){.text = {{sw_str_of(p->name)}, {sw_str_of(p->sex)}, {sw_str_of(p->birth)}, {sw_str_of(p->id)}, {sw_str_of(p->phone)}, {sw_str_of(p->address)}}};
}

static uint64_t order_of(uint32_t i) { return sw_mix64(i + 99); }

static void append(sw_link_store *s, uint32_t i) {
  sw_error err = SW_ERROR_INIT;
  test_person p;
  registration(i, &p);
  sw_link_values v = values_of(&p);
  sw_link_chunk c = {.n = 1};
  for (size_t f = 0; f < FIELDS; f++) c.columns[f][0] = &v.text[f][0];
  assert_int_equal(sw_link_store_append(s, &SPEC, &c, 1, &err), SW_OK);
}

static void fill(sw_link_store *s, const uint32_t *ids, size_t n) {
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_link_store_init(s, &SPEC, &err), SW_OK);
  for (size_t i = 0; i < n; i++) append(s, ids[i]);
}

/* Ranks of the records by their order keys. */
static uint32_t *ranks(const uint32_t *ids, size_t n) {
  uint32_t *rank = calloc(n, sizeof *rank);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n; k++) rank[i] += order_of(ids[k]) < order_of(ids[i]);
  return rank;
}

static void shuffle(uint32_t *ids, size_t n, uint64_t seed) {
  sw_rng r = sw_rng_of(seed, 1);
  for (size_t i = n; i > 1; i--) {
    size_t j = sw_rng_below(&r, i);
    uint32_t t = ids[i - 1];
    ids[i - 1] = ids[j];
    ids[j] = t;
  }
}

typedef struct batch {
  sw_link_store store;
  sw_link_model model;
  sw_link_result result;
  uint32_t ids[RECORDS];
} batch;

static batch *link_all(void) {
  batch *b = calloc(1, sizeof *b);
  sw_error err = SW_ERROR_INIT;
  for (uint32_t i = 0; i < RECORDS; i++) b->ids[i] = i;
  fill(&b->store, b->ids, RECORDS);
  uint32_t *rank = ranks(b->ids, RECORDS);
  assert_int_equal(sw_link_run(&b->store, &SPEC, &(sw_link_run_options){.threads = 2, .rank = rank}, &b->model, &b->result, NULL, NULL, &err), SW_OK);
  free(rank);
  return b;
}

static void batch_free(batch *b) {
  sw_link_result_fini(&b->result);
  sw_link_model_fini(&b->model);
  sw_link_store_fini(&b->store);
  free(b);
}

/* The model as a service would read it: from its file, for a store of its own. */
static void reload(const batch *b, const sw_link_store *s, sw_link_model *out) {
  sw_error err = SW_ERROR_INIT;
  char path[] = "/tmp/suwen-model-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(sw_link_model_write(&b->model, &SPEC, path, &err), SW_OK);
  assert_int_equal(sw_link_model_read(path, &SPEC, s, out, &err), SW_OK);
  unlink(path);
}

static void additions_in_any_order_give_the_batch_partition(void **state) {
  (void)state;
  batch *b = link_all();
  assert_true(b->model.nfamilies > 0);
  /* From hardly any to all but one record come as a first batch, the rest one at a time, in random orders. */
  static const size_t bases[] = {2, 611, 1500, 2900, RECORDS - 1};
  for (uint64_t seed = 1; seed <= sizeof bases / sizeof *bases; seed++) {
    size_t base_size = bases[seed - 1];
    sw_error err = SW_ERROR_INIT;
    uint32_t ids[RECORDS];
    memcpy(ids, b->ids, sizeof ids);
    shuffle(ids, RECORDS, seed);
    sw_link_store s;
    sw_link_model m;
    sw_link_result base;
    sw_link_index *x;
    fill(&s, ids, base_size);
    reload(b, &s, &m);
    uint32_t *rank = ranks(ids, base_size);
    uint64_t order[RECORDS];
    for (size_t i = 0; i < base_size; i++) order[i] = order_of(ids[i]);
    assert_int_equal(sw_link_run(&s, &SPEC, &(sw_link_run_options){.threads = 2, .rank = rank, .keep_model = true}, &m, &base, NULL, NULL, &err), SW_OK);
    assert_int_equal(sw_link_index_new(&s, &SPEC, &m, &base, order, &x, &err), SW_OK);
    for (size_t i = base_size; i < RECORDS; i++) {
      test_person p;
      registration(ids[i], &p);
      sw_link_values v = values_of(&p);
      uint32_t record;
      assert_int_equal(sw_link_index_add(x, &v, order_of(ids[i]), &record, &err), SW_OK);
      assert_int_equal(record, i);
    }
    /* Persons are named by their first record by order key, so the two partitions must say the very same. */
    size_t differ = 0;
    for (uint32_t i = 0; i < RECORDS; i++) differ += ids[sw_link_index_person(x, i)] != b->result.person[ids[i]];
    assert_int_equal(differ, 0);
    free(rank);
    sw_link_index_free(x);
    sw_link_result_fini(&base);
    sw_link_model_fini(&m);
    sw_link_store_fini(&s);
  }
  batch_free(b);
}

static void a_match_ranks_candidates_and_adds_nothing(void **state) {
  (void)state;
  batch *b = link_all();
  sw_error err = SW_ERROR_INIT;
  sw_link_index *x;
  assert_int_equal(sw_link_index_new(&b->store, &SPEC, &b->model, &b->result, NULL, &x, &err), SW_OK);
  test_person p;
  registration(17, &p);
  sw_link_values v = values_of(&p);
  sw_link_candidate hits[10];
  size_t n;
  assert_int_equal(sw_link_index_match(x, &v, hits, 10, &n, &err), SW_OK);
  assert_true(n >= 1);
  assert_int_equal(b->result.person[hits[0].record], b->result.person[17]);
  for (size_t i = 1; i < n; i++) assert_true(hits[i].score <= hits[i - 1].score);
  assert_int_equal(sw_link_index_size(x), RECORDS);
  sw_link_index_free(x);
  batch_free(b);
}

static void the_quick_score_is_the_full_score(void **state) {
  (void)state;
  batch *b = link_all();
  sw_rng r = sw_rng_of(3, 3);
  for (int i = 0; i < 20000; i++) {
    size_t a = sw_rng_below(&r, RECORDS), c = i % 2 ? sw_rng_below(&r, RECORDS) : b->result.person[a];
    sw_link_score full;
    sw_link_score_pair(&b->model, &b->store, sw_link_row(&b->store, a), b->store.flags[a], sw_link_row(&b->store, c), b->store.flags[c], &full);
    int32_t sum = b->model.prior;
    for (size_t p = 0; p < SW_LINK_PLACES; p++) sum += full.part[p];
    assert_int_equal(sum, full.total);
    assert_int_equal(sw_link_score_fast(&b->model, &b->store, sw_link_row(&b->store, a), sw_link_row(&b->store, c), INT32_MIN + 1), full.total);
    assert_int_equal(sw_link_score_fast(&b->model, &b->store, sw_link_row(&b->store, c), sw_link_row(&b->store, a), full.total), full.total);
  }
  batch_free(b);
}

static void a_damaged_model_is_refused(void **state) {
  (void)state;
  batch *b = link_all();
  sw_error err = SW_ERROR_INIT;
  char path[] = "/tmp/suwen-model-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(sw_link_model_write(&b->model, &SPEC, path, &err), SW_OK);
  close(fd);
  fd = open(path, O_WRONLY); /* writing replaced the file */
  assert_true(fd >= 0 && pwrite(fd, "x", 1, 4000) == 1);
  close(fd);
  sw_link_model m;
  assert_int_equal(sw_link_model_read(path, &SPEC, &b->store, &m, &err), SW_E_DATA);
  unlink(path);
  batch_free(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(additions_in_any_order_give_the_batch_partition),
      cmocka_unit_test(a_match_ranks_candidates_and_adds_nothing),
      cmocka_unit_test(the_quick_score_is_the_full_score),
      cmocka_unit_test(a_damaged_model_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
