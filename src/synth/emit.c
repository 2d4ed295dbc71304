#include "synth/emit.h"

#include "base/date.h"
#include "base/json.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>

enum { H_LOST = 200, H_BYTES, H_RAGGED, H_QUOTE, CACHE_EPOCH_YEAR = 1840 };

sw_status sy_work_init(sy_work *k, const sy_world *w, sy_files *f, sw_error *err) {
  *k = (sy_work){.w = w, .f = f, .arena = SW_ARENA_INIT, .seen_cap = 8192};
  sw_buf_init(&k->line, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&k->encoded, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&k->fault_text, SW_BUF_DEFAULT_MAX);
  for (int i = 0; i < SY_NTRUTHS; i++) sw_buf_init(&k->truth[i], SW_BUF_DEFAULT_MAX);
  size_t days = sy_period_days(w);
  k->parts = calloc((size_t)f->n, sizeof *k->parts);
  k->totals = calloc((size_t)w->ninst * SY_NTABLES * days, sizeof *k->totals);
  k->seen = calloc(k->seen_cap, sizeof *k->seen);
  if (!k->parts || !k->totals || !k->seen)
    return SW_FAIL(err, SW_E_NOMEM, "SW-SYNTH-0008", "内存不足%s", "out of memory%s", "");
  for (int i = 0; i < f->n; i++) sw_buf_init(&k->parts[i].bytes, SW_BUF_DEFAULT_MAX);
  return SW_OK;
}

void sy_work_fini(sy_work *k) {
  for (int i = 0; k->parts && i < k->f->n; i++) sw_buf_fini(&k->parts[i].bytes);
  for (int i = 0; i < SY_NTRUTHS; i++) sw_buf_fini(&k->truth[i]);
  sw_buf_fini(&k->line);
  sw_buf_fini(&k->encoded);
  sw_buf_fini(&k->fault_text);
  sw_arena_fini(&k->arena);
  SW_VEC_FREE(&k->faults);
  free(k->parts);
  free(k->totals);
  free(k->seen);
}

