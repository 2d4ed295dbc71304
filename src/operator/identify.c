/* `identify`: one person across institutions. Links all registrations and publishes person.*. */
#include "identity/config.h"
#include "identity/person.h"
#include "operator/operator.h"

typedef struct options {
  sw_ref table;
  const sw_node *link; /* a linkage configuration; NULL: the usual fields */
} options;

static const sw_config_key KEYS[] = {
    {.name = "table", .type = SW_CFG_TABLE, .refers = "table", .offset = offsetof(options, table), .fallback = "dwd.patient", .help = {"登记表", "the table of registrations"}},
    {.name = "link", .type = SW_CFG_NODE, .offset = offsetof(options, link),
     .help = {"关联配置（同 link.yaml）；省略则用登记表中的常用字段", "linkage configuration, as in link.yaml; left out: the usual fields that the table has"}},
};
static const sw_config_map MAP = {
    .name = "identify", .size = sizeof(options), .keys = KEYS, .nkeys = 2,
    .help = {"把各机构的登记归到人：人的编号稳定，合并与拆分可撤销，可疑的送人工核对",
             "finds who is the same person across institutions: stable ids, merges and splits that can be undone, doubtful pairs to review"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  sw_status s = sw_op_plan_read(scope, out, o->table.name, err);
  for (size_t i = 0; s == SW_OK && i < SW_PERSON_TABLES; i++) {
    char *name = sw_arena_printf(scope->arena, "person.%s", SW_PERSON_TABLE_NAMES[i]);
    if (!name) return sw_arena_check(scope->arena, err);
    s = sw_op_plan_write(scope, out, sw_str_of(name), err);
  }
  return s;
}

typedef struct closing {
  sw_ledger *ledger;
  const char *suffix;
  int64_t at_us;
} closing;

/* In the publishing transaction: what changed goes to the ledger. Written twice after a crash, it says the same. */
static sw_status close_run(sw_conn *c, void *ctx, sw_error *err) {
  const closing *x = ctx;
  return sw_person_commit(c, x->ledger, x->suffix, x->at_us, err);
}

static sw_status publish_all(sw_op_env *env, sw_op_result *out, sw_error *err) {
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < SW_PERSON_TABLES; i++) {
    char *view = sw_arena_printf(env->arena, "person.%s", SW_PERSON_TABLE_NAMES[i]);
    char *physical = sw_arena_printf(env->arena, "person_%s_%s", SW_PERSON_TABLE_NAMES[i], env->suffix);
    if (!view || !physical) return sw_arena_check(env->arena, err);
    s = sw_op_publish(env, out, view, physical, err);
  }
  return s;
}

static void tell(const sw_op_env *env, const sw_person_stats *st) {
  sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "登记 %lld，人 %lld；送人工 %lld 对，提醒 %lld 条，合并 %lld，拆分 %lld；模型第 %lld 版",
               "registrations %lld, persons %lld; to review %lld pairs, alerts %lld, merged %lld, split %lld; model version %lld", (long long)st->registrations, (long long)st->persons,
               (long long)st->review, (long long)st->alerts, (long long)st->merges, (long long)st->splits, (long long)st->model_version);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  sw_person_config config = {.threads = env->threads};
  config.table = sw_arena_dupz(env->arena, o->table.name);
  config.model_dir = sw_workspace_path(env->workspace, env->arena, "history/identity");
  closing *x = SW_ARENA_NEW(env->arena, closing);
  if (!config.table || !config.model_dir || !x) return sw_arena_check(env->arena, err);
  if (o->link && sw_link_config_parse(o->link, env->arena, &config.spec, err)) return SW_FRAME(err, "读取关联配置", "reading the linkage configuration");
  sw_person_stats st;
  int64_t started = sw_mono_us();
  sw_status s = sw_identify_run(env->conn, env->ledger, &config, env->suffix, &st, env->cancel, env->events, err);
  if (s) return SW_FRAME(err, "关联 %s", "linking %s", config.table);
  sw_row_count c = {.table = "person.registration", .in = st.registrations, .out = st.registrations, .seconds = (double)(sw_mono_us() - started) / 1e6};
  sw_row_count p = {.table = "person.person", .in = st.registrations, .out = st.persons, .merged = st.registrations - st.persons};
  s = sw_op_count(env, out, &c, err);
  if (s == SW_OK) s = sw_op_count(env, out, &p, err);
  if (s == SW_OK) s = publish_all(env, out, err);
  *x = (closing){.ledger = env->ledger, .suffix = env->suffix, .at_us = env->as_of_us};
  out->also = close_run;
  out->also_ctx = x;
  tell(env, &st);
  return s;
}

const sw_operator SW_OP_IDENTIFY = {
    .face = {.name = "identify", .map = &MAP, .help = {"跨机构找出同一人", "finds the same person across institutions"}},
    .plan = plan,
    .run = run,
};
