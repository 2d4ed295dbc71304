#include "intake/json_scan.h"

#include "base/utf8.h"

enum { MAX_DEPTH = 128 };

static void blanks(sw_json_scan *s) {
  while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r')) s->p++;
}

void sw_json_scan_init(sw_json_scan *s, sw_str text) {
  *s = (sw_json_scan){.p = text.ptr, .begin = text.ptr, .end = text.len ? text.ptr + text.len : text.ptr, .first = true};
}

static bool hex4(const char *p, uint32_t *out) {
  uint32_t v = 0;
  for (int i = 0; i < 4; i++) {
    char c = p[i];
    uint32_t d = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (uint32_t)((c | 0x20) - 'a' + 10) : 16;
    if (d > 15) return false;
    v = v << 4 | d;
  }
  *out = v;
  return true;
}

/* At the opening quote; leaves p after the closing one. */
static bool string(sw_json_scan *s, sw_str *text, bool *escaped) {
  const char *begin = ++s->p;
  *escaped = false;
  for (; s->p < s->end; s->p++) {
    unsigned char c = (unsigned char)*s->p;
    if (c == '"') {
      *text = (sw_str){begin, (size_t)(s->p++ - begin)};
      return true;
    }
    if (c < 0x20) return false;
    if (c != '\\') continue;
    *escaped = true;
    uint32_t unused;
    if (++s->p >= s->end || !strchr("\"\\/bfnrtu", *s->p) || !*s->p) return false;
    if (*s->p != 'u') continue;
    if (s->end - s->p < 5 || !hex4(s->p + 1, &unused)) return false;
    s->p += 4;
  }
  return false;
}

static size_t run_of_digits(sw_json_scan *s) {
  const char *from = s->p;
  while (s->p < s->end && *s->p >= '0' && *s->p <= '9') s->p++;
  return (size_t)(s->p - from);
}

static bool number(sw_json_scan *s) {
  if (s->p < s->end && *s->p == '-') s->p++;
  bool zero = s->p < s->end && *s->p == '0';
  size_t n = run_of_digits(s);
  if (!n || (zero && n > 1)) return false;
  if (s->p < s->end && *s->p == '.') {
    s->p++;
    if (!run_of_digits(s)) return false;
  }
  if (s->p < s->end && (*s->p | 0x20) == 'e') {
    s->p++;
    if (s->p < s->end && (*s->p == '+' || *s->p == '-')) s->p++;
    if (!run_of_digits(s)) return false;
  }
  return true;
}

static bool word(sw_json_scan *s, const char *w) {
  size_t n = strlen(w);
  if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0) return false;
  s->p += n;
  return true;
}

static bool scalar(sw_json_scan *s, sw_json_kind *kind, sw_str *text, bool *escaped) {
  const char *begin = s->p;
  *escaped = false;
  bool ok = false;
  switch (s->p < s->end ? *s->p : 0) {
  case '"': *kind = SW_JSON_STRING; return string(s, text, escaped);
  case 't': *kind = SW_JSON_TRUE, ok = word(s, "true"); break;
  case 'f': *kind = SW_JSON_FALSE, ok = word(s, "false"); break;
  case 'n': *kind = SW_JSON_NULL, ok = word(s, "null"); break;
  default: *kind = SW_JSON_NUMBER, ok = number(s); break;
  }
  *text = (sw_str){begin, (size_t)(s->p - begin)};
  return ok;
}

static bool member_key(sw_json_scan *s) {
  sw_str key;
  bool escaped;
  if (s->p >= s->end || *s->p != '"' || !string(s, &key, &escaped)) return false;
  blanks(s);
  if (s->p >= s->end || *s->p != ':') return false;
  s->p++;
  blanks(s);
  return true;
}

