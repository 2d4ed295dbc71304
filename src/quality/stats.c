#include "quality/stats.h"

#include "medic/stat_dist.h"

#include <math.h>
#include <stdlib.h>

double sw_stat_normal_sf(double z) { return sw_normal_q(z); }

double sw_stat_chi2_sf(double x, double df) { return x > 0 && df > 0 ? sw_chisq_q(x, df) : 1; }

double sw_stat_t_two_sided(double t, double df) { return df > 0 ? sw_t_two(t, df) : 1; }

double sw_stat_ks_sf(double d, double n, double m) {
  double ne = n * m / (n + m);
  return ne > 0 ? fmin(1, fmax(0, sw_kolmogorov_q(sqrt(ne) * d))) : 1;
}

/* --- two count vectors -------------------------------------------------------------------------------------- */

static double total(const double *x, size_t n) {
  double s = 0;
  for (size_t i = 0; i < n; i++) s += x[i];
  return s;
}

double sw_stat_psi(const double *a, const double *b, size_t n) {
  double ta = total(a, n), tb = total(b, n), psi = 0;
  if (!(ta > 0) || !(tb > 0)) return 0;
  for (size_t i = 0; i < n; i++) {
    double pa = fmax(a[i] / ta, 1e-4), pb = fmax(b[i] / tb, 1e-4);
    psi += (pa - pb) * log(pa / pb);
  }
  return psi;
}

double sw_stat_chi2_two(const double *a, const double *b, size_t n, double *df) {
  double ta = total(a, n), tb = total(b, n), all = ta + tb, x = 0, pa = 0, pb = 0;
  size_t cells = 0;
  *df = 0;
  if (!(ta > 0) || !(tb > 0)) return 0;
  for (size_t i = 0; i <= n; i++) {
    double ca = i < n ? a[i] : pa, cb = i < n ? b[i] : pb;
    double ea = (ca + cb) * ta / all, eb = (ca + cb) * tb / all;
    if (i < n && (ea < 5 || eb < 5)) {
      pa += ca;
      pb += cb;
      continue;
    }
    if (ea <= 0 || eb <= 0 || (i == n && (ea < 5 || eb < 5))) continue;
    x += (ca - ea) * (ca - ea) / ea + (cb - eb) * (cb - eb) / eb;
    cells++;
  }
  *df = cells > 1 ? (double)(cells - 1) : 0;
  return x;
}

/* --- location and spread --------------------------------------------------------------------------------------- */

double sw_stat_mean(const double *x, size_t n) { return n ? total(x, n) / (double)n : 0; }

double sw_stat_sd(const double *x, size_t n) {
  if (n < 2) return 0;
  double m = sw_stat_mean(x, n), s = 0;
  for (size_t i = 0; i < n; i++) s += (x[i] - m) * (x[i] - m);
  return sqrt(s / (double)(n - 1));
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double sw_stat_median(double *x, size_t n) {
  if (!n) return 0;
  qsort(x, n, sizeof *x, by_value);
  return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

double sw_stat_midmean(double *x, size_t n) {
  if (!n) return 0;
  qsort(x, n, sizeof *x, by_value);
  size_t cut = n / 4;
  return sw_stat_mean(x + cut, n - 2 * cut);
}

double sw_stat_cramer(double chi2, double total) { return total > 0 && chi2 > 0 ? sqrt(chi2 / total) : 0; }

double sw_stat_holm_bound(double *p, size_t n, double level) {
  double bound = -1;
  qsort(p, n, sizeof *p, by_value);
  for (size_t i = 0; i < n && p[i] < level / (double)(n - i); i++) bound = p[i];
  return bound;
}

void sw_stat_wilson(double k, double n, double z, double *lo, double *hi) {
  if (!(n > 0)) {
    *lo = 0;
    *hi = 1;
    return;
  }
  double p = k / n, z2 = z * z, mid = (p + z2 / (2 * n)) / (1 + z2 / n);
  double half = z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  *lo = fmax(0, mid - half);
  *hi = fmin(1, mid + half);
}

/* --- Holt–Winters -------------------------------------------------------------------------------------------------- */

/* One run with given weights: the forecast after the last value, and the squared one-step errors after the first season. */
static double smooth(const double *x, size_t n, size_t period, double *season, const double w[3], double *forecast) {
  double level = sw_stat_mean(x, period), trend = (sw_stat_mean(x + period, period) - level) / (double)period, sse = 0;
  for (size_t i = 0; i < period; i++) season[i] = x[i] - level;
  for (size_t i = period; i < n; i++) {
    double s = season[i % period], error = x[i] - (level + trend + s), old = level;
    sse += error * error;
    level = w[0] * (x[i] - s) + (1 - w[0]) * (level + trend);
    trend = w[1] * (level - old) + (1 - w[1]) * trend;
    season[i % period] = w[2] * (x[i] - level) + (1 - w[2]) * s;
  }
  *forecast = level + trend + season[n % period];
  return sse;
}

int sw_stat_holt_winters(const double *x, size_t n, size_t period, double *forecast, double *sd) {
  static const double alpha[] = {0.05, 0.2, 0.4, 0.7}, beta[] = {0, 0.05, 0.2}, gamma[] = {0.05, 0.2, 0.4};
  if (period < 2 || n < 2 * period) return 0;
  double *season = malloc(period * sizeof *season), best = INFINITY;
  if (!season) return 0;
  for (size_t i = 0; i < 4 * 3 * 3; i++) {
    double w[3] = {alpha[i / 9], beta[i / 3 % 3], gamma[i % 3]}, f, sse = smooth(x, n, period, season, w, &f);
    if (sse >= best) continue;
    best = sse;
    *forecast = f;
  }
  free(season);
  size_t used = n - period;
  *sd = sqrt(best / (double)(used > 3 ? used - 3 : 1));
  return 1;
}
