/* `findings`: what this run's checks found, against the findings that there are; opens, closes and reopens them. */
#include "quality/finding.h"
#include "quality/returned.h"

#include "operator/operator.h"

typedef struct options {
  int64_t low, medium, high, critical;
  sw_config_list free_days, worked_days; /* int32_t */
} options;

#define DAYS(field, days, zh, en) \
  {.name = #field, .type = SW_CFG_INT, .offset = offsetof(options, field), .fallback = (days), .min = 1, .max = 3650, .help = {zh, en}}
static const sw_config_key KEYS[] = {
    DAYS(low, "10", "轻微问题的整改工作日", "working days to correct a finding of low severity"),
    DAYS(medium, "5", "一般问题的整改工作日", "of medium severity"),
    DAYS(high, "3", "严重问题的整改工作日", "of high severity"),
    DAYS(critical, "1", "特别严重问题的整改工作日", "of critical severity"),
    {.name = "free_days", .type = SW_CFG_DATE, .shape = SW_CFG_LIST, .offset = offsetof(options, free_days),
     .help = {"周一至周五中放假的日子（国务院办公厅每年通知）", "days off among Monday to Friday (announced every year by the State Council)"}},
    {.name = "worked_days", .type = SW_CFG_DATE, .shape = SW_CFG_LIST, .offset = offsetof(options, worked_days),
     .help = {"周六、周日中调休上班的日子", "Saturdays and Sundays that are worked"}},
};
static const sw_config_map MAP = {
    .name = "findings", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"问题整改：本次运行的失败行与已有问题比较，新开、关闭、重开；放在 check 之后", "findings: compares this run's failing rows with those known, opens, closes and reopens; after check"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  (void)scope, (void)opt, (void)out, (void)err; /* it reads the checks of its run: `needs` orders it */
  return SW_OK;
}

typedef struct closing {
  sw_finding_round *round;
  const sw_pack_set *packs;
  const sw_cancel *cancel;
} closing;

/* In the publishing transaction. After a crash between the ledger's commit and the engine's, the next attempt folds the round.
 * What others sent back is compared anew, since the findings have changed. */
static sw_status publish(sw_conn *c, void *ctx, sw_error *err) {
  closing *x = ctx;
  sw_status s = sw_findings_commit(c, x->round, err);
  sw_findings_end(x->round);
  x->round = NULL;
  return s == SW_OK ? sw_returned_compare(c, x->packs, x->cancel, err) : s;
}

static sw_status count(sw_op_env *env, const sw_findings_counts *n, sw_op_result *out, double seconds, sw_error *err) {
  sw_row_count c = {.table = "quality.finding", .in = n->failing, .out = n->findings, .merged = n->failing - n->findings, .seconds = seconds};
  sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "问题：新增 %lld，重开 %lld，认可到期 %lld，已整改 %lld，已撤回 %lld，规则停用 %lld；仍失败 %lld",
               "findings: %lld opened, %lld reopened, %lld acceptances expired, %lld corrected, %lld withdrawn, %lld of rules that are gone; %lld fail", (long long)n->opened,
               (long long)n->reopened, (long long)n->expired, (long long)n->corrected, (long long)n->withdrawn, (long long)n->retired, (long long)n->findings);
  return sw_op_count(env, out, &c, err);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  int64_t from = sw_mono_us();
  sw_finding_policy policy = {.days = {o->low, o->medium, o->high, o->critical}, .free_days = o->free_days.items, .nfree = o->free_days.n,
                              .worked_days = o->worked_days.items, .nworked = o->worked_days.n};
  sw_findings_options f = {.packs = env->packs, .dir = sw_workspace_dir(env->workspace), .run = env->run, .as_of_us = env->as_of_us, .policy = &policy,
                           .name = sw_arena_printf(env->arena, "%s-%s", env->run, env->step), .cancel = env->cancel, .events = env->events};
  closing *x = SW_ARENA_NEW(env->arena, closing);
  if (!x || !f.name) return sw_arena_check(env->arena, err);
  *x = (closing){.packs = env->packs, .cancel = env->cancel};
  sw_status s = sw_returned_sync(env->conn, env->ledger, f.dir, env->cancel, err);
  if (s == SW_OK) s = sw_findings_begin(env->conn, env->ledger, &f, &x->round, err);
  if (s == SW_OK) s = count(env, sw_findings_result(x->round), out, (double)(sw_mono_us() - from) / 1e6, err);
  if (s != SW_OK) {
    sw_findings_end(x->round);
    return s;
  }
  out->also = publish;
  out->also_ctx = x;
  return SW_OK;
}

const sw_operator SW_OP_FINDINGS = {
    .face = {.name = "findings", .map = &MAP, .help = {"问题整改：失败的行成为有归属、期限和历史的问题", "failing rows become findings with owner, deadline and history"}},
    .plan = plan,
    .run = run,
};
