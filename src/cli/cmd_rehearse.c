/* suwen catalogue rehearse: a change of edition, or of scheme, tried on last year's cases. */
#include "cli/cmd_coding.h"
#include "cli/warehouse.h"
#include "coding/catalogue.h"
#include "coding/group_run.h"
#include "coding/rehearse.h"
#include "engine/publish.h"
#include "engine/sql.h"

typedef struct view {
  const char *name, *sql;
  const sw_listing_column *columns;
  size_t ncolumns;
} view;

#define SUMS_SQL "cases, moved, lost, gained, up, down, points_before, points_after, paid_before, paid_after, effect"
#define SUMS_COLUMNS                                                                                                                                   \
  {"cases", {"病例", "cases"}, SW_CELL_INT}, {"moved", {"换组", "moved"}, SW_CELL_INT}, {"lost", {"新增未入组", "no longer grouped"}, SW_CELL_INT},  \
      {"gained", {"新入组", "newly grouped"}, SW_CELL_INT}, {"up", {"上升", "up"}, SW_CELL_INT}, {"down", {"下降", "down"}, SW_CELL_INT},               \
      {"points_before", {"权重(前)", "points before"}, SW_CELL_NUMBER}, {"points_after", {"权重(后)", "points after"}, SW_CELL_NUMBER},                 \
      {"paid_before", {"支付(前)", "paid before"}, SW_CELL_MONEY}, {"paid_after", {"支付(后)", "paid after"}, SW_CELL_MONEY}, {                         \
    "effect", {"影响", "effect"}, SW_CELL_MONEY                                                                                                        \
  }

static const sw_listing_column DEPT[] = {{"org_code", {"机构", "institution"}, SW_CELL_TEXT}, {"dept", {"科室", "department"}, SW_CELL_TEXT}, SUMS_COLUMNS,
                                         {"effect_share", {"影响占比", "share"}, SW_CELL_RATE}};
static const sw_listing_column GROUP[] = {{"group", {"原病组", "group before"}, SW_CELL_TEXT}, {"name", {"名称", "name"}, SW_CELL_TEXT}, SUMS_COLUMNS,
                                          {"most_to", {"多数去向", "most to"}, SW_CELL_TEXT}};
static const sw_listing_column MATRIX[] = {{"level_before", {"前", "before"}, SW_CELL_TEXT}, {"level_after", {"后", "after"}, SW_CELL_TEXT},
                                           {"cases", {"病例", "cases"}, SW_CELL_INT}, {"effect", {"影响", "effect"}, SW_CELL_MONEY}};
static const sw_listing_column LOST[] = {{"group", {"原病组", "group before"}, SW_CELL_TEXT}, {"name", {"名称", "name"}, SW_CELL_TEXT},
                                         {"principal", {"主诊断", "principal diagnosis"}, SW_CELL_TEXT}, {"reason", {"原因", "reason"}, SW_CELL_TEXT},
                                         {"cases", {"病例", "cases"}, SW_CELL_INT}, {"cost", {"费用", "cost"}, SW_CELL_MONEY}};
static const sw_listing_column CASE[] = {{"org_code", {"机构", "institution"}, SW_CELL_TEXT}, {"case_no", {"病例", "case"}, SW_CELL_TEXT}, {"dept", {"科室", "department"}, SW_CELL_TEXT},
                                         {"group_before", {"前", "before"}, SW_CELL_TEXT}, {"group_after", {"后", "after"}, SW_CELL_TEXT},
                                         {"points_before", {"权重(前)", "points before"}, SW_CELL_NUMBER}, {"points_after", {"权重(后)", "points after"}, SW_CELL_NUMBER},
                                         {"change", {"变化", "change"}, SW_CELL_STATE}, {"paid_before", {"支付(前)", "paid before"}, SW_CELL_MONEY},
                                         {"paid_after", {"支付(后)", "paid after"}, SW_CELL_MONEY}, {"effect", {"影响", "effect"}, SW_CELL_MONEY}};

