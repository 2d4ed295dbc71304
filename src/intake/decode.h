/* Decoding to UTF-8: GB18030 and UTF-16.
 *
 * GB18030 goes by tables that are filled once from the C library's converter (so the mapping is the system's, with its
 * private-use decisions): 23,940 two-byte and 39,420 four-byte codes; those beyond U+FFFF are computed. Threads: any. */
#ifndef SW_INTAKE_DECODE_H
#define SW_INTAKE_DECODE_H

#include "intake/encoding.h"

typedef struct sw_gb_table sw_gb_table;
/* The table, built at the first call and kept for the life of the process: a constant of the standard, never freed.
 * SW_E_INTERNAL when the C library lacks GB18030 (a broken installation: glibc's gconv modules are missing). */
SW_CHECKED sw_status sw_gb_table_get(const sw_gb_table **out, sw_error *err);

/* Appends the UTF-8 of p to out. Returns the offset of the first invalid byte (n: all went well). */
size_t sw_gb18030_decode(const sw_gb_table *t, const char *p, size_t n, sw_buf *out);
/* The same for UTF-16; a lone surrogate or an odd last byte is invalid. */
size_t sw_utf16_decode(bool big_endian, const char *p, size_t n, sw_buf *out);
/* Any of them, and UTF-8 (validated and copied). */
size_t sw_decode(sw_encoding e, const sw_gb_table *t, const char *p, size_t n, sw_buf *out);

#endif
