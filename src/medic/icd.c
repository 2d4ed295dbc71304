#include "medic/icd.h"

#include "base/utf8.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/* One code point of a code made ASCII; 0 when it is to be dropped, 0xFF when no code has it. */
static unsigned char fold(uint32_t cp) {
  if (cp >= 0xFF01 && cp <= 0xFF5E) cp -= 0xFEE0; /* full-width forms */
  if (cp == ' ' || cp == '\t' || cp == 0x3000 || cp == 0xA0) return 0;
  if (cp == 0x3002 || cp == 0xB7) return '.'; /* 。 and · typed for the point */
  if (cp == 0xD7) return 'x';                 /* × typed for the place-holder */
  if (cp == 0x2020) return '+';               /* † */
  if (cp >= '0' && cp <= '9') return (unsigned char)cp;
  if ((cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z')) return (unsigned char)cp;
  if (cp == '.' || cp == '+' || cp == '*' || cp == '-' || cp == '/') return (unsigned char)cp;
  return 0xFF;
}

static size_t fold_all(sw_str s, char out[SW_ICD_MAX + 1]) {
  size_t n = 0;
  out[0] = '\0';
  for (size_t i = 0; i < s.len;) {
    uint32_t cp = 0;
    size_t k = sw_utf8_decode(s.ptr + i, s.len - i, &cp);
    unsigned char c = k ? fold(cp) : 0xFF;
    if (c == 0xFF || n >= SW_ICD_MAX - 1) {
      out[0] = '\0';
      return 0;
    }
    if (c) out[n++] = (char)c;
    i += k;
  }
  out[n] = '\0';
  return n;
}

static void insert_point(char *out, size_t *n, size_t at) {
  memmove(out + at + 1, out + at, *n - at + 1);
  out[at] = '.';
  ++*n;
}

size_t sw_icd10_normalize(sw_str s, char out[SW_ICD_MAX + 1]) {
  size_t n = fold_all(s, out);
  bool start = true; /* of the code, or of the asterisk code after + */
  for (size_t i = 0; i < n; ++i) {
    char c = out[i];
    if (c >= 'a' && c <= 'z' && start) out[i] = (char)(c - 'a' + 'A');
    if (c == 'X' && !start) out[i] = 'x';
    start = c == '+';
  }
  if (n > 3 && is_upper(out[0]) && is_digit(out[1]) && is_digit(out[2]) && (is_digit(out[3]) || out[3] == 'x'))
    insert_point(out, &n, 3);
  return n;
}

size_t sw_icd9_normalize(sw_str s, char out[SW_ICD_MAX + 1]) {
  size_t n = fold_all(s, out);
  for (size_t i = 0; i < n; ++i)
    if (out[i] == 'X') out[i] = 'x';
  if (n > 2 && is_digit(out[0]) && is_digit(out[1]) && is_digit(out[2])) insert_point(out, &n, 2);
  return n;
}

bool sw_icd10_valid(sw_str s) {
  if (s.len < 3 || !is_upper(s.ptr[0]) || !is_digit(s.ptr[1]) || !is_digit(s.ptr[2])) return false;
  return s.len == 3 || (s.ptr[3] == '.' && s.len >= 5) || (s.len == 4 && s.ptr[3] == '*');
}

bool sw_icd9_valid(sw_str s) {
  if (s.len < 2 || !is_digit(s.ptr[0]) || !is_digit(s.ptr[1])) return false;
  if (s.len == 2) return true;
  if (s.ptr[2] != '.') return false;
  size_t i = 3;
  while (i < s.len && is_digit(s.ptr[i])) ++i;
  if (i == 3 || i > 7) return false;
  if (i == s.len) return true;
  if (s.ptr[i] != 'x' || i + 1 == s.len) return false;
  for (++i; i < s.len; ++i)
    if (!is_digit(s.ptr[i])) return false;
  return true;
}

sw_str sw_icd10_category(sw_str s) { return sw_str_sub(s, 0, 3); }
sw_str sw_icd10_four(sw_str s) { return sw_str_sub(s, 0, 5); }

bool sw_icd10_unspecified(sw_str s) { return s.len >= 5 && s.ptr[3] == '.' && s.ptr[4] == '9'; }

static int block(sw_str s) { /* 0..99 within the letter, or -1 */
  if (s.len < 3 || !is_digit(s.ptr[1]) || !is_digit(s.ptr[2])) return -1;
  return (s.ptr[1] - '0') * 10 + (s.ptr[2] - '0');
}

bool sw_icd10_malignant(sw_str s) { return s.len >= 3 && s.ptr[0] == 'C' && block(s) >= 0 && block(s) <= 97; }

bool sw_icd10_neoplasm(sw_str s) {
  int b = block(s);
  if (sw_icd10_malignant(s)) return true;
  return s.len >= 3 && s.ptr[0] == 'D' && ((b >= 0 && b <= 9) || (b >= 37 && b <= 48));
}

bool sw_icd10_metastasis(sw_str s) { return s.len >= 3 && s.ptr[0] == 'C' && block(s) >= 77 && block(s) <= 79; }
