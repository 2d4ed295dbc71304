/* What the coding room's engine tests share: an engine in memory with the published schemas. */
#ifndef SW_TEST_CODING_SUPPORT_H
#define SW_TEST_CODING_SUPPORT_H

#include "engine/engine.h"
#include "engine/publish.h"
#include "engine/rows.h"
#include "support/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
  sw_engine *engine;
  sw_conn *conn;
  sw_error err;
} fixture;

static inline int fixture_setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  OK(sw_engine_open(&(sw_engine_options){.memory_limit = INT64_C(1) << 30, .threads = 2}, &f->engine, &f->err));
  OK(sw_conn_open(f->engine, &f->conn, &f->err));
  OK(sw_publish_prepare(f->conn, &f->err));
  *state = f;
  return 0;
}

static inline int fixture_teardown(void **state) {
  fixture *f = *state;
  sw_conn_close(f->conn);
  sw_engine_close(f->engine);
  free(f);
  return 0;
}

static inline int64_t one_i64(fixture *f, const char *sql) {
  int64_t v = -1;
  OK(sw_query_i64(f->conn, sql, SW_NO_PARAMS, NULL, &v, NULL, &f->err));
  return v;
}

static inline void run_sql(fixture *f, const char *sql) { OK(sw_exec(f->conn, sql, NULL, &f->err)); }

/* The value as text equals `want`. */
static inline void expect_text(fixture *f, const char *sql, const char *want) {
  sw_buf b = SW_BUF_INIT;
  OK(sw_query_text(f->conn, sql, SW_NO_PARAMS, NULL, &b, NULL, &f->err));
  assert_string_equal(b.ptr, want);
  sw_buf_fini(&b);
}

#endif
