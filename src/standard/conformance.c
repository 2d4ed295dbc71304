#include "standard/conformance.h"

#include "engine/rows.h"
#include "engine/sql.h"
#include "standard/check_sql.h"
#include "standard/compile.h"

#include <stdlib.h>

typedef struct measured {
  const sw_column_def *col;
} measured;

static sw_sql_arg table_of(sw_str dotted) {
  ptrdiff_t dot = sw_str_find(dotted, SW_LIT("."));
  return (sw_sql_arg){.kind = SW_SQL_TABLE, .a = sw_str_sub(dotted, 0, (size_t)dot), .b = sw_str_sub(dotted, (size_t)dot + 1, dotted.len)};
}

/* TRUE for a value that breaks one of the column's rules. */
static void put_broken(const sw_default_rules *rules, const sw_column_def *c, sw_buf *out) {
  bool any = false;
  for (size_t i = 0; i < rules->n; i++) {
    const sw_default_rule *r = &rules->items[i];
    if (r->column != c || r->kind == SW_DEFAULT_REQUIRED || r->kind == SW_DEFAULT_REFERENCE || r->kind == SW_DEFAULT_FRESHNESS) continue;
    sw_buf_puts(out, any ? " OR " : "");
    any = sw_standard_fail_sql(r, out) || any;
  }
  if (!any) sw_buf_puts(out, "FALSE");
}

static bool has_column(const sw_column_info *info, size_t n, sw_str name) {
  for (size_t i = 0; i < n; i++)
    if (sw_str_ieq(sw_str_of(info[i].name), name)) return true;
  return false;
}

/* org, rows, then filled and conforming of each measured column. */
static void build(const sw_table_def *t, const sw_default_rules *rules, const measured *m, size_t n, sw_buf *out) {
  sw_buf_puts(out, "SELECT t._org, count(*)");
  for (size_t i = 0; i < n; i++) {
    SW_AUTO(sw_buf) x = SW_BUF_INIT;
    sw_sql_build(&x, "nullif(trim(CAST(t.{} AS VARCHAR)), '') IS NOT NULL", (sw_sql_arg){.kind = SW_SQL_IDENT, .a = m[i].col->name.name});
    sw_sql_build(out, ", count(*) FILTER (WHERE {}), count(*) FILTER (WHERE {} AND NOT (", sw_sql_raw(sw_buf_str(&x)), sw_sql_raw(sw_buf_str(&x)));
    put_broken(rules, m[i].col, out);
    sw_buf_puts(out, "))");
  }
  sw_sql_build(out, " FROM {} AS t GROUP BY t._org ORDER BY t._org NULLS LAST", table_of(t->id.name));
}

/* Values that standardising had to leave out, as "column \x1f org" → count. */
static sw_status load_lost(sw_conn *c, const sw_table_def *t, const sw_cancel *cancel, sw_map *lost, sw_error *err) {
  static const char sql[] =
      "SELECT lower(column_name) || chr(31) || coalesce(_org, ''), count(*) FROM meta.nonconforming WHERE table_name = $1 GROUP BY 1 "
      "UNION ALL SELECT lower(column_name) || chr(31) || coalesce(org, ''), CAST(sum(\"rows\") AS BIGINT) FROM meta.unmapped WHERE table_name = $1 GROUP BY 1";
  bool there = false;
  sw_status s = sw_table_exists(c, "meta", "nonconforming", &there, err);
  sw_rows *r = NULL;
  if (s || !there) return s;
  if ((s = sw_query(c, sql, SW_PARAMS(sw_p_str(t->id.name)), cancel, &r, err))) return s;
  sw_step step;
  while ((step = sw_rows_next(r, err)) == SW_ROW) {
    bool added;
    uint64_t *v = sw_map_at(lost, sw_rows_str(r, 0), 0, &added);
    if (v) *v += (uint64_t)sw_rows_i64(r, 1);
  }
  sw_rows_free(r);
  return step == SW_STEP_ERROR ? err->status : SW_OK;
}

