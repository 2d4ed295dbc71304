/* Quality of the run: scores of institutions with their intervals, and every rule that found something, counts beside rates. */
#include "base/vec.h"
#include "engine/rows.h"
#include "quality/rule.h"
#include "report/chart.h"
#include "report/parts.h"
#include "report/report.h"

#include <math.h>

static bool present(const sw_report_scope *s) { return sw_report_has_run(s, "quality", "result"); }

/* --- scores ---------------------------------------------------------------------------------------------- */

typedef struct score_cell {
  const char *table, *org;
  double score, low, high;
  int64_t failed;
} score_cell;

typedef struct scores {
  SW_VEC(score_cell) cells; /* by table, institution */
  SW_VEC(const char *) orgs;
} scores;

static sw_status load_scores(const sw_report_scope *s, scores *out, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT table_name, org, score, low, high, failed FROM quality.score WHERE run = ? AND dimension = '' AND formula = 'suwen-1' "
                          "AND org <> '' ORDER BY sum(failed) OVER (PARTITION BY table_name) DESC, table_name, org",
                          SW_PARAMS(sw_p_strz(s->run)), s->cancel, &rows, err);
  sw_step at = SW_DONE;
  while (st == SW_OK && (at = sw_rows_next(rows, err)) == SW_ROW) {
    score_cell c = {sw_arena_dupz(s->arena, sw_rows_str(rows, 0)), sw_arena_dupz(s->arena, sw_rows_str(rows, 1)), sw_rows_f64(rows, 2),
                    sw_rows_f64(rows, 3), sw_rows_f64(rows, 4), sw_rows_i64(rows, 5)};
    bool known = false;
    for (size_t i = 0; c.org && i < out->orgs.len; i++) known |= strcmp(out->orgs.items[i], c.org) == 0;
    bool ok = c.table && c.org && SW_VEC_PUSH(&out->cells, c) && (known || SW_VEC_PUSH(&out->orgs, c.org));
    if (!ok) st = SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  if (st == SW_OK && at == SW_STEP_ERROR) st = err->status;
  sw_rows_free(rows);
  return st;
}

static const score_cell *cell_of(const scores *v, size_t from, size_t to, const char *org) {
  for (size_t i = from; i < to; i++)
    if (strcmp(v->cells.items[i].org, org) == 0) return &v->cells.items[i];
  return NULL;
}

/* A table's scores side by side; the interval stands in the hint. */
static void score_row(sw_html *h, const scores *v, size_t from, size_t to) {
  sw_html_raw(h, "<tr><td class=\"s\"><code>");
  sw_html_textz(h, v->cells.items[from].table);
  sw_html_raw(h, "</code></td>");
  for (size_t i = 0; i < v->orgs.len; i++) {
    const score_cell *c = cell_of(v, from, to, v->orgs.items[i]);
    if (!c) {
      sw_html_raw(h, "<td class=\"n zero\">–</td>");
      continue;
    }
    sw_html_fmt(h, "<td class=\"n%s\" title=\"95 %%: %.2f – %.2f\">%.2f", c->failed ? (c->score < 99 ? " bad" : "") : " zero", c->low, c->high, c->score);
    if (c->failed) sw_html_raw(h, " ("), sw_html_int(h, c->failed), sw_html_raw(h, ")");
    sw_html_raw(h, "</td>");
  }
  sw_html_raw(h, "</tr>\n");
}

static void score_table(sw_html *h, const scores *v) {
  sw_html_raw(h, "<h3>");
  sw_html_t(h, "机构得分（满分 100，括号内为失败次数，悬停看 95% 区间）", "Scores by institution (of 100; failures in brackets, 95 % interval on hover)");
  sw_html_raw(h, "</h3><div class=\"scroll\"><table><thead><tr><th class=\"s\">");
  sw_html_t(h, "表", "table");
  sw_html_raw(h, "</th>");
  for (size_t i = 0; i < v->orgs.len; i++) sw_html_raw(h, "<th class=\"n\">"), sw_html_textz(h, v->orgs.items[i]), sw_html_raw(h, "</th>");
  sw_html_raw(h, "</tr></thead><tbody>");
  size_t perfect = 0;
  for (size_t from = 0, to; from < v->cells.len; from = to) {
    int64_t failed = 0;
    for (to = from; to < v->cells.len && strcmp(v->cells.items[to].table, v->cells.items[from].table) == 0; to++) failed += v->cells.items[to].failed;
    if (failed) score_row(h, v, from, to);
    else perfect++;
  }
  sw_html_raw(h, "</tbody></table></div>");
  if (!perfect) return;
  sw_html_raw(h, "<p class=\"lead\">");
  sw_html_tf(h, "另有 %zu 张表没有任何失败。", "%zu more tables have no failure at all.", perfect);
  sw_html_raw(h, "</p>");
}

static sw_status draw_scores(const sw_report_scope *s, sw_html *h, sw_error *err) {
  if (!sw_report_has(s, "quality", "score")) return SW_OK;
  scores v = {0};
  sw_status st = load_scores(s, &v, err);
  if (st == SW_OK && v.cells.len) score_table(h, &v);
  SW_VEC_FREE(&v.cells);
  SW_VEC_FREE(&v.orgs);
  return st;
}

