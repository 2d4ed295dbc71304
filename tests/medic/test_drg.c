/* A small catalogue of our own: what each rule word, switch and exclusion does. */
#include "medic/drg.h"

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define OK(x) assert_int_equal((x), SW_OK)

static sw_drg_builder *small(const char *qy, const char *procedure) {
  sw_drg_builder *b = sw_drg_builder_new();
  assert_non_null(b);
  OK(sw_drg_builder_option(b, SW_LIT("qy"), sw_str_of(qy), NULL));
  OK(sw_drg_builder_option(b, SW_LIT("procedure"), sw_str_of(procedure), NULL));
  OK(sw_drg_builder_mdc(b, SW_LIT("MDCA"), 1, SW_LIT("存在手术"), NULL));
  OK(sw_drg_builder_mdc(b, SW_LIT("MDCP"), 2, SW_LIT("主诊断匹配、婴儿"), NULL));
  OK(sw_drg_builder_mdc(b, SW_LIT("MDCZ"), 3, SW_LIT("主诊断匹配、多诊断匹配"), NULL));
  OK(sw_drg_builder_mdc(b, SW_LIT("MDCN"), 4, SW_LIT("主诊断匹配、女性"), NULL));
  OK(sw_drg_builder_mdc(b, SW_LIT("MDCF"), 5, SW_LIT("主诊断匹配"), NULL));
  static const struct {
    const char *mdc, *code, *part;
  } dx[] = {{"MDCP", "P07.100", ""},       {"MDCZ", "S06.000", "头颈部创伤"}, {"MDCZ", "S22.000", "胸部创伤"},
            {"MDCZ", "S22.100", "胸部创伤"}, {"MDCN", "N80.000", ""},          {"MDCF", "I21.400", ""},
            {"MDCF", "I50.900", ""},       {"MDCF", "S22.000", ""}};
  for (size_t i = 0; i < sizeof dx / sizeof *dx; ++i)
    OK(sw_drg_builder_mdc_dx(b, sw_str_of(dx[i].mdc), sw_str_of(dx[i].code), sw_str_of(dx[i].part), NULL));
  static const struct {
    const char *mdc, *adrg, *rule;
  } adrg[] = {{"MDCA", "AA1", "主手术匹配"},
              {"MDCP", "PS1", "某一诊断匹配、体重1500至2000克、新生儿"},
              {"MDCP", "PV1", ""},
              {"MDCZ", "ZZ1", "无手术"},
              {"MDCN", "NA1", "主诊断匹配、NA1特殊规则、多手术处理"},
              {"MDCF", "FE1", "双手术匹配"},
              {"MDCF", "FM1", "主手术匹配"},
              {"MDCF", "FR1", "主诊断匹配、年龄>=80或主诊断匹配、死亡"},
              {"MDCF", "FR2", "主诊断匹配"}};
  for (size_t i = 0; i < sizeof adrg / sizeof *adrg; ++i) {
    OK(sw_drg_builder_adrg(b, sw_str_of(adrg[i].mdc), sw_str_of(adrg[i].adrg), (int64_t)i, sw_str_of(adrg[i].rule), NULL));
    static const char ends[] = "135";
    for (size_t k = 0; k < 3; ++k) {
      char code[8];
      (void)snprintf(code, sizeof code, "%s%c", adrg[i].adrg, ends[k]);
      sw_drg_group_in g = {.code = sw_str_of(code), .adrg = sw_str_of(adrg[i].adrg), .order = (int64_t)k};
      OK(sw_drg_builder_drg(b, &g, NULL));
    }
  }
  OK(sw_drg_builder_adrg_dx(b, SW_LIT("PS1"), SW_LIT("P07.100"), NULL));
  OK(sw_drg_builder_adrg_dx(b, SW_LIT("NA1"), SW_LIT("N80.000"), NULL));
  OK(sw_drg_builder_adrg_dx(b, SW_LIT("FR1"), SW_LIT("I21.400"), NULL));
  OK(sw_drg_builder_adrg_dx(b, SW_LIT("FR2"), SW_LIT("I21.400"), NULL));
  static const struct {
    const char *adrg;
    int list;
    const char *code;
  } pr[] = {{"AA1", 0, "37.5100"}, {"NA1", 1, "68.6100"}, {"NA1", 2, "68.4100"}, {"NA1", 3, "65.6100"},
            {"FE1", 0, "35.2200"}, {"FE1", 1, "36.1000"}, {"FM1", 0, "36.0600"}};
  for (size_t i = 0; i < sizeof pr / sizeof *pr; ++i) {
    OK(sw_drg_builder_adrg_pr(b, sw_str_of(pr[i].adrg), pr[i].list, sw_str_of(pr[i].code), NULL));
    OK(sw_drg_builder_valid_pr(b, sw_str_of(pr[i].code), NULL));
  }
  OK(sw_drg_builder_valid_pr(b, SW_LIT("06.2000"), NULL));
  OK(sw_drg_builder_complication(b, SW_DRG_MCC, SW_LIT("J96.000"), SW_LIT("10"), NULL));
  OK(sw_drg_builder_complication(b, SW_DRG_CC, SW_LIT("E11.900"), SW_LIT("20"), NULL));
  OK(sw_drg_builder_complication(b, SW_DRG_MCC, SW_LIT("I50.900"), SW_LIT("30"), NULL));
  OK(sw_drg_builder_exclusion(b, SW_LIT("I21.400"), SW_LIT("30"), NULL));
  return b;
}

