#include "engine/publish.h"
#include "support.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void build(fixture *f, const char *name, int value) {
  char sql[256];
  snprintf(sql, sizeof sql, "CREATE TABLE store.\"%s\" AS SELECT %d AS v FROM range(10)", name, value);
  OK(sw_exec(f->conn, sql, NULL, &f->err));
}

static int publish_prepared(void **state) {
  if (setup(state)) return 1;
  fixture *f = *state;
  return sw_publish_prepare(f->conn, &f->err) || sw_publish_prepare(f->conn, &f->err);
}

static void views_and_the_marker_appear_together(void **state) {
  fixture *f = *state;
  bool applied;
  build(f, "dwd_visit_1", 1);
  build(f, "dwd_fee_1", 2);
  sw_publication p[] = {{.schema = "dwd", .view = "visit", .physical = "dwd_visit_1"}, {.schema = "dwd", .view = "fee", .physical = "dwd_fee_1"}};
  OK(sw_publish_is_applied(f->conn, "1", "a", &applied, &f->err));
  assert_false(applied);
  OK(sw_publish(f->conn, "1", "a", 0, p, 2, &f->err));
  OK(sw_publish_is_applied(f->conn, "1", "a", &applied, &f->err));
  assert_true(applied);
  assert_int_equal(one_i64(f, "SELECT (SELECT max(v) FROM dwd.visit) * 10 + (SELECT max(v) FROM dwd.fee)"), 12);
  FAILS(sw_publish(f->conn, "1", "a", 0, p, 2, &f->err), SW_E_EXISTS);
  sw_publication broken[] = {{.schema = "dwd", .view = "visit", .select = "SELECT 9 AS v"}, {.schema = "dwd", .view = "fee", .physical = "missing"}};
  FAILS(sw_publish(f->conn, "2", "a", 0, broken, 2, &f->err), SW_E_ENGINE);
  assert_int_equal(one_i64(f, "SELECT max(v) FROM dwd.visit"), 1);
  OK(sw_publish_is_applied(f->conn, "2", "a", &applied, &f->err));
  assert_false(applied);
}

