/* The statements of standardising one mapping. */
#include "engine/sql.h"
#include "standard/compile.h"

static void put_raws(const sw_std_plan *p, const bool *wanted, bool repeated, sw_buf *out) {
  for (size_t i = 0; i < p->ncols; i++) {
    if (p->cols[i].repeated != repeated || (wanted && !wanted[i])) continue;
    sw_buf_puts(out, ", ");
    sw_std_raw(p, &p->cols[i], 0, out);
    sw_buf_printf(out, " AS r%zu", i);
  }
}

/* One list of the instances that are there, unnested. */
static void put_instances(const sw_std_plan *p, sw_buf *out) {
  sw_buf_puts(out, ", unnest(list_filter([");
  for (size_t k = 1; k <= p->parts; k++) {
    sw_buf_puts(out, k > 1 ? ", CASE WHEN " : "CASE WHEN ");
    sw_std_present(p, k, out);
    sw_buf_printf(out, " THEN struct_pack(p := %zu", k + p->part_base);
    for (size_t i = 0; i < p->ncols; i++) {
      if (!p->cols[i].repeated) continue;
      sw_buf_printf(out, ", r%zu := ", i);
      sw_std_raw(p, &p->cols[i], k, out);
    }
    sw_buf_puts(out, ") END");
  }
  sw_buf_puts(out, "], lambda x: x IS NOT NULL)) AS g");
}

static void put_loser_filter(const sw_std_plan *p, sw_buf *out) {
  if (p->losers[0]) sw_sql_build(out, " AND NOT EXISTS (SELECT 1 FROM {} AS lose WHERE lose._row = o._row)", sw_sql_id(p->losers));
}

/* The day by which dated code rules are chosen: of the first column that names one. */
static void put_day(const sw_std_plan *p, sw_buf *out) {
  for (size_t i = 0; i < p->ncols; i++) {
    sw_str name = p->cols[i].from->codes_date.name;
    if (!name.len) continue;
    sw_sql_build(out, ", sw_std_date(CAST(o.{} AS VARCHAR)) AS _day", (sw_sql_arg){.kind = SW_SQL_IDENT, .a = name});
    return;
  }
}

static void put_level0(const sw_std_plan *p, sw_buf *out) {
  sw_buf_puts(out, "SELECT o._row, o._org");
  put_day(p, out);
  put_raws(p, NULL, false, out);
  if (p->m->repeat.n) put_instances(p, out);
  sw_buf_puts(out, " FROM ");
  sw_std_from(p, out);
  sw_buf_puts(out, " WHERE ");
  sw_std_where(p, out);
  put_loser_filter(p, out);
}

/* Struct fields as columns, so that later levels need not know whence a value came. */
static void put_level1(const sw_std_plan *p, sw_buf *out) {
  sw_buf_puts(out, "SELECT * ");
  if (p->m->repeat.n) {
    sw_buf_puts(out, "EXCLUDE (g), g.p AS _part");
    for (size_t i = 0; i < p->ncols; i++)
      if (p->cols[i].repeated) sw_buf_printf(out, ", g.r%zu AS r%zu", i, i);
  } else if (p->part) {
    sw_buf_printf(out, ", %zu AS _part", p->part_base + 1);
  }
  sw_buf_puts(out, " FROM o0");
}

static void put_values(const sw_std_plan *p, const bool *wanted, sw_buf *out) {
  for (size_t i = 0; i < p->ncols; i++) {
    if (wanted && !wanted[i]) continue;
    char x[32];
    snprintf(x, sizeof x, "s.r%zu", i);
    sw_buf_puts(out, ", ");
    sw_std_value(p, &p->cols[i], i, x, out);
    sw_buf_printf(out, " AS v%zu", i);
  }
}

