#include "identity/index.h"

#include "base/vec.h"

#include <stdlib.h>

enum { CHAIN_MAX = 20000, GROUP_MAX = 4000 };

typedef struct stored_edge {
  uint32_t a, b;
  int32_t score;
  uint32_t next_a, next_b; /* further edges of a and of b; 0 ends */
} stored_edge;

struct sw_link_index {
  sw_link_store *s;
  const sw_link_spec *spec;
  sw_link_model *m;
  size_t nf;             /* families */
  uint32_t *head[SW_LINK_FAMILIES]; /* by bucket: record + 1 */
  size_t nbuckets;
  uint32_t *keys, *next; /* record × family */
  uint64_t *order;
  uint32_t *person, *first_edge;
  size_t cap;
  SW_VEC(stored_edge) edges; /* [0] is unused */
  SW_VEC(sw_link_candidate) found;
  SW_VEC(uint32_t) chain, group;
  uint32_t *mark;        /* place in the group + 1 */
  sw_link_feature refine[SW_LINK_REFINEMENTS];
  size_t nrefine;
  int64_t stale;
};

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory"); }

static bool resize(void **p, size_t n, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes)) return false;
  void *q = realloc(*p, bytes ? bytes : 1);
  if (q) *p = q;
  return q != NULL;
}

static bool reserve(sw_link_index *x, size_t want) {
  if (want <= x->cap) return true;
  size_t cap = want + want / 8 + 1024;
  bool ok = resize((void **)&x->keys, cap * x->nf, sizeof *x->keys) && resize((void **)&x->next, cap * x->nf, sizeof *x->next) &&
            resize((void **)&x->order, cap, sizeof *x->order) && resize((void **)&x->person, cap, sizeof *x->person) &&
            resize((void **)&x->first_edge, cap, sizeof *x->first_edge) && resize((void **)&x->mark, cap, sizeof *x->mark);
  if (!ok) return false;
  memset(x->mark + x->cap, 0, (cap - x->cap) * sizeof *x->mark);
  x->cap = cap;
  return true;
}

static void insert(sw_link_index *x, uint32_t r) {
  for (size_t f = 0; f < x->nf; f++) {
    uint32_t k = x->keys[(size_t)r * x->nf + f];
    x->next[(size_t)r * x->nf + f] = 0;
    if (!k) continue;
    uint32_t *slot = &x->head[f][k & (x->nbuckets - 1)];
    x->next[(size_t)r * x->nf + f] = *slot;
    *slot = r + 1;
  }
}

static void set_keys(sw_link_index *x, uint32_t r) {
  for (size_t f = 0; f < x->nf; f++)
    x->keys[(size_t)r * x->nf + f] = sw_link_family_key(x->s, x->m->features, &x->m->families[f], sw_link_row(x->s, r));
}

static bool buckets_for(sw_link_index *x, size_t n) {
  x->nbuckets = 1024;
  while (x->nbuckets < n) x->nbuckets *= 2;
  for (size_t f = 0; f < x->nf; f++) {
    free(x->head[f]);
    x->head[f] = calloc(x->nbuckets, sizeof *x->head[f]);
    if (!x->head[f]) return false;
  }
  return true;
}

static bool add_edge(sw_link_index *x, uint32_t a, uint32_t b, int32_t score) {
  stored_edge e = {.a = a, .b = b, .score = score, .next_a = x->first_edge[a], .next_b = x->first_edge[b]};
  if (!SW_VEC_PUSH(&x->edges, e)) return false;
  x->first_edge[a] = x->first_edge[b] = (uint32_t)(x->edges.len - 1);
  return true;
}

/* Only pairs that link by themselves take part in grouping. */
static bool links(const sw_link_index *x, int32_t score, sw_link_bar bar) { return score >= x->m->link && bar == SW_LINK_FREE; }

static bool take_base(sw_link_index *x, const sw_link_result *r) {
  bool ok = SW_VEC_PUSH(&x->edges, (stored_edge){0});
  for (size_t i = 0; ok && r && i < r->nedges; i++)
    if (links(x, r->edges[i].score, (sw_link_bar)r->edges[i].bar)) ok = add_edge(x, r->edges[i].a, r->edges[i].b, r->edges[i].score);
  return ok;
}

