/* Distinct texts of one column and a 64-bit word for each: what 64 predicates say about it is worked out once.
 *
 * Medical columns repeat: sexes, departments, diagnosis codes. One look-up a value replaces up to 64 evaluations. A column
 * that hardly repeats (names, ids) switches the cache off by itself. The cache is bounded: when full it starts anew.
 * Threads: one cache, one thread. */
#ifndef SW_QUALITY_TEXT_CACHE_H
#define SW_QUALITY_TEXT_CACHE_H

#include "engine/column.h"

#include "base/arena.h"

typedef struct sw_text_slot {
  uint64_t head;   /* length and first four bytes; all ones: free */
  uint64_t tail;   /* the other eight bytes, or for longer texts their hash */
  const char *ptr; /* own copy of a longer text */
  uint64_t word;
} sw_text_slot;

typedef struct sw_text_cache {
  sw_text_slot *slots;
  size_t used, nslots;
  int64_t lookups, misses; /* since the last look at whether the cache pays */
  bool off;
  sw_arena texts;
} sw_text_cache;

#define SW_TEXT_CACHE_INIT {0}

void sw_text_cache_fini(sw_text_cache *c);
/* The word of a text: true when known. Else false, and *slot is where to put it (NULL: do not keep it). */
bool sw_text_cache_find(sw_text_cache *c, const sw_string *s, uint64_t *word, sw_text_slot **slot);

#endif
