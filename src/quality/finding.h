/* Findings: what became of every failing row, over deliveries and years.
 *
 * A finding is (table, rule, institution, business key): the same row of a corrected delivery, which has another _row, is the
 * same finding. A round compares the failing rows of a run's checks with the findings that there are, set against set, and
 * records what changed. People decide between rounds. docs/quality-findings.md tells states, keys and closing.
 *
 *   open → corrected   the row is there and passes, or nothing is wrong with its institution any more
 *        → withdrawn   the source has the row no more
 *        → retired     the packs have the rule no more
 *        → accepted    right as it is, by a person's word, until a day
 *        → disputed    the rule is wrong here, by a person's word: somebody is to look
 *
 * Truth: rounds in the ledger (finding_round), their events as Parquet under history/finding, people's decisions in the
 * ledger. The engine's tables are folded from these and folded again when they differ (sw_findings_sync), so that a
 * deleted warehouse loses nothing.
 *
 *   quality.finding(id, table_name, rule, org, key, state, level, owner, …)   as of the last round
 *   quality.finding_event(round, at, id, action, from_state, state, who, reason, …)
 *
 * Threads: that of the connection. Who changes findings holds the workspace's lock. */
#ifndef SW_QUALITY_FINDING_H
#define SW_QUALITY_FINDING_H

#include "engine/engine.h"
#include "ledger/ledger.h"
#include "quality/rule.h"

enum { SW_FINDING_ID = 17 }; /* 16 hex digits of an MD5, NUL */

/* --- days ------------------------------------------------------------------------------------------------- */

/* Days to correct a finding, in working days by severity (low, medium, high, critical), and the calendar: Saturday and Sunday
 * are free unless listed as worked, other days are worked unless listed as free. The State Council gives both lists every year. */
typedef struct sw_finding_policy {
  int64_t days[4];
  const int32_t *free_days;
  size_t nfree;
  const int32_t *worked_days;
  size_t nworked;
} sw_finding_policy;
extern const sw_finding_policy SW_FINDING_POLICY; /* 10, 5, 3 and 1 working days; no lists */
/* The last day that is in time: `working` working days after `from`. */
int32_t sw_finding_deadline(const sw_finding_policy *p, int32_t from, int64_t working);

/* --- the engine's tables ------------------------------------------------------------------------------------- */

/* Tables and views named above. Idempotent; outside a transaction. */
SW_CHECKED sw_status sw_findings_prepare(sw_conn *c, sw_error *err);
/* Brings them to what ledger and history say: decisions that are new are applied; anything else that differs folds all again.
 * `dir` is the workspace. Prepares first. */
SW_CHECKED sw_status sw_findings_sync(sw_conn *c, sw_ledger *l, const char *dir, const sw_cancel *cancel, sw_error *err);

/* --- a round --------------------------------------------------------------------------------------------------- */

typedef struct sw_findings_options {
  const sw_pack_set *packs;
  const char *dir;         /* the workspace */
  const char *run;         /* whose checks; NULL: the newest check of each table */
  const char *name;        /* of this round's file; unique to run and step */
  int64_t as_of_us;
  int64_t now_us;          /* for the ledger; 0: as_of_us */
  const sw_finding_policy *policy; /* NULL: SW_FINDING_POLICY */
  const sw_cancel *cancel;
  const sw_events *events;
} sw_findings_options;

typedef struct sw_findings_counts {
  int64_t tables;    /* checked in this run */
  int64_t failing;   /* failing rows, and institutions that fail a rule about them */
  int64_t findings;  /* of these, distinct */
  int64_t opened, reopened, expired, corrected, withdrawn, retired;
} sw_findings_counts;

typedef struct sw_finding_round sw_finding_round;
/* Compares and writes the round's file; changes nothing that others see. */
SW_CHECKED sw_status sw_findings_begin(sw_conn *c, sw_ledger *l, const sw_findings_options *o, sw_finding_round **out, sw_error *err);
const sw_findings_counts *sw_findings_result(const sw_finding_round *r);
/* In the caller's transaction of `c`: the ledger gets the round, the tables its changes, the checks their scores anew. */
SW_CHECKED sw_status sw_findings_commit(sw_conn *c, sw_finding_round *r, sw_error *err);
void sw_findings_end(sw_finding_round *r); /* NULL is fine */

/* --- lists ------------------------------------------------------------------------------------------------------ */

typedef struct sw_finding_filter {
  const char *const *ids;  /* whole, or their beginnings (4 digits at least) */
  size_t nids;
  const char *table, *rule, *org, *owner, *department, *state, *level; /* NULL: any. state "closed": corrected, withdrawn, retired */
  bool overdue;            /* open past the deadline */
  int32_t today;           /* for overdue: days since 1970; 0: the day of the last round */
  int64_t limit;           /* 0: all */
} sw_finding_filter;

/* Appends the SELECT of quality.finding with days_open and overdue. Values are bound as literals. */
SW_CHECKED sw_status sw_findings_sql(const sw_finding_filter *f, sw_buf *sql, sw_error *err);
/* The same as a work list for who corrects: rule, its message, institution, file, line and the columns of the row. One table a
 * list (columns differ): INVALID when the filter names none and the findings are of several. */
SW_CHECKED sw_status sw_findings_worklist_sql(sw_conn *c, const sw_pack_set *packs, const sw_finding_filter *f, const sw_cancel *cancel, sw_buf *sql, sw_error *err);

/* --- decisions --------------------------------------------------------------------------------------------------- */

typedef enum sw_finding_action { SW_FINDING_ACCEPT, SW_FINDING_DISPUTE, SW_FINDING_REOPEN, SW_FINDING_ASSIGN, SW_FINDING_ACTIONS } sw_finding_action;
const char *sw_finding_action_name(sw_finding_action a); /* "accept", … */

typedef struct sw_finding_decision {
  sw_finding_action action;
  const char *who, *reason;  /* both needed */
  bool has_until;
  int32_t until;             /* accept: the last day that it holds (a year when not given); reopen, assign: the new deadline */
  int level;                 /* assign: sw_owner_level */
  const char *owner;         /* assign */
  int64_t at_us;
} sw_finding_decision;

/* Decides on all findings of the filter that are in a state where the action has sense (open or disputed or accepted; reopen:
 * accepted or disputed). *n: how many. NOTFOUND when there is none. One ledger transaction, then the engine's. Synced first. */
SW_CHECKED sw_status sw_findings_decide(sw_conn *c, sw_ledger *l, const char *dir, const sw_finding_filter *f, const sw_finding_decision *d,
                                        const sw_cancel *cancel, int64_t *n, sw_error *err);

#endif
