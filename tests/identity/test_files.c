/* `suwen identify` on files: whatever the intake can read, and whatever people deliver by mistake. */
#include "identity/identify_file.h"
#include "identity/people.h"

#include "base/fs.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <iconv.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

typedef struct bench {
  char dir[64], a[96], b[96], out[96];
  sw_error err;
  sw_identify_job *job;
  size_t warnings;
  char last[512];
} bench;

static void hear(void *ctx, const sw_event *e) {
  bench *b = ctx;
  if (e->kind != SW_EVENT_WARNING) return;
  b->warnings++;
  snprintf(b->last, sizeof b->last, "%s", e->text[1]);
}

static int setup(void **state) {
  bench *b = calloc(1, sizeof *b);
  snprintf(b->dir, sizeof b->dir, "%s", "/tmp/suwen-files-XXXXXX");
  assert_non_null(mkdtemp(b->dir));
  snprintf(b->a, sizeof b->a, "%s/a.csv", b->dir);
  snprintf(b->b, sizeof b->b, "%s/b.csv", b->dir);
  snprintf(b->out, sizeof b->out, "%s/out.csv", b->dir);
  *state = b;
  return 0;
}

static int teardown(void **state) {
  bench *b = *state;
  sw_error err = SW_ERROR_INIT;
  sw_identify_close(b->job);
  assert_int_equal(sw_fs_remove_tree(b->dir, &err), SW_OK);
  free(b);
  return 0;
}

static void put(const char *path, const char *bytes, size_t n) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  fclose(f);
}

static sw_status identify(bench *b, const sw_identify_options *o) {
  sw_events events = {.on_event = hear, .ctx = b};
  sw_identify_close(b->job);
  b->job = NULL;
  sw_error_clear(&b->err);
  sw_status st = sw_identify_open(o, &b->job, NULL, &events, &b->err);
  if (st) assert_true(b->err.msg[0][0] && b->err.msg[1][0]); /* said in words, both languages */
  return st;
}

static sw_status identify_a(bench *b) { return identify(b, &(sw_identify_options){.in = {b->a}, .nin = 1, .threads = 2}); }

static void town(sw_buf *t, unsigned n, char delimiter) {
  char d = delimiter;
  sw_buf_printf(t, "编号%c姓名%c性别%c出生日期%c身份证号%c电话\n", d, d, d, d, d);
  for (unsigned i = 0; i < n; i++) {
    test_person p;
    test_person_make(i / 2, &p);
    sw_buf_printf(t, "r%u%c%s%c%s%c%s%c%s%c%s\n", i, d, p.name, d, strcmp(p.sex, "1") == 0 ? "男" : "女", d, p.birth, d, i % 4 == 1 ? "" : p.id, d, p.phone);
  }
}

static size_t converted(const char *to, const sw_buf *text, char *out, size_t cap) {
  iconv_t cd = iconv_open(to, "UTF-8");
  assert_true(cd != (iconv_t)-1);
  char *in = text->ptr, *at = out;
  size_t left = text->len, room = cap;
  assert_int_equal(iconv(cd, &in, &left, &at, &room), 0);
  iconv_close(cd);
  return cap - room;
}

static void any_encoding_delimiter_and_compression_is_read(void **state) {
  bench *b = *state;
  SW_AUTO(sw_buf) t = SW_BUF_INIT;
  enum { CAP = 1 << 20 };
  char *bytes = malloc(CAP);
  town(&t, 400, '\t');
  put(b->a, t.ptr, t.len);
  assert_int_equal(identify_a(b), SW_OK);
  assert_int_equal(b->job->result.npersons, 200);
  sw_buf_clear(&t);
  town(&t, 400, ',');
  put(b->a, bytes, converted("GB18030", &t, bytes, CAP));
  assert_int_equal(identify_a(b), SW_OK);
  assert_string_equal(b->job->in[0].encoding, "GB18030");
  assert_int_equal(b->job->result.npersons, 200);
  bytes[0] = (char)0xFF;
  bytes[1] = (char)0xFE;
  put(b->a, bytes, 2 + converted("UTF-16LE", &t, bytes + 2, CAP - 2));
  assert_int_equal(identify_a(b), SW_OK);
  assert_int_equal(b->job->result.npersons, 200);
  gzFile z = gzopen(b->a, "wb");
  assert_int_equal(gzwrite(z, t.ptr, (unsigned)t.len), (int)t.len);
  gzclose(z);
  assert_int_equal(identify_a(b), SW_OK);
  assert_int_equal(b->job->result.npersons, 200);
  free(bytes);
}

