/* Linking of files: one CSV without doubles known, or two to be joined; the library side of `suwen identify --in`.
 *
 *   sw_identify_job *j;
 *   if (sw_identify_open(&(sw_identify_options){.in = {"a.csv"}, .nin = 1}, &j, cancel, events, err)) ...
 *   if (sw_identify_write_clusters(j, "clusters.csv", err)) ...
 *   sw_identify_close(j);
 */
#ifndef SW_IDENTITY_IDENTIFY_FILE_H
#define SW_IDENTITY_IDENTIFY_FILE_H

#include "identity/draft.h"
#include "identity/explain.h"
#include "identity/link.h"

typedef struct sw_identify_options {
  const char *in[2];
  size_t nin;
  const char *config;    /* NULL: drafted from the data */
  const char *id_column; /* overrides the configuration's */
  size_t threads;
} sw_identify_options;

typedef struct sw_identify_job {
  sw_arena arena;
  sw_link_csv in[2];
  size_t nin;
  sw_link_spec spec;
  sw_link_draft draft;  /* notes of the draft; none with a configuration */
  sw_link_store store;
  sw_link_model model;
  sw_link_result result;
  double read_seconds;
} sw_identify_job;

/* Reads, configures or drafts, trains and links. */
SW_CHECKED sw_status sw_identify_open(const sw_identify_options *o, sw_identify_job **out, const sw_cancel *cancel, const sw_events *events,
                                      sw_error *err);
void sw_identify_close(sw_identify_job *j); /* NULL is fine */
/* The id column and `person`, a number from 1 in order of first appearance; with two inputs also `input` (1 or 2). */
SW_CHECKED sw_status sw_identify_write_clusters(const sw_identify_job *j, const char *path, sw_error *err);
/* Pairs at or near the review threshold with outcome, reason, score, and each field's level and weight. */
SW_CHECKED sw_status sw_identify_write_pairs(const sw_identify_job *j, const char *path, sw_error *err);
/* The record with this id (or this number where there is no id column): NOTFOUND, or USAGE when several have it. */
SW_CHECKED sw_status sw_identify_find(const sw_identify_job *j, sw_str id, uint32_t *record, sw_error *err);
/* A record's id as it is written out. */
void sw_identify_id_put(const sw_identify_job *j, uint32_t record, sw_buf *out);

/* Cluster sizes: how many persons have 1, 2, 3 … records; index SW_IDENTIFY_SIZES − 1 counts all larger. */
enum { SW_IDENTIFY_SIZES = 12 };
void sw_identify_sizes(const sw_link_result *r, int64_t count[SW_IDENTIFY_SIZES], int64_t *largest);

#endif
