/* Behaviours of base that every other room relies on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/date.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "base/vec.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void nobody_overwrites_a_cause(void **state) {
  (void)state;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(SW_FAIL(&e, SW_E_DATA, "SW-T-0001", "第 %d 行", "row %d", 7), SW_E_DATA);
  assert_int_equal(SW_FAIL(&e, SW_E_IO, "SW-T-0002", "别的", "other"), SW_E_DATA);
  sw_error_at(&e, "a.csv", 7, 3);
  sw_error_at(&e, "b.csv", 1, 1);
  assert_int_equal(SW_FRAME(&e, "读 %s", "reading %s", "a.csv"), SW_E_DATA);
  char text[512];
  sw_error_format(&e, SW_LANG_EN, text, sizeof text);
  assert_string_equal(text, "a.csv:7:3: row 7 [SW-T-0001]\n  while reading a.csv");
  sw_error_format(&e, SW_LANG_ZH, text, sizeof text);
  assert_string_equal(text, "a.csv:7:3: 第 7 行 [SW-T-0001]\n  当时正在：读 a.csv");
}

static void a_cut_message_stays_valid_utf8(void **state) {
  (void)state;
  char zh[3000] = "";
  for (size_t i = 0; i + 4 < sizeof zh; i += 3) memcpy(zh + i, "问", 3);
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(SW_FAIL(&e, SW_E_DATA, "SW-T-0001", "x%s", "y%s", zh), SW_E_DATA);
  assert_true(sw_utf8_valid(sw_str_of(e.msg[0])));
  char small[17];
  sw_error_format(&e, SW_LANG_ZH, small, sizeof small);
  assert_true(sw_utf8_valid(sw_str_of(small)));
}

static void errno_chooses_the_status(void **state) {
  (void)state;
  sw_error e = SW_ERROR_INIT;
  errno = ENOSPC;
  assert_int_equal(SW_FAIL_ERRNO(&e, "SW-T-0001", "写", "write"), SW_E_NOSPACE);
  assert_non_null(strstr(e.msg[SW_LANG_EN], "No space left"));
}

static void a_buffer_fails_sticky_at_its_maximum(void **state) {
  (void)state;
  sw_buf b;
  sw_buf_init(&b, 10);
  sw_buf_puts(&b, "0123456789");
  assert_true(sw_buf_ok(&b));
  sw_buf_putc(&b, 'x');
  sw_buf_clear(&b);
  sw_buf_puts(&b, "0123456789a");
  assert_false(sw_buf_ok(&b));
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(sw_buf_check(&b, &e), SW_E_LIMIT);
  sw_buf_fini(&b);
  assert_int_equal(b.ptr[0], 0);
}

static void numbers_are_read_whole_or_not_at_all(void **state) {
  (void)state;
  int64_t i;
  double d;
  assert_true(sw_str_to_i64(SW_LIT("-9223372036854775808"), &i) && i == INT64_MIN);
  assert_false(sw_str_to_i64(SW_LIT("9223372036854775808"), &i));
  assert_false(sw_str_to_i64(SW_LIT("12 "), &i));
  assert_false(sw_str_to_i64(SW_LIT(""), &i));
  assert_false(sw_str_to_i64(SW_LIT("-"), &i));
  assert_true(sw_str_to_decimal(SW_LIT("12.3"), 2, &i) && i == 1230);
  assert_true(sw_str_to_decimal(SW_LIT("-0.05"), 2, &i) && i == -5);
  assert_true(sw_str_to_decimal(SW_LIT("7.100"), 2, &i) && i == 710);
  assert_false(sw_str_to_decimal(SW_LIT("7.101"), 2, &i));
  assert_false(sw_str_to_decimal(SW_LIT("."), 2, &i));
  assert_false(sw_str_to_decimal(SW_LIT("99999999999999999999"), 2, &i));
  assert_true(sw_str_to_f64(SW_LIT("-1.5e3"), &d) && d == -1500.0);
  assert_false(sw_str_to_f64(SW_LIT("nan"), &d));
  assert_false(sw_str_to_f64(SW_LIT("0x10"), &d));
}

static void trimming_knows_the_chinese_blank(void **state) {
  (void)state;
  assert_true(sw_str_eqz(sw_str_trim(SW_LIT(" \t　张三　\r\n")), "张三"));
  assert_int_equal(sw_str_trim(SW_LIT("　 ")).len, 0);
}

static void a_map_keeps_order_and_survives_growth(void **state) {
  (void)state;
  sw_map m = SW_MAP_INIT;
  char key[32];
  for (unsigned i = 0; i < 5000; i++) {
    snprintf(key, sizeof key, "k%u", i);
    assert_true(sw_map_put(&m, sw_str_of(key), i));
  }
  assert_true(sw_map_put(&m, SW_LIT("k17"), 99));
  assert_int_equal(m.len, 5000);
  uint64_t v;
  assert_true(sw_map_get(&m, SW_LIT("k17"), &v) && v == 99);
  assert_true(sw_map_get(&m, SW_LIT("k4999"), &v) && v == 4999);
  assert_false(sw_map_get(&m, SW_LIT("k5000"), &v));
  assert_true(sw_str_eqz(m.entries[3].key, "k3"));
  sw_map_fini(&m);
}

static void an_arena_refuses_beyond_its_maximum(void **state) {
  (void)state;
  sw_arena a = SW_ARENA_INIT;
  a.max = 1000;
  assert_non_null(sw_arena_alloc(&a, 900));
  assert_null(sw_arena_alloc(&a, 200));
  assert_null(sw_arena_array(&a, SIZE_MAX / 2, 4));
  sw_arena any = SW_ARENA_INIT; /* no maximum: the size alone must not wrap around to a small block */
  for (size_t less = 0; less < 80; less++) assert_null(sw_arena_alloc(&any, SIZE_MAX - less));
  sw_arena_fini(&any);
  assert_false(sw_arena_ok(&a));
  sw_arena_fini(&a);
}