sw_status sw_link_index_new(sw_link_store *store, const sw_link_spec *spec, sw_link_model *model, const sw_link_result *result, const uint64_t *order,
                            sw_link_index **out, sw_error *err) {
  *out = NULL;
  sw_link_index *x = calloc(1, sizeof *x);
  if (!x) return no_memory(err);
  x->s = store;
  x->spec = spec;
  x->m = model;
  x->nf = model->nfamilies;
  for (size_t i = 0; i < model->nfeatures && x->nrefine < SW_LINK_REFINEMENTS; i++) {
    sw_link_kind k = store->slots[model->features[i].field].kind;
    if (model->features[i].what == SW_LINK_F_WHOLE && k != SW_LINK_SEX && k != SW_LINK_CATEGORY) x->refine[x->nrefine++] = model->features[i];
  }
  if (!reserve(x, store->n) || !buckets_for(x, store->n)) {
    sw_link_index_free(x);
    return no_memory(err);
  }
  for (uint32_t r = 0; r < store->n; r++) {
    x->order[r] = order ? order[r] : r;
    x->person[r] = result ? result->person[r] : r;
    x->first_edge[r] = 0;
    set_keys(x, r);
    insert(x, r);
  }
  if (!take_base(x, result)) {
    sw_link_index_free(x);
    return no_memory(err);
  }
  *out = x;
  return SW_OK;
}

void sw_link_index_free(sw_link_index *x) {
  if (!x) return;
  for (size_t f = 0; f < SW_LINK_FAMILIES; f++) free(x->head[f]);
  free(x->keys);
  free(x->next);
  free(x->order);
  free(x->person);
  free(x->first_edge);
  free(x->mark);
  SW_VEC_FREE(&x->edges);
  SW_VEC_FREE(&x->found);
  SW_VEC_FREE(&x->chain);
  SW_VEC_FREE(&x->group);
  free(x);
}

/* --- candidates ----------------------------------------------------------------------------------- */

static bool share_refinement(const sw_link_index *x, size_t family, const uint32_t *a, const uint32_t *b) {
  for (size_t i = 0; i < x->nrefine; i++) {
    bool inside = false;
    for (size_t k = 0; k < x->m->families[family].n; k++) inside |= x->m->features[x->m->families[family].feature[k]].field == x->refine[i].field;
    if (inside) continue;
    uint32_t v = sw_link_feature_value(x->s, &x->refine[i], a);
    if (v && v == sw_link_feature_value(x->s, &x->refine[i], b)) return true;
  }
  return false;
}

/* An earlier family has brought the pair; one whose key is a hub brings only those that share more. */
static bool seen_before(const sw_link_index *x, const uint32_t *keys, const bool *hub, const uint32_t *row, uint32_t r, size_t family) {
  for (size_t f = 0; f < family; f++)
    if (keys[f] && keys[f] == x->keys[(size_t)r * x->nf + f] && (!hub[f] || share_refinement(x, f, row, sw_link_row(x->s, r)))) return true;
  return false;
}

static bool consider(sw_link_index *x, const uint32_t *row, uint8_t flags, uint32_t r, int32_t floor) {
  const uint32_t *other = sw_link_row(x->s, r);
  int32_t score = sw_link_score_fast(x->m, x->s, row, other, floor);
  if (score == INT32_MIN) return true;
  sw_link_candidate c = {.record = r, .score = score, .bar = sw_link_bar_of(x->s, row, flags, other, x->s->flags[r])};
  return SW_VEC_PUSH(&x->found, c);
}

/* Records under one key. Chains hold other keys of the bucket too. */
static bool walk_chain(sw_link_index *x, size_t family, uint32_t key, uint32_t self) {
  x->chain.len = 0;
  for (uint32_t at = x->head[family][key & (x->nbuckets - 1)]; at && x->chain.len < CHAIN_MAX;) {
    uint32_t r = at - 1;
    at = x->next[(size_t)r * x->nf + family];
    if (at) __builtin_prefetch(&x->keys[(size_t)(at - 1) * x->nf]);
    if (r == self || x->keys[(size_t)r * x->nf + family] != key) continue;
    __builtin_prefetch(sw_link_row(x->s, r));
    if (!SW_VEC_PUSH(&x->chain, r)) return false;
  }
  return true;
}

