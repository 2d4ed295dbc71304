/* Views and growing buffers.
 *
 * sw_str is a borrowed view, never assumed NUL-terminated; ptr may be NULL only when len is 0.
 * sw_buf owns bytes, grows to a stated maximum, and fails sticky: after a failure every append is ignored and
 * sw_buf_ok() is false, so a writer checks once at the end. A buffer that has not failed is always NUL-terminated
 * one past its length (ptr is never NULL).
 *
 * Threads: none of it is shared; views of immutable bytes may be read from anywhere. */
#ifndef SW_BASE_STR_H
#define SW_BASE_STR_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Single owners released at scope end: SW_AUTO(sw_buf) b = SW_BUF_INIT; */
#define SW_AUTO(type) __attribute__((cleanup(type##_fini))) type

typedef struct sw_str {
  const char *ptr;
  size_t len;
} sw_str;

#define SW_LIT(s) ((sw_str){(s), sizeof(s) - 1})
#define SW_STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : "" /* for "%.*s" */

static inline sw_str sw_str_of(const char *z) { return (sw_str){z, z ? strlen(z) : 0}; }
static inline bool sw_str_eq(sw_str a, sw_str b) { return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0); }
static inline bool sw_str_eqz(sw_str a, const char *z) { return sw_str_eq(a, sw_str_of(z)); }
static inline sw_str sw_str_sub(sw_str s, size_t from, size_t len) {
  if (from > s.len) from = s.len;
  if (len > s.len - from) len = s.len - from;
  return (sw_str){s.len ? s.ptr + from : s.ptr, len};
}
bool sw_str_starts(sw_str s, sw_str prefix);
bool sw_str_ends(sw_str s, sw_str suffix);
bool sw_str_ieq(sw_str a, sw_str b); /* ASCII case folded */
int sw_str_cmp(sw_str a, sw_str b);  /* byte order, as memcmp with shorter first */
sw_str sw_str_trim(sw_str s);        /* ASCII white space and U+3000 at both ends */
ptrdiff_t sw_str_find(sw_str s, sw_str needle); /* byte offset or -1 */

/* Whole-string conversions: false when s is not entirely one such number, or it does not fit. No locale. */
bool sw_str_to_i64(sw_str s, int64_t *out);
bool sw_str_to_u64(sw_str s, uint64_t *out);
bool sw_str_to_f64(sw_str s, double *out);
/* Decimal text to an integer scaled by 10^scale ("12.3", 2 → 1230). Extra fraction digits must be zeros. */
bool sw_str_to_decimal(sw_str s, int scale, int64_t *out);

/* NUL-terminated heap copy; NULL when memory is refused. Free with free(). */
char *sw_str_dupz(sw_str s);

typedef struct sw_buf {
  char *ptr;
  size_t len, cap, max;
  bool failed;
} sw_buf;

enum { SW_BUF_DEFAULT_MAX = 1 << 30 };
extern char sw_buf_empty[1];
#define SW_BUF_INIT {.ptr = sw_buf_empty, .len = 0, .cap = 0, .max = SW_BUF_DEFAULT_MAX, .failed = false}

void sw_buf_init(sw_buf *b, size_t max);
void sw_buf_fini(sw_buf *b); /* also after failure; leaves a fresh empty buffer of the same maximum */
static inline bool sw_buf_ok(const sw_buf *b) { return !b->failed; }
static inline void sw_buf_clear(sw_buf *b) {
  b->len = 0;
  b->failed = false;
  if (b->cap) b->ptr[0] = '\0';
}
static inline sw_str sw_buf_str(const sw_buf *b) { return (sw_str){b->ptr, b->len}; }
bool sw_buf_reserve(sw_buf *b, size_t extra); /* room for extra more bytes (and the NUL) */
void sw_buf_put(sw_buf *b, const void *p, size_t n);
void sw_buf_putc(sw_buf *b, char c);
void sw_buf_puts(sw_buf *b, const char *z);
void sw_buf_str_put(sw_buf *b, sw_str s);
void sw_buf_printf(sw_buf *b, const char *fmt, ...) SW_PRINTF(2, 3);
void sw_buf_truncate(sw_buf *b, size_t len);
/* Hands the bytes over as a NUL-terminated heap string (free()); the buffer is fresh again. NULL after failure. */
char *sw_buf_take(sw_buf *b);
/* SW_E_NOMEM or SW_E_LIMIT when the buffer failed, else SW_OK. */
SW_CHECKED sw_status sw_buf_check(const sw_buf *b, sw_error *err);

#endif
