/* Trend monitoring's mathematics: silent on clean series, awake to what is wrong. */
#include "base/date.h"
#include "base/rng.h"
#include "quality/stats.h"
#include "quality/volume.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DAYS = 300, JUDGED = 60, SERIES = 30, SEEDS = 100 };

/* A hospital's day: a weekly pattern, a year's wave, a slow growth, and more spread than chance alone makes. */
typedef struct shape {
  double mean, weekend, wave, growth, excess;
} shape;

static double gamma_draw(sw_rng *r, double size) { /* Marsaglia and Tsang 2000 */
  if (size < 1) return gamma_draw(r, size + 1) * pow(sw_rng_unit(r) + 1e-300, 1 / size);
  double d = size - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    double x = sw_rng_normal(r), v = 1 + c * x;
    if (v <= 0) continue;
    v = v * v * v;
    if (log(sw_rng_unit(r) + 1e-300) < 0.5 * x * x + d - d * v + d * log(v)) return d * v;
  }
}

static double draw(sw_rng *r, double mean, double excess) {
  if (!(mean > 0)) return 0;
  if (excess <= 1) return (double)sw_rng_poisson(r, mean);
  double size = mean / (excess - 1);
  return (double)sw_rng_poisson(r, mean * gamma_draw(r, size) / size);
}

static void simulate(sw_volume_day *d, sw_rng *r, const shape *s) {
  int32_t first = sw_days_from_civil(2023, 1, 1);
  for (int i = 0; i < DAYS; i++) {
    int w = sw_weekday(first + i);
    double mean = s->mean * (w == 0 || w == 6 ? s->weekend : 1) * (1 + s->wave * sin(6.283185307179586 * i / 365)) * (1 + s->growth * i / 365);
    d[i] = (sw_volume_day){.day = first + i, .rows = draw(r, mean, s->excess)};
  }
}

static shape shape_of(sw_rng *r) {
  static const double means[] = {1.5, 5, 20, 60, 200, 1000}, weekends[] = {0, 0.2, 0.6, 1}, excesses[] = {1, 1.5, 3, 6};
  return (shape){means[sw_rng_below(r, 6)], weekends[sw_rng_below(r, 4)], 0.2 * sw_rng_unit(r), 0.2 * sw_rng_unit(r), excesses[sw_rng_below(r, 4)]};
}

static sw_volume_options family(void) {
  return (sw_volume_options){.level = 0.002 / (SERIES * JUDGED * SW_VOLUME_TESTS_PER_DAY), .judge_from = sw_days_from_civil(2023, 1, 1) + DAYS - JUDGED,
                             .band_from = sw_days_from_civil(2023, 1, 1) + DAYS - 12};
}

static void clean_series_raise_an_alarm_in_at_most_one_of_a_hundred_seeds(void **state) {
  (void)state;
  static sw_volume_day d[DAYS];
  sw_volume_options o = family();
  int seeds = 0, most = getenv("SW_VOLUME_SEEDS") ? atoi(getenv("SW_VOLUME_SEEDS")) : SEEDS;
  for (int seed = 0; seed < most; seed++) {
    sw_rng r = sw_rng_of((uint64_t)seed, 17);
    sw_volume_findings f = {0};
    sw_error err = SW_ERROR_INIT;
    for (int i = 0; i < SERIES; i++) {
      shape s = shape_of(&r);
      size_t before = f.len;
      simulate(d, &r, &s);
      assert_int_equal(sw_volume_judge(d, DAYS, &o, &f, &err), SW_OK);
      if (f.len > before)
        print_message("# seed %d: %s, %d days from day %d, %.0f of %.1f, p %.2g (mean %g, weekend %g, wave %.2f, excess %g)\n", seed,
                      sw_volume_finding_name(f.items[before].kind), f.items[before].to - f.items[before].from + 1, f.items[before].from - d[0].day,
                      f.items[before].rows, f.items[before].expected, f.items[before].p, s.mean, s.weekend, s.wave, s.excess);
    }
    seeds += f.len > 0;
    SW_VEC_FREE(&f);
  }
  print_message("# %d of %d seeds with an alarm, each of %d series of %d judged days\n", seeds, most, SERIES, JUDGED);
  assert_true(seeds * 100 <= most);
}

