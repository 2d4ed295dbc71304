#include "base/fs.h"
#include "base/hash.h"
#include "ledger/batches.h"
#include "ledger/journal.h"
#include "ledger/lock.h"
#include "ledger/runs.h"
#include "ledger/stmt.h"
#include "support/expect.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct fixture {
  char dir[64], path[96];
  sw_ledger *l;
  sw_error err;
} fixture;

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  if (!f) return 1;
  snprintf(f->dir, sizeof f->dir, "/tmp/sw_ledger_XXXXXX");
  if (!mkdtemp(f->dir)) return 1;
  snprintf(f->path, sizeof f->path, "%s/ledger.sqlite", f->dir);
  *state = f;
  return sw_ledger_open(f->path, &f->l, &f->err) != SW_OK;
}

static int teardown(void **state) {
  fixture *f = *state;
  sw_ledger_close(f->l);
  sw_error err = SW_ERROR_INIT;
  int failed = sw_fs_remove_tree(f->dir, &err) != SW_OK;
  free(f);
  return failed;
}

/* --- runs -------------------------------------------------------------------------------------------- */

static int64_t noon(int day) { return (int64_t)sw_days_from_civil(2024, 3, day) * SW_US_PER_DAY + SW_US_PER_DAY / 2; }

static void begin_run(fixture *f, const char *flow, int day, char id[SW_RUN_ID]) {
  OK(sw_run_begin(f->l, &(sw_run){.flow = flow, .as_of_us = noon(day), .started_us = noon(day), .packs = "hash", .pid = 42}, id, &f->err));
}

typedef struct list {
  char text[2048];
} list;

static sw_status add_run(void *ctx, const sw_run *r, sw_error *err) {
  (void)err;
  list *l = ctx;
  size_t n = strlen(l->text);
  snprintf(l->text + n, sizeof l->text - n, "%s %s %s;", r->id, r->flow, sw_run_state_name(r->state));
  return SW_OK;
}

static void runs_have_ids_that_sort_by_time(void **state) {
  fixture *f = *state;
  char a[SW_RUN_ID], b[SW_RUN_ID], id[SW_RUN_ID];
  list all = {""};
  begin_run(f, "daily", 1, a);
  begin_run(f, "daily", 2, b);
  assert_string_equal(a, "20240301T120000-0001");
  assert_true(strcmp(a, b) < 0);
  OK(sw_run_end(f->l, a, SW_RUN_FAILED, noon(1) + 5, &f->err));
  OK(sw_run_each(f->l, &(sw_run_query){.flow = "daily"}, add_run, &all, &f->err));
  assert_string_equal(all.text, "20240302T120000-0002 daily running;20240301T120000-0001 daily failed;");
  all.text[0] = '\0';
  OK(sw_run_each(f->l, &(sw_run_query){.open_only = true}, add_run, &all, &f->err));
  assert_string_equal(all.text, "20240302T120000-0002 daily running;");
  OK(sw_run_find(f->l, "latest", id, &f->err));
  assert_string_equal(id, b);
  OK(sw_run_find(f->l, "1", id, &f->err));
  assert_string_equal(id, a);
  OK(sw_run_find(f->l, "20240301", id, &f->err));
  assert_string_equal(id, a);
  OK(sw_run_find(f->l, b, id, &f->err));
  FAILS(sw_run_find(f->l, "202403", id, &f->err), SW_E_NOTFOUND); /* a number that no run has */
  FAILS(sw_run_find(f->l, "2024030", id, &f->err), SW_E_NOTFOUND);
  begin_run(f, "daily", 2, b);
  FAILS(sw_run_find(f->l, "20240302", id, &f->err), SW_E_USAGE);
  FAILS(sw_run_find(f->l, "", id, &f->err), SW_E_NOTFOUND);
  FAILS(sw_run_end(f->l, "none", SW_RUN_DONE, 0, &f->err), SW_E_NOTFOUND);
}

static sw_status last_step(void *ctx, const sw_run_step *s, sw_error *err) {
  (void)err;
  list *l = ctx;
  size_t n = strlen(l->text);
  snprintf(l->text + n, sizeof l->text - n, "%s/%lld %s %s %s:%lld;", s->step, (long long)s->attempt, sw_step_state_name(s->state), s->error_zh,
           s->error_file, (long long)s->error_line);
  return SW_OK;
}

