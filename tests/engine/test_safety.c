/* What SQL must not be able to do, whoever wrote it. */
#include "engine/sink.h"
#include "engine/sql.h"
#include "support.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static void denied(fixture *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void denied(fixture *f, const char *fmt, ...) {
  char sql[1024];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(sql, sizeof sql, fmt, ap);
  va_end(ap);
  f->err.status = SW_OK;
  sw_status s = sw_exec(f->conn, sql, NULL, &f->err);
  if (s == SW_OK) print_message("# was allowed: %s\n", sql);
  assert_int_not_equal(s, SW_OK);
}

static void files_outside_the_allowed_directories_are_out_of_reach(void **state) {
  fixture *f = *state;
  denied(f, "SELECT * FROM read_csv('/etc/passwd')");
  denied(f, "SELECT * FROM '/etc/passwd'");
  denied(f, "SELECT * FROM read_text('/etc/hostname')");
  denied(f, "SELECT * FROM glob('/etc/*')");
  denied(f, "SELECT * FROM read_text('%s/../../etc/hostname')", f->landing);
  denied(f, "COPY (SELECT 1) TO '%s/evil.csv'", f->dir);
  denied(f, "COPY (SELECT 1) TO '/tmp/sw_evil.parquet' (FORMAT parquet)");
  denied(f, "EXPORT DATABASE '%s/export'", f->dir);
  denied(f, "ATTACH '%s/other.duckdb'", f->dir);
  denied(f, "ATTACH '%s' AS l (TYPE sqlite)", f->ledger);
  char inside[160];
  snprintf(inside, sizeof inside, "%s/ok.parquet", f->landing);
  OK(sw_copy_parquet(f->conn, "SELECT 1 AS a", inside, NULL, NULL, NULL, &f->err));
}

static void the_ledger_beside_the_warehouse_is_out_of_reach(void **state) {
  fixture *f = *state;
  char link[160];
  OK(sw_fs_write_durable(f->ledger, "truth\n", 6, &f->err));
  snprintf(link, sizeof link, "%s/innocent.csv", f->landing);
  assert_int_equal(symlink(f->ledger, link), 0);
  const char *paths[] = {f->ledger, link};
  for (size_t i = 0; i < 2; i++) {
    denied(f, "SELECT * FROM read_text('%s')", paths[i]);
    denied(f, "SELECT * FROM read_blob('%s')", paths[i]);
    denied(f, "SELECT * FROM read_csv('%s')", paths[i]);
    denied(f, "SELECT * FROM '%s'", paths[i]);
    denied(f, "COPY (SELECT 1) TO '%s'", paths[i]);
    denied(f, "ATTACH '%s'", paths[i]);
  }
  denied(f, "SELECT * FROM read_text('%s/../ledger.sqlite')", f->landing);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  OK(sw_fs_read(f->ledger, 100, &b, &f->err));
  assert_string_equal(b.ptr, "truth\n");
}

static void settings_are_locked_and_extensions_are_off(void **state) {
  fixture *f = *state;
  static const char *const statements[] = {
      "SET threads = 1", "SET memory_limit = '100GB'", "SET enable_external_access = true", "SET allowed_directories = ['/']",
      "SET temp_directory = '/etc'", "SET lock_configuration = false", "RESET allowed_directories", "PRAGMA threads = 4",
      "SET allowed_configs = ['threads']", "SET autoload_known_extensions = true", "INSTALL httpfs", "LOAD httpfs",
      "SET custom_extension_repository = 'x'", "SET home_directory = '/'", "SET secret_directory = '/tmp'", "SET profiling_output = '/tmp/x'"};
  for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) denied(f, "%s", statements[i]);
  OK(sw_exec(f->conn, "SET preserve_insertion_order = false", NULL, &f->err)); /* the one setting that a step may choose */
  ASSERT_TEXT("SELECT string_agg(name || '=' || value, ' ' ORDER BY name) FROM duckdb_settings() WHERE name IN ('threads', 'autoload_known_extensions',"
              " 'autoinstall_known_extensions', 'enable_external_access', 'allow_community_extensions', 'lock_configuration')",
              "allow_community_extensions=false autoinstall_known_extensions=false autoload_known_extensions=false enable_external_access=false "
              "lock_configuration=true threads=2");
}

static void one_file_is_opened_once_in_a_process(void **state) {
  fixture *f = *state;
  sw_engine *e;
  char other[160];
  FAILS(sw_engine_open(&(sw_engine_options){.path = f->path}, &e, &f->err), SW_E_BUSY);
  snprintf(other, sizeof other, "%s/landing/../warehouse.duckdb", f->dir);
  FAILS(sw_engine_open(&(sw_engine_options){.path = other}, &e, &f->err), SW_E_BUSY);
  snprintf(other, sizeof other, "%s/link.duckdb", f->dir);
  assert_int_equal(symlink(f->path, other), 0);
  FAILS(sw_engine_open(&(sw_engine_options){.path = other}, &e, &f->err), SW_E_BUSY);
  fixture_close(f);
  fixture_open(f);
}

