#include "engine/sink.h"

#include "base/fs.h"
#include "engine/backend.h"
#include "engine/sql.h"

#include <stdlib.h>

sw_status sw_sink_open(sw_conn *c, const char *schema, const char *table, sw_sink **out, sw_error *err) {
  *out = NULL;
  sw_sink *s = calloc(1, sizeof *s);
  if (!s) return SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
  s->conn = c;
  sw_status st = c->engine->backend->sink_open(s, schema, table, err);
  if (st) {
    sw_sink_abort(s);
    return st;
  }
  *out = s;
  return SW_OK;
}

sw_status sw_sink_chunk(sw_sink *s, sw_out_chunk **out, sw_error *err) {
  (void)err;
  *out = &s->out;
  return SW_OK;
}

sw_status sw_sink_append(sw_sink *s, sw_error *err) {
  if (!s->out.n) return SW_OK;
  return s->conn->engine->backend->sink_append(s, err);
}

sw_status sw_sink_close(sw_sink *s, sw_error *err) {
  sw_status st = s->conn->engine->backend->sink_flush(s, err);
  sw_sink_abort(s);
  return st;
}

void sw_sink_abort(sw_sink *s) {
  if (!s) return;
  if (s->impl) s->conn->engine->backend->sink_close(s);
  free(s);
}

/* --- COPY -------------------------------------------------------------------------------------------- */

/* Only a file: never a device or a directory that the path may name. */
static void remove_partial(const char *path) {
  sw_error ignored = SW_ERROR_INIT;
  sw_file_info info;
  if (sw_fs_stat(path, &info, &ignored) || !info.is_file) return;
  if (sw_fs_remove(path, &ignored)) return;
}

static sw_status copy(sw_conn *c, const char *sql, const char *path, const sw_buf *options, const sw_cancel *cancel, int64_t *rows,
                      sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_sql_build(&text, "COPY ({}\n) TO {} ({})", sw_sql_raw(sw_str_of(sql)), sw_sql_text(path), sw_sql_raw(sw_buf_str(options)));
  sw_status s = sw_buf_check(&text, err);
  if (s == SW_OK) s = sw_exec_count(c, text.ptr, cancel, rows, err);
  if (s == SW_OK) s = sw_fs_fsync_path(path, err); /* the engine does not */
  if (s == SW_OK) return SW_OK;
  remove_partial(path);
  return SW_FRAME(err, "写出 %s", "writing %s", path);
}

sw_status sw_copy_parquet(sw_conn *c, const char *sql, const char *path, const sw_parquet_options *o, const sw_cancel *cancel,
                          int64_t *rows, sw_error *err) {
  sw_parquet_options d = o ? *o : (sw_parquet_options){0};
  SW_AUTO(sw_buf) options = SW_BUF_INIT;
  sw_buf_printf(&options, "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL %d, USE_TMP_FILE false", d.level ? d.level : 3);
  if (d.row_group_rows > 0) sw_buf_printf(&options, ", ROW_GROUP_SIZE %lld", (long long)d.row_group_rows);
  if (d.row_group_bytes > 0) sw_buf_printf(&options, ", ROW_GROUP_SIZE_BYTES %lld", (long long)d.row_group_bytes);
  return copy(c, sql, path, &options, cancel, rows, err);
}

/* The engine writes no byte order mark: it becomes the beginning of the first column's name. */
static sw_status mark_header(sw_conn *c, const char *sql, sw_buf *out, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  sw_column_info *info;
  size_t n;
  sw_status s = sw_describe(c, sql, &a, &info, &n, err);
  if (s == SW_OK) {
    sw_sql_build(out, "SELECT * FROM ({}\n) AS marked(", sw_sql_raw(sw_str_of(sql)));
    for (size_t i = 0; i < n; i++) {
      const char *name = i ? info[i].name : sw_arena_printf(&a, "\xEF\xBB\xBF%s", info[i].name);
      if (name) sw_sql_build(out, i ? ", {}" : "{}", sw_sql_id(name));
    }
    sw_buf_putc(out, ')');
    s = sw_arena_check(&a, err);
    if (s == SW_OK) s = sw_buf_check(out, err);
  }
  sw_arena_fini(&a);
  return s;
}

sw_status sw_copy_csv(sw_conn *c, const char *sql, const char *path, const sw_csv_options *o, const sw_cancel *cancel, int64_t *rows,
                      sw_error *err) {
  sw_csv_options d = o ? *o : (sw_csv_options){0};
  char delimiter[2] = {d.delimiter ? d.delimiter : ',', '\0'};
  SW_AUTO(sw_buf) options = SW_BUF_INIT;
  sw_sql_build(&options, "FORMAT csv, USE_TMP_FILE false, HEADER {}, DELIMITER {}", sw_sql_bool(!d.no_header), sw_sql_text(delimiter));
  if (!d.bom || d.no_header) return copy(c, sql, path, &options, cancel, rows, err);
  SW_AUTO(sw_buf) marked = SW_BUF_INIT;
  sw_status s = mark_header(c, sql, &marked, err);
  return s ? s : copy(c, marked.ptr, path, &options, cancel, rows, err);
}

sw_status sw_copy_ndjson(sw_conn *c, const char *sql, const char *path, const sw_cancel *cancel, int64_t *rows, sw_error *err) {
  SW_AUTO(sw_buf) options = SW_BUF_INIT;
  sw_buf_puts(&options, "FORMAT json, USE_TMP_FILE false, ARRAY false");
  return copy(c, sql, path, &options, cancel, rows, err);
}
