/* Pulls from source databases. The rows go to a CSV file of our own in run/stage first: so the source is read once, quickly and
 * without holding its locks while we work; the batch's key can be the hash of what came; and typing, rejecting and landing are
 * those of files. */
#include "base/fs.h"
#include "base/json.h"
#include "intake/mapping.h"
#include "intake/odbc.h"
#include "intake/take.h"
#include "intake/unique.h"

#include <unistd.h>

enum { FLUSH_AT = 1 << 20, CHECK_EVERY = 1024, REPORT_EVERY = 16384 };

typedef struct pull {
  const sw_intake_context *x;
  const sw_intake_pull *p;
  sw_arena a;
  sw_odbc *db;
  sw_odbc_column *columns;  /* of the source table */
  size_t ncolumns;
  const sw_odbc_column *mark;
  sw_buf last, upper;       /* watermarks: of the last pull, of this one */
  bool upper_null;
  char *path, *label;
  sw_buf from;              /* what stands after FROM */
} pull;

static const sw_odbc_column *find_column(const pull *u, const char *name) {
  for (size_t i = 0; i < u->ncolumns; i++)
    if (sw_str_ieq(sw_str_of(u->columns[i].name), sw_str_of(name))) return &u->columns[i];
  return NULL;
}

static bool declared(const pull *u, const sw_odbc_column *c) {
  for (size_t i = 0; i < u->p->table->ncolumns; i++)
    if (sw_column_named(&u->p->table->columns[i], sw_str_of(c->name))) return true;
  return false;
}

/* The table's quoted name; or the query as a derived table (named without AS, which Oracle does not know there). */
static sw_status make_from(pull *u, sw_error *err) {
  sw_status s = SW_OK;
  if (u->p->query) {
    sw_str q = sw_str_trim(sw_str_of(u->p->query));
    while (sw_str_ends(q, SW_LIT(";"))) q = sw_str_trim(sw_str_sub(q, 0, q.len - 1));
    sw_buf_printf(&u->from, "(%.*s\n) suwen_pull", SW_STR_ARG(q));
  } else {
    if (u->p->schema && *u->p->schema) {
      s = sw_odbc_quote(u->db, u->p->schema, &u->from, err);
      sw_buf_putc(&u->from, '.');
    }
    if (!s) s = sw_odbc_quote(u->db, u->p->name, &u->from, err);
  }
  return s ? s : sw_buf_check(&u->from, err);
}

/* --- the range of this pull -------------------------------------------------------------------- */

static sw_status find_mark(pull *u, sw_error *err) {
  if (!u->p->watermark) return SW_OK;
  u->mark = find_column(u, u->p->watermark);
  if (!u->mark)
    return SW_FAIL(err, SW_E_CONFIG, "SW-INTAKE-0095", "源表 %s 没有水位列 %s", "source table %s has no column %s to use as a watermark", u->label,
                   u->p->watermark);
  return sw_watermark_get(u->x->ledger, u->p->source, u->p->org, u->p->table->name, &u->last, err);
}

static size_t mark_params(const pull *u, bool upper, sw_odbc_param params[2]) {
  size_t n = 0;
  if (u->last.len) params[n++] = (sw_odbc_param){u->mark->kind, u->last.ptr};
  if (upper) params[n++] = (sw_odbc_param){u->mark->kind, u->upper.ptr};
  return n;
}

static sw_status put_range(const pull *u, bool upper, sw_buf *sql, sw_error *err) {
  sw_status s = SW_OK;
  if (u->last.len) {
    sw_buf_puts(sql, " WHERE ");
    s = sw_odbc_quote(u->db, u->mark->name, sql, err);
    sw_buf_puts(sql, " > ?");
  }
  if (!s && upper) {
    sw_buf_puts(sql, u->last.len ? " AND " : " WHERE ");
    s = sw_odbc_quote(u->db, u->mark->name, sql, err);
    sw_buf_puts(sql, " <= ?");
  }
  return s;
}

/* The highest watermark there is now: rows that come while we read are the next pull's. */
static sw_status find_upper(pull *u, sw_error *err) {
  if (!u->mark) return SW_OK;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_odbc_param params[2];
  sw_buf_puts(&sql, "SELECT MAX(");
  sw_status s = sw_odbc_quote(u->db, u->mark->name, &sql, err);
  sw_buf_printf(&sql, ") FROM %s", u->from.ptr);
  if (!s) s = put_range(u, false, &sql, err);
  if (!s) s = sw_odbc_query(u->db, sql.ptr, params, mark_params(u, false, params), err);
  if (s) return s;
  sw_step step = sw_odbc_next(u->db, err);
  if (step == SW_STEP_ERROR) return err->status;
  u->upper_null = step == SW_DONE;
  return step == SW_ROW ? sw_odbc_value(u->db, 0, &u->upper, &u->upper_null, err) : SW_OK;
}

