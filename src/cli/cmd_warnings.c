/* suwen warnings [RUN|all]: what was remarkable about the files that were taken. */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "intake/warning.h"
#include "ledger/batches.h"
#include "ledger/runs.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "table", .arg = "TABLE", .help = {"只列这张表（ods.x 或 x）", "only this table (ods.x or x)"}},
    {0}};

static const sw_listing_column COLUMNS[] = {
    {"batch", {"批次", "batch"}, SW_CELL_PLAIN},    {"source", {"来源", "source"}, SW_CELL_TEXT},
    {"org", {"机构", "institution"}, SW_CELL_TEXT}, {"table", {"表", "table"}, SW_CELL_TEXT},
    {"file", {"文件", "file"}, SW_CELL_TEXT},       {"code", {"代码", "code"}, SW_CELL_TEXT},
    {"count", {"数目", "count"}, SW_CELL_INT},      {"text", {"注意", "note"}, SW_CELL_TEXT},
};

typedef struct view {
  sw_listing list;
  const sw_batch *b;
} view;

static sw_status put_warning(void *ctx, const sw_batch_warning *w, sw_error *err) {
  (void)err;
  view *v = ctx;
  sw_listing *l = &v->list;
  sw_listing_i64(l, v->b->batch_no);
  sw_listing_strz(l, v->b->key.source);
  sw_listing_strz(l, v->b->key.org);
  sw_listing_strz(l, v->b->key.table);
  sw_listing_strz(l, v->b->file);
  sw_listing_str(l, w->code);
  if (w->n) sw_listing_i64(l, w->n);
  else sw_listing_null(l);
  sw_listing_str(l, w->text[l->cli->lang]);
  sw_listing_row(l);
  return SW_OK;
}

static sw_status put_batch(void *ctx, const sw_batch *b, sw_error *err) {
  view *v = ctx;
  v->b = b;
  return sw_batch_warnings(b->dialect, put_warning, v, err);
}

static sw_status list(sw_cli *cli, sw_ledger *ledger, sw_error *err) {
  const char *which = cli->nargs ? sw_cli_arg(cli, 0) : "latest", *table = sw_cli_opt(cli, "table");
  bool all = strcmp(which, "all") == 0;
  char id[SW_RUN_ID];
  sw_status s = all ? SW_OK : sw_run_find(ledger, which, id, err);
  if (s != SW_OK) return s;
  if (table && strncmp(table, "ods.", 4) == 0) table += 4;
  view v = {.b = NULL};
  sw_listing_begin(&v.list, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  s = sw_batch_each(ledger, &(sw_batch_query){.run = all ? NULL : id, .table = table, .committed_only = true}, put_batch, &v, err);
  sw_status end = sw_listing_end(&v.list, s == SW_OK ? err : NULL);
  return s == SW_OK ? end : s;
}

static sw_status run(sw_cli *cli, sw_error *err) { return sw_cli_with_ledger(cli, list, err); }

const sw_command SW_CMD_WARNINGS = {
    .name = "warnings", .args = "[RUN|all]", .max_args = 1,
    .help = {"收下的文件有什么值得注意：缺列、多列、合计行、编码存疑", "what was remarkable about files that were taken: missing or extra columns, total rows, doubtful encoding"},
    .details = {"默认列最近一次运行收到的文件；all 列全部批次。同样的内容在 meta.batch_warning。", "By default of the files that came with the latest run; all: of every batch. The same is in meta.batch_warning."},
    .options = OPTIONS, .run = run};
