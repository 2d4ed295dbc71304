/* Rules of a pack, from their file to counts and failing rows in the engine. */
#include "base/fs.h"
#include "engine/rows.h"
#include "quality/check.h"
#include "quality/reconcile.h"
#include "quality/regex.h"
#include "quality/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const PACK_YAML = "pack: t\nversion: \"1\"\ntitle: 测试\n";
static const char *const TABLES_YAML =
    "- table: dwd.admission\n  title: 首页\n  key: [org_code, case_no]\n  org: org_code\n  time: discharge_time\n  columns:\n"
    "    - {name: org_code, type: string, title: 机构}\n    - {name: case_no, type: string, title: 号}\n"
    "    - {name: patient_id, type: string, title: 患者}\n    - {name: sex, type: string, title: 性别, value_set: RC001}\n"
    "    - {name: age_years, type: int, title: 年龄}\n    - {name: admit_time, type: datetime, title: 入院}\n"
    "    - {name: discharge_time, type: datetime, title: 出院}\n    - {name: fee_total, type: money, title: 总费用}\n"
    "    - {name: fee_drug, type: money, title: 药费}\n    - {name: note, type: string, title: 备注}\n"
    "  children: {diagnosis: dwd.diagnosis}\n"
    "- table: dwd.diagnosis\n  title: 诊断\n  key: [org_code, case_no, seq]\n  org: org_code\n  columns:\n"
    "    - {name: org_code, type: string, title: 机构}\n    - {name: case_no, type: string, title: 号}\n"
    "    - {name: seq, type: int, title: 序}\n    - {name: code, type: string, title: 编码}\n";
static const char *const SETS_YAML =
    "- value_set: RC001\n  title: 性别\n  codes: [{code: \"1\", zh: 男}, {code: \"2\", zh: 女}]\n"
    "- value_set: ICD10\n  title: 疾病\n  missing: 由用户导入\n"
    "- value_set: institution.type\n  title: 类型\n  codes: [{code: H0, zh: 三级}, {code: H1, zh: 二级}]\n";

typedef struct world {
  char dir[64];
  sw_engine *engine;
  sw_conn *conn;
  sw_pack_set *packs;
  sw_problems problems;
  sw_error err;
} world;

static void write_file(const world *w, const char *name, const char *text) {
  char path[160];
  sw_error err = SW_ERROR_INIT;
  snprintf(path, sizeof path, "%s/%s", w->dir, name);
  assert_int_equal(sw_fs_write_durable(path, text, strlen(text), &err), SW_OK);
}

static sw_status load(world *w, const char *rules) {
  static const sw_kind *const kinds[] = {&SW_RULES_KIND};
  write_file(w, "pack.yaml", PACK_YAML);
  write_file(w, "tables.yaml", TABLES_YAML);
  write_file(w, "sets.yaml", SETS_YAML);
  write_file(w, "rules.yaml", rules);
  const char *dirs[] = {w->dir};
  sw_pack_registry reg = {.kinds = kinds, .nkinds = 1};
  sw_status st = sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1, .registry = &reg, .strip = w->dir}, &w->packs, &w->problems, &w->err);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_problems_sort(&w->problems);
  sw_problems_format(&w->problems, SW_LANG_EN, &b);
  if (st) print_message("# %s\n", b.ptr);
  return st;
}

static void sql(world *w, const char *text) {
  sw_error_clear(&w->err);
  if (sw_exec(w->conn, text, NULL, &w->err)) fail_msg("%s: %s", text, w->err.msg[SW_LANG_EN]);
}

static int64_t number(world *w, const char *text) {
  int64_t n = 0;
  sw_error_clear(&w->err);
  if (sw_query_i64(w->conn, text, SW_NO_PARAMS, NULL, &n, NULL, &w->err)) fail_msg("%s: %s", text, w->err.msg[SW_LANG_EN]);
  return n;
}

