/* suwen reconcile: what differs from closing totals, manifests and source databases, and the rows behind a difference. */
#include "cli/cmd_quality.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "engine/rows.h"
#include "engine/sql.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "org", .arg = "CODE", .help = {"只列此机构", "only this institution"}},
    {.name = "table", .arg = "TABLE", .help = {"只列此表", "only this table"}},
    {.name = "day", .arg = "DATE", .help = {"只列这一天", "only this day"}},
    {.name = "with", .arg = "COUNTERPART", .help = {"只列与 totals（日结）、manifest（清单）或 source（源库）的核对", "only against totals, manifest or source"}},
    {.name = "run", .arg = "RUN", .help = {"哪一次运行（默认最近一次）", "which run (by default the newest)"}},
    {.name = "all", .help = {"也列出相符的", "also what agrees"}},
    {.name = "rows", .help = {"列出差异背后的行：拒收的、少的、多的、金额不同的；给出 --table 与 --day 时也列出已到的行",
                              "the rows behind the differences: rejected, missing, too many, of another amount; with --table and --day also those that came"}},
    {.name = "limit", .arg = "N", .help = {"最多列多少行（默认全部）", "at most so many rows (all by default)"}},
    {0}};

static const sw_listing_column DAYS[] = {
    {"with", {"对方", "with"}, SW_CELL_TEXT},       {"table", {"表", "table"}, SW_CELL_TEXT},          {"org", {"机构", "institution"}, SW_CELL_TEXT},
    {"day", {"日", "day"}, SW_CELL_TEXT},           {"measure", {"项目", "measure"}, SW_CELL_TEXT},    {"here", {"实到", "here"}, SW_CELL_TEXT},
    {"told", {"应到", "told"}, SW_CELL_TEXT},       {"difference", {"相差", "difference"}, SW_CELL_TEXT}, {"rejected", {"其中拒收", "rejected"}, SW_CELL_INT},
    {"undelivered", {"其中未送达", "never delivered"}, SW_CELL_INT}, {"within", {"容差内", "within"}, SW_CELL_TEXT},
};
static const sw_listing_column ROWS[] = {
    {"with", {"对方", "with"}, SW_CELL_TEXT}, {"table", {"表", "table"}, SW_CELL_TEXT}, {"org", {"机构", "institution"}, SW_CELL_TEXT},
    {"day", {"日", "day"}, SW_CELL_TEXT},     {"kind", {"情形", "kind"}, SW_CELL_TEXT},  {"key", {"键", "key"}, SW_CELL_TEXT},
    {"row", {"行号 _row", "_row"}, SW_CELL_PLAIN}, {"file", {"文件", "file"}, SW_CELL_TEXT}, {"line", {"行", "line"}, SW_CELL_PLAIN},
    {"code", {"代码", "code"}, SW_CELL_TEXT}, {"told", {"应到", "told"}, SW_CELL_TEXT}, {"here", {"实到", "here"}, SW_CELL_TEXT},
};

