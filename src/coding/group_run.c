#include "coding/group_run.h"

#include "coding/case_file.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"

#include <stdlib.h>

/* The newest settlement list of a stay speaks for it; a stay may have several (interim, mother and baby). */
static const char DEFAULT_SELECT[] =
    "WITH lists AS ("
    "  SELECT org_code, case_no, setl_id, vent_used_dura FROM ("
    "    SELECT org_code, case_no, setl_id, vent_used_dura,"
    "      row_number() OVER (PARTITION BY org_code, case_no ORDER BY setl_end_date DESC, setl_id DESC) AS newest"
    "    FROM dwd.settlement_list WHERE case_no IS NOT NULL) WHERE newest = 1),"
    " list_dx AS ("
    "  SELECT l.org_code, l.case_no,"
    "    string_agg(d.diag_code, '|' ORDER BY CASE WHEN d.maindiag_flag = '1' THEN 0 ELSE 1 END, d.seq) AS codes"
    "  FROM lists l JOIN dwd.settlement_diagnosis d ON d.org_code = l.org_code AND d.setl_id = l.setl_id"
    "  WHERE d.diag_code IS NOT NULL GROUP BY l.org_code, l.case_no),"
    " list_pr AS ("
    "  SELECT l.org_code, l.case_no, string_agg(p.oprn_oprt_code, '|' ORDER BY p.seq) AS codes"
    "  FROM lists l JOIN dwd.settlement_procedure p ON p.org_code = l.org_code AND p.setl_id = l.setl_id"
    "  WHERE p.oprn_oprt_code IS NOT NULL GROUP BY l.org_code, l.case_no),"
    " page_dx AS ("
    "  SELECT org_code, case_no, string_agg(coalesce(code_insurance, ''), '|' ORDER BY seq) AS codes"
    "  FROM dwd.diagnosis GROUP BY org_code, case_no HAVING count(code_insurance) > 0),"
    " page_pr AS ("
    "  SELECT org_code, case_no, string_agg(code_insurance, '|' ORDER BY seq) AS codes"
    "  FROM dwd.procedure WHERE code_insurance IS NOT NULL GROUP BY org_code, case_no)"
    " SELECT a._row, a._org, a.org_code, a.case_no, a.sex, a.age_years, a.age_days,"
    "  coalesce(a.newborn_admit_weight, a.birth_weight_1) AS weight_g,"
    "  coalesce(a.stay_days, date_diff('day', CAST(a.admit_time AS DATE), CAST(a.discharge_time AS DATE))) AS los_days,"
    "  a.discharge_way AS discharge_mode, l.vent_used_dura AS ventilator, a.fee_total AS cost,"
    "  CASE WHEN ld.codes IS NOT NULL THEN ld.codes ELSE fd.codes END AS dx,"
    "  CASE WHEN ld.codes IS NOT NULL THEN lp.codes ELSE fp.codes END AS pr"
    " FROM dwd.admission a"
    " LEFT JOIN lists l ON l.org_code = a.org_code AND l.case_no = a.case_no"
    " LEFT JOIN list_dx ld ON ld.org_code = a.org_code AND ld.case_no = a.case_no"
    " LEFT JOIN list_pr lp ON lp.org_code = a.org_code AND lp.case_no = a.case_no"
    " LEFT JOIN page_dx fd ON fd.org_code = a.org_code AND fd.case_no = a.case_no"
    " LEFT JOIN page_pr fp ON fp.org_code = a.org_code AND fp.case_no = a.case_no";

const char *sw_group_run_select(void) { return DEFAULT_SELECT; }

enum { IN_ROW, IN_ORG, IN_ORG_CODE, IN_CASE, IN_SEX, IN_AGE, IN_DAYS, IN_WEIGHT, IN_LOS, IN_MODE, IN_VENT, IN_ICU, IN_COST, IN_DX, IN_PR, IN_N };

static const char *const in_names[IN_N] = {"_row",     "_org",     "org_code",       "case_no",    "sex",       "age_years", "age_days", "weight_g",
                                           "los_days", "discharge_mode", "ventilator", "icu_hours", "cost",      "dx",       "pr"};

typedef struct run {
  const sw_group_run_options *o;
  sw_rows *rows;
  sw_sink *sink;
  sw_out_chunk *chunk;
  int at[IN_N]; /* columns of the SELECT; -1 absent */
  sw_str *codes;
  sw_buf text[2]; /* the path by language */
  sw_group_run_counts n;
} run;

static bool has(const run *r, int f) { return r->at[f] >= 0 && !sw_rows_is_null(r->rows, (size_t)r->at[f]); }

