#include "intake/typer.h"

#include "base/json.h"
#include "base/utf8.h"
#include "intake/cell.h"

#include <stdlib.h>

enum { TOTALS_KEPT = 20, META_COLUMNS = 4 };

struct sw_typer {
  sw_typer_options o;
  sw_typer_counts counts;
  sw_buf scratch;   /* the text of one value */
  sw_buf raw;
  sw_buf totals;    /* JSON objects with commas between */
  bool ascii_totals; /* one of the source's own words of total rows begins with an ASCII letter */
  bool stale_nulls; /* the row being filled may carry NULL marks of a rejected record */
};

sw_status sw_typer_new(const sw_typer_options *o, sw_typer **out, sw_error *err) {
  sw_typer *t = calloc(1, sizeof *t);
  if (!t) {
    sw_reader r = o->reader;
    sw_reader_free(&r);
    return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  t->o = *o;
  for (size_t i = 0; i < o->table->ntotals; i++) t->ascii_totals |= !(o->table->totals[i][0] & 0x80);
  sw_buf_init(&t->scratch, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&t->raw, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&t->totals, 1 << 20);
  *out = t;
  return SW_OK;
}

void sw_typer_free(sw_typer *t) {
  if (!t) return;
  sw_reader_free(&t->o.reader);
  sw_buf_fini(&t->scratch);
  sw_buf_fini(&t->raw);
  sw_buf_fini(&t->totals);
  free(t);
}

sw_typer_counts sw_typer_result(const sw_typer *t) { return t->counts; }
sw_str sw_typer_totals(const sw_typer *t) { return sw_buf_str(&t->totals); }

sw_status sw_typer_columns(const sw_table_spec *t, sw_arena *a, sw_source_column **out, size_t *n, sw_error *err) {
  sw_source_column *c = SW_ARENA_ARRAY(a, sw_source_column, t->ncolumns + META_COLUMNS);
  if (!c) return sw_arena_check(a, err);
  for (size_t i = 0; i < t->ncolumns; i++) c[i] = (sw_source_column){t->columns[i].name, t->columns[i].type};
  c[t->ncolumns] = (sw_source_column){"_row", SW_T_I64};
  c[t->ncolumns + 1] = (sw_source_column){"_org", SW_T_STR};
  c[t->ncolumns + 2] = (sw_source_column){"_line", SW_T_I64};
  c[t->ncolumns + 3] = (sw_source_column){"_offset", SW_T_I64};
  *out = c;
  *n = t->ncolumns + META_COLUMNS;
  return SW_OK;
}

static inline sw_str field_text(sw_typer *t, const sw_field *f) { return sw_field_text(&t->o.reader, f, &t->scratch); }

static inline bool is_null(const sw_typer *t, const sw_column_spec *c, const sw_field *f) {
  if (!f->len || (f->flags & SW_FIELD_NULL)) return true;
  if (f->len > 16) return false; /* no NULL text is that long */
  sw_str s = {f->ptr, f->len};
  for (size_t i = 0; i < t->o.table->nnulls; i++)
    if (sw_str_eqz(s, t->o.table->nulls[i])) return true;
  for (size_t i = 0; i < c->nnulls; i++)
    if (sw_str_eqz(s, c->nulls[i])) return true;
  return false;
}

/* Whose the record is: what its own column says, else the delivery's institution. */
static sw_str org_of(sw_typer *t, const sw_record *r) {
  const sw_table_spec *table = t->o.table;
  int32_t from = table->org_column ? t->o.mapping->source[table->org_column - 1] : -1;
  if (from < 0 || (size_t)from >= r->nfields || is_null(t, &table->columns[table->org_column - 1], &r->fields[from])) return sw_str_of(t->o.org);
  sw_str s = field_text(t, &r->fields[from]);
  s = s.ptr ? sw_str_trim(s) : s;
  return s.len ? s : sw_str_of(t->o.org);
}

/* --- rejects ---------------------------------------------------------------------------------- */

static sw_status spool_bytes(void *ctx, const char *p, size_t n, sw_error *err) { return sw_reject_spool_bytes(ctx, p, n, err); }

/* The first bytes of the original, for hex. */
typedef struct first_bytes {
  sw_buf *out;
  size_t max;
} first_bytes;

static sw_status keep_first(void *ctx, const char *p, size_t n, sw_error *err) {
  const first_bytes *f = ctx;
  size_t room = f->max - f->out->len;
  sw_buf_put(f->out, p, n < room ? n : room);
  return sw_buf_check(f->out, err);
}

/* Appends p as text; false where it is none. A character cut off at the end of a beginning does not count against it. */
static bool put_valid(sw_typer *t, sw_str p, bool cut) {
  const sw_reader *rd = &t->o.reader;
  bool gb = rd->encoding == SW_ENCODING_GB18030;
  if (p.len && memchr(p.ptr, 0, p.len)) return false;
  size_t ok = gb ? sw_gb18030_decode(rd->gb, p.ptr, p.len, &t->raw) : sw_utf8_valid_prefix(p.ptr, p.len);
  bool valid = ok == p.len || (cut && p.len - ok < 4);
  if (gb && !valid) sw_buf_clear(&t->raw);
  if (!gb && valid) sw_buf_put(&t->raw, p.ptr, ok);
  return valid;
}

/* The record for reading: text, or hex; of a long one the beginning. Afterwards *exact tells that its bytes follow from it. */
static sw_status put_raw(sw_typer *t, const sw_record *r, bool *exact, sw_error *err) {
  const sw_reader *rd = &t->o.reader;
  bool cut = r->raw.len > SW_REJECT_PIECE;
  sw_str shown = cut ? sw_str_sub(r->raw, 0, SW_REJECT_PIECE) : r->raw;
  bool whole = !cut && r->problem != SW_REJECT_TOO_LONG;
  if (r->raw_invalid && rd->ops->original) {
    first_bytes f = {&t->scratch, SW_REJECT_PIECE};
    sw_status s = rd->ops->original(rd->self, r, (sw_bytes_to){&f, keep_first}, err);
    if (s) return s;
    sw_reject_raw_text(sw_buf_str(&t->scratch), true, &t->raw);
    *exact = whole && r->length <= SW_REJECT_PIECE;
    return SW_OK;
  }
  bool text = put_valid(t, shown, !whole);
  if (!text) sw_reject_raw_text(shown, true, &t->raw);
  /* What looks like hex but is text, and what was decoded, needs its bytes. */
  bool decoded = rd->ops->original && rd->checked;
  *exact = whole && !decoded && (!text || (sw_str_eq(sw_buf_str(&t->raw), r->raw) && !sw_str_starts(r->raw, SW_LIT("\\x"))));
  return SW_OK;
}

static sw_status reject(sw_typer *t, const sw_record *r, sw_reject j, sw_error *err) {
  const sw_reader *rd = &t->o.reader;
  bool exact;
  sw_buf_clear(&t->raw);
  sw_buf_clear(&t->scratch);
  sw_status s = put_raw(t, r, &exact, err);
  if (!s) s = sw_buf_check(&t->raw, err);
  if (s) return s;
  j.row = (t->o.batch_no << 31) | r->number;
  j.line = r->line;
  j.offset = r->offset;
  j.length = r->length ? r->length : (int64_t)r->raw.len;
  j.org = sw_str_of(t->o.org);
  SW_AUTO(sw_buf) org = SW_BUF_INIT;
  if (t->o.table->org_column && !r->problem && r->nfields == t->o.mapping->nsource) {
    sw_str o = org_of(t, r);
    if (sw_utf8_valid(o)) sw_buf_str_put(&org, o);
    if (org.len) j.org = sw_buf_str(&org);
  }
  j.raw = sw_buf_str(&t->raw);
  t->counts.rejects++;
  t->stale_nulls = true;
  s = sw_reject_spool_add(t->o.spool, &j, err);
  if (!s && !exact) {
    if (rd->ops->original) s = rd->ops->original(rd->self, r, (sw_bytes_to){t->o.spool, spool_bytes}, err);
    else s = sw_reject_spool_bytes(t->o.spool, r->raw.ptr, r->raw.len, err);
  }
  return s ? s : sw_reject_spool_end(t->o.spool, err);
}

static sw_status reject_whole(sw_typer *t, const sw_record *r, sw_reject_code code, int64_t position, int64_t a, int64_t b,
                              sw_error *err) {
  return reject(t, r, (sw_reject){.column = -1, .code = code, .position = position, .a = a, .b = b}, err);
}

/* --- rows that are no records ------------------------------------------------------------------ */

static bool blank_record(const sw_record *r) {
  for (size_t i = 0; i < r->nfields; i++) {
    const sw_field *f = &r->fields[i];
    for (uint32_t k = 0; k < f->len; k++)
      if (f->ptr[k] != ' ' && f->ptr[k] != '\t') return false;
  }
  return true;
}

static bool is_header(sw_typer *t, const sw_record *r) {
  const sw_mapping *m = t->o.mapping;
  if (!m->names || r->nfields < m->nsource || !m->nsource) return false;
  for (size_t i = 0; i < m->nsource; i++)
    if (!sw_str_eqz(sw_str_trim(field_text(t, &r->fields[i])), m->names[i])) return false;
  return true;
}

static bool total_word(const sw_table_spec *t, sw_str s) {
  static const char *const WORDS[] = {"合计", "总计", "小计", "总合计", "合 计", "总 计", "小 计", "合　计", "总　计", "小　计", "total", "sum"};
  s = sw_str_trim(s);
  static const char *const ENDS[] = {":", "："};
  for (size_t i = 0; i < 2; i++)
    if (sw_str_ends(s, sw_str_of(ENDS[i]))) s.len -= strlen(ENDS[i]);
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    if (sw_str_ieq(s, sw_str_of(WORDS[i]))) return true;
  for (size_t i = 0; i < t->ntotals; i++)
    if (sw_str_ieq(s, sw_str_of(t->totals[i]))) return true;
  return false;
}

/* A total row: the word in the first cell that is filled, among the first three; every other cell a number or empty, at least
 * one of them each (a record would fill its key). */
static bool is_total(sw_typer *t, const sw_record *r) {
  size_t first = 0;
  while (first < r->nfields && !r->fields[first].len) first++;
  if (first >= 3 || first >= r->nfields || !total_word(t->o.table, field_text(t, &r->fields[first]))) return false;
  size_t numbers = 0, empty = first;
  for (size_t i = first + 1; i < r->nfields; i++) {
    double v;
    sw_str s = sw_str_trim(field_text(t, &r->fields[i]));
    if (!s.len) empty++;
    else if (sw_cell_f64(s, &v)) numbers++;
    else return false;
  }
  return numbers > 0 && (empty > 0 || r->nfields < t->o.mapping->nsource);
}

static void keep_total(sw_typer *t, const sw_record *r) {
  if (t->counts.totals > TOTALS_KEPT) return;
  if (t->totals.len) sw_buf_putc(&t->totals, ',');
  sw_json j;
  sw_json_init(&j, &t->totals);
  sw_json_open(&j, '{');
  sw_json_key(&j, "line");
  sw_json_i64(&j, r->line);
  sw_json_key(&j, "values");
  sw_json_open(&j, '[');
  for (size_t i = 0; i < r->nfields; i++) sw_json_str(&j, field_text(t, &r->fields[i]));
  sw_json_close(&j, ']');
  sw_json_close(&j, '}');
}

/* Cheap guards first: nearly every record is none of these. */
static bool left_out(sw_typer *t, const sw_record *r) {
  const sw_field *f = r->fields;
  const sw_mapping *m = t->o.mapping;
  if ((r->nfields == 0 || f->len == 0 || *f->ptr == ' ') && blank_record(r)) {
    t->counts.blanks++;
    return true;
  }
  if (m->names && m->nsource && f->len && (unsigned char)*f->ptr == (unsigned char)m->names[0][0] && is_header(t, r)) {
    t->counts.headers++;
    return true;
  }
  if (m->names && r->high && t->o.reader.encoding == SW_ENCODING_GB18030 && is_header(t, r)) {
    t->counts.headers++;
    return true;
  }
  bool candidate = f->len == 0 || *f->ptr == ' ' || (*f->ptr & 0x80) || (*f->ptr | 0x20) == 't' || (*f->ptr | 0x20) == 's' || t->ascii_totals;
  if (candidate && is_total(t, r)) {
    t->counts.totals++;
    keep_total(t, r);
    return true;
  }
  return false;
}

/* --- values ------------------------------------------------------------------------------------ */

/* Points at the bytes where they are: they outlive the chunk (see the header). */
static inline void put_borrowed(sw_out_column *c, size_t row, sw_str s) {
  sw_string *cell = &((sw_string *)c->data)[row];
  if (s.len <= 12) {
    memset(cell, 0, sizeof *cell);
    cell->u.near.length = (uint32_t)s.len;
    if (s.len) memcpy(cell->u.near.bytes, s.ptr, s.len);
  } else {
    cell->u.far.length = (uint32_t)s.len;
    memcpy(cell->u.far.prefix, s.ptr, 4);
    cell->u.far.ptr = s.ptr;
  }
}

static inline bool any_high(const char *p, size_t n) {
  for (; n >= 8; p += 8, n -= 8) {
    uint64_t w;
    memcpy(&w, p, 8);
    if (w & UINT64_C(0x8080808080808080)) return true;
  }
  for (; n; p++, n--)
    if (*p & 0x80) return true;
  return false;
}

static bool put_text(sw_typer *t, const sw_record *r, const sw_field *f, sw_out_column *c, size_t row) {
  bool decode = r->high && t->o.reader.encoding == SW_ENCODING_GB18030 && any_high(f->ptr, f->len);
  if (!decode && !(f->flags & SW_FIELD_ESCAPED) && !r->transient) {
    put_borrowed(c, row, (sw_str){f->ptr, f->len});
    return true;
  }
  sw_str s = field_text(t, f);
  if (!s.ptr) return false;
  sw_out_str(c, row, s);
  return true;
}

static bool put_decimal(sw_str s, const sw_column_spec *spec, sw_out_column *c, size_t row) {
  int64_t v;
  unsigned scale = spec->format == SW_FORMAT_FEN ? spec->type.scale - 2u : spec->type.scale;
  if (!sw_cell_decimal(s, spec->type.width, scale, &v)) return false;
  if (c->storage == SW_TYPE_I64) return ((int64_t *)c->data)[row] = v, true;
  return sw_out_decimal(c, row, v);
}

/* False when the text is no value of the type. */
static bool put_value(const sw_column_spec *spec, sw_str s, sw_out_column *c, size_t row) {
  int64_t i;
  bool b;
  switch (spec->type.id) {
  case SW_TYPE_BOOL: return sw_cell_bool(s, &b) && (((bool *)c->data)[row] = b, true);
  case SW_TYPE_I32:
    return sw_cell_i64(s, &i) && i >= INT32_MIN && i <= INT32_MAX && (((int32_t *)c->data)[row] = (int32_t)i, true);
  case SW_TYPE_I64: return sw_cell_i64(s, &((int64_t *)c->data)[row]);
  case SW_TYPE_F64: return sw_cell_f64(s, &((double *)c->data)[row]);
  case SW_TYPE_DECIMAL: return put_decimal(s, spec, c, row);
  case SW_TYPE_DATE: return sw_cell_date(s, spec, &((int32_t *)c->data)[row]);
  case SW_TYPE_TIME: return sw_cell_time(s, &((int64_t *)c->data)[row]);
  case SW_TYPE_TIMESTAMP: return sw_cell_timestamp(s, spec, &((int64_t *)c->data)[row]);
  case SW_TYPE_INVALID:
  case SW_TYPE_ANY:
  case SW_TYPE_NULL:
  case SW_TYPE_I8:
  case SW_TYPE_I16:
  case SW_TYPE_U8:
  case SW_TYPE_U16:
  case SW_TYPE_U32:
  case SW_TYPE_U64:
  case SW_TYPE_I128:
  case SW_TYPE_F32:
  case SW_TYPE_STR:
  case SW_TYPE_BLOB:
  case SW_TYPE_LIST:
  case SW_TYPE_STRUCT:
  case SW_TYPE_OTHER: return false;
  }
  return false;
}

static bool blank_text(sw_str s) { return sw_str_trim(s).len == 0; }

/* A typed value. Blanks alone are NULL, too. */
static bool put_typed(sw_typer *t, const sw_record *r, const sw_field *f, const sw_column_spec *spec, sw_out_column *c, size_t row) {
  sw_str s = {f->ptr, f->len};
  if (put_value(spec, s, c, row)) return true; /* the plain case first */
  bool make = (f->flags & SW_FIELD_ESCAPED) || (r->high && t->o.reader.encoding == SW_ENCODING_GB18030);
  if (make) {
    s = field_text(t, f);
    if (!s.ptr) return false;
  }
  sw_field whole = {s.ptr, (uint32_t)s.len, f->flags};
  sw_str trimmed = sw_str_trim(s);
  sw_field core = {trimmed.ptr, (uint32_t)trimmed.len, f->flags};
  if (blank_text(s) || is_null(t, spec, &whole) || is_null(t, spec, &core)) {
    sw_out_null(c, row);
    return true;
  }
  return make && put_value(spec, s, c, row);
}

static void clear_null(sw_out_column *c, size_t row) {
  if (c->validity) c->validity[row >> 6] |= UINT64_C(1) << (row & 63);
}

/* Fills one row; the column that cannot be typed, or -1. */
static int fill_row(sw_typer *t, const sw_record *r, sw_out_chunk *out, size_t row) {
  const sw_table_spec *table = t->o.table;
  if (t->stale_nulls)
    for (size_t i = 0; i < out->ncolumns; i++) clear_null(&out->columns[i], row);
  t->stale_nulls = false;
  for (size_t i = 0; i < table->ncolumns; i++) {
    sw_out_column *c = &out->columns[i];
    const sw_column_spec *spec = &table->columns[i];
    int32_t from = t->o.mapping->source[i];
    const sw_field *f = from >= 0 && (size_t)from < r->nfields ? &r->fields[from] : NULL;
    if (!f || is_null(t, spec, f)) sw_out_null(c, row);
    else if (spec->type.id == SW_TYPE_STR ? !put_text(t, r, f, c, row) : !put_typed(t, r, f, spec, c, row)) return (int)i;
  }
  return -1;
}

static void fill_meta(sw_typer *t, const sw_record *r, sw_out_chunk *out, size_t row) {
  sw_out_column *meta = &out->columns[t->o.table->ncolumns];
  ((int64_t *)meta[0].data)[row] = (t->o.batch_no << 31) | r->number;
  if (t->o.table->org_column) sw_out_str(&meta[1], row, org_of(t, r));
  else put_borrowed(&meta[1], row, sw_str_of(t->o.org));
  ((int64_t *)meta[2].data)[row] = r->line;
  ((int64_t *)meta[3].data)[row] = r->offset;
  if (!t->counts.first_record) t->counts.first_record = r->number;
  t->counts.last_record = r->number;
  t->counts.rows++;
}

/* --- records ----------------------------------------------------------------------------------- */

/* The first byte of raw that is invalid in the reader's encoding, or -1. */
static int64_t invalid_byte(const sw_typer *t, const sw_record *r) {
  const sw_reader *rd = &t->o.reader;
  if (!r->high || rd->checked) return -1;
  size_t ok = rd->encoding == SW_ENCODING_GB18030 ? sw_gb18030_valid_prefix(r->raw.ptr, r->raw.len)
                                                  : sw_utf8_valid_prefix(r->raw.ptr, r->raw.len);
  return ok == r->raw.len ? -1 : (int64_t)ok;
}

static bool trailing_delimiter(const sw_record *r, size_t expected) {
  return r->nfields == expected + 1 && r->fields[expected].len == 0;
}

static sw_status bad_value(sw_typer *t, const sw_record *r, int column, sw_error *err) {
  int32_t from = t->o.mapping->source[column];
  const sw_field *f = &r->fields[from];
  bool inside = f->ptr >= r->raw.ptr && f->ptr < r->raw.ptr + r->raw.len;
  return reject(t, r,
                (sw_reject){.column = column,
                            .field = from + 1,
                            .code = SW_REJECT_BAD_TYPE,
                            .position = inside ? (int64_t)(f->ptr - r->raw.ptr) : -1},
                err);
}

/* Takes one record: *taken tells whether it became the row. */
static sw_status take_record(sw_typer *t, const sw_record *r, sw_out_chunk *out, size_t row, bool *taken, sw_error *err) {
  size_t expected = t->o.mapping->nsource;
  *taken = false;
  t->counts.records++;
  if (r->problem) return reject_whole(t, r, r->problem, r->problem == SW_REJECT_TOO_LONG ? 0 : r->problem_at,
                                      r->problem == SW_REJECT_TOO_LONG ? (int64_t)t->o.limit : 0,
                                      r->problem == SW_REJECT_TOO_LONG ? r->problem_at : 0, err);
  if (r->deleted) return t->counts.deleted++, SW_OK;
  if (left_out(t, r)) return SW_OK;
  if (r->nul && memchr(r->raw.ptr, 0, r->raw.len))
    return reject_whole(t, r, SW_REJECT_NUL_BYTE, (const char *)memchr(r->raw.ptr, 0, r->raw.len) - r->raw.ptr, 0, 0, err);
  int64_t invalid = invalid_byte(t, r);
  if (invalid >= 0) return reject_whole(t, r, SW_REJECT_BAD_ENCODING, invalid, 0, 0, err);
  if (expected && r->nfields != expected && !trailing_delimiter(r, expected))
    return reject_whole(t, r, r->nfields < expected ? SW_REJECT_TOO_FEW_FIELDS : SW_REJECT_TOO_MANY_FIELDS, -1, (int64_t)expected,
                        (int64_t)r->nfields, err);
  int bad = fill_row(t, r, out, row);
  if (bad >= 0) return bad_value(t, r, bad, err);
  fill_meta(t, r, out, row);
  *taken = true;
  return SW_OK;
}

sw_status sw_typer_next(void *typer, void *state, sw_out_chunk *out, sw_error *err) {
  (void)state;
  sw_typer *t = typer;
  size_t row = 0;
  int64_t offset = -1;
  t->stale_nulls = false;
  while (row < out->cap) {
    sw_record r;
    sw_scan_step step = sw_reader_next(&t->o.reader, row == 0, &r, err);
    if (step == SW_SCAN_ERROR) return err->status;
    if (step == SW_SCAN_DONE || step == SW_SCAN_REFILL) break;
    if (t->o.places == SW_PLACES_RECORDS) {
      r.line = r.number;
      r.offset = -1;
    }
    bool taken = false;
    sw_status s = take_record(t, &r, out, row, &taken, err);
    if (s) return s;
    row += taken;
    offset = r.offset;
  }
  out->n = row;
  if (t->o.progress) t->o.progress(t->o.progress_ctx, offset, t->counts.records);
  return SW_OK;
}
