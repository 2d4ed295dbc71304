/* Findings over several deliveries: opened, corrected, withdrawn, accepted, expired, reopened; and folded again from the ledger. */
#include "base/fs.h"
#include "engine/rows.h"
#include "quality/check.h"
#include "quality/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY(y, m, d) (sw_days_from_civil(y, m, d) * SW_US_PER_DAY)
#define ROW(batch, n) "(" #batch "::BIGINT << 31) + " #n

static const char *const TABLES_YAML =
    "- table: dwd.admission\n  title: 首页\n  key: [org_code, case_no]\n  org: org_code\n  owner: {level: department, department: dept, coder: coder}\n  columns:\n"
    "    - {name: org_code, type: string, title: 机构}\n    - {name: case_no, type: string, title: 号}\n    - {name: age, type: int, title: 年龄}\n"
    "    - {name: fee, type: int, title: 费用}\n    - {name: dept, type: string, title: 科室}\n    - {name: coder, type: string, title: 编码员}\n"
    "  children: {diagnosis: dwd.diagnosis}\n"
    "- table: dwd.diagnosis\n  title: 诊断\n  key: [org_code, case_no, seq]\n  org: org_code\n"
    "  owner: {level: coder, from: dwd.admission, on: [org_code, case_no], department: dept, coder: coder}\n  columns:\n"
    "    - {name: org_code, type: string, title: 机构}\n    - {name: case_no, type: string, title: 号}\n    - {name: seq, type: int, title: 序}\n"
    "    - {name: code, type: string, title: 编码}\n"
    "- table: dwd.note\n  title: 无主键\n  org: org_code\n  columns:\n    - {name: org_code, type: string, title: 机构}\n    - {name: text, type: string, title: 内容}\n";
#define RULE(id, kind, severity, rest) \
  "    - {id: " id ", kind: " kind ", severity: " severity ", dimension: consistency, title: " id ", " rest "}\n"
#define RULES_AGE RULE("AGE", "mandatory", "high", "check: \"age < 120\"")
#define RULES_REST                                                     \
  RULE("FEE", "verify", "low", "check: \"fee < 100\"")                 \
  RULE("CODE", "mandatory", "medium", "owner: coder, check: \"no diagnosis (code = 'bad')\"") \
  RULE("SAME", "mandatory", "low", "unique: [case_no]")                \
  RULE("SUM", "mandatory", "critical", "metric: {of: sum, column: age, max: 1000}")
#define RULES_HEAD "- rules: t\n  table: dwd.admission\n  title: t\n  checks:\n"
#define RULES_NOTE                                                                                        \
  "- rules: n\n  table: dwd.note\n  title: n\n  checks:\n" RULE("TEXT", "mandatory", "low", "check: \"text != 'x'\"")
static const char *const RULES_YAML = RULES_HEAD RULES_AGE RULES_REST RULES_NOTE;
static const char *const WITHOUT_AGE = RULES_HEAD RULES_REST RULES_NOTE;

typedef struct world {
  char dir[64], pack[80];
  sw_engine *engine;
  sw_conn *conn;
  sw_ledger *ledger;
  sw_pack_set *packs;
  sw_problems problems;
  sw_error err;
} world;

static void ok(world *w, sw_status s) {
  if (s) fail_msg("%s", w->err.msg[SW_LANG_EN]);
}

static void write_file(const world *w, const char *name, const char *text) {
  char path[160];
  sw_error err = SW_ERROR_INIT;
  snprintf(path, sizeof path, "%s/%s", w->pack, name);
  assert_int_equal(sw_fs_write_durable(path, text, strlen(text), &err), SW_OK);
}

static void load(world *w, const char *rules) {
  static const sw_kind *const kinds[] = {&SW_RULES_KIND};
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  write_file(w, "pack.yaml", "pack: t\nversion: \"1\"\ntitle: 测试\n");
  write_file(w, "tables.yaml", TABLES_YAML);
  write_file(w, "rules.yaml", rules);
  const char *dirs[] = {w->pack};
  sw_pack_free(w->packs);
  sw_pack_registry reg = {.kinds = kinds, .nkinds = 1};
  sw_status s = sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1, .registry = &reg, .strip = w->pack}, &w->packs, &w->problems, &w->err);
  sw_problems_format(&w->problems, SW_LANG_EN, &b);
  if (s) fail_msg("%s", b.ptr);
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

