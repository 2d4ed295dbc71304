/* Decisions of people, and the audit chain.
 *
 * A decision is (kind, key) → value as JSON, with who, when and why; a later one on the same kind and key supersedes the
 * earlier, which stays readable. The audit chain is append-only: every entry carries the SM3 hash (GB/T 32905-2016) of the
 * entry before it, so that a changed or removed entry is found by sw_audit_verify. */
#ifndef SW_LEDGER_JOURNAL_H
#define SW_LEDGER_JOURNAL_H

#include "ledger/ledger.h"

typedef struct sw_decision {
  int64_t id;
  const char *kind, *key, *value, *who, *reason;
  int64_t at_us;
  int64_t superseded_by; /* 0: in force */
} sw_decision;
typedef sw_status (*sw_decision_fn)(void *ctx, const sw_decision *d, sw_error *err);

SW_CHECKED sw_status sw_decision_put(sw_ledger *l, const sw_decision *d, int64_t *id, sw_error *err);
/* key NULL: all keys of the kind; history: also those superseded. In order of id. */
SW_CHECKED sw_status sw_decision_each(sw_ledger *l, const char *kind, const char *key, bool history, sw_decision_fn fn, void *ctx,
                                      sw_error *err);

typedef struct sw_audit {
  int64_t seq; /* from 1, without gaps */
  int64_t at_us;
  const char *who, *action, *object, *detail; /* detail is JSON; no patient values */
  const char *hash;                           /* SM3, hex */
} sw_audit;
typedef sw_status (*sw_audit_fn)(void *ctx, const sw_audit *a, sw_error *err);
SW_CHECKED sw_status sw_audit_append(sw_ledger *l, const sw_audit *a, int64_t *seq, sw_error *err);
SW_CHECKED sw_status sw_audit_each(sw_ledger *l, int64_t from_seq, int64_t limit, sw_audit_fn fn, void *ctx, sw_error *err);
/* Recomputes the chain. DATA names the first entry that does not fit. `entries` may be NULL. */
SW_CHECKED sw_status sw_audit_verify(sw_ledger *l, int64_t *entries, sw_error *err);

/* The index of results and metrics over time that history/ holds as Parquet: which file has which run. */
typedef struct sw_history_file {
  const char *kind, *run, *path; /* kind: "quality", "profile", …; path relative to the workspace */
  int64_t rows, at_us;
} sw_history_file;
typedef sw_status (*sw_history_fn)(void *ctx, const sw_history_file *h, sw_error *err);
SW_CHECKED sw_status sw_history_add(sw_ledger *l, const sw_history_file *h, sw_error *err);
SW_CHECKED sw_status sw_history_each(sw_ledger *l, const char *kind, sw_history_fn fn, void *ctx, sw_error *err);

#endif
