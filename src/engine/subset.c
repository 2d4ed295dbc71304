/* The check of pack SQL: parsing by the engine, and the walk over statements and tables. */
#include "engine/subset.h"

#include "engine/backend.h"
#include "engine/subset_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void sw_subset_refuse(sw_subset *w, const char *zh, const char *en, ...) {
  if (w->read_mode || (w->refused && w->at <= w->here)) return;
  va_list ap;
  va_start(ap, en);
  vsnprintf(w->zh, sizeof w->zh, zh, ap);
  va_end(ap);
  va_start(ap, en);
  vsnprintf(w->en, sizeof w->en, en, ap);
  va_end(ap);
  w->refused = true;
  w->at = w->here;
}

static const char *text_of(const json_t *o, const char *key) {
  const char *z = json_string_value(json_object_get(o, key));
  return z ? z : "";
}

/* --- what a query reads ------------------------------------------------------------------------------ */

/* In the user's text, which begins on the second line of ours. */
static void position(const sw_subset *w, int64_t *line, int64_t *column) {
  sw_text_place(w->text, w->here, line, column);
  --*line;
}

static bool first_time(sw_subset *w, sw_map *seen, const char *a, const char *b) {
  bool added = false;
  char *key = sw_arena_printf(w->arena, "%s\x1f%s", a, b);
  if (!key || !sw_map_at(seen, sw_str_of(key), 0, &added)) w->failed = true;
  return added;
}

static void add_table(sw_subset *w, const char *schema, const char *name) {
  if (!first_time(w, &w->seen_tables, schema, name)) return;
  sw_table_ref t = {.schema = sw_arena_dupz(w->arena, sw_str_of(schema)), .name = sw_arena_dupz(w->arena, sw_str_of(name))};
  position(w, &t.line, &t.column);
  if (!t.schema || !t.name || !SW_VEC_PUSH(&w->tables, t)) w->failed = true;
}

void sw_subset_add_column(sw_subset *w, const json_t *names) {
  size_t n = json_array_size(names);
  if (!n || w->read_mode) return;
  SW_AUTO(sw_buf) table = SW_BUF_INIT;
  for (size_t i = 0; i + 1 < n; i++) sw_buf_printf(&table, "%s%s", i ? "." : "", json_string_value(json_array_get(names, i)));
  const char *name = json_string_value(json_array_get(names, n - 1));
  if (!first_time(w, &w->seen_columns, table.ptr, name ? name : "")) return;
  sw_column_ref c = {.table = sw_arena_dupz(w->arena, sw_buf_str(&table)), .name = sw_arena_dupz(w->arena, sw_str_of(name))};
  position(w, &c.line, &c.column);
  if (!c.table || !c.name || !SW_VEC_PUSH(&w->columns, c)) w->failed = true;
}

static bool is_cte(const sw_subset *w, const char *name) {
  for (size_t i = 0; i < w->ctes.len; i++)
    if (strcasecmp(w->ctes.items[i], name) == 0) return true;
  return false;
}

static void check_table(sw_subset *w, const json_t *t) {
  static const char *const hidden[] = {"information_schema", "pg_catalog", "store"};
  static const char *const prefixes[] = {"duckdb_", "pg_", "sqlite_"};
  const char *schema = text_of(t, "schema_name"), *name = text_of(t, "table_name"), *catalog = text_of(t, "catalog_name");
  if (!*schema && is_cte(w, name)) return;
  if (*catalog) sw_subset_refuse(w, "表 %s.%s.%s 不能带库名", "the table %s.%s.%s may not name a database", catalog, schema, name);
  if (strpbrk(name, "./:*?\\")) sw_subset_refuse(w, "不能直接读文件 %s；请用表", "the file %s may not be read: use a table", name);
  for (size_t i = 0; i < 3; i++)
    if (strcasecmp(schema, hidden[i]) == 0 || (!*schema && strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0))
      sw_subset_refuse(w, "不能读系统表 %s%s%s", "the system table %s%s%s may not be read", schema, *schema ? "." : "", name);
  if (!json_is_null(json_object_get(t, "at_clause")) && json_object_get(t, "at_clause"))
    sw_subset_refuse(w, "表 %s 之后不能有 AT", "AT after the table %s is not in the shared subset", name);
  add_table(w, schema, name);
}

