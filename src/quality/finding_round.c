/* A round: the failing rows of a run's checks against the findings that there are, as sets. */
#include "quality/finding_internal.h"

#include "base/fs.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "ledger/journal.h"
#include "ledger/stmt.h"
#include "quality/score.h"

#include <stdlib.h>

typedef struct checked_table {
  int64_t run_no;
  const char *run, *name;
  const sw_table_def *def; /* NULL: the packs no longer declare it */
  int64_t failing;         /* rows */
  bool there, has_part;
  bool accepted; /* some of its rows were, before this round */
} checked_table;

struct sw_finding_round {
  sw_findings_options o;
  sw_findings_counts n;
  sw_ledger *ledger;
  sw_conn *c;
  sw_arena arena;
  checked_table *tables;
  size_t ntables;
  const char *path; /* relative; "" when nothing changed */
  int64_t events;
};

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

static sw_status run_sql(sw_finding_round *r, const sw_buf *sql, sw_error *err) {
  return sw_buf_ok(sql) ? sw_exec(r->c, sql->ptr, r->o.cancel, err) : sw_buf_check(sql, err);
}

/* --- which tables ------------------------------------------------------------------------------------------- */

static bool relation_there(sw_finding_round *r, sw_str dotted) {
  ptrdiff_t dot = sw_str_find(dotted, SW_LIT("."));
  bool there = false;
  if (dot < 0) return false;
  const char *schema = sw_arena_dupz(&r->arena, sw_str_sub(dotted, 0, (size_t)dot)), *name = sw_arena_dupz(&r->arena, sw_str_sub(dotted, (size_t)dot + 1, dotted.len));
  return schema && name && sw_table_exists(r->c, schema, name, &there, NULL) == SW_OK && there;
}

/* An incremental check sees some rows only; the operator and the command check whole tables. */
static sw_status find_tables(sw_finding_round *r, sw_error *err) {
  sw_rows *q;
  sw_step step;
  int64_t n = 0;
  static const char *const WHERE = "WHERE run_no IN (SELECT max(run_no) FROM store.kept_quality_run WHERE (? IS NULL OR run = ?) GROUP BY table_name)";
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_printf(&sql, "SELECT count(*) FROM store.kept_quality_run %s", WHERE);
  sw_status s = sw_query_i64(r->c, sql.ptr, SW_PARAMS(sw_p_strz(r->o.run), sw_p_strz(r->o.run)), r->o.cancel, &n, NULL, err);
  if (s) return s;
  r->tables = SW_ARENA_ARRAY(&r->arena, checked_table, (size_t)n + 1);
  if (!r->tables) return no_memory(err);
  sw_buf_clear(&sql);
  sw_buf_printf(&sql, "SELECT run_no, run, table_name, (SELECT count(*) FROM store.kept_quality_failure f WHERE f.run_no = u.run_no) FROM store.kept_quality_run u %s "
                "ORDER BY table_name", WHERE);
  s = sw_query(r->c, sql.ptr, SW_PARAMS(sw_p_strz(r->o.run), sw_p_strz(r->o.run)), r->o.cancel, &q, err);
  if (s) return s;
  while ((step = sw_rows_next(q, err)) == SW_ROW && r->ntables < (size_t)n) {
    checked_table *t = &r->tables[r->ntables++];
    *t = (checked_table){.run_no = sw_rows_i64(q, 0), .run = sw_arena_dupz(&r->arena, sw_rows_str(q, 1)), .name = sw_arena_dupz(&r->arena, sw_rows_str(q, 2)),
                         .failing = sw_rows_i64(q, 3)};
    if (!t->run || !t->name) break;
  }
  sw_rows_free(q);
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
  if (!sw_arena_ok(&r->arena)) return no_memory(err);
  for (size_t i = 0; i < r->ntables; i++) {
    checked_table *t = &r->tables[i];
    t->def = sw_pack_table(r->o.packs, sw_str_of(t->name));
    t->there = relation_there(r, sw_str_of(t->name));
    sw_column_info *cols;
    size_t ncols = 0;
    SW_AUTO(sw_buf) q2 = SW_BUF_INIT;
    sw_sql_build(&q2, "SELECT * FROM {}", sw_sql_dotted(t->name));
    if (t->there && t->failing && (s = sw_describe(r->c, q2.ptr, &r->arena, &cols, &ncols, err))) return s;
    for (size_t k = 0; k < ncols; k++) t->has_part |= strcmp(cols[k].name, "_part") == 0;
  }
  return SW_OK;
}

/* --- the rules, with who answers for them ---------------------------------------------------------------------- */

