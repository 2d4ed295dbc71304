#include "coding/recode.h"

#include "engine/rows.h"
#include "engine/sql.h"

typedef struct job {
  sw_conn *c;
  const sw_recode_run_options *o;
  bool has_part;
  sw_buf picked, unmapped, coverage; /* names of tables */
} job;

static sw_status run_sql(const job *j, sw_buf *b, sw_error *err) {
  sw_status s = sw_buf_check(b, err);
  if (!s) s = sw_exec(j->c, b->ptr, j->o->cancel, err);
  sw_buf_clear(b);
  return s;
}

static sw_status look_at_table(job *j, sw_error *err) {
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  sw_sql_arg t = sw_sql_dotted(j->o->table);
  const char *schema = sw_arena_dupz(&mem, t.a), *name = sw_arena_dupz(&mem, t.b);
  if (!schema || !name) return sw_arena_check(&mem, err);
  sw_column_info *cols = NULL;
  size_t n = 0;
  sw_status s = sw_describe_table(j->c, schema, name, &mem, &cols, &n, err);
  bool local = false, target = false;
  for (size_t i = 0; !s && i < n; ++i) {
    j->has_part |= strcmp(cols[i].name, "_part") == 0;
    local |= strcmp(cols[i].name, j->o->local) == 0;
    target |= strcmp(cols[i].name, j->o->target) == 0;
  }
  if (!s && (!local || !target))
    s = SW_FAIL(err, SW_E_CONFIG, "SW-REC-0004", "%s 没有列 %s", "%s has no column %s", j->o->table, local ? j->o->target : j->o->local);
  return s;
}

/* The edition that holds at a row's date. */
static void put_edition(const job *j, sw_buf *b, const char *date) {
  const sw_recode_run_options *o = j->o;
  if (o->neditions == 1 || !date) {
    sw_sql_put(b, sw_sql_text(o->editions[o->neditions - 1].name));
    return;
  }
  sw_buf_puts(b, "CASE");
  for (size_t i = o->neditions; i-- > 1;) {
    sw_sql_build(b, " WHEN {} >= CAST({} AS DATE) THEN {}", sw_sql_raw(sw_str_of(date)), sw_sql_text(o->editions[i].since ? o->editions[i].since : "0001-01-01"),
                 sw_sql_text(o->editions[i].name));
  }
  sw_sql_build(b, " ELSE {} END", sw_sql_text(o->editions[0].name));
}

/* Every row's key, code, and what conditions look at. */
static void put_source(const job *j, sw_buf *b) {
  const sw_recode_run_options *o = j->o;
  sw_sql_build(b, "SELECT t._row AS _row, {} AS _part, t.org_code AS org_code, t.{} AS local_code, t.{} AS had, ",
               sw_sql_raw(j->has_part ? SW_LIT("t._part") : SW_LIT("CAST(NULL AS INTEGER)")), sw_sql_id(o->local), sw_sql_id(o->target));
  if (o->name) sw_sql_build(b, "t.{} AS name, ", sw_sql_id(o->name));
  else sw_buf_puts(b, "CAST(NULL AS VARCHAR) AS name, ");
  put_edition(j, b, o->context ? "CAST(k.date AS DATE)" : NULL);
  if (o->context) sw_buf_puts(b, " AS edition, CAST(k.date AS DATE) AS day, k.sex AS sex, k.age_years AS age, k.yuan AS yuan_case");
  else sw_buf_puts(b, " AS edition, CAST(NULL AS DATE) AS day, CAST(NULL AS VARCHAR) AS sex, CAST(NULL AS BIGINT) AS age, 0 AS yuan_case");
  if (o->amount) sw_sql_build(b, ", t.{} AS yuan_line", sw_sql_id(o->amount));
  else sw_buf_puts(b, ", NULL AS yuan_line");
  if (o->context) sw_sql_build(b, ", t.{} AS stay", sw_sql_id(o->context_key));
  else sw_buf_puts(b, ", NULL AS stay");
  sw_sql_build(b, " FROM {} t", sw_sql_dotted(o->table));
  if (o->context)
    sw_sql_build(b, " LEFT JOIN ({}) k ON k.org_code = t.org_code AND k.{} = t.{}", sw_sql_raw(sw_str_of(o->context)), sw_sql_id(o->context_key),
                 sw_sql_id(o->context_key));
}

