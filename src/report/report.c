#include "report/report.h"

#include "engine/sql.h"
#include "ledger/runs.h"
#include "report/assets.h"

static const sw_report_section *const SECTIONS[] = {
#define SECTION(NAME) &SW_REPORT_##NAME,
#include "report/sections.def"
    NULL,
};

static const char *const CHAPTERS[SW_CHAPTERS][2] = {
    [SW_CHAPTER_OVERVIEW] = {"总览", "Overview"},         [SW_CHAPTER_OPERATIONS] = {"运营", "Operations"},
    [SW_CHAPTER_QUALITY] = {"数据质量", "Data quality"},  [SW_CHAPTER_RECONCILE] = {"对账", "Reconciliation"},
    [SW_CHAPTER_FINDINGS] = {"问题整改", "Findings"},     [SW_CHAPTER_IDENTITY] = {"患者主索引", "Patient index"},
    [SW_CHAPTER_CODING] = {"编码", "Coding"},             [SW_CHAPTER_RUN] = {"运行与行账", "Run and rows"},
};

sw_status sw_report_each(const sw_report_scope *s, const char *sql, const sw_param *params, size_t nparams, sw_report_row_fn fn, void *ctx, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn, sql, params, nparams, s->cancel, &rows, err);
  sw_step at = SW_DONE;
  while (st == SW_OK && (at = sw_rows_next(rows, err)) == SW_ROW) st = fn(ctx, rows, err);
  if (st == SW_OK && at == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
  sw_rows_free(rows);
  return st;
}

const char *sw_report_keep(const sw_report_scope *s, const sw_rows *row, size_t col) {
  const char *z = sw_arena_dupz(s->arena, sw_rows_str(row, col));
  return z ? z : "";
}

const char *sw_report_int(const sw_report_scope *s, double v) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_html h = {.out = &b};
  sw_html_num(&h, v, 0);
  const char *z = sw_arena_dupz(s->arena, sw_buf_str(&b));
  return z ? z : "";
}

bool sw_report_has(const sw_report_scope *s, const char *schema, const char *table) {
  bool yes = false;
  return s->conn && sw_table_exists(s->conn, schema, table, &yes, NULL) == SW_OK && yes;
}

bool sw_report_has_run(const sw_report_scope *s, const char *schema, const char *table) {
  int64_t n = 0;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  if (!sw_report_has(s, schema, table)) return false;
  sw_sql_build(&q, "SELECT count(*) FROM (SELECT 1 FROM {} WHERE run = ? LIMIT 1)", sw_sql_table(schema, table));
  return sw_query_i64(s->conn, q.ptr, SW_PARAMS(sw_p_strz(s->run)), s->cancel, &n, NULL, NULL) == SW_OK && n > 0;
}

enum { MAX_SECTIONS = 64 };
_Static_assert(sizeof SECTIONS / sizeof *SECTIONS <= MAX_SECTIONS, "more sections than the page keeps in mind");

typedef struct page {
  const sw_report_scope *scope;
  sw_lang lang;
  bool shown[MAX_SECTIONS];
  bool chapters[SW_CHAPTERS]; /* with a section that is shown or tells why it is not */
} page;

static void look(page *p) {
  for (size_t i = 0; SECTIONS[i]; i++) {
    p->shown[i] = !SECTIONS[i]->present || SECTIONS[i]->present(p->scope);
    p->chapters[SECTIONS[i]->chapter] |= p->shown[i] || SECTIONS[i]->absent[0];
  }
}

/* The contents: chapters, and below them their sections where there is more than one. */
static void contents(sw_html *h, const page *p) {
  sw_html_raw(h, "<nav class=\"side\"><ol>");
  for (size_t c = 0; c < SW_CHAPTERS; c++) {
    if (!p->chapters[c]) continue;
    sw_html_fmt(h, "<li><a class=\"ch\" href=\"#chapter-%zu\">", c);
    sw_html_t(h, CHAPTERS[c][0], CHAPTERS[c][1]);
    sw_html_raw(h, "</a>");
    size_t n = 0;
    for (size_t i = 0; SECTIONS[i]; i++) n += p->shown[i] && SECTIONS[i]->chapter == c;
    if (n > 1) sw_html_raw(h, "<ul>");
    for (size_t i = 0; n > 1 && SECTIONS[i]; i++) {
      if (!p->shown[i] || SECTIONS[i]->chapter != c) continue;
      sw_html_fmt(h, "<li><a href=\"#%s\">", SECTIONS[i]->id);
      sw_html_t(h, SECTIONS[i]->title[0], SECTIONS[i]->title[1]);
      sw_html_raw(h, "</a></li>");
    }
    sw_html_raw(h, n > 1 ? "</ul></li>" : "</li>");
  }
  sw_html_raw(h, "</ol></nav>");
}

