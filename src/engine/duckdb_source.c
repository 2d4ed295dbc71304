/* Sources, behind one table function: sw_source('name') looks the name up when a query is bound, so that a source can be
 * dropped again (the engine cannot drop a table function). */
#include "engine/duckdb_internal.h"

#include <stdlib.h>

typedef struct source_column {
  char *name;
  sw_type type;
} source_column;

struct duck_source {
  atomic_int refs; /* the registry and every bound query */
  sw_engine *engine;
  sw_source s;
  size_t ncolumns;
  source_column columns[];
};

typedef struct source_thread {
  duck_source *source;
  void *user;
  bool done;
  sw_out_column columns[];
} source_thread;

static void source_unref(void *p) {
  duck_source *d = p;
  if (!d || atomic_fetch_sub(&d->refs, 1) != 1) return;
  if (d->s.ctx_free) d->s.ctx_free(d->s.ctx);
  for (size_t i = 0; i < d->ncolumns; i++) free(d->columns[i].name);
  free(d);
}

static duck_source *source_new(sw_engine *e, const sw_source *s) {
  duck_source *d = calloc(1, sizeof *d + s->ncolumns * sizeof *d->columns);
  if (!d) return NULL;
  atomic_init(&d->refs, 1);
  d->engine = e;
  d->s = *s;
  d->ncolumns = s->ncolumns;
  bool ok = true;
  for (size_t i = 0; i < s->ncolumns; i++) {
    d->columns[i].type = s->columns[i].type;
    d->columns[i].name = strdup(s->columns[i].name);
    ok = ok && d->columns[i].name;
  }
  if (ok) return d;
  d->s.ctx_free = NULL; /* the caller's until it is registered */
  source_unref(d);
  return NULL;
}

/* --- the table function ------------------------------------------------------------------------------ */

static duck_source *find(duck_db *d, const char *name) {
  pthread_mutex_lock(&d->lock);
  duck_source *s = sw_map_get_ptr(&d->sources, sw_str_of(name));
  if (s) atomic_fetch_add(&s->refs, 1);
  pthread_mutex_unlock(&d->lock);
  return s;
}

static void on_bind(duckdb_bind_info info) {
  duck_db *d = duck_of(duckdb_bind_get_extra_info(info));
  duckdb_value v = duckdb_bind_get_parameter(info, 0);
  char *name = duckdb_get_varchar(v);
  duckdb_destroy_value(&v);
  duck_source *s = name ? find(d, name) : NULL;
  duckdb_free(name);
  if (!s) {
    duckdb_bind_set_error(info, "there is no source of this name");
    return;
  }
  for (size_t i = 0; i < s->ncolumns; i++) {
    duckdb_logical_type t = duck_logical(s->columns[i].type);
    duckdb_bind_add_result_column(info, s->columns[i].name, t);
    duckdb_destroy_logical_type(&t);
  }
  if (s->s.rows > 0) duckdb_bind_set_cardinality(info, (idx_t)s->s.rows, false);
  duckdb_bind_set_bind_data(info, s, source_unref);
}

static void on_init(duckdb_init_info info) {
  duck_source *s = duckdb_init_get_bind_data(info);
  duckdb_init_set_max_threads(info, s->s.max_threads ? s->s.max_threads : 1);
}

static void thread_free(void *p) {
  source_thread *t = p;
  if (t->source->s.thread_fini) t->source->s.thread_fini(t->source->s.ctx, t->user);
  source_unref(t->source);
  free(t);
}

static void on_thread(duckdb_init_info info) {
  duck_source *s = duckdb_init_get_bind_data(info);
  source_thread *t = calloc(1, sizeof *t + s->ncolumns * sizeof *t->columns);
  sw_error err = SW_ERROR_INIT;
  if (!t) {
    duckdb_init_set_error(info, "out of memory");
    return;
  }
  if (s->s.thread_init && s->s.thread_init(s->s.ctx, &t->user, &err)) {
    char text[SW_STASH_TEXT];
    sw_stash_put(&s->engine->stash, &err, text);
    duckdb_init_set_error(info, text);
    free(t);
    return;
  }
  t->source = s;
  atomic_fetch_add(&s->refs, 1);
  duckdb_init_set_init_data(info, t, thread_free);
}

