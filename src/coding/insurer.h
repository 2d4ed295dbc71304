/* The insurer's monthly result: imported, set against our own settlement, explained case by case, to the fen.
 *
 * A file is CSV, XLSX or whatever intake reads, one line a case. Its columns are found by name, Chinese or English, exactly or by
 * likeness; the drafted mapping is told, and single columns can be named. Needed are the case number and the amount paid; told
 * or not are institution, group, class (normal, high, low), points (DRG: weight), deviation, hospital and auxiliary factor, point
 * value (DRG: rate) and the cost. A line of totals is not a case: its amount is compared with the sum of the lines.
 *
 *   sw_insurer_read(conn, &(sw_insurer_file){.path = p, .month = "2024-03", .physical = "insurer_1"}, arena, &read, err);
 *   sw_insurer_keep(conn, ledger, dir, &file, &read, who, now, arena, err);      the month's truth: history/ and the ledger
 *   sw_insurer_load(conn, ledger, dir, "insurer_2", &n, err);                    all months in force, one row a case
 *   sw_insurer_explain(conn, &(sw_insurer_explain_options){…}, &n, err);
 *
 * A file kept again for the same month and institution supersedes the earlier one, which stays in history/.
 * Threads: that of the connection. */
#ifndef SW_CODING_INSURER_H
#define SW_CODING_INSURER_H

#include "coding/catalogue.h"
#include "engine/engine.h"
#include "ledger/ledger.h"
#include "medic/settle_explain.h"

/* --- reading ---------------------------------------------------------------------------------- */

typedef enum sw_insurer_field {
  SW_INSURER_ORG, SW_INSURER_CASE, SW_INSURER_GROUP, SW_INSURER_CLASS, SW_INSURER_POINTS, SW_INSURER_DEVIATION, SW_INSURER_HOSPITAL,
  SW_INSURER_AUXILIARY, SW_INSURER_VALUE, SW_INSURER_PAID, SW_INSURER_COST, SW_INSURER_FIELDS
} sw_insurer_field;

const char *sw_insurer_field_name(sw_insurer_field f); /* "case_no", "paid", … */

typedef struct sw_insurer_file {
  const char *path;
  const char *month;          /* yyyy-mm */
  const char *org_code;       /* of lines that name no institution; NULL or "": none */
  const char *const *columns; /* "paid=本月应付", overriding the draft */
  size_t ncolumns;
  const char *physical;       /* store table of lines to make */
  const char *stage_dir;      /* for Parquet files; NULL: not read */
  const sw_cancel *cancel;
} sw_insurer_file;

typedef struct sw_insurer_read_result {
  const char *column[SW_INSURER_FIELDS]; /* header that feeds the field; NULL: none */
  bool drafted[SW_INSURER_FIELDS];       /* found by likeness, not by its exact name */
  const char *const *ignored;            /* headers that feed nothing */
  size_t nignored;
  const char *format, *encoding;
  char sha256[65];
  int64_t lines, taken, rejected, totals; /* lines = taken + rejected + totals */
  int64_t repeated;                       /* cases that have more than one line: their amounts are summed */
  int64_t paid_fen;                       /* of the lines taken */
  int64_t told_fen;                       /* by the last line of totals; INT64_MIN: none */
} sw_insurer_read_result;

/* Makes store.<physical>: month, org_code, case_no, group_code, class, points, deviation, hospital_factor, auxiliary_factor, value,
 * paid, cost, line, reason_zh, reason_en, raw. Reasons are set on lines that are no case. Strings live in the arena. */
SW_CHECKED sw_status sw_insurer_read(sw_conn *c, const sw_insurer_file *f, sw_arena *a, sw_insurer_read_result *out, sw_error *err);

/* Copies the lines to history/insurer/ of the workspace and makes them the month's truth. */
SW_CHECKED sw_status sw_insurer_keep(sw_conn *c, sw_ledger *l, const char *workspace, const sw_insurer_file *f, const sw_insurer_read_result *r,
                                     const char *who, int64_t now_us, sw_arena *a, sw_error *err);

/* Makes store.<physical> of all files in force: one row a month and case (lines, first_line; amounts summed). Returns how many. */
SW_CHECKED sw_status sw_insurer_load(sw_conn *c, sw_ledger *l, const char *workspace, const char *physical, const sw_cancel *cancel,
                                     int64_t *cases, sw_error *err);

/* --- explaining ------------------------------------------------------------------------------- */

typedef enum sw_insurer_basis { SW_INSURER_MONTHLY, SW_INSURER_YEARLY } sw_insurer_basis;

typedef struct sw_insurer_explain_options {
  const char *ours;      /* table of sw_settle_run: "store.x" or a view "dws.settle" */
  const char *theirs;    /* table of sw_insurer_load */
  sw_insurer_basis basis; /* set against what we pay monthly, or on clearing */
  const char *cases;     /* SELECT of cases for "why another group"; NULL: none (only the groups are told) */
  const sw_catalogue *catalogue; /* NULL: none */
  const sw_catalogue *const *others; /* other editions: do they give the insurer's group? */
  const char *const *other_names;
  size_t nothers;
  const char *physical;
  const sw_cancel *cancel;
} sw_insurer_explain_options;

typedef struct sw_insurer_explained {
  int64_t cases, kinds[SW_SETTLE_KINDS], only_ours, only_theirs;
  int64_t ours_fen, theirs_fen, difference_fen; /* difference = theirs - ours = sum over all cases */
  int64_t unexplained_fen, unexplained;         /* what no factor explains: sum, and cases of more than a fen */
} sw_insurer_explained;

/* Makes store.<physical>: month, org_code, case_no, kind, cause, our_group, their_group, our_points, their_points, our_paid, their_paid,
 * difference, by_points, by_deviation, by_hospital, by_auxiliary, by_value, by_rounding, rest, why_zh, why_en. The by_… and rest sum
 * to the difference on every row. kind is same, other group, other points or factors, other amount, only-ours, only-theirs; cause:
 *   same, rounding, missing-ours, missing-theirs, other-month
 *   principal-diagnosis, main-procedure, procedure, diagnosis, complication, excluded-complication, unknown-code, unspecific-code,
 *   sex, age, edition, other-group        (why the group is another)
 *   points, high-low-multiple, hospital-factor, auxiliary-factor, value, at-cost, not-paid, cost, several, unexplained
 * And store.<physical>__total: month, org_code, cause, cases, ours, theirs, difference. */
SW_CHECKED sw_status sw_insurer_explain(sw_conn *c, const sw_insurer_explain_options *o, sw_insurer_explained *out, sw_error *err);

#endif
