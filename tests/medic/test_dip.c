#include "medic/dip.h"
#include "medic/dip_derive.h"

#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define OK(x) assert_int_equal((x), SW_OK)

typedef struct row {
  const char *dx, *pr;
  bool comprehensive;
  sw_dip_class cls;
  int score, cost;
} row;

static sw_dip_catalogue *small(const char *procedure) {
  static const row rows[] = {{"I21.4", "", false, SW_DIP_CONSERVATIVE, 800, 8000},
                             {"I21.4", "36.0600/36.0700", false, SW_DIP_INTERVENTION, 3000, 30000},
                             {"I21.4", "36.0600+88.5500", false, SW_DIP_INTERVENTION, 3200, 32000},
                             {"I21.4", "37.6100", false, SW_DIP_SURGERY, 5000, 50000},
                             {"I10.x", "", false, SW_DIP_CONSERVATIVE, 300, 3000},
                             {"I21", "", true, SW_DIP_SURGERY, 2800, 28000},
                             {"I2", "", true, SW_DIP_SURGERY, 2500, 25000},
                             {"I", "", true, SW_DIP_DIAGNOSTIC, 900, 9000},
                             {"I20-I25", "", true, SW_DIP_THERAPEUTIC, 1200, 12000}};
  sw_dip_builder *b = sw_dip_builder_new();
  assert_non_null(b);
  OK(sw_dip_builder_option(b, SW_LIT("procedure"), sw_str_of(procedure), NULL));
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    sw_dip_group_in g = {.dx = sw_str_of(rows[i].dx), .procedures = sw_str_of(rows[i].pr), .comprehensive = rows[i].comprehensive,
                         .op_class = rows[i].cls, .score_e4 = rows[i].score * INT64_C(10000), .mean_cost_fen = rows[i].cost * INT64_C(100)};
    OK(sw_dip_builder_group(b, &g, NULL));
  }
  OK(sw_dip_builder_class(b, SW_LIT("99.0400"), SW_DIP_THERAPEUTIC, NULL));
  OK(sw_dip_builder_class(b, SW_LIT("89.5200"), SW_DIP_CONSERVATIVE, NULL));
  OK(sw_dip_builder_complication(b, SW_DRG_MCC, SW_LIT("J96.000"), SW_LIT("1"), NULL));
  OK(sw_dip_builder_complication(b, SW_DRG_MCC, SW_LIT("I50.900"), SW_LIT("2"), NULL));
  OK(sw_dip_builder_exclusion(b, SW_LIT("I21.400"), SW_LIT("2"), NULL));
  OK(sw_dip_builder_factor(b, SW_LIT(""), SW_DIP_III, 12500, NULL));
  OK(sw_dip_builder_factor(b, SW_LIT(""), SW_DIP_AGE_66, 11000, NULL));
  OK(sw_dip_builder_factor(b, SW_LIT("I10.x:"), SW_DIP_AGE_66, 13000, NULL));
  sw_dip_catalogue *c = NULL;
  OK(sw_dip_builder_compile(b, &c, NULL));
  sw_dip_builder_free(b);
  return c;
}

static sw_dip_result group(const sw_dip_catalogue *c, const char *dx, const char *p1, const char *p2, int64_t yuan) {
  sw_str d = sw_str_of(dx), p[2] = {sw_str_of(p1), sw_str_of(p2)};
  sw_dip_case in = SW_DRG_CASE_INIT;
  in.dx = &d;
  in.ndx = 1;
  in.pr = p;
  in.npr = p1 ? (p2 ? 2 : 1) : 0;
  in.cost_fen = yuan * 100;
  sw_dip_result r;
  sw_dip_group(c, &in, &r);
  sw_buf b = SW_BUF_INIT;
  sw_dip_path(c, &in, &r, SW_LANG_ZH, &b);
  sw_dip_path(c, &in, &r, SW_LANG_EN, &b);
  assert_true(b.len > 0);
  sw_buf_fini(&b);
  return r;
}

