/* The figures of a run beside their targets. Internal to the room. */
#ifndef SW_SYNTH_FIGURES_H
#define SW_SYNTH_FIGURES_H

#include "synth/emit.h"

void sy_sums_add(sy_sums *to, const sy_sums *from);
void sy_figures(const sy_world *w, const sy_sums *s, sw_synth_result *out);

#endif
