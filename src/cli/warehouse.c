#include "cli/warehouse.h"

#include "flow/flow.h"
#include "ledger/runs.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

sw_status sw_cli_warehouse_open(const sw_cli *cli, sw_cli_warehouse *out, sw_error *err) {
  *out = (sw_cli_warehouse){0};
  sw_status s = sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &out->workspace, err);
  if (!s) s = sw_workspace_connect(out->workspace, &out->conn, err);
  if (s) sw_cli_warehouse_close(out);
  return s;
}

void sw_cli_warehouse_close(sw_cli_warehouse *w) {
  sw_conn_close(w->conn);
  sw_workspace_close(w->workspace);
  *w = (sw_cli_warehouse){0};
}

sw_status sw_cli_need_table(sw_conn *c, const char *schema, const char *table, const char *made_by, sw_error *err) {
  bool there = false;
  sw_status s = sw_table_exists(c, schema, table, &there, err);
  if (s || there) return s;
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0310", "还没有 %s.%s；先运行带 %s 步骤的流程", "there is no %s.%s yet; run a flow that has a step %s", schema, table, made_by);
}

static void put_cell(sw_listing *l, const sw_listing_column *column, const sw_rows *rows, size_t i, sw_buf *text) {
  if (sw_rows_is_null(rows, i)) {
    sw_listing_null(l);
    return;
  }
  switch (column->kind) {
    case SW_CELL_INT:
    case SW_CELL_PLAIN:
    case SW_CELL_BYTES: sw_listing_i64(l, sw_rows_i64(rows, i)); break;
    case SW_CELL_MONEY: sw_listing_i64(l, sw_rows_decimal(rows, i, 2)); break;
    case SW_CELL_NUMBER:
    case SW_CELL_SECONDS:
    case SW_CELL_RATE: sw_listing_f64(l, sw_rows_f64(rows, i)); break;
    case SW_CELL_TEXT:
    case SW_CELL_PROSE:
    case SW_CELL_STATE:
      sw_buf_clear(text);
      sw_rows_text(rows, i, text);
      sw_listing_str(l, sw_buf_str(text));
      break;
  }
}

sw_status sw_cli_list_rows(const sw_cli *cli, sw_rows *rows, const sw_listing_column *columns, size_t ncolumns, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_listing l;
  sw_listing_begin(&l, cli, columns, ncolumns);
  sw_step at;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    for (size_t i = 0; i < ncolumns; ++i) put_cell(&l, &columns[i], rows, i, &text);
    sw_listing_row(&l);
  }
  sw_status s = at == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK, end = sw_listing_end(&l, s ? NULL : err);
  return s ? s : end;
}

sw_status sw_cli_list_query(const sw_cli *cli, sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_listing_column *columns,
                            size_t ncolumns, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status s = sw_query(c, sql, params, nparams, cli->cancel, &rows, err);
  if (!s) s = sw_cli_list_rows(cli, rows, columns, ncolumns, err);
  sw_rows_free(rows);
  return s;
}

typedef struct last_run {
  bool found;
  int64_t as_of_us;
  char source[4096];
} last_run;

static sw_status take_run(void *ctx, const sw_run *r, sw_error *err) {
  (void)err;
  last_run *l = ctx;
  l->found = true;
  l->as_of_us = r->as_of_us;
  (void)snprintf(l->source, sizeof l->source, "%s", r->source_dir ? r->source_dir : "");
  return SW_OK;
}

static const sw_flow_step_def *step_of(const sw_flow_def *f, const char *op) {
  for (size_t i = 0; i < f->steps.n; ++i)
    if (sw_str_eqz(SW_ITEM(sw_flow_step_def, f->steps, i)->op.name, op)) return SW_ITEM(sw_flow_step_def, f->steps, i);
  return NULL;
}

static sw_status rerun(const sw_cli *cli, sw_workspace *w, const sw_flow_def *f, const sw_flow_step_def *step, bool *ran, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  last_run last = {0};
  sw_ledger *ledger = NULL;
  char *flow = sw_arena_dupz(&a, f->id.name), *from = sw_arena_dupz(&a, step->id.name);
  sw_status s = sw_arena_check(&a, err);
  if (!s) s = sw_workspace_ledger(w, &ledger, err);
  if (!s) s = sw_run_each(ledger, &(sw_run_query){.flow = flow, .limit = 1}, take_run, &last, err);
  sw_ledger_close(ledger);
  if (s || !last.found) return s;
  sw_flow_outcome outcome;
  *ran = true;
  return sw_flow_run(w, &(sw_flow_options){.flow = flow, .from_step = from, .source_dir = last.source[0] ? last.source : NULL, .as_of_us = last.as_of_us, .now_us = sw_now_us()},
                     cli->cancel, cli->events, &outcome, err);
}

sw_status sw_cli_rerun(const sw_cli *cli, sw_workspace *w, const char *op, bool *ran, sw_error *err) {
  const sw_pack_set *packs = sw_workspace_packs(w);
  *ran = false;
  for (size_t i = 0; i < sw_pack_count(packs, "flow"); ++i) {
    const sw_flow_def *f = sw_pack_at(packs, "flow", i)->data;
    const sw_flow_step_def *step = step_of(f, op);
    if (!step) continue;
    sw_status s = rerun(cli, w, f, step, ran, err);
    if (s || *ran) return s;
  }
  return SW_OK;
}

const char *sw_cli_who(const sw_cli *cli, char buf[64]) {
  const char *told = sw_cli_opt(cli, "who");
  if (told && *told) return told;
  struct passwd pw, *found = NULL;
  char room[4096];
  if (getpwuid_r(getuid(), &pw, room, sizeof room, &found) == 0 && found) (void)snprintf(buf, 64, "%s", found->pw_name);
  else (void)snprintf(buf, 64, "uid %u", (unsigned)getuid());
  return buf;
}
