/* Expectation maximisation over pattern counts, two classes, fields independent within a class. Pure. */
#ifndef SW_IDENTITY_EM_H
#define SW_IDENTITY_EM_H

#include "identity/compare.h"
#include "identity/pattern.h"

typedef struct sw_link_em {
  size_t places;                 /* fields and the place for crosswise names */
  uint8_t levels[SW_LINK_PLACES];
  uint64_t skip;                 /* a bit a place: left out (blocked by) */
  bool free_u;                   /* u of this set of pairs is learned too, after the first rounds */
  double m[SW_LINK_PLACES][SW_LINK_LEVELS], u[SW_LINK_PLACES][SW_LINK_LEVELS];
  double lambda;                 /* share of true pairs: start, then result */
  double matches;                /* expected true pairs: result */
  double weight[SW_LINK_PLACES]; /* expected true pairs with the field present: result */
} sw_link_em;

/* Starting shares of a kind's levels among true pairs, and the weak prior that keeps m sane without evidence. */
void sw_link_default_m(sw_link_kind k, double m[SW_LINK_LEVELS]);
void sw_link_em_run(sw_link_em *e, const sw_link_patterns *p, int rounds);
double sw_link_em_posterior(const sw_link_em *e, uint64_t pattern);

#endif
