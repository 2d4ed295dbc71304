/* suwen scores: institutions by score, with interval, rank and change against the period before. */
#include "cli/cmd_quality.h"
#include "cli/warehouse.h"
#include "engine/sql.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "org", .arg = "CODE", .help = {"只看此机构", "only this institution"}},
    {.name = "formula", .arg = "NAME", .help = {"公式：suwen-1（默认）、front-page-2016", "the formula: suwen-1 (default) or front-page-2016"}},
    {.name = "dimensions", .help = {"也列各维度", "each dimension, too"}},
    {0}};

static const sw_listing_column COLUMNS[] = {
    {"table", {"表", "table"}, SW_CELL_TEXT},       {"org", {"机构", "institution"}, SW_CELL_TEXT}, {"dimension", {"维度", "dimension"}, SW_CELL_TEXT},
    {"score", {"得分", "score"}, SW_CELL_NUMBER},   {"low", {"95% 下限", "95 % from"}, SW_CELL_NUMBER}, {"high", {"95% 上限", "to"}, SW_CELL_NUMBER},
    {"rank", {"名次", "rank"}, SW_CELL_PLAIN},      {"previous", {"上期", "before"}, SW_CELL_NUMBER}, {"change", {"变化", "change"}, SW_CELL_NUMBER},
    {"checked", {"检查", "checked"}, SW_CELL_INT},  {"failed", {"失败", "failed"}, SW_CELL_INT},    {"as_of", {"截至", "as of"}, SW_CELL_TEXT},
};

static void put_query(const sw_cli *cli, sw_buf *sql) {
  const char *org = sw_cli_opt(cli, "org"), *formula = sw_cli_opt(cli, "formula");
  sw_sql_build(sql,
               "SELECT table_name, org, CASE WHEN dimension = '' THEN NULL ELSE dimension END, round(score, 2), round(low, 2), round(high, 2), rank, round(previous, 2), "
               "round(change, 2), checked, failed, CAST(as_of AS DATE) FROM quality.score s WHERE formula = {} AND org <> '' AND run = (SELECT arg_max(run, row(as_of, run)) FROM "
               "quality.score n WHERE n.table_name = s.table_name)", sw_sql_text(formula ? formula : "suwen-1"));
  if (!sw_cli_flag(cli, "dimensions")) sw_buf_puts(sql, " AND dimension = ''");
  if (cli->nargs) sw_sql_build(sql, " AND table_name = {}", sw_sql_text(sw_cli_arg(cli, 0)));
  if (org) sw_sql_build(sql, " AND org = {}", sw_sql_text(org));
  sw_buf_puts(sql, " ORDER BY table_name, dimension, rank, org");
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_cli_warehouse w;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  put_query(cli, &sql);
  sw_status s = sw_cli_warehouse_open(cli, &w, err);
  if (s == SW_OK) s = sw_cli_need_table(w.conn, "quality", "score", "check", err);
  if (s == SW_OK) s = sw_buf_check(&sql, err);
  if (s == SW_OK) s = sw_cli_list_query(cli, w.conn, sql.ptr, SW_NO_PARAMS, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, err);
  sw_cli_warehouse_close(&w);
  return s;
}

const sw_command SW_CMD_SCORES = {
    .name = "scores", .args = "[TABLE]", .max_args = 1,
    .help = {"机构的质量得分：区间、名次、与上期相比", "scores of institutions: interval, rank, change against the period before"}, .options = OPTIONS, .run = run};