/* Rows of a small hospital's wards: each stay brings lines on all of its days, a costly one many, so that days lean the same way. */
static void simulate_stays(sw_volume_day *d, sw_rng *r, double stays, double lines) {
  int32_t first = sw_days_from_civil(2023, 1, 1);
  for (int i = 0; i < DAYS; i++) d[i] = (sw_volume_day){.day = first + i};
  for (int i = -20; i < DAYS; i++) {
    for (int n = (int)sw_rng_poisson(r, stays); n > 0; n--) {
      double costly = gamma_draw(r, 1.5) / 1.5 * lines;
      for (int k = i, end = i + 4 + (int)sw_rng_below(r, 14); k < end; k++)
        if (k >= 0 && k < DAYS) d[k].rows += (double)sw_rng_poisson(r, costly);
    }
  }
}

static void stays_of_many_days_are_no_rise_and_no_fall(void **state) {
  (void)state;
  static sw_volume_day d[DAYS];
  sw_volume_options o = family();
  int seeds = 0, most = getenv("SW_VOLUME_SEEDS") ? atoi(getenv("SW_VOLUME_SEEDS")) : SEEDS;
  for (int seed = 0; seed < most; seed++) {
    sw_rng r = sw_rng_of((uint64_t)seed, 23);
    sw_volume_findings f = {0};
    sw_error err = SW_ERROR_INIT;
    for (int i = 0; i < 6; i++) {
      simulate_stays(d, &r, i < 3 ? 1.5 : 4, 6);
      size_t before = f.len;
      assert_int_equal(sw_volume_judge(d, DAYS, &o, &f, &err), SW_OK);
      if (f.len > before)
        print_message("# seed %d: series %d, %s, %d days, %.0f of %.1f, p %.2g\n", seed, i, sw_volume_finding_name(f.items[before].kind), f.items[before].to - f.items[before].from + 1,
                      f.items[before].rows, f.items[before].expected, f.items[before].p);
    }
    seeds += f.len > 0;
    SW_VEC_FREE(&f);
  }
  print_message("# %d of %d seeds with an alarm over stays\n", seeds, most);
  assert_true(seeds * 100 <= most);
}

/* What is found when rows of the days [from, to) are multiplied by `share`, over twenty seeds. */
static int found(const shape *s, int from, int to, double share, sw_volume_finding_kind kind) {
  static sw_volume_day d[DAYS];
  sw_volume_options o = family();
  int n = 0;
  for (uint64_t seed = 0; seed < 20; seed++) {
    sw_rng r = sw_rng_of(seed, 99);
    sw_volume_findings f = {0};
    sw_error err = SW_ERROR_INIT;
    simulate(d, &r, s);
    for (int i = from; i < to; i++) d[i].rows = floor(d[i].rows * share);
    assert_int_equal(sw_volume_judge(d, DAYS, &o, &f, &err), SW_OK);
    bool hit = false;
    for (size_t i = 0; i < f.len; i++) {
      bool low = f.items[i].kind == SW_FOUND_LOW || f.items[i].kind == SW_FOUND_FALL;
      bool same = f.items[i].kind == kind || (kind == SW_FOUND_FALL && low);
      hit |= same && f.items[i].from < d[0].day + to && f.items[i].to >= d[0].day + from;
    }
    n += hit;
    SW_VEC_FREE(&f);
  }
  print_message("# %s found in %d of 20\n", sw_volume_finding_name(kind), n);
  return n;
}

static void a_loss_of_a_third_a_gap_and_a_double_delivery_are_found(void **state) {
  (void)state;
  shape usual = {100, 0.3, 0.1, 0.1, 2}, big = {300, 0.3, 0.1, 0.1, 3}, small = {12, 0.5, 0.1, 0, 1.5};
  assert_int_equal(found(&big, DAYS - 14, DAYS, 0.7, SW_FOUND_FALL), 20);
  assert_int_equal(found(&usual, DAYS - 14, DAYS, 0.5, SW_FOUND_FALL), 20);
  assert_int_equal(found(&usual, DAYS - 18, DAYS - 17, 0, SW_FOUND_GAP), 20);
  assert_int_equal(found(&small, DAYS - 19, DAYS - 15, 0, SW_FOUND_GAP), 20);
  assert_int_equal(found(&big, DAYS - 10, DAYS - 9, 2.5, SW_FOUND_HIGH), 20);
  assert_int_equal(found(&big, DAYS - 10, DAYS - 9, 0.4, SW_FOUND_LOW), 20);
}

