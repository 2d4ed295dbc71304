/* The ledger: one SQLite file that says what happened. Runs, steps, rows, batches, decisions, the audit chain.
 *
 * It is truth (with landing/, history/ and packs/): what is committed here survives any crash (WAL, synchronous FULL).
 * Open one sw_ledger per worker thread; a writer waits for another up to the busy time-out.
 * Times are microseconds since 1970-01-01, local, handed in by the caller: the ledger reads no clock. */
#ifndef SW_LEDGER_LEDGER_H
#define SW_LEDGER_LEDGER_H

#include "base/date.h"

typedef struct sw_ledger sw_ledger;

/* Creates the file when absent and brings its schema up to date; refuses one of a newer Suwen. */
SW_CHECKED sw_status sw_ledger_open(const char *path, sw_ledger **out, sw_error *err);
/* For readers beside a running flow: never creates, migrates or writes. */
SW_CHECKED sw_status sw_ledger_open_read(const char *path, sw_ledger **out, sw_error *err);
void sw_ledger_close(sw_ledger *l); /* rolls back what is open; NULL is fine */
int sw_ledger_schema(const sw_ledger *l);

/* Transactions (IMMEDIATE: the write lock is taken at once). They nest: only the outermost commits. */
SW_CHECKED sw_status sw_ledger_begin(sw_ledger *l, sw_error *err);
SW_CHECKED sw_status sw_ledger_commit(sw_ledger *l, sw_error *err);
void sw_ledger_rollback(sw_ledger *l); /* all levels; fine outside a transaction */

/* Settings that outlive a run (key → value). NOTFOUND when absent. */
SW_CHECKED sw_status sw_ledger_set(sw_ledger *l, const char *key, sw_str value, sw_error *err);
SW_CHECKED sw_status sw_ledger_get(sw_ledger *l, const char *key, sw_buf *out, sw_error *err);

/* Reads the whole file and reports damage. */
SW_CHECKED sw_status sw_ledger_verify(sw_ledger *l, sw_error *err);

#endif
