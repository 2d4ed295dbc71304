/* Operators: what a flow step does. A table row, not a framework: a const struct of name, config map and two functions.
 *
 * `plan` says which tables a step reads and writes, so that the flow derives the order of steps and a dry run can show it.
 * `run` builds physical tables of its own in schema store, proves its row counts, and lists what is to be published; it
 * changes nothing that others see. The flow then publishes all of a step in one transaction (engine/publish.h).
 * An operator reads no clock: env->as_of_us is the logical now.
 *
 * Ownership: everything a run returns lives in env->arena. Threads: each step has its own env; operators share nothing. */
#ifndef SW_OPERATOR_OPERATOR_H
#define SW_OPERATOR_OPERATOR_H

#include "engine/publish.h"
#include "engine/rows.h"
#include "ledger/runs.h"
#include "workspace/workspace.h"

typedef struct sw_op_env {
  sw_workspace *workspace;
  sw_conn *conn;             /* this step's own connections */
  sw_ledger *ledger;
  const sw_pack_set *packs;
  const char *run, *step;    /* ids */
  const char *suffix;        /* of physical tables: unique to run and step, stable over retries */
  int64_t as_of_us;
  const char *source_dir;    /* "" when the run has none */
  size_t threads;            /* CPUs that this step may use */
  const sw_cancel *cancel;
  const sw_events *events;
  sw_arena *arena;           /* of the step's attempt */
} sw_op_env;

typedef struct sw_op_result {
  SW_VEC(sw_row_count) counts;        /* run and step are filled in by the flow */
  SW_VEC(sw_publication) publications;
  /* Work that must be in the publishing transaction, after the views are replaced (NULL none). */
  sw_tx_body also;
  void *also_ctx;
} sw_op_result;

/* What a step reads and writes, "schema.table" each; sources are written "source:<id>". */
typedef struct sw_op_plan {
  SW_VEC(const char *) reads;
  SW_VEC(const char *) writes;
  SW_VEC(const char *) notes; /* lines for a dry run: files that would be read, … */
} sw_op_plan;

/* What `plan` may look at. */
typedef struct sw_op_scope {
  sw_workspace *workspace;
  const sw_pack_set *packs;
  sw_conn *conn;          /* for parsing SQL; no data is read */
  const char *source_dir;
  bool dry_run;           /* notes are wanted */
  sw_arena *arena;
} sw_op_scope;

typedef struct sw_operator {
  sw_pack_operator face;  /* name, config map, help: what packs and their documentation see */
  sw_status (*plan)(const sw_op_scope *scope, const void *options, sw_op_plan *out, sw_error *err);
  sw_status (*run)(sw_op_env *env, const void *options, sw_op_result *out, sw_error *err);
  bool numbers_batches;   /* gives out batch numbers: such steps run one after the other, in the flow's order */
} sw_operator;

/* All operators; NULL ends. */
extern const sw_operator *const SW_OPERATORS[];
const sw_operator *sw_operator_find(sw_str name);

/* The registry that packs are loaded with: kinds of the rooms below and every operator. check_sql may be NULL. */
const sw_pack_registry *sw_operator_registry(void);
/* The same, checking SQL on the engine's parse tree through this connection (of an in-memory engine). */
void sw_operator_registry_with(sw_conn *conn, sw_pack_registry *out);

/* --- helpers for operators ---------------------------------------------------------------------- */

/* Physical table for "schema.table" of this step, in the arena: name in schema store. */
char *sw_op_physical(sw_op_env *env, const char *table);
/* Lists a publication of "schema.table" over store.<physical>. */
SW_CHECKED sw_status sw_op_publish(sw_op_env *env, sw_op_result *r, const char *table, const char *physical, sw_error *err);
/* Lists counts after checking their balance. `table` is copied. */
SW_CHECKED sw_status sw_op_count(sw_op_env *env, sw_op_result *r, const sw_row_count *c, sw_error *err);
SW_CHECKED sw_status sw_op_plan_read(const sw_op_scope *s, sw_op_plan *p, sw_str table, sw_error *err);
SW_CHECKED sw_status sw_op_plan_write(const sw_op_scope *s, sw_op_plan *p, sw_str table, sw_error *err);
SW_CHECKED sw_status sw_op_plan_note(const sw_op_scope *s, sw_op_plan *p, const char *note, sw_error *err);
void sw_op_result_fini(sw_op_result *r);
void sw_op_plan_fini(sw_op_plan *p);

/* --- the operators --------------------------------------------------------------------------------- */

extern const sw_operator SW_OP_INGEST, SW_OP_SQL, SW_OP_EXPORT, SW_OP_STANDARDISE, SW_OP_CHECK, SW_OP_FINDINGS, SW_OP_RECONCILE, SW_OP_IDENTIFY, SW_OP_RECODE,
    SW_OP_GROUP, SW_OP_SETTLE, SW_OP_TREND, SW_OP_INSURER, SW_OP_DERIVE, SW_OP_ADVISE;

#endif
