/* Statistical rules of a check: silent on clean data over a hundred seeds, awake to drops, gaps, drifts and new codes.
 *
 * One table with every kind of statistical rule; data and histories  are drawn anew for each seed. */
#include "base/fs.h"
#include "base/rng.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "quality/check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { ORGS = 8, DAYS = 70, RUNS = 60, SEEDS = 100, NRULES = 11 };
static const int64_t AS_OF = INT64_C(19792) * 86400000000;

static const char *const PACK_YAML = "pack: t\nversion: \"1\"\ntitle: 测试\n";
static const char *const TABLE_YAML =
    "table: dwd.visit\ntitle: 就诊\nkey: [org, id]\norg: org\ntime: seen\ncolumns:\n  - {name: org, type: string, title: 机构}\n  - {name: id, type: int, title: 号}\n"
    "  - {name: patient, type: string, title: 患者}\n  - {name: code, type: string, title: 编码}\n  - {name: age, type: int, title: 年龄}\n  - {name: seen, type: datetime, title: 时间}\n";
#define RULE(id, body) "  - {id: " id ", title: 规则, dimension: plausibility, kind: verify, " body "}\n"
static const char *const RULES_YAML =
    "rules: t.r\ntable: dwd.visit\ntitle: 规则\nchecks:\n" RULE("M1", "metric: {of: rows, judge: zscore, z: 3}") RULE("M2", "metric: {of: rows, judge: relative, change: 0.2, history: 5}")
        RULE("M3", "metric: {of: rows, judge: seasonal, period: 7, z: 3}") RULE("M4", "metric: {of: mean, column: age, judge: zscore, z: 3}")
            RULE("M5", "metric: {of: mean, column: age, judge: relative, change: 0.1}") RULE("M6", "metric: {of: per_patient, patient: patient, judge: peers, z: 3}")
                RULE("M7", "metric: {of: filled, column: code, judge: zscore, z: 3}") RULE("D1", "metric: {of: chi_square, column: code, split: 10d, min: 0.01}")
                    RULE("D2", "metric: {of: ks, column: age, split: 10d, min: 0.01}") RULE("D3", "metric: {of: psi, column: code, split: 10d, max: 0.1}") RULE("C1", "codes: {column: code}");

typedef struct world {
  char dir[64];
  sw_engine *engine;
  sw_conn *conn;
  sw_pack_set *packs;
  sw_problems problems;
  sw_error err;
} world;

static void sql(world *w, const char *text) {
  sw_error_clear(&w->err);
  if (sw_exec(w->conn, text, NULL, &w->err)) fail_msg("%s: %s", text, w->err.msg[SW_LANG_EN]);
}

static void write_file(const world *w, const char *name, const char *text) {
  char path[160];
  sw_error err = SW_ERROR_INIT;
  snprintf(path, sizeof path, "%s/%s", w->dir, name);
  assert_int_equal(sw_fs_write_durable(path, text, strlen(text), &err), SW_OK);
}

static int open_world(void **state) {
  static const sw_kind *const kinds[] = {&SW_RULES_KIND};
  world *w = calloc(1, sizeof *w);
  snprintf(w->dir, sizeof w->dir, "/tmp/suwen-family-XXXXXX");
  assert_non_null(mkdtemp(w->dir));
  write_file(w, "pack.yaml", PACK_YAML);
  write_file(w, "table.yaml", TABLE_YAML);
  write_file(w, "rules.yaml", RULES_YAML);
  const char *dirs[] = {w->dir};
  sw_pack_registry reg = {.kinds = kinds, .nkinds = 1};
  assert_int_equal(sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1, .registry = &reg, .strip = w->dir}, &w->packs, &w->problems, &w->err), SW_OK);
  assert_int_equal(sw_engine_open(&(sw_engine_options){.threads = 1}, &w->engine, &w->err), SW_OK);
  assert_int_equal(sw_conn_open(w->engine, &w->conn, &w->err), SW_OK);
  assert_int_equal(sw_quality_prepare(w->conn, &w->err), SW_OK);
  sql(w, "CREATE SCHEMA dwd; CREATE TABLE dwd.visit(_row BIGINT, org VARCHAR, id INTEGER, patient VARCHAR, code VARCHAR, age INTEGER, seen TIMESTAMP)");
  *state = w;
  return 0;
}

static int close_world(void **state) {
  world *w = *state;
  sw_error err = SW_ERROR_INIT;
  sw_pack_free(w->packs);
  sw_problems_fini(&w->problems);
  sw_conn_close(w->conn);
  sw_engine_close(w->engine);
  assert_int_equal(sw_fs_remove_tree(w->dir, &err), SW_OK);
  free(w);
  return 0;
}

