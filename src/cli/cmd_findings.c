/* suwen findings: what is wrong, whose it is and until when; the decisions of people on it. */
#include "cli/cmd_quality.h"
#include "cli/warehouse.h"
#include "quality/finding.h"

#include <stdlib.h>

static const sw_cli_option OPTIONS[] = {
    {.name = "rule", .arg = "ID", .help = {"只看此规则", "of this rule"}},
    {.name = "org", .arg = "CODE", .help = {"只看此机构", "of this institution"}},
    {.name = "table", .arg = "TABLE", .help = {"只看此表", "of this table"}},
    {.name = "owner", .arg = "NAME", .help = {"归此人或此科室", "owned by this person or department"}},
    {.name = "level", .arg = "LEVEL", .help = {"归属层级：institution、department、coder、doctor", "owned at this level: institution, department, coder, doctor"}},
    {.name = "department", .arg = "DEPT", .help = {"此科室的行", "rows of this department"}},
    {.name = "state", .arg = "STATE", .help = {"open、accepted、disputed、corrected、withdrawn、retired、closed（默认 open）或 all", "open (the default), accepted, disputed, corrected, withdrawn, retired, closed, or all"}},
    {.name = "overdue", .help = {"只看过期未改的", "past their deadline only"}},
    {.name = "as-of", .arg = "DATE", .help = {"按哪一天判断过期（默认最近一轮的日期）", "the day by which they are overdue (by default that of the last round)"}},
    {.name = "limit", .arg = "N", .help = {"最多列多少条", "at most so many"}},
    {.name = "reason", .arg = "TEXT", .help = {"理由（accept、dispute、reopen、assign 必填）", "why (accept, dispute, reopen and assign need it)"}},
    {.name = "by", .arg = "NAME", .help = {"谁决定的（默认当前系统用户）", "who decides (by default the system's user)"}},
    {.name = "until", .arg = "DATE", .help = {"accept：认可到哪一天（默认一年）；reopen、assign：新的期限", "accept: the last day that it holds (a year by default); reopen, assign: the new deadline"}},
    {.name = "to", .arg = "NAME", .help = {"assign：交给谁（层级见 --level，默认 department）", "assign: to whom (at --level, by default department)"}},
    {.name = "run", .arg = "RUN", .help = {"update：按哪一次检查（默认各表最近一次）", "update: by the checks of this run (by default the newest of each table)"}},
    {0}};

/* --- printing -------------------------------------------------------------------------------------------------- */

static const sw_listing_column COLUMNS[] = {
    {"id", {"编号", "id"}, SW_CELL_TEXT},           {"state", {"状态", "state"}, SW_CELL_STATE},       {"table", {"表", "table"}, SW_CELL_TEXT},
    {"rule", {"规则", "rule"}, SW_CELL_TEXT},       {"org", {"机构", "institution"}, SW_CELL_TEXT},    {"key", {"主键", "key"}, SW_CELL_TEXT},
    {"mandatory", {"强制", "mandatory"}, SW_CELL_TEXT}, {"severity", {"程度", "severity"}, SW_CELL_TEXT}, {"level", {"层级", "level"}, SW_CELL_TEXT},
    {"owner", {"归属", "owner"}, SW_CELL_TEXT},     {"department", {"科室", "department"}, SW_CELL_TEXT}, {"opened", {"发现", "opened"}, SW_CELL_TEXT},
    {"deadline", {"期限", "deadline"}, SW_CELL_TEXT}, {"overdue", {"过期", "overdue"}, SW_CELL_TEXT},   {"days_open", {"天数", "days"}, SW_CELL_INT},
    {"changed", {"变更", "changed"}, SW_CELL_TEXT}, {"cause", {"原因", "cause"}, SW_CELL_TEXT},        {"closed_batch", {"整改批次", "corrected by batch"}, SW_CELL_PLAIN},
    {"until", {"认可至", "accepted until"}, SW_CELL_TEXT}, {"who", {"决定人", "decided by"}, SW_CELL_TEXT}, {"reason", {"理由", "reason"}, SW_CELL_TEXT},
    {"reopened", {"重开次数", "times reopened"}, SW_CELL_INT}, {"rows", {"行数", "rows"}, SW_CELL_INT},
};
/* A terminal shows what one decides by; JSON shows all. */
static const int SHORT[] = {0, 1, 2, 3, 4, 5, 9, 11, 12, 13, 14, 20};

