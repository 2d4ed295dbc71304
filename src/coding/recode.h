/* Recoding: local diagnosis, procedure, drug, consumable and charge-item codes to national codes.
 *
 * A *rule* says: the local code of a kind, of an institution (or of all), under conditions (date, sex, age), is these national
 * codes of an edition (one, or several: one-to-many). Rules come from, in order of precedence:
 *   approved    decisions in the ledger (kind "code-mapping"), each superseding the one before: the mapping's history
 *   file        CSV: kind,edition,org_code,local_code,since,until,sex,age_from,age_to,part,code
 *   dictionary  the institutions' own dictionaries (dwd.dict_item: national_code, insurance_code)
 *   crosswalk   clinical to insurance edition, as the dictionaries of the region agree on it
 *   same        a code that is already one of the edition's stands for itself
 * Among rules of one origin the institution's own go before general ones, and conditions before none.
 *
 * Clinical (国临) and insurance (医保) editions are separate targets, chosen by date and purpose; grouping reads insurance codes.
 *
 *   sw_recode_collect(conn, ledger, &(sw_recode_sources){.physical = "rules_7"}, &rules, err);
 *   sw_recode_run(conn, &(sw_recode_run_options){.table = "dwd.diagnosis", …, .rules = "rules_7", .physical = "dwd_diagnosis_8"}, &n, err);
 *   sw_recode_suggest(conn, …);   sw_recode_approve(ledger, …);
 *
 * Threads: that of the connection. Tables lie in schema store. */
#ifndef SW_CODING_RECODE_H
#define SW_CODING_RECODE_H

#include "engine/engine.h"
#include "ledger/ledger.h"

/* --- rules ----------------------------------------------------------------------------------- */

typedef struct sw_recode_sources {
  const char *physical;      /* store table of rules to make */
  const char *dictionary;    /* table of institutions' dictionaries; NULL: none. Usually "dwd.dict_item" */
  const char *files[8];      /* CSV files of rules; NULL ends */
  const char *clinical, *insurance; /* names of the editions; NULL: "国临2.0", "医保2.0" */
  const sw_cancel *cancel;
} sw_recode_sources;

typedef struct sw_recode_rule_counts {
  int64_t approved, file, dictionary, crosswalk;
  int64_t conflicts; /* crosswalk codes on which dictionaries disagree: the more frequent target is taken */
  int64_t bad_lines; /* of files */
} sw_recode_rule_counts;

/* Editions of what has none (drugs, items, …) are "国家" for the national code and "医保" for the insurer's. `ledger` may be NULL. The kinds of the dictionaries are their dict_type: diagnosis, procedure, drug, item, … */
SW_CHECKED sw_status sw_recode_collect(sw_conn *c, sw_ledger *ledger, const sw_recode_sources *s, sw_recode_rule_counts *out, sw_error *err);

/* --- decisions ------------------------------------------------------------------------------- */

typedef struct sw_recode_decision {
  const char *kind, *edition;
  const char *org_code;            /* NULL or "": for all institutions */
  const char *local_code;
  const char *since, *until;       /* yyyy-mm-dd; NULL: no bound; until is the first day on which it no longer holds */
  const char *sex;                 /* NULL: any */
  int32_t age_from, age_to;        /* years, inclusive; -1: no bound */
  const char *const *codes;        /* none: there is no national code, and the work list no longer asks */
  size_t ncodes;
  const char *who, *reason;
  int64_t at_us;
} sw_recode_decision;

SW_CHECKED sw_status sw_recode_approve(sw_ledger *l, const sw_recode_decision *d, int64_t *id, sw_error *err);
/* The suggestion of d->codes[0] for the local code is wrong: it is not made again. Mappings stay as they are. */
SW_CHECKED sw_status sw_recode_reject(sw_ledger *l, const sw_recode_decision *d, int64_t *id, sw_error *err);
/* Takes decision `id` (an approval or a rejection, in force) back: what was in force before it, or nothing, holds again. History
 * keeps all of it. */
SW_CHECKED sw_status sw_recode_undo(sw_ledger *l, int64_t id, const char *who, const char *reason, int64_t at_us, int64_t *undone_by, sw_error *err);
/* Approves every line of a CSV file (columns as files of rules, and reason): a work list filled in elsewhere. A line without a code
 * is passed over; "-" as the code decides that there is none. All or nothing. */
SW_CHECKED sw_status sw_recode_approve_file(sw_ledger *l, const char *path, const char *edition, const char *who, int64_t at_us, int64_t *approved,
                                            int64_t *passed, sw_error *err);

