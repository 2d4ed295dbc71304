/* suwen schedule: when flows run next; with --run, waits for each and runs it (for a service manager, until SIGTERM). */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "flow/cron.h"
#include "flow/flow.h"

#include <stdlib.h>
#include <time.h>

static const sw_cli_option OPTIONS[] = {
    {.name = "run", .help = {"留在前台，到点就运行，直到 Ctrl-C 或 SIGTERM", "stay, and run each when it is due, until Ctrl-C or SIGTERM"}},
    {0}};

static const sw_listing_column COLUMNS[] = {
    {"flow", {"流程", "flow"}, SW_CELL_TEXT},
    {"schedule", {"定时", "schedule"}, SW_CELL_TEXT},
    {"next", {"下次运行", "next"}, SW_CELL_TEXT},
};

typedef struct due {
  const sw_flow_def *flow;
  sw_cron cron;
  int64_t next;
} due;

static sw_status read_schedules(const sw_pack_set *packs, int64_t now, due **out, size_t *n, sw_error *err) {
  size_t count = sw_pack_count(packs, "flow");
  due *list = calloc(count ? count : 1, sizeof *list);
  if (!list) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  *n = 0;
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < count; i++) {
    const sw_pack_object *o = sw_pack_at(packs, "flow", i);
    const sw_flow_def *f = o->data;
    if (!f->schedule.len) continue;
    due *d = &list[(*n)++];
    d->flow = f;
    s = sw_cron_parse(f->schedule, &d->cron, err);
    if (s != SW_OK) sw_error_at(err, o->at.file, o->at.line, o->at.column);
    else if (!sw_cron_next(&d->cron, now, &d->next)) d->next = INT64_MAX;
  }
  if (s == SW_OK) *out = list;
  else free(list);
  return s;
}

static sw_status list(sw_cli *cli, const due *d, size_t n, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  for (size_t i = 0; i < n; i++) {
    char text[SW_TIME_LEN];
    sw_listing_str(&l, d[i].flow->id.name);
    sw_listing_str(&l, d[i].flow->schedule);
    if (d[i].next == INT64_MAX) sw_listing_null(&l);
    else sw_format_time(d[i].next, text), sw_listing_strz(&l, text);
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static void wait_until(const sw_cli *cli, int64_t us) {
  while (sw_now_us() < us && !sw_cancelled(cli->cancel)) {
    struct timespec ts = {0, 200000000L};
    nanosleep(&ts, NULL);
  }
}

/* A failed run is told and recorded; the schedule goes on, for tomorrow's run may succeed. */
static void run_one(sw_cli *cli, const char *flow) {
  sw_error e = SW_ERROR_INIT;
  sw_workspace *w = NULL;
  char what[300];
  snprintf(what, sizeof what, "suwen schedule (%s)", flow);
  sw_status s = sw_cli_open(cli, SW_OPEN_WRITE, what, &w, &e);
  int64_t now = sw_now_us();
  sw_flow_options o = {.flow = flow, .as_of_us = now, .now_us = now};
  sw_flow_outcome out;
  if (s == SW_OK) s = sw_flow_run(w, &o, cli->cancel, cli->events, &out, &e);
  char text[3000];
  if (s != SW_OK) {
    sw_error_format(&e, cli->lang, text, sizeof text);
    sw_cli_say(cli, "%s 未完成：%s", "%s did not finish: %s", flow, text);
  } else sw_cli_say(cli, "%s 完成：%s", "%s is done: %s", flow, out.run);
  fflush(stdout);
  sw_workspace_close(w);
}

static sw_status keep_running(sw_cli *cli, due *d, size_t n, sw_error *err) {
  if (!n) return SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0045", "没有带 schedule 的流程", "no flow has a schedule");
  while (!sw_cancelled(cli->cancel)) {
    due *first = &d[0];
    for (size_t i = 1; i < n; i++)
      if (d[i].next < first->next) first = &d[i];
    wait_until(cli, first->next);
    if (sw_cancelled(cli->cancel)) break;
    char *flow = sw_str_dupz(first->flow->id.name);
    if (flow) run_one(cli, flow);
    free(flow);
    if (!sw_cron_next(&first->cron, sw_now_us(), &first->next)) first->next = INT64_MAX;
  }
  return SW_OK;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  due *d = NULL;
  size_t n = 0;
  sw_status s = sw_cli_open(cli, SW_OPEN_PACKS, NULL, &w, err);
  if (s == SW_OK) s = read_schedules(sw_workspace_packs(w), sw_now_us(), &d, &n, err);
  if (s == SW_OK) s = sw_cli_flag(cli, "run") ? keep_running(cli, d, n, err) : list(cli, d, n, err);
  free(d);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_SCHEDULE = {
    .name = "schedule", .args = "", .help = {"流程的下次运行时间；--run 到点运行", "when flows run next; --run waits and runs them"}, .options = OPTIONS, .run = run};
