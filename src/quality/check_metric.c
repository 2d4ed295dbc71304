/* Rules on a number per institution: measured by one query, judged by bounds, by its own history or by the peers.
 *
 * Judgements by history, by peers and by drift are tests of statistics: each yields a p value and says whether the effect is
 * large enough to matter (the rule's z, share of change or bound; for drift a distance of a twentieth). When all are made, Holm's
 * procedure over the whole check decides which are alarms (sw_check_settle), so that the chance of any false alarm stays
 * below the family's level. docs/quality-statistics.md has the formulas. */
#include "quality/check_internal.h"
#include "quality/stats.h"

#include "engine/rows.h"
#include "engine/sql.h"

#include <math.h>
#include <stdlib.h>

/* Distances of two distributions (total variation, Kolmogorov–Smirnov) below which a drift is none. */
static const double LEAST_DISTANCE = 0.05;
/* What is taken to be known of a count's spread before its history tells: twice that of chance, worth so many values. */
static const double PRIOR_EXCESS = 2, PRIOR_WORTH = 10;
/* No metric is steadier than a hundredth of itself, however constant its history. */
static const double LEAST_SPREAD = 0.01;

typedef struct group {
  uint32_t org;
  double value;
  bool there;
  double p, effect; /* of drift: the test's p, and the distance of the two distributions */
} group;
typedef SW_VEC(group) groups;

static const char *dup(sw_check *k, sw_str s) { return sw_arena_dupz(&k->arena, s); }

static void put_group(const sw_check *k, const sw_metric_def *m, sw_buf *sql) {
  if (m->overall) sw_buf_puts(sql, "''");
  else sw_check_org_sql(k, sql);
}

static void put_where(const sw_metric_def *m, sw_buf *sql) {
  if (m->where.text.len) sw_buf_printf(sql, " WHERE (%.*s)", SW_STR_ARG(m->where.text));
}

/* The aggregate of a simple metric; false when it needs a query of its own. */
static bool put_aggregate(sw_check *k, const sw_metric_def *m, sw_buf *sql) {
  const char *col = dup(k, m->column.name);
  sw_sql_arg id = sw_sql_id(col);
  switch ((sw_metric_of)m->of) {
    case SW_METRIC_ROWS: sw_buf_puts(sql, "count(*)"); return true;
    case SW_METRIC_FILLED: sw_sql_build(sql, "avg(CASE WHEN trim(CAST({} AS VARCHAR)) <> '' THEN 1.0 ELSE 0.0 END)", id); return true;
    case SW_METRIC_DISTINCT: sw_sql_build(sql, "count(DISTINCT {})", id); return true;
    case SW_METRIC_MIN: sw_sql_build(sql, "min(CAST({} AS DOUBLE))", id); return true;
    case SW_METRIC_MAX: sw_sql_build(sql, "max(CAST({} AS DOUBLE))", id); return true;
    case SW_METRIC_MEAN: sw_sql_build(sql, "avg(CAST({} AS DOUBLE))", id); return true;
    case SW_METRIC_STDDEV: sw_sql_build(sql, "stddev_samp(CAST({} AS DOUBLE))", id); return true;
    case SW_METRIC_SUM: sw_sql_build(sql, "sum(CAST({} AS DOUBLE))", id); return true;
    case SW_METRIC_QUANTILE: sw_sql_build(sql, "quantile_cont(CAST({} AS DOUBLE), {})", id, sw_sql_f64(m->quantile)); return true;
    case SW_METRIC_ENTROPY: sw_sql_build(sql, "entropy({})", id); return true;
    case SW_METRIC_AGE_HOURS:
      sw_sql_build(sql, "date_diff('second', max(CAST({} AS TIMESTAMP)), {}) / 3600.0", id, sw_sql_timestamp(k->o.as_of_us));
      return true;
    case SW_METRIC_PER_PATIENT: sw_sql_build(sql, "count(*) / count(DISTINCT {})::DOUBLE", sw_sql_id(dup(k, m->patient.name))); return true;
    case SW_METRIC_TOP_SHARE: case SW_METRIC_DUPLICATE_SHARE: case SW_METRIC_CHI_SQUARE: case SW_METRIC_KS: case SW_METRIC_PSI: break;
  }
  return false;
}

