#include "engine/subset.h"
#include "base/map.h"
#include "support.h"

typedef struct refusal {
  const char *sql;
  int line, column;
  const char *word; /* in the English message */
} refusal;

static void good_sql_passes(void **state) {
  fixture *f = *state;
  static const char *const good[] = {
      "SELECT 1",
      "SELECT a, b AS x, t.c FROM dwd.visit AS t WHERE a > 1 AND b IN ('1', '2') OR NOT c IS NULL -- note",
      "SELECT * FROM dwd.visit",
      "SELECT v.* FROM dwd.visit v LEFT JOIN dwd.fee f ON v.id = f.id AND f.amount > 0 CROSS JOIN (SELECT 1 AS k) z",
      "SELECT a FROM t1 JOIN t2 USING (id) NATURAL JOIN t3 SEMI JOIN t4 ON t4.id = t1.id",
      "WITH x AS (SELECT a FROM dwd.t), y AS (SELECT * FROM x) SELECT count(*), count(DISTINCT a), sum(a) FILTER (WHERE a > 1) FROM y GROUP BY ALL HAVING count(*) > 1",
      "SELECT org, row_number() OVER (PARTITION BY org ORDER BY d DESC NULLS LAST) AS n, lag(a, 1, 0) OVER w FROM t WINDOW w AS (ORDER BY d) QUALIFY n = 1",
      "SELECT sum(a) OVER (ORDER BY d ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM t",
      "SELECT a FROM t UNION ALL SELECT b FROM u EXCEPT SELECT 3 INTERSECT SELECT 4 ORDER BY 1 LIMIT 5 OFFSET 2",
      "SELECT CASE WHEN a = 1 THEN 'x' ELSE NULL END, CASE a WHEN 1 THEN 2 END, coalesce(a, b), nullif(a, 0), greatest(a, b), a BETWEEN 1 AND 2",
      "SELECT CAST(a AS DECIMAL(18, 2)), TRY_CAST(b AS DATE), c::BIGINT, DATE '2024-01-01', TIMESTAMP '2024-01-01 00:00:00', x'00'",
      "SELECT d + INTERVAL 1 DAY, d - INTERVAL '3' MONTH, date_diff('day', a, b), date_trunc('month', d), extract(year FROM d), year(d), last_day(d)",
      "SELECT a LIKE 'x%', a NOT LIKE 'y', a ILIKE 'z', a LIKE 'p\\_' ESCAPE '\\', a || b, -a, a % 2, a / 2, a IS DISTINCT FROM b",
      "SELECT substring(a FROM 1 FOR 2), trim(BOTH ' ' FROM a), position('x' IN a), upper(a), regexp_extract(a, '([0-9]+)', 1), regexp_matches(a, '^x')",
      "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id) AND a IN (SELECT b FROM v) AND c = (SELECT max(c) FROM w)",
      "SELECT (a, b) IN (SELECT c, d FROM u), sw_citizen_id_valid(id_no), string_agg(a, ',' ORDER BY a), array_contains(l, 1), s.field FROM t",
      "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(k, w)",
      "SELECT a, b, sum(c) FROM t GROUP BY GROUPING SETS ((a), (b)), ROLLUP (a, b)",
      "SELECT quantile_cont(a, 0.5), median(a), stddev(a), any_value(b), bool_and(c), max_by(a, b), approx_count_distinct(a) FROM t",
      "SELECT \"列 名\", '张三' FROM dwd.\"表\" WHERE $org = 1",
      "(SELECT 1)",
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    sw_arena a = SW_ARENA_INIT;
    f->err.status = SW_OK;
    sw_status s = sw_sql_check(f->conn, sw_str_of(good[i]), &a, NULL, &f->err);
    if (s) {
      print_message("# refused: %s\n", good[i]);
      show(&f->err);
    }
    assert_int_equal(s, SW_OK);
    sw_arena_fini(&a);
  }
}

