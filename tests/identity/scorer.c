#include "identity/scorer.h"

#include "base/map.h"

#include <stdio.h>

static double pairs_of(const sw_map *m, const sw_map *left) {
  double sum = 0;
  for (size_t i = 0; i < m->len; i++) {
    double c = (double)m->entries[i].value;
    uint64_t l = 0;
    if (left) {
      sw_map_get(left, m->entries[i].key, &l);
      sum += (double)l * (c - (double)l);
    } else {
      sum += c * (c - 1) / 2;
    }
  }
  return sum;
}

static double count_pairs(const sw_str *labels, const uint32_t *person, size_t n, const uint8_t *side) {
  sw_map all = SW_MAP_INIT, left = SW_MAP_INIT;
  for (size_t i = 0; i < n; i++) {
    char key[512];
    sw_str label = labels ? labels[i] : SW_LIT("");
    int k = snprintf(key, sizeof key, "%.*s|%lu", SW_STR_ARG(label), person ? (unsigned long)person[i] : 0ul);
    sw_str s = {key, (size_t)k};
    bool added;
    ++*sw_map_at(&all, s, 0, &added);
    if (side && side[i] == 0) ++*sw_map_at(&left, s, 0, &added);
  }
  double r = pairs_of(&all, side ? &left : NULL);
  sw_map_fini(&all);
  sw_map_fini(&left);
  return r;
}

pair_score score_partition(const sw_str *labels, const uint32_t *person, size_t n, const uint8_t *side) {
  pair_score s = {.truth = count_pairs(labels, NULL, n, side), .found = count_pairs(NULL, person, n, side), .hit = count_pairs(labels, person, n, side)};
  s.precision = s.found > 0 ? s.hit / s.found : 1;
  s.recall = s.truth > 0 ? s.hit / s.truth : 1;
  s.f1 = s.truth + s.found > 0 ? 2 * s.hit / (s.truth + s.found) : 1;
  return s;
}
