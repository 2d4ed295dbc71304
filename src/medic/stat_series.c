#include "medic/stat_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct start {
  double level, trend;
  double *season; /* period indices */
} start;

static double combine(sw_season kind, double x, double s) { return kind == SW_SEASON_ADDITIVE ? x + s : x * s; }
static double remove_season(sw_season kind, double x, double s) { return kind == SW_SEASON_ADDITIVE ? x - s : x / s; }

/* Centred moving average over one period at i; the ends count half where the period is even. */
static double centred(const double *x, size_t i, size_t f) {
  size_t half = f / 2;
  double sum = 0;
  for (size_t k = 0; k <= 2 * half; ++k) {
    double w = f % 2 == 0 && (k == 0 || k == 2 * half) ? 0.5 : 1;
    sum += w * x[i - half + k];
  }
  return sum / (double)f;
}

/* Decomposes the first two periods; a line through their trend. */
static void start_values(const double *x, size_t f, sw_season kind, start *out) {
  size_t half = f / 2, n = 2 * f, m = 0;
  double sx = 0, sy = 0, sxx = 0, sxy = 0, mean = 0;
  double total = 0;
  for (size_t k = 0; k < f; ++k) out->season[k] = 0;
  for (size_t i = half; i + half < n; ++i) {
    double t = centred(x, i, f), at = (double)++m;
    sx += at;
    sy += t;
    sxx += at * at;
    sxy += at * t;
  }
  double d = (double)m * sxx - sx * sx;
  out->trend = d != 0 ? ((double)m * sxy - sx * sy) / d : 0;
  out->level = (sy - out->trend * sx) / (double)m;
  for (size_t k = 0; k < f; ++k) {
    double sum = 0, count = 0;
    for (size_t i = k; i < n; i += f) {
      if (i < half || i + half >= n) continue;
      sum += remove_season(kind, x[i], centred(x, i, f));
      ++count;
    }
    out->season[k] = count > 0 ? sum / count : (kind == SW_SEASON_ADDITIVE ? 0 : 1);
    total += out->season[k];
  }
  mean = total / (double)f;
  for (size_t k = 0; k < f; ++k) out->season[k] = remove_season(kind, out->season[k], mean);
}

typedef struct run {
  const double *x;
  size_t n, f;
  sw_season kind;
  const start *from;
  double *season; /* work: f indices, then the result */
} run;

/* Smooths from the second period on; returns the sum of squared one-step errors. */
static double smooth(const run *r, const double p[3], double *level, double *trend, double *fitted) {
  double sse = 0;
  *level = r->from->level;
  *trend = r->from->trend;
  memcpy(r->season, r->from->season, r->f * sizeof *r->season);
  for (size_t i = r->f; i < r->n; ++i) {
    double *s = &r->season[i % r->f];
    double guess = combine(r->kind, *level + *trend, *s), e = r->x[i] - guess, before = *level;
    sse += e * e;
    if (fitted) fitted[i] = guess;
    *level = p[0] * remove_season(r->kind, r->x[i], *s) + (1 - p[0]) * (before + *trend);
    *trend = p[1] * (*level - before) + (1 - p[1]) * *trend;
    *s = p[2] * remove_season(r->kind, r->x[i], *level) + (1 - p[2]) * *s;
  }
  return sse;
}

/* The fixed parameters stay; the free ones are folded into [0, 1]. */
typedef struct search {
  const run *r;
  double fixed[3]; /* NaN: free */
  int free_at[3], nfree;
} search;

static double clamp(double v) { return v < 0 ? 0 : v > 1 ? 1 : v; }

static double cost(const search *s, const double *v) {
  double p[3], level, trend;
  memcpy(p, s->fixed, sizeof p);
  for (int i = 0; i < s->nfree; ++i) p[s->free_at[i]] = clamp(v[i]);
  double sse = smooth(s->r, p, &level, &trend, NULL);
  return isfinite(sse) ? sse : 1e300;
}

typedef struct vertex {
  double v[3], cost;
} vertex;

static int by_cost(const void *a, const void *b) {
  double x = ((const vertex *)a)->cost, y = ((const vertex *)b)->cost;
  return x < y ? -1 : x > y;
}

static vertex toward(const search *s, const double *centre, const vertex *worst, double by) {
  vertex t;
  for (int i = 0; i < s->nfree; ++i) t.v[i] = clamp(centre[i] + by * (worst->v[i] - centre[i]));
  t.cost = cost(s, t.v);
  return t;
}

