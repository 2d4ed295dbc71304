#include "intake/helper.h"

#include "base/date.h"
#include "intake/cell.h"

static const sw_column_spec AUTO = {.name = "x"};

static void whole_numbers(void **state) {
  (void)state;
  int64_t v;
  static const struct {
    const char *text;
    int64_t want;
  } GOOD[] = {{"0", 0}, {"-12", -12}, {" 7 ", 7}, {"1,234,567", 1234567}, {"12.00", 12}, {"+5", 5}, {"1E3", 1000}, {"9223372036854775807", INT64_MAX}};
  for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
    assert_true(sw_cell_i64(sw_str_of(GOOD[i].text), &v));
    assert_int_equal(v, GOOD[i].want);
  }
  static const char *const BAD[] = {"", "-", "1.5", "12,34", "1,2345", "x", "9223372036854775808", "--1", "1e", "1 2"};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) assert_false(sw_cell_i64(sw_str_of(BAD[i]), &v));
}

static void amounts_are_exact(void **state) {
  (void)state;
  int64_t v;
  static const struct {
    const char *text;
    int64_t want;
  } GOOD[] = {{"0", 0}, {"12.3", 1230}, {"-0.05", -5}, {"1,234.50", 123450}, {"¥8.80", 880}, {"15元", 1500}, {"1.2E+3", 120000},
              {"3.1000000000000000000000", 310}, {".5", 50}, {"7.", 700}, {"9999999999999999.99", 999999999999999999}};
  for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
    if (!sw_cell_decimal(sw_str_of(GOOD[i].text), 18, 2, &v)) fail_msg("%s", GOOD[i].text);
    assert_int_equal(v, GOOD[i].want);
  }
  static const char *const BAD[] = {"", "1.234", "12,5", "1..2", "1.2.3", "abc", "10000000000000000", "1e99", "."};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
    if (sw_cell_decimal(sw_str_of(BAD[i]), 18, 2, &v)) fail_msg("%s", BAD[i]);
  assert_false(sw_cell_decimal(SW_LIT("1000"), 5, 2, &v));
}

static void doubles_refuse_infinity_and_words(void **state) {
  (void)state;
  double v;
  assert_true(sw_cell_f64(SW_LIT("3.14"), &v) && v == 3.14);
  assert_true(sw_cell_f64(SW_LIT("1,234.5"), &v) && v == 1234.5);
  assert_true(sw_cell_f64(SW_LIT("-2.5e-3"), &v) && v == -2.5e-3);
  assert_true(sw_cell_f64(SW_LIT("0.1234567890123456789"), &v) && v == 0.1234567890123456789);
  static const char *const BAD[] = {"", "inf", "nan", "1e999", "0x10", "12,5", "."};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
    if (sw_cell_f64(sw_str_of(BAD[i]), &v)) fail_msg("%s", BAD[i]);
}

static void booleans_in_both_languages(void **state) {
  (void)state;
  bool b;
  assert_true(sw_cell_bool(SW_LIT("是"), &b) && b);
  assert_true(sw_cell_bool(SW_LIT("N"), &b) && !b);
  assert_true(sw_cell_bool(SW_LIT(" True "), &b) && b);
  assert_false(sw_cell_bool(SW_LIT("2"), &b));
}

static void check_date(const sw_column_spec *c, const char *text, const char *want) {
  int32_t d;
  char got[SW_DATE_LEN] = "-";
  if (sw_cell_date(sw_str_of(text), c, &d)) sw_format_date(d, got);
  if (strcmp(got, want) != 0) fail_msg("%s gives %s, not %s", text, got, want);
}

