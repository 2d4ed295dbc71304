/* Columns of a chunk: typed views for reading, and vectors to fill.
 *
 * A chunk is up to SW_CHUNK_ROWS rows in columns. Views are flat (no dictionaries, no selections), are not copied from
 * the engine, and are valid until the next chunk or the end of the call that handed them out. A bit of `validity` is 1
 * for a value, 0 for NULL; a NULL pointer means that no value is NULL. The stored value of a NULL is undefined.
 *
 *   const sw_column *c = sw_rows_column(rows, 0);
 *   for (size_t i = 0; i < sw_rows_count(rows); i++)
 *     if (sw_column_valid(c, i)) use(((const int64_t *)c->data)[i]);
 *
 * Threads: a chunk belongs to the thread that got it. */
#ifndef SW_ENGINE_COLUMN_H
#define SW_ENGINE_COLUMN_H

#include "base/json.h"
#include "engine/type.h"

enum { SW_CHUNK_ROWS = 2048 };

/* The engine's string cell: up to 12 bytes lie inside, longer ones behind the pointer. Read through sw_string_view. */
typedef struct sw_string {
  union {
    struct {
      uint32_t length;
      char prefix[4];
      const char *ptr;
    } far;
    struct {
      uint32_t length;
      char bytes[12];
    } near;
  } u;
} sw_string;

static inline sw_str sw_string_view(const sw_string *s) {
  return (sw_str){s->u.near.length <= 12 ? s->u.near.bytes : s->u.far.ptr, s->u.near.length};
}

/* Signed 128 bits: value = upper * 2^64 + lower. */
typedef struct sw_i128 {
  uint64_t lower;
  int64_t upper;
} sw_i128;

typedef struct sw_list_entry {
  uint64_t offset, length; /* rows of the child column */
} sw_list_entry;

typedef struct sw_column {
  sw_type type;
  sw_type_id storage;       /* the C type of `data`: a DECIMAL's I16, I32, I64 or I128; else type.id */
  const void *data;         /* NULL for STRUCT and OTHER */
  const uint64_t *validity; /* NULL: all valid */
  size_t n;                 /* rows (for a list's child: values of all rows) */
  size_t nchildren;         /* LIST: 1; STRUCT: its fields */
  const struct sw_column *children;
  const char *name;         /* a struct's field, a result's column; NULL where unnamed */
} sw_column;

static inline bool sw_column_valid(const sw_column *c, size_t row) {
  return !c->validity || ((c->validity[row >> 6] >> (row & 63)) & 1u);
}
static inline sw_str sw_column_str(const sw_column *c, size_t row) { /* STR and BLOB */
  return sw_string_view(&((const sw_string *)c->data)[row]);
}
static inline sw_list_entry sw_column_list(const sw_column *c, size_t row) {
  return ((const sw_list_entry *)c->data)[row];
}

/* Conversions of one value that is not NULL. False when the column's type is of another family or it does not fit. */
bool sw_column_i64(const sw_column *c, size_t row, int64_t *out);     /* integers, BOOL, DATE (days), TIME and TIMESTAMP (µs) */
bool sw_column_f64(const sw_column *c, size_t row, double *out);      /* numbers, DECIMAL included */
bool sw_column_decimal(const sw_column *c, size_t row, int scale, int64_t *out); /* integers and DECIMAL, scaled exactly */
/* Any value as text: dates as ISO 8601, decimals exact, lists [a, b], structs {k: v}, blobs \xHH; NULL appends "NULL" inside
 * lists and structs and nothing at the top. */
void sw_column_text(const sw_column *c, size_t row, sw_buf *out);
/* Any value as JSON: numbers with their exact digits, booleans, null, lists and structs as arrays and objects, the rest as text. */
void sw_column_json(const sw_column *c, size_t row, sw_json *j);

/* --- filling ---------------------------------------------------------------------------------- */

/* A vector to write. Write ((T *)col->data)[row] for fixed-size types. Every row below the chunk's n must be set to a
 * value or NULL. */
typedef struct sw_out_column {
  sw_type type;
  sw_type_id storage;
  void *data;
  uint64_t *validity; /* NULL until the first sw_out_null */
  void *vector;       /* the engine's; opaque */
} sw_out_column;

typedef struct sw_out_chunk {
  size_t n, cap; /* set n before returning it */
  size_t ncolumns;
  sw_out_column *columns;
  void *chunk; /* the engine's; opaque */
} sw_out_chunk;

void sw_out_null(sw_out_column *c, size_t row);
/* Copies the bytes. sw_out_str requires valid UTF-8 (the caller has checked it: the engine does not again). */
void sw_out_str(sw_out_column *c, size_t row, sw_str s);
/* A DECIMAL from its scaled integer, by the column's storage; false when it does not fit the width. */
bool sw_out_decimal(sw_out_column *c, size_t row, int64_t scaled);

#endif