static void put_fails(const sw_std_plan *p, sw_buf *out) {
  bool any = false;
  sw_buf_puts(out, ", CASE WHEN ");
  for (size_t i = 0; i < p->ncols; i++) {
    if (!p->cols[i].can_fail) continue;
    sw_buf_printf(out, "%s(r%zu IS NOT NULL AND v%zu IS NULL)", any ? " OR " : "", i, i);
    any = true;
  }
  if (!any) sw_buf_puts(out, "FALSE");
  sw_buf_puts(out, " THEN list_filter([");
  any = false;
  for (size_t i = 0; i < p->ncols; i++) {
    if (!p->cols[i].can_fail) continue;
    sw_buf_printf(out, "%sCASE WHEN r%zu IS NOT NULL AND v%zu IS NULL THEN struct_pack(m := %zu, c := %zu, u := %s, v := CAST(r%zu AS VARCHAR)) END",
                  any ? ", " : "", i, i, p->position, i, p->cols[i].codes.m ? "TRUE" : "FALSE", i);
    any = true;
  }
  if (!any) sw_buf_puts(out, "NULL");
  sw_buf_puts(out, "], lambda x: x IS NOT NULL) END");
}

static const sw_std_column *column_of(const sw_std_plan *p, const sw_column_def *col, size_t *index) {
  for (size_t i = 0; i < p->ncols; i++)
    if (p->cols[i].col == col) {
      *index = i;
      return &p->cols[i];
    }
  return NULL;
}

void sw_std_sql_insert(const sw_std_plan *p, const char *physical, bool fails, sw_buf *out) {
  sw_sql_build(out, "INSERT INTO {} WITH o0 AS NOT MATERIALIZED (", sw_sql_table("store", physical));
  put_level0(p, out);
  sw_buf_puts(out, "), s AS NOT MATERIALIZED (");
  put_level1(p, out);
  sw_buf_puts(out, "), v AS NOT MATERIALIZED (SELECT s.*");
  put_values(p, NULL, out);
  sw_buf_puts(out, " FROM s");
  sw_std_code_joins(p, NULL, out);
  sw_buf_puts(out, ") SELECT ");
  for (size_t i = 0; i < p->t->columns.n; i++) {
    size_t k = 0;
    if (column_of(p, SW_COLUMN(p->t, i), &k))
      sw_buf_printf(out, "v%zu, ", k);
    else
      sw_buf_puts(out, "NULL, ");
  }
  sw_buf_printf(out, "_row, _org%s", p->part ? ", _part" : "");
  if (fails) put_fails(p, out);
  sw_buf_puts(out, " FROM v");
}

/* --- versions -------------------------------------------------------------------------------------------------- */

static void put_deleted(const sw_std_plan *p, sw_buf *out) {
  const sw_deletions *d = &p->ods->deletions;
  if (!d->column.name.len) {
    sw_buf_puts(out, "FALSE");
    return;
  }
  sw_sql_build(out, "coalesce(trim(CAST(o.{} AS VARCHAR)) IN (", (sw_sql_arg){.kind = SW_SQL_IDENT, .a = d->column.name});
  for (size_t i = 0; i < d->values.n; i++) sw_sql_build(out, i ? ", {}" : "{}", sw_sql_str(*SW_ITEM(sw_str, d->values, i)));
  sw_buf_puts(out, "), FALSE)");
}

static void mark(const sw_std_plan *p, const sw_ref *names, size_t n, bool *wanted) {
  for (size_t i = 0; i < n; i++) {
    size_t k = 0;
    if (column_of(p, sw_table_column(p->t, names[i].name), &k)) wanted[k] = true;
  }
}

static void put_keys(const sw_std_plan *p, const sw_ref *names, size_t n, const char *sep, sw_buf *out) {
  size_t put = 0;
  for (size_t i = 0; i < n; i++) {
    size_t k = 0;
    if (!column_of(p, sw_table_column(p->t, names[i].name), &k)) continue;
    sw_buf_printf(out, "%sv%zu", put++ ? sep : "", k);
  }
}

static const sw_config_list *order_of(const sw_std_plan *p) { return p->m->order.n ? &p->m->order : &p->ods->order; }

