#include "engine/rows.h"

#include "engine/backend.h"
#include "engine/sql.h"

#include <stdlib.h>

/* Runs `call` of the backend so that the token can stop it, and tells apart who stopped it. */
static sw_status settle(const sw_cancel *cancel, sw_status s, const sw_error *own, sw_error *err) {
  if (s == SW_E_CANCELLED && sw_cancelled(cancel)) return sw_cancel_check(cancel, err);
  if (s && err && err->status == SW_OK) *err = *own;
  return s;
}

static sw_status run_query(sw_conn *c, bool whole, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                           sw_rows **out, sw_error *err) {
  *out = NULL;
  sw_status s = sw_cancel_check(cancel, err);
  if (s) return s;
  sw_rows *r = calloc(1, sizeof *r);
  if (!r) return SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
  r->conn = c;
  r->cancel = cancel;
  r->whole = whole;
  sw_error own = SW_ERROR_INIT;
  sw_watch_entry watch;
  r->serial = ++c->serial;
  atomic_store(&c->interrupted, false);
  sw_watch_begin(&watch, c, cancel);
  s = c->engine->backend->query(r, sql, params, nparams, &own);
  sw_watch_end(&watch);
  if (s) {
    sw_rows_free(r);
    return SW_NEVER_OK(settle(cancel, s, &own, err));
  }
  *out = r;
  return SW_OK;
}

sw_status sw_query(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel, sw_rows **out,
                   sw_error *err) {
  return run_query(c, false, sql, params, nparams, cancel, out, err);
}

void sw_rows_free(sw_rows *r) {
  if (!r) return;
  if (r->impl) r->conn->engine->backend->release(r);
  free(r);
}

size_t sw_rows_ncolumns(const sw_rows *r) { return r->ncolumns; }
const char *sw_rows_name(const sw_rows *r, size_t col) { return r->columns[col].name; }
sw_type sw_rows_type(const sw_rows *r, size_t col) { return r->columns[col].type; }
size_t sw_rows_count(const sw_rows *r) { return r->n; }
const sw_column *sw_rows_column(const sw_rows *r, size_t col) { return &r->columns[col]; }

sw_step sw_rows_next_chunk(sw_rows *r, sw_error *err) {
  r->n = r->cursor = 0;
  if (r->done) return SW_DONE;
  if (sw_cancel_check(r->cancel, err)) return SW_STEP_ERROR;
  if (r->serial != r->conn->serial) {
    r->done = true;
    (void)SW_FAIL(err, SW_E_USAGE, "SW-ENGINE-0009", "同一连接上的另一条语句结束了这个结果",
                  "another statement on the connection ended this result");
    return SW_STEP_ERROR;
  }
  sw_error own = SW_ERROR_INIT;
  sw_watch_entry watch;
  sw_watch_begin(&watch, r->conn, r->cancel);
  sw_step step = r->conn->engine->backend->fetch(r, &own);
  sw_watch_end(&watch);
  if (step != SW_ROW) r->done = true;
  if (step == SW_STEP_ERROR && settle(r->cancel, own.status, &own, err)) return SW_STEP_ERROR;
  return step;
}

sw_step sw_rows_next(sw_rows *r, sw_error *err) {
  if (r->cursor < r->n) {
    r->cursor++;
    return SW_ROW;
  }
  do {
    sw_step step = sw_rows_next_chunk(r, err);
    if (step != SW_ROW) return step;
  } while (r->n == 0);
  r->cursor = 1;
  return SW_ROW;
}

bool sw_rows_is_null(const sw_rows *r, size_t col) { return !sw_column_valid(&r->columns[col], r->cursor - 1); }

int64_t sw_rows_i64(const sw_rows *r, size_t col) {
  int64_t v = 0;
  return !sw_rows_is_null(r, col) && sw_column_i64(&r->columns[col], r->cursor - 1, &v) ? v : 0;
}

double sw_rows_f64(const sw_rows *r, size_t col) {
  double v = 0;
  return !sw_rows_is_null(r, col) && sw_column_f64(&r->columns[col], r->cursor - 1, &v) ? v : 0;
}

int64_t sw_rows_decimal(const sw_rows *r, size_t col, int scale) {
  int64_t v = 0;
  return !sw_rows_is_null(r, col) && sw_column_decimal(&r->columns[col], r->cursor - 1, scale, &v) ? v : 0;
}