#define VIEW(name_, columns_, sql_) {name_, sql_, columns_, sizeof(columns_) / sizeof *(columns_)}
static const view VIEWS[] = {
    VIEW("dept", DEPT, "SELECT org_code, dept, " SUMS_SQL ", effect_share FROM store.rehearsal__dept ORDER BY org_code, effect, dept"),
    VIEW("group", GROUP, "SELECT group_before, name, " SUMS_SQL ", most_to FROM store.rehearsal__group WHERE moved + lost + gained > 0 OR points_before <> points_after"
                         " ORDER BY abs(effect) DESC, group_before"),
    VIEW("matrix", MATRIX, "SELECT level_before, level_after, cases, effect FROM store.rehearsal__matrix ORDER BY 1, 2"),
    VIEW("lost", LOST, "SELECT group_before, name, principal_code, reason_en, cases, cost FROM store.rehearsal__lost"),
    VIEW("case", CASE, "SELECT org_code, case_no, dept, group_before, group_after, points_before, points_after, change, paid_before, paid_after, effect"
                       " FROM store.rehearsal__case WHERE change <> 'same' OR points_before <> points_after ORDER BY abs(effect) DESC, org_code, case_no"),
};

static const char LOST_ZH[] = "SELECT group_before, name, principal_code, reason_zh, cases, cost FROM store.rehearsal__lost";

static const char *points_of(const sw_catalogue *c) { return c->kind == SW_CATALOGUE_DRG ? "weight" : "score"; }

static sw_status regroup(const sw_cli *cli, sw_conn *c, const char *path, const char *physical, const char **points, sw_error *err) {
  sw_catalogue *cat = NULL;
  sw_status s = sw_catalogue_import(path, cli->cancel, &cat, err);
  if (s) return s;
  sw_group_run_counts n;
  *points = points_of(cat);
  s = sw_group_run(c, &(sw_group_run_options){.catalogue = cat, .physical = physical, .select = "SELECT * FROM store.rehearsal_cases", .cancel = cli->cancel, .events = cli->events},
                   &n, err);
  sw_catalogue_free(cat);
  return s;
}

/* The cases of a year (of the twelve months up to the newest discharge, where none is said), as the daily flow groups them. */
static sw_status cases_of_workspace(const sw_cli *cli, sw_conn *to, int64_t year, int64_t *cases, sw_error *err) {
  sw_cli_warehouse w;
  SW_AUTO(sw_buf) select = SW_BUF_INIT;
  bool coded = false;
  sw_status s = sw_cli_warehouse_open(cli, &w, err);
  if (s) return s;
  s = sw_cli_need_table(w.conn, "dws", "admission", "admission", err);
  if (!s) s = sw_table_exists(w.conn, "dwd", "diagnosis_coded", &coded, err);
  sw_buf_puts(&select, "SELECT g.*, a.dept_name AS dept FROM (");
  sw_group_run_select(coded ? "dwd.diagnosis_coded" : NULL, coded ? "dwd.procedure_coded" : NULL, &select);
  sw_buf_puts(&select, ") g JOIN dws.admission a ON a.org_code = g.org_code AND a.case_no = g.case_no WHERE ");
  if (year > 0) sw_sql_build(&select, "year(a.discharge_time) = {}", sw_sql_i64(year));
  else sw_buf_puts(&select, "a.discharge_time > (SELECT max(discharge_time) FROM dws.admission) - INTERVAL 1 YEAR");
  sw_buf_puts(&select, " ORDER BY g.org_code, g.case_no");
  if (!s) s = sw_buf_check(&select, err);
  if (!s) s = sw_rehearse_load_query(to, w.conn, select.ptr, "rehearsal_cases", cli->cancel, cases, err);
  sw_cli_warehouse_close(&w);
  return s;
}

