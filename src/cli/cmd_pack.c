/* suwen pack check [DIR]…; suwen pack docs [--schema KIND] */
#include "cli/command.h"
#include "cli/open.h"
#include "base/fs.h"
#include "operator/operator.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "schema", .arg = "KIND", .help = {"docs：输出一种对象的 JSON Schema", "docs: the JSON Schema of one kind"}},
    {0}};

/* The packs to check: those named, else the workspace's, else the directory itself when it is a pack. */
static sw_status check_dirs(const sw_cli *cli, const sw_pack_registry *registry, sw_error *err) {
  const char *dirs[SW_CLI_MAX_VALUES];
  char home[4096], packs[4200];
  size_t n = 0;
  while (n + 1 < (size_t)cli->nargs) {
    dirs[n] = sw_cli_arg(cli, (int)n + 1);
    n++;
  }
  if (!n) dirs[n++] = cli->workspace;
  sw_cli_packs_home(home, sizeof home);
  snprintf(packs, sizeof packs, "%s/packs", cli->workspace);
  const char *search[] = {packs, home};
  sw_pack_options o = {.dirs = dirs, .ndirs = n, .search = search, .nsearch = home[0] ? 2 : 1, .registry = registry};
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_status s = sw_pack_check(&o, cli->lang, &text, err);
  sw_error lost = SW_ERROR_INIT;
  sw_status w = sw_cli_write(text.ptr, text.len, &lost);
  if (s == SW_E_CONFIG) { /* the problems are listed above, each with its place */
    sw_error_clear(err);
    return SW_FAIL(err, SW_E_CONFIG, "SW-CLI-0061", "内容包有问题（见上）", "the packs have problems (above)");
  }
  return s != SW_OK ? s : w;
}

/* In a workspace the packs are those of suwen.yaml, with their requirements. */
static sw_status check_workspace(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_status s = sw_cli_open(cli, SW_OPEN_PACKS, NULL, &w, err);
  if (s == SW_OK) {
    const sw_pack_set *set = sw_workspace_packs(w);
    for (size_t i = 0; i < sw_pack_npacks(set); i++) {
      const sw_pack_info *p = sw_pack_info_at(set, i);
      sw_cli_say(cli, "%.*s %.*s：没有问题", "%.*s %.*s: no problems", SW_STR_ARG(p->name), SW_STR_ARG(p->version));
    }
    sw_cli_say(cli, "共 %zu 个对象，指纹 %.12s", "%zu objects, fingerprint %.12s", sw_pack_count(set, NULL), sw_pack_hash(set));
  }
  sw_workspace_close(w);
  return s;
}

static sw_status check(sw_cli *cli, sw_error *err) {
  char yaml[4200];
  snprintf(yaml, sizeof yaml, "%s/suwen.yaml", cli->workspace);
  if (cli->nargs == 1 && sw_fs_exists(yaml)) return check_workspace(cli, err);
  sw_engine *engine = NULL;
  sw_conn *conn = NULL;
  sw_pack_registry registry;
  sw_status s = sw_engine_open(&(sw_engine_options){.threads = 1, .memory_limit = INT64_C(256) << 20}, &engine, err);
  if (s == SW_OK) s = sw_conn_open(engine, &conn, err);
  if (s == SW_OK) {
    sw_operator_registry_with(conn, &registry);
    s = check_dirs(cli, &registry, err);
  }
  sw_conn_close(conn);
  sw_engine_close(engine);
  return s;
}

static sw_status docs(sw_cli *cli, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  const char *kind = sw_cli_opt(cli, "schema");
  sw_status s = kind ? sw_pack_schema(sw_operator_registry(), kind, &text, err) : sw_pack_docs(sw_operator_registry(), cli->lang, &text, err);
  if (s == SW_OK) s = sw_buf_check(&text, err);
  return s == SW_OK ? sw_cli_write(text.ptr, text.len, err) : s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *what = sw_cli_arg(cli, 0);
  if (strcmp(what, "check") == 0) return check(cli, err);
  if (strcmp(what, "docs") == 0) return docs(cli, err);
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0060", "suwen pack 之后应是 check 或 docs，得到 %s", "suwen pack takes check or docs, not %s", what);
}

const sw_command SW_CMD_PACK = {
    .name = "pack", .args = "check|docs [DIR]…", .min_args = 1, .max_args = -1,
    .help = {"检查内容包，或输出其参考手册", "check packs, or print their reference"},
    .details = {"check：不写目录时检查工作区的内容包；一次报出全部问题，每个一行（文件:行:列）。\ndocs：按配置表生成的参考手册（Markdown）；--schema 输出 JSON Schema，供编辑器使用。",
                "check: without a directory, the packs of the workspace; all problems at once, one line each (file:line:column).\n"
                "docs: the reference, made from the config maps (Markdown); --schema prints a JSON Schema for editors."},
    .options = OPTIONS, .run = run};
