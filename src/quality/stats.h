/* What the statistical rules judge by, on top of medic/stat.h. Pure functions; threads: any.
 *
 * Distribution functions are medic's, which agree with R; two-sample counts after Pearson; the limit distribution of
 * Kolmogorov and Smirnov, which errs to the quiet side in small samples; Holt–Winters additive smoothing (Winters 1960);
 * score interval of a proportion (Wilson 1927); step-down p values (Holm 1979). */
#ifndef SW_QUALITY_STATS_H
#define SW_QUALITY_STATS_H

#include <stddef.h>

double sw_stat_normal_sf(double z);                 /* P(Z > z) */
double sw_stat_chi2_sf(double x, double df);        /* P(X² > x) */
double sw_stat_t_two_sided(double t, double df);    /* P(|T| > |t|) */
double sw_stat_ks_sf(double d, double n, double m); /* two samples of n and m */
/* Population stability index Σ (a−b) ln(a/b) of two count vectors; shares are floored at 0.0001. */
double sw_stat_psi(const double *a, const double *b, size_t n);
/* Chi-square statistic of two count vectors over n cells and its degrees of freedom; cells expected below 5 are pooled. */
double sw_stat_chi2_two(const double *a, const double *b, size_t n, double *df);
double sw_stat_mean(const double *x, size_t n);
double sw_stat_sd(const double *x, size_t n);       /* of a sample; 0 when n < 2 */
double sw_stat_median(double *x, size_t n);         /* sorts x */
double sw_stat_midmean(double *x, size_t n);        /* mean of the middle half; sorts x */
/* Cramér's V of two count vectors from their statistic: 0 alike .. 1 apart. */
double sw_stat_cramer(double chi2, double total);
/* The largest p of the ascending-ordered family that Holm's procedure rejects at `level`; -1 when none. Sorts p. */
double sw_stat_holm_bound(double *p, size_t n, double level);
/* One-step forecast of the next value and the standard deviation of past one-step errors; season of `period` values. False when
 * there are fewer than two seasons. The smoothing weights are chosen by least squared error on a grid. */
int sw_stat_holt_winters(const double *x, size_t n, size_t period, double *forecast, double *sd);
/* Wilson's interval for k of n at confidence z; n may be an effective size. */
void sw_stat_wilson(double k, double n, double z, double *lo, double *hi);

#endif
