#include "intake/scan.h"

#include "intake/scan_index.h"

#include <stdlib.h>

struct sw_scanner {
  sw_scan_options o;
  sw_scan_bytes structural;
  sw_scan_index_fn index;
  sw_feed feed;
  char *buf;         /* the window: [pos, len) is not yet handed out */
  size_t cap, len, pos;
  uint32_t *idx;     /* structural positions of the window, in order; [at, nidx) lie at or after pos */
  size_t nidx, at;
  uint8_t *flags;    /* of the window's 64-byte blocks */
  int64_t base;      /* stream offset of buf[0] */
  int64_t line;      /* of buf[pos] */
  bool eof;
  sw_field *fields;
  size_t fields_cap;
};

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

static sw_status grow_window(sw_scanner *s, size_t cap, sw_error *err) {
  char *buf = realloc(s->buf, cap);
  if (buf) s->buf = buf;
  uint32_t *idx = buf ? realloc(s->idx, cap * sizeof *idx) : NULL;
  if (idx) s->idx = idx;
  uint8_t *flags = idx ? realloc(s->flags, cap / SW_SCAN_BLOCK + 1) : NULL;
  if (!flags) return no_memory(err);
  s->flags = flags;
  s->cap = cap;
  return SW_OK;
}

sw_status sw_scanner_new(const sw_scan_options *o, sw_feed feed, sw_scanner **out, sw_error *err) {
  sw_scanner *s = calloc(1, sizeof *s);
  if (!s) return no_memory(err);
  s->o = *o;
  if (!s->o.limit) s->o.limit = SW_SCAN_LIMIT;
  if (s->o.limit > 1u << 30) s->o.limit = 1u << 30; /* positions are 32 bits wide */
  if (!s->o.window) s->o.window = 1 << 20;
  s->structural = (sw_scan_bytes){o->delimiter, '\n', o->quote ? o->quote : '\n', o->cr_ends ? '\r' : '\n'};
  s->index = o->portable ? sw_scan_index_portable : sw_scan_index_best();
  s->feed = feed;
  s->base = o->offset;
  s->line = o->line ? o->line : 1;
  s->fields_cap = 256;
  s->fields = malloc(s->fields_cap * sizeof *s->fields);
  sw_status st = s->fields ? grow_window(s, s->o.window, err) : no_memory(err);
  if (st) {
    sw_scanner_free(s);
    return st;
  }
  *out = s;
  return SW_OK;
}

void sw_scanner_free(sw_scanner *s) {
  if (!s) return;
  free(s->buf);
  free(s->idx);
  free(s->flags);
  free(s->fields);
  free(s);
}

static sw_status read_to(sw_scanner *s, size_t want, sw_error *err) {
  while (!s->eof && s->len < want) {
    size_t n = 0;
    sw_status st = s->feed.read(s->feed.ctx, s->buf + s->len, want - s->len, &n, err);
    if (st) return st;
    s->len += n;
    s->eof = n == 0;
  }
  return SW_OK;
}

static void reindex(sw_scanner *s) {
  s->nidx = s->index(s->buf, s->len, s->structural, 0, s->idx, s->flags);
  s->at = 0;
}

static sw_status refill(sw_scanner *s, sw_error *err) {
  size_t left = s->len - s->pos;
  memmove(s->buf, s->buf + s->pos, left);
  s->base += (int64_t)s->pos;
  s->pos = 0;
  s->len = left;
  sw_status st = left * 2 > s->cap ? grow_window(s, s->cap * 2, err) : SW_OK;
  if (!st) st = read_to(s, s->cap, err);
  if (!st) reindex(s);
  return st;
}

/* One pass over a record's structural bytes. */
typedef struct walk {
  size_t i;       /* next structural position */
  size_t n;       /* fields */
  size_t end;     /* of the record's text */
  size_t next;    /* of the next record */
  size_t lines;   /* line ends inside and at the end */
  size_t open;    /* where the offending quote was opened */
  size_t open_at; /* its place in idx */
} walk;

