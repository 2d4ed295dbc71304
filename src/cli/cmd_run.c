/* suwen run FLOW [-C WS] [--source DIR] [--from STEP] [--as-of TIME] [--dry-run] [--restart] */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "cli/summary.h"
#include "base/fs.h"
#include "engine/rows.h"
#include "flow/flow.h"

#include <dirent.h>
#include <stdlib.h>

static const sw_cli_option OPTIONS[] = {
    {.name = "source", .arg = "DIR", .help = {"交付文件所在目录（默认取自 suwen.yaml）", "where deliveries lie (default: suwen.yaml)"}},
    {.name = "from", .arg = "STEP", .help = {"从这一步开始，之前的步骤沿用已发布的表", "begin at this step; take what earlier steps published"}},
    {.name = "as-of", .arg = "TIME", .help = {"逻辑时间（默认：最近一次交付的时间，没有则为现在）", "logical time (default: that of the newest delivery, else now)"}},
    {.name = "dry-run", .help = {"只显示要做什么", "only show what would be done"}},
    {.name = "restart", .help = {"不续跑上次未完成的运行", "do not go on with an unfinished run"}},
    {0}};

static const sw_listing_column PLAN_COLUMNS[] = {
    {"step", {"步骤", "step"}, SW_CELL_TEXT},     {"operator", {"算子", "operator"}, SW_CELL_TEXT},
    {"needs", {"等待", "waits for"}, SW_CELL_TEXT}, {"reads", {"读", "reads"}, SW_CELL_TEXT},
    {"writes", {"写", "writes"}, SW_CELL_TEXT},   {"notes", {"说明", "notes"}, SW_CELL_TEXT},
};

static void put_list(sw_listing *l, const char *const *items, size_t n) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  for (size_t i = 0; i < n; i++) {
    if (i) sw_buf_puts(&b, ", ");
    sw_buf_puts(&b, items[i]);
  }
  sw_listing_str(l, sw_buf_str(&b));
}

static sw_status plan_line(void *ctx, const sw_flow_plan_step *p, sw_error *err) {
  (void)err;
  sw_listing *l = ctx;
  sw_listing_strz(l, p->step);
  sw_listing_strz(l, p->op);
  put_list(l, p->needs, p->nneeds);
  put_list(l, p->reads, p->nreads);
  put_list(l, p->writes, p->nwrites);
  put_list(l, p->notes, p->nnotes);
  sw_listing_row(l);
  return SW_OK;
}

static sw_status dry_run(sw_cli *cli, sw_workspace *w, const sw_flow_options *o, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, cli, PLAN_COLUMNS, sizeof PLAN_COLUMNS / sizeof *PLAN_COLUMNS);
  sw_status s = sw_flow_explain(w, o, plan_line, &l, err);
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  return s == SW_OK ? end : s;
}

/* Files that the run's ingest could not take as a whole, or that no source declares. */
static int64_t count_refused(sw_workspace *w) {
  sw_error ignored = SW_ERROR_INIT;
  sw_conn *c = NULL;
  bool there = false;
  int64_t n = 0;
  sw_status s = sw_workspace_connect(w, &c, &ignored);
  if (s == SW_OK) s = sw_table_exists(c, "meta", "refused_file", &there, &ignored);
  if (s == SW_OK && there) s = sw_query_i64(c, "SELECT count(*) FROM meta.refused_file", SW_NO_PARAMS, NULL, &n, NULL, &ignored);
  sw_conn_close(c);
  sw_error_clear(&ignored);
  return s == SW_OK ? n : 0;
}

static sw_status say_outcome(const sw_cli *cli, sw_ledger *ledger, int64_t refused, const sw_flow_options *o, const sw_flow_outcome *out, sw_error *err) {
  enum { NOTES = 8 };
  char secs[32];
  sw_human_seconds(out->seconds, secs);
  if (cli->format != SW_OUT_TABLE) {
    sw_delivered d;
    sw_status s = sw_cli_delivered(ledger, out->run, &d, err);
    if (s != SW_OK) return s;
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_json j;
    sw_json_init(&j, &b);
    sw_json_open(&j, '{');
    sw_json_key(&j, "run"), sw_json_strz(&j, out->run);
    sw_json_key(&j, "flow"), sw_json_strz(&j, o->flow);
    sw_json_key(&j, "resumed"), sw_json_bool(&j, out->resumed);
    sw_json_key(&j, "steps"), sw_json_i64(&j, (int64_t)out->steps);
    sw_json_key(&j, "done"), sw_json_i64(&j, (int64_t)out->done);
    sw_json_key(&j, "failed"), sw_json_i64(&j, (int64_t)out->failed);
    sw_json_key(&j, "seconds"), sw_json_f64(&j, out->seconds);
    sw_json_key(&j, "batches"), sw_json_i64(&j, d.batches);
    sw_json_key(&j, "records"), sw_json_i64(&j, d.records);
    sw_json_key(&j, "landed"), sw_json_i64(&j, d.landed);
    sw_json_key(&j, "rejected"), sw_json_i64(&j, d.rejected);
    sw_json_key(&j, "skipped"), sw_json_i64(&j, d.skipped);
    sw_json_key(&j, "warnings"), sw_json_i64(&j, d.warnings);
    sw_json_key(&j, "refused_files"), sw_json_i64(&j, refused);
    sw_json_close(&j, '}');
    printf("%s\n", b.ptr);
    return SW_OK;
  }
  sw_cli_say(cli, "运行 %s：%zu 步完成，%zu 步失败，%zu 步未运行，用时 %s。行账：suwen rows %s -C %s",
             "run %s: %zu steps done, %zu failed, %zu not run, in %s. Row ledger: suwen rows %s -C %s", out->run, out->done, out->failed,
             out->skipped, secs, out->run, cli->workspace);
  sw_status s = sw_cli_say_delivered(cli, ledger, out->run, NOTES, err);
  if (s == SW_OK && refused)
    sw_cli_say(cli, "未能接收的文件 %lld 个：suwen query \"SELECT * FROM meta.refused_file\" -C %s", "files that could not be taken: %lld; suwen query \"SELECT * FROM meta.refused_file\" -C %s",
               (long long)refused, cli->workspace);
  return s;
}

