#include "base/date.h"

#include <time.h>

/* Days from civil and back: the era method of H. Hinnant's published paper on chrono-compatible low-level date
 * algorithms; exact for all int years used here. */
int32_t sw_days_from_civil(int y, int m, int d) {
  y -= m <= 2;
  int era = (y >= 0 ? y : y - 399) / 400;
  int yoe = y - era * 400;
  int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

void sw_civil_from_days(int32_t days, int *year, int *month, int *day) {
  int64_t z = (int64_t)days + 719468; /* the engine knows days up to the ends of 32 bits */
  int era = (int)((z >= 0 ? z : z - 146096) / 146097);
  int doe = (int)(z - (int64_t)era * 146097);
  int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int mp = (5 * doy + 2) / 153;
  *day = doy - (153 * mp + 2) / 5 + 1;
  *month = mp < 10 ? mp + 3 : mp - 9;
  *year = yoe + era * 400 + (*month <= 2);
}

bool sw_date_valid(int y, int m, int d) {
  static const signed char DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (y < 1 || y > 9999 || m < 1 || m > 12 || d < 1) return false;
  bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  return d <= DAYS[m - 1] + (m == 2 && leap);
}

int64_t sw_us_from_civil(const sw_civil *c) {
  int64_t day = sw_days_from_civil(c->year, c->month, c->day);
  int64_t sec = c->hour * 3600 + c->minute * 60 + c->second;
  return day * SW_US_PER_DAY + sec * 1000000 + c->micro;
}

void sw_civil_from_us(int64_t us, sw_civil *c) {
  int64_t day = us / SW_US_PER_DAY, rest = us % SW_US_PER_DAY;
  if (rest < 0) {
    day--;
    rest += SW_US_PER_DAY;
  }
  sw_civil_from_days((int32_t)day, &c->year, &c->month, &c->day);
  c->micro = (int)(rest % 1000000);
  rest /= 1000000;
  c->hour = (int)(rest / 3600);
  c->minute = (int)(rest / 60 % 60);
  c->second = (int)(rest % 60);
}

int sw_weekday(int32_t days) {
  int w = (days + 4) % 7;
  return w < 0 ? w + 7 : w;
}

int sw_age_years(int32_t birth, int32_t day) {
  int by, bm, bd, y, m, d;
  sw_civil_from_days(birth, &by, &bm, &bd);
  sw_civil_from_days(day, &y, &m, &d);
  return y - by - (m < bm || (m == bm && d < bd));
}

/* Reads 1..max digits; 0 digits read means no number here. */
static int digits(sw_str *s, int max, int *out) {
  int n = 0, v = 0;
  while (n < max && (size_t)n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9') v = v * 10 + (s->ptr[n++] - '0');
  *s = sw_str_sub(*s, (size_t)n, s->len);
  *out = v;
  return n;
}

static bool eat(sw_str *s, sw_str what) {
  if (!sw_str_starts(*s, what)) return false;
  *s = sw_str_sub(*s, what.len, s->len);
  return true;
}

static bool eat_separated_date(sw_str *s, sw_civil *c) {
  sw_str sep = SW_LIT("-");
  if (eat(s, SW_LIT("年"))) {
    if (!digits(s, 2, &c->month) || !eat(s, SW_LIT("月")) || !digits(s, 2, &c->day)) return false;
    return eat(s, SW_LIT("日"));
  }
  if (s->len && (s->ptr[0] == '/' || s->ptr[0] == '.')) sep = sw_str_sub(*s, 0, 1);
  return eat(s, sep) && digits(s, 2, &c->month) && eat(s, sep) && digits(s, 2, &c->day);
}

static bool eat_date(sw_str *s, sw_civil *c, bool *compact) {
  if (digits(s, 4, &c->year) != 4) return false;
  *compact = s->len >= 4 && s->ptr[0] >= '0' && s->ptr[0] <= '9';
  bool ok = *compact ? digits(s, 2, &c->month) == 2 && digits(s, 2, &c->day) == 2 : eat_separated_date(s, c);
  return ok && sw_date_valid(c->year, c->month, c->day);
}

static bool eat_fraction(sw_str *s, int *micro) {
  if (!eat(s, SW_LIT("."))) return true;
  int n = digits(s, 6, micro), ignored;
  if (!n) return false;
  for (int k = n; k < 6; k++) *micro *= 10;
  digits(s, 3, &ignored); /* nanoseconds of some drivers */
  return true;
}

static bool eat_clock(sw_str *s, sw_civil *c, bool compact) {
  if (compact && s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
    if (digits(s, 2, &c->hour) != 2 || digits(s, 2, &c->minute) != 2) return false;
    if (s->len && digits(s, 2, &c->second) != 2) return false;
  } else {
    if (!eat(s, SW_LIT("T")) && !eat(s, SW_LIT(" "))) return false;
    while (eat(s, SW_LIT(" "))) continue;
    if (!digits(s, 2, &c->hour) || !eat(s, SW_LIT(":")) || digits(s, 2, &c->minute) != 2) return false;
    if (eat(s, SW_LIT(":")) && (digits(s, 2, &c->second) != 2 || !eat_fraction(s, &c->micro))) return false;
  }
  return c->hour < 24 && c->minute < 60 && c->second < 60;
}

bool sw_parse_date(sw_str s, int32_t *days) {
  sw_civil c = {0};
  bool compact;
  if (!eat_date(&s, &c, &compact)) return false;
  if (s.len) { /* a date column exported with midnight attached */
    if (!eat_clock(&s, &c, compact) || s.len || c.hour || c.minute || c.second || c.micro) return false;
  }
  *days = sw_days_from_civil(c.year, c.month, c.day);
  return true;
}

bool sw_parse_time(sw_str s, int64_t *us) {
  sw_civil c = {0};
  bool compact;
  if (!eat_date(&s, &c, &compact)) return false;
  if (s.len && (!eat_clock(&s, &c, compact) || s.len)) return false;
  *us = sw_us_from_civil(&c);
  return true;
}

static void put2(char *p, int v) {
  p[0] = (char)('0' + v / 10 % 10);
  p[1] = (char)('0' + v % 10);
}

void sw_format_date(int32_t days, char out[SW_DATE_LEN]) {
  int y, m, d;
  sw_civil_from_days(days, &y, &m, &d);
  put2(out, y / 100);
  put2(out + 2, y);
  out[4] = out[7] = '-';
  put2(out + 5, m);
  put2(out + 8, d);
  out[10] = '\0';
}

void sw_format_time(int64_t us, char out[SW_TIME_LEN]) {
  sw_civil c;
  sw_civil_from_us(us, &c);
  sw_format_date(sw_days_from_civil(c.year, c.month, c.day), out);
  out[10] = ' ';
  put2(out + 11, c.hour);
  put2(out + 14, c.minute);
  put2(out + 17, c.second);
  out[13] = out[16] = ':';
  out[19] = '\0';
  if (c.micro) snprintf(out + 19, SW_TIME_LEN - 19, ".%06u", (unsigned)c.micro % 1000000u);
}

int64_t sw_now_us(void) {
  struct timespec ts;
  struct tm tm;
  clock_gettime(CLOCK_REALTIME, &ts);
  localtime_r(&ts.tv_sec, &tm);
  sw_civil c = {tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ts.tv_nsec / 1000)};
  return sw_us_from_civil(&c);
}

int64_t sw_mono_us(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
