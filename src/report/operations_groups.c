/* Where the money is lost: departments by difficulty and gain, the groups that lose most, and what their cases cost more of. */
#include "base/vec.h"
#include "report/chart.h"
#include "report/operations.h"
#include "report/parts.h"

#include <math.h>

typedef struct view {
  const sw_report_scope *s;
  const sw_op_scheme *scheme;
  sw_html *h;
  const char *org; /* NULL: all institutions */
  SW_VEC(sw_chart_point) points;
  SW_VEC(sw_chart_bar) bars;
  SW_VEC(double) shares;
} view;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

static void forget(view *v) {
  SW_VEC_FREE(&v->points);
  SW_VEC_FREE(&v->bars);
  SW_VEC_FREE(&v->shares);
}

/* --- quadrant ---------------------------------------------------------------------------------------------- */

static sw_status keep_point(void *ctx, const sw_rows *r, sw_error *err) {
  view *v = ctx;
  double cmi = sw_rows_f64(r, 1), gain = sw_rows_f64(r, 2) / 1e4;
  const char *name = sw_report_keep(v->s, r, 0);
  char *hint = sw_arena_printf(v->s->arena, "%s: CMI %.3f; 盈亏 / gain %+.2f 万元 (10⁴ yuan); 病例 / cases %lld", name, cmi, gain, (long long)sw_rows_i64(r, 3));
  sw_chart_point p = {cmi, gain, sw_rows_f64(r, 3), name, hint ? hint : "", gain < 0 ? "bad" : "c1"};
  return SW_VEC_PUSH(&v->points, p) ? SW_OK : no_memory(err);
}

/* Departments with at least five cases; of one name in several institutions they count as one. */
static sw_status quadrant(view *v, sw_error *err) {
  double mean = NAN;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT max(cmi) FROM {} WHERE level = {} AND org_code = {}", sw_op_table(v->s, v->scheme, "indicator"),
               sw_sql_text(v->org ? "hospital" : "region"), sw_sql_text(v->org ? v->org : ""));
  sw_status st = sw_query_f64(v->s->conn, q.ptr, SW_NO_PARAMS, v->s->cancel, &mean, NULL, err);
  if (st != SW_OK) return st;
  sw_buf_clear(&q);
  sw_sql_build(&q,
               "SELECT name, sum(weight)::DOUBLE / nullif(sum(weight::DOUBLE / nullif(cmi, 0)), 0) AS cmi, sum(gain)::DOUBLE AS gain, sum(cases)::BIGINT AS n FROM {}"
               " WHERE level = 'department' AND cmi > 0 AND gain IS NOT NULL AND ({} IS NULL OR org_code = {}) GROUP BY name HAVING sum(cases) >= 5"
               " ORDER BY abs(sum(gain)) DESC, name LIMIT 60",
               sw_op_table(v->s, v->scheme, "indicator"), sw_sql_text(v->org), sw_sql_text(v->org));
  v->points.len = 0;
  st = sw_report_each(v->s, q.ptr, SW_NO_PARAMS, keep_point, v, err);
  if (st != SW_OK) return st;
  sw_html_subhead(v->h, "科室象限：技术难度与盈亏", "Departments: difficulty against gain");
  if (!v->points.len) {
    sw_html_empty(v->h, "没有 5 例以上的科室。", "No department has five cases.", "", "");
    return SW_OK;
  }
  static const sw_html_key keys[] = {{"c1", {"有结余", "gain"}}, {"bad", {"亏损", "loss"}}};
  sw_html_legend(v->h, keys, 2);
  sw_chart_axes axes = {.x = {"CMI（病例组合指数，越大越难；竖线为平均）", "CMI (case mix; larger is harder; the line is the mean)"},
                        .y = {"盈亏（万元）", "gain (10⁴ yuan)"},
                        .x_line = mean,
                        .y_line = 0,
                        .corner = {{"难度低 · 有结余", "simple, gain"}, {"难度高 · 有结余", "hard, gain"}, {"难度低 · 亏损", "simple, loss"}, {"难度高 · 亏损", "hard, loss"}}};
  sw_chart_scatter(v->h, &axes, v->points.items, v->points.len);
  sw_html_note(v->h, "圆的大小为病例数。右上角应当发展，左下角先查流程与用药用材。", "A circle's size is its number of cases. Upper right: to grow; lower left: look at pathways, drugs and consumables first.");
  return SW_OK;
}

