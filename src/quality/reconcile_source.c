/* The source database read again. What goes to it is a SELECT of quoted identifiers with the range of days as parameters; its
 * session is read-only (intake/odbc.h). */
#include "base/date.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "intake/odbc.h"
#include "quality/reconcile_internal.h"

/* Days whose keys are compared, and records a day beyond which only totals are: a drill-down is for looking at. */
enum { MOST_DAYS = 62, CHECK_EVERY = 1024 };

typedef struct reader {
  const sw_reread_options *o;
  sw_reread_options own; /* columns as the database spells them */
  sw_arena arena;
  sw_conn *c;
  sw_odbc *db;
  int32_t from, to; /* days, the last excluded */
} reader;

static bool has(const sw_source_column *c) { return c->here != NULL; }

/* What stands after FROM: the table, or the pack's own query, as intake pulls it. */
static sw_status put_from(const reader *r, sw_buf *sql, sw_error *err) {
  sw_status st = SW_OK;
  if (r->o->query) {
    sw_str q = sw_str_trim(sw_str_of(r->o->query));
    if (q.len && q.ptr[q.len - 1] == ';') q.len--;
    sw_buf_printf(sql, "(%.*s\n) suwen_reread", SW_STR_ARG(q));
    return SW_OK;
  }
  if (r->o->schema && *r->o->schema) {
    st = sw_odbc_quote(r->db, r->o->schema, sql, err);
    sw_buf_putc(sql, '.');
  }
  return st ? st : sw_odbc_quote(r->db, r->o->name, sql, err);
}

static sw_status put_id(const reader *r, const char *before, const sw_source_column *c, const char *after, sw_buf *sql, sw_error *err) {
  sw_buf_puts(sql, before);
  sw_status st = sw_odbc_quote(r->db, c->there, sql, err);
  sw_buf_puts(sql, after);
  return st;
}

static sw_status put_range(const reader *r, sw_buf *sql, sw_error *err) {
  sw_buf_puts(sql, " FROM ");
  sw_status st = put_from(r, sql, err);
  if (!st) st = put_id(r, " WHERE ", &r->o->day, " >= ?", sql, err);
  return st ? st : put_id(r, " AND ", &r->o->day, " < ?", sql, err);
}

/* Runs the query for days [from, to) and puts every row as texts into the scratch table. */
static sw_status fetch(reader *r, const sw_buf *sql, int32_t from, int32_t to, size_t ncolumns, sw_error *err) {
  char lo[SW_DATE_LEN], hi[SW_DATE_LEN];
  sw_sink *s = NULL;
  sw_out_chunk *ch = NULL;
  sw_step step = SW_DONE;
  SW_AUTO(sw_buf) value = SW_BUF_INIT;
  sw_format_date(from, lo);
  sw_format_date(to, hi);
  sw_odbc_param params[] = {{SW_ODBC_MOMENT, lo}, {SW_ODBC_MOMENT, hi}};
  sw_status st = sw_buf_check(sql, err);
  if (!st) st = sw_odbc_query(r->db, sql->ptr, params, 2, err);
  if (!st) st = sw_sink_open(r->c, "store", r->o->scratch, &s, err);
  if (!st) st = sw_sink_chunk(s, &ch, err);
  for (int64_t n = 0; !st && (step = sw_odbc_next(r->db, err)) == SW_ROW; n++) {
    if (n % CHECK_EVERY == 0) st = sw_cancel_check(r->o->cancel, err);
    for (size_t i = 0; i < ncolumns && !st; i++) {
      bool null = false;
      sw_buf_clear(&value);
      st = sw_odbc_value(r->db, i, &value, &null, err);
      if (null) sw_out_null(&ch->columns[i], ch->n);
      else sw_out_str(&ch->columns[i], ch->n, sw_buf_str(&value));
    }
    if (!st && ++ch->n == ch->cap && !(st = sw_sink_append(s, err))) st = sw_sink_chunk(s, &ch, err);
  }
  if (!st && step == SW_STEP_ERROR) st = err ? err->status : SW_E_IO;
  if (!st && ch->n) st = sw_sink_append(s, err);
  if (!st) return sw_sink_close(s, err);
  sw_sink_abort(s);
  return st;
}

