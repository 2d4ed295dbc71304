/* Indicators by department, team, doctor and group, and the five dimensions of their evaluation. */
#include "report/chart.h"
#include "report/operations.h"
#include "report/parts.h"

#include <math.h>

enum { LISTED = 25, RADARS = 8, DIMENSIONS = 5 };

typedef struct view {
  const sw_report_scope *s;
  const sw_op_scheme *scheme;
  sw_html *h;
  bool region; /* more than one institution */
  double biggest;
} view;

static const char *const DIMENSION_NAMES[DIMENSIONS][2] = {{"能力", "capacity"}, {"效率", "efficiency"}, {"安全", "safety"}, {"规模", "volume"}, {"效益", "economy"}};

static sw_status radar(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  double values[DIMENSIONS];
  for (size_t i = 0; i < DIMENSIONS; i++) values[i] = sw_op_f64(r, 2 + i);
  sw_html_panel_of(v->h, sw_rows_str(r, 0));
  sw_html_raw(v->h, "<div class=\"sub\">");
  sw_html_text(v->h, sw_rows_str(r, 1));
  sw_html_raw(v->h, "</div>");
  sw_chart_radar(v->h, DIMENSION_NAMES, values, DIMENSIONS);
  sw_html_end_panel(v->h);
  return SW_OK;
}

static sw_status radars(view *v, const char *level, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q,
               "SELECT coalesce(CASE WHEN i.level = 'hospital' THEN i.title END, i.name), CASE WHEN i.level = 'department' THEN coalesce(o.title, i.org_code) ELSE i.org_code END"
               " || ' · n=' || i.cases, i.capacity, i.efficiency, i.safety, i.volume, i.economy FROM {} i LEFT JOIN {} o ON o.level = 'hospital' AND o.org_code = i.org_code"
               " WHERE i.level = {} ORDER BY i.cases DESC, i.org_code, i.name LIMIT {}",
               sw_op_table(v->s, v->scheme, "indicator"), sw_op_table(v->s, v->scheme, "indicator"), sw_sql_text(level), sw_sql_i64(RADARS));
  sw_html_raw(v->h, "<div class=\"panels small\">");
  sw_status st = sw_report_each(v->s, q.ptr, SW_NO_PARAMS, radar, v, err);
  sw_html_end_panels(v->h);
  return st;
}

static const sw_html_column COLUMNS[] = {
    {{"名称", "name"}, 't'},          {{"机构", "institution"}, 's'},      {{"病例", "cases"}, 'n'},       {{"CMI", "CMI"}, 'n'},
    {{"总权重", "weight"}, 'n'},      {{"费用指数", "cost index"}, 'n'},   {{"时间指数", "time index"}, 'n'}, {{"住院日", "stay"}, 'n'},
    {{"例均费用", "mean cost"}, 'n'}, {{"药占比", "drugs"}, 'n'},          {{"耗占比", "consumables"}, 'n'}, {{"低风险死亡", "low-risk deaths"}, 'n'},
    {{"例均盈亏", "gain a case"}, 'n'}, {{"盈亏（元）", "gain (yuan)"}, 'n'}, {{"", ""}, 's'},
    {{"能力", "capacity"}, 'n'},      {{"效率", "efficiency"}, 'n'},       {{"安全", "safety"}, 'n'},      {{"效益", "economy"}, 'n'},
};
enum { NCOLUMNS = sizeof COLUMNS / sizeof *COLUMNS };

