/* Sources: producers of rows in C, read by SQL as SELECT * FROM sw_source('name').
 *
 * `next` fills a chunk of up to out->cap rows and sets out->n; n = 0 ends this thread's share. With max_threads > 1 the
 * engine calls from several threads, each with its own state, and rows come in no order (a C source has no batch index:
 * for ordered output run several connections, each with its own record range and part file). Errors of `next` become the
 * query's error.
 *
 * A source belongs to the engine until it is dropped or the engine is closed; a query that reads it keeps it alive. `next`
 * is called until each thread got n = 0; a second query starts with fresh thread states over the same ctx. */
#ifndef SW_ENGINE_SOURCE_H
#define SW_ENGINE_SOURCE_H

#include "engine/column.h"
#include "engine/engine.h"

typedef struct sw_source_column {
  const char *name;
  sw_type type;
} sw_source_column;

typedef struct sw_source {
  const char *name;
  const sw_source_column *columns;
  size_t ncolumns;
  size_t max_threads; /* 0 is 1 */
  int64_t rows;       /* estimate for the planner; 0 unknown */
  void *ctx;
  void (*ctx_free)(void *ctx);                                      /* may be NULL */
  sw_status (*thread_init)(void *ctx, void **state, sw_error *err); /* may be NULL */
  void (*thread_fini)(void *ctx, void *state);                      /* may be NULL */
  sw_status (*next)(void *ctx, void *state, sw_out_chunk *out, sw_error *err);
} sw_source;

/* EXISTS when the name is taken. name and column names are copied. ctx_free is called also when this fails. */
SW_CHECKED sw_status sw_source_register(sw_conn *c, const sw_source *s, sw_error *err);
SW_CHECKED sw_status sw_source_drop(sw_conn *c, const char *name, sw_error *err); /* an unknown name is fine */

#endif
