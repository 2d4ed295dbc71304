/* A workspace with engine and ledger in a scratch directory, and what the tests ask of it. */
#ifndef TESTS_INTAKE_BED_H
#define TESTS_INTAKE_BED_H

#include "intake/helper.h"

#include "engine/rows.h"
#include "intake/intake.h"
#include "intake/restore.h"
#include "intake/view.h"

typedef struct bed {
  sw_engine *engine;
  sw_conn *conn;
  sw_intake_context x;
  sw_intake_result r;
  char messages[8192]; /* warnings and messages in English, a line each */
} bed;

void bed_open(bed *b);
void bed_close(bed *b);
/* The same as set-up and tear-down of a test whose initial state is its program's bed. */
int bed_set_up(void **state);
int bed_tear_down(void **state);
/* Takes a file; checks that the accounts balance. */
sw_status bed_take(bed *b, const char *path, const sw_table_spec *t, const sw_file_hints *h, sw_error *err);
/* All rows of a query: columns with '|', rows with '\n', NULL as "-". */
void bed_query(bed *b, const char *sql, sw_buf *out);
void bed_expect(bed *b, const char *sql, const char *want);
/* The table's landed rows through its view's SELECT: "SELECT <columns> FROM (<view>) ORDER BY _row". */
void bed_expect_rows(bed *b, const sw_table_spec *t, const char *columns, const char *want);
/* The last batch's rejects: "SELECT <columns> FROM (<rejects>) ORDER BY _row". */
void bed_expect_rejects(bed *b, const char *columns, const char *want);
/* The delivered bytes of the last batch's rejected record (its number; 0: all, each followed by '|'). */
void bed_expect_bytes(bed *b, int64_t record, sw_str want);

#endif
