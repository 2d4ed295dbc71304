#include "quality/score.h"

#include "engine/rows.h"
#include "engine/sql.h"
#include "quality/finding.h"
#include "quality/score_2016.h"
#include "quality/stats.h"

#include "base/map.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>

/* Share of a rule to verify against a mandatory one: unusual is not wrong. */
static const double VERIFY_SHARE = 0.25;
static const double Z95 = 1.959963984540054;

sw_status sw_score_prepare(sw_conn *c, sw_error *err) {
  sw_status st = sw_findings_prepare(c, err); /* what people accepted does not count */
  return st ? st : sw_exec(c,
                 "CREATE SCHEMA IF NOT EXISTS store; CREATE SCHEMA IF NOT EXISTS quality;"
                 "CREATE TABLE IF NOT EXISTS store.kept_quality_score(run VARCHAR, as_of TIMESTAMP, run_no INTEGER, table_name VARCHAR, org VARCHAR, "
                 "formula VARCHAR, dimension VARCHAR, score DOUBLE, low DOUBLE, high DOUBLE, checked BIGINT, failed BIGINT, rules BIGINT);"
                 "CREATE VIEW IF NOT EXISTS quality.score AS SELECT run, as_of, table_name, org, formula, dimension, score, low, high, checked, failed, rules, "
                 "rank() OVER (PARTITION BY run, table_name, formula, dimension ORDER BY score DESC) AS rank, "
                 "arg_max(score, row(as_of, run_no)) OVER w AS previous, score - arg_max(score, row(as_of, run_no)) OVER w AS change FROM store.kept_quality_score "
                 /* the newest check of an earlier time: one that is repeated for the same day compares with the day before, too */
                 "WINDOW w AS (PARTITION BY table_name, org, formula, dimension ORDER BY as_of RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING);",
                 NULL, err);
}

/* --- suwen-1 ---------------------------------------------------------------------------------------------- */

typedef struct cell {
  char *org, *dimension; /* dimension "" is the whole */
  double weight, passed; /* weighted mean: sum of w, of w × pass rate */
  double spread;         /* sum of w² × p(1−p)/n: the variance of the mean, times weight² */
  int64_t checked, failed, rules;
} cell;

typedef struct cells {
  SW_VEC(cell) list;
  sw_map index;
  sw_arena arena;
} cells;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

static cell *cell_of(cells *c, sw_str org, sw_str dimension) {
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  bool added;
  sw_buf_printf(&key, "%.*s\n%.*s", SW_STR_ARG(org), SW_STR_ARG(dimension));
  uint64_t *at = sw_buf_ok(&key) ? sw_map_at(&c->index, sw_buf_str(&key), c->list.len, &added) : NULL;
  if (!at) return NULL;
  if (added) {
    cell fresh = {.org = sw_arena_dupz(&c->arena, org), .dimension = sw_arena_dupz(&c->arena, dimension)};
    if (!fresh.org || !fresh.dimension || !SW_VEC_PUSH(&c->list, fresh)) return NULL;
  }
  return &c->list.items[*at];
}

static void add(cell *c, double weight, int64_t checked, int64_t failed) {
  double n = (double)checked, p = 1 - (double)failed / n;
  double q = ((double)failed + 1) / (n + 2); /* Laplace: a rule that never failed is not infinitely sure */
  c->weight += weight;
  c->passed += weight * p;
  c->spread += weight * weight * q * (1 - q) / n;
  c->checked += checked;
  c->failed += failed;
  c->rules++;
}

/* Wilson's interval at the size that the weighted mean is worth: p(1−p) over its variance. */
static void interval(const cell *c, double p, double *lo, double *hi) {
  double variance = c->spread / (c->weight * c->weight), q = p > 0.999999 ? 0.999999 : p < 0.000001 ? 0.000001 : p;
  double size = variance > 0 ? q * (1 - q) / variance : (double)c->checked;
  if (size > (double)c->checked) size = (double)c->checked;
  if (size < 1) size = 1;
  sw_stat_wilson(p * size, size, Z95, lo, hi);
}

