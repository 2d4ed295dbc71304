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
  bed_expect_rejects(&b, "_line, code, length(raw), reason_en",
                     "3|record_too_long|16777216|the record is longer than the limit of 16777216 bytes (67108870 bytes); only its beginning is kept\n");
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
      TEST(nul_bytes_reject_their_row),
      TEST(mixed_line_ends_are_all_line_ends),
      TEST(mixed_encodings_reject_the_foreign_row),
      TEST(an_unbalanced_quote_costs_one_line),
      TEST(a_directory_is_refused),
      TEST(a_full_disk_lands_nothing_and_the_next_attempt_succeeds),
      TEST(cancelling_leaves_nothing_behind),
      TEST(leftovers_of_a_crash_are_cleaned_and_parts_in_the_ledger_stay),
      TEST(no_value_of_a_record_appears_in_messages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
