/* Records, encoded for comparing: a row of 32-bit words each, and per field a dictionary of the distinct texts.
 *
 * Numbers (dates, phones, citizen ids, other ids) lie in the row itself; names, addresses and other texts are codes into a
 * dictionary whose entries carry what comparators and blocking need. Code or word 0 is "missing". A store only grows;
 * record numbers are given in order of appending.
 *
 * Memory: 4 bytes a word of the row (seven usual fields take ten words) and 24 bytes a distinct text with its UTF-16.
 * Threads: appending from one thread (which uses workers inside); reading from many. */
#ifndef SW_IDENTITY_STORE_H
#define SW_IDENTITY_STORE_H

#include "base/task.h"
#include "identity/spec.h"

typedef struct sw_link_text {
  uint64_t sig;    /* two bits a hashed character: at least one, at least two; for bounds on the edit distance */
  uint32_t off;    /* into the dictionary's units */
  uint32_t key;    /* sound key (names, strings), hash of the numbers (addresses); 0 none */
  uint16_t len;    /* UTF-16 units */
  uint8_t flags;   /* SW_LINK_TEXT_* */
  uint8_t extra;   /* names: length in code points; e-mail: place of the @ */
} sw_link_text;

enum { SW_LINK_TEXT_HAN = 1, SW_LINK_TEXT_WORDS = 2, SW_LINK_TEXT_SURROGATES = 4, SW_LINK_TEXT_WILD = 8 };

typedef struct sw_link_dict {
  sw_link_text *entries; /* [0] is unused */
  size_t n, cap;
  uint16_t *units;
  size_t nunits, units_cap;
  uint32_t *slots;
  size_t nslots;
} sw_link_dict;

/* An address text begins with two units that say its division (thousands and the rest, each plus 32). */
enum { SW_LINK_ADDRESS_HEAD = 2, SW_LINK_ADDRESS_BASE = 32 };

typedef struct sw_link_slot {
  sw_link_kind kind;
  uint16_t word;   /* first word of the field in the row */
  uint8_t width;   /* words of one alternative */
  uint8_t count;   /* alternatives */
  uint8_t dict;    /* index of the dictionary */
  bool birth;
} sw_link_slot;

/* What is known of a record besides its fields. */
enum {
  SW_LINK_R_STANDIN = 1,   /* its name is a stand-in (无名氏) */
  SW_LINK_R_NEWBORN = 2,   /* its name is a newborn's stand-in */
  SW_LINK_R_NO_EVIDENCE = 4, /* no field holds anything */
  SW_LINK_R_TEST = 8         /* its name says that there is no patient: never linked by itself */
};

typedef struct sw_link_store {
  sw_link_slot slots[SW_LINK_FIELDS];
  size_t nfields;
  size_t words;       /* of a row */
  size_t n;           /* records */
  uint32_t *rows;     /* n × words */
  uint8_t *flags;     /* SW_LINK_R_* */
  uint8_t *sources;   /* input number; NULL while there is one */
  size_t cap;
  sw_link_dict dicts[SW_LINK_FIELDS];
  int name_field, given_field, surname_field, id_field, birth_field, sex_field; /* −1 none */
} sw_link_store;

SW_CHECKED sw_status sw_link_store_init(sw_link_store *s, const sw_link_spec *spec, sw_error *err);
void sw_link_store_fini(sw_link_store *s);

/* Appends n records. columns[field][alternative] is an array of n texts (a date of parts has three "alternatives" that
 * make one date); an empty text is missing. source < 255. */
typedef struct sw_link_chunk {
  const sw_str *columns[SW_LINK_FIELDS][SW_LINK_ALTERNATIVES];
  size_t n;
  uint8_t source;
} sw_link_chunk;
SW_CHECKED sw_status sw_link_store_append(sw_link_store *s, const sw_link_spec *spec, const sw_link_chunk *c, size_t threads, sw_error *err);

static inline const uint32_t *sw_link_row(const sw_link_store *s, size_t r) { return s->rows + r * s->words; }
/* Calls the dictionary entries of a row into the cache. */
static inline void sw_link_prefetch(const sw_link_store *s, const uint32_t *row) {
  for (size_t f = 0; f < s->nfields; f++) {
    const sw_link_dict *d = &s->dicts[s->slots[f].dict];
    if (s->slots[f].width == 1 && d->entries) __builtin_prefetch(&d->entries[row[s->slots[f].word]]);
  }
}
size_t sw_link_store_bytes(const sw_link_store *s);
/* Text of a code in UTF-8. */
void sw_link_text_put(const sw_link_dict *d, uint32_t code, sw_buf *out);
/* A field's value of a record as people read it, alternatives separated by " / ". */
void sw_link_value_put(const sw_link_store *s, size_t field, const uint32_t *row, sw_buf *out);

/* Packed numbers. Dates: year << 14 | month << 7 | day, also of days that no calendar has (a typing error is evidence).
 * Phones: up to 15 digits as binary-coded decimals, the last digit lowest, and the length in the top nibble. Other ids: the same, or
 * with top nibble 15 a hash of 60 bits. Citizen ids: 16 digits so, and a third word of the 17th digit, the check
 * character, and flags. */
static inline uint64_t sw_link_u64(const uint32_t *w) { return (uint64_t)w[1] << 32 | w[0]; }
enum { SW_LINK_CID_VALID = 1u << 8, SW_LINK_CID_NUMBER = 1u << 9, SW_LINK_CID_PRESENT = 1u << 10 };

#endif
