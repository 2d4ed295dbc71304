#include "intake/take.h"

#include "base/json.h"
#include "base/pool.h"
#include "intake/source.h"
#include "intake/warning.h"

#include <stdlib.h>

typedef struct work {
  const sw_intake_context *x;
  const sw_intake_delivery *d;
  const sw_take_extra *extra;
  const char *file;
  sw_arena arena;
  sw_input *in;
  sw_opened opened;
  sw_mapping mapping;
  sw_buf info;
} work;

static sw_status check_spec(const sw_table_spec *t, sw_error *err) {
  if (!t->ncolumns)
    return SW_FAIL(err, SW_E_USAGE, "SW-INTAKE-0060", "表 %s 没有声明列", "table %s declares no columns", t->name);
  for (size_t i = 0; i < t->ncolumns; i++) {
    const char *const *why = sw_column_spec_problem(&t->columns[i]);
    if (!why) continue;
    return SW_FAIL(err, SW_E_CONFIG, "SW-INTAKE-0061", "表 %s 的列 %s：%s%.0s", "table %s, column %s: %.0s%s", t->name, t->columns[i].name,
                   why[SW_LANG_ZH], why[SW_LANG_EN]);
  }
  return SW_OK;
}

/* --- signature -------------------------------------------------------------------------------- */

static void sign_text(sw_digest *d, const char *z) {
  sw_digest_update(d, z ? z : "", z ? strlen(z) : 0);
  sw_digest_update(d, "\n", 1);
}

static void sign_list(sw_digest *d, const char *const *list, size_t n) {
  for (size_t i = 0; i < n; i++) sign_text(d, list[i]);
  sign_text(d, "");
}

static void sign_column(sw_digest *d, const sw_column_spec *c) {
  SW_AUTO(sw_buf) type = SW_BUF_INIT;
  sw_type_sql(c->type, &type);
  sw_buf_printf(&type, " %d %d", (int)c->format, (int)c->epoch);
  sign_text(d, c->name);
  sign_text(d, type.ptr);
  sign_text(d, c->pattern);
  sign_list(d, c->aliases, c->naliases);
  sign_list(d, c->nulls, c->nnulls);
}

/* What decides how bytes become rows: the declaration and how the file was understood. Raise the number when parsing itself
 * changes its results. */
static sw_status sign(work *w, char out[17], sw_error *err) {
  const sw_table_spec *t = w->d->table;
  sw_digest *d = sw_digest_new(SW_DIGEST_SHA256);
  if (!d) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  sign_text(d, "intake 2");
  for (size_t i = 0; i < t->ncolumns; i++) sign_column(d, &t->columns[i]);
  sign_list(d, t->nulls, t->nnulls);
  if (t->ntotals) sign_list(d, t->totals, t->ntotals);
  if (t->org_column) sign_text(d, t->columns[t->org_column - 1].name);
  sign_text(d, sw_file_format_name(w->opened.format));
  sign_text(d, sw_encoding_name(w->opened.encoding));
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_json j;
  sw_json_init(&j, &b);
  sw_json_open(&j, '{');
  if (w->opened.info) w->opened.info(w->opened.self, &j);
  sw_json_close(&j, '}');
  sw_buf_printf(&b, " %zu", w->opened.limit);
  sign_text(d, b.ptr);
  uint8_t raw[SW_SHA256_LEN];
  sw_digest_final(d, raw);
  sw_digest_free(d);
  sw_hex(raw, 8, out);
  return SW_OK;
}

/* --- the batch's JSON -------------------------------------------------------------------------- */

/* What was counted while landing. The words do not hold the number: it stands beside them, and files can be added up. */
static void warn_counted(sw_json *j, const char *code, int64_t n, const char *zh, const char *en) {
  if (n) sw_batch_warning_put(j, code, n, zh, en);
}

static void put_warnings(const work *w, const sw_typer_counts *c, sw_json *j) {
  const sw_opened *o = &w->opened;
  sw_mapping_warnings(&w->mapping, j);
  if (o->doubt[0]) sw_batch_warning_put(j, "doubtful_encoding", 0, o->doubt[SW_LANG_ZH], o->doubt[SW_LANG_EN]);
  if (o->empty) sw_batch_warning_put(j, "empty_file", 0, "文件是空的，没有表头也没有数据", "the file is empty: neither header nor rows");
  else if (!c->records) sw_batch_warning_put(j, "no_rows", 0, "文件只有表头，没有数据", "the file has a header but no rows");
  warn_counted(j, "total_rows", c->totals, "认出合计行，未收取", "total rows were recognised and left out");
  warn_counted(j, "repeated_headers", c->headers, "数据中间有重复的表头，未收取", "repeated header lines among the records were left out");
  warn_counted(j, "deleted_records", c->deleted, "文件中有标为已删除的记录，未收取", "records that the file marks as deleted were left out");
}

