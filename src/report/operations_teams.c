/* Teams that treat the same group, compared: is the difference more than chance, who costs more, and of what. */
#include "base/vec.h"
#include "report/chart.h"
#include "report/operations.h"
#include "report/parts.h"

#include <math.h>

enum { SHOWN = 6, LISTED = 30 };

typedef struct compared {
  const char *org, *org_code, *grp, *title;
  int64_t teams, cases;
  double f, df1, df2, p, eta2, welch, kruskal, p_drug, p_material;
} compared;

typedef struct view {
  const sw_report_scope *s;
  const sw_op_scheme *scheme;
  sw_html *h;
  SW_VEC(compared) groups;
  SW_VEC(sw_chart_mean) means;
  double sum;
  int64_t n;
} view;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

static sw_status keep_group(void *ctx, const sw_rows *r, sw_error *err) {
  view *v = ctx;
  compared c = {sw_report_keep(v->s, r, 0), sw_report_keep(v->s, r, 1), sw_report_keep(v->s, r, 2), sw_report_keep(v->s, r, 3), sw_rows_i64(r, 4), sw_rows_i64(r, 5),
                sw_op_f64(r, 6), sw_op_f64(r, 7), sw_op_f64(r, 8), sw_op_f64(r, 9), sw_op_f64(r, 10), sw_op_f64(r, 11), sw_op_f64(r, 12), sw_op_f64(r, 13), sw_op_f64(r, 14)};
  return SW_VEC_PUSH(&v->groups, c) ? SW_OK : no_memory(err);
}

static sw_status load(view *v, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q,
               "SELECT coalesce(o.title, a.org_code), a.org_code, a.grp, coalesce(t.title, ''), a.teams, a.cases, a.f, a.df1, a.df2, a.p, a.eta2, a.p_welch, a.p_kruskal,"
               " d.p, m.p FROM {} a LEFT JOIN {} d ON d.org_code = a.org_code AND d.grp = a.grp AND d.measure = 'drug'"
               " LEFT JOIN {} m ON m.org_code = a.org_code AND m.grp = a.grp AND m.measure = 'material'"
               " LEFT JOIN {} t ON t.level = 'group' AND t.org_code = a.org_code AND t.name = a.grp"
               " LEFT JOIN {} o ON o.level = 'hospital' AND o.org_code = a.org_code WHERE a.measure = 'cost' ORDER BY a.p NULLS LAST, a.org_code, a.grp LIMIT 2000",
               sw_op_table(v->s, v->scheme, "team_anova"), sw_op_table(v->s, v->scheme, "team_anova"), sw_op_table(v->s, v->scheme, "team_anova"),
               sw_op_table(v->s, v->scheme, "indicator"), sw_op_table(v->s, v->scheme, "indicator"));
  return sw_report_each(v->s, q.ptr, SW_NO_PARAMS, keep_group, v, err);
}

/* "< 0.001", "0.012" */
static const char *p_text(double p, char out[24]) {
  if (!isfinite(p)) return "–";
  if (p < 0.001) return "< 0.001";
  snprintf(out, 24, "%.3f", p);
  return out;
}

static void put_p(sw_html *h, double p) {
  char text[24];
  const char *z = p_text(p, text);
  sw_html_raw(h, z == text ? " <i>p</i> = " : " <i>p</i> ");
  sw_html_textz(h, z);
}

/* --- one group ------------------------------------------------------------------------------------------------ */

static sw_status keep_mean(void *ctx, const sw_rows *r, sw_error *err) {
  view *v = ctx;
  double mean = sw_rows_f64(r, 2), gain = sw_op_f64(r, 5);
  int64_t n = sw_rows_i64(r, 1);
  char *text = isfinite(gain) ? sw_arena_printf(v->s->arena, "%s ±%s · n=%lld · %s%s", sw_report_int(v->s, mean), sw_report_int(v->s, sw_rows_f64(r, 4) - mean), (long long)n,
                                                gain > 0 ? "+" : "", sw_report_int(v->s, gain))
                              : sw_arena_printf(v->s->arena, "%s ±%s · n=%lld", sw_report_int(v->s, mean), sw_report_int(v->s, sw_rows_f64(r, 4) - mean), (long long)n);
  if (!text) return sw_arena_check(v->s->arena, err);
  v->sum += mean * (double)n;
  v->n += n;
  sw_chart_mean m = {sw_report_keep(v->s, r, 0), mean, sw_rows_f64(r, 3), sw_rows_f64(r, 4), text, gain < 0 ? "bad" : ""};
  return SW_VEC_PUSH(&v->means, m) ? SW_OK : no_memory(err);
}

