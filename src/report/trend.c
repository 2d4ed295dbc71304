/* Trend: rows by business day against their expected band, a small chart for each institution and table, findings first. */
#include "base/vec.h"
#include "engine/rows.h"
#include "report/parts.h"
#include "report/report.h"

#include <math.h>

enum { DAYS_SHOWN = 91, WIDTH = 420, HEIGHT = 124, LEFT = 36, TOP = 8, BOTTOM = 100, FIRST_PANELS = 12, MOST_PANELS = 48, FINDINGS_SHOWN = 30 };

static bool present(const sw_report_scope *s) { return sw_report_has_run(s, "quality", "volume_trend"); }

typedef struct day {
  char label[12];
  double rows, expected, low, high;
  int64_t late;
  char state; /* first letter of the stored state, 'G' for a gap: n e h i l H(igh) G */
} day;

typedef struct panel {
  const sw_report_scope *scope;
  sw_html *h;
  const char *table, *org;
  int64_t findings;
  SW_VEC(day) days;
  size_t drawn;
  int64_t hidden;
  bool folded;
} panel;

/* --- one chart --------------------------------------------------------------------------------------------- */

static double x_of(size_t i, size_t n) { return LEFT + (n > 1 ? (double)i * (WIDTH - LEFT - 4) / (double)(n - 1) : 0); }
static double y_of(double v, double top) { return BOTTOM - fmin(v, top) / top * (BOTTOM - TOP); }

/* The band may reach far above what ever comes: the picture is of the rows. */
static double top_of(const panel *p) {
  double most = 1, usual = 0;
  for (size_t i = 0; i < p->days.len; i++) {
    most = fmax(most, p->days.items[i].rows);
    if (isfinite(p->days.items[i].expected)) usual = fmax(usual, p->days.items[i].expected);
  }
  return fmax(most * 1.1, usual * 1.5);
}

static void put_band(sw_html *h, const panel *p, double top) {
  size_t n = p->days.len;
  bool any = false;
  for (size_t i = 0; i < n; i++)
    if (isfinite(p->days.items[i].high)) sw_html_fmt(h, "%s%.1f %.1f", any ? "L" : "<path class=\"band\" d=\"M", x_of(i, n), y_of(p->days.items[i].high, top)), any = true;
  if (!any) return;
  for (size_t i = n; i-- > 0;)
    if (isfinite(p->days.items[i].high)) sw_html_fmt(h, "L%.1f %.1f", x_of(i, n), y_of(p->days.items[i].low, top));
  sw_html_raw(h, "Z\"/>");
}

static void put_lines(sw_html *h, const panel *p, double top) {
  size_t n = p->days.len;
  bool pen = false;
  sw_html_raw(h, "<path class=\"line\" d=\"");
  for (size_t i = 0; i < n; i++) sw_html_fmt(h, "%c%.1f %.1f", i ? 'L' : 'M', x_of(i, n), y_of(p->days.items[i].rows, top));
  sw_html_raw(h, "\"/><path class=\"line c4\" stroke-dasharray=\"3 2\" d=\"");
  for (size_t i = 0; i < n; i++) {
    bool there = isfinite(p->days.items[i].expected);
    if (there) sw_html_fmt(h, "%c%.1f %.1f", pen ? 'L' : 'M', x_of(i, n), y_of(p->days.items[i].expected, top));
    pen = there;
  }
  sw_html_raw(h, "\"/>");
}

static void put_hint(sw_html *h, const day *d) {
  static const struct {
    char state;
    const char *word;
  } words[] = {{'G', "断档 / gap"}, {'l', "偏低 / low"}, {'H', "偏高 / high"}, {'h', "节假日 / holiday"}, {'i', "尚未到齐 / not yet complete"}};
  sw_html_fmt(h, "<title>%s: %.0f", d->label, d->rows);
  if (isfinite(d->expected)) sw_html_fmt(h, " (%.0f)", d->expected);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (words[i].state == d->state) sw_html_fmt(h, " %s", words[i].word);
  if (d->late) sw_html_fmt(h, ", 迟到 / late: %lld", (long long)d->late);
  sw_html_raw(h, "</title>");
}

