/* Standardising against the floor: the same rows copied by one plain CREATE TABLE AS SELECT with the same casts and no
 * versions, codes, lists or proofs.
 *
 *   standardise_records  a record table: 12 columns, 2 % corrected records, 1 % unmapped codes, 0.5 % unreadable values
 *   standardise_money    an amount-bearing table: 2 % of the lines delivered twice */
#include "base/date.h"
#include "base/fs.h"
#include "engine/engine.h"
#include "standard/standardise.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { ROWS = 1000000, TURNS = 2 };

static void die(const char *what, const sw_error *err) {
  char text[4096];
  sw_error_format(err, SW_LANG_EN, text, sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
  /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
  exit(1);
}

static void sql(sw_conn *c, const char *q) {
  sw_error err = SW_ERROR_INIT;
  if (sw_exec(c, q, NULL, &err)) die(q, &err);
}

static void put(const char *dir, const char *name, const char *text) {
  char path[600];
  sw_error err = SW_ERROR_INIT;
  snprintf(path, sizeof path, "%s/%s", dir, name);
  if (sw_fs_write_durable(path, text, strlen(text), &err)) die(path, &err);
}

static void write_pack(const char *dir) {
  put(dir, "pack.yaml", "pack: bench\nversion: '1'\ntitle: bench\n");
  put(dir, "v.yaml", "value_set: SEX\ntitle: sex\ncodes: {1: m, 2: f, 9: x}\n");
  put(dir, "t.yaml",
      "- table: dwd.r\n  title: r\n  key: [org_code, no]\n  columns:\n    - {name: org_code, type: string}\n    - {name: no, type: string}\n    - {name: name, type: string}\n"
      "    - {name: sex, value_set: SEX}\n    - {name: birth, type: date}\n    - {name: seen, type: datetime}\n    - {name: dept, type: string}\n    - {name: diag, type: string}\n"
      "    - {name: age, type: int}\n    - {name: weight, type: decimal, precision: 6, scale: 2}\n    - {name: phone, type: string}\n    - {name: note, type: string}\n"
      "- table: dwd.m\n  title: m\n  money: true\n  key: [org_code, no]\n  columns:\n    - {name: org_code, type: string}\n    - {name: no, type: string}\n    - {name: item, type: string}\n"
      "    - {name: amount, type: money}\n    - {name: at, type: datetime}\n    - {name: dept, type: string}\n");
  put(dir, "s.yaml",
      "source: s\ntitle: s\ntables:\n  - {table: ods.r, files: x, order: GX, columns: [NO, XM, XB, {name: CSRQ, type: date}, {name: JZSJ, type: datetime}, KS, ZD, NL, TZ, DH, BZ, {name: GX, type: datetime}]}\n"
      "  - {table: ods.m, files: x, columns: [NO, XM, {name: JE, type: money}, {name: SJ, type: datetime}, KS]}\n");
  put(dir, "m.yaml",
      "- {mapping: sex, value_set: SEX, codes: {M: '1', F: '2'}}\n"
      "- {mapping: r, into: dwd.r, source: s, from: ods.r, columns: {org_code: {expr: _org}, no: NO, name: XM, sex: {from: XB, codes: sex}, birth: CSRQ, seen: JZSJ, dept: KS, diag: ZD, age: NL, "
      "weight: TZ, phone: {from: DH, blanks: ['-']}, note: BZ}}\n"
      "- {mapping: m, into: dwd.m, source: s, from: ods.m, columns: {org_code: {expr: _org}, no: NO, item: XM, amount: JE, at: SJ, dept: KS}}\n");
}

static void fill(sw_conn *c) {
  char q[2000];
  sql(c, "CREATE SCHEMA ods; CREATE SCHEMA store; CREATE SCHEMA meta; CREATE TABLE meta.batch AS SELECT i AS batch_no, 's' AS source, 'H' || (i % 20) AS org, 'r' AS table_name, "
         "'f' || i AS file, 'd' || (i // 20) AS delivery, TIMESTAMP '2023-01-01' + to_days(CAST(i // 20 AS INTEGER)) AS delivered_at FROM range(1, 401) t(i)");
  snprintf(q, sizeof q,
           "CREATE TABLE ods.r AS SELECT 'N' || (CASE WHEN i %% 50 = 0 THEN i - 20 ELSE i END) AS NO, 'name ' || (i %% 5000) AS XM, CASE WHEN i %% 100 = 7 THEN '?' WHEN i %% 2 = 0 THEN 'M' ELSE 'F' END AS XB,"
           "DATE '1950-01-01' + CAST(i %% 20000 AS INTEGER) AS CSRQ, TIMESTAMP '2023-01-01' + to_seconds(i %% 1000000) AS JZSJ, 'D' || (i %% 40) AS KS, 'I' || (i %% 900) AS ZD,"
           "CASE WHEN i %% 200 = 3 THEN 'x' ELSE CAST(i %% 100 AS VARCHAR) END AS NL, CAST(40 + (i %% 600) / 10.0 AS VARCHAR) AS TZ, '138' || (10000000 + i %% 89999999) AS DH,"
           "'a note of some length ' || (i %% 977) AS BZ, TIMESTAMP '2023-01-01' + to_seconds(i) AS GX, ((1 + i %% 400) << 31) | (i + 1) AS _row, 'H' || ((1 + i %% 400) %% 20) AS _org FROM range(%d) t(i)",
           ROWS);
  sql(c, q);
  snprintf(q, sizeof q,
           "CREATE TABLE ods.m AS SELECT 'N' || (CASE WHEN i %% 50 = 0 THEN i - 20 ELSE i END) AS NO, 'item' AS XM, CAST(12.5 AS DECIMAL(18,2)) AS JE, TIMESTAMP '2023-01-01' AS SJ, "
           "'D1' AS KS, ((1 + i %% 400) << 31) | (i + 1) AS _row, 'H' || ((1 + i %% 400) %% 20) AS _org FROM range(%d) t(i)", ROWS);
  sql(c, q);
}

static const char floor_r[] =
    "CREATE OR REPLACE TABLE store.f AS SELECT _org AS org_code, trim(NO) AS no, trim(XM) AS name, CASE trim(XB) WHEN 'M' THEN '1' WHEN 'F' THEN '2' END AS sex, CSRQ AS birth, JZSJ AS seen,"
    "trim(KS) AS dept, trim(ZD) AS diag, TRY_CAST(NL AS BIGINT) AS age, TRY_CAST(TZ AS DECIMAL(6,2)) AS weight, nullif(trim(DH), '-') AS phone, trim(BZ) AS note, _row, _org FROM ods.r";
static const char floor_m[] =
    "CREATE OR REPLACE TABLE store.f AS SELECT _org AS org_code, trim(NO) AS no, trim(XM) AS item, JE AS amount, SJ AS at, trim(KS) AS dept, _row, _org FROM ods.m";

static double measure(sw_conn *c, const sw_pack_set *set, const char *table, const char *plain, double *best_floor) {
  double best = 1e9;
  *best_floor = 1e9;
  for (int i = 0; i < TURNS; i++) {
    sw_error err = SW_ERROR_INIT;
    int64_t t0 = sw_mono_us();
    sql(c, plain);
    double took = (double)(sw_mono_us() - t0) / 1e6;
    if (took < *best_floor) *best_floor = took;
    sw_standardise_counts n;
    t0 = sw_mono_us();
    if (sw_standardise(c, set, sw_pack_table(set, sw_str_of(table)), &(sw_standardise_options){.physical = "t"}, &n, &err)) die(table, &err);
    took = (double)(sw_mono_us() - t0) / 1e6;
    if (took < best) best = took;
    fprintf(stderr, "%s: in %lld out %lld merged %lld nonconforming %lld unmapped %lld, %.2f s\n", table, (long long)n.in, (long long)n.out, (long long)n.merged,
            (long long)n.nonconforming, (long long)n.unmapped, took);
    sql(c, "DROP TABLE store.t; DROP TABLE store.t__nonconforming; DROP TABLE store.t__unmapped");
  }
  return best;
}

static void report(const char *name, double seconds, double floor_seconds) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  printf("{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"rows/s\",\"floor\":%.0f,\"ratio\":%.2f,\"peak_rss_mib\":%ld}\n", name, ROWS / seconds, ROWS / floor_seconds,
         seconds / floor_seconds, u.ru_maxrss / 1024);
}