static void put_top_share(sw_check *k, const sw_metric_def *m, sw_buf *sql) {
  sw_buf_puts(sql, "SELECT g, CAST(max(n) AS DOUBLE) / sum(n) FROM (SELECT ");
  put_group(k, m, sql);
  sw_sql_build(sql, " AS g, {} AS v, count(*) AS n FROM {}", sw_sql_id(dup(k, m->column.name)), sw_sql_dotted(sw_check_relation(k)));
  put_where(m, sql);
  sw_buf_puts(sql, " GROUP BY 1, 2) WHERE v IS NOT NULL GROUP BY 1");
}

/* Content is every declared column; two rows alike in all of them repeat. */
static void put_duplicate_share(sw_check *k, const sw_metric_def *m, sw_buf *sql) {
  sw_buf_puts(sql, "SELECT ");
  put_group(k, m, sql);
  sw_buf_puts(sql, ", 1 - count(DISTINCT hash(");
  for (size_t i = 0; i < k->o.table->ncolumns; i++)
    sw_sql_build(sql, "{}{}", sw_sql_raw(sw_str_of(i ? ", " : "")), sw_sql_id(dup(k, k->o.table->columns[i].name)));
  sw_sql_build(sql, "))::DOUBLE / count(*) FROM {}", sw_sql_dotted(sw_check_relation(k)));
  put_where(m, sql);
  sw_buf_puts(sql, " GROUP BY 1");
}

static sw_status read_groups(sw_check *k, sw_conn *c, const sw_buf *sql, groups *out, sw_error *err) {
  sw_rows *r;
  sw_step step;
  if (!sw_buf_ok(sql)) return sw_buf_check(sql, err);
  sw_status st = sw_query(c, sql->ptr, SW_NO_PARAMS, k->o.cancel, &r, err);
  if (st) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    group g = {.there = !sw_rows_is_null(r, 1), .value = sw_rows_f64(r, 1)};
    if (step == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
    if (!st) st = sw_check_org(k, sw_rows_str(r, 0), &g.org, err);
    if (!st && !SW_VEC_PUSH(out, g)) st = SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
  }
  sw_rows_free(r);
  return st;
}

/* --- drift: the newest span against what came before ------------------------------------------------------ */

static void put_new(const sw_check *k, const sw_metric_def *m, sw_buf *sql) {
  sw_sql_build(sql, "({} >= {})", sw_sql_id(k->o.time_column), sw_sql_timestamp(k->o.as_of_us - m->split_us));
}

/* Counts of each value, new and old, group by group. Numbers are cut at the deciles of the old ones. */
static void put_cells(sw_check *k, const sw_metric_def *m, bool number, sw_buf *sql) {
  const char *col = dup(k, m->column.name);
  SW_AUTO(sw_buf) fresh = SW_BUF_INIT;
  SW_AUTO(sw_buf) g = SW_BUF_INIT;
  put_new(k, m, &fresh);
  put_group(k, m, &g);
  sw_buf_puts(sql, "SELECT g, count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM (SELECT ");
  if (number) {
    sw_buf_puts(sql, "t.g, fresh, ");
    for (int i = 1; i <= 9; i++) sw_buf_printf(sql, "%s(t.v > d.q[%d])::INTEGER", i > 1 ? " + " : "", i);
    sw_sql_build(sql, " AS v FROM (SELECT {} AS g, {} AS fresh, CAST({} AS DOUBLE) AS v FROM {}", sw_sql_raw(sw_buf_str(&g)),
                 sw_sql_raw(sw_buf_str(&fresh)), sw_sql_id(col), sw_sql_dotted(sw_check_relation(k)));
    put_where(m, sql);
    sw_sql_build(sql, ") t JOIN (SELECT {} AS g, quantile_cont(CAST({} AS DOUBLE), [0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9]) AS q FROM {} WHERE NOT {} GROUP BY 1) d USING (g)",
                 sw_sql_raw(sw_buf_str(&g)), sw_sql_id(col), sw_sql_dotted(sw_check_relation(k)), sw_sql_raw(sw_buf_str(&fresh)));
  } else {
    sw_sql_build(sql, "{} AS g, {} AS fresh, CAST({} AS VARCHAR) AS v FROM {}", sw_sql_raw(sw_buf_str(&g)), sw_sql_raw(sw_buf_str(&fresh)),
                 sw_sql_id(col), sw_sql_dotted(sw_check_relation(k)));
    put_where(m, sql);
  }
  sw_buf_puts(sql, ") WHERE v IS NOT NULL AND fresh IS NOT NULL GROUP BY g, v ORDER BY g");
}

