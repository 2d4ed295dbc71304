#include "quality/scalar.h"

#include "base/date.h"
#include "base/utf8.h"
#include "quality/format.h"

#include <math.h>

static const sw_qval NOTHING = {.state = SW_QV_NULL};
static const sw_qval BROKEN = {.state = SW_QV_ERROR};

static sw_qval of_int(int64_t i) { return (sw_qval){.state = SW_QV_OK, .i = i}; }
static sw_qval of_text(sw_str s) { return (sw_qval){.state = SW_QV_OK, .s = s}; }
/* Infinity and NaN are broken, never a value. */
static sw_qval of_float(double f) { return f - f == 0 ? (sw_qval){.state = SW_QV_OK, .f = f} : BROKEN; }

sw_status sw_scalar_init(sw_scalar *s, sw_error *err) {
  *s = (sw_scalar){.matcher = sw_qmatcher_new()};
  return s->matcher ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
}

void sw_scalar_fini(sw_scalar *s) {
  sw_qmatcher_free(s->matcher);
  sw_arena_fini(&s->scratch);
  s->matcher = NULL;
}

bool sw_codes_match(const sw_code_range *r, uint32_t n, sw_str code) {
  for (uint32_t i = 0; i < n; i++) {
    sw_str lo = sw_str_sub(code, 0, r[i].lo.len), hi = sw_str_sub(code, 0, r[i].hi.len);
    if (sw_str_cmp(lo, r[i].lo) >= 0 && sw_str_cmp(hi, r[i].hi) <= 0) return true;
  }
  return false;
}

/* --- columns ------------------------------------------------------------------------------------ */

static sw_qval column_value(const sw_column *c, const sw_xnode *x, size_t at) {
  if (!c || !sw_column_valid(c, at)) return NOTHING;
  int64_t i = 0;
  double f = 0;
  switch (x->type) {
    case SW_Q_TEXT: return of_text(sw_column_str(c, at));
    case SW_Q_FLOAT: return sw_column_f64(c, at, &f) ? of_float(f) : BROKEN;
    case SW_Q_INT: return sw_column_decimal(c, at, x->scale, &i) ? of_int(i) : BROKEN;
    case SW_Q_BOOL: case SW_Q_DATE: case SW_Q_TIME: return sw_column_i64(c, at, &i) ? of_int(i) : BROKEN;
    case SW_Q_NULL: break;
  }
  return NOTHING;
}

static sw_qval eval_column(sw_scalar *s, const sw_xnode *x) {
  if (s->text) return s->text->ptr ? of_text(*s->text) : NOTHING;
  if (x->child < 0) return column_value(s->batch->row[x->column], x, s->row);
  return column_value(s->batch->children[x->child].columns[x->column], x, s->elem);
}

/* --- logic -------------------------------------------------------------------------------------- */

static bool is_true(sw_qval v) { return v.state == SW_QV_OK && v.i; }
static bool is_false(sw_qval v) { return v.state == SW_QV_OK && !v.i; }

static sw_qval eval_and_or(sw_scalar *s, const sw_xnode *x) {
  bool decisive = x->op == SW_X_OR; /* the value that decides whatever the other side is */
  sw_qval a = sw_scalar_eval(s, x->kids[0]);
  if (a.state == SW_QV_OK && (a.i != 0) == decisive) return a;
  sw_qval b = sw_scalar_eval(s, x->kids[1]);
  if (b.state == SW_QV_OK && (b.i != 0) == decisive) return b;
  if (a.state == SW_QV_ERROR || b.state == SW_QV_ERROR) return BROKEN;
  if (a.state == SW_QV_NULL || b.state == SW_QV_NULL) return NOTHING;
  return of_int(!decisive);
}

static sw_qval eval_if(sw_scalar *s, const sw_xnode *x) {
  sw_qval c = sw_scalar_eval(s, x->kids[0]);
  if (c.state == SW_QV_ERROR) return c;
  if (is_true(c)) return sw_scalar_eval(s, x->kids[1]);
  return x->nkids == 3 && is_false(c) ? sw_scalar_eval(s, x->kids[2]) : NOTHING;
}

