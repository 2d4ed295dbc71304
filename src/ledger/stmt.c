#include "ledger/stmt.h"

#include "ledger/internal.h"

#include <limits.h>
#include <stdlib.h>

static sw_status prepare(sw_ledger *l, const char *sql, sw_stmt **out, sw_error *err) {
  sw_stmt *s = calloc(1, sizeof *s);
  if (!s) return SW_FAIL(err, SW_E_NOMEM, "SW-LEDGER-0013", "内存不足", "out of memory");
  s->ledger = l;
  int rc = sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->raw, NULL);
  if (rc != SQLITE_OK || !s->raw) {
    free(s);
    return rc == SQLITE_OK ? SW_FAIL(err, SW_E_USAGE, "SW-LEDGER-0019", "语句是空的", "the statement is empty") : SW_NEVER_OK(sw_ledger_fail(l, rc, err));
  }
  *out = s;
  return SW_OK;
}

/* A statement whose cached twin is being read (a loop inside a loop) gets one of its own, kept for the next time. */
static sw_status open_spare(sw_ledger *l, const char *sql, sw_stmt **out, sw_error *err) {
  for (size_t i = 0; i < l->spare.len; i++) {
    sw_stmt *s = l->spare.items[i];
    if (s->in_use || strcmp(sqlite3_sql(s->raw), sql) != 0) continue;
    *out = s;
    return SW_OK;
  }
  sw_status st = prepare(l, sql, out, err);
  if (st) return st;
  if (SW_VEC_PUSH(&l->spare, *out)) return SW_OK;
  sqlite3_finalize((*out)->raw);
  free(*out);
  return SW_FAIL(err, SW_E_NOMEM, "SW-LEDGER-0013", "内存不足", "out of memory");
}

sw_status sw_stmt_open(sw_ledger *l, const char *sql, sw_stmt **out, sw_error *err) {
  sw_status st = SW_OK;
  *out = sw_map_get_ptr(&l->cache, sw_str_of(sql));
  if (!*out) {
    st = prepare(l, sql, out, err);
    if (st == SW_OK && !sw_map_put(&l->cache, sw_str_of(sql), (uint64_t)(uintptr_t)*out)) {
      sqlite3_finalize((*out)->raw);
      free(*out);
      st = SW_FAIL(err, SW_E_NOMEM, "SW-LEDGER-0013", "内存不足", "out of memory");
    }
  } else if ((*out)->in_use) {
    st = open_spare(l, sql, out, err);
  }
  if (st) *out = NULL;
  else (*out)->in_use = true;
  return st;
}

void sw_stmt_close(sw_stmt *s) {
  if (!s) return;
  sw_stmt_reset(s);
  s->in_use = false;
}

void sw_stmt_reset(sw_stmt *s) {
  sqlite3_reset(s->raw);
  sqlite3_clear_bindings(s->raw);
}

/* An index out of range is a defect that the next step reports: the parameter stays NULL. */
void sw_stmt_bind_i64(sw_stmt *s, int index, int64_t v) { sqlite3_bind_int64(s->raw, index, v); }
void sw_stmt_bind_f64(sw_stmt *s, int index, double v) { sqlite3_bind_double(s->raw, index, v); }
void sw_stmt_bind_null(sw_stmt *s, int index) { sqlite3_bind_null(s->raw, index); }
void sw_stmt_bind_str(sw_stmt *s, int index, sw_str v) {
  sqlite3_bind_text64(s->raw, index, v.len ? v.ptr : "", v.len, SQLITE_STATIC, SQLITE_UTF8);
}
void sw_stmt_bind_z(sw_stmt *s, int index, const char *v) {
  if (v) sw_stmt_bind_str(s, index, sw_str_of(v));
  else sw_stmt_bind_null(s, index);
}

sw_step sw_stmt_next(sw_stmt *s, sw_error *err) {
  int rc = sqlite3_step(s->raw);
  if (rc == SQLITE_ROW) return SW_ROW;
  if (rc == SQLITE_DONE) return SW_DONE;
  if (sw_ledger_fail(s->ledger, rc, err) == SW_OK) return SW_DONE;
  return SW_STEP_ERROR;
}

sw_status sw_stmt_run(sw_stmt *s, sw_error *err) {
  sw_step step;
  while ((step = sw_stmt_next(s, err)) == SW_ROW) {}
  sw_stmt_reset(s);
  return step == SW_DONE ? SW_OK : err ? err->status : SW_E_LEDGER;
}

sw_status sw_stmt_finish(sw_stmt *s, sw_error *err) {
  sw_status st = sw_stmt_run(s, err);
  sw_stmt_close(s);
  return st;
}

bool sw_stmt_more(sw_stmt *st, sw_status *s, sw_error *err) {
  if (*s != SW_OK) return false;
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_STEP_ERROR) *s = err ? err->status : SW_E_LEDGER;
  return step == SW_ROW;
}

int64_t sw_stmt_i64(sw_stmt *s, int col) { return sqlite3_column_int64(s->raw, col); }
double sw_stmt_f64(sw_stmt *s, int col) { return sqlite3_column_double(s->raw, col); }
bool sw_stmt_is_null(sw_stmt *s, int col) { return sqlite3_column_type(s->raw, col) == SQLITE_NULL; }
sw_str sw_stmt_str(sw_stmt *s, int col) {
  const unsigned char *p = sqlite3_column_text(s->raw, col);
  int n = sqlite3_column_bytes(s->raw, col);
  return p && n > 0 ? (sw_str){(const char *)p, (size_t)n} : SW_LIT("");
}

int64_t sw_ledger_last_id(const sw_ledger *l) { return sqlite3_last_insert_rowid(l->db); }
int64_t sw_ledger_changes(const sw_ledger *l) { return sqlite3_changes64(l->db); }