typedef SW_VEC(double) doubles;

static sw_status finish_group(const sw_metric_def *m, uint32_t org, doubles *a, doubles *b, groups *out, sw_error *err) {
  double df, ta = 0, tb = 0;
  for (size_t i = 0; i < a->len; i++) {
    ta += a->items[i];
    tb += b->items[i];
  }
  group g = {.org = org, .there = ta > 0 && tb > 0};
  double x = sw_stat_chi2_two(a->items, b->items, a->len, &df);
  g.p = sw_stat_chi2_sf(x, df);
  for (size_t i = 0; i < a->len && g.there; i++) g.effect += fabs(a->items[i] / ta - b->items[i] / tb) / 2;
  g.value = m->of == SW_METRIC_PSI ? sw_stat_psi(a->items, b->items, a->len) : g.p;
  g.there = g.there && (df > 0 || m->of == SW_METRIC_PSI);
  a->len = b->len = 0;
  return SW_VEC_PUSH(out, g) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
}

static sw_status read_cells(sw_check *k, sw_conn *c, const sw_metric_def *m, const sw_buf *sql, groups *out, sw_error *err) {
  sw_rows *r;
  sw_step step;
  doubles a = {0}, b = {0};
  uint32_t org = 0, now = 0;
  if (!sw_buf_ok(sql)) return sw_buf_check(sql, err);
  sw_status st = sw_query(c, sql->ptr, SW_NO_PARAMS, k->o.cancel, &r, err);
  if (st) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
    if (!st) st = sw_check_org(k, sw_rows_str(r, 0), &now, err);
    if (!st && a.len && now != org) st = finish_group(m, org, &a, &b, out, err);
    org = now;
    if (!st && (!SW_VEC_PUSH(&a, (double)sw_rows_i64(r, 1)) || !SW_VEC_PUSH(&b, (double)sw_rows_i64(r, 2))))
      st = SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
  }
  if (!st && a.len) st = finish_group(m, org, &a, &b, out, err);
  sw_rows_free(r);
  SW_VEC_FREE(&a);
  SW_VEC_FREE(&b);
  return st;
}

static sw_status read_ks(sw_check *k, sw_conn *c, const sw_metric_def *m, groups *out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_puts(&sql, "SELECT g, max(abs(ca / n - cb / o)), any_value(n), any_value(o) FROM (SELECT g, v, max(ca)::DOUBLE AS ca, max(cb)::DOUBLE AS cb, any_value(n)::DOUBLE AS n, any_value(o)::DOUBLE AS o "
                    "FROM (SELECT g, v, sum(f) OVER w AS ca, sum(1 - f) OVER w AS cb, sum(f) OVER (PARTITION BY g) AS n, sum(1 - f) OVER (PARTITION BY g) AS o FROM (SELECT ");
  put_group(k, m, &sql);
  sw_sql_build(&sql, " AS g, CAST({} AS DOUBLE) AS v, ", sw_sql_id(dup(k, m->column.name)));
  put_new(k, m, &sql);
  sw_sql_build(&sql, "::INTEGER AS f FROM {}", sw_sql_dotted(sw_check_relation(k)));
  put_where(m, &sql);
  sw_buf_puts(&sql, ") WHERE v IS NOT NULL AND f IS NOT NULL WINDOW w AS (PARTITION BY g ORDER BY v)) GROUP BY g, v) WHERE n > 0 AND o > 0 GROUP BY g");
  sw_rows *r;
  sw_step step;
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  sw_status st = sw_query(c, sql.ptr, SW_NO_PARAMS, k->o.cancel, &r, err);
  if (st) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    group g = {.there = true, .effect = sw_rows_f64(r, 1), .p = sw_stat_ks_sf(sw_rows_f64(r, 1), sw_rows_f64(r, 2), sw_rows_f64(r, 3))};
    g.value = g.p;
    if (step == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
    if (!st) st = sw_check_org(k, sw_rows_str(r, 0), &g.org, err);
    if (!st && !SW_VEC_PUSH(out, g)) st = SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
  }
  sw_rows_free(r);
  return st;
}