static sw_status find_candidates(sw_link_index *x, const uint32_t *row, uint8_t flags, uint32_t self, int32_t floor, sw_error *err) {
  uint32_t keys[SW_LINK_FAMILIES] = {0};
  bool hub[SW_LINK_FAMILIES] = {false}, ok = true;
  for (size_t f = 0; f < x->nf; f++) {
    keys[f] = sw_link_family_key(x->s, x->m->features, &x->m->families[f], row);
    if (keys[f]) __builtin_prefetch(&x->head[f][keys[f] & (x->nbuckets - 1)]);
  }
  x->found.len = 0;
  /* A model of few records has no families: all are compared, as it was trained. */
  for (uint32_t r = 0; x->nf == 0 && ok && r < x->s->n; r++) ok = r == self || consider(x, row, flags, r, floor);
  for (size_t f = 0; f < x->nf && ok; f++) {
    if (!keys[f]) continue;
    ok = walk_chain(x, f, keys[f], self);
    hub[f] = x->chain.len > SW_LINK_BLOCK_CAP;
    x->stale += hub[f];
    for (size_t i = 0; i < x->chain.len && ok; i++) {
      uint32_t r = x->chain.items[i];
      if (seen_before(x, keys, hub, row, r, f) || (hub[f] && !share_refinement(x, f, row, sw_link_row(x->s, r)))) continue;
      ok = consider(x, row, flags, r, floor);
    }
  }
  return ok ? SW_OK : no_memory(err);
}

static int by_score(const void *p, const void *q) {
  const sw_link_candidate *a = p, *b = q;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  return a->record < b->record ? -1 : a->record > b->record;
}

static sw_status append(sw_link_index *x, const sw_link_values *v, sw_error *err) {
  sw_link_chunk c = {.n = 1};
  for (size_t f = 0; f < x->spec->nfields; f++)
    for (size_t a = 0; a < x->spec->fields[f].ncolumns; a++) c.columns[f][a] = &v->text[f][a];
  if (sw_link_store_append(x->s, x->spec, &c, 1, err)) return err ? err->status : SW_E_NOMEM;
  return sw_link_model_attach(x->m, x->s, err);
}

sw_status sw_link_index_match(sw_link_index *x, const sw_link_values *v, sw_link_candidate *out, size_t cap, size_t *n, sw_error *err) {
  *n = 0;
  if (append(x, v, err)) return err ? err->status : SW_E_NOMEM;
  /* The record was only encoded: it is taken off again. Its texts stay in the dictionaries, where they weigh nothing. */
  uint32_t probe = (uint32_t)(x->s->n - 1);
  sw_status st = find_candidates(x, sw_link_row(x->s, probe), x->s->flags[probe], probe, x->m->keep, err);
  x->s->n--;
  if (st) return st;
  qsort(x->found.items, x->found.len, sizeof *x->found.items, by_score);
  *n = x->found.len < cap ? x->found.len : cap;
  if (*n) memcpy(out, x->found.items, *n * sizeof *out);
  return SW_OK;
}

/* --- grouping ------------------------------------------------------------------------------------- */

/* All records that linking pairs connect with r, in `group`, each marked with its place. */
static bool connected(sw_link_index *x, uint32_t r) {
  x->group.len = 0;
  if (!SW_VEC_PUSH(&x->group, r)) return false;
  x->mark[r] = 1;
  for (size_t i = 0; i < x->group.len && x->group.len < GROUP_MAX; i++) {
    uint32_t at = x->group.items[i];
    for (uint32_t e = x->first_edge[at]; e;) {
      const stored_edge *s = &x->edges.items[e];
      uint32_t to = s->a == at ? s->b : s->a;
      e = s->a == at ? s->next_a : s->next_b;
      if (x->mark[to]) continue;
      if (!SW_VEC_PUSH(&x->group, to)) return false;
      x->mark[to] = (uint32_t)x->group.len;
    }
  }
  return true;
}

typedef struct local {
  sw_link_store store;
  uint32_t *rank, *person;
  SW_VEC(sw_link_edge) edges;
} local;

static void local_fini(local *l) {
  free(l->store.rows);
  free(l->store.flags);
  free(l->rank);
  free(l->person);
  SW_VEC_FREE(&l->edges);
}

