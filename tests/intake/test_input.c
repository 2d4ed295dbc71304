#include "intake/helper.h"

#include "intake/input.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void read_all(const char *path, size_t step, sw_buf *out) {
  sw_error err = SW_ERROR_INIT;
  sw_input *in;
  assert_ok(sw_input_open(path, &in, &err));
  for (size_t n = 1; n;) {
    assert_true(sw_buf_reserve(out, step));
    assert_ok(sw_input_read(in, out->ptr + out->len, step, &n, &err));
    out->len += n;
  }
  sw_input_close(in);
}

static void make_bytes(char *p, size_t n) {
  for (size_t i = 0; i < n; i++) p[i] = (char)('a' + i * 7 % 26);
}

static void plain_gzip_and_zstd_give_the_same_bytes(void **state) {
  (void)state;
  enum { N = 700000 };
  char *p = malloc(N);
  assert_non_null(p);
  make_bytes(p, N);
  const char *paths[] = {scratch_path("a.txt"), scratch_path("a.gz"), scratch_path("a.zst")};
  write_file(paths[0], p, N);
  write_gzip(paths[1], p, N / 2); /* two members */
  write_gzip(paths[1], p + N / 2, N - N / 2);
  write_zstd(paths[2], p, N / 3); /* two frames */
  write_zstd(paths[2], p + N / 3, N - N / 3);
  for (int i = 0; i < 3; i++) {
    SW_AUTO(sw_buf) got = SW_BUF_INIT;
    read_all(paths[i], 4096, &got);
    assert_int_equal(got.len, N);
    assert_memory_equal(got.ptr, p, N);
  }
  free(p);
}

static void a_stream_can_be_read_again(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  const char *path = scratch_path("again.gz");
  write_gzip(path, "hello", 5);
  sw_input *in;
  assert_ok(sw_input_open(path, &in, &err));
  assert_int_equal(sw_input_compression(in), SW_COMPRESSION_GZIP);
  for (int i = 0; i < 2; i++) {
    char buf[16];
    size_t n;
    assert_ok(sw_input_read(in, buf, sizeof buf, &n, &err));
    assert_int_equal(n, 5);
    assert_ok(sw_input_rewind(in, &err));
  }
  sw_input_close(in);
}

static void a_cut_off_stream_is_refused_with_the_place(void **state) {
  (void)state;
  enum { N = 200000 };
  static const char *const NAMES[] = {"cut.gz", "cut.zst"};
  char *p = malloc(N);
  assert_non_null(p);
  for (size_t i = 0; i < N; i++) p[i] = (char)(i * i >> 7);
  for (int k = 0; k < 2; k++) {
    const char *path = scratch_path(NAMES[k]);
    if (k) write_zstd(path, p, N);
    else write_gzip(path, p, N);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size / 2), 0);
    sw_error err = SW_ERROR_INIT;
    sw_input *in;
    assert_ok(sw_input_open(path, &in, &err));
    char buf[4096];
    size_t n = 1;
    sw_status s = SW_OK;
    while (!s && n) s = sw_input_read(in, buf, sizeof buf, &n, &err);
    assert_int_equal(s, SW_E_DATA);
    assert_non_null(strstr(err.msg[SW_LANG_EN], "damaged or cut off near byte"));
    sw_input_close(in);
  }
  free(p);
}

static void append(const char *path, const void *p, size_t n) {
  FILE *f = fopen(path, "ab");
  assert_non_null(f);
  assert_int_equal(fwrite(p, 1, n, f), n);
  assert_int_equal(fclose(f), 0);
}