static void is(world *w, const char *text, const char *expected) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_error_clear(&w->err);
  if (sw_query_text(w->conn, text, SW_NO_PARAMS, NULL, &b, NULL, &w->err)) fail_msg("%s: %s", text, w->err.msg[SW_LANG_EN]);
  assert_string_equal(b.ptr ? b.ptr : "", expected);
}

/* C1 age 200; C2 fee 500; C3 a bad code; C4 right; notes: one x. */
static const char *const FIRST =
    "CREATE OR REPLACE TABLE dwd.admission AS SELECT " ROW(1, 1) " AS _row, 'H1' AS org_code, 'C1' AS case_no, 200 AS age, 10 AS fee, 'D1' AS dept, '张' AS coder "
    "UNION ALL SELECT " ROW(1, 2) ", 'H1', 'C2', 30, 500, 'D1', '李' UNION ALL SELECT " ROW(1, 3) ", 'H2', 'C3', 30, 10, 'D2', '王' "
    "UNION ALL SELECT " ROW(1, 4) ", 'H2', 'C4', 30, 10, NULL, NULL;"
    "CREATE OR REPLACE TABLE dwd.diagnosis AS SELECT " ROW(2, 1) " AS _row, 'H2' AS org_code, 'C3' AS case_no, 1 AS seq, 'bad' AS code;"
    "CREATE OR REPLACE TABLE dwd.note AS SELECT " ROW(3, 1) " AS _row, 'H1' AS org_code, 'x' AS text UNION ALL SELECT " ROW(3, 2) ", 'H1', 'y';";

static void open_engine(world *w) {
  const char *allowed[] = {w->dir};
  ok(w, sw_engine_open(&(sw_engine_options){.threads = 2, .unordered = true, .allowed_dirs = allowed, .nallowed = 1}, &w->engine, &w->err));
  ok(w, sw_conn_open(w->engine, &w->conn, &w->err));
  ok(w, sw_quality_prepare(w->conn, &w->err));
  sql(w, "CREATE SCHEMA dwd");
  sql(w, FIRST);
}

static void close_engine(world *w) {
  sw_conn_close(w->conn);
  sw_engine_close(w->engine);
}

static world *open_world(void) {
  world *w = calloc(1, sizeof *w);
  char path[120];
  snprintf(w->dir, sizeof w->dir, "/tmp/suwen-finding-XXXXXX");
  assert_non_null(mkdtemp(w->dir));
  snprintf(w->pack, sizeof w->pack, "%s/pack", w->dir);
  ok(w, sw_fs_mkdirs(w->pack, &w->err));
  snprintf(path, sizeof path, "%s/ledger.sqlite", w->dir);
  ok(w, sw_ledger_open(path, &w->ledger, &w->err));
  load(w, RULES_YAML);
  open_engine(w);
  return w;
}

static void close_world(world *w) {
  sw_error err = SW_ERROR_INIT;
  sw_pack_free(w->packs);
  sw_problems_fini(&w->problems);
  close_engine(w);
  sw_ledger_close(w->ledger);
  assert_int_equal(sw_fs_remove_tree(w->dir, &err), SW_OK);
  free(w);
}

static void check(world *w, const char *run, const char *table, int64_t as_of) {
  sw_check *k = NULL;
  sw_check_table t = {.packs = w->packs, .table = table, .base = {.run = run, .as_of_us = as_of}};
  ok(w, sw_quality_run_table(w->conn, &t, &k, &w->err));
  ok(w, sw_begin(w->conn, &w->err));
  ok(w, sw_quality_store(w->conn, k, &w->err));
  ok(w, sw_commit(w->conn, &w->err));
  sw_check_free(k);
}

