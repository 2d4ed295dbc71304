#include "identity/train.h"

#include "base/hash.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/vec.h"
#include "identity/em.h"
#include "identity/frequency.h"

#include <math.h>
#include <stdlib.h>

enum { RANDOM_PAIRS = 200000, SEED_PAIRS = 100000, DRAWS = 8000, SEEN = 60000, SEED_FAMILIES = 6 };

typedef struct example {
  uint64_t pattern, agree; /* agree: a bit a feature */
} example;

typedef SW_VEC(example) examples;

typedef struct trainer {
  const sw_link_store *s;
  const sw_link_spec *spec;
  sw_link_model *m;
  size_t threads;
  double observed[SW_LINK_PLACES][SW_LINK_LEVELS]; /* shares of levels among random pairs */
  double random_pairs;
  double collision[SW_LINK_FEATURES];              /* chance that two records share a feature */
  double share[SW_LINK_FEATURES];                  /* chance that a true pair does, while nothing is learned */
  uint64_t *seen[SW_LINK_FIELDS];                  /* features that likely true pairs shared, by field they were free in */
  size_t nseen[SW_LINK_FIELDS];
  uint64_t *draws;                                 /* simulated true pairs: features they share */
  sw_link_patterns workers[SW_LINK_WORKERS];
  examples seeds[SW_LINK_FAMILIES][SW_LINK_WORKERS];
  bool failed;
} trainer;

static size_t places(const trainer *t) { return t->s->nfields + 1; }
static size_t levels_at(const trainer *t, size_t p) { return p < t->s->nfields ? sw_link_kind_levels(t->s->slots[p].kind) : 2; }

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory"); }

/* --- u -------------------------------------------------------------------------------------------- */

static void note_levels(trainer *t, uint64_t pattern, double count, double sums[SW_LINK_PLACES][SW_LINK_LEVELS]) {
  /* In place only: what crosswise agreement would add is not what two strangers show in one column. */
  bool crosswise = sw_link_pattern_level(pattern, t->s->nfields) == 1;
  for (size_t p = 0; p < t->s->nfields; p++) {
    unsigned l = sw_link_pattern_level(pattern, p);
    if (l == SW_LINK_ABSENT || (crosswise && ((int)p == t->s->given_field || (int)p == t->s->surname_field))) continue;
    sums[p][l] += count;
  }
}

static void observe(trainer *t, double sums[SW_LINK_PLACES][SW_LINK_LEVELS]) {
  for (size_t p = 0; p < t->s->nfields; p++) {
    double total = 0;
    for (size_t l = 0; l < SW_LINK_LEVELS; l++) total += sums[p][l];
    for (size_t l = 0; l < SW_LINK_LEVELS; l++) t->observed[p][l] = total > 0 ? sums[p][l] / total : 0;
    if (t->m->collision[p] > 0) t->observed[p][0] = t->m->collision[p];
  }
}

/* u: what is observed less what true pairs bring, never below a small part of it nor below what the sample can tell. */
static void set_u(trainer *t, double lambda) {
  for (size_t p = 0; p < t->s->nfields; p++) {
    double total = 0;
    for (size_t l = 0; l < levels_at(t, p); l++) {
      double seen = t->observed[p][l], u = seen - lambda * t->m->m[p][l];
      double least = l == 0 ? seen / 64 : seen / 16;
      double resolution = l == 0 ? ldexp(1, -26) : 0.5 / t->random_pairs;
      /* A near agreement on something nearly unique is rare too: no rarer than a few dozen neighbours of it. */
      if (l > 0 && t->m->u[p][0] * 32 > 0 && t->m->u[p][0] * 32 < resolution) resolution = t->m->u[p][0] * 32;
      if (u < least) u = least;
      if (u < resolution) u = resolution;
      t->m->u[p][l] = u;
      total += u;
    }
    for (size_t l = 0; l < levels_at(t, p); l++) t->m->u[p][l] /= total > 0 ? total : 1;
    t->m->rho[p] = t->observed[p][0] > 0 ? t->m->u[p][0] / t->observed[p][0] : 1;
    if (t->m->rho[p] > 1) t->m->rho[p] = 1;
  }
  t->m->u[t->s->nfields][0] = t->m->u[t->s->nfields][1] = 0.5;
}

