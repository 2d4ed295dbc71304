#include "coding/recode.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "coding/csv_in.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "medic/icd.h"
#include "medic/similarity.h"

#include <stdlib.h>

enum { MAX_TOP = 20, NAME_POINTS = 64, MAX_SYNONYMS = 2000, SHORT_LIST = 60 };

typedef struct target {
  sw_str code, name, shown; /* name as compared, and as written */
  uint32_t grams; /* distinct pairs of its name */
} target;

typedef struct posting { /* a pair of code points in a target's name */
  uint64_t pair;
  uint32_t target;
} posting;

typedef struct synonym {
  sw_str from, to;
} synonym;

typedef struct job {
  const sw_recode_suggest_options *o;
  sw_arena mem;
  SW_VEC(target) targets;
  SW_VEC(posting) index; /* sorted by pair */
  SW_VEC(synonym) synonyms;
  uint16_t *shared;      /* by target: pairs in common with the name under way */
  SW_VEC(uint32_t) touched;
} job;

typedef struct scored {
  uint32_t target;
  double score, by_code, by_name;
} scored;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-REC-0007", "内存不足", "out of memory"); }

/* --- targets ----------------------------------------------------------------------------------- */

/* Distinct pairs of neighbouring code points, edges included, so that a name of one character has some. */
static size_t pairs_of(sw_str name, uint64_t out[NAME_POINTS + 1]) {
  uint32_t cp[NAME_POINTS];
  size_t n = sw_utf8_to_cp(name, cp, NAME_POINTS), k = 0;
  if (n > NAME_POINTS) n = NAME_POINTS;
  for (size_t i = 0; i <= n; ++i) {
    uint64_t pair = (uint64_t)(i ? cp[i - 1] : 0) << 32 | (i < n ? cp[i] : 0);
    bool seen = n == 0;
    /* cppcheck-suppress uninitvar ; [0, k) is what was written so far */
    for (size_t j = 0; j < k; ++j) seen |= out[j] == pair;
    if (!seen) out[k++] = pair;
  }
  return k;
}

static int by_pair(const void *x, const void *y) {
  const posting *a = x, *b = y;
  if (a->pair != b->pair) return a->pair < b->pair ? -1 : 1;
  return a->target < b->target ? -1 : a->target > b->target;
}

static bool add_target(job *j, sw_str code, sw_str name, sw_str shown) {
  uint64_t pairs[NAME_POINTS + 1];
  size_t n = pairs_of(name, pairs);
  target t = {sw_arena_dup(&j->mem, code), sw_arena_dup(&j->mem, name), sw_arena_dup(&j->mem, shown), (uint32_t)n};
  if (!sw_arena_ok(&j->mem)) return false;
  for (size_t i = 0; i < n; ++i) {
    posting p = {pairs[i], (uint32_t)j->targets.len};
    if (!SW_VEC_PUSH(&j->index, p)) return false;
  }
  return SW_VEC_PUSH(&j->targets, t);
}

/* The name as it is compared: without blanks and the marks of price lists. */
static sw_str clean(sw_str name, sw_buf *out) {
  static const char *const marks[] = {"△", "▲", "☆", "★", "※", "●", "○", "■", "◆", "◇", "*", "#", " ", "\t", "　"};
  sw_buf_clear(out);
  for (size_t i = 0; i < name.len;) {
    size_t skip = 0;
    for (size_t k = 0; k < sizeof marks / sizeof *marks && !skip; ++k)
      if (sw_str_starts(sw_str_sub(name, i, name.len), sw_str_of(marks[k]))) skip = strlen(marks[k]);
    if (skip) i += skip;
    else sw_buf_putc(out, name.ptr[i++]);
  }
  return sw_buf_str(out);
}

static sw_status read_targets(job *j, sw_conn *c, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "SELECT DISTINCT code, coalesce(name, '') AS name FROM {} WHERE code IS NOT NULL ORDER BY code, name", sw_sql_dotted(j->o->codes));
  SW_AUTO(sw_buf) bare = SW_BUF_INIT;
  sw_rows *rows = NULL;
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_query(c, b.ptr, SW_NO_PARAMS, j->o->cancel, &rows, err);
  if (s) return s;
  sw_step step;
  while ((step = sw_rows_next(rows, err)) == SW_ROW)
    if (!add_target(j, sw_rows_str(rows, 0), clean(sw_rows_str(rows, 1), &bare), sw_rows_str(rows, 1))) {
      s = no_memory(err);
      break;
    }
  if (step == SW_STEP_ERROR) s = err ? err->status : SW_E_ENGINE;
  sw_rows_free(rows);
  if (s) return s;
  if (j->index.len) qsort(j->index.items, j->index.len, sizeof *j->index.items, by_pair);
  j->shared = calloc(j->targets.len + 1, sizeof *j->shared);
  return j->shared ? SW_OK : no_memory(err);
}

