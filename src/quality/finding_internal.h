/* Between the files of findings. Private to the quality room. */
#ifndef SW_QUALITY_FINDING_INTERNAL_H
#define SW_QUALITY_FINDING_INTERNAL_H

#include "quality/finding.h"

/* The columns of store.kept_finding before its round, in order; a round's file has these, then action and run. */
#define SW_FINDING_COLUMNS                                                                                                    \
  "id, table_name, rule, org, key, state, level, owner, assigned, department, coder, doctor, mandatory, severity, dimension, version, _row, _part, " \
  "rows, first_opened, opened_at, changed_at, deadline, closed_batch, cause, reason, until, who, reopened"

/* In the caller's transaction: decisions of rounds after `after` (ledger) into the engine's tables. */
SW_CHECKED sw_status sw_findings_apply(sw_conn *c, sw_ledger *l, int64_t after, sw_error *err);
/* WHERE of a filter on alias q of quality.finding; " WHERE true" at the least. */
SW_CHECKED sw_status sw_findings_where(const sw_finding_filter *f, sw_buf *sql, sw_error *err);
/* Business key of a row of alias `t` as SQL text. Columns are those that the relation has. */
void sw_findings_key_sql(const sw_table_def *t, const char *alias, sw_arena *a, sw_buf *sql);

#endif
