/* suwen check [TABLE]: every rule, counts by rule; suwen check --case FILE: one case before submission, without the warehouse. */
#include "base/fs.h"
#include "cli/cmd_quality.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "engine/rows.h"
#include "quality/case.h"
#include "operator/operator.h"
#include "quality/check.h"
#include "quality/history.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "rules", .arg = "ID,…", .help = {"只检查这些规则", "only these rules"}},
    {.name = "case", .arg = "FILE", .help = {"检查 JSON 文件中的病例，不用数据仓", "check the cases of a JSON file, without the warehouse"}},
    {.name = "as-of", .arg = "TIME", .help = {"逻辑时间（默认现在）", "logical time (by default now)"}},
    {.name = "all", .help = {"也列出没有失败的规则", "list rules without failures too"}},
    {.name = "blocking", .help = {"强制规则失败则以退出码 4 结束", "exit code 4 when a mandatory rule fails"}},
    {0}};

static const sw_listing_column COLUMNS[] = {
    {"table", {"表", "table"}, SW_CELL_TEXT},           {"rule", {"规则", "rule"}, SW_CELL_TEXT},
    {"kind", {"性质", "kind"}, SW_CELL_TEXT},           {"dimension", {"维度", "dimension"}, SW_CELL_TEXT},
    {"checked", {"检查", "checked"}, SW_CELL_INT},      {"failed", {"失败", "failed"}, SW_CELL_INT},
    {"rate", {"失败率", "rate"}, SW_CELL_RATE},         {"not_applicable", {"不适用", "n/a"}, SW_CELL_INT},
    {"state", {"状态", "state"}, SW_CELL_STATE},        {"time_share", {"耗时占比", "time"}, SW_CELL_RATE},
    {"title", {"名称", "title"}, SW_CELL_TEXT},
};

static const char *const STATES[][2] = {{"已检查", "checked"}, {"从未适用", "never applied"}, {"损坏", "broken"},
                                        {"缺字典或表", "dictionary or table missing"}, {"未实现", "not built"}, {"历史不足", "too little history"}};

static void put_rule(sw_cli *cli, sw_listing *l, const char *table, const sw_rule_outcome *r) {
  sw_listing_strz(l, table);
  sw_listing_str(l, r->rule->id.name);
  sw_listing_strz(l, r->rule->kind == SW_RULE_MANDATORY ? sw_cli_t(cli, "强制", "mandatory") : sw_cli_t(cli, "核实", "to verify"));
  sw_listing_strz(l, sw_dimension_name((sw_dimension)r->rule->dimension, cli->lang));
  sw_listing_i64(l, r->checked);
  sw_listing_i64(l, r->failed);
  if (r->checked) sw_listing_f64(l, (double)r->failed / (double)r->checked);
  else sw_listing_null(l);
  sw_listing_i64(l, r->not_applicable);
  sw_listing_strz(l, STATES[r->state][cli->lang]);
  sw_listing_f64(l, r->time_share);
  sw_listing_str(l, sw_text_in(&r->rule->title, cli->lang));
  sw_listing_row(l);
}

typedef struct totals {
  int64_t rows, mandatory, verify, never, broken, tables;
} totals;

static sw_status check_table(sw_cli *cli, sw_conn *conn, const sw_check_table *t, sw_listing *l, totals *sum, sw_error *err) {
  sw_check *k = NULL;
  sw_status s = sw_quality_run_table(conn, t, &k, err);
  if (s == SW_OK) s = sw_begin(conn, err);
  if (s == SW_OK && (s = sw_quality_store(conn, k, err)) != SW_OK) sw_rollback(conn);
  else if (s == SW_OK) s = sw_commit(conn, err);
  if (s == SW_OK) {
    const sw_check_outcome *o = sw_check_result(k);
    for (size_t i = 0; i < o->nrules; i++)
      if (sw_cli_flag(cli, "all") || cli->format != SW_OUT_TABLE || o->rules[i].failed || o->rules[i].state == SW_RULE_BROKEN)
        put_rule(cli, l, t->table, &o->rules[i]);
    sum->rows += o->rows;
    sum->mandatory += o->mandatory_failed;
    sum->verify += o->verify_failed;
    sum->never += o->never;
    sum->broken += o->broken;
    sum->tables++;
  }
  sw_check_free(k);
  return s;
}

