/* The room's own header: what an engine behind our interface must do. Other rooms do not include it.
 *
 * duckdb_*.c is one implementation; a distributed one needs open to release, and may leave kernels, sources and sinks
 * NULL (callers then get a clear refusal). */
#ifndef SW_ENGINE_BACKEND_H
#define SW_ENGINE_BACKEND_H

#include "base/map.h"
#include "engine/kernel.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/source.h"

#include <pthread.h>

typedef struct sw_backend {
  const char *name;
  const char *(*version)(void);
  /* o has every default filled in. */
  sw_status (*open)(sw_engine *e, const sw_engine_options *o, sw_error *err);
  void (*close)(sw_engine *e);
  sw_status (*connect)(sw_conn *c, sw_error *err);
  void (*disconnect)(sw_conn *c);
  void (*interrupt)(sw_conn *c);
  double (*progress)(sw_conn *c);
  /* Runs all statements of sql; the rows of the last are counted or dropped. */
  sw_status (*run)(sw_conn *c, const char *sql, const sw_param *params, size_t n, int64_t *changed, sw_error *err);
  /* Runs one statement and leaves r ready to fetch: columns described, nothing fetched. */
  sw_status (*query)(sw_rows *r, const char *sql, const sw_param *params, size_t n, sw_error *err);
  sw_step (*fetch)(sw_rows *r, sw_error *err); /* r->columns and r->n of the next chunk */
  void (*release)(sw_rows *r);
  sw_status (*describe)(sw_conn *c, const char *sql, sw_arena *a, sw_column_info **out, size_t *n, sw_error *err);
  sw_status (*kernel_register)(sw_conn *c, const sw_kernel *k, sw_error *err);
  sw_status (*kernel_register_free)(sw_conn *c, const sw_kernel *k, char name[SW_KERNEL_NAME], sw_error *err);
  sw_status (*kernel_drop)(sw_conn *c, const char *name, sw_error *err);
  sw_status (*source_register)(sw_conn *c, const sw_source *s, sw_error *err);
  sw_status (*source_drop)(sw_conn *c, const char *name, sw_error *err);
  sw_status (*sink_open)(sw_sink *s, const char *schema, const char *table, sw_error *err);
  sw_status (*sink_append)(sw_sink *s, sw_error *err);
  sw_status (*sink_flush)(sw_sink *s, sw_error *err);
  void (*sink_close)(sw_sink *s); /* drops what is not flushed */
} sw_backend;

extern const sw_backend sw_backend_duckdb;

/* Errors of callbacks on their way through the engine, which carries only a text: the text names an entry here. */
enum { SW_STASH_SLOTS = 32 };
typedef struct sw_stash {
  pthread_mutex_t lock;
  uint64_t next;
  sw_error slots[SW_STASH_SLOTS]; /* a ring: several threads may fail at once, the engine reports one */
} sw_stash;

typedef struct sw_watch sw_watch; /* watch.c */

struct sw_engine {
  const sw_backend *backend;
  void *impl;
  char *path;   /* canonical; "" in memory */
  bool listed;  /* in the process's registry of open files */
  sw_watch *watch;
  sw_stash stash;
};

struct sw_conn {
  sw_engine *engine;
  void *impl;
  uint64_t serial;          /* of the last statement: a new one ends an open result */
  atomic_bool interrupted;  /* somebody asked since the last statement began */
};

struct sw_rows {
  sw_conn *conn;
  const sw_cancel *cancel;
  uint64_t serial;
  bool whole;         /* the result is small: run to the end at once, and errors are exact */
  void *impl;
  size_t ncolumns;
  sw_column *columns; /* owned by the backend */
  size_t n, cursor;   /* rows of the chunk; the row under the cursor + 1 */
  bool done;
};

struct sw_sink {
  sw_conn *conn;
  void *impl;
  sw_out_chunk out;
};

/* The watcher interrupts a connection whose token asks for it. Begin before, end after each blocking call of the engine. */
sw_status sw_watch_new(sw_engine *e, sw_watch **out, sw_error *err);
void sw_watch_free(sw_watch *w);
typedef struct sw_watch_entry {
  sw_conn *conn;
  const sw_cancel *cancel;
  struct sw_watch_entry *prev, *next;
} sw_watch_entry;
void sw_watch_begin(sw_watch_entry *entry, sw_conn *c, const sw_cancel *cancel);
void sw_watch_end(sw_watch_entry *entry);

/* Writes a text that carries `err` through the engine; sw_stash_take finds it again in the engine's message. */
enum { SW_STASH_TEXT = 64 };
void sw_stash_put(sw_stash *s, const sw_error *err, char text[SW_STASH_TEXT]);
bool sw_stash_take(sw_stash *s, const char *message, sw_error *err);

/* Decimal text of value / 10^scale. */
void sw_text_i128(sw_i128 v, int scale, sw_buf *out);
void sw_text_f64(double v, sw_buf *out);
/* A byte position as line and column (code points), both from 1. */
void sw_text_place(sw_str text, size_t position, int64_t *line, int64_t *column);
sw_type_id sw_decimal_storage(uint8_t width);

#endif
