#include "quality/reconcile.h"

#include "engine/rows.h"
#include "engine/sql.h"

sw_status sw_reconcile_prepare(sw_conn *c, sw_error *err) {
  return sw_exec(c,
                 "CREATE SCHEMA IF NOT EXISTS store; CREATE SCHEMA IF NOT EXISTS quality;"
                 "CREATE TABLE IF NOT EXISTS store.kept_reconciliation(run VARCHAR, table_name VARCHAR, org VARCHAR, day DATE, measure VARCHAR, "
                 "here DECIMAL(18,2), told DECIMAL(18,2), difference DECIMAL(18,2), within BOOLEAN);"
                 "CREATE VIEW IF NOT EXISTS quality.reconciliation AS SELECT * FROM store.kept_reconciliation;",
                 NULL, err);
}

/* Totals of one measure by institution and day, here and told, outer-joined: a side without the day counts as zero. */
static void put_measure(const sw_reconcile_options *o, const char *measure, const char *here, const char *column, const char *told, int64_t tolerance,
                        sw_buf *sql) {
  sw_sql_build(sql, "INSERT INTO store.kept_reconciliation SELECT {}, {}, coalesce(a.o, b.o), coalesce(a.d, b.d), {}, coalesce(a.v, 0), coalesce(b.v, 0), "
                    "coalesce(a.v, 0) - coalesce(b.v, 0), abs(coalesce(a.v, 0) - coalesce(b.v, 0)) <= {} FROM (SELECT CAST({} AS VARCHAR) AS o, CAST({} AS DATE) AS d, CAST(",
               sw_sql_text(o->run), sw_sql_text(o->table), sw_sql_text(measure), sw_sql_decimal(SW_T_MONEY, tolerance), sw_sql_id(o->org), sw_sql_id(o->day));
  sw_buf_puts(sql, here);
  if (column) sw_sql_build(sql, "{})", sw_sql_id(column));
  sw_sql_build(sql, " AS DECIMAL(18,2)) AS v FROM {} WHERE {} IS NOT NULL GROUP BY 1, 2) a FULL JOIN (SELECT CAST({} AS VARCHAR) AS o, CAST({} AS DATE) AS d, "
                    "CAST(sum({}) AS DECIMAL(18,2)) AS v FROM {}",
               sw_sql_dotted(o->table), sw_sql_id(o->day), sw_sql_id(o->org), sw_sql_id(o->totals_day), sw_sql_id(told), sw_sql_dotted(o->totals));
  if (o->totals_where) sw_buf_printf(sql, " WHERE (%s)", o->totals_where);
  sw_buf_puts(sql, " GROUP BY 1, 2) b ON a.o = b.o AND a.d = b.d;");
}

sw_status sw_reconcile_store(sw_conn *c, const sw_reconcile_options *o, sw_reconcile_counts *out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  *out = (sw_reconcile_counts){0};
  sw_sql_build(&sql, "DELETE FROM store.kept_reconciliation WHERE run = {} AND table_name = {};", sw_sql_text(o->run), sw_sql_text(o->table));
  if (o->told_rows) put_measure(o, "rows", "count(*)", NULL, o->told_rows, o->tolerance_rows * 100, &sql);
  if (o->told_patients && o->patient) put_measure(o, "patients", "count(DISTINCT ", o->patient, o->told_patients, o->tolerance_patients * 100, &sql);
  if (o->told_amount && o->amount) put_measure(o, "amount", "sum(", o->amount, o->told_amount, o->tolerance_amount, &sql);
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  sw_status st = sw_exec(c, sql.ptr, o->cancel, err);
  const sw_param params[] = {sw_p_strz(o->run), sw_p_strz(o->table)};
  if (!st) st = sw_query_i64(c, "SELECT count(*) FROM store.kept_reconciliation WHERE run = ? AND table_name = ?", params, 2, o->cancel, &out->compared, NULL, err);
  if (!st) st = sw_query_i64(c, "SELECT count(*) FROM store.kept_reconciliation WHERE run = ? AND table_name = ? AND NOT within", params, 2, o->cancel, &out->differ, NULL, err);
  return st ? SW_FRAME(err, "核对 %s", "reconciling %s", o->table) : SW_OK;
}
