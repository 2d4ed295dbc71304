/* Rejections that others send back: the national front-page system, the insurer. Imported as truth, and compared with our own
 * findings: what did we miss, what did they miss, what did both find.
 *
 * How their files look, and which of their codes mean which of our rules, is a pack object of kind `returned`:
 *
 *   returned: hqms-feedback
 *   table: dwd.admission
 *   org: [机构代码, A01]
 *   key: [{column: record_no, from: [病案号, A48]}, {column: admission_count, from: [住院次数, A49]}]
 *   code: [错误代码]
 *   message: [错误信息]
 *   codes: [{code: E101, rules: [Q007]}, {code: "E2*", rules: [Q013, Q014]}]
 *
 * A file is kept under history/returned and listed in the ledger (returned_file); the engine's tables are loaded from these:
 *
 *   quality.returned(config, table_name, file_no, line, org, key, code, field, message, rules, outcome, finding, reason)
 *     outcome: both; missed (by us: the row passes, or the rule has no verdict: reason); unmapped (no rule of ours); not_found
 *   quality.returned_comparison(config, table_name, org, side, code, rule, total, in_both, only_one, not_found, mapped)
 *     side theirs: their rejections by code; side ours: our findings by rule, on the rows of the institutions and days that
 *     their files cover
 *
 * Threads: that of the connection. Who imports holds the workspace's lock. */
#ifndef SW_QUALITY_RETURNED_H
#define SW_QUALITY_RETURNED_H

#include "engine/engine.h"
#include "ledger/ledger.h"
#include "pack/pack.h"

enum { SW_RETURNED_KEYS = 4 };

typedef struct sw_returned_key {
  sw_ref column;        /* of our table */
  sw_config_list from;  /* sw_str: headers of their file */
} sw_returned_key;
typedef struct sw_returned_code {
  sw_str code;          /* a last * stands for any ending */
  sw_config_list rules; /* sw_str: ids of our rules */
  sw_text title;
} sw_returned_code;
typedef struct sw_returned_def {
  sw_ref id;
  sw_text title;
  sw_ref table;
  sw_config_list key;                       /* sw_returned_key */
  sw_config_list org, code, field, message; /* sw_str: headers; only code must be there */
  sw_config_list codes;                     /* sw_returned_code */
} sw_returned_def;

extern const sw_kind SW_RETURNED_KIND;

typedef struct sw_returned_import {
  const sw_pack_set *packs;
  const char *dir;       /* the workspace */
  const char *config;    /* id of a `returned` object; NULL: the only one whose headers the file has */
  const char *file;
  const char *org;       /* whose rejections these are, where the file does not say; NULL: unknown */
  bool has_period;
  int32_t from, to;      /* business days that were submitted; without them, the months of the rejected rows */
  const char *who;
  int64_t at_us;
  const sw_cancel *cancel;
} sw_returned_import;

typedef struct sw_returned_counts {
  int64_t file_no, rows;
  int64_t without_key, without_code; /* rows left out: nothing to compare by */
  bool again;                        /* the same content was imported before */
} sw_returned_counts;
/* DATA when a needed column is not in the file (the headers are told), NOTFOUND without such a config. CSV, XLSX, NDJSON, DBF. */
SW_CHECKED sw_status sw_returned_import_file(sw_conn *c, sw_ledger *l, const sw_returned_import *o, sw_returned_counts *out, sw_error *err);

/* Tables and views; brings the engine's copy to what the ledger lists. */
SW_CHECKED sw_status sw_returned_sync(sw_conn *c, sw_ledger *l, const char *dir, const sw_cancel *cancel, sw_error *err);
/* Compares all that was imported with the findings there are; replaces both published tables. In the caller's transaction. */
SW_CHECKED sw_status sw_returned_compare(sw_conn *c, const sw_pack_set *packs, const sw_cancel *cancel, sw_error *err);
/* Which of our rules found something on the rows that a code of theirs rejects: code, rule, rejected, together, found, share, likeness.
 * Codes without a rule; with `all` also those that have one. Appends the SELECT. */
SW_CHECKED sw_status sw_returned_suggest_sql(sw_conn *c, const char *config, bool all, sw_buf *sql, sw_error *err);

/* Drafts a `returned` object from a file: which headers are key, code and message, and the codes that occur, as YAML. */
typedef struct sw_returned_draft {
  const sw_pack_set *packs;
  const char *file, *table, *id;
  const sw_cancel *cancel;
} sw_returned_draft;
SW_CHECKED sw_status sw_returned_draft_file(const sw_returned_draft *o, sw_buf *yaml, sw_error *err);

#endif
