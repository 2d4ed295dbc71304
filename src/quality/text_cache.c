#include "quality/text_cache.h"

#include "base/hash.h"

#include <stdlib.h>

/* 32 bytes a slot, 2 MiB at most: room for all diagnosis codes that a region uses. */
enum { FIRST_SLOTS = 1 << 8, MOST_SLOTS = 1 << 16, JUDGE_AFTER = 1 << 16, MAX_KEPT_TEXT = 256 };
#define FREE_SLOT UINT64_MAX

void sw_text_cache_fini(sw_text_cache *c) {
  free(c->slots);
  sw_arena_fini(&c->texts);
  *c = (sw_text_cache)SW_TEXT_CACHE_INIT;
}

static uint64_t slot_hash(uint64_t head, uint64_t tail) {
  uint64_t h = (head ^ (tail * 0x9E3779B97F4A7C15u)) * 0xBF58476D1CE4E5B9u;
  return h ^ (h >> 29);
}

static bool make_room(sw_text_cache *c) {
  size_t want = c->nslots ? c->nslots * 2 : FIRST_SLOTS;
  if (want > MOST_SLOTS) { /* full: forget all */
    for (size_t i = 0; i < c->nslots; i++) c->slots[i].head = FREE_SLOT;
    sw_arena_fini(&c->texts);
    c->used = 0;
    return true;
  }
  sw_text_slot *slots = malloc(want * sizeof *slots);
  if (!slots) return false;
  memset(slots, 0xFF, want * sizeof *slots); /* every head is FREE_SLOT */
  for (size_t i = 0; i < c->nslots; i++) {
    if (c->slots[i].head == FREE_SLOT) continue;
    size_t at = slot_hash(c->slots[i].head, c->slots[i].tail) & (want - 1);
    while (slots[at].head != FREE_SLOT) at = (at + 1) & (want - 1);
    slots[at] = c->slots[i];
  }
  free(c->slots);
  c->slots = slots;
  c->nslots = want;
  return true;
}

/* Every 65,536 look-ups: does it pay? Evaluating anew costs less than a miss that is never asked again. */
static void judge(sw_text_cache *c) {
  if (c->misses * 3 > c->lookups * 2) c->off = true;
  c->lookups = c->misses = 0;
}

static sw_text_slot *take(sw_text_cache *c, size_t at, uint64_t head, uint64_t tail, const sw_string *s) {
  const char *copy = NULL;
  if (s->u.near.length > 12) {
    if (s->u.near.length > MAX_KEPT_TEXT || !(copy = sw_arena_dupz(&c->texts, sw_string_view(s)))) return NULL;
  }
  c->used++;
  c->slots[at] = (sw_text_slot){.head = head, .tail = tail, .ptr = copy};
  return &c->slots[at];
}

bool sw_text_cache_find(sw_text_cache *c, const sw_string *s, uint64_t *word, sw_text_slot **slot) {
  *slot = NULL;
  if (c->off) return false;
  if (c->lookups++ >= JUDGE_AFTER) judge(c);
  if (c->used * 2 >= c->nslots && !make_room(c)) return false;
  uint64_t head, tail;
  bool far = s->u.near.length > 12;
  memcpy(&head, s, sizeof head);
  if (far) tail = sw_hash64(s->u.far.ptr, s->u.far.length, 0);
  else memcpy(&tail, (const char *)s + sizeof head, sizeof tail);
  size_t at = slot_hash(head, tail) & (c->nslots - 1);
  for (;; at = (at + 1) & (c->nslots - 1)) {
    sw_text_slot *e = &c->slots[at];
    if (e->head == FREE_SLOT) break;
    if (e->head != head || e->tail != tail) continue;
    if (far && memcmp(e->ptr, s->u.far.ptr, s->u.far.length) != 0) continue;
    *word = e->word;
    return true;
  }
  c->misses++;
  *slot = take(c, at, head, tail, s);
  return false;
}