sw_str sw_rows_str(const sw_rows *r, size_t col) {
  const sw_column *c = &r->columns[col];
  bool text = c->storage == SW_TYPE_STR || c->storage == SW_TYPE_BLOB;
  return text && !sw_rows_is_null(r, col) ? sw_column_str(c, r->cursor - 1) : SW_LIT("");
}

void sw_rows_text(const sw_rows *r, size_t col, sw_buf *out) { sw_column_text(&r->columns[col], r->cursor - 1, out); }

void sw_rows_json(const sw_rows *r, size_t col, sw_json *j) { sw_column_json(&r->columns[col], r->cursor - 1, j); }

/* Reads on, so that the query ends with its result. */
static sw_status finish(sw_rows *r, sw_status s, sw_error *err) {
  if (s == SW_OK && sw_rows_next_chunk(r, err) == SW_STEP_ERROR) s = err ? err->status : SW_E_ENGINE;
  sw_rows_free(r);
  return s;
}

/* --- one value -------------------------------------------------------------------------------- */

static sw_status first_row(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                           sw_rows **out, sw_error *err) {
  sw_status s = run_query(c, true, sql, params, nparams, cancel, out, err);
  if (s) return s;
  sw_step step = sw_rows_next(*out, err);
  if (step == SW_ROW) return SW_OK;
  sw_rows_free(*out);
  *out = NULL;
  if (step == SW_STEP_ERROR) return err ? SW_NEVER_OK(err->status) : SW_E_ENGINE;
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-ENGINE-0005", "查询没有返回行", "the query returned no row");
}

sw_status sw_query_i64(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                       int64_t *out, bool *null, sw_error *err) {
  sw_rows *r;
  *out = 0;
  sw_status s = first_row(c, sql, params, nparams, cancel, &r, err);
  if (s) return s;
  bool is_null = sw_rows_is_null(r, 0);
  if (null) *null = is_null;
  if (!is_null && !sw_column_i64(sw_rows_column(r, 0), 0, out))
    s = SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0006", "结果不是 64 位整数", "the result is not a 64-bit integer");
  return finish(r, s, err);
}

sw_status sw_query_f64(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                       double *out, bool *null, sw_error *err) {
  sw_rows *r;
  *out = 0;
  sw_status s = first_row(c, sql, params, nparams, cancel, &r, err);
  if (s) return s;
  bool is_null = sw_rows_is_null(r, 0);
  if (null) *null = is_null;
  if (!is_null && !sw_column_f64(sw_rows_column(r, 0), 0, out))
    s = SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0007", "结果不是数值", "the result is not a number");
  return finish(r, s, err);
}

sw_status sw_query_text(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                        sw_buf *out, bool *null, sw_error *err) {
  sw_rows *r;
  sw_status s = first_row(c, sql, params, nparams, cancel, &r, err);
  if (s) return s;
  if (null) *null = sw_rows_is_null(r, 0);
  sw_rows_text(r, 0, out);
  return finish(r, sw_buf_check(out, err), err);
}

/* --- descriptions ------------------------------------------------------------------------------ */

sw_status sw_describe(sw_conn *c, const char *sql, sw_arena *a, sw_column_info **out, size_t *n, sw_error *err) {
  return c->engine->backend->describe(c, sql, a, out, n, err);
}

sw_status sw_table_exists(sw_conn *c, const char *schema, const char *table, bool *out, sw_error *err) {
  int64_t n = 0;
  sw_status s = sw_query_i64(c,
                             "SELECT count(*) FROM information_schema.tables WHERE table_catalog = current_database() "
                             "AND table_schema = ? AND table_name = ?",
                             SW_PARAMS(sw_p_strz(schema && *schema ? schema : "main"), sw_p_strz(table)), NULL, &n, NULL, err);
  *out = n > 0;
  return s;
}

sw_status sw_describe_table(sw_conn *c, const char *schema, const char *table, sw_arena *a, sw_column_info **out, size_t *n,
                            sw_error *err) {
  bool there;
  sw_status s = sw_table_exists(c, schema, table, &there, err);
  if (s) return s;
  if (!there)
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-ENGINE-0008", "没有表 %s.%s", "there is no table %s.%s", schema ? schema : "", table);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "SELECT * FROM {}", sw_sql_table(schema ? schema : "", table));
  if ((s = sw_buf_check(&b, err))) return s;
  return sw_describe(c, b.ptr, a, out, n, err);
}
