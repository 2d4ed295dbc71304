/* suwen operations: the indicators of grouped and settled stays, by unit; the funnel; the comparison of teams. */
#include "cli/cmd_coding.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "engine/rows.h"
#include "engine/sql.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "by", .arg = "LEVEL",
     .help = {"region、hospital（默认）、department、team、doctor、group，或 funnel（漏斗）、comparison（团队比较）",
              "region, hospital (default), department, team, doctor or group; or funnel, or comparison (of teams)"}},
    {.name = "scheme", .arg = "drg|dip", .help = {"付费方式（默认 drg）", "the scheme (by default drg)"}},
    {.name = "org", .arg = "CODE", .help = {"只列此机构", "only this institution"}},
    {0}};

typedef struct column {
  sw_listing_column face;
  bool brief; /* also in the table on a terminal; JSON and CSV have all */
} column;

static const column UNIT[] = {
    {{"org_code", {"机构", "org"}, SW_CELL_TEXT}, true},
    {{"name", {"名称", "name"}, SW_CELL_TEXT}, true},
    {{"title", {"说明", "title"}, SW_CELL_TEXT}, true},
    {{"cases", {"病例", "cases"}, SW_CELL_INT}, true},
    {{"grouped", {"入组", "grouped"}, SW_CELL_INT}, false},
    {{"groups", {"病组数", "groups"}, SW_CELL_INT}, false},
    {{"weight", {"总权重", "weight"}, SW_CELL_NUMBER}, false},
    {{"cmi", {"CMI", "CMI"}, SW_CELL_NUMBER}, true},
    {{"cost_index", {"费用指数", "cost ix"}, SW_CELL_NUMBER}, true},
    {{"time_index", {"时间指数", "time ix"}, SW_CELL_NUMBER}, true},
    {{"mean_stay", {"住院日", "stay"}, SW_CELL_NUMBER}, true},
    {{"cost", {"费用", "cost"}, SW_CELL_MONEY}, false},
    {{"mean_cost", {"例均费用", "mean cost"}, SW_CELL_NUMBER}, false},
    {{"drug_share", {"药占比", "drugs"}, SW_CELL_RATE}, true},
    {{"material_share", {"耗占比", "consum."}, SW_CELL_RATE}, true},
    {{"deaths", {"死亡", "deaths"}, SW_CELL_INT}, false},
    {{"low_risk", {"低风险病例", "low risk"}, SW_CELL_INT}, false},
    {{"low_risk_deaths", {"低风险死亡", "low-risk deaths"}, SW_CELL_INT}, false},
    {{"low_risk_mortality", {"低风险死亡率", "low-risk mortality"}, SW_CELL_RATE}, false},
    {{"settled", {"结算", "settled"}, SW_CELL_INT}, false},
    {{"settled_cost", {"结算费用", "settled cost"}, SW_CELL_MONEY}, false},
    {{"paid", {"支付", "paid"}, SW_CELL_MONEY}, false},
    {{"gain", {"盈亏（元）", "gain (yuan)"}, SW_CELL_MONEY}, true},
    {{"gain_per_case", {"例均盈亏", "gain a case"}, SW_CELL_NUMBER}, false},
    {{"capacity", {"能力", "capacity"}, SW_CELL_NUMBER}, false},
    {{"efficiency", {"效率", "efficiency"}, SW_CELL_NUMBER}, false},
    {{"safety", {"安全", "safety"}, SW_CELL_NUMBER}, false},
    {{"volume", {"规模", "volume"}, SW_CELL_NUMBER}, false},
    {{"economy", {"效益", "economy"}, SW_CELL_NUMBER}, false},
};
static const column FUNNEL[] = {
    {{"org_code", {"机构", "org"}, SW_CELL_TEXT}, true},      {{"position", {"序", "no"}, SW_CELL_INT}, true},
    {{"stage", {"环节", "stage"}, SW_CELL_TEXT}, true},       {{"dropped", {"离开", "dropped"}, SW_CELL_TEXT}, true},
    {{"zh", {"说明", "in Chinese"}, SW_CELL_TEXT}, false},    {{"en", {"英文说明", "reason"}, SW_CELL_TEXT}, false},
    {{"cases", {"病例", "cases"}, SW_CELL_INT}, true},        {{"cost", {"费用（元）", "cost (yuan)"}, SW_CELL_MONEY}, true},
};
static const column COMPARISON[] = {
    {{"org_code", {"机构", "org"}, SW_CELL_TEXT}, true},   {{"grp", {"病组", "group"}, SW_CELL_TEXT}, true}, {{"measure", {"指标", "measure"}, SW_CELL_TEXT}, true},
    {{"teams", {"团队", "teams"}, SW_CELL_INT}, true},     {{"cases", {"病例", "cases"}, SW_CELL_INT}, true}, {{"f", {"F", "F"}, SW_CELL_NUMBER}, true},
    {{"df1", {"df1", "df1"}, SW_CELL_NUMBER}, false},      {{"df2", {"df2", "df2"}, SW_CELL_NUMBER}, false}, {{"p", {"p", "p"}, SW_CELL_NUMBER}, true},
    {{"eta2", {"η²", "eta²"}, SW_CELL_NUMBER}, true},      {{"p_welch", {"p Welch", "p Welch"}, SW_CELL_NUMBER}, true},
    {{"p_kruskal", {"p K–W", "p K–W"}, SW_CELL_NUMBER}, true},
};
enum { MAX_COLUMNS = 40 };

typedef struct view {
  const char *level, *table, *prefix, *order;
  const column *columns;
  size_t n;
} view;