typedef enum walk_result { WALK_DONE, WALK_MORE, WALK_BAD, WALK_UNBALANCED, WALK_NOMEM } walk_result;

static bool more_fields(sw_scanner *s) {
  size_t cap = s->fields_cap ? s->fields_cap * 2 : 256;
  sw_field *f = realloc(s->fields, cap * sizeof *f);
  if (!f) return false;
  s->fields = f;
  s->fields_cap = cap;
  return true;
}

/* After a closing quote at q: what follows decides. MORE when the window ends too early to tell. */
static walk_result after_quote(const sw_scanner *s, walk *w, size_t q, bool *record_ends) {
  size_t r = q + 1;
  *record_ends = true;
  w->end = w->next = r;
  if (r == s->len) return s->eof ? WALK_DONE : WALK_MORE;
  char c = s->buf[r];
  if (c == s->o.delimiter) {
    w->i++;
    *record_ends = false;
    return WALK_DONE;
  }
  if (c == '\n') {
    w->i++;
    w->next = r + 1;
    w->lines++;
    return WALK_DONE;
  }
  if (c != '\r') return WALK_BAD;
  if (r + 1 == s->len) {
    if (!s->eof) return WALK_MORE;
    w->i += s->o.cr_ends;
    w->next = r + 1;
    return WALK_DONE;
  }
  bool lf = s->buf[r + 1] == '\n';
  if (!lf && !s->o.cr_ends) return WALK_BAD;
  w->i += (size_t)s->o.cr_ends + lf;
  w->next = r + 1 + lf;
  w->lines++;
  return WALK_DONE;
}

static bool lone_cr(const sw_scanner *s, size_t q) { return s->buf[q] == '\r' && !(q + 1 < s->len && s->buf[q + 1] == '\n'); }

/* A quoted field whose quote stands at p; w->i is the position after that quote. */
static walk_result quoted_field(const sw_scanner *s, walk *w, size_t p, sw_field *f, bool *record_ends) {
  f->ptr = s->buf + p + 1;
  f->flags = SW_FIELD_QUOTED;
  w->open = p;
  w->open_at = w->i - 1;
  for (;; w->i++) {
    if (w->i == s->nidx) return s->eof ? WALK_UNBALANCED : WALK_MORE;
    size_t q = s->idx[w->i];
    char c = s->buf[q];
    if (c == s->o.quote) {
      if (w->i + 1 < s->nidx && s->idx[w->i + 1] == q + 1 && s->buf[q + 1] == c) {
        f->flags |= SW_FIELD_ESCAPED;
        w->i++;
        continue;
      }
      f->len = (uint32_t)(q - p - 1);
      w->i++;
      return after_quote(s, w, q, record_ends);
    }
    if (c == '\n' || (c == '\r' && s->o.cr_ends && lone_cr(s, q))) w->lines++;
  }
}

/* The last field [p, q) of a record that ends at the line end at q. */
static walk_result line_end(const sw_scanner *s, walk *w, size_t p, size_t q, sw_field *f) {
  if (s->buf[q] == '\r') { /* only with cr_ends */
    if (q + 1 == s->len && !s->eof) return WALK_MORE;
    bool lf = q + 1 < s->len && s->buf[q + 1] == '\n';
    w->i += lf;
    w->end = q;
    w->next = q + 1 + lf;
  } else {
    w->end = q > p && s->buf[q - 1] == '\r' ? q - 1 : q;
    w->next = q + 1;
  }
  f->len = (uint32_t)(w->end - p);
  w->i++;
  w->lines++;
  return WALK_DONE;
}

