#include "coding/operations.h"

#include "coding/operations_inside.h"
#include "engine/rows.h"
#include "engine/sql.h"

#include "base/json.h"

const char *const SW_OPERATIONS_TABLES[SW_OPERATIONS_NTABLES] = {"indicator", "structure", "pareto", "funnel", "team_anova", "team_pair", "team_item", "team_mean"};

void sw_operations_select(const char *groups, const char *settlement, bool dip, sw_buf *out) {
  static const char drg[] = "g.drg END AS grp, g.drg_name AS grp_name, g.weight AS weight, g.risk AS risk, g.mean_los AS mean_los,";
  /* points are a thousand times the relative weight */
  static const char points[] = "g.dip END AS grp, g.dip_name AS grp_name, CAST(g.score / 1000 AS DECIMAL(18,4)) AS weight, CAST(NULL AS BIGINT) AS risk,"
                               " CAST(NULL AS DECIMAL(9,2)) AS mean_los,";
  sw_sql_build(out,
               "SELECT g.org_code, g.case_no, o.name AS org_name, a.dept_name AS dept, a.team_code AS team, a.attending_physician AS doctor,"
               " CASE WHEN g.status = 'grouped' THEN {}"
               " CAST(a.fee_net AS DECIMAL(18,2)) AS cost, CAST(a.fee_drug AS DECIMAL(18,2)) AS drug, CAST(a.fee_material AS DECIMAL(18,2)) AS material,"
               " CAST(a.fee_test AS DECIMAL(18,2)) AS test, a.los_days AS los, CASE WHEN a.died = '1' THEN 1 ELSE 0 END AS died,"
               " g.mean_cost AS mean_cost, {} AS paid, {} AS gain, {} AS class, CASE WHEN a.settlement_lists > 0 THEN 1 ELSE 0 END AS listed,"
               " CASE WHEN g.principal_code IS NULL THEN 0 ELSE 1 END AS coded, g.reason_zh, g.reason_en FROM {} g"
               " JOIN dws.admission a ON a.org_code = g.org_code AND a.case_no = g.case_no"
               " LEFT JOIN (SELECT org_code, max(org_name) AS name FROM dwd.admission GROUP BY org_code) o ON o.org_code = g.org_code",
               sw_sql_raw(dip ? sw_str_of(points) : sw_str_of(drg)), sw_sql_raw(settlement ? SW_LIT("s.paid") : SW_LIT("CAST(NULL AS DECIMAL(18,2))")),
               sw_sql_raw(settlement ? SW_LIT("s.gain") : SW_LIT("CAST(NULL AS DECIMAL(18,2))")),
               sw_sql_raw(settlement ? SW_LIT("s.class") : SW_LIT("CAST(NULL AS VARCHAR)")), sw_sql_dotted(groups));
  if (settlement) sw_sql_build(out, " LEFT JOIN {} s ON s.org_code = g.org_code AND s.case_no = g.case_no", sw_sql_dotted(settlement));
}

/* CREATE TABLE store.<prefix><suffix> AS <sql>; `from` is what {} in the sql stands for. */
static sw_status make(sw_conn *c, const sw_operations_options *o, const char *suffix, const char *sql, const char *from, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  SW_AUTO(sw_buf) source = SW_BUF_INIT;
  sw_buf_printf(&name, "%s%s", o->prefix, suffix);
  sw_buf_printf(&source, "%s%s", o->prefix, from);
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} AS ", sw_sql_table("store", name.ptr));
  sw_sql_build(&b, sql, sw_sql_table("store", source.ptr));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(c, b.ptr, o->cancel, err);
}

/* Every case once at each level; the region is all institutions together. A case without dept, team or doctor is not of any. */
static const char UNITS[] =
    "SELECT 'region' AS level, '' AS name, * REPLACE ('' AS org_code) FROM {0}"
    " UNION ALL BY NAME SELECT 'hospital' AS level, org_code AS name, * FROM {0}"
    " UNION ALL BY NAME SELECT 'department' AS level, dept AS name, * FROM {0} WHERE dept IS NOT NULL"
    " UNION ALL BY NAME SELECT 'team' AS level, team AS name, * FROM {0} WHERE team IS NOT NULL"
    " UNION ALL BY NAME SELECT 'doctor' AS level, doctor AS name, * FROM {0} WHERE doctor IS NOT NULL"
    " UNION ALL BY NAME SELECT 'group' AS level, grp AS name, * FROM {0} WHERE grp IS NOT NULL";

