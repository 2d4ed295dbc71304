#include "intake/delimited.h"

#include "intake/transcode.h"

#include <stdlib.h>

enum { SAMPLE_BYTES = 1 << 20, CENSUS_BLOCK = 1 << 20 };

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

/* --- probing ---------------------------------------------------------------------------------- */

static sw_status census(sw_input *in, sw_encoding declared, const sw_cancel *cancel, sw_encoding_finding *out, bool *empty,
                        sw_error *err) {
  sw_encoding_census c;
  sw_encoding_census_init(&c);
  char *buf = malloc(CENSUS_BLOCK);
  sw_status s = buf ? sw_input_rewind(in, err) : no_memory(err);
  /* A declaration needs no vote, only the byte order mark and, for the record, a second opinion on the first block. */
  for (size_t n = 1; !s && n && !(c.bytes && (declared || sw_encoding_census_settled(&c)));) {
    s = sw_cancel_check(cancel, err);
    if (!s) s = sw_input_read(in, buf, CENSUS_BLOCK, &n, err);
    if (!s) sw_encoding_census_feed(&c, buf, n);
  }
  *out = sw_encoding_census_finish(&c, declared);
  *empty = c.bytes <= (int64_t)out->bom_len;
  sw_encoding_census_fini(&c);
  free(buf);
  return s;
}

sw_status sw_sample_text(sw_input *in, const sw_encoding_finding *e, const sw_gb_table *gb, size_t max, sw_buf *out, bool *whole,
                         sw_error *err) {
  SW_AUTO(sw_buf) raw = SW_BUF_INIT;
  sw_status s = sw_input_rewind(in, err);
  *whole = false;
  while (!s && raw.len < max && !*whole) {
    size_t n = 0;
    if (!sw_buf_reserve(&raw, max)) return sw_buf_check(&raw, err);
    s = sw_input_read(in, raw.ptr + raw.len, max - raw.len, &n, err);
    raw.len += n;
    *whole = n == 0;
  }
  size_t i = e->bom_len < raw.len ? e->bom_len : raw.len;
  while (!s && i < raw.len && !out->failed) {
    i += sw_decode(e->encoding, gb, raw.ptr + i, raw.len - i, out);
    if (i == raw.len || (!*whole && raw.len - i < 4)) break;
    sw_buf_puts(out, "\xEF\xBF\xBD");
    i += e->encoding == SW_ENCODING_UTF16LE || e->encoding == SW_ENCODING_UTF16BE ? 2 : 1;
  }
  return s ? s : sw_buf_check(out, err);
}

/* Control characters that no text has and no dialect uses as a delimiter (Hive's 1, 2, 3 and the separators 0x1C to 0x1F are used),
 * one in fifty or more: an image, an archive, an encrypted file. NULs do not count: padded fields have them. */
static bool is_binary(sw_str s) {
  enum { ENOUGH = 16, ONE_IN = 50 };
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    n += (c >= 4 && c <= 8) || c == 0x0B || (c >= 0x0E && c <= 0x1A) || c == 0x7F;
  }
  return n >= ENOUGH && n * ONE_IN >= s.len;
}

sw_status sw_delimited_probe(sw_input *in, const sw_file_hints *h, const sw_table_spec *t, sw_arena *a, const sw_cancel *cancel,
                             sw_delimited *d, sw_error *err) {
  *d = (sw_delimited){.in = in, .limit = h->record_limit ? h->record_limit : SW_SCAN_LIMIT};
  sw_status s = census(in, h->encoding, cancel, &d->encoding, &d->empty, err);
  if (!s && d->encoding.encoding == SW_ENCODING_GB18030) s = sw_gb_table_get(&d->gb, err);
  SW_AUTO(sw_buf) sample = SW_BUF_INIT;
  bool whole = false;
  if (!s) s = sw_sample_text(in, &d->encoding, d->gb, SAMPLE_BYTES, &sample, &whole, err);
  if (!s && is_binary(sw_buf_str(&sample)))
    s = SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0035", "文件不是文本，也不是认识的格式（CSV、NDJSON、XLSX、DBF、Parquet，可经 gzip 或 zstd 压缩）",
                "the file is neither text nor of a known format (CSV, NDJSON, XLSX, DBF, Parquet; gzip or zstd around them)");
  if (!s) s = sw_dialect_sniff(sw_buf_str(&sample), whole, h, t, a, &d->dialect, err);
  if (s) return s;
  bool utf16 = d->encoding.encoding == SW_ENCODING_UTF16LE || d->encoding.encoding == SW_ENCODING_UTF16BE;
  char q = d->dialect.quote;
  bool unsafe = !sw_gb18030_safe_byte(d->dialect.delimiter) || (q && !sw_gb18030_safe_byte(q));
  d->transcoded = utf16 || (d->encoding.encoding == SW_ENCODING_GB18030 && unsafe);
  return SW_OK;
}

