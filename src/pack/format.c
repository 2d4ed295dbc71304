/* The representation formats of data elements (WS 363.1-2011, WS/T 303-2009). */
#include "pack/kinds.h"

static bool digits(sw_str s, size_t *i, int32_t *out) {
  size_t from = *i;
  while (*i < s.len && s.ptr[*i] >= '0' && s.ptr[*i] <= '9') (*i)++;
  int64_t v;
  if (!sw_str_to_i64(sw_str_sub(s, from, *i - from), &v) || v > 100000000) return false;
  *out = (int32_t)v;
  return true;
}

static bool two_dots(sw_str s, size_t *i) {
  if (*i + 1 >= s.len || s.ptr[*i] != '.' || s.ptr[*i + 1] != '.') return false;
  *i += 2;
  return true;
}

/* n, ..n, n..m, each optionally with ,d decimals, or nothing. */
static bool lengths(sw_str s, sw_format *f) {
  size_t i = 0;
  if (s.len == 0) return true;
  if (two_dots(s, &i)) {
    if (!digits(s, &i, &f->max_len)) return false;
  } else {
    if (!digits(s, &i, &f->min_len)) return false;
    f->max_len = f->min_len;
    if (two_dots(s, &i) && !digits(s, &i, &f->max_len)) return false;
  }
  if (i < s.len && s.ptr[i] == ',' && f->cls == SW_FMT_N) {
    i++;
    if (!digits(s, &i, &f->scale)) return false;
  }
  return i == s.len && f->max_len > 0 && f->min_len <= f->max_len && f->scale <= f->max_len && (f->cls != SW_FMT_N || f->max_len <= 38);
}

bool sw_format_parse(sw_str s, sw_format *out) {
  static const struct {
    const char *name;
    sw_format_class cls;
  } classes[] = {{"AN", SW_FMT_AN}, {"A", SW_FMT_A}, {"N", SW_FMT_N}, {"DT15", SW_FMT_DT}, {"DT", SW_FMT_DT},
                 {"D8", SW_FMT_D},  {"D", SW_FMT_D}, {"T6", SW_FMT_T}, {"T", SW_FMT_T},   {"L", SW_FMT_L},   {"BY", SW_FMT_BY}};
  *out = (sw_format){.cls = SW_FMT_NONE};
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    sw_str name = sw_str_of(classes[i].name);
    if (!sw_str_starts(s, name)) continue;
    out->cls = classes[i].cls;
    sw_str rest = sw_str_sub(s, name.len, s.len);
    bool sized = out->cls == SW_FMT_A || out->cls == SW_FMT_AN || out->cls == SW_FMT_N;
    if (sized ? lengths(rest, out) : rest.len == 0) return true;
  }
  return false;
}
