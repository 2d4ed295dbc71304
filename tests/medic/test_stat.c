/* Agreement with R: against R itself where Rscript is installed, else against the values that stat_golden.R stored. */
#include "medic/stat.h"
#include "medic/stat_dist.h"
#include "medic/stat_groups.h"
#include "medic/stat_series.h"

#include "base/str.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum { MAX_DATA = 32, MAX_VALUES = 400 };

static struct {
  char name[32];
  double x[MAX_VALUES];
  size_t n;
} data[MAX_DATA];
static size_t ndata;

static sw_sample named(const char *name) {
  for (size_t i = 0; i < ndata; ++i)
    if (strcmp(data[i].name, name) == 0) return (sw_sample){data[i].x, data[i].n};
  return (sw_sample){NULL, 0};
}

static size_t sprays(sw_sample out[6]) {
  static const char *const names[] = {"sprayA", "sprayB", "sprayC", "sprayD", "sprayE", "sprayF"};
  for (size_t i = 0; i < 6; ++i) out[i] = named(names[i]);
  return 6;
}

static const double table[] = {12, 5, 7, 7, 9, 30};

static double one(const char *name, double (*f)(double), const char *want, double a, bool *found) {
  if (strcmp(name, want) != 0) return 0;
  *found = true;
  return f(a);
}
static double two(const char *name, double (*f)(double, double), const char *want, const double *a, bool *found) {
  if (strcmp(name, want) != 0) return 0;
  *found = true;
  return f(a[0], a[1]);
}
static double three(const char *name, double (*f)(double, double, double), const char *want, const double *a, bool *found) {
  if (strcmp(name, want) != 0) return 0;
  *found = true;
  return f(a[0], a[1], a[2]);
}

static double of_distribution(const char *name, const double *a, bool *found) {
  double v = 0;
  v += one(name, sw_normal_p, "normal_p", a[0], found);
  v += one(name, sw_normal_q, "normal_q", a[0], found);
  v += one(name, sw_normal_quantile, "normal_quantile", a[0], found);
  v += two(name, sw_chisq_p, "chisq_p", a, found);
  v += two(name, sw_chisq_q, "chisq_q", a, found);
  v += two(name, sw_t_p, "t_p", a, found);
  v += two(name, sw_t_two, "t_two", a, found);
  v += three(name, sw_f_p, "f_p", a, found);
  v += three(name, sw_f_q, "f_q", a, found);
  v += two(name, sw_chisq_quantile, "chisq_quantile", a, found);
  v += two(name, sw_t_quantile, "t_quantile", a, found);
  v += three(name, sw_f_quantile, "f_quantile", a, found);
  v += three(name, sw_tukey_p, "tukey_p", a, found);
  return v;
}

static bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static double of_groups(const char *name, const double *a, bool *found) {
  sw_sample g[6];
  static sw_pair pairs[15]; /* computed once: the studentised range is slow under the sanitizers */
  static size_t n;
  sw_test w = {0}, h = {0};
  (void)sprays(g);
  sw_anova v = sw_sample_anova(g, 6);
  *found = true;
  if (is(name, "anova_f")) return v.f;
  if (is(name, "anova_p")) return v.p;
  if (is(name, "anova_ss_between")) return v.ss_between;
  if (is(name, "anova_ss_within")) return v.ss_within;
  w = sw_sample_welch(g, 6);
  if (is(name, "welch_f")) return w.statistic;
  if (is(name, "welch_df2")) return w.df2;
  if (is(name, "welch_p")) return w.p;
  double rounded[6][20];
  for (size_t i = 0; i < 6; ++i) {
    for (size_t k = 0; k < g[i].n; ++k) rounded[i][k] = nearbyint(g[i].x[k]);
    g[i].x = rounded[i];
  }
  assert_int_equal(sw_sample_kruskal(g, 6, &h, NULL), SW_OK);
  if (is(name, "kruskal_h")) return h.statistic;
  if (is(name, "kruskal_p")) return h.p;
  if (strncmp(name, "pair_", 5) != 0) {
    *found = false;
    return 0;
  }
  (void)sprays(g);
  if (n == 0) assert_int_equal(sw_sample_pairs(g, 6, pairs, &n, NULL), SW_OK);
  assert_int_equal(n, 15);
  for (size_t i = 0; i < n; ++i) {
    if ((double)pairs[i].a != a[0] || (double)pairs[i].b != a[1]) continue;
    if (is(name, "pair_p")) return pairs[i].p;
    if (is(name, "pair_bonferroni")) return pairs[i].p_bonferroni;
    if (is(name, "pair_holm")) return pairs[i].p_holm;
    if (is(name, "pair_tukey")) return pairs[i].p_tukey;
    if (is(name, "pair_difference")) return pairs[i].difference;
  }
  *found = false;
  return 0;
}

