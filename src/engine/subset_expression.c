/* Expressions of the shared subset. */
#include "engine/subset_internal.h"

#include <string.h>
#include <strings.h>

static const char *text_of(const json_t *o, const char *key) {
  const char *z = json_string_value(json_object_get(o, key));
  return z ? z : "";
}

static bool in(const char *z, const char *const *list, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcasecmp(z, list[i]) == 0) return true;
  return false;
}
#define IN(z, list) in((z), (list), sizeof(list) / sizeof *(list))

static bool empty(const json_t *v) {
  return !v || json_is_null(v) || json_is_false(v) || (json_is_array(v) && !json_array_size(v)) || (json_is_object(v) && !json_object_size(v));
}

/* The text at the node begins with this word: the user wrote it, not the parser. */
static bool written(const sw_subset *w, const char *word) {
  size_t n = strlen(word);
  return w->here + n <= w->text.len && strncasecmp(w->text.ptr + w->here, word, n) == 0;
}

/* --- functions --------------------------------------------------------------------------------------- */

static void check_unit(sw_subset *w, const json_t *e, const char *name) {
  static const char *const units[] = {"year", "quarter", "month", "week", "day", "hour", "minute", "second", "doy"};
  const json_t *first = json_array_get(json_object_get(e, "children"), 0);
  const char *unit = json_string_value(json_object_get(json_object_get(first, "value"), "value"));
  if (!unit || !IN(unit, units))
    sw_subset_refuse(w, "%s 的单位 %s 不在两个引擎共有的范围内（year quarter month week day hour minute second doy）",
                     "%s: the unit %s is not one that both engines share (year quarter month week day hour minute second doy)", name,
                     unit ? unit : "?");
}

static void check_call(sw_subset *w, const json_t *e, const char *name, const sw_sql_function *f) {
  if (f && strcmp(f->category, "aggregate") == 0) w->has_aggregate = true;
  if (strcmp(name, "date_part") == 0 || strcmp(name, "date_trunc") == 0) check_unit(w, e, name);
  if (strcmp(name, "regexp_extract") == 0 && json_array_size(json_object_get(e, "children")) != 3)
    sw_subset_refuse(w, "%s 须写明第三个参数（组号）：两个引擎的默认值不同",
                     "%s needs its third argument (the group): the engines' defaults differ", name);
  static const char *const ordered[] = {"string_agg", "listagg", "list", "array_agg", "quantile_cont"};
  if (!empty(json_object_get(json_object_get(e, "order_bys"), "orders")) && !IN(name, ordered))
    sw_subset_refuse(w, "%s 的参数里不能有 ORDER BY", "ORDER BY inside %s is not in the shared subset", name);
  if (!empty(json_object_get(e, "export_state"))) sw_subset_refuse(w, "%s 不能用 EXPORT_STATE", "EXPORT_STATE of %s is not in the shared subset", name);
}

/* How the user wrote what the parser turned into a call; NULL when it is a call. */
static const char *notation(const sw_subset *w, const char *name) {
  static const char *const made[][2] = {{"list_value", "[a, b]"},       {"struct_pack", "{'k': v}"}, {"map", "MAP {k: v}"},
                                        {"list_apply", "[x FOR x IN l]"}, {"list_filter", "[x FOR x IN l IF c]"},
                                        {"regexp_full_match", "~"},       {"timezone", "AT TIME ZONE"}};
  for (size_t i = 0; i < sizeof made / sizeof *made; i++)
    if (strcmp(name, made[i][0]) == 0 && !written(w, name)) return made[i][1];
  return NULL;
}

