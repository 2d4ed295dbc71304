/* Reconciliation: what came against closing totals, manifests and source databases, by table and institution, down to rows. */
#include "engine/rows.h"
#include "report/parts.h"
#include "report/report.h"

static const sw_html_column COLUMNS[] = {
    {{"对方", "against"}, 's'},      {{"表", "table"}, 's'},          {{"机构", "institution"}, 's'},  {{"核对天数", "days compared"}, 'n'}, {{"不符天数", "days that differ"}, 'n'},
    {{"少到的行", "rows missing"}, 'n'}, {{"其中拒收", "of them rejected"}, 'n'}, {{"从未送达", "never delivered"}, 'n'}, {{"多到的行", "rows too many"}, 'n'},
    {{"金额相差（元）", "amount off (yuan)"}, 'n'}, {{"最早与最晚", "first and last"}, 's'},
};
enum { TABLES_SHOWN = 30, ROWS_SHOWN = 30 };

static bool present(const sw_report_scope *s) { return sw_report_has_run(s, "quality", "reconciliation"); }

static void number(sw_html *h, int64_t v) {
  sw_html_fmt(h, "<td class=\"n%s\">", v ? " bad" : " zero");
  sw_html_int(h, v);
  sw_html_end_cell(h);
}

static void put_counterpart(sw_html *h, sw_str which) {
  if (sw_str_eqz(which, "totals")) sw_html_t(h, "日结", "closing totals");
  else if (sw_str_eqz(which, "manifest")) sw_html_t(h, "交付清单", "manifest");
  else sw_html_t(h, "源库", "source");
}

static void put_row(sw_html *h, const sw_rows *r) {
  int64_t amount = sw_rows_decimal(r, 9, 2);
  sw_html_row(h);
  sw_html_cell(h, &COLUMNS[0]), put_counterpart(h, sw_rows_str(r, 0)), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[1]), sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(r, 1)), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[2]), sw_html_text(h, sw_rows_str(r, 2)), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[3]), sw_html_int(h, sw_rows_i64(r, 3)), sw_html_end_cell(h);
  for (size_t i = 4; i < 9; i++) number(h, sw_rows_i64(r, i));
  sw_html_fmt(h, "<td class=\"n%s\">", amount ? " bad" : " zero"), sw_html_money(h, amount), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[10]), sw_html_text(h, sw_rows_str(r, 10));
  if (!sw_str_eq(sw_rows_str(r, 10), sw_rows_str(r, 11))) sw_html_raw(h, " – "), sw_html_text(h, sw_rows_str(r, 11));
  sw_html_end_cell(h);
  sw_html_end_row(h);
}

static sw_status cards(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT count(*), count(*) FILTER (WHERE NOT within), coalesce(sum(-difference) FILTER (WHERE measure = 'rows' AND difference < 0 AND counterpart = 'totals'), 0)::BIGINT, "
                          "coalesce(sum(rejected) FILTER (WHERE counterpart = 'totals'), 0)::BIGINT, coalesce(sum(undelivered) FILTER (WHERE counterpart = 'totals'), 0)::BIGINT, "
                          "coalesce(sum(-difference) FILTER (WHERE measure = 'files' AND difference < 0), 0)::BIGINT, coalesce(sum(told) FILTER (WHERE measure = 'files'), 0)::BIGINT "
                          "FROM quality.reconciliation WHERE run = ?",
                          SW_PARAMS(sw_p_strz(s->run)), s->cancel, &rows, err);
  if (st != SW_OK) return st;
  if (sw_rows_next(rows, err) == SW_ROW) {
    int64_t differ = sw_rows_i64(rows, 1), missing = sw_rows_i64(rows, 2), files = sw_rows_i64(rows, 5);
    sw_html_cards(h);
    sw_html_card(h, differ ? "bad" : "ok", "不符", "Differences"), sw_html_int(h, differ), sw_html_card_note(h, "共核对 %lld 项", "of %lld figures compared", (long long)sw_rows_i64(rows, 0));
    sw_html_card(h, missing ? "bad" : "ok", "比日结少的行", "Rows short of totals"), sw_html_int(h, missing);
    sw_html_card_note(h, "= 拒收 %lld + 从未送达 %lld", "= %lld rejected + %lld never delivered", (long long)sw_rows_i64(rows, 3), (long long)sw_rows_i64(rows, 4));
    if (sw_rows_i64(rows, 6)) {
      sw_html_card(h, files ? "bad" : "ok", "清单上缺失或变动的文件", "Files missing or changed"), sw_html_int(h, files);
      sw_html_card_note(h, "清单列出 %lld 个", "of %lld listed", (long long)sw_rows_i64(rows, 6));
    }
    sw_html_end_cards(h);
  } else {
    st = err->status;
  }
  sw_rows_free(rows);
  return st;
}

