/* Their rejections against our findings, config by config, as sets. */
#include "quality/returned.h"

#include "engine/rows.h"
#include "engine/sql.h"
#include "quality/finding_internal.h"

typedef struct comparing {
  sw_conn *c;
  const sw_pack_set *packs;
  const sw_cancel *cancel;
  sw_arena arena;
  const sw_returned_def *d;
  const sw_table_def *t;
  const char *table;
  bool there;
} comparing;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

static sw_status run_sql(comparing *x, const sw_buf *sql, sw_error *err) { return sw_buf_ok(sql) ? sw_exec(x->c, sql->ptr, x->cancel, err) : sw_buf_check(sql, err); }

static const char *name_of(comparing *x, sw_str s) { return sw_arena_dupz(&x->arena, s); }

static void put_org(comparing *x, const char *alias, sw_buf *sql) {
  sw_sql_build(sql, "coalesce(CAST({}.{} AS VARCHAR), '')", sw_sql_id(alias), sw_sql_id(x->t->org.name.len ? name_of(x, x->t->org.name) : "_org"));
}

/* One key of theirs with our column; the import wrote dates by day and numbers plainly. */
static void put_key(comparing *x, size_t i, sw_buf *sql) {
  sw_str name = SW_ITEM(sw_returned_key, x->d->key, i)->column.name;
  const sw_column_def *c = sw_table_column(x->t, name);
  bool day = c && (c->type == SW_COL_DATE || c->type == SW_COL_DATETIME);
  sw_buf_printf(sql, "%sr.k%zu = CAST(", i ? " AND " : "", i + 1);
  sw_sql_build(sql, day ? "CAST(t.{} AS DATE) AS VARCHAR)" : "t.{} AS VARCHAR)", sw_sql_id(name_of(x, name)));
}

/* returned_row: their rejections, the newest of those that agree, with the row of ours that they are about. */
static sw_status find_rows(comparing *x, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  SW_AUTO(sw_buf) columns = SW_BUF_INIT;
  const char *config = name_of(x, x->d->id.name);
  for (size_t i = 0; i < x->d->key.n; i++) sw_buf_printf(&columns, "%s%.*s", i ? "," : "", SW_STR_ARG(SW_ITEM(sw_returned_key, x->d->key, i)->column.name));
  sw_buf_puts(&sql, "CREATE OR REPLACE TEMP TABLE returned_row AS WITH orgs AS (");
  if (x->there) {
    sw_buf_puts(&sql, "SELECT DISTINCT ");
    put_org(x, "u", &sql);
    sw_sql_build(&sql, " AS known FROM {} u", sw_sql_dotted(x->table));
  } else {
    sw_buf_puts(&sql, "SELECT CAST(NULL AS VARCHAR) AS known");
  }
  sw_sql_build(&sql, "), r AS (SELECT k.*, o.known FROM store.kept_returned k LEFT JOIN orgs o ON o.known = k.org WHERE k.config = {} "
               "QUALIFY row_number() OVER (PARTITION BY org, k1, k2, k3, k4, code, field ORDER BY file_no DESC, line) = 1) SELECT r.* EXCLUDE (known), ", sw_sql_text(config));
  if (x->there) {
    sw_buf_puts(&sql, "t._row AS trow, CASE WHEN t._row IS NOT NULL THEN ");
    put_org(x, "t", &sql);
    sw_buf_puts(&sql, " END AS torg, CASE WHEN t._row IS NOT NULL THEN ");
    sw_findings_key_sql(x->t, "t", &x->arena, &sql);
    sw_buf_puts(&sql, " END AS tkey, ");
    if (x->t->time.name.len) sw_sql_build(&sql, "CAST(t.{} AS DATE)", sw_sql_id(name_of(x, x->t->time.name)));
    else sw_buf_puts(&sql, "CAST(NULL AS DATE)");
    sw_sql_build(&sql, " AS day FROM r LEFT JOIN {} t ON r.key_columns = {} AND ", sw_sql_dotted(x->table), sw_sql_str(sw_buf_str(&columns)));
    for (size_t i = 0; i < x->d->key.n; i++) put_key(x, i, &sql);
    /* their code of the institution may be another one than ours: then the keys alone must do */
    sw_buf_puts(&sql, " AND (r.known IS NULL OR r.known = ");
    put_org(x, "t", &sql);
    sw_buf_puts(&sql, ") QUALIFY row_number() OVER (PARTITION BY r.file_no, r.line ORDER BY t._row DESC NULLS LAST) = 1");
  } else {
    sw_buf_puts(&sql, "CAST(NULL AS BIGINT) AS trow, CAST(NULL AS VARCHAR) AS torg, CAST(NULL AS VARCHAR) AS tkey, CAST(NULL AS DATE) AS day FROM r");
  }
  return run_sql(x, &sql, err);
}