/* What a person may read besides tables; anything else runs other SQL, changes something or looks around. */
static bool readable(const char *function) {
  static const char *const functions[] = {"range", "generate_series", "unnest", "read_parquet", "parquet_scan", "parquet_metadata", "parquet_schema",
                                          "parquet_file_metadata", "duckdb_columns", "duckdb_tables", "duckdb_views", "duckdb_schemas",
                                          "duckdb_functions", "duckdb_types", "duckdb_memory", "json_each", "json_tree", "summary", "histogram",
                                          "histogram_values", "pragma_table_info", "values", "repeat", "sw_source"};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (strcasecmp(function, functions[i]) == 0) return strcmp(function, "sw_source") != 0;
  return false;
}

static void check_table_function(sw_subset *w, const json_t *t) {
  const char *name = text_of(json_object_get(t, "function"), "function_name");
  bool read_mode = w->read_mode;
  w->read_mode = false;
  if (!read_mode || !readable(name)) sw_subset_refuse(w, "FROM 里不能用函数 %s", "the function %s may not be read from", name);
  w->read_mode = read_mode;
}

/* --- statements -------------------------------------------------------------------------------------- */

static void check_join(sw_subset *w, const json_t *j) {
  const char *kind = text_of(j, "ref_type");
  if (strcmp(kind, "ASOF") == 0 || strcmp(kind, "POSITIONAL") == 0) sw_subset_refuse(w, "%s 连接不在共有的子集内", "%s joins are not in the shared subset", kind);
}

/* FROM t stands for SELECT * FROM t: the parser makes a star at position 0. Its place is the FROM before the table. */
static void check_from_first(sw_subset *w, const json_t *n) {
  const json_t *star = json_array_get(json_object_get(n, "select_list"), 0), *location = json_object_get(star, "query_location");
  if (strcmp(text_of(star, "class"), "STAR") != 0 || !json_is_number(location) || json_number_value(location) > 0) return;
  const json_t *table = json_object_get(json_object_get(n, "from_table"), "query_location");
  size_t here = w->here, at = json_is_number(table) ? (size_t)json_number_value(table) : 0;
  while (at > 4 && at <= w->text.len && strncasecmp(w->text.ptr + at - 4, "FROM", 4) != 0) at--;
  if (at > 4 && at <= w->text.len) w->here = at - 4;
  sw_subset_refuse(w, "必须以 SELECT 开头，不能以 %s 开头", "a query begins with SELECT, not with %s", "FROM");
  w->here = here;
}

static void check_modifier(sw_subset *w, const json_t *m, const char *type) {
  if (strcmp(type, "LIMIT_PERCENT_MODIFIER") == 0) sw_subset_refuse(w, "LIMIT 不能用百分比（%s）", "LIMIT by percentage (%s) is not in the shared subset", "%");
  if (strcmp(type, "DISTINCT_MODIFIER") == 0 && json_array_size(json_object_get(m, "distinct_on_targets")))
    sw_subset_refuse(w, "%s 不在共有的子集内；请用 row_number()", "%s is not in the shared subset; use row_number()", "DISTINCT ON");
}

