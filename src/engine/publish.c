#include "engine/publish.h"

#include "engine/rows.h"
#include "engine/sql.h"

static const char *const SCHEMAS[] = {"store", "ods", "dwd", "dws", "ads", "quality", "person", "meta"};

sw_status sw_publish_prepare(sw_conn *c, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  for (size_t i = 0; i < sizeof SCHEMAS / sizeof *SCHEMAS; i++) sw_sql_build(&sql, "CREATE SCHEMA IF NOT EXISTS {};", sw_sql_id(SCHEMAS[i]));
  sw_buf_puts(&sql,
              "CREATE TABLE IF NOT EXISTS meta.applied(step_id VARCHAR NOT NULL, run VARCHAR NOT NULL, step VARCHAR NOT NULL,"
              " applied_at TIMESTAMP NOT NULL)");
  sw_status s = sw_buf_check(&sql, err);
  return s ? s : sw_exec(c, sql.ptr, NULL, err);
}

/* --- publishing -------------------------------------------------------------------------------------- */

typedef struct work {
  const char *run, *step;
  int64_t at_us;
  const sw_publication *p;
  size_t n;
  sw_tx_body also;
  void *ctx;
} work;

static sw_status point_view(sw_conn *c, const sw_publication *p, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "CREATE OR REPLACE VIEW {} AS ", sw_sql_table(p->schema, p->view));
  if (p->physical) sw_sql_build(&sql, "SELECT * FROM {}", sw_sql_table("store", p->physical));
  else sw_buf_puts(&sql, p->select);
  sw_status s = sw_buf_check(&sql, err);
  if (s == SW_OK) s = sw_exec(c, sql.ptr, NULL, err);
  return s ? SW_FRAME(err, "发布视图 %s.%s", "publishing view %s.%s", p->schema, p->view) : SW_OK;
}

static sw_status mark_applied(sw_conn *c, const work *w, sw_error *err) {
  bool there;
  sw_status s = sw_publish_is_applied(c, w->run, w->step, &there, err);
  if (s) return s;
  if (there)
    return SW_FAIL(err, SW_E_EXISTS, "SW-ENGINE-0050", "运行 %s 的步骤 %s 已经发布", "run %s: step %s is published already", w->run, w->step);
  return sw_exec_params(c, "INSERT INTO meta.applied SELECT $1 || '/' || $2, $1, $2, $3::TIMESTAMP",
                        SW_PARAMS(sw_p_strz(w->run), sw_p_strz(w->step), sw_p_timestamp(w->at_us)), NULL, NULL, err);
}

static sw_status publish(sw_conn *c, void *ctx, sw_error *err) {
  const work *w = ctx;
  sw_status s = mark_applied(c, w, err);
  for (size_t i = 0; i < w->n && s == SW_OK; i++) s = point_view(c, &w->p[i], err);
  if (s == SW_OK && w->also) s = w->also(c, w->ctx, err);
  return s;
}

sw_status sw_publish_with(sw_conn *c, const char *run, const char *step, int64_t applied_at_us, const sw_publication *p, size_t n,
                          sw_tx_body also, void *ctx, sw_error *err) {
  work w = {.run = run, .step = step, .at_us = applied_at_us, .p = p, .n = n, .also = also, .ctx = ctx};
  return sw_transaction(c, publish, &w, err);
}

sw_status sw_publish(sw_conn *c, const char *run, const char *step, int64_t applied_at_us, const sw_publication *p, size_t n, sw_error *err) {
  return sw_publish_with(c, run, step, applied_at_us, p, n, NULL, NULL, err);
}

sw_status sw_publish_is_applied(sw_conn *c, const char *run, const char *step, bool *out, sw_error *err) {
  int64_t n = 0;
  sw_status s = sw_query_i64(c, "SELECT count(*) FROM meta.applied WHERE run = ? AND step = ?", SW_PARAMS(sw_p_strz(run), sw_p_strz(step)), NULL,
                             &n, NULL, err);
  *out = n > 0;
  return s;
}

/* --- old versions ------------------------------------------------------------------------------------ */

char *sw_publish_physical(sw_arena *a, const char *schema, const char *table, const char *run) {
  return sw_arena_printf(a, "%s_%s_%s", schema, table, run);
}

