#include "quality/volume.h"

#include "base/date.h"
#include "medic/stat_dist.h"
#include "quality/stats.h"

#include <math.h>
#include <stdlib.h>

/* Effects below these shares of what was expected are no finding, however sure. */
static const double DAY_EFFECT = 0.20, WINDOW_EFFECT = 0.20, LEAST_ROWS = 5;
/* Residuals beyond so many robust deviations do not enter level and spread. Counts of a few rows a day are so skewed that
 * cutting their tail would cut their mean: below SKEWED rows a day plain means are used, and little is cut off the spread. */
static const double TRIM = 3.5, TRIM_SKEWED = 8, SKEWED = 15;
/* Below these expectations neither a day nor a window is judged; gaps are, by their own rule. */
static const double DAY_LEAST = 10, WINDOW_LEAST = 50;
enum { WEEKS = 26, WEEK = 7, ERRORS = 182, LEAST_ERRORS = 21 };

const char *sw_volume_state_name(sw_volume_state s) {
  static const char *const names[] = {"normal", "early", "holiday", "incomplete", "low", "high", "gap"};
  return names[s];
}

const char *sw_volume_finding_name(sw_volume_finding_kind k) {
  static const char *const names[] = {"low", "high", "gap", "fall", "rise"};
  return names[k];
}

/* --- a count's tails ------------------------------------------------------------------------------------- */

/* Below this excess the negative binomial is a Poisson to all its digits, and its size parameter overflows sense. */
static bool is_poisson(double mean, double variance) { return variance <= mean * (1 + 1e-6); }

double sw_count_p(double k, double mean, double variance) {
  if (k < 0) return 0;
  if (!(mean > 0)) return 1;
  if (is_poisson(mean, variance)) return sw_gamma_q(floor(k) + 1, mean);
  double size = mean * mean / (variance - mean), p = mean / variance;
  return sw_beta_i(size, floor(k) + 1, p, 1 - p);
}

double sw_count_q(double k, double mean, double variance) {
  if (k <= 0) return 1;
  if (!(mean > 0)) return 0;
  if (is_poisson(mean, variance)) return sw_gamma_p(ceil(k), mean);
  double size = mean * mean / (variance - mean), p = mean / variance;
  return sw_beta_i(ceil(k), size, 1 - p, p);
}

/* --- forecasts -------------------------------------------------------------------------------------------- */

typedef struct series {
  sw_volume_day *d;
  size_t n;
  double *share, *week; /* by day: of the mean of the seven days around it, and that mean */
  double *factors;  /* by day and weekday: what the forecast of that day used */
  double *level;    /* by day; NAN without a forecast */
  double *error;    /* (rows - expected) / sqrt(expected), of days that count; else NAN */
  double *excess;   /* spread by day: variance / mean */
  double *curve;    /* by day: (variance - mean) / mean², the spread that grows with the level */
  double *sure;     /* by day: degrees of freedom of the spread */
} series;

static bool counts(const sw_volume_day *d) { return !d->holiday && !d->incomplete; }
static int weekday(const sw_volume_day *d) { return sw_weekday(d->day); }

/* A day's count over the mean of the seven days around it; NAN where one of them does not count. */
static double share_of_week(const series *s, size_t i) {
  double sum = 0;
  s->week[i] = 0;
  if (i < 3 || i + 3 >= s->n) return NAN;
  for (size_t j = i - 3; j <= i + 3; j++) {
    if (!counts(&s->d[j])) return NAN;
    sum += s->d[j].rows;
  }
  s->week[i] = sum / WEEK;
  return sum > 0 ? s->d[i].rows * WEEK / sum : NAN;
}

/* The factor of one weekday: the mean of the middle half (a median of few whole numbers is coarse) of its shares in the weeks
 * before `t`; the share of sums where counts are few. */
static double weekday_factor(const series *s, size_t t, size_t nearest) {
  double share[WEEKS], rows = 0, base = 0;
  size_t n = 0;
  for (size_t i = nearest; n < WEEKS && t - i <= WEEKS * WEEK; i -= WEEK) {
    double one = s->share[i];
    if (!isnan(one)) {
      share[n++] = one;
      rows += s->d[i].rows;
      base += s->week[i];
    }
    if (i < WEEK) break;
  }
  if (n < 3) return 1;
  return base > SKEWED * (double)n ? sw_stat_midmean(share, n) : base > 0 ? rows / base : 1;
}

