/* Encoding detection and decoding. Decoders against the C library's converter; the transcoder against the decoder line by
 * line; what they give is always valid UTF-8, and every original byte belongs to a line. */
#include "base/utf8.h"
#include "intake/transcode.h"
#include "support/memory_feed.h"

#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const sw_gb_table *table(void) {
  const sw_gb_table *t;
  sw_error err = SW_ERROR_INIT;
  if (sw_gb_table_get(&t, &err)) abort();
  return t;
}

static void check_decoder(sw_encoding e, const char *name, const char *p, size_t n) {
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  size_t ok = sw_decode(e, table(), p, n, &out);
  if (ok > n || !sw_utf8_valid(sw_buf_str(&out))) abort();
  iconv_t cd = iconv_open("UTF-8", name);
  if (cd == (iconv_t)-1) abort();
  char *theirs = malloc(ok * 4 + 16), *op = theirs, *ip = (char *)(uintptr_t)p;
  size_t left = ok, room = ok * 4 + 16;
  if (!theirs) abort();
  if (iconv(cd, &ip, &left, &op, &room) == (size_t)-1 || left) abort();
  if ((size_t)(op - theirs) != out.len || memcmp(theirs, out.ptr, out.len) != 0) abort();
  iconv_close(cd);
  free(theirs);
}

static void check_transcoder(sw_encoding e, const char *p, size_t n, size_t step) {
  sw_error err = SW_ERROR_INIT;
  memory m = {p, n, step};
  sw_transcoder *t;
  if (sw_transcoder_new(e, table(), (sw_feed){&m, read_memory}, 0, &t, &err)) abort();
  sw_feed f = sw_transcoder_feed(t);
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  for (size_t k = 1; k;) {
    char buf[37];
    if (f.read(f.ctx, buf, sizeof buf, &k, &err)) abort();
    sw_buf_put(&out, buf, k);
  }
  if (!sw_utf8_valid(sw_buf_str(&out))) abort();
  int64_t expected = 0;
  for (size_t at = 0; at < out.len;) {
    const char *nl = memchr(out.ptr + at, '\n', out.len - at);
    size_t end = nl ? (size_t)(nl - out.ptr) + 1 : out.len;
    sw_origin o = sw_transcoder_origin(t, (int64_t)at, (int64_t)end);
    if (o.offset != expected) abort();
    SW_AUTO(sw_buf) again = SW_BUF_INIT;
    bool whole = sw_decode(e, table(), o.bytes.ptr, o.bytes.len, &again) == o.bytes.len;
    if (whole == o.invalid) abort();
    if (whole && !sw_str_eq(sw_buf_str(&again), sw_str_sub(sw_buf_str(&out), at, end - at))) abort();
    expected += (int64_t)o.bytes.len;
    at = end;
  }
  if (out.len && expected != (int64_t)n) abort();
  sw_transcoder_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  const char *p = (const char *)data + 1;
  size_t n = size - 1, step = 1 + data[0] % 64u;
  sw_encoding_census c;
  sw_encoding_census_init(&c);
  for (size_t i = 0; i < n; i += step) sw_encoding_census_feed(&c, p + i, n - i < step ? n - i : step);
  sw_encoding_finding f = sw_encoding_census_finish(&c, SW_ENCODING_UNKNOWN);
  if (f.encoding == SW_ENCODING_UNKNOWN || f.bom_len > n || f.lines_valid > f.lines_high) abort();
  sw_encoding_census_fini(&c);
  check_decoder(SW_ENCODING_UTF16LE, "UTF-16LE", p, n);
  check_decoder(SW_ENCODING_UTF16BE, "UTF-16BE", p, n);
  check_decoder(SW_ENCODING_GB18030, "GB18030", p, n);
  check_transcoder(SW_ENCODING_UTF16LE, p, n, step);
  check_transcoder(SW_ENCODING_UTF16BE, p, n, step);
  check_transcoder(SW_ENCODING_GB18030, p, n, step);
  return 0;
}
