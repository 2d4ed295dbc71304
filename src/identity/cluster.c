#include "identity/cluster.h"

#include <stdlib.h>

enum { CLOSE_BITS = 3, AGAINST_BITS = 6, CHECK_SIDE = 48, RUNNERS = 12 };

typedef struct forest {
  const sw_link_grouping *g;
  uint32_t *root, *next, *size; /* next: members as a ring */
} forest;

static uint32_t find(forest *f, uint32_t r) {
  while (f->root[r] != r) {
    f->root[r] = f->root[f->root[r]];
    r = f->root[r];
  }
  return r;
}

static uint32_t rank_of(const sw_link_grouping *g, uint32_t r) { return g->rank ? g->rank[r] : r; }

static bool kept_apart(const sw_link_grouping *g, uint32_t a, uint32_t b) {
  uint64_t key = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
  size_t lo = 0, hi = g->napart;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (g->apart[mid] < key) {
      lo = mid + 1;
    } else {
      hi = mid;
    }
  }
  return lo < g->napart && g->apart[lo] == key;
}

static bool exclude(const sw_link_grouping *g, uint32_t a, uint32_t b) {
  if (g->napart && kept_apart(g, a, b)) return true;
  if (g->unique_sources && g->store->sources && g->store->sources[a] == g->store->sources[b]) return true;
  return sw_link_contradict(g->store, sw_link_row(g->store, a), sw_link_row(g->store, b));
}

static bool groups_contradict(const forest *f, uint32_t x, uint32_t y) {
  uint32_t a = x;
  size_t na = 0;
  do {
    uint32_t b = y;
    size_t nb = 0;
    do {
      if (exclude(f->g, a, b)) return true;
      b = f->next[b];
    } while (b != y && ++nb < CHECK_SIDE * 4);
    a = f->next[a];
  } while (a != x && ++na < CHECK_SIDE * 4);
  return false;
}

/* Most members of two groups speak clearly against each other. */
static bool groups_disagree(const forest *f, uint32_t x, uint32_t y) {
  size_t total = 0, against = 0, na = 0;
  int32_t clear = f->g->model->review - AGAINST_BITS * SW_LINK_BIT;
  if (clear > f->g->model->keep) clear = f->g->model->keep;
  uint32_t a = x;
  do {
    uint32_t b = y;
    size_t nb = 0;
    do {
      against += sw_link_score_fast(f->g->model, f->g->store, sw_link_row(f->g->store, a), sw_link_row(f->g->store, b), clear) == INT32_MIN;
      total++;
      b = f->next[b];
    } while (b != y && ++nb < 12);
    a = f->next[a];
  } while (a != x && ++na < 12);
  return against * 2 > total;
}

static void join(forest *f, uint32_t x, uint32_t y) {
  if (f->size[x] < f->size[y]) {
    uint32_t t = x;
    x = y;
    y = t;
  }
  f->root[y] = x;
  f->size[x] += f->size[y];
  uint32_t t = f->next[x];
  f->next[x] = f->next[y];
  f->next[y] = t;
}

static int by_score(const void *p, const void *q, void *ctx) {
  const sw_link_edge *x = p, *y = q;
  const sw_link_grouping *g = ctx;
  if (x->decision != y->decision) return x->decision > y->decision ? -1 : 1;
  if (x->score != y->score) return x->score > y->score ? -1 : 1;
  uint32_t xa = rank_of(g, x->a), xb = rank_of(g, x->b), ya = rank_of(g, y->a), yb = rank_of(g, y->b), t;
  if (xa > xb) t = xa, xa = xb, xb = t;
  if (ya > yb) t = ya, ya = yb, yb = t;
  if (xa != ya) return xa < ya ? -1 : 1;
  return xb < yb ? -1 : xb > yb;
}

static bool same_birth(const sw_link_store *s, uint32_t a, uint32_t b) {
  return s->birth_field >= 0 && sw_link_field_level(s, (size_t)s->birth_field, sw_link_row(s, a), sw_link_row(s, b)) <= 1;
}

