#include "identity/block.h"

#include "base/pool.h"
#include "base/vec.h"

#include <stdlib.h>

void sw_link_radix_sort(uint64_t *v, uint64_t *scratch, size_t n) {
  enum { BITS = 11, SIZE = 1 << BITS, PASSES = 3 };
  size_t (*count)[SIZE] = calloc(PASSES, sizeof *count);
  if (!count) { /* no memory for three tables: slow, but right */
    for (size_t i = 1; i < n; i++)
      for (size_t j = i; j > 0 && v[j - 1] >> 32 > v[j] >> 32; j--) {
        uint64_t t = v[j];
        v[j] = v[j - 1];
        v[j - 1] = t;
      }
    return;
  }
  for (size_t i = 0; i < n; i++)
    for (int p = 0; p < PASSES; p++) count[p][v[i] >> (32 + BITS * p) & (SIZE - 1)]++;
  uint64_t *from = v, *to = scratch;
  for (int p = 0; p < PASSES; p++) {
    size_t at = 0;
    for (size_t b = 0; b < SIZE; b++) {
      size_t c = count[p][b];
      count[p][b] = at;
      at += c;
    }
    for (size_t i = 0; i < n; i++) to[count[p][from[i] >> (32 + BITS * p) & (SIZE - 1)]++] = from[i];
    uint64_t *t = from;
    from = to;
    to = t;
  }
  if (from != v) memcpy(v, from, n * sizeof *v);
  free(count);
}

typedef struct hub_key {
  uint32_t key;
} hub_key;

typedef struct blocks {
  const sw_link_store *s;
  const sw_link_block_plan *plan;
  sw_link_pair_fn fn;
  void *ctx;
  uint32_t *keys;    /* n × nfamilies */
  uint64_t *sorted, *scratch;
  size_t nsorted;
  size_t family;     /* being walked */
  size_t cap;
  SW_VEC(hub_key) hubs[SW_LINK_FAMILIES]; /* by key, ascending */
  sw_link_feature refine[SW_LINK_REFINEMENTS];
  size_t nrefine;
  int64_t pairs[SW_LINK_WORKERS];
  size_t parts;      /* the sorted array is walked in this many parts */
} blocks;

static uint32_t key_of(const blocks *b, uint32_t r, size_t f) { return b->keys[(size_t)r * b->plan->nfamilies + f]; }

static bool in_family(const blocks *b, size_t family, size_t field) {
  const sw_link_family *fam = &b->plan->families[family];
  for (size_t i = 0; i < fam->n; i++)
    if (b->plan->features[fam->feature[i]].field == field) return true;
  return false;
}

static bool is_hub(const blocks *b, size_t family, uint32_t key) {
  size_t lo = 0, hi = b->hubs[family].len;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (b->hubs[family].items[mid].key < key) {
      lo = mid + 1;
    } else {
      hi = mid;
    }
  }
  return lo < b->hubs[family].len && b->hubs[family].items[lo].key == key;
}

/* Do two members of a hub share a whole value of a field outside its family? */
static bool refined_together(const blocks *b, size_t family, uint32_t x, uint32_t y) {
  const uint32_t *rx = sw_link_row(b->s, x), *ry = sw_link_row(b->s, y);
  for (size_t i = 0; i < b->nrefine; i++) {
    if (in_family(b, family, b->refine[i].field)) continue;
    uint32_t v = sw_link_feature_value(b->s, &b->refine[i], rx);
    if (v && v == sw_link_feature_value(b->s, &b->refine[i], ry)) return true;
  }
  return false;
}

/* True when an earlier family hands the pair out. */
static bool seen_before(const blocks *b, uint32_t x, uint32_t y) {
  const uint32_t *kx = b->keys + (size_t)x * b->plan->nfamilies, *ky = b->keys + (size_t)y * b->plan->nfamilies;
  for (size_t f = 0; f < b->family; f++) {
    if (kx[f] == 0 || kx[f] != ky[f]) continue;
    if (!is_hub(b, f, kx[f]) || refined_together(b, f, x, y)) return true;
  }
  return false;
}

