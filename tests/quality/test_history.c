/* The history of quality outlives the warehouse, and a run is in it once. */
#include "base/fs.h"
#include "engine/rows.h"
#include "quality/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct bed {
  char dir[64], history[96];
  sw_engine *engine;
  sw_conn *conn;
  sw_error err;
} bed;

static void sql(bed *b, const char *text) {
  sw_error_clear(&b->err);
  if (sw_exec(b->conn, text, NULL, &b->err)) fail_msg("%s: %s", text, b->err.msg[SW_LANG_EN]);
}

static int64_t number(bed *b, const char *text) {
  int64_t n = 0;
  sw_error_clear(&b->err);
  if (sw_query_i64(b->conn, text, SW_NO_PARAMS, NULL, &n, NULL, &b->err)) fail_msg("%s: %s", text, b->err.msg[SW_LANG_EN]);
  return n;
}

/* A warehouse without anything in it, beside the history that is there. */
static void new_warehouse(bed *b) {
  const char *const allowed[] = {b->history};
  sw_conn_close(b->conn);
  sw_engine_close(b->engine);
  assert_int_equal(sw_engine_open(&(sw_engine_options){.threads = 1, .allowed_dirs = allowed, .nallowed = 1}, &b->engine, &b->err), SW_OK);
  assert_int_equal(sw_conn_open(b->engine, &b->conn, &b->err), SW_OK);
  if (sw_history_prepare(b->conn, b->history, &b->err)) fail_msg("%s", b->err.msg[SW_LANG_EN]);
}

static int open_bed(void **state) {
  bed *b = calloc(1, sizeof *b);
  snprintf(b->dir, sizeof b->dir, "/tmp/suwen-history-XXXXXX");
  assert_non_null(mkdtemp(b->dir));
  snprintf(b->history, sizeof b->history, "%s/history", b->dir);
  new_warehouse(b);
  *state = b;
  return 0;
}

static int close_bed(void **state) {
  bed *b = *state;
  sw_error err = SW_ERROR_INIT;
  sw_conn_close(b->conn);
  sw_engine_close(b->engine);
  assert_int_equal(sw_fs_remove_tree(b->dir, &err), SW_OK);
  free(b);
  return 0;
}

static void keep(bed *b, const char *run) {
  for (int k = 0; k < SW_HISTORY_KINDS; k++)
    if (sw_history_write(b->conn, b->history, (sw_history_kind)k, run, NULL, &b->err)) fail_msg("%s", b->err.msg[SW_LANG_EN]);
}

static const char *const RUN_1 = "INSERT INTO store.kept_quality_metric SELECT 'r1', TIMESTAMP '2024-01-01', 'dwd.visit', 'V' || i, 'H1', i / 3.0 FROM range(50) t(i);"
                                 "INSERT INTO store.kept_quality_score SELECT 'r1', TIMESTAMP '2024-01-01', 1, 'dwd.visit', 'H1', 'suwen-1', '', 98.5, 97, 99, 100, 2, 3;"
                                 "INSERT INTO store.kept_volume VALUES ('r1', TIMESTAMP '2024-01-01', 'dwd.visit', 'H1', DATE '2023-12-31', 12, 1)";

static void a_new_warehouse_reads_what_earlier_runs_wrote(void **state) {
  bed *b = *state;
  sql(b, RUN_1);
  keep(b, "r1");
  sql(b, "INSERT INTO store.kept_quality_metric VALUES ('r2', TIMESTAMP '2024-01-02', 'dwd.visit', 'V1', 'H1', 7)");
  keep(b, "r2");
  new_warehouse(b);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.metric"), 51);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.metric WHERE run = 'r1' AND rule = 'V7' AND value = 7 / 3.0"), 1);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.score WHERE run = 'r1' AND score = 98.5 AND rules = 3"), 1);
  assert_int_equal(number(b, "SELECT sum(\"rows\")::BIGINT FROM quality.volume_history"), 12);
  assert_int_equal(sw_history_prepare(b->conn, b->history, &b->err), SW_OK);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.metric"), 51);
}

static void a_run_that_is_written_again_is_there_once(void **state) {
  bed *b = *state;
  sql(b, RUN_1);
  keep(b, "r1");
  keep(b, "r1");
  sql(b, "DELETE FROM store.kept_quality_metric WHERE rule > 'V3'"); /* the step ran again and measured less */
  keep(b, "r1");
  int64_t left = number(b, "SELECT count(*) FROM quality.metric");
  new_warehouse(b);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.metric"), left);
}

static void what_a_crash_left_is_no_history(void **state) {
  bed *b = *state;
  char path[160];
  sw_error err = SW_ERROR_INIT;
  sql(b, RUN_1);
  keep(b, "r1");
  snprintf(path, sizeof path, "%s/quality/metric/r9.parquet.tmp", b->history);
  assert_int_equal(sw_fs_write_durable(path, "torn", 4, &err), SW_OK);
  new_warehouse(b);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.metric"), 50);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_new_warehouse_reads_what_earlier_runs_wrote, open_bed, close_bed),
      cmocka_unit_test_setup_teardown(a_run_that_is_written_again_is_there_once, open_bed, close_bed),
      cmocka_unit_test_setup_teardown(what_a_crash_left_is_no_history, open_bed, close_bed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
