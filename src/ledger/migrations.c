/* The ledger's schema as a list of versions. Each entry is applied once, in order, in one transaction with the others.
 *
 * To add tables for a room above (identity, quality, guard, …): append an entry with the statements and the room's name in
 * the comment; never change an entry that has shipped. Table names are singular and begin with the room's word
 * (person_event, finding); keys are declared; times are INTEGER microseconds, local; lists of states are checked. The
 * room reaches its tables through ledger/stmt.h. Test: tests/ledger/test_ledger.c opens ledgers of all former versions:
 * with a new entry, add tests/ledger/former/<n>.sql, a ledger of the version before it. */
#include "ledger/internal.h"

static const char *const MIGRATIONS[] = {
    /* 1: runs, steps, rows, batches, decisions, the audit chain */
    "CREATE TABLE run("
    "  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, flow TEXT NOT NULL, as_of INTEGER NOT NULL,"
    "  started INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,"
    "  state TEXT NOT NULL CHECK(state IN ('running','done','failed','cancelled','crashed')),"
    "  source_dir TEXT NOT NULL, packs TEXT NOT NULL, pid INTEGER NOT NULL);"
    "CREATE INDEX run_flow ON run(flow, seq);"
    "CREATE TABLE step("
    "  run TEXT NOT NULL REFERENCES run(id), step TEXT NOT NULL, op TEXT NOT NULL, position INTEGER NOT NULL,"
    "  attempt INTEGER NOT NULL DEFAULT 0,"
    "  state TEXT NOT NULL CHECK(state IN ('pending','running','done','failed','skipped','cancelled')),"
    "  started INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,"
    "  code TEXT NOT NULL DEFAULT '', error_zh TEXT NOT NULL DEFAULT '', error_en TEXT NOT NULL DEFAULT '',"
    "  error_file TEXT NOT NULL DEFAULT '', error_line INTEGER NOT NULL DEFAULT 0, error_column INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY(run, step)) WITHOUT ROWID;"
    "CREATE TABLE row_count("
    "  run TEXT NOT NULL, step TEXT NOT NULL, table_name TEXT NOT NULL, seq INTEGER NOT NULL,"
    "  rows_in INTEGER NOT NULL, expanded INTEGER NOT NULL, rows_out INTEGER NOT NULL, rejected INTEGER NOT NULL,"
    "  filtered INTEGER NOT NULL, merged INTEGER NOT NULL, seconds REAL NOT NULL, bytes INTEGER NOT NULL,"
    "  PRIMARY KEY(run, step, table_name),"
    "  CHECK(rows_in + expanded = rows_out + rejected + filtered + merged)) WITHOUT ROWID;"
    "CREATE TABLE batch_number(no INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, org TEXT NOT NULL,"
    "  table_name TEXT NOT NULL, sha256 TEXT NOT NULL, UNIQUE(source, org, table_name, sha256));"
    "CREATE TABLE batch("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, batch_no INTEGER NOT NULL REFERENCES batch_number(no),"
    "  source TEXT NOT NULL, org TEXT NOT NULL, table_name TEXT NOT NULL, sha256 TEXT NOT NULL, signature TEXT NOT NULL,"
    "  state TEXT NOT NULL CHECK(state IN ('open','committed','superseded')),"
    "  file TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, encoding TEXT NOT NULL, dialect TEXT NOT NULL,"
    "  delivery TEXT NOT NULL, delivered INTEGER NOT NULL, ord INTEGER NOT NULL,"
    "  records INTEGER NOT NULL DEFAULT 0, row_count INTEGER NOT NULL DEFAULT 0, rejects INTEGER NOT NULL DEFAULT 0,"
    "  totals INTEGER NOT NULL DEFAULT 0, first_run TEXT NOT NULL,"
    "  UNIQUE(source, org, table_name, sha256, signature));"
    "CREATE INDEX batch_no ON batch(batch_no);"
    "CREATE INDEX batch_table ON batch(table_name, state);"
    "CREATE INDEX batch_run ON batch(first_run);"
    "CREATE TABLE part("
    "  batch INTEGER NOT NULL REFERENCES batch(id), n INTEGER NOT NULL, path TEXT NOT NULL, row_count INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL, first_record INTEGER NOT NULL, last_record INTEGER NOT NULL, rejects INTEGER NOT NULL,"
    "  PRIMARY KEY(batch, n)) WITHOUT ROWID;"
    "CREATE TABLE watermark("
    "  source TEXT NOT NULL, org TEXT NOT NULL, table_name TEXT NOT NULL, value TEXT NOT NULL, run TEXT NOT NULL,"
    "  PRIMARY KEY(source, org, table_name)) WITHOUT ROWID;"
    "CREATE TABLE decision("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, who TEXT NOT NULL,"
    "  at INTEGER NOT NULL, reason TEXT NOT NULL, superseded_by INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX decision_key ON decision(kind, key);"
    "CREATE TABLE audit("
    "  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,"
    "  detail TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE TABLE history_file("
    "  path TEXT PRIMARY KEY, kind TEXT NOT NULL, run TEXT NOT NULL, row_count INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX history_kind ON history_file(kind, at);"
    "CREATE TABLE setting(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;",
    /* 2: quality: rounds of findings (of checks, with a file under history/finding, and of people), rejections sent back */
    "CREATE TABLE finding_round("
    "  no INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK(kind IN ('check','decision')), run TEXT NOT NULL DEFAULT '',"
    "  path TEXT NOT NULL DEFAULT '', row_count INTEGER NOT NULL, as_of INTEGER NOT NULL, at INTEGER NOT NULL, name TEXT UNIQUE);"
    "CREATE TABLE finding_decision("
    "  round INTEGER PRIMARY KEY REFERENCES finding_round(no),"
    "  action TEXT NOT NULL CHECK(action IN ('accept','dispute','reopen','assign')), who TEXT NOT NULL, at INTEGER NOT NULL,"
    "  reason TEXT NOT NULL, until INTEGER, level TEXT NOT NULL DEFAULT '', owner TEXT NOT NULL DEFAULT '');"
    "CREATE TABLE finding_decision_item("
    "  round INTEGER NOT NULL REFERENCES finding_decision(round), finding TEXT NOT NULL, PRIMARY KEY(round, finding)) WITHOUT ROWID;"
    "CREATE TABLE returned_file("
    "  no INTEGER PRIMARY KEY AUTOINCREMENT, config TEXT NOT NULL, table_name TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,"
    "  path TEXT NOT NULL, row_count INTEGER NOT NULL, from_day INTEGER, to_day INTEGER, who TEXT NOT NULL, at INTEGER NOT NULL,"
    "  UNIQUE(config, sha256));",
};
enum { LATEST = sizeof MIGRATIONS / sizeof *MIGRATIONS };

