/* Conformance: which share of the delivered values of an element conforms to the standard, by institution.
 *
 *   delivered  = values in the standard table + values that could not be read (meta.nonconforming) + unmapped codes (meta.unmapped)
 *   conforming = values in the table that break none of the column's default rules (REQUIRED aside: it is about completeness)
 *
 * One scan a table. Columns without an element or value set are left out. Threads: that of the connection. */
#ifndef SW_STANDARD_CONFORMANCE_H
#define SW_STANDARD_CONFORMANCE_H

#include "engine/engine.h"
#include "pack/pack.h"

typedef struct sw_conformance {
  sw_str table, column, element, org; /* valid during the call */
  int64_t rows, delivered, conforming;
  double rate; /* conforming / delivered; 1 when nothing was delivered */
} sw_conformance;

typedef sw_status (*sw_conformance_fn)(void *ctx, const sw_conformance *c, sw_error *err);

/* `table` NULL: all standard tables that the warehouse has. NOTFOUND when the named one is not declared or not there. */
SW_CHECKED sw_status sw_standard_conformance(sw_conn *c, const sw_pack_set *set, const char *table, const sw_cancel *cancel, sw_conformance_fn fn,
                                             void *ctx, sw_error *err);

#endif