static sw_status collect(sw_conn *c, int64_t run_no, cells *out, sw_error *err) {
  sw_rows *r;
  sw_step step;
  sw_status st = sw_query(c,
                          "SELECT o.org, r.dimension, r.mandatory, r.weight, f.checked, f.failed - coalesce(a.accepted, 0) FROM store.kept_quality_result f "
                          "JOIN store.kept_quality_rule r USING (run_no, rule_no) JOIN store.kept_quality_org o USING (run_no, org_no) "
                          "LEFT JOIN (SELECT x.run_no, x.rule_no, x.org_no, count(*) AS accepted FROM store.kept_quality_failure x "
                          "JOIN store.kept_quality_rule y USING (run_no, rule_no) JOIN store.kept_quality_run u USING (run_no) "
                          "SEMI JOIN store.kept_finding_accepted z ON z.table_name = u.table_name AND z.rule = y.rule AND z._row = x._row "
                          "AND z._part IS NOT DISTINCT FROM x._part WHERE x.run_no = ? AND NOT y.mandatory GROUP BY ALL) a USING (run_no, rule_no, org_no) "
                          "WHERE f.run_no = ? AND f.checked > 0 AND f.broken = 0 ORDER BY o.org, r.rule_no",
                          SW_PARAMS(sw_p_i64(run_no), sw_p_i64(run_no)), NULL, &r, err);
  if (st) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) {
      st = err ? err->status : SW_E_ENGINE;
      break;
    }
    double weight = sw_rows_f64(r, 3) * (sw_rows_i64(r, 2) ? 1 : VERIFY_SHARE);
    for (int whole = 0; whole < 2 && !st; whole++) {
      cell *x = cell_of(out, sw_rows_str(r, 0), whole ? SW_LIT("") : sw_rows_str(r, 1));
      if (x) add(x, weight, sw_rows_i64(r, 4), sw_rows_i64(r, 5));
      else st = no_memory(err);
    }
  }
  sw_rows_free(r);
  return st;
}

static sw_status put(sw_conn *c, const char *run, const char *table, int64_t run_no, const char *formula, const cell *x, double score, double lo, double hi,
                     sw_error *err) {
  return sw_exec_params(c,
                        "INSERT INTO store.kept_quality_score SELECT ?, as_of, run_no, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM store.kept_quality_run WHERE run_no = ?",
                        SW_PARAMS(sw_p_strz(run), sw_p_strz(table), sw_p_strz(x->org), sw_p_strz(formula), sw_p_strz(x->dimension), sw_p_f64(score), sw_p_f64(lo),
                                  sw_p_f64(hi), sw_p_i64(x->checked), sw_p_i64(x->failed), sw_p_i64(x->rules), sw_p_i64(run_no)),
                        NULL, NULL, err);
}

static sw_status store_suwen(sw_conn *c, const char *run, const char *table, int64_t run_no, sw_error *err) {
  cells all = {0};
  sw_status st = collect(c, run_no, &all, err);
  for (size_t i = 0; !st && i < all.list.len; i++) {
    const cell *x = &all.list.items[i];
    double p = x->passed / x->weight, lo, hi;
    interval(x, p, &lo, &hi);
    st = put(c, run, table, run_no, "suwen-1", x, 100 * p, 100 * lo, 100 * hi, err);
  }
  SW_VEC_FREE(&all.list);
  sw_map_fini(&all.index);
  sw_arena_fini(&all.arena);
  return st;
}

/* --- front-page-2016 ----------------------------------------------------------------------------------------- */

/* Points lost on each page: items found wrong once each, class D of a section at most its cap; then the mean of 100 less
 * that, by institution, with the normal interval of the mean. */
