#include "medic/stat_groups.h"

#include "medic/stat_dist.h"

#include <math.h>
#include <stdlib.h>

static const sw_test NO_TEST = {false, NAN, NAN, NAN, NAN};

sw_anova sw_sample_anova(const sw_sample *groups, size_t k) {
  sw_anova a = {.f = NAN, .p = NAN, .eta2 = NAN, .omega2 = NAN};
  long double sum = 0, between = 0, within = 0;
  for (size_t g = 0; g < k; ++g) {
    a.groups += groups[g].n > 0;
    a.n += groups[g].n;
    for (size_t i = 0; i < groups[g].n; ++i) sum += groups[g].x[i];
  }
  if (a.groups < 2 || a.n <= a.groups) return a;
  long double grand = sum / (long double)a.n;
  for (size_t g = 0; g < k; ++g) {
    if (groups[g].n == 0) continue;
    long double own = 0;
    for (size_t i = 0; i < groups[g].n; ++i) own += groups[g].x[i];
    own /= (long double)groups[g].n;
    between += (long double)groups[g].n * (own - grand) * (own - grand);
    for (size_t i = 0; i < groups[g].n; ++i) within += (groups[g].x[i] - own) * (groups[g].x[i] - own);
  }
  a.ss_between = (double)between;
  a.ss_within = (double)within;
  a.df_between = (double)(a.groups - 1);
  a.df_within = (double)(a.n - a.groups);
  double ms = a.ss_within / a.df_within;
  if (!(ms > 0)) return a;
  a.valid = true;
  a.f = a.ss_between / a.df_between / ms;
  a.p = sw_f_q(a.f, a.df_between, a.df_within);
  a.eta2 = a.ss_between / (a.ss_between + a.ss_within);
  a.omega2 = (a.ss_between - a.df_between * ms) / (a.ss_between + a.ss_within + ms);
  return a;
}

sw_test sw_sample_welch(const sw_sample *groups, size_t k) {
  double wsum = 0, wmean = 0, lambda = 0, between = 0, used = 0;
  for (size_t g = 0; g < k; ++g) {
    if (groups[g].n < 2) continue;
    double v = sw_sample_variance(groups[g]);
    if (!(v > 0)) return NO_TEST;
    double w = (double)groups[g].n / v;
    wsum += w;
    wmean += w * sw_sample_mean(groups[g]);
    ++used;
  }
  if (used < 2) return NO_TEST;
  wmean /= wsum;
  for (size_t g = 0; g < k; ++g) {
    if (groups[g].n < 2) continue;
    double w = (double)groups[g].n / sw_sample_variance(groups[g]), d = sw_sample_mean(groups[g]) - wmean, share = 1 - w / wsum;
    between += w * d * d;
    lambda += share * share / (double)(groups[g].n - 1);
  }
  lambda /= used * used - 1;
  double f = between / (used - 1) / (1 + 2 * (used - 2) * lambda), df2 = 1 / (3 * lambda);
  return (sw_test){true, f, used - 1, df2, sw_f_q(f, used - 1, df2)};
}

typedef struct ranked {
  double x;
  size_t group;
} ranked;

static int by_value(const void *a, const void *b) {
  double x = ((const ranked *)a)->x, y = ((const ranked *)b)->x;
  return x < y ? -1 : x > y;
}

static sw_status no_memory(sw_error *err) {
  return SW_FAIL(err, SW_E_NOMEM, "SW-STAT-0001", "内存不足", "out of memory");
}

