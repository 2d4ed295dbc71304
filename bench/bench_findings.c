/* findings_round: 10 million front pages of which a tenth fails a rule become findings; then half of them come again corrected.
 * Seconds of both rounds, and of folding all again from ledger and history. SW_BENCH_ROWS scales it (10 million rows). */
#include "base/fs.h"
#include "engine/rows.h"
#include "quality/check.h"
#include "quality/finding.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct bench {
  char dir[64], pack[80];
  sw_engine *engine;
  sw_conn *conn;
  sw_ledger *ledger;
  sw_pack_set *packs;
  sw_error err;
} bench;

static void must(const bench *b, sw_status s) {
  char text[4096];
  if (!s) return;
  sw_error_format(&b->err, SW_LANG_EN, text, sizeof text);
  fprintf(stderr, "%s\n", text);
  exit(1);
}

static void write_file(bench *b, const char *name, const char *text) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", b->pack, name);
  must(b, sw_fs_write_durable(path, text, strlen(text), &b->err));
}

static void open_bench(bench *b, int64_t rows) {
  static const sw_kind *const kinds[] = {&SW_RULES_KIND};
  char path[120], sql[1024];
  const char *tmp = getenv("TMPDIR"), *allowed[] = {b->dir}, *dirs[] = {b->pack};
  sw_problems problems = SW_PROBLEMS_INIT;
  snprintf(b->dir, sizeof b->dir, "%.40s/suwen-bench-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
  if (!mkdtemp(b->dir)) exit(1);
  snprintf(b->pack, sizeof b->pack, "%s/pack", b->dir);
  must(b, sw_fs_mkdirs(b->pack, &b->err));
  write_file(b, "pack.yaml", "pack: t\nversion: \"1\"\ntitle: t\n");
  write_file(b, "t.yaml", "table: dwd.admission\ntitle: t\nkey: [org_code, case_no]\norg: org_code\nowner: {level: department, department: dept}\ncolumns:\n"
                          "  - {name: org_code, type: string, title: o}\n  - {name: case_no, type: string, title: c}\n  - {name: age, type: int, title: a}\n"
                          "  - {name: dept, type: string, title: d}\n");
  write_file(b, "r.yaml", "rules: t\ntable: dwd.admission\ntitle: t\nchecks:\n  - {id: AGE, dimension: plausibility, title: a, check: \"age < 90\"}\n");
  must(b, sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1, .registry = &(sw_pack_registry){.kinds = kinds, .nkinds = 1}}, &b->packs, &problems, &b->err));
  sw_problems_fini(&problems);
  snprintf(path, sizeof path, "%s/ledger.sqlite", b->dir);
  must(b, sw_ledger_open(path, &b->ledger, &b->err));
  must(b, sw_engine_open(&(sw_engine_options){.threads = 2, .unordered = true, .allowed_dirs = allowed, .nallowed = 1}, &b->engine, &b->err));
  must(b, sw_conn_open(b->engine, &b->conn, &b->err));
  must(b, sw_quality_prepare(b->conn, &b->err));
  snprintf(sql, sizeof sql,
           "CREATE SCHEMA dwd; CREATE TABLE dwd.admission AS SELECT (1::BIGINT << 31) + i AS _row, 'H' || (1000 + i %% 50) AS org_code, 'C' || (20000000 + i) AS case_no, "
           "CAST(i %% 100 AS INTEGER) AS age, 'D' || (i %% 37) AS dept FROM range(%lld) t(i)", (long long)rows);
  must(b, sw_exec(b->conn, sql, NULL, &b->err));
}

static double round_seconds(bench *b, const char *run, int64_t as_of, sw_findings_counts *n) {
  sw_check *k = NULL;
  sw_finding_round *r = NULL;
  sw_check_table t = {.packs = b->packs, .table = "dwd.admission", .base = {.run = run, .as_of_us = as_of}};
  must(b, sw_quality_run_table(b->conn, &t, &k, &b->err));
  must(b, sw_begin(b->conn, &b->err));
  must(b, sw_quality_store(b->conn, k, &b->err));
  must(b, sw_commit(b->conn, &b->err));
  sw_check_free(k);
  int64_t from = sw_mono_us();
  sw_findings_options o = {.packs = b->packs, .dir = b->dir, .run = run, .name = run, .as_of_us = as_of};
  must(b, sw_findings_begin(b->conn, b->ledger, &o, &r, &b->err));
  *n = *sw_findings_result(r);
  must(b, sw_begin(b->conn, &b->err));
  must(b, sw_findings_commit(b->conn, r, &b->err));
  must(b, sw_commit(b->conn, &b->err));
  sw_findings_end(r);
  return (double)(sw_mono_us() - from) / 1e6;
}

int main(void) {
  bench b = {.err = SW_ERROR_INIT};
  const char *v = getenv("SW_BENCH_ROWS");
  int64_t rows = 10000000, day = SW_US_PER_DAY, from;
  sw_findings_counts first, second;
  if (v && (!sw_str_to_i64(sw_str_of(v), &rows) || rows < 100)) rows = 10000000;
  open_bench(&b, rows);
  double opened = round_seconds(&b, "r1", 19000 * day, &first);
  must(&b, sw_exec(b.conn, "CREATE OR REPLACE TABLE dwd.admission AS SELECT CASE WHEN fix THEN _row + (1::BIGINT << 31) ELSE _row END AS _row, org_code, case_no, "
                           "CASE WHEN fix THEN 1 ELSE age END AS age, dept FROM (SELECT *, age >= 95 AS fix FROM dwd.admission)", NULL, &b.err));
  double closed = round_seconds(&b, "r2", 19001 * day, &second);
  from = sw_mono_us();
  must(&b, sw_exec(b.conn, "DELETE FROM store.kept_finding_round", NULL, &b.err));
  must(&b, sw_findings_sync(b.conn, b.ledger, b.dir, NULL, &b.err));
  double folded = (double)(sw_mono_us() - from) / 1e6;
  printf("{\"name\": \"findings_round\", \"rows\": %lld, \"opened\": %lld, \"corrected\": %lld, \"open_seconds\": %.2f, \"close_seconds\": %.2f, \"fold_seconds\": %.2f}\n",
         (long long)rows, (long long)first.opened, (long long)second.corrected, opened, closed, folded);
  sw_conn_close(b.conn);
  sw_engine_close(b.engine);
  sw_ledger_close(b.ledger);
  sw_pack_free(b.packs);
  return sw_fs_remove_tree(b.dir, &b.err) ? 1 : 0;
}
