/* The runner: recovery, scheduling over worker threads, attempts, publishing, the ledger's records. */
#include "flow/flow.h"

#include "base/log.h"
#include "base/pool.h"
#include "engine/sql.h"
#include "flow/graph.h"
#include "flow/recover.h"
#include "quality/history.h"
#include "standard/standardise.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef enum step_state { WAITING, RUNNING, DONE, FAILED, SKIPPED, STOPPED } step_state;

typedef struct runner {
  sw_workspace *workspace;
  const sw_flow_options *options;
  const sw_events *events;
  sw_cancel cancel; /* child of the caller's */
  sw_flow_graph graph;
  char run[SW_RUN_ID];
  bool resumed;          /* earlier attempts may have left tables behind */
  int64_t as_of_us;
  const char *source_dir;
  int64_t clock_offset_us; /* wall clock = monotonic + offset, so that the ledger's times never run backwards */
  pthread_mutex_t lock;    /* guards states, running, status, error */
  pthread_cond_t changed;
  step_state *states;
  size_t running;
  sw_status status; /* of the first failure that counts */
  sw_error *error;
  pthread_mutex_t publishing; /* one publication at a time: they all write meta.applied */
} runner;

typedef struct worker {
  runner *r;
  sw_conn *conn;
  sw_ledger *ledger;
} worker;

static int64_t wall(const runner *r) { return sw_mono_us() + r->clock_offset_us; }

static void emit_step(const runner *r, const char *step, const char *state, const char *zh, const char *en) {
  sw_event e = {.kind = SW_EVENT_STEP, .what = step, .state = state, .text = {zh, en}};
  sw_emit(r->events, &e);
}

/* --- one attempt --------------------------------------------------------------------------------- */

typedef struct tx {
  sw_op_result *result;
  const runner *r;
  const char *step;
} tx;

static sw_status in_publication(sw_conn *c, void *ctx, sw_error *err) {
  tx *t = ctx;
  sw_status s = sw_flow_store_counts(c, t->r->run, t->step, t->result->counts.items, t->result->counts.len, err);
  if (s == SW_OK && t->result->also) s = t->result->also(c, t->result->also_ctx, err);
  return s;
}

static sw_status record_done(worker *w, const sw_flow_node *n, const sw_op_result *res, double seconds, sw_error *err) {
  sw_status s = sw_ledger_begin(w->ledger, err);
  if (s != SW_OK) return s;
  s = sw_row_count_clear(w->ledger, w->r->run, n->id, err);
  for (size_t i = 0; s == SW_OK && i < res->counts.len; i++) s = sw_row_count_put(w->ledger, &res->counts.items[i], err);
  if (s == SW_OK) s = sw_step_end(w->ledger, w->r->run, n->id, SW_STEP_DONE, wall(w->r), seconds, NULL, err);
  if (s == SW_OK) return sw_ledger_commit(w->ledger, err);
  sw_ledger_rollback(w->ledger);
  return s;
}

static sw_status publish(worker *w, const sw_flow_node *n, sw_op_result *res, sw_error *err) {
  tx t = {.result = res, .r = w->r, .step = n->id};
  pthread_mutex_lock(&w->r->publishing);
  sw_status s = sw_publish_with(w->conn, w->r->run, n->id, wall(w->r), res->publications.items, res->publications.len, in_publication, &t, err);
  pthread_mutex_unlock(&w->r->publishing);
  return s == SW_OK ? SW_OK : SW_FRAME(err, "发布步骤 %s 的表", "publishing the tables of step %s", n->id);
}

/* Physical tables are named after the run; a later step of the run that makes the same table again needs its own name. */
static char *suffix_of(const runner *r, size_t at, sw_arena *a) {
  const sw_flow_node *n = &r->graph.nodes[at];
  for (size_t j = 0; j < at; j++)
    for (size_t k = 0; k < n->plan.writes.len; k++)
      for (size_t m = 0; m < r->graph.nodes[j].plan.writes.len; m++)
        if (strcmp(n->plan.writes.items[k], r->graph.nodes[j].plan.writes.items[m]) == 0) return sw_arena_printf(a, "%s_%02zu", r->run, at);
  return sw_arena_dupz(a, sw_str_of(r->run));
}

