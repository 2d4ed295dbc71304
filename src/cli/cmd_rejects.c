/* suwen rejects [BATCH]: without a batch, the batches that have rejects; with one, its rejected records; with --raw their bytes. */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "base/fs.h"
#include "base/hash.h"
#include "engine/rows.h"
#include "intake/restore.h"
#include "intake/view.h"
#include "intake/warning.h"
#include "ledger/batches.h"

#include <stdlib.h>

static const sw_cli_option OPTIONS[] = {
    {.name = "all", .help = {"列出全部批次，包括没有拒收的", "list all batches, also those without rejects"}},
    {.name = "raw", .arg = "ROW", .help = {"按交付时的字节原样输出一条记录（_row），或 all：每条一行", "give one record (by _row), or all of them a line each, byte for byte as delivered"}},
    {0}};

static const sw_listing_column BATCH_COLUMNS[] = {
    {"batch", {"批次", "batch"}, SW_CELL_PLAIN},    {"source", {"来源", "source"}, SW_CELL_TEXT},
    {"org", {"机构", "institution"}, SW_CELL_TEXT}, {"table", {"表", "table"}, SW_CELL_TEXT},
    {"file", {"文件", "file"}, SW_CELL_TEXT},       {"encoding", {"编码", "encoding"}, SW_CELL_TEXT},
    {"records", {"记录", "records"}, SW_CELL_INT},  {"rows", {"入库", "landed"}, SW_CELL_INT},
    {"skipped", {"略过", "skipped"}, SW_CELL_INT},  {"rejects", {"拒收", "rejected"}, SW_CELL_INT},
    {"warnings", {"注意", "notes"}, SW_CELL_INT},  {"state", {"状态", "state"}, SW_CELL_STATE},
};

typedef struct batch_list {
  sw_listing list;
  bool all;
} batch_list;

static sw_status count_warning(void *ctx, const sw_batch_warning *w, sw_error *err) {
  (void)w;
  (void)err;
  ++*(int64_t *)ctx;
  return SW_OK;
}

static sw_status put_batch(void *ctx, const sw_batch *b, sw_error *err) {
  batch_list *v = ctx;
  sw_listing *l = &v->list;
  if (!v->all && !b->rejects) return SW_OK;
  sw_listing_i64(l, b->batch_no);
  sw_listing_strz(l, b->key.source);
  sw_listing_strz(l, b->key.org);
  sw_listing_strz(l, b->key.table);
  sw_listing_strz(l, b->file);
  sw_listing_strz(l, b->encoding);
  sw_listing_i64(l, b->records);
  sw_listing_i64(l, b->rows);
  sw_listing_i64(l, b->totals);
  sw_listing_i64(l, b->rejects);
  int64_t notes = 0;
  sw_status s = sw_batch_warnings(b->dialect, count_warning, &notes, err);
  sw_listing_i64(l, notes);
  sw_listing_strz(l, sw_batch_state_name(b->state));
  sw_listing_row(l);
  return s;
}

static sw_status list_batches(sw_cli *cli, sw_ledger *ledger, sw_error *err) {
  batch_list v = {.all = sw_cli_flag(cli, "all")};
  sw_listing_begin(&v.list, cli, BATCH_COLUMNS, sizeof BATCH_COLUMNS / sizeof *BATCH_COLUMNS);
  sw_status s = sw_batch_each(ledger, &(sw_batch_query){.committed_only = !v.all}, put_batch, &v, err);
  sw_status end = sw_listing_end(&v.list, s == SW_OK ? err : NULL);
  return s == SW_OK ? end : s;
}

/* --- one batch --------------------------------------------------------------------------------------- */

static const sw_listing_column REJECT_COLUMNS[] = {
    {"row", {"行号 _row", "_row"}, SW_CELL_PLAIN},  {"file", {"文件", "file"}, SW_CELL_TEXT},
    {"line", {"行", "line"}, SW_CELL_PLAIN},        {"offset", {"字节", "offset"}, SW_CELL_PLAIN},
    {"column", {"列", "column"}, SW_CELL_TEXT},     {"position", {"列内位置", "position"}, SW_CELL_PLAIN},
    {"code", {"代码", "code"}, SW_CELL_TEXT},       {"reason", {"原因", "reason"}, SW_CELL_TEXT},
    {"length", {"字节数", "bytes"}, SW_CELL_INT},    {"raw", {"原始记录", "raw record"}, SW_CELL_TEXT},
};

typedef struct found_batch {
  char *file;
  sw_batch_state state;
} found_batch;

static sw_status keep_batch(void *ctx, const sw_batch *b, sw_error *err) {
  found_batch *f = ctx;
  if (b->state != SW_BATCH_COMMITTED && f->file) return SW_OK;
  free(f->file);
  f->file = sw_str_dupz(sw_str_of(b->file));
  return f->file ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static sw_status print_rejects(sw_cli *cli, sw_conn *conn, const char *select, const char *file, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_buf_printf(&q, "SELECT _row, _line, _offset, column_name, position, code, %s, length, raw FROM (", cli->lang == SW_LANG_ZH ? "reason_zh" : "reason_en");
  sw_buf_puts(&q, select);
  sw_buf_puts(&q, ") ORDER BY _row");
  sw_rows *rows = NULL;
  sw_status s = sw_buf_check(&q, err);
  if (s == SW_OK) s = sw_query(conn, q.ptr, SW_NO_PARAMS, cli->cancel, &rows, err);
  if (s != SW_OK) return s;
  sw_listing l;
  sw_listing_begin(&l, cli, REJECT_COLUMNS, sizeof REJECT_COLUMNS / sizeof *REJECT_COLUMNS);
  sw_step at;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    sw_listing_i64(&l, sw_rows_i64(rows, 0));
    sw_listing_strz(&l, file);
    sw_listing_i64(&l, sw_rows_i64(rows, 1));
    sw_listing_i64(&l, sw_rows_i64(rows, 2));
    sw_listing_str(&l, sw_rows_str(rows, 3));
    if (sw_rows_is_null(rows, 4)) sw_listing_null(&l);
    else sw_listing_i64(&l, sw_rows_i64(rows, 4));
    for (size_t i = 5; i < 7; i++) sw_listing_str(&l, sw_rows_str(rows, i));
    sw_listing_i64(&l, sw_rows_i64(rows, 7));
    sw_listing_str(&l, sw_rows_str(rows, 8));
    sw_listing_row(&l);
  }
  s = at == SW_STEP_ERROR ? err->status : SW_OK;
  sw_status end = sw_listing_end(&l, s == SW_OK ? err : NULL);
  sw_rows_free(rows);
  return s == SW_OK ? end : s;
}

