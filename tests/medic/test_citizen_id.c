#include "medic/citizen_id.h"

#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* A plainly synthetic number: division 110101, born 1990-03-07, sequence given, right check character. */
static void make(char out[19], const char *stem17) {
  memcpy(out, stem17, 17);
  out[17] = sw_citizen_id_check_char(stem17);
  out[18] = '\0';
}

static void a_valid_number_tells_birth_sex_and_division(void **state) {
  (void)state;
  char n[19];
  make(n, "11010119900307001");
  sw_citizen_id id;
  assert_int_equal(sw_citizen_id_parse(sw_str_of(n), &id), SW_CID_OK);
  assert_int_equal(id.birth_days, sw_days_from_civil(1990, 3, 7));
  assert_int_equal(id.sex, 1);
  assert_int_equal(id.division, 110101);
  make(n, "11010119900307002");
  assert_int_equal(sw_citizen_id_parse(sw_str_of(n), &id), SW_CID_OK);
  assert_int_equal(id.sex, 2);
}

static void the_standards_own_example_is_valid(void **state) {
  (void)state;
  assert_true(sw_citizen_id_valid(SW_LIT("11010519491231002X"))); /* GB 11643-1999, example */
  assert_true(sw_citizen_id_valid(SW_LIT("11010519491231002x")));
  assert_true(sw_citizen_id_valid(SW_LIT(" １１０１０５-19491231 002X ")));
}

static void each_fault_has_its_verdict(void **state) {
  (void)state;
  sw_citizen_id id;
  assert_int_equal(sw_citizen_id_parse(SW_LIT("  "), &id), SW_CID_EMPTY);
  assert_int_equal(sw_citizen_id_parse(SW_LIT("1101051949123100"), &id), SW_CID_LENGTH);
  assert_int_equal(sw_citizen_id_parse(SW_LIT("11010519491231A02X"), &id), SW_CID_CHARACTER);
  assert_int_equal(sw_citizen_id_parse(SW_LIT("010105194912310021"), &id), SW_CID_DIVISION);
  assert_int_equal(sw_citizen_id_parse(SW_LIT("110105194913310021"), &id), SW_CID_BIRTH);
  assert_int_equal(sw_citizen_id_parse(SW_LIT("110105194912310021"), &id), SW_CID_CHECKSUM);
  assert_int_equal(id.birth_days, sw_days_from_civil(1949, 12, 31));
}

static void fifteen_digits_widen_and_narrow(void **state) {
  (void)state;
  char wide[19], narrow[16];
  assert_true(sw_citizen_id_upgrade(SW_LIT("110105491231002"), wide));
  assert_string_equal(wide, "11010519491231002X");
  assert_true(sw_citizen_id_downgrade(SW_LIT("11010519491231002X"), narrow));
  assert_string_equal(narrow, "110105491231002");
  char modern[19];
  make(modern, "11010120100307001");
  assert_false(sw_citizen_id_downgrade(sw_str_of(modern), narrow)); /* born after 2000: never had 15 digits */
  assert_true(sw_citizen_id_upgrade(SW_LIT("110105991231998"), wide));
  assert_memory_equal(wide + 6, "1899", 4); /* 996 to 999: born before 1900 */
}

static void comparing_sees_forms_typos_and_stems(void **state) {
  (void)state;
  sw_str full = SW_LIT("11010519491231002X");
  assert_int_equal(sw_citizen_id_compare(full, SW_LIT("110105491231002")), SW_CID_SAME);
  assert_int_equal(sw_citizen_id_compare(full, SW_LIT("11010519491213002X")), SW_CID_ONE_EDIT);
  assert_int_equal(sw_citizen_id_compare(full, SW_LIT("1101051949123102X")), SW_CID_ONE_EDIT);
  assert_int_equal(sw_citizen_id_compare(full, SW_LIT("110105194912319876")), SW_CID_SAME_STEM);
  assert_int_equal(sw_citizen_id_compare(full, SW_LIT("320105194912319876")), SW_CID_OTHER);
  assert_int_equal(sw_citizen_id_compare(full, SW_LIT("")), SW_CID_MISSING);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_valid_number_tells_birth_sex_and_division),
      cmocka_unit_test(the_standards_own_example_is_valid),
      cmocka_unit_test(each_fault_has_its_verdict),
      cmocka_unit_test(fifteen_digits_widen_and_narrow),
      cmocka_unit_test(comparing_sees_forms_typos_and_stems),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
