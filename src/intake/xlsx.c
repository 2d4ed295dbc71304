/* XLSX as a source: which sheet, where its header is, and a reader of its rows. */
#include "intake/xlsx.h"

#include "intake/dialect.h"

#include <stdlib.h>

enum { HEADER_ROWS = 20 };

typedef struct xlsx {
  sw_xlsx_book book;
  const char *sheet, *part;
  size_t nfields;
  int64_t skip;            /* rows of the sheet before the first record */
} xlsx;

typedef struct reader {
  const xlsx *x;
  sw_xlsx_rows *rows;
  int64_t skip, number;
  SW_VEC(sw_field) fields;
  sw_buf raw;
} reader;

static sw_scan_step next_record(void *self, bool may_refill, sw_record *out, sw_error *err) {
  (void)may_refill;
  reader *r = self;
  sw_xlsx_row row;
  sw_step step;
  while ((step = sw_xlsx_rows_next(r->rows, &row, err)) == SW_ROW && r->skip > 0) r->skip--;
  if (step == SW_STEP_ERROR) return SW_SCAN_ERROR;
  if (step == SW_DONE) return SW_SCAN_DONE;
  size_t n = row.n > r->x->nfields ? row.n : r->x->nfields;
  if (!SW_VEC_RESERVE(&r->fields, n + 1)) return (void)SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"), SW_SCAN_ERROR;
  sw_buf_clear(&r->raw);
  for (size_t i = 0; i < n; i++) {
    sw_str s = i < row.n ? row.cells[i] : (sw_str){"", 0};
    r->fields.items[i] = (sw_field){s.ptr, (uint32_t)s.len, s.len ? 0 : SW_FIELD_NULL};
    if (i) sw_buf_putc(&r->raw, '\t');
    sw_buf_str_put(&r->raw, s);
  }
  *out = (sw_record){.fields = r->fields.items, .nfields = n, .number = ++r->number, .line = row.number, .offset = -1, .raw = sw_buf_str(&r->raw), .transient = true};
  return SW_SCAN_RECORD;
}

static void free_reader(void *self) {
  reader *r = self;
  sw_xlsx_rows_close(r->rows);
  SW_VEC_FREE(&r->fields);
  sw_buf_fini(&r->raw);
  free(r);
}

static sw_status open_part(void *self, size_t part, sw_reader *out, sw_error *err) {
  static const sw_reader_ops OPS = {next_record, NULL, free_reader};
  (void)part;
  const xlsx *x = self;
  reader *r = calloc(1, sizeof *r);
  if (!r) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  r->x = x;
  r->skip = x->skip;
  sw_buf_init(&r->raw, SW_BUF_DEFAULT_MAX);
  sw_status s = sw_xlsx_rows_open(&x->book, x->part, &r->rows, err);
  if (s) {
    free_reader(r);
    return s;
  }
  *out = (sw_reader){.ops = &OPS, .self = r, .encoding = SW_ENCODING_UTF8, .checked = true};
  return SW_OK;
}

/* --- opening ----------------------------------------------------------------------------------- */

static sw_status copy_row(const sw_xlsx_row *row, sw_arena *a, sw_sample_row *out, sw_error *err) {
  sw_str *cells = SW_ARENA_ARRAY(a, sw_str, row->n + 1);
  if (!cells) return sw_arena_check(a, err);
  for (size_t i = 0; i < row->n; i++) cells[i] = sw_str_trim(sw_arena_dup(a, row->cells[i]));
  *out = (sw_sample_row){cells, row->n};
  return sw_arena_check(a, err);
}

/* The first rows with cells, and the place of each among all rows. */
static sw_status first_rows(const xlsx *x, const char *part, sw_arena *a, sw_sample_row *rows, int64_t *at, size_t *n, sw_error *err) {
  sw_xlsx_rows *r = NULL;
  sw_xlsx_row row;
  *n = 0;
  sw_status s = sw_xlsx_rows_open(&x->book, part, &r, err);
  sw_step step = SW_DONE;
  for (int64_t k = 0; !s && *n < HEADER_ROWS && k < 10000 && (step = sw_xlsx_rows_next(r, &row, err)) == SW_ROW; k++) {
    if (!row.n) continue;
    at[*n] = k;
    s = copy_row(&row, a, &rows[(*n)++], err);
  }
  if (!s && step == SW_STEP_ERROR) s = err->status;
  sw_xlsx_rows_close(r);
  return s;
}