static void expect(const sw_dip_catalogue *c, sw_dip_result r, const char *code) {
  sw_dip_group_info g = {0};
  (void)sw_dip_group_info_of(c, r.group, &g);
  if (!sw_str_eqz(g.code, code)) fail_msg("got %.*s, want %s", SW_STR_ARG(g.code), code);
}

static void the_core_group_with_most_parts_wins_then_the_nearest_cost(void **state) {
  (void)state;
  sw_dip_catalogue *c = small("exact");
  expect(c, group(c, "I21.400", "36.0600", "88.5500", 0), "I21.4:36.0600+88.5500");
  expect(c, group(c, "I21.400", "36.0700", NULL, 0), "I21.4:36.0600/36.0700");
  expect(c, group(c, "I21.401", NULL, NULL, 0), "I21.4:");
  expect(c, group(c, "I21.400", "36.0700", "37.6100", 31000), "I21.4:36.0600/36.0700");
  expect(c, group(c, "I21.400", "36.0700", "37.6100", 49000), "I21.4:37.6100");
  expect(c, group(c, "I10", NULL, NULL, 0), "I10.x:");
  sw_dip_catalogue_free(c);
}

static void a_case_with_an_operation_never_goes_to_the_conservative_group(void **state) {
  (void)state;
  sw_dip_catalogue *c = small("exact");
  expect(c, group(c, "I21.400", "99.0400", NULL, 0), "I20-I25:治疗性操作");
  expect(c, group(c, "I21.400", "45.0000", NULL, 0), "I21:相关手术");
  expect(c, group(c, "I27.000", "45.0000", NULL, 0), "I2:相关手术");
  expect(c, group(c, "I21.400", "88.7200", NULL, 0), "I:诊断性操作");
  expect(c, group(c, "I21.400", "89.5200", NULL, 0), "I21.4:"); /* its class was told as conservative */
  assert_int_equal(group(c, "I40.000", "99.0400", NULL, 0).status, SW_DIP_NO_GROUP);
  assert_int_equal(group(c, "", NULL, NULL, 0).status, SW_DIP_NO_PRINCIPAL);
  assert_int_equal(group(c, "?!", NULL, NULL, 0).status, SW_DIP_BAD_PRINCIPAL);
  sw_dip_catalogue_free(c);
}

static void extended_procedure_codes_match_where_the_edition_says_prefix(void **state) {
  (void)state;
  sw_dip_catalogue *c = small("exact");
  expect(c, group(c, "I21.400", "36.0600x004", NULL, 0), "I21:相关手术");
  sw_dip_catalogue_free(c);
  c = small("prefix");
  expect(c, group(c, "I21.400", "36.0600x004", NULL, 0), "I21.4:36.0600/36.0700");
  sw_dip_catalogue_free(c);
}

static void the_highest_auxiliary_factor_that_is_hit_applies(void **state) {
  (void)state;
  sw_dip_catalogue *c = small("exact");
  sw_str dx[] = {SW_LIT("I21.400"), SW_LIT("J96.000")}, excluded[] = {SW_LIT("I21.400"), SW_LIT("I50.900")}, x = SW_LIT("I10.x00");
  sw_dip_case in = SW_DRG_CASE_INIT;
  sw_dip_result r;
  in.dx = dx;
  in.ndx = 2;
  in.age_years = 70;
  in.los_days = 9;
  sw_dip_group(c, &in, &r);
  assert_int_equal(r.level, SW_DIP_III);
  assert_int_equal(r.factor_e4, 12500);
  in.dx = excluded;
  sw_dip_group(c, &in, &r);
  assert_int_equal(r.level, SW_DIP_AGE_66);
  assert_int_equal(r.factor_e4, 11000);
  in.dx = &x;
  in.ndx = 1;
  sw_dip_group(c, &in, &r);
  assert_int_equal(r.factor_e4, 13000); /* the group's own */
  in.age_years = 40;
  sw_dip_group(c, &in, &r);
  assert_int_equal(r.level, -1);
  assert_int_equal(r.factor_e4, 10000);
  sw_dip_catalogue_free(c);
}

