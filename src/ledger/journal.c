#include "ledger/journal.h"

#include "base/hash.h"
#include "ledger/internal.h"

#include <string.h>

static const char *text(const char *z) { return z ? z : ""; }

/* --- decisions --------------------------------------------------------------------------------------- */

static sw_status insert_decision(sw_ledger *l, const sw_decision *d, int64_t *id, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "INSERT INTO decision(kind, key, value, who, at, reason) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, d->kind);
  sw_stmt_bind_z(st, 2, d->key);
  sw_stmt_bind_z(st, 3, text(d->value));
  sw_stmt_bind_z(st, 4, text(d->who));
  sw_stmt_bind_i64(st, 5, d->at_us);
  sw_stmt_bind_z(st, 6, text(d->reason));
  s = sw_stmt_run(st, err);
  *id = sw_ledger_last_id(l);
  sw_stmt_close(st);
  if (s) return s;
  s = sw_stmt_open(l, "UPDATE decision SET superseded_by = ?1 WHERE kind = ?2 AND key = ?3 AND id < ?1 AND superseded_by = 0", &st, err);
  if (s) return s;
  sw_stmt_bind_i64(st, 1, *id);
  sw_stmt_bind_z(st, 2, d->kind);
  sw_stmt_bind_z(st, 3, d->key);
  return sw_stmt_finish(st, err);
}

sw_status sw_decision_put(sw_ledger *l, const sw_decision *d, int64_t *id, sw_error *err) {
  int64_t ignored;
  SW_LEDGER_TX(l, err, insert_decision(l, d, id ? id : &ignored, err));
}

sw_status sw_decision_each(sw_ledger *l, const char *kind, const char *key, bool history, sw_decision_fn fn, void *ctx, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l,
                             "SELECT id, kind, key, value, who, reason, at, superseded_by FROM decision"
                             " WHERE kind = ?1 AND (?2 IS NULL OR key = ?2) AND (?3 OR superseded_by = 0) ORDER BY id",
                             &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, kind);
  sw_stmt_bind_z(st, 2, key);
  sw_stmt_bind_i64(st, 3, history);
  while (sw_stmt_more(st, &s, err)) {
    sw_decision d = {.id = sw_stmt_i64(st, 0), .kind = sw_stmt_str(st, 1).ptr, .key = sw_stmt_str(st, 2).ptr, .value = sw_stmt_str(st, 3).ptr,
                     .who = sw_stmt_str(st, 4).ptr, .reason = sw_stmt_str(st, 5).ptr, .at_us = sw_stmt_i64(st, 6),
                     .superseded_by = sw_stmt_i64(st, 7)};
    s = fn(ctx, &d, err);
  }
  sw_stmt_close(st);
  return s;
}

/* --- the audit chain --------------------------------------------------------------------------------- */

/* SM3 over the former hash and the entry. Every field goes with its length, so that no two entries read alike. */
static sw_status chain(const char *before, const sw_audit *a, char hash[SW_SHA256_HEX], sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  const char *fields[] = {before, text(a->who), text(a->action), text(a->object), text(a->detail)};
  sw_buf_printf(&b, "%lld %lld", (long long)a->seq, (long long)a->at_us);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) sw_buf_printf(&b, " %zu:%s", strlen(fields[i]), fields[i]);
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_digest_hex(SW_DIGEST_SM3, b.ptr, b.len, hash, err);
}

static sw_status last_entry(sw_ledger *l, int64_t *seq, char hash[SW_SHA256_HEX], sw_error *err) {
  sw_stmt *st;
  *seq = 0;
  snprintf(hash, SW_SHA256_HEX, "%064d", 0);
  sw_status s = sw_stmt_open(l, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &st, err);
  if (s) return s;
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_ROW) {
    *seq = sw_stmt_i64(st, 0);
    snprintf(hash, SW_SHA256_HEX, "%s", sw_stmt_str(st, 1).ptr);
  }
  sw_stmt_close(st);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_LEDGER) : SW_OK;
}

