/* Addresses: the administrative division that they name (GB/T 2260) and the rest, and how two of them agree.
 *
 * The division is read from the names at the beginning, in full or short form, with any level left out
 * (海淀区中关村, 北京海淀中关村 and 北京市海淀区中关村 name the same). The rest is folded: full-width forms narrowed, blanks and
 * punctuation dropped, letters in lower case, 一号 and 1号 not distinguished. Pure functions; threads: any. */
#ifndef SW_MEDIC_ADDRESS_H
#define SW_MEDIC_ADDRESS_H

#include "base/str.h"

enum { SW_ADDRESS_CHARS = 96 };

typedef struct sw_address {
  uint32_t division;          /* six digits; 0 unknown. A province ends in 0000, a prefecture in 00 */
  uint16_t len;               /* code points of the rest */
  uint32_t rest[SW_ADDRESS_CHARS];
  uint64_t numbers;           /* a hash of the numbers in the rest, in order; 0 when there are none */
} sw_address;

void sw_address_parse(sw_str text, sw_address *out);

typedef enum sw_address_level {
  SW_ADDRESS_SAME,     /* division (as far as both tell it) and rest */
  SW_ADDRESS_NEAR,     /* the rest nearly, with the same numbers, or one inside the other */
  SW_ADDRESS_STREET,   /* much of the rest: the same road or estate */
  SW_ADDRESS_DISTRICT, /* the same county or district only */
  SW_ADDRESS_CITY,     /* the same prefecture only */
  SW_ADDRESS_OTHER,
  SW_ADDRESS_MISSING
} sw_address_level;
sw_address_level sw_address_compare(const sw_address *a, const sw_address *b);

/* The smallest division that both can lie in: 6, 4 or 2 agreeing digits, else 0. */
int sw_division_depth(uint32_t a, uint32_t b);

#endif
