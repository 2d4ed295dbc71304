#include "coding/insurer.h"

#include "base/utf8.h"

#include "coding/case_rows.h"
#include "coding/csv_in.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "medic/drg_advise.h"

#include <stdlib.h>

enum { F_ORG, F_CASE, F_GROUP, F_POINTS, F_DEVIATION, F_HOSPITAL, F_AUX, F_VALUE, F_PAID, F_N };

static const char *const field_names[F_N][6] = {
    {"org_code", "医疗机构代码", "定点医药机构编号", NULL},
    {"case_no", "住院流水号", "就诊号", "就诊ID", "病案号", NULL},
    {"group_code", "病组编码", "DRG编码", "DIP编码", "病种编码", NULL},
    {"points", "分值", "权重", "病组分值", NULL},
    {"deviation", "偏差系数", "费用偏差系数", NULL},
    {"hospital_factor", "医院系数", "机构系数", NULL},
    {"auxiliary_factor", "辅助系数", NULL},
    {"value", "点值", "费率", NULL},
    {"paid", "支付金额", "应付金额", "DRG支付金额", "DIP支付金额", NULL},
};

static sw_status make(sw_conn *c, const char *fmt, const char *physical, const char *suffix, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_buf_printf(&name, "%s%s", physical, suffix);
  sw_sql_build(&b, fmt, sw_sql_table("store", name.ptr));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(c, b.ptr, cancel, err);
}

typedef struct import {
  sw_conn *c;
  const char *physical, *org_code;
  sw_csv_in *in;
  int at[F_N];
  sw_insurer_counts *n;
  const sw_cancel *cancel;
} import;

static sw_status find_fields(import *m, sw_error *err) {
  for (int f = 0; f < F_N; ++f) m->at[f] = sw_csv_in_column_of(m->in, field_names[f]);
  if (m->at[F_CASE] >= 0 && m->at[F_PAID] >= 0) return SW_OK;
  (void)SW_FAIL(err, SW_E_DATA, "SW-INS-0001", "缺少列：病例号（case_no、住院流水号、病案号）或支付金额（paid、支付金额）",
                "a column is missing: the case number (case_no) or the amount paid (paid)");
  return sw_error_at(err, m->in->path, 1, 0);
}

static sw_str field(const import *m, int f) { return sw_str_trim(sw_csv_in_get(m->in, m->at[f])); }

/* The reason why a line cannot be taken, or NULL. */
static const char *bad_line(const import *m, const char **en) {
  int64_t fen = 0;
  *en = "unbalanced quote";
  if (m->in->broken) return "引号不成对";
  *en = "no case number";
  if (field(m, F_CASE).len == 0) return "没有病例号";
  *en = "the amount paid is not an amount of yuan";
  return sw_str_to_decimal(field(m, F_PAID), 2, &fen) ? NULL : "支付金额不是金额";
}

static void put_decimal(sw_out_column *col, size_t row, sw_str text, int scale) {
  int64_t v = 0;
  if (text.len == 0 || !sw_str_to_decimal(text, scale, &v) || !sw_out_decimal(col, row, v)) sw_out_null(col, row);
}

static void put_text(sw_out_column *col, size_t row, sw_str text) {
  if (text.len && sw_utf8_valid(text)) sw_out_str(col, row, text);
  else sw_out_null(col, row);
}

static sw_status read_lines(import *m, sw_sink *good, sw_sink *bad, sw_error *err) {
  for (;;) {
    sw_out_chunk *k = NULL, *r = NULL;
    sw_status s = sw_sink_chunk(good, &k, err);
    if (!s) s = sw_sink_chunk(bad, &r, err);
    if (s) return s;
    k->n = r->n = 0;
    sw_step step = SW_ROW;
    while (k->n < k->cap && r->n < r->cap && (step = sw_csv_in_next(m->in, err)) == SW_ROW) {
      const char *en = NULL, *zh = bad_line(m, &en);
      ++m->n->lines;
      if (zh) {
        ((int64_t *)r->columns[0].data)[r->n] = m->in->line;
        sw_out_str(&r->columns[1], r->n, sw_str_of(zh));
        sw_out_str(&r->columns[2], r->n++, sw_str_of(en));
        ++m->n->rejected;
        continue;
      }
      sw_str org = field(m, F_ORG).len ? field(m, F_ORG) : sw_str_of(m->org_code);
      put_text(&k->columns[0], k->n, org);
      put_text(&k->columns[1], k->n, field(m, F_CASE));
      put_text(&k->columns[2], k->n, field(m, F_GROUP));
      for (int f = F_POINTS; f < F_PAID; ++f) put_decimal(&k->columns[f], k->n, field(m, f), f == F_DEVIATION ? 8 : 4);
      put_decimal(&k->columns[F_PAID], k->n, field(m, F_PAID), 2);
      ((int64_t *)k->columns[F_N].data)[k->n++] = m->in->line;
      ++m->n->taken;
    }
    if (step == SW_STEP_ERROR) return err ? err->status : SW_E_IO;
    if (k->n) s = sw_sink_append(good, err);
    if (!s && r->n) s = sw_sink_append(bad, err);
    if (!s) s = sw_cancel_check(m->cancel, err);
    if (s || step == SW_DONE) return s;
  }
}

