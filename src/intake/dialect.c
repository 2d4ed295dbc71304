#include "intake/dialect.h"

#include "base/map.h"
#include "intake/cell.h"
#include "intake/mapping.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLE_RECORDS = 1000, HEADER_ROWS = 20, MAX_COUNTED = 4096 };

typedef struct memory_feed {
  sw_str left;
} memory_feed;

static sw_status read_memory(void *ctx, char *buf, size_t cap, size_t *n, sw_error *err) {
  (void)err;
  memory_feed *m = ctx;
  *n = m->left.len < cap ? m->left.len : cap;
  if (*n) memcpy(buf, m->left.ptr, *n);
  m->left = sw_str_sub(m->left, *n, m->left.len);
  return SW_OK;
}

/* What one way of reading the sample gives. */
typedef struct trial {
  char delimiter, quote;
  bool cr_ends;
  size_t records, problems;
  size_t bytes;       /* of these */
  size_t quoted;      /* fields that are quoted as they should be */
  size_t mode;        /* the commonest number of fields, a trailing empty field left out */
  double consistency;
  size_t named;       /* most declared columns that one of the first rows names */
  double score;
} trial;

static sw_status open_scanner(sw_str sample, const trial *t, memory_feed *m, sw_scanner **out, sw_error *err) {
  sw_scan_options o = {.delimiter = t->delimiter, .quote = t->quote, .cr_ends = t->cr_ends, .window = sample.len + 64};
  *m = (memory_feed){sample};
  return sw_scanner_new(&o, (sw_feed){m, read_memory}, out, err);
}

static sw_str cell_text(const sw_field *f, char quote, sw_arena *a) {
  sw_str s = {f->ptr, f->len};
  if (f->flags & SW_FIELD_ESCAPED) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_scan_unescape(f, quote, &b);
    s = sw_buf_str(&b);
    return sw_str_trim(sw_arena_dup(a, s));
  }
  return sw_str_trim(sw_arena_dup(a, s));
}

static sw_status row_of(const sw_scan_record *r, char quote, sw_arena *a, sw_sample_row *row, sw_error *err) {
  sw_str *cells = SW_ARENA_ARRAY(a, sw_str, r->nfields + 1);
  if (!cells) return sw_arena_check(a, err);
  for (size_t i = 0; i < r->nfields; i++) cells[i] = cell_text(&r->fields[i], quote, a);
  *row = (sw_sample_row){cells, r->nfields};
  return sw_arena_check(a, err);
}

/* The commonest count; ties go to the larger. */
static void find_mode(const uint32_t *counts, trial *t) {
  uint32_t most = 0;
  for (size_t n = 1; n < MAX_COUNTED; n++) {
    if (counts[n] < most || !counts[n]) continue;
    most = counts[n];
    t->mode = n;
  }
  size_t all = t->records + t->problems;
  t->consistency = all ? (double)most / (double)all : 0;
}

static sw_status run_trial(sw_str sample, const sw_table_spec *table, trial *t, sw_error *err) {
  memory_feed m;
  sw_scanner *s = NULL;
  sw_arena a = SW_ARENA_INIT;
  uint32_t *counts = calloc(MAX_COUNTED + 1, sizeof *counts);
  if (!counts) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  sw_status st = open_scanner(sample, t, &m, &s, err);
  sw_scan_record r;
  sw_scan_step step = SW_SCAN_DONE;
  while (!st && t->records + t->problems < SAMPLE_RECORDS && (step = sw_scan_next(s, true, &r, err)) == SW_SCAN_RECORD) {
    t->bytes = (size_t)(r.offset + r.length);
    if (r.problem) {
      t->problems++;
      continue;
    }
    if (r.raw.len == 0) continue;
    for (size_t i = 0; i < r.nfields; i++) t->quoted += r.fields[i].flags & SW_FIELD_QUOTED;
    counts[r.nfields < MAX_COUNTED ? r.nfields : MAX_COUNTED - 1]++;
    if (t->records++ >= HEADER_ROWS || !table) continue;
    sw_sample_row row = {0};
    st = row_of(&r, t->quote, &a, &row, err);
    size_t named = st ? 0 : sw_header_matches(&row, table);
    if (named > t->named) t->named = named;
  }
  if (!st && step == SW_SCAN_ERROR) st = err->status;
  if (!st) find_mode(counts, t);
  free(counts);
  sw_scanner_free(s);
  sw_arena_fini(&a);
  return st;
}

/* Consistent counts first; among these the more fields, and by far the header that names declared columns. */
static void give_score(trial *t, double preference) {
  t->score = 0;
  if (t->mode < 2) {
    t->score = t->named ? 0.5 : 0.01 * preference;
    return;
  }
  t->score = t->consistency * t->consistency * pow((double)(t->mode - 1), 0.25) * preference * (1.0 + (double)t->named);
}