/* Everything of the tree that is not an expression has a type of this list, or is refused. */
static void check_node(sw_subset *w, const json_t *n, const char *type) {
  static const char *const fine[] = {"SET_OPERATION_NODE", "SUBQUERY", "EMPTY", "EXPRESSION_LIST", "ORDER_MODIFIER", "LIMIT_MODIFIER", "ORDER_DEFAULT",
                                     "ASCENDING", "DESCENDING", "ORDER_ASCENDING", "ORDER_DESCENDING", "ASC", "DESC", "COLUMN_DATA"};
  const char *setop = text_of(n, "setop_type");
  const json_t *sample = json_object_get(n, "sample");
  if (sample && !json_is_null(sample)) sw_subset_refuse(w, "不能抽样（%s）：结果不能重复", "sampling (%s) is refused: a run must repeat", "SAMPLE");
  if (strcmp(type, "BASE_TABLE") == 0) return check_table(w, n);
  if (strcmp(type, "JOIN") == 0) return check_join(w, n);
  if (strcmp(type, "SELECT_NODE") == 0) return check_from_first(w, n);
  if (strcmp(type, "TABLE_FUNCTION") == 0) return check_table_function(w, n);
  if (strstr(type, "_MODIFIER")) check_modifier(w, n, type);
  if (strcmp(setop, "UNION_BY_NAME") == 0) sw_subset_refuse(w, "%s 不在共有的子集内", "%s is not in the shared subset", "UNION BY NAME");
  if (strcmp(type, "DISTINCT_MODIFIER") == 0 || strcmp(type, "LIMIT_PERCENT_MODIFIER") == 0) return;
  for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
    if (strcmp(type, fine[i]) == 0) return;
  sw_subset_refuse(w, "%s 不在 DuckDB 与 Spark 共有的子集内", "%s is not in the subset that DuckDB and Spark share",
                   strcmp(type, "RECURSIVE_CTE_NODE") == 0 ? "WITH RECURSIVE" : strcmp(type, "SHOW_REF") == 0 ? "SHOW / DESCRIBE" : type);
}

static void walk_ctes(sw_subset *w, const json_t *n) {
  const json_t *map = json_object_get(json_object_get(n, "cte_map"), "map"), *entry;
  size_t i;
  json_array_foreach(map, i, entry) {
    sw_subset_walk(w, json_object_get(entry, "value"));
    const char *name = text_of(entry, "key");
    if (!SW_VEC_PUSH(&w->ctes, name)) w->failed = true;
  }
}

static void walk_object(sw_subset *w, const json_t *o) {
  const char *class = json_string_value(json_object_get(o, "class")), *type = json_string_value(json_object_get(o, "type")), *key;
  const json_t *location = json_object_get(o, "query_location");
  const json_t *child;
  size_t here = w->here, scope = w->ctes.len;
  if (json_is_number(location) && json_number_value(location) > 0) w->here = (size_t)json_number_value(location);
  bool descend = true;
  if (class && type) descend = sw_subset_expression(w, o, class, type);
  else if (type) check_node(w, o, type);
  walk_ctes(w, o);
  if (descend) {
    json_object_foreach((json_t *)(uintptr_t)o, key, child) { /* the macro wants it mutable; nothing is changed */
      if (strcmp(key, "cast_type") == 0 || strcmp(key, "cte_map") == 0 || strcmp(key, "sample") == 0) continue;
      sw_subset_walk(w, child);
    }
  }
  w->ctes.len = scope;
  w->here = here;
}

void sw_subset_walk(sw_subset *w, const json_t *tree) {
  if (json_is_object(tree)) walk_object(w, tree);
  else
    for (size_t i = 0; i < json_array_size(tree); i++) sw_subset_walk(w, json_array_get(tree, i)); /* 0 of what is no array */
}

/* --- parsing ----------------------------------------------------------------------------------------- */

sw_status sw_sql_tree(sw_conn *c, sw_str sql, sw_buf *out, sw_error *err) {
  return sw_query_text(c, "SELECT json_serialize_sql(?::VARCHAR, skip_null := true, skip_empty := true, skip_default := true)", SW_PARAMS(sw_p_str(sql)), NULL,
                       out, NULL, err);
}