static world *open_world(void) {
  world *w = calloc(1, sizeof *w);
  snprintf(w->dir, sizeof w->dir, "/tmp/suwen-check-XXXXXX");
  assert_non_null(mkdtemp(w->dir));
  assert_int_equal(sw_engine_open(&(sw_engine_options){.threads = 2, .unordered = true}, &w->engine, &w->err), SW_OK);
  assert_int_equal(sw_conn_open(w->engine, &w->conn, &w->err), SW_OK);
  assert_int_equal(sw_quality_prepare(w->conn, &w->err), SW_OK);
  sql(w, "CREATE SCHEMA dwd;"
         "CREATE TABLE dwd.admission AS SELECT i AS _row, 'H' || (i % 3) AS _org, 'H' || (i % 3) AS org_code, 'C' || i AS case_no, 'P' || (i % 500) AS patient_id, "
         "CASE WHEN i % 10 = 0 THEN '3' WHEN i % 11 = 0 THEN NULL ELSE '1' END AS sex, CAST(i % 90 AS INTEGER) AS age_years, "
         "TIMESTAMP '2024-01-01' + INTERVAL (i % 300) HOUR AS admit_time, "
         "TIMESTAMP '2024-01-01' + INTERVAL (i % 300 + CASE WHEN i % 100 = 7 THEN -5 ELSE 5 END) HOUR AS discharge_time, "
         "CAST(i % 1000 AS DECIMAL(18,2)) AS fee_total, CAST(i % 1000 - CASE WHEN i % 250 = 1 THEN 3 ELSE 0 END AS DECIMAL(18,2)) AS fee_drug, "
         "CASE WHEN i = 4242 THEN 'x' ELSE '1' END AS note FROM range(10000) t(i);"
         "CREATE TABLE dwd.diagnosis AS SELECT i * 3 + j AS _row, 'H' || (i % 3) AS org_code, 'C' || i AS case_no, CAST(j + 1 AS INTEGER) AS seq, "
         "CASE WHEN i % 50 = 0 AND j = 1 THEN 'B05.900' WHEN j = 0 AND i % 50 < 5 THEN 'B05.100' ELSE 'I10.x00' END AS code "
         "FROM range(10000) t(i), range(3) u(j) WHERE i % 7 <> 6");
  return w;
}

static void close_world(world *w) {
  sw_error err = SW_ERROR_INIT;
  sw_pack_free(w->packs);
  sw_problems_fini(&w->problems);
  sw_conn_close(w->conn);
  sw_engine_close(w->engine);
  assert_int_equal(sw_fs_remove_tree(w->dir, &err), SW_OK);
  free(w);
}

/* Checks dwd.admission with the pack's own rules (no default ones). */
static sw_check *check(world *w, const char *run, int64_t as_of, const int64_t *batches, size_t nbatches) {
  sw_arena *a = calloc(1, sizeof *a); /* schema and rules live as long as the check: freed by finish */
  sw_qtable *t = SW_ARENA_NEW(a, sw_qtable);
  sw_rule_sets *sets;
  const sw_rules_def *d = sw_pack_at(w->packs, "rules", 0)->data;
  sw_rule_def **rules = SW_ARENA_ARRAY(a, sw_rule_def *, d->rules.n);
  for (size_t i = 0; i < d->rules.n; i++) rules[i] = SW_ITEM(sw_rule_def, d->rules, i);
  assert_int_equal(sw_rules_schema(w->packs, sw_pack_table(w->packs, SW_LIT("dwd.admission")), a, t, &w->err), SW_OK);
  assert_int_equal(sw_rule_sets_new(w->packs, &sets, &w->err), SW_OK);
  static const char *const on[] = {"org_code", "case_no"};
  sw_check_child child = {.name = SW_LIT("diagnosis"), .relation = "dwd.diagnosis", .on = on, .non = 2};
  sw_check_options o = {.run = run, .table_name = "dwd.admission", .table = t, .children = &child, .org_column = "org_code",
                        .time_column = "discharge_time", .rules = rules, .nrules = d->rules.n, .sets = sw_rule_sets_view(sets), .as_of_us = as_of,
                        .batches = batches, .nbatches = nbatches, .temp_dir = w->dir};
  sw_check *k = NULL;
  sw_error_clear(&w->err);
  sw_status st = sw_quality_check(w->conn, &o, &k, &w->err);
  if (st) {
    char text[2048];
    sw_error_format(&w->err, SW_LANG_EN, text, sizeof text);
    fail_msg("%s", text);
  }
  sw_rule_sets_free(sets);
  sw_arena_fini(a);
  free(a);
  return k;
}

