#include "medic/stat.h"

#include "medic/stat_dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const sw_test NO_TEST = {false, NAN, NAN, NAN, NAN};

double sw_sample_mean(sw_sample s) {
  if (s.n == 0) return NAN;
  long double sum = 0;
  for (size_t i = 0; i < s.n; ++i) sum += s.x[i];
  return (double)(sum / (long double)s.n);
}

static long double squares(sw_sample s, long double *mean) {
  long double sum = 0, ss = 0;
  for (size_t i = 0; i < s.n; ++i) sum += s.x[i];
  *mean = s.n ? sum / (long double)s.n : 0;
  for (size_t i = 0; i < s.n; ++i) {
    long double d = s.x[i] - *mean;
    ss += d * d;
  }
  return ss;
}

double sw_sample_variance(sw_sample s) {
  long double mean;
  return s.n < 2 ? NAN : (double)(squares(s, &mean) / (long double)(s.n - 1));
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double *sorted_copy(sw_sample s) {
  double *copy = malloc((s.n + 1) * sizeof *copy);
  if (!copy) return NULL;
  if (s.n) memcpy(copy, s.x, s.n * sizeof *copy);
  qsort(copy, s.n, sizeof *copy, ascending);
  return copy;
}

double sw_sample_quantile(const double *sorted, size_t n, double p) {
  if (n == 0 || isnan(p) || p < 0 || p > 1) return NAN;
  double h = (double)(n - 1) * p, whole = floor(h + 4 * 2.220446049250313e-16);
  double part = h - whole;
  if (fabs(part) < 4 * 2.220446049250313e-16 * (fabs(h) + 1)) part = 0; /* as R guards against rounding */
  size_t k = (size_t)whole;
  if (k + 1 >= n || part == 0) return sorted[k < n ? k : n - 1];
  return sorted[k] + part * (sorted[k + 1] - sorted[k]);
}

static sw_status no_memory(sw_error *err) {
  return SW_FAIL(err, SW_E_NOMEM, "SW-STAT-0001", "内存不足", "out of memory");
}

sw_status sw_sample_describe(sw_sample s, sw_sample_summary *out, sw_error *err) {
  *out = (sw_sample_summary){s.n, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
  if (s.n == 0) return SW_OK;
  double *sorted = sorted_copy(s);
  if (!sorted) return no_memory(err);
  long double mean, m3 = 0, ss = squares(s, &mean);
  for (size_t i = 0; i < s.n; ++i) m3 += (s.x[i] - mean) * (s.x[i] - mean) * (s.x[i] - mean);
  out->mean = (double)mean;
  if (s.n > 1) {
    out->variance = (double)(ss / (long double)(s.n - 1));
    out->sd = sqrt(out->variance);
    if (mean != 0) out->cv = out->sd / out->mean;
  }
  if (ss > 0) {
    long double m2 = ss / (long double)s.n;
    out->skewness = (double)(m3 / (long double)s.n / (m2 * sqrtl(m2)));
  }
  out->min = sorted[0];
  out->max = sorted[s.n - 1];
  out->q1 = sw_sample_quantile(sorted, s.n, 0.25);
  out->median = sw_sample_quantile(sorted, s.n, 0.5);
  out->q3 = sw_sample_quantile(sorted, s.n, 0.75);
  free(sorted);
  return SW_OK;
}

sw_interval sw_sample_wilson(int64_t hits, int64_t n, double level) {
  if (n <= 0 || hits < 0 || hits > n || !(level > 0) || !(level < 1)) return (sw_interval){NAN, NAN, NAN};
  double z = sw_normal_quantile(0.5 + level / 2), p = (double)hits / (double)n, z2 = z * z / (double)n;
  double mid = p + z2 / 2, half = z * sqrt(p * (1 - p) / (double)n + z2 / (4 * (double)n));
  sw_interval i = {p, (mid - half) / (1 + z2), (mid + half) / (1 + z2)};
  if (hits == 0 || i.lo < 0) i.lo = 0;
  if (hits == n || i.hi > 1) i.hi = 1;
  return i;
}

sw_interval sw_sample_mean_interval(sw_sample s, double level) {
  double mean = sw_sample_mean(s), v = sw_sample_variance(s);
  if (s.n < 2 || !(level > 0) || !(level < 1)) return (sw_interval){mean, NAN, NAN};
  double half = sw_t_quantile(0.5 + level / 2, (double)(s.n - 1)) * sqrt(v / (double)s.n);
  return (sw_interval){mean, mean - half, mean + half};
}

sw_test sw_sample_chisq_table(const double *counts, size_t rows, size_t columns) {
  if (rows < 2 || columns < 2) return NO_TEST;
  double total = 0, x2 = 0;
  for (size_t i = 0; i < rows * columns; ++i) {
    if (!(counts[i] >= 0)) return NO_TEST;
    total += counts[i];
  }
  if (!(total > 0)) return NO_TEST;
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c) {
      double row = 0, column = 0;
      for (size_t k = 0; k < columns; ++k) row += counts[r * columns + k];
      for (size_t k = 0; k < rows; ++k) column += counts[k * columns + c];
      double expected = row * column / total, d = counts[r * columns + c] - expected;
      if (!(expected > 0)) return NO_TEST; /* an empty row or column has no part in the comparison */
      x2 += d * d / expected;
    }
  double df = (double)(rows - 1) * (double)(columns - 1);
  return (sw_test){true, x2, df, NAN, sw_chisq_q(x2, df)};
}

sw_test sw_sample_chisq_fit(const double *counts, const double *shares, size_t n) {
  if (n < 2) return NO_TEST;
  double total = 0, weight = 0, x2 = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!(counts[i] >= 0) || !(shares[i] > 0)) return NO_TEST;
    total += counts[i];
    weight += shares[i];
  }
  if (!(total > 0)) return NO_TEST;
  for (size_t i = 0; i < n; ++i) {
    double expected = total * shares[i] / weight, d = counts[i] - expected;
    x2 += d * d / expected;
  }
  return (sw_test){true, x2, (double)(n - 1), NAN, sw_chisq_q(x2, (double)(n - 1))};
}

