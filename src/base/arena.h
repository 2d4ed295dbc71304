/* Arenas: one per request, step or pack load; everything in it is freed at once.
 *
 * Objects that outlive the arena are allocated on their own and never point into it. An allocation that is refused
 * returns NULL once and marks the arena failed; callers that allocate many small things may check sw_arena_ok() at the
 * end only where every use of the pointers is guarded. Threads: one arena, one thread. */
#ifndef SW_BASE_ARENA_H
#define SW_BASE_ARENA_H

#include "base/str.h"

typedef struct sw_arena_block sw_arena_block;
typedef struct sw_arena {
  sw_arena_block *head;
  size_t used, max; /* bytes handed out; 0 as max means no limit */
  bool failed;
} sw_arena;

#define SW_ARENA_INIT {.head = NULL, .used = 0, .max = 0, .failed = false}

void sw_arena_fini(sw_arena *a);  /* frees all; the arena is empty and usable again */
void *sw_arena_alloc(sw_arena *a, size_t size); /* zeroed, aligned to 16; NULL when refused */
void *sw_arena_array(sw_arena *a, size_t count, size_t size); /* as calloc */
#define SW_ARENA_NEW(a, type) ((type *)sw_arena_alloc((a), sizeof(type)))
#define SW_ARENA_ARRAY(a, type, n) ((type *)sw_arena_array((a), (n), sizeof(type)))
char *sw_arena_dupz(sw_arena *a, sw_str s); /* NUL-terminated copy */
sw_str sw_arena_dup(sw_arena *a, sw_str s);
char *sw_arena_printf(sw_arena *a, const char *fmt, ...) SW_PRINTF(2, 3);
static inline bool sw_arena_ok(const sw_arena *a) { return !a->failed; }
SW_CHECKED sw_status sw_arena_check(const sw_arena *a, sw_error *err);
/* The same where an allocation was refused just now: never SW_OK. */
SW_CHECKED static inline sw_status sw_arena_refused(const sw_arena *a, sw_error *err) { return SW_NEVER_OK(sw_arena_check(a, err)); }

#endif
