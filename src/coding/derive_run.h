/* Deriving a DIP catalogue from the stays of the warehouse: the same method as coding/derive_file.h, on tables.
 *
 * Stays are those of sw_group_run_select with the net cost and the year of discharge of dws.admission, in a fixed order, so that the same
 * data give the same catalogue. Groups are named by the commonest names of their diagnosis and procedures in the two tables.
 *
 * Writes the catalogue into a directory (with mcc, cc and cce of `complications`, so that grouping sees severities too), and
 * store.<physical>: code columns kind, dx, procedures, class, name and cases, trimmed, mean_cost, sd, cv, mean_los, rw, score.
 * Threads: that of the connection; the run opens a second one. */
#ifndef SW_CODING_DERIVE_RUN_H
#define SW_CODING_DERIVE_RUN_H

#include "coding/derive_file.h"
#include "engine/engine.h"

typedef struct sw_derive_run_options {
  sw_dip_derive_options method;
  const char *diagnosis, *procedure; /* tables with code_insurance and name; NULL: dwd.diagnosis, dwd.procedure */
  const char *complications;         /* DRG catalogue directory that tells MCC and CC; NULL: none */
  const char *out_dir, *physical;
  sw_lang lang;                      /* of steps.txt */
  const sw_cancel *cancel;
  const sw_events *events;
} sw_derive_run_options;

/* The derivation is the caller's to release. */
SW_CHECKED sw_status sw_derive_run(sw_conn *c, const sw_derive_run_options *o, sw_dip_derivation *out, sw_error *err);

#endif
