/* Prepared statements on the ledger, typed: for the ledger's own modules and for rooms above that keep tables in it
 * (their tables are added in ledger/migrations.c).
 *
 *   sw_stmt *s;
 *   if (sw_stmt_open(l, "SELECT run, state FROM run WHERE flow = ?1", &s, err)) ...
 *   sw_stmt_bind_str(s, 1, flow);
 *   while ((step = sw_stmt_next(s, err)) == SW_ROW) use(sw_stmt_str(s, 0));
 *   sw_stmt_close(s);
 *
 * Statements are cached by text: opening the same SQL again is cheap (the literal must outlive the ledger, or be dynamic
 * and is then looked up by content). Strings that are bound must live until the statement is closed or reset. */
#ifndef SW_LEDGER_STMT_H
#define SW_LEDGER_STMT_H

#include "ledger/ledger.h"

typedef struct sw_stmt sw_stmt;

SW_CHECKED sw_status sw_stmt_open(sw_ledger *l, const char *sql, sw_stmt **out, sw_error *err);
void sw_stmt_close(sw_stmt *s); /* NULL is fine */
void sw_stmt_bind_i64(sw_stmt *s, int index, int64_t v); /* index from 1 */
void sw_stmt_bind_f64(sw_stmt *s, int index, double v);
void sw_stmt_bind_str(sw_stmt *s, int index, sw_str v);
void sw_stmt_bind_z(sw_stmt *s, int index, const char *v); /* NULL binds NULL */
void sw_stmt_bind_null(sw_stmt *s, int index);
SW_CHECKED sw_step sw_stmt_next(sw_stmt *s, sw_error *err);
/* Runs a statement without rows to its end, then resets it for new bindings. */
SW_CHECKED sw_status sw_stmt_run(sw_stmt *s, sw_error *err);
/* The same, and closes it. */
SW_CHECKED sw_status sw_stmt_finish(sw_stmt *s, sw_error *err);
/* For loops over rows: `while (sw_stmt_more(st, &s, err)) s = use(st);`. False at the end, after an error, and when s is one
 * already; an error of the step is put into s. */
bool sw_stmt_more(sw_stmt *st, sw_status *s, sw_error *err);
void sw_stmt_reset(sw_stmt *s); /* and clears bindings */
int64_t sw_stmt_i64(sw_stmt *s, int col); /* column from 0; NULL reads as 0, "" */
double sw_stmt_f64(sw_stmt *s, int col);
sw_str sw_stmt_str(sw_stmt *s, int col); /* NUL-terminated; valid until next, reset or close */
bool sw_stmt_is_null(sw_stmt *s, int col);
int64_t sw_ledger_last_id(const sw_ledger *l);
int64_t sw_ledger_changes(const sw_ledger *l); /* rows of the last statement */

#endif
