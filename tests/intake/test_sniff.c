/* What is found out about unknown files. */
#include "intake/bed.h"

#include "intake/sniff.h"

static void look(const char *text, sw_arena *a, sw_sniffed *s) {
  sw_error err = SW_ERROR_INIT;
  write_text(scratch_path("x.txt"), text);
  assert_ok(sw_intake_sniff(scratch_path("x.txt"), &(sw_file_hints){0}, NULL, NULL, a, NULL, s, &err));
}

static void expect_column(const sw_sniffed *s, size_t i, const char *name, const char *type, const char *format) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  assert_true(i < s->ncolumns);
  sw_type_sql(s->columns[i].type, &sql);
  assert_string_equal(s->columns[i].name, name);
  if (strcmp(sql.ptr, type) != 0) fail_msg("%s is %s, not %s", name, sql.ptr, type);
  assert_string_equal(s->columns[i].format, format);
}

/* "5,44" is how some write a number; only day numbers of this age are $HOROLOG. */
static void decimal_commas_are_no_moments(void **state) {
  (void)state;
  sw_arena a = SW_ARENA_INIT;
  sw_sniffed s;
  look("id;value\n1;5,44\n2;6,1\n3;10,02\n", &a, &s);
  assert_int_equal(s.delimiter, ';');
  expect_column(&s, 1, "value", "VARCHAR", "");
  sw_arena_fini(&a);
}

static void types_keys_domains_and_nulls_are_inferred(void **state) {
  (void)state;
  sw_arena a = SW_ARENA_INIT;
  sw_sniffed s;
  look("BAH\tXB\tNL\tFY\tCSRQ\tRYSJ\tSFZ\tDH\tRYRQ_H\tKSRQ\n"
       "000001\t1\t33\t12.50\t2001/1/5\t2023-09-01 08:30:00\t110101199001011237\t13800000001\t66718\t66718,300\n"
       "000002\t2\t44\t1,200.00\t1970/12/31\t2023-09-02 08:30:00\t1.1010119900101E+17\t13800000002\t66719\t66719,86399\n"
       "000003\t1\tNULL\t7\t1950/2/3\tNULL\tNULL\t13800000002\t66720\t66720,0\n",
       &a, &s);
  assert_int_equal(s.format, SW_FORMAT_DELIMITED);
  assert_int_equal(s.delimiter, '\t');
  assert_true(s.header && s.whole);
  assert_int_equal(s.rows, 3);
  expect_column(&s, 0, "BAH", "VARCHAR", "");
  expect_column(&s, 1, "XB", "INTEGER", "");
  expect_column(&s, 2, "NL", "INTEGER", "");
  expect_column(&s, 3, "FY", "DECIMAL(18,2)", "");
  expect_column(&s, 4, "CSRQ", "DATE", "");
  expect_column(&s, 5, "RYSJ", "TIMESTAMP", "");
  expect_column(&s, 6, "SFZ", "VARCHAR", "");
  expect_column(&s, 7, "DH", "VARCHAR", "");
  expect_column(&s, 8, "RYRQ_H", "DATE", "days:1840-12-31");
  expect_column(&s, 9, "KSRQ", "TIMESTAMP", "horolog");
  assert_true(s.columns[0].unique && !s.columns[1].unique);
  assert_true(s.columns[6].mangled);
  assert_int_equal(s.columns[1].ndomain, 2);
  assert_string_equal(s.columns[4].min, "1950-02-03");
  assert_string_equal(s.columns[4].max, "2001-01-05");
  assert_int_equal(s.columns[2].nulls, 1);
  assert_int_equal(s.nnulls, 1);
  assert_string_equal(s.nulls[0], "NULL");
  sw_arena_fini(&a);
}

static void gb18030_and_objects_are_looked_at_alike(void **state) {
  (void)state;
  sw_arena a = SW_ARENA_INIT;
  sw_sniffed s;
  look("id^\xD0\xD5\xC3\xFB\n1^\xD5\xC5\xC8\xFD\n2^\xC0\xEE\xCB\xC4\n", &a, &s);
  assert_int_equal(s.encoding, SW_ENCODING_GB18030);
  assert_string_equal(s.columns[1].name, "姓名");
  assert_string_equal(s.columns[1].examples[0], "张三");
  look("{\"id\":1,\"x\":{\"a\":1}}\n{\"id\":2,\"y\":\"2023-01-01\"}\n", &a, &s);
  assert_int_equal(s.format, SW_FORMAT_NDJSON);
  assert_int_equal(s.ncolumns, 3);
  expect_column(&s, 0, "id", "INTEGER", "");
  expect_column(&s, 2, "y", "DATE", "");
  look("", &a, &s);
  assert_int_equal(s.rows, 0);
  sw_arena_fini(&a);
}

static int set_up(void **state) {
  (void)state;
  scratch_new();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  scratch_remove();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decimal_commas_are_no_moments),
      cmocka_unit_test(types_keys_domains_and_nulls_are_inferred),
      cmocka_unit_test(gb18030_and_objects_are_looked_at_alike),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