int main(void) {
  char dir[] = "/tmp/sw_bench_XXXXXX", db[64], tmp[64];
  sw_error err = SW_ERROR_INIT;
  if (!mkdtemp(dir)) return 1;
  snprintf(db, sizeof db, "%s/w.duckdb", dir);
  snprintf(tmp, sizeof tmp, "%s/spill", dir);
  write_pack(dir);
  const char *dirs[] = {dir};
  sw_problems p = SW_PROBLEMS_INIT;
  sw_pack_set *set = NULL;
  if (sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1}, &set, &p, &err)) die("pack", &err);
  sw_engine *e = NULL;
  sw_conn *c = NULL;
  if (sw_engine_open(&(sw_engine_options){.path = db, .temp_dir = tmp, .threads = 2, .memory_limit = INT64_C(2) << 30}, &e, &err) || sw_conn_open(e, &c, &err)) die("engine", &err);
  fill(c);
  double floor_seconds, seconds = measure(c, set, "dwd.r", floor_r, &floor_seconds);
  report("standardise_records", seconds, floor_seconds);
  seconds = measure(c, set, "dwd.m", floor_m, &floor_seconds);
  report("standardise_money", seconds, floor_seconds);
  sw_conn_close(c);
  sw_engine_close(e);
  sw_pack_free(set);
  sw_problems_fini(&p);
  return sw_fs_remove_tree(dir, &err) ? 1 : 0;
}