void sy_work_next_person(sy_work *k) {
  sw_arena_fini(&k->arena);
  memset(k->seen, 0, k->seen_cap * sizeof *k->seen);
  k->nseen = 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

sy_row *sy_row_begin(sy_work *k, int inst, int table) {
  sy_row *r = &k->row;
  r->inst = inst;
  r->table = table;
  r->n = sy_ncolumns(table);
  r->key_cell = 0;
  r->key_cell2 = -1;
  r->patient = r->amount = 0;
  r->nmarks = 0;
  for (int i = 0; i < r->n; i++) r->cell[i] = (sy_cell){.state = SY_EMPTY, .type = SY_COLUMNS[SY_FIRST[table] + i].type};
  return r;
}

void sy_put(sy_row *r, sy_column_id c, sw_str v) {
  sy_cell *x = sy_at(r, c);
  x->s = v;
  x->state = v.len ? SY_VALUE : SY_EMPTY;
}
void sy_putz(sy_row *r, sy_column_id c, const char *v) { sy_put(r, c, sw_str_of(v)); }
void sy_puti(sy_row *r, sy_column_id c, int64_t v) {
  sy_cell *x = sy_at(r, c);
  x->n = v;
  x->state = SY_VALUE;
}
void sy_putk(sy_row *r, sy_column_id c, int64_t n, int64_t e, int64_t l) {
  sy_cell *x = sy_at(r, c);
  x->n = n;
  x->e = e;
  x->l = l;
  x->state = n ? SY_VALUE : SY_EMPTY;
}

sy_cell *sy_append_cell(sy_row *r, sy_type type) {
  sy_cell *x = &r->cell[r->n < SY_MAX_CELLS ? r->n++ : SY_MAX_CELLS - 1];
  *x = (sy_cell){.state = SY_EMPTY, .type = type};
  return x;
}

void sy_mark_fault(sy_row *r, int cell, const char *kind, sw_str detail) {
  if (r->nmarks < SY_MAX_MARKS) r->mark[r->nmarks++] = (sy_mark){cell, kind, detail};
}

/* --- forms ------------------------------------------------------------------------------------ */

static void put_i64(sw_buf *out, int64_t v) {
  char z[24];
  int n = 0;
  uint64_t u = v < 0 ? (uint64_t)-(v + 1) + 1 : (uint64_t)v;
  do z[n++] = (char)('0' + u % 10);
  while (u /= 10);
  if (v < 0) sw_buf_putc(out, '-');
  while (n) sw_buf_putc(out, z[--n]);
}

static void put_padded(sw_buf *out, int64_t v, int width) {
  char z[24];
  for (int i = width - 1; i >= 0; i--, v /= 10) z[i] = (char)('0' + v % 10);
  sw_buf_put(out, z, (size_t)width);
}

static void put_key(sw_buf *out, char keys, int64_t n, int64_t e, int64_t l) {
  if (keys == 'c') {
    put_i64(out, n);
    if (e) sw_buf_puts(out, "||"), put_i64(out, e);
    if (l) sw_buf_puts(out, "||"), put_i64(out, l);
    return;
  }
  if (keys == 'b') sw_buf_putc(out, l ? 'X' : e ? 'V' : 'P');
  else n += INT64_C(1000000000);
  put_padded(out, n, 10);
  if (e) put_padded(out, e, 4);
  if (l) put_padded(out, l, 5);
}

/* v scaled by 10^scale; trailing zeros are kept to `least` decimals; vendor c leaves out the zero before the point. */
static void put_decimal(sw_buf *out, char dialect, int64_t v, int scale, int least) {
  int64_t unit = 1;
  for (int i = 0; i < scale; i++) unit *= 10;
  if (v < 0) sw_buf_putc(out, '-'), v = -v;
  int64_t whole = v / unit, part = v % unit;
  int digits = scale;
  while (digits > least && part % 10 == 0) part /= 10, digits--;
  if (whole || dialect != 'c' || !digits) put_i64(out, whole);
  if (!digits) return;
  sw_buf_putc(out, '.');
  put_padded(out, part, digits);
}

static void put_date(sw_buf *out, char dialect, int32_t day) {
  int y, m, d;
  if (dialect == 'c') {
    put_i64(out, day - sw_days_from_civil(CACHE_EPOCH_YEAR, 12, 31));
    return;
  }
  sw_civil_from_days(day, &y, &m, &d);
  char sep = dialect == 'a' ? '/' : '-';
  put_padded(out, y, 4);
  sw_buf_putc(out, sep);
  dialect == 'a' ? put_i64(out, m) : put_padded(out, m, 2);
  sw_buf_putc(out, sep);
  dialect == 'a' ? put_i64(out, d) : put_padded(out, d, 2);
}

static void put_time(sw_buf *out, char dialect, int64_t t) {
  int64_t day = t >= 0 ? t / SY_DAY : -((-t + SY_DAY - 1) / SY_DAY), s = t - day * SY_DAY;
  put_date(out, dialect, (int32_t)day);
  if (dialect == 'c') {
    sw_buf_putc(out, ',');
    put_i64(out, s);
    return;
  }
  sw_buf_putc(out, ' ');
  dialect == 'a' ? put_i64(out, s / 3600) : put_padded(out, s / 3600, 2);
  sw_buf_putc(out, ':');
  put_padded(out, s / 60 % 60, 2);
  sw_buf_putc(out, ':');
  put_padded(out, s % 60, 2);
  if (dialect == 'b') sw_buf_puts(out, ".000");
}

static const char *sex_text(char dialect, int64_t n) {
  int i = n == 1 ? 0 : n == 2 ? 1 : 2;
  static const char *const A[] = {"男", "女", "未知"}, *const B[] = {"M", "F", "U"}, *const C[] = {"1", "2", "9"};
  return dialect == 'a' ? A[i] : dialect == 'b' ? B[i] : C[i];
}

static void put_text(sw_buf *out, const sy_style *st, sw_str v) {
  bool special = false;
  for (size_t i = 0; i < v.len; i++) {
    char c = v.ptr[i];
    special |= c == '"' || c == '\n' || c == '\r' || c == '\t' || c == st->delimiter;
  }
  if (!special) {
    sw_buf_str_put(out, v);
    return;
  }
  if (st->quotes) {
    sw_buf_putc(out, '"');
    for (size_t i = 0; i < v.len; i++) {
      if (v.ptr[i] == '"') sw_buf_putc(out, '"');
      sw_buf_putc(out, v.ptr[i]);
    }
    sw_buf_putc(out, '"');
    return;
  }
  for (size_t i = 0; i < v.len; i++) {
    char c = v.ptr[i];
    sw_buf_putc(out, c == '\n' || c == '\r' || c == '\t' || c == st->delimiter ? ' ' : c);
  }
}

static void put_cell(sw_buf *out, const sy_style *st, const sy_cell *x) {
  if (x->state == SY_EMPTY) {
    if (st->dialect == 'b') sw_buf_puts(out, "NULL");
    return;
  }
  if (x->state == SY_RAW) {
    put_text(out, st, x->s);
    return;
  }
  switch (x->type) {
    case SY_KEY: put_key(out, st->keys, x->n, x->e, x->l); break;
    case SY_TEXT:
    case SY_CODE: put_text(out, st, x->s); break;
    case SY_SEX: sw_buf_puts(out, sex_text(st->dialect, x->n)); break;
    case SY_INT: put_i64(out, x->n); break;
    case SY_MONEY: put_decimal(out, st->dialect, x->n, 2, 2); break;
    case SY_NUM3: put_decimal(out, st->dialect, x->n, 3, 0); break;
    case SY_NUM4: put_decimal(out, st->dialect, x->n, 4, 0); break;
    case SY_DATE: put_date(out, st->dialect, (int32_t)x->n); break;
    case SY_TIME: put_time(out, st->dialect, x->n); break;
  }
}

static void put_line(sy_work *k, const sy_style *st, const sy_row *r) {
  sw_buf_clear(&k->line);
  for (int i = 0; i < r->n; i++) {
    if (i) sw_buf_putc(&k->line, st->delimiter);
    put_cell(&k->line, st, &r->cell[i]);
  }
}

static void put_dbf(sy_work *k, const sy_style *st, const sy_row *r, sw_buf *out) {
  sw_buf cell;
  sw_buf_init(&cell, SW_BUF_DEFAULT_MAX);
  sw_buf_putc(out, ' ');
  for (int i = 0; i < r->n; i++) {
    size_t width = r->cell[i].type == SY_MONEY ? 14 : r->cell[i].type == SY_TIME ? 19 : 30;
    sw_buf_clear(&k->line);
    sw_buf_clear(&cell);
    put_cell(&k->line, st, &r->cell[i]);
    sy_encode(k->w, st->encoding, sw_buf_str(&k->line), &cell);
    size_t n = cell.len > width ? width : cell.len;
    if (r->cell[i].type == SY_MONEY)
      for (size_t p = n; p < width; p++) sw_buf_putc(out, ' ');
    sw_buf_put(out, cell.ptr, n);
    if (r->cell[i].type != SY_MONEY)
      for (size_t p = n; p < width; p++) sw_buf_putc(out, ' ');
  }
  sw_buf_fini(&cell);
}

/* --- truth ------------------------------------------------------------------------------------ */

sw_str sy_fmt(sy_work *k, const char *fmt, ...) {
  char z[512];
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(z, sizeof z, fmt, ap);
  va_end(ap);
  return sw_arena_dup(&k->arena, (sw_str){z, n < 0 ? 0 : (size_t)n < sizeof z ? (size_t)n : sizeof z - 1});
}

sw_str sy_key_text(sy_work *k, int inst, int64_t n, int64_t e, int64_t l) {
  sw_buf b;
  sw_buf_init(&b, 256);
  put_key(&b, k->w->inst[inst].vendor, n, e, l);
  sw_str out = sw_arena_dup(&k->arena, sw_buf_str(&b));
  sw_buf_fini(&b);
  return out;
}

sw_str sy_date_text(sy_work *k, int32_t day) {
  char z[SW_DATE_LEN];
  sw_format_date(day, z);
  return sw_arena_dup(&k->arena, sw_str_of(z));
}

sw_str sy_time_text(sy_work *k, int64_t seconds) {
  char z[SW_TIME_LEN];
  sw_format_time(seconds * 1000000, z);
  return sw_arena_dup(&k->arena, sw_str_of(z));
}

void sy_truth(sy_work *k, sy_truth_id t, const sw_str *fields, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (i) sw_buf_putc(&k->truth[t], ',');
    sw_csv_field(&k->truth[t], fields[i], ',');
  }
  sw_buf_putc(&k->truth[t], '\n');
}