static sw_status write_out(void *ctx, const char *p, size_t n, sw_error *err) {
  (void)ctx;
  return sw_cli_write(p, n, err);
}

/* The records as delivered; all of them with a line end after each, whatever it was, so that the file can be corrected. */
static sw_status write_raw(sw_cli *cli, sw_conn *conn, sw_ledger *ledger, const char *workspace, int64_t batch, sw_error *err) {
  const char *which = sw_cli_opt(cli, "raw");
  sw_restore_options o = {.batch_no = batch};
  if (strcmp(which, "all") == 0) o.between = SW_LIT("\n");
  else if (!sw_str_to_i64(sw_str_of(which), &o.row) || o.row < 1)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0052", "--raw 后应为 _row 行号或 all，得到 %s", "--raw wants a _row number or all, not %s", which);
  int64_t records = 0;
  sw_status s = sw_rejects_restore(conn, ledger, workspace, &o, (sw_bytes_to){NULL, write_out}, cli->cancel, &records, err);
  if (s == SW_OK && o.row && !records)
    s = SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0053", "批次 %lld 没有拒收行 %s；suwen rejects %lld 列出各行", "batch %lld has no rejected row %s; suwen rejects %lld lists them", (long long)batch, which,
                (long long)batch);
  return s;
}

/* Reads the rejects file with an engine in memory: the warehouse may be in use by a run. */
static sw_status list_rejects(sw_cli *cli, sw_workspace *w, sw_ledger *ledger, sw_error *err) {
  int64_t batch;
  if (!sw_str_to_i64(sw_str_of(sw_cli_arg(cli, 0)), &batch) || batch < 1)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0050", "批次号应为正整数，得到 %s；suwen rejects 列出批次", "a batch is a whole number, not %s; suwen rejects lists them", sw_cli_arg(cli, 0));
  found_batch found = {0};
  sw_engine *engine = NULL;
  sw_conn *conn = NULL;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  char *dir = realpath(sw_workspace_dir(w), NULL);
  sw_arena a = SW_ARENA_INIT;
  const char *landing = dir ? sw_fs_join(&a, dir, "landing") : NULL;
  sw_status s = landing ? sw_batch_each(ledger, &(sw_batch_query){.batch_no = batch}, keep_batch, &found, err) : sw_arena_check(&a, err);
  if (s == SW_OK && !found.file) s = SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0051", "没有批次 %lld；suwen rejects --all 列出批次", "there is no batch %lld; suwen rejects --all lists them", (long long)batch);
  if (s == SW_OK) s = sw_intake_rejects_sql(ledger, dir, batch, &sql, err);
  if (s == SW_OK) s = sw_engine_open(&(sw_engine_options){.allowed_dirs = &landing, .nallowed = 1}, &engine, err);
  if (s == SW_OK) s = sw_conn_open(engine, &conn, err);
  if (s == SW_OK) s = sw_cli_opt(cli, "raw") ? write_raw(cli, conn, ledger, dir, batch, err) : print_rejects(cli, conn, sql.ptr, found.file, err);
  sw_conn_close(conn);
  sw_engine_close(engine);
  sw_arena_fini(&a);
  free(found.file);
  free(dir);
  return s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_ledger *ledger = NULL;
  sw_status s = sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &w, err);
  if (s == SW_OK) s = sw_workspace_ledger(w, &ledger, err);
  if (s == SW_OK && sw_cli_opt(cli, "raw") && !cli->nargs)
    s = SW_FAIL(err, SW_E_USAGE, "SW-CLI-0054", "--raw 要写明批次号：suwen rejects 批次 --raw ROW", "--raw wants a batch: suwen rejects BATCH --raw ROW");
  if (s == SW_OK) s = cli->nargs ? list_rejects(cli, w, ledger, err) : list_batches(cli, ledger, err);
  sw_ledger_close(ledger);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_REJECTS = {
    .name = "rejects", .args = "[BATCH]", .max_args = 1,
    .help = {"被拒收的记录：文件、行、列、原因和原文", "rejected records: file, line, column, reason and the record itself"},
    .details = {"不写批次号时列出有拒收的批次。列表中长记录只显示开头 64 KiB；--raw 按交付时的字节完整输出（例如 suwen rejects 7 --raw all > 待更正.csv）。原始记录可能含有患者信息，请按规定使用。",
                "Without a batch it lists the batches that have rejects. Of a long record the listing shows the first 64 KiB; --raw gives the bytes as delivered, whole (for example suwen rejects 7 --raw all > "
                "to-correct.csv). Raw records may hold patient data: handle them accordingly."},
    .options = OPTIONS, .run = run};
