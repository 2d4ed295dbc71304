/* A file of rejections into history, ledger and engine. */
#include "quality/returned_internal.h"

#include "base/fs.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "ledger/journal.h"
#include "ledger/stmt.h"

#include <ctype.h>

#define COLUMNS "config, table_name, line, org, key_columns, k1, k2, k3, k4, code, field, message"

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* --- which config -------------------------------------------------------------------------------------------------- */

typedef struct places {
  const sw_returned_def *d;
  const sw_table_def *t;
  ptrdiff_t key[SW_RETURNED_KEYS], org, code, field, message;
} places;

static const char *missing(const sw_returned_file *f, const sw_returned_def *d, places *out, sw_str *name) {
  *out = (places){.d = d, .org = sw_returned_column(f, &d->org), .code = sw_returned_column(f, &d->code), .field = sw_returned_column(f, &d->field),
                  .message = sw_returned_column(f, &d->message)};
  for (size_t i = 0; i < d->key.n; i++) {
    const sw_returned_key *k = SW_ITEM(sw_returned_key, d->key, i);
    if ((out->key[i] = sw_returned_column(f, &k->from)) >= 0) continue;
    *name = k->from.n ? *SW_ITEM(sw_str, k->from, 0) : k->column.name;
    return "key";
  }
  if (out->code >= 0) return NULL;
  *name = d->code.n ? *SW_ITEM(sw_str, d->code, 0) : SW_LIT("code");
  return "code";
}

static void put_headers(const sw_returned_file *f, sw_buf *out) {
  for (size_t i = 0; i < f->opened.nfields && i < 60; i++) sw_buf_printf(out, "%s%s", i ? ", " : "", f->opened.names[i]);
}

static sw_status choose(const sw_returned_file *f, const sw_returned_import *o, places *out, sw_error *err) {
  SW_AUTO(sw_buf) headers = SW_BUF_INIT;
  sw_str name = {NULL, 0};
  put_headers(f, &headers);
  if (!sw_buf_ok(&headers)) return SW_NEVER_OK(sw_buf_check(&headers, err));
  if (o->config) {
    const sw_pack_object *x = sw_pack_find(o->packs, "returned", sw_str_of(o->config));
    if (!x) return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0072", "内容包里没有退回记录 %s（kind: returned）", "the packs have no returned object %s", o->config);
    if (!missing(f, x->data, out, &name)) return SW_OK;
    return SW_FAIL(err, SW_E_DATA, "SW-RULE-0073", "文件没有列“%.*s”；它的列是：%s", "the file has no column \"%.*s\"; its columns are: %s", SW_STR_ARG(name), headers.ptr);
  }
  size_t found = 0;
  places one;
  const sw_pack_object *x;
  for (size_t i = 0; (x = sw_pack_at(o->packs, "returned", i)); i++)
    if (!missing(f, x->data, &one, &name) && !found++) *out = one;
  if (found == 1) return SW_OK;
  if (found)
    return SW_FAIL(err, SW_E_USAGE, "SW-RULE-0074", "几个退回记录的定义都读得了此文件；请用 --config 指明", "several returned objects can read this file; say which by --config");
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0075", "没有哪个退回记录的定义读得了此文件；用 suwen returned draft 拟一个。它的列是：%s",
                 "no returned object can read this file; suwen returned draft writes one. Its columns are: %s", headers.ptr);
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */

/* A key as our table writes it: dates by day, numbers without leading zeros. */
static void put_key(const sw_column_def *c, sw_str v, sw_out_column *o, size_t row) {
  int64_t us;
  int64_t n;
  char text[SW_DATE_LEN];
  if (!v.len) {
    sw_out_null(o, row);
    return;
  }
  if (c && (c->type == SW_COL_DATE || c->type == SW_COL_DATETIME) && sw_parse_time(v, &us)) {
    sw_format_date((int32_t)(us / SW_US_PER_DAY), text);
    sw_out_str(o, row, sw_str_of(text));
  } else if (c && c->type == SW_COL_INT && sw_str_to_i64(v, &n)) {
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)n);
    sw_out_str(o, row, sw_str_of(number));
  } else {
    sw_out_str(o, row, v);
  }
}

static void put_text(sw_out_column *o, size_t row, sw_str v) {
  if (v.len && v.ptr && sw_utf8_valid(v)) sw_out_str(o, row, v);
  else sw_out_null(o, row);
}

typedef struct reading {
  sw_returned_file *file;
  const places *p;
  const char *org, *key_columns;
  sw_returned_counts *n;
} reading;