/* What an interrupted attempt built and did not publish goes before the next one builds it again. */
static sw_status discard_leftovers(worker *w, const sw_flow_node *n, sw_arena *a, sw_error *err) {
  size_t count = n->plan.writes.len;
  sw_publication *p = SW_ARENA_ARRAY(a, sw_publication, count + 1);
  for (size_t i = 0; p && i < count; i++) {
    sw_sql_arg t = sw_sql_dotted(n->plan.writes.items[i]);
    p[i] = (sw_publication){.schema = sw_arena_dupz(a, t.a), .view = sw_arena_dupz(a, t.b)};
  }
  sw_status s = sw_arena_check(a, err);
  return s == SW_OK ? sw_publish_discard(w->conn, w->r->run, p, count, err) : s;
}

static sw_status attempt(worker *w, size_t at, bool again, sw_op_result *res, sw_arena *a, double *seconds, sw_error *err) {
  runner *r = w->r;
  const sw_flow_node *n = &r->graph.nodes[at];
  int64_t started = sw_mono_us();
  sw_cancel own = {.parent = &r->cancel, .deadline_us = n->def->timeout_us ? started + n->def->timeout_us : 0};
  sw_op_env env = {.workspace = r->workspace, .conn = w->conn, .ledger = w->ledger, .packs = sw_workspace_packs(r->workspace),
                   .run = r->run, .step = n->id, .suffix = suffix_of(r, at, a), .as_of_us = r->as_of_us, .source_dir = r->source_dir,
                   .threads = sw_cpu_count(), .cancel = &own, .events = r->events, .arena = a};
  sw_status s = env.suffix ? SW_OK : sw_arena_check(a, err);
  if (s == SW_OK && again) s = discard_leftovers(w, n, a, err);
  if (s == SW_OK) s = n->op->run(&env, n->def->options, res, err);
  *seconds = (double)(sw_mono_us() - started) / 1e6;
  for (size_t i = 0; i < res->counts.len; i++)
    if (res->counts.items[i].seconds <= 0) res->counts.items[i].seconds = *seconds;
  if (s == SW_OK) s = publish(w, n, res, err);
  *seconds = (double)(sw_mono_us() - started) / 1e6;
  return s;
}

/* --- one step -------------------------------------------------------------------------------------- */

/* Waits between attempts; false when asked to stop meanwhile. */
static bool wait_before_retry(runner *r, int64_t delay_us) {
  int64_t until = sw_mono_us() + delay_us;
  while (sw_mono_us() < until && !sw_cancelled(&r->cancel)) {
    int64_t left = until - sw_mono_us();
    struct timespec ts = {0, 1000L * (long)(left < 50000 ? (left > 0 ? left : 0) : 50000)};
    nanosleep(&ts, NULL);
  }
  return !sw_cancelled(&r->cancel);
}

static bool worth_retrying(sw_status s) {
  return s == SW_E_IO || s == SW_E_BUSY || s == SW_E_TIMEOUT || s == SW_E_ENGINE || s == SW_E_LEDGER || s == SW_E_NOSPACE || s == SW_E_NOMEM ||
         s == SW_E_NOTFOUND || s == SW_E_DENIED;
}

static void say_done(const runner *r, const sw_flow_node *n, const sw_op_result *res, double seconds) {
  int64_t in = 0, out = 0, rejected = 0;
  for (size_t i = 0; i < res->counts.len; i++) {
    in += res->counts.items[i].in;
    out += res->counts.items[i].out;
    rejected += res->counts.items[i].rejected;
  }
  char zh[200], en[200];
  const char *plural = res->counts.len == 1 ? "" : "s";
  snprintf(zh, sizeof zh, "%zu 张表，入 %lld 行，出 %lld 行，拒收 %lld 行，%.2f 秒", res->counts.len, (long long)in, (long long)out, (long long)rejected, seconds);
  snprintf(en, sizeof en, "%zu table%s, %lld rows in, %lld out, %lld rejected, %.2f s", res->counts.len, plural, (long long)in, (long long)out, (long long)rejected, seconds);
  emit_step(r, n->id, "done", zh, en);
  sw_log(SW_LOG_INFO, "flow", "run %s step %s done: %lld in, %lld out, %lld rejected, %.3f s", r->run, n->id, (long long)in, (long long)out, (long long)rejected, seconds);
}

