/* Operations analysis on cases of our own whose answers are known. */
#include "coding/operations.h"

#include "support.h"

/* Two teams of 20 cases in group G1 (B spends 500 yuan of drugs more a case), one in G2, one ungrouped case, two that no fund pays. */
static const char CASES[] =
    "CREATE TABLE dws.case_ AS"
    " SELECT 'H1' AS org_code, 'a' || i AS case_no, 'cardiology' AS dept, CASE WHEN i <= 20 THEN 'A' ELSE 'B' END AS team, 'Dr ' || i % 3 AS doctor,"
    "  'G1' AS grp, 'group one' AS grp_name, CAST(1.5 AS DECIMAL(9,4)) AS weight, CAST(1000 + i % 20 + CASE WHEN i > 20 THEN 500 ELSE 0 END AS DECIMAL(18,2)) AS cost,"
    "  CAST(200 + CASE WHEN i > 20 THEN 500 ELSE 0 END AS DECIMAL(18,2)) AS drug, CAST(100 AS DECIMAL(18,2)) AS material, CAST(300 AS DECIMAL(18,2)) AS test,"
    "  5 + i % 3 AS los, CASE WHEN i = 7 THEN 1 ELSE 0 END AS died, 1 AS risk, CAST(1250 AS DECIMAL(18,2)) AS mean_cost, CAST(6 AS DECIMAL(9,2)) AS mean_los,"
    "  CAST(1250 AS DECIMAL(18,2)) AS paid, CAST(1250 - (1000 + i % 20 + CASE WHEN i > 20 THEN 500 ELSE 0 END) AS DECIMAL(18,2)) AS gain,"
    "  'normal' AS class, 1 AS listed, 1 AS coded, NULL AS reason_zh, NULL AS reason_en, 'hospital one' AS org_name FROM range(1, 41) t(i)"
    " UNION ALL SELECT 'H1', 'b' || i, 'surgery', 'C', 'Dr 9', 'G2', 'group two', 2, 4000, 1000, 2000, 500, 8, 0, 2, 3500, 7, 3000, -1000, CASE WHEN i < 3 THEN 'high' ELSE 'normal' END, 1, 1, NULL, NULL, 'hospital one' FROM range(1, 11) t(i)"
    " UNION ALL SELECT 'H1', 'c1', 'surgery', 'C', 'Dr 9', NULL, NULL, NULL, 100, 0, 0, 0, 1, 0, NULL, NULL, NULL, 100, 0, 'at cost', 1, 1, '不能入组', 'fits no group', 'hospital one'"
    " UNION ALL SELECT 'H1', 'd' || i, 'surgery', 'C', 'Dr 9', 'G2', 'group two', 2, 4000, 1000, 2000, 500, 8, 0, 2, 3500, 7, 0, NULL, 'excluded', i, 1, NULL, NULL, 'hospital one' FROM range(0, 2) t(i)";

static void indicators_are_those_of_their_definitions(void **state) {
  fixture *f = *state;
  run_sql(f, CASES);
  sw_operations_counts n;
  OK(sw_operations_run(f->conn, &(sw_operations_options){.select = "SELECT * FROM dws.case_", .prefix = "ops"}, &n, &f->err));
  assert_int_equal(n.cases, 53);
  assert_int_equal(n.grouped, 52);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.ops_indicator WHERE level = 'hospital'"), 1);
  expect_text(f, "SELECT CAST(cmi AS DECIMAL(9,4)) FROM store.ops_indicator WHERE level = 'hospital'", "1.6154"); /* (40×1.5 + 12×2) / 52 */
  expect_text(f, "SELECT CAST(cost_index AS DECIMAL(9,4)) FROM store.ops_indicator WHERE level = 'department' AND name = 'surgery'", "1.1429");
  expect_text(f, "SELECT low_risk || ' ' || low_risk_deaths FROM store.ops_indicator WHERE level = 'hospital'", "40 1");
  expect_text(f, "SELECT CAST(material_share AS DECIMAL(9,4)) FROM store.ops_indicator WHERE level = 'group' AND name = 'G2'", "0.5000");
  expect_text(f, "SELECT string_agg(name, ' ' ORDER BY name) FROM store.ops_indicator WHERE level = 'team'", "A B C");
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.ops_indicator WHERE capacity NOT BETWEEN 0 AND 100 OR efficiency NOT BETWEEN 0 AND 100"), 0);
  expect_text(f, "SELECT grp || ' ' || gain || ' ' || CAST(cumulative AS DECIMAL(4,2)) FROM store.ops_pareto WHERE place = 1", "G2 -10000.00 0.96");
  expect_text(f, "SELECT CAST(cmi AS DECIMAL(9,4)) || ' ' || org_code || name FROM store.ops_indicator WHERE level = 'region'", "1.6154 ");
  expect_text(f, "SELECT settled || ' ' || settled_cost || ' ' || high_multiple FROM store.ops_indicator WHERE level = 'hospital'", "51 90480.00 2");
  expect_text(f, "SELECT title FROM store.ops_indicator WHERE level = 'hospital'", "hospital one");
  assert_int_equal(one_i64(f, "SELECT CAST(round(sum(effect)) AS BIGINT) FROM store.ops_structure WHERE grp = 'G1'"), 0);
}

