/* Deriving a DIP catalogue from a region's own cases, by the official method.
 *
 *   1  Cluster: principal diagnosis (first four characters) and the set of its operations; operations of the
 *      conservative class do not count.
 *   2  Core groups: clusters with at least 15 cases a year on average over the years used.
 *   3  What is left is clustered again by diagnosis and main operation alone; at least 15 a year make a core group too.
 *   4  Remaining cases go to the core group whose operations they contain (most operations first), as the grouper would
 *      send them; else to comprehensive groups by category (3, then 2, then 1 characters) and class of operation.
 *   5  Trimming: cases below trim_low or above trim_high times their group's mean are left out of the costs.
 *   6  Mean cost m of a group: yearly means weighted 1 : 2 : 7, oldest to newest; M of all cases alike.
 *   7  RW = m / M; points = RW × 1000.
 *   8  Auxiliary factors by level: actual cost of the level's cases over the cost expected from their groups' means.
 *   9  Quality: coefficient of variation per group, reduction in variance, share of cases in core groups.
 *
 * Source: National Technical Specification for DIP (2020), catalogue library and weights, as restated in the project's
 * facts; step 3 and the limits of step 5 are choices of ours and are stated in the output.
 *
 * Pure computation. Memory: 16 bytes a case and about 150 a cluster. One deriver, one thread. */
#ifndef SW_MEDIC_DIP_DERIVE_H
#define SW_MEDIC_DIP_DERIVE_H

#include "base/arena.h"
#include "medic/dip.h"

enum { SW_DIP_YEARS = 3 };

typedef struct sw_dip_derive_options {
  int32_t core_cases;      /* a year; 0 means 15 */
  int32_t weights[SW_DIP_YEARS]; /* oldest first; all 0 means 1, 2, 7 */
  double trim_low, trim_high;    /* multiples of the group's mean; 0 means 0.4 and 3.0 */
  int32_t factor_cases;    /* least cases for an auxiliary factor; 0 means 30 */
} sw_dip_derive_options;

typedef struct sw_dip_derived {
  sw_str dx, procedures; /* as in sw_dip_group_in */
  bool comprehensive;
  sw_dip_class op_class;
  int64_t cases, trimmed;       /* of the years used; trimmed ones among them */
  int64_t by_year[SW_DIP_YEARS]; /* untrimmed cases that carry the costs */
  double mean_fen, sd_fen, cv;  /* mean: weighted over years; sd, cv: of the kept cases */
  double mean_los;
  double rw;
  int64_t score_e4;
} sw_dip_derived;

typedef struct sw_dip_derivation {
  sw_arena mem;
  sw_dip_derived *groups; /* core first, each part in order of diagnosis */
  size_t ngroups, ncore;
  int32_t years[SW_DIP_YEARS], weights[SW_DIP_YEARS];
  int nyears;
  sw_dip_derive_options options; /* with defaults filled in */
  int64_t offered, used, no_principal, no_cost, older; /* offered = used + the rest */
  int64_t clusters, core_exact, core_main; /* clusters met; core groups by step 2 and by step 3 */
  int64_t core_cases, trimmed_low, trimmed_high;
  double mean_fen;        /* M */
  double riv, core_share, mean_cv, cv_below_1; /* mean_cv weighted by cases; share of cases in groups with CV < 1 */
  struct {
    int64_t cases;
    double factor; /* 0: too few cases */
  } levels[SW_DIP_LEVELS];
} sw_dip_derivation;

typedef struct sw_dip_deriver sw_dip_deriver;

SW_CHECKED sw_status sw_dip_deriver_new(const sw_dip_derive_options *options, sw_dip_deriver **out, sw_error *err);
void sw_dip_deriver_free(sw_dip_deriver *d);
/* Class of a procedure code; sw_dip_default_class where none is told. Before the first case. */
SW_CHECKED sw_status sw_dip_deriver_class(sw_dip_deriver *d, sw_str code, sw_dip_class c, sw_error *err);
/* year: of discharge, 1900..2200. */
SW_CHECKED sw_status sw_dip_deriver_add(sw_dip_deriver *d, const sw_dip_case *c, int32_t year, bool has_cc, bool has_mcc, sw_error *err);
SW_CHECKED sw_status sw_dip_deriver_finish(sw_dip_deriver *d, sw_dip_derivation *out, sw_error *err);
void sw_dip_derivation_fini(sw_dip_derivation *r);

#endif