static void utf8_is_judged_strictly(void **state) {
  (void)state;
  assert_true(sw_utf8_valid(SW_LIT("plain 张三 𠮷 end of a longer text")));
  assert_int_equal(sw_utf8_valid_prefix("abcdefgh\xC0\xAF", 10), 8);
  assert_int_equal(sw_utf8_valid_prefix("\xED\xA0\x80", 3), 0);
  assert_int_equal(sw_utf8_valid_prefix("\xF4\x90\x80\x80", 4), 0);
  assert_int_equal(sw_utf8_valid_prefix("\xE5\xBC", 2), 0);
  assert_int_equal(sw_utf8_count(SW_LIT("张三𠮷")), 3);
  assert_int_equal(sw_utf8_width(SW_LIT("张a三")), 5);
  assert_true(sw_str_eqz(sw_utf8_clip(SW_LIT("张三"), 5), "张"));
  for (uint32_t cp = 0; cp < 0x110000; cp += 37) {
    char b[4];
    size_t k = sw_utf8_encode(cp, b);
    uint32_t back;
    if (k) assert_true(sw_utf8_decode(b, k, &back) == k && back == cp);
  }
}

static void dates_round_trip_for_every_day(void **state) {
  (void)state;
  int32_t first = sw_days_from_civil(1840, 12, 31), last = sw_days_from_civil(2400, 3, 1);
  assert_int_equal(sw_days_from_civil(1970, 1, 1), 0);
  for (int32_t d = first; d <= last; d++) {
    char text[SW_DATE_LEN];
    int32_t back;
    sw_format_date(d, text);
    assert_true(sw_parse_date(sw_str_of(text), &back));
    assert_int_equal(back, d);
  }
}

static void hospital_date_habits_are_read(void **state) {
  (void)state;
  static const char *const SAME[] = {"2023-01-05", "2023/1/5", "2023.01.5", "20230105", "2023年1月5日", "2023-01-05 00:00:00"};
  int32_t want = sw_days_from_civil(2023, 1, 5), d;
  for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++) {
    assert_true(sw_parse_date(sw_str_of(SAME[i]), &d));
    assert_int_equal(d, want);
  }
  static const char *const BAD[] = {"2023-02-29", "2023-13-01", "2023-1-5x", "23-1-5", "2023/1-5", "2023010", "", "2023-01-05 10:00"};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) assert_false(sw_parse_date(sw_str_of(BAD[i]), &d));
  int64_t us;
  assert_true(sw_parse_time(SW_LIT("2023/1/5 8:05"), &us) && us == want * SW_US_PER_DAY + (8 * 60 + 5) * INT64_C(60000000));
  assert_true(sw_parse_time(SW_LIT("20230105080509"), &us));
  assert_true(sw_parse_time(SW_LIT("2023-01-05T08:05:09.123"), &us) && us % 1000000 == 123000);
  assert_false(sw_parse_time(SW_LIT("2023-01-05 24:00"), &us));
  char text[SW_TIME_LEN];
  sw_format_time(-1, text);
  assert_string_equal(text, "1969-12-31 23:59:59.999999");
}

