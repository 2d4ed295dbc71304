/* `export`: a table as a CSV, Parquet or NDJSON file. Written to run/stage, then moved into place whole. */
#include "base/fs.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "operator/operator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef enum file_format { AS_CSV, AS_PARQUET, AS_NDJSON } file_format;

typedef struct options {
  sw_ref table;
  sw_str to;
  int format;
  sw_config_list columns; /* sw_str */
  sw_config_sqltext where;
  sw_config_list order;   /* sw_str */
} options;

static const sw_config_enum FORMATS[] = {
    {"csv", AS_CSV, {"CSV（带 BOM，电子表格可直接打开）", "CSV with a byte order mark, for spreadsheets"}},
    {"parquet", AS_PARQUET, {"Parquet（zstd）", "Parquet (zstd)"}},
    {"ndjson", AS_NDJSON, {"每行一个 JSON", "one JSON object a line"}},
    {0},
};

static const sw_config_key KEYS[] = {
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(options, table), .required = true, .help = {"导出的表", "the table"}},
    {.name = "to", .type = SW_CFG_STR, .offset = offsetof(options, to), .required = true,
     .help = {"目标文件；相对路径在工作区的 exports/ 下；{date} 是逻辑日期", "the file; a relative path lies under exports/ of the workspace; {date} is the logical date"}},
    {.name = "format", .type = SW_CFG_ENUM, .offset = offsetof(options, format), .values = FORMATS, .fallback = "csv", .help = {"格式", "format"}},
    {.name = "columns", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(options, columns),
     .help = {"列（默认全部）", "columns (default: all)"}},
    {.name = "where", .type = SW_CFG_SQL, .sql = SW_CFG_EXPRESSION, .offset = offsetof(options, where), .help = {"行的条件", "which rows"}},
    {.name = "order", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(options, order), .help = {"排序的列", "columns to sort by"}},
};
static const sw_config_map MAP = {
    .name = "export", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"把一张表导出为文件", "writes a table to a file"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  return sw_op_plan_read(scope, out, ((const options *)opt)->table.name, err);
}

static void put_columns(sw_buf *q, const sw_config_list *names) {
  for (size_t i = 0; i < names->n; i++) {
    char *z = sw_str_dupz(*SW_ITEM(sw_str, *names, i));
    if (i) sw_buf_puts(q, ", ");
    sw_sql_put(q, sw_sql_id(z ? z : ""));
    free(z);
  }
}

static void put_where(sw_buf *q, const options *o) {
  if (o->where.text.len) sw_sql_build(q, " WHERE {}", sw_sql_raw(o->where.text));
}