static void sample_random_pairs(trainer *t) {
  double sums[SW_LINK_PLACES][SW_LINK_LEVELS] = {{0}};
  sw_rng r = sw_rng_of(t->spec->seed, 0x0a11);
  for (int i = 0; i < RANDOM_PAIRS; i++) {
    uint64_t a = sw_rng_below(&r, t->s->n), b = sw_rng_below(&r, t->s->n);
    if (a == b) continue;
    note_levels(t, sw_link_compare(t->s, sw_link_row(t->s, a), sw_link_row(t->s, b)), 1, sums);
  }
  t->random_pairs = RANDOM_PAIRS;
  observe(t, sums);
}

/* --- EM ------------------------------------------------------------------------------------------- */

static void start_m(trainer *t) {
  for (size_t p = 0; p < t->s->nfields; p++) sw_link_default_m(t->s->slots[p].kind, t->m->m[p]);
  t->m->m[t->s->nfields][0] = 0.9;
  t->m->m[t->s->nfields][1] = 0.1;
}

static sw_link_em em_of(const trainer *t, uint64_t skip, double lambda) {
  sw_link_em e = {.places = places(t), .skip = skip, .lambda = lambda};
  for (size_t p = 0; p < places(t); p++) e.levels[p] = (uint8_t)levels_at(t, p);
  memcpy(e.m, t->m->m, sizeof e.m);
  memcpy(e.u, t->m->u, sizeof e.u);
  return e;
}

static void take_pair(void *ctx, size_t worker, size_t family, uint32_t a, uint32_t b) {
  trainer *t = ctx;
  (void)family;
  sw_link_patterns_add(&t->workers[worker], sw_link_compare(t->s, sw_link_row(t->s, a), sw_link_row(t->s, b)), 1);
}

static sw_status train_on_all(trainer *t, const sw_cancel *cancel, sw_error *err) {
  sw_link_block_stats stats;
  if (sw_link_block_all(t->s, t->threads, take_pair, t, &stats, cancel, err)) return err ? err->status : SW_E_CANCELLED;
  sw_link_patterns all = {0};
  for (size_t w = 0; w < SW_LINK_WORKERS; w++) {
    sw_link_patterns_merge(&all, &t->workers[w]);
    sw_link_patterns_fini(&t->workers[w]);
  }
  if (all.failed) {
    sw_link_patterns_fini(&all);
    return no_memory(err);
  }
  double sums[SW_LINK_PLACES][SW_LINK_LEVELS] = {{0}};
  for (size_t i = 0; i < all.n; i++) note_levels(t, all.items[i].pattern, all.items[i].count, sums);
  t->random_pairs = t->m->pairs;
  observe(t, sums);
  double lambda = (double)t->s->n / t->m->pairs;
  if (lambda > 0.25) lambda = 0.25;
  set_u(t, 0);
  double start[SW_LINK_PLACES][SW_LINK_LEVELS];
  memcpy(start, t->m->m, sizeof start);
  for (int round = 0; round < 30; round++) {
    sw_link_em e = em_of(t, 0, lambda);
    memcpy(e.m, t->m->m, sizeof e.m);
    sw_link_em_run(&e, &all, 4);
    double change = fabs(e.lambda - lambda) / lambda;
    lambda = e.lambda;
    memcpy(t->m->m, e.m, sizeof e.m);
    set_u(t, lambda);
    if (change < 1e-4 && round > 4) break;
  }
  t->m->matches = lambda * t->m->pairs;
  sw_link_patterns_fini(&all);
  return SW_OK;
}