static const sw_rule_outcome *outcome(const sw_check *k, size_t i) { return &sw_check_result(k)->rules[i]; }

#define RULES_HEAD "rules: t.r\ntable: dwd.admission\ntitle: 规则\nchecks:\n"
#define RULE(id, body) "  - {id: " id ", title: 某规则, dimension: consistency, " body "}\n"

static void all_row_rules_are_counted_by_institution_and_every_failing_row_is_kept(void **state) {
  (void)state;
  world *w = open_world();
  assert_int_equal(load(w, RULES_HEAD RULE("R1", "check: \"admit_time <= discharge_time\"") RULE("R2", "value_set: {column: sex, set: RC001}")
                               RULE("R3", "not_blank: sex, unknown: fail") RULE("R4", "sum_of: {total: fee_total, parts: [fee_drug]}")
                                   RULE("R5", "check: \"not both diagnosis (code in [B05.0-B05.8], code in [B05.9])\", kind: verify")
                                       RULE("R6", "sql: \"fee_total >= fee_drug\"") RULE("R7", "when: \"age_years > 200\", check: \"sex = '1'\"")
                                           RULE("R8", "value_set: {column: note, set: ICD10}") RULE("R9", "unbuildable: 缺字段")
                                               RULE("R10", "range: {column: age_years, min: 0, max: 85}")),
                   SW_OK);
  sw_check *k = check(w, "run1", 1704067200000000, NULL, 0);
  assert_int_equal(sw_check_result(k)->rows, 10000);
  static const struct { const char *want; } sqls[] = {
      {"admit_time > discharge_time"}, {"sex = '3'"}, {"sex IS NULL"}, {"fee_total <> fee_drug"},
      {"EXISTS (SELECT 1 FROM dwd.diagnosis d WHERE d.case_no = a.case_no AND code = 'B05.900') AND EXISTS (SELECT 1 FROM dwd.diagnosis d WHERE d.case_no = a.case_no AND code = 'B05.100')"},
      {"NOT fee_total >= fee_drug"}, {"false"}, {"false"}, {"false"}, {"age_years > 85"}};
  for (size_t i = 0; i < 10; i++) {
    char q[700];
    snprintf(q, sizeof q, "SELECT count(*) FROM dwd.admission a WHERE %s", sqls[i].want);
    assert_int_equal(outcome(k, i)->failed, number(w, q));
    snprintf(q, sizeof q, "SELECT count(*) FROM (SELECT _row, org_code FROM dwd.admission a WHERE %s) x FULL JOIN (SELECT * FROM quality.failure WHERE rule = 'R%zu') f ON f._row = x._row AND f.org = x.org_code WHERE f._row IS NULL OR x._row IS NULL",
             sqls[i].want, i + 1);
    assert_int_equal(number(w, q), 0);
    snprintf(q, sizeof q, "SELECT coalesce(sum(abs(r.failed - n)), 0) FROM (SELECT org, failed FROM quality.result WHERE rule = 'R%zu') r JOIN (SELECT org_code, count(*) FILTER (WHERE %s) AS n FROM dwd.admission a GROUP BY 1) x ON x.org_code = r.org",
             i + 1, sqls[i].want);
    assert_int_equal(number(w, q), 0);
  }
  assert_int_equal(outcome(k, 1)->not_applicable, number(w, "SELECT count(*) FROM dwd.admission WHERE sex IS NULL"));
  assert_int_equal(outcome(k, 2)->checked, 10000);
  assert_int_equal(outcome(k, 6)->state, SW_RULE_NEVER);
  assert_int_equal(outcome(k, 6)->not_applicable, 10000);
  assert_int_equal(outcome(k, 7)->state, SW_RULE_NO_DICTIONARY);
  assert_int_equal(outcome(k, 8)->state, SW_RULE_NOT_BUILT);
  assert_int_equal(number(w, "SELECT count(*) FROM quality.failure"), sw_check_result(k)->failures);
  assert_int_equal(number(w, "SELECT count(*) FROM quality.result WHERE checked + not_applicable + broken <> (SELECT count(*) FROM dwd.admission WHERE org_code = org)"), 0);
  sw_check_free(k);
  close_world(w);
}