static void statistics(sw_html *h, const compared *c) {
  sw_html_raw(h, "<p class=\"sub\">");
  sw_html_fmt(h, "F(%.0f, %.0f) = %.2f,", c->df1, c->df2, c->f);
  put_p(h, c->p), sw_html_fmt(h, ", η² = %.2f; Welch", c->eta2);
  put_p(h, c->welch), sw_html_raw(h, "; Kruskal–Wallis"), put_p(h, c->kruskal);
  sw_html_raw(h, "; "), sw_html_t(h, "药品", "drugs"), put_p(h, c->p_drug);
  sw_html_raw(h, "; "), sw_html_t(h, "耗材", "consumables"), put_p(h, c->p_material);
  sw_html_raw(h, "</p>");
}

/* The pairs that differ after correction, three at most. */
static sw_status put_pair(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  double d = sw_rows_f64(r, 2);
  sw_html_raw(v->h, "<p class=\"sub\">");
  sw_html_textz(v->h, sw_report_keep(v->s, r, d > 0 ? 1 : 0));
  sw_html_tf(v->h, " 比 ", " costs more than ");
  sw_html_textz(v->h, sw_report_keep(v->s, r, d > 0 ? 0 : 1));
  sw_html_tf(v->h, " 每例多 %s 元", " by %s yuan a case", sw_report_int(v->s, fabs(d)));
  sw_html_raw(v->h, " (Tukey"), put_p(v->h, sw_op_f64(r, 3)), sw_html_raw(v->h, "; Holm"), put_p(v->h, sw_op_f64(r, 4)), sw_html_raw(v->h, ")</p>");
  return SW_OK;
}

/* What the dearest team spends more on than the others. */
static sw_status put_items(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  char zh[320], en[320];
  const char *team = sw_report_keep(v->s, r, 0);
  snprintf(zh, sizeof zh, "%s 每例比其他团队：药品 %+.0f，耗材 %+.0f，检查检验 %+.0f，其他 %+.0f 元。", team, sw_rows_f64(r, 1), sw_rows_f64(r, 2), sw_rows_f64(r, 3), sw_rows_f64(r, 4));
  snprintf(en, sizeof en, "%s against the other teams, a case: drugs %+.0f, consumables %+.0f, tests %+.0f, other %+.0f yuan.", team, sw_rows_f64(r, 1), sw_rows_f64(r, 2),
           sw_rows_f64(r, 3), sw_rows_f64(r, 4));
  sw_html_say(v->h, zh, en);
  return SW_OK;
}

static sw_status put_words(view *v, const compared *c, sw_error *err) {
  const sw_param who[] = {sw_p_strz(c->org_code), sw_p_strz(c->grp)};
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q,
               "SELECT team_a, team_b, difference, p_tukey, p_holm FROM {} WHERE org_code = ? AND grp = ? AND measure = 'cost' AND p_holm < 0.05"
               " ORDER BY p_holm, team_a, team_b LIMIT 3",
               sw_op_table(v->s, v->scheme, "team_pair"));
  sw_status st = sw_report_each(v->s, q.ptr, who, 2, put_pair, v, err);
  sw_buf_clear(&q);
  sw_sql_build(&q,
               "SELECT team, sum(CASE WHEN item = 'drug' THEN gap END), sum(CASE WHEN item = 'material' THEN gap END), sum(CASE WHEN item = 'test' THEN gap END),"
               " sum(CASE WHEN item = 'other' THEN gap END) FROM {} WHERE org_code = ? AND grp = ? GROUP BY team ORDER BY sum(gap) DESC, team LIMIT 1",
               sw_op_table(v->s, v->scheme, "team_item"));
  return st == SW_OK ? sw_report_each(v->s, q.ptr, who, 2, put_items, v, err) : st;
}

static sw_status panel(view *v, const compared *c, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  v->means.len = 0;
  v->sum = 0;
  v->n = 0;
  sw_sql_build(&q, "SELECT team, cases, mean, low, high, gain_per_case FROM {} WHERE org_code = ? AND grp = ? AND measure = 'cost' ORDER BY mean DESC, team LIMIT 12",
               sw_op_table(v->s, v->scheme, "team_mean"));
  sw_status st = sw_report_each(v->s, q.ptr, SW_PARAMS(sw_p_strz(c->org_code), sw_p_strz(c->grp)), keep_mean, v, err);
  if (st != SW_OK) return st;
  sw_html_raw(v->h, "<div class=\"panel\"><h4>");
  sw_html_textz(v->h, c->title), sw_html_raw(v->h, " <code>"), sw_html_textz(v->h, c->grp), sw_html_raw(v->h, "</code></h4><div class=\"sub\">");
  sw_html_textz(v->h, c->org);
  sw_html_tf(v->h, " · %lld 个团队，%lld 例", " · %lld teams, %lld cases", (long long)c->teams, (long long)c->cases);
  sw_html_raw(v->h, "</div>");
  sw_chart_means(v->h, v->means.items, v->means.len, v->n ? v->sum / (double)v->n : NAN);
  statistics(v->h, c);
  st = put_words(v, c, err);
  sw_html_end_panel(v->h);
  return st;
}

/* --- the list ---------------------------------------------------------------------------------------------------- */