static const char *word(const sw_cli *cli, sw_str key) {
  static const char *const words[][3] = {
      {"totals", "日结", "totals"}, {"manifest", "清单", "manifest"}, {"source", "源库", "source"}, {"rows", "行数", "rows"}, {"patients", "人数", "patients"},
      {"amount", "金额", "amount"}, {"files", "文件", "files"}, {"true", "是", "yes"}, {"false", "否", "no"}, {"rejected", "拒收", "rejected"},
      {"here", "已到", "here"}, {"file missing", "缺文件", "file missing"}, {"file refused", "文件被拒", "file refused"}, {"content differs", "内容不同", "content differs"},
      {"rows differ", "行数不同", "rows differ"}, {"missing here", "未到", "missing here"}, {"not in source", "源库没有", "not in source"},
      {"amount differs", "金额不同", "amount differs"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (sw_str_eqz(key, words[i][0])) return sw_cli_t(cli, words[i][1], words[i][2]);
  return NULL;
}

static bool is_word(const char *key) {
  static const char *const keys[] = {"with", "measure", "within", "kind"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (strcmp(key, keys[i]) == 0) return true;
  return false;
}

typedef struct filter {
  const char *org, *table, *day, *with, *run;
  int64_t limit;
} filter;

static void put_where(const filter *f, sw_buf *sql) {
  sw_sql_build(sql, " WHERE run = {}", sw_sql_text(f->run));
  if (f->org) sw_sql_build(sql, " AND org = {}", sw_sql_text(f->org));
  if (f->table) sw_sql_build(sql, " AND table_name = {}", sw_sql_text(f->table));
  if (f->day) sw_sql_build(sql, " AND day = CAST({} AS DATE)", sw_sql_text(f->day));
  if (f->with) sw_sql_build(sql, " AND counterpart = {}", sw_sql_text(f->with));
}

/* The rows of one day that came, with their files, beside those that did not. */
static sw_status put_here(sw_workspace *w, const filter *f, sw_arena *a, sw_buf *sql, sw_error *err) {
  const sw_table_def *t = sw_pack_table(sw_workspace_packs(w), sw_str_of(f->table));
  if (!t || !t->time.name.len || !t->org.name.len) return SW_OK;
  const char *org = sw_arena_dupz(a, t->org.name), *time = sw_arena_dupz(a, t->time.name);
  if (!org || !time) return sw_arena_check(a, err);
  sw_sql_build(sql, " UNION ALL SELECT 'totals', {}, t.{}, CAST(t.{} AS DATE), 'here', concat_ws('|'", sw_sql_text(f->table), sw_sql_id(org), sw_sql_id(time));
  for (size_t i = 0; i < t->key.n; i++) {
    const char *key = sw_arena_dupz(a, SW_ITEM(sw_ref, t->key, i)->name);
    if (!key) return sw_arena_check(a, err);
    if (strcmp(key, org) != 0) sw_sql_build(sql, ", CAST(t.{} AS VARCHAR)", sw_sql_id(key));
  }
  sw_sql_build(sql, "), t._row, b.file, NULL, NULL, NULL, NULL FROM {} t LEFT JOIN meta.batch b ON b.batch_no = t._row >> 31 WHERE CAST(t.{} AS DATE) = CAST({} AS DATE)",
               sw_sql_dotted(f->table), sw_sql_id(time), sw_sql_text(f->day));
  if (f->org) sw_sql_build(sql, " AND t.{} = {}", sw_sql_id(org), sw_sql_text(f->org));
  return SW_OK;
}

static sw_status put_select(sw_cli *cli, sw_workspace *w, const filter *f, sw_arena *a, sw_buf *sql, sw_error *err) {
  sw_status s = SW_OK;
  if (sw_cli_flag(cli, "rows")) {
    sw_buf_puts(sql, "SELECT counterpart, table_name, org, CAST(day AS VARCHAR), kind, key, _row, file, line, code, CAST(told AS VARCHAR), CAST(here AS VARCHAR) FROM (SELECT counterpart, "
                     "table_name, org, day, kind, key, _row, file, line, code, told, here FROM quality.reconciliation_row");
    put_where(f, sql);
    if (f->table && f->day && (!f->with || strcmp(f->with, "totals") == 0)) s = put_here(w, f, a, sql, err);
    sw_buf_puts(sql, ") ORDER BY counterpart, table_name, org, day, kind DESC, _row, key");
  } else {
    sw_buf_puts(sql, "SELECT counterpart, table_name, org, CAST(day AS VARCHAR), measure, regexp_replace(CAST(here AS VARCHAR), CASE WHEN measure = 'amount' THEN '$^' ELSE '[.]00$' END, ''), "
                     "regexp_replace(CAST(told AS VARCHAR), CASE WHEN measure = 'amount' THEN '$^' ELSE '[.]00$' END, ''), "
                     "regexp_replace(CAST(difference AS VARCHAR), CASE WHEN measure = 'amount' THEN '$^' ELSE '[.]00$' END, ''), rejected, "
                     "undelivered, CAST(within AS VARCHAR) FROM quality.reconciliation");
    put_where(f, sql);
    if (!sw_cli_flag(cli, "all")) sw_buf_puts(sql, " AND NOT within");
    sw_buf_puts(sql, " ORDER BY counterpart, table_name, org, day, measure DESC");
  }
  if (f->limit) sw_sql_build(sql, " LIMIT {}", sw_sql_i64(f->limit));
  return s;
}

static sw_status list(sw_cli *cli, sw_rows *rows, const sw_listing_column *columns, size_t n, sw_error *err) {
  sw_listing l;
  sw_step at;
  sw_listing_begin(&l, cli, columns, n);
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    for (size_t i = 0; i < n; i++) {
      const char *said = cli->format == SW_OUT_TABLE && is_word(columns[i].key) ? word(cli, sw_rows_str(rows, i)) : NULL;
      if (sw_rows_is_null(rows, i)) sw_listing_null(&l);
      else if (columns[i].kind == SW_CELL_INT || columns[i].kind == SW_CELL_PLAIN) sw_listing_i64(&l, sw_rows_i64(rows, i));
      else if (said) sw_listing_strz(&l, said);
      else sw_listing_str(&l, sw_rows_str(rows, i));
    }
    sw_listing_row(&l);
  }
  sw_status s = at == SW_STEP_ERROR ? err->status : SW_OK;
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  return s == SW_OK ? end : s;
}

static sw_status newest_run(sw_conn *conn, filter *f, sw_buf *run, sw_error *err) {
  bool there = false, null = true;
  sw_status s = sw_table_exists(conn, "store", "kept_reconcile", &there, err);
  if (s == SW_OK && there && !f->run) s = sw_query_text(conn, "SELECT max_by(run, (as_of, run)) FROM quality.reconciliation", SW_NO_PARAMS, NULL, run, &null, err);
  if (s == SW_OK && (!there || (!f->run && null)))
    s = SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0122", "还没有对账结果；先运行含 reconcile 步骤的流程，如 suwen run hospital-daily",
                "nothing is reconciled yet; run a flow with a reconcile step first, such as suwen run hospital-daily");
  if (!f->run) f->run = run->ptr;
  return s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_conn *conn = NULL;
  sw_rows *rows = NULL;
  sw_arena a = SW_ARENA_INIT;
  int32_t day;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  SW_AUTO(sw_buf) newest = SW_BUF_INIT;
  filter f = {.org = sw_cli_opt(cli, "org"), .table = sw_cli_opt(cli, "table"), .day = sw_cli_opt(cli, "day"), .with = sw_cli_opt(cli, "with"), .run = sw_cli_opt(cli, "run")};
  sw_status s = sw_cli_opt_i64(cli, "limit", 0, 1, INT64_MAX, &f.limit, err);
  if (s == SW_OK && f.day && !sw_parse_date(sw_str_of(f.day), &day)) s = SW_FAIL(err, SW_E_USAGE, "SW-CLI-0123", "--day 不是日期：%s", "--day is not a date: %s", f.day);
  if (s == SW_OK) s = sw_cli_open(cli, SW_OPEN_PACKS, NULL, &w, err);
  if (s == SW_OK) s = sw_workspace_connect(w, &conn, err);
  if (s == SW_OK) s = newest_run(conn, &f, &newest, err);
  if (s == SW_OK) s = put_select(cli, w, &f, &a, &sql, err);
  if (s == SW_OK) s = sw_buf_check(&sql, err);
  if (s == SW_OK) s = sw_query(conn, sql.ptr, SW_NO_PARAMS, cli->cancel, &rows, err);
  if (s == SW_OK && sw_cli_flag(cli, "rows")) s = list(cli, rows, ROWS, sizeof ROWS / sizeof *ROWS, err);
  else if (s == SW_OK) s = list(cli, rows, DAYS, sizeof DAYS / sizeof *DAYS, err);
  sw_rows_free(rows);
  sw_arena_fini(&a);
  sw_conn_close(conn);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_RECONCILE = {
    .name = "reconcile", .args = "", .max_args = 0,
    .help = {"对账：与日结、交付清单、源库的差异，可下钻到行", "reconciliation: differences from closing totals, manifests and source databases, down to rows"},
    .options = OPTIONS, .run = run};
