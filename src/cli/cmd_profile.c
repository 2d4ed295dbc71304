/* suwen profile TABLE: what its columns hold, and the rules that this suggests. */
#include "cli/cmd_quality.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "quality/profile.h"

#include <math.h>

static const sw_listing_column COLUMNS[] = {
    {"column", {"列", "column"}, SW_CELL_TEXT},       {"type", {"类型", "type"}, SW_CELL_TEXT},
    {"rows", {"行", "rows"}, SW_CELL_INT},            {"filled", {"非空", "filled"}, SW_CELL_RATE},
    {"distinct", {"不同值", "distinct"}, SW_CELL_INT}, {"min", {"最小", "least"}, SW_CELL_TEXT},
    {"max", {"最大", "greatest"}, SW_CELL_TEXT},      {"mean", {"均值", "mean"}, SW_CELL_NUMBER},
    {"stddev", {"标准差", "std. dev."}, SW_CELL_NUMBER}, {"top", {"最常见", "commonest"}, SW_CELL_TEXT},
    {"top_share", {"占比", "share"}, SW_CELL_RATE},   {"suggestion", {"建议的规则", "suggested rule"}, SW_CELL_TEXT},
    {"because", {"理由", "because"}, SW_CELL_TEXT},
};

static void put(sw_cli *cli, sw_listing *l, const sw_profile_column *c) {
  int64_t filled = c->rows - c->nulls - c->blanks;
  sw_listing_strz(l, c->name);
  sw_listing_strz(l, c->type);
  sw_listing_i64(l, c->rows);
  if (c->rows) sw_listing_f64(l, (double)filled / (double)c->rows);
  else sw_listing_null(l);
  sw_listing_i64(l, c->distinct);
  sw_listing_strz(l, c->min);
  sw_listing_strz(l, c->max);
  if (isnan(c->mean)) {
    sw_listing_null(l);
    sw_listing_null(l);
  } else {
    sw_listing_f64(l, c->mean);
    sw_listing_f64(l, c->stddev);
  }
  sw_listing_strz(l, c->top);
  if (c->top && c->rows) sw_listing_f64(l, (double)c->top_count / (double)c->rows);
  else sw_listing_null(l);
  sw_listing_strz(l, c->suggestion);
  sw_listing_strz(l, c->because[cli->lang]);
  sw_listing_row(l);
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_conn *conn = NULL;
  sw_arena a = SW_ARENA_INIT;
  sw_profile p;
  sw_listing l;
  sw_status s = sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &w, err);
  if (s == SW_OK) s = sw_workspace_connect(w, &conn, err);
  if (s == SW_OK) s = sw_quality_profile(conn, sw_cli_arg(cli, 0), &a, cli->cancel, &p, err);
  if (s == SW_OK) {
    sw_listing_begin(&l, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    for (size_t i = 0; i < p.n; i++) put(cli, &l, &p.columns[i]);
    s = sw_listing_end(&l, err);
  }
  sw_conn_close(conn);
  sw_workspace_close(w);
  sw_arena_fini(&a);
  return s;
}

const sw_command SW_CMD_PROFILE = {
    .name = "profile", .args = "TABLE", .min_args = 1, .max_args = 1,
    .help = {"一张表各列的统计与建议的规则", "statistics of a table's columns, and the rules that they suggest"}, .run = run};