static sw_status put_rules(sw_finding_round *r, const checked_table *t, sw_buf *sql, size_t *n, sw_error *err) {
  sw_rule_list rules;
  if (!t->def) return SW_OK;
  sw_status s = sw_rules_of_table(r->o.packs, sw_str_of(t->name), &r->arena, &rules, err);
  if (s) return s;
  for (size_t i = 0; i < rules.n; i++) {
    const sw_rule_def *d = rules.items[i];
    int level = d->has_owner ? d->owner : t->def->owner.level;
    sw_sql_build(sql, "{}({}, {}, {}, {})", sw_sql_raw(sw_str_of((*n)++ ? ", " : "INSERT INTO finding_rule VALUES ")), sw_sql_text(t->name), sw_sql_str(d->id.name),
                 sw_sql_text(SW_OWNER_NAMES[level].name), sw_sql_i64(t->run_no));
  }
  return SW_OK;
}

/* finding_rule(table_name, rule, wanted, run_no); finding_deadline(severity, deadline). */
static sw_status make_rules(sw_finding_round *r, sw_error *err) {
  static const char *const severities[] = {"low", "medium", "high", "critical"};
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  int32_t today = (int32_t)(r->o.as_of_us / SW_US_PER_DAY);
  sw_buf_puts(&sql, "CREATE OR REPLACE TEMP TABLE finding_rule(table_name VARCHAR, rule VARCHAR, wanted VARCHAR, run_no BIGINT);"
                    "CREATE OR REPLACE TEMP TABLE finding_deadline AS SELECT * FROM (VALUES ");
  for (int i = 0; i < 4; i++)
    sw_sql_build(&sql, "{}({}, {})", sw_sql_raw(sw_str_of(i ? ", " : "")), sw_sql_text(severities[i]),
                 sw_sql_date(sw_finding_deadline(r->o.policy, today, r->o.policy->days[i])));
  sw_buf_puts(&sql, ") v(severity, deadline);");
  sw_status s = run_sql(r, &sql, err);
  size_t n = 0;
  sw_buf_clear(&sql);
  for (size_t i = 0; !s && i < r->ntables; i++) s = put_rules(r, &r->tables[i], &sql, &n, err);
  if (!s && n) s = run_sql(r, &sql, err);
  if (s) return s;
  /* `evaluated`: this run has a verdict on the rule. Broken, without dictionary, too little history: no verdict, findings stay. */
  return sw_exec(r->c,
                 "CREATE OR REPLACE TEMP TABLE finding_rules AS SELECT u.table_name, k.rule, any_value(k.mandatory) AS mandatory, any_value(k.severity) AS severity, "
                 "any_value(k.dimension) AS dimension, any_value(k.version) AS version, bool_or(k.state IN ('ran', 'never applied')) AS evaluated, "
                 "coalesce(any_value(p.wanted), 'institution') AS wanted FROM store.kept_quality_rule k JOIN store.kept_quality_run u USING (run_no) "
                 "LEFT JOIN finding_rule p ON p.table_name = u.table_name AND p.rule = k.rule "
                 "WHERE k.run_no IN (SELECT run_no FROM finding_run) GROUP BY ALL",
                 r->o.cancel, err);
}

static sw_status make_runs(sw_finding_round *r, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_puts(&sql, "CREATE OR REPLACE TEMP TABLE finding_run(run_no BIGINT, table_name VARCHAR, declared BOOLEAN);");
  for (size_t i = 0; i < r->ntables; i++)
    sw_sql_build(&sql, "{}({}, {}, {})", sw_sql_raw(sw_str_of(i ? ", " : "INSERT INTO finding_run VALUES ")), sw_sql_i64(r->tables[i].run_no), sw_sql_text(r->tables[i].name),
                 sw_sql_bool(r->tables[i].def != NULL));
  return run_sql(r, &sql, err);
}

/* --- failing rows ------------------------------------------------------------------------------------------------ */

static bool is_org(const sw_table_def *t, sw_str name) { return sw_str_eq(name, t->org.name); }

static void put_column(sw_buf *sql, const char *alias, sw_arena *a, sw_str name) {
  sw_sql_build(sql, "{}.{}", sw_sql_id(alias), sw_sql_id(sw_arena_dupz(a, name)));
}

/* The content of a row that has no (whole) key. Delivered again unchanged it is the same finding. */
static void put_content(const sw_table_def *t, const char *alias, sw_arena *a, sw_buf *sql) {
  sw_buf_puts(sql, "'#' || left(md5(concat_ws(chr(31)");
  for (size_t i = 0; i < t->columns.n; i++) {
    sw_buf_puts(sql, ", coalesce(CAST(");
    put_column(sql, alias, a, SW_COLUMN(t, i)->name.name);
    sw_buf_puts(sql, " AS VARCHAR), chr(30))");
  }
  sw_buf_puts(sql, ")), 16)");
}

