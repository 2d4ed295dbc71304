/* Schedules: what matches, what comes next, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "flow/cron.h"

static int64_t at(const char *z) {
  int64_t us = 0;
  assert_true(sw_parse_time(sw_str_of(z), &us));
  return us;
}

static void next_is(const char *cron, const char *after, const char *want) {
  sw_cron c;
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_cron_parse(sw_str_of(cron), &c, &err), SW_OK);
  int64_t next = 0;
  assert_true(sw_cron_next(&c, at(after), &next));
  char text[SW_TIME_LEN];
  sw_format_time(next, text);
  assert_string_equal(text, want);
}

static void the_next_time_follows_all_five_fields(void **state) {
  (void)state;
  next_is("30 2 * * *", "2023-01-05 02:30:00", "2023-01-06 02:30:00");
  next_is("30 2 * * *", "2023-01-05 02:29:59", "2023-01-05 02:30:00");
  next_is("*/15 * * * *", "2023-12-31 23:50:00", "2024-01-01 00:00:00");
  next_is("0 0 29 feb *", "2023-01-01 00:00", "2024-02-29 00:00:00");
  next_is("0 8 * * mon-fri", "2023-01-06 08:00", "2023-01-09 08:00:00");
  next_is("0 8 * * 7", "2023-01-06 08:00", "2023-01-08 08:00:00");
  next_is("5,10-12 3 1 */3 *", "2023-01-01 03:10", "2023-01-01 03:11:00");
}

static void two_restricted_day_fields_match_either(void **state) {
  (void)state;
  next_is("0 0 13 * fri", "2023-01-01 00:00", "2023-01-06 00:00:00");
  next_is("0 0 13 * fri", "2023-01-06 00:00", "2023-01-13 00:00:00");
}

static void a_day_that_never_comes_has_no_next_time(void **state) {
  (void)state;
  sw_cron c;
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_cron_parse(SW_LIT("0 0 30 2 *"), &c, &err), SW_OK);
  int64_t next;
  assert_false(sw_cron_next(&c, at("2023-01-01"), &next));
}

static void a_wrong_field_is_refused(void **state) {
  (void)state;
  static const char *const BAD[] = {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
                                    "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *", "-1 * * * *", "1,,2 * * * *"};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    sw_cron c;
    sw_error err = SW_ERROR_INIT;
    assert_int_equal(sw_cron_parse(sw_str_of(BAD[i]), &c, &err), SW_E_CONFIG);
    assert_true(err.msg[SW_LANG_EN][0] != '\0');
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_next_time_follows_all_five_fields),
      cmocka_unit_test(two_restricted_day_fields_match_either),
      cmocka_unit_test(a_day_that_never_comes_has_no_next_time),
      cmocka_unit_test(a_wrong_field_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
