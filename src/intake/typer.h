/* From records to typed rows: the loop that fills the engine's chunks. It sorts out blank lines, repeated headers and total
 * rows, types every declared column, numbers the row, and sends what cannot be taken to the spool of rejects.
 *
 * Text columns point into the reader's window where that is safe (UTF-8, no doubled quotes): a chunk ends when the window
 * does. Threads: one typer a part, one part a thread. */
#ifndef SW_INTAKE_TYPER_H
#define SW_INTAKE_TYPER_H

#include "engine/source.h"
#include "intake/mapping.h"
#include "intake/record.h"

typedef struct sw_typer_counts {
  int64_t records;  /* read */
  int64_t rows, rejects, blanks, headers, totals, deleted;
  int64_t first_record, last_record; /* numbers of the rows; 0: no rows */
} sw_typer_counts;

/* What _line and _offset tell. */
typedef enum sw_typer_places {
  SW_PLACES_FILE = 0, /* where the record lies in the delivered file */
  SW_PLACES_RECORDS   /* the record's number, and -1: there is no file (a database) */
} sw_typer_places;

typedef struct sw_typer_options {
  const sw_table_spec *table;
  const sw_mapping *mapping;
  sw_reader reader;        /* taken */
  int64_t batch_no;
  const char *org;
  sw_reject_spool *spool;  /* borrowed */
  size_t limit;            /* of a record, for the reason */
  sw_typer_places places;
  void (*progress)(void *ctx, int64_t offset, int64_t records); /* once a chunk; any thread; may be NULL */
  void *progress_ctx;
} sw_typer_options;

typedef struct sw_typer sw_typer;

/* The reader is taken, also on failure. */
SW_CHECKED sw_status sw_typer_new(const sw_typer_options *o, sw_typer **out, sw_error *err);
void sw_typer_free(sw_typer *t);
/* Columns of the landing: the declared ones, then _row, _org, _line, _offset. In the arena. */
SW_CHECKED sw_status sw_typer_columns(const sw_table_spec *t, sw_arena *a, sw_source_column **out, size_t *n, sw_error *err);
/* A sw_source's next: ctx is the typer. */
SW_CHECKED sw_status sw_typer_next(void *typer, void *state, sw_out_chunk *out, sw_error *err);
sw_typer_counts sw_typer_result(const sw_typer *t);
/* Total rows that were left out: one JSON array of {line, values} objects, the first few of them. */
sw_str sw_typer_totals(const sw_typer *t);

#endif
