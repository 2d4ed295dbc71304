/* suwen recode worklist|approve|reject|none|undo|history|coverage: local codes without a national code, and who decided what. */
#include "cli/cmd_coding.h"
#include "cli/warehouse.h"
#include "coding/recode.h"
#include "engine/sql.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "list", .arg = "NAME", .help = {"工作清单：diagnosis、procedure、fee …（默认全部）", "the work list: diagnosis, procedure, fee … (default: all)"}},
    {.name = "org", .arg = "CODE", .help = {"机构代码；approve 省略则对所有机构", "institution; approve: left out, the mapping is for all"}},
    {.name = "limit", .arg = "N", .help = {"worklist 最多几个编码（50）", "worklist: at most so many codes (50)"}},
    {.name = "kind", .arg = "KIND", .help = {"对照种类：diagnosis、procedure、drug、item …（默认按工作清单）", "kind: diagnosis, procedure, drug, item … (default: by the work list)"}},
    {.name = "edition", .arg = "NAME", .help = {"目标版本（默认按工作清单）", "target edition (default: by the work list)"}},
    {.name = "code", .arg = "CODE", .repeat = true, .help = {"国家编码；可给多个（一对多）", "national code; several for one-to-many"}},
    {.name = "since", .arg = "DATE", .help = {"从这天起", "from this day on"}},
    {.name = "until", .arg = "DATE", .help = {"到这天为止（不含）", "up to this day (exclusive)"}},
    {.name = "sex", .arg = "1|2", .help = {"只对这个性别", "for this sex only"}},
    {.name = "age-from", .arg = "N", .help = {"从几岁", "from this age"}},
    {.name = "age-to", .arg = "N", .help = {"到几岁（含）", "up to this age (inclusive)"}},
    {.name = "file", .arg = "FILE", .help = {"approve：批准 CSV 里的全部对照（worklist --csv 填上 code 即可）", "approve: all mappings of a CSV (a worklist --csv with code filled in)"}},
    {.name = "reason", .arg = "TEXT", .help = {"为什么", "why"}},
    {.name = "who", .arg = "NAME", .help = {"谁决定的（默认：系统用户）", "who decides (default: the user of the system)"}},
    {.name = "run", .help = {"决定之后马上重跑编码转换及其后的步骤", "run recoding and what follows it at once"}},
    {0}};

static const char *const DETAILS_ZH =
    "suwen recode worklist                          未对照的编码，按金额排序，附建议与涉及的行数、金额\n"
    "suwen recode approve 院内编码 --code 国家编码    批准对照；--code 可多个，可加日期、机构、性别、年龄条件\n"
    "suwen recode approve --file 清单.csv           批准整份清单\n"
    "suwen recode reject 院内编码 --code 国家编码     这条建议不对，不再提\n"
    "suwen recode none 院内编码                      确认没有国家编码，不再列入清单\n"
    "suwen recode undo 编号                          撤销一个决定，恢复之前的\n"
    "suwen recode history [院内编码]                 谁、何时、为什么、第几版\n"
    "suwen recode coverage                          各机构对照前后的覆盖率\n"
    "决定记在账本里，下次运行流程时生效（--run 马上生效），删除数据仓也不丢。";
static const char *const DETAILS_EN =
    "suwen recode worklist                    codes without a mapping by the yuan that hang on them, with suggestions\n"
    "suwen recode approve LOCAL --code CODE   approves a mapping; several --code, and conditions of date, institution, sex, age\n"
    "suwen recode approve --file LIST.csv     approves a whole list\n"
    "suwen recode reject LOCAL --code CODE    this suggestion is wrong and is not made again\n"
    "suwen recode none LOCAL                  there is no national code; the list no longer asks\n"
    "suwen recode undo ID                     takes a decision back; what held before holds again\n"
    "suwen recode history [LOCAL]             who, when, why, which version\n"
    "suwen recode coverage                    coverage by institution, before and after\n"
    "Decisions are in the ledger: they take effect at the next run (--run: at once) and survive the warehouse's deletion.";

/* --- over all lists ------------------------------------------------------------------------------- */

