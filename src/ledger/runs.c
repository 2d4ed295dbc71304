#include "ledger/runs.h"

#include "ledger/internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const RUN_STATES[] = {"running", "done", "failed", "cancelled", "crashed"};
static const char *const STEP_STATES[] = {"pending", "running", "done", "failed", "skipped", "cancelled"};

const char *sw_run_state_name(sw_run_state s) { return RUN_STATES[s]; }
const char *sw_step_state_name(sw_step_state s) { return STEP_STATES[s]; }

static size_t index_of(sw_str name, const char *const *names, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (sw_str_eqz(name, names[i])) return i;
  return 0;
}

/* --- runs -------------------------------------------------------------------------------------------- */

static sw_status insert_run(sw_ledger *l, const sw_run *r, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "INSERT INTO run(id, flow, as_of, started, state, source_dir, packs, pid)"
                             " VALUES('', ?1, ?2, ?3, 'running', ?4, ?5, ?6)",
                             &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, r->flow);
  sw_stmt_bind_i64(st, 2, r->as_of_us);
  sw_stmt_bind_i64(st, 3, r->started_us);
  sw_stmt_bind_z(st, 4, r->source_dir ? r->source_dir : "");
  sw_stmt_bind_z(st, 5, r->packs ? r->packs : "");
  sw_stmt_bind_i64(st, 6, r->pid);
  return sw_stmt_finish(st, err);
}

/* The number makes ids unique within a second and tells them apart in speech. */
static sw_status name_run(sw_ledger *l, const sw_run *r, char id[SW_RUN_ID], sw_error *err) {
  sw_civil c;
  sw_stmt *st;
  int64_t seq = sw_ledger_last_id(l);
  sw_civil_from_us(r->started_us, &c);
  snprintf(id, SW_RUN_ID, "%04u%02u%02uT%02u%02u%02u-%04u", (unsigned)c.year % 10000, (unsigned)c.month % 100, (unsigned)c.day % 100,
           (unsigned)c.hour % 100, (unsigned)c.minute % 100, (unsigned)c.second % 100, (unsigned)(seq % 1000000000));
  sw_status s = sw_stmt_open(l, "UPDATE run SET id = ?1 WHERE seq = ?2", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, id);
  sw_stmt_bind_i64(st, 2, seq);
  return sw_stmt_finish(st, err);
}

static sw_status begin_run(sw_ledger *l, const sw_run *r, char id[SW_RUN_ID], sw_error *err) {
  sw_status s = insert_run(l, r, err);
  return s ? s : name_run(l, r, id, err);
}

sw_status sw_run_begin(sw_ledger *l, const sw_run *r, char id[SW_RUN_ID], sw_error *err) {
  SW_LEDGER_TX(l, err, begin_run(l, r, id, err));
}

static sw_status changed_one(sw_ledger *l, const char *what, sw_error *err) {
  if (sw_ledger_changes(l) == 1) return SW_OK;
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-LEDGER-0020", "账本里没有 %s", "the ledger has no %s", what);
}

sw_status sw_run_end(sw_ledger *l, const char *id, sw_run_state state, int64_t ended_us, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "UPDATE run SET state = ?2, ended = ?3 WHERE id = ?1", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, id);
  sw_stmt_bind_z(st, 2, RUN_STATES[state]);
  sw_stmt_bind_i64(st, 3, ended_us);
  s = sw_stmt_finish(st, err);
  return s ? s : changed_one(l, id, err);
}

sw_status sw_run_resume(sw_ledger *l, const char *id, int64_t pid, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "UPDATE run SET state = 'running', ended = 0, pid = ?2 WHERE id = ?1", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, id);
  sw_stmt_bind_i64(st, 2, pid);
  s = sw_stmt_finish(st, err);
  return s ? s : changed_one(l, id, err);
}

#define RUN_COLUMNS "SELECT id, flow, as_of, started, ended, state, source_dir, packs, pid, seq FROM run "

