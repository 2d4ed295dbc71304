#include "coding/settle_run.h"

#include "base/map.h"
#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"

#include <stdlib.h>

enum { NO_POOL = -1, MAX_MONTHS = 120 };

typedef struct line {
  int64_t row, cost, points_e4, mean, settled_e4, amount, paid, monthly, ratio_e4, deviation_e4;
  sw_str org, org_code, case_no, pool_text, month_text, group; /* in the run's arena */
  int32_t hospital_e4, auxiliary_e4, los, pool, month, org_at;
  bool has_row, special;
  uint8_t cls;
} line;

enum { IN_ROW, IN_ORG, IN_ORG_CODE, IN_CASE, IN_POOL, IN_MONTH, IN_GROUP, IN_COST, IN_POINTS, IN_MEAN, IN_HOSPITAL, IN_AUX, IN_LOS, IN_N };
static const char *const in_names[IN_N] = {"_row",   "_org",      "org_code",        "case_no",          "pool",    "month", "group_code", "cost",
                                           "points", "mean_cost", "hospital_factor", "auxiliary_factor", "los_days"};

typedef struct run {
  const sw_settle_run_options *o;
  sw_arena mem;
  SW_VEC(line) lines;
  sw_map months, orgs, texts;
  int at[IN_N];
  sw_settle_run_counts n;
  int64_t *funds; /* by pool */
} run;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-SET-0002", "内存不足", "out of memory"); }

/* --- reading --------------------------------------------------------------------------------- */

static int64_t decimal(const run *r, const sw_rows *rows, int f, int scale) {
  return r->at[f] < 0 || sw_rows_is_null(rows, (size_t)r->at[f]) ? 0 : sw_rows_decimal(rows, (size_t)r->at[f], scale);
}

/* Texts repeat (institutions, months, groups): each is kept once. */
static sw_str keep(run *r, const sw_rows *rows, int f, bool repeats) {
  if (r->at[f] < 0 || sw_rows_is_null(rows, (size_t)r->at[f])) return (sw_str){NULL, 0};
  sw_str s = sw_rows_str(rows, (size_t)r->at[f]);
  if (!repeats) return sw_arena_dup(&r->mem, s);
  bool added = false;
  uint64_t *at = sw_map_at(&r->texts, s, r->texts.len, &added);
  return at ? r->texts.entries[*at].key : (sw_str){NULL, 0};
}

static int32_t number_of(sw_map *m, sw_str s) {
  bool added = false;
  uint64_t *v = sw_map_at(m, s, m->len, &added);
  return v ? (int32_t)*v : 0;
}

static int32_t pool_of(const run *r, sw_str key) {
  int32_t any = NO_POOL;
  for (size_t i = 0; i < r->o->npools; ++i) {
    if (sw_str_eqz(key, r->o->pools[i].key)) return (int32_t)i;
    if (strcmp(r->o->pools[i].key, "*") == 0) any = (int32_t)i;
  }
  return any;
}

static int32_t small(int64_t v) { return v < 0 ? 0 : v > INT32_MAX ? INT32_MAX : (int32_t)v; }

static bool take_line(run *r, const sw_rows *rows) {
  line l = {.has_row = r->at[IN_ROW] >= 0 && !sw_rows_is_null(rows, (size_t)r->at[IN_ROW])};
  if (l.has_row) l.row = sw_rows_i64(rows, (size_t)r->at[IN_ROW]);
  l.org = keep(r, rows, IN_ORG, true);
  l.org_code = keep(r, rows, IN_ORG_CODE, true);
  l.case_no = keep(r, rows, IN_CASE, false);
  l.pool_text = keep(r, rows, IN_POOL, true);
  l.month_text = keep(r, rows, IN_MONTH, true);
  l.group = keep(r, rows, IN_GROUP, true);
  l.cost = decimal(r, rows, IN_COST, 2);
  l.points_e4 = decimal(r, rows, IN_POINTS, 4);
  l.mean = decimal(r, rows, IN_MEAN, 2);
  l.hospital_e4 = small(decimal(r, rows, IN_HOSPITAL, 4));
  l.auxiliary_e4 = small(decimal(r, rows, IN_AUX, 4));
  l.los = r->at[IN_LOS] < 0 ? 0 : small(sw_rows_i64(rows, (size_t)r->at[IN_LOS]));
  if (l.cost < 0) l.cost = 0; /* over-reversed: nothing was spent */
  l.pool = pool_of(r, l.pool_text);
  l.month = number_of(&r->months, l.month_text);
  l.org_at = number_of(&r->orgs, l.org_code);
  return sw_arena_ok(&r->mem) && SW_VEC_PUSH(&r->lines, l);
}

