/* The commands of the program, in the order in which help lists them. Each lives in cmd_<name>.c. */
#include "cli/command.h"
#include "cli/cmd_coding.h"
#include "cli/cmd_identity.h"
#include "cli/cmd_quality.h"
#include "cli/cmd_synth.h"
#include "cli/help.h"

extern const sw_command SW_CMD_INIT, SW_CMD_RUN, SW_CMD_RUNS, SW_CMD_STEPS, SW_CMD_ROWS, SW_CMD_QUERY, SW_CMD_DOCTOR, SW_CMD_SCHEDULE,
    SW_CMD_REJECTS, SW_CMD_WARNINGS, SW_CMD_REPORT, SW_CMD_DRAFT, SW_CMD_PACK, SW_CMD_STANDARD;

const sw_command *const SW_COMMANDS[] = {
    &SW_CMD_INIT,
    &SW_CMD_RUN,
    &SW_CMD_RUNS,
    &SW_CMD_STEPS,
    &SW_CMD_ROWS,
    &SW_CMD_REJECTS,
    &SW_CMD_WARNINGS,
    &SW_CMD_CHECK,
    &SW_CMD_FAILURES,
    &SW_CMD_SCORES,
    &SW_CMD_FINDINGS,
    &SW_CMD_RETURNED,
    &SW_CMD_PROFILE,
    &SW_CMD_RECONCILE,
    &SW_CMD_TREND,
    &SW_CMD_QUERY,
    &SW_CMD_REPORT,
    &SW_CMD_SCHEDULE,
    &SW_CMD_DRAFT,
    &SW_CMD_PACK,
    &SW_CMD_STANDARD,
    &SW_CMD_RECODE,
    &SW_CMD_GROUP,
    &SW_CMD_CATALOGUE,
    &SW_CMD_OPERATIONS,
    &SW_CMD_INSURER,
    &SW_CMD_IDENTIFY,
    &SW_CMD_PERSON,
    &SW_CMD_DOCTOR,
    &SW_CMD_SYNTH,
    &SW_CMD_HELP,
    NULL,
};
