/* Reading CSV tables and case files: RFC 4180, one pass, views into a buffer, no copies.
 *
 * The first record names the columns. A record's fields stay valid until the next call. Empty lines are skipped; a
 * UTF-8 byte order mark is dropped. After a quote that is never closed, the record ends at its first line end, its
 * quotes are taken literally and `broken` is set: the caller decides; reading resumes at the next line.
 *
 * Ownership: the reader owns its file and buffer. Threads: one reader, one thread. */
#ifndef SW_CODING_CSV_IN_H
#define SW_CODING_CSV_IN_H

#include "base/str.h"

enum { SW_CSV_MAX_FIELDS = 512, SW_CSV_MAX_RECORD = 16 << 20 };

typedef struct sw_csv_in {
  int fd;
  char *buf;
  size_t cap, pos, end; /* bytes [pos, end) are unread */
  bool eof;
  char delimiter;
  int64_t line;         /* 1-based first line of the current record */
  int64_t next_line;
  bool broken;          /* the current record has an unbalanced quote, or too many fields */
  size_t nfields;
  sw_str fields[SW_CSV_MAX_FIELDS];
  size_t ncolumns;
  char *header;         /* the names' bytes */
  sw_str columns[SW_CSV_MAX_FIELDS];
  char path[512];       /* for messages */
} sw_csv_in;

/* Opens a file ("-": standard input) and reads its header. *out is NULL on failure. */
SW_CHECKED sw_status sw_csv_in_open(const char *path, sw_csv_in **out, sw_error *err);
void sw_csv_in_close(sw_csv_in *in);
/* SW_ROW with in->fields; SW_DONE; SW_STEP_ERROR when reading failed or a record is longer than the limit. */
SW_CHECKED sw_step sw_csv_in_next(sw_csv_in *in, sw_error *err);
/* The column's number, or -1. Names are compared exactly, after trimming. */
int sw_csv_in_column(const sw_csv_in *in, const char *name);
/* The first of several names that exists (NULL ends the list), or -1. */
int sw_csv_in_column_of(const sw_csv_in *in, const char *const *names);
/* The field of a column of the current record; empty when the column is absent (-1) or the record is short. */
static inline sw_str sw_csv_in_get(const sw_csv_in *in, int column) {
  if (column < 0 || (size_t)column >= in->nfields) return (sw_str){NULL, 0};
  return in->fields[column];
}

#endif