static sw_status read_cases(run *r, sw_conn *c, sw_error *err) {
  sw_rows *rows = NULL;
  sw_status s = sw_query(c, r->o->select, SW_NO_PARAMS, r->o->cancel, &rows, err);
  if (s) return s;
  for (int f = 0; f < IN_N; ++f) {
    r->at[f] = -1;
    for (size_t i = 0; i < sw_rows_ncolumns(rows); ++i)
      if (strcmp(sw_rows_name(rows, i), in_names[f]) == 0) r->at[f] = (int)i;
  }
  sw_step step;
  while ((step = sw_rows_next(rows, err)) == SW_ROW)
    if (!take_line(r, rows)) {
      s = no_memory(err);
      break;
    }
  if (step == SW_STEP_ERROR) s = err ? err->status : SW_E_ENGINE;
  sw_rows_free(rows);
  r->n.in = (int64_t)r->lines.len;
  return s;
}

/* --- paying ---------------------------------------------------------------------------------- */

static int64_t day_rate(const run *r, sw_str group) {
  for (size_t i = 0; i < r->o->nday_rates; ++i)
    if (group.len && sw_str_starts(group, sw_str_of(r->o->day_rates[i].group_prefix))) return r->o->day_rates[i].day_fen;
  return 0;
}

static bool too_long(const run *r, const line *l) {
  int32_t limit = r->o->long_stay_days == 0 ? 60 : r->o->long_stay_days;
  return limit > 0 && l->los > limit;
}

/* Class, points and, outside points, the amount. */
static void weigh(run *r, line *l, int64_t rate) {
  int64_t day = day_rate(r, l->group);
  if (l->pool == NO_POOL) {
    l->cls = SW_SETTLE_EXCLUDED;
  } else if (day > 0) {
    l->cls = SW_SETTLE_PER_DIEM;
    l->amount = sw_settle_per_diem(day, l->los > 0 ? l->los : 1);
  } else if (too_long(r, l) || l->points_e4 <= 0) {
    l->cls = SW_SETTLE_AT_COST;
    l->amount = l->cost;
  } else if (r->o->scheme == SW_SETTLE_BY_POINTS) {
    sw_settle_points p = sw_settle_dip_points(&(sw_settle_dip){l->points_e4, l->cost, l->mean, l->hospital_e4, l->auxiliary_e4});
    l->cls = (uint8_t)p.cls;
    l->ratio_e4 = p.ratio_e4;
    l->deviation_e4 = p.deviation_e4;
    l->settled_e4 = p.settled_e4;
  } else {
    sw_settle_paid p = sw_settle_drg_pay(&(sw_settle_drg){small(l->points_e4), l->cost, l->hospital_e4}, rate, r->o->policy);
    l->cls = (uint8_t)p.cls;
    l->ratio_e4 = p.ratio_e4;
    l->deviation_e4 = p.standard_fen > 0 ? sw_muldiv(p.paid_fen, 10000, p.standard_fen) : 10000;
    l->settled_e4 = p.paid_fen; /* DRG amounts are the weights of the split */
  }
  r->n.classes[l->cls]++;
}

static bool fixed(const line *l) { return l->cls == SW_SETTLE_AT_COST || l->cls == SW_SETTLE_PER_DIEM; }

