/* What would change a group, with evidence, on a small catalogue of our own. */
#include "medic/drg_advise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define OK(x) assert_int_equal((x), SW_OK)

static sw_drg_catalogue *small(void) {
  sw_drg_builder *b = sw_drg_builder_new();
  OK(sw_drg_builder_mdc(b, SW_LIT("MDCE"), 1, SW_LIT("主诊断匹配"), NULL));
  static const char *const dx[] = {"J18.900", "J15.000", "J44.100"};
  for (size_t i = 0; i < 3; ++i) OK(sw_drg_builder_mdc_dx(b, SW_LIT("MDCE"), sw_str_of(dx[i]), (sw_str){NULL, 0}, NULL));
  static const struct {
    const char *adrg, *rule;
  } adrg[] = {{"EJ1", "主手术匹配"}, {"ER1", "主诊断匹配"}, {"ES1", "主诊断匹配"}};
  for (size_t i = 0; i < 3; ++i) OK(sw_drg_builder_adrg(b, SW_LIT("MDCE"), sw_str_of(adrg[i].adrg), (int64_t)i, sw_str_of(adrg[i].rule), NULL));
  static const struct {
    const char *drg;
    int weight;
  } drg[] = {{"EJ19", 20000}, {"ER11", 18000}, {"ER15", 12000}, {"ES11", 15000}, {"ES13", 9000}, {"ES15", 6000}};
  for (size_t i = 0; i < 6; ++i) {
    sw_drg_group_in g = {.code = sw_str_of(drg[i].drg), .adrg = {drg[i].drg, 3}, .order = (int64_t)i, .weight_e4 = drg[i].weight};
    OK(sw_drg_builder_drg(b, &g, NULL));
  }
  OK(sw_drg_builder_adrg_pr(b, SW_LIT("EJ1"), 0, SW_LIT("33.2400"), NULL));
  OK(sw_drg_builder_adrg_dx(b, SW_LIT("ER1"), SW_LIT("J15.000"), NULL));
  OK(sw_drg_builder_adrg_dx(b, SW_LIT("ES1"), SW_LIT("J18.900"), NULL));
  OK(sw_drg_builder_adrg_dx(b, SW_LIT("ES1"), SW_LIT("J44.100"), NULL));
  OK(sw_drg_builder_complication(b, SW_DRG_MCC, SW_LIT("J96.000"), SW_LIT("1"), NULL));
  OK(sw_drg_builder_complication(b, SW_DRG_CC, SW_LIT("E87.600"), SW_LIT("2"), NULL));
  OK(sw_drg_builder_complication(b, SW_DRG_CC, SW_LIT("J90.x00"), SW_LIT("3"), NULL));
  OK(sw_drg_builder_exclusion(b, SW_LIT("J18.900"), SW_LIT("3"), NULL));
  OK(sw_drg_builder_dx_name(b, SW_LIT("J18.100"), SW_LIT("大叶性肺炎"), NULL));
  OK(sw_drg_builder_mdc_dx(b, SW_LIT("MDCE"), SW_LIT("J18.100"), (sw_str){NULL, 0}, NULL));
  OK(sw_drg_builder_adrg_dx(b, SW_LIT("ER1"), SW_LIT("J18.100"), NULL));
  sw_drg_catalogue *c = NULL;
  OK(sw_drg_builder_compile(b, &c, NULL));
  sw_drg_builder_free(b);
  return c;
}

static const sw_advice *find(const sw_advice *a, size_t n, sw_advice_kind kind) {
  for (size_t i = 0; i < n; ++i)
    if (a[i].kind == kind) return &a[i];
  return NULL;
}

static const sw_evidence_rule RULES[] = {
    {.kind = SW_LIT("lab"), .item = SW_LIT("钾*"), .op = SW_LIT("<"), .limit = 3.5, .unit = SW_LIT("mmol/L"), .code = SW_LIT("E87.600"), .prefix = SW_LIT("E87.6"), .zh = SW_LIT("血钾低于 3.5 mmol/L"), .en = SW_LIT("potassium below 3.5 mmol/L")},
    {.kind = SW_LIT("lab"), .item = SW_LIT("PaO2"), .op = SW_LIT("<"), .limit = 60, .unit = SW_LIT("mmHg"), .code = SW_LIT("J96.000"), .prefix = SW_LIT("J96"), .zh = SW_LIT("氧分压低于 60 mmHg"), .en = SW_LIT("PaO2 below 60 mmHg")},
    {.kind = SW_LIT("device"), .item = SW_LIT("ventilator"), .op = SW_LIT(">"), .limit = 0, .unit = SW_LIT(""), .code = SW_LIT("J96.000"), .prefix = SW_LIT("J96"), .zh = SW_LIT("使用呼吸机"), .en = SW_LIT("ventilated")},
};

