/* `settle`: grouped stays into payments that sum to the fund, and the operations analysis over them. */
#include "coding/operations.h"
#include "coding/settle_run.h"
#include "engine/sql.h"
#include "operator/coding.h"

typedef struct pool {
  sw_str key;
  int64_t fund; /* fen */
  double share;
  bool has_fund;
} pool;

typedef struct options {
  sw_ref groups, into;
  int scheme;
  sw_config_list pools;
  int64_t rate; /* fen */
  int64_t long_stay;
  sw_str analysis;
} options;

static const sw_config_enum SCHEMES[] = {{"drg", SW_SETTLE_BY_WEIGHT, {"权重 × 费率", "weight × rate"}}, {"dip", SW_SETTLE_BY_POINTS, {"分值 × 点值", "points × point value"}}, {0}};

static const sw_config_key POOL_KEYS[] = {
    {.name = "key", .type = SW_CFG_STR, .offset = offsetof(pool, key), .required = true,
     .help = {"employee 职工、resident 居民，或 * 全部", "employee, resident, or * for all"}},
    {.name = "fund", .type = SW_CFG_MONEY, .offset = offsetof(pool, fund), .present = offsetof(pool, has_fund) + 1,
     .help = {"基金（元，含个人负担）；省略则按费用的 share", "the fund in yuan, patients' shares included; left out: share of the cost"}},
    {.name = "share", .type = SW_CFG_NUM, .offset = offsetof(pool, share), .fallback = "1", .min = 0.01, .max = 10,
     .help = {"没有基金时：占病例费用的比例", "without a fund: share of the cases' cost"}},
};
static const sw_config_map POOL = {.name = "pool", .size = sizeof(pool), .keys = POOL_KEYS, .nkeys = 3};

static const sw_config_key KEYS[] = {
    {.name = "groups", .type = SW_CFG_TABLE, .offset = offsetof(options, groups), .required = true, .help = {"分组结果表", "the table of groups"}},
    {.name = "into", .type = SW_CFG_TABLE, .offset = offsetof(options, into), .required = true, .help = {"写入的表", "the table it makes"}},
    {.name = "scheme", .type = SW_CFG_ENUM, .values = SCHEMES, .offset = offsetof(options, scheme), .required = true, .help = {"付费方式", "how it is paid"}},
    {.name = "pools", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .map = &POOL, .offset = offsetof(options, pools), .required = true,
     .help = {"基金池；不属于任何池的病例不付", "funds; a case of none is not paid"}},
    {.name = "rate", .type = SW_CFG_MONEY, .offset = offsetof(options, rate), .help = {"DRG 费率（元/权重），用于高低倍率", "DRG rate in yuan per weight, for the multiples"}},
    {.name = "long_stay", .type = SW_CFG_INT, .offset = offsetof(options, long_stay), .fallback = "60", .min = 1, .max = 3650,
     .help = {"超过多少天按费用付", "stays longer than this many days are paid at cost"}},
    {.name = "analysis", .type = SW_CFG_STR, .offset = offsetof(options, analysis),
     .help = {"运营分析表的前缀：ads.<analysis>_indicator 等；省略则不做（DRG）", "prefix of the operations tables ads.<analysis>_indicator …; left out: none (DRG)"}},
};
static const sw_config_map MAP = {
    .name = "settle", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"按分组结果结算，支付合计等于基金，分毫不差；并做运营分析", "settles grouped stays: payments sum to the fund to the fen; and analyses operations"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  sw_status s = sw_op_plan_read(scope, out, o->groups.name, err);
  if (!s) s = sw_op_plan_read(scope, out, SW_LIT("dws.admission"), err);
  if (!s) s = sw_op_plan_write(scope, out, o->into.name, err);
  for (size_t i = 0; !s && o->analysis.len && i < SW_OPERATIONS_NTABLES; ++i) {
    char *v = sw_arena_printf(scope->arena, "ads.%.*s_%s", SW_STR_ARG(o->analysis), SW_OPERATIONS_TABLES[i]);
    s = v ? sw_op_plan_write(scope, out, sw_str_of(v), err) : sw_arena_check(scope->arena, err);
  }
  return s;
}

/* RC032: 1.x basic insurance of employees, 2.x of residents. */
static void put_select(const char *groups, int scheme, sw_buf *b) {
  static const char drg[] = "g.drg AS group_code, g.weight AS points, CAST(NULL AS DECIMAL(9,4)) AS auxiliary_factor";
  static const char dip[] = "g.dip AS group_code, g.score AS points, g.factor AS auxiliary_factor";
  sw_sql_build(b,
               "SELECT g._row, g._org, g.org_code, g.case_no, CASE WHEN a.payment_method LIKE '1%' THEN 'employee' WHEN a.payment_method LIKE '2%' THEN 'resident'"
               " END AS pool, strftime(a.discharge_time, '%Y-%m') AS month, CAST(a.fee_net AS DECIMAL(18,2)) AS cost, g.mean_cost, a.los_days, {} FROM {} g"
               " LEFT JOIN dws.admission a ON a.org_code = g.org_code AND a.case_no = g.case_no ORDER BY g.org_code, g.case_no, g._row",
               sw_sql_raw(scheme == SW_SETTLE_BY_POINTS ? sw_str_of(dip) : sw_str_of(drg)), sw_sql_dotted(groups));
}

