#include "cli/summary.h"

#include "base/map.h"
#include "base/vec.h"
#include "cli/listing.h"
#include "intake/warning.h"
#include "ledger/batches.h"
#include "ledger/runs.h"

#include <stdlib.h>

/* --- what came in ----------------------------------------------------------------------------------- */

/* Warnings of one table that say the same. */
typedef struct warned {
  const char *table, *text, *example;
  int64_t files, n;
  bool counts; /* n is worth telling */
} warned;

typedef struct arrivals {
  const sw_cli *cli;
  sw_delivered sum;
  sw_arena arena;
  sw_map seen; /* table and text → place in `list` */
  SW_VEC(warned) list;
  const sw_batch *batch;
  bool this_warned;
} arrivals;

static sw_status nomem(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

static sw_status add_warning(void *ctx, const sw_batch_warning *w, sw_error *err) {
  arrivals *v = ctx;
  v->sum.warnings++;
  v->this_warned = true;
  if (!v->cli) return SW_OK;
  sw_str text = w->text[v->cli->lang];
  char *key = sw_arena_printf(&v->arena, "%s\n%.*s", v->batch->key.table, SW_STR_ARG(text));
  bool added = false;
  uint64_t *at = key ? sw_map_at(&v->seen, sw_str_of(key), v->list.len, &added) : NULL;
  if (!at) return nomem(err);
  if (added) {
    warned one = {.table = sw_arena_dupz(&v->arena, sw_str_of(v->batch->key.table)), .text = sw_arena_dupz(&v->arena, text),
                  .example = sw_arena_dupz(&v->arena, sw_str_of(v->batch->file)),
                  .counts = !sw_str_eqz(w->code, "missing_columns") && !sw_str_eqz(w->code, "extra_columns") && w->n > 0};
    if (!one.table || !one.text || !one.example || !SW_VEC_PUSH(&v->list, one)) return nomem(err);
  }
  v->list.items[*at].files++;
  v->list.items[*at].n += w->n;
  return SW_OK;
}

static sw_status add_batch(void *ctx, const sw_batch *b, sw_error *err) {
  arrivals *v = ctx;
  v->sum.batches++;
  v->sum.records += b->records;
  v->sum.landed += b->rows;
  v->sum.rejected += b->rejects;
  v->sum.skipped += b->totals;
  v->sum.bytes += b->size;
  v->batch = b;
  v->this_warned = false;
  sw_status s = sw_batch_warnings(b->dialect, add_warning, v, err);
  v->sum.warned += v->this_warned;
  return s;
}

static sw_status gather(arrivals *v, sw_ledger *l, const char *run, sw_error *err) {
  return sw_batch_each(l, &(sw_batch_query){.run = run, .committed_only = true}, add_batch, v, err);
}

static void arrivals_fini(arrivals *v) {
  SW_VEC_FREE(&v->list);
  sw_map_fini(&v->seen);
  sw_arena_fini(&v->arena);
}

sw_status sw_cli_delivered(sw_ledger *l, const char *run, sw_delivered *out, sw_error *err) {
  arrivals v = {.cli = NULL};
  sw_status s = gather(&v, l, run, err);
  *out = v.sum;
  arrivals_fini(&v);
  return s;
}

static int by_files(const void *pa, const void *pb) {
  const warned *a = pa, *b = pb;
  if (a->files != b->files) return a->files > b->files ? -1 : 1;
  int c = strcmp(a->table, b->table);
  return c ? c : strcmp(a->text, b->text);
}

static void say_warnings(const sw_cli *cli, arrivals *v, const char *run, size_t lines) {
  if (v->list.len) qsort(v->list.items, v->list.len, sizeof *v->list.items, by_files);
  for (size_t i = 0; i < v->list.len && i < lines; i++) {
    const warned *w = &v->list.items[i];
    char n[48] = "", files[64] = "";
    if (w->counts) snprintf(n, sizeof n, cli->lang == SW_LANG_ZH ? "（共 %lld 行）" : " (%lld in all)", (long long)w->n);
    if (w->files > 1) snprintf(files, sizeof files, cli->lang == SW_LANG_ZH ? "%lld 个文件，例如 " : "%lld files, for example ", (long long)w->files);
    sw_cli_say(cli, "  注意  ods.%s：%s%s；%s%s", "  note  ods.%s: %s%s; %s%s", w->table, w->text, n, files, w->example);
  }
  if (v->list.len > lines)
    sw_cli_say(cli, "  另有 %zu 条注意事项：suwen warnings %s -C %s", "  and %zu more notes: suwen warnings %s -C %s", v->list.len - lines, run, cli->workspace);
  else if (v->list.len)
    sw_cli_say(cli, "  逐个文件：suwen warnings %s -C %s", "  file by file: suwen warnings %s -C %s", run, cli->workspace);
}

static void say_arrivals(const sw_cli *cli, arrivals *v, const char *run, size_t lines) {
  const sw_delivered *d = &v->sum;
  if (!d->batches) {
    sw_cli_say(cli, "没有收到新的文件", "nothing new came in");
    return;
  }
  char records[32], landed[32], rejected[32], skipped[32], bytes[32];
  sw_human_int(d->records, records);
  sw_human_int(d->landed, landed);
  sw_human_int(d->rejected, rejected);
  sw_human_int(d->skipped, skipped);
  sw_human_bytes(d->bytes, bytes);
  sw_cli_say(cli, "收到文件 %lld 个（%s），记录 %s 条 = 入库 %s + 拒收 %s + 略过 %s", "came in: %lld files (%s); %s records = %s landed + %s rejected + %s skipped",
             (long long)d->batches, bytes, records, landed, rejected, skipped);
  if (d->rejected) sw_cli_say(cli, "  拒收的记录与原因：suwen rejects -C %s", "  rejected records and why: suwen rejects -C %s", cli->workspace);
  say_warnings(cli, v, run, lines);
}

sw_status sw_cli_say_delivered(const sw_cli *cli, sw_ledger *l, const char *run, size_t lines, sw_error *err) {
  arrivals v = {.cli = cli};
  sw_status s = gather(&v, l, run, err);
  if (s == SW_OK) say_arrivals(cli, &v, run, lines);
  arrivals_fini(&v);
  return s;
}

/* --- the row ledger by operator ------------------------------------------------------------------------ */

static const sw_listing_column COLUMNS[] = {
    {"operator", {"算子", "operator"}, SW_CELL_TEXT}, {"steps", {"步骤", "steps"}, SW_CELL_INT},
    {"tables", {"表", "tables"}, SW_CELL_INT},
    {"in", {"入", "in"}, SW_CELL_INT},                {"expanded", {"展开", "expanded"}, SW_CELL_INT},
    {"out", {"出", "out"}, SW_CELL_INT},              {"rejected", {"拒收", "rejected"}, SW_CELL_INT},
    {"filtered", {"过滤", "filtered"}, SW_CELL_INT},  {"merged", {"合并", "merged"}, SW_CELL_INT},
    {"unbalanced", {"不平", "unbalanced"}, SW_CELL_INT}, {"seconds", {"用时", "took"}, SW_CELL_SECONDS},
    {"not_done", {"未完成", "not done"}, SW_CELL_INT},
};

typedef struct op_sum {
  char *op;
  sw_row_count sum;
  int64_t steps, tables, unbalanced, not_done;
  double seconds;
} op_sum;

typedef struct totals {
  sw_arena arena;
  sw_map steps; /* step → place of its operator in `list` */
  SW_VEC(op_sum) list;
  int64_t lines, unbalanced;
} totals;

static sw_status add_step(void *ctx, const sw_run_step *r, sw_error *err) {
  totals *v = ctx;
  size_t i = 0;
  while (i < v->list.len && strcmp(v->list.items[i].op, r->op) != 0) i++;
  if (i == v->list.len) {
    op_sum one = {.op = sw_arena_dupz(&v->arena, sw_str_of(r->op))};
    if (!one.op || !SW_VEC_PUSH(&v->list, one)) return nomem(err);
  }
  v->list.items[i].steps++;
  v->list.items[i].seconds += r->seconds;
  v->list.items[i].not_done += r->state != SW_STEP_DONE;
  return sw_map_put(&v->steps, sw_str_of(r->step), i) ? SW_OK : nomem(err);
}

static sw_status add_rows(void *ctx, const sw_row_count *r, sw_error *err) {
  (void)err;
  totals *v = ctx;
  bool off = r->in + r->expanded != r->out + r->rejected + r->filtered + r->merged;
  v->lines++;
  v->unbalanced += off;
  uint64_t at;
  if (!sw_map_get(&v->steps, sw_str_of(r->step), &at)) return SW_OK;
  op_sum *s = &v->list.items[at];
  s->tables++;
  s->unbalanced += off;
  s->sum.in += r->in;
  s->sum.expanded += r->expanded;
  s->sum.out += r->out;
  s->sum.rejected += r->rejected;
  s->sum.filtered += r->filtered;
  s->sum.merged += r->merged;
  return SW_OK;
}

static sw_status list_totals(sw_cli *cli, const totals *v, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  for (size_t i = 0; i < v->list.len; i++) {
    const op_sum *s = &v->list.items[i];
    sw_listing_strz(&l, s->op);
    const int64_t figures[] = {s->steps, s->tables, s->sum.in, s->sum.expanded, s->sum.out, s->sum.rejected, s->sum.filtered, s->sum.merged, s->unbalanced};
    for (size_t k = 0; k < sizeof figures / sizeof *figures; k++) sw_listing_i64(&l, figures[k]);
    sw_listing_f64(&l, s->seconds);
    sw_listing_i64(&l, s->not_done);
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static const char *state_word(const sw_cli *cli, sw_run_state state) {
  switch (state) {
    case SW_RUN_RUNNING: return sw_cli_t(cli, "运行中", "running");
    case SW_RUN_DONE: return sw_cli_t(cli, "完成", "done");
    case SW_RUN_FAILED: return sw_cli_t(cli, "失败", "failed");
    case SW_RUN_CANCELLED: return sw_cli_t(cli, "已停止", "cancelled");
    case SW_RUN_CRASHED: return sw_cli_t(cli, "中断", "crashed");
  }
  return "";
}

static sw_status say_run(void *ctx, const sw_run *r, sw_error *err) {
  (void)err;
  char secs[32], as_of[SW_TIME_LEN];
  sw_human_seconds(r->ended_us ? (double)(r->ended_us - r->started_us) / 1e6 : 0, secs);
  sw_format_time(r->as_of_us - r->as_of_us % 1000000, as_of);
  sw_cli_say(ctx, "运行 %s（%s，逻辑时间 %s）：%s，用时 %s", "run %s (%s, as of %s): %s, in %s", r->id, r->flow, as_of, state_word(ctx, r->state), secs);
  return SW_OK;
}

sw_status sw_cli_run_summary(sw_cli *cli, sw_ledger *l, const char *run, sw_error *err) {
  enum { NOTES = 6 };
  totals v = {.lines = 0};
  bool table = cli->format == SW_OUT_TABLE;
  sw_status s = sw_step_each(l, run, add_step, &v, err);
  if (s == SW_OK) s = sw_row_count_each(l, run, add_rows, &v, err);
  if (s == SW_OK && table) s = sw_run_get(l, run, say_run, cli, err);
  if (s == SW_OK && table) s = sw_cli_say_delivered(cli, l, run, NOTES, err);
  if (s == SW_OK && table) sw_cli_say(cli, "%s", "%s", "");
  if (s == SW_OK) s = list_totals(cli, &v, err);
  if (s == SW_OK && table)
    sw_cli_say(cli, "\n行账 %lld 行，%lld 行不平；逐表：suwen rows %s -C %s", "\n%lld lines of the row ledger, %lld do not balance; table by table: suwen rows %s -C %s",
               (long long)v.lines, (long long)v.unbalanced, run, cli->workspace);
  if (s == SW_OK && v.unbalanced)
    s = SW_FAIL(err, SW_E_BALANCE, "SW-CLI-0022", "有 %lld 行账不平", "%lld lines of the row ledger do not balance", (long long)v.unbalanced);
  SW_VEC_FREE(&v.list);
  sw_map_fini(&v.steps);
  sw_arena_fini(&v.arena);
  return s;
}
