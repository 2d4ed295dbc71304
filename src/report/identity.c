/* The patient index: how many persons, what waits for a person, by what the run linked, and doubles at the institutions. */
#include "engine/rows.h"
#include "identity/cluster.h"
#include "report/chart.h"
#include "report/parts.h"
#include "report/report.h"

#include <math.h>

enum { OVERSIZED = 10, LISTED = 20, BIT_SCALE = 16 };

static bool present(const sw_report_scope *s) { return sw_report_has(s, "person", "model") && sw_report_has(s, "person", "review"); }

typedef struct view {
  const sw_report_scope *s;
  sw_html *h;
  double most;
  int64_t n;
} view;

static void figure(sw_html *h, int64_t v, const char *tone) {
  sw_html_cell_value(h, (double)v, v ? tone : "zero");
  sw_html_int(h, v);
  sw_html_end_cell(h);
}

/* --- figures --------------------------------------------------------------------------------------------- */

static const char FIGURES[] =
    "SELECT (SELECT count(*) FROM person.registration), (SELECT count(*) FROM person.person), (SELECT count(*) FROM person.person WHERE institutions > 1), "
    "(SELECT count(*) FROM person.review), (SELECT count(DISTINCT k) FROM (SELECT org_a || '|' || patient_a AS k FROM person.review UNION ALL SELECT org_b || '|' || patient_b FROM person.review)), "
    "(SELECT count(*) FROM person.alert), (SELECT count(*) FROM person.alert WHERE kind = 'borrowed_card'), (SELECT count(*) FROM person.relation), "
    "(SELECT count(*) FROM person.registration WHERE standin), (SELECT count(*) FROM person.registration WHERE no_evidence), (SELECT max(version) FROM person.model), "
    "(SELECT max(recall) FROM person.blocking), (SELECT count(*) FROM person.event WHERE kind = 'merge'), (SELECT count(*) FROM person.event WHERE kind = 'split')";

static sw_status cards(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  int64_t registrations = sw_rows_i64(r, 0), review = sw_rows_i64(r, 3), waiting = sw_rows_i64(r, 4), alerts = sw_rows_i64(r, 5);
  sw_html_cards(h);
  sw_html_card(h, "", "人", "Persons"), sw_html_int(h, sw_rows_i64(r, 1));
  sw_html_card_note(h, "登记 %lld 条", "%lld registrations", (long long)registrations);
  sw_html_card(h, "", "跨机构的人", "At several institutions"), sw_html_int(h, sw_rows_i64(r, 2));
  sw_html_card_note(h, "母子关系 %lld", "%lld mother and child", (long long)sw_rows_i64(r, 7));
  sw_html_card(h, review ? "warn" : "ok", "待人工核对（对）", "Pairs to review"), sw_html_int(h, review);
  sw_html_card_note(h, "涉及 %lld 条登记（%.2f%%）", "%lld registrations (%.2f %%)", (long long)waiting, registrations ? 100.0 * (double)waiting / (double)registrations : 0.0);
  sw_html_card(h, alerts ? "bad" : "ok", "提醒", "Alerts"), sw_html_int(h, alerts);
  sw_html_card_note(h, "疑似借用证卡 %lld", "%lld borrowed cards", (long long)sw_rows_i64(r, 6));
  sw_html_card(h, "", "占位姓名", "Stand-in names"), sw_html_int(h, sw_rows_i64(r, 8));
  sw_html_card_note(h, "毫无证据的登记 %lld", "%lld registrations without evidence", (long long)sw_rows_i64(r, 9));
  sw_html_card(h, "", "模型版本", "Model version"), sw_html_int(h, sw_rows_i64(r, 10));
  sw_html_card_note(h, "本次合并 %lld，拆分 %lld", "this run merged %lld, split %lld", (long long)sw_rows_i64(r, 12), (long long)sw_rows_i64(r, 13));
  sw_html_card(h, "", "分块召回率（估计）", "Blocking recall (estimated)"), sw_html_percent(h, sw_rows_f64(r, 11), 2);
  sw_html_card_note(h, "真实的对中会被比较的份额", "of true pairs that are compared at all");
  sw_html_end_cards(h);
  return SW_OK;
}

/* --- persons by size --------------------------------------------------------------------------------------- */

static const sw_html_column SIZE_COLUMNS[] = {{{"登记数", "registrations"}, 'n'}, {{"人", "persons"}, 'n'}, {{"", ""}, 's'}};