static const sw_listing_column EVENT_COLUMNS[] = {
    {"id", {"编号", "id"}, SW_CELL_TEXT},           {"at", {"时间", "at"}, SW_CELL_TEXT},          {"action", {"动作", "action"}, SW_CELL_TEXT},
    {"from_state", {"原状态", "from"}, SW_CELL_TEXT}, {"state", {"新状态", "to"}, SW_CELL_STATE},   {"who", {"谁", "who"}, SW_CELL_TEXT},
    {"reason", {"理由", "reason"}, SW_CELL_TEXT},   {"cause", {"原因", "cause"}, SW_CELL_TEXT},    {"run", {"运行", "run"}, SW_CELL_TEXT},
    {"batch", {"批次", "batch"}, SW_CELL_PLAIN},    {"until", {"至", "until"}, SW_CELL_TEXT},      {"level", {"层级", "level"}, SW_CELL_TEXT},
    {"owner", {"归属", "owner"}, SW_CELL_TEXT},
};

/* Rows of a query under these columns; `order` picks columns of the query (NULL: all). */
static sw_status print_rows(sw_cli *cli, sw_rows *rows, const sw_listing_column *columns, const int *order, size_t n, sw_error *err) {
  sw_listing_column shown[64];
  sw_listing l;
  sw_step at;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  for (size_t i = 0; i < n; i++) shown[i] = columns[order ? order[i] : (int)i];
  sw_listing_begin(&l, cli, shown, n);
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    for (size_t i = 0; i < n; i++) {
      size_t col = order ? (size_t)order[i] : i;
      sw_buf_clear(&text);
      sw_rows_text(rows, col, &text);
      if (sw_rows_is_null(rows, col)) sw_listing_null(&l);
      else if (shown[i].kind == SW_CELL_PLAIN || shown[i].kind == SW_CELL_INT) sw_listing_i64(&l, sw_rows_i64(rows, col));
      else sw_listing_str(&l, sw_buf_str(&text));
    }
    sw_listing_row(&l);
  }
  sw_status s = at == SW_STEP_ERROR ? err->status : SW_OK;
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  return s == SW_OK ? end : s;
}

/* The work list has the table's own columns: their names are what the institution knows them by. */
static sw_status print_worklist(sw_cli *cli, sw_rows *rows, sw_error *err) {
  static const char *const known[][3] = {{"id", "编号", "id"}, {"org", "机构", "institution"}, {"state", "状态", "state"}, {"deadline", "期限", "deadline"},
                                         {"overdue", "过期", "overdue"}, {"days_open", "天数", "days open"}, {"level", "层级", "level"}, {"owner", "归属", "owner"},
                                         {"department", "科室", "department"}, {"rule", "规则", "rule"}, {"kind", "性质", "kind"}, {"key", "主键", "key"},
                                         {"file", "文件", "file"}, {"line", "行", "line"}};
  size_t n = sw_rows_ncolumns(rows);
  sw_listing_column *cols = calloc(n + 1, sizeof *cols);
  if (!cols) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  for (size_t i = 0; i < n; i++) {
    const char *name = sw_rows_name(rows, i);
    cols[i] = (sw_listing_column){name, {name, name}, SW_CELL_TEXT};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
      if (i < 18 && strcmp(name, known[k][0]) == 0) cols[i].title[0] = known[k][1], cols[i].title[1] = known[k][2];
  }
  sw_status s = sw_cli_list_rows(cli, rows, cols, n, err);
  free(cols);
  return s;
}

/* --- what is asked for --------------------------------------------------------------------------------------------- */

typedef struct work {
  sw_cli *cli;
  sw_workspace *workspace;
  sw_conn *conn;
  sw_ledger *ledger;
  sw_finding_filter filter;
} work;

static sw_status date_option(const sw_cli *cli, const char *name, int32_t *out, bool *given, sw_error *err) {
  const char *text = sw_cli_opt(cli, name);
  *given = text != NULL;
  if (!text || sw_parse_date(sw_str_of(text), out)) return SW_OK;
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0082", "--%s 不是日期：%s", "--%s is not a date: %s", name, text);
}

static bool is_word(const char *arg) {
  static const char *const words[] = {"accept", "dispute", "reopen", "assign", "history", "worklist", "update"};
  for (size_t i = 0; arg && i < sizeof words / sizeof *words; i++)
    if (strcmp(arg, words[i]) == 0) return true;
  return false;
}

static sw_status fill_filter(work *w, sw_error *err) {
  sw_cli *cli = w->cli;
  sw_finding_filter *f = &w->filter;
  bool given;
  int first = is_word(sw_cli_arg(cli, 0)) ? 1 : 0;
  const char *state = sw_cli_opt(cli, "state");
  *f = (sw_finding_filter){.rule = sw_cli_opt(cli, "rule"), .org = sw_cli_opt(cli, "org"), .table = sw_cli_opt(cli, "table"), .owner = sw_cli_opt(cli, "owner"),
                           .department = sw_cli_opt(cli, "department"), .overdue = sw_cli_flag(cli, "overdue"), .ids = &cli->args[first],
                           .nids = (size_t)(cli->nargs - first)};
  /* what is named is meant, in whatever state it is */
  f->state = state ? (strcmp(state, "all") == 0 ? NULL : state) : first || f->nids ? NULL : "open";
  if (sw_cli_arg(cli, 0) && strcmp(sw_cli_arg(cli, 0), "assign") != 0) f->level = sw_cli_opt(cli, "level");
  if (!sw_cli_arg(cli, 0)) f->level = sw_cli_opt(cli, "level");
  sw_status s = date_option(cli, "as-of", &f->today, &given, err);
  return s == SW_OK ? sw_cli_opt_i64(cli, "limit", 0, 1, INT64_MAX, &f->limit, err) : s;
}

