/* `insurer`: the insurer's monthly results, set against our own settlement and explained case by case. */
#include "coding/group_run.h"
#include "coding/insurer.h"
#include "engine/sql.h"
#include "operator/coding.h"

enum { MAX_OTHERS = 8 };

typedef struct options {
  sw_ref settlement, into, result, diagnosis, procedure;
  sw_str catalogue;
  sw_config_list others; /* sw_str */
  int basis;
} options;

static const sw_config_enum BASES[] = {{"monthly", SW_INSURER_MONTHLY, {"与月预付比", "against what is paid monthly"}},
                                       {"yearly", SW_INSURER_YEARLY, {"与清算后的支付比", "against the payment on clearing"}},
                                       {0}};

static const sw_config_key KEYS[] = {
    {.name = "settlement", .type = SW_CFG_TABLE, .offset = offsetof(options, settlement), .required = true, .help = {"本院的结算表（settle 所写）", "our settlement (made by settle)"}},
    {.name = "into", .type = SW_CFG_TABLE, .offset = offsetof(options, into), .required = true,
     .help = {"逐例解释表；合计写入 <into>_total", "the table of differences by case; totals go to <into>_total"}},
    {.name = "result", .type = SW_CFG_TABLE, .offset = offsetof(options, result), .required = true, .help = {"经办结果表（每月每例一行）", "the insurer's results (a row a month and case)"}},
    {.name = "basis", .type = SW_CFG_ENUM, .values = BASES, .offset = offsetof(options, basis), .fallback = "monthly", .help = {"与什么比", "what it is set against"}},
    {.name = "catalogue", .type = SW_CFG_STR, .offset = offsetof(options, catalogue), .help = {"本院所用分组目录，用来说明为什么分到别的组", "our grouping catalogue: tells why they have another group"}},
    {.name = "editions", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(options, others), .max = MAX_OTHERS,
     .help = {"经办可能用的其他版本目录", "catalogues of other editions that the insurer may use"}},
    {.name = "diagnosis", .type = SW_CFG_TABLE, .offset = offsetof(options, diagnosis), .fallback = "dwd.diagnosis", .help = {"带医保编码的首页诊断表", "front-page diagnoses with their insurance codes"}},
    {.name = "procedure", .type = SW_CFG_TABLE, .offset = offsetof(options, procedure), .fallback = "dwd.procedure", .help = {"带医保编码的首页手术表", "front-page procedures with their insurance codes"}},
};
static const sw_config_map MAP = {
    .name = "insurer", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"把导入的经办月度结算结果（suwen insurer import）与本院结算逐例比对，差额到分、写明原因",
             "sets the insurer's monthly results (suwen insurer import) against our settlement, case by case, to the fen, with the cause"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  static const char *const reads[] = {"dwd.admission", "dwd.settlement_list", "dwd.settlement_diagnosis", "dwd.settlement_procedure"};
  sw_status s = sw_op_plan_read(scope, out, o->settlement.name, err);
  if (!s) s = sw_op_plan_read(scope, out, o->diagnosis.name, err);
  if (!s) s = sw_op_plan_read(scope, out, o->procedure.name, err);
  for (size_t i = 0; !s && i < 4; ++i) s = sw_op_plan_read(scope, out, sw_str_of(reads[i]), err);
  if (!s) s = sw_op_plan_write(scope, out, o->into.name, err);
  if (!s) s = sw_op_plan_write(scope, out, o->result.name, err);
  char *total = sw_arena_printf(scope->arena, "%.*s_total", SW_STR_ARG(o->into.name));
  if (s) return s;
  return total ? sw_op_plan_write(scope, out, sw_str_of(total), err) : sw_arena_check(scope->arena, err);
}

typedef struct catalogues {
  sw_catalogue *own, *others[MAX_OTHERS];
  const char *names[MAX_OTHERS];
  size_t n;
} catalogues;

static void close_catalogues(catalogues *c) {
  sw_catalogue_free(c->own);
  for (size_t i = 0; i < c->n; ++i) sw_catalogue_free(c->others[i]);
}

static sw_status open_catalogues(sw_op_env *env, const options *o, catalogues *c, sw_error *err) {
  sw_status s = SW_OK;
  if (o->catalogue.len) {
    char *path = sw_workspace_path(env->workspace, env->arena, sw_arena_dupz(env->arena, o->catalogue));
    s = path ? sw_catalogue_import(path, env->cancel, &c->own, err) : sw_arena_check(env->arena, err);
  }
  for (size_t i = 0; !s && i < o->others.n && i < MAX_OTHERS; ++i) {
    c->names[i] = sw_arena_dupz(env->arena, *SW_ITEM(sw_str, o->others, i));
    char *path = c->names[i] ? sw_workspace_path(env->workspace, env->arena, c->names[i]) : NULL;
    s = path ? sw_catalogue_import(path, env->cancel, &c->others[i], err) : sw_arena_check(env->arena, err);
    if (!s) c->n = i + 1;
  }
  return s;
}

