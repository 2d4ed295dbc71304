#include "synth/compress.h"

#include <zlib.h>
#include <zstd.h>

enum { GZIP_LEVEL = 6, ZSTD_LEVEL = 3, GZIP_WINDOW = 15 + 16 }; /* + 16: with a gzip header, which holds no time */

static bool gzip(sw_str in, sw_buf *out) {
  z_stream z = {0};
  if (in.len > UINT32_MAX / 2 || deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) return false;
  size_t bound = deflateBound(&z, in.len);
  bool ok = sw_buf_reserve(out, bound);
  if (ok) {
    z.next_in = (Bytef *)(uintptr_t)in.ptr;
    z.avail_in = (uInt)in.len;
    z.next_out = (Bytef *)out->ptr + out->len;
    z.avail_out = (uInt)bound;
    ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
    out->len += ok ? z.total_out : 0;
  }
  deflateEnd(&z);
  return ok;
}

static bool zstd(sw_str in, sw_buf *out) {
  size_t bound = ZSTD_compressBound(in.len);
  if (!sw_buf_reserve(out, bound)) return false;
  size_t n = ZSTD_compress(out->ptr + out->len, bound, in.ptr, in.len, ZSTD_LEVEL);
  if (ZSTD_isError(n)) return false;
  out->len += n;
  return true;
}

sw_status sy_compress(sy_packing how, sw_str in, sw_buf *out, sw_error *err) {
  switch (how) {
    case SY_UNPACKED: sw_buf_str_put(out, in); break;
    case SY_GZIP:
    case SY_ZSTD:
      if (how == SY_GZIP ? gzip(in, out) : zstd(in, out)) break;
      return SW_FAIL(err, SW_E_NOMEM, "SW-SYNTH-0011", "内存不足，不能压缩 %zu 字节", "no memory to compress %zu bytes", in.len);
  }
  return sw_buf_check(out, err);
}
