#include "coding/settle_run.h"

#include "base/map.h"
#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"

#include <stdlib.h>

enum { NO_POOL = -1 };

typedef struct line {
  int64_t row, cost, points_e4, mean, settled_e4, amount, paid, monthly, ratio_e4, factor_e8, value_e4, month_value_e4;
  sw_str org, org_code, case_no, pool_text, month_text, group, dept; /* in the run's arena */
  int32_t hospital_e4, auxiliary_e4, los, pool, year, month, org_at; /* month 1..12; year and month 0: none told */
  bool has_row, special;
  uint8_t cls;
} line;

enum { IN_ROW, IN_ORG, IN_ORG_CODE, IN_CASE, IN_POOL, IN_MONTH, IN_GROUP, IN_DEPT, IN_COST, IN_POINTS, IN_MEAN, IN_HOSPITAL, IN_AUX, IN_LOS, IN_N };
static const char *const in_names[IN_N] = {"_row", "_org",   "org_code",  "case_no",         "pool",             "month",   "group_code",
                                           "dept", "cost",   "points",    "mean_cost",       "hospital_factor",  "auxiliary_factor", "los_days"};

/* A month of a pool, or (month 0) its year: a line of the fund's table. */
typedef struct account {
  int32_t pool, year, month;
  int64_t cases, fund, first, points_e4, value_e4, paid, cost;
} account;

