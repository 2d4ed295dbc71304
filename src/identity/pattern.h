/* Counts of agreement patterns: a small hash table from pattern to number of pairs. Iteration is in order of first
 * insertion. Not for untrusted keys. Threads: one table, one thread. */
#ifndef SW_IDENTITY_PATTERN_H
#define SW_IDENTITY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sw_link_pattern_count {
  uint64_t pattern;
  double count;
} sw_link_pattern_count;

typedef struct sw_link_patterns {
  sw_link_pattern_count *items;
  size_t n, cap;
  uint32_t *slots;
  size_t nslots;
  bool failed; /* memory was refused; counts are incomplete */
} sw_link_patterns;

void sw_link_patterns_add(sw_link_patterns *p, uint64_t pattern, double count);
void sw_link_patterns_merge(sw_link_patterns *into, const sw_link_patterns *from);
void sw_link_patterns_fini(sw_link_patterns *p);

#endif