/* The outcome is told whatever became of the run; what keeps it from being told matters only when the run went well. */
static sw_status tell(const sw_cli *cli, sw_workspace *w, const sw_flow_options *o, const sw_flow_outcome *out, sw_status s, sw_error *err) {
  sw_ledger *ledger = NULL;
  sw_error second = SW_ERROR_INIT;
  sw_status told = sw_workspace_ledger(w, &ledger, &second);
  if (told == SW_OK) told = say_outcome(cli, ledger, count_refused(w), o, out, &second);
  sw_ledger_close(ledger);
  if (s != SW_OK || told == SW_OK) {
    sw_error_clear(&second);
    return s;
  }
  *err = second;
  return told;
}

static void newest_date(const char *dir, int depth, int32_t *best, bool *found) {
  DIR *d = opendir(dir);
  if (!d) return;
  for (struct dirent *e; (e = readdir(d));) {
    if (e->d_name[0] == '.') continue;
    int32_t day;
    if (sw_parse_date(sw_str_of(e->d_name), &day)) {
      if (!*found || day > *best) *best = day;
      *found = true;
    } else if (depth > 0) {
      char child[4096];
      int n = snprintf(child, sizeof child, "%s/%s", dir, e->d_name);
      if (n > 0 && (size_t)n < sizeof child) newest_date(child, depth - 1, best, found);
    }
  }
  closedir(d);
}

/* The time of the newest delivery: the latest date among the names of directories, as in <org>/<date>. */
static bool delivery_time(const char *dir, int64_t *us) {
  int32_t day = 0;
  bool found = false;
  newest_date(dir, 2, &day, &found);
  if (found) *us = day * SW_US_PER_DAY;
  return found;
}

static sw_status choose_as_of(const sw_cli *cli, const sw_workspace *w, sw_flow_options *o, sw_error *err) {
  const char *text = sw_cli_opt(cli, "as-of");
  if (text && !sw_parse_time(sw_str_of(text), &o->as_of_us))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0021", "--as-of 应为日期或时间（2024-01-31 或 2024-01-31 08:00），得到 %s",
                   "--as-of takes a date or time (2024-01-31 or 2024-01-31 08:00), not %s", text);
  if (text) return SW_OK;
  char *set = sw_str_dupz(sw_workspace_settings(w)->source_dir);
  const char *dir = o->source_dir ? o->source_dir : set;
  if (!dir || !*dir || !delivery_time(dir, &o->as_of_us)) o->as_of_us = o->now_us;
  free(set);
  return SW_OK;
}

/* A wrong directory is told before a run begins, so that it leaves no failed run behind. */
static sw_status check_source(const char *dir, sw_error *err) {
  sw_file_info info;
  if (!dir) return SW_OK;
  sw_status s = sw_fs_stat(dir, &info, err);
  if (s != SW_OK || info.is_dir) return s;
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0023", "%s 不是目录；--source 应指向交付目录", "%s is not a directory; --source names the directory of deliveries", dir);
}

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *flow = sw_cli_arg(cli, 0);
  bool dry = sw_cli_flag(cli, "dry-run");
  char what[300];
  snprintf(what, sizeof what, "suwen run %s", flow);
  sw_workspace *w = NULL;
  sw_status s = check_source(sw_cli_opt(cli, "source"), err);
  if (s == SW_OK) s = sw_cli_open(cli, SW_OPEN_WRITE, what, &w, err);
  if (s != SW_OK) return s;
  sw_flow_options o = {.flow = flow, .source_dir = sw_cli_opt(cli, "source"), .from_step = sw_cli_opt(cli, "from"),
                       .now_us = sw_now_us(), .restart = sw_cli_flag(cli, "restart")};
  s = choose_as_of(cli, w, &o, err);
  sw_flow_outcome out = {0};
  if (s == SW_OK && dry) s = dry_run(cli, w, &o, err);
  else if (s == SW_OK) s = sw_flow_run(w, &o, cli->cancel, cli->events, &out, err);
  if (out.run[0] && !dry) s = tell(cli, w, &o, &out, s, err);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_RUN = {
    .name = "run", .args = "FLOW", .min_args = 1, .max_args = 1,
    .help = {"运行一个流程", "run a flow"},
    .details = {"流程的步骤按依赖并行执行；每一步的表整体发布，行账必须平衡。中断（Ctrl-C、断电、进程被杀）之后\n再次运行同一流程即从断点继续。",
                "Steps run side by side where the flow allows; each publishes its tables whole, and its rows must balance. After an\n"
                "interruption (Ctrl-C, power, a killed process) running the same flow again goes on where it stopped."},
    .options = OPTIONS, .run = run};
