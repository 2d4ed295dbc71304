/* `check`: every quality rule of the tables named, with counts and failing rows stored; it may stop the flow. */
#include "quality/check.h"
#include "quality/history.h"

#include "operator/operator.h"

typedef struct options {
  sw_config_list tables; /* sw_ref */
  sw_config_list rules;  /* sw_str: ids; empty: all */
  bool blocking;
  double tolerance;
} options;

static const sw_config_key KEYS[] = {
    {.name = "tables", .type = SW_CFG_TABLE, .shape = SW_CFG_LIST, .refers = "table", .offset = offsetof(options, tables), .required = true,
     .help = {"检查哪些表", "the tables to check"}},
    {.name = "rules", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(options, rules), .help = {"只用这些规则（默认全部）", "only these rules (all of them by default)"}},
    {.name = "blocking", .type = SW_CFG_BOOL, .offset = offsetof(options, blocking), .fallback = "false",
     .help = {"强制规则失败时停止流程；结果仍会保存", "a failed mandatory rule stops the flow; the results are stored all the same"}},
    {.name = "tolerance", .type = SW_CFG_NUM, .offset = offsetof(options, tolerance), .fallback = "0", .min = 0, .max = 1,
     .help = {"blocking 时容许的强制规则失败比例（失败数 ÷ 检查数）", "for blocking: share of mandatory evaluations that may fail"}},
};
static const sw_config_map MAP = {
    .name = "check", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"质控：一遍扫描检查全部规则，保存每一条失败的行", "checks all rules in one pass and keeps every failing row"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < o->tables.n; i++) {
    sw_str name = SW_ITEM(sw_ref, o->tables, i)->name;
    const sw_table_def *t = sw_pack_table(scope->packs, name);
    s = sw_op_plan_read(scope, out, name, err);
    for (size_t k = 0; s == SW_OK && t && k < t->children.n; k++)
      s = sw_op_plan_read(scope, out, SW_VALUE(sw_child_def, t->children, k)->table.name, err);
  }
  return s;
}

typedef struct checks {
  sw_check **items;
  size_t n;
  const sw_op_env *env;
  const char *history; /* directory */
} checks;

static sw_status store(sw_conn *c, void *ctx, sw_error *err) {
  checks *all = ctx;
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < all->n; i++) s = sw_quality_store(c, all->items[i], err);
  if (s == SW_OK) s = sw_history_write(c, all->history, SW_HISTORY_METRIC, all->env->run, all->env->cancel, err);
  if (s == SW_OK) s = sw_history_write(c, all->history, SW_HISTORY_SCORE, all->env->run, all->env->cancel, err);
  return s;
}

static sw_status count(sw_op_env *env, sw_op_result *out, const char *table, const sw_check_outcome *r, sw_error *err) {
  sw_row_count c = {.table = table, .in = r->rows, .out = r->rows, .seconds = (double)r->elapsed_us / 1e6};
  sw_emit_text(env->events, SW_EVENT_MESSAGE, table, "%s：%lld 行，强制失败 %lld，核实 %lld，损坏 %lld 条规则，从未适用 %lld 条",
               "%s: %lld rows, %lld mandatory failures, %lld to verify, %lld rules broken, %lld never applied", table, (long long)r->rows,
               (long long)r->mandatory_failed, (long long)r->verify_failed, (long long)r->broken, (long long)r->never);
  return sw_op_count(env, out, &c, err);
}

static sw_status check_one(sw_op_env *env, const options *o, const char *table, sw_check **out, sw_error *err) {
  const char **only = o->rules.n ? SW_ARENA_ARRAY(env->arena, const char *, o->rules.n) : NULL;
  for (size_t i = 0; only && i < o->rules.n; i++) only[i] = sw_arena_dupz(env->arena, *SW_ITEM(sw_str, o->rules, i));
  sw_check_table t = {.packs = env->packs, .table = table, .only = only, .nonly = o->rules.n};
  t.base = (sw_check_options){.run = env->run, .as_of_us = env->as_of_us, .family = o->tables.n, .cancel = env->cancel, .events = env->events,
                              .temp_dir = sw_workspace_path(env->workspace, env->arena, "run/tmp")};
  return sw_quality_run_table(env->conn, &t, out, err);
}

/* Too many mandatory failures: the results are stored now, since a failed step publishes nothing. */
static sw_status block(sw_op_env *env, const options *o, checks *all, sw_error *err) {
  int64_t failed = 0, checked = 0;
  for (size_t i = 0; i < all->n; i++) {
    const sw_check_outcome *r = sw_check_result(all->items[i]);
    failed += r->mandatory_failed;
    for (size_t k = 0; k < r->nrules; k++) checked += r->rules[k].rule->kind == SW_RULE_MANDATORY ? r->rules[k].checked : 0;
  }
  if (!o->blocking || (double)failed <= o->tolerance * (double)checked) return SW_OK;
  sw_status s = sw_transaction(env->conn, store, all, err);
  if (s != SW_OK) return s;
  return SW_FAIL(err, SW_E_DATA, "SW-OP-0040", "强制规则失败 %lld 次，超过容许；明细见 suwen failures", "mandatory rules failed %lld times, more than allowed; see suwen failures",
                 (long long)failed);
}

/* The checks live until the publishing transaction has stored them. */
static sw_status publish(sw_conn *c, void *ctx, sw_error *err) {
  checks *all = ctx;
  sw_status s = store(c, all, err);
  if (s != SW_OK) return s;
  for (size_t i = 0; i < all->n; i++) sw_check_free(all->items[i]);
  all->n = 0;
  return s;
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  checks *all = SW_ARENA_NEW(env->arena, checks);
  if (all) all->items = SW_ARENA_ARRAY(env->arena, sw_check *, o->tables.n + 1);
  if (all) all->env = env, all->history = sw_workspace_path(env->workspace, env->arena, "history");
  if (!all || !all->items || !all->history) return sw_arena_check(env->arena, err);
  sw_status s = sw_quality_prepare(env->conn, err);
  for (size_t i = 0; s == SW_OK && i < o->tables.n; i++) {
    char *table = sw_arena_dupz(env->arena, SW_ITEM(sw_ref, o->tables, i)->name);
    if (!table) s = sw_arena_check(env->arena, err);
    if (s == SW_OK) s = check_one(env, o, table, &all->items[i], err);
    if (s != SW_OK) break;
    all->n++;
    s = count(env, out, table, sw_check_result(all->items[i]), err);
    sw_emit_progress(env->events, env->step, (int64_t)i + 1, (int64_t)o->tables.n, "tables");
  }
  if (s == SW_OK) s = block(env, o, all, err);
  if (s != SW_OK) {
    for (size_t i = 0; i < all->n; i++) sw_check_free(all->items[i]);
    return s;
  }
  out->also = publish;
  out->also_ctx = all;
  return SW_OK;
}

const sw_operator SW_OP_CHECK = {
    .face = {.name = "check", .map = &MAP, .help = {"质控检查", "checks data quality"}},
    .plan = plan,
    .run = run,
};
