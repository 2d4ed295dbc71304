#include "quality/reconcile_internal.h"

#include "base/vec.h"
#include "engine/rows.h"
#include "intake/view.h"

sw_status sw_reconcile_prepare(sw_conn *c, sw_error *err) {
  bool there = false;
  sw_status st = sw_table_exists(c, "store", "kept_reconcile", &there, err);
  if (st || there) return st;
  return sw_exec(c,
                 "CREATE SCHEMA IF NOT EXISTS store; CREATE SCHEMA IF NOT EXISTS quality;"
                 "CREATE TABLE IF NOT EXISTS store.kept_reconcile(run VARCHAR, as_of TIMESTAMP, counterpart VARCHAR, table_name VARCHAR, org VARCHAR, day DATE, "
                 "measure VARCHAR, here DECIMAL(18,2), told DECIMAL(18,2), difference DECIMAL(18,2), tolerance DECIMAL(18,2), within BOOLEAN, rejected BIGINT, "
                 "undelivered BIGINT);"
                 "CREATE TABLE IF NOT EXISTS store.kept_reconcile_row(run VARCHAR, counterpart VARCHAR, table_name VARCHAR, org VARCHAR, day DATE, kind VARCHAR, "
                 "key VARCHAR, _row BIGINT, file VARCHAR, line BIGINT, code VARCHAR, told DECIMAL(18,2), here DECIMAL(18,2));"
                 "CREATE OR REPLACE VIEW quality.reconciliation AS SELECT * FROM store.kept_reconcile;"
                 "CREATE OR REPLACE VIEW quality.reconciliation_row AS SELECT * FROM store.kept_reconcile_row;",
                 NULL, err);
}

/* --- common ------------------------------------------------------------------------------------------------- */

void sw_reconcile_clear(const char *run, const char *counterpart, const char *table, sw_buf *sql) {
  static const char *const tables[] = {"kept_reconcile", "kept_reconcile_row"};
  for (size_t i = 0; i < 2; i++) {
    sw_sql_build(sql, "DELETE FROM {} WHERE run = {} AND counterpart = {}", sw_sql_table("store", tables[i]), sw_sql_text(run), sw_sql_text(counterpart));
    if (table) sw_sql_build(sql, " AND table_name = {}", sw_sql_text(table));
    sw_buf_putc(sql, ';');
  }
}

void sw_reconcile_put_insert(const char *run, int64_t as_of_us, const char *counterpart, const char *table, const char *measure, sw_tolerance off, bool money,
                             sw_buf *sql) {
  sw_sql_build(sql,
               "INSERT INTO store.kept_reconcile SELECT {}, {}, {}, {}, o, d, {}, here, told, here - told, off, abs(here - told) <= off, NULL, NULL FROM ("
               "SELECT *, CAST(greatest({}, {} * abs(told)) AS DECIMAL(18,2)) AS off FROM (SELECT coalesce(a.o, b.o) AS o, coalesce(a.d, b.d) AS d, "
               "CAST(coalesce(a.v, 0) AS DECIMAL(18,2)) AS here, CAST(coalesce(b.v, 0) AS DECIMAL(18,2)) AS told FROM ",
               sw_sql_text(run), sw_sql_timestamp(as_of_us), sw_sql_text(counterpart), sw_sql_text(table), sw_sql_text(measure),
               sw_sql_decimal(SW_T_MONEY, money ? off.absolute : off.absolute * 100), sw_sql_f64(off.share));
}

sw_status sw_reconcile_count(sw_conn *c, const char *run, const char *counterpart, const char *table, sw_reconcile_counts *out, sw_error *err) {
  sw_rows *r;
  sw_status st = sw_query(c,
                          "SELECT count(*), count(*) FILTER (WHERE NOT within), coalesce(sum(-difference) FILTER (WHERE measure = 'rows' AND difference < 0), 0)::BIGINT, "
                          "coalesce(sum(rejected), 0)::BIGINT, coalesce(sum(undelivered), 0)::BIGINT FROM store.kept_reconcile WHERE run = $1 AND counterpart = $2 "
                          "AND ($3 IS NULL OR table_name = $3)",
                          SW_PARAMS(sw_p_strz(run), sw_p_strz(counterpart), sw_p_strz(table)), NULL, &r, err);
  if (st) return st;
  if (sw_rows_next(r, err) == SW_ROW)
    *out = (sw_reconcile_counts){.compared = sw_rows_i64(r, 0), .differ = sw_rows_i64(r, 1), .missing = sw_rows_i64(r, 2), .rejected = sw_rows_i64(r, 3),
                                 .undelivered = sw_rows_i64(r, 4)};
  else st = err ? err->status : SW_E_ENGINE;
  sw_rows_free(r);
  return st;
}