static void sql_outside_the_subset_is_refused_with_its_place(void **state) {
  fixture *f = *state;
  static const refusal bad[] = {
      {"CREATE TABLE t(a INTEGER)", 0, 0, "only one SELECT"},
      {"DROP TABLE t", 0, 0, "only one SELECT"},
      {"INSERT INTO t VALUES (1)", 0, 0, "only one SELECT"},
      {"COPY t TO 'x'", 0, 0, "only one SELECT"},
      {"ATTACH 'x'", 0, 0, "only one SELECT"},
      {"SET threads = 1", 0, 0, "only one SELECT"},
      {"SELECT 1; SELECT 2", 0, 0, "there are 2"},
      {"SELECT 1;", 1, 9, "syntax"},
      {"SELECT 1) AS q, (SELECT 2", 0, 0, "only one SELECT"},
      {"SELECT 1) AS x CROSS JOIN (SELECT 2", 0, 0, NULL},
      {"", 1, 1, "syntax"},
      {"SELECT 1,\n  FROM WHERE", 2, 8, "syntax"},
      {"SELECT '张三', foo(1)", 1, 14, "function foo"},
      {"SELECT a,\n       '张', log(b)\nFROM t", 2, 13, "function log"},
      {"FROM t", 1, 1, "begins with SELECT"},
      {"SELECT a FROM (\n  FROM t)", 2, 3, "begins with SELECT"},
      {"SELECT * EXCLUDE (a) FROM t", 1, 8, "exclude_list"},
      {"SELECT * REPLACE (a + 1 AS a) FROM t", 1, 8, "replace_list"},
      {"SELECT COLUMNS('a.*') FROM t", 1, 8, "COLUMNS"},
      {"SELECT a FROM t ASOF JOIN u ON t.d >= u.d", 1, 17, "ASOF"},
      {"SELECT a FROM t POSITIONAL JOIN u", 1, 17, "POSITIONAL"},
      {"SELECT 7 // 2", 1, 10, "operator //"},
      {"SELECT 7 ** 2", 1, 10, "operator **"},
      {"SELECT a & 1 FROM t", 1, 10, "operator &"},
      {"SELECT a ~ 'x' FROM t", 1, 10, "~ is not"},
      {"SELECT a GLOB 'x' FROM t", 1, 10, "operator ~~~"},
      {"SELECT [x + 1 FOR x IN l] FROM t", 1, 8, "[x FOR x IN l] is not"},
      {"SELECT list_transform(l, x -> x + 1) FROM t", 1, 8, "function list_transform"},
      {"SELECT array_contains(l, lambda x: x + 1) FROM t", 1, 33, "lambda"},
      {"SELECT [1, 2]", 1, 9, "[a, b] is not"},
      {"SELECT {'a': 1}", 1, 9, "{'k': v} is not"},
      {"SELECT l[1] FROM t", 0, 0, "x[i]"},
      {"SELECT s[1:2] FROM t", 0, 0, "x[i:j]"},
      {"SELECT #1 FROM t", 1, 8, "POSITIONAL_REFERENCE"},
      {"SELECT a COLLATE nocase FROM t", 0, 0, "COLLATE"},
      {"SELECT * FROM read_csv('/etc/passwd')", 1, 15, "read_csv"},
      {"SELECT * FROM '/etc/passwd'", 1, 15, "/etc/passwd"},
      {"SELECT * FROM range(10)", 1, 15, "range"},
      {"SELECT * FROM sw_source('x')", 1, 15, "sw_source"},
      {"SELECT sw_source('x')", 1, 8, "sw_source"},
      {"SELECT * FROM other.dwd.t", 1, 15, "other"},
      {"SELECT * FROM information_schema.tables", 1, 15, "system table"},
      {"SELECT * FROM duckdb_settings", 1, 15, "system table"},
      {"SELECT * FROM store.t", 1, 15, "system table"},
      {"SELECT a FROM t TABLESAMPLE RESERVOIR(10)", 0, 0, "sampling"},
      {"SELECT a FROM t USING SAMPLE 10", 0, 0, "sampling"},
      {"SELECT DISTINCT ON (a) a, b FROM t", 0, 0, "DISTINCT ON"},
      {"SELECT a FROM t LIMIT 10%", 0, 0, "percentage"},
      {"SELECT 1 AS a UNION BY NAME SELECT 2 AS a", 0, 0, "UNION BY NAME"},
      {"WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT * FROM r", 0, 0, "RECURSIVE"},
      {"PIVOT t ON a USING sum(b)", 0, 0, "only one SELECT"},
      {"SELECT * FROM (PIVOT t ON a USING sum(b))", 0, 0, NULL},
      {"DESCRIBE t", 0, 0, "DESCRIBE"},
      {"SHOW TABLES", 0, 0, NULL},
      {"SELECT current_date", 1, 8, "clock"},
      {"SELECT now()", 1, 8, "function now"},
      {"SELECT random()", 1, 8, "function random"},
      {"SELECT a::UBIGINT FROM t", 1, 9, "UBIGINT"},
      {"SELECT CAST(a AS json) FROM t", 1, 8, "json"},
      {"SELECT a::INTEGER[] FROM t", 1, 9, "LIST"},
      {"SELECT a > ALL (SELECT b FROM u) FROM t", 0, 0, "ANY or ALL"},
      {"SELECT date_trunc('decade', d) FROM t", 1, 8, "decade"},
      {"SELECT extract(epoch FROM d) FROM t", 1, 8, "epoch"},
      {"SELECT date_part(u, d) FROM t", 1, 8, "unit"},
      {"SELECT regexp_extract(a, 'x') FROM t", 1, 8, "third argument"},
      {"SELECT to_days(3)", 1, 8, "to_days"},
      {"SELECT sum(a ORDER BY b) FROM t", 1, 8, "ORDER BY inside"},
      {"SELECT count(DISTINCT a) OVER () FROM t", 1, 8, "DISTINCT"},
      {"SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM t", 1, 8, "EXCLUDE"},
      {"SELECT sum(a) OVER (ORDER BY b GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t", 1, 8, "GROUPS"},
      {"SELECT evil.upper('x')", 1, 8, "schema"},
      {"SELECT a AT TIME ZONE 'UTC' FROM t", 1, 10, "AT TIME ZONE"},
      {"SELECT TRY(a / 0) FROM t", 0, 0, "TRY"},
      {"SELECT 1 WHERE (SELECT foo(1)) > (SELECT bar(2))", 1, 24, "foo"},
  };
  int wrong = 0;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    sw_arena a = SW_ARENA_INIT;
    f->err.status = SW_OK;
    f->err.line = f->err.column = 0;
    sw_status s = sw_sql_check(f->conn, sw_str_of(bad[i].sql), &a, NULL, &f->err);
    bool word = !bad[i].word || strstr(f->err.msg[SW_LANG_EN], bad[i].word);
    bool place = !bad[i].line || (f->err.line == bad[i].line && f->err.column == bad[i].column);
    if (s != SW_E_CONFIG || !word || !place) {
      wrong++;
      print_message("# %s\n# -> %d %lld:%lld\n", bad[i].sql, (int)s, (long long)f->err.line, (long long)f->err.column);
      show(&f->err);
    }
    sw_arena_fini(&a);
  }
  assert_int_equal(wrong, 0);
}

