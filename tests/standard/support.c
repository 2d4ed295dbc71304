#include "standard/support.h"

int world_open(void **state) {
  world *w = calloc(1, sizeof *w);
  *state = w;
  snprintf(w->dir, sizeof w->dir, "%s/sw_standard_XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  if (!w || !mkdtemp(w->dir)) return -1;
  sw_error err = SW_ERROR_INIT;
  if (sw_engine_open(&(sw_engine_options){.threads = 2, .memory_limit = 1 << 30}, &w->engine, &err) || sw_conn_open(w->engine, &w->conn, &err)) {
    print_error("%s\n", err.msg[1]);
    return -1;
  }
  world_sql(w, "CREATE SCHEMA ods; CREATE SCHEMA dwd; CREATE SCHEMA store; CREATE SCHEMA meta;"
               "CREATE TABLE meta.batch (batch_no BIGINT, source VARCHAR, org VARCHAR, table_name VARCHAR, file VARCHAR, delivery VARCHAR, delivered_at TIMESTAMP)");
  return 0;
}

int world_close(void **state) {
  world *w = *state;
  sw_pack_free(w->set);
  sw_conn_close(w->conn);
  sw_engine_close(w->engine);
  sw_status s = sw_fs_remove_tree(w->dir, NULL);
  free(w);
  return s ? -1 : 0;
}

void world_file(world *w, const char *path, const char *text) {
  char full[512], parent[512];
  snprintf(full, sizeof full, "%s/p/%s", w->dir, path);
  snprintf(parent, sizeof parent, "%s", full);
  *strrchr(parent, '/') = '\0';
  assert_int_equal(sw_fs_mkdirs(parent, NULL), SW_OK);
  assert_int_equal(sw_fs_write_durable(full, text, strlen(text), NULL), SW_OK);
}

void world_load(world *w) {
  char path[512];
  snprintf(path, sizeof path, "%s/p", w->dir);
  world_file(w, "pack.yaml", "pack: test\nversion: '1'\ntitle: test\n");
  const char *dirs[] = {path};
  sw_problems p = SW_PROBLEMS_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_pack_free(w->set);
  w->set = NULL;
  if (sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1, .strip = path}, &w->set, &p, &err)) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_problems_format(&p, SW_LANG_EN, &b);
    fail_msg("%s", b.ptr);
  }
  sw_problems_fini(&p);
}

void world_sql(world *w, const char *sql) {
  sw_error err = SW_ERROR_INIT;
  if (sw_exec(w->conn, sql, NULL, &err)) fail_msg("%s\n%s", err.msg[1], sql);
}

char *world_rows(world *w, const char *sql) {
  sw_error err = SW_ERROR_INIT;
  sw_rows *r = NULL;
  if (sw_query(w->conn, sql, SW_NO_PARAMS, NULL, &r, &err)) fail_msg("%s\n%s", err.msg[1], sql);
  sw_buf b = SW_BUF_INIT;
  sw_step s;
  while ((s = sw_rows_next(r, &err)) == SW_ROW) {
    for (size_t i = 0; i < sw_rows_ncolumns(r); i++) {
      if (i) sw_buf_putc(&b, '|');
      if (sw_rows_is_null(r, i))
        sw_buf_putc(&b, '~');
      else
        sw_rows_text(r, i, &b);
    }
    sw_buf_putc(&b, '\n');
  }
  if (s == SW_STEP_ERROR) fail_msg("%s\n%s", err.msg[1], sql);
  sw_rows_free(r);
  return sw_buf_take(&b);
}

void world_expect(world *w, const char *sql, const char *want) {
  char *got = world_rows(w, sql);
  assert_string_equal(got, want);
  free(got);
}