static void a_step_keeps_its_attempts_and_its_error(void **state) {
  fixture *f = *state;
  char id[SW_RUN_ID];
  list all = {""};
  sw_error cause = SW_ERROR_INIT;
  sw_status s = SW_FAIL(&cause, SW_E_CONFIG, "SW-PACK-0001", "坏了", "broken");
  assert_int_equal(s, SW_E_CONFIG);
  s = sw_error_at(&cause, "packs/a.yaml", 9, 3);
  begin_run(f, "daily", 1, id);
  OK(sw_step_add(f->l, id, "b", "sql", 1, &f->err));
  OK(sw_step_add(f->l, id, "a", "ingest", 0, &f->err));
  OK(sw_step_start(f->l, id, "a", noon(1), &f->err));
  OK(sw_step_end(f->l, id, "a", SW_STEP_FAILED, noon(1) + 1, 0.5, &cause, &f->err));
  OK(sw_step_each(f->l, id, last_step, &all, &f->err));
  assert_string_equal(all.text, "a/1 failed 坏了 packs/a.yaml:9;b/0 pending  :0;");
  OK(sw_step_start(f->l, id, "a", noon(1), &f->err));
  OK(sw_step_end(f->l, id, "a", SW_STEP_DONE, noon(1) + 1, 0.5, NULL, &f->err));
  all.text[0] = '\0';
  OK(sw_step_each(f->l, id, last_step, &all, &f->err));
  assert_string_equal(all.text, "a/2 done  :0;b/0 pending  :0;");
  FAILS(sw_step_start(f->l, id, "none", 0, &f->err), SW_E_NOTFOUND);
  FAILS(sw_step_add(f->l, "no run", "a", "sql", 0, &f->err), SW_E_LEDGER);
}

static sw_status sum_rows(void *ctx, const sw_row_count *r, sw_error *err) {
  (void)err;
  list *l = ctx;
  size_t n = strlen(l->text);
  snprintf(l->text + n, sizeof l->text - n, "%s.%s %lld→%lld;", r->step, r->table, (long long)r->in, (long long)r->out);
  return SW_OK;
}

static void the_row_ledger_refuses_what_does_not_balance(void **state) {
  fixture *f = *state;
  char id[SW_RUN_ID];
  list all = {""};
  begin_run(f, "daily", 1, id);
  OK(sw_step_add(f->l, id, "s", "sql", 0, &f->err));
  sw_row_count r = {.run = id, .step = "s", .table = "dwd.visit", .in = 10, .expanded = 2, .out = 9, .rejected = 1, .filtered = 1, .merged = 1};
  OK(sw_row_count_put(f->l, &r, &f->err));
  r.out = 8;
  FAILS(sw_row_count_put(f->l, &r, &f->err), SW_E_BALANCE);
  assert_non_null(strstr(f->err.msg[SW_LANG_EN], "off by 1 rows"));
  assert_non_null(strstr(f->err.msg[SW_LANG_ZH], "进 10 + 扩 2"));
  r = (sw_row_count){.run = id, .step = "s", .table = "t", .in = -1, .out = -1};
  FAILS(sw_row_count_put(f->l, &r, &f->err), SW_E_BALANCE);
  r = (sw_row_count){.run = id, .step = "s", .table = "t", .in = INT64_MAX, .expanded = 1, .out = INT64_MAX, .merged = 1};
  FAILS(sw_row_count_put(f->l, &r, &f->err), SW_E_BALANCE);
  r = (sw_row_count){.run = id, .step = "s", .table = "dwd.visit", .in = 3, .out = 3};
  OK(sw_row_count_put(f->l, &r, &f->err)); /* a second attempt replaces the first */
  OK(sw_row_count_each(f->l, id, sum_rows, &all, &f->err));
  assert_string_equal(all.text, "s.dwd.visit 3→3;");
  OK(sw_row_count_clear(f->l, id, "s", &f->err));
  all.text[0] = '\0';
  OK(sw_row_count_each(f->l, id, sum_rows, &all, &f->err));
  assert_string_equal(all.text, "");
}

