/* From scored pairs to persons.
 *
 * Pairs at or above the link threshold join records from the best downwards. Two groups are not joined when any member of
 * one contradicts a member of the other (two valid different citizen ids; sex and birth date both different; two records
 * of a source that has each person once), nor when most of their members speak clearly against each other, so that a chain
 * of near matches does not become one person. Of a record with two nearly equal partners who contradict each other neither is linked:
 * both pairs go to review.
 *
 * The result is a function of the set of records and pairs: the order in which they came plays no part (ties are broken
 * by `rank`, which says how records are ordered by their own keys). Threads: one call, one thread. */
#ifndef SW_IDENTITY_CLUSTER_H
#define SW_IDENTITY_CLUSTER_H

#include "base/task.h"
#include "identity/model.h"

typedef enum sw_link_outcome { SW_LINK_LINKED, SW_LINK_REVIEW, SW_LINK_SEPARATE } sw_link_outcome;

typedef enum sw_link_reason {
  SW_LINK_WHY_SCORE,        /* the score alone */
  SW_LINK_WHY_STANDIN,
  SW_LINK_WHY_BORROWED,
  SW_LINK_WHY_CONTRADICTION,
  SW_LINK_WHY_RUNNER_UP,    /* two nearly equal partners that contradict each other */
  SW_LINK_WHY_CHAIN,        /* the groups speak against each other */
  SW_LINK_WHY_DECISION,     /* a reviewer has decided */
  SW_LINK_WHY_HOUSEHOLD     /* names differ; only what a household shares agrees */
} sw_link_reason;

typedef struct sw_link_edge {
  uint32_t a, b; /* a < b */
  int32_t score;
  uint8_t bar;     /* sw_link_bar */
  uint8_t outcome; /* sw_link_outcome: filled by clustering */
  uint8_t reason;  /* sw_link_reason */
  int8_t decision; /* +1 a reviewer joined them, −1 kept them apart, 0 none */
} sw_link_edge;

typedef struct sw_link_grouping {
  const sw_link_store *store;
  const sw_link_model *model;
  const uint32_t *rank; /* order of records for ties; NULL: their numbers */
  bool unique_sources;
  const uint64_t *apart; /* pairs that a reviewer keeps apart: lower record << 32 | higher, ascending */
  size_t napart;
} sw_link_grouping;

/* person[r] becomes the number of the group of record r: the record of the group that ranks first. Sorts the edges. */
SW_CHECKED sw_status sw_link_cluster(const sw_link_grouping *g, sw_link_edge *edges, size_t nedges, uint32_t *person, size_t n,
                                     const sw_cancel *cancel, sw_error *err);
/* "score", "standin", "borrowed_card" …: stable, in tables and files. */
const char *sw_link_reason_name(sw_link_reason r);
sw_link_reason sw_link_reason_find(sw_str name); /* an unknown one is SW_LINK_WHY_SCORE */
const char *sw_link_outcome_name(sw_link_outcome o); /* "linked", "review", "separate" */
const char *sw_link_reason_text(sw_link_reason r, sw_lang lang);

#endif
