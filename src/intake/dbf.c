/* DBF: dBase III and IV, FoxPro and Visual FoxPro tables. Layout after the published descriptions of the format: a header of
 * 32 bytes, 32 bytes for each field up to 0Dh, then records of fixed length that begin with a blank or, when deleted, '*'.
 * Memo fields point into another file and are NULL here; the batch's JSON names them. */
#include "base/date.h"
#include "intake/source.h"

#include <inttypes.h>
#include <stdlib.h>

enum { HEADER = 32, DESCRIPTOR = 32, FIELDS_MAX = 1024, RECORD_MAX = 1 << 16, BLOCK = 128 << 10 /* holds any record */ };

typedef struct dbf_field {
  char name[12];
  char type;
  size_t at, length;
  unsigned decimals;
} dbf_field;

typedef struct dbf {
  sw_input *in;
  sw_encoding encoding;
  const sw_gb_table *gb;
  uint32_t records;
  size_t header_length, record_length, nfields;
  dbf_field *fields;
  bool binary;            /* some field is not text */
  uint8_t version, code_page;
} dbf;

typedef struct reader {
  const dbf *d;
  char *block;
  size_t at, len;
  int64_t offset;         /* of block[0] in the file */
  int64_t number;
  sw_field *fields;
  size_t *ends;           /* of each field's text in `text` */
  sw_buf text, raw;
  const char *record;
} reader;

static uint16_t le16(const unsigned char *p) { return (uint16_t)(p[0] | p[1] << 8); }
static uint32_t le32(const unsigned char *p) { return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16; }
static uint64_t le64(const unsigned char *p) { return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32; }

static sw_status read_exact(sw_input *in, void *buf, size_t n, size_t *got, sw_error *err) {
  *got = 0;
  for (size_t k = 1; *got < n && k; *got += k) {
    sw_status s = sw_input_read(in, (char *)buf + *got, n - *got, &k, err);
    if (s) return s;
  }
  return SW_OK;
}

static sw_status broken(const dbf *d, sw_error *err) {
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0070", "%s 的 DBF 文件头已损坏", "the DBF header of %s is damaged", sw_input_path(d->in));
}

/* --- values ------------------------------------------------------------------------------------ */

static void put_julian(const unsigned char *p, sw_buf *out) { /* Julian day number and milliseconds */
  uint32_t day = le32(p), ms = le32(p + 4);
  char text[SW_TIME_LEN];
  if (!day || day > 5373484 || day < 1721426 || ms >= 86400000u) return;
  sw_format_time(((int64_t)day - 2440588) * SW_US_PER_DAY + (int64_t)((ms + 500) / 1000) * 1000000, text);
  sw_buf_puts(out, text);
}

static void put_currency(const unsigned char *p, sw_buf *out) { /* ten-thousandths */
  int64_t v = (int64_t)le64(p);
  uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  sw_buf_printf(out, "%s%" PRIu64 ".%04u", v < 0 ? "-" : "", u / 10000, (unsigned)(u % 10000));
}

static void put_double(const unsigned char *p, sw_buf *out) {
  uint64_t bits = le64(p);
  double v;
  memcpy(&v, &bits, sizeof v);
  sw_buf_printf(out, "%.17g", v);
}

static sw_str trim_right(const char *p, size_t n) {
  while (n && (p[n - 1] == ' ' || p[n - 1] == '\0')) n--;
  return (sw_str){p, n};
}

static sw_str trim_both(const char *p, size_t n) {
  sw_str s = trim_right(p, n);
  while (s.len && *s.ptr == ' ') s = sw_str_sub(s, 1, s.len);
  return s;
}

static void put_logical(char c, sw_buf *out) {
  if (c && strchr("TtYy", c)) sw_buf_puts(out, "true");
  else if (c && strchr("FfNn", c)) sw_buf_puts(out, "false");
}