/* --- batches ----------------------------------------------------------------------------------------- */

static sw_batch batch(const char *sha, const char *signature) {
  return (sw_batch){.key = {"his", "org1", "fee", sha, signature}, .file = "2024-03-01/fee.csv", .size = 100, .encoding = "GB18030",
                    .dialect = "{}", .delivery = "2024-03-01", .first_run = "r1"};
}

static sw_status add_part(void *ctx, const sw_batch *b, const sw_part *p, sw_error *err) {
  (void)err;
  list *l = ctx;
  size_t n = strlen(l->text);
  snprintf(l->text + n, sizeof l->text - n, "%lld:%s:%s:%lld;", (long long)b->batch_no, sw_batch_state_name(b->state), p->path, (long long)p->rows);
  return SW_OK;
}

static void the_same_content_is_one_batch_and_keeps_its_number_under_a_new_signature(void **state) {
  fixture *f = *state;
  int64_t id, no, id2, no2, none;
  sw_batch_state st;
  list all = {""};
  sw_batch a = batch("aa", "s1"), again = batch("aa", "s2"), other = batch("bb", "s1");
  sw_batch counts = {.records = 12, .rows = 10, .rejects = 1, .totals = 1};
  sw_part parts[] = {{.path = "p1", .rows = 6, .first_record = 1, .last_record = 6}, {.path = "p2", .rows = 4, .first_record = 7, .last_record = 11},
                     {.path = "r", .rows = 1, .rejects = true}};
  OK(sw_batch_find(f->l, &a.key, &none, &st, &f->err));
  assert_int_equal(none, 0);
  OK(sw_batch_begin(f->l, &a, &id, &no, &f->err));
  assert_int_equal(no, 1);
  OK(sw_batch_begin(f->l, &a, &id2, &no2, &f->err)); /* a crashed attempt goes on */
  assert_true(id2 == id && no2 == no);
  counts.rows = 11;
  FAILS(sw_batch_commit(f->l, id, &counts, parts, 3, &f->err), SW_E_BALANCE);
  counts.rows = 10;
  OK(sw_batch_commit(f->l, id, &counts, parts, 3, &f->err));
  FAILS(sw_batch_commit(f->l, id, &counts, parts, 3, &f->err), SW_E_NOTFOUND);
  FAILS(sw_batch_begin(f->l, &a, &id2, &no2, &f->err), SW_E_EXISTS);
  OK(sw_batch_find(f->l, &a.key, &id2, &st, &f->err));
  assert_true(id2 == id && st == SW_BATCH_COMMITTED);
  OK(sw_batch_begin(f->l, &other, &id2, &no2, &f->err));
  assert_int_equal(no2, 2);
  OK(sw_batch_abandon(f->l, id2, &f->err));
  OK(sw_batch_begin(f->l, &again, &id2, &no2, &f->err));
  assert_true(no2 == 1 && id2 != id);
  OK(sw_part_each(f->l, &(sw_batch_query){.committed_only = true}, add_part, &all, &f->err));
  assert_string_equal(all.text, "1:committed:p1:6;1:committed:p2:4;1:committed:r:1;");
  sw_part one = {.path = "q1", .rows = 12, .first_record = 1, .last_record = 12};
  OK(sw_batch_commit(f->l, id2, &(sw_batch){.records = 12, .rows = 12, .encoding = "UTF-8"}, &one, 1, &f->err));
  all.text[0] = '\0';
  OK(sw_part_each(f->l, &(sw_batch_query){.table = "fee"}, add_part, &all, &f->err));
  assert_string_equal(all.text, "1:superseded:p1:6;1:superseded:p2:4;1:superseded:r:1;1:committed:q1:12;");
  OK(sw_batch_begin(f->l, &a, &id, &no, &f->err)); /* the pack went back: opened again, still not counted */
  all.text[0] = '\0';
  OK(sw_part_each(f->l, &(sw_batch_query){.committed_only = true}, add_part, &all, &f->err));
  assert_string_equal(all.text, "1:committed:q1:12;");
  OK(sw_batch_begin(f->l, &other, &id2, &no2, &f->err));
  assert_int_equal(no2, 2); /* abandoned, but the number is this content's */
  assert_int_equal(SW_ROW_BATCH(SW_ROW_ID(3, 7)), 3);
  assert_int_equal(SW_ROW_RECORD(SW_ROW_ID(3, 7)), 7);
  assert_true(SW_ROW_ID((1 << 22) - 1, INT64_C(0x7fffffff)) < INT64_C(1) << 53);
}