static const char MEASURES[] =
    "SELECT level, org_code, name, max(CASE level WHEN 'group' THEN grp_name WHEN 'hospital' THEN org_name WHEN 'team' THEN dept WHEN 'doctor' THEN dept END) AS title, count(*) AS cases, count(grp) AS grouped,"
    " count(DISTINCT grp) AS groups, CAST(sum(weight) AS DECIMAL(18,4)) AS weight,"
    " CAST(sum(weight) AS DOUBLE) / nullif(count(weight), 0) AS cmi,"
    " round(avg(CASE WHEN mean_cost > 0 THEN CAST(cost AS DOUBLE) / CAST(mean_cost AS DOUBLE) END), 6) AS cost_index,"
    " round(avg(CASE WHEN mean_los > 0 THEN CAST(los AS DOUBLE) / CAST(mean_los AS DOUBLE) END), 6) AS time_index,"
    " avg(CAST(los AS DOUBLE)) AS mean_stay, CAST(sum(cost) AS DECIMAL(18,2)) AS cost, CAST(sum(cost) AS DOUBLE) / nullif(count(cost), 0) AS mean_cost,"
    " CAST(sum(drug) AS DOUBLE) / nullif(CAST(sum(cost) AS DOUBLE), 0) AS drug_share,"
    " CAST(sum(material) AS DOUBLE) / nullif(CAST(sum(cost) AS DOUBLE), 0) AS material_share,"
    " count(CASE WHEN died = 1 THEN 1 END) AS deaths, count(CASE WHEN risk = 1 THEN 1 END) AS low_risk,"
    " count(CASE WHEN risk = 1 AND died = 1 THEN 1 END) AS low_risk_deaths,"
    " count(CASE WHEN risk = 1 AND died = 1 THEN 1 END) / nullif(CAST(count(CASE WHEN risk = 1 THEN 1 END) AS DOUBLE), 0) AS low_risk_mortality,"
    " CAST(sum(paid) AS DECIMAL(18,2)) AS paid, CAST(sum(gain) AS DECIMAL(18,2)) AS gain, CAST(sum(gain) AS DOUBLE) / nullif(count(gain), 0) AS gain_per_case,"
    " count(gain) AS settled, CAST(sum(CASE WHEN gain IS NOT NULL THEN cost END) AS DECIMAL(18,2)) AS settled_cost,"
    " count(CASE WHEN class = 'low' THEN 1 END) AS low_multiple, count(CASE WHEN class = 'high' THEN 1 END) AS high_multiple";

/* Place among the units of a level, 0–100: the share of the other units that it is at least as good as. All equal: all 100. */
#define PLACE(column, order)                                                                                                          \
  "CASE WHEN " column " IS NOT NULL THEN coalesce(round(100 * (cume_dist() OVER (PARTITION BY level, " column " IS NULL ORDER BY " column \
  " " order ") * count(*) OVER (PARTITION BY level, " column " IS NULL) - 1) / nullif(count(*) OVER (PARTITION BY level, " column           \
  " IS NULL) - 1, 0), 4), 100) END"

static const char DIMENSIONS[] =
    "WITH p AS (SELECT *, " PLACE("cmi", "ASC") " AS p_cmi, " PLACE("groups", "ASC") " AS p_groups, " PLACE("cost_index", "DESC") " AS p_cost, "
    PLACE("time_index", "DESC") " AS p_time, " PLACE("low_risk_mortality", "DESC") " AS p_safety, " PLACE("weight", "ASC") " AS p_volume, "
    PLACE("gain_per_case", "ASC") " AS p_gain FROM {})"
    " SELECT * EXCLUDE (p_cmi, p_groups, p_cost, p_time, p_safety, p_volume, p_gain), round((p_cmi + p_groups) / 2, 4) AS capacity,"
    " round((p_cost + p_time) / 2, 4) AS efficiency, p_safety AS safety, p_volume AS volume, p_gain AS economy FROM p ORDER BY level, org_code, name";