static bool choose(sw_cli *cli, view *v, sw_error *err) {
  static const char *const levels[] = {"region", "hospital", "department", "team", "doctor", "group"};
  const char *by = sw_cli_opt(cli, "by"), *scheme = sw_cli_opt(cli, "scheme");
  if (!by) by = "hospital";
  if (!scheme) scheme = "drg";
  bool dip = strcmp(scheme, "dip") == 0;
  if (!dip && strcmp(scheme, "drg") != 0)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0301", "应为 drg 或 dip，而不是 %s", "drg or dip is expected, not %s", scheme) == SW_OK;
  *v = (view){.table = "indicator", .prefix = dip ? "operations_dip" : "operations", .columns = UNIT, .n = sizeof UNIT / sizeof *UNIT, .order = "gain NULLS LAST, org_code, name"};
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (strcmp(by, levels[i]) == 0) v->level = levels[i];
  if (v->level) return true;
  if (strcmp(by, "funnel") == 0)
    *v = (view){.table = "funnel", .prefix = v->prefix, .columns = FUNNEL, .n = sizeof FUNNEL / sizeof *FUNNEL, .order = "org_code, position, dropped, cases DESC, zh"};
  else if (strcmp(by, "comparison") == 0)
    *v = (view){.table = "team_anova", .prefix = v->prefix, .columns = COMPARISON, .n = sizeof COMPARISON / sizeof *COMPARISON, .order = "org_code, grp, measure"};
  else
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0321", "不认识 --by %s；可用：region hospital department team doctor group funnel comparison",
                   "unknown: --by %s; known: region hospital department team doctor group funnel comparison", by) == SW_OK;
  return true;
}

static bool shown(const sw_cli *cli, const view *v, size_t i) {
  if (cli->format != SW_OUT_TABLE || v->columns[i].brief) return true;
  return v->columns == FUNNEL && strcmp(v->columns[i].face.key, cli->lang == SW_LANG_ZH ? "zh" : "en") == 0;
}

static void put(sw_listing *l, const sw_rows *r, size_t at, sw_cell_kind kind) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  if (sw_rows_is_null(r, at)) sw_listing_null(l);
  else if (kind == SW_CELL_INT) sw_listing_i64(l, sw_rows_i64(r, at));
  else if (kind == SW_CELL_MONEY) sw_listing_i64(l, sw_rows_decimal(r, at, 2));
  else if (kind == SW_CELL_NUMBER || kind == SW_CELL_RATE) sw_listing_f64(l, sw_rows_f64(r, at));
  else {
    sw_rows_text(r, at, &text);
    sw_listing_str(l, sw_buf_str(&text));
  }
}

static sw_status print(const sw_cli *cli, const view *v, sw_rows *r, sw_error *err) {
  sw_listing_column faces[MAX_COLUMNS];
  size_t at[MAX_COLUMNS], n = 0;
  for (size_t i = 0; i < v->n && n < MAX_COLUMNS; i++)
    if (shown(cli, v, i)) faces[n] = v->columns[i].face, at[n++] = i;
  sw_listing l;
  sw_step step;
  sw_listing_begin(&l, cli, faces, n);
  while ((step = sw_rows_next(r, err)) == SW_ROW) {
    for (size_t i = 0; i < n; i++) put(&l, r, at[i], faces[i].kind);
    sw_listing_row(&l);
  }
  sw_status s = step == SW_STEP_ERROR ? err->status : SW_OK;
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  return s == SW_OK ? end : s;
}

static sw_status list(const sw_cli *cli, const view *v, sw_conn *c, sw_error *err) {
  bool there = false;
  const char *org = sw_cli_opt(cli, "org");
  sw_rows *r = NULL;
  SW_AUTO(sw_buf) table = SW_BUF_INIT;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_buf_printf(&table, "%s_%s", v->prefix, v->table);
  sw_status s = sw_table_exists(c, "ads", table.ptr, &there, err);
  if (s) return s;
  if (!there)
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0322", "没有 ads.%s：先运行带 group 与 settle（analysis）步骤的流程，如 suwen run hospital-daily",
                   "there is no ads.%s: run a flow with group and settle (analysis) steps first, such as suwen run hospital-daily", table.ptr);
  sw_buf_puts(&q, "SELECT ");
  for (size_t i = 0; i < v->n; i++) sw_sql_build(&q, i ? ", {}" : "{}", sw_sql_id(v->columns[i].face.key));
  sw_sql_build(&q, " FROM {} WHERE ({} IS NULL OR org_code = {})", sw_sql_table("ads", table.ptr), sw_sql_text(org), sw_sql_text(org));
  if (v->level) sw_sql_build(&q, " AND level = {}", sw_sql_text(v->level));
  sw_buf_printf(&q, " ORDER BY %s", v->order);
  s = sw_buf_check(&q, err);
  if (!s) s = sw_query(c, q.ptr, SW_NO_PARAMS, cli->cancel, &r, err);
  if (!s) s = print(cli, v, r, err);
  sw_rows_free(r);
  return s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_conn *c = NULL;
  view v;
  if (!choose(cli, &v, err)) return err->status;
  sw_status s = sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &w, err);
  if (!s) s = sw_workspace_connect(w, &c, err);
  if (!s) s = list(cli, &v, c, err);
  sw_conn_close(c);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_OPERATIONS = {
    .name = "operations",
    .args = "",
    .help = {"运营指标：CMI、消耗指数、盈亏，按机构、科室、团队、医师、病组；漏斗；团队比较",
             "indicators of operations (CMI, indices, gain) by institution, department, team, doctor or group; funnel; comparison of teams"},
    .options = OPTIONS,
    .run = run};
