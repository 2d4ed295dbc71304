#include "base/hash.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct sw_digest {
  EVP_MD_CTX *ctx;
  const EVP_MD *md;
};

sw_digest *sw_digest_new(sw_digest_kind kind) {
  sw_digest *d = calloc(1, sizeof *d);
  if (!d) return NULL;
  d->md = kind == SW_DIGEST_SM3 ? EVP_sm3() : EVP_sha256();
  d->ctx = EVP_MD_CTX_new();
  if (!d->ctx || !d->md || EVP_DigestInit_ex(d->ctx, d->md, NULL) != 1) {
    sw_digest_free(d);
    return NULL;
  }
  return d;
}

void sw_digest_free(sw_digest *d) {
  if (!d) return;
  EVP_MD_CTX_free(d->ctx);
  free(d);
}

/* Updating an initialised digest context of these two algorithms cannot fail: a failure is a broken invariant. */
static void must(int ok) {
  if (ok != 1) abort();
}

void sw_digest_update(sw_digest *d, const void *p, size_t n) { must(EVP_DigestUpdate(d->ctx, p, n)); }
void sw_digest_final(sw_digest *d, uint8_t out[SW_SHA256_LEN]) { must(EVP_DigestFinal_ex(d->ctx, out, NULL)); }
void sw_digest_reset(sw_digest *d) { must(EVP_DigestInit_ex(d->ctx, d->md, NULL)); }

void sw_hex(const uint8_t *p, size_t n, char *out) {
  static const char HEX[] = "0123456789abcdef";
  for (size_t i = 0; i < n; i++) {
    out[2 * i] = HEX[p[i] >> 4];
    out[2 * i + 1] = HEX[p[i] & 15];
  }
  out[2 * n] = '\0';
}

sw_status sw_digest_hex(sw_digest_kind kind, const void *p, size_t n, char out[SW_SHA256_HEX], sw_error *err) {
  sw_digest *d = sw_digest_new(kind);
  if (!d) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0003", "无法建立摘要算法", "cannot set up a digest");
  uint8_t raw[SW_SHA256_LEN];
  sw_digest_update(d, p, n);
  sw_digest_final(d, raw);
  sw_digest_free(d);
  sw_hex(raw, sizeof raw, out);
  return SW_OK;
}

static uint64_t read64(const unsigned char *p) {
  uint64_t v;
  memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  v = __builtin_bswap64(v);
#endif
  return v;
}

static uint64_t read_tail(const unsigned char *p, size_t n) {
  uint64_t v = 0;
  for (size_t i = 0; i < n; i++) v |= (uint64_t)p[i] << (8 * i);
  return v;
}

/* A 64×64→128 multiply folds both halves: few instructions, full avalanche. */
static uint64_t fold(uint64_t a, uint64_t b) {
  __extension__ typedef unsigned __int128 u128;
  u128 r = (u128)a * b;
  return (uint64_t)r ^ (uint64_t)(r >> 64);
}

uint64_t sw_hash64(const void *ptr, size_t n, uint64_t seed) {
  const unsigned char *p = ptr;
  uint64_t h = seed ^ 0x9E3779B97F4A7C15u ^ fold(n + 0xA0761D6478BD642Fu, 0xE7037ED1A0B428DBu);
  for (; n >= 16; n -= 16, p += 16) h = fold(read64(p) ^ 0x8EBC6AF09C88C6E3u, read64(p + 8) ^ h);
  uint64_t a = n > 8 ? read64(p) : read_tail(p, n);
  uint64_t b = n > 8 ? read_tail(p + 8, n - 8) : 0;
  return sw_mix64(fold(a ^ 0x589965CC75374CC3u, b ^ h) ^ h);
}
