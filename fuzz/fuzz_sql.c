/* The check of pack SQL: whatever the text, it ends in a verdict with a place inside the text, and what passes is one
 * query that the engine can parse inside brackets. */
#include "engine/rows.h"
#include "engine/subset.h"

#include <stdint.h>
#include <stdlib.h>

static sw_conn *connection(void) {
  static sw_engine *engine;
  static sw_conn *conn;
  sw_error err = SW_ERROR_INIT;
  if (conn) return conn;
  if (sw_engine_open(&(sw_engine_options){.memory_limit = 1 << 28, .threads = 1}, &engine, &err) || sw_conn_open(engine, &conn, &err)) abort();
  return conn;
}

static int64_t lines(sw_str s) {
  int64_t n = 1;
  for (size_t i = 0; i < s.len; i++) n += s.ptr[i] == '\n';
  return n;
}

static void judge(sw_status s, const sw_error *err, sw_str text) {
  if (s == SW_OK) return;
  if (err->status != s || !err->msg[0][0] || !err->msg[1][0]) abort();
  if (err->line < 0 || err->line > lines(text)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  sw_str text = {(const char *)data, size};
  if (!size || size > 4096) return 0;
  sw_arena a = SW_ARENA_INIT;
  sw_sql_info info;
  sw_error err = SW_ERROR_INIT;
  err.line = 0;
  judge(sw_sql_check(connection(), text, &a, &info, &err), &err, text);
  err.status = SW_OK;
  err.line = 0;
  judge(sw_sql_check_expr(connection(), text, &a, &info, &err), &err, text);
  err.status = SW_OK;
  err.line = 0;
  judge(sw_sql_check_read(connection(), text, &err), &err, text);
  sw_arena_fini(&a);
  return 0;
}
