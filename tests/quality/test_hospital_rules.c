/* The hospital pack's rules against the tables of rows beside them. */
#include "base/fs.h"
#include "engine/subset.h"
#include "quality/rule_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static sw_pack_set *load(sw_problems *p) {
  static const sw_kind *const kinds[] = {&SW_RULES_KIND};
  const char *root = getenv("SW_SOURCE_ROOT");
  char base[512], hospital[512];
  sw_pack_registry reg = {.kinds = kinds, .nkinds = 1};
  sw_pack_set *set = NULL;
  sw_error err = SW_ERROR_INIT;
  assert_non_null(root);
  snprintf(base, sizeof base, "%s/packs/base", root);
  snprintf(hospital, sizeof hospital, "%s/packs/hospital", root);
  const char *dirs[] = {base, hospital};
  if (sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 2, .registry = &reg}, &set, p, &err)) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_problems_format(p, SW_LANG_EN, &b);
    fail_msg("%s%s", b.ptr, err.msg[SW_LANG_EN]);
  }
  return set;
}

static void run_table(sw_str id, const char *file) {
  sw_problems p = SW_PROBLEMS_INIT;
  sw_pack_set *set = load(&p);
  const sw_pack_object *o = sw_pack_find(set, "rules", id);
  assert_non_null(o);
  char path[600];
  snprintf(path, sizeof path, "%s/packs/hospital/rules/%s", getenv("SW_SOURCE_ROOT"), file);
  SW_AUTO(sw_buf) csv = SW_BUF_INIT;
  SW_AUTO(sw_buf) report = SW_BUF_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_rule_test_outcome out;
  assert_int_equal(sw_fs_read(path, 1 << 24, &csv, &err), SW_OK);
  if (sw_rule_tests_run(set, o->data, sw_buf_str(&csv), &out, &report, &err)) {
    char text[2048];
    sw_error_format(&err, SW_LANG_EN, text, sizeof text);
    fail_msg("%s", text);
  }
  if (out.failed || out.untested) fail_msg("%s", report.ptr);
  assert_true(out.rules > 0);
  sw_pack_free(set);
  sw_problems_fini(&p);
}

static void front_page_rules_pass_fail_and_do_not_apply_as_their_table_says(void **state) {
  (void)state;
  run_table(SW_LIT("hospital.front-page"), "front_page.tests.csv");
}

static void settlement_list_rules_pass_fail_and_do_not_apply_as_their_table_says(void **state) {
  (void)state;
  run_table(SW_LIT("hospital.settlement-list"), "settlement_list.tests.csv");
}

/* The corrections by practising coders: what is unusual and right has a row of its own, and does not fail. */
static void every_legitimate_rarity_has_a_row_that_does_not_fail(void **state) {
  (void)state;
  static const char *const ROWS[][2] = {
      {"Q014", "newborn twin"},   {"Q014", "middle dot"},        {"Q014", "foreigner"},         {"Q019", "guardian"},        {"Q019", "15 digits"},
      {"Q020", "guardian"},       {"Q020", "15 digits"},         {"Q021", "residence permit"},  {"Q021", "foreigner's card"}, {"Q033", "8-digit land line"},
      {"Q044", "head of"},        {"Q053", "delivery"},          {"Q059", "well newborn"},      {"Q070", "male newborn"},    {"Q070", "male breast cancer"},
      {"Q075", "child's ovarian"}, {"Q080", "born today"},       {"Q092", "no pathology"},      {"Q094", "national notation"}, {"Q096", "metastasis"},
      {"Q096", "D45"},            {"Q101", "adverse drug"},      {"Q114", "the day before"},    {"Q128", "sub-items"},       {"Q128", "Chinese-medicine"},
      {"Q133", "zero-fee"},       {"Q134", "zero-fee"},          {"Q135", "psychiatry"},        {"Q136", "local anaesthesia"}, {"Q010", "104 years"},
      {"Q009", "day surgery"},    {"Q007", "400 days"},          {"Q007", "0 days"}};
  char path[600];
  snprintf(path, sizeof path, "%s/packs/hospital/rules/front_page.tests.csv", getenv("SW_SOURCE_ROOT"));
  SW_AUTO(sw_buf) csv = SW_BUF_INIT;
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_fs_read(path, 1 << 24, &csv, &err), SW_OK);
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    bool found = false;
    sw_str rest = sw_buf_str(&csv);
    while (rest.len && !found) {
      ptrdiff_t nl = sw_str_find(rest, SW_LIT("\n"));
      sw_str line = nl < 0 ? rest : sw_str_sub(rest, 0, (size_t)nl);
      rest = nl < 0 ? (sw_str){NULL, 0} : sw_str_sub(rest, (size_t)nl + 1, rest.len);
      bool own = sw_str_starts(line, sw_str_of(ROWS[i][0])) && sw_str_find(line, sw_str_of(ROWS[i][1])) >= 0;
      found = own && (sw_str_find(line, SW_LIT(",pass,")) == 4 || sw_str_find(line, SW_LIT(",n/a,")) == 4);
    }
    if (!found) fail_msg("%s has no row \"%s\" that passes or does not apply", ROWS[i][0], ROWS[i][1]);
  }
}

/* Every number of the rule table is there: built, or listed with what it lacks. */
static void all_166_rules_are_built_or_say_what_they_lack(void **state) {
  (void)state;
  sw_problems p = SW_PROBLEMS_INIT;
  sw_pack_set *set = load(&p);
  bool there[167] = {0};
  size_t unbuildable = 0;
  const sw_pack_object *o;
  for (size_t i = 0; (o = sw_pack_at(set, "rules", i)); i++) {
    const sw_rules_def *d = o->data;
    for (size_t k = 0; k < d->rules.n; k++) {
      const sw_rule_def *r = SW_ITEM(sw_rule_def, d->rules, k);
      int64_t n;
      if (r->id.name.len >= 4 && r->id.name.ptr[0] == 'Q' && sw_str_to_i64(sw_str_sub(r->id.name, 1, 3), &n) && n >= 1 && n <= 166) there[n] = true;
      unbuildable += r->type == SW_RT_UNBUILDABLE;
      assert_true(r->title.zh.len && r->title.en.len && r->source.len);
      if (sw_str_find(r->source, SW_LIT("M")) >= 0) assert_false(r->verified);
    }
  }
  for (int n = 1; n <= 166; n++)
    if (!there[n]) fail_msg("Q%03d is missing", n);
  assert_true(unbuildable <= 3);
  sw_pack_free(set);
  sw_problems_fini(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(front_page_rules_pass_fail_and_do_not_apply_as_their_table_says),
      cmocka_unit_test(settlement_list_rules_pass_fail_and_do_not_apply_as_their_table_says),
      cmocka_unit_test(every_legitimate_rarity_has_a_row_that_does_not_fail),
      cmocka_unit_test(all_166_rules_are_built_or_say_what_they_lack),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