static void watermarks_are_kept_by_source_org_and_table(void **state) {
  fixture *f = *state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  OK(sw_watermark_get(f->l, "s", "o", "t", &b, &f->err));
  assert_string_equal(b.ptr, "");
  OK(sw_watermark_set(f->l, "s", "o", "t", SW_LIT("2024-01-01"), "r", &f->err));
  OK(sw_watermark_set(f->l, "s", "o", "t", SW_LIT("2024-01-02"), "r", &f->err));
  OK(sw_watermark_get(f->l, "s", "o", "t", &b, &f->err));
  assert_string_equal(b.ptr, "2024-01-02");
}

/* --- decisions, audit, settings ---------------------------------------------------------------------- */

static sw_status add_decision(void *ctx, const sw_decision *d, sw_error *err) {
  (void)err;
  list *l = ctx;
  size_t n = strlen(l->text);
  snprintf(l->text + n, sizeof l->text - n, "%s=%s by %s→%lld;", d->key, d->value, d->who, (long long)d->superseded_by);
  return SW_OK;
}

static void a_later_decision_supersedes_and_the_former_stays(void **state) {
  fixture *f = *state;
  list all = {""};
  OK(sw_decision_put(f->l, &(sw_decision){.kind = "map", .key = "x", .value = "1", .who = "a"}, NULL, &f->err));
  OK(sw_decision_put(f->l, &(sw_decision){.kind = "map", .key = "y", .value = "3", .who = "a"}, NULL, &f->err));
  OK(sw_decision_put(f->l, &(sw_decision){.kind = "map", .key = "x", .value = "2", .who = "b"}, NULL, &f->err));
  OK(sw_decision_each(f->l, "map", NULL, false, add_decision, &all, &f->err));
  assert_string_equal(all.text, "y=3 by a→0;x=2 by b→0;");
  all.text[0] = '\0';
  OK(sw_decision_each(f->l, "map", "x", true, add_decision, &all, &f->err));
  assert_string_equal(all.text, "x=1 by a→3;x=2 by b→0;");
}

static void run_sql(fixture *f, const char *sql) {
  sw_stmt *s;
  OK(sw_stmt_open(f->l, sql, &s, &f->err));
  OK(sw_stmt_run(s, &f->err));
  sw_stmt_close(s);
}

static void a_changed_or_removed_audit_entry_is_found(void **state) {
  fixture *f = *state;
  int64_t n = 0;
  OK(sw_audit_verify(f->l, &n, &f->err));
  assert_int_equal(n, 0);
  for (int i = 0; i < 5; i++)
    OK(sw_audit_append(f->l, &(sw_audit){.at_us = i, .who = "张三", .action = "query", .object = "dwd.visit", .detail = "{}"}, NULL, &f->err));
  OK(sw_audit_verify(f->l, &n, &f->err));
  assert_int_equal(n, 5);
  run_sql(f, "UPDATE audit SET who = '李四' WHERE seq = 3");
  FAILS(sw_audit_verify(f->l, &n, &f->err), SW_E_DATA);
  assert_non_null(strstr(f->err.msg[SW_LANG_EN], "entry 3"));
  run_sql(f, "UPDATE audit SET who = '张三' WHERE seq = 3");
  OK(sw_audit_verify(f->l, &n, &f->err));
  run_sql(f, "DELETE FROM audit WHERE seq = 2");
  FAILS(sw_audit_verify(f->l, &n, &f->err), SW_E_DATA);
  assert_non_null(strstr(f->err.msg[SW_LANG_EN], "entry 2"));
}

static void settings_are_kept(void **state) {
  fixture *f = *state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  FAILS(sw_ledger_get(f->l, "zone", &b, &f->err), SW_E_NOTFOUND);
  OK(sw_ledger_set(f->l, "zone", SW_LIT("Asia/Shanghai"), &f->err));
  OK(sw_ledger_get(f->l, "zone", &b, &f->err));
  assert_string_equal(b.ptr, "Asia/Shanghai");
}

