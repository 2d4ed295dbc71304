/* suwen init DIR [--pack NAME]… */
#include "cli/command.h"
#include "cli/open.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "pack", .arg = "NAME", .repeat = true, .help = {"要安装的内容包（可多次给出；默认 hospital）", "pack to install (may be repeated; default: hospital)"}},
    {0}};

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *packs[SW_CLI_MAX_VALUES];
  size_t n = 0;
  while (n < SW_CLI_MAX_VALUES && (packs[n] = sw_cli_opt_nth(cli, "pack", (int)n))) n++;
  if (!n) packs[n++] = "hospital";
  char home[4096];
  sw_cli_packs_home(home, sizeof home);
  const char *dir = sw_cli_arg(cli, 0);
  sw_workspace_options o = {.dir = dir, .packs_home = home[0] ? home : NULL, .now_us = sw_now_us()};
  sw_status s = sw_workspace_init(&o, packs, n, err);
  if (s != SW_OK) return s;
  sw_cli_say(cli, "工作区已建立：%s\n内容包在 %s/packs，设置在 %s/suwen.yaml。下一步：suwen run 流程 -C %s --source 交付目录",
             "The workspace %s is ready.\nPacks are in %s/packs, settings in %s/suwen.yaml. Next: suwen run FLOW -C %s --source DIR", dir, dir, dir, dir);
  return SW_OK;
}

const sw_command SW_CMD_INIT = {
    .name = "init", .args = "DIR", .min_args = 1, .max_args = 1,
    .help = {"建立工作区", "make a workspace"},
    .options = OPTIONS, .run = run};
