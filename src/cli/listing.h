/* A listing: rows under columns, printed as an aligned table, as a JSON array of objects, or as CSV (RFC 4180).
 *
 * JSON and CSV stream row by row, so a listing may be endless. A table waits for its first 1,000 rows to choose widths
 * (in terminal columns, so Chinese aligns), then streams too. On a terminal that is too narrow a column of one value is told
 * above the table, and the widest texts are shortened; JSON, CSV and output to a file always have all.
 *
 *   sw_listing l;
 *   sw_listing_begin(&l, cli, COLUMNS, n);
 *   sw_listing_str(&l, name); sw_listing_i64(&l, rows); sw_listing_row(&l);
 *   return sw_listing_end(&l, err);
 */
#ifndef SW_CLI_LISTING_H
#define SW_CLI_LISTING_H

#include "base/arena.h"
#include "base/json.h"
#include "cli/command.h"

typedef enum sw_cell_kind {
  SW_CELL_TEXT,
  SW_CELL_PROSE,  /* the last column only: text that goes on in further lines instead of being cut */
  SW_CELL_INT,    /* thousands separated in tables */
  SW_CELL_PLAIN,  /* an integer without separators: years, numbers of a query */
  SW_CELL_NUMBER, /* a double, up to 6 significant decimals in tables */
  SW_CELL_SECONDS, /* a double of seconds: "1.24 s", "3 min 05 s" in tables */
  SW_CELL_BYTES,  /* an integer: "12.3 MiB" in tables */
  SW_CELL_MONEY,  /* fen as an integer; yuan with two decimals in every format */
  SW_CELL_RATE,   /* a double 0..1: "12.34 %" in tables */
  SW_CELL_STATE   /* a status word, coloured on a terminal */
} sw_cell_kind;

typedef struct sw_listing_column {
  const char *key;      /* JSON and CSV name */
  const char *title[2]; /* table heading by sw_lang */
  sw_cell_kind kind;
} sw_listing_column;

typedef struct sw_listing {
  const sw_cli *cli;
  const sw_listing_column *columns;
  size_t ncolumns, at;      /* next cell of the row under way */
  int64_t rows;
  sw_buf line;              /* the row under way, or waiting output */
  sw_json json;
  sw_arena cells;           /* table rows that wait for widths */
  struct sw_listing_waiting *first, *last;
  size_t waiting;
  size_t *widths;
  bool widths_set;
  sw_status status;
  sw_error error;
} sw_listing;

void sw_listing_begin(sw_listing *l, const sw_cli *cli, const sw_listing_column *columns, size_t ncolumns);
void sw_listing_str(sw_listing *l, sw_str v);
void sw_listing_strz(sw_listing *l, const char *v); /* NULL is null */
void sw_listing_i64(sw_listing *l, int64_t v);      /* INT, BYTES, MONEY */
void sw_listing_f64(sw_listing *l, double v);       /* NUMBER, SECONDS, RATE */
void sw_listing_null(sw_listing *l);
/* A value that has a JSON form of its own; `text` is for CSV and tables. */
void sw_listing_json(sw_listing *l, sw_str json, sw_str text);
void sw_listing_row(sw_listing *l); /* ends a row; missing cells are null */
SW_CHECKED sw_status sw_listing_end(sw_listing *l, sw_error *err);

/* Human forms, also for other texts: "1,234,567", "12.3 MiB", "1.24 s". */
void sw_human_int(int64_t v, char out[32]);
void sw_human_bytes(int64_t v, char out[32]);
void sw_human_seconds(double v, char out[32]);

#endif
