/* The failing rows of a rule as one SELECT: institution, file, line, the key and the values that the rule read.
 *
 * File and line come from meta.batch and the landed rows (ods). Values are patients': the caller shows them to an authorised
 * user only. Threads: that of the connection. */
#ifndef SW_QUALITY_FAILURES_H
#define SW_QUALITY_FAILURES_H

#include "engine/engine.h"
#include "quality/rule.h"

typedef struct sw_failures_options {
  const char *rule;   /* id */
  const char *table;  /* NULL: that of the newest check that has the rule */
  const char *org;    /* NULL: all institutions */
  const char *run;    /* NULL: the newest check of the table */
  int64_t limit;      /* 0: all */
} sw_failures_options;

/* Appends the SELECT to `sql`. NOTFOUND when no check has run this rule. */
SW_CHECKED sw_status sw_quality_failures_sql(sw_conn *c, const sw_pack_set *packs, const sw_failures_options *o, const sw_cancel *cancel,
                                             sw_buf *sql, sw_error *err);

#endif