/* --- the file ---------------------------------------------------------------------------------------- */

static void nested_transactions_commit_once_and_roll_back_as_one(void **state) {
  fixture *f = *state;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  OK(sw_ledger_begin(f->l, &f->err));
  OK(sw_ledger_set(f->l, "a", SW_LIT("1"), &f->err));
  OK(sw_decision_put(f->l, &(sw_decision){.kind = "k", .key = "x"}, NULL, &f->err)); /* its own transaction nests */
  sw_ledger_rollback(f->l);
  FAILS(sw_ledger_get(f->l, "a", &b, &f->err), SW_E_NOTFOUND);
  FAILS(sw_ledger_commit(f->l, &f->err), SW_E_INTERNAL);
  OK(sw_ledger_set(f->l, "a", SW_LIT("1"), &f->err));
}

static void a_statement_may_be_open_twice(void **state) {
  fixture *f = *state;
  sw_stmt *a, *b;
  static const char sql[] = "SELECT value FROM (SELECT 1 AS value UNION ALL SELECT 2)";
  OK(sw_stmt_open(f->l, sql, &a, &f->err));
  assert_int_equal(sw_stmt_next(a, &f->err), SW_ROW);
  OK(sw_stmt_open(f->l, sql, &b, &f->err));
  assert_ptr_not_equal(a, b);
  assert_int_equal(sw_stmt_next(b, &f->err), SW_ROW);
  assert_int_equal(sw_stmt_next(a, &f->err), SW_ROW);
  assert_int_equal(sw_stmt_i64(a, 0), 2);
  assert_int_equal(sw_stmt_i64(b, 0), 1);
  sw_stmt_close(b);
  sw_stmt_close(a);
  FAILS(sw_stmt_open(f->l, "SELECT nothing FROM nowhere", &a, &f->err), SW_E_LEDGER);
}

static void a_reader_works_beside_a_writer_and_never_writes(void **state) {
  fixture *f = *state;
  sw_ledger *r;
  list all = {""};
  char id[SW_RUN_ID], none[128];
  begin_run(f, "daily", 1, id);
  OK(sw_ledger_begin(f->l, &f->err)); /* a write transaction is open */
  OK(sw_ledger_set(f->l, "a", SW_LIT("1"), &f->err));
  OK(sw_ledger_open_read(f->path, &r, &f->err));
  OK(sw_run_each(r, &(sw_run_query){.limit = 1}, add_run, &all, &f->err));
  assert_non_null(strstr(all.text, id));
  FAILS(sw_ledger_set(r, "b", SW_LIT("1"), &f->err), SW_E_DENIED);
  sw_ledger_close(r);
  OK(sw_ledger_commit(f->l, &f->err));
  snprintf(none, sizeof none, "%s/none.sqlite", f->dir);
  FAILS(sw_ledger_open_read(none, &r, &f->err), SW_E_DENIED);
  assert_false(sw_fs_exists(none));
}

static void a_ledger_of_a_newer_program_is_refused(void **state) {
  fixture *f = *state;
  sw_ledger *l;
  int version = sw_ledger_schema(f->l);
  char pragma[64];
  snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", version + 1);
  run_sql(f, pragma);
  FAILS(sw_ledger_open(f->path, &l, &f->err), SW_E_LEDGER);
  assert_non_null(strstr(f->err.msg[SW_LANG_EN], "newer program"));
  FAILS(sw_ledger_open_read(f->path, &l, &f->err), SW_E_LEDGER);
  snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", version);
  run_sql(f, pragma);
  OK(sw_ledger_open(f->path, &l, &f->err));
  sw_ledger_close(l);
}

static sw_status add_former_part(void *ctx, const sw_batch *b, const sw_part *p, sw_error *err) {
  (void)b, (void)err;
  list *to = ctx;
  snprintf(to->text + strlen(to->text), sizeof to->text - strlen(to->text), "%s %lld\n", p->path, (long long)p->rows);
  return SW_OK;
}