static sw_status make_scratch(const reader *r, const char *columns, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "CREATE OR REPLACE TABLE {} ({})", sw_sql_table("store", r->o->scratch), sw_sql_raw(sw_str_of(columns)));
  sw_status st = sw_buf_check(&sql, err);
  return st ? st : sw_exec(r->c, sql.ptr, r->o->cancel, err);
}

/* --- totals by institution and day ------------------------------------------------------------------------------ */

static sw_status read_totals(reader *r, sw_error *err) {
  const sw_reread_options *o = r->o;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status st = make_scratch(r, "o VARCHAR, d VARCHAR, n VARCHAR, p VARCHAR, s VARCHAR", err);
  sw_buf_puts(&sql, "SELECT ");
  if (!st && has(&o->org_column)) st = put_id(r, "", &o->org_column, ", ", &sql, err);
  else sw_buf_puts(&sql, "NULL, ");
  if (!st) st = put_id(r, "CAST(", &o->day, " AS DATE), COUNT(*), ", &sql, err);
  if (!st && has(&o->patient)) st = put_id(r, "COUNT(DISTINCT ", &o->patient, "), ", &sql, err);
  else sw_buf_puts(&sql, "NULL, ");
  if (!st && has(&o->amount)) st = put_id(r, "SUM(", &o->amount, ")", &sql, err);
  else sw_buf_puts(&sql, "NULL");
  if (!st) st = put_range(r, &sql, err);
  sw_buf_puts(&sql, " GROUP BY ");
  if (!st && has(&o->org_column)) st = put_id(r, "", &o->org_column, ", ", &sql, err);
  if (!st) st = put_id(r, "CAST(", &o->day, " AS DATE)", &sql, err);
  return st ? st : fetch(r, &sql, r->from, r->to, 5, err);
}

/* What is landed of these days: the newest version of each record, or the newest batch of a source that delivers in full. */
static void put_here(const reader *r, sw_buf *sql) {
  const sw_reread_options *o = r->o;
  sw_sql_build(sql, "(SELECT * FROM (SELECT * FROM {}", sw_sql_dotted(o->table));
  if (o->org) sw_sql_build(sql, " WHERE _org = {}", sw_sql_text(o->org));
  if (o->full) sw_buf_puts(sql, " QUALIFY _row >> 31 = max(_row >> 31) OVER (PARTITION BY _org)");
  if (o->nkey && !o->full) {
    sw_buf_puts(sql, " QUALIFY row_number() OVER (PARTITION BY _org");
    for (size_t i = 0; i < o->nkey; i++) sw_sql_build(sql, ", {}", sw_sql_id(o->key[i].here));
    sw_buf_puts(sql, " ORDER BY _row DESC) = 1");
  }
  sw_sql_build(sql, ") WHERE {} >= {} AND {} < {})", sw_sql_id(o->day.here), sw_sql_date(r->from), sw_sql_id(o->day.here), sw_sql_date(r->to));
}

static void put_measure(const reader *r, const char *measure, const char *here, const sw_source_column *column, const char *there, sw_tolerance off, sw_buf *sql) {
  const sw_reread_options *o = r->o;
  sw_reconcile_put_insert(o->run, o->as_of_us, "source", o->table, measure, off, column && column == &o->amount, sql);
  sw_sql_build(sql, "(SELECT _org AS o, CAST({} AS DATE) AS d, ", sw_sql_id(o->day.here));
  sw_buf_puts(sql, here);
  if (column) sw_sql_build(sql, "{})", sw_sql_id(column->here));
  sw_buf_puts(sql, " AS v FROM ");
  put_here(r, sql);
  sw_sql_build(sql, " GROUP BY 1, 2) a FULL JOIN (SELECT coalesce(o, {}) AS o, CAST(left(d, 10) AS DATE) AS d, sum(CAST({} AS DECIMAL(18,2))) AS v FROM {} GROUP BY 1, 2) b "
                    "ON a.o = b.o AND a.d = b.d));",
               sw_sql_text(o->org ? o->org : ""), sw_sql_id(there), sw_sql_table("store", o->scratch));
}

/* --- keys of days that differ -------------------------------------------------------------------------------------- */

