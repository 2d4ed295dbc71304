/* Changing a standard: what differs between two loaded sets, which default rules change by it, and which rows that are in the
 * warehouse now would newly fail — shown before the change is accepted.
 *
 *   sw_changes diff = {0};
 *   s = sw_standard_diff(installed, proposed, &arena, &diff, err);
 *   s = sw_standard_try(conn, installed, proposed, cancel, &arena, &trials, err);
 *   for each trial with newly > 0: sw_standard_try_rows(conn, &trials.items[i], 100, fn, ctx, err);
 *
 * Ownership: results live in the arena and point into both sets. Threads: those of the connection. */
#ifndef SW_STANDARD_CHANGE_H
#define SW_STANDARD_CHANGE_H

#include "engine/engine.h"
#include "standard/defaults.h"

typedef enum sw_change_kind { SW_CHANGE_ADDED, SW_CHANGE_REMOVED, SW_CHANGE_CHANGED } sw_change_kind;

typedef struct sw_change {
  const char *kind;     /* "value_set", "element", "table" */
  sw_str id;
  sw_change_kind change;
  sw_str part;          /* a code, a key ("format"), a column, column and key ("sex.required"); "" the whole object */
  sw_str before, after; /* as written; "" when absent */
} sw_change;

typedef struct sw_changes {
  sw_change *items;
  size_t n;
} sw_changes;

/* Value sets, elements and tables; objects in the order of `next`, removed ones last. */
SW_CHECKED sw_status sw_standard_diff(const sw_pack_set *before, const sw_pack_set *after, sw_arena *a, sw_changes *out, sw_error *err);

typedef struct sw_trial {
  const char *rule;         /* id of a default rule */
  const sw_table_def *table;
  sw_str column;            /* "" for the table's own rules */
  sw_change_kind change;
  sw_text title;
  bool checkable;           /* the warehouse has the table and the column */
  int64_t rows;             /* examined */
  int64_t newly, no_longer; /* rows that would newly fail, rows that would fail no longer */
  const char *newly_sql;    /* rows that would newly fail: _org, _row, _part, value */
} sw_trial;

typedef struct sw_trials {
  sw_trial *items;
  size_t n;
} sw_trials;

SW_CHECKED sw_status sw_standard_try(sw_conn *c, const sw_pack_set *before, const sw_pack_set *after, const sw_cancel *cancel, sw_arena *a,
                                     sw_trials *out, sw_error *err);

typedef struct sw_trial_row { /* valid during the call */
  sw_str org, file, value;
  int64_t row, record; /* _row; number of the record in its file */
  int64_t part;        /* 0: none */
} sw_trial_row;
typedef sw_status (*sw_trial_row_fn)(void *ctx, const sw_trial_row *r, sw_error *err);
/* limit 0: all. In the order of _row. */
SW_CHECKED sw_status sw_standard_try_rows(sw_conn *c, const sw_trial *t, int64_t limit, const sw_cancel *cancel, sw_trial_row_fn fn, void *ctx,
                                          sw_error *err);

#endif