/* returned_code(code, rule): codes that occurred, with the rules that the packs give them. */
static sw_status map_codes(comparing *x, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_puts(&sql, "CREATE OR REPLACE TEMP TABLE returned_pattern(code VARCHAR, rule VARCHAR);");
  for (size_t i = 0; i < x->d->codes.n; i++) {
    const sw_returned_code *k = SW_ITEM(sw_returned_code, x->d->codes, i);
    for (size_t j = 0; j < k->rules.n; j++)
      sw_sql_build(&sql, "INSERT INTO returned_pattern VALUES ({}, {});", sw_sql_str(k->code), sw_sql_str(*SW_ITEM(sw_str, k->rules, j)));
  }
  sw_buf_puts(&sql, "CREATE OR REPLACE TEMP TABLE returned_code AS SELECT DISTINCT r.code, p.rule FROM (SELECT DISTINCT code FROM returned_row) r JOIN returned_pattern p "
                    "ON p.code = r.code OR (ends_with(p.code, '*') AND starts_with(r.code, left(p.code, -1)));");
  return run_sql(x, &sql, err);
}

/* returned_hit(file_no, line, rule, id): our finding of a mapped rule on the rejected row, in whatever state it is now. */
static sw_status find_hits(comparing *x, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql,
               "CREATE OR REPLACE TEMP TABLE returned_hit AS SELECT r.file_no, r.line, m.rule, f.id FROM returned_row r JOIN returned_code m USING (code) "
               "JOIN store.kept_finding f ON f.table_name = {} AND f.rule = m.rule AND f.org = r.torg AND f.key = r.tkey;"
               "INSERT INTO store.kept_returned_row SELECT r.config, r.table_name, r.file_no, r.line, coalesce(r.torg, r.org, ''), "
               "coalesce(r.tkey, concat_ws('|', r.k1, r.k2, r.k3, r.k4)), r.code, r.field, r.message, m.rules, "
               "CASE WHEN r.trow IS NULL THEN 'not_found' WHEN m.rules IS NULL THEN 'unmapped' WHEN h.id IS NOT NULL THEN 'both' ELSE 'missed' END, h.id, "
               "CASE WHEN r.trow IS NOT NULL AND m.rules IS NOT NULL AND h.id IS NULL THEN CASE WHEN m.verdict THEN 'passes' ELSE 'no_verdict' END END, r.trow "
               "FROM returned_row r LEFT JOIN (SELECT c.code, string_agg(DISTINCT c.rule, ', ' ORDER BY c.rule) AS rules, coalesce(bool_or(k.state = 'ran'), false) AS verdict "
               "FROM returned_code c LEFT JOIN (SELECT rule, arg_max(state, run_no) AS state FROM store.kept_quality_rule JOIN store.kept_quality_run USING (run_no) "
               "WHERE table_name = {} GROUP BY rule) k USING (rule) GROUP BY c.code) m USING (code) "
               "LEFT JOIN (SELECT file_no, line, min(id) AS id FROM returned_hit GROUP BY ALL) h USING (file_no, line) ORDER BY r.file_no, r.line",
               sw_sql_text(x->table), sw_sql_text(x->table));
  return run_sql(x, &sql, err);
}

static sw_status sum_theirs(comparing *x, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql,
               "INSERT INTO store.kept_returned_comparison SELECT config, table_name, org, 'theirs', code, coalesce(any_value(rules), ''), count(*), "
               "count(*) FILTER (WHERE outcome = 'both'), count(*) FILTER (WHERE outcome IN ('missed', 'unmapped')), count(*) FILTER (WHERE outcome = 'not_found'), "
               "any_value(rules) IS NOT NULL FROM store.kept_returned_row WHERE config = {} GROUP BY config, table_name, org, code ORDER BY org, code",
               sw_sql_str(x->d->id.name));
  return run_sql(x, &sql, err);
}

/* Our findings on what they were sent: rows of the institutions of a file, in its period or the months of the rows it rejects. */
static sw_status sum_ours(comparing *x, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  if (!x->there) return SW_OK;
  sw_buf_puts(&sql, "INSERT INTO store.kept_returned_comparison WITH scope AS (SELECT r.torg AS org, coalesce(any_value(f.from_day), CAST(date_trunc('month', min(r.day)) AS DATE)) AS a, "
                    "coalesce(any_value(f.to_day), last_day(max(r.day))) AS b FROM returned_row r JOIN store.kept_returned_file f ON f.no = r.file_no WHERE r.trow IS NOT NULL "
                    "GROUP BY r.torg, r.file_no), hit AS (SELECT DISTINCT id FROM returned_hit), mine AS (SELECT f.id, f.org, f.rule FROM store.kept_finding f JOIN ");
  sw_sql_build(&sql, "{} t ON t._row = f._row WHERE f.table_name = {} AND f.state <> 'withdrawn' AND EXISTS (SELECT 1 FROM scope s WHERE s.org = f.org", sw_sql_dotted(x->table),
               sw_sql_text(x->table));
  if (x->t->time.name.len) sw_sql_build(&sql, " AND CAST(t.{} AS DATE) BETWEEN s.a AND s.b", sw_sql_id(name_of(x, x->t->time.name)));
  sw_sql_build(&sql, ")) SELECT {}, {}, org, 'ours', '', rule, count(DISTINCT m.id), count(DISTINCT h.id), count(DISTINCT m.id) - count(DISTINCT h.id), 0, "
               "rule IN (SELECT rule FROM returned_pattern) FROM mine m LEFT JOIN hit h USING (id) GROUP BY org, rule ORDER BY org, rule",
               sw_sql_str(x->d->id.name), sw_sql_text(x->table));
  return run_sql(x, &sql, err);
}

