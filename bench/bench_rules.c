/* rules_vs_one_by_one: 200 row rules over front pages in one pass, against the same rules as SQL, one after another, in
 * the same engine and run. Both count by institution and store every failing row. Also: 3,000 rules over 60 tables compiled.
 * SW_BENCH_ROWS scales it (10 million); needs about 3 GiB of disk in TMPDIR. */
#include "base/fs.h"
#include "engine/rows.h"
#include "quality/check.h"
#include "quality/plan.h"
#include "quality/regex.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { RULES = 200 };

typedef struct bench {
  sw_engine *engine;
  sw_conn *conn;
  sw_arena arena;
  sw_rule_def *rules[RULES];
  const char *sql[RULES]; /* what must hold, in the engine's words */
  size_t n;
  sw_error err;
} bench;

#define COL(n, t, s) {.name = {(n), sizeof(n) - 1}, .type = (t), .scale = (s)}
static const sw_qcolumn COLUMNS[] = {
    COL("org_code", SW_Q_TEXT, 0), COL("case_no", SW_Q_TEXT, 0), COL("sex", SW_Q_TEXT, 0), COL("marital_status", SW_Q_TEXT, 0),
    COL("occupation", SW_Q_TEXT, 0), COL("ethnicity", SW_Q_TEXT, 0), COL("payment_method", SW_Q_TEXT, 0), COL("admission_route", SW_Q_TEXT, 0),
    COL("discharge_way", SW_Q_TEXT, 0), COL("admit_dept", SW_Q_TEXT, 0), COL("principal_code", SW_Q_TEXT, 0), COL("age_years", SW_Q_INT, 0),
    COL("stay_days", SW_Q_INT, 0), COL("admit_time", SW_Q_TIME, 0), COL("discharge_time", SW_Q_TIME, 0), COL("birth_date", SW_Q_DATE, 0),
    COL("fee_total", SW_Q_INT, 2), COL("fee_western_drug", SW_Q_INT, 2), COL("fee_material", SW_Q_INT, 2)};
static const sw_qtable TABLE = {.name = {"dwd.admission", 13}, .columns = COLUMNS, .ncolumns = sizeof COLUMNS / sizeof *COLUMNS};