/* k: one row for each that takes part, with its record key, order and delivery. */
static void put_candidates(const sw_std_plan *p, const bool *wanted, bool by_content, sw_buf *out) {
  sw_buf_puts(out, "WITH s AS NOT MATERIALIZED (SELECT o._row, o._org, ");
  put_deleted(p, out);
  sw_buf_puts(out, " AS _del, b.at__ AS _at, coalesce(b.lb__, '') AS _lb, coalesce(b.f__, '') AS _f");
  put_day(p, out);
  put_raws(p, wanted, false, out);
  const sw_config_list *order = order_of(p);
  for (size_t i = 0; i < order->n; i++)
    sw_sql_build(out, ", o.{} AS o{}", (sw_sql_arg){.kind = SW_SQL_IDENT, .a = SW_ITEM(sw_ref, *order, i)->name}, sw_sql_i64((int64_t)i));
  if (by_content) {
    sw_buf_puts(out, ", row(o._org");
    for (size_t i = 0; i < p->ncols; i++) {
      for (size_t k = p->cols[i].repeated ? 1 : 0; k <= (p->cols[i].repeated ? p->parts : 0); k++) {
        sw_buf_puts(out, ", ");
        sw_std_raw(p, &p->cols[i], k, out);
      }
    }
    sw_buf_puts(out, ") AS _c");
  }
  sw_buf_puts(out, " FROM ");
  sw_std_from(p, out);
  sw_buf_puts(out, " LEFT JOIN " SW_STD_BATCHES " ON b.no__ = (o._row >> 31) WHERE ");
  sw_std_where(p, out);
  sw_buf_puts(out, "), k AS NOT MATERIALIZED (SELECT s.*");
  put_values(p, wanted, out);
  sw_buf_puts(out, " FROM s");
  sw_std_code_joins(p, wanted, out);
  sw_buf_puts(out, ")");
}

/* Lines that were delivered again unchanged: the k-th equal line of one delivery meets the k-th of the others. */
static void losers_by_content(const sw_std_plan *p, const bool *wanted, sw_buf *out) {
  put_candidates(p, wanted, true, out);
  sw_buf_puts(out, ", h AS NOT MATERIALIZED (SELECT _row, _del, _at, _lb, hash(_c) AS h1, hash(_c, 'x') AS h2 FROM k)"
                   ", d AS (SELECT h1, h2 FROM h GROUP BY h1, h2 HAVING count(*) > 1 AND count(DISTINCT (_at, _lb)) > 1)"
                   ", n AS (SELECT h.*, row_number() OVER (PARTITION BY h1, h2, _at, _lb ORDER BY _row) AS n FROM h SEMI JOIN d USING (h1, h2))"
                   ", x AS (SELECT _row, _del, row_number() OVER (PARTITION BY h1, h2, n ORDER BY _at NULLS FIRST, _lb, _row) AS rn FROM n)");
  sw_buf_puts(out, " SELECT _row, 'm' AS why FROM x WHERE rn > 1 AND NOT _del");
  if (!p->ods->deletions.column.name.len) return;
  sw_buf_puts(out, " UNION ALL SELECT _row, 'd' FROM k WHERE _del");
  if (!p->nkey) return;
  /* A line that is told as deleted later is withdrawn with all that came before under its key. */
  sw_buf_puts(out, " UNION ALL SELECT DISTINCT a._row, 'm' FROM k AS a JOIN k AS z ON z._del AND NOT a._del AND (z._at, z._lb, z._row) > (a._at, a._lb, a._row)");
  for (size_t i = 0; i < p->nkey; i++) {
    size_t c = 0;
    if (column_of(p, sw_table_column(p->t, p->key[i].name), &c)) sw_buf_printf(out, " AND a.v%zu = z.v%zu", c, c);
  }
  sw_buf_puts(out, " WHERE a._row NOT IN (SELECT _row FROM x WHERE rn > 1)");
}

static void put_newest_first(const sw_std_plan *p, sw_buf *out) {
  const sw_config_list *order = order_of(p);
  if (p->m->replace_by.n) sw_buf_puts(out, "_at DESC NULLS LAST, _lb DESC, ");
  for (size_t i = 0; i < order->n; i++) sw_buf_printf(out, "o%zu DESC NULLS LAST, ", i);
  sw_buf_puts(out, "_at DESC NULLS LAST, _lb DESC, _f DESC, _row DESC");
}