typedef struct run {
  const sw_settle_run_options *o;
  sw_arena mem;
  SW_VEC(line) lines;
  SW_VEC(account) accounts;
  SW_VEC(int32_t) years; /* ascending */
  int32_t first, last;   /* year × 12 + month - 1 that the data cover */
  sw_map orgs, texts;
  int at[IN_N];
  sw_settle_run_counts n;
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

/* "2024-03" (or longer); false when it is no month. */
static bool month_of(sw_str s, int32_t *year, int32_t *month) {
  int64_t y = 0, m = 0;
  if (s.len < 7 || s.ptr[4] != '-' || !sw_str_to_i64(sw_str_sub(s, 0, 4), &y) || !sw_str_to_i64(sw_str_sub(s, 5, 2), &m) || y < 1 || m < 1 || m > 12) return false;
  *year = (int32_t)y;
  *month = (int32_t)m;
  return true;
}

static bool see_year(run *r, const line *l) {
  if (l->year == 0) return true;
  int32_t at = l->year * 12 + l->month - 1;
  if (r->last == 0 || at < r->first) r->first = at;
  if (at > r->last) r->last = at;
  size_t i = 0;
  while (i < r->years.len && r->years.items[i] < l->year) ++i;
  if (i < r->years.len && r->years.items[i] == l->year) return true;
  if (!SW_VEC_PUSH(&r->years, l->year)) return false;
  memmove(r->years.items + i + 1, r->years.items + i, (r->years.len - 1 - i) * sizeof *r->years.items);
  r->years.items[i] = l->year;
  return true;
}

static bool take_line(run *r, const sw_rows *rows) {
  line l = {.has_row = r->at[IN_ROW] >= 0 && !sw_rows_is_null(rows, (size_t)r->at[IN_ROW])};
  if (l.has_row) l.row = sw_rows_i64(rows, (size_t)r->at[IN_ROW]);
  l.org = keep(r, rows, IN_ORG, true);
  l.org_code = keep(r, rows, IN_ORG_CODE, true);
  l.case_no = keep(r, rows, IN_CASE, false);
  l.pool_text = keep(r, rows, IN_POOL, true);
  l.month_text = keep(r, rows, IN_MONTH, true);
  l.group = keep(r, rows, IN_GROUP, true);
  l.dept = keep(r, rows, IN_DEPT, true);
  l.cost = decimal(r, rows, IN_COST, 2);
  l.points_e4 = decimal(r, rows, IN_POINTS, 4);
  l.mean = decimal(r, rows, IN_MEAN, 2);
  l.hospital_e4 = small(decimal(r, rows, IN_HOSPITAL, 4));
  l.auxiliary_e4 = small(decimal(r, rows, IN_AUX, 4));
  l.los = r->at[IN_LOS] < 0 ? 0 : small(sw_rows_i64(rows, (size_t)r->at[IN_LOS]));
  if (l.cost < 0) l.cost = 0; /* over-reversed: nothing was spent */
  l.pool = pool_of(r, l.pool_text);
  (void)month_of(l.month_text, &l.year, &l.month);
  l.org_at = number_of(&r->orgs, l.org_code);
  if (!see_year(r, &l)) return false;
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

static bool has_prefix(sw_str s, const char *prefix) { return !prefix || !*prefix || (s.len && sw_str_starts(s, sw_str_of(prefix))); }

static const sw_settle_day_rate *day_rate(const run *r, const line *l) {
  for (size_t i = 0; i < r->o->nday_rates; ++i)
    if (has_prefix(l->group, r->o->day_rates[i].group_prefix) && has_prefix(l->dept, r->o->day_rates[i].dept_prefix)) return &r->o->day_rates[i];
  return NULL;
}

static bool too_long(const run *r, const line *l) {
  int32_t limit = r->o->long_stay_days == 0 ? 60 : r->o->long_stay_days;
  return limit > 0 && l->los > limit;
}

static int64_t over_e8(int64_t a, int64_t b) { return b > 0 ? sw_muldiv(a, 100000000, b) : 100000000; }

static void weigh_points(line *l) {
  sw_settle_points p = sw_settle_dip_points(&(sw_settle_dip){l->points_e4, l->cost, l->mean, l->hospital_e4, l->auxiliary_e4});
  l->cls = (uint8_t)p.cls;
  l->ratio_e4 = p.ratio_e4;
  l->settled_e4 = p.settled_e4;
  if (p.cls == SW_SETTLE_LOW) l->factor_e8 = over_e8(l->cost, l->mean);
  if (p.cls == SW_SETTLE_HIGH) l->factor_e8 = over_e8(l->cost - l->mean, l->mean);
}

static void weigh_weight(const run *r, line *l, int64_t rate) {
  sw_settle_paid p = sw_settle_drg_pay(&(sw_settle_drg){small(l->points_e4), l->cost, l->hospital_e4}, rate, r->o->policy);
  l->cls = (uint8_t)p.cls;
  l->ratio_e4 = p.ratio_e4;
  l->settled_e4 = p.paid_fen; /* DRG amounts are the weights of the split */
  if (p.paid_fen != p.standard_fen) l->factor_e8 = over_e8(p.paid_fen, p.standard_fen);
}

/* Class, points and, outside points, the amount. */
static void weigh(run *r, line *l, int64_t rate) {
  const sw_settle_day_rate *day = day_rate(r, l);
  l->factor_e8 = 100000000;
  if (l->pool == NO_POOL || (day && day->day_fen <= 0)) {
    l->cls = SW_SETTLE_EXCLUDED;
    l->pool = NO_POOL;
  } else if (day) {
    l->cls = SW_SETTLE_PER_DIEM;
    l->amount = sw_settle_per_diem(day->day_fen, l->los > 0 ? l->los : 1);
  } else if (too_long(r, l) || l->points_e4 <= 0) {
    l->cls = SW_SETTLE_AT_COST;
    l->amount = l->cost;
  } else if (r->o->scheme == SW_SETTLE_BY_POINTS) {
    weigh_points(l);
  } else {
    weigh_weight(r, l, rate);
  }
  r->n.classes[l->cls]++;
}

static bool fixed(const line *l) { return l->cls == SW_SETTLE_AT_COST || l->cls == SW_SETTLE_PER_DIEM; }

typedef struct share_job {
  size_t *at;       /* lines of the pool and year (and month) */
  int64_t *weights, *shares;
  int64_t rate;     /* DRG */
} share_job;

static void add(int64_t *sum, int64_t v) {
  if (__builtin_add_overflow(*sum, v, sum)) *sum = INT64_MAX;
}

static int64_t unit_points(const run *r, const line *l) {
  if (fixed(l) || l->settled_e4 <= 0) return 0;
  return r->o->scheme == SW_SETTLE_BY_POINTS ? l->settled_e4 : l->points_e4;
}

/* Fen × 10 000 of a settled point, or of a unit of weight: for DRG the rate, times what the split made of the amounts. */
static int64_t value_of(const run *r, const share_job *j, int64_t shared, int64_t weight) {
  if (weight <= 0) return 0;
  if (r->o->scheme == SW_SETTLE_BY_POINTS) return sw_muldiv(shared, 100000000, weight);
  return sw_muldiv(shared, sw_muldiv(j->rate, 10000, 1), weight);
}

/* Splits the fund of an account over its n lines: what is fixed first, the rest by settled points. */
static sw_status split(run *r, share_job *j, size_t n, account *a, sw_error *err) {
  bool monthly = a->month > 0;
  int64_t rest = 0, weight = 0;
  for (size_t i = 0; i < n; ++i)
    if (fixed(&r->lines.items[j->at[i]])) add(&a->first, r->lines.items[j->at[i]].amount);
  bool over = a->first > a->fund;
  for (size_t i = 0; i < n; ++i) {
    const line *l = &r->lines.items[j->at[i]];
    j->weights[i] = over ? (fixed(l) ? l->amount : 0) : (fixed(l) ? 0 : l->settled_e4);
    add(&weight, j->weights[i]);
    add(&a->cost, l->cost);
    add(&a->points_e4, unit_points(r, l));
  }
  if (over && !monthly) r->n.overspent++;
  int64_t shared = over ? a->fund : a->fund - a->first;
  sw_status s = sw_settle_allocate(shared, j->weights, n, j->shares, &rest, err);
  a->cases = (int64_t)n;
  a->value_e4 = over ? 0 : value_of(r, j, shared, weight);
  for (size_t i = 0; !s && i < n; ++i) {
    line *l = &r->lines.items[j->at[i]];
    int64_t v = fixed(l) && !over ? l->amount : j->shares[i];
    if (monthly) l->monthly = v;
    else l->paid = v;
    if (!fixed(l) && monthly) l->month_value_e4 = a->value_e4;
    if (!fixed(l) && !monthly) l->value_e4 = a->value_e4;
    add(&a->paid, v);
  }
  if (!monthly) r->n.unpaid_fen += rest;
  return s;
}

static size_t lines_of(const run *r, int32_t pool, int32_t year, int32_t month, size_t *at) {
  size_t n = 0;
  for (size_t i = 0; i < r->lines.len; ++i) {
    const line *l = &r->lines.items[i];
    if (l->pool == pool && l->year == year && (month == 0 || l->month == month)) at[n++] = i;
  }
  return n;
}

/* DRG's rate for the multiples, where none is given: the fund over the total weight. */
static int64_t rate_of(const run *r, const share_job *j, size_t n, int64_t fund) {
  if (r->o->rate_fen > 0 || r->o->scheme == SW_SETTLE_BY_POINTS) return r->o->rate_fen;
  int64_t weight = 0;
  for (size_t i = 0; i < n; ++i)
    if (r->lines.items[j->at[i]].points_e4 > 0) add(&weight, r->lines.items[j->at[i]].points_e4);
  return weight > 0 ? sw_muldiv(fund, 10000, weight) : 0;
}

static sw_status pay_months(run *r, share_job *j, const sw_settle_year *y, int32_t pool, const int64_t parts[13], sw_error *err) {
  int32_t share = r->o->monthly_e4 > 0 ? r->o->monthly_e4 : 10000;
  sw_status s = SW_OK;
  for (int m = y->first; !s && y->year && m <= y->last; ++m) {
    account a = {.pool = pool, .year = y->year, .month = m, .fund = sw_muldiv(parts[m], share, 10000)};
    s = split(r, j, lines_of(r, pool, y->year, m, j->at), &a, err);
    if (!s && !SW_VEC_PUSH(&r->accounts, a)) s = no_memory(err);
  }
  return s;
}

/* One year of one pool; the fund and the months that it covered are left in *y for the next. */
static sw_status pay_year(run *r, share_job *j, int32_t pool, sw_settle_year *y, sw_error *err) {
  size_t n = lines_of(r, pool, y->year, 0, j->at), kept = 0;
  int64_t parts[13];
  account a = {.pool = pool, .year = y->year};
  y->cost_fen = 0;
  for (size_t i = 0; i < n; ++i) add(&y->cost_fen, r->lines.items[j->at[i]].cost);
  sw_status s = sw_settle_fund(&r->o->pools[pool], y, r->o->budgets, r->o->nbudgets, parts, &a.fund, err);
  if (s) return s;
  j->rate = rate_of(r, j, n, a.fund);
  for (size_t i = 0; i < n; ++i) weigh(r, &r->lines.items[j->at[i]], j->rate);
  for (size_t i = 0; i < n; ++i) /* some were excluded */
    if (r->lines.items[j->at[i]].pool == pool) j->at[kept++] = j->at[i];
  s = split(r, j, kept, &a, err);
  r->n.fund_fen += a.fund;
  r->n.paid_fen += a.paid;
  r->n.years++;
  r->n.value_fen_e4 = r->n.value_fen_e4 ? r->n.value_fen_e4 : a.value_e4;
  if (!s && !SW_VEC_PUSH(&r->accounts, a)) s = no_memory(err);
  if (!s) s = pay_months(r, j, y, pool, parts, err); /* last: it uses the job's lists again */
  y->before_fen = a.fund;
  y->before_months = y->year ? y->last - y->first + 1 : 0;
  return s;
}

static sw_status pay_pool(run *r, share_job *j, int32_t pool, sw_error *err) {
  sw_settle_year y = {.before_fen = -1};
  sw_status s = SW_OK;
  if (lines_of(r, pool, 0, 0, j->at) || r->years.len == 0) s = pay_year(r, j, pool, &y, err);
  y.before_fen = -1;
  for (size_t i = 0; !s && i < r->years.len; ++i) {
    int32_t year = r->years.items[i];
    y.year = year;
    y.first = r->first / 12 == year ? r->first % 12 + 1 : 1;
    y.last = r->last / 12 == year ? r->last % 12 + 1 : 12;
    if (i && r->years.items[i - 1] != year - 1) y.before_fen = -1;
    s = pay_year(r, j, pool, &y, err);
  }
  return s;
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
  share_job j = {calloc(n, sizeof(size_t)), calloc(n, sizeof(int64_t)), calloc(n, sizeof(int64_t)), 0};
  sw_status s = j.at && j.weights && j.shares ? SW_OK : no_memory(err);
  for (size_t i = 0; !s && i < r->lines.len; ++i) {
    line *l = &r->lines.items[i];
    r->n.cost_fen += l->cost;
    if (l->pool == NO_POOL) weigh(r, l, 0);
  }
  for (size_t p = 0; !s && p < r->o->npools; ++p) s = pay_pool(r, &j, (int32_t)p, err);
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
  put_number(k, 11, row, (l->factor_e8 + 5000) / 10000, !fixed(l) && l->cls != SW_SETTLE_EXCLUDED);
  put_number(k, 12, row, l->settled_e4, r->o->scheme == SW_SETTLE_BY_POINTS && l->settled_e4 > 0);
  put_number(k, 13, row, l->paid, true);
  put_number(k, 14, row, l->paid - l->cost, l->cls != SW_SETTLE_EXCLUDED);
  put_number(k, 15, row, l->monthly, l->month > 0);
  put_number(k, 16, row, l->paid - l->monthly, l->month > 0);
  ((bool *)k->columns[17].data)[row] = l->special;
  bool shares = !fixed(l) && l->cls != SW_SETTLE_EXCLUDED;
  put_number(k, 18, row, l->factor_e8, shares);
  put_number(k, 19, row, l->hospital_e4 > 0 ? l->hospital_e4 : 10000, shares);
  put_number(k, 20, row, r->o->scheme == SW_SETTLE_BY_POINTS && l->auxiliary_e4 > 0 ? l->auxiliary_e4 : 10000, shares);
  put_number(k, 21, row, l->value_e4, shares && l->value_e4 > 0);
  put_number(k, 22, row, l->month_value_e4, shares && l->month_value_e4 > 0);
}

static sw_status write_lines(run *r, sw_conn *c, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} (_row BIGINT, _org VARCHAR, org_code VARCHAR, case_no VARCHAR, pool VARCHAR, month VARCHAR,"
               " group_code VARCHAR, class VARCHAR, cost DECIMAL(18,2), points DECIMAL(18,4), ratio DECIMAL(18,4), deviation DECIMAL(18,4),"
               " settled_points DECIMAL(18,4), paid DECIMAL(18,2), gain DECIMAL(18,2), paid_monthly DECIMAL(18,2), clearing DECIMAL(18,2),"
               " special BOOLEAN, factor DECIMAL(18,8), hospital_factor DECIMAL(9,4), auxiliary_factor DECIMAL(9,4), value DECIMAL(18,6),"
               " value_monthly DECIMAL(18,6))",
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

static void put_account(sw_out_chunk *k, const run *r, const account *a) {
  size_t row = k->n++;
  char month[16];
  put_text(k, 0, row, sw_str_of(r->o->pools[a->pool].key));
  if (a->year) ((int64_t *)k->columns[1].data)[row] = a->year;
  else sw_out_null(&k->columns[1], row);
  (void)snprintf(month, sizeof month, "%04d-%02d", (int)(a->year % 10000), (int)(a->month % 100));
  put_text(k, 2, row, a->month ? sw_str_of(month) : (sw_str){NULL, 0});
  ((int64_t *)k->columns[3].data)[row] = a->cases;
  const int64_t figures[] = {a->fund, a->first, a->points_e4, a->value_e4, a->paid, a->cost, a->paid - a->cost};
  for (size_t i = 0; i < 7; ++i) put_number(k, 4 + i, row, figures[i], true);
}

static sw_status write_accounts(run *r, sw_conn *c, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_buf_printf(&name, "%s__fund", r->o->physical);
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} (pool VARCHAR, year BIGINT, month VARCHAR, cases BIGINT, fund DECIMAL(18,2), at_cost DECIMAL(18,2),"
               " points DECIMAL(18,4), value DECIMAL(18,6), paid DECIMAL(18,2), cost DECIMAL(18,2), gain DECIMAL(18,2))",
               sw_sql_table("store", name.ptr));
  sw_sink *sink = NULL;
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, r->o->cancel, err);
  if (!s) s = sw_sink_open(c, "store", name.ptr, &sink, err);
  for (size_t at = 0; !s && at < r->accounts.len;) {
    sw_out_chunk *k = NULL;
    s = sw_sink_chunk(sink, &k, err);
    for (k->n = 0; !s && k->n < k->cap && at < r->accounts.len; ++at) put_account(k, r, &r->accounts.items[at]);
    if (!s) s = sw_sink_append(sink, err);
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
  if (!s) s = write_accounts(&r, c, err);
  if (!s) *out = r.n;
  sw_arena_fini(&r.mem);
  SW_VEC_FREE(&r.lines);
  SW_VEC_FREE(&r.accounts);
  SW_VEC_FREE(&r.years);
  sw_map_fini(&r.orgs);
  sw_map_fini(&r.texts);
  return s ? SW_FRAME(err, "结算到 store.%s", "settling into store.%s", o->physical) : SW_OK;
}
