#include "ledger/batches.h"

#include "ledger/internal.h"

static const char *const STATES[] = {"open", "committed", "superseded"};
const char *sw_batch_state_name(sw_batch_state s) { return STATES[s]; }

static sw_batch_state state_of(sw_str name) {
  for (size_t i = 0; i < 3; i++)
    if (sw_str_eqz(name, STATES[i])) return (sw_batch_state)i;
  return SW_BATCH_OPEN;
}

static const char *text(const char *z) { return z ? z : ""; }

static void bind_key(sw_stmt *st, const sw_batch_key *k) { /* ?1 .. ?5 */
  sw_stmt_bind_z(st, 1, text(k->source));
  sw_stmt_bind_z(st, 2, text(k->org));
  sw_stmt_bind_z(st, 3, text(k->table));
  sw_stmt_bind_z(st, 4, text(k->sha256));
  sw_stmt_bind_z(st, 5, text(k->signature));
}

/* --- finding and beginning --------------------------------------------------------------------------- */

typedef struct found {
  int64_t id, batch_no;
  sw_batch_state state;
} found;

static sw_status find(sw_ledger *l, const sw_batch_key *k, found *out, sw_error *err) {
  sw_stmt *st;
  *out = (found){0};
  sw_status s = sw_stmt_open(l,
                             "SELECT id, batch_no, state FROM batch WHERE source = ?1 AND org = ?2 AND table_name = ?3 AND sha256 = ?4"
                             " AND signature = ?5",
                             &st, err);
  if (s) return s;
  bind_key(st, k);
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_ROW) *out = (found){sw_stmt_i64(st, 0), sw_stmt_i64(st, 1), state_of(sw_stmt_str(st, 2))};
  sw_stmt_close(st);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_LEDGER) : SW_OK;
}

sw_status sw_batch_find(sw_ledger *l, const sw_batch_key *k, int64_t *id, sw_batch_state *state, sw_error *err) {
  found f;
  sw_status s = find(l, k, &f, err);
  *id = s ? 0 : f.id;
  *state = f.state;
  return s;
}

static sw_status on_content(sw_ledger *l, const char *sql, const sw_batch_key *k, int64_t *no, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, sql, &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, text(k->source));
  sw_stmt_bind_z(st, 2, text(k->org));
  sw_stmt_bind_z(st, 3, text(k->table));
  sw_stmt_bind_z(st, 4, text(k->sha256));
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_ROW) *no = sw_stmt_i64(st, 0);
  sw_stmt_close(st);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_LEDGER) : SW_OK;
}

/* The content's number, given out once whatever the signature. Looked up first: numbers are scarce, and an INSERT that
 * is ignored uses one up. */
static sw_status number_of(sw_ledger *l, const sw_batch_key *k, int64_t *no, sw_error *err) {
  *no = 0;
  sw_status s = on_content(l, "SELECT no FROM batch_number WHERE source = ?1 AND org = ?2 AND table_name = ?3 AND sha256 = ?4", k, no, err);
  if (s || *no) return s;
  s = on_content(l, "INSERT INTO batch_number(source, org, table_name, sha256) VALUES(?1, ?2, ?3, ?4)", k, no, err);
  *no = sw_ledger_last_id(l);
  if (s == SW_OK && *no >= INT64_C(1) << SW_BATCH_NO_BITS)
    s = SW_FAIL(err, SW_E_LIMIT, "SW-LEDGER-0050", "批次号用尽（上限 %d）；请为新的数据另建工作区", "batch numbers are used up (limit %d); start another workspace for new data",
                (1 << SW_BATCH_NO_BITS) - 1);
  return s;
}

