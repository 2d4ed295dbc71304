/* The engine on good and bad input, through the drafted configuration. */
#include "base/hash.h"
#include "identity/draft.h"
#include "identity/explain.h"
#include "identity/link.h"
#include "identity/load.h"
#include "identity/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

typedef struct linked {
  sw_link_csv in;
  sw_arena arena;
  sw_link_draft draft;
  sw_link_store store;
  sw_link_model model;
  sw_link_result result;
  double seconds;
} linked;

static sw_status try_text(const char *text, size_t n, linked *l, sw_error *err) {
  memset(l, 0, sizeof *l);
  sw_status st = csv_of_text(text, n, &l->in, err);
  if (st == SW_OK) st = sw_link_draft_make(&l->in, 1, NULL, &l->arena, &l->draft, err);
  if (st == SW_OK) st = sw_link_load(&l->in, 1, &l->draft.spec, 2, &l->store, NULL, err);
  int64_t t0 = sw_mono_us();
  if (st == SW_OK) st = sw_link_run(&l->store, &l->draft.spec, &(sw_link_run_options){.threads = 2}, &l->model, &l->result, NULL, NULL, err);
  l->seconds = (double)(sw_mono_us() - t0) / 1e6;
  return st;
}

static void linked_fini(linked *l) {
  sw_link_result_fini(&l->result);
  sw_link_model_fini(&l->model);
  sw_link_store_fini(&l->store);
  sw_link_csv_fini(&l->in);
  sw_arena_fini(&l->arena);
}

static void link_text(const sw_buf *b, linked *l) {
  sw_error err = SW_ERROR_INIT;
  sw_status st = try_text(b->ptr, b->len, l, &err);
  if (st) print_message("# %s\n", err.msg[1]);
  assert_int_equal(st, SW_OK);
}

static sw_link_column_use use_of(const linked *l, const char *column) {
  for (size_t i = 0; i < l->draft.nnotes; i++)
    if (strcmp(l->draft.notes[i].column, column) == 0) return l->draft.notes[i].use;
  fail_msg("no note about %s", column);
  return SW_LINK_USE_EMPTY;
}

static sw_link_kind kind_of(const linked *l, const char *column) {
  for (size_t i = 0; i < l->draft.nnotes; i++)
    if (strcmp(l->draft.notes[i].column, column) == 0) return l->draft.notes[i].kind;
  return SW_LINK_KINDS;
}

static void town(sw_buf *b, unsigned n) {
  for (unsigned i = 0; i < n; i++) {
    test_person p;
    test_person_make(i / 2, &p);
    if (i % 5 == 1) p.phone[0] = '\0';
    sw_buf_printf(b, "%u,%s,%s,%s,%s,%s,%s\n", 90000 + i * 3, p.name, p.sex, p.birth, p.id, p.phone, p.address);
  }
}

static void chinese_columns_are_drafted_by_name_and_value(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  linked l;
  sw_buf_puts(&b, "BRID,XM,XB,CSRQ,SFZH,LXDH,JTDZ\n");
  town(&b, 600);
  link_text(&b, &l);
  assert_int_equal(use_of(&l, "BRID"), SW_LINK_USE_ID);
  assert_int_equal(kind_of(&l, "XM"), SW_LINK_NAME);
  assert_int_equal(kind_of(&l, "XB"), SW_LINK_SEX);
  assert_int_equal(kind_of(&l, "CSRQ"), SW_LINK_DATE);
  assert_int_equal(kind_of(&l, "SFZH"), SW_LINK_CITIZEN_ID);
  assert_int_equal(kind_of(&l, "LXDH"), SW_LINK_PHONE);
  assert_int_equal(kind_of(&l, "JTDZ"), SW_LINK_ADDRESS);
  assert_int_equal(l.result.npersons, 300);
  linked_fini(&l);
}

static void meaningless_column_names_are_drafted_by_value(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  linked l;
  sw_buf_puts(&b, "c1,c2,c3,c4,c5,c6,c7\n");
  town(&b, 600);
  link_text(&b, &l);
  assert_int_equal(kind_of(&l, "c2"), SW_LINK_NAME);
  assert_int_equal(kind_of(&l, "c5"), SW_LINK_CITIZEN_ID);
  assert_int_equal(kind_of(&l, "c6"), SW_LINK_PHONE);
  assert_int_equal(l.result.npersons, 300);
  linked_fini(&l);
}