/* The best rule of each row, with all of its parts; rows without one keep their place with NULL. */
static sw_status pick(job *j, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} AS WITH src AS (", sw_sql_table("store", j->picked.ptr));
  put_source(j, &b);
  sw_sql_build(&b,
               "), cand AS (SELECT s._row, s._part, m.part, m.code, m.source,"
               " dense_rank() OVER (PARTITION BY s._row, s._part ORDER BY m.rank, m.rule) AS place"
               " FROM src s JOIN {} m ON list_contains(string_split({}, ','), m.kind) AND m.edition = s.edition AND m.local_code = s.local_code"
               " AND (m.org_code IS NULL OR m.org_code = s.org_code) AND (m.since IS NULL OR s.day >= m.since) AND (m.until IS NULL OR s.day < m.until)"
               " AND (m.sex IS NULL OR m.sex = s.sex) AND (m.age_from IS NULL OR s.age >= m.age_from) AND (m.age_to IS NULL OR s.age <= m.age_to)"
               " WHERE s.had IS NULL)"
               " SELECT s.*, c.part AS part, c.code AS rule_code, c.source AS source",
               sw_sql_table("store", j->o->rules), sw_sql_text(j->o->kind));
  if (j->o->codes) sw_buf_puts(&b, ", CASE WHEN s.had IS NULL AND c.source IS NULL AND e.code IS NOT NULL THEN s.local_code END AS same_code");
  else sw_buf_puts(&b, ", CAST(NULL AS VARCHAR) AS same_code");
  sw_buf_puts(&b, " FROM src s LEFT JOIN cand c ON c.place = 1 AND c._row = s._row AND c._part IS NOT DISTINCT FROM s._part");
  if (j->o->codes) sw_sql_build(&b, " LEFT JOIN (SELECT DISTINCT code FROM {}) e ON e.code = s.local_code", sw_sql_dotted(j->o->codes));
  return run_sql(j, &b, err);
}

/* The table again, its target filled. The first part keeps the row's own _part; further ones get numbers of their own. */
static sw_status fill(job *j, bool expands, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  const sw_recode_run_options *o = j->o;
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} AS SELECT t.* REPLACE (coalesce(p.had, p.rule_code, p.same_code) AS {}", sw_sql_table("store", o->physical),
               sw_sql_id(o->target));
  static const char part[] = "CASE WHEN p.part > 1 THEN CAST(1000000 + 100 * coalesce(p._part, 0) + p.part AS INTEGER) ELSE p._part END";
  if (expands && j->has_part) sw_sql_build(&b, ", {} AS _part", sw_sql_raw(sw_str_of(part)));
  sw_buf_puts(&b, ")");
  if (expands && !j->has_part) sw_sql_build(&b, ", {} AS _part", sw_sql_raw(sw_str_of(part)));
  sw_sql_build(&b, " FROM {} t JOIN {} p ON p._row = t._row", sw_sql_dotted(o->table), sw_sql_table("store", j->picked.ptr));
  if (j->has_part) sw_buf_puts(&b, " AND p._part IS NOT DISTINCT FROM t._part");
  sw_buf_puts(&b, " ORDER BY t._row");
  return run_sql(j, &b, err);
}

static sw_status work_list(job *j, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  /* Without amounts of its own a code carries the cost of the stays that it occurs in, each stay once. */
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} AS SELECT {} AS kind, edition, org_code, local_code, min(name) AS name, CAST(sum(n) AS BIGINT) AS rows,"
               " CAST(sum(coalesce(line, stay_yuan, 0)) AS DECIMAL(18,2)) AS yuan FROM (SELECT edition, org_code, local_code, min(name) AS name, stay,"
               " count(*) AS n, sum(yuan_line) AS line, max(yuan_case) AS stay_yuan FROM {} WHERE had IS NULL AND source IS NULL AND same_code IS NULL"
               " AND local_code IS NOT NULL GROUP BY edition, org_code, local_code, stay) GROUP BY edition, org_code, local_code"
               " ORDER BY yuan DESC, rows DESC, org_code, local_code",
               sw_sql_table("store", j->unmapped.ptr), sw_sql_text(j->o->kind), sw_sql_table("store", j->picked.ptr));
  sw_status s = run_sql(j, &b, err);
  if (s) return s;
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} AS SELECT org_code, count(*) AS rows, count(had) AS before,"
               " count(coalesce(had, rule_code, same_code)) AS after, count(CASE WHEN had IS NULL AND source IS NOT NULL AND rule_code IS NULL THEN 1 END) AS none,"
               " CAST(sum(yuan) AS DECIMAL(18,2)) AS yuan, CAST(sum(CASE WHEN coalesce(had, rule_code, same_code) IS NOT NULL THEN yuan ELSE 0 END) AS"
               " DECIMAL(18,2)) AS yuan_after, count(DISTINCT local_code) AS codes,"
               " count(DISTINCT CASE WHEN coalesce(had, rule_code, same_code) IS NOT NULL THEN local_code END) AS codes_after"
               /* a stay's cost is spread over its rows, so that it is counted once */
               " FROM (SELECT *, coalesce(yuan_line, yuan_case / count(*) OVER (PARTITION BY org_code, stay), 0) AS yuan FROM {} WHERE coalesce(part, 1) <= 1)"
               " GROUP BY org_code ORDER BY org_code",
               sw_sql_table("store", j->coverage.ptr), sw_sql_table("store", j->picked.ptr));
  return run_sql(j, &b, err);
}