/* The union of ads.<prefix>_<list> over the lists that there are, each with its name. */
static sw_status union_of(sw_conn *c, const char *prefix, const char *only, sw_buf *out, sw_error *err) {
  SW_AUTO(sw_buf) like = SW_BUF_INIT;
  sw_rows *rows = NULL;
  sw_buf_printf(&like, "%s_", prefix);
  sw_status s = sw_query(c,
                         "SELECT table_name FROM information_schema.tables WHERE table_schema = 'ads' AND starts_with(table_name, $1)"
                         " AND ($2::VARCHAR IS NULL OR table_name = $1 || $2) ORDER BY 1",
                         SW_PARAMS(sw_p_str(sw_buf_str(&like)), sw_p_strz(only)), NULL, &rows, err);
  if (s) return s;
  size_t n = 0;
  sw_step at;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    sw_str name = sw_rows_str(rows, 0);
    sw_sql_build(out, "{}SELECT {} AS list, * FROM {}", sw_sql_raw(n ? SW_LIT(" UNION ALL BY NAME ") : SW_LIT("")), sw_sql_str(sw_str_sub(name, like.len, name.len)),
                 (sw_sql_arg){.kind = SW_SQL_TABLE, .a = SW_LIT("ads"), .b = name});
    n++;
  }
  sw_rows_free(rows);
  if (at == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
  if (n == 0)
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0340", "还没有 ads.%s_%s；先运行带 recode 步骤的流程", "there is no ads.%s_%s yet; run a flow with a step recode", prefix, only ? only : "*");
  return sw_buf_check(out, err);
}

static const sw_listing_column WORK[] = {{"list", {"清单", "list"}, SW_CELL_TEXT},         {"kind", {"种类", "kind"}, SW_CELL_TEXT},     {"edition", {"版本", "edition"}, SW_CELL_TEXT},
                                         {"org_code", {"机构", "institution"}, SW_CELL_TEXT}, {"local_code", {"院内编码", "local code"}, SW_CELL_TEXT},
                                         {"name", {"名称", "name"}, SW_CELL_TEXT},         {"rows", {"行", "rows"}, SW_CELL_INT},        {"yuan", {"金额", "yuan"}, SW_CELL_MONEY},
                                         {"suggested", {"首选建议", "first suggestion"}, SW_CELL_TEXT}, {"suggested_name", {"建议名称", "its name"}, SW_CELL_TEXT},
                                         {"score", {"分", "score"}, SW_CELL_NUMBER},       {"others", {"其他建议", "others"}, SW_CELL_TEXT}, {"code", {"填写", "fill in"}, SW_CELL_TEXT}};

static sw_status worklist(sw_cli *cli, sw_error *err) {
  sw_cli_warehouse w;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  int64_t limit = 0;
  sw_status s = sw_cli_opt_i64(cli, "limit", 50, 1, 1000000, &limit, err);
  if (!s) s = sw_cli_warehouse_open(cli, &w, err);
  if (s) return s;
  sw_buf_puts(&sql, "WITH u AS (");
  s = union_of(w.conn, "unmapped", sw_cli_opt(cli, "list"), &sql, err);
  sw_buf_puts(&sql, "), g AS (");
  if (!s) s = union_of(w.conn, "code_suggestion", sw_cli_opt(cli, "list"), &sql, err);
  sw_sql_build(&sql,
               "), best AS (SELECT list, org_code, local_code, max(CASE WHEN place = 1 THEN code END) AS code, max(CASE WHEN place = 1 THEN suggested_name END) AS name,"
               " max(CASE WHEN place = 1 THEN score END) AS score, string_agg(CASE WHEN place BETWEEN 2 AND 4 THEN code || ' ' || coalesce(suggested_name, '') END, '; '"
               " ORDER BY place) AS others FROM g GROUP BY list, org_code, local_code)"
               " SELECT u.list, CASE WHEN contains(u.kind, ',') THEN split_part(u.kind, ',', 1) ELSE u.kind END, u.edition, u.org_code, u.local_code, u.name, u.rows, u.yuan,"
               " b.code, b.name, round(b.score, 3), b.others, NULL FROM u LEFT JOIN best b ON b.list = u.list AND b.org_code = u.org_code AND b.local_code = u.local_code"
               " WHERE $1::VARCHAR IS NULL OR u.org_code = $1 ORDER BY u.yuan DESC, u.rows DESC, u.org_code, u.local_code LIMIT {}",
               sw_sql_i64(limit));
  if (!s) s = sw_buf_check(&sql, err);
  if (!s) s = sw_cli_list_query(cli, w.conn, sql.ptr, SW_PARAMS(sw_p_strz(sw_cli_opt(cli, "org"))), WORK, sizeof WORK / sizeof *WORK, err);
  sw_cli_warehouse_close(&w);
  return s;
}