typedef struct share_job {
  size_t *at;       /* lines of the pool (and month) */
  int64_t *weights, *shares;
} share_job;

static sw_status split(run *r, share_job *j, size_t n, int64_t fund, bool monthly, int64_t *rest, sw_error *err) {
  int64_t first = 0;
  for (size_t i = 0; i < n; ++i) {
    const line *l = &r->lines.items[j->at[i]];
    if (fixed(l) && __builtin_add_overflow(first, l->amount, &first)) first = INT64_MAX;
  }
  bool over = first > fund;
  for (size_t i = 0; i < n; ++i) {
    const line *l = &r->lines.items[j->at[i]];
    j->weights[i] = over ? (fixed(l) ? l->amount : 0) : (fixed(l) ? 0 : l->settled_e4);
  }
  if (over && !monthly) r->n.overspent++;
  sw_status s = sw_settle_allocate(over ? fund : fund - first, j->weights, n, j->shares, rest, err);
  for (size_t i = 0; !s && i < n; ++i) {
    line *l = &r->lines.items[j->at[i]];
    int64_t v = fixed(l) && !over ? l->amount : j->shares[i];
    if (monthly) l->monthly = v;
    else l->paid = v;
  }
  return s;
}

static size_t lines_of(const run *r, int32_t pool, int32_t month, size_t *at) {
  size_t n = 0;
  for (size_t i = 0; i < r->lines.len; ++i) {
    const line *l = &r->lines.items[i];
    if (l->pool == pool && (month < 0 || l->month == month)) at[n++] = i;
  }
  return n;
}

static sw_status pay_months(run *r, share_job *j, int32_t pool, sw_error *err) {
  size_t m = r->months.len;
  if (m == 0 || m > MAX_MONTHS) return SW_OK; /* no months are told, or the column is not a month */
  int64_t parts[MAX_MONTHS], equal[MAX_MONTHS], rest = 0;
  for (size_t i = 0; i < m; ++i) equal[i] = 1;
  int32_t share = r->o->monthly_e4 > 0 ? r->o->monthly_e4 : 10000;
  sw_status s = sw_settle_allocate(sw_muldiv(r->funds[pool], share, 10000), equal, m, parts, &rest, err);
  for (size_t i = 0; !s && i < m; ++i) {
    size_t n = lines_of(r, pool, (int32_t)i, j->at);
    s = split(r, j, n, parts[i], true, &rest, err);
  }
  return s;
}

static void set_fund(run *r, size_t p) {
  const sw_settle_pool *pool = &r->o->pools[p];
  r->funds[p] = pool->fund_fen;
  if (pool->fund_fen >= 0) return;
  int64_t cost = 0;
  for (size_t i = 0; i < r->lines.len; ++i)
    if (r->lines.items[i].pool == (int32_t)p && __builtin_add_overflow(cost, r->lines.items[i].cost, &cost)) cost = INT64_MAX;
  r->funds[p] = sw_muldiv(cost, pool->share_e4 > 0 ? pool->share_e4 : 10000, 10000);
}

/* DRG's rate for the multiples, where none is given: the fund over the total weight. */
static int64_t rate_of(const run *r, size_t p) {
  if (r->o->rate_fen > 0 || r->o->scheme == SW_SETTLE_BY_POINTS) return r->o->rate_fen;
  int64_t weight = 0;
  for (size_t i = 0; i < r->lines.len; ++i) {
    const line *l = &r->lines.items[i];
    if (l->pool == (int32_t)p && l->points_e4 > 0 && __builtin_add_overflow(weight, l->points_e4, &weight)) return 0;
  }
  return weight > 0 ? sw_muldiv(r->funds[p], 10000, weight) : 0;
}

