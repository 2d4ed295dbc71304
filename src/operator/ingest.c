/* `ingest`: deliveries into the landing, and ods views over what is committed there.
 *
 * A file that cannot be taken as a whole (unreadable, damaged, a required column missing) is refused, told, and listed in
 * meta.refused_file; the others go on, and it is tried again with the next run. What concerns the machine (a full disk, a
 * broken ledger, a cancel) stops the step; what is landed by then is kept and not landed again. */
#include "base/fs.h"
#include "base/hash.h"
#include "base/pool.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "intake/intake.h"
#include "intake/view.h"
#include "intake/warning.h"
#include "operator/discover.h"
#include "operator/operator.h"
#include "operator/source_spec.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { BIG_FILE = 64 << 20 }; /* bytes: worth reading by several threads */

typedef struct options {
  sw_config_list sources; /* sw_ref */
  int refused;            /* refusal */
} options;

typedef enum refusal { REFUSED_CONTINUE, REFUSED_FAIL } refusal;
static const sw_config_enum REFUSALS[] = {
    {"continue", REFUSED_CONTINUE, {"列入 meta.refused_file，其余文件继续", "list it in meta.refused_file and go on with the others"}},
    {"fail", REFUSED_FAIL, {"整步失败", "fail the step"}},
    {0},
};

static const sw_config_key KEYS[] = {
    {.name = "sources", .type = SW_CFG_REF, .shape = SW_CFG_LIST, .refers = "source", .offset = offsetof(options, sources),
     .help = {"来源（默认：内容包中的全部来源）", "sources (default: all of the packs)"}},
    {.name = "on_refused", .type = SW_CFG_ENUM, .values = REFUSALS, .fallback = "continue", .offset = offsetof(options, refused),
     .help = {"整个文件无法接收时怎么办", "what to do about a file that cannot be taken as a whole"}},
};
static const sw_config_map MAP = {
    .name = "ingest", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"把交付的文件和数据库表收进落地区，逐行编号", "takes delivered files and database tables into the landing, numbering every row"}};

/* --- which sources --------------------------------------------------------------------------------------- */

static sw_status choose_sources(const sw_pack_set *packs, const options *o, sw_arena *a, const sw_source_def ***out, size_t *n, sw_error *err) {
  size_t all = sw_pack_count(packs, "source");
  *out = SW_ARENA_ARRAY(a, const sw_source_def *, all + o->sources.n + 1);
  *n = 0;
  if (!*out) return sw_arena_check(a, err);
  for (size_t i = 0; i < o->sources.n; i++) (*out)[(*n)++] = sw_pack_source(packs, SW_ITEM(sw_ref, o->sources, i)->name);
  for (size_t i = 0; !o->sources.n && i < all; i++) (*out)[(*n)++] = sw_pack_at(packs, "source", i)->data;
  return SW_OK;
}

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const sw_source_def **sources;
  size_t n;
  sw_status s = choose_sources(scope->packs, opt, scope->arena, &sources, &n, err);
  for (size_t i = 0; s == SW_OK && i < n; i++)
    for (size_t k = 0; s == SW_OK && k < sources[i]->tables.n; k++)
      s = sw_op_plan_write(scope, out, SW_ITEM(sw_source_table_def, sources[i]->tables, k)->table.name, err);
  if (s == SW_OK) s = sw_op_plan_write(scope, out, SW_LIT("meta.batch"), err);
  if (s == SW_OK) s = sw_op_plan_write(scope, out, SW_LIT("meta.batch_warning"), err);
  if (s != SW_OK || !scope->dry_run || !scope->source_dir[0]) return s;
  sw_found_files found;
  s = sw_discover(scope->source_dir, sources, n, scope->arena, &found, err);
  if (s != SW_OK) return s;
  char note[128];
  snprintf(note, sizeof note, "%zu files, %zu unclaimed", found.n, found.nunclaimed);
  return sw_op_plan_note(scope, out, note, err);
}

/* --- landing ------------------------------------------------------------------------------------------------ */

typedef struct refused_file {
  const char *file, *table, *code, *zh, *en;
} refused_file;

/* Files are read side by side, but numbers are given out in the order of the deliveries, and the same content is never
 * landed twice at once. */
