/* The room's own header. Other rooms do not include it. */
#ifndef SW_LEDGER_INTERNAL_H
#define SW_LEDGER_INTERNAL_H

#include "base/map.h"
#include "base/vec.h"
#include "ledger/stmt.h"

#include <sqlite3.h>

struct sw_stmt {
  sw_ledger *ledger;
  sqlite3_stmt *raw;
  bool in_use;
};

struct sw_ledger {
  sqlite3 *db;
  char *path;
  int depth;     /* of nested transactions */
  bool read_only;
  sw_map cache;  /* SQL → sw_stmt * */
  SW_VEC(sw_stmt *) spare; /* statements opened while their cached twin is in use */
};

/* SQLite's error as ours, with what was attempted left to the caller's frame. */
sw_status sw_ledger_fail(sw_ledger *l, int rc, sw_error *err);

/* Brings the schema up to date, in one transaction; refuses a newer one. */
sw_status sw_ledger_migrate(sw_ledger *l, sw_error *err);
sw_status sw_ledger_check_schema(sw_ledger *l, sw_error *err); /* for readers */

/* One statement without rows. */
sw_status sw_ledger_exec(sw_ledger *l, const char *sql, sw_error *err);

/* `call` inside a transaction of the ledger that always ends. */
#define SW_LEDGER_TX(l, err, call)                                   \
  do {                                                               \
    sw_status tx_ = sw_ledger_begin((l), (err));                     \
    if (tx_) return tx_;                                             \
    tx_ = (call);                                                    \
    if (tx_) {                                                       \
      sw_ledger_rollback(l);                                         \
      return tx_;                                                    \
    }                                                                \
    return sw_ledger_commit((l), (err));                             \
  } while (0)

#endif
