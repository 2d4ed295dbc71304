#include "intake/scan_index.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Turns the set bits of a block's mask into positions. */
static inline size_t emit(uint64_t mask, uint32_t base, uint32_t *out) {
  size_t n = (size_t)__builtin_popcountll(mask);
  for (size_t k = 0; k < n; k++) {
    out[k] = base + (uint32_t)__builtin_ctzll(mask);
    mask &= mask - 1;
  }
  return n;
}

static size_t tail(const char *p, size_t n, sw_scan_bytes s, uint32_t base, uint32_t *out, uint8_t *flags) {
  size_t k = 0;
  uint8_t f = 0;
  for (size_t i = 0; i < n; i++) {
    if (p[i] == s.a || p[i] == s.b || p[i] == s.c || p[i] == s.d) out[k++] = base + (uint32_t)i;
    if (p[i] & 0x80) f |= SW_SCAN_HIGH;
    if (!p[i]) f |= SW_SCAN_NUL;
  }
  if (n) *flags = f;
  return k;
}

static const uint64_t ONES = UINT64_C(0x0101010101010101), HIGHS = UINT64_C(0x8080808080808080);

/* High bit of each byte that equals the repeated pattern: exact for every byte (no borrow crosses bytes). */
static inline uint64_t equal_bytes(uint64_t w, uint64_t pattern) {
  uint64_t x = w ^ pattern;
  return ~(((x & ~HIGHS) + ~HIGHS) | x) & HIGHS;
}

/* Gathers the eight high bits into the low byte. */
static inline uint64_t gather(uint64_t highs) { return ((highs >> 7) * UINT64_C(0x0102040810204080)) >> 56; }

size_t sw_scan_index_portable(const char *p, size_t n, sw_scan_bytes s, uint32_t base, uint32_t *out, uint8_t *flags) {
  const uint64_t a = ONES * (unsigned char)s.a, b = ONES * (unsigned char)s.b;
  const uint64_t c = ONES * (unsigned char)s.c, d = ONES * (unsigned char)s.d;
  size_t k = 0, i = 0;
  for (; i + SW_SCAN_BLOCK <= n; i += SW_SCAN_BLOCK) {
    uint64_t mask = 0, high = 0, nul = 0;
    for (unsigned j = 0; j < 8; j++) {
      uint64_t w;
      memcpy(&w, p + i + 8 * j, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
      w = __builtin_bswap64(w);
#endif
      mask |= gather(equal_bytes(w, a) | equal_bytes(w, b) | equal_bytes(w, c) | equal_bytes(w, d)) << (8 * j);
      high |= w & HIGHS;
      nul |= equal_bytes(w, 0);
    }
    *flags++ = (uint8_t)((high ? SW_SCAN_HIGH : 0) | (nul ? SW_SCAN_NUL : 0));
    k += emit(mask, base + (uint32_t)i, out + k);
  }
  return k + tail(p + i, n - i, s, base + (uint32_t)i, out + k, flags);
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,popcnt"))) static size_t index_avx2(const char *p, size_t n, sw_scan_bytes s, uint32_t base,
                                                                   uint32_t *out, uint8_t *flags) {
  const __m256i a = _mm256_set1_epi8(s.a), b = _mm256_set1_epi8(s.b), c = _mm256_set1_epi8(s.c), d = _mm256_set1_epi8(s.d);
  const __m256i zero = _mm256_setzero_si256();
  size_t k = 0, i = 0;
  for (; i + SW_SCAN_BLOCK <= n; i += SW_SCAN_BLOCK) {
    __m256i x = _mm256_loadu_si256((const void *)(p + i)), y = _mm256_loadu_si256((const void *)(p + i + 32));
    __m256i ex = _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(x, a), _mm256_cmpeq_epi8(x, b)),
                                 _mm256_or_si256(_mm256_cmpeq_epi8(x, c), _mm256_cmpeq_epi8(x, d)));
    __m256i ey = _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(y, a), _mm256_cmpeq_epi8(y, b)),
                                 _mm256_or_si256(_mm256_cmpeq_epi8(y, c), _mm256_cmpeq_epi8(y, d)));
    uint64_t mask = (uint32_t)_mm256_movemask_epi8(ex) | (uint64_t)(uint32_t)_mm256_movemask_epi8(ey) << 32;
    int high = _mm256_movemask_epi8(_mm256_or_si256(x, y));
    int nul = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(x, y), zero));
    *flags++ = (uint8_t)((high ? SW_SCAN_HIGH : 0) | (nul ? SW_SCAN_NUL : 0));
    k += emit(mask, base + (uint32_t)i, out + k);
  }
  return k + tail(p + i, n - i, s, base + (uint32_t)i, out + k, flags);
}
#elif defined(__aarch64__)
static inline uint64_t neon_mask(uint8x16_t e0, uint8x16_t e1, uint8x16_t e2, uint8x16_t e3) {
  static const uint8_t BITS[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t bits = vld1q_u8(BITS);
  uint8x16_t s0 = vpaddq_u8(vandq_u8(e0, bits), vandq_u8(e1, bits));
  uint8x16_t s1 = vpaddq_u8(vandq_u8(e2, bits), vandq_u8(e3, bits));
  s0 = vpaddq_u8(s0, s1);
  s0 = vpaddq_u8(s0, s0);
  return vgetq_lane_u64(vreinterpretq_u64_u8(s0), 0);
}

static inline uint8x16_t neon_equal(uint8x16_t v, sw_scan_bytes s) {
  return vorrq_u8(vorrq_u8(vceqq_u8(v, vdupq_n_u8((uint8_t)s.a)), vceqq_u8(v, vdupq_n_u8((uint8_t)s.b))),
                  vorrq_u8(vceqq_u8(v, vdupq_n_u8((uint8_t)s.c)), vceqq_u8(v, vdupq_n_u8((uint8_t)s.d))));
}

static size_t index_neon(const char *p, size_t n, sw_scan_bytes s, uint32_t base, uint32_t *out, uint8_t *flags) {
  size_t k = 0, i = 0;
  for (; i + SW_SCAN_BLOCK <= n; i += SW_SCAN_BLOCK) {
    const uint8_t *q = (const uint8_t *)p + i;
    uint8x16_t v0 = vld1q_u8(q), v1 = vld1q_u8(q + 16), v2 = vld1q_u8(q + 32), v3 = vld1q_u8(q + 48);
    uint64_t mask = neon_mask(neon_equal(v0, s), neon_equal(v1, s), neon_equal(v2, s), neon_equal(v3, s));
    uint8_t most = vmaxvq_u8(vmaxq_u8(vmaxq_u8(v0, v1), vmaxq_u8(v2, v3)));
    uint8_t least = vminvq_u8(vminq_u8(vminq_u8(v0, v1), vminq_u8(v2, v3)));
    *flags++ = (uint8_t)((most & 0x80 ? SW_SCAN_HIGH : 0) | (least == 0 ? SW_SCAN_NUL : 0));
    k += emit(mask, base + (uint32_t)i, out + k);
  }
  return k + tail(p + i, n - i, s, base + (uint32_t)i, out + k, flags);
}
#endif

sw_scan_index_fn sw_scan_index_best(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt")) return index_avx2;
#elif defined(__aarch64__)
  return index_neon;
#endif
  return sw_scan_index_portable;
}
