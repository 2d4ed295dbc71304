/* What intake is told: the declared table and columns, as plain values. (Packs fill them; tests write them by hand.)
 *
 * Strings are borrowed for the time of the call. */
#ifndef SW_INTAKE_TABLE_H
#define SW_INTAKE_TABLE_H

#include "engine/type.h"
#include "intake/encoding.h"

/* How the text of a value is read. AUTO suits nearly all: the forms of base/date.h, numbers with or without thousands
 * separators and full-width digits left alone. */
typedef enum sw_value_format {
  SW_FORMAT_AUTO = 0,
  SW_FORMAT_PATTERN,  /* dates and times after a pattern: yyyy MM dd HH mm ss, other characters stand for themselves */
  SW_FORMAT_DAYS,     /* day numbers counted from `epoch` (Caché: days:1840-12-31) */
  SW_FORMAT_HOROLOG,  /* Caché $HOROLOG, "days,seconds" from 1840-12-31 */
  SW_FORMAT_EXCEL,    /* spreadsheet serial numbers of the 1900 system */
  SW_FORMAT_FEN       /* amounts as integers in fen */
} sw_value_format;

typedef struct sw_column_spec {
  const char *name;            /* in the table; also looked for in the header */
  const char *const *aliases;  /* other headers for it */
  size_t naliases;
  sw_type type;                /* STR, BOOL, I32, I64, F64, DECIMAL(≤18), DATE, TIME, TIMESTAMP */
  sw_value_format format;
  const char *pattern;         /* PATTERN */
  int32_t epoch;               /* DAYS: day 0, in days since 1970-01-01 */
  bool required;               /* its column must be there; a value may still be missing: that is for the rules */
  const char *const *nulls;    /* texts that mean NULL, besides the table's */
  size_t nnulls;
} sw_column_spec;

typedef struct sw_table_spec {
  const char *name;            /* of the ods table, without schema */
  const sw_column_spec *columns;
  size_t ncolumns;
  const char *const *nulls;    /* texts that mean NULL in every column; the empty text always does */
  size_t nnulls;
  const char *const *totals;   /* words that begin a total row, besides 合计 and the like */
  size_t ntotals;
  size_t org_column;           /* position + 1 of the column that says whose a row is; 0: all are the delivery's. An empty value is the
                                  delivery's, too */
  bool strict;                 /* a file with columns that are not declared is refused */
} sw_table_spec;

typedef enum sw_file_format {
  SW_FORMAT_DETECT = 0,
  SW_FORMAT_DELIMITED,
  SW_FORMAT_NDJSON,
  SW_FORMAT_PARQUET,
  SW_FORMAT_XLSX,
  SW_FORMAT_DBF
} sw_file_format;
const char *sw_file_format_name(sw_file_format f); /* "delimited", "ndjson", "parquet", "xlsx", "dbf", "" */
bool sw_file_format_parse(sw_str name, sw_file_format *out); /* also "csv", "tsv", "auto" */

typedef enum sw_tristate { SW_DETECT = 0, SW_YES, SW_NO } sw_tristate;

/* What the source declares of its files; zeros are detected. */
typedef struct sw_file_hints {
  sw_file_format format;
  sw_encoding encoding;
  char delimiter;
  char quote;            /* with quoting YES */
  sw_tristate quoting, header;
  int skip_lines;        /* lines before the header; -1: look for the header among the first lines */
  const char *sheet;     /* XLSX: by name; NULL: the first that has rows */
  size_t record_limit;   /* bytes; 0: 16 MiB */
} sw_file_hints;

/* "yyyy-MM-dd", "days:1840-12-31", "horolog", "excel", "fen", "" or "auto" into format, pattern and epoch. The pattern is
 * borrowed from text, which must outlive the column. False when it is none of them. */
bool sw_value_format_parse(const char *text, sw_column_spec *column);
/* NULL when the column can be typed by intake, else why not (zh, en; static). */
const char *const *sw_column_spec_problem(const sw_column_spec *c);

#endif
