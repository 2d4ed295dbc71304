/* What a delivered file made remarkable though it was taken: columns missing or undeclared, total rows, doubt about its
 * encoding. They are kept in the batch's JSON (sw_batch.dialect), in both languages, and are the same for the same content.
 * Names of columns and counts only: no values of records.
 *
 *   code                n
 *   missing_columns     declared columns that the file lacks (taken as NULL)
 *   extra_columns       columns of the file that are not declared (left out)
 *   doubtful_encoding   0: most lines beyond ASCII are valid in no known encoding
 *   empty_file          0
 *   no_rows             0: a header alone
 *   total_rows          rows recognised as totals and left out
 *   repeated_headers    header lines between records
 *   deleted_records     records that DBF marks as deleted
 *
 * Threads: none of its own. */
#ifndef SW_INTAKE_WARNING_H
#define SW_INTAKE_WARNING_H

#include "base/json.h"
#include "base/str.h"

typedef struct sw_batch_warning {
  sw_str code;
  int64_t n;
  sw_str text[2]; /* by sw_lang; valid during the call */
} sw_batch_warning;

typedef sw_status (*sw_batch_warning_fn)(void *ctx, const sw_batch_warning *w, sw_error *err);

/* Calls `fn` for each warning in a batch's JSON; JSON without any (or of an older batch) has none. */
SW_CHECKED sw_status sw_batch_warnings(const char *info, sw_batch_warning_fn fn, void *ctx, sw_error *err);

/* Writes one as a member of the open object "warnings". */
void sw_batch_warning_put(sw_json *j, const char *code, int64_t n, const char *zh, const char *en);

#endif