static sw_status put(sw_ledger *l, const sw_batch *b, int64_t batch_no, int64_t *id, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "INSERT INTO batch(source, org, table_name, sha256, signature, batch_no, state, file, size, mtime, encoding, dialect,"
                             " delivery, delivered, ord, first_run) VALUES(?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
                             " ON CONFLICT(source, org, table_name, sha256, signature) DO UPDATE SET state = 'open', file = ?7, size = ?8,"
                             " mtime = ?9, encoding = ?10, dialect = ?11, delivery = ?12, delivered = ?13, ord = ?14, first_run = ?15,"
                             " records = 0, row_count = 0, rejects = 0, totals = 0 RETURNING id",
                             &st, err);
  if (s) return s;
  bind_key(st, &b->key);
  sw_stmt_bind_i64(st, 6, batch_no);
  sw_stmt_bind_z(st, 7, text(b->file));
  sw_stmt_bind_i64(st, 8, b->size);
  sw_stmt_bind_i64(st, 9, b->mtime_us);
  sw_stmt_bind_z(st, 10, text(b->encoding));
  sw_stmt_bind_z(st, 11, text(b->dialect));
  sw_stmt_bind_z(st, 12, text(b->delivery));
  sw_stmt_bind_i64(st, 13, b->delivered_us);
  sw_stmt_bind_i64(st, 14, b->order);
  sw_stmt_bind_z(st, 15, text(b->first_run));
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_ROW) {
    *id = sw_stmt_i64(st, 0);
    step = sw_stmt_next(st, err);
  }
  sw_stmt_close(st);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_LEDGER) : SW_OK;
}

static sw_status run_with_id(sw_ledger *l, const char *sql, int64_t id, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, sql, &st, err);
  if (s) return s;
  sw_stmt_bind_i64(st, 1, id);
  return sw_stmt_finish(st, err);
}

static sw_status begin_batch(sw_ledger *l, const sw_batch *b, int64_t *id, int64_t *batch_no, sw_error *err) {
  found f;
  sw_status s = find(l, &b->key, &f, err);
  if (s) return s;
  if (f.id && f.state == SW_BATCH_COMMITTED)
    return SW_FAIL(err, SW_E_EXISTS, "SW-LEDGER-0051", "批次 %lld 已提交：%s 的内容没有变化", "batch %lld is committed: the content of %s is the same",
                   (long long)f.batch_no, text(b->file));
  if ((s = number_of(l, &b->key, batch_no, err))) return s;
  if ((s = put(l, b, *batch_no, id, err))) return s;
  return run_with_id(l, "DELETE FROM part WHERE batch = ?1", *id, err);
}

sw_status sw_batch_begin(sw_ledger *l, const sw_batch *b, int64_t *id, int64_t *batch_no, sw_error *err) {
  *id = *batch_no = 0;
  SW_LEDGER_TX(l, err, begin_batch(l, b, id, batch_no, err));
}

/* --- committing -------------------------------------------------------------------------------------- */

static sw_status check_counts(const sw_batch *c, const sw_part *parts, size_t n, sw_error *err) {
  int64_t rows = 0, rejects = 0;
  for (size_t i = 0; i < n; i++) *(parts[i].rejects ? &rejects : &rows) += parts[i].rows;
  if (c->records == c->rows + c->rejects + c->totals && rows == c->rows && rejects == c->rejects) return SW_OK;
  return SW_FAIL(err, SW_E_BALANCE, "SW-LEDGER-0052",
                 "批次行数不平：记录 %lld ≠ 行 %lld + 拒 %lld + 合计行 %lld（文件中行 %lld、拒 %lld）",
                 "the batch does not balance: records %lld ≠ rows %lld + rejected %lld + total rows %lld (in the files: rows %lld, rejected %lld)",
                 (long long)c->records, (long long)c->rows, (long long)c->rejects, (long long)c->totals, (long long)rows, (long long)rejects);
}

static sw_status put_parts(sw_ledger *l, int64_t id, const sw_part *parts, size_t n, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "INSERT INTO part(batch, n, path, row_count, bytes, first_record, last_record, rejects)"
                             " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                             &st, err);
  if (s) return s;
  for (size_t i = 0; i < n && s == SW_OK; i++) {
    sw_stmt_bind_i64(st, 1, id);
    sw_stmt_bind_i64(st, 2, (int64_t)i);
    sw_stmt_bind_z(st, 3, parts[i].path);
    sw_stmt_bind_i64(st, 4, parts[i].rows);
    sw_stmt_bind_i64(st, 5, parts[i].bytes);
    sw_stmt_bind_i64(st, 6, parts[i].first_record);
    sw_stmt_bind_i64(st, 7, parts[i].last_record);
    sw_stmt_bind_i64(st, 8, parts[i].rejects);
    s = sw_stmt_run(st, err);
  }
  sw_stmt_close(st);
  return s;
}

