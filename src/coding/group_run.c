#include "coding/group_run.h"

#include "coding/case_rows.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"


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
    "  FROM {} GROUP BY org_code, case_no HAVING count(code_insurance) > 0),"
    " page_pr AS ("
    "  SELECT org_code, case_no, string_agg(code_insurance, '|' ORDER BY seq) AS codes"
    "  FROM {} WHERE code_insurance IS NOT NULL GROUP BY org_code, case_no)"
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

void sw_group_run_select(const char *diagnosis, const char *procedure, sw_buf *out) {
  sw_sql_build(out, DEFAULT_SELECT, sw_sql_dotted(diagnosis ? diagnosis : "dwd.diagnosis"), sw_sql_dotted(procedure ? procedure : "dwd.procedure"));
}

typedef struct run {
  const sw_group_run_options *o;
  sw_rows *rows;
  sw_case_rows cases;
  sw_sink *sink;
  sw_out_chunk *chunk;
  sw_buf text[2]; /* the path by language */
  sw_group_run_counts n;
} run;

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
  bool known = sw_case_rows_has(&r->cases, SW_CASE_ROW);
  put_i64(r, OUT_ROW, row, known ? sw_rows_i64(r->rows, (size_t)r->cases.at[SW_CASE_ROW]) : 0, known);
  put_str(r, OUT_ORG, row, sw_case_rows_text(&r->cases, SW_CASE_ORG));
  put_str(r, OUT_ORG_CODE, row, sw_case_rows_text(&r->cases, SW_CASE_ORG_CODE));
  put_str(r, OUT_CASE, row, sw_case_rows_text(&r->cases, SW_CASE_NO));
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
      sw_case_rows_take(&r->cases, &c);
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

static sw_status run_with(sw_conn *c, sw_conn *w, run *r, sw_error *err) {
  SW_AUTO(sw_buf) usual = SW_BUF_INIT;
  if (!r->o->select) sw_group_run_select(NULL, NULL, &usual);
  sw_status s = make_table(w, r->o, err);
  if (!s) s = sw_query(c, r->o->select ? r->o->select : usual.ptr, SW_NO_PARAMS, r->o->cancel, &r->rows, err);
  if (s) return s;
  s = sw_case_rows_init(&r->cases, r->rows, err);
  if (!s) s = sw_sink_open(w, "store", r->o->physical, &r->sink, err);
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
  sw_case_rows_fini(&r.cases);
  if (s) return SW_FRAME(err, "分组到 store.%s", "grouping into store.%s", o->physical);
  *out = r.n;
  return SW_OK;
}
