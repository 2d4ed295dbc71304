/* suwen returned: rejections of the national system or the insurer, imported and compared with our own findings. */
#include "base/fs.h"
#include "cli/cmd_quality.h"
#include "cli/warehouse.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "quality/finding.h"
#include "quality/returned.h"

#include <stdlib.h>

static const sw_cli_option OPTIONS[] = {
    {.name = "config", .arg = "ID", .help = {"退回记录的定义（kind: returned）", "the returned object of the packs"}},
    {.name = "org", .arg = "CODE", .help = {"import：文件未写时是哪家机构的；其他：只看此机构", "import: whose rejections they are, where the file does not say; else: only this institution"}},
    {.name = "from", .arg = "DATE", .help = {"import：已上报数据的业务日期自", "import: first business day of what was submitted"}},
    {.name = "to", .arg = "DATE", .help = {"import：至", "import: its last day"}},
    {.name = "outcome", .arg = "WORD", .help = {"list：both、missed、unmapped、not_found", "list: both, missed, unmapped, not_found"}},
    {.name = "code", .arg = "CODE", .help = {"只看此错误代码", "only this code of theirs"}},
    {.name = "all", .help = {"suggest：也看已有对应规则的代码", "suggest: codes that have a rule, too"}},
    {.name = "table", .arg = "TABLE", .help = {"draft：退回的是哪张表的行（默认 dwd.admission）", "draft: the table whose rows are sent back (default: dwd.admission)"}},
    {.name = "name", .arg = "ID", .help = {"draft：编号（默认 returned-draft）", "draft: its id (default: returned-draft)"}},
    {.name = "by", .arg = "NAME", .help = {"谁导入的（默认当前系统用户）", "who imports (by default the system's user)"}},
    {.name = "limit", .arg = "N", .help = {"最多列多少行", "at most so many rows"}},
    {0}};

static const sw_listing_column COMPARISON[] = {
    {"config", {"退回记录", "config"}, SW_CELL_TEXT}, {"org", {"机构", "institution"}, SW_CELL_TEXT}, {"side", {"哪一方", "side"}, SW_CELL_TEXT},
    {"code", {"对方代码", "their code"}, SW_CELL_TEXT}, {"rule", {"我方规则", "our rules"}, SW_CELL_TEXT}, {"total", {"合计", "total"}, SW_CELL_INT},
    {"in_both", {"双方都查出", "both"}, SW_CELL_INT}, {"only_one", {"仅此方", "only here"}, SW_CELL_INT}, {"not_found", {"我方无此行", "row not found"}, SW_CELL_INT},
    {"mapped", {"有对应", "mapped"}, SW_CELL_TEXT},
};
static const sw_listing_column ROWS[] = {
    {"config", {"退回记录", "config"}, SW_CELL_TEXT}, {"org", {"机构", "institution"}, SW_CELL_TEXT}, {"key", {"主键", "key"}, SW_CELL_TEXT},
    {"code", {"对方代码", "their code"}, SW_CELL_TEXT}, {"field", {"字段", "field"}, SW_CELL_TEXT}, {"message", {"对方说明", "their message"}, SW_CELL_TEXT},
    {"rules", {"我方规则", "our rules"}, SW_CELL_TEXT}, {"outcome", {"结果", "outcome"}, SW_CELL_STATE}, {"finding", {"我方问题", "our finding"}, SW_CELL_TEXT},
    {"reason", {"缘由", "reason"}, SW_CELL_TEXT}, {"file", {"退回文件", "their file"}, SW_CELL_TEXT}, {"line", {"行", "line"}, SW_CELL_PLAIN},
};
static const sw_listing_column SUGGESTIONS[] = {
    {"config", {"退回记录", "config"}, SW_CELL_TEXT}, {"code", {"对方代码", "their code"}, SW_CELL_TEXT}, {"message", {"对方说明", "their message"}, SW_CELL_TEXT},
    {"rejected", {"退回行", "rejected"}, SW_CELL_INT}, {"rule", {"可能的规则", "likely rule"}, SW_CELL_TEXT}, {"together", {"同一行", "same rows"}, SW_CELL_INT},
    {"found", {"我方查出", "found by us"}, SW_CELL_INT}, {"share", {"占退回", "of the rejected"}, SW_CELL_RATE}, {"likeness", {"相似", "likeness"}, SW_CELL_RATE},
};

typedef struct work {
  sw_cli *cli;
  sw_workspace *workspace;
  sw_conn *conn;
  sw_ledger *ledger;
} work;

