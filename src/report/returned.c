/* Rejections that others sent back, beside our own findings: what both found, what we missed, what they missed. */
#include "report/chart.h"
#include "report/parts.h"
#include "report/report.h"

enum { LISTED = 20 };

static bool present(const sw_report_scope *s) {
  int64_t n = 0;
  return sw_report_has(s, "quality", "returned_comparison") &&
         sw_query_i64(s->conn, "SELECT count(*) FROM quality.returned_comparison", SW_NO_PARAMS, s->cancel, &n, NULL, NULL) == SW_OK && n > 0;
}

typedef struct view {
  const sw_report_scope *s;
  sw_html *h;
} view;

static const sw_html_column VENN_COLUMNS[] = {
    {{"退回", "rejections"}, 't'}, {{"机构", "institution"}, 's'}, {{"仅对方", "only they"}, 'n'}, {{"双方", "both"}, 'n'}, {{"仅我方", "only we"}, 'n'},
    {{"仅对方 · 双方 · 仅我方", "only they · both · only we"}, 't'}, {{"我方无此行", "row unknown"}, 'n'}, {{"我方查出率", "found by us"}, 'n'},
};

static void figure(sw_html *h, int64_t v, const char *tone) {
  sw_html_cell_value(h, (double)v, v ? tone : "zero");
  sw_html_int(h, v);
  sw_html_end_cell(h);
}

static sw_status venn(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  int64_t they = sw_rows_i64(r, 2), both = sw_rows_i64(r, 3), we = sw_rows_i64(r, 4);
  sw_html_row(h);
  sw_html_cell(h, &VENN_COLUMNS[0]), sw_html_text(h, sw_rows_str(r, 0)), sw_html_end_cell(h);
  sw_html_cell(h, &VENN_COLUMNS[1]), sw_html_text(h, sw_rows_str(r, 1).len ? sw_rows_str(r, 1) : SW_LIT("–")), sw_html_end_cell(h);
  figure(h, they, "bad");
  figure(h, both, "good");
  figure(h, we, "");
  sw_html_cell(h, &VENN_COLUMNS[5]);
  const sw_chart_part parts[] = {{{"仅对方", "only they"}, they, "bad"}, {{"双方", "both"}, both, "c1"}, {{"仅我方", "only we"}, we, "c3"}};
  sw_chart_strip(h, parts, 3, 40);
  sw_html_end_cell(h);
  figure(h, sw_rows_i64(r, 5), "");
  sw_html_cell_value(h, they + both ? (double)both / (double)(they + both) : 0, "");
  sw_html_share(h, both, they + both);
  sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static const sw_html_column CODE_COLUMNS[] = {
    {{"对方代码", "their code"}, 's'}, {{"我方规则", "our rules"}, 't'}, {{"退回", "rejected"}, 'n'}, {{"我方也查出", "found by us, too"}, 'n'}, {{"我方漏查", "missed by us"}, 'n'}, {{"我方无此行", "row unknown"}, 'n'},
};

static sw_status code(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  sw_html *h = ((view *)ctx)->h;
  sw_html_row(h);
  sw_html_cell(h, &CODE_COLUMNS[0]), sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(r, 0)), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  sw_html_cell(h, &CODE_COLUMNS[1]);
  if (sw_rows_str(r, 1).len) sw_html_text(h, sw_rows_str(r, 1));
  else sw_html_raw(h, "<span class=\"state warn\">▲ "), sw_html_t(h, "没有对应的规则", "no rule of ours"), sw_html_raw(h, "</span>");
  sw_html_end_cell(h);
  figure(h, sw_rows_i64(r, 2), "");
  figure(h, sw_rows_i64(r, 3), "good");
  figure(h, sw_rows_i64(r, 4), "bad");
  figure(h, sw_rows_i64(r, 5), "");
  sw_html_end_row(h);
  return SW_OK;
}

static const sw_html_column RULE_COLUMNS[] = {
    {{"我方规则", "our rule"}, 's'}, {{"我方查出", "found by us"}, 'n'}, {{"对方也查出", "found by them, too"}, 'n'}, {{"对方漏查", "missed by them"}, 'n'}, {{"对方的代码", "their codes"}, 's'},
};