static void die(const bench *b, const char *what) {
  char text[4096];
  sw_error_format(&b->err, SW_LANG_EN, text, sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
  exit(1);
}

static void sql(bench *b, const char *text) {
  if (sw_exec(b->conn, text, NULL, &b->err)) die(b, text);
}

static int64_t rows_wanted(void) {
  const char *v = getenv("SW_BENCH_ROWS");
  int64_t n;
  return v && sw_str_to_i64(sw_str_of(v), &n) && n > 0 ? n : 10000000;
}

static void make_data(bench *b, int64_t rows) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_buf_printf(&q,
                "CREATE SCHEMA dwd; CREATE TABLE dwd.admission AS SELECT i AS _row, 'H' || (1000 + i %% 50) AS org_code, 'C' || (20000000 + i) AS case_no, "
                "CASE WHEN h %% 100 = 1 THEN '7' WHEN h %% 100 = 2 THEN NULL WHEN h %% 2 = 0 THEN '1' ELSE '2' END AS sex, "
                "CASE WHEN h1 %% 100 = 1 THEN '5' WHEN h1 %% 97 = 2 THEN NULL ELSE CAST(1 + h1 %% 4 AS VARCHAR) END AS marital_status, "
                "CASE WHEN h2 %% 100 = 1 THEN '99' ELSE ['11','13','17','21','24','27','31','37','51','54','70','80','90'][1 + h2 %% 13] END AS occupation, "
                "CASE WHEN h3 %% 100 = 1 THEN '0' ELSE lpad(CAST(1 + h3 %% 56 AS VARCHAR), 2, '0') END AS ethnicity, "
                "CASE WHEN h4 %% 100 = 1 THEN '10' ELSE CAST(1 + h4 %% 9 AS VARCHAR) END AS payment_method, "
                "CASE WHEN h5 %% 100 = 1 THEN '8' ELSE CAST(1 + h5 %% 3 AS VARCHAR) END AS admission_route, "
                "CASE WHEN h6 %% 100 = 1 THEN NULL ELSE CAST(1 + h6 %% 5 AS VARCHAR) END AS discharge_way, "
                "CASE WHEN h7 %% 100 = 1 THEN 'x' ELSE 'D' || lpad(CAST(h7 %% 40 AS VARCHAR), 2, '0') END AS admit_dept, "
                "CASE WHEN h8 %% 100 = 1 THEN '?' || h8 %% 50 ELSE chr(CAST(65 + h8 %% 20 AS INTEGER)) || lpad(CAST(h8 %% 83 AS VARCHAR), 2, '0') || '.' || (h8 %% 7) || '00' END AS principal_code, "
                "CAST(CASE WHEN h9 %% 100 = 1 THEN 200 WHEN h9 %% 100 = 2 THEN -1 ELSE h9 %% 95 END AS INTEGER) AS age_years, "
                "CAST(CASE WHEN h2 %% 100 = 7 THEN 5000 ELSE 1 + h2 %% 30 END AS INTEGER) AS stay_days, "
                "TIMESTAMP '2023-01-01' + INTERVAL (CAST(h3 %% 525600 AS BIGINT)) MINUTE AS admit_time, "
                "TIMESTAMP '2023-01-01' + INTERVAL (CAST(h3 %% 525600 + CASE WHEN h4 %% 100 = 3 THEN -9000 ELSE 5 + h2 %% 43000 END AS BIGINT)) MINUTE AS discharge_time, "
                "CAST(CASE WHEN h5 %% 100 = 3 THEN DATE '2025-01-01' ELSE DATE '1930-01-01' + CAST(h5 %% 33000 AS INTEGER) END AS DATE) AS birth_date, "
                "CAST(CASE WHEN h6 %% 100 = 3 THEN -5 ELSE 100 + (h6 %% 1000000) / 100.0 END AS DECIMAL(18,2)) AS fee_total, "
                "CAST(CASE WHEN h7 %% 100 = 3 THEN 999999 ELSE (h7 %% 9000) / 100.0 END AS DECIMAL(18,2)) AS fee_western_drug, "
                "CAST((h8 %% 900) / 100.0 AS DECIMAL(18,2)) AS fee_material "
                "FROM (SELECT i, CAST(hash(i) >> 2 AS BIGINT) AS h, CAST(hash(i + 1) >> 2 AS BIGINT) AS h1, CAST(hash(i + 2) >> 2 AS BIGINT) AS h2, CAST(hash(i + 3) >> 2 AS BIGINT) AS h3, CAST(hash(i + 4) >> 2 AS BIGINT) AS h4, CAST(hash(i + 5) >> 2 AS BIGINT) AS h5, CAST(hash(i + 6) >> 2 AS BIGINT) AS h6, "
                "CAST(hash(i + 7) >> 2 AS BIGINT) AS h7, CAST(hash(i + 8) >> 2 AS BIGINT) AS h8, CAST(hash(i + 9) >> 2 AS BIGINT) AS h9 FROM range(%lld) t(i))",
                (long long)rows);
  sql(b, q.ptr);
  if (sw_engine_checkpoint(b->conn, &b->err)) die(b, "checkpoint");
}

/* One rule in both languages, with the same arguments. The check "%1$.0d", which takes its argument and says nothing, makes it an opaque predicate. */
SW_PRINTF(2, 4) SW_PRINTF(3, 4) static void add(bench *b, const char *check, const char *predicate, ...) {
  sw_rule_def *r = SW_ARENA_NEW(&b->arena, sw_rule_def);
  char text[512];
  va_list ap;
  if (!r || b->n == RULES) exit(1);
  va_start(ap, predicate);
  vsnprintf(text, sizeof text, predicate, ap);
  va_end(ap);
  b->sql[b->n] = sw_arena_dupz(&b->arena, sw_str_of(text));
  r->type = SW_RT_SQL;
  r->sql.text = sw_str_of(b->sql[b->n]);
  if (strncmp(check, "%1$.0d", 6) != 0) {
    va_start(ap, predicate);
    vsnprintf(text, sizeof text, check, ap);
    va_end(ap);
    r->type = SW_RT_ROW;
    r->check_text = sw_str_of(sw_arena_dupz(&b->arena, sw_str_of(text)));
  }
  r->id.name = sw_str_of(sw_arena_printf(&b->arena, "B%03zu", b->n));
  r->version = 1;
  r->weight = 1;
  r->title.zh = r->title.en = r->message.zh = r->message.en = r->id.name;
  b->rules[b->n++] = r;
}

