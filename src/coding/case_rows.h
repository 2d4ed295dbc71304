/* Cases from an engine's result, columns found by name (see coding/group_run.h for the names).
 *
 * A case borrows the current row and is valid until the next. One reader, one thread. */
#ifndef SW_CODING_CASE_ROWS_H
#define SW_CODING_CASE_ROWS_H

#include "engine/rows.h"
#include "medic/drg.h"

typedef enum sw_case_column {
  SW_CASE_ROW, SW_CASE_ORG, SW_CASE_ORG_CODE, SW_CASE_NO, SW_CASE_SEX, SW_CASE_AGE, SW_CASE_DAYS, SW_CASE_WEIGHT, SW_CASE_LOS,
  SW_CASE_MODE, SW_CASE_VENT, SW_CASE_ICU, SW_CASE_COST, SW_CASE_DX, SW_CASE_PR, SW_CASE_COLUMNS
} sw_case_column;

typedef struct sw_case_rows {
  const sw_rows *rows;
  int at[SW_CASE_COLUMNS]; /* -1 absent */
  sw_str *codes;
} sw_case_rows;

SW_CHECKED sw_status sw_case_rows_init(sw_case_rows *r, const sw_rows *rows, sw_error *err);
void sw_case_rows_fini(sw_case_rows *r);
void sw_case_rows_take(sw_case_rows *r, sw_drg_case *out);
bool sw_case_rows_has(const sw_case_rows *r, sw_case_column f);
sw_str sw_case_rows_text(const sw_case_rows *r, sw_case_column f); /* empty when NULL or absent */

#endif
