/* From tables of text to a store. Two inputs become sources 0 and 1, record numbers running on. */
#ifndef SW_IDENTITY_LOAD_H
#define SW_IDENTITY_LOAD_H

#include "identity/csv.h"
#include "identity/store.h"

/* CONFIG names a column that an input lacks. */
SW_CHECKED sw_status sw_link_load(const sw_link_csv *inputs, size_t ninputs, const sw_link_spec *spec, size_t threads,
                                  sw_link_store *out, const sw_cancel *cancel, sw_error *err);

#endif
