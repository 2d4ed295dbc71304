#include "quality/plan_internal.h"

#include <stdlib.h>
#include <time.h>

/* One batch in this many is timed: enough for shares, too few to cost anything. */
enum { SAMPLE_EVERY = 32 };

/* The thread's own time, in nanoseconds: on a busy machine a clock that runs on while the thread waits would blame
 * whichever rule was at work then. */
static uint64_t ticks_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* --- state ------------------------------------------------------------------------------------------- */

static bool resize_vec(const vnode *n, vvec *v, size_t cap) {
  for (int k = 0; k < 3; k++) {
    free(v->m[k]);
    if (!(v->m[k] = calloc(cap / 64, sizeof *v->m[k]))) return false;
  }
  if (n->x->type == SW_Q_BOOL) return true;
  if (n->x->type == SW_Q_FLOAT) {
    free(v->d);
    return (v->d = calloc(cap, sizeof *v->d)) != NULL;
  }
  free(v->i);
  return (v->i = calloc(cap, sizeof *v->i)) != NULL;
}

static sw_status resize_scope(sw_plan_state *s, int scope, size_t want, sw_error *err) {
  vscope *sc = scope_of(s, scope);
  size_t cap = sc->cap ? sc->cap : 64; /* one case asks for few values, and thousands of nodes hold them */
  while (cap < want) cap *= 2;
  if (cap == sc->cap) return SW_OK;
  sc->cap = 0;
  for (size_t i = 0; i < s->plan->nodes.len; i++)
    if (s->plan->nodes.items[i].scope == scope && !resize_vec(&s->plan->nodes.items[i], &s->vec[i], cap)) return no_memory(err);
  if (scope >= 0) {
    free(sc->parent);
    free(sc->own);
    sc->parent = calloc(cap, sizeof *sc->parent);
    sc->own = calloc(cap / 64, sizeof *sc->own);
    if (!sc->parent || !sc->own) return no_memory(err);
  }
  if (cap > s->planes_cap) {
    free(s->planes);
    s->planes_cap = 0;
    if (!(s->planes = calloc(8, cap))) return no_memory(err);
    s->planes_cap = cap;
  }
  sc->cap = cap;
  return SW_OK;
}

sw_status sw_plan_state_new(const sw_plan *p, sw_plan_state **out, sw_error *err) {
  sw_plan_state *s = *out = calloc(1, sizeof *s);
  if (!s) return no_memory(err);
  s->plan = p;
  s->scopes = calloc(p->table->nchildren + 1, sizeof *s->scopes);
  s->vec = calloc(p->nodes.len + 1, sizeof *s->vec);
  s->caches = calloc(p->programs.len + 1, sizeof *s->caches);
  s->ticks = calloc(p->nodes.len + 1, sizeof *s->ticks);
  s->program_ticks = calloc(p->programs.len + 1, sizeof *s->program_ticks);
  sw_status st = sw_scalar_init(&s->scalar, err);
  if (!st && (!s->scopes || !s->vec || !s->caches || !s->ticks || !s->program_ticks)) st = no_memory(err);
  if (!st) return SW_OK;
  sw_plan_state_free(s);
  *out = NULL;
  return st;
}

void sw_plan_state_free(sw_plan_state *s) {
  if (!s) return;
  for (size_t i = 0; s->vec && i < s->plan->nodes.len; i++) {
    for (int k = 0; k < 3; k++) free(s->vec[i].m[k]);
    free(s->vec[i].i);
    free(s->vec[i].d);
  }
  for (size_t i = 0; s->scopes && i <= s->plan->table->nchildren; i++) {
    free(s->scopes[i].parent);
    free(s->scopes[i].own);
  }
  for (size_t i = 0; s->caches && i < s->plan->programs.len; i++) sw_text_cache_fini(&s->caches[i]);
  free(s->scopes);
  free(s->vec);
  free(s->caches);
  free(s->planes);
  free(s->ticks);
  free(s->program_ticks);
  sw_scalar_fini(&s->scalar);
  free(s);
}

/* --- children: which value belongs to which row ------------------------------------------------------- */

static size_t child_values(const sw_column *list) { return list && list->nchildren ? list->children[0].n : 0; }