/* One decision as people read it. */
typedef struct sw_recode_entry {
  int64_t id, at_us, superseded_by;
  int64_t version;           /* of its key, from 1 */
  const char *action;        /* "approve", "none", "reject", "undo" */
  sw_str kind, edition, org_code, local_code, conditions, codes; /* codes joined by + */
  const char *who, *reason;
} sw_recode_entry;
typedef sw_status (*sw_recode_entry_fn)(void *ctx, const sw_recode_entry *e, sw_error *err);
/* All decisions, or those about one local code; in order of their numbers. */
SW_CHECKED sw_status sw_recode_history(sw_ledger *l, const char *local_code, sw_recode_entry_fn fn, void *ctx, sw_error *err);

/* --- recoding a table ------------------------------------------------------------------------- */

typedef struct sw_recode_edition {
  const char *name;
  const char *since; /* yyyy-mm-dd of the date column from which it holds; NULL: always */
} sw_recode_edition;

typedef struct sw_recode_run_options {
  const char *table;        /* "dwd.diagnosis": _row, perhaps _part, _org, org_code */
  const char *local;        /* its column with the local code: "code" */
  const char *name;         /* its column with the name, for the work list; NULL: none */
  const char *target;       /* its column that gets the national code: "code_insurance"; a value that is there stays */
  const char *kind;         /* "diagnosis"; several with commas: "item,drug" */
  const sw_recode_edition *editions; /* of the purpose, oldest first */
  size_t neditions;
  const char *rules;        /* store table of sw_recode_collect */
  const char *codes;        /* table (code, name) of the edition: codes that stand for themselves; NULL: none */
  const char *context;      /* SELECT with org_code, the key columns, date, sex, age_years, yuan: conditions and money; NULL: none */
  const char *context_key;  /* column that joins it beside org_code: "case_no" */
  const char *amount;       /* column of the table with the line's yuan; NULL: the context's yuan, counted once per code and stay */
  const char *physical;
  const sw_cancel *cancel;
  const sw_events *events;
} sw_recode_run_options;

/* in + expanded = out; rejected, filtered and merged are 0. */
typedef struct sw_recode_counts {
  int64_t in, expanded, out;
  int64_t blank;               /* rows without a local code and without a national one */
  int64_t had, mapped, same, none, unmapped; /* rows: national code delivered; by rule; standing for itself; decided to have none; on the work list */
  int64_t unmapped_codes;      /* distinct by institution */
} sw_recode_counts;

/* Makes store.<physical> (the table's columns with the target filled, and _part where rows expand), store.<physical>__unmapped
 * (kind, edition, org_code, local_code, name, rows, yuan) and store.<physical>__coverage (org_code, rows, before, after, none,
 * yuan, yuan_after, codes, codes_after). On failure none of them stays. */
SW_CHECKED sw_status sw_recode_run(sw_conn *c, const sw_recode_run_options *o, sw_recode_counts *out, sw_error *err);

/* Makes store.<physical> (code, name) of an edition: the codes that dictionaries map to, and those of CSV files (code,name).
 * `column` is national_code or insurance_code; kinds with commas. */
SW_CHECKED sw_status sw_recode_codes(sw_conn *c, const char *dictionary, const char *column, const char *kinds, const char *const *files, size_t nfiles,
                                     const char *physical, const sw_cancel *cancel, sw_error *err);
/* Makes store.<physical> (org_code, local_code, code) of the rejected suggestions in force. */
SW_CHECKED sw_status sw_recode_rejected(sw_conn *c, sw_ledger *l, const char *physical, sw_error *err);

/* --- suggestions ------------------------------------------------------------------------------ */

typedef struct sw_recode_suggest_options {
  const char *unmapped;     /* store table …__unmapped */
  const char *codes;        /* table (code, name) to choose from */
  const char *synonyms;     /* CSV from,to of words that mean the same; NULL: none */
  bool procedures;          /* codes are ICD-9-CM-3 */
  bool names_only;          /* codes have no form to compare: drugs, charge items */
  const char *rejected;     /* store table (org_code, local_code, code) of suggestions not to be made; NULL: none */
  size_t top;               /* suggestions per code; 0: 5 */
  const char *physical;     /* org_code, local_code, name, rows, yuan, place, code, suggested_name, score, by_code, by_name */
  const sw_cancel *cancel;
} sw_recode_suggest_options;

/* Ranked by score: half name similarity on code points (the better of the name as written and with synonyms), half the
 * agreement of the codes' forms, where both exist. Returns how many rows were suggested. */
/* A name is compared without the marks that price lists put before it (△, ☆, ※ …) and without blanks. */
SW_CHECKED sw_status sw_recode_suggest(sw_conn *c, const sw_recode_suggest_options *o, int64_t *rows, sw_error *err);

#endif
