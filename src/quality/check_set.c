/* Rules over sets of rows: unique keys, references, order of events, codes, balances, the table's shape. */
#include "quality/check_internal.h"

#include "engine/rows.h"
#include "engine/sql.h"

static const char *name_of(sw_check *k, sw_str s) { return sw_arena_dupz(&k->arena, s); }

static void put_columns(sw_check *k, sw_buf *sql, const char *prefix, const sw_config_list *l, const char *between) {
  for (size_t i = 0; i < l->n; i++) {
    sw_buf_puts(sql, i ? between : "");
    sw_buf_puts(sql, prefix);
    sw_sql_build(sql, "{}", sw_sql_id(name_of(k, SW_ITEM(sw_ref, *l, i)->name)));
  }
}

static void put_not_null(sw_check *k, sw_buf *sql, const sw_config_list *l) {
  for (size_t i = 0; i < l->n; i++)
    sw_sql_build(sql, "{}{} IS NOT NULL", sw_sql_raw(sw_str_of(i ? " AND " : "")), sw_sql_id(name_of(k, SW_ITEM(sw_ref, *l, i)->name)));
}

/* _part where the table has one. */
static void put_row_id(const sw_check *k, sw_buf *sql) {
  sw_buf_puts(sql, k->scan.has_part ? "_row, CAST(_part AS INTEGER) AS _part, " : "_row, CAST(NULL AS INTEGER) AS _part, ");
  sw_check_org_sql(k, sql);
  sw_buf_puts(sql, " AS __org");
}


/* Runs `sql` (org, checked, not_applicable) and then `failing` (_row, _part, org), and books both. */
static sw_status book(sw_check *k, sw_conn *c, uint32_t rule, const sw_buf *sql, const sw_buf *failing, sw_error *err) {
  if (!sw_buf_ok(sql)) return sw_buf_check(sql, err);
  if (!sw_buf_ok(failing)) return sw_buf_check(failing, err);
  size_t first = k->cells.len;
  sw_rows *r;
  sw_step step;
  uint32_t org;
  sw_status st = sw_query(c, sql->ptr, SW_NO_PARAMS, k->o.cancel, &r, err);
  if (st) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
    if (!st) st = sw_check_org(k, sw_rows_str(r, 0), &org, err);
    sw_result_cell cell = {.rule = rule, .org = org, .checked = sw_rows_i64(r, 1), .not_applicable = sw_rows_i64(r, 2)};
    if (!st) st = sw_check_cell(k, cell, err);
  }
  sw_rows_free(r);
  if (st || (st = sw_query(c, failing->ptr, SW_NO_PARAMS, k->o.cancel, &r, err))) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) {
      st = err ? err->status : SW_E_ENGINE;
      break;
    }
    st = sw_check_org(k, sw_rows_str(r, 2), &org, err);
    for (size_t i = first; !st && i < k->cells.len; i++)
      if (k->cells.items[i].org == org) k->cells.items[i].failed++;
    if (!st) st = sw_check_fail(k, rule, org, sw_rows_i64(r, 0), sw_rows_is_null(r, 1) ? SW_NO_PART : (int32_t)sw_rows_i64(r, 1), err);
  }
  sw_rows_free(r);
  return st;
}

static void put_counts(const sw_check *k, sw_buf *sql) {
  sw_buf_puts(sql, "SELECT ");
  sw_check_org_sql(k, sql);
  sw_buf_puts(sql, ", count(*) FILTER (WHERE ");
}

static void put_from_counts(const sw_check *k, sw_buf *sql, const char *condition) {
  sw_buf_printf(sql, "), count(*) - count(*) FILTER (WHERE %s)", condition);
  sw_sql_build(sql, " FROM {} GROUP BY 1", sw_sql_dotted(sw_check_relation(k)));
}

