/* `settle`: grouped stays into payments that sum to the fund, and the operations analysis over them. */
#include "base/fs.h"
#include "coding/operations.h"
#include "coding/settle_run.h"
#include "engine/sql.h"
#include "operator/coding.h"

typedef struct pool {
  sw_str key;
  int64_t fund; /* fen */
  double share, growth;
  bool has_fund, has_growth;
} pool;

typedef struct day_rate {
  sw_str group, dept;
  int64_t rate; /* fen */
} day_rate;

typedef struct band {
  double below, high;
} band;

typedef struct options {
  sw_ref groups, into;
  int scheme;
  sw_config_list pools;
  int64_t rate; /* fen */
  int64_t long_stay;
  double low, excess, monthly, special, special_ratio;
  sw_config_list bands, day_rates; /* band; day_rate */
  sw_config_dict hospitals;        /* double by institution */
  sw_str analysis, budget;
  sw_ref levels; /* a value set; empty: one level */
  int64_t level_cases;
} options;

static const sw_config_enum SCHEMES[] = {{"drg", SW_SETTLE_BY_WEIGHT, {"权重 × 费率", "weight × rate"}}, {"dip", SW_SETTLE_BY_POINTS, {"分值 × 点值", "points × point value"}}, {0}};

static const sw_config_key POOL_KEYS[] = {
    {.name = "key", .type = SW_CFG_STR, .offset = offsetof(pool, key), .required = true,
     .help = {"employee 职工、resident 居民，或 * 全部", "employee, resident, or * for all"}},
    {.name = "fund", .type = SW_CFG_MONEY, .offset = offsetof(pool, fund), .present = offsetof(pool, has_fund) + 1,
     .help = {"基金（元，含个人负担）；省略则按费用的 share", "the fund in yuan, patients' shares included; left out: share of the cost"}},
    {.name = "share", .type = SW_CFG_NUM, .offset = offsetof(pool, share), .fallback = "1", .min = 0.01, .max = 10,
     .help = {"没有基金也没有上一年时：占病例费用的比例", "with neither a fund nor a year before: share of the cases' cost"}},
    {.name = "growth", .type = SW_CFG_NUM, .offset = offsetof(pool, growth), .min = -0.9, .max = 10, .present = offsetof(pool, has_growth) + 1,
     .help = {"总额预算：上一年基金 × (1 + growth)；第一年按 share", "global budget: the year before times 1 + growth; the first year takes share"}},
};
static const sw_config_map POOL = {.name = "pool", .size = sizeof(pool), .keys = POOL_KEYS, .nkeys = sizeof POOL_KEYS / sizeof *POOL_KEYS};

static const sw_config_key DAY_KEYS[] = {
    {.name = "group", .type = SW_CFG_STR, .offset = offsetof(day_rate, group), .help = {"病组编码前缀", "prefix of the group's code"}},
    {.name = "dept", .type = SW_CFG_STR, .offset = offsetof(day_rate, dept), .help = {"科室国家编码前缀（15 精神科，16 康复）", "prefix of the department's national code (psychiatry, rehabilitation)"}},
    {.name = "rate", .type = SW_CFG_MONEY, .offset = offsetof(day_rate, rate), .help = {"元/床日；0 表示不由本基金支付", "yuan a day; 0: not paid from this fund"}},
};
static const sw_config_map DAY = {.name = "day_rate", .size = sizeof(day_rate), .keys = DAY_KEYS, .nkeys = 3};

static const sw_config_key BAND_KEYS[] = {
    {.name = "below", .type = SW_CFG_NUM, .offset = offsetof(band, below), .max = 1000, .help = {"权重小于；最后一档写 0", "weights below this; 0 in the last band"}},
    {.name = "high", .type = SW_CFG_NUM, .offset = offsetof(band, high), .required = true, .min = 1, .max = 100, .help = {"高倍率", "the high multiple"}},
};
static const sw_config_map BAND = {.name = "band", .size = sizeof(band), .keys = BAND_KEYS, .nkeys = 2};

