/* One bound expression over one row: the language's reference meaning, used for whatever the vector plan has no faster
 * way for, and once for each distinct text.
 *
 * A batch is up to SW_CHUNK_ROWS rows in engine columns with their children; the same struct is filled from an engine's
 * chunk or from one case read from a file. Threads: a scalar context belongs to one thread. */
#ifndef SW_QUALITY_SCALAR_H
#define SW_QUALITY_SCALAR_H

#include "engine/column.h"
#include "quality/expr.h"
#include "quality/regex.h"

typedef struct sw_qchild_view {
  const sw_column *list;            /* LIST of STRUCT, a row's children in order; NULL: nothing was delivered */
  const sw_column *const *columns;  /* by the entity's column index; NULL where not delivered */
} sw_qchild_view;

typedef struct sw_qbatch {
  size_t n;
  const sw_column *const *row;      /* by the table's column index; NULL where not delivered */
  const sw_qchild_view *children;   /* by the table's child index */
  const sw_column *const *sql;      /* BOOL, by number of the opaque predicate */
} sw_qbatch;

typedef enum sw_qstate { SW_QV_NULL, SW_QV_OK, SW_QV_ERROR } sw_qstate;

typedef struct sw_qval {
  sw_qstate state;
  int64_t i; /* INT (scaled), DATE, TIME, BOOL */
  double f;
  sw_str s;
} sw_qval;

typedef struct sw_scalar {
  const sw_qbatch *batch;
  sw_qmatcher *matcher;
  sw_arena scratch;   /* texts made by upper, concat …; reset by sw_scalar_eval's caller */
  size_t row, elem;
  const sw_str *text; /* not NULL: stands for the expression's only text column; ptr NULL means NULL */
} sw_scalar;

SW_CHECKED sw_status sw_scalar_init(sw_scalar *s, sw_error *err);
void sw_scalar_fini(sw_scalar *s);
sw_qval sw_scalar_eval(sw_scalar *s, const sw_xnode *x);
/* True when `code` lies in one of the ranges. */
bool sw_codes_match(const sw_code_range *r, uint32_t n, sw_str code);

#endif