static sw_status size_row(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  if (v->most <= 0) v->most = sw_rows_f64(r, 2);
  sw_html_row(v->h);
  sw_html_cell(v->h, &SIZE_COLUMNS[0]), sw_html_text(v->h, sw_rows_str(r, 0)), sw_html_end_cell(v->h);
  figure(v->h, sw_rows_i64(r, 1), "");
  sw_html_cell(v->h, &SIZE_COLUMNS[2]), sw_html_bar(v->h, v->most > 0 ? (double)sw_rows_i64(r, 1) / v->most : 0, "c1"), sw_html_end_cell(v->h);
  sw_html_end_row(v->h);
  return SW_OK;
}

static const sw_html_column BIG_COLUMNS[] = {{{"人的编号", "person"}, 's'}, {{"登记数", "registrations"}, 'n'}, {{"机构", "institutions"}, 'n'}};

static sw_status big_row(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html_row(v->h);
  sw_html_cell(v->h, &BIG_COLUMNS[0]), sw_html_raw(v->h, "<code>"), sw_html_text(v->h, sw_rows_str(r, 0)), sw_html_raw(v->h, "</code>"), sw_html_end_cell(v->h);
  figure(v->h, sw_rows_i64(r, 1), "bad");
  figure(v->h, sw_rows_i64(r, 2), "");
  sw_html_end_row(v->h);
  v->n++;
  return SW_OK;
}

static sw_status sizes(view *v, sw_error *err) {
  sw_html_panel(v->h, "每人的登记数", "Registrations a person");
  sw_html_table(v->h, SIZE_COLUMNS, 3);
  v->most = 0;
  sw_status st = sw_report_each(v->s,
                                "SELECT CASE WHEN k >= 10 THEN '10+' ELSE CAST(k AS VARCHAR) END, n, max(n) OVER ()::DOUBLE FROM (SELECT least(registrations, 10) AS k, count(*) AS n FROM person.person GROUP BY 1) ORDER BY k",
                                SW_NO_PARAMS, size_row, v, err);
  sw_html_end_table(v->h);
  sw_html_end_panel(v->h);
  return st;
}

static sw_status oversized(view *v, sw_error *err) {
  sw_html_panel(v->h, "登记过多的人：核对是否并错", "Persons of many registrations: wrongly joined?");
  sw_html_table(v->h, BIG_COLUMNS, 3);
  v->n = 0;
  sw_status st = sw_report_each(v->s, "SELECT person_id, registrations, institutions FROM person.person WHERE registrations >= ? ORDER BY registrations DESC, person_id LIMIT ?",
                                SW_PARAMS(sw_p_i64(OVERSIZED), sw_p_i64(LISTED)), big_row, v, err);
  sw_html_end_table(v->h);
  if (st == SW_OK && v->n == 0) sw_html_note(v->h, "没有登记达到 %d 条的人。", "No person has %d or more registrations.", (int)OVERSIZED);
  sw_html_end_panel(v->h);
  return st;
}

/* --- what waits -------------------------------------------------------------------------------------------- */

static const sw_html_column QUEUE_COLUMNS[] = {{{"缘由", "why"}, 't'}, {{"对", "pairs"}, 'n'}, {{"", ""}, 's'}};

static sw_status queue_row(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_link_reason why = sw_link_reason_find(sw_rows_str(r, 0));
  sw_html_row(v->h);
  sw_html_cell(v->h, &QUEUE_COLUMNS[0]), sw_html_t(v->h, sw_link_reason_text(why, SW_LANG_ZH), sw_link_reason_text(why, SW_LANG_EN)), sw_html_end_cell(v->h);
  figure(v->h, sw_rows_i64(r, 1), sw_rows_i64(r, 2) ? "bad" : "");
  sw_html_cell(v->h, &QUEUE_COLUMNS[2]), sw_html_bar(v->h, sw_rows_f64(r, 3) > 0 ? (double)sw_rows_i64(r, 1) / sw_rows_f64(r, 3) : 0, sw_rows_i64(r, 2) ? "bad" : "c1"), sw_html_end_cell(v->h);
  sw_html_end_row(v->h);
  v->n++;
  return SW_OK;
}

static sw_status queue(view *v, bool alerts, sw_error *err) {
  if (alerts) sw_html_panel(v->h, "提醒", "Alerts");
  else sw_html_panel(v->h, "待人工核对", "To review");
  sw_html_table(v->h, QUEUE_COLUMNS, 3);
  v->n = 0;
  sw_status st = sw_report_each(v->s,
                                alerts ? "SELECT kind, n, 1, max(n) OVER ()::DOUBLE FROM (SELECT kind, count(*) AS n FROM person.alert GROUP BY kind) ORDER BY n DESC, kind"
                                       : "SELECT reason, n, 0, max(n) OVER ()::DOUBLE FROM (SELECT reason, count(*) AS n FROM person.review GROUP BY reason) ORDER BY n DESC, reason",
                                SW_NO_PARAMS, queue_row, v, err);
  sw_html_end_table(v->h);
  if (st == SW_OK && v->n == 0) sw_html_note(v->h, "没有。", "None.");
  sw_html_end_panel(v->h);
  return st;
}

