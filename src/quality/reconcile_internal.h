/* Between the files of reconciliation. Private to the quality room. */
#ifndef SW_QUALITY_RECONCILE_INTERNAL_H
#define SW_QUALITY_RECONCILE_INTERNAL_H

#include "quality/reconcile.h"

#include "engine/sql.h"

/* Forgets what the run stored of this counterpart and table (NULL: of all tables). */
void sw_reconcile_clear(const char *run, const char *counterpart, const char *table, sw_buf *sql);
/* INSERT of one measure, ending before the source of rows: the caller appends "(SELECT o, d, v …) a FULL JOIN (…) b ON …". */
void sw_reconcile_put_insert(const char *run, int64_t as_of_us, const char *counterpart, const char *table, const char *measure, sw_tolerance off, bool money,
                             sw_buf *sql);
/* What is stored now, summed. */
SW_CHECKED sw_status sw_reconcile_count(sw_conn *c, const char *run, const char *counterpart, const char *table, sw_reconcile_counts *out, sw_error *err);

#endif