static void another_process_is_refused(void **state) {
  fixture *f = *state;
  pid_t child = fork();
  if (child == 0) { /* exec would be cleaner, but the registry is this process's: the child forgets it by its own path */
    sw_error err = SW_ERROR_INIT;
    sw_engine *e;
    char link[160];
    snprintf(link, sizeof link, "%s/hard.duckdb", f->dir);
    if (linkat(AT_FDCWD, f->path, AT_FDCWD, link, 0) != 0) _exit(9);
    _exit(sw_engine_open(&(sw_engine_options){.path = link}, &e, &err) == SW_E_BUSY ? 0 : 1);
  }
  int status;
  waitpid(child, &status, 0);
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_broken_database_file_is_told(void **state) {
  fixture *f = *state;
  sw_engine *e;
  char path[160], noise[20000];
  memset(noise, 'x', sizeof noise);
  snprintf(path, sizeof path, "%s/junk.duckdb", f->dir);
  OK(sw_fs_write_durable(path, noise, sizeof noise, &f->err));
  FAILS(sw_engine_open(&(sw_engine_options){.path = path}, &e, &f->err), SW_E_DATA);
  FAILS(sw_engine_open(&(sw_engine_options){.path = "/nonexistent/dir/x.duckdb"}, &e, &f->err), SW_E_NOTFOUND);
  OK(sw_engine_open(&(sw_engine_options){.path = NULL, .memory_limit = 1 << 28}, &e, &f->err)); /* the registry is clean again */
  sw_engine_close(e);
}

static void a_query_beyond_memory_and_spill_fails_with_advice(void **state) {
  fixture *f = *state;
  sw_engine *e;
  sw_conn *c;
  OK(sw_engine_open(&(sw_engine_options){.memory_limit = 64 << 20, .threads = 2}, &e, &f->err));
  OK(sw_conn_open(e, &c, &f->err));
  FAILS(sw_exec(c, "CREATE TABLE t AS SELECT hash(i) AS a, hash(i + 1) AS b FROM range(50000000) t(i)", NULL, &f->err), SW_E_LIMIT);
  assert_non_null(strstr(f->err.msg[SW_LANG_EN], "memory_limit"));
  OK(sw_exec(c, "SELECT 1", NULL, &f->err));
  sw_conn_close(c);
  sw_engine_close(e);
}

static void a_full_disk_is_told_as_such(void **state) {
  fixture *f = *state;
  sw_engine *e;
  sw_conn *c;
  const char *allowed[] = {"/dev"};
  if (!sw_fs_exists("/dev/full")) skip();
  OK(sw_engine_open(&(sw_engine_options){.memory_limit = 1 << 28, .allowed_dirs = allowed, .nallowed = 1}, &e, &f->err));
  OK(sw_conn_open(e, &c, &f->err));
  FAILS(sw_exec(c, "COPY (SELECT i FROM range(100000) t(i)) TO '/dev/full' (FORMAT csv, USE_TMP_FILE false)", NULL, &f->err), SW_E_NOSPACE);
  FAILS(sw_copy_parquet(c, "SELECT i FROM range(100000) t(i)", "/dev/full", NULL, NULL, NULL, &f->err), SW_E_NOSPACE);
  assert_true(sw_fs_exists("/dev/full")); /* what is no file is never removed */
  sw_conn_close(c);
  sw_engine_close(e);
}

static void a_sort_larger_than_memory_spills(void **state) {
  fixture *f = *state;
  fixture_close(f);
  sw_engine *e;
  sw_conn *c;
  int64_t n;
  OK(sw_engine_open(&(sw_engine_options){.path = f->path, .temp_dir = f->temp, .memory_limit = 100 << 20, .threads = 2}, &e, &f->err));
  OK(sw_conn_open(e, &c, &f->err));
  OK(sw_query_i64(c, "SELECT count(*) FROM (SELECT hash(i) AS h, i::VARCHAR || 'padding padding padding' AS s FROM range(3000000) t(i) ORDER BY h) "
                     "WHERE s <> ''", SW_NO_PARAMS, NULL, &n, NULL, &f->err));
  assert_int_equal(n, 3000000);
  sw_conn_close(c);
  sw_engine_close(e);
  fixture_open(f);
}

static void identifiers_and_literals_cannot_break_out(void **state) {
  fixture *f = *state;
  static const char *const nasty[] = {"a\"; DROP TABLE x; --", "'; DROP TABLE x; --", "\\'; --", "a\nb", "名字 ' \" ;", "{}", "$1 ? ?1"};
  for (size_t i = 0; i < sizeof nasty / sizeof *nasty; i++) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_sql_build(&b, "SELECT {} FROM (SELECT {} AS {}) WHERE {} = {}", sw_sql_id(nasty[i]), sw_sql_text(nasty[i]), sw_sql_id(nasty[i]),
                 sw_sql_id(nasty[i]), sw_sql_text(nasty[i]));
    ASSERT_TEXT(b.ptr, nasty[i]);
    sw_buf_clear(&b);
    sw_sql_build(&b, "CREATE TABLE {}({} INTEGER); SELECT * FROM {}", sw_sql_table("main", nasty[i]), sw_sql_id(nasty[i]), sw_sql_table("main", nasty[i]));
    OK(sw_exec(f->conn, b.ptr, NULL, &f->err));
  }
}