/* Order of two values of one type: <0, 0, >0. */
static int compare(const sw_xnode *x, sw_qval a, sw_qval b) {
  if (x->type == SW_Q_TEXT) return sw_str_cmp(a.s, b.s);
  if (x->type == SW_Q_FLOAT) return a.f < b.f ? -1 : a.f > b.f;
  return a.i < b.i ? -1 : a.i > b.i;
}

static bool compared(sw_xop op, int c) {
  switch ((int)op) {
    case SW_X_EQ: return c == 0;
    case SW_X_NE: return c != 0;
    case SW_X_LT: return c < 0;
    case SW_X_LE: return c <= 0;
    case SW_X_GT: return c > 0;
    default: return c >= 0;
  }
}

static bool unusable(sw_qval a, sw_qval b, sw_qval *out) {
  if (a.state == SW_QV_ERROR || b.state == SW_QV_ERROR) *out = BROKEN;
  else if (a.state == SW_QV_NULL || b.state == SW_QV_NULL) *out = NOTHING;
  else return false;
  return true;
}

static sw_qval eval_compare(sw_scalar *s, const sw_xnode *x) {
  sw_qval a = sw_scalar_eval(s, x->kids[0]), b = sw_scalar_eval(s, x->kids[1]), out;
  if (unusable(a, b, &out)) return out;
  return of_int(compared(x->op, compare(x->kids[0], a, b)));
}

static sw_qval eval_inlist(sw_scalar *s, const sw_xnode *x) {
  sw_qval a = sw_scalar_eval(s, x->kids[0]);
  if (a.state != SW_QV_OK) return a;
  bool unknown = false;
  for (uint32_t i = 1; i < x->nkids; i++) {
    sw_qval b = sw_scalar_eval(s, x->kids[i]);
    if (b.state == SW_QV_ERROR) return b;
    if (b.state == SW_QV_NULL) unknown = true;
    else if (compare(x->kids[0], a, b) == 0) return of_int(1);
  }
  return unknown ? NOTHING : of_int(0);
}

/* --- arithmetic --------------------------------------------------------------------------------- */

static sw_qval arithmetic(const sw_xnode *x, sw_qval a, sw_qval b) {
  int64_t r = 0;
  bool bad = false;
  if (x->type == SW_Q_FLOAT) {
    if (x->op == SW_X_ADD) return of_float(a.f + b.f);
    if (x->op == SW_X_SUB) return of_float(a.f - b.f);
    if (x->op == SW_X_MUL) return of_float(a.f * b.f);
    return b.f == 0 ? NOTHING : of_float(a.f / b.f);
  }
  if (x->op == SW_X_ADD) bad = __builtin_add_overflow(a.i, b.i, &r);
  else if (x->op == SW_X_SUB) bad = __builtin_sub_overflow(a.i, b.i, &r);
  else bad = __builtin_mul_overflow(a.i, b.i, &r);
  return bad ? BROKEN : of_int(r);
}

