#include "medic/dip_derive.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"
#include "medic/dip_inside.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_SET = 32, FIRST_YEAR = 1900, ALL_YEARS = 301 };

typedef struct kept { /* 16 bytes a case */
  uint64_t cost_los; /* fen << 16 | days */
  uint32_t cluster;
  uint16_t levels;
  uint16_t year; /* since FIRST_YEAR */
} kept;

static int64_t cost_of(const kept *k) { return (int64_t)(k->cost_los >> 16); }

typedef struct cluster {
  uint32_t dx4;       /* number in the deriver's table */
  uint32_t first, n;  /* its operations, sorted, in the pool */
  uint32_t main_pr;   /* SW_ICD_NONE without */
  uint32_t group;     /* set at the end */
  int64_t cases;      /* of the years used */
  uint8_t op_class;
} cluster;

typedef struct group {
  uint32_t dx4;       /* core groups */
  uint32_t first, n;  /* operations */
  char prefix[4];     /* comprehensive groups */
  bool comprehensive, exact;
  uint8_t op_class;
  int64_t cases, kept, trimmed, by_year[SW_DIP_YEARS], sum_year[SW_DIP_YEARS], sum, los;
  double raw_mean, mean, kept_mean, ss;
  size_t order;
} group;

struct sw_dip_deriver {
  sw_dip_derive_options o;
  sw_icd_table dx4, pr;
  SW_VEC(uint8_t) pr_class;
  SW_VEC(kept) cases;
  SW_VEC(cluster) clusters;
  SW_VEC(uint32_t) pool;
  SW_VEC(group) groups;
  sw_map by_set; /* [dx4, main, set…] → cluster */
  int64_t per_year[ALL_YEARS];
  int64_t offered, no_principal, no_cost;
};

static sw_status no_memory(sw_error *err) {
  return SW_FAIL(err, SW_E_NOMEM, "SW-DIP-0011", "内存不足，不能推导 DIP 目录", "out of memory while deriving the DIP catalogue");
}

sw_status sw_dip_deriver_new(const sw_dip_derive_options *options, sw_dip_deriver **out, sw_error *err) {
  sw_dip_deriver *d = calloc(1, sizeof *d);
  *out = d;
  if (!d) return no_memory(err);
  if (options) d->o = *options;
  if (d->o.core_cases == 0) d->o.core_cases = 15;
  if (d->o.factor_cases == 0) d->o.factor_cases = 30;
  if (d->o.trim_low == 0) d->o.trim_low = 0.4;
  if (d->o.trim_high == 0) d->o.trim_high = 3.0;
  const int32_t *w = d->o.weights;
  if (w[0] == 0 && w[1] == 0 && w[2] == 0) memcpy(d->o.weights, (const int32_t[]){1, 2, 7}, sizeof d->o.weights);
  if (d->o.core_cases < 1 || w[0] < 0 || w[1] < 0 || w[2] < 1 || d->o.trim_low < 0 || d->o.trim_high <= d->o.trim_low) {
    sw_dip_deriver_free(d);
    *out = NULL;
    return SW_FAIL(err, SW_E_USAGE, "SW-DIP-0012", "推导参数不对：阈值≥1，最近一年的权重≥1，裁剪下限<上限",
                   "wrong parameters: threshold ≥ 1, newest year's weight ≥ 1, lower trim below upper");
  }
  return SW_OK;
}

void sw_dip_deriver_free(sw_dip_deriver *d) {
  if (!d) return;
  sw_icd_table_fini(&d->dx4);
  sw_icd_table_fini(&d->pr);
  SW_VEC_FREE(&d->pr_class);
  SW_VEC_FREE(&d->cases);
  SW_VEC_FREE(&d->clusters);
  SW_VEC_FREE(&d->pool);
  SW_VEC_FREE(&d->groups);
  sw_map_fini(&d->by_set);
  free(d);
}

static bool procedure_number(sw_dip_deriver *d, sw_str code, uint32_t *id) {
  if (!sw_icd_table_add(&d->pr, code, id)) return false;
  if (*id < d->pr_class.len) return true;
  return SW_VEC_PUSH(&d->pr_class, (uint8_t)sw_dip_default_class(code));
}