static void only_zeros_may_follow_the_last_gzip_member(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  char zeros[1024] = {0}, buf[64];
  const char *path = scratch_path("padded.gz");
  write_gzip(path, "hello", 5);
  append(path, zeros, sizeof zeros);
  SW_AUTO(sw_buf) got = SW_BUF_INIT;
  read_all(path, 100, &got);
  assert_string_equal(got.ptr, "hello");
  write_gzip(path, "world", 5); /* a member behind zeros: not what any tool writes, and never dropped in silence */
  sw_input *in = NULL;
  size_t n = 0;
  assert_ok(sw_input_open(path, &in, &err));
  assert_ok(sw_input_read(in, buf, sizeof buf, &n, &err));
  assert_int_equal(sw_input_read(in, buf, sizeof buf, &n, &err), SW_E_DATA);
  sw_input_close(in);
  sw_error_clear(&err);
  path = scratch_path("torn.gz");
  write_gzip(path, "hello", 5);
  append(path, "\x00\x8B\x08 a second member whose first byte is gone", 44);
  assert_ok(sw_input_open(path, &in, &err));
  assert_ok(sw_input_read(in, buf, sizeof buf, &n, &err));
  assert_int_equal(sw_input_read(in, buf, sizeof buf, &n, &err), SW_E_DATA);
  sw_input_close(in);
}

static void a_zstd_stream_may_begin_with_a_skippable_frame(void **state) {
  (void)state;
  const char *path = scratch_path("pieces.zst");
  write_file(path, "\x50\x2A\x4D\x18\x04\x00\x00\x00size", 12);
  write_zstd(path, "hello", 5);
  SW_AUTO(sw_buf) got = SW_BUF_INIT;
  read_all(path, 100, &got);
  assert_string_equal(got.ptr, "hello");
}

static void a_directory_is_refused_as_such(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  sw_input *in = NULL;
  const char *path = scratch_path("directory");
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(sw_input_open(path, &in, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "is a directory where a file is expected"));
  assert_non_null(strstr(err.msg[SW_LANG_ZH], "是目录"));
}

static void an_absent_file_is_not_found(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  sw_input *in = NULL;
  assert_int_equal(sw_input_open(scratch_path("absent"), &in, &err), SW_E_NOTFOUND);
}

static void a_file_without_permission_is_denied(void **state) {
  (void)state;
  const char *path = scratch_path("secret");
  write_text(path, "x");
  assert_int_equal(chmod(path, 0), 0);
  uid_t user = geteuid();
  if (user == 0 && seteuid(65534) != 0) skip(); /* root reads everything: try as nobody */
  sw_error err = SW_ERROR_INIT;
  sw_input *in = NULL;
  chmod(scratch_path("."), 0755);
  sw_status s = sw_input_open(path, &in, &err);
  if (user == 0) assert_int_equal(seteuid(0), 0);
  assert_int_equal(s, SW_E_DENIED);
}

static void the_hash_is_that_of_the_delivered_bytes(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  const char *path = scratch_path("abc");
  write_text(path, "abc");
  sw_input *in;
  char hex[SW_SHA256_HEX];
  assert_ok(sw_input_open(path, &in, &err));
  assert_ok(sw_input_sha256(in, NULL, NULL, hex, &err));
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert_ok(sw_input_unchanged(in, &err));
  write_text(path, "abcd");
  assert_int_equal(sw_input_unchanged(in, &err), SW_E_DATA);
  sw_input_close(in);
}

static int set_up(void **state) {
  (void)state;
  chmod(scratch_new(), 0755);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  scratch_remove();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_gzip_and_zstd_give_the_same_bytes),
      cmocka_unit_test(a_stream_can_be_read_again),
      cmocka_unit_test(a_cut_off_stream_is_refused_with_the_place),
      cmocka_unit_test(only_zeros_may_follow_the_last_gzip_member),
      cmocka_unit_test(a_zstd_stream_may_begin_with_a_skippable_frame),
      cmocka_unit_test(a_directory_is_refused_as_such),
      cmocka_unit_test(an_absent_file_is_not_found),
      cmocka_unit_test(a_file_without_permission_is_denied),
      cmocka_unit_test(the_hash_is_that_of_the_delivered_bytes),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
