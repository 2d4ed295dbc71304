/* Tests of rules, as a table beside them: `<rules file without .yaml>.tests.csv` with the columns rule, expect, row, note.
 *
 *   Q007,pass,"admit_time=2024-01-02 08:00:00; discharge_time=2024-01-05 08:00:00",
 *   Q055,fail,"principal_code=I10; +diagnosis seq=1, code=I10; +diagnosis seq=2, code=I10",
 *   Q001,always,,
 *
 * `expect` is pass, fail, n/a (does not apply, or its dictionary is missing), or always: the rule applies to an empty row
 * too, so that it has no n/a row. A rule must have a passing row, a failing one, and n/a or always. */
#ifndef SW_QUALITY_RULE_TEST_H
#define SW_QUALITY_RULE_TEST_H

#include "quality/rule.h"

typedef struct sw_rule_test_outcome {
  size_t rows, failed, rules, untested; /* untested: rules without a complete set of rows */
} sw_rule_test_outcome;

/* Runs the table (its text) against the row rules of `def`; what is wrong is written to `report`, a line each. */
SW_CHECKED sw_status sw_rule_tests_run(const sw_pack_set *packs, const sw_rules_def *def, sw_str csv, sw_rule_test_outcome *out, sw_buf *report,
                                       sw_error *err);

/* Sets one row of a row set from "col=value; col=value; +child col=value, col=value". */
struct sw_rowset;
SW_CHECKED sw_status sw_rule_test_row(struct sw_rowset *r, sw_str text, sw_error *err);

#endif
