/* Scores of institutions from stored results, by a published formula (docs/quality-score.md).
 *
 * Formula suwen-1: a dimension's score is 100 × the weighted mean of rules' pass rates, over rules that were checked at
 * least once; the whole is the mean of its dimensions weighted by their rules' weights; mandatory rules count in full, rules
 * to verify by a quarter. What did not apply counts nowhere; a broken rule counts nowhere and is listed. Intervals are
 * Wilson's at 95 % on the weighted counts. front-page-2016 is the official 100-point score of the front page, averaged over
 * pages: each item that any rule bound to it finds wrong costs its points, class D at most what the scheme allows a section.
 *
 * Threads: that of the connection. */
#ifndef SW_QUALITY_SCORE_H
#define SW_QUALITY_SCORE_H

#include "engine/engine.h"

/* Table store.kept_quality_score and view quality.score(run, table_name, org, formula, dimension, score, low, high, checked, failed,
 * rules, rank, previous, change); dimension '' is the whole. Idempotent; outside a transaction. */
SW_CHECKED sw_status sw_score_prepare(sw_conn *c, sw_error *err);
/* Scores of one stored check, written in the caller's transaction. */
SW_CHECKED sw_status sw_score_store(sw_conn *c, const char *run, const char *table_name, const char *relation, const char *org_column, sw_error *err);

#endif