static bool fill(const reading *x, const sw_record *r, sw_out_column *o, size_t row) {
  const places *p = x->p;
  sw_returned_file *f = x->file;
  bool any = false;
  for (size_t i = 0; i < p->d->key.n; i++) any |= sw_returned_cell(f, r, p->key[i]).len > 0;
  x->n->without_key += !any;
  if (!any) return false;
  if (!sw_returned_cell(f, r, p->code).len) {
    x->n->without_code++;
    return false;
  }
  sw_out_str(&o[0], row, p->d->id.name);
  sw_out_str(&o[1], row, p->d->table.name);
  ((int64_t *)o[2].data)[row] = r->line;
  sw_str org = sw_returned_cell(f, r, p->org);
  put_text(&o[3], row, org.len ? org : sw_str_of(x->org));
  sw_out_str(&o[4], row, sw_str_of(x->key_columns));
  for (size_t i = 0; i < SW_RETURNED_KEYS; i++)
    if (i < p->d->key.n) put_key(sw_table_column(p->t, SW_ITEM(sw_returned_key, p->d->key, i)->column.name), sw_returned_cell(f, r, p->key[i]), &o[5 + i], row);
    else sw_out_null(&o[5 + i], row);
  put_text(&o[9], row, sw_returned_cell(f, r, p->code));
  put_text(&o[10], row, sw_returned_cell(f, r, p->field));
  put_text(&o[11], row, sw_returned_cell(f, r, p->message));
  return true;
}

static sw_status read_rows(sw_conn *c, reading *x, const sw_cancel *cancel, sw_error *err) {
  sw_sink *sink;
  sw_out_chunk *ch;
  sw_record r;
  sw_scan_step step = SW_SCAN_RECORD;
  sw_status s = sw_sink_open(c, "store", "returned_incoming", &sink, err);
  if (s) return s;
  while (!s && step == SW_SCAN_RECORD) {
    if ((s = sw_sink_chunk(sink, &ch, err))) break;
    while (ch->n < ch->cap && (step = sw_reader_next(&x->file->reader, true, &r, err)) == SW_SCAN_RECORD)
      if (!r.problem && !r.deleted && r.nfields && fill(x, &r, ch->columns, ch->n)) ch->n++;
    x->n->rows += (int64_t)ch->n;
    if (step == SW_SCAN_ERROR) s = err ? err->status : SW_E_DATA;
    if (!s && ch->n) s = sw_sink_append(sink, err);
    if (!s) s = sw_cancel_check(cancel, err);
  }
  if (!s) return sw_sink_close(sink, err);
  sw_sink_abort(sink);
  return s;
}

/* --- truth ------------------------------------------------------------------------------------------------------------- */

static sw_status known(sw_ledger *l, sw_str config, const char *sha, int64_t *no, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "SELECT no FROM returned_file WHERE config = ?1 AND sha256 = ?2", &st, err);
  if (s) return s;
  sw_stmt_bind_str(st, 1, config);
  sw_stmt_bind_z(st, 2, sha);
  sw_step step = sw_stmt_next(st, err);
  *no = step == SW_ROW ? sw_stmt_i64(st, 0) : 0;
  sw_stmt_close(st);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_LEDGER) : SW_OK;
}

static sw_status insert_file(sw_ledger *l, const sw_returned_import *o, const sw_returned_def *d, const char *sha, const char *path, int64_t rows, int64_t *no, sw_error *err) {
  sw_stmt *st;
  const char *slash = strrchr(o->file, '/');
  sw_status s = sw_stmt_open(l,
                             "INSERT INTO returned_file(config, table_name, file, sha256, path, row_count, from_day, to_day, who, at) "
                             "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)", &st, err);
  if (s) return s;
  sw_stmt_bind_str(st, 1, d->id.name);
  sw_stmt_bind_str(st, 2, d->table.name);
  sw_stmt_bind_z(st, 3, slash ? slash + 1 : o->file);
  sw_stmt_bind_z(st, 4, sha);
  sw_stmt_bind_z(st, 5, path);
  sw_stmt_bind_i64(st, 6, rows);
  if (o->has_period) sw_stmt_bind_i64(st, 7, o->from), sw_stmt_bind_i64(st, 8, o->to);
  else sw_stmt_bind_null(st, 7), sw_stmt_bind_null(st, 8);
  sw_stmt_bind_z(st, 9, o->who ? o->who : "");
  sw_stmt_bind_i64(st, 10, o->at_us);
  s = sw_stmt_run(st, err);
  *no = sw_ledger_last_id(l);
  sw_stmt_close(st);
  if (s) return s;
  sw_history_file h = {.kind = "returned", .run = "", .path = path, .rows = rows, .at_us = o->at_us};
  return sw_history_add(l, &h, err);
}

