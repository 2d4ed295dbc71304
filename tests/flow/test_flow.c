/* Flows: order, balance, failure, resume. Each test makes a workspace with one small pack and a base table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/fs.h"
#include "engine/rows.h"
#include "flow/flow.h"
#include "ledger/stmt.h"

#include <stdlib.h>

typedef struct world {
  char dir[64];
  sw_arena arena;
  sw_workspace *w;
  bool tripped; /* by trip() */
} world;

static void put(world *x, const char *name, const char *text) {
  sw_error e = SW_ERROR_INIT;
  char *path = sw_fs_join(&x->arena, x->dir, name), *slash = strrchr(path, '/');
  *slash = '\0';
  assert_int_equal(sw_fs_mkdirs(path, &e), SW_OK);
  *slash = '/';
  assert_int_equal(sw_fs_write_durable(path, text, strlen(text), &e), SW_OK);
}

static void open_world(world *x) {
  sw_error e = SW_ERROR_INIT;
  sw_problems p = SW_PROBLEMS_INIT;
  sw_workspace_options o = {.dir = x->dir, .registry = sw_operator_registry(), .lock = "test"};
  sw_status s = sw_workspace_open(&o, &x->w, &p, &e);
  if (s != SW_OK) print_message("# %s\n", e.msg[SW_LANG_EN]);
  assert_int_equal(s, SW_OK);
  sw_problems_fini(&p);
}

/* A workspace with the flow and store.base(_row, k, v): 10 rows, k = _row % 3. */
static void make_world(world *x, const char *steps) {
  *x = (world){.arena = SW_ARENA_INIT};
  snprintf(x->dir, sizeof x->dir, "/tmp/sw_flow_XXXXXX");
  assert_non_null(mkdtemp(x->dir));
  put(x, "suwen.yaml", "packs: [p]\n");
  put(x, "packs/p/pack.yaml", "pack: p\nversion: \"1\"\ntitle: P\n");
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_printf(&b, "flow: f\ntitle: F\nsteps:\n%s", steps);
  put(x, "packs/p/flows/f.yaml", b.ptr);
  open_world(x);
  sw_conn *c = NULL;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(sw_workspace_connect(x->w, &c, &e), SW_OK);
  assert_int_equal(sw_exec(c, "CREATE TABLE store.base AS SELECT i::BIGINT AS _row, (i % 3)::INTEGER AS k, i * 10 AS v FROM range(10) t(i);"
                              "CREATE VIEW dwd.base AS SELECT * FROM store.base", NULL, &e), SW_OK);
  sw_conn_close(c);
}

static void close_world(world *x) {
  sw_workspace_close(x->w);
  assert_int_equal(sw_fs_remove_tree(x->dir, NULL), SW_OK);
  sw_arena_fini(&x->arena);
}

static sw_status run(world *x, const char *from, sw_flow_outcome *out, sw_error *e) {
  sw_flow_options o = {.flow = "f", .source_dir = "", .from_step = from, .as_of_us = SW_US_PER_DAY, .now_us = sw_now_us()};
  sw_error_clear(e);
  return sw_flow_run(x->w, &o, NULL, NULL, out, e);
}

static int64_t number(world *x, const char *sql) {
  sw_conn *c = NULL;
  sw_error e = SW_ERROR_INIT;
  int64_t v = -1;
  assert_int_equal(sw_workspace_connect(x->w, &c, &e), SW_OK);
  if (sw_query_i64(c, sql, SW_NO_PARAMS, NULL, &v, NULL, &e) != SW_OK) v = -1;
  sw_conn_close(c);
  return v;
}

static void swap_pack(world *x, const char *steps) {
  sw_workspace_close(x->w);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_printf(&b, "flow: f\ntitle: F\nsteps:\n%s", steps);
  put(x, "packs/p/flows/f.yaml", b.ptr);
  open_world(x);
}

#define STEP(id, into, from, rows, select) \
  "  - {id: " id ", op: sql, config: {into: " into ", from: " from ", rows: " rows ", select: \"" select "\"}}\n"