void sw_findings_key_sql(const sw_table_def *t, const char *alias, sw_arena *a, sw_buf *sql) {
  size_t n = 0, parts = 0;
  for (size_t i = 0; i < t->key.n; i++) parts += !is_org(t, SW_ITEM(sw_ref, t->key, i)->name);
  if (!parts) {
    put_content(t, alias, a, sql);
    return;
  }
  sw_buf_puts(sql, "CASE WHEN ");
  for (size_t i = 0; i < t->key.n; i++) {
    sw_str name = SW_ITEM(sw_ref, t->key, i)->name;
    if (is_org(t, name)) continue;
    sw_buf_puts(sql, n++ ? " AND " : "");
    put_column(sql, alias, a, name);
    sw_buf_puts(sql, " IS NOT NULL");
  }
  sw_buf_puts(sql, " THEN ");
  n = 0;
  for (size_t i = 0; i < t->key.n; i++) {
    sw_str name = SW_ITEM(sw_ref, t->key, i)->name;
    if (is_org(t, name)) continue;
    sw_buf_puts(sql, n++ ? " || '|' || " : "");
    sw_buf_puts(sql, parts > 1 ? "replace(CAST(" : "CAST(");
    put_column(sql, alias, a, name);
    sw_buf_puts(sql, parts > 1 ? " AS VARCHAR), '|', '||')" : " AS VARCHAR)");
  }
  sw_buf_puts(sql, " ELSE ");
  put_content(t, alias, a, sql);
  sw_buf_puts(sql, " END");
}

/* department, coder, doctor of the row: of the table (alias t) or of the one that it belongs to (alias w, joined by put_owner_join). */
static void put_owners(sw_finding_round *r, const checked_table *t, bool joined, sw_buf *sql) {
  const sw_owner_def *w = &t->def->owner;
  const sw_ref *columns[] = {&w->department, &w->coder, &w->doctor};
  static const char *const names[] = {"department", "coder", "doctor"};
  for (size_t i = 0; i < 3; i++) {
    if (!columns[i]->name.len || (w->from.name.len && !joined)) {
      sw_buf_printf(sql, ", CAST(NULL AS VARCHAR) AS %s", names[i]);
      continue;
    }
    sw_buf_puts(sql, ", nullif(trim(CAST(");
    if (joined) sw_sql_build(sql, "w.{}", sw_sql_id(names[i]));
    else put_column(sql, "t", &r->arena, columns[i]->name);
    sw_buf_printf(sql, " AS VARCHAR)), '') AS %s", names[i]);
  }
}

static void put_owner_join(sw_finding_round *r, const checked_table *t, sw_buf *sql) {
  const sw_owner_def *w = &t->def->owner;
  const sw_ref *columns[] = {&w->department, &w->coder, &w->doctor};
  static const char *const names[] = {"department", "coder", "doctor"};
  sw_buf_puts(sql, " LEFT JOIN (SELECT ");
  for (size_t i = 0; i < w->on.n; i++)
    sw_sql_build(sql, "{}{}", sw_sql_raw(sw_str_of(i ? ", " : "")), sw_sql_id(sw_arena_dupz(&r->arena, SW_ITEM(sw_ref, w->on, i)->name)));
  for (size_t i = 0; i < 3; i++)
    if (columns[i]->name.len) sw_sql_build(sql, ", any_value({}) AS {}", sw_sql_id(sw_arena_dupz(&r->arena, columns[i]->name)), sw_sql_id(names[i]));
  sw_sql_build(sql, " FROM {} GROUP BY ", sw_sql_dotted(sw_arena_dupz(&r->arena, w->from.name)));
  for (size_t i = 0; i < w->on.n; i++)
    sw_sql_build(sql, "{}{}", sw_sql_raw(sw_str_of(i ? ", " : "")), sw_sql_id(sw_arena_dupz(&r->arena, SW_ITEM(sw_ref, w->on, i)->name)));
  sw_buf_puts(sql, ") w ON ");
  for (size_t i = 0; i < w->on.n; i++) {
    const char *name = sw_arena_dupz(&r->arena, SW_ITEM(sw_ref, w->on, i)->name);
    sw_sql_build(sql, "{}w.{} = t.{}", sw_sql_raw(sw_str_of(i ? " AND " : "")), sw_sql_id(name), sw_sql_id(name));
  }
}

