/* Hashes: SHA-256 for content, SM3 (GB/T 32905-2016) for the audit chain, and a fast 64-bit hash for tables.
 *
 * The one wrapper of OpenSSL's digests. sw_hash64 is stable across runs and machines (little-endian reads), so it may
 * be used for deterministic sampling and ordered hashes, but it is not cryptographic. */
#ifndef SW_BASE_HASH_H
#define SW_BASE_HASH_H

#include "base/str.h"

enum { SW_SHA256_LEN = 32, SW_SHA256_HEX = 65 };

typedef enum sw_digest_kind { SW_DIGEST_SHA256, SW_DIGEST_SM3 } sw_digest_kind;
typedef struct sw_digest sw_digest;

/* NULL only when memory is refused or the digest is unknown to OpenSSL. */
sw_digest *sw_digest_new(sw_digest_kind kind);
void sw_digest_free(sw_digest *d);
void sw_digest_update(sw_digest *d, const void *p, size_t n);
/* 32 bytes for both kinds; the digest may then be reset and used again. */
void sw_digest_final(sw_digest *d, uint8_t out[SW_SHA256_LEN]);
void sw_digest_reset(sw_digest *d);
void sw_hex(const uint8_t *p, size_t n, char *out); /* 2n characters and a NUL, lower case */
/* One-shot, as lower-case hex. */
SW_CHECKED sw_status sw_digest_hex(sw_digest_kind kind, const void *p, size_t n, char out[SW_SHA256_HEX], sw_error *err);

uint64_t sw_hash64(const void *p, size_t n, uint64_t seed);
/* Mixes one integer (a finaliser: every output bit depends on every input bit). */
static inline uint64_t sw_mix64(uint64_t x) {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9u;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

#endif
