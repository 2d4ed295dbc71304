/* The row ledger: every table of every step, with what became of its rows. */
#include "ledger/runs.h"
#include "report/chart.h"
#include "report/report.h"

static const sw_html_column COLUMNS[] = {
    {{"步骤", "step"}, 's'},     {{"表", "table"}, 's'},      {{"入", "in"}, 'n'},       {{"展开", "expanded"}, 'n'},
    {{"出", "out"}, 'n'},        {{"拒收", "rejected"}, 'n'}, {{"过滤", "filtered"}, 'n'}, {{"合并", "merged"}, 'n'},
    {{"去向", "where they went"}, 't'}, {{"用时", "took"}, 'n'},
};

static void number(sw_html *h, int64_t v, bool alarming) {
  sw_html_fmt(h, "<td class=\"n%s\">", v == 0 ? " zero" : alarming ? " bad" : "");
  sw_html_int(h, v);
  sw_html_end_cell(h);
}

static sw_status row(void *ctx, const sw_row_count *r, sw_error *err) {
  (void)err;
  sw_html *h = ctx;
  sw_html_row(h);
  sw_html_cell(h, &COLUMNS[0]), sw_html_textz(h, r->step), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[1]), sw_html_raw(h, "<code>"), sw_html_textz(h, r->table), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  number(h, r->in, false);
  number(h, r->expanded, false);
  number(h, r->out, false);
  number(h, r->rejected, true);
  number(h, r->filtered, false);
  number(h, r->merged, false);
  sw_html_cell(h, &COLUMNS[8]);
  sw_chart_part parts[] = {
      {{"出", "out"}, r->out, "c1"}, {{"合并", "merged"}, r->merged, "c3"}, {{"过滤", "filtered"}, r->filtered, "none"}, {{"拒收", "rejected"}, r->rejected, "bad"},
  };
  sw_chart_strip(h, parts, 4, 40);
  sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[9]), sw_html_seconds(h, r->seconds), sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_html_section(h, "rows", "行账", "Rows", "入 + 展开 = 出 + 拒收 + 过滤 + 合并。各数由行号集合的关系证明，不是倒挤出来的。",
                  "in + expanded = out + rejected + filtered + merged. The figures are proved by relations between sets of row numbers, not booked by difference.");
  sw_html_raw(h, "<div class=\"legend\"><span><i class=\"c1\"></i>");
  sw_html_t(h, "出", "out");
  sw_html_raw(h, "</span><span><i class=\"c3\"></i>");
  sw_html_t(h, "合并", "merged");
  sw_html_raw(h, "</span><span><i class=\"none\"></i>");
  sw_html_t(h, "过滤", "filtered");
  sw_html_raw(h, "</span><span><i class=\"bad\"></i>");
  sw_html_t(h, "拒收", "rejected");
  sw_html_raw(h, "</span></div>");
  sw_html_table(h, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  sw_status st = sw_row_count_each(s->ledger, s->run, row, h, err);
  sw_html_end_table(h);
  sw_html_end_section(h);
  return st;
}

const sw_report_section SW_REPORT_ROWS = {.id = "rows", .chapter = SW_CHAPTER_RUN, .title = {"行账", "Rows"}, .write = write};