static walk_result unquoted_field(const sw_scanner *s, walk *w, size_t p, sw_field *f, bool *record_ends) {
  f->ptr = s->buf + p;
  f->flags = 0;
  for (;; w->i++) {
    if (w->i == s->nidx) {
      if (!s->eof) return WALK_MORE;
      w->end = s->len > p && s->buf[s->len - 1] == '\r' ? s->len - 1 : s->len;
      w->next = s->len;
      f->len = (uint32_t)(w->end - p);
      *record_ends = true;
      return WALK_DONE;
    }
    size_t q = s->idx[w->i];
    char c = s->buf[q];
    if (c == s->o.delimiter) {
      f->len = (uint32_t)(q - p);
      w->i++;
      *record_ends = false;
      w->next = q;
      return WALK_DONE;
    }
    if (c == '\n' || (c == '\r' && s->o.cr_ends)) {
      *record_ends = true;
      return line_end(s, w, p, q, f);
    }
  }
}

static walk_result walk_record(sw_scanner *s, walk *w) {
  *w = (walk){.i = s->at};
  size_t p = s->pos;
  for (;;) {
    if (w->n == s->fields_cap && !more_fields(s)) return WALK_NOMEM;
    sw_field *f = &s->fields[w->n];
    bool ends = false;
    walk_result r;
    if (s->o.quote && p < s->len && s->buf[p] == s->o.quote) {
      w->i++;
      r = quoted_field(s, w, p, f, &ends);
    } else {
      r = unquoted_field(s, w, p, f, &ends);
    }
    if (r != WALK_DONE) return r;
    w->n++;
    if (ends) return WALK_DONE;
    p = w->next + 1;
  }
}

static void block_flags(const sw_scanner *s, size_t from, size_t to, sw_scan_record *out) {
  uint8_t f = 0;
  for (size_t b = from / SW_SCAN_BLOCK; b * SW_SCAN_BLOCK < to; b++) f |= s->flags[b];
  out->high = f & SW_SCAN_HIGH;
  out->nul = f & SW_SCAN_NUL;
}

static void hand_out(sw_scanner *s, const walk *w, sw_scan_record *out) {
  *out = (sw_scan_record){.fields = s->fields,
                          .nfields = w->n,
                          .raw = {s->buf + s->pos, w->end - s->pos},
                          .offset = s->base + (int64_t)s->pos,
                          .length = (int64_t)(w->next - s->pos),
                          .line = s->line,
                          .ending = (int)(w->next - w->end)};
  block_flags(s, s->pos, w->next, out);
  s->line += (int64_t)w->lines;
  s->pos = w->next;
  s->at = w->i;
}

/* The first line end at or after byte x: its place in idx, or nidx. */
static size_t find_line_end(const sw_scanner *s, size_t i, size_t x) {
  while (i < s->nidx && (s->idx[i] < x || (s->buf[s->idx[i]] != '\n' && !(s->o.cr_ends && s->buf[s->idx[i]] == '\r')))) i++;
  return i;
}

static size_t count_lines(const sw_scanner *s, size_t from, size_t to) {
  size_t n = 0;
  for (size_t i = from; i < to; i++) n += s->buf[s->idx[i]] == '\n' || (s->o.cr_ends && s->buf[s->idx[i]] == '\r' && lone_cr(s, s->idx[i]));
  return n;
}

