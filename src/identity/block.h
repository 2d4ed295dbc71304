/* Candidate pairs from blocking, handed out as they come and never kept.
 *
 * Records that share a family's key form a block; every pair of a block is handed out once, in the first family in which
 * the two share a key. A block larger than the cap (a hub: one phone of a whole village) is divided by the whole values of
 * the other fields, and what still is too large is walked in the order of the rows with a window, so that 100,000 records
 * of one key cost what their number costs, not its square.
 *
 * Threads: `fn` is called from several workers at once, each with its own number; it must be quick and must not block. */
#ifndef SW_IDENTITY_BLOCK_H
#define SW_IDENTITY_BLOCK_H

#include "base/task.h"
#include "identity/feature.h"

enum { SW_LINK_BLOCK_CAP = 128, SW_LINK_WINDOW = 8, SW_LINK_REFINEMENTS = 8, SW_LINK_WORKERS = 64 };

typedef void (*sw_link_pair_fn)(void *ctx, size_t worker, size_t family, uint32_t a, uint32_t b);

typedef struct sw_link_block_stats {
  int64_t pairs[SW_LINK_FAMILIES];  /* handed out, by family */
  int64_t blocks[SW_LINK_FAMILIES];
  int64_t largest[SW_LINK_FAMILIES]; /* records of the largest block */
  int64_t hubs[SW_LINK_FAMILIES];
  size_t bytes;                      /* at its peak */
} sw_link_block_stats;

typedef struct sw_link_block_plan {
  const sw_link_feature *features;
  size_t nfeatures;
  const sw_link_family *families;
  size_t nfamilies;
  size_t cap;         /* records of a block before it is divided; 0: SW_LINK_BLOCK_CAP */
  uint32_t sample;    /* take one key in this many; 0 or 1: all */
  double pair_limit;  /* stop a family after about this many pairs; 0: none */
  size_t threads;
} sw_link_block_plan;

SW_CHECKED sw_status sw_link_block_run(const sw_link_store *s, const sw_link_block_plan *plan, sw_link_pair_fn fn, void *ctx,
                                       sw_link_block_stats *stats, const sw_cancel *cancel, sw_error *err);

/* Every pair there is, for small files. */
SW_CHECKED sw_status sw_link_block_all(const sw_link_store *s, size_t threads, sw_link_pair_fn fn, void *ctx,
                                       sw_link_block_stats *stats, const sw_cancel *cancel, sw_error *err);

/* Sorts by the high 32 bits, keeping the order of equals; `scratch` is as long as `v`. */
void sw_link_radix_sort(uint64_t *v, uint64_t *scratch, size_t n);

#endif
