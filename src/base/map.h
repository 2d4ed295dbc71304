/* A hash map from byte strings to 64-bit values (an index, or a pointer cast through uintptr_t).
 *
 * Keys are copied into the map. Iteration is in order of insertion, so output made from a map is deterministic.
 * Threads: concurrent readers are fine once nobody writes. */
#ifndef SW_BASE_MAP_H
#define SW_BASE_MAP_H

#include "base/arena.h"

typedef struct sw_map_entry {
  sw_str key;
  uint64_t hash;
  uint64_t value;
} sw_map_entry;

typedef struct sw_map {
  sw_map_entry *entries; /* in order of insertion; read [0, len) to iterate */
  size_t len, cap;
  uint32_t *slots; /* entry index + 1; 0 is free */
  size_t nslots;
  sw_arena keys;
} sw_map;

#define SW_MAP_INIT {0}

void sw_map_fini(sw_map *m);
/* Sets key to value, replacing an earlier one. False when memory is refused. */
bool sw_map_put(sw_map *m, sw_str key, uint64_t value);
/* The entry's value for writing, made with `initial` when new (*added tells). NULL when memory is refused. */
uint64_t *sw_map_at(sw_map *m, sw_str key, uint64_t initial, bool *added);
bool sw_map_get(const sw_map *m, sw_str key, uint64_t *value);
static inline bool sw_map_has(const sw_map *m, sw_str key) {
  uint64_t v;
  return sw_map_get(m, key, &v);
}
static inline void *sw_map_get_ptr(const sw_map *m, sw_str key) {
  uint64_t v = 0;
  return sw_map_get(m, key, &v) ? (void *)(uintptr_t)v : NULL;
}

#endif
