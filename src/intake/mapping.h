/* Which field of the source fills which declared column. By name (any order, aliases, ASCII case folded), or by position
 * without a header. */
#ifndef SW_INTAKE_MAPPING_H
#define SW_INTAKE_MAPPING_H

#include "base/arena.h"
#include "base/json.h"
#include "base/task.h"
#include "intake/table.h"

typedef struct sw_mapping {
  int32_t *source;      /* per declared column: field index from 0, or -1 */
  size_t nsource;       /* fields of a record; 0: the reader makes them to measure */
  const char **names;   /* of the source's fields, for repeated headers; NULL without */
  const char **missing; /* declared columns that the file lacks (they become NULL) */
  size_t nmissing;
  const char **extra;   /* the file's columns that are not declared (they are left out) */
  size_t nextra;
} sw_mapping;

/* Refuses (SW_E_DATA, one message naming them all) when required columns are missing. All strings live in the arena or are
 * the table's. `names` NULL maps by position: then the file must have as many fields as declared columns. */
SW_CHECKED sw_status sw_mapping_make(const sw_table_spec *t, const char *const *names, size_t nfields, sw_arena *a, sw_mapping *out,
                                     sw_error *err);
void sw_mapping_json(const sw_mapping *m, sw_json *j); /* members of an open object: "missing", "extra" */
/* Warnings for what is missing and extra, as members of the open object "warnings" (warning.h). */
void sw_mapping_warnings(const sw_mapping *m, sw_json *j);
/* True when header text `name` names this column. */
bool sw_column_named(const sw_column_spec *c, sw_str name);

#endif
