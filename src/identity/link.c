#include "identity/link.h"

#include "base/pool.h"
#include "base/vec.h"
#include "identity/train.h"

#include <stdlib.h>
#include <time.h>

typedef SW_VEC(sw_link_edge) edge_list;

typedef struct runner {
  const sw_link_store *s;
  const sw_link_model *m;
  edge_list edges[SW_LINK_WORKERS];
  int64_t pairs[SW_LINK_WORKERS];
  atomic_bool failed;
} runner;

static void take_pair(void *ctx, size_t worker, size_t family, uint32_t a, uint32_t b) {
  runner *r = ctx;
  (void)family;
  r->pairs[worker]++;
  const uint32_t *x = sw_link_row(r->s, a), *y = sw_link_row(r->s, b);
  int32_t score = sw_link_score_fast(r->m, r->s, x, y, r->m->keep);
  if (score == INT32_MIN) {
    /* One id on two strangers is worth an alert, however unlike they are. */
    if (r->s->id_field < 0 || sw_link_field_level(r->s, (size_t)r->s->id_field, x, y) != 0) return;
    sw_link_score full;
    sw_link_score_pair(r->m, r->s, x, r->s->flags[a], y, r->s->flags[b], &full);
    if (full.bar != SW_LINK_BAR_BORROWED && full.bar != SW_LINK_BAR_CONTRADICTION) return;
    score = full.total;
  }
  sw_link_edge e = {.a = a, .b = b, .score = score, .bar = (uint8_t)sw_link_bar_of(r->s, x, r->s->flags[a], y, r->s->flags[b])};
  if (!SW_VEC_PUSH(&r->edges[worker], e)) atomic_store(&r->failed, true);
}

void sw_link_result_fini(sw_link_result *r) {
  free(r->person);
  free(r->edges);
  memset(r, 0, sizeof *r);
}

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory"); }

static int by_pair(const void *p, const void *q) {
  const sw_link_edge *x = p, *y = q;
  if (x->a != y->a) return x->a < y->a ? -1 : 1;
  return x->b < y->b ? -1 : x->b > y->b;
}

typedef struct ordered_decision {
  uint64_t pair;
  size_t order;
  bool same;
} ordered_decision;

