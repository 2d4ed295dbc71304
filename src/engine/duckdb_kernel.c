/* Scalar functions. Facts that shape this file: a fresh function object for every registration; an internal function
 * cannot be dropped, and a replaced one is released whenever the engine forgets it; inputs arrive flat; state is per
 * thread and query.
 *
 * So the engine is given a slot once for each name, and keeps it until it is closed; the kernel in the slot comes and
 * goes, and is released with its last running query. */
#include "engine/duckdb_internal.h"

#include <stdlib.h>

typedef struct kernel_ref {
  atomic_int refs; /* the slot and every thread state */
  sw_kernel k;
} kernel_ref;

struct duck_kernel {
  sw_engine *engine;
  kernel_ref *current; /* guarded by duck_db.lock; NULL after a drop */
  char *name;
  size_t nargs;
  bool varargs, impure;
  sw_type result;
  sw_type args[];
};

typedef struct thread_state {
  duck_kernel *slot;
  kernel_ref *kernel;
  void *user;
  bool ready; /* shapes are made at the first chunk */
  size_t ncolumns;
  duck_shape *shapes;
  sw_column *columns;
  sw_arena arena, scratch;
} thread_state;

static duck_kernel *slot_new(sw_engine *e, const sw_kernel *k) {
  duck_kernel *d = calloc(1, sizeof *d + k->nargs * sizeof *d->args);
  char *name = strdup(k->name);
  if (!d || !name) {
    free(d);
    free(name);
    return NULL;
  }
  d->engine = e;
  d->name = name;
  d->nargs = k->nargs;
  d->varargs = k->varargs;
  d->impure = k->impure;
  d->result = k->result;
  if (k->nargs) memcpy(d->args, k->args, k->nargs * sizeof *d->args);
  return d;
}

static void kernel_unref(kernel_ref *r) {
  if (!r || atomic_fetch_sub(&r->refs, 1) != 1) return;
  if (r->k.ctx_free) r->k.ctx_free(r->k.ctx);
  free(r);
}

static void slot_free(duck_kernel *d) {
  if (!d) return;
  kernel_unref(d->current);
  free(d->name);
  free(d);
}

/* --- calls ------------------------------------------------------------------------------------------- */

static void state_free(void *p) {
  thread_state *t = p;
  const sw_kernel *k = &t->kernel->k;
  if (k->thread_fini) k->thread_fini(k->ctx, t->user);
  kernel_unref(t->kernel);
  sw_arena_fini(&t->arena);
  sw_arena_fini(&t->scratch);
  free(t);
}

static kernel_ref *take(duck_kernel *slot) {
  duck_db *d = duck_of(slot->engine);
  pthread_mutex_lock(&d->lock);
  kernel_ref *r = slot->current;
  if (r) atomic_fetch_add(&r->refs, 1);
  pthread_mutex_unlock(&d->lock);
  return r;
}

static sw_status init_thread(duck_kernel *slot, thread_state **out, sw_error *err) {
  kernel_ref *r = take(slot);
  if (!r) return SW_FAIL(err, SW_E_NOTFOUND, "SW-ENGINE-0042", "函数 %s 已注销", "the function %s was dropped", slot->name);
  thread_state *t = calloc(1, sizeof *t);
  sw_status s = t ? SW_OK : duck_nomem(err);
  if (s == SW_OK && r->k.thread_init) s = r->k.thread_init(r->k.ctx, &t->user, err);
  if (s) {
    free(t);
    kernel_unref(r);
    return s;
  }
  t->slot = slot;
  t->kernel = r;
  *out = t;
  return SW_OK;
}

static void on_init(duckdb_init_info info) {
  duck_kernel *slot = duckdb_scalar_function_init_get_extra_info(info);
  thread_state *t = NULL;
  sw_error err = SW_ERROR_INIT;
  if (init_thread(slot, &t, &err)) {
    char text[SW_STASH_TEXT];
    sw_stash_put(&slot->engine->stash, &err, text);
    duckdb_scalar_function_init_set_error(info, text);
    return;
  }
  duckdb_scalar_function_init_set_state(info, t, state_free);
}