static sw_drg_catalogue *compiled(const char *qy, const char *procedure) {
  sw_drg_builder *b = small(qy, procedure);
  sw_drg_catalogue *c = NULL;
  OK(sw_drg_builder_compile(b, &c, NULL));
  sw_drg_builder_free(b);
  return c;
}

typedef struct quick {
  const char *dx[4], *pr[4];
  int sex, years, days, weight, mode;
} quick;

static void group(const sw_drg_catalogue *c, const quick *q, sw_drg_result *r) {
  sw_str dx[4], pr[4];
  sw_drg_case in = SW_DRG_CASE_INIT;
  for (; in.ndx < 4 && q->dx[in.ndx]; ++in.ndx) dx[in.ndx] = sw_str_of(q->dx[in.ndx]);
  for (; in.npr < 4 && q->pr[in.npr]; ++in.npr) pr[in.npr] = sw_str_of(q->pr[in.npr]);
  in.dx = dx;
  in.pr = pr;
  in.sex = q->sex;
  in.age_years = q->years;
  in.age_days = q->days ? q->days : SW_UNKNOWN;
  in.weight_g = q->weight;
  in.discharge_mode = q->mode ? q->mode : SW_UNKNOWN;
  sw_drg_group(c, &in, r);
  sw_buf b = SW_BUF_INIT; /* the words of any path can be made */
  sw_drg_path(c, &in, r, SW_LANG_ZH, &b);
  sw_drg_path(c, &in, r, SW_LANG_EN, &b);
  assert_true(b.len > 0);
  sw_buf_fini(&b);
}

static void expect(const sw_drg_catalogue *c, quick q, const char *drg) {
  sw_drg_result r;
  group(c, &q, &r);
  sw_str got = sw_drg_drg_code(c, r.drg);
  if (!sw_str_eqz(got, drg)) fail_msg("%s: got %.*s, want %s", q.dx[0] ? q.dx[0] : "-", SW_STR_ARG(got), drg);
}

static void a_severe_complication_counts_unless_its_table_is_the_principals(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("off", "main");
  expect(c, (quick){.dx = {"I21.400"}, .years = 50}, "FR25");
  expect(c, (quick){.dx = {"I21.400", "E11.900"}, .years = 50}, "FR23");
  expect(c, (quick){.dx = {"I21.400", "E11.900", "J96.000"}, .years = 50}, "FR21");
  expect(c, (quick){.dx = {"I21.400", "I50.900"}, .years = 50}, "FR25"); /* excluded by table 30 */
  sw_drg_catalogue_free(c);
}

static void only_the_first_procedure_is_the_main_one_unless_the_edition_says_any(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("off", "main");
  quick q = {.dx = {"I21.400"}, .pr = {"06.2000", "36.0600"}, .years = 50};
  expect(c, q, "FR25");
  expect(c, (quick){.dx = {"I21.400"}, .pr = {"36.0600"}, .years = 50}, "FM15");
  sw_drg_catalogue_free(c);
  c = compiled("off", "any");
  expect(c, q, "FM15");
  sw_drg_catalogue_free(c);
}

