/* The bytes of one delivered file: plain, gzip or zstd, read once from front to back, or by position when plain.
 *
 * Files may be larger than memory: nothing is mapped and nothing is kept. Compression is told from the first bytes,
 * never from the name; several gzip members or zstd frames in a row are one stream, as their tools define.
 *
 * Ownership: sw_input_open gives a handle, sw_input_close takes it (and NULL). Threads: one handle, one thread, save
 * sw_input_pread, which any thread may call at any time.
 *
 *   sw_input *in = NULL;
 *   if (sw_input_open(path, &in, err)) return err->status;
 *   while (!(s = sw_input_read(in, buf, sizeof buf, &n, err)) && n) ...
 *   sw_input_close(in); */
#ifndef SW_INTAKE_INPUT_H
#define SW_INTAKE_INPUT_H

#include "base/hash.h"
#include "base/task.h"

typedef enum sw_compression { SW_COMPRESSION_NONE, SW_COMPRESSION_GZIP, SW_COMPRESSION_ZSTD } sw_compression;

typedef struct sw_input sw_input;

/* Refuses, with one message, what is not a readable regular file: a directory, a device, no permission, absent. */
SW_CHECKED sw_status sw_input_open(const char *path, sw_input **out, sw_error *err);
void sw_input_close(sw_input *in);

const char *sw_input_path(const sw_input *in);
sw_compression sw_input_compression(const sw_input *in);
const char *sw_compression_name(sw_compression c); /* "none", "gzip", "zstd" */
int64_t sw_input_size(const sw_input *in);         /* bytes as delivered */
int64_t sw_input_mtime_us(const sw_input *in);     /* local time, microseconds */

/* The next decompressed bytes, at least one unless the end is reached (*n == 0). A damaged or cut-off compressed
 * stream is SW_E_DATA and names the byte. */
SW_CHECKED sw_status sw_input_read(sw_input *in, void *buf, size_t cap, size_t *n, sw_error *err);
SW_CHECKED sw_status sw_input_rewind(sw_input *in, sw_error *err);
/* Reads up to cap bytes at an offset of a plain file; *n < cap only at its end. */
SW_CHECKED sw_status sw_input_pread(const sw_input *in, int64_t offset, void *buf, size_t cap, size_t *n, sw_error *err);

/* SHA-256, in hex, of the file as delivered. Reports progress in bytes. */
SW_CHECKED sw_status sw_input_sha256(const sw_input *in, const sw_cancel *cancel, const sw_events *events,
                                     char hex[SW_SHA256_HEX], sw_error *err);
/* SW_E_DATA when size or modification time are no longer those seen at opening: somebody is still writing it. */
SW_CHECKED sw_status sw_input_unchanged(const sw_input *in, sw_error *err);

#endif