static double of_tests(const char *name, bool *found) {
  sw_test t = {0};
  *found = true;
  if (is(name, "chisq_table")) return sw_sample_chisq_table(table, 2, 3).statistic;
  if (is(name, "chisq_table_p")) return sw_sample_chisq_table(table, 2, 3).p;
  const double counts[] = {18, 22, 39}, shares[] = {1, 1, 2};
  if (is(name, "chisq_fit")) return sw_sample_chisq_fit(counts, shares, 3).statistic;
  if (is(name, "chisq_fit_p")) return sw_sample_chisq_fit(counts, shares, 3).p;
  t = sw_sample_t_test(named("sprayA"), named("sprayC"));
  if (is(name, "t_test_t")) return t.statistic;
  if (is(name, "t_test_df")) return t.df1;
  if (is(name, "t_test_p")) return t.p;
  assert_int_equal(sw_sample_ks(named("sprayA"), named("sprayC"), &t, NULL), SW_OK);
  if (is(name, "ks_d")) return t.statistic;
  if (is(name, "ks_p")) return t.p;
  assert_int_equal(sw_sample_ks(named("ties_a"), named("ties_b"), &t, NULL), SW_OK);
  if (is(name, "ks_ties_p")) return t.p;
  assert_int_equal(sw_sample_ks(named("big_a"), named("big_b"), &t, NULL), SW_OK);
  if (is(name, "ks_big_d")) return t.statistic;
  if (is(name, "ks_big_p")) return t.p;
  const double e[] = {100, 200, 400, 300}, b[] = {120, 150, 500, 230};
  if (is(name, "psi")) return sw_sample_psi(e, b, 4, 1e-6);
  *found = false;
  return 0;
}

static double of_sample(const char *name, const double *a, bool *found) {
  sw_sample_summary d;
  sw_sample x = named("sprayA"), speed = named("speed"), dist = named("dist");
  *found = true;
  assert_int_equal(sw_sample_describe(x, &d, NULL), SW_OK);
  if (is(name, "mean")) return d.mean;
  if (is(name, "variance")) return d.variance;
  if (is(name, "median")) return d.median;
  if (is(name, "skewness")) return d.skewness;
  if (is(name, "mean_lo")) return sw_sample_mean_interval(x, 0.95).lo;
  if (is(name, "mean_hi")) return sw_sample_mean_interval(x, 0.95).hi;
  if (is(name, "wilson_lo")) return sw_sample_wilson((int64_t)a[0], (int64_t)a[1], 0.95).lo;
  if (is(name, "wilson_hi")) return sw_sample_wilson((int64_t)a[0], (int64_t)a[1], 0.95).hi;
  if (is(name, "quantile")) {
    double copy[20];
    memcpy(copy, x.x, x.n * sizeof *copy);
    for (size_t i = 1; i < x.n; ++i)
      for (size_t k = i; k > 0 && copy[k] < copy[k - 1]; --k) {
        double t = copy[k];
        copy[k] = copy[k - 1];
        copy[k - 1] = t;
      }
    return sw_sample_quantile(copy, x.n, a[0]);
  }
  sw_regression r = sw_sample_regress(speed.x, dist.x, speed.n);
  if (is(name, "slope")) return r.slope;
  if (is(name, "intercept")) return r.intercept;
  if (is(name, "slope_se")) return r.slope_se;
  if (is(name, "intercept_se")) return r.intercept_se;
  if (is(name, "slope_p")) return r.p;
  if (is(name, "r2")) return r.r2;
  if (is(name, "sigma")) return r.sigma;
  if (is(name, "cor")) return sw_sample_correlation(speed.x, dist.x, speed.n).statistic;
  if (is(name, "cor_p")) return sw_sample_correlation(speed.x, dist.x, speed.n).p;
  *found = false;
  return 0;
}

static double of_series(const char *name, const double *a, bool *found) {
  double season[12];
  bool best = strncmp(name, "hw_best", 7) == 0;
  *found = strncmp(name, "hw_", 3) == 0;
  if (!*found) return 0;
  sw_sample x = named("passengers");
  sw_holt_winters hw = {.alpha = best ? NAN : 0.3, .beta = best ? NAN : 0.05, .gamma = best ? NAN : 0.6, .period = 12, .seasonal = season};
  hw.season = strstr(name, "multiplicative") ? SW_SEASON_MULTIPLICATIVE : SW_SEASON_ADDITIVE;
  assert_int_equal(sw_sample_holt_winters(x.x, x.n, &hw, NULL, NULL), SW_OK);
  if (best || strncmp(name, "hw_sse", 6) == 0) return hw.sse;
  if (strncmp(name, "hw_level", 8) == 0) return hw.level;
  if (strncmp(name, "hw_trend", 8) == 0) return hw.trend;
  return sw_sample_holt_winters_ahead(&hw, (size_t)a[0]);
}

