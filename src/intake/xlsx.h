/* Inside of the XLSX backend (ECMA-376 part 1, SpreadsheetML): what a workbook's parts hold, and the streaming reader of one
 * sheet. Sheets are never held in memory; shared strings are, up to a limit. */
#ifndef SW_INTAKE_XLSX_H
#define SW_INTAKE_XLSX_H

#include "base/vec.h"
#include "intake/source.h"

#include <libxml/parser.h>
#include <zip.h>

enum {
  SW_XLSX_COLUMNS = 16384,       /* of a sheet: the format's own limit */
  SW_XLSX_CELL = 1 << 20,        /* bytes of one cell's text; the format allows 32,767 characters */
  SW_XLSX_STRINGS = 1 << 30      /* bytes of all shared strings with their places */
};

typedef struct sw_xlsx_strings {
  sw_buf text;
  SW_VEC(size_t) ends;           /* of each string in text */
} sw_xlsx_strings;

typedef enum sw_xlsx_style { SW_XLSX_PLAIN, SW_XLSX_DATE, SW_XLSX_DATETIME, SW_XLSX_TIME } sw_xlsx_style;

typedef struct sw_xlsx_book {
  const char *path;
  bool date1904;
  sw_xlsx_strings strings;
  SW_VEC(uint8_t) styles;        /* sw_xlsx_style by cell style index */
  SW_VEC(char *) sheets;         /* name, part, name, part, …; heap */
} sw_xlsx_book;

SW_CHECKED sw_status sw_xlsx_book_load(const char *path, sw_xlsx_book *out, sw_error *err);
void sw_xlsx_book_fini(sw_xlsx_book *b);

/* Streams one part of the container through a SAX handler. */
typedef struct sw_xlsx_part sw_xlsx_part;
SW_CHECKED sw_status sw_xlsx_part_open(const char *path, const char *part, const xmlSAXHandler *sax, void *ctx, sw_xlsx_part **out,
                                       sw_error *err); /* *out NULL: there is no such part */
/* Feeds the next block; *more false at the end. */
SW_CHECKED sw_status sw_xlsx_part_feed(sw_xlsx_part *p, bool *more, sw_error *err);
void sw_xlsx_part_close(sw_xlsx_part *p);

/* Rows of one sheet. A row's cells are texts; absent cells are empty. */
typedef struct sw_xlsx_rows sw_xlsx_rows;
typedef struct sw_xlsx_row {
  const sw_str *cells;           /* valid until the next row */
  size_t n;
  int64_t number;                /* as the spreadsheet shows it */
} sw_xlsx_row;
SW_CHECKED sw_status sw_xlsx_rows_open(const sw_xlsx_book *b, const char *part, sw_xlsx_rows **out, sw_error *err);
SW_CHECKED sw_step sw_xlsx_rows_next(sw_xlsx_rows *r, sw_xlsx_row *out, sw_error *err);
void sw_xlsx_rows_close(sw_xlsx_rows *r);

/* The value of an attribute (of libxml2's five-pointer arrays) by local name; empty when absent. */
sw_str sw_xlsx_attribute(int n, const xmlChar **attributes, const char *name);

/* Text of a number as a spreadsheet means it: 15 significant digits; dates and times as ISO 8601 by style. */
void sw_xlsx_number(sw_str v, sw_xlsx_style style, bool date1904, sw_buf *out);

#endif
