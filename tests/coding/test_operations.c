/* Operations analysis on cases of our own whose answers are known. */
#include "coding/operations.h"

#include "support.h"

/* Two teams of 20 cases in group G1 (B spends 500 yuan of drugs more a case), one in G2, one ungrouped case. */
static const char CASES[] =
    "CREATE TABLE dws.case_ AS"
    " SELECT 'H1' AS org_code, 'a' || i AS case_no, 'cardiology' AS dept, CASE WHEN i <= 20 THEN 'A' ELSE 'B' END AS team, 'Dr ' || i % 3 AS doctor,"
    "  'G1' AS grp, 'group one' AS grp_name, CAST(1.5 AS DECIMAL(9,4)) AS weight, CAST(1000 + i % 20 + CASE WHEN i > 20 THEN 500 ELSE 0 END AS DECIMAL(18,2)) AS cost,"
    "  CAST(200 + CASE WHEN i > 20 THEN 500 ELSE 0 END AS DECIMAL(18,2)) AS drug, CAST(100 AS DECIMAL(18,2)) AS material, CAST(300 AS DECIMAL(18,2)) AS test,"
    "  5 + i % 3 AS los, CASE WHEN i = 7 THEN 1 ELSE 0 END AS died, 1 AS risk, CAST(1250 AS DECIMAL(18,2)) AS mean_cost, CAST(6 AS DECIMAL(9,2)) AS mean_los,"
    "  CAST(1250 AS DECIMAL(18,2)) AS paid, CAST(1250 - (1000 + i % 20 + CASE WHEN i > 20 THEN 500 ELSE 0 END) AS DECIMAL(18,2)) AS gain FROM range(1, 41) t(i)"
    " UNION ALL SELECT 'H1', 'b' || i, 'surgery', 'C', 'Dr 9', 'G2', 'group two', 2, 4000, 1000, 2000, 500, 8, 0, 2, 3500, 7, 3000, -1000 FROM range(1, 11) t(i)"
    " UNION ALL SELECT 'H1', 'c1', 'surgery', 'C', 'Dr 9', NULL, NULL, NULL, 100, 0, 0, 0, 1, 0, NULL, NULL, NULL, 100, 0";

static void indicators_are_those_of_their_definitions(void **state) {
  fixture *f = *state;
  run_sql(f, CASES);
  sw_operations_counts n;
  OK(sw_operations_run(f->conn, &(sw_operations_options){.select = "SELECT * FROM dws.case_", .prefix = "ops"}, &n, &f->err));
  assert_int_equal(n.cases, 51);
  assert_int_equal(n.grouped, 50);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.ops_indicator WHERE level = 'hospital'"), 1);
  expect_text(f, "SELECT CAST(cmi AS DECIMAL(9,4)) FROM store.ops_indicator WHERE level = 'hospital'", "1.6000"); /* (40×1.5 + 10×2) / 50 */
  expect_text(f, "SELECT CAST(cost_index AS DECIMAL(9,4)) FROM store.ops_indicator WHERE level = 'department' AND name = 'surgery'", "1.1429");
  expect_text(f, "SELECT low_risk || ' ' || low_risk_deaths FROM store.ops_indicator WHERE level = 'hospital'", "40 1");
  expect_text(f, "SELECT CAST(material_share AS DECIMAL(9,4)) FROM store.ops_indicator WHERE level = 'group' AND name = 'G2'", "0.5000");
  expect_text(f, "SELECT string_agg(name, ' ' ORDER BY name) FROM store.ops_indicator WHERE level = 'team'", "A B C");
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.ops_indicator WHERE capacity NOT BETWEEN 0 AND 100 OR efficiency NOT BETWEEN 0 AND 100"), 0);
  expect_text(f, "SELECT grp || ' ' || gain || ' ' || CAST(cumulative AS DECIMAL(4,2)) FROM store.ops_pareto WHERE place = 1", "G2 -10000.00 0.96");
  expect_text(f, "SELECT cases || ' ' || grouped || ' ' || losing FROM store.ops_funnel", "51 50 30");
  assert_int_equal(one_i64(f, "SELECT CAST(round(sum(effect)) AS BIGINT) FROM store.ops_structure WHERE grp = 'G1'"), 0);
}

static void the_team_that_costs_more_and_the_items_that_explain_it_are_found(void **state) {
  fixture *f = *state;
  run_sql(f, CASES);
  sw_operations_counts n;
  OK(sw_operations_run(f->conn, &(sw_operations_options){.select = "SELECT * FROM dws.case_", .prefix = "ops"}, &n, &f->err));
  assert_int_equal(n.compared, 1);
  assert_int_equal(n.different, 1);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.ops_team_anova WHERE measure = 'cost' AND p < 1e-20 AND df1 = 1 AND df2 = 38 AND teams = 2"), 1);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.ops_team_anova WHERE measure = 'material' AND p IS NULL"), 1); /* no variation at all */
  expect_text(f, "SELECT team_a || team_b || ' ' || CAST(difference AS DECIMAL(9,2)) FROM store.ops_team_pair WHERE measure = 'cost'", "AB 500.00");
  expect_text(f, "SELECT item || ' ' || CAST(gap AS DECIMAL(9,2)) FROM store.ops_team_item WHERE team = 'B' ORDER BY gap DESC LIMIT 1", "drug 500.00");
  SW_AUTO(sw_buf) json = SW_BUF_INIT;
  OK(sw_operations_json(f->conn, "ops", &json, &f->err));
  assert_non_null(strstr(json.ptr, "\"funnel\":[{\"org_code\":\"H1\",\"cases\":51"));
  assert_non_null(strstr(json.ptr, "\"quadrant\":[{"));
  assert_non_null(strstr(json.ptr, "\"measure\":\"cost\""));
  bool there = true;
  bool *left = &there;
  OK(sw_table_exists(f->conn, "store", "ops__case", left, &f->err));
  assert_false(there);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(indicators_are_those_of_their_definitions, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(the_team_that_costs_more_and_the_items_that_explain_it_are_found, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
