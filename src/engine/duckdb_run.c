/* Running statements and reading their results. */
#include "engine/duckdb_internal.h"

#include <stdlib.h>
#include <time.h>

typedef struct duck_rows {
  duckdb_prepared_statement stmt;
  duckdb_result result;
  bool has_result;
  bool complete;    /* read to its end: the engine has closed the query */
  duckdb_data_chunk chunk;
  duck_shape *shapes;
  sw_arena arena;   /* shapes and column trees */
  sw_arena scratch; /* conversions of the current chunk */
  char *sql;        /* for the place of errors while fetching */
} duck_rows;

/* --- parameters -------------------------------------------------------------------------------------- */

static duckdb_state bind_decimal(duckdb_prepared_statement st, idx_t i, const sw_param *p) {
  duckdb_decimal d = {.width = p->type.width, .scale = p->type.scale};
  d.value.lower = (uint64_t)p->v.i64;
  d.value.upper = p->v.i64 < 0 ? -1 : 0;
  return duckdb_bind_decimal(st, i, d);
}

static duckdb_state bind_one(duckdb_prepared_statement st, idx_t i, const sw_param *p) {
  switch (p->type.id) {
    case SW_TYPE_NULL: return duckdb_bind_null(st, i);
    case SW_TYPE_BOOL: return duckdb_bind_boolean(st, i, p->v.i64 != 0);
    case SW_TYPE_I64: return duckdb_bind_int64(st, i, p->v.i64);
    case SW_TYPE_F64: return duckdb_bind_double(st, i, p->v.f64);
    case SW_TYPE_STR: return duckdb_bind_varchar_length(st, i, p->v.str.len ? p->v.str.ptr : "", p->v.str.len);
    case SW_TYPE_BLOB: return duckdb_bind_blob(st, i, p->v.str.len ? p->v.str.ptr : "", p->v.str.len);
    case SW_TYPE_DATE: return duckdb_bind_date(st, i, (duckdb_date){.days = (int32_t)p->v.i64});
    case SW_TYPE_TIMESTAMP: return duckdb_bind_timestamp(st, i, (duckdb_timestamp){.micros = p->v.i64});
    case SW_TYPE_DECIMAL: return bind_decimal(st, i, p);
    case SW_TYPE_INVALID: case SW_TYPE_ANY: case SW_TYPE_I8: case SW_TYPE_I16: case SW_TYPE_I32: case SW_TYPE_U8:
    case SW_TYPE_U16: case SW_TYPE_U32: case SW_TYPE_U64: case SW_TYPE_I128: case SW_TYPE_F32: case SW_TYPE_TIME:
    case SW_TYPE_LIST: case SW_TYPE_STRUCT: case SW_TYPE_OTHER: return DuckDBError;
  }
  return DuckDBError;
}

static sw_status bind_all(sw_engine *e, duckdb_prepared_statement st, const sw_param *params, size_t n, sw_error *err) {
  idx_t want = duckdb_nparams(st);
  if (want != n)
    return SW_FAIL(err, SW_E_USAGE, "SW-ENGINE-0033", "语句有 %zu 个参数，给出了 %zu 个", "the statement has %zu parameters, %zu were given",
                   (size_t)want, n);
  for (size_t i = 0; i < n; i++)
    if (bind_one(st, i + 1, &params[i]) != DuckDBSuccess) {
      const char *message = duckdb_prepare_error(st);
      if (message) return duck_fail(e, DUCKDB_ERROR_INVALID, message, NULL, err);
      return SW_FAIL(err, SW_E_USAGE, "SW-ENGINE-0034", "第 %zu 个参数不能绑定（字符串须为 UTF-8）",
                     "parameter %zu cannot be bound (strings must be UTF-8)", i + 1);
    }
  return SW_OK;
}

/* A result that is not read to its end, or a failed statement, may leave its query open, with its snapshot, its threads
 * and what they hold (kernels' states). The next statement on the connection ends it, without harm to a transaction:
 * preparing one is enough. */
static void end_query(sw_conn *c) {
  duckdb_prepared_statement nothing = NULL;
  if (duckdb_prepare(duck_conn(c), "SELECT 1", &nothing) != DuckDBSuccess) {} /* in an aborted transaction; ended all the same */
  duckdb_destroy_prepare(&nothing);
}

