#include "intake/land.h"

#include "base/fs.h"
#include "base/map.h"
#include "base/pool.h"
#include "engine/sink.h"
#include "intake/unique.h"

#include <stdlib.h>

typedef struct part {
  char *tmp, *final, *relative, *spool_path;
  sw_reject_spool *spool;
  sw_typer_counts counts;
  char *totals;
  int64_t begin;             /* offset of its first record, for progress */
} part;

typedef struct landing {
  const sw_intake_context *x;
  const sw_land_job *job;
  sw_arena *arena;
  char *dir, *tmp_dir;       /* absolute or relative as the workspace is */
  part *parts;
  sw_source_column *columns;
  size_t ncolumns;
  atomic_llong *done;        /* per part: bytes or records */
} landing;

static bool safe_name(const char *s) {
  size_t n = strlen(s);
  if (!n || n > 120 || s[0] == '.') return false;
  for (size_t i = 0; i < n; i++)
    if (s[i] == '/' || s[i] == '\\' || (unsigned char)s[i] < 0x20 || s[i] == '\'' || s[i] == '*' || s[i] == '?' || s[i] == '[') return false;
  return true;
}

static sw_status name_part(landing *l, size_t i, const char *suffix, part *p, sw_error *err) {
  const sw_land_job *j = l->job;
  const char *name = suffix ? sw_arena_printf(l->arena, "%lld-%.8s-%s.parquet", (long long)j->batch_no, j->signature, suffix)
                            : sw_arena_printf(l->arena, "%lld-%.8s-%zu.parquet", (long long)j->batch_no, j->signature, i);
  if (!name) return sw_arena_check(l->arena, err);
  p->relative = sw_arena_printf(l->arena, "landing/%s/%s/%s", j->source, j->table->name, name);
  p->final = sw_fs_join(l->arena, l->dir, name);
  p->tmp = sw_arena_printf(l->arena, "%s/%s-%s-%s", l->tmp_dir, j->source, j->table->name, name);
  p->spool_path = sw_arena_printf(l->arena, "%s/%s-%s-%s.rejects", l->tmp_dir, j->source, j->table->name, name);
  return sw_arena_check(l->arena, err);
}

static sw_status prepare(landing *l, sw_error *err) {
  const sw_land_job *j = l->job;
  if (!safe_name(j->source) || !safe_name(j->table->name))
    return SW_FAIL(err, SW_E_USAGE, "SW-INTAKE-0040", "来源或表的名称不能用作目录名", "the source's or the table's name cannot be a directory's name");
  l->dir = sw_arena_printf(l->arena, "%s/landing/%s/%s", l->x->workspace, j->source, j->table->name);
  l->tmp_dir = sw_arena_printf(l->arena, "%s/landing/.tmp", l->x->workspace);
  l->parts = SW_ARENA_ARRAY(l->arena, part, j->nparts + 1);
  l->done = SW_ARENA_ARRAY(l->arena, atomic_llong, j->nparts + 1);
  sw_status s = sw_arena_check(l->arena, err);
  if (!s) s = sw_fs_mkdirs(l->dir, err);
  if (!s) s = sw_fs_mkdirs(l->tmp_dir, err);
  for (size_t i = 0; !s && i < j->nparts; i++) s = name_part(l, i, NULL, &l->parts[i], err);
  if (!s) s = name_part(l, 0, "rejects", &l->parts[j->nparts], err);
  if (!s) s = sw_typer_columns(j->table, l->arena, &l->columns, &l->ncolumns, err);
  return s;
}

typedef struct part_progress {
  landing *l;
  size_t i;
  int64_t first;
} part_progress;

static void report(void *ctx, int64_t offset, int64_t records) {
  part_progress *p = ctx;
  landing *l = p->l;
  if (p->first < 0) p->first = offset;
  bool bytes = l->job->total > 0;
  atomic_store_explicit(&l->done[p->i], bytes ? (offset > p->first ? offset - p->first : 0) : records, memory_order_relaxed);
  long long sum = 0;
  for (size_t k = 0; k < l->job->nparts; k++) sum += atomic_load_explicit(&l->done[k], memory_order_relaxed);
  sw_emit_progress(l->x->events, l->job->file, sum, l->job->total, bytes ? "bytes" : "rows");
}

/* A row group is built in memory: wide tables and long records get fewer rows, so that two parts at a time stay far below the
 * limit. It follows from declaration and sample alone, so that parts are the same everywhere. */
