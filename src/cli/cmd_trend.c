/* suwen trend: findings in the daily rows (gaps, spikes, falls), the days themselves, or how late rows arrive. */
#include "cli/cmd_quality.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "engine/rows.h"
#include "engine/sql.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "org", .arg = "CODE", .help = {"只列此机构", "only this institution"}},
    {.name = "table", .arg = "TABLE", .help = {"只列此表", "only this table"}},
    {.name = "days", .help = {"列出每一天与期望区间，而不是异常", "list every day with its band instead of the findings"}},
    {.name = "late", .help = {"列出到达分布：业务日之后几天到多少行", "list arrivals: how many rows came how many days after their business day"}},
    {.name = "limit", .arg = "N", .help = {"最多列多少行（默认全部）", "at most so many rows (all by default)"}},
    {0}};

static const sw_listing_column FINDINGS[] = {
    {"table", {"表", "table"}, SW_CELL_TEXT},       {"org", {"机构", "institution"}, SW_CELL_TEXT}, {"kind", {"异常", "finding"}, SW_CELL_TEXT},
    {"from", {"从", "from"}, SW_CELL_TEXT},         {"to", {"到", "to"}, SW_CELL_TEXT},             {"rows", {"行数", "rows"}, SW_CELL_INT},
    {"expected", {"期望", "expected"}, SW_CELL_NUMBER}, {"p", {"p", "p"}, SW_CELL_NUMBER},
};
static const sw_listing_column DAYS[] = {
    {"table", {"表", "table"}, SW_CELL_TEXT},   {"org", {"机构", "institution"}, SW_CELL_TEXT}, {"day", {"业务日", "day"}, SW_CELL_TEXT},
    {"rows", {"行数", "rows"}, SW_CELL_INT},    {"late", {"迟到", "late"}, SW_CELL_INT},        {"expected", {"期望", "expected"}, SW_CELL_NUMBER},
    {"low", {"下限", "low"}, SW_CELL_NUMBER},   {"high", {"上限", "high"}, SW_CELL_NUMBER},     {"state", {"状态", "state"}, SW_CELL_TEXT},
};
static const sw_listing_column LATE[] = {
    {"table", {"表", "table"}, SW_CELL_TEXT}, {"org", {"机构", "institution"}, SW_CELL_TEXT}, {"lag_days", {"晚几天", "days after"}, SW_CELL_PLAIN},
    {"rows", {"行数", "rows"}, SW_CELL_INT},  {"share", {"累计占比", "share so far"}, SW_CELL_RATE},
};