/* Columns behind the curve: gaps red, holidays and days under way grey; marks on days out of the band and on late arrivals. */
static void put_marks(sw_html *h, const panel *p, double top) {
  size_t n = p->days.len;
  double w = n > 1 ? (WIDTH - LEFT - 4) / (double)(n - 1) : 4;
  for (size_t i = 0; i < n; i++) {
    const day *d = &p->days.items[i];
    double x = x_of(i, n), y = y_of(d->rows, top);
    if (d->state == 'G' || d->state == 'h' || d->state == 'i') {
      sw_html_fmt(h, "<rect class=\"%s\" fill-opacity=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\">", d->state == 'G' ? "bad" : "none", d->state == 'G' ? ".35" : ".18",
                  x - w / 2, TOP, fmax(w, 2), BOTTOM - TOP);
      put_hint(h, d);
      sw_html_raw(h, "</rect>");
    }
    if (d->state == 'l' || d->state == 'H' || d->state == 'G') {
      sw_html_fmt(h, "<path class=\"bad\" d=\"M%.1f %.1fl3.5 %s3.5h-7z\">", x, d->state == 'H' ? y - 6 : y - 5, d->state == 'H' ? "" : "-");
      put_hint(h, d);
      sw_html_raw(h, "</path>");
    }
    if (!d->late) continue;
    sw_html_fmt(h, "<rect class=\"c5\" x=\"%.1f\" y=\"%d\" width=\"2.4\" height=\"4\">", x - 1.2, BOTTOM + 1);
    put_hint(h, d);
    sw_html_raw(h, "</rect>");
  }
}

static void put_chart(sw_html *h, const panel *p) {
  double top = top_of(p);
  sw_html_fmt(h, "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\">", WIDTH, HEIGHT);
  for (int k = 0; k <= 1; k++) {
    int y = k ? TOP : BOTTOM;
    sw_html_fmt(h, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/><text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f</text>", LEFT, WIDTH - 4, y, y, LEFT - 4, y + 4,
                k ? top : 0);
  }
  put_band(h, p, top);
  put_lines(h, p, top);
  put_marks(h, p, top);
  sw_html_fmt(h, "<text class=\"axis\" x=\"%d\" y=\"%d\">%s</text><text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text></svg>", LEFT, HEIGHT - 3, p->days.items[0].label,
              WIDTH - 4, HEIGHT - 3, p->days.items[p->days.len - 1].label);
}

/* --- panels -------------------------------------------------------------------------------------------------- */

static void finish_panel(panel *p) {
  sw_html *h = p->h;
  if (!p->days.len) return;
  if (p->drawn >= MOST_PANELS) { /* beyond these, the list of findings and the command tell */
    p->days.len = 0;
    p->hidden++;
    return;
  }
  if (p->drawn == FIRST_PANELS) {
    sw_html_end_panels(h);
    sw_html_details(h, false, "其余机构与表", "the other institutions and tables");
    sw_html_panels(h, false);
    p->folded = true;
  }
  sw_html_raw(h, "<div class=\"panel\"><h4><code>");
  sw_html_textz(h, p->table);
  sw_html_raw(h, "</code> ");
  sw_html_textz(h, p->org);
  if (p->findings) {
    sw_html_raw(h, " <span class=\"state bad\">▲ ");
    sw_html_tf(h, "%lld 处异常", "%lld findings", (long long)p->findings);
    sw_html_raw(h, "</span>");
  }
  sw_html_raw(h, "</h4>");
  put_chart(h, p);
  sw_html_raw(h, "</div>\n");
  p->days.len = 0;
  p->drawn++;
}

static double number(const sw_rows *r, size_t column) { return sw_rows_is_null(r, column) ? NAN : sw_rows_f64(r, column); }