/* Appends a value's text; nothing for NULL. False when a byte is not valid in the code page. */
static bool put_value(const dbf *d, const dbf_field *f, const char *p, sw_buf *out) {
  const unsigned char *u = (const unsigned char *)p;
  sw_str s;
  switch (f->type) {
  case 'C':
  case 'V':
    s = trim_right(p, f->length);
    return sw_decode(d->encoding, d->gb, s.ptr, s.len, out) == s.len;
  case 'N':
  case 'F':
  case 'D':
    s = trim_both(p, f->length);
    for (size_t i = 0; i < s.len; i++)
      if ((s.ptr[i] & 0x80) || !s.ptr[i]) return false;
    if (s.len && s.ptr[0] != '*') sw_buf_str_put(out, s); /* asterisks: a number that did not fit */
    return true;
  case 'L': put_logical(p[0], out); return true;
  case 'I':
    if (f->length >= 4) sw_buf_printf(out, "%d", (int)(int32_t)le32(u));
    return true;
  case 'B':
    if (f->length == 8 && d->version >= 0x30) put_double(u, out);
    return true;
  case 'O':
    if (f->length == 8) put_double(u, out);
    return true;
  case 'Y':
    if (f->length == 8) put_currency(u, out);
    return true;
  case 'T':
  case '@':
    if (f->length == 8) put_julian(u, out);
    return true;
  default: return true; /* memo, general, picture: NULL */
  }
}

/* --- records ----------------------------------------------------------------------------------- */

static sw_status cut_off(const reader *r, sw_error *err) {
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0071", "%s 不完整：文件头写明 %lu 条记录，只有 %lld 条；请重新传输",
                 "%s is cut off: its header tells %lu records, but there are %lld; transfer it again", sw_input_path(r->d->in),
                 (unsigned long)r->d->records, (long long)r->number);
}

/* The header's count is written last: a writer that died, or still writes, leaves records behind it. */
static sw_status at_end(const reader *r, sw_error *err) {
  const dbf *d = r->d;
  char flag = r->len - r->at >= d->record_length ? r->block[r->at] : 0x1A;
  if (flag != ' ' && flag != '*') return SW_OK;
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0072", "%s 的文件头写明 %lu 条记录，其后还有记录；请等写入方完成，或整理后重新交付",
                 "the header of %s tells %lu records, but more follow; wait for its writer, or pack the file and deliver it again",
                 sw_input_path(d->in), (unsigned long)d->records);
}

/* Makes the next record whole in the block; *end where there is none. */
static sw_status fetch(reader *r, bool *end, sw_error *err) {
  const dbf *d = r->d;
  *end = r->number == (int64_t)d->records;
  if (r->len - r->at >= d->record_length) return *end ? at_end(r, err) : SW_OK;
  memmove(r->block, r->block + r->at, r->len - r->at);
  r->offset += (int64_t)r->at;
  r->len -= r->at;
  r->at = 0;
  size_t got;
  sw_status s = read_exact(d->in, r->block + r->len, BLOCK - r->len, &got, err);
  r->len += got;
  if (s) return s;
  if (*end) return at_end(r, err);
  return r->len >= d->record_length ? SW_OK : cut_off(r, err);
}

static void decode_record(reader *r, sw_record *out) {
  const dbf *d = r->d;
  sw_buf_clear(&r->text);
  for (size_t i = 0; i < d->nfields; i++) {
    bool ok = put_value(d, &d->fields[i], r->record + d->fields[i].at, &r->text);
    if (!ok && !out->problem) {
      out->problem = SW_REJECT_BAD_ENCODING;
      out->problem_at = (int64_t)d->fields[i].at;
      out->raw_invalid = true;
    }
    r->ends[i] = r->text.len;
  }
  size_t begin = 0;
  for (size_t i = 0; i < d->nfields; i++) {
    r->fields[i] = (sw_field){r->text.ptr + begin, (uint32_t)(r->ends[i] - begin), r->ends[i] == begin ? SW_FIELD_NULL : 0};
    begin = r->ends[i];
  }
}