static sw_status drop_table(sw_conn *c, sw_str name, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_arg table = {.kind = SW_SQL_TABLE, .a = SW_LIT("store"), .b = name};
  sw_sql_build(&sql, "DROP TABLE IF EXISTS {}", table);
  sw_status s = sw_buf_check(&sql, err);
  return s ? s : sw_exec(c, sql.ptr, NULL, err);
}

static sw_status list_tables(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, sw_arena *a, sw_str **out, size_t *n,
                             sw_error *err) {
  sw_rows *r;
  sw_step step;
  size_t cap = 0;
  *out = NULL;
  *n = 0;
  sw_status s = sw_query(c, sql, params, nparams, NULL, &r, err);
  if (s) return s;
  while ((step = sw_rows_next(r, err)) == SW_ROW) {
    if (*n == cap) {
      sw_str *more = SW_ARENA_ARRAY(a, sw_str, cap = cap ? cap * 2 : 16);
      if (!more) break;
      if (*n) memcpy(more, *out, *n * sizeof *more);
      *out = more;
    }
    (*out)[(*n)++] = sw_arena_dup(a, sw_rows_str(r, 0));
  }
  sw_rows_free(r);
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
  return sw_arena_check(a, err);
}

/* Tables <schema>_<view>_<run>[_…] that no view reads, but for the newest $1 runs of each: one look at the catalogue for all views. A run's id
 * begins with its date, so a table whose name begins like another's (dwd_fee, dwd_fee_detail) is told apart. The published run
 * counts as no version to keep. */
static const char OLD_TABLES[] =
    "WITH runs AS (SELECT table_name AS name, regexp_extract(table_name, '^(.+?)_([0-9]{8}T[0-9]+-[0-9]+)', 1) AS base,"
    "   regexp_extract(table_name, '^(.+?)_([0-9]{8}T[0-9]+-[0-9]+)', 2) AS run FROM duckdb_tables()"
    "   WHERE database_name = current_database() AND schema_name = 'store'),"
    " views AS (SELECT sql FROM duckdb_views() WHERE database_name = current_database() AND NOT internal AND contains(sql, 'store.')),"
    " used AS (SELECT DISTINCT base, run FROM runs WHERE run <> '' AND EXISTS (SELECT 1 FROM views WHERE contains(sql, name))),"
    " ranked AS (SELECT base, run, row_number() OVER (PARTITION BY base ORDER BY run DESC) AS rank FROM"
    "   (SELECT DISTINCT base, run FROM runs WHERE run <> '') ANTI JOIN used USING (base, run))"
    " SELECT name FROM runs JOIN ranked USING (base, run) WHERE rank > $1 ORDER BY name";

sw_status sw_publish_collect(sw_conn *c, size_t keep, size_t *dropped, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  sw_str *names = NULL;
  size_t n = 0;
  sw_status s = list_tables(c, OLD_TABLES, SW_PARAMS(sw_p_i64((int64_t)keep)), &a, &names, &n, err);
  if (s == SW_OK && n) s = sw_begin(c, err);
  for (size_t i = 0; s == SW_OK && i < n; i++) s = drop_table(c, names[i], err);
  if (n) {
    if (s == SW_OK) s = sw_commit(c, err);
    else sw_rollback(c);
  }
  if (dropped) *dropped = s == SW_OK ? n : 0;
  sw_arena_fini(&a);
  return s;
}

sw_status sw_publish_discard(sw_conn *c, const char *run, const sw_publication *p, size_t n, sw_error *err) {
  static const char sql[] =
      "SELECT table_name FROM information_schema.tables t WHERE table_catalog = current_database() AND table_schema = 'store'"
      " AND (table_name = $1 OR starts_with(table_name, $1 || '_')) AND NOT EXISTS (SELECT 1 FROM duckdb_views()"
      " WHERE database_name = current_database() AND NOT internal AND contains(sql, t.table_name))";
  sw_arena a = SW_ARENA_INIT;
  sw_status s = SW_OK;
  for (size_t i = 0; i < n && s == SW_OK; i++) {
    sw_str *names = NULL;
    size_t count = 0;
    const char *name = sw_publish_physical(&a, p[i].schema, p[i].view, run);
    s = name ? list_tables(c, sql, SW_PARAMS(sw_p_strz(name)), &a, &names, &count, err) : sw_arena_check(&a, err);
    for (size_t k = 0; s == SW_OK && k < count; k++) s = drop_table(c, names[k], err);
  }
  sw_arena_fini(&a);
  return s;
}