static void first_outcome(const sw_link_grouping *g, sw_link_edge *e) {
  e->outcome = e->score >= g->model->link ? SW_LINK_LINKED : e->score >= g->model->review ? SW_LINK_REVIEW : SW_LINK_SEPARATE;
  e->reason = SW_LINK_WHY_SCORE;
  if (e->decision) {
    e->outcome = e->decision > 0 ? SW_LINK_LINKED : SW_LINK_SEPARATE;
    e->reason = SW_LINK_WHY_DECISION;
  } else if (e->bar == SW_LINK_BAR_CONTRADICTION ||
             (g->unique_sources && g->store->sources && g->store->sources[e->a] == g->store->sources[e->b])) {
    e->outcome = SW_LINK_SEPARATE;
    e->reason = SW_LINK_WHY_CONTRADICTION;
  } else if ((g->store->flags[e->a] | g->store->flags[e->b]) & SW_LINK_R_TEST) {
    e->outcome = SW_LINK_SEPARATE; /* nobody's registration is no one's question */
    e->reason = SW_LINK_WHY_STANDIN;
  } else if (e->bar == SW_LINK_BAR_HOUSEHOLD) {
    /* Born on another day they are siblings; born on one they may be one who has changed the name. */
    if (e->outcome == SW_LINK_LINKED) e->outcome = same_birth(g->store, e->a, e->b) ? SW_LINK_REVIEW : SW_LINK_SEPARATE;
    e->reason = SW_LINK_WHY_HOUSEHOLD;
  } else if (e->bar == SW_LINK_BAR_BORROWED || (e->bar != SW_LINK_FREE && e->outcome == SW_LINK_LINKED)) {
    if (e->outcome == SW_LINK_LINKED) e->outcome = SW_LINK_REVIEW;
    e->reason = e->bar == SW_LINK_BAR_BORROWED ? SW_LINK_WHY_BORROWED : SW_LINK_WHY_STANDIN;
  }
}

/* Edges of each record among the sorted ones, best first. */
typedef struct adjacency {
  uint32_t *start, *items;
} adjacency;

static bool adjacency_init(adjacency *a, const sw_link_edge *e, size_t ne, size_t n) {
  a->start = calloc(n + 2, sizeof *a->start);
  a->items = malloc((ne ? ne : 1) * 2 * sizeof *a->items);
  if (!a->start || !a->items) return false;
  for (size_t i = 0; i < ne; i++)
    if (e[i].outcome == SW_LINK_LINKED) a->start[e[i].a + 2]++, a->start[e[i].b + 2]++;
  for (size_t r = 2; r < n + 2; r++) a->start[r] += a->start[r - 1];
  for (size_t i = 0; i < ne; i++)
    if (e[i].outcome == SW_LINK_LINKED) {
      a->items[a->start[e[i].a + 1]++] = (uint32_t)i;
      a->items[a->start[e[i].b + 1]++] = (uint32_t)i;
    }
  return true;
}

static uint32_t other(const sw_link_edge *e, uint32_t r) { return e->a == r ? e->b : e->a; }

/* A record whose best partners are nearly equal and exclude each other: neither is linked by itself. */
static void mark_runners(const sw_link_grouping *g, sw_link_edge *e, const adjacency *adj, uint32_t r) {
  uint32_t from = adj->start[r], to = adj->start[r + 1];
  if (to - from < 2) return;
  sw_link_edge *best = &e[adj->items[from]];
  if (best->decision > 0) return;
  for (uint32_t i = from + 1; i < to && i - from < RUNNERS; i++) {
    sw_link_edge *x = &e[adj->items[i]];
    if (best->score - x->score >= CLOSE_BITS * SW_LINK_BIT) break;
    if (x->decision || !exclude(g, other(best, r), other(x, r))) continue;
    x->reason = best->reason = SW_LINK_WHY_RUNNER_UP;
  }
}

static void join_linked(forest *f, sw_link_edge *e, size_t ne) {
  for (size_t i = 0; i < ne; i++) {
    if (e[i].outcome != SW_LINK_LINKED) continue;
    uint32_t x = find(f, e[i].a), y = find(f, e[i].b);
    if (x == y) continue;
    if (e[i].decision <= 0) {
      if (groups_contradict(f, x, y)) {
        e[i].outcome = SW_LINK_REVIEW;
        e[i].reason = SW_LINK_WHY_CONTRADICTION;
        continue;
      }
      bool several = (uint64_t)f->size[x] * f->size[y] >= 4;
      if (several && groups_disagree(f, x, y)) {
        e[i].outcome = SW_LINK_REVIEW;
        e[i].reason = SW_LINK_WHY_CHAIN;
        continue;
      }
    }
    join(f, x, y);
  }
}

