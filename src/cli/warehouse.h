/* What commands over the warehouse share: reading it, listing a query's rows, and having a flow's step run again. */
#ifndef SW_CLI_WAREHOUSE_H
#define SW_CLI_WAREHOUSE_H

#include "cli/listing.h"
#include "cli/open.h"
#include "engine/rows.h"

/* The warehouse of cli->workspace, read-only, without lock and packs. Close with sw_cli_warehouse_close. */
typedef struct sw_cli_warehouse {
  sw_workspace *workspace;
  sw_conn *conn;
} sw_cli_warehouse;

SW_CHECKED sw_status sw_cli_warehouse_open(const sw_cli *cli, sw_cli_warehouse *out, sw_error *err);
void sw_cli_warehouse_close(sw_cli_warehouse *w);
/* A table of the flow's results; NOTFOUND says which step makes it. */
SW_CHECKED sw_status sw_cli_need_table(sw_conn *c, const char *schema, const char *table, const char *made_by, sw_error *err);

/* Lists rows; they stay the caller's. Ctrl-C ends it with CANCELLED, never with a list that is cut short in silence. */
SW_CHECKED sw_status sw_cli_list_rows(const sw_cli *cli, sw_rows *rows, const sw_listing_column *columns, size_t ncolumns, sw_error *err);
/* Lists a query's rows: one column of the query for each of the listing, in order. */
SW_CHECKED sw_status sw_cli_list_query(const sw_cli *cli, sw_conn *c, const char *sql, const sw_param *params, size_t nparams,
                                       const sw_listing_column *columns, size_t ncolumns, sw_error *err);

/* Runs the first flow that has a step of this operator, from that step, with the logical time of its last run. A flow that never
 * ran is left alone: *ran tells. `w` is open for writing. */
SW_CHECKED sw_status sw_cli_rerun(const sw_cli *cli, sw_workspace *w, const char *op, bool *ran, sw_error *err);

/* Who decides: --who, else the user of the system. */
const char *sw_cli_who(const sw_cli *cli, char buf[64]);

#endif
