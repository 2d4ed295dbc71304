/* Learning a model from the records themselves, without labels.
 *
 * u comes from random pairs and, for exact agreement, from value frequencies; what true pairs contribute to either is taken
 * off. m comes from EM over pattern counts of candidate pairs: of all pairs where there are few, else of several
 * blocking families, each leaving out the fields it blocks by. Blocking families are then chosen for the recall that m
 * promises within the budget of pairs.
 *
 * Deterministic: the same records, spec and seed give the same model, whatever the number of threads. */
#ifndef SW_IDENTITY_TRAIN_H
#define SW_IDENTITY_TRAIN_H

#include "identity/block.h"
#include "identity/model.h"

/* Up to this many pairs all are compared. */
#define SW_LINK_ALL_PAIRS 3000000.0

SW_CHECKED sw_status sw_link_train(const sw_link_store *s, const sw_link_spec *spec, size_t threads, sw_link_model *out,
                                   const sw_cancel *cancel, const sw_events *events, sw_error *err);

/* Weights, tables and thresholds from m, u, matches and the frequencies: the last step of training, and all there is to
 * do after a stored model was read. */
SW_CHECKED sw_status sw_link_model_finish(sw_link_model *m, const sw_link_store *s, const sw_link_spec *spec, sw_error *err);

#endif