/* Splits a line; the first field is the name. Returns how many numbers follow. */
static size_t split(char *line, char **name, double *v) {
  size_t n = 0;
  char *p = strchr(line, ',');
  *name = line;
  while (p && n < MAX_VALUES) {
    *p++ = '\0';
    char *end = strchr(p, ',');
    v[n++] = strtod(p, NULL);
    p = end;
  }
  return n;
}

static void check(const char *name, const double *v, size_t n, int *wrong) {
  bool found = false;
  double want = v[n - 1], got = of_distribution(name, v, &found);
  if (!found) got = of_groups(name, v, &found);
  if (!found) got = of_tests(name, &found);
  if (!found) got = of_sample(name, v, &found);
  if (!found) got = of_series(name, v, &found);
  if (!found) fail_msg("nothing computes %s", name);
  if (isnan(want)) return; /* this R cannot */
  double scale = fabs(want) > 1 ? fabs(want) : 1, error = fabs(got - want);
  double allowed = is(name, "tukey_p") ? 5e-9 : 1e-9; /* ptukey of R is itself good to 3e-9 only */
  bool fitted = strncmp(name, "hw_best", 7) == 0; /* R's own optimiser stops early: ours must do no worse */
  if (fitted ? got <= want * (1 + 1e-6) : error <= allowed * scale) {
    /* Small tail probabilities keep their relative digits too, where R's do. */
    bool tail = strstr(name, "_q") || is(name, "t_two");
    if (!tail || strstr(name, "quantile") || fabs(want) < 1e-300 || fabs(got / want - 1) < 1e-9) return;
  }
  print_message("%s(%g, %g, %g) = %.17g, R says %.17g\n", name, n > 1 ? v[0] : 0, n > 2 ? v[1] : 0, n > 3 ? v[2] : 0, got, want);
  ++*wrong;
}

static void every_function_agrees_with_r_to_1e_9(void **state) {
  (void)state;
  char script[1024], command[1200], line[16384];
  const char *root = getenv("SW_SOURCE_ROOT");
  (void)snprintf(script, sizeof script, "%s/tests/medic/stat_golden.R", root ? root : ".");
  FILE *in = NULL;
  bool live = system("command -v Rscript >/dev/null 2>&1") == 0;
  if (live) {
    (void)snprintf(command, sizeof command, "Rscript --vanilla '%s'", script);
    in = popen(command, "r");
  } else {
    (void)snprintf(script, sizeof script, "%s/tests/medic/stat_golden.csv", root ? root : ".");
    in = fopen(script, "r");
  }
  print_message("# reference: %s\n", live ? "Rscript" : "stored values of stat_golden.R");
  assert_non_null(in);
  int lines = 0, wrong = 0;
  while (fgets(line, sizeof line, in)) {
    static double v[MAX_VALUES];
    char *name = NULL;
    if (strncmp(line, "data,", 5) == 0) {
      assert_true(ndata < MAX_DATA);
      size_t n = split(line + 5, &name, v);
      (void)snprintf(data[ndata].name, sizeof data[ndata].name, "%s", name);
      memcpy(data[ndata].x, v, n * sizeof *v);
      data[ndata++].n = n;
      continue;
    }
    size_t n = split(line, &name, v);
    assert_true(n > 0);
    check(name, v, n, &wrong);
    ++lines;
  }
  if (live) assert_int_equal(pclose(in), 0);
  else fclose(in);
  print_message("# %d values compared, %d differ\n", lines, wrong);
  assert_int_equal(wrong, 0);
  assert_true(lines > 400);
}

static void what_cannot_be_computed_is_told(void **state) {
  (void)state;
  double same[] = {3, 3, 3}, other[] = {4, 4};
  sw_sample g[] = {{same, 3}, {other, 2}, {NULL, 0}};
  sw_sample_summary d;
  sw_test t;
  sw_pair p[3];
  size_t n = 9;
  assert_false(sw_sample_anova(g, 1).valid);
  assert_false(sw_sample_anova(g, 3).valid); /* no variation within */
  assert_false(sw_sample_welch(g, 2).valid);
  assert_int_equal(sw_sample_pairs(g, 3, p, &n, NULL), SW_OK);
  assert_int_equal(n, 0);
  assert_int_equal(sw_sample_describe(g[2], &d, NULL), SW_OK);
  assert_true(isnan(d.mean));
  assert_int_equal(sw_sample_ks(g[0], g[2], &t, NULL), SW_OK);
  assert_false(t.valid);
  assert_true(isnan(sw_sample_wilson(3, 0, 0.95).lo));
  assert_false(sw_sample_regress(same, same, 3).valid);
  assert_true(isnan(sw_t_two(1, 0)));
  sw_holt_winters hw = {.period = 12, .seasonal = same};
  assert_int_equal(sw_sample_holt_winters(same, 3, &hw, NULL, NULL), SW_E_USAGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_function_agrees_with_r_to_1e_9),
      cmocka_unit_test(what_cannot_be_computed_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
