/* Statistics on samples: description, quantiles, intervals, tests, comparison of groups, series.
 *
 * All functions are pure, take plain arrays, and tell by `valid` (or NaN) when a result does not exist (too few values,
 * no variation). Infinite or NaN values in a sample make its result invalid: callers filter first. Sums are made in
 * extended precision; results agree with R 4 to 1e-9 (a test compares). Any thread. */
#ifndef SW_MEDIC_STAT_H
#define SW_MEDIC_STAT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct sw_sample {
  const double *x;
  size_t n;
} sw_sample;

/* --- one sample ------------------------------------------------------------------------------ */

typedef struct sw_sample_summary {
  size_t n;
  double mean, variance, sd, cv, min, max; /* variance with n - 1; NaN below two values */
  double q1, median, q3;
  double skewness; /* moment coefficient m3 / m2^1.5 */
} sw_sample_summary;

/* Sorts a copy; SW_E_NOMEM when that is refused. An empty sample gives NaN throughout. */
SW_CHECKED sw_status sw_sample_describe(sw_sample s, sw_sample_summary *out, sw_error *err);
double sw_sample_mean(sw_sample s);
double sw_sample_variance(sw_sample s);
/* Type 7 (R's default) of an ascending array. */
double sw_sample_quantile(const double *sorted, size_t n, double p);

typedef struct sw_interval {
  double estimate, lo, hi;
} sw_interval;
/* Wilson's score interval of a proportion; level e.g. 0.95. */
sw_interval sw_sample_wilson(int64_t hits, int64_t n, double level);
/* t interval of a mean. */
sw_interval sw_sample_mean_interval(sw_sample s, double level);

typedef struct sw_test {
  bool valid;
  double statistic, df1, df2, p;
} sw_test;

/* --- tables and distributions ---------------------------------------------------------------- */

/* Pearson's chi-square of an r × c table of counts (row by row), without continuity correction. */
sw_test sw_sample_chisq_table(const double *counts, size_t rows, size_t columns);
/* Goodness of fit against expected shares, which are scaled to sum to 1. */
sw_test sw_sample_chisq_fit(const double *counts, const double *shares, size_t n);
/* Two-sample Kolmogorov–Smirnov, two-sided: exact where m·n < 10,000 (ties allowed), else the limit distribution. */
SW_CHECKED sw_status sw_sample_ks(sw_sample a, sw_sample b, sw_test *out, sw_error *err);
/* Population stability index between two histograms of the same bins; shares below `floor` (e.g. 1e-4) count as it. */
double sw_sample_psi(const double *expected, const double *actual, size_t bins, double floor);

/* --- two variables --------------------------------------------------------------------------- */

typedef struct sw_regression {
  bool valid;
  size_t n;
  double slope, intercept, slope_se, intercept_se, t, p, r2, sigma;
} sw_regression;
sw_regression sw_sample_regress(const double *x, const double *y, size_t n);
/* Pearson's correlation: statistic is r; p two-sided by t. */
sw_test sw_sample_correlation(const double *x, const double *y, size_t n);
/* Welch's t test of two means: statistic t, df1. */
sw_test sw_sample_t_test(sw_sample a, sw_sample b);

#endif
