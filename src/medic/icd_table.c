#include "medic/icd_table.h"

#include "base/hash.h"

#include <stdlib.h>

void sw_icd_table_fini(sw_icd_table *t) {
  free(t->keys);
  free(t->slots);
  *t = (sw_icd_table)SW_ICD_TABLE_INIT;
}

/* Short copies are written out: a call of memcpy with a variable length costs more than the hash. */
static inline sw_icd_key key_of(sw_str s) {
  sw_icd_key k = {{0, 0, 0, 0}};
  size_t i = 0;
  for (; s.len - i >= 8; i += 8) memcpy(&k.w[i / 8], s.ptr + i, 8);
  if (i < s.len) {
    uint64_t tail = 0;
    for (size_t j = s.len; j > i; --j) tail = tail << 8 | (uint8_t)s.ptr[j - 1];
    k.w[i / 8] = tail;
  }
  return k;
}

static inline uint64_t key_hash(const sw_icd_key *k) {
  uint64_t h = k->w[0] * UINT64_C(0x9E3779B97F4A7C15) ^ (k->w[1] + UINT64_C(0x632BE59BD9B4E019)) * UINT64_C(0xC2B2AE3D27D4EB4F);
  if (k->w[2] | k->w[3]) h ^= sw_mix64(k->w[2] + 3 * k->w[3]);
  return sw_mix64(h);
}

static inline bool key_eq(const sw_icd_key *a, const sw_icd_key *b) {
  return ((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) | (a->w[3] ^ b->w[3])) == 0;
}

static uint32_t find_key(const sw_icd_table *t, const sw_icd_key *k, uint64_t h) {
  for (uint32_t i = (uint32_t)h & t->mask;; i = (i + 1) & t->mask) {
    uint64_t s = t->slots[i];
    if (s == 0) return SW_ICD_NONE;
    uint32_t id = (uint32_t)s - 1;
    if (s >> 32 == h >> 32 && key_eq(&t->keys[id], k)) return id;
  }
}

static bool usable(sw_str code) { return code.len > 0 && code.len <= SW_ICD_MAX; }

uint32_t sw_icd_table_find(const sw_icd_table *t, sw_str code) {
  if (!usable(code) || t->n == 0) return SW_ICD_NONE;
  sw_icd_key k = key_of(code);
  return find_key(t, &k, key_hash(&k));
}

static void place(sw_icd_table *t, uint32_t id) {
  uint64_t h = key_hash(&t->keys[id]);
  uint32_t i = (uint32_t)h & t->mask;
  while (t->slots[i]) i = (i + 1) & t->mask;
  t->slots[i] = (h >> 32) << 32 | (uint64_t)(id + 1);
}

static bool grow(sw_icd_table *t) {
  uint32_t cap = t->cap ? t->cap * 2 : 64;
  if (cap > UINT32_C(1) << 28) return false;
  sw_icd_key *keys = realloc(t->keys, (size_t)cap * sizeof *keys);
  if (!keys) return false;
  t->keys = keys;
  uint64_t *slots = calloc((size_t)cap * 2, sizeof *slots);
  if (!slots) return false;
  free(t->slots);
  t->slots = slots;
  t->cap = cap;
  t->mask = cap * 2 - 1;
  for (uint32_t i = 0; i < t->n; ++i) place(t, i);
  return true;
}

bool sw_icd_table_add(sw_icd_table *t, sw_str code, uint32_t *id) {
  *id = SW_ICD_NONE;
  if (!usable(code) || memchr(code.ptr, 0, code.len)) return false;
  sw_icd_key k = key_of(code);
  if (t->n) {
    *id = find_key(t, &k, key_hash(&k));
    if (*id != SW_ICD_NONE) return true;
  }
  if (t->n == t->cap && !grow(t)) return false;
  t->keys[t->n] = k;
  *id = t->n++;
  place(t, *id);
  return true;
}

sw_str sw_icd_table_code(const sw_icd_table *t, uint32_t id) {
  if (id >= t->n) return (sw_str){NULL, 0};
  const char *p = (const char *)t->keys[id].w;
  return (sw_str){p, strnlen(p, SW_ICD_MAX)};
}
