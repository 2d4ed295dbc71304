/* Operations analysis over grouped and settled cases: indicators, structure of cost, comparison of teams, and what the report
 * draws (funnel, quadrant, Pareto).
 *
 * Cases come as a SELECT with the columns org_code, case_no, dept, team, doctor, grp (group; NULL: not grouped), grp_name, weight,
 * cost, drug, material, test, los, died (0/1), risk (1 low .. 4 high), mean_cost and mean_los (of the group, the benchmark), paid,
 * gain, class (of sw_settle_class_name in English; NULL: not settled), listed and coded (0/1), reason_zh, reason_en, org_name.
 * sw_operations_select makes it from the published tables.
 *
 * Indicators (definitions of the national DRG performance evaluation, restated):
 *   CMI = total weight / grouped cases; cost (time) consumption index = mean over grouped cases of cost (stay) / the group's
 *   mean; low-risk mortality = deaths among cases of groups with risk level 1.
 * Five dimensions, each 0–100 by place among the units of one level: the share of the other units that it is at least as good
 * as (the mean of its indicators' places): capacity (CMI, number
 * of groups), efficiency (cost and time index, lower is better), safety (low-risk mortality, lower is better), volume (weight),
 * economy (gain per case).
 *
 * Comparison of teams: for each institution and group with at least two teams of `least` cases, one-way analysis of variance, Welch's
 * and Kruskal–Wallis on total cost, drugs, consumables, tests and stay, each apart; pairwise with Bonferroni, Holm and Tukey.
 *
 * Levels of _indicator: region (all institutions together, org_code ''), hospital, department, team, doctor, group.
 * _funnel: stages 1 discharged, 2 with a settlement list, 3 coded, 4 grouped, 5 paid from a fund, 6 in the ratio band; each with the
 * cases that it holds (dropped = false) and those that left before it, by reason (dropped = true).
 * Tables in store: <prefix>_<name> for the names in SW_OPERATIONS_TABLES.
 * Threads: that of the connection. */
#ifndef SW_CODING_OPERATIONS_H
#define SW_CODING_OPERATIONS_H

#include "engine/engine.h"

enum { SW_OPERATIONS_NTABLES = 8 };
extern const char *const SW_OPERATIONS_TABLES[SW_OPERATIONS_NTABLES];

typedef struct sw_operations_options {
  const char *select; /* cases */
  const char *prefix; /* of the tables: "ads_operations_7" */
  int32_t least;      /* cases of a team to be compared; 0: 10 */
  const sw_cancel *cancel;
  const sw_events *events;
} sw_operations_options;

typedef struct sw_operations_counts {
  int64_t cases, grouped, units; /* units: rows of indicators */
  int64_t compared;              /* groups whose teams were compared */
  int64_t different;             /* of them with p < 0.05 on total cost */
} sw_operations_counts;

SW_CHECKED sw_status sw_operations_run(sw_conn *c, const sw_operations_options *o, sw_operations_counts *out, sw_error *err);
/* The default SELECT, appended: groups ("dws.drg_case"; dip: a table of DIP groups, whose weight is points / 1000) with dws.admission
 * and, where not NULL, a table of sw_settle_run. */
void sw_operations_select(const char *groups, const char *settlement, bool dip, sw_buf *out);
/* The report's data as one JSON object: funnel, hospitals, quadrant (departments), pareto (the 20 groups that lose most), teams. */
SW_CHECKED sw_status sw_operations_json(sw_conn *c, const char *prefix, sw_buf *out, sw_error *err);

#endif