/* A number that may be delivered as text. */
static int32_t number(run *r, int f) {
  if (!has(r, f)) return SW_UNKNOWN;
  size_t col = (size_t)r->at[f];
  int64_t v = 0;
  if (sw_rows_type(r->rows, col).id == SW_TYPE_STR) {
    if (!sw_str_to_i64(sw_str_trim(sw_rows_str(r->rows, col)), &v)) return SW_UNKNOWN;
  } else {
    v = sw_rows_i64(r->rows, col);
  }
  return v > INT32_MAX || v <= INT32_MIN ? SW_UNKNOWN : (int32_t)v;
}

static sw_str text(run *r, int f) { return has(r, f) ? sw_rows_str(r->rows, (size_t)r->at[f]) : (sw_str){NULL, 0}; }

/* "1/13/24" (days/hours/minutes) or whole hours. */
static int32_t ventilator_hours(run *r) {
  if (!has(r, IN_VENT) || sw_rows_type(r->rows, (size_t)r->at[IN_VENT]).id != SW_TYPE_STR) return number(r, IN_VENT);
  sw_str s = sw_str_trim(text(r, IN_VENT));
  const char *slash = s.len ? memchr(s.ptr, '/', s.len) : NULL;
  int64_t days = 0, hours = 0;
  if (!slash) return number(r, IN_VENT);
  size_t head = (size_t)(slash - s.ptr);
  sw_str rest = sw_str_sub(s, head + 1, s.len);
  const char *second = rest.len ? memchr(rest.ptr, '/', rest.len) : NULL;
  if (second) rest.len = (size_t)(second - rest.ptr);
  if (!sw_str_to_i64(sw_str_sub(s, 0, head), &days) || !sw_str_to_i64(rest, &hours)) return SW_UNKNOWN;
  if (days < 0 || days > 10000 || hours < 0 || hours > 10000) return SW_UNKNOWN;
  return (int32_t)(days * 24 + hours);
}

static void take_case(run *r, sw_drg_case *c) {
  bool more = false;
  *c = (sw_drg_case)SW_DRG_CASE_INIT;
  c->sex = has(r, IN_SEX) && sw_rows_type(r->rows, (size_t)r->at[IN_SEX]).id == SW_TYPE_STR ? sw_case_sex(text(r, IN_SEX)) : number(r, IN_SEX);
  c->age_years = number(r, IN_AGE);
  c->age_days = number(r, IN_DAYS);
  c->weight_g = number(r, IN_WEIGHT);
  c->los_days = number(r, IN_LOS);
  c->discharge_mode = number(r, IN_MODE);
  c->vent_hours = ventilator_hours(r);
  c->icu_hours = number(r, IN_ICU);
  c->cost_fen = has(r, IN_COST) ? sw_rows_decimal(r->rows, (size_t)r->at[IN_COST], 2) : 0;
  c->dx = r->codes;
  c->pr = r->codes + SW_CASE_MAX_CODES;
  c->ndx = sw_case_split_codes(text(r, IN_DX), r->codes, SW_CASE_MAX_CODES, &more);
  c->npr = sw_case_split_codes(text(r, IN_PR), r->codes + SW_CASE_MAX_CODES, SW_CASE_MAX_CODES, &more);
}

/* --- writing --------------------------------------------------------------------------------- */

static void put_str(run *r, size_t col, size_t row, sw_str s) {
  if (s.len) sw_out_str(&r->chunk->columns[col], row, s);
  else sw_out_null(&r->chunk->columns[col], row);
}

static void put_i64(run *r, size_t col, size_t row, int64_t v, bool known) {
  if (known) ((int64_t *)r->chunk->columns[col].data)[row] = v;
  else sw_out_null(&r->chunk->columns[col], row);
}

static void put_decimal(run *r, size_t col, size_t row, int64_t v, bool known) {
  if (!known || !sw_out_decimal(&r->chunk->columns[col], row, v)) sw_out_null(&r->chunk->columns[col], row);
}

enum { OUT_ROW, OUT_ORG, OUT_ORG_CODE, OUT_CASE, OUT_STATUS, OUT_REASON_ZH, OUT_REASON_EN, OUT_PATH_ZH, OUT_PATH_EN, OUT_PRINCIPAL, OUT_OWN };

/* The reason is the path's last part: what follows the last arrow. */
static sw_str last_part(sw_str path) {
  static const char arrow[] = " → ";
  for (size_t i = path.len; i-- > 0;)
    if (path.len - i >= sizeof arrow - 1 && memcmp(path.ptr + i, arrow, sizeof arrow - 1) == 0) return sw_str_sub(path, i + sizeof arrow - 1, path.len);
  return path;
}