/* H2 has no type in the value set: a rule for types does not apply to it. */
static void a_rule_applies_to_the_types_of_institution_it_is_for(void **state) {
  (void)state;
  world *w = open_world();
  assert_int_equal(load(w, RULES_HEAD RULE("R1", "institutions: [三级], check: \"admit_time <= discharge_time\"")
                               RULE("R2", "institutions: [三级, 二级], when: \"sex = '1'\", check: \"admit_time <= discharge_time\"")
                                   RULE("R3", "check: \"institution(type) = '二级'\"")),
                   SW_OK);
  sw_check *k = check(w, "run1", 1704067200000000, NULL, 0);
  assert_int_equal(outcome(k, 0)->checked, number(w, "SELECT count(*) FROM dwd.admission WHERE org_code = 'H0'"));
  assert_int_equal(outcome(k, 0)->failed, number(w, "SELECT count(*) FROM dwd.admission WHERE org_code = 'H0' AND admit_time > discharge_time"));
  assert_int_equal(outcome(k, 1)->checked, number(w, "SELECT count(*) FROM dwd.admission WHERE org_code IN ('H0', 'H1') AND sex = '1'"));
  assert_int_equal(outcome(k, 2)->failed, number(w, "SELECT count(*) FROM dwd.admission WHERE org_code = 'H0'"));
  assert_int_equal(outcome(k, 2)->not_applicable, number(w, "SELECT count(*) FROM dwd.admission WHERE org_code = 'H2'"));
  sw_check_free(k);
  close_world(w);
}

static void only_the_guilty_rule_is_broken(void **state) {
  (void)state;
  world *w = open_world();
  assert_int_equal(load(w, RULES_HEAD RULE("R1", "sql: \"CAST(note AS INTEGER) = 1\"") RULE("R2", "sql: \"fee_total >= 0\"")
                               RULE("R3", "check: \"ln(age_years) >= 0\"") RULE("R4", "check: \"age_years >= 0\"")
                                   RULE("R5", "metric: {of: mean, column: fee_total, where: \"CAST(note AS INTEGER) = 1\", min: 0}") RULE("R6", "unique: [case_no]")),
                   SW_OK);
  sw_check *k = check(w, "run1", 1704067200000000, NULL, 0);
  assert_int_equal(outcome(k, 0)->state, SW_RULE_BROKEN);
  assert_int_equal(outcome(k, 0)->checked, 0);
  assert_int_equal(outcome(k, 0)->broken, 10000);
  assert_int_equal(outcome(k, 1)->state, SW_RULE_RAN);
  assert_int_equal(outcome(k, 1)->checked, 10000);
  assert_int_equal(outcome(k, 2)->state, SW_RULE_BROKEN);
  assert_int_equal(outcome(k, 2)->broken, number(w, "SELECT count(*) FROM dwd.admission WHERE age_years = 0"));
  assert_int_equal(outcome(k, 3)->checked, 10000);
  assert_int_equal(outcome(k, 4)->state, SW_RULE_BROKEN);
  assert_int_equal(outcome(k, 5)->state, SW_RULE_RAN);
  assert_int_equal(sw_check_result(k)->broken, 3);
  sw_check_free(k);
  close_world(w);
}

