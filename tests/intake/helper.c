#include "intake/helper.h"

#include "base/fs.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char dir[256];

const char *scratch_new(void) {
  const char *base = getenv("TMPDIR");
  snprintf(dir, sizeof dir, "%s/suwen-intake-XXXXXX", base && *base ? base : P_tmpdir);
  assert_non_null(mkdtemp(dir));
  return dir;
}

void scratch_remove(void) {
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_fs_remove_tree(dir, &err), SW_OK);
}

const char *scratch_path(const char *name) {
  static char ring[16][512];
  static unsigned next;
  char *p = ring[next++ % 16];
  snprintf(p, 512, "%s/%s", dir, name);
  return p;
}

void write_file(const char *path, const void *p, size_t n) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  if (n) assert_int_equal(fwrite(p, 1, n, f), n);
  assert_int_equal(fclose(f), 0);
}

void write_text(const char *path, const char *text) { write_file(path, text, strlen(text)); }

void write_gzip(const char *path, const void *p, size_t n) {
  gzFile f = gzopen(path, "ab");
  assert_non_null(f);
  assert_int_equal(gzwrite(f, p, (unsigned)n), (int)n);
  assert_int_equal(gzclose(f), Z_OK);
}

void write_zstd(const char *path, const void *p, size_t n) {
  size_t cap = ZSTD_compressBound(n);
  void *out = malloc(cap);
  assert_non_null(out);
  size_t k = ZSTD_compress(out, cap, p, n, 1);
  assert_false(ZSTD_isError(k));
  FILE *f = fopen(path, "ab");
  assert_non_null(f);
  assert_int_equal(fwrite(out, 1, k, f), k);
  assert_int_equal(fclose(f), 0);
  free(out);
}
