/* Grouping a table at scale: cases read through the engine, a store table of groups written.
 *
 * Every case gives one row, grouped or with its reason, so in = out always; the driving input's _row and _org are kept.
 * Only insurance codes are read: those of the stay's newest settlement list where it has one, else the front page's own
 * insurance codes (code_insurance, which recode fills).
 *
 * The table store.<physical>: _row, _org, org_code, case_no, status, reason_zh, reason_en, path_zh, path_en, principal_code, and
 *   DRG: mdc, adrg, drg, drg_name, severity, weight, mean_cost, mean_los, risk
 *   DIP: kind, dip, dip_name, op_class, auxiliary, factor, score, mean_cost
 *
 * On failure the table is dropped. Threads: that of the connection; the run opens a second one of the same engine. */
#ifndef SW_CODING_GROUP_RUN_H
#define SW_CODING_GROUP_RUN_H

#include "coding/catalogue.h"
#include "engine/engine.h"

typedef struct sw_group_run_options {
  const sw_catalogue *catalogue;
  const char *physical;   /* table to make in schema store; an earlier one of the name is replaced */
  const char *select;     /* cases; NULL: that of sw_group_run_select. Columns by name: _row, _org, org_code, case_no, sex, age_years,
                             age_days, weight_g, los_days, discharge_mode, ventilator (text d/h/m or hours), icu_hours, cost, dx, pr
                             (codes joined by |, main first); absent ones are unknown */
  const sw_cancel *cancel;
  const sw_events *events;
} sw_group_run_options;

typedef struct sw_group_run_counts {
  int64_t in, out;             /* always equal */
  int64_t grouped, ungrouped;
  int64_t reasons[8];          /* ungrouped by sw_drg_status or sw_dip_status */
} sw_group_run_counts;

SW_CHECKED sw_status sw_group_run(sw_conn *c, const sw_group_run_options *o, sw_group_run_counts *out, sw_error *err);
/* The default SELECT over dwd.admission, the settlement lists and the front page's diagnoses and procedures, appended. The two
 * tables ("dwd.diagnosis", "dwd.procedure" when NULL) are those in which recode filled code_insurance. */
void sw_group_run_select(const char *diagnosis, const char *procedure, sw_buf *out);

#endif
