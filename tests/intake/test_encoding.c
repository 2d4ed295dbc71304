#include "intake/helper.h"

#include "intake/decode.h"
#include "intake/transcode.h"

/* 病案 in GB18030 */
#define BINGAN_GB "\xB2\xA1\xB0\xB8"

static sw_encoding_finding look(const char *p, size_t n, sw_encoding declared) {
  sw_encoding_census c;
  sw_encoding_census_init(&c);
  for (size_t i = 0; i < n; i += 5) sw_encoding_census_feed(&c, p + i, n - i < 5 ? n - i : 5);
  sw_encoding_finding f = sw_encoding_census_finish(&c, declared);
  sw_encoding_census_fini(&c);
  return f;
}
#define LOOK(text) look((text), sizeof(text) - 1, SW_ENCODING_UNKNOWN)

static void ascii_counts_as_utf8(void **state) {
  (void)state;
  sw_encoding_finding f = LOOK("a,b\n1,2\n");
  assert_int_equal(f.encoding, SW_ENCODING_UTF8);
  assert_string_equal(f.evidence, "ascii");
}

static void chinese_in_utf8_and_gb18030_are_told_apart(void **state) {
  (void)state;
  assert_int_equal(LOOK("病案,首页\n张伟,男\n").encoding, SW_ENCODING_UTF8);
  assert_int_equal(LOOK(BINGAN_GB ",1\n\xD5\xC5\xCE\xB0,\xC4\xD0\n").encoding, SW_ENCODING_GB18030);
}

static void one_foreign_line_does_not_change_the_file(void **state) {
  (void)state;
  sw_encoding_finding f = LOOK("张伟,男\n李娜,女\n\xD5\xC5\xCE\xB0,\xC4\xD0\n王芳,女\n");
  assert_int_equal(f.encoding, SW_ENCODING_UTF8);
  assert_int_equal(f.lines_high, 4);
  assert_int_equal(f.lines_valid, 3);
  assert_false(f.doubtful);
}

static void byte_order_marks_decide(void **state) {
  (void)state;
  assert_int_equal(LOOK("\xEF\xBB\xBF" "a,b\n").bom_len, 3);
  assert_int_equal(LOOK("\xFF\xFE" "a\0,\0").encoding, SW_ENCODING_UTF16LE);
  assert_int_equal(LOOK("\xFE\xFF\0a\0,").encoding, SW_ENCODING_UTF16BE);
  assert_int_equal(LOOK("\x84\x31\x95\x33" "abc").encoding, SW_ENCODING_GB18030);
}

static void utf16_without_a_mark_shows_by_its_nuls(void **state) {
  (void)state;
  assert_int_equal(LOOK("i\0d\0\t\0n\0\n\0" "1\0\t\0\x20\x5F\n\0").encoding, SW_ENCODING_UTF16LE);
  assert_int_equal(LOOK("\0i\0d\0\t\0n\0\n\0" "1\0\t\x5F\x20\0\n").encoding, SW_ENCODING_UTF16BE);
}

static void a_few_nuls_are_not_utf16(void **state) {
  (void)state;
  assert_int_equal(LOOK("id,name,sex,age,birthday\n1,a\0b,2,33,2001-01-01\n2,b,1,44,2002-02-02\n").encoding, SW_ENCODING_UTF8);
}

static void a_declaration_overrides_the_vote(void **state) {
  (void)state;
  sw_encoding_finding f = look("张伟\n", 7, SW_ENCODING_GB18030);
  assert_int_equal(f.encoding, SW_ENCODING_GB18030);
  assert_string_equal(f.evidence, "declared");
}

static void bytes_of_neither_encoding_are_doubtful(void **state) {
  (void)state;
  assert_true(LOOK("caf\xE9\nna\xEFve\n\xFF\xFF\n").doubtful);
}

static void gb18030_validity_follows_the_standard(void **state) {
  (void)state;
  const unsigned char four[] = {0x81, 0x30, 0x81, 0x30}, astral[] = {0x90, 0x30, 0x81, 0x30}, past[] = {0xE3, 0x32, 0x9A, 0x36};
  assert_int_equal(sw_gb18030_length((const unsigned char *)BINGAN_GB, 4), 2);
  assert_int_equal(sw_gb18030_length(four, 4), 4);
  assert_int_equal(sw_gb18030_length(four, 3), 0);
  assert_int_equal(sw_gb18030_length(astral, 4), 4);
  assert_int_equal(sw_gb18030_length(past, 4), 0);
  assert_int_equal(sw_gb18030_length((const unsigned char *)"\x80", 1), 0);
  assert_int_equal(sw_gb18030_length((const unsigned char *)"\x81\x7F", 2), 0);
}

