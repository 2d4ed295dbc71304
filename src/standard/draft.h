/* A first pack for unknown files: tables with inferred types, keys, value sets and the likeliest data elements, a source
 * that finds the files, and a flow that runs as it is. A proposal to edit, never applied by itself.
 *
 * Files with the same columns become one table. A column is proposed as a data element when its name says so: the element's
 * title in Chinese, the initials of its pinyin (XB for 性别), or its English title; the type must agree. A column with few
 * different values gets a value set of the values that were seen. Threads: any. */
#ifndef SW_STANDARD_DRAFT_H
#define SW_STANDARD_DRAFT_H

#include "base/task.h"
#include "pack/pack.h"

typedef struct sw_draft_options {
  const char *dir;  /* the files */
  const char *out;  /* directory of the pack that is written; must not exist */
  const char *name; /* of the pack, its source and its flow; an identifier */
  const sw_pack_set *known; /* packs whose elements and value sets may be proposed; NULL none */
} sw_draft_options;

typedef struct sw_draft_table {
  const char *name;          /* without schema */
  size_t files, columns, elements, value_sets;
  const char *key;           /* "" none was found */
} sw_draft_table;

typedef struct sw_draft_outcome {
  sw_draft_table *tables;
  size_t ntables;
  const char **unread;       /* files that could not be read, each with its reason */
  size_t nunread;
} sw_draft_outcome;

/* Everything in the outcome lives in the arena. */
SW_CHECKED sw_status sw_draft(const sw_draft_options *o, sw_arena *a, const sw_cancel *cancel, const sw_events *events,
                              sw_draft_outcome *out, sw_error *err);

#endif
