/* The generated table behind medic/han.h (see gen/han_table.py). For han.c alone. */
#ifndef SW_MEDIC_HAN_TABLE_H
#define SW_MEDIC_HAN_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct sw_han_entry {
  uint32_t canonical;   /* simplified and unified form; 0: itself */
  uint16_t reading[3];  /* indices of sw_han_syllables, the commonest first; 0 none */
  uint16_t four_corner; /* four digits; 0xFFFF unknown */
  uint8_t strokes;      /* 0 unknown */
  char cangjie[6];
} sw_han_entry;

enum { SW_HAN_PAGE_COUNT = 0x324 };
extern const char *const sw_han_syllables[];
extern const size_t sw_han_nsyllables;
extern const uint16_t sw_han_fuzzy_class[];
extern const sw_han_entry sw_han_entries[];
extern const uint16_t sw_han_page_of[SW_HAN_PAGE_COUNT]; /* code point >> 8 → page + 1 */
extern const uint16_t sw_han_pages[][256];               /* page → index into sw_han_entries; 0 unknown */

#endif