static sw_status run_unique(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err) {
  const sw_config_list *cols = &k->o.rules[rule]->unique;
  SW_AUTO(sw_buf) there = SW_BUF_INIT;
  SW_AUTO(sw_buf) counts = SW_BUF_INIT;
  SW_AUTO(sw_buf) failing = SW_BUF_INIT;
  put_not_null(k, &there, cols);
  put_counts(k, &counts);
  sw_buf_puts(&counts, there.ptr);
  put_from_counts(k, &counts, there.ptr);
  sw_buf_puts(&failing, "SELECT ");
  put_row_id(k, &failing);
  sw_sql_build(&failing, " FROM {} q SEMI JOIN (SELECT ", sw_sql_dotted(sw_check_relation(k)));
  put_columns(k, &failing, "", cols, ", ");
  sw_sql_build(&failing, " FROM {} WHERE ", sw_sql_dotted(sw_check_relation(k)));
  sw_buf_puts(&failing, there.ptr);
  sw_buf_puts(&failing, " GROUP BY ALL HAVING count(*) > 1) d USING (");
  put_columns(k, &failing, "", cols, ", ");
  sw_buf_puts(&failing, ")");
  return book(k, c, rule, &counts, &failing, err);
}

static sw_status run_reference(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err) {
  const sw_reference_def *d = &k->o.rules[rule]->reference;
  bool present = false;
  sw_status st = sw_check_other_table(k, c, rule, d->table.name, &present, err);
  if (st || !present) return st;
  SW_AUTO(sw_buf) there = SW_BUF_INIT;
  SW_AUTO(sw_buf) counts = SW_BUF_INIT;
  SW_AUTO(sw_buf) failing = SW_BUF_INIT;
  put_not_null(k, &there, &d->columns);
  put_counts(k, &counts);
  sw_buf_puts(&counts, there.ptr);
  put_from_counts(k, &counts, there.ptr);
  sw_buf_puts(&failing, "SELECT ");
  put_row_id(k, &failing);
  sw_sql_build(&failing, " FROM {} q WHERE ", sw_sql_dotted(sw_check_relation(k)));
  sw_buf_puts(&failing, there.ptr);
  sw_sql_build(&failing, " AND NOT EXISTS (SELECT 1 FROM {} x WHERE ", sw_sql_dotted(name_of(k, d->table.name)));
  for (size_t i = 0; i < d->columns.n; i++) {
    sw_str from = SW_ITEM(sw_ref, d->columns, i)->name, to = i < d->to.n ? SW_ITEM(sw_ref, d->to, i)->name : from;
    sw_sql_build(&failing, "{}x.{} = q.{}", sw_sql_raw(sw_str_of(i ? " AND " : "")), sw_sql_id(name_of(k, to)), sw_sql_id(name_of(k, from)));
  }
  sw_buf_putc(&failing, ')');
  return book(k, c, rule, &counts, &failing, err);
}

/* The rows with the end of the patient's stays before; a stay fails when it begins before (overlap), or soon after. */
static void put_ordered(sw_check *k, const sw_order_def *d, sw_buf *sql) {
  const char *start = name_of(k, d->start.name), *end = name_of(k, d->end.name);
  sw_buf_puts(sql, "(SELECT ");
  put_row_id(k, sql);
  sw_sql_build(sql, ", {} AS __start, ", sw_sql_id(start));
  if (d->within_days) sw_sql_build(sql, "lag({}) OVER w AS __before", sw_sql_id(end));
  else sw_sql_build(sql, "max({}) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS __before", sw_sql_id(end));
  if (d->same.name.len) {
    const char *same = name_of(k, d->same.name);
    sw_sql_build(sql, ", left({}, 3) = left(lag({}) OVER w, 3) AS __same", sw_sql_id(same), sw_sql_id(same));
  } else {
    sw_buf_puts(sql, ", true AS __same");
  }
  sw_sql_build(sql, " FROM {} WHERE {} IS NOT NULL AND ", sw_sql_dotted(sw_check_relation(k)), sw_sql_id(start));
  put_not_null(k, sql, &d->by);
  if (d->where.text.len) sw_buf_printf(sql, " AND (%.*s)", SW_STR_ARG(d->where.text));
  sw_buf_puts(sql, " WINDOW w AS (PARTITION BY ");
  put_columns(k, sql, "", &d->by, ", ");
  sw_sql_build(sql, " ORDER BY {}, {}, _row))", sw_sql_id(start), sw_sql_id(end));
}

