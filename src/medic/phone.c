#include "medic/phone.h"

#include "base/utf8.h"
#include "medic/similarity.h"

static size_t digits_of(sw_str s, char *out, size_t cap) {
  size_t n = 0;
  for (size_t i = 0; i < s.len;) {
    uint32_t cp = 0;
    size_t step = sw_utf8_decode(s.ptr + i, s.len - i, &cp);
    i += step ? step : 1;
    if (cp >= 0xFF01 && cp <= 0xFF5E) cp -= 0xFEE0;
    /* A second number or an extension begins here. */
    if (n >= 7 && (cp == ',' || cp == ';' || cp == '/' || cp == 0x3001 || cp == 'x' || cp == 'X' || cp == 0x8F6C || cp == 'e')) break;
    if (cp >= '0' && cp <= '9') {
      if (n == cap) return 0;
      out[n++] = (char)cp;
    }
  }
  return n;
}

static bool nobodys(const char *d, size_t n) {
  bool same = true, rising = true;
  for (size_t i = 1; i < n; i++) {
    same = same && d[i] == d[0];
    rising = rising && (d[i] == d[i - 1] + 1 || (d[i] == '0' && d[i - 1] == '9'));
  }
  if (same || rising) return true;
  bool tail_same = n == 11;
  for (size_t i = 3; i + 1 < n; i++) tail_same = tail_same && d[i] == d[i + 1];
  return tail_same || (n == 11 && memcmp(d, "13800138000", 11) == 0);
}

void sw_phone_parse(sw_str text, sw_phone *out) {
  memset(out, 0, sizeof *out);
  char buf[24], *d = buf;
  size_t n = digits_of(text, buf, sizeof buf);
  if (n > 11 && d[0] == '0' && d[1] == '0') d += 2, n -= 2;
  if (n > 11 && d[0] == '8' && d[1] == '6') d += 2, n -= 2;
  if (n == 12 && d[0] == '0' && d[1] == '1' && d[2] != '0') d++, n--; /* 0 dialled before a mobile number */
  if (n < 7 || n > SW_PHONE_DIGITS || nobodys(d, n)) return;
  memcpy(out->digits, d, n);
  out->len = (uint8_t)n;
  out->mobile = n == 11 && d[0] == '1' && d[1] >= '3';
}

sw_phone_level sw_phone_compare(const sw_phone *a, const sw_phone *b) {
  if (a->len == 0 || b->len == 0) return SW_PHONE_MISSING;
  if (a->len == b->len && memcmp(a->digits, b->digits, a->len) == 0) return SW_PHONE_SAME;
  uint32_t x[SW_PHONE_DIGITS], y[SW_PHONE_DIGITS];
  for (size_t i = 0; i < a->len; i++) x[i] = (uint8_t)a->digits[i];
  for (size_t i = 0; i < b->len; i++) y[i] = (uint8_t)b->digits[i];
  if (sw_sim_osa(x, a->len, y, b->len, 1) <= 1) return SW_PHONE_ONE_EDIT;
  if (memcmp(a->digits + a->len - 7, b->digits + b->len - 7, 7) == 0) return SW_PHONE_SAME_TAIL;
  return SW_PHONE_OTHER;
}
