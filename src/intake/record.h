/* A record of any format on its way to its types, and the reader that yields records: one small backend table.
 *
 * Fields are text in UTF-8, unless the reader says that they are raw GB18030 (fast path: only fields that need it are
 * decoded, late). A reader's records stay valid until its next call with may_refill true, or, when `transient`, until its
 * next call at all. Threads: one reader, one thread. */
#ifndef SW_INTAKE_RECORD_H
#define SW_INTAKE_RECORD_H

#include "intake/decode.h"
#include "intake/reject.h"
#include "intake/reread.h"
#include "intake/scan.h"

enum { SW_FIELD_NULL = 4 }; /* besides SW_FIELD_QUOTED and SW_FIELD_ESCAPED: the source itself says NULL */

typedef struct sw_record {
  const sw_field *fields;
  size_t nfields;
  int64_t number;      /* 1-based within the batch's content */
  int64_t line;        /* 1-based */
  int64_t offset;      /* byte in the decompressed file; -1 where meaningless */
  sw_str raw;          /* for showing a rejected record; of one over the limit, its beginning */
  int64_t length;      /* bytes as delivered, without the line end; 0: those of raw */
  sw_reject_code problem;
  int64_t problem_at;  /* byte of raw */
  bool high, nul;      /* may hold bytes above 0x7F; may hold NULs */
  bool transient;
  bool deleted;        /* marked as deleted by its format (DBF): counted, not landed */
  bool raw_invalid;    /* raw has bytes that its encoding does not know: show it in hex */
} sw_record;

typedef struct sw_reader_ops {
  sw_scan_step (*next)(void *self, bool may_refill, sw_record *out, sw_error *err);
  /* Hands out the last record's bytes as delivered, without the line end, whatever their number. NULL: raw is the original. */
  sw_status (*original)(void *self, const sw_record *r, sw_bytes_to to, sw_error *err);
  void (*free)(void *self);
} sw_reader_ops;

typedef struct sw_reader {
  const sw_reader_ops *ops;
  void *self;
  sw_encoding encoding;       /* of field bytes: UTF8 (to be checked when `checked` is false) or GB18030 */
  const sw_gb_table *gb;      /* with GB18030 */
  char quote;                 /* for SW_FIELD_ESCAPED */
  bool checked;               /* text is valid UTF-8 by construction */
} sw_reader;

static inline sw_scan_step sw_reader_next(const sw_reader *r, bool may_refill, sw_record *out, sw_error *err) {
  return r->ops->next(r->self, may_refill, out, err);
}
static inline void sw_reader_free(sw_reader *r) {
  if (r->ops) r->ops->free(r->self);
  r->ops = NULL;
}

/* A field as UTF-8 text: where it lies, or made in scratch (which is cleared first). A NULL ptr says that a byte is not valid
 * in the reader's encoding. UTF-8 itself is not checked. */
sw_str sw_field_text(const sw_reader *r, const sw_field *f, sw_buf *scratch);

#endif
