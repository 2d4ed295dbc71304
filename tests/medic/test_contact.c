#include "medic/address.h"
#include "medic/phone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static sw_phone_level phones(const char *a, const char *b) {
  sw_phone x, y;
  sw_phone_parse(sw_str_of(a), &x);
  sw_phone_parse(sw_str_of(b), &y);
  return sw_phone_compare(&x, &y);
}

static void phones_are_compared_by_digits(void **state) {
  (void)state;
  assert_int_equal(phones("+86 139-0000-1234", "13900001234"), SW_PHONE_SAME);
  assert_int_equal(phones("１３９００００１２３４", "013900001234"), SW_PHONE_SAME);
  assert_int_equal(phones("13900001234", "13900001243"), SW_PHONE_ONE_EDIT);
  assert_int_equal(phones("010-62345678", "62345678"), SW_PHONE_SAME_TAIL);
  assert_int_equal(phones("13900001234", "13811115678"), SW_PHONE_OTHER);
}

static void numbers_that_nobody_has_are_missing(void **state) {
  (void)state;
  assert_int_equal(phones("11111111111", "11111111111"), SW_PHONE_MISSING);
  assert_int_equal(phones("13800138000", "13900001234"), SW_PHONE_MISSING);
  assert_int_equal(phones("无", "-"), SW_PHONE_MISSING);
  assert_int_equal(phones("12345678901", "12345678901"), SW_PHONE_MISSING);
}

static uint32_t division(const char *s) {
  sw_address a;
  sw_address_parse(sw_str_of(s), &a);
  return a.division;
}

static sw_address_level addresses(const char *a, const char *b) {
  sw_address x, y;
  sw_address_parse(sw_str_of(a), &x);
  sw_address_parse(sw_str_of(b), &y);
  return sw_address_compare(&x, &y);
}

static void divisions_are_read_in_full_and_short_forms(void **state) {
  (void)state;
  assert_int_equal(division("北京市海淀区中关村大街1号"), 110108);
  assert_int_equal(division("北京海淀中关村大街1号"), 110108);
  assert_int_equal(division("海淀区中关村大街1号"), 110108);
  assert_int_equal(division("河北省石家庄市长安区中山路1号"), 130102);
  assert_int_equal(division("广东广州"), 440100);
  assert_int_equal(division("某地"), 0);
}

static void addresses_agree_by_division_and_rest(void **state) {
  (void)state;
  assert_int_equal(addresses("北京市海淀区中关村大街1号", "海淀区中关村大街一号"), SW_ADDRESS_SAME);
  assert_int_equal(addresses("北京市海淀区中关村南大街18号院3号楼", "北京市海淀区中关村大街18号院3号楼"), SW_ADDRESS_NEAR);
  assert_int_equal(addresses("北京市海淀区中关村大街1号", "北京市海淀区中关村大街27号"), SW_ADDRESS_STREET);
  assert_int_equal(addresses("北京市海淀区学院路甲五", "北京市海淀区永丰屯乡"), SW_ADDRESS_DISTRICT);
  assert_int_equal(addresses("", "北京市海淀区永丰屯乡"), SW_ADDRESS_MISSING);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(phones_are_compared_by_digits),
      cmocka_unit_test(numbers_that_nobody_has_are_missing),
      cmocka_unit_test(divisions_are_read_in_full_and_short_forms),
      cmocka_unit_test(addresses_agree_by_division_and_rest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
