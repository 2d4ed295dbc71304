/* The landing: typed rows and rejects of one batch as immutable Parquet files, by a protocol that a crash at any instant
 * cannot break.
 *
 * Parts are written under <landing>/.tmp and fsynced, then renamed to <landing>/<source>/<table>/<batch>-<signature8>-<part>
 * .parquet, then their directory is fsynced; only then does the ledger commit the batch with the list of its parts. Before
 * that commit nothing counts: a part that lies there without it is an orphan, which the next attempt at the same batch
 * replaces (names are deterministic) and sw_landing_clean removes.
 *
 * Threads: sw_land runs its parts on worker threads, each with a connection of its own. */
#ifndef SW_INTAKE_LAND_H
#define SW_INTAKE_LAND_H

#include "intake/typer.h"
#include "ledger/batches.h"

/* Lets a caller that takes in several files at once keep batch numbers in its own order, so that `_row` does not depend on
 * timing: enter is called once a file is understood and hashed, before its number is given out, and may block; leave follows as
 * soon as the number is known (or the file is found to be there already). A caller must not let two files of one key in at
 * the same time before the first is landed. */
typedef struct sw_intake_turn {
  sw_status (*enter)(void *ctx, const sw_batch_key *key, sw_error *err); /* NULL: no order is kept; fails when cancelled */
  void (*leave)(void *ctx);                                             /* only after an enter that succeeded */
  void *ctx;
} sw_intake_turn;

typedef struct sw_intake_context {
  sw_engine *engine;
  sw_ledger *ledger;
  const char *workspace;  /* its directory; part paths in the ledger are relative to it */
  size_t threads;         /* 0: CPUs */
  int zstd_level;         /* 0: level 1, a fifth less time than level 3 for a tenth more bytes */
  const char *run;        /* the run that lands; may be NULL */
  const sw_cancel *cancel;
  const sw_events *events;
  sw_intake_turn turn;
} sw_intake_context;

typedef struct sw_land_job {
  const sw_table_spec *table;
  const sw_mapping *mapping;
  const char *source, *org;
  int64_t batch_no;
  const char *signature;  /* hex */
  const char *file;       /* for progress */
  sw_encoding encoding;
  size_t limit;
  sw_typer_places places;
  size_t record_bytes;    /* of a record on average; 0 unknown */
  size_t nparts;
  int64_t total;          /* bytes, for progress; 0 unknown: progress counts records */
  void *ctx;
  SW_CHECKED sw_status (*open_part)(void *ctx, size_t part, sw_reader *out, sw_error *err); /* any thread */
} sw_land_job;

typedef struct sw_land_result {
  sw_typer_counts counts;
  sw_part *parts;         /* rows first, then the rejects; paths relative to the workspace; in the arena */
  size_t nparts;
  int64_t bytes;          /* of all parts */
  sw_str totals;          /* JSON objects with commas between; in the arena */
} sw_land_result;

/* Writes, fsyncs and renames everything; the caller commits the ledger. On failure what was written is removed. */
SW_CHECKED sw_status sw_land(const sw_intake_context *x, const sw_land_job *job, sw_arena *a, sw_land_result *out, sw_error *err);

/* At start, under the workspace's lock: empties <landing>/.tmp and removes parts that no batch in the ledger lists. *removed
 * counts the files. */
SW_CHECKED sw_status sw_landing_clean(const char *workspace, sw_ledger *l, int64_t *removed, sw_error *err);

#endif
