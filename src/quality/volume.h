/* Daily row counts: what is expected of a day, and which days are out of it. The mathematics of trend monitoring, without I/O.
 *
 * A day is forecast from the days before it: level (robust, of the last 28 days that count) × factor of its weekday (of up to
 * 26 weeks). The spread comes from the forecast errors themselves, so that it holds whatever the level's own unsteadiness.
 * A count is judged by the negative binomial distribution of that mean and spread (Poisson where there is no excess), widened to
 * Student's t by the number of errors that the spread rests on. Windows of 7 and 14 days are judged by the forecast that
 * stood before they began, which finds a lasting change that no single day shows. Runs of empty days are judged together.
 *
 * Each judgement is made at the level that is left of the family's by the number of judgements (Bonferroni); beyond that an
 * effect must be large enough to matter. docs/quality-statistics.md gives formulas and measured error rates.
 *
 * Pure; any thread. */
#ifndef SW_QUALITY_VOLUME_H
#define SW_QUALITY_VOLUME_H

#include "base/error.h"
#include "base/vec.h"

typedef enum sw_volume_state {
  SW_VOLUME_NORMAL,
  SW_VOLUME_EARLY,      /* too few days before it: no forecast */
  SW_VOLUME_HOLIDAY,    /* a known cause: neither judged nor learned from */
  SW_VOLUME_INCOMPLETE, /* rows of this day are still under way */
  SW_VOLUME_LOW,
  SW_VOLUME_HIGH,
  SW_VOLUME_GAP         /* no row where some were expected */
} sw_volume_state;
const char *sw_volume_state_name(sw_volume_state s); /* "normal", … as stored */

typedef struct sw_volume_day {
  int32_t day;
  double rows;
  bool holiday, incomplete; /* given */
  sw_volume_state state;    /* the rest is worked out; expected and bounds are NAN without a forecast */
  double expected, low, high;
  double p;                 /* two-sided; of a gap, of its whole run */
} sw_volume_day;

typedef enum sw_volume_finding_kind { SW_FOUND_LOW, SW_FOUND_HIGH, SW_FOUND_GAP, SW_FOUND_FALL, SW_FOUND_RISE } sw_volume_finding_kind;
const char *sw_volume_finding_name(sw_volume_finding_kind k);

/* Days that belong together: single days out of the band, a run of empty ones, a window whose sum has fallen or risen. */
typedef struct sw_volume_finding {
  sw_volume_finding_kind kind;
  int32_t from, to; /* days */
  double rows, expected, p;
} sw_volume_finding;
typedef SW_VEC(sw_volume_finding) sw_volume_findings;

enum { SW_VOLUME_TESTS_PER_DAY = 3, SW_VOLUME_BASE = 28 };

typedef struct sw_volume_options {
  double level;      /* of one judgement */
  int32_t judge_from; /* days before it get no verdict */
  int32_t band_from;  /* days before it get no bounds, which cost the most */
} sw_volume_options;

/* `days` are consecutive. Findings are appended in order of their first day; free them with SW_VEC_FREE. NOMEM only. */
SW_CHECKED sw_status sw_volume_judge(sw_volume_day *days, size_t n, const sw_volume_options *o, sw_volume_findings *out, sw_error *err);

/* Tails of a count of this mean and variance (negative binomial; Poisson where variance ≤ mean): P(Y ≤ k) and P(Y ≥ k). */
double sw_count_p(double k, double mean, double variance);
double sw_count_q(double k, double mean, double variance);

#endif