static sw_qval eval_arithmetic(sw_scalar *s, const sw_xnode *x) {
  sw_qval a = sw_scalar_eval(s, x->kids[0]), out;
  if (x->op == SW_X_NEG) {
    if (a.state != SW_QV_OK) return a;
    return x->type == SW_Q_FLOAT ? of_float(-a.f) : a.i == INT64_MIN ? BROKEN : of_int(-a.i);
  }
  sw_qval b = sw_scalar_eval(s, x->kids[1]);
  return unusable(a, b, &out) ? out : arithmetic(x, a, b);
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

static double scaled(int64_t i, int scale) {
  static const double p[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  return (double)i / p[scale < 19 ? scale : 18];
}

static sw_qval rescale(int64_t i, int from, int to) {
  for (; from < to; from++)
    if (__builtin_mul_overflow(i, 10, &i)) return BROKEN;
  return of_int(i);
}

static sw_qval eval_cast(sw_scalar *s, const sw_xnode *x) {
  const sw_xnode *k = x->kids[0];
  sw_qval v = sw_scalar_eval(s, k);
  if (v.state != SW_QV_OK) return v;
  int32_t days;
  switch (x->type) {
    case SW_Q_INT: return rescale(v.i, k->scale, x->scale);
    case SW_Q_FLOAT: return of_float(scaled(v.i, k->scale));
    case SW_Q_TIME: return rescale(v.i * 86400, 0, 6); /* from DATE: an int32 of days fits */
    case SW_Q_DATE:
      if (k->type == SW_Q_TIME) return of_int(floor_div(v.i, SW_US_PER_DAY));
      return sw_parse_date(v.s, &days) ? of_int(days) : NOTHING;
    case SW_Q_NULL: case SW_Q_BOOL: case SW_Q_TEXT: break;
  }
  return v;
}

/* --- functions ---------------------------------------------------------------------------------- */

static bool day_in_range(int64_t d) { return d > -4000000 && d < 4000000; } /* years ± 10,000 */

static sw_qval eval_dates(const sw_xnode *x, sw_qval a, sw_qval b) {
  int y, m, d;
  if (x->fn == SW_FN_HOURS) return of_float(((double)b.i - (double)a.i) / 3.6e9);
  if (x->fn == SW_FN_DAYS) return of_int(b.i - a.i);
  if (x->fn == SW_FN_DATE) return a;
  if (!day_in_range(a.i) || !day_in_range(b.i)) return NOTHING;
  if (x->fn == SW_FN_AGE_YEARS) return of_int(sw_age_years((int32_t)a.i, (int32_t)b.i));
  sw_civil_from_days((int32_t)a.i, &y, &m, &d);
  return of_int(x->fn == SW_FN_YEAR ? y : x->fn == SW_FN_MONTH ? m : d);
}

static sw_qval to_scale(double f, int scale, double (*how)(double)) {
  double r = how(f * pow(10, scale));
  return r >= -9.2e18 && r <= 9.2e18 ? of_int((int64_t)r) : BROKEN;
}

/* Half away from zero, as money is rounded. */
static sw_qval round_int(int64_t i, int from, int to) {
  if (to >= from) return rescale(i, from, to);
  int64_t p = 1;
  for (int k = to; k < from; k++) p *= 10;
  int64_t q = i / p, r = i % p;
  if (r >= p - p / 2) q++;
  else if (r <= -(p - p / 2)) q--;
  return of_int(q);
}

static sw_qval eval_number(const sw_xnode *x, sw_qval a, sw_qval b) {
  const sw_xnode *k = x->kids[0];
  bool whole = k->type == SW_Q_INT;
  switch ((int)x->fn) {
    case SW_FN_ABS:
      if (!whole) return of_float(fabs(a.f));
      return a.i == INT64_MIN ? BROKEN : of_int(a.i < 0 ? -a.i : a.i);
    case SW_FN_ROUND: return whole ? round_int(a.i, k->scale, x->scale) : to_scale(a.f, x->scale, round);
    case SW_FN_FLOOR: {
      int64_t p = 1;
      for (int i = 0; i < k->scale; i++) p *= 10;
      return whole ? of_int(floor_div(a.i, p)) : to_scale(a.f, 0, floor);
    }
    case SW_FN_LN: return a.f > 0 ? of_float(log(a.f)) : BROKEN;
    case SW_FN_LOG10: return a.f > 0 ? of_float(log10(a.f)) : BROKEN;
    case SW_FN_SQRT: return a.f >= 0 ? of_float(sqrt(a.f)) : BROKEN;
    case SW_FN_MOD: return b.i == 0 ? NOTHING : b.i == -1 ? of_int(0) : of_int(a.i % b.i);
    default: return BROKEN;
  }
}

static sw_qval filled(const sw_xnode *k, sw_qval v, bool given) {
  if (v.state != SW_QV_OK) return v.state == SW_QV_ERROR ? v : of_int(0);
  if (k->type != SW_Q_TEXT) return of_int(1);
  return of_int(given ? !sw_text_is_empty_word(v.s) : sw_str_trim(v.s).len > 0);
}

static sw_qval add(const sw_xnode *k, sw_qval a, sw_qval b) {
  int64_t r;
  if (k->type == SW_Q_FLOAT) return of_float(a.f + b.f);
  return __builtin_add_overflow(a.i, b.i, &r) ? BROKEN : of_int(r);
}

/* sum, least, greatest, coalesce leave unknown values out; all unknown is unknown. */
static sw_qval eval_many(sw_scalar *s, const sw_xnode *x) {
  sw_qval acc = x->fn == SW_FN_COUNT_FILLED ? of_int(0) : NOTHING;
  for (uint32_t i = 0; i < x->nkids; i++) {
    const sw_xnode *k = x->kids[i];
    sw_qval v = sw_scalar_eval(s, k);
    if (v.state == SW_QV_ERROR) return v;
    if (x->fn == SW_FN_COUNT_FILLED) {
      acc.i += filled(k, v, false).i;
      continue;
    }
    if (v.state == SW_QV_NULL) continue;
    if (acc.state != SW_QV_NULL && x->fn == SW_FN_SUM) acc = add(k, acc, v);
    else if (acc.state == SW_QV_NULL || (x->fn == SW_FN_LEAST && compare(k, v, acc) < 0) || (x->fn == SW_FN_GREATEST && compare(k, v, acc) > 0))
      acc = v;
    if (x->fn == SW_FN_COALESCE || acc.state == SW_QV_ERROR) break;
  }
  return acc;
}

/* Byte offset of the k-th code point. */
static size_t cp_offset(sw_str s, size_t k) {
  size_t at = 0;
  while (k-- && at < s.len) {
    uint32_t cp;
    size_t n = sw_utf8_decode(s.ptr + at, s.len - at, &cp);
    at += n ? n : 1;
  }
  return at;
}

static sw_qval change_case(sw_scalar *s, sw_str t, bool up) {
  char *p = sw_arena_dupz(&s->scratch, t);
  if (!p) return BROKEN;
  for (size_t i = 0; i < t.len; i++) {
    if (up && p[i] >= 'a' && p[i] <= 'z') p[i] = (char)(p[i] - 32);
    else if (!up && p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
  }
  return of_text((sw_str){p, t.len});
}

/* days/hours/minutes, as the settlement list writes durations ("1/13/24"); a bare number is hours. */
static sw_qval duration_hours(sw_str t) {
  double total = 0, unit[3] = {24, 1, 1.0 / 60};
  int part = 0;
  t = sw_str_trim(t);
  double alone;
  if (sw_str_to_f64(t, &alone)) return of_float(alone);
  while (part < 3) {
    ptrdiff_t slash = sw_str_find(t, SW_LIT("/"));
    sw_str head = slash < 0 ? t : sw_str_sub(t, 0, (size_t)slash);
    int64_t v;
    if (!sw_str_to_i64(head, &v) || v < 0) return NOTHING;
    total += (double)v * unit[part++];
    if (slash < 0) break;
    t = sw_str_sub(t, (size_t)slash + 1, t.len);
  }
  return part == 3 ? of_float(total) : NOTHING;
}

static sw_qval id_fact(const sw_xnode *x, sw_str t) {
  int32_t days;
  char sex;
  if (x->fn == SW_FN_ID_BIRTH) return sw_id_birth(t, &days) ? of_int(days) : NOTHING;
  if (!sw_id_sex(t, &sex)) return NOTHING;
  return of_text(sex == '1' ? SW_LIT("1") : SW_LIT("2"));
}

static sw_qval name_of(const sw_xnode *x, sw_str code) {
  uint64_t at;
  if (!x->set || !x->set->names || !sw_map_get(&x->set->codes, code, &at)) return NOTHING;
  return of_text(x->set->names[at]);
}

static sw_qval concat(sw_scalar *s, const sw_xnode *x) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  for (uint32_t i = 0; i < x->nkids; i++) {
    sw_qval v = sw_scalar_eval(s, x->kids[i]);
    if (v.state != SW_QV_OK) return v;
    sw_buf_str_put(&b, v.s);
  }
  const char *p = sw_buf_ok(&b) ? sw_arena_dupz(&s->scratch, sw_buf_str(&b)) : NULL;
  return p ? of_text((sw_str){p, b.len}) : BROKEN;
}

static sw_qval eval_text(sw_scalar *s, const sw_xnode *x, sw_str t) {
  double f;
  int64_t k = x->nkids > 1 && x->kids[1]->op == SW_X_CONST ? x->kids[1]->i : 0;
  switch ((int)x->fn) {
    case SW_FN_LENGTH: return of_int((int64_t)sw_utf8_count(t));
    case SW_FN_BYTES: return of_int((int64_t)t.len);
    case SW_FN_NUMBER: return sw_str_to_f64(sw_str_trim(t), &f) ? of_float(f) : NOTHING;
    case SW_FN_DURATION_HOURS: return duration_hours(t);
    case SW_FN_LEFT: return of_text(sw_str_sub(t, 0, cp_offset(t, (size_t)k)));
    case SW_FN_RIGHT: {
      size_t n = sw_utf8_count(t), from = n > (size_t)k ? cp_offset(t, n - (size_t)k) : 0;
      return of_text(sw_str_sub(t, from, t.len));
    }
    case SW_FN_SUBSTR: {
      size_t from = cp_offset(t, (size_t)k - 1);
      sw_str rest = sw_str_sub(t, from, t.len);
      return of_text(sw_str_sub(rest, 0, cp_offset(rest, (size_t)x->kids[2]->i)));
    }
    case SW_FN_UPPER: return change_case(s, t, true);
    case SW_FN_LOWER: return change_case(s, t, false);
    case SW_FN_TRIM: return of_text(sw_str_trim(t));
    case SW_FN_NAME_OF: return name_of(x, t);
    default: return id_fact(x, t);
  }
}

static sw_qval eval_contains(sw_scalar *s, const sw_xnode *x, sw_qval a) {
  sw_qval b = sw_scalar_eval(s, x->kids[1]);
  if (b.state != SW_QV_OK) return b;
  if (x->fn == SW_FN_CONTAINS) return of_int(sw_str_find(a.s, b.s) >= 0);
  return of_int(x->fn == SW_FN_STARTS ? sw_str_starts(a.s, b.s) : sw_str_ends(a.s, b.s));
}

static sw_qval institution(const sw_xnode *x, sw_str org) {
  sw_str out;
  bool known = x->sets && x->sets->attribute && x->sets->attribute(x->sets->ctx, org, x->s, &out);
  return known ? of_text(out) : NOTHING;
}

static sw_qval eval_call(sw_scalar *s, const sw_xnode *x) {
  if (x->fn >= SW_FN_SUM && x->fn <= SW_FN_COUNT_FILLED) return eval_many(s, x);
  if (x->fn == SW_FN_CONCAT) return concat(s, x);
  sw_qval a = sw_scalar_eval(s, x->kids[0]), b = a, out;
  if (a.state != SW_QV_OK) return a;
  if (x->fn == SW_FN_ORG) return institution(x, a.s);
  if (x->fn <= SW_FN_MOD) {
    if (x->nkids > 1) b = sw_scalar_eval(s, x->kids[1]);
    if (unusable(a, b, &out)) return out;
    return x->fn <= SW_FN_DAY ? eval_dates(x, a, b) : eval_number(x, a, b);
  }
  if (x->fn == SW_FN_CONTAINS || x->fn == SW_FN_STARTS || x->fn == SW_FN_ENDS) return eval_contains(s, x, a);
  return eval_text(s, x, a.s);
}

/* --- tests of texts ------------------------------------------------------------------------------ */

static sw_qval eval_test(sw_scalar *s, const sw_xnode *x) {
  sw_qval v = sw_scalar_eval(s, x->kids[0]);
  if (v.state != SW_QV_OK) return v;
  switch ((int)x->op) {
    case SW_X_FORMAT: return of_int(sw_qformat_check((sw_qformat)x->format, v.s));
    case SW_X_CODES: return of_int(sw_codes_match(x->codes, x->ncodes, v.s));
    case SW_X_INSET: return x->set ? of_int(sw_map_has(&x->set->codes, v.s)) : NOTHING;
    default: {
      int m = sw_qregex_match(x->regex, s->matcher, v.s);
      return m < 0 ? BROKEN : of_int(m);
    }
  }
}

/* --- children ------------------------------------------------------------------------------------ */

static sw_list_entry children_of(const sw_scalar *s, int child) {
  const sw_column *list = s->batch->children[child].list;
  if (!list || !sw_column_valid(list, s->row)) return (sw_list_entry){0, 0};
  return sw_column_list(list, s->row);
}

/* An unknown element counts neither for nor against: any and count need a known true, all a known false. */
static sw_qval eval_any(sw_scalar *s, const sw_xnode *x) {
  sw_list_entry e = children_of(s, x->child);
  int64_t trues = 0, falses = 0;
  bool broken = false;
  for (uint64_t i = 0; i < e.length; i++) {
    s->elem = (size_t)(e.offset + i);
    sw_qval v = x->nkids ? sw_scalar_eval(s, x->kids[0]) : of_int(1);
    broken |= v.state == SW_QV_ERROR;
    trues += is_true(v);
    falses += is_false(v);
  }
  if (x->op == SW_X_ANY) return trues ? of_int(1) : broken ? BROKEN : of_int(0);
  if (x->op == SW_X_NONE) return trues ? of_int(0) : broken ? BROKEN : of_int(1);
  if (x->op == SW_X_ALL) return falses ? of_int(0) : broken ? BROKEN : of_int(1);
  return broken ? BROKEN : of_int(trues);
}

/* Each predicate holds for some child. Predicates are meant to be exclusive (two code ranges), so that the children differ. */
static sw_qval eval_both(sw_scalar *s, const sw_xnode *x) {
  sw_list_entry e = children_of(s, x->child);
  bool any_broken = false;
  for (uint32_t k = 0; k < x->nkids; k++) {
    bool found = false, broken = false;
    for (uint64_t i = 0; i < e.length && !found; i++) {
      s->elem = (size_t)(e.offset + i);
      sw_qval v = sw_scalar_eval(s, x->kids[k]);
      found = is_true(v);
      broken |= v.state == SW_QV_ERROR;
    }
    if (!found && !broken) return of_int(0);
    any_broken |= !found;
  }
  return any_broken ? BROKEN : of_int(1);
}

static sw_qval eval_aggregate(sw_scalar *s, const sw_xnode *x) {
  sw_list_entry e = children_of(s, x->child);
  sw_qval acc = NOTHING;
  for (uint64_t i = 0; i < e.length; i++) {
    s->elem = (size_t)(e.offset + i);
    if (x->nkids == 2) {
      sw_qval cond = sw_scalar_eval(s, x->kids[1]);
      if (cond.state == SW_QV_ERROR) return cond;
      if (!is_true(cond)) continue;
    }
    sw_qval v = sw_scalar_eval(s, x->kids[0]);
    if (v.state == SW_QV_ERROR) return v;
    if (v.state == SW_QV_NULL) continue;
    if (acc.state != SW_QV_NULL && x->op == SW_X_SUM) acc = add(x, acc, v);
    else if (acc.state == SW_QV_NULL || (x->op == SW_X_MIN ? compare(x, v, acc) < 0 : compare(x, v, acc) > 0)) acc = v;
    if (acc.state == SW_QV_ERROR) return acc;
  }
  return acc;
}

/* Keys of two elements agree in every expression; unknown agrees with nothing. */
static int same_keys(sw_scalar *s, const sw_xnode *x, size_t a, size_t b) {
  for (uint32_t k = 0; k < x->nkids; k++) {
    s->elem = a;
    sw_qval va = sw_scalar_eval(s, x->kids[k]);
    s->elem = b;
    sw_qval vb = sw_scalar_eval(s, x->kids[k]);
    if (va.state == SW_QV_ERROR || vb.state == SW_QV_ERROR) return -1;
    if (va.state == SW_QV_NULL || vb.state == SW_QV_NULL || compare(x->kids[k], va, vb) != 0) return 0;
  }
  return 1;
}

/* Quadratic in a case's children, which number 41 at most on a front page; long lists are cut by DUPLICATES_MAX. */
enum { DUPLICATES_MAX = 2000 };

static sw_qval eval_duplicates(sw_scalar *s, const sw_xnode *x) {
  sw_list_entry e = children_of(s, x->child);
  int64_t found = 0;
  if (e.length > DUPLICATES_MAX) return BROKEN;
  for (uint64_t i = 1; i < e.length; i++)
    for (uint64_t j = 0; j < i; j++) {
      int same = same_keys(s, x, (size_t)(e.offset + j), (size_t)(e.offset + i));
      if (same < 0) return BROKEN;
      if (same) {
        found++;
        break;
      }
    }
  return of_int(found);
}

/* --- the whole ----------------------------------------------------------------------------------- */

static sw_qval eval_const(const sw_xnode *x) {
  if (x->type == SW_Q_NULL) return NOTHING;
  return (sw_qval){.state = SW_QV_OK, .i = x->i, .f = x->f, .s = x->s};
}

static sw_qval eval_sql(const sw_scalar *s, const sw_xnode *x) {
  const sw_column *c = s->batch->sql ? s->batch->sql[x->sql] : NULL;
  if (!c || !sw_column_valid(c, s->row)) return NOTHING;
  return of_int(((const bool *)c->data)[s->row]);
}

sw_qval sw_scalar_eval(sw_scalar *s, const sw_xnode *x) {
  sw_qval v;
  switch (x->op) {
    case SW_X_CONST: return eval_const(x);
    case SW_X_COLUMN: return eval_column(s, x);
    case SW_X_NAME: return BROKEN;
    case SW_X_AND: case SW_X_OR: return eval_and_or(s, x);
    case SW_X_NOT:
      v = sw_scalar_eval(s, x->kids[0]);
      v.i = !v.i;
      return v;
    case SW_X_IF: return eval_if(s, x);
    case SW_X_EQ: case SW_X_NE: case SW_X_LT: case SW_X_LE: case SW_X_GT: case SW_X_GE: return eval_compare(s, x);
    case SW_X_ADD: case SW_X_SUB: case SW_X_MUL: case SW_X_DIV: case SW_X_NEG: return eval_arithmetic(s, x);
    case SW_X_ISNULL:
      v = sw_scalar_eval(s, x->kids[0]);
      return v.state == SW_QV_ERROR ? v : of_int(v.state == SW_QV_NULL);
    case SW_X_FILLED: case SW_X_GIVEN: return filled(x->kids[0], sw_scalar_eval(s, x->kids[0]), x->op == SW_X_GIVEN);
    case SW_X_FORMAT: case SW_X_MATCH: case SW_X_CODES: case SW_X_INSET: return eval_test(s, x);
    case SW_X_INLIST: return eval_inlist(s, x);
    case SW_X_CALL: return eval_call(s, x);
    case SW_X_ANY: case SW_X_ALL: case SW_X_NONE: case SW_X_COUNT: return eval_any(s, x);
    case SW_X_BOTH: return eval_both(s, x);
    case SW_X_SUM: case SW_X_MIN: case SW_X_MAX: return eval_aggregate(s, x);
    case SW_X_DUPLICATES: return eval_duplicates(s, x);
    case SW_X_CAST: return eval_cast(s, x);
    case SW_X_SQL: return eval_sql(s, x);
  }
  return BROKEN;
}
