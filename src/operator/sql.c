/* `sql`: one SELECT into one table, with a declared relation to its driving input that the counts must prove. */
#include "engine/sql.h"
#include "engine/subset.h"
#include "operator/operator.h"

typedef enum relation { ONE_TO_ONE, FILTER, EXPAND, AGGREGATE } relation;

typedef struct options {
  sw_ref into, from;
  int rows; /* relation */
  sw_config_sqltext select, where;
} options;

static const sw_config_enum RELATIONS[] = {
    {"one-to-one", ONE_TO_ONE, {"每个输入行恰好一个输出行", "one output row for each input row"}},
    {"filter", FILTER, {"输出行是输入行的子集", "the output rows are a subset of the input rows"}},
    {"expand", EXPAND, {"一个输入行可以变成零到多行", "an input row may become any number of rows"}},
    {"aggregate", AGGREGATE, {"多行合成一行，输出须带 _rows", "many rows become one; the output carries _rows"}},
    {0},
};

static const sw_config_key KEYS[] = {
    {.name = "into", .type = SW_CFG_TABLE, .offset = offsetof(options, into), .required = true,
     .help = {"写入的表", "the table it makes"}},
    {.name = "from", .type = SW_CFG_TABLE, .offset = offsetof(options, from), .required = true,
     .help = {"驱动表：行账以它为准", "the driving input, against which rows are accounted for"}},
    {.name = "rows", .type = SW_CFG_ENUM, .offset = offsetof(options, rows), .values = RELATIONS, .required = true,
     .help = {"输出行与驱动表行的关系", "how the output rows relate to those of the driving input"}},
    {.name = "select", .type = SW_CFG_SQL, .sql = SW_CFG_SELECT, .offset = offsetof(options, select), .required = true,
     .help = {"一条 SELECT（DuckDB 与 Spark 共有的写法）", "one SELECT in the SQL that DuckDB and Spark share"}},
    {.name = "where", .type = SW_CFG_SQL, .sql = SW_CFG_EXPRESSION, .offset = offsetof(options, where),
     .help = {"aggregate 时：参与汇总的驱动表行的条件；不写则全部参与", "for aggregate: which driving rows take part; all of them without it"}},
};
static const sw_config_map MAP = {
    .name = "sql", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"用一条 SELECT 建一张表，并证明行数", "makes a table by one SELECT and proves its row counts"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  sw_sql_info info;
  sw_status s = sw_sql_check(scope->conn, o->select.text, scope->arena, &info, err);
  if (s != SW_OK) {
    sw_place at = sw_node_place_at(o->select.node, err->line, err->column);
    return sw_error_at(err, at.file, at.line, at.column);
  }
  for (size_t i = 0; s == SW_OK && i < info.ntables; i++) {
    char *name = sw_arena_printf(scope->arena, "%s%s%s", info.tables[i].schema, info.tables[i].schema[0] ? "." : "", info.tables[i].name);
    s = name ? sw_op_plan_read(scope, out, sw_str_of(name), err) : sw_arena_check(scope->arena, err);
  }
  if (s == SW_OK) s = sw_op_plan_read(scope, out, o->from.name, err);
  return s == SW_OK ? sw_op_plan_write(scope, out, o->into.name, err) : s;
}

/* What identifies a driving row: _row (and _part), else the declared key. */
typedef struct identity {
  const char *columns[16];
  size_t n;
} identity;

static bool has_column(const sw_column_info *cols, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(cols[i].name, name) == 0) return true;
  return false;
}

static sw_status describe_dotted(sw_op_env *env, const char *table, sw_column_info **cols, size_t *n, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT * FROM {}", sw_sql_dotted(table));
  return sw_describe(env->conn, q.ptr, env->arena, cols, n, err);
}

static sw_status find_identity(sw_op_env *env, const char *from, identity *id, sw_error *err) {
  sw_column_info *cols;
  size_t n;
  sw_status s = describe_dotted(env, from, &cols, &n, err);
  if (s != SW_OK) return s;
  if (has_column(cols, n, "_row")) {
    id->columns[id->n++] = "_row";
    if (has_column(cols, n, "_part")) id->columns[id->n++] = "_part";
    return SW_OK;
  }
  const sw_table_def *t = sw_pack_table(env->packs, sw_str_of(from));
  for (size_t i = 0; t && i < t->key.n && id->n < 16; i++)
    id->columns[id->n++] = sw_arena_dupz(env->arena, SW_ITEM(sw_ref, t->key, i)->name);
  if (id->n) return SW_OK;
  return SW_FAIL(err, SW_E_CONFIG, "SW-OP-0001", "驱动表 %s 既没有 _row 也没有声明主键，无法核对行账",
                 "the driving input %s has neither _row nor a declared key: its rows cannot be accounted for", from);
}

static sw_status count_of(sw_op_env *env, sw_buf *q, int64_t *out, sw_error *err) {
  sw_status s = sw_buf_check(q, err);
  if (s == SW_OK) s = sw_query_i64(env->conn, q->ptr, SW_NO_PARAMS, env->cancel, out, NULL, err);
  sw_buf_clear(q);
  return s;
}

static sw_status count_rows(sw_op_env *env, const char *table, int64_t *out, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT count(*) FROM {}", sw_sql_dotted(table));
  return count_of(env, &q, out, err);
}

static const char *relation_name(int r) { return RELATIONS[r].name; }

