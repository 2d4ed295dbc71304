/* The starter DRG catalogue of the hospital pack: clean, and every disease that it lists ends in a group. */
#include "coding/catalogue.h"
#include "coding/csv_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static void path_of(char out[1024], const char *file) {
  const char *root = getenv("SW_SOURCE_ROOT");
  (void)snprintf(out, 1024, "%s/packs/hospital/catalogues/drg_starter%s%s", root ? root : ".", file[0] ? "/" : "", file);
}

static void the_starter_catalogue_has_no_errors_and_every_weight(void **state) {
  (void)state;
  char dir[1024];
  path_of(dir, "");
  sw_error err = SW_ERROR_INIT;
  sw_catalogue *c = NULL;
  assert_int_equal(sw_catalogue_import(dir, NULL, &c, &err), SW_OK);
  assert_int_equal(c->grades[SW_FINDING_ERROR], 0);
  assert_int_equal(c->grades[SW_FINDING_WARNING], 0);
  sw_drg_counts n = sw_drg_catalogue_counts(c->drg);
  assert_true(n.drg >= 200);
  for (uint16_t i = 0; i < n.drg; ++i) {
    sw_drg_group_info g;
    assert_true(sw_drg_group_info_of(c->drg, i, &g));
    assert_true(g.weight_e4 > 0 && g.mean_cost_fen > 0 && g.risk >= 1 && g.risk <= 4);
  }
  sw_catalogue_free(c);
}

static void every_listed_disease_ends_in_a_group(void **state) {
  (void)state;
  char path[1024];
  path_of(path, "");
  sw_error err = SW_ERROR_INIT;
  sw_catalogue *c = NULL;
  assert_int_equal(sw_catalogue_import(path, NULL, &c, &err), SW_OK);
  path_of(path, "mdc_dx.csv");
  sw_csv_in *in = NULL;
  assert_int_equal(sw_csv_in_open(path, &in, &err), SW_OK);
  int code = sw_csv_in_column(in, "icd10"), mdc = sw_csv_in_column(in, "mdc"), lost = 0;
  while (sw_csv_in_next(in, &err) == SW_ROW) {
    sw_str dx = sw_csv_in_get(in, code);
    sw_drg_case k = SW_DRG_CASE_INIT;
    k.dx = &dx;
    k.ndx = 1;
    bool newborn = sw_str_eqz(sw_csv_in_get(in, mdc), "MDCP"), man = sw_str_eqz(sw_csv_in_get(in, mdc), "MDCM");
    k.sex = man ? 1 : 2;
    k.age_years = newborn ? 0 : 50;
    k.age_days = newborn ? 3 : SW_UNKNOWN;
    sw_drg_result r;
    sw_drg_group(c->drg, &k, &r);
    if (r.drg == SW_DRG_NONE) print_message("%.*s of %.*s has no group\n", SW_STR_ARG(dx), SW_STR_ARG(sw_csv_in_get(in, mdc)));
    lost += r.drg == SW_DRG_NONE;
  }
  assert_int_equal(lost, 0);
  sw_csv_in_close(in);
  sw_catalogue_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_starter_catalogue_has_no_errors_and_every_weight),
      cmocka_unit_test(every_listed_disease_ends_in_a_group),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
