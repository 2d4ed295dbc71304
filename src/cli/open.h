/* Opening the workspace that a command works on, with every problem of its packs shown at once. */
#ifndef SW_CLI_OPEN_H
#define SW_CLI_OPEN_H

#include "cli/command.h"
#include "workspace/workspace.h"

typedef enum sw_open_mode {
  SW_OPEN_LEDGER, /* a reader: no packs, no lock; the ledger beside a run, the warehouse read-only when no run has it */
  SW_OPEN_PACKS,  /* a reader with packs */
  SW_OPEN_WRITE   /* the one writer, with packs */
} sw_open_mode;

/* `what` names the command in the lock ("suwen run hospital-daily"). Problems of packs are printed one a line on standard
 * error; err then counts them. */
SW_CHECKED sw_status sw_cli_open(const sw_cli *cli, sw_open_mode mode, const char *what, sw_workspace **out, sw_error *err);
/* What a listing of the ledger does, also while a run is going: opens, reads by `body`, closes. */
typedef sw_status (*sw_cli_ledger_body)(sw_cli *cli, sw_ledger *l, sw_error *err);
SW_CHECKED sw_status sw_cli_with_ledger(sw_cli *cli, sw_cli_ledger_body body, sw_error *err);
/* The directory of the packs that come with the program; "" when there is none. */
void sw_cli_packs_home(char *out, size_t cap);

#endif