/* tests/ledger/former/<n>.sql makes a ledger of version n: each new migration leaves one of the version before it. */
static bool make_former(fixture *f, const char *path, int version) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  char name[1024];
  snprintf(name, sizeof name, "%s/tests/ledger/former/%d.sql", getenv("SW_SOURCE_ROOT"), version);
  if (!sw_fs_exists(name)) return false;
  OK(sw_fs_read(name, 1 << 20, &sql, &f->err));
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql.ptr, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
  return true;
}

static void schema_of(fixture *f, sw_ledger *l, sw_buf *out) {
  sw_stmt *st;
  sw_status s = SW_OK;
  OK(sw_stmt_open(l, "SELECT type || ' ' || name || ' ' || replace(replace(coalesce(sql, ''), ' ', ''), char(10), '') FROM sqlite_master ORDER BY type, name", &st, &f->err));
  while (sw_stmt_more(st, &s, &f->err)) {
    sw_buf_str_put(out, sw_stmt_str(st, 0));
    sw_buf_putc(out, '\n');
  }
  sw_stmt_close(st);
  assert_int_equal(s, SW_OK);
}

static void a_ledger_of_a_former_version_is_upgraded_with_what_it_holds(void **state) {
  fixture *f = *state;
  int version = 1;
  SW_AUTO(sw_buf) fresh = SW_BUF_INIT;
  schema_of(f, f->l, &fresh);
  for (;; version++) {
    char path[128], id[SW_RUN_ID];
    sw_ledger *l;
    snprintf(path, sizeof path, "%s/former%d.sqlite", f->dir, version);
    if (!make_former(f, path, version)) break;
    if (version < sw_ledger_schema(f->l)) FAILS(sw_ledger_open_read(path, &l, &f->err), SW_E_LEDGER); /* a reader changes nothing */
    OK(sw_ledger_open(path, &l, &f->err));
    assert_int_equal(sw_ledger_schema(l), sw_ledger_schema(f->l));
    SW_AUTO(sw_buf) upgraded = SW_BUF_INIT;
    schema_of(f, l, &upgraded);
    assert_string_equal(upgraded.ptr, fresh.ptr);
    OK(sw_run_find(l, "latest", id, &f->err));
    assert_string_equal(id, "20240301T120000-0001");
    list parts = {""};
    OK(sw_part_each(l, &(sw_batch_query){.committed_only = true}, add_former_part, &parts, &f->err));
    assert_string_equal(parts.text, "landing/his/visit/1-aa-0.parquet 9\n");
    OK(sw_ledger_verify(l, &f->err));
    sw_ledger_close(l);
  }
  assert_true(version > 1);
}

static void an_upgrade_that_fails_leaves_the_ledger_as_it_was(void **state) {
  fixture *f = *state;
  if (sw_ledger_schema(f->l) < 2) skip();
  char path[128];
  snprintf(path, sizeof path, "%s/former.sqlite", f->dir);
  assert_true(make_former(f, path, 1));
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "CREATE TABLE returned_file(x)", NULL, NULL, NULL), SQLITE_OK); /* the last table of version 2 */
  sw_ledger *l;
  FAILS(sw_ledger_open(path, &l, &f->err), SW_E_LEDGER);
  assert_true(f->err.nframes > 0);
  sqlite3_stmt *st;
  assert_int_equal(sqlite3_prepare_v2(db, "SELECT (SELECT user_version FROM pragma_user_version), count(*) FROM sqlite_master WHERE name = 'finding_round'", -1, &st, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(st), SQLITE_ROW);
  assert_int_equal(sqlite3_column_int(st, 0), 1);
  assert_int_equal(sqlite3_column_int(st, 1), 0);
  sqlite3_finalize(st);
  sqlite3_close(db);
}