static bool has_lone_cr(sw_str s) {
  for (size_t i = 0; i + 1 < s.len; i++)
    if (s.ptr[i] == '\r' && s.ptr[i + 1] != '\n') return true;
  return s.len > 0 && s.ptr[s.len - 1] == '\r';
}

static void see_line_ends(sw_str s, sw_dialect *d) {
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '\n') d->lf = true;
    if (s.ptr[i] != '\r') continue;
    bool lf = i + 1 < s.len && s.ptr[i + 1] == '\n';
    *(lf ? &d->crlf : &d->cr) = true;
    i += lf;
  }
}

/* Tries every allowed combination and keeps the best. */
static sw_status try_all(sw_str sample, const sw_file_hints *h, const sw_table_spec *table, trial *best, sw_error *err) {
  static const struct {
    char c;
    double preference;
  } CANDIDATES[] = {{',', 1.0}, {'\t', 1.0}, {'|', 0.98}, {'^', 0.98}, {';', 0.95}, {'~', 0.9}, {1, 0.9}, {0x1F, 0.9}, {'!', 0.5}, {'#', 0.5}, {'@', 0.5}, {'$', 0.5}};
  char quote = h->quote ? h->quote : '"';
  bool quotes = h->quoting == SW_DETECT && sample.len && memchr(sample.ptr, quote, sample.len);
  bool crs = has_lone_cr(sample);
  best->score = -1;
  bool proper = false; /* more fields are quoted properly than not: quoting is in use */
  for (size_t k = 0; k < sizeof CANDIDATES / sizeof *CANDIDATES; k++) {
    for (int variant = 0; variant < 4; variant++) {
      bool unquoted = variant & 1, cr = variant & 2;
      if ((unquoted && (!quotes || proper)) || (cr && !crs) || (h->delimiter && k)) continue;
      trial t = {.delimiter = h->delimiter ? h->delimiter : CANDIDATES[k].c,
                 .quote = unquoted || h->quoting == SW_NO ? 0 : quote,
                 .cr_ends = cr};
      if (sample.len && !memchr(sample.ptr, t.delimiter, sample.len) && k) continue;
      sw_status st = run_trial(sample, table, &t, err);
      if (st) return st;
      if (!variant) proper = t.quoted > t.problems;
      give_score(&t, CANDIDATES[k].preference * (unquoted ? 0.97 : 1.0) * (cr ? 0.99 : 1.0));
      if (t.score > best->score) *best = t;
    }
  }
  return SW_OK;
}

size_t sw_header_matches(const sw_sample_row *row, const sw_table_spec *t) {
  size_t n = 0;
  for (size_t c = 0; c < t->ncolumns; c++)
    for (size_t i = 0; i < row->n; i++)
      if (row->cells[i].len && sw_column_named(&t->columns[c], row->cells[i])) {
        n++;
        break;
      }
  return n;
}

static bool value_like(sw_str s) {
  double f;
  int32_t d;
  int64_t us;
  return sw_cell_f64(s, &f) || sw_parse_date(s, &d) || sw_parse_time(s, &us);
}

/* Titles: all cells filled, different from each other, none a number or a date, none long. */
static bool looks_like_titles(const sw_sample_row *row) {
  for (size_t i = 0; i < row->n; i++) {
    sw_str c = row->cells[i];
    bool last_empty = !c.len && i + 1 == row->n && i > 0;
    if (last_empty) continue;
    if (!c.len || c.len > 120 || value_like(c)) return false;
    for (size_t k = 0; k < i; k++)
      if (sw_str_eq(c, row->cells[k])) return false;
  }
  return row->n > 0;
}

static bool identifier_like(sw_str s) {
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i && c >= '0' && c <= '9');
    if (!ok) return false;
  }
  return s.len > 0;
}

/* Without a declaration a row of titles is believed when the rows under it look different. */
static bool titles_differ(const sw_sample_row *rows, size_t n) {
  size_t names = 0, cells = rows[0].n;
  for (size_t i = 0; i < cells; i++) names += identifier_like(rows[0].cells[i]);
  bool values = false;
  for (size_t r = 1; r < n && !values; r++)
    for (size_t i = 0; i < rows[r].n && !values; i++) values = value_like(rows[r].cells[i]);
  return values || names == cells || n == 1;
}