static sw_status mark_committed(sw_ledger *l, int64_t id, const sw_batch *c, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "UPDATE batch SET state = 'committed', records = ?2, row_count = ?3, rejects = ?4, totals = ?5,"
                             " encoding = coalesce(?6, encoding), dialect = coalesce(?7, dialect) WHERE id = ?1 AND state = 'open'",
                             &st, err);
  if (s) return s;
  sw_stmt_bind_i64(st, 1, id);
  sw_stmt_bind_i64(st, 2, c->records);
  sw_stmt_bind_i64(st, 3, c->rows);
  sw_stmt_bind_i64(st, 4, c->rejects);
  sw_stmt_bind_i64(st, 5, c->totals);
  sw_stmt_bind_z(st, 6, c->encoding);
  sw_stmt_bind_z(st, 7, c->dialect);
  s = sw_stmt_run(st, err);
  int64_t changed = sw_ledger_changes(l);
  sw_stmt_close(st);
  if (s || changed == 1) return s;
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-LEDGER-0053", "账本里没有打开的批次 %lld", "the ledger has no open batch %lld", (long long)id);
}

static sw_status commit_batch(sw_ledger *l, int64_t id, const sw_batch *c, const sw_part *parts, size_t n, sw_error *err) {
  sw_status s = mark_committed(l, id, c, err);
  if (s == SW_OK) s = run_with_id(l, "DELETE FROM part WHERE batch = ?1", id, err);
  if (s == SW_OK) s = put_parts(l, id, parts, n, err);
  if (s) return s;
  return run_with_id(l,
                     "UPDATE batch SET state = 'superseded' WHERE state = 'committed' AND id <> ?1"
                     " AND batch_no = (SELECT batch_no FROM batch WHERE id = ?1)",
                     id, err);
}

sw_status sw_batch_commit(sw_ledger *l, int64_t id, const sw_batch *counts, const sw_part *parts, size_t nparts, sw_error *err) {
  sw_status s = check_counts(counts, parts, nparts, err);
  if (s) return s;
  SW_LEDGER_TX(l, err, commit_batch(l, id, counts, parts, nparts, err));
}

static sw_status abandon(sw_ledger *l, int64_t id, sw_error *err) {
  sw_status s = run_with_id(l, "DELETE FROM part WHERE batch = (SELECT id FROM batch WHERE id = ?1 AND state = 'open')", id, err);
  return s ? s : run_with_id(l, "DELETE FROM batch WHERE id = ?1 AND state = 'open'", id, err);
}

sw_status sw_batch_abandon(sw_ledger *l, int64_t id, sw_error *err) { SW_LEDGER_TX(l, err, abandon(l, id, err)); }

sw_status sw_batch_supersede(sw_ledger *l, int64_t id, sw_error *err) {
  return run_with_id(l, "UPDATE batch SET state = 'superseded' WHERE id = ?1 AND state = 'committed'", id, err);
}

/* --- listing ----------------------------------------------------------------------------------------- */

#define BATCH_COLUMNS                                                                                                                      \
  "b.id, b.batch_no, b.source, b.org, b.table_name, b.sha256, b.signature, b.state, b.file, b.size, b.mtime, b.encoding, b.dialect,"       \
  " b.delivery, b.delivered, b.ord, b.records, b.row_count, b.rejects, b.totals, b.first_run"
enum { NBATCH = 21 };
#define BATCH_WHERE                                                                                                                        \
  " WHERE (?1 IS NULL OR b.source = ?1) AND (?2 IS NULL OR b.org = ?2) AND (?3 IS NULL OR b.table_name = ?3)"                              \
  " AND (?4 IS NULL OR b.first_run = ?4) AND (?5 = 0 OR b.batch_no = ?5) AND (NOT ?6 OR b.state = 'committed')"

static void bind_query(sw_stmt *st, const sw_batch_query *q) {
  sw_stmt_bind_z(st, 1, q->source);
  sw_stmt_bind_z(st, 2, q->org);
  sw_stmt_bind_z(st, 3, q->table);
  sw_stmt_bind_z(st, 4, q->run);
  sw_stmt_bind_i64(st, 5, q->batch_no);
  sw_stmt_bind_i64(st, 6, q->committed_only);
}