static sw_scan_step next_record(void *self, bool may_refill, sw_record *out, sw_error *err) {
  (void)may_refill;
  reader *r = self;
  const dbf *d = r->d;
  bool end;
  if (fetch(r, &end, err)) return SW_SCAN_ERROR;
  if (end) return SW_SCAN_DONE;
  if (r->block[r->at] == 0x1A) return (void)cut_off(r, err), SW_SCAN_ERROR; /* the end of file mark, too early */
  r->record = r->block + r->at;
  *out = (sw_record){.fields = r->fields, .nfields = d->nfields, .number = ++r->number, .transient = true, .high = true};
  out->line = out->number;
  out->offset = r->offset + (int64_t)r->at;
  out->deleted = r->record[0] == '*';
  r->at += d->record_length;
  decode_record(r, out);
  sw_buf_clear(&r->raw);
  if (!d->binary && !out->raw_invalid) out->raw_invalid = sw_decode(d->encoding, d->gb, r->record, d->record_length, &r->raw) != d->record_length;
  else out->raw_invalid = true;
  out->raw = sw_buf_str(&r->raw);
  return SW_SCAN_RECORD;
}

static sw_status original(void *self, const sw_record *rec, sw_bytes_to to, sw_error *err) {
  (void)rec;
  const reader *r = self;
  return to.put(to.ctx, r->record, r->d->record_length, err);
}

static void free_reader(void *self) {
  reader *r = self;
  sw_buf_fini(&r->text);
  sw_buf_fini(&r->raw);
  free(r->block);
  free(r->fields);
  free(r->ends);
  free(r);
}

