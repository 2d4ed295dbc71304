/* A command of the program: a table row of name, help, options and one function; a thin skin over the library.
 *
 *   static const sw_cli_option OPTIONS[] = {
 *     {.name = "out", .arg = "DIR", .required = true, .help = {"写到哪个目录", "directory to write to"}},
 *     {.name = "no-faults", .help = {"不注入错误", "inject no faults"}},
 *     {0}};
 *   const sw_command SW_CMD_SYNTH = {.name = "synth", .args = "", .help = {"…", "…"}, .options = OPTIONS, .run = run};
 *
 * and a line in commands.c. Every command also takes the global options (--lang, --json, --csv, --quiet, -C DIR, --help).
 * A command prints its result through a listing (listing.h) or sw_cli_say, never by printf. */
#ifndef SW_CLI_COMMAND_H
#define SW_CLI_COMMAND_H

#include "base/task.h"

enum { SW_CLI_MAX_OPTIONS = 24, SW_CLI_MAX_VALUES = 64 };

typedef struct sw_cli_option {
  const char *name; /* long name without dashes; {0} ends the list */
  char letter;      /* optional short form */
  const char *arg;  /* name of the value for help ("DIR"); NULL: a flag */
  bool required;
  bool repeat;      /* may be given several times */
  const char *help[2]; /* by sw_lang */
} sw_cli_option;

typedef enum sw_out_format { SW_OUT_TABLE, SW_OUT_JSON, SW_OUT_CSV } sw_out_format;

typedef struct sw_cli sw_cli;

typedef struct sw_command {
  const char *name;
  const char *args;        /* positional arguments for help: "FLOW", "[TABLE]", "A B" */
  int min_args, max_args;  /* -1 as max_args: any number */
  const char *help[2];     /* one line */
  const char *details[2];  /* paragraphs for `suwen help NAME`; may be NULL */
  const sw_cli_option *options; /* may be NULL */
  sw_status (*run)(sw_cli *cli, sw_error *err);
} sw_command;

extern const sw_command *const SW_COMMANDS[]; /* NULL ends; in the order of help */

struct sw_cli {
  const sw_command *command;
  sw_lang lang;
  sw_out_format format;
  bool quiet;             /* no progress, no messages */
  bool terminal;          /* standard output is a terminal */
  const char *workspace;  /* -C DIR; default "." */
  sw_cancel *cancel;      /* Ctrl-C and SIGTERM ask it */
  const sw_events *events; /* progress and messages on standard error */
  const char *args[SW_CLI_MAX_VALUES];
  int nargs;
  struct {
    const sw_cli_option *option;
    const char *value;
  } given[SW_CLI_MAX_VALUES];
  int ngiven;
};

/* Values of this call. Strings live as long as argv. */
const char *sw_cli_arg(const sw_cli *cli, int i);                    /* NULL past the end */
const char *sw_cli_opt(const sw_cli *cli, const char *name);         /* NULL when not given; the last one wins */
const char *sw_cli_opt_nth(const sw_cli *cli, const char *name, int n); /* of a repeated option; NULL past the end */
bool sw_cli_flag(const sw_cli *cli, const char *name);
/* An integer option within [lo, hi]; `fallback` when not given. */
SW_CHECKED sw_status sw_cli_opt_i64(const sw_cli *cli, const char *name, int64_t fallback, int64_t lo, int64_t hi,
                                    int64_t *out, sw_error *err);

/* A line of result text on standard output in the user's language (no newline needed). */
void sw_cli_say(const sw_cli *cli, const char *zh, const char *en, ...) SW_PRINTF(2, 4) SW_PRINTF(3, 4);
/* Raw bytes to standard output (reports, exports). SW_E_IO when the reader went away. */
SW_CHECKED sw_status sw_cli_write(const void *p, size_t n, sw_error *err);
/* Picks by language: sw_cli_t(cli, "表", "table"). */
static inline const char *sw_cli_t(const sw_cli *cli, const char *zh, const char *en) {
  return cli->lang == SW_LANG_ZH ? zh : en;
}

/* Parses argv (without the program's name) and runs the command; prints errors; returns the exit code. */
int sw_cli_main(int argc, char **argv);

#endif