static sw_status end_failed(worker *w, const sw_flow_node *n, sw_status s, const sw_error *cause, double seconds) {
  runner *r = w->r;
  bool stopped = s == SW_E_CANCELLED;
  sw_error second = SW_ERROR_INIT;
  if (sw_step_end(w->ledger, r->run, n->id, stopped ? SW_STEP_CANCELLED : SW_STEP_FAILED, wall(r), seconds, cause, &second) != SW_OK)
    sw_log_error("flow", &second);
  char zh[1500], en[1500];
  sw_error_format(cause, SW_LANG_ZH, zh, sizeof zh);
  sw_error_format(cause, SW_LANG_EN, en, sizeof en);
  emit_step(r, n->id, stopped ? "cancelled" : "failed", zh, en);
  sw_log(SW_LOG_ERROR, "flow", "run %s step %s %s: %s %s", r->run, n->id, stopped ? "stopped" : "failed", cause->code, sw_status_name(s));
  return s;
}

/* What the tries of a step share. */
typedef struct tries {
  sw_arena arena;
  sw_op_result result;
  bool published; /* by an earlier try: only the ledger lacks it, and building it again would change what readers see */
  double seconds;
} tries;

static void forget_try(tries *t) {
  sw_op_result_fini(&t->result);
  sw_arena_fini(&t->arena);
  t->result = (sw_op_result){0};
}

static sw_status try_step(worker *w, size_t at, bool again, tries *t, sw_error *err) {
  const sw_flow_node *n = &w->r->graph.nodes[at];
  sw_status s = sw_step_start(w->ledger, w->r->run, n->id, wall(w->r), err);
  if (s != SW_OK) return s;
  emit_step(w->r, n->id, "started", NULL, NULL);
  if (!t->published) {
    forget_try(t);
    s = attempt(w, at, again, &t->result, &t->arena, &t->seconds, err);
    t->published = s == SW_OK;
  }
  if (s == SW_OK) s = record_done(w, n, &t->result, t->seconds, err);
  if (s == SW_OK) say_done(w->r, n, &t->result, t->seconds);
  return s;
}

static sw_status run_step(worker *w, size_t at, sw_error *err) {
  runner *r = w->r;
  const sw_flow_node *n = &r->graph.nodes[at];
  tries t = {.arena = SW_ARENA_INIT};
  sw_status s = SW_OK;
  for (int64_t try = 0;; try++) {
    sw_error_clear(err);
    s = try_step(w, at, try > 0 || r->resumed, &t, err);
    if (s == SW_OK || !worth_retrying(s) || try >= n->def->retries) break;
    char zh[1200], en[1200];
    sw_error_format(err, SW_LANG_ZH, zh, sizeof zh);
    sw_error_format(err, SW_LANG_EN, en, sizeof en);
    emit_step(r, n->id, "retry", zh, en);
    if (!wait_before_retry(r, n->def->retry_delay_us)) break;
  }
  forget_try(&t);
  return s == SW_OK ? SW_OK : end_failed(w, n, s, err, t.seconds);
}

/* --- scheduling --------------------------------------------------------------------------------------- */

static bool settled(step_state s) { return s == DONE || s == FAILED || s == SKIPPED || s == STOPPED; }

/* A step whose needs failed never runs, unless the failed one is optional. Called with the lock held. */
static bool blocked(const runner *r, size_t i) {
  const sw_flow_node *n = &r->graph.nodes[i];
  for (size_t k = 0; k < n->needs.len; k++) {
    size_t need = n->needs.items[k];
    step_state s = r->states[need];
    if ((s == FAILED && !r->graph.nodes[need].def->optional) || s == STOPPED) return true;
  }
  return false;
}

static bool ready(const runner *r, size_t i) {
  if (r->states[i] != WAITING) return false;
  const sw_flow_node *n = &r->graph.nodes[i];
  for (size_t k = 0; k < n->needs.len; k++)
    if (!settled(r->states[n->needs.items[k]])) return false;
  return !blocked(r, i);
}

