#include "medic/name.h"

#include "medic/pinyin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static sw_name_level level(const char *a, const char *b) {
  sw_name x, y;
  sw_name_parse(sw_str_of(a), &x);
  sw_name_parse(sw_str_of(b), &y);
  sw_name_level l = sw_name_compare(&x, &y);
  assert_int_equal(l, sw_name_compare(&y, &x));
  return l;
}

static int standin(const char *a) {
  sw_name x;
  sw_name_parse(sw_str_of(a), &x);
  return x.standin;
}

static void han_names_agree_by_sound_shape_and_order(void **state) {
  (void)state;
  assert_int_equal(level("张伟", "张伟"), SW_NAME_EXACT);
  assert_int_equal(level("张 伟", "张伟　"), SW_NAME_EXACT);
  assert_int_equal(level("張偉", "张伟"), SW_NAME_VARIANT);
  assert_int_equal(level("张伟", "章伟"), SW_NAME_SOUND);
  assert_int_equal(level("单雄", "善雄"), SW_NAME_SOUND); /* a surname's second reading */
  assert_int_equal(level("陈晓林", "陈晓玲"), SW_NAME_FUZZY);
  assert_int_equal(level("周志强", "邹志强"), SW_NAME_FUZZY);
  assert_int_equal(level("刘兰", "牛兰"), SW_NAME_FUZZY);
  assert_int_equal(level("王未", "王末"), SW_NAME_FUZZY);
  assert_int_equal(level("刘□华", "刘德华"), SW_NAME_FUZZY);
  assert_int_equal(level("小明张", "张小明"), SW_NAME_REORDERED);
  assert_int_equal(level("张小明", "张小刚"), SW_NAME_PARTIAL);
  assert_int_equal(level("张明", "张小明"), SW_NAME_PARTIAL);
  assert_int_equal(level("张伟", "张三"), SW_NAME_SURNAME);
  assert_int_equal(level("张伟", "李娜"), SW_NAME_OTHER);
}

static void minority_names_may_be_cut_off(void **state) {
  (void)state;
  assert_int_equal(level("阿卜杜拉·买买提", "阿卜杜拉•买买提"), SW_NAME_EXACT);
  assert_int_equal(level("阿卜杜拉·买买提", "阿卜杜拉买买提"), SW_NAME_VARIANT);
  assert_int_equal(level("阿卜杜拉·买买提", "阿卜杜拉"), SW_NAME_REORDERED);
  assert_int_equal(level("阿卜杜拉·买买提", "阿卜杜拉·买"), SW_NAME_REORDERED);
}

static void romanised_names_meet_their_characters(void **state) {
  (void)state;
  assert_int_equal(level("ZHANG WEI", "张伟"), SW_NAME_REORDERED);
  assert_int_equal(level("Wei Zhang", "张伟"), SW_NAME_REORDERED);
  assert_int_equal(level("Xiaoming Ouyang", "欧阳晓明"), SW_NAME_REORDERED);
  assert_int_equal(level("LV XIA", "吕霞"), SW_NAME_REORDERED);
  assert_int_equal(level("WANG WEI", "张伟"), SW_NAME_OTHER);
}

static void letters_agree_by_edits_and_words(void **state) {
  (void)state;
  assert_int_equal(level("Müller", "MULLER"), SW_NAME_EXACT);
  assert_int_equal(level("O'Brien", "OBrien"), SW_NAME_EXACT);
  assert_int_equal(level("smith", "smtih"), SW_NAME_SOUND);
  assert_int_equal(level("catherine", "kathrine"), SW_NAME_FUZZY);
  assert_int_equal(level("John Smith", "Smith, John"), SW_NAME_REORDERED);
  assert_int_equal(level("John Smith", "J. Smith"), SW_NAME_PARTIAL);
  assert_int_equal(level("Rob", "Robert"), SW_NAME_PARTIAL);
  assert_int_equal(level("anna", "peter"), SW_NAME_OTHER);
}

static void characters_outside_the_basic_plane_count_as_one(void **state) {
  (void)state;
  assert_int_equal(level("王𫖯", "王𫖯"), SW_NAME_EXACT);
  assert_int_equal(level("王小𫖯", "王小𬀩"), SW_NAME_PARTIAL);
  assert_true(sw_han_is(0x2B5AF));
}

static void standins_give_no_evidence(void **state) {
  (void)state;
  assert_int_equal(standin("无名氏"), SW_STANDIN_UNKNOWN);
  assert_int_equal(standin("无名氏20230105"), SW_STANDIN_UNKNOWN);
  assert_int_equal(standin("-"), SW_STANDIN_ABSENT);
  assert_int_equal(standin("无"), SW_STANDIN_ABSENT);
  assert_int_equal(standin("测试患者1"), SW_STANDIN_TEST);
  assert_int_equal(standin("张伟"), SW_STANDIN_NONE);
  assert_int_equal(standin("吴之女"), SW_STANDIN_NONE); /* too short for a parent's name: a person may be called so */
  assert_int_equal(level("无名氏", "无名氏"), SW_NAME_MISSING);
  assert_int_equal(level("张三之子", "张三之子"), SW_NAME_MISSING);
}

static void a_newborns_standin_names_the_parent(void **state) {
  (void)state;
  sw_name n;
  sw_name_parse(SW_LIT("李小花之女2"), &n);
  assert_int_equal(n.standin, SW_STANDIN_NEWBORN);
  assert_int_equal(n.parent_len, 3);
  assert_int_equal(n.birth_order, 2);
  sw_name_parse(SW_LIT("张三之长子"), &n);
  assert_int_equal(n.standin, SW_STANDIN_NEWBORN);
  assert_int_equal(n.parent_len, 2);
  assert_int_equal(n.birth_order, 1);
  sw_name_parse(SW_LIT("Baby boy of Anna Smith"), &n);
  assert_int_equal(n.standin, SW_STANDIN_NEWBORN);
  assert_int_equal(n.parent_len, 10);
}

static void the_sound_key_is_shared_by_homophones(void **state) {
  (void)state;
  sw_name a, b, c;
  sw_name_parse(SW_LIT("張玮"), &a);
  sw_name_parse(SW_LIT("章伟"), &b);
  sw_name_parse(SW_LIT("章三"), &c);
  assert_int_equal(sw_name_sound_key(a.cp, a.len), sw_name_sound_key(b.cp, b.len));
  assert_int_not_equal(sw_name_sound_key(a.cp, a.len), sw_name_sound_key(c.cp, c.len));
}

static void pinyin_and_initials_are_written(void **state) {
  (void)state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_pinyin_of(SW_LIT("张伟"), &b);
  assert_string_equal(b.ptr, "zhang wei");
  sw_buf_clear(&b);
  sw_pinyin_initials(SW_LIT("张伟A"), &b);
  assert_string_equal(b.ptr, "zwa");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(han_names_agree_by_sound_shape_and_order),
      cmocka_unit_test(minority_names_may_be_cut_off),
      cmocka_unit_test(romanised_names_meet_their_characters),
      cmocka_unit_test(letters_agree_by_edits_and_words),
      cmocka_unit_test(characters_outside_the_basic_plane_count_as_one),
      cmocka_unit_test(standins_give_no_evidence),
      cmocka_unit_test(a_newborns_standin_names_the_parent),
      cmocka_unit_test(the_sound_key_is_shared_by_homophones),
      cmocka_unit_test(pinyin_and_initials_are_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
