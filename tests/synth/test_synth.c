/* The generator's promises as a library: refusals, cancelling, determinism, memory that does not grow. */
#include "base/fs.h"
#include "base/hash.h"
#include "synth/layout.h"
#include "synth/synth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct place {
  char dir[64], content[512];
} place;

static int setup(void **state) {
  place *p = calloc(1, sizeof *p);
  snprintf(p->dir, sizeof p->dir, "/tmp/suwen-synth-XXXXXX");
  assert_non_null(mkdtemp(p->dir));
  const char *root = getenv("SW_SOURCE_ROOT");
  snprintf(p->content, sizeof p->content, "%s/packs/synth", root ? root : ".");
  *state = p;
  return 0;
}

static int teardown(void **state) {
  place *p = *state;
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_fs_remove_tree(p->dir, &err), SW_OK);
  free(p);
  return 0;
}

static sw_synth_options small(const place *p, char out[96], const char *name) {
  sw_synth_options o = SW_SYNTH_OPTIONS_DEFAULT;
  snprintf(out, 96, "%s/%s", p->dir, name);
  o.out = out;
  o.content = p->content;
  o.persons = 100;
  o.years = 1;
  o.days = 2;
  return o;
}

/* The names and contents of all files under a directory, as one hash. */
static void tree_hash(const char *dir, char hex[SW_SHA256_HEX]) {
  sw_arena a = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  char **paths = NULL;
  size_t n = 0;
  assert_int_equal(sw_fs_list(dir, NULL, &a, &paths, &n, &err), SW_OK);
  assert_true(n > 100);
  sw_digest *d = sw_digest_new(SW_DIGEST_SHA256);
  for (size_t i = 0; i < n; i++) {
    sw_buf b = SW_BUF_INIT;
    const char *full = sw_fs_join(&a, dir, paths[i]);
    assert_int_equal(sw_fs_read(full, 1 << 28, &b, &err), SW_OK);
    sw_digest_update(d, full + strlen(dir), strlen(full) - strlen(dir));
    sw_digest_update(d, b.ptr, b.len);
    sw_buf_fini(&b);
  }
  uint8_t raw[SW_SHA256_LEN];
  sw_digest_final(d, raw);
  sw_hex(raw, sizeof raw, hex);
  sw_digest_free(d);
  sw_arena_fini(&a);
}

static void hash_of(sw_synth_options o, char hex[SW_SHA256_HEX]) {
  sw_error err = SW_ERROR_INIT;
  sw_synth_result r;
  assert_int_equal(sw_synth_run(&o, NULL, NULL, &r, &err), SW_OK);
  assert_true(r.persons == o.persons && r.visits > 0 && r.stays > 0 && r.rows > 0 && r.nfigures > 20);
  tree_hash(o.out, hex);
}

static void test_same_seed_same_bytes_and_another_seed_others(void **state) {
  char out[96], one[SW_SHA256_HEX], two[SW_SHA256_HEX], other[SW_SHA256_HEX], threads[SW_SHA256_HEX];
  sw_synth_options o = small(*state, out, "a");
  o.threads = 1;
  hash_of(o, one);
  o = small(*state, out, "b");
  hash_of(o, two);
  o = small(*state, out, "c");
  o.threads = 5;
  hash_of(o, threads);
  o = small(*state, out, "d");
  o.seed++;
  hash_of(o, other);
  assert_string_equal(one, two);
  assert_string_equal(one, threads);
  assert_string_not_equal(one, other);
}

static void test_a_region_that_is_there_is_not_overwritten(void **state) {
  char out[96];
  sw_error err = SW_ERROR_INIT;
  sw_synth_result r;
  sw_synth_options o = small(*state, out, "a");
  assert_int_equal(sw_synth_run(&o, NULL, NULL, &r, &err), SW_OK);
  assert_int_equal(sw_synth_run(&o, NULL, NULL, &r, &err), SW_E_EXISTS);
  assert_string_equal(err.code, "SW-SYNTH-0002");
}

static void test_options_out_of_range_are_refused(void **state) {
  char out[96];
  sw_synth_result r;
  for (int i = 0; i < 5; i++) {
    sw_error err = SW_ERROR_INIT;
    sw_synth_options o = small(*state, out, "a");
    if (i == 0) o.persons = 0;
    if (i == 1) o.institutions = 61;
    if (i == 2) o.years = 0;
    if (i == 3) o.days = -1;
    if (i == 4) o.out = "";
    assert_int_equal(sw_synth_run(&o, NULL, NULL, &r, &err), SW_E_USAGE);
    assert_false(sw_fs_exists(out));
  }
}