static void hand_out(blocks *b, size_t worker, uint32_t x, uint32_t y) {
  if (seen_before(b, x, y)) return;
  b->pairs[worker]++;
  b->fn(b->ctx, worker, b->family, x < y ? x : y, x < y ? y : x);
}

static uint32_t record_at(const blocks *b, size_t i) { return (uint32_t)b->sorted[i]; }

static void walk_block(blocks *b, size_t worker, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    for (size_t j = i + 1; j < to; j++) hand_out(b, worker, record_at(b, i), record_at(b, j));
}

/* --- hubs ----------------------------------------------------------------------------------------- */

typedef struct member {
  uint32_t value, record;
  const uint32_t *row;
} member;

static int by_value_then_row(const void *p, const void *q, void *words) {
  const member *x = p, *y = q;
  if (x->value != y->value) return x->value < y->value ? -1 : 1;
  int c = memcmp(x->row, y->row, *(const size_t *)words * sizeof *x->row);
  return c ? c : x->record < y->record ? -1 : x->record > y->record;
}

/* A pair of a hub belongs to the first refinement that the two share. */
static bool refined_before(const blocks *b, size_t refinement, const member *x, const member *y) {
  for (size_t i = 0; i < refinement; i++) {
    if (in_family(b, b->family, b->refine[i].field)) continue;
    uint32_t v = sw_link_feature_value(b->s, &b->refine[i], x->row);
    if (v && v == sw_link_feature_value(b->s, &b->refine[i], y->row)) return true;
  }
  return false;
}

static void walk_group(blocks *b, size_t worker, size_t refinement, const member *m, size_t n) {
  size_t reach = n > b->cap ? SW_LINK_WINDOW : n;
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n && j <= i + reach; j++)
      if (!refined_before(b, refinement, &m[i], &m[j])) hand_out(b, worker, m[i].record, m[j].record);
}

static bool walk_hub(blocks *b, size_t worker, size_t from, size_t to) {
  size_t n = to - from;
  member *m = malloc(n * sizeof *m);
  if (!m) return false;
  size_t words = b->s->words;
  for (size_t r = 0; r < b->nrefine; r++) {
    if (in_family(b, b->family, b->refine[r].field)) continue;
    size_t k = 0;
    for (size_t i = from; i < to; i++) {
      const uint32_t *row = sw_link_row(b->s, record_at(b, i));
      uint32_t v = sw_link_feature_value(b->s, &b->refine[r], row);
      if (v) m[k++] = (member){v, record_at(b, i), row};
    }
    qsort_r(m, k, sizeof *m, by_value_then_row, &words);
    for (size_t i = 0; i < k;) {
      size_t e = i + 1;
      while (e < k && m[e].value == m[i].value) e++;
      if (e - i > 1) walk_group(b, worker, r, m + i, e - i);
      i = e;
    }
  }
  free(m);
  return true;
}

/* --- walking -------------------------------------------------------------------------------------- */

static size_t block_end(const blocks *b, size_t i) {
  uint64_t key = b->sorted[i] >> 32;
  size_t e = i + 1;
  while (e < b->nsorted && b->sorted[e] >> 32 == key) e++;
  return e;
}

/* The first block that begins at or after position i. */
static size_t block_from(const blocks *b, size_t i) {
  if (i == 0 || i >= b->nsorted) return i < b->nsorted ? i : b->nsorted;
  while (i < b->nsorted && b->sorted[i] >> 32 == b->sorted[i - 1] >> 32) i++;
  return i;
}

/* Records of coming blocks, and what their rows point to, are called into the cache before their turn. Records that are
 * alone under their key are not. */
static void fetch_ahead(const blocks *b, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    size_t far = i + 64, near = i + 24;
    if (far + 1 < b->nsorted && (b->sorted[far] >> 32 == b->sorted[far + 1] >> 32 || b->sorted[far] >> 32 == b->sorted[far - 1] >> 32)) {
      const uint32_t *row = sw_link_row(b->s, record_at(b, far));
      __builtin_prefetch(row);
      __builtin_prefetch(row + b->s->words - 1);
      if (b->family) __builtin_prefetch(b->keys + (size_t)record_at(b, far) * b->plan->nfamilies);
    }
    if (near + 1 < b->nsorted && (b->sorted[near] >> 32 == b->sorted[near + 1] >> 32 || b->sorted[near] >> 32 == b->sorted[near - 1] >> 32))
      sw_link_prefetch(b->s, sw_link_row(b->s, record_at(b, near)));
  }
}