static void ages_severity_and_tumour_levels_follow_the_specification(void **state) {
  (void)state;
  sw_str lung[] = {SW_LIT("C34.100"), SW_LIT("C78.000")}, pneumonia = SW_LIT("J18.900"), chemo = SW_LIT("99.2500");
  sw_dip_case in = SW_DRG_CASE_INIT;
  in.dx = &pneumonia;
  in.ndx = 1;
  in.age_days = 28;
  in.age_years = 0;
  in.los_days = 3;
  assert_int_equal(sw_dip_levels(&in, false, false), 1u << SW_DIP_AGE_0_28D | 1u << SW_DIP_I_A);
  in.age_days = 29;
  in.los_days = 4;
  assert_int_equal(sw_dip_levels(&in, true, false), 1u << SW_DIP_AGE_29D_1Y | 1u << SW_DIP_II);
  in.discharge_mode = 5;
  in.age_years = 66;
  assert_int_equal(sw_dip_levels(&in, false, true), 1u << SW_DIP_AGE_66 | 1u << SW_DIP_III | 1u << SW_DIP_IV_B);
  in.dx = lung;
  in.ndx = 2;
  in.pr = &chemo;
  in.npr = 1;
  in.age_years = 50;
  assert_int_equal(sw_dip_levels(&in, false, false), 1u << SW_DIP_T_IV | 1u << SW_DIP_T_V_B | 1u << SW_DIP_T_VI_B);
}

static void a_wrong_group_row_is_refused_with_its_reason(void **state) {
  (void)state;
  sw_dip_builder *b = sw_dip_builder_new();
  sw_error err = SW_ERROR_INIT;
  sw_dip_group_in g = {.dx = SW_LIT("I21.400")};
  assert_int_equal(sw_dip_builder_group(b, &g, &err), SW_E_DATA);
  sw_error_clear(&err);
  g = (sw_dip_group_in){.dx = SW_LIT("I21.4"), .comprehensive = true};
  assert_int_equal(sw_dip_builder_group(b, &g, &err), SW_E_DATA);
  sw_error_clear(&err);
  g = (sw_dip_group_in){.dx = SW_LIT("I21.4")};
  OK(sw_dip_builder_group(b, &g, NULL));
  assert_int_equal(sw_dip_builder_group(b, &g, &err), SW_E_DATA);
  sw_dip_builder_free(b);
}

/* --- deriving -------------------------------------------------------------------------------- */

static void add(sw_dip_deriver *d, const char *dx, const char *p1, const char *p2, int year, double yuan, int age) {
  sw_str x = sw_str_of(dx), p[2] = {sw_str_of(p1), sw_str_of(p2)};
  sw_dip_case in = SW_DRG_CASE_INIT;
  in.dx = &x;
  in.ndx = 1;
  in.pr = p;
  in.npr = p1 ? (p2 ? 2 : 1) : 0;
  in.cost_fen = (int64_t)llround(yuan * 100);
  in.age_years = age;
  in.los_days = 5;
  OK(sw_dip_deriver_add(d, &in, year, false, false, NULL));
}

