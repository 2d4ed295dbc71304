/* The commands of grouping and catalogues. */
#ifndef SW_CLI_CMD_CODING_H
#define SW_CLI_CMD_CODING_H

#include "cli/command.h"

extern const sw_command SW_CMD_GROUP;
extern const sw_command SW_CMD_CATALOGUE;
extern const sw_command SW_CMD_OPERATIONS;
extern const sw_command SW_CMD_INSURER;
extern const sw_command SW_CMD_RECODE;

/* suwen catalogue rehearse */
SW_CHECKED sw_status sw_cli_rehearse(sw_cli *cli, sw_error *err);

/* suwen group explain CASE */
SW_CHECKED sw_status sw_cli_group_explain(sw_cli *cli, sw_error *err);

#endif