static bool is_number(const sw_check *k, sw_str column) {
  for (size_t i = 0; i < k->o.table->ncolumns; i++)
    if (sw_str_eq(k->o.table->columns[i].name, column)) {
      sw_qtype t = k->o.table->columns[i].type;
      return t == SW_Q_INT || t == SW_Q_FLOAT;
    }
  return false;
}

static sw_status measure(sw_check *k, sw_conn *c, const sw_metric_def *m, groups *out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  if (m->of >= SW_METRIC_CHI_SQUARE && m->of <= SW_METRIC_PSI) {
    if (!k->o.time_column) return SW_OK;
    if (m->of == SW_METRIC_KS) return read_ks(k, c, m, out, err);
    put_cells(k, m, is_number(k, m->column.name), &sql);
    return read_cells(k, c, m, &sql, out, err);
  }
  if (m->of == SW_METRIC_TOP_SHARE) {
    put_top_share(k, m, &sql);
  } else if (m->of == SW_METRIC_DUPLICATE_SHARE) {
    put_duplicate_share(k, m, &sql);
  } else {
    sw_buf_puts(&sql, "SELECT ");
    put_group(k, m, &sql);
    sw_buf_puts(&sql, ", ");
    (void)put_aggregate(k, m, &sql);
    sw_sql_build(&sql, " FROM {}", sw_sql_dotted(sw_check_relation(k)));
    put_where(m, &sql);
    sw_buf_puts(&sql, " GROUP BY 1");
  }
  return read_groups(k, c, &sql, out, err);
}

/* --- judging -------------------------------------------------------------------------------------------------- */

typedef enum verdict { GOOD, BAD, TOO_EARLY, TESTED } verdict; /* TESTED: the family decides */

typedef struct judgement {
  double p;
  bool matters;
} judgement;

static sw_status history_of(sw_check *k, sw_conn *c, const sw_rule_def *rule, sw_str org, doubles *out, sw_error *err) {
  sw_rows *r;
  sw_step step;
  sw_status st = sw_query(c,
                          "SELECT value FROM store.kept_quality_metric WHERE table_name = ? AND rule = ? AND org = ? AND run <> ? AND as_of < ? "
                          "ORDER BY as_of, run",
                          SW_PARAMS(sw_p_strz(k->o.table_name), sw_p_str(rule->id.name), sw_p_str(org), sw_p_strz(k->o.run),
                                    sw_p_timestamp(k->o.as_of_us)),
                          k->o.cancel, &r, err);
  if (st) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
    else if (!SW_VEC_PUSH(out, sw_rows_f64(r, 0))) st = SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
  }
  sw_rows_free(r);
  return st;
}

static bool is_count(const sw_metric_def *m) { return m->of == SW_METRIC_ROWS || m->of == SW_METRIC_DISTINCT; }

static verdict deviates(double deviation, double sd, double df, bool matters, judgement *j) {
  *j = (judgement){.p = sd > 0 ? sw_stat_t_two_sided(deviation / sd, df) : 1, .matters = matters};
  return TESTED;
}

/* The spread of the next value about the mean of n earlier ones. A count's own dispersion is mixed with what counts commonly
 * have, so that three quiet values do not make the fourth an alarm, nor few values hide one that has halved. */