static void an_unrelated_procedure_goes_to_qy_where_the_edition_has_it(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("on", "main");
  expect(c, (quick){.dx = {"I21.400"}, .pr = {"06.2000"}, .years = 50}, "FQY");
  expect(c, (quick){.dx = {"I21.400"}, .pr = {"36.0600"}, .years = 50}, "FM15");
  expect(c, (quick){.dx = {"I21.400"}, .pr = {"96.0000"}, .years = 50}, "FR25"); /* not a valid procedure */
  sw_drg_catalogue_free(c);
}

static void both_procedure_lists_must_be_met_in_any_order(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("off", "main");
  expect(c, (quick){.dx = {"I21.400"}, .pr = {"36.1000", "35.2200"}, .years = 50}, "FE15");
  expect(c, (quick){.dx = {"I21.400"}, .pr = {"35.2200"}, .years = 50}, "FR25");
  expect(c, (quick){.dx = {"N80.000"}, .pr = {"68.6100"}, .sex = 2, .years = 50}, "NA15");
  expect(c, (quick){.dx = {"N80.000"}, .pr = {"65.6100", "68.4100"}, .sex = 2, .years = 50}, "NA15");
  expect(c, (quick){.dx = {"N80.000"}, .pr = {"68.4100"}, .sex = 2, .years = 50}, "0000");
  expect(c, (quick){.dx = {"N80.000"}, .pr = {"68.6100"}, .sex = 1, .years = 50}, "0000");
  sw_drg_catalogue_free(c);
}

static void newborns_are_told_by_age_and_weight(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("off", "main");
  expect(c, (quick){.dx = {"P07.100"}, .years = 0, .days = 5, .weight = 1500}, "PS15");
  expect(c, (quick){.dx = {"P07.100"}, .years = 0, .days = 28, .weight = 1999}, "PS15");
  expect(c, (quick){.dx = {"P07.100"}, .years = 0, .days = 29, .weight = 1999}, "PV15");
  expect(c, (quick){.dx = {"P07.100"}, .years = 0, .days = 5, .weight = 2000}, "PV15");
  expect(c, (quick){.dx = {"P07.100"}, .years = 0, .days = 5, .weight = 0}, "PV15"); /* weight unknown */
  expect(c, (quick){.dx = {"P07.100"}, .years = 1, .days = 400, .weight = 1999}, "0000");
  sw_drg_catalogue_free(c);
}

static void multiple_trauma_needs_two_body_parts(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("off", "main");
  expect(c, (quick){.dx = {"S22.000", "S06.000"}, .years = 50}, "ZZ15");
  expect(c, (quick){.dx = {"S22.000", "S22.100"}, .years = 50}, "0000"); /* one part; MDCF has no ADRG for it */
  expect(c, (quick){.dx = {"S22.000", "S06.000"}, .pr = {"06.2000"}, .years = 50}, "0000"); /* 无手术 does not hold */
  sw_drg_catalogue_free(c);
}

static void alternatives_and_numeric_conditions_hold_one_by_one(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("off", "main");
  expect(c, (quick){.dx = {"I21.400"}, .years = 80}, "FR15");
  expect(c, (quick){.dx = {"I21.400"}, .years = 79}, "FR25");
  expect(c, (quick){.dx = {"I21.400"}, .years = 40, .mode = 5}, "FR15");
  sw_drg_catalogue_free(c);
}

static void a_case_without_group_gets_its_reason(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("off", "main");
  sw_drg_result r;
  group(c, &(quick){.dx = {NULL}}, &r);
  assert_int_equal(r.status, SW_DRG_NO_PRINCIPAL);
  group(c, &(quick){.dx = {"I99.999"}}, &r);
  assert_int_equal(r.status, SW_DRG_NO_MDC);
  assert_int_equal(r.steps[0].kind, SW_DRG_STEP_UNKNOWN_DX);
  group(c, &(quick){.dx = {"I50.900"}}, &r);
  assert_int_equal(r.status, SW_DRG_NO_ADRG);
  sw_drg_catalogue_free(c);
}