/* --- blocked training ----------------------------------------------------------------------------- */

static void take_example(void *ctx, size_t worker, size_t family, uint32_t a, uint32_t b) {
  trainer *t = ctx;
  const uint32_t *x = sw_link_row(t->s, a), *y = sw_link_row(t->s, b);
  example e = {.pattern = sw_link_compare(t->s, x, y)};
  for (size_t f = 0; f < t->m->nfeatures; f++) {
    uint32_t v = sw_link_feature_value(t->s, &t->m->features[f], x);
    if (v && v == sw_link_feature_value(t->s, &t->m->features[f], y)) e.agree |= (uint64_t)1 << f;
  }
  if (!SW_VEC_PUSH(&t->seeds[family][worker], e)) t->failed = true;
}

static uint64_t fields_of(const trainer *t, const sw_link_family *fam) {
  uint64_t skip = 0;
  for (size_t i = 0; i < fam->n; i++) {
    const sw_link_feature *f = &t->m->features[fam->feature[i]];
    skip |= (uint64_t)1 << f->field;
    if (f->what == SW_LINK_F_FULL_NAME) skip |= (uint64_t)1 << t->s->surname_field;
  }
  /* Crosswise names are told by both halves. */
  if (t->s->given_field >= 0 && (skip >> t->s->given_field & 1 || skip >> t->s->surname_field & 1)) skip |= (uint64_t)1 << t->s->nfields;
  return skip;
}

/* One family's pairs, sampled so that there are about as many as wanted. */
static sw_status gather(trainer *t, size_t k, const sw_link_family *fam, double expected, double *scale, sw_link_block_stats *stats,
                        const sw_cancel *cancel, sw_error *err) {
  uint32_t sample = expected > SEED_PAIRS ? (uint32_t)(expected / SEED_PAIRS) : 1;
  sw_link_family one[SW_LINK_FAMILIES] = {*fam};
  sw_link_block_plan plan = {.features = t->m->features, .nfeatures = t->m->nfeatures, .families = one, .nfamilies = 1,
                             .sample = sample, .threads = t->threads, .pair_limit = 4.0 * SEED_PAIRS};
  *scale = sample;
  sw_status st = sw_link_block_run(t->s, &plan, take_example, t, stats, cancel, err);
  if (st == SW_OK && k > 0)
    for (size_t w = 0; w < SW_LINK_WORKERS; w++) {
      SW_VEC_FREE(&t->seeds[k][w]);
      memcpy(&t->seeds[k][w], &t->seeds[0][w], sizeof t->seeds[0][w]);
      memset(&t->seeds[0][w], 0, sizeof t->seeds[0][w]);
    }
  return st;
}

typedef struct learned {
  double m[SW_LINK_PLACES][SW_LINK_LEVELS], weight[SW_LINK_PLACES];
  double matches[SW_LINK_FAMILIES]; /* expected true pairs of each seed family in the whole file */
} learned;

static void learn_from(trainer *t, size_t k, const sw_link_family *fam, double scale, learned *out) {
  sw_link_patterns p = {0};
  double n = 0;
  for (size_t w = 0; w < SW_LINK_WORKERS; w++)
    for (size_t i = 0; i < t->seeds[k][w].len; i++) sw_link_patterns_add(&p, t->seeds[k][w].items[i].pattern, 1), n++;
  uint64_t skip = fields_of(t, fam);
  sw_link_em e = em_of(t, skip, 0.3);
  e.free_u = true;
  if (n > 0) sw_link_em_run(&e, &p, 60);
  out->matches[k] = e.matches * scale;
  for (size_t pl = 0; pl < places(t); pl++) {
    if (skip >> pl & 1) continue;
    for (size_t l = 0; l < levels_at(t, pl); l++) out->m[pl][l] += e.m[pl][l] * e.weight[pl];
    out->weight[pl] += e.weight[pl];
  }
  for (size_t w = 0; w < SW_LINK_WORKERS; w++)
    for (size_t i = 0; i < t->seeds[k][w].len; i++) {
      const example *x = &t->seeds[k][w].items[i];
      double g = sw_link_em_posterior(&e, x->pattern);
      if (g < 0.5) continue;
      for (size_t f = 0; f < t->s->nfields; f++)
        if (!(skip >> f & 1) && t->nseen[f] < SEEN) t->seen[f][t->nseen[f]++] = x->agree;
    }
  sw_link_patterns_fini(&p);
}