static const sw_html_column COLUMNS[] = {
    {{"病组", "group"}, 't'}, {{"机构", "institution"}, 't'}, {{"团队", "teams"}, 'n'}, {{"病例", "cases"}, 'n'}, {{"F", "F"}, 'n'},
    {{"p 总费用", "p total"}, 'n'}, {{"p 药品", "p drugs"}, 'n'}, {{"p 耗材", "p consumables"}, 'n'}, {{"η²", "η²"}, 'n'},
};

static void p_cell(sw_html *h, double p) {
  char text[24];
  sw_html_cell_value(h, p, p < 0.05 ? "bad" : "");
  sw_html_textz(h, p_text(p, text));
  sw_html_end_cell(h);
}

static void list(const view *v) {
  sw_html *h = v->h;
  sw_html_details(h, false, "全部 %zu 个可比较的病组", "all %zu groups that can be compared", v->groups.len);
  sw_html_sorted_table(h, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  for (size_t i = 0; i < v->groups.len && i < LISTED; i++) {
    const compared *c = &v->groups.items[i];
    sw_html_row(h);
    sw_html_cell(h, &COLUMNS[0]), sw_html_textz(h, c->title), sw_html_raw(h, " <code>"), sw_html_textz(h, c->grp), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
    sw_html_cell(h, &COLUMNS[1]), sw_html_textz(h, c->org), sw_html_end_cell(h);
    sw_html_cell_value(h, (double)c->teams, ""), sw_html_int(h, c->teams), sw_html_end_cell(h);
    sw_html_cell_value(h, (double)c->cases, ""), sw_html_int(h, c->cases), sw_html_end_cell(h);
    sw_html_cell_value(h, c->f, ""), sw_html_num(h, c->f, 2), sw_html_end_cell(h);
    p_cell(h, c->p);
    p_cell(h, c->p_drug);
    p_cell(h, c->p_material);
    sw_html_cell_value(h, c->eta2, ""), sw_html_num(h, c->eta2, 2), sw_html_end_cell(h);
    sw_html_end_row(h);
  }
  sw_html_end_table(h);
  sw_html_more(h, (int64_t)v->groups.len - LISTED, "suwen operations --by comparison");
  sw_html_end_details(h);
}

static sw_status body(view *v, sw_error *err) {
  size_t differ = 0;
  for (size_t i = 0; i < v->groups.len; i++) differ += v->groups.items[i].p < 0.05;
  if (!v->groups.len) {
    sw_html_empty(v->h, "没有一个病组在同一机构有两个各 10 例以上的团队，还不能比较。", "In no institution does a group have two teams with ten cases each: nothing can be compared yet.",
                  "病例积累后自动出现。", "It appears as cases come.");
    return SW_OK;
  }
  sw_html_note(v->h, "%zu 个病组可以比较，其中 %zu 个总费用有差异（p < 0.05）；纯属偶然时约会有 %.1f 个。", "%zu groups can be compared; in %zu total cost differs (p < 0.05). By chance alone about %.1f would.",
               v->groups.len, differ, (double)v->groups.len * 0.05);
  sw_html_raw(v->h, "<div class=\"panels wide\">");
  sw_status st = SW_OK;
  for (size_t i = 0; st == SW_OK && i < v->groups.len && i < SHOWN; i++)
    if (i < 2 || v->groups.items[i].p < 0.05) st = panel(v, &v->groups.items[i], err);
  sw_html_end_panels(v->h);
  if (st == SW_OK) list(v);
  return st;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  view v = {.s = s, .scheme = sw_op_main(s), .h = h};
  sw_status st = load(&v, err);
  if (st != SW_OK) return st;
  sw_html_section(h, "operations-teams", "医疗团队比较", "Medical teams",
                  "同一机构、同一病组，各团队例均费用（元）的单因素方差分析，药品与耗材分开；点为均数，线为 95% 置信区间，虚线为全部病例，行末为均数 · 病例数 · 例均盈亏；红色为亏损的团队。成对比较经 Tukey 与 Holm 校正。",
                  "One-way analysis of variance of teams' mean cost (yuan) in the same institution and group, drugs and consumables apart. A point is the mean, its line the 95 % "
                  "interval, the dashed line all cases; at the end mean · cases · gain a case; red teams lose. Pairs are corrected by Tukey and Holm.");
  st = body(&v, err);
  SW_VEC_FREE(&v.groups);
  SW_VEC_FREE(&v.means);
  sw_html_end_section(h);
  return st;
}

static bool present(const sw_report_scope *s) {
  const sw_op_scheme *scheme = sw_op_main(s);
  const char *table = scheme ? sw_arena_printf(s->arena, "%s_team_mean", scheme->prefix) : NULL;
  return table && sw_report_has(s, "ads", table);
}

const sw_report_section SW_REPORT_OPERATIONS_TEAMS = {
    .id = "operations-teams", .chapter = SW_CHAPTER_OPERATIONS, .title = {"团队比较", "Teams"}, .present = present, .write = write};
