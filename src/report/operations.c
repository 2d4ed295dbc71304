/* Operations at a glance: the figures a director asks for first, the institutions, and where cases leave the way to payment. */
#include "report/operations.h"

#include "base/vec.h"
#include "report/chart.h"
#include "report/parts.h"

#include <math.h>

const sw_op_scheme SW_OP_SCHEME[SW_OP_SCHEMES] = {{"DRG", "operations"}, {"DIP", "operations_dip"}};

sw_sql_arg sw_op_table(const sw_report_scope *s, const sw_op_scheme *scheme, const char *name) {
  const char *table = sw_arena_printf(s->arena, "%s_%s", scheme->prefix, name);
  return sw_sql_table("ads", table ? table : "");
}

bool sw_op_has(const sw_report_scope *s, const sw_op_scheme *scheme) {
  int64_t n = 0;
  const char *table = sw_arena_printf(s->arena, "%s_indicator", scheme->prefix);
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  if (!table || !sw_report_has(s, "ads", table)) return false;
  sw_sql_build(&q, "SELECT count(*) FROM {} WHERE level = 'region'", sw_sql_table("ads", table));
  return sw_query_i64(s->conn, q.ptr, SW_NO_PARAMS, s->cancel, &n, NULL, NULL) == SW_OK && n > 0;
}

const sw_op_scheme *sw_op_main(const sw_report_scope *s) {
  for (size_t i = 0; i < SW_OP_SCHEMES; i++)
    if (sw_op_has(s, &SW_OP_SCHEME[i])) return &SW_OP_SCHEME[i];
  return NULL;
}

double sw_op_f64(const sw_rows *r, size_t col) { return sw_rows_is_null(r, col) ? NAN : sw_rows_f64(r, col); }
int64_t sw_op_fen(const sw_rows *r, size_t col) { return sw_rows_is_null(r, col) ? 0 : sw_rows_decimal(r, col, 2); }

typedef struct org_list {
  const sw_report_scope *s;
  sw_op_org *items;
  size_t n, cap;
} org_list;

static sw_status keep_org(void *ctx, const sw_rows *r, sw_error *err) {
  org_list *l = ctx;
  (void)err;
  if (l->n == l->cap) return SW_OK;
  const char *code = sw_report_keep(l->s, r, 0);
  l->items[l->n++] = (sw_op_org){code, sw_rows_is_null(r, 1) ? code : sw_report_keep(l->s, r, 1), sw_rows_i64(r, 2)};
  return SW_OK;
}

sw_status sw_op_orgs(const sw_report_scope *s, const sw_op_scheme *scheme, sw_op_org **out, size_t *n, sw_error *err) {
  org_list l = {s, SW_ARENA_ARRAY(s->arena, sw_op_org, 200), 0, 200};
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT org_code, title, cases FROM {} WHERE level = 'hospital' ORDER BY cases DESC, org_code LIMIT 200", sw_op_table(s, scheme, "indicator"));
  *out = l.items;
  *n = 0;
  if (!l.items) return sw_arena_check(s->arena, err);
  sw_status st = sw_report_each(s, q.ptr, SW_NO_PARAMS, keep_org, &l, err);
  *n = l.n;
  return st;
}

/* --- cards ----------------------------------------------------------------------------------------------- */

enum { C_CASES, C_GROUPED, C_GROUPS, C_WEIGHT, C_CMI, C_COST_INDEX, C_TIME_INDEX, C_STAY, C_COST, C_MEAN_COST, C_DRUG, C_MATERIAL, C_LOW_RISK, C_LOW_DEATHS,
       C_PAID, C_GAIN, C_PER_CASE, C_SETTLED, C_SETTLED_COST, C_DEATHS };
static const char CARD_COLUMNS[] =
    "cases, grouped, groups, weight, cmi, cost_index, time_index, mean_stay, cost, mean_cost, drug_share, material_share, low_risk, low_risk_deaths,"
    " paid, gain, gain_per_case, settled, settled_cost, deaths";

static const char *index_tone(double v) { return isfinite(v) && v > 1.05 ? "warn" : "ok"; }

static void money_cards(sw_html *h, const sw_rows *r) {
  int64_t gain = sw_op_fen(r, C_GAIN);
  sw_html_card(h, "", "医疗总费用", "Total cost"), sw_html_money_short(h, sw_op_fen(r, C_COST));
  sw_html_card_note(h, "例均 %.0f 元", "%.0f yuan a case", sw_rows_f64(r, C_MEAN_COST));
  sw_html_card(h, "", "医保支付", "Payment"), sw_html_money_short(h, sw_op_fen(r, C_PAID));
  sw_html_card_below(h);
  sw_html_tf(h, "结算 %lld 例，其费用 ", "%lld cases settled, costing ", (long long)sw_rows_i64(r, C_SETTLED));
  sw_html_money_short(h, sw_op_fen(r, C_SETTLED_COST));
  sw_html_end_card(h);
  sw_html_card(h, gain < 0 ? "bad" : "ok", "盈亏", "Gain or loss"), sw_html_money_short(h, gain);
  if (gain) sw_html_card_note(h, "例均 %+.0f 元（支付减费用）", "%+.0f yuan a case (payment less cost)", sw_rows_f64(r, C_PER_CASE));
  else sw_html_card_note(h, "支付合计等于费用：基金按费用设定", "payments equal cost: the fund was set by cost");
}