/* Simulated true pairs: each field shares what the same field of some likely true pair shared (that was not found by
 * this field), or, before any is known, what is usual. Features of one field are nested: what shares the whole value shares
 * its sound; so one number a field decides all of them. */
static void draw_usual(const trainer *t, sw_rng *r, uint64_t *out) {
  double unit[SW_LINK_FIELDS][SW_LINK_ALTERNATIVES];
  for (size_t f = 0; f < t->s->nfields; f++)
    for (size_t a = 0; a < SW_LINK_ALTERNATIVES; a++) unit[f][a] = sw_rng_unit(r);
  *out = 0;
  for (size_t f = 0; f < t->m->nfeatures; f++) {
    const sw_link_feature *x = &t->m->features[f];
    double v = unit[x->field][x->alternative];
    if (x->what == SW_LINK_F_FULL_NAME && unit[t->s->surname_field][0] > v) v = unit[t->s->surname_field][0]; /* both halves must be whole */
    *out |= v < t->share[f] ? (uint64_t)1 << f : 0;
  }
}

static void draw(trainer *t) {
  sw_rng r = sw_rng_of(t->spec->seed, 0xd4a3);
  uint64_t mask[SW_LINK_FIELDS] = {0};
  for (size_t f = 0; f < t->m->nfeatures; f++) mask[t->m->features[f].field] |= (uint64_t)1 << f;
  for (size_t i = 0; i < DRAWS; i++) {
    uint64_t usual;
    draw_usual(t, &r, &usual);
    t->draws[i] = 0;
    for (size_t f = 0; f < t->s->nfields; f++) {
      uint64_t pick = sw_rng_u64(&r);
      t->draws[i] |= mask[f] & (t->nseen[f] >= 30 ? t->seen[f][pick % t->nseen[f]] : usual);
    }
  }
}

static uint64_t mask_of(const sw_link_family *fam) {
  uint64_t m = 0;
  for (size_t i = 0; i < fam->n; i++) m |= (uint64_t)1 << fam->feature[i];
  return m;
}

static double recall_of(const trainer *t, uint64_t mask) {
  size_t hit = 0;
  for (size_t i = 0; i < DRAWS; i++) hit += (t->draws[i] & mask) == mask;
  return (double)hit / DRAWS;
}

typedef struct candidate {
  sw_link_family family;
  double pairs;
} candidate;

static bool distinct_fields(const trainer *t, const sw_link_family *fam) {
  for (size_t i = 0; i < fam->n; i++)
    for (size_t j = i + 1; j < fam->n; j++) {
      const sw_link_feature *a = &t->m->features[fam->feature[i]], *b = &t->m->features[fam->feature[j]];
      if (a->field == b->field) return false;
      bool full = a->what == SW_LINK_F_FULL_NAME || b->what == SW_LINK_F_FULL_NAME;
      if (full && ((int)a->field == t->s->surname_field || (int)b->field == t->s->surname_field)) return false;
      if ((a->what == SW_LINK_F_YEAR || a->what == SW_LINK_F_MONTH_DAY) && t->s->slots[b->field].kind == SW_LINK_CITIZEN_ID) return false;
    }
  return true;
}