static sw_status run_order(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err) {
  const sw_order_def *d = &k->o.rules[rule]->order;
  SW_AUTO(sw_buf) counts = SW_BUF_INIT;
  SW_AUTO(sw_buf) failing = SW_BUF_INIT;
  sw_buf_puts(&counts, "SELECT __org, count(__before), count(*) - count(__before) FROM ");
  put_ordered(k, d, &counts);
  sw_buf_puts(&counts, " GROUP BY 1");
  sw_buf_puts(&failing, "SELECT _row, _part, __org FROM ");
  put_ordered(k, d, &failing);
  if (d->within_days)
    sw_sql_build(&failing, " WHERE __same AND date_diff('day', CAST(__before AS DATE), CAST(__start AS DATE)) BETWEEN 0 AND {}", sw_sql_i64(d->within_days));
  else sw_buf_puts(&failing, " WHERE __same AND __start < __before");
  return book(k, c, rule, &counts, &failing, err);
}

/* Codes with the days on which they stand, in the newest 30 days and before, and what is unlikely of them: that all days of a code
 * fall into the one span, when days are as likely as they are many. Days, not rows: one patient's hundred rows are one event. */
static void put_codes(sw_check *k, const sw_codes_def *d, const char *recent, sw_buf *sql) {
  const char *col = name_of(k, d->column.name);
  size_t rules = 0;
  for (size_t i = 0; i < k->o.nrules; i++) rules += k->o.rules[i]->type == SW_RT_CODES;
  sw_sql_build(sql,
               "(WITH seen AS (SELECT {} AS v, CAST({} AS DATE) AS day, {} AS fresh, count(*) AS n FROM {} WHERE {} IS NOT NULL AND {} IS NOT NULL GROUP BY ALL), "
               "span AS (SELECT count(DISTINCT day) FILTER (WHERE fresh)::DOUBLE AS now, count(DISTINCT day) FILTER (WHERE NOT fresh)::DOUBLE AS before, "
               "count(DISTINCT v) AS codes FROM seen), code AS (SELECT v, count(DISTINCT day) FILTER (WHERE fresh) AS now_days, count(DISTINCT day) FILTER (WHERE NOT fresh) "
               "AS before_days, sum(n) AS n FROM seen GROUP BY v) SELECT v, CASE WHEN before_days = 0 AND now_days * ln(now / (now + before)) < ln({} / codes) THEN 'new' "
               "WHEN now_days = 0 AND n >= {} AND before_days * ln(before / (now + before)) < ln({} / codes) THEN 'vanished' END AS what FROM code, span "
               "WHERE now > 0 AND before > 0)",
               sw_sql_id(col), sw_sql_id(k->o.time_column), sw_sql_raw(sw_str_of(recent)), sw_sql_dotted(sw_check_relation(k)), sw_sql_id(col), sw_sql_id(k->o.time_column),
               sw_sql_f64(sw_check_family_level(k) / 2 / (double)(rules ? rules : 1)), sw_sql_i64(d->least),
               sw_sql_f64(sw_check_family_level(k) / 2 / (double)(rules ? rules : 1)));
}