/* Factors as they can be known before `t`: each day changes one of them, that of the day whose week has just become whole. */
static void weekday_factors(const series *s, size_t t, double raw[WEEK], double out[WEEK]) {
  double sum = 0;
  if (t >= 4) raw[weekday(&s->d[t - 4])] = weekday_factor(s, t, t - 4);
  for (int w = 0; w < WEEK; w++) sum += raw[w];
  for (int w = 0; w < WEEK; w++) out[w] = sum > 0 ? raw[w] * WEEK / sum : 1;
}

/* Level of the last 28 days that count before `t`: total over total of factors, without days far off. NAN when too few. */
static double level_before(const series *s, size_t t, const double factors[WEEK]) {
  double rate[SW_VOLUME_BASE], weight[SW_VOLUME_BASE], off[SW_VOLUME_BASE], rows = 0, sum = 0;
  size_t n = 0;
  for (size_t i = t; i-- > 0 && n < SW_VOLUME_BASE && t - i <= 2 * SW_VOLUME_BASE;) {
    double f = factors[weekday(&s->d[i])];
    if (!counts(&s->d[i]) || f < 0.02) continue;
    weight[n] = f;
    rate[n++] = s->d[i].rows / f;
  }
  if (n < SW_VOLUME_BASE / 2) return NAN;
  double sorted[SW_VOLUME_BASE];
  for (size_t i = 0; i < n; i++) sorted[i] = rate[i];
  double centre = sw_stat_median(sorted, n), trim = centre < SKEWED ? INFINITY : TRIM;
  for (size_t i = 0; i < n; i++) sorted[i] = fabs(off[i] = (rate[i] - centre) * sqrt(weight[i]));
  double scale = fmax(1.4826 * sw_stat_median(sorted, n), sqrt(fmax(centre, 1)));
  for (size_t i = 0; i < n; i++) {
    if (fabs(off[i]) > trim * scale) continue;
    rows += rate[i] * weight[i];
    sum += weight[i];
  }
  return sum > 0 ? rows / sum : NAN;
}

/* Spread of the forecast errors before `t`, trimmed; the trimmed normal's lost variance is given back. */
static void spread_before(const series *s, size_t t, double *excess, double *curve, double *sure) {
  double e[ERRORS], m[ERRORS], off[ERRORS], squares = 0, over = 0, mass = 0, total = 0;
  size_t n = 0, kept = 0;
  for (size_t i = t; i-- > 0 && n < ERRORS;) {
    if (isnan(s->error[i])) continue;
    e[n] = s->error[i];
    m[n] = s->d[i].expected;
    off[n] = fabs(e[n]);
    total += m[n++];
  }
  *excess = *curve = *sure = NAN;
  if (n < LEAST_ERRORS) return;
  double scale = fmax(1.4826 * sw_stat_median(off, n), 1), trim = total / (double)n < SKEWED ? TRIM_SKEWED : TRIM;
  for (size_t i = 0; i < n; i++) {
    if (fabs(e[i]) > trim * scale) continue;
    squares += e[i] * e[i];
    over += e[i] * e[i] * m[i] - m[i];
    mass += m[i] * m[i];
    kept++;
  }
  static const double LOST = 1.0057; /* 1 / variance of a standard normal cut at 3.5 */
  *excess = kept ? fmax(1, squares / (double)kept * LOST) : 1;
  *curve = mass > 0 ? fmax(0, over / mass * LOST) : 0;
  *sure = (double)(kept > 2 ? kept - 1 : 1);
}

static double variance_of(const series *s, size_t t, double mean) {
  return fmax(s->excess[t] * mean, mean + s->curve[t] * mean * mean);
}

