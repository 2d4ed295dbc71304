/* DBF and Parquet through intake. */
#include "intake/bed.h"

#include "engine/sink.h"

#include <stdlib.h>

static const sw_column_spec COLUMNS[] = {
    {.name = "BAH", .type = SW_T_STR, .required = true}, {.name = "XM", .aliases = (const char *const[]){"name"}, .naliases = 1, .type = SW_T_STR},
    {.name = "FY", .type = SW_T_MONEY},                  {.name = "RYRQ", .type = SW_T_DATE},
    {.name = "BZ", .type = SW_T_BOOL},
};
static const sw_table_spec TABLE = {.name = "front_page", .columns = COLUMNS, .ncolumns = 5};

static bed b;

static void put16(unsigned char *p, unsigned v) {
  p[0] = (unsigned char)v;
  p[1] = (unsigned char)(v >> 8);
}

static unsigned char *put_field(unsigned char *p, const char *name, char type, unsigned length, unsigned decimals) {
  memset(p, 0, 32);
  memcpy(p, name, strlen(name));
  p[11] = (unsigned char)type;
  p[16] = (unsigned char)length;
  p[17] = (unsigned char)decimals;
  return p + 32;
}

/* Five fields, records of 1 + 6 + 10 + 8 + 8 + 1 = 34 bytes. */
static size_t make_dbf(unsigned char *out, unsigned count, const char *records, size_t n) {
  memset(out, 0, 32);
  out[0] = 0x03;
  out[1] = 123, out[2] = 9, out[3] = 1;
  put16(out + 4, count);
  put16(out + 8, 32 + 5 * 32 + 1);
  put16(out + 10, 34);
  out[29] = 0x4D;
  unsigned char *p = out + 32;
  p = put_field(p, "BAH", 'C', 6, 0);
  p = put_field(p, "XM", 'C', 10, 0);
  p = put_field(p, "FY", 'N', 8, 2);
  p = put_field(p, "RYRQ", 'D', 8, 0);
  p = put_field(p, "BZ", 'L', 1, 0);
  *p++ = 0x0D;
  memcpy(p, records, n);
  return (size_t)(p - out) + n;
}

#define RECORDS                                                            \
  " 000001" "\xD5\xC5\xC8\xFD      " "   12.50" "20230901" "T" \
  "*000002" "\xC0\xEE\xCB\xC4      " "   99.00" "20230902" "F" \
  " 000003" "\xFF\xFF\xC0\xEE      " "    1.00" "20230903" " " \
  " 000004" "          " "********" "20231301" "?" \
  " 000005" "                           "

static void dbf_records_are_decoded_typed_and_counted(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  unsigned char file[1024];
  size_t n = make_dbf(file, 5, RECORDS "\x1A", sizeof RECORDS);
  write_file(scratch_path("BA.DBF"), file, n);
  assert_ok(bed_take(&b, scratch_path("BA.DBF"), &TABLE, NULL, &err));
  assert_int_equal(b.r.format, SW_FORMAT_DBF);
  assert_int_equal(b.r.encoding, SW_ENCODING_GB18030);
  assert_int_equal(b.r.records, 5);
  assert_int_equal(b.r.deleted, 1);
  bed_expect_rows(&b, &TABLE, "BAH, XM, FY, RYRQ, BZ, _line, _offset", "000001|张三|12.50|2023-09-01|true|1|193\n000005|-|-|-|-|5|329\n");
  bed_expect_rejects(&b, "_line, code, column_name, substr(raw, 1, 12)", "3|bad_encoding|-|\\x2030303030\n4|bad_type|RYRQ| 000004     \n");
}

static void a_dbf_that_is_cut_off_is_refused(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  unsigned char file[1024];
  size_t n = make_dbf(file, 9, RECORDS, sizeof RECORDS - 1);
  write_file(scratch_path("cut.dbf"), file, n);
  assert_int_equal(bed_take(&b, scratch_path("cut.dbf"), &TABLE, NULL, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "its header tells 9 records, but there are 5"));
  bed_expect_rows(&b, &TABLE, "BAH", "");
}

static void a_dbf_whose_count_is_wrong_loses_nothing_silently(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  unsigned char file[1024];
  size_t n = make_dbf(file, 3, RECORDS "\x1A", sizeof RECORDS); /* five records: its writer died before the header's turn */
  write_file(scratch_path("more.dbf"), file, n);
  assert_int_equal(bed_take(&b, scratch_path("more.dbf"), &TABLE, NULL, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "tells 3 records, but more follow"));
  sw_error_clear(&err);
  n = make_dbf(file, 5, RECORDS, sizeof RECORDS - 1);
  file[32 + 5 * 32 + 1 + 2 * 34] = 0x1A;
  write_file(scratch_path("mark.dbf"), file, n);
  assert_int_equal(bed_take(&b, scratch_path("mark.dbf"), &TABLE, NULL, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "its header tells 5 records, but there are 2"));
  bed_expect_rows(&b, &TABLE, "BAH", "");
}

static void parquet_is_typed_by_the_declaration(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  char path[600];
  snprintf(path, sizeof path, "%s/landing/in.parquet", b.x.workspace);
  assert_ok(sw_copy_parquet(b.conn,
                            "SELECT * FROM (VALUES ('000001', '张三', 12.5, DATE '2023-09-01', true, [1, 2]), ('000002', NULL, 7, NULL, NULL, NULL), "
                            "('000003', 'x', 1.234, NULL, false, NULL)) t(bah, name, fy, ryrq, bz, more)",
                            path, NULL, NULL, NULL, &err));
  assert_ok(bed_take(&b, path, &TABLE, NULL, &err));
  assert_int_equal(b.r.format, SW_FORMAT_PARQUET);
  bed_expect_rows(&b, &TABLE, "BAH, XM, FY, RYRQ, BZ", "000001|张三|12.50|2023-09-01|true\n000002|-|7.00|-|-\n");
  bed_expect_rejects(&b, "_line, code, column_name", "3|bad_type|FY\n");
  assert_non_null(strstr(b.messages, "not declared (left out): more"));
}

#define TEST(f) cmocka_unit_test_prestate_setup_teardown(f, bed_set_up, bed_tear_down, &b)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(dbf_records_are_decoded_typed_and_counted),
      TEST(a_dbf_that_is_cut_off_is_refused),
      TEST(a_dbf_whose_count_is_wrong_loses_nothing_silently),
      TEST(parquet_is_typed_by_the_declaration),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