static void a_transplant_goes_before_any_diagnosis(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("off", "main");
  expect(c, (quick){.dx = {"I99.999"}, .pr = {"37.5100"}}, "AA15");
  sw_drg_catalogue_free(c);
}

static void a_wrong_table_row_is_refused_with_its_reason(void **state) {
  (void)state;
  sw_drg_builder *b = small("off", "main");
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_drg_builder_adrg(b, SW_LIT("MDCF"), SW_LIT("FX1"), 9, SW_LIT("主诊断匹配、月亮"), &err), SW_E_CONFIG);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "月亮"));
  sw_error_clear(&err);
  assert_int_equal(sw_drg_builder_adrg_dx(b, SW_LIT("QQ1"), SW_LIT("I21.400"), &err), SW_E_NOTFOUND);
  sw_error_clear(&err);
  assert_int_equal(sw_drg_builder_complication(b, SW_DRG_CC, SW_LIT("J96.000"), SW_LIT("1"), &err), SW_E_DATA);
  sw_drg_builder_free(b);
}

static void two_hundred_diagnoses_and_garbage_end_in_a_group_or_a_reason(void **state) {
  (void)state;
  sw_drg_catalogue *c = compiled("on", "any");
  static const char *const words[] = {"I21.400", "P07.100", "S06.000", "S22.000", "", "\xff\xfe,\"\n", "J96.000",
                                      "A very long text that is certainly no code of any edition at all", "36.0600"};
  sw_rng g = sw_rng_of(7, 7);
  for (int round = 0; round < 3000; ++round) {
    sw_str dx[200], pr[60];
    sw_drg_case in = SW_DRG_CASE_INIT;
    in.ndx = sw_rng_below(&g, 201);
    in.npr = sw_rng_below(&g, 61);
    for (size_t i = 0; i < in.ndx; ++i) dx[i] = sw_str_of(words[sw_rng_below(&g, 9)]);
    for (size_t i = 0; i < in.npr; ++i) pr[i] = sw_str_of(words[sw_rng_below(&g, 9)]);
    in.dx = dx;
    in.pr = pr;
    in.age_years = (int32_t)sw_rng_range(&g, -200, 200);
    in.age_days = (int32_t)sw_rng_range(&g, -5, 40);
    in.weight_g = (int32_t)sw_rng_range(&g, -1, 4000);
    in.sex = (int32_t)sw_rng_range(&g, -1, 3);
    sw_drg_result r, again;
    memset(&r, 0, sizeof r);
    memset(&again, 0, sizeof again);
    sw_drg_group(c, &in, &r);
    sw_drg_group(c, &in, &again);
    assert_int_equal(r.status, again.status);
    assert_int_equal(r.drg, again.drg);
    assert_int_equal(r.nsteps, again.nsteps);
    assert_true((r.drg != SW_DRG_NONE) == (r.status == SW_DRG_GROUPED || r.status == SW_DRG_UNRELATED));
    sw_buf b = SW_BUF_INIT;
    sw_drg_path(c, &in, &r, SW_LANG_ZH, &b);
    assert_true(b.len > 0);
    sw_buf_fini(&b);
  }
  sw_drg_catalogue_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_severe_complication_counts_unless_its_table_is_the_principals),
      cmocka_unit_test(only_the_first_procedure_is_the_main_one_unless_the_edition_says_any),
      cmocka_unit_test(an_unrelated_procedure_goes_to_qy_where_the_edition_has_it),
      cmocka_unit_test(both_procedure_lists_must_be_met_in_any_order),
      cmocka_unit_test(newborns_are_told_by_age_and_weight),
      cmocka_unit_test(multiple_trauma_needs_two_body_parts),
      cmocka_unit_test(alternatives_and_numeric_conditions_hold_one_by_one),
      cmocka_unit_test(a_case_without_group_gets_its_reason),
      cmocka_unit_test(a_transplant_goes_before_any_diagnosis),
      cmocka_unit_test(a_wrong_table_row_is_refused_with_its_reason),
      cmocka_unit_test(two_hundred_diagnoses_and_garbage_end_in_a_group_or_a_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