/* Drops bytes up to the next line end while the record's first `keep` bytes stay in front for the caller. */
static sw_status skip_line(sw_scanner *s, size_t keep, int64_t *dropped, int *ending, sw_error *err) {
  char last = 0;
  bool cr_before = keep && s->buf[keep - 1] == '\r'; /* of the last byte dropped: CRLF may be cut */
  for (;;) {
    for (size_t k = keep; k < s->len; k++) {
      char c = s->buf[k];
      if (c != '\n' && !(s->o.cr_ends && c == '\r')) continue;
      if (c == '\r' && k + 1 == s->len && !s->eof) break; /* CRLF may be cut: look again with more bytes */
      *ending = 1;
      if (c == '\n' && (k > keep ? s->buf[k - 1] == '\r' : cr_before)) *ending = 2;
      if (c == '\r' && k + 1 < s->len && s->buf[k + 1] == '\n') k++, *ending = 2;
      s->pos = k + 1;
      *dropped += (int64_t)(k + 1 - keep);
      return SW_OK;
    }
    if (s->eof) {
      *dropped += (int64_t)(s->len - keep);
      s->pos = s->len;
      return SW_OK;
    }
    last = s->len > keep ? s->buf[s->len - 1] : 0;
    bool cut = s->o.cr_ends && last == '\r';
    if (s->len > keep) cr_before = last == '\r';
    *dropped += (int64_t)(s->len - keep - cut);
    s->len = keep + cut;
    if (cut) s->buf[keep] = '\r';
    sw_status st = read_to(s, s->cap, err);
    if (st) return st;
  }
}

/* Hands out a record that is over the limit: its first bytes are kept, the rest of its line is dropped. */
static sw_status hand_out_long(sw_scanner *s, sw_scan_record *out, sw_error *err) {
  size_t keep = s->o.limit;
  if (s->cap < keep + SW_SCAN_BLOCK * 64) {
    sw_status grown = grow_window(s, keep + SW_SCAN_BLOCK * 64, err);
    if (grown) return grown;
  }
  memmove(s->buf, s->buf + s->pos, s->len - s->pos);
  s->base += (int64_t)s->pos;
  s->len -= s->pos;
  size_t lines = 0;
  for (size_t k = 0; k < keep; k++) lines += s->buf[k] == '\n' || (s->o.cr_ends && s->buf[k] == '\r' && lone_cr(s, k));
  *out = (sw_scan_record){.fields = s->fields, .raw = {s->buf, keep}, .offset = s->base, .line = s->line, .problem = SW_SCAN_TOO_LONG};
  int64_t dropped = 0;
  sw_status st = skip_line(s, keep, &dropped, &out->ending, err);
  if (st) return st;
  out->length = (int64_t)keep + dropped;
  s->base += out->length - (int64_t)s->pos; /* buf[pos] is that far in the stream */
  s->line += (int64_t)lines + 1;
  reindex(s);
  while (s->at < s->nidx && s->idx[s->at] < s->pos) s->at++;
  return SW_OK;
}

/* A stray closing quote on the line of the opening one is text after a quote; on a later line the opening one was never
 * closed. (So the answer is the same wherever the text is cut at a record start.) */
static sw_scan_problem kind_of(const sw_scanner *s, size_t open, size_t closed) {
  size_t i = find_line_end(s, s->at, open);
  return i < s->nidx && s->idx[i] < closed ? SW_SCAN_UNBALANCED_QUOTE : SW_SCAN_BAD_QUOTE;
}

/* The state of quoting at the limit, whatever lies behind it. Returns the byte from which the record's line end counts. */
static size_t state_at_limit(const sw_scanner *s, size_t stop, sw_scan_problem *problem, size_t *open) {
  size_t i = s->at, p = s->pos;
  *problem = SW_SCAN_TOO_LONG;
  for (;;) {
    if (s->o.quote && p < s->len && s->buf[p] == s->o.quote) {
      walk w = {.i = i + 1};
      sw_field f;
      bool ends;
      walk_result r = quoted_field(s, &w, p, &f, &ends);
      size_t closed = r == WALK_DONE || r == WALK_BAD ? w.end - 1 : SIZE_MAX;
      if (r != WALK_DONE || closed >= stop) {
        *open = p;
        *problem = r == WALK_BAD && closed < stop ? kind_of(s, p, closed) : SW_SCAN_UNBALANCED_QUOTE;
        return p;
      }
      p = w.next + 1;
      i = w.i;
      continue;
    }
    while (i < s->nidx && s->buf[s->idx[i]] != s->o.delimiter && s->idx[i] < stop) i++;
    if (i == s->nidx || s->idx[i] >= stop) return stop;
    p = s->idx[i] + 1;
    i++;
  }
}