/* Rows that failed, with key and owners; a row that is no longer in the table keeps its _row as key. */
static void put_failing_rows(sw_finding_round *r, const checked_table *t, sw_buf *sql) {
  const sw_owner_def *w = &t->def->owner;
  bool joined = w->from.name.len && w->on.n && relation_there(r, w->from.name);
  sw_buf_puts(sql, "SELECT k.rule, o.org, f._row, f._part, CASE WHEN t._row IS NULL THEN '#row ' || f._row ELSE ");
  sw_findings_key_sql(t->def, "t", &r->arena, sql);
  sw_buf_puts(sql, " END AS key");
  put_owners(r, t, joined, sql);
  sw_sql_build(sql, " FROM (SELECT * FROM store.kept_quality_failure WHERE run_no = {}) f JOIN (SELECT rule_no, rule FROM store.kept_quality_rule WHERE run_no = {}) k "
               "USING (rule_no) JOIN (SELECT org_no, org FROM store.kept_quality_org WHERE run_no = {}) o USING (org_no) LEFT JOIN {} t ON t._row = f._row",
               sw_sql_i64(t->run_no), sw_sql_i64(t->run_no), sw_sql_i64(t->run_no), sw_sql_dotted(t->name));
  if (t->has_part) sw_buf_puts(sql, " AND t._part IS NOT DISTINCT FROM f._part");
  if (joined) put_owner_join(r, t, sql);
}

/* Institutions that fail a rule about all their rows: balances, metrics, the shape of a table. The key is empty. */
static void put_failing_institutions(sw_buf *sql) {
  sw_buf_puts(sql, "INSERT INTO finding_row SELECT left(md5(u.table_name || chr(31) || k.rule || chr(31) || o.org || chr(31)), 16), u.table_name, k.rule, o.org, NULL, NULL, '', NULL, "
                   "NULL, NULL FROM store.kept_quality_result q JOIN finding_run u USING (run_no) JOIN store.kept_quality_rule k USING (run_no, rule_no) "
                   "JOIN store.kept_quality_org o USING (run_no, org_no) ANTI JOIN (SELECT DISTINCT run_no, rule_no, org_no FROM store.kept_quality_failure) f "
                   "ON f.run_no = q.run_no AND f.rule_no = q.rule_no AND f.org_no = q.org_no WHERE q.failed > 0");
}

static sw_status collect(sw_finding_round *r, const checked_table *t, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "INSERT INTO finding_row SELECT left(md5({} || chr(31) || rule || chr(31) || org || chr(31) || key), 16), {}, * FROM (", sw_sql_text(t->name),
               sw_sql_text(t->name));
  put_failing_rows(r, t, &sql);
  sw_buf_puts(&sql, ")");
  return run_sql(r, &sql, err);
}

static sw_status collect_all(sw_finding_round *r, sw_error *err) {
  sw_status s = sw_exec(r->c,
                        "CREATE OR REPLACE TEMP TABLE finding_row(id VARCHAR, table_name VARCHAR, rule VARCHAR, org VARCHAR, _row BIGINT, _part INTEGER, key VARCHAR, "
                        "department VARCHAR, coder VARCHAR, doctor VARCHAR)", NULL, err);
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  put_failing_institutions(&sql);
  for (size_t i = 0; !s && i < r->ntables; i++)
    if (r->tables[i].failing && r->tables[i].there && r->tables[i].def) s = collect(r, &r->tables[i], err);
  if (!s) s = run_sql(r, &sql, err);
  if (s) return s;
  return sw_exec(r->c,
                 "CREATE OR REPLACE TEMP TABLE finding_now AS SELECT id, any_value(table_name) AS table_name, any_value(rule) AS rule, any_value(org) AS org, "
                 "any_value(key) AS key, max(_row) AS _row, arg_max(_part, _row) AS _part, count(*) AS rows, arg_max(department, _row) AS department, "
                 "arg_max(coder, _row) AS coder, arg_max(doctor, _row) AS doctor FROM finding_row GROUP BY id", r->o.cancel, err);
}

/* --- what has gone ------------------------------------------------------------------------------------------------- */

/* The newest batch among a case's children, for a parent that did not change itself. */
static void put_children(sw_finding_round *r, const checked_table *t, sw_buf *sql) {
  for (size_t i = 0; i < t->def->children.n; i++) {
    const sw_child_def *c = SW_VALUE(sw_child_def, t->def->children, i);
    const sw_config_list *on = c->on.n ? &c->on : &t->def->key;
    if (!on->n || !relation_there(r, c->table.name)) continue;
    sw_sql_build(sql, " UNION ALL SELECT g.id, NULL, max(x._row) FROM gone g JOIN {} t ON t._row = g._row JOIN {} x ON ", sw_sql_dotted(t->name),
                 sw_sql_dotted(sw_arena_dupz(&r->arena, c->table.name)));
    for (size_t k = 0; k < on->n; k++) {
      const char *name = sw_arena_dupz(&r->arena, SW_ITEM(sw_ref, *on, k)->name);
      sw_sql_build(sql, "{}x.{} = t.{}", sw_sql_raw(sw_str_of(k ? " AND " : "")), sw_sql_id(name), sw_sql_id(name));
    }
    sw_buf_puts(sql, " GROUP BY 1");
  }
}

