/* Reconciliation: what came against what a counterpart says was sent. Three counterparts, one outcome:
 *
 *   totals     closing totals (日结) that were delivered with the rows, by institution and business day
 *   manifest   the list of files that came with a delivery: rows and digest of each, by institution, table and delivery day
 *   source     the source database itself, read again: counts, patients and sums by day, and keys of days that differ
 *
 *   quality.reconciliation(run, as_of, counterpart, table_name, org, day, measure, here, told, difference, tolerance, within,
 *                          rejected, undelivered)
 *   quality.reconciliation_row(run, counterpart, table_name, org, day, kind, key, _row, file, line, code, told, here)
 *
 * Measures: rows, patients, amount, files. A day told and not here, or here and not told, is a difference of everything. Of rows
 * that are missing, `rejected` are found among the rejects of the landing (a rejected record is of the day that its own bytes
 * name), and `undelivered` never came. Kinds of rows: rejected; file missing, file refused, content differs, rows differ;
 * missing here, not in source, amount differs.
 *
 * A store replaces what the run stored of the same counterpart and table. Each runs in the caller's transaction. Threads: that
 * of the connection. */
#ifndef SW_QUALITY_RECONCILE_H
#define SW_QUALITY_RECONCILE_H

#include "engine/engine.h"
#include "ledger/ledger.h"

/* A difference is within when it is at most the larger of the two. */
typedef struct sw_tolerance {
  int64_t absolute; /* rows, patients; fen */
  double share;     /* of what was told: 0.001 is a thousandth */
} sw_tolerance;

typedef struct sw_reconcile_counts {
  int64_t compared, differ; /* measures of institution-days, and those beyond tolerance */
  int64_t missing, rejected, undelivered; /* rows */
} sw_reconcile_counts;

SW_CHECKED sw_status sw_reconcile_prepare(sw_conn *c, sw_error *err); /* idempotent; outside a transaction */

/* --- closing totals ------------------------------------------------------------------------------------------- */

typedef struct sw_reconcile_options {
  const char *run;
  int64_t as_of_us;
  const char *table, *org, *day;        /* what is counted, its institution's and its business time's columns */
  const char *patient, *amount;         /* columns; NULL: not compared */
  const char *totals, *totals_day, *totals_where; /* closing totals (same institution column); where is SQL that was checked, or NULL */
  const char *told_rows, *told_patients, *told_amount; /* columns of totals; NULL: not told */
  sw_tolerance rows_off, patients_off, amount_off;
  sw_ledger *ledger;                    /* with workspace and landed: rejects are looked through; NULL: not */
  const char *workspace;
  const char *const *landed;            /* tables of the landing that the table is made from, without "ods." */
  size_t nlanded;
  const sw_cancel *cancel;
} sw_reconcile_options;
SW_CHECKED sw_status sw_reconcile_store(sw_conn *c, const sw_reconcile_options *o, sw_reconcile_counts *out, sw_error *err);

/* --- manifests -------------------------------------------------------------------------------------------------- */

typedef struct sw_told_file {
  const char *source, *org, *table; /* table: "ods.x", or "" when no source declares the file */
  const char *file;                 /* relative to the source directory */
  const char *sha256;               /* hex; NULL: not told */
  int32_t day;                      /* of the delivery */
  int64_t rows;                     /* -1: not told */
} sw_told_file;

typedef struct sw_manifest_options {
  const char *run;
  int64_t as_of_us;
  const sw_told_file *files;
  size_t nfiles;
  sw_tolerance rows_off;
  const char *scratch; /* a table name in schema store that nobody else uses */
  const sw_cancel *cancel;
} sw_manifest_options;
/* Needs meta.batch. */
SW_CHECKED sw_status sw_reconcile_manifest(sw_conn *c, const sw_manifest_options *o, sw_reconcile_counts *out, sw_error *err);

/* --- the source again ---------------------------------------------------------------------------------------------- */

typedef struct sw_source_column {
  const char *here, *there; /* in ods; in the database */
} sw_source_column;

typedef struct sw_reread_options {
  const char *run;
  int64_t as_of_us;
  const char *connection;        /* ODBC; never shown */
  const char *schema, *name;     /* of the source table; schema may be NULL */
  const char *query;             /* a SELECT in the database's own dialect instead of a table; NULL: none */
  const char *table;             /* "ods.x" */
  const char *org;               /* whose it is; NULL: org_column says */
  sw_source_column org_column, day, patient, amount; /* .here NULL: none */
  const sw_source_column *key;   /* of a record; 0: no drill-down, and every landed row counts */
  size_t nkey;
  int64_t days;                  /* so many before the as-of day are compared: the source is not burdened with its whole past */
  bool full;                     /* the source delivers in full: only the newest batch counts */
  sw_tolerance rows_off, patients_off, amount_off;
  const char *scratch;
  const sw_cancel *cancel;
} sw_reread_options;
SW_CHECKED sw_status sw_reconcile_source(sw_conn *c, const sw_reread_options *o, sw_reconcile_counts *out, sw_error *err);

#endif
