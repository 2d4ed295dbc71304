/* Intake: one delivered file, or one pull from a source database, becomes one batch of the landing.
 *
 * What happens: the file is hashed and looked at (compression, format, encoding, dialect, header); when the ledger has a
 * committed batch of the same content under the same parse signature, nothing is done and that batch is told. Else a batch
 * begins, every record is typed, numbered and landed or rejected whole, and the ledger commits it with its parts.
 *
 * Accounts: records = rows + rejects + blanks + headers + totals + deleted, always (else the function fails).
 *
 * Threads: functions may run side by side with a ledger of their own each. They block on I/O, take the context's cancel
 * token, and report progress, warnings and the outcome as events (no values of records among them).
 *
 *   sw_intake_context x = {.engine = e, .ledger = l, .workspace = dir, .cancel = c, .events = ev};
 *   sw_intake_delivery d = {.path = p, .file = "visit.csv", .source = "his", .org = "H001", .delivery = "2023-09-01",
 *                           .delivered_us = t, .table = &visit};
 *   sw_intake_result r;
 *   sw_status s = sw_intake_file(&x, &d, &r, err); */
#ifndef SW_INTAKE_INTAKE_H
#define SW_INTAKE_INTAKE_H

#include "base/hash.h"
#include "intake/land.h"

typedef struct sw_intake_delivery {
  const char *path;       /* where the file lies */
  const char *file;       /* how it is recorded and shown: the path relative to the source directory; NULL: path */
  const char *source;     /* name of the source: a directory of the landing */
  const char *org;        /* institution code */
  const char *delivery;   /* label that orders deliveries */
  int64_t delivered_us;   /* local */
  const sw_table_spec *table;
  sw_file_hints hints;
} sw_intake_delivery;

typedef struct sw_intake_result {
  int64_t batch_id, batch_no;
  bool already;           /* the same content is there already: nothing was landed, the counts are that batch's */
  int64_t records, rows, rejects;
  int64_t blanks, headers, totals, deleted; /* filtered: blank lines, repeated headers, total rows, records that DBF marks as
                                               deleted; for an `already` batch all in totals */
  int64_t bytes_in, bytes_out;     /* of the delivered file; of the landed parts */
  char sha256[SW_SHA256_HEX];
  char signature[17];
  sw_file_format format;
  sw_encoding encoding;
  char info[4096];        /* JSON: compression, format, dialect, missing and extra columns, first total rows; NUL-terminated */
} sw_intake_result;

SW_CHECKED sw_status sw_intake_file(const sw_intake_context *x, const sw_intake_delivery *d, sw_intake_result *out, sw_error *err);

/* A pull from a source database (前置机) through ODBC: a whole table or query, or its rows above the watermark of the last pull. */
typedef struct sw_intake_pull {
  const char *connection; /* ODBC connection string; never logged or shown */
  const char *schema;     /* NULL: none */
  const char *name;       /* table or view in the source database */
  const char *query;      /* or a SELECT in its dialect, which stands for the table; NULL: none */
  const char *watermark;  /* column that grows (time or number); NULL: always the whole table */
  const char *source, *org, *delivery;
  int64_t delivered_us;
  const sw_table_spec *table;
} sw_intake_pull;

/* The rows are first written to <workspace>/run/stage as they come, hashed, and then landed as a file would be: the same rows
 * pulled again are the same batch. The new watermark is set with the commit. */
SW_CHECKED sw_status sw_intake_table(const sw_intake_context *x, const sw_intake_pull *p, sw_intake_result *out, sw_error *err);

#endif
