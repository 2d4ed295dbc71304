#include "quality/plan_internal.h"

#include "base/date.h"

#include <math.h>

/* The loops below run over 64 values at a time: constant trip counts that compilers turn into vector code. On x86-64 the
 * hot ones are compiled twice and the wider set of instructions is chosen when the program starts. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HOT __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define HOT
#endif

typedef struct node_run {
  sw_plan_state *s;
  const vnode *n;
  const vscope *sc;
  vvec *out;
} node_run;

static const vvec *kid(const node_run *r, uint32_t i) { return &r->s->vec[r->n->kids[i]]; }
static const sw_xnode *kid_x(const node_run *r, uint32_t i) { return r->n->x->kids[i]; }

static uint64_t all_bits(size_t w, size_t n) {
  return n - w * 64 >= 64 ? UINT64_MAX : (1ull << (n - w * 64)) - 1;
}

/* --- loading columns ------------------------------------------------------------------------------- */

#define WIDEN(type)                                                  \
  do {                                                               \
    const type *from = c->data;                                      \
    for (size_t k = 0; k < n; k++) out->i[k] = (int64_t)from[k];     \
    return true;                                                     \
  } while (0)

static bool widen(const sw_column *c, size_t n, vvec *out) {
  switch ((int)c->storage) {
    case SW_TYPE_BOOL:
    case SW_TYPE_U8: WIDEN(uint8_t);
    case SW_TYPE_I8: WIDEN(int8_t);
    case SW_TYPE_I16: WIDEN(int16_t);
    case SW_TYPE_U16: WIDEN(uint16_t);
    case SW_TYPE_DATE:
    case SW_TYPE_I32: WIDEN(int32_t);
    case SW_TYPE_U32: WIDEN(uint32_t);
    case SW_TYPE_TIME:
    case SW_TYPE_TIMESTAMP:
    case SW_TYPE_I64:
      memcpy(out->i, c->data, n * sizeof *out->i);
      return true;
    default: return false;
  }
}

static void load_slowly(const sw_column *c, const sw_xnode *x, size_t n, vvec *out) {
  for (size_t k = 0; k < n; k++) {
    if (!sw_column_valid(c, k)) continue;
    bool ok;
    if (x->type == SW_Q_FLOAT) {
      ok = sw_column_f64(c, k, &out->d[k]) && out->d[k] - out->d[k] == 0;
    } else if (x->type == SW_Q_INT) {
      ok = sw_column_decimal(c, k, x->scale, &out->i[k]);
    } else {
      ok = sw_column_i64(c, k, &out->i[k]);
    }
    if (ok) continue;
    out->m[0][k >> 6] &= ~(1ull << (k & 63));
    out->m[2][k >> 6] |= 1ull << (k & 63);
  }
}

void sw_plan_load(const sw_column *c, const sw_xnode *x, const vscope *sc, vvec *out) {
  for (size_t w = 0; w < sc->words; w++) {
    out->m[0][w] = !c ? 0 : all_bits(w, sc->n) & (c->validity ? c->validity[w] : UINT64_MAX);
    out->m[2][w] = 0;
  }
  if (!c || !c->data) return;
  int have = c->type.id == SW_TYPE_DECIMAL ? c->type.scale : 0;
  bool plain = x->type != SW_Q_FLOAT && (x->type != SW_Q_INT || have == x->scale);
  if (!plain || !widen(c, sc->n, out)) load_slowly(c, x, sc->n, out);
}

/* A boolean column: bytes to masks. */
static void load_bool(const sw_column *c, const vscope *sc, vvec *out) {
  for (size_t w = 0; w < sc->words; w++) {
    uint64_t valid = !c || !c->data ? 0 : all_bits(w, sc->n) & (c->validity ? c->validity[w] : UINT64_MAX), t = 0;
    const uint8_t *b = c ? c->data : NULL;
    for (size_t k = 0; valid && k < 64 && w * 64 + k < sc->n; k++) t |= (uint64_t)(b[w * 64 + k] != 0) << k;
    out->m[0][w] = t & valid;
    out->m[1][w] = ~t & valid;
    out->m[2][w] = 0;
  }
}