static sw_status pay_pool(run *r, share_job *j, size_t p, sw_error *err) {
  set_fund(r, p);
  int64_t rate = rate_of(r, p), rest = 0;
  size_t n = lines_of(r, (int32_t)p, -1, j->at);
  for (size_t i = 0; i < n; ++i) weigh(r, &r->lines.items[j->at[i]], rate);
  sw_status s = split(r, j, n, r->funds[p], false, &rest, err);
  if (s) return s;
  r->n.fund_fen += r->funds[p];
  r->n.unpaid_fen += rest;
  int64_t points = 0, paid = 0;
  for (size_t i = 0; i < n; ++i) {
    const line *l = &r->lines.items[j->at[i]];
    r->n.paid_fen += l->paid;
    if (fixed(l) || l->settled_e4 <= 0) continue;
    int64_t unit = r->o->scheme == SW_SETTLE_BY_POINTS ? l->settled_e4 : l->points_e4;
    if (__builtin_add_overflow(points, unit, &points)) points = INT64_MAX;
    paid += l->paid;
  }
  if (p == 0 && points > 0) r->n.value_fen_e4 = sw_muldiv(paid, 100000000, points);
  return pay_months(r, j, (int32_t)p, err); /* last: it uses the job's lists again */
}

static sw_status mark_special(run *r, sw_error *err) {
  int32_t share = r->o->special_e6 > 0 ? r->o->special_e6 : r->o->scheme == SW_SETTLE_BY_POINTS ? 5000 : 50000;
  int32_t ratio = r->o->special_ratio_e4 > 0 ? r->o->special_ratio_e4 : 20000;
  size_t n = r->lines.len, orgs = r->orgs.len;
  int64_t *cost = calloc(n + 1, sizeof *cost), *paid = calloc(n + 1, sizeof *paid);
  bool *chosen = calloc(n + 1, sizeof *chosen);
  size_t *at = calloc(n + 1, sizeof *at), count = 0;
  sw_status s = cost && paid && chosen && at ? SW_OK : no_memory(err);
  for (size_t o = 0; !s && o < orgs; ++o) {
    size_t m = 0;
    for (size_t i = 0; i < n; ++i) {
      const line *l = &r->lines.items[i];
      if (l->org_at != (int32_t)o || l->cls == SW_SETTLE_EXCLUDED || fixed(l)) continue;
      at[m] = i;
      cost[m] = l->cost;
      paid[m++] = l->paid;
    }
    s = sw_settle_special(cost, paid, m, ratio, share, chosen, &count, err);
    for (size_t i = 0; !s && i < m; ++i) r->lines.items[at[i]].special = chosen[i];
    r->n.special += (int64_t)count;
  }
  free(cost);
  free(paid);
  free(chosen);
  free(at);
  return s;
}

static sw_status pay(run *r, sw_error *err) {
  size_t n = r->lines.len + 1;
  share_job j = {calloc(n, sizeof(size_t)), calloc(n, sizeof(int64_t)), calloc(n, sizeof(int64_t))};
  r->funds = calloc(r->o->npools + 1, sizeof *r->funds);
  sw_status s = j.at && j.weights && j.shares && r->funds ? SW_OK : no_memory(err);
  for (size_t p = 0; !s && p < r->o->npools; ++p) s = pay_pool(r, &j, p, err);
  for (size_t i = 0; !s && i < r->lines.len; ++i) {
    line *l = &r->lines.items[i];
    r->n.cost_fen += l->cost;
    if (l->pool == NO_POOL) weigh(r, l, 0);
  }
  free(j.at);
  free(j.weights);
  free(j.shares);
  if (!s) s = mark_special(r, err);
  if (!s && r->n.paid_fen + r->n.unpaid_fen != r->n.fund_fen)
    s = SW_FAIL(err, SW_E_BALANCE, "SW-SET-0003", "支付合计与基金不等", "payments do not sum to the fund");
  return s;
}

/* --- writing --------------------------------------------------------------------------------- */

static void put_text(sw_out_chunk *k, size_t col, size_t row, sw_str s) {
  if (s.len) sw_out_str(&k->columns[col], row, s);
  else sw_out_null(&k->columns[col], row);
}