static const sw_config_key KEYS[] = {
    {.name = "groups", .type = SW_CFG_TABLE, .offset = offsetof(options, groups), .required = true, .help = {"分组结果表", "the table of groups"}},
    {.name = "into", .type = SW_CFG_TABLE, .offset = offsetof(options, into), .required = true, .help = {"写入的表", "the table it makes"}},
    {.name = "scheme", .type = SW_CFG_ENUM, .values = SCHEMES, .offset = offsetof(options, scheme), .required = true, .help = {"付费方式", "how it is paid"}},
    {.name = "pools", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .map = &POOL, .offset = offsetof(options, pools), .required = true,
     .help = {"基金池；不属于任何池的病例不付", "funds; a case of none is not paid"}},
    {.name = "rate", .type = SW_CFG_MONEY, .offset = offsetof(options, rate), .help = {"DRG 费率（元/权重），用于高低倍率", "DRG rate in yuan per weight, for the multiples"}},
    {.name = "long_stay", .type = SW_CFG_INT, .offset = offsetof(options, long_stay), .fallback = "60", .min = 1, .max = 3650,
     .help = {"超过多少天按费用付", "stays longer than this many days are paid at cost"}},
    {.name = "budget", .type = SW_CFG_STR, .offset = offsetof(options, budget),
     .help = {"基金预算 CSV（pool,year,month,fund；month 空为全年），相对工作区；没有这个文件就按各池的设置",
              "budget as CSV (pool,year,month,fund; month empty: the year), relative to the workspace; absent: the pools' own settings"}},
    {.name = "day_rates", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .map = &DAY, .offset = offsetof(options, day_rates), .max = 64,
     .help = {"按床日付费或不纳入的病组与科室，先列的先用", "groups and departments that are paid by the day or not at all; the first that fits"}},
    {.name = "hospital_factors", .type = SW_CFG_NUM, .shape = SW_CFG_DICT, .offset = offsetof(options, hospitals), .min = 0.01, .max = 10,
     .help = {"医院系数，按机构代码；没有的为 1", "hospital factors by institution code; 1 where there is none"}},
    {.name = "levels", .type = SW_CFG_REF, .refers = "value_set", .offset = offsetof(options, levels),
     .help = {"机构等级的值域（代码是机构，名称是等级）：DIP 偏差按同级别机构的病种均费；省略则不分等级",
              "value set of the institutions' levels (codes are institutions, names levels): the DIP deviation takes the group's mean at the same level; left out: one level"}},
    {.name = "level_cases", .type = SW_CFG_INT, .offset = offsetof(options, level_cases), .fallback = "5", .min = 1, .max = 1000000,
     .help = {"同级别病例少于多少例时用该病种的总均费", "with fewer cases at a level, the group's own mean"}},
    {.name = "bands", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .map = &BAND, .offset = offsetof(options, bands), .max = 8,
     .help = {"高倍率分档（DRG）；省略则 <1：3，<2：2.5，<5：2，其余 1.5", "high multiples by weight (DRG); left out: below 1: 3, below 2: 2.5, below 5: 2, else 1.5"}},
    {.name = "low", .type = SW_CFG_NUM, .offset = offsetof(options, low), .fallback = "0.4", .min = 0.01, .max = 1, .help = {"低倍率（DRG）", "the low multiple (DRG)"}},
    {.name = "excess", .type = SW_CFG_NUM, .offset = offsetof(options, excess), .fallback = "0.8", .min = 0.01, .max = 1,
     .help = {"高倍率超出部分付多少（DRG）", "share of what exceeds the high multiple that is paid (DRG)"}},
    {.name = "monthly", .type = SW_CFG_NUM, .offset = offsetof(options, monthly), .fallback = "1", .min = 0.01, .max = 1,
     .help = {"按月预付的比例，其余年终清算", "share that is paid monthly; the rest is cleared at the year's end"}},
    {.name = "special", .type = SW_CFG_NUM, .offset = offsetof(options, special), .max = 1,
     .help = {"特例单议病例占比上限；0 为 DRG 5%、DIP 5‰", "most cases for individual review, as a share; 0: DRG 5 %, DIP 0.5 %"}},
    {.name = "special_ratio", .type = SW_CFG_NUM, .offset = offsetof(options, special_ratio), .fallback = "2", .min = 1, .max = 100,
     .help = {"特例单议：费用至少为支付的几倍", "individual review: least cost over payment"}},
    {.name = "analysis", .type = SW_CFG_STR, .offset = offsetof(options, analysis),
     .help = {"运营分析表的前缀：ads.<analysis>_indicator 等；省略则不做", "prefix of the operations tables ads.<analysis>_indicator …; left out: none"}},
};
static const sw_config_map MAP = {
    .name = "settle", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"按分组结果结算，支付合计等于基金，分毫不差；并做运营分析", "settles grouped stays: payments sum to the fund to the fen; and analyses operations"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  sw_status s = sw_op_plan_read(scope, out, o->groups.name, err);
  if (!s) s = sw_op_plan_read(scope, out, SW_LIT("dws.admission"), err);
  if (!s) s = sw_op_plan_write(scope, out, o->into.name, err);
  char *fund = sw_arena_printf(scope->arena, "%.*s_fund", SW_STR_ARG(o->into.name));
  if (!s) s = fund ? sw_op_plan_write(scope, out, sw_str_of(fund), err) : sw_arena_check(scope->arena, err);
  for (size_t i = 0; !s && o->analysis.len && i < SW_OPERATIONS_NTABLES; ++i) {
    char *v = sw_arena_printf(scope->arena, "ads.%.*s_%s", SW_STR_ARG(o->analysis), SW_OPERATIONS_TABLES[i]);
    s = v ? sw_op_plan_write(scope, out, sw_str_of(v), err) : sw_arena_check(scope->arena, err);
  }
  return s;
}