static sw_status compare_body(sw_conn *c, void *ctx, sw_error *err) {
  const work *w = ctx;
  return sw_returned_compare(c, sw_workspace_packs(w->workspace), w->cli->cancel, err);
}

/* The comparison is computed anew: findings, rules and mappings may have changed since. */
static sw_status refresh(work *w, sw_error *err) {
  const char *dir = sw_workspace_dir(w->workspace);
  sw_status s = sw_findings_sync(w->conn, w->ledger, dir, w->cli->cancel, err);
  if (s == SW_OK) s = sw_returned_sync(w->conn, w->ledger, dir, w->cli->cancel, err);
  return s == SW_OK ? sw_transaction(w->conn, compare_body, w, err) : s;
}

static sw_status import(work *w, const char *file, sw_error *err) {
  sw_cli *cli = w->cli;
  const char *from = sw_cli_opt(cli, "from"), *to = sw_cli_opt(cli, "to"), *by = sw_cli_opt(cli, "by");
  sw_returned_counts n;
  sw_returned_import o = {.packs = sw_workspace_packs(w->workspace), .dir = sw_workspace_dir(w->workspace), .config = sw_cli_opt(cli, "config"), .file = file,
                          .org = sw_cli_opt(cli, "org"), .has_period = from && to, .who = by ? by : getenv("USER"), .at_us = sw_now_us(), .cancel = cli->cancel};
  if (!file) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0086", "请写明文件：suwen returned import 文件", "say which file: suwen returned import FILE");
  if ((from != NULL) != (to != NULL) || (from && (!sw_parse_date(sw_str_of(from), &o.from) || !sw_parse_date(sw_str_of(to), &o.to) || o.to < o.from)))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0087", "--from 与 --to 应是先后两个日期", "--from and --to must be two dates in order");
  sw_status s = sw_returned_import_file(w->conn, w->ledger, &o, &n, err);
  if (s == SW_OK) s = refresh(w, err);
  if (s != SW_OK) return s;
  if (n.again) sw_cli_say(cli, "此内容已导入过（第 %lld 号），没有再导入", "this content was imported before (no. %lld) and was not imported again", (long long)n.file_no);
  else
    sw_cli_say(cli, "导入 %lld 行（第 %lld 号）；%lld 行没有主键、%lld 行没有代码，未导入。比较：suwen returned compare", "imported %lld rows (no. %lld); %lld without a key and %lld without a code "
               "were left out. Compare: suwen returned compare", (long long)n.rows, (long long)n.file_no, (long long)n.without_key, (long long)n.without_code);
  return SW_OK;
}

static void put_where(const sw_cli *cli, const char *alias, bool code, sw_buf *sql) {
  const char *config = sw_cli_opt(cli, "config"), *org = sw_cli_opt(cli, "org"), *their = sw_cli_opt(cli, "code");
  sw_buf_puts(sql, " WHERE true");
  if (config) sw_sql_build(sql, " AND {}.config = {}", sw_sql_id(alias), sw_sql_text(config));
  if (org) sw_sql_build(sql, " AND {}.org = {}", sw_sql_id(alias), sw_sql_text(org));
  if (code && their) sw_sql_build(sql, " AND {}.code = {}", sw_sql_id(alias), sw_sql_text(their));
}

static sw_status compare(work *w, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_puts(&sql, "SELECT config, org, side, code, rule, total, in_both, only_one, not_found, mapped FROM quality.returned_comparison q");
  put_where(w->cli, "q", true, &sql);
  sw_buf_puts(&sql, " ORDER BY config, org, side DESC, only_one DESC, code, rule");
  sw_status s = sw_buf_check(&sql, err);
  return s == SW_OK ? sw_cli_list_query(w->cli, w->conn, sql.ptr, SW_NO_PARAMS, COMPARISON, sizeof COMPARISON / sizeof *COMPARISON, err) : s;
}

static sw_status list(work *w, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  int64_t limit = 0;
  const char *outcome = sw_cli_opt(w->cli, "outcome");
  sw_status s = sw_cli_opt_i64(w->cli, "limit", 0, 1, INT64_MAX, &limit, err);
  if (s != SW_OK) return s;
  sw_buf_puts(&sql, "SELECT q.config, q.org, q.key, q.code, q.field, q.message, q.rules, q.outcome, q.finding, q.reason, f.file, q.line FROM quality.returned q "
                    "LEFT JOIN quality.returned_file f ON f.no = q.file_no");
  put_where(w->cli, "q", true, &sql);
  if (outcome) sw_sql_build(&sql, " AND q.outcome = {}", sw_sql_text(outcome));
  sw_buf_puts(&sql, " ORDER BY q.config, q.org, q.outcome, q.code, q.key");
  if (limit) sw_sql_build(&sql, " LIMIT {}", sw_sql_i64(limit));
  s = sw_buf_check(&sql, err);
  return s == SW_OK ? sw_cli_list_query(w->cli, w->conn, sql.ptr, SW_NO_PARAMS, ROWS, sizeof ROWS / sizeof *ROWS, err) : s;
}

