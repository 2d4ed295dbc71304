/* The tables of the warehouse: rows, columns, and what the standards say of them. */
#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "report/parts.h"
#include "report/report.h"

static const sw_html_column COLUMNS[] = {
    {{"表", "table"}, 's'}, {{"名称", "title"}, 't'}, {{"行", "rows"}, 'n'}, {{"列", "columns"}, 'n'},
};
/* One line a column; of wide tables the first, and the command that shows all. */
static void put_fields(sw_html *h, const sw_table_def *t, const sw_column_info *cols, size_t n) {
  enum { FIELDS = 60 };
  sw_html_raw(h, "<details><summary>");
  sw_html_t(h, "各列", "columns");
  sw_html_raw(h, "</summary><ul class=\"fields\">");
  for (size_t i = 0; i < n && i < FIELDS; i++) {
    const sw_column_def *c = t ? sw_table_column(t, sw_str_of(cols[i].name)) : NULL;
    sw_html_raw(h, "<li><code>"), sw_html_textz(h, cols[i].name), sw_html_raw(h, "</code> ");
    if (c) {
      sw_html_raw(h, "<span class=\"zh\">"), sw_html_text(h, c->title.zh), sw_html_raw(h, "</span><span class=\"en\">");
      sw_html_text(h, c->title.en), sw_html_raw(h, "</span> ");
    }
    sw_html_raw(h, "<small>"), sw_html_textz(h, cols[i].sql_type), sw_html_raw(h, "</small></li>");
  }
  sw_html_raw(h, "</ul>");
  sw_html_more(h, (int64_t)n - FIELDS, "suwen standard show TABLE");
  sw_html_raw(h, "</details>");
}

static sw_status put_table(const sw_report_scope *s, sw_html *h, const char *schema, const char *name, sw_error *err) {
  sw_column_info *cols;
  size_t n;
  int64_t rows = 0;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT count(*) FROM {}", sw_sql_table(schema, name));
  sw_status st = sw_query_i64(s->conn, q.ptr, SW_NO_PARAMS, s->cancel, &rows, NULL, err);
  if (st == SW_OK) st = sw_describe_table(s->conn, schema, name, s->arena, &cols, &n, err);
  if (st != SW_OK) return st;
  char *id = sw_arena_printf(s->arena, "%s.%s", schema, name);
  const sw_pack_set *packs = sw_workspace_packs(s->workspace);
  const sw_table_def *t = packs && id ? sw_pack_table(packs, sw_str_of(id)) : NULL;
  sw_html_row(h);
  sw_html_cell(h, &COLUMNS[0]), sw_html_raw(h, "<code>"), sw_html_textz(h, id), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[1]);
  if (t) sw_html_raw(h, "<span class=\"zh\">"), sw_html_text(h, t->title.zh), sw_html_raw(h, "</span><span class=\"en\">"), sw_html_text(h, t->title.en), sw_html_raw(h, "</span>");
  put_fields(h, t, cols, n);
  sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[2]), sw_html_int(h, rows), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[3]), sw_html_int(h, (int64_t)n), sw_html_end_cell(h);
  sw_html_end_row(h);
  return SW_OK;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status st = sw_query(s->conn,
                          "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND schema_name IN ('dwd', 'dws', 'ads', 'person', 'quality', 'meta') "
                          "ORDER BY CASE schema_name WHEN 'ads' THEN 0 WHEN 'dws' THEN 1 WHEN 'dwd' THEN 2 ELSE 3 END, 1, 2",
                          SW_NO_PARAMS, s->cancel, &rows, err);
  SW_VEC(const char *) names = {0};
  sw_step at = SW_DONE;
  while (st == SW_OK && (at = sw_rows_next(rows, err)) == SW_ROW)
    for (size_t i = 0; i < 2; i++) {
      char *z = sw_arena_dupz(s->arena, sw_rows_str(rows, i));
      if (!z || !SW_VEC_PUSH(&names, z)) st = SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
    }
  if (st == SW_OK && at == SW_STEP_ERROR) st = err->status;
  sw_rows_free(rows);
  if (st == SW_OK) {
    sw_html_section(h, "tables", "表", "Tables", "已发布的表：ads 应用，dws 主题，dwd 标准明细。", "Published tables: ads applications, dws subjects, dwd standardised detail.");
    sw_html_table(h, COLUMNS, 4);
    for (size_t i = 0; st == SW_OK && i + 1 < names.len; i += 2) st = put_table(s, h, names.items[i], names.items[i + 1], err);
    sw_html_end_table(h);
    sw_html_end_section(h);
  }
  SW_VEC_FREE(&names);
  return st;
}

static bool present(const sw_report_scope *s) { return s->conn != NULL; }

const sw_report_section SW_REPORT_TABLES = {.id = "tables", .chapter = SW_CHAPTER_RUN, .title = {"表", "Tables"}, .present = present, .write = write};