static void labels_and_empty_and_constant_columns_are_left_out(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  linked l;
  sw_buf_puts(&b, "id,name,birth,cluster,nothing,same\n");
  for (unsigned i = 0; i < 400; i++) {
    test_person p;
    test_person_make(i / 2, &p);
    sw_buf_printf(&b, "r%u,%s,%s,%u,,x\n", i, p.name, p.birth, i / 2);
  }
  link_text(&b, &l);
  assert_int_equal(use_of(&l, "id"), SW_LINK_USE_ID);
  assert_int_equal(use_of(&l, "cluster"), SW_LINK_USE_ANSWER);
  assert_int_equal(use_of(&l, "nothing"), SW_LINK_USE_EMPTY);
  assert_int_equal(use_of(&l, "same"), SW_LINK_USE_CONSTANT);
  assert_int_equal(l.draft.spec.nfields, 2);
  linked_fini(&l);
}

static void year_month_and_day_columns_become_one_date(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  linked l;
  sw_buf_puts(&b, "fname_c1,lname_c1,by,bm,bd\n");
  for (unsigned i = 0; i < 400; i++) sw_buf_printf(&b, "%c%c%c%c,%c%c%cson,%u,%u,%u\n", 'a' + i / 2 % 26, 'a' + i / 3 % 7, 'n', 'a' + i / 2 % 11, 'p' + i / 2 % 9, 'a' + i / 2 % 5, 'r', 1930 + i / 2 % 70, 1 + i / 2 % 12, 1 + i / 2 % 28);
  link_text(&b, &l);
  assert_true(l.draft.spec.fields[0].date_parts);
  linked_fini(&l);
}

static void a_file_without_records_has_no_persons(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  linked l;
  static const char none[] = "id,name,birth\n";
  sw_status st = try_text(none, sizeof none - 1, &l, &err);
  assert_int_equal(st, SW_E_DATA); /* every column is empty: said in words */
  assert_true(err.msg[0][0] && err.msg[1][0]);
  linked_fini(&l);
  sw_error_clear(&err);
  assert_int_equal(try_text("", 0, &l, &err), SW_E_DATA);
  linked_fini(&l);
}

static void one_record_is_one_person(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  linked l;
  sw_buf_puts(&b, "id,name,birth\n1,张伟,1990-01-01\n2,李娜,1991-02-02\n");
  link_text(&b, &l);
  assert_int_equal(l.result.npersons, 2);
  linked_fini(&l);
}

static void a_record_without_evidence_stays_alone(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  linked l;
  sw_buf_puts(&b, "BRID,XM,XB,CSRQ,SFZH,LXDH,JTDZ\n");
  town(&b, 400);
  sw_buf_puts(&b, "1,,,,,,\n2,,,,,,\n3,-,,,无,,\n");
  link_text(&b, &l);
  assert_int_equal(l.result.noevidence, 3);
  assert_int_equal(l.result.npersons, 203);
  linked_fini(&l);
}

/* 100,000 records of one phone: divided by what else they say, in bounded time. */
static void a_hundred_thousand_records_of_one_key_end_in_time(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  linked l;
  sw_buf_puts(&b, "BRID,XM,CSRQ,LXDH\n");
  for (unsigned i = 0; i < 100000; i++) {
    test_person p;
    test_person_make(i / 2, &p);
    sw_buf_printf(&b, "%u,%s,%s,13912345670\n", i * 7, p.name, p.birth);
  }
  for (unsigned i = 0; i < 3000; i++) sw_buf_printf(&b, "%u,王伟,1980-01-01,13912345670\n", 5000000 + i * 3);
  link_text(&b, &l);
  assert_true(l.result.pairs_scored < 60.0 * 103000);
  assert_true(l.seconds < 100);
  linked_fini(&l);
}

static void made_up(unsigned n, unsigned salt, char out[12]) {
  uint64_t h = sw_mix64(n * 64 + salt + 5);
  for (int i = 0; i < 8; i++, h >>= 6) out[i] = (char)('a' + h % 26);
  out[8] = '\0';
}