/* A vanished code has no row to list: it is counted for the whole table, as an evaluation of its own. */
static sw_status count_vanished(sw_check *k, sw_conn *c, uint32_t rule, const char *codes, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_result_cell cell = {.rule = rule};
  sw_buf_printf(&sql, "SELECT count(*) FROM %s WHERE what = 'vanished'", codes);
  sw_status st = sw_buf_check(&sql, err);
  if (!st) st = sw_query_i64(c, sql.ptr, SW_NO_PARAMS, k->o.cancel, &cell.failed, NULL, err);
  cell.checked = cell.failed;
  if (st || !cell.failed) return st;
  st = sw_check_org(k, SW_LIT(""), &cell.org, err);
  return st ? st : sw_check_cell(k, cell, err);
}

/* Rows of the newest span whose code is new, and codes that have vanished. */
static sw_status run_codes(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err) {
  const sw_codes_def *d = &k->o.rules[rule]->codes;
  if (!k->o.time_column) return SW_OK;
  const char *col = name_of(k, d->column.name);
  SW_AUTO(sw_buf) recent = SW_BUF_INIT;
  SW_AUTO(sw_buf) codes = SW_BUF_INIT;
  SW_AUTO(sw_buf) condition = SW_BUF_INIT;
  SW_AUTO(sw_buf) counts = SW_BUF_INIT;
  SW_AUTO(sw_buf) failing = SW_BUF_INIT;
  sw_sql_build(&recent, "{} >= {} - INTERVAL 30 DAY", sw_sql_id(k->o.time_column), sw_sql_timestamp(k->o.as_of_us));
  put_codes(k, d, recent.ptr, &codes);
  sw_sql_build(&condition, "{} IS NOT NULL AND {}", sw_sql_id(col), sw_sql_raw(sw_buf_str(&recent)));
  put_counts(k, &counts);
  sw_buf_puts(&counts, condition.ptr);
  put_from_counts(k, &counts, condition.ptr);
  sw_buf_puts(&failing, "SELECT ");
  put_row_id(k, &failing);
  sw_sql_build(&failing, " FROM {} WHERE {} AND {} IN (SELECT v FROM {} WHERE what = 'new')", sw_sql_dotted(sw_check_relation(k)),
               sw_sql_raw(sw_buf_str(&condition)), sw_sql_id(col), sw_sql_raw(sw_buf_str(&codes)));
  sw_status st = book(k, c, rule, &counts, &failing, err);
  return st ? st : count_vanished(k, c, rule, codes.ptr, err);
}

