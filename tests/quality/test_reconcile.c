/* Reconciliation: closing totals, manifests, and a real PostgreSQL read again (tests/support/with_postgres.sh starts it). */
#include "base/fs.h"
#include "engine/rows.h"
#include "intake/odbc.h"
#include "quality/reconcile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DAY_2024_03_10 = 19792 };
static const int64_t AS_OF = INT64_C(19792) * 86400000000;

typedef struct bed {
  sw_engine *engine;
  sw_conn *conn;
  sw_error err;
} bed;

static void sql(bed *b, const char *text) {
  if (sw_exec(b->conn, text, NULL, &b->err)) fail_msg("%s: %s", text, b->err.msg[SW_LANG_EN]);
}

static int64_t number(bed *b, const char *text) {
  int64_t n = 0;
  if (sw_query_i64(b->conn, text, SW_NO_PARAMS, NULL, &n, NULL, &b->err)) fail_msg("%s: %s", text, b->err.msg[SW_LANG_EN]);
  return n;
}

static int open_bed(void **state) {
  bed *b = calloc(1, sizeof *b);
  assert_int_equal(sw_engine_open(&(sw_engine_options){.threads = 2}, &b->engine, &b->err), SW_OK);
  assert_int_equal(sw_conn_open(b->engine, &b->conn, &b->err), SW_OK);
  assert_int_equal(sw_reconcile_prepare(b->conn, &b->err), SW_OK);
  assert_int_equal(sw_reconcile_prepare(b->conn, &b->err), SW_OK);
  sql(b, "CREATE SCHEMA ods; CREATE SCHEMA dwd; CREATE SCHEMA meta; CREATE TABLE meta.batch(batch_no BIGINT, source VARCHAR, org VARCHAR, table_name VARCHAR, file VARCHAR, "
         "sha256 VARCHAR, records BIGINT, skipped BIGINT)");
  *state = b;
  return 0;
}

static int close_bed(void **state) {
  bed *b = *state;
  sw_conn_close(b->conn);
  sw_engine_close(b->engine);
  free(b);
  return 0;
}

static sw_reconcile_options totals(void) {
  return (sw_reconcile_options){.run = "r", .as_of_us = AS_OF, .table = "dwd.visit", .org = "org", .day = "seen", .patient = "patient", .amount = "fee", .totals = "dwd.totals",
                                .totals_day = "day", .told_rows = "n", .told_patients = "p", .told_amount = "s"};
}

typedef struct call {
  sw_reconcile_options o;
  sw_reconcile_counts n;
} call;

static sw_status store(sw_conn *c, void *ctx, sw_error *err) {
  call *x = ctx;
  return sw_reconcile_store(c, &x->o, &x->n, err);
}

static void a_tolerance_is_the_larger_of_count_and_share(void **state) {
  bed *b = *state;
  sql(b, "CREATE TABLE dwd.visit AS SELECT (1::BIGINT << 31) + i AS _row, 'H' AS org, TIMESTAMP '2024-03-01' + INTERVAL (i // 100) DAY AS seen, 'P' || i AS patient, "
         "CAST(10 AS DECIMAL(18,2)) AS fee FROM range(300) t(i);"
         "CREATE TABLE dwd.totals AS SELECT 'H' AS org, DATE '2024-03-01' + CAST(i AS INTEGER) AS day, 100 + i AS n, 100 + i AS p, CAST(1000 + i * 20 AS DECIMAL(18,2)) AS s FROM range(3) t(i)");
  call x = {.o = totals()};
  assert_int_equal(sw_transaction(b->conn, store, &x, &b->err), SW_OK);
  assert_int_equal(x.n.compared, 9);
  assert_int_equal(x.n.differ, 6);
  assert_int_equal(x.n.missing, 3);
  assert_int_equal(x.n.undelivered, 3);
  x.o.rows_off = (sw_tolerance){.share = 0.015};                     /* 1.5 of 100: one row is within, two are not */
  x.o.patients_off = (sw_tolerance){.absolute = 2};
  x.o.amount_off = (sw_tolerance){.absolute = 2000, .share = 0.001}; /* 20.00 yuan */
  assert_int_equal(sw_transaction(b->conn, store, &x, &b->err), SW_OK);
  assert_int_equal(x.n.compared, 9);
  assert_int_equal(x.n.differ, 2);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.reconciliation WHERE NOT within AND day = DATE '2024-03-03' AND measure IN ('rows', 'amount')"), 2);
}

static sw_status store_manifest(sw_conn *c, void *ctx, sw_error *err) {
  static const sw_told_file files[] = {
      {"s", "H1", "ods.a", "H1/a.csv", "AA", DAY_2024_03_10, 10},      {"s", "H1", "ods.a", "H1/short.csv", "bb", DAY_2024_03_10, 20},
      {"s", "H1", "ods.b", "H1/never.csv", "cc", DAY_2024_03_10, 7},   {"s", "H1", "ods.b", "H1/again.csv", "dd", DAY_2024_03_10, 5},
      {"s", "H1", "ods.b", "H1/touched.csv", "ee", DAY_2024_03_10, 6}, {"s", "H1", "", "H1/unknown.csv", NULL, DAY_2024_03_10, -1},
  };
  sw_manifest_options o = {.run = "r", .as_of_us = AS_OF, .files = files, .nfiles = 6, .scratch = "scratch_m"};
  return sw_reconcile_manifest(c, &o, ctx, err);
}

