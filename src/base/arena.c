#include "base/arena.h"

#include <stdarg.h>
#include <stdlib.h>

struct sw_arena_block {
  sw_arena_block *next;
  size_t used, cap;
  _Alignas(16) char data[];
};

enum { BLOCK = 64 * 1024, ALIGN = 16 };

void sw_arena_fini(sw_arena *a) {
  for (sw_arena_block *b = a->head; b;) {
    sw_arena_block *next = b->next;
    free(b);
    b = next;
  }
  a->head = NULL;
  a->used = 0;
  a->failed = false;
}

static sw_arena_block *add_block(sw_arena *a, size_t size) {
  size_t cap = size > BLOCK / 4 ? size : BLOCK, whole;
  if (__builtin_add_overflow(cap, sizeof(sw_arena_block), &whole)) return NULL;
  sw_arena_block *b = calloc(1, whole);
  if (!b) return NULL;
  b->cap = cap;
  /* A block for one big object goes behind the head, so that the head's free room is not lost. */
  if (a->head && cap == size) {
    b->next = a->head->next;
    a->head->next = b;
  } else {
    b->next = a->head;
    a->head = b;
  }
  return b;
}

void *sw_arena_alloc(sw_arena *a, size_t size) {
  size_t want;
  if (__builtin_add_overflow(size, (size_t)ALIGN - 1, &want)) goto refused;
  want &= ~(size_t)(ALIGN - 1);
  if (!want) want = ALIGN;
  if (a->max && (want > a->max || a->used > a->max - want)) goto refused;
  sw_arena_block *b = a->head;
  if (!b || b->cap - b->used < want) b = add_block(a, want);
  if (!b) goto refused;
  void *p = b->data + b->used;
  b->used += want;
  a->used += want;
  return p;
refused:
  a->failed = true;
  return NULL;
}

void *sw_arena_array(sw_arena *a, size_t count, size_t size) {
  size_t n;
  if (__builtin_mul_overflow(count, size, &n)) {
    a->failed = true;
    return NULL;
  }
  return sw_arena_alloc(a, n);
}

char *sw_arena_dupz(sw_arena *a, sw_str s) {
  char *z = sw_arena_alloc(a, s.len + 1);
  if (z && s.len) memcpy(z, s.ptr, s.len);
  return z;
}

sw_str sw_arena_dup(sw_arena *a, sw_str s) {
  char *z = sw_arena_dupz(a, s);
  return (sw_str){z, z ? s.len : 0};
}

char *sw_arena_printf(sw_arena *a, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(NULL, 0, fmt, ap);
  va_end(ap);
  char *z = n < 0 ? NULL : sw_arena_alloc(a, (size_t)n + 1);
  if (!z) {
    a->failed = true;
    return NULL;
  }
  va_start(ap, fmt);
  vsnprintf(z, (size_t)n + 1, fmt, ap);
  va_end(ap);
  return z;
}

sw_status sw_arena_check(const sw_arena *a, sw_error *err) {
  if (!a->failed) return SW_OK;
  return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足（已用 %zu 字节）", "out of memory (%zu bytes in use)", a->used);
}