static sw_status suggest(work *w, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status s = sw_returned_suggest_sql(w->conn, sw_cli_opt(w->cli, "config"), sw_cli_flag(w->cli, "all"), &sql, err);
  return s == SW_OK ? sw_cli_list_query(w->cli, w->conn, sql.ptr, SW_NO_PARAMS, SUGGESTIONS, sizeof SUGGESTIONS / sizeof *SUGGESTIONS, err) : s;
}

static sw_status draft(sw_cli *cli, const char *file, sw_error *err) {
  sw_workspace *w = NULL;
  SW_AUTO(sw_buf) yaml = SW_BUF_INIT;
  const char *table = sw_cli_opt(cli, "table"), *name = sw_cli_opt(cli, "name");
  if (!file) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0086", "请写明文件：suwen returned import 文件", "say which file: suwen returned import FILE");
  sw_status s = sw_cli_open(cli, SW_OPEN_PACKS, NULL, &w, err);
  sw_returned_draft o = {.packs = w ? sw_workspace_packs(w) : NULL, .file = file, .table = table ? table : "dwd.admission", .id = name ? name : "returned-draft", .cancel = cli->cancel};
  if (s == SW_OK) s = sw_returned_draft_file(&o, &yaml, err);
  if (s == SW_OK) s = sw_cli_write(yaml.ptr, yaml.len, err);
  sw_workspace_close(w);
  return s;
}

static sw_status dispatch(work *w, const char *word, sw_error *err) {
  if (strcmp(word, "import") == 0) return import(w, sw_cli_arg(w->cli, 1), err);
  sw_status s = refresh(w, err);
  if (s != SW_OK) return s;
  if (strcmp(word, "compare") == 0) return compare(w, err);
  if (strcmp(word, "list") == 0) return list(w, err);
  if (strcmp(word, "suggest") == 0) return suggest(w, err);
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0088", "“%s”不是 returned 的动作；有 import、compare、list、suggest、draft",
                 "\"%s\" is nothing that returned does; there are import, compare, list, suggest, draft", word);
}

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *word = sw_cli_arg(cli, 0);
  if (strcmp(word, "draft") == 0) return draft(cli, sw_cli_arg(cli, 1), err);
  work w = {.cli = cli};
  sw_status s = sw_cli_open(cli, SW_OPEN_WRITE, "suwen returned", &w.workspace, err);
  if (s == SW_OK) s = sw_workspace_ledger(w.workspace, &w.ledger, err);
  if (s == SW_OK) s = sw_workspace_connect(w.workspace, &w.conn, err);
  if (s == SW_OK) s = dispatch(&w, word, err);
  sw_conn_close(w.conn);
  sw_ledger_close(w.ledger);
  sw_workspace_close(w.workspace);
  return s;
}

const sw_command SW_CMD_RETURNED = {
    .name = "returned", .args = "import FILE|compare|list|suggest|draft FILE", .min_args = 1, .max_args = 2,
    .help = {"国家系统、医保退回的记录：导入，与我方查出的问题比较", "rejections of the national system or the insurer: import, compare with our findings"},
    .details = {"  suwen returned draft 反馈.csv > packs/hospital/returned/反馈.yaml   认列名，拟定义\n"
                "  suwen returned import 反馈.csv --from 2024-01-01 --to 2024-01-31\n"
                "  suwen returned compare                    我方漏了什么，对方漏了什么，按机构、代码、规则\n"
                "  suwen returned list --outcome missed      我方漏查的行\n"
                "  suwen returned suggest                    对方的代码可能对应我方哪条规则",
                "  suwen returned draft FILE > packs/hospital/returned/FILE.yaml   recognises columns, drafts the object\n"
                "  suwen returned import FILE --from 2024-01-01 --to 2024-01-31\n"
                "  suwen returned compare                    what we missed and what they missed, by institution, code and rule\n"
                "  suwen returned list --outcome missed      the rows that we missed\n"
                "  suwen returned suggest                    which of our rules a code of theirs may mean"},
    .options = OPTIONS, .run = run};
