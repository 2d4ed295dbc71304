/* Queries and their results: a stream of chunks, or a row at a time.
 *
 *   sw_rows *r;
 *   if (sw_query(c, "SELECT a, b FROM t WHERE k = ?", SW_PARAMS(sw_p_str(SW_LIT("x"))), cancel, &r, err)) return err->status;
 *   while ((step = sw_rows_next(r, err)) == SW_ROW) {
 *     if (!sw_rows_is_null(r, 0)) use(sw_rows_i64(r, 0), sw_rows_str(r, 1));
 *   }
 *   sw_rows_free(r);
 *
 * A result streams: it holds little memory, and running another statement on the same connection ends it (the next fetch
 * then fails). Free it before the connection is closed. Threads: that of the connection. Cancelling works while it is
 * fetched: keep the token alive as long as the rows. */
#ifndef SW_ENGINE_ROWS_H
#define SW_ENGINE_ROWS_H

#include "base/arena.h"
#include "engine/column.h"
#include "engine/engine.h"

typedef struct sw_param {
  sw_type type; /* NULL, BOOL, I64, F64, STR, DATE, TIMESTAMP, DECIMAL (scaled i64), BLOB */
  union {
    int64_t i64;
    double f64;
    sw_str str;
  } v;
} sw_param;

static inline sw_param sw_p_null(void) { return (sw_param){.type = {.id = SW_TYPE_NULL}}; }
static inline sw_param sw_p_bool(bool b) { return (sw_param){.type = SW_T_BOOL, .v.i64 = b}; }
static inline sw_param sw_p_i64(int64_t i) { return (sw_param){.type = SW_T_I64, .v.i64 = i}; }
static inline sw_param sw_p_f64(double f) { return (sw_param){.type = SW_T_F64, .v.f64 = f}; }
static inline sw_param sw_p_str(sw_str s) { return (sw_param){.type = SW_T_STR, .v.str = s}; }
static inline sw_param sw_p_strz(const char *z) { return z ? sw_p_str(sw_str_of(z)) : sw_p_null(); }
static inline sw_param sw_p_date(int32_t days) { return (sw_param){.type = SW_T_DATE, .v.i64 = days}; }
static inline sw_param sw_p_timestamp(int64_t us) { return (sw_param){.type = SW_T_TIMESTAMP, .v.i64 = us}; }
static inline sw_param sw_p_decimal(uint8_t width, uint8_t scale, int64_t scaled) {
  return (sw_param){.type = SW_T_DECIMAL(width, scale), .v.i64 = scaled};
}
#define SW_PARAMS(...) (const sw_param[]){__VA_ARGS__}, sizeof((const sw_param[]){__VA_ARGS__}) / sizeof(sw_param)
#define SW_NO_PARAMS NULL, 0

typedef struct sw_rows sw_rows;

/* One statement. Parameters are `?` or $1, $2, …; strings must be valid UTF-8. */
SW_CHECKED sw_status sw_query(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                              sw_rows **out, sw_error *err);
void sw_rows_free(sw_rows *r); /* also before the end; NULL is fine */

size_t sw_rows_ncolumns(const sw_rows *r);
const char *sw_rows_name(const sw_rows *r, size_t col);
sw_type sw_rows_type(const sw_rows *r, size_t col);

/* Chunks. Do not mix with sw_rows_next on one result. */
SW_CHECKED sw_step sw_rows_next_chunk(sw_rows *r, sw_error *err);
size_t sw_rows_count(const sw_rows *r);                           /* rows of the current chunk */
const sw_column *sw_rows_column(const sw_rows *r, size_t col);    /* of the current chunk */

/* A row at a time. The getters convert within the family and return 0, 0.0 or "" for NULL. */
SW_CHECKED sw_step sw_rows_next(sw_rows *r, sw_error *err);
bool sw_rows_is_null(const sw_rows *r, size_t col);
int64_t sw_rows_i64(const sw_rows *r, size_t col);
double sw_rows_f64(const sw_rows *r, size_t col);
int64_t sw_rows_decimal(const sw_rows *r, size_t col, int scale);
sw_str sw_rows_str(const sw_rows *r, size_t col); /* STR and BLOB; valid until the next row */
void sw_rows_text(const sw_rows *r, size_t col, sw_buf *out);
void sw_rows_json(const sw_rows *r, size_t col, sw_json *j); /* as sw_column_json */

/* One value. NOTFOUND when there is no row; a NULL gives 0 (or an empty string) and *null = true where asked. */
SW_CHECKED sw_status sw_query_i64(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                                  int64_t *out, bool *null, sw_error *err);
SW_CHECKED sw_status sw_query_f64(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                                  double *out, bool *null, sw_error *err);
SW_CHECKED sw_status sw_query_text(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                                   sw_buf *out, bool *null, sw_error *err);
/* A statement with parameters whose result is dropped; `rows` (may be NULL): how many it changed. */
SW_CHECKED sw_status sw_exec_params(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                                    int64_t *rows, sw_error *err);

/* The output columns of a SELECT without running it. Names live in the arena. */
typedef struct sw_column_info {
  const char *name;
  sw_type type;
  const char *sql_type; /* the engine's spelling, nested types included */
} sw_column_info;
SW_CHECKED sw_status sw_describe(sw_conn *c, const char *sql, sw_arena *a, sw_column_info **out, size_t *n, sw_error *err);
/* The same for a table or view; NOTFOUND when there is none. */
SW_CHECKED sw_status sw_describe_table(sw_conn *c, const char *schema, const char *table, sw_arena *a, sw_column_info **out,
                                       size_t *n, sw_error *err);
SW_CHECKED sw_status sw_table_exists(sw_conn *c, const char *schema, const char *table, bool *out, sw_error *err);

#endif