static sw_status rule(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  sw_html *h = ((view *)ctx)->h;
  sw_html_row(h);
  sw_html_cell(h, &RULE_COLUMNS[0]), sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(r, 0)), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  figure(h, sw_rows_i64(r, 1), "");
  figure(h, sw_rows_i64(r, 2), "good");
  figure(h, sw_rows_i64(r, 3), "");
  sw_html_cell(h, &RULE_COLUMNS[4]);
  if (sw_rows_i64(r, 4)) sw_html_t(h, "有", "yes");
  else sw_html_t(h, "没有：对方不查此项", "none: they do not look for it");
  sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status lists(view *v, sw_error *err) {
  sw_html_details(v->h, true, "对方的代码", "Their codes");
  sw_html_sorted_table(v->h, CODE_COLUMNS, sizeof CODE_COLUMNS / sizeof *CODE_COLUMNS);
  sw_status st = sw_report_each(v->s,
                                "SELECT code, any_value(rule), sum(total)::BIGINT, sum(in_both)::BIGINT, sum(only_one)::BIGINT AS missed, sum(not_found)::BIGINT FROM quality.returned_comparison "
                                "WHERE side = 'theirs' GROUP BY config, code ORDER BY missed DESC, code LIMIT ?", SW_PARAMS(sw_p_i64(LISTED)), code, v, err);
  sw_html_end_table(v->h);
  sw_html_end_details(v->h);
  if (st != SW_OK) return st;
  sw_html_details(v->h, false, "我方的规则", "Our rules");
  sw_html_sorted_table(v->h, RULE_COLUMNS, sizeof RULE_COLUMNS / sizeof *RULE_COLUMNS);
  st = sw_report_each(v->s,
                      "SELECT rule, sum(total)::BIGINT, sum(in_both)::BIGINT, sum(only_one)::BIGINT AS missed, bool_or(mapped) FROM quality.returned_comparison "
                      "WHERE side = 'ours' GROUP BY config, rule ORDER BY missed DESC, rule LIMIT ?", SW_PARAMS(sw_p_i64(LISTED)), rule, v, err);
  sw_html_end_table(v->h);
  sw_html_end_details(v->h);
  return st;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  static const sw_html_key keys[] = {{"bad", {"仅对方：我方漏查", "only they: missed by us"}}, {"c1", {"双方", "both"}}, {"c3", {"仅我方：有对应代码而对方漏查", "only we: they have a code and missed it"}}};
  view v = {.s = s, .h = h};
  sw_html_section(h, "returned", "退回比较", "Rejections sent back", "国家系统、医保退回的记录与我方查出的问题比较：谁漏了什么。逐行：suwen returned list；对应建议：suwen returned suggest。",
                  "Rejections of the national system or the insurer beside our findings: who missed what. Rows: suwen returned list; likely rules: suwen returned suggest.");
  sw_html_legend(h, keys, 3);
  sw_html_sorted_table(h, VENN_COLUMNS, sizeof VENN_COLUMNS / sizeof *VENN_COLUMNS);
  sw_status st = sw_report_each(s,
                                "SELECT config, org, sum(CASE WHEN side = 'theirs' THEN only_one ELSE 0 END)::BIGINT AS they, sum(CASE WHEN side = 'theirs' THEN in_both ELSE 0 END)::BIGINT, "
                                "sum(CASE WHEN side = 'ours' AND mapped THEN only_one ELSE 0 END)::BIGINT, sum(not_found)::BIGINT FROM quality.returned_comparison GROUP BY config, org "
                                "ORDER BY they DESC, config, org LIMIT ?", SW_PARAMS(sw_p_i64(LISTED)), venn, &v, err);
  sw_html_end_table(h);
  if (st == SW_OK) st = lists(&v, err);
  sw_html_end_section(h);
  return st;
}

const sw_report_section SW_REPORT_RETURNED = {
    .id = "returned", .chapter = SW_CHAPTER_FINDINGS, .title = {"退回比较", "Rejections sent back"}, .present = present,
    .absent = {"没有导入过退回记录。国家病案首页系统或医保的反馈文件用 suwen returned import 导入，即与我方查出的问题比较。",
               "No rejections were imported. suwen returned import takes the feedback of the national front-page system or the insurer and compares it with our findings."},
    .write = write};