/* Distinct driving rows among the output, and that the output holds no others. */
static sw_status match_input(sw_op_env *env, const options *o, const char *physical, const char *from, int64_t *distinct, sw_error *err) {
  identity id = {.n = 0};
  sw_status s = find_identity(env, from, &id, err);
  if (s != SW_OK) return s;
  sw_column_info *cols;
  size_t n;
  char *store = sw_arena_printf(env->arena, "store.%s", physical);
  if (!store) return sw_arena_check(env->arena, err);
  s = describe_dotted(env, store, &cols, &n, err);
  for (size_t i = 0; s == SW_OK && i < id.n; i++)
    if (!has_column(cols, n, id.columns[i]))
      s = SW_FAIL(err, SW_E_CONFIG, "SW-OP-0002", "声明为 %s 的步骤必须输出驱动表 %s 的 %s 列，才能核对行账",
                  "a step declared %s must output, of its driving input %s, the column %s, so that rows can be accounted for",
                  relation_name(o->rows), from, id.columns[i]);
  if (s != SW_OK) return s;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT count(*) FROM (SELECT DISTINCT {} FROM {})", sw_sql_ids(id.columns, id.n), sw_sql_dotted(store));
  s = count_of(env, &q, distinct, err);
  int64_t strangers = 0;
  sw_sql_build(&q, "SELECT count(*) FROM {} ANTI JOIN {} USING ({})", sw_sql_dotted(store), sw_sql_dotted(from), sw_sql_ids(id.columns, id.n));
  if (s == SW_OK) s = count_of(env, &q, &strangers, err);
  if (s == SW_OK && strangers)
    s = SW_FAIL(err, SW_E_BALANCE, "SW-OP-0003", "%s 有 %lld 行不来自驱动表 %s", "%s has %lld rows that do not come from its driving input %s",
                store, (long long)strangers, from);
  return s;
}

static sw_status prove_rows(sw_op_env *env, const options *o, const char *physical, sw_row_count *c, const char *from, sw_error *err) {
  int64_t distinct = 0;
  sw_status s = match_input(env, o, physical, from, &distinct, err);
  if (s != SW_OK) return s;
  if (o->rows != EXPAND && distinct != c->out)
    return SW_FAIL(err, SW_E_BALANCE, "SW-OP-0004", "声明为 %s，但输出 %lld 行只对应 %lld 个输入行：连接把行变多了",
                   "declared %s, but the %lld output rows stand for %lld input rows: a join multiplied rows", relation_name(o->rows),
                   (long long)c->out, (long long)distinct);
  if (o->rows == ONE_TO_ONE && distinct != c->in)
    return SW_FAIL(err, SW_E_BALANCE, "SW-OP-0005", "声明为 one-to-one，但 %lld 个输入行没有输出", "declared one-to-one, but %lld input rows have no output",
                   (long long)(c->in - distinct));
  c->filtered = c->in - distinct;
  c->expanded = c->out - distinct;
  return SW_OK;
}

static sw_status prove_aggregate(sw_op_env *env, const options *o, const char *physical, sw_row_count *c, const char *from, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  int64_t summed = 0, taking_part = c->in;
  sw_sql_build(&q, "SELECT coalesce(sum({})::BIGINT, 0) FROM {}", sw_sql_id("_rows"), sw_sql_table("store", physical));
  sw_status s = count_of(env, &q, &summed, err);
  if (s != SW_OK) return SW_FRAME(err, "核对汇总步骤的 _rows", "checking the _rows of an aggregate");
  if (o->where.text.len) {
    sw_sql_build(&q, "SELECT count(*) FROM {} WHERE {}", sw_sql_dotted(from), sw_sql_raw(o->where.text));
    s = count_of(env, &q, &taking_part, err);
  }
  if (s == SW_OK && summed != taking_part)
    s = SW_FAIL(err, SW_E_BALANCE, "SW-OP-0006", "汇总的 _rows 合计 %lld，驱动表 %s 应有 %lld 行参与，相差 %lld",
                "the aggregate's _rows sum to %lld, but of %s %lld rows take part: off by %lld", (long long)summed, from,
                (long long)taking_part, (long long)(summed - taking_part));
  c->filtered = c->in - taking_part;
  c->merged = taking_part - c->out;
  return s;
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  char *into = sw_arena_dupz(env->arena, o->into.name), *from = sw_arena_dupz(env->arena, o->from.name);
  char *physical = into ? sw_op_physical(env, into) : NULL;
  if (!from || !physical) return sw_arena_check(env->arena, err);
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "CREATE OR REPLACE TABLE {} AS {}", sw_sql_table("store", physical), sw_sql_raw(o->select.text));
  sw_status s = sw_buf_check(&q, err);
  if (s == SW_OK) s = sw_exec(env->conn, q.ptr, env->cancel, err);
  if (s != SW_OK) {
    sw_place at = o->select.node ? o->select.node->at : (sw_place){0};
    return sw_error_at(err, at.file, at.line, at.column);
  }
  sw_row_count c = {.table = into};
  char *store = sw_arena_printf(env->arena, "store.%s", physical);
  s = count_rows(env, from, &c.in, err);
  if (s == SW_OK) s = count_rows(env, store, &c.out, err);
  if (s == SW_OK) s = o->rows == AGGREGATE ? prove_aggregate(env, o, physical, &c, from, err) : prove_rows(env, o, physical, &c, from, err);
  if (s == SW_OK) s = sw_op_count(env, out, &c, err);
  return s == SW_OK ? sw_op_publish(env, out, into, physical, err) : s;
}

const sw_operator SW_OP_SQL = {
    .face = {.name = "sql", .map = &MAP, .help = {"用一条 SELECT 建一张表", "makes a table by one SELECT"}},
    .plan = plan,
    .run = run,
};
