#include "base/vec.h"

#include <stdlib.h>

bool sw_vec_grow(void **items, size_t *cap, size_t want, size_t elem) {
  size_t n = *cap ? *cap * 2 : 8, bytes;
  if (n < want) n = want;
  if (__builtin_mul_overflow(n, elem, &bytes)) return false;
  void *p = realloc(*items, bytes);
  if (!p) return false;
  *items = p;
  *cap = n;
  return true;
}

void sw_vec_release(void **items) {
  free(*items);
  *items = NULL;
}