static void gb18030_decodes_two_and_four_bytes(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  const sw_gb_table *t;
  assert_ok(sw_gb_table_get(&t, &err));
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  static const char TEXT[] = "x" BINGAN_GB "\x90\x30\x81\x30" "\x81\x30\x81\x30y";
  assert_int_equal(sw_gb18030_decode(t, TEXT, sizeof TEXT - 1, &out), sizeof TEXT - 1);
  assert_str(sw_buf_str(&out), "x病案\xF0\x90\x80\x80\xC2\x80y");
  sw_buf_clear(&out);
  assert_int_equal(sw_gb18030_decode(t, "ab\xFFz", 4, &out), 2);
}

static void utf16_decodes_surrogates_and_refuses_lone_ones(void **state) {
  (void)state;
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  assert_int_equal(sw_utf16_decode(false, "a\0\xC5\x75\x3D\xD8\x00\xDE", 8, &out), 8);
  assert_str(sw_buf_str(&out), "a病\xF0\x9F\x98\x80");
  sw_buf_clear(&out);
  assert_int_equal(sw_utf16_decode(true, "\0a\xD8\x3D\0b", 6, &out), 2);
  assert_int_equal(sw_utf16_decode(true, "\0a\0", 3, &out), 2);
}

typedef struct memory {
  const char *p;
  size_t n;
} memory;

static sw_status read_memory(void *ctx, char *buf, size_t cap, size_t *n, sw_error *err) {
  (void)err;
  memory *m = ctx;
  size_t k = m->n < 3 ? m->n : 3;
  if (k > cap) k = cap;
  memcpy(buf, m->p, k);
  m->p += k;
  m->n -= k;
  *n = k;
  return SW_OK;
}

static void transcoding_remembers_where_lines_came_from(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  const sw_gb_table *t;
  assert_ok(sw_gb_table_get(&t, &err));
  static const char TEXT[] = BINGAN_GB "|1\r\nbad\xFF|2\n" BINGAN_GB "|3\n";
  memory m = {TEXT, sizeof TEXT - 1};
  sw_transcoder *x;
  assert_ok(sw_transcoder_new(SW_ENCODING_GB18030, t, (sw_feed){&m, read_memory}, 100, &x, &err));
  sw_feed f = sw_transcoder_feed(x);
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  for (size_t n = 1; n;) {
    char buf[5];
    assert_ok(f.read(f.ctx, buf, sizeof buf, &n, &err));
    sw_buf_put(&out, buf, n);
  }
  assert_str(sw_buf_str(&out), "病案|1\r\nbad\xEF\xBF\xBD|2\n病案|3\n");
  sw_origin o = sw_transcoder_origin(x, 0, 10);
  assert_int_equal(o.offset, 100);
  assert_str(o.bytes, BINGAN_GB "|1\r\n");
  assert_false(o.invalid);
  o = sw_transcoder_origin(x, 10, 19);
  assert_int_equal(o.offset, 108);
  assert_str(o.bytes, "bad\xFF|2\n");
  assert_true(o.invalid);
  o = sw_transcoder_origin(x, 19, 28);
  assert_int_equal(o.offset, 115);
  assert_str(o.bytes, BINGAN_GB "|3\n");
  assert_false(o.invalid);
  sw_transcoder_free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ascii_counts_as_utf8),
      cmocka_unit_test(chinese_in_utf8_and_gb18030_are_told_apart),
      cmocka_unit_test(one_foreign_line_does_not_change_the_file),
      cmocka_unit_test(byte_order_marks_decide),
      cmocka_unit_test(utf16_without_a_mark_shows_by_its_nuls),
      cmocka_unit_test(a_few_nuls_are_not_utf16),
      cmocka_unit_test(a_declaration_overrides_the_vote),
      cmocka_unit_test(bytes_of_neither_encoding_are_doubtful),
      cmocka_unit_test(gb18030_validity_follows_the_standard),
      cmocka_unit_test(gb18030_decodes_two_and_four_bytes),
      cmocka_unit_test(utf16_decodes_surrogates_and_refuses_lone_ones),
      cmocka_unit_test(transcoding_remembers_where_lines_came_from),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