/* Before landing: how the file was understood. After it, with its counts: warnings and the values of total rows as well. */
static void describe(work *w, const sw_land_result *l) {
  enum { TOTALS_MAX = 16 << 10 };
  sw_json j;
  sw_buf_clear(&w->info);
  sw_json_init(&j, &w->info);
  sw_json_open(&j, '{');
  sw_json_key(&j, "format");
  sw_json_strz(&j, sw_file_format_name(w->opened.format));
  sw_json_key(&j, "compression");
  sw_json_strz(&j, sw_compression_name(sw_input_compression(w->in)));
  if (w->opened.info) w->opened.info(w->opened.self, &j);
  sw_mapping_json(&w->mapping, &j);
  if (l) {
    sw_json_key(&j, "warnings");
    sw_json_open(&j, '{');
    put_warnings(w, &l->counts, &j);
    sw_json_close(&j, '}');
  }
  if (l && l->totals.len && l->totals.len < TOTALS_MAX) {
    sw_json_key(&j, "total_rows");
    sw_buf_printf(&w->info, "[%.*s]", SW_STR_ARG(l->totals));
  }
  sw_json_close(&j, '}');
}

static void put_info(const work *w, sw_intake_result *r) {
  sw_str json = sw_buf_str(&w->info);
  if (json.len < sizeof r->info) snprintf(r->info, sizeof r->info, "%.*s", SW_STR_ARG(json));
  else snprintf(r->info, sizeof r->info, "{}");
}

/* What a warning of the batch says, as an event. */
static sw_status emit_warning(void *ctx, const sw_batch_warning *b, sw_error *err) {
  (void)err;
  const work *w = ctx;
  sw_event e = {.kind = SW_EVENT_WARNING, .what = w->file, .text = {b->text[0].ptr, b->text[1].ptr}}; /* of buffers: they end in NUL */
  sw_emit(w->x->events, &e);
  return SW_OK;
}

/* --- hashing beside cutting -------------------------------------------------------------------- */

typedef struct first_pass {
  work *w;
  char *sha256;
} first_pass;

static sw_status first_pass_job(void *ctx, size_t i, const sw_cancel *cancel, sw_error *err) {
  first_pass *p = ctx;
  work *w = p->w;
  if (i == 0) return sw_input_sha256(w->in, cancel, NULL, p->sha256, err);
  return w->opened.split ? w->opened.split(w->opened.self, &w->opened.nparts, cancel, err) : SW_OK;
}

/* --- landing ----------------------------------------------------------------------------------- */

static sw_status open_part(void *ctx, size_t part, sw_reader *out, sw_error *err) {
  work *w = ctx;
  return w->opened.open_part(w->opened.self, part, out, err);
}

static void fill_counts(sw_batch *b, const sw_land_result *l) {
  b->records = l->counts.records;
  b->rows = l->counts.rows;
  b->rejects = l->counts.rejects;
  b->totals = l->counts.totals + l->counts.headers + l->counts.blanks + l->counts.deleted;
}

static sw_status check_balance(const sw_typer_counts *c, sw_error *err) {
  if (c->records == c->rows + c->rejects + c->blanks + c->headers + c->totals + c->deleted) return SW_OK;
  return SW_FAIL(err, SW_E_BALANCE, "SW-INTAKE-0062", "记录数不平：读到 %lld，入库 %lld，拒收 %lld",
                 "the records do not balance: %lld read, %lld landed, %lld rejected", (long long)c->records, (long long)c->rows,
                 (long long)c->rejects);
}

/* The batch, and what the caller ties to it, in one transaction. */
static sw_status commit(work *w, const sw_batch *b, const sw_intake_result *r, const sw_land_result *l, sw_error *err) {
  sw_ledger *ledger = w->x->ledger;
  if (!w->extra->on_commit) return sw_batch_commit(ledger, r->batch_id, b, l->parts, l->nparts, err);
  sw_status s = sw_ledger_begin(ledger, err);
  if (s) return s;
  s = sw_batch_commit(ledger, r->batch_id, b, l->parts, l->nparts, err);
  if (!s) s = w->extra->on_commit(w->extra->ctx, ledger, err);
  if (!s) return sw_ledger_commit(ledger, err);
  sw_ledger_rollback(ledger);
  return s;
}