static sw_status take(panel *p, const sw_rows *r, sw_error *err) {
  sw_str table = sw_rows_str(r, 0), org = sw_rows_str(r, 1), label = sw_rows_str(r, 2), state = sw_rows_str(r, 7);
  if (!p->table || !sw_str_eqz(table, p->table) || !sw_str_eqz(org, p->org)) {
    finish_panel(p);
    p->table = sw_arena_dupz(p->scope->arena, table);
    p->org = sw_arena_dupz(p->scope->arena, org);
    p->findings = sw_rows_i64(r, 9);
    if (!p->table || !p->org) return sw_arena_check(p->scope->arena, err);
  }
  day d = {.rows = sw_rows_f64(r, 3), .expected = number(r, 4), .low = number(r, 5), .high = number(r, 6), .late = sw_rows_i64(r, 8),
           .state = sw_str_eqz(state, "gap") ? 'G' : sw_str_eqz(state, "high") ? 'H' : state.len ? state.ptr[0] : 'n'};
  snprintf(d.label, sizeof d.label, "%.*s", SW_STR_ARG(label));
  return SW_VEC_PUSH(&p->days, d) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static sw_status draw_panels(const sw_report_scope *s, sw_html *h, sw_error *err) {
  panel p = {.scope = s, .h = h};
  sw_rows *rows = NULL;
  sw_step at = SW_DONE;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_printf(&sql,
                "SELECT v.table_name, v.org, CAST(v.day AS VARCHAR), v.\"rows\", v.expected, v.low, v.high, v.state, v.late, coalesce(f.n, 0) AS n, "
                "sum(v.\"rows\") OVER (PARTITION BY v.table_name, v.org) AS size FROM quality.volume_trend v LEFT JOIN (SELECT table_name, org, count(*) AS n "
                "FROM quality.volume_finding GROUP BY ALL) f ON f.table_name = v.table_name AND f.org = v.org WHERE v.run = ? AND v.day > CAST(v.as_of AS DATE) - %d "
                "ORDER BY n DESC, size DESC, v.table_name, v.org, v.day",
                DAYS_SHOWN);
  sw_status st = sw_buf_check(&sql, err);
  if (st == SW_OK) st = sw_query(s->conn, sql.ptr, SW_PARAMS(sw_p_strz(s->run)), s->cancel, &rows, err);
  if (st != SW_OK) return st;
  sw_html_panels(h, false);
  while (st == SW_OK && (at = sw_rows_next(rows, err)) == SW_ROW) st = take(&p, rows, err);
  finish_panel(&p);
  sw_html_end_panels(h);
  sw_html_more(h, p.hidden, "suwen trend --days");
  if (p.folded) sw_html_end_details(h);
  sw_rows_free(rows);
  SW_VEC_FREE(&p.days);
  return st == SW_OK && at == SW_STEP_ERROR ? err->status : st;
}

/* --- figures and lists ---------------------------------------------------------------------------------------- */

static sw_status cards(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT (SELECT count(*) FROM (SELECT DISTINCT table_name, org FROM quality.volume_trend)), (SELECT count(*) FROM quality.volume_finding), "
                          "(SELECT count(*) FROM quality.volume_finding WHERE kind = 'gap'), (SELECT coalesce(sum(late), 0)::BIGINT FROM quality.volume_trend), "
                          "(SELECT coalesce(sum(\"rows\"), 0)::BIGINT FROM quality.late_arrival), (SELECT count(*) FROM quality.volume_trend WHERE state = 'incomplete')",
                          SW_NO_PARAMS, s->cancel, &rows, err);
  if (st != SW_OK) return st;
  if (sw_rows_next(rows, err) == SW_ROW) {
    int64_t findings = sw_rows_i64(rows, 1), gaps = sw_rows_i64(rows, 2), late = sw_rows_i64(rows, 3);
    sw_html_cards(h);
    sw_html_card(h, "", "监测的序列", "Series watched"), sw_html_int(h, sw_rows_i64(rows, 0)), sw_html_card_note(h, "机构 × 表", "institution × table");
    sw_html_card(h, findings ? "bad" : "ok", "异常", "Findings"), sw_html_int(h, findings), sw_html_card_note(h, "一次运行误报概率 ≤ 0.2%%", "chance of any false one ≤ 0.2 %%");
    sw_html_card(h, gaps ? "bad" : "ok", "断档", "Gaps"), sw_html_int(h, gaps), sw_html_card_note(h, "应有而全无的日子", "days with nothing where some was due");
    sw_html_card(h, late ? "warn" : "", "迟到的行", "Rows late"), sw_html_int(h, late);
    sw_html_card_note(h, "增量到达 %lld 行中", "of %lld that came in increments", (long long)sw_rows_i64(rows, 4));
    sw_html_card(h, "", "尚未到齐的日子", "Days not yet complete"), sw_html_int(h, sw_rows_i64(rows, 5)), sw_html_card_note(h, "不判断", "not judged");
    sw_html_end_cards(h);
  } else {
    st = err->status;
  }
  sw_rows_free(rows);
  return st;
}