/* --- readers ---------------------------------------------------------------------------------- */

typedef struct reader {
  const sw_delimited *d;
  int64_t at, end;             /* pread position of a plain file; end -1: no end */
  size_t bom_left;             /* of a stream: bytes to drop first */
  sw_transcoder *transcoder;
  sw_scanner *scanner;
  int64_t skip;                /* records still to skip */
  int64_t number;
  int64_t begin, after;        /* of the last record, in bytes as delivered; without its line end */
  sw_str bytes;                /* the same bytes where they are at hand; else NULL */
  sw_reread again;
} reader;

static sw_status read_plain(void *ctx, char *buf, size_t cap, size_t *n, sw_error *err) {
  reader *r = ctx;
  if (r->end >= 0 && (int64_t)cap > r->end - r->at) cap = (size_t)(r->end - r->at);
  *n = 0;
  sw_status s = cap ? sw_input_pread(r->d->in, r->at, buf, cap, n, err) : SW_OK;
  r->at += (int64_t)*n;
  return s;
}

static sw_status read_stream(void *ctx, char *buf, size_t cap, size_t *n, sw_error *err) {
  reader *r = ctx;
  while (r->bom_left) {
    char bom[8];
    size_t k = 0;
    sw_status s = sw_input_read(r->d->in, bom, r->bom_left, &k, err);
    if (s || !k) return *n = 0, s;
    r->bom_left -= k;
  }
  return sw_input_read(r->d->in, buf, cap, n, err);
}

static const sw_reject_code PROBLEM[] = {[SW_SCAN_FINE] = SW_REJECT_NONE,
                                         [SW_SCAN_BAD_QUOTE] = SW_REJECT_BAD_QUOTE,
                                         [SW_SCAN_UNBALANCED_QUOTE] = SW_REJECT_UNBALANCED_QUOTE,
                                         [SW_SCAN_TOO_LONG] = SW_REJECT_TOO_LONG};

/* Places and bytes as delivered, of a record that was decoded on its way. */
static void fill_origin(reader *r, const sw_scan_record *s, sw_record *out) {
  sw_origin o = sw_transcoder_origin(r->transcoder, s->offset, s->offset + s->length);
  bool wide = r->d->encoding.encoding == SW_ENCODING_UTF16LE || r->d->encoding.encoding == SW_ENCODING_UTF16BE;
  int64_t ending = (int64_t)s->ending * (wide ? 2 : 1);
  out->offset = r->begin = o.offset;
  r->after = o.end - o.offset >= ending ? o.end - ending : o.end;
  r->bytes = o.bytes.ptr ? sw_str_sub(o.bytes, 0, (size_t)(r->after - r->begin)) : o.bytes;
  if (!o.invalid) return;
  out->raw_invalid = true;
  if (out->problem) return;
  out->problem = SW_REJECT_BAD_ENCODING;
  out->problem_at = -1;
}

static void fill_record(reader *r, const sw_scan_record *s, sw_record *out) {
  *out = (sw_record){.fields = s->fields,
                     .nfields = s->nfields,
                     .number = ++r->number,
                     .line = s->line,
                     .offset = s->offset,
                     .raw = s->raw,
                     .problem = PROBLEM[s->problem],
                     .problem_at = (int64_t)s->problem_at,
                     .high = s->high,
                     .nul = s->nul};
  r->begin = s->offset;
  r->after = s->offset + s->length - s->ending;
  r->bytes = s->problem == SW_SCAN_TOO_LONG ? (sw_str){NULL, 0} : s->raw;
  if (r->transcoder) fill_origin(r, s, out);
  out->length = r->after - r->begin;
  if (s->problem == SW_SCAN_TOO_LONG) out->problem_at = out->length;
}
static sw_scan_step next_record(void *self, bool may_refill, sw_record *out, sw_error *err) {
  reader *r = self;
  sw_scan_record s;
  sw_scan_step step;
  while ((step = sw_scan_next(r->scanner, may_refill, &s, err)) == SW_SCAN_RECORD && r->skip > 0) {
    r->skip--;
    if (r->transcoder) (void)sw_transcoder_origin(r->transcoder, s.offset, s.offset + s.length);
  }
  if (step == SW_SCAN_RECORD) fill_record(r, &s, out);
  return step;
}

static sw_status original(void *self, const sw_record *rec, sw_bytes_to to, sw_error *err) {
  (void)rec;
  reader *r = self;
  if (r->bytes.ptr) return to.put(to.ctx, r->bytes.ptr, r->bytes.len, err);
  r->again.in = r->d->in;
  return sw_reread_bytes(&r->again, r->begin, r->after, to, err);
}

static void free_reader(void *self) {
  reader *r = self;
  if (!r) return;
  sw_scanner_free(r->scanner);
  sw_transcoder_free(r->transcoder);
  sw_reread_fini(&r->again);
  free(r);
}