/* Lines of one case (interim payments, corrections) become one row with the sum of their amounts. */
static sw_status gather(import *m, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) raw = SW_BUF_INIT;
  sw_buf_printf(&raw, "%s__lines", m->physical);
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} AS SELECT org_code, case_no, arg_max(group_code, line) AS group_code, arg_max(points, line) AS points,"
               " arg_max(deviation, line) AS deviation, arg_max(hospital_factor, line) AS hospital_factor,"
               " arg_max(auxiliary_factor, line) AS auxiliary_factor, arg_max(value, line) AS value, CAST(sum(paid) AS DECIMAL(18,2)) AS paid,"
               " count(*) AS lines, min(line) AS first_line FROM {} GROUP BY org_code, case_no; DROP TABLE {}",
               sw_sql_table("store", m->physical), sw_sql_table("store", raw.ptr), sw_sql_table("store", raw.ptr));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(m->c, b.ptr, m->cancel, err);
  if (s) return s;
  sw_buf_clear(&b);
  sw_sql_build(&b, "SELECT count(*) FROM {} WHERE lines > 1", sw_sql_table("store", m->physical));
  s = sw_query_i64(m->c, b.ptr, SW_NO_PARAMS, m->cancel, &m->n->repeated, NULL, err);
  sw_buf_clear(&b);
  sw_sql_build(&b, "SELECT CAST(coalesce(sum(paid), 0) * 100 AS BIGINT) FROM {}", sw_sql_table("store", m->physical));
  return s ? s : sw_query_i64(m->c, b.ptr, SW_NO_PARAMS, m->cancel, &m->n->paid_fen, NULL, err);
}

static sw_status import_lines(import *m, sw_error *err) {
  sw_sink *good = NULL, *bad = NULL;
  sw_status s = make(m->c,
                     "CREATE OR REPLACE TABLE {} (org_code VARCHAR, case_no VARCHAR, group_code VARCHAR, points DECIMAL(18,4),"
                     " deviation DECIMAL(18,8), hospital_factor DECIMAL(18,4), auxiliary_factor DECIMAL(18,4), value DECIMAL(18,4),"
                     " paid DECIMAL(18,2), line BIGINT)",
                     m->physical, "__lines", m->cancel, err);
  if (!s) s = make(m->c, "CREATE OR REPLACE TABLE {} (line BIGINT, reason_zh VARCHAR, reason_en VARCHAR)", m->physical, "__rejects", m->cancel, err);
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_buf_printf(&name, "%s__lines", m->physical);
  if (!s) s = sw_sink_open(m->c, "store", name.ptr, &good, err);
  sw_buf_clear(&name);
  sw_buf_printf(&name, "%s__rejects", m->physical);
  if (!s) s = sw_sink_open(m->c, "store", name.ptr, &bad, err);
  if (!s) s = read_lines(m, good, bad, err);
  if (s) {
    sw_sink_abort(good);
    sw_sink_abort(bad);
    return s;
  }
  s = sw_sink_close(good, err);
  if (s) sw_sink_abort(bad);
  else s = sw_sink_close(bad, err);
  return s;
}

sw_status sw_insurer_import(sw_conn *c, const char *file, const char *org_code, const char *physical, const sw_cancel *cancel,
                            sw_insurer_counts *out, sw_error *err) {
  *out = (sw_insurer_counts){0};
  import m = {.c = c, .physical = physical, .org_code = org_code ? org_code : "", .n = out, .cancel = cancel};
  sw_status s = sw_csv_in_open(file, &m.in, err);
  if (!s) s = find_fields(&m, err);
  if (!s) s = import_lines(&m, err);
  if (!s) s = gather(&m, err);
  sw_csv_in_close(m.in);
  return s ? SW_FRAME(err, "导入经办机构结算结果 %s", "importing the insurer's result %s", file) : SW_OK;
}

