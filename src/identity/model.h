/* A linkage model: everything that turns two records into a score. Under one model the score of a pair is a function
 * of the two records alone.
 *
 * Fellegi and Sunter: a level's weight is log2(m/u), m the share of it among pairs of one person, u among pairs of two.
 * An exact agreement is weighed by how common the value is; a near one by half of that. The score is the prior plus the
 * weights, in units of 1/256 bit, so that the stored parts add up to it exactly.
 *
 * Ownership: sw_link_model_fini frees the tables. Threads: read by many. */
#ifndef SW_IDENTITY_MODEL_H
#define SW_IDENTITY_MODEL_H

#include "identity/compare.h"
#include "identity/feature.h"

enum { SW_LINK_BIT = 256, SW_LINK_COUNTS = 2048 };

/* Values of number fields that two or more records have, by the hash of the value. */
typedef struct sw_link_tally {
  uint64_t *slots; /* open addressing: hash << 32 | count; 0 free */
  size_t nslots;
} sw_link_tally;

typedef struct sw_link_model {
  size_t nfields;
  double m[SW_LINK_PLACES][SW_LINK_LEVELS], u[SW_LINK_PLACES][SW_LINK_LEVELS];
  int32_t weight[SW_LINK_PLACES][16]; /* by level; absent is 0 */
  int32_t prior;
  double matches;        /* expected pairs of one person */
  double pairs;          /* all pairs there are */
  int64_t records;
  /* frequencies */
  double collision[SW_LINK_FIELDS]; /* chance that two records have the same value */
  double rho[SW_LINK_FIELDS];       /* share of those that are of different persons */
  double partners[SW_LINK_FIELDS];  /* records of the same person with the same value, beside each */
  int64_t present[SW_LINK_FIELDS];
  int16_t *exact[SW_LINK_FIELDS];   /* dictionary fields: weight of an exact agreement by code */
  size_t nexact[SW_LINK_FIELDS];
  sw_link_tally tally[SW_LINK_FIELDS];
  int16_t by_count[SW_LINK_FIELDS][SW_LINK_COUNTS]; /* weight of an exact agreement by the value's count, while it is small */
  int16_t of_sex[SW_LINK_FIELDS][4]; /* the same of a sex, by its code: half of all records have it */
  int32_t most[SW_LINK_PLACES];     /* the greatest weight a field can give */
  int32_t possible;                 /* the prior and all of these */
  uint8_t order[SW_LINK_FIELDS];    /* fields in the order in which they are compared: cheap ones first */
  size_t ncheap;                    /* fields of the order that are compared without texts */
  /* blocking */
  sw_link_feature features[SW_LINK_FEATURES];
  size_t nfeatures;
  sw_link_family families[SW_LINK_FAMILIES];
  size_t nfamilies;              /* 0: all pairs are compared */
  double family_recall[SW_LINK_FAMILIES], family_pairs[SW_LINK_FAMILIES];
  double recall;                 /* estimated, of all families */
  /* thresholds, as scores */
  int32_t link, review, keep;
} sw_link_model;

void sw_link_model_fini(sw_link_model *m);
size_t sw_link_model_bytes(const sw_link_model *m);

/* Weights of exact agreement for the store's texts from the model's frequencies; again after the store has grown. */
SW_CHECKED sw_status sw_link_model_attach(sw_link_model *m, const sw_link_store *s, sw_error *err);
/* Fills by_count of a field from its frequencies. */
void sw_link_model_tabulate(sw_link_model *m, size_t field);
/* Bounds, the order of fields and the spec's thresholds: from the weights as they are. */
void sw_link_model_seal(sw_link_model *m, const sw_link_store *s, const sw_link_spec *spec);
uint32_t sw_link_text_hash(const sw_link_dict *d, uint32_t code);

/* The weight of an exact agreement on a value that `count` of the records have. */
int32_t sw_link_exact_weight(const sw_link_model *m, size_t field, uint32_t count);
/* How many records have a number field's value (1 when it is not in the tally). */
static inline uint32_t sw_link_tally_get(const sw_link_tally *t, uint32_t hash) {
  if (!t->nslots || !hash) return 1;
  for (size_t i = hash & (t->nslots - 1); t->slots[i]; i = (i + 1) & (t->nslots - 1))
    if (t->slots[i] >> 32 == hash) return (uint32_t)t->slots[i];
  return 1;
}

/* Why a score may not link by itself although it is high enough. */
typedef enum sw_link_bar {
  SW_LINK_FREE,
  SW_LINK_BAR_STANDIN,     /* both names are stand-ins, or one is a newborn's */
  SW_LINK_BAR_BORROWED,    /* the same citizen id without a second witness */
  SW_LINK_BAR_HOUSEHOLD,   /* Han names that differ, and nothing agrees but what a household shares: twins, siblings */
  SW_LINK_BAR_CONTRADICTION
} sw_link_bar;

typedef struct sw_link_score {
  int32_t total;                /* prior + the sum of parts */
  uint64_t pattern;
  int32_t part[SW_LINK_PLACES];
  sw_link_bar bar;
} sw_link_score;

/* Everything about a pair. fa and fb are the records' SW_LINK_R_* flags. */
void sw_link_score_pair(const sw_link_model *m, const sw_link_store *s, const uint32_t *a, uint8_t fa, const uint32_t *b, uint8_t fb, sw_link_score *out);
/* The total alone, or INT32_MIN when it is below `floor`; the same figure as sw_link_score_pair's. */
int32_t sw_link_score_fast(const sw_link_model *m, const sw_link_store *s, const uint32_t *a, const uint32_t *b, int32_t floor);
sw_link_bar sw_link_bar_of(const sw_link_store *s, const uint32_t *a, uint8_t fa, const uint32_t *b, uint8_t fb);

static inline double sw_link_probability(int32_t score) { return 1.0 / (1.0 + __builtin_exp2(-(double)score / SW_LINK_BIT)); }
int32_t sw_link_score_of(double probability);

#endif
