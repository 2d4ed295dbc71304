#include "intake/bed.h"

#include "base/fs.h"

#include <stdlib.h>

static void listen(void *ctx, const sw_event *e) {
  bed *b = ctx;
  if (e->kind != SW_EVENT_WARNING && e->kind != SW_EVENT_MESSAGE) return;
  size_t n = strlen(b->messages);
  snprintf(b->messages + n, sizeof b->messages - n, "%s\n", e->text[SW_LANG_EN]);
}

void bed_open(bed *b) {
  sw_error err = SW_ERROR_INIT;
  *b = (bed){0};
  const char *dir = scratch_new();
  const char *landing = scratch_path("landing"), *stage = scratch_path("run/stage");
  const char *allowed[] = {landing, stage};
  assert_ok(sw_engine_open(&(sw_engine_options){.memory_limit = INT64_C(512) << 20, .threads = 2, .temp_dir = scratch_path("run/tmp"), .allowed_dirs = allowed, .nallowed = 2},
                           &b->engine, &err));
  assert_ok(sw_conn_open(b->engine, &b->conn, &err));
  static sw_events events;
  events = (sw_events){listen, b};
  b->x = (sw_intake_context){.engine = b->engine, .workspace = dir, .threads = 2, .run = "test", .events = &events};
  assert_ok(sw_ledger_open(scratch_path("ledger.sqlite"), &b->x.ledger, &err));
}

void bed_close(bed *b) {
  sw_conn_close(b->conn);
  sw_ledger_close(b->x.ledger);
  sw_engine_close(b->engine);
  scratch_remove();
}

int bed_set_up(void **state) {
  bed_open(*state);
  return 0;
}

int bed_tear_down(void **state) {
  bed_close(*state);
  return 0;
}

sw_status bed_take(bed *b, const char *path, const sw_table_spec *t, const sw_file_hints *h, sw_error *err) {
  const char *slash = strrchr(path, '/');
  sw_intake_delivery d = {.path = path,
                          .file = slash ? slash + 1 : path,
                          .source = "his",
                          .org = "H001",
                          .delivery = "2023-09-01",
                          .delivered_us = 1,
                          .table = t};
  if (h) d.hints = *h;
  b->messages[0] = '\0';
  sw_status s = sw_intake_file(&b->x, &d, &b->r, err);
  if (!s) assert_int_equal(b->r.records, b->r.rows + b->r.rejects + b->r.blanks + b->r.headers + b->r.totals + b->r.deleted);
  return s;
}

void bed_query(bed *b, const char *sql, sw_buf *out) {
  sw_error err = SW_ERROR_INIT;
  sw_rows *r;
  assert_ok(sw_query(b->conn, sql, SW_NO_PARAMS, NULL, &r, &err));
  sw_step step;
  while ((step = sw_rows_next(r, &err)) == SW_ROW) {
    for (size_t i = 0; i < sw_rows_ncolumns(r); i++) {
      if (i) sw_buf_putc(out, '|');
      if (sw_rows_is_null(r, i)) sw_buf_putc(out, '-');
      else sw_rows_text(r, i, out);
    }
    sw_buf_putc(out, '\n');
  }
  if (step == SW_STEP_ERROR) assert_ok(err.status);
  sw_rows_free(r);
}

void bed_expect(bed *b, const char *sql, const char *want) {
  SW_AUTO(sw_buf) got = SW_BUF_INIT;
  bed_query(b, sql, &got);
  if (strcmp(got.ptr, want) != 0) fail_msg("got:\n%s\nwant:\n%s", got.ptr, want);
}

void bed_expect_rows(bed *b, const sw_table_spec *t, const char *columns, const char *want) {
  sw_error err = SW_ERROR_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_printf(&sql, "SELECT %s FROM (", columns);
  assert_ok(sw_intake_view_sql(b->conn, b->x.ledger, b->x.workspace, t, &sql, &err));
  sw_buf_puts(&sql, ") ORDER BY _row");
  bed_expect(b, sql.ptr, want);
}

void bed_expect_rejects(bed *b, const char *columns, const char *want) {
  sw_error err = SW_ERROR_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_printf(&sql, "SELECT %s FROM (", columns);
  assert_ok(sw_intake_rejects_sql(b->x.ledger, b->x.workspace, b->r.batch_no, &sql, &err));
  sw_buf_puts(&sql, ") ORDER BY _row");
  bed_expect(b, sql.ptr, want);
}

static sw_status collect(void *ctx, const char *p, size_t n, sw_error *err) {
  sw_buf_put(ctx, p, n);
  return sw_buf_check(ctx, err);
}

void bed_expect_bytes(bed *b, int64_t record, sw_str want) {
  sw_error err = SW_ERROR_INIT;
  SW_AUTO(sw_buf) got = SW_BUF_INIT;
  sw_restore_options o = {.batch_no = b->r.batch_no, .row = record ? b->r.batch_no << 31 | record : 0};
  if (!record) o.between = SW_LIT("|");
  int64_t n;
  assert_ok(sw_rejects_restore(b->conn, b->x.ledger, b->x.workspace, &o, (sw_bytes_to){&got, collect}, NULL, &n, &err));
  if (!sw_str_eq(sw_buf_str(&got), want)) fail_msg("%zu bytes came back, not the %zu that were delivered", got.len, want.len);
}