/* finding_here(id, _row, child_row): open findings that no longer fail and whose row is still in the table. */
static sw_status look_for(sw_finding_round *r, const checked_table *t, sw_error *err) {
  int64_t gone = 0;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  if (!t->there || !t->def) return SW_OK;
  sw_status s = sw_query_i64(r->c,
                             "SELECT count(*) FROM store.kept_finding f ANTI JOIN finding_now n USING (id) WHERE f.table_name = ? AND f.key <> '' "
                             "AND f.state IN ('open', 'accepted', 'disputed')", SW_PARAMS(sw_p_strz(t->name)), r->o.cancel, &gone, NULL, err);
  if (s || !gone) return s;
  sw_sql_build(&sql, "INSERT INTO finding_here WITH lost AS (SELECT f.id, f.org, f.key FROM store.kept_finding f ANTI JOIN finding_now n USING (id) "
               "WHERE f.table_name = {} AND f.key <> '' AND f.state IN ('open', 'accepted', 'disputed')), gone AS (SELECT l.id, max(t._row) AS _row FROM lost l JOIN {} t ON "
               "l.org = coalesce(CAST(", sw_sql_text(t->name), sw_sql_dotted(t->name));
  if (t->def->org.name.len) put_column(&sql, "t", &r->arena, t->def->org.name);
  else sw_buf_puts(&sql, "t._org");
  sw_buf_puts(&sql, " AS VARCHAR), '') AND l.key = ");
  sw_findings_key_sql(t->def, "t", &r->arena, &sql);
  sw_buf_puts(&sql, " GROUP BY 1) SELECT id, max(_row), max(child_row) FROM (SELECT id, _row, CAST(NULL AS BIGINT) AS child_row FROM gone");
  put_children(r, t, &sql);
  sw_buf_puts(&sql, ") GROUP BY 1");
  return run_sql(r, &sql, err);
}

/* --- what follows ---------------------------------------------------------------------------------------------------- */

/* `action` NULL: nothing happened, but where the row is or whose it is has changed. A child's row counts as the correction when
 * its batch is newer than the one that the finding was last seen in. */