/* Our own wrapping around the user's text: `before` bytes and one line at the front. */
typedef struct wrapping {
  const char *before, *after;
} wrapping;

/* The place in the user's text of a place in the wrapped one. */
static void unwrap(sw_str user, int64_t line, int64_t column, sw_error *err) {
  int64_t last_line, last_column;
  sw_text_place(user, user.len, &last_line, &last_column);
  line--;
  if (line < 1) line = column = 1;
  if (line > last_line) {
    line = last_line;
    column = last_column;
  }
  if (!err) return;
  err->line = line;
  err->column = column;
}

static sw_status parse_failed(const json_t *answer, sw_str wrapped, sw_str user, sw_error *err) {
  const char *message = text_of(answer, "error_message");
  uint64_t at = 0;
  int64_t line = 1, column = 1;
  bool placed = sw_str_to_u64(sw_str_of(text_of(answer, "position")), &at);
  if (strstr(message, "Only SELECT")) /* PIVOT and the like, inside our brackets */
    return SW_FAIL(err, SW_E_CONFIG, "SW-ENGINE-0060", "只能是一条 SELECT", "only one SELECT is allowed");
  sw_status s = SW_FAIL(err, SW_E_CONFIG, "SW-ENGINE-0061", "SQL 语法错误：%s", "SQL syntax error: %s", message);
  if (placed) sw_text_place(wrapped, (size_t)at, &line, &column);
  unwrap(user, line, column, err);
  return s;
}

static sw_status parse(sw_conn *c, sw_str wrapped, sw_str user, json_t **out, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  *out = NULL;
  if (memchr(user.ptr, '\0', user.len)) return SW_FAIL(err, SW_E_CONFIG, "SW-ENGINE-0062", "SQL 里有 NUL 字节", "the SQL holds a NUL byte");
  sw_status s = sw_sql_tree(c, wrapped, &text, err);
  if (s) return s;
  json_t *j = json_loadb(text.ptr, text.len, JSON_DECODE_INT_AS_REAL, NULL);
  if (!j) return SW_FAIL(err, SW_E_CONFIG, "SW-ENGINE-0063", "SQL 嵌套过深或过长", "the SQL is nested too deeply or too long");
  if (json_is_true(json_object_get(j, "error"))) {
    s = parse_failed(j, wrapped, user, err);
    json_decref(j);
    return s;
  }
  *out = j;
  return SW_OK;
}

/* A statement that is no SELECT does not parse inside our brackets: say what it is rather than where that broke. */
static sw_status refuse_other_statements(sw_conn *c, sw_str sql, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_error ignored = SW_ERROR_INIT;
  if (sw_sql_tree(c, sql, &text, &ignored)) return SW_OK;
  json_t *j = json_loadb(text.ptr, text.len, JSON_DECODE_INT_AS_REAL, NULL);
  bool other = strstr(text_of(j, "error_message"), "Only SELECT") != NULL;
  size_t n = json_array_size(json_object_get(j, "statements"));
  json_decref(j);
  if (other) return SW_FAIL(err, SW_E_CONFIG, "SW-ENGINE-0060", "只能是一条 SELECT", "only one SELECT is allowed");
  if (n > 1) return SW_FAIL(err, SW_E_CONFIG, "SW-ENGINE-0064", "只能是一条语句，这里有 %zu 条", "one statement is expected, there are %zu", n);
  return SW_OK;
}

static sw_status parse_select(sw_conn *c, sw_str wrapped, sw_str user, json_t **out, sw_error *err) {
  sw_error own = SW_ERROR_INIT;
  sw_status s = parse(c, wrapped, user, out, &own);
  if (s == SW_OK || refuse_other_statements(c, user, err)) return s;
  if (err && err->status == SW_OK) *err = own;
  return s;
}

static void walk_fini(sw_subset *w) {
  sw_map_fini(&w->seen_tables);
  sw_map_fini(&w->seen_columns);
  SW_VEC_FREE(&w->tables);
  SW_VEC_FREE(&w->columns);
  SW_VEC_FREE(&w->ctes);
}