/* --- Pareto -------------------------------------------------------------------------------------------------- */

/* At most n code points, then an ellipsis. */
static const char *shorten(const sw_report_scope *s, const char *text, size_t n) {
  size_t i = 0, points = 0;
  for (; text[i]; i++)
    if (((unsigned char)text[i] & 0xC0) != 0x80 && points++ == n) break;
  if (!text[i]) return text;
  char *cut = sw_arena_printf(s->arena, "%.*s…", (int)i, text);
  return cut ? cut : text;
}

static sw_status keep_bar(void *ctx, const sw_rows *r, sw_error *err) {
  view *v = ctx;
  char *label = sw_arena_printf(v->s->arena, "%s %s", shorten(v->s, sw_report_keep(v->s, r, 1), 18), sw_report_keep(v->s, r, 0));
  char *text = sw_arena_printf(v->s->arena, "%.2f · %lld", sw_rows_f64(r, 3) / 1e4, (long long)sw_rows_i64(r, 2));
  if (!label || !text) return sw_arena_check(v->s->arena, err);
  sw_chart_bar b = {{label, label}, sw_rows_f64(r, 3), text, "bad"};
  return SW_VEC_PUSH(&v->bars, b) && SW_VEC_PUSH(&v->shares, sw_rows_f64(r, 4)) ? SW_OK : no_memory(err);
}

static sw_status pareto(view *v, int64_t shown, sw_error *err) {
  int64_t losing = 0;
  double loss = 0;
  static const char groups[] = "WITH g AS (SELECT name, max(title) AS title, sum(settled)::BIGINT AS n, -sum(gain)::DOUBLE AS loss FROM {} WHERE level = 'group'"
                               " AND ({} IS NULL OR org_code = {}) GROUP BY name HAVING sum(gain) < 0)";
  SW_AUTO(sw_buf) head = SW_BUF_INIT;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&head, groups, sw_op_table(v->s, v->scheme, "indicator"), sw_sql_text(v->org), sw_sql_text(v->org));
  sw_buf_printf(&q, "%s SELECT count(*) FROM g", head.ptr);
  sw_status st = sw_query_i64(v->s->conn, q.ptr, SW_NO_PARAMS, v->s->cancel, &losing, NULL, err);
  sw_buf_clear(&q);
  sw_buf_printf(&q, "%s SELECT coalesce(sum(loss), 0) FROM g", head.ptr);
  if (st == SW_OK) st = sw_query_f64(v->s->conn, q.ptr, SW_NO_PARAMS, v->s->cancel, &loss, NULL, err);
  sw_buf_clear(&q);
  sw_buf_printf(&q,
                "%s SELECT name, coalesce(title, ''), n, loss, sum(loss) OVER (ORDER BY loss DESC, name ROWS UNBOUNDED PRECEDING) / sum(loss) OVER () FROM g"
                " ORDER BY loss DESC, name LIMIT %lld",
                head.ptr, (long long)shown);
  v->bars.len = v->shares.len = 0;
  if (st == SW_OK) st = sw_report_each(v->s, q.ptr, SW_NO_PARAMS, keep_bar, v, err);
  if (st != SW_OK) return st;
  sw_html_subhead(v->h, "亏损病组", "Groups that lose");
  if (!v->bars.len) {
    sw_html_empty(v->h, "没有亏损的病组。", "No group loses.", "", "");
    return SW_OK;
  }
  sw_html_note(v->h, "%lld 个病组亏损，合计 %.2f 万元；亏损最多的 %zu 个占 %.0f%%。条后为亏损（万元）· 结算病例数，最右为累计占比。",
               "%lld groups lose, %.2f (10⁴ yuan) in all; the %zu that lose most make %.0f%% of it. After a bar: loss (10⁴ yuan) · settled cases; at the right the running share.",
               (long long)losing, loss / 1e4, v->bars.len, v->shares.items[v->shares.len - 1] * 100);
  sw_chart_pareto(v->h, v->bars.items, v->shares.items, v->bars.len);
  sw_html_more(v->h, losing - shown, "suwen operations --by group");
  return SW_OK;
}

/* --- structure of cost ------------------------------------------------------------------------------------- */

