/* Settlement at scale: payments sum to the fund, months and clearing agree, and the insurer's file is explained to the fen. */
#include "coding/insurer.h"
#include "coding/settle_run.h"

#include "base/fs.h"
#include "support.h"

#include <unistd.h>

static const char CASES[] =
    "CREATE TABLE dws.dip AS SELECT i AS _row, 'H' || i % 3 AS _org, 'H' || i % 3 AS org_code, 'c' || i AS case_no,"
    "  CASE WHEN i % 50 = 0 THEN 'self' ELSE 'resident' END AS pool, '2024-' || lpad(CAST(1 + i % 12 AS VARCHAR), 2, '0') AS month,"
    "  CASE WHEN i % 97 = 0 THEN NULL WHEN i % 40 = 0 THEN 'F20' ELSE 'G' || i % 20 END AS group_code,"
    "  CAST(3000 + i % 7919 AS DECIMAL(18,2)) AS cost, CASE WHEN i % 97 = 0 THEN NULL ELSE CAST(200 + 37 * (i % 20) AS DECIMAL(18,4)) END AS points,"
    "  CAST(3500 + 200 * (i % 20) AS DECIMAL(18,2)) AS mean_cost, CAST(1.05 AS DECIMAL(9,4)) AS hospital_factor,"
    "  CAST(1 AS DECIMAL(9,4)) AS auxiliary_factor, i % 90 AS los_days FROM range(1, 20001) t(i)";

static const sw_settle_pool POOLS[] = {{.key = "resident", .fund_fen = INT64_C(12345678901)}};
static const sw_settle_day_rate DAYS[] = {{.group_prefix = "F20", .day_fen = 18000}};

static sw_settle_run_options options(void) {
  return (sw_settle_run_options){.scheme = SW_SETTLE_BY_POINTS, .physical = "dws_settle_1", .select = "SELECT * FROM dws.dip",
                                 .pools = POOLS, .npools = 1, .day_rates = DAYS, .nday_rates = 1};
}

static void payments_sum_to_the_fund_and_every_case_has_a_line(void **state) {
  fixture *f = *state;
  run_sql(f, CASES);
  sw_settle_run_counts n;
  sw_settle_run_options o = options();
  OK(sw_settle_run(f->conn, &o, &n, &f->err));
  assert_int_equal(n.in, 20000);
  assert_int_equal(n.out, 20000);
  assert_int_equal(n.paid_fen, POOLS[0].fund_fen);
  assert_int_equal(n.unpaid_fen, 0);
  assert_int_equal(one_i64(f, "SELECT CAST(sum(paid) * 100 AS BIGINT) FROM store.dws_settle_1"), POOLS[0].fund_fen);
  assert_int_equal(one_i64(f, "SELECT CAST(sum(paid_monthly) * 100 AS BIGINT) FROM store.dws_settle_1"), POOLS[0].fund_fen);
  assert_int_equal(one_i64(f, "SELECT CAST(sum(clearing) * 100 AS BIGINT) FROM store.dws_settle_1"), 0);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.dws_settle_1 WHERE class = 'excluded' AND (paid <> 0 OR pool = 'resident')"), 0);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.dws_settle_1 WHERE class = 'per diem' AND paid <> 180 * greatest(1, CAST(substr(case_no, 2) AS INT) % 90)"), 0);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.dws_settle_1 WHERE class = 'at cost' AND paid <> cost"), 0);
  assert_true(n.classes[SW_SETTLE_LOW] > 0 && n.classes[SW_SETTLE_HIGH] > 0 && n.classes[SW_SETTLE_PER_DIEM] > 0);
  /* no share strays from its exact quota by a fen or more */
  assert_int_equal(one_i64(f, "SELECT count(*) FROM (SELECT paid, CAST(settled_points AS DOUBLE) / sum(CAST(settled_points AS DOUBLE)) OVER () *"
                              " CAST(sum(paid) OVER () AS DOUBLE) AS quota FROM store.dws_settle_1 WHERE settled_points IS NOT NULL)"
                              " WHERE abs(CAST(paid AS DOUBLE) - quota) > 0.0100001"), 0);
}

static void drg_payments_sum_to_the_fund_too(void **state) {
  fixture *f = *state;
  run_sql(f, CASES);
  sw_settle_run_options o = options();
  static const sw_settle_pool any[] = {{.key = "*", .fund_fen = -1, .share_e4 = 9700}};
  o.scheme = SW_SETTLE_BY_WEIGHT;
  o.pools = any;
  o.nday_rates = 0;
  o.select = "SELECT * REPLACE (CAST(points / 500 AS DECIMAL(9,4)) AS points) FROM dws.dip";
  sw_settle_run_counts n;
  OK(sw_settle_run(f->conn, &o, &n, &f->err));
  assert_int_equal(n.paid_fen, n.fund_fen);
  assert_int_equal(n.fund_fen, (n.cost_fen * 97 + 50) / 100);
  assert_true(n.special > 0 && n.special <= n.in / 20);
}