static void steps_run_in_the_order_of_what_they_read_and_write(void **state) {
  (void)state;
  world x;
  make_world(&x, STEP("last", "ads.c", "dws.b", "filter", "SELECT _row, v FROM dws.b WHERE v > 50")
                 STEP("first", "dws.b", "dwd.base", "one-to-one", "SELECT _row, k, v FROM dwd.base"));
  sw_flow_outcome out;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(run(&x, NULL, &out, &e), SW_OK);
  assert_int_equal(out.done, 2);
  assert_int_equal(number(&x, "SELECT count(*) FROM ads.c"), 4);
  assert_int_equal(number(&x, "SELECT filtered FROM meta.row_count WHERE step = 'last'"), 6);
  close_world(&x);
}

static void a_join_that_multiplies_rows_fails_with_the_figures(void **state) {
  (void)state;
  world x;
  make_world(&x, STEP("m", "dws.b", "dwd.base", "one-to-one", "SELECT a._row, b.v FROM dwd.base AS a JOIN dwd.base AS b ON a.k = b.k"));
  sw_flow_outcome out;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(run(&x, NULL, &out, &e), SW_E_BALANCE);
  assert_non_null(strstr(e.msg[SW_LANG_EN], "34"));
  assert_int_equal(number(&x, "SELECT count(*) FROM dws.b"), -1);
  close_world(&x);
}

static void all_four_relations_are_proved(void **state) {
  (void)state;
  world x;
  make_world(&x, STEP("one", "dws.one", "dwd.base", "one-to-one", "SELECT _row FROM dwd.base")
                 STEP("fil", "dws.fil", "dwd.base", "filter", "SELECT _row FROM dwd.base WHERE k = 0")
                 STEP("exp", "dws.exp", "dwd.base", "expand", "SELECT a._row, CAST(row_number() OVER (PARTITION BY a._row ORDER BY b._row) AS INTEGER) AS _part FROM dwd.base AS a JOIN dwd.base AS b ON a.k = b.k AND a.k = 1")
                 STEP("agg", "dws.agg", "dwd.base", "aggregate", "SELECT k, sum(v) AS v, count(*) AS _rows FROM dwd.base GROUP BY k"));
  sw_flow_outcome out;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(run(&x, NULL, &out, &e), SW_OK);
  assert_int_equal(number(&x, "SELECT filtered FROM meta.row_count WHERE step = 'fil'"), 6);
  assert_int_equal(number(&x, "SELECT expanded * 100 + filtered FROM meta.row_count WHERE step = 'exp'"), 607);
  assert_int_equal(number(&x, "SELECT merged FROM meta.row_count WHERE step = 'agg'"), 7);
  close_world(&x);
}

static void false_relations_are_found(void **state) {
  (void)state;
  static const char *const WRONG[] = {
      STEP("w", "dws.w", "dwd.base", "one-to-one", "SELECT _row FROM dwd.base WHERE k = 0"),
      STEP("w", "dws.w", "dwd.base", "filter", "SELECT _row + 100 AS _row FROM dwd.base"),
      STEP("w", "dws.w", "dwd.base", "filter", "SELECT CAST(k AS BIGINT) AS _row FROM dwd.base"),
      STEP("w", "dws.w", "dwd.base", "aggregate", "SELECT k, count(*) + 1 AS _rows FROM dwd.base GROUP BY k"),
      STEP("w", "dws.w", "dwd.base", "aggregate", "SELECT k, count(*) AS _rows FROM dwd.base WHERE k > 0 GROUP BY k"),
  };
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
    world x;
    make_world(&x, WRONG[i]);
    sw_flow_outcome out;
    sw_error e = SW_ERROR_INIT;
    assert_int_equal(run(&x, NULL, &out, &e), SW_E_BALANCE);
    close_world(&x);
  }
}

static void a_failed_step_stops_what_depends_on_it_and_nothing_else(void **state) {
  (void)state;
  world x;
  make_world(&x, STEP("bad", "dws.bad", "dwd.base", "filter", "SELECT _row FROM dwd.nothing")
                 STEP("after", "dws.after", "dws.bad", "filter", "SELECT _row FROM dws.bad")
                 STEP("other", "dws.other", "dwd.base", "filter", "SELECT _row FROM dwd.base"));
  sw_flow_outcome out;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(run(&x, NULL, &out, &e), SW_E_ENGINE);
  assert_true(out.done == 1 && out.failed == 1 && out.skipped == 1);
  assert_int_equal(number(&x, "SELECT count(*) FROM dws.other"), 10);
  close_world(&x);
}