static const char NEXT[] =
    "CREATE OR REPLACE TEMP TABLE finding_next AS "
    "WITH s AS (SELECT * FROM store.kept_finding WHERE table_name IN (SELECT table_name FROM finding_run)), "
    "pair AS (SELECT s, n, n.id IS NOT NULL AS fails, coalesce(s.id, n.id) AS id, coalesce(s.table_name, n.table_name) AS table_name, "
    "coalesce(s.rule, n.rule) AS rule FROM s FULL JOIN finding_now n ON n.id = s.id), "
    "seen AS (SELECT p.*, q.mandatory, q.severity, q.dimension, q.version, q.wanted, coalesce(q.evaluated, false) AS evaluated, k.rule IS NOT NULL AS known, "
    "h.id IS NOT NULL AS here, h._row AS here_row, h.child_row, d.deadline "
    "FROM pair p LEFT JOIN finding_rules q ON q.table_name = p.table_name AND q.rule = p.rule LEFT JOIN finding_rule k ON k.table_name = p.table_name AND k.rule = p.rule "
    "LEFT JOIN finding_here h ON h.id = p.id LEFT JOIN finding_deadline d ON d.severity = q.severity), "
    "told AS (SELECT *, CASE WHEN s.id IS NULL THEN 'opened' "
    "WHEN fails AND s.state IN ('corrected', 'withdrawn', 'retired') THEN 'reopened' "
    "WHEN fails AND s.state = 'accepted' AND s.until < CAST($1 AS DATE) THEN 'expired' "
    "WHEN fails OR s.state NOT IN ('open', 'accepted', 'disputed') THEN NULL "
    "WHEN NOT known THEN 'retired' WHEN NOT evaluated THEN NULL WHEN s.key <> '' AND NOT here THEN 'withdrawn' ELSE 'corrected' END AS action FROM seen), "
    "own AS (SELECT *, CASE WHEN fails THEN n.department ELSE s.department END AS department, CASE WHEN fails THEN n.coder ELSE s.coder END AS coder, "
    "CASE WHEN fails THEN n.doctor ELSE s.doctor END AS doctor FROM told), "
    "who AS (SELECT *, CASE WHEN s.assigned OR NOT fails THEN s.level WHEN wanted = 'coder' AND coder IS NOT NULL THEN 'coder' "
    "WHEN wanted = 'doctor' AND doctor IS NOT NULL THEN 'doctor' WHEN wanted <> 'institution' AND department IS NOT NULL THEN 'department' ELSE 'institution' END AS lv FROM own) "
    "SELECT id, table_name, rule, coalesce(s.org, n.org) AS org, coalesce(s.key, n.key) AS key, "
    "CASE WHEN action IN ('opened', 'reopened', 'expired') THEN 'open' ELSE coalesce(action, s.state) END AS state, lv AS level, "
    "CASE WHEN s.assigned OR NOT fails THEN s.owner WHEN lv = 'coder' THEN coder WHEN lv = 'doctor' THEN doctor WHEN lv = 'department' THEN department "
    "ELSE coalesce(s.org, n.org) END AS owner, coalesce(s.assigned, false) AS assigned, department, coder, doctor, coalesce(mandatory, s.mandatory) AS mandatory, "
    "coalesce(severity, s.severity) AS severity, coalesce(dimension, s.dimension) AS dimension, CASE WHEN fails THEN version ELSE s.version END AS version, "
    "CASE WHEN fails THEN n._row ELSE coalesce(here_row, s._row) END AS _row, CASE WHEN fails THEN n._part ELSE s._part END AS _part, "
    "CASE WHEN fails THEN n.rows ELSE s.rows END AS rows, coalesce(s.first_opened, $1) AS first_opened, "
    "CASE WHEN action IN ('opened', 'reopened', 'expired') THEN $1 ELSE s.opened_at END AS opened_at, CASE WHEN action IS NULL THEN s.changed_at ELSE $1 END AS changed_at, "
    "CASE WHEN action IN ('opened', 'reopened', 'expired') THEN deadline ELSE s.deadline END AS deadline, "
    "CASE WHEN action = 'corrected' THEN CASE WHEN here_row <> s._row THEN here_row >> 31 WHEN (child_row >> 31) > (s._row >> 31) THEN child_row >> 31 END "
    "WHEN action IS NULL THEN s.closed_batch END AS closed_batch, "
    "CASE WHEN action = 'corrected' THEN CASE WHEN here_row <> s._row OR (child_row >> 31) > (s._row >> 31) THEN 'delivery' WHEN version <> s.version THEN 'rule' ELSE 'context' END "
    "WHEN action = 'opened' THEN 'failure' WHEN action IS NULL THEN s.cause ELSE action END AS cause, "
    "CASE WHEN action IS NULL THEN s.reason ELSE '' END AS reason, CASE WHEN action IS NULL THEN s.until END AS until, "
    "CASE WHEN action IS NULL THEN s.who ELSE '' END AS who, coalesce(s.reopened, 0) + CASE WHEN action IN ('reopened', 'expired') THEN 1 ELSE 0 END AS reopened, "
    "action, CAST($2 AS VARCHAR) AS run, s.round AS round FROM who "
    "WHERE action IS NOT NULL OR (fails AND (s._row, s._part, s.rows, s.department, s.coder, s.doctor, s.version, s.severity, s.mandatory, s.owner) "
    "IS DISTINCT FROM (n._row, n._part, n.rows, department, coder, doctor, version, severity, mandatory, "
    "CASE WHEN s.assigned THEN s.owner WHEN lv = 'coder' THEN coder WHEN lv = 'doctor' THEN doctor WHEN lv = 'department' THEN department ELSE s.org END))";

static sw_status compare(sw_finding_round *r, sw_error *err) {
  sw_status s = sw_exec(r->c, "CREATE OR REPLACE TEMP TABLE finding_here(id VARCHAR, _row BIGINT, child_row BIGINT)", NULL, err);
  for (size_t i = 0; !s && i < r->ntables; i++) s = look_for(r, &r->tables[i], err);
  if (s) return s;
  return sw_exec_params(r->c, NEXT, SW_PARAMS(sw_p_timestamp(r->o.as_of_us), sw_p_strz(r->o.run ? r->o.run : "")), r->o.cancel, NULL, err);
}