static void put_common(run *r, size_t row, const sw_drg_case *c, bool ok) {
  put_i64(r, OUT_ROW, row, has(r, IN_ROW) ? sw_rows_i64(r->rows, (size_t)r->at[IN_ROW]) : 0, has(r, IN_ROW));
  put_str(r, OUT_ORG, row, text(r, IN_ORG));
  put_str(r, OUT_ORG_CODE, row, text(r, IN_ORG_CODE));
  put_str(r, OUT_CASE, row, text(r, IN_CASE));
  put_str(r, OUT_STATUS, row, ok ? SW_LIT("grouped") : SW_LIT("ungrouped"));
  put_str(r, OUT_REASON_ZH, row, ok ? (sw_str){NULL, 0} : last_part(sw_buf_str(&r->text[0])));
  put_str(r, OUT_REASON_EN, row, ok ? (sw_str){NULL, 0} : last_part(sw_buf_str(&r->text[1])));
  put_str(r, OUT_PATH_ZH, row, sw_buf_str(&r->text[0]));
  put_str(r, OUT_PATH_EN, row, sw_buf_str(&r->text[1]));
  put_str(r, OUT_PRINCIPAL, row, c->ndx ? c->dx[0] : (sw_str){NULL, 0});
  r->n.grouped += ok;
  r->n.ungrouped += !ok;
}

static const char *const DRG_COLUMNS =
    ", mdc VARCHAR, adrg VARCHAR, drg VARCHAR, drg_name VARCHAR, severity VARCHAR, weight DECIMAL(9,4), mean_cost DECIMAL(18,2),"
    " mean_los DECIMAL(9,2), risk BIGINT)";

static void put_drg(run *r, size_t row, const sw_drg_case *c) {
  const sw_drg_catalogue *cat = r->o->catalogue->drg;
  sw_drg_result g;
  sw_drg_group_info i = {0};
  sw_drg_group(cat, c, &g);
  bool ok = sw_drg_group_info_of(cat, g.drg, &i);
  if (!ok) r->n.reasons[g.status]++;
  sw_drg_path(cat, c, &g, SW_LANG_ZH, &r->text[0]);
  sw_drg_path(cat, c, &g, SW_LANG_EN, &r->text[1]);
  put_common(r, row, c, ok);
  put_str(r, OUT_OWN, row, sw_drg_mdc_code(cat, ok ? g.mdc : SW_DRG_NONE));
  put_str(r, OUT_OWN + 1, row, sw_drg_adrg_code(cat, ok ? g.adrg : SW_DRG_NONE));
  put_str(r, OUT_OWN + 2, row, sw_drg_drg_code(cat, g.drg));
  put_str(r, OUT_OWN + 3, row, i.name);
  put_str(r, OUT_OWN + 4, row, g.severity == SW_DRG_MCC ? SW_LIT("MCC") : g.severity == SW_DRG_CC ? SW_LIT("CC") : (sw_str){NULL, 0});
  put_decimal(r, OUT_OWN + 5, row, i.weight_e4, ok && i.weight_e4 > 0);
  put_decimal(r, OUT_OWN + 6, row, i.mean_cost_fen, ok && i.mean_cost_fen > 0);
  put_decimal(r, OUT_OWN + 7, row, i.mean_los_e2, ok && i.mean_los_e2 > 0);
  put_i64(r, OUT_OWN + 8, row, i.risk, ok && i.risk > 0);
}

static const char *const DIP_COLUMNS =
    ", kind VARCHAR, dip VARCHAR, dip_name VARCHAR, op_class VARCHAR, auxiliary VARCHAR, factor DECIMAL(9,4), score DECIMAL(18,4),"
    " mean_cost DECIMAL(18,2))";

static void put_dip(run *r, size_t row, const sw_drg_case *c) {
  const sw_dip_catalogue *cat = r->o->catalogue->dip;
  sw_dip_result g;
  sw_dip_group_info i = {0};
  sw_dip_group(cat, c, &g);
  bool ok = sw_dip_group_info_of(cat, g.group, &i);
  if (!ok) r->n.reasons[g.status]++;
  sw_dip_path(cat, c, &g, SW_LANG_ZH, &r->text[0]);
  sw_dip_path(cat, c, &g, SW_LANG_EN, &r->text[1]);
  put_common(r, row, c, ok);
  put_str(r, OUT_OWN, row, !ok ? (sw_str){NULL, 0} : g.status == SW_DIP_CORE ? SW_LIT("core") : SW_LIT("comprehensive"));
  put_str(r, OUT_OWN + 1, row, i.code);
  put_str(r, OUT_OWN + 2, row, i.name);
  put_str(r, OUT_OWN + 3, row, sw_str_of(sw_dip_class_name(g.op_class, SW_LANG_ZH)));
  put_str(r, OUT_OWN + 4, row, g.level >= 0 ? sw_str_of(sw_dip_level_name((sw_dip_level)g.level)) : (sw_str){NULL, 0});
  put_decimal(r, OUT_OWN + 5, row, g.factor_e4, ok);
  put_decimal(r, OUT_OWN + 6, row, i.score_e4, ok);
  put_decimal(r, OUT_OWN + 7, row, i.mean_cost_fen, ok && i.mean_cost_fen > 0);
}