/* More spread than chance: the rate itself is drawn. */
static int64_t visits(sw_rng *r, double mean) { return (int64_t)sw_rng_poisson(r, mean * sw_rng_lognormal(r, 1, 0.1)); }

static void draw_rows(world *w, sw_rng *r) {
  sw_sink *s;
  sw_out_chunk *ch;
  int32_t id = 0;
  assert_int_equal(sw_sink_open(w->conn, "dwd", "visit", &s, &w->err), SW_OK);
  assert_int_equal(sw_sink_chunk(s, &ch, &w->err), SW_OK);
  for (int o = 0; o < ORGS; o++)
    for (int day = 0; day < DAYS; day++)
      for (int64_t n = visits(r, 5 + o); n > 0; n--) {
        char org[16], patient[16], code[8];
        size_t i = ch->n;
        double u = sw_rng_unit(r);
        snprintf(org, sizeof org, "H%d", o);
        snprintf(patient, sizeof patient, "P%d", (int)sw_rng_below(r, 200));
        snprintf(code, sizeof code, "K%d", (int)(60 * u * u)); /* common codes and rare ones */
        ((int64_t *)ch->columns[0].data)[i] = ++id;
        sw_out_str(&ch->columns[1], i, sw_str_of(org));
        ((int32_t *)ch->columns[2].data)[i] = id;
        sw_out_str(&ch->columns[3], i, sw_str_of(patient));
        if (sw_rng_chance(r, 0.02)) sw_out_null(&ch->columns[4], i);
        else sw_out_str(&ch->columns[4], i, sw_str_of(code));
        ((int32_t *)ch->columns[5].data)[i] = (int32_t)(40 + 15 * sw_rng_normal(r));
        ((int64_t *)ch->columns[6].data)[i] = AS_OF - (int64_t)(DAYS - day) * 86400000000 + 36000000000;
        if (++ch->n == ch->cap) {
          assert_int_equal(sw_sink_append(s, &w->err), SW_OK);
          assert_int_equal(sw_sink_chunk(s, &ch, &w->err), SW_OK);
        }
      }
  if (ch->n) assert_int_equal(sw_sink_append(s, &w->err), SW_OK);
  assert_int_equal(sw_sink_close(s, &w->err), SW_OK);
}

/* Earlier runs as they would have been measured: the present figures with each run's own chance. */
static void draw_history(world *w, sw_rng *r) {
  sw_sink *s;
  sw_out_chunk *ch;
  sw_rows *now;
  double rows[ORGS] = {0};
  assert_int_equal(sw_query(w->conn, "SELECT CAST(substr(org, 2) AS INTEGER), count(*) FROM dwd.visit GROUP BY 1", SW_NO_PARAMS, NULL, &now, &w->err), SW_OK);
  while (sw_rows_next(now, &w->err) == SW_ROW) rows[sw_rows_i64(now, 0)] = sw_rows_f64(now, 1);
  sw_rows_free(now);
  assert_int_equal(sw_sink_open(w->conn, "store", "kept_quality_metric", &s, &w->err), SW_OK);
  assert_int_equal(sw_sink_chunk(s, &ch, &w->err), SW_OK);
  static const char *const rules[] = {"M1", "M2", "M3", "M4", "M5", "M7"};
  for (int o = 0; o < ORGS; o++)
    for (int run = 0; run < RUNS; run++) {
      double n = (double)visits(r, rows[o] * (run % 7 == 2 ? 0.9 : 1));
      double a = 40 + 15 / sqrt(rows[o]) * sw_rng_normal(r), f = 0.98 + sqrt(0.02 * 0.98 / rows[o]) * sw_rng_normal(r);
      for (int k = 0; k < 6; k++) {
        char org[16], name[16];
        size_t i = ch->n++;
        snprintf(org, sizeof org, "H%d", o);
        snprintf(name, sizeof name, "h%02d", run);
        sw_out_str(&ch->columns[0], i, sw_str_of(name));
        ((int64_t *)ch->columns[1].data)[i] = AS_OF - (int64_t)(RUNS - run) * 86400000000;
        sw_out_str(&ch->columns[2], i, SW_LIT("dwd.visit"));
        sw_out_str(&ch->columns[3], i, sw_str_of(rules[k]));
        sw_out_str(&ch->columns[4], i, sw_str_of(org));
        ((double *)ch->columns[5].data)[i] = k < 3 ? n : k < 5 ? a : f;
        if (ch->n < ch->cap) continue;
        assert_int_equal(sw_sink_append(s, &w->err), SW_OK);
        assert_int_equal(sw_sink_chunk(s, &ch, &w->err), SW_OK);
      }
    }
  assert_int_equal(sw_sink_append(s, &w->err), SW_OK);
  assert_int_equal(sw_sink_close(s, &w->err), SW_OK);
}

