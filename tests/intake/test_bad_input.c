/* Every bad input gives one clear message and loses nothing. */
#include "intake/bed.h"

#include "base/fs.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const sw_column_spec COLUMNS[] = {
    {.name = "id", .type = SW_T_I64, .required = true}, {.name = "name", .type = SW_T_STR}, {.name = "born", .type = SW_T_DATE}};
static const sw_table_spec TABLE = {.name = "patient", .columns = COLUMNS, .ncolumns = 3};

static bed b;

static void take_bytes(const char *p, size_t n) {
  sw_error err = SW_ERROR_INIT;
  write_file(scratch_path("in.csv"), p, n);
  assert_ok(bed_take(&b, scratch_path("in.csv"), &TABLE, NULL, &err));
}
#define TAKE(text) take_bytes((text), sizeof(text) - 1)

static void an_empty_file_is_a_batch_of_no_rows(void **state) {
  (void)state;
  TAKE("");
  assert_int_equal(b.r.records, 0);
  assert_int_equal(b.r.batch_no, 1);
  assert_string_equal(b.messages, "the file is empty: neither header nor rows\n");
  TAKE("\xEF\xBB\xBF");
  assert_string_equal(b.messages, "the file is empty: neither header nor rows\n");
}

static void a_header_alone_is_a_batch_of_no_rows(void **state) {
  (void)state;
  TAKE("id,name,born\n");
  assert_int_equal(b.r.records, 0);
  assert_string_equal(b.messages, "the file has a header but no rows\n");
  bed_expect_rows(&b, &TABLE, "id", "");
}

static void a_thousand_columns_are_read(void **state) {
  (void)state;
  enum { N = 1000 };
  sw_error err = SW_ERROR_INIT;
  static sw_column_spec columns[N];
  static char names[N][16];
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  for (int i = 0; i < N; i++) {
    snprintf(names[i], sizeof names[i], "c%d", i);
    columns[i] = (sw_column_spec){.name = names[i], .type = i % 2 ? SW_T_STR : SW_T_I32};
    sw_buf_printf(&text, "%s%s", i ? "," : "", names[i]);
  }
  SW_AUTO(sw_buf) expected = SW_BUF_INIT;
  for (int row = 0; row < 50; row++) sw_buf_printf(&expected, "%d|%d|%d\n", row * 998, row * 999, row + 1);
  for (int row = 0; row < 50; row++)
    for (int i = 0; i < N; i++) sw_buf_printf(&text, "%s%d", i ? "," : "\n", row * i);
  const sw_table_spec wide = {.name = "wide", .columns = columns, .ncolumns = N};
  write_file(scratch_path("wide.csv"), text.ptr, text.len);
  assert_ok(bed_take(&b, scratch_path("wide.csv"), &wide, NULL, &err));
  assert_int_equal(b.r.rows, 50);
  bed_expect_rows(&b, &wide, "c998, c999, _row & 2147483647", expected.ptr);
}

static void a_field_of_64_mib_costs_its_record_only(void **state) {
  (void)state;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_buf_puts(&text, "id,name,born\n1,a,\n2,\"");
  size_t at = text.len;
  assert_true(sw_buf_reserve(&text, 64u << 20));
  memset(text.ptr + at, 'x', 64u << 20);
  text.len += 64u << 20;
  sw_buf_puts(&text, "\",\n3,c,2001-01-01\n");
  take_bytes(text.ptr, text.len);
  assert_int_equal(b.r.rows, 2);
  assert_int_equal(b.r.rejects, 1);
  bed_expect_rows(&b, &TABLE, "id, _line, _offset", "1|2|13\n3|4|67108888\n");
  bed_expect_rejects(&b, "_line, code, length(raw), length, reason_en",
                     "3|record_too_long|65536|67108869|the record is longer than the limit of 16777216 bytes (67108869 bytes)\n");
  bed_expect_bytes(&b, 2, (sw_str){text.ptr + 18, 67108869});
}