static void head(sw_html *h, const page *p) {
  const char *lang = p->lang == SW_LANG_ZH ? "zh" : "en";
  sw_html_fmt(h, "<!doctype html>\n<html lang=\"%s\" data-lang=\"%s\"><head><meta charset=\"utf-8\">", lang, lang);
  sw_html_raw(h, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">"
                 "<meta name=\"referrer\" content=\"no-referrer\"><title>素问 Suwen · ");
  sw_html_textz(h, p->scope->run);
  sw_html_raw(h, "</title><style>");
  sw_html_raw(h, SW_REPORT_CSS);
  sw_html_raw(h, "</style></head><body><header class=\"top\"><span class=\"name\"><b>素问</b> Suwen</span><span class=\"space\"></span>"
                 "<button id=\"lang\" type=\"button\" title=\"中文 / English\">中 / EN</button>"
                 "<button id=\"theme\" type=\"button\" title=\"明 / 暗 · light / dark\">◐</button></header><div class=\"page\">");
  contents(h, p);
  sw_html_raw(h, "<main>\n");
}

static void absent(sw_html *h, const page *p, size_t chapter) {
  for (size_t i = 0; SECTIONS[i]; i++)
    if (!p->shown[i] && SECTIONS[i]->chapter == chapter && SECTIONS[i]->absent[0]) {
      sw_html_raw(h, "<section class=\"absent\"><h2>");
      sw_html_t(h, SECTIONS[i]->title[0], SECTIONS[i]->title[1]);
      sw_html_raw(h, "</h2><p class=\"empty\">");
      sw_html_t(h, SECTIONS[i]->absent[0], SECTIONS[i]->absent[1]);
      sw_html_raw(h, "</p></section>\n");
    }
}

static sw_status chapter(sw_html *h, const page *p, size_t c, sw_error *err) {
  sw_html_fmt(h, "<div class=\"chapter\" id=\"chapter-%zu\">", c);
  sw_html_t(h, CHAPTERS[c][0], CHAPTERS[c][1]);
  sw_html_raw(h, "</div>\n");
  for (size_t i = 0; SECTIONS[i]; i++) {
    if (!p->shown[i] || SECTIONS[i]->chapter != c) continue;
    sw_status s = SECTIONS[i]->write(p->scope, h, err);
    if (s == SW_OK) s = sw_cancel_check(p->scope->cancel, err);
    if (s != SW_OK) return SW_FRAME(err, "写报告的“%s”一节", "writing the report's section %s", SECTIONS[i]->title[1]);
  }
  absent(h, p, c);
  return SW_OK;
}

static void foot(sw_html *h) {
  sw_html_raw(h, "</main></div><footer>");
  sw_html_t(h, "本页不含患者的值，可离线打开。行账：入 + 展开 = 出 + 拒收 + 过滤 + 合并。",
            "This page holds no patient values and works offline. Rows: in + expanded = out + rejected + filtered + merged.");
  sw_html_fmt(h, " Suwen %s</footer><script>", SW_VERSION);
  sw_html_raw(h, SW_REPORT_JS);
  sw_html_raw(h, "</script></body></html>\n");
}

static sw_status write_page(const sw_report_scope *s, sw_lang lang, sw_buf *out, sw_error *err) {
  sw_html h = {.out = out};
  page p = {.scope = s, .lang = lang};
  look(&p);
  head(&h, &p);
  sw_status st = SW_OK;
  for (size_t c = 0; st == SW_OK && c < SW_CHAPTERS; c++)
    if (p.chapters[c]) st = chapter(&h, &p, c, err);
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