/* The next step to run; graph.n when nothing can start now. Called with the lock held. */
static size_t next_step(runner *r) {
  for (size_t k = 0; k < r->graph.n; k++) {
    size_t i = r->graph.order[k];
    if (r->states[i] == WAITING && blocked(r, i)) {
      r->states[i] = STOPPED;
      emit_step(r, r->graph.nodes[i].id, "skipped", "它所需要的步骤没有完成", "a step that it needs is not done");
    }
    if (ready(r, i) && !sw_cancelled(&r->cancel)) return i;
  }
  return r->graph.n;
}

static void settle(runner *r, size_t i, sw_status s, const sw_error *e) {
  pthread_mutex_lock(&r->lock);
  r->states[i] = s == SW_OK ? DONE : s == SW_E_CANCELLED ? STOPPED : FAILED;
  if (s != SW_OK && r->status == SW_OK && (!r->graph.nodes[i].def->optional || s == SW_E_CANCELLED)) {
    r->status = s;
    if (r->error) *r->error = *e;
  }
  r->running--;
  pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->lock);
}

static sw_status work(void *ctx, size_t index, const sw_cancel *cancel, sw_error *err) {
  (void)index;
  (void)cancel;
  runner *r = ctx;
  worker w = {.r = r};
  sw_status s = sw_workspace_connect(r->workspace, &w.conn, err);
  if (s == SW_OK) s = sw_workspace_ledger(r->workspace, &w.ledger, err);
  pthread_mutex_lock(&r->lock);
  while (s == SW_OK) {
    size_t i = next_step(r);
    if (i == r->graph.n && !r->running) break;
    if (i == r->graph.n) {
      pthread_cond_wait(&r->changed, &r->lock);
      continue;
    }
    r->states[i] = RUNNING;
    r->running++;
    pthread_mutex_unlock(&r->lock);
    sw_error e = SW_ERROR_INIT;
    sw_status one = run_step(&w, i, &e);
    settle(r, i, one, &e);
    pthread_mutex_lock(&r->lock);
  }
  pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->lock);
  sw_ledger_close(w.ledger);
  sw_conn_close(w.conn);
  return s;
}

/* --- a run ------------------------------------------------------------------------------------------------ */

static const char *source_dir_of(const sw_workspace *w, const sw_flow_options *o, sw_arena *a) {
  if (o->source_dir) return o->source_dir;
  sw_str dir = sw_workspace_settings(w)->source_dir;
  return dir.len ? sw_arena_dupz(a, dir) : "";
}

static sw_status make_graph(sw_workspace *w, const sw_flow_options *o, bool dry, sw_conn *conn, sw_flow_graph *g, sw_error *err) {
  const sw_flow_def *flow = sw_pack_flow(sw_workspace_packs(w), sw_str_of(o->flow));
  if (!flow) {
    sw_suggest near;
    sw_suggest_start(&near, sw_str_of(o->flow));
    sw_pack_suggest(sw_workspace_packs(w), "flow", &near);
    char zh[160], en[160];
    sw_suggest_zh(&near, zh);
    sw_suggest_en(&near, en);
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-FLOW-0013", "内容包里没有流程 %s%s%.0s", "the packs have no flow %s%.0s%s", o->flow, near.best.len ? zh : "", near.best.len ? en : "");
  }
  sw_arena a = SW_ARENA_INIT;
  sw_op_scope scope = {.workspace = w, .packs = sw_workspace_packs(w), .conn = conn, .source_dir = source_dir_of(w, o, &a), .dry_run = dry};
  sw_status s = scope.source_dir ? sw_flow_graph_make(&scope, flow, g, err) : sw_arena_check(&a, err);
  sw_arena_fini(&a);
  return s == SW_OK ? SW_OK : SW_FRAME(err, "规划流程 %s", "planning flow %s", o->flow);
}