static sw_status count(sw_finding_round *r, sw_error *err) {
  sw_rows *q;
  sw_findings_counts *n = &r->n;
  n->tables = (int64_t)r->ntables;
  sw_status s = sw_query(r->c,
                         "SELECT (SELECT count(*) FROM finding_row), (SELECT count(*) FROM finding_now), count(*) FILTER (WHERE action = 'opened'), "
                         "count(*) FILTER (WHERE action = 'reopened'), count(*) FILTER (WHERE action = 'expired'), count(*) FILTER (WHERE action = 'corrected'), "
                         "count(*) FILTER (WHERE action = 'withdrawn'), count(*) FILTER (WHERE action = 'retired'), count(action) FROM finding_next",
                         SW_NO_PARAMS, r->o.cancel, &q, err);
  if (s) return s;
  sw_step step = sw_rows_next(q, err);
  if (step == SW_ROW) {
    int64_t *to[] = {&n->failing, &n->findings, &n->opened, &n->reopened, &n->expired, &n->corrected, &n->withdrawn, &n->retired, &r->events};
    for (size_t i = 0; i < sizeof to / sizeof *to; i++) *to[i] = sw_rows_i64(q, i);
  }
  sw_rows_free(q);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK;
}

/* --- the round's file and its record ----------------------------------------------------------------------------------- */

static sw_status write_file(sw_finding_round *r, sw_error *err) {
  if (!r->events) return SW_OK;
  const char *dir = sw_fs_join(&r->arena, r->o.dir, "history/finding"), *relative = sw_arena_printf(&r->arena, "history/finding/%s.parquet", r->o.name);
  const char *full = relative ? sw_fs_join(&r->arena, r->o.dir, relative) : NULL, *part = full ? sw_arena_printf(&r->arena, "%s.part", full) : NULL;
  if (!dir || !part) return no_memory(err);
  sw_status s = sw_fs_mkdirs(dir, err);
  if (!s)
    s = sw_copy_parquet(r->c, "SELECT " SW_FINDING_COLUMNS ", action, run FROM finding_next WHERE action IS NOT NULL ORDER BY table_name, rule, org, key", part, NULL,
                        r->o.cancel, NULL, err);
  if (!s) s = sw_fs_rename_durable(part, full, err);
  r->path = relative;
  return s;
}

/* A name that no round has. An attempt that reached the ledger but not the engine stays: it is folded like any other, and the
 * attempt after it finds little left to do. */
static sw_status choose_name(sw_finding_round *r, sw_error *err) {
  const char *wanted = r->o.name;
  for (int attempt = 2; attempt < 1000; attempt++) {
    sw_stmt *st;
    sw_status s = sw_stmt_open(r->ledger, "SELECT 1 FROM finding_round WHERE name = ?1", &st, err);
    if (s) return s;
    sw_stmt_bind_z(st, 1, r->o.name);
    sw_step step = sw_stmt_next(st, err);
    sw_stmt_close(st);
    if (step == SW_STEP_ERROR) return err ? err->status : SW_E_LEDGER;
    if (step == SW_DONE) return SW_OK;
    r->o.name = sw_arena_printf(&r->arena, "%s-%d", wanted, attempt);
    if (!r->o.name) return no_memory(err);
  }
  return SW_FAIL(err, SW_E_EXISTS, "SW-RULE-0061", "名为 %s 的问题轮次太多", "too many rounds of findings are named %s", wanted);
}

static sw_status record(sw_finding_round *r, int64_t at_us, int64_t *no, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(r->ledger, "INSERT INTO finding_round(kind, run, path, row_count, as_of, at, name) VALUES('check', ?1, ?2, ?3, ?4, ?5, ?6)", &st, err);
  if (s) return s;
  sw_stmt_bind_z(st, 1, r->o.run ? r->o.run : "");
  sw_stmt_bind_z(st, 2, r->path);
  sw_stmt_bind_i64(st, 3, r->events);
  sw_stmt_bind_i64(st, 4, r->o.as_of_us);
  sw_stmt_bind_i64(st, 5, at_us);
  sw_stmt_bind_z(st, 6, r->o.name);
  s = sw_stmt_run(st, err);
  *no = sw_ledger_last_id(r->ledger);
  sw_stmt_close(st);
  if (s || !r->path[0]) return s;
  sw_history_file h = {.kind = "finding", .run = r->o.run ? r->o.run : "", .path = r->path, .rows = r->events, .at_us = at_us};
  return sw_history_add(r->ledger, &h, err);
}

static sw_status record_in_ledger(sw_finding_round *r, int64_t *no, sw_error *err) {
  sw_status s = sw_ledger_begin(r->ledger, err);
  if (s) return s;
  s = record(r, r->o.now_us ? r->o.now_us : r->o.as_of_us, no, err);
  if (!s) return sw_ledger_commit(r->ledger, err);
  sw_ledger_rollback(r->ledger);
  return s;
}

/* --- the interface --------------------------------------------------------------------------------------------------------- */