sw_status sw_sample_kruskal(const sw_sample *groups, size_t k, sw_test *out, sw_error *err) {
  *out = NO_TEST;
  size_t n = 0, used = 0, at = 0;
  for (size_t g = 0; g < k; ++g) {
    n += groups[g].n;
    used += groups[g].n > 0;
  }
  if (used < 2) return SW_OK;
  ranked *r = malloc(n * sizeof *r);
  double *sums = calloc(k, sizeof *sums);
  if (!r || !sums) {
    free(r);
    free(sums);
    return no_memory(err);
  }
  for (size_t g = 0; g < k; ++g)
    for (size_t i = 0; i < groups[g].n; ++i) r[at++] = (ranked){groups[g].x[i], g};
  qsort(r, n, sizeof *r, by_value);
  double ties = 0;
  for (size_t i = 0; i < n;) {
    size_t j = i;
    while (j < n && r[j].x == r[i].x) ++j;
    double rank = ((double)(i + 1) + (double)j) / 2, t = (double)(j - i);
    ties += t * t * t - t;
    for (; i < j; ++i) sums[r[i].group] += rank;
  }
  double h = 0, N = (double)n;
  for (size_t g = 0; g < k; ++g)
    if (groups[g].n) h += sums[g] * sums[g] / (double)groups[g].n;
  h = (12 * h / (N * (N + 1)) - 3 * (N + 1)) / (1 - ties / (N * N * N - N));
  free(r);
  free(sums);
  if (!isfinite(h)) return SW_OK; /* all values are one */
  *out = (sw_test){true, h, (double)(used - 1), NAN, sw_chisq_q(h, (double)(used - 1))};
  return SW_OK;
}

void sw_sample_bonferroni(double *p, size_t n) {
  for (size_t i = 0; i < n; ++i) p[i] = p[i] * (double)n < 1 ? p[i] * (double)n : 1;
}

typedef struct place {
  double p;
  size_t at;
} place;

static int by_p(const void *a, const void *b) {
  const place *x = a, *y = b;
  if (x->p != y->p) return x->p < y->p ? -1 : 1;
  return x->at < y->at ? -1 : x->at > y->at;
}

sw_status sw_sample_holm(double *p, size_t n, sw_error *err) {
  if (n == 0) return SW_OK;
  place *order = malloc(n * sizeof *order);
  if (!order) return no_memory(err);
  for (size_t i = 0; i < n; ++i) order[i] = (place){p[i], i};
  qsort(order, n, sizeof *order, by_p);
  double highest = 0;
  for (size_t i = 0; i < n; ++i) {
    double q = order[i].p * (double)(n - i);
    if (q > highest) highest = q;
    p[order[i].at] = highest < 1 ? highest : 1;
  }
  free(order);
  return SW_OK;
}

static sw_status correct(sw_pair *out, size_t n, sw_error *err) {
  double *p = malloc((n + 1) * sizeof *p);
  if (!p) return no_memory(err);
  for (size_t i = 0; i < n; ++i) p[i] = out[i].p;
  sw_sample_bonferroni(p, n);
  for (size_t i = 0; i < n; ++i) {
    out[i].p_bonferroni = p[i];
    p[i] = out[i].p;
  }
  sw_status s = sw_sample_holm(p, n, err);
  for (size_t i = 0; i < n; ++i) out[i].p_holm = p[i];
  free(p);
  return s;
}

sw_status sw_sample_pairs(const sw_sample *groups, size_t k, sw_pair *out, size_t *n, sw_error *err) {
  *n = 0;
  sw_anova a = sw_sample_anova(groups, k);
  if (!a.valid) return SW_OK;
  double ms = a.ss_within / a.df_within;
  for (size_t i = 0; i < k; ++i)
    for (size_t j = i + 1; j < k; ++j) {
      if (groups[i].n == 0 || groups[j].n == 0) continue;
      sw_pair *p = &out[(*n)++];
      double inverse = 1 / (double)groups[i].n + 1 / (double)groups[j].n;
      p->a = i;
      p->b = j;
      p->difference = sw_sample_mean(groups[j]) - sw_sample_mean(groups[i]);
      p->t = p->difference / sqrt(ms * inverse);
      p->p = sw_t_two(p->t, a.df_within);
      /* Tukey–Kramer: the range statistic is √2 |t| */
      p->p_tukey = 1 - sw_tukey_p(M_SQRT2 * fabs(p->t), (double)a.groups, a.df_within);
    }
  return correct(out, *n, err);
}