/* --- statements -------------------------------------------------------------------------------------- */

static sw_status fail_prepare(sw_conn *c, duckdb_prepared_statement st, const char *sql, sw_error *err) {
  return duck_fail(c->engine, DUCKDB_ERROR_INVALID, duckdb_prepare_error(st), sql, err);
}

/* Helps with the statement's tasks until its result is ready. The engine's own wait would do, but it spins while other
 * threads hold the last tasks, and with statements side by side that takes a core from those who work. */
static void run_tasks(duckdb_pending_result pending) {
  enum { SHORTEST_NS = 20000, LONGEST_NS = 500000 };
  long nap = SHORTEST_NS;
  for (;;) {
    duckdb_pending_state state = duckdb_pending_execute_task(pending);
    if (duckdb_pending_execution_is_finished(state)) return;
    if (state != DUCKDB_PENDING_NO_TASKS_AVAILABLE) {
      nap = SHORTEST_NS;
      continue;
    }
    struct timespec ts = {0, nap};
    nanosleep(&ts, NULL);
    if (nap < LONGEST_NS) nap *= 2;
  }
}

static sw_status execute(sw_conn *c, duckdb_prepared_statement st, const char *sql, int64_t *changed, sw_error *err) {
  duckdb_pending_result pending = NULL;
  duckdb_result result;
  sw_status s = SW_OK;
  if (duckdb_pending_prepared(st, &pending) != DuckDBSuccess) s = duck_fail(c->engine, DUCKDB_ERROR_INVALID, duckdb_pending_error(pending), sql, err);
  if (s == SW_OK) {
    run_tasks(pending);
    if (duckdb_execute_pending(pending, &result) != DuckDBSuccess) s = duck_fail_result(c->engine, &result, sql, err);
    else if (changed) *changed = (int64_t)duckdb_rows_changed(&result);
    duckdb_destroy_result(&result);
  }
  duckdb_destroy_pending(&pending);
  return s;
}

static sw_status run_one(sw_conn *c, duckdb_extracted_statements all, idx_t i, const char *sql, const sw_param *params, size_t n,
                         int64_t *changed, sw_error *err) {
  duckdb_prepared_statement st = NULL;
  sw_status s = SW_OK;
  if (duckdb_prepare_extracted_statement(duck_conn(c), all, i, &st) != DuckDBSuccess) s = fail_prepare(c, st, sql, err);
  if (s == SW_OK) s = bind_all(c->engine, st, params, n, err);
  if (s == SW_OK) s = execute(c, st, sql, changed, err);
  duckdb_destroy_prepare(&st);
  return s;
}

static sw_status extract(sw_conn *c, const char *sql, duckdb_extracted_statements *all, idx_t *n, sw_error *err) {
  *n = duckdb_extract_statements(duck_conn(c), sql, all);
  const char *message = *n ? NULL : duckdb_extract_statements_error(*all);
  if (message) return duck_fail(c->engine, DUCKDB_ERROR_PARSER, message, sql, err);
  if (!*n) return SW_FAIL(err, SW_E_USAGE, "SW-ENGINE-0035", "SQL 是空的", "the SQL is empty");
  return SW_OK;
}

sw_status duck_run(sw_conn *c, const char *sql, const sw_param *params, size_t n, int64_t *changed, sw_error *err) {
  duckdb_extracted_statements all = NULL;
  idx_t count = 0;
  sw_status s = extract(c, sql, &all, &count, err);
  if (s == SW_OK && count > 1 && n)
    s = SW_FAIL(err, SW_E_USAGE, "SW-ENGINE-0036", "带参数时只能有一条语句", "only one statement may have parameters");
  for (idx_t i = 0; i < count && s == SW_OK; i++) s = run_one(c, all, i, sql, params, n, changed, err);
  duckdb_destroy_extracted(&all);
  if (s) end_query(c);
  return s;
}

/* --- results ----------------------------------------------------------------------------------------- */