static sw_status hand_row(sw_rows *r, const sw_table_def *t, const measured *m, size_t n, const sw_map *lost, sw_conformance_fn fn, void *ctx, sw_error *err) {
  sw_str org = sw_rows_is_null(r, 0) ? SW_LIT("") : sw_rows_str(r, 0);
  for (size_t i = 0; i < n; i++) {
    SW_AUTO(sw_buf) key = SW_BUF_INIT;
    for (size_t k = 0; k < m[i].col->name.name.len; k++) {
      char ch = m[i].col->name.name.ptr[k];
      sw_buf_putc(&key, (char)(ch >= 'A' && ch <= 'Z' ? ch + 32 : ch));
    }
    sw_buf_printf(&key, "\x1f%.*s", SW_STR_ARG(org));
    uint64_t gone = 0;
    (void)sw_map_get(lost, sw_buf_str(&key), &gone);
    sw_conformance c = {.table = t->id.name, .column = m[i].col->name.name, .org = org, .rows = sw_rows_i64(r, 1)};
    if (m[i].col->element) c.element = m[i].col->element->id.name;
    c.delivered = sw_rows_i64(r, 2 + 2 * i) + (int64_t)gone;
    c.conforming = sw_rows_i64(r, 3 + 2 * i);
    c.rate = c.delivered ? (double)c.conforming / (double)c.delivered : 1;
    sw_status s = fn(ctx, &c, err);
    if (s) return s;
  }
  return SW_OK;
}

static sw_status one_table(sw_conn *c, const sw_pack_set *set, const sw_table_def *t, const sw_cancel *cancel, sw_conformance_fn fn, void *ctx, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  SW_AUTO(sw_map) lost = SW_MAP_INIT;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_default_rules rules;
  sw_column_info *info = NULL;
  size_t ninfo = 0, n = 0;
  ptrdiff_t dot = sw_str_find(t->id.name, SW_LIT("."));
  sw_status s = sw_standard_defaults(set, t, &a, &rules, err);
  if (!s) s = sw_describe_table(c, sw_arena_dupz(&a, sw_str_sub(t->id.name, 0, (size_t)dot)), sw_arena_dupz(&a, sw_str_sub(t->id.name, (size_t)dot + 1, t->id.name.len)), &a, &info, &ninfo, err);
  measured *m = SW_ARENA_ARRAY(&a, measured, t->columns.n + 1);
  if (s || !m) return s ? s : sw_arena_check(&a, err);
  for (size_t i = 0; i < t->columns.n; i++) {
    const sw_column_def *col = SW_COLUMN(t, i);
    if ((col->element || col->value_set) && has_column(info, ninfo, col->name.name)) m[n++].col = col;
  }
  if (!n || !has_column(info, ninfo, SW_LIT("_org"))) return SW_OK;
  build(t, &rules, m, n, &q);
  if ((s = load_lost(c, t, cancel, &lost, err)) || (s = sw_buf_check(&q, err))) return s;
  sw_rows *r = NULL;
  if ((s = sw_query(c, q.ptr, SW_NO_PARAMS, cancel, &r, err))) return SW_FRAME(err, "统计 %.*s 的符合率", "measuring the conformance of %.*s", SW_STR_ARG(t->id.name));
  sw_step step;
  while (!s && (step = sw_rows_next(r, err)) != SW_DONE) s = step == SW_ROW ? hand_row(r, t, m, n, &lost, fn, ctx, err) : err->status;
  sw_rows_free(r);
  return s;
}

sw_status sw_standard_conformance(sw_conn *c, const sw_pack_set *set, const char *table, const sw_cancel *cancel, sw_conformance_fn fn, void *ctx,
                                  sw_error *err) {
  sw_error own = SW_ERROR_INIT;
  if (!err) err = &own;
  sw_status s = sw_std_kernels(c, err);
  bool found = false;
  for (size_t i = 0; !s; i++) {
    const sw_pack_object *o = sw_pack_at(set, "table", i);
    if (!o) break;
    const sw_table_def *t = o->data;
    if (table && !sw_str_eqz(t->id.name, table)) continue;
    SW_AUTO(sw_arena) a = SW_ARENA_INIT;
    ptrdiff_t dot = sw_str_find(t->id.name, SW_LIT("."));
    bool there = false;
    s = sw_table_exists(c, sw_arena_dupz(&a, sw_str_sub(t->id.name, 0, (size_t)dot)), sw_arena_dupz(&a, sw_str_sub(t->id.name, (size_t)dot + 1, t->id.name.len)), &there, err);
    if (s || !there) continue;
    found = true;
    s = one_table(c, set, t, cancel, fn, ctx, err);
  }
  if (s || !table || found) return s;
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-STD-0020", "没有表 %s，或尚未运行出来", "there is no table %s, or no run has made it yet", table);
}