sw_status sw_dip_deriver_class(sw_dip_deriver *d, sw_str code, sw_dip_class c, sw_error *err) {
  uint32_t id;
  if (code.len == 0 || code.len > SW_ICD_MAX)
    return SW_FAIL(err, SW_E_DATA, "SW-DIP-0004", "手术编码“%.*s”为空或过长", "procedure code “%.*s” is empty or too long",
                   SW_STR_ARG(sw_str_sub(code, 0, 80)));
  if (!procedure_number(d, code, &id)) return no_memory(err);
  d->pr_class.items[id] = (uint8_t)c;
  return SW_OK;
}

/* The case's operations, sorted and distinct, those of the conservative class left out. Returns how many; a code that
 * is no code (too long) is passed over. */
static size_t operations(sw_dip_deriver *d, const sw_dip_case *c, uint32_t *set, uint32_t *main_pr, uint8_t *top) {
  size_t n = 0;
  *main_pr = SW_ICD_NONE;
  *top = SW_DIP_CONSERVATIVE;
  for (size_t i = 0; i < c->npr && n < MAX_SET; ++i) {
    uint32_t id;
    if (c->pr[i].len == 0 || !procedure_number(d, c->pr[i], &id)) continue;
    uint8_t k = d->pr_class.items[id];
    if (k == SW_DIP_CONSERVATIVE) continue;
    if (k > *top) *top = k;
    if (*main_pr == SW_ICD_NONE) *main_pr = id;
    size_t at = n;
    while (at > 0 && set[at - 1] > id) --at;
    if (at > 0 && set[at - 1] == id) continue;
    memmove(set + at + 1, set + at, (n - at) * sizeof *set);
    set[at] = id;
    ++n;
  }
  return n;
}

static bool find_cluster(sw_dip_deriver *d, uint32_t dx4, const uint32_t *set, size_t n, uint32_t main_pr, uint8_t top, uint32_t *out) {
  uint32_t key[MAX_SET + 2] = {dx4, main_pr};
  if (n) memcpy(key + 2, set, n * sizeof *set);
  bool added = false;
  uint64_t *v = sw_map_at(&d->by_set, (sw_str){(const char *)key, (n + 2) * sizeof *key}, d->clusters.len, &added);
  if (!v) return false;
  *out = (uint32_t)*v;
  if (!added) return true;
  cluster c = {.dx4 = dx4, .first = (uint32_t)d->pool.len, .n = (uint32_t)n, .main_pr = main_pr, .group = SW_DIP_NONE, .op_class = top};
  for (size_t i = 0; i < n; ++i)
    if (!SW_VEC_PUSH(&d->pool, set[i])) return false;
  return SW_VEC_PUSH(&d->clusters, c);
}

sw_status sw_dip_deriver_add(sw_dip_deriver *d, const sw_dip_case *c, int32_t year, bool has_cc, bool has_mcc, sw_error *err) {
  ++d->offered;
  if (c->ndx == 0 || !sw_icd10_valid(sw_icd10_category(c->dx[0]))) {
    ++d->no_principal;
    return SW_OK;
  }
  if (c->cost_fen <= 0 || c->cost_fen >= INT64_C(1) << 46 || year < FIRST_YEAR || year >= FIRST_YEAR + ALL_YEARS - 1) {
    ++d->no_cost;
    return SW_OK;
  }
  uint32_t set[MAX_SET + 1], main_pr, dx4, at;
  uint8_t top;
  sw_str four = sw_icd10_four(c->dx[0]);
  char with_x[5];
  if (four.len == 3) { /* I10 and I10.x are one */
    memcpy(with_x, four.ptr, 3);
    with_x[3] = '.', with_x[4] = 'x';
    four = (sw_str){with_x, 5};
  }
  size_t n = operations(d, c, set, &main_pr, &top);
  if (!sw_icd_table_add(&d->dx4, four, &dx4) || !find_cluster(d, dx4, set, n, main_pr, top, &at)) return no_memory(err);
  int32_t los = c->los_days < 0 ? 0 : c->los_days > UINT16_MAX ? UINT16_MAX : c->los_days;
  kept k = {.cost_los = (uint64_t)c->cost_fen << 16 | (uint64_t)los, .cluster = at, .levels = (uint16_t)sw_dip_levels(c, has_cc, has_mcc),
            .year = (uint16_t)(year - FIRST_YEAR)};
  d->per_year[k.year]++;
  return SW_VEC_PUSH(&d->cases, k) ? SW_OK : no_memory(err);
}

/* --- finishing ------------------------------------------------------------------------------- */

typedef struct finish {
  sw_dip_deriver *d;
  sw_dip_derivation *r;
  int8_t slot[ALL_YEARS]; /* year → 0..2, oldest first; -1 not used */
  int64_t threshold;
  uint32_t *core_from, *core_to; /* by dx4: its core groups, in groups sorted by dx4 */
} finish;