void sy_advise(sy_work *k, int inst, const char *table, sw_str key, const char *rule, const char *reason) {
  SY_TRUTH(k, SY_TRUTH_ADVISORY, sw_str_of(k->w->inst[inst].code), sw_str_of(table), key, sw_str_of(rule), sw_str_of(reason));
}

static sw_str row_key(sy_work *k, const sy_row *r) {
  const sy_style *st = sy_style_of(k->f, r->inst, r->table);
  sw_buf b;
  sw_buf_init(&b, 1024);
  sy_style plain = *st;
  plain.quotes = false;
  put_cell(&b, &plain, &r->cell[r->key_cell]);
  if (r->key_cell2 >= 0) {
    sw_buf_putc(&b, '|');
    put_cell(&b, &plain, &r->cell[r->key_cell2]);
  }
  sw_str out = sw_arena_dup(&k->arena, sw_buf_str(&b));
  sw_buf_fini(&b);
  return out;
}

static void note_fault(sy_work *k, const sy_row *r, int file, const sy_mark *m, int64_t line) {
  sw_buf *t = &k->fault_text;
  sy_fault_at at = {.file = file, .line = line, .head = (uint32_t)t->len};
  sw_buf_printf(t, "%s,", m->kind);
  sw_csv_field(t, sw_str_of(k->f->files[file].path), ',');
  sw_buf_putc(t, ',');
  at.from = (uint32_t)t->len;
  sw_buf_putc(t, ',');
  if (m->cell >= 0) sw_csv_field(t, sw_str_of(sy_header_of(k->f, r->inst, r->table)->names[m->cell]), ',');
  sw_buf_putc(t, ',');
  sw_csv_field(t, row_key(k, r), ',');
  sw_buf_putc(t, ',');
  sw_csv_field(t, m->detail, ',');
  sw_buf_putc(t, '\n');
  at.to = (uint32_t)t->len;
  if (!SW_VEC_PUSH(&k->faults, at)) t->failed = true;
}