/* --- staging ----------------------------------------------------------------------------------- */

/* A query has no key: all columns that can be sorted by stand for one. */
static sw_status key_of_query(pull *u, const char ***key, size_t *n, sw_error *err) {
  *key = SW_ARENA_ARRAY(&u->a, const char *, u->ncolumns + 1);
  for (size_t i = 0; *key && i < u->ncolumns; i++)
    if (u->columns[i].sortable && &u->columns[i] != u->mark && declared(u, &u->columns[i])) (*key)[(*n)++] = u->columns[i].name;
  return sw_arena_check(&u->a, err);
}

/* ORDER BY watermark and key, so that the same rows come in the same order and are the same batch again. */
static sw_status put_order(pull *u, sw_buf *sql, sw_error *err) {
  const char **key = NULL;
  size_t n = 0;
  sw_status s = u->p->query ? key_of_query(u, &key, &n, err) : sw_odbc_key(u->db, u->p->schema, u->p->name, &u->a, &key, &n, err);
  const char *sep = " ORDER BY ";
  if (!s && u->mark) {
    sw_buf_puts(sql, sep);
    s = sw_odbc_quote(u->db, u->mark->name, sql, err);
    sep = ", ";
  }
  for (size_t i = 0; !s && i < n; i++) {
    sw_buf_puts(sql, sep);
    s = sw_odbc_quote(u->db, key[i], sql, err);
    sep = ", ";
  }
  return s;
}

static sw_status start_query(pull *u, sw_buf *out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_odbc_param params[2];
  size_t n = 0;
  sw_status s = SW_OK;
  sw_buf_puts(&sql, "SELECT ");
  for (size_t i = 0; !s && i < u->ncolumns; i++) {
    if (!declared(u, &u->columns[i])) continue;
    if (n) sw_buf_puts(&sql, ", ");
    if (n++) sw_buf_putc(out, ',');
    s = sw_odbc_quote(u->db, u->columns[i].name, &sql, err);
    sw_csv_field(out, sw_str_of(u->columns[i].name), ',');
  }
  sw_buf_putc(out, '\n');
  if (!s && !n)
    return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0096", "源表 %s 没有表 %s 声明的任何列", "source table %s has none of the columns that table %s declares",
                   u->label, u->p->table->name);
  sw_buf_printf(&sql, " FROM %s", u->from.ptr);
  if (!s && u->mark) s = put_range(u, true, &sql, err);
  if (!s) s = put_order(u, &sql, err);
  return s ? s : sw_odbc_query(u->db, sql.ptr, params, u->mark ? mark_params(u, true, params) : 0, err);
}

static sw_status put_row(pull *u, sw_buf *out, sw_buf *value, sw_error *err) {
  for (size_t i = 0; i < sw_odbc_ncolumns(u->db); i++) {
    bool null = false;
    sw_buf_clear(value);
    sw_status s = sw_odbc_value(u->db, i, value, &null, err);
    if (s) return s;
    if (i) sw_buf_putc(out, ',');
    if (!null && !value->len) sw_buf_puts(out, "\"\"");
    else if (!null) sw_csv_field(out, sw_buf_str(value), ',');
  }
  sw_buf_putc(out, '\n');
  return SW_OK;
}

static sw_status flush(const pull *u, FILE *f, sw_buf *out, sw_error *err) {
  sw_status s = sw_buf_check(out, err);
  if (!s && out->len && fwrite(out->ptr, 1, out->len, f) != out->len)
    s = SW_FAIL_ERRNO(err, "SW-INTAKE-0097", "无法写入暂存文件 %s", "cannot write the staging file %s", u->path);
  sw_buf_clear(out);
  return s;
}

static sw_status stage_rows(pull *u, FILE *f, sw_buf *out, sw_error *err) {
  SW_AUTO(sw_buf) value = SW_BUF_INIT;
  sw_status s = start_query(u, out, err);
  sw_step step = SW_DONE;
  for (int64_t n = 0; !s && (step = sw_odbc_next(u->db, err)) == SW_ROW; n++) {
    if (n % CHECK_EVERY == 0) s = sw_cancel_check(u->x->cancel, err);
    if (n % REPORT_EVERY == 0) sw_emit_progress(u->x->events, u->label, n, 0, "rows");
    if (!s) s = put_row(u, out, &value, err);
    if (!s && out->len >= FLUSH_AT) s = flush(u, f, out, err);
  }
  if (!s && step == SW_STEP_ERROR) s = err->status;
  return s ? s : flush(u, f, out, err);
}