static void make_rules(bench *b) {
  static const char *const text[] = {"sex", "marital_status", "occupation", "ethnicity", "payment_method", "admission_route", "discharge_way", "admit_dept", "principal_code", "case_no"};
  static const char *const sets[][2] = {
      {"sex", "'0','1','2','9'"}, {"marital_status", "'1','2','3','4'"}, {"occupation", "'11','13','17','21','24','27','31','37','51','54','70','80','90'"},
      {"payment_method", "'1','2','3','4','5','6','7','8','9'"}, {"admission_route", "'1','2','3','9'"}, {"discharge_way", "'1','2','3','4','5'"}};
  for (size_t i = 0; i < 10; i++) add(b, "%1$s is filled", "%1$s IS NOT NULL AND trim(%1$s) <> ''", text[i]);
  for (int k = 0; k < 7; k++)
    for (size_t i = 0; i < 6; i++) add(b, "%1$s in (%2$s, 'v%3$d')", "%1$s IN (%2$s, 'v%3$d')", sets[i][0], sets[i][1], k);
  for (int k = 0; k < 20; k++) add(b, "age_years between 0 and %1$d", "age_years BETWEEN 0 AND %1$d", 100 + k);
  for (int k = 0; k < 15; k++) add(b, "stay_days between 1 and %1$d", "stay_days BETWEEN 1 AND %1$d", 400 + k);
  for (int k = 0; k < 15; k++) add(b, "fee_total >= %1$d", "fee_total >= %1$d", k);
  for (int k = 0; k < 12; k++) add(b, "fee_western_drug <= fee_total + %1$d", "fee_western_drug <= fee_total + %1$d", 100 + k);
  for (int k = 0; k < 12; k++) add(b, "days_between(admit_time, discharge_time) >= -%1$d", "CAST(discharge_time AS DATE) - CAST(admit_time AS DATE) >= -%1$d", k % 6);
  for (int k = 0; k < 8; k++) add(b, "birth_date - %1$d <= date(admit_time)", "birth_date - %1$d <= CAST(admit_time AS DATE)", k);
  for (int k = 0; k < 16; k++)
    add(b, "if sex = '1' then principal_code not in [O%1$02d, N%2$02d]", "CASE WHEN sex = '1' THEN left(principal_code, 3) NOT IN ('O%1$02d', 'N%2$02d') END", 10 + k, 70 + k % 12);
  for (int k = 0; k < 8; k++)
    add(b, "principal_code matches '^[A-Z][0-9]{2}([.][0-9]{1,3})?(x[0-9]{%1$d})?$'", "regexp_matches(principal_code, '^[A-Z][0-9]{2}([.][0-9]{1,3})?(x[0-9]{%1$d})?$')", k + 1);
  for (int k = 0; k < 10; k++) add(b, "length(case_no) between 6 and %1$d", "length(case_no) BETWEEN 6 AND %1$d", 9 + k);
  for (int k = 0; k < 12; k++) add(b, "if age_years < %1$d then marital_status in ('1', '2', '3', '4')", "CASE WHEN age_years < %1$d THEN marital_status IN ('1', '2', '3', '4') END", 20 + k);
  for (int k = 0; k < 10; k++) add(b, "%1$.0d", "round(CAST(fee_western_drug + fee_material AS DOUBLE) / 3, 1) < %1$d", 300 + k);
  for (int k = 0; k < 10; k++) add(b, "%1$.0d", "year(birth_date) + age_years %% %1$d < 2024", 20 + k);
}

static double seconds(int64_t from) { return (double)(sw_mono_us() - from) / 1e6; }

static double one_by_one(bench *b) {
  sql(b, "CREATE TABLE one_result(rule VARCHAR, org VARCHAR, checked BIGINT, failed BIGINT);"
         "CREATE TABLE one_failure(rule VARCHAR, org VARCHAR, _row BIGINT, _part INTEGER)");
  int64_t from = sw_mono_us();
  for (size_t i = 0; i < b->n; i++) {
    SW_AUTO(sw_buf) q = SW_BUF_INIT;
    sw_buf_printf(&q, "INSERT INTO one_result SELECT 'B%03zu', org_code, count(%s), count(*) FILTER (WHERE NOT (%s)) FROM dwd.admission GROUP BY 2;", i, b->sql[i], b->sql[i]);
    sw_buf_printf(&q, "INSERT INTO one_failure SELECT 'B%03zu', org_code, _row, NULL FROM dwd.admission WHERE NOT (%s)", i, b->sql[i]);
    sql(b, q.ptr);
  }
  return seconds(from);
}

static sw_status store(sw_conn *c, void *ctx, sw_error *err) { return sw_quality_store(c, ctx, err); }

static double one_pass(bench *b, const char *dir, sw_check **k) {
  sw_check_options o = {.run = "bench", .table_name = "dwd.admission", .table = &TABLE, .org_column = "org_code", .rules = b->rules, .nrules = b->n, .temp_dir = dir};
  int64_t from = sw_mono_us();
  if (sw_quality_run(b->conn, &o, k, &b->err)) die(b, "run");
  if (sw_transaction(b->conn, store, *k, &b->err)) die(b, "store");
  return seconds(from);
}