static const char STRUCTURE[] =
    "WITH c AS (SELECT * FROM {} WHERE grp IS NOT NULL), items AS ("
    " SELECT org_code, dept, grp, 'drug' AS item, drug AS yuan, cost FROM c UNION ALL SELECT org_code, dept, grp, 'material', material, cost FROM c"
    " UNION ALL SELECT org_code, dept, grp, 'test', test, cost FROM c"
    " UNION ALL SELECT org_code, dept, grp, 'other', cost - coalesce(drug, 0) - coalesce(material, 0) - coalesce(test, 0), cost FROM c),"
    " bench AS (SELECT grp, item, round(avg(CAST(yuan AS DOUBLE)), 4) AS yuan, round(sum(CAST(yuan AS DOUBLE)) / nullif(sum(CAST(cost AS DOUBLE)), 0), 6) AS share"
    " FROM items GROUP BY grp, item),"
    " own AS (SELECT org_code, dept, grp, item, count(*) AS cases, round(avg(CAST(yuan AS DOUBLE)), 4) AS yuan,"
    " round(sum(CAST(yuan AS DOUBLE)) / nullif(sum(CAST(cost AS DOUBLE)), 0), 6) AS share FROM items GROUP BY org_code, dept, grp, item)"
    " SELECT own.org_code, own.dept, own.grp, own.item, own.cases, own.yuan, own.share, bench.yuan AS benchmark_yuan, bench.share AS benchmark_share,"
    " round(own.yuan - bench.yuan, 4) AS difference, round((own.yuan - bench.yuan) * own.cases, 2) AS effect"
    " FROM own JOIN bench ON bench.grp = own.grp AND bench.item = own.item ORDER BY own.org_code, own.dept, own.grp, own.item";

static const char PARETO[] =
    "WITH g AS (SELECT org_code, grp, max(grp_name) AS title, count(*) AS cases, CAST(sum(cost) AS DECIMAL(18,2)) AS cost,"
    " CAST(sum(paid) AS DECIMAL(18,2)) AS paid, CAST(sum(gain) AS DECIMAL(18,2)) AS gain FROM {} WHERE grp IS NOT NULL GROUP BY org_code, grp)"
    " SELECT org_code, grp, title, cases, cost, paid, gain, row_number() OVER w AS place,"
    " CAST(sum(-gain) OVER (w ROWS UNBOUNDED PRECEDING) AS DOUBLE) / CAST(sum(-gain) OVER (PARTITION BY org_code) AS DOUBLE) AS cumulative"
    " FROM g WHERE gain < 0 WINDOW w AS (PARTITION BY org_code ORDER BY gain, grp) ORDER BY org_code, place";

