/* Which delivered file belongs to what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/fs.h"
#include "operator/discover.h"

#include <stdlib.h>

static bool is(const char *pattern, const char *path) {
  sw_path_match m;
  return sw_path_matches(sw_str_of(pattern), sw_str_of(path), &m);
}

static void stars_stay_within_a_name_and_double_stars_do_not(void **state) {
  (void)state;
  assert_true(is("a/*.csv", "a/x.csv"));
  assert_false(is("a/*.csv", "a/b/x.csv"));
  assert_true(is("**/*.csv", "a/b/x.csv"));
  assert_true(is("**/*.csv", "x.csv"));
  assert_true(is("a/**", "a/b/c"));
  assert_true(is("x?.csv", "x1.csv"));
  assert_false(is("x?.csv", "x.csv"));
  assert_true(is("BASY_*.csv", "basy_20230101.CSV"));
  assert_false(is("BASY_*.csv", "BASY_20230101.csv.tmp"));
  assert_true(is("病案首页*.xlsx", "病案首页202308(终版2).xlsx"));
}

static void captures_tell_institution_and_date(void **state) {
  (void)state;
  sw_path_match m;
  assert_true(sw_path_matches(SW_LIT("{org}/{date}/BASY_*.csv"), SW_LIT("SY0001/2023-12-27/BASY_20231227.csv"), &m));
  assert_true(sw_str_eqz(m.org, "SY0001") && sw_str_eqz(m.date, "2023-12-27"));
  assert_true(sw_path_matches(SW_LIT("{org}_{date}.csv"), SW_LIT("A_B_2023.csv"), &m));
  assert_true(sw_str_eqz(m.org, "A_B") && sw_str_eqz(m.date, "2023"));
  assert_false(sw_path_matches(SW_LIT("{org}/x"), SW_LIT("/x"), &m));
  assert_true(sw_path_matches(SW_LIT("{org}/{org}.csv"), SW_LIT("A/A.csv"), &m));
  assert_false(sw_path_matches(SW_LIT("{org}/{org}.csv"), SW_LIT("A/B.csv"), &m));
}

static sw_str GLOB[] = {{"{org}/{date}/a_*.csv", 20}};
static sw_source_table_def TABLE = {.table = {.name = {"ods.a", 5}}, .files = {GLOB, 1}};
static const sw_source_def SOURCE = {.id = {.name = {"s", 1}}, .tables = {&TABLE, 1}};

static void files_come_in_the_order_of_deliveries_and_strangers_are_told(void **state) {
  (void)state;
  char dir[] = "/tmp/sw_discover_XXXXXX";
  assert_non_null(mkdtemp(dir));
  sw_arena a = SW_ARENA_INIT;
  sw_error e = SW_ERROR_INIT;
  static const char *const FILES[] = {"O2/2023-01-01/a_1.csv", "O1/2023-01-02/a_2.csv", "O1/2023-01-01/a_1.csv", "O1/2023-01-01/readme.txt"};
  for (size_t i = 0; i < 4; i++) {
    char *path = sw_fs_join(&a, dir, FILES[i]), *slash = strrchr(path, '/');
    *slash = '\0';
    assert_int_equal(sw_fs_mkdirs(path, &e), SW_OK);
    *slash = '/';
    assert_int_equal(sw_fs_write_durable(path, "x", 1, &e), SW_OK);
  }
  const sw_source_def *sources[] = {&SOURCE};
  sw_found_files found;
  assert_int_equal(sw_discover(dir, sources, 1, &a, &found, &e), SW_OK);
  assert_int_equal(found.n, 3);
  assert_string_equal(found.items[0].file, "O1/2023-01-01/a_1.csv");
  assert_string_equal(found.items[1].file, "O2/2023-01-01/a_1.csv");
  assert_string_equal(found.items[2].file, "O1/2023-01-02/a_2.csv");
  assert_string_equal(found.items[2].org, "O1");
  assert_int_equal(found.nunclaimed, 1);
  assert_string_equal(found.unclaimed[0], "O1/2023-01-01/readme.txt");
  assert_int_equal(sw_discover("/nonexistent/x", sources, 1, &a, &found, &e), SW_E_NOTFOUND);
  assert_int_equal(sw_fs_remove_tree(dir, NULL), SW_OK);
  sw_arena_fini(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stars_stay_within_a_name_and_double_stars_do_not),
      cmocka_unit_test(captures_tell_institution_and_date),
      cmocka_unit_test(files_come_in_the_order_of_deliveries_and_strangers_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