static int by_pair_and_order(const void *p, const void *q) {
  const ordered_decision *x = p, *y = q;
  if (x->pair != y->pair) return x->pair < y->pair ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

/* The last word on each pair, ascending; how many there are. */
static size_t last_words(const runner *r, const sw_link_run_options *o, ordered_decision *out) {
  size_t n = 0, kept = 0;
  for (size_t i = 0; i < o->ndecisions; i++) {
    sw_link_decision d = o->decisions[i];
    if (d.a == d.b || d.a >= r->s->n || d.b >= r->s->n) continue;
    out[n++] = (ordered_decision){d.a < d.b ? (uint64_t)d.a << 32 | d.b : (uint64_t)d.b << 32 | d.a, i, d.same};
  }
  qsort(out, n, sizeof *out, by_pair_and_order);
  for (size_t i = 0; i < n; i++)
    if (i + 1 == n || out[i + 1].pair != out[i].pair) out[kept++] = out[i];
  return kept;
}

/* Puts the reviewers' decisions on the edges, adding those that blocking did not bring. */
static sw_status apply_decisions(runner *r, const sw_link_run_options *o, sw_link_result *out, uint64_t **apart, size_t *napart, sw_error *err) {
  if (o->ndecisions == 0) return SW_OK;
  qsort(out->edges, out->nedges, sizeof *out->edges, by_pair);
  size_t known = out->nedges;
  sw_link_edge *all = realloc(out->edges, (known + o->ndecisions) * sizeof *all);
  ordered_decision *words = malloc(o->ndecisions * sizeof *words);
  if (all) out->edges = all;
  *apart = malloc(o->ndecisions * sizeof **apart);
  if (!all || !words || !*apart) {
    free(words);
    return no_memory(err);
  }
  size_t n = last_words(r, o, words);
  for (size_t i = 0; i < n; i++) {
    sw_link_edge key = {.a = (uint32_t)(words[i].pair >> 32), .b = (uint32_t)words[i].pair};
    sw_link_edge *e = bsearch(&key, all, known, sizeof *all, by_pair);
    if (!e) {
      sw_link_score sc;
      sw_link_score_pair(r->m, r->s, sw_link_row(r->s, key.a), r->s->flags[key.a], sw_link_row(r->s, key.b), r->s->flags[key.b], &sc);
      key.score = sc.total;
      key.bar = (uint8_t)sc.bar;
      e = &all[out->nedges++];
      *e = key;
    }
    e->decision = words[i].same ? 1 : -1;
    if (!words[i].same) (*apart)[(*napart)++] = words[i].pair;
  }
  free(words);
  return SW_OK;
}

static sw_status collect(runner *r, sw_link_result *out, sw_error *err) {
  size_t n = 0;
  for (size_t w = 0; w < SW_LINK_WORKERS; w++) n += r->edges[w].len, out->pairs_scored += (double)r->pairs[w];
  out->edges = malloc((n ? n : 1) * sizeof *out->edges);
  if (!out->edges || atomic_load(&r->failed)) return no_memory(err);
  for (size_t w = 0; w < SW_LINK_WORKERS; w++) {
    if (r->edges[w].len) memcpy(out->edges + out->nedges, r->edges[w].items, r->edges[w].len * sizeof *out->edges);
    out->nedges += r->edges[w].len;
    SW_VEC_FREE(&r->edges[w]);
  }
  return SW_OK;
}

/* Two inputs, each without doubles of its own: hardly any pair within one would link, against many across. */
static bool sources_look_unique(const sw_link_store *s, const sw_link_model *m, const sw_link_result *r) {
  if (!s->sources) return false;
  size_t within = 0, across = 0;
  for (size_t i = 0; i < r->nedges; i++) {
    if (r->edges[i].score < m->link || r->edges[i].bar != SW_LINK_FREE) continue;
    if (s->sources[r->edges[i].a] == s->sources[r->edges[i].b]) {
      within++;
    } else {
      across++;
    }
  }
  return across >= 10 && within * 50 < across;
}

static void summarise(const sw_link_store *s, sw_link_result *r) {
  for (size_t i = 0; i < r->nrecords; i++) {
    r->npersons += r->person[i] == i;
    r->noevidence += (s->flags[i] & SW_LINK_R_NO_EVIDENCE) != 0;
    r->standins += (s->flags[i] & SW_LINK_R_STANDIN) != 0;
  }
  uint8_t *seen = calloc(r->nrecords + 1, 1);
  for (size_t i = 0; i < r->nedges; i++) {
    const sw_link_edge *e = &r->edges[i];
    r->nlinked += e->outcome == SW_LINK_LINKED;
    r->nreview += e->outcome == SW_LINK_REVIEW;
    if (seen && e->outcome == SW_LINK_REVIEW) {
      r->records_in_review += (seen[e->a] ? 0u : 1u) + (seen[e->b] ? 0u : 1u);
      seen[e->a] = seen[e->b] = 1;
    }
  }
  free(seen);
}

static double cpu_now(void) {
  struct timespec t;
  return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) ? 0 : (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_since(int64_t from) { return (double)(sw_mono_us() - from) / 1e6; }

static sw_status score_all(runner *r, size_t threads, sw_link_result *out, const sw_cancel *cancel, sw_error *err) {
  const sw_link_model *m = r->m;
  if (m->nfamilies == 0) {
    if (m->pairs > SW_LINK_ALL_PAIRS) return SW_OK; /* nothing to block by: no evidence in any field */
    return sw_link_block_all(r->s, threads, take_pair, r, &out->blocks, cancel, err);
  }
  sw_link_block_plan plan = {.features = m->features, .nfeatures = m->nfeatures, .families = m->families, .nfamilies = m->nfamilies,
                             .threads = threads, .pair_limit = 40.0 * (double)r->s->n + 1e6};
  return sw_link_block_run(r->s, &plan, take_pair, r, &out->blocks, cancel, err);
}

sw_status sw_link_run(const sw_link_store *s, const sw_link_spec *spec, const sw_link_run_options *o, sw_link_model *model, sw_link_result *out,
                      const sw_cancel *cancel, const sw_events *events, sw_error *err) {
  memset(out, 0, sizeof *out);
  size_t threads = o->threads ? o->threads : sw_cpu_count();
  int64_t t0 = sw_mono_us();
  double c0 = cpu_now();
  if (!o->keep_model && sw_link_train(s, spec, threads, model, cancel, events, err)) return err ? err->status : SW_E_NOMEM;
  out->times.train = seconds_since(t0);
  out->times.cpu_train = cpu_now() - c0;
  out->nrecords = s->n;
  out->person = malloc((s->n + 1) * sizeof *out->person);
  runner *r = calloc(1, sizeof *r);
  uint64_t *apart = NULL;
  size_t napart = 0;
  sw_status st = out->person && r ? SW_OK : no_memory(err);
  if (st == SW_OK) {
    r->s = s;
    r->m = model;
    t0 = sw_mono_us();
    c0 = cpu_now();
    st = score_all(r, threads, out, cancel, err);
    if (st == SW_OK) st = collect(r, out, err);
    if (st == SW_OK) st = apply_decisions(r, o, out, &apart, &napart, err);
    out->times.block_and_score = seconds_since(t0);
    out->times.cpu_block_and_score = cpu_now() - c0;
  }
  if (st == SW_OK) {
    t0 = sw_mono_us();
    out->unique_sources = spec->unique_sources == SW_LINK_YES || (spec->unique_sources == SW_LINK_AUTO && sources_look_unique(s, model, out));
    sw_link_grouping g = {.store = s, .model = model, .rank = o->rank, .unique_sources = out->unique_sources, .apart = apart, .napart = napart};
    st = sw_link_cluster(&g, out->edges, out->nedges, out->person, s->n, cancel, err);
    out->times.cluster = seconds_since(t0);
  }
  if (r)
    for (size_t w = 0; w < SW_LINK_WORKERS; w++) SW_VEC_FREE(&r->edges[w]);
  free(r);
  free(apart);
  if (st != SW_OK) {
    sw_link_result_fini(out);
    return st;
  }
  out->bytes = sw_link_store_bytes(s) + sw_link_model_bytes(model) + out->blocks.bytes + out->nedges * sizeof *out->edges + s->n * sizeof *out->person;
  summarise(s, out);
  return SW_OK;
}
