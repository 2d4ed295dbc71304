/* A change of edition rehearsed on cases that were grouped under both catalogues.
 *
 * Threads: that of the connection. Tables lie in schema store; on failure none of them stays. */
#ifndef SW_CODING_REHEARSE_H
#define SW_CODING_REHEARSE_H

#include "engine/engine.h"

typedef struct sw_rehearse_options {
  const char *before, *after; /* tables of sw_group_run: "store.a", "store.b" */
  const char *points_before, *points_after; /* "weight" (DRG) or "score" (DIP) */
  const char *cases;          /* SELECT with org_code, case_no, dept, cost */
  int64_t fund_fen;           /* what is split by the points; -1: the cases' cost */
  const char *physical;
  const sw_cancel *cancel;
} sw_rehearse_options;

typedef struct sw_rehearse_counts {
  int64_t cases, same, moved, lost, gained, neither; /* lost: grouped before, not after; neither: not grouped in either */
  int64_t up, down;                                  /* grouped in both, with more or fewer points */
  int64_t fund_fen;
} sw_rehearse_counts;

/* Makes store.<physical>__case: org_code, case_no, dept, group_before, group_after, name_before, name_after, points_before, points_after,
 *   change (same, moved, lost, gained, neither), direction (up, down, even), cost, paid_before, paid_after, effect;
 * store.<physical>__dept: org_code, dept, cases, moved, lost, gained, up, down, points_before, points_after, paid_before, paid_after,
 *   effect, effect_share;
 * store.<physical>__group: group_before, name, cases, moved, lost, points_before, points_after, paid_before, paid_after, effect, most_to;
 * store.<physical>__matrix: level_before, level_after, cases, effect (the groups' last character: MCC, CC, none, not split;
 *   "not grouped");
 * store.<physical>__lost: group_before, name, principal_code, reason_zh, reason_en, cases, cost.
 * Payments split the fund by points, so their sums agree on both sides and the effects sum to nothing but the fen of rounding. */
SW_CHECKED sw_status sw_rehearse(sw_conn *c, const sw_rehearse_options *o, sw_rehearse_counts *out, sw_error *err);

/* --- cases ------------------------------------------------------------------------------------- */

/* Makes store.<physical> of cases as sw_group_run takes them, with dept: from a CSV file (columns as in coding/case_file.h, and dept |
 * department | 科室), or from a query of another connection (columns by name, as in coding/group_run.h, and dept). */
SW_CHECKED sw_status sw_rehearse_load_file(sw_conn *to, const char *path, const char *physical, const sw_cancel *cancel, int64_t *cases, sw_error *err);
SW_CHECKED sw_status sw_rehearse_load_query(sw_conn *to, sw_conn *from, const char *select, const char *physical, const sw_cancel *cancel,
                                            int64_t *cases, sw_error *err);

#endif