static sw_status by_table(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT counterpart, table_name, org, count(DISTINCT day), count(DISTINCT CASE WHEN NOT within THEN day END) AS days, "
                          "coalesce(sum(CASE WHEN measure = 'rows' AND difference < 0 THEN -difference END), 0)::BIGINT AS missing, coalesce(sum(rejected), 0)::BIGINT, "
                          "coalesce(sum(undelivered), 0)::BIGINT, coalesce(sum(CASE WHEN measure = 'rows' AND difference > 0 THEN difference END), 0)::BIGINT, "
                          "coalesce(sum(CASE WHEN measure = 'amount' AND NOT within THEN difference END), 0)::DECIMAL(18,2), "
                          "coalesce(min(CASE WHEN NOT within THEN day END)::VARCHAR, ''), coalesce(max(CASE WHEN NOT within THEN day END)::VARCHAR, '') "
                          "FROM quality.reconciliation WHERE run = ? GROUP BY 1, 2, 3 HAVING days > 0 ORDER BY missing DESC, days DESC, 1, 2, 3",
                          SW_PARAMS(sw_p_strz(s->run)), s->cancel, &rows, err);
  if (st != SW_OK) return st;
  sw_step at;
  int64_t n = 0;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    if (!n) sw_html_table(h, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    if (n++ < TABLES_SHOWN) put_row(h, rows);
  }
  if (n) sw_html_end_table(h);
  sw_html_more(h, n > TABLES_SHOWN ? n - TABLES_SHOWN : 0, "suwen reconcile");
  sw_rows_free(rows);
  return at == SW_STEP_ERROR ? err->status : SW_OK;
}

/* --- down to rows: file and line, never the record's values ------------------------------------------------------- */

static const sw_html_column ROWS[] = {
    {{"对方", "against"}, 's'}, {{"表", "table"}, 's'}, {{"机构", "institution"}, 's'}, {{"日", "day"}, 's'}, {{"情形", "what"}, 's'}, {{"文件与行", "file and line"}, 't'}, {{"应到", "told"}, 'n'}, {{"实到", "here"}, 'n'},
};

