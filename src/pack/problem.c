#include "pack/problem.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>

void sw_problems_fini(sw_problems *p) {
  SW_VEC_FREE(&p->list);
  sw_arena_fini(&p->arena);
  p->total = 0;
}

static const char *keep(sw_problems *p, const char *fmt, va_list ap) SW_PRINTF(2, 0);
static const char *keep(sw_problems *p, const char *fmt, va_list ap) {
  char text[SW_ERROR_MSG];
  int n = vsnprintf(text, sizeof text, fmt, ap);
  sw_str s = {text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1};
  const char *kept = sw_arena_dupz(&p->arena, sw_utf8_clip(s, s.len));
  return kept ? kept : "";
}

static void push(sw_problems *p, sw_place at, const char *code, const char *zh, const char *en) {
  sw_problem e = {.at = at, .msg = {zh, en}, .order = p->total};
  snprintf(e.code, sizeof e.code, "%s", code);
  if (!SW_VEC_PUSH(&p->list, e)) return; /* still counted */
}

void sw_problem_add(sw_problems *p, sw_place at, const char *code, const char *zh, const char *en, ...) {
  if (p->list.len < (p->max ? p->max : 1000)) {
    va_list ap, again;
    va_start(ap, en);
    va_copy(again, ap);
    const char *z = keep(p, zh, ap);
    const char *e = keep(p, en, again);
    va_end(again);
    va_end(ap);
    push(p, at, code, z, e);
  }
  p->total++;
}

void sw_problem_add_error(sw_problems *p, sw_place fallback, const sw_error *err) {
  if (p->list.len < (p->max ? p->max : 1000)) {
    sw_place at = fallback;
    if (err->file[0]) {
      at.file = sw_arena_dupz(&p->arena, sw_str_of(err->file));
      at.line = (uint32_t)err->line;
      at.column = (uint32_t)err->column;
    }
    const char *z = sw_arena_dupz(&p->arena, sw_str_of(err->msg[SW_LANG_ZH]));
    const char *e = sw_arena_dupz(&p->arena, sw_str_of(err->msg[SW_LANG_EN]));
    push(p, at, err->code, z ? z : "", e ? e : "");
  }
  p->total++;
}

static int compare(const void *x, const void *y) {
  const sw_problem *a = x, *b = y;
  int c = strcmp(a->at.file ? a->at.file : "", b->at.file ? b->at.file : "");
  if (c) return c;
  if (a->at.line != b->at.line) return a->at.line < b->at.line ? -1 : 1;
  if (a->at.column != b->at.column) return a->at.column < b->at.column ? -1 : 1;
  return a->order < b->order ? -1 : a->order > b->order;
}

void sw_problems_sort(sw_problems *p) {
  if (p->list.len) qsort(p->list.items, p->list.len, sizeof *p->list.items, compare);
}

void sw_problems_format(sw_problems *p, sw_lang lang, sw_buf *out) {
  sw_problems_sort(p);
  for (size_t i = 0; i < p->list.len; i++) {
    const sw_problem *e = &p->list.items[i];
    if (e->at.file) sw_buf_puts(out, e->at.file);
    if (e->at.line) sw_buf_printf(out, ":%u:%u", e->at.line, e->at.column);
    sw_buf_printf(out, "%s%s [%s]\n", e->at.file ? ": " : "", e->msg[lang], e->code);
  }
  if (p->total > p->list.len) {
    if (lang == SW_LANG_ZH)
      sw_buf_printf(out, "另有 %zu 个问题未列出\n", p->total - p->list.len);
    else
      sw_buf_printf(out, "%zu more problems are not listed\n", p->total - p->list.len);
  }
}

void sw_problems_keep_places(sw_problems *p) {
  const char *from = NULL, *to = NULL;
  for (size_t i = 0; i < p->list.len; i++) {
    sw_place *at = &p->list.items[i].at;
    if (!at->file) continue;
    if (at->file != from) {
      from = at->file;
      to = sw_arena_dupz(&p->arena, sw_str_of(from));
    }
    at->file = to;
  }
}