static sw_status land(work *w, sw_batch *b, sw_intake_result *r, sw_error *err) {
  const sw_intake_delivery *d = w->d;
  sw_land_job job = {.table = d->table,
                     .mapping = &w->mapping,
                     .source = d->source,
                     .org = d->org,
                     .batch_no = r->batch_no,
                     .signature = r->signature,
                     .file = w->file,
                     .encoding = w->opened.encoding,
                     .limit = w->opened.limit,
                     .places = w->extra->places,
                     .record_bytes = w->opened.record_bytes,
                     .nparts = w->opened.empty ? 0 : w->opened.nparts,
                     .total = w->opened.total,
                     .ctx = w,
                     .open_part = open_part};
  sw_land_result l;
  sw_status s = sw_land(w->x, &job, &w->arena, &l, err);
  if (!s) s = check_balance(&l.counts, err);
  if (!s) s = sw_input_unchanged(w->in, err);
  if (s) return s;
  fill_counts(b, &l);
  describe(w, &l);
  s = sw_buf_check(&w->info, err);
  b->dialect = w->info.ptr;
  if (!s) s = commit(w, b, r, &l, err);
  if (s) return s;
  r->records = l.counts.records;
  r->rows = l.counts.rows;
  r->rejects = l.counts.rejects;
  r->blanks = l.counts.blanks;
  r->headers = l.counts.headers;
  r->totals = l.counts.totals;
  r->deleted = l.counts.deleted;
  r->bytes_out = l.bytes;
  put_info(w, r);
  return SW_OK;
}

typedef struct earlier {
  int64_t id;
  sw_intake_result *r;
} earlier;

static sw_status tell_earlier(void *ctx, const sw_batch *b, sw_error *err) {
  (void)err;
  earlier *e = ctx;
  if (b->id != e->id) return SW_OK;
  e->r->batch_no = b->batch_no;
  e->r->records = b->records;
  e->r->rows = b->rows;
  e->r->rejects = b->rejects;
  e->r->totals = b->totals;
  return SW_OK;
}

static sw_status same_again(work *w, int64_t id, sw_intake_result *r, sw_error *err) {
  const sw_intake_delivery *d = w->d;
  r->already = true;
  r->batch_id = id;
  earlier e = {id, r};
  sw_batch_query q = {.source = d->source, .org = d->org, .table = d->table->name};
  sw_status s = sw_batch_each(w->x->ledger, &q, tell_earlier, &e, err);
  put_info(w, r);
  sw_emit_text(w->x->events, SW_EVENT_MESSAGE, w->file, "内容与批次 %lld 相同，未重复收取", "the same content as batch %lld: not taken again",
               (long long)r->batch_no);
  return s;
}

/* What failed is the file, not the machine and not the caller's patience: such a batch will not come again. An open batch
 * that was only interrupted keeps its number for the next attempt. */
static bool is_hopeless(sw_status s) {
  return s == SW_E_DATA || s == SW_E_CONFIG || s == SW_E_USAGE || s == SW_E_LIMIT || s == SW_E_BALANCE;
}

static sw_status new_batch(work *w, sw_batch *b, sw_intake_result *r, sw_error *err) {
  sw_status s = land(w, b, r, err);
  if (is_hopeless(s)) {
    sw_error second = SW_ERROR_INIT;
    if (sw_batch_abandon(w->x->ledger, r->batch_id, &second)) sw_error_clear(&second); /* found open and begun again next time */
  }
  return s;
}

/* Finds the batch of this content or gives it a number. *committed: it is there already. */
static sw_status find_or_begin(work *w, sw_batch *b, sw_intake_result *r, bool *committed, sw_error *err) {
  const sw_intake_turn *turn = &w->x->turn;
  sw_batch_state state = SW_BATCH_OPEN;
  *committed = false;
  sw_status s = turn->enter ? turn->enter(turn->ctx, &b->key, err) : SW_OK;
  if (s) return s;
  s = sw_batch_find(w->x->ledger, &b->key, &r->batch_id, &state, err);
  if (!s && r->batch_id && state == SW_BATCH_COMMITTED) *committed = true;
  else if (!s) s = sw_batch_begin(w->x->ledger, b, &r->batch_id, &r->batch_no, err);
  if (turn->leave) turn->leave(turn->ctx);
  return s;
}