/* Pairs of a family, counted in a sample of the records. */
static double pairs_in_sample(const trainer *t, const sw_link_family *fam, uint64_t *v, uint64_t *scratch, size_t n, size_t stride) {
  size_t k = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t key = sw_link_family_key(t->s, t->m->features, fam, sw_link_row(t->s, i * stride));
    if (key) v[k++] = (uint64_t)key << 32;
  }
  sw_link_radix_sort(v, scratch, k);
  double pairs = 0;
  for (size_t i = 0; i < k;) {
    size_t e = i + 1;
    while (e < k && v[e] == v[i]) e++;
    double c = (double)(e - i), cap = SW_LINK_BLOCK_CAP;
    /* A hub is divided: it costs about what its records cost. */
    pairs += c > cap ? c * cap / 2 : c * (c - 1) / 2;
    i = e;
  }
  double scale = (double)t->s->n / (double)n;
  return pairs * scale * scale;
}

typedef SW_VEC(candidate) candidates;

static bool consider(const trainer *t, candidates *out, sw_link_family fam, double most) {
  if (!distinct_fields(t, &fam)) return true;
  double p = t->m->pairs;
  for (size_t i = 0; i < fam.n; i++) p *= t->collision[fam.feature[i]];
  if (p > most) return true;
  return SW_VEC_PUSH(out, ((candidate){fam, p}));
}

/* Families of one, two and, where two do not suffice, three features whose expected pairs are within `most`. */
static bool list_candidates(const trainer *t, candidates *out, double most) {
  size_t n = t->m->nfeatures;
  bool ok = true;
  for (size_t i = 0; i < n; i++) {
    ok = ok && consider(t, out, (sw_link_family){{(uint8_t)i, 0, 0}, 1}, most);
    for (size_t j = i + 1; j < n; j++) {
      ok = ok && consider(t, out, (sw_link_family){{(uint8_t)i, (uint8_t)j, 0}, 2}, most);
      if (t->m->pairs * t->collision[i] * t->collision[j] <= most) continue;
      for (size_t k = j + 1; k < n && out->len < 20000; k++)
        ok = ok && consider(t, out, (sw_link_family){{(uint8_t)i, (uint8_t)j, (uint8_t)k}, 3}, most);
    }
  }
  return ok;
}

/* Greedy: the most new recall for its pairs, until the recall is reached, the budget spent or nothing helps. */
static sw_status choose(trainer *t, double recall, double budget, sw_link_family out[SW_LINK_FAMILIES], double pairs[SW_LINK_FAMILIES], size_t *nout,
                        size_t max_families, sw_error *err) {
  candidates list = {0};
  *nout = 0;
  size_t sample = t->s->n < 30000 ? t->s->n : 30000, stride = t->s->n / sample;
  uint64_t *v = malloc(sample * 2 * sizeof *v);
  bool *covered = calloc(DRAWS, sizeof *covered);
  if (!v || !covered || !list_candidates(t, &list, budget)) {
    free(v);
    free(covered);
    SW_VEC_FREE(&list);
    return no_memory(err);
  }
  bool *measured = calloc(list.len + 1, 1);
  double spent = 0, have = 0;
  /* Small files take what recall there is to have; large ones stop when it is reached. */
  bool generous = t->s->n <= 200000;
  while (measured && *nout < max_families && (have < recall || generous)) {
    size_t best = SIZE_MAX;
    double best_value = 0;
    for (size_t c = 0; c < list.len; c++) {
      if (list.items[c].pairs > budget - spent) continue;
      uint64_t mask = mask_of(&list.items[c].family);
      size_t fresh = 0;
      for (size_t i = 0; i < DRAWS; i++) fresh += !covered[i] && (t->draws[i] & mask) == mask;
      /* Nothing new, or thousands of pairs for each true one that it would add. */
      if (fresh == 0 || (list.items[c].pairs > 2e6 && list.items[c].pairs > 2000 * (double)fresh / DRAWS * t->m->matches && t->m->matches > 0)) continue;
      /* New recall for its cost: its pairs, and the sorting of all records by its key. */
      double value = (double)fresh / ((generous ? 0.05 : 1.0) * list.items[c].pairs + (0.5 + 0.1 * list.items[c].family.n) * (double)t->s->n);
      if (value > best_value) best_value = value, best = c;
    }
    if (best == SIZE_MAX) break;
    candidate *b = &list.items[best];
    if (!measured[best]) { /* independence was assumed; now it is counted */
      b->pairs = pairs_in_sample(t, &b->family, v, v + sample, sample, stride);
      measured[best] = true;
      continue;
    }
    uint64_t mask = mask_of(&b->family);
    size_t now = 0;
    for (size_t i = 0; i < DRAWS; i++) {
      covered[i] = covered[i] || (t->draws[i] & mask) == mask;
      now += covered[i];
    }
    have = (double)now / DRAWS;
    spent += b->pairs;
    pairs[*nout] = b->pairs;
    out[(*nout)++] = b->family;
  }
  t->m->recall = have;
  free(measured);
  free(v);
  free(covered);
  SW_VEC_FREE(&list);
  return SW_OK;
}

