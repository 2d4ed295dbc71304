#include "coding/rehearse.h"

#include "base/utf8.h"
#include "coding/csv_in.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"

enum { C_ORG, C_CASE, C_DEPT, C_SEX, C_AGE, C_DAYS, C_WEIGHT, C_LOS, C_MODE, C_VENT, C_ICU, C_COST, C_DX, C_PR, C_N };

/* Our name first; the others are what case files call it. */
static const char *const names[C_N][6] = {{"org_code", "hospital", "institution"},
                                          {"case_no", "id", "case_id"},
                                          {"dept", "department", "科室"},
                                          {"sex", "gender"},
                                          {"age_years", "age"},
                                          {"age_days"},
                                          {"weight_g", "weight", "birth_weight"},
                                          {"los_days", "los", "inpatient_days", "stay_days"},
                                          {"discharge_mode", "discharge_way", "leave_type"},
                                          {"ventilator", "vent_hours", "ventilator_hours"},
                                          {"icu_hours"},
                                          {"cost", "cost_yuan", "total_cost"},
                                          {"dx", "dx_list_principal_first", "dx_list", "diagnoses"},
                                          {"pr", "proc_list_main_first", "proc_list", "procedures"}};

static sw_status make(sw_conn *to, const char *physical, const sw_cancel *cancel, sw_sink **sink, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} (", sw_sql_table("store", physical));
  for (int i = 0; i < C_N; ++i) sw_buf_printf(&b, "%s%s %s", i ? ", " : "", names[i][0], i == C_COST ? "DECIMAL(18,2)" : "VARCHAR");
  sw_buf_puts(&b, ")");
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(to, b.ptr, cancel, err);
  return s ? s : sw_sink_open(to, "store", physical, sink, err);
}

static void put(sw_out_chunk *k, size_t col, sw_str v) {
  int64_t fen = 0;
  bool known = v.len > 0 && sw_utf8_valid(v);
  if (col == C_COST) {
    double yuan = 0;
    if (!sw_str_to_decimal(v, 2, &fen)) fen = known && sw_str_to_f64(v, &yuan) && yuan > -9e12 && yuan < 9e12 ? (int64_t)(yuan * 100 + (yuan < 0 ? -0.5 : 0.5)) : 0;
    if (!sw_out_decimal(&k->columns[col], k->n, fen)) sw_out_null(&k->columns[col], k->n);
  } else if (known) {
    sw_out_str(&k->columns[col], k->n, v);
  } else {
    sw_out_null(&k->columns[col], k->n);
  }
}

/* Both sources as one: the next case's fields, by our columns. */
typedef struct source {
  sw_csv_in *in;
  sw_rows *rows;
  int at[C_N];
  sw_buf text[C_N];
  int64_t number;
} source;

static sw_step next_case(source *f, sw_str v[C_N], sw_error *err) {
  sw_step step = f->in ? sw_csv_in_next(f->in, err) : sw_rows_next(f->rows, err);
  if (step != SW_ROW) return step;
  ++f->number;
  for (int i = 0; i < C_N; ++i) {
    sw_buf_clear(&f->text[i]);
    if (f->in && f->at[i] >= 0) v[i] = sw_str_trim(sw_csv_in_get(f->in, f->at[i]));
    else if (f->rows && f->at[i] >= 0) sw_rows_text(f->rows, (size_t)f->at[i], &f->text[i]), v[i] = sw_buf_str(&f->text[i]);
    else v[i] = (sw_str){NULL, 0};
  }
  if (v[C_CASE].len == 0) { /* a case without a number still counts */
    sw_buf_printf(&f->text[C_CASE], "#%lld", (long long)f->number);
    v[C_CASE] = sw_buf_str(&f->text[C_CASE]);
  }
  if (v[C_ORG].len == 0) v[C_ORG] = SW_LIT("-");
  return SW_ROW;
}

static sw_status copy(source *f, sw_sink *sink, const sw_cancel *cancel, sw_error *err) {
  for (;;) {
    sw_out_chunk *k = NULL;
    sw_status s = sw_sink_chunk(sink, &k, err);
    if (s) return s;
    sw_step step = SW_ROW;
    sw_str v[C_N];
    for (k->n = 0; k->n < k->cap && (step = next_case(f, v, err)) == SW_ROW; ++k->n)
      for (size_t i = 0; i < C_N; ++i) put(k, i, v[i]);
    if (step == SW_STEP_ERROR) return err ? err->status : SW_E_IO;
    if (k->n) s = sw_sink_append(sink, err);
    if (!s) s = sw_cancel_check(cancel, err);
    if (s || step == SW_DONE) return s;
  }
}

static sw_status load(source *f, sw_conn *to, const char *physical, const sw_cancel *cancel, int64_t *cases, sw_error *err) {
  sw_sink *sink = NULL;
  for (int i = 0; i < C_N; ++i) sw_buf_init(&f->text[i], SW_BUF_DEFAULT_MAX);
  sw_status s = make(to, physical, cancel, &sink, err);
  if (!s) s = copy(f, sink, cancel, err);
  if (s) sw_sink_abort(sink);
  else s = sw_sink_close(sink, err);
  for (int i = 0; i < C_N; ++i) sw_buf_fini(&f->text[i]);
  *cases = f->number;
  return s;
}

sw_status sw_rehearse_load_file(sw_conn *to, const char *path, const char *physical, const sw_cancel *cancel, int64_t *cases, sw_error *err) {
  source f = {0};
  sw_status s = sw_csv_in_open(path, &f.in, err);
  for (int i = 0; !s && i < C_N; ++i) f.at[i] = sw_csv_in_column_of(f.in, names[i]);
  if (!s && f.at[C_DX] < 0) {
    (void)SW_FAIL(err, SW_E_DATA, "SW-REH-0001", "病例文件没有诊断列 dx_list_principal_first", "the case file has no column of diagnoses (dx_list_principal_first)");
    s = sw_error_at(err, path, 1, 0);
  }
  if (!s) s = load(&f, to, physical, cancel, cases, err);
  sw_csv_in_close(f.in);
  return s ? SW_FRAME(err, "读取病例 %s", "reading cases from %s", path) : SW_OK;
}

sw_status sw_rehearse_load_query(sw_conn *to, sw_conn *from, const char *select, const char *physical, const sw_cancel *cancel, int64_t *cases, sw_error *err) {
  source f = {0};
  sw_status s = sw_query(from, select, SW_NO_PARAMS, cancel, &f.rows, err);
  for (int i = 0; !s && i < C_N; ++i) {
    f.at[i] = -1;
    for (size_t c = 0; c < sw_rows_ncolumns(f.rows); ++c)
      if (strcmp(sw_rows_name(f.rows, c), names[i][0]) == 0) f.at[i] = (int)c;
  }
  if (!s) s = load(&f, to, physical, cancel, cases, err);
  sw_rows_free(f.rows);
  return s ? SW_FRAME(err, "读取工作区的病例", "reading the workspace's cases") : SW_OK;
}