static sw_status read_synonyms(job *j, sw_error *err) {
  if (!j->o->synonyms) return SW_OK;
  sw_csv_in *in = NULL;
  sw_status s = sw_csv_in_open(j->o->synonyms, &in, err);
  if (s) return s;
  int from = sw_csv_in_column(in, "from"), to = sw_csv_in_column(in, "to");
  sw_step step = SW_ROW;
  while (j->synonyms.len < MAX_SYNONYMS && (step = sw_csv_in_next(in, err)) == SW_ROW) {
    synonym y = {sw_arena_dup(&j->mem, sw_str_trim(sw_csv_in_get(in, from))), sw_arena_dup(&j->mem, sw_str_trim(sw_csv_in_get(in, to)))};
    if (y.from.len && !SW_VEC_PUSH(&j->synonyms, y)) {
      s = no_memory(err);
      break;
    }
  }
  if (!s && step == SW_STEP_ERROR) s = err ? err->status : SW_E_IO;
  sw_csv_in_close(in);
  return s;
}

/* The name with every known synonym put in; the same as the name when there is none. */
static sw_str with_synonyms(const job *j, sw_str name, sw_buf *out) {
  sw_buf_clear(out);
  for (size_t i = 0; i < name.len;) {
    const synonym *hit = NULL;
    for (size_t k = 0; k < j->synonyms.len; ++k)
      if (sw_str_starts(sw_str_sub(name, i, name.len), j->synonyms.items[k].from) && (!hit || j->synonyms.items[k].from.len > hit->from.len))
        hit = &j->synonyms.items[k];
    if (hit) {
      sw_buf_str_put(out, hit->to);
      i += hit->from.len;
    } else {
      sw_buf_putc(out, name.ptr[i++]);
    }
  }
  return sw_buf_str(out);
}

/* --- scoring ----------------------------------------------------------------------------------- */

/* Agreement of two codes' canonical forms: 1 the same, 0.8 without the national extension, 0.6 the four-character code, 0.3
 * the category. 0 too where the local code has no such form: then only the name speaks. */
static double code_form(sw_str local, sw_str national, bool procedures, bool *has_form) {
  char a[SW_ICD_MAX + 1], b[SW_ICD_MAX + 1];
  size_t na = procedures ? sw_icd9_normalize(local, a) : sw_icd10_normalize(local, a);
  size_t nb = procedures ? sw_icd9_normalize(national, b) : sw_icd10_normalize(national, b);
  sw_str x = {a, na}, y = {b, nb};
  *has_form = procedures ? sw_icd9_valid(x) : sw_icd10_valid(x);
  if (!*has_form || nb == 0) return 0;
  if (sw_str_eq(x, y)) return 1;
  size_t full = 7, four = 5, category = procedures ? 2 : 3;
  if (na >= full && nb >= full && memcmp(a, b, full) == 0) return 0.8;
  if (na >= four && nb >= four && memcmp(a, b, four) == 0) return 0.6;
  return na >= category && nb >= category && memcmp(a, b, category) == 0 ? 0.3 : 0;
}

static size_t first_posting(const job *j, uint64_t pair) {
  size_t lo = 0, hi = j->index.len;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (j->index.items[mid].pair < pair) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/* Counts for every target the pairs that it shares with the name. */
static bool gather(job *j, sw_str name) {
  uint64_t pairs[NAME_POINTS + 1];
  size_t n = pairs_of(name, pairs);
  for (size_t i = 0; i < n; ++i)
    for (size_t k = first_posting(j, pairs[i]); k < j->index.len && j->index.items[k].pair == pairs[i]; ++k) {
      uint32_t t = j->index.items[k].target;
      if (j->shared[t]++ == 0 && !SW_VEC_PUSH(&j->touched, t)) return false;
    }
  return true;
}

static int by_score(const void *x, const void *y) {
  const scored *a = x, *b = y;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  return a->target < b->target ? -1 : a->target > b->target;
}

static size_t keep_best(scored *list, size_t n, size_t cap, scored s) {
  if (n == cap && by_score(&s, &list[n - 1]) >= 0) return n;
  size_t at = n < cap ? n++ : n - 1;
  while (at > 0 && by_score(&s, &list[at - 1]) < 0) {
    list[at] = list[at - 1];
    --at;
  }
  list[at] = s;
  return n;
}

/* Targets whose code has the local code's form: they are candidates whatever their names are. */
static bool gather_by_code(job *j, sw_str local) {
  if (j->o->names_only) return true;
  char form[SW_ICD_MAX + 1];
  size_t n = j->o->procedures ? sw_icd9_normalize(local, form) : sw_icd10_normalize(local, form);
  sw_str f = {form, n};
  if (!(j->o->procedures ? sw_icd9_valid(f) : sw_icd10_valid(f))) return true;
  sw_str prefix = sw_str_sub(f, 0, j->o->procedures ? 4 : 5);
  size_t lo = 0, hi = j->targets.len; /* targets are in order of their codes */
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (sw_str_cmp(j->targets.items[mid].code, prefix) < 0) lo = mid + 1;
    else hi = mid;
  }
  for (; lo < j->targets.len && sw_str_starts(j->targets.items[lo].code, prefix); ++lo)
    if (j->shared[lo] == 0) {
      j->shared[lo] = 1;
      if (!SW_VEC_PUSH(&j->touched, (uint32_t)lo)) return false;
    }
  return true;
}