static void set_rules_find_duplicates_orphans_overlaps_and_differences(void **state) {
  (void)state;
  world *w = open_world();
  assert_int_equal(load(w, RULES_HEAD RULE("S1", "unique: [org_code, case_no]") RULE("S2", "reference: {columns: [org_code, case_no], table: dwd.diagnosis}")
                               RULE("S3", "order: {by: [patient_id], start: admit_time, end: discharge_time}")
                                   RULE("S4", "balance: {column: fee_total, table: dwd.admission, to: fee_drug}") RULE("S5", "schema: true")
                                       RULE("S6", "metric: {of: filled, column: sex, min: 0.95}")
                                           RULE("S7", "metric: {of: rows, judge: peers}") RULE("S8", "codes: {column: sex}")
                                               RULE("S9", "metric: {of: duplicate_share, max: 0}") RULE("S10", "metric: {of: quantile, column: age_years, quantile: 0.5, min: 40, max: 50}")
                                                   RULE("S11", "metric: {of: age_hours, column: discharge_time, max: 72}")
                                                       RULE("S12", "metric: {of: top_share, column: sex, max: 0.85}") RULE("S13", "metric: {of: entropy, column: sex, min: 0.1}")
                                                           RULE("S14", "metric: {of: per_patient, patient: patient_id, min: 1, overall: true}")),
                   SW_OK);
  sql(w, "INSERT INTO dwd.admission SELECT 90001, _org, org_code, case_no, patient_id, sex, age_years, admit_time, discharge_time, fee_total, fee_drug, note FROM dwd.admission WHERE _row = 42");
  sw_check *k = check(w, "run1", 1705276800000000, NULL, 0);
  for (size_t i = 0; i < 14; i++)
    if (outcome(k, i)->state == SW_RULE_BROKEN) fail_msg("S%zu broken: %s", i + 1, outcome(k, i)->reason[1]);
  assert_int_equal(outcome(k, 0)->failed, 2);
  assert_int_equal(number(w, "SELECT count(*) FROM quality.failure WHERE rule = 'S1' AND _row IN (42, 90001)"), 2);
  assert_int_equal(outcome(k, 1)->failed, number(w, "SELECT count(*) FROM dwd.admission a ANTI JOIN dwd.diagnosis d USING (org_code, case_no)"));
  assert_true(outcome(k, 2)->failed > 0);
  assert_int_equal(outcome(k, 3)->failed, 3);
  assert_int_equal(outcome(k, 4)->failed, 0);
  assert_int_equal(outcome(k, 5)->failed, 3);
  assert_int_equal(outcome(k, 6)->state, SW_RULE_NO_HISTORY);
  assert_int_equal(outcome(k, 8)->failed, 1);
  assert_int_equal(outcome(k, 9)->failed, 0);
  assert_int_equal(outcome(k, 10)->failed, 0);
  assert_int_equal(outcome(k, 11)->failed, 3);
  assert_int_equal(outcome(k, 12)->failed, 0);
  sw_check_free(k);
  close_world(w);
}

