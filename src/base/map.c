#include "base/map.h"

#include "base/hash.h"

#include <stdlib.h>

void sw_map_fini(sw_map *m) {
  free(m->entries);
  free(m->slots);
  sw_arena_fini(&m->keys);
  *m = (sw_map)SW_MAP_INIT;
}

static size_t probe(const sw_map *m, sw_str key, uint64_t hash) {
  size_t mask = m->nslots - 1, i = (size_t)hash & mask;
  while (m->slots[i]) {
    const sw_map_entry *e = &m->entries[m->slots[i] - 1];
    if (e->hash == hash && sw_str_eq(e->key, key)) break;
    i = (i + 1) & mask;
  }
  return i;
}

static bool rehash(sw_map *m, size_t nslots) {
  uint32_t *slots = calloc(nslots, sizeof *slots);
  if (!slots) return false;
  for (size_t e = 0; e < m->len; e++) {
    size_t i = (size_t)m->entries[e].hash & (nslots - 1);
    while (slots[i]) i = (i + 1) & (nslots - 1);
    slots[i] = (uint32_t)e + 1;
  }
  free(m->slots);
  m->slots = slots;
  m->nslots = nslots;
  return true;
}

static bool grow(sw_map *m) {
  if (m->len == m->cap) {
    size_t cap = m->cap ? m->cap * 2 : 16;
    if (cap >= UINT32_MAX) return false;
    sw_map_entry *p = realloc(m->entries, cap * sizeof *p);
    if (!p) return false;
    m->entries = p;
    m->cap = cap;
  }
  if ((m->len + 1) * 4 > m->nslots * 3) return rehash(m, m->nslots ? m->nslots * 2 : 32);
  return true;
}

uint64_t *sw_map_at(sw_map *m, sw_str key, uint64_t initial, bool *added) {
  if (added) *added = false;
  uint64_t hash = sw_hash64(key.ptr, key.len, 0);
  if (m->nslots) {
    size_t i = probe(m, key, hash);
    if (m->slots[i]) return &m->entries[m->slots[i] - 1].value;
  }
  if (!grow(m)) return NULL;
  sw_str copy = sw_arena_dup(&m->keys, key);
  if (!copy.ptr) return NULL;
  size_t i = probe(m, key, hash);
  m->entries[m->len] = (sw_map_entry){copy, hash, initial};
  m->slots[i] = (uint32_t)++m->len;
  if (added) *added = true;
  return &m->entries[m->len - 1].value;
}

bool sw_map_put(sw_map *m, sw_str key, uint64_t value) {
  uint64_t *v = sw_map_at(m, key, value, NULL);
  if (v) *v = value;
  return v != NULL;
}

bool sw_map_get(const sw_map *m, sw_str key, uint64_t *value) {
  if (!m->nslots) return false;
  size_t i = probe(m, key, sw_hash64(key.ptr, key.len, 0));
  if (!m->slots[i]) return false;
  *value = m->entries[m->slots[i] - 1].value;
  return true;
}