static const sw_html_column FINDINGS[] = {
    {{"表", "table"}, 's'}, {{"机构", "institution"}, 's'}, {{"异常", "finding"}, 's'}, {{"从", "from"}, 's'}, {{"到", "to"}, 's'}, {{"行数", "rows"}, 'n'}, {{"期望", "expected"}, 'n'}, {{"相差", "off"}, 'n'},
};

static void put_kind(sw_html *h, sw_str kind) {
  static const char *const words[][3] = {{"gap", "断档", "gap"}, {"low", "偏低", "low"}, {"high", "偏高", "high"}, {"fall", "下降", "fall"}, {"rise", "上升", "rise"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (sw_str_eqz(kind, words[i][0])) sw_html_t(h, words[i][1], words[i][2]);
}

static sw_status list_findings(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT table_name, org, kind, CAST(from_day AS VARCHAR), CAST(to_day AS VARCHAR), \"rows\", expected FROM quality.volume_finding ORDER BY from_day DESC, table_name, org",
                          SW_NO_PARAMS, s->cancel, &rows, err);
  sw_step at = SW_DONE;
  int64_t n = 0;
  if (st != SW_OK) return st;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    if (n++ >= FINDINGS_SHOWN) continue;
    if (n == 1) sw_html_subhead(h, "异常的日子", "Findings"), sw_html_table(h, FINDINGS, sizeof FINDINGS / sizeof *FINDINGS);
    double expected = sw_rows_f64(rows, 6);
    sw_html_row(h);
    sw_html_cell(h, &FINDINGS[0]), sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(rows, 0)), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
    sw_html_cell(h, &FINDINGS[1]), sw_html_text(h, sw_rows_str(rows, 1)), sw_html_end_cell(h);
    sw_html_cell(h, &FINDINGS[2]), put_kind(h, sw_rows_str(rows, 2)), sw_html_end_cell(h);
    sw_html_cell(h, &FINDINGS[3]), sw_html_text(h, sw_rows_str(rows, 3)), sw_html_end_cell(h);
    sw_html_cell(h, &FINDINGS[4]), sw_html_text(h, sw_rows_str(rows, 4)), sw_html_end_cell(h);
    sw_html_cell(h, &FINDINGS[5]), sw_html_int(h, sw_rows_i64(rows, 5)), sw_html_end_cell(h);
    sw_html_cell(h, &FINDINGS[6]), sw_html_fmt(h, "%.1f", expected), sw_html_end_cell(h);
    sw_html_cell(h, &FINDINGS[7]), sw_html_fmt(h, "%+.0f %%", expected > 0 ? 100 * ((double)sw_rows_i64(rows, 5) - expected) / expected : 0), sw_html_end_cell(h);
    sw_html_end_row(h);
  }
  if (n) sw_html_end_table(h);
  sw_html_more(h, n > FINDINGS_SHOWN ? n - FINDINGS_SHOWN : 0, "suwen trend");
  sw_rows_free(rows);
  return at == SW_STEP_ERROR ? err->status : SW_OK;
}