static void what_a_query_reads_is_listed_once_and_ctes_left_out(void **state) {
  fixture *f = *state;
  sw_arena a = SW_ARENA_INIT;
  sw_sql_info info;
  static const char sql[] =
      "WITH visit AS (SELECT * FROM dwd.visit), late AS (SELECT id FROM visit)\n"
      "SELECT l.id, f.amount, org FROM late l JOIN dwd.fee f ON f.id = l.id\n"
      "WHERE EXISTS (SELECT 1 FROM plain WHERE plain.id = l.id) AND l.id IN (SELECT id FROM dwd.visit)";
  OK(sw_sql_check(f->conn, sw_str_of(sql), &a, &info, &f->err));
  assert_int_equal(info.ntables, 3);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  for (size_t i = 0; i < info.ntables; i++)
    sw_buf_printf(&b, "%s.%s@%lld:%lld ", info.tables[i].schema, info.tables[i].name, (long long)info.tables[i].line, (long long)info.tables[i].column);
  for (size_t i = 0; i < info.ncolumns; i++) sw_buf_printf(&b, "%s.%s ", info.columns[i].table, info.columns[i].name);
  assert_non_null(strstr(b.ptr, "dwd.visit@1:30 "));
  assert_non_null(strstr(b.ptr, "dwd.fee@2:45 "));
  assert_non_null(strstr(b.ptr, ".plain@3:29 "));
  assert_non_null(strstr(b.ptr, "f.amount "));
  assert_non_null(strstr(b.ptr, ".org "));
  assert_true(info.has_subquery && !info.has_aggregate && !info.has_window);
  OK(sw_sql_check(f->conn, SW_LIT("WITH t AS (SELECT * FROM t) SELECT max(a), rank() OVER (ORDER BY 1) FROM t"), &a, &info, &f->err));
  assert_int_equal(info.ntables, 1);
  assert_true(info.has_aggregate && info.has_window);
  sw_arena_fini(&a);
}

