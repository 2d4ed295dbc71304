#include "cli/open.h"

#include "base/fs.h"
#include "operator/operator.h"

#include <stdlib.h>
#include <unistd.h>

/* In the tree the program is build/suwen and in the bundle bin/suwen: packs/ lies beside its directory in both. The
 * sanitizer build lies one deeper. */
void sw_cli_packs_home(char *out, size_t cap) {
  char exe[3072], *slash;
  out[0] = '\0';
  const char *told = getenv("SUWEN_PACKS");
  if (told && *told) {
    snprintf(out, cap, "%s", told);
    return;
  }
  ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
  if (n <= 0) return;
  exe[n] = '\0';
  for (int up = 0; up < 3 && (slash = strrchr(exe, '/')); up++) {
    *slash = '\0';
    int k = snprintf(out, cap, "%s/packs", exe);
    if (up > 0 && k > 0 && (size_t)k < cap && sw_fs_exists(out)) return;
  }
  out[0] = '\0';
}

static void print_problems(const sw_cli *cli, sw_problems *p) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_problems_format(p, cli->lang, &text);
  fflush(stdout);
  fwrite(text.ptr, 1, text.len, stderr);
}

static sw_status open_checked(const sw_cli *cli, const sw_workspace_options *given, sw_workspace **out, sw_error *err) {
  sw_workspace_options o = *given;
  sw_engine *engine = NULL; /* in memory: only its parser is used, to check the packs' SQL */
  sw_conn *conn = NULL;
  sw_pack_registry registry = {0};
  sw_status s = SW_OK;
  if (!o.without_packs) {
    s = sw_engine_open(&(sw_engine_options){.threads = 1, .memory_limit = INT64_C(256) << 20}, &engine, err);
    if (s == SW_OK) s = sw_conn_open(engine, &conn, err);
    sw_operator_registry_with(conn, &registry);
    o.registry = &registry;
  }
  sw_problems problems = SW_PROBLEMS_INIT;
  if (s == SW_OK) s = sw_workspace_open(&o, out, &problems, err);
  if (problems.total > 1) {
    print_problems(cli, &problems);
    sw_error_clear(err);
    s = SW_FAIL(err, SW_E_CONFIG, "SW-CLI-0020", "内容包有 %zu 处问题（见上），什么都没有运行", "the packs have %zu problems (above); nothing was run", problems.total);
  }
  sw_problems_fini(&problems);
  sw_conn_close(conn);
  sw_engine_close(engine);
  return s;
}

sw_status sw_cli_open(const sw_cli *cli, sw_open_mode mode, const char *what, sw_workspace **out, sw_error *err) {
  char home[4096];
  sw_cli_packs_home(home, sizeof home);
  sw_workspace_options o = {.dir = cli->workspace, .packs_home = home[0] ? home : NULL, .lock = mode == SW_OPEN_WRITE ? what : NULL,
                            .now_us = sw_now_us(), .without_packs = mode == SW_OPEN_LEDGER};
  return open_checked(cli, &o, out, err);
}

sw_status sw_cli_with_ledger(sw_cli *cli, sw_cli_ledger_body body, sw_error *err) {
  sw_workspace *w = NULL;
  sw_ledger *l = NULL;
  sw_status s = sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &w, err);
  if (s == SW_OK) s = sw_workspace_ledger(w, &l, err);
  if (s == SW_OK) s = body(cli, l, err);
  sw_ledger_close(l);
  sw_workspace_close(w);
  return s;
}