/* Numbers given twice, overlaps and early returns: what fails, what does not, what a first stay says, and chemotherapy. */
static void stays_of_one_patient_are_held_against_each_other(void **state) {
  (void)state;
  world *w = open_world();
  assert_int_equal(load(w, RULES_HEAD RULE("Q165", "unique: [org_code, patient_id, age_years]")
                               RULE("Q165O", "order: {by: [org_code, patient_id], start: admit_time, end: discharge_time}")
                                   RULE("Q166", "order: {by: [org_code, patient_id], start: admit_time, end: discharge_time, within_days: 31, same: note, "
                                                "where: \"note NOT LIKE 'Z51%'\"}")),
                   SW_OK);
  sql(w, "DELETE FROM dwd.admission; INSERT INTO dwd.admission (_row, org_code, case_no, patient_id, age_years, note, admit_time, discharge_time) VALUES "
         "(1, 'H1', 'a', 'P1', 1, 'I63.900', '2024-01-01', '2024-01-10'), (2, 'H1', 'b', 'P1', 2, 'I63.300', '2024-01-25', '2024-02-01'), "
         "(3, 'H1', 'c', 'P1', 3, 'I63.900', '2024-06-01', '2024-06-05'), (4, 'H1', 'd', 'P1', 3, 'J18.900', '2024-06-04', '2024-06-09'), "
         "(5, 'H1', 'e', 'P2', 1, 'Z51.100', '2024-01-01', '2024-01-03'), (6, 'H1', 'f', 'P2', 2, 'Z51.100', '2024-01-20', '2024-01-22'), "
         "(7, 'H2', 'g', 'P1', 1, 'I63.900', '2024-01-12', '2024-01-14'), (8, 'H1', 'h', 'P3', 1, 'K80.200', '2024-01-01', '2024-01-03'), "
         "(9, 'H1', 'i', 'P3', 2, 'K80.200', '2024-02-04', '2024-02-06'), (10, 'H1', 'j', NULL, 2, 'K80.200', '2024-02-04', '2024-02-06')");
  sw_check *k = check(w, "run1", 1704067200000000, NULL, 0);
  assert_int_equal(number(w, "SELECT count(*) FROM quality.failure WHERE rule = 'Q165' AND _row IN (3, 4)"), 2);
  assert_int_equal(outcome(k, 0)->failed, 2);
  assert_int_equal(outcome(k, 0)->not_applicable, 1);
  assert_int_equal(number(w, "SELECT sum(_row) FROM quality.failure WHERE rule = 'Q165O'"), 4);
  assert_int_equal(outcome(k, 1)->checked, 5);
  assert_int_equal(number(w, "SELECT sum(_row) FROM quality.failure WHERE rule = 'Q166'"), 2);
  assert_int_equal(outcome(k, 2)->failed, 1);
  sw_check_free(k);
  close_world(w);
}

static void history_judges_volume_and_drift(void **state) {
  (void)state;
  world *w = open_world();
  assert_int_equal(load(w, RULES_HEAD RULE("A1", "metric: {of: rows, judge: zscore, z: 4, history: 5}") RULE("A2", "metric: {of: rows, judge: relative, change: 0.5, history: 3}")
                               RULE("A3", "metric: {of: rows, judge: seasonal, period: 7}")
                                   RULE("D1", "metric: {of: psi, column: age_years, split: 3d, max: 0.25, overall: true}")
                                       RULE("D2", "metric: {of: chi_square, column: sex, split: 3d, min: 0.01, overall: true}")
                                           RULE("D3", "metric: {of: ks, column: age_years, split: 3d, min: 0.01, overall: true}")),
                   SW_OK);
  int64_t day = INT64_C(86400000000), base = INT64_C(1704067200000000) + 10 * day;
  for (int i = 0; i < 21; i++) {
    char text[300];
    snprintf(text, sizeof text, "INSERT INTO store.kept_quality_metric SELECT 'h%d', TIMESTAMP '2023-12-01' + INTERVAL %d DAY, 'dwd.admission', r, o, "
             "(SELECT count(*) FROM dwd.admission WHERE org_code = o) + %d FROM (VALUES ('A1'), ('A2'), ('A3')) a(r), (VALUES ('H0'), ('H1'), ('H2')) b(o)",
             i, i, i % 7 * 3);
    sql(w, text);
  }
  sw_check *k = check(w, "run1", base, NULL, 0);
  for (size_t i = 0; i < 6; i++) {
    if (outcome(k, i)->state == SW_RULE_BROKEN) fail_msg("%zu broken: %s", i, outcome(k, i)->reason[1]);
    if (i < 3) assert_int_equal(outcome(k, i)->failed, 0);
  }
  sw_check_free(k);
  sql(w, "DELETE FROM dwd.admission WHERE org_code = 'H1' AND _row % 3 <> 0; UPDATE dwd.admission SET age_years = 1 WHERE discharge_time > TIMESTAMP '2024-01-09'");
  sql(w, "DELETE FROM dwd.admission WHERE org_code = 'H1' AND _row > 4000");
  k = check(w, "run2", base, NULL, 0);
  for (size_t i = 0; i < 3; i++) assert_int_equal(outcome(k, i)->failed, 1);
  assert_int_equal(outcome(k, 3)->failed, 1);
  assert_int_equal(outcome(k, 5)->failed, 1);
  sw_check_free(k);
  close_world(w);
}

