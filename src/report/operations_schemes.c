/* DRG beside DIP on the same stays: what each would pay, and which departments win or lose by the difference. */
#include "report/operations.h"
#include "report/parts.h"

#include <math.h>

enum { DEPARTMENTS = 20 };

typedef struct view {
  const sw_report_scope *s;
  sw_html *h;
  double biggest;
} view;

static const sw_html_column COLUMNS[] = {
    {{"名称", "name"}, 't'},           {{"机构", "institution"}, 's'},     {{"结算病例", "settled"}, 'n'},
    {{"DRG 盈亏（元）", "DRG gain (yuan)"}, 'n'}, {{"DIP 盈亏（元）", "DIP gain (yuan)"}, 'n'}, {{"DIP − DRG（元）", "DIP − DRG (yuan)"}, 'n'}, {{"", ""}, 's'},
};

static void amount(sw_html *h, double v) {
  sw_html_cell_value(h, v, v < 0 ? "bad" : "");
  sw_html_num(h, v, 0);
  sw_html_end_cell(h);
}

static sw_status row(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  double drg = sw_op_f64(r, 3), dip = sw_op_f64(r, 4);
  sw_html_row(h);
  sw_html_cell(h, &COLUMNS[0]), sw_html_text(h, sw_rows_str(r, 0)), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[1]), sw_html_text(h, sw_rows_str(r, 1)), sw_html_end_cell(h);
  sw_html_cell_value(h, sw_op_f64(r, 2), ""), sw_html_int(h, sw_rows_i64(r, 2)), sw_html_end_cell(h);
  amount(h, drg);
  amount(h, dip);
  amount(h, dip - drg);
  sw_html_cell(h, &COLUMNS[6]), sw_html_bar_signed(h, v->biggest > 0 ? (dip - drg) / v->biggest : 0), sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status table(view *v, const char *level, int64_t limit, sw_error *err) {
  SW_AUTO(sw_buf) from = SW_BUF_INIT;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  int64_t n = 0;
  sw_sql_build(&from, " FROM {} a JOIN {} b ON b.level = a.level AND b.org_code = a.org_code AND b.name = a.name WHERE a.level = {} AND a.gain IS NOT NULL AND b.gain IS NOT NULL",
               sw_op_table(v->s, &SW_OP_SCHEME[0], "indicator"), sw_op_table(v->s, &SW_OP_SCHEME[1], "indicator"), sw_sql_text(level));
  sw_buf_printf(&q, "SELECT coalesce(max(abs(b.gain - a.gain)), 0)::DOUBLE%s", from.ptr);
  sw_status st = sw_query_f64(v->s->conn, q.ptr, SW_NO_PARAMS, v->s->cancel, &v->biggest, NULL, err);
  sw_buf_clear(&q);
  sw_buf_printf(&q, "SELECT count(*)%s", from.ptr);
  if (st == SW_OK) st = sw_query_i64(v->s->conn, q.ptr, SW_NO_PARAMS, v->s->cancel, &n, NULL, err);
  sw_buf_clear(&q);
  sw_buf_printf(&q, "SELECT CASE WHEN a.level = 'hospital' THEN coalesce(a.title, a.name) ELSE a.name END, a.org_code, a.settled, a.gain::DOUBLE, b.gain::DOUBLE%s"
                " ORDER BY abs(b.gain - a.gain) DESC, a.org_code, a.name LIMIT %lld", from.ptr, (long long)limit);
  if (st != SW_OK) return st;
  sw_html_sorted_table(v->h, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  st = sw_report_each(v->s, q.ptr, SW_NO_PARAMS, row, v, err);
  sw_html_end_table(v->h);
  sw_html_more(v->h, n - limit, "suwen operations --scheme dip --by department");
  return st;
}

static sw_status catalogue_words(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  int64_t cases = sw_rows_i64(r, 2);
  if (!cases) return SW_OK;
  sw_html_note(v->h, "DIP 目录由本地病例推导：核心病种 %lld 个，综合病种 %lld 个；%.1f%% 的病例进入核心病种，病例加权平均变异系数 %.2f。明细：ads.dip_catalogue。",
               "The DIP catalogue was derived from these stays: %lld core groups and %lld comprehensive; %.1f%% of stays in core groups, mean coefficient of variation %.2f. In full: ads.dip_catalogue.",
               (long long)sw_rows_i64(r, 0), (long long)sw_rows_i64(r, 1), 100.0 * sw_rows_f64(r, 3) / (double)cases, sw_rows_f64(r, 4));
  return SW_OK;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  view v = {.s = s, .h = h};
  sw_status st = SW_OK;
  sw_html_section(h, "operations-schemes", "DRG 与 DIP 对照", "DRG beside DIP", "同一批住院病例、同一笔基金，两种付费方式各付多少。",
                  "The same stays and the same fund: what each of the two ways of payment pays.");
  if (sw_report_has(s, "ads", "dip_catalogue"))
    st = sw_report_each(s,
                        "SELECT count(CASE WHEN kind = 'core' THEN 1 END), count(CASE WHEN kind <> 'core' THEN 1 END), coalesce(sum(cases), 0)::BIGINT,"
                        " coalesce(sum(CASE WHEN kind = 'core' THEN cases END), 0)::BIGINT, coalesce(sum(cv * cases) / sum(CASE WHEN cv IS NOT NULL THEN cases END), 0)"
                        " FROM ads.dip_catalogue",
                        SW_NO_PARAMS, catalogue_words, &v, err);
  sw_html_subhead(h, "机构", "Institutions");
  if (st == SW_OK) st = table(&v, "hospital", DEPARTMENTS, err);
  sw_html_subhead(h, "差别最大的科室", "Departments with the largest difference");
  if (st == SW_OK) st = table(&v, "department", DEPARTMENTS, err);
  sw_html_end_section(h);
  return st;
}

static bool present(const sw_report_scope *s) { return sw_op_has(s, &SW_OP_SCHEME[0]) && sw_op_has(s, &SW_OP_SCHEME[1]); }

const sw_report_section SW_REPORT_OPERATIONS_SCHEMES = {
    .id = "operations-schemes", .chapter = SW_CHAPTER_OPERATIONS, .title = {"DRG 与 DIP", "DRG and DIP"}, .present = present, .write = write};