static void choose_years(finish *f) {
  sw_dip_derivation *r = f->r;
  int found[SW_DIP_YEARS] = {0}, n = 0;
  memset(f->slot, -1, sizeof f->slot);
  for (int y = ALL_YEARS - 1; y >= 0; --y) {
    if (f->d->per_year[y] == 0) continue;
    if (n < SW_DIP_YEARS) found[n++] = y;
    else r->older += f->d->per_year[y];
  }
  for (int i = 0; i < n; ++i) {
    int y = found[n - 1 - i];
    f->slot[y] = (int8_t)i;
    r->years[i] = y + FIRST_YEAR;
    r->weights[i] = f->d->o.weights[SW_DIP_YEARS - n + i];
  }
  r->nyears = n;
  f->threshold = (int64_t)f->d->o.core_cases * (n ? n : 1);
}

/* Counts of keys made of a diagnosis and operations. */
static uint64_t *count_at(sw_map *m, uint32_t dx4, const uint32_t *set, size_t n) {
  uint32_t key[MAX_SET + 1] = {dx4};
  if (n) memcpy(key + 1, set, n * sizeof *set);
  return sw_map_at(m, (sw_str){(const char *)key, (n + 1) * sizeof *key}, 0, NULL);
}

static bool push_core(finish *f, uint32_t dx4, uint32_t first, uint32_t n, uint8_t cls, bool exact) {
  group g = {.dx4 = dx4, .first = first, .n = n, .op_class = cls, .exact = exact};
  return SW_VEC_PUSH(&f->d->groups, g);
}

/* Step 2: clusters that are large enough; a set may occur with several main operations, so sets are counted. The map's
 * value becomes group + 1 in the upper half, the count in the lower. */
static bool exact_cores(finish *f, sw_map *sets) {
  sw_dip_deriver *d = f->d;
  for (size_t i = 0; i < d->clusters.len; ++i) {
    const cluster *c = &d->clusters.items[i];
    uint64_t *v = count_at(sets, c->dx4, d->pool.items + c->first, c->n);
    if (!v) return false;
    *v += (uint64_t)c->cases;
  }
  for (size_t i = 0; i < d->clusters.len; ++i) {
    cluster *c = &d->clusters.items[i];
    uint64_t *v = count_at(sets, c->dx4, d->pool.items + c->first, c->n);
    if (!v) return false;
    if ((*v & UINT32_MAX) < (uint64_t)f->threshold) continue;
    if (*v >> 32 == 0) {
      if (!push_core(f, c->dx4, c->first, c->n, c->op_class, true)) return false;
      *v |= (uint64_t)d->groups.len << 32;
      ++f->r->core_exact;
    }
    c->group = (uint32_t)(*v >> 32) - 1;
  }
  return true;
}

/* Step 3: what is left, by diagnosis and main operation. */
static bool main_cores(finish *f, sw_map *sets) {
  sw_dip_deriver *d = f->d;
  sw_map mains = SW_MAP_INIT;
  bool ok = true;
  for (size_t i = 0; ok && i < d->clusters.len; ++i) {
    const cluster *c = &d->clusters.items[i];
    if (c->group != SW_DIP_NONE || c->main_pr == SW_ICD_NONE) continue;
    uint64_t *v = count_at(&mains, c->dx4, &c->main_pr, 1);
    if (v) *v += (uint64_t)c->cases;
    ok = v != NULL;
  }
  for (size_t i = 0; ok && i < mains.len; ++i) {
    uint32_t key[2];
    memcpy(key, mains.entries[i].key.ptr, sizeof key);
    uint64_t *same = count_at(sets, key[0], &key[1], 1);
    ok = same != NULL;
    if (!ok || *same >> 32 || mains.entries[i].value < (uint64_t)f->threshold) continue;
    uint32_t at = (uint32_t)d->pool.len;
    ok = SW_VEC_PUSH(&d->pool, key[1]) && push_core(f, key[0], at, 1, d->pr_class.items[key[1]], false);
    f->r->core_main += ok;
  }
  sw_map_fini(&mains);
  return ok;
}

typedef struct by_dx4 {
  uint32_t dx4, group;
} by_dx4;

static int cmp_dx4(const void *x, const void *y) {
  const by_dx4 *a = x, *b = y;
  if (a->dx4 != b->dx4) return a->dx4 < b->dx4 ? -1 : 1;
  return a->group < b->group ? -1 : a->group > b->group;
}

