/* What the engine's tests share: a workspace in a temporary directory with an open engine and a connection. */
#ifndef SW_TEST_ENGINE_SUPPORT_H
#define SW_TEST_ENGINE_SUPPORT_H

#include "base/fs.h"
#include "engine/engine.h"
#include "engine/rows.h"
#include "support/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
  char dir[64], path[96], landing[96], temp[96], ledger[96];
  sw_engine *engine;
  sw_conn *conn;
  sw_error err;
} fixture;

static inline void fixture_open(fixture *f) {
  const char *allowed[] = {f->landing};
  OK(sw_engine_open(&(sw_engine_options){.path = f->path, .temp_dir = f->temp, .memory_limit = INT64_C(1) << 30, .threads = 2,
                                         .allowed_dirs = allowed, .nallowed = 1},
                    &f->engine, &f->err));
  OK(sw_conn_open(f->engine, &f->conn, &f->err));
}

static inline void fixture_close(fixture *f) {
  sw_conn_close(f->conn);
  sw_engine_close(f->engine);
  f->conn = NULL;
  f->engine = NULL;
}

static inline int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  if (!f) return 1;
  snprintf(f->dir, sizeof f->dir, "%s/sw_engine_XXXXXX", getenv("TMPDIR") && strlen(getenv("TMPDIR")) < 40 ? getenv("TMPDIR") : "/tmp");
  if (!mkdtemp(f->dir)) return 1;
  snprintf(f->path, sizeof f->path, "%s/warehouse.duckdb", f->dir);
  snprintf(f->landing, sizeof f->landing, "%s/landing", f->dir);
  snprintf(f->temp, sizeof f->temp, "%s/tmp", f->dir);
  snprintf(f->ledger, sizeof f->ledger, "%s/ledger.sqlite", f->dir);
  *state = f;
  fixture_open(f);
  return 0;
}

static inline int teardown(void **state) {
  fixture *f = *state;
  fixture_close(f);
  sw_error err = SW_ERROR_INIT;
  int failed = sw_fs_remove_tree(f->dir, &err) != SW_OK;
  free(f);
  return failed;
}

static inline int64_t one_i64(fixture *f, const char *sql) {
  int64_t v = -1;
  OK(sw_query_i64(f->conn, sql, SW_NO_PARAMS, NULL, &v, NULL, &f->err));
  return v;
}

#define ASSERT_TEXT(sql, want)                                                        \
  do {                                                                                \
    sw_buf text_ = SW_BUF_INIT;                                                       \
    OK(sw_query_text(f->conn, sql, SW_NO_PARAMS, NULL, &text_, NULL, &f->err));       \
    assert_string_equal(text_.ptr, want);                                             \
    sw_buf_fini(&text_);                                                              \
  } while (0)

#endif
