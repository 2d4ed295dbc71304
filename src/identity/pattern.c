#include "identity/pattern.h"

#include "base/hash.h"

#include <stdlib.h>

static bool rehash(sw_link_patterns *p) {
  size_t n = p->nslots ? p->nslots * 2 : 256;
  uint32_t *slots = calloc(n, sizeof *slots);
  if (!slots) return false;
  for (size_t k = 0; k < p->n; k++) {
    size_t i = sw_mix64(p->items[k].pattern) & (n - 1);
    while (slots[i]) i = (i + 1) & (n - 1);
    slots[i] = (uint32_t)k + 1;
  }
  free(p->slots);
  p->slots = slots;
  p->nslots = n;
  return true;
}

void sw_link_patterns_add(sw_link_patterns *p, uint64_t pattern, double count) {
  if ((p->n + 1) * 2 > p->nslots && !rehash(p)) {
    p->failed = true;
    return;
  }
  size_t i = sw_mix64(pattern) & (p->nslots - 1);
  for (; p->slots[i]; i = (i + 1) & (p->nslots - 1))
    if (p->items[p->slots[i] - 1].pattern == pattern) {
      p->items[p->slots[i] - 1].count += count;
      return;
    }
  if (p->n == p->cap) {
    size_t cap = p->cap ? p->cap * 2 : 128;
    sw_link_pattern_count *items = realloc(p->items, cap * sizeof *items);
    if (!items) {
      p->failed = true;
      return;
    }
    p->items = items;
    p->cap = cap;
  }
  p->items[p->n] = (sw_link_pattern_count){pattern, count};
  p->slots[i] = (uint32_t)++p->n;
}

void sw_link_patterns_merge(sw_link_patterns *into, const sw_link_patterns *from) {
  for (size_t i = 0; i < from->n; i++) sw_link_patterns_add(into, from->items[i].pattern, from->items[i].count);
  into->failed |= from->failed;
}

void sw_link_patterns_fini(sw_link_patterns *p) {
  free(p->items);
  free(p->slots);
  *p = (sw_link_patterns){0};
}
