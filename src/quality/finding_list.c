/* Lists of findings: a filter as SQL, and the work list with file, line and values. */
#include "quality/finding_internal.h"

#include "engine/rows.h"
#include "engine/sql.h"
#include "pack/pack.h"

#include <ctype.h>

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* --- the filter ------------------------------------------------------------------------------------------------- */

static bool is_id(const char *id) {
  size_t n = 0;
  for (; id[n]; n++)
    if (!isxdigit((unsigned char)id[n]) || isupper((unsigned char)id[n])) return false;
  return n >= 4 && n <= 16;
}

static sw_status put_ids(const sw_finding_filter *f, sw_buf *sql, sw_error *err) {
  bool whole = true;
  for (size_t i = 0; i < f->nids; i++) {
    if (!is_id(f->ids[i]))
      return SW_FAIL(err, SW_E_USAGE, "SW-RULE-0062", "“%s”不是问题编号；编号是 16 位十六进制数字，可只写开头至少 4 位", "\"%s\" is no id of a finding; ids are 16 hex digits, of which the first 4 or more will do", f->ids[i]);
    whole &= strlen(f->ids[i]) == 16;
  }
  if (whole) {
    sw_sql_build(sql, " AND q.id IN ({})", sw_sql_texts(f->ids, f->nids));
    return SW_OK;
  }
  for (size_t i = 0; i < f->nids; i++)
    sw_sql_build(sql, "{}starts_with(q.id, {})", sw_sql_raw(sw_str_of(i ? " OR " : " AND (")), sw_sql_text(f->ids[i]));
  sw_buf_putc(sql, ')');
  return SW_OK;
}

static sw_status put_state(const char *state, sw_buf *sql, sw_error *err) {
  static const char *const states[] = {"open", "corrected", "withdrawn", "retired", "accepted", "disputed"};
  if (strcmp(state, "closed") == 0) {
    sw_buf_puts(sql, " AND q.state IN ('corrected', 'withdrawn', 'retired')");
    return SW_OK;
  }
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    if (strcmp(state, states[i]) == 0) {
      sw_sql_build(sql, " AND q.state = {}", sw_sql_text(state));
      return SW_OK;
    }
  return SW_FAIL(err, SW_E_USAGE, "SW-RULE-0063", "没有状态“%s”；有 open、accepted、disputed、corrected、withdrawn、retired、closed",
                 "there is no state \"%s\"; there are open, accepted, disputed, corrected, withdrawn, retired, closed", state);
}

sw_status sw_findings_where(const sw_finding_filter *f, sw_buf *sql, sw_error *err) {
  const struct {
    const char *column, *value;
  } texts[] = {{"table_name", f->table}, {"rule", f->rule}, {"org", f->org}, {"owner", f->owner}, {"department", f->department}, {"level", f->level}};
  sw_status s = SW_OK;
  sw_buf_puts(sql, " WHERE true");
  if (f->nids) s = put_ids(f, sql, err);
  if (!s && f->state) s = put_state(f->state, sql, err);
  if (s) return s;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (texts[i].value) sw_sql_build(sql, " AND q.{} = {}", sw_sql_id(texts[i].column), sw_sql_text(texts[i].value));
  if (f->overdue && f->today) sw_sql_build(sql, " AND q.state = 'open' AND q.deadline < {}", sw_sql_date(f->today));
  else if (f->overdue) sw_buf_puts(sql, " AND q.overdue");
  return sw_buf_check(sql, err);
}

/* Days open and overdue at the day asked for. */
static void put_times(const sw_finding_filter *f, sw_buf *sql) {
  if (!f->today) sw_buf_puts(sql, "q.overdue, q.days_open");
  else
    sw_sql_build(sql, "q.state = 'open' AND q.deadline < {} AS overdue, CASE WHEN q.state IN ('open', 'accepted', 'disputed') THEN "
                 "date_diff('day', CAST(q.opened_at AS DATE), {}) ELSE q.days_open END AS days_open", sw_sql_date(f->today), sw_sql_date(f->today));
}

static void put_end(const sw_finding_filter *f, const char *order, sw_buf *sql) {
  sw_buf_puts(sql, order);
  if (f->limit > 0) sw_sql_build(sql, " LIMIT {}", sw_sql_i64(f->limit));
}

sw_status sw_findings_sql(const sw_finding_filter *f, sw_buf *sql, sw_error *err) {
  sw_buf_puts(sql, "SELECT q.id, q.state, q.table_name, q.rule, q.org, q.key, q.mandatory, q.severity, q.level, q.owner, q.department, CAST(q.opened_at AS DATE) AS opened, "
                   "q.deadline, ");
  put_times(f, sql);
  sw_buf_puts(sql, ", CAST(q.changed_at AS DATE) AS changed, q.cause, q.closed_batch, q.until, q.who, q.reason, q.reopened, q.rows FROM quality.finding q");
  sw_status s = sw_findings_where(f, sql, err);
  put_end(f, " ORDER BY q.state = 'open' DESC, q.deadline, q.org, q.table_name, q.rule, q.key", sql);
  return s ? s : sw_buf_check(sql, err);
}

/* --- the work list ------------------------------------------------------------------------------------------------ */

