/* Bytes in memory as a feed that hands out at most `step` at a time. */
#ifndef SW_TEST_MEMORY_FEED_H
#define SW_TEST_MEMORY_FEED_H

#include "intake/scan.h"

#include <string.h>

typedef struct memory {
  const char *p;
  size_t n, step; /* step 0: all that is asked for */
} memory;

static inline sw_status read_memory(void *ctx, char *buf, size_t cap, size_t *n, sw_error *err) {
  (void)err;
  memory *m = ctx;
  size_t k = m->n < cap ? m->n : cap;
  if (m->step && k > m->step) k = m->step;
  if (k) memcpy(buf, m->p, k);
  m->p += k;
  m->n -= k;
  *n = k;
  return SW_OK;
}

#endif