static void a_fund_that_at_cost_cases_exceed_is_still_paid_out_exactly(void **state) {
  fixture *f = *state;
  run_sql(f, CASES);
  sw_settle_run_options o = options();
  static const sw_settle_pool poor[] = {{.key = "*", .fund_fen = 1001}};
  o.pools = poor;
  sw_settle_run_counts n;
  OK(sw_settle_run(f->conn, &o, &n, &f->err));
  assert_int_equal(n.paid_fen, 1001);
  assert_int_equal(n.overspent, 1);
}

static void the_insurers_file_is_explained_case_by_case_to_the_fen(void **state) {
  fixture *f = *state;
  run_sql(f, CASES);
  sw_settle_run_counts n;
  sw_settle_run_options o = options();
  OK(sw_settle_run(f->conn, &o, &n, &f->err));
  char file[] = "insurer_XXXXXX";
  int fd = mkstemp(file);
  assert_true(fd >= 0);
  close(fd);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_puts(&b, "某市经办机构,,,,\n医疗机构代码,住院流水号,病组编码,分值,支付金额(元)\n");
  sw_rows *rows = NULL;
  OK(sw_query(f->conn, "SELECT org_code, case_no, group_code, points, paid, CAST(points * hospital_factor * value AS DECIMAL(18,2)),"
                       " CAST(paid / hospital_factor AS DECIMAL(18,2)) FROM store.dws_settle_1 WHERE pool = 'resident' ORDER BY _row LIMIT 200",
              SW_NO_PARAMS, NULL, &rows, &f->err));
  int i = 0;
  for (; sw_rows_next(rows, &f->err) == SW_ROW; ++i) {
    sw_str org = sw_rows_str(rows, 0), no = sw_rows_str(rows, 1), g = sw_rows_str(rows, 2);
    int64_t points = sw_rows_decimal(rows, 3, 4), paid = sw_rows_decimal(rows, 4, 2);
    if (i == 3) g = SW_LIT("G99"), points = 1000000, paid = 12345;
    if (i == 5) paid = sw_muldiv(paid, points + 200000, points), points += 200000;
    if (i == 7) paid -= 1;
    if (i == 17) paid = sw_rows_decimal(rows, 5, 2);
    if (i == 13) paid = sw_rows_decimal(rows, 6, 2);
    if (i == 15) paid += 98765;
    sw_buf_printf(&b, "%.*s,%.*s,%.*s,%lld.%04d,%lld.%02d\n", SW_STR_ARG(org), SW_STR_ARG(no), SW_STR_ARG(g), (long long)(points / 10000), (int)(points % 10000),
                  (long long)(paid / 100), (int)(paid % 100));
  }
  sw_rows_free(rows);
  sw_buf_puts(&b, "H9,unknown,G1,1,10.00\n,,G1,1,10\nH1,c1,G1,1,ten\n合计,,,,1.00\n");
  OK(sw_fs_write_durable(file, b.ptr, b.len, &f->err));
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  sw_insurer_read_result m;
  sw_insurer_file in = {.path = file, .month = "2024-03", .org_code = "H1", .physical = "insurer_1"};
  OK(sw_insurer_read(f->conn, &in, &mem, &m, &f->err));
  (void)unlink(file);
  assert_int_equal(m.lines, 204);
  assert_int_equal(m.taken, 201);
  assert_int_equal(m.rejected, 2);
  assert_int_equal(m.totals, 1);
  assert_int_equal(m.told_fen, 100);
  assert_string_equal(m.column[SW_INSURER_PAID], "支付金额(元)");
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.insurer_1 WHERE raw IS NOT NULL"), 3);
  run_sql(f, "CREATE TABLE store.theirs AS SELECT * EXCLUDE (reason_zh, reason_en, raw) FROM store.insurer_1 WHERE reason_zh IS NULL");
  sw_insurer_explained e;
  OK(sw_insurer_explain(f->conn, &(sw_insurer_explain_options){.ours = "store.dws_settle_1", .theirs = "store.theirs", .basis = SW_INSURER_YEARLY,
                                                               .physical = "explained_1"}, &e, &f->err));
  assert_int_equal(e.kinds[SW_SETTLE_OTHER_GROUP], 1);
  assert_int_equal(e.only_theirs, 1);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.explained_1 WHERE difference <> by_points + by_deviation + by_hospital + by_auxiliary + by_value +"
                              " by_rounding + rest"), 0);
  assert_int_equal(one_i64(f, "SELECT CAST(sum(difference) * 100 AS BIGINT) FROM store.explained_1"), e.difference_fen);
  assert_int_equal(one_i64(f, "SELECT CAST(sum(difference) * 100 AS BIGINT) FROM store.explained_1__total"), e.difference_fen);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.explained_1 WHERE kind = 'other group' AND why_zh LIKE '病组不同（本院 %，经办 G99）%' AND by_points <> 0"), 1);
  expect_text(f, "SELECT string_agg(case_no || ' ' || cause, ', ' ORDER BY CAST(substr(case_no, 2) AS INT)) FROM store.explained_1 WHERE cause NOT IN ('same', 'rounding')"
                 " AND kind <> 'only-ours' AND org_code <> 'H9'",
              "c4 other-group, c6 points, c14 hospital-factor, c16 unexplained, c18 high-low-multiple");
}