static sw_status append(sw_ledger *l, const sw_audit *given, int64_t *seq, sw_error *err) {
  char before[SW_SHA256_HEX], hash[SW_SHA256_HEX];
  sw_audit a = *given;
  sw_stmt *st;
  sw_status s = last_entry(l, &a.seq, before, err);
  if (s) return s;
  a.seq++;
  if ((s = chain(before, &a, hash, err))) return s;
  s = sw_stmt_open(l, "INSERT INTO audit(seq, at, who, action, object, detail, hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)", &st, err);
  if (s) return s;
  sw_stmt_bind_i64(st, 1, a.seq);
  sw_stmt_bind_i64(st, 2, a.at_us);
  sw_stmt_bind_z(st, 3, text(a.who));
  sw_stmt_bind_z(st, 4, text(a.action));
  sw_stmt_bind_z(st, 5, text(a.object));
  sw_stmt_bind_z(st, 6, text(a.detail));
  sw_stmt_bind_z(st, 7, hash);
  s = sw_stmt_run(st, err);
  sw_stmt_close(st);
  *seq = a.seq;
  return s;
}

sw_status sw_audit_append(sw_ledger *l, const sw_audit *a, int64_t *seq, sw_error *err) {
  int64_t ignored;
  SW_LEDGER_TX(l, err, append(l, a, seq ? seq : &ignored, err));
}

sw_status sw_audit_each(sw_ledger *l, int64_t from_seq, int64_t limit, sw_audit_fn fn, void *ctx, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "SELECT seq, at, who, action, object, detail, hash FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT ?2", &st, err);
  if (s) return s;
  sw_stmt_bind_i64(st, 1, from_seq);
  sw_stmt_bind_i64(st, 2, limit ? limit : -1);
  while (sw_stmt_more(st, &s, err)) {
    sw_audit a = {.seq = sw_stmt_i64(st, 0), .at_us = sw_stmt_i64(st, 1), .who = sw_stmt_str(st, 2).ptr, .action = sw_stmt_str(st, 3).ptr,
                  .object = sw_stmt_str(st, 4).ptr, .detail = sw_stmt_str(st, 5).ptr, .hash = sw_stmt_str(st, 6).ptr};
    s = fn(ctx, &a, err);
  }
  sw_stmt_close(st);
  return s;
}

typedef struct walk {
  int64_t seq;
  char hash[SW_SHA256_HEX];
} walk;

static sw_status check_entry(void *ctx, const sw_audit *a, sw_error *err) {
  walk *w = ctx;
  char hash[SW_SHA256_HEX];
  sw_status s = chain(w->hash, a, hash, err);
  if (s) return s;
  if (a->seq != w->seq + 1 || strcmp(hash, a->hash) != 0)
    return SW_FAIL(err, SW_E_DATA, "SW-LEDGER-0060", "审计链在第 %lld 条断开：此条或前一条被改动或删除", "the audit chain breaks at entry %lld: it or the one before was changed or removed",
                   (long long)(w->seq + 1));
  w->seq = a->seq;
  memcpy(w->hash, hash, sizeof hash);
  return SW_OK;
}

sw_status sw_audit_verify(sw_ledger *l, int64_t *entries, sw_error *err) {
  walk w = {.seq = 0};
  snprintf(w.hash, sizeof w.hash, "%064d", 0);
  sw_status s = sw_audit_each(l, 0, 0, check_entry, &w, err);
  if (entries) *entries = w.seq;
  return s;
}

/* --- history ----------------------------------------------------------------------------------------- */

sw_status sw_history_add(sw_ledger *l, const sw_history_file *h, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "INSERT OR REPLACE INTO history_file(path, kind, run, row_count, at) VALUES(?1, ?2, ?3, ?4, ?5)", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, h->path);
  sw_stmt_bind_z(st, 2, h->kind);
  sw_stmt_bind_z(st, 3, text(h->run));
  sw_stmt_bind_i64(st, 4, h->rows);
  sw_stmt_bind_i64(st, 5, h->at_us);
  return sw_stmt_finish(st, err);
}

sw_status sw_history_each(sw_ledger *l, const char *kind, sw_history_fn fn, void *ctx, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "SELECT kind, run, path, row_count, at FROM history_file WHERE kind = ?1 ORDER BY at, path", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, kind);
  while (sw_stmt_more(st, &s, err)) {
    sw_history_file h = {.kind = sw_stmt_str(st, 0).ptr, .run = sw_stmt_str(st, 1).ptr, .path = sw_stmt_str(st, 2).ptr,
                         .rows = sw_stmt_i64(st, 3), .at_us = sw_stmt_i64(st, 4)};
    s = fn(ctx, &h, err);
  }
  sw_stmt_close(st);
  return s;
}
