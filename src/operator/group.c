/* `group`: DRG or DIP group of every stay, with its reason. */
#include "coding/group_run.h"
#include "operator/coding.h"

typedef struct options {
  sw_str catalogue;
  sw_ref into, diagnosis, procedure;
  sw_config_sqltext select;
} options;

static const sw_config_key KEYS[] = {
    {.name = "catalogue", .type = SW_CFG_STR, .offset = offsetof(options, catalogue), .required = true,
     .help = {"分组目录（相对工作区的目录），DRG 或 DIP", "grouping catalogue: a directory, relative to the workspace; DRG or DIP"}},
    {.name = "into", .type = SW_CFG_TABLE, .offset = offsetof(options, into), .required = true, .help = {"写入的表", "the table it makes"}},
    {.name = "diagnosis", .type = SW_CFG_TABLE, .offset = offsetof(options, diagnosis), .fallback = "dwd.diagnosis",
     .help = {"带医保编码的首页诊断表", "front-page diagnoses with their insurance codes"}},
    {.name = "procedure", .type = SW_CFG_TABLE, .offset = offsetof(options, procedure), .fallback = "dwd.procedure",
     .help = {"带医保编码的首页手术表", "front-page procedures with their insurance codes"}},
    {.name = "select", .type = SW_CFG_SQL, .sql = SW_CFG_SELECT, .offset = offsetof(options, select),
     .help = {"病例的 SELECT；省略则取首页与结算清单", "SELECT of the cases; left out: front pages and settlement lists"}},
};
static const sw_config_map MAP = {
    .name = "group", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"给每次住院分组（只用医保编码），写明路径；不能入组的写明原因",
             "groups every stay by insurance codes, with the path; one that fits no group gets its reason"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  static const char *const reads[] = {"dwd.admission", "dwd.settlement_list", "dwd.settlement_diagnosis", "dwd.settlement_procedure"};
  sw_status s = sw_op_plan_read(scope, out, o->diagnosis.name, err);
  if (!s) s = sw_op_plan_read(scope, out, o->procedure.name, err);
  for (size_t i = 0; !s && i < 4; ++i) s = sw_op_plan_read(scope, out, sw_str_of(reads[i]), err);
  return s ? s : sw_op_plan_write(scope, out, o->into.name, err);
}

static sw_status group(sw_op_env *env, const options *o, const sw_catalogue *c, const char *into, const char *physical, sw_op_result *out, sw_error *err) {
  SW_AUTO(sw_buf) usual = SW_BUF_INIT;
  const char *dx = sw_arena_dupz(env->arena, o->diagnosis.name), *pr = sw_arena_dupz(env->arena, o->procedure.name);
  const char *select = o->select.text.len ? sw_arena_dupz(env->arena, o->select.text) : NULL;
  if (!sw_arena_ok(env->arena)) return sw_arena_check(env->arena, err);
  if (!select) {
    sw_group_run_select(dx, pr, &usual);
    select = usual.ptr;
  }
  sw_group_run_counts n;
  int64_t started = sw_mono_us();
  sw_status s = sw_group_run(env->conn, &(sw_group_run_options){.catalogue = c, .physical = physical, .select = select, .cancel = env->cancel, .events = env->events},
                             &n, err);
  if (s) return s;
  sw_row_count count = {.table = into, .in = n.in, .out = n.out, .seconds = (double)(sw_mono_us() - started) / 1e6};
  s = sw_op_count(env, out, &count, err);
  if (!s) s = sw_op_publish(env, out, into, physical, err);
  if (!s)
    sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "病例 %lld，入组 %lld，未入组 %lld（各有原因）", "cases %lld, grouped %lld, not grouped %lld (each with its reason)",
                 (long long)n.in, (long long)n.grouped, (long long)n.ungrouped);
  return s;
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  char *into = sw_arena_dupz(env->arena, o->into.name), *where = sw_arena_dupz(env->arena, o->catalogue);
  char *physical = into ? sw_op_physical(env, into) : NULL, *path = where ? sw_workspace_path(env->workspace, env->arena, where) : NULL;
  if (!physical || !path) return sw_arena_check(env->arena, err);
  sw_catalogue *c = NULL;
  sw_status s = sw_catalogue_import(path, env->cancel, &c, err);
  if (!s && c->grades[SW_FINDING_ERROR])
    sw_emit_text(env->events, SW_EVENT_WARNING, env->step, "目录有 %zu 处错误；用 suwen catalogue import 查看", "the catalogue has %zu errors; see suwen catalogue import",
                 c->grades[SW_FINDING_ERROR]);
  if (!s) s = group(env, o, c, into, physical, out, err);
  sw_catalogue_free(c);
  return s;
}

const sw_operator SW_OP_GROUP = {
    .face = {.name = "group", .map = &MAP, .help = {"DRG / DIP 分组", "DRG or DIP grouping"}},
    .plan = plan,
    .run = run,
};