static sw_status open_part(void *self, size_t part, sw_reader *out, sw_error *err) {
  static const sw_reader_ops OPS = {next_record, original, free_reader};
  (void)part;
  const dbf *d = self;
  reader *r = calloc(1, sizeof *r);
  if (r) {
    *r = (reader){.d = d, .offset = (int64_t)d->header_length, .block = malloc(BLOCK)};
    r->fields = calloc(d->nfields, sizeof *r->fields);
    r->ends = calloc(d->nfields, sizeof *r->ends);
    sw_buf_init(&r->text, SW_BUF_DEFAULT_MAX);
    sw_buf_init(&r->raw, SW_BUF_DEFAULT_MAX);
  }
  if (!r || !r->block || !r->fields || !r->ends) {
    if (r) free_reader(r);
    return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  sw_status s = sw_input_rewind(d->in, err);
  for (size_t left = d->header_length, got; !s && left; left -= got) {
    s = read_exact(d->in, r->block, left < BLOCK ? left : BLOCK, &got, err);
    if (!s && !got) s = broken(d, err);
  }
  if (s) {
    free_reader(r);
    return s;
  }
  *out = (sw_reader){.ops = &OPS, .self = r, .encoding = SW_ENCODING_UTF8, .checked = true};
  return SW_OK;
}

/* --- opening ----------------------------------------------------------------------------------- */

static sw_status read_fields(dbf *d, const unsigned char *p, size_t n, sw_error *err) {
  size_t at = 1;
  for (size_t i = HEADER; i + DESCRIPTOR <= n && p[i] != 0x0D; i += DESCRIPTOR) {
    if (d->nfields == FIELDS_MAX) return broken(d, err);
    dbf_field *f = &d->fields[d->nfields];
    *f = (dbf_field){.type = (char)p[i + 11], .at = at, .length = p[i + 16], .decimals = p[i + 17]};
    memcpy(f->name, p + i, 11);
    if (f->type == 'C') f->length += (size_t)f->decimals << 8;
    if (!f->length || f->length > d->record_length - at) return broken(d, err);
    at += f->length;
    d->binary |= strchr("CNFDL", f->type) == NULL;
    if (f->type != '0') d->nfields++; /* the column of NULL flags is not data */
  }
  return d->nfields ? SW_OK : broken(d, err);
}

static sw_status read_header(dbf *d, sw_error *err) {
  unsigned char head[HEADER];
  size_t got;
  sw_status s = sw_input_rewind(d->in, err);
  if (!s) s = read_exact(d->in, head, sizeof head, &got, err);
  if (s) return s;
  if (got < HEADER) return broken(d, err);
  d->version = head[0];
  d->records = le32(head + 4);
  d->header_length = le16(head + 8);
  d->record_length = le16(head + 10);
  d->code_page = head[29];
  if (d->header_length < HEADER + 1 || d->record_length < 2) return broken(d, err);
  unsigned char *p = malloc(d->header_length);
  d->fields = calloc(FIELDS_MAX, sizeof *d->fields);
  if (!p || !d->fields) {
    free(p);
    return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  memcpy(p, head, HEADER);
  s = read_exact(d->in, p + HEADER, d->header_length - HEADER, &got, err);
  if (!s && got < d->header_length - HEADER) s = broken(d, err);
  if (!s) s = read_fields(d, p, d->header_length, err);
  free(p);
  return s;
}

/* The code page byte is often 0 or wrong: text that is valid UTF-8 throughout is believed, all else is GB18030, of which
 * code page 936 is a part. */
static sw_status find_encoding(dbf *d, sw_encoding declared, sw_error *err) {
  d->encoding = declared;
  if (declared != SW_ENCODING_UNKNOWN) return SW_OK;
  d->encoding = SW_ENCODING_GB18030;
  if (d->code_page == 0x4D || d->code_page == 0x7A) return SW_OK;
  char *p = malloc(BLOCK);
  size_t got = 0;
  if (!p) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  sw_status s = read_exact(d->in, p, BLOCK, &got, err);
  sw_encoding_census c;
  sw_encoding_census_init(&c);
  for (size_t at = 0; !s && at + d->record_length <= got; at += d->record_length) {
    sw_encoding_census_feed(&c, p + at, d->record_length);
    sw_encoding_census_feed(&c, "\n", 1);
  }
  sw_encoding_finding f = sw_encoding_census_finish(&c, SW_ENCODING_UNKNOWN);
  if (f.lines_high && c.lines_utf8 == f.lines_high) d->encoding = SW_ENCODING_UTF8;
  sw_encoding_census_fini(&c);
  free(p);
  return s;
}

static void info(void *self, sw_json *j) {
  const dbf *d = self;
  bool memo = false;
  sw_json_key(j, "code_page");
  sw_json_i64(j, d->code_page);
  sw_json_key(j, "memo");
  sw_json_open(j, '[');
  for (size_t i = 0; i < d->nfields; i++) {
    memo = strchr("MGP", d->fields[i].type) != NULL;
    if (memo) sw_json_strz(j, d->fields[i].name);
  }
  sw_json_close(j, ']');
}

static void close_dbf(void *self) {
  dbf *d = self;
  free(d->fields);
  free(d);
}

static sw_status field_names(const dbf *d, sw_arena *a, sw_opened *out, sw_error *err) {
  const char **names = SW_ARENA_ARRAY(a, const char *, d->nfields + 1);
  for (size_t i = 0; names && i < d->nfields; i++) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_str s = trim_right(d->fields[i].name, strnlen(d->fields[i].name, 11));
    bool ok = sw_decode(d->encoding, d->gb, s.ptr, s.len, &b) == s.len && s.len;
    names[i] = ok ? sw_arena_dupz(a, sw_buf_str(&b)) : sw_arena_printf(a, "column%zu", i + 1);
  }
  out->names = names;
  out->nfields = d->nfields;
  return sw_arena_check(a, err);
}

sw_status sw_open_dbf(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err) {
  dbf *d = calloc(1, sizeof *d);
  if (!d) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  d->in = in;
  *out = (sw_opened){.format = SW_FORMAT_DBF, .nparts = 1, .limit = RECORD_MAX, .self = d, .open_part = open_part, .info = info, .close = close_dbf};
  sw_status s = read_header(d, err);
  if (!s) s = find_encoding(d, o->hints->encoding, err);
  if (!s && d->encoding == SW_ENCODING_GB18030) s = sw_gb_table_get(&d->gb, err);
  if (!s) s = field_names(d, a, out, err);
  out->encoding = d->encoding;
  return s;
}