/* Without a table: every one that a rules file is about and that is there. */
static sw_status check_tables(sw_cli *cli, sw_workspace *w, sw_conn *conn, sw_check_table *t, sw_listing *l, totals *sum, sw_arena *a, sw_error *err) {
  if (cli->nargs) {
    t->table = sw_cli_arg(cli, 0);
    return check_table(cli, conn, t, l, sum, err);
  }
  const sw_pack_object *o;
  sw_map done = SW_MAP_INIT;
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && (o = sw_pack_at(sw_workspace_packs(w), "rules", i)); i++) {
    const sw_rules_def *d = o->data;
    bool added = true, there = false;
    ptrdiff_t dot = sw_str_find(d->table.name, SW_LIT("."));
    char *schema = sw_arena_dupz(a, sw_str_sub(d->table.name, 0, dot < 0 ? 0 : (size_t)dot));
    char *name = sw_arena_dupz(a, sw_str_sub(d->table.name, (size_t)(dot + 1), d->table.name.len));
    t->table = sw_arena_dupz(a, d->table.name);
    if (!schema || !name || !t->table) s = sw_arena_check(a, err);
    if (s == SW_OK && sw_map_at(&done, d->table.name, 1, &added) && added) s = sw_table_exists(conn, schema, name, &there, err);
    if (s == SW_OK && there) s = check_table(cli, conn, t, l, sum, err);
  }
  sw_map_fini(&done);
  return s;
}

static size_t split_rules(const char *list, const char **out, size_t cap, sw_arena *a) {
  size_t n = 0;
  sw_str rest = sw_str_of(list);
  while (rest.len && n < cap) {
    ptrdiff_t comma = sw_str_find(rest, SW_LIT(","));
    sw_str one = sw_str_trim(comma < 0 ? rest : sw_str_sub(rest, 0, (size_t)comma));
    if (one.len) out[n++] = sw_arena_dupz(a, one);
    rest = comma < 0 ? (sw_str){NULL, 0} : sw_str_sub(rest, (size_t)comma + 1, rest.len);
  }
  return n;
}

static sw_status as_of(sw_cli *cli, int64_t *out, sw_error *err) {
  const char *text = sw_cli_opt(cli, "as-of");
  *out = sw_now_us();
  if (!text || sw_parse_time(sw_str_of(text), out)) return SW_OK;
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0080", "--as-of 不是时间：%s", "--as-of is not a time: %s", text);
}