static void run_column(const node_run *r) {
  const sw_xnode *x = r->n->x;
  if (x->op == SW_X_SQL) load_bool(r->s->batch->sql ? r->s->batch->sql[x->sql] : NULL, r->sc, r->out);
  else if (x->type == SW_Q_BOOL) load_bool(sw_plan_column(r->s, r->n->scope, x->column), r->sc, r->out);
  else sw_plan_load(sw_plan_column(r->s, r->n->scope, x->column), x, r->sc, r->out);
}

static void run_const(const node_run *r) {
  const sw_xnode *x = r->n->x;
  for (size_t w = 0; w < r->sc->words; w++) {
    uint64_t all = all_bits(w, r->sc->n);
    bool no = x->type == SW_Q_BOOL && !x->i;
    r->out->m[0][w] = no ? 0 : all;
    r->out->m[1][w] = no ? all : 0;
    r->out->m[2][w] = 0;
  }
  for (size_t k = 0; r->out->d && k < r->sc->n; k++) r->out->d[k] = x->f;
  for (size_t k = 0; r->out->i && k < r->sc->n; k++) r->out->i[k] = x->i;
}

/* Characters are counted by the bytes that begin one; the engine's texts are valid UTF-8. */
static int64_t count_characters(sw_str s) {
  int64_t n = 0;
  for (size_t i = 0; i < s.len; i++) n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
  return n;
}

static void run_length(const node_run *r) {
  const sw_xnode *x = r->n->x;
  const sw_column *c = sw_plan_column(r->s, r->n->scope, x->kids[0]->column);
  bool bytes = x->fn == SW_FN_BYTES;
  for (size_t w = 0; w < r->sc->words; w++) {
    r->out->m[0][w] = !c || !c->data ? 0 : all_bits(w, r->sc->n) & (c->validity ? c->validity[w] : UINT64_MAX);
    r->out->m[2][w] = 0;
  }
  for (size_t k = 0; c && c->data && k < r->sc->n; k++) {
    if (!((r->out->m[0][k >> 6] >> (k & 63)) & 1)) continue;
    sw_str s = sw_column_str(c, k);
    r->out->i[k] = bytes ? (int64_t)s.len : count_characters(s);
  }
}

/* --- row by row -------------------------------------------------------------------------------------- */

static void put(vvec *out, bool condition, size_t k, sw_qval v) {
  uint64_t bit = 1ull << (k & 63);
  size_t w = k >> 6;
  if (v.state == SW_QV_ERROR) out->m[2][w] |= bit;
  else if (v.state == SW_QV_OK) out->m[condition && !v.i ? 1 : 0][w] |= bit;
  if (out->d) out->d[k] = v.f;
  if (out->i) out->i[k] = v.i;
}

static void run_scalar(const node_run *r) {
  sw_scalar *sc = &r->s->scalar;
  bool condition = r->n->x->type == SW_Q_BOOL;
  for (int m = 0; m < 3; m++) memset(r->out->m[m], 0, r->sc->words * sizeof(uint64_t));
  for (size_t k = 0; k < r->sc->n; k++) {
    if (r->n->scope >= 0) {
      if (!((r->sc->own[k >> 6] >> (k & 63)) & 1)) continue;
      sc->row = r->sc->parent[k];
      sc->elem = k;
    } else {
      sc->row = k;
    }
    put(r->out, condition, k, sw_scalar_eval(sc, r->n->x));
    if (sc->scratch.used > 65536) sw_arena_fini(&sc->scratch);
  }
}