/* --- dimensions by institution ------------------------------------------------------------------------------- */

enum { RADARS = 12 };

static size_t dimension_of(sw_str key) {
  for (size_t i = 0; i < SW_DIMENSIONS; i++)
    if (sw_str_eqz(key, sw_dimension_key((sw_dimension)i))) return i;
  return SW_DIMENSIONS;
}

static void draw_radar(sw_html *h, const char *org, const double *values, double whole) {
  const char *labels[SW_DIMENSIONS][2];
  double centre = 95; /* the middle of the axes: where the worst dimension still shows */
  for (size_t i = 0; i < SW_DIMENSIONS; i++) {
    labels[i][0] = sw_dimension_name((sw_dimension)i, SW_LANG_ZH);
    labels[i][1] = sw_dimension_name((sw_dimension)i, SW_LANG_EN);
    while (isfinite(values[i]) && values[i] < centre + 1 && centre > 0) centre = centre > 90 ? 90 : centre > 80 ? 80 : centre > 50 ? 50 : 0;
  }
  sw_html_panel_of(h, sw_str_of(org));
  sw_chart_radar_from(h, (const char *const(*)[2])labels, values, SW_DIMENSIONS, centre, 1);
  sw_html_raw(h, "<p class=\"sub\">");
  sw_html_tf(h, "总分 %.2f；轴心为 %.0f 分", "%.2f in all; the middle is %.0f", whole, centre);
  sw_html_raw(h, "</p>");
  sw_html_end_panel(h);
}

/* By dimension the table that fares worst: means over tables of which most are faultless would show nothing. */
static sw_status draw_radars(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  if (!sw_report_has(s, "quality", "score")) return SW_OK;
  sw_status st = sw_query(s->conn,
                          "SELECT org, dimension, CASE WHEN dimension = '' THEN sum(score * checked) / sum(checked) ELSE min(score) END, sum(sum(failed)) OVER (PARTITION BY org) AS lost FROM quality.score WHERE run = ? "
                          "AND formula = 'suwen-1' AND org <> '' AND checked > 0 GROUP BY 1, 2 ORDER BY lost DESC, org, dimension DESC",
                          SW_PARAMS(sw_p_strz(s->run)), s->cancel, &rows, err);
  if (st != SW_OK) return st;
  double values[SW_DIMENSIONS], whole = 0;
  const char *org = NULL;
  size_t drawn = 0;
  sw_step at;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    if (!org || !sw_str_eqz(sw_rows_str(rows, 0), org)) {
      if (!org) {
        sw_html_subhead(h, "各机构六个维度（每个维度取得分最低的表）", "Six dimensions by institution (of each the table that scores lowest)");
        sw_html_raw(h, "<div class=\"panels small\">");
      } else if (drawn++ < RADARS) {
        draw_radar(h, org, values, whole);
      }
      org = sw_arena_dupz(s->arena, sw_rows_str(rows, 0));
      if (!org) break;
      for (size_t i = 0; i < SW_DIMENSIONS; i++) values[i] = NAN;
      whole = 0;
    }
    size_t dimension = dimension_of(sw_rows_str(rows, 1));
    if (dimension < SW_DIMENSIONS) values[dimension] = sw_rows_f64(rows, 2);
    else whole = sw_rows_f64(rows, 2);
  }
  if (org && drawn++ < RADARS) draw_radar(h, org, values, whole);
  if (org) sw_html_raw(h, "</div>");
  sw_html_more(h, drawn > RADARS ? (int64_t)(drawn - RADARS) : 0, "suwen query 'SELECT * FROM quality.score'");
  sw_rows_free(rows);
  return at == SW_STEP_ERROR ? err->status : SW_OK;
}

/* --- rules ----------------------------------------------------------------------------------------------- */

static const sw_html_column COLUMNS[] = {
    {{"规则", "rule"}, 's'},        {{"内容", "statement"}, 't'},     {{"性质", "kind"}, 's'},   {{"检查", "checked"}, 'n'},
    {{"失败", "failed"}, 'n'},      {{"不适用", "not applicable"}, 'n'}, {{"机构", "institutions"}, 'n'},
};

/* The rule's statement from the packs, where they are loaded. */
static void put_title(const sw_report_scope *s, sw_html *h, sw_str table, sw_str rule) {
  const sw_pack_set *packs = sw_workspace_packs(s->workspace);
  sw_rule_list list = {0};
  sw_error ignored = SW_ERROR_INIT;
  if (packs && sw_rules_of_table(packs, table, s->arena, &list, &ignored) == SW_OK)
    for (size_t i = 0; i < list.n; i++)
      if (sw_str_eq(list.items[i]->id.name, rule)) {
        sw_html_raw(h, "<span class=\"zh\">"), sw_html_text(h, list.items[i]->title.zh), sw_html_raw(h, "</span><span class=\"en\">");
        sw_html_text(h, list.items[i]->title.en), sw_html_raw(h, "</span>");
        return;
      }
}

