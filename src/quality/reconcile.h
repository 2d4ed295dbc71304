/* Reconciliation: what a table holds by institution and day against the closing totals (日结) that were delivered with it.
 *
 * Differences go to quality.reconciliation(run, table_name, org, day, measure, here, told, difference, within); a day told and not
 * here, or here and not told, is a difference of everything. Threads: that of the connection. */
#ifndef SW_QUALITY_RECONCILE_H
#define SW_QUALITY_RECONCILE_H

#include "engine/engine.h"

typedef struct sw_reconcile_options {
  const char *run;
  const char *table, *org, *day;        /* what is counted, its institution's and its business time's columns */
  const char *patient, *amount;         /* columns; NULL: not compared */
  const char *totals, *totals_day, *totals_where; /* closing totals (same institution column); where is SQL that was checked, or NULL */
  const char *told_rows, *told_patients, *told_amount; /* columns of totals; NULL: not told */
  int64_t tolerance_rows, tolerance_patients;
  int64_t tolerance_amount;             /* fen */
  const sw_cancel *cancel;
} sw_reconcile_options;

typedef struct sw_reconcile_counts {
  int64_t compared, differ; /* measures of institution-days, and those beyond tolerance */
} sw_reconcile_counts;

SW_CHECKED sw_status sw_reconcile_prepare(sw_conn *c, sw_error *err); /* idempotent; outside a transaction */
/* In the caller's transaction; replaces what the run stored of the table before. */
SW_CHECKED sw_status sw_reconcile_store(sw_conn *c, const sw_reconcile_options *o, sw_reconcile_counts *out, sw_error *err);

#endif
