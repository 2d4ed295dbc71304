/* Deterministic random numbers: the same seed gives the same stream on every machine (integer arithmetic; doubles are
 * made from 53 bits). Streams are split by key, so that person 7's numbers do not depend on how many persons came
 * before: sw_rng_of(seed, key). Not for cryptography. Value type; threads: one stream, one thread. */
#ifndef SW_BASE_RNG_H
#define SW_BASE_RNG_H

#include "base/str.h"

typedef struct sw_rng {
  uint64_t s[4];
} sw_rng;

sw_rng sw_rng_of(uint64_t seed, uint64_t key);
uint64_t sw_rng_u64(sw_rng *r);
uint64_t sw_rng_below(sw_rng *r, uint64_t n); /* 0..n-1 without bias; n > 0 */
int64_t sw_rng_range(sw_rng *r, int64_t lo, int64_t hi); /* lo..hi inclusive */
double sw_rng_unit(sw_rng *r);                /* [0, 1) */
bool sw_rng_chance(sw_rng *r, double p);
double sw_rng_normal(sw_rng *r);              /* mean 0, variance 1 */
double sw_rng_lognormal(sw_rng *r, double median, double sigma);
/* Index drawn with probability proportional to weight; cumulative has n rising sums. */
size_t sw_rng_pick(sw_rng *r, const double *cumulative, size_t n);
uint64_t sw_rng_poisson(sw_rng *r, double mean);

#endif