static sw_status run_balance(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err) {
  const sw_balance_def *d = &k->o.rules[rule]->balance;
  bool there = false;
  sw_status st = sw_check_other_table(k, c, rule, d->table.name, &there, err);
  if (st || !there) return st;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  SW_AUTO(sw_buf) keys = SW_BUF_INIT;
  const char *org = k->o.org_column;
  if (org) sw_sql_build(&keys, ", CAST({} AS VARCHAR)", sw_sql_id(org));
  else sw_buf_puts(&keys, ", ''");
  sw_buf_puts(&keys, " AS __g");
  for (size_t i = 0; i < d->on.n; i++)
    sw_sql_build(&keys, ", {} AS {}", sw_sql_id(name_of(k, SW_ITEM(sw_ref, d->on, i)->name)), sw_sql_id(sw_arena_printf(&k->arena, "__h%zu", i)));
  sw_buf_puts(&sql, "SELECT coalesce(a.__g, b.__g), count(*), count(*) FILTER (WHERE abs(coalesce(a.s, 0) - coalesce(b.s, 0)) > ");
  sw_sql_build(&sql, "{}) FROM (SELECT sum({}) AS s{} FROM {} GROUP BY ALL) a FULL JOIN (SELECT sum({}) AS s{} FROM {} GROUP BY ALL) b ON (a.__g = b.__g",
               sw_sql_decimal(SW_T_MONEY, d->tolerance), sw_sql_id(name_of(k, d->column.name)), sw_sql_raw(sw_buf_str(&keys)),
               sw_sql_dotted(sw_check_relation(k)), sw_sql_id(name_of(k, d->to.name)), sw_sql_raw(sw_buf_str(&keys)), sw_sql_dotted(name_of(k, d->table.name)));
  for (size_t i = 0; i < d->on.n; i++) sw_buf_printf(&sql, " AND a.__h%zu IS NOT DISTINCT FROM b.__h%zu", i, i);
  sw_buf_puts(&sql, ") GROUP BY 1");
  sw_rows *r;
  sw_step step;
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  if ((st = sw_query(c, sql.ptr, SW_NO_PARAMS, k->o.cancel, &r, err))) return st;
  while (!st && (step = sw_rows_next(r, err)) != SW_DONE) {
    uint32_t o = 0;
    if (step == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
    if (!st) st = sw_check_org(k, sw_rows_str(r, 0), &o, err);
    if (!st) st = sw_check_cell(k, (sw_result_cell){.rule = rule, .org = o, .checked = sw_rows_i64(r, 1), .failed = sw_rows_i64(r, 2)}, err);
  }
  sw_rows_free(r);
  return st;
}

/* A declared column that is absent, or of another family of types, fails. */
static sw_status run_schema(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_column_info *cols;
  size_t n;
  sw_sql_build(&sql, "SELECT * FROM {}", sw_sql_dotted(sw_check_relation(k)));
  sw_status st = sw_describe(c, sql.ptr, &k->arena, &cols, &n, err);
  if (st) return st;
  sw_result_cell cell = {.rule = rule};
  if ((st = sw_check_org(k, SW_LIT(""), &cell.org, err))) return st;
  for (size_t i = 0; i < k->o.table->ncolumns; i++) {
    const sw_qcolumn *want = &k->o.table->columns[i];
    bool found = false;
    for (size_t j = 0; j < n && !found; j++) {
      bool text = cols[j].type.id == SW_TYPE_STR;
      found = sw_str_ieq(sw_str_of(cols[j].name), want->name) && text == (want->type == SW_Q_TEXT);
    }
    cell.checked++;
    cell.failed += !found;
  }
  return sw_check_cell(k, cell, err);
}

sw_status sw_check_other_table(sw_check *k, sw_conn *c, uint32_t rule, sw_str table, bool *there, sw_error *err) {
  sw_arena *a = &k->arena;
  ptrdiff_t dot = sw_str_find(table, SW_LIT("."));
  const char *schema = dot < 0 ? "" : sw_arena_dupz(a, sw_str_sub(table, 0, (size_t)dot));
  const char *name = sw_arena_dupz(a, dot < 0 ? table : sw_str_sub(table, (size_t)dot + 1, table.len));
  if (!schema || !name) return sw_arena_check(a, err);
  sw_status st = sw_table_exists(c, schema, name, there, err);
  if (st || *there) return st;
  sw_rule_outcome *o = &k->out.rules[rule];
  o->state = SW_RULE_NO_DICTIONARY;
  o->reason[0] = sw_arena_printf(a, "还没有表 %.*s", SW_STR_ARG(table));
  o->reason[1] = sw_arena_printf(a, "there is no table %.*s yet", SW_STR_ARG(table));
  return SW_OK;
}

sw_status sw_check_set_rule(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err) {
  switch ((sw_rule_type)k->o.rules[rule]->type) {
    case SW_RT_UNIQUE: return run_unique(k, c, rule, err);
    case SW_RT_REFERENCE: return run_reference(k, c, rule, err);
    case SW_RT_ORDER: return run_order(k, c, rule, err);
    case SW_RT_CODES: return run_codes(k, c, rule, err);
    case SW_RT_BALANCE: return run_balance(k, c, rule, err);
    case SW_RT_SCHEMA: return run_schema(k, c, rule, err);
    case SW_RT_METRIC: return sw_check_metric_rule(k, c, rule, err);
    case SW_RT_ROW: case SW_RT_SQL: case SW_RT_UNBUILDABLE: break;
  }
  return SW_OK;
}
