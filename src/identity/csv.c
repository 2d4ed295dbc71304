#include "identity/csv.h"

#include "base/vec.h"
#include "intake/source.h"

#include <stdlib.h>

typedef SW_VEC(sw_str) cells;

typedef struct reading {
  sw_link_csv *out;
  const sw_cancel *cancel;
  sw_input *in;
  sw_opened opened;
  sw_reader reader;
  sw_arena arena;  /* of names, while reading */
  cells flat;      /* row by row */
  char *room;      /* texts are packed into chunks of the arena */
  size_t left;
  sw_buf scratch;
} reading;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory"); }

void sw_link_csv_fini(sw_link_csv *c) {
  free(c->names);
  free(c->cells);
  sw_arena_fini(&c->arena);
  memset(c, 0, sizeof *c);
}

static void close_source(reading *x) {
  sw_reader_free(&x->reader);
  sw_opened_close(&x->opened);
}

static sw_status open_source(reading *x, sw_tristate header, sw_error *err) {
  sw_file_hints hints = {.header = header};
  sw_open_options o = {.hints = &hints, .cancel = x->cancel};
  size_t parts = 1;
  close_source(x);
  if (sw_input_rewind(x->in, err) || sw_source_open(x->in, &o, &x->arena, &x->opened, err)) return err ? err->status : SW_E_IO;
  if (x->opened.empty) return SW_OK;
  if (x->opened.split && x->opened.split(x->opened.self, &parts, x->cancel, err)) return err ? err->status : SW_E_IO;
  return x->opened.open_part(x->opened.self, 0, &x->reader, err);
}

/* A number or a date: no name of a column. */
static bool value_like(sw_str v) {
  double x;
  bool digits = v.len >= 6;
  for (size_t i = 0; i < v.len; i++) digits = digits && ((v.ptr[i] >= '0' && v.ptr[i] <= '9') || v.ptr[i] == '-' || v.ptr[i] == '/' || v.ptr[i] == '.' || v.ptr[i] == ' ' || v.ptr[i] == ':');
  return digits || sw_str_to_f64(v, &x);
}

/* Without a header line found, the first line is taken for one all the same unless it holds values. */
static sw_status settle_header(reading *x, sw_error *err) {
  if (x->opened.names || x->opened.by_key || x->opened.empty) return SW_OK;
  sw_record r;
  bool values = false;
  sw_scan_step step = sw_reader_next(&x->reader, true, &r, err);
  if (step == SW_SCAN_ERROR) return err ? err->status : SW_E_IO;
  for (size_t i = 0; step == SW_SCAN_RECORD && !r.problem && i < r.nfields; i++) values = values || value_like(sw_str_trim(sw_field_text(&x->reader, &r.fields[i], &x->scratch)));
  x->out->headerless = values;
  return open_source(x, values ? SW_NO : SW_YES, err);
}

static sw_status take_names(reading *x, sw_error *err) {
  sw_link_csv *c = x->out;
  size_t n = x->opened.nfields;
  if (x->opened.empty || n == 0 || n > SW_LINK_CSV_COLUMNS)
    return SW_FAIL(err, SW_E_DATA, "SW-LINK-0021", "文件为空或列数超过 %d：第一行应是列名", "empty file, or more than %d columns: the first line must name the columns",
                   (int)SW_LINK_CSV_COLUMNS);
  c->names = calloc(n, sizeof *c->names);
  if (!c->names) return no_memory(err);
  c->ncolumns = n;
  for (size_t i = 0; i < n; i++) {
    char *name = x->opened.names ? sw_arena_dupz(&c->arena, sw_str_trim(sw_str_of(x->opened.names[i]))) : sw_arena_printf(&c->arena, "column%zu", i + 1);
    if (!name) return no_memory(err);
    c->names[i] = sw_str_of(name);
  }
  return SW_OK;
}

static void note_unreadable(sw_link_csv *c, int64_t line) {
  if (c->unreadable++ == 0) c->unreadable_line = line;
}