static bool contains(const sw_dip_deriver *d, const cluster *c, const group *g) {
  uint32_t k = 0;
  for (uint32_t i = 0; i < g->n; ++i) {
    uint32_t want = d->pool.items[g->first + i];
    while (k < c->n && d->pool.items[c->first + k] < want) ++k;
    if (k == c->n || d->pool.items[c->first + k] != want) return false;
  }
  return true;
}

/* Step 4, first half: the core group with most operations that the cluster contains; of equals the one of its main
 * operation, else the first made. */
static void contained_cores(finish *f, const by_dx4 *index, size_t n) {
  sw_dip_deriver *d = f->d;
  for (size_t i = 0; i < d->clusters.len; ++i) {
    cluster *c = &d->clusters.items[i];
    if (c->group != SW_DIP_NONE || c->n == 0) continue;
    uint32_t best_n = 0;
    for (uint32_t k = f->core_from[c->dx4]; k < n && index[k].dx4 == c->dx4; ++k) {
      const group *g = &d->groups.items[index[k].group];
      if (g->n == 0 || g->n < best_n || !contains(d, c, g)) continue;
      bool of_main = g->n == 1 && d->pool.items[g->first] == c->main_pr;
      if (g->n == best_n && !of_main) continue;
      best_n = g->n;
      c->group = index[k].group;
    }
  }
}

static bool place_contained(finish *f) {
  sw_dip_deriver *d = f->d;
  size_t n = d->groups.len;
  by_dx4 *index = malloc((n + 1) * sizeof *index);
  f->core_from = calloc(d->dx4.n + 1u, sizeof *f->core_from);
  bool ok = index && f->core_from;
  if (ok) {
    for (size_t i = 0; i < n; ++i) index[i] = (by_dx4){d->groups.items[i].dx4, (uint32_t)i};
    qsort(index, n, sizeof *index, cmp_dx4);
    for (uint32_t i = 0; i <= d->dx4.n; ++i) f->core_from[i] = (uint32_t)n;
    for (size_t i = n; i-- > 0;) f->core_from[index[i].dx4] = (uint32_t)i;
    contained_cores(f, index, n);
  }
  free(index);
  free(f->core_from);
  return ok;
}

static uint8_t pooled_class(uint8_t c) { return c == SW_DIP_INTERVENTION ? (uint8_t)SW_DIP_SURGERY : c; }

/* Step 4, second half: comprehensive groups, category prefixes of 3, 2 and 1 characters. */
static bool comprehensive(finish *f, size_t len) {
  sw_dip_deriver *d = f->d;
  sw_map counts = SW_MAP_INIT; /* prefix + class → count, then group + 1 in the upper half */
  bool ok = true;
  for (int pass = 0; ok && pass < 2; ++pass) {
    for (size_t i = 0; ok && i < d->clusters.len; ++i) {
      cluster *c = &d->clusters.items[i];
      if (c->group != SW_DIP_NONE || c->cases == 0) continue;
      char key[4];
      memcpy(key, sw_icd_table_code(&d->dx4, c->dx4).ptr, len);
      key[len] = (char)('0' + pooled_class(c->op_class));
      uint64_t *v = sw_map_at(&counts, (sw_str){key, len + 1}, 0, NULL);
      ok = v != NULL;
      if (!ok) break;
      if (pass == 0) {
        *v += (uint64_t)c->cases;
        continue;
      }
      if (len > 1 && (*v & UINT32_MAX) < (uint64_t)f->threshold) continue;
      if (*v >> 32 == 0) {
        group g = {.comprehensive = true, .op_class = pooled_class(c->op_class)};
        memcpy(g.prefix, key, len);
        ok = SW_VEC_PUSH(&d->groups, g);
        *v |= (uint64_t)d->groups.len << 32;
      }
      c->group = (uint32_t)(*v >> 32) - 1;
    }
  }
  sw_map_fini(&counts);
  return ok;
}

static group *group_of(const finish *f, const kept *k) { return &f->d->groups.items[f->d->clusters.items[k->cluster].group]; }

