/* Parsing of the command line and the shared ways to print. */
#include "cli/command.h"

#include "cli/progress.h"
#include "cli/help.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

const char *sw_cli_arg(const sw_cli *cli, int i) { return i >= 0 && i < cli->nargs ? cli->args[i] : NULL; }

const char *sw_cli_opt(const sw_cli *cli, const char *name) {
  for (int i = cli->ngiven; i-- > 0;)
    if (strcmp(cli->given[i].option->name, name) == 0) return cli->given[i].value;
  return NULL;
}

const char *sw_cli_opt_nth(const sw_cli *cli, const char *name, int n) {
  for (int i = 0; i < cli->ngiven; i++)
    if (strcmp(cli->given[i].option->name, name) == 0 && n-- == 0) return cli->given[i].value;
  return NULL;
}

bool sw_cli_flag(const sw_cli *cli, const char *name) { return sw_cli_opt(cli, name) != NULL; }

sw_status sw_cli_opt_i64(const sw_cli *cli, const char *name, int64_t fallback, int64_t lo, int64_t hi, int64_t *out,
                         sw_error *err) {
  const char *z = sw_cli_opt(cli, name);
  *out = fallback;
  if (!z) return SW_OK;
  if (sw_str_to_i64(sw_str_of(z), out) && *out >= lo && *out <= hi) return SW_OK;
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0001", "--%s 应为 %lld 到 %lld 的整数，得到 %s",
                 "--%s takes a whole number from %lld to %lld, not %s", name, (long long)lo, (long long)hi, z);
}

void sw_cli_say(const sw_cli *cli, const char *zh, const char *en, ...) {
  va_list ap;
  va_start(ap, en);
  vprintf(cli->lang == SW_LANG_ZH ? zh : en, ap);
  va_end(ap);
  putchar('\n');
}

sw_status sw_cli_write(const void *p, size_t n, sw_error *err) {
  if (!n || fwrite(p, 1, n, stdout) == n) return SW_OK;
  return SW_FAIL_ERRNO(err, "SW-CLI-0002", "无法写到标准输出", "cannot write to standard output");
}

static const sw_cli_option GLOBAL[] = {
    {.name = "lang", .arg = "zh|en", .help = {"消息的语言（默认取自区域设置）", "language of messages (default: by locale)"}},
    {.name = "json", .help = {"以 JSON 输出", "print JSON"}},
    {.name = "csv", .help = {"以 CSV 输出", "print CSV"}},
    {.name = "quiet", .letter = 'q', .help = {"不显示进度和消息", "no progress, no messages"}},
    {.name = "workspace", .letter = 'C', .arg = "DIR", .help = {"工作区目录（默认为当前目录）", "workspace directory (default: here)"}},
    {.name = "help", .letter = 'h', .help = {"显示帮助", "show help"}},
    {0}};
const sw_cli_option *const SW_CLI_GLOBAL = GLOBAL;

static sw_lang lang_of_locale(void) {
  static const char *const VARS[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
  for (size_t i = 0; i < 3; i++) {
    const char *v = getenv(VARS[i]);
    if (v && *v) return strncmp(v, "zh", 2) == 0 ? SW_LANG_ZH : SW_LANG_EN;
  }
  return SW_LANG_EN;
}

static const sw_cli_option *find(const sw_cli_option *list, sw_str name, char letter) {
  for (; list && list->name; list++)
    if (letter ? list->letter == letter : sw_str_eqz(name, list->name)) return list;
  return NULL;
}

typedef struct parser {
  int argc, at;
  char **argv;
  sw_cli *cli;
} parser;

static sw_status keep(parser *p, const sw_cli_option *o, const char *value, sw_error *err) {
  if (p->cli->ngiven == SW_CLI_MAX_VALUES)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0003", "选项太多", "too many options");
  p->cli->given[p->cli->ngiven].option = o;
  p->cli->given[p->cli->ngiven++].value = value;
  return SW_OK;
}

/* The long name of an option of this call: no value, though `--name=--other` would make it one. */
static bool is_option(const parser *p, const char *word) {
  if (strncmp(word, "--", 2) != 0 || !word[2]) return false;
  const char *eq = strchr(word, '=');
  sw_str name = {word + 2, eq ? (size_t)(eq - word - 2) : strlen(word + 2)};
  return (p->cli->command && find(p->cli->command->options, name, '\0')) || find(GLOBAL, name, '\0');
}

static sw_status take_option(parser *p, const char *word, sw_error *err) {
  bool is_long = word[1] == '-';
  const char *eq = is_long ? strchr(word, '=') : NULL;
  sw_str name = is_long ? (sw_str){word + 2, eq ? (size_t)(eq - word - 2) : strlen(word + 2)} : SW_LIT("");
  char letter = is_long ? '\0' : word[1];
  const sw_cli_option *o = p->cli->command ? find(p->cli->command->options, name, letter) : NULL;
  if (!o) o = find(GLOBAL, name, letter);
  if (!o)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0004", "没有选项 %s；见 suwen help %s", "unknown option %s; see suwen help %s", word,
                   p->cli->command ? p->cli->command->name : "");
  if (!o->arg) {
    if (eq || (!is_long && word[2])) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0005", "选项 --%s 不带值", "option --%s takes no value", o->name);
    return keep(p, o, "", err);
  }
  if (eq) return keep(p, o, eq + 1, err);
  if (!is_long && word[2]) return keep(p, o, word + 2, err);
  if (p->at >= p->argc || is_option(p, p->argv[p->at]))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0006", "选项 %s 需要一个值（%s）", "option %s needs a value (%s)", word, o->arg);
  return keep(p, o, p->argv[p->at++], err);
}

