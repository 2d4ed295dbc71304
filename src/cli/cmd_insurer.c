/* suwen insurer import|list|explain|totals: the insurer's monthly result against our own settlement. */
#include "cli/cmd_coding.h"
#include "cli/warehouse.h"
#include "coding/insurer.h"
#include "ledger/journal.h"
#include "pack/tree.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "month", .letter = 'm', .arg = "YYYY-MM", .help = {"结算月份", "month of the settlement"}},
    {.name = "org", .arg = "CODE", .help = {"机构代码（文件里没有机构列时；explain：只看这家）", "institution (where the file names none; explain: only this one)"}},
    {.name = "column", .arg = "FIELD=HEADER", .repeat = true, .help = {"指定一列，如 paid=本月应付", "names a column, such as paid=HEADER"}},
    {.name = "dry-run", .help = {"只读文件、显示列对应与合计，不保存", "only read the file; show columns and totals"}},
    {.name = "keep-only", .help = {"只保存，不马上比对", "keep it without comparing at once"}},
    {.name = "who", .arg = "NAME", .help = {"谁导入的（默认：系统用户）", "who imports (default: the user of the system)"}},
    {.name = "case", .arg = "CASE", .help = {"explain：只看这个病例", "explain: only this case"}},
    {.name = "cause", .arg = "WORD", .help = {"explain：只看这种原因", "explain: only this cause"}},
    {.name = "all", .help = {"explain：也列出一致的病例", "explain: also the cases that agree"}},
    {0}};

static const char *const DETAILS_ZH =
    "suwen insurer import 文件 --month 2024-03   读入经办机构的月度结算结果（CSV、XLSX 等），保存并与本院结算逐例比对\n"
    "suwen insurer list                          已保存的文件与历次更正\n"
    "suwen insurer totals                        按原因合计：例数、本院、经办、差额\n"
    "suwen insurer explain [--case ID]           逐例解释：病组、分值、系数、点值、取整各差多少，合计等于差额\n"
    "列名按中英文自动对应，认不出的用 --column 指定。同月同机构再导入即更正，原文件仍保留。";
static const char *const DETAILS_EN =
    "suwen insurer import FILE --month 2024-03   reads the insurer's monthly result (CSV, XLSX …), keeps it, compares it case by case\n"
    "suwen insurer list                          the files kept, corrections included\n"
    "suwen insurer totals                        by cause: cases, ours, theirs, difference\n"
    "suwen insurer explain [--case ID]           case by case: what group, points, factors, value and rounding make, to the fen\n"
    "Columns are found by Chinese and English names; name one with --column. A further import for the same month corrects the earlier.";

/* --- import ------------------------------------------------------------------------------------- */

static const sw_listing_column MAP_COLUMNS[] = {
    {"field", {"字段", "field"}, SW_CELL_TEXT}, {"column", {"文件里的列", "column of the file"}, SW_CELL_TEXT}, {"found", {"怎样认出", "found"}, SW_CELL_TEXT}};