static sw_status conclude(sw_subset *w, sw_str user, sw_error *err) {
  if (w->failed) return SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
  if (!w->refused) return SW_OK;
  int64_t line, column;
  sw_text_place(w->text, w->at, &line, &column);
  sw_status s = SW_FAIL(err, SW_E_CONFIG, "SW-ENGINE-0065", "%s%.0s", "%.0s%s", w->zh, w->en);
  unwrap(user, line, column, err);
  return s;
}

static void hand_out(sw_subset *w, sw_sql_info *out) {
  *out = (sw_sql_info){.ntables = w->tables.len, .ncolumns = w->columns.len, .has_aggregate = w->has_aggregate, .has_window = w->has_window,
                       .has_subquery = w->has_subquery};
  out->tables = SW_ARENA_ARRAY(w->arena, sw_table_ref, out->ntables ? out->ntables : 1);
  out->columns = SW_ARENA_ARRAY(w->arena, sw_column_ref, out->ncolumns ? out->ncolumns : 1);
  if (!out->tables || !out->columns) w->failed = true;
  if (w->failed) return;
  if (out->ntables) memcpy(out->tables, w->tables.items, out->ntables * sizeof *out->tables);
  if (out->ncolumns) memcpy(out->columns, w->columns.items, out->ncolumns * sizeof *out->columns);
}

static sw_status walk_tree(sw_subset *w, const json_t *tree, sw_str user, sw_sql_info *out, sw_error *err) {
  sw_subset_walk(w, tree);
  if (out) hand_out(w, out);
  return conclude(w, user, err);
}

/* The node that holds the user's query inside the wrapping; NULL when the text broke out of it. */
static const json_t *wrapped_query(const json_t *answer) {
  const json_t *statements = json_object_get(answer, "statements");
  const json_t *node = json_object_get(json_array_get(statements, 0), "node"), *from = json_object_get(node, "from_table");
  if (json_array_size(statements) != 1 || strcmp(text_of(from, "type"), "SUBQUERY") != 0 || strcmp(text_of(from, "alias"), "q") != 0) return NULL;
  return json_object_get(from, "subquery");
}

sw_status sw_sql_check(sw_conn *c, sw_str sql, sw_arena *a, sw_sql_info *out, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  json_t *answer = NULL;
  sw_buf_puts(&text, "SELECT * FROM (\n");
  sw_buf_str_put(&text, sql);
  sw_buf_puts(&text, "\n) AS q");
  sw_status s = sw_buf_check(&text, err);
  if (s == SW_OK) s = parse_select(c, sw_buf_str(&text), sql, &answer, err);
  if (s == SW_OK) {
    sw_subset w = {.text = sw_buf_str(&text), .arena = a, .here = strlen("SELECT * FROM (\n")};
    const json_t *query = wrapped_query(answer);
    s = query ? walk_tree(&w, query, sql, out, err) : SW_FAIL(err, SW_E_CONFIG, "SW-ENGINE-0060", "只能是一条 SELECT", "only one SELECT is allowed");
    walk_fini(&w);
  }
  json_decref(answer);
  return s;
}

/* The one expression of SELECT (expr), or NULL when the text is more than that. */
static const json_t *wrapped_expression(const json_t *answer) {
  static const char *const more[] = {"modifiers", "where_clause", "group_expressions", "group_sets", "having", "sample", "qualify"};
  const json_t *statements = json_object_get(answer, "statements");
  const json_t *node = json_object_get(json_array_get(statements, 0), "node"), *list = json_object_get(node, "select_list");
  if (json_array_size(statements) != 1 || json_array_size(list) != 1) return NULL;
  if (strcmp(text_of(json_object_get(node, "from_table"), "type"), "EMPTY") != 0) return NULL;
  for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
    const json_t *v = json_object_get(node, more[i]);
    if (v && !json_is_null(v) && !(json_is_array(v) && !json_array_size(v))) return NULL;
  }
  const json_t *e = json_array_get(list, 0);
  bool several = strcmp(text_of(e, "function_name"), "row") == 0 || strcmp(text_of(e, "class"), "STAR") == 0 || *text_of(e, "alias");
  return several ? NULL : e;
}