/* A pair held apart that other pairs joined is linked after all; a linked pair never lies across persons. */
static void settle(forest *f, sw_link_edge *e, size_t ne) {
  for (size_t i = 0; i < ne; i++)
    if (e[i].outcome == SW_LINK_REVIEW && find(f, e[i].a) == find(f, e[i].b)) e[i].outcome = SW_LINK_LINKED;
}

static bool forest_init(forest *f, const sw_link_grouping *g, size_t n) {
  *f = (forest){.g = g};
  f->root = malloc((n + 1) * sizeof *f->root);
  f->next = malloc((n + 1) * sizeof *f->next);
  f->size = malloc((n + 1) * sizeof *f->size);
  if (!f->root || !f->next || !f->size) return false;
  for (uint32_t r = 0; r < n; r++) f->root[r] = f->next[r] = r, f->size[r] = 1;
  return true;
}

static void number_persons(forest *f, uint32_t *person, size_t n) {
  uint32_t *first = f->size; /* not needed any more */
  for (uint32_t r = 0; r < n; r++) first[r] = UINT32_MAX;
  for (uint32_t r = 0; r < n; r++) {
    uint32_t x = find(f, r);
    if (first[x] == UINT32_MAX || rank_of(f->g, r) < rank_of(f->g, first[x])) first[x] = r;
  }
  for (uint32_t r = 0; r < n; r++) person[r] = first[find(f, r)];
}

sw_status sw_link_cluster(const sw_link_grouping *g, sw_link_edge *e, size_t ne, uint32_t *person, size_t n, const sw_cancel *cancel, sw_error *err) {
  forest f;
  adjacency adj = {0};
  for (size_t i = 0; i < ne; i++) first_outcome(g, &e[i]);
  qsort_r(e, ne, sizeof *e, by_score, (void *)(uintptr_t)g);
  bool ok = forest_init(&f, g, n) && adjacency_init(&adj, e, ne, n);
  sw_status st = ok ? sw_cancel_check(cancel, err) : SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory");
  if (st == SW_OK) {
    for (uint32_t r = 0; r < n; r++) mark_runners(g, e, &adj, r);
    for (size_t i = 0; i < ne; i++)
      if (e[i].reason == SW_LINK_WHY_RUNNER_UP) e[i].outcome = SW_LINK_REVIEW;
    join_linked(&f, e, ne);
    settle(&f, e, ne);
    number_persons(&f, person, n);
  }
  free(adj.start);
  free(adj.items);
  free(f.root);
  free(f.next);
  free(f.size);
  return st;
}

static const char *const reason_names[] = {"score", "standin", "borrowed_card", "contradiction", "runner_up", "chain", "decision", "household"};
enum { REASONS = sizeof reason_names / sizeof *reason_names };

const char *sw_link_reason_name(sw_link_reason r) { return (size_t)r < REASONS ? reason_names[r] : ""; }

sw_link_reason sw_link_reason_find(sw_str name) {
  for (size_t i = 0; i < REASONS; i++)
    if (sw_str_eqz(name, reason_names[i])) return (sw_link_reason)i;
  return SW_LINK_WHY_SCORE;
}

const char *sw_link_outcome_name(sw_link_outcome o) {
  static const char *const names[] = {"linked", "review", "separate"};
  return (size_t)o < sizeof names / sizeof *names ? names[o] : "";
}

const char *sw_link_reason_text(sw_link_reason r, sw_lang lang) {
  static const char *const text[][2] = {
      {"按得分", "by score"},
      {"占位姓名或新生儿，须人工确认", "a stand-in name or a newborn: to be confirmed"},
      {"同号而姓名与出生日期均不符：疑似借用证卡", "same id, but neither name nor birth date agrees: a borrowed card?"},
      {"证件号不同，或性别与出生日期均不同", "different ids, or both sex and birth date differ"},
      {"有两个相近且互相矛盾的对象", "two nearly equal partners who contradict each other"},
      {"两组记录多数互不相符", "most records of the two groups disagree"},
      {"人工裁定", "decided by a reviewer"},
      {"姓名不同，相符的只有一家人共有的信息：双胞胎或兄弟姐妹？", "names differ and only what a household shares agrees: twins, siblings?"},
  };
  size_t i = (size_t)r < sizeof text / sizeof *text ? (size_t)r : 0;
  return text[i][lang == SW_LANG_EN];
}
