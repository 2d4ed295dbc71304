#include "intake/helper.h"

#include "intake/dialect.h"
#include "intake/mapping.h"

static const sw_column_spec COLUMNS[] = {{.name = "id", .type = SW_T_I64, .required = true},
                                         {.name = "name", .aliases = (const char *const[]){"姓名", "XM"}, .naliases = 2, .type = SW_T_STR},
                                         {.name = "born", .type = SW_T_DATE}};
static const sw_table_spec TABLE = {.name = "patient", .columns = COLUMNS, .ncolumns = 3};

static sw_dialect sniff(const char *text, const sw_table_spec *t, sw_arena *a) {
  sw_error err = SW_ERROR_INIT;
  sw_dialect d;
  assert_ok(sw_dialect_sniff(sw_str_of(text), true, &(sw_file_hints){0}, t, a, &d, &err));
  return d;
}

static void the_delimiter_is_the_consistent_one(void **state) {
  (void)state;
  static const char *const TEXTS[] = {
      ",id,name,born\n1,x|y,2001-01-01\n2,y,2002-02-02\n",
      "\tid\tname\tborn\n1\tx,y\t2001-01-01\n2\ta,b,c\t2002-02-02\n",
      "|id|name|born\n1|x,y|2001-01-01\n2|a,b,c|2002-02-02\n",
      "^id^name^born\n1||1^x,y^2001-01-01\n2||2^a,b,c^2002-02-02\n",
      ";id;name;born\n1;3,5;2001-01-01\n2;4,5;2002-02-02\n",
      "~id~name~born\n1~x,y~2001-01-01\n2~a,b,c~2002-02-02\n",
      "\x01id\x01name\x01" "born\n1\x01x,y\x01" "2001-01-01\n",
  };
  for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
    sw_arena a = SW_ARENA_INIT;
    sw_dialect d = sniff(TEXTS[i] + 1, i ? NULL : &TABLE, &a);
    if (d.delimiter != TEXTS[i][0]) fail_msg("text %zu: %c", i, d.delimiter);
    assert_true(d.header);
    sw_arena_fini(&a);
  }
}

static void titles_above_the_header_are_skipped(void **state) {
  (void)state;
  sw_arena a = SW_ARENA_INIT;
  sw_dialect d = sniff("病案首页2023年8月,,\n\nid,姓名,born\n1,x,2001-01-01\n", &TABLE, &a);
  assert_true(d.header);
  assert_int_equal(d.skip_records, 3);
  assert_int_equal(d.nfields, 3);
  assert_string_equal(d.names[1], "姓名");
  sw_arena_fini(&a);
}

static void a_file_of_values_has_no_header(void **state) {
  (void)state;
  sw_arena a = SW_ARENA_INIT;
  assert_false(sniff("1,x,2001-01-01\n2,y,2002-02-02\n", &TABLE, &a).header);
  assert_false(sniff("1,x,2001-01-01\n2,y,2002-02-02\n", NULL, &a).header);
  assert_true(sniff("编号,姓名,生日\n2,y,2002-02-02\n", NULL, &a).header);
  assert_true(sniff("id,name,born\n", NULL, &a).header);
  sw_arena_fini(&a);
}

static void lone_crs_end_lines_when_they_make_the_lines_consistent(void **state) {
  (void)state;
  sw_arena a = SW_ARENA_INIT;
  sw_dialect d = sniff("id,name,born\r1,x,2001-01-01\r2,y,2002-02-02\r", &TABLE, &a);
  assert_true(d.cr_ends && d.cr && !d.lf);
  d = sniff("id,name,born\r\n1,x,2001-01-01\n2,y,2002-02-02\r3,z,2003-03-03\r\n", &TABLE, &a);
  assert_true(d.cr_ends && d.cr && d.crlf && d.lf);
  d = sniff("id,name,born\n1,\"x\ry\",2001-01-01\n2,y,2002-02-02\n", &TABLE, &a);
  assert_false(d.cr_ends);
  sw_arena_fini(&a);
}

static void stray_quotes_turn_quoting_off(void **state) {
  (void)state;
  sw_arena a = SW_ARENA_INIT;
  assert_int_equal(sniff("a\tb\n1\t\"x\n2\t\"y\n3\tz\n", NULL, &a).quote, 0);
  assert_int_equal(sniff("a,b\n1,\"x,y\"\n2,\"y,z\"\n3,z\n", NULL, &a).quote, '"');
  sw_arena_fini(&a);
}

static void columns_are_found_by_name_alias_and_case_in_any_order(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  sw_arena a = SW_ARENA_INIT;
  sw_mapping m;
  const char *names[] = {"BORN", "remark", "xm", "ID"};
  assert_ok(sw_mapping_make(&TABLE, names, 4, &a, &m, &err));
  assert_int_equal(m.source[0], 3);
  assert_int_equal(m.source[1], 2);
  assert_int_equal(m.source[2], 0);
  assert_int_equal(m.nextra, 1);
  assert_string_equal(m.extra[0], "remark");
  sw_arena_fini(&a);
}

static void missing_columns_are_null_unless_required(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  sw_arena a = SW_ARENA_INIT;
  sw_mapping m;
  assert_ok(sw_mapping_make(&TABLE, (const char *[]){"id", "name"}, 2, &a, &m, &err));
  assert_int_equal(m.source[2], -1);
  assert_string_equal(m.missing[0], "born");
  assert_int_equal(sw_mapping_make(&TABLE, (const char *[]){"name", "born"}, 2, &a, &m, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "requires: id"));
  sw_error_clear(&err);
  assert_int_equal(sw_mapping_make(&TABLE, (const char *[]){"a", "b"}, 2, &a, &m, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "names no column"));
  sw_error_clear(&err);
  assert_int_equal(sw_mapping_make(&TABLE, NULL, 2, &a, &m, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "declares 3 columns"));
  sw_arena_fini(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_delimiter_is_the_consistent_one),
      cmocka_unit_test(titles_above_the_header_are_skipped),
      cmocka_unit_test(a_file_of_values_has_no_header),
      cmocka_unit_test(lone_crs_end_lines_when_they_make_the_lines_consistent),
      cmocka_unit_test(stray_quotes_turn_quoting_off),
      cmocka_unit_test(columns_are_found_by_name_alias_and_case_in_any_order),
      cmocka_unit_test(missing_columns_are_null_unless_required),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