static sw_status count(job *j, const char *fmt, const char *table, int64_t *out, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, fmt, table ? sw_sql_table("store", table) : sw_sql_dotted(j->o->table));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_query_i64(j->c, b.ptr, SW_NO_PARAMS, j->o->cancel, out, NULL, err);
}

static sw_status count_all(job *j, sw_recode_counts *n, sw_error *err) {
  const char *p = j->picked.ptr;
  sw_status s = count(j, "SELECT count(*) FROM {}", NULL, &n->in, err);
  if (!s) s = count(j, "SELECT count(*) FROM {}", j->o->physical, &n->out, err);
  if (!s) s = count(j, "SELECT count(CASE WHEN part > 1 THEN 1 END) FROM {}", p, &n->expanded, err);
  if (!s) s = count(j, "SELECT count(CASE WHEN had IS NULL AND local_code IS NULL THEN 1 END) FROM {}", p, &n->blank, err);
  if (!s) s = count(j, "SELECT count(had) FROM {}", p, &n->had, err);
  if (!s) s = count(j, "SELECT count(CASE WHEN part <= 1 THEN rule_code END) FROM {}", p, &n->mapped, err);
  if (!s) s = count(j, "SELECT count(same_code) FROM {}", p, &n->same, err);
  if (!s) s = count(j, "SELECT count(CASE WHEN source IS NOT NULL AND rule_code IS NULL THEN 1 END) FROM {}", p, &n->none, err);
  if (!s) s = count(j, "SELECT CAST(coalesce(sum(rows), 0) AS BIGINT) FROM {}", j->unmapped.ptr, &n->unmapped, err);
  if (!s) s = count(j, "SELECT count(*) FROM {}", j->unmapped.ptr, &n->unmapped_codes, err);
  if (s) return s;
  /* Proved: every row of the input is in the output, in exactly one of the states. */
  if (n->in + n->expanded != n->out || n->blank + n->had + n->mapped + n->same + n->none + n->unmapped != n->in)
    return SW_FAIL(err, SW_E_BALANCE, "SW-REC-0005", "编码转换行数不平：入 %lld + 扩展 %lld ≠ 出 %lld", "recoding does not balance: in %lld + expanded %lld ≠ out %lld",
                   (long long)n->in, (long long)n->expanded, (long long)n->out);
  return SW_OK;
}

static void drop(job *j, const char *table) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_error ignored = SW_ERROR_INIT;
  sw_sql_build(&b, "DROP TABLE IF EXISTS {}", sw_sql_table("store", table));
  if (sw_exec(j->c, b.ptr, NULL, &ignored)) sw_error_clear(&ignored); /* what went wrong before is what is told */
}

sw_status sw_recode_run(sw_conn *c, const sw_recode_run_options *o, sw_recode_counts *out, sw_error *err) {
  *out = (sw_recode_counts){0};
  if (o->neditions == 0)
    return SW_FAIL(err, SW_E_CONFIG, "SW-REC-0006", "没有说明目标版本", "no target edition is given");
  job j = {.c = c, .o = o, .picked = SW_BUF_INIT, .unmapped = SW_BUF_INIT, .coverage = SW_BUF_INIT};
  sw_buf_printf(&j.picked, "%s__picked", o->physical);
  sw_buf_printf(&j.unmapped, "%s__unmapped", o->physical);
  sw_buf_printf(&j.coverage, "%s__coverage", o->physical);
  int64_t parts = 0;
  sw_status s = look_at_table(&j, err);
  if (!s) s = pick(&j, err);
  if (!s) s = count(&j, "SELECT coalesce(max(part), 0) FROM {}", j.picked.ptr, &parts, err);
  if (!s) s = fill(&j, parts > 1, err);
  if (!s) s = work_list(&j, err);
  if (!s) s = count_all(&j, out, err);
  drop(&j, j.picked.ptr);
  if (s) {
    drop(&j, o->physical);
    drop(&j, j.unmapped.ptr);
    drop(&j, j.coverage.ptr);
  }
  sw_buf_fini(&j.picked);
  sw_buf_fini(&j.unmapped);
  sw_buf_fini(&j.coverage);
  return s ? SW_FRAME(err, "编码转换 %s.%s", "recoding %s.%s", o->table, o->local) : SW_OK;
}