static const sw_listing_column COVERAGE[] = {{"list", {"清单", "list"}, SW_CELL_TEXT},   {"org_code", {"机构", "institution"}, SW_CELL_TEXT}, {"rows", {"行", "rows"}, SW_CELL_INT},
                                             {"before", {"对照前", "before"}, SW_CELL_RATE}, {"after", {"对照后", "after"}, SW_CELL_RATE},      {"none", {"确认无", "none"}, SW_CELL_INT},
                                             {"yuan", {"金额", "yuan"}, SW_CELL_MONEY},   {"yuan_after", {"其中已对照", "of which mapped"}, SW_CELL_MONEY},
                                             {"codes", {"编码", "codes"}, SW_CELL_INT},   {"codes_after", {"其中已对照", "of which mapped"}, SW_CELL_INT}};

static sw_status coverage(sw_cli *cli, sw_error *err) {
  sw_cli_warehouse w;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status s = sw_cli_warehouse_open(cli, &w, err);
  if (s) return s;
  sw_buf_puts(&sql, "WITH u AS (");
  s = union_of(w.conn, "code_coverage", sw_cli_opt(cli, "list"), &sql, err);
  sw_buf_puts(&sql,
              ") SELECT list, org_code, rows, before / CAST(nullif(rows, 0) AS DOUBLE), after / CAST(nullif(rows, 0) AS DOUBLE), none, yuan, yuan_after, codes, codes_after"
              " FROM u WHERE $1::VARCHAR IS NULL OR org_code = $1 ORDER BY list, org_code");
  if (!s) s = sw_buf_check(&sql, err);
  if (!s) s = sw_cli_list_query(cli, w.conn, sql.ptr, SW_PARAMS(sw_p_strz(sw_cli_opt(cli, "org"))), COVERAGE, sizeof COVERAGE / sizeof *COVERAGE, err);
  sw_cli_warehouse_close(&w);
  return s;
}

/* --- deciding -------------------------------------------------------------------------------------- */

typedef struct target {
  sw_buf kind, edition;
} target;

/* Kind and edition of a local code as the work lists have it, where the command does not say. */
static sw_status find_target(const sw_cli *cli, sw_workspace *w, const char *local, target *t, sw_error *err) {
  const char *kind = sw_cli_opt(cli, "kind"), *edition = sw_cli_opt(cli, "edition");
  sw_conn *c = NULL;
  sw_rows *rows = NULL;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status s = SW_OK;
  if (!kind || !edition) {
    s = sw_workspace_connect(w, &c, err);
    sw_buf_puts(&sql, "WITH u AS (");
    if (!s) s = union_of(c, "unmapped", sw_cli_opt(cli, "list"), &sql, err);
    sw_buf_puts(&sql, ") SELECT kind, edition FROM u WHERE local_code = $1 AND ($2::VARCHAR IS NULL OR org_code = $2) ORDER BY yuan DESC LIMIT 1");
    if (!s) s = sw_query(c, sql.ptr, SW_PARAMS(sw_p_strz(local), sw_p_strz(sw_cli_opt(cli, "org"))), NULL, &rows, err);
    if (!s && sw_rows_next(rows, err) == SW_ROW) {
      sw_str k = sw_rows_str(rows, 0);
      ptrdiff_t comma = sw_str_find(k, SW_LIT(","));
      sw_buf_str_put(&t->kind, comma < 0 ? k : sw_str_sub(k, 0, (size_t)comma));
      sw_buf_str_put(&t->edition, sw_rows_str(rows, 1));
    }
    sw_rows_free(rows);
    sw_conn_close(c);
  }
  if (kind) sw_buf_clear(&t->kind), sw_buf_puts(&t->kind, kind);
  if (edition) sw_buf_clear(&t->edition), sw_buf_puts(&t->edition, edition);
  if (!s && (!t->kind.len || !t->edition.len))
    s = SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0341", "工作清单里没有 %s；请用 --kind 和 --edition 说明", "%s is on no work list; say --kind and --edition", local);
  return s;
}