static int64_t number(bench *b, const char *q) {
  int64_t n = 0;
  if (sw_query_i64(b->conn, q, SW_NO_PARAMS, NULL, &n, NULL, &b->err)) die(b, q);
  return n;
}

static double peak_mib(void) {
  struct rusage u;
  return getrusage(RUSAGE_SELF, &u) == 0 ? (double)u.ru_maxrss / 1024 : 0;
}

static void compile_3000(bench *b) {
  int64_t from = sw_mono_us();
  size_t nodes = 0;
  sw_arena a = SW_ARENA_INIT;
  sw_qregexes *re = sw_qregexes_new();
  for (int t = 0; t < 60; t++) {
    sw_plan *p;
    if (sw_plan_new(&TABLE, &p, &b->err)) die(b, "plan");
    for (int i = 0; i < 50; i++) {
      sw_rule_binder binder = {.arena = &a, .table = &TABLE, .regexes = re};
      sw_rule_bound bound;
      bool in_when;
      size_t r = (size_t)(t * 50 + i) % 180;
      if (sw_rule_bind(&binder, b->rules[r], 0, &bound, &in_when, &b->err) || sw_plan_add(p, bound.x, &b->err)) die(b, "bind");
    }
    nodes += sw_plan_nodes(p);
    sw_plan_free(p);
  }
  sw_qregexes_free(re);
  sw_arena_fini(&a);
  printf("{\"name\":\"rules_compile_3000\",\"value\":%.4f,\"unit\":\"s\",\"floor\":1,\"ratio\":%.1f,\"nodes\":%zu,\"peak_rss_mib\":%.0f}\n", seconds(from),
         1 / seconds(from), nodes, peak_mib());
}

int main(void) {
  bench b = {0};
  char dir[256], path[300];
  const char *tmp = getenv("TMPDIR");
  snprintf(dir, sizeof dir, "%s/suwen-rules-XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(dir)) return 1;
  snprintf(path, sizeof path, "%s/w.duckdb", dir);
  make_rules(&b);
  compile_3000(&b);
  if (sw_engine_open(&(sw_engine_options){.path = path, .memory_limit = INT64_C(2) << 30, .threads = 2, .temp_dir = dir, .unordered = true}, &b.engine, &b.err))
    die(&b, "open");
  if (sw_conn_open(b.engine, &b.conn, &b.err) || sw_quality_prepare(b.conn, &b.err)) die(&b, "prepare");
  int64_t rows = rows_wanted();
  make_data(&b, rows);
  sw_check *k;
  double ours = one_pass(&b, dir, &k), our_peak = peak_mib(), theirs = getenv("SW_BENCH_OURS") ? 1 : one_by_one(&b);
  const sw_check_outcome *out = sw_check_result(k);
  int64_t differ = getenv("SW_BENCH_OURS") ? 0 : number(&b, "SELECT count(*) FROM one_result a JOIN quality.result r USING (rule, org) WHERE a.checked <> r.checked OR a.failed <> r.failed");
  int64_t same = getenv("SW_BENCH_OURS") ? 0 : number(&b, "SELECT (SELECT count(*) FROM one_failure) - (SELECT count(*) FROM quality.failure)");
  double ratio = ours / theirs;
  printf("{\"name\":\"rules_vs_one_by_one\",\"value\":%.4f,\"unit\":\"ratio\",\"floor\":0.15,\"ratio\":%.2f,\"peak_rss_mib\":%.0f,\"rows\":%lld,\"rules\":%zu,\"one_pass_s\":%.3f,"
         "\"scan_s\":%.3f,\"store_s\":%.3f,\"one_by_one_s\":%.3f,\"failing_rows\":%lld,\"rule_rows_per_s\":%.0f,\"counts_that_differ\":%lld,\"failing_rows_that_differ\":%lld}\n",
         ratio, 0.15 / ratio, our_peak, (long long)rows, b.n, ours, (double)out->scan_us / 1e6, (double)out->store_us / 1e6, theirs, (long long)out->failures,
         (double)rows * (double)b.n / ours, (long long)differ, (long long)same);
  sw_check_free(k);
  sw_conn_close(b.conn);
  sw_engine_close(b.engine);
  sw_arena_fini(&b.arena);
  sw_error err = SW_ERROR_INIT;
  bool ok = sw_fs_remove_tree(dir, &err) == SW_OK && b.n == RULES && !differ && !same;
  return ok ? 0 : 1;
}