/* --- Kolmogorov–Smirnov ------------------------------------------------------------------------ */

/* Largest distance of the two distribution functions. last[k] tells whether the k-th pooled value is the last of its
 * ties: only there do the functions have a value. */
static double ks_distance(const double *a, size_t m, const double *b, size_t n, bool *last) {
  size_t i = 0, j = 0;
  double d = 0;
  while (i < m || j < n) {
    double x = i < m && (j == n || a[i] <= b[j]) ? a[i] : b[j];
    while (i < m && a[i] == x) ++i, last[i + j - 1] = false;
    while (j < n && b[j] == x) ++j, last[i + j - 1] = false;
    last[i + j - 1] = true;
    double e = fabs((double)i / (double)m - (double)j / (double)n);
    if (e > d) d = e;
  }
  return d;
}

/* P(D ≥ d) given the ties: the share of orderings of m and n whose path touches the boundary. u holds P(path inside). */
static double ks_exact(double d, size_t m, size_t n, const bool *last, double *u) {
  double q = (0.5 + floor(d * (double)m * (double)n - 1e-7)) / ((double)m * (double)n);
  for (size_t i = 0; i <= m; ++i)
    for (size_t j = 0; j <= n; ++j) {
      double away = fabs((double)i / (double)m - (double)j / (double)n);
      if (i + j == 0) u[j] = 1;
      else if (away >= q && last[i + j - 1]) u[j] = 0;
      else {
        double from_i = i ? u[j] * (double)i : 0, from_j = j ? u[j - 1] * (double)j : 0;
        u[j] = (from_i + from_j) / (double)(i + j);
      }
    }
  return 1 - u[n];
}

sw_status sw_sample_ks(sw_sample a, sw_sample b, sw_test *out, sw_error *err) {
  *out = NO_TEST;
  if (a.n == 0 || b.n == 0) return SW_OK;
  double *x = sorted_copy(a), *y = sorted_copy(b), *u = calloc(b.n + 1, sizeof *u);
  bool *last = calloc(a.n + b.n + 1, sizeof *last);
  sw_status s = SW_OK;
  if (x && y && u && last) {
    double d = ks_distance(x, a.n, y, b.n, last), mn = (double)a.n * (double)b.n;
    double p = mn < 10000 ? ks_exact(d, a.n, b.n, last, u) : sw_kolmogorov_q(sqrt(mn / ((double)a.n + (double)b.n)) * d);
    *out = (sw_test){true, d, NAN, NAN, p < 0 ? 0 : p > 1 ? 1 : p};
  } else {
    s = no_memory(err);
  }
  free(x);
  free(y);
  free(u);
  free(last);
  return s;
}