sw_status sw_sql_check_expr(sw_conn *c, sw_str expr, sw_arena *a, sw_sql_info *out, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  json_t *answer = NULL;
  sw_buf_puts(&text, "SELECT (\n");
  sw_buf_str_put(&text, expr);
  sw_buf_puts(&text, "\n)");
  sw_status s = sw_buf_check(&text, err);
  if (s == SW_OK) s = parse(c, sw_buf_str(&text), expr, &answer, err);
  if (s == SW_OK) {
    sw_subset w = {.text = sw_buf_str(&text), .arena = a, .here = strlen("SELECT (\n")};
    const json_t *e = wrapped_expression(answer);
    s = e ? walk_tree(&w, e, expr, out, err) : SW_FAIL(err, SW_E_CONFIG, "SW-ENGINE-0066", "这里只能是一个表达式", "one expression is expected here");
    walk_fini(&w);
  }
  json_decref(answer);
  return s;
}

/* --- reading mode ------------------------------------------------------------------------------------ */

static sw_status refuse_read(sw_error *err) {
  return SW_FAIL(err, SW_E_DENIED, "SW-ENGINE-0067", "只能查询：一条 SELECT、DESCRIBE、SHOW 或 SUMMARIZE",
                 "only queries are allowed: one SELECT, DESCRIBE, SHOW or SUMMARIZE");
}

static sw_status read_answer(json_t *answer, sw_str sql, sw_error *err) {
  const json_t *statements = json_object_get(answer, "statements");
  const char *message = text_of(answer, "error_message");
  if (json_is_true(json_object_get(answer, "error"))) {
    uint64_t at;
    if (strstr(message, "Only SELECT")) return refuse_read(err);
    sw_status s = SW_FAIL(err, SW_E_USAGE, "SW-ENGINE-0061", "SQL 语法错误：%s", "SQL syntax error: %s", message);
    if (err && sw_str_to_u64(sw_str_of(text_of(answer, "position")), &at)) sw_text_place(sql, (size_t)at, &err->line, &err->column);
    return s;
  }
  if (json_array_size(statements) != 1) return refuse_read(err);
  sw_arena a = SW_ARENA_INIT;
  sw_subset w = {.text = sql, .read_mode = true, .arena = &a};
  sw_subset_walk(&w, statements);
  sw_status s = SW_OK;
  if (w.failed) s = SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
  else if (w.refused) {
    s = SW_FAIL(err, SW_E_DENIED, "SW-ENGINE-0068", "%s%.0s", "%.0s%s", w.zh, w.en);
    if (err) sw_text_place(sql, w.at, &err->line, &err->column);
  }
  walk_fini(&w);
  sw_arena_fini(&a);
  return s;
}

sw_status sw_sql_check_read(sw_conn *c, sw_str sql, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  if (!sql.len || memchr(sql.ptr, '\0', sql.len)) return SW_FAIL(err, SW_E_USAGE, "SW-ENGINE-0062", "SQL 是空的或含有 NUL 字节", "the SQL is empty or holds a NUL byte");
  sw_status s = sw_sql_tree(c, sql, &text, err);
  if (s) return s;
  json_t *answer = json_loadb(text.ptr, text.len, JSON_DECODE_INT_AS_REAL, NULL);
  if (!answer) return SW_FAIL(err, SW_E_USAGE, "SW-ENGINE-0063", "SQL 嵌套过深或过长", "the SQL is nested too deeply or too long");
  s = read_answer(answer, sql, err);
  json_decref(answer);
  return s;
}