/* Each stage holds the cases of the one before that went on; those that did not stand beside it with their reason. */
static const char FUNNEL[] =
    "WITH c AS (SELECT org_code, cost, class, CASE WHEN listed = 0 THEN 2 WHEN coded = 0 THEN 3 WHEN grp IS NULL THEN 4 WHEN class = 'excluded' THEN 5"
    " WHEN class <> 'normal' THEN 6 ELSE 7 END AS out_at, reason_zh, reason_en FROM {}),"
    " r AS (SELECT *, CASE out_at WHEN 2 THEN '没有医保结算清单' WHEN 3 THEN '主要诊断没有医保编码' WHEN 4 THEN coalesce(reason_zh, '未入组')"
    " WHEN 5 THEN '不由医保基金支付（自费、商业保险等）' WHEN 6 THEN CASE class WHEN 'low' THEN '低倍率' WHEN 'high' THEN '高倍率' WHEN 'per diem' THEN '按床日付费'"
    " ELSE '按实际费用付费' END END AS zh, CASE out_at WHEN 2 THEN 'no settlement list' WHEN 3 THEN 'the principal diagnosis has no insurance code'"
    " WHEN 4 THEN coalesce(reason_en, 'not grouped') WHEN 5 THEN 'not paid from an insurance fund (own account, commercial)' WHEN 6 THEN CASE class"
    " WHEN 'low' THEN 'low multiple' WHEN 'high' THEN 'high multiple' WHEN 'per diem' THEN 'paid by the day' ELSE 'paid at cost' END END AS en FROM c),"
    " s(position, stage, zh, en) AS (VALUES (1, 'discharged', '出院病例', 'discharged'), (2, 'listed', '有结算清单', 'with a settlement list'),"
    " (3, 'coded', '已编码', 'coded'), (4, 'grouped', '入组', 'grouped'), (5, 'insured', '医保基金支付', 'paid from a fund'),"
    " (6, 'normal', '正常倍率', 'in the ratio band')),"
    " kept AS (SELECT org_code, position, stage, false AS dropped, s.zh, s.en, count(CASE WHEN out_at > position THEN 1 END) AS cases,"
    " CAST(coalesce(sum(CASE WHEN out_at > position THEN cost END), 0) AS DECIMAL(18,2)) AS cost FROM s CROSS JOIN r GROUP BY org_code, position, stage, s.zh, s.en),"
    " lost AS (SELECT org_code, position, stage, true AS dropped, r.zh, r.en, count(*) AS cases, CAST(coalesce(sum(cost), 0) AS DECIMAL(18,2)) AS cost"
    " FROM r JOIN s ON s.position = r.out_at GROUP BY org_code, position, stage, r.zh, r.en)"
    " SELECT * FROM (SELECT * FROM kept UNION ALL BY NAME SELECT * FROM lost)"
    " WHERE position <= CASE WHEN (SELECT count(class) FROM c) > 0 THEN 6 ELSE 4 END ORDER BY org_code, position, dropped, cases DESC, zh";

/* UNITS names its source at every level. */
static sw_status make_measures(sw_conn *c, const sw_operations_options *o, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  SW_AUTO(sw_buf) cases = SW_BUF_INIT;
  sw_buf_printf(&name, "%s__measure", o->prefix);
  sw_buf_printf(&cases, "%s__case", o->prefix);
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} AS ", sw_sql_table("store", name.ptr));
  sw_buf_puts(&b, MEASURES);
  sw_buf_puts(&b, " FROM (");
  for (const char *p = UNITS; *p;) {
    const char *hole = strstr(p, "{0}");
    sw_buf_put(&b, p, hole ? (size_t)(hole - p) : strlen(p));
    if (!hole) break;
    sw_sql_put(&b, sw_sql_table("store", cases.ptr));
    p = hole + 3;
  }
  sw_buf_puts(&b, ") GROUP BY level, org_code, name");
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(c, b.ptr, o->cancel, err);
}

static sw_status make_cases(sw_conn *c, const sw_operations_options *o, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_buf_printf(&name, "%s__case", o->prefix);
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} AS {}", sw_sql_table("store", name.ptr), sw_sql_raw(sw_str_of(o->select)));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(c, b.ptr, o->cancel, err);
}

static sw_status one(sw_conn *c, const sw_operations_options *o, const char *fmt, const char *suffix, int64_t *out, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_buf_printf(&name, "%s%s", o->prefix, suffix);
  sw_sql_build(&b, fmt, sw_sql_table("store", name.ptr));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_query_i64(c, b.ptr, SW_NO_PARAMS, o->cancel, out, NULL, err);
}

static void drop(sw_conn *c, const sw_operations_options *o, const char *suffix) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_error ignored = SW_ERROR_INIT;
  sw_buf_printf(&name, "%s%s", o->prefix, suffix);
  sw_sql_build(&b, "DROP TABLE IF EXISTS {}", sw_sql_table("store", name.ptr));
  if (sw_exec(c, b.ptr, NULL, &ignored)) sw_error_clear(&ignored);
}