typedef struct turnstile {
  pthread_mutex_t lock; /* guards next and busy */
  pthread_cond_t moved;
  size_t next;          /* the file whose turn it is */
  SW_VEC(uint64_t) busy; /* keys that are being landed */
} turnstile;

typedef struct landing {
  sw_op_env *env;
  const options *options;
  const sw_found_files *found;
  sw_source_specs specs;
  turnstile gate;
  pthread_mutex_t lock; /* guards refused, done, seconds, and env->arena while files are landed */
  SW_VEC(refused_file) refused;
  int64_t done;
  double *seconds;      /* spent on each table, by position in specs */
} landing;

/* Failures of the one file, as against those of the machine (an I/O error may be a disk that fills up) or of ourselves. */
static bool concerns_the_file(sw_status s) {
  return s == SW_E_DATA || s == SW_E_CONFIG || s == SW_E_NOTFOUND || s == SW_E_DENIED || s == SW_E_LIMIT || s == SW_E_USAGE;
}

static sw_status refuse(landing *l, const char *file, sw_str table, const sw_error *why, sw_error *err) {
  char zh[256], en[256];
  snprintf(zh, sizeof zh, "拒收文件 %.200s：", file);
  snprintf(en, sizeof en, "refused file %.200s: ", file);
  sw_emit_error(l->env->events, SW_EVENT_WARNING, file, zh, en, why);
  if (l->options->refused == REFUSED_FAIL) {
    *err = *why;
    return SW_FRAME(err, "接收文件 %s", "taking in the file %s", file);
  }
  pthread_mutex_lock(&l->lock);
  sw_arena *a = l->env->arena;
  refused_file r = {sw_arena_dupz(a, sw_str_of(file)), sw_arena_dupz(a, table), sw_arena_dupz(a, sw_str_of(why->code)),
                    sw_arena_dupz(a, sw_str_of(why->msg[SW_LANG_ZH])), sw_arena_dupz(a, sw_str_of(why->msg[SW_LANG_EN]))};
  bool ok = r.file && r.table && r.code && r.zh && r.en && SW_VEC_PUSH(&l->refused, r);
  pthread_mutex_unlock(&l->lock);
  return ok ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static int64_t delivered_at(const sw_found_file *f) {
  int32_t day;
  sw_file_info info;
  if (sw_parse_date(sw_str_of(f->delivery), &day)) return day * SW_US_PER_DAY;
  return sw_fs_stat(f->path, &info, NULL) == SW_OK ? info.mtime_us : 0;
}

/* --- one file at its turn ------------------------------------------------------------------------------------ */

typedef struct visitor {
  turnstile *gate;
  const sw_cancel *cancel;
  size_t index;
  uint64_t key;
  bool entered, left;
} visitor;

static bool is_busy(const turnstile *g, uint64_t key) {
  for (size_t i = 0; i < g->busy.len; i++)
    if (g->busy.items[i] == key) return true;
  return false;
}

/* Waits with the lock held until it is this file's turn (and, where asked, nobody lands the same content); false when the
 * step is cancelled, for then a file before this one may never have been started. */
static bool wait_turn(const visitor *v, bool for_key) {
  while (v->gate->next != v->index || (for_key && is_busy(v->gate, v->key))) {
    if (sw_cancelled(v->cancel)) return false;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 50000000L;
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    pthread_cond_timedwait(&v->gate->moved, &v->gate->lock, &until);
  }
  return true;
}

static sw_status enter(void *ctx, const sw_batch_key *k, sw_error *err) {
  visitor *v = ctx;
  uint64_t h = sw_hash64(k->source, strlen(k->source), 1);
  h = sw_hash64(k->org, strlen(k->org), h);
  h = sw_hash64(k->table, strlen(k->table), h);
  v->key = sw_hash64(k->sha256, strlen(k->sha256), h);
  pthread_mutex_lock(&v->gate->lock);
  bool mine = wait_turn(v, true);
  if (mine) v->entered = SW_VEC_PUSH(&v->gate->busy, v->key);
  pthread_mutex_unlock(&v->gate->lock);
  if (!mine) return sw_cancel_check(v->cancel, err);
  return v->entered ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static void pass(visitor *v) {
  pthread_mutex_lock(&v->gate->lock);
  if (wait_turn(v, false)) v->gate->next++;
  v->left = true;
  pthread_cond_broadcast(&v->gate->moved);
  pthread_mutex_unlock(&v->gate->lock);
}

static void leave(void *ctx) { pass(ctx); }

/* However the file ended, the next one must get its turn, and the key is free. */
static void finish(visitor *v) {
  if (!v->left) pass(v);
  pthread_mutex_lock(&v->gate->lock);
  for (size_t i = 0; v->entered && i < v->gate->busy.len; i++)
    if (v->gate->busy.items[i] == v->key) {
      v->gate->busy.items[i] = v->gate->busy.items[--v->gate->busy.len];
      break;
    }
  pthread_cond_broadcast(&v->gate->moved);
  pthread_mutex_unlock(&v->gate->lock);
}

static sw_status land_file(landing *l, const sw_intake_context *x, const sw_found_file *f, sw_error *err) {
  const sw_source_spec *spec = sw_source_spec_of(&l->specs, f->table);
  char *source = sw_str_dupz(f->source->id.name);
  if (!source) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  sw_intake_delivery d = {.path = f->path, .file = f->file, .source = source, .org = f->org, .delivery = f->delivery,
                          .delivered_us = delivered_at(f), .table = &spec->table, .hints = spec->hints};
  d.hints.record_limit = (size_t)sw_workspace_settings(l->env->workspace)->limits.record;
  sw_error why = SW_ERROR_INIT;
  sw_intake_result r;
  sw_status s = sw_intake_file(x, &d, &r, &why);
  free(source);
  if (s != SW_OK && concerns_the_file(s) && !sw_cancelled(x->cancel)) return refuse(l, f->file, f->table->table.name, &why, err);
  if (s != SW_OK) *err = why;
  return s == SW_OK ? SW_OK : SW_FRAME(err, "接收文件 %s", "taking in the file %s", f->file);
}

static void tell_progress(landing *l, const sw_found_file *f, double seconds) {
  pthread_mutex_lock(&l->lock);
  int64_t done = ++l->done;
  l->seconds[sw_source_spec_of(&l->specs, f->table) - l->specs.items] += seconds;
  pthread_mutex_unlock(&l->lock);
  sw_emit_progress(l->env->events, l->env->step, done, (int64_t)l->found->n, "files");
}

/* A job lands every file whose index it is handed; each has a ledger connection of its own. */
static sw_status land_job(void *ctx, size_t index, const sw_cancel *cancel, sw_error *err) {
  landing *l = ctx;
  sw_op_env *env = l->env;
  visitor v = {.gate = &l->gate, .cancel = cancel, .index = index};
  int64_t began = sw_mono_us();
  sw_intake_context x = {.engine = sw_conn_engine(env->conn), .workspace = sw_workspace_dir(env->workspace), .threads = l->found->n > 1 ? 1 : env->threads,
                         .run = env->run, .cancel = cancel, .turn = {.enter = enter, .leave = leave, .ctx = &v}};
  sw_file_info info;
  if (sw_fs_stat(l->found->items[index].path, &info, NULL) == SW_OK && info.size > BIG_FILE) x.threads = env->threads;
  sw_status s = sw_workspace_ledger(env->workspace, &x.ledger, err);
  if (s == SW_OK) s = land_file(l, &x, &l->found->items[index], err);
  finish(&v);
  sw_ledger_close(x.ledger);
  tell_progress(l, &l->found->items[index], (double)(sw_mono_us() - began) / 1e6);
  return s;
}

static sw_status land_all(landing *l, sw_error *err) {
  pthread_mutex_init(&l->gate.lock, NULL);
  pthread_cond_init(&l->gate.moved, NULL);
  sw_status s = sw_pool_run(l->env->threads, l->found->n, land_job, l, l->env->cancel, err);
  pthread_cond_destroy(&l->gate.moved);
  pthread_mutex_destroy(&l->gate.lock);
  SW_VEC_FREE(&l->gate.busy);
  return s;
}

/* --- source databases ------------------------------------------------------------------------------------------ */

static sw_status pull_table(landing *l, const sw_source_def *src, const sw_source_table_def *t, const char *connection, sw_error *err) {
  sw_op_env *env = l->env;
  const sw_source_spec *spec = sw_source_spec_of(&l->specs, t);
  sw_arena a = SW_ARENA_INIT;
  char date[SW_DATE_LEN];
  sw_format_date((int32_t)(env->as_of_us / SW_US_PER_DAY), date);
  sw_str full = t->odbc_table;
  const char *dot = full.len ? memchr(full.ptr, '.', full.len) : NULL;
  size_t cut = dot ? (size_t)(dot - full.ptr) : 0;
  sw_intake_pull p = {.connection = connection, .schema = dot ? sw_arena_dupz(&a, sw_str_sub(full, 0, cut)) : NULL,
                      .name = sw_arena_dupz(&a, dot ? sw_str_sub(full, cut + 1, full.len) : full),
                      .query = t->odbc_query.len ? sw_arena_dupz(&a, t->odbc_query) : NULL,
                      .watermark = t->watermark.name.len ? sw_arena_dupz(&a, t->watermark.name) : NULL,
                      .source = sw_arena_dupz(&a, src->id.name), .org = sw_arena_dupz(&a, t->org), .delivery = date,
                      .delivered_us = env->as_of_us, .table = &spec->table};
  sw_intake_context x = {.engine = sw_conn_engine(env->conn), .ledger = env->ledger, .workspace = sw_workspace_dir(env->workspace),
                         .threads = env->threads, .run = env->run, .cancel = env->cancel, .events = env->events};
  sw_intake_result r;
  sw_status s = sw_arena_check(&a, err);
  if (s == SW_OK) s = sw_intake_table(&x, &p, &r, err);
  sw_arena_fini(&a);
  return s == SW_OK ? SW_OK : SW_FRAME(err, "从源数据库读取 %.*s", "reading %.*s from the source database", SW_STR_ARG(t->table.name));
}

static sw_status pull_all(landing *l, const sw_source_def *const *sources, size_t n, sw_error *err) {
  const sw_settings *settings = sw_workspace_settings(l->env->workspace);
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < n; i++) {
    char *connection = NULL;
    for (size_t k = 0; k < settings->connections.n; k++)
      if (sources[i]->connection.name.len && sw_str_eq(settings->connections.keys[k].name, sources[i]->connection.name))
        connection = sw_str_dupz(SW_VALUE(sw_connection, settings->connections, k)->odbc);
    for (size_t k = 0; s == SW_OK && k < sources[i]->tables.n; k++) {
      const sw_source_table_def *t = SW_ITEM(sw_source_table_def, sources[i]->tables, k);
      if (sw_source_format_of(sources[i], t) != SW_SRC_ODBC) continue;
      if (connection) s = pull_table(l, sources[i], t, connection, err);
      else
        s = SW_FAIL(err, SW_E_CONFIG, "SW-OP-0021", "来源 %.*s 要用连接 %.*s，但 suwen.yaml 的 connections 里没有它",
                    "the source %.*s wants the connection %.*s, which suwen.yaml does not have under connections",
                    SW_STR_ARG(sources[i]->id.name), SW_STR_ARG(sources[i]->connection.name));
    }
    free(connection);
  }
  return s;
}

/* --- what is published -------------------------------------------------------------------------------------------- */

static sw_status publish_views(landing *l, const sw_source_def *const *sources, size_t n, sw_op_result *out, sw_error *err) {
  sw_op_env *env = l->env;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < sources[i]->tables.n; k++) {
      const sw_source_table_def *t = SW_ITEM(sw_source_table_def, sources[i]->tables, k);
      SW_AUTO(sw_buf) sql = SW_BUF_INIT;
      sw_status s = sw_intake_view_sql(env->conn, env->ledger, sw_workspace_dir(env->workspace), &sw_source_spec_of(&l->specs, t)->table, &sql, err);
      if (s == SW_OK) s = sw_buf_check(&sql, err);
      if (s != SW_OK) return SW_FRAME(err, "建立视图 %.*s", "making the view %.*s", SW_STR_ARG(t->table.name));
      sw_sql_arg name = {.a = sw_str_sub(t->table.name, 4, t->table.name.len)};
      sw_publication p = {.schema = "ods", .view = sw_arena_dupz(env->arena, name.a), .select = sw_arena_dupz(env->arena, sw_buf_str(&sql))};
      if (!p.view || !p.select || !SW_VEC_PUSH(&out->publications, p)) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
    }
  return SW_OK;
}

