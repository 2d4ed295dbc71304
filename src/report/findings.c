/* Findings: what is open and overdue, at whom, how old, how much was closed, and which rules they come from. */
#include "base/vec.h"
#include "report/chart.h"
#include "report/parts.h"
#include "report/report.h"

#include <math.h>

enum { ORGS = 50, OWNERS = 20, RULES = 12 };

static bool present(const sw_report_scope *s) {
  int64_t n = 0;
  return sw_report_has(s, "quality", "finding") && sw_query_i64(s->conn, "SELECT count(*) FROM quality.finding", SW_NO_PARAMS, s->cancel, &n, NULL, NULL) == SW_OK && n > 0;
}

typedef struct view {
  const sw_report_scope *s;
  sw_html *h;
  double most;
} view;

/* --- figures --------------------------------------------------------------------------------------------- */

static sw_status cards(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  int64_t open = sw_rows_i64(r, 0), overdue = sw_rows_i64(r, 1), accepted = sw_rows_i64(r, 2), disputed = sw_rows_i64(r, 3), closed = sw_rows_i64(r, 4), all = sw_rows_i64(r, 5);
  sw_html_cards(h);
  sw_html_card(h, open ? "warn" : "ok", "待整改", "Open"), sw_html_int(h, open);
  sw_html_card_note(h, "其中强制 %lld", "%lld of mandatory rules", (long long)sw_rows_i64(r, 6));
  sw_html_card(h, overdue ? "bad" : "ok", "过期未改", "Overdue"), sw_html_int(h, overdue);
  sw_html_card_note(h, "最早已过 %lld 天", "the oldest by %lld days", (long long)sw_rows_i64(r, 7));
  sw_html_card(h, "ok", "整改率", "Closing rate"), sw_html_percent(h, all ? (double)closed / (double)all : NAN, 1);
  sw_html_card_note(h, "已关闭 %lld / 共 %lld", "%lld closed of %lld", (long long)closed, (long long)all);
  sw_html_card(h, "", "整改用时（中位）", "Days to correct (median)");
  if (sw_rows_is_null(r, 8)) sw_html_raw(h, "–");
  else sw_html_num(h, sw_rows_f64(r, 8), 0);
  sw_html_card_note(h, "重开 %lld 次", "%lld reopened", (long long)sw_rows_i64(r, 9));
  sw_html_card(h, "", "认可", "Accepted"), sw_html_int(h, accepted);
  sw_html_card_note(h, "有理由、有期限", "with reason and expiry");
  sw_html_card(h, disputed ? "warn" : "", "有争议", "Disputed"), sw_html_int(h, disputed);
  sw_html_card_note(h, "待裁定", "to be settled");
  sw_html_end_cards(h);
  return SW_OK;
}

/* --- institutions ------------------------------------------------------------------------------------------ */

static const sw_html_column ORG_COLUMNS[] = {
    {{"机构", "institution"}, 's'}, {{"待整改", "open"}, 'n'},     {{"过期", "overdue"}, 'n'}, {{"0–7 天", "0–7 days"}, 'n'}, {{"8–30 天", "8–30 days"}, 'n'},
    {{"30 天以上", "over 30"}, 'n'}, {{"账龄", "age"}, 's'},       {{"认可", "accepted"}, 'n'}, {{"争议", "disputed"}, 'n'},  {{"已关闭", "closed"}, 'n'},
    {{"整改率", "closing rate"}, 'n'}, {{"", ""}, 's'},
};

static void figure(sw_html *h, int64_t v, const char *tone) {
  sw_html_cell_value(h, (double)v, v ? tone : "zero");
  sw_html_int(h, v);
  sw_html_end_cell(h);
}