static void the_official_method_gives_the_hand_computed_points(void **state) {
  (void)state;
  sw_dip_deriver *d = NULL;
  OK(sw_dip_deriver_new(&(sw_dip_derive_options){.core_cases = 2, .factor_cases = 2}, &d, NULL));
  for (int year = 2022; year <= 2024; ++year) {
    double grow = year - 2022; /* costs rise by 100 yuan a year */
    for (int i = 0; i < 2; ++i) {
      add(d, "K35.800", NULL, NULL, year, 1000 + 100 * grow, i ? 70 : 40);
      add(d, "K35.900", "47.0100", NULL, year, 3000, 40);
    }
    add(d, "K36.x00", NULL, NULL, year, 900, 40); /* one a year: comprehensive */
  }
  add(d, "K35.900", "47.0100", "54.1100", 2024, 3000, 40); /* contains the core set */
  add(d, "K35.800", NULL, NULL, 2021, 9999, 40);           /* an older year */
  add(d, "??", NULL, NULL, 2024, 1, 40);
  add(d, "K35.800", NULL, NULL, 2024, 0, 40);
  sw_dip_derivation r;
  OK(sw_dip_deriver_finish(d, &r, NULL));
  sw_dip_deriver_free(d);
  assert_int_equal(r.offered, 19);
  assert_int_equal(r.used, 16);
  assert_int_equal(r.older, 1);
  assert_int_equal(r.no_principal, 1);
  assert_int_equal(r.no_cost, 1);
  assert_int_equal(r.ncore, 2);
  assert_int_equal(r.ngroups, 3);
  assert_true(sw_str_eqz(r.groups[0].dx, "K35.8"));
  assert_true(fabs(r.groups[0].mean_fen - 100 * (1000 * 1 + 1100 * 2 + 1200 * 7) / 10.0) < 1e-6);
  assert_true(sw_str_eqz(r.groups[1].procedures, "47.0100"));
  assert_int_equal(r.groups[1].cases, 7);
  assert_true(sw_str_eqz(r.groups[2].dx, "K"));
  assert_true(r.groups[2].comprehensive);
  double m22 = (2 * 1000 + 2 * 3000 + 900) / 5.0, m23 = (2 * 1100 + 2 * 3000 + 900) / 5.0, m24 = (2 * 1200 + 3 * 3000 + 900) / 6.0;
  double mean = (m22 + 2 * m23 + 7 * m24) / 10;
  assert_true(fabs(r.mean_fen / 100 - mean) < 1e-9);
  assert_int_equal(r.groups[1].score_e4, llround(3000 / mean * 1e7));
  assert_true(r.levels[SW_DIP_AGE_66].cases == 3 && fabs(r.levels[SW_DIP_AGE_66].factor - 1) < 1e-12);
  assert_true(r.riv > 0.9 && r.riv <= 1);
  sw_dip_derivation_fini(&r);
}

static void extreme_costs_are_trimmed_and_counted(void **state) {
  (void)state;
  sw_dip_deriver *d = NULL;
  OK(sw_dip_deriver_new(&(sw_dip_derive_options){.core_cases = 5}, &d, NULL));
  for (int i = 0; i < 30; ++i) add(d, "J18.900", NULL, NULL, 2024, 1000, 40);
  add(d, "J18.900", NULL, NULL, 2024, 100, 40);
  add(d, "J18.900", NULL, NULL, 2024, 9000, 40);
  sw_dip_derivation r;
  OK(sw_dip_deriver_finish(d, &r, NULL));
  sw_dip_deriver_free(d);
  assert_int_equal(r.trimmed_low, 1);
  assert_int_equal(r.trimmed_high, 1);
  assert_true(fabs(r.groups[0].mean_fen - 100000) < 1e-6);
  assert_int_equal(r.groups[0].score_e4, 10000000);
  sw_dip_derivation_fini(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_core_group_with_most_parts_wins_then_the_nearest_cost),
      cmocka_unit_test(a_case_with_an_operation_never_goes_to_the_conservative_group),
      cmocka_unit_test(extended_procedure_codes_match_where_the_edition_says_prefix),
      cmocka_unit_test(the_highest_auxiliary_factor_that_is_hit_applies),
      cmocka_unit_test(ages_severity_and_tumour_levels_follow_the_specification),
      cmocka_unit_test(a_wrong_group_row_is_refused_with_its_reason),
      cmocka_unit_test(the_official_method_gives_the_hand_computed_points),
      cmocka_unit_test(extreme_costs_are_trimmed_and_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
