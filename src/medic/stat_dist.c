#include "medic/stat_dist.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

static const double LN_SQRT_2PI = 0.918938533204672741780329736406;
static const double TWO_PI = 6.283185307179586476925286766559;
enum { MAX_TERMS = 200000 };

/* lgamma(n + 1) - ((n + 1/2) ln n - n + ln √2π): Stirling's error. */
static double stirling_error(double n) {
  if (n <= 15) {
    int sign = 1;
    return lgamma_r(n + 1, &sign) - ((n + 0.5) * log(n) - n + LN_SQRT_2PI);
  }
  double m = n * n;
  double s = 1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - (691.0 / 360360 - 1.0 / 156 / m) / m) / m) / m) / m) / m;
  return s / n;
}

/* x ln(x / np) + np - x, without cancellation where x is near np. */
static double deviance(double x, double np) {
  if (fabs(x - np) < 0.1 * (x + np)) {
    double v = (x - np) / (x + np), s = (x - np) * v, e = 2 * x * v;
    for (int j = 1; j < 1000; ++j) {
      e *= v * v;
      double next = s + e / (2 * j + 1);
      if (next == s) return next;
      s = next;
    }
  }
  return x * log(x / np) + np - x;
}

/* x^a e^-x / Γ(a + 1) */
static double gamma_factor(double a, double x) {
  if (x <= 0) return 0;
  return exp(-stirling_error(a) - deviance(a, x)) / sqrt(TWO_PI * a);
}

/* x^a y^b Γ(a + b + 1) / (Γ(a + 1) Γ(b + 1)) */
static double beta_factor(double a, double b, double x, double y) {
  double n = a + b;
  double lc = stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
  return exp(lc) * sqrt(n / (TWO_PI * a * b));
}

static double gamma_series(double a, double x) {
  double term = 1, sum = 1;
  for (int n = 1; n < MAX_TERMS; ++n) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * DBL_EPSILON / 4) break;
  }
  return gamma_factor(a, x) * sum;
}

static double nonzero(double v) { return fabs(v) < 1e-300 ? 1e-300 : v; }

static double gamma_fraction(double a, double x) {
  double b = x + 1 - a, c = 1e300, d = 1 / nonzero(b), h = d;
  for (int i = 1; i < MAX_TERMS; ++i) {
    double an = -i * (i - a);
    b += 2;
    d = 1 / nonzero(an * d + b);
    c = nonzero(b + an / c);
    h *= c * d;
    if (fabs(c * d - 1) < DBL_EPSILON) break;
  }
  return gamma_factor(a, x) * a * h;
}

double sw_gamma_p(double a, double x) {
  if (!(a > 0) || isnan(x) || x < 0) return NAN;
  if (x == 0) return 0;
  if (isinf(x)) return 1;
  return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}