static void every_case_goes_through_the_funnel_or_leaves_it_with_a_reason(void **state) {
  fixture *f = *state;
  run_sql(f, CASES);
  sw_operations_counts n;
  OK(sw_operations_run(f->conn, &(sw_operations_options){.select = "SELECT * FROM dws.case_", .prefix = "ops"}, &n, &f->err));
  expect_text(f, "SELECT string_agg(cases, ' ' ORDER BY position) FROM store.ops_funnel WHERE NOT dropped", "53 52 52 51 50 48");
  expect_text(f, "SELECT string_agg(stage || ' ' || cases || ' ' || en, ', ' ORDER BY position) FROM store.ops_funnel WHERE dropped",
              "listed 1 no settlement list, grouped 1 fits no group, insured 1 not paid from an insurance fund (own account, commercial), normal 2 high multiple");
  run_sql(f, "UPDATE dws.case_ SET class = NULL, paid = NULL, gain = NULL");
  OK(sw_operations_run(f->conn, &(sw_operations_options){.select = "SELECT * FROM dws.case_", .prefix = "ops"}, &n, &f->err));
  expect_text(f, "SELECT string_agg(stage, ' ' ORDER BY position) FROM store.ops_funnel WHERE NOT dropped", "discharged listed coded grouped"); /* nothing was settled */
}

static void places_are_shares_of_the_units_that_one_is_at_least_as_good_as(void **state) {
  fixture *f = *state;
  run_sql(f, CASES);
  sw_operations_counts n;
  OK(sw_operations_run(f->conn, &(sw_operations_options){.select = "SELECT * FROM dws.case_", .prefix = "ops"}, &n, &f->err));
  expect_text(f, "SELECT volume || ' ' || economy FROM store.ops_indicator WHERE level = 'department' AND name = 'cardiology'", "100.0 100.0");
  expect_text(f, "SELECT volume || ' ' || economy FROM store.ops_indicator WHERE level = 'department' AND name = 'surgery'", "0.0 0.0");
  expect_text(f, "SELECT capacity || ' ' || safety FROM store.ops_indicator WHERE level = 'hospital'", "100.0 100.0"); /* the only one */
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
  expect_text(f, "SELECT string_agg(team || ' ' || cases || ' ' || CAST(mean AS DECIMAL(9,2)) || ' ' || gain, ', ' ORDER BY team) FROM store.ops_team_mean WHERE measure = 'cost'",
              "A 20 1009.50 4810.0, B 20 1509.50 -5190.0");
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.ops_team_mean WHERE measure = 'cost' AND low < mean AND mean < high AND sd BETWEEN 5.9 AND 6"), 2);
  SW_AUTO(sw_buf) json = SW_BUF_INIT;
  OK(sw_operations_json(f->conn, "ops", &json, &f->err));
  assert_non_null(strstr(json.ptr, "\"funnel\":[{\"org_code\":\"H1\",\"position\":1"));
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
      cmocka_unit_test_setup_teardown(every_case_goes_through_the_funnel_or_leaves_it_with_a_reason, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(places_are_shares_of_the_units_that_one_is_at_least_as_good_as, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(the_team_that_costs_more_and_the_items_that_explain_it_are_found, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
