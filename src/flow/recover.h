/* After a crash: what of a run is done, and which run goes on.
 *
 * The row counts of a step are written to meta.row_count in the transaction that publishes it, so that a step which was
 * published but not yet closed in the ledger can be closed with its true counts. A step that the ledger calls done but that
 * is not in meta.applied lost its tables with a deleted warehouse and runs again. */
#ifndef SW_FLOW_RECOVER_H
#define SW_FLOW_RECOVER_H

#include "engine/engine.h"
#include "ledger/runs.h"

/* The table meta.row_count. Idempotent. */
SW_CHECKED sw_status sw_flow_prepare(sw_conn *c, sw_error *err);
SW_CHECKED sw_status sw_flow_store_counts(sw_conn *c, const char *run, const char *step, const sw_row_count *counts, size_t n, sw_error *err);

/* *done: the step's tables are published (the ledger is made to agree). */
SW_CHECKED sw_status sw_flow_recover_step(sw_conn *c, sw_ledger *l, const char *run, const char *step, int64_t now_us, bool *done, sw_error *err);

typedef struct sw_flow_resume_query {
  const char *flow, *source_dir, *packs;
  bool wanted; /* false: unfinished runs are closed, none is resumed */
  int64_t now_us;
} sw_flow_resume_query;
typedef struct sw_flow_resume {
  char run[SW_RUN_ID]; /* "": none */
  int64_t as_of_us;
} sw_flow_resume;

/* The newest run of the flow, when it is unfinished and was of the same source and packs. Every other run that the ledger
 * calls running is marked crashed: the caller holds the workspace's lock, so nobody runs it. */
SW_CHECKED sw_status sw_flow_find_unfinished(sw_ledger *l, const sw_flow_resume_query *q, sw_flow_resume *out, sw_error *err);

#endif