static sw_status list_columns(const sw_cli *cli, const sw_insurer_read_result *r, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, cli, MAP_COLUMNS, sizeof MAP_COLUMNS / sizeof *MAP_COLUMNS);
  for (int f = 0; f < SW_INSURER_FIELDS; ++f) {
    sw_listing_strz(&l, sw_insurer_field_name((sw_insurer_field)f));
    sw_listing_strz(&l, r->column[f]);
    sw_listing_strz(&l, !r->column[f] ? sw_cli_t(cli, "没有", "none") : r->drafted[f] ? sw_cli_t(cli, "名称相近，请核对", "by likeness: check it") : sw_cli_t(cli, "按名称", "by name"));
    sw_listing_row(&l);
  }
  for (size_t i = 0; i < r->nignored; ++i) {
    sw_listing_null(&l);
    sw_listing_strz(&l, r->ignored[i]);
    sw_listing_strz(&l, sw_cli_t(cli, "不用", "not used"));
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static void yuan(int64_t fen, char out[48]) {
  uint64_t u = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
  (void)snprintf(out, 48, "%s%llu.%02u", fen < 0 ? "-" : "", (unsigned long long)(u / 100), (unsigned)(u % 100));
}

static void say_read(const sw_cli *cli, const sw_insurer_read_result *r) {
  char paid[48], told[48];
  yuan(r->paid_fen, paid);
  sw_cli_say(cli, "%lld 行：病例 %lld，合计行 %lld，不能用 %lld；支付 %s 元", "%lld lines: cases %lld, totals %lld, not usable %lld; paid %s yuan", (long long)r->lines,
             (long long)r->taken, (long long)r->totals, (long long)r->rejected, paid);
  if (r->repeated) sw_cli_say(cli, "%lld 个病例有多行，金额相加", "%lld cases have several lines: their amounts are summed", (long long)r->repeated);
  if (r->told_fen == INT64_MIN) return;
  yuan(r->told_fen, told);
  if (r->told_fen == r->paid_fen) sw_cli_say(cli, "与合计行一致", "this agrees with the line of totals");
  else sw_cli_say(cli, "与合计行不符：合计行 %s 元", "this does not agree with the line of totals: %s yuan", told);
}

static sw_status say_rejects(const sw_cli *cli, sw_conn *c, const char *physical, sw_error *err) {
  static const sw_listing_column COLUMNS[] = {{"line", {"行", "line"}, SW_CELL_PLAIN}, {"reason", {"原因", "reason"}, SW_CELL_TEXT}, {"raw", {"原文", "as delivered"}, SW_CELL_TEXT}};
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_printf(&b, "SELECT line, %s, raw FROM store.\"%s\" WHERE reason_zh IS NOT NULL ORDER BY line LIMIT 50", cli->lang == SW_LANG_ZH ? "reason_zh" : "reason_en", physical);
  return sw_cli_list_query(cli, c, b.ptr, SW_NO_PARAMS, COLUMNS, 3, err);
}

static sw_status keep(const sw_cli *cli, sw_workspace *w, sw_conn *c, const sw_insurer_file *f, const sw_insurer_read_result *r, sw_arena *a, sw_error *err) {
  sw_ledger *ledger = NULL;
  char who[64];
  sw_status s = sw_workspace_ledger(w, &ledger, err);
  if (!s) s = sw_insurer_keep(c, ledger, sw_workspace_dir(w), f, r, sw_cli_who(cli, who), sw_now_us(), a, err);
  sw_ledger_close(ledger);
  return s;
}

static sw_status import_into(sw_cli *cli, sw_workspace *w, sw_arena *a, sw_error *err) {
  const char *columns[SW_INSURER_FIELDS];
  size_t ncolumns = 0;
  for (const char *v; ncolumns < SW_INSURER_FIELDS && (v = sw_cli_opt_nth(cli, "column", (int)ncolumns)); ++ncolumns) columns[ncolumns] = v;
  sw_insurer_file f = {.path = sw_cli_arg(cli, 1), .month = sw_cli_opt(cli, "month"), .org_code = sw_cli_opt(cli, "org"), .columns = columns, .ncolumns = ncolumns,
                       .physical = "insurer_file_read", .stage_dir = sw_workspace_path(w, a, "run/stage"), .cancel = cli->cancel};
  sw_insurer_read_result r;
  sw_conn *c = NULL;
  bool table = cli->format == SW_OUT_TABLE, dry = sw_cli_flag(cli, "dry-run"), ran = false;
  sw_status s = sw_workspace_connect(w, &c, err);
  if (!s) s = sw_insurer_read(c, &f, a, &r, err);
  if (!s) s = list_columns(cli, &r, err);
  if (!s && table) say_read(cli, &r);
  if (!s && table && r.rejected) s = say_rejects(cli, c, f.physical, err);
  if (!s && !dry) s = keep(cli, w, c, &f, &r, a, err);
  sw_error ignored = SW_ERROR_INIT;
  if (c && sw_exec(c, "DROP TABLE IF EXISTS store.insurer_file_read", NULL, &ignored)) sw_error_clear(&ignored); /* a scratch table */
  sw_conn_close(c);
  if (!s && !dry && !sw_cli_flag(cli, "keep-only")) s = sw_cli_rerun(cli, w, "insurer", &ran, err);
  if (!s && !dry && table)
    sw_cli_say(cli, ran ? "已保存并比对：suwen insurer totals，suwen insurer explain" : "已保存；下次运行流程时比对",
               ran ? "kept and compared: suwen insurer totals, suwen insurer explain" : "kept; the next run of the flow compares it");
  return s;
}

static sw_status import(sw_cli *cli, sw_error *err) {
  if (!sw_cli_arg(cli, 1) || !sw_cli_opt(cli, "month"))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0325", "用法：suwen insurer import 文件 --month yyyy-mm", "usage: suwen insurer import FILE --month yyyy-mm");
  sw_workspace *w = NULL;
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_status s = sw_cli_open(cli, SW_OPEN_WRITE, "suwen insurer import", &w, err);
  if (!s) s = import_into(cli, w, &a, err);
  sw_workspace_close(w);
  return s;
}

/* --- list ---------------------------------------------------------------------------------------- */

static const sw_listing_column LIST_COLUMNS[] = {
    {"month", {"月份", "month"}, SW_CELL_TEXT}, {"file", {"文件", "file"}, SW_CELL_TEXT},     {"cases", {"行", "lines"}, SW_CELL_INT}, {"rejected", {"不能用", "not usable"}, SW_CELL_INT},
    {"paid", {"支付", "paid"}, SW_CELL_MONEY},  {"who", {"谁", "who"}, SW_CELL_TEXT},        {"at", {"何时", "when"}, SW_CELL_TEXT},  {"state", {"状态", "state"}, SW_CELL_STATE}};

static int64_t member_i64(const sw_node *o, const char *key) {
  int64_t v = 0;
  return sw_str_to_i64(sw_node_text(sw_node_get(o, key)), &v) ? v : 0;
}

static sw_status put_file(void *ctx, const sw_decision *d, sw_error *err) {
  sw_listing *l = ctx;
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  sw_node_list docs = {0};
  char at[SW_TIME_LEN];
  sw_status s = sw_tree_json(&mem, sw_str_of(d->value), "ledger", &SW_TREE_LIMITS_DEFAULT, &docs, err);
  if (s || docs.n == 0) return s;
  sw_format_time(d->at_us / 1000000 * 1000000, at);
  sw_listing_str(l, sw_node_text(sw_node_get(docs.items[0], "month")));
  sw_listing_str(l, sw_node_text(sw_node_get(docs.items[0], "file")));
  sw_listing_i64(l, member_i64(docs.items[0], "taken"));
  sw_listing_i64(l, member_i64(docs.items[0], "rejected"));
  sw_listing_i64(l, member_i64(docs.items[0], "paid_fen"));
  sw_listing_strz(l, d->who);
  sw_listing_strz(l, at);
  sw_listing_strz(l, d->superseded_by ? sw_cli_t(l->cli, "已更正", "superseded") : sw_cli_t(l->cli, "有效", "in force"));
  sw_listing_row(l);
  return SW_OK;
}

static sw_status put_list(sw_cli *cli, sw_ledger *ledger, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, cli, LIST_COLUMNS, sizeof LIST_COLUMNS / sizeof *LIST_COLUMNS);
  sw_status s = sw_decision_each(ledger, "insurer-result", NULL, true, put_file, &l, err), end = sw_listing_end(&l, s ? NULL : err);
  return s ? s : end;
}

