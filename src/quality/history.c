#include "quality/history.h"

#include "base/arena.h"
#include "base/fs.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "quality/check.h"
#include "quality/reconcile.h"

typedef struct kind {
  const char *name, *table;
  const char *columns; /* all but numbers that only one warehouse knows */
  const char *order;
} kind;

static const kind KINDS[SW_HISTORY_KINDS] = {
    [SW_HISTORY_METRIC] = {"metric", "kept_quality_metric", "run, as_of, table_name, rule, org, value", "table_name, rule, org"},
    [SW_HISTORY_SCORE] = {"score", "kept_quality_score", "run, as_of, table_name, org, formula, dimension, score, low, high, checked, failed, rules",
                          "table_name, org, formula, dimension"},
    [SW_HISTORY_RECONCILIATION] = {"reconciliation", "kept_reconcile",
                                   "run, as_of, counterpart, table_name, org, day, measure, here, told, difference, tolerance, within, rejected, undelivered",
                                   "counterpart, table_name, org, day, measure"},
    [SW_HISTORY_VOLUME] = {"volume", "kept_volume", "run, as_of, table_name, org, day, \"rows\", late", "table_name, org, day"},
};

static char *folder(sw_arena *a, const char *dir, const kind *k) { return sw_arena_printf(a, "%s/quality/%s", dir, k->name); }

/* --- reading ---------------------------------------------------------------------------------------------------- */

/* "…/<run>.parquet" to the run. */
static char *run_of(sw_arena *a, const char *path) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  size_t n = strlen(name);
  return n > 8 && strcmp(name + n - 8, ".parquet") == 0 ? sw_arena_dupz(a, (sw_str){name, n - 8}) : NULL;
}

/* A run that the table already has is not read again: its rows came with the run itself. */
static sw_status load_file(sw_conn *c, const kind *k, const char *path, const char *run, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "INSERT INTO {} ({}) SELECT {} FROM read_parquet([{}]) WHERE NOT EXISTS (SELECT 1 FROM {} t WHERE t.run = {})", sw_sql_table("store", k->table),
               sw_sql_raw(sw_str_of(k->columns)), sw_sql_raw(sw_str_of(k->columns)), sw_sql_text(path), sw_sql_table("store", k->table), sw_sql_text(run));
  sw_status st = sw_buf_check(&sql, err);
  if (!st) st = sw_exec(c, sql.ptr, NULL, err);
  return st ? SW_FRAME(err, "读取历史 %s", "reading the history %s", path) : SW_OK;
}

static sw_status load_kind(sw_conn *c, const char *dir, const kind *k, sw_arena *a, sw_error *err) {
  char **paths, *from = folder(a, dir, k);
  size_t n = 0;
  int64_t known = 0;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  if (!from) return sw_arena_check(a, err);
  if (!sw_fs_exists(from)) return SW_OK;
  sw_status st = sw_fs_list(from, NULL, a, &paths, &n, err);
  sw_sql_build(&sql, "SELECT count(DISTINCT run) FROM {}", sw_sql_table("store", k->table));
  if (!st) st = sw_buf_check(&sql, err);
  if (!st) st = sw_query_i64(c, sql.ptr, SW_NO_PARAMS, NULL, &known, NULL, err);
  if (st || known >= (int64_t)n) return st; /* the usual case: nothing was lost */
  for (size_t i = 0; i < n && !st; i++) {
    char *run = run_of(a, paths[i]);
    if (run) st = load_file(c, k, paths[i], run, err);
  }
  return st;
}

sw_status sw_history_prepare(sw_conn *c, const char *dir, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  sw_status st = sw_quality_prepare(c, err);
  if (!st) st = sw_reconcile_prepare(c, err);
  if (!st)
    st = sw_exec(c,
                 "CREATE TABLE IF NOT EXISTS store.kept_volume(run VARCHAR, as_of TIMESTAMP, table_name VARCHAR, org VARCHAR, day DATE, \"rows\" BIGINT, late BIGINT);"
                 "CREATE VIEW IF NOT EXISTS quality.volume_history AS SELECT * FROM store.kept_volume;",
                 NULL, err);
  for (size_t i = 0; i < SW_HISTORY_KINDS && !st; i++) st = load_kind(c, dir, &KINDS[i], &a, err);
  sw_arena_fini(&a);
  return st;
}

/* --- writing ---------------------------------------------------------------------------------------------------- */

sw_status sw_history_write(sw_conn *c, const char *dir, sw_history_kind which, const char *run, const sw_cancel *cancel, sw_error *err) {
  const kind *k = &KINDS[which];
  sw_arena a = SW_ARENA_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  char *into = folder(&a, dir, k), *path = into ? sw_arena_printf(&a, "%s/%s.parquet", into, run) : NULL, *fresh = path ? sw_arena_printf(&a, "%s.tmp", path) : NULL;
  sw_sql_build(&sql, "SELECT {} FROM {} WHERE run = {} ORDER BY {}", sw_sql_raw(sw_str_of(k->columns)), sw_sql_table("store", k->table), sw_sql_text(run),
               sw_sql_raw(sw_str_of(k->order)));
  sw_status st = fresh ? sw_buf_check(&sql, err) : sw_arena_check(&a, err);
  int64_t rows = 0;
  if (!st) st = sw_fs_mkdirs(into, err);
  if (!st) st = sw_copy_parquet(c, sql.ptr, fresh, NULL, cancel, &rows, err);
  if (!st) st = rows ? sw_fs_rename_durable(fresh, path, err) : sw_fs_remove(fresh, err);
  if (!st && !rows) st = sw_fs_remove(path, err); /* a run without rows has no file, and is not looked for at every start */
  sw_arena_fini(&a);
  return st ? SW_FRAME(err, "写入质量历史 %s", "writing the history of %s", k->name) : SW_OK;
}
