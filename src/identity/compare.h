/* How two encoded records agree: a level a field, packed into one integer.
 *
 * A pattern has four bits a field, field 0 lowest; SW_LINK_ABSENT where a value is missing on a side, or where another
 * field already says the same (a birth date that is part of an agreeing citizen id). The place after the last field says
 * whether given name and surname agree in place (0) or crosswise (1); it is absent where neither shows.
 * Levels are those of spec.h. Pure; threads: many on a store that nobody appends to. */
#ifndef SW_IDENTITY_COMPARE_H
#define SW_IDENTITY_COMPARE_H

#include "identity/store.h"

enum { SW_LINK_PLACES = SW_LINK_FIELDS + 1 };

static inline unsigned sw_link_pattern_level(uint64_t pattern, size_t place) { return (unsigned)(pattern >> (4 * place)) & 15u; }
static inline uint64_t sw_link_pattern_set(uint64_t pattern, size_t place, unsigned level) {
  return (pattern & ~((uint64_t)15 << (4 * place))) | (uint64_t)level << (4 * place);
}

/* One field without regard to the others: the level, or SW_LINK_ABSENT. */
unsigned sw_link_field_level(const sw_link_store *s, size_t field, const uint32_t *a, const uint32_t *b);
uint64_t sw_link_compare(const sw_link_store *s, const uint32_t *a, const uint32_t *b);
/* Only the places of given name, surname and their order; the store has them. */
uint64_t sw_link_compare_halves(const sw_link_store *s, const uint32_t *a, const uint32_t *b);

/* Two records cannot be one person: both have valid citizen ids that differ in more than a digit, or sex and birth
 * date both differ. */
bool sw_link_contradict(const sw_link_store *s, const uint32_t *a, const uint32_t *b);

/* Restricted Damerau–Levenshtein distance of UTF-16 texts of at most 64 units (longer ones are cut); bit-parallel
 * (Hyyrö 2003). */
unsigned sw_link_osa_units(const uint16_t *a, size_t na, const uint16_t *b, size_t nb);

#endif
