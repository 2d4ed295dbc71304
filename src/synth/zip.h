/* A spreadsheet of one sheet, written as a stream: rows come as fields separated by 0x1F. Internal to the room. */
#ifndef SW_SYNTH_ZIP_H
#define SW_SYNTH_ZIP_H

#include "base/error.h"
#include "base/str.h"
#include "synth/layout.h"

typedef struct sy_zip sy_zip;

/* Creates the file with its fixed parts and the beginning of the sheet. `types` says which cells are numbers. */
SW_CHECKED sw_status sy_zip_new(const char *path, const char *sheet, const sy_type *types, int ncolumns, sy_zip **out,
                                sw_error *err);
/* Rows end with '\n'; the first row of all is the heading (all text). */
SW_CHECKED sw_status sy_zip_rows(sy_zip *z, sw_str rows, sw_error *err);
/* Closes sheet and archive. */
SW_CHECKED sw_status sy_zip_finish(sy_zip *z, int64_t *bytes, sw_error *err);
void sy_zip_free(sy_zip *z);

#endif
