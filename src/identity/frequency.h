/* Value frequencies of a store: what exact agreements are worth. */
#ifndef SW_IDENTITY_FREQUENCY_H
#define SW_IDENTITY_FREQUENCY_H

#include "identity/model.h"

/* Fills present, collision, exact (with plain counts, capped) and tally of the model. */
SW_CHECKED sw_status sw_link_count_values(sw_link_model *m, const sw_link_store *s, sw_error *err);

#endif