static sw_status keep(sw_conn *c, sw_ledger *l, const sw_returned_import *o, const sw_returned_def *d, const char *sha, sw_arena *a, sw_returned_counts *n, sw_error *err) {
  const char *path = sw_arena_printf(a, "history/returned/%.12s-%lld.parquet", sha, (long long)(o->at_us / 1000)), *dir = sw_fs_join(a, o->dir, "history/returned");
  const char *full = path ? sw_fs_join(a, o->dir, path) : NULL, *part = full ? sw_arena_printf(a, "%s.part", full) : NULL;
  if (!dir || !part) return no_memory(err);
  sw_status s = sw_fs_mkdirs(dir, err);
  if (!s) s = sw_copy_parquet(c, "SELECT " COLUMNS " FROM store.returned_incoming ORDER BY line", part, NULL, o->cancel, NULL, err);
  if (!s) s = sw_fs_rename_durable(part, full, err);
  if (!s) s = sw_ledger_begin(l, err);
  if (s) return s;
  s = insert_file(l, o, d, sha, path, n->rows, &n->file_no, err);
  if (!s) return sw_ledger_commit(l, err);
  sw_ledger_rollback(l);
  return s;
}

static const char *key_columns(const sw_returned_def *d, sw_arena *a) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  for (size_t i = 0; i < d->key.n; i++) sw_buf_printf(&b, "%s%.*s", i ? "," : "", SW_STR_ARG(SW_ITEM(sw_returned_key, d->key, i)->column.name));
  return sw_buf_ok(&b) ? sw_arena_dupz(a, sw_buf_str(&b)) : NULL;
}

static sw_status import(sw_conn *c, sw_ledger *l, const sw_returned_import *o, sw_returned_file *f, sw_arena *a, sw_returned_counts *n, sw_error *err) {
  places p = {0};
  char sha[SW_SHA256_HEX];
  sw_status s = choose(f, o, &p, err);
  if (!s) s = sw_input_sha256(f->in, o->cancel, NULL, sha, err);
  if (!s) s = known(l, p.d->id.name, sha, &n->file_no, err);
  if (s) return s;
  if ((n->again = n->file_no != 0)) return SW_OK;
  p.t = sw_pack_table(o->packs, p.d->table.name);
  reading x = {.file = f, .p = &p, .org = o->org, .key_columns = key_columns(p.d, a), .n = n};
  if (!p.t || !x.key_columns) return no_memory(err);
  s = sw_exec(c,
              "CREATE OR REPLACE TABLE store.returned_incoming(config VARCHAR, table_name VARCHAR, line BIGINT, org VARCHAR, key_columns VARCHAR, k1 VARCHAR, k2 VARCHAR, "
              "k3 VARCHAR, k4 VARCHAR, code VARCHAR, field VARCHAR, message VARCHAR)", NULL, err);
  if (!s) s = read_rows(c, &x, o->cancel, err);
  if (!s && !n->rows) s = SW_FAIL(err, SW_E_DATA, "SW-RULE-0076", "文件里没有一行既有主键又有错误代码", "no row of the file has a key and a code");
  if (!s) s = keep(c, l, o, p.d, sha, a, n, err);
  sw_error second = SW_ERROR_INIT;
  if (sw_exec(c, "DROP TABLE store.returned_incoming", NULL, s ? &second : err) && !s) s = err ? err->status : SW_E_ENGINE;
  return s;
}

sw_status sw_returned_import_file(sw_conn *c, sw_ledger *l, const sw_returned_import *o, sw_returned_counts *out, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  sw_returned_file f;
  *out = (sw_returned_counts){0};
  sw_status s = sw_returned_sync(c, l, o->dir, o->cancel, err);
  if (!s) s = sw_returned_open(o->file, &a, o->cancel, &f, err);
  if (!s) {
    s = import(c, l, o, &f, &a, out, err);
    sw_returned_close(&f);
  }
  if (!s) s = sw_returned_sync(c, l, o->dir, o->cancel, err);
  sw_arena_fini(&a);
  return s ? SW_FRAME(err, "导入退回文件 %s", "importing the rejections %s", o->file) : SW_OK;
}

/* --- the engine's copy ------------------------------------------------------------------------------------------------- */

typedef struct copying {
  sw_ledger *ledger;
  const char *dir;
  const sw_cancel *cancel;
} copying;

