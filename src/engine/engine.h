/* The analytical engine: databases and connections.
 *
 * A sw_engine is one open database (a file or in memory). One file is open once in a process: a second open is refused
 * (two handles on one file lose writes), and a second process is refused by the engine. A sw_conn is one session; give
 * each worker thread its own. All settings are made at open and then locked: SQL cannot reach files outside allowed_dirs,
 * load extensions, attach databases outside them or change settings.
 *
 *   sw_engine *e; sw_conn *c;
 *   if (sw_engine_open(&(sw_engine_options){.path = p, .temp_dir = t}, &e, err)) return ...;
 *   if (sw_conn_open(e, &c, err)) ...
 *   if (sw_exec(c, "CREATE TABLE t(a INTEGER)", cancel, err)) ...
 *
 * Threads: sw_engine from any; sw_conn from one at a time (sw_conn_interrupt from any). Close connections first. */
#ifndef SW_ENGINE_ENGINE_H
#define SW_ENGINE_ENGINE_H

#include "base/task.h"

typedef struct sw_engine sw_engine;
typedef struct sw_conn sw_conn;

typedef struct sw_engine_options {
  const char *path;         /* NULL or "": in memory */
  int64_t memory_limit;     /* bytes; 0: 60 % of what this process may use */
  size_t threads;           /* 0: CPUs that this process may use */
  const char *temp_dir;     /* where sorts and joins spill; NULL: <path>.tmp, in memory: no spilling */
  int64_t temp_limit;       /* bytes of spill; 0: 90 % of the disk's free space */
  const char *const *allowed_dirs; /* directories that SQL may read and write (temp_dir is added); created when absent */
  size_t nallowed;
  bool unordered;           /* results without ORDER BY may come in any order: faster, less memory */
  bool read_only;
} sw_engine_options;

SW_CHECKED sw_status sw_engine_open(const sw_engine_options *o, sw_engine **out, sw_error *err);
void sw_engine_close(sw_engine *e); /* NULL is fine */
const char *sw_engine_path(const sw_engine *e); /* "" in memory */
const char *sw_engine_version(void);            /* the engine's library version, static storage */
/* Writes the log into the file so that a later open is quick; after DDL. */
SW_CHECKED sw_status sw_engine_checkpoint(sw_conn *c, sw_error *err);

SW_CHECKED sw_status sw_conn_open(sw_engine *e, sw_conn **out, sw_error *err);
void sw_conn_close(sw_conn *c); /* rolls back what is open; NULL is fine */
sw_engine *sw_conn_engine(const sw_conn *c);
void sw_conn_interrupt(sw_conn *c);             /* from any thread: stops the running statement */
double sw_conn_progress(sw_conn *c);            /* from any thread: 0..100, -1 unknown */

/* --- statements ------------------------------------------------------------------------------- */

/* One or more statements, results dropped. */
SW_CHECKED sw_status sw_exec(sw_conn *c, const char *sql, const sw_cancel *cancel, sw_error *err);
/* The same, telling how many rows the last statement inserted, updated, deleted or copied. */
SW_CHECKED sw_status sw_exec_count(sw_conn *c, const char *sql, const sw_cancel *cancel, int64_t *rows, sw_error *err);

/* Transactions. A connection outside one commits each statement. In one, all reads see one snapshot. Any error aborts
 * the transaction: end it with rollback. */
SW_CHECKED sw_status sw_begin(sw_conn *c, sw_error *err);
SW_CHECKED sw_status sw_commit(sw_conn *c, sw_error *err); /* rolls back when the commit fails */
void sw_rollback(sw_conn *c);                              /* fine outside a transaction */
/* Runs body in a transaction that always ends: committed when it returns SW_OK, else rolled back. */
typedef sw_status (*sw_tx_body)(sw_conn *c, void *ctx, sw_error *err);
SW_CHECKED sw_status sw_transaction(sw_conn *c, sw_tx_body body, void *ctx, sw_error *err);

#endif
