/* A DIP catalogue from the warehouse's own stays: what is derived can be imported and groups the same stays. */
#include "coding/derive_run.h"
#include "coding/group_run.h"

#include "support.h"

#include <stdlib.h>
#include <unistd.h>

static const char TABLES[] =
    "CREATE TABLE dwd.admission(_row BIGINT, _org VARCHAR, org_code VARCHAR, case_no VARCHAR, sex VARCHAR, age_years BIGINT, age_days BIGINT,"
    " newborn_admit_weight BIGINT, birth_weight_1 BIGINT, stay_days BIGINT, admit_time TIMESTAMP, discharge_time TIMESTAMP,"
    " discharge_way VARCHAR, fee_total DECIMAL(18,2));"
    "CREATE TABLE dws.admission(org_code VARCHAR, case_no VARCHAR, discharge_time TIMESTAMP, fee_net DECIMAL(18,2));"
    "CREATE TABLE dwd.diagnosis(org_code VARCHAR, case_no VARCHAR, seq BIGINT, code VARCHAR, name VARCHAR, code_insurance VARCHAR);"
    "CREATE TABLE dwd.procedure(org_code VARCHAR, case_no VARCHAR, seq BIGINT, code VARCHAR, name VARCHAR, code_insurance VARCHAR);"
    "CREATE TABLE dwd.settlement_list(org_code VARCHAR, case_no VARCHAR, setl_id VARCHAR, setl_end_date DATE, vent_used_dura VARCHAR);"
    "CREATE TABLE dwd.settlement_diagnosis(org_code VARCHAR, setl_id VARCHAR, seq BIGINT, maindiag_flag VARCHAR, diag_code VARCHAR);"
    "CREATE TABLE dwd.settlement_procedure(org_code VARCHAR, setl_id VARCHAR, seq BIGINT, oprn_oprt_code VARCHAR);";

/* Forty pneumonias and twenty appendectomies of one year, three odd ones; c64 has no principal diagnosis. */
static const char CASES[] =
    "INSERT INTO dwd.admission SELECT i, 'H1', 'H1', 'c' || i, '2', 60, NULL, NULL, NULL, 8, TIMESTAMP '2024-05-01 08:00:00', TIMESTAMP '2024-05-09 10:00:00', '1', 1"
    " FROM range(1, 65) t(i);"
    "INSERT INTO dws.admission SELECT 'H1', 'c' || i, TIMESTAMP '2024-05-09 10:00:00', CASE WHEN i <= 40 THEN 4000 + i ELSE 9000 + i END FROM range(1, 65) t(i);"
    "INSERT INTO dwd.diagnosis SELECT 'H1', 'c' || i, 1, 'x', CASE WHEN i <= 40 THEN 'pneumonia' WHEN i <= 60 THEN 'appendicitis' ELSE 'odd' END,"
    " CASE WHEN i <= 40 THEN 'J18.900' WHEN i <= 60 THEN 'K35.900' ELSE 'C16.' || i || '0' END FROM range(1, 64) t(i);"
    "INSERT INTO dwd.procedure SELECT 'H1', 'c' || i, 1, 'x', 'appendectomy', '47.0901' FROM range(41, 61) t(i);";

typedef struct bed {
  fixture *f;
  char dir[64];
} bed;

static bed make(void **state) {
  bed b = {.f = *state, .dir = "/tmp/suwen-derive-XXXXXX"};
  assert_non_null(mkdtemp(b.dir));
  run_sql(b.f, TABLES);
  return b;
}

static void clear(const bed *b) {
  static const char *const files[] = {"dip.csv", "dip_auxiliary.csv", "derivation.csv", "steps.txt", "mcc.csv", "cc.csv", "cce.csv"};
  char path[128];
  for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
    (void)snprintf(path, sizeof path, "%s/%s", b->dir, files[i]);
    (void)unlink(path);
  }
  assert_int_equal(rmdir(b->dir), 0);
}

static void what_is_derived_groups_the_same_stays(void **state) {
  bed b = make(state);
  fixture *f = b.f;
  run_sql(f, CASES);
  char drg[1024];
  const char *root = getenv("SW_SOURCE_ROOT");
  (void)snprintf(drg, sizeof drg, "%s/packs/hospital/catalogues/drg_starter", root ? root : ".");
  sw_dip_derivation r;
  OK(sw_derive_run(f->conn, &(sw_derive_run_options){.out_dir = b.dir, .physical = "dip_1", .complications = drg}, &r, &f->err));
  assert_int_equal(r.offered, 64);
  assert_int_equal(r.used, 63);
  assert_int_equal(r.ncore, 2);
  sw_dip_derivation_fini(&r);
  expect_text(f, "SELECT string_agg(dx || ' ' || name || ' ' || cases, ', ' ORDER BY dx) FROM store.dip_1 WHERE kind = 'core'", "J18.9 pneumonia 40, K35.9 appendicitis：appendectomy 20");
  expect_text(f, "SELECT mean_cost FROM store.dip_1 WHERE dx = 'J18.9'", "4020.5"); /* of the net cost, not of the front page's total */
  sw_catalogue *c = NULL;
  OK(sw_catalogue_import(b.dir, NULL, &c, &f->err));
  assert_int_equal(c->kind, SW_CATALOGUE_DIP);
  assert_int_equal(c->grades[SW_FINDING_ERROR], 0);
  sw_group_run_counts n;
  OK(sw_group_run(f->conn, &(sw_group_run_options){.catalogue = c, .physical = "dip_case"}, &n, &f->err));
  sw_catalogue_free(c);
  assert_int_equal(n.grouped, 63);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.dip_case WHERE kind = 'core' AND dip_name IS NOT NULL"), 60);
  clear(&b);
}

static void without_a_stay_the_catalogue_still_can_be_read(void **state) {
  bed b = make(state);
  fixture *f = b.f;
  sw_dip_derivation r;
  OK(sw_derive_run(f->conn, &(sw_derive_run_options){.out_dir = b.dir, .physical = "dip_1"}, &r, &f->err));
  assert_int_equal(r.used, 0);
  sw_dip_derivation_fini(&r);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.dip_1"), 0);
  sw_catalogue *c = NULL;
  OK(sw_catalogue_import(b.dir, NULL, &c, &f->err));
  sw_catalogue_free(c);
  clear(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_is_derived_groups_the_same_stays, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(without_a_stay_the_catalogue_still_can_be_read, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