static void run_broadcast(const node_run *r) {
  const vvec *a = kid(r, 0);
  for (int m = 0; m < 3; m++) memset(r->out->m[m], 0, r->sc->words * sizeof(uint64_t));
  for (size_t k = 0; k < r->sc->n; k++) {
    if (!((r->sc->own[k >> 6] >> (k & 63)) & 1)) continue;
    size_t p = r->sc->parent[k];
    for (int m = 0; m < 3; m++) r->out->m[m][k >> 6] |= ((a->m[m][p >> 6] >> (p & 63)) & 1) << (k & 63);
    if (r->out->d) r->out->d[k] = a->d[p];
    if (r->out->i) r->out->i[k] = a->i[p];
  }
}

/* --- logic -------------------------------------------------------------------------------------------- */

static void run_and_or(const node_run *r, int decisive) {
  const vvec *a = kid(r, 0), *b = kid(r, 1);
  for (size_t w = 0; w < r->sc->words; w++) {
    uint64_t d = a->m[decisive][w] | b->m[decisive][w], other = a->m[1 - decisive][w] & b->m[1 - decisive][w];
    uint64_t e = (a->m[2][w] | b->m[2][w]) & ~d;
    r->out->m[decisive][w] = d;
    r->out->m[1 - decisive][w] = other;
    r->out->m[2][w] = e;
  }
}

static void run_not(const node_run *r) {
  const vvec *a = kid(r, 0);
  for (size_t w = 0; w < r->sc->words; w++) {
    r->out->m[0][w] = a->m[1][w];
    r->out->m[1][w] = a->m[0][w];
    r->out->m[2][w] = a->m[2][w];
  }
}

static void run_if(const node_run *r) {
  const vvec *c = kid(r, 0), *a = kid(r, 1), *b = r->n->nkids == 3 ? kid(r, 2) : NULL;
  for (size_t w = 0; w < r->sc->words; w++) {
    uint64_t t = c->m[0][w], f = b ? c->m[1][w] : 0;
    for (int m = 0; m < 3; m++) r->out->m[m][w] = (t & a->m[m][w]) | (b ? f & b->m[m][w] : 0);
    r->out->m[2][w] |= c->m[2][w];
  }
}

static void run_isnull(const node_run *r) {
  const vvec *a = kid(r, 0);
  bool condition = kid_x(r, 0)->type == SW_Q_BOOL, null_is = r->n->x->op == SW_X_ISNULL;
  for (size_t w = 0; w < r->sc->words; w++) {
    uint64_t e = a->m[2][w], there = a->m[0][w] | (condition ? a->m[1][w] : 0), not = all_bits(w, r->sc->n) & ~there & ~e;
    r->out->m[0][w] = null_is ? not : there;
    r->out->m[1][w] = null_is ? there : not;
    r->out->m[2][w] = e;
  }
}

/* --- comparisons ---------------------------------------------------------------------------------------- */

#define COMPARE_LOOP(OP)                                                         \
  for (size_t w = 0; w < words; w++) {                                           \
    uint8_t bytes[64];                                                           \
    for (size_t k = 0; k < 64; k++) bytes[k] = (uint8_t)(a[w * 64 + k] OP bk);   \
    bits[w] = pack_bits(bytes);                                                  \
  }

#define COMPARE_SWITCH                           \
  switch ((int)op) {                             \
    case SW_X_EQ: COMPARE_LOOP(==) break;        \
    case SW_X_NE: COMPARE_LOOP(!=) break;        \
    case SW_X_LT: COMPARE_LOOP(<) break;         \
    case SW_X_LE: COMPARE_LOOP(<=) break;        \
    case SW_X_GT: COMPARE_LOOP(>) break;         \
    default: COMPARE_LOOP(>=) break;             \
  }