static void old_versions_are_collected_and_neighbours_left_alone(void **state) {
  fixture *f = *state;
  static const char *const tables[] = {"dwd_fee_20240301T000000-0001", "dwd_fee_20240302T000000-0002", "dwd_fee_20240303T000000-0003",
                                       "dwd_fee_20240303T000000-0003_202403", "dwd_fee_20240304T000000-0004", "dwd_fee_detail_20240301T000000-0001"};
  size_t dropped;
  for (size_t i = 0; i < 6; i++) build(f, tables[i], (int)i);
  sw_publication p = {.schema = "dwd", .view = "fee", .physical = tables[4]};
  OK(sw_publish(f->conn, "4", "a", 0, &p, 1, &f->err));
  OK(sw_publish_collect(f->conn, 1, &dropped, &f->err));
  assert_int_equal(dropped, 2);
  ASSERT_TEXT("SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM information_schema.tables WHERE table_schema = 'store'",
              "dwd_fee_20240303T000000-0003 dwd_fee_20240303T000000-0003_202403 dwd_fee_20240304T000000-0004 dwd_fee_detail_20240301T000000-0001");
  OK(sw_publish_discard(f->conn, "20240303T000000-0003", &p, 1, &f->err));
  OK(sw_publish_discard(f->conn, "20240304T000000-0004", &p, 1, &f->err)); /* published: stays */
  assert_int_equal(one_i64(f, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'store'"), 2);
  assert_int_equal(one_i64(f, "SELECT max(v) FROM dwd.fee"), 4);
}

static void a_reader_keeps_its_snapshot_while_a_new_version_is_published(void **state) {
  fixture *f = *state;
  sw_conn *reader;
  int64_t v;
  size_t dropped;
  build(f, "dwd_t_20240301T000000-0001", 1);
  build(f, "dwd_t_20240302T000000-0002", 2);
  OK(sw_publish(f->conn, "1", "a", 0, &(sw_publication){.schema = "dwd", .view = "t", .physical = "dwd_t_20240301T000000-0001"}, 1, &f->err));
  OK(sw_conn_open(f->engine, &reader, &f->err));
  OK(sw_begin(reader, &f->err));
  OK(sw_query_i64(reader, "SELECT max(v) FROM dwd.t", SW_NO_PARAMS, NULL, &v, NULL, &f->err));
  OK(sw_publish(f->conn, "2", "a", 0, &(sw_publication){.schema = "dwd", .view = "t", .physical = "dwd_t_20240302T000000-0002"}, 1, &f->err));
  OK(sw_publish_collect(f->conn, 0, &dropped, &f->err));
  assert_int_equal(dropped, 1);
  OK(sw_query_i64(reader, "SELECT max(v) FROM dwd.t", SW_NO_PARAMS, NULL, &v, NULL, &f->err));
  assert_int_equal(v, 1);
  OK(sw_commit(reader, &f->err));
  OK(sw_query_i64(reader, "SELECT max(v) FROM dwd.t", SW_NO_PARAMS, NULL, &v, NULL, &f->err));
  assert_int_equal(v, 2);
  sw_conn_close(reader);
}

/* Publishes version after version of two views until it is killed. */
static void publish_for_ever(const fixture *f, int begun) {
  sw_error err = SW_ERROR_INIT;
  sw_engine *e;
  sw_conn *c;
  if (sw_engine_open(&(sw_engine_options){.path = f->path, .threads = 1, .memory_limit = INT64_C(1) << 28}, &e, &err) || sw_conn_open(e, &c, &err)) _exit(1);
  int64_t first = 0;
  if (sw_query_i64(c, "SELECT count(*) FROM meta.applied", SW_NO_PARAMS, NULL, &first, NULL, &err)) _exit(2);
  if (write(begun, "", 1) != 1) _exit(6);
  for (int64_t i = first + 1;; i++) {
    char sql[256], run[40], a[56], b[56];
    snprintf(run, sizeof run, "20240301T000000-%06lld", (long long)i);
    snprintf(a, sizeof a, "dwd_a_%s", run);
    snprintf(b, sizeof b, "dwd_b_%s", run);
    snprintf(sql, sizeof sql, "CREATE OR REPLACE TABLE store.\"%s\" AS SELECT %lld AS v; CREATE OR REPLACE TABLE store.\"%s\" AS SELECT %lld AS v", a,
             (long long)i, b, (long long)i);
    sw_publication p[] = {{.schema = "dwd", .view = "a", .physical = a}, {.schema = "dwd", .view = "b", .physical = b}};
    if (sw_exec(c, sql, NULL, &err) || sw_publish(c, run, "s", i, p, 2, &err)) _exit(3);
    if (sw_publish_collect(c, 1, NULL, &err)) _exit(4);
    if (i % 7 == 0 && sw_engine_checkpoint(c, &err)) _exit(5);
  }
}

static void publishing_takes_milliseconds(void **state) {
  fixture *f = *state;
  int64_t took[2];
  build(f, "dwd_t_1", 1);
  for (int64_t i = 0; i < 2; i++) {
    int64_t t0 = sw_mono_us();
    for (int64_t k = 0; k < 20; k++) {
      char run[64];
      snprintf(run, sizeof run, "%lld-%lld", (long long)i, (long long)k);
      OK(sw_publish(f->conn, run, "a", k, &(sw_publication){.schema = "dwd", .view = "t", .physical = "dwd_t_1"}, 1, &f->err));
      if (i) OK(sw_engine_checkpoint(f->conn, &f->err));
    }
    took[i] = (sw_mono_us() - t0) / 20;
  }
  print_message("# publishing takes %lld us, with a checkpoint %lld us\n", (long long)took[0], (long long)took[1]);
  assert_true(took[0] < 200000);
}

static void nothing_is_torn_by_killing_a_publisher(void **state) {
  fixture *f = *state;
  fixture_close(f);
  unsigned seed = 12345;
  for (int round = 0; round < 12; round++) {
    int begun[2];
    char byte;
    assert_int_equal(pipe(begun), 0);
    pid_t child = fork();
    if (child == 0) publish_for_ever(f, begun[1]);
    close(begun[1]);
    assert_int_equal(read(begun[0], &byte, 1), 1); /* it is publishing; kill it at any instant from here */
    close(begun[0]);
    usleep((useconds_t)(rand_r(&seed) % 150000));
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    fixture_open(f);
    int64_t applied = one_i64(f, "SELECT count(*) FROM meta.applied"), last = one_i64(f, "SELECT coalesce(max(split_part(run, '-', 2)::BIGINT), 0) FROM meta.applied");
    assert_int_equal(applied, last);
    if (applied) {
      assert_int_equal(one_i64(f, "SELECT v FROM dwd.a"), last);
      assert_int_equal(one_i64(f, "SELECT v FROM dwd.b"), last);
    }
    if (round == 11) {
      print_message("# %lld versions published across 12 kills\n", (long long)applied);
      assert_true(applied > 0);
    }
    fixture_close(f);
  }
  fixture_open(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, publish_prepared, teardown)
      T(views_and_the_marker_appear_together),
      T(old_versions_are_collected_and_neighbours_left_alone),
      T(a_reader_keeps_its_snapshot_while_a_new_version_is_published),
      T(publishing_takes_milliseconds),
      T(nothing_is_torn_by_killing_a_publisher),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