/* A copy of a short text costs its bytes and no more. */
static sw_str keep(reading *x, sw_str v) {
  enum { CHUNK = 1 << 16 };
  if (v.len > CHUNK / 8) return sw_arena_dup(&x->out->arena, v);
  if (v.len > x->left) {
    x->room = sw_arena_alloc(&x->out->arena, CHUNK);
    x->left = x->room ? CHUNK : 0;
    if (!x->room) return (sw_str){NULL, 0};
  }
  char *at = x->room;
  memcpy(at, v.ptr, v.len);
  x->room += v.len;
  x->left -= v.len;
  return (sw_str){at, v.len};
}

static sw_status take_record(reading *x, const sw_record *r, sw_error *err) {
  sw_link_csv *c = x->out;
  c->ragged += r->nfields != c->ncolumns;
  for (size_t i = 0; i < c->ncolumns; i++) {
    sw_str v = {NULL, 0};
    if (i < r->nfields && !(r->fields[i].flags & SW_FIELD_NULL)) {
      v = sw_field_text(&x->reader, &r->fields[i], &x->scratch);
      c->undecodable += v.ptr == NULL && r->fields[i].len > 0;
      v = sw_str_trim(v);
    }
    if (v.len) v = keep(x, v);
    if (!SW_VEC_PUSH(&x->flat, v)) return no_memory(err);
  }
  c->nrows++;
  return sw_arena_check(&c->arena, err);
}

static sw_status take_records(reading *x, sw_error *err) {
  sw_record r;
  sw_scan_step step;
  while ((step = sw_reader_next(&x->reader, true, &r, err)) == SW_SCAN_RECORD) {
    if ((r.number & 0xFFF) == 0 && sw_cancel_check(x->cancel, err)) return err ? err->status : SW_E_CANCELLED;
    if (r.deleted || (!r.problem && r.raw.len == 0 && r.nfields <= 1)) continue;
    if (r.problem) {
      note_unreadable(x->out, r.line);
    } else if (take_record(x, &r, err)) {
      return err ? err->status : SW_E_NOMEM;
    }
  }
  return step == SW_SCAN_ERROR ? (err ? err->status : SW_E_IO) : SW_OK;
}

static sw_status transpose(const cells *flat, sw_link_csv *out, sw_error *err) {
  size_t n;
  if (__builtin_mul_overflow(out->nrows, out->ncolumns, &n)) return no_memory(err);
  out->cells = calloc(n ? n : 1, sizeof *out->cells);
  if (!out->cells) return no_memory(err);
  for (size_t r = 0; r < out->nrows; r++)
    for (size_t c = 0; c < out->ncolumns; c++) out->cells[c * out->nrows + r] = flat->items[r * out->ncolumns + c];
  return SW_OK;
}

sw_status sw_link_csv_read(const char *path, const sw_cancel *cancel, sw_link_csv *out, sw_error *err) {
  memset(out, 0, sizeof *out);
  reading x = {.out = out, .cancel = cancel};
  sw_buf_init(&x.scratch, SW_BUF_DEFAULT_MAX);
  sw_status st = sw_input_open(path, &x.in, err);
  if (st == SW_OK) st = open_source(&x, SW_DETECT, err);
  if (st == SW_OK) st = settle_header(&x, err);
  if (st == SW_OK) st = take_names(&x, err);
  if (st == SW_OK) st = take_records(&x, err);
  if (st == SW_OK) st = transpose(&x.flat, out, err);
  out->encoding = sw_encoding_name(x.opened.encoding);
  close_source(&x);
  sw_input_close(x.in);
  SW_VEC_FREE(&x.flat);
  sw_buf_fini(&x.scratch);
  sw_arena_fini(&x.arena);
  if (st == SW_OK) return SW_OK;
  sw_link_csv_fini(out);
  sw_error_at(err, path, 0, 0);
  return SW_FRAME(err, "读取 %s", "reading %s", path);
}

ptrdiff_t sw_link_csv_column(const sw_link_csv *c, sw_str name) {
  for (size_t i = 0; i < c->ncolumns; i++)
    if (sw_str_ieq(c->names[i], name)) return (ptrdiff_t)i;
  return -1;
}
