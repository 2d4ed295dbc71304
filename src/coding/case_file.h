/* Cases from a CSV file, columns found by name, as the groupers take them.
 *
 * Names (the first that exists is used): id; sex (1, 2, 男, 女, M, F); age_years; age_days; weight_g; los_days;
 * discharge_mode; vent_hours; icu_hours; cost (yuan); dx_list_principal_first and proc_list_main_first, codes
 * separated by '|' (or ';'). A column that is absent, and a value that is not a number, is unknown, never an error.
 *
 * The case borrows the reader's buffer and is valid until the next call. One reader, one thread. */
#ifndef SW_CODING_CASE_FILE_H
#define SW_CODING_CASE_FILE_H

#include "coding/csv_in.h"
#include "medic/drg.h"

enum { SW_CASE_MAX_CODES = 4096 }; /* codes of one list; those past it are dropped and the case says so */

typedef struct sw_case_file {
  sw_csv_in *csv;
  int id, sex, age_years, age_days, weight, los, discharge, vent, icu, cost, dx, pr, hospital, month;
  sw_str *codes; /* 2 × SW_CASE_MAX_CODES */
  bool truncated;
} sw_case_file;

SW_CHECKED sw_status sw_case_file_open(const char *path, sw_case_file *f, sw_error *err);
void sw_case_file_close(sw_case_file *f);
SW_CHECKED sw_step sw_case_file_next(sw_case_file *f, sw_drg_case *out, sw_str *id, sw_error *err);

/* Splits a list of codes at '|' or ';', blanks trimmed, empty ones dropped except a leading one (an empty principal
 * diagnosis stays first). Returns how many were written; *more is set when there were more than cap. */
size_t sw_case_split_codes(sw_str list, sw_str *out, size_t cap, bool *more);
/* 1, 2, 男, 女, M, F, male, female (any case) → 1, 2; otherwise the number, or SW_UNKNOWN. */
int32_t sw_case_sex(sw_str s);

#endif
