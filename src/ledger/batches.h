/* Batches: what was delivered, once per content and parse signature, with its landing parts.
 *
 * The key is (source, org, table, sha256, signature). The same content under the same signature is one batch, whenever it
 * comes. Under a new signature it is parsed again, keeps its batch_no (and so its `_row` numbers), and its commit
 * supersedes the older signature's parts. A batch is open while it is written; only a committed one has parts that count.
 * `_row` = batch_no << 31 | record number. */
#ifndef SW_LEDGER_BATCHES_H
#define SW_LEDGER_BATCHES_H

#include "ledger/ledger.h"

enum { SW_BATCH_NO_BITS = 22, SW_RECORD_BITS = 31 };
#define SW_ROW_ID(batch_no, record) (((int64_t)(batch_no) << SW_RECORD_BITS) | (int64_t)(record))
#define SW_ROW_BATCH(row) ((int64_t)(row) >> SW_RECORD_BITS)
#define SW_ROW_RECORD(row) ((int64_t)(row) & ((INT64_C(1) << SW_RECORD_BITS) - 1))

typedef enum sw_batch_state { SW_BATCH_OPEN, SW_BATCH_COMMITTED, SW_BATCH_SUPERSEDED } sw_batch_state;
const char *sw_batch_state_name(sw_batch_state s);

typedef struct sw_batch_key {
  const char *source, *org, *table, *sha256, *signature; /* sha256 and signature in hex */
} sw_batch_key;

typedef struct sw_batch {
  int64_t id;       /* of this parse (batch_no and signature) */
  int64_t batch_no; /* 1 .. 2^22 - 1 */
  sw_batch_key key;
  sw_batch_state state;
  const char *file;     /* as delivered: path relative to the source directory, or "table@watermark" of a database */
  int64_t size, mtime_us;
  const char *encoding; /* "UTF-8", "GB18030", …; "" where meaningless */
  const char *dialect;  /* JSON of delimiter, quote, header, compression */
  const char *delivery; /* label that orders deliveries, e.g. the date of the directory */
  int64_t delivered_us;
  int64_t order;        /* of deliveries, as the source declares it; 0: by delivered_us, file, record */
  int64_t records, rows, rejects, totals; /* records = rows + rejects + totals (total rows and repeated headers skipped) */
  const char *first_run;
} sw_batch;

typedef struct sw_part {
  const char *path; /* relative to the workspace */
  int64_t rows, bytes, first_record, last_record;
  bool rejects; /* the batch's rejects file */
} sw_part;

typedef sw_status (*sw_batch_fn)(void *ctx, const sw_batch *b, sw_error *err);
typedef sw_status (*sw_part_fn)(void *ctx, const sw_batch *b, const sw_part *p, sw_error *err);

/* *id is 0 when there is none, else the batch of this key with its state (a superseded one counts as there). */
SW_CHECKED sw_status sw_batch_find(sw_ledger *l, const sw_batch_key *k, int64_t *id, sw_batch_state *state, sw_error *err);
/* Gives an id and a batch_no (that of the same content under another signature when there is one). Beginning an open
 * batch again returns it with its old parts forgotten; a committed one is EXISTS; a superseded one is opened again. The
 * caller sees to it that one worker at a time has a key. */
SW_CHECKED sw_status sw_batch_begin(sw_ledger *l, const sw_batch *b, int64_t *id, int64_t *batch_no, sw_error *err);
/* Records the parts and the counts and supersedes other signatures of the same content, in one transaction. records must
 * equal rows + rejects + totals, and rows the sum of the parts' rows. */
SW_CHECKED sw_status sw_batch_commit(sw_ledger *l, int64_t id, const sw_batch *counts, const sw_part *parts, size_t nparts, sw_error *err);
/* Forgets an open batch that failed (its number is not given out again). */
SW_CHECKED sw_status sw_batch_abandon(sw_ledger *l, int64_t id, sw_error *err);
SW_CHECKED sw_status sw_batch_supersede(sw_ledger *l, int64_t id, sw_error *err);

typedef struct sw_batch_query {
  const char *source, *org, *table, *run; /* NULL: any; run: first_run */
  int64_t batch_no;                       /* 0: any */
  bool committed_only;
} sw_batch_query;
SW_CHECKED sw_status sw_batch_each(sw_ledger *l, const sw_batch_query *q, sw_batch_fn fn, void *ctx, sw_error *err); /* by batch_no, id */
/* Parts of the batches asked for, in order of batch_no and first record. */
SW_CHECKED sw_status sw_part_each(sw_ledger *l, const sw_batch_query *q, sw_part_fn fn, void *ctx, sw_error *err);

/* Watermarks of sources that are pulled: how far (source, org, table) has been read. "" when never. */
SW_CHECKED sw_status sw_watermark_get(sw_ledger *l, const char *source, const char *org, const char *table, sw_buf *out, sw_error *err);
SW_CHECKED sw_status sw_watermark_set(sw_ledger *l, const char *source, const char *org, const char *table, sw_str value,
                                      const char *run, sw_error *err);

#endif