static sw_status bind_child(sw_plan_state *s, size_t child, sw_error *err) {
  const sw_column *list = s->batch->children ? s->batch->children[child].list : NULL;
  size_t m = child_values(list);
  sw_status st = resize_scope(s, (int)child, m ? m : 1, err);
  if (st) return st;
  vscope *sc = scope_of(s, (int)child);
  sc->n = m;
  sc->words = (m + 63) / 64;
  memset(sc->own, 0, sc->words * sizeof *sc->own);
  for (size_t r = 0; list && r < s->batch->n; r++) {
    if (!sw_column_valid(list, r)) continue;
    sw_list_entry e = sw_column_list(list, r);
    for (uint64_t k = 0; k < e.length; k++) {
      size_t at = (size_t)(e.offset + k);
      sc->parent[at] = (uint16_t)r;
      sc->own[at >> 6] |= 1ull << (at & 63);
    }
  }
  return SW_OK;
}

/* --- texts --------------------------------------------------------------------------------------------- */

const sw_column *sw_plan_column(const sw_plan_state *s, int scope, uint32_t column) {
  if (scope < 0) return s->batch->row[column];
  return s->batch->children[scope].columns ? s->batch->children[scope].columns[column] : NULL;
}

static uint64_t evaluate_text(sw_plan_state *s, const text_program *t, const sw_string *cell) {
  sw_str text = sw_string_view(cell);
  if (!text.ptr) text.ptr = "";
  uint64_t word = 0;
  s->scalar.text = &text;
  for (uint32_t k = 0; k < t->nnodes; k++) {
    const vnode *n = &s->plan->nodes.items[t->nodes[k]];
    if (n->x->op == SW_X_FILLED && n->x->kids[0]->op == SW_X_COLUMN) { /* asked of nearly every column, names included */
      bool blank = text.len == 0 || (((unsigned char)text.ptr[0] <= ' ' || (unsigned char)text.ptr[0] == 0xE3) && sw_str_trim(text).len == 0);
      word |= (uint64_t)!blank << n->bit;
      continue;
    }
    sw_qval v = sw_scalar_eval(&s->scalar, n->x);
    bool yes = v.state == SW_QV_ERROR || (v.state == SW_QV_OK && v.i);
    bool no = v.state == SW_QV_ERROR || (v.state == SW_QV_OK && !v.i);
    if (yes) word |= 1ull << n->bit;
    if (no && !n->total) word |= 1ull << (n->bit + 1);
  }
  s->scalar.text = NULL;
  if (s->scalar.scratch.used > 65536) sw_arena_fini(&s->scalar.scratch);
  return word;
}

static uint64_t valid_word(const sw_column *c, size_t w, size_t n) {
  uint64_t bits = n - w * 64 >= 64 ? UINT64_MAX : (1ull << (n - w * 64)) - 1;
  return c->validity ? bits & c->validity[w] : bits;
}

static void text_mask(const sw_plan_state *s, const vnode *n, const sw_column *c, const vscope *sc, vvec *v) {
  const uint8_t *yes = s->planes + (n->bit / 8) * s->planes_cap, *no = s->planes + ((n->bit + 1) / 8) * s->planes_cap;
  unsigned yes_bit = n->bit % 8, no_bit = (n->bit + 1) % 8;
  bool null_true = n->on_null.state == SW_QV_OK && n->on_null.i, null_false = n->on_null.state == SW_QV_OK && !n->on_null.i;
  for (size_t w = 0; w < sc->words; w++) {
    uint8_t b[64];
    uint64_t valid = valid_word(c, w, sc->n);
    uint64_t all = sc->n - w * 64 >= 64 ? UINT64_MAX : (1ull << (sc->n - w * 64)) - 1;
    for (int k = 0; k < 64; k++) b[k] = (uint8_t)(yes[w * 64 + (size_t)k] >> yes_bit);
    uint64_t t = pack_bits(b) & valid, f = valid & ~t, e = 0;
    if (!n->total) {
      for (int k = 0; k < 64; k++) b[k] = (uint8_t)(no[w * 64 + (size_t)k] >> no_bit);
      f = pack_bits(b) & valid;
      e = t & f;
    }
    v->m[0][w] = (t & ~e) | (null_true ? all & ~valid : 0);
    v->m[1][w] = (f & ~e) | (null_false ? all & ~valid : 0);
    v->m[2][w] = e;
  }
}

