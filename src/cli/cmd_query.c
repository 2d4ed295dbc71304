/* suwen query SQL: one statement over the warehouse, read-only. */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "base/fs.h"
#include "engine/rows.h"
#include "engine/subset.h"

#include <stdlib.h>

static sw_cell_kind kind_of(sw_type t) {
  switch (t.id) {
    case SW_TYPE_I8: case SW_TYPE_I16: case SW_TYPE_I32: case SW_TYPE_I64:
    case SW_TYPE_U8: case SW_TYPE_U16: case SW_TYPE_U32: return SW_CELL_PLAIN;
    case SW_TYPE_F32: case SW_TYPE_F64: return SW_CELL_NUMBER;
    default: return SW_CELL_TEXT;
  }
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
  while ((at = sw_rows_next(rows, err)) == SW_ROW && !sw_cancelled(cli->cancel)) {
    for (size_t i = 0; i < n; i++) {
      if (sw_rows_is_null(rows, i)) sw_listing_null(&l);
      else if (cols[i].kind == SW_CELL_PLAIN) sw_listing_i64(&l, sw_rows_i64(rows, i));
      else if (cols[i].kind == SW_CELL_NUMBER) sw_listing_f64(&l, sw_rows_f64(rows, i));
      else {
        sw_buf_clear(&text);
        sw_rows_text(rows, i, &text);
        sw_listing_str(&l, sw_buf_str(&text));
      }
    }
    sw_listing_row(&l);
  }
  sw_status s = at == SW_STEP_ERROR ? err->status : SW_OK;
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  free(cols);
  return s == SW_OK ? end : s;
}

/* The warehouse alone: no lock, no packs. The engine itself refuses a file that a run holds. */
static sw_status open_warehouse(const sw_workspace *w, sw_engine **out, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  char *path = sw_workspace_path(w, &a, "warehouse.duckdb"), *landing = sw_workspace_path(w, &a, "landing");
  char *history = sw_workspace_path(w, &a, "history"), *tmp = sw_workspace_path(w, &a, "run/tmp");
  char *real[4] = {path ? realpath(path, NULL) : NULL, landing ? realpath(landing, NULL) : NULL, history ? realpath(history, NULL) : NULL,
                   tmp ? realpath(tmp, NULL) : NULL};
  sw_status s = SW_OK;
  if (!real[0]) s = SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0030", "工作区还没有数据仓；先运行一个流程：suwen run", "the workspace has no warehouse yet; run a flow first: suwen run");
  const char *allowed[] = {real[1], real[2]};
  sw_engine_options o = {.path = real[0], .temp_dir = real[3], .allowed_dirs = allowed, .nallowed = real[1] && real[2] ? 2 : 0, .read_only = true};
  if (s == SW_OK) s = sw_engine_open(&o, out, err);
  for (int i = 0; i < 4; i++) free(real[i]);
  sw_arena_fini(&a);
  return s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_engine *engine = NULL;
  sw_conn *conn = NULL;
  sw_rows *rows = NULL;
  sw_status s = sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &w, err);
  if (s == SW_OK) s = open_warehouse(w, &engine, err);
  if (s == SW_OK) s = sw_conn_open(engine, &conn, err);
  if (s == SW_OK) s = sw_sql_check_read(conn, sw_str_of(sw_cli_arg(cli, 0)), err);
  if (s == SW_OK) s = sw_query(conn, sw_cli_arg(cli, 0), SW_NO_PARAMS, cli->cancel, &rows, err);
  if (s == SW_OK) s = print_rows(cli, rows, err);
  sw_rows_free(rows);
  sw_conn_close(conn);
  sw_engine_close(engine);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_QUERY = {
    .name = "query", .args = "SQL", .min_args = 1, .max_args = 1,
    .help = {"对数据仓做一次只读查询", "one read-only query over the warehouse"},
    .details = {"表：ods.* 原始，dwd.* 标准明细，dws.* 主题，ads.* 应用，quality.*、person.*、meta.*。运行流程期间不能查询。",
                "Tables: ods.* as delivered, dwd.* standardised, dws.* subjects, ads.* applications, quality.*, person.*, meta.*. Not while a flow is running."},
    .run = run};
