/* Grouping through the engine: settlement lists first, then the front page's insurance codes; every case has its row. */
#include "coding/group_run.h"

#include "support.h"

static sw_catalogue *catalogue;

static int load(void **state) {
  char dir[1024];
  const char *root = getenv("SW_SOURCE_ROOT");
  (void)snprintf(dir, sizeof dir, "%s/packs/hospital/catalogues/drg_starter", root ? root : ".");
  sw_error err = SW_ERROR_INIT;
  (void)state;
  return sw_catalogue_import(dir, NULL, &catalogue, &err) == SW_OK ? 0 : -1;
}

static int unload(void **state) {
  (void)state;
  sw_catalogue_free(catalogue);
  return 0;
}

static const char TABLES[] =
    "CREATE TABLE dwd.admission(_row BIGINT, _org VARCHAR, org_code VARCHAR, case_no VARCHAR, sex VARCHAR, age_years BIGINT, age_days BIGINT,"
    " newborn_admit_weight BIGINT, birth_weight_1 BIGINT, stay_days BIGINT, admit_time TIMESTAMP, discharge_time TIMESTAMP,"
    " discharge_way VARCHAR, fee_total DECIMAL(18,2));"
    "CREATE TABLE dwd.diagnosis(org_code VARCHAR, case_no VARCHAR, seq BIGINT, code VARCHAR, code_insurance VARCHAR);"
    "CREATE TABLE dwd.procedure(org_code VARCHAR, case_no VARCHAR, seq BIGINT, code VARCHAR, code_insurance VARCHAR);"
    "CREATE TABLE dwd.settlement_list(org_code VARCHAR, case_no VARCHAR, setl_id VARCHAR, setl_end_date DATE, vent_used_dura VARCHAR);"
    "CREATE TABLE dwd.settlement_diagnosis(org_code VARCHAR, setl_id VARCHAR, seq BIGINT, maindiag_flag VARCHAR, diag_code VARCHAR);"
    "CREATE TABLE dwd.settlement_procedure(org_code VARCHAR, setl_id VARCHAR, seq BIGINT, oprn_oprt_code VARCHAR);"
    "INSERT INTO dwd.admission SELECT i, 'H1', 'H1', 'c' || i, '2', 60, NULL, NULL, NULL, 8, TIMESTAMP '2024-05-01 08:00:00',"
    "  TIMESTAMP '2024-05-09 10:00:00', '1', 8000.50 FROM range(1, 6) t(i);"
    /* c1: by its newest list, whose main diagnosis is not the first written */
    "INSERT INTO dwd.settlement_list VALUES ('H1','c1','s1',DATE '2024-05-05',NULL), ('H1','c1','s2',DATE '2024-05-09','1/2/30');"
    "INSERT INTO dwd.settlement_diagnosis VALUES ('H1','s1',1,'1','K35.900'), ('H1','s2',1,'0','E11.900'), ('H1','s2',2,'1','I63.900');"
    /* c2: no list, front page recoded; c3: only clinical codes; c4: nothing; c5: principal unmapped */
    "INSERT INTO dwd.diagnosis VALUES ('H1','c2',1,'J18.900','J18.900'), ('H1','c3',1,'J18.900',NULL), ('H1','c5',1,'Q',NULL), ('H1','c5',2,'E','E11.900');";

static void every_stay_has_a_row_grouped_or_with_its_reason(void **state) {
  fixture *f = *state;
  run_sql(f, TABLES);
  sw_group_run_counts n;
  OK(sw_group_run(f->conn, &(sw_group_run_options){.catalogue = catalogue, .physical = "dws_drg_1"}, &n, &f->err));
  assert_int_equal(n.in, 5);
  assert_int_equal(n.out, 5);
  assert_int_equal(n.grouped, 2);
  assert_int_equal(n.reasons[SW_DRG_NO_PRINCIPAL], 3);
  expect_text(f, "SELECT principal_code || ' ' || adrg FROM store.dws_drg_1 WHERE case_no = 'c1'", "I63.900 BR2");
  expect_text(f, "SELECT principal_code || ' ' || mdc FROM store.dws_drg_1 WHERE case_no = 'c2'", "J18.900 MDCE");
  expect_text(f, "SELECT string_agg(reason_zh, ',') FROM store.dws_drg_1 WHERE status = 'ungrouped'", "没有主诊断,没有主诊断,没有主诊断");
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.dws_drg_1 WHERE status = 'grouped' AND weight > 0 AND drg_name IS NOT NULL"), 2);
  assert_int_equal(one_i64(f, "SELECT count(DISTINCT _row) FROM store.dws_drg_1"), 5);
}

static void a_failed_run_leaves_no_table(void **state) {
  fixture *f = *state;
  sw_group_run_counts n;
  f->err.status = SW_OK;
  assert_int_not_equal(sw_group_run(f->conn, &(sw_group_run_options){.catalogue = catalogue, .physical = "dws_drg_2", .select = "SELECT nonsense"}, &n, &f->err), SW_OK);
  bool there = true;
  OK(sw_table_exists(f->conn, "store", "dws_drg_2", &there, &f->err));
  assert_false(there);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_stay_has_a_row_grouped_or_with_its_reason, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(a_failed_run_leaves_no_table, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
