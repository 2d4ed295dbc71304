/* suwen runs; suwen rows [RUN]; suwen steps [RUN]: what the ledger says, also while a run is going. */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "cli/summary.h"
#include "ledger/runs.h"

static void put_time(sw_listing *l, int64_t us) {
  char text[SW_TIME_LEN];
  if (!us) {
    sw_listing_null(l);
    return;
  }
  sw_format_time(us - us % 1000000, text);
  sw_listing_strz(l, text);
}

/* --- runs ------------------------------------------------------------------------------------------- */

static const sw_listing_column RUN_COLUMNS[] = {
    {"run", {"运行", "run"}, SW_CELL_TEXT},      {"flow", {"流程", "flow"}, SW_CELL_TEXT},
    {"state", {"状态", "state"}, SW_CELL_STATE}, {"as_of", {"逻辑时间", "as of"}, SW_CELL_TEXT},
    {"started", {"开始", "started"}, SW_CELL_TEXT}, {"seconds", {"用时", "took"}, SW_CELL_SECONDS},
    {"source", {"来源", "source"}, SW_CELL_TEXT},
};

static sw_status put_run(void *ctx, const sw_run *r, sw_error *err) {
  (void)err;
  sw_listing *l = ctx;
  sw_listing_strz(l, r->id);
  sw_listing_strz(l, r->flow);
  sw_listing_strz(l, sw_run_state_name(r->state));
  put_time(l, r->as_of_us);
  put_time(l, r->started_us);
  if (r->ended_us) sw_listing_f64(l, (double)(r->ended_us - r->started_us) / 1e6);
  else sw_listing_null(l);
  sw_listing_strz(l, r->source_dir);
  sw_listing_row(l);
  return SW_OK;
}

static sw_status list_runs(sw_cli *cli, sw_ledger *ledger, sw_error *err) {
  sw_run_query q = {.flow = sw_cli_opt(cli, "flow")};
  sw_status s = sw_cli_opt_i64(cli, "limit", 20, 1, 1000000, &q.limit, err);
  if (s != SW_OK) return s;
  sw_listing l;
  sw_listing_begin(&l, cli, RUN_COLUMNS, sizeof RUN_COLUMNS / sizeof *RUN_COLUMNS);
  s = sw_run_each(ledger, &q, put_run, &l, err);
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  return s == SW_OK ? end : s;
}

static sw_status run_runs(sw_cli *cli, sw_error *err) { return sw_cli_with_ledger(cli, list_runs, err); }

static const sw_cli_option RUNS_OPTIONS[] = {
    {.name = "flow", .arg = "FLOW", .help = {"只列这个流程的运行", "only runs of this flow"}},
    {.name = "limit", .arg = "N", .help = {"最多几条（默认 20）", "at most this many (default 20)"}},
    {0}};
const sw_command SW_CMD_RUNS = {.name = "runs", .args = "", .help = {"列出历次运行", "list runs, newest first"}, .options = RUNS_OPTIONS, .run = run_runs};

/* --- steps -------------------------------------------------------------------------------------------- */

static const sw_listing_column STEP_COLUMNS[] = {
    {"run", {"运行", "run"}, SW_CELL_TEXT},       {"step", {"步骤", "step"}, SW_CELL_TEXT},
    {"operator", {"算子", "operator"}, SW_CELL_TEXT}, {"state", {"状态", "state"}, SW_CELL_STATE},
    {"attempt", {"次数", "attempts"}, SW_CELL_INT}, {"started", {"开始", "started"}, SW_CELL_TEXT},
    {"seconds", {"用时", "took"}, SW_CELL_SECONDS}, {"code", {"代码", "code"}, SW_CELL_TEXT},
    {"error", {"原因", "reason"}, SW_CELL_TEXT},
};

static sw_status put_step(void *ctx, const sw_run_step *r, sw_error *err) {
  (void)err;
  sw_listing *l = ctx;
  sw_listing_strz(l, r->run);
  sw_listing_strz(l, r->step);
  sw_listing_strz(l, r->op);
  sw_listing_strz(l, sw_step_state_name(r->state));
  sw_listing_i64(l, r->attempt);
  put_time(l, r->started_us);
  sw_listing_f64(l, r->seconds);
  sw_listing_strz(l, r->code && r->code[0] ? r->code : NULL);
  const char *why = l->cli->lang == SW_LANG_ZH ? r->error_zh : r->error_en;
  sw_listing_strz(l, why && why[0] ? why : NULL);
  sw_listing_row(l);
  return SW_OK;
}

