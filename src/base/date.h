/* Dates and times: days and microseconds since 1970-01-01, proleptic Gregorian, in the workspace's declared zone
 * (values are local; no zone arithmetic is done on data).
 *
 * Nothing in a flow reads the clock: only the CLI and the server call sw_now_us() and hand the as-of time down. */
#ifndef SW_BASE_DATE_H
#define SW_BASE_DATE_H

#include "base/str.h"

#define SW_US_PER_DAY INT64_C(86400000000)

typedef struct sw_civil {
  int year, month, day;            /* month 1..12, day 1..31 */
  int hour, minute, second, micro; /* 0 when only a date */
} sw_civil;

int32_t sw_days_from_civil(int year, int month, int day);
void sw_civil_from_days(int32_t days, int *year, int *month, int *day);
bool sw_date_valid(int year, int month, int day); /* years 1..9999 */
int64_t sw_us_from_civil(const sw_civil *c);
void sw_civil_from_us(int64_t us, sw_civil *c);
int sw_weekday(int32_t days); /* 0 Sunday .. 6 Saturday */
/* Whole years from birth to day, as Chinese civil law counts age (reached on the birthday). */
int sw_age_years(int32_t birth, int32_t day);

/* Whole-string parsers of the forms that hospital systems write: 2023-01-05, 2023/1/5, 2023.1.5, 20230105,
 * 2023年1月5日; times after a blank or T: 8:05, 08:05:09, .123456 fractions; 20230105080509. False when not entirely a
 * valid date (time). sw_parse_time accepts a bare date as midnight. */
bool sw_parse_date(sw_str s, int32_t *days);
bool sw_parse_time(sw_str s, int64_t *us);

enum { SW_DATE_LEN = 11, SW_TIME_LEN = 28 };
void sw_format_date(int32_t days, char out[SW_DATE_LEN]);                /* 2023-01-05 */
void sw_format_time(int64_t us, char out[SW_TIME_LEN]);                  /* 2023-01-05 08:05:09[.123456] */

/* The wall clock in the process's zone, and a monotonic clock for durations and deadlines. */
int64_t sw_now_us(void);
int64_t sw_mono_us(void);

#endif