static sw_status group_rows(run *r, sw_error *err) {
  bool dip = r->o->catalogue->kind == SW_CATALOGUE_DIP;
  for (;;) {
    sw_status s = sw_sink_chunk(r->sink, &r->chunk, err);
    if (s) return s;
    size_t n = 0;
    sw_step step = SW_ROW;
    for (; n < r->chunk->cap; ++n) {
      step = sw_rows_next(r->rows, err);
      if (step != SW_ROW) break;
      sw_drg_case c;
      take_case(r, &c);
      sw_buf_clear(&r->text[0]);
      sw_buf_clear(&r->text[1]);
      if (dip) put_dip(r, n, &c);
      else put_drg(r, n, &c);
    }
    if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
    r->chunk->n = n;
    r->n.in += (int64_t)n;
    r->n.out += (int64_t)n;
    if (n) s = sw_sink_append(r->sink, err);
    if (!s) s = sw_cancel_check(r->o->cancel, err);
    if (s || step == SW_DONE) return s;
    sw_emit_progress(r->o->events, r->o->physical, r->n.in, 0, "rows");
  }
}

static sw_status make_table(sw_conn *w, const sw_group_run_options *o, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} (_row BIGINT, _org VARCHAR, org_code VARCHAR, case_no VARCHAR, status VARCHAR, reason_zh VARCHAR,"
               " reason_en VARCHAR, path_zh VARCHAR, path_en VARCHAR, principal_code VARCHAR",
               sw_sql_table("store", o->physical));
  sw_buf_puts(&b, o->catalogue->kind == SW_CATALOGUE_DIP ? DIP_COLUMNS : DRG_COLUMNS);
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(w, b.ptr, o->cancel, err);
}

static void find_columns(run *r) {
  for (int f = 0; f < IN_N; ++f) {
    r->at[f] = -1;
    for (size_t i = 0; i < sw_rows_ncolumns(r->rows); ++i)
      if (strcmp(sw_rows_name(r->rows, i), in_names[f]) == 0) r->at[f] = (int)i;
  }
}

static sw_status run_with(sw_conn *c, sw_conn *w, run *r, sw_error *err) {
  sw_status s = make_table(w, r->o, err);
  if (!s) s = sw_query(c, r->o->select ? r->o->select : DEFAULT_SELECT, SW_NO_PARAMS, r->o->cancel, &r->rows, err);
  if (s) return s;
  find_columns(r);
  s = sw_sink_open(w, "store", r->o->physical, &r->sink, err);
  if (!s) s = group_rows(r, err);
  if (s) {
    sw_sink_abort(r->sink);
    return s;
  }
  return sw_sink_close(r->sink, err);
}

sw_status sw_group_run(sw_conn *c, const sw_group_run_options *o, sw_group_run_counts *out, sw_error *err) {
  run r = {.o = o, .text = {SW_BUF_INIT, SW_BUF_INIT}};
  sw_conn *w = NULL;
  *out = (sw_group_run_counts){0};
  r.codes = malloc(2 * SW_CASE_MAX_CODES * sizeof *r.codes);
  if (!r.codes) return SW_FAIL(err, SW_E_NOMEM, "SW-GRP-0002", "内存不足", "out of memory");
  sw_status s = sw_conn_open(sw_conn_engine(c), &w, err);
  if (!s) s = run_with(c, w, &r, err);
  sw_rows_free(r.rows);
  if (s && w) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_error ignored = SW_ERROR_INIT;
    sw_sql_build(&b, "DROP TABLE IF EXISTS {}", sw_sql_table("store", o->physical));
    if (sw_exec(w, b.ptr, NULL, &ignored)) sw_error_clear(&ignored); /* the first failure is the one to tell */
  }
  sw_conn_close(w);
  sw_buf_fini(&r.text[0]);
  sw_buf_fini(&r.text[1]);
  free(r.codes);
  if (s) return SW_FRAME(err, "分组到 store.%s", "grouping into store.%s", o->physical);
  *out = r.n;
  return SW_OK;
}