typedef struct batch_writer {
  sw_sink *sink;
  sw_out_chunk *chunk;
} batch_writer;

static sw_status put_batch(void *ctx, const sw_batch *b, sw_error *err) {
  batch_writer *w = ctx;
  sw_out_column *c = w->chunk->columns;
  size_t i = w->chunk->n;
  ((int64_t *)c[0].data)[i] = b->batch_no;
  const char *texts[] = {b->key.source, b->key.org, b->key.table, b->file, b->key.sha256, b->encoding};
  for (size_t k = 0; k < 6; k++) sw_out_str(&c[k + 1], i, sw_str_of(texts[k]));
  ((int64_t *)c[7].data)[i] = b->mtime_us;
  sw_out_str(&c[8], i, sw_str_of(b->delivery));
  ((int64_t *)c[9].data)[i] = b->delivered_us;
  ((int64_t *)c[10].data)[i] = b->records;
  ((int64_t *)c[11].data)[i] = b->rows;
  ((int64_t *)c[12].data)[i] = b->rejects;
  ((int64_t *)c[13].data)[i] = b->totals;
  sw_out_str(&c[14], i, sw_str_of(b->first_run ? b->first_run : ""));
  sw_out_str(&c[15], i, sw_str_of(b->dialect ? b->dialect : ""));
  if (++w->chunk->n < w->chunk->cap) return SW_OK;
  sw_status s = sw_sink_append(w->sink, err);
  return s == SW_OK ? sw_sink_chunk(w->sink, &w->chunk, err) : s;
}