static void quoted_line_breaks_are_part_of_a_value(void **state) {
  bench *b = *state;
  static const char text[] = "id,name,birth,note\n1,\"张\n伟\",1990-01-01,\"a,\"\"b\"\"\nc\"\n2,李娜,1991-02-02,\n";
  put(b->a, text, sizeof text - 1);
  assert_int_equal(identify_a(b), SW_OK);
  assert_int_equal(b->job->store.n, 2);
}

static void a_file_without_a_header_is_told(void **state) {
  bench *b = *state;
  SW_AUTO(sw_buf) t = SW_BUF_INIT;
  town(&t, 400, ',');
  const char *body = strchr(t.ptr, '\n') + 1;
  put(b->a, body, strlen(body));
  assert_int_equal(identify_a(b), SW_OK);
  assert_true(b->job->in[0].headerless);
  assert_int_equal(b->job->store.n, 400);
  assert_int_equal(b->job->result.npersons, 200);
  assert_true(b->warnings >= 1);
}

static void rare_characters_of_all_planes_are_compared(void **state) {
  bench *b = *state;
  SW_AUTO(sw_buf) t = SW_BUF_INIT;
  enum { CAP = 1 << 20 };
  char *bytes = malloc(CAP);
  town(&t, 400, ',');
  /* U+20BB7 and U+2CB31 are four bytes in GB 18030; U+9FB4 is one that the 2022 edition gave a code point of its own. */
  sw_buf_puts(&t, "x1,\xF0\xA0\xAE\xB7" "田\xF0\xAC\xAC\xB1,男,1971-03-04,,13700000001\nx2,\xF0\xA0\xAE\xB7" "田\xF0\xAC\xAC\xB1,男,1971-03-04,,13700000001\n");
  sw_buf_puts(&t, "x3,王\xE9\xBE\xB4,女,1982-03-04,,13700000002\nx4,王\xE9\xBE\xB4,女,1982-03-04,,13700000002\n");
  put(b->a, bytes, converted("GB18030", &t, bytes, CAP));
  assert_int_equal(identify_a(b), SW_OK);
  const uint32_t *p = b->job->result.person;
  assert_int_equal(p[400], p[401]);
  assert_int_equal(p[402], p[403]);
  free(bytes);
}

static void bad_input_is_told_in_words(void **state) {
  bench *b = *state;
  put(b->a, "", 0);
  assert_int_equal(identify_a(b), SW_E_DATA);
  put(b->a, "id,name,birth\n", 14);
  assert_int_equal(identify_a(b), SW_E_DATA); /* zero rows: all columns are empty */
  assert_int_equal(identify(b, &(sw_identify_options){.in = {b->dir}, .nin = 1}), b->err.status);
  assert_true(b->err.status != SW_OK); /* a directory */
  assert_int_equal(identify(b, &(sw_identify_options){.in = {b->b}, .nin = 1}), SW_E_NOTFOUND);
  static const char one[] = "id,name,birth\n7,张伟,1990-01-01\n";
  put(b->a, one, sizeof one - 1);
  assert_int_equal(identify_a(b), SW_OK); /* one row */
  assert_int_equal(b->job->result.npersons, 1);
  assert_int_equal(identify(b, &(sw_identify_options){.in = {b->a}, .nin = 1, .id_column = "nobody"}), SW_E_USAGE);
  assert_non_null(strstr(b->err.msg[1], "nobody"));
}

static void ids_that_come_twice_are_told_and_every_record_is_kept(void **state) {
  bench *b = *state;
  SW_AUTO(sw_buf) t = SW_BUF_INIT, got = SW_BUF_INIT;
  uint32_t r;
  sw_buf_puts(&t, "id,name,birth\n");
  for (unsigned i = 0; i < 60; i++) {
    test_person p;
    test_person_make(i / 2, &p);
    sw_buf_printf(&t, "%u,%s,%s\n", i % 50, p.name, p.birth);
  }
  put(b->a, t.ptr, t.len);
  assert_int_equal(identify(b, &(sw_identify_options){.in = {b->a}, .nin = 1, .id_column = "id"}), SW_OK);
  assert_true(b->warnings >= 1);
  assert_int_equal(sw_identify_find(b->job, SW_LIT("3"), &r, &b->err), SW_E_USAGE);
  sw_error_clear(&b->err);
  assert_int_equal(sw_identify_write_clusters(b->job, b->out, &b->err), SW_OK);
  assert_int_equal(sw_fs_read(b->out, 1 << 20, &got, &b->err), SW_OK);
  size_t lines = 0;
  for (size_t i = 0; i < got.len; i++) lines += got.ptr[i] == '\n';
  assert_int_equal(lines, 61);
  assert_memory_equal(got.ptr, "id,person\n", 10);
}

