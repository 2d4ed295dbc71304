/* What was delivered (institution by delivery) and what was refused, by reason and by file. */
#include "base/map.h"
#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "ledger/batches.h"
#include "report/chart.h"
#include "report/parts.h"
#include "report/report.h"

#include <stdlib.h>

typedef struct batch_view {
  int64_t batch_no, rows, rejects, totals, size;
  size_t org, delivery; /* positions among the sorted labels */
  char *source, *org_code, *label, *table, *file, *encoding;
} batch_view;

typedef struct batches {
  const sw_report_scope *scope;
  SW_VEC(batch_view) list;
} batches;

static sw_status keep(void *ctx, const sw_batch *b, sw_error *err) {
  batches *v = ctx;
  sw_arena *a = v->scope->arena;
#define DUP(z) sw_arena_dupz(a, sw_str_of((z) ? (z) : ""))
  batch_view one = {.batch_no = b->batch_no, .rows = b->rows, .rejects = b->rejects, .totals = b->totals, .size = b->size,
                    .source = DUP(b->key.source), .org_code = DUP(b->key.org), .label = DUP(b->delivery), .table = DUP(b->key.table),
                    .file = DUP(b->file), .encoding = DUP(b->encoding)};
#undef DUP
  return sw_arena_ok(a) && SW_VEC_PUSH(&v->list, one) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static sw_status load(batches *v, sw_error *err) {
  return sw_batch_each(v->scope->ledger, &(sw_batch_query){.committed_only = true}, keep, v, err);
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Sorted distinct labels; the array is the arena's. */
static const char **labels(batches *v, bool org, size_t *n) {
  sw_map seen = SW_MAP_INIT;
  for (size_t i = 0; i < v->list.len; i++)
    if (!sw_map_put(&seen, sw_str_of(org ? v->list.items[i].org_code : v->list.items[i].label), 0)) break;
  const char **out = SW_ARENA_ARRAY(v->scope->arena, const char *, seen.len + 1);
  *n = out ? seen.len : 0;
  for (size_t i = 0; i < *n; i++) out[i] = sw_arena_dupz(v->scope->arena, seen.entries[i].key);
  sw_map_fini(&seen);
  if (*n) qsort(out, *n, sizeof *out, by_text);
  return out;
}

static size_t position(const char **list, size_t n, const char *what) {
  const char **p = n ? bsearch(&what, list, n, sizeof *list, by_text) : NULL;
  return p ? (size_t)(p - list) : n;
}

static void draw_heat(batches *v, sw_html *h) {
  size_t norgs, nlabels;
  const char **orgs = labels(v, true, &norgs), **dates = labels(v, false, &nlabels);
  enum { ORGS = 40, DATES = 60 }; /* the newest deliveries */
  if (nlabels > DATES) dates += nlabels - DATES, nlabels = DATES;
  if (norgs > ORGS) norgs = ORGS;
  int64_t *cells = SW_ARENA_ARRAY(v->scope->arena, int64_t, norgs * nlabels + 1);
  if (!cells) return;
  for (size_t i = 0; i < norgs * nlabels; i++) cells[i] = -1;
  for (size_t i = 0; i < v->list.len; i++) {
    size_t r = position(orgs, norgs, v->list.items[i].org_code), c = position(dates, nlabels, v->list.items[i].label);
    if (r == norgs || c == nlabels) continue;
    int64_t *cell = &cells[r * nlabels + c];
    *cell = (*cell < 0 ? 0 : *cell) + v->list.items[i].rows;
  }
  sw_chart_heat(h, orgs, norgs, dates, nlabels, cells);
}

static const sw_html_column COLUMNS[] = {
    {{"批次", "batch"}, 'n'}, {{"机构", "institution"}, 's'}, {{"交付", "delivery"}, 's'}, {{"表", "table"}, 's'},   {{"文件", "file"}, 't'},
    {{"编码", "encoding"}, 's'}, {{"大小", "size"}, 'n'},     {{"行", "rows"}, 'n'},      {{"略过", "skipped"}, 'n'}, {{"拒收", "rejected"}, 'n'},
};

static void batch_row(sw_html *h, const batch_view *b) {
  sw_html_row(h);
  sw_html_cell(h, &COLUMNS[0]), sw_html_int(h, b->batch_no), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[1]), sw_html_textz(h, b->org_code), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[2]), sw_html_textz(h, b->label), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[3]), sw_html_raw(h, "<code>"), sw_html_textz(h, b->table), sw_html_raw(h, "</code>"), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[4]), sw_html_textz(h, b->file), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[5]), sw_html_textz(h, b->encoding), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[6]), sw_html_bytes(h, b->size), sw_html_end_cell(h);
  sw_html_cell(h, &COLUMNS[7]), sw_html_int(h, b->rows), sw_html_end_cell(h);
  sw_html_fmt(h, "<td class=\"n%s\">", b->totals ? "" : " zero"), sw_html_int(h, b->totals), sw_html_end_cell(h);
  sw_html_fmt(h, "<td class=\"n%s\">", b->rejects ? " bad" : " zero"), sw_html_int(h, b->rejects), sw_html_end_cell(h);
  sw_html_end_row(h);
}