/* Ten cases worked out by hand. Points of 100 and a mean of 1,000.00: the fund of 2,023 is 12 × 1,000.00, that of 2,024 is told by month. */
static const char BY_HAND[] =
    "CREATE TABLE dws.hand(_row BIGINT, org_code VARCHAR, case_no VARCHAR, pool VARCHAR, month VARCHAR, group_code VARCHAR, dept VARCHAR, cost DECIMAL(18,2),"
    " points DECIMAL(18,4), mean_cost DECIMAL(18,2), hospital_factor DECIMAL(9,4), auxiliary_factor DECIMAL(9,4), los_days BIGINT);"
    "INSERT INTO dws.hand VALUES"
    " (1,'H','a','employee','2023-01','G1','03',1000,100,1000,1.0,1.0,5),"    /* r = 1: 100 points */
    " (2,'H','b','employee','2023-12','G1','03', 400,100,1000,1.0,1.0,5),"    /* r = 0.4: 40 */
    " (3,'H','c','employee','2023-12','G1','03',2500,100,1000,1.2,1.1,5),"    /* r = 2.5: 1.5 × 1.2 × 1.1 × 100 = 198 */
    " (4,'H','d','employee','2023-06','G2','15',3000,100,1000,1.0,1.0,10),"   /* psychiatry: 10 days × 300 = 3,000 */
    " (5,'H','e','employee','2023-06','G1','03',5000,100,1000,1.0,1.0,61),"   /* a long stay: at cost, 5,000 */
    " (6,'H','f','employee','2023-06','G9','16',9999,100,1000,1.0,1.0,7),"    /* excluded department */
    " (7,'H','g','self','2023-06','G1','03',700,100,1000,1.0,1.0,7),"         /* of no pool */
    " (8,'H','h','employee','2023-06',NULL,'03',  62,NULL,NULL,1.0,1.0,1),"   /* no group: at cost, 62 */
    " (9,'H','i','employee','2024-01','G1','03', 500,100,1000,1.0,1.0,5),"    /* r = 0.5 exactly is not low: 100 */
    " (10,'H','j','employee','2024-02','G1','03',2000,100,1000,1.0,1.0,5);";  /* r = 2 exactly is not high: 100 */

static void payments_agree_with_figures_worked_out_by_hand(void **state) {
  fixture *f = *state;
  run_sql(f, BY_HAND);
  static const sw_settle_pool pool[] = {{.key = "employee", .fund_fen = 1200000}};
  static const sw_settle_day_rate days[] = {{.dept_prefix = "15", .day_fen = 30000}, {.dept_prefix = "16"}};
  static const sw_settle_budget budget[] = {{"employee", 2024, 1, 30000}, {"employee", 2024, 2, 50000}, {"employee", 2024, 3, 99999}};
  sw_settle_run_counts n;
  sw_settle_run_options o = {.scheme = SW_SETTLE_BY_POINTS, .physical = "hand_1", .select = "SELECT * FROM dws.hand", .pools = pool, .npools = 1, .day_rates = days,
                             .nday_rates = 2, .budgets = budget, .nbudgets = 3, .monthly_e4 = 9000};
  OK(sw_settle_run(f->conn, &o, &n, &f->err));
  /* 2023: 12,000 less 3,000, 5,000 and 62 leaves 3,938.00 for 338 points: 11.6508875… a point, the two fen left to the largest remainders. */
  expect_text(f, "SELECT string_agg(case_no || ' ' || class || ' ' || paid, ', ' ORDER BY _row) FROM store.hand_1",
              "a normal 1165.09, b low 466.03, c high 2306.88, d per diem 3000.00, e at cost 5000.00, f excluded 0.00, g excluded 0.00, h at cost 62.00, i normal 400.00, j normal 400.00");
  /* 2024: 300 + 500 yuan over 200 points, 4 a point on clearing; monthly 90 % of 300 and of 500 go to one case each. */
  expect_text(f, "SELECT string_agg(case_no || ' ' || paid_monthly || ' ' || clearing, ', ' ORDER BY _row) FROM store.hand_1 WHERE month LIKE '2024%'", "i 270.00 130.00, j 450.00 -50.00");
  expect_text(f, "SELECT string_agg(year || ' ' || fund || ' ' || paid || ' ' || gain, ', ' ORDER BY year) FROM store.hand_1__fund WHERE month IS NULL",
              "2023 12000.00 12000.00 38.00, 2024 800.00 800.00 -1700.00");
  assert_int_equal(n.fund_fen, 1280000);
  assert_int_equal(n.paid_fen, 1280000);
  assert_int_equal(n.years, 2);
  expect_text(f, "SELECT CAST(factor AS VARCHAR) || ' ' || hospital_factor || ' ' || auxiliary_factor || ' ' || value FROM store.hand_1 WHERE case_no = 'c'", "1.50000000 1.2000 1.1000 11.650888");
}