static sw_status walk_part(void *ctx, size_t index, const sw_cancel *cancel, sw_error *err) {
  blocks *b = ctx;
  size_t from = block_from(b, b->nsorted / b->parts * index);
  size_t to = index + 1 == b->parts ? b->nsorted : block_from(b, b->nsorted / b->parts * (index + 1));
  size_t step = 0;
  for (size_t i = from; i < to;) {
    size_t e = block_end(b, i);
    fetch_ahead(b, i, e);
    if (e - i > b->cap) {
      if (!walk_hub(b, index, i, e)) return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory");
    } else if (e - i > 1) {
      walk_block(b, index, i, e);
    }
    i = e;
    if ((++step & 4095) == 0 && sw_cancelled(cancel)) return sw_cancel_check(cancel, err);
  }
  return SW_OK;
}

static void fill_keys(blocks *b, size_t from, size_t to) {
  const sw_link_block_plan *p = b->plan;
  bool used[SW_LINK_FEATURES] = {false};
  for (size_t f = 0; f < p->nfamilies; f++)
    for (size_t i = 0; i < p->families[f].n; i++) used[p->families[f].feature[i]] = true;
  for (size_t r = from; r < to; r++) {
    if (r + 16 < to) sw_link_prefetch(b->s, sw_link_row(b->s, r + 16));
    const uint32_t *row = sw_link_row(b->s, r);
    uint32_t value[SW_LINK_FEATURES];
    for (size_t i = 0; i < p->nfeatures; i++)
      if (used[i]) value[i] = sw_link_feature_value(b->s, &p->features[i], row);
    for (size_t f = 0; f < p->nfamilies; f++) b->keys[r * p->nfamilies + f] = sw_link_family_combine(&p->families[f], value);
  }
}

static sw_status fill_part(void *ctx, size_t index, const sw_cancel *cancel, sw_error *err) {
  blocks *b = ctx;
  (void)err;
  size_t step = b->s->n / 16 + 1, from = index * step, to = from + step < b->s->n ? from + step : b->s->n;
  if (from < to && !sw_cancelled(cancel)) fill_keys(b, from, to);
  return SW_OK;
}

static void collect(blocks *b) {
  uint32_t sample = b->plan->sample > 1 ? b->plan->sample : 1;
  b->nsorted = 0;
  for (uint32_t r = 0; r < b->s->n; r++) {
    uint32_t k = key_of(b, r, b->family);
    if (k && (sample == 1 || (k * 2654435761u >> 8) % sample == 0)) b->sorted[b->nsorted++] = (uint64_t)k << 32 | r;
  }
  sw_link_radix_sort(b->sorted, b->scratch, b->nsorted);
}

/* Finds hubs, and lowers the cap where the family would hand out far more than it may. */
static bool survey(blocks *b, sw_link_block_stats *stats) {
  double pairs = 0;
  int64_t nblocks = 0, largest = 0;
  for (size_t i = 0; i < b->nsorted;) {
    size_t e = block_end(b, i);
    double k = (double)(e - i);
    if (e - i > 1) nblocks++;
    if ((int64_t)(e - i) > largest) largest = (int64_t)(e - i);
    if (e - i <= b->cap) pairs += k * (k - 1) / 2;
    i = e;
  }
  while (b->plan->pair_limit > 0 && pairs > b->plan->pair_limit && b->cap > 16) {
    b->cap /= 2;
    pairs /= 2;
  }
  for (size_t i = 0; i < b->nsorted;) {
    size_t e = block_end(b, i);
    if (e - i > b->cap && !SW_VEC_PUSH(&b->hubs[b->family], ((hub_key){(uint32_t)(b->sorted[i] >> 32)}))) return false;
    i = e;
  }
  stats->blocks[b->family] = nblocks;
  stats->largest[b->family] = largest;
  stats->hubs[b->family] = (int64_t)b->hubs[b->family].len;
  return true;
}

