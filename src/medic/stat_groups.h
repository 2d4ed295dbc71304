/* Comparison of groups: one-way analysis of variance, Welch's, Kruskal–Wallis, and pairwise comparisons with correction.
 *
 * Groups without values are left out; groups of one value count in the analysis of variance but not in Welch's. */
#ifndef SW_MEDIC_STAT_GROUPS_H
#define SW_MEDIC_STAT_GROUPS_H

#include "medic/stat.h"

typedef struct sw_anova {
  bool valid;
  size_t groups, n;
  double ss_between, ss_within, df_between, df_within, f, p;
  double eta2, omega2; /* shares of variance that the groups explain */
} sw_anova;

sw_anova sw_sample_anova(const sw_sample *groups, size_t k);
sw_test sw_sample_welch(const sw_sample *groups, size_t k); /* unequal variances; statistic F, df1, df2 */
SW_CHECKED sw_status sw_sample_kruskal(const sw_sample *groups, size_t k, sw_test *out, sw_error *err); /* statistic H, df1 */

typedef struct sw_pair {
  size_t a, b;        /* group numbers, a < b */
  double difference;  /* mean of b less mean of a */
  double t, p;        /* by the pooled standard deviation, uncorrected */
  double p_bonferroni, p_holm, p_tukey;
} sw_pair;

/* Every pair of non-empty groups; out has room for k(k-1)/2. *n: how many. Nothing when the analysis has no residual
 * degrees of freedom or no variation. */
SW_CHECKED sw_status sw_sample_pairs(const sw_sample *groups, size_t k, sw_pair *out, size_t *n, sw_error *err);
/* In-place corrections of n p values. */
void sw_sample_bonferroni(double *p, size_t n);
SW_CHECKED sw_status sw_sample_holm(double *p, size_t n, sw_error *err);

#endif
