/* A delivered file opened as what it is: its column names, how many parts it is read in, and a reader for each.
 *
 * One small backend table: every format is a function that fills a sw_opened. Threads: open_part may be called from several
 * threads for different parts. */
#ifndef SW_INTAKE_SOURCE_H
#define SW_INTAKE_SOURCE_H

#include "engine/engine.h"
#include "intake/delimited.h"

typedef struct sw_opened {
  sw_file_format format;
  sw_encoding encoding;         /* UNKNOWN where meaningless */
  const char *const *names;     /* of the fields; NULL: by position, or (by_key) by the declared columns */
  size_t nfields;               /* 0: not known */
  bool by_key;                  /* NDJSON: fields come in the order of the declared columns */
  bool empty;                   /* nothing in it, not even a header */
  size_t limit;                 /* bytes of a record */
  size_t record_bytes;          /* of a record on average; 0 unknown */
  size_t nparts;
  int64_t total;                /* bytes of content for progress; 0 unknown */
  const char *sheet;            /* XLSX */
  char delimiter, quote;        /* delimited */
  const char *doubt[2];         /* a warning about what was detected (zh, en), or NULL */
  void *self;
  SW_CHECKED sw_status (*split)(void *self, size_t *parts, const sw_cancel *cancel, sw_error *err); /* before open_part: may lower the
                                                                       number of parts; may be NULL */
  SW_CHECKED sw_status (*open_part)(void *self, size_t part, sw_reader *out, sw_error *err);
  void (*info)(void *self, sw_json *j); /* members of the batch's JSON; may be NULL */
  void (*close)(void *self);
} sw_opened;

typedef struct sw_open_options {
  const sw_file_hints *hints;
  const sw_table_spec *table; /* NULL: unknown (sniffing) */
  sw_engine *engine;          /* Parquet; may be NULL else */
  const char *stage_dir;      /* Parquet: where the engine may read */
  const sw_cancel *cancel;
} sw_open_options;

/* The format from the first bytes and, for DBF, the name. */
SW_CHECKED sw_status sw_detect_format(sw_input *in, sw_file_format *out, sw_error *err);

/* Opens by the hints' format, or the detected one. `in` is borrowed and must outlive it. Strings live in the arena. */
SW_CHECKED sw_status sw_source_open(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err);
void sw_opened_close(sw_opened *o);

/* The backends. */
SW_CHECKED sw_status sw_open_delimited(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err);
SW_CHECKED sw_status sw_open_ndjson(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err);
SW_CHECKED sw_status sw_open_xlsx(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err);
SW_CHECKED sw_status sw_open_dbf(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err);
SW_CHECKED sw_status sw_open_parquet(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err);

#endif
