/* One read-only session with a source database through ODBC.
 *
 * All values come as text, through UTF-16 (so that the driver's code page does not matter): ODBC says that dates and times
 * are then ISO 8601. (Its structures for them are not used: a driver was seen to make 2050-11-21 of the year 20500.) The connection string and values never reach messages; the driver's own
 * diagnostics do.
 *
 * Ownership: close what you open. Threads: one session, one thread. */
#ifndef SW_INTAKE_ODBC_H
#define SW_INTAKE_ODBC_H

#include "base/arena.h"
#include "base/task.h"

typedef struct sw_odbc sw_odbc;

SW_CHECKED sw_status sw_odbc_open(const char *connection, sw_odbc **out, sw_error *err);
void sw_odbc_close(sw_odbc *o);

/* What kind of value a column orders by, for watermarks. */
typedef enum sw_odbc_kind { SW_ODBC_TEXT, SW_ODBC_NUMBER, SW_ODBC_MOMENT } sw_odbc_kind;
typedef struct sw_odbc_column {
  const char *name;
  sw_odbc_kind kind;
  bool sortable; /* no long text or binary */
} sw_odbc_column;

/* Columns of what may stand after FROM: a quoted table or view, or a query in parentheses with a name. Errors come as the
 * driver's. Strings live in the arena. */
SW_CHECKED sw_status sw_odbc_columns(sw_odbc *o, const char *from, sw_arena *a, sw_odbc_column **out, size_t *n, sw_error *err);
/* Primary key columns in order; none is fine. */
SW_CHECKED sw_status sw_odbc_key(sw_odbc *o, const char *schema, const char *table, sw_arena *a, const char ***out, size_t *n,
                                 sw_error *err);
/* Appends an identifier in the database's own quotes; refuses one that holds the quote. */
SW_CHECKED sw_status sw_odbc_quote(sw_odbc *o, const char *name, sw_buf *out, sw_error *err);

typedef struct sw_odbc_param {
  sw_odbc_kind kind;
  const char *text; /* ISO 8601 for moments */
} sw_odbc_param;

/* Runs a query; the session has one at a time. */
SW_CHECKED sw_status sw_odbc_query(sw_odbc *o, const char *sql, const sw_odbc_param *params, size_t nparams, sw_error *err);
SW_CHECKED sw_step sw_odbc_next(sw_odbc *o, sw_error *err);
size_t sw_odbc_ncolumns(const sw_odbc *o);
/* The value of the current row, appended as UTF-8; *null tells. Columns in order from 0, each once. */
SW_CHECKED sw_status sw_odbc_value(sw_odbc *o, size_t column, sw_buf *out, bool *null, sw_error *err);

#endif
