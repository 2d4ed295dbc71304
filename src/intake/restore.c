#include "intake/restore.h"

#include "engine/rows.h"
#include "intake/view.h"

typedef struct restorer {
  const sw_restore_options *o;
  sw_bytes_to to;
  sw_buf bytes;      /* of hex */
  int64_t row;       /* under way; 0: none */
  int32_t part;
  int64_t records;
} restorer;

static int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* The record from its raw text alone: as it is, or from hex. */
static sw_status put_raw(restorer *x, sw_str raw, sw_error *err) {
  if (!sw_str_starts(raw, SW_LIT("\\x"))) return x->to.put(x->to.ctx, raw.ptr, raw.len, err);
  sw_buf_clear(&x->bytes);
  for (size_t i = 2; i + 1 < raw.len; i += 2) {
    int high = hex_digit(raw.ptr[i]), low = hex_digit(raw.ptr[i + 1]);
    if (high < 0 || low < 0) return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0024", "拒收文件已损坏", "the file of rejects is damaged");
    sw_buf_putc(&x->bytes, (char)(high << 4 | low));
  }
  sw_status s = sw_buf_check(&x->bytes, err);
  return s ? s : x->to.put(x->to.ctx, x->bytes.ptr, x->bytes.len, err);
}

static sw_status end_record(restorer *x, sw_error *err) {
  if (!x->row) return SW_OK;
  x->row = 0;
  x->records++;
  return x->o->between.len ? x->to.put(x->to.ctx, x->o->between.ptr, x->o->between.len, err) : SW_OK;
}

/* Rows come in the file's order; a piece out of its place would make a record that never was. */
static sw_status put_row(restorer *x, const sw_rows *r, sw_error *err) {
  int64_t row = sw_rows_i64(r, 0), part = sw_rows_i64(r, 1);
  sw_status s = SW_OK;
  if (part == 0) {
    s = end_record(x, err);
    x->row = row;
  } else if (row != x->row || part != x->part + 1) {
    return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0024", "拒收文件已损坏", "the file of rejects is damaged");
  }
  x->part = (int32_t)part;
  if (s) return s;
  if (sw_rows_is_null(r, 3)) return put_raw(x, sw_rows_str(r, 2), err);
  sw_str b = sw_rows_str(r, 3);
  return x->to.put(x->to.ctx, b.ptr, b.len, err);
}

sw_status sw_rejects_restore(sw_conn *c, sw_ledger *l, const char *workspace, const sw_restore_options *o, sw_bytes_to to,
                             const sw_cancel *cancel, int64_t *records, sw_error *err) {
  restorer x = {.o = o, .to = to};
  SW_AUTO(sw_buf) files = SW_BUF_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_rows *rows = NULL;
  *records = 0;
  sw_status s = sw_intake_rejects_files(l, workspace, o->batch_no, &files, err);
  if (s || !files.len) return s;
  sw_buf_init(&x.bytes, SW_BUF_DEFAULT_MAX);
  sw_buf_printf(&sql, "SELECT _row, part, raw, bytes FROM %s WHERE ? = 0 OR _row = ?", files.ptr);
  s = sw_query(c, sql.ptr, SW_PARAMS(sw_p_i64(o->row), sw_p_i64(o->row)), cancel, &rows, err);
  sw_step step = SW_DONE;
  while (!s && (step = sw_rows_next(rows, err)) == SW_ROW) s = put_row(&x, rows, err);
  if (!s && step == SW_STEP_ERROR) s = err->status;
  if (!s) s = end_record(&x, err);
  *records = x.records;
  sw_rows_free(rows);
  sw_buf_fini(&x.bytes);
  return s;
}
