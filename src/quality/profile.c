#include "quality/profile.h"

#include "engine/rows.h"
#include "engine/sql.h"
#include "quality/format.h"

#include <math.h>

/* Values of a text column looked at for forms: enough to tell, few enough to be quick. */
enum { SAMPLE = 20000, FEW_CODES = 40, SUGGEST_FROM = 100 };

static bool is_number(sw_type t) { return (t.id >= SW_TYPE_I8 && t.id <= SW_TYPE_F64) || t.id == SW_TYPE_DECIMAL; }
static bool is_text(sw_type t) { return t.id == SW_TYPE_STR; }
static bool is_internal(const char *name) { return name[0] == '_'; }

static void put_aggregates(const sw_column_info *c, sw_buf *sql) {
  sw_sql_arg id = sw_sql_id(c->name);
  sw_sql_build(sql, ", count({}), approx_count_distinct({}), CAST(min({}) AS VARCHAR), CAST(max({}) AS VARCHAR)", id, id, id, id);
  if (is_number(c->type)) sw_sql_build(sql, ", avg(CAST({} AS DOUBLE)), stddev_samp(CAST({} AS DOUBLE)), 0, 0, 0", id, id);
  else if (is_text(c->type))
    sw_sql_build(sql, ", 0.0, 0.0, count(*) FILTER (WHERE trim({}) = ''), min(length({})), max(length({}))", id, id, id);
  else sw_buf_puts(sql, ", 0.0, 0.0, 0, 0, 0");
}

static sw_status aggregates(sw_conn *c, const char *relation, const sw_column_info *cols, size_t n, sw_arena *a, const sw_cancel *cancel, sw_profile *p,
                            sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_rows *r;
  sw_buf_puts(&sql, "SELECT count(*)");
  for (size_t i = 0; i < n; i++)
    if (!is_internal(cols[i].name)) put_aggregates(&cols[i], &sql);
  sw_sql_build(&sql, " FROM {}", sw_sql_dotted(relation));
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  sw_status st = sw_query(c, sql.ptr, SW_NO_PARAMS, cancel, &r, err);
  if (st) return st;
  sw_step step = sw_rows_next(r, err);
  p->rows = step == SW_ROW ? sw_rows_i64(r, 0) : 0;
  for (size_t i = 0, at = 1; step == SW_ROW && i < n; i++) {
    if (is_internal(cols[i].name)) continue;
    sw_profile_column *col = &p->columns[p->n++];
    bool number = is_number(cols[i].type), text = is_text(cols[i].type);
    *col = (sw_profile_column){.name = cols[i].name, .type = cols[i].sql_type, .rows = p->rows, .nulls = p->rows - sw_rows_i64(r, at),
                               .distinct = sw_rows_i64(r, at + 1), .mean = number ? sw_rows_f64(r, at + 4) : NAN, .stddev = number ? sw_rows_f64(r, at + 5) : NAN,
                               .blanks = sw_rows_i64(r, at + 6), .min_len = text ? sw_rows_i64(r, at + 7) : -1, .max_len = text ? sw_rows_i64(r, at + 8) : -1,
                               .icd10 = NAN, .icd9 = NAN, .citizen_id = NAN, .phone = NAN, .date = NAN};
    if (!sw_rows_is_null(r, at + 2)) col->min = sw_arena_dupz(a, sw_rows_str(r, at + 2));
    if (!sw_rows_is_null(r, at + 3)) col->max = sw_arena_dupz(a, sw_rows_str(r, at + 3));
    if (col->distinct > p->rows - col->nulls) col->distinct = p->rows - col->nulls;
    at += 9;
  }
  sw_rows_free(r);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK;
}

static sw_status top_value(sw_conn *c, const char *relation, sw_profile_column *col, sw_arena *a, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_rows *r;
  sw_sql_arg id = sw_sql_id(col->name);
  sw_sql_build(&sql, "SELECT CAST({} AS VARCHAR), count(*) AS n FROM {} WHERE {} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT 1", id, sw_sql_dotted(relation), id);
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  sw_status st = sw_query(c, sql.ptr, SW_NO_PARAMS, cancel, &r, err);
  if (st) return st;
  sw_step step = sw_rows_next(r, err);
  if (step == SW_ROW) {
    col->top = sw_arena_dupz(a, sw_rows_str(r, 0));
    col->top_count = sw_rows_i64(r, 1);
  }
  sw_rows_free(r);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK;
}

