/* A look at an unknown file: format, encoding, dialect, columns with likely types. What `suwen draft` starts from. */
#ifndef SW_INTAKE_SNIFF_H
#define SW_INTAKE_SNIFF_H

#include "base/arena.h"
#include "base/task.h"
#include "intake/table.h"

typedef struct sw_sniffed_column {
  const char *name;       /* from the header, the file's own schema, or column1, column2, … */
  sw_type type;           /* that all sampled values have */
  const char *format;     /* of dates where AUTO does not read them: "excel", "days:1840-12-31", "horolog"; "" */
  int64_t values;         /* sampled, not NULL */
  int64_t nulls;          /* empty, or one of the usual NULL texts */
  int64_t distinct;       /* among the first SW_SNIFF_DISTINCT different ones */
  bool unique;            /* no value came twice: may be a key */
  bool mangled;           /* long numbers in scientific notation (1.1E+17): a spreadsheet has eaten digits */
  size_t max_length;      /* in code points */
  const char *min, *max;  /* as text, by type; NULL without values */
  const char *examples[5];
  const char **domain;    /* all distinct values when there are few (at most SW_SNIFF_DOMAIN); NULL else */
  size_t ndomain;
} sw_sniffed_column;

enum { SW_SNIFF_DISTINCT = 100000, SW_SNIFF_DOMAIN = 40, SW_SNIFF_ROWS = 200000 };

typedef struct sw_sniffed {
  sw_file_format format;
  sw_encoding encoding;
  const char *compression;     /* "none", "gzip", "zstd" */
  char delimiter, quote;       /* delimited only */
  bool header;
  const char *sheet;           /* XLSX */
  const char *const *nulls;    /* NULL texts that occur ("NULL", "\\N", "-", "无"): for the table's declaration */
  size_t nnulls;
  sw_sniffed_column *columns;
  size_t ncolumns;
  int64_t rows;                /* looked at */
  int64_t bad;                 /* of these, those that could not be read */
  bool whole;                  /* the file has no more */
  const char *info;            /* JSON: encoding evidence, dialect */
} sw_sniffed;

/* Reads at most SW_SNIFF_ROWS records. All strings live in the arena. stage_dir: for Parquet only, a directory that the engine
 * may read; engine may be NULL when no Parquet file is expected. */
struct sw_engine;
SW_CHECKED sw_status sw_intake_sniff(const char *path, const sw_file_hints *h, struct sw_engine *engine, const char *stage_dir,
                                     sw_arena *a, const sw_cancel *cancel, sw_sniffed *out, sw_error *err);

#endif
