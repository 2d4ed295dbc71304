/* suwen doctor: is this machine fit, and is this workspace well? */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"

#include "base/fs.h"
#include "base/pool.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

static const sw_listing_column COLUMNS[] = {
    {"check", {"检查项", "check"}, SW_CELL_TEXT},
    {"value", {"结果", "value"}, SW_CELL_TEXT},
    {"state", {"状态", "state"}, SW_CELL_STATE},
    {"advice", {"建议", "advice"}, SW_CELL_TEXT},
};

typedef struct report {
  sw_listing list;
  const sw_cli *cli;
  int failed, warned;
} report;

typedef enum verdict { FINE, WARN, FAIL } verdict;

static void line(report *r, const char *zh, const char *en, const char *value, verdict v, const char *advice_zh, const char *advice_en) {
  static const char *const WORD[] = {"ok", "warning", "failed"};
  sw_listing_strz(&r->list, sw_cli_t(r->cli, zh, en));
  sw_listing_strz(&r->list, value);
  sw_listing_strz(&r->list, WORD[v]);
  const char *advice = v == FINE ? NULL : sw_cli_t(r->cli, advice_zh, advice_en);
  sw_listing_strz(&r->list, advice);
  sw_listing_row(&r->list);
  r->failed += v == FAIL;
  r->warned += v == WARN;
}

static int64_t memory_bytes(void) {
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? (int64_t)pages * size : 0;
}

static void check_machine(report *r) {
  char text[256], human[32];
  struct utsname u;
  if (uname(&u) == 0) {
    snprintf(text, sizeof text, "%.60s %.60s %.60s", u.sysname, u.release, u.machine);
    line(r, "操作系统", "system", text, FINE, NULL, NULL);
  }
  size_t cpus = sw_cpu_count();
  snprintf(text, sizeof text, "%zu", cpus);
  line(r, "可用 CPU", "CPUs to use", text, cpus >= 2 ? FINE : WARN, "建议至少 2 个", "two or more are advised");
  int64_t memory = memory_bytes();
  sw_human_bytes(memory, human);
  line(r, "内存", "memory", human, memory >= INT64_C(4) << 30 ? FINE : WARN, "建议至少 4 GiB", "4 GiB or more are advised");
#if defined(__x86_64__)
  bool avx2 = __builtin_cpu_supports("avx2");
  line(r, "向量指令", "vector instructions", avx2 ? "AVX2" : "SSE2", FINE, NULL, NULL);
#endif
}

static void check_limits(report *r) {
  struct rlimit f;
  char text[64];
  if (getrlimit(RLIMIT_NOFILE, &f) != 0) return;
  snprintf(text, sizeof text, "%llu", (unsigned long long)f.rlim_cur);
  line(r, "可打开文件数", "open files", text, f.rlim_cur >= 1024 ? FINE : WARN, "用 ulimit -n 提高到 1024 以上", "raise it to 1024 with ulimit -n");
  struct rlimit size;
  bool limited = getrlimit(RLIMIT_FSIZE, &size) == 0 && size.rlim_cur != RLIM_INFINITY;
  line(r, "文件大小上限", "file size limit", limited ? sw_cli_t(r->cli, "有", "set") : sw_cli_t(r->cli, "无", "none"), limited ? WARN : FINE,
       "用 ulimit -f unlimited 取消", "remove it with ulimit -f unlimited");
}

static void check_disk(report *r, const char *dir) {
  char human[32];
  int64_t bytes = sw_fs_free_bytes(dir);
  sw_human_bytes(bytes, human);
  verdict v = bytes >= INT64_C(20) << 30 ? FINE : bytes >= INT64_C(2) << 30 ? WARN : FAIL;
  line(r, "空闲磁盘", "free disk", human, v, "腾出空间：建议为原始数据的 5 倍", "make room: five times the raw data is advised");
}

static void check_packs(report *r) {
  char home[4096];
  sw_cli_packs_home(home, sizeof home);
  line(r, "随附内容包", "packs of the program", home[0] ? home : "–", home[0] ? FINE : WARN, "用环境变量 SUWEN_PACKS 指明 packs 目录",
       "name the packs directory in SUWEN_PACKS");
}

static void check_workspace(report *r, const sw_cli *cli) {
  sw_error e = SW_ERROR_INIT;
  sw_workspace *w = NULL;
  sw_ledger *l = NULL;
  char path[4096], text[64];
  snprintf(path, sizeof path, "%s/suwen.yaml", cli->workspace);
  if (!sw_fs_exists(path)) {
    line(r, "工作区", "workspace", sw_cli_t(cli, "当前目录不是工作区", "this directory is none"), FINE, NULL, NULL);
    return;
  }
  sw_status s = sw_cli_open(cli, SW_OPEN_PACKS, NULL, &w, &e);
  line(r, "工作区与内容包", "workspace and packs", s == SW_OK ? sw_workspace_dir(w) : e.code, s == SW_OK ? FINE : FAIL, e.msg[0], e.msg[1]);
  if (s == SW_OK) {
    sw_error_clear(&e);
    s = sw_workspace_ledger(w, &l, &e);
    if (s == SW_OK) s = sw_ledger_verify(l, &e);
    if (l) snprintf(text, sizeof text, "schema %d", sw_ledger_schema(l));
    line(r, "台账完整性", "ledger", s == SW_OK ? text : e.code, s == SW_OK ? FINE : FAIL, e.msg[0], e.msg[1]);
  }
  sw_ledger_close(l);
  sw_workspace_close(w);
}

static sw_status run(sw_cli *cli, sw_error *err) {
  report r = {.cli = cli};
  sw_listing_begin(&r.list, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  line(&r, "素问", "Suwen", SW_VERSION, FINE, NULL, NULL);
  line(&r, "分析引擎 DuckDB", "engine DuckDB", sw_engine_version(), FINE, NULL, NULL);
  check_machine(&r);
  check_limits(&r);
  check_disk(&r, cli->workspace);
  check_packs(&r);
  check_workspace(&r, cli);
  sw_status s = sw_listing_end(&r.list, err);
  if (s == SW_OK && cli->format == SW_OUT_TABLE)
    sw_cli_say(cli, "\n%d 项不合格，%d 项值得注意", "\n%d failed, %d worth attention", r.failed, r.warned);
  if (s == SW_OK && r.failed) s = SW_FAIL(err, SW_E_CONFIG, "SW-CLI-0040", "有 %d 项不合格", "%d checks failed", r.failed);
  return s;
}

const sw_command SW_CMD_DOCTOR = {
    .name = "doctor", .args = "", .help = {"检查机器、上限、版本、磁盘和工作区", "check machine, limits, versions, disk and workspace"}, .run = run};