static void test_broken_content_is_named_with_file_and_line(void **state) {
  place *p = *state;
  char out[96], dir[96], path[128], command[700];
  sw_error err = SW_ERROR_INIT;
  sw_synth_result r;
  sw_synth_options o = small(p, out, "a");
  snprintf(dir, sizeof dir, "%s/content", p->dir);
  snprintf(command, sizeof command, "cp -r '%s' '%s'", p->content, dir);
  assert_int_equal(system(command), 0);
  snprintf(path, sizeof path, "%s/levels.csv", dir);
  static const char TEXT[] = "level,los,cost,visit_cost,other_dx,price\n3,7.5,viel,480,5.2,1.15\n";
  assert_int_equal(sw_fs_write_durable(path, TEXT, sizeof TEXT - 1, &err), SW_OK);
  o.content = dir;
  assert_int_equal(sw_synth_run(&o, NULL, NULL, &r, &err), SW_E_CONFIG);
  assert_string_equal(err.file, path);
  assert_int_equal(err.line, 2);
}

static void test_cancelling_ends_the_run(void **state) {
  char out[96];
  sw_error err = SW_ERROR_INIT;
  sw_synth_result r;
  sw_cancel cancel = SW_CANCEL_INIT;
  sw_synth_options o = small(*state, out, "a");
  sw_cancel_ask(&cancel);
  assert_int_equal(sw_synth_run(&o, &cancel, NULL, &r, &err), SW_E_CANCELLED);
}

static void test_odd_regions_are_made(void **state) {
  static const struct {
    int64_t persons;
    int institutions, years, days;
  } ODD[] = {{1, 1, 1, 0}, {3, 6, 1, 1}, {20, 13, 2, 3}};
  for (size_t i = 0; i < sizeof ODD / sizeof *ODD; i++) {
    char out[96], name[16];
    sw_error err = SW_ERROR_INIT;
    sw_synth_result r;
    snprintf(name, sizeof name, "odd%zu", i);
    sw_synth_options o = small(*state, out, name);
    o.persons = ODD[i].persons;
    o.institutions = ODD[i].institutions;
    o.years = ODD[i].years;
    o.days = ODD[i].days;
    assert_int_equal(sw_synth_run(&o, NULL, NULL, &r, &err), SW_OK);
    assert_int_equal(r.persons, ODD[i].persons);
  }
}

/* Peak memory of a run in a process of its own, KiB. */
static long peak_of(const place *p, const char *name, int64_t persons) {
  char out[96];
  sw_synth_options o = small(p, out, name);
  o.persons = persons;
  pid_t child = fork();
  if (child == 0) {
    sw_error err = SW_ERROR_INIT;
    sw_synth_result r;
    _exit(sw_synth_run(&o, NULL, NULL, &r, &err) ? 1 : 0);
  }
  int status = 0;
  struct rusage used;
  assert_int_equal(wait4(child, &status, 0, &used), child);
  assert_int_equal(status, 0);
  return used.ru_maxrss;
}

static void test_memory_does_not_grow_with_the_persons(void **state) {
#if defined(__SANITIZE_ADDRESS__)
  const int64_t few = 200, many = 1000;
  const long slack = 320 << 10; /* freed memory stays in quarantine */
#else
  const int64_t few = 2000, many = 12000;
  const long slack = 48 << 10;
#endif
  long small_peak = peak_of(*state, "few", few), big_peak = peak_of(*state, "many", many);
  print_message("peak %ld KiB for %lld persons, %ld KiB for %lld\n", small_peak, (long long)few, big_peak, (long long)many);
  assert_true(big_peak < small_peak + slack);
}

static void test_layouts_are_consistent(void **state) {
  (void)state;
  for (int t = 0; t < SY_NTABLES; t++) {
    assert_true(sy_ncolumns(t) > 0 && sy_ncolumns(t) <= SY_MAX_COLUMNS);
    if (SY_TABLES[t].closing[0]) assert_true(sy_column_of(t, SY_TABLES[t].closing) >= 0);
    if (SY_TABLES[t].amount[0]) assert_true(sy_column_of(t, SY_TABLES[t].amount) >= 0);
    for (int i = SY_FIRST[t]; i < SY_FIRST[t + 1]; i++)
      for (int k = SY_FIRST[t]; k < i; k++) {
        assert_string_not_equal(SY_COLUMNS[i].name, SY_COLUMNS[k].name);
        assert_true(!SY_COLUMNS[i].a[0] || strcmp(SY_COLUMNS[i].a, SY_COLUMNS[k].a) != 0);
      }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_layouts_are_consistent),
      cmocka_unit_test_setup_teardown(test_same_seed_same_bytes_and_another_seed_others, setup, teardown),
      cmocka_unit_test_setup_teardown(test_a_region_that_is_there_is_not_overwritten, setup, teardown),
      cmocka_unit_test_setup_teardown(test_options_out_of_range_are_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_broken_content_is_named_with_file_and_line, setup, teardown),
      cmocka_unit_test_setup_teardown(test_cancelling_ends_the_run, setup, teardown),
      cmocka_unit_test_setup_teardown(test_odd_regions_are_made, setup, teardown),
      cmocka_unit_test_setup_teardown(test_memory_does_not_grow_with_the_persons, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
