/* suwen query SQL: one statement over the warehouse, read-only. */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "engine/rows.h"
#include "engine/subset.h"

#include <stdlib.h>

/* Numbers stand right in tables. */
static sw_cell_kind kind_of(sw_type t) {
  switch (t.id) {
    case SW_TYPE_I8: case SW_TYPE_I16: case SW_TYPE_I32: case SW_TYPE_I64: case SW_TYPE_U8: case SW_TYPE_U16: case SW_TYPE_U32:
    case SW_TYPE_U64: case SW_TYPE_I128: case SW_TYPE_DECIMAL: return SW_CELL_PLAIN;
    case SW_TYPE_F32: case SW_TYPE_F64: return SW_CELL_NUMBER;
    case SW_TYPE_INVALID: case SW_TYPE_ANY: case SW_TYPE_NULL: case SW_TYPE_BOOL: case SW_TYPE_STR: case SW_TYPE_BLOB: case SW_TYPE_DATE:
    case SW_TYPE_TIME: case SW_TYPE_TIMESTAMP: case SW_TYPE_LIST: case SW_TYPE_STRUCT: case SW_TYPE_OTHER: return SW_CELL_TEXT;
  }
  return SW_CELL_TEXT;
}

static void put_value(sw_listing *l, const sw_rows *rows, size_t i, sw_buf *text, sw_buf *json) {
  if (sw_rows_is_null(rows, i)) {
    sw_listing_null(l);
    return;
  }
  if (l->columns[i].kind == SW_CELL_NUMBER) {
    sw_listing_f64(l, sw_rows_f64(rows, i));
    return;
  }
  sw_buf_clear(text);
  sw_buf_clear(json);
  sw_rows_text(rows, i, text);
  if (l->cli->format == SW_OUT_JSON) {
    sw_json j;
    sw_json_init(&j, json);
    sw_rows_json(rows, i, &j);
  }
  sw_listing_json(l, sw_buf_str(json), sw_buf_str(text));
}

static sw_status print_rows(sw_cli *cli, sw_rows *rows, sw_error *err) {
  size_t n = sw_rows_ncolumns(rows);
  sw_listing_column *cols = calloc(n ? n : 1, sizeof *cols);
  if (!cols) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  for (size_t i = 0; i < n; i++) {
    const char *name = sw_rows_name(rows, i);
    cols[i] = (sw_listing_column){name, {name, name}, kind_of(sw_rows_type(rows, i))};
  }
  sw_listing l;
  sw_listing_begin(&l, cli, cols, n);
  sw_step at;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  SW_AUTO(sw_buf) json = SW_BUF_INIT;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    for (size_t i = 0; i < n; i++) put_value(&l, rows, i, &text, &json);
    sw_listing_row(&l);
  }
  sw_status s = at == SW_STEP_ERROR ? err->status : SW_OK;
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  free(cols);
  return s == SW_OK ? end : s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_conn *conn = NULL;
  sw_rows *rows = NULL;
  sw_status s = sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &w, err);
  if (s == SW_OK) s = sw_workspace_connect(w, &conn, err);
  if (s == SW_OK) s = sw_sql_check_read(conn, sw_str_of(sw_cli_arg(cli, 0)), err);
  if (s == SW_OK) s = sw_query(conn, sw_cli_arg(cli, 0), SW_NO_PARAMS, cli->cancel, &rows, err);
  if (s == SW_OK) s = print_rows(cli, rows, err);
  sw_rows_free(rows);
  sw_conn_close(conn);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_QUERY = {
    .name = "query", .args = "SQL", .min_args = 1, .max_args = 1,
    .help = {"对数据仓做一次只读查询", "one read-only query over the warehouse"},
    .details = {"表：ods.* 原始，dwd.* 标准明细，dws.* 主题，ads.* 应用，quality.*、person.*、meta.*。运行流程期间不能查询。",
                "Tables: ods.* as delivered, dwd.* standardised, dws.* subjects, ads.* applications, quality.*, person.*, meta.*. Not while a flow is running."},
    .run = run};