sw_status sw_problems_status(sw_problems *p, sw_error *err) {
  if (!p->total) return SW_OK;
  sw_problems_sort(p);
  if (!p->list.len) return SW_FAIL(err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
  const sw_problem *e = &p->list.items[0];
  if (p->total == 1)
    SW_FAIL(err, SW_E_CONFIG, e->code, "%s%.0s", "%.0s%s", e->msg[SW_LANG_ZH], e->msg[SW_LANG_EN]);
  else
    SW_FAIL(err, SW_E_CONFIG, e->code, "%s%.0s（内容包里共有 %zu 个问题）", "%.0s%s (the packs have %zu problems in all)",
            e->msg[SW_LANG_ZH], e->msg[SW_LANG_EN], p->total);
  return sw_error_at(err, e->at.file ? e->at.file : "", e->at.line, e->at.column);
}

/* --- did you mean ------------------------------------------------------------------------------ */

enum { WORD_MAX = 64 };

static size_t word_points(sw_str s, uint32_t out[WORD_MAX]) {
  size_t n = sw_utf8_to_cp(s, out, WORD_MAX);
  if (n > WORD_MAX) n = WORD_MAX;
  for (size_t i = 0; i < n; i++)
    if (out[i] >= 'A' && out[i] <= 'Z') out[i] += 'a' - 'A';
  return n;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

size_t sw_edit_distance(sw_str a, sw_str b, size_t limit) {
  uint32_t x[WORD_MAX], y[WORD_MAX];
  size_t n = word_points(a, x), m = word_points(b, y);
  if ((n > m ? n - m : m - n) > limit) return limit + 1;
  size_t rows[3][WORD_MAX + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2];
  for (size_t k = 0; k <= m; k++) above[k] = k;
  for (size_t i = 1; i <= n; i++) {
    size_t best = row[0] = i;
    for (size_t k = 1; k <= m; k++) {
      size_t d = above[k - 1] + (x[i - 1] != y[k - 1]);
      d = least(d, least(above[k], row[k - 1]) + 1);
      if (i > 1 && k > 1 && x[i - 1] == y[k - 2] && x[i - 2] == y[k - 1]) d = least(d, before[k - 2] + 1);
      row[k] = d;
      best = least(best, d);
    }
    if (best > limit) return limit + 1;
    size_t *spare = before;
    before = above;
    above = row;
    row = spare;
  }
  return least(above[m], limit + 1);
}

void sw_suggest_start(sw_suggest *s, sw_str word) {
  size_t n = sw_utf8_count(word);
  *s = (sw_suggest){.word = word, .best = {"", 0}, .limit = n <= 3 ? 1 : n / 3 > 3 ? 3 : n / 3};
  if (s->limit == 0) s->limit = 1;
  s->distance = s->limit + 1;
}

void sw_suggest_offer(sw_suggest *s, sw_str candidate) {
  if (s->word.len == 0 || candidate.len == 0 || s->distance == 0) return;
  size_t d = sw_edit_distance(s->word, candidate, s->distance - 1);
  if (d >= s->distance) return;
  if (d >= sw_utf8_count(s->word) && d > 0) return; /* every letter changed: no likeness */
  s->distance = d;
  s->best = candidate;
}

const char *sw_suggest_zh(const sw_suggest *s, char out[160]) {
  out[0] = '\0';
  if (s->best.len) snprintf(out, 160, "；是否想写 %.*s？", (int)least(s->best.len, 120), s->best.ptr);
  return out;
}

const char *sw_suggest_en(const sw_suggest *s, char out[160]) {
  out[0] = '\0';
  if (s->best.len) snprintf(out, 160, "; did you mean %.*s?", (int)least(s->best.len, 120), s->best.ptr);
  return out;
}
