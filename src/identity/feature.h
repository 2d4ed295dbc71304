/* Blocking keys. A feature is something of one record that true pairs often share: a whole value, the sound of a name,
 * the year with month and day in any order, the last digits of a phone. A family is one to three features of different
 * fields; two records are candidates when they share a family's key.
 *
 * Pure; threads: any. */
#ifndef SW_IDENTITY_FEATURE_H
#define SW_IDENTITY_FEATURE_H

#include "base/hash.h"
#include "identity/store.h"

enum { SW_LINK_FEATURES = 48, SW_LINK_FAMILIES = 12, SW_LINK_FAMILY_FEATURES = 3 };

typedef enum sw_link_feature_what {
  SW_LINK_F_WHOLE,     /* the value */
  SW_LINK_F_SOUND,     /* the sound key of a name or text */
  SW_LINK_F_FULL_NAME, /* given name and surname, in any order */
  SW_LINK_F_PREFIX,    /* the first three characters */
  SW_LINK_F_YEAR_PARTS,/* year, and the smaller and the larger of month and day */
  SW_LINK_F_MONTH_DAY,
  SW_LINK_F_YEAR,
  SW_LINK_F_HEAD,      /* first half of an id's digits */
  SW_LINK_F_TAIL,      /* the last half of an id, the last seven digits of a phone, birth date to the end of a citizen id */
  SW_LINK_F_WHATS
} sw_link_feature_what;

typedef struct sw_link_feature {
  uint8_t field, alternative, what;
} sw_link_feature;

typedef struct sw_link_family {
  uint8_t feature[SW_LINK_FAMILY_FEATURES];
  uint8_t n;
} sw_link_family;

/* Those that make sense for the store's fields; returns how many. */
size_t sw_link_features(const sw_link_store *s, sw_link_feature out[SW_LINK_FEATURES]);
/* A 32-bit hash of the feature's value; 0 when it is missing. */
uint32_t sw_link_feature_value(const sw_link_store *s, const sw_link_feature *f, const uint32_t *row);
static inline uint32_t sw_link_feature_mix(uint64_t x) {
  uint32_t h = (uint32_t)(sw_mix64(x) >> 32);
  return h ? h : 1;
}
/* The same of a whole value, from its words: what scoring looks up for each exact agreement. */
static inline uint32_t sw_link_whole_value(const sw_link_slot *slot, const uint32_t *w) {
  if (slot->width == 1) return w[0] ? sw_link_feature_mix(w[0] + ((uint64_t)slot->dict << 40)) : 0;
  uint64_t v = sw_link_u64(w);
  if (slot->width == 2) return v ? sw_link_feature_mix(v) : 0;
  return w[2] & SW_LINK_CID_PRESENT ? sw_link_feature_mix(v * 31 + (w[2] & 255)) : 0;
}
/* The family's key of a record; 0 when a feature is missing. */
uint32_t sw_link_family_key(const sw_link_store *s, const sw_link_feature *features, const sw_link_family *family, const uint32_t *row);
/* The same from the values of all features. */
uint32_t sw_link_family_combine(const sw_link_family *family, const uint32_t value[SW_LINK_FEATURES]);
/* "name (sound) + birth (whole)" */
void sw_link_family_put(const sw_link_spec *spec, const sw_link_feature *features, const sw_link_family *family, sw_lang lang, sw_buf *out);

#endif