static void age_is_reached_on_the_birthday(void **state) {
  (void)state;
  int32_t birth = sw_days_from_civil(2000, 2, 29);
  assert_int_equal(sw_age_years(birth, sw_days_from_civil(2001, 2, 28)), 0);
  assert_int_equal(sw_age_years(birth, sw_days_from_civil(2001, 3, 1)), 1);
  assert_int_equal(sw_age_years(birth, sw_days_from_civil(2004, 2, 29)), 4);
}

static void digests_agree_with_published_vectors(void **state) {
  (void)state;
  char hex[SW_SHA256_HEX];
  sw_error e = SW_ERROR_INIT;
  /* FIPS 180-4 example, GB/T 32905-2016 annex A.1 */
  assert_int_equal(sw_digest_hex(SW_DIGEST_SHA256, "abc", 3, hex, &e), SW_OK);
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert_int_equal(sw_digest_hex(SW_DIGEST_SM3, "abc", 3, hex, &e), SW_OK);
  assert_string_equal(hex, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

static void the_fast_hash_does_not_collide_on_near_keys(void **state) {
  (void)state;
  sw_map seen = SW_MAP_INIT;
  for (uint64_t i = 0; i < 20000; i++) {
    uint64_t h = sw_hash64(&i, 1 + i % 8, 0);
    h ^= sw_hash64(&i, sizeof i, h);
    bool added;
    assert_non_null(sw_map_at(&seen, (sw_str){(const char *)&h, sizeof h}, 0, &added));
    assert_true(added);
  }
  sw_map_fini(&seen);
}

static void random_streams_repeat_and_differ(void **state) {
  (void)state;
  sw_rng a = sw_rng_of(42, 7), b = sw_rng_of(42, 7), c = sw_rng_of(42, 8);
  int same = 0;
  for (int i = 0; i < 1000; i++) {
    uint64_t x = sw_rng_u64(&a);
    assert_true(x == sw_rng_u64(&b));
    same += x == sw_rng_u64(&c);
  }
  assert_int_equal(same, 0);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; i++) {
    double x = sw_rng_normal(&a);
    sum += x;
    squares += x * x;
    assert_in_range(sw_rng_below(&a, 7), 0, 6);
  }
  assert_true(sum / 1e5 < 0.02 && sum / 1e5 > -0.02 && squares / 1e5 > 0.97 && squares / 1e5 < 1.03);
}

static void json_nests_and_escapes(void **state) {
  (void)state;
  sw_buf b = SW_BUF_INIT;
  sw_json j;
  sw_json_init(&j, &b);
  sw_json_open(&j, '[');
  sw_json_open(&j, '{');
  sw_json_key(&j, "a\"");
  sw_json_str(&j, SW_LIT("张\n\xFF\x01"));
  sw_json_key(&j, "b");
  sw_json_open(&j, '[');
  sw_json_i64(&j, -1);
  sw_json_f64(&j, 0.1);
  sw_json_null(&j);
  sw_json_close(&j, ']');
  sw_json_close(&j, '}');
  sw_json_bool(&j, true);
  sw_json_close(&j, ']');
  assert_string_equal(b.ptr, "[{\"a\\\"\":\"张\\n\\ufffd\\u0001\",\"b\":[-1,0.1,null]},true]");
  sw_buf_clear(&b);
  sw_csv_field(&b, SW_LIT("a,\"b\"\n"), ',');
  assert_string_equal(b.ptr, "\"a,\"\"b\"\"\n\"");
  sw_buf_fini(&b);
}

typedef struct counter {
  atomic_int ran;
  size_t fail_at;
} counter;

static sw_status count_job(void *ctx, size_t i, const sw_cancel *cancel, sw_error *err) {
  counter *c = ctx;
  (void)cancel;
  atomic_fetch_add(&c->ran, 1);
  if (i == c->fail_at) return SW_FAIL(err, SW_E_DATA, "SW-T-0009", "坏在 %zu", "bad at %zu", i);
  return SW_OK;
}

static void the_pool_runs_all_or_reports_the_first_failure(void **state) {
  (void)state;
  counter c = {.fail_at = SIZE_MAX};
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(sw_pool_run(4, 1000, count_job, &c, NULL, &e), SW_OK);
  assert_int_equal(c.ran, 1000);
  counter d = {.fail_at = 10};
  assert_int_equal(sw_pool_run(4, 100000, count_job, &d, NULL, &e), SW_E_DATA);
  assert_string_equal(e.code, "SW-T-0009");
  assert_true(d.ran < 100000);
}

static void a_cancelled_parent_stops_the_child(void **state) {
  (void)state;
  sw_cancel parent = SW_CANCEL_INIT, child = {.parent = &parent};
  assert_false(sw_cancelled(&child));
  sw_cancel_ask(&parent);
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(sw_cancel_check(&child, &e), SW_E_CANCELLED);
  sw_cancel late = {.deadline_us = sw_mono_us() - 1};
  sw_error_clear(&e);
  assert_int_equal(sw_cancel_check(&late, &e), SW_E_TIMEOUT);
}

static void files_are_listed_in_byte_order_and_written_whole(void **state) {
  (void)state;
  char dir[] = "/tmp/sw_base_XXXXXX";
  assert_non_null(mkdtemp(dir));
  sw_arena a = SW_ARENA_INIT;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(sw_fs_mkdirs(sw_fs_join(&a, dir, "b/c"), &e), SW_OK);
  static const char *const NAMES[] = {"b/c/z.csv", "a.csv", "b/y.txt", ".hidden.csv", "B.csv"};
  for (size_t i = 0; i < 5; i++) assert_int_equal(sw_fs_write_durable(sw_fs_join(&a, dir, NAMES[i]), "x", 1, &e), SW_OK);
  char **paths;
  size_t n;
  assert_int_equal(sw_fs_list(dir, "*.csv", &a, &paths, &n, &e), SW_OK);
  assert_int_equal(n, 3);
  assert_string_equal(paths[0], sw_fs_join(&a, dir, "B.csv"));
  assert_string_equal(paths[2], sw_fs_join(&a, dir, "b/c/z.csv"));
  sw_buf b = SW_BUF_INIT;
  assert_int_equal(sw_fs_read(paths[0], 100, &b, &e), SW_OK);
  assert_string_equal(b.ptr, "x");
  assert_int_equal(sw_fs_read(dir, 100, &b, &e), SW_E_IO);
  sw_error_clear(&e);
  assert_int_equal(sw_fs_mkdirs(paths[0], &e), SW_E_EXISTS);
  assert_int_equal(sw_fs_remove_tree(dir, NULL), SW_OK);
  assert_false(sw_fs_exists(dir));
  sw_buf_fini(&b);
  sw_arena_fini(&a);
}

/* In the program's own symbol table, so that the library's calls come here. */
static ino_t SYNCED[16];
static size_t NSYNCED;
int fsync(int fd) {
  struct stat st;
  if (fstat(fd, &st) == 0 && NSYNCED < 16) SYNCED[NSYNCED++] = st.st_ino;
  return 0;
}

static bool was_synced(const char *path) {
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  for (size_t i = 0; i < NSYNCED; i++)
    if (SYNCED[i] == st.st_ino) return true;
  return false;
}

static void what_is_called_durable_is_synced_with_its_directories(void **state) {
  (void)state;
  char dir[] = "/tmp/sw_base_XXXXXX";
  assert_non_null(mkdtemp(dir));
  sw_arena a = SW_ARENA_INIT;
  sw_error e = SW_ERROR_INIT;
  NSYNCED = 0;
  assert_int_equal(sw_fs_mkdirs(sw_fs_join(&a, dir, "b/c/"), &e), SW_OK);
  assert_true(was_synced(dir) && was_synced(sw_fs_join(&a, dir, "b"))); /* where the entries of b and c lie */
  NSYNCED = 0;
  assert_int_equal(sw_fs_mkdirs(sw_fs_join(&a, dir, "b/c"), &e), SW_OK);
  assert_int_equal(NSYNCED, 0); /* nothing new */
  assert_int_equal(sw_fs_write_durable(sw_fs_join(&a, dir, "b/c/f"), "x", 1, &e), SW_OK);
  assert_true(was_synced(sw_fs_join(&a, dir, "b/c/f")) && was_synced(sw_fs_join(&a, dir, "b/c")));
  assert_int_equal(sw_fs_mkdirs(sw_fs_join(&a, dir, "target/full"), &e), SW_OK);
  assert_int_not_equal(sw_fs_write_durable(sw_fs_join(&a, dir, "target"), "x", 1, &e), SW_OK); /* a directory stands there */
  sw_error_clear(&e);
  char **paths;
  size_t n;
  assert_int_equal(sw_fs_list(dir, NULL, &a, &paths, &n, &e), SW_OK);
  assert_int_equal(n, 1); /* and no temporary file stays */
  assert_int_equal(sw_fs_remove_tree(dir, NULL), SW_OK);
  sw_arena_fini(&a);
}

static void a_link_to_the_directory_above_is_no_endless_tree(void **state) {
  (void)state;
  char dir[] = "/tmp/sw_base_XXXXXX";
  assert_non_null(mkdtemp(dir));
  sw_arena a = SW_ARENA_INIT;
  sw_error e = SW_ERROR_INIT;
  assert_int_equal(sw_fs_mkdirs(sw_fs_join(&a, dir, "day1"), &e), SW_OK);
  assert_int_equal(sw_fs_write_durable(sw_fs_join(&a, dir, "day1/a.csv"), "x", 1, &e), SW_OK);
  assert_int_equal(symlink("..", sw_fs_join(&a, dir, "day1/up")), 0);
  assert_int_equal(symlink(".", sw_fs_join(&a, dir, "here")), 0);
  assert_int_equal(symlink("day1", sw_fs_join(&a, dir, "latest")), 0); /* no circle: followed */
  char **paths;
  size_t n;
  assert_int_equal(sw_fs_list(dir, NULL, &a, &paths, &n, &e), SW_OK);
  assert_int_equal(n, 2);
  assert_string_equal(paths[0], sw_fs_join(&a, dir, "day1/a.csv"));
  assert_string_equal(paths[1], sw_fs_join(&a, dir, "latest/a.csv"));
  assert_int_equal(sw_fs_remove_tree(dir, NULL), SW_OK);
  sw_arena_fini(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_overwrites_a_cause),
      cmocka_unit_test(a_cut_message_stays_valid_utf8),
      cmocka_unit_test(errno_chooses_the_status),
      cmocka_unit_test(a_buffer_fails_sticky_at_its_maximum),
      cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
      cmocka_unit_test(trimming_knows_the_chinese_blank),
      cmocka_unit_test(a_map_keeps_order_and_survives_growth),
      cmocka_unit_test(an_arena_refuses_beyond_its_maximum),
      cmocka_unit_test(utf8_is_judged_strictly),
      cmocka_unit_test(dates_round_trip_for_every_day),
      cmocka_unit_test(hospital_date_habits_are_read),
      cmocka_unit_test(age_is_reached_on_the_birthday),
      cmocka_unit_test(digests_agree_with_published_vectors),
      cmocka_unit_test(the_fast_hash_does_not_collide_on_near_keys),
      cmocka_unit_test(random_streams_repeat_and_differ),
      cmocka_unit_test(json_nests_and_escapes),
      cmocka_unit_test(the_pool_runs_all_or_reports_the_first_failure),
      cmocka_unit_test(a_cancelled_parent_stops_the_child),
      cmocka_unit_test(files_are_listed_in_byte_order_and_written_whole),
      cmocka_unit_test(what_is_called_durable_is_synced_with_its_directories),
      cmocka_unit_test(a_link_to_the_directory_above_is_no_endless_tree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