/* The level of g's institution, as SQL; NULL where the value set does not list it. */
static void put_level(const sw_value_set_def *levels, sw_buf *b) {
  sw_buf_puts(b, "CASE g.org_code");
  for (size_t i = 0; i < levels->codes.n; ++i) sw_sql_build(b, " WHEN {} THEN {}", sw_sql_str(SW_CODE(levels, i)->code), sw_sql_str(SW_CODE(levels, i)->zh));
  sw_buf_puts(b, " END");
}

/* DIP: the cost is held against the group's mean at hospitals of the same level (national DIP technical specification of 2020,
 * cases of deviating cost). A level with few cases of the group tells no mean of its own. */
static void put_mean(const options *o, const sw_value_set_def *levels, sw_buf *b) {
  if (o->scheme != SW_SETTLE_BY_POINTS || !levels || levels->codes.n == 0) {
    sw_buf_puts(b, "g.mean_cost");
    return;
  }
  sw_sql_build(b, "CASE WHEN count(a.fee_net) OVER same >= {} AND ", sw_sql_i64(o->level_cases));
  put_level(levels, b);
  sw_buf_puts(b, " IS NOT NULL THEN CAST(sum(a.fee_net) OVER same / count(a.fee_net) OVER same AS DECIMAL(18,2)) ELSE CAST(g.mean_cost AS DECIMAL(18,2)) END AS mean_cost");
}