static void an_unfinished_run_goes_on_from_the_failed_step(void **state) {
  (void)state;
  world x;
  make_world(&x, STEP("good", "dws.good", "dwd.base", "filter", "SELECT _row FROM dwd.base")
                 STEP("late", "dws.late", "dwd.later", "filter", "SELECT _row FROM dwd.later"));
  sw_flow_outcome first, second, third;
  sw_error e = SW_ERROR_INIT;
  assert_int_not_equal(run(&x, NULL, &first, &e), SW_OK);
  sw_conn *c = NULL;
  assert_int_equal(sw_workspace_connect(x.w, &c, &e), SW_OK);
  sw_error_clear(&e);
  assert_int_equal(sw_exec(c, "CREATE VIEW dwd.later AS SELECT * FROM store.base WHERE k = 2", NULL, &e), SW_OK);
  sw_conn_close(c);
  assert_int_equal(run(&x, NULL, &second, &e), SW_OK);
  assert_true(second.resumed);
  assert_string_equal(first.run, second.run);
  assert_int_equal(number(&x, "SELECT count(*) FROM dws.late"), 3);
  assert_int_equal(run(&x, NULL, &third, &e), SW_OK);
  assert_false(third.resumed);
  assert_string_not_equal(first.run, third.run);
  close_world(&x);
}

static void a_run_of_other_packs_is_not_resumed(void **state) {
  (void)state;
  world x;
  make_world(&x, STEP("bad", "dws.bad", "dwd.base", "filter", "SELECT _row FROM dwd.nothing"));
  sw_flow_outcome first, second;
  sw_error e = SW_ERROR_INIT;
  assert_int_not_equal(run(&x, NULL, &first, &e), SW_OK);
  swap_pack(&x, STEP("bad", "dws.bad", "dwd.base", "filter", "SELECT _row FROM dwd.base"));
  assert_int_equal(run(&x, NULL, &second, &e), SW_OK);
  assert_false(second.resumed);
  close_world(&x);
}

static void from_a_step_runs_it_and_what_follows(void **state) {
  (void)state;
  world x;
  make_world(&x, STEP("a", "dws.a", "dwd.base", "filter", "SELECT _row FROM dwd.base")
                 STEP("b", "dws.b", "dws.a", "filter", "SELECT _row FROM dws.a")
                 STEP("c", "dws.c", "dws.b", "filter", "SELECT _row FROM dws.b"));
  sw_flow_outcome out;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(run(&x, NULL, &out, &e), SW_OK);
  assert_int_equal(run(&x, "b", &out, &e), SW_OK);
  assert_true(out.done == 2 && out.skipped == 1);
  assert_int_equal(run(&x, "nosuch", &out, &e), SW_E_NOTFOUND);
  close_world(&x);
}

static void a_circle_is_refused_with_its_steps(void **state) {
  (void)state;
  world x;
  make_world(&x, STEP("p", "dws.p", "dws.q", "filter", "SELECT _row FROM dws.q")
                 STEP("q", "dws.q", "dws.p", "filter", "SELECT _row FROM dws.p"));
  sw_flow_outcome out;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(run(&x, NULL, &out, &e), SW_E_CONFIG);
  assert_non_null(strstr(e.msg[SW_LANG_EN], "p, q"));
  assert_true(e.line > 0);
  close_world(&x);
}

static void a_step_that_takes_too_long_is_stopped(void **state) {
  (void)state;
  world x;
  make_world(&x, "  - {id: slow, op: sql, timeout: 300ms, config: {into: dws.slow, from: dwd.base, rows: aggregate, "
                 "select: \"SELECT count(*) AS _rows, sum(a.v * b.v) AS s FROM dwd.big AS a CROSS JOIN dwd.big AS b\"}}\n");
  sw_conn *c = NULL;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(sw_workspace_connect(x.w, &c, &e), SW_OK);
  assert_int_equal(sw_exec(c, "CREATE TABLE store.big AS SELECT i AS v FROM range(2000000) t(i); CREATE VIEW dwd.big AS SELECT * FROM store.big", NULL, &e), SW_OK);
  sw_conn_close(c);
  sw_flow_outcome out;
  int64_t began = sw_mono_us();
  assert_int_equal(run(&x, NULL, &out, &e), SW_E_TIMEOUT);
  assert_true(sw_mono_us() - began < INT64_C(20000000));
  close_world(&x);
}