static void losers_by_key(const sw_std_plan *p, const bool *wanted, sw_buf *out) {
  SW_AUTO(sw_buf) keys = SW_BUF_INIT;
  SW_AUTO(sw_buf) full = SW_BUF_INIT;
  put_keys(p, p->key, p->nkey, ", ", &keys);
  put_keys(p, p->key, p->nkey, " IS NOT NULL AND ", &full);
  sw_buf_puts(&full, " IS NOT NULL");
  sw_sql_arg k = sw_sql_raw(sw_buf_str(&keys)), f = sw_sql_raw(sw_buf_str(&full));
  put_candidates(p, wanted, false, out);
  sw_sql_build(out, ", d AS (SELECT hash({}) AS h FROM k WHERE {} GROUP BY h HAVING count(*) > 1), x AS (SELECT _row, _del, row_number() OVER (PARTITION BY {} ORDER BY ", k, f,
               k);
  put_newest_first(p, out);
  sw_sql_build(out, ") AS rn FROM k SEMI JOIN d ON hash({}) = d.h WHERE {})", k, f);
  if (p->m->replace_by.n) {
    SW_AUTO(sw_buf) by = SW_BUF_INIT;
    put_keys(p, p->m->replace_by.items, p->m->replace_by.n, ", ", &by);
    SW_AUTO(sw_buf) whole = SW_BUF_INIT;
    put_keys(p, p->m->replace_by.items, p->m->replace_by.n, " IS NOT NULL AND ", &whole);
    sw_sql_build(out, ", y AS (SELECT _row FROM (SELECT _row, dense_rank() OVER (PARTITION BY {} ORDER BY _at DESC NULLS LAST, _lb DESC) AS g FROM k WHERE {} IS NOT NULL) WHERE g > 1)",
                 sw_sql_raw(sw_buf_str(&by)), sw_sql_raw(sw_buf_str(&whole)));
    sw_buf_puts(out, " SELECT _row, 'm' AS why FROM y UNION ALL SELECT _row, CASE WHEN rn > 1 THEN 'm' ELSE 'd' END FROM x WHERE (rn > 1 OR _del) AND _row NOT IN (SELECT _row FROM y)");
    if (p->ods->deletions.column.name.len) sw_buf_puts(out, " UNION ALL SELECT _row, 'd' FROM k WHERE _del AND _row NOT IN (SELECT _row FROM x) AND _row NOT IN (SELECT _row FROM y)");
    return;
  }
  sw_buf_puts(out, " SELECT _row, CASE WHEN rn > 1 THEN 'm' ELSE 'd' END AS why FROM x WHERE rn > 1 OR _del");
  if (p->ods->deletions.column.name.len) sw_buf_puts(out, " UNION ALL SELECT _row, 'd' FROM k WHERE _del AND _row NOT IN (SELECT _row FROM x)");
}

void sw_std_sql_losers(const sw_std_plan *p, sw_buf *out) {
  bool *wanted = SW_ARENA_ARRAY(p->arena, bool, p->ncols + 1);
  if (!wanted) return;
  mark(p, p->key, p->nkey, wanted);
  mark(p, p->m->replace_by.items, p->m->replace_by.n, wanted);
  sw_sql_build(out, "CREATE OR REPLACE TEMP TABLE {} AS ", sw_sql_id(p->losers));
  if (p->content_versions)
    losers_by_content(p, wanted, out);
  else
    losers_by_key(p, wanted, out);
}

/* --- counts ----------------------------------------------------------------------------------------------------- */

void sw_std_sql_counts(const sw_std_plan *p, sw_buf *out) {
  sw_std_plan fresh = *p;
  fresh.stale = NULL;
  sw_buf_puts(out, "SELECT count(*), count(*) FILTER (WHERE NOT (");
  sw_std_where(&fresh, out);
  sw_buf_puts(out, ")), count(*) FILTER (WHERE (");
  sw_std_where(&fresh, out);
  sw_buf_puts(out, ") AND NOT (");
  sw_std_where(p, out);
  sw_buf_puts(out, ")), count(DISTINCT o._row) FROM ");
  sw_std_from(p, out);
}

void sw_std_sql_absent(const sw_std_plan *p, sw_buf *out) {
  sw_buf_puts(out, "SELECT count(*) FROM ");
  sw_std_from(p, out);
  sw_buf_puts(out, " WHERE ");
  sw_std_where(p, out);
  put_loser_filter(p, out);
  sw_buf_puts(out, " AND NOT (");
  for (size_t k = 1; k <= p->parts; k++) {
    if (k > 1) sw_buf_puts(out, " OR ");
    sw_std_present(p, k, out);
  }
  sw_buf_puts(out, ")");
}