double sw_gamma_q(double a, double x) {
  if (!(a > 0) || isnan(x) || x < 0) return NAN;
  if (x == 0) return 1;
  if (isinf(x)) return 0;
  return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

static double beta_fraction(double a, double b, double x) {
  double c = 1, d = 1 / nonzero(1 - (a + b) * x / (a + 1)), h = d;
  for (int m = 1; m < MAX_TERMS; ++m) {
    double m2 = 2.0 * m;
    double even = m * (b - m) * x / ((a + m2 - 1) * (a + m2));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    h *= d * c;
    double odd = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    h *= d * c;
    if (fabs(d * c - 1) < DBL_EPSILON) break;
  }
  return h;
}

double sw_beta_i(double a, double b, double x, double y) {
  if (!(a > 0) || !(b > 0) || isnan(x) || x < 0 || y < 0) return NAN;
  if (x == 0) return 0;
  if (y == 0) return 1;
  double n = a + b, factor = beta_factor(a, b, x, y);
  if (x < (a + 1) / (n + 2)) return factor * b / n * beta_fraction(a, b, x);
  return 1 - factor * a / n * beta_fraction(b, a, y);
}

/* --- tails ----------------------------------------------------------------------------------- */

double sw_normal_p(double x) { return 0.5 * erfc(-x * M_SQRT1_2); }
double sw_normal_q(double x) { return 0.5 * erfc(x * M_SQRT1_2); }

double sw_chisq_p(double x, double df) { return x <= 0 ? (df > 0 ? 0 : NAN) : sw_gamma_p(df / 2, x / 2); }
double sw_chisq_q(double x, double df) { return x <= 0 ? (df > 0 ? 1 : NAN) : sw_gamma_q(df / 2, x / 2); }

double sw_t_two(double t, double df) {
  if (!(df > 0) || isnan(t)) return NAN;
  if (isinf(t)) return 0;
  if (isinf(df)) return erfc(fabs(t) * M_SQRT1_2);
  double t2 = t * t, n = df + t2;
  return sw_beta_i(df / 2, 0.5, df / n, t2 / n);
}

double sw_t_p(double t, double df) {
  double half = sw_t_two(t, df) / 2;
  return t > 0 ? 1 - half : half;
}

double sw_f_p(double f, double df1, double df2) {
  if (!(df1 > 0) || !(df2 > 0) || isnan(f)) return NAN;
  if (f <= 0) return 0;
  if (isinf(f)) return 1;
  double n = df2 + df1 * f;
  return sw_beta_i(df1 / 2, df2 / 2, df1 * f / n, df2 / n);
}

double sw_f_q(double f, double df1, double df2) {
  if (!(df1 > 0) || !(df2 > 0) || isnan(f)) return NAN;
  if (f <= 0) return 1;
  if (isinf(f)) return 0;
  double n = df2 + df1 * f;
  return sw_beta_i(df2 / 2, df1 / 2, df2 / n, df1 * f / n);
}

double sw_kolmogorov_q(double x) {
  if (isnan(x)) return NAN;
  if (x <= 0) return 1;
  if (x < 1) { /* the theta function's other form converges at once here */
    double z = -(M_PI * M_PI / 8) / (x * x), s = 0;
    for (int k = 1; k < 40; k += 2) s += exp(k * k * z);
    return 1 - s * sqrt(TWO_PI) / x;
  }
  double s = 0;
  for (int k = 1; k < 100; ++k) {
    double term = exp(-2.0 * k * k * x * x);
    s += k % 2 ? term : -term;
    if (term < DBL_EPSILON / 16) break;
  }
  return 2 * s;
}

/* --- quantiles ------------------------------------------------------------------------------- */

static double ratio(const double *num, const double *den, double r) {
  double a = num[7], b = den[7];
  for (int i = 6; i >= 0; --i) {
    a = a * r + num[i];
    b = b * r + den[i];
  }
  return a / b;
}

double sw_normal_quantile(double p) { /* AS 241, PPND16 */
  static const double A[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
                              4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static const double B[8] = {1.0,                      4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                              2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3};
  static const double C[8] = {1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
                              1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double D[8] = {1.0,                       2.05319162663775882187e0,  1.67638483018380384940e0,  6.89767334985100004550e-1,
                              1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9};
  static const double E[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
                              2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double F[8] = {1.0,                       5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                              7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15};
  if (isnan(p) || p < 0 || p > 1) return NAN;
  if (p == 0) return -INFINITY;
  if (p == 1) return INFINITY;
  double q = p - 0.5;
  if (fabs(q) <= 0.425) return q * ratio(A, B, 0.180625 - q * q);
  double r = sqrt(-log(q < 0 ? p : 1 - p));
  double x = r <= 5 ? ratio(C, D, r - 1.6) : ratio(E, F, r - 5);
  return q < 0 ? -x : x;
}

typedef double (*cdf)(double x, double a, double b);

static double chisq_cdf(double x, double a, double b) {
  (void)b;
  return sw_chisq_p(x, a);
}
static double f_cdf(double x, double a, double b) { return sw_f_p(x, a, b); }

/* Bisection on [0, ∞): slow and sure; quantiles are asked for once in a while. */
static double invert(cdf f, double p, double a, double b) {
  double lo = 0, hi = 1;
  while (f(hi, a, b) < p && hi < 1e300) {
    lo = hi;
    hi *= 2;
  }
  for (int i = 0; i < 200 && hi - lo > 2 * DBL_EPSILON * hi; ++i) {
    double mid = lo + (hi - lo) / 2;
    if (f(mid, a, b) < p) lo = mid;
    else hi = mid;
  }
  return lo + (hi - lo) / 2;
}

double sw_chisq_quantile(double p, double df) {
  if (isnan(p) || p < 0 || p > 1 || !(df > 0)) return NAN;
  if (p == 1) return INFINITY;
  return p == 0 ? 0 : invert(chisq_cdf, p, df, 0);
}

double sw_f_quantile(double p, double df1, double df2) {
  if (isnan(p) || p < 0 || p > 1 || !(df1 > 0) || !(df2 > 0)) return NAN;
  if (p == 1) return INFINITY;
  return p == 0 ? 0 : invert(f_cdf, p, df1, df2);
}

double sw_t_quantile(double p, double df) {
  if (isnan(p) || p < 0 || p > 1 || !(df > 0)) return NAN;
  if (p == 0.5) return 0;
  if (p == 0) return -INFINITY;
  if (p == 1) return INFINITY;
  double tail = p < 0.5 ? p : 1 - p, lo = 0, hi = 1; /* on the two-sided tail, which keeps its digits */
  while (sw_t_two(hi, df) > 2 * tail && hi < 1e300) {
    lo = hi;
    hi *= 2;
  }
  for (int i = 0; i < 200 && hi - lo > 2 * DBL_EPSILON * hi; ++i) {
    double mid = lo + (hi - lo) / 2;
    if (sw_t_two(mid, df) > 2 * tail) lo = mid;
    else hi = mid;
  }
  double t = lo + (hi - lo) / 2;
  return p < 0.5 ? -t : t;
}

/* --- studentised range ------------------------------------------------------------------------ */

enum { NODES = 16, RANGE_PANELS = 12, SCALE_PANELS = 16 };

typedef struct quadrature {
  double x[NODES], w[NODES]; /* on [-1, 1] */
} quadrature;

/* Gauss–Legendre nodes by Newton's method on the Legendre polynomial. */
static void make_nodes(quadrature *g) {
  for (int i = 0; i < NODES; ++i) {
    double x = cos(M_PI * (i + 0.75) / (NODES + 0.5)), slope = 1;
    for (int it = 0; it < 100; ++it) {
      double p0 = 1, p1 = x;
      for (int k = 2; k <= NODES; ++k) {
        double p2 = ((2 * k - 1) * x * p1 - (k - 1) * p0) / k;
        p0 = p1;
        p1 = p2;
      }
      slope = NODES * (x * p1 - p0) / (x * x - 1);
      double step = p1 / slope;
      x -= step;
      if (fabs(step) < 1e-16) break;
    }
    g->x[i] = x;
    g->w[i] = 2 / ((1 - x * x) * slope * slope);
  }
}

/* P(range of k standard normals ≤ z) = k ∫ φ(u) [Φ(u) - Φ(u - z)]^(k-1) du */
static double range_p(const quadrature *g, double z, double k) {
  const double edge = 8.6; /* φ(8.6) < 1e-16 */
  double width = 2 * edge / RANGE_PANELS, sum = 0;
  for (int p = 0; p < RANGE_PANELS; ++p) {
    double mid = -edge + (p + 0.5) * width;
    for (int i = 0; i < NODES; ++i) {
      double u = mid + width / 2 * g->x[i];
      double inside = 0.5 * (erfc(-u * M_SQRT1_2) - erfc(-(u - z) * M_SQRT1_2));
      if (inside > 0) sum += g->w[i] * exp(-u * u / 2) * pow(inside, k - 1);
    }
  }
  double p = k * sum * width / 2 / sqrt(TWO_PI);
  return p > 1 ? 1 : p;
}

double sw_tukey_p(double q, double means, double df) {
  if (isnan(q) || !(means >= 2) || !(df >= 1)) return NAN;
  if (q <= 0) return 0;
  if (isinf(q)) return 1;
  quadrature g;
  make_nodes(&g);
  if (isinf(df) || df > 1e7) return range_p(&g, q, means);
  /* s = √(χ²/df) has density 2 (df/2)^(df/2) s^(df-1) e^(-df s²/2) / Γ(df/2); beyond these bounds lies 1e-15. */
  double lo = sqrt(sw_chisq_quantile(1e-16, df) / df), hi = lo;
  while (sw_chisq_q(hi * hi * df, df) > 1e-15) hi += 0.25 + hi / 8;
  int sign = 1;
  double norm = M_LN2 + df / 2 * log(df / 2) - lgamma_r(df / 2, &sign);
  double width = (hi - lo) / SCALE_PANELS, sum = 0;
  for (int p = 0; p < SCALE_PANELS; ++p) {
    double mid = lo + (p + 0.5) * width;
    for (int i = 0; i < NODES; ++i) {
      double s = mid + width / 2 * g.x[i];
      double density = exp(norm + (df - 1) * log(s) - df * s * s / 2);
      if (density > 1e-18) sum += g.w[i] * density * range_p(&g, q * s, means);
    }
  }
  double p = sum * width / 2;
  return p > 1 ? 1 : p;
}
