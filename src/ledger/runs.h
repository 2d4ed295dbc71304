/* Runs, their steps and the row ledger.
 *
 * A run's id sorts by time: "20240301T083000-0007" (its start and a number of its own). Iterators hand out views that are
 * valid until the next call. */
#ifndef SW_LEDGER_RUNS_H
#define SW_LEDGER_RUNS_H

#include "ledger/ledger.h"

enum { SW_RUN_ID = 32 };

typedef enum sw_run_state { SW_RUN_RUNNING, SW_RUN_DONE, SW_RUN_FAILED, SW_RUN_CANCELLED, SW_RUN_CRASHED } sw_run_state;
typedef enum sw_step_state {
  SW_STEP_PENDING, SW_STEP_RUNNING, SW_STEP_DONE, SW_STEP_FAILED, SW_STEP_SKIPPED, SW_STEP_CANCELLED
} sw_step_state;
const char *sw_run_state_name(sw_run_state s);   /* "running", … */
const char *sw_step_state_name(sw_step_state s); /* "pending", … */

typedef struct sw_run {
  const char *id, *flow;
  int64_t as_of_us, started_us, ended_us; /* ended 0: open */
  sw_run_state state;
  const char *source_dir; /* "" none */
  const char *packs;      /* hash of the packs that were loaded */
  int64_t pid;
  int64_t seq;
} sw_run;

/* Starts a run: gives it an id and a number. id is written to `id`. */
SW_CHECKED sw_status sw_run_begin(sw_ledger *l, const sw_run *r, char id[SW_RUN_ID], sw_error *err);
SW_CHECKED sw_status sw_run_end(sw_ledger *l, const char *id, sw_run_state state, int64_t ended_us, sw_error *err);
/* An interrupted run goes on: state running again, with this process. */
SW_CHECKED sw_status sw_run_resume(sw_ledger *l, const char *id, int64_t pid, sw_error *err);

typedef struct sw_run_query {
  const char *flow;  /* NULL: all */
  bool open_only;    /* running in the ledger: after a crash these are to be resumed */
  int64_t limit;     /* 0: all */
} sw_run_query;
typedef sw_status (*sw_run_fn)(void *ctx, const sw_run *r, sw_error *err);
SW_CHECKED sw_status sw_run_each(sw_ledger *l, const sw_run_query *q, sw_run_fn fn, void *ctx, sw_error *err); /* newest first */
/* "latest", a full id, a unique prefix or the number; writes the full id. NOTFOUND tells what to try. */
SW_CHECKED sw_status sw_run_find(sw_ledger *l, const char *which, char id[SW_RUN_ID], sw_error *err);
SW_CHECKED sw_status sw_run_get(sw_ledger *l, const char *id, sw_run_fn fn, void *ctx, sw_error *err);

/* --- steps ------------------------------------------------------------------------------------ */

typedef struct sw_run_step {
  const char *run, *step, *op;
  int64_t position;  /* order in the flow, from 0 */
  int64_t attempt;   /* from 1; 0 never started */
  sw_step_state state;
  int64_t started_us, ended_us;
  double seconds;
  /* the failure, when there is one */
  const char *code, *error_zh, *error_en, *error_file; /* "" none */
  int64_t error_line, error_column;
} sw_run_step;

SW_CHECKED sw_status sw_step_add(sw_ledger *l, const char *run, const char *step, const char *op, int64_t position, sw_error *err);
SW_CHECKED sw_status sw_step_start(sw_ledger *l, const char *run, const char *step, int64_t at_us, sw_error *err); /* attempt + 1 */
/* Ends an attempt; `cause` may be NULL. */
SW_CHECKED sw_status sw_step_end(sw_ledger *l, const char *run, const char *step, sw_step_state state, int64_t at_us, double seconds,
                                 const sw_error *cause, sw_error *err);
typedef sw_status (*sw_step_fn)(void *ctx, const sw_run_step *s, sw_error *err);
SW_CHECKED sw_status sw_step_each(sw_ledger *l, const char *run, sw_step_fn fn, void *ctx, sw_error *err); /* by position */

/* --- the row ledger --------------------------------------------------------------------------- */

typedef struct sw_row_count {
  const char *run, *step, *table;
  int64_t in, expanded, out, rejected, filtered, merged;
  double seconds;
  int64_t bytes;
} sw_row_count;

/* SW_OK when in + expanded = out + rejected + filtered + merged and nothing is negative; else SW_E_BALANCE with the figures. */
SW_CHECKED sw_status sw_row_count_check(const sw_row_count *r, sw_error *err);
/* Checks the balance, then records it (replacing that of an earlier attempt). */
SW_CHECKED sw_status sw_row_count_put(sw_ledger *l, const sw_row_count *r, sw_error *err);
SW_CHECKED sw_status sw_row_count_clear(sw_ledger *l, const char *run, const char *step, sw_error *err);
typedef sw_status (*sw_row_count_fn)(void *ctx, const sw_row_count *r, sw_error *err);
SW_CHECKED sw_status sw_row_count_each(sw_ledger *l, const char *run, sw_row_count_fn fn, void *ctx, sw_error *err);

#endif
