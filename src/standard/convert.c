/* From clean raw values to typed, converted, coded ones, as expressions. */
#include "base/date.h"
#include "engine/sql.h"
#include "standard/compile.h"

static void put(sw_buf *out, const char *before, const char *x, const char *after) {
  sw_buf_puts(out, before);
  sw_buf_puts(out, x);
  sw_buf_puts(out, after);
}

/* Numbers as people write them: 1,234.50 ￥12 12元. coalesce is lazy: the signs are taken off only what did not read at once. */
static void to_number(int from, const char *x, const char *type, sw_buf *out) {
  if (from == SW_COL_STRING) {
    sw_sql_build(out, "coalesce(TRY_CAST({} AS {}), TRY_CAST(regexp_replace({}, '[,，¥￥元 ]', '', 'g') AS {}))", sw_sql_raw(sw_str_of(x)), sw_sql_raw(sw_str_of(type)),
                 sw_sql_raw(sw_str_of(x)), sw_sql_raw(sw_str_of(type)));
    return;
  }
  sw_buf_puts(out, "TRY_CAST(");
  if (from == SW_COL_BOOL)
    put(out, "CAST(", x, " AS INTEGER)");
  else
    sw_buf_puts(out, x);
  put(out, " AS ", type, ")");
}

/* The engine rounds 12.5 to a whole number: what it reads must be what is written. */
static void whole(const char *x, sw_buf *out) {
  sw_sql_arg a = sw_sql_raw(sw_str_of(x));
  sw_sql_build(out, "CASE WHEN TRY_CAST({} AS BIGINT) = TRY_CAST({} AS DOUBLE) THEN TRY_CAST({} AS BIGINT) END", a, a, a);
}

static void to_int(int from, const char *x, sw_buf *out) {
  if (from == SW_COL_INT) {
    sw_buf_puts(out, x);
    return;
  }
  if (from == SW_COL_BOOL) {
    put(out, "CAST(", x, " AS BIGINT)");
    return;
  }
  if (from != SW_COL_STRING) {
    whole(x, out);
    return;
  }
  SW_AUTO(sw_buf) clean = SW_BUF_INIT;
  put(&clean, "regexp_replace(", x, ", '[,，¥￥元 ]', '', 'g')");
  sw_buf_puts(out, "coalesce(");
  whole(x, out);
  sw_buf_puts(out, ", ");
  whole(clean.ptr, out);
  sw_buf_puts(out, ")");
}

static void to_double(int from, const char *x, sw_buf *out) {
  SW_AUTO(sw_buf) n = SW_BUF_INIT;
  to_number(from, x, "DOUBLE", &n);
  put(out, "CASE WHEN isfinite(", n.ptr, ") THEN ");
  put(out, "", n.ptr, " END");
}

static void to_bool(int from, const char *x, sw_buf *out) {
  if (from == SW_COL_BOOL) {
    sw_buf_puts(out, x);
    return;
  }
  put(out, "CASE WHEN lower(CAST(", x, " AS VARCHAR)) IN ('1', 'true', 't', 'y', 'yes', '是', '有', '√') THEN TRUE WHEN lower(CAST(");
  put(out, "", x, " AS VARCHAR)) IN ('0', '2', 'false', 'f', 'n', 'no', '否', '无', '×') THEN FALSE END");
}

/* days:1840-12-31 — a day number counted from that day; with decimals, a time of day. */
static bool day_numbers(sw_str format, int32_t *epoch) {
  return sw_str_starts(format, SW_LIT("days:")) && sw_parse_date(sw_str_sub(format, 5, format.len), epoch);
}

static void to_moment(int from, const char *x, sw_str format, bool with_time, sw_buf *out) {
  int32_t epoch;
  const char *type = with_time ? "TIMESTAMP" : "DATE";
  if (day_numbers(format, &epoch)) {
    SW_AUTO(sw_buf) n = SW_BUF_INIT;
    to_number(from, x, "DOUBLE", &n);
    sw_sql_build(out, "TRY_CAST(CASE WHEN abs({}) < 1000000 THEN CAST({} AS TIMESTAMP) + to_microseconds(CAST(round({} * 86400) AS BIGINT) * 1000000) END AS {})",
                 sw_sql_raw(sw_buf_str(&n)), sw_sql_date(epoch), sw_sql_raw(sw_buf_str(&n)), sw_sql_raw(sw_str_of(type)));
    return;
  }
  if (from == SW_COL_DATE || from == SW_COL_DATETIME) {
    if (from == (with_time ? SW_COL_DATETIME : SW_COL_DATE))
      sw_buf_puts(out, x);
    else
      sw_sql_build(out, "CAST({} AS {})", sw_sql_raw(sw_str_of(x)), sw_sql_raw(sw_str_of(type)));
    return;
  }
  if (format.len) {
    sw_sql_build(out, "CAST(try_strptime(CAST({} AS VARCHAR), {}) AS {})", sw_sql_raw(sw_str_of(x)), sw_sql_str(format), sw_sql_raw(sw_str_of(type)));
    return;
  }
  sw_sql_build(out, "{}(CAST({} AS VARCHAR))", sw_sql_raw(with_time ? SW_LIT("sw_std_datetime") : SW_LIT("sw_std_date")), sw_sql_raw(sw_str_of(x)));
}

