/* What a table's columns hold, and the rules that this suggests.
 *
 * One scan for the aggregates, one short one a column for its commonest values. Suggestions are texts of rules ready for a
 * pack, each with what speaks for it; a person decides. Threads: that of the connection. */
#ifndef SW_QUALITY_PROFILE_H
#define SW_QUALITY_PROFILE_H

#include "base/arena.h"
#include "engine/engine.h"

typedef struct sw_profile_column {
  const char *name, *type;
  int64_t rows, nulls, blanks, distinct; /* distinct is estimated (HyperLogLog) */
  const char *min, *max;                 /* as text; NULL none */
  double mean, stddev;                   /* numbers; else NaN */
  int64_t min_len, max_len;              /* texts; else -1 */
  const char *top;                       /* commonest value; NULL none */
  int64_t top_count;
  double icd10, icd9, citizen_id, phone, date; /* share of filled texts of that form; NaN where not tried */
  const char *suggestion;                /* a rule in YAML; NULL none */
  const char *because[2];                /* by sw_lang */
} sw_profile_column;

typedef struct sw_profile {
  sw_profile_column *columns;
  size_t n;
  int64_t rows;
} sw_profile;

SW_CHECKED sw_status sw_quality_profile(sw_conn *c, const char *relation, sw_arena *a, const sw_cancel *cancel, sw_profile *out, sw_error *err);

#endif
