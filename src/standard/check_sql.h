/* Default rules as SQL predicates, for conformance rates and for trying a changed standard. (The quality engine compiles the
 * same rules to its one pass; these are for counting by hand and must agree with it: NULL and blank never fail anything but
 * REQUIRED, and a value set whose codes are missing fails nothing.) */
#ifndef SW_STANDARD_CHECK_SQL_H
#define SW_STANDARD_CHECK_SQL_H

#include "standard/defaults.h"

/* Appends a predicate over alias t that is TRUE for a failing row; false for rules that no single row can break
 * (FRESHNESS, VOLUME) and for KEY, which needs a window: see sw_standard_key_sql. */
bool sw_standard_fail_sql(const sw_default_rule *r, sw_buf *out);
/* "count(*) OVER (PARTITION BY …) > 1", to be used in QUALIFY. */
void sw_standard_key_sql(const sw_default_rule *r, sw_buf *out);
/* What a rule says, as one text: equal texts are equal rules. */
void sw_standard_rule_text(const sw_default_rule *r, sw_buf *out);

#endif