static void convert(int from, int to, const sw_column_def *col, sw_str format, const char *x, sw_buf *out) {
  switch ((sw_col_type)to) {
    case SW_COL_AUTO:
    case SW_COL_STRING:
      if (from == SW_COL_STRING)
        sw_buf_puts(out, x);
      else
        put(out, "CAST(", x, " AS VARCHAR)");
      return;
    case SW_COL_INT: to_int(from, x, out); return;
    case SW_COL_DECIMAL:
    case SW_COL_MONEY: {
      SW_AUTO(sw_buf) type = SW_BUF_INIT;
      sw_buf_printf(&type, "DECIMAL(%d,%d)", col ? (int)col->precision : 28, col ? (int)col->scale : 9);
      to_number(from, x, type.ptr, out);
      return;
    }
    case SW_COL_DOUBLE: to_double(from, x, out); return;
    case SW_COL_BOOL: to_bool(from, x, out); return;
    case SW_COL_DATE: to_moment(from, x, format, false, out); return;
    case SW_COL_DATETIME: to_moment(from, x, format, true, out); return;
    case SW_COL_TIME:
      if (from == SW_COL_DATETIME)
        put(out, "CAST(", x, " AS TIME)");
      else if (from == SW_COL_TIME)
        sw_buf_puts(out, x);
      else
        put(out, "TRY_CAST(CAST(", x, " AS VARCHAR) AS TIME)");
      return;
  }
}

/* --- codes ---------------------------------------------------------------------------------------------- */

enum { INLINE_CODES = 48 };

static bool dated(const sw_code_rule_def *r) { return r->has_since || r->has_until; }

static size_t undated(const sw_mapping_def *m, bool of_orgs) {
  size_t n = 0;
  for (size_t i = 0; i < m->codes.n; i++) {
    const sw_code_rule_def *r = SW_ITEM(sw_code_rule_def, m->codes, i);
    n += !dated(r) && (r->org.len > 0) == of_orgs;
  }
  return n;
}

static void rule_condition(const sw_code_rule_def *r, const char *x, const char *day, sw_buf *out) {
  sw_sql_build(out, " WHEN {} = {}", sw_sql_raw(sw_str_of(x)), sw_sql_str(r->from));
  if (r->org.len) sw_sql_build(out, " AND s._org = {}", sw_sql_str(r->org));
  if (r->has_since) sw_sql_build(out, " AND {} >= {}", sw_sql_raw(sw_str_of(day)), sw_sql_date(r->since));
  if (r->has_until) sw_sql_build(out, " AND {} <= {}", sw_sql_raw(sw_str_of(day)), sw_sql_date(r->until));
  sw_sql_build(out, " THEN {}", sw_sql_str(r->to));
}

/* Rules of one kind as a CASE: dated ones, or those of institutions, or those for all. */
static bool put_rules(const sw_mapping_def *m, bool with_dates, bool of_orgs, const char *x, const char *day, sw_buf *out) {
  size_t n = 0;
  for (size_t i = 0; i < m->codes.n; i++) {
    const sw_code_rule_def *r = SW_ITEM(sw_code_rule_def, m->codes, i);
    if (dated(r) != with_dates || (r->org.len > 0) != of_orgs) continue;
    if (!n++) sw_buf_puts(out, "CASE");
    rule_condition(r, x, day, out);
  }
  if (n) sw_buf_puts(out, " END, ");
  return n > 0;
}

static void put_identity(const sw_std_codes *k, size_t index, const char *x, sw_buf *out) {
  if (!k->m->identity || !k->vs || !k->vs->codes.n) return;
  if (k->set_table[0]) {
    sw_sql_build(out, "w{}.code, ", sw_sql_i64((int64_t)index));
    return;
  }
  put(out, "CASE WHEN ", x, " IN (");
  for (size_t i = 0; i < k->vs->codes.n; i++) sw_sql_build(out, i ? ", {}" : "{}", sw_sql_str(SW_CODE(k->vs, i)->code));
  put(out, ") THEN ", x, " END, ");
}