static void missed_and_unsupported_codes_are_found_alike(void **state) {
  (void)state;
  sw_drg_catalogue *c = small();
  sw_str dx[] = {SW_LIT("J18.900"), SW_LIT("J96.000")};
  sw_drg_case k = SW_DRG_CASE_INIT;
  k.dx = dx;
  k.ndx = 2;
  const sw_evidence e[] = {{SW_LIT("lab"), SW_LIT("钾离子"), 3.1, SW_LIT("mmol/L")}, {SW_LIT("lab"), SW_LIT("PaO2"), 92, SW_LIT("mmHg")}};
  sw_advice_in in = {e, 2, RULES, 3};
  sw_drg_result r;
  sw_advice a[SW_ADVICE_MAX];
  size_t n = 0;
  OK(sw_drg_advise(c, &k, &in, &r, a, &n, NULL));
  assert_true(sw_str_eqz(sw_drg_drg_code(c, r.drg), "ES11"));
  const sw_advice *missed = find(a, n, SW_ADVICE_MISSED), *wrong = find(a, n, SW_ADVICE_UNSUPPORTED);
  assert_non_null(missed);
  assert_true(sw_str_eqz(missed->code, "E87.600"));
  assert_non_null(wrong);
  assert_int_equal(wrong->index, 1);
  assert_true(sw_str_eqz(sw_drg_drg_code(c, wrong->drg), "ES15"));
  assert_int_equal(wrong->weight_e4, 6000 - 15000);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_drg_advice_say(c, &k, &in, wrong, 1000000, SW_LANG_EN, &b);
  assert_non_null(strstr(b.ptr, "PaO2 below 60 mmHg: PaO2 = 92 mmHg"));
  assert_non_null(strstr(b.ptr, "-9000.00 yuan"));
  /* one rule that is met supports the diagnosis, whatever the others say */
  const sw_evidence more[] = {e[0], e[1], {SW_LIT("device"), SW_LIT("ventilator"), 30, SW_LIT("")}};
  in = (sw_advice_in){more, 3, RULES, 3};
  OK(sw_drg_advise(c, &k, &in, &r, a, &n, NULL));
  assert_null(find(a, n, SW_ADVICE_UNSUPPORTED));
  sw_drg_catalogue_free(c);
}

static void missing_cc_better_principal_and_unspecific_codes_are_told(void **state) {
  (void)state;
  sw_drg_catalogue *c = small();
  sw_str dx[] = {SW_LIT("J18.900"), SW_LIT("J15.000"), SW_LIT("J90.x00"), SW_LIT("e87600")}, pr[] = {SW_LIT("99.0000"), SW_LIT("33.2400")};
  sw_drg_case k = SW_DRG_CASE_INIT;
  k.dx = dx;
  k.ndx = 4;
  k.pr = pr;
  k.npr = 2;
  sw_drg_result r;
  sw_advice a[SW_ADVICE_MAX];
  size_t n = 0;
  OK(sw_drg_advise(c, &k, NULL, &r, a, &n, NULL));
  assert_true(sw_str_eqz(sw_drg_drg_code(c, r.drg), "ES15"));
  assert_true(sw_str_eqz(sw_drg_drg_code(c, find(a, n, SW_ADVICE_PRINCIPAL)->drg), "ER15"));
  assert_true(sw_str_eqz(sw_drg_drg_code(c, find(a, n, SW_ADVICE_MAIN_PR)->drg), "EJ19"));
  assert_true(sw_str_eqz(sw_drg_drg_code(c, find(a, n, SW_ADVICE_CC)->drg), "ES13"));
  assert_true(sw_str_eqz(sw_drg_drg_code(c, find(a, n, SW_ADVICE_MCC)->drg), "ES11"));
  assert_int_equal(find(a, n, SW_ADVICE_EXCLUDED)->index, 2);
  assert_true(sw_str_eqz(find(a, n, SW_ADVICE_UNSPECIFIC)->code, "J18.100"));
  const sw_advice *unknown = find(a, n, SW_ADVICE_UNKNOWN_DX);
  assert_int_equal(unknown->index, 3);
  assert_true(sw_str_eqz(unknown->code, "E87.600"));
  assert_true(sw_str_eqz(sw_drg_drg_code(c, unknown->drg), "ES13"));
  assert_int_equal(find(a, n, SW_ADVICE_UNKNOWN_PR)->index, 0);
  sw_drg_catalogue_free(c);
}

static void the_smallest_change_that_gives_another_group_is_found(void **state) {
  (void)state;
  sw_drg_catalogue *c = small();
  sw_str dx[] = {SW_LIT("J18.900"), SW_LIT("J96.000")};
  sw_drg_case k = SW_DRG_CASE_INIT;
  k.dx = dx;
  k.ndx = 2;
  sw_advice a;
  assert_true(sw_drg_why(c, &k, sw_drg_find(c, SW_LIT("ES15")), &a));
  assert_int_equal(a.kind, SW_ADVICE_DEPENDS_DX);
  assert_int_equal(a.index, 1);
  assert_false(sw_drg_why(c, &k, sw_drg_find(c, SW_LIT("EJ19")), &a));
  assert_false(sw_drg_why(c, &k, SW_DRG_NONE, &a));
  sw_drg_catalogue_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(missed_and_unsupported_codes_are_found_alike),
      cmocka_unit_test(missing_cc_better_principal_and_unspecific_codes_are_told),
      cmocka_unit_test(the_smallest_change_that_gives_another_group_is_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
