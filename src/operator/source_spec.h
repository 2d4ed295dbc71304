/* What packs declare of sources, as intake wants it told: tables, columns, types, file habits. */
#ifndef SW_OPERATOR_SOURCE_SPEC_H
#define SW_OPERATOR_SOURCE_SPEC_H

#include "intake/table.h"
#include "pack/kinds.h"

typedef struct sw_source_spec {
  const sw_source_table_def *def;
  sw_table_spec table;
  sw_file_hints hints;
} sw_source_spec;

typedef struct sw_source_specs {
  sw_source_spec *items;
  size_t n;
} sw_source_specs;

/* One spec for every table of the sources; in the arena. A format that intake does not know is told with its place. */
SW_CHECKED sw_status sw_source_specs_make(const sw_source_def *const *sources, size_t n, sw_arena *a, sw_source_specs *out, sw_error *err);
const sw_source_spec *sw_source_spec_of(const sw_source_specs *s, const sw_source_table_def *def); /* never NULL for its own tables */
/* The table's own file form, else the source's. */
int sw_source_format_of(const sw_source_def *s, const sw_source_table_def *t); /* sw_source_format */

#endif