/* --- faults of form --------------------------------------------------------------------------- */

/* Damage done to a line on its way, not to a value in the source. The rate is per delivered line. */
typedef enum sy_damage { SY_WHOLE, SY_BAD_BYTES, SY_SHORT_LINE, SY_LONG_LINE, SY_OPEN_QUOTE } sy_damage;

static sy_damage damage_of(const sy_work *k, const sy_row *r, int file, uint64_t h) {
  const sy_style *st = sy_style_of(k->f, r->inst, r->table);
  if (k->w->opt.no_faults || st->format != SY_TEXT_FILE || r->nmarks) return SY_WHOLE;
  /* A page that loses one of its lists' rows would break rules that no fault of its own explains. */
  bool page = r->table == SY_T_ADMISSION || r->table == SY_T_CASE_DIAGNOSIS || r->table == SY_T_CASE_PROCEDURE;
  if (page || r->table >= SY_FIRST_SETL || r->table == SY_T_PATIENT || r->table == SY_T_DICT_ITEM || r->table == SY_T_DAILY_TOTAL)
    return SY_WHOLE;
  double u = (double)(sw_mix64(h ^ (uint64_t)file * 0x9E3779B97F4A7C15u ^ k->w->opt.seed) >> 11) * 0x1p-53;
  if (u < 0.00003) return SY_BAD_BYTES;
  if (u < 0.00005) return SY_SHORT_LINE;
  if (u < 0.00006) return SY_LONG_LINE;
  if (u < 0.00007 && st->quotes) return SY_OPEN_QUOTE;
  return SY_WHOLE;
}

static void damage_text(sy_work *k, const sy_row *r, const sy_style *st, sy_damage what, sy_mark *m) {
  sw_buf *b = &k->line;
  if (what == SY_SHORT_LINE || what == SY_LONG_LINE) {
    *m = (sy_mark){-1, "ragged_line", what == SY_SHORT_LINE ? SW_LIT("short") : SW_LIT("long")};
    if (what == SY_LONG_LINE) {
      sw_buf_putc(b, st->delimiter);
      sw_buf_puts(b, "多");
      return;
    }
    sw_buf_clear(b);
    for (int i = 0; i + 3 < r->n; i++) {
      if (i) sw_buf_putc(b, st->delimiter);
      put_cell(b, st, &r->cell[i]);
    }
    return;
  }
  if (what == SY_OPEN_QUOTE) { /* the last field is opened and never closed */
    *m = (sy_mark){r->n - 1, "unbalanced_quote", SW_LIT("the last field's quote is not closed")};
    sw_buf_clear(b);
    for (int i = 0; i < r->n; i++) {
      if (i) sw_buf_putc(b, st->delimiter);
      if (i == r->n - 1) sw_buf_puts(b, "\"残");
      else put_cell(b, st, &r->cell[i]);
    }
    return;
  }
  *m = (sy_mark){-1, "bad_bytes", SW_LIT("not valid in the file's encoding")};
}