static sw_findings_counts round_of(world *w, const char *run, int64_t as_of) {
  sw_finding_round *r = NULL;
  check(w, run, "dwd.admission", as_of);
  check(w, run, "dwd.diagnosis", as_of);
  check(w, run, "dwd.note", as_of);
  sw_findings_options o = {.packs = w->packs, .dir = w->dir, .run = run, .name = run, .as_of_us = as_of};
  ok(w, sw_findings_begin(w->conn, w->ledger, &o, &r, &w->err));
  sw_findings_counts n = *sw_findings_result(r);
  ok(w, sw_begin(w->conn, &w->err));
  ok(w, sw_findings_commit(w->conn, r, &w->err));
  ok(w, sw_commit(w->conn, &w->err));
  sw_findings_end(r);
  return n;
}

static int64_t decide(world *w, const sw_finding_filter *f, sw_finding_action a, int32_t until, int64_t at) {
  int64_t n = 0;
  sw_finding_decision d = {.action = a, .who = "质控员", .reason = "已核对原始病历", .has_until = until != 0, .until = until, .at_us = at,
                           .owner = a == SW_FINDING_ASSIGN ? "赵" : NULL, .level = SW_OWNER_DOCTOR};
  ok(w, sw_findings_decide(w->conn, w->ledger, w->dir, f, &d, NULL, &n, &w->err));
  return n;
}

static const int64_t MONDAY = INT64_C(0);
static int64_t monday(void) { return MONDAY + DAY(2024, 3, 4); }

/* --- tests ---------------------------------------------------------------------------------------------------- */

static void failing_rows_become_findings_with_owner_and_deadline(void **state) {
  (void)state;
  world *w = open_world();
  sw_findings_counts n = round_of(w, "r1", monday());
  assert_int_equal(n.opened, 4);
  assert_int_equal(n.findings, 4);
  is(w, "SELECT state || ' ' || org || ' ' || key || ' ' || level || ' ' || owner || ' ' || deadline FROM quality.finding WHERE rule = 'AGE'", "open H1 C1 department D1 2024-03-07");
  is(w, "SELECT level || ' ' || owner || ' ' || deadline FROM quality.finding WHERE rule = 'CODE'", "coder 王 2024-03-11");
  is(w, "SELECT level || ' ' || owner FROM quality.finding WHERE rule = 'TEXT'", "institution H1");
  is(w, "SELECT left(key, 1) FROM quality.finding WHERE rule = 'TEXT'", "#");
  /* the same again opens nothing */
  n = round_of(w, "r2", monday() + SW_US_PER_DAY);
  assert_int_equal(n.opened + n.corrected + n.withdrawn + n.reopened, 0);
  assert_int_equal(n.findings, 4);
  round_of(w, "r3", monday() + 7 * SW_US_PER_DAY);
  assert_int_equal(number(w, "SELECT count(*) FROM quality.finding WHERE overdue"), 1); /* AGE; CODE is due today, FEE and TEXT later */
  close_world(w);
}

static void a_corrected_delivery_closes_and_a_lost_row_is_withdrawn(void **state) {
  (void)state;
  world *w = open_world();
  round_of(w, "r1", monday());
  sql(w, "UPDATE dwd.admission SET age = 20, _row = " ROW(7, 1) " WHERE case_no = 'C1'; DELETE FROM dwd.admission WHERE case_no = 'C2';"
         "UPDATE dwd.diagnosis SET code = 'good', _row = " ROW(8, 1) "; DELETE FROM dwd.note WHERE text = 'x'");
  sw_findings_counts n = round_of(w, "r2", monday() + SW_US_PER_DAY);
  assert_int_equal(n.corrected, 2);
  assert_int_equal(n.withdrawn, 2);
  is(w, "SELECT state || ' ' || cause || ' ' || closed_batch FROM quality.finding WHERE rule = 'AGE'", "corrected delivery 7");
  is(w, "SELECT state || ' ' || cause || ' ' || closed_batch FROM quality.finding WHERE rule = 'CODE'", "corrected delivery 8");
  is(w, "SELECT state FROM quality.finding WHERE rule = 'FEE'", "withdrawn");
  /* the fault comes back */
  sql(w, "UPDATE dwd.admission SET age = 300, _row = " ROW(9, 1) " WHERE case_no = 'C1'");
  n = round_of(w, "r3", monday() + 2 * SW_US_PER_DAY);
  assert_int_equal(n.reopened, 1);
  is(w, "SELECT state || ' ' || reopened || ' ' || deadline || ' ' || CAST(first_opened AS DATE) FROM quality.finding WHERE rule = 'AGE'", "open 1 2024-03-11 2024-03-04");
  is(w, "SELECT string_agg(action || '>' || state, ' ' ORDER BY round) FROM quality.finding_event WHERE id = (SELECT id FROM quality.finding WHERE rule = 'AGE')",
     "opened>open corrected>corrected reopened>open");
  close_world(w);
}

