#include "medic/similarity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define NEAR(a, b) assert_true((a) - (b) < 1e-4 && (b) - (a) < 1e-4)

static void edits_count_code_points(void **state) {
  (void)state;
  assert_int_equal(sw_sim_edit_distance(SW_LIT("张伟"), SW_LIT("章伟")), 1);
  assert_int_equal(sw_sim_edit_distance(SW_LIT("martha"), SW_LIT("marhta")), 1);
  assert_int_equal(sw_sim_edit_distance(SW_LIT("ca"), SW_LIT("abc")), 3); /* restricted: no piece twice */
  assert_int_equal(sw_sim_edit_distance(SW_LIT(""), SW_LIT("abc")), 3);
  assert_int_equal(sw_sim_edit_distance(SW_LIT("kitten"), SW_LIT("sitting")), 3);
}

static void a_bound_never_changes_small_distances(void **state) {
  (void)state;
  const uint32_t a[] = {'a', 'b', 'c', 'd', 'e', 'f'}, b[] = {'b', 'a', 'c', 'e', 'd', 'f'}, c[] = {'x', 'y', 'z', 'w', 'v', 'u'};
  assert_int_equal(sw_sim_osa(a, 6, b, 6, 2), 2);
  assert_int_equal(sw_sim_osa(a, 6, b, 6, 1), 2); /* max + 1 */
  assert_int_equal(sw_sim_osa(a, 6, c, 6, 2), 3);
  assert_int_equal(sw_sim_osa(a, 6, c, 6, SIZE_MAX), 6);
}

static void jaro_winkler_gives_the_published_figures(void **state) {
  (void)state;
  NEAR(sw_sim_jaro_winkler(SW_LIT("MARTHA"), SW_LIT("MARHTA")), 0.9611);
  NEAR(sw_sim_jaro_winkler(SW_LIT("DIXON"), SW_LIT("DICKSONX")), 0.8133);
  NEAR(sw_sim_jaro_winkler(SW_LIT("DWAYNE"), SW_LIT("DUANE")), 0.8400);
  NEAR(sw_sim_jaro_winkler(SW_LIT(""), SW_LIT("")), 1.0);
  NEAR(sw_sim_jaro_winkler(SW_LIT("a"), SW_LIT("")), 0.0);
  assert_true(sw_sim_jaro_winkler(SW_LIT("张伟"), SW_LIT("张三")) - sw_sim_jaro_winkler(SW_LIT("章伟"), SW_LIT("张伟")) < 0.2);
}

static void grams_and_words_are_symmetric(void **state) {
  (void)state;
  NEAR(sw_sim_qgram(SW_LIT("nacht"), SW_LIT("night"), 2), 0.5);
  NEAR(sw_sim_qgram(SW_LIT("night"), SW_LIT("nacht"), 2), 0.5);
  NEAR(sw_sim_tokens(SW_LIT("12 High Street"), SW_LIT("high street, 12")), 1.0);
  NEAR(sw_sim_tokens(SW_LIT("a b"), SW_LIT("b c")), 1.0 / 3.0);
}

static void long_text_is_bounded(void **state) {
  (void)state;
  char big[4096];
  memset(big, 'x', sizeof big);
  sw_str s = {big, sizeof big};
  assert_int_equal(sw_sim_edit_distance(s, s), 0);
  NEAR(sw_sim_qgram(s, s, 3), 1.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(edits_count_code_points),
      cmocka_unit_test(a_bound_never_changes_small_distances),
      cmocka_unit_test(jaro_winkler_gives_the_published_figures),
      cmocka_unit_test(grams_and_words_are_symmetric),
      cmocka_unit_test(long_text_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