/* Steps 5 and 6. */
static void costs(finish *f) {
  sw_dip_deriver *d = f->d;
  sw_dip_derivation *r = f->r;
  for (size_t i = 0; i < d->cases.len; ++i) {
    const kept *k = &d->cases.items[i];
    if (f->slot[k->year] < 0) continue;
    group *g = group_of(f, k);
    g->cases++;
    g->raw_mean += (double)cost_of(k);
  }
  for (size_t i = 0; i < d->groups.len; ++i)
    if (d->groups.items[i].cases) d->groups.items[i].raw_mean /= (double)d->groups.items[i].cases;
  int64_t all[SW_DIP_YEARS] = {0};
  double sum_all[SW_DIP_YEARS] = {0};
  for (size_t i = 0; i < d->cases.len; ++i) {
    kept *k = &d->cases.items[i];
    int y = f->slot[k->year];
    if (y < 0) continue;
    group *g = group_of(f, k);
    bool low = (double)cost_of(k) < d->o.trim_low * g->raw_mean, high = (double)cost_of(k) > d->o.trim_high * g->raw_mean;
    r->trimmed_low += low;
    r->trimmed_high += high;
    if (low || high) {
      g->trimmed++;
      k->year = ALL_YEARS - 1; /* out of what follows: slot below */
      continue;
    }
    g->by_year[y]++;
    g->sum_year[y] += cost_of(k);
    g->los += (int64_t)(k->cost_los & UINT16_MAX);
    all[y]++;
    sum_all[y] += (double)cost_of(k);
  }
  double wsum = 0, w = 0;
  for (int y = 0; y < r->nyears; ++y)
    if (all[y]) {
      wsum += (double)r->weights[y] * (sum_all[y] / (double)all[y]);
      w += r->weights[y];
    }
  r->mean_fen = w > 0 ? wsum / w : 0;
}

static void group_means(finish *f) {
  for (size_t i = 0; i < f->d->groups.len; ++i) {
    group *g = &f->d->groups.items[i];
    double wsum = 0, w = 0;
    for (int y = 0; y < f->r->nyears; ++y) {
      g->kept += g->by_year[y];
      g->sum += g->sum_year[y];
      if (g->by_year[y] == 0) continue;
      wsum += (double)f->r->weights[y] * ((double)g->sum_year[y] / (double)g->by_year[y]);
      w += f->r->weights[y];
    }
    g->mean = w > 0 ? wsum / w : g->raw_mean;
    g->kept_mean = g->kept ? (double)g->sum / (double)g->kept : 0;
  }
}

/* Steps 8 and 9: one more pass over the kept cases. */
static void quality(finish *f) {
  sw_dip_deriver *d = f->d;
  sw_dip_derivation *r = f->r;
  double total = 0, within = 0, between_sum = 0, actual[SW_DIP_LEVELS] = {0}, expected[SW_DIP_LEVELS] = {0};
  int64_t n = 0;
  for (size_t i = 0; i < d->groups.len; ++i) {
    total += (double)d->groups.items[i].sum;
    n += d->groups.items[i].kept;
  }
  double grand = n ? total / (double)n : 0;
  for (size_t i = 0; i < d->cases.len; ++i) {
    const kept *k = &d->cases.items[i];
    if (f->slot[k->year] < 0) continue;
    group *g = group_of(f, k);
    double x = (double)cost_of(k), e = x - g->kept_mean;
    g->ss += e * e;
    between_sum += (x - grand) * (x - grand);
    for (uint32_t bits = k->levels; bits; bits &= bits - 1) {
      int l = __builtin_ctz(bits);
      r->levels[l].cases++;
      actual[l] += x;
      expected[l] += g->kept_mean;
    }
  }
  for (int l = 0; l < SW_DIP_LEVELS; ++l)
    if (r->levels[l].cases >= d->o.factor_cases && expected[l] > 0) r->levels[l].factor = actual[l] / expected[l];
  double cv_sum = 0;
  int64_t cv_cases = 0, below = 0;
  for (size_t i = 0; i < d->groups.len; ++i) {
    const group *g = &d->groups.items[i];
    within += g->ss;
    if (!g->comprehensive) r->core_cases += g->cases;
    if (g->kept < 2 || g->kept_mean <= 0) continue;
    double cv = sqrt(g->ss / (double)(g->kept - 1)) / g->kept_mean;
    cv_sum += cv * (double)g->kept;
    cv_cases += g->kept;
    if (cv < 1) below += g->kept;
  }
  r->riv = between_sum > 0 ? 1 - within / between_sum : 0;
  r->mean_cv = cv_cases ? cv_sum / (double)cv_cases : 0;
  r->cv_below_1 = cv_cases ? (double)below / (double)cv_cases : 0;
  r->core_share = r->used ? (double)r->core_cases / (double)r->used : 0;
}

