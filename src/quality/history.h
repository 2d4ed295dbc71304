/* What the quality of a run was, kept beyond the warehouse: Parquet files under history/quality/<kind>/<run>.parquet.
 *
 * These files are the truth; the warehouse's tables are filled from them when they lack a run (after the warehouse was deleted), so
 * that rules that look back find the same history. One file holds all of a run's rows of a kind: writing it again, on resuming or after
 * a crash, replaces it, so nothing is ever doubled.
 *
 *   metric          store.kept_quality_metric   quality.metric
 *   score           store.kept_quality_score    quality.score
 *   reconciliation  store.kept_reconcile        quality.reconciliation
 *   volume          store.kept_volume           quality.volume_history(run, as_of, table_name, org, day, rows, late)
 *
 * Threads: that of the connection; one writer of a run at a time (publications are). */
#ifndef SW_QUALITY_HISTORY_H
#define SW_QUALITY_HISTORY_H

#include "engine/engine.h"

typedef enum sw_history_kind { SW_HISTORY_METRIC, SW_HISTORY_SCORE, SW_HISTORY_RECONCILIATION, SW_HISTORY_VOLUME, SW_HISTORY_KINDS } sw_history_kind;

/* Prepares the tables of all kinds (quality/check.h, score.h, reconcile.h) and reads what they lack. `dir` is the workspace's history
 * directory. Idempotent; outside a transaction, and not by two connections at once. */
SW_CHECKED sw_status sw_history_prepare(sw_conn *c, const char *dir, sw_error *err);
/* Writes the run's rows of a kind as they stand in the caller's transaction; durable before it returns. */
SW_CHECKED sw_status sw_history_write(sw_conn *c, const char *dir, sw_history_kind kind, const char *run, const sw_cancel *cancel, sw_error *err);

#endif
