#include "ledger/ledger.h"

#include "ledger/internal.h"

#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 30000 };

sw_status sw_ledger_fail(sw_ledger *l, int rc, sw_error *err) {
  const char *why = l->db ? sqlite3_errmsg(l->db) : sqlite3_errstr(rc);
  switch (rc & 0xFF) {
    case SQLITE_FULL:
      return SW_FAIL(err, SW_E_NOSPACE, "SW-LEDGER-0010", "磁盘已满，账本 %s 写不进去；请腾出空间后再运行", "the disk is full, ledger %s cannot be written; free space and run again",
                     l->path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return SW_FAIL(err, SW_E_BUSY, "SW-LEDGER-0011", "账本 %s 被占用", "ledger %s is held by somebody else", l->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return SW_FAIL(err, SW_E_LEDGER, "SW-LEDGER-0012", "账本 %s 已损坏或不是账本（%s）；请从备份恢复，切勿删除",
                     "ledger %s is damaged or is no ledger (%s); restore it from a backup, do not delete it", l->path, why);
    case SQLITE_NOMEM: return SW_FAIL(err, SW_E_NOMEM, "SW-LEDGER-0013", "内存不足", "out of memory");
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return SW_FAIL(err, SW_E_DENIED, "SW-LEDGER-0014", "不能打开或写入账本 %s（%s）；请检查权限", "ledger %s cannot be opened or written (%s); check its permissions",
                     l->path, why);
    case SQLITE_IOERR: return SW_FAIL(err, SW_E_IO, "SW-LEDGER-0015", "账本 %s 读写失败（%s）", "reading or writing ledger %s failed (%s)", l->path, why);
    default: return SW_FAIL(err, SW_E_LEDGER, "SW-LEDGER-0016", "账本出错：%s", "the ledger failed: %s", why);
  }
}

sw_status sw_ledger_exec(sw_ledger *l, const char *sql, sw_error *err) {
  int rc = sqlite3_exec(l->db, sql, NULL, NULL, NULL);
  return rc == SQLITE_OK ? SW_OK : sw_ledger_fail(l, rc, err);
}

/* --- opening ----------------------------------------------------------------------------------------- */

static sw_status prepare_writer(sw_ledger *l, sw_error *err) {
  /* FULL with WAL: a commit is on the disk when it returns. Foreign keys: a row without its run is a defect of ours. */
  static const char *const pragmas[] = {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON",
                                        "PRAGMA trusted_schema = OFF"};
  for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++) {
    sw_status s = sw_ledger_exec(l, pragmas[i], err);
    if (s) return s;
  }
  return sw_ledger_migrate(l, err);
}

static sw_status open_file(sw_ledger *l, const char *path, sw_error *err) {
  int flags = l->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  int rc = sqlite3_open_v2(path, &l->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
  if (rc != SQLITE_OK) return sw_ledger_fail(l, rc, err);
  sqlite3_busy_timeout(l->db, BUSY_MS);
  return l->read_only ? sw_ledger_check_schema(l, err) : prepare_writer(l, err);
}

static sw_status open_ledger(const char *path, bool read_only, sw_ledger **out, sw_error *err) {
  *out = NULL;
  sw_ledger *l = calloc(1, sizeof *l);
  if (!l || !(l->path = strdup(path))) {
    free(l);
    return SW_FAIL(err, SW_E_NOMEM, "SW-LEDGER-0013", "内存不足", "out of memory");
  }
  l->read_only = read_only;
  sw_status s = open_file(l, path, err);
  if (s) {
    sw_ledger_close(l);
    return s;
  }
  *out = l;
  return SW_OK;
}

sw_status sw_ledger_open(const char *path, sw_ledger **out, sw_error *err) { return open_ledger(path, false, out, err); }
sw_status sw_ledger_open_read(const char *path, sw_ledger **out, sw_error *err) { return open_ledger(path, true, out, err); }

static void stmt_free(sw_stmt *s) {
  sqlite3_finalize(s->raw);
  free(s);
}

void sw_ledger_close(sw_ledger *l) {
  if (!l) return;
  for (size_t i = 0; i < l->cache.len; i++) stmt_free((sw_stmt *)(uintptr_t)l->cache.entries[i].value);
  sw_map_fini(&l->cache);
  for (size_t i = 0; i < l->spare.len; i++) stmt_free(l->spare.items[i]);
  SW_VEC_FREE(&l->spare);
  sqlite3_close(l->db);
  free(l->path);
  free(l);
}

sw_status sw_ledger_verify(sw_ledger *l, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "PRAGMA integrity_check(1)", &st, err);
  if (s) return s;
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_STEP_ERROR) s = err ? err->status : SW_E_LEDGER;
  else if (step == SW_ROW && !sw_str_eqz(sw_stmt_str(st, 0), "ok"))
    s = SW_FAIL(err, SW_E_LEDGER, "SW-LEDGER-0012", "账本 %s 已损坏或不是账本（%s）；请从备份恢复，切勿删除",
                "ledger %s is damaged or is no ledger (%s); restore it from a backup, do not delete it", l->path, sw_stmt_str(st, 0).ptr);
  sw_stmt_close(st);
  return s;
}

/* --- transactions ------------------------------------------------------------------------------------ */

sw_status sw_ledger_begin(sw_ledger *l, sw_error *err) {
  sw_status s = l->depth ? SW_OK : sw_ledger_exec(l, "BEGIN IMMEDIATE", err);
  if (s == SW_OK) l->depth++;
  return s;
}

sw_status sw_ledger_commit(sw_ledger *l, sw_error *err) {
  if (!l->depth) return SW_FAIL(err, SW_E_INTERNAL, "SW-LEDGER-0017", "没有打开的事务", "no transaction is open");
  if (l->depth > 1) {
    l->depth--;
    return SW_OK;
  }
  sw_status s = sw_ledger_exec(l, "COMMIT", err);
  if (s) sw_ledger_rollback(l);
  else l->depth = 0;
  return s;
}

void sw_ledger_rollback(sw_ledger *l) {
  if (!l->depth) return;
  l->depth = 0;
  /* Statements that are still being read would keep the transaction open. */
  for (sqlite3_stmt *st = sqlite3_next_stmt(l->db, NULL); st; st = sqlite3_next_stmt(l->db, st)) sqlite3_reset(st);
  if (!sqlite3_get_autocommit(l->db)) sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
}

/* --- settings ---------------------------------------------------------------------------------------- */

sw_status sw_ledger_set(sw_ledger *l, const char *key, sw_str value, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "INSERT INTO setting VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, key);
  sw_stmt_bind_str(st, 2, value);
  return sw_stmt_finish(st, err);
}

sw_status sw_ledger_get(sw_ledger *l, const char *key, sw_buf *out, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "SELECT value FROM setting WHERE key = ?1", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, key);
  sw_step step = sw_stmt_next(st, err);
  if (step == SW_ROW) sw_buf_str_put(out, sw_stmt_str(st, 0));
  sw_stmt_close(st);
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_LEDGER;
  if (step == SW_DONE) return SW_FAIL(err, SW_E_NOTFOUND, "SW-LEDGER-0018", "账本里没有设置 %s", "the ledger has no setting %s", key);
  return sw_buf_check(out, err);
}