/* Words of the stored kinds and states. */
static const char *word(const sw_cli *cli, sw_str key) {
  static const char *const words[][3] = {
      {"gap", "断档", "gap"}, {"low", "偏低", "low"}, {"high", "偏高", "high"}, {"fall", "下降", "fall"}, {"rise", "上升", "rise"}, {"normal", "正常", "normal"},
      {"early", "历史不足", "too little history"}, {"holiday", "节假日", "holiday"}, {"incomplete", "尚未到齐", "not yet complete"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (sw_str_eqz(key, words[i][0])) return sw_cli_t(cli, words[i][1], words[i][2]);
  return "";
}

static void put_select(const sw_cli *cli, sw_buf *sql, int64_t limit) {
  bool days = sw_cli_flag(cli, "days"), late = sw_cli_flag(cli, "late");
  if (late) sw_buf_puts(sql, "SELECT table_name, org, lag_days, \"rows\", CAST(sum(\"rows\") OVER w AS DOUBLE) / sum(\"rows\") OVER (PARTITION BY table_name, org) FROM quality.late_arrival");
  else if (days) sw_buf_puts(sql, "SELECT table_name, org, CAST(day AS VARCHAR), \"rows\", late, expected, low, high, state FROM quality.volume_trend");
  else sw_buf_puts(sql, "SELECT table_name, org, kind, CAST(from_day AS VARCHAR), CAST(to_day AS VARCHAR), \"rows\", expected, p FROM quality.volume_finding");
  sw_buf_puts(sql, " WHERE true");
  if (sw_cli_opt(cli, "org")) sw_sql_build(sql, " AND org = {}", sw_sql_text(sw_cli_opt(cli, "org")));
  if (sw_cli_opt(cli, "table")) sw_sql_build(sql, " AND table_name = {}", sw_sql_text(sw_cli_opt(cli, "table")));
  if (late) sw_buf_puts(sql, " WINDOW w AS (PARTITION BY table_name, org ORDER BY lag_days) ORDER BY table_name, org, lag_days");
  else if (days) sw_buf_puts(sql, " ORDER BY table_name, org, day");
  else sw_buf_puts(sql, " ORDER BY from_day DESC, table_name, org");
  if (limit) sw_sql_build(sql, " LIMIT {}", sw_sql_i64(limit));
}

static void put_cell(const sw_cli *cli, sw_listing *l, const sw_listing_column *c, const sw_rows *r, size_t at) {
  if (sw_rows_is_null(r, at)) sw_listing_null(l);
  else if (c->kind == SW_CELL_INT || c->kind == SW_CELL_PLAIN) sw_listing_i64(l, sw_rows_i64(r, at));
  else if (c->kind == SW_CELL_NUMBER || c->kind == SW_CELL_RATE) sw_listing_f64(l, sw_rows_f64(r, at));
  else if (cli->format == SW_OUT_TABLE && (sw_str_eqz(sw_str_of(c->key), "kind") || sw_str_eqz(sw_str_of(c->key), "state")))
    sw_listing_strz(l, word(cli, sw_rows_str(r, at)));
  else sw_listing_str(l, sw_rows_str(r, at));
}

static sw_status list(sw_cli *cli, sw_rows *rows, const sw_listing_column *columns, size_t n, sw_error *err) {
  sw_listing l;
  sw_step at;
  sw_listing_begin(&l, cli, columns, n);
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    for (size_t i = 0; i < n; i++) put_cell(cli, &l, &columns[i], rows, i);
    sw_listing_row(&l);
  }
  sw_status s = at == SW_STEP_ERROR ? err->status : SW_OK;
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  return s == SW_OK ? end : s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_conn *conn = NULL;
  sw_rows *rows = NULL;
  int64_t limit = 0;
  bool there = false, days = sw_cli_flag(cli, "days"), late = sw_cli_flag(cli, "late");
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status s = sw_cli_opt_i64(cli, "limit", 0, 1, INT64_MAX, &limit, err);
  if (s == SW_OK && days && late) s = SW_FAIL(err, SW_E_USAGE, "SW-CLI-0120", "--days 与 --late 只能用一个", "--days and --late exclude each other");
  if (s == SW_OK) s = sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &w, err);
  if (s == SW_OK) s = sw_workspace_connect(w, &conn, err);
  if (s == SW_OK) s = sw_table_exists(conn, "quality", "volume_trend", &there, err);
  if (s == SW_OK && !there)
    s = SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0121", "还没有日量监测的结果；先运行含 trend 步骤的流程，如 suwen run hospital-daily",
                "there is no trend yet; run a flow with a trend step first, such as suwen run hospital-daily");
  put_select(cli, &sql, limit);
  if (s == SW_OK) s = sw_buf_check(&sql, err);
  if (s == SW_OK) s = sw_query(conn, sql.ptr, SW_NO_PARAMS, cli->cancel, &rows, err);
  if (s == SW_OK && late) s = list(cli, rows, LATE, sizeof LATE / sizeof *LATE, err);
  else if (s == SW_OK && days) s = list(cli, rows, DAYS, sizeof DAYS / sizeof *DAYS, err);
  else if (s == SW_OK) s = list(cli, rows, FINDINGS, sizeof FINDINGS / sizeof *FINDINGS, err);
  sw_rows_free(rows);
  sw_conn_close(conn);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_TREND = {
    .name = "trend", .args = "", .max_args = 0,
    .help = {"日量监测：断档、突增突降、迟到，按机构、表、业务日", "daily rows: gaps, spikes, falls and late arrivals, by institution, table and business day"},
    .options = OPTIONS, .run = run};