typedef enum action { APPROVE, REJECT, NONE } action;

static sw_status decide_one(sw_cli *cli, sw_workspace *w, sw_ledger *l, action what, sw_error *err) {
  const char *local = sw_cli_arg(cli, 1), *codes[16];
  char who[64];
  size_t n = 0;
  int64_t from = -1, to = -1, id = 0;
  for (const char *v; n < 16 && (v = sw_cli_opt_nth(cli, "code", (int)n)); ++n) codes[n] = v;
  if (!local || (what == NONE ? n != 0 : n == 0))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0342", "用法：suwen recode approve 院内编码 --code 国家编码；none 不带 --code", "usage: suwen recode approve LOCAL --code CODE; none takes no --code");
  target t = {SW_BUF_INIT, SW_BUF_INIT};
  sw_status s = sw_cli_opt_i64(cli, "age-from", -1, -1, 199, &from, err);
  if (!s) s = sw_cli_opt_i64(cli, "age-to", -1, -1, 199, &to, err);
  if (!s) s = find_target(cli, w, local, &t, err);
  sw_recode_decision d = {.kind = t.kind.ptr, .edition = t.edition.ptr, .org_code = sw_cli_opt(cli, "org"), .local_code = local, .since = sw_cli_opt(cli, "since"),
                          .until = sw_cli_opt(cli, "until"), .sex = sw_cli_opt(cli, "sex"), .age_from = (int32_t)from, .age_to = (int32_t)to, .codes = codes, .ncodes = n,
                          .who = sw_cli_who(cli, who), .reason = sw_cli_opt(cli, "reason"), .at_us = sw_now_us()};
  if (!s) s = what == REJECT ? sw_recode_reject(l, &d, &id, err) : sw_recode_approve(l, &d, &id, err);
  if (!s && cli->format == SW_OUT_TABLE)
    sw_cli_say(cli, "决定 %lld 已记下（%s，%s）", "decision %lld is recorded (%s, %s)", (long long)id, t.kind.ptr, t.edition.ptr);
  sw_buf_fini(&t.kind);
  sw_buf_fini(&t.edition);
  return s;
}

static sw_status decide_file(sw_cli *cli, sw_ledger *l, sw_error *err) {
  char who[64];
  int64_t approved = 0, passed = 0;
  const char *edition = sw_cli_opt(cli, "edition");
  sw_status s = sw_recode_approve_file(l, sw_cli_opt(cli, "file"), edition ? edition : "医保2.0", sw_cli_who(cli, who), sw_now_us(), &approved, &passed, err);
  if (!s) sw_cli_say(cli, "批准 %lld 条对照，%lld 行没有编码", "%lld mappings approved, %lld lines without a code", (long long)approved, (long long)passed);
  return s;
}

static sw_status undo(sw_cli *cli, sw_ledger *l, sw_error *err) {
  char who[64];
  int64_t id = 0, by = 0;
  const char *text = sw_cli_arg(cli, 1);
  if (!text || !sw_str_to_i64(sw_str_of(text), &id))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0343", "用法：suwen recode undo 编号（见 suwen recode history）", "usage: suwen recode undo ID (see suwen recode history)");
  sw_status s = sw_recode_undo(l, id, sw_cli_who(cli, who), sw_cli_opt(cli, "reason"), sw_now_us(), &by, err);
  if (!s) sw_cli_say(cli, "决定 %lld 已由 %lld 撤销", "decision %lld is taken back by %lld", (long long)id, (long long)by);
  return s;
}

static sw_status decide(sw_cli *cli, const char *what, sw_error *err) {
  sw_workspace *w = NULL;
  sw_ledger *l = NULL;
  bool ran = false;
  sw_status s = sw_cli_open(cli, SW_OPEN_WRITE, "suwen recode", &w, err);
  if (!s) s = sw_workspace_ledger(w, &l, err);
  if (!s && strcmp(what, "undo") == 0) s = undo(cli, l, err);
  else if (!s && sw_cli_opt(cli, "file")) s = decide_file(cli, l, err);
  else if (!s) s = decide_one(cli, w, l, strcmp(what, "reject") == 0 ? REJECT : strcmp(what, "none") == 0 ? NONE : APPROVE, err);
  sw_ledger_close(l);
  if (!s && sw_cli_flag(cli, "run")) s = sw_cli_rerun(cli, w, "recode", &ran, err);
  if (!s && !ran && cli->format == SW_OUT_TABLE) sw_cli_say(cli, "%s", "%s", sw_cli_t(cli, "下次运行流程时生效", "it takes effect at the next run of the flow"));
  sw_workspace_close(w);
  return s;
}

