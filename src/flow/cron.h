/* 5-field cron schedules: minute hour day-of-month month day-of-week.
 *
 * Fields take a star, numbers, lists (1,15), ranges (1-5) and steps (0-30/10; a star may have one too); months and days
 * of the week also by their English three-letter names; 7 is Sunday as 0. As in POSIX cron, when both day fields are
 * restricted a day matches if either does. Times are local in the workspace's zone. Value type, no ownership. */
#ifndef SW_FLOW_CRON_H
#define SW_FLOW_CRON_H

#include "base/date.h"

typedef struct sw_cron {
  uint64_t minutes; /* bit per minute 0..59 */
  uint32_t hours, days, months; /* bits 0..23, 1..31, 1..12 */
  uint8_t weekdays; /* bits 0..6, 0 Sunday */
  bool any_day, any_weekday;
} sw_cron;

/* The error says which field is wrong; column (1-based) points into the text. */
SW_CHECKED sw_status sw_cron_parse(sw_str text, sw_cron *out, sw_error *err);
bool sw_cron_matches(const sw_cron *c, int64_t us);
/* The first matching minute strictly after `us`; false when there is none within five years (30 February). */
bool sw_cron_next(const sw_cron *c, int64_t us, int64_t *next);

#endif