static void on_next(duckdb_function_info info, duckdb_data_chunk chunk) {
  source_thread *t = duckdb_function_get_local_init_data(info);
  const duck_source *s = t->source;
  sw_out_chunk out = {.cap = SW_CHUNK_ROWS, .ncolumns = s->ncolumns, .columns = t->columns, .chunk = chunk};
  for (size_t i = 0; i < s->ncolumns; i++) duck_out_of(duckdb_data_chunk_get_vector(chunk, i), s->columns[i].type, &t->columns[i]);
  sw_error err = SW_ERROR_INIT;
  if (!t->done && s->s.next(s->s.ctx, t->user, &out, &err)) {
    char text[SW_STASH_TEXT];
    sw_stash_put(&s->engine->stash, &err, text);
    duckdb_function_set_error(info, text);
    return;
  }
  t->done = t->done || out.n == 0;
  duckdb_data_chunk_set_size(chunk, out.n);
}

sw_status duck_source_prepare(sw_engine *e, sw_error *err) {
  duckdb_connection con = NULL;
  if (duckdb_connect(duck_of(e)->db, &con) != DuckDBSuccess)
    return SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0032", "不能连接引擎", "cannot connect to the engine");
  duckdb_table_function f = duckdb_create_table_function();
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_table_function_set_name(f, "sw_source");
  duckdb_table_function_add_parameter(f, text);
  duckdb_destroy_logical_type(&text);
  duckdb_table_function_set_extra_info(f, e, NULL);
  duckdb_table_function_set_bind(f, on_bind);
  duckdb_table_function_set_init(f, on_init);
  duckdb_table_function_set_local_init(f, on_thread);
  duckdb_table_function_set_function(f, on_next);
  duckdb_state st = duckdb_register_table_function(con, f);
  duckdb_destroy_table_function(&f);
  duckdb_disconnect(&con);
  if (st == DuckDBSuccess) return SW_OK;
  return SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0040", "不能注册函数 %s", "function %s cannot be registered", "sw_source");
}

/* --- the registry ------------------------------------------------------------------------------------ */

sw_status duck_source_register(sw_conn *c, const sw_source *s, sw_error *err) {
  duck_db *d = duck_of(c->engine);
  duck_source *made = source_new(c->engine, s);
  if (!made) {
    if (s->ctx_free) s->ctx_free(s->ctx);
    return duck_nomem(err);
  }
  sw_status st = SW_OK;
  pthread_mutex_lock(&d->lock);
  uint64_t *slot = sw_map_at(&d->sources, sw_str_of(s->name), 0, NULL);
  if (!slot) st = duck_nomem(err);
  else if (*slot) st = SW_FAIL(err, SW_E_EXISTS, "SW-ENGINE-0043", "数据源 %s 已存在", "source %s exists already", s->name);
  else *slot = (uint64_t)(uintptr_t)made;
  pthread_mutex_unlock(&d->lock);
  if (st) source_unref(made);
  return st;
}

sw_status duck_source_drop(sw_conn *c, const char *name, sw_error *err) {
  (void)err;
  duck_db *d = duck_of(c->engine);
  pthread_mutex_lock(&d->lock);
  duck_source *gone = sw_map_get_ptr(&d->sources, sw_str_of(name));
  if (gone) *sw_map_at(&d->sources, sw_str_of(name), 0, NULL) = 0;
  bool any = false;
  for (size_t i = 0; !any && i < d->sources.len; i++) any = d->sources.entries[i].value != 0;
  if (!any) sw_map_fini(&d->sources); /* names of sources are used once: they must not gather */
  pthread_mutex_unlock(&d->lock);
  source_unref(gone);
  return SW_OK;
}

void duck_sources_fini(duck_db *d) {
  for (size_t i = 0; i < d->sources.len; i++) source_unref((void *)(uintptr_t)d->sources.entries[i].value);
  sw_map_fini(&d->sources);
}
