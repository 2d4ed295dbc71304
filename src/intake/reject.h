/* Rejects: records that could not be taken, kept whole with the reason.
 *
 * While a part is read its rejects go to a spool (a temporary file of our own, so that ten million bad records need no
 * memory); at the end of the batch the spools become one Parquet file. Reasons are made from the code and its numbers when
 * that file is written, in both languages.
 *
 * The file has one row a reject (part 0): _row, _org, _line, _offset, column_name, position, field, code, reason_zh, reason_en,
 * raw, length, part, bytes. `raw` is for reading: the record as text in UTF-8, or "\x" and hex where it is none; of a long record
 * its first 64 KiB. `length` counts the record's bytes as delivered, without its line end. Where raw is not those bytes exactly
 * (another encoding, a long record), `bytes` holds them: the first 64 KiB in the reject's own row, the rest in rows of the same
 * _row with part 1, 2, … that have nothing else. So a record of any length is kept whole in little memory; sw_rejects_restore
 * (restore.h) gives it back.
 *
 * Threads: a spool belongs to the thread of its part. */
#ifndef SW_INTAKE_REJECT_H
#define SW_INTAKE_REJECT_H

#include "engine/source.h"
#include "intake/table.h"

typedef enum sw_reject_code {
  SW_REJECT_NONE = 0,
  SW_REJECT_TOO_FEW_FIELDS,   /* a: expected, b: found */
  SW_REJECT_TOO_MANY_FIELDS,  /* a: expected, b: found */
  SW_REJECT_BAD_QUOTE,
  SW_REJECT_UNBALANCED_QUOTE,
  SW_REJECT_TOO_LONG,         /* a: limit, b: length */
  SW_REJECT_NUL_BYTE,
  SW_REJECT_BAD_ENCODING,     /* the encoding is the batch's */
  SW_REJECT_BAD_TYPE,         /* column */
  SW_REJECT_BAD_JSON,
  SW_REJECT_NOT_AN_OBJECT
} sw_reject_code;
const char *sw_reject_code_name(sw_reject_code c); /* "too_few_fields", …: stable, for scripts */

typedef struct sw_reject {
  int64_t row, line, offset;
  int64_t position;     /* byte of the value (or of the fault) within the record, from 0; -1 unknown */
  int32_t column;       /* declared column; -1: the record as such */
  int32_t field;        /* 1-based field of the record; 0: none */
  sw_reject_code code;
  int64_t a, b;
  int64_t length;       /* bytes of the record as delivered */
  sw_str org;           /* whose it is */
  sw_str raw;           /* valid UTF-8, at most some SW_REJECT_PIECE */
} sw_reject;

enum { SW_REJECT_PIECE = 64 << 10 };

typedef struct sw_reject_spool sw_reject_spool;

/* The file is made at the first reject only. path is copied. */
SW_CHECKED sw_status sw_reject_spool_new(const char *path, sw_reject_spool **out, sw_error *err);
void sw_reject_spool_free(sw_reject_spool *s); /* closes and removes the file */
/* A reject: its description, then its original bytes in any number of pieces (none: raw is exact), then the end. */
SW_CHECKED sw_status sw_reject_spool_add(sw_reject_spool *s, const sw_reject *r, sw_error *err);
SW_CHECKED sw_status sw_reject_spool_bytes(sw_reject_spool *s, const char *p, size_t n, sw_error *err);
SW_CHECKED sw_status sw_reject_spool_end(sw_reject_spool *s, sw_error *err);
int64_t sw_reject_spool_count(const sw_reject_spool *s);
/* Appends raw bytes as the rejects' raw text: as they are when they are valid UTF-8 without NUL, else "\x" and hex. */
void sw_reject_raw_text(sw_str raw, bool force_hex, sw_buf *out);

/* Writes all spools, in their order, to one Parquet file. *rows counts rejects. */
typedef struct sw_reject_context {
  const sw_table_spec *table;
  sw_encoding encoding;
} sw_reject_context;
SW_CHECKED sw_status sw_rejects_write(sw_conn *c, sw_reject_spool *const *spools, size_t n, const sw_reject_context *x,
                                      const char *path, const sw_cancel *cancel, int64_t *rows, sw_error *err);

/* The reason in one language, appended. */
void sw_reject_reason(const sw_reject *r, const sw_reject_context *x, sw_lang lang, sw_buf *out);

#endif