static sw_status unit(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  double gain = sw_op_f64(r, 14);
  sw_html_row(h);
  sw_html_cell(h, &COLUMNS[0]), sw_html_text(h, sw_rows_str(r, 0));
  if (sw_rows_str(r, 1).len) sw_html_raw(h, " <small>"), sw_html_text(h, sw_rows_str(r, 1)), sw_html_raw(h, "</small>");
  sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[1]), sw_html_text(h, sw_rows_str(r, 2)), sw_html_end_cell(h);
  sw_op_number(h, sw_op_f64(r, 3), 0, "");
  sw_op_number(h, sw_op_f64(r, 4), 3, "");
  sw_op_number(h, sw_op_f64(r, 5), 1, "");
  sw_op_number(h, sw_op_f64(r, 6), 2, sw_op_f64(r, 6) > 1.2 ? "bad" : "");
  sw_op_number(h, sw_op_f64(r, 7), 2, sw_op_f64(r, 7) > 1.2 ? "bad" : "");
  sw_op_number(h, sw_op_f64(r, 8), 1, "");
  sw_op_number(h, sw_op_f64(r, 9), 0, "");
  sw_op_share(h, sw_op_f64(r, 10));
  sw_op_share(h, sw_op_f64(r, 11));
  sw_op_number(h, sw_op_f64(r, 12), 0, sw_op_f64(r, 12) > 0 ? "bad" : "zero");
  sw_op_number(h, sw_op_f64(r, 13), 0, sw_op_f64(r, 13) < 0 ? "bad" : "");
  sw_op_number(h, gain, 0, gain < 0 ? "bad" : "");
  sw_html_cell(h, &COLUMNS[14]), sw_html_bar_signed(h, v->biggest > 0 ? gain / v->biggest : 0), sw_html_end_cell(h);
  for (size_t i = 0; i < 4; i++) sw_op_number(h, sw_op_f64(r, 15 + i), 0, "");
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status table(view *v, const char *level, const char *zh, const char *en, bool open, sw_error *err) {
  int64_t n = 0;
  char more[80];
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT count(*) FROM {} WHERE level = {}", sw_op_table(v->s, v->scheme, "indicator"), sw_sql_text(level));
  sw_status st = sw_query_i64(v->s->conn, q.ptr, SW_NO_PARAMS, v->s->cancel, &n, NULL, err);
  sw_buf_clear(&q);
  sw_sql_build(&q, "SELECT coalesce(max(abs(gain)), 0)::DOUBLE FROM {} WHERE level = {}", sw_op_table(v->s, v->scheme, "indicator"), sw_sql_text(level));
  if (st == SW_OK) st = sw_query_f64(v->s->conn, q.ptr, SW_NO_PARAMS, v->s->cancel, &v->biggest, NULL, err);
  if (st != SW_OK || !n) return st;
  sw_buf_clear(&q);
  sw_sql_build(&q,
               "SELECT name, coalesce(title, ''), org_code, cases, cmi, weight, cost_index, time_index, mean_stay, mean_cost, drug_share, material_share, low_risk_deaths,"
               " gain_per_case, gain::DOUBLE, capacity, efficiency, safety, economy FROM {} WHERE level = {} ORDER BY gain NULLS LAST, org_code, name LIMIT {}",
               sw_op_table(v->s, v->scheme, "indicator"), sw_sql_text(level), sw_sql_i64(LISTED));
  char title[2][64];
  snprintf(title[0], sizeof title[0], "%s（%lld）", zh, (long long)n);
  snprintf(title[1], sizeof title[1], "%s (%lld)", en, (long long)n);
  sw_html_raw(v->h, open ? "<details open><summary>" : "<details><summary>");
  sw_html_t(v->h, title[0], title[1]);
  sw_html_raw(v->h, "</summary>");
  sw_html_raw(v->h, "<div class=\"tight\">");
  sw_html_sorted_table(v->h, COLUMNS, NCOLUMNS);
  st = sw_report_each(v->s, q.ptr, SW_NO_PARAMS, unit, v, err);
  sw_html_end_table(v->h);
  sw_html_raw(v->h, "</div>");
  snprintf(more, sizeof more, "suwen operations --by %s", level);
  sw_html_more(v->h, n - LISTED, more);
  sw_html_end_details(v->h);
  return st;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_op_org *orgs = NULL;
  size_t n = 0;
  view v = {.s = s, .scheme = sw_op_main(s), .h = h};
  sw_status st = sw_op_orgs(s, v.scheme, &orgs, &n, err);
  if (st != SW_OK) return st;
  v.region = n > 1;
  sw_html_section(h, "operations-units", "指标与五维评价", "Indicators and five dimensions",
                  "五维各 0–100，是在同级单位中不差于多少其他单位：能力（CMI、病组数），效率（费用与时间消耗指数），安全（低风险组死亡率），规模（总权重），效益（例均盈亏）。",
                  "Each dimension, 0–100, is the share of the other units of its level that a unit is at least as good as: capacity (CMI, number of groups), efficiency (cost and time "
                  "index), safety (low-risk mortality), volume (weight), economy (gain a case).");
  st = radars(&v, v.region ? "hospital" : "department", err);
  if (st == SW_OK) sw_html_say(h, "下列各表先列亏损最多的；点表头排序。金额为元。", "Those that lose most come first; a click on a heading sorts. Amounts are in yuan.");
  if (st == SW_OK) st = table(&v, "department", "科室", "Departments", true, err);
  if (st == SW_OK) st = table(&v, "team", "医疗团队", "Medical teams", false, err);
  if (st == SW_OK) st = table(&v, "doctor", "医师", "Doctors", false, err);
  if (st == SW_OK) st = table(&v, "group", "病组", "Groups", false, err);
  sw_html_end_section(h);
  return st;
}

static bool present(const sw_report_scope *s) { return sw_op_main(s) != NULL; }

const sw_report_section SW_REPORT_OPERATIONS_UNITS = {
    .id = "operations-units", .chapter = SW_CHAPTER_OPERATIONS, .title = {"指标与五维", "Indicators"}, .present = present, .write = write};
