#include "coding/operations_inside.h"

#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "medic/stat_groups.h"

#include <math.h>
#include <stdlib.h>

enum { MEASURES = 5, COST = 0, MAX_TEAMS = 200 };
static const char *const measure_names[MEASURES] = {"cost", "drug", "material", "test", "los"};

typedef struct team {
  sw_str name; /* in the job's arena */
  size_t from, n; /* cases within the group */
  double gain;    /* of the settled ones */
  int64_t settled;
} team;

typedef struct job {
  const sw_operations_options *o;
  sw_operations_counts *n;
  sw_arena mem;
  sw_sink *anova, *pair, *mean;
  sw_out_chunk *ka, *kp, *km;
  sw_str org, grp;
  SW_VEC(team) teams;
  SW_VEC(double) values[MEASURES]; /* of the group under way, team by team */
} job;

static void put_text(sw_out_chunk *k, size_t col, sw_str s) {
  if (s.len) sw_out_str(&k->columns[col], k->n, s);
  else sw_out_null(&k->columns[col], k->n);
}

static void put_f64(sw_out_chunk *k, size_t col, double v) {
  if (isfinite(v)) ((double *)k->columns[col].data)[k->n] = v;
  else sw_out_null(&k->columns[col], k->n);
}

static void put_i64(sw_out_chunk *k, size_t col, int64_t v) { ((int64_t *)k->columns[col].data)[k->n] = v; }

static sw_status next_row(sw_sink *sink, sw_out_chunk **k, sw_error *err) {
  if (++(*k)->n < (*k)->cap) return SW_OK;
  sw_status s = sw_sink_append(sink, err);
  if (!s) s = sw_sink_chunk(sink, k, err);
  if (!s) (*k)->n = 0;
  return s;
}

static sw_status put_anova(job *j, const sw_sample *g, size_t teams, int m, sw_error *err) {
  sw_anova a = sw_sample_anova(g, teams);
  sw_test w = sw_sample_welch(g, teams), h = {0};
  sw_status s = sw_sample_kruskal(g, teams, &h, err);
  if (s) return s;
  sw_out_chunk *k = j->ka;
  put_text(k, 0, j->org);
  put_text(k, 1, j->grp);
  put_text(k, 2, sw_str_of(measure_names[m]));
  put_i64(k, 3, (int64_t)teams);
  put_i64(k, 4, (int64_t)a.n);
  put_f64(k, 5, a.valid ? a.f : NAN);
  put_f64(k, 6, a.valid ? a.df_between : NAN);
  put_f64(k, 7, a.valid ? a.df_within : NAN);
  put_f64(k, 8, a.valid ? a.p : NAN);
  put_f64(k, 9, a.valid ? a.eta2 : NAN);
  put_f64(k, 10, w.valid ? w.p : NAN);
  put_f64(k, 11, h.valid ? h.p : NAN);
  j->n->compared += m == COST;
  j->n->different += m == COST && a.valid && a.p < 0.05;
  return next_row(j->anova, &j->ka, err);
}

static sw_status put_pairs(job *j, const sw_sample *g, size_t teams, int m, sw_error *err) {
  sw_pair *p = calloc(teams * (teams - 1) / 2 + 1, sizeof *p);
  if (!p) return SW_FAIL(err, SW_E_NOMEM, "SW-OPS-0001", "内存不足", "out of memory");
  size_t n = 0;
  sw_status s = sw_sample_pairs(g, teams, p, &n, err);
  for (size_t i = 0; !s && i < n; ++i) {
    sw_out_chunk *k = j->kp;
    put_text(k, 0, j->org);
    put_text(k, 1, j->grp);
    put_text(k, 2, sw_str_of(measure_names[m]));
    put_text(k, 3, j->teams.items[p[i].a].name);
    put_text(k, 4, j->teams.items[p[i].b].name);
    put_f64(k, 5, sw_sample_mean(g[p[i].a]));
    put_f64(k, 6, sw_sample_mean(g[p[i].b]));
    put_f64(k, 7, p[i].difference);
    put_f64(k, 8, p[i].p);
    put_f64(k, 9, p[i].p_bonferroni);
    put_f64(k, 10, p[i].p_holm);
    put_f64(k, 11, p[i].p_tukey);
    s = next_row(j->pair, &j->kp, err);
  }
  free(p);
  return s;
}