static sw_run run_of(sw_stmt *st) {
  return (sw_run){.id = sw_stmt_str(st, 0).ptr,
                  .flow = sw_stmt_str(st, 1).ptr,
                  .as_of_us = sw_stmt_i64(st, 2),
                  .started_us = sw_stmt_i64(st, 3),
                  .ended_us = sw_stmt_i64(st, 4),
                  .state = (sw_run_state)index_of(sw_stmt_str(st, 5), RUN_STATES, sizeof RUN_STATES / sizeof *RUN_STATES),
                  .source_dir = sw_stmt_str(st, 6).ptr,
                  .packs = sw_stmt_str(st, 7).ptr,
                  .pid = sw_stmt_i64(st, 8),
                  .seq = sw_stmt_i64(st, 9)};
}

sw_status sw_run_each(sw_ledger *l, const sw_run_query *q, sw_run_fn fn, void *ctx, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, RUN_COLUMNS "WHERE (?1 IS NULL OR flow = ?1) AND (NOT ?2 OR state = 'running') ORDER BY seq DESC LIMIT ?3", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, q->flow);
  sw_stmt_bind_i64(st, 2, q->open_only);
  sw_stmt_bind_i64(st, 3, q->limit ? q->limit : -1);
  while (sw_stmt_more(st, &s, err)) {
    sw_run r = run_of(st);
    s = fn(ctx, &r, err);
  }
  sw_stmt_close(st);
  return s;
}

sw_status sw_run_get(sw_ledger *l, const char *id, sw_run_fn fn, void *ctx, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, RUN_COLUMNS "WHERE id = ?1", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, id);
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_ROW) {
    sw_run r = run_of(st);
    s = fn(ctx, &r, err);
  } else {
    s = step == SW_DONE ? SW_FAIL(err, SW_E_NOTFOUND, "SW-LEDGER-0020", "账本里没有 %s", "the ledger has no %s", id) : err ? err->status : SW_E_LEDGER;
  }
  sw_stmt_close(st);
  return s;
}

static sw_status no_run(const char *which, bool several, sw_error *err) {
  if (several)
    return SW_FAIL(err, SW_E_USAGE, "SW-LEDGER-0021", "%s 对应多次运行；请多写几位，`suwen runs` 可列出全部", "%s fits several runs; give more of the id, `suwen runs` lists them",
                   which);
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-LEDGER-0022", "没有运行 %s；`suwen runs` 可列出全部，latest 指最近一次", "there is no run %s; `suwen runs` lists them, latest is the last one",
                 which);
}

sw_status sw_run_find(sw_ledger *l, const char *which, char id[SW_RUN_ID], sw_error *err) {
  sw_stmt *st;
  int64_t number = 0;
  bool latest = strcmp(which, "latest") == 0;
  bool numbered = strlen(which) < 8 && sw_str_to_i64(sw_str_of(which), &number); /* a shorter one than a date */
  sw_status s = sw_stmt_open(l,
                             "SELECT id FROM run WHERE ?1 OR (?2 AND seq = ?3) OR (NOT ?2 AND substr(id, 1, length(?4)) = ?4)"
                             " ORDER BY seq DESC LIMIT 2",
                             &st, err);
  if (s) return s;
  sw_stmt_bind_i64(st, 1, latest);
  sw_stmt_bind_i64(st, 2, numbered);
  sw_stmt_bind_i64(st, 3, number);
  sw_stmt_bind_z(st, 4, *which ? which : " ");
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_ROW) {
    snprintf(id, SW_RUN_ID, "%s", sw_stmt_str(st, 0).ptr);
    bool exact = strcmp(id, which) == 0;
    step = sw_stmt_next(st, err);
    if (step == SW_ROW && !latest && !exact) s = no_run(which, true, err);
  } else if (step == SW_DONE) {
    s = no_run(which, false, err);
  }
  if (step == SW_STEP_ERROR) s = err ? err->status : SW_E_LEDGER;
  sw_stmt_close(st);
  return s;
}

/* --- steps ------------------------------------------------------------------------------------------- */