static int64_t physical_lines(sw_str text) {
  int64_t n = 1;
  for (const char *p = text.ptr; (p = memchr(p, '\n', text.len - (size_t)(p - text.ptr))); p++) n++;
  return n;
}

static void encode_line(sy_work *k, const sy_style *st, bool bad_bytes) {
  sw_buf_clear(&k->encoded);
  sy_encode(k->w, st->encoding, sw_buf_str(&k->line), &k->encoded);
  if (bad_bytes) { /* FF is in no UTF-8 or GB18030 text; a lone surrogate in no UTF-16 */
    if (st->encoding == SY_UTF16) sw_buf_put(&k->encoded, "\x00\xD8", 2);
    else sw_buf_put(&k->encoded, "\xFF", 1);
  }
  sy_encode(k->w, st->encoding, sw_str_of(st->eol), &k->encoded);
}

static void write_damaged(sy_work *k, const sy_row *r, int file, sy_damage what) {
  const sy_style *st = sy_style_of(k->f, r->inst, r->table);
  sy_part *p = &k->parts[file];
  sy_mark m = {0};
  put_line(k, st, r);
  damage_text(k, r, st, what, &m);
  encode_line(k, st, what == SY_BAD_BYTES);
  note_fault(k, r, file, &m, p->lines);
  sw_buf_str_put(&p->bytes, sw_buf_str(&k->encoded));
  p->lines += physical_lines(sw_buf_str(&k->line));
}

/* --- emitting --------------------------------------------------------------------------------- */

static bool seen(sy_work *k, uint64_t key) {
  if (k->nseen * 2 >= k->seen_cap) {
    size_t cap = k->seen_cap * 2;
    uint64_t *old = k->seen, *new_set = calloc(cap, sizeof *new_set);
    if (!new_set) return true;
    for (size_t i = 0; i < k->seen_cap; i++)
      if (old[i]) {
        size_t at = old[i] & (cap - 1);
        while (new_set[at]) at = (at + 1) & (cap - 1);
        new_set[at] = old[i];
      }
    free(old);
    k->seen = new_set;
    k->seen_cap = cap;
  }
  key |= 1;
  size_t at = key & (k->seen_cap - 1);
  while (k->seen[at] && k->seen[at] != key) at = (at + 1) & (k->seen_cap - 1);
  if (k->seen[at]) return true;
  k->seen[at] = key;
  k->nseen++;
  return false;
}

static void count(sy_work *k, const sy_row *r, int32_t day) {
  if (!SY_TABLES[r->table].closing[0] || day < k->w->first_day || day > k->w->last_day) return;
  size_t days = sy_period_days(k->w);
  sy_totals *t = &k->totals[(size_t)(r->inst * SY_NTABLES + r->table) * days + (size_t)(day - k->w->first_day)];
  t->rows++;
  t->amount += r->amount;
  if (r->patient) {
    uint64_t key = sw_mix64(sw_mix64((uint64_t)r->inst << 40 | (uint64_t)r->table << 32 | (uint32_t)day) ^ (uint64_t)r->patient);
    t->patients += !seen(k, key);
  }
}

static uint64_t row_hash(const sy_row *r) {
  const sy_cell *x = &r->cell[r->key_cell];
  uint64_t h = sw_mix64((uint64_t)(r->inst * SY_NTABLES + r->table) + 77);
  h = sw_mix64(h ^ (uint64_t)x->n * 0x9E3779B97F4A7C15u ^ (uint64_t)x->e << 20 ^ (uint64_t)x->l);
  return r->key_cell2 < 0 ? h : sw_mix64(h ^ (uint64_t)r->cell[r->key_cell2].n);
}

/* Rows that the daily closing counted and the export lost: only of history that no later window brings again. */
static bool lost(const sy_work *k, const sy_row *r, const sy_when *when, uint64_t h) {
  static const sy_table_id CAN[] = {SY_T_VISIT, SY_T_ORDER_ITEM, SY_T_FEE_ITEM, SY_T_LAB_RESULT, SY_T_DIAGNOSIS, SY_T_EXAM_REPORT};
  if (k->w->opt.no_faults || r->nmarks || when->updated > k->w->history_end - 3 || when->valid_to != INT32_MAX) return false;
  bool can = false;
  for (size_t i = 0; i < sizeof CAN / sizeof *CAN; i++) can |= r->table == (int)CAN[i];
  return can && (double)(sw_mix64(h ^ H_LOST ^ k->w->opt.seed) >> 11) * 0x1p-53 < 0.0002;
}