static sw_status check_warehouse(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_conn *conn = NULL;
  sw_arena a = SW_ARENA_INIT;
  const char *only[256];
  char run[64];
  totals sum = {0};
  sw_listing l;
  sw_check_table t = {0};
  sw_status s = as_of(cli, &t.base.as_of_us, err);
  if (s == SW_OK) s = sw_cli_open(cli, SW_OPEN_WRITE, "suwen check", &w, err);
  if (s != SW_OK) return s;
  s = sw_workspace_connect(w, &conn, err);
  char *history = sw_workspace_path(w, &a, "history");
  if (s == SW_OK) s = history ? sw_history_prepare(conn, history, err) : sw_arena_check(&a, err);
  snprintf(run, sizeof run, "check-%lld", (long long)(sw_now_us() / 1000));
  t.packs = sw_workspace_packs(w);
  t.base.run = run;
  t.base.cancel = cli->cancel;
  t.base.events = cli->events;
  t.base.temp_dir = sw_workspace_path(w, &a, "run/tmp");
  if (sw_cli_opt(cli, "rules")) {
    t.only = only;
    t.nonly = split_rules(sw_cli_opt(cli, "rules"), only, 256, &a);
  }
  sw_listing_begin(&l, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  if (s == SW_OK) s = check_tables(cli, w, conn, &t, &l, &sum, &a, err);
  if (s == SW_OK) s = sw_history_write(conn, history, SW_HISTORY_METRIC, run, cli->cancel, err);
  if (s == SW_OK) s = sw_history_write(conn, history, SW_HISTORY_SCORE, run, cli->cancel, err);
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  if (s == SW_OK) s = end;
  if (s == SW_OK && cli->format == SW_OUT_TABLE)
    sw_cli_say(cli, "%lld 张表 %lld 行：强制失败 %lld，待核实 %lld，损坏的规则 %lld 条，从未适用 %lld 条；明细：suwen failures --rule 编号",
               "%lld tables, %lld rows: %lld mandatory failures, %lld to verify, %lld rules broken, %lld never applied; details: suwen failures --rule ID",
               (long long)sum.tables, (long long)sum.rows, (long long)sum.mandatory, (long long)sum.verify, (long long)sum.broken, (long long)sum.never);
  if (s == SW_OK && sw_cli_flag(cli, "blocking") && sum.mandatory)
    s = SW_FAIL(err, SW_E_DATA, "SW-CLI-0081", "强制规则失败 %lld 次", "mandatory rules failed %lld times", (long long)sum.mandatory);
  sw_conn_close(conn);
  sw_workspace_close(w);
  sw_arena_fini(&a);
  return s;
}

/* --- one case ----------------------------------------------------------------------------------------------- */

static const sw_listing_column CASE_COLUMNS[] = {
    {"case", {"病例", "case"}, SW_CELL_PLAIN},   {"rule", {"规则", "rule"}, SW_CELL_TEXT},
    {"kind", {"性质", "kind"}, SW_CELL_TEXT},    {"dimension", {"维度", "dimension"}, SW_CELL_TEXT},
    {"message", {"说明", "message"}, SW_CELL_TEXT}, {"source", {"依据", "source"}, SW_CELL_TEXT},
};

typedef struct case_list {
  sw_cli *cli;
  sw_listing l;
} case_list;

static void put_finding(void *ctx, size_t at, const sw_rule_def *r, sw_case_answer answer) {
  case_list *c = ctx;
  if (answer != SW_CASE_FAILED && answer != SW_CASE_BROKEN) return;
  sw_listing_i64(&c->l, (int64_t)at + 1);
  sw_listing_str(&c->l, r->id.name);
  sw_listing_strz(&c->l, answer == SW_CASE_BROKEN ? sw_cli_t(c->cli, "损坏", "broken")
                         : r->kind == SW_RULE_MANDATORY ? sw_cli_t(c->cli, "强制", "mandatory") : sw_cli_t(c->cli, "核实", "to verify"));
  sw_listing_strz(&c->l, sw_dimension_name((sw_dimension)r->dimension, c->cli->lang));
  sw_listing_str(&c->l, sw_text_in(&r->message, c->cli->lang));
  sw_listing_str(&c->l, r->source);
  sw_listing_row(&c->l);
}

/* Opens the packs without an engine: their SQL was checked when the workspace was last written, and one case is to be
 * answered within a tenth of a second. */
static sw_status open_packs(const sw_cli *cli, sw_workspace **out, sw_error *err) {
  char home[4096];
  sw_problems problems = SW_PROBLEMS_INIT;
  sw_cli_packs_home(home, sizeof home);
  sw_workspace_options o = {.dir = cli->workspace, .packs_home = home[0] ? home : NULL, .registry = sw_operator_registry(), .now_us = sw_now_us()};
  sw_status s = sw_workspace_open(&o, out, &problems, err);
  sw_problems_fini(&problems);
  return s;
}

static sw_status check_case(sw_cli *cli, const char *file, sw_error *err) {
  sw_workspace *w = NULL;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_case_counts n = {0};
  case_list out = {.cli = cli};
  sw_case_options o = {.table = cli->nargs ? sw_cli_arg(cli, 0) : "dwd.admission", .file = file, .on_rule = put_finding, .ctx = &out};
  sw_status s = as_of(cli, &o.as_of_us, err);
  if (s == SW_OK) s = open_packs(cli, &w, err);
  if (s == SW_OK) s = sw_fs_read(file, 16 << 20, &text, err);
  if (s != SW_OK) {
    sw_workspace_close(w);
    return s;
  }
  o.packs = sw_workspace_packs(w);
  sw_listing_begin(&out.l, cli, CASE_COLUMNS, sizeof CASE_COLUMNS / sizeof *CASE_COLUMNS);
  s = sw_quality_case(&o, sw_buf_str(&text), &n, err);
  sw_status end = sw_listing_end(&out.l, s == SW_OK ? err : NULL);
  if (s == SW_OK) s = end;
  if (s == SW_OK && cli->format == SW_OUT_TABLE)
    sw_cli_say(cli, "%zu 份病例：强制失败 %zu，待核实 %zu，通过 %zu，不适用 %zu，未查（需数据仓）%zu", "%zu cases: %zu mandatory failures, %zu to verify, %zu passed, %zu not applicable, %zu not asked (they need the warehouse)",
               n.cases, n.mandatory, n.verify, n.passed, n.not_applicable, n.left_out);
  if (s == SW_OK && sw_cli_flag(cli, "blocking") && n.mandatory)
    s = SW_FAIL(err, SW_E_DATA, "SW-CLI-0081", "强制规则失败 %lld 次", "mandatory rules failed %lld times", (long long)n.mandatory);
  sw_workspace_close(w);
  return s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *file = sw_cli_opt(cli, "case");
  return file ? check_case(cli, file, err) : check_warehouse(cli, err);
}

const sw_command SW_CMD_CHECK = {
    .name = "check", .args = "[TABLE]", .max_args = 1,
    .help = {"检查数据质量：全部规则，一遍扫描，每条失败的行都保留", "check data quality: all rules in one pass, every failing row kept"},
    .details = {"不带表名时检查有规则文件的全部表。结果存入 quality.result、quality.failure、quality.metric。\n"
                "--case FILE 检查一个 JSON 文件：一个对象，或对象的列表；键为列名，子表为对象的列表：\n"
                "  {\"sex\": \"2\", \"age_years\": 30, \"diagnosis\": [{\"seq\": 1, \"code\": \"O80.000\"}]}",
                "Without a table, all tables with a rules file are checked. Results go to quality.result, quality.failure and quality.metric.\n"
                "--case FILE checks a JSON file: one object or a list of them, with columns as keys and children as lists of objects:\n"
                "  {\"sex\": \"2\", \"age_years\": 30, \"diagnosis\": [{\"seq\": 1, \"code\": \"O80.000\"}]}"},
    .options = OPTIONS, .run = run};