static sw_status institution(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  double closed = (double)sw_rows_i64(r, 8), all = closed + (double)(sw_rows_i64(r, 1) + sw_rows_i64(r, 6) + sw_rows_i64(r, 7)), rate = all > 0 ? closed / all : NAN;
  sw_html_row(h);
  sw_html_cell(h, &ORG_COLUMNS[0]), sw_html_text(h, sw_rows_str(r, 0).len ? sw_rows_str(r, 0) : SW_LIT("–")), sw_html_end_cell(h);
  figure(h, sw_rows_i64(r, 1), "");
  figure(h, sw_rows_i64(r, 2), "bad");
  for (size_t i = 3; i < 6; i++) figure(h, sw_rows_i64(r, i), i == 5 ? "bad" : "");
  sw_html_cell(h, &ORG_COLUMNS[6]);
  const sw_html_part parts[] = {{"c3", v->most > 0 ? (double)sw_rows_i64(r, 3) / v->most : 0, "0–7"}, {"c4", v->most > 0 ? (double)sw_rows_i64(r, 4) / v->most : 0, "8–30"},
                                {"bad", v->most > 0 ? (double)sw_rows_i64(r, 5) / v->most : 0, ">30"}};
  sw_html_stack(h, parts, 3);
  sw_html_end_cell(h);
  for (size_t i = 6; i < 9; i++) figure(h, sw_rows_i64(r, i), "");
  sw_html_cell_value(h, rate, "");
  sw_html_percent(h, rate, 1);
  sw_html_end_cell(h);
  sw_html_cell(h, &ORG_COLUMNS[11]), sw_html_bar(h, isfinite(rate) ? rate : 0, "c1"), sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status institutions(view *v, sw_error *err) {
  static const sw_html_key keys[] = {{"c3", {"0–7 天", "0–7 days"}}, {"c4", {"8–30 天", "8–30 days"}}, {"bad", {"30 天以上", "over 30 days"}}};
  int64_t n = 0;
  sw_status st = sw_query_i64(v->s->conn, "SELECT count(DISTINCT org) FROM quality.finding", SW_NO_PARAMS, v->s->cancel, &n, NULL, err);
  if (st == SW_OK)
    st = sw_query_f64(v->s->conn, "SELECT coalesce(max(n), 0)::DOUBLE FROM (SELECT count(*) AS n FROM quality.finding WHERE state = 'open' GROUP BY org)", SW_NO_PARAMS, v->s->cancel,
                      &v->most, NULL, err);
  if (st != SW_OK) return st;
  sw_html_subhead(v->h, "各机构：待整改的账龄与整改率", "By institution: age of what is open, closing rate");
  sw_html_legend(v->h, keys, 3);
  sw_html_sorted_table(v->h, ORG_COLUMNS, sizeof ORG_COLUMNS / sizeof *ORG_COLUMNS);
  st = sw_report_each(v->s,
                      "SELECT org, count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE overdue), count(*) FILTER (WHERE state = 'open' AND days_open <= 7), "
                      "count(*) FILTER (WHERE state = 'open' AND days_open BETWEEN 8 AND 30), count(*) FILTER (WHERE state = 'open' AND days_open > 30), "
                      "count(*) FILTER (WHERE state = 'accepted'), count(*) FILTER (WHERE state = 'disputed'), "
                      "count(*) FILTER (WHERE state IN ('corrected', 'withdrawn', 'retired')) FROM quality.finding GROUP BY org ORDER BY 3 DESC, 2 DESC, org LIMIT ?",
                      SW_PARAMS(sw_p_i64(ORGS)), institution, v, err);
  sw_html_end_table(v->h);
  sw_html_more(v->h, n - ORGS > 0 ? n - ORGS : 0, "suwen findings --state all --json");
  return st;
}

/* --- owners -------------------------------------------------------------------------------------------------- */

static const sw_html_column OWNER_COLUMNS[] = {
    {{"归属", "owner"}, 't'}, {{"层级", "level"}, 's'}, {{"机构", "institution"}, 's'}, {{"待整改", "open"}, 'n'}, {{"", ""}, 's'}, {{"过期", "overdue"}, 'n'}, {{"最长天数", "oldest, days"}, 'n'},
};

static void put_level(sw_html *h, sw_str level) {
  static const char *const names[][3] = {{"institution", "机构", "institution"}, {"department", "科室", "department"}, {"coder", "编码员", "coder"}, {"doctor", "医师", "doctor"}};
  for (size_t i = 0; i < 4; i++)
    if (sw_str_eqz(level, names[i][0])) sw_html_t(h, names[i][1], names[i][2]);
}

static sw_status owner(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html *h = v->h;
  if (v->most <= 0) v->most = (double)sw_rows_i64(r, 3); /* the first has most */
  sw_html_row(h);
  sw_html_cell(h, &OWNER_COLUMNS[0]), sw_html_text(h, sw_rows_str(r, 0)), sw_html_end_cell(h);
  sw_html_cell(h, &OWNER_COLUMNS[1]), put_level(h, sw_rows_str(r, 1)), sw_html_end_cell(h);
  sw_html_cell(h, &OWNER_COLUMNS[2]), sw_html_text(h, sw_rows_str(r, 2)), sw_html_end_cell(h);
  figure(h, sw_rows_i64(r, 3), "");
  sw_html_cell(h, &OWNER_COLUMNS[4]), sw_html_bar(h, v->most > 0 ? (double)sw_rows_i64(r, 3) / v->most : 0, "c1"), sw_html_end_cell(h);
  figure(h, sw_rows_i64(r, 4), "bad");
  figure(h, sw_rows_i64(r, 5), "");
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status owners(view *v, sw_error *err) {
  int64_t n = 0;
  sw_status st = sw_query_i64(v->s->conn, "SELECT count(*) FROM (SELECT DISTINCT org, level, owner FROM quality.finding WHERE state = 'open')", SW_NO_PARAMS, v->s->cancel, &n, NULL, err);
  if (st != SW_OK || !n) return st;
  v->most = 0;
  sw_html_subhead(v->h, "待整改最多的科室与人员", "Who has most to correct");
  sw_html_sorted_table(v->h, OWNER_COLUMNS, sizeof OWNER_COLUMNS / sizeof *OWNER_COLUMNS);
  /* a department is known by its name where the institution delivers its dictionary */
  bool names = sw_report_has(v->s, "dwd", "dict_item");
  st = sw_report_each(v->s,
                      names ? "WITH f AS (SELECT owner, level, org, count(*) AS n, count(*) FILTER (WHERE overdue) AS late, max(days_open) AS oldest FROM quality.finding "
                              "WHERE state = 'open' GROUP BY org, level, owner), d AS (SELECT org_code, code, any_value(name) AS name FROM dwd.dict_item WHERE dict_type = 'dept' GROUP BY ALL) "
                              "SELECT CASE WHEN d.name IS NULL THEN f.owner ELSE f.owner || ' ' || d.name END, level, org, n, late, oldest FROM f LEFT JOIN d ON f.level = 'department' "
                              "AND d.org_code = f.org AND d.code = f.owner ORDER BY n DESC, late DESC, org, owner LIMIT ?"
                            : "SELECT owner, level, org, count(*) AS n, count(*) FILTER (WHERE overdue) AS late, max(days_open) FROM quality.finding WHERE state = 'open' "
                              "GROUP BY org, level, owner ORDER BY n DESC, late DESC, org, owner LIMIT ?",
                      SW_PARAMS(sw_p_i64(OWNERS)), owner, v, err);
  sw_html_end_table(v->h);
  sw_html_more(v->h, n - OWNERS > 0 ? n - OWNERS : 0, "suwen findings --json");
  return st;
}

/* --- rules --------------------------------------------------------------------------------------------------- */

typedef struct bars {
  const sw_report_scope *s;
  SW_VEC(sw_chart_bar) list;
  SW_VEC(double) shares;
} bars;

static sw_status bar(void *ctx, const sw_rows *r, sw_error *err) {
  bars *b = ctx;
  double n = (double)sw_rows_i64(r, 3);
  const char *rule = sw_report_keep(b->s, r, 0);
  sw_chart_bar x = {.label = {sw_arena_printf(b->s->arena, "%s%s", rule, sw_report_keep(b->s, r, 1)), sw_arena_printf(b->s->arena, "%s%s", rule, sw_report_keep(b->s, r, 2))},
                    .value = n, .text = sw_report_int(b->s, n), .cls = sw_rows_i64(r, 5) ? "bad" : "c4"};
  bool ok = x.label[0] && x.label[1] && SW_VEC_PUSH(&b->list, x) && SW_VEC_PUSH(&b->shares, sw_rows_f64(r, 4));
  return ok ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static sw_status rules(view *v, sw_error *err) {
  static const sw_html_key keys[] = {{"bad", {"强制", "mandatory"}}, {"c4", {"核实", "to verify"}}};
  bars b = {.s = v->s};
  sw_status st = sw_report_each(
      v->s,
      "WITH n AS (SELECT table_name, rule, count(*) AS n, bool_or(mandatory) AS m FROM quality.finding WHERE state = 'open' GROUP BY ALL), "
      "t AS (SELECT table_name, rule, arg_max(title_zh, as_of) AS zh, arg_max(title_en, as_of) AS en FROM (SELECT r.table_name, r.rule, r.title_zh, r.title_en, u.as_of "
      "FROM quality.rule r JOIN quality.run u USING (run, table_name)) GROUP BY ALL) "
      "SELECT CASE WHEN length(n.rule) <= 12 THEN n.rule || ' ' ELSE '' END, CASE WHEN length(t.zh) > 20 THEN left(t.zh, 19) || '…' ELSE coalesce(t.zh, n.rule) END, "
      "CASE WHEN length(t.en) > 36 THEN left(t.en, 35) || '…' ELSE coalesce(t.en, n.rule) END, n.n, (sum(n.n) OVER (ORDER BY n.n DESC, n.rule ROWS UNBOUNDED PRECEDING))::DOUBLE / "
      "(SELECT sum(n) FROM n), n.m FROM n LEFT JOIN t USING (table_name, rule) ORDER BY n.n DESC, n.rule LIMIT ?",
      SW_PARAMS(sw_p_i64(RULES)), bar, &b, err);
  if (st == SW_OK && b.list.len) {
    sw_html_subhead(v->h, "待整改来自哪些规则（右为累计占比）", "The rules that they come from (running share at the right)");
    sw_html_legend(v->h, keys, 2);
    sw_chart_pareto(v->h, b.list.items, b.shares.items, b.list.len);
  }
  SW_VEC_FREE(&b.list);
  SW_VEC_FREE(&b.shares);
  return st;
}

/* --- the last round -------------------------------------------------------------------------------------------- */

static sw_status last_round(void *ctx, const sw_rows *r, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_html_note(v->h, "最近一轮：新增 %lld，重开 %lld，认可到期 %lld，已整改 %lld，已撤回 %lld。", "Last round: %lld opened, %lld reopened, %lld acceptances expired, %lld corrected, %lld withdrawn.",
               (long long)sw_rows_i64(r, 0), (long long)sw_rows_i64(r, 1), (long long)sw_rows_i64(r, 2), (long long)sw_rows_i64(r, 3), (long long)sw_rows_i64(r, 4));
  return SW_OK;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  view v = {.s = s, .h = h};
  sw_html_section(h, "findings", "问题整改", "Findings", "失败的行归谁、到哪天、改了没有。更正后重新交付即自动关闭；清单：suwen findings。",
                  "Whose the failing rows are, until when, and whether they were corrected. A corrected delivery closes them by itself; list: suwen findings.");
  sw_status st = sw_report_each(s,
                                "SELECT count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE overdue), count(*) FILTER (WHERE state = 'accepted'), "
                                "count(*) FILTER (WHERE state = 'disputed'), count(*) FILTER (WHERE state IN ('corrected', 'withdrawn', 'retired')), count(*), "
                                "count(*) FILTER (WHERE state = 'open' AND mandatory), "
                                "coalesce(max(date_diff('day', deadline, (SELECT CAST(max(as_of) AS DATE) FROM store.kept_finding_round WHERE path IS NOT NULL))) FILTER (WHERE overdue), 0), "
                                "median(days_open) FILTER (WHERE state = 'corrected'), coalesce(sum(reopened), 0)::BIGINT FROM quality.finding", SW_NO_PARAMS, cards, &v, err);
  if (st == SW_OK)
    st = sw_report_each(s,
                        "SELECT count(*) FILTER (WHERE action = 'opened'), count(*) FILTER (WHERE action = 'reopened'), count(*) FILTER (WHERE action = 'expired'), "
                        "count(*) FILTER (WHERE action = 'corrected'), count(*) FILTER (WHERE action = 'withdrawn') FROM store.kept_finding_event "
                        "WHERE round = (SELECT max(no) FROM store.kept_finding_round WHERE path IS NOT NULL)", SW_NO_PARAMS, last_round, &v, err);
  if (st == SW_OK) st = institutions(&v, err);
  if (st == SW_OK) st = owners(&v, err);
  if (st == SW_OK) st = rules(&v, err);
  sw_html_end_section(h);
  return st;
}

const sw_report_section SW_REPORT_FINDINGS = {
    .id = "findings", .chapter = SW_CHAPTER_FINDINGS, .title = {"问题整改", "Findings"}, .present = present,
    .absent = {"还没有问题：流程中 check 之后的 findings 步骤把失败的行变成问题。", "There are no findings yet: the step findings after check makes them of failing rows."}, .write = write};