enum { ITEMS = 4 };
static const char *const ITEM_NAMES[ITEMS][3] = {{"drug", "药品", "drugs"}, {"material", "耗材", "consumables"}, {"test", "检查检验", "tests"}, {"other", "其他", "other"}};
static const char *const ITEM_COLOURS[ITEMS] = {"c1", "c4", "c5", "c6"};

typedef struct structure {
  view *v;
  const char *org, *dept, *grp, *title;
  int64_t cases;
  double own[ITEMS], bench[ITEMS];
} structure;

static double total(const double *v) {
  double sum = 0;
  for (int i = 0; i < ITEMS; i++) sum += v[i] > 0 ? v[i] : 0;
  return sum;
}

static void stack(sw_html *h, const char *zh, const char *en, const double *v, double max) {
  sw_html_part parts[ITEMS];
  char hints[ITEMS][96];
  for (int i = 0; i < ITEMS; i++) {
    snprintf(hints[i], sizeof hints[i], "%s / %s: %.0f", ITEM_NAMES[i][1], ITEM_NAMES[i][2], v[i]);
    parts[i] = (sw_html_part){ITEM_COLOURS[i], max > 0 ? v[i] / max : 0, hints[i]};
  }
  sw_html_raw(h, "<span>"), sw_html_t(h, zh, en), sw_html_raw(h, "</span>");
  sw_html_stack(h, parts, ITEMS);
  sw_html_raw(h, "<span>"), sw_html_num(h, total(v), 0), sw_html_raw(h, "</span>");
}

static void explain(sw_html *h, const structure *x) {
  int worst = 0;
  char zh[200], en[200];
  for (int i = 1; i < ITEMS; i++)
    if (x->own[i] - x->bench[i] > x->own[worst] - x->bench[worst]) worst = i;
  double over = total(x->own) - total(x->bench), part = x->own[worst] - x->bench[worst];
  const char *more = sw_report_int(x->v->s, over), *most = sw_report_int(x->v->s, part);
  snprintf(zh, sizeof zh, "每例多花 %s 元，主要是%s（多 %s 元）。", more, ITEM_NAMES[worst][1], most);
  snprintf(en, sizeof en, "%s yuan more a case, mostly %s (%s more).", more, ITEM_NAMES[worst][2], most);
  sw_html_say(h, zh, en);
}

static void put_structure(sw_html *h, const structure *x) {
  double max = fmax(total(x->own), total(x->bench));
  sw_html_raw(h, "<div class=\"panel\"><h4>");
  sw_html_textz(h, shorten(x->v->s, x->title, 16));
  sw_html_raw(h, " <code>"), sw_html_textz(h, x->grp), sw_html_raw(h, "</code></h4><div class=\"sub\">");
  sw_html_textz(h, x->org), sw_html_raw(h, " · "), sw_html_textz(h, x->dept), sw_html_raw(h, " · ");
  sw_html_tf(h, "%lld 例", "%lld cases", (long long)x->cases);
  sw_html_raw(h, "</div><div class=\"structure\">");
  stack(h, "本科室", "here", x->own, max);
  stack(h, "标杆", "benchmark", x->bench, max);
  sw_html_raw(h, "</div>");
  explain(h, x);
  sw_html_end_panel(h);
}

static sw_status keep_structure(void *ctx, const sw_rows *r, sw_error *err) {
  view *v = ctx;
  (void)err;
  structure x = {.v = v, .org = sw_report_keep(v->s, r, 0), .dept = sw_report_keep(v->s, r, 1), .grp = sw_report_keep(v->s, r, 2), .title = sw_report_keep(v->s, r, 3),
                 .cases = sw_rows_i64(r, 4)};
  for (size_t i = 0; i < ITEMS; i++) x.own[i] = sw_rows_f64(r, 5 + 2 * i), x.bench[i] = sw_rows_f64(r, 6 + 2 * i);
  put_structure(v->h, &x);
  return SW_OK;
}