#define bk b[w * 64 + k]
HOT static void compare_i64(sw_xop op, const int64_t *a, const int64_t *b, size_t words, uint64_t *bits) { COMPARE_SWITCH }
HOT static void compare_f64(sw_xop op, const double *a, const double *b, size_t words, uint64_t *bits) { COMPARE_SWITCH }
#undef bk
#define bk b
HOT static void compare_i64_const(sw_xop op, const int64_t *a, int64_t b, size_t words, uint64_t *bits) { COMPARE_SWITCH }
HOT static void compare_f64_const(sw_xop op, const double *a, double b, size_t words, uint64_t *bits) { COMPARE_SWITCH }
#undef bk

/* Bits to the three masks; `b` is NULL for a constant. The bits were written into m[0]. */
static void settle(const node_run *r, const vvec *a, const vvec *b) {
  for (size_t w = 0; w < r->sc->words; w++) {
    uint64_t bits = r->out->m[0][w], valid = a->m[0][w] & (b ? b->m[0][w] : UINT64_MAX);
    r->out->m[0][w] = bits & valid;
    r->out->m[1][w] = ~bits & valid;
    r->out->m[2][w] = a->m[2][w] | (b ? b->m[2][w] : 0);
  }
}

static void run_cmp(const node_run *r) {
  const vvec *a = kid(r, 0), *b = kid(r, 1);
  if (kid_x(r, 0)->type == SW_Q_FLOAT) compare_f64(r->n->x->op, a->d, b->d, r->sc->words, r->out->m[0]);
  else compare_i64(r->n->x->op, a->i, b->i, r->sc->words, r->out->m[0]);
  settle(r, a, b);
}

static void run_cmp_const(const node_run *r) {
  const vvec *a = kid(r, 0);
  const sw_xnode *c = kid_x(r, 1);
  if (c->type == SW_Q_FLOAT) compare_f64_const(r->n->x->op, a->d, c->f, r->sc->words, r->out->m[0]);
  else compare_i64_const(r->n->x->op, a->i, c->i, r->sc->words, r->out->m[0]);
  settle(r, a, NULL);
}

static void run_in_const(const node_run *r) {
  const vvec *a = kid(r, 0);
  uint64_t *bits = r->out->m[0], one[SW_MASK_WORDS];
  memset(bits, 0, r->sc->words * sizeof *bits);
  for (uint32_t k = 1; k < r->n->x->nkids; k++)
    for (size_t w = 0; w < r->sc->words; w += SW_MASK_WORDS) {
      size_t words = r->sc->words - w < SW_MASK_WORDS ? r->sc->words - w : SW_MASK_WORDS;
      compare_i64_const(SW_X_EQ, a->i + w * 64, kid_x(r, k)->i, words, one);
      for (size_t j = 0; j < words; j++) bits[w + j] |= one[j];
    }
  settle(r, a, NULL);
}

/* --- arithmetic ------------------------------------------------------------------------------------------- */

/* Valid where both are; an overflow or an infinity turns a value into an error. */
static void both_valid(const node_run *r, const vvec *a, const vvec *b) {
  for (size_t w = 0; w < r->sc->words; w++) {
    r->out->m[0][w] = a->m[0][w] & b->m[0][w];
    r->out->m[2][w] = a->m[2][w] | b->m[2][w];
  }
}

static void spoil(vvec *v, size_t k) {
  uint64_t bit = 1ull << (k & 63);
  if (!(v->m[0][k >> 6] & bit)) return;
  v->m[0][k >> 6] &= ~bit;
  v->m[2][k >> 6] |= bit;
}

static bool int_op(sw_xop op, int64_t a, int64_t b, int64_t *out) {
  if (op == SW_X_ADD) return !__builtin_add_overflow(a, b, out);
  if (op == SW_X_SUB) return !__builtin_sub_overflow(a, b, out);
  return !__builtin_mul_overflow(a, b, out);
}

