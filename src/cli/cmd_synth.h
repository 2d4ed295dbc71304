/* The command that makes a synthetic region. */
#ifndef SW_CLI_CMD_SYNTH_H
#define SW_CLI_CMD_SYNTH_H

#include "cli/command.h"

extern const sw_command SW_CMD_SYNTH;

#endif
