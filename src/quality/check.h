/* The check of one table: every rule, one snapshot, every failing row.
 *
 * All row rules run in one pass of the table with its children; set rules follow in the same transaction. Results and
 * failing rows are ordinary tables that grow by run:
 *
 *   quality.result(run, rule, version, table_name, org, mandatory, checked, failed, not_applicable, broken, time_share, …)
 *   quality.failure(run, rule, org, _row, _part)
 *   quality.metric(run, as_of, table_name, rule, org, value)          the history that anomaly rules look back on
 *
 * Running (sw_quality_run) reads one snapshot in a transaction of its own and keeps the outcome in memory (failing rows
 * spill to a file); storing (sw_quality_store) writes the outcome in the caller's transaction, for instance the body of
 * sw_publish_with. sw_quality_check does both. Call sw_quality_prepare once before. Threads: that of the connection; the scan
 * uses the engine's. */
#ifndef SW_QUALITY_CHECK_H
#define SW_QUALITY_CHECK_H

#include "engine/engine.h"
#include "quality/rule.h"

/* Schemas, tables and views named above. Idempotent; outside a transaction. */
SW_CHECKED sw_status sw_quality_prepare(sw_conn *c, sw_error *err);

typedef struct sw_check_child {
  sw_str name;             /* the entity, "diagnosis" */
  const char *relation;    /* "dwd.diagnosis" */
  const char *const *on;   /* columns that both sides have */
  size_t non;
} sw_check_child;

typedef struct sw_check_options {
  const char *run;
  const char *table_name;  /* as results name it */
  const char *relation;    /* schema.table that is read; NULL: table_name */
  const sw_qtable *table;
  const sw_check_child *children; /* by the table's child index */
  const char *org_column;  /* NULL: none */
  const char *time_column; /* business time; NULL: none */
  sw_rule_def *const *rules;
  size_t nrules;
  const sw_qsets *sets;
  int64_t as_of_us;
  size_t family;           /* checks that are made together, over which false alarms are held down; 0: 1 */
  const int64_t *batches;  /* only rows of these batches (incremental); row rules only then */
  size_t nbatches;
  const char *temp_dir;    /* where failing rows spill; NULL: memory only */
  int64_t memory;          /* bytes for failing rows; 0: 512 MiB */
  int64_t keep_failures;   /* runs of a table whose failing rows are kept; 0: 2 */
  const sw_cancel *cancel;
  const sw_events *events;
} sw_check_options;

typedef enum sw_rule_state {
  SW_RULE_RAN,
  SW_RULE_NEVER,      /* applied to no row */
  SW_RULE_BROKEN,     /* failed while running: never counted as passed */
  SW_RULE_NO_DICTIONARY,
  SW_RULE_NOT_BUILT,  /* unbuildable */
  SW_RULE_NO_HISTORY  /* an anomaly rule with too few earlier values */
} sw_rule_state;

typedef struct sw_rule_outcome {
  const sw_rule_def *rule;
  sw_rule_state state;
  int64_t checked, failed, not_applicable, broken;
  double time_share;     /* of the scan's rule time, 0..1 */
  const char *reason[2]; /* of BROKEN and NO_DICTIONARY, by sw_lang; never a patient's value */
} sw_rule_outcome;

typedef struct sw_check_outcome {
  int64_t rows;          /* of the snapshot */
  sw_rule_outcome *rules; /* by the options' rules; in the arena */
  size_t nrules;
  int64_t mandatory_failed, verify_failed, failures; /* evaluations */
  int64_t never, broken;  /* rules */
  int64_t elapsed_us, scan_us, store_us;
} sw_check_outcome;

typedef struct sw_check sw_check;
SW_CHECKED sw_status sw_quality_run(sw_conn *c, const sw_check_options *o, sw_check **out, sw_error *err);
const sw_check_outcome *sw_check_result(const sw_check *k); /* lives as long as the check */
SW_CHECKED sw_status sw_quality_store(sw_conn *c, sw_check *k, sw_error *err);
void sw_check_free(sw_check *k);
/* Runs and stores; *out is to be freed. */
SW_CHECKED sw_status sw_quality_check(sw_conn *c, const sw_check_options *o, sw_check **out, sw_error *err);

/* The same for a table of a pack set: schema, children, value sets and all its rules (or those whose ids are listed). */
typedef struct sw_check_table {
  const sw_pack_set *packs;
  const char *table;
  const char *const *only; /* rule ids; NULL: all */
  size_t nonly;
  sw_check_options base;   /* run, as_of_us, batches, temp_dir, memory, cancel, events; the rest is filled */
} sw_check_table;
SW_CHECKED sw_status sw_quality_run_table(sw_conn *c, const sw_check_table *t, sw_check **out, sw_error *err);

#endif