static void put_number(sw_out_chunk *k, size_t col, size_t row, int64_t v, bool known) {
  if (!known || !sw_out_decimal(&k->columns[col], row, v)) sw_out_null(&k->columns[col], row);
}

static void put_line(sw_out_chunk *k, size_t row, const run *r, const line *l) {
  if (l->has_row) ((int64_t *)k->columns[0].data)[row] = l->row;
  else sw_out_null(&k->columns[0], row);
  put_text(k, 1, row, l->org);
  put_text(k, 2, row, l->org_code);
  put_text(k, 3, row, l->case_no);
  put_text(k, 4, row, l->pool_text);
  put_text(k, 5, row, l->month_text);
  put_text(k, 6, row, l->group);
  put_text(k, 7, row, sw_str_of(sw_settle_class_name((sw_settle_class)l->cls, SW_LANG_EN)));
  put_number(k, 8, row, l->cost, true);
  put_number(k, 9, row, l->points_e4, l->points_e4 > 0);
  put_number(k, 10, row, l->ratio_e4, l->ratio_e4 > 0);
  put_number(k, 11, row, l->deviation_e4, l->deviation_e4 > 0);
  put_number(k, 12, row, l->settled_e4, r->o->scheme == SW_SETTLE_BY_POINTS && l->settled_e4 > 0);
  put_number(k, 13, row, l->paid, true);
  put_number(k, 14, row, l->paid - l->cost, l->cls != SW_SETTLE_EXCLUDED);
  put_number(k, 15, row, l->monthly, r->months.len <= MAX_MONTHS);
  put_number(k, 16, row, l->paid - l->monthly, r->months.len <= MAX_MONTHS);
  ((bool *)k->columns[17].data)[row] = l->special;
}

static sw_status write_lines(run *r, sw_conn *c, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} (_row BIGINT, _org VARCHAR, org_code VARCHAR, case_no VARCHAR, pool VARCHAR, month VARCHAR,"
               " group_code VARCHAR, class VARCHAR, cost DECIMAL(18,2), points DECIMAL(18,4), ratio DECIMAL(18,4), deviation DECIMAL(18,4),"
               " settled_points DECIMAL(18,4), paid DECIMAL(18,2), gain DECIMAL(18,2), paid_monthly DECIMAL(18,2), clearing DECIMAL(18,2),"
               " special BOOLEAN)",
               sw_sql_table("store", r->o->physical));
  sw_sink *sink = NULL;
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, r->o->cancel, err);
  if (!s) s = sw_sink_open(c, "store", r->o->physical, &sink, err);
  for (size_t at = 0; !s && at < r->lines.len;) {
    sw_out_chunk *k = NULL;
    s = sw_sink_chunk(sink, &k, err);
    if (s) break;
    for (k->n = 0; k->n < k->cap && at < r->lines.len; ++at, ++k->n) put_line(k, k->n, r, &r->lines.items[at]);
    r->n.out += (int64_t)k->n;
    s = sw_sink_append(sink, err);
    if (!s) s = sw_cancel_check(r->o->cancel, err);
  }
  if (s) {
    sw_sink_abort(sink);
    return s;
  }
  return sw_sink_close(sink, err);
}

sw_status sw_settle_run(sw_conn *c, const sw_settle_run_options *o, sw_settle_run_counts *out, sw_error *err) {
  run r = {.o = o};
  *out = (sw_settle_run_counts){0};
  sw_status s = read_cases(&r, c, err);
  if (!s) s = pay(&r, err);
  if (!s) s = write_lines(&r, c, err);
  if (!s) *out = r.n;
  sw_arena_fini(&r.mem);
  SW_VEC_FREE(&r.lines);
  sw_map_fini(&r.months);
  sw_map_fini(&r.orgs);
  sw_map_fini(&r.texts);
  free(r.funds);
  return s ? SW_FRAME(err, "结算到 store.%s", "settling into store.%s", o->physical) : SW_OK;
}