static void run_float_arith(const node_run *r, const vvec *a, const vvec *b) {
  sw_xop op = r->n->x->op;
  for (size_t k = 0; k < r->sc->n; k++) {
    double v = op == SW_X_ADD ? a->d[k] + b->d[k] : op == SW_X_SUB ? a->d[k] - b->d[k] : op == SW_X_MUL ? a->d[k] * b->d[k] : 0;
    if (op == SW_X_NEG) v = -a->d[k];
    if (op == SW_X_DIV) {
      if (b->d[k] == 0) r->out->m[0][k >> 6] &= ~(1ull << (k & 63)); /* as in the engine's //: unknown */
      else v = a->d[k] / b->d[k];
    }
    if (v - v != 0) spoil(r->out, k);
    r->out->d[k] = v;
  }
}

static void run_arith(const node_run *r) {
  const vvec *a = kid(r, 0), *b = kid(r, r->n->nkids - 1);
  both_valid(r, a, b);
  if (r->n->x->type == SW_Q_FLOAT) {
    run_float_arith(r, a, b);
    return;
  }
  sw_xop op = r->n->x->op;
  for (size_t k = 0; k < r->sc->n; k++) {
    bool ok = op == SW_X_NEG ? int_op(SW_X_SUB, 0, a->i[k], &r->out->i[k]) : int_op(op, a->i[k], b->i[k], &r->out->i[k]);
    if (!ok) spoil(r->out, k);
  }
}

