/* A table of text for linking, read whole: a delimited file (any encoding, delimiter, quoting, gzip or zstd), XLSX, DBF or
 * NDJSON, as the intake reads them.
 *
 * Records with another number of fields than the header are kept, cut or filled up, and counted; records that cannot be
 * read at all (a quote that never closes) are left out and counted. A file whose first line holds numbers or dates has no
 * header: its columns are column1, column2, …
 *
 * Ownership: sw_link_csv_fini frees everything; cells live as long as the table. Threads: any, one table each. */
#ifndef SW_IDENTITY_CSV_H
#define SW_IDENTITY_CSV_H

#include "base/arena.h"
#include "base/task.h"

enum { SW_LINK_CSV_COLUMNS = 512 };

typedef struct sw_link_csv {
  sw_arena arena;       /* of the texts */
  sw_str *names;        /* of columns, trimmed */
  size_t ncolumns;
  sw_str *cells;        /* column-major: cells[column * nrows + row] */
  size_t nrows;
  size_t ragged;        /* records with a wrong number of fields */
  size_t unreadable;    /* records left out */
  int64_t unreadable_line; /* of the first of them */
  size_t undecodable;   /* values with bytes that the encoding does not know: left empty */
  bool headerless;
  const char *encoding; /* "UTF-8", "GB18030", …: static */
} sw_link_csv;

SW_CHECKED sw_status sw_link_csv_read(const char *path, const sw_cancel *cancel, sw_link_csv *out, sw_error *err);
void sw_link_csv_fini(sw_link_csv *c);
/* The column's number, or −1; case is ignored. */
ptrdiff_t sw_link_csv_column(const sw_link_csv *c, sw_str name);
static inline const sw_str *sw_link_csv_cells(const sw_link_csv *c, size_t column) { return c->cells + column * c->nrows; }

#endif