static vertex nelder_mead(const search *s, const double *from, double size) {
  vertex x[4] = {{.cost = 0}};
  int n = s->nfree;
  for (int k = 0; k <= n; ++k) {
    for (int i = 0; i < n; ++i) x[k].v[i] = clamp(from[i] + (k == i + 1 ? (from[i] < 0.5 ? size : -size) : 0));
    x[k].cost = cost(s, x[k].v);
  }
  for (int it = 0; it < 400; ++it) {
    qsort(x, (size_t)n + 1, sizeof *x, by_cost);
    if (x[n].cost - x[0].cost <= 1e-14 * (fabs(x[0].cost) + 1e-300)) break;
    double centre[3] = {0};
    for (int k = 0; k < n; ++k)
      for (int i = 0; i < n; ++i) centre[i] += x[k].v[i] / n;
    vertex reflected = toward(s, centre, &x[n], -1);
    if (reflected.cost < x[0].cost) {
      vertex further = toward(s, centre, &x[n], -2);
      x[n] = further.cost < reflected.cost ? further : reflected;
    } else if (reflected.cost < x[n - 1].cost) {
      x[n] = reflected;
    } else {
      vertex inner = toward(s, centre, &x[n], 0.5);
      if (inner.cost < x[n].cost) {
        x[n] = inner;
        continue;
      }
      for (int k = 1; k <= n; ++k) {
        for (int i = 0; i < n; ++i) x[k].v[i] = x[0].v[i] + 0.5 * (x[k].v[i] - x[0].v[i]);
        x[k].cost = cost(s, x[k].v);
      }
    }
  }
  qsort(x, (size_t)n + 1, sizeof *x, by_cost);
  return x[0];
}

static void fit(const run *r, double p[3]) {
  search s = {.r = r};
  memcpy(s.fixed, p, sizeof s.fixed);
  for (int i = 0; i < 3; ++i)
    if (isnan(p[i])) s.free_at[s.nfree++] = i;
  if (s.nfree == 0) return;
  /* A coarse grid finds the valleys; the best few points are followed down, twice, since clamping flattens simplices. */
  enum { GRID = 7, STARTS = 4 };
  vertex top[STARTS];
  for (int k = 0; k < STARTS; ++k) top[k] = (vertex){{0}, INFINITY};
  int points = 1;
  for (int i = 0; i < s.nfree; ++i) points *= GRID;
  for (int at = 0; at < points; ++at) {
    vertex v = {{0}, 0};
    for (int i = 0, rest = at; i < s.nfree; ++i, rest /= GRID) v.v[i] = (double)(rest % GRID) / (GRID - 1);
    v.cost = cost(&s, v.v);
    for (int k = 0; k < STARTS; ++k)
      if (v.cost < top[k].cost) {
        vertex down = top[k];
        top[k] = v;
        v = down;
      }
  }
  vertex best = top[0];
  for (int k = 0; k < STARTS; ++k) {
    double size = 0.12;
    for (int round = 0; round < 3; ++round) { /* steps of 12 %, 4 % and 1.3 % */
      vertex v = nelder_mead(&s, top[k].v, size);
      if (v.cost < top[k].cost) top[k] = v;
      if (v.cost < best.cost) best = v;
      size /= 3;
    }
  }
  for (int i = 0; i < s.nfree; ++i) p[s.free_at[i]] = clamp(best.v[i]);
}

sw_status sw_sample_holt_winters(const double *x, size_t n, sw_holt_winters *hw, double *fitted, sw_error *err) {
  size_t f = hw->period;
  if (f < 2 || f > 366 || n < 2 * f || !hw->seasonal)
    return SW_FAIL(err, SW_E_USAGE, "SW-STAT-0002", "Holt–Winters 需要至少两个完整周期（周期 %zu，数据 %zu）",
                   "Holt–Winters needs at least two whole periods (period %zu, values %zu)", f, n);
  double first[366], work[366], p[3] = {hw->alpha, hw->beta, hw->gamma};
  start from = {.season = first};
  start_values(x, f, hw->season, &from);
  run r = {x, n, f, hw->season, &from, work};
  fit(&r, p);
  if (fitted)
    for (size_t i = 0; i < f; ++i) fitted[i] = NAN;
  hw->sse = smooth(&r, p, &hw->level, &hw->trend, fitted);
  hw->alpha = p[0];
  hw->beta = p[1];
  hw->gamma = p[2];
  hw->sd = n - f > 1 ? sqrt(hw->sse / (double)(n - f - 1)) : NAN;
  for (size_t k = 0; k < f; ++k) hw->seasonal[k] = work[(n + k) % f];
  return SW_OK;
}

double sw_sample_holt_winters_ahead(const sw_holt_winters *hw, size_t h) {
  if (h == 0) return NAN;
  return combine(hw->season, hw->level + (double)h * hw->trend, hw->seasonal[(h - 1) % hw->period]);
}
