#include "report/report.h"

#include "engine/rows.h"
#include "ledger/runs.h"
#include "report/assets.h"

extern const sw_report_section SW_REPORT_OVERVIEW, SW_REPORT_STEPS, SW_REPORT_ROWS, SW_REPORT_DELIVERIES, SW_REPORT_REJECTS,
    SW_REPORT_TABLES, SW_REPORT_RUNS, SW_REPORT_QUALITY,
    SW_REPORT_RECONCILE;

const sw_report_section *const SW_REPORT_SECTIONS[] = {
    &SW_REPORT_OVERVIEW, &SW_REPORT_STEPS,      &SW_REPORT_QUALITY, &SW_REPORT_RECONCILE, &SW_REPORT_DELIVERIES, &SW_REPORT_REJECTS,
    &SW_REPORT_ROWS,     &SW_REPORT_TABLES, &SW_REPORT_RUNS,    NULL,
};

bool sw_report_has(const sw_report_scope *s, const char *schema, const char *table) {
  bool yes = false;
  return s->conn && sw_table_exists(s->conn, schema, table, &yes, NULL) == SW_OK && yes;
}

static bool shown(const sw_report_section *sec, const sw_report_scope *s) { return !sec->present || sec->present(s); }

static void head(sw_html *h, const sw_report_scope *s, sw_lang lang) {
  sw_html_fmt(h, "<!doctype html>\n<html lang=\"%s\" data-lang=\"%s\"><head><meta charset=\"utf-8\">", lang == SW_LANG_ZH ? "zh" : "en", lang == SW_LANG_ZH ? "zh" : "en");
  sw_html_raw(h, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">"
                 "<meta name=\"referrer\" content=\"no-referrer\"><title>Suwen ");
  sw_html_textz(h, s->run);
  sw_html_raw(h, "</title><style>");
  sw_html_raw(h, SW_REPORT_CSS);
  sw_html_raw(h, "</style></head><body><header class=\"top\"><span class=\"name\"><b>素问</b> Suwen</span><nav>");
  for (size_t i = 0; SW_REPORT_SECTIONS[i]; i++) {
    if (!shown(SW_REPORT_SECTIONS[i], s)) continue;
    sw_html_fmt(h, "<a href=\"#%s\">", SW_REPORT_SECTIONS[i]->id);
    sw_html_t(h, SW_REPORT_SECTIONS[i]->title[0], SW_REPORT_SECTIONS[i]->title[1]);
    sw_html_raw(h, "</a>");
  }
  sw_html_raw(h, "</nav><button id=\"lang\" type=\"button\">中 / EN</button><button id=\"theme\" type=\"button\">◐</button></header><main>\n");
}

static void foot(sw_html *h) {
  sw_html_raw(h, "</main><footer>");
  sw_html_t(h, "本页不含患者的值，可离线打开。行账：入 + 展开 = 出 + 拒收 + 过滤 + 合并。",
            "This page holds no patient values and works offline. Rows: in + expanded = out + rejected + filtered + merged.");
  sw_html_fmt(h, " Suwen %s</footer><script>", SW_VERSION);
  sw_html_raw(h, SW_REPORT_JS);
  sw_html_raw(h, "</script></body></html>\n");
}

static sw_status write_page(const sw_report_scope *s, sw_lang lang, sw_buf *out, sw_error *err) {
  sw_html h = {.out = out};
  head(&h, s, lang);
  sw_status st = SW_OK;
  for (size_t i = 0; st == SW_OK && SW_REPORT_SECTIONS[i]; i++) {
    if (!shown(SW_REPORT_SECTIONS[i], s)) continue;
    st = SW_REPORT_SECTIONS[i]->write(s, &h, err);
    if (st == SW_OK) st = sw_cancel_check(s->cancel, err);
    if (st != SW_OK) SW_FRAME(err, "写报告的“%s”一章", "writing the report's chapter %s", SW_REPORT_SECTIONS[i]->title[1]);
  }
  foot(&h);
  return st == SW_OK ? sw_buf_check(out, err) : st;
}

sw_status sw_report_html(sw_workspace *w, const sw_report_options *o, const sw_cancel *cancel, sw_buf *out, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  char run[SW_RUN_ID];
  sw_report_scope scope = {.workspace = w, .run = run, .cancel = cancel, .arena = &a};
  sw_status s = sw_workspace_ledger(w, &scope.ledger, err);
  if (s == SW_OK) s = sw_run_find(scope.ledger, o->run ? o->run : "latest", run, err);
  sw_error busy = SW_ERROR_INIT; /* a run holds the warehouse: the report is made from the ledger alone, and says so */
  if (s == SW_OK && sw_workspace_connect(w, &scope.conn, &busy) != SW_OK) scope.conn = NULL;
  if (s == SW_OK) s = write_page(&scope, o->lang, out, err);
  sw_conn_close(scope.conn);
  sw_ledger_close(scope.ledger);
  sw_arena_fini(&a);
  return s;
}