static sw_status make_shapes(thread_state *t, duckdb_data_chunk in, sw_error *err) {
  t->ncolumns = (size_t)duckdb_data_chunk_get_column_count(in);
  t->shapes = SW_ARENA_ARRAY(&t->arena, duck_shape, t->ncolumns ? t->ncolumns : 1);
  t->columns = SW_ARENA_ARRAY(&t->arena, sw_column, t->ncolumns ? t->ncolumns : 1);
  if (!t->shapes || !t->columns) return sw_arena_check(&t->arena, err);
  for (size_t i = 0; i < t->ncolumns; i++) {
    duckdb_logical_type type = duckdb_vector_get_column_type(duckdb_data_chunk_get_vector(in, i));
    sw_status s = duck_shape_of(type, NULL, &t->arena, &t->shapes[i], err);
    duckdb_destroy_logical_type(&type);
    if (s == SW_OK) s = duck_column_of(&t->shapes[i], &t->arena, &t->columns[i], err);
    if (s) return s;
  }
  t->ready = true;
  return SW_OK;
}

static sw_status call(thread_state *t, duckdb_data_chunk in, duckdb_vector out, sw_error *err) {
  sw_status s;
  if (!t->ready && (s = make_shapes(t, in, err))) return s;
  if (t->scratch.used) sw_arena_fini(&t->scratch);
  sw_in_chunk chunk = {.n = (size_t)duckdb_data_chunk_get_size(in), .ncolumns = t->ncolumns, .columns = t->columns};
  for (size_t i = 0; i < t->ncolumns; i++) {
    duckdb_vector v = duckdb_data_chunk_get_vector(in, i);
    if ((s = duck_view(&t->shapes[i], v, chunk.n, &t->scratch, &t->columns[i], err))) return s;
  }
  sw_out_column column;
  duck_out_of(out, t->slot->result, &column);
  return t->kernel->k.run(t->kernel->k.ctx, t->user, &chunk, &column, err);
}

static void on_call(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) {
  thread_state *t = duckdb_scalar_function_get_state(info);
  sw_error err = SW_ERROR_INIT;
  if (!t) {
    duckdb_scalar_function_set_error(info, "a kernel was called without its state");
  } else if (call(t, in, out, &err)) {
    char text[SW_STASH_TEXT];
    sw_stash_put(&t->slot->engine->stash, &err, text);
    duckdb_scalar_function_set_error(info, text);
  }
}

/* --- registration ------------------------------------------------------------------------------------ */

/* On a connection of its own: in the caller's transaction a roll-back would take the function away again. */
static sw_status install(duck_kernel *d, sw_error *err) {
  duckdb_connection con = NULL;
  if (duckdb_connect(duck_of(d->engine)->db, &con) != DuckDBSuccess)
    return SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0032", "不能连接引擎", "cannot connect to the engine");
  duckdb_scalar_function f = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(f, d->name);
  for (size_t i = 0; i < d->nargs; i++) {
    duckdb_logical_type t = duck_logical(d->args[i]);
    duckdb_scalar_function_add_parameter(f, t);
    duckdb_destroy_logical_type(&t);
  }
  if (d->varargs) {
    duckdb_logical_type any = duckdb_create_logical_type(DUCKDB_TYPE_ANY);
    duckdb_scalar_function_set_varargs(f, any);
    duckdb_destroy_logical_type(&any);
  }
  duckdb_logical_type result = duck_logical(d->result);
  duckdb_scalar_function_set_return_type(f, result);
  duckdb_destroy_logical_type(&result);
  duckdb_scalar_function_set_special_handling(f); /* NULLs are given to the kernel */
  if (d->impure) duckdb_scalar_function_set_volatile(f);
  duckdb_scalar_function_set_init(f, on_init);
  duckdb_scalar_function_set_function(f, on_call);
  duckdb_scalar_function_set_extra_info(f, d, NULL); /* the slot outlives the database */
  duckdb_state st = duckdb_register_scalar_function(con, f);
  duckdb_destroy_scalar_function(&f);
  duckdb_disconnect(&con);
  if (st == DuckDBSuccess) return SW_OK;
  return SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0040", "不能注册函数 %s", "function %s cannot be registered", d->name);
}

