/* Reconciliation: what institutions say they sent (closing totals) against what came, by table and institution. */
#include "engine/rows.h"
#include "report/report.h"

static const sw_html_column COLUMNS[] = {
    {{"表", "table"}, 's'},         {{"机构", "institution"}, 's'},  {{"核对天数", "days compared"}, 'n'}, {{"不符天数", "days that differ"}, 'n'},
    {{"少到的行", "rows missing"}, 'n'}, {{"多到的行", "rows too many"}, 'n'}, {{"金额相差（元）", "amount off (yuan)"}, 'n'}, {{"最早与最晚", "first and last"}, 's'},
};

static bool present(const sw_report_scope *s) { return sw_report_has_run(s, "quality", "reconciliation"); }

static void number(sw_html *h, int64_t v) {
  sw_html_fmt(h, "<td class=\"n%s\">", v ? " bad" : " zero");
  sw_html_int(h, v);
  sw_html_end_cell(h);
}

static void put_row(sw_html *h, const sw_rows *r) {
  int64_t amount = sw_rows_decimal(r, 6, 2);
  sw_html_row(h);
  sw_html_cell(h, &COLUMNS[0]), sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(r, 0)), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[1]), sw_html_text(h, sw_rows_str(r, 1)), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[2]), sw_html_int(h, sw_rows_i64(r, 2)), sw_html_end_cell(h);
  number(h, sw_rows_i64(r, 3));
  number(h, sw_rows_i64(r, 4));
  number(h, sw_rows_i64(r, 5));
  sw_html_fmt(h, "<td class=\"n%s\">", amount ? " bad" : " zero"), sw_html_money(h, amount), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[7]), sw_html_text(h, sw_rows_str(r, 7)), sw_html_raw(h, " – "), sw_html_text(h, sw_rows_str(r, 8)), sw_html_end_cell(h);
  sw_html_end_row(h);
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT table_name, org, count(DISTINCT day), count(DISTINCT CASE WHEN NOT within THEN day END), "
                          "coalesce(sum(CASE WHEN measure = 'rows' AND difference < 0 THEN -difference END), 0)::BIGINT, "
                          "coalesce(sum(CASE WHEN measure = 'rows' AND difference > 0 THEN difference END), 0)::BIGINT, "
                          "coalesce(sum(CASE WHEN measure = 'amount' AND NOT within THEN difference END), 0)::DECIMAL(18,2), "
                          "coalesce(min(CASE WHEN NOT within THEN day END)::VARCHAR, ''), coalesce(max(CASE WHEN NOT within THEN day END)::VARCHAR, '') "
                          "FROM quality.reconciliation WHERE run = ? GROUP BY 1, 2 ORDER BY 5 DESC, 1, 2",
                          SW_PARAMS(sw_p_strz(s->run)), s->cancel, &rows, err);
  if (st != SW_OK) return st;
  sw_html_section(h, "reconcile", "对账", "Reconciliation", "机构日结说交付了多少，实际到了多少；逐日的差异在 quality.reconciliation。",
                  "What institutions' closing totals say was sent, against what came; the days are in quality.reconciliation.");
  sw_html_table(h, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  sw_step at;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) put_row(h, rows);
  sw_html_end_table(h);
  sw_html_end_section(h);
  sw_rows_free(rows);
  return at == SW_STEP_ERROR ? err->status : SW_OK;
}

const sw_report_section SW_REPORT_RECONCILE = {.id = "reconcile", .chapter = SW_CHAPTER_RECONCILE, .title = {"对账", "Reconciliation"}, .present = present,
    .absent = {"这次运行没有对账。日结或清单随交付到达、流程里有 reconcile 步骤时出现。", "Nothing was reconciled in this run. It appears once closing totals or manifests are delivered and the flow has a reconcile step."},
    .write = write};