/* A near B, B near C, … round to A: neighbours agree, the ends do not. */
static void a_cyclic_chain_is_not_one_person(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  linked l;
  enum { RING = 40 };
  sw_buf_puts(&b, "id,given_name,surname,date_of_birth,street,town\n");
  for (unsigned i = 0; i < 600; i++) {
    char given[12], surname[12], street[12], place[12];
    made_up(i / 2 % 90, 11, given);
    made_up(i / 2 % 70, 12, surname);
    made_up(i / 2 % 130, 13, street);
    made_up(i / 2 % 40, 14, place);
    sw_buf_printf(&b, "t%u,%s,%s,19%02u-%02u-%02u,%u %s lane,%s\n", i, given, surname, 20 + i / 2 * 7 % 77, 1 + i / 2 % 12, 1 + i / 2 % 28, i / 2, street, place);
  }
  for (unsigned i = 0; i < RING; i++) { /* each shares half of its fields with the next, nothing with the one after */
    char given[12], surname[12], street[12], place[12];
    made_up(i / 2 % (RING / 2), 1, given);
    made_up((i + 1) / 2 % (RING / 2), 2, surname);
    made_up((i + 1) / 2 % (RING / 2), 3, street);
    made_up(i / 2 % (RING / 2), 4, place);
    sw_buf_printf(&b, "z%u,%s,%s,19%02u-%02u-%02u,%u %s lane,%s\n", i, given, surname, 20 + (i / 2 * 13) % 70, 1 + i / 2 * 5 % 12, 1 + i / 2 * 11 % 28, 100 + (i + 1) / 2 * 7, street, place);
  }
  link_text(&b, &l);
  uint32_t largest = 0, size[1024] = {0};
  for (size_t i = 0; i < l.result.nrecords; i++)
    if (++size[l.result.person[i]] > largest) largest = size[l.result.person[i]];
  assert_true(largest <= 8);
  linked_fini(&l);
}

static void an_explanation_adds_up(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_arena) arena = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  linked l;
  sw_link_explanation e;
  sw_buf_puts(&b, "BRID,XM,XB,CSRQ,SFZH,LXDH,JTDZ\n");
  town(&b, 600);
  link_text(&b, &l);
  assert_int_equal(sw_link_explain(&l.model, &l.draft.spec, &l.store, 0, 1, &arena, &e, &err), SW_OK);
  int32_t total = 0;
  for (size_t i = 0; i < e.n; i++) {
    total += e.rows[i].weight;
    assert_int_equal(total, e.rows[i].total);
    assert_true(e.rows[i].words[0][0] && e.rows[i].words[1][0]);
  }
  assert_int_equal(total, e.score.total);
  assert_int_equal(e.outcome, SW_LINK_LINKED);
  linked_fini(&l);
}

static void the_number_of_threads_changes_nothing(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  linked l;
  sw_buf_puts(&b, "BRID,XM,XB,CSRQ,SFZH,LXDH,JTDZ\n");
  town(&b, 5000);
  link_text(&b, &l);
  sw_error err = SW_ERROR_INIT;
  sw_link_model m;
  sw_link_result r;
  assert_int_equal(sw_link_run(&l.store, &l.draft.spec, &(sw_link_run_options){.threads = 1}, &m, &r, NULL, NULL, &err), SW_OK);
  assert_int_equal(m.prior, l.model.prior);
  assert_memory_equal(m.weight, l.model.weight, sizeof m.weight);
  assert_memory_equal(r.person, l.result.person, r.nrecords * sizeof *r.person);
  sw_link_result_fini(&r);
  sw_link_model_fini(&m);
  linked_fini(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(chinese_columns_are_drafted_by_name_and_value),
      cmocka_unit_test(meaningless_column_names_are_drafted_by_value),
      cmocka_unit_test(labels_and_empty_and_constant_columns_are_left_out),
      cmocka_unit_test(year_month_and_day_columns_become_one_date),
      cmocka_unit_test(a_file_without_records_has_no_persons),
      cmocka_unit_test(one_record_is_one_person),
      cmocka_unit_test(a_record_without_evidence_stays_alone),
      cmocka_unit_test(a_hundred_thousand_records_of_one_key_end_in_time),
      cmocka_unit_test(a_cyclic_chain_is_not_one_person),
      cmocka_unit_test(an_explanation_adds_up),
      cmocka_unit_test(the_number_of_threads_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
