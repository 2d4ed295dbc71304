/* One case before submission: the same rules through the same plan, without a warehouse.
 *
 * The case is JSON: one object or a list of them, columns as keys, children as lists of objects. Rules that need other rows
 * (unique keys, references, metrics) or the engine (`sql:`) are left out and counted. Threads: any. */
#ifndef SW_QUALITY_CASE_H
#define SW_QUALITY_CASE_H

#include "quality/rule.h"

typedef enum sw_case_answer { SW_CASE_PASSED, SW_CASE_FAILED, SW_CASE_NOT_APPLICABLE, SW_CASE_BROKEN } sw_case_answer;

typedef struct sw_case_options {
  const sw_pack_set *packs;
  const char *table;
  const char *file; /* names the text in errors */
  int64_t as_of_us;
  /* Called for every case (from 0) and row rule. */
  void (*on_rule)(void *ctx, size_t at, const sw_rule_def *rule, sw_case_answer answer);
  void *ctx;
} sw_case_options;

typedef struct sw_case_counts {
  size_t cases, mandatory, verify, passed, not_applicable, broken, left_out;
} sw_case_counts;

/* SW_E_DATA, with the place in the text, for an unknown column or a value that is not of its column's type. */
SW_CHECKED sw_status sw_quality_case(const sw_case_options *o, sw_str json, sw_case_counts *out, sw_error *err);

#endif