static void a_global_budget_grows_over_the_year_before(void **state) {
  fixture *f = *state;
  run_sql(f, BY_HAND);
  /* the first year: 97 % of its own 11,962.00; the next, of which two months are there: a sixth of that plus 5 %, each month its 1,015.28 */
  static const sw_settle_pool pool[] = {{.key = "employee", .fund_fen = -1, .share_e4 = 9700, .growth_e4 = 500, .grows = true}};
  sw_settle_run_counts n;
  sw_settle_run_options o = {.scheme = SW_SETTLE_BY_POINTS, .physical = "hand_2", .select = "SELECT * FROM dws.hand WHERE case_no <> 'f'", .pools = pool, .npools = 1};
  OK(sw_settle_run(f->conn, &o, &n, &f->err));
  expect_text(f, "SELECT string_agg(year || ' ' || fund || ' ' || paid, ', ' ORDER BY year) FROM store.hand_2__fund WHERE month IS NULL", "2023 11603.14 11603.14, 2024 2030.56 2030.56");
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.hand_2__fund WHERE month IS NOT NULL"), 14);
  assert_int_equal(n.paid_fen, n.fund_fen);
}

static void weight_bands_and_individual_review_follow_the_policy(void **state) {
  fixture *f = *state;
  /* rate 10,000 a unit: standard 5,000 (multiple 3), 15,000 (2.5), 30,000 (2), 60,000 (1.5); low below 0.4 */
  run_sql(f, "CREATE TABLE dws.bands AS SELECT i AS _row, 'H' AS org_code, CAST(i AS VARCHAR) AS case_no, '2023-01' AS month, 'D' || i AS group_code, w AS points, c AS cost FROM (VALUES"
             " (1, 0.5000, 15000.00), (2, 0.5000, 15001.00), (3, 1.5000, 37500.00), (4, 1.5000, 40000.00), (5, 3.0000, 61000.00), (6, 6.0000, 90000.01),"
             " (7, 1.0000, 3999.99), (8, 1.0000, 4000.00)) t(i, w, c)");
  static const sw_settle_pool any[] = {{.key = "*", .fund_fen = -1}};
  sw_settle_run_counts n;
  sw_settle_run_options o = {.scheme = SW_SETTLE_BY_WEIGHT, .physical = "bands_1", .select = "SELECT * FROM dws.bands", .pools = any, .npools = 1, .rate_fen = 1000000,
                             .special_e6 = 250000, .special_ratio_e4 = 10000};
  OK(sw_settle_run(f->conn, &o, &n, &f->err));
  expect_text(f, "SELECT string_agg(case_no || ' ' || class, ', ' ORDER BY _row) FROM store.bands_1",
              "1 normal, 2 high, 3 normal, 4 high, 5 high, 6 high, 7 low, 8 normal");
  /* what the multiples make of the standard: (15,001 - 15,000) × 0.8 + 5,000; (40,000 - 37,500) × 0.8 + 15,000 = 17,000; 30,800; 60,000.008; 3,999.99 */
  expect_text(f, "SELECT string_agg(CAST(factor AS VARCHAR), ' ' ORDER BY _row) FROM store.bands_1 WHERE class <> 'normal'",
              "1.00016000 1.13333333 1.02666667 1.00000017 0.39999900");
  assert_int_equal(n.special, 2); /* a quarter of eight, the two largest losses */
  assert_int_equal(n.paid_fen, n.cost_fen);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(payments_sum_to_the_fund_and_every_case_has_a_line, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(drg_payments_sum_to_the_fund_too, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(a_fund_that_at_cost_cases_exceed_is_still_paid_out_exactly, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(payments_agree_with_figures_worked_out_by_hand, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(a_global_budget_grows_over_the_year_before, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(weight_bands_and_individual_review_follow_the_policy, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(the_insurers_file_is_explained_case_by_case_to_the_fen, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
