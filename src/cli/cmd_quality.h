/* The commands of data quality. */
#ifndef SW_CLI_CMD_QUALITY_H
#define SW_CLI_CMD_QUALITY_H

#include "cli/command.h"

extern const sw_command SW_CMD_CHECK, SW_CMD_FAILURES, SW_CMD_FINDINGS, SW_CMD_PROFILE, SW_CMD_RECONCILE, SW_CMD_RETURNED, SW_CMD_SCORES, SW_CMD_TREND;

#endif
