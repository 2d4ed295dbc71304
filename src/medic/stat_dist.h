/* Distribution functions: normal, chi-square, t, F, studentised range, and the incomplete gamma and beta functions that
 * they rest on. Relative accuracy 1e-12 over the range that tests need (studentised range: 1e-10 absolute).
 *
 * Methods: series and continued fractions (modified Lentz) with Loader's saddle-point prefactors (C. Loader, "Fast and
 * Accurate Computation of Binomial Probabilities", 2000); AS 241 (Wichura 1988) for the normal quantile; Gauss–Legendre
 * quadrature for the studentised range. Parameters outside a function's domain give NaN. Pure; any thread. */
#ifndef SW_MEDIC_STAT_DIST_H
#define SW_MEDIC_STAT_DIST_H

#include <stdbool.h>

/* Regularised: P(a, x) + Q(a, x) = 1; I_x(a, b). a, b > 0; y = 1 - x, given apart to keep its digits. */
double sw_gamma_p(double a, double x);
double sw_gamma_q(double a, double x);
double sw_beta_i(double a, double b, double x, double y);

/* The lower tail P(X ≤ x), and the upper P(X > x), which keeps its digits when it is small. */
double sw_normal_p(double x);
double sw_normal_q(double x);
double sw_chisq_p(double x, double df);
double sw_chisq_q(double x, double df);
double sw_t_p(double t, double df);
double sw_t_two(double t, double df); /* P(|T| > |t|) */
double sw_f_p(double f, double df1, double df2);
double sw_f_q(double f, double df1, double df2);
double sw_tukey_p(double q, double means, double df); /* means ≥ 2, df ≥ 1 */
double sw_kolmogorov_q(double x); /* limit distribution of √n·D: P(K > x) */

/* Quantiles: x with P(X ≤ x) = p. */
double sw_normal_quantile(double p);
double sw_chisq_quantile(double p, double df);
double sw_t_quantile(double p, double df);
double sw_f_quantile(double p, double df1, double df2);

#endif
