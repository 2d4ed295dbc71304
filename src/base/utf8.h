/* UTF-8 on code points: decoding, validation, display width.
 *
 * Decoding never reads past len. Overlong forms, surrogates and values above U+10FFFF are invalid. */
#ifndef SW_BASE_UTF8_H
#define SW_BASE_UTF8_H

#include "base/str.h"

/* Decodes one code point at p (n > 0 bytes left): its length in bytes and *cp; 0 when the bytes are invalid. */
size_t sw_utf8_decode(const char *p, size_t n, uint32_t *cp);
/* Writes 1..4 bytes; 0 when cp is not a scalar value. */
size_t sw_utf8_encode(uint32_t cp, char out[4]);
/* Offset of the first invalid byte, or len when all is valid. */
size_t sw_utf8_valid_prefix(const char *p, size_t len);
static inline bool sw_utf8_valid(sw_str s) { return sw_utf8_valid_prefix(s.ptr, s.len) == s.len; }
/* Number of code points; an invalid byte counts as one. */
size_t sw_utf8_count(sw_str s);
/* Up to cap code points into out (an invalid byte becomes U+FFFD); returns how many there were in all. */
size_t sw_utf8_to_cp(sw_str s, uint32_t *out, size_t cap);
/* Columns on a terminal: East Asian wide characters take 2, combining marks 0. */
size_t sw_utf8_width(sw_str s);
/* The longest prefix of at most `max` bytes that does not split a code point. */
sw_str sw_utf8_clip(sw_str s, size_t max);

#endif
