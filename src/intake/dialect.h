/* How a delimited file is written: delimiter, quoting, line ends, header. Found by trying and counting on a sample; what is
 * declared is not tried. */
#ifndef SW_INTAKE_DIALECT_H
#define SW_INTAKE_DIALECT_H

#include "base/arena.h"
#include "base/json.h"
#include "intake/record.h"

typedef struct sw_dialect {
  char delimiter;
  char quote;          /* 0: none */
  bool cr_ends;
  bool header;
  int skip_records;    /* before the first data record: titles and the header itself */
  size_t nfields;      /* the header's, or the commonest count */
  const char **names;  /* header names in UTF-8, trimmed; NULL without header; in the arena */
  double consistency;  /* share of sampled records with nfields fields */
  size_t sampled;
  size_t record_bytes; /* of a record on average, in the sample; 0 unknown */
  bool lf, crlf, cr;   /* line ends seen in the sample */
} sw_dialect;

/* `sample` is the beginning of the file in UTF-8 without byte order mark; `whole` says that it is all of it (else its last
 * line is left out). `t` may be NULL (nothing declared). Strings of the result live in the arena. */
SW_CHECKED sw_status sw_dialect_sniff(sw_str sample, bool whole, const sw_file_hints *h, const sw_table_spec *t, sw_arena *a,
                                      sw_dialect *out, sw_error *err);
void sw_dialect_json(const sw_dialect *d, sw_json *j); /* members of an open object */

/* Shared with the other formats: which of the first rows is the header? Each row is an array of trimmed texts. Returns its
 * index, or -1 when there is none. */
typedef struct sw_sample_row {
  const sw_str *cells;
  size_t n;
} sw_sample_row;
int sw_find_header(const sw_sample_row *rows, size_t n, const sw_table_spec *t);
/* How many declared columns a row names. */
size_t sw_header_matches(const sw_sample_row *row, const sw_table_spec *t);

#endif