static void assume_shares(trainer *t) {
  static const double usual[SW_LINK_F_WHATS] = {0.75, 0.85, 0.65, 0.85, 0.8, 0.8, 0.85, 0.85, 0.85};
  for (size_t f = 0; f < t->m->nfeatures; f++) {
    double cover = (double)t->m->present[t->m->features[f].field] / (double)t->s->n;
    t->share[f] = usual[t->m->features[f].what] * cover * cover;
  }
}

static double budget_of(const trainer *t) {
  double per = t->spec->pairs_per_record > 0 ? t->spec->pairs_per_record : 30;
  return per * (double)t->s->n + 100000;
}

static void merge_learned(trainer *t, const learned *l, const sw_link_family *fams, size_t n) {
  for (size_t p = 0; p < places(t); p++) {
    if (l->weight[p] < 1) continue;
    for (size_t k = 0; k < levels_at(t, p); k++) t->m->m[p][k] = l->m[p][k] / l->weight[p];
  }
  draw(t);
  /* How many true pairs there are: those of a family over the part of them that it can see. The families with most of
   * them say it best. */
  double weighted = 0, weights = 0;
  for (size_t k = 0; k < n; k++) {
    double r = recall_of(t, mask_of(&fams[k]));
    if (r < 0.02) continue;
    weighted += l->matches[k] / r * l->matches[k];
    weights += l->matches[k];
  }
  t->m->matches = weights > 0 ? weighted / weights : 0;
}

static sw_status train_on_blocks(trainer *t, const sw_cancel *cancel, const sw_events *events, sw_error *err) {
  sw_link_family fams[SW_LINK_FAMILIES];
  double pairs[SW_LINK_FAMILIES];
  size_t n;
  for (size_t f = 0; f < t->s->nfields; f++) {
    t->seen[f] = malloc(SEEN * sizeof **t->seen);
    if (!t->seen[f]) return no_memory(err);
  }
  sample_random_pairs(t);
  set_u(t, 0);
  assume_shares(t);
  draw(t);
  /* Seeds need variety more than recall: every field must be left out by some family. */
  if (choose(t, 0.9999, budget_of(t), fams, pairs, &n, SEED_FAMILIES, err)) return err ? err->status : SW_E_NOMEM;
  learned l = {.matches = {0}};
  for (size_t k = 0; k < n; k++) {
    double scale;
    sw_link_block_stats stats;
    if (gather(t, k, &fams[k], pairs[k], &scale, &stats, cancel, err)) return err ? err->status : SW_E_NOMEM;
    if (t->failed) return no_memory(err);
    learn_from(t, k, &fams[k], scale, &l);
    for (size_t w = 0; w < SW_LINK_WORKERS; w++) {
      SW_VEC_FREE(&t->seeds[k][w]);
      SW_VEC_FREE(&t->seeds[0][w]);
    }
    sw_emit_progress(events, "identity", (int64_t)k + 1, (int64_t)n, "families");
  }
  merge_learned(t, &l, fams, n);
  set_u(t, t->m->matches / t->m->pairs);
  double recall = t->spec->recall > 0 ? t->spec->recall : 0.9998;
  if (choose(t, recall, budget_of(t), t->m->families, t->m->family_pairs, &t->m->nfamilies, SW_LINK_FAMILIES, err)) return err ? err->status : SW_E_NOMEM;
  for (size_t k = 0; k < t->m->nfamilies; k++) t->m->family_recall[k] = recall_of(t, mask_of(&t->m->families[k]));
  return SW_OK;
}