static sw_status target_path(sw_op_env *env, const options *o, char **out, sw_error *err) {
  char date[SW_DATE_LEN];
  sw_format_date((int32_t)(env->as_of_us / SW_US_PER_DAY), date);
  SW_AUTO(sw_buf) path = SW_BUF_INIT;
  for (size_t i = 0; i < o->to.len;) {
    sw_str rest = sw_str_sub(o->to, i, o->to.len);
    if (sw_str_starts(rest, SW_LIT("{date}"))) {
      sw_buf_puts(&path, date);
      i += 6;
    } else sw_buf_putc(&path, o->to.ptr[i++]);
  }
  char *base = sw_workspace_path(env->workspace, env->arena, "exports");
  *out = base && path.len ? sw_fs_join(env->arena, base, path.ptr) : NULL;
  return *out ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static bool write_whole(int fd, const char *p, size_t n) {
  while (n) {
    ssize_t w = write(fd, p, n);
    if (w <= 0) return false;
    p += w;
    n -= (size_t)w;
  }
  return true;
}

/* Across file systems a rename is refused: copy beside the target, then rename there. */
static sw_status copy_durable(const char *from, const char *to, sw_arena *a, sw_error *err) {
  static const size_t CHUNK = 1 << 20;
  char *part = sw_arena_printf(a, "%s.part", to);
  char *buf = malloc(CHUNK);
  if (!part || !buf) {
    free(buf);
    return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  int in = open(from, O_RDONLY | O_CLOEXEC);
  int out = in >= 0 ? open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640) : -1;
  bool ok = out >= 0;
  ssize_t k = 0;
  while (ok && (k = read(in, buf, CHUNK)) > 0) ok = write_whole(out, buf, (size_t)k);
  ok = ok && k == 0 && fsync(out) == 0;
  sw_status s = ok ? SW_OK : SW_FAIL_ERRNO(err, "SW-OP-0010", "无法写入 %s", "cannot write %s", to);
  free(buf);
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  return s == SW_OK ? sw_fs_rename_durable(part, to, err) : s;
}

static sw_status move_into_place(const char *from, char *to, sw_arena *a, sw_error *err) {
  char *slash = strrchr(to, '/');
  if (slash && slash != to) {
    *slash = '\0';
    sw_status s = sw_fs_mkdirs(to, err);
    *slash = '/';
    if (s != SW_OK) return s;
  }
  sw_status s = sw_fs_fsync_path(from, err);
  if (s != SW_OK) return s;
  if (rename(from, to) == 0) {
    if (!slash || slash == to) return sw_fs_fsync_path(slash ? "/" : ".", err);
    *slash = '\0';
    s = sw_fs_fsync_path(to, err);
    *slash = '/';
    return s;
  }
  if (errno != EXDEV) return SW_FAIL_ERRNO(err, "SW-OP-0010", "无法写入 %s", "cannot write %s", to);
  s = copy_durable(from, to, a, err);
  if (s == SW_OK) s = sw_fs_remove(from, err);
  return s;
}

static sw_status write_stage(sw_op_env *env, const options *o, const char *sql, const char *stage, int64_t *rows, sw_error *err) {
  sw_csv_options csv = {.bom = true};
  switch ((file_format)o->format) {
    case AS_CSV: return sw_copy_csv(env->conn, sql, stage, &csv, env->cancel, rows, err);
    case AS_PARQUET: return sw_copy_parquet(env->conn, sql, stage, &(sw_parquet_options){0}, env->cancel, rows, err);
    case AS_NDJSON: return sw_copy_ndjson(env->conn, sql, stage, env->cancel, rows, err);
  }
  return SW_FAIL(err, SW_E_INTERNAL, "SW-OP-0011", "未知的导出格式", "unknown export format");
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  char *table = sw_arena_dupz(env->arena, o->table.name), *to = NULL;
  sw_status s = table ? target_path(env, o, &to, err) : sw_arena_check(env->arena, err);
  if (s != SW_OK || !to) return s;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_buf_puts(&q, "SELECT ");
  if (o->columns.n) put_columns(&q, &o->columns);
  else sw_buf_puts(&q, "*");
  sw_sql_build(&q, " FROM {}", sw_sql_dotted(table));
  put_where(&q, o);
  if (o->order.n) {
    sw_buf_puts(&q, " ORDER BY ");
    put_columns(&q, &o->order);
  }
  char *stage_dir = sw_workspace_path(env->workspace, env->arena, "run/stage");
  char *real = stage_dir ? realpath(stage_dir, NULL) : NULL;
  char *stage = real ? sw_arena_printf(env->arena, "%s/export-%s-%s", real, env->run, env->step) : NULL;
  free(real);
  if (!stage) return SW_FAIL(err, SW_E_IO, "SW-OP-0012", "暂存目录 run/stage 不可用", "the directory run/stage cannot be used");
  s = sw_buf_check(&q, err);
  sw_row_count c = {.table = table};
  if (s == SW_OK) s = write_stage(env, o, q.ptr, stage, &c.out, err);
  sw_file_info info = {0};
  if (s == SW_OK) s = sw_fs_stat(stage, &info, err);
  if (s == SW_OK) s = move_into_place(stage, to, env->arena, err);
  if (s != SW_OK) return SW_FRAME(err, "导出 %s", "exporting %s", table);
  SW_AUTO(sw_buf) n = SW_BUF_INIT;
  sw_sql_build(&n, "SELECT count(*) FROM {}", sw_sql_dotted(table));
  s = sw_query_i64(env->conn, n.ptr, SW_NO_PARAMS, env->cancel, &c.in, NULL, err);
  c.bytes = info.size;
  c.filtered = o->where.text.len ? c.in - c.out : 0;
  sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "已导出 %s（%lld 行）", "wrote %s (%lld rows)", to, (long long)c.out);
  return s == SW_OK ? sw_op_count(env, out, &c, err) : s;
}

const sw_operator SW_OP_EXPORT = {
    .face = {.name = "export", .map = &MAP, .help = {"把一张表导出为 CSV、Parquet 或 NDJSON 文件", "writes a table to a CSV, Parquet or NDJSON file"}},
    .plan = plan,
    .run = run,
};
