/* The index that answers while records come in: find candidates of one record, add it, tell whose it is.
 *
 * For services (PIX: which ids has this person elsewhere; PDQ and FHIR $match: who fits these particulars) and for loading
 * new registrations without linking everything again. Under one model the partition after any sequence of additions is that
 * of sw_link_run over the same records, whatever the order: candidates, scores and the grouping of a connected set of
 * records depend on the records alone; ties are broken by each record's order key. (The one exception: a blocking key
 * that has grown past SW_LINK_BLOCK_CAP records since they were added; `stale` counts those. Link again when it grows.)
 *
 *   sw_link_index *x;
 *   sw_link_index_new(&store, &spec, &model, &result, order_keys, &x, err);   // all borrowed but result's lists, copied
 *   sw_link_index_match(x, &values, hits, 10, &n, err);
 *   sw_link_index_add(x, &values, order_key, &record, err);
 *   sw_link_index_person(x, record)
 *
 * Memory: 12 bytes a record and family, and 28 a stored pair. Threads: one writer, or many readers. */
#ifndef SW_IDENTITY_INDEX_H
#define SW_IDENTITY_INDEX_H

#include "identity/link.h"

typedef struct sw_link_index sw_link_index;

/* One record's texts by field and alternative; empty where missing. */
typedef struct sw_link_values {
  sw_str text[SW_LINK_FIELDS][SW_LINK_ALTERNATIVES];
} sw_link_values;

SW_CHECKED sw_status sw_link_index_new(sw_link_store *store, const sw_link_spec *spec, sw_link_model *model, const sw_link_result *result,
                                       const uint64_t *order, sw_link_index **out, sw_error *err);
void sw_link_index_free(sw_link_index *x); /* NULL is fine; store and model stay */

/* The best partners among the index's records, best first. Texts that the index has not met are compared as
 * what they are; no record is added. */
SW_CHECKED sw_status sw_link_index_match(sw_link_index *x, const sw_link_values *v, sw_link_candidate *out, size_t cap, size_t *n, sw_error *err);
/* Adds a record. order: breaks ties, the same wherever the record comes (a hash of institution and patient number). */
SW_CHECKED sw_status sw_link_index_add(sw_link_index *x, const sw_link_values *v, uint64_t order, uint32_t *record, sw_error *err);
/* The record that stands for record r's person: the one of the group whose order key is least. */
uint32_t sw_link_index_person(const sw_link_index *x, uint32_t r);
size_t sw_link_index_size(const sw_link_index *x);
size_t sw_link_index_bytes(const sw_link_index *x);
int64_t sw_link_index_stale(const sw_link_index *x);

#endif
