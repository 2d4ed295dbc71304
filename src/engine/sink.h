/* Sinks: rows into a table, or a query's rows into a Parquet file.
 *
 *   sw_sink *s; sw_out_chunk *ch;
 *   if (sw_sink_open(c, "store", "t", &s, err)) ...
 *   while (more) { if (sw_sink_chunk(s, &ch, err)) ...; fill ch->columns, ch->n; if (sw_sink_append(s, err)) ... }
 *   if (sw_sink_close(s, err)) ...
 *
 * Appended rows become visible at flush/close, or with the connection's transaction. Threads: that of the connection. */
#ifndef SW_ENGINE_SINK_H
#define SW_ENGINE_SINK_H

#include "engine/column.h"
#include "engine/engine.h"

typedef struct sw_sink sw_sink;

SW_CHECKED sw_status sw_sink_open(sw_conn *c, const char *schema, const char *table, sw_sink **out, sw_error *err);
/* An empty chunk of the table's columns to fill: the same one each time. */
SW_CHECKED sw_status sw_sink_chunk(sw_sink *s, sw_out_chunk **out, sw_error *err);
SW_CHECKED sw_status sw_sink_append(sw_sink *s, sw_error *err); /* takes the chunk's n rows and empties it */
SW_CHECKED sw_status sw_sink_close(sw_sink *s, sw_error *err);  /* flushes; frees s in any case */
void sw_sink_abort(sw_sink *s);                                 /* drops what is not flushed; NULL is fine */

typedef struct sw_parquet_options {
  int level;              /* zstd; 0: 3 */
  int64_t row_group_rows; /* 0: 122,880 */
  int64_t row_group_bytes; /* 0: no limit by bytes */
} sw_parquet_options;

/* Runs SELECT `sql` and writes its rows to a zstd Parquet file, which is fsynced (its directory is not: rename it durably
 * into place). An existing file is replaced; a partial one is removed on failure. The path must lie in an allowed
 * directory. `rows` may be NULL. */
SW_CHECKED sw_status sw_copy_parquet(sw_conn *c, const char *sql, const char *path, const sw_parquet_options *o,
                                     const sw_cancel *cancel, int64_t *rows, sw_error *err);

typedef struct sw_csv_options {
  char delimiter;   /* 0: ',' */
  bool no_header;
  bool bom;         /* UTF-8 byte order mark before the header, which spreadsheets need to see Chinese */
} sw_csv_options;
SW_CHECKED sw_status sw_copy_csv(sw_conn *c, const char *sql, const char *path, const sw_csv_options *o, const sw_cancel *cancel,
                                 int64_t *rows, sw_error *err);
SW_CHECKED sw_status sw_copy_ndjson(sw_conn *c, const char *sql, const char *path, const sw_cancel *cancel, int64_t *rows,
                                    sw_error *err);

#endif