/* Each team's mean with its 95 % interval, and on total cost what the team gained. */
static sw_status put_means(job *j, const sw_sample *g, size_t teams, int m, sw_error *err) {
  sw_status s = SW_OK;
  for (size_t t = 0; !s && t < teams; ++t) {
    const team *who = &j->teams.items[t];
    sw_interval i = sw_sample_mean_interval(g[t], 0.95);
    sw_out_chunk *k = j->km;
    put_text(k, 0, j->org);
    put_text(k, 1, j->grp);
    put_text(k, 2, sw_str_of(measure_names[m]));
    put_text(k, 3, who->name);
    put_i64(k, 4, (int64_t)who->n);
    put_f64(k, 5, sw_sample_mean(g[t]));
    put_f64(k, 6, sqrt(sw_sample_variance(g[t])));
    put_f64(k, 7, i.lo);
    put_f64(k, 8, i.hi);
    put_f64(k, 9, m == COST && who->settled ? round(who->gain * 100) / 100 : NAN);
    put_f64(k, 10, m == COST && who->settled ? round(who->gain * 100 / (double)who->settled) / 100 : NAN);
    s = next_row(j->mean, &j->km, err);
  }
  return s;
}

/* The group is complete: all of its teams were read. */
static sw_status compare(job *j, sw_error *err) {
  sw_sample g[MAX_TEAMS];
  size_t teams = j->teams.len;
  sw_status s = SW_OK;
  if (teams >= 2)
    for (int m = 0; !s && m < MEASURES; ++m) {
      for (size_t t = 0; t < teams; ++t) g[t] = (sw_sample){j->values[m].items + j->teams.items[t].from, j->teams.items[t].n};
      s = put_anova(j, g, teams, m, err);
      if (!s) s = put_pairs(j, g, teams, m, err);
      if (!s) s = put_means(j, g, teams, m, err);
    }
  j->teams.len = 0;
  for (int m = 0; m < MEASURES; ++m) j->values[m].len = 0;
  return s;
}

static bool start_group(job *j, sw_str org, sw_str grp) {
  j->org = sw_arena_dup(&j->mem, org);
  j->grp = sw_arena_dup(&j->mem, grp);
  return sw_arena_ok(&j->mem);
}

static bool take(job *j, const sw_rows *r) {
  sw_str name = sw_rows_str(r, 2);
  bool same = j->teams.len && sw_str_eq(j->teams.items[j->teams.len - 1].name, name);
  if (!same) {
    if (j->teams.len == MAX_TEAMS) return true; /* more teams than can be compared: the rest are left out */
    team t = {sw_arena_dup(&j->mem, name), j->values[0].len, 0, 0, 0};
    if (!sw_arena_ok(&j->mem) || !SW_VEC_PUSH(&j->teams, t)) return false;
  }
  for (int m = 0; m < MEASURES; ++m)
    if (!SW_VEC_PUSH(&j->values[m], sw_rows_f64(r, 3 + (size_t)m))) return false;
  team *t = &j->teams.items[j->teams.len - 1];
  t->n++;
  if (!sw_rows_is_null(r, 3 + MEASURES)) t->gain += sw_rows_f64(r, 3 + MEASURES), t->settled++;
  return true;
}

static sw_status read_teams(job *j, sw_rows *r, sw_error *err) {
  sw_step step;
  while ((step = sw_rows_next(r, err)) == SW_ROW) {
    sw_status s = SW_OK;
    if (!sw_str_eq(sw_rows_str(r, 0), j->org) || !sw_str_eq(sw_rows_str(r, 1), j->grp)) {
      s = compare(j, err);
      if (!s && !start_group(j, sw_rows_str(r, 0), sw_rows_str(r, 1))) s = sw_arena_check(&j->mem, err);
      if (!s) s = sw_cancel_check(j->o->cancel, err);
    }
    if (s) return s;
    if (!take(j, r)) return SW_FAIL(err, SW_E_NOMEM, "SW-OPS-0001", "内存不足", "out of memory");
  }
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
  return compare(j, err);
}

static sw_status make(sw_conn *c, const sw_operations_options *o, const char *suffix, const char *columns, sw_sink **sink, sw_out_chunk **k,
                      sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_buf_printf(&name, "%s%s", o->prefix, suffix);
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} {}", sw_sql_table("store", name.ptr), sw_sql_raw(sw_str_of(columns)));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, o->cancel, err);
  if (!s) s = sw_sink_open(c, "store", name.ptr, sink, err);
  if (!s) s = sw_sink_chunk(*sink, k, err);
  if (!s) (*k)->n = 0;
  return s;
}