static sw_status prepare_single(sw_conn *c, const char *sql, duckdb_prepared_statement *st, sw_error *err) {
  duckdb_extracted_statements all = NULL;
  idx_t count = 0;
  sw_status s = extract(c, sql, &all, &count, err);
  if (s == SW_OK && count != 1)
    s = SW_FAIL(err, SW_E_USAGE, "SW-ENGINE-0037", "只能有一条语句，这里有 %zu 条", "one statement is expected, there are %zu", (size_t)count);
  if (s == SW_OK && duckdb_prepare_extracted_statement(duck_conn(c), all, 0, st) != DuckDBSuccess) s = fail_prepare(c, *st, sql, err);
  duckdb_destroy_extracted(&all);
  return s;
}

static sw_status start(sw_rows *r, duck_rows *d, sw_error *err) {
  duckdb_pending_result pending = NULL;
  sw_status s = SW_OK;
  duckdb_state st = r->whole ? duckdb_pending_prepared(d->stmt, &pending) : duckdb_pending_prepared_streaming(d->stmt, &pending);
  if (st != DuckDBSuccess) {
    s = duck_fail(r->conn->engine, DUCKDB_ERROR_INVALID, duckdb_pending_error(pending), d->sql, err);
  } else {
    d->has_result = true;
    run_tasks(pending);
    if (duckdb_execute_pending(pending, &d->result) != DuckDBSuccess) s = duck_fail_result(r->conn->engine, &d->result, d->sql, err);
  }
  duckdb_destroy_pending(&pending);
  return s;
}

static sw_status describe_columns(sw_rows *r, duck_rows *d, sw_error *err) {
  r->ncolumns = (size_t)duckdb_column_count(&d->result);
  d->shapes = SW_ARENA_ARRAY(&d->arena, duck_shape, r->ncolumns ? r->ncolumns : 1);
  r->columns = SW_ARENA_ARRAY(&d->arena, sw_column, r->ncolumns ? r->ncolumns : 1);
  if (!d->shapes || !r->columns) return sw_arena_check(&d->arena, err);
  for (size_t i = 0; i < r->ncolumns; i++) {
    duckdb_logical_type t = duckdb_column_logical_type(&d->result, i);
    const char *name = sw_arena_dupz(&d->arena, sw_str_of(duckdb_column_name(&d->result, i)));
    sw_status s = duck_shape_of(t, name, &d->arena, &d->shapes[i], err);
    duckdb_destroy_logical_type(&t);
    if (s == SW_OK) s = duck_column_of(&d->shapes[i], &d->arena, &r->columns[i], err);
    if (s) return s;
  }
  return SW_OK;
}

sw_status duck_query(sw_rows *r, const char *sql, const sw_param *params, size_t n, sw_error *err) {
  duck_rows *d = calloc(1, sizeof *d);
  if (!d) return duck_nomem(err);
  r->impl = d;
  if (!(d->sql = strdup(sql))) return duck_nomem(err);
  sw_status s = prepare_single(r->conn, sql, &d->stmt, err);
  if (s == SW_OK) s = bind_all(r->conn->engine, d->stmt, params, n, err);
  if (s == SW_OK) s = start(r, d, err);
  return s ? s : describe_columns(r, d, err);
}

static bool interrupted_by_nobody(sw_rows *r, duck_rows *d) {
  return duckdb_result_error_type(&d->result) == DUCKDB_ERROR_INTERRUPT && !sw_cancelled(r->cancel) &&
         !atomic_load(&r->conn->interrupted);
}

static sw_status lost_cause(sw_error *err) {
  return SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0038", "查询失败，引擎没有给出原因；请重试", "the query failed and the engine lost the reason; try again");
}

/* When one thread fails in a streamed query, the engine sometimes reports that another was interrupted, and loses the
 * reason. Running the statement again, dropping its rows, brings it out; a query is free of effects, so it may be. In a
 * transaction, which is aborted by then, it cannot run again. */
static sw_status fail_fetch(sw_rows *r, duck_rows *d, sw_error *err) {
  for (int attempt = 0; attempt < 8 && interrupted_by_nobody(r, d); attempt++) {
    sw_error again = SW_ERROR_INIT;
    duckdb_data_chunk chunk;
    duckdb_destroy_result(&d->result);
    d->has_result = false;
    if (start(r, d, &again)) {
      if (strcmp(again.code, "SW-ENGINE-0018") == 0) return lost_cause(err); /* the transaction is aborted */
      if (err && err->status == SW_OK) *err = again;
      return again.status;
    }
    while ((chunk = duckdb_fetch_chunk(d->result))) duckdb_destroy_data_chunk(&chunk);
    if (!duckdb_result_error(&d->result)) break;
  }
  if (interrupted_by_nobody(r, d) || !duckdb_result_error(&d->result)) return lost_cause(err);
  return duck_fail_result(r->conn->engine, &d->result, d->sql, err);
}