static void rows_of_one_key_are_one_finding_and_institutions_have_their_own(void **state) {
  (void)state;
  world *w = open_world();
  sql(w, "INSERT INTO dwd.admission SELECT " ROW(1, 9) ", 'H1', 'C1', 900, 10, 'D1', '张'");
  round_of(w, "r1", monday());
  is(w, "SELECT key || ' ' || rows FROM quality.finding WHERE rule = 'SAME'", "C1 2");
  is(w, "SELECT key || '|' || org || ' ' || level FROM quality.finding WHERE rule = 'SUM'", "|H1 institution");
  sql(w, "DELETE FROM dwd.admission WHERE age = 900");
  sw_findings_counts n = round_of(w, "r2", monday() + SW_US_PER_DAY);
  assert_int_equal(n.corrected, 3); /* SAME, SUM, and the table's own rule of its key */
  is(w, "SELECT rule FROM quality.finding WHERE state = 'open' AND key = 'C1'", "AGE");
  close_world(w);
}

static void accepted_findings_expire_and_do_not_lower_scores(void **state) {
  (void)state;
  world *w = open_world();
  round_of(w, "r1", monday());
  is(w, "SELECT failed FROM quality.score WHERE run = 'r1' AND org = 'H1' AND dimension = '' AND formula = 'suwen-1' AND table_name = 'dwd.admission'", "2");
  sw_finding_filter fee = {.rule = "FEE"}, age = {.rule = "AGE"};
  assert_int_equal(decide(w, &fee, SW_FINDING_ACCEPT, sw_days_from_civil(2024, 3, 6), monday()), 1);
  assert_int_equal(decide(w, &age, SW_FINDING_ACCEPT, sw_days_from_civil(2024, 3, 6), monday()), 1);
  is(w, "SELECT string_agg(state || ' ' || who || ' ' || until, ',') FROM quality.finding WHERE rule = 'FEE'", "accepted 质控员 2024-03-06");
  round_of(w, "r2", monday() + SW_US_PER_DAY);
  /* the mandatory one counts: it is wrong whatever was agreed */
  is(w, "SELECT failed FROM quality.score WHERE run = 'r2' AND org = 'H1' AND dimension = '' AND formula = 'suwen-1' AND table_name = 'dwd.admission'", "1");
  sw_findings_counts n = round_of(w, "r3", monday() + 3 * SW_US_PER_DAY);
  assert_int_equal(n.expired, 2);
  is(w, "SELECT state || ' ' || reopened FROM quality.finding WHERE rule = 'FEE'", "open 1");
  is(w, "SELECT failed FROM quality.score WHERE run = 'r3' AND org = 'H1' AND dimension = '' AND formula = 'suwen-1' AND table_name = 'dwd.admission'", "2");
  close_world(w);
}

