#include "workspace/moved.h"

#include "base/arena.h"
#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sql.h"

/* `root/landing/` as it begins a literal of SQL: with the opening quote, without the closing one. */
static sw_status prefix(const char *root, sw_buf *out, sw_error *err) {
  SW_AUTO(sw_buf) path = SW_BUF_INIT;
  sw_buf_printf(&path, "%s/landing/", root);
  if (sw_buf_check(&path, err)) return err ? err->status : SW_E_NOMEM;
  sw_sql_put(out, sw_sql_str(sw_buf_str(&path)));
  if (sw_buf_check(out, err)) return err ? err->status : SW_E_NOMEM;
  out->ptr[--out->len] = '\0';
  return SW_OK;
}

sw_status sw_views_moved(sw_conn *c, const char *root, sw_buf *old, sw_error *err) {
  SW_AUTO(sw_buf) here = SW_BUF_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status s = prefix(root, &here, err);
  if (s) return s;
  sw_sql_build(&sql,
               "SELECT coalesce(max(replace(regexp_extract(sql, '''((?:[^'']|'''')*?)/landing/', 1), '''''', '''')), '') FROM duckdb_views() WHERE schema_name = 'ods'"
               " AND contains(sql, '/landing/') AND NOT contains(sql, {})",
               sw_sql_str(sw_buf_str(&here)));
  s = sw_buf_check(&sql, err);
  return s ? s : sw_query_text(c, sql.ptr, SW_NO_PARAMS, NULL, old, NULL, err);
}

typedef struct follower {
  sw_arena arena;
  SW_VEC(char *) statements;
} follower;

static sw_status collect(sw_conn *c, const char *sql, follower *f, sw_error *err) {
  sw_rows *rows = NULL;
  sw_step step;
  sw_status s = sw_query(c, sql, SW_NO_PARAMS, NULL, &rows, err);
  if (s) return s;
  while ((step = sw_rows_next(rows, err)) == SW_ROW) {
    char *text = sw_arena_dupz(&f->arena, sw_rows_str(rows, 0));
    if (!text || !SW_VEC_PUSH(&f->statements, text)) {
      s = SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
      break;
    }
  }
  sw_rows_free(rows);
  if (s) return s;
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK;
}

static sw_status replace_all(sw_conn *c, const follower *f, sw_error *err) {
  sw_status s = sw_begin(c, err);
  if (s) return s;
  for (size_t i = 0; !s && i < f->statements.len; i++) s = sw_exec(c, f->statements.items[i], NULL, err);
  if (!s) return sw_commit(c, err);
  sw_rollback(c);
  return s;
}

sw_status sw_views_follow(sw_conn *c, const char *old, const char *root, sw_error *err) {
  follower f = {.arena = SW_ARENA_INIT};
  SW_AUTO(sw_buf) from = SW_BUF_INIT;
  SW_AUTO(sw_buf) to = SW_BUF_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status s = prefix(old, &from, err);
  if (!s) s = prefix(root, &to, err);
  if (!s) {
    sw_sql_build(&sql, "SELECT replace(regexp_replace(sql, '^CREATE VIEW', 'CREATE OR REPLACE VIEW'), {}, {}) FROM duckdb_views() WHERE contains(sql, {})",
                 sw_sql_str(sw_buf_str(&from)), sw_sql_str(sw_buf_str(&to)), sw_sql_str(sw_buf_str(&from)));
    s = sw_buf_check(&sql, err);
  }
  if (!s) s = collect(c, sql.ptr, &f, err);
  if (!s) s = replace_all(c, &f, err);
  SW_VEC_FREE(&f.statements);
  sw_arena_fini(&f.arena);
  return s;
}