/* A state alone would decide on a whole region at once. */
static bool narrow(const sw_finding_filter *f) { return f->nids || f->rule || f->org || f->table || f->owner || f->department || f->overdue || f->level; }

static sw_status list(work *w, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_rows *rows = NULL;
  bool table = w->cli->format == SW_OUT_TABLE;
  sw_status s = sw_findings_sql(&w->filter, &sql, err);
  if (s == SW_OK) s = sw_query(w->conn, sql.ptr, SW_NO_PARAMS, w->cli->cancel, &rows, err);
  if (s == SW_OK) s = print_rows(w->cli, rows, COLUMNS, table ? SHORT : NULL, table ? sizeof SHORT / sizeof *SHORT : sizeof COLUMNS / sizeof *COLUMNS, err);
  sw_rows_free(rows);
  return s;
}

static sw_status worklist(work *w, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_rows *rows = NULL;
  if (!w->filter.state && !w->filter.nids && !sw_cli_opt(w->cli, "state")) w->filter.state = "open";
  sw_status s = sw_findings_worklist_sql(w->conn, sw_workspace_packs(w->workspace), &w->filter, w->cli->cancel, &sql, err);
  if (s == SW_OK) s = sw_query(w->conn, sql.ptr, SW_NO_PARAMS, w->cli->cancel, &rows, err);
  if (s == SW_OK) s = print_worklist(w->cli, rows, err);
  sw_rows_free(rows);
  return s;
}

static sw_status history(work *w, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  SW_AUTO(sw_buf) inner = SW_BUF_INIT;
  sw_rows *rows = NULL;
  if (!narrow(&w->filter)) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0083", "请写明哪个问题：suwen findings history 编号", "say which finding: suwen findings history ID");
  sw_status s = sw_findings_sql(&w->filter, &inner, err);
  sw_buf_printf(&sql, "SELECT id, \"at\", action, from_state, state, who, reason, cause, run, batch, until, level, owner FROM quality.finding_event "
                "WHERE id IN (SELECT id FROM (%s)) ORDER BY id, round", inner.ptr ? inner.ptr : "");
  if (s == SW_OK) s = sw_buf_check(&sql, err);
  if (s == SW_OK) s = sw_query(w->conn, sql.ptr, SW_NO_PARAMS, w->cli->cancel, &rows, err);
  if (s == SW_OK) s = print_rows(w->cli, rows, EVENT_COLUMNS, NULL, sizeof EVENT_COLUMNS / sizeof *EVENT_COLUMNS, err);
  sw_rows_free(rows);
  return s;
}

static sw_status level_option(const sw_cli *cli, int *out, sw_error *err) {
  const char *text = sw_cli_opt(cli, "level");
  *out = SW_OWNER_DEPARTMENT;
  if (!text) return SW_OK;
  for (size_t i = 0; SW_OWNER_NAMES[i].name; i++)
    if (strcmp(text, SW_OWNER_NAMES[i].name) == 0) {
      *out = SW_OWNER_NAMES[i].value;
      return SW_OK;
    }
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0084", "没有层级“%s”；有 institution、department、coder、doctor", "there is no level \"%s\"; there are institution, department, coder, doctor", text);
}

static sw_status decide(work *w, sw_finding_action action, sw_error *err) {
  sw_cli *cli = w->cli;
  const char *by = sw_cli_opt(cli, "by");
  sw_finding_decision d = {.action = action, .who = by ? by : getenv("USER"), .reason = sw_cli_opt(cli, "reason"), .owner = sw_cli_opt(cli, "to"), .at_us = sw_now_us()};
  int64_t n = 0;
  if (!narrow(&w->filter))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0085", "请写明哪些问题：编号，或 --rule、--org、--department 等条件", "say which findings: ids, or --rule, --org, --department and the like");
  sw_status s = date_option(cli, "until", &d.until, &d.has_until, err);
  if (s == SW_OK) s = level_option(cli, &d.level, err);
  if (s == SW_OK) s = sw_findings_decide(w->conn, w->ledger, sw_workspace_dir(w->workspace), &w->filter, &d, cli->cancel, &n, err);
  if (s == SW_OK) sw_cli_say(cli, "已决定 %lld 个问题（%s）", "decided on %lld findings (%s)", (long long)n, sw_finding_action_name(action));
  return s;
}