/* --- closing totals --------------------------------------------------------------------------------------------- */

/* Totals of one measure by institution and day, here and told, outer-joined. */
static void put_measure(const sw_reconcile_options *o, const char *measure, const char *here, const char *column, const char *told, sw_tolerance off, bool money,
                        sw_buf *sql) {
  sw_reconcile_put_insert(o->run, o->as_of_us, "totals", o->table, measure, off, money, sql);
  sw_sql_build(sql, "(SELECT CAST({} AS VARCHAR) AS o, CAST({} AS DATE) AS d, ", sw_sql_id(o->org), sw_sql_id(o->day));
  sw_buf_puts(sql, here);
  if (column) sw_sql_build(sql, "{})", sw_sql_id(column));
  sw_sql_build(sql, " AS v FROM {} WHERE {} IS NOT NULL GROUP BY 1, 2) a FULL JOIN (SELECT CAST({} AS VARCHAR) AS o, CAST({} AS DATE) AS d, sum({}) AS v FROM {}",
               sw_sql_dotted(o->table), sw_sql_id(o->day), sw_sql_id(o->org), sw_sql_id(o->totals_day), sw_sql_id(told), sw_sql_dotted(o->totals));
  if (o->totals_where) sw_buf_printf(sql, " WHERE (%s)", o->totals_where);
  sw_buf_puts(sql, " GROUP BY 1, 2) b ON a.o = b.o AND a.d = b.d));");
}

typedef struct reject_finder {
  const sw_reconcile_options *o;
  sw_buf *sql;
  size_t n;
} reject_finder;

static sw_status add_batch(void *ctx, const sw_batch *b, sw_error *err) {
  reject_finder *f = ctx;
  if (!b->rejects) return SW_OK;
  sw_buf_puts(f->sql, f->n++ ? " UNION ALL BY NAME SELECT " : "SELECT ");
  sw_sql_build(f->sql, "{} AS file, * FROM (", sw_sql_text(b->file));
  sw_status st = sw_intake_rejects_sql(f->o->ledger, f->o->workspace, b->batch_no, f->sql, err);
  sw_buf_putc(f->sql, ')');
  return st;
}

/* The ways in which vendors write a day, and whether a digit may follow: 2024-03-05, 20240305[120000], 2024/3/5, Caché's day number. */
static const char *const DAY_TEXTS =
    "unnest([{'t': strftime(day, '%Y-%m-%d'), 'open': true}, {'t': strftime(day, '%Y%m%d'), 'open': true}, {'t': strftime(day, '%Y/%m/%d'), 'open': true}, "
    "{'t': concat(year(day), '/', month(day), '/', day(day)), 'open': false}, {'t': CAST(date_diff('day', DATE '1840-12-31', day) AS VARCHAR), 'open': false}])";

/* Which rejected records are of days that lack rows: the first such day that stands in the record. The same record may have been
 * delivered, and rejected, several times. */