static void a_file_without_an_id_column_numbers_its_records(void **state) {
  bench *b = *state;
  SW_AUTO(sw_buf) t = SW_BUF_INIT, got = SW_BUF_INIT;
  sw_buf_puts(&t, "name,birth,sex\n");
  for (unsigned i = 0; i < 60; i++) {
    test_person p;
    test_person_make(i / 2, &p);
    sw_buf_printf(&t, "%s,%s,%s\n", p.name, p.birth, p.sex);
  }
  put(b->a, t.ptr, t.len);
  assert_int_equal(identify_a(b), SW_OK);
  assert_int_equal(sw_identify_write_clusters(b->job, b->out, &b->err), SW_OK);
  assert_int_equal(sw_fs_read(b->out, 1 << 20, &got, &b->err), SW_OK);
  assert_memory_equal(got.ptr, "record,person\n1,1\n2,1\n", 22);
}

/* Only columns that say nothing: empty, constant, a running number. */
static void columns_that_say_nothing_are_refused_in_words(void **state) {
  bench *b = *state;
  SW_AUTO(sw_buf) t = SW_BUF_INIT;
  sw_buf_puts(&t, "id,empty,same,number\n");
  for (unsigned i = 0; i < 300; i++) sw_buf_printf(&t, "%u,,x,%u\n", i, i + 7);
  put(b->a, t.ptr, t.len);
  assert_int_equal(identify_a(b), SW_E_DATA);
}

/* A configuration may name columns that say nothing all the same. */
static void a_configured_field_that_says_nothing_does_no_harm(void **state) {
  bench *b = *state;
  SW_AUTO(sw_buf) t = SW_BUF_INIT;
  static const char config[] =
      "id: id\nfields:\n  - {name: name, kind: name}\n  - {name: birth, kind: date, birth: true}\n  - {name: empty, kind: string}\n  - {name: same, kind: string}\n  - {name: number, kind: id}\n";
  sw_buf_puts(&t, "id,name,birth,empty,same,number\n");
  for (unsigned i = 0; i < 600; i++) {
    test_person p;
    test_person_make(i / 2, &p);
    sw_buf_printf(&t, "%u,%s,%s,,x,%u\n", i, p.name, p.birth, 100000 + i);
  }
  put(b->a, t.ptr, t.len);
  put(b->b, config, sizeof config - 1);
  assert_int_equal(identify(b, &(sw_identify_options){.in = {b->a}, .nin = 1, .config = b->b}), SW_OK);
  assert_in_range(b->job->result.npersons, 295, 310);
  assert_true(b->warnings >= 2); /* the empty and the constant field are told */
}

static void two_files_are_joined_across(void **state) {
  bench *b = *state;
  SW_AUTO(sw_buf) t = SW_BUF_INIT, u = SW_BUF_INIT;
  sw_rng r = sw_rng_of(5, 5);
  sw_buf_puts(&t, "pid,name,birth,phone\n");
  sw_buf_puts(&u, "pid,name,birth,phone\n");
  for (unsigned i = 0; i < 300; i++) {
    test_person p;
    test_person_make(i, &p);
    sw_buf_printf(&t, "a%u,%s,%s,%s\n", i, p.name, p.birth, p.phone);
    if (sw_rng_chance(&r, 0.2)) p.phone[0] = '\0';
    if (i % 3) sw_buf_printf(&u, "b%u,%s,%s,%s\n", i, p.name, p.birth, p.phone);
  }
  put(b->a, t.ptr, t.len);
  put(b->b, u.ptr, u.len);
  assert_int_equal(identify(b, &(sw_identify_options){.in = {b->a, b->b}, .nin = 2}), SW_OK);
  assert_true(b->job->result.unique_sources);
  assert_int_equal(b->job->result.npersons, 300);
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      CASE(any_encoding_delimiter_and_compression_is_read),
      CASE(quoted_line_breaks_are_part_of_a_value),
      CASE(a_file_without_a_header_is_told),
      CASE(rare_characters_of_all_planes_are_compared),
      CASE(bad_input_is_told_in_words),
      CASE(ids_that_come_twice_are_told_and_every_record_is_kept),
      CASE(a_file_without_an_id_column_numbers_its_records),
      CASE(columns_that_say_nothing_are_refused_in_words),
      CASE(a_configured_field_that_says_nothing_does_no_harm),
      CASE(two_files_are_joined_across),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