static sw_status take_word(parser *p, const char *word, sw_error *err) {
  sw_cli *cli = p->cli;
  if (!cli->command) {
    for (size_t i = 0; SW_COMMANDS[i]; i++)
      if (strcmp(SW_COMMANDS[i]->name, word) == 0) cli->command = SW_COMMANDS[i];
    if (cli->command) return SW_OK;
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0007", "没有命令 %s；见 suwen help", "unknown command %s; see suwen help", word);
  }
  if (cli->nargs == SW_CLI_MAX_VALUES) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0008", "参数太多", "too many arguments");
  cli->args[cli->nargs++] = word;
  return SW_OK;
}

static sw_status apply_globals(sw_cli *cli, sw_error *err) {
  const char *lang = sw_cli_opt(cli, "lang");
  if (lang && strcmp(lang, "zh") != 0 && strcmp(lang, "en") != 0)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0009", "--lang 应为 zh 或 en，得到 %s", "--lang takes zh or en, not %s", lang);
  if (lang) cli->lang = lang[0] == 'z' ? SW_LANG_ZH : SW_LANG_EN;
  if (sw_cli_flag(cli, "json")) cli->format = SW_OUT_JSON;
  if (sw_cli_flag(cli, "csv")) cli->format = SW_OUT_CSV;
  cli->quiet = sw_cli_flag(cli, "quiet");
  if (sw_cli_opt(cli, "workspace")) cli->workspace = sw_cli_opt(cli, "workspace");
  return SW_OK;
}

static sw_status check_call(const sw_cli *cli, sw_error *err) {
  const sw_command *c = cli->command;
  if (cli->nargs < c->min_args)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0010", "缺少参数：suwen %s %s", "missing argument: suwen %s %s", c->name, c->args);
  if (c->max_args >= 0 && cli->nargs > c->max_args)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0011", "多余的参数 %s：suwen %s %s", "extra argument %s: suwen %s %s",
                   cli->args[c->max_args], c->name, c->args);
  for (const sw_cli_option *o = c->options; o && o->name; o++) {
    if (o->required && !sw_cli_opt(cli, o->name))
      return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0012", "缺少选项 --%s %s；见 suwen help %s",
                     "missing option --%s %s; see suwen help %s", o->name, o->arg ? o->arg : "", c->name);
    if (!o->repeat && sw_cli_opt_nth(cli, o->name, 1))
      return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0013", "选项 --%s 给了多次", "option --%s is given more than once", o->name);
  }
  return SW_OK;
}

static sw_status parse(parser *p, sw_error *err) {
  bool only_words = false;
  while (p->at < p->argc) {
    const char *word = p->argv[p->at++];
    sw_status s;
    if (only_words || word[0] != '-' || !word[1]) s = take_word(p, word, err);
    else if (strcmp(word, "--") == 0) {
      only_words = true;
      continue;
    } else s = take_option(p, word, err);
    if (s != SW_OK) return s;
  }
  return apply_globals(p->cli, err);
}

static sw_cancel INTERRUPT; /* the one thing that a signal handler may touch */
static volatile sig_atomic_t ASKED;

static void on_signal(int sig) {
  if (ASKED++) _exit(128 + sig); /* a second Ctrl-C means now; the next run resumes as after a crash */
  sw_cancel_ask(&INTERRUPT);
}

static void catch_signals(void) {
  struct sigaction sa = {.sa_handler = on_signal};
  sigemptyset(&sa.sa_mask);
  sigaction(SIGINT, &sa, NULL);
  sigaction(SIGTERM, &sa, NULL);
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigaction(SIGPIPE, &ignore, NULL); /* writing to a closed pipe is an error like any other */
  sigaction(SIGXFSZ, &ignore, NULL);
}

static void print_error(const sw_cli *cli, const sw_error *err) {
  char text[SW_ERROR_MSG + SW_ERROR_FILE + SW_ERROR_FRAMES * SW_ERROR_FRAME];
  sw_error_format(err, cli->lang, text, sizeof text);
  fflush(stdout);
  fprintf(stderr, "%s%s\n", cli->lang == SW_LANG_ZH ? "错误：" : "error: ", text);
}

int sw_cli_main(int argc, char **argv) {
  sw_cli cli = {.lang = lang_of_locale(), .workspace = ".", .cancel = &INTERRUPT, .terminal = isatty(STDOUT_FILENO) == 1};
  sw_error err = SW_ERROR_INIT;
  parser p = {.argc = argc, .argv = argv, .cli = &cli};
  if (argc && (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-V") == 0)) return sw_help_version(), 0;
  catch_signals();
  sw_status s = parse(&p, &err);
  const char *lang = s == SW_OK ? NULL : sw_cli_opt(&cli, "lang"); /* what is wrong is told in the language asked for before it */
  if (lang && (strcmp(lang, "zh") == 0 || strcmp(lang, "en") == 0)) cli.lang = lang[0] == 'z' ? SW_LANG_ZH : SW_LANG_EN;
  if (s == SW_OK && (!cli.command || sw_cli_flag(&cli, "help"))) {
    sw_help_print(&cli, cli.command);
    return cli.command || sw_cli_flag(&cli, "help") ? 0 : sw_status_exit_code(SW_E_USAGE);
  }
  sw_progress progress;
  sw_progress_begin(&progress, &cli);
  if (s == SW_OK) s = check_call(&cli, &err);
  if (s == SW_OK) s = cli.command->run(&cli, &err);
  sw_progress_end(&progress);
  if (s == SW_OK && (fflush(stdout) != 0 || ferror(stdout)))
    s = SW_FAIL_ERRNO(&err, "SW-CLI-0002", "无法写到标准输出", "cannot write to standard output");
  if (s != SW_OK) print_error(&cli, &err);
  return sw_status_exit_code(s);
}