int sw_ledger_schema(const sw_ledger *l) {
  sqlite3_stmt *st = NULL;
  int version = -1;
  if (sqlite3_prepare_v2(l->db, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
    version = sqlite3_column_int(st, 0);
  sqlite3_finalize(st);
  return version;
}

static sw_status too_new(const sw_ledger *l, int version, sw_error *err) {
  return SW_FAIL(err, SW_E_LEDGER, "SW-LEDGER-0003", "账本 %s 的版本是 %d，本程序只认识到 %d；请使用更新的程序",
                 "ledger %s has version %d, this program knows up to %d; use a newer program", l->path, version, (int)LATEST);
}

sw_status sw_ledger_check_schema(sw_ledger *l, sw_error *err) {
  int version = sw_ledger_schema(l);
  if (version == LATEST) return SW_OK;
  if (version > LATEST) return too_new(l, version, err);
  if (version < 0) return sw_ledger_fail(l, sqlite3_errcode(l->db), err);
  return SW_FAIL(err, SW_E_LEDGER, "SW-LEDGER-0004", "账本 %s 的版本是 %d，需要先运行一次流程来升级到 %d",
                 "ledger %s has version %d; run a flow once to bring it to %d", l->path, version, (int)LATEST);
}

static sw_status apply(sw_ledger *l, int from, sw_error *err) {
  char pragma[48];
  for (int v = from; v < LATEST; v++) {
    sw_status s = sw_ledger_exec(l, MIGRATIONS[v], err);
    if (s) return SW_FRAME(err, "把账本升级到版本 %d", "migrating the ledger to version %d", v + 1);
  }
  snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", (int)LATEST);
  return sw_ledger_exec(l, pragma, err);
}

static sw_status migrate_locked(sw_ledger *l, sw_error *err) {
  int version = sw_ledger_schema(l); /* another process may have been first */
  if (version < 0) return sw_ledger_fail(l, sqlite3_errcode(l->db), err);
  if (version > LATEST) return too_new(l, version, err);
  return version == LATEST ? SW_OK : apply(l, version, err);
}

sw_status sw_ledger_migrate(sw_ledger *l, sw_error *err) {
  int version = sw_ledger_schema(l);
  if (version == LATEST) return SW_OK;
  if (version > LATEST) return too_new(l, version, err);
  if (version < 0) return sw_ledger_fail(l, sqlite3_errcode(l->db), err);
  SW_LEDGER_TX(l, err, migrate_locked(l, err));
}
