#include "flow/recover.h"

#include "base/vec.h"
#include "engine/publish.h"
#include "engine/rows.h"

sw_status sw_flow_prepare(sw_conn *c, sw_error *err) {
  return sw_exec(c,
                 "CREATE SCHEMA IF NOT EXISTS meta;"
                 "CREATE TABLE IF NOT EXISTS meta.row_count(run VARCHAR, step VARCHAR, table_name VARCHAR, \"in\" BIGINT, expanded BIGINT, "
                 "\"out\" BIGINT, rejected BIGINT, filtered BIGINT, merged BIGINT, seconds DOUBLE, bytes BIGINT)",
                 NULL, err);
}

sw_status sw_flow_store_counts(sw_conn *c, const char *run, const char *step, const sw_row_count *counts, size_t n, sw_error *err) {
  sw_status s = sw_exec_params(c, "DELETE FROM meta.row_count WHERE run = ? AND step = ?", SW_PARAMS(sw_p_strz(run), sw_p_strz(step)), NULL, NULL, err);
  for (size_t i = 0; s == SW_OK && i < n; i++) {
    const sw_row_count *k = &counts[i];
    s = sw_exec_params(c, "INSERT INTO meta.row_count VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       SW_PARAMS(sw_p_strz(run), sw_p_strz(step), sw_p_strz(k->table), sw_p_i64(k->in), sw_p_i64(k->expanded), sw_p_i64(k->out),
                                 sw_p_i64(k->rejected), sw_p_i64(k->filtered), sw_p_i64(k->merged), sw_p_f64(k->seconds), sw_p_i64(k->bytes)),
                       NULL, NULL, err);
  }
  return s;
}

/* Closes a published step in the ledger with the counts of its publication. */
static sw_status close_step(sw_conn *c, sw_ledger *l, const char *run, const char *step, int64_t now_us, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status s = sw_query(c, "SELECT table_name, \"in\", expanded, \"out\", rejected, filtered, merged, seconds, bytes FROM meta.row_count "
                            "WHERE run = ? AND step = ? ORDER BY table_name",
                         SW_PARAMS(sw_p_strz(run), sw_p_strz(step)), NULL, &rows, err);
  if (s == SW_OK) s = sw_ledger_begin(l, err);
  if (s != SW_OK) {
    sw_rows_free(rows);
    return s;
  }
  s = sw_row_count_clear(l, run, step, err);
  double seconds = 0;
  sw_step at = SW_ROW;
  while (s == SW_OK && (at = sw_rows_next(rows, err)) == SW_ROW) {
    SW_AUTO(sw_buf) table = SW_BUF_INIT;
    sw_buf_str_put(&table, sw_rows_str(rows, 0));
    seconds = sw_rows_f64(rows, 7);
    sw_row_count k = {.run = run, .step = step, .table = table.ptr, .in = sw_rows_i64(rows, 1), .expanded = sw_rows_i64(rows, 2),
                      .out = sw_rows_i64(rows, 3), .rejected = sw_rows_i64(rows, 4), .filtered = sw_rows_i64(rows, 5),
                      .merged = sw_rows_i64(rows, 6), .seconds = seconds, .bytes = sw_rows_i64(rows, 8)};
    s = sw_row_count_put(l, &k, err);
  }
  if (s == SW_OK && at == SW_STEP_ERROR) s = err ? err->status : SW_E_ENGINE;
  sw_rows_free(rows);
  if (s == SW_OK) s = sw_step_end(l, run, step, SW_STEP_DONE, now_us, seconds, NULL, err);
  if (s == SW_OK) return sw_ledger_commit(l, err);
  sw_ledger_rollback(l);
  return s;
}

typedef struct finder {
  const char *step;
  sw_step_state state;
} finder;

static sw_status find_state(void *ctx, const sw_run_step *s, sw_error *err) {
  (void)err;
  finder *f = ctx;
  if (strcmp(s->step, f->step) == 0) f->state = s->state;
  return SW_OK;
}

sw_status sw_flow_recover_step(sw_conn *c, sw_ledger *l, const char *run, const char *step, int64_t now_us, bool *done, sw_error *err) {
  finder f = {.step = step, .state = SW_STEP_PENDING};
  sw_status s = sw_publish_is_applied(c, run, step, done, err);
  if (s == SW_OK && *done) s = sw_step_each(l, run, find_state, &f, err);
  if (s == SW_OK && *done && f.state != SW_STEP_DONE && f.state != SW_STEP_SKIPPED) s = close_step(c, l, run, step, now_us, err);
  return s;
}

typedef struct open_run {
  char id[SW_RUN_ID];
} open_run;

typedef struct scan {
  const sw_flow_resume_query *q;
  sw_flow_resume *out;
  size_t seen; /* runs of this flow so far: only the newest may go on */
  SW_VEC(open_run) crashed;
} scan;

static sw_status look(void *ctx, const sw_run *r, sw_error *err) {
  scan *s = ctx;
  bool ours = strcmp(r->flow, s->q->flow) == 0;
  bool newest = ours && s->seen++ == 0;
  bool same = newest && strcmp(r->source_dir, s->q->source_dir) == 0 && strcmp(r->packs, s->q->packs) == 0;
  if (same && s->q->wanted && r->state != SW_RUN_DONE) {
    snprintf(s->out->run, sizeof s->out->run, "%s", r->id);
    s->out->as_of_us = r->as_of_us;
    return SW_OK;
  }
  if (r->state != SW_RUN_RUNNING) return SW_OK;
  open_run o;
  snprintf(o.id, sizeof o.id, "%s", r->id);
  return SW_VEC_PUSH(&s->crashed, o) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

sw_status sw_flow_find_unfinished(sw_ledger *l, const sw_flow_resume_query *q, sw_flow_resume *out, sw_error *err) {
  scan sc = {.q = q, .out = out};
  sw_status s = sw_run_each(l, &(sw_run_query){.limit = 1000}, look, &sc, err);
  for (size_t i = 0; s == SW_OK && i < sc.crashed.len; i++) s = sw_run_end(l, sc.crashed.items[i].id, SW_RUN_CRASHED, q->now_us, err);
  SW_VEC_FREE(&sc.crashed);
  return s;
}
