#include "cli/help.h"

#include "base/utf8.h"

static void print_padded(const char *z, size_t width) {
  size_t w = sw_utf8_width(sw_str_of(z));
  printf("  %s%*s  ", z, (int)(w < width ? width - w : 0), "");
}

static void print_options(const sw_cli *cli, const sw_cli_option *o) {
  for (; o && o->name; o++) {
    char left[80];
    snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter ? "-" : "", o->letter ? o->letter : ' ', o->letter ? ", " : "   ",
             o->name, o->arg ? " " : "", o->arg ? o->arg : "");
    print_padded(left, 24);
    printf("%s%s\n", o->help[cli->lang], o->required ? sw_cli_t(cli, "（必需）", " (required)") : "");
  }
}

static void print_command(const sw_cli *cli, const sw_command *c) {
  printf("%s\n\n  suwen %s%s%s%s\n", c->help[cli->lang], c->name, c->args[0] ? " " : "", c->args,
         c->options && c->options->name ? sw_cli_t(cli, " [选项]", " [options]") : "");
  if (c->details[cli->lang]) printf("\n%s\n", c->details[cli->lang]);
  if (c->options && c->options->name) {
    printf("\n%s\n", sw_cli_t(cli, "选项", "Options"));
    print_options(cli, c->options);
  }
  printf("\n%s\n", sw_cli_t(cli, "通用选项", "Options of every command"));
  print_options(cli, SW_CLI_GLOBAL);
}

static void print_list(const sw_cli *cli) {
  printf("%s\n\n", sw_cli_t(cli, "素问 Suwen —— 医疗数据中台：原始抽取进，治理好的表出，每一行都有交代。",
                            "Suwen: a medical data platform. Raw extracts in, governed tables out, every row accounted for."));
  for (size_t i = 0; SW_COMMANDS[i]; i++) {
    char left[64];
    snprintf(left, sizeof left, "%s %s", SW_COMMANDS[i]->name, SW_COMMANDS[i]->args);
    print_padded(left, 22);
    printf("%s\n", SW_COMMANDS[i]->help[cli->lang]);
  }
  printf("\n%s\n", sw_cli_t(cli, "suwen help 命令 看详情；suwen help exit-codes 看退出码。",
                            "suwen help COMMAND tells more; suwen help exit-codes lists the exit codes."));
}

static void print_exit_codes(const sw_cli *cli) {
  static const struct {
    sw_status status;
    const char *text[2];
  } CODES[] = {
      {SW_OK, {"成功", "success"}},
      {SW_E_USAGE, {"命令或选项写错了", "the command or an option was wrong"}},
      {SW_E_CONFIG, {"内容包或设置有错", "a pack or a setting is wrong"}},
      {SW_E_DATA, {"数据有错，工作无法继续", "the data are wrong in a way that stops the work"}},
      {SW_E_NOTFOUND, {"指名的东西不存在", "a named thing does not exist"}},
      {SW_E_EXISTS, {"已经存在", "it exists already"}},
      {SW_E_IO, {"读写失败", "reading or writing failed"}},
      {SW_E_NOSPACE, {"磁盘已满", "the disk is full"}},
      {SW_E_NOMEM, {"内存不足", "memory was refused"}},
      {SW_E_LIMIT, {"超过规定的上限", "a stated limit was exceeded"}},
      {SW_E_BUSY, {"被占用（例如另一个运行）", "somebody else holds it (another run)"}},
      {SW_E_ENGINE, {"分析引擎出错", "the analytical engine failed"}},
      {SW_E_LEDGER, {"台账出错", "the ledger failed"}},
      {SW_E_BALANCE, {"行账不平", "a row ledger does not balance"}},
      {SW_E_TIMEOUT, {"超时", "a time limit passed"}},
      {SW_E_DENIED, {"出于安全被拒绝", "refused for safety, or no permission"}},
      {SW_E_INTERNAL, {"素问自身的缺陷", "a defect of Suwen"}},
      {SW_E_CANCELLED, {"按要求停止（Ctrl-C）", "stopped as asked (Ctrl-C)"}},
  };
  for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
    printf("%4d  %-10s %s\n", sw_status_exit_code(CODES[i].status), sw_status_name(CODES[i].status), CODES[i].text[cli->lang]);
}

void sw_help_print(const sw_cli *cli, const sw_command *command) {
  if (command) print_command(cli, command);
  else print_list(cli);
}

void sw_help_version(void) { printf("suwen %s\n", SW_VERSION); }

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *name = sw_cli_arg(cli, 0);
  if (!name) return print_list(cli), SW_OK;
  if (strcmp(name, "exit-codes") == 0) return print_exit_codes(cli), SW_OK;
  for (size_t i = 0; SW_COMMANDS[i]; i++)
    if (strcmp(SW_COMMANDS[i]->name, name) == 0) return print_command(cli, SW_COMMANDS[i]), SW_OK;
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0007", "没有命令 %s；见 suwen help", "unknown command %s; see suwen help", name);
}

const sw_command SW_CMD_HELP = {
    .name = "help",
    .args = "[CMD]",
    .max_args = 1,
    .help = {"显示帮助", "show help"},
    .run = run,
};
