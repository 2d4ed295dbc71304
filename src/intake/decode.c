#include "intake/decode.h"

#include "base/utf8.h"

#include <iconv.h>
#include <pthread.h>

enum { LEADS = 126, TRAILS = 190, FOUR_BMP = 39420 };

struct sw_gb_table {
  uint32_t two[LEADS * TRAILS]; /* code point of lead 81.., trail 40..7E,80..FE; 0: none */
  uint32_t four[FOUR_BMP];      /* code point of the n-th four-byte code below U+10000 */
};

static uint32_t ask(iconv_t cd, const unsigned char *p, size_t n) {
  char in[4], out[8];
  memcpy(in, p, n);
  char *ip = in, *op = out;
  size_t il = n, ol = sizeof out;
  iconv(cd, NULL, NULL, NULL, NULL);
  if (iconv(cd, &ip, &il, &op, &ol) == (size_t)-1 || il) return 0;
  size_t len = sizeof out - ol;
  uint32_t cp = 0;
  return len && sw_utf8_decode(out, len, &cp) == len ? cp : 0;
}

static void fill(sw_gb_table *t, iconv_t cd) {
  for (unsigned lead = 0; lead < LEADS; lead++)
    for (unsigned k = 0; k < TRAILS; k++) {
      unsigned char p[2] = {(unsigned char)(0x81 + lead), (unsigned char)(k < 63 ? 0x40 + k : 0x41 + k)};
      t->two[lead * TRAILS + k] = ask(cd, p, 2);
    }
  for (unsigned n = 0; n < FOUR_BMP; n++) {
    unsigned char p[4] = {(unsigned char)(0x81 + n / 12600), (unsigned char)(0x30 + n / 1260 % 10),
                          (unsigned char)(0x81 + n / 10 % 126), (unsigned char)(0x30 + n % 10)};
    t->four[n] = ask(cd, p, 4);
  }
}

static sw_gb_table the_table;
static bool table_ready;
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void build_table(void) {
  iconv_t cd = iconv_open("UTF-8", "GB18030");
  if (cd == (iconv_t)-1) return;
  fill(&the_table, cd);
  iconv_close(cd);
  table_ready = true;
}

sw_status sw_gb_table_get(const sw_gb_table **out, sw_error *err) {
  pthread_once(&table_once, build_table);
  if (!table_ready)
    return SW_FAIL(err, SW_E_INTERNAL, "SW-INTAKE-0010", "系统缺少 GB18030 转换模块（glibc gconv），请补装",
                   "the system lacks the GB18030 converter (glibc's gconv modules); install it");
  *out = &the_table;
  return SW_OK;
}

static uint32_t four_byte(const sw_gb_table *t, const unsigned char *p) {
  unsigned n = (((unsigned)(p[0] - 0x81) * 10 + (p[1] - 0x30u)) * 126 + (p[2] - 0x81u)) * 10 + (p[3] - 0x30u);
  return n < FOUR_BMP ? t->four[n] : 0x10000u + (n - 189000u);
}

static uint32_t gb_code_point(const sw_gb_table *t, const unsigned char *p, size_t len) {
  if (len == 4) return four_byte(t, p);
  unsigned k = p[1] < 0x7F ? p[1] - 0x40u : p[1] - 0x41u;
  return t->two[(p[0] - 0x81u) * TRAILS + k];
}

static size_t ascii_run(const char *p, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    uint64_t w;
    memcpy(&w, p + i, 8);
    if (w & UINT64_C(0x8080808080808080)) break;
  }
  while (i < n && !(p[i] & 0x80)) i++;
  return i;
}

size_t sw_gb18030_decode(const sw_gb_table *t, const char *s, size_t n, sw_buf *out) {
  const unsigned char *p = (const unsigned char *)s;
  /* Two bytes become at most three, four at most four. */
  if (!sw_buf_reserve(out, n + n / 2 + 4)) return 0;
  char *o = out->ptr + out->len;
  size_t i = 0;
  while (i < n) {
    size_t run = ascii_run(s + i, n - i);
    if (run) {
      memcpy(o, s + i, run);
      o += run;
      i += run;
      continue;
    }
    size_t len = sw_gb18030_length(p + i, n - i);
    uint32_t cp = len ? gb_code_point(t, p + i, len) : 0;
    size_t w = cp ? sw_utf8_encode(cp, o) : 0;
    if (!w) break;
    o += w;
    i += len;
  }
  out->len = (size_t)(o - out->ptr);
  out->ptr[out->len] = '\0';
  return i;
}

static uint32_t unit(bool be, const unsigned char *p) { return be ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]); }

size_t sw_utf16_decode(bool be, const char *s, size_t n, sw_buf *out) {
  const unsigned char *p = (const unsigned char *)s;
  if (!sw_buf_reserve(out, n + n / 2 + 4)) return 0;
  char *o = out->ptr + out->len;
  size_t i = 0;
  while (i + 2 <= n) {
    uint32_t cp = unit(be, p + i);
    size_t len = 2;
    if (cp < 0x80) {
      *o++ = (char)cp;
      i += 2;
      continue;
    }
    if (cp >= 0xD800 && cp < 0xDC00 && i + 4 <= n) {
      uint32_t low = unit(be, p + i + 2);
      if (low < 0xDC00 || low > 0xDFFF) break;
      cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
      len = 4;
    }
    size_t w = sw_utf8_encode(cp, o);
    if (!w) break;
    o += w;
    i += len;
  }
  out->len = (size_t)(o - out->ptr);
  out->ptr[out->len] = '\0';
  return i;
}

size_t sw_decode(sw_encoding e, const sw_gb_table *t, const char *p, size_t n, sw_buf *out) {
  size_t ok = 0;
  switch (e) {
  case SW_ENCODING_UNKNOWN:
  case SW_ENCODING_UTF8:
    ok = sw_utf8_valid_prefix(p, n);
    sw_buf_put(out, p, ok);
    return ok;
  case SW_ENCODING_GB18030: return sw_gb18030_decode(t, p, n, out);
  case SW_ENCODING_UTF16LE: return sw_utf16_decode(false, p, n, out);
  case SW_ENCODING_UTF16BE: return sw_utf16_decode(true, p, n, out);
  }
  return ok;
}