static void literals_keep_their_type_and_value(void **state) {
  fixture *f = *state;
  static const char *const list[] = {"a", "b'c"};
  struct {
    sw_sql_arg arg;
    const char *type, *text;
  } cases[] = {
      {sw_sql_i64(INT64_MIN), "BIGINT", "-9223372036854775808"},
      {sw_sql_i64(42), "INTEGER", "42"},
      {sw_sql_f64(0.1), "DOUBLE", "0.1"},
      {sw_sql_f64(5), "DOUBLE", "5.0"},
      {sw_sql_f64(-1e300 * 1e300), "DOUBLE", "-inf"},
      {sw_sql_bool(true), "BOOLEAN", "true"},
      {sw_sql_date(-1), "DATE", "1969-12-31"},
      {sw_sql_timestamp(1709251200500000), "TIMESTAMP", "2024-03-01 00:00:00.5"},
      {sw_sql_decimal(SW_T_MONEY, -5), "DECIMAL(18,2)", "-0.05"},
      {sw_sql_null(), "\"NULL\"", NULL},
      {sw_sql_text("x"), "VARCHAR", "x"},
      {sw_sql_str((sw_str){"a\0b", 3}), "VARCHAR", "a\\0b"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_sql_build(&b, "SELECT typeof({}) || coalesce(' ' || replace(({})::VARCHAR, chr(0), '\\0'), '')", cases[i].arg, cases[i].arg);
    char want[128];
    snprintf(want, sizeof want, "%s%s%s", cases[i].type, cases[i].text ? " " : "", cases[i].text ? cases[i].text : "");
    ASSERT_TEXT(b.ptr, want);
  }
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "SELECT count(*) FROM (VALUES ('a'), ('b''c'), ('d')) t(x) WHERE x IN ({})", sw_sql_texts(list, 2));
  assert_int_equal(one_i64(f, b.ptr), 2);
  sw_buf_clear(&b);
  sw_sql_build(&b, "{} {} {}", sw_sql_dotted("dwd.visit"), sw_sql_dotted("x"), sw_sql_ids(list, 2));
  assert_string_equal(b.ptr, "\"dwd\".\"visit\" \"x\" \"a\", \"b'c\"");
}

static void types_are_read_and_written_in_sql(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"varchar(20)", "VARCHAR"}, {"Decimal(18, 2)", "DECIMAL(18,2)"}, {"numeric(5)", "DECIMAL(5,0)"},
                                         {"int", "INTEGER"}, {"datetime", "TIMESTAMP"}, {" string ", "VARCHAR"}, {"double precision", "DOUBLE"},
                                         {"decimal(39,2)", NULL}, {"decimal(2,3)", NULL}, {"int(4)", NULL}, {"list", NULL}, {"x", NULL}, {"", NULL}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    sw_type t;
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    bool ok = sw_type_parse(sw_str_of(pairs[i][0]), &t);
    assert_int_equal(ok, pairs[i][1] != NULL);
    if (!ok) continue;
    sw_type_sql(t, &b);
    assert_string_equal(b.ptr, pairs[i][1]);
  }
}

static void opening_locking_and_a_query_take_little_time(void **state) {
  fixture *f = *state;
  fixture_close(f);
  int64_t t0 = sw_mono_us();
  fixture_open(f);
  int64_t t1 = sw_mono_us();
  for (int i = 0; i < 100; i++) assert_int_equal(one_i64(f, "SELECT 1"), 1);
  print_message("# open and lock %lld us, a query %lld us\n", (long long)(t1 - t0), (long long)(sw_mono_us() - t1) / 100);
  assert_true(t1 - t0 < 2000000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
      T(files_outside_the_allowed_directories_are_out_of_reach),
      T(the_ledger_beside_the_warehouse_is_out_of_reach),
      T(settings_are_locked_and_extensions_are_off),
      T(one_file_is_opened_once_in_a_process),
      T(another_process_is_refused),
      T(a_broken_database_file_is_told),
      T(a_query_beyond_memory_and_spill_fails_with_advice),
      T(a_full_disk_is_told_as_such),
      T(a_sort_larger_than_memory_spills),
      T(identifiers_and_literals_cannot_break_out),
      T(literals_keep_their_type_and_value),
      T(types_are_read_and_written_in_sql),
      T(opening_locking_and_a_query_take_little_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