/* Departments' mean cost of a group by item, against that of all cases of the group: those that cost most more in all. */
static sw_status structures(view *v, sw_error *err) {
  enum { SHOWN = 6 };
  int64_t n = 0;
  SW_AUTO(sw_buf) from = SW_BUF_INIT;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&from,
               " FROM (SELECT org_code, dept, grp, max(cases) AS n, sum(yuan) - sum(benchmark_yuan) AS over, "
               "max(CASE WHEN item = 'drug' THEN yuan END) AS o0, max(CASE WHEN item = 'drug' THEN benchmark_yuan END) AS b0, "
               "max(CASE WHEN item = 'material' THEN yuan END) AS o1, max(CASE WHEN item = 'material' THEN benchmark_yuan END) AS b1, "
               "max(CASE WHEN item = 'test' THEN yuan END) AS o2, max(CASE WHEN item = 'test' THEN benchmark_yuan END) AS b2, "
               "max(CASE WHEN item = 'other' THEN yuan END) AS o3, max(CASE WHEN item = 'other' THEN benchmark_yuan END) AS b3 FROM {} WHERE dept IS NOT NULL"
               " GROUP BY org_code, dept, grp HAVING max(cases) >= 5 AND sum(yuan) - sum(benchmark_yuan) > 0) x"
               " LEFT JOIN (SELECT name, max(title) AS title FROM {} WHERE level = 'group' GROUP BY name) t ON t.name = x.grp"
               " LEFT JOIN (SELECT org_code, title AS org FROM {} WHERE level = 'hospital') o ON o.org_code = x.org_code",
               sw_op_table(v->s, v->scheme, "structure"), sw_op_table(v->s, v->scheme, "indicator"), sw_op_table(v->s, v->scheme, "indicator"));
  sw_buf_printf(&q, "SELECT count(*)%s", from.ptr);
  sw_status st = sw_query_i64(v->s->conn, q.ptr, SW_NO_PARAMS, v->s->cancel, &n, NULL, err);
  if (st != SW_OK || !n) return st;
  sw_html_subhead(v->h, "费用结构与标杆", "Structure of cost against the benchmark");
  static const sw_html_key keys[] = {{"c1", {"药品", "drugs"}}, {"c4", {"耗材", "consumables"}}, {"c5", {"检查检验", "tests"}}, {"c6", {"其他", "other"}}};
  sw_html_say(v->h, "例均费用（元）。标杆是全部机构同一病组的例均费用；列出 5 例以上、多花总额最大的科室。",
              "Mean cost of a case in yuan. The benchmark is the mean of all cases of the group; of departments with five cases, those whose excess is the largest.");
  sw_html_legend(v->h, keys, 4);
  sw_buf_clear(&q);
  sw_buf_printf(&q, "SELECT coalesce(o.org, x.org_code), dept, grp, coalesce(t.title, ''), n, o0, b0, o1, b1, o2, b2, o3, b3%s ORDER BY over * n DESC, x.org_code, dept, grp LIMIT %d",
                from.ptr, SHOWN);
  sw_html_panels(v->h, false);
  st = sw_report_each(v->s, q.ptr, SW_NO_PARAMS, keep_structure, v, err);
  sw_html_end_panels(v->h);
  return st;
}

/* --- the section --------------------------------------------------------------------------------------------- */

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  enum { ORGS = 8 };
  view v = {.s = s, .scheme = sw_op_main(s), .h = h};
  sw_op_org *orgs = NULL;
  size_t n = 0;
  sw_status st = sw_op_orgs(s, v.scheme, &orgs, &n, err);
  if (st != SW_OK) return st;
  sw_html_section(h, "operations-groups", "科室与病组盈亏", "Departments and groups", NULL, NULL);
  st = quadrant(&v, err);
  if (st == SW_OK) st = pareto(&v, 15, err);
  if (st == SW_OK) st = structures(&v, err);
  for (size_t i = 0; st == SW_OK && n > 1 && i < n && i < ORGS; i++) {
    v.org = orgs[i].code;
    sw_html_details(h, false, "%s（%lld 例）", "%s (%lld cases)", orgs[i].name, (long long)orgs[i].cases);
    st = quadrant(&v, err);
    if (st == SW_OK) st = pareto(&v, 10, err);
    sw_html_end_details(h);
  }
  if (n > ORGS) sw_html_more(h, (int64_t)(n - ORGS), "suwen operations --by group --org CODE");
  forget(&v);
  sw_html_end_section(h);
  return st;
}

static bool present(const sw_report_scope *s) { return sw_op_main(s) != NULL; }

const sw_report_section SW_REPORT_OPERATIONS_GROUPS = {
    .id = "operations-groups", .chapter = SW_CHAPTER_OPERATIONS, .title = {"科室与病组", "Departments and groups"}, .present = present, .write = write};