/* A quote that is never closed, and no line end for 101 MiB: in gzip, so that the file must be read once more. */
static void a_never_closed_quote_of_101_mib_is_kept_whole(void **state) {
  (void)state;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  size_t n = 101u << 20;
  sw_buf_puts(&text, "id,name,born\n1,a,\n2,\"");
  size_t at = text.len;
  assert_true(sw_buf_reserve(&text, n));
  for (size_t i = 0; i < n; i++) text.ptr[at + i] = (char)('a' + i % 23);
  text.len += n;
  size_t end = text.len;
  sw_buf_puts(&text, "\r\n3,c,2001-01-01\n");
  sw_error err = SW_ERROR_INIT;
  write_gzip(scratch_path("quote.csv.gz"), text.ptr, text.len);
  assert_ok(bed_take(&b, scratch_path("quote.csv.gz"), &TABLE, NULL, &err));
  bed_expect_rows(&b, &TABLE, "id, _line", "1|2\n3|4\n");
  bed_expect_rejects(&b, "_line, code, length", "3|record_too_long|105906179\n");
  bed_expect_bytes(&b, 2, (sw_str){text.ptr + 18, end - 18});
}

/* The same in lines: each is a record of its own, and all come back. */
static void a_never_closed_quote_over_many_lines_costs_its_line(void **state) {
  (void)state;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_buf_puts(&text, "id,name,born\n1,\"a\n");
  for (int i = 2; i < 600000; i++) sw_buf_printf(&text, "%d,some name that fills its line a little,2001-01-01\n", i);
  assert_true(text.len > 20u << 20);
  take_bytes(text.ptr, text.len);
  assert_int_equal(b.r.rows, 599998);
  bed_expect_rejects(&b, "_line, code, raw", "2|unbalanced_quote|1,\"a\n");
}

/* Long records of two bytes a character come back as they were, and one of 100 KiB is not held for the listing. */
static void long_records_of_another_encoding_keep_their_bytes(void **state) {
  (void)state;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_buf_put(&text, "\xFF\xFE", 2);
  static const char LINES[] = "id,name,born\nx,";
  for (size_t i = 0; i < sizeof LINES - 1; i++) sw_buf_put(&text, (char[2]){LINES[i], 0}, 2);
  size_t first = text.len - 4;
  for (size_t i = 0; i < 100u << 10; i++) sw_buf_put(&text, (char[2]){(char)(i % 251), 0x4E}, 2);
  sw_buf_put(&text, ",\0", 2);
  size_t first_end = text.len;
  sw_buf_put(&text, "\r\0\n\0y\0,\0", 8);
  size_t second = text.len - 4;
  for (size_t i = 0; i < 20u << 20; i++) sw_buf_put(&text, (char[2]){(char)(i % 251), 0x4E}, 2);
  size_t second_end = text.len;
  sw_buf_put(&text, "\n\0\x32\0,\0,\0", 8);
  take_bytes(text.ptr, text.len);
  bed_expect_rows(&b, &TABLE, "id", "2\n");
  bed_expect_rejects(&b, "code, length, octet_length(encode(raw)) BETWEEN 65530 AND 65536", "bad_type|204806|true\nrecord_too_long|41943044|true\n");
  bed_expect_bytes(&b, 1, (sw_str){text.ptr + first, first_end - first});
  bed_expect_bytes(&b, 2, (sw_str){text.ptr + second, second_end - second});
}

static void what_is_decoded_for_the_listing_keeps_its_bytes(void **state) {
  (void)state;
  TAKE("id,name,born\n1,\xD5\xC5\xC8\xFD,\nx,\xD5\xC5\xC8\xFD,\n");
  assert_int_equal(b.r.encoding, SW_ENCODING_GB18030);
  bed_expect_rejects(&b, "raw", "x,张三,\n");
  bed_expect_bytes(&b, 2, SW_LIT("x,\xD5\xC5\xC8\xFD,"));
  TAKE("id,name,born\n\\x41,a,\n2,a\0b,\n");
  bed_expect_rejects(&b, "raw", "\\x41,a,\n\\x322c6100622c\n");
  bed_expect_bytes(&b, 1, SW_LIT("\\x41,a,"));
  bed_expect_bytes(&b, 2, SW_LIT("2,a\0b,"));
  bed_expect_bytes(&b, 0, SW_LIT("\\x41,a,|2,a\0b,|"));
}

