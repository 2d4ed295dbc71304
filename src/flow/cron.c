#include "flow/cron.h"

typedef struct field {
  const char *name[2];
  int lo, hi;
  const char *const *words; /* names of lo, lo+1, …; NULL: numbers only */
} field;

static const char *const MONTHS[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const DAYS[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
static const field FIELDS[5] = {
    {{"分", "minute"}, 0, 59, NULL},      {{"时", "hour"}, 0, 23, NULL},
    {{"日", "day of the month"}, 1, 31, NULL}, {{"月", "month"}, 1, 12, MONTHS},
    {{"星期", "day of the week"}, 0, 7, DAYS},
};

static bool value(sw_str s, const field *f, int *out) {
  for (int i = 0; f->words && f->words[i]; i++)
    if (sw_str_ieq(s, sw_str_of(f->words[i]))) return *out = f->lo + i, true;
  int64_t v;
  if (!s.len || s.ptr[0] < '0' || s.ptr[0] > '9' || !sw_str_to_i64(s, &v) || v < f->lo || v > f->hi) return false;
  *out = (int)v;
  return true;
}

static sw_str cut(sw_str *rest, char at) {
  const char *p = rest->len ? memchr(rest->ptr, at, rest->len) : NULL;
  size_t n = p ? (size_t)(p - rest->ptr) : rest->len;
  sw_str head = sw_str_sub(*rest, 0, n);
  *rest = sw_str_sub(*rest, p ? n + 1 : n, rest->len);
  return head;
}

/* One item of a list: "*", "5", "1-5", "*" or range with "/step". */
static bool item(sw_str s, const field *f, uint64_t *bits) {
  bool stepped = s.len && memchr(s.ptr, '/', s.len);
  sw_str base = cut(&s, '/');
  int64_t step = 1;
  if (stepped && (!sw_str_to_i64(s, &step) || step < 1 || step > 60)) return false;
  int lo = f->lo, hi = f->hi;
  if (!sw_str_eqz(base, "*")) {
    bool range = base.len && memchr(base.ptr, '-', base.len);
    sw_str from = cut(&base, '-');
    if (!value(from, f, &lo)) return false;
    hi = lo;
    if (range ? !value(base, f, &hi) || hi < lo : false) return false;
    if (!range && stepped) hi = f->hi;
  }
  for (int64_t v = lo; v <= hi; v += step) *bits |= UINT64_C(1) << v;
  return true;
}

static sw_status parse_field(sw_str s, const field *f, uint64_t *bits, sw_error *err) {
  *bits = 0;
  sw_str all = s;
  do {
    if (!item(cut(&s, ','), f, bits))
      return SW_FAIL(err, SW_E_CONFIG, "SW-FLOW-0001", "定时表达式的“%s”字段 %.*s 不对，应在 %d 到 %d 之间",
                     "the schedule's %s field %.*s is wrong: it takes %d to %d",
                     f->name[0], SW_STR_ARG(all), f->lo, f->hi);
  } while (s.len);
  return SW_OK;
}

sw_status sw_cron_parse(sw_str text, sw_cron *out, sw_error *err) {
  uint64_t bits[5];
  sw_str word[5];
  int n = 0;
  for (sw_str rest = sw_str_trim(text); rest.len; rest = sw_str_trim(rest)) {
    sw_str w = cut(&rest, ' ');
    if (n < 5) word[n] = w;
    n++;
  }
  if (n != 5)
    return SW_FAIL(err, SW_E_CONFIG, "SW-FLOW-0002", "定时表达式要有 5 个字段（分 时 日 月 星期），这里有 %d 个",
                   "a schedule has 5 fields (minute hour day month weekday), here are %d", n);
  for (int i = 0; i < 5; i++) {
    sw_status s = parse_field(word[i], &FIELDS[i], &bits[i], err);
    if (s != SW_OK) return sw_error_at(err, NULL, 0, (int64_t)(word[i].ptr - text.ptr) + 1), s;
  }
  *out = (sw_cron){.minutes = bits[0],
                   .hours = (uint32_t)bits[1],
                   .days = (uint32_t)bits[2],
                   .months = (uint32_t)bits[3],
                   .weekdays = (uint8_t)((bits[4] | bits[4] >> 7) & 0x7F),
                   .any_day = sw_str_eqz(word[2], "*"),
                   .any_weekday = sw_str_eqz(word[4], "*")};
  return SW_OK;
}

static bool day_matches(const sw_cron *c, int32_t day) {
  int y, m, d;
  sw_civil_from_days(day, &y, &m, &d);
  if (!(c->months >> m & 1)) return false;
  bool by_day = c->days >> d & 1, by_weekday = c->weekdays >> sw_weekday(day) & 1;
  if (c->any_day || c->any_weekday) return by_day && by_weekday;
  return by_day || by_weekday;
}

bool sw_cron_matches(const sw_cron *c, int64_t us) {
  sw_civil t;
  sw_civil_from_us(us, &t);
  return (c->minutes >> t.minute & 1) && (c->hours >> t.hour & 1) && day_matches(c, sw_days_from_civil(t.year, t.month, t.day));
}

bool sw_cron_next(const sw_cron *c, int64_t us, int64_t *next) {
  const int64_t minute = 60 * INT64_C(1000000);
  int64_t t = us - ((us % minute) + minute) % minute + minute;
  for (int days = 0; days <= 5 * 366; days++) {
    sw_civil v;
    sw_civil_from_us(t, &v);
    int32_t day = sw_days_from_civil(v.year, v.month, v.day);
    int64_t end = ((int64_t)day + 1) * SW_US_PER_DAY;
    for (; day_matches(c, day) && t < end; t += minute)
      if (sw_cron_matches(c, t)) return *next = t, true;
    t = end;
  }
  return false;
}
