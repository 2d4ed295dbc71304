/* Running a flow: its steps as a DAG, side by side where they may, each published once, resumable after any crash.
 *
 * A step runs when what it needs is done: the steps it names, and those that write what it reads. After the operator's
 * run, the flow publishes the step's tables in one engine transaction that also records its row counts, then marks it done in
 * the ledger. After a crash the next run of the flow goes on with the interrupted run: a step that is published but open
 * in the ledger is closed, everything else that is not done runs again.
 *
 * Threads: one flow runs at a time in a workspace (the caller holds the workspace's lock). */
#ifndef SW_FLOW_FLOW_H
#define SW_FLOW_FLOW_H

#include "ledger/runs.h"
#include "operator/operator.h"

typedef struct sw_flow_options {
  const char *flow;       /* id */
  const char *source_dir; /* NULL: the setting of the workspace */
  const char *from_step;  /* NULL, or: take what the steps before it published, run it and what depends on it */
  int64_t as_of_us;       /* logical now */
  int64_t now_us;         /* wall clock, for the ledger's records only */
  bool restart;           /* do not resume an unfinished run */
} sw_flow_options;

typedef struct sw_flow_outcome {
  char run[SW_RUN_ID];
  bool resumed;
  size_t steps, done, failed, skipped;
  double seconds;
} sw_flow_outcome;

/* SW_OK when every step that is not optional is done. Otherwise the first failure (and the outcome tells the run). */
SW_CHECKED sw_status sw_flow_run(sw_workspace *w, const sw_flow_options *o, const sw_cancel *cancel, const sw_events *events,
                                 sw_flow_outcome *out, sw_error *err);

/* What a run would do, in order, without doing it: calls `line` per step. */
typedef struct sw_flow_plan_step {
  const char *step, *op;
  const char *const *needs, *const *reads, *const *writes, *const *notes;
  size_t nneeds, nreads, nwrites, nnotes;
} sw_flow_plan_step;
typedef sw_status (*sw_flow_plan_fn)(void *ctx, const sw_flow_plan_step *s, sw_error *err);
SW_CHECKED sw_status sw_flow_explain(sw_workspace *w, const sw_flow_options *o, sw_flow_plan_fn line, void *ctx, sw_error *err);

#endif