static void a_deleted_warehouse_is_made_again(void **state) {
  (void)state;
  world x;
  make_world(&x, STEP("a", "dws.a", "dwd.base", "filter", "SELECT _row FROM dwd.base")
                 STEP("bad", "dws.bad", "dwd.nothing", "filter", "SELECT _row FROM dwd.nothing"));
  sw_flow_outcome out;
  sw_error e = SW_ERROR_INIT;
  assert_int_not_equal(run(&x, NULL, &out, &e), SW_OK);
  sw_workspace_close(x.w);
  sw_error_clear(&e);
  assert_int_equal(sw_fs_remove(sw_fs_join(&x.arena, x.dir, "warehouse.duckdb"), &e), SW_OK);
  open_world(&x);
  sw_conn *c = NULL;
  assert_int_equal(sw_workspace_connect(x.w, &c, &e), SW_OK);
  assert_int_equal(sw_exec(c, "CREATE TABLE store.base AS SELECT 1::BIGINT AS _row; CREATE VIEW dwd.base AS SELECT * FROM store.base;"
                              "CREATE VIEW dwd.nothing AS SELECT * FROM store.base", NULL, &e), SW_OK);
  sw_conn_close(c);
  assert_int_equal(run(&x, NULL, &out, &e), SW_OK);
  assert_int_equal(number(&x, "SELECT count(*) FROM dws.a"), 1);
  close_world(&x);
}

/* Lets the ledger refuse to call a step done until it is tried again. */
static void trip(void *ctx, const sw_event *e) {
  world *x = ctx;
  if (e->kind != SW_EVENT_STEP || (strcmp(e->state, "started") != 0 && strcmp(e->state, "retry") != 0)) return;
  bool first = strcmp(e->state, "started") == 0 && !x->tripped;
  if (!first && strcmp(e->state, "started") == 0) return;
  x->tripped = true;
  sw_ledger *l = NULL;
  sw_stmt *st = NULL;
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_workspace_ledger(x->w, &l, &err), SW_OK);
  assert_int_equal(sw_stmt_open(l, first ? "CREATE TRIGGER no BEFORE UPDATE ON step WHEN new.state = 'done' BEGIN SELECT raise(ABORT, 'no'); END"
                                         : "DROP TRIGGER no", &st, &err), SW_OK);
  assert_int_equal(sw_stmt_run(st, &err), SW_OK);
  sw_stmt_close(st);
  sw_ledger_close(l);
}

static void a_published_step_is_recorded_again_and_not_built_again(void **state) {
  (void)state;
  world x;
  make_world(&x, "  - {id: a, op: sql, retries: 1, retry_delay: 1ms, config: {into: dws.a, from: dwd.base, rows: filter, "
                 "select: \"SELECT _row FROM dwd.base\"}}\n");
  sw_flow_options o = {.flow = "f", .source_dir = "", .as_of_us = SW_US_PER_DAY, .now_us = sw_now_us()};
  sw_flow_outcome out;
  sw_error e = SW_ERROR_INIT;
  sw_events events = {.ctx = &x, .on_event = trip};
  sw_status s = sw_flow_run(x.w, &o, NULL, &events, &out, &e);
  if (s != SW_OK) print_message("# %s\n", e.msg[SW_LANG_EN]);
  assert_int_equal(s, SW_OK);
  assert_true(x.tripped && out.done == 1);
  assert_int_equal(number(&x, "SELECT count(*) FROM meta.applied"), 1);
  assert_int_equal(number(&x, "SELECT count(*) FROM dws.a"), 10);
  close_world(&x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_run_in_the_order_of_what_they_read_and_write),
      cmocka_unit_test(a_join_that_multiplies_rows_fails_with_the_figures),
      cmocka_unit_test(all_four_relations_are_proved),
      cmocka_unit_test(false_relations_are_found),
      cmocka_unit_test(a_failed_step_stops_what_depends_on_it_and_nothing_else),
      cmocka_unit_test(an_unfinished_run_goes_on_from_the_failed_step),
      cmocka_unit_test(a_run_of_other_packs_is_not_resumed),
      cmocka_unit_test(from_a_step_runs_it_and_what_follows),
      cmocka_unit_test(a_circle_is_refused_with_its_steps),
      cmocka_unit_test(a_step_that_takes_too_long_is_stopped),
      cmocka_unit_test(a_deleted_warehouse_is_made_again),
      cmocka_unit_test(a_published_step_is_recorded_again_and_not_built_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
