/* The generated table behind medic/address.h (see gen/division_table.py). For address.c alone. */
#ifndef SW_MEDIC_DIVISION_TABLE_H
#define SW_MEDIC_DIVISION_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct sw_division_entry {
  const char *name; /* UTF-8 */
  uint8_t len;      /* bytes */
  uint32_t code;    /* six digits */
} sw_division_entry;

extern const sw_division_entry sw_division_entries[]; /* by name in byte order, then by code */
extern const size_t sw_division_count;

#endif
