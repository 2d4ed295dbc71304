/* Decode first, scan after: a stream in UTF-16, or in GB18030 with a delimiter that may be part of a character (| ^ ~),
 * becomes UTF-8 on its way to the scanner. It remembers which original bytes each line came from, so that a record's byte
 * offset and a rejected record's original bytes are exact.
 *
 * An invalid sequence becomes U+FFFD and marks its line: the record that holds it is rejected. Threads: one. */
#ifndef SW_INTAKE_TRANSCODE_H
#define SW_INTAKE_TRANSCODE_H

#include "intake/decode.h"
#include "intake/scan.h"

typedef struct sw_transcoder sw_transcoder;

/* `origin`: the offset of the feed's first byte in the original stream. gb may be NULL without GB18030. */
SW_CHECKED sw_status sw_transcoder_new(sw_encoding e, const sw_gb_table *gb, sw_feed raw, int64_t origin, sw_transcoder **out,
                                       sw_error *err);
void sw_transcoder_free(sw_transcoder *t);
sw_feed sw_transcoder_feed(sw_transcoder *t); /* its UTF-8 */

typedef struct sw_origin {
  int64_t offset; /* of the record's first byte in the original stream */
  int64_t end;    /* behind its last byte, line end included */
  sw_str bytes;   /* the bytes between, valid until the feed is read again; NULL when there were too many to keep */
  bool invalid;   /* a byte of it is not valid in the encoding */
} sw_origin;
/* Where decoded bytes [from, to) came from; both are line starts (or the end). Calls must not go back: what lies before
 * `from` is forgotten. */
sw_origin sw_transcoder_origin(sw_transcoder *t, int64_t from, int64_t to);

#endif