static sw_status analyse(sw_op_env *env, const options *o, const char *groups, const char *physical, sw_op_result *out, sw_error *err) {
  char *settled = sw_arena_printf(env->arena, "store.%s", physical), *prefix = sw_arena_printf(env->arena, "%s__ops", physical);
  if (!settled || !prefix) return sw_arena_check(env->arena, err);
  SW_AUTO(sw_buf) select = SW_BUF_INIT;
  sw_operations_select(groups, settled, o->scheme == SW_SETTLE_BY_POINTS, &select);
  sw_operations_counts n;
  sw_status s = sw_buf_check(&select, err);
  if (!s) s = sw_operations_run(env->conn, &(sw_operations_options){.select = select.ptr, .prefix = prefix, .cancel = env->cancel, .events = env->events}, &n, err);
  for (size_t i = 0; !s && i < SW_OPERATIONS_NTABLES; ++i) {
    char *from = sw_arena_printf(env->arena, "%s_%s", prefix, SW_OPERATIONS_TABLES[i]), *view = sw_arena_printf(env->arena, "ads.%.*s_%s", SW_STR_ARG(o->analysis), SW_OPERATIONS_TABLES[i]);
    s = from && view ? sw_op_adopt(env, out, from, view, err) : sw_arena_check(env->arena, err);
  }
  return s;
}

static sw_status settle(sw_op_env *env, const options *o, const char *groups, const char *physical, sw_settle_run_counts *n, sw_error *err) {
  SW_AUTO(sw_buf) select = SW_BUF_INIT;
  put_select(groups, o->scheme, &select);
  sw_settle_pool *pools = SW_ARENA_ARRAY(env->arena, sw_settle_pool, o->pools.n + 1);
  if (!pools) return sw_arena_check(env->arena, err);
  for (size_t i = 0; i < o->pools.n; ++i) {
    const pool *p = SW_ITEM(pool, o->pools, i);
    pools[i] = (sw_settle_pool){sw_arena_dupz(env->arena, p->key), p->has_fund ? p->fund : -1, (int32_t)(p->share * 10000 + 0.5)};
  }
  sw_status s = sw_arena_check(env->arena, err);
  if (!s) s = sw_buf_check(&select, err);
  if (s) return s;
  return sw_settle_run(env->conn, &(sw_settle_run_options){.scheme = (sw_settle_scheme)o->scheme, .physical = physical, .select = select.ptr, .pools = pools,
                                                           .npools = o->pools.n, .rate_fen = o->rate, .long_stay_days = (int32_t)o->long_stay,
                                                           .cancel = env->cancel, .events = env->events}, n, err);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  char *into = sw_arena_dupz(env->arena, o->into.name), *groups = sw_arena_dupz(env->arena, o->groups.name);
  char *physical = into ? sw_op_physical(env, into) : NULL;
  if (!physical || !groups) return sw_arena_check(env->arena, err);
  sw_settle_run_counts n;
  int64_t started = sw_mono_us();
  sw_status s = settle(env, o, groups, physical, &n, err);
  if (s) return s;
  sw_row_count c = {.table = into, .in = n.in, .out = n.out, .seconds = (double)(sw_mono_us() - started) / 1e6};
  s = sw_op_count(env, out, &c, err);
  if (!s) s = sw_op_publish(env, out, into, physical, err);
  if (!s && o->analysis.len && o->scheme == SW_SETTLE_BY_WEIGHT) s = analyse(env, o, groups, physical, out, err);
  if (!s)
    sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "基金 %lld.%02d 元，支付 %lld.%02d 元；低倍率 %lld，高倍率 %lld，特例单议 %lld",
                 "fund %lld.%02d yuan, paid %lld.%02d yuan; low %lld, high %lld, for review %lld", (long long)(n.fund_fen / 100), (int)(n.fund_fen % 100),
                 (long long)(n.paid_fen / 100), (int)(n.paid_fen % 100), (long long)n.classes[SW_SETTLE_LOW], (long long)n.classes[SW_SETTLE_HIGH], (long long)n.special);
  return s;
}

const sw_operator SW_OP_SETTLE = {
    .face = {.name = "settle", .map = &MAP, .help = {"DRG / DIP 结算与运营分析", "DRG or DIP settlement and operations"}},
    .plan = plan,
    .run = run,
};