/* --- history --------------------------------------------------------------------------------------- */

static const sw_listing_column HISTORY[] = {
    {"id", {"编号", "id"}, SW_CELL_PLAIN},           {"action", {"动作", "action"}, SW_CELL_TEXT},  {"kind", {"种类", "kind"}, SW_CELL_TEXT},  {"edition", {"版本", "edition"}, SW_CELL_TEXT},
    {"org_code", {"机构", "institution"}, SW_CELL_TEXT}, {"local_code", {"院内编码", "local code"}, SW_CELL_TEXT}, {"conditions", {"条件", "conditions"}, SW_CELL_TEXT},
    {"codes", {"国家编码", "national codes"}, SW_CELL_TEXT}, {"version", {"第几版", "version"}, SW_CELL_PLAIN}, {"who", {"谁", "who"}, SW_CELL_TEXT}, {"at", {"何时", "when"}, SW_CELL_TEXT},
    {"reason", {"为什么", "why"}, SW_CELL_TEXT},      {"state", {"状态", "state"}, SW_CELL_STATE}};

static void put_or_null(sw_listing *l, sw_str s) {
  if (s.len) sw_listing_str(l, s);
  else sw_listing_null(l);
}

static sw_status put_entry(void *ctx, const sw_recode_entry *e, sw_error *err) {
  (void)err;
  sw_listing *l = ctx;
  char at[SW_TIME_LEN];
  sw_format_time(e->at_us / 1000000 * 1000000, at);
  sw_listing_i64(l, e->id);
  sw_listing_strz(l, e->action);
  put_or_null(l, e->kind);
  put_or_null(l, e->edition);
  put_or_null(l, e->org_code);
  put_or_null(l, e->local_code);
  put_or_null(l, e->conditions);
  put_or_null(l, e->codes);
  sw_listing_i64(l, e->version);
  sw_listing_strz(l, e->who);
  sw_listing_strz(l, at);
  sw_listing_strz(l, e->reason && *e->reason ? e->reason : NULL);
  sw_listing_strz(l, e->superseded_by ? sw_cli_t(l->cli, "已取代", "superseded") : sw_cli_t(l->cli, "有效", "in force"));
  sw_listing_row(l);
  return SW_OK;
}

static sw_status put_history(sw_cli *cli, sw_ledger *ledger, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, cli, HISTORY, sizeof HISTORY / sizeof *HISTORY);
  sw_status s = sw_recode_history(ledger, sw_cli_arg(cli, 1), put_entry, &l, err), end = sw_listing_end(&l, s ? NULL : err);
  return s ? s : end;
}

static sw_status history(sw_cli *cli, sw_error *err) { return sw_cli_with_ledger(cli, put_history, err); }

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *what = sw_cli_arg(cli, 0);
  static const char *const decisions[] = {"approve", "reject", "none", "undo"};
  if (strcmp(what, "worklist") == 0) return worklist(cli, err);
  if (strcmp(what, "coverage") == 0) return coverage(cli, err);
  if (strcmp(what, "history") == 0) return history(cli, err);
  for (size_t i = 0; i < 4; ++i)
    if (strcmp(what, decisions[i]) == 0) return decide(cli, what, err);
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0344", "不认识 recode %s；可用：worklist、approve、reject、none、undo、history、coverage",
                 "unknown: recode %s; known: worklist, approve, reject, none, undo, history, coverage", what);
}

const sw_command SW_CMD_RECODE = {.name = "recode",
                                  .args = "worklist | approve LOCAL | reject LOCAL | none LOCAL | undo ID | history [LOCAL] | coverage",
                                  .min_args = 1,
                                  .max_args = 2,
                                  .help = {"院内编码对照国家编码：工作清单、批准、撤销、历史、覆盖率", "local to national codes: work list, approval, undo, history, coverage"},
                                  .details = {DETAILS_ZH, DETAILS_EN},
                                  .options = OPTIONS,
                                  .run = run};