static sw_status forms(sw_conn *c, const char *relation, sw_profile_column *col, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_rows *r;
  double n = 0, hit[5] = {0};
  static const sw_qformat tried[5] = {SW_QFORMAT_ICD10, SW_QFORMAT_ICD9, SW_QFORMAT_CITIZEN_ID, SW_QFORMAT_PHONE, SW_QFORMAT_DATE};
  sw_sql_arg id = sw_sql_id(col->name);
  sw_sql_build(&sql, "SELECT {} FROM {} WHERE trim({}) NOT IN ('', '-') LIMIT {}", id, sw_sql_dotted(relation), id, sw_sql_i64(SAMPLE));
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  sw_status st = sw_query(c, sql.ptr, SW_NO_PARAMS, cancel, &r, err);
  if (st) return st;
  sw_step step;
  while ((step = sw_rows_next(r, err)) == SW_ROW) {
    sw_str v = sw_rows_str(r, 0);
    n++;
    for (int k = 0; k < 5; k++) hit[k] += sw_qformat_check(tried[k], v);
  }
  sw_rows_free(r);
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
  if (n > 0) {
    col->icd10 = hit[0] / n;
    col->icd9 = hit[1] / n;
    col->citizen_id = hit[2] / n;
    col->phone = hit[3] / n;
    col->date = hit[4] / n;
  }
  return SW_OK;
}

/* --- suggestions --------------------------------------------------------------------------------------------- */

static void suggest(sw_profile_column *c, sw_arena *a, const char *rule, const char *zh, const char *en) {
  c->suggestion = sw_arena_printf(a, "{id: %s, dimension: conformance, title: {zh: %s, en: %s}, %s}", c->name, c->name, c->name, rule);
  c->because[0] = zh;
  c->because[1] = en;
}

static bool mostly(double share) { return share >= 0.95; }

/* At most one a column: the most telling. */
static void suggest_for(sw_profile_column *c, sw_arena *a) {
  int64_t filled = c->rows - c->nulls - c->blanks;
  if (filled < SUGGEST_FROM) return;
  static const struct { const char *name, *zh, *en; } form[] = {{"icd10", "几乎全是 ICD-10 编码", "nearly all are ICD-10 codes"},
                                                               {"icd9", "几乎全是 ICD-9-CM-3 编码", "nearly all are ICD-9-CM-3 codes"},
                                                               {"citizen_id", "几乎全是公民身份号码", "nearly all are citizen ids"},
                                                               {"phone", "几乎全是电话号码", "nearly all are telephone numbers"},
                                                               {"date", "几乎全是日期", "nearly all are dates"}};
  double share[] = {c->icd10, c->icd9, c->citizen_id, c->phone, c->date};
  for (size_t k = 0; k < 5; k++)
    if (mostly(share[k])) {
      suggest(c, a, sw_arena_printf(a, "format: {column: %s, is: %s}", c->name, form[k].name), form[k].zh, form[k].en);
      return;
    }
  if (c->distinct == filled && c->nulls == 0 && c->min_len >= 0)
    suggest(c, a, sw_arena_printf(a, "unique: [%s]", c->name), "没有重复的值（不同值为估计）", "no value seems to repeat (distinct values are estimated)");
  else if (c->nulls + c->blanks == 0)
    suggest(c, a, sw_arena_printf(a, "not_blank: %s", c->name), "从不为空", "never empty");
  else if (!isnan(c->mean) && c->min && c->max)
    suggest(c, a, sw_arena_printf(a, "range: {column: %s, min: %s, max: %s}", c->name, c->min, c->max), "现有的取值范围", "the range seen so far");
  else if (c->min_len >= 0 && c->min_len == c->max_len)
    suggest(c, a, sw_arena_printf(a, "length: {column: %s, min: %lld, max: %lld}", c->name, (long long)c->min_len, (long long)c->max_len), "长度总是相同", "always of one length");
  else if (c->distinct <= FEW_CODES && c->min_len >= 0)
    suggest(c, a, sw_arena_printf(a, "value_set: {column: %s, set: SET}", c->name), "只有少数几种值，宜声明值域", "few values: declare a value set");
}

sw_status sw_quality_profile(sw_conn *c, const char *relation, sw_arena *a, const sw_cancel *cancel, sw_profile *out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_column_info *cols;
  size_t n;
  *out = (sw_profile){0};
  sw_sql_build(&sql, "SELECT * FROM {}", sw_sql_dotted(relation));
  sw_status st = sw_describe(c, sql.ptr, a, &cols, &n, err);
  if (st) return SW_FRAME(err, "剖析表 %s", "profiling %s", relation);
  out->columns = SW_ARENA_ARRAY(a, sw_profile_column, n + 1);
  if (!out->columns) return sw_arena_check(a, err);
  st = aggregates(c, relation, cols, n, a, cancel, out, err);
  for (size_t i = 0; i < out->n && !st; i++) {
    sw_profile_column *col = &out->columns[i];
    st = top_value(c, relation, col, a, cancel, err);
    if (!st && col->min_len >= 0) st = forms(c, relation, col, cancel, err);
    if (!st) suggest_for(col, a);
    if (!st) st = sw_cancel_check(cancel, err);
  }
  return st ? st : sw_arena_check(a, err);
}