static void choose_refinements(blocks *b) {
  for (size_t i = 0; i < b->plan->nfeatures && b->nrefine < SW_LINK_REFINEMENTS; i++) {
    const sw_link_feature *f = &b->plan->features[i];
    sw_link_kind k = b->s->slots[f->field].kind;
    if (f->what == SW_LINK_F_WHOLE && k != SW_LINK_SEX && k != SW_LINK_CATEGORY) b->refine[b->nrefine++] = *f;
  }
}

static sw_status walk_family(blocks *b, size_t family, sw_link_block_stats *stats, const sw_cancel *cancel, sw_error *err) {
  b->family = family;
  b->cap = b->plan->cap ? b->plan->cap : SW_LINK_BLOCK_CAP;
  collect(b);
  if (!survey(b, stats)) return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory");
  b->parts = b->nsorted > 4096 ? 32 : 1;
  memset(b->pairs, 0, sizeof b->pairs);
  sw_status st = sw_pool_run(b->plan->threads, b->parts, walk_part, b, cancel, err);
  for (size_t i = 0; i < b->parts; i++) stats->pairs[family] += b->pairs[i];
  return st;
}

sw_status sw_link_block_run(const sw_link_store *s, const sw_link_block_plan *plan, sw_link_pair_fn fn, void *ctx,
                            sw_link_block_stats *stats, const sw_cancel *cancel, sw_error *err) {
  memset(stats, 0, sizeof *stats);
  if (s->n < 2 || plan->nfamilies == 0) return SW_OK;
  blocks b = {.s = s, .plan = plan, .fn = fn, .ctx = ctx};
  choose_refinements(&b);
  b.keys = malloc(s->n * plan->nfamilies * sizeof *b.keys);
  b.sorted = malloc(s->n * sizeof *b.sorted);
  b.scratch = malloc(s->n * sizeof *b.scratch);
  stats->bytes = s->n * (plan->nfamilies * sizeof *b.keys + 2 * sizeof *b.sorted);
  sw_status st = SW_OK;
  if (!b.keys || !b.sorted || !b.scratch) {
    st = SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足：记录太多", "out of memory: too many records");
  } else {
    st = sw_pool_run(plan->threads, 16, fill_part, &b, cancel, err);
  }
  for (size_t f = 0; f < plan->nfamilies && st == SW_OK; f++) st = walk_family(&b, f, stats, cancel, err);
  for (size_t f = 0; f < SW_LINK_FAMILIES; f++) SW_VEC_FREE(&b.hubs[f]);
  free(b.keys);
  free(b.sorted);
  free(b.scratch);
  return st;
}

/* --- all pairs ------------------------------------------------------------------------------------ */

static sw_status all_part(void *ctx, size_t index, const sw_cancel *cancel, sw_error *err) {
  blocks *b = ctx;
  for (size_t i = index; i < b->s->n; i += b->parts) {
    if (sw_cancelled(cancel)) return sw_cancel_check(cancel, err);
    for (size_t j = i + 1; j < b->s->n; j++) b->fn(b->ctx, index, 0, (uint32_t)i, (uint32_t)j);
  }
  return SW_OK;
}

sw_status sw_link_block_all(const sw_link_store *s, size_t threads, sw_link_pair_fn fn, void *ctx, sw_link_block_stats *stats,
                            const sw_cancel *cancel, sw_error *err) {
  memset(stats, 0, sizeof *stats);
  if (s->n < 2) return SW_OK;
  blocks b = {.s = s, .fn = fn, .ctx = ctx, .parts = s->n > 64 ? 32 : 1};
  stats->pairs[0] = (int64_t)s->n * ((int64_t)s->n - 1) / 2;
  stats->blocks[0] = 1;
  stats->largest[0] = (int64_t)s->n;
  return sw_pool_run(threads, b.parts, all_part, &b, cancel, err);
}