/* A record with broken quoting or over the limit ends at the first line end at or after x. False: the window must grow. */
static bool hand_out_bad(sw_scanner *s, size_t x, size_t open, sw_scan_problem problem, sw_scan_record *out) {
  size_t i = find_line_end(s, s->at, x);
  if (i == s->nidx && !s->eof) return false;
  size_t q = i < s->nidx ? s->idx[i] : s->len;
  walk w = {.i = i, .end = q, .next = q};
  if (i < s->nidx) {
    bool lf = s->buf[q] == '\r' && q + 1 < s->len && s->buf[q + 1] == '\n';
    if (s->buf[q] == '\r' && q + 1 == s->len && !s->eof) return false;
    w.next = q + 1 + lf;
    w.i = i + 1 + lf;
    if (s->buf[q] == '\n' && q > s->pos && s->buf[q - 1] == '\r') w.end = q - 1;
  }
  w.lines = count_lines(s, s->at, w.i);
  size_t start = s->pos;
  hand_out(s, &w, out);
  out->nfields = 0;
  out->problem = problem;
  out->problem_at = open - start;
  return true;
}

/* The record at pos has broken quoting at `open`, or is over the limit. */
static sw_scan_step bad_record(sw_scanner *s, walk_result r, const walk *w, bool may_refill, sw_scan_record *out, sw_error *err) {
  sw_scan_problem problem = r == WALK_BAD ? kind_of(s, w->open, w->end - 1) : SW_SCAN_UNBALANCED_QUOTE;
  size_t open = w->open, x = open, stop = s->pos + s->o.limit;
  bool over = s->len - s->pos > s->o.limit;
  if (over) { /* decided by the bytes up to the limit alone, so that it does not depend on the window */
    open = s->pos;
    x = state_at_limit(s, stop, &problem, &open);
  }
  size_t i = find_line_end(s, s->at, x);
  bool line_over = over && (i == s->nidx || s->idx[i] >= stop);
  if (line_over) {
    if (!may_refill) return SW_SCAN_REFILL;
    return hand_out_long(s, out, err) ? SW_SCAN_ERROR : SW_SCAN_RECORD;
  }
  if (hand_out_bad(s, x, open, problem, out)) return SW_SCAN_RECORD;
  return SW_SCAN_REFILL;
}

sw_scan_step sw_scan_next(sw_scanner *s, bool may_refill, sw_scan_record *out, sw_error *err) {
  for (;;) {
    if (s->pos == s->len && s->eof) return SW_SCAN_DONE;
    walk w = {0};
    walk_result r = s->pos == s->len ? WALK_MORE : walk_record(s, &w);
    if (__builtin_expect(r == WALK_DONE && w.next - s->pos <= s->o.limit, 1)) {
      hand_out(s, &w, out);
      return SW_SCAN_RECORD;
    }
    if (r == WALK_NOMEM) return (void)no_memory(err), SW_SCAN_ERROR;
    if (r != WALK_MORE || s->len - s->pos > s->o.limit) {
      sw_scan_step step = bad_record(s, r, &w, may_refill, out, err);
      if (step != SW_SCAN_REFILL) return step;
    }
    if (!may_refill) return SW_SCAN_REFILL;
    if (refill(s, err)) return SW_SCAN_ERROR;
  }
}

void sw_scan_unescape(const sw_field *f, char quote, sw_buf *out) {
  if (!sw_buf_reserve(out, f->len)) return;
  const char *p = f->ptr, *end = p + f->len;
  while (p < end) {
    const char *q = memchr(p, quote, (size_t)(end - p));
    size_t n = q ? (size_t)(q - p) + 1 : (size_t)(end - p);
    sw_buf_put(out, p, n);
    p += n + (q != NULL); /* the second of the pair */
  }
}
