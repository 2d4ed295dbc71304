/* Parquet as delivered: linked or copied to where the engine may read, and read as text, so that it is typed like every other
 * format (and what does not fit is rejected with its reason). */
#include "engine/rows.h"
#include "engine/sql.h"
#include "intake/source.h"
#include "intake/unique.h"

#include "base/fs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct parquet {
  sw_engine *engine;
  const sw_cancel *cancel;
  char *staged;
  sw_buf sql;
  size_t nfields;
} parquet;

typedef struct reader {
  const parquet *p;
  sw_conn *conn;
  sw_rows *rows;
  sw_field *fields;
  sw_buf raw;
  int64_t number;
} reader;

static sw_scan_step next_record(void *self, bool may_refill, sw_record *out, sw_error *err) {
  (void)may_refill;
  reader *r = self;
  sw_step step = sw_rows_next(r->rows, err);
  if (step == SW_STEP_ERROR) return SW_SCAN_ERROR;
  if (step == SW_DONE) return SW_SCAN_DONE;
  sw_buf_clear(&r->raw);
  for (size_t i = 0; i < r->p->nfields; i++) {
    bool null = sw_rows_is_null(r->rows, i);
    sw_str s = null ? (sw_str){"", 0} : sw_rows_str(r->rows, i);
    r->fields[i] = (sw_field){s.ptr, (uint32_t)s.len, null ? SW_FIELD_NULL : 0};
    if (i) sw_buf_putc(&r->raw, '\t');
    sw_buf_str_put(&r->raw, s);
  }
  *out = (sw_record){.fields = r->fields, .nfields = r->p->nfields, .number = ++r->number, .offset = -1, .raw = sw_buf_str(&r->raw), .transient = true};
  out->line = out->number;
  return SW_SCAN_RECORD;
}

static void free_reader(void *self) {
  reader *r = self;
  sw_rows_free(r->rows);
  sw_conn_close(r->conn);
  sw_buf_fini(&r->raw);
  free(r->fields);
  free(r);
}

static sw_status open_part(void *self, size_t part, sw_reader *out, sw_error *err) {
  static const sw_reader_ops OPS = {next_record, NULL, free_reader};
  (void)part;
  const parquet *p = self;
  reader *r = calloc(1, sizeof *r);
  if (r) r->fields = calloc(p->nfields + 1, sizeof *r->fields);
  if (!r || !r->fields) {
    free(r);
    return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  r->p = p;
  sw_buf_init(&r->raw, SW_BUF_DEFAULT_MAX);
  sw_status s = sw_conn_open(p->engine, &r->conn, err);
  if (!s) s = sw_query(r->conn, p->sql.ptr, SW_NO_PARAMS, p->cancel, &r->rows, err);
  if (s) {
    free_reader(r);
    return s;
  }
  *out = (sw_reader){.ops = &OPS, .self = r, .encoding = SW_ENCODING_UTF8, .checked = true};
  return SW_OK;
}

static void close_parquet(void *self) {
  parquet *p = self;
  if (p->staged) unlink(p->staged);
  free(p->staged);
  sw_buf_fini(&p->sql);
  free(p);
}

static sw_status copy_file(sw_input *in, const char *to, const sw_cancel *cancel, sw_error *err) {
  enum { BLOCK = 1 << 20 };
  char *buf = malloc(BLOCK);
  FILE *f = buf ? fopen(to, "wbe") : NULL;
  sw_status s = f ? SW_OK : SW_FAIL_ERRNO(err, "SW-INTAKE-0080", "无法写入 %s", "cannot write %s", to);
  int64_t at = 0;
  for (size_t n = 1; !s && n; at += (int64_t)n) {
    s = sw_cancel_check(cancel, err);
    if (!s) s = sw_input_pread(in, at, buf, BLOCK, &n, err);
    if (!s && n && fwrite(buf, 1, n, f) != n) s = SW_FAIL_ERRNO(err, "SW-INTAKE-0080", "无法写入 %s", "cannot write %s", to);
  }
  if (f && fclose(f) != 0 && !s) s = SW_FAIL_ERRNO(err, "SW-INTAKE-0080", "无法写入 %s", "cannot write %s", to);
  free(buf);
  return s;
}

static sw_status stage(parquet *p, sw_input *in, const sw_open_options *o, sw_arena *a, sw_error *err) {
  char name[SW_UNIQUE_LEN];
  sw_unique_name("parquet", name);
  if (!o->engine || !o->stage_dir)
    return SW_FAIL(err, SW_E_USAGE, "SW-INTAKE-0081", "读取 Parquet 需要引擎", "reading Parquet needs the engine");
  sw_status s = sw_fs_mkdirs(o->stage_dir, err);
  char *path = sw_arena_printf(a, "%s/%s-%ld.parquet", o->stage_dir, name, (long)getpid());
  if (s || !path) return s ? s : sw_arena_check(a, err);
  p->staged = sw_str_dupz(sw_str_of(path));
  if (!p->staged) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  return link(sw_input_path(in), path) == 0 ? SW_OK : copy_file(in, path, o->cancel, err);
}

static sw_status describe(parquet *p, sw_arena *a, sw_opened *out, sw_error *err) {
  sw_conn *c = NULL;
  sw_column_info *info = NULL;
  SW_AUTO(sw_buf) probe = SW_BUF_INIT;
  sw_sql_build(&probe, "SELECT * FROM read_parquet([{}])", sw_sql_text(p->staged));
  sw_status s = sw_conn_open(p->engine, &c, err);
  if (!s) s = sw_describe(c, probe.ptr, a, &info, &p->nfields, err);
  sw_conn_close(c);
  if (s) return s;
  const char **names = SW_ARENA_ARRAY(a, const char *, p->nfields + 1);
  if (!names) return sw_arena_check(a, err);
  sw_buf_puts(&p->sql, "SELECT ");
  for (size_t i = 0; i < p->nfields; i++) {
    names[i] = sw_arena_dupz(a, sw_str_of(info[i].name));
    sw_sql_build(&p->sql, i ? ", CAST({} AS VARCHAR)" : "CAST({} AS VARCHAR)", sw_sql_id(info[i].name));
  }
  sw_sql_build(&p->sql, " FROM read_parquet([{}])", sw_sql_text(p->staged));
  out->names = names;
  out->nfields = p->nfields;
  s = sw_buf_check(&p->sql, err);
  return s ? s : sw_arena_check(a, err);
}

sw_status sw_open_parquet(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err) {
  parquet *p = calloc(1, sizeof *p);
  if (!p) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  p->engine = o->engine;
  p->cancel = o->cancel;
  sw_buf_init(&p->sql, SW_BUF_DEFAULT_MAX);
  *out = (sw_opened){.format = SW_FORMAT_PARQUET, .nparts = 1, .self = p, .open_part = open_part, .close = close_parquet};
  sw_status s = stage(p, in, o, a, err);
  return s ? s : describe(p, a, out, err);
}