/* Marks what does not run: on resuming what is done, with --from what comes before. */
static sw_status set_states(runner *r, sw_conn *conn, sw_ledger *ledger, bool resumed, sw_error *err) {
  size_t from = r->options->from_step ? sw_flow_graph_find(&r->graph, r->options->from_step) : r->graph.n;
  if (r->options->from_step && from == r->graph.n)
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-FLOW-0014", "流程 %s 没有步骤 %s", "flow %s has no step %s", r->options->flow, r->options->from_step);
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < r->graph.n; i++) {
    const sw_flow_node *n = &r->graph.nodes[i];
    bool done = false;
    if (resumed) s = sw_flow_recover_step(conn, ledger, r->run, n->id, wall(r), &done, err);
    else s = sw_step_add(ledger, r->run, n->id, n->op->face.name, (int64_t)i, err);
    if (done) r->states[i] = DONE;
    if (s == SW_OK && from < r->graph.n && i != from && !sw_flow_graph_after(&r->graph, i, from)) {
      r->states[i] = SKIPPED;
      s = sw_step_end(ledger, r->run, n->id, SW_STEP_SKIPPED, wall(r), 0, NULL, err);
    }
  }
  return s;
}

static sw_status collect_old(runner *r, sw_conn *conn, sw_error *err) {
  size_t dropped;
  sw_status s = sw_publish_collect(conn, (size_t)sw_workspace_settings(r->workspace)->keep_versions, &dropped, err);
  return s == SW_OK ? sw_engine_checkpoint(conn, err) : s;
}

static void tell_outcome(const runner *r, sw_flow_outcome *out, int64_t started) {
  out->steps = r->graph.n;
  for (size_t i = 0; i < r->graph.n; i++) {
    out->done += r->states[i] == DONE;
    out->failed += r->states[i] == FAILED;
    out->skipped += r->states[i] == SKIPPED || r->states[i] == STOPPED || r->states[i] == WAITING;
  }
  out->seconds = (double)(sw_mono_us() - started) / 1e6;
}

static sw_status run_steps(runner *r, sw_conn *conn, sw_ledger *ledger, sw_error *err) {
  size_t threads = (size_t)sw_workspace_settings(r->workspace)->limits.steps;
  if (!threads) threads = sw_cpu_count();
  if (threads > r->graph.n) threads = r->graph.n ? r->graph.n : 1;
  r->error = err;
  sw_error pool_error = SW_ERROR_INIT;
  sw_status s = sw_pool_run(threads, threads, work, r, NULL, &pool_error);
  if (r->status == SW_OK && s != SW_OK) {
    r->status = s;
    *err = pool_error;
  }
  if (r->status == SW_OK && sw_cancelled(&r->cancel)) r->status = sw_cancel_check(&r->cancel, err);
  sw_error late = SW_ERROR_INIT;
  if (r->status == SW_OK) {
    s = collect_old(r, conn, &late);
    if (s != SW_OK) sw_log_error("flow", &late); /* old versions that stay are no failure of the run */
  }
  sw_run_state end = r->status == SW_OK ? SW_RUN_DONE : r->status == SW_E_CANCELLED ? SW_RUN_CANCELLED : SW_RUN_FAILED;
  sw_error_clear(&late);
  s = sw_run_end(ledger, r->run, end, wall(r), &late);
  if (s != SW_OK && r->status == SW_OK) {
    *err = late;
    r->status = s;
  }
  return r->status;
}

/* The run and its steps in one transaction: a run without steps could not be resumed. */
static sw_status begin_run(runner *r, sw_conn *conn, sw_ledger *ledger, const sw_run *begin, sw_error *err) {
  sw_status s = sw_ledger_begin(ledger, err);
  if (s != SW_OK) return s;
  s = sw_run_begin(ledger, begin, r->run, err);
  if (s == SW_OK) s = set_states(r, conn, ledger, false, err);
  if (s == SW_OK) return sw_ledger_commit(ledger, err);
  sw_ledger_rollback(ledger);
  r->run[0] = '\0';
  return s;
}

