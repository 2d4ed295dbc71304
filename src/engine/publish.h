/* Publishing: making a step's tables visible in one transaction, exactly once.
 *
 * A step builds physical tables store.<schema>_<table>_<run> of its own. sw_publish then, in one transaction, points the
 * published views at them and inserts the step's id into meta.applied. After a crash, a step that is in meta.applied but
 * open in the ledger is closed, and one in neither is run again.
 *
 * Threads: that of the connection; two publications at once of the same view conflict, and the loser fails. */
#ifndef SW_ENGINE_PUBLISH_H
#define SW_ENGINE_PUBLISH_H

#include "base/arena.h"
#include "engine/engine.h"

typedef struct sw_publication {
  const char *schema, *view; /* dwd, admission */
  const char *physical;      /* table in schema store; NULL: `select` says what the view reads */
  const char *select;        /* a SELECT of our own making (the list of a table's parts); NULL with physical */
} sw_publication;

/* Schemas ods, dwd, dws, ads, quality, person, meta, store and the table meta.applied. Idempotent. */
SW_CHECKED sw_status sw_publish_prepare(sw_conn *c, sw_error *err);
SW_CHECKED sw_status sw_publish(sw_conn *c, const char *run, const char *step, int64_t applied_at_us, const sw_publication *p,
                                size_t n, sw_error *err);
/* Further statements in the same transaction; called after the views are replaced. */
SW_CHECKED sw_status sw_publish_with(sw_conn *c, const char *run, const char *step, int64_t applied_at_us, const sw_publication *p,
                                     size_t n, sw_tx_body also, void *ctx, sw_error *err);
SW_CHECKED sw_status sw_publish_is_applied(sw_conn *c, const char *run, const char *step, bool *out, sw_error *err);

/* The physical table's name, "<schema>_<table>_<run>", in the arena; NULL when memory is refused. */
char *sw_publish_physical(sw_arena *a, const char *schema, const char *table, const char *run);
/* Drops store tables that no view reads, in one transaction, keeping of each view the newest `keep` runs besides the published one
 * (1 keeps one for comparison and undo). *dropped (may be NULL) counts them. */
SW_CHECKED sw_status sw_publish_collect(sw_conn *c, size_t keep, size_t *dropped, sw_error *err);
/* Drops what an interrupted step of this run left behind: unpublished store tables of the run. */
SW_CHECKED sw_status sw_publish_discard(sw_conn *c, const char *run, const sw_publication *p, size_t n, sw_error *err);

#endif