static const sw_html_column LATE[] = {
    {{"表", "table"}, 's'}, {{"机构", "institution"}, 's'}, {{"增量到达", "came in increments"}, 'n'}, {{"次日内", "within a day"}, 'n'}, {{"超过 7 天", "after 7 days"}, 'n'}, {{"最晚（天）", "latest (days)"}, 'n'},
};

static sw_status list_late(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT table_name, org, sum(\"rows\")::BIGINT, coalesce(sum(\"rows\") FILTER (WHERE lag_days <= 1), 0)::BIGINT, coalesce(sum(\"rows\") FILTER (WHERE lag_days > 7), 0)::BIGINT AS late, "
                          "max(lag_days) FROM quality.late_arrival GROUP BY 1, 2 HAVING late > 0 ORDER BY late DESC, 1, 2 LIMIT 20",
                          SW_NO_PARAMS, s->cancel, &rows, err);
  sw_step at = SW_DONE;
  bool open = false;
  if (st != SW_OK) return st;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    if (!open) sw_html_subhead(h, "迟到", "Late arrivals"), sw_html_table(h, LATE, sizeof LATE / sizeof *LATE), open = true;
    sw_html_row(h);
    sw_html_cell(h, &LATE[0]), sw_html_raw(h, "<code>"), sw_html_text(h, sw_rows_str(rows, 0)), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
    sw_html_cell(h, &LATE[1]), sw_html_text(h, sw_rows_str(rows, 1)), sw_html_end_cell(h);
    sw_html_cell(h, &LATE[2]), sw_html_int(h, sw_rows_i64(rows, 2)), sw_html_end_cell(h);
    sw_html_cell(h, &LATE[3]), sw_html_share(h, sw_rows_i64(rows, 3), sw_rows_i64(rows, 2)), sw_html_end_cell(h);
    sw_html_cell(h, &LATE[4]), sw_html_share(h, sw_rows_i64(rows, 4), sw_rows_i64(rows, 2)), sw_html_end_cell(h);
    sw_html_cell(h, &LATE[5]), sw_html_int(h, sw_rows_i64(rows, 5)), sw_html_end_cell(h);
    sw_html_end_row(h);
  }
  if (open) sw_html_end_table(h);
  sw_rows_free(rows);
  return at == SW_STEP_ERROR ? err->status : SW_OK;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  static const sw_html_key keys[] = {{"c1", {"每日行数与期望区间", "rows a day, and the band expected"}}, {"c4", {"期望", "expected"}}, {"bad", {"断档、区间之外", "gap, out of the band"}},
                                     {"c5", {"有迟到的行", "rows that came late"}}, {"none", {"节假日、尚未到齐", "holiday, not yet complete"}}};
  sw_html_section(h, "trend", "日量监测", "Daily rows", "每家机构每张表每天来多少行，与按星期和近期水平所期望的相比；悬停看每一天。",
                  "How many rows each institution delivers of each table for each day, against what weekday and recent level let expect; hover for a day.");
  sw_status st = cards(s, h, err);
  if (st == SW_OK) {
    sw_html_legend(h, keys, sizeof keys / sizeof *keys);
    st = draw_panels(s, h, err);
  }
  if (st == SW_OK) st = list_findings(s, h, err);
  if (st == SW_OK) st = list_late(s, h, err);
  sw_html_end_section(h);
  return st;
}

const sw_report_section SW_REPORT_TREND = {
    .id = "trend", .chapter = SW_CHAPTER_RECONCILE, .title = {"日量监测", "Daily rows"}, .present = present,
    .absent = {"这次运行没有日量监测。在流程里加入 trend 步骤。", "This run did not watch daily rows. Add a trend step to the flow."}, .write = write};