static sw_status prepare(sw_conn *c, sw_error *err) {
  return sw_exec(c,
                 "CREATE SCHEMA IF NOT EXISTS store; CREATE SCHEMA IF NOT EXISTS quality;"
                 "CREATE TABLE IF NOT EXISTS store.kept_returned_file(no BIGINT, config VARCHAR, table_name VARCHAR, file VARCHAR, rows BIGINT, from_day DATE, to_day DATE, "
                 "who VARCHAR, \"at\" TIMESTAMP);"
                 "CREATE TABLE IF NOT EXISTS store.kept_returned(file_no BIGINT, config VARCHAR, table_name VARCHAR, line BIGINT, org VARCHAR, key_columns VARCHAR, "
                 "k1 VARCHAR, k2 VARCHAR, k3 VARCHAR, k4 VARCHAR, code VARCHAR, field VARCHAR, message VARCHAR);"
                 "CREATE TABLE IF NOT EXISTS store.kept_returned_row(config VARCHAR, table_name VARCHAR, file_no BIGINT, line BIGINT, org VARCHAR, key VARCHAR, "
                 "code VARCHAR, field VARCHAR, message VARCHAR, rules VARCHAR, outcome VARCHAR, finding VARCHAR, reason VARCHAR, _row BIGINT);"
                 "CREATE TABLE IF NOT EXISTS store.kept_returned_comparison(config VARCHAR, table_name VARCHAR, org VARCHAR, side VARCHAR, code VARCHAR, rule VARCHAR, "
                 "total BIGINT, in_both BIGINT, only_one BIGINT, not_found BIGINT, mapped BOOLEAN);"
                 "CREATE VIEW IF NOT EXISTS quality.returned_file AS SELECT * FROM store.kept_returned_file;"
                 "CREATE VIEW IF NOT EXISTS quality.returned AS SELECT * FROM store.kept_returned_row;"
                 "CREATE VIEW IF NOT EXISTS quality.returned_comparison AS SELECT * FROM store.kept_returned_comparison;",
                 NULL, err);
}

static sw_status copy_file(sw_conn *c, const copying *x, sw_stmt *st, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  SW_AUTO(sw_buf) path = SW_BUF_INIT;
  sw_buf_printf(&path, "%s/%.*s", x->dir, SW_STR_ARG(sw_stmt_str(st, 4)));
  sw_param from = sw_stmt_is_null(st, 5) ? sw_p_null() : sw_p_date((int32_t)sw_stmt_i64(st, 5)), to = sw_stmt_is_null(st, 6) ? sw_p_null() : sw_p_date((int32_t)sw_stmt_i64(st, 6));
  sw_status s = sw_exec_params(c, "INSERT INTO store.kept_returned_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                               SW_PARAMS(sw_p_i64(sw_stmt_i64(st, 0)), sw_p_str(sw_stmt_str(st, 1)), sw_p_str(sw_stmt_str(st, 2)), sw_p_str(sw_stmt_str(st, 3)),
                                         sw_p_i64(sw_stmt_i64(st, 7)), from, to, sw_p_str(sw_stmt_str(st, 8)), sw_p_timestamp(sw_stmt_i64(st, 9))), NULL, NULL, err);
  sw_sql_build(&sql, "INSERT INTO store.kept_returned SELECT {}, " COLUMNS " FROM read_parquet({})", sw_sql_i64(sw_stmt_i64(st, 0)), sw_sql_str(sw_buf_str(&path)));
  if (!sw_buf_ok(&sql) || !sw_buf_ok(&path)) return no_memory(err);
  return s ? s : sw_exec(c, sql.ptr, x->cancel, err);
}

static sw_status copy_all(sw_conn *c, void *ctx, sw_error *err) {
  const copying *x = ctx;
  sw_stmt *st;
  sw_step step;
  sw_status s = sw_exec(c, "DELETE FROM store.kept_returned_file; DELETE FROM store.kept_returned", NULL, err);
  if (!s)
    s = sw_stmt_open(x->ledger, "SELECT no, config, table_name, file, path, from_day, to_day, row_count, who, at FROM returned_file ORDER BY no", &st, err);
  if (s) return s;
  while (!s && (step = sw_stmt_next(st, err)) != SW_DONE) s = step == SW_STEP_ERROR ? (err ? err->status : SW_E_LEDGER) : copy_file(c, x, st, err);
  sw_stmt_close(st);
  return s;
}

sw_status sw_returned_sync(sw_conn *c, sw_ledger *l, const char *dir, const sw_cancel *cancel, sw_error *err) {
  sw_stmt *st;
  int64_t files = 0, newest = 0, have = 0, have_newest = 0;
  copying x = {.ledger = l, .dir = dir, .cancel = cancel};
  sw_status s = prepare(c, err);
  if (!s) s = sw_stmt_open(l, "SELECT count(*), coalesce(max(no), 0) FROM returned_file", &st, err);
  if (s) return s;
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_ROW) files = sw_stmt_i64(st, 0), newest = sw_stmt_i64(st, 1);
  sw_stmt_close(st);
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_LEDGER;
  s = sw_query_i64(c, "SELECT count(*) FROM store.kept_returned_file", SW_NO_PARAMS, NULL, &have, NULL, err);
  if (!s) s = sw_query_i64(c, "SELECT coalesce(max(no), 0) FROM store.kept_returned_file", SW_NO_PARAMS, NULL, &have_newest, NULL, err);
  return s || (files == have && newest == have_newest) ? s : sw_transaction(c, copy_all, &x, err);
}
