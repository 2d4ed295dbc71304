/* `trend`: rows by business day, institution and table against an expected band; gaps, spikes, late arrivals. */
#include "engine/sql.h"
#include "quality/history.h"
#include "quality/trend.h"

#include "base/date.h"
#include "operator/operator.h"

typedef struct options {
  sw_config_list tables; /* sw_ref */
  sw_ref holidays;
  int64_t history_days, judge_days, late_days, lag_days;
  double level;
} options;

#define DAYS(word, def, most, zh, en) {.name = #word, .type = SW_CFG_INT, .offset = offsetof(options, word), .fallback = (def), .min = 1, .max = (most), .help = {zh, en}}
static const sw_config_key KEYS[] = {
    {.name = "tables", .type = SW_CFG_TABLE, .shape = SW_CFG_LIST, .refers = "table", .offset = offsetof(options, tables), .required = true, .min = 1,
     .help = {"看哪些表（须声明 time）", "the tables to watch (they declare time)"}},
    {.name = "holidays", .type = SW_CFG_REF, .refers = "value_set", .offset = offsetof(options, holidays),
     .help = {"节假日与调休日的值集，编码为日期；这些日子不判断", "a value set of public holidays and shifted workdays, codes are dates; those days are not judged"}},
    DAYS(history_days, "400", 4000, "回看多少天", "how many days are looked back on"),
    DAYS(judge_days, "60", 400, "判断最近多少天", "how many of the newest days are judged"),
    DAYS(late_days, "7", 400, "业务日之后多少天才到算迟到", "days after the business day from which a row is late"),
    DAYS(lag_days, "7", 45, "到达情况不足以判断时，几天后算到齐", "days until a day is taken as complete, where arrivals do not tell"),
    {.name = "level", .type = SW_CFG_NUM, .offset = offsetof(options, level), .fallback = "0.002", .min = 1e-9, .max = 0.5,
     .help = {"一次运行出现任何误报的概率上限", "the most that the chance of any false alarm in a run may be"}},
};
static const sw_config_map MAP = {
    .name = "trend", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"按机构、表、业务日监测数据量：期望区间、断档、突增突降、迟到", "watches rows by institution, table and business day: expected band, gaps, spikes, falls, late arrivals"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  static const char *const written[] = {"quality.volume_trend", "quality.volume_finding", "quality.late_arrival"};
  sw_status s = sw_op_plan_read(scope, out, SW_LIT("meta.batch"), err);
  for (size_t i = 0; s == SW_OK && i < o->tables.n; i++) s = sw_op_plan_read(scope, out, SW_ITEM(sw_ref, o->tables, i)->name, err);
  for (size_t i = 0; s == SW_OK && i < 3; i++) s = sw_op_plan_write(scope, out, sw_str_of(written[i]), err);
  return s;
}

static sw_status choose_tables(sw_op_env *env, const options *o, sw_trend_options *t, sw_error *err) {
  sw_trend_table *tables = SW_ARENA_ARRAY(env->arena, sw_trend_table, o->tables.n + 1);
  if (!tables) return sw_arena_check(env->arena, err);
  t->tables = tables;
  for (size_t i = 0; i < o->tables.n; i++) {
    sw_str name = SW_ITEM(sw_ref, o->tables, i)->name;
    const sw_table_def *d = sw_pack_table(env->packs, name);
    if (!d || !d->time.name.len)
      return SW_FAIL(err, SW_E_CONFIG, "SW-OP-0060", "表 %.*s 没有声明 time，不能按业务日监测", "table %.*s declares no time, so it cannot be watched by business day", SW_STR_ARG(name));
    sw_trend_table *one = &tables[t->ntables++];
    *one = (sw_trend_table){.table = sw_arena_dupz(env->arena, name), .org = d->org.name.len ? sw_arena_dupz(env->arena, d->org.name) : "_org",
                            .time = sw_arena_dupz(env->arena, d->time.name)};
    if (!one->table || !one->org || !one->time) return sw_arena_check(env->arena, err);
  }
  return SW_OK;
}