static void say(const sw_cli *cli, const sw_rehearse_counts *n) {
  sw_cli_say(cli, "病例 %lld：不变 %lld，换组 %lld，新增未入组 %lld，新入组 %lld，两版都未入组 %lld；权重上升 %lld，下降 %lld。基金 %.2f 元按权重分配。",
             "cases %lld: same %lld, moved %lld, no longer grouped %lld, newly grouped %lld, in neither %lld; up %lld, down %lld. A fund of %.2f yuan is split by points.",
             (long long)n->cases, (long long)n->same, (long long)n->moved, (long long)n->lost, (long long)n->gained, (long long)n->neither, (long long)n->up,
             (long long)n->down, (double)n->fund_fen / 100);
}

static sw_status show(const sw_cli *cli, sw_conn *c, const char *by, sw_error *err) {
  for (size_t i = 0; i < sizeof VIEWS / sizeof *VIEWS; ++i) {
    const view *v = &VIEWS[i];
    if (strcmp(by, v->name) != 0) continue;
    const char *sql = v->columns == LOST && cli->lang == SW_LANG_ZH ? LOST_ZH : v->sql;
    return sw_cli_list_query(cli, c, sql, SW_NO_PARAMS, v->columns, v->ncolumns, err);
  }
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0331", "--by 应为 dept、group、matrix、lost 或 case", "--by takes dept, group, matrix, lost or case");
}

static sw_status rehearse(const sw_cli *cli, sw_conn *c, int64_t year, int64_t fund_fen, sw_error *err) {
  const char *in = sw_cli_opt(cli, "in"), *by = sw_cli_opt(cli, "by"), *before = NULL, *after = NULL;
  int64_t cases = 0;
  sw_status s = sw_publish_prepare(c, err);
  if (!s) s = in ? sw_rehearse_load_file(c, in, "rehearsal_cases", cli->cancel, &cases, err) : cases_of_workspace(cli, c, year, &cases, err);
  if (!s) s = regroup(cli, c, sw_cli_opt(cli, "from"), "rehearsal_before", &before, err);
  if (!s) s = regroup(cli, c, sw_cli_opt(cli, "to"), "rehearsal_after", &after, err);
  if (s) return s;
  sw_rehearse_counts n;
  s = sw_rehearse(c, &(sw_rehearse_options){.before = "store.rehearsal_before", .after = "store.rehearsal_after", .points_before = before, .points_after = after,
                                            .cases = "SELECT org_code, case_no, dept, cost FROM store.rehearsal_cases", .fund_fen = fund_fen, .physical = "rehearsal",
                                            .cancel = cli->cancel}, &n, err);
  if (s) return s;
  if (cli->format == SW_OUT_TABLE) say(cli, &n);
  if (by || cli->format != SW_OUT_TABLE) return show(cli, c, by ? by : "dept", err);
  static const char *const all[] = {"dept", "matrix", "group", "lost"};
  for (size_t i = 0; !s && i < 4; ++i) {
    sw_cli_say(cli, "%s", "%s", "");
    s = show(cli, c, all[i], err);
  }
  return s;
}

sw_status sw_cli_rehearse(sw_cli *cli, sw_error *err) {
  const char *fund = sw_cli_opt(cli, "fund");
  int64_t year = 0, fund_fen = -1;
  sw_engine *engine = NULL;
  sw_conn *c = NULL;
  if (!sw_cli_opt(cli, "from") || !sw_cli_opt(cli, "to") || (fund && (!sw_str_to_decimal(sw_str_of(fund), 2, &fund_fen) || fund_fen < 0)))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0330", "用法：suwen catalogue rehearse --from 目录 --to 目录 [--in 病例.csv | -C 工作区] [--fund 元]",
                   "usage: suwen catalogue rehearse --from DIR --to DIR [--in CASES.csv | -C WORKSPACE] [--fund YUAN]");
  sw_status s = sw_cli_opt_i64(cli, "year", 0, 1900, 9999, &year, err);
  if (!s) s = sw_engine_open(&(sw_engine_options){.path = NULL}, &engine, err);
  if (!s) s = sw_conn_open(engine, &c, err);
  if (!s) s = rehearse(cli, c, year, fund_fen, err);
  sw_conn_close(c);
  sw_engine_close(engine);
  return s;
}
