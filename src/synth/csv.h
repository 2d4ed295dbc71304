/* The content files' reader: comma-separated, no quoting, '#' comments, a header line. Internal to the room. */
#ifndef SW_SYNTH_CSV_H
#define SW_SYNTH_CSV_H

#include "base/arena.h"
#include "base/error.h"

enum { SY_CSV_COLUMNS = 32 };

typedef struct sy_csv {
  const char *file;    /* in the arena */
  sw_str header[SY_CSV_COLUMNS];
  int ncolumns;
  sw_str (*rows)[SY_CSV_COLUMNS];
  int *lines;          /* 1-based line of each row */
  int nrows;
} sy_csv;

/* Reads DIR/name; every row has as many fields as the header. Everything lives in the arena. */
SW_CHECKED sw_status sy_csv_read(sw_arena *a, const char *dir, const char *name, sy_csv *out, sw_error *err);
/* The field of a row by its column's name; empty when there is no such column. */
sw_str sy_csv_get(const sy_csv *t, int row, const char *column);
/* A number; an empty field is `fallback`. Anything else fails with file and line. */
SW_CHECKED sw_status sy_csv_number(const sy_csv *t, int row, const char *column, double fallback, double *out, sw_error *err);
/* The i-th of fields separated by `sep`; false past the end. */
bool sy_csv_part(sw_str list, char sep, int i, sw_str *out);

#endif
