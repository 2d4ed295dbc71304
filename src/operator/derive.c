/* `derive`: a DIP catalogue from the region's own stays, into a directory that `group` reads, and as a table. */
#include "coding/derive_run.h"
#include "operator/coding.h"

typedef struct options {
  sw_str catalogue, complications;
  sw_ref into, diagnosis, procedure;
  int64_t core_cases;
  double trim_low, trim_high;
} options;

static const sw_config_key KEYS[] = {
    {.name = "catalogue", .type = SW_CFG_STR, .offset = offsetof(options, catalogue), .required = true,
     .help = {"写入的目录（相对工作区，如 run/derived/dip），供 group 步骤使用", "directory to write, relative to the workspace (run/derived/dip); a group step reads it"}},
    {.name = "into", .type = SW_CFG_TABLE, .offset = offsetof(options, into), .required = true, .help = {"写入的表：病种、例数、均费、CV、分值", "the table it makes: groups with cases, mean cost, CV, points"}},
    {.name = "diagnosis", .type = SW_CFG_TABLE, .offset = offsetof(options, diagnosis), .fallback = "dwd.diagnosis",
     .help = {"带医保编码的首页诊断表", "front-page diagnoses with their insurance codes"}},
    {.name = "procedure", .type = SW_CFG_TABLE, .offset = offsetof(options, procedure), .fallback = "dwd.procedure",
     .help = {"带医保编码的首页手术表", "front-page procedures with their insurance codes"}},
    {.name = "complications", .type = SW_CFG_STR, .offset = offsetof(options, complications),
     .help = {"取 MCC/CC 的 DRG 目录（相对工作区）", "DRG catalogue that tells MCC and CC, relative to the workspace"}},
    {.name = "core_cases", .type = SW_CFG_INT, .offset = offsetof(options, core_cases), .fallback = "15", .min = 1, .max = 1000000,
     .help = {"核心病种每年最少病例数", "least cases a year of a core group"}},
    {.name = "trim_low", .type = SW_CFG_NUM, .offset = offsetof(options, trim_low), .fallback = "0.4", .min = 0.01, .max = 1,
     .help = {"低于组均值多少倍的病例不计入成本", "cases below this multiple of their group's mean are left out of the costs"}},
    {.name = "trim_high", .type = SW_CFG_NUM, .offset = offsetof(options, trim_high), .fallback = "3", .min = 1, .max = 100,
     .help = {"高于组均值多少倍的病例不计入成本", "cases above this multiple of their group's mean are left out of the costs"}},
};
static const sw_config_map MAP = {
    .name = "derive", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"由本地区自己的病例按官方方法推导 DIP 目录", "derives a DIP catalogue from the region's own stays by the official method"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  static const char *const reads[] = {"dwd.admission", "dws.admission", "dwd.settlement_list", "dwd.settlement_diagnosis", "dwd.settlement_procedure"};
  sw_status s = sw_op_plan_read(scope, out, o->diagnosis.name, err);
  if (!s) s = sw_op_plan_read(scope, out, o->procedure.name, err);
  for (size_t i = 0; !s && i < sizeof reads / sizeof *reads; ++i) s = sw_op_plan_read(scope, out, sw_str_of(reads[i]), err);
  return s ? s : sw_op_plan_write(scope, out, o->into.name, err);
}

static sw_status derive(sw_op_env *env, const options *o, const char *physical, sw_dip_derivation *r, sw_error *err) {
  char *dir = sw_arena_dupz(env->arena, o->catalogue), *drg = sw_arena_dupz(env->arena, o->complications);
  sw_derive_run_options d = {.physical = physical, .cancel = env->cancel, .events = env->events, .lang = SW_LANG_ZH,
                             .diagnosis = sw_arena_dupz(env->arena, o->diagnosis.name), .procedure = sw_arena_dupz(env->arena, o->procedure.name)};
  d.out_dir = dir ? sw_workspace_path(env->workspace, env->arena, dir) : NULL;
  d.complications = drg && *drg ? sw_workspace_path(env->workspace, env->arena, drg) : NULL;
  d.method.core_cases = (int32_t)o->core_cases;
  d.method.trim_low = o->trim_low;
  d.method.trim_high = o->trim_high;
  sw_status s = sw_arena_check(env->arena, err);
  return s ? s : sw_derive_run(env->conn, &d, r, err);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  char *into = sw_arena_dupz(env->arena, o->into.name), *physical = into ? sw_op_physical(env, into) : NULL;
  if (!physical) return sw_arena_check(env->arena, err);
  sw_dip_derivation r;
  int64_t started = sw_mono_us();
  sw_status s = derive(env, o, physical, &r, err);
  if (s) return s;
  /* Stays that were used are merged into groups; those that could not be used are filtered. */
  int64_t groups = (int64_t)r.ngroups;
  sw_row_count c = {.table = into, .in = r.offered, .expanded = groups, .out = groups, .filtered = r.offered - r.used, .merged = r.used,
                    .seconds = (double)(sw_mono_us() - started) / 1e6};
  s = sw_op_count(env, out, &c, err);
  if (!s) s = sw_op_publish(env, out, into, physical, err);
  if (!s)
    sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "病例 %lld，核心病种 %zu，综合病种 %zu；入核心病种 %.1f%%，RIV %.1f%%",
                 "cases %lld, core groups %zu, comprehensive %zu; in core groups %.1f%%, reduction in variance %.1f%%", (long long)r.used, r.ncore, r.ngroups - r.ncore,
                 100 * r.core_share, 100 * r.riv);
  sw_dip_derivation_fini(&r);
  return s;
}

const sw_operator SW_OP_DERIVE = {
    .face = {.name = "derive", .map = &MAP, .help = {"推导 DIP 目录", "derives a DIP catalogue"}},
    .plan = plan,
    .run = run,
};
