/* What the two halves of drafting share: files grouped into tables, and the writing of them as a pack. */
#ifndef SW_STANDARD_DRAFT_INTERNAL_H
#define SW_STANDARD_DRAFT_INTERNAL_H

#include "base/vec.h"
#include "intake/sniff.h"
#include "standard/draft.h"

typedef struct draft_file {
  const char *path, *file; /* file: relative to the directory */
  sw_sniffed look;
} draft_file;

typedef struct draft_group {
  const char *name;        /* of the table */
  const char *signature;   /* format and column names */
  SW_VEC(draft_file) files;
  sw_sniffed_column *columns; /* of all files together */
  size_t ncolumns;
  const char *pattern;
  size_t key;              /* column that identifies a record; ncolumns: none */
} draft_group;

typedef struct draft {
  const sw_draft_options *o;
  sw_arena *arena;
  SW_VEC(draft_group) groups;
} draft;

/* The element that a column most likely is; NULL when nothing is likely enough. */
const sw_element_def *sw_draft_element(const draft *d, const sw_sniffed_column *c);
SW_CHECKED sw_status sw_draft_write(const draft *d, sw_draft_outcome *out, sw_error *err);

#endif