static void nul_bytes_reject_their_row(void **state) {
  (void)state;
  TAKE("id,name,born\n1,a\0b,\n2,b,\n");
  bed_expect_rows(&b, &TABLE, "id", "2\n");
  bed_expect_rejects(&b, "_line, code, position, raw", "2|nul_byte|3|\\x312c6100622c\n");
}

static void mixed_line_ends_are_all_line_ends(void **state) {
  (void)state;
  TAKE("id,name,born\r\n1,a,2001-01-01\n2,b,2001-01-02\r3,c,2001-01-03\r\n\n4,d,");
  assert_int_equal(b.r.rows, 4);
  assert_int_equal(b.r.blanks, 1);
  bed_expect_rows(&b, &TABLE, "id, name, born, _line", "1|a|2001-01-01|2\n2|b|2001-01-02|3\n3|c|2001-01-03|4\n4|d|-|6\n");
  assert_non_null(strstr(b.r.info, "\"line_ends\":[\"lf\",\"crlf\",\"cr\"]"));
}

static void mixed_encodings_reject_the_foreign_row(void **state) {
  (void)state;
  TAKE("id,name,born\n1,张三,\n2,\xD5\xC5\xC8\xFD,\n3,李四,\n");
  assert_int_equal(b.r.encoding, SW_ENCODING_UTF8);
  bed_expect_rows(&b, &TABLE, "id, name", "1|张三\n3|李四\n");
  bed_expect_rejects(&b, "_line, code, position, reason_en, raw", "3|bad_encoding|2|the bytes here are not valid UTF-8|\\x322cd5c5c8fd2c\n");
}

static void an_unbalanced_quote_costs_one_line(void **state) {
  (void)state;
  TAKE("id,name,born\n1,\"a,\n2,b,\n3,\"c\"d,\n4,\"e,f\",\n5,\"\",\n6,\"g\",\n");
  bed_expect_rows(&b, &TABLE, "id, name", "2|b\n4|e,f\n5|-\n6|g\n");
  bed_expect_rejects(&b, "_line, code, position", "2|unbalanced_quote|2\n4|bad_quote|2\n");
}

static void what_is_no_text_is_told_as_such(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  char bytes[4096];
  uint32_t x = 1;
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)((x = x * 1664525u + 1013904223u) >> 24);
  write_file(scratch_path("picture.csv"), bytes, sizeof bytes);
  assert_int_equal(bed_take(&b, scratch_path("picture.csv"), &TABLE, NULL, &err), SW_E_DATA);
  assert_string_equal(err.code, "SW-INTAKE-0035");
}

static void a_directory_is_refused(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(mkdir(scratch_path("in.csv"), 0700), 0);
  assert_int_equal(bed_take(&b, scratch_path("in.csv"), &TABLE, NULL, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_ZH], "是目录，此处需要一个文件"));
}

static void count_files(const char *dir, size_t *n) {
  DIR *d = opendir(dir);
  *n = 0;
  for (struct dirent *e; d && (e = readdir(d));) *n += e->d_name[0] != '.';
  if (d) closedir(d);
}

static void write_rows(const char *path, int rows) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_buf_puts(&text, "id,name,born\n");
  for (int i = 0; i < rows; i++) sw_buf_printf(&text, "%d,%08x%08x%08x,2001-01-01\n", i, (unsigned)i * 2654435761u, (unsigned)i * 40503u * 77u, (unsigned)i * 2246822519u);
  write_file(path, text.ptr, text.len);
}