static scored score(const job *j, uint32_t t, sw_str local, sw_str name, sw_str variant) {
  const target *g = &j->targets.items[t];
  bool has_form = false;
  scored s = {.target = t};
  if (!j->o->names_only) s.by_code = code_form(local, g->code, j->o->procedures, &has_form);
  if (name.len && g->name.len) {
    double plain = 0.5 * (sw_sim_qgram(name, g->name, 2) + sw_sim_jaro_winkler(name, g->name));
    double other = sw_str_eq(name, variant) ? 0 : 0.5 * (sw_sim_qgram(variant, g->name, 2) + sw_sim_jaro_winkler(variant, g->name));
    s.by_name = plain > other ? plain : other;
  }
  s.score = has_form && name.len ? 0.5 * (s.by_code + s.by_name) : has_form ? s.by_code : s.by_name;
  return s;
}

/* The best targets of one local code: a short list by shared pairs, then the exact scores. */
static sw_status best_targets(job *j, sw_str local, sw_str name, sw_buf *work, scored *out, size_t top, size_t *n, sw_error *err) {
  sw_str variant = with_synonyms(j, name, work);
  *n = 0;
  j->touched.len = 0;
  if (!gather(j, name) || (!sw_str_eq(name, variant) && !gather(j, variant)) || !gather_by_code(j, local)) return no_memory(err);
  scored list[SHORT_LIST];
  size_t listed = 0;
  for (size_t i = 0; i < j->touched.len; ++i) {
    uint32_t t = j->touched.items[i];
    bool has_form = false;
    double code = j->o->names_only ? 0 : code_form(local, j->targets.items[t].code, j->o->procedures, &has_form);
    double dice = 2.0 * j->shared[t] / (double)(j->targets.items[t].grams + 1 + sw_utf8_count(name));
    listed = keep_best(list, listed, SHORT_LIST, (scored){.target = t, .score = dice + code});
    j->shared[t] = 0;
  }
  for (size_t i = 0; i < listed; ++i) *n = keep_best(out, *n, top, score(j, list[i].target, local, name, variant));
  return SW_OK;
}

/* --- writing ----------------------------------------------------------------------------------- */

static void put_text(sw_out_chunk *k, size_t col, sw_str s) {
  if (s.len) sw_out_str(&k->columns[col], k->n, s);
  else sw_out_null(&k->columns[col], k->n);
}

typedef struct output {
  sw_sink *sink;
  sw_out_chunk *k;
  int64_t rows;
} output;

static sw_status put_suggestion(job *j, output *w, const sw_rows *rows, size_t place, const scored *s, sw_error *err) {
  sw_out_chunk *k = w->k;
  for (size_t i = 0; i < 3; ++i) put_text(k, i, sw_rows_is_null(rows, i) ? (sw_str){NULL, 0} : sw_rows_str(rows, i));
  ((int64_t *)k->columns[3].data)[k->n] = sw_rows_i64(rows, 3);
  if (!sw_out_decimal(&k->columns[4], k->n, sw_rows_decimal(rows, 4, 2))) sw_out_null(&k->columns[4], k->n);
  ((int64_t *)k->columns[5].data)[k->n] = (int64_t)place + 1;
  put_text(k, 6, j->targets.items[s->target].code);
  put_text(k, 7, j->targets.items[s->target].shown);
  ((double *)k->columns[8].data)[k->n] = s->score;
  ((double *)k->columns[9].data)[k->n] = s->by_code;
  ((double *)k->columns[10].data)[k->n] = s->by_name;
  ++w->rows;
  if (++k->n < k->cap) return SW_OK;
  sw_status st = sw_sink_append(w->sink, err);
  if (!st) st = sw_sink_chunk(w->sink, &w->k, err);
  if (!st) w->k->n = 0;
  return st;
}