static sw_status cards(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  sw_html *h = ctx;
  int64_t n = sw_rows_i64(r, C_CASES), grouped = sw_rows_i64(r, C_GROUPED), low = sw_rows_i64(r, C_LOW_RISK), low_deaths = sw_rows_i64(r, C_LOW_DEATHS);
  sw_html_cards(h);
  sw_html_card(h, "", "出院病例", "Discharges"), sw_html_int(h, n);
  sw_html_card_note(h, "死亡 %lld 例", "%lld died", (long long)sw_rows_i64(r, C_DEATHS));
  sw_html_card(h, grouped * 100 < n * 95 ? "warn" : "ok", "入组率", "Grouped"), sw_html_percent(h, n ? (double)grouped / (double)n : NAN, 2);
  sw_html_card_note(h, "%lld 例进入 %lld 组", "%lld cases in %lld groups", (long long)grouped, (long long)sw_rows_i64(r, C_GROUPS));
  sw_html_card(h, "", "CMI", "CMI"), sw_html_num(h, sw_op_f64(r, C_CMI), 3);
  sw_html_card_note(h, "病例组合指数 = 总权重 / 入组病例", "case-mix index = weight / grouped cases");
  sw_html_card(h, "", "总权重", "Total weight"), sw_html_num(h, sw_op_f64(r, C_WEIGHT), 1);
  sw_html_card_note(h, "服务总量", "volume of services");
  money_cards(h, r);
  sw_html_card(h, index_tone(sw_op_f64(r, C_COST_INDEX)), "费用消耗指数", "Cost index"), sw_html_num(h, sw_op_f64(r, C_COST_INDEX), 2);
  sw_html_card_note(h, "同组费用与标杆之比，小于 1 为省", "cost against the benchmark of the same groups; below 1 is less");
  sw_html_card(h, index_tone(sw_op_f64(r, C_TIME_INDEX)), "时间消耗指数", "Time index"), sw_html_num(h, sw_op_f64(r, C_TIME_INDEX), 2);
  sw_html_card_note(h, "平均住院日 %.1f 天", "mean stay %.1f days", sw_rows_f64(r, C_STAY));
  sw_html_card(h, low_deaths ? "bad" : "ok", "低风险组死亡率", "Low-risk mortality"), sw_html_percent(h, low ? (double)low_deaths / (double)low : NAN, 2);
  sw_html_card_note(h, "%lld 例死亡 / %lld 例低风险", "deaths: %lld of %lld low-risk cases", (long long)low_deaths, (long long)low);
  sw_html_card(h, "", "药占比", "Share of drugs"), sw_html_percent(h, sw_op_f64(r, C_DRUG), 1);
  sw_html_card_note(h, "药品费 / 总费用", "of total cost");
  sw_html_card(h, "", "耗占比", "Share of consumables"), sw_html_percent(h, sw_op_f64(r, C_MATERIAL), 1);
  sw_html_card_note(h, "耗材费 / 总费用", "of total cost");
  sw_html_end_cards(h);
  return SW_OK;
}

/* --- institutions ------------------------------------------------------------------------------------------ */

static const sw_html_column ORG_COLUMNS[] = {
    {{"机构", "institution"}, 't'},       {{"病例", "cases"}, 'n'},           {{"CMI", "CMI"}, 'n'},           {{"总权重", "weight"}, 'n'},
    {{"费用指数", "cost index"}, 'n'},    {{"时间指数", "time index"}, 'n'},  {{"平均住院日", "mean stay"}, 'n'}, {{"例均费用（元）", "mean cost (yuan)"}, 'n'},
    {{"药占比", "drugs"}, 'n'},           {{"耗占比", "consumables"}, 'n'},   {{"盈亏（万元）", "gain (10⁴ yuan)"}, 'n'}, {{"", ""}, 's'},
};

typedef struct org_table {
  sw_html *h;
  double biggest; /* gain or loss in yuan */
} org_table;

void sw_op_number(sw_html *h, double v, int decimals, const char *tone) {
  sw_html_cell_value(h, v, tone);
  sw_html_num(h, v, decimals);
  sw_html_end_cell(h);
}