static void check_function(sw_subset *w, const json_t *e) {
  static const char *const operators[] = {"+", "-", "*", "/", "%", "||", "~~", "!~~", "~~*", "!~~*"};
  static const char *const intervals[] = {"to_years", "to_months", "to_weeks", "to_days", "to_hours", "to_minutes", "to_seconds", "trunc"};
  static const char *const hidden[] = {"like_escape", "not_like_escape", "row"};
  const char *name = text_of(e, "function_name"), *schema = text_of(e, "schema");
  if (!empty(json_object_get(e, "is_operator"))) {
    if (!IN(name, operators))
      sw_subset_refuse(w, "运算符 %s 不在 DuckDB 与 Spark 共有的子集内", "the operator %s is not in the subset that DuckDB and Spark share", name);
    return;
  }
  const sw_sql_function *f = sw_sql_function_find(sw_str_of(name));
  bool made = (IN(name, intervals) || IN(name, hidden)) && !written(w, name); /* INTERVAL 1 DAY, LIKE … ESCAPE, (a, b) */
  if (notation(w, name))
    sw_subset_refuse(w, "写法 %s 不在 DuckDB 与 Spark 共有的子集内", "%s is not in the subset that DuckDB and Spark share", notation(w, name));
  else if (!made && !sw_sql_function_allowed(sw_str_of(name)))
    sw_subset_refuse(w, "函数 %s 不在 DuckDB 与 Spark 共有的函数表内", "the function %s is not on the list that DuckDB and Spark share", name);
  else if (*schema && strcmp(schema, "main") != 0)
    sw_subset_refuse(w, "函数 %s.%s 不能带模式名", "the function %s.%s may not name a schema", schema, name);
  else
    check_call(w, e, name, f);
}

/* --- windows ----------------------------------------------------------------------------------------- */

static void check_window(sw_subset *w, const json_t *e, const char *type) {
  static const char *const types[] = {"WINDOW_AGGREGATE", "WINDOW_ROW_NUMBER", "WINDOW_RANK", "WINDOW_RANK_DENSE", "WINDOW_DENSE_RANK",
                                      "WINDOW_PERCENT_RANK", "WINDOW_CUME_DIST", "WINDOW_NTILE", "WINDOW_LEAD", "WINDOW_LAG",
                                      "WINDOW_FIRST_VALUE", "WINDOW_LAST_VALUE", "WINDOW_NTH_VALUE"};
  const char *name = text_of(e, "function_name");
  w->has_window = true;
  if (!IN(type, types) || (strcmp(type, "WINDOW_AGGREGATE") == 0 && !sw_sql_function_allowed(sw_str_of(name))))
    sw_subset_refuse(w, "窗口函数 %s 不在共有的子集内", "the window function %s is not in the shared subset", name);
  if (!empty(json_object_get(e, "distinct")) || !empty(json_object_get(e, "arg_orders")))
    sw_subset_refuse(w, "窗口函数 %s 里不能有 DISTINCT 或 ORDER BY 参数", "DISTINCT or ORDER BY in the arguments of the window function %s", name);
  const char *exclude = text_of(e, "exclude_clause");
  if (*exclude && strcmp(exclude, "NO_OTHER") != 0) sw_subset_refuse(w, "窗口的 EXCLUDE 不在共有的子集内（%s）", "EXCLUDE in a window is not in the shared subset (%s)", name);
  if (strstr(text_of(e, "start"), "GROUPS") || strstr(text_of(e, "end"), "GROUPS"))
    sw_subset_refuse(w, "窗口的 GROUPS 不在共有的子集内（%s）", "GROUPS in a window is not in the shared subset (%s)", name);
}

/* --- the rest ---------------------------------------------------------------------------------------- */

static void check_cast(sw_subset *w, const json_t *e) {
  static const char *const types[] = {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL",
                                      "VARCHAR", "DATE", "TIMESTAMP", "BLOB"};
  const json_t *type = json_object_get(e, "cast_type");
  const char *id = text_of(type, "id");
  if (strcmp(id, "UNBOUND") == 0) id = text_of(json_object_get(type, "type_info"), "name");
  if (!IN(id, types)) sw_subset_refuse(w, "类型 %s 不在两个引擎共有的范围内", "the type %s is not one that both engines share", id);
}