double sw_sample_psi(const double *expected, const double *actual, size_t bins, double floor_share) {
  double e = 0, a = 0, psi = 0;
  for (size_t i = 0; i < bins; ++i) {
    if (!(expected[i] >= 0) || !(actual[i] >= 0)) return NAN;
    e += expected[i];
    a += actual[i];
  }
  if (!(e > 0) || !(a > 0)) return NAN;
  for (size_t i = 0; i < bins; ++i) {
    double p = expected[i] / e, q = actual[i] / a;
    if (p < floor_share) p = floor_share;
    if (q < floor_share) q = floor_share;
    if (p > 0 && q > 0) psi += (q - p) * log(q / p);
  }
  return psi;
}

/* --- two variables ----------------------------------------------------------------------------- */

typedef struct moments {
  long double mx, my, sxx, syy, sxy;
} moments;

static moments moments_of(const double *x, const double *y, size_t n) {
  moments m = {0};
  for (size_t i = 0; i < n; ++i) {
    m.mx += x[i];
    m.my += y[i];
  }
  m.mx /= (long double)n;
  m.my /= (long double)n;
  for (size_t i = 0; i < n; ++i) {
    long double dx = x[i] - m.mx, dy = y[i] - m.my;
    m.sxx += dx * dx;
    m.syy += dy * dy;
    m.sxy += dx * dy;
  }
  return m;
}

sw_regression sw_sample_regress(const double *x, const double *y, size_t n) {
  sw_regression r = {false, n, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
  if (n < 3) return r;
  moments m = moments_of(x, y, n);
  if (!(m.sxx > 0)) return r;
  long double slope = m.sxy / m.sxx, intercept = m.my - slope * m.mx, rss = 0;
  for (size_t i = 0; i < n; ++i) {
    long double e = y[i] - intercept - slope * x[i];
    rss += e * e;
  }
  long double df = (long double)(n - 2), s2 = rss / df;
  r.valid = true;
  r.slope = (double)slope;
  r.intercept = (double)intercept;
  r.sigma = (double)sqrtl(s2);
  r.slope_se = (double)sqrtl(s2 / m.sxx);
  r.intercept_se = (double)sqrtl(s2 * (1 / (long double)n + m.mx * m.mx / m.sxx));
  r.t = r.slope / r.slope_se;
  r.p = sw_t_two(r.t, (double)df);
  r.r2 = m.syy > 0 ? (double)(1 - rss / m.syy) : NAN;
  return r;
}

sw_test sw_sample_correlation(const double *x, const double *y, size_t n) {
  if (n < 3) return NO_TEST;
  moments m = moments_of(x, y, n);
  if (!(m.sxx > 0) || !(m.syy > 0)) return NO_TEST;
  double r = (double)(m.sxy / sqrtl(m.sxx * m.syy)), df = (double)(n - 2);
  if (r > 1) r = 1;
  if (r < -1) r = -1;
  double t = r * sqrt(df / ((1 - r) * (1 + r)));
  return (sw_test){true, r, df, NAN, sw_t_two(t, df)};
}

sw_test sw_sample_t_test(sw_sample a, sw_sample b) {
  if (a.n < 2 || b.n < 2) return NO_TEST;
  double va = sw_sample_variance(a) / (double)a.n, vb = sw_sample_variance(b) / (double)b.n, v = va + vb;
  if (!(v > 0)) return NO_TEST;
  double t = (sw_sample_mean(a) - sw_sample_mean(b)) / sqrt(v);
  double df = v * v / (va * va / (double)(a.n - 1) + vb * vb / (double)(b.n - 1));
  return (sw_test){true, t, df, NAN, sw_t_two(t, df)};
}