static sw_status update(work *w, sw_error *err) {
  char name[64];
  sw_finding_round *r = NULL;
  int64_t now = sw_now_us();
  snprintf(name, sizeof name, "update-%lld", (long long)(now / 1000));
  sw_findings_options o = {.packs = sw_workspace_packs(w->workspace), .dir = sw_workspace_dir(w->workspace), .run = sw_cli_opt(w->cli, "run"), .name = name,
                           .as_of_us = w->filter.today ? w->filter.today * SW_US_PER_DAY : now, .now_us = now, .cancel = w->cli->cancel, .events = w->cli->events};
  sw_status s = sw_findings_begin(w->conn, w->ledger, &o, &r, err);
  if (s == SW_OK) s = sw_begin(w->conn, err);
  if (s == SW_OK && (s = sw_findings_commit(w->conn, r, err)) != SW_OK) sw_rollback(w->conn);
  else if (s == SW_OK) s = sw_commit(w->conn, err);
  if (s == SW_OK) {
    const sw_findings_counts *n = sw_findings_result(r);
    sw_cli_say(w->cli, "%lld 张表，%lld 个问题仍失败：新增 %lld，重开 %lld，认可到期 %lld，已整改 %lld，已撤回 %lld，规则停用 %lld",
               "%lld tables, %lld findings fail: %lld opened, %lld reopened, %lld acceptances expired, %lld corrected, %lld withdrawn, %lld of rules that are gone",
               (long long)n->tables, (long long)n->findings, (long long)n->opened, (long long)n->reopened, (long long)n->expired, (long long)n->corrected,
               (long long)n->withdrawn, (long long)n->retired);
  }
  sw_findings_end(r);
  return s;
}

static sw_status dispatch(work *w, sw_error *err) {
  const char *word = sw_cli_arg(w->cli, 0);
  sw_status s = fill_filter(w, err);
  if (s != SW_OK) return s;
  for (int a = 0; word && a < SW_FINDING_ACTIONS; a++)
    if (strcmp(word, sw_finding_action_name((sw_finding_action)a)) == 0) return decide(w, (sw_finding_action)a, err);
  if (word && strcmp(word, "update") == 0) return update(w, err);
  s = sw_findings_sync(w->conn, w->ledger, sw_workspace_dir(w->workspace), w->cli->cancel, err);
  if (s != SW_OK) return s;
  if (word && strcmp(word, "history") == 0) return history(w, err);
  if (word && strcmp(word, "worklist") == 0) return worklist(w, err);
  return list(w, err);
}

static sw_status run(sw_cli *cli, sw_error *err) {
  work w = {.cli = cli};
  sw_status s = sw_cli_open(cli, SW_OPEN_WRITE, "suwen findings", &w.workspace, err);
  if (s == SW_OK) s = sw_workspace_ledger(w.workspace, &w.ledger, err);
  if (s == SW_OK) s = sw_workspace_connect(w.workspace, &w.conn, err);
  if (s == SW_OK) s = dispatch(&w, err);
  sw_conn_close(w.conn);
  sw_ledger_close(w.ledger);
  sw_workspace_close(w.workspace);
  return s;
}

const sw_command SW_CMD_FINDINGS = {
    .name = "findings", .args = "[accept|dispute|reopen|assign|history|worklist|update] [ID…]", .max_args = -1,
    .help = {"问题整改：归属、状态、期限、历史；认可、争议、重开、指派", "findings: owner, state, deadline, history; accept, dispute, reopen, assign"},
    .details = {"失败的行成为问题：同一规则、机构、主键的行，在更正后重新交付时仍是同一问题，不再失败则自动关闭。\n"
                "  suwen findings --overdue --org 机构              过期未改的\n"
                "  suwen findings worklist --org 机构 --table 表 --csv  给机构的整改清单：期限、归属、文件、行、各列的值\n"
                "  suwen findings accept --rule Q126 --org 机构 --reason 理由 --until 2025-12-31 --by 姓名\n"
                "  suwen findings history 编号                      此问题的全部变更\n"
                "  suwen findings update                            按最近的检查更新（流程中由 findings 步骤做）",
                "A failing row becomes a finding: the same rule, institution and key is the same finding when a corrected delivery brings the row\n"
                "again, and closes by itself when it no longer fails.\n"
                "  suwen findings --overdue --org CODE                 past their deadline\n"
                "  suwen findings worklist --org CODE --table TABLE --csv  for the institution: deadline, owner, file, line, the row's values\n"
                "  suwen findings accept --rule Q126 --org CODE --reason TEXT --until 2025-12-31 --by NAME\n"
                "  suwen findings history ID                           everything that happened to it\n"
                "  suwen findings update                               by the newest checks (the flow does it in its step findings)"},
    .options = OPTIONS, .run = run};
