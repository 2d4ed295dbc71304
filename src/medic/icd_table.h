/* Codes to dense numbers: the hash table that the groupers compile their catalogues into.
 *
 * A code of at most SW_ICD_MAX bytes is kept zero-padded in four words, so that a look-up is one hash, usually one
 * probe and four word compares. Open addressing, linear probing, at most half full. Numbers are given in order of
 * first addition, from 0. Threads: any number of readers once nobody adds. */
#ifndef SW_MEDIC_ICD_TABLE_H
#define SW_MEDIC_ICD_TABLE_H

#include "medic/icd.h"

#define SW_ICD_NONE UINT32_MAX

typedef struct sw_icd_key {
  uint64_t w[4];
} sw_icd_key;

typedef struct sw_icd_table {
  sw_icd_key *keys; /* by number; the text is the bytes up to the first NUL */
  uint64_t *slots;  /* hash's upper half << 32 | number + 1; 0 is free */
  uint32_t n, cap, mask;
} sw_icd_table;

#define SW_ICD_TABLE_INIT {0}

void sw_icd_table_fini(sw_icd_table *t);
/* The code's number, given now when it is new. False when memory is refused, or the code is empty, longer than
 * SW_ICD_MAX or holds a NUL (then *id is SW_ICD_NONE). */
bool sw_icd_table_add(sw_icd_table *t, sw_str code, uint32_t *id);
uint32_t sw_icd_table_find(const sw_icd_table *t, sw_str code); /* SW_ICD_NONE when absent */
sw_str sw_icd_table_code(const sw_icd_table *t, uint32_t id);

#endif