/* --- explaining ------------------------------------------------------------------------------ */

enum { Q_ORG, Q_CASE, Q_OURS, Q_THEIRS, Q_OGROUP, Q_OPOINTS, Q_ODEV, Q_OHOSP, Q_OAUX, Q_OPAID, Q_OCLASS, Q_TGROUP, Q_TPOINTS, Q_TDEV, Q_THOSP, Q_TAUX,
       Q_TVALUE, Q_TPAID, Q_LAST };

typedef struct explain {
  const sw_insurer_explain_options *o;
  sw_rows *rows;
  sw_case_rows cases;
  sw_sink *sink;
  sw_out_chunk *k;
  sw_buf say[2];
  sw_insurer_explained n;
} explain;

static sw_status join_sql(const sw_insurer_explain_options *o, sw_buf *b, sw_error *err) {
  static const char none[] = "SELECT NULL AS org_code, NULL AS case_no, NULL AS dx WHERE false";
  sw_sql_build(b,
               "SELECT coalesce(o.org_code, t.org_code) AS k_org, coalesce(o.case_no, t.case_no) AS k_case, o.case_no IS NOT NULL AS ours,"
               " t.case_no IS NOT NULL AS theirs, o.group_code AS og, o.points AS op,"
               /* the exact deviation: settled points over points, which the rounded column has lost */
               " CASE WHEN o.points > 0 AND o.settled_points IS NOT NULL THEN CAST(CAST(o.settled_points AS DOUBLE) / CAST(o.points AS DOUBLE) AS"
               " DECIMAL(18,8)) ELSE CAST(o.deviation AS DECIMAL(18,8)) END AS od, CAST(1 AS DECIMAL(18,4)) AS oh, CAST(1 AS DECIMAL(18,4)) AS oa,"
               " o.paid AS opaid, o.class AS oclass, t.group_code AS tg, t.points AS tp, t.deviation AS td, t.hospital_factor AS th,"
               " t.auxiliary_factor AS ta, t.value AS tv, t.paid AS tpaid, g.*"
               " FROM {} o FULL OUTER JOIN {} t ON o.org_code = t.org_code AND o.case_no = t.case_no"
               " LEFT JOIN ({}) g ON g.org_code = o.org_code AND g.case_no = o.case_no ORDER BY k_org, k_case",
               sw_sql_dotted(o->ours), sw_sql_dotted(o->theirs), sw_sql_raw(sw_str_of(o->cases ? o->cases : none)));
  return sw_buf_check(b, err);
}

static int64_t amount(const explain *e, int col, int scale) {
  return sw_rows_is_null(e->rows, (size_t)col) ? 0 : sw_rows_decimal(e->rows, (size_t)col, scale);
}

static sw_str text(const explain *e, int col) {
  return sw_rows_is_null(e->rows, (size_t)col) ? (sw_str){NULL, 0} : sw_rows_str(e->rows, (size_t)col);
}

/* Ours carries all its factors in the deviation: theirs are set against it as one product where they are told apart. */
static void views(const explain *e, sw_settle_view *ours, sw_settle_view *theirs) {
  *ours = (sw_settle_view){text(e, Q_OGROUP), amount(e, Q_OPOINTS, 4), amount(e, Q_ODEV, 8), 10000, 10000, e->o->value_fen_e4, amount(e, Q_OPAID, 2)};
  *theirs = (sw_settle_view){text(e, Q_TGROUP), amount(e, Q_TPOINTS, 4), amount(e, Q_TDEV, 8), amount(e, Q_THOSP, 4), amount(e, Q_TAUX, 4),
                             amount(e, Q_TVALUE, 4) * 100, amount(e, Q_TPAID, 2)};
  if (theirs->deviation_e8 && (theirs->hospital_e4 || theirs->auxiliary_e4)) {
    int64_t h = theirs->hospital_e4 ? theirs->hospital_e4 : 10000, a = theirs->auxiliary_e4 ? theirs->auxiliary_e4 : 10000;
    /* Known to us only as a product: divide theirs out of ours, so that each factor's own effect shows. */
    ours->deviation_e8 = sw_muldiv(sw_muldiv(ours->deviation_e8, 10000, h), 10000, a);
    ours->hospital_e4 = h;
    ours->auxiliary_e4 = a;
  }
}