static bool same_signature(const duck_kernel *a, const sw_kernel *b) {
  if (a->nargs != b->nargs || a->varargs != b->varargs || a->impure != b->impure || !sw_type_eq(a->result, b->result)) return false;
  for (size_t i = 0; i < b->nargs; i++)
    if (!sw_type_eq(a->args[i], b->args[i])) return false;
  return true;
}

/* The slot of this name, made when new. Called under the lock, which install does not take. */
static sw_status slot_for(duck_db *d, sw_engine *e, const sw_kernel *k, duck_kernel **out, sw_error *err) {
  *out = sw_map_get_ptr(&d->kernels, sw_str_of(k->name));
  if (*out && same_signature(*out, k)) return SW_OK;
  if (*out)
    return SW_FAIL(err, SW_E_EXISTS, "SW-ENGINE-0041", "函数 %s 已用其他参数注册", "function %s is registered with other arguments", k->name);
  duck_kernel *slot = slot_new(e, k);
  if (!slot) return duck_nomem(err);
  sw_status s = install(slot, err);
  if (s == SW_OK && !sw_map_put(&d->kernels, sw_str_of(k->name), (uint64_t)(uintptr_t)slot)) {
    *out = slot; /* the engine has it already: it cannot be freed before the engine is closed */
    return duck_nomem(err);
  }
  if (s) slot_free(slot);
  else *out = slot;
  return s;
}

static sw_status ref_new(const sw_kernel *k, kernel_ref **out, sw_error *err) {
  kernel_ref *r = calloc(1, sizeof *r);
  if (!r) {
    if (k->ctx_free) k->ctx_free(k->ctx);
    return duck_nomem(err);
  }
  atomic_init(&r->refs, 1);
  r->k = *k;
  *out = r;
  return SW_OK;
}

sw_status duck_kernel_register(sw_conn *c, const sw_kernel *k, sw_error *err) {
  duck_db *d = duck_of(c->engine);
  duck_kernel *slot = NULL;
  kernel_ref *r = NULL, *old = NULL;
  if (ref_new(k, &r, err)) return err ? err->status : SW_E_NOMEM;
  pthread_mutex_lock(&d->lock);
  sw_status s = slot_for(d, c->engine, k, &slot, err);
  if (s == SW_OK) {
    old = slot->current;
    slot->current = r;
  }
  pthread_mutex_unlock(&d->lock);
  kernel_unref(s ? r : old);
  return s;
}

/* Called under the lock. */
static bool is_taken(duck_db *d, const sw_kernel *k) {
  const duck_kernel *slot = sw_map_get_ptr(&d->kernels, sw_str_of(k->name));
  return slot && (slot->current || !same_signature(slot, k));
}

sw_status duck_kernel_register_free(sw_conn *c, const sw_kernel *k, char name[SW_KERNEL_NAME], sw_error *err) {
  duck_db *d = duck_of(c->engine);
  duck_kernel *slot = NULL;
  kernel_ref *r = NULL;
  sw_kernel named = *k;
  if (ref_new(k, &r, err)) return err ? err->status : SW_E_NOMEM;
  named.name = name;
  pthread_mutex_lock(&d->lock);
  size_t i = 0;
  do snprintf(name, SW_KERNEL_NAME, "%.40s_%zu", k->name, i++);
  while (is_taken(d, &named));
  sw_status s = slot_for(d, c->engine, &named, &slot, err);
  if (s == SW_OK) slot->current = r;
  pthread_mutex_unlock(&d->lock);
  if (s) kernel_unref(r);
  return s;
}

sw_status duck_kernel_drop(sw_conn *c, const char *name, sw_error *err) {
  (void)err;
  duck_db *d = duck_of(c->engine);
  kernel_ref *old = NULL;
  pthread_mutex_lock(&d->lock);
  duck_kernel *slot = sw_map_get_ptr(&d->kernels, sw_str_of(name));
  if (slot) {
    old = slot->current;
    slot->current = NULL;
  }
  pthread_mutex_unlock(&d->lock);
  kernel_unref(old);
  return SW_OK;
}

void duck_kernels_fini(duck_db *d) {
  for (size_t i = 0; i < d->kernels.len; i++) slot_free((void *)(uintptr_t)d->kernels.entries[i].value);
  sw_map_fini(&d->kernels);
}