/* --- the result ------------------------------------------------------------------------------ */

static int by_text(const void *x, const void *y) {
  const sw_dip_derived *a = x, *b = y;
  if (a->comprehensive != b->comprehensive) return a->comprehensive ? 1 : -1;
  int c = sw_str_cmp(a->dx, b->dx);
  if (c == 0) c = sw_str_cmp(a->procedures, b->procedures);
  return c ? c : (int)a->op_class - (int)b->op_class;
}

static int by_code_text(const void *x, const void *y) { return sw_str_cmp(*(const sw_str *)x, *(const sw_str *)y); }

static sw_str set_text(finish *f, const group *g) {
  sw_str codes[MAX_SET] = {{0}};
  for (uint32_t i = 0; i < g->n; ++i) codes[i] = sw_icd_table_code(&f->d->pr, f->d->pool.items[g->first + i]);
  qsort(codes, g->n, sizeof *codes, by_code_text);
  sw_buf b;
  sw_buf_init(&b, 1 << 14);
  for (uint32_t i = 0; i < g->n; ++i) {
    if (i) sw_buf_putc(&b, '+');
    sw_buf_str_put(&b, codes[i]);
  }
  sw_str out = sw_arena_dup(&f->r->mem, sw_buf_str(&b));
  sw_buf_fini(&b);
  return out;
}

static bool write_groups(finish *f) {
  sw_dip_derivation *r = f->r;
  r->groups = SW_ARENA_ARRAY(&r->mem, sw_dip_derived, f->d->groups.len + 1);
  if (!r->groups) return false;
  for (size_t i = 0; i < f->d->groups.len; ++i) {
    const group *g = &f->d->groups.items[i];
    if (g->cases == 0) continue; /* all of its cases went to larger sets, or were of older years */
    sw_dip_derived *o = &r->groups[r->ngroups++];
    o->dx = g->comprehensive ? sw_arena_dup(&r->mem, sw_str_of(g->prefix)) : sw_arena_dup(&r->mem, sw_icd_table_code(&f->d->dx4, g->dx4));
    o->procedures = g->comprehensive ? (sw_str){NULL, 0} : set_text(f, g);
    o->comprehensive = g->comprehensive;
    o->op_class = (sw_dip_class)g->op_class;
    o->cases = g->cases;
    o->trimmed = g->trimmed;
    memcpy(o->by_year, g->by_year, sizeof o->by_year);
    o->mean_fen = g->mean;
    o->mean_los = g->kept ? (double)g->los / (double)g->kept : 0;
    o->sd_fen = g->kept > 1 ? sqrt(g->ss / (double)(g->kept - 1)) : 0;
    o->cv = g->kept_mean > 0 ? o->sd_fen / g->kept_mean : 0;
    o->rw = r->mean_fen > 0 ? g->mean / r->mean_fen : 0;
    o->score_e4 = (int64_t)llround(o->rw * 1e7);
    r->ncore += !g->comprehensive;
  }
  qsort(r->groups, r->ngroups, sizeof *r->groups, by_text);
  return sw_arena_ok(&r->mem);
}

sw_status sw_dip_deriver_finish(sw_dip_deriver *d, sw_dip_derivation *out, sw_error *err) {
  *out = (sw_dip_derivation){.options = d->o, .offered = d->offered, .no_principal = d->no_principal, .no_cost = d->no_cost};
  finish f = {.d = d, .r = out};
  choose_years(&f);
  out->clusters = (int64_t)d->clusters.len;
  out->used = (int64_t)d->cases.len - out->older;
  for (size_t i = 0; i < d->cases.len; ++i)
    if (f.slot[d->cases.items[i].year] >= 0) d->clusters.items[d->cases.items[i].cluster].cases++;
  sw_map sets = SW_MAP_INIT;
  bool ok = exact_cores(&f, &sets) && main_cores(&f, &sets) && place_contained(&f);
  sw_map_fini(&sets);
  for (size_t len = 3; ok && len > 0; --len) ok = comprehensive(&f, len);
  if (ok) {
    f.slot[ALL_YEARS - 1] = -1; /* where costs() puts what it trims */
    costs(&f);
    group_means(&f);
    quality(&f);
    ok = write_groups(&f);
  }
  if (ok) return SW_OK;
  sw_dip_derivation_fini(out);
  return no_memory(err);
}

void sw_dip_derivation_fini(sw_dip_derivation *r) {
  sw_arena_fini(&r->mem);
  *r = (sw_dip_derivation){0};
}