static sw_status begin(sw_finding_round *r, sw_error *err) {
  bool checked = false;
  sw_status s = choose_name(r, err);
  if (!s) s = sw_findings_sync(r->c, r->ledger, r->o.dir, r->o.cancel, err);
  if (!s) s = sw_table_exists(r->c, "store", "kept_quality_run", &checked, err);
  if (!s && !checked) s = SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0060", "还没有检查过；先运行 suwen check 或含 check 的流程", "nothing has been checked; run suwen check or a flow with a check first");
  if (!s) s = find_tables(r, err);
  if (!s) s = make_runs(r, err);
  if (!s) s = make_rules(r, err);
  if (!s) s = collect_all(r, err);
  if (!s) s = compare(r, err);
  if (!s) s = count(r, err);
  return s ? s : write_file(r, err);
}

sw_status sw_findings_begin(sw_conn *c, sw_ledger *l, const sw_findings_options *o, sw_finding_round **out, sw_error *err) {
  sw_finding_round *r = *out = calloc(1, sizeof *r);
  if (!r) return no_memory(err);
  r->o = *o;
  if (!r->o.policy) r->o.policy = &SW_FINDING_POLICY;
  r->c = c;
  r->ledger = l;
  r->path = "";
  sw_status s = begin(r, err);
  if (!s) return SW_OK;
  sw_findings_end(r);
  *out = NULL;
  return SW_FRAME(err, "更新质控问题", "updating findings");
}

const sw_findings_counts *sw_findings_result(const sw_finding_round *r) { return &r->n; }

static sw_status any_accepted(sw_finding_round *r, const checked_table *t, bool *out, sw_error *err) {
  int64_t n = 0;
  sw_status s = sw_query_i64(r->c, "SELECT count(*) FROM store.kept_finding_accepted WHERE table_name = ?", SW_PARAMS(sw_p_strz(t->name)), NULL, &n, NULL, err);
  *out = n > 0;
  return s;
}

/* Scores count accepted findings of rules to verify as passed: checks with such rows, now or before, are scored again. */
static sw_status score_again(sw_finding_round *r, sw_error *err) {
  for (size_t i = 0; i < r->ntables; i++) {
    const checked_table *t = &r->tables[i];
    bool accepted = false;
    if (!t->def || !t->there) continue;
    sw_status s = any_accepted(r, t, &accepted, err);
    const char *org = t->def->org.name.len ? sw_arena_dupz(&r->arena, t->def->org.name) : "_org";
    if (!s && (accepted || t->accepted)) s = sw_score_store(r->c, t->run, t->name, t->name, org, err);
    if (s) return s;
  }
  return SW_OK;
}

sw_status sw_findings_commit(sw_conn *c, sw_finding_round *r, sw_error *err) {
  int64_t no = 0;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status s = record_in_ledger(r, &no, err);
  for (size_t i = 0; !s && i < r->ntables; i++) s = any_accepted(r, &r->tables[i], &r->tables[i].accepted, err);
  if (s) return s;
  sw_sql_build(&sql,
               "DELETE FROM store.kept_finding WHERE id IN (SELECT id FROM finding_next);"
               "INSERT INTO store.kept_finding SELECT " SW_FINDING_COLUMNS ", CASE WHEN action IS NULL THEN round ELSE {} END FROM finding_next;"
               "INSERT INTO store.kept_finding_event SELECT {}, id, changed_at, action, state, who, reason, cause, run, closed_batch, until, level, owner FROM finding_next "
               "WHERE action IS NOT NULL;"
               "INSERT INTO store.kept_finding_round VALUES ({}, {}, {}, {});"
               "DELETE FROM store.kept_finding_accepted WHERE table_name IN (SELECT table_name FROM finding_run);"
               "INSERT INTO store.kept_finding_accepted SELECT x.table_name, x.rule, x._row, x._part FROM finding_row x SEMI JOIN "
               "(SELECT id FROM store.kept_finding WHERE state = 'accepted') a USING (id) WHERE x._row IS NOT NULL;",
               sw_sql_i64(no), sw_sql_i64(no), sw_sql_i64(no), sw_sql_text(r->path), sw_sql_text(r->o.run ? r->o.run : ""), sw_sql_timestamp(r->o.as_of_us));
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  s = sw_exec(c, sql.ptr, r->o.cancel, err);
  return s ? s : score_again(r, err);
}

void sw_findings_end(sw_finding_round *r) {
  if (!r) return;
  static const char *const tables[] = {"finding_run", "finding_rule", "finding_rules", "finding_deadline", "finding_row", "finding_now", "finding_here", "finding_next"};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    char sql[64];
    snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS temp.%s", tables[i]);
    sw_error ignored = SW_ERROR_INIT;
    if (sw_exec(r->c, sql, NULL, &ignored)) break; /* the connection is on its way out, and its temporary tables with it */
  }
  sw_arena_fini(&r->arena);
  free(r);
}
