/* The SELECT behind ods.<table>: the committed parts of a table, listed one by one. */
#ifndef SW_INTAKE_VIEW_H
#define SW_INTAKE_VIEW_H

#include "intake/table.h"
#include "ledger/batches.h"
#include "engine/engine.h"

/* Appends a SELECT over all committed parts of the table, of all its sources: the declared columns, then _row, _org, _line,
 * _offset. Parts that were landed under other columns are cast (what cannot be cast becomes NULL) and filled with NULL;
 * without parts it is a typed SELECT of no rows. Build the view with it in the publishing transaction. */
SW_CHECKED sw_status sw_intake_view_sql(sw_conn *c, sw_ledger *l, const char *workspace, const sw_table_spec *t, sw_buf *out,
                                        sw_error *err);

/* A batch's rejects, a row each: SELECT over its rejects file(s) (columns as in reject.h, up to length); none: a typed SELECT of
 * no rows. */
SW_CHECKED sw_status sw_intake_rejects_sql(sw_ledger *l, const char *workspace, int64_t batch_no, sw_buf *out, sw_error *err);
/* read_parquet([...]) of a batch's rejects file(s), pieces of long records among the rows; nothing appended when there are none. */
SW_CHECKED sw_status sw_intake_rejects_files(sw_ledger *l, const char *workspace, int64_t batch_no, sw_buf *out, sw_error *err);

#endif