void sw_op_share(sw_html *h, double v) {
  sw_html_cell_value(h, v, "");
  sw_html_percent(h, v, 1);
  sw_html_end_cell(h);
}

static sw_status org_row(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  org_table *t = ctx;
  sw_html *h = t->h;
  double gain = sw_op_f64(r, 11);
  sw_html_row(h);
  sw_html_cell(h, &ORG_COLUMNS[0]);
  sw_html_text(h, sw_rows_is_null(r, 1) ? sw_rows_str(r, 0) : sw_rows_str(r, 1));
  sw_html_raw(h, " <small>"), sw_html_text(h, sw_rows_str(r, 0)), sw_html_raw(h, "</small>"), sw_html_end_cell(h);
  sw_op_number(h, sw_op_f64(r, 2), 0, "");
  sw_op_number(h, sw_op_f64(r, 3), 3, "");
  sw_op_number(h, sw_op_f64(r, 4), 1, "");
  sw_op_number(h, sw_op_f64(r, 5), 2, sw_op_f64(r, 5) > 1.05 ? "bad" : "");
  sw_op_number(h, sw_op_f64(r, 6), 2, sw_op_f64(r, 6) > 1.05 ? "bad" : "");
  sw_op_number(h, sw_op_f64(r, 7), 1, "");
  sw_op_number(h, sw_op_f64(r, 8), 0, "");
  sw_op_share(h, sw_op_f64(r, 9));
  sw_op_share(h, sw_op_f64(r, 10));
  sw_op_number(h, gain / 1e4, 2, gain < 0 ? "bad" : "good");
  sw_html_cell(h, &ORG_COLUMNS[11]), sw_html_bar_signed(h, t->biggest > 0 ? gain / t->biggest : 0), sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status institutions(const sw_report_scope *s, const sw_op_scheme *scheme, sw_html *h, size_t n, sw_error *err) {
  enum { SHOWN = 30 };
  org_table t = {.h = h};
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT coalesce(max(abs(gain)), 0)::DOUBLE FROM {} WHERE level = 'hospital'", sw_op_table(s, scheme, "indicator"));
  sw_status st = sw_query_f64(s->conn, q.ptr, SW_NO_PARAMS, s->cancel, &t.biggest, NULL, err);
  if (st != SW_OK) return st;
  sw_buf_clear(&q);
  sw_sql_build(&q,
               "SELECT org_code, title, cases, cmi, weight, cost_index, time_index, mean_stay, mean_cost, drug_share, material_share, gain::DOUBLE FROM {}"
               " WHERE level = 'hospital' ORDER BY cases DESC, org_code LIMIT {}",
               sw_op_table(s, scheme, "indicator"), sw_sql_i64(SHOWN));
  sw_html_subhead(h, "各机构", "Institutions");
  sw_html_raw(h, "<div class=\"tight\">");
  sw_html_sorted_table(h, ORG_COLUMNS, sizeof ORG_COLUMNS / sizeof *ORG_COLUMNS);
  st = sw_report_each(s, q.ptr, SW_NO_PARAMS, org_row, &t, err);
  sw_html_end_table(h);
  sw_html_raw(h, "</div>");
  sw_html_more(h, (int64_t)n - SHOWN, "suwen operations --by hospital");
  return st;
}

/* --- funnel -------------------------------------------------------------------------------------------------- */

typedef struct funnel {
  const sw_report_scope *s;
  sw_html *h;
  SW_VEC(sw_chart_bar) stages;
} funnel;

static sw_status keep_stage(void *ctx, const sw_rows *r, sw_error *err) {
  funnel *f = ctx;
  double n = sw_rows_f64(r, 2), all = f->stages.len ? f->stages.items[0].value : n;
  char *text = sw_arena_printf(f->s->arena, "%s · %.1f%%", sw_report_int(f->s, n), all > 0 ? 100 * n / all : 0);
  sw_chart_bar b = {{sw_report_keep(f->s, r, 0), sw_report_keep(f->s, r, 1)}, n, text, "c1"};
  return text && SW_VEC_PUSH(&f->stages, b) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static const sw_html_column DROP_COLUMNS[] = {
    {{"没有走到", "did not reach"}, 't'}, {{"原因", "reason"}, 't'}, {{"病例", "cases"}, 'n'}, {{"费用（元）", "cost (yuan)"}, 'n'},
};

static sw_status drop_row(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  funnel *f = ctx;
  sw_html *h = f->h;
  sw_html_row(h);
  sw_html_cell(h, &DROP_COLUMNS[0]), sw_html_t(h, sw_report_keep(f->s, r, 0), sw_report_keep(f->s, r, 1)), sw_html_end_cell(h);
  sw_html_cell(h, &DROP_COLUMNS[1]), sw_html_t(h, sw_report_keep(f->s, r, 2), sw_report_keep(f->s, r, 3)), sw_html_end_cell(h);
  sw_html_cell(h, &DROP_COLUMNS[2]), sw_html_int(h, sw_rows_i64(r, 4)), sw_html_end_cell(h);
  sw_html_cell(h, &DROP_COLUMNS[3]), sw_html_money(h, sw_op_fen(r, 5)), sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status draw_funnel(const sw_report_scope *s, const sw_op_scheme *scheme, sw_html *h, sw_error *err) {
  enum { REASONS = 15 };
  funnel f = {.s = s, .h = h};
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  int64_t reasons = 0;
  sw_sql_build(&q, "SELECT zh, en, sum(cases)::BIGINT FROM {} WHERE NOT dropped GROUP BY position, zh, en ORDER BY position", sw_op_table(s, scheme, "funnel"));
  sw_status st = sw_report_each(s, q.ptr, SW_NO_PARAMS, keep_stage, &f, err);
  sw_html_subhead(h, "入组与支付漏斗", "From discharge to payment");
  if (st == SW_OK) sw_chart_funnel(h, f.stages.items, f.stages.len);
  SW_VEC_FREE(&f.stages);
  sw_buf_clear(&q);
  sw_sql_build(&q, "SELECT count(*) FROM (SELECT DISTINCT position, zh FROM {} WHERE dropped)", sw_op_table(s, scheme, "funnel"));
  if (st == SW_OK) st = sw_query_i64(s->conn, q.ptr, SW_NO_PARAMS, s->cancel, &reasons, NULL, err);
  if (st != SW_OK || !reasons) return st;
  sw_buf_clear(&q);
  sw_sql_build(&q,
               "SELECT min(k.zh), min(k.en), d.zh, d.en, sum(d.cases)::BIGINT, sum(d.cost)::DECIMAL(18,2) FROM {} d"
               " JOIN (SELECT DISTINCT position, zh, en FROM {} WHERE NOT dropped) k ON k.position = d.position WHERE d.dropped"
               " GROUP BY d.position, d.zh, d.en ORDER BY d.position, 5 DESC, d.zh LIMIT {}",
               sw_op_table(s, scheme, "funnel"), sw_op_table(s, scheme, "funnel"), sw_sql_i64(REASONS));
  sw_html_table(h, DROP_COLUMNS, sizeof DROP_COLUMNS / sizeof *DROP_COLUMNS);
  st = sw_report_each(s, q.ptr, SW_NO_PARAMS, drop_row, &f, err);
  sw_html_end_table(h);
  sw_html_more(h, reasons - REASONS, "suwen operations --by funnel");
  return st;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  const sw_op_scheme *scheme = sw_op_main(s);
  sw_op_org *orgs = NULL;
  size_t n = 0;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT {} FROM {} WHERE level = 'region'", sw_sql_raw(sw_str_of(CARD_COLUMNS)), sw_op_table(s, scheme, "indicator"));
  sw_status st = sw_op_orgs(s, scheme, &orgs, &n, err);
  if (st != SW_OK) return st;
  sw_html_section(h, "operations", "运营总览", "Operations at a glance", NULL, NULL);
  if (n == 1) sw_html_note(h, "%s，按 %s 分组结算。盈亏 = 医保支付 − 医疗费用，只算由医保基金支付的病例。",
                           "%s, grouped and settled by %s. Gain = payment less cost, of the cases that a fund pays for.", orgs[0].name, scheme->name);
  else sw_html_note(h, "全部 %zu 家机构，按 %s 分组结算。盈亏 = 医保支付 − 医疗费用，只算由医保基金支付的病例。",
                    "All %zu institutions, grouped and settled by %s. Gain = payment less cost, of the cases that a fund pays for.", n, scheme->name);
  st = sw_report_each(s, q.ptr, SW_NO_PARAMS, cards, h, err);
  if (st == SW_OK && n > 1) st = institutions(s, scheme, h, n, err);
  if (st == SW_OK) st = draw_funnel(s, scheme, h, err);
  sw_html_end_section(h);
  return st;
}

static bool present(const sw_report_scope *s) { return sw_op_main(s) != NULL; }

const sw_report_section SW_REPORT_OPERATIONS = {
    .id = "operations", .chapter = SW_CHAPTER_OPERATIONS, .title = {"运营总览", "At a glance"}, .present = present, .write = write,
    .absent = {"没有运营分析：流程里没有带 analysis 的 settle 步骤，或没有出院病例。在流程里加入 group 与 settle 步骤（见 hospital-daily）后再次运行。",
               "No analysis of operations: the flow has no settle step with analysis, or there are no discharges. Add group and settle steps (see hospital-daily) and run again."}};
