/* `standardise`: delivered tables into standard tables, by the mappings of the packs. */
#include "standard/standardise.h"

#include "operator/operator.h"

typedef struct options {
  sw_config_list tables; /* sw_ref */
} options;

static const sw_config_key KEYS[] = {
    {.name = "tables", .type = SW_CFG_TABLE, .shape = SW_CFG_LIST, .refers = "table", .offset = offsetof(options, tables), .required = true,
     .help = {"要生成的标准表；所有写入这些表的映射都会用到", "the standard tables to make, by all mappings that lead into them"}},
};
static const sw_config_map MAP = {
    .name = "standardise", .size = sizeof(options), .keys = KEYS, .nkeys = 1,
    .help = {"按映射把原始表变成标准表：数据元、值域、单位、日期、金额、版本", "turns delivered tables into standard tables by mappings: elements, codes, units, dates, amounts, versions"}};

static sw_status plan_mapping(const sw_op_scope *scope, const sw_mapping_def *m, sw_op_plan *out, sw_error *err) {
  sw_status s = sw_op_plan_read(scope, out, m->from.name, err);
  for (size_t i = 0; s == SW_OK && i < m->lookups.n; i++) s = sw_op_plan_read(scope, out, SW_VALUE(sw_lookup_def, m->lookups, i)->table.name, err);
  return s;
}

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < o->tables.n; i++) {
    sw_str table = SW_ITEM(sw_ref, o->tables, i)->name;
    s = sw_op_plan_write(scope, out, table, err);
    for (size_t k = 0; s == SW_OK; k++) {
      const sw_pack_object *m = sw_pack_at(scope->packs, "mapping", k);
      if (!m) break;
      if (sw_str_eq(((const sw_mapping_def *)m->data)->into.name, table)) s = plan_mapping(scope, m->data, out, err);
    }
  }
  return s;
}

static sw_status make(sw_op_env *env, const char *table, const char *physical, sw_op_result *out, sw_error *err) {
  const sw_table_def *t = sw_pack_table(env->packs, sw_str_of(table));
  sw_standardise_options so = {.physical = physical, .cancel = env->cancel, .events = env->events};
  sw_standardise_counts n;
  int64_t started = sw_mono_us();
  sw_status s = sw_standardise(env->conn, env->packs, t, &so, &n, err);
  if (s != SW_OK) return SW_FRAME(err, "标准化 %s", "standardising %s", table);
  sw_row_count c = {.table = table, .in = n.in, .expanded = n.expanded, .out = n.out, .rejected = n.rejected, .filtered = n.filtered,
                    .merged = n.merged, .seconds = (double)(sw_mono_us() - started) / 1e6};
  s = sw_op_count(env, out, &c, err);
  return s == SW_OK ? sw_op_publish(env, out, table, physical, err) : s;
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  sw_standardise_lists *lists = SW_ARENA_ARRAY(env->arena, sw_standardise_lists, o->tables.n + 1);
  if (!lists) return sw_arena_check(env->arena, err);
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < o->tables.n; i++) {
    char *table = sw_arena_dupz(env->arena, SW_ITEM(sw_ref, o->tables, i)->name);
    char *physical = table ? sw_op_physical(env, table) : NULL;
    if (!physical) return sw_arena_check(env->arena, err);
    lists[i] = (sw_standardise_lists){.table = table, .physical = physical, .next = i + 1 < o->tables.n ? &lists[i + 1] : NULL};
    s = make(env, table, physical, out, err);
    sw_emit_progress(env->events, env->step, (int64_t)i + 1, (int64_t)o->tables.n, "tables");
  }
  out->also = o->tables.n ? sw_standardise_publish : NULL;
  out->also_ctx = lists;
  return s;
}

const sw_operator SW_OP_STANDARDISE = {
    .face = {.name = "standardise", .map = &MAP, .help = {"按映射生成标准表", "makes standard tables by mappings"}},
    .plan = plan,
    .run = run,
};
