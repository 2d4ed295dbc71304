#include "intake/profile.h"

#include "base/date.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "intake/cell.h"

#include <stdlib.h>

enum { EXAMPLES = 5, TEXT_KEPT = 96 };

struct sw_profile {
  sw_arena *arena;
  int64_t values, nulls;
  /* how many values fit each reading */
  int64_t integers, decimals, doubles, dates, times, clocks, booleans, horologs;
  bool leading_zero, mangled, with_clock;
  size_t max_digits, max_scale, max_length;
  int64_t least, most;         /* of integers */
  double least_f, most_f;
  int64_t least_us, most_us;   /* of dates and times */
  sw_str least_text, most_text;
  uint64_t *seen;              /* a set of hashes; 0 is free */
  size_t nseen, cap;
  bool overflow, twice;
  const char *domain[SW_SNIFF_DOMAIN + 1];
  size_t ndomain;
};

sw_status sw_profile_new(sw_arena *a, sw_profile **out, sw_error *err) {
  sw_profile *p = SW_ARENA_NEW(a, sw_profile);
  if (!p) return sw_arena_check(a, err);
  p->arena = a;
  p->least = p->least_us = INT64_MAX;
  p->most = p->most_us = INT64_MIN;
  *out = p;
  return SW_OK;
}

void sw_profile_fini(sw_profile *p) {
  if (!p) return;
  free(p->seen);
  p->seen = NULL;
}

static bool grow_set(sw_profile *p) {
  size_t cap = p->cap ? p->cap * 2 : 256;
  uint64_t *s = calloc(cap, sizeof *s);
  if (!s) return false;
  for (size_t i = 0; i < p->cap; i++) {
    if (!p->seen[i]) continue;
    size_t k = p->seen[i] & (cap - 1);
    while (s[k]) k = (k + 1) & (cap - 1);
    s[k] = p->seen[i];
  }
  free(p->seen);
  p->seen = s;
  p->cap = cap;
  return true;
}

static void remember(sw_profile *p, sw_str v) {
  if (p->overflow) return;
  if (p->nseen * 2 >= p->cap && !grow_set(p)) {
    p->overflow = true;
    return;
  }
  uint64_t h = sw_hash64(v.ptr, v.len, 1);
  h += h == 0;
  size_t k = h & (p->cap - 1);
  while (p->seen[k] && p->seen[k] != h) k = (k + 1) & (p->cap - 1);
  if (p->seen[k]) {
    p->twice = true;
    return;
  }
  p->seen[k] = h;
  if (++p->nseen >= SW_SNIFF_DISTINCT) p->overflow = true;
  if (p->ndomain <= SW_SNIFF_DOMAIN) p->domain[p->ndomain++] = sw_arena_dupz(p->arena, sw_utf8_clip(v, TEXT_KEPT));
}

static void see_number(sw_profile *p, sw_str v) {
  int64_t i;
  double d;
  size_t digits = 0, scale = 0;
  bool fraction = false, exponent = false;
  for (size_t k = 0; k < v.len; k++) {
    char c = v.ptr[k];
    if (c == '.') fraction = true;
    else if (c == 'e' || c == 'E') exponent = true;
    else if (c >= '0' && c <= '9' && !exponent) digits++, scale += fraction;
  }
  if (!sw_cell_f64(v, &d)) return;
  p->doubles++;
  if (p->doubles == 1 || d < p->least_f) p->least_f = d;
  if (p->doubles == 1 || d > p->most_f) p->most_f = d;
  if (digits > p->max_digits) p->max_digits = digits;
  if (exponent && d >= 1e14) p->mangled = true;
  if (!exponent && scale > p->max_scale) p->max_scale = scale;
  p->decimals += !exponent && digits <= 18 && scale <= 6;
  bool zero_first = v.len > 1 && v.ptr[0] == '0' && v.ptr[1] != '.';
  p->leading_zero |= zero_first;
  if (fraction || exponent || !sw_cell_i64(v, &i)) return;
  p->integers++;
  if (i < p->least) p->least = i;
  if (i > p->most) p->most = i;
}

static void see_moment(sw_profile *p, sw_str v) {
  int32_t day;
  int64_t us;
  if (sw_parse_date(v, &day)) {
    p->dates++;
    us = day * SW_US_PER_DAY;
  } else if (sw_parse_time(v, &us)) {
    p->with_clock = true;
  } else {
    return;
  }
  p->times++;
  if (us < p->least_us) p->least_us = us;
  if (us > p->most_us) p->most_us = us;
}

static void see_text(sw_profile *p, sw_str v) {
  size_t n = sw_utf8_count(v);
  if (n > p->max_length) p->max_length = n;
  sw_str clip = sw_utf8_clip(v, TEXT_KEPT);
  if (!p->least_text.ptr || sw_str_cmp(clip, p->least_text) < 0) p->least_text = sw_arena_dup(p->arena, clip);
  if (!p->most_text.ptr || sw_str_cmp(clip, p->most_text) > 0) p->most_text = sw_arena_dup(p->arena, clip);
}