static sw_status choose_holidays(sw_op_env *env, const options *o, sw_trend_options *t, sw_error *err) {
  const sw_value_set_def *set = o->holidays.name.len ? sw_pack_value_set(env->packs, o->holidays.name) : NULL;
  if (!set) return SW_OK;
  int32_t *days = SW_ARENA_ARRAY(env->arena, int32_t, set->codes.n + 1);
  if (!days) return sw_arena_check(env->arena, err);
  t->holidays = days;
  for (size_t i = 0; i < set->codes.n; i++) {
    sw_str code = SW_ITEM(sw_code_def, set->codes, i)->code;
    if (!sw_parse_date(code, &days[t->nholidays++]))
      return SW_FAIL(err, SW_E_CONFIG, "SW-OP-0061", "值集 %.*s 的编码 %.*s 不是日期", "value set %.*s has the code %.*s, which is no date", SW_STR_ARG(set->id.name), SW_STR_ARG(code));
  }
  return SW_OK;
}

typedef struct kept {
  sw_op_env env;
  const char *volume; /* physical table */
} kept;

/* Counts of the newest days go to the history: how a day filled up from run to run can be told even when the warehouse is gone. */
static sw_status keep(sw_conn *c, void *ctx, sw_error *err) {
  kept *k = ctx;
  const char *dir = sw_workspace_path(k->env.workspace, k->env.arena, "history");
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  if (!dir) return sw_arena_check(k->env.arena, err);
  sw_sql_build(&sql, "DELETE FROM store.kept_volume WHERE run = {}; INSERT INTO store.kept_volume SELECT run, as_of, table_name, org, day, \"rows\", late FROM {} WHERE day > CAST(as_of AS DATE) - 92",
               sw_sql_text(k->env.run), sw_sql_table("store", k->volume));
  sw_status s = sw_buf_check(&sql, err);
  if (s == SW_OK) s = sw_exec(c, sql.ptr, k->env.cancel, err);
  return s == SW_OK ? sw_history_write(c, dir, SW_HISTORY_VOLUME, k->env.run, k->env.cancel, err) : s;
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  sw_trend_options t = {.run = env->run, .as_of_us = env->as_of_us, .history_days = o->history_days, .judge_days = o->judge_days, .late_days = o->late_days,
                        .lag_days = o->lag_days, .level = o->level, .cancel = env->cancel};
  sw_trend_counts n;
  char *volume = sw_op_physical(env, "quality.volume_trend"), *finding = sw_op_physical(env, "quality.volume_finding"),
       *arrival = sw_op_physical(env, "quality.late_arrival");
  kept *k = SW_ARENA_NEW(env->arena, kept);
  if (!volume || !finding || !arrival || !k) return sw_arena_check(env->arena, err);
  *k = (kept){.env = *env, .volume = volume};
  out->also = keep;
  out->also_ctx = k;
  sw_status s = choose_tables(env, o, &t, err);
  if (s == SW_OK) s = choose_holidays(env, o, &t, err);
  if (s == SW_OK) s = sw_trend_make(env->conn, &t, volume, finding, arrival, &n, err);
  if (s == SW_OK) s = sw_op_publish(env, out, "quality.volume_trend", volume, err);
  if (s == SW_OK) s = sw_op_publish(env, out, "quality.volume_finding", finding, err);
  if (s == SW_OK) s = sw_op_publish(env, out, "quality.late_arrival", arrival, err);
  if (s == SW_OK)
    sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "日量：%lld 条序列，%lld 处异常（其中断档 %lld），迟到 %lld 行",
                 "daily rows: %lld series, %lld findings (%lld of them gaps), %lld rows late", (long long)n.series, (long long)n.findings, (long long)n.gaps,
                 (long long)n.late);
  return s;
}

const sw_operator SW_OP_TREND = {
    .face = {.name = "trend", .map = &MAP, .help = {"日量监测", "watches daily rows"}},
    .plan = plan,
    .run = run,
};