static sw_status make_table(sw_op_env *env, const char *physical, const char *columns, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "CREATE OR REPLACE TABLE {} ({})", sw_sql_table("store", physical), sw_sql_raw(sw_str_of(columns)));
  sw_status s = sw_buf_check(&q, err);
  return s == SW_OK ? sw_exec(env->conn, q.ptr, env->cancel, err) : s;
}

/* The ledger's batches for SQL: which file and delivery a _row came from. */
static sw_status publish_batches(landing *l, sw_op_result *out, sw_error *err) {
  sw_op_env *env = l->env;
  char *physical = sw_op_physical(env, "meta.batch");
  if (!physical) return sw_arena_check(env->arena, err);
  sw_status s = make_table(env, physical,
                           "batch_no BIGINT, source VARCHAR, org VARCHAR, table_name VARCHAR, file VARCHAR, sha256 VARCHAR, encoding VARCHAR, "
                           "mtime TIMESTAMP, delivery VARCHAR, delivered_at TIMESTAMP, records BIGINT, \"rows\" BIGINT, rejects BIGINT, skipped BIGINT, "
                           "first_run VARCHAR, info VARCHAR", err);
  batch_writer w = {0};
  if (s == SW_OK) s = sw_sink_open(env->conn, "store", physical, &w.sink, err);
  if (s == SW_OK) s = sw_sink_chunk(w.sink, &w.chunk, err);
  if (s == SW_OK) s = sw_batch_each(env->ledger, &(sw_batch_query){.committed_only = true}, put_batch, &w, err);
  if (s == SW_OK && w.chunk->n) s = sw_sink_append(w.sink, err);
  if (s == SW_OK) s = sw_sink_close(w.sink, err);
  else sw_sink_abort(w.sink);
  return s == SW_OK ? sw_op_publish(env, out, "meta.batch", physical, err) : s;
}

