/* Trend monitoring: rows by business day, institution and table against what is expected, and how late they arrive.
 *
 * Reads published tables with `_row` and meta.batch; writes tables of the caller's names in schema store:
 *
 *   volume:  run, as_of, table_name, org, day, rows, late, expected, low, high, state, p      one line a day
 *   finding: run, as_of, table_name, org, kind, from_day, to_day, rows, expected, p           gaps, spikes, falls, rises
 *   arrival: run, as_of, table_name, org, lag_days, rows                                      how many days after the business day
 *
 * `late`: rows whose newest version was delivered more than late_days after their day. What came with an institution's first
 * delivery of a table has no lag: history is loaded then. A day is complete, and judged, when it is as old as the lag at which
 * 99 in 100 rows have arrived (lag_days where too few are known). Threads: that of the connection. */
#ifndef SW_QUALITY_TREND_H
#define SW_QUALITY_TREND_H

#include "engine/engine.h"
#include "quality/volume.h"

typedef struct sw_trend_table {
  const char *table;    /* "dwd.visit" */
  const char *org, *time; /* its columns */
} sw_trend_table;

typedef struct sw_trend_options {
  const char *run;
  const sw_trend_table *tables;
  size_t ntables;
  int64_t as_of_us;
  int64_t history_days; /* how far back: 0: 400 */
  int64_t judge_days;   /* the newest days, which are judged; 0: 60 */
  int64_t late_days;    /* 0: 7 */
  int64_t lag_days;     /* until a day is complete, where arrivals do not tell; 0: 7 */
  double level;         /* chance of any false alarm in a run; 0: 0.002 */
  const int32_t *holidays; /* days that are not judged, in any order */
  size_t nholidays;
  const sw_cancel *cancel;
} sw_trend_options;

typedef struct sw_trend_counts {
  int64_t series, days, findings, gaps, late;
} sw_trend_counts;

/* Makes the three physical tables (names without schema; replaced when there) and fills them. */
SW_CHECKED sw_status sw_trend_make(sw_conn *c, const sw_trend_options *o, const char *volume, const char *finding, const char *arrival,
                                   sw_trend_counts *out, sw_error *err);

#endif
