#include "intake/cell.h"

#include "base/date.h"

#include <math.h>

enum { HOROLOG_EPOCH = -47117 }; /* 1840-12-31 in days since 1970-01-01 */
enum { EXCEL_EPOCH = -25569 };   /* serial 0 after February 1900: 1899-12-30 */

static inline bool digit(char c) { return c >= '0' && c <= '9'; }

bool sw_cell_is_null(sw_str s, const char *const *nulls, size_t n) {
  s = sw_str_trim(s);
  if (!s.len) return true;
  for (size_t i = 0; i < n; i++)
    if (sw_str_eqz(s, nulls[i])) return true;
  return false;
}

bool sw_cell_bool(sw_str s, bool *out) {
  static const char *const YES[] = {"1", "true", "t", "yes", "y", "是", "有"};
  static const char *const NO[] = {"0", "false", "f", "no", "n", "否", "无"};
  s = sw_str_trim(s);
  for (size_t i = 0; i < sizeof YES / sizeof *YES; i++) {
    if (sw_str_ieq(s, sw_str_of(YES[i]))) return *out = true, true;
    if (sw_str_ieq(s, sw_str_of(NO[i]))) return *out = false, true;
  }
  return false;
}

/* Digits of a number without its thousands separators. A comma counts only before exactly three digits and after at least
 * one, so that a decimal comma ("12,5") is refused and not misread. */
static bool without_commas(sw_str s, char *out, size_t cap, sw_str *plain) {
  if (!memchr(s.ptr, ',', s.len)) {
    *plain = s;
    return true;
  }
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (n == cap) return false;
    if (s.ptr[i] != ',') {
      out[n++] = s.ptr[i];
      continue;
    }
    bool three = i > 0 && digit(s.ptr[i - 1]) && i + 3 < s.len && digit(s.ptr[i + 1]) && digit(s.ptr[i + 2]) && digit(s.ptr[i + 3]);
    if (!three || (i + 4 < s.len && digit(s.ptr[i + 4]))) return false;
  }
  *plain = (sw_str){out, n};
  return true;
}

/* [sign] digits [. digits] [E exponent] as an integer scaled by 10^scale; exact or false. */
static bool scaled(sw_str s, unsigned scale, int64_t *out) {
  size_t i = 0;
  bool negative = s.len && s.ptr[0] == '-';
  if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+')) i++;
  uint64_t v = 0;
  int places = 0, ndigits = 0, zeros = 0; /* trailing zeros of the fraction, not yet multiplied in */
  bool fraction = false;
  for (; i < s.len; i++) {
    char c = s.ptr[i];
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (!digit(c)) break;
    ndigits++;
    if (fraction && c == '0') {
      zeros++;
      continue;
    }
    for (; fraction && zeros; zeros--, places++)
      if (__builtin_mul_overflow(v, UINT64_C(10), &v)) return false;
    if (__builtin_mul_overflow(v, UINT64_C(10), &v) || __builtin_add_overflow(v, (uint64_t)(c - '0'), &v)) return false;
    places += fraction;
  }
  if (!ndigits) return false;
  int64_t exponent = 0;
  if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
    if (!sw_str_to_i64(sw_str_sub(s, i + 1 + (i + 1 < s.len && s.ptr[i + 1] == '+'), s.len), &exponent)) return false;
    if (exponent > 400 || exponent < -400) return v == 0 ? (*out = 0, true) : false;
  } else if (i < s.len) {
    return false;
  }
  int shift = (int)scale + (int)exponent - places;
  for (; v && shift > 0; shift--)
    if (__builtin_mul_overflow(v, UINT64_C(10), &v)) return false;
  for (; v && shift < 0; shift++) {
    if (v % 10) return false;
    v /= 10;
  }
  if (v > (uint64_t)INT64_MAX) return false;
  *out = negative ? -(int64_t)v : (int64_t)v;
  return true;
}

static sw_str strip_currency(sw_str s) {
  static const char *const SIGNS[] = {"¥", "￥", "元"};
  for (size_t i = 0; i < 3; i++) {
    sw_str sign = sw_str_of(SIGNS[i]);
    if (i < 2 && sw_str_starts(s, sign)) s = sw_str_sub(s, sign.len, s.len);
    if (i == 2 && sw_str_ends(s, sign)) s.len -= sign.len;
  }
  return sw_str_trim(s);
}

bool sw_cell_decimal(sw_str s, unsigned width, unsigned scale, int64_t *out) {
  static const int64_t POW10[] = {1,
                                  10,
                                  100,
                                  1000,
                                  10000,
                                  100000,
                                  1000000,
                                  10000000,
                                  100000000,
                                  1000000000,
                                  10000000000,
                                  100000000000,
                                  1000000000000,
                                  10000000000000,
                                  100000000000000,
                                  1000000000000000,
                                  10000000000000000,
                                  100000000000000000,
                                  1000000000000000000};
  char room[64];
  sw_str plain;
  if (!s.len || !(digit(s.ptr[0]) || s.ptr[0] == '-') || !digit(s.ptr[s.len - 1])) s = strip_currency(sw_str_trim(s));
  if (!s.len || !without_commas(s, room, sizeof room, &plain) || !scaled(plain, scale, out)) return false;
  if (width > 18) width = 18;
  return *out < POW10[width] && *out > -POW10[width];
}