typedef struct warning_writer {
  batch_writer w;
  const sw_batch *b;
} warning_writer;

static sw_status put_warning(void *ctx, const sw_batch_warning *x, sw_error *err) {
  warning_writer *v = ctx;
  const sw_batch *b = v->b;
  sw_out_column *c = v->w.chunk->columns;
  size_t i = v->w.chunk->n;
  ((int64_t *)c[0].data)[i] = b->batch_no;
  const char *texts[] = {b->key.source, b->key.org, b->key.table, b->file, b->delivery, b->first_run ? b->first_run : ""};
  for (size_t k = 0; k < 6; k++) sw_out_str(&c[k + 1], i, sw_str_of(texts[k]));
  sw_out_str(&c[7], i, x->code);
  ((int64_t *)c[8].data)[i] = x->n;
  sw_out_str(&c[9], i, x->text[SW_LANG_ZH]);
  sw_out_str(&c[10], i, x->text[SW_LANG_EN]);
  if (++v->w.chunk->n < v->w.chunk->cap) return SW_OK;
  sw_status s = sw_sink_append(v->w.sink, err);
  return s == SW_OK ? sw_sink_chunk(v->w.sink, &v->w.chunk, err) : s;
}

static sw_status put_warnings(void *ctx, const sw_batch *b, sw_error *err) {
  warning_writer *v = ctx;
  v->b = b;
  return sw_batch_warnings(b->dialect, put_warning, v, err);
}

