/* Appending chunks to a table. */
#include "engine/duckdb_internal.h"

#include <stdlib.h>

typedef struct duck_sink {
  duckdb_appender appender;
  duckdb_data_chunk chunk;
  sw_arena arena;
  size_t ncolumns;
  sw_type *types;
} duck_sink;

static sw_status fail(sw_sink *s, duckdb_appender a, sw_error *err) {
  duckdb_error_data e = duckdb_appender_error_data(a);
  sw_status st = duck_fail(s->conn->engine, duckdb_error_data_error_type(e), duckdb_error_data_message(e), NULL, err);
  duckdb_destroy_error_data(&e);
  return st;
}

static sw_status make_chunk(sw_sink *s, duck_sink *d, sw_error *err) {
  d->ncolumns = (size_t)duckdb_appender_column_count(d->appender);
  duckdb_logical_type *raw = SW_ARENA_ARRAY(&d->arena, duckdb_logical_type, d->ncolumns);
  d->types = SW_ARENA_ARRAY(&d->arena, sw_type, d->ncolumns);
  s->out.columns = SW_ARENA_ARRAY(&d->arena, sw_out_column, d->ncolumns);
  if (!raw || !d->types || !s->out.columns) return sw_arena_check(&d->arena, err);
  sw_status st = SW_OK;
  for (size_t i = 0; i < d->ncolumns; i++) {
    duck_shape shape;
    raw[i] = duckdb_appender_column_type(d->appender, i);
    if (st == SW_OK) st = duck_shape_of(raw[i], NULL, &d->arena, &shape, err);
    if (st == SW_OK) d->types[i] = shape.type;
  }
  if (st == SW_OK) d->chunk = duckdb_create_data_chunk(raw, d->ncolumns);
  for (size_t i = 0; i < d->ncolumns; i++) duckdb_destroy_logical_type(&raw[i]);
  return st ? st : d->chunk ? SW_OK : duck_nomem(err);
}

static void empty(sw_sink *s) {
  duck_sink *d = s->impl;
  duckdb_data_chunk_reset(d->chunk);
  s->out.n = 0;
  s->out.cap = SW_CHUNK_ROWS;
  s->out.ncolumns = d->ncolumns;
  s->out.chunk = d->chunk;
  for (size_t i = 0; i < d->ncolumns; i++) duck_out_of(duckdb_data_chunk_get_vector(d->chunk, i), d->types[i], &s->out.columns[i]);
}

sw_status duck_sink_open(sw_sink *s, const char *schema, const char *table, sw_error *err) {
  duck_sink *d = calloc(1, sizeof *d);
  if (!d) return duck_nomem(err);
  s->impl = d;
  if (duckdb_appender_create(duck_conn(s->conn), schema && *schema ? schema : NULL, table, &d->appender) != DuckDBSuccess)
    return fail(s, d->appender, err);
  sw_status st = make_chunk(s, d, err);
  if (st == SW_OK) empty(s);
  return st;
}

sw_status duck_sink_append(sw_sink *s, sw_error *err) {
  duck_sink *d = s->impl;
  duckdb_data_chunk_set_size(d->chunk, s->out.n);
  if (duckdb_append_data_chunk(d->appender, d->chunk) != DuckDBSuccess) return fail(s, d->appender, err);
  empty(s);
  return SW_OK;
}

sw_status duck_sink_flush(sw_sink *s, sw_error *err) {
  duck_sink *d = s->impl;
  return duckdb_appender_flush(d->appender) == DuckDBSuccess ? SW_OK : fail(s, d->appender, err);
}

void duck_sink_close(sw_sink *s) {
  duck_sink *d = s->impl;
  if (d->chunk) duckdb_destroy_data_chunk(&d->chunk);
  if (d->appender) duckdb_appender_destroy(&d->appender);
  sw_arena_fini(&d->arena);
  free(d);
  s->impl = NULL;
}