static void note_lost(sy_work *k, const sy_row *r, const sy_when *when, int file) {
  const sy_file *x = &k->f->files[file];
  sw_str money = r->amount < 0 ? sy_fmt(k, "-%lld.%02lld", (long long)-r->amount / 100, (long long)-r->amount % 100)
                               : sy_fmt(k, "%lld.%02lld", (long long)r->amount / 100, (long long)r->amount % 100);
  if (!SY_TABLES[r->table].amount[0]) money = SW_LIT("");
  SY_TRUTH(k, SY_TRUTH_LOST, sw_str_of(k->w->inst[r->inst].code), sy_date_text(k, sy_window_end(k->w, x->delivery) + 1),
           sw_str_of(x->path), sw_str_of(SY_TABLES[r->table].name), sy_date_text(k, when->day), row_key(k, r),
           sy_key_text(k, r->inst, r->patient, 0, 0), money);
  k->sums.lost++;
}

static void write_to(sy_work *k, sy_row *r, int file, const sy_style *st, uint64_t h, bool *ready) {
  sy_part *p = &k->parts[file];
  p->dirty = true;
  p->rows++;
  p->source_rows++;
  p->amount += r->amount;
  k->sums.rows++;
  sy_damage what = damage_of(k, r, file, h);
  if (st->format == SY_DBF_FILE) {
    p->lines++;
    put_dbf(k, st, r, &p->bytes);
  } else if (what != SY_WHOLE) {
    p->lines++; /* note_fault sees the line at which the record begins */
    write_damaged(k, r, file, what);
    p->lines--;
    *ready = false;
    return;
  } else {
    if (!*ready) {
      put_line(k, st, r);
      encode_line(k, st, false);
      *ready = true;
    }
    sw_buf_str_put(&p->bytes, sw_buf_str(&k->encoded));
    p->lines++;
  }
  for (int i = 0; i < r->nmarks; i++) note_fault(k, r, file, &r->mark[i], p->lines);
  if (st->quotes) p->lines += physical_lines(sw_buf_str(&k->line)) - 1;
}

static bool brings(const sy_world *w, const sy_row *r, const sy_when *when, int d) {
  int32_t end = sy_window_end(w, d), begin = sy_window_begin(w, d);
  if (r->table == SY_T_DAILY_TOTAL) return end == when->valid_from;
  if (r->table == SY_T_DICT_ITEM) return d == 0 || d == w->ndeliveries - 1;
  if (when->day > end || end < when->valid_from || end > when->valid_to) return false;
  if (r->table >= SY_FIRST_SETL) return d == 0 || (d == w->ndeliveries - 1 && when->day > w->history_end);
  if (d == 0) return true;
  return when->day >= begin || (when->updated >= begin && when->updated <= end);
}

void sy_emit(sy_work *k, sy_row *r, const sy_when *when) {
  const sy_world *w = k->w;
  if (!sy_delivers(w, r->inst, r->table)) return;
  if (when->counted) count(k, r, when->day);
  const sy_style *st = sy_style_of(k->f, r->inst, r->table);
  uint64_t h = row_hash(r);
  bool ready = false;
  for (int d = 0; d < w->ndeliveries; d++) {
    if (!brings(w, r, when, d)) continue;
    int file = sy_file_index(k->f, r->inst, r->table, d, when->day);
    if (d == 0 && lost(k, r, when, h)) {
      k->parts[file].dirty = true;
      k->parts[file].source_rows++;
      note_lost(k, r, when, file);
      continue;
    }
    write_to(k, r, file, st, h, &ready);
  }
  int again = r->table == SY_T_ADMISSION ? sy_file_again(k->f, r->inst) : -1;
  int32_t end = again >= 0 ? sy_window_end(w, k->f->again_delivery) : 0;
  if (again >= 0 && when->day >= k->f->again_from && when->day <= k->f->again_to && end >= when->valid_from && end <= when->valid_to)
    write_to(k, r, again, st, h, &ready);
}