static void an_expression_is_one_expression(void **state) {
  fixture *f = *state;
  static const char *const good[] = {"age >= 0 AND sex IN ('1', '2') -- note", "a", "'张三' = name", "amount = (SELECT sum(x) FROM dwd.fee)",
                                     "CASE WHEN a THEN b END\n"};
  static const refusal bad[] = {{"a, b", 0, 0, "one expression"}, {"a) FROM t WHERE (b", 0, 0, "one expression"}, {"*", 0, 0, NULL},
                                {"a > 1 AND\n  '张' = foo(b)", 2, 9, "function foo"}, {"a >", 1, 4, "syntax"}, {"a) AS x, (b", 0, 0, "one expression"},
                                {"", 1, 1, "syntax"}, {"a /* open", 0, 0, "syntax"}, {"a); DROP TABLE t; SELECT (1", 0, 0, NULL}};
  sw_arena a = SW_ARENA_INIT;
  sw_sql_info info;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) OK(sw_sql_check_expr(f->conn, sw_str_of(good[i]), &a, &info, &f->err));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    FAILS(sw_sql_check_expr(f->conn, sw_str_of(bad[i].sql), &a, &info, &f->err), SW_E_CONFIG);
    if (bad[i].word && !strstr(f->err.msg[SW_LANG_EN], bad[i].word)) show(&f->err);
    assert_true(!bad[i].word || strstr(f->err.msg[SW_LANG_EN], bad[i].word));
    if (bad[i].line) {
      assert_int_equal(f->err.line, bad[i].line);
      assert_int_equal(f->err.column, bad[i].column);
    }
  }
  OK(sw_sql_check_expr(f->conn, SW_LIT("v.age > 3 AND b = v.age"), &a, &info, &f->err));
  assert_int_equal(info.ncolumns, 2);
  assert_string_equal(info.columns[0].table, "v");
  assert_string_equal(info.columns[0].name, "age");
  assert_int_equal(info.columns[1].column, 15);
  sw_arena_fini(&a);
}

static void hostile_sql_ends_in_an_error_and_not_in_a_crash(void **state) {
  fixture *f = *state;
  sw_arena a = SW_ARENA_INIT;
  SW_AUTO(sw_buf) deep = SW_BUF_INIT;
  sw_buf_puts(&deep, "SELECT ");
  for (int i = 0; i < 5000; i++) sw_buf_putc(&deep, '(');
  sw_buf_puts(&deep, "1");
  for (int i = 0; i < 5000; i++) sw_buf_putc(&deep, ')');
  f->err.status = SW_OK;
  sw_status s = sw_sql_check(f->conn, sw_buf_str(&deep), &a, NULL, &f->err);
  assert_true(s == SW_OK || s == SW_E_CONFIG);
  sw_buf_clear(&deep);
  sw_buf_puts(&deep, "SELECT 'a'");
  for (int i = 0; i < 3000; i++) sw_buf_puts(&deep, " || 'b'");
  f->err.status = SW_OK;
  s = sw_sql_check(f->conn, sw_buf_str(&deep), &a, NULL, &f->err);
  assert_true(s == SW_OK || s == SW_E_CONFIG);
  FAILS(sw_sql_check(f->conn, SW_LIT("SELECT '\xff\xfe'"), &a, NULL, &f->err), SW_E_USAGE);
  FAILS(sw_sql_check(f->conn, SW_LIT("SELECT 1\0 FROM t"), &a, NULL, &f->err), SW_E_CONFIG);
  sw_arena_fini(&a);
}

