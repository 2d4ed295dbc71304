/* `suwen help`, `suwen --version` and the exit codes. */
#ifndef SW_CLI_HELP_H
#define SW_CLI_HELP_H

#include "cli/command.h"

extern const sw_cli_option *const SW_CLI_GLOBAL; /* options that every command takes */
extern const sw_command SW_CMD_HELP;

/* The list of commands (command NULL) or one command's page, on standard output. */
void sw_help_print(const sw_cli *cli, const sw_command *command);
void sw_help_version(void);

#endif