/* --- doubles ------------------------------------------------------------------------------------------------ */

static const sw_html_column DOUBLE_COLUMNS[] = {
    {{"机构", "institution"}, 's'}, {{"院区", "campus"}, 's'}, {{"登记", "registrations"}, 'n'}, {{"重复", "doubles"}, 'n'}, {{"重复率", "rate"}, 'n'}, {{"", ""}, 's'}, {{"重复率最高的月份", "worst month"}, 's'},
};

static sw_status double_row(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  double rate = sw_rows_f64(r, 4);
  sw_html_row(h);
  sw_html_cell(h, &DOUBLE_COLUMNS[0]), sw_html_text(h, sw_rows_str(r, 0)), sw_html_end_cell(h);
  sw_html_cell(h, &DOUBLE_COLUMNS[1]), sw_html_text(h, sw_rows_is_null(r, 1) ? SW_LIT("–") : sw_rows_str(r, 1)), sw_html_end_cell(h);
  figure(h, sw_rows_i64(r, 2), "");
  figure(h, sw_rows_i64(r, 3), "bad");
  sw_html_cell_value(h, rate, ""), sw_html_percent(h, rate, 2), sw_html_end_cell(h);
  sw_html_cell(h, &DOUBLE_COLUMNS[5]), sw_html_bar(h, sw_rows_f64(r, 6) > 0 ? rate / sw_rows_f64(r, 6) : 0, "bad"), sw_html_end_cell(h);
  sw_html_cell(h, &DOUBLE_COLUMNS[6]), sw_html_text(h, sw_rows_is_null(r, 5) ? SW_LIT("–") : sw_rows_str(r, 5)), sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status doubles(view *v, sw_error *err) {
  sw_html_subhead(v->h, "机构内重复登记（按建档院区与月份统计）", "Doubles within an institution, by campus and month of registration");
  sw_html_sorted_table(v->h, DOUBLE_COLUMNS, sizeof DOUBLE_COLUMNS / sizeof *DOUBLE_COLUMNS);
  sw_status st = sw_report_each(v->s,
                                "SELECT org_code, campus_code, n::BIGINT, d::BIGINT, d / n, worst, max(d / n) OVER () FROM (SELECT org_code, campus_code, sum(registrations)::DOUBLE AS n, sum(duplicates)::DOUBLE AS d, "
                                "arg_max(month, rate) FILTER (WHERE duplicates > 0) AS worst FROM person.duplicate GROUP BY ALL) ORDER BY d / n DESC, org_code, campus_code LIMIT ?",
                                SW_PARAMS(sw_p_i64(LISTED * 2)), double_row, v, err);
  sw_html_end_table(v->h);
  return st;
}

/* --- the model ------------------------------------------------------------------------------------------------ */

static const sw_html_column WEIGHT_COLUMNS[] = {
    {{"字段", "field"}, 's'}, {{"相符程度", "agreement"}, 't'}, {{"权重（比特）", "weight (bits)"}, 'n'}, {{"反对 ← → 支持", "against ← → for"}, 's'},
    {{"同一人中 m", "m: of one person"}, 'n'}, {{"", ""}, 's'}, {{"任意两人中 u", "u: of any two"}, 'n'}, {{"", ""}, 's'},
};

static void put_share(sw_html *h, double share, const sw_html_column *bar, const char *cls) {
  sw_html_cell_value(h, share, "");
  if (share >= 0.0005) sw_html_percent(h, share, 2);
  else sw_html_fmt(h, "%.1e", share);
  sw_html_end_cell(h);
  sw_html_cell(h, bar), sw_html_bar(h, share, cls), sw_html_end_cell(h);
}

static sw_status weight_row(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  double weight = sw_rows_f64(r, 3), share = weight / BIT_SCALE;
  sw_html_row(h);
  sw_html_cell(h, &WEIGHT_COLUMNS[0]);
  if (sw_rows_i64(r, 6) == 0) sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(r, 0)), sw_html_raw(h, "</code>");
  sw_html_end_cell(h);
  sw_html_cell(h, &WEIGHT_COLUMNS[1]);
  sw_html_raw(h, "<span class=\"zh\">"), sw_html_text(h, sw_rows_str(r, 1)), sw_html_raw(h, "</span><span class=\"en\">"), sw_html_text(h, sw_rows_str(r, 2)), sw_html_raw(h, "</span>");
  sw_html_end_cell(h);
  sw_html_cell_value(h, weight, weight < 0 ? "bad" : ""), sw_html_fmt(h, "%+.1f", weight), sw_html_end_cell(h);
  sw_html_cell(h, &WEIGHT_COLUMNS[3]), sw_html_bar_signed(h, share > 1 ? 1 : share < -1 ? -1 : share), sw_html_end_cell(h);
  put_share(h, sw_rows_f64(r, 4), &WEIGHT_COLUMNS[5], "c1");
  put_share(h, sw_rows_f64(r, 5), &WEIGHT_COLUMNS[7], "c4");
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status weights(view *v, sw_error *err) {
  sw_html_subhead(v->h, "匹配权重与参数", "Match weights and parameters");
  sw_html_note(v->h, "权重为 log2(m/u)：多一比特，同一人的可能翻一倍。完全相同者再按该值是否常见增减。", "A weight is log2(m/u): one bit more doubles the odds of one person. Exact agreement counts more for rare values.");
  sw_html_table(v->h, WEIGHT_COLUMNS, sizeof WEIGHT_COLUMNS / sizeof *WEIGHT_COLUMNS);
  sw_status st = sw_report_each(v->s, "SELECT field, level_zh, level_en, weight, m, u, level FROM person.model ORDER BY place, level", SW_NO_PARAMS, weight_row, v, err);
  sw_html_end_table(v->h);
  return st;
}

static const sw_html_column BLOCK_COLUMNS[] = {
    {{"分块键", "blocking key"}, 't'}, {{"召回率（估计）", "recall (estimated)"}, 'n'}, {{"", ""}, 's'}, {{"新增比较的对", "pairs it adds"}, 'n'}, {{"块", "blocks"}, 'n'}, {{"最大块", "largest block"}, 'n'}, {{"细分的块", "divided"}, 'n'},
};

static sw_status block_row(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  sw_html_row(h);
  sw_html_cell(h, &BLOCK_COLUMNS[0]);
  sw_html_raw(h, "<span class=\"zh\">"), sw_html_text(h, sw_rows_str(r, 0)), sw_html_raw(h, "</span><span class=\"en\">"), sw_html_text(h, sw_rows_str(r, 1)), sw_html_raw(h, "</span>");
  sw_html_end_cell(h);
  sw_html_cell_value(h, sw_rows_f64(r, 2), ""), sw_html_percent(h, sw_rows_f64(r, 2), 1), sw_html_end_cell(h);
  sw_html_cell(h, &BLOCK_COLUMNS[2]), sw_html_bar(h, sw_rows_f64(r, 2), "c1"), sw_html_end_cell(h);
  for (size_t i = 3; i < 7; i++) figure(h, sw_rows_i64(r, i), "");
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status blocking(view *v, sw_error *err) {
  sw_html_subhead(v->h, "分块：哪些对被拿来比较", "Blocking: which pairs are compared");
  sw_html_table(v->h, BLOCK_COLUMNS, sizeof BLOCK_COLUMNS / sizeof *BLOCK_COLUMNS);
  sw_status st = sw_report_each(v->s, "SELECT keys_zh, keys_en, estimated_recall, pairs, blocks, largest, hubs FROM person.blocking ORDER BY family", SW_NO_PARAMS, block_row, v, err);
  sw_html_end_table(v->h);
  return st;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  view v = {.s = s, .h = h};
  sw_html_section(h, "identity", "患者主索引", "Patient index", "各机构的登记归到了多少人，哪些要人来定，按什么判断。不含患者的值。",
                  "How many persons the registrations are, what waits for a person to decide, and by what it was judged. No values of patients.");
  sw_status st = sw_report_each(s, FIGURES, SW_NO_PARAMS, cards, &v, err);
  sw_html_panels(h, false);
  if (st == SW_OK) st = sizes(&v, err);
  if (st == SW_OK) st = queue(&v, false, err);
  if (st == SW_OK) st = oversized(&v, err);
  if (st == SW_OK) st = queue(&v, true, err);
  sw_html_end_panels(h);
  sw_html_note(h, "逐对查看：suwen identify review；逐字段解释：suwen identify explain 甲 乙。", "Pair by pair: suwen identify review; field by field: suwen identify explain A B.");
  if (st == SW_OK) st = doubles(&v, err);
  if (st == SW_OK) st = weights(&v, err);
  if (st == SW_OK) st = blocking(&v, err);
  sw_html_end_section(h);
  return st;
}

const sw_report_section SW_REPORT_IDENTITY = {
    .id = "identity", .chapter = SW_CHAPTER_IDENTITY, .title = {"患者主索引", "Patient index"}, .present = present,
    .absent = {"本工作区尚未关联登记：在流程中加入 identify 步骤。", "No registrations have been linked in this workspace: add an identify step to the flow."}, .write = write};
