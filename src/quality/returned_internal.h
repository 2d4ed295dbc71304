/* Between the files of returned rejections. Private to the quality room. */
#ifndef SW_QUALITY_RETURNED_INTERNAL_H
#define SW_QUALITY_RETURNED_INTERNAL_H

#include "intake/source.h"
#include "quality/returned.h"

/* A file open for reading rows by header. */
typedef struct sw_returned_file {
  sw_input *in;
  sw_opened opened;
  sw_reader reader;
  sw_buf scratch;
} sw_returned_file;
SW_CHECKED sw_status sw_returned_open(const char *path, sw_arena *a, const sw_cancel *cancel, sw_returned_file *out, sw_error *err);
void sw_returned_close(sw_returned_file *f);
/* Position of the first header that is one of these (blanks aside, ASCII case ignored); -1 none. */
ptrdiff_t sw_returned_column(const sw_returned_file *f, const sw_config_list *names);
/* Trimmed text of a cell in the arena-less scratch: valid until the next call. */
sw_str sw_returned_cell(sw_returned_file *f, const sw_record *r, ptrdiff_t column);

#endif