static void damage_is_told_clearly(void **state) {
  fixture *f = *state;
  sw_ledger *l;
  char junk[128], empty[128];
  snprintf(junk, sizeof junk, "%s/junk.sqlite", f->dir);
  snprintf(empty, sizeof empty, "%s/empty.sqlite", f->dir);
  char noise[8192];
  memset(noise, 'x', sizeof noise);
  OK(sw_fs_write_durable(junk, noise, sizeof noise, &f->err));
  FAILS(sw_ledger_open(junk, &l, &f->err), SW_E_LEDGER);
  assert_non_null(strstr(f->err.msg[SW_LANG_ZH], "已损坏"));
  FAILS(sw_ledger_open_read(junk, &l, &f->err), SW_E_LEDGER);
  OK(sw_fs_write_durable(empty, "", 0, &f->err));
  OK(sw_ledger_open(empty, &l, &f->err)); /* an empty file is a new ledger */
  OK(sw_ledger_verify(l, &f->err));
  sw_ledger_close(l);
  FAILS(sw_ledger_open(f->dir, &l, &f->err), SW_E_DENIED);
  FAILS(sw_ledger_open("/nonexistent/x/ledger.sqlite", &l, &f->err), SW_E_DENIED);
  /* pages overwritten in the middle */
  for (int i = 0; i < 300; i++) OK(sw_decision_put(f->l, &(sw_decision){.kind = "k", .key = "x", .value = noise[0] == 'x' ? "some text" : ""}, NULL, &f->err));
  sw_ledger_close(f->l);
  f->l = NULL;
  FILE *file = fopen(f->path, "r+b");
  assert_non_null(file);
  fseek(file, 8 * 4096, SEEK_SET);
  fwrite(noise, 1, sizeof noise, file);
  fclose(file);
  f->err.status = SW_OK;
  sw_status s = sw_ledger_open(f->path, &l, &f->err);
  if (s == SW_OK) {
    s = sw_ledger_verify(l, &f->err);
    sw_ledger_close(l);
  }
  assert_int_equal(s, SW_E_LEDGER);
}

static void a_full_disk_fails_whole_and_is_told(void **state) {
  fixture *f = *state;
  run_sql(f, "PRAGMA max_page_count = 1"); /* SQLite answers as a full disk does */
  f->err.status = SW_OK;
  sw_status s = SW_OK;
  char value[4000];
  memset(value, 'v', sizeof value);
  for (int i = 0; i < 100 && s == SW_OK; i++) {
    char key[32];
    snprintf(key, sizeof key, "key %d", i);
    s = sw_ledger_begin(f->l, &f->err);
    if (s == SW_OK) s = sw_ledger_set(f->l, key, (sw_str){value, sizeof value}, &f->err);
    if (s == SW_OK) s = sw_ledger_commit(f->l, &f->err);
    else sw_ledger_rollback(f->l);
  }
  assert_int_equal(s, SW_E_NOSPACE);
  run_sql(f, "PRAGMA max_page_count = 100000");
  OK(sw_ledger_set(f->l, "after", SW_LIT("fine"), &f->err));
  OK(sw_ledger_verify(f->l, &f->err));
}

static void what_is_committed_survives_a_kill(void **state) {
  fixture *f = *state;
  int pipe_fds[2];
  assert_int_equal(pipe(pipe_fds), 0);
  pid_t child = fork();
  if (child == 0) {
    sw_ledger *l;
    sw_error err = SW_ERROR_INIT;
    if (sw_ledger_open(f->path, &l, &err)) _exit(1);
    for (int64_t i = 1;; i++) {
      int64_t seq;
      if (sw_audit_append(l, &(sw_audit){.at_us = i, .who = "w", .action = "a"}, &seq, &err)) _exit(2);
      if (write(pipe_fds[1], &seq, sizeof seq) != (ssize_t)sizeof seq) _exit(3);
    }
  }
  close(pipe_fds[1]);
  int64_t seq = 0, got, acknowledged = 0, entries = 0;
  while (seq < 50 && read(pipe_fds[0], &got, sizeof got) == (ssize_t)sizeof got) seq = got;
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  acknowledged = seq;
  while (read(pipe_fds[0], &got, sizeof got) == (ssize_t)sizeof got) acknowledged = got;
  close(pipe_fds[0]);
  sw_ledger *l;
  OK(sw_ledger_open(f->path, &l, &f->err));
  OK(sw_audit_verify(l, &entries, &f->err));
  assert_true(acknowledged >= 50 && entries >= acknowledged && entries <= acknowledged + 1);
  sw_ledger_close(l);
}