/* What was remarkable about the batches that were taken (intake/warning.h). */
static sw_status publish_warnings(landing *l, sw_op_result *out, sw_error *err) {
  sw_op_env *env = l->env;
  char *physical = sw_op_physical(env, "meta.batch_warning");
  if (!physical) return sw_arena_check(env->arena, err);
  sw_status s = make_table(env, physical,
                           "batch_no BIGINT, source VARCHAR, org VARCHAR, table_name VARCHAR, file VARCHAR, delivery VARCHAR, first_run VARCHAR, "
                           "code VARCHAR, n BIGINT, text_zh VARCHAR, text_en VARCHAR", err);
  warning_writer v = {0};
  if (s == SW_OK) s = sw_sink_open(env->conn, "store", physical, &v.w.sink, err);
  if (s == SW_OK) s = sw_sink_chunk(v.w.sink, &v.w.chunk, err);
  if (s == SW_OK) s = sw_batch_each(env->ledger, &(sw_batch_query){.committed_only = true}, put_warnings, &v, err);
  if (s == SW_OK && v.w.chunk->n) s = sw_sink_append(v.w.sink, err);
  if (s == SW_OK) s = sw_sink_close(v.w.sink, err);
  else sw_sink_abort(v.w.sink);
  return s == SW_OK ? sw_op_publish(env, out, "meta.batch_warning", physical, err) : s;
}

static sw_status publish_refused(landing *l, sw_op_result *out, sw_error *err) {
  sw_op_env *env = l->env;
  char *physical = sw_op_physical(env, "meta.refused_file");
  if (!physical) return sw_arena_check(env->arena, err);
  sw_status s = make_table(env, physical, "file VARCHAR, table_name VARCHAR, code VARCHAR, reason_zh VARCHAR, reason_en VARCHAR", err);
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "INSERT INTO {} VALUES (?, ?, ?, ?, ?)", sw_sql_table("store", physical));
  for (size_t i = 0; s == SW_OK && i < l->refused.len; i++) {
    const refused_file *r = &l->refused.items[i];
    s = sw_exec_params(env->conn, q.ptr, SW_PARAMS(sw_p_strz(r->file), sw_p_strz(r->table), sw_p_strz(r->code), sw_p_strz(r->zh), sw_p_strz(r->en)),
                       env->cancel, NULL, err);
  }
  for (size_t i = 0; s == SW_OK && i < l->found->nunclaimed; i++)
    s = sw_exec_params(env->conn, q.ptr, SW_PARAMS(sw_p_strz(l->found->unclaimed[i]), sw_p_null(), sw_p_strz("SW-OP-0022"),
                                                  sw_p_strz("没有来源声明这个文件"), sw_p_strz("no source declares this file")), env->cancel, NULL, err);
  if (s == SW_OK && l->found->nunclaimed)
    sw_emit_text(env->events, SW_EVENT_WARNING, env->step, "%zu 个文件没有来源声明，例如 %s；见 meta.refused_file", "%zu files are declared by no source, for example %s; see meta.refused_file",
                 l->found->nunclaimed, l->found->unclaimed[0]);
  return s == SW_OK ? sw_op_publish(env, out, "meta.refused_file", physical, err) : s;
}

/* --- the row ledger: what this run landed, by table ------------------------------------------------------------------ */

typedef struct tally {
  const sw_source_def *const *sources;
  size_t n;
  sw_row_count *counts; /* by position of the table among all tables of the sources */
  bool *seen;
} tally;