int sw_find_header(const sw_sample_row *rows, size_t n, const sw_table_spec *t) {
  size_t best = 0;
  int at = -1;
  for (size_t r = 0; t && r < n; r++) {
    size_t k = sw_header_matches(&rows[r], t);
    if (k > best) {
      best = k;
      at = (int)r;
    }
  }
  if (t && at >= 0 && (best >= 2 || rows[at].n <= 2 || t->ncolumns <= 2)) return at;
  /* Texts above texts tell nothing: a table of text columns only is then taken by position. */
  bool typed = !t;
  for (size_t c = 0; t && c < t->ncolumns; c++) typed |= t->columns[c].type.id != SW_TYPE_STR;
  if (!typed) return -1;
  for (size_t r = 0; r < n && r < 3; r++)
    if (looks_like_titles(&rows[r]) && rows[r].n > 1 && titles_differ(rows + r, n - r)) return (int)r;
  return n && looks_like_titles(&rows[0]) && titles_differ(rows, n) && n > 1 ? 0 : -1;
}

static sw_status take_names(const sw_sample_row *row, sw_arena *a, sw_dialect *d, sw_error *err) {
  d->names = SW_ARENA_ARRAY(a, const char *, row->n + 1);
  if (!d->names) return sw_arena_check(a, err);
  d->nfields = row->n;
  if (row->n > 1 && !row->cells[row->n - 1].len) d->nfields--; /* a delimiter at the line's end */
  for (size_t i = 0; i < d->nfields; i++) {
    d->names[i] = row->cells[i].len ? sw_arena_dupz(a, row->cells[i]) : sw_arena_printf(a, "column%zu", i + 1);
    if (!d->names[i]) return sw_arena_check(a, err);
  }
  return SW_OK;
}

static sw_status find_header(sw_str sample, const trial *best, const sw_file_hints *h, const sw_table_spec *t, sw_arena *a,
                             sw_dialect *d, sw_error *err) {
  memory_feed m;
  sw_scanner *s = NULL;
  sw_sample_row rows[HEADER_ROWS] = {0};
  int record_of[HEADER_ROWS] = {0};
  size_t n = 0;
  sw_scan_record r;
  sw_status st = open_scanner(sample, best, &m, &s, err);
  sw_scan_step step = SW_SCAN_DONE;
  for (int k = 0; !st && n < HEADER_ROWS && (step = sw_scan_next(s, true, &r, err)) == SW_SCAN_RECORD; k++) {
    if (r.problem || r.raw.len == 0 || k < h->skip_lines) continue;
    record_of[n] = k;
    st = row_of(&r, best->quote, a, &rows[n++], err);
  }
  if (!st && step == SW_SCAN_ERROR) st = err->status;
  sw_scanner_free(s);
  if (st) return st;
  int at = h->header == SW_NO ? -1 : h->header == SW_YES && h->skip_lines >= 0 && h->skip_lines > 0 ? 0 : sw_find_header(rows, n, t);
  if (h->header == SW_YES && at < 0) at = 0;
  d->skip_records = h->skip_lines > 0 ? h->skip_lines : 0;
  d->header = at >= 0 && n > 0;
  if (!d->header) return SW_OK;
  d->skip_records = record_of[at] + 1;
  return take_names(&rows[at], a, d, err);
}

/* A sample that was cut ends inside a line: what lies after the last line end is left out. */
static sw_str whole_lines(sw_str sample) {
  for (size_t n = sample.len; n > 0; n--)
    if (sample.ptr[n - 1] == '\n' || sample.ptr[n - 1] == '\r') return sw_str_sub(sample, 0, n);
  return sample;
}

sw_status sw_dialect_sniff(sw_str sample, bool whole, const sw_file_hints *h, const sw_table_spec *t, sw_arena *a, sw_dialect *d,
                           sw_error *err) {
  if (!whole) sample = whole_lines(sample);
  trial best = {0};
  sw_status st = try_all(sample, h, t, &best, err);
  if (st) return st;
  *d = (sw_dialect){.delimiter = best.delimiter,
                    .quote = best.quote,
                    .cr_ends = best.cr_ends,
                    .nfields = best.mode,
                    .consistency = best.consistency,
                    .sampled = best.records + best.problems};
  if (d->sampled) d->record_bytes = best.bytes / d->sampled;
  see_line_ends(sample, d);
  return find_header(sample, &best, h, t, a, d, err);
}

void sw_dialect_json(const sw_dialect *d, sw_json *j) {
  char q[2] = {d->quote, '\0'};
  sw_json_key(j, "delimiter");
  sw_json_str(j, (sw_str){&d->delimiter, 1});
  sw_json_key(j, "quote");
  sw_json_strz(j, q);
  sw_json_key(j, "header");
  sw_json_bool(j, d->header);
  sw_json_key(j, "skipped_records");
  sw_json_i64(j, d->skip_records);
  sw_json_key(j, "fields");
  sw_json_i64(j, (int64_t)d->nfields);
  sw_json_key(j, "line_ends");
  sw_json_open(j, '[');
  if (d->lf) sw_json_strz(j, "lf");
  if (d->crlf) sw_json_strz(j, "crlf");
  if (d->cr) sw_json_strz(j, "cr");
  sw_json_close(j, ']');
}
