/* Finding delivered files: which file of a source directory belongs to which declared table, institution and delivery.
 * (Patterns: pack/path_pattern.h.) */
#ifndef SW_OPERATOR_DISCOVER_H
#define SW_OPERATOR_DISCOVER_H

#include "pack/kinds.h"
#include "pack/path_pattern.h"

typedef struct sw_found_file {
  const sw_source_def *source;
  const sw_source_table_def *table;
  const char *path;     /* to open it */
  const char *file;     /* relative to the source directory */
  const char *org;      /* of the path, else of the declaration; "" when neither says */
  const char *delivery; /* label that orders deliveries; "" unknown */
} sw_found_file;

typedef struct sw_found_files {
  sw_found_file *items; /* by delivery, file, source, table: the order in which batch numbers are given out */
  size_t n;
  const char **unclaimed; /* files that no table declares */
  size_t nunclaimed;
} sw_found_files;

/* Everything lives in the arena. `sources` are those to look for. */
SW_CHECKED sw_status sw_discover(const char *dir, const sw_source_def *const *sources, size_t nsources, sw_arena *a, sw_found_files *out,
                                 sw_error *err);

#endif