sw_status sw_operations_run(sw_conn *c, const sw_operations_options *o, sw_operations_counts *out, sw_error *err) {
  *out = (sw_operations_counts){0};
  sw_status s = make_cases(c, o, err);
  if (!s) s = make_measures(c, o, err);
  if (!s) s = make(c, o, "_indicator", DIMENSIONS, "__measure", err);
  if (!s) s = make(c, o, "_structure", STRUCTURE, "__case", err);
  if (!s) s = make(c, o, "_pareto", PARETO, "__case", err);
  if (!s) s = make(c, o, "_funnel", FUNNEL, "__case", err);
  if (!s) s = sw_operations_teams(c, o, out, err);
  if (!s) s = one(c, o, "SELECT count(*) FROM {}", "__case", &out->cases, err);
  if (!s) s = one(c, o, "SELECT count(grp) FROM {}", "__case", &out->grouped, err);
  if (!s) s = one(c, o, "SELECT count(*) FROM {}", "_indicator", &out->units, err);
  drop(c, o, "__case");
  drop(c, o, "__measure");
  for (size_t i = 0; s && i < SW_OPERATIONS_NTABLES; ++i) {
    SW_AUTO(sw_buf) suffix = SW_BUF_INIT;
    sw_buf_printf(&suffix, "_%s", SW_OPERATIONS_TABLES[i]);
    drop(c, o, suffix.ptr);
  }
  return s ? SW_FRAME(err, "运营分析 %s", "operations analysis %s", o->prefix) : SW_OK;
}

/* --- JSON -------------------------------------------------------------------------------------- */

static void put_cell(sw_json *j, const sw_rows *r, size_t col) {
  sw_type t = sw_rows_type(r, col);
  if (sw_rows_is_null(r, col)) sw_json_null(j);
  else if (t.id == SW_TYPE_STR) sw_json_str(j, sw_rows_str(r, col));
  else if (t.id == SW_TYPE_F64 || t.id == SW_TYPE_F32 || t.id == SW_TYPE_DECIMAL) sw_json_f64(j, sw_rows_f64(r, col));
  else sw_json_i64(j, sw_rows_i64(r, col));
}

static sw_status put_query(sw_conn *c, sw_json *j, const char *key, const char *prefix, const char *suffix, const char *sql, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_buf_printf(&name, "%s%s", prefix, suffix);
  sw_sql_build(&b, sql, sw_sql_table("store", name.ptr));
  sw_rows *r = NULL;
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_query(c, b.ptr, SW_NO_PARAMS, NULL, &r, err);
  if (s) return s;
  sw_json_key(j, key);
  sw_json_open(j, '[');
  sw_step step;
  while ((step = sw_rows_next(r, err)) == SW_ROW) {
    sw_json_open(j, '{');
    for (size_t i = 0; i < sw_rows_ncolumns(r); ++i) {
      sw_json_key(j, sw_rows_name(r, i));
      put_cell(j, r, i);
    }
    sw_json_close(j, '}');
  }
  sw_json_close(j, ']');
  sw_rows_free(r);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK;
}

sw_status sw_operations_json(sw_conn *c, const char *prefix, sw_buf *out, sw_error *err) {
  sw_json j;
  sw_json_init(&j, out);
  sw_json_open(&j, '{');
  sw_status s = put_query(c, &j, "funnel", prefix, "_funnel", "SELECT * FROM {} ORDER BY org_code, position, dropped, cases DESC, zh", err);
  if (!s) s = put_query(c, &j, "hospitals", prefix, "_indicator", "SELECT * EXCLUDE (level, title) FROM {} WHERE level = 'hospital' ORDER BY org_code", err);
  if (!s)
    s = put_query(c, &j, "quadrant", prefix, "_indicator",
                  "SELECT org_code, name, cases, cmi, gain, gain_per_case FROM {} WHERE level = 'department' AND cmi IS NOT NULL ORDER BY org_code, name", err);
  if (!s) s = put_query(c, &j, "pareto", prefix, "_pareto", "SELECT * FROM {} WHERE place <= 20 ORDER BY org_code, place", err);
  if (!s)
    s = put_query(c, &j, "teams", prefix, "_team_anova",
                  "SELECT * FROM {} WHERE measure IN ('cost', 'drug', 'material') ORDER BY p NULLS LAST, org_code, grp, measure LIMIT 60", err);
  if (!s)
    s = put_query(c, &j, "team_items", prefix, "_team_item", "SELECT * FROM {} WHERE gap > 0 ORDER BY gap * cases DESC, org_code, grp, team, item LIMIT 200", err);
  sw_json_close(&j, '}');
  if (!s) s = sw_buf_check(out, err);
  return s;
}
