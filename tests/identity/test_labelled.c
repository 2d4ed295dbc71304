/* Accuracy on labelled sets, with the drafted configuration and default settings. Labels are read by the scorer alone. */
#include "identity/draft.h"
#include "identity/link.h"
#include "identity/load.h"
#include "identity/scorer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

static bool shared_path(const char *file, char out[512]) {
  const char *shared = getenv("SW_SHARED");
  if (!shared) {
    printf("# SKIPPED: the labelled set %s needs SW_SHARED (the folder of shared data)\n", file);
    return false;
  }
  snprintf(out, 512, "%s/data/linkage/%s", shared, file);
  return true;
}

/* rec-123-dup-0 → 123 */
static sw_str febrl_label(sw_str id) {
  size_t from = 4, to = 4;
  while (to < id.len && id.ptr[to] != '-') to++;
  return sw_str_sub(id, from, to - from);
}

static pair_score link_and_score(const char *const *files, size_t nfiles, const char *label_column, bool febrl) {
  sw_error err = SW_ERROR_INIT;
  sw_link_csv in[2];
  SW_AUTO(sw_arena) arena = SW_ARENA_INIT;
  sw_link_draft d;
  sw_link_store s;
  sw_link_model m;
  sw_link_result r;
  for (size_t i = 0; i < nfiles; i++) assert_int_equal(sw_link_csv_read(files[i], NULL, &in[i], &err), SW_OK);
  assert_int_equal(sw_link_draft_make(in, nfiles, NULL, &arena, &d, &err), SW_OK);
  for (size_t f = 0; f < d.spec.nfields; f++) assert_string_not_equal(d.spec.fields[f].columns[0], label_column);
  assert_int_equal(sw_link_load(in, nfiles, &d.spec, 2, &s, NULL, &err), SW_OK);
  assert_int_equal(sw_link_run(&s, &d.spec, &(sw_link_run_options){.threads = 2}, &m, &r, NULL, NULL, &err), SW_OK);
  sw_str *labels = calloc(s.n, sizeof *labels);
  uint8_t *side = calloc(s.n, 1);
  size_t k = 0;
  for (size_t i = 0; i < nfiles; i++) {
    ptrdiff_t c = sw_link_csv_column(&in[i], sw_str_of(label_column));
    assert_true(c >= 0);
    for (size_t q = 0; q < in[i].nrows; q++, k++) {
      sw_str v = sw_link_csv_cells(&in[i], (size_t)c)[q];
      labels[k] = febrl ? febrl_label(v) : v;
      side[k] = (uint8_t)i;
    }
  }
  pair_score score = score_partition(labels, r.person, s.n, nfiles == 2 ? side : NULL);
  printf("# %s: precision %.5f recall %.5f F1 %.5f, %zu in review\n", strrchr(files[0], '/') + 1, score.precision, score.recall, score.f1, r.records_in_review);
  free(labels);
  free(side);
  sw_link_result_fini(&r);
  sw_link_model_fini(&m);
  sw_link_store_fini(&s);
  for (size_t i = 0; i < nfiles; i++) sw_link_csv_fini(&in[i]);
  return score;
}

static void expect_febrl(const char *file, double least) {
  char path[512];
  if (!shared_path(file, path)) {
    skip();
    return;
  }
  const char *files[] = {path};
  assert_true(link_and_score(files, 1, "rec_id", true).f1 >= least);
}

static void febrl1_is_linked_without_error(void **state) {
  (void)state;
  expect_febrl("febrl_dataset1.csv", 1.0);
}
static void febrl2_is_linked(void **state) {
  (void)state;
  expect_febrl("febrl_dataset2.csv", 0.998);
}
static void febrl3_is_linked(void **state) {
  (void)state;
  expect_febrl("febrl_dataset3.csv", 0.999);
}

static void febrl4_is_joined_across_files(void **state) {
  (void)state;
  char a[512], b[512];
  if (!shared_path("febrl_dataset4a.csv", a) || !shared_path("febrl_dataset4b.csv", b)) {
    skip();
    return;
  }
  const char *files[] = {a, b};
  assert_true(link_and_score(files, 2, "rec_id", true).f1 >= 0.9998);
}

static void fake_1000_is_clustered(void **state) {
  (void)state;
  char path[512];
  if (!shared_path("fake_1000.csv", path)) {
    skip();
    return;
  }
  const char *files[] = {path};
  assert_true(link_and_score(files, 1, "cluster", false).f1 >= 0.95);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(febrl1_is_linked_without_error), cmocka_unit_test(febrl2_is_linked), cmocka_unit_test(febrl3_is_linked),
      cmocka_unit_test(febrl4_is_joined_across_files),  cmocka_unit_test(fake_1000_is_clustered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
