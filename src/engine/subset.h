/* The SQL that packs may carry: one SELECT (or one expression), in the subset that DuckDB and Spark SQL share.
 *
 * The engine's own parser makes the tree; the check walks it and refuses other statements, file and table functions,
 * functions outside the shared list (kept in subset_functions.c; registered `sw_*` functions are on it), and constructs of
 * one engine only (FROM-first, star EXCLUDE/REPLACE, ASOF and POSITIONAL joins, list comprehensions, `//`, PIVOT, SAMPLE, …).
 * Errors have line and column inside the SQL text (1-based, columns in code points) in err->line and err->column; the
 * caller adds the place of the text in its file.
 *
 * Threads: that of the connection. Results live in the arena. */
#ifndef SW_ENGINE_SUBSET_H
#define SW_ENGINE_SUBSET_H

#include "base/arena.h"
#include "engine/engine.h"

typedef struct sw_table_ref {
  const char *schema; /* "" when the SQL gives none */
  const char *name;
  int64_t line, column;
} sw_table_ref;

typedef struct sw_column_ref {
  const char *table; /* "" when the SQL gives none; an alias or "schema.table" as written */
  const char *name;
  int64_t line, column;
} sw_column_ref;

typedef struct sw_sql_info {
  sw_table_ref *tables; /* each table once, in order of appearance; CTE names left out */
  size_t ntables;
  sw_column_ref *columns; /* each reference once */
  size_t ncolumns;
  bool has_aggregate, has_window, has_subquery;
} sw_sql_info;

/* `out` may be NULL. */
SW_CHECKED sw_status sw_sql_check(sw_conn *c, sw_str sql, sw_arena *a, sw_sql_info *out, sw_error *err);
/* One scalar expression ("age >= 0 AND sex IN ('1','2')"). */
SW_CHECKED sw_status sw_sql_check_expr(sw_conn *c, sw_str expr, sw_arena *a, sw_sql_info *out, sw_error *err);
/* For `suwen query` and the console: one SELECT, DESCRIBE, SHOW or SUMMARIZE with all of the engine's functions, but none
 * that changes anything, runs other SQL, or reaches past tables and Parquet. Errors as above. */
SW_CHECKED sw_status sw_sql_check_read(sw_conn *c, sw_str sql, sw_error *err);
/* The parse tree alone, as the engine's JSON, appended to out: for lineage. */
SW_CHECKED sw_status sw_sql_tree(sw_conn *c, sw_str sql, sw_buf *out, sw_error *err);

/* The list of functions, for documentation. Returns NULL past the end. Functions whose meaning differs between the two
 * engines (log, concat, dayofweek, regexp_replace, …) are left out on purpose; the clock and chance as well. */
typedef struct sw_sql_function {
  const char *name;     /* lower case, DuckDB's spelling */
  const char *category; /* "string", "number", "date", "conditional", "aggregate", "list" */
  const char *spark;    /* Spark's spelling; NULL: the same; sw_…: registered there by Suwen */
} sw_sql_function;
const sw_sql_function *sw_sql_function_at(size_t i);
bool sw_sql_function_allowed(sw_str name);

#endif