static void put_coded(const sw_std_column *c, size_t index, const char *x, sw_buf *out) {
  const sw_std_codes *k = &c->codes;
  const char *day = c->from->codes_date.name.len ? "s._day" : "CAST(NULL AS DATE)";
  sw_buf_puts(out, "coalesce(");
  (void)put_rules(k->m, true, true, x, day, out);
  if (k->org_table[0])
    sw_sql_build(out, "g{}.target, ", sw_sql_i64((int64_t)index));
  else
    (void)put_rules(k->m, false, true, x, day, out);
  (void)put_rules(k->m, true, false, x, day, out);
  if (k->table[0])
    sw_sql_build(out, "c{}.target, ", sw_sql_i64((int64_t)index));
  else
    (void)put_rules(k->m, false, false, x, day, out);
  put_identity(k, index, x, out);
  if (k->m->otherwise.len)
    sw_sql_build(out, "CASE WHEN {} IS NOT NULL THEN {} END, ", sw_sql_raw(sw_str_of(x)), sw_sql_str(k->m->otherwise));
  sw_buf_puts(out, "CAST(NULL AS VARCHAR))");
}

void sw_std_code_joins(const sw_std_plan *p, const bool *wanted, sw_buf *out) {
  for (size_t i = 0; i < p->ncols; i++) {
    if (wanted && !wanted[i]) continue;
    const sw_std_codes *k = &p->cols[i].codes;
    sw_sql_arg n = sw_sql_i64((int64_t)i);
    if (k->table[0]) sw_sql_build(out, " LEFT JOIN {} AS c{} ON c{}.code = CAST(s.r{} AS VARCHAR)", sw_sql_id(k->table), n, n, n);
    if (k->org_table[0])
      sw_sql_build(out, " LEFT JOIN {} AS g{} ON g{}.code = CAST(s.r{} AS VARCHAR) AND g{}.org = s._org", sw_sql_id(k->org_table), n, n, n, n);
    if (k->set_table[0]) sw_sql_build(out, " LEFT JOIN {} AS w{} ON w{}.code = CAST(s.r{} AS VARCHAR)", sw_sql_id(k->set_table), n, n, n);
  }
}

void sw_std_value(const sw_std_plan *p, const sw_std_column *c, size_t index, const char *x, sw_buf *out) {
  (void)p;
  SW_AUTO(sw_buf) a = SW_BUF_INIT;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  int type = c->raw;
  const char *now = x;
  if (c->from->as != SW_COL_AUTO) {
    convert(type, c->from->as, NULL, c->from->format, now, &a);
    type = c->from->as;
    now = a.ptr;
  }
  if (c->codes.m) {
    SW_AUTO(sw_buf) text = SW_BUF_INIT;
    convert(type, SW_COL_STRING, NULL, (sw_str){"", 0}, now, &text);
    put_coded(c, index, text.ptr, &b);
    type = SW_COL_STRING;
    now = b.ptr;
  } else if (c->scaled) {
    SW_AUTO(sw_buf) n = SW_BUF_INIT;
    to_number(type, now, c->col->type == SW_COL_DOUBLE ? "DOUBLE" : "DECIMAL(28,9)", &n);
    sw_sql_build(&b, "(CAST({} AS DOUBLE) * {} + {})", sw_sql_raw(sw_buf_str(&n)), sw_sql_f64(c->factor), sw_sql_f64(c->offset));
    type = SW_COL_DOUBLE;
    now = b.ptr;
  }
  convert(type, c->col->type, c->col, c->from->as == SW_COL_AUTO ? c->from->format : (sw_str){"", 0}, now, out);
}

const char *sw_std_reason(const sw_column_def *c, sw_lang lang) {
  bool zh = lang == SW_LANG_ZH;
  switch ((sw_col_type)c->type) {
    case SW_COL_AUTO:
    case SW_COL_STRING: return zh ? "不能读成文字" : "not readable as text";
    case SW_COL_INT: return zh ? "不是整数" : "not a whole number";
    case SW_COL_DECIMAL:
    case SW_COL_DOUBLE: return zh ? "不是数，或超出范围" : "not a number, or out of range";
    case SW_COL_MONEY: return zh ? "不是金额，或超出范围" : "not an amount, or out of range";
    case SW_COL_BOOL: return zh ? "不是“是/否”" : "not yes or no";
    case SW_COL_DATE: return zh ? "不是日期" : "not a date";
    case SW_COL_TIME: return zh ? "不是时间" : "not a time";
    case SW_COL_DATETIME: return zh ? "不是日期时间" : "not a date and time";
  }
  return "";
}

