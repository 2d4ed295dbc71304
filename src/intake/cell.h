/* One value: text to its declared type, exactly or not at all. Pure functions, no locale.
 *
 * Leading and trailing blanks (also U+3000) do not count, save in text, which stays as it was delivered. */
#ifndef SW_INTAKE_CELL_H
#define SW_INTAKE_CELL_H

#include "intake/table.h"

bool sw_cell_bool(sw_str s, bool *out);                 /* true/false, t/f, yes/no, y/n, 1/0, 是/否, 有/无 */
bool sw_cell_i64(sw_str s, int64_t *out);               /* also 1,234 and 12.00 */
bool sw_cell_f64(sw_str s, double *out);                /* also 1,234.5 and 1.2E+3; no infinity, no NaN */
/* Scaled by 10^scale; digits beyond the scale must be zeros; 1,234.50, ¥ and 元 are allowed; 1.2E+3 too. */
bool sw_cell_decimal(sw_str s, unsigned width, unsigned scale, int64_t *out);
bool sw_cell_date(sw_str s, const sw_column_spec *c, int32_t *days);
bool sw_cell_timestamp(sw_str s, const sw_column_spec *c, int64_t *us);
bool sw_cell_time(sw_str s, int64_t *us);               /* 8:05, 08:05:09[.123456], 080509 */

/* Spreadsheet serial (1900 system, with its phantom 1900-02-29) to local microseconds. False out of 1900..9999. */
bool sw_excel_serial(double serial, int64_t *us);

/* True when a value, blanks trimmed, is one of the texts that mean NULL. */
bool sw_cell_is_null(sw_str s, const char *const *nulls, size_t n);

#endif