static void manifests_tell_lost_short_and_changed_files(void **state) {
  bed *b = *state;
  sql(b, "INSERT INTO meta.batch VALUES (1, 's', 'H1', 'a', 'H1/a.csv', 'aa', 10, 0), (2, 's', 'H1', 'a', 'H1/short.csv', 'bb', 19, 1), "
         "(3, 's', 'H1', 'b', 'H1/first.csv', 'dd', 5, 0), (4, 's', 'H1', 'b', 'H1/touched.csv', 'xx', 6, 0)");
  sw_reconcile_counts n;
  for (int again = 0; again < 2; again++) assert_int_equal(sw_transaction(b->conn, store_manifest, &n, &b->err), SW_OK);
  assert_int_equal(number(b, "SELECT CAST(here AS BIGINT) FROM quality.reconciliation WHERE table_name = 'ods.a' AND measure = 'rows'"), 28);
  assert_int_equal(number(b, "SELECT CAST(told AS BIGINT) FROM quality.reconciliation WHERE table_name = 'ods.a' AND measure = 'rows'"), 30);
  assert_int_equal(n.missing, 2 + 7);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.reconciliation_row"), 4);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.reconciliation_row WHERE (file, kind) IN (('H1/short.csv', 'rows differ'), ('H1/never.csv', 'file missing'), "
                             "('H1/touched.csv', 'content differs'), ('H1/unknown.csv', 'file missing'))"), 4);
  assert_int_equal(number(b, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'scratch_m'"), 0);
}

/* --- the source again ------------------------------------------------------------------------------------------- */

static void source(const char *connection, const char *text) {
  sw_error err = SW_ERROR_INIT;
  sw_odbc *o;
  assert_int_equal(sw_odbc_open(connection, &o, &err), SW_OK);
  assert_int_equal(sw_odbc_query(o, "SET TRANSACTION READ WRITE", NULL, 0, &err), SW_OK);
  if (sw_odbc_query(o, text, NULL, 0, &err)) fail_msg("%s", err.msg[SW_LANG_EN]);
  sw_odbc_close(o);
}

static sw_status store_source(sw_conn *c, void *ctx, sw_error *err) {
  static const sw_source_column key[] = {{"id", "visit_id"}};
  sw_reconcile_counts *n = ctx;
  sw_reread_options o = {.run = "r", .as_of_us = AS_OF, .connection = getenv("SW_PG_ODBC"), .schema = "public", .name = "visit", .table = "ods.visit", .org = "H1",
                         .day = {"seen", "SEEN"}, .patient = {"patient", "patient"}, .amount = {"fee", "fee"}, .key = key, .nkey = 1, .days = 9, .scratch = "scratch_s"};
  return sw_reconcile_source(c, &o, n, err);
}

static void the_source_read_again_shows_the_rows_that_differ(void **state) {
  bed *b = *state;
  const char *connection = getenv("SW_PG_ODBC");
  if (!connection) skip();
  source(connection, "CREATE TABLE visit (visit_id integer PRIMARY KEY, patient varchar(20), seen timestamp, fee numeric(12,2)); "
                     "INSERT INTO visit SELECT i, 'P' || (i % 50), timestamp '2024-03-01' + i * interval '1 hour', i FROM generate_series(0, 299) i");
  /* landed twice: the second version of a record counts; one is lost, one has another fee, one the source has deleted */
  sql(b, "CREATE TABLE ods.visit AS SELECT (1::BIGINT << 31) + i AS _row, 'H1' AS _org, i + 2 AS _line, CAST(i AS INTEGER) AS id, 'P' || (i % 50) AS patient, "
         "TIMESTAMP '2024-03-01' + INTERVAL (i) HOUR AS seen, CAST(i AS DECIMAL(18,2)) AS fee FROM range(300) t(i);"
         "INSERT INTO ods.visit SELECT _row + (1::BIGINT << 31), _org, _line, id, patient, seen, fee FROM ods.visit WHERE id BETWEEN 100 AND 120;"
         "DELETE FROM ods.visit WHERE id = 55; UPDATE ods.visit SET fee = fee + 5 WHERE id = 80;"
         "INSERT INTO ods.visit VALUES ((2::BIGINT << 31) + 900, 'H1', 902, 900, 'P1', TIMESTAMP '2024-03-06 10:00:00', 1)");
  sw_reconcile_counts n;
  sw_status st = sw_transaction(b->conn, store_source, &n, &b->err);
  if (st) fail_msg("%s", b->err.msg[SW_LANG_EN]);
  assert_int_equal(n.compared, 9 * 3);
  assert_int_equal(n.missing, 1);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.reconciliation_row WHERE counterpart = 'source'"), 3);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.reconciliation_row WHERE (key, kind, day) IN (('55', 'missing here', DATE '2024-03-03'), "
                             "('80', 'amount differs', DATE '2024-03-04'), ('900', 'not in source', DATE '2024-03-06'))"), 3);
  assert_int_equal(number(b, "SELECT line FROM quality.reconciliation_row WHERE key = '900'"), 902);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.reconciliation WHERE day = DATE '2024-03-05' AND NOT within"), 0);
  assert_int_equal(sw_transaction(b->conn, store_source, &n, &b->err), SW_OK);
  assert_int_equal(number(b, "SELECT count(*) FROM quality.reconciliation"), 27);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_tolerance_is_the_larger_of_count_and_share, open_bed, close_bed),
      cmocka_unit_test_setup_teardown(manifests_tell_lost_short_and_changed_files, open_bed, close_bed),
      cmocka_unit_test_setup_teardown(the_source_read_again_shows_the_rows_that_differ, open_bed, close_bed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
