#include "intake/transcode.h"

#include "base/vec.h"

#include <stdlib.h>

/* KEPT: original bytes behind what the scanner still looks at; a longer record must be read from the file again. */
enum { RAW_STEP = 64 << 10, COMPACT_AT = 1 << 20, KEPT = 64 << 20 };

typedef struct line_start {
  int64_t decoded, raw;
  bool invalid;
} line_start;

struct sw_transcoder {
  sw_encoding encoding;
  const sw_gb_table *gb;
  sw_feed feed;
  sw_buf raw;          /* original bytes from raw_base on; [raw_at, len) are not decoded yet */
  int64_t raw_base;
  size_t raw_at;
  sw_buf out;          /* decoded bytes not yet handed out: [out_at, len) */
  size_t out_at;
  int64_t decoded;     /* bytes decoded in all */
  SW_VEC(line_start) lines;
  size_t first;        /* lines before it are forgotten */
  bool eof;
};

sw_status sw_transcoder_new(sw_encoding e, const sw_gb_table *gb, sw_feed raw, int64_t origin, sw_transcoder **out, sw_error *err) {
  sw_transcoder *t = calloc(1, sizeof *t);
  if (t) {
    *t = (sw_transcoder){.encoding = e, .gb = gb, .feed = raw, .raw_base = origin};
    sw_buf_init(&t->raw, SW_BUF_DEFAULT_MAX);
    sw_buf_init(&t->out, SW_BUF_DEFAULT_MAX);
  }
  if (!t || !SW_VEC_PUSH(&t->lines, ((line_start){0, origin, false}))) {
    free(t);
    return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  *out = t;
  return SW_OK;
}

void sw_transcoder_free(sw_transcoder *t) {
  if (!t) return;
  sw_buf_fini(&t->raw);
  sw_buf_fini(&t->out);
  SW_VEC_FREE(&t->lines);
  free(t);
}

/* Length of the first line of p with its line end (LF, or CR that no LF follows; the scanner decides whether it counts), or
 * n when there is none. Line ends are never part of another character in these encodings. */
static size_t line_length(sw_encoding e, const char *p, size_t n, bool *ended) {
  *ended = true;
  size_t step = e == SW_ENCODING_UTF16LE || e == SW_ENCODING_UTF16BE ? 2 : 1;
  size_t low = e == SW_ENCODING_UTF16BE ? 1 : 0;
  for (size_t i = 0; i + step <= n; i += step) {
    if ((p[i + low] != '\n' && p[i + low] != '\r') || (step == 2 && p[i + 1 - low])) continue;
    return i + step;
  }
  *ended = false;
  return n;
}

/* Decodes p as far as it goes; what is invalid becomes U+FFFD. A character cut off at the end stays unless at_end. */
static size_t decode_run(sw_transcoder *t, const char *p, size_t n, bool at_end) {
  size_t i = 0;
  bool utf16 = t->encoding != SW_ENCODING_GB18030;
  while (i < n) {
    i += sw_decode(t->encoding, t->gb, p + i, n - i, &t->out);
    if (i == n || t->out.failed) break;
    if (!at_end && n - i < 4) break;
    sw_buf_puts(&t->out, "\xEF\xBF\xBD");
    t->lines.items[t->lines.len - 1].invalid = true;
    size_t skip = utf16 && n - i >= 2 ? 2 : 1;
    i += skip;
  }
  return i;
}

static sw_status decode_lines(sw_transcoder *t, sw_error *err) {
  while (t->raw_at < t->raw.len && !t->out.failed) {
    const char *p = t->raw.ptr + t->raw_at;
    bool ended;
    size_t n = line_length(t->encoding, p, t->raw.len - t->raw_at, &ended), before = t->out.len;
    size_t used = decode_run(t, p, n, ended || t->eof);
    t->raw_at += used;
    t->decoded += (int64_t)(t->out.len - before);
    if (used < n) break;
    if (ended && !SW_VEC_PUSH(&t->lines, ((line_start){t->decoded, t->raw_base + (int64_t)t->raw_at, false})))
      return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  return sw_buf_check(&t->out, err);
}

static void drop_raw(sw_transcoder *t, size_t n) {
  memmove(t->raw.ptr, t->raw.ptr + n, t->raw.len - n);
  t->raw.len -= n;
  t->raw_at -= n;
  t->raw_base += (int64_t)n;
}

static void forget_raw(sw_transcoder *t) {
  if (t->raw.len > KEPT) drop_raw(t, t->raw_at);
  int64_t first = t->lines.items[t->first].raw;
  size_t gone = first > t->raw_base ? (size_t)(first - t->raw_base) : 0;
  if (gone < COMPACT_AT) return;
  drop_raw(t, gone);
  size_t left = t->lines.len - t->first;
  memmove(t->lines.items, t->lines.items + t->first, left * sizeof *t->lines.items);
  t->lines.len = left;
  t->first = 0;
}

static sw_status read_decoded(void *ctx, char *buf, size_t cap, size_t *n, sw_error *err) {
  sw_transcoder *t = ctx;
  *n = 0;
  while (t->out_at == t->out.len) {
    if (t->eof && t->raw_at == t->raw.len) return SW_OK;
    sw_buf_clear(&t->out);
    t->out_at = 0;
    forget_raw(t);
    size_t got = 0;
    if (!sw_buf_reserve(&t->raw, RAW_STEP)) return sw_buf_check(&t->raw, err);
    sw_status s = t->eof ? SW_OK : t->feed.read(t->feed.ctx, t->raw.ptr + t->raw.len, RAW_STEP, &got, err);
    if (s) return s;
    t->raw.len += got;
    t->eof = got == 0;
    s = decode_lines(t, err);
    if (s) return s;
  }
  size_t k = t->out.len - t->out_at < cap ? t->out.len - t->out_at : cap;
  memcpy(buf, t->out.ptr + t->out_at, k);
  t->out_at += k;
  *n = k;
  return SW_OK;
}

sw_feed sw_transcoder_feed(sw_transcoder *t) { return (sw_feed){t, read_decoded}; }

sw_origin sw_transcoder_origin(sw_transcoder *t, int64_t from, int64_t to) {
  const line_start *l = t->lines.items;
  while (t->first + 1 < t->lines.len && l[t->first + 1].decoded <= from) t->first++;
  sw_origin o = {.offset = l[t->first].raw};
  size_t i = t->first;
  for (; i < t->lines.len && (l[i].decoded < to || i == t->first); i++) o.invalid |= l[i].invalid;
  o.end = i < t->lines.len ? l[i].raw : t->raw_base + (int64_t)t->raw_at;
  if (o.offset >= t->raw_base) o.bytes = (sw_str){t->raw.ptr + (o.offset - t->raw_base), (size_t)(o.end - o.offset)};
  return o;
}