static void forecast(series *s) {
  double raw[WEEK] = {1, 1, 1, 1, 1, 1, 1};
  for (size_t i = 0; i < s->n; i++) s->share[i] = share_of_week(s, i);
  for (size_t t = 0; t < s->n; t++) {
    sw_volume_day *d = &s->d[t];
    double *f = s->factors + t * WEEK;
    weekday_factors(s, t, raw, f);
    s->level[t] = t >= SW_VOLUME_BASE ? level_before(s, t, f) : NAN;
    if (t % WEEK == 0) spread_before(s, t, &s->excess[t], &s->curve[t], &s->sure[t]);
    else s->excess[t] = s->excess[t - 1], s->curve[t] = s->curve[t - 1], s->sure[t] = s->sure[t - 1];
    d->expected = s->level[t] * f[weekday(d)];
    s->error[t] = counts(d) && d->expected > 0 ? (d->rows - d->expected) / sqrt(d->expected) : NAN;
  }
}

/* --- judging ---------------------------------------------------------------------------------------------- */

/* A tail as wide as Student's: the spread is itself an estimate. */
static double widened(double tail, double sure) {
  if (tail >= 0.5) return 1;
  return sw_t_two(sw_normal_quantile(tail < 1e-290 ? 1e-290 : tail), sure);
}

static double p_of(double rows, double mean, double variance, double sure) {
  double low = sw_count_p(rows, mean, variance), high = sw_count_q(rows, mean, variance);
  return widened(low < high ? low : high, sure);
}

/* The counts at which p crosses the level, by bisection on whole numbers. */
static void bounds(double mean, double variance, double sure, double level, double *low, double *high) {
  double a = -1, b = floor(mean);
  while (b - a > 1) {
    double c = floor((a + b) / 2);
    if (p_of(c, mean, variance, sure) < level) a = c;
    else b = c;
  }
  *low = a + 1;
  double step = ceil(8 * sqrt(variance) + 8);
  a = ceil(mean);
  b = a + step;
  while (p_of(b, mean, variance, sure) >= level) {
    a = b;
    b += step;
  }
  while (b - a > 1) {
    double c = floor((a + b) / 2);
    if (p_of(c, mean, variance, sure) < level) b = c;
    else a = c;
  }
  *high = a;
}

static bool matters(double rows, double expected, double share) {
  return fabs(rows - expected) >= LEAST_ROWS && fabs(rows - expected) >= share * expected;
}

static void judge_day(const series *s, size_t t, const sw_volume_options *o) {
  sw_volume_day *d = &s->d[t];
  d->low = d->high = NAN;
  d->p = 1;
  d->state = d->holiday ? SW_VOLUME_HOLIDAY : d->incomplete ? SW_VOLUME_INCOMPLETE : SW_VOLUME_NORMAL;
  if (!(d->expected > 0) || isnan(s->sure[t])) {
    if (isnan(d->expected) || isnan(s->sure[t])) d->expected = NAN;
    if (d->state == SW_VOLUME_NORMAL && isnan(d->expected)) d->state = SW_VOLUME_EARLY;
    return;
  }
  double v = variance_of(s, t, d->expected);
  if (d->day >= o->band_from) bounds(d->expected, v, s->sure[t], o->level, &d->low, &d->high);
  if (d->state != SW_VOLUME_NORMAL || d->day < o->judge_from) return;
  d->p = p_of(d->rows, d->expected, v, s->sure[t]);
  if (d->p >= o->level || d->expected < DAY_LEAST || !matters(d->rows, d->expected, DAY_EFFECT)) return;
  d->state = d->rows < d->expected ? SW_VOLUME_LOW : SW_VOLUME_HIGH;
}

/* Empty days in a row, by the chance that all of them are empty. Days that do not count neither end a run nor belong to it. */
static void judge_gap(const series *s, size_t from, size_t to, const sw_volume_options *o) {
  double log_p = 0, expected = 0;
  for (size_t i = from; i <= to; i++) {
    const sw_volume_day *d = &s->d[i];
    if (!counts(d) || !(d->expected > 0) || isnan(s->sure[from])) continue;
    /* as it was expected before the run began: a long gap wears its own level down */
    double e = s->level[from] * s->factors[from * WEEK + (size_t)weekday(d)];
    if (!(e > 0)) continue;
    log_p += log(fmax(sw_count_p(0, e, variance_of(s, from, e)), 1e-300));
    expected += e;
  }
  if (expected < LEAST_ROWS || s->d[to].day < o->judge_from || widened(exp(fmax(log_p, -660)), s->sure[from]) >= o->level) return;
  for (size_t i = from; i <= to; i++) {
    sw_volume_day *d = &s->d[i];
    if (!counts(d) || d->day < o->judge_from) continue;
    d->state = SW_VOLUME_GAP;
    d->p = exp(fmax(log_p, -660));
  }
}

