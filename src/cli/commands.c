/* The commands of the program, in the order in which help lists them. Each lives in cmd_<name>.c. */
#include "cli/command.h"
#include "cli/cmd_coding.h"
#include "cli/cmd_identity.h"
#include "cli/help.h"

const sw_command *const SW_COMMANDS[] = {
    &SW_CMD_GROUP,
    &SW_CMD_CATALOGUE,
    &SW_CMD_IDENTIFY,
    &SW_CMD_HELP,
    NULL,
};