sw_status sw_step_add(sw_ledger *l, const char *run, const char *step, const char *op, int64_t position, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "INSERT INTO step(run, step, op, position, state) VALUES(?1, ?2, ?3, ?4, 'pending')"
                             " ON CONFLICT(run, step) DO UPDATE SET op = ?3, position = ?4",
                             &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, run);
  sw_stmt_bind_z(st, 2, step);
  sw_stmt_bind_z(st, 3, op);
  sw_stmt_bind_i64(st, 4, position);
  return sw_stmt_finish(st, err);
}

sw_status sw_step_start(sw_ledger *l, const char *run, const char *step, int64_t at_us, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "UPDATE step SET state = 'running', attempt = attempt + 1, started = ?3, ended = 0, seconds = 0, code = '',"
                             " error_zh = '', error_en = '', error_file = '', error_line = 0, error_column = 0 WHERE run = ?1 AND step = ?2",
                             &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, run);
  sw_stmt_bind_z(st, 2, step);
  sw_stmt_bind_i64(st, 3, at_us);
  s = sw_stmt_finish(st, err);
  return s ? s : changed_one(l, step, err);
}

sw_status sw_step_end(sw_ledger *l, const char *run, const char *step, sw_step_state state, int64_t at_us, double seconds,
                      const sw_error *cause, sw_error *err) {
  sw_stmt *st;
  sw_error none = SW_ERROR_INIT;
  if (!cause || cause->status == SW_OK) cause = &none;
  sw_status s = sw_stmt_open(l,
                             "UPDATE step SET state = ?3, ended = ?4, seconds = ?5, code = ?6, error_zh = ?7, error_en = ?8,"
                             " error_file = ?9, error_line = ?10, error_column = ?11 WHERE run = ?1 AND step = ?2",
                             &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, run);
  sw_stmt_bind_z(st, 2, step);
  sw_stmt_bind_z(st, 3, STEP_STATES[state]);
  sw_stmt_bind_i64(st, 4, at_us);
  sw_stmt_bind_f64(st, 5, seconds);
  sw_stmt_bind_z(st, 6, cause->code);
  sw_stmt_bind_z(st, 7, cause->msg[SW_LANG_ZH]);
  sw_stmt_bind_z(st, 8, cause->msg[SW_LANG_EN]);
  sw_stmt_bind_z(st, 9, cause->file);
  sw_stmt_bind_i64(st, 10, cause->line);
  sw_stmt_bind_i64(st, 11, cause->column);
  s = sw_stmt_finish(st, err);
  return s ? s : changed_one(l, step, err);
}

static sw_run_step step_of(sw_stmt *st) {
  return (sw_run_step){.run = sw_stmt_str(st, 0).ptr,
                       .step = sw_stmt_str(st, 1).ptr,
                       .op = sw_stmt_str(st, 2).ptr,
                       .position = sw_stmt_i64(st, 3),
                       .attempt = sw_stmt_i64(st, 4),
                       .state = (sw_step_state)index_of(sw_stmt_str(st, 5), STEP_STATES, sizeof STEP_STATES / sizeof *STEP_STATES),
                       .started_us = sw_stmt_i64(st, 6),
                       .ended_us = sw_stmt_i64(st, 7),
                       .seconds = sw_stmt_f64(st, 8),
                       .code = sw_stmt_str(st, 9).ptr,
                       .error_zh = sw_stmt_str(st, 10).ptr,
                       .error_en = sw_stmt_str(st, 11).ptr,
                       .error_file = sw_stmt_str(st, 12).ptr,
                       .error_line = sw_stmt_i64(st, 13),
                       .error_column = sw_stmt_i64(st, 14)};
}

sw_status sw_step_each(sw_ledger *l, const char *run, sw_step_fn fn, void *ctx, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "SELECT run, step, op, position, attempt, state, started, ended, seconds, code, error_zh, error_en,"
                             " error_file, error_line, error_column FROM step WHERE run = ?1 ORDER BY position, step",
                             &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, run);
  while (sw_stmt_more(st, &s, err)) {
    sw_run_step r = step_of(st);
    s = fn(ctx, &r, err);
  }
  sw_stmt_close(st);
  return s;
}