static sw_status stage(pull *u, sw_error *err) {
  FILE *f = fopen(u->path, "wbe");
  if (!f) return SW_FAIL_ERRNO(err, "SW-INTAKE-0097", "无法写入暂存文件 %s", "cannot write the staging file %s", u->path);
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  sw_status s = stage_rows(u, f, &out, err);
  if (fclose(f) != 0 && !s) s = SW_FAIL_ERRNO(err, "SW-INTAKE-0097", "无法写入暂存文件 %s", "cannot write the staging file %s", u->path);
  return s;
}

/* --- landing ----------------------------------------------------------------------------------- */

static sw_status set_mark(void *ctx, sw_ledger *l, sw_error *err) {
  const pull *u = ctx;
  if (!u->mark) return SW_OK;
  return sw_watermark_set(l, u->p->source, u->p->org, u->p->table->name, sw_buf_str(&u->upper), u->x->run ? u->x->run : "", err);
}

static sw_status land_staged(pull *u, sw_intake_result *out, sw_error *err) {
  const sw_intake_pull *p = u->p;
  sw_intake_delivery d = {.path = u->path,
                          .file = u->label,
                          .source = p->source,
                          .org = p->org,
                          .delivery = p->delivery,
                          .delivered_us = p->delivered_us,
                          .table = p->table,
                          .hints = {.format = SW_FORMAT_DELIMITED,
                                    .encoding = SW_ENCODING_UTF8,
                                    .delimiter = ',',
                                    .quote = '"',
                                    .quoting = SW_YES,
                                    .header = SW_YES}};
  sw_take_extra extra = {.places = SW_PLACES_RECORDS, .on_commit = set_mark, .ctx = u};
  return sw_intake_take(u->x, &d, &extra, out, err);
}

static sw_status prepare(pull *u, sw_error *err) {
  char name[SW_UNIQUE_LEN];
  sw_unique_name("pull", name);
  const char *schema = u->p->schema && *u->p->schema ? u->p->schema : NULL;
  char *dir = sw_fs_join(&u->a, u->x->workspace, "run/stage");
  u->path = dir ? sw_arena_printf(&u->a, "%s/%s-%ld.csv", dir, name, (long)getpid()) : NULL;
  if (u->p->query) u->label = sw_arena_printf(&u->a, "odbc_query of %s", u->p->table->name);
  else u->label = schema ? sw_arena_printf(&u->a, "%s.%s", schema, u->p->name) : sw_arena_dupz(&u->a, sw_str_of(u->p->name));
  sw_status s = sw_arena_check(&u->a, err);
  if (!s) s = sw_fs_mkdirs(dir, err);
  if (!s) s = sw_odbc_open(u->p->connection, &u->db, err);
  if (!s) s = make_from(u, err);
  if (!s) s = sw_odbc_columns(u->db, u->from.ptr, &u->a, &u->columns, &u->ncolumns, err);
  if (!s) s = find_mark(u, err);
  if (!s) s = find_upper(u, err);
  if (!s && u->mark && !u->upper_null) u->label = sw_arena_printf(&u->a, "%s@%s", u->label, u->upper.ptr);
  return s ? s : sw_arena_check(&u->a, err);
}

sw_status sw_intake_table(const sw_intake_context *x, const sw_intake_pull *p, sw_intake_result *out, sw_error *err) {
  pull u = {.x = x, .p = p};
  *out = (sw_intake_result){0};
  sw_buf_init(&u.last, 4096);
  sw_buf_init(&u.upper, 4096);
  sw_buf_init(&u.from, SW_BUF_DEFAULT_MAX);
  sw_status s = prepare(&u, err);
  if (!s && u.mark && u.upper_null) {
    sw_emit_text(x->events, SW_EVENT_MESSAGE, u.label, "源表 %s 没有新的行", "source table %s has no new rows", u.label);
  } else if (!s) {
    s = stage(&u, err);
    sw_odbc_close(u.db); /* the source is free again while we land */
    u.db = NULL;
    if (!s) s = land_staged(&u, out, err);
    unlink(u.path);
  }
  if (s) (void)SW_FRAME(err, "从源数据库收取表 %s", "pulling table %s from the source database", u.label ? u.label : p->table->name);
  sw_odbc_close(u.db);
  sw_buf_fini(&u.last);
  sw_buf_fini(&u.upper);
  sw_buf_fini(&u.from);
  sw_arena_fini(&u.a);
  return s;
}