static sw_status read_keys(reader *r, int32_t day, sw_error *err) {
  const sw_reread_options *o = r->o;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status st = SW_OK;
  sw_buf_puts(&sql, "SELECT ");
  if (has(&o->org_column)) st = put_id(r, "", &o->org_column, ", ", &sql, err);
  else sw_buf_puts(&sql, "NULL, ");
  if (!st && has(&o->amount)) st = put_id(r, "", &o->amount, "", &sql, err);
  else sw_buf_puts(&sql, "NULL");
  for (size_t i = 0; i < o->nkey && !st; i++) st = put_id(r, ", ", &o->key[i], "", &sql, err);
  if (!st) st = put_range(r, &sql, err);
  return st ? st : fetch(r, &sql, day, day + 1, 2 + o->nkey, err);
}

static void put_key_columns(const reader *r, const char *prefix, bool here, sw_buf *sql) {
  sw_buf_puts(sql, "concat_ws('|'");
  for (size_t i = 0; i < r->o->nkey; i++) {
    if (here) sw_sql_build(sql, ", coalesce(CAST({}{} AS VARCHAR), '')", sw_sql_raw(sw_str_of(prefix)), sw_sql_id(r->o->key[i].here));
    else sw_buf_printf(sql, ", coalesce(%sk%zu, '')", prefix, i);
  }
  sw_buf_putc(sql, ')');
}

/* Records that only one side has, and those whose amounts differ. */
static void put_rows(const reader *r, int32_t day, sw_buf *sql) {
  const sw_reread_options *o = r->o;
  sw_sql_build(sql,
               "INSERT INTO store.kept_reconcile_row SELECT {}, 'source', {}, coalesce(a.o, b.o), {}, CASE WHEN a.key IS NULL THEN 'missing here' WHEN b.key IS NULL THEN "
               "'not in source' ELSE 'amount differs' END, coalesce(a.key, b.key), a._row, m.file, a._line, NULL, b.s, a.s FROM (SELECT _org AS o, _row, _line, ",
               sw_sql_text(o->run), sw_sql_text(o->table), sw_sql_date(day));
  put_key_columns(r, "", true, sql);
  if (has(&o->amount)) sw_sql_build(sql, " AS key, CAST({} AS DECIMAL(18,2)) AS s FROM ", sw_sql_id(o->amount.here));
  else sw_buf_puts(sql, " AS key, NULL::DECIMAL(18,2) AS s FROM ");
  put_here(r, sql);
  sw_sql_build(sql, " WHERE CAST({} AS DATE) = {}) a FULL JOIN (SELECT coalesce(o, {}) AS o, CAST(s AS DECIMAL(18,2)) AS s, ", sw_sql_id(o->day.here), sw_sql_date(day),
               sw_sql_text(o->org ? o->org : ""));
  put_key_columns(r, "", false, sql);
  sw_sql_build(sql, " AS key FROM {}) b ON a.o = b.o AND a.key = b.key LEFT JOIN meta.batch m ON m.batch_no = a._row >> 31 "
                    "WHERE a.key IS NULL OR b.key IS NULL OR a.s IS DISTINCT FROM b.s;",
               sw_sql_table("store", o->scratch));
}

static sw_status drill_day(reader *r, int32_t day, sw_error *err) {
  SW_AUTO(sw_buf) columns = SW_BUF_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_puts(&columns, "o VARCHAR, s VARCHAR");
  for (size_t i = 0; i < r->o->nkey; i++) sw_buf_printf(&columns, ", k%zu VARCHAR", i);
  sw_status st = sw_buf_check(&columns, err);
  if (!st) st = make_scratch(r, columns.ptr, err);
  if (!st) st = read_keys(r, day, err);
  put_rows(r, day, &sql);
  if (!st) st = sw_buf_check(&sql, err);
  return st ? st : sw_exec(r->c, sql.ptr, r->o->cancel, err);
}