void sw_profile_add(sw_profile *p, sw_str v) {
  static const sw_column_spec HOROLOG = {.format = SW_FORMAT_HOROLOG};
  const int64_t YEAR_1900 = -25567 * SW_US_PER_DAY;
  static const char *const WORDS[] = {"true", "false", "是", "否"};
  int64_t us;
  p->values++;
  remember(p, v);
  see_text(p, v);
  char c = v.len ? v.ptr[0] : 0;
  bool numeric = (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.';
  if (numeric) {
    see_number(p, v);
    see_moment(p, v);
    if (memchr(v.ptr, ',', v.len) && sw_cell_timestamp(v, &HOROLOG, &us) && us >= YEAR_1900) p->horologs++; /* "5,44" is a number */
    else if (memchr(v.ptr, ':', v.len) && sw_cell_time(v, &us)) p->clocks++;
  }
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) p->booleans += sw_str_ieq(v, sw_str_of(WORDS[i]));
}

void sw_profile_add_null(sw_profile *p) { p->nulls++; }

static bool named_date(const char *name) {
  static const char *const HINTS[] = {"date", "time", "rq", "sj", "日期", "时间", "birth", "born", "csrq"};
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_puts(&b, name);
  for (size_t i = 0; i < b.len; i++)
    if (b.ptr[i] >= 'A' && b.ptr[i] <= 'Z') b.ptr[i] = (char)(b.ptr[i] | 0x20);
  for (size_t i = 0; i < sizeof HINTS / sizeof *HINTS; i++)
    if (sw_str_find(sw_buf_str(&b), sw_str_of(HINTS[i])) >= 0) return true;
  return false;
}

/* Eight digits are read as dates only in the lifetime of patients. */
static bool plausible_dates(const sw_profile *p) {
  return p->least_us >= -INT64_C(25567) * 2 * SW_US_PER_DAY && p->most_us <= INT64_C(47482) * SW_US_PER_DAY; /* 1830..2100 */
}

/* Numbers in a column named like a date: Caché counts today as about 67,000, a spreadsheet as about 45,000. */
static const char *day_format(const sw_profile *p) {
  if (p->integers != p->values || p->least < 1 || p->most > 73000) return NULL;
  if (p->most >= 58000) return "days:1840-12-31"; /* 1999-10-18 or later */
  return p->most >= 30000 && p->most <= 55000 ? "excel" : NULL;
}

static void conclude_type(const sw_profile *p, const char *name, sw_sniffed_column *out) {
  const char *days = p->values && named_date(name) ? day_format(p) : NULL;
  out->type = SW_T_STR;
  out->format = "";
  if (!p->values) return;
  if (p->booleans == p->values) out->type = SW_T_BOOL;
  else if (p->horologs == p->values) out->type = SW_T_TIMESTAMP, out->format = "horolog";
  else if (p->times == p->values && plausible_dates(p)) out->type = p->with_clock ? SW_T_TIMESTAMP : SW_T_DATE;
  else if (p->clocks == p->values) out->type = SW_T_TIME;
  else if (days) out->type = SW_T_DATE, out->format = days;
  else if (p->leading_zero || p->mangled || (p->integers == p->values && p->max_digits > 10)) return; /* ids, codes, telephone numbers */
  else if (p->integers == p->values) out->type = p->most <= INT32_MAX && p->least >= INT32_MIN ? SW_T_I32 : SW_T_I64;
  else if (p->decimals == p->values) out->type = SW_T_DECIMAL(18, (uint8_t)(p->max_scale > 2 ? p->max_scale : 2));
  else if (p->doubles == p->values) out->type = SW_T_F64;
}

static const char *moment_text(sw_arena *a, const sw_profile *p, int64_t us) {
  char text[SW_TIME_LEN];
  if (p->with_clock) sw_format_time(us, text);
  else sw_format_date((int32_t)((us - (us < 0 ? SW_US_PER_DAY - 1 : 0)) / SW_US_PER_DAY), text);
  return sw_arena_dupz(a, sw_str_of(text));
}

static void conclude_range(const sw_profile *p, sw_sniffed_column *out) {
  if (!p->values) return;
  bool number = out->type.id == SW_TYPE_I32 || out->type.id == SW_TYPE_I64 || out->type.id == SW_TYPE_DECIMAL || out->type.id == SW_TYPE_F64;
  bool moment = (out->type.id == SW_TYPE_DATE || out->type.id == SW_TYPE_TIMESTAMP) && !out->format[0];
  if (number) {
    out->min = sw_arena_printf(p->arena, "%.15g", p->least_f);
    out->max = sw_arena_printf(p->arena, "%.15g", p->most_f);
  } else if (moment) {
    out->min = moment_text(p->arena, p, p->least_us);
    out->max = moment_text(p->arena, p, p->most_us);
  } else {
    out->min = sw_arena_dupz(p->arena, p->least_text);
    out->max = sw_arena_dupz(p->arena, p->most_text);
  }
}

void sw_profile_conclude(sw_profile *p, const char *name, sw_sniffed_column *out) {
  *out = (sw_sniffed_column){.name = name,
                             .values = p->values,
                             .nulls = p->nulls,
                             .distinct = (int64_t)p->nseen,
                             .unique = p->values > 0 && !p->twice && !p->overflow,
                             .mangled = p->mangled,
                             .max_length = p->max_length};
  conclude_type(p, name, out);
  conclude_range(p, out);
  for (size_t i = 0; i < p->ndomain && i < EXAMPLES; i++) out->examples[i] = p->domain[i];
  if (p->ndomain > SW_SNIFF_DOMAIN || !p->ndomain) return;
  out->domain = p->domain;
  out->ndomain = p->ndomain;
}
