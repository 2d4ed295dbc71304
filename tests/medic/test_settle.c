#include "medic/settle.h"

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void deviation_changes_points_below_half_and_above_twice_the_mean(void **state) {
  (void)state;
  sw_settle_dip c = {.score_e4 = 1000 * 10000, .mean_fen = 1000000};
  struct {
    int64_t cost;
    sw_settle_class cls;
    int64_t points;
  } want[] = {{400000, SW_SETTLE_LOW, 400}, {499999, SW_SETTLE_LOW, 500}, {500000, SW_SETTLE_NORMAL, 1000}, {2000000, SW_SETTLE_NORMAL, 1000},
              {2500000, SW_SETTLE_HIGH, 1500}, {3000000, SW_SETTLE_HIGH, 2000}};
  for (size_t i = 0; i < sizeof want / sizeof *want; ++i) {
    c.cost_fen = want[i].cost;
    sw_settle_points p = sw_settle_dip_points(&c);
    assert_int_equal(p.cls, want[i].cls);
    assert_int_equal((p.settled_e4 + 5000) / 10000, want[i].points);
  }
  c.cost_fen = 1000000;
  c.hospital_e4 = 11000;
  c.auxiliary_e4 = 12500;
  assert_int_equal(sw_settle_dip_points(&c).settled_e4, 1375 * 10000);
  c.mean_fen = 0;
  assert_int_equal(sw_settle_dip_points(&c).deviation_e4, 10000);
  c.score_e4 = 0;
  assert_int_equal(sw_settle_dip_points(&c).cls, SW_SETTLE_AT_COST);
}

static void points_times_value_is_rounded_once(void **state) {
  (void)state;
  assert_int_equal(sw_settle_dip_pay(1234567, 1050 * 10000 + 5000), 129691); /* 123.4567 × 10.505 yuan = 1296.9126 */
  assert_int_equal(sw_settle_dip_pay(0, 1), 0);
  assert_int_equal(sw_settle_dip_pay(INT64_MAX, INT64_MAX), INT64_MAX);
}

static void multiples_depend_on_the_weight_band(void **state) {
  (void)state;
  sw_settle_drg c = {.weight_e4 = 5000, .cost_fen = 100000};
  sw_settle_paid p = sw_settle_drg_pay(&c, 1000000, NULL); /* standard 5,000 yuan */
  assert_int_equal(p.standard_fen, 500000);
  assert_int_equal(p.cls, SW_SETTLE_LOW);
  assert_int_equal(p.paid_fen, 100000);
  c.cost_fen = 2000000;
  p = sw_settle_drg_pay(&c, 1000000, NULL);
  assert_int_equal(p.cls, SW_SETTLE_HIGH);
  assert_int_equal(p.multiple_e4, 30000);
  assert_int_equal(p.paid_fen, 500000 + 400000); /* 80 % of what exceeds 15,000 */
  c = (sw_settle_drg){.weight_e4 = 80000, .cost_fen = 13000000};
  p = sw_settle_drg_pay(&c, 1000000, NULL);
  assert_int_equal(p.multiple_e4, 15000);
  assert_int_equal(p.cls, SW_SETTLE_HIGH);
  c.weight_e4 = 0;
  assert_int_equal(sw_settle_drg_pay(&c, 1000000, NULL).paid_fen, 13000000);
  sw_settle_policy own = {.bands = {{0, 20000}}, .nbands = 1, .low_e4 = 5000, .excess_e4 = 10000};
  c = (sw_settle_drg){.weight_e4 = 10000, .cost_fen = 2500000};
  assert_int_equal(sw_settle_drg_pay(&c, 1000000, &own).paid_fen, 1500000);
}

static void shares_sum_to_the_fund_to_the_fen(void **state) {
  (void)state;
  int64_t w[] = {1, 1, 1}, s[3], rest = 0;
  assert_int_equal(sw_settle_allocate(100, w, 3, s, &rest, NULL), SW_OK);
  assert_int_equal(s[0], 34);
  assert_int_equal(s[1], 33);
  assert_int_equal(s[2], 33);
  enum { N = 5000 };
  static int64_t weights[N], shares[N];
  sw_rng g = sw_rng_of(3, 5);
  for (int round = 0; round < 20; ++round) {
    int64_t fund = (int64_t)sw_rng_below(&g, UINT64_C(9000000000000)), sum = 0;
    for (size_t i = 0; i < N; ++i) weights[i] = (int64_t)sw_rng_below(&g, 100000000);
    assert_int_equal(sw_settle_allocate(fund, weights, N, shares, &rest, NULL), SW_OK);
    for (size_t i = 0; i < N; ++i) sum += shares[i];
    assert_int_equal(sum, fund);
    assert_int_equal(rest, 0);
  }
  int64_t none[] = {0, 0};
  assert_int_equal(sw_settle_allocate(77, none, 2, s, &rest, NULL), SW_OK);
  assert_int_equal(rest, 77);
  int64_t bad[] = {-1};
  assert_int_equal(sw_settle_allocate(77, bad, 1, s, &rest, NULL), SW_E_DATA);
}

static void the_largest_losses_are_reviewed_up_to_the_share(void **state) {
  (void)state;
  enum { N = 100 };
  int64_t cost[N], paid[N];
  bool chosen[N];
  size_t n = 0;
  for (int i = 0; i < N; ++i) {
    cost[i] = 1000 + i * 100;
    paid[i] = 2000;
  }
  assert_int_equal(sw_settle_special(cost, paid, N, 20000, 50000, chosen, &n, NULL), SW_OK);
  assert_int_equal(n, 5);
  assert_true(chosen[99] && chosen[95] && !chosen[94]);
  assert_int_equal(sw_settle_special(cost, paid, N, 1000000, 50000, chosen, &n, NULL), SW_OK);
  assert_int_equal(n, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(deviation_changes_points_below_half_and_above_twice_the_mean),
      cmocka_unit_test(points_times_value_is_rounded_once),
      cmocka_unit_test(multiples_depend_on_the_weight_band),
      cmocka_unit_test(shares_sum_to_the_fund_to_the_fen),
      cmocka_unit_test(the_largest_losses_are_reviewed_up_to_the_share),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
