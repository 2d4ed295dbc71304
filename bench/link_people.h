/* Synthetic registrations with known truth, for bench_link. Names, numbers and addresses are made up; who is who is told
 * by truth[]. The dirt follows what practitioners report: 5 % without id, 0.3 % mistyped, shared phones, homophones. */
#ifndef BENCH_LINK_PEOPLE_H
#define BENCH_LINK_PEOPLE_H

#include "base/rng.h"

enum { PEOPLE_FIELDS = 7, PEOPLE_CELL = 64 }; /* name, sex, birth, citizen id, phone, address, card */

typedef struct people_chunk {
  size_t n, cap;
  char (*text)[PEOPLE_FIELDS][PEOPLE_CELL];
  sw_str *column[PEOPLE_FIELDS];
  uint32_t *truth;
} people_chunk;

bool people_chunk_init(people_chunk *c, size_t cap);
void people_chunk_fini(people_chunk *c);
/* Registrations first .. first + n - 1 of a region of `persons` persons; deterministic in the registration's number. */
void people_fill(people_chunk *c, uint64_t seed, uint64_t first, size_t n, uint64_t persons);

#endif