static sw_status start_run(runner *r, sw_conn *conn, sw_ledger *ledger, sw_flow_outcome *out, sw_error *err) {
  sw_flow_resume found = {.as_of_us = r->options->as_of_us};
  const char *packs = sw_pack_hash(sw_workspace_packs(r->workspace));
  sw_flow_resume_query q = {.flow = r->options->flow, .source_dir = r->source_dir, .packs = packs,
                            .wanted = !r->options->restart && !r->options->from_step, .now_us = wall(r)};
  sw_status s = sw_flow_find_unfinished(ledger, &q, &found, err);
  if (s != SW_OK) return s;
  out->resumed = r->resumed = found.run[0] != '\0';
  r->as_of_us = found.as_of_us;
  if (out->resumed) {
    memcpy(r->run, found.run, sizeof r->run);
    s = sw_run_resume(ledger, r->run, getpid(), err);
    sw_emit_text(r->events, SW_EVENT_MESSAGE, r->run, "接着上次未完成的运行 %s", "going on with the unfinished run %s", r->run);
    if (s == SW_OK) s = set_states(r, conn, ledger, true, err);
  } else {
    sw_run begin = {.flow = r->options->flow, .as_of_us = r->as_of_us, .started_us = wall(r), .source_dir = r->source_dir, .packs = packs, .pid = getpid()};
    s = begin_run(r, conn, ledger, &begin, err);
  }
  memcpy(out->run, r->run, sizeof out->run);
  sw_log(SW_LOG_INFO, "flow", "run %s of %s %s", r->run, r->options->flow, out->resumed ? "resumed" : "started");
  return s;
}

sw_status sw_flow_run(sw_workspace *w, const sw_flow_options *o, const sw_cancel *cancel, const sw_events *events, sw_flow_outcome *out,
                      sw_error *err) {
  *out = (sw_flow_outcome){0};
  int64_t started = sw_mono_us();
  sw_arena a = SW_ARENA_INIT;
  runner r = {.workspace = w, .options = o, .events = events, .cancel = {.parent = cancel}, .clock_offset_us = o->now_us - started};
  pthread_mutex_init(&r.lock, NULL);
  pthread_mutex_init(&r.publishing, NULL);
  pthread_cond_init(&r.changed, NULL);
  r.source_dir = source_dir_of(w, o, &a);
  sw_conn *conn = NULL;
  sw_ledger *ledger = NULL;
  sw_status s = sw_workspace_connect(w, &conn, err);
  if (s == SW_OK) s = sw_workspace_ledger(w, &ledger, err);
  if (s == SW_OK) s = sw_flow_prepare(conn, err);
  if (s == SW_OK) s = sw_standardise_prepare(conn, err); /* here, not in the steps: two at once would conflict */
  char *history = sw_workspace_path(w, &a, "history");
  if (s == SW_OK) s = history ? sw_history_prepare(conn, history, err) : sw_arena_check(&a, err);
  if (s == SW_OK) s = make_graph(w, o, false, conn, &r.graph, err);
  if (s == SW_OK && !(r.states = SW_ARENA_ARRAY(&a, step_state, r.graph.n + 1))) s = sw_arena_check(&a, err);
  if (s == SW_OK) s = start_run(&r, conn, ledger, out, err);
  if (s == SW_OK) {
    s = run_steps(&r, conn, ledger, err);
    tell_outcome(&r, out, started);
  }
  sw_flow_graph_fini(&r.graph);
  sw_ledger_close(ledger);
  sw_conn_close(conn);
  pthread_cond_destroy(&r.changed);
  pthread_mutex_destroy(&r.publishing);
  pthread_mutex_destroy(&r.lock);
  sw_arena_fini(&a);
  return s;
}

sw_status sw_flow_explain(sw_workspace *w, const sw_flow_options *o, sw_flow_plan_fn line, void *ctx, sw_error *err) {
  sw_conn *conn = NULL;
  sw_flow_graph g = {0};
  sw_status s = sw_workspace_connect(w, &conn, err);
  if (s == SW_OK) s = make_graph(w, o, true, conn, &g, err);
  for (size_t k = 0; s == SW_OK && k < g.n; k++) {
    const sw_flow_node *n = &g.nodes[g.order[k]];
    const char **needs = SW_ARENA_ARRAY(&g.arena, const char *, n->needs.len + 1);
    for (size_t i = 0; needs && i < n->needs.len; i++) needs[i] = g.nodes[n->needs.items[i]].id;
    sw_flow_plan_step p = {.step = n->id, .op = n->op->face.name, .needs = needs, .nneeds = n->needs.len,
                           .reads = n->plan.reads.items, .nreads = n->plan.reads.len, .writes = n->plan.writes.items,
                           .nwrites = n->plan.writes.len, .notes = n->plan.notes.items, .nnotes = n->plan.notes.len};
    s = needs ? line(ctx, &p, err) : sw_arena_check(&g.arena, err);
  }
  sw_flow_graph_fini(&g);
  sw_conn_close(conn);
  return s;
}
