#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

char sw_buf_empty[1] = {0};

bool sw_str_starts(sw_str s, sw_str p) { return s.len >= p.len && sw_str_eq((sw_str){s.ptr, p.len}, p); }

bool sw_str_ends(sw_str s, sw_str x) {
  return s.len >= x.len && sw_str_eq(sw_str_sub(s, s.len - x.len, x.len), x);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool sw_str_ieq(sw_str a, sw_str b) {
  if (a.len != b.len) return false;
  for (size_t i = 0; i < a.len; i++)
    if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
  return true;
}

int sw_str_cmp(sw_str a, sw_str b) {
  size_t n = a.len < b.len ? a.len : b.len;
  int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return c ? c : (a.len > b.len) - (a.len < b.len);
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

sw_str sw_str_trim(sw_str s) {
  static const char WIDE[] = "\xE3\x80\x80"; /* U+3000: what Chinese input methods type for a blank */
  for (;;) {
    if (s.len && is_space(s.ptr[0])) s = sw_str_sub(s, 1, s.len);
    else if (s.len >= 3 && memcmp(s.ptr, WIDE, 3) == 0) s = sw_str_sub(s, 3, s.len);
    else break;
  }
  for (;;) {
    if (s.len && is_space(s.ptr[s.len - 1])) s.len--;
    else if (s.len >= 3 && memcmp(s.ptr + s.len - 3, WIDE, 3) == 0) s.len -= 3;
    else return s;
  }
}

ptrdiff_t sw_str_find(sw_str s, sw_str n) {
  if (!n.len) return 0;
  const char *p = s.len ? memmem(s.ptr, s.len, n.ptr, n.len) : NULL;
  return p ? p - s.ptr : -1;
}

bool sw_str_to_u64(sw_str s, uint64_t *out) {
  if (!s.len) return false;
  uint64_t v = 0;
  for (size_t i = 0; i < s.len; i++) {
    unsigned d = (unsigned)(unsigned char)s.ptr[i] - '0';
    if (d > 9 || __builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, d, &v)) return false;
  }
  *out = v;
  return true;
}

bool sw_str_to_i64(sw_str s, int64_t *out) {
  bool neg = s.len && s.ptr[0] == '-';
  if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+')) s = sw_str_sub(s, 1, s.len);
  uint64_t v;
  if (!sw_str_to_u64(s, &v) || v > (uint64_t)INT64_MAX + neg) return false;
  *out = neg ? (int64_t)(0 - v) : (int64_t)v;
  return true;
}

bool sw_str_to_f64(sw_str s, double *out) {
  char z[64];
  if (!s.len || s.len >= sizeof z) return false;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if (!((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E')) return false;
    z[i] = c;
  }
  z[s.len] = '\0';
  char *end;
  errno = 0;
  double v = strtod(z, &end); /* the C locale: main never calls setlocale(LC_NUMERIC) */
  if (end != z + s.len || (errno == ERANGE && (v > 1 || v < -1))) return false;
  *out = v;
  return true;
}

bool sw_str_to_decimal(sw_str s, int scale, int64_t *out) {
  bool neg = s.len && s.ptr[0] == '-';
  if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+')) s = sw_str_sub(s, 1, s.len);
  int64_t v = 0;
  int frac = -1;
  bool digits = false;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if (c == '.' && frac < 0) {
      frac = 0;
      continue;
    }
    if (c < '0' || c > '9') return false;
    digits = true;
    if (frac >= scale) {
      if (c != '0') return false;
      continue;
    }
    if (frac >= 0) frac++;
    if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, c - '0', &v)) return false;
  }
  if (!digits) return false;
  for (int k = frac < 0 ? 0 : frac; k < scale; k++)
    if (__builtin_mul_overflow(v, 10, &v)) return false;
  *out = neg ? -v : v;
  return true;
}

char *sw_str_dupz(sw_str s) {
  char *z = malloc(s.len + 1);
  if (!z) return NULL;
  if (s.len) memcpy(z, s.ptr, s.len);
  z[s.len] = '\0';
  return z;
}

void sw_buf_init(sw_buf *b, size_t max) { *b = (sw_buf){.ptr = sw_buf_empty, .max = max}; }

void sw_buf_fini(sw_buf *b) {
  if (b->cap) free(b->ptr);
  sw_buf_init(b, b->max);
}

bool sw_buf_reserve(sw_buf *b, size_t extra) {
  size_t need;
  if (b->failed) return false;
  if (__builtin_add_overflow(b->len, extra, &need) || need > b->max) {
    b->failed = true;
    return false;
  }
  if (need < b->cap) return true;
  size_t cap = b->cap ? b->cap * 2 : 64;
  if (cap <= need) cap = need + 1;
  char *p = realloc(b->cap ? b->ptr : NULL, cap);
  if (!p) {
    b->failed = true;
    return false;
  }
  b->ptr = p;
  b->cap = cap;
  b->ptr[b->len] = '\0';
  return true;
}

void sw_buf_put(sw_buf *b, const void *p, size_t n) {
  if (!n || !sw_buf_reserve(b, n)) return;
  memcpy(b->ptr + b->len, p, n);
  b->len += n;
  b->ptr[b->len] = '\0';
}

void sw_buf_putc(sw_buf *b, char c) { sw_buf_put(b, &c, 1); }
void sw_buf_puts(sw_buf *b, const char *z) { sw_buf_put(b, z, strlen(z)); }
void sw_buf_str_put(sw_buf *b, sw_str s) { sw_buf_put(b, s.ptr, s.len); }

void sw_buf_printf(sw_buf *b, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(NULL, 0, fmt, ap);
  va_end(ap);
  if (n < 0) b->failed = true;
  if (n <= 0 || !sw_buf_reserve(b, (size_t)n)) return;
  va_start(ap, fmt);
  vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap);
  va_end(ap);
  b->len += (size_t)n;
}

void sw_buf_truncate(sw_buf *b, size_t len) {
  if (len >= b->len) return;
  b->len = len;
  b->ptr[len] = '\0';
}

char *sw_buf_take(sw_buf *b) {
  if (b->failed) return NULL;
  char *z = b->cap ? b->ptr : calloc(1, 1);
  sw_buf_init(b, b->max);
  return z;
}

sw_status sw_buf_check(const sw_buf *b, sw_error *err) {
  if (!b->failed) return SW_OK;
  return SW_FAIL(err, SW_E_LIMIT, "SW-BASE-0001", "缓冲区超过上限 %zu 字节或内存不足",
                 "a buffer exceeded its limit of %zu bytes, or memory was refused", b->max);
}
