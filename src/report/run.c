/* The steps of the run on a time axis, and the runs before it. */
#include "ledger/runs.h"
#include "report/chart.h"
#include "report/report.h"

#include "base/vec.h"

#include <math.h>

typedef struct step_view {
  char *step, *op, *state, *code, *zh, *en;
  int64_t attempt, started_us;
  double seconds;
} step_view;

typedef struct steps {
  const sw_report_scope *scope;
  SW_VEC(step_view) list;
} steps;

static sw_status keep(void *ctx, const sw_run_step *s, sw_error *err) {
  steps *v = ctx;
  sw_arena *a = v->scope->arena;
#define DUP(z) sw_arena_dupz(a, sw_str_of((z) ? (z) : ""))
  step_view one = {DUP(s->step), DUP(s->op), DUP(sw_step_state_name(s->state)), DUP(s->code), DUP(s->error_zh), DUP(s->error_en),
                   s->attempt, s->started_us, s->seconds};
#undef DUP
  return sw_arena_ok(a) && SW_VEC_PUSH(&v->list, one) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static void draw_spans(const steps *v, sw_html *h) {
  int64_t first = INT64_MAX;
  for (size_t i = 0; i < v->list.len; i++)
    if (v->list.items[i].started_us && v->list.items[i].started_us < first) first = v->list.items[i].started_us;
  SW_VEC(sw_chart_span) spans = {0};
  for (size_t i = 0; i < v->list.len; i++) {
    const step_view *s = &v->list.items[i];
    if (!s->started_us) continue;
    double from = (double)(s->started_us - first) / 1e6;
    sw_chart_span one = {s->step, from, from + s->seconds, strcmp(s->state, "failed") == 0 ? "bad" : "c1"};
    if (!SW_VEC_PUSH(&spans, one)) break;
  }
  sw_chart_spans(h, spans.items, spans.len);
  SW_VEC_FREE(&spans);
}

static const sw_html_column STEP_COLUMNS[] = {
    {{"步骤", "step"}, 's'}, {{"算子", "operator"}, 's'}, {{"状态", "state"}, 's'}, {{"次数", "attempts"}, 'n'},
    {{"用时", "took"}, 'n'}, {{"原因与处理", "reason and what to do"}, 't'},
};

static void step_row(sw_html *h, const step_view *s) {
  sw_html_row(h);
  sw_html_cell(h, &STEP_COLUMNS[0]), sw_html_textz(h, s->step), sw_html_end_cell(h);
  sw_html_cell(h, &STEP_COLUMNS[1]), sw_html_textz(h, s->op), sw_html_end_cell(h);
  sw_html_cell(h, &STEP_COLUMNS[2]), sw_html_state(h, s->state), sw_html_end_cell(h);
  sw_html_cell(h, &STEP_COLUMNS[3]), sw_html_int(h, s->attempt), sw_html_end_cell(h);
  sw_html_cell(h, &STEP_COLUMNS[4]), sw_html_seconds(h, s->seconds), sw_html_end_cell(h);
  sw_html_cell(h, &STEP_COLUMNS[5]);
  if (s->code[0]) {
    sw_html_t(h, s->zh, s->en);
    sw_html_raw(h, " <code>");
    sw_html_textz(h, s->code);
    sw_html_raw(h, "</code>");
  }
  sw_html_end_cell(h);
  sw_html_end_row(h);
}

static sw_status write_steps(const sw_report_scope *s, sw_html *h, sw_error *err) {
  steps v = {.scope = s};
  sw_status st = sw_step_each(s->ledger, s->run, keep, &v, err);
  if (st == SW_OK) {
    sw_html_section(h, "steps", "步骤", "Steps", "每一步何时运行、用时多少；并列的步骤同时运行。", "When each step ran and how long it took; steps side by side ran together.");
    draw_spans(&v, h);
    bool failed = false;
    for (size_t i = 0; i < v.list.len; i++) failed |= v.list.items[i].code[0] != '\0';
    sw_html_raw(h, failed ? "<details open><summary>" : "<details><summary>");
    sw_html_tf(h, "全部 %zu 步", "all %zu steps", v.list.len);
    sw_html_raw(h, "</summary>");
    sw_html_table(h, STEP_COLUMNS, 6);
    for (size_t i = 0; i < v.list.len; i++) step_row(h, &v.list.items[i]);
    sw_html_end_table(h);
    sw_html_raw(h, "</details>");
    sw_html_end_section(h);
  }
  SW_VEC_FREE(&v.list);
  return st;
}

const sw_report_section SW_REPORT_STEPS = {.id = "steps", .chapter = SW_CHAPTER_RUN, .title = {"步骤", "Steps"}, .write = write_steps};

static const sw_html_column RUN_COLUMNS[] = {
    {{"运行", "run"}, 's'}, {{"流程", "flow"}, 's'}, {{"状态", "state"}, 's'}, {{"逻辑时间", "as of"}, 's'}, {{"开始", "started"}, 's'}, {{"用时", "took"}, 'n'},
};

static sw_status run_row(void *ctx, const sw_run *r, sw_error *err) {
  (void)err;
  sw_html *h = ctx;
  sw_html_row(h);
  sw_html_cell(h, &RUN_COLUMNS[0]), sw_html_raw(h, "<code>"), sw_html_textz(h, r->id), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  sw_html_cell(h, &RUN_COLUMNS[1]), sw_html_textz(h, r->flow), sw_html_end_cell(h);
  sw_html_cell(h, &RUN_COLUMNS[2]), sw_html_state(h, sw_run_state_name(r->state)), sw_html_end_cell(h);
  sw_html_cell(h, &RUN_COLUMNS[3]), sw_html_time(h, r->as_of_us), sw_html_end_cell(h);
  sw_html_cell(h, &RUN_COLUMNS[4]), sw_html_time(h, r->started_us), sw_html_end_cell(h);
  sw_html_cell(h, &RUN_COLUMNS[5]);
  if (r->ended_us) sw_html_seconds(h, (double)(r->ended_us - r->started_us) / 1e6);
  else sw_html_raw(h, "–");
  sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status write_runs(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_html_section(h, "runs", "历次运行", "Runs", "最近 20 次。", "The newest twenty.");
  sw_html_table(h, RUN_COLUMNS, 6);
  sw_status st = sw_run_each(s->ledger, &(sw_run_query){.limit = 20}, run_row, h, err);
  sw_html_end_table(h);
  sw_html_end_section(h);
  return st;
}

const sw_report_section SW_REPORT_RUNS = {.id = "runs", .chapter = SW_CHAPTER_RUN, .title = {"历次运行", "Runs"}, .write = write_runs};
