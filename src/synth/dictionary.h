/* What is written once per institution: its dictionaries with the truth about their codes, and the closing totals.
 * Internal to the room. */
#ifndef SW_SYNTH_DICTIONARY_H
#define SW_SYNTH_DICTIONARY_H

#include "synth/emit.h"

void sy_emit_dictionaries(sy_work *k);
/* From the totals of all threads together, [inst][table][day]. */
void sy_emit_totals(sy_work *k, const sy_totals *totals);

#endif
