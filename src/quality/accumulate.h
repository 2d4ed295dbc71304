/* Counts per rule and institution, and the failing rows, of one thread: filled batch by batch, merged at the end.
 *
 * Failing rows are 16 bytes each in blocks of a megabyte; beyond a budget, blocks go to an unlinked file in the temporary
 * directory, so that nothing is capped. Threads: one accumulator, one thread; merging is under the caller's lock. */
#ifndef SW_QUALITY_ACCUMULATE_H
#define SW_QUALITY_ACCUMULATE_H

#include "base/map.h"
#include "base/vec.h"
#include "quality/plan.h"

typedef struct sw_failing {
  int64_t row;
  int32_t part;  /* SW_NO_PART: none */
  uint16_t rule;
  uint16_t org;  /* of the thread's own numbering until merged */
} sw_failing;
#define SW_NO_PART INT32_MIN

enum { SW_FAIL_BLOCK = 65536 };

typedef struct sw_fail_block {
  sw_failing *items; /* NULL: in the spill file at `offset` */
  uint32_t n;
  int64_t offset;
} sw_fail_block;

/* The failing rows of a whole check; threads hand their full blocks over. */
typedef struct sw_fail_store {
  SW_VEC(sw_fail_block) blocks;
  int64_t total, in_memory, budget; /* blocks in memory and how many may be */
  int spill;                        /* file descriptor; -1: none yet */
  int64_t spilled;                  /* bytes */
  const char *temp_dir;
} sw_fail_store;

void sw_fail_store_init(sw_fail_store *s, const char *temp_dir, int64_t budget_bytes);
void sw_fail_store_fini(sw_fail_store *s);
/* Takes the items over (malloc'ed). */
SW_CHECKED sw_status sw_fail_store_add(sw_fail_store *s, sw_failing *items, uint32_t n, sw_error *err);
/* Reads a block back; `room` holds SW_FAIL_BLOCK items. */
SW_CHECKED sw_status sw_fail_store_read(const sw_fail_store *s, size_t block, sw_failing *room, const sw_failing **items, uint32_t *n,
                                        sw_error *err);

typedef struct sw_count {
  int64_t failed, not_applicable, broken;
} sw_count;

/* Institutions by number, in order of being met. */
typedef struct sw_orgs {
  sw_map by_name; /* name → number */
  sw_string last; /* the cell met last, when short: rows of one institution come in runs */
  uint32_t last_number;
  bool has_last;
} sw_orgs;

typedef struct sw_tally {
  size_t nrules, norgs_cap;
  sw_orgs orgs;
  int64_t *rows;      /* by org */
  sw_count *counts;   /* [org * nrules + rule] */
  /* of the current batch */
  uint16_t org[SW_CHUNK_ROWS];
  uint16_t met[SW_CHUNK_ROWS]; /* institutions of this batch */
  size_t nmet;
  uint64_t *met_mask; /* [nmet][SW_MASK_WORDS] */
  size_t met_cap;
  size_t n, words;
} sw_tally;

void sw_tally_fini(sw_tally *t);
SW_CHECKED sw_status sw_tally_init(sw_tally *t, size_t nrules, sw_error *err);
/* Starts a batch: `org` is the column of institutions (NULL: one nameless institution). */
SW_CHECKED sw_status sw_tally_batch(sw_tally *t, const sw_column *org, size_t n, sw_error *err);
/* Adds one rule's masks of the batch; `fail` gets the failing rows. `required` (may be NULL): where unknown is a failure. */
void sw_tally_rule(sw_tally *t, size_t rule, sw_mask m, const uint64_t *required, uint64_t fail[SW_MASK_WORDS]);

#endif
