#include "identity/em.h"

#include <math.h>

void sw_link_default_m(sw_link_kind k, double m[SW_LINK_LEVELS]) {
  size_t n = sw_link_kind_levels(k);
  double left = 0.25, sum = 0;
  m[0] = 0.75;
  for (size_t i = 1; i < n; i++) m[i] = left / (double)(1u << (i < 6 ? i : 6));
  for (size_t i = 0; i < n; i++) sum += m[i];
  for (size_t i = 0; i < n; i++) m[i] /= sum;
  for (size_t i = n; i < SW_LINK_LEVELS; i++) m[i] = 0;
}

double sw_link_em_posterior(const sw_link_em *e, uint64_t pattern) {
  double a = e->lambda, b = 1 - e->lambda;
  for (size_t p = 0; p < e->places; p++) {
    unsigned l = sw_link_pattern_level(pattern, p);
    if (l == SW_LINK_ABSENT || e->skip >> p & 1) continue;
    a *= e->m[p][l];
    b *= e->u[p][l];
  }
  return a + b > 0 ? a / (a + b) : 0;
}

typedef struct sums {
  double m[SW_LINK_PLACES][SW_LINK_LEVELS], u[SW_LINK_PLACES][SW_LINK_LEVELS], matches, pairs;
} sums;

static void expect(const sw_link_em *e, const sw_link_patterns *p, sums *s) {
  *s = (sums){.matches = 0};
  for (size_t i = 0; i < p->n; i++) {
    uint64_t pattern = p->items[i].pattern;
    double g = sw_link_em_posterior(e, pattern) * p->items[i].count, h = p->items[i].count - g;
    s->matches += g;
    s->pairs += p->items[i].count;
    for (size_t k = 0; k < e->places; k++) {
      unsigned l = sw_link_pattern_level(pattern, k);
      if (l == SW_LINK_ABSENT) continue;
      s->m[k][l] += g;
      s->u[k][l] += h;
    }
  }
}

static void maximise(sw_link_em *e, const sums *s, const double prior[SW_LINK_PLACES][SW_LINK_LEVELS], bool free_u) {
  enum { STRENGTH = 8 };
  for (size_t k = 0; k < e->places; k++) {
    double total = STRENGTH, others = 0;
    for (size_t l = 0; l < e->levels[k]; l++) total += s->m[k][l], others += s->u[k][l];
    e->weight[k] = total - STRENGTH;
    if (e->skip >> k & 1) continue;
    for (size_t l = 0; l < e->levels[k]; l++) {
      e->m[k][l] = (s->m[k][l] + STRENGTH * prior[k][l]) / total;
      if (e->m[k][l] < 1e-4) e->m[k][l] = 1e-4;
      if (free_u && others > 50) e->u[k][l] = (s->u[k][l] + 20 * e->u[k][l]) / (others + 20);
      if (e->u[k][l] < 1e-12) e->u[k][l] = 1e-12;
    }
  }
  e->matches = s->matches;
  e->lambda = s->pairs > 0 ? s->matches / s->pairs : 0;
  if (e->lambda < 1e-12) e->lambda = 1e-12;
  if (e->lambda > 1 - 1e-6) e->lambda = 1 - 1e-6;
}

void sw_link_em_run(sw_link_em *e, const sw_link_patterns *p, int rounds) {
  double prior[SW_LINK_PLACES][SW_LINK_LEVELS];
  for (size_t k = 0; k < e->places; k++)
    for (size_t l = 0; l < SW_LINK_LEVELS; l++) prior[k][l] = e->m[k][l];
  double last = -1;
  for (int r = 0; r < rounds; r++) {
    sums s;
    expect(e, p, &s);
    maximise(e, &s, (const double(*)[SW_LINK_LEVELS])prior, e->free_u && r >= 5);
    if (fabs(e->matches - last) < 1e-4 * (1 + e->matches) && r > 10) break;
    last = e->matches;
  }
}
