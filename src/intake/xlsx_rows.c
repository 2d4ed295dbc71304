/* Rows of one sheet, as they stream by. */
#include "base/date.h"
#include "intake/cell.h"
#include "intake/xlsx.h"

#include <math.h>
#include <stdlib.h>

typedef struct cell {
  uint32_t column;
  size_t begin, end; /* in text */
} cell;

typedef struct row {
  int64_t number;
  size_t first, n;   /* of cells */
} row;

struct sw_xlsx_rows {
  const sw_xlsx_book *book;
  sw_xlsx_part *part;
  bool more;
  /* rows that are complete, handed out from the front; refilled when empty */
  SW_VEC(row) rows;
  size_t at;
  SW_VEC(cell) cells;
  sw_buf text;
  SW_VEC(sw_str) out;
  /* the row and cell being parsed */
  int64_t number;
  size_t row_cells;        /* where the open row's cells begin */
  uint32_t column;
  char type[12];
  uint8_t style;
  sw_buf value;
  bool in_row, in_cell, in_value, failed;
  bool lost;               /* a cell names a shared string that the workbook does not have */
  int phonetic;
};

/* --- numbers ----------------------------------------------------------------------------------- */

static void put_moment(double serial, sw_xlsx_style style, bool date1904, sw_buf *out) {
  char text[SW_TIME_LEN];
  int64_t us;
  if (style == SW_XLSX_TIME && serial >= 0 && serial < 1) {
    int64_t second = llround(serial * 86400.0) % 86400;
    sw_buf_printf(out, "%02d:%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    return;
  }
  if (!sw_excel_serial(serial + (date1904 ? 1462 : 0), &us)) {
    sw_buf_printf(out, "%.15G", serial);
    return;
  }
  us = (us + (us >= 0 ? 500000 : -500000)) / 1000000 * 1000000; /* whole seconds: more is noise of the serial */
  if (us % SW_US_PER_DAY == 0 && style == SW_XLSX_DATE) sw_format_date((int32_t)(us / SW_US_PER_DAY), text);
  else sw_format_time(us, text);
  sw_buf_puts(out, text);
}

void sw_xlsx_number(sw_str v, sw_xlsx_style style, bool date1904, sw_buf *out) {
  double d;
  if (!sw_str_to_f64(v, &d) || !isfinite(d)) {
    sw_buf_str_put(out, v);
    return;
  }
  if (style != SW_XLSX_PLAIN) {
    put_moment(d, style, date1904, out);
    return;
  }
  bool plain = v.len <= 15;
  for (size_t i = 0; plain && i < v.len; i++) plain = (v.ptr[i] >= '0' && v.ptr[i] <= '9') || v.ptr[i] == '.' || (i == 0 && v.ptr[i] == '-');
  if (plain) sw_buf_str_put(out, v);
  else sw_buf_printf(out, "%.15G", d); /* 0.10000000000000001 is how the format writes 0.1 */
}

/* --- parsing ----------------------------------------------------------------------------------- */

static bool is(const xmlChar *name, const char *z) { return strcmp((const char *)name, z) == 0; }

/* "BC12" → column 54 (from 0); keeps `next` when there is no reference. */
static uint32_t column_of(sw_str ref, uint32_t next) {
  uint32_t c = 0;
  size_t i = 0;
  for (; i < ref.len && i < 4 && (ref.ptr[i] | 0x20) >= 'a' && (ref.ptr[i] | 0x20) <= 'z'; i++) c = c * 26 + (uint32_t)((ref.ptr[i] | 0x20) - 'a') + 1;
  return i ? c - 1 : next;
}

static void start_cell(sw_xlsx_rows *r, int n, const xmlChar **a) {
  sw_str type = sw_xlsx_attribute(n, a, "t"), style = sw_xlsx_attribute(n, a, "s");
  uint64_t s = 0;
  r->column = column_of(sw_xlsx_attribute(n, a, "r"), r->column);
  snprintf(r->type, sizeof r->type, "%.*s", (int)(type.len < 11 ? type.len : 11), type.len ? type.ptr : "");
  r->style = sw_str_to_u64(style, &s) && s < r->book->styles.len ? r->book->styles.items[s] : (uint8_t)SW_XLSX_PLAIN;
  sw_buf_clear(&r->value);
  r->in_cell = true;
}

static void put_shared(sw_xlsx_rows *r) {
  uint64_t i;
  const sw_xlsx_strings *s = &r->book->strings;
  if (!sw_str_to_u64(sw_buf_str(&r->value), &i) || i >= s->ends.len) {
    r->lost = true;
    return;
  }
  size_t begin = i ? s->ends.items[i - 1] : 0;
  sw_buf_put(&r->text, s->text.ptr + begin, s->ends.items[i] - begin);
}

static void end_cell(sw_xlsx_rows *r) {
  r->in_cell = false;
  sw_str v = sw_buf_str(&r->value);
  if (r->value.failed) r->failed = true;
  if (r->column >= SW_XLSX_COLUMNS || !v.len || r->failed) {
    r->column++;
    return;
  }
  cell c = {.column = r->column++, .begin = r->text.len};
  if (strcmp(r->type, "s") == 0) put_shared(r);
  else if (strcmp(r->type, "b") == 0) sw_buf_puts(&r->text, v.ptr[0] == '1' ? "true" : "false");
  else if (!r->type[0] || strcmp(r->type, "n") == 0) sw_xlsx_number(v, (sw_xlsx_style)r->style, r->book->date1904, &r->text);
  else sw_buf_str_put(&r->text, v); /* inlineStr, str, d, e */
  c.end = r->text.len;
  if (c.end > c.begin && !SW_VEC_PUSH(&r->cells, c)) r->failed = true;
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nns, const xmlChar **ns, int n,
                     int ndef, const xmlChar **a) {
  (void)prefix, (void)uri, (void)nns, (void)ns, (void)ndef;
  sw_xlsx_rows *r = ctx;
  if (is(name, "row")) {
    int64_t number;
    r->number = sw_str_to_i64(sw_xlsx_attribute(n, a, "r"), &number) ? number : r->number + 1;
    r->row_cells = r->cells.len;
    r->column = 0;
    r->in_row = true;
  } else if (r->in_row && is(name, "c")) {
    start_cell(r, n, a);
  } else if (r->in_cell) {
    if (is(name, "rPh")) r->phonetic++;
    r->in_value = is(name, "v") || (is(name, "t") && !r->phonetic);
  }
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  (void)prefix, (void)uri;
  sw_xlsx_rows *r = ctx;
  r->in_value = false;
  if (is(name, "rPh")) r->phonetic -= r->phonetic > 0;
  else if (r->in_cell && is(name, "c")) end_cell(r);
  else if (r->in_row && is(name, "row")) {
    r->in_row = false;
    row done = {r->number, r->row_cells, r->cells.len - r->row_cells};
    if (!SW_VEC_PUSH(&r->rows, done)) r->failed = true;
  }
}

static void on_text(void *ctx, const xmlChar *p, int n) {
  sw_xlsx_rows *r = ctx;
  if (r->in_value) sw_buf_put(&r->value, p, (size_t)n);
}

/* --- handing out ------------------------------------------------------------------------------- */

sw_status sw_xlsx_rows_open(const sw_xlsx_book *b, const char *part, sw_xlsx_rows **out, sw_error *err) {
  const xmlSAXHandler sax = {.startElementNs = on_start, .endElementNs = on_end, .characters = on_text, .cdataBlock = on_text};
  sw_xlsx_rows *r = calloc(1, sizeof *r);
  if (!r) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  r->book = b;
  sw_buf_init(&r->text, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&r->value, SW_XLSX_CELL);
  sw_status s = sw_xlsx_part_open(b->path, part, &sax, r, &r->part, err);
  if (!s && !r->part)
    s = SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0075", "%s 中缺少 %s", "%s lacks its part %s", b->path, part);
  if (s) {
    sw_xlsx_rows_close(r);
    return s;
  }
  r->more = true;
  *out = r;
  return SW_OK;
}

/* Only what belongs to an open row stays. */
static void forget_rows(sw_xlsx_rows *r) {
  size_t keep = r->in_row ? r->cells.len - r->row_cells : 0;
  size_t text_from = keep ? r->cells.items[r->row_cells].begin : r->text.len;
  if (r->in_row && !keep) text_from = r->text.len;
  if (keep) memmove(r->cells.items, r->cells.items + r->row_cells, keep * sizeof *r->cells.items);
  for (size_t i = 0; i < keep; i++) {
    r->cells.items[i].begin -= text_from;
    r->cells.items[i].end -= text_from;
  }
  if (r->text.len > text_from) memmove(r->text.ptr, r->text.ptr + text_from, r->text.len - text_from);
  sw_buf_truncate(&r->text, r->text.len - text_from);
  r->cells.len = keep;
  r->row_cells = 0;
  r->rows.len = r->at = 0;
}

static bool spread_cells(sw_xlsx_rows *r, const row *w, sw_xlsx_row *out) {
  const cell *c = w->n ? r->cells.items + w->first : NULL;
  size_t width = 0;
  for (size_t i = 0; i < w->n; i++) width = c[i].column + 1u > width ? c[i].column + 1u : width;
  if (!SW_VEC_RESERVE(&r->out, width + 1)) return false;
  for (size_t i = 0; i < width; i++) r->out.items[i] = (sw_str){"", 0};
  for (size_t i = 0; i < w->n; i++) r->out.items[c[i].column] = (sw_str){r->text.ptr + c[i].begin, c[i].end - c[i].begin};
  *out = (sw_xlsx_row){r->out.items, width, w->number};
  return true;
}

sw_step sw_xlsx_rows_next(sw_xlsx_rows *r, sw_xlsx_row *out, sw_error *err) {
  while (r->at == r->rows.len) {
    if (!r->more) return SW_DONE;
    forget_rows(r);
    if (sw_xlsx_part_feed(r->part, &r->more, err)) return SW_STEP_ERROR;
    if (r->failed || r->text.failed) {
      (void)SW_FAIL(err, SW_E_LIMIT, "SW-INTAKE-0079", "%s 第 %lld 行附近的单元格过大", "%s: a cell near row %lld is too large", r->book->path,
                    (long long)r->number);
      return SW_STEP_ERROR;
    }
    if (r->lost) {
      (void)SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0075", "%s 中缺少 %s", "%s lacks its part %s", r->book->path, "xl/sharedStrings.xml");
      return SW_STEP_ERROR;
    }
  }
  if (spread_cells(r, &r->rows.items[r->at++], out)) return SW_ROW;
  (void)SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  return SW_STEP_ERROR;
}

void sw_xlsx_rows_close(sw_xlsx_rows *r) {
  if (!r) return;
  sw_xlsx_part_close(r->part);
  SW_VEC_FREE(&r->rows);
  SW_VEC_FREE(&r->cells);
  SW_VEC_FREE(&r->out);
  sw_buf_fini(&r->text);
  sw_buf_fini(&r->value);
  free(r);
}
