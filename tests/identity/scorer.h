/* Scores a partition against labels. The labels are read here and nowhere else: no engine sees them. */
#ifndef TESTS_IDENTITY_SCORER_H
#define TESTS_IDENTITY_SCORER_H

#include "base/str.h"

typedef struct pair_score {
  double precision, recall, f1;
  double truth, found, hit; /* pairs */
} pair_score;

/* labels[i] is record i's true person, person[i] the engine's; counts pairs. cross: only pairs with side[i] different. */
pair_score score_partition(const sw_str *labels, const uint32_t *person, size_t n, const uint8_t *side);

#endif
