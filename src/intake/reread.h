/* Reading a stretch of a delivered file once more, for records too long to be held: they go to the rejects in pieces.
 *
 * A plain file is read by position. A compressed one gets a second handle that only goes forward while the stretches asked
 * for do, so that any number of long records costs one more pass at most. Memory: one buffer of 1 MiB.
 * Ownership: fini what you used. Threads: one. */
#ifndef SW_INTAKE_REREAD_H
#define SW_INTAKE_REREAD_H

#include "intake/input.h"

/* Where bytes go, piece by piece. */
typedef struct sw_bytes_to {
  void *ctx;
  sw_status (*put)(void *ctx, const char *p, size_t n, sw_error *err);
} sw_bytes_to;

typedef struct sw_reread {
  const sw_input *in; /* borrowed */
  sw_input *again;    /* of a compressed file: the second handle */
  int64_t at;         /* its position in the decompressed content */
  char *buf;
} sw_reread;

/* Hands bytes [begin, end) of the decompressed content to `to`. SW_E_DATA when the file ends before. */
SW_CHECKED sw_status sw_reread_bytes(sw_reread *r, int64_t begin, int64_t end, sw_bytes_to to, sw_error *err);
void sw_reread_fini(sw_reread *r);

#endif