static void put_explained(const sw_reconcile_options *o, sw_str rejects, sw_buf *sql) {
  sw_sql_build(sql,
               "INSERT INTO store.kept_reconcile_row WITH short AS (SELECT org, day, CAST(-difference AS BIGINT) AS missing, {} AS w FROM store.kept_reconcile "
               "WHERE run = {} AND table_name = {} AND counterpart = 'totals' AND measure = 'rows' AND difference < 0), "
               "lost AS (SELECT _org, raw, min(_row) AS _row, arg_min(file, _row) AS file, arg_min(_line, _row) AS line, arg_min(code, _row) AS code FROM ({}) GROUP BY _org, raw), "
               "found AS (SELECT l._row, l.file, l.line, l.code, s.org, s.day, s.missing, coalesce(nullif(instr(l.raw, s.w.t), 0), "
               "nullif(CASE WHEN l.raw LIKE '\\x%' THEN instr(l.raw, lower(hex(s.w.t))) END, 0), "
               "nullif(CASE WHEN l.raw LIKE '\\x%' THEN instr(l.raw, regexp_replace(lower(hex(s.w.t)), '(..)', '\\100', 'g')) END, 0)) AS place, s.w.open AS open, "
               "length(s.w.t) AS n, l.raw FROM lost l JOIN short s ON s.org = l._org), "
               "placed AS (SELECT *, row_number() OVER (PARTITION BY _row ORDER BY place, day) AS nearest FROM found WHERE place IS NOT NULL AND (open OR NOT CASE WHEN "
               "raw LIKE '\\x%' THEN regexp_matches(substr(raw, place + 2 * n, 2), '^3[0-9]$') ELSE regexp_matches(substr(raw, place + n, 1), '^[0-9]$') END)) "
               "SELECT {}, 'totals', {}, org, day, 'rejected', NULL, _row, file, line, code, NULL, NULL FROM (SELECT *, row_number() OVER (PARTITION BY org, day ORDER BY _row) AS k "
               "FROM placed WHERE nearest = 1) WHERE k <= missing;",
               sw_sql_raw(sw_str_of(DAY_TEXTS)), sw_sql_text(o->run), sw_sql_text(o->table), sw_sql_raw(rejects), sw_sql_text(o->run), sw_sql_text(o->table));
}

static void put_split(const sw_reconcile_options *o, sw_buf *sql) {
  sw_sql_build(sql,
               "UPDATE store.kept_reconcile AS q SET rejected = x.n, undelivered = CAST(-q.difference AS BIGINT) - x.n FROM (SELECT k.org, k.day, "
               "count(w._row) AS n FROM store.kept_reconcile k LEFT JOIN store.kept_reconcile_row w ON w.run = k.run AND w.table_name = k.table_name AND w.org = k.org "
               "AND w.day = k.day AND w.counterpart = 'totals' AND w.kind = 'rejected' WHERE k.run = {} AND k.table_name = {} AND k.counterpart = 'totals' "
               "AND k.measure = 'rows' AND k.difference < 0 GROUP BY ALL) x WHERE q.run = {} AND q.table_name = {} AND q.counterpart = 'totals' AND q.measure = 'rows' "
               "AND q.difference < 0 AND q.org = x.org AND q.day = x.day;",
               sw_sql_text(o->run), sw_sql_text(o->table), sw_sql_text(o->run), sw_sql_text(o->table));
}

/* "Missing 37 = 25 rejected + 12 never delivered". */
static sw_status explain(sw_conn *c, const sw_reconcile_options *o, sw_error *err) {
  SW_AUTO(sw_buf) rejects = SW_BUF_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  reject_finder f = {.o = o, .sql = &rejects};
  sw_status st = SW_OK;
  for (size_t i = 0; i < o->nlanded && o->ledger && !st; i++)
    st = sw_batch_each(o->ledger, &(sw_batch_query){.table = o->landed[i], .committed_only = true}, add_batch, &f, err);
  if (st) return st;
  if (f.n) put_explained(o, sw_buf_str(&rejects), &sql);
  put_split(o, &sql);
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  return sw_exec(c, sql.ptr, o->cancel, err);
}

sw_status sw_reconcile_store(sw_conn *c, const sw_reconcile_options *o, sw_reconcile_counts *out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  *out = (sw_reconcile_counts){0};
  sw_reconcile_clear(o->run, "totals", o->table, &sql);
  if (o->told_rows) put_measure(o, "rows", "count(*)", NULL, o->told_rows, o->rows_off, false, &sql);
  if (o->told_patients && o->patient) put_measure(o, "patients", "count(DISTINCT ", o->patient, o->told_patients, o->patients_off, false, &sql);
  if (o->told_amount && o->amount) put_measure(o, "amount", "sum(", o->amount, o->told_amount, o->amount_off, true, &sql);
  sw_status st = sw_buf_check(&sql, err);
  if (!st) st = sw_exec(c, sql.ptr, o->cancel, err);
  if (!st) st = explain(c, o, err);
  if (!st) st = sw_reconcile_count(c, o->run, "totals", o->table, out, err);
  return st ? SW_FRAME(err, "核对 %s", "reconciling %s", o->table) : SW_OK;
}