/* --- temp tables of many codes --------------------------------------------------------------------------- */

static sw_status fill(sw_conn *c, const char *table, const char *columns, sw_buf *values, const sw_cancel *cancel, sw_error *err) {
  if (!values->len) return SW_OK;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "INSERT INTO {} ({}) VALUES {}", sw_sql_id(table), sw_sql_raw(sw_str_of(columns)), sw_sql_raw(sw_buf_str(values)));
  sw_buf_clear(values);
  sw_status s = sw_buf_check(&q, err);
  return s ? s : sw_exec(c, q.ptr, cancel, err);
}

static sw_status make(sw_conn *c, const char *table, const char *columns, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "CREATE OR REPLACE TEMP TABLE {} ({})", sw_sql_id(table), sw_sql_raw(sw_str_of(columns)));
  sw_status s = sw_buf_check(&q, err);
  return s ? s : sw_exec(c, q.ptr, cancel, err);
}

static sw_status load_rules(sw_conn *c, const char *table, const sw_mapping_def *m, bool of_orgs, const sw_cancel *cancel, sw_error *err) {
  const char *columns = of_orgs ? "code, target, org" : "code, target";
  sw_status s = make(c, table, of_orgs ? "code VARCHAR, target VARCHAR, org VARCHAR" : "code VARCHAR, target VARCHAR", cancel, err);
  SW_AUTO(sw_buf) values = SW_BUF_INIT;
  size_t n = 0;
  for (size_t i = 0; !s && i < m->codes.n; i++) {
    const sw_code_rule_def *r = SW_ITEM(sw_code_rule_def, m->codes, i);
    if (dated(r) || (r->org.len > 0) != of_orgs) continue;
    sw_sql_build(&values, values.len ? ", ({}, {}" : "({}, {}", sw_sql_str(r->from), sw_sql_str(r->to));
    if (of_orgs) sw_sql_build(&values, ", {}", sw_sql_str(r->org));
    sw_buf_putc(&values, ')');
    if (++n % 1000 == 0) s = fill(c, table, columns, &values, cancel, err);
  }
  return s ? s : fill(c, table, columns, &values, cancel, err);
}

static sw_status load_set(sw_conn *c, const char *table, const sw_value_set_def *vs, const sw_cancel *cancel, sw_error *err) {
  sw_status s = make(c, table, "code VARCHAR", cancel, err);
  SW_AUTO(sw_buf) values = SW_BUF_INIT;
  for (size_t i = 0; !s && i < vs->codes.n; i++) {
    sw_sql_build(&values, values.len ? ", ({})" : "({})", sw_sql_str(SW_CODE(vs, i)->code));
    if (i % 1000 == 999) s = fill(c, table, "code", &values, cancel, err);
  }
  return s ? s : fill(c, table, "code", &values, cancel, err);
}

sw_status sw_std_codes_load(sw_conn *c, sw_std_plan *p, const sw_cancel *cancel, sw_error *err) {
  sw_status s = SW_OK;
  for (size_t i = 0; !s && i < p->ncols; i++) {
    sw_std_codes *k = &p->cols[i].codes;
    if (!k->m) continue;
    if (undated(k->m, false) > INLINE_CODES) {
      snprintf(k->table, sizeof k->table, "sw_codes_%zu_%zu", p->position, i);
      s = load_rules(c, k->table, k->m, false, cancel, err);
    }
    if (!s && undated(k->m, true) > INLINE_CODES) {
      snprintf(k->org_table, sizeof k->org_table, "sw_org_codes_%zu_%zu", p->position, i);
      s = load_rules(c, k->org_table, k->m, true, cancel, err);
    }
    if (!s && k->m->identity && k->vs && k->vs->codes.n > INLINE_CODES) {
      snprintf(k->set_table, sizeof k->set_table, "sw_set_%zu_%zu", p->position, i);
      s = load_set(c, k->set_table, k->vs, cancel, err);
    }
  }
  return s;
}

static void drop(sw_conn *c, const char *table) {
  if (!table[0]) return;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "DROP TABLE IF EXISTS {}", sw_sql_id(table));
  if (sw_buf_ok(&q) && sw_exec(c, q.ptr, NULL, NULL)) return; /* temp: it goes with the connection anyway */
}

void sw_std_codes_drop(sw_conn *c, const sw_std_plan *p) {
  for (size_t i = 0; i < p->ncols; i++) {
    drop(c, p->cols[i].codes.table);
    drop(c, p->cols[i].codes.org_table);
    drop(c, p->cols[i].codes.set_table);
  }
  drop(c, p->losers);
}
