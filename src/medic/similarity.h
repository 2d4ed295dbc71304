/* String similarity on code points, never on bytes: with bytes, 张伟 is nearer to 张三 than to 章伟.
 *
 * The _cp forms take decoded text; the others decode UTF-8 themselves (an invalid byte is U+FFFD). Text longer than
 * SW_SIM_MAX code points is compared by its first SW_SIM_MAX, so that cost is bounded. No allocation; threads: any. */
#ifndef SW_MEDIC_SIMILARITY_H
#define SW_MEDIC_SIMILARITY_H

#include "base/str.h"

enum { SW_SIM_MAX = 256 };

/* Damerau–Levenshtein distance in its restricted form (optimal string alignment: insertion, deletion, substitution,
 * swap of neighbours; no piece edited twice). Distances above `max` are reported as max + 1, which makes it quick when
 * only small ones matter; pass SIZE_MAX for the exact figure. */
size_t sw_sim_osa(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t max);
size_t sw_sim_edit_distance(sw_str a, sw_str b);
/* 1 − distance / longer length; 1 for two empty strings. */
double sw_sim_edit(sw_str a, sw_str b);

/* Jaro, and Jaro–Winkler with the usual prefix scale 0.1 over at most 4 code points (Winkler 1990). 1 when both are
 * empty, 0 when one is. */
double sw_sim_jaro_cp(const uint32_t *a, size_t na, const uint32_t *b, size_t nb);
double sw_sim_jaro_winkler_cp(const uint32_t *a, size_t na, const uint32_t *b, size_t nb);
double sw_sim_jaro_winkler(sw_str a, sw_str b);

/* Dice coefficient over the multiset of q-grams, padded with q − 1 blanks at both ends; q is 1..4. */
double sw_sim_qgram(sw_str a, sw_str b, int q);
/* Jaccard coefficient over the sets of words (separated by blanks and ASCII punctuation), ASCII case folded. */
double sw_sim_tokens(sw_str a, sw_str b);

#endif