static void holidays_and_days_under_way_are_neither_judged_nor_learned_from(void **state) {
  (void)state;
  static sw_volume_day d[DAYS];
  sw_volume_options o = family();
  shape s = {100, 0.3, 0, 0, 1.5};
  sw_rng r = sw_rng_of(1, 1);
  sw_volume_findings f = {0};
  sw_error err = SW_ERROR_INIT;
  simulate(d, &r, &s);
  for (int i = DAYS - 30; i < DAYS - 23; i++) d[i].rows = 3, d[i].holiday = true;
  for (int i = DAYS - 3; i < DAYS; i++) d[i].rows = 8, d[i].incomplete = true;
  assert_int_equal(sw_volume_judge(d, DAYS, &o, &f, &err), SW_OK);
  assert_int_equal(f.len, 0);
  assert_int_equal(d[DAYS - 25].state, SW_VOLUME_HOLIDAY);
  assert_int_equal(d[DAYS - 1].state, SW_VOLUME_INCOMPLETE);
  assert_int_equal(d[10].state, SW_VOLUME_EARLY);
  assert_true(isnan(d[10].expected));
  assert_true(d[DAYS - 10].low <= d[DAYS - 10].expected && d[DAYS - 10].high >= d[DAYS - 10].expected);
  SW_VEC_FREE(&f);
}

static void short_and_empty_series_are_no_trouble(void **state) {
  (void)state;
  sw_volume_day d[100];
  sw_volume_options o = {.level = 1e-6};
  sw_volume_findings f = {0};
  sw_error err = SW_ERROR_INIT;
  for (int i = 0; i < 100; i++) d[i] = (sw_volume_day){.day = 19000 + i};
  assert_int_equal(sw_volume_judge(d, 0, &o, &f, &err), SW_OK);
  assert_int_equal(sw_volume_judge(d, 1, &o, &f, &err), SW_OK);
  assert_int_equal(sw_volume_judge(d, 100, &o, &f, &err), SW_OK);
  assert_int_equal(f.len, 0);
}

static void near(double got, double want) {
  if (fabs(got - want) > 1e-9 * fmax(fabs(want), 1e-12)) fail_msg("%.17g, not %.17g", got, want);
}

/* Values of stats_golden.R. */
static void tails_and_tests_agree_with_r_to_a_billionth(void **state) {
  (void)state;
  static const double counts[][5] = {
      {3, 20, 40, 0.00024414062499999981, 0.9999394416809082},   {0, 12, 12, 6.1442123533282098e-06, 1},
      {150, 80, 400, 0.99839167836198728, 0.00179558076889505},  {2, 0.7, 5, 0.9151279038790614, 0.12239184302854683},
      {55, 60, 60, 0.28549140782140492, 0.75785660027206936},    {1300, 1000, 9000, 0.99835200811593805, 0.0016961504113443349},
  };
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    near(sw_count_p(counts[i][0], counts[i][1], counts[i][2]), counts[i][3]);
    near(sw_count_q(counts[i][0], counts[i][1], counts[i][2]), counts[i][4]);
  }
  const double x[] = {30, 45, 25, 60, 8}, y[] = {40, 30, 35, 52, 22};
  double df, statistic = sw_stat_chi2_two(x, y, 5, &df);
  near(statistic, 12.864224195264702);
  near(df, 4);
  near(sw_stat_chi2_sf(statistic, df), 0.011958630865633988);
  near(sw_stat_ks_sf(0.12666666666666671, 150, 120), 0.23509968699243056);
  near(sw_stat_t_two_sided(-5.2, 178), 5.4341064852888625e-07);
  double p[] = {0.0001, 0.004, 0.019, 0.012, 0.6}; /* adjusted: 0.0005, 0.016, 0.038, 0.036, 0.6 */
  near(sw_stat_holm_bound(p, 5, 0.037), 0.012);
  assert_true(sw_stat_holm_bound(p, 5, 0.0004) < 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clean_series_raise_an_alarm_in_at_most_one_of_a_hundred_seeds),
      cmocka_unit_test(stays_of_many_days_are_no_rise_and_no_fall),
      cmocka_unit_test(a_loss_of_a_third_a_gap_and_a_double_delivery_are_found),
      cmocka_unit_test(holidays_and_days_under_way_are_neither_judged_nor_learned_from),
      cmocka_unit_test(tails_and_tests_agree_with_r_to_a_billionth),
      cmocka_unit_test(short_and_empty_series_are_no_trouble),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