static void draw(world *w, uint64_t seed) {
  sw_rng r = sw_rng_of(seed, 5);
  sql(w, "DELETE FROM dwd.visit; DELETE FROM store.kept_quality_metric");
  draw_rows(w, &r);
  draw_history(w, &r);
}

/* Failed evaluations by rule, in `failed`; how many rules failed. */
static int judge(world *w, int64_t failed[NRULES]) {
  static const char *const only[] = {"M1", "M2", "M3", "M4", "M5", "M6", "M7", "D1", "D2", "D3", "C1"};
  sw_check *k = NULL;
  int rules = 0;
  sw_check_table t = {.packs = w->packs, .table = "dwd.visit", .only = only, .nonly = NRULES, .base = {.run = "now", .as_of_us = AS_OF}};
  sw_error_clear(&w->err);
  if (sw_quality_run_table(w->conn, &t, &k, &w->err)) fail_msg("%s", w->err.msg[SW_LANG_EN]);
  const sw_check_outcome *o = sw_check_result(k);
  for (size_t i = 0; i < o->nrules; i++) {
    if (o->rules[i].state != SW_RULE_RAN) fail_msg("rule %.*s: state %d", SW_STR_ARG(o->rules[i].rule->id.name), (int)o->rules[i].state);
    failed[i] = o->rules[i].failed;
    rules += failed[i] > 0;
  }
  sw_check_free(k);
  return rules;
}

static void clean_data_raise_an_alarm_in_at_most_one_of_a_hundred_seeds(void **state) {
  world *w = *state;
  int64_t failed[NRULES];
  int alarms = 0, most = getenv("SW_FAMILY_SEEDS") ? atoi(getenv("SW_FAMILY_SEEDS")) : SEEDS;
  for (int seed = 0; seed < most; seed++) {
    draw(w, (uint64_t)seed);
    if (!judge(w, failed)) continue;
    alarms++;
    for (int i = 0; i < NRULES; i++)
      if (failed[i]) print_message("# seed %d: rule %d, %d\n", seed, i, (int)failed[i]);
  }
  print_message("# %d of %d seeds with an alarm\n", alarms, most);
  assert_true(alarms * 100 <= most);
}

static void what_is_wrong_is_found_by_the_rules_that_look_for_it(void **state) {
  world *w = *state;
  int64_t failed[NRULES];
  draw(w, 1001);
  sql(w, "DELETE FROM dwd.visit WHERE org = 'H3' AND id % 10 < 9");
  (void)judge(w, failed);
  assert_int_equal(failed[0], 1); /* fewer rows: z-score, relative, seasonal */
  assert_int_equal(failed[1], 1);
  assert_int_equal(failed[2], 1);
  draw(w, 1002);
  sql(w, "UPDATE dwd.visit SET age = age + 25 WHERE org = 'H5'");
  (void)judge(w, failed);
  assert_int_equal(failed[3], 1);
  assert_int_equal(failed[4], 1);
  draw(w, 1003);
  sql(w, "UPDATE dwd.visit SET age = age + 25, code = 'K1' WHERE org = 'H4' AND seen > TIMESTAMP '2024-03-01'");
  (void)judge(w, failed);
  for (int i = 7; i < 10; i++) assert_int_equal(failed[i], 1);
  draw(w, 1004);
  sql(w, "UPDATE dwd.visit SET code = NULL WHERE org = 'H2' AND id % 3 = 0");
  (void)judge(w, failed);
  assert_int_equal(failed[6], 1);
  draw(w, 1005);
  sql(w, "UPDATE dwd.visit SET code = 'N1' WHERE id % 20 = 0 AND seen > TIMESTAMP '2024-02-20'; UPDATE dwd.visit SET code = 'K2' WHERE code = 'K0' AND seen > TIMESTAMP '2024-02-08'");
  (void)judge(w, failed);
  assert_true(failed[10] > 10);
  draw(w, 1006);
  sql(w, "INSERT INTO dwd.visit SELECT _row + 1000000, org, id + 1000000, patient, code, age, seen FROM dwd.visit, range(40) WHERE org = 'H0'");
  (void)judge(w, failed);
  assert_int_equal(failed[5], 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(clean_data_raise_an_alarm_in_at_most_one_of_a_hundred_seeds, open_world, close_world),
      cmocka_unit_test_setup_teardown(what_is_wrong_is_found_by_the_rules_that_look_for_it, open_world, close_world),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
