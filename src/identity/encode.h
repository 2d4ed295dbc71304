/* Encoding of one value into a row's words (see store.h). For the store and the index alone. */
#ifndef SW_IDENTITY_ENCODE_H
#define SW_IDENTITY_ENCODE_H

#include "identity/store.h"

typedef struct sw_link_encoded {
  uint8_t flags; /* SW_LINK_R_* of the record */
} sw_link_encoded;

/* Writes the words; adds a text to the dictionary and counts it. False when memory is refused. */
bool sw_link_encode(sw_link_kind kind, sw_str v, sw_link_dict *d, uint32_t *words, sw_link_encoded *out);
uint32_t sw_link_encode_parts(sw_str year, sw_str month, sw_str day);
/* A date in any usual form to its packed word; 0 when it is none, or one that stands for "unknown". */
uint32_t sw_link_encode_date(sw_str v);

uint32_t sw_link_dict_find(const sw_link_dict *d, const uint16_t *units, size_t len);             /* 0 unknown */
uint32_t sw_link_dict_add(sw_link_dict *d, const uint16_t *units, size_t len, bool *added); /* UINT32_MAX: no memory */

#endif