static sw_status drill(reader *r, sw_error *err) {
  int32_t days[MOST_DAYS];
  size_t n = 0;
  sw_rows *rows;
  sw_step step = SW_DONE;
  if (!r->o->nkey) return SW_OK;
  sw_status st = sw_query(r->c, "SELECT DISTINCT day FROM store.kept_reconcile WHERE run = ? AND table_name = ? AND counterpart = 'source' AND NOT within ORDER BY day DESC",
                          SW_PARAMS(sw_p_strz(r->o->run), sw_p_strz(r->o->table)), r->o->cancel, &rows, err);
  if (st) return st;
  while (n < MOST_DAYS && (step = sw_rows_next(rows, err)) == SW_ROW) days[n++] = (int32_t)sw_rows_i64(rows, 0);
  sw_rows_free(rows);
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
  for (size_t i = 0; i < n && !st; i++) st = drill_day(r, days[i], err);
  return st;
}

/* --- columns ------------------------------------------------------------------------------------------------------------ */

/* The database's spelling of the declared name, else of the name in ods. */
static sw_status spell(reader *r, const sw_odbc_column *columns, size_t n, sw_source_column *c, sw_error *err) {
  if (!c->here) return SW_OK;
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < n; i++)
      if (sw_str_ieq(sw_str_of(columns[i].name), sw_str_of(pass ? c->here : c->there))) {
        c->there = columns[i].name;
        return SW_OK;
      }
  return SW_FAIL(err, SW_E_CONFIG, "SW-RULE-0077", "源表 %s 没有列 %s", "the source table %s has no column %s", r->o->query ? "(query)" : r->o->name, c->there);
}

static sw_status spell_all(reader *r, sw_error *err) {
  sw_odbc_column *columns;
  size_t n;
  SW_AUTO(sw_buf) from = SW_BUF_INIT;
  sw_source_column *key = SW_ARENA_ARRAY(&r->arena, sw_source_column, r->o->nkey + 1);
  if (!key) return sw_arena_check(&r->arena, err);
  r->own = *r->o;
  sw_status st = put_from(r, &from, err);
  if (!st) st = sw_buf_check(&from, err);
  if (!st) st = sw_odbc_columns(r->db, from.ptr, &r->arena, &columns, &n, err);
  sw_source_column *const all[] = {&r->own.org_column, &r->own.day, &r->own.patient, &r->own.amount};
  for (size_t i = 0; i < 4 && !st; i++) st = spell(r, columns, n, all[i], err);
  for (size_t i = 0; i < r->o->nkey && !st; i++) {
    key[i] = r->o->key[i];
    st = spell(r, columns, n, &key[i], err);
  }
  r->own.key = key;
  r->o = &r->own;
  return st;
}

static sw_status compare(reader *r, sw_error *err) {
  const sw_reread_options *o = r->o;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status st = read_totals(r, err);
  sw_reconcile_clear(o->run, "source", o->table, &sql);
  put_measure(r, "rows", "count(*)", NULL, "n", o->rows_off, &sql);
  if (has(&o->patient)) put_measure(r, "patients", "count(DISTINCT ", &o->patient, "p", o->patients_off, &sql);
  if (has(&o->amount)) put_measure(r, "amount", "sum(", &o->amount, "s", o->amount_off, &sql);
  if (!st) st = sw_buf_check(&sql, err);
  if (!st) st = sw_exec(r->c, sql.ptr, o->cancel, err);
  if (!st) st = drill(r, err);
  sw_buf_clear(&sql);
  sw_sql_build(&sql, "DROP TABLE {}", sw_sql_table("store", o->scratch));
  if (!st) st = sw_buf_check(&sql, err);
  return st ? st : sw_exec(r->c, sql.ptr, o->cancel, err);
}

sw_status sw_reconcile_source(sw_conn *c, const sw_reread_options *o, sw_reconcile_counts *out, sw_error *err) {
  int32_t today = (int32_t)(o->as_of_us / SW_US_PER_DAY);
  reader r = {.o = o, .c = c, .arena = SW_ARENA_INIT, .from = today - (int32_t)(o->days > 0 ? o->days : 31), .to = today};
  *out = (sw_reconcile_counts){0};
  sw_status st = sw_odbc_open(o->connection, &r.db, err);
  if (!st) st = spell_all(&r, err);
  if (!st) st = compare(&r, err);
  sw_odbc_close(r.db);
  sw_arena_fini(&r.arena);
  if (!st) st = sw_reconcile_count(c, o->run, "source", o->table, out, err);
  return st ? SW_FRAME(err, "与源库核对 %s", "comparing %s with its source database", o->table) : SW_OK;
}