static void judge_gaps(const series *s, const sw_volume_options *o) {
  for (size_t i = 0; i < s->n; i++) {
    if (s->d[i].rows > 0 || !counts(&s->d[i])) continue;
    size_t to = i;
    for (size_t j = i + 1; j < s->n && (s->d[j].rows <= 0 || !counts(&s->d[j])); j++)
      if (counts(&s->d[j])) to = j;
    judge_gap(s, i, to, o);
    i = to;
  }
}

static sw_status nomem(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

static bool is_out(sw_volume_state s) { return s == SW_VOLUME_LOW || s == SW_VOLUME_HIGH || s == SW_VOLUME_GAP; }

static sw_status collect_days(const series *s, sw_volume_findings *out, sw_error *err) {
  for (size_t i = 0; i < s->n; i++) {
    const sw_volume_day *d = &s->d[i];
    if (!is_out(d->state)) continue;
    sw_volume_finding f = {.kind = d->state == SW_VOLUME_LOW ? SW_FOUND_LOW : d->state == SW_VOLUME_HIGH ? SW_FOUND_HIGH : SW_FOUND_GAP,
                           .from = d->day, .to = d->day, .rows = d->rows, .expected = d->expected, .p = d->p};
    for (; i + 1 < s->n && s->d[i + 1].state == d->state; i++) {
      f.to = s->d[i + 1].day;
      f.rows += s->d[i + 1].rows;
      f.expected += s->d[i + 1].expected;
      if (s->d[i + 1].p < f.p) f.p = s->d[i + 1].p;
    }
    if (!SW_VEC_PUSH(out, f)) return nomem(err);
  }
  return SW_OK;
}

/* --- windows ------------------------------------------------------------------------------------------------ */

/* Independent days reach this ratio by chance once in twenty times (chi-square of 13 windows, 95 %). */
static const double LEANING = 1.72;

/* How much more the sums of `k` days vary than days by themselves say: bills and results of one stay come on several days, so that
 * days lean the same way. From overlapping windows before `t`; *independent: how many windows lie side by side in them. */
static double togetherness(const series *s, size_t t, size_t k, double *independent) {
  double sums[ERRORS], off[ERRORS], squares = 0, singles = 0;
  size_t n = 0, days = 0, kept = 0, begin = t > ERRORS ? t - ERRORS : 0;
  for (size_t i = begin; i + k <= t && n < ERRORS; i++) {
    double sum = 0, own = 0;
    for (size_t j = i; j < i + k; j++) sum += s->error[j], own += s->error[j] * s->error[j];
    if (isnan(sum)) continue;
    sums[n++] = sum;
    singles += own;
    days += k;
  }
  *independent = (double)n / (double)k;
  if (*independent < 3 || !(singles > 0)) return 1;
  for (size_t i = 0; i < n; i++) off[i] = fabs(sums[i]);
  double cut = TRIM * 1.4826 * sw_stat_median(off, n);
  for (size_t i = 0; i < n; i++) {
    if (fabs(sums[i]) > cut) continue;
    squares += sums[i] * sums[i];
    kept++;
  }
  return kept ? fmax(1, squares / (double)kept / ((double)k * singles / (double)days)) : 1;
}

/* The window of `k` days that ends with `t`, by the forecast that stood before it. False when it cannot be judged. */
static bool window(const series *s, size_t t, size_t k, double level, sw_volume_finding *out) {
  size_t from = t + 1 - k, days = 0;
  double factors = 0, e = 0, rows = 0, v = 0;
  if (isnan(s->level[from]) || isnan(s->sure[from])) return false;
  for (size_t i = from; i <= t; i++) {
    if (!counts(&s->d[i])) continue;
    double f = s->factors[from * WEEK + (size_t)weekday(&s->d[i])], one = s->level[from] * f;
    days++;
    factors += f;
    e += one;
    rows += s->d[i].rows;
    if (one > 0) v += variance_of(s, from, one);
  }
  if (days * 4 < k * 3 || e < WINDOW_LEAST) return false;
  v *= 1 + factors / SW_VOLUME_BASE; /* the level is the mean of 28 days, and is off in all days of the window alike */
  double independent, sure = s->sure[from], inflation = togetherness(s, from, k, &independent);
  if (inflation > LEANING) v *= inflation, sure = fmin(sure, fmax(3, independent));
  double p = p_of(rows, e, v, sure);
  *out = (sw_volume_finding){.kind = rows < e ? SW_FOUND_FALL : SW_FOUND_RISE, .from = s->d[from].day, .to = s->d[t].day, .rows = rows, .expected = e, .p = p};
  return p < level && matters(rows, e, WINDOW_EFFECT);
}

/* The clearest window of overlapping ones stands for them. Windows that single days or a gap explain are left out. */
static sw_status judge_windows(const series *s, size_t k, const sw_volume_options *o, sw_volume_findings *out, sw_error *err) {
  sw_volume_finding best = {0};
  bool have = false;
  for (size_t t = k; t < s->n; t++) {
    sw_volume_finding f;
    size_t days_out = 0;
    if (s->d[t].day < o->judge_from) continue;
    for (size_t i = t + 1 - k; i <= t; i++) days_out += is_out(s->d[i].state);
    if (!counts(&s->d[t]) || days_out || !window(s, t, k, o->level, &f)) continue;
    if (have && f.from <= best.to && f.kind == best.kind) {
      if (f.p < best.p) best = f;
      continue;
    }
    if (have && !SW_VEC_PUSH(out, best)) return nomem(err);
    best = f;
    have = true;
  }
  return !have || SW_VEC_PUSH(out, best) ? SW_OK : nomem(err);
}

static int by_day(const void *a, const void *b) {
  const sw_volume_finding *x = a, *y = b;
  return x->from != y->from ? (x->from > y->from) - (x->from < y->from) : (x->to > y->to) - (x->to < y->to);
}

/* A fall of 14 days that holds one of 7 says no more than that one. */
static void drop_covered(sw_volume_findings *f, size_t first) {
  size_t n = first;
  for (size_t i = first; i < f->len; i++) {
    bool covered = false;
    for (size_t j = first; j < f->len && !covered; j++) {
      const sw_volume_finding *a = &f->items[i], *b = &f->items[j];
      covered = i != j && a->kind == b->kind && a->to - a->from > b->to - b->from && b->from <= a->to && b->to >= a->from;
    }
    if (!covered) f->items[n++] = f->items[i];
  }
  f->len = n;
}

sw_status sw_volume_judge(sw_volume_day *days, size_t n, const sw_volume_options *o, sw_volume_findings *out, sw_error *err) {
  if (!n) return SW_OK;
  double *room = malloc(n * (WEEK + 7) * sizeof *room);
  if (!room) return nomem(err);
  series s = {.d = days, .n = n, .factors = room, .level = room + WEEK * n, .error = room + (WEEK + 1) * n, .excess = room + (WEEK + 2) * n,
              .curve = room + (WEEK + 3) * n, .sure = room + (WEEK + 4) * n, .share = room + (WEEK + 5) * n,
              .week = room + (WEEK + 6) * n};
  forecast(&s);
  for (size_t t = 0; t < n; t++) judge_day(&s, t, o);
  judge_gaps(&s, o);
  size_t first = out->len;
  sw_status st = collect_days(&s, out, err);
  if (!st) st = judge_windows(&s, WEEK, o, out, err);
  if (!st) st = judge_windows(&s, 2 * WEEK, o, out, err);
  if (!st) drop_covered(out, first);
  if (!st && out->len > first) qsort(out->items + first, out->len - first, sizeof *out->items, by_day);
  free(room);
  return st;
}
