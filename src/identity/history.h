/* What happened to one person, wherever it happened: one query over all subject tables that there are, by time.
 *
 * Columns: at, event, org_code, patient_id, key, detail. Tables and columns that a workspace lacks are left out. */
#ifndef SW_IDENTITY_HISTORY_H
#define SW_IDENTITY_HISTORY_H

#include "engine/rows.h"

/* The query, with one parameter: the person's id. NOTFOUND when no persons have been published. */
SW_CHECKED sw_status sw_person_history_sql(sw_conn *c, sw_buf *out, sw_error *err);
/* The person's id from what a user types: an id in use, an id that was merged away (through person.event), or
 * "institution|patient number". */
SW_CHECKED sw_status sw_person_resolve(sw_conn *c, sw_str text, sw_buf *id, sw_error *err);

#endif
