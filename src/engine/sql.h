/* Building SQL from typed parts: identifiers are always quoted, literals escaped by their type. Nothing is pasted.
 *
 *   sw_sql_build(&b, "SELECT {} FROM {} WHERE {} = {}", sw_sql_id("a b"), sw_sql_table("dwd", "visit"), sw_sql_id("sex"),
 *                sw_sql_text("女"));
 *
 * Each `{}` takes the next argument; a wrong count is a defect of ours and aborts. Output goes to a sw_buf (sticky). */
#ifndef SW_ENGINE_SQL_H
#define SW_ENGINE_SQL_H

#include "engine/type.h"

typedef enum sw_sql_kind {
  SW_SQL_IDENT, SW_SQL_TABLE, SW_SQL_IDENTS, SW_SQL_STR, SW_SQL_STRS, SW_SQL_I64, SW_SQL_F64, SW_SQL_BOOL, SW_SQL_DATE,
  SW_SQL_TIMESTAMP, SW_SQL_DECIMAL, SW_SQL_NULL, SW_SQL_TYPE, SW_SQL_RAW
} sw_sql_kind;

typedef struct sw_sql_arg {
  sw_sql_kind kind;
  sw_str a, b;             /* IDENT, STR, RAW: a; TABLE: schema (may be empty) and name */
  int64_t i;               /* I64, BOOL, DATE, TIMESTAMP, DECIMAL */
  double f;
  sw_type type;            /* TYPE, DECIMAL */
  const char *const *list; /* IDENTS, STRS */
  size_t n;
} sw_sql_arg;

static inline sw_sql_arg sw_sql_id(const char *name) { return (sw_sql_arg){.kind = SW_SQL_IDENT, .a = sw_str_of(name)}; }
static inline sw_sql_arg sw_sql_ids(const char *const *names, size_t n) { /* a, b, c */
  return (sw_sql_arg){.kind = SW_SQL_IDENTS, .list = names, .n = n};
}
static inline sw_sql_arg sw_sql_table(const char *schema, const char *name) {
  return (sw_sql_arg){.kind = SW_SQL_TABLE, .a = sw_str_of(schema), .b = sw_str_of(name)};
}
/* "dwd.visit" split at its first dot; without one, no schema. */
sw_sql_arg sw_sql_dotted(const char *name);
static inline sw_sql_arg sw_sql_str(sw_str s) { return (sw_sql_arg){.kind = SW_SQL_STR, .a = s}; }
static inline sw_sql_arg sw_sql_text(const char *z) { /* NULL gives NULL */
  return z ? sw_sql_str(sw_str_of(z)) : (sw_sql_arg){.kind = SW_SQL_NULL};
}
static inline sw_sql_arg sw_sql_texts(const char *const *z, size_t n) { /* 'a', 'b' */
  return (sw_sql_arg){.kind = SW_SQL_STRS, .list = z, .n = n};
}
static inline sw_sql_arg sw_sql_i64(int64_t i) { return (sw_sql_arg){.kind = SW_SQL_I64, .i = i}; }
static inline sw_sql_arg sw_sql_f64(double f) { return (sw_sql_arg){.kind = SW_SQL_F64, .f = f}; }
static inline sw_sql_arg sw_sql_bool(bool b) { return (sw_sql_arg){.kind = SW_SQL_BOOL, .i = b}; }
static inline sw_sql_arg sw_sql_date(int32_t days) { return (sw_sql_arg){.kind = SW_SQL_DATE, .i = days}; }
static inline sw_sql_arg sw_sql_timestamp(int64_t us) { return (sw_sql_arg){.kind = SW_SQL_TIMESTAMP, .i = us}; }
static inline sw_sql_arg sw_sql_decimal(sw_type t, int64_t scaled) {
  return (sw_sql_arg){.kind = SW_SQL_DECIMAL, .i = scaled, .type = t};
}
static inline sw_sql_arg sw_sql_null(void) { return (sw_sql_arg){.kind = SW_SQL_NULL}; }
static inline sw_sql_arg sw_sql_type(sw_type t) { return (sw_sql_arg){.kind = SW_SQL_TYPE, .type = t}; }
/* SQL text of our own making, or that passed sw_sql_check. Never a user's value. */
static inline sw_sql_arg sw_sql_raw(sw_str sql) { return (sw_sql_arg){.kind = SW_SQL_RAW, .a = sql}; }

void sw_sql_put(sw_buf *out, sw_sql_arg arg);
void sw_sql_build_n(sw_buf *out, const char *fmt, const sw_sql_arg *args, size_t n);
#define sw_sql_build(out, fmt, ...)                                 \
  sw_sql_build_n((out), (fmt), (const sw_sql_arg[]){__VA_ARGS__},   \
                 sizeof((const sw_sql_arg[]){__VA_ARGS__}) / sizeof(sw_sql_arg))

#endif