/* Which items make a team dearer than the other teams of its institution in the same group. */
static sw_status items(sw_conn *c, const sw_operations_options *o, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  SW_AUTO(sw_buf) cases = SW_BUF_INIT;
  sw_buf_printf(&out, "%s_team_item", o->prefix);
  sw_buf_printf(&cases, "%s__case", o->prefix);
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} AS WITH c AS (SELECT org_code, grp, team, CAST(cost AS DOUBLE) AS cost, CAST(coalesce(drug, 0) AS DOUBLE) AS drug,"
               " CAST(coalesce(material, 0) AS DOUBLE) AS material, CAST(coalesce(test, 0) AS DOUBLE) AS test FROM {} WHERE grp IS NOT NULL AND team IS NOT NULL),"
               " big AS (SELECT org_code, grp, team FROM c GROUP BY org_code, grp, team HAVING count(*) >= {}),"
               " i AS (SELECT c.* FROM c JOIN big USING (org_code, grp, team)),"
               " l AS (SELECT org_code, grp, team, 'drug' AS item, drug AS yuan FROM i UNION ALL SELECT org_code, grp, team, 'material', material FROM i"
               " UNION ALL SELECT org_code, grp, team, 'test', test FROM i UNION ALL SELECT org_code, grp, team, 'other', cost - drug - material - test FROM i),"
               " t AS (SELECT org_code, grp, team, item, count(*) AS cases, sum(yuan) AS total FROM l GROUP BY org_code, grp, team, item),"
               " a AS (SELECT *, sum(total) OVER w AS all_total, sum(cases) OVER w AS all_cases FROM t WINDOW w AS (PARTITION BY org_code, grp, item))"
               " SELECT org_code, grp, team, item, cases, total / cases AS mean, (all_total - total) / (all_cases - cases) AS others_mean,"
               " total / cases - (all_total - total) / (all_cases - cases) AS gap FROM a WHERE all_cases > cases ORDER BY org_code, grp, team, item",
               sw_sql_table("store", out.ptr), sw_sql_table("store", cases.ptr), sw_sql_i64(o->least > 0 ? o->least : 10));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(c, b.ptr, o->cancel, err);
}

static sw_status query_teams(sw_conn *c, const sw_operations_options *o, sw_rows **r, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) cases = SW_BUF_INIT;
  sw_buf_printf(&cases, "%s__case", o->prefix);
  sw_sql_build(&b,
               "SELECT org_code, grp, team, CAST(cost AS DOUBLE), CAST(coalesce(drug, 0) AS DOUBLE), CAST(coalesce(material, 0) AS DOUBLE),"
               " CAST(coalesce(test, 0) AS DOUBLE), CAST(los AS DOUBLE), CAST(gain AS DOUBLE) FROM (SELECT *, count(*) OVER (PARTITION BY org_code, grp, team) AS n FROM {}"
               " WHERE grp IS NOT NULL AND team IS NOT NULL AND cost IS NOT NULL AND los IS NOT NULL) WHERE n >= {} ORDER BY org_code, grp, team, case_no",
               sw_sql_table("store", cases.ptr), sw_sql_i64(o->least > 0 ? o->least : 10));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_query(c, b.ptr, SW_NO_PARAMS, o->cancel, r, err);
}

static sw_status finish(sw_sink *sink, const sw_out_chunk *k, sw_status s, sw_error *err) {
  if (!s && k && k->n) s = sw_sink_append(sink, err);
  if (s) {
    sw_sink_abort(sink);
    return s;
  }
  return sw_sink_close(sink, err);
}

sw_status sw_operations_teams(sw_conn *c, const sw_operations_options *o, sw_operations_counts *n, sw_error *err) {
  job j = {.o = o, .n = n};
  sw_conn *w = NULL;
  sw_rows *r = NULL;
  sw_status s = sw_conn_open(sw_conn_engine(c), &w, err);
  if (!s)
    s = make(w, o, "_team_anova",
             "(org_code VARCHAR, grp VARCHAR, measure VARCHAR, teams BIGINT, cases BIGINT, f DOUBLE, df1 DOUBLE, df2 DOUBLE, p DOUBLE, eta2 DOUBLE,"
             " p_welch DOUBLE, p_kruskal DOUBLE)",
             &j.anova, &j.ka, err);
  if (!s)
    s = make(w, o, "_team_pair",
             "(org_code VARCHAR, grp VARCHAR, measure VARCHAR, team_a VARCHAR, team_b VARCHAR, mean_a DOUBLE, mean_b DOUBLE, difference DOUBLE, p DOUBLE,"
             " p_bonferroni DOUBLE, p_holm DOUBLE, p_tukey DOUBLE)",
             &j.pair, &j.kp, err);
  if (!s)
    s = make(w, o, "_team_mean",
             "(org_code VARCHAR, grp VARCHAR, measure VARCHAR, team VARCHAR, cases BIGINT, mean DOUBLE, sd DOUBLE, low DOUBLE, high DOUBLE,"
             " gain DOUBLE, gain_per_case DOUBLE)",
             &j.mean, &j.km, err);
  if (!s) s = query_teams(c, o, &r, err);
  if (!s) s = read_teams(&j, r, err);
  sw_rows_free(r);
  s = finish(j.anova, j.ka, s, err);
  s = finish(j.pair, j.kp, s, err);
  s = finish(j.mean, j.km, s, err);
  sw_conn_close(w);
  if (!s) s = items(c, o, err);
  sw_arena_fini(&j.mem);
  SW_VEC_FREE(&j.teams);
  for (int m = 0; m < MEASURES; ++m) SW_VEC_FREE(&j.values[m]);
  return s;
}