bool sw_cell_i64(sw_str s, int64_t *out) {
  s = sw_str_trim(s);
  if (s.len && s.len <= 18) { /* the common case */
    size_t i = s.ptr[0] == '-';
    int64_t v = 0;
    for (; i < s.len && digit(s.ptr[i]); i++) v = v * 10 + (s.ptr[i] - '0');
    if (i == s.len && digit(s.ptr[s.len - 1])) return *out = s.ptr[0] == '-' ? -v : v, true;
  }
  char room[64];
  sw_str plain;
  if (!s.len || !without_commas(s, room, sizeof room, &plain)) return false;
  return sw_str_to_i64(plain, out) || scaled(plain, 0, out);
}

/* Up to 15 digits and a small power of ten are both exact in a double, so one division rounds right (Clinger's case). */
static bool simple_f64(sw_str s, double *out) {
  static const double POW[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  if (!s.len || s.len > 16) return false;
  size_t i = s.ptr[0] == '-', places = 0;
  int64_t v = 0;
  bool fraction = false;
  for (; i < s.len; i++) {
    if (s.ptr[i] == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (!digit(s.ptr[i])) return false;
    v = v * 10 + (s.ptr[i] - '0');
    places += fraction;
  }
  if (!digit(s.ptr[s.len - 1]) || v >= INT64_C(1000000000000000)) return false;
  double d = (double)v / POW[places];
  *out = s.ptr[0] == '-' ? -d : d;
  return true;
}

bool sw_cell_f64(sw_str s, double *out) {
  s = sw_str_trim(s);
  if (simple_f64(s, out)) return true;
  char room[400];
  sw_str plain;
  if (!s.len || !without_commas(s, room, sizeof room, &plain)) return false;
  char last = plain.ptr[plain.len - 1];
  if (!(digit(last) || last == '.')) return false; /* nan, inf, hexadecimal */
  return sw_str_to_f64(plain, out) && isfinite(*out);
}

/* --- dates ----------------------------------------------------------------------------------- */

static inline int two(const char *p) { return (p[0] - '0') * 10 + (p[1] - '0'); }

static bool all_digits(const char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!digit(p[i])) return false;
  return true;
}

/* yyyy-MM-dd, the commonest form, without the general parser. */
static bool iso_date(const char *p, int32_t *days) {
  if (p[4] != '-' || p[7] != '-' || !all_digits(p, 4) || !all_digits(p + 5, 2) || !all_digits(p + 8, 2)) return false;
  int y = two(p) * 100 + two(p + 2), m = two(p + 5), d = two(p + 8);
  if (!sw_date_valid(y, m, d)) return false;
  *days = sw_days_from_civil(y, m, d);
  return true;
}

static bool iso_clock(const char *p, int64_t *us) { /* HH:mm:ss */
  if (p[2] != ':' || p[5] != ':' || !all_digits(p, 2) || !all_digits(p + 3, 2) || !all_digits(p + 6, 2)) return false;
  int h = two(p), m = two(p + 3), s = two(p + 6);
  if (h > 23 || m > 59 || s > 59) return false;
  *us = ((int64_t)h * 3600 + m * 60 + s) * 1000000;
  return true;
}

static bool read_number(sw_str *s, size_t least, size_t most, int *out) {
  size_t n = 0;
  int v = 0;
  while (n < most && n < s->len && digit(s->ptr[n])) v = v * 10 + (s->ptr[n++] - '0');
  *s = sw_str_sub(*s, n, s->len);
  *out = v;
  return n >= least;
}

static int *pattern_field(sw_civil *c, char letter) {
  switch (letter) {
  case 'y': return &c->year;
  case 'M': return &c->month;
  case 'd': return &c->day;
  case 'H': return &c->hour;
  case 'm': return &c->minute;
  case 's': return &c->second;
  default: return NULL;
  }
}

static bool by_pattern(sw_str s, const char *pattern, int64_t *us) {
  sw_civil c = {.year = 1970, .month = 1, .day = 1};
  for (const char *p = pattern; *p;) {
    int *field = pattern_field(&c, *p);
    if (!field) {
      if (!s.len || s.ptr[0] != *p) return false;
      s = sw_str_sub(s, 1, s.len);
      p++;
      continue;
    }
    size_t width = strspn(p, (char[]){*p, '\0'});
    /* One letter takes one or two digits; a full width must be there when the next field follows at once. */
    bool packed = pattern_field(&c, p[width]) != NULL;
    if (!read_number(&s, packed ? width : 1, width == 1 ? 2 : width, field)) return false;
    if (*p == 'y' && width == 2) c.year += c.year < 50 ? 2000 : 1900;
    p += width;
  }
  if (s.len || !sw_date_valid(c.year, c.month, c.day) || c.hour > 23 || c.minute > 59 || c.second > 59) return false;
  *us = sw_us_from_civil(&c);
  return true;
}

static bool plausible_day(int64_t days) { return days >= -719162 && days <= 2932896; } /* years 1..9999 */

static bool day_number(sw_str s, int32_t epoch, int64_t *days) {
  return sw_cell_i64(s, days) && *days >= -4000000 && *days <= 4000000 && plausible_day(*days += epoch);
}

static bool horolog(sw_str s, int64_t *us) {
  const char *comma = s.len ? memchr(s.ptr, ',', s.len) : NULL;
  size_t at = comma ? (size_t)(comma - s.ptr) : s.len;
  int64_t days, seconds = 0;
  if (!sw_str_to_i64(sw_str_sub(s, 0, at), &days) || days < 0 || days > 4000000 || !plausible_day(days + HOROLOG_EPOCH)) return false;
  if (comma && (!sw_str_to_i64(sw_str_sub(s, at + 1, s.len), &seconds) || seconds < 0 || seconds > 86399)) return false;
  *us = (days + HOROLOG_EPOCH) * SW_US_PER_DAY + seconds * 1000000;
  return true;
}

bool sw_excel_serial(double serial, int64_t *us) {
  if (!(serial >= 1.0 && serial < 2958466.0)) return false;
  double whole = floor(serial);
  int64_t day = (int64_t)whole;
  if (day == 60) return false; /* 1900-02-29 never was */
  day += EXCEL_EPOCH + (day < 60);
  int64_t ms = (int64_t)llround((serial - whole) * 86400000.0); /* serials carry about a millisecond */
  *us = day * SW_US_PER_DAY + (ms % 1000 == 999 ? ms + 1 : ms % 1000 == 1 ? ms - 1 : ms) * 1000;
  return true;
}

static bool excel_text(sw_str s, int64_t *us) {
  double serial;
  return sw_cell_f64(s, &serial) && sw_excel_serial(serial, us);
}

static bool by_format(sw_str s, const sw_column_spec *c, int64_t *us) {
  int64_t days = 0;
  switch (c->format) {
  case SW_FORMAT_PATTERN: return by_pattern(s, c->pattern, us);
  case SW_FORMAT_DAYS: return day_number(s, c->epoch, &days) && (*us = days * SW_US_PER_DAY, true);
  case SW_FORMAT_HOROLOG: return horolog(s, us);
  case SW_FORMAT_EXCEL: return excel_text(s, us) || sw_parse_time(s, us);
  case SW_FORMAT_AUTO:
  case SW_FORMAT_FEN: return sw_parse_time(s, us);
  }
  return false;
}

bool sw_cell_date(sw_str s, const sw_column_spec *c, int32_t *days) {
  s = sw_str_trim(s);
  if (c->format == SW_FORMAT_AUTO) return (s.len == 10 && iso_date(s.ptr, days)) || sw_parse_date(s, days);
  int64_t us;
  if (!by_format(s, c, &us)) return false;
  if (us % SW_US_PER_DAY && c->format != SW_FORMAT_HOROLOG) return false; /* a time in a date column is no date */
  *days = (int32_t)((us >= 0 ? us : us - SW_US_PER_DAY + 1) / SW_US_PER_DAY);
  return true;
}

bool sw_cell_timestamp(sw_str s, const sw_column_spec *c, int64_t *us) {
  s = sw_str_trim(s);
  if (c->format != SW_FORMAT_AUTO) return by_format(s, c, us);
  int32_t days;
  int64_t clock;
  if (s.len == 19 && (s.ptr[10] == ' ' || s.ptr[10] == 'T') && iso_date(s.ptr, &days) && iso_clock(s.ptr + 11, &clock)) {
    *us = days * SW_US_PER_DAY + clock;
    return true;
  }
  return sw_parse_time(s, us);
}

bool sw_cell_time(sw_str s, int64_t *us) {
  s = sw_str_trim(s);
  if (s.len == 8 && iso_clock(s.ptr, us)) return true;
  if (s.len == 6 && all_digits(s.ptr, 6)) {
    char clock[8] = {s.ptr[0], s.ptr[1], ':', s.ptr[2], s.ptr[3], ':', s.ptr[4], s.ptr[5]};
    return iso_clock(clock, us);
  }
  char whole[64];
  int n = snprintf(whole, sizeof whole, "1970-01-01 %.*s", (int)(s.len < 40 ? s.len : 40), s.len ? s.ptr : "");
  return s.len && s.len < 40 && sw_parse_time((sw_str){whole, (size_t)n}, us) && *us >= 0 && *us < SW_US_PER_DAY;
}