static void a_second_run_on_a_workspace_is_refused_by_name(void **state) {
  fixture *f = *state;
  char path[128], pid[32];
  sw_lock *a, *b;
  snprintf(path, sizeof path, "%s/lock", f->dir);
  OK(sw_lock_take(path, "suwen run hospital-daily", noon(1), &a, &f->err));
  FAILS(sw_lock_take(path, "suwen run other", noon(1), &b, &f->err), SW_E_BUSY);
  snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
  assert_non_null(strstr(f->err.msg[SW_LANG_ZH], pid));
  assert_non_null(strstr(f->err.msg[SW_LANG_EN], "suwen run hospital-daily"));
  assert_non_null(strstr(f->err.msg[SW_LANG_EN], "2024-03-01"));
  sw_lock_release(a);
  OK(sw_lock_take(path, "x", noon(1), &b, &f->err));
  sw_lock_release(b);
  FAILS(sw_lock_take("/nonexistent/lock", "x", 0, &b, &f->err), SW_E_NOTFOUND);
}

static void the_lock_of_a_killed_process_is_free(void **state) {
  fixture *f = *state;
  char path[128], byte;
  int ready[2];
  sw_lock *k;
  snprintf(path, sizeof path, "%s/lock", f->dir);
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  if (child == 0) {
    sw_error err = SW_ERROR_INIT;
    if (sw_lock_take(path, "child", 0, &k, &err) || write(ready[1], "", 1) != 1) _exit(1);
    for (;;) pause();
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  FAILS(sw_lock_take(path, "parent", 0, &k, &f->err), SW_E_BUSY);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  OK(sw_lock_take(path, "parent", 0, &k, &f->err));
  sw_lock_release(k);
  close(ready[0]);
  close(ready[1]);
}

static sw_status add_history(void *ctx, const sw_history_file *h, sw_error *err) {
  (void)err;
  list *l = ctx;
  size_t n = strlen(l->text);
  snprintf(l->text + n, sizeof l->text - n, "%s:%lld;", h->path, (long long)h->rows);
  return SW_OK;
}

static void history_files_are_listed_by_time(void **state) {
  fixture *f = *state;
  OK(sw_history_add(f->l, &(sw_history_file){.kind = "quality", .run = "r", .path = "history/a.parquet", .rows = 3, .at_us = 2}, &f->err));
  OK(sw_history_add(f->l, &(sw_history_file){.kind = "quality", .run = "r", .path = "history/a.parquet", .rows = 4, .at_us = 2}, &f->err));
  OK(sw_history_add(f->l, &(sw_history_file){.kind = "quality", .run = "q", .path = "history/b.parquet", .rows = 5, .at_us = 1}, &f->err));
  OK(sw_history_add(f->l, &(sw_history_file){.kind = "profile", .run = "q", .path = "history/c.parquet", .rows = 6, .at_us = 1}, &f->err));
  list all = {""};
  OK(sw_history_each(f->l, "quality", add_history, &all, &f->err));
  assert_string_equal(all.text, "history/b.parquet:5;history/a.parquet:4;");
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
      T(runs_have_ids_that_sort_by_time),
      T(a_step_keeps_its_attempts_and_its_error),
      T(the_row_ledger_refuses_what_does_not_balance),
      T(the_same_content_is_one_batch_and_keeps_its_number_under_a_new_signature),
      T(watermarks_are_kept_by_source_org_and_table),
      T(a_later_decision_supersedes_and_the_former_stays),
      T(a_changed_or_removed_audit_entry_is_found),
      T(settings_are_kept),
      T(nested_transactions_commit_once_and_roll_back_as_one),
      T(a_statement_may_be_open_twice),
      T(a_reader_works_beside_a_writer_and_never_writes),
      T(a_ledger_of_a_newer_program_is_refused),
      T(a_ledger_of_a_former_version_is_upgraded_with_what_it_holds),
      T(an_upgrade_that_fails_leaves_the_ledger_as_it_was),
      T(damage_is_told_clearly),
      T(a_full_disk_fails_whole_and_is_told),
      T(what_is_committed_survives_a_kill),
      T(a_second_run_on_a_workspace_is_refused_by_name),
      T(the_lock_of_a_killed_process_is_free),
      T(history_files_are_listed_by_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
