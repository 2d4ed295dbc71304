/* Compressed deliveries: a part of a file as one gzip member or zstd frame, so that files are written piece by piece and
 * none stays open. Members and frames one after another are one stream, as their tools define. Internal to the room. */
#ifndef SW_SYNTH_COMPRESS_H
#define SW_SYNTH_COMPRESS_H

#include "base/error.h"
#include "base/str.h"

typedef enum sy_packing { SY_UNPACKED, SY_GZIP, SY_ZSTD } sy_packing;

/* Appends the packed form of `in` to `out`. Threads: any. */
SW_CHECKED sw_status sy_compress(sy_packing how, sw_str in, sw_buf *out, sw_error *err);

#endif
