/* Rows in memory in the shape that plans read, without an engine: one case before submission, and the tests of rules.
 *
 *   sw_rowset *r;
 *   sw_rowset_new(&table, &r, err);
 *   sw_rowset_row(r, err);  sw_rowset_set(r, "sex", SW_LIT("1"), err);
 *   sw_rowset_child(r, "diagnosis", err);  sw_rowset_set_child(r, "diagnosis", "code", SW_LIT("I21.900"), err);
 *   const sw_qbatch *b = sw_rowset_batch(r, err);
 *
 * Values are given as text and read by the column's type; a column that is not set is NULL. At most SW_CHUNK_ROWS rows.
 * Ownership: the set owns everything; the batch is valid until the set changes. Threads: one. */
#ifndef SW_QUALITY_ROWSET_H
#define SW_QUALITY_ROWSET_H

#include "quality/scalar.h"

typedef struct sw_rowset sw_rowset;

SW_CHECKED sw_status sw_rowset_new(const sw_qtable *table, sw_rowset **out, sw_error *err);
void sw_rowset_free(sw_rowset *r);
SW_CHECKED sw_status sw_rowset_row(sw_rowset *r, sw_error *err);
SW_CHECKED sw_status sw_rowset_child(sw_rowset *r, sw_str child, sw_error *err);
/* NOTFOUND for an unknown column, DATA for a text that is not of the column's type. */
SW_CHECKED sw_status sw_rowset_set(sw_rowset *r, sw_str column, sw_str value, sw_error *err);
SW_CHECKED sw_status sw_rowset_set_child(sw_rowset *r, sw_str child, sw_str column, sw_str value, sw_error *err);
size_t sw_rowset_count(const sw_rowset *r);
SW_CHECKED sw_status sw_rowset_batch(sw_rowset *r, const sw_qbatch **out, sw_error *err);

#endif
