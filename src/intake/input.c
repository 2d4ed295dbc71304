#include "intake/input.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { RAW_BLOCK = 256 * 1024 };

struct sw_input {
  int fd;
  char *path;
  struct timespec mtime;
  sw_file_info info;
  sw_compression compression;
  int64_t raw_offset; /* delivered bytes taken from the file so far */
  unsigned char *raw; /* compressed bytes not yet consumed: [raw_pos, raw_len) */
  size_t raw_pos, raw_len;
  bool raw_eof;
  bool ended;     /* the decompressed stream is over */
  bool in_member; /* gzip: inside a member; zstd: a frame is unfinished */
  bool padding;   /* gzip: only zeros may follow */
  z_stream gz;
  bool gz_ready;
  ZSTD_DStream *zstd;
};

const char *sw_compression_name(sw_compression c) {
  switch (c) {
  case SW_COMPRESSION_NONE: return "none";
  case SW_COMPRESSION_GZIP: return "gzip";
  case SW_COMPRESSION_ZSTD: return "zstd";
  }
  return "none";
}

const char *sw_input_path(const sw_input *in) { return in->path; }
sw_compression sw_input_compression(const sw_input *in) { return in->compression; }
int64_t sw_input_size(const sw_input *in) { return in->info.size; }
int64_t sw_input_mtime_us(const sw_input *in) { return in->info.mtime_us; }

sw_status sw_input_pread(const sw_input *in, int64_t offset, void *buf, size_t cap, size_t *n, sw_error *err) {
  size_t got = 0;
  while (got < cap) {
    ssize_t k = pread(in->fd, (char *)buf + got, cap - got, (off_t)(offset + (int64_t)got));
    if (k < 0 && errno == EINTR) continue;
    if (k < 0) return SW_FAIL_ERRNO(err, "SW-INTAKE-0003", "读取交付文件 %s 失败", "cannot read the delivered file %s", in->path);
    if (k == 0) break;
    got += (size_t)k;
  }
  *n = got;
  return SW_OK;
}

static sw_compression compression_of(const unsigned char *p, size_t n) {
  if (n >= 3 && p[0] == 0x1F && p[1] == 0x8B && p[2] == 8) return SW_COMPRESSION_GZIP;
  if (n >= 4 && p[0] == 0x28 && p[1] == 0xB5 && p[2] == 0x2F && p[3] == 0xFD) return SW_COMPRESSION_ZSTD;
  /* A skippable frame (RFC 8878, 3.1.2) stands first in what parallel compressors write. */
  if (n >= 4 && (p[0] & 0xF0) == 0x50 && p[1] == 0x2A && p[2] == 0x4D && p[3] == 0x18) return SW_COMPRESSION_ZSTD;
  return SW_COMPRESSION_NONE;
}

static sw_status start_stream(sw_input *in, sw_error *err) {
  in->raw_offset = 0;
  in->raw_pos = in->raw_len = 0;
  in->raw_eof = in->ended = in->in_member = in->padding = false;
  if (in->compression == SW_COMPRESSION_NONE) return SW_OK;
  if (!in->raw && !(in->raw = malloc(RAW_BLOCK))) goto nomem;
  if (in->compression == SW_COMPRESSION_GZIP) {
    if (in->gz_ready) inflateEnd(&in->gz);
    in->gz = (z_stream){0};
    in->gz_ready = inflateInit2(&in->gz, 15 + 16) == Z_OK;
    if (!in->gz_ready) goto nomem;
  } else {
    if (!in->zstd && !(in->zstd = ZSTD_createDStream())) goto nomem;
    if (ZSTD_isError(ZSTD_initDStream(in->zstd))) goto nomem;
  }
  return SW_OK;
nomem:
  return SW_FAIL(err, SW_E_NOMEM, "SW-INTAKE-0004", "内存不足，无法解压 %s", "out of memory to decompress %s", in->path);
}

static sw_status open_file(sw_input *in, const char *path, sw_error *err) {
  struct stat st;
  if (stat(path, &st) != 0)
    return SW_FAIL_ERRNO(err, "SW-INTAKE-0001", "无法打开交付文件 %s", "cannot open the delivered file %s", path);
  if (S_ISDIR(st.st_mode))
    return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0002", "%s 是目录，此处需要一个文件；请写明目录中的文件或使用通配符",
                   "%s is a directory where a file is expected; name a file in it, or use a pattern", path);
  if (!S_ISREG(st.st_mode))
    return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0002", "%s 不是普通文件", "%s is not a regular file", path);
  in->fd = open(path, O_RDONLY | O_CLOEXEC);
  if (in->fd < 0)
    return SW_FAIL_ERRNO(err, "SW-INTAKE-0001", "无法打开交付文件 %s", "cannot open the delivered file %s", path);
  in->mtime = st.st_mtim;
  return sw_fs_stat(path, &in->info, err);
}

sw_status sw_input_open(const char *path, sw_input **out, sw_error *err) {
  sw_input *in = calloc(1, sizeof *in);
  if (!in) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  in->fd = -1;
  in->path = sw_str_dupz(sw_str_of(path));
  sw_status s = in->path ? open_file(in, path, err) : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  unsigned char magic[4];
  size_t n = 0;
  if (!s) s = sw_input_pread(in, 0, magic, sizeof magic, &n, err);
  if (!s) {
    in->compression = compression_of(magic, n);
    s = start_stream(in, err);
  }
  if (s) {
    sw_input_close(in);
    return sw_error_at(err, path, 0, 0), s;
  }
  *out = in;
  return SW_OK;
}

void sw_input_close(sw_input *in) {
  if (!in) return;
  if (in->gz_ready) inflateEnd(&in->gz);
  ZSTD_freeDStream(in->zstd);
  if (in->fd >= 0) close(in->fd);
  free(in->raw);
  free(in->path);
  free(in);
}

