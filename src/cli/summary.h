/* What a run came to, short enough for one screen: shared by `suwen run`, `suwen rows --summary` and `suwen warnings`. */
#ifndef SW_CLI_SUMMARY_H
#define SW_CLI_SUMMARY_H

#include "cli/command.h"
#include "ledger/ledger.h"

/* What came in with a run, from the ledger. */
typedef struct sw_delivered {
  int64_t batches, records, landed, rejected, skipped, bytes;
  int64_t warned;   /* batches with warnings */
  int64_t warnings; /* of all of them */
} sw_delivered;
SW_CHECKED sw_status sw_cli_delivered(sw_ledger *l, const char *run, sw_delivered *out, sw_error *err);

/* Lines after a run: what came in, and its warnings, those of many files that say the same as one line, at most `lines` of them,
 * with the command that shows all. */
SW_CHECKED sw_status sw_cli_say_delivered(const sw_cli *cli, sw_ledger *l, const char *run, size_t lines, sw_error *err);

/* The row ledger of a run added up by operator, as a listing; as a table with the run and what came in before it. */
SW_CHECKED sw_status sw_cli_run_summary(sw_cli *cli, sw_ledger *l, const char *run, sw_error *err);

#endif