static sw_status list_steps(sw_cli *cli, sw_ledger *ledger, sw_error *err) {
  char id[SW_RUN_ID];
  sw_status s = sw_run_find(ledger, cli->nargs ? sw_cli_arg(cli, 0) : "latest", id, err);
  if (s != SW_OK) return s;
  sw_listing l;
  sw_listing_begin(&l, cli, STEP_COLUMNS, sizeof STEP_COLUMNS / sizeof *STEP_COLUMNS);
  s = sw_step_each(ledger, id, put_step, &l, err);
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  return s == SW_OK ? end : s;
}

static sw_status run_steps(sw_cli *cli, sw_error *err) { return sw_cli_with_ledger(cli, list_steps, err); }

const sw_command SW_CMD_STEPS = {
    .name = "steps", .args = "[RUN]", .max_args = 1,
    .help = {"一次运行的各个步骤（默认最近一次）", "the steps of a run (default: the latest)"}, .run = run_steps};

/* --- rows ---------------------------------------------------------------------------------------------- */

static const sw_listing_column ROW_COLUMNS[] = {
    {"run", {"运行", "run"}, SW_CELL_TEXT},        {"step", {"步骤", "step"}, SW_CELL_TEXT},
    {"table", {"表", "table"}, SW_CELL_TEXT},      {"in", {"入", "in"}, SW_CELL_INT},
    {"expanded", {"展开", "expanded"}, SW_CELL_INT}, {"out", {"出", "out"}, SW_CELL_INT},
    {"rejected", {"拒收", "rejected"}, SW_CELL_INT}, {"filtered", {"过滤", "filtered"}, SW_CELL_INT},
    {"merged", {"合并", "merged"}, SW_CELL_INT},   {"seconds", {"用时", "took"}, SW_CELL_SECONDS},
    {"bytes", {"字节", "bytes"}, SW_CELL_BYTES},
};

typedef struct row_totals {
  sw_listing list;
  int64_t lines, unbalanced;
} row_totals;

static sw_status put_rows(void *ctx, const sw_row_count *r, sw_error *err) {
  (void)err;
  row_totals *t = ctx;
  sw_listing *l = &t->list;
  sw_listing_strz(l, r->run);
  sw_listing_strz(l, r->step);
  sw_listing_strz(l, r->table);
  sw_listing_i64(l, r->in);
  sw_listing_i64(l, r->expanded);
  sw_listing_i64(l, r->out);
  sw_listing_i64(l, r->rejected);
  sw_listing_i64(l, r->filtered);
  sw_listing_i64(l, r->merged);
  sw_listing_f64(l, r->seconds);
  sw_listing_i64(l, r->bytes);
  sw_listing_row(l);
  t->lines++;
  t->unbalanced += r->in + r->expanded != r->out + r->rejected + r->filtered + r->merged;
  return SW_OK;
}

static sw_status list_rows(sw_cli *cli, sw_ledger *ledger, sw_error *err) {
  char id[SW_RUN_ID];
  sw_status s = sw_run_find(ledger, cli->nargs ? sw_cli_arg(cli, 0) : "latest", id, err);
  if (s != SW_OK) return s;
  if (sw_cli_flag(cli, "summary")) return sw_cli_run_summary(cli, ledger, id, err);
  row_totals t = {0};
  sw_listing_begin(&t.list, cli, ROW_COLUMNS, sizeof ROW_COLUMNS / sizeof *ROW_COLUMNS);
  s = sw_row_count_each(ledger, id, put_rows, &t, err);
  sw_status end = sw_listing_end(&t.list, s == SW_OK ? err : NULL);
  if (s != SW_OK || end != SW_OK) return s != SW_OK ? s : end;
  if (cli->format == SW_OUT_TABLE && t.lines)
    sw_cli_say(cli, "\n入 + 展开 = 出 + 拒收 + 过滤 + 合并：%lld 行账，%lld 行不平", "\nin + expanded = out + rejected + filtered + merged: %lld lines, %lld do not balance",
               (long long)t.lines, (long long)t.unbalanced);
  if (t.unbalanced) return SW_FAIL(err, SW_E_BALANCE, "SW-CLI-0022", "有 %lld 行账不平", "%lld lines of the row ledger do not balance", (long long)t.unbalanced);
  return SW_OK;
}

static sw_status run_rows(sw_cli *cli, sw_error *err) { return sw_cli_with_ledger(cli, list_rows, err); }

static const sw_cli_option ROWS_OPTIONS[] = {
    {.name = "summary", .help = {"按算子合计，并说收到了什么", "add up by operator, and tell what came in"}},
    {0}};

const sw_command SW_CMD_ROWS = {
    .name = "rows", .args = "[RUN]", .max_args = 1,
    .help = {"一次运行的行账（默认最近一次）", "the row ledger of a run (default: the latest)"}, .options = ROWS_OPTIONS, .run = run_rows};
