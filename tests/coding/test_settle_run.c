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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(payments_sum_to_the_fund_and_every_case_has_a_line, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(drg_payments_sum_to_the_fund_too, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(a_fund_that_at_cost_cases_exceed_is_still_paid_out_exactly, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(the_insurers_file_is_explained_case_by_case_to_the_fen, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