/* In a child, because the limit is the process's: what the landing writes may not grow beyond 64 KiB. */
static void a_full_disk_lands_nothing_and_the_next_attempt_succeeds(void **state) {
  (void)state;
  char in[600], path[600];
  snprintf(in, sizeof in, "%s/in.csv", b.x.workspace);
  write_rows(in, 100000);
  fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    sw_error err = SW_ERROR_INIT;
    bed c;
    bed_open(&c);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){64 << 10, RLIM_INFINITY});
    sw_status s = bed_take(&c, in, &TABLE, NULL, &err);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    size_t landed, left;
    snprintf(path, sizeof path, "%s/landing/his/patient", c.x.workspace);
    count_files(path, &landed);
    snprintf(path, sizeof path, "%s/landing/.tmp", c.x.workspace);
    count_files(path, &left);
    bool ok = s != SW_OK && err.msg[SW_LANG_EN][0] && landed == 0 && left == 0;
    if (!ok) fprintf(stderr, "status %d, %s, %zu landed, %zu left\n", (int)s, err.msg[SW_LANG_EN], landed, left);
    sw_error_clear(&err);
    ok = ok && bed_take(&c, in, &TABLE, NULL, &err) == SW_OK && c.r.rows == 100000 && !c.r.already;
    bed_close(&c);
    _exit(ok ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void cancelling_leaves_nothing_behind(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  sw_cancel c = SW_CANCEL_INIT;
  sw_cancel_ask(&c);
  b.x.cancel = &c;
  write_rows(scratch_path("in.csv"), 1000);
  assert_int_equal(bed_take(&b, scratch_path("in.csv"), &TABLE, NULL, &err), SW_E_CANCELLED);
  b.x.cancel = NULL;
  sw_error_clear(&err);
  assert_ok(bed_take(&b, scratch_path("in.csv"), &TABLE, NULL, &err));
  assert_int_equal(b.r.rows, 1000);
}

static void leftovers_of_a_crash_are_cleaned_and_parts_in_the_ledger_stay(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  TAKE("id,name,born\n1,a,\n");
  write_text(scratch_path("landing/.tmp/half.parquet"), "x");
  write_text(scratch_path("landing/his/patient/99-deadbeef-0.parquet"), "orphan");
  int64_t removed = 0;
  assert_ok(sw_landing_clean(b.x.workspace, b.x.ledger, &removed, &err));
  assert_int_equal(removed, 1);
  assert_false(sw_fs_exists(scratch_path("landing/.tmp/half.parquet")));
  bed_expect_rows(&b, &TABLE, "id", "1\n");
}

static void no_value_of_a_record_appears_in_messages(void **state) {
  (void)state;
  TAKE("id,name,born\n1,SECRETNAME,SECRETDATE\nSECRETTOTAL,,\n");
  assert_null(strstr(b.messages, "SECRET"));
  assert_int_equal(b.r.rejects, 2);
}

#define TEST(f) cmocka_unit_test_prestate_setup_teardown(f, bed_set_up, bed_tear_down, &b)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_empty_file_is_a_batch_of_no_rows),
      TEST(a_header_alone_is_a_batch_of_no_rows),
      TEST(a_thousand_columns_are_read),
      TEST(a_field_of_64_mib_costs_its_record_only),
      TEST(a_never_closed_quote_of_101_mib_is_kept_whole),
      TEST(a_never_closed_quote_over_many_lines_costs_its_line),
      TEST(long_records_of_another_encoding_keep_their_bytes),
      TEST(what_is_decoded_for_the_listing_keeps_its_bytes),
      TEST(nul_bytes_reject_their_row),
      TEST(mixed_line_ends_are_all_line_ends),
      TEST(mixed_encodings_reject_the_foreign_row),
      TEST(an_unbalanced_quote_costs_one_line),
      TEST(what_is_no_text_is_told_as_such),
      TEST(a_directory_is_refused),
      TEST(a_full_disk_lands_nothing_and_the_next_attempt_succeeds),
      TEST(cancelling_leaves_nothing_behind),
      TEST(leftovers_of_a_crash_are_cleaned_and_parts_in_the_ledger_stay),
      TEST(no_value_of_a_record_appears_in_messages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