static int64_t row_group_rows(const sw_land_job *j) {
  enum { USUAL = 122880, STEP = 2048, GROUP_BYTES = 96 << 20, CELL_BYTES = 16 };
  size_t row = j->record_bytes > j->table->ncolumns * CELL_BYTES ? j->record_bytes : j->table->ncolumns * CELL_BYTES;
  int64_t rows = (int64_t)(GROUP_BYTES / (row ? row : 1)) / STEP * STEP;
  return rows > USUAL ? USUAL : rows < STEP ? STEP : rows;
}

static sw_status copy_part(landing *l, part *p, sw_conn *conn, sw_typer *t, const sw_cancel *cancel, sw_error *err) {
  char name[SW_UNIQUE_LEN], sql[SW_UNIQUE_LEN + 32];
  sw_unique_name("part", name);
  snprintf(sql, sizeof sql, "SELECT * FROM sw_source('%s')", name);
  sw_source src = {.name = name, .columns = l->columns, .ncolumns = l->ncolumns, .ctx = t, .next = sw_typer_next};
  sw_parquet_options o = {.level = l->x->zstd_level ? l->x->zstd_level : 1, .row_group_rows = row_group_rows(l->job)};
  int64_t rows = 0;
  sw_status s = sw_source_register(conn, &src, err);
  if (!s) s = sw_copy_parquet(conn, sql, p->tmp, &o, cancel, &rows, err);
  sw_error ignored = SW_ERROR_INIT;
  if (sw_source_drop(conn, name, &ignored)) sw_error_clear(&ignored);
  if (s) return s;
  p->counts = sw_typer_result(t);
  if (rows != p->counts.rows)
    return SW_FAIL(err, SW_E_BALANCE, "SW-INTAKE-0041", "落地写入 %lld 行，读出 %lld 行，不相等", "%lld rows were landed but %lld were read",
                   (long long)rows, (long long)p->counts.rows);
  sw_str totals = sw_typer_totals(t);
  p->totals = totals.len ? sw_str_dupz(totals) : NULL;
  return SW_OK;
}

static sw_status land_part(void *ctx, size_t i, const sw_cancel *cancel, sw_error *err) {
  landing *l = ctx;
  const sw_land_job *j = l->job;
  part *p = &l->parts[i];
  part_progress progress = {l, i, -1};
  sw_conn *conn = NULL;
  sw_typer *t = NULL;
  sw_reader reader = {0};
  sw_status s = sw_reject_spool_new(p->spool_path, &p->spool, err);
  if (!s) s = sw_conn_open(l->x->engine, &conn, err);
  if (!s) s = j->open_part(j->ctx, i, &reader, err);
  if (!s) {
    sw_typer_options o = {.table = j->table,
                          .mapping = j->mapping,
                          .reader = reader,
                          .batch_no = j->batch_no,
                          .org = j->org,
                          .spool = p->spool,
                          .limit = j->limit,
                          .places = j->places,
                          .progress = report,
                          .progress_ctx = &progress};
    s = sw_typer_new(&o, &t, err);
  }
  if (!s) s = copy_part(l, p, conn, t, cancel, err);
  sw_conn_close(conn); /* before the typer: the engine may still hold the source */
  sw_typer_free(t);
  return s;
}

static void add_counts(sw_typer_counts *sum, const sw_typer_counts *c) {
  sum->records += c->records;
  sum->rows += c->rows;
  sum->rejects += c->rejects;
  sum->blanks += c->blanks;
  sum->headers += c->headers;
  sum->totals += c->totals;
  sum->deleted += c->deleted;
  if (!sum->first_record) sum->first_record = c->first_record;
  if (c->last_record) sum->last_record = c->last_record;
}

static sw_status write_rejects(landing *l, sw_error *err) {
  const sw_land_job *j = l->job;
  sw_reject_spool **spools = SW_ARENA_ARRAY(l->arena, sw_reject_spool *, j->nparts + 1);
  if (!spools) return sw_arena_check(l->arena, err);
  for (size_t i = 0; i < j->nparts; i++) spools[i] = l->parts[i].spool;
  sw_reject_context x = {j->table, j->encoding};
  sw_conn *conn = NULL;
  part *p = &l->parts[j->nparts];
  sw_status s = sw_conn_open(l->x->engine, &conn, err);
  if (!s) s = sw_rejects_write(conn, spools, j->nparts, &x, p->tmp, l->x->cancel, &p->counts.rows, err);
  sw_conn_close(conn);
  return s;
}