sw_status sw_input_rewind(sw_input *in, sw_error *err) { return start_stream(in, err); }

static sw_status fill_raw(sw_input *in, sw_error *err) {
  if (in->raw_pos < in->raw_len || in->raw_eof) return SW_OK;
  size_t n = 0;
  sw_status s = sw_input_pread(in, in->raw_offset, in->raw, RAW_BLOCK, &n, err);
  if (s) return s;
  in->raw_offset += (int64_t)n;
  in->raw_pos = 0;
  in->raw_len = n;
  in->raw_eof = n == 0;
  return SW_OK;
}

static sw_status damaged(const sw_input *in, sw_error *err) {
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0005",
                 "压缩文件 %s 在第 %lld 字节附近损坏或不完整；请重新传输", "the compressed file %s is damaged or cut off near byte %lld; transfer it again",
                 in->path, (long long)(in->raw_offset - (int64_t)(in->raw_len - in->raw_pos)));
}

/* Between members: zeros up to the end are padding (tapes write them); anything else that begins no member was one. */
static sw_status gzip_padding(sw_input *in, sw_error *err) {
  for (; in->raw_pos < in->raw_len; in->raw_pos++)
    if (in->raw[in->raw_pos]) return damaged(in, err);
  in->padding = true;
  return SW_OK;
}

static sw_status gzip_step(sw_input *in, char *buf, size_t cap, size_t *n, sw_error *err) {
  if (!in->in_member) {
    if (in->raw_eof) {
      in->ended = true;
      return SW_OK;
    }
    if (in->padding || in->raw[in->raw_pos] != 0x1F) return gzip_padding(in, err);
    if (inflateReset(&in->gz) != Z_OK) return damaged(in, err);
    in->in_member = true;
  }
  in->gz.next_in = in->raw + in->raw_pos;
  in->gz.avail_in = (uInt)(in->raw_len - in->raw_pos);
  in->gz.next_out = (unsigned char *)buf;
  in->gz.avail_out = (uInt)cap;
  int k = inflate(&in->gz, Z_NO_FLUSH);
  in->raw_pos = in->raw_len - in->gz.avail_in;
  *n = cap - in->gz.avail_out;
  if (k == Z_STREAM_END) in->in_member = false;
  else if (k != Z_OK && !(k == Z_BUF_ERROR && !in->raw_eof)) return damaged(in, err);
  return SW_OK;
}

static sw_status zstd_step(sw_input *in, char *buf, size_t cap, size_t *n, sw_error *err) {
  if (in->raw_eof) {
    if (in->in_member) return damaged(in, err);
    in->ended = true;
    return SW_OK;
  }
  ZSTD_inBuffer src = {in->raw, in->raw_len, in->raw_pos};
  ZSTD_outBuffer dst = {.size = cap};
  dst.dst = buf;
  size_t left = ZSTD_decompressStream(in->zstd, &dst, &src);
  in->raw_pos = src.pos;
  if (ZSTD_isError(left)) return damaged(in, err);
  in->in_member = left != 0;
  *n = dst.pos;
  return SW_OK;
}

sw_status sw_input_read(sw_input *in, void *buf, size_t cap, size_t *n, sw_error *err) {
  *n = 0;
  if (cap > 1u << 30) cap = 1u << 30; /* zlib counts in 32 bits */
  if (in->compression == SW_COMPRESSION_NONE) {
    sw_status s = sw_input_pread(in, in->raw_offset, buf, cap, n, err);
    if (!s) in->raw_offset += (int64_t)*n;
    return s;
  }
  while (!in->ended && *n == 0) {
    sw_status s = fill_raw(in, err);
    if (!s && in->compression == SW_COMPRESSION_GZIP) s = gzip_step(in, buf, cap, n, err);
    else if (!s) s = zstd_step(in, buf, cap, n, err);
    if (s) return s;
  }
  return SW_OK;
}

sw_status sw_input_sha256(const sw_input *in, const sw_cancel *cancel, const sw_events *events, char hex[SW_SHA256_HEX],
                          sw_error *err) {
  enum { BLOCK = 1 << 20, REPORT = 64 << 20 };
  sw_digest *d = sw_digest_new(SW_DIGEST_SHA256);
  char *buf = malloc(BLOCK);
  sw_status s = d && buf ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  int64_t at = 0;
  for (size_t n = 1; !s && n; at += (int64_t)n) {
    s = sw_cancel_check(cancel, err);
    if (!s) s = sw_input_pread(in, at, buf, BLOCK, &n, err);
    if (s) break;
    sw_digest_update(d, buf, n);
    if (at && at % REPORT == 0) sw_emit_progress(events, in->path, at, in->info.size, "bytes");
  }
  if (!s) {
    uint8_t raw[SW_SHA256_LEN];
    sw_digest_final(d, raw);
    sw_hex(raw, sizeof raw, hex);
  }
  free(buf);
  sw_digest_free(d);
  return s;
}

sw_status sw_input_unchanged(const sw_input *in, sw_error *err) {
  struct stat st;
  if (fstat(in->fd, &st) != 0)
    return SW_FAIL_ERRNO(err, "SW-INTAKE-0003", "读取交付文件 %s 失败", "cannot read the delivered file %s", in->path);
  if (st.st_size == in->info.size && st.st_mtim.tv_sec == in->mtime.tv_sec && st.st_mtim.tv_nsec == in->mtime.tv_nsec)
    return SW_OK;
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0006", "%s 在读取时被改写；请等写入方完成后再运行",
                 "%s changed while it was being read; run again when its writer has finished", in->path);
}