static void decisions_are_reasoned_and_filtered(void **state) {
  (void)state;
  world *w = open_world();
  round_of(w, "r1", monday());
  int64_t n = 0;
  sw_finding_filter all = {.state = "open"}, closed = {.state = "closed"}, bad = {.state = "right"}, d1 = {.department = "D1"};
  sw_finding_decision d = {.action = SW_FINDING_DISPUTE, .who = "李", .reason = "", .at_us = monday()};
  assert_int_equal(sw_findings_decide(w->conn, w->ledger, w->dir, &all, &d, NULL, &n, &w->err), SW_E_USAGE);
  d.reason = "x";
  sw_error_clear(&w->err);
  assert_int_equal(sw_findings_decide(w->conn, w->ledger, w->dir, &closed, &d, NULL, &n, &w->err), SW_E_NOTFOUND);
  sw_error_clear(&w->err);
  assert_int_equal(sw_findings_decide(w->conn, w->ledger, w->dir, &bad, &d, NULL, &n, &w->err), SW_E_USAGE);
  sw_error_clear(&w->err);
  assert_int_equal(decide(w, &d1, SW_FINDING_DISPUTE, 0, monday()), 2);
  assert_int_equal(decide(w, &d1, SW_FINDING_ASSIGN, sw_days_from_civil(2024, 4, 1), monday()), 2);
  is(w, "SELECT DISTINCT state || ' ' || level || ' ' || owner || ' ' || deadline FROM quality.finding WHERE department = 'D1'", "disputed doctor 赵 2024-04-01");
  assert_int_equal(decide(w, &d1, SW_FINDING_REOPEN, 0, monday()), 2);
  /* an owner given by a person stays when the row comes again */
  sql(w, "UPDATE dwd.admission SET dept = 'D9', _row = " ROW(7, 1) " WHERE case_no = 'C1'");
  round_of(w, "r2", monday() + SW_US_PER_DAY);
  is(w, "SELECT state || ' ' || owner || ' ' || department FROM quality.finding WHERE rule = 'AGE'", "open 赵 D9");
  close_world(w);
}

static void a_deleted_warehouse_loses_nothing(void **state) {
  (void)state;
  static const char *const all = "SELECT string_agg(f::VARCHAR, chr(10) ORDER BY id) FROM quality.finding f";
  static const char *const events = "SELECT string_agg(e::VARCHAR, chr(10) ORDER BY round, id) FROM quality.finding_event e";
  world *w = open_world();
  SW_AUTO(sw_buf) before = SW_BUF_INIT;
  SW_AUTO(sw_buf) events_before = SW_BUF_INIT;
  sw_finding_filter fee = {.rule = "FEE"}, code = {.rule = "CODE"}, age = {.rule = "AGE"};
  round_of(w, "r1", monday());
  decide(w, &fee, SW_FINDING_ACCEPT, 0, monday() + 1);
  decide(w, &code, SW_FINDING_DISPUTE, 0, monday() + 2);
  sql(w, "UPDATE dwd.admission SET age = 20, _row = " ROW(7, 1) " WHERE case_no = 'C1'");
  round_of(w, "r2", monday() + SW_US_PER_DAY);
  decide(w, &code, SW_FINDING_REOPEN, 0, monday() + SW_US_PER_DAY + 1);
  decide(w, &code, SW_FINDING_ASSIGN, 0, monday() + SW_US_PER_DAY + 2);
  ok(w, sw_query_text(w->conn, all, SW_NO_PARAMS, NULL, &before, NULL, &w->err));
  ok(w, sw_query_text(w->conn, events, SW_NO_PARAMS, NULL, &events_before, NULL, &w->err));
  close_engine(w);
  open_engine(w);
  ok(w, sw_findings_sync(w->conn, w->ledger, w->dir, NULL, &w->err));
  is(w, all, before.ptr);
  is(w, events, events_before.ptr);
  /* a decision that the engine has not heard of yet */
  sql(w, "UPDATE store.kept_finding SET state = 'open' WHERE rule = 'CODE'; DELETE FROM store.kept_finding_round WHERE path IS NULL AND no = (SELECT max(no) FROM store.kept_finding_round)");
  ok(w, sw_findings_sync(w->conn, w->ledger, w->dir, NULL, &w->err));
  sql(w, "UPDATE dwd.admission SET age = 20, _row = " ROW(7, 1) " WHERE case_no = 'C1'");
  sw_findings_counts n = round_of(w, "r2", monday() + SW_US_PER_DAY); /* the same run again, under the same name */
  assert_int_equal(n.opened + n.corrected + n.withdrawn + n.reopened + n.retired, 0);
  is(w, "SELECT state FROM quality.finding WHERE rule = 'AGE'", "corrected");
  assert_int_equal(number(w, "SELECT count(*) FROM store.kept_finding_round"), 7);
  (void)age;
  close_world(w);
}

