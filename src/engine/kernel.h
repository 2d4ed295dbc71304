/* Kernels: C functions that SQL calls, a chunk at a time.
 *
 *   SELECT sw_citizen_id_valid(id_no) FROM …        a plain function
 *   SELECT count(rules_42(c1, c2, …)) FROM …        all columns in, per-thread accumulators
 *
 * `run` sees flat, typed columns (NULLs included: look at validity) and fills one output column of in->n rows. Per-thread
 * state is made by thread_init and released by thread_fini when the query ends, also after an error: that is where
 * accumulators are merged (under a lock of the caller's); it has happened when the statement has ended: when sw_exec or
 * sw_query_i64 returns, when the last chunk was fetched, or when the rows are freed. An error of `run` becomes the query's error, with its code and
 * both messages. The engine calls from several threads at once, each with its own state.
 *
 * A kernel belongs to the engine (all connections) until sw_kernel_drop or close. Registering a name again with the same
 * arguments and result replaces it; running queries keep the old one. name and args are copied; ctx is kept by pointer
 * and released by ctx_free when the last query that uses it has ended. A name that is new is not seen by transactions
 * that are open already: register before sw_begin. Names are never given back: use a small set again and again, or
 * let sw_kernel_register_free choose one that nobody holds.
 * There are no aggregate functions: the engine crashes when one of C is used with OVER(). */
#ifndef SW_ENGINE_KERNEL_H
#define SW_ENGINE_KERNEL_H

#include "engine/column.h"
#include "engine/engine.h"

typedef struct sw_in_chunk {
  size_t n; /* rows */
  size_t ncolumns;
  const sw_column *columns;
} sw_in_chunk;

typedef struct sw_kernel {
  const char *name;    /* letters, digits, underscores; begins with sw_ */
  const sw_type *args; /* scalar types or SW_T_ANY */
  size_t nargs;
  bool varargs;        /* any number of further arguments of any type (structs and lists included) */
  bool impure;         /* has side effects or state: is called once for every row and never folded */
  sw_type result;
  void *ctx;
  void (*ctx_free)(void *ctx); /* may be NULL */
  sw_status (*thread_init)(void *ctx, void **state, sw_error *err); /* may be NULL */
  void (*thread_fini)(void *ctx, void *state);                      /* may be NULL */
  sw_status (*run)(void *ctx, void *state, const sw_in_chunk *in, sw_out_column *out, sw_error *err);
} sw_kernel;

/* EXISTS when the name is taken with other arguments. ctx_free is called also when this fails. */
SW_CHECKED sw_status sw_kernel_register(sw_conn *c, const sw_kernel *k, sw_error *err);
/* The same for a kernel that lives as long as a statement or two: under the first of <k->name>_0, <k->name>_1, … that nobody holds, so
 * that a long-lived process has as many names as it ever used at once. `name` is what SQL calls and what is to be dropped. */
enum { SW_KERNEL_NAME = 64 };
SW_CHECKED sw_status sw_kernel_register_free(sw_conn *c, const sw_kernel *k, char name[SW_KERNEL_NAME], sw_error *err);
/* Releases ctx; calls of the name fail from then on. An unknown name is fine. */
SW_CHECKED sw_status sw_kernel_drop(sw_conn *c, const char *name, sw_error *err);

#endif