static sw_status the_table(sw_conn *c, const sw_finding_filter *f, const sw_cancel *cancel, sw_arena *a, const char **out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_rows *r;
  size_t n = 0;
  *out = f->table;
  if (f->table) return SW_OK;
  sw_buf_puts(&sql, "SELECT q.table_name, count(*) FROM quality.finding q");
  sw_status s = sw_findings_where(f, &sql, err);
  sw_buf_puts(&sql, " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2");
  if (s || (s = sw_buf_check(&sql, err)) || (s = sw_query(c, sql.ptr, SW_NO_PARAMS, cancel, &r, err))) return s;
  sw_step step;
  while ((step = sw_rows_next(r, err)) == SW_ROW)
    if (!n++) *out = sw_arena_dupz(a, sw_rows_str(r, 0));
  sw_rows_free(r);
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
  if (n > 1)
    return SW_FAIL(err, SW_E_USAGE, "SW-RULE-0064", "这些问题分属几张表，列各不相同；请用 --table 选一张（最多的是 %s）",
                   "these findings are of several tables with different columns; choose one by --table (most are of %s)", *out ? *out : "");
  if (!n) return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0065", "没有符合条件的问题", "no finding matches");
  return *out ? SW_OK : no_memory(err);
}

/* Lines of the landed rows that the table's findings stand on. */
static sw_status put_lines(sw_conn *c, const char *table, const sw_cancel *cancel, sw_arena *a, sw_buf *sql, sw_error *err) {
  sw_rows *r;
  sw_step step;
  size_t n = 0;
  sw_status s = sw_query(c, "SELECT DISTINCT b.table_name FROM meta.batch b WHERE b.batch_no IN (SELECT DISTINCT _row >> 31 FROM quality.finding WHERE table_name = ?)",
                         SW_PARAMS(sw_p_strz(table)), cancel, &r, err);
  if (s) return s;
  while ((step = sw_rows_next(r, err)) == SW_ROW) {
    const char *name = sw_arena_dupz(a, sw_rows_str(r, 0));
    sw_sql_build(sql, "{}SELECT _row, _line FROM {}", sw_sql_raw(sw_str_of(n ? " UNION ALL " : "(")),
                 name && strchr(name, '.') ? sw_sql_dotted(name) : sw_sql_table("ods", name ? name : ""));
    n++;
  }
  sw_rows_free(r);
  if (!n) sw_buf_puts(sql, "(SELECT NULL::BIGINT AS _row, NULL::BIGINT AS _line WHERE false");
  sw_buf_putc(sql, ')');
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK;
}

static sw_status put_worklist(sw_conn *c, const sw_pack_set *packs, const sw_finding_filter *f, const char *table, const sw_cancel *cancel, sw_arena *a, sw_buf *sql,
                              sw_error *err) {
  bool batches = false;
  const sw_table_def *t = sw_pack_table(packs, sw_str_of(table));
  sw_status s = sw_table_exists(c, "meta", "batch", &batches, err);
  if (s) return s;
  sw_buf_puts(sql, "SELECT q.id, q.org, q.state, q.deadline, ");
  put_times(f, sql);
  sw_sql_build(sql, ", q.level, q.owner, q.department, q.rule, CASE WHEN q.mandatory THEN 'mandatory' ELSE 'verify' END AS kind, m.title_zh, m.title_en, m.message_zh, "
               "m.message_en, q.key, {}l._line AS line", sw_sql_raw(sw_str_of(batches ? "b.file, " : "NULL AS file, ")));
  for (size_t i = 0; t && i < t->columns.n; i++) sw_sql_build(sql, ", t.{}", sw_sql_id(sw_arena_dupz(a, SW_COLUMN(t, i)->name.name)));
  sw_buf_puts(sql, " FROM quality.finding q LEFT JOIN (SELECT k.rule, u.table_name, arg_max(k.title_zh, u.run_no) AS title_zh, arg_max(k.title_en, u.run_no) AS title_en, "
                   "arg_max(k.message_zh, u.run_no) AS message_zh, arg_max(k.message_en, u.run_no) AS message_en FROM store.kept_quality_rule k "
                   "JOIN store.kept_quality_run u USING (run_no) GROUP BY ALL) m ON m.rule = q.rule AND m.table_name = q.table_name");
  if (t) {
    sw_sql_build(sql, " LEFT JOIN (SELECT * FROM {} QUALIFY row_number() OVER (PARTITION BY _row ORDER BY 1) = 1) t ON t._row = q._row", sw_sql_dotted(table));
  }
  if (batches) sw_buf_puts(sql, " LEFT JOIN meta.batch b ON b.batch_no = q._row >> 31");
  sw_buf_puts(sql, " LEFT JOIN ");
  if (batches) s = put_lines(c, table, cancel, a, sql, err);
  else sw_buf_puts(sql, "(SELECT NULL::BIGINT AS _row, NULL::BIGINT AS _line WHERE false)");
  sw_buf_puts(sql, " l ON l._row = q._row");
  sw_finding_filter of_table = *f;
  of_table.table = table;
  if (!s) s = sw_findings_where(&of_table, sql, err);
  put_end(f, " ORDER BY q.org, q.owner, q.deadline, q.rule, q.key", sql);
  return s ? s : sw_buf_check(sql, err);
}

sw_status sw_findings_worklist_sql(sw_conn *c, const sw_pack_set *packs, const sw_finding_filter *f, const sw_cancel *cancel, sw_buf *sql, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  const char *table = NULL;
  sw_status s = the_table(c, f, cancel, &a, &table, err);
  if (!s) s = put_worklist(c, packs, f, table, cancel, &a, sql, err);
  sw_arena_fini(&a);
  return s;
}