static void a_rule_that_is_gone_retires_its_findings_and_one_without_verdict_keeps_them(void **state) {
  (void)state;
  world *w = open_world();
  round_of(w, "r1", monday());
  load(w, WITHOUT_AGE);
  sql(w, "UPDATE dwd.admission SET fee = 1, _row = " ROW(7, 1) " WHERE case_no = 'C2'; ALTER TABLE dwd.diagnosis RENAME TO gone");
  sw_finding_round *r = NULL;
  check(w, "r2", "dwd.admission", monday() + SW_US_PER_DAY);
  sw_findings_options o = {.packs = w->packs, .dir = w->dir, .run = "r2", .name = "r2", .as_of_us = monday() + SW_US_PER_DAY};
  ok(w, sw_findings_begin(w->conn, w->ledger, &o, &r, &w->err));
  ok(w, sw_begin(w->conn, &w->err));
  ok(w, sw_findings_commit(w->conn, r, &w->err));
  ok(w, sw_commit(w->conn, &w->err));
  sw_findings_end(r);
  is(w, "SELECT string_agg(rule || ' ' || state, ', ' ORDER BY rule) FROM quality.finding", "AGE retired, CODE open, FEE corrected, TEXT open");
  close_world(w);
}

static void worklists_carry_the_values_of_the_row(void **state) {
  (void)state;
  world *w = open_world();
  round_of(w, "r1", monday());
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  SW_AUTO(sw_buf) one = SW_BUF_INIT;
  sw_finding_filter several = {.state = "open"}, h1 = {.org = "H1", .table = "dwd.admission", .state = "open"};
  assert_int_equal(sw_findings_worklist_sql(w->conn, w->packs, &several, NULL, &q, &w->err), SW_E_USAGE);
  sw_error_clear(&w->err);
  sw_buf_clear(&q);
  ok(w, sw_findings_worklist_sql(w->conn, w->packs, &h1, NULL, &q, &w->err));
  sw_buf_printf(&one, "SELECT string_agg(rule || ' ' || case_no || ' ' || age || ' ' || owner, ', ' ORDER BY rule) FROM (%s)", q.ptr);
  is(w, one.ptr, "AGE C1 200 D1, FEE C2 30 D1");
  close_world(w);
}

static void deadlines_count_working_days(void **state) {
  (void)state;
  int32_t friday = sw_days_from_civil(2024, 2, 9), free_days[] = {sw_days_from_civil(2024, 2, 12), sw_days_from_civil(2024, 2, 13)};
  int32_t worked[] = {sw_days_from_civil(2024, 2, 18)};
  sw_finding_policy p = {.free_days = free_days, .nfree = 2, .worked_days = worked, .nworked = 1};
  assert_int_equal(sw_finding_deadline(&SW_FINDING_POLICY, friday, 1), sw_days_from_civil(2024, 2, 12));
  assert_int_equal(sw_finding_deadline(&p, friday, 1), sw_days_from_civil(2024, 2, 14));
  assert_int_equal(sw_finding_deadline(&p, friday, 4), sw_days_from_civil(2024, 2, 18));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(failing_rows_become_findings_with_owner_and_deadline),
      cmocka_unit_test(a_corrected_delivery_closes_and_a_lost_row_is_withdrawn),
      cmocka_unit_test(rows_of_one_key_are_one_finding_and_institutions_have_their_own),
      cmocka_unit_test(accepted_findings_expire_and_do_not_lower_scores),
      cmocka_unit_test(decisions_are_reasoned_and_filtered),
      cmocka_unit_test(a_deleted_warehouse_loses_nothing),
      cmocka_unit_test(a_rule_that_is_gone_retires_its_findings_and_one_without_verdict_keeps_them),
      cmocka_unit_test(worklists_carry_the_values_of_the_row),
      cmocka_unit_test(deadlines_count_working_days),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
