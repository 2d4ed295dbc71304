#include "base/rng.h"

#include "base/hash.h"

#include <math.h>

static uint64_t rotl(uint64_t x, int k) { return x << k | x >> (64 - k); }

sw_rng sw_rng_of(uint64_t seed, uint64_t key) {
  sw_rng r;
  uint64_t x = sw_mix64(seed + 0x9E3779B97F4A7C15u) ^ sw_mix64(key ^ 0xD1B54A32D192ED03u);
  for (int i = 0; i < 4; i++) r.s[i] = sw_mix64(x += 0x9E3779B97F4A7C15u);
  return r;
}

/* xoshiro256** of Blackman and Vigna (2018), public domain algorithm. */
uint64_t sw_rng_u64(sw_rng *r) {
  uint64_t *s = r->s, out = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotl(s[3], 45);
  return out;
}

uint64_t sw_rng_below(sw_rng *r, uint64_t n) {
  uint64_t limit = UINT64_MAX - UINT64_MAX % n, x;
  do x = sw_rng_u64(r);
  while (x >= limit);
  return x % n;
}

int64_t sw_rng_range(sw_rng *r, int64_t lo, int64_t hi) {
  return lo + (int64_t)sw_rng_below(r, (uint64_t)(hi - lo) + 1);
}

double sw_rng_unit(sw_rng *r) { return (double)(sw_rng_u64(r) >> 11) * 0x1p-53; }
bool sw_rng_chance(sw_rng *r, double p) { return sw_rng_unit(r) < p; }

double sw_rng_normal(sw_rng *r) {
  double u = 1.0 - sw_rng_unit(r), v = sw_rng_unit(r);
  return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

double sw_rng_lognormal(sw_rng *r, double median, double sigma) { return median * exp(sigma * sw_rng_normal(r)); }

size_t sw_rng_pick(sw_rng *r, const double *cum, size_t n) {
  double x = sw_rng_unit(r) * cum[n - 1];
  size_t lo = 0, hi = n - 1;
  while (lo < hi) {
    size_t mid = (lo + hi) / 2;
    if (x < cum[mid]) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}

uint64_t sw_rng_poisson(sw_rng *r, double mean) {
  if (mean > 30) { /* normal approximation: good to a percent here, and bounded in time */
    double x = mean + sqrt(mean) * sw_rng_normal(r);
    return x < 0.5 ? 0 : (uint64_t)(x + 0.5);
  }
  double limit = exp(-mean), p = 1.0;
  uint64_t k = 0;
  while ((p *= sw_rng_unit(r)) > limit) k++;
  return k;
}