/* Chance that two records share a feature, from a sample. */
static sw_status feature_collisions(trainer *t, sw_error *err) {
  size_t sample = t->s->n < 50000 ? t->s->n : 50000, stride = t->s->n / sample;
  uint64_t *v = malloc(sample * 2 * sizeof *v);
  if (!v) return no_memory(err);
  for (size_t f = 0; f < t->m->nfeatures; f++) {
    size_t k = 0;
    for (size_t i = 0; i < sample; i++) {
      uint32_t x = sw_link_feature_value(t->s, &t->m->features[f], sw_link_row(t->s, i * stride));
      if (x) v[k++] = (uint64_t)x << 32;
    }
    sw_link_radix_sort(v, v + sample, k);
    double pairs = 1e-3;
    for (size_t i = 0; i < k;) {
      size_t e = i + 1;
      while (e < k && v[e] == v[i]) e++;
      double c = (double)(e - i);
      pairs += c * (c - 1) / 2;
      i = e;
    }
    t->collision[f] = pairs / ((double)sample * ((double)sample - 1) / 2 + 1);
  }
  free(v);
  return SW_OK;
}

static void trainer_fini(trainer *t) {
  free(t->draws);
  for (size_t f = 0; f < SW_LINK_FIELDS; f++) free(t->seen[f]);
  for (size_t w = 0; w < SW_LINK_WORKERS; w++) {
    sw_link_patterns_fini(&t->workers[w]);
    for (size_t k = 0; k < SW_LINK_FAMILIES; k++) SW_VEC_FREE(&t->seeds[k][w]);
  }
  free(t);
}

sw_status sw_link_train(const sw_link_store *s, const sw_link_spec *spec, size_t threads, sw_link_model *out, const sw_cancel *cancel,
                        const sw_events *events, sw_error *err) {
  memset(out, 0, sizeof *out);
  out->nfields = s->nfields;
  out->records = (int64_t)s->n;
  double n = (double)s->n;
  out->pairs = n < 2 ? 1 : n * (n - 1) / 2;
  if (sw_link_count_values(out, s, err)) return err ? err->status : SW_E_NOMEM;
  trainer *t = calloc(1, sizeof *t);
  if (t) t->draws = calloc(DRAWS, sizeof *t->draws);
  if (!t || !t->draws) {
    free(t);
    return no_memory(err);
  }
  t->s = s;
  t->spec = spec;
  t->m = out;
  t->threads = threads;
  out->nfeatures = sw_link_features(s, out->features);
  start_m(t);
  sw_status st = SW_OK;
  if (s->n >= 2) {
    st = feature_collisions(t, err);
    if (st == SW_OK) st = out->pairs <= SW_LINK_ALL_PAIRS ? train_on_all(t, cancel, err) : train_on_blocks(t, cancel, events, err);
  } else {
    t->random_pairs = 1;
    set_u(t, 0);
  }
  if (out->nfamilies == 0) out->recall = 1;
  trainer_fini(t);
  return st == SW_OK ? sw_link_model_finish(out, s, spec, err) : st;
}
