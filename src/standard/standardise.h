/* Standardising: from delivered tables (ods.*) to a standard table, by the mappings of the packs.
 *
 * For each mapping into the table, in the order of the packs:
 *   where        rows that fail it (or give NULL) are filtered;
 *   full         of a source that delivers in full, rows of deliveries older than the institution's newest are merged;
 *   versions     rows that agree in the record key (the mapping's `key`, else the table's when there is no repeat) are versions
 *                of one record: the newest stays (by the order columns, then delivery, file, _row), older ones are merged.
 *                A row whose key is not complete is a record of its own. With `replace_by`, a newer delivery replaces all rows
 *                that agree in these columns;
 *   money        rows of an amount-bearing table are never replaced by version: lines of one key with different content all
 *                stay, so that reversals net out. A line delivered again unchanged (overlapping deliveries, a month sent
 *                twice) is merged: for equal lines the greatest number within one delivery counts;
 *   deletions    a row that is marked as deleted is filtered, and earlier versions of its record are merged;
 *   repeat       each repeated column group that is present makes a row with its `_part`; rows without any are filtered;
 *   columns      trimmed, blanks to NULL, converted to the column's type and unit, local codes to the value set.
 *
 * A value that cannot be read becomes NULL and is listed, an unmapped code becomes NULL and is listed with its count; the row
 * stays. All counts are proved by set relations: SW_E_BALANCE tells by how much and where when one fails.
 *
 * The result is the table store.<physical> (not yet published) with the declared columns, _row, _org and, when a mapping
 * repeats, _part; and two side tables store.<physical>__nonconforming and store.<physical>__unmapped, which the publishing
 * transaction moves into meta.nonconforming and meta.unmapped (sw_standardise_publish). On failure all three are dropped.
 *
 *   sw_standardise_counts n;
 *   s = sw_standardise(c, set, t, &(sw_standardise_options){.physical = "dwd_admission_7"}, &n, err);
 *   s = sw_publish_with(c, run, step, as_of, &pub, 1, sw_standardise_publish,
 *                       &(sw_standardise_lists){.table = "dwd.admission", .physical = "dwd_admission_7"}, err);
 *
 * Results are the same for the same landing and packs. Threads: that of the connection. */
#ifndef SW_STANDARD_STANDARDISE_H
#define SW_STANDARD_STANDARDISE_H

#include "engine/engine.h"
#include "pack/pack.h"

typedef struct sw_standardise_options {
  const char *physical;           /* table to make in schema store */
  const char *const *mappings;    /* ids; NULL: all mappings into the table */
  size_t nmappings;
  const sw_cancel *cancel;
  const sw_events *events;
} sw_standardise_options;

/* in + expanded = out + rejected + filtered + merged; rejected is always 0 here. */
typedef struct sw_standardise_counts {
  int64_t in, expanded, out, rejected, filtered, merged;
  int64_t nonconforming; /* values listed */
  int64_t unmapped;      /* values, not distinct codes */
} sw_standardise_counts;

/* NOTFOUND when no mapping leads into the table. Missing ods views are an error of the caller (ingest makes typed empty ones). */
SW_CHECKED sw_status sw_standardise(sw_conn *c, const sw_pack_set *set, const sw_table_def *t, const sw_standardise_options *o,
                                    sw_standardise_counts *out, sw_error *err);

/* meta.nonconforming(table_name, column_name, _org, _row, _part, value, reason_zh, reason_en) and
 * meta.unmapped(table_name, column_name, mapping, source, org, local_code, rows): created when absent. */
SW_CHECKED sw_status sw_standardise_prepare(sw_conn *c, sw_error *err);

/* What sw_publish_with runs inside its transaction: replaces the table's rows in the meta lists and drops the side tables.
 * An sw_tx_body; ctx is an sw_standardise_lists. For several tables in one step, link them by `next`. */
typedef struct sw_standardise_lists {
  const char *table;    /* "dwd.admission" */
  const char *physical;
  const struct sw_standardise_lists *next; /* NULL: the last */
} sw_standardise_lists;
SW_CHECKED sw_status sw_standardise_publish(sw_conn *c, void *lists, sw_error *err);

/* The SQL that would run, for `--dry-run` and for who wants to look: one statement a line block, appended. */
SW_CHECKED sw_status sw_standardise_explain(sw_conn *c, const sw_pack_set *set, const sw_table_def *t, sw_buf *out, sw_error *err);

/* The DDL type of a column ("DECIMAL(18,2)"), static or in the buffer. */
void sw_standard_sql_type(const sw_column_def *col, sw_buf *out);
/* CREATE TABLE of a standard table, with _row, _org and optionally _part. `name` is in schema store. */
SW_CHECKED sw_status sw_standard_ddl(const sw_table_def *t, const char *name, bool with_part, sw_buf *out, sw_error *err);

#endif