static sw_status take_header(xlsx *x, const sw_sample_row *row, sw_arena *a, sw_opened *out, sw_error *err) {
  const char **names = SW_ARENA_ARRAY(a, const char *, row->n + 1);
  for (size_t i = 0; names && i < row->n; i++)
    names[i] = row->cells[i].len ? sw_arena_dupz(a, row->cells[i]) : sw_arena_printf(a, "column%zu", i + 1);
  out->names = names;
  out->nfields = x->nfields = row->n;
  return sw_arena_check(a, err);
}

static sw_status find_header(xlsx *x, const sw_open_options *o, const sw_sample_row *rows, const int64_t *at, size_t n, sw_arena *a,
                             sw_opened *out, sw_error *err) {
  size_t first = 0;
  while (first < n && at[first] < o->hints->skip_lines) first++;
  int header = o->hints->header == SW_NO ? -1 : sw_find_header(rows + first, n - first, o->table);
  if (o->hints->header == SW_YES && header < 0 && first < n) header = 0;
  if (header >= 0) {
    x->skip = at[first + (size_t)header] + 1;
    return take_header(x, &rows[first + (size_t)header], a, out, err);
  }
  x->skip = o->hints->skip_lines > 0 ? o->hints->skip_lines : 0;
  for (size_t i = first; i < n; i++) x->nfields = rows[i].n > x->nfields ? rows[i].n : x->nfields;
  if (o->table && x->nfields < o->table->ncolumns) x->nfields = o->table->ncolumns; /* empty cells at the end are not written */
  out->nfields = x->nfields;
  return SW_OK;
}

/* The sheet asked for, or the first one with cells. */
static sw_status choose_sheet(xlsx *x, const sw_open_options *o, sw_arena *a, sw_sample_row *rows, int64_t *at, size_t *n, sw_error *err) {
  for (size_t i = 0; i < x->book.sheets.len; i += 2) {
    if (o->hints->sheet && strcmp(o->hints->sheet, x->book.sheets.items[i]) != 0) continue;
    x->sheet = x->book.sheets.items[i];
    x->part = x->book.sheets.items[i + 1];
    sw_status s = first_rows(x, x->part, a, rows, at, n, err);
    if (s || *n || o->hints->sheet) return s;
  }
  if (x->sheet) return SW_OK; /* all are empty */
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0074", "工作簿 %s 中没有名为 %s 的工作表", "workbook %s has no sheet named %s", x->book.path,
                 o->hints->sheet);
}

static void info(void *self, sw_json *j) {
  const xlsx *x = self;
  sw_json_key(j, "sheet");
  sw_json_strz(j, x->sheet);
  sw_json_key(j, "skipped_records");
  sw_json_i64(j, x->skip);
}

static void close_xlsx(void *self) {
  xlsx *x = self;
  sw_xlsx_book_fini(&x->book);
  free(x);
}

sw_status sw_open_xlsx(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err) {
  xlsx *x = calloc(1, sizeof *x);
  if (!x) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  *out = (sw_opened){.format = SW_FORMAT_XLSX, .nparts = 1, .self = x, .open_part = open_part, .info = info, .close = close_xlsx};
  sw_sample_row rows[HEADER_ROWS] = {0};
  int64_t at[HEADER_ROWS] = {0};
  size_t n = 0;
  sw_status s = sw_xlsx_book_load(sw_input_path(in), &x->book, err);
  if (!s) s = choose_sheet(x, o, a, rows, at, &n, err);
  if (!s) s = find_header(x, o, rows, at, n, a, out, err);
  out->empty = !s && n == 0;
  out->sheet = s ? NULL : sw_arena_dupz(a, sw_str_of(x->sheet));
  return s;
}