sw_step duck_fetch(sw_rows *r, sw_error *err) {
  duck_rows *d = r->impl;
  duckdb_destroy_data_chunk(&d->chunk);
  sw_arena_fini(&d->scratch);
  d->chunk = duckdb_fetch_chunk(d->result);
  if (!d->chunk) {
    const char *message = duckdb_result_error(&d->result);
    if (!message || !*message) {
      d->complete = true;
      return SW_DONE;
    }
    return fail_fetch(r, d, err) ? SW_STEP_ERROR : SW_DONE;
  }
  size_t n = (size_t)duckdb_data_chunk_get_size(d->chunk);
  if (!n) return SW_DONE;
  for (size_t i = 0; i < r->ncolumns; i++) {
    duckdb_vector v = duckdb_data_chunk_get_vector(d->chunk, i);
    if (duck_view(&d->shapes[i], v, n, &d->scratch, &r->columns[i], err)) return SW_STEP_ERROR;
  }
  r->n = n;
  return SW_ROW;
}

void duck_release(sw_rows *r) {
  duck_rows *d = r->impl;
  duckdb_destroy_data_chunk(&d->chunk);
  if (d->has_result) duckdb_destroy_result(&d->result);
  duckdb_destroy_prepare(&d->stmt);
  if (d->has_result && !d->complete && r->serial == r->conn->serial) end_query(r->conn);
  sw_arena_fini(&d->arena);
  sw_arena_fini(&d->scratch);
  free(d->sql);
  free(d);
  r->impl = NULL;
}

/* --- descriptions ------------------------------------------------------------------------------------ */

static void put_type(const duck_shape *s, sw_buf *out) {
  if (s->type.id == SW_TYPE_STRUCT) {
    sw_buf_puts(out, "STRUCT(");
    for (size_t i = 0; i < s->nchildren; i++) {
      sw_buf_printf(out, "%s\"%s\" ", i ? ", " : "", s->children[i].name ? s->children[i].name : "");
      put_type(&s->children[i], out);
    }
    sw_buf_puts(out, ")");
  } else if (s->type.id == SW_TYPE_LIST) {
    put_type(&s->children[0], out);
    sw_buf_puts(out, "[]");
  } else {
    sw_type_sql(s->type, out);
  }
}

static sw_status describe_one(duckdb_prepared_statement st, size_t i, sw_arena *a, sw_column_info *out, sw_error *err) {
  duck_shape shape;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  const char *name = duckdb_prepared_statement_column_name(st, i);
  out->name = sw_arena_dupz(a, sw_str_of(name ? name : ""));
  duckdb_free((void *)(uintptr_t)name);
  duckdb_logical_type t = duckdb_prepared_statement_column_logical_type(st, i);
  sw_status s = duck_shape_of(t, NULL, a, &shape, err);
  duckdb_destroy_logical_type(&t);
  if (s) return s;
  put_type(&shape, &text);
  out->type = shape.type;
  out->sql_type = sw_arena_dup(a, sw_buf_str(&text)).ptr;
  return sw_arena_check(a, err);
}

sw_status duck_describe(sw_conn *c, const char *sql, sw_arena *a, sw_column_info **out, size_t *n, sw_error *err) {
  duckdb_prepared_statement st = NULL;
  *out = NULL;
  *n = 0;
  sw_status s = prepare_single(c, sql, &st, err);
  if (s == SW_OK) {
    size_t count = (size_t)duckdb_prepared_statement_column_count(st);
    sw_column_info *info = SW_ARENA_ARRAY(a, sw_column_info, count ? count : 1);
    s = info ? SW_OK : sw_arena_check(a, err);
    for (size_t i = 0; i < count && s == SW_OK; i++) s = describe_one(st, i, a, &info[i], err);
    *out = info;
    *n = count;
  }
  duckdb_destroy_prepare(&st);
  return s;
}