static int64_t power10(int n) {
  int64_t p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

static void run_cast(const node_run *r) {
  const vvec *a = kid(r, 0);
  const sw_xnode *from = kid_x(r, 0), *to = r->n->x;
  both_valid(r, a, a);
  if (to->type == SW_Q_FLOAT) {
    double p = (double)power10(from->scale);
    for (size_t k = 0; k < r->sc->n; k++) r->out->d[k] = (double)a->i[k] / p;
    return;
  }
  if (to->type == SW_Q_DATE) { /* from TIME, floored */
    for (size_t k = 0; k < r->sc->n; k++) {
      int64_t v = a->i[k], q = v / SW_US_PER_DAY;
      r->out->i[k] = q - (v % SW_US_PER_DAY < 0);
    }
    return;
  }
  int64_t p = to->type == SW_Q_TIME ? SW_US_PER_DAY : power10(to->scale - from->scale);
  for (size_t k = 0; k < r->sc->n; k++)
    if (!int_op(SW_X_MUL, a->i[k], p, &r->out->i[k])) spoil(r->out, k);
}

/* --- functions --------------------------------------------------------------------------------------------- */

static void run_sum(const node_run *r) {
  vvec *out = r->out;
  bool real = r->n->x->type == SW_Q_FLOAT;
  for (int m = 0; m < 3; m += 2) memset(out->m[m], 0, r->sc->words * sizeof(uint64_t));
  if (real) memset(out->d, 0, r->sc->n * sizeof *out->d);
  else memset(out->i, 0, r->sc->n * sizeof *out->i);
  for (uint32_t j = 0; j < r->n->nkids; j++) {
    const vvec *a = kid(r, j);
    for (size_t w = 0; w < r->sc->words; w++) {
      out->m[0][w] |= a->m[0][w];
      out->m[2][w] |= a->m[2][w];
    }
    for (size_t k = 0; k < r->sc->n; k++) {
      if (!((a->m[0][k >> 6] >> (k & 63)) & 1)) continue;
      if (real) out->d[k] += a->d[k];
      else if (__builtin_add_overflow(out->i[k], a->i[k], &out->i[k])) out->m[2][k >> 6] |= 1ull << (k & 63);
    }
  }
  for (size_t k = 0; real && k < r->sc->n; k++)
    if (out->d[k] - out->d[k] != 0) spoil(out, k);
  for (size_t w = 0; w < r->sc->words; w++) out->m[0][w] &= ~out->m[2][w];
}

static bool day_in_range(int64_t d) { return d > -4000000 && d < 4000000; }

static void run_ages(const node_run *r, const vvec *a, const vvec *b) {
  for (size_t k = 0; k < r->sc->n; k++) {
    if (!((r->out->m[0][k >> 6] >> (k & 63)) & 1)) continue;
    if (!day_in_range(a->i[k]) || !day_in_range(b->i[k])) r->out->m[0][k >> 6] &= ~(1ull << (k & 63));
    else r->out->i[k] = sw_age_years((int32_t)a->i[k], (int32_t)b->i[k]);
  }
}

static void run_fn(const node_run *r) {
  if (r->n->x->fn == SW_FN_SUM) {
    run_sum(r);
    return;
  }
  const vvec *a = kid(r, 0), *b = kid(r, r->n->nkids - 1);
  both_valid(r, a, b);
  if (r->n->x->fn == SW_FN_AGE_YEARS) {
    run_ages(r, a, b);
  } else if (r->n->x->fn == SW_FN_DAYS) {
    for (size_t k = 0; k < r->sc->n; k++)
      if (!int_op(SW_X_SUB, b->i[k], a->i[k], &r->out->i[k])) spoil(r->out, k);
  } else if (r->out->d) {
    for (size_t k = 0; k < r->sc->n; k++) r->out->d[k] = fabs(a->d[k]);
  } else {
    for (size_t k = 0; k < r->sc->n; k++)
      if (!int_op(a->i[k] < 0 ? SW_X_SUB : SW_X_ADD, 0, a->i[k], &r->out->i[k])) spoil(r->out, k);
  }
}

/* --- folding children to their row ---------------------------------------------------------------------------- */

/* Rows that own a value whose bit is set. */
static void fold_bits(const vscope *child, const uint64_t *bits, uint64_t *rows) {
  for (size_t w = 0; w < child->words; w++)
    for (uint64_t m = bits[w] & child->own[w]; m; m &= m - 1) {
      size_t p = child->parent[w * 64 + (size_t)__builtin_ctzll(m)];
      rows[p >> 6] |= 1ull << (p & 63);
    }
}

static void fold_conditions(const node_run *r, const vscope *child) {
  sw_xop op = r->n->x->op;
  uint64_t found[SW_MASK_WORDS], broken[SW_MASK_WORDS], every[SW_MASK_WORDS], any_broken[SW_MASK_WORDS] = {0};
  memset(every, 0xFF, sizeof every);
  for (uint32_t j = 0; j < r->n->nkids; j++) {
    memset(found, 0, sizeof found);
    memset(broken, 0, sizeof broken);
    fold_bits(child, kid(r, j)->m[op == SW_X_ALL ? 1 : 0], found);
    fold_bits(child, kid(r, j)->m[2], broken);
    for (size_t w = 0; w < r->sc->words; w++) {
      any_broken[w] = (any_broken[w] & (found[w] | broken[w])) | (broken[w] & ~found[w] & every[w]);
      every[w] &= found[w] | broken[w];
    }
  }
  bool upside = op == SW_X_ALL || op == SW_X_NONE;
  for (size_t w = 0; w < r->sc->words; w++) {
    uint64_t all = all_bits(w, r->sc->n), e = any_broken[w] & every[w] & all, t = every[w] & ~e & all, f = all & ~t & ~e;
    r->out->m[0][w] = upside ? f : t;
    r->out->m[1][w] = upside ? t : f;
    r->out->m[2][w] = e;
  }
}

static void fold_count(const node_run *r, const vscope *child) {
  uint64_t *err = r->out->m[2];
  memset(err, 0, r->sc->words * sizeof *err);
  memset(r->out->i, 0, r->sc->n * sizeof *r->out->i);
  if (r->n->nkids) fold_bits(child, kid(r, 0)->m[2], err);
  for (size_t w = 0; w < child->words; w++)
    for (uint64_t m = child->own[w] & (r->n->nkids ? kid(r, 0)->m[0][w] : UINT64_MAX); m; m &= m - 1)
      r->out->i[child->parent[w * 64 + (size_t)__builtin_ctzll(m)]]++;
  for (size_t w = 0; w < r->sc->words; w++) r->out->m[0][w] = all_bits(w, r->sc->n) & ~err[w];
}

static void accumulate(const node_run *r, const vvec *a, size_t k, size_t p) {
  vvec *o = r->out;
  sw_xop op = r->n->x->op;
  uint64_t bit = 1ull << (p & 63);
  bool first = !(o->m[0][p >> 6] & bit);
  o->m[0][p >> 6] |= bit;
  if (o->d) {
    double v = a->d[k];
    o->d[p] = first ? v : op == SW_X_SUM ? o->d[p] + v : op == SW_X_MIN ? fmin(o->d[p], v) : fmax(o->d[p], v);
    if (o->d[p] - o->d[p] != 0) o->m[2][p >> 6] |= bit;
    return;
  }
  int64_t v = a->i[k];
  if (op == SW_X_SUM && !first) {
    if (__builtin_add_overflow(o->i[p], v, &o->i[p])) o->m[2][p >> 6] |= bit;
  } else if (first || (op == SW_X_MIN && v < o->i[p]) || (op == SW_X_MAX && v > o->i[p])) {
    o->i[p] = v;
  }
}

static void fold_aggregate(const node_run *r, const vscope *child) {
  const vvec *a = kid(r, 0), *cond = r->n->nkids == 2 ? kid(r, 1) : NULL;
  memset(r->out->m[0], 0, r->sc->words * sizeof(uint64_t));
  memset(r->out->m[2], 0, r->sc->words * sizeof(uint64_t));
  for (size_t w = 0; w < child->words; w++) {
    uint64_t chosen = child->own[w] & (cond ? cond->m[0][w] : UINT64_MAX);
    uint64_t bad = (a->m[2][w] & chosen) | (cond ? cond->m[2][w] & child->own[w] : 0);
    for (; bad; bad &= bad - 1) {
      size_t p = child->parent[w * 64 + (size_t)__builtin_ctzll(bad)];
      r->out->m[2][p >> 6] |= 1ull << (p & 63);
    }
    for (uint64_t m = chosen & a->m[0][w]; m; m &= m - 1) {
      size_t k = w * 64 + (size_t)__builtin_ctzll(m);
      accumulate(r, a, k, child->parent[k]);
    }
  }
  for (size_t w = 0; w < r->sc->words; w++) r->out->m[0][w] &= ~r->out->m[2][w];
}

static void run_fold(const node_run *r) {
  const vscope *child = scope_of(r->s, r->n->x->child);
  sw_xop op = r->n->x->op;
  if (op == SW_X_COUNT) fold_count(r, child);
  else if (op == SW_X_SUM || op == SW_X_MIN || op == SW_X_MAX) fold_aggregate(r, child);
  else fold_conditions(r, child);
}

void sw_plan_node_run(sw_plan_state *s, uint32_t node) {
  const vnode *n = &s->plan->nodes.items[node];
  node_run r = {.s = s, .n = n, .sc = scope_of(s, n->scope), .out = &s->vec[node]};
  switch (n->op) {
    case V_COLUMN: run_column(&r); break;
    case V_CONST: run_const(&r); break;
    case V_TEXT: break; /* filled by its program */
    case V_LENGTH: run_length(&r); break;
    case V_SCALAR: run_scalar(&r); break;
    case V_BROADCAST: run_broadcast(&r); break;
    case V_AND: run_and_or(&r, 1); break;
    case V_OR: run_and_or(&r, 0); break;
    case V_NOT: run_not(&r); break;
    case V_IF: run_if(&r); break;
    case V_CMP: run_cmp(&r); break;
    case V_CMP_CONST: run_cmp_const(&r); break;
    case V_IN_CONST: run_in_const(&r); break;
    case V_ISNULL: run_isnull(&r); break;
    case V_ARITH: run_arith(&r); break;
    case V_CAST: run_cast(&r); break;
    case V_FN: run_fn(&r); break;
    case V_FOLD: run_fold(&r); break;
  }
}