static sw_status list(sw_cli *cli, sw_error *err) { return sw_cli_with_ledger(cli, put_list, err); }

/* --- explain, totals ------------------------------------------------------------------------------ */

static const sw_listing_column EXPLAIN_COLUMNS[] = {
    {"month", {"月份", "month"}, SW_CELL_TEXT},          {"org_code", {"机构", "institution"}, SW_CELL_TEXT},    {"case_no", {"病例", "case"}, SW_CELL_TEXT},
    {"kind", {"结果", "result"}, SW_CELL_STATE},         {"cause", {"原因", "cause"}, SW_CELL_TEXT},            {"our_group", {"本院组", "our group"}, SW_CELL_TEXT},
    {"their_group", {"经办组", "their group"}, SW_CELL_TEXT}, {"ours", {"本院", "ours"}, SW_CELL_MONEY},           {"theirs", {"经办", "theirs"}, SW_CELL_MONEY},
    {"difference", {"差额", "difference"}, SW_CELL_MONEY}, {"by_points", {"分值", "points"}, SW_CELL_MONEY},     {"by_deviation", {"倍率", "multiple"}, SW_CELL_MONEY},
    {"by_hospital", {"医院系数", "hospital"}, SW_CELL_MONEY}, {"by_auxiliary", {"辅助", "auxiliary"}, SW_CELL_MONEY}, {"by_value", {"点值", "value"}, SW_CELL_MONEY},
    {"by_rounding", {"取整", "rounding"}, SW_CELL_MONEY}, {"rest", {"其余", "rest"}, SW_CELL_MONEY},             {"why", {"说明", "why"}, SW_CELL_PROSE}};

static const sw_listing_column TOTAL_COLUMNS[] = {
    {"month", {"月份", "month"}, SW_CELL_TEXT}, {"org_code", {"机构", "institution"}, SW_CELL_TEXT}, {"cause", {"原因", "cause"}, SW_CELL_TEXT}, {"cases", {"例数", "cases"}, SW_CELL_INT},
    {"ours", {"本院", "ours"}, SW_CELL_MONEY},  {"theirs", {"经办", "theirs"}, SW_CELL_MONEY},       {"difference", {"差额", "difference"}, SW_CELL_MONEY}};

