/* Commands about persons: identify, person. */
#ifndef SW_CLI_CMD_IDENTITY_H
#define SW_CLI_CMD_IDENTITY_H

#include "cli/command.h"

extern const sw_command SW_CMD_IDENTIFY, SW_CMD_PERSON;

#endif
