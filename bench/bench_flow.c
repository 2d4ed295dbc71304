/* A flow's own overhead: 60 small SQL steps through the flow, against the same statements run one after the other on one
 * connection. What is left, by step, is planning, scheduling, proving rows, publishing and the ledger's fsyncs. */
#include "base/fs.h"
#include "engine/rows.h"
#include "flow/flow.h"

#include <stdlib.h>
#include <sys/resource.h>

enum { STEPS = 60, LIMIT_MS = 20 };

static void put(const char *dir, const char *name, const char *text, sw_arena *a, sw_error *err) {
  char *path = sw_fs_join(a, dir, name), *slash = strrchr(path, '/');
  *slash = '\0';
  if (sw_fs_mkdirs(path, err)) return;
  *slash = '/';
  if (sw_fs_write_durable(path, text, strlen(text), err)) return;
}

static void write_pack(const char *dir, sw_arena *a, sw_error *err) {
  SW_AUTO(sw_buf) flow = SW_BUF_INIT;
  sw_buf_puts(&flow, "flow: f\ntitle: F\nsteps:\n");
  for (int i = 0; i < STEPS; i++)
    sw_buf_printf(&flow, "  - {id: s%d, op: sql, config: {into: dws.t%d, from: dwd.base, rows: one-to-one, select: \"SELECT _row, k FROM dwd.base\"}}\n", i, i);
  put(dir, "suwen.yaml", "packs: [p]\nlimits: {steps: 1}\n", a, err);
  put(dir, "packs/p/pack.yaml", "pack: p\nversion: \"1\"\ntitle: P\n", a, err);
  put(dir, "packs/p/flows/f.yaml", flow.ptr, a, err);
}

static sw_status plain(sw_workspace *w, double *seconds, sw_error *err) {
  sw_conn *c = NULL;
  sw_status s = sw_workspace_connect(w, &c, err);
  int64_t began = sw_mono_us();
  for (int i = 0; s == SW_OK && i < STEPS; i++) {
    char sql[200];
    snprintf(sql, sizeof sql, "CREATE OR REPLACE TABLE store.plain%d AS SELECT _row, k FROM dwd.base", i);
    s = sw_exec(c, sql, NULL, err);
  }
  *seconds = (double)(sw_mono_us() - began) / 1e6;
  sw_conn_close(c);
  return s;
}

static sw_status measure(sw_workspace *w, sw_error *err) {
  sw_conn *c = NULL;
  sw_status s = sw_workspace_connect(w, &c, err);
  if (s == SW_OK) s = sw_exec(c, "CREATE TABLE store.base AS SELECT i::BIGINT AS _row, (i % 7)::INTEGER AS k FROM range(1000) t(i); CREATE VIEW dwd.base AS SELECT * FROM store.base", NULL, err);
  sw_conn_close(c);
  double best = 1e9, direct = 1e9;
  for (int round = 0; s == SW_OK && round < 3; round++) {
    double seconds = 0;
    sw_flow_outcome out;
    sw_flow_options o = {.flow = "f", .source_dir = "", .as_of_us = SW_US_PER_DAY, .now_us = sw_now_us()};
    s = sw_flow_run(w, &o, NULL, NULL, &out, err);
    if (out.seconds < best) best = out.seconds;
    if (s == SW_OK) s = plain(w, &seconds, err);
    if (seconds < direct) direct = seconds;
  }
  if (s != SW_OK) return s;
  double ms = (best - direct) * 1000 / STEPS;
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  printf("{\"name\":\"flow_step_overhead\",\"value\":%.2f,\"unit\":\"ms\",\"floor\":%d,\"ratio\":%.2f,\"peak_rss_mib\":%.0f}\n", ms, LIMIT_MS, LIMIT_MS / ms,
         (double)u.ru_maxrss / 1024);
  return SW_OK;
}

int main(void) {
  char dir[] = "/tmp/sw_bench_flow_XXXXXX";
  sw_arena a = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_problems problems = SW_PROBLEMS_INIT;
  sw_workspace *w = NULL;
  if (!mkdtemp(dir)) return 1;
  write_pack(dir, &a, &err);
  sw_workspace_options o = {.dir = dir, .registry = sw_operator_registry(), .lock = "bench"};
  sw_status s = sw_workspace_open(&o, &w, &problems, &err);
  if (s == SW_OK) s = measure(w, &err);
  if (s != SW_OK) fprintf(stderr, "%s\n", err.msg[SW_LANG_EN]);
  sw_workspace_close(w);
  sw_problems_fini(&problems);
  if (sw_fs_remove_tree(dir, NULL)) s = SW_E_IO;
  sw_arena_fini(&a);
  return s != SW_OK;
}