static sw_status publish_part(landing *l, const part *p, bool rejects, sw_land_result *out, sw_error *err) {
  sw_file_info info;
  if (!p->counts.rows) return sw_fs_remove(p->tmp, err);
  sw_status s = sw_fs_stat(p->tmp, &info, err);
  if (!s && rename(p->tmp, p->final) != 0)
    s = SW_FAIL_ERRNO(err, "SW-INTAKE-0042", "无法将落地文件移到 %s", "cannot move the landed file to %s", p->final);
  if (s) return s;
  out->parts[out->nparts++] = (sw_part){.path = p->relative,
                                        .rows = p->counts.rows,
                                        .bytes = info.size,
                                        .first_record = p->counts.first_record,
                                        .last_record = p->counts.last_record,
                                        .rejects = rejects};
  out->bytes += info.size;
  (void)l;
  return SW_OK;
}

static sw_status publish(landing *l, sw_land_result *out, sw_error *err) {
  const sw_land_job *j = l->job;
  SW_AUTO(sw_buf) totals = SW_BUF_INIT;
  out->parts = SW_ARENA_ARRAY(l->arena, sw_part, j->nparts + 1);
  sw_status s = sw_arena_check(l->arena, err);
  for (size_t i = 0; !s && i < j->nparts; i++) {
    add_counts(&out->counts, &l->parts[i].counts);
    if (l->parts[i].totals) sw_buf_printf(&totals, "%s%s", totals.len ? "," : "", l->parts[i].totals);
    s = publish_part(l, &l->parts[i], false, out, err);
  }
  if (!s) s = publish_part(l, &l->parts[j->nparts], true, out, err);
  if (!s) s = sw_fs_fsync_path(l->dir, err);
  out->totals = sw_arena_dup(l->arena, sw_buf_str(&totals));
  return s ? s : sw_arena_check(l->arena, err);
}

/* After a failure nothing of the batch stays: neither temporary files nor parts already renamed. */
static void remove_all(landing *l) {
  for (size_t i = 0; l->parts && i <= l->job->nparts; i++) {
    if (l->parts[i].tmp) remove(l->parts[i].tmp);
    if (l->parts[i].final) remove(l->parts[i].final);
  }
}

sw_status sw_land(const sw_intake_context *x, const sw_land_job *job, sw_arena *a, sw_land_result *out, sw_error *err) {
  landing l = {.x = x, .job = job, .arena = a};
  *out = (sw_land_result){0};
  sw_status s = prepare(&l, err);
  if (!s) s = sw_pool_run(x->threads, job->nparts, land_part, &l, x->cancel, err);
  int64_t rejects = 0;
  for (size_t i = 0; !s && i < job->nparts; i++) rejects += l.parts[i].counts.rejects;
  if (!s && rejects) s = write_rejects(&l, err);
  if (!s) s = publish(&l, out, err);
  if (s) remove_all(&l);
  for (size_t i = 0; l.parts && i < job->nparts; i++) {
    sw_reject_spool_free(l.parts[i].spool);
    free(l.parts[i].totals);
  }
  return s;
}

/* --- cleaning --------------------------------------------------------------------------------- */

static sw_status know_part(void *ctx, const sw_batch *b, const sw_part *p, sw_error *err) {
  (void)b;
  sw_map *known = ctx;
  return sw_map_put(known, sw_str_of(p->path), 1) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

sw_status sw_landing_clean(const char *workspace, sw_ledger *ledger, int64_t *removed, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  sw_map known = SW_MAP_INIT;
  char **paths = NULL;
  size_t n = 0;
  *removed = 0;
  char *dir = sw_fs_join(&a, workspace, "landing");
  char *tmp = dir ? sw_fs_join(&a, dir, ".tmp") : NULL;
  sw_status s = sw_arena_check(&a, err);
  if (!s && tmp && sw_fs_exists(tmp)) s = sw_fs_remove_tree(tmp, err);
  if (!s) s = sw_part_each(ledger, &(sw_batch_query){0}, know_part, &known, err);
  if (!s && dir && sw_fs_exists(dir)) s = sw_fs_list(dir, "*.parquet", &a, &paths, &n, err);
  for (size_t i = 0; !s && i < n; i++) {
    const char *relative = paths[i] + strlen(workspace);
    while (*relative == '/') relative++;
    if (sw_map_has(&known, sw_str_of(relative))) continue;
    s = sw_fs_remove(paths[i], err);
    ++*removed;
  }
  sw_map_fini(&known);
  sw_arena_fini(&a);
  return s;
}