static void one_batch_can_be_checked_alone_and_a_run_can_be_repeated(void **state) {
  (void)state;
  world *w = open_world();
  assert_int_equal(load(w, RULES_HEAD RULE("R1", "check: \"age_years >= 10\"") RULE("R2", "unique: [case_no]")), SW_OK);
  sql(w, "UPDATE dwd.admission SET _row = _row + CASE WHEN _row < 100 THEN (1::BIGINT << 31) ELSE (2::BIGINT << 31) END");
  int64_t batch = 1;
  sw_check *k = check(w, "run1", 0, &batch, 1);
  assert_int_equal(sw_check_result(k)->rows, 100);
  assert_int_equal(outcome(k, 0)->failed, 20);
  sw_check_free(k);
  k = check(w, "run1", 0, &batch, 1);
  assert_int_equal(number(w, "SELECT count(*) FROM quality.failure"), 20);
  assert_int_equal(number(w, "SELECT count(*) FROM quality.run"), 1);
  sw_check_free(k);
  close_world(w);
}

static void refused(const char *rules, const char *const *want, size_t n) {
  world *w = open_world();
  assert_int_equal(load(w, rules), SW_E_CONFIG);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_problems_format(&w->problems, SW_LANG_EN, &b);
  for (size_t i = 0; i < n; i++)
    if (!strstr(b.ptr, want[i])) fail_msg("\"%s\" is not in:\n%s", want[i], b.ptr);
  close_world(w);
}

static void wrong_rules_are_refused_at_file_line_and_column(void **state) {
  (void)state;
  static const char *const form[] = {"rules.yaml:5:83: pattern is not a valid regular expression", "rules.yaml:6:5: rule R7 must have exactly one check; it has 2",
                                     "rules.yaml:7:50: rule has no key chekc; did you mean check?"};
  refused(RULES_HEAD RULE("R3", "regex: {column: sex, pattern: '(['}") RULE("R7", "check: \"sex = '1'\", not_null: sex") RULE("R8", "chekc: \"true\""), form, 3);
  static const char *const meaning[] = {"rules.yaml:5:58: rule R1: table dwd.admission has no column agge_years; did you mean age_years?",
                                        "rules.yaml:6:64: rule R2: the left side is text: put the number in quotes", "rules.yaml:7:5: rule R4: there is no value set or dictionary RC999",
                                        "rule id R4 is repeated", "nope", "rules.yaml:10:70: rule R9: the code range begins at C97"};
  refused(RULES_HEAD RULE("R1", "check: \"agge_years > 3\"") RULE("R2", "check: \"sex = 1\"") RULE("R4", "value_set: {column: sex, set: RC999}")
              RULE("R4", "check: \"sex = '1'\"") RULE("R6", "unique: [nope]") RULE("R9", "check: \"sex in [C97-C00]\""),
          meaning, 6);
}