static void dates_in_all_their_habits(void **state) {
  (void)state;
  check_date(&AUTO, "2023-01-05", "2023-01-05");
  check_date(&AUTO, "2023/1/5", "2023-01-05");
  check_date(&AUTO, "20230105", "2023-01-05");
  check_date(&AUTO, "2023年1月5日", "2023-01-05");
  check_date(&AUTO, "2023-01-05 00:00:00", "2023-01-05");
  check_date(&AUTO, "2023-02-29", "-");
  check_date(&AUTO, "2023-01-05 08:00", "-");
  sw_column_spec c = AUTO;
  assert_true(sw_value_format_parse("days:1840-12-31", &c));
  check_date(&c, "66840", "2024-01-01");
  check_date(&c, "0", "1840-12-31");
  check_date(&c, "66840.5", "-");
  assert_true(sw_value_format_parse("horolog", &c));
  check_date(&c, "66840,3600", "2024-01-01");
  check_date(&c, "66840,86400", "-");
  assert_true(sw_value_format_parse("excel", &c));
  check_date(&c, "45292", "2024-01-01");
  check_date(&c, "59", "1900-02-28");
  check_date(&c, "60", "-");
  check_date(&c, "61", "1900-03-01");
  assert_true(sw_value_format_parse("dd.MM.yyyy", &c));
  check_date(&c, "05.01.2023", "2023-01-05");
  check_date(&c, "5.1.2023", "2023-01-05");
  check_date(&c, "2023-01-05", "-");
  assert_true(sw_value_format_parse("yyyyMMdd", &c));
  check_date(&c, "20230105", "2023-01-05");
  check_date(&c, "202301", "-");
  assert_false(sw_value_format_parse("whatever", &c));
}

static void check_time(const sw_column_spec *c, const char *text, const char *want) {
  int64_t us;
  char got[SW_TIME_LEN] = "-";
  if (sw_cell_timestamp(sw_str_of(text), c, &us)) sw_format_time(us, got);
  if (strcmp(got, want) != 0) fail_msg("%s gives %s, not %s", text, got, want);
}

static void times_in_all_their_habits(void **state) {
  (void)state;
  check_time(&AUTO, "2023-01-05 08:05:09", "2023-01-05 08:05:09");
  check_time(&AUTO, "2023-01-05T08:05:09.5", "2023-01-05 08:05:09.500000");
  check_time(&AUTO, "2023/1/5 8:05", "2023-01-05 08:05:00");
  check_time(&AUTO, "20230105080509", "2023-01-05 08:05:09");
  check_time(&AUTO, "2023-01-05", "2023-01-05 00:00:00");
  check_time(&AUTO, "2023-01-05 24:00:00", "-");
  sw_column_spec c = AUTO;
  assert_true(sw_value_format_parse("horolog", &c));
  check_time(&c, "66840,3661", "2024-01-01 01:01:01");
  assert_true(sw_value_format_parse("excel", &c));
  check_time(&c, "45292.5", "2024-01-01 12:00:00");
  int64_t us;
  assert_true(sw_cell_time(SW_LIT("8:05"), &us) && us == (8 * 60 + 5) * INT64_C(60000000));
  assert_true(sw_cell_time(SW_LIT("080509"), &us) && us == ((8 * 60 + 5) * 60 + 9) * INT64_C(1000000));
  assert_false(sw_cell_time(SW_LIT("25:00"), &us));
  assert_false(sw_cell_time(SW_LIT(""), &us));
}

static void declarations_that_cannot_work_are_told(void **state) {
  (void)state;
  sw_column_spec c = {.name = "x", .type = SW_T_STR, .format = SW_FORMAT_EXCEL};
  assert_non_null(sw_column_spec_problem(&c));
  c = (sw_column_spec){.name = "x", .type = SW_T_DECIMAL(38, 2)};
  assert_non_null(sw_column_spec_problem(&c));
  c = (sw_column_spec){.name = "x", .type = SW_T_MONEY};
  assert_null(sw_column_spec_problem(&c));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_numbers),
      cmocka_unit_test(amounts_are_exact),
      cmocka_unit_test(doubles_refuse_infinity_and_words),
      cmocka_unit_test(booleans_in_both_languages),
      cmocka_unit_test(dates_in_all_their_habits),
      cmocka_unit_test(times_in_all_their_habits),
      cmocka_unit_test(declarations_that_cannot_work_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