static double spread(const sw_metric_def *m, const doubles *h, double mean, double *df) {
  size_t n = h->len;
  double sd = sw_stat_sd(h->items, n);
  *df = (double)n - 1;
  if (is_count(m)) {
    double base = fmax(mean, 1), own = sd * sd * (double)(n - 1) / base;
    sd = sqrt((PRIOR_EXCESS * PRIOR_WORTH + own) / (PRIOR_WORTH + *df) * base);
    *df += PRIOR_WORTH;
  }
  return fmax(sd, LEAST_SPREAD * fabs(mean)) * sqrt(1 + 1.0 / (double)n);
}

static verdict by_history(const sw_metric_def *m, double v, const doubles *h, judgement *j) {
  size_t n = h->len;
  double df, mean = sw_stat_mean(h->items, n), forecast, sd;
  if ((int64_t)n < m->history || n < 2) return TOO_EARLY;
  if (m->judge == SW_JUDGE_SEASONAL) {
    if (!sw_stat_holt_winters(h->items, n, (size_t)m->period, &forecast, &sd)) return TOO_EARLY;
    df = fmax((double)n - (double)m->period - 3, 1);
    sd = fmax(sd, LEAST_SPREAD * fabs(forecast));
    if (is_count(m)) sd = fmax(sd, sqrt(fmax(forecast, 1)));
    return deviates(v - forecast, sd, df, fabs(v - forecast) > m->z * sd, j);
  }
  sd = spread(m, h, mean, &df);
  bool matters = m->judge == SW_JUDGE_RELATIVE ? fabs(v - mean) > m->change * fabs(mean) : fabs(v - mean) > m->z * sd;
  return deviates(v - mean, sd, df, matters, j);
}

/* Drift is a test; other bounds are as certain as the number. */
static verdict by_bounds(const sw_metric_def *m, const group *g, judgement *j) {
  *j = (judgement){.p = g->p, .matters = g->effect >= LEAST_DISTANCE};
  switch ((sw_metric_of)m->of) {
    case SW_METRIC_CHI_SQUARE: case SW_METRIC_KS: j->matters = j->matters && m->has_min && g->value < m->min; return TESTED;
    case SW_METRIC_PSI: j->matters = j->matters && m->has_max && g->value > m->max; return TESTED;
    case SW_METRIC_ROWS: case SW_METRIC_FILLED: case SW_METRIC_DISTINCT: case SW_METRIC_MIN: case SW_METRIC_MAX: case SW_METRIC_MEAN: case SW_METRIC_STDDEV:
    case SW_METRIC_SUM: case SW_METRIC_QUANTILE: case SW_METRIC_ENTROPY: case SW_METRIC_TOP_SHARE: case SW_METRIC_AGE_HOURS: case SW_METRIC_PER_PATIENT:
    case SW_METRIC_DUPLICATE_SHARE: break;
  }
  return (m->has_min && g->value < m->min) || (m->has_max && g->value > m->max) ? BAD : GOOD;
}

/* Robust z among the institutions of this check. The median deviation is worth 37 % of as many values as the standard one. */
static verdict by_peers(const sw_metric_def *m, double v, const groups *g, judgement *j) {
  double *x = malloc((g->len + 1) * sizeof *x);
  size_t n = 0;
  if (!x) return TOO_EARLY;
  for (size_t i = 0; i < g->len; i++)
    if (g->items[i].there) x[n++] = g->items[i].value;
  verdict answer = TOO_EARLY;
  if (n >= 5) {
    double median = sw_stat_median(x, n);
    for (size_t i = 0; i < n; i++) x[i] = fabs(x[i] - median);
    double sd = fmax(1.4826 * sw_stat_median(x, n), LEAST_SPREAD * fabs(median));
    answer = deviates(v - median, sd, fmax(0.37 * (double)(n - 1), 1), fabs(v - median) > m->z * sd, j);
  }
  free(x);
  return answer;
}