static sw_status compare_one(comparing *x, sw_error *err) {
  x->t = sw_pack_table(x->packs, x->d->table.name);
  x->table = name_of(x, x->d->table.name);
  x->there = false;
  if (!x->t || !x->table) return x->table ? SW_OK : no_memory(err);
  const char *dot = strchr(x->table, '.');
  const char *schema = dot ? name_of(x, (sw_str){x->table, (size_t)(dot - x->table)}) : "";
  sw_status s = sw_table_exists(x->c, schema, dot ? dot + 1 : x->table, &x->there, err);
  if (!s) s = find_rows(x, err);
  if (!s) s = map_codes(x, err);
  if (!s) s = find_hits(x, err);
  if (!s) s = sum_theirs(x, err);
  if (!s) s = sum_ours(x, err);
  return s ? SW_FRAME(err, "比较退回记录 %.*s", "comparing the rejections %.*s", SW_STR_ARG(x->d->id.name)) : SW_OK;
}

sw_status sw_returned_compare(sw_conn *c, const sw_pack_set *packs, const sw_cancel *cancel, sw_error *err) {
  comparing x = {.c = c, .packs = packs, .cancel = cancel, .arena = SW_ARENA_INIT};
  const sw_pack_object *o;
  sw_status s = sw_exec(c, "DELETE FROM store.kept_returned_row; DELETE FROM store.kept_returned_comparison", cancel, err);
  for (size_t i = 0; !s && (o = sw_pack_at(packs, "returned", i)); i++) {
    int64_t n = 0;
    x.d = o->data;
    s = sw_query_i64(c, "SELECT count(*) FROM store.kept_returned WHERE config = ?", SW_PARAMS(sw_p_str(x.d->id.name)), cancel, &n, NULL, err);
    if (!s && n) s = compare_one(&x, err);
  }
  static const char *const temps[] = {"returned_row", "returned_pattern", "returned_code", "returned_hit"};
  for (size_t i = 0; !s && i < sizeof temps / sizeof *temps; i++) {
    char sql[64];
    snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS temp.%s", temps[i]);
    s = sw_exec(c, sql, NULL, err);
  }
  sw_arena_fini(&x.arena);
  return s;
}

/* A rule is likely meant where both speak of the same rows: together² over the rejected and the found. */
sw_status sw_returned_suggest_sql(sw_conn *c, const char *config, bool all, sw_buf *sql, sw_error *err) {
  (void)c;
  sw_sql_build(sql,
               "WITH r AS (SELECT config, table_name, code, org, key, any_value(message) AS message FROM quality.returned WHERE outcome <> 'not_found' AND ({} IS NULL OR config = {}) "
               "AND ({} OR outcome = 'unmapped') GROUP BY ALL), n AS (SELECT config, code, count(*) AS rejected, any_value(message) AS message FROM r GROUP BY ALL), "
               "orgs AS (SELECT DISTINCT config, table_name, org FROM r), f AS (SELECT o.config, q.rule, count(*) AS found FROM quality.finding q JOIN orgs o USING (table_name, org) GROUP BY ALL), "
               "b AS (SELECT r.config, r.code, q.rule, count(*) AS together FROM r JOIN quality.finding q USING (table_name, org, key) GROUP BY ALL) "
               "SELECT n.config, n.code, n.message, n.rejected, b.rule, b.together, f.found, CAST(b.together AS DOUBLE) / n.rejected AS share, "
               "CAST(b.together AS DOUBLE) * b.together / (CAST(n.rejected AS DOUBLE) * f.found) AS likeness FROM n LEFT JOIN b ON b.config = n.config AND b.code = n.code "
               "LEFT JOIN f ON f.config = n.config AND f.rule = b.rule "
               "QUALIFY row_number() OVER (PARTITION BY n.config, n.code ORDER BY likeness DESC NULLS LAST, b.rule) <= 3 ORDER BY n.config, n.rejected DESC, n.code, likeness DESC",
               sw_sql_text(config), sw_sql_text(config), sw_sql_bool(all));
  return sw_buf_check(sql, err);
}