static void why(explain *e, const sw_settle_view *theirs) {
  if (!e->o->catalogue || !e->o->catalogue->drg || e->cases.at[SW_CASE_DX] < 0) return;
  const sw_drg_catalogue *c = e->o->catalogue->drg;
  sw_drg_case k;
  sw_advice a;
  sw_case_rows_take(&e->cases, &k);
  bool found = sw_drg_why(c, &k, sw_drg_find(c, theirs->group), &a);
  for (int l = 0; l < 2; ++l) {
    sw_buf_puts(&e->say[l], l == SW_LANG_ZH ? "；" : "; ");
    if (found) sw_drg_advice_say(c, &k, NULL, &a, 0, (sw_lang)l, &e->say[l]);
    else sw_buf_puts(&e->say[l], l == SW_LANG_ZH ? "编码的任何单一改动都得不到该组" : "no single change of the coding gives that group");
  }
}

static void put_fen(explain *e, size_t col, int64_t v, bool known) {
  if (!known || !sw_out_decimal(&e->k->columns[col], e->k->n, v)) sw_out_null(&e->k->columns[col], e->k->n);
}

static void put(explain *e, size_t col, sw_str s) {
  if (s.len) sw_out_str(&e->k->columns[col], e->k->n, s);
  else sw_out_null(&e->k->columns[col], e->k->n);
}

static void explain_row(explain *e) {
  bool has_ours = sw_rows_i64(e->rows, Q_OURS) != 0, has_theirs = sw_rows_i64(e->rows, Q_THEIRS) != 0;
  sw_settle_view ours, theirs;
  views(e, &ours, &theirs);
  sw_settle_difference d = {.total_fen = theirs.paid_fen - ours.paid_fen};
  d.rest_fen = d.total_fen;
  const char *kind = has_ours ? "only-ours" : "only-theirs";
  for (int l = 0; l < 2; ++l) sw_buf_clear(&e->say[l]);
  if (has_ours && has_theirs) {
    d = sw_settle_compare(&ours, &theirs);
    kind = sw_settle_kind_name(d.kind, SW_LANG_EN);
    ++e->n.kinds[d.kind];
    for (int l = 0; l < 2; ++l) sw_settle_say(&ours, &theirs, &d, (sw_lang)l, &e->say[l]);
    if (d.kind == SW_SETTLE_OTHER_GROUP) why(e, &theirs);
  } else {
    sw_buf_puts(&e->say[0], has_ours ? "经办结果中没有这一病例" : "本院没有这一病例");
    sw_buf_puts(&e->say[1], has_ours ? "the insurer's result does not have this case" : "we do not have this case");
    e->n.only_ours += has_ours;
    e->n.only_theirs += has_theirs;
  }
  ++e->n.cases;
  e->n.ours_fen += ours.paid_fen;
  e->n.theirs_fen += theirs.paid_fen;
  put(e, 0, text(e, Q_ORG));
  put(e, 1, text(e, Q_CASE));
  put(e, 2, sw_str_of(kind));
  put(e, 3, ours.group);
  put(e, 4, theirs.group);
  put_fen(e, 5, ours.points_e4, has_ours);
  put_fen(e, 6, theirs.points_e4, has_theirs && theirs.points_e4);
  put_fen(e, 7, ours.paid_fen, has_ours);
  put_fen(e, 8, theirs.paid_fen, has_theirs);
  const int64_t effects[] = {d.total_fen, d.points_fen, d.deviation_fen, d.hospital_fen, d.auxiliary_fen, d.value_fen, d.rest_fen};
  for (size_t i = 0; i < 7; ++i) put_fen(e, 9 + i, effects[i], true);
  put(e, 16, sw_buf_str(&e->say[0]));
  put(e, 17, sw_buf_str(&e->say[1]));
}

static sw_status explain_rows(explain *e, sw_error *err) {
  for (;;) {
    sw_status s = sw_sink_chunk(e->sink, &e->k, err);
    if (s) return s;
    sw_step step = SW_ROW;
    for (e->k->n = 0; e->k->n < e->k->cap && (step = sw_rows_next(e->rows, err)) == SW_ROW; ++e->k->n) explain_row(e);
    if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
    if (e->k->n) s = sw_sink_append(e->sink, err);
    if (!s) s = sw_cancel_check(e->o->cancel, err);
    if (s || step == SW_DONE) return s;
  }
}

