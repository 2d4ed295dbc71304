/* Linking a whole store: train (unless a model is given), block, score, cluster.
 *
 *   sw_link_result r;
 *   if (sw_link_run(&store, &spec, &(sw_link_run_options){.threads = 2}, &model, &r, cancel, events, err)) ...
 *   r.person[i] is the number of the record that stands for record i's person
 *   sw_link_result_fini(&r);
 *
 * Pairs are scored as blocking hands them out; only those near or above the review threshold are kept. */
#ifndef SW_IDENTITY_LINK_H
#define SW_IDENTITY_LINK_H

#include "identity/block.h"
#include "identity/cluster.h"

typedef struct sw_link_decision {
  uint32_t a, b;
  bool same; /* a reviewer, or a hospital system's merge event, says they are one person; else that they are not */
} sw_link_decision;

typedef struct sw_link_run_options {
  size_t threads;     /* 0: CPUs that this process may use */
  bool keep_model;    /* the model is complete already: no training */
  const uint32_t *rank;
  const sw_link_decision *decisions;
  size_t ndecisions;
} sw_link_run_options;

typedef struct sw_link_times {
  double train, block_and_score, cluster; /* seconds */
  double cpu_train, cpu_block_and_score;  /* of all threads: what a busy machine does not blur */
} sw_link_times;

typedef struct sw_link_result {
  uint32_t *person; /* by record */
  size_t nrecords, npersons;
  sw_link_edge *edges; /* those kept, best first */
  size_t nedges;
  size_t nlinked, nreview; /* pairs */
  size_t records_in_review;
  size_t noevidence, standins;
  bool unique_sources; /* as found or told */
  sw_link_block_stats blocks;
  double pairs_scored;
  sw_link_times times;
  size_t bytes;      /* of store, model, blocking and edges at their peak together */
} sw_link_result;

SW_CHECKED sw_status sw_link_run(const sw_link_store *s, const sw_link_spec *spec, const sw_link_run_options *o, sw_link_model *model,
                                 sw_link_result *out, const sw_cancel *cancel, const sw_events *events, sw_error *err);
void sw_link_result_fini(sw_link_result *r);

/* The best known partners of one record that is not in the store, for services that ask "who is this": at most `cap`
 * candidates, best first. The row is encoded as the store's are. Linear in the store; the index (index.h) is quick. */
typedef struct sw_link_candidate {
  uint32_t record;
  int32_t score;
  sw_link_bar bar;
} sw_link_candidate;

#endif
