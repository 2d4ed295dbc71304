/* What the duckdb_*.c files share. */
#ifndef SW_ENGINE_DUCKDB_INTERNAL_H
#define SW_ENGINE_DUCKDB_INTERNAL_H

#include "engine/backend.h"
#include "engine/duckdb_extra.h"

typedef struct duck_kernel duck_kernel;
typedef struct duck_source duck_source;

typedef struct duck_db {
  duckdb_database db;
  pthread_mutex_t lock; /* guards kernels and sources */
  sw_map kernels;       /* name → duck_kernel *: the signature under which it is registered */
  sw_map sources;       /* name → duck_source * */
} duck_db;

static inline duck_db *duck_of(const sw_engine *e) { return e->impl; }
static inline duckdb_connection duck_conn(const sw_conn *c) { return c->impl; }

/* --- duckdb_error.c: the engine's error as ours --------------------------------------------------- */
/* sql: the statement, for line and column; NULL when there is none. Values of rows never reach the message. */
sw_status duck_fail(sw_engine *e, duckdb_error_type type, const char *message, const char *sql, sw_error *err);
sw_status duck_fail_result(sw_engine *e, duckdb_result *r, const char *sql, sw_error *err);
static inline sw_status duck_nomem(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory"); }

/* --- duckdb_column.c: vectors as columns ----------------------------------------------------------- */
typedef struct duck_shape {
  sw_type type;
  sw_type_id storage;
  duckdb_type raw;
  const char *name;
  uint64_t array_size;
  size_t nchildren;
  struct duck_shape *children;
  const char **words; /* ENUM's values */
  size_t nwords;
} duck_shape;

duckdb_logical_type duck_logical(sw_type t);
sw_status duck_shape_of(duckdb_logical_type t, const char *name, sw_arena *a, duck_shape *out, sw_error *err);
/* A column tree for a shape, without data; from the arena. */
sw_status duck_column_of(const duck_shape *s, sw_arena *a, sw_column *out, sw_error *err);
/* Points the column at the vector's rows. Types without a view of ours are converted into `scratch`. */
sw_status duck_view(const duck_shape *s, duckdb_vector v, size_t n, sw_arena *scratch, sw_column *out, sw_error *err);
void duck_out_of(duckdb_vector v, sw_type type, sw_out_column *out);

/* --- the parts of the backend ------------------------------------------------------------------------ */
sw_status duck_run(sw_conn *c, const char *sql, const sw_param *params, size_t n, int64_t *changed, sw_error *err);
sw_status duck_query(sw_rows *r, const char *sql, const sw_param *params, size_t n, sw_error *err);
sw_step duck_fetch(sw_rows *r, sw_error *err);
void duck_release(sw_rows *r);
sw_status duck_describe(sw_conn *c, const char *sql, sw_arena *a, sw_column_info **out, size_t *n, sw_error *err);
sw_status duck_kernel_register(sw_conn *c, const sw_kernel *k, sw_error *err);
sw_status duck_kernel_register_free(sw_conn *c, const sw_kernel *k, char name[SW_KERNEL_NAME], sw_error *err);
sw_status duck_kernel_drop(sw_conn *c, const char *name, sw_error *err);
void duck_kernels_fini(duck_db *d);
sw_status duck_source_prepare(sw_engine *e, sw_error *err); /* once, at open */
sw_status duck_source_register(sw_conn *c, const sw_source *s, sw_error *err);
sw_status duck_source_drop(sw_conn *c, const char *name, sw_error *err);
void duck_sources_fini(duck_db *d);
sw_status duck_sink_open(sw_sink *s, const char *schema, const char *table, sw_error *err);
sw_status duck_sink_append(sw_sink *s, sw_error *err);
sw_status duck_sink_flush(sw_sink *s, sw_error *err);
void duck_sink_close(sw_sink *s);

#endif