/* RC032: 1.x basic insurance of employees, 2.x of residents. */
static void put_select(const char *groups, const options *o, const sw_value_set_def *levels, sw_buf *b) {
  static const char drg[] = "g.drg AS group_code, g.weight AS points, CAST(NULL AS DECIMAL(9,4)) AS auxiliary_factor";
  static const char dip[] = "g.dip AS group_code, g.score AS points, g.factor AS auxiliary_factor";
  sw_sql_build(b,
               "SELECT g._row, g._org, g.org_code, g.case_no, CASE WHEN a.payment_method LIKE '1%' THEN 'employee' WHEN a.payment_method LIKE '2%' THEN 'resident'"
               " END AS pool, strftime(a.discharge_time, '%Y-%m') AS month, CAST(a.fee_net AS DECIMAL(18,2)) AS cost, a.los_days,"
               " a.dept_national AS dept, {}, ",
               sw_sql_raw(o->scheme == SW_SETTLE_BY_POINTS ? sw_str_of(dip) : sw_str_of(drg)));
  put_mean(o, levels, b);
  sw_buf_puts(b, ", CASE g.org_code");
  for (size_t i = 0; i < o->hospitals.n; ++i)
    sw_sql_build(b, " WHEN {} THEN CAST({} AS DECIMAL(9,4))", sw_sql_str(o->hospitals.keys[i].name), sw_sql_f64(*SW_VALUE(double, o->hospitals, i)));
  if (o->hospitals.n == 0) sw_buf_puts(b, " WHEN NULL THEN NULL");
  sw_sql_build(b,
               " END AS hospital_factor FROM {} g LEFT JOIN dws.admission a ON a.org_code = g.org_code AND a.case_no = g.case_no",
               sw_sql_dotted(groups));
  if (o->scheme == SW_SETTLE_BY_POINTS && levels && levels->codes.n) {
    sw_buf_puts(b, " WINDOW same AS (PARTITION BY g.dip, ");
    put_level(levels, b);
    sw_buf_puts(b, ")");
  }
  sw_buf_puts(b, " ORDER BY g.org_code, g.case_no, g._row");
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

static int32_t e4(double v) { return (int32_t)(v * 10000 + (v < 0 ? -0.5 : 0.5)); }

static sw_status fill_pools(sw_op_env *env, const options *o, sw_settle_run_options *r, sw_error *err) {
  sw_settle_pool *pools = SW_ARENA_ARRAY(env->arena, sw_settle_pool, o->pools.n + 1);
  sw_settle_day_rate *days = SW_ARENA_ARRAY(env->arena, sw_settle_day_rate, o->day_rates.n + 1);
  sw_settle_policy *policy = SW_ARENA_NEW(env->arena, sw_settle_policy);
  if (!pools || !days || !policy) return sw_arena_check(env->arena, err);
  for (size_t i = 0; i < o->pools.n; ++i) {
    const pool *p = SW_ITEM(pool, o->pools, i);
    pools[i] = (sw_settle_pool){sw_arena_dupz(env->arena, p->key), p->has_fund ? p->fund : -1, e4(p->share), e4(p->growth), p->has_growth};
  }
  for (size_t i = 0; i < o->day_rates.n; ++i) {
    const day_rate *d = SW_ITEM(day_rate, o->day_rates, i);
    days[i] = (sw_settle_day_rate){sw_arena_dupz(env->arena, d->group), sw_arena_dupz(env->arena, d->dept), d->rate};
  }
  policy->nbands = o->bands.n < 8 ? o->bands.n : 8;
  for (size_t i = 0; i < policy->nbands; ++i) policy->bands[i] = (sw_settle_band){e4(SW_ITEM(band, o->bands, i)->below), e4(SW_ITEM(band, o->bands, i)->high)};
  policy->low_e4 = e4(o->low);
  policy->excess_e4 = e4(o->excess);
  r->pools = pools;
  r->npools = o->pools.n;
  r->day_rates = days;
  r->nday_rates = o->day_rates.n;
  r->policy = policy;
  return sw_arena_check(env->arena, err);
}

static sw_status settle(sw_op_env *env, const options *o, const char *groups, const char *physical, sw_settle_run_counts *n, sw_error *err) {
  SW_AUTO(sw_buf) select = SW_BUF_INIT;
  put_select(groups, o, o->levels.name.len ? sw_pack_value_set(env->packs, o->levels.name) : NULL, &select);
  sw_settle_run_options r = {.scheme = (sw_settle_scheme)o->scheme, .physical = physical, .select = select.ptr, .rate_fen = o->rate,
                             .long_stay_days = (int32_t)o->long_stay, .monthly_e4 = e4(o->monthly), .special_e6 = (int32_t)(o->special * 1000000 + 0.5),
                             .special_ratio_e4 = e4(o->special_ratio), .cancel = env->cancel, .events = env->events};
  sw_settle_budget *budgets = NULL;
  sw_status s = fill_pools(env, o, &r, err);
  if (!s && o->budget.len) {
    char *path = sw_workspace_path(env->workspace, env->arena, sw_arena_dupz(env->arena, o->budget));
    s = sw_arena_check(env->arena, err);
    if (!s && sw_fs_exists(path)) s = sw_settle_budget_read(path, env->arena, &budgets, &r.nbudgets, err);
    r.budgets = budgets;
  }
  if (!s) s = sw_buf_check(&select, err);
  return s ? s : sw_settle_run(env->conn, &r, n, err);
}

static sw_status publish_fund(sw_op_env *env, const char *into, const char *physical, sw_op_result *out, sw_error *err) {
  char *from = sw_arena_printf(env->arena, "%s__fund", physical), *view = sw_arena_printf(env->arena, "%s_fund", into);
  return from && view ? sw_op_adopt(env, out, from, view, err) : sw_arena_check(env->arena, err);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  char *into = sw_arena_dupz(env->arena, o->into.name), *groups = sw_arena_dupz(env->arena, o->groups.name);
  char *physical = into ? sw_op_physical(env, into) : NULL;
  if (!physical || !groups) return sw_arena_check(env->arena, err);
  sw_settle_run_counts n = {0};
  int64_t started = sw_mono_us();
  sw_status s = settle(env, o, groups, physical, &n, err);
  if (s) return s;
  sw_row_count c = {.table = into, .in = n.in, .out = n.out, .seconds = (double)(sw_mono_us() - started) / 1e6};
  s = sw_op_count(env, out, &c, err);
  if (!s) s = sw_op_publish(env, out, into, physical, err);
  if (!s) s = publish_fund(env, into, physical, out, err);
  if (!s && o->analysis.len) s = analyse(env, o, groups, physical, out, err);
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