static void reading_mode_allows_queries_and_nothing_else(void **state) {
  fixture *f = *state;
  static const char *const good[] = {"SELECT list_transform([1, 2], lambda x: x + 1), random(), now()", "FROM range(3)", "DESCRIBE SELECT 1", "SHOW TABLES",
                                     "SUMMARIZE SELECT 1 AS a", "SELECT * FROM duckdb_tables()", "SELECT * FROM read_parquet('landing/x.parquet')",
                                     "SELECT * FROM information_schema.tables;"};
  static const char *const bad[] = {"CREATE TABLE t(a INTEGER)", "SELECT 1; SELECT 2", "CALL enable_logging()", "SELECT * FROM enable_logging(storage = 'file')",
                                    "SELECT * FROM query('DROP TABLE t')", "SELECT * FROM force_checkpoint()", "COPY (SELECT 1) TO 'x'", "PRAGMA version",
                                    "SELECT * FROM (SELECT * FROM checkpoint())", "SELECT * FROM json_execute_serialized_sql('{}')", "ATTACH 'x'", "SET threads = 1",
                                    "SELECT * FROM sw_source('x')", "EXPLAIN ANALYZE SELECT 1", "SELECT * FROM read_text('/etc/passwd')",
                                    "SELECT * FROM glob('*')"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) OK(sw_sql_check_read(f->conn, sw_str_of(good[i]), &f->err));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) FAILS(sw_sql_check_read(f->conn, sw_str_of(bad[i]), &f->err), SW_E_DENIED);
  FAILS(sw_sql_check_read(f->conn, SW_LIT("SELEC 1"), &f->err), SW_E_USAGE);
  FAILS(sw_sql_check_read(f->conn, SW_LIT(""), &f->err), SW_E_USAGE);
}

static void every_function_of_the_list_exists_and_is_sorted(void **state) {
  fixture *f = *state;
  const sw_sql_function *p = NULL, *q;
  sw_map known = SW_MAP_INIT;
  sw_rows *r;
  OK(sw_query(f->conn, "SELECT DISTINCT function_name FROM duckdb_functions()", SW_NO_PARAMS, NULL, &r, &f->err));
  while (sw_rows_next(r, &f->err) == SW_ROW) assert_true(sw_map_put(&known, sw_rows_str(r, 0), 1));
  sw_rows_free(r);
  for (size_t i = 0; (q = sw_sql_function_at(i)); p = q, i++) {
    assert_true(!p || strcmp(p->name, q->name) < 0);
    assert_true(sw_sql_function_allowed(sw_str_of(q->name)));
    if (!sw_map_has(&known, sw_str_of(q->name))) print_message("# %s\n", q->name);
    assert_true(sw_map_has(&known, sw_str_of(q->name)));
  }
  sw_map_fini(&known);
  assert_false(sw_sql_function_allowed(SW_LIT("read_csv")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
      T(good_sql_passes),
      T(sql_outside_the_subset_is_refused_with_its_place),
      T(what_a_query_reads_is_listed_once_and_ctes_left_out),
      T(an_expression_is_one_expression),
      T(hostile_sql_ends_in_an_error_and_not_in_a_crash),
      T(reading_mode_allows_queries_and_nothing_else),
      T(every_function_of_the_list_exists_and_is_sorted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