static void put_rule(const sw_report_scope *s, sw_html *h, const sw_rows *r) {
  bool mandatory = sw_rows_i64(r, 2) != 0;
  int64_t checked = sw_rows_i64(r, 3), failed = sw_rows_i64(r, 4);
  sw_html_row(h);
  sw_html_cell(h, &COLUMNS[0]), sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(r, 1)), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[1]), put_title(s, h, sw_rows_str(r, 0), sw_rows_str(r, 1)), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[2]);
  sw_html_fmt(h, "<span class=\"state %s\">%s ", mandatory ? "bad" : "warn", mandatory ? "✖" : "▲");
  sw_html_t(h, mandatory ? "强制" : "核实", mandatory ? "mandatory" : "to verify");
  sw_html_raw(h, "</span>"), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[3]), sw_html_int(h, checked), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[4]), sw_html_share(h, failed, checked), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[5]), sw_html_int(h, sw_rows_i64(r, 5)), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[6]), sw_html_int(h, sw_rows_i64(r, 6)), sw_html_end_cell(h);
  sw_html_end_row(h);
}

static sw_status list_rules(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT table_name, rule, bool_or(mandatory)::INTEGER, sum(checked)::BIGINT, sum(failed)::BIGINT, sum(not_applicable)::BIGINT, "
                          "count(DISTINCT CASE WHEN failed > 0 THEN org END) FROM quality.result WHERE run = ? GROUP BY 1, 2 HAVING sum(failed) > 0 "
                          "ORDER BY 3 DESC, 5 DESC, 2 LIMIT 200", SW_PARAMS(sw_p_strz(s->run)), s->cancel, &rows, err);
  if (st != SW_OK) return st;
  sw_html_raw(h, "<h3>");
  bool folded = false;
  sw_html_t(h, "有发现的规则", "Rules that found something");
  sw_html_raw(h, "</h3>");
  sw_html_table(h, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  enum { OPEN = 25 }; /* those that found most; the rest are folded */
  sw_step at;
  for (size_t i = 0; (at = sw_rows_next(rows, err)) == SW_ROW; i++) {
    if (i == OPEN) {
      sw_html_end_table(h);
      sw_html_details(h, false, "其余规则", "the other rules");
      sw_html_table(h, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
      folded = true;
    }
    put_rule(s, h, rows);
  }
  sw_html_end_table(h);
  if (folded) sw_html_end_details(h);
  sw_rows_free(rows);
  return at == SW_STEP_ERROR ? err->status : SW_OK;
}

static sw_status summary(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT count(DISTINCT rule), coalesce(sum(CASE WHEN mandatory THEN failed ELSE 0 END), 0)::BIGINT, "
                          "coalesce(sum(CASE WHEN mandatory THEN 0 ELSE failed END), 0)::BIGINT, count(DISTINCT CASE WHEN state = 'never applied' THEN rule END), "
                          "count(DISTINCT CASE WHEN broken > 0 THEN rule END) FROM quality.result WHERE run = ?",
                          SW_PARAMS(sw_p_strz(s->run)), s->cancel, &rows, err);
  if (st != SW_OK) return st;
  sw_step at = sw_rows_next(rows, err);
  if (at == SW_ROW) {
    sw_html_raw(h, "<p>");
    sw_html_tf(h, "%lld 条规则：强制规则失败 %lld 次，待核实 %lld 次；%lld 条规则从未适用，%lld 条规则运行出错。",
               "%lld rules: %lld failures of mandatory ones, %lld to verify; %lld never applied, %lld broke while running.", (long long)sw_rows_i64(rows, 0),
               (long long)sw_rows_i64(rows, 1), (long long)sw_rows_i64(rows, 2), (long long)sw_rows_i64(rows, 3), (long long)sw_rows_i64(rows, 4));
    sw_html_raw(h, "</p>");
  }
  sw_rows_free(rows);
  return at == SW_STEP_ERROR ? err->status : SW_OK;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_html_section(h, "quality", "质量", "Quality", "强制：违反即错；核实：不寻常，可能是对的。每一条失败的行都可列出：suwen failures --rule 规则号。",
                  "Mandatory: breaking it is wrong. To verify: unusual, may be right. Every failing row can be listed: suwen failures --rule ID.");
  sw_status st = summary(s, h, err);
  if (st == SW_OK) st = draw_radars(s, h, err);
  if (st == SW_OK) st = draw_scores(s, h, err);
  if (st == SW_OK) st = list_rules(s, h, err);
  sw_html_end_section(h);
  return st;
}

const sw_report_section SW_REPORT_QUALITY = {.id = "quality", .chapter = SW_CHAPTER_QUALITY, .title = {"质量", "Quality"}, .present = present,
    .absent = {"这次运行没有检查步骤的结果。在流程里加入 check 步骤，或执行 suwen check。", "This run has no results of checks. Add a check step to the flow, or run suwen check."},
    .write = write};
