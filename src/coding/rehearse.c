#include "coding/rehearse.h"

#include "engine/rows.h"
#include "engine/sql.h"

typedef struct job {
  sw_conn *c;
  const sw_rehearse_options *o;
  sw_rehearse_counts *n;
} job;

static const char *const parts[] = {"__case", "__dept", "__group", "__matrix", "__lost"};

static sw_sql_arg table(const job *j, const char *part, sw_buf *name) {
  sw_buf_clear(name);
  sw_buf_printf(name, "%s%s", j->o->physical, part);
  return sw_sql_table("store", name->ptr);
}

static sw_status one(const job *j, const char *expression, int64_t *out, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_sql_build(&b, "SELECT CAST(coalesce({}, 0) AS BIGINT) FROM {}", sw_sql_raw(sw_str_of(expression)), table(j, "__case", &name));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_query_i64(j->c, b.ptr, SW_NO_PARAMS, j->o->cancel, out, NULL, err);
}

/* The fund in fen by largest remainder over points × 10 000: exact quotas are ranked by what they are short of. */
static const char CASES[] =
    "CREATE OR REPLACE TABLE {} AS WITH k AS ({}), both_ AS (SELECT k.org_code, k.case_no, k.dept, k.cost, x.{} AS g0, y.{} AS g1, x.{} AS n0, y.{} AS n1,"
    " x.status = 'grouped' AS s0, y.status = 'grouped' AS s1, coalesce(x.{}, 0) AS p0, coalesce(y.{}, 0) AS p1, y.principal_code, y.reason_zh, y.reason_en"
    " FROM k JOIN {} x ON x.org_code = k.org_code AND x.case_no = k.case_no JOIN {} y ON y.org_code = k.org_code AND y.case_no = k.case_no),"
    " total AS (SELECT CAST(sum(p0) * 10000 AS HUGEINT) AS t0, CAST(sum(p1) * 10000 AS HUGEINT) AS t1,"
    " CASE WHEN {} < 0 THEN CAST(sum(cost) * 100 AS HUGEINT) ELSE CAST({} AS HUGEINT) END AS fund FROM both_),"
    " q AS (SELECT *, CASE WHEN t0 > 0 THEN CAST(p0 * 10000 AS HUGEINT) * fund // t0 ELSE 0 END AS f0,"
    " CASE WHEN t0 > 0 THEN CAST(p0 * 10000 AS HUGEINT) * fund % t0 ELSE 0 END AS r0,"
    " CASE WHEN t1 > 0 THEN CAST(p1 * 10000 AS HUGEINT) * fund // t1 ELSE 0 END AS f1,"
    " CASE WHEN t1 > 0 THEN CAST(p1 * 10000 AS HUGEINT) * fund % t1 ELSE 0 END AS r1 FROM both_, total),"
    " z AS (SELECT *, f0 + CASE WHEN t0 > 0 AND row_number() OVER (ORDER BY r0 DESC, org_code, case_no) <= fund - sum(f0) OVER () THEN 1 ELSE 0 END AS a0,"
    " f1 + CASE WHEN t1 > 0 AND row_number() OVER (ORDER BY r1 DESC, org_code, case_no) <= fund - sum(f1) OVER () THEN 1 ELSE 0 END AS a1 FROM q)"
    " SELECT org_code, case_no, dept, g0 AS group_before, g1 AS group_after, n0 AS name_before, n1 AS name_after, CAST(p0 AS DECIMAL(18,4)) AS points_before,"
    " CAST(p1 AS DECIMAL(18,4)) AS points_after, CASE WHEN s0 AND s1 THEN CASE WHEN g0 = g1 THEN 'same' ELSE 'moved' END WHEN s0 THEN 'lost'"
    " WHEN s1 THEN 'gained' ELSE 'neither' END AS change, CASE WHEN NOT (s0 AND s1) THEN NULL WHEN p1 > p0 THEN 'up' WHEN p1 < p0 THEN 'down' ELSE 'even' END"
    " AS direction, CAST(cost AS DECIMAL(18,2)) AS cost, CAST(CAST(a0 AS DECIMAL(18,2)) / 100 AS DECIMAL(18,2)) AS paid_before,"
    " CAST(CAST(a1 AS DECIMAL(18,2)) / 100 AS DECIMAL(18,2)) AS paid_after, CAST(CAST(a1 - a0 AS DECIMAL(18,2)) / 100 AS DECIMAL(18,2)) AS effect, principal_code,"
    " reason_zh, reason_en FROM z ORDER BY org_code, case_no";

static sw_status make_cases(job *j, sw_error *err) {
  const sw_rehearse_options *o = j->o;
  bool drg0 = strcmp(o->points_before, "weight") == 0, drg1 = strcmp(o->points_after, "weight") == 0;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_sql_build(&b, CASES, table(j, "__case", &name), sw_sql_raw(sw_str_of(o->cases)), sw_sql_id(drg0 ? "drg" : "dip"), sw_sql_id(drg1 ? "drg" : "dip"),
               sw_sql_id(drg0 ? "drg_name" : "dip_name"), sw_sql_id(drg1 ? "drg_name" : "dip_name"), sw_sql_id(o->points_before), sw_sql_id(o->points_after),
               sw_sql_dotted(o->before), sw_sql_dotted(o->after), sw_sql_i64(o->fund_fen), sw_sql_i64(o->fund_fen < 0 ? 0 : o->fund_fen));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(j->c, b.ptr, o->cancel, err);
}