static sw_status report(work *w, const sw_intake_result *r, sw_error *err) {
  if (r->already) return SW_OK;
  sw_status s = sw_batch_warnings(w->info.ptr, emit_warning, w, err);
  if (r->rejects)
    sw_emit_text(w->x->events, SW_EVENT_WARNING, w->file, "批次 %lld：%lld 条记录中拒收 %lld 条；用 suwen rejects %lld 查看原因",
                 "batch %lld: of %lld records %lld were rejected; suwen rejects %lld tells why", (long long)r->batch_no,
                 (long long)r->records, (long long)r->rejects, (long long)r->batch_no);
  return s;
}

static sw_status map_columns(work *w, sw_error *err) {
  const sw_opened *o = &w->opened;
  const sw_table_spec *t = w->d->table;
  if (o->empty) return sw_mapping_make(t, NULL, 0, &w->arena, &w->mapping, err);
  sw_status s = sw_mapping_make(t, o->names, o->nfields, &w->arena, &w->mapping, err);
  if (s || !o->by_key) return s;
  /* The names were those of a sample: the reader looks every key up, and hands out fields in the columns' order. */
  for (size_t i = 0; i < t->ncolumns; i++) w->mapping.source[i] = (int32_t)i;
  w->mapping.names = NULL;
  w->mapping.nsource = t->ncolumns;
  return SW_OK;
}

static sw_status understand(work *w, sw_intake_result *r, sw_error *err) {
  const sw_intake_delivery *d = w->d;
  sw_open_options o = {.hints = &d->hints,
                       .table = d->table,
                       .engine = w->x->engine,
                       .stage_dir = sw_arena_printf(&w->arena, "%s/run/stage", w->x->workspace),
                       .cancel = w->x->cancel};
  sw_status s = sw_source_open(w->in, &o, &w->arena, &w->opened, err);
  if (s) return s;
  s = map_columns(w, err);
  if (s) return s;
  r->format = w->opened.format;
  r->encoding = w->opened.encoding;
  describe(w, NULL);
  return sign(w, r->signature, err);
}

static sw_status take(work *w, sw_intake_result *r, sw_error *err) {
  const sw_intake_delivery *d = w->d;
  sw_status s = check_spec(d->table, err);
  if (!s) s = sw_input_open(d->path, &w->in, err);
  if (!s) s = understand(w, r, err);
  first_pass first = {w, r->sha256};
  if (!s) s = sw_pool_run(w->x->threads ? w->x->threads : 2, 2, first_pass_job, &first, w->x->cancel, err);
  if (s) return s;
  r->bytes_in = sw_input_size(w->in);
  sw_batch b = {.key = {d->source, d->org, d->table->name, r->sha256, r->signature},
                .file = w->file,
                .size = r->bytes_in,
                .mtime_us = sw_input_mtime_us(w->in),
                .encoding = sw_encoding_name(w->opened.encoding),
                .dialect = w->info.ptr,
                .delivery = d->delivery ? d->delivery : "",
                .delivered_us = d->delivered_us,
                .first_run = w->x->run ? w->x->run : ""};
  bool committed;
  s = find_or_begin(w, &b, r, &committed, err);
  if (s) return s;
  s = committed ? same_again(w, r->batch_id, r, err) : new_batch(w, &b, r, err);
  if (!s) s = report(w, r, err);
  return s;
}

sw_status sw_intake_take(const sw_intake_context *x, const sw_intake_delivery *d, const sw_take_extra *extra, sw_intake_result *out,
                         sw_error *err) {
  work w = {.x = x, .d = d, .extra = extra, .file = d->file ? d->file : d->path};
  sw_buf_init(&w.info, 1 << 20);
  *out = (sw_intake_result){0};
  sw_status s = take(&w, out, err);
  sw_opened_close(&w.opened);
  sw_input_close(w.in);
  sw_buf_fini(&w.info);
  sw_arena_fini(&w.arena);
  if (!s) return SW_OK;
  sw_error_at(err, w.file, 0, 0);
  return SW_FRAME(err, "收取文件 %s 到表 %s", "taking file %s into table %s", w.file, d->table->name);
}

sw_status sw_intake_file(const sw_intake_context *x, const sw_intake_delivery *d, sw_intake_result *out, sw_error *err) {
  return sw_intake_take(x, d, &(sw_take_extra){0}, out, err);
}
