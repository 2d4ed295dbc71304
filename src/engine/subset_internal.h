/* What subset*.c share. */
#ifndef SW_ENGINE_SUBSET_INTERNAL_H
#define SW_ENGINE_SUBSET_INTERNAL_H

#include "base/map.h"
#include "base/vec.h"
#include "engine/subset.h"

#include <jansson.h>

const sw_sql_function *sw_sql_function_find(sw_str name);

enum { SW_SUBSET_TEXT = 320 };

/* A walk over the parse tree of `text`. The problem that comes first in the text is kept. */
typedef struct sw_subset {
  sw_str text;
  bool read_mode; /* sw_sql_check_read: only what is dangerous is refused */
  sw_arena *arena;
  sw_map seen_tables, seen_columns;
  SW_VEC(sw_table_ref) tables;
  SW_VEC(sw_column_ref) columns;
  SW_VEC(const char *) ctes; /* names in scope */
  size_t here;               /* byte position of the innermost node that told one */
  bool has_aggregate, has_window, has_subquery;
  bool failed;               /* memory */
  bool refused;
  size_t at;
  char zh[SW_SUBSET_TEXT], en[SW_SUBSET_TEXT];
} sw_subset;

void sw_subset_refuse(sw_subset *w, const char *zh, const char *en, ...) SW_PRINTF(2, 4) SW_PRINTF(3, 4);
void sw_subset_walk(sw_subset *w, const json_t *tree);
/* Checks one expression node (an object with a "class"). False: do not walk its children. */
bool sw_subset_expression(sw_subset *w, const json_t *e, const char *class, const char *type);
void sw_subset_add_column(sw_subset *w, const json_t *names);

#endif