static size_t wanted(const job *j) {
  size_t top = j->o->top == 0 ? 5 : j->o->top;
  if (j->o->rejected) top += 5; /* some of them will be left out */
  return top > MAX_TOP ? MAX_TOP : top;
}

static sw_status suggest_rows(job *j, sw_rows *rows, output *w, sw_error *err) {
  size_t top = wanted(j);
  SW_AUTO(sw_buf) work = SW_BUF_INIT;
  SW_AUTO(sw_buf) bare = SW_BUF_INIT;
  sw_step step;
  sw_status s = sw_sink_chunk(w->sink, &w->k, err);
  if (!s) w->k->n = 0;
  while (!s && (step = sw_rows_next(rows, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
    scored best[MAX_TOP];
    size_t n = 0;
    sw_str name = sw_rows_is_null(rows, 2) ? (sw_str){NULL, 0} : clean(sw_rows_str(rows, 2), &bare);
    s = best_targets(j, sw_rows_str(rows, 1), name, &work, best, top, &n, err);
    for (size_t i = 0; !s && i < n; ++i) s = put_suggestion(j, w, rows, i, &best[i], err);
    if (!s) s = sw_cancel_check(j->o->cancel, err);
  }
  if (!s && w->k->n) s = sw_sink_append(w->sink, err);
  return s;
}

static sw_status suggest_with(sw_conn *c, sw_conn *w, job *j, int64_t *count, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_rows *rows = NULL;
  output out = {0};
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} (org_code VARCHAR, local_code VARCHAR, name VARCHAR, rows BIGINT, yuan DECIMAL(18,2), place BIGINT,"
               " code VARCHAR, suggested_name VARCHAR, score DOUBLE, by_code DOUBLE, by_name DOUBLE)",
               sw_sql_table("store", j->o->physical));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(w, b.ptr, j->o->cancel, err);
  sw_buf_clear(&b);
  sw_sql_build(&b, "SELECT org_code, local_code, name, rows, yuan FROM {} ORDER BY yuan DESC, rows DESC, org_code, local_code",
               sw_sql_table("store", j->o->unmapped));
  if (!s) s = sw_query(c, b.ptr, SW_NO_PARAMS, j->o->cancel, &rows, err);
  if (!s) s = sw_sink_open(w, "store", j->o->physical, &out.sink, err);
  if (!s) s = suggest_rows(j, rows, &out, err);
  sw_rows_free(rows);
  if (s) {
    sw_sink_abort(out.sink);
    return s;
  }
  *count = out.rows;
  return sw_sink_close(out.sink, err);
}

/* Leaves rejected suggestions out and closes the ranks. */
static sw_status leave_out(sw_conn *c, const sw_recode_suggest_options *o, int64_t *rows, sw_error *err) {
  if (!o->rejected) return SW_OK;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_arg t = sw_sql_table("store", o->physical);
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} AS SELECT * FROM (SELECT s.* REPLACE (row_number() OVER (PARTITION BY s.org_code, s.local_code ORDER BY s.place) AS place)"
               " FROM {} s WHERE NOT EXISTS (SELECT 1 FROM {} r WHERE (r.org_code IS NULL OR r.org_code = s.org_code) AND r.local_code = s.local_code AND"
               " r.code = s.code)) WHERE place <= {} ORDER BY yuan DESC, rows DESC, org_code, local_code, place",
               t, t, sw_sql_table("store", o->rejected), sw_sql_i64(o->top == 0 ? 5 : (int64_t)o->top));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, o->cancel, err);
  sw_buf_clear(&b);
  sw_sql_build(&b, "SELECT count(*) FROM {}", t);
  return s ? s : sw_query_i64(c, b.ptr, SW_NO_PARAMS, o->cancel, rows, NULL, err);
}

sw_status sw_recode_suggest(sw_conn *c, const sw_recode_suggest_options *o, int64_t *rows, sw_error *err) {
  job j = {.o = o};
  sw_conn *w = NULL;
  *rows = 0;
  sw_status s = read_targets(&j, c, err);
  if (!s) s = read_synonyms(&j, err);
  if (!s) s = sw_conn_open(sw_conn_engine(c), &w, err);
  if (!s) s = suggest_with(c, w, &j, rows, err);
  sw_conn_close(w);
  if (!s) s = leave_out(c, o, rows, err);
  sw_arena_fini(&j.mem);
  SW_VEC_FREE(&j.targets);
  SW_VEC_FREE(&j.index);
  SW_VEC_FREE(&j.synonyms);
  SW_VEC_FREE(&j.touched);
  free(j.shared);
  return s ? SW_FRAME(err, "为未对照编码给出建议", "suggesting national codes") : SW_OK;
}