static void text_absent(const vnode *n, const vscope *sc, vvec *v) {
  for (size_t w = 0; w < sc->words; w++) {
    uint64_t all = sc->n - w * 64 >= 64 ? UINT64_MAX : (1ull << (sc->n - w * 64)) - 1;
    v->m[0][w] = n->on_null.state == SW_QV_OK && n->on_null.i ? all : 0;
    v->m[1][w] = n->on_null.state == SW_QV_OK && !n->on_null.i ? all : 0;
    v->m[2][w] = 0;
  }
}

sw_status sw_plan_text_run(sw_plan_state *s, uint32_t program, sw_error *err) {
  const text_program *t = &s->plan->programs.items[program];
  const vscope *sc = scope_of(s, t->scope);
  const sw_column *c = sw_plan_column(s, t->scope, t->column);
  if (c && c->storage != SW_TYPE_STR)
    return SW_FAIL(err, SW_E_INTERNAL, "SW-RULE-0004", "列 %u 不是文字", "column %u is not text", t->column);
  for (uint32_t k = 0; !c && k < t->nnodes; k++) text_absent(&s->plan->nodes.items[t->nodes[k]], sc, &s->vec[t->nodes[k]]);
  if (!c) return SW_OK;
  const sw_string *cells = c->data;
  size_t planes = (t->nbits + 7) / 8;
  for (size_t i = 0; i < sc->n; i++) {
    uint64_t word = 0;
    sw_text_slot *slot;
    if (sw_column_valid(c, i) && !sw_text_cache_find(&s->caches[program], &cells[i], &word, &slot)) {
      word = evaluate_text(s, t, &cells[i]);
      if (slot) slot->word = word;
    }
    for (size_t b = 0; b < planes; b++) s->planes[b * s->planes_cap + i] = (uint8_t)(word >> (8 * b));
  }
  for (uint32_t k = 0; k < t->nnodes; k++) text_mask(s, &s->plan->nodes.items[t->nodes[k]], c, sc, &s->vec[t->nodes[k]]);
  return SW_OK;
}

/* --- the run -------------------------------------------------------------------------------------------- */

static void lap(uint64_t *from, double *sum) {
  uint64_t now = ticks_now();
  *sum += (double)(now - *from);
  *from = now;
}

sw_status sw_plan_run(sw_plan_state *s, const sw_qbatch *b, sw_error *err) {
  s->batch = s->scalar.batch = b;
  vscope *rows = scope_of(s, -1);
  sw_status st = resize_scope(s, -1, b->n ? b->n : 1, err);
  rows->n = b->n;
  rows->words = (b->n + 63) / 64;
  for (size_t c = 0; c < s->plan->table->nchildren && !st; c++) st = bind_child(s, c, err);
  bool timed = s->batches++ % SAMPLE_EVERY == 0;
  uint64_t from = timed ? ticks_now() : 0;
  for (uint32_t i = 0; i < s->plan->programs.len && !st; i++) {
    st = sw_plan_text_run(s, i, err);
    if (timed) lap(&from, &s->program_ticks[i]);
  }
  for (uint32_t i = 0; i < s->plan->nodes.len && !st; i++) {
    if (s->plan->nodes.items[i].op == V_TEXT) continue;
    sw_plan_node_run(s, i);
    if (timed) lap(&from, &s->ticks[i]);
  }
  return st;
}

sw_mask sw_plan_mask(const sw_plan_state *s, size_t output) {
  const vvec *v = &s->vec[s->plan->outputs.items[output]];
  return (sw_mask){v->m[0], v->m[1], v->m[2]};
}

/* A node's own ticks, shared among the rules that use it. */
static double share(const sw_plan_state *s, uint32_t node, bool *seen) {
  if (seen[node]) return 0;
  seen[node] = true;
  const vnode *n = &s->plan->nodes.items[node];
  double own = s->ticks[node];
  if (n->op == V_TEXT) own = s->program_ticks[n->program] / s->plan->programs.items[n->program].nnodes;
  own /= n->users ? n->users : 1;
  for (uint32_t i = 0; i < n->nkids; i++) own += share(s, n->kids[i], seen);
  return own;
}

void sw_plan_ticks(const sw_plan_state *s, double *ticks) {
  bool *seen = malloc(s->plan->nodes.len * sizeof *seen + 1);
  if (!seen) return; /* shares are a nicety */
  for (size_t o = 0; o < s->plan->outputs.len; o++) {
    memset(seen, 0, s->plan->nodes.len * sizeof *seen);
    ticks[o] += share(s, s->plan->outputs.items[o], seen);
  }
  free(seen);
}