static void put_kind(sw_html *h, sw_str kind, sw_str code) {
  static const char *const words[][3] = {{"rejected", "拒收", "rejected"}, {"file missing", "缺文件", "file missing"}, {"file refused", "文件被拒", "file refused"},
                                         {"content differs", "内容与清单不同", "content differs"}, {"rows differ", "行数不同", "rows differ"}, {"missing here", "源库有，未到", "in the source, not here"},
                                         {"not in source", "源库没有", "not in the source"}, {"amount differs", "金额不同", "amount differs"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (sw_str_eqz(kind, words[i][0])) sw_html_t(h, words[i][1], words[i][2]);
  if (!code.len) return;
  sw_html_raw(h, " <code>"), sw_html_text(h, code), sw_html_raw(h, "</code>");
}

static void put_figure(sw_html *h, const sw_rows *r, size_t column) {
  sw_html_cell(h, &ROWS[column]);
  if (sw_rows_is_null(r, column + 1)) sw_html_raw(h, "–");
  else sw_html_text(h, sw_rows_str(r, column + 1));
  sw_html_end_cell(h);
}

static void put_place(sw_html *h, const sw_rows *r) {
  sw_html_row(h);
  sw_html_cell(h, &ROWS[0]), put_counterpart(h, sw_rows_str(r, 0)), sw_html_end_cell(h);
  sw_html_cell(h, &ROWS[1]), sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(r, 1)), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  sw_html_cell(h, &ROWS[2]), sw_html_text(h, sw_rows_str(r, 2)), sw_html_end_cell(h);
  sw_html_cell(h, &ROWS[3]), sw_html_text(h, sw_rows_str(r, 3)), sw_html_end_cell(h);
  sw_html_cell(h, &ROWS[4]), put_kind(h, sw_rows_str(r, 4), sw_rows_str(r, 8)), sw_html_end_cell(h);
  sw_html_cell(h, &ROWS[5]), sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(r, 5));
  if (!sw_rows_is_null(r, 6)) sw_html_fmt(h, ":%lld", (long long)sw_rows_i64(r, 6));
  sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  put_figure(h, r, 6);
  sw_html_cell(h, &ROWS[7]);
  if (sw_rows_is_null(r, 9)) sw_html_raw(h, "–");
  else sw_html_text(h, sw_rows_str(r, 9));
  sw_html_end_cell(h);
  sw_html_end_row(h);
}

static sw_status list_rows(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  if (!sw_report_has(s, "quality", "reconciliation_row")) return SW_OK;
  sw_status st = sw_query(s->conn,
                          "SELECT counterpart, table_name, org, CAST(day AS VARCHAR), kind, coalesce(file, ''), line, regexp_replace(CAST(told AS VARCHAR), '[.]00$', ''), coalesce(code, ''), regexp_replace(CAST(here AS VARCHAR), '[.]00$', '') "
                          "FROM quality.reconciliation_row WHERE run = ? ORDER BY counterpart, kind, table_name, org, day, file, line",
                          SW_PARAMS(sw_p_strz(s->run)), s->cancel, &rows, err);
  if (st != SW_OK) return st;
  sw_step at;
  int64_t n = 0;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    if (!n) sw_html_subhead(h, "差异背后的文件与行", "Files and rows behind the differences"), sw_html_table(h, ROWS, sizeof ROWS / sizeof *ROWS);
    if (n++ < ROWS_SHOWN) put_place(h, rows);
  }
  if (n) sw_html_end_table(h);
  sw_html_more(h, n > ROWS_SHOWN ? n - ROWS_SHOWN : 0, "suwen reconcile --rows");
  sw_rows_free(rows);
  return at == SW_STEP_ERROR ? err->status : SW_OK;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_html_section(h, "reconcile", "对账", "Reconciliation", "机构说交付了多少（日结、交付清单、源库），实际到了多少；少的是被拒收的，还是从未送达。逐日：suwen reconcile。",
                  "What institutions say was sent (closing totals, manifests, source databases) against what came; what is short was rejected, or never delivered. By day: suwen reconcile.");
  sw_status st = cards(s, h, err);
  if (st == SW_OK) st = by_table(s, h, err);
  if (st == SW_OK) st = list_rows(s, h, err);
  sw_html_end_section(h);
  return st;
}

const sw_report_section SW_REPORT_RECONCILE = {.id = "reconcile", .chapter = SW_CHAPTER_RECONCILE, .title = {"对账", "Reconciliation"}, .present = present,
    .absent = {"这次运行没有对账。日结或清单随交付到达、流程里有 reconcile 步骤时出现。", "Nothing was reconciled in this run. It appears once closing totals or manifests are delivered and the flow has a reconcile step."},
    .write = write};
