/* All row rules of one table as one plan: common parts are worked out once, column at a time, over a batch of rows.
 *
 * Conditions are bit masks of 64 rows a word: true, false, error; what is in none is unknown. Predicates over one text
 * column are looked up in a cache of distinct texts; numbers, dates and times are compared in plain loops; children are
 * evaluated as one long column each and folded back to their rows. Whatever has no fast form is evaluated row by row by
 * the scalar interpreter, which defines what the language means.
 *
 * Ownership: a plan keeps pointers into the bound expressions. Threads: a finished plan is constant; sw_plan_state is one
 * per thread. */
#ifndef SW_QUALITY_PLAN_H
#define SW_QUALITY_PLAN_H

#include "quality/scalar.h"

typedef struct sw_plan sw_plan;
typedef struct sw_plan_state sw_plan_state;

enum { SW_MASK_WORDS = SW_CHUNK_ROWS / 64 };

/* A rule's answer for a batch. */
typedef struct sw_mask {
  uint64_t *t, *f, *e; /* words of the batch's rows; bits beyond n are 0 */
} sw_mask;

SW_CHECKED sw_status sw_plan_new(const sw_qtable *table, sw_plan **out, sw_error *err);
void sw_plan_free(sw_plan *p);
/* Adds one boolean expression; its number is its order of adding. */
SW_CHECKED sw_status sw_plan_add(sw_plan *p, const sw_xnode *x, sw_error *err);
size_t sw_plan_outputs(const sw_plan *p);
size_t sw_plan_nodes(const sw_plan *p); /* distinct parts */
/* Which columns the plan reads. */
bool sw_plan_needs(const sw_plan *p, int child, uint32_t column);

SW_CHECKED sw_status sw_plan_state_new(const sw_plan *p, sw_plan_state **out, sw_error *err);
void sw_plan_state_free(sw_plan_state *s);
/* Evaluates all. The masks that sw_plan_mask gives are valid until the next call. */
SW_CHECKED sw_status sw_plan_run(sw_plan_state *s, const sw_qbatch *b, sw_error *err);
sw_mask sw_plan_mask(const sw_plan_state *s, size_t output);
/* Nanoseconds of the threads by output, each part's shared among those that use it, summed into ticks[outputs]. Sampled. */
void sw_plan_ticks(const sw_plan_state *s, double *ticks);

#endif