static sw_status tally_batch(void *ctx, const sw_batch *b, sw_error *err) {
  (void)err;
  tally *t = ctx;
  size_t at = 0;
  for (size_t i = 0; i < t->n; i++)
    for (size_t k = 0; k < t->sources[i]->tables.n; k++, at++) {
      sw_str name = SW_ITEM(sw_source_table_def, t->sources[i]->tables, k)->table.name;
      if (!sw_str_eqz(t->sources[i]->id.name, b->key.source) || !sw_str_eqz(sw_str_sub(name, 4, name.len), b->key.table)) continue;
      t->seen[at] = true;
      t->counts[at].in += b->records;
      t->counts[at].out += b->rows;
      t->counts[at].rejected += b->rejects;
      t->counts[at].filtered += b->totals;
      t->counts[at].bytes += b->size;
    }
  return SW_OK;
}

static sw_status count_run(landing *l, const sw_source_def *const *sources, size_t n, sw_op_result *out, sw_error *err) {
  sw_op_env *env = l->env;
  size_t tables = 0, at = 0;
  for (size_t i = 0; i < n; i++) tables += sources[i]->tables.n;
  tally t = {.sources = sources, .n = n, .counts = SW_ARENA_ARRAY(env->arena, sw_row_count, tables + 1), .seen = SW_ARENA_ARRAY(env->arena, bool, tables + 1)};
  if (!t.counts || !t.seen) return sw_arena_check(env->arena, err);
  for (size_t i = 0; i < l->found->n; i++) {
    at = 0;
    for (size_t j = 0; j < n; j++)
      for (size_t k = 0; k < sources[j]->tables.n; k++, at++)
        if (l->found->items[i].table == SW_ITEM(sw_source_table_def, sources[j]->tables, k)) t.seen[at] = true;
  }
  sw_status s = sw_batch_each(env->ledger, &(sw_batch_query){.run = env->run, .committed_only = true}, tally_batch, &t, err);
  at = 0;
  for (size_t i = 0; s == SW_OK && i < n; i++)
    for (size_t k = 0; s == SW_OK && k < sources[i]->tables.n; k++, at++) {
      if (!t.seen[at]) continue;
      t.counts[at].seconds = l->seconds[at];
      t.counts[at].table = sw_arena_dupz(env->arena, SW_ITEM(sw_source_table_def, sources[i]->tables, k)->table.name);
      s = t.counts[at].table ? sw_op_count(env, out, &t.counts[at], err) : sw_arena_check(env->arena, err);
    }
  return s;
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  landing l = {.env = env, .options = opt};
  const sw_source_def **sources;
  size_t n;
  int64_t removed;
  sw_found_files found = {0};
  l.found = &found;
  pthread_mutex_init(&l.lock, NULL);
  sw_status s = choose_sources(env->packs, opt, env->arena, &sources, &n, err);
  if (s == SW_OK) s = sw_source_specs_make(sources, n, env->arena, &l.specs, err);
  if (s == SW_OK && !(l.seconds = SW_ARENA_ARRAY(env->arena, double, l.specs.n + 1))) s = sw_arena_check(env->arena, err);
  if (s == SW_OK) s = sw_landing_clean(sw_workspace_dir(env->workspace), env->ledger, &removed, err);
  if (s == SW_OK && env->source_dir[0]) s = sw_discover(env->source_dir, sources, n, env->arena, &found, err);
  if (s == SW_OK) s = land_all(&l, err);
  if (s == SW_OK) s = pull_all(&l, sources, n, err);
  if (s == SW_OK) s = publish_views(&l, sources, n, out, err);
  if (s == SW_OK) s = publish_batches(&l, out, err);
  if (s == SW_OK) s = publish_warnings(&l, out, err);
  if (s == SW_OK) s = publish_refused(&l, out, err);
  if (s == SW_OK) s = count_run(&l, sources, n, out, err);
  SW_VEC_FREE(&l.refused);
  pthread_mutex_destroy(&l.lock);
  return s;
}

const sw_operator SW_OP_INGEST = {
    .face = {.name = "ingest", .map = &MAP, .help = {"把交付收进落地区", "takes deliveries into the landing"}},
    .plan = plan,
    .run = run,
    .numbers_batches = true,
};
