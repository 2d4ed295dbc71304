#include "intake/view.h"

#include "base/arena.h"
#include "base/fs.h"
#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "intake/reject.h"

#include <stdlib.h>

typedef struct found_part {
  const char *path;      /* for the engine */
  const char *signature;
} found_part;

typedef struct finder {
  sw_arena *arena;
  const char *workspace;
  bool rejects;
  SW_VEC(found_part) parts;
} finder;

static sw_status find_part(void *ctx, const sw_batch *b, const sw_part *p, sw_error *err) {
  finder *f = ctx;
  if (p->rejects != f->rejects) return SW_OK;
  found_part found = {sw_fs_join(f->arena, f->workspace, p->path), sw_arena_dupz(f->arena, sw_str_of(b->key.signature))};
  if (found.path && found.signature && SW_VEC_PUSH(&f->parts, found)) return SW_OK;
  return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static void put_files(const found_part *parts, size_t n, const char *signature, sw_buf *out) {
  bool first = true;
  sw_buf_puts(out, "read_parquet([");
  for (size_t i = 0; i < n; i++) {
    if (signature && strcmp(parts[i].signature, signature) != 0) continue;
    if (!first) sw_buf_puts(out, ", ");
    sw_sql_put(out, sw_sql_text(parts[i].path));
    first = false;
  }
  sw_buf_puts(out, "])");
}

static const sw_column_info *find_column(const sw_column_info *c, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (sw_str_ieq(sw_str_of(c[i].name), sw_str_of(name))) return &c[i];
  return NULL;
}

/* One SELECT for the parts of one signature, with the columns that its first part has. */
static sw_status put_group(sw_conn *c, const finder *f, const char *signature, const char *sample, const sw_table_spec *t, sw_arena *a,
                           sw_buf *out, sw_error *err) {
  SW_AUTO(sw_buf) probe = SW_BUF_INIT;
  sw_column_info *have = NULL;
  size_t n = 0;
  sw_sql_build(&probe, "SELECT * FROM read_parquet([{}])", sw_sql_text(sample));
  sw_status s = sw_describe(c, probe.ptr, a, &have, &n, err);
  if (s) return SW_FRAME(err, "查看落地文件 %s", "looking at the landed file %s", sample);
  sw_buf_puts(out, "SELECT ");
  for (size_t i = 0; i < t->ncolumns; i++) {
    const sw_column_spec *col = &t->columns[i];
    const sw_column_info *h = find_column(have, n, col->name);
    if (!h) sw_sql_build(out, "CAST(NULL AS {}) AS {}, ", sw_sql_type(col->type), sw_sql_id(col->name));
    else if (sw_type_eq(h->type, col->type)) sw_sql_build(out, "{}, ", sw_sql_id(col->name));
    else sw_sql_build(out, "TRY_CAST({} AS {}) AS {}, ", sw_sql_id(h->name), sw_sql_type(col->type), sw_sql_id(col->name));
  }
  sw_buf_puts(out, "_row, _org, _line, _offset FROM ");
  put_files(f->parts.items, f->parts.len, signature, out);
  return SW_OK;
}

static void put_empty(const sw_table_spec *t, sw_buf *out) {
  sw_buf_puts(out, "SELECT ");
  for (size_t i = 0; i < t->ncolumns; i++)
    sw_sql_build(out, "CAST(NULL AS {}) AS {}, ", sw_sql_type(t->columns[i].type), sw_sql_id(t->columns[i].name));
  sw_buf_puts(out, "CAST(NULL AS BIGINT) AS _row, CAST(NULL AS VARCHAR) AS _org, CAST(NULL AS BIGINT) AS _line, "
                   "CAST(NULL AS BIGINT) AS _offset WHERE false");
}

static bool seen_before(const finder *f, size_t i) {
  for (size_t k = 0; k < i; k++)
    if (strcmp(f->parts.items[k].signature, f->parts.items[i].signature) == 0) return true;
  return false;
}

sw_status sw_intake_view_sql(sw_conn *c, sw_ledger *l, const char *workspace, const sw_table_spec *t, sw_buf *out, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  /* Absolute: the view is read from other directories as well. sw_views_follow mends it when the workspace has moved. */
  char *real = realpath(workspace, NULL);
  finder f = {.arena = &a, .workspace = real ? real : workspace};
  sw_batch_query q = {.table = t->name, .committed_only = true};
  sw_status s = sw_part_each(l, &q, find_part, &f, err);
  bool first = true;
  for (size_t i = 0; !s && i < f.parts.len; i++) {
    if (seen_before(&f, i)) continue;
    if (!first) sw_buf_puts(out, "\nUNION ALL ");
    first = false;
    s = put_group(c, &f, f.parts.items[i].signature, f.parts.items[i].path, t, &a, out, err);
  }
  if (!s && first) put_empty(t, out);
  SW_VEC_FREE(&f.parts);
  sw_arena_fini(&a);
  free(real);
  return s ? s : sw_buf_check(out, err);
}

sw_status sw_intake_rejects_files(sw_ledger *l, const char *workspace, int64_t batch_no, sw_buf *out, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  finder f = {.arena = &a, .workspace = workspace, .rejects = true};
  sw_batch_query q = {.batch_no = batch_no, .committed_only = true};
  sw_status s = sw_part_each(l, &q, find_part, &f, err);
  if (!s && f.parts.len) put_files(f.parts.items, f.parts.len, NULL, out);
  SW_VEC_FREE(&f.parts);
  sw_arena_fini(&a);
  return s ? s : sw_buf_check(out, err);
}

sw_status sw_intake_rejects_sql(sw_ledger *l, const char *workspace, int64_t batch_no, sw_buf *out, sw_error *err) {
  SW_AUTO(sw_buf) files = SW_BUF_INIT;
  sw_status s = sw_intake_rejects_files(l, workspace, batch_no, &files, err);
  if (s) return s;
  if (files.len) {
    sw_buf_printf(out, "SELECT * EXCLUDE (part, bytes) FROM %s WHERE code IS NOT NULL", files.ptr);
  } else {
    sw_buf_puts(out, "SELECT NULL::BIGINT AS _row, NULL::VARCHAR AS _org, NULL::BIGINT AS _line, NULL::BIGINT AS _offset, "
                     "NULL::VARCHAR AS column_name, NULL::BIGINT AS position, NULL::INTEGER AS field, NULL::VARCHAR AS code, "
                     "NULL::VARCHAR AS reason_zh, NULL::VARCHAR AS reason_en, NULL::VARCHAR AS raw, NULL::BIGINT AS length WHERE false");
  }
  return sw_buf_check(out, err);
}