static sw_status open_reader(const sw_delimited *d, const sw_range *range, reader **out, sw_error *err) {
  reader *r = calloc(1, sizeof *r);
  if (!r) return no_memory(err);
  *r = (reader){.d = d, .at = range->begin, .end = range->end, .number = range->before};
  sw_scan_options o = {.delimiter = d->dialect.delimiter,
                       .quote = d->dialect.quote,
                       .cr_ends = d->dialect.cr_ends,
                       .limit = d->limit,
                       .offset = range->begin,
                       .line = range->line};
  bool plain = sw_input_compression(d->in) == SW_COMPRESSION_NONE && range->end >= 0;
  sw_feed feed = plain ? (sw_feed){r, read_plain} : (sw_feed){r, read_stream};
  sw_status s = SW_OK;
  if (!plain) {
    r->bom_left = d->encoding.bom_len;
    s = sw_input_rewind(d->in, err);
  }
  if (!s && d->transcoded) {
    s = sw_transcoder_new(d->encoding.encoding, d->gb, feed, range->begin, &r->transcoder, err);
    if (!s) feed = sw_transcoder_feed(r->transcoder);
    o.offset = 0;
  }
  if (!s) s = sw_scanner_new(&o, feed, &r->scanner, err);
  /* The range at the very beginning begins with titles and header. */
  if (!s && range->before == 0 && range->begin == (int64_t)d->encoding.bom_len) r->skip = d->dialect.skip_records;
  if (s) {
    free_reader(r);
    return s;
  }
  *out = r;
  return SW_OK;
}

sw_status sw_delimited_reader(const sw_delimited *d, const sw_range *range, sw_reader *out, sw_error *err) {
  static const sw_reader_ops OPS = {next_record, original, free_reader};
  reader *r = NULL;
  sw_status s = open_reader(d, range, &r, err);
  if (s) return s;
  bool gb = d->encoding.encoding == SW_ENCODING_GB18030 && !d->transcoded;
  *out = (sw_reader){.ops = &OPS,
                     .self = r,
                     .encoding = gb ? SW_ENCODING_GB18030 : SW_ENCODING_UTF8,
                     .gb = gb ? d->gb : NULL,
                     .quote = d->dialect.quote,
                     .checked = d->transcoded};
  return SW_OK;
}

/* --- cutting ---------------------------------------------------------------------------------- */

size_t sw_delimited_parts(int64_t bytes) {
  const int64_t small = INT64_C(16) << 20, large = INT64_C(192) << 20;
  if (bytes < small) return 1;
  /* A multiple of four, so that two or four threads have equal shares; a part is 4 to 192 MiB. */
  int64_t n = (bytes + large - 1) / large;
  return (size_t)((n + 3) / 4 * 4);
}

/* One pass with the scanner itself, so that a cut lies exactly where a record begins. */
static sw_status cut(const sw_delimited *d, size_t parts, const sw_cancel *cancel, sw_range *ranges, size_t *n, sw_error *err) {
  int64_t begin = (int64_t)d->encoding.bom_len, end = sw_input_size(d->in);
  sw_range whole = {begin, end, 1, 0};
  reader *r = NULL;
  sw_status s = open_reader(d, &whole, &r, err);
  if (s || !r) return s;
  ranges[0] = whole;
  *n = 1;
  int64_t wanted = begin + (end - begin) / (int64_t)parts;
  sw_scan_record rec;
  sw_scan_step step;
  int64_t number = -r->skip;
  while ((step = sw_scan_next(r->scanner, true, &rec, err)) == SW_SCAN_RECORD) {
    if ((++number & 0xFFFF) == 0 && (s = sw_cancel_check(cancel, err))) break;
    if (rec.offset < wanted || number <= 1) continue;
    ranges[*n - 1].end = rec.offset;
    ranges[*n] = (sw_range){rec.offset, end, rec.line, number - 1};
    ++*n;
    wanted = *n < parts ? begin + (end - begin) / (int64_t)parts * (int64_t)*n : INT64_MAX;
    if (*n == parts) break;
  }
  if (!s && step == SW_SCAN_ERROR) s = err->status;
  free_reader(r);
  return s;
}

sw_status sw_delimited_split(const sw_delimited *d, size_t parts, sw_arena *a, const sw_cancel *cancel, sw_range **out, size_t *n,
                             sw_error *err) {
  sw_range *ranges = SW_ARENA_ARRAY(a, sw_range, parts + 1);
  if (!ranges) return sw_arena_check(a, err);
  *out = ranges;
  *n = 1;
  bool stream = d->transcoded || sw_input_compression(d->in) != SW_COMPRESSION_NONE;
  ranges[0] = (sw_range){(int64_t)d->encoding.bom_len, stream ? -1 : sw_input_size(d->in), 1, 0};
  if (stream || parts < 2) return SW_OK;
  return cut(d, parts, cancel, ranges, n, err);
}