static sw_status reconcile(sw_conn *c, void *ctx, sw_error *err) {
  static const sw_reconcile_options o = {.run = "r", .table = "dwd.admission", .org = "org_code", .day = "discharge_time", .patient = "patient_id",
                                         .amount = "fee_total", .totals = "dwd.totals", .totals_day = "day", .totals_where = "kind = 'A'",
                                         .told_rows = "n", .told_patients = "p", .told_amount = "s"};
  return sw_reconcile_store(c, &o, ctx, err);
}

static void closing_totals_are_compared_by_institution_and_day(void **state) {
  (void)state;
  world *w = open_world();
  sql(w, "CREATE TABLE dwd.totals AS SELECT org_code, CAST(discharge_time AS DATE) AS day, 'A' AS kind, count(*) AS n, count(DISTINCT patient_id) AS p, sum(fee_total) AS s "
         "FROM dwd.admission GROUP BY ALL; INSERT INTO dwd.totals SELECT org_code, day, 'B', 1, 1, 1 FROM dwd.totals");
  sw_reconcile_counts n;
  assert_int_equal(sw_reconcile_prepare(w->conn, &w->err), SW_OK);
  assert_int_equal(sw_transaction(w->conn, reconcile, &n, &w->err), SW_OK);
  assert_true(n.compared > 0);
  assert_int_equal(n.differ, 0);
  sql(w, "DELETE FROM dwd.admission WHERE _row = 17; UPDATE dwd.totals SET s = s + 0.01 WHERE org_code = 'H1' AND day = DATE '2024-01-05'");
  assert_int_equal(sw_transaction(w->conn, reconcile, &n, &w->err), SW_OK);
  assert_int_equal(number(w, "SELECT count(*) FROM quality.reconciliation WHERE NOT within AND measure = 'rows' AND difference = -1"), 1);
  assert_int_equal(number(w, "SELECT count(*) FROM quality.reconciliation WHERE NOT within AND measure = 'amount' AND difference = -0.01 AND org = 'H1'"), 1);
  close_world(w);
}

static void statistics_agree_with_tables(void **state) {
  (void)state;
  assert_true(fabs(sw_stat_chi2_sf(3.841458820694124, 1) - 0.05) < 1e-12);
  assert_true(fabs(sw_stat_chi2_sf(18.307038053275146, 10) - 0.05) < 1e-12);
  assert_true(fabs(sw_stat_t_two_sided(12.706204736174698, 1) - 0.05) < 1e-12);
  assert_true(fabs(sw_stat_t_two_sided(2.228138852, 10) - 0.05) < 1e-9);
  assert_true(fabs(sw_stat_normal_sf(1.959963984540054) - 0.025) < 1e-12);
  double lo, hi, f, sd;
  sw_stat_wilson(90, 100, 1.959963984540054, &lo, &hi);
  assert_true(fabs(lo - 0.8256343384) < 1e-6 && fabs(hi - 0.9447708629) < 1e-6);
  double x[28];
  for (int i = 0; i < 28; i++) x[i] = 100 + i + (i % 7 == 6 ? -50 : 0);
  assert_true(sw_stat_holt_winters(x, 28, 7, &f, &sd));
  assert_true(fabs(f - 128) < 5 && sd < 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_row_rules_are_counted_by_institution_and_every_failing_row_is_kept),
      cmocka_unit_test(a_rule_applies_to_the_types_of_institution_it_is_for),
      cmocka_unit_test(only_the_guilty_rule_is_broken),
      cmocka_unit_test(set_rules_find_duplicates_orphans_overlaps_and_differences),
      cmocka_unit_test(stays_of_one_patient_are_held_against_each_other),
      cmocka_unit_test(history_judges_volume_and_drift),
      cmocka_unit_test(one_batch_can_be_checked_alone_and_a_run_can_be_repeated),
      cmocka_unit_test(wrong_rules_are_refused_at_file_line_and_column),
      cmocka_unit_test(closing_totals_are_compared_by_institution_and_day),
      cmocka_unit_test(statistics_agree_with_tables),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
