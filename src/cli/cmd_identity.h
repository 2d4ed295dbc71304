/* Commands about persons: identify, person. */
#ifndef SW_CLI_CMD_IDENTITY_H
#define SW_CLI_CMD_IDENTITY_H

#include "cli/command.h"
#include "identity/explain.h"

/* Shared by the file and the workspace side of identify. */
SW_CHECKED sw_status sw_cli_list_explanation(sw_cli *cli, const sw_link_explanation *e, sw_error *err);
/* suwen identify WORD without --in: the persons of a workspace. USAGE for an unknown word. */
SW_CHECKED sw_status sw_cli_identify_desk(sw_cli *cli, sw_error *err);

extern const sw_command SW_CMD_IDENTIFY, SW_CMD_PERSON;

#endif
