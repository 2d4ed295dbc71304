/* A delimited text file for linking: read whole, split into columns.
 *
 * The delimiter (comma, tab, semicolon, bar) is found from the header line; RFC 4180 quoting; UTF-8, with or without a byte
 * order mark. Records with another number of fields than the header are kept, cut or filled up, and counted. */
#ifndef SW_IDENTITY_CSV_H
#define SW_IDENTITY_CSV_H

#include "base/arena.h"

enum { SW_LINK_CSV_COLUMNS = 512 };

typedef struct sw_link_csv {
  char *bytes;        /* the file, unquoted in place */
  size_t nbytes;
  sw_str *names;      /* of columns, trimmed */
  size_t ncolumns;
  sw_str *cells;      /* column-major: cells[column * nrows + row] */
  size_t nrows;
  size_t ragged;      /* records with a wrong number of fields */
} sw_link_csv;

SW_CHECKED sw_status sw_link_csv_read(const char *path, sw_link_csv *out, sw_error *err);
/* The same from bytes on the heap, which are taken over. */
SW_CHECKED sw_status sw_link_csv_parse(char *bytes, size_t n, const char *name, sw_link_csv *out, sw_error *err);
void sw_link_csv_fini(sw_link_csv *c);
/* The column's number, or −1; case is ignored. */
ptrdiff_t sw_link_csv_column(const sw_link_csv *c, sw_str name);
static inline const sw_str *sw_link_csv_cells(const sw_link_csv *c, size_t column) { return c->cells + column * c->nrows; }

#endif
