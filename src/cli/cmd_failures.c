/* suwen failures --rule ID: the failing rows with file, line and the values that the rule read; CSV for the institution. */
#include "cli/cmd_quality.h"
#include "cli/warehouse.h"
#include "quality/failures.h"

#include <stdlib.h>

static const sw_cli_option OPTIONS[] = {
    {.name = "rule", .arg = "ID", .required = true, .help = {"规则编号", "id of the rule"}},
    {.name = "org", .arg = "CODE", .help = {"只列此机构", "only this institution"}},
    {.name = "table", .arg = "TABLE", .help = {"规则所在的表（默认最近一次检查的）", "the rule's table (by default that of the newest check)"}},
    {.name = "run", .arg = "RUN", .help = {"哪一次检查（默认最近一次）", "which check (by default the newest)"}},
    {.name = "limit", .arg = "N", .help = {"最多列多少行（默认全部）", "at most so many rows (all by default)"}},
    {0}};

static sw_status print_rows(sw_cli *cli, sw_rows *rows, sw_error *err) {
  size_t n = sw_rows_ncolumns(rows);
  sw_listing_column *cols = calloc(n + 1, sizeof *cols);
  if (!cols) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  static const char *const known[][2] = {{"规则", "rule"}, {"机构", "institution"}, {"文件", "file"}, {"行", "line"}, {"行号 _row", "_row"}};
  for (size_t i = 0; i < n; i++) {
    const char *name = sw_rows_name(rows, i);
    cols[i] = (sw_listing_column){name, {i < 5 ? known[i][0] : name, i < 5 ? known[i][1] : name}, i == 3 || i == 4 ? SW_CELL_PLAIN : SW_CELL_TEXT};
  }
  sw_status s = sw_cli_list_rows(cli, rows, cols, n, err);
  free(cols);
  return s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_conn *conn = NULL;
  sw_rows *rows = NULL;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_failures_options o = {.rule = sw_cli_opt(cli, "rule"), .org = sw_cli_opt(cli, "org"), .table = sw_cli_opt(cli, "table"), .run = sw_cli_opt(cli, "run")};
  sw_status s = sw_cli_opt_i64(cli, "limit", 0, 1, INT64_MAX, &o.limit, err);
  if (s == SW_OK) s = sw_cli_open(cli, SW_OPEN_PACKS, NULL, &w, err);
  if (s == SW_OK) s = sw_workspace_connect(w, &conn, err);
  if (s == SW_OK) s = sw_quality_failures_sql(conn, sw_workspace_packs(w), &o, cli->cancel, &sql, err);
  if (s == SW_OK) s = sw_query(conn, sql.ptr, SW_NO_PARAMS, cli->cancel, &rows, err);
  if (s == SW_OK) s = print_rows(cli, rows, err);
  sw_rows_free(rows);
  sw_conn_close(conn);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_FAILURES = {
    .name = "failures", .args = "", .max_args = 0,
    .help = {"一条规则的失败行：机构、文件、行、键与规则用到的值", "a rule's failing rows: institution, file, line, key and the values that it read"},
    .options = OPTIONS, .run = run};