static sw_status explain_with(sw_conn *c, sw_conn *w, explain *e, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_status s = make(w,
                     "CREATE OR REPLACE TABLE {} (org_code VARCHAR, case_no VARCHAR, kind VARCHAR, our_group VARCHAR, their_group VARCHAR,"
                     " our_points DECIMAL(18,4), their_points DECIMAL(18,4), our_paid DECIMAL(18,2), their_paid DECIMAL(18,2),"
                     " difference DECIMAL(18,2), by_points DECIMAL(18,2), by_deviation DECIMAL(18,2), by_hospital DECIMAL(18,2),"
                     " by_auxiliary DECIMAL(18,2), by_value DECIMAL(18,2), rest DECIMAL(18,2), why_zh VARCHAR, why_en VARCHAR)",
                     e->o->physical, "", e->o->cancel, err);
  if (!s) s = join_sql(e->o, &b, err);
  if (!s) s = sw_query(c, b.ptr, SW_NO_PARAMS, e->o->cancel, &e->rows, err);
  if (!s) s = sw_case_rows_init(&e->cases, e->rows, err);
  if (!s) s = sw_sink_open(w, "store", e->o->physical, &e->sink, err);
  if (!s) s = explain_rows(e, err);
  if (s) {
    sw_sink_abort(e->sink);
    return s;
  }
  return sw_sink_close(e->sink, err);
}

sw_status sw_insurer_explain(sw_conn *c, const sw_insurer_explain_options *o, sw_insurer_explained *out, sw_error *err) {
  explain e = {.o = o, .say = {SW_BUF_INIT, SW_BUF_INIT}};
  sw_conn *w = NULL;
  *out = (sw_insurer_explained){0};
  sw_status s = sw_conn_open(sw_conn_engine(c), &w, err);
  if (!s) s = explain_with(c, w, &e, err);
  sw_rows_free(e.rows);
  sw_case_rows_fini(&e.cases);
  sw_conn_close(w);
  sw_buf_fini(&e.say[0]);
  sw_buf_fini(&e.say[1]);
  if (s) return SW_FRAME(err, "解释经办机构结算结果", "explaining the insurer's result");
  e.n.difference_fen = e.n.theirs_fen - e.n.ours_fen;
  *out = e.n;
  return SW_OK;
}

sw_status sw_edition_rehearse(sw_conn *c, const char *before, const char *after, const char *points, const char *cases, int64_t fund_fen,
                              const char *physical, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  bool drg = strcmp(points, "weight") == 0;
  const char *group = drg ? "drg" : "dip";
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} AS WITH both_ AS (SELECT k.org_code, k.dept, k.cost, x.{} AS g0, y.{} AS g1,"
               " x.status = 'grouped' AS s0, y.status = 'grouped' AS s1, coalesce(x.{}, 0) AS p0, coalesce(y.{}, 0) AS p1"
               " FROM ({}) k JOIN {} x ON x.org_code = k.org_code AND x.case_no = k.case_no"
               " JOIN {} y ON y.org_code = k.org_code AND y.case_no = k.case_no),"
               " total AS (SELECT CAST(sum(p0) AS DOUBLE) AS t0, CAST(sum(p1) AS DOUBLE) AS t1 FROM both_)"
               " SELECT org_code, dept, count(*) AS cases, count(CASE WHEN g0 IS DISTINCT FROM g1 THEN 1 END) AS changed,"
               " count(CASE WHEN s0 AND NOT s1 THEN 1 END) AS lost, count(CASE WHEN s1 AND NOT s0 THEN 1 END) AS gained,"
               " CAST(sum(p0) AS DECIMAL(18,4)) AS points_before, CAST(sum(p1) AS DECIMAL(18,4)) AS points_after,"
               " CAST(sum(p1) - sum(p0) AS DECIMAL(18,4)) AS change, CAST(sum(p0) AS DOUBLE) / nullif(max(t0), 0) AS share_before,"
               " CAST(sum(p1) AS DOUBLE) / nullif(max(t1), 0) AS share_after,"
               " CAST(({} / 100.0) * (coalesce(CAST(sum(p1) AS DOUBLE) / nullif(max(t1), 0), 0) - coalesce(CAST(sum(p0) AS DOUBLE) /"
               " nullif(max(t0), 0), 0)) AS DECIMAL(18,2)) AS effect, CAST(sum(cost) AS DECIMAL(18,2)) AS cost"
               " FROM both_, total GROUP BY org_code, dept ORDER BY org_code, dept",
               sw_sql_table("store", physical), sw_sql_id(group), sw_sql_id(group), sw_sql_id(points), sw_sql_id(points), sw_sql_raw(sw_str_of(cases)),
               sw_sql_dotted(before), sw_sql_dotted(after), sw_sql_i64(fund_fen));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, cancel, err);
  return s ? SW_FRAME(err, "版本切换预演", "rehearsing the change of edition") : SW_OK;
}
