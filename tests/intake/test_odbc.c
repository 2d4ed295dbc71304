/* Pulls from a real PostgreSQL (tests/support/with_postgres.sh starts it; without it the test says so and is skipped). */
#include "intake/bed.h"

#include "intake/odbc.h"

#include <stdlib.h>

static const sw_column_spec COLUMNS[] = {
    {.name = "id", .type = SW_T_I64, .required = true}, {.name = "name", .type = SW_T_STR},   {.name = "born", .type = SW_T_DATE},
    {.name = "fee", .type = SW_T_MONEY},                {.name = "seen", .type = SW_T_TIMESTAMP}, {.name = "urgent", .type = SW_T_BOOL},
    {.name = "note", .type = SW_T_STR},
};
static const sw_table_spec TABLE = {.name = "visit", .columns = COLUMNS, .ncolumns = 7};

static bed b;
static const char *connection;

static void source(const char *sql) {
  sw_error err = SW_ERROR_INIT;
  sw_odbc *o;
  assert_ok(sw_odbc_open(connection, &o, &err));
  assert_ok(sw_odbc_query(o, "SET TRANSACTION READ WRITE", NULL, 0, &err));
  assert_ok(sw_odbc_query(o, sql, NULL, 0, &err));
  sw_odbc_close(o);
}

static sw_status pull(const char *name, const char *watermark, sw_error *err) {
  sw_intake_pull p = {.connection = connection,
                      .schema = "public",
                      .name = name,
                      .watermark = watermark,
                      .source = "his_db",
                      .org = "H001",
                      .delivery = "2023-09-01",
                      .delivered_us = 1,
                      .table = &TABLE};
  b.messages[0] = '\0';
  return sw_intake_table(&b.x, &p, &b.r, err);
}

#define CREATE                                                                                                              \
  "CREATE TABLE visit (id integer PRIMARY KEY, name varchar(40), born date, fee numeric(12,2), seen timestamp, urgent boolean, " \
  "note text, inner_use integer);"                                                                                           \
  "INSERT INTO visit VALUES (2, 'O''Brien, \"x\"', NULL, -0.5, '2023-09-01 08:30:00.25', false, E'two\\nlines', 1), "         \
  "(1, '张三', '1950-02-03', 12.5, '2023-09-01 08:00:00', true, '', 1), (3, NULL, '20500-01-01', 1, NULL, NULL, repeat('长', 5000), 1)"

static void a_whole_table_is_pulled_typed_and_ordered_by_its_key(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  source(CREATE);
  assert_ok(pull("visit", NULL, &err));
  assert_int_equal(b.r.records, 3);
  bed_expect_rows(&b, &TABLE, "id, name, born, fee, seen, urgent, note, _line, _offset",
                  "1|张三|1950-02-03|12.50|2023-09-01 08:00:00|true|-|1|-1\n"
                  "2|O'Brien, \"x\"|-|-0.50|2023-09-01 08:30:00.250000|false|two\nlines|2|-1\n");
  bed_expect_rejects(&b, "_line, _offset, code, column_name, length(raw) > 5000", "3|-1|bad_type|born|true\n");
  assert_ok(pull("visit", NULL, &err));
  assert_true(b.r.already);
}

static void a_watermark_pulls_only_what_is_new(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  source(CREATE);
  assert_ok(pull("visit", "seen", &err));
  assert_int_equal(b.r.rows, 2);
  assert_ok(pull("visit", "seen", &err));
  assert_int_equal(b.r.batch_no, 0);
  assert_non_null(strstr(b.messages, "has no new rows"));
  source("INSERT INTO visit (id, seen) VALUES (4, '2023-09-02 00:00:00'), (5, '2023-08-31')");
  assert_ok(pull("visit", "seen", &err));
  assert_int_equal(b.r.rows, 1);
  bed_expect_rows(&b, &TABLE, "id", "1\n2\n4\n");
}

static void a_number_can_be_the_watermark(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  source(CREATE);
  assert_ok(pull("visit", "id", &err));
  assert_int_equal(b.r.records, 3);
  source("INSERT INTO visit (id) VALUES (10), (9)");
  assert_ok(pull("visit", "id", &err));
  bed_expect_rows(&b, &TABLE, "id", "1\n2\n9\n10\n");
}

/* A query joins and filters in the database's dialect; a watermark works on its columns; the same rows are the same batch. */
static void a_query_stands_for_a_table(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  source(CREATE);
  sw_intake_pull p = {.connection = connection,
                      .query = "SELECT id, upper(name) AS name, fee::numeric(12,2) AS fee, coalesce(seen, '2023-10-01') AS seen\nFROM visit WHERE id <> 2 -- not that one\n; ",
                      .source = "his_db", .org = "H001", .delivery = "2023-09-01", .delivered_us = 1, .table = &TABLE};
  assert_ok(sw_intake_table(&b.x, &p, &b.r, &err));
  bed_expect_rows(&b, &TABLE, "id, name, fee, seen, note", "1|张三|12.50|2023-09-01 08:00:00|-\n3|-|1.00|2023-10-01 00:00:00|-\n");
  assert_ok(sw_intake_table(&b.x, &p, &b.r, &err));
  assert_true(b.r.already);
  p.watermark = "SEEN";
  p.source = "other";
  assert_ok(sw_intake_table(&b.x, &p, &b.r, &err));
  assert_int_equal(b.r.rows, 2);
  source("INSERT INTO visit (id, seen, fee) VALUES (4, '2023-10-02', 5), (5, '2023-08-31', 5)");
  assert_ok(sw_intake_table(&b.x, &p, &b.r, &err));
  assert_int_equal(b.r.rows, 1);
  p.query = "SELECT nothing FROM nowhere";
  assert_int_not_equal(sw_intake_table(&b.x, &p, &b.r, &err), SW_OK);
  char text[4096];
  sw_error_format(&err, SW_LANG_EN, text, sizeof text);
  assert_non_null(strstr(text, "nowhere"));
}

static void errors_of_the_database_are_told_without_the_connection_string(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  assert_int_not_equal(pull("no_such_table", NULL, &err), SW_OK);
  char text[4096];
  sw_error_format(&err, SW_LANG_EN, text, sizeof text);
  assert_non_null(strstr(text, "the source database refused a query"));
  assert_non_null(strstr(text, "no_such_table"));
  assert_null(strstr(text, "Servername"));
  sw_error_clear(&err);
  assert_int_equal(pull("a\"b", NULL, &err), SW_E_CONFIG);
  sw_error_clear(&err);
  const char *good = connection;
  connection = "Driver={PostgreSQL Unicode};Servername=/nowhere;Port=1;Database=x;Username=u;Password=topsecret";
  assert_int_equal(pull("visit", NULL, &err), SW_E_IO);
  sw_error_format(&err, SW_LANG_EN, text, sizeof text);
  assert_null(strstr(text, "topsecret"));
  connection = good;
}

static int set_up(void **state) {
  (void)state;
  bed_open(&b);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  bed_close(&b);
  source("DROP TABLE IF EXISTS visit");
  return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  connection = getenv("SW_PG_ODBC");
  if (!connection) {
    puts("1..0 # SKIP no PostgreSQL here (SW_PG_ODBC is not set)");
    return 77;
  }
  const struct CMUnitTest tests[] = {
      TEST(a_whole_table_is_pulled_typed_and_ordered_by_its_key),
      TEST(a_watermark_pulls_only_what_is_new),
      TEST(a_number_can_be_the_watermark),
      TEST(a_query_stands_for_a_table),
      TEST(errors_of_the_database_are_told_without_the_connection_string),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