static sw_status over_warehouse(sw_cli *cli, const char *sql, const sw_listing_column *columns, size_t n, sw_error *err) {
  sw_cli_warehouse w;
  sw_status s = sw_cli_warehouse_open(cli, &w, err);
  if (!s) s = sw_cli_need_table(w.conn, "ads", "insurer_difference", "insurer", err);
  if (!s)
    s = sw_cli_list_query(cli, w.conn, sql, SW_PARAMS(sw_p_strz(sw_cli_opt(cli, "month")), sw_p_strz(sw_cli_opt(cli, "org")), sw_p_strz(sw_cli_opt(cli, "case")),
                                                      sw_p_strz(sw_cli_opt(cli, "cause")), sw_p_bool(sw_cli_flag(cli, "all"))), columns, n, err);
  sw_cli_warehouse_close(&w);
  return s;
}

#define CHOSEN                                                                                                                          \
  " WHERE ($1::VARCHAR IS NULL OR month = $1) AND ($2::VARCHAR IS NULL OR org_code = $2) AND ($3::VARCHAR IS NULL OR case_no = $3)" \
  " AND ($4::VARCHAR IS NULL OR cause = $4) AND ($5::BOOLEAN OR $3::VARCHAR IS NOT NULL OR $4::VARCHAR IS NOT NULL OR kind <> 'same')"

static sw_status explain(sw_cli *cli, sw_error *err) {
  static const char *const sql[2] = {
      "SELECT month, org_code, case_no, kind, cause, our_group, their_group, our_paid, their_paid, difference, by_points, by_deviation, by_hospital, by_auxiliary,"
      " by_value, by_rounding, rest, why_zh FROM ads.insurer_difference" CHOSEN " ORDER BY abs(difference) DESC, month, org_code, case_no",
      "SELECT month, org_code, case_no, kind, cause, our_group, their_group, our_paid, their_paid, difference, by_points, by_deviation, by_hospital, by_auxiliary,"
      " by_value, by_rounding, rest, why_en FROM ads.insurer_difference" CHOSEN " ORDER BY abs(difference) DESC, month, org_code, case_no"};
  return over_warehouse(cli, sql[cli->lang], EXPLAIN_COLUMNS, sizeof EXPLAIN_COLUMNS / sizeof *EXPLAIN_COLUMNS, err);
}

static sw_status totals(sw_cli *cli, sw_error *err) {
  static const char sql[] =
      "WITH d AS (SELECT *, kind AS k FROM ads.insurer_difference WHERE ($1::VARCHAR IS NULL OR month = $1) AND ($2::VARCHAR IS NULL OR org_code = $2)"
      " AND ($3::VARCHAR IS NULL OR case_no = $3) AND ($4::VARCHAR IS NULL OR cause = $4) AND $5::BOOLEAN IS NOT NULL)"
      " SELECT coalesce(month, ''), org_code, cause, count(*), CAST(coalesce(sum(our_paid), 0) AS DECIMAL(18,2)), CAST(coalesce(sum(their_paid), 0) AS DECIMAL(18,2)),"
      " CAST(coalesce(sum(difference), 0) AS DECIMAL(18,2)) FROM d GROUP BY GROUPING SETS ((month, org_code, cause), ()) HAVING count(*) > 0"
      " ORDER BY month NULLS LAST, org_code NULLS LAST, abs(sum(difference)) DESC, cause";
  return over_warehouse(cli, sql, TOTAL_COLUMNS, sizeof TOTAL_COLUMNS / sizeof *TOTAL_COLUMNS, err);
}

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *what = sw_cli_arg(cli, 0);
  if (strcmp(what, "import") == 0) return import(cli, err);
  if (strcmp(what, "list") == 0) return list(cli, err);
  if (strcmp(what, "explain") == 0) return explain(cli, err);
  if (strcmp(what, "totals") == 0) return totals(cli, err);
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0326", "不认识 insurer %s；可用：import、list、totals、explain", "unknown: insurer %s; known: import, list, totals, explain", what);
}

const sw_command SW_CMD_INSURER = {.name = "insurer",
                                   .args = "import FILE | list | totals | explain",
                                   .min_args = 1,
                                   .max_args = 2,
                                   .help = {"经办机构的月度结算结果：导入、逐例比对与解释", "the insurer's monthly result: import, compare, explain case by case"},
                                   .details = {DETAILS_ZH, DETAILS_EN},
                                   .options = OPTIONS,
                                   .run = run};
