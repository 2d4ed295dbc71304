#include "standard/check_sql.h"

#include "engine/sql.h"

static sw_sql_arg id_of(sw_str s) { return (sw_sql_arg){.kind = SW_SQL_IDENT, .a = s}; }
static sw_sql_arg table_of(sw_str dotted) {
  ptrdiff_t dot = sw_str_find(dotted, SW_LIT("."));
  return (sw_sql_arg){.kind = SW_SQL_TABLE, .a = sw_str_sub(dotted, 0, (size_t)dot), .b = sw_str_sub(dotted, (size_t)dot + 1, dotted.len)};
}

static void type_fails(const sw_default_rule *r, sw_sql_arg x, sw_buf *out) {
  bool moment = r->type == SW_COL_DATE || r->type == SW_COL_DATETIME;
  if (moment)
    sw_sql_build(out, "sw_std_datetime({}) IS NULL", x);
  else if (r->type == SW_COL_TIME)
    sw_sql_build(out, "TRY_CAST({} AS TIME) IS NULL", x);
  else if (r->type == SW_COL_INT)
    sw_sql_build(out, "coalesce(TRY_CAST({} AS DECIMAL(38,9)) <> trunc(TRY_CAST({} AS DECIMAL(38,9))), TRUE)", x, x);
  else
    sw_sql_build(out, "TRY_CAST({} AS DECIMAL(38,9)) IS NULL", x);
}

static void put_codes(const sw_value_set_def *vs, sw_buf *out) {
  for (size_t i = 0; i < vs->codes.n; i++) sw_sql_build(out, i ? ", {}" : "{}", sw_sql_str(SW_CODE(vs, i)->code));
}

bool sw_standard_fail_sql(const sw_default_rule *r, sw_buf *out) {
  if (!r->column || r->kind == SW_DEFAULT_FRESHNESS) return false;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_sql_build(&text, "nullif(trim(CAST(t.{} AS VARCHAR)), '')", id_of(r->column->name.name));
  sw_sql_arg x = sw_sql_raw(sw_buf_str(&text));
  if (r->kind == SW_DEFAULT_REQUIRED) {
    sw_sql_build(out, "({} IS NULL)", x);
    return true;
  }
  sw_sql_build(out, "({} IS NOT NULL AND ", x);
  switch (r->kind) {
    case SW_DEFAULT_TYPE: type_fails(r, x, out); break;
    case SW_DEFAULT_LENGTH:
      sw_sql_build(out, "(length({}) < {}", x, sw_sql_i64(r->min_len));
      if (r->max_len) sw_sql_build(out, " OR length({}) > {}", x, sw_sql_i64(r->max_len));
      sw_buf_puts(out, ")");
      break;
    case SW_DEFAULT_FORMAT: sw_sql_build(out, "NOT regexp_full_match({}, {})", x, sw_sql_str(r->pattern)); break;
    case SW_DEFAULT_VALUE_SET:
      if (sw_value_set_installed(r->value_set)) {
        sw_sql_build(out, "{} NOT IN (", x);
        put_codes(r->value_set, out);
        sw_buf_puts(out, ")");
      } else {
        sw_buf_puts(out, "FALSE");
      }
      break;
    case SW_DEFAULT_RANGE:
      sw_sql_build(out, "coalesce(abs(TRY_CAST({} AS DOUBLE)) >= ", x);
      sw_buf_printf(out, "1e%d, FALSE)", (int)(r->precision - r->scale));
      break;
    case SW_DEFAULT_REFERENCE:
      sw_sql_build(out, "NOT EXISTS (SELECT 1 FROM {} AS other WHERE CAST(other.{} AS VARCHAR) = CAST(t.{} AS VARCHAR))", table_of(r->ref_table->id.name),
                   id_of(r->ref_column), id_of(r->column->name.name));
      break;
    case SW_DEFAULT_REQUIRED:
    case SW_DEFAULT_KEY:
    case SW_DEFAULT_FRESHNESS:
    case SW_DEFAULT_VOLUME: sw_buf_puts(out, "FALSE"); break;
  }
  sw_buf_putc(out, ')');
  return true;
}

void sw_standard_key_sql(const sw_default_rule *r, sw_buf *out) {
  sw_buf_puts(out, "count(*) OVER (PARTITION BY ");
  for (size_t i = 0; i < r->nkey; i++) sw_sql_build(out, i ? ", t.{}" : "t.{}", id_of(r->key[i].name));
  sw_buf_puts(out, ") > 1");
}

void sw_standard_rule_text(const sw_default_rule *r, sw_buf *out) {
  if (r->kind == SW_DEFAULT_KEY)
    sw_standard_key_sql(r, out);
  else if (!sw_standard_fail_sql(r, out))
    sw_buf_printf(out, "freshness %lld volume %g", (long long)r->freshness_us, r->volume_change);
}