#define CHANGES                                                                                                                                     \
  "count(*) AS cases, count(CASE WHEN change = 'moved' THEN 1 END) AS moved, count(CASE WHEN change = 'lost' THEN 1 END) AS lost,"                  \
  " count(CASE WHEN change = 'gained' THEN 1 END) AS gained, count(CASE WHEN direction = 'up' THEN 1 END) AS up,"                                   \
  " count(CASE WHEN direction = 'down' THEN 1 END) AS down, CAST(sum(points_before) AS DECIMAL(18,4)) AS points_before,"                            \
  " CAST(sum(points_after) AS DECIMAL(18,4)) AS points_after, CAST(sum(paid_before) AS DECIMAL(18,2)) AS paid_before,"                              \
  " CAST(sum(paid_after) AS DECIMAL(18,2)) AS paid_after, CAST(sum(effect) AS DECIMAL(18,2)) AS effect"

static const char *const SUMS[] = {
    NULL,
    "CREATE OR REPLACE TABLE {} AS SELECT org_code, dept, " CHANGES ", CAST(sum(effect) AS DOUBLE) / nullif(CAST(sum(paid_before) AS DOUBLE), 0) AS effect_share"
    " FROM {} GROUP BY org_code, dept ORDER BY org_code, dept NULLS LAST",
    "CREATE OR REPLACE TABLE {} AS SELECT group_before, max(name_before) AS name, " CHANGES ", mode(CASE WHEN change = 'moved' THEN group_after END) AS most_to"
    " FROM {} GROUP BY group_before ORDER BY abs(sum(effect)) DESC, group_before NULLS LAST",
    "CREATE OR REPLACE TABLE {} AS SELECT CASE WHEN change IN ('gained', 'neither') THEN 'not grouped' ELSE right(group_before, 1) END AS level_before,"
    " CASE WHEN change IN ('lost', 'neither') THEN 'not grouped' ELSE right(group_after, 1) END AS level_after, count(*) AS cases,"
    " CAST(sum(effect) AS DECIMAL(18,2)) AS effect FROM {} GROUP BY ALL ORDER BY level_before, level_after",
    "CREATE OR REPLACE TABLE {} AS SELECT group_before, max(name_before) AS name, principal_code, min(reason_zh) AS reason_zh, min(reason_en) AS reason_en,"
    " count(*) AS cases, CAST(sum(cost) AS DECIMAL(18,2)) AS cost FROM {} WHERE change = 'lost' GROUP BY group_before, principal_code"
    " ORDER BY cases DESC, group_before, principal_code",
};

static sw_status make_sums(job *j, sw_error *err) {
  sw_status s = SW_OK;
  for (size_t i = 1; !s && i < sizeof parts / sizeof *parts; ++i) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    SW_AUTO(sw_buf) to = SW_BUF_INIT;
    SW_AUTO(sw_buf) from = SW_BUF_INIT;
    sw_sql_build(&b, SUMS[i], table(j, parts[i], &to), table(j, "__case", &from));
    s = sw_buf_check(&b, err);
    if (!s) s = sw_exec(j->c, b.ptr, j->o->cancel, err);
  }
  return s;
}

static sw_status count_all(job *j, sw_error *err) {
  sw_rehearse_counts *n = j->n;
  const struct {
    const char *sql;
    int64_t *out;
  } figures[] = {{"count(*)", &n->cases},
                 {"count(CASE WHEN change = 'same' THEN 1 END)", &n->same},
                 {"count(CASE WHEN change = 'moved' THEN 1 END)", &n->moved},
                 {"count(CASE WHEN change = 'lost' THEN 1 END)", &n->lost},
                 {"count(CASE WHEN change = 'gained' THEN 1 END)", &n->gained},
                 {"count(CASE WHEN change = 'neither' THEN 1 END)", &n->neither},
                 {"count(CASE WHEN direction = 'up' THEN 1 END)", &n->up},
                 {"count(CASE WHEN direction = 'down' THEN 1 END)", &n->down},
                 {"sum(paid_before) * 100", &n->fund_fen}};
  sw_status s = SW_OK;
  for (size_t i = 0; !s && i < sizeof figures / sizeof *figures; ++i) s = one(j, figures[i].sql, figures[i].out, err);
  return s;
}

sw_status sw_rehearse(sw_conn *c, const sw_rehearse_options *o, sw_rehearse_counts *out, sw_error *err) {
  job j = {c, o, out};
  *out = (sw_rehearse_counts){0};
  sw_status s = make_cases(&j, err);
  if (!s) s = make_sums(&j, err);
  if (!s) s = count_all(&j, err);
  if (!s) return SW_OK;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    SW_AUTO(sw_buf) name = SW_BUF_INIT;
    sw_error ignored = SW_ERROR_INIT;
    sw_sql_build(&b, "DROP TABLE IF EXISTS {}", table(&j, parts[i], &name));
    if (sw_exec(c, b.ptr, NULL, &ignored)) sw_error_clear(&ignored); /* the first failure is the one to tell */
  }
  return SW_FRAME(err, "版本切换预演", "rehearsing the change of edition");
}