/* --- the row ledger ---------------------------------------------------------------------------------- */

sw_status sw_row_count_check(const sw_row_count *r, sw_error *err) {
  const int64_t figures[] = {r->in, r->expanded, r->out, r->rejected, r->filtered, r->merged};
  int64_t left = 0, right = 0;
  bool wrong = __builtin_add_overflow(r->in, r->expanded, &left);
  for (size_t i = 0; i < 6; i++) wrong = wrong || figures[i] < 0;
  for (size_t i = 2; i < 6; i++) wrong = wrong || __builtin_add_overflow(right, figures[i], &right);
  if (!wrong && left == right) return SW_OK;
  return SW_FAIL(err, SW_E_BALANCE, "SW-LEDGER-0030",
                 "步骤 %s 的表 %s 行数不平，差 %lld 行：进 %lld + 扩 %lld ≠ 出 %lld + 拒 %lld + 滤 %lld + 并 %lld",
                 "step %s, table %s does not balance, off by %lld rows: in %lld + expanded %lld ≠ out %lld + rejected %lld + filtered %lld + merged %lld",
                 r->step, r->table, (long long)(wrong ? 0 : left - right), (long long)r->in, (long long)r->expanded, (long long)r->out,
                 (long long)r->rejected, (long long)r->filtered, (long long)r->merged);
}

sw_status sw_row_count_put(sw_ledger *l, const sw_row_count *r, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_row_count_check(r, err);
  if (s) return s;
  s = sw_stmt_open(l,
                   "INSERT OR REPLACE INTO row_count(run, step, table_name, seq, rows_in, expanded, rows_out, rejected, filtered, merged,"
                   " seconds, bytes) VALUES(?1, ?2, ?3, (SELECT coalesce(max(seq), 0) + 1 FROM row_count WHERE run = ?1), ?4, ?5, ?6, ?7, ?8,"
                   " ?9, ?10, ?11)",
                   &st, err);
  if (s) return s;
  const int64_t figures[] = {r->in, r->expanded, r->out, r->rejected, r->filtered, r->merged};
  sw_stmt_bind_z(st, 1, r->run);
  sw_stmt_bind_z(st, 2, r->step);
  sw_stmt_bind_z(st, 3, r->table);
  for (int i = 0; i < 6; i++) sw_stmt_bind_i64(st, 4 + i, figures[i]);
  sw_stmt_bind_f64(st, 10, r->seconds);
  sw_stmt_bind_i64(st, 11, r->bytes);
  return sw_stmt_finish(st, err);
}

sw_status sw_row_count_clear(sw_ledger *l, const char *run, const char *step, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "DELETE FROM row_count WHERE run = ?1 AND step = ?2", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, run);
  sw_stmt_bind_z(st, 2, step);
  return sw_stmt_finish(st, err);
}

sw_status sw_row_count_each(sw_ledger *l, const char *run, sw_row_count_fn fn, void *ctx, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "SELECT r.run, r.step, r.table_name, rows_in, expanded, rows_out, rejected, filtered, merged, r.seconds, bytes"
                             " FROM row_count r LEFT JOIN step s ON s.run = r.run AND s.step = r.step WHERE r.run = ?1"
                             " ORDER BY coalesce(s.position, 1000000), r.seq",
                             &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, run);
  while (sw_stmt_more(st, &s, err)) {
    sw_row_count r = {.run = sw_stmt_str(st, 0).ptr, .step = sw_stmt_str(st, 1).ptr, .table = sw_stmt_str(st, 2).ptr,
                      .in = sw_stmt_i64(st, 3), .expanded = sw_stmt_i64(st, 4), .out = sw_stmt_i64(st, 5), .rejected = sw_stmt_i64(st, 6),
                      .filtered = sw_stmt_i64(st, 7), .merged = sw_stmt_i64(st, 8), .seconds = sw_stmt_f64(st, 9), .bytes = sw_stmt_i64(st, 10)};
    s = fn(ctx, &r, err);
  }
  sw_stmt_close(st);
  return s;
}
