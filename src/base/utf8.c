#include "base/utf8.h"

#include <utf8proc.h>

static bool cont(unsigned char c) { return (c & 0xC0) == 0x80; }

size_t sw_utf8_decode(const char *s, size_t n, uint32_t *cp) {
  const unsigned char *p = (const unsigned char *)s;
  unsigned char c = p[0];
  if (c < 0x80) {
    *cp = c;
    return 1;
  }
  if (c >= 0xC2 && c < 0xE0 && n >= 2 && cont(p[1])) {
    *cp = (uint32_t)(c & 0x1F) << 6 | (p[1] & 0x3F);
    return 2;
  }
  if (c >= 0xE0 && c < 0xF0 && n >= 3 && cont(p[1]) && cont(p[2])) {
    uint32_t v = (uint32_t)(c & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    if (v < 0x800 || (v >= 0xD800 && v < 0xE000)) return 0;
    *cp = v;
    return 3;
  }
  if (c >= 0xF0 && c < 0xF5 && n >= 4 && cont(p[1]) && cont(p[2]) && cont(p[3])) {
    uint32_t v = (uint32_t)(c & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
    if (v < 0x10000 || v > 0x10FFFF) return 0;
    *cp = v;
    return 4;
  }
  return 0;
}

size_t sw_utf8_encode(uint32_t cp, char out[4]) {
  if (cp < 0x80) {
    out[0] = (char)cp;
    return 1;
  }
  if (cp < 0x800) {
    out[0] = (char)(0xC0 | cp >> 6);
    out[1] = (char)(0x80 | (cp & 0x3F));
    return 2;
  }
  if (cp >= 0xD800 && cp < 0xE000) return 0;
  if (cp < 0x10000) {
    out[0] = (char)(0xE0 | cp >> 12);
    out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[2] = (char)(0x80 | (cp & 0x3F));
    return 3;
  }
  if (cp > 0x10FFFF) return 0;
  out[0] = (char)(0xF0 | cp >> 18);
  out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
  out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
  out[3] = (char)(0x80 | (cp & 0x3F));
  return 4;
}

size_t sw_utf8_valid_prefix(const char *p, size_t len) {
  size_t i = 0;
  while (i < len) {
    uint64_t w;
    while (i + 8 <= len && (memcpy(&w, p + i, 8), (w & 0x8080808080808080u) == 0)) i += 8;
    if (i == len) break;
    uint32_t cp;
    size_t k = sw_utf8_decode(p + i, len - i, &cp);
    if (!k) return i;
    i += k;
  }
  return i;
}

size_t sw_utf8_to_cp(sw_str s, uint32_t *out, size_t cap) {
  size_t n = 0;
  for (size_t i = 0; i < s.len; n++) {
    uint32_t cp;
    size_t k = sw_utf8_decode(s.ptr + i, s.len - i, &cp);
    if (!k) {
      cp = 0xFFFD;
      k = 1;
    }
    if (n < cap) out[n] = cp;
    i += k;
  }
  return n;
}

size_t sw_utf8_count(sw_str s) { return sw_utf8_to_cp(s, NULL, 0); }

size_t sw_utf8_width(sw_str s) {
  size_t w = 0;
  for (size_t i = 0; i < s.len;) {
    uint32_t cp;
    size_t k = sw_utf8_decode(s.ptr + i, s.len - i, &cp);
    int cw = k ? utf8proc_charwidth((utf8proc_int32_t)cp) : 1;
    w += cw > 0 ? (size_t)cw : 0;
    i += k ? k : 1;
  }
  return w;
}

sw_str sw_utf8_clip(sw_str s, size_t max) {
  if (s.len <= max) return s;
  while (max && cont((unsigned char)s.ptr[max])) max--;
  return sw_str_sub(s, 0, max);
}
