/* Why two records are, or are not, one person: every field's values, level, weight and running total, in words. The
 * stored parts are whole numbers of 1/256 bit and add up to the score exactly. */
#ifndef SW_IDENTITY_EXPLAIN_H
#define SW_IDENTITY_EXPLAIN_H

#include "identity/cluster.h"

typedef struct sw_link_explain_row {
  const char *field;     /* the spec's, or "" for the prior */
  const char *a, *b;     /* values, UTF-8 */
  const char *words[2];  /* level in words, by sw_lang */
  unsigned level;        /* SW_LINK_ABSENT where it does not count */
  int32_t weight, total; /* 1/256 bit */
} sw_link_explain_row;

typedef struct sw_link_explanation {
  sw_link_explain_row rows[SW_LINK_PLACES + 1]; /* the prior first */
  size_t n;
  sw_link_score score;
  double probability;
  sw_link_outcome outcome; /* of the pair taken alone */
  const char *verdict[2];
} sw_link_explanation;

SW_CHECKED sw_status sw_link_explain(const sw_link_model *m, const sw_link_spec *spec, const sw_link_store *s, uint32_t a, uint32_t b,
                                     sw_arena *arena, sw_link_explanation *out, sw_error *err);

#endif