static sw_batch batch_of(sw_stmt *st) {
  return (sw_batch){.id = sw_stmt_i64(st, 0),
                    .batch_no = sw_stmt_i64(st, 1),
                    .key = {.source = sw_stmt_str(st, 2).ptr,
                            .org = sw_stmt_str(st, 3).ptr,
                            .table = sw_stmt_str(st, 4).ptr,
                            .sha256 = sw_stmt_str(st, 5).ptr,
                            .signature = sw_stmt_str(st, 6).ptr},
                    .state = state_of(sw_stmt_str(st, 7)),
                    .file = sw_stmt_str(st, 8).ptr,
                    .size = sw_stmt_i64(st, 9),
                    .mtime_us = sw_stmt_i64(st, 10),
                    .encoding = sw_stmt_str(st, 11).ptr,
                    .dialect = sw_stmt_str(st, 12).ptr,
                    .delivery = sw_stmt_str(st, 13).ptr,
                    .delivered_us = sw_stmt_i64(st, 14),
                    .order = sw_stmt_i64(st, 15),
                    .records = sw_stmt_i64(st, 16),
                    .rows = sw_stmt_i64(st, 17),
                    .rejects = sw_stmt_i64(st, 18),
                    .totals = sw_stmt_i64(st, 19),
                    .first_run = sw_stmt_str(st, 20).ptr};
}

sw_status sw_batch_each(sw_ledger *l, const sw_batch_query *q, sw_batch_fn fn, void *ctx, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "SELECT " BATCH_COLUMNS " FROM batch b" BATCH_WHERE " ORDER BY b.batch_no, b.id", &st, err);
  if (s) return s;
  bind_query(st, q);
  while (sw_stmt_more(st, &s, err)) {
    sw_batch b = batch_of(st);
    s = fn(ctx, &b, err);
  }
  sw_stmt_close(st);
  return s;
}

sw_status sw_part_each(sw_ledger *l, const sw_batch_query *q, sw_part_fn fn, void *ctx, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "SELECT " BATCH_COLUMNS ", p.path, p.row_count, p.bytes, p.first_record, p.last_record, p.rejects"
                             " FROM batch b JOIN part p ON p.batch = b.id" BATCH_WHERE " ORDER BY b.batch_no, b.id, p.rejects, p.first_record, p.n",
                             &st, err);
  if (s) return s;
  bind_query(st, q);
  while (sw_stmt_more(st, &s, err)) {
    sw_batch b = batch_of(st);
    sw_part p = {.path = sw_stmt_str(st, NBATCH).ptr, .rows = sw_stmt_i64(st, NBATCH + 1), .bytes = sw_stmt_i64(st, NBATCH + 2),
                 .first_record = sw_stmt_i64(st, NBATCH + 3), .last_record = sw_stmt_i64(st, NBATCH + 4),
                 .rejects = sw_stmt_i64(st, NBATCH + 5) != 0};
    s = fn(ctx, &b, &p, err);
  }
  sw_stmt_close(st);
  return s;
}

/* --- watermarks -------------------------------------------------------------------------------------- */

sw_status sw_watermark_get(sw_ledger *l, const char *source, const char *org, const char *table, sw_buf *out, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "SELECT value FROM watermark WHERE source = ?1 AND org = ?2 AND table_name = ?3", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, source);
  sw_stmt_bind_z(st, 2, org);
  sw_stmt_bind_z(st, 3, table);
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_ROW) sw_buf_str_put(out, sw_stmt_str(st, 0));
  sw_stmt_close(st);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_LEDGER) : sw_buf_check(out, err);
}

sw_status sw_watermark_set(sw_ledger *l, const char *source, const char *org, const char *table, sw_str value, const char *run,
                           sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "INSERT OR REPLACE INTO watermark(source, org, table_name, value, run) VALUES(?1, ?2, ?3, ?4, ?5)", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, source);
  sw_stmt_bind_z(st, 2, org);
  sw_stmt_bind_z(st, 3, table);
  sw_stmt_bind_str(st, 4, value);
  sw_stmt_bind_z(st, 5, text(run));
  return sw_stmt_finish(st, err);
}