/* A nested value from its bracket to the matching one, checked; an explicit stack of brackets instead of recursion. */
static bool nested(sw_json_scan *s, sw_str *text) {
  char stack[MAX_DEPTH];
  int depth = 0;
  const char *begin = s->p;
  bool value_next = true; /* else a comma or a bracket comes */
  while (s->p < s->end) {
    blanks(s);
    if (s->p >= s->end) return false;
    char c = *s->p;
    if (value_next && (c == '{' || c == '[')) {
      if (depth == MAX_DEPTH) return false;
      stack[depth++] = c == '{' ? '}' : ']';
      s->p++;
      blanks(s);
      if (s->p < s->end && *s->p == stack[depth - 1]) value_next = false;
      else if (c == '{' && !member_key(s)) return false;
      continue;
    }
    if (value_next) {
      sw_json_kind kind;
      sw_str unused;
      bool escaped;
      if (!scalar(s, &kind, &unused, &escaped)) return false;
      value_next = false;
      continue;
    }
    s->p++;
    if (c == ',') {
      blanks(s);
      value_next = true;
      if (stack[depth - 1] == '}' && !member_key(s)) return false;
      continue;
    }
    if (c != stack[depth - 1]) return s->p--, false;
    if (--depth == 0) {
      *text = (sw_str){begin, (size_t)(s->p - begin)};
      return true;
    }
  }
  return false;
}

sw_json_step sw_json_scan_next(sw_json_scan *s, sw_json_member *out) {
  blanks(s);
  if (s->first && (s->p >= s->end || *s->p != '{')) return SW_JSON_NO_OBJECT;
  bool first = s->first;
  s->first = false;
  if (first) {
    s->p++;
    blanks(s);
  }
  if (s->p >= s->end) return SW_JSON_BAD;
  if (*s->p == '}') {
    s->p++;
    blanks(s);
    return s->p == s->end ? SW_JSON_END : SW_JSON_BAD;
  }
  if (!first) {
    if (*s->p != ',') return SW_JSON_BAD;
    s->p++;
    blanks(s);
  }
  if (s->p >= s->end || *s->p != '"' || !string(s, &out->key, &out->key_escaped)) return SW_JSON_BAD;
  blanks(s);
  if (s->p >= s->end || *s->p != ':') return SW_JSON_BAD;
  s->p++;
  blanks(s);
  if (s->p < s->end && (*s->p == '{' || *s->p == '[')) {
    out->kind = SW_JSON_NESTED;
    out->escaped = false;
    return nested(s, &out->value) ? SW_JSON_MEMBER : SW_JSON_BAD;
  }
  return scalar(s, &out->kind, &out->value, &out->escaped) ? SW_JSON_MEMBER : SW_JSON_BAD;
}

static size_t unescape_unicode(const char *p, const char *end, sw_buf *out) {
  uint32_t cp, low;
  size_t used = 4;
  if (end - p < 4 || !hex4(p, &cp)) return 0;
  if (cp >= 0xD800 && cp < 0xDC00 && end - p >= 10 && p[4] == '\\' && p[5] == 'u' && hex4(p + 6, &low) && low >= 0xDC00 && low < 0xE000) {
    cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
    used = 10;
  }
  char utf8[4];
  size_t n = sw_utf8_encode(cp, utf8);
  if (n) sw_buf_put(out, utf8, n);
  else sw_buf_puts(out, "\xEF\xBF\xBD");
  return used;
}

void sw_json_unescape(sw_str s, sw_buf *out) {
  static const char FROM[] = "\"\\/bfnrt", TO[] = "\"\\/\b\f\n\r\t";
  const char *p = s.ptr, *end = s.ptr + s.len;
  while (p < end) {
    const char *q = memchr(p, '\\', (size_t)(end - p));
    size_t n = q ? (size_t)(q - p) : (size_t)(end - p);
    sw_buf_put(out, p, n);
    p += n;
    if (!q || ++p >= end) return;
    const char *at = *p ? strchr(FROM, *p) : NULL;
    p++;
    if (at) sw_buf_putc(out, TO[at - FROM]);
    else p += unescape_unicode(p, end, out);
  }
}
