/* Delimited files: probing, cutting in ranges, and readers of records.
 *
 * A plain file whose raw bytes can be split (UTF-8; GB18030 with a delimiter that is never part of a character) is cut into
 * ranges that several threads read; every other (compressed, UTF-16, GB18030 with | ^ ~) is read as one stream. Where the
 * cuts lie depends on the file's bytes alone, so the parts are the same on every machine. */
#ifndef SW_INTAKE_DELIMITED_H
#define SW_INTAKE_DELIMITED_H

#include "intake/dialect.h"
#include "intake/input.h"
#include "intake/record.h"

typedef struct sw_delimited {
  sw_input *in;               /* borrowed */
  sw_encoding_finding encoding;
  sw_dialect dialect;
  const sw_gb_table *gb;            /* with GB18030 */
  size_t limit;               /* bytes of a record */
  bool transcoded;            /* decode first */
  bool empty;                 /* no byte of content */
} sw_delimited;

/* Reads as much of the file as the encoding needs, and a sample for the dialect. Strings live in the arena. */
SW_CHECKED sw_status sw_delimited_probe(sw_input *in, const sw_file_hints *h, const sw_table_spec *t, sw_arena *a,
                                        const sw_cancel *cancel, sw_delimited *out, sw_error *err);

typedef struct sw_range {
  int64_t begin, end;    /* bytes; end -1: to the end of the stream */
  int64_t line;          /* of its first byte */
  int64_t before;        /* data records before it */
} sw_range;

/* How many ranges a file of so many bytes is cut into. */
size_t sw_delimited_parts(int64_t bytes);
/* Cuts the content into ranges (in the arena): one for streams. */
SW_CHECKED sw_status sw_delimited_split(const sw_delimited *d, size_t parts, sw_arena *a, const sw_cancel *cancel, sw_range **out,
                                        size_t *n, sw_error *err);
/* A reader of one range. Ranges of a plain file may be read side by side; a stream is read by one reader at a time. */
SW_CHECKED sw_status sw_delimited_reader(const sw_delimited *d, const sw_range *r, sw_reader *out, sw_error *err);

/* The first `max` bytes of the content in UTF-8, invalid bytes as U+FFFD; *whole tells that there is no more. */
SW_CHECKED sw_status sw_sample_text(sw_input *in, const sw_encoding_finding *e, const sw_gb_table *gb, size_t max, sw_buf *out,
                                    bool *whole, sw_error *err);

#endif