typedef struct made {
  const char *result, *into; /* physical */
  int64_t cases;
  sw_insurer_explained n;
} made;

static sw_status explain(sw_op_env *env, const options *o, const catalogues *c, made *m, sw_error *err) {
  SW_AUTO(sw_buf) select = SW_BUF_INIT;
  const char *theirs = sw_arena_printf(env->arena, "store.%s", m->result);
  sw_group_run_select(sw_arena_dupz(env->arena, o->diagnosis.name), sw_arena_dupz(env->arena, o->procedure.name), &select);
  sw_status s = sw_arena_check(env->arena, err);
  if (!s) s = sw_buf_check(&select, err);
  if (!s) s = sw_insurer_load(env->conn, env->ledger, sw_workspace_dir(env->workspace), m->result, env->cancel, &m->cases, err);
  if (s) return s;
  return sw_insurer_explain(env->conn, &(sw_insurer_explain_options){.ours = sw_arena_dupz(env->arena, o->settlement.name), .theirs = theirs,
                                                                    .basis = (sw_insurer_basis)o->basis, .cases = c->own ? select.ptr : NULL, .catalogue = c->own,
                                                                    .others = (const sw_catalogue *const *)c->others, .other_names = c->names, .nothers = c->n,
                                                                    .physical = m->into, .cancel = env->cancel}, &m->n, err);
}

static sw_status publish(sw_op_env *env, const options *o, const made *m, double seconds, sw_op_result *out, sw_error *err) {
  const char *into = sw_arena_dupz(env->arena, o->into.name), *result = sw_arena_dupz(env->arena, o->result.name);
  char *from = sw_arena_printf(env->arena, "%s__total", m->into), *total = sw_arena_printf(env->arena, "%s_total", into);
  if (!sw_arena_ok(env->arena)) return sw_arena_check(env->arena, err);
  sw_row_count a = {.table = result, .in = m->cases, .out = m->cases};
  /* Every case of theirs has its line, and those that only we have come on top. */
  sw_row_count b = {.table = into, .in = m->n.cases - m->n.only_ours, .expanded = m->n.only_ours, .out = m->n.cases, .seconds = seconds};
  sw_status s = sw_op_count(env, out, &a, err);
  if (!s) s = sw_op_count(env, out, &b, err);
  if (!s) s = sw_op_publish(env, out, result, m->result, err);
  if (!s) s = sw_op_publish(env, out, into, m->into, err);
  return s ? s : sw_op_adopt(env, out, from, total, err);
}

static void say(const sw_op_env *env, const made *m) {
  const sw_insurer_explained *n = &m->n;
  if (m->cases == 0) {
    sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "还没有经办结算结果（suwen insurer import）", "no result of the insurer yet (suwen insurer import)");
    return;
  }
  sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "%lld 例：一致 %lld，病组不同 %lld，分值或系数不同 %lld，金额不同 %lld，只在本院 %lld，只在经办 %lld；差额 %.2f 元",
               "%lld cases: same %lld, other group %lld, other points or factors %lld, other amount %lld, only ours %lld, only theirs %lld; difference %.2f yuan",
               (long long)n->cases, (long long)n->kinds[SW_SETTLE_SAME], (long long)n->kinds[SW_SETTLE_OTHER_GROUP], (long long)n->kinds[SW_SETTLE_OTHER_POINTS],
               (long long)n->kinds[SW_SETTLE_OTHER_AMOUNT], (long long)n->only_ours, (long long)n->only_theirs, (double)n->difference_fen / 100);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  char *into = sw_arena_dupz(env->arena, o->into.name), *result = sw_arena_dupz(env->arena, o->result.name);
  made m = {.into = into ? sw_op_physical(env, into) : NULL, .result = result ? sw_op_physical(env, result) : NULL};
  if (!m.into || !m.result) return sw_arena_check(env->arena, err);
  catalogues c = {0};
  int64_t started = sw_mono_us();
  sw_status s = open_catalogues(env, o, &c, err);
  if (!s) s = explain(env, o, &c, &m, err);
  close_catalogues(&c);
  if (!s) s = publish(env, o, &m, (double)(sw_mono_us() - started) / 1e6, out, err);
  if (!s) say(env, &m);
  return s;
}

const sw_operator SW_OP_INSURER = {
    .face = {.name = "insurer", .map = &MAP, .help = {"经办月度结算结果的比对与解释", "the insurer's monthly result, compared and explained"}},
    .plan = plan,
    .run = run,
};