static int by_rejects(const void *a, const void *b) {
  const batch_view *x = a, *y = b;
  if (x->rejects != y->rejects) return x->rejects < y->rejects ? 1 : -1;
  return x->batch_no < y->batch_no ? 1 : x->batch_no > y->batch_no ? -1 : 0;
}

static sw_status write_deliveries(const sw_report_scope *s, sw_html *h, sw_error *err) {
  batches v = {.scope = s};
  sw_status st = load(&v, err);
  if (st == SW_OK) {
    sw_html_section(h, "deliveries", "交付", "Deliveries", "机构 × 交付日的入库行数；虚线框是没有交付。", "Rows landed by institution and delivery; a dashed box is a delivery that did not come.");
    draw_heat(&v, h);
    enum { LISTED = 60 };
    if (v.list.len) qsort(v.list.items, v.list.len, sizeof *v.list.items, by_rejects);
    sw_html_details(h, false, "批次（%zu），先列拒收多的，再列最近的", "batches (%zu): those with most rejects, then the newest", v.list.len);
    sw_html_table(h, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    for (size_t i = 0; i < v.list.len && i < LISTED; i++) batch_row(h, &v.list.items[i]);
    sw_html_end_table(h);
    sw_html_more(h, (int64_t)v.list.len - LISTED, "suwen query \"SELECT * FROM meta.batch\"");
    sw_html_end_details(h);
    sw_html_end_section(h);
  }
  SW_VEC_FREE(&v.list);
  return st;
}

const sw_report_section SW_REPORT_DELIVERIES = {.id = "deliveries", .chapter = SW_CHAPTER_RUN, .title = {"交付", "Deliveries"}, .write = write_deliveries};

/* --- rejects --------------------------------------------------------------------------------------------- */

typedef struct reject_parts {
  const sw_report_scope *scope;
  SW_VEC(const char *) paths;
} reject_parts;

static sw_status keep_part(void *ctx, const sw_batch *b, const sw_part *p, sw_error *err) {
  (void)b;
  reject_parts *v = ctx;
  if (!p->rejects || !p->rows) return SW_OK;
  char *path = sw_workspace_path(v->scope->workspace, v->scope->arena, p->path);
  char *real = path ? realpath(path, NULL) : NULL;
  const char *kept = real ? sw_arena_dupz(v->scope->arena, sw_str_of(real)) : NULL;
  free(real);
  if (!kept) return SW_OK; /* the file is listed by its batch; the page goes on without its rows */
  return SW_VEC_PUSH(&v->paths, kept) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static const sw_html_column REASON_COLUMNS[] = {
    {{"原因", "reason"}, 't'}, {{"表中的列", "column"}, 's'}, {{"记录数", "records"}, 'n'}, {{"例：批次与行", "for example: batch and line"}, 't'},
};

/* One line a reason: counts, and where to look. The values themselves stay out of the page. */
static sw_status reason_rows(const sw_report_scope *s, sw_html *h, const reject_parts *v, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q,
               "SELECT code, coalesce(column_name, ''), count(*), min_by(reason_zh, _row), min_by(reason_en, _row), "
               "list_sort(list((_row >> 31)::VARCHAR || ':' || _line::VARCHAR))[1:5] "
               "FROM read_parquet([{}]) WHERE code IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 200",
               sw_sql_texts(v->paths.items, v->paths.len));
  sw_rows *rows = NULL;
  sw_status st = sw_buf_check(&q, err);
  if (st == SW_OK) st = sw_query(s->conn, q.ptr, SW_NO_PARAMS, s->cancel, &rows, err);
  sw_step at = SW_DONE;
  while (st == SW_OK && (at = sw_rows_next(rows, err)) == SW_ROW) {
    char *zh = sw_arena_dupz(s->arena, sw_rows_str(rows, 3)), *en = sw_arena_dupz(s->arena, sw_rows_str(rows, 4));
    sw_html_row(h);
    sw_html_cell(h, &REASON_COLUMNS[0]), sw_html_t(h, zh ? zh : "", en ? en : ""), sw_html_raw(h, " <code>"), sw_html_text(h, sw_rows_str(rows, 0));
    sw_html_raw(h, "</code>"), sw_html_end_cell(h);
    sw_html_cell(h, &REASON_COLUMNS[1]), sw_html_text(h, sw_rows_str(rows, 1)), sw_html_end_cell(h);
    sw_html_cell(h, &REASON_COLUMNS[2]), sw_html_int(h, sw_rows_i64(rows, 2)), sw_html_end_cell(h);
    SW_AUTO(sw_buf) text = SW_BUF_INIT;
    sw_rows_text(rows, 5, &text);
    sw_html_cell(h, &REASON_COLUMNS[3]), sw_html_raw(h, "<span class=\"mono\">"), sw_html_text(h, sw_buf_str(&text)), sw_html_raw(h, "</span>");
    sw_html_end_cell(h);
    sw_html_end_row(h);
  }
  if (st == SW_OK && at == SW_STEP_ERROR) st = err->status;
  sw_rows_free(rows);
  return st;
}

static sw_status write_rejects(const sw_report_scope *s, sw_html *h, sw_error *err) {
  reject_parts v = {.scope = s};
  sw_status st = sw_part_each(s->ledger, &(sw_batch_query){.committed_only = true}, keep_part, &v, err);
  if (st == SW_OK && v.paths.len) {
    sw_html_section(h, "rejects", "拒收", "Rejects", "不能按声明的类型读取的记录整条保留在批次的拒收文件里。看原始内容：suwen rejects 批次号。",
                    "Records that cannot be read as declared are kept whole in their batch's rejects. To see the bytes: suwen rejects BATCH.");
    sw_html_table(h, REASON_COLUMNS, 4);
    st = reason_rows(s, h, &v, err);
    sw_html_end_table(h);
    sw_html_end_section(h);
  }
  SW_VEC_FREE(&v.paths);
  return st;
}

static bool has_rejects(const sw_report_scope *s) {
  batches v = {.scope = s};
  bool any = false;
  if (!s->conn || load(&v, NULL) != SW_OK) return false;
  for (size_t i = 0; i < v.list.len && !any; i++) any = v.list.items[i].rejects > 0;
  SW_VEC_FREE(&v.list);
  return any;
}

const sw_report_section SW_REPORT_REJECTS = {.id = "rejects", .chapter = SW_CHAPTER_RUN, .title = {"拒收", "Rejects"}, .present = has_rejects, .write = write_rejects};