static void put_2016(sw_buf *sql, int64_t run_no, const char *relation, const char *org_column) {
  sw_buf_puts(sql, "WITH item(code, section, class, points) AS (VALUES ");
  for (size_t i = 0; i < SW_SCORE_2016_ITEMS; i++)
    sw_buf_printf(sql, "%s('%s', %d, '%c', %.1f)", i ? ", " : "", SW_SCORE_2016[i].code, SW_SCORE_2016[i].section, SW_SCORE_2016[i].item_class, SW_SCORE_2016[i].points);
  sw_buf_puts(sql, "), cap(section, most) AS (VALUES ");
  for (int s = 0; s < SW_SCORE_2016_SECTIONS; s++) sw_buf_printf(sql, "%s(%d, %.1f)", s ? ", " : "", s, SW_SCORE_2016_D_CAP[s]);
  sw_sql_build(sql,
               "), wrong AS (SELECT DISTINCT f._row, r.item AS code FROM store.kept_quality_failure f JOIN store.kept_quality_rule r USING (run_no, rule_no) "
               "WHERE f.run_no = {} AND r.mandatory AND r.item <> ''), "
               "lost AS (SELECT _row, section, sum(CASE WHEN class = 'D' THEN points ELSE 0 END) AS d, sum(CASE WHEN class <> 'D' THEN points ELSE 0 END) AS abc "
               "FROM wrong JOIN item USING (code) GROUP BY ALL), "
               "page AS (SELECT _row, sum(abc + least(d, most)) AS points FROM lost JOIN cap USING (section) GROUP BY 1), "
               "score AS (SELECT coalesce(CAST(q.{} AS VARCHAR), '') AS org, 100 - coalesce(p.points, 0) AS s FROM {} q LEFT JOIN page p ON p._row = q._row) "
               "SELECT org, avg(s), coalesce(stddev_samp(s), 0), count(*), count(*) FILTER (WHERE s < 100) FROM score GROUP BY 1 ORDER BY 1",
               sw_sql_i64(run_no), sw_sql_id(org_column), sw_sql_dotted(relation));
}

static sw_status store_2016(sw_conn *c, const char *run, const char *table, int64_t run_no, const char *relation, const char *org_column, sw_error *err) {
  int64_t items = 0;
  sw_status st = sw_query_i64(c, "SELECT count(*) FROM store.kept_quality_rule WHERE run_no = ? AND item <> ''", SW_PARAMS(sw_p_i64(run_no)), NULL, &items, NULL, err);
  if (st || !items || !org_column) return st;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  cells all = {0};
  sw_rows *r;
  sw_step step;
  typedef struct mean { double score, half; } mean;
  SW_VEC(mean) means = {0};
  put_2016(&sql, run_no, relation, org_column);
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  if ((st = sw_query(c, sql.ptr, SW_NO_PARAMS, NULL, &r, err))) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    cell *x = step == SW_ROW ? cell_of(&all, sw_rows_str(r, 0), SW_LIT("")) : NULL;
    if (!x) {
      st = step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : no_memory(err);
      break;
    }
    x->checked = sw_rows_i64(r, 3);
    x->failed = sw_rows_i64(r, 4);
    x->rules = items;
    mean m = {sw_rows_f64(r, 1), x->checked ? Z95 * sw_rows_f64(r, 2) / sqrt((double)x->checked) : 0};
    if (!SW_VEC_PUSH(&means, m)) st = no_memory(err);
  }
  sw_rows_free(r);
  for (size_t i = 0; !st && i < all.list.len; i++) {
    double lo = means.items[i].score - means.items[i].half, hi = means.items[i].score + means.items[i].half;
    st = put(c, run, table, run_no, "front-page-2016", &all.list.items[i], means.items[i].score, lo < 0 ? 0 : lo, hi > 100 ? 100 : hi, err);
  }
  SW_VEC_FREE(&means);
  SW_VEC_FREE(&all.list);
  sw_map_fini(&all.index);
  sw_arena_fini(&all.arena);
  return st;
}

sw_status sw_score_store(sw_conn *c, const char *run, const char *table_name, const char *relation, const char *org_column, sw_error *err) {
  int64_t run_no = 0;
  bool null = true;
  sw_status st = sw_query_i64(c, "SELECT max(run_no) FROM store.kept_quality_run WHERE run = ? AND table_name = ?", SW_PARAMS(sw_p_strz(run), sw_p_strz(table_name)),
                              NULL, &run_no, &null, err);
  if (st || null) return st;
  st = sw_exec_params(c, "DELETE FROM store.kept_quality_score WHERE run = ? AND table_name = ?", SW_PARAMS(sw_p_strz(run), sw_p_strz(table_name)), NULL, NULL, err);
  if (!st) st = store_suwen(c, run, table_name, run_no, err);
  if (!st) st = store_2016(c, run, table_name, run_no, relation, org_column, err);
  return st ? SW_FRAME(err, "计算 %s 的质量评分", "scoring %s", table_name) : SW_OK;
}
