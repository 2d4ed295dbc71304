/* The positions of structural bytes (delimiter, quote, line ends) in a block of text: the inner loop of the scanner.
 *
 * Three kernels give the same answer: AVX2 (chosen at run time), NEON, and a portable one on 64-bit words. Pure functions. */
#ifndef SW_INTAKE_SCAN_INDEX_H
#define SW_INTAKE_SCAN_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  SW_SCAN_BLOCK = 64,     /* bytes that share one flag byte */
  SW_SCAN_HIGH = 1,       /* block holds a byte above 0x7F */
  SW_SCAN_NUL = 2         /* block holds a NUL */
};

typedef struct sw_scan_bytes {
  char a, b, c, d; /* structural bytes; repeat one where there are fewer */
} sw_scan_bytes;

/* Appends base + i for every structural byte p[i], i < n, to out (room for n), and a flag byte for each 64-byte block to
 * flags (room for (n + 63) / 64). Returns how many positions it wrote. Reads no byte past p + n. */
typedef size_t (*sw_scan_index_fn)(const char *p, size_t n, sw_scan_bytes s, uint32_t base, uint32_t *out, uint8_t *flags);

/* The best kernel for this processor. */
sw_scan_index_fn sw_scan_index_best(void);
/* The portable kernel, for machines without vectors and for the test that compares the two. */
size_t sw_scan_index_portable(const char *p, size_t n, sw_scan_bytes s, uint32_t base, uint32_t *out, uint8_t *flags);

#endif