static void check_star(sw_subset *w, const json_t *e) {
  static const char *const extras[] = {"exclude_list", "replace_list", "rename_list", "qualified_exclude_list", "columns", "expr"};
  for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
    if (empty(json_object_get(e, extras[i]))) continue;
    sw_subset_refuse(w, "* 之后不能有 EXCLUDE、REPLACE、RENAME 或 COLUMNS（%s）；请写出列名", "EXCLUDE, REPLACE, RENAME or COLUMNS on a star (%s): name the columns",
                     extras[i]);
    return;
  }
}

static void check_operator(sw_subset *w, const char *type) {
  static const char *const types[] = {"OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_COALESCE",
                                      "OPERATOR_NULLIF", "GROUPING_FUNCTION", "STRUCT_EXTRACT"};
  if (!IN(type, types))
    sw_subset_refuse(w, "%s 不在 DuckDB 与 Spark 共有的子集内", "%s is not in the subset that DuckDB and Spark share",
                     strcmp(type, "ARRAY_EXTRACT") == 0 ? "x[i]" : strcmp(type, "ARRAY_SLICE") == 0 ? "x[i:j]" : type);
}

static void check_column(sw_subset *w, const json_t *e) {
  static const char *const clock[] = {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "today", "now"};
  static const char *const session[] = {"current_user", "session_user", "user", "current_role", "current_schema", "current_catalog"};
  const json_t *names = json_object_get(e, "column_names");
  const char *name = json_string_value(json_array_get(names, 0));
  if (name && json_array_size(names) == 1 && IN(name, clock))
    sw_subset_refuse(w, "不能用 %s：流程不读时钟，请用运行的截止时间", "%s is refused: a flow does not read the clock, use the run's as-of time", name);
  else if (name && json_array_size(names) == 1 && IN(name, session) && written(w, name))
    sw_subset_refuse(w, "不能用 %s", "%s is refused", name);
  else
    sw_subset_add_column(w, names);
}

static void check_subquery(sw_subset *w, const json_t *e) {
  w->has_subquery = true;
  if (strcmp(text_of(e, "subquery_type"), "ANY") == 0 && strcmp(text_of(e, "comparison_type"), "COMPARE_EQUAL") != 0)
    sw_subset_refuse(w, "子查询只能用 IN、EXISTS 或作为单个值，不能用 ANY、ALL 比较（%s）", "subqueries are used with IN, EXISTS or as one value, not with ANY or ALL (%s)",
                     text_of(e, "comparison_type"));
}

bool sw_subset_expression(sw_subset *w, const json_t *e, const char *class, const char *type) {
  static const char *const plain[] = {"CONSTANT", "COMPARISON", "CONJUNCTION", "CASE", "BETWEEN", "PARAMETER"};
  if (strcmp(class, "COLUMN_REF") == 0) check_column(w, e);
  else if (strcmp(class, "FUNCTION") == 0) check_function(w, e);
  else if (strcmp(class, "OPERATOR") == 0) check_operator(w, type);
  else if (strcmp(class, "CAST") == 0) check_cast(w, e);
  else if (strcmp(class, "STAR") == 0) check_star(w, e);
  else if (strcmp(class, "WINDOW") == 0) check_window(w, e, type);
  else if (strcmp(class, "SUBQUERY") == 0) check_subquery(w, e);
  else if (strcmp(class, "LAMBDA") == 0)
    sw_subset_refuse(w, "lambda（%s）不在共有的子集内", "lambdas (%s) are not in the shared subset", "x -> …");
  else if (!IN(class, plain))
    sw_subset_refuse(w, "%s 不在 DuckDB 与 Spark 共有的子集内", "%s is not in the subset that DuckDB and Spark share", class);
  return strcmp(class, "CONSTANT") != 0;
}