static sw_status judge(sw_check *k, sw_conn *c, const sw_rule_def *rule, const group *g, const groups *all, verdict *out, judgement *j, sw_error *err) {
  const sw_metric_def *m = &rule->metric;
  if (m->judge == SW_JUDGE_FIXED) *out = by_bounds(m, g, j);
  else if (m->judge == SW_JUDGE_PEERS) *out = by_peers(m, g->value, all, j);
  else {
    doubles h = {0};
    sw_status st = history_of(k, c, rule, k->scan.total.orgs.by_name.entries[g->org].key, &h, err);
    if (!st) *out = by_history(m, g->value, &h, j);
    SW_VEC_FREE(&h);
    return st;
  }
  return SW_OK;
}

sw_status sw_check_settle(sw_check *k, sw_error *err) {
  double *p = malloc((k->pending.len + 1) * sizeof *p);
  if (!p) return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
  for (size_t i = 0; i < k->pending.len; i++) p[i] = k->pending.items[i].p;
  double bound = sw_stat_holm_bound(p, k->pending.len, sw_check_family_level(k) / 2);
  for (size_t i = 0; i < k->pending.len; i++)
    if (k->pending.items[i].matters && k->pending.items[i].p <= bound) k->cells.items[k->pending.items[i].cell].failed = 1;
  free(p);
  return SW_OK;
}

double sw_check_family_level(const sw_check *k) {
  static const double RUN_LEVEL = 0.005; /* of all checks of a run; the trend of daily rows has its own */
  return RUN_LEVEL / (double)(k->o.family > 1 ? k->o.family : 1);
}

/* An institution that used to deliver and now has no row at all has zero rows; it must not slip away unjudged. */
static sw_status add_silent(sw_check *k, sw_conn *c, const sw_rule_def *rule, groups *g, sw_error *err) {
  sw_rows *r;
  sw_step step;
  size_t present = g->len;
  sw_status st = sw_query(c, "SELECT DISTINCT org FROM store.kept_quality_metric WHERE table_name = ? AND rule = ? AND run <> ? AND as_of < ? ORDER BY 1",
                          SW_PARAMS(sw_p_strz(k->o.table_name), sw_p_str(rule->id.name), sw_p_strz(k->o.run), sw_p_timestamp(k->o.as_of_us)),
                          k->o.cancel, &r, err);
  if (st) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    group silent = {.there = true, .value = 0};
    bool known = false;
    if (step == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
    if (!st) st = sw_check_org(k, sw_rows_str(r, 0), &silent.org, err);
    for (size_t i = 0; i < present && !known; i++) known = g->items[i].org == silent.org;
    if (!st && !known && !SW_VEC_PUSH(g, silent)) st = SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
  }
  sw_rows_free(r);
  return st;
}

sw_status sw_check_metric_rule(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err) {
  const sw_rule_def *d = k->o.rules[rule];
  groups g = {0};
  sw_status st = measure(k, c, &d->metric, &g, err);
  if (!st && d->metric.of == SW_METRIC_ROWS && d->metric.judge != SW_JUDGE_FIXED) st = add_silent(k, c, d, &g, err);
  for (size_t i = 0; i < g.len && !st; i++) {
    sw_result_cell cell = {.rule = rule, .org = g.items[i].org};
    verdict v = TOO_EARLY;
    judgement j = {0};
    bool broken = g.items[i].there && !isfinite(g.items[i].value);
    if (g.items[i].there && !broken) st = judge(k, c, d, &g.items[i], &g, &v, &j, err);
    if (st) break;
    if (broken) cell.broken = 1;
    else if (v == TOO_EARLY) cell.not_applicable = 1;
    else cell.checked = 1;
    cell.failed = v == BAD;
    sw_pending_test test = {.cell = k->cells.len, .p = j.p, .matters = j.matters};
    if (v == TESTED && !SW_VEC_PUSH(&k->pending, test)) st = SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
    if (!st) st = sw_check_cell(k, cell, err);
    sw_metric_cell mc = {.rule = rule, .org = g.items[i].org, .value = g.items[i].value};
    if (!st && g.items[i].there && !broken && !SW_VEC_PUSH(&k->metrics, mc)) st = SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
  }
  SW_VEC_FREE(&g);
  return st;
}