static bool local_init(sw_link_index *x, local *l) {
  size_t n = x->group.len;
  l->store = *x->s;
  l->store.n = n;
  l->store.sources = NULL;
  l->store.rows = malloc(n * x->s->words * sizeof *l->store.rows + 1);
  l->store.flags = malloc(n + 1);
  l->rank = calloc(n + 1, sizeof *l->rank);
  l->person = calloc(n + 1, sizeof *l->person);
  if (!l->store.rows || !l->store.flags || !l->rank || !l->person) return false;
  for (size_t i = 0; i < n; i++) {
    uint32_t r = x->group.items[i];
    memcpy(l->store.rows + i * x->s->words, sw_link_row(x->s, r), x->s->words * sizeof *l->store.rows);
    l->store.flags[i] = x->s->flags[r];
    for (size_t k = 0; k < n; k++) {
      uint32_t o = x->group.items[k];
      l->rank[i] += x->order[o] < x->order[r] || (o < r && x->order[o] == x->order[r]);
    }
    for (uint32_t e = x->first_edge[r]; e;) {
      const stored_edge *s = &x->edges.items[e];
      bool mine = s->a == r;
      uint32_t pa = x->mark[s->a] - 1, pb = x->mark[s->b] - 1;
      e = mine ? s->next_a : s->next_b;
      if (!mine || x->mark[s->a] == 0 || x->mark[s->b] == 0) continue; /* each pair once, from its first record */
      sw_link_edge le = {.a = pa < pb ? pa : pb, .b = pa < pb ? pb : pa, .score = s->score};
      if (!SW_VEC_PUSH(&l->edges, le)) return false;
    }
  }
  return true;
}

static sw_status regroup(sw_link_index *x, uint32_t r, sw_error *err) {
  local l = {.rank = NULL};
  sw_status st = connected(x, r) && local_init(x, &l) ? SW_OK : no_memory(err);
  if (st == SW_OK) {
    sw_link_grouping g = {.store = &l.store, .model = x->m, .rank = l.rank};
    st = sw_link_cluster(&g, l.edges.items, l.edges.len, l.person, x->group.len, NULL, err);
  }
  for (size_t i = 0; i < x->group.len; i++) {
    if (st == SW_OK) x->person[x->group.items[i]] = x->group.items[l.person[i]];
    x->mark[x->group.items[i]] = 0;
  }
  local_fini(&l);
  return st;
}

static bool grow_buckets(sw_link_index *x) {
  if (x->s->n < x->nbuckets * 2) return true;
  if (!buckets_for(x, x->s->n + 1)) return false;
  for (uint32_t r = 0; r + 1 < x->s->n; r++) insert(x, r);
  return true;
}

sw_status sw_link_index_add(sw_link_index *x, const sw_link_values *v, uint64_t order, uint32_t *record, sw_error *err) {
  if (append(x, v, err)) return err ? err->status : SW_E_NOMEM;
  uint32_t r = (uint32_t)(x->s->n - 1);
  *record = r;
  if (!reserve(x, x->s->n) || !grow_buckets(x)) {
    x->s->n--;
    return no_memory(err);
  }
  x->order[r] = order;
  x->person[r] = r;
  x->first_edge[r] = 0;
  set_keys(x, r);
  if (find_candidates(x, sw_link_row(x->s, r), x->s->flags[r], r, x->m->link, err)) return err ? err->status : SW_E_NOMEM;
  insert(x, r);
  bool any = false;
  for (size_t i = 0; i < x->found.len; i++) {
    if (!links(x, x->found.items[i].score, x->found.items[i].bar)) continue;
    any = true;
    if (!add_edge(x, x->found.items[i].record, r, x->found.items[i].score)) return no_memory(err);
  }
  return any ? regroup(x, r, err) : SW_OK;
}

uint32_t sw_link_index_person(const sw_link_index *x, uint32_t r) { return r < x->s->n ? x->person[r] : r; }
size_t sw_link_index_size(const sw_link_index *x) { return x->s->n; }
int64_t sw_link_index_stale(const sw_link_index *x) { return x->stale; }
size_t sw_link_index_bytes(const sw_link_index *x) {
  return x->cap * (x->nf * 8 + sizeof *x->order + 3 * sizeof *x->person) + x->nf * x->nbuckets * 4 + x->edges.cap * sizeof *x->edges.items;
}
