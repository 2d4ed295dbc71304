/* Growing typed arrays: `SW_VEC(int64_t) v = {0}; SW_VEC_PUSH(&v, 7); ... SW_VEC_FREE(&v);`
 *
 * PUSH evaluates to false when memory is refused (the vector is unchanged). Elements move when the vector grows: keep
 * indices, not pointers, across pushes. */
#ifndef SW_BASE_VEC_H
#define SW_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

#define SW_VEC(type) \
  struct {           \
    type *items;     \
    size_t len, cap; \
  }

bool sw_vec_grow(void **items, size_t *cap, size_t want, size_t elem);

#define SW_VEC_RESERVE(v, n) \
  ((n) <= (v)->cap || sw_vec_grow((void **)&(v)->items, &(v)->cap, (n), sizeof *(v)->items))
#define SW_VEC_PUSH(v, x) (SW_VEC_RESERVE(v, (v)->len + 1) ? ((v)->items[(v)->len++] = (x), true) : false)
#define SW_VEC_FREE(v) (sw_vec_release((void **)&(v)->items), (v)->len = (v)->cap = 0)
void sw_vec_release(void **items);

#endif
