#include "coding/insurer.h"

#include "coding/case_rows.h"
#include "coding/insurer_why.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"

#include <stdlib.h>

enum { ROUNDING_FEN = 1 };

enum { Q_MONTH, Q_ORG, Q_CASE, Q_OURS, Q_THEIRS, Q_OMONTH, Q_OGROUP, Q_OPOINTS, Q_OFACTOR, Q_OHOSP, Q_OAUX, Q_OVALUE, Q_OPAID, Q_OCLASS, Q_OCOST, Q_TGROUP,
       Q_TCLASS, Q_TPOINTS, Q_TDEV, Q_THOSP, Q_TAUX, Q_TVALUE, Q_TPAID, Q_TCOST, Q_IMPLIED, Q_LAST };

typedef struct explain {
  const sw_insurer_explain_options *o;
  sw_rows *rows;
  sw_case_rows cases;
  sw_sink *sink;
  sw_out_chunk *k;
  sw_buf say[2];
  sw_insurer_explained n;
} explain;

/* A case that is settled in several months of theirs meets ours once: in our own month, or else in the first. Where their file
 * tells no point value, the one that most of the unsuspicious cases of a month and pool agree on is theirs. */
static const char MATCH[] =
    "WITH one_org AS (SELECT case_no, min(org_code) AS org FROM {} GROUP BY case_no HAVING count(DISTINCT org_code) = 1),"
    " t AS (SELECT x.* REPLACE (coalesce(x.org_code, u.org) AS org_code) FROM {} x LEFT JOIN one_org u ON x.org_code IS NULL AND u.case_no = x.case_no),"
    " o AS (SELECT *, {} AS own_value, {} AS own_paid FROM {}),"
    " m AS (SELECT t.*, o.month AS omonth, o.pool AS opool, o.group_code AS og, o.points AS op, o.factor AS ofa, o.hospital_factor AS oh,"
    "  o.auxiliary_factor AS oa, o.own_value AS ov, o.own_paid AS opaid, o.class AS oclass, o.cost AS ocost, o.case_no IS NOT NULL AS known,"
    "  row_number() OVER (PARTITION BY t.org_code, t.case_no ORDER BY CASE WHEN t.month = o.month THEN 0 ELSE 1 END, t.month) AS place"
    "  FROM t LEFT JOIN o ON o.org_code = t.org_code AND o.case_no = t.case_no),"
    " s AS (SELECT month, opool, ov, CAST(paid AS DOUBLE) AS paid, CAST(coalesce(points, op) AS DOUBLE) * CAST(coalesce(deviation, ofa) AS DOUBLE) *"
    "  CAST(coalesce(hospital_factor, oh) AS DOUBLE) * CAST(coalesce(auxiliary_factor, oa) AS DOUBLE) AS settled FROM m"
    "  WHERE place = 1 AND known AND value IS NULL AND ofa IS NOT NULL AND coalesce(group_code, og) = og AND ov > 0),"
    " mid AS (SELECT month, opool, median(paid / settled) AS v, count(*) AS n FROM s WHERE settled > 0 AND paid > 0 GROUP BY month, opool),"
    " implied AS (SELECT s.month, s.opool, sum(s.paid) / sum(s.settled) AS v FROM s JOIN mid ON mid.month = s.month AND mid.opool = s.opool"
    "  WHERE s.settled > 0 AND abs(s.paid - mid.v * s.settled) <= 0.02 + 0.000002 * s.paid GROUP BY s.month, s.opool"
    "  HAVING count(*) >= 5 AND 2 * count(*) >= max(mid.n)),"
    " rows_ AS (SELECT m.month AS k_month, m.org_code AS k_org, m.case_no AS k_case, m.known AND m.place = 1 AS ours, true AS theirs, m.omonth, m.og, m.op,"
    "  m.ofa, m.oh, m.oa, m.ov, m.opaid, m.oclass, m.ocost, m.group_code AS tg, m.class AS tc, m.points AS tp, m.deviation AS td, m.hospital_factor AS th,"
    "  m.auxiliary_factor AS ta, m.value AS tv, m.paid AS tpaid, m.cost AS tcost,"
    "  CASE WHEN m.value IS NULL AND m.ov > 0 AND abs(i.v / CAST(m.ov AS DOUBLE) - 1) > 0.000001 THEN CAST(i.v AS DECIMAL(18,6)) END AS iv"
    "  FROM m LEFT JOIN implied i ON i.month = m.month AND i.opool = m.opool"
    "  UNION ALL SELECT o.month, o.org_code, o.case_no, true, false, o.month, o.group_code, o.points, o.factor, o.hospital_factor, o.auxiliary_factor,"
    "  o.own_value, o.own_paid, o.class, o.cost, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM o"
    "  WHERE o.class <> 'excluded' AND EXISTS (SELECT 1 FROM t WHERE t.org_code = o.org_code AND t.month = o.month)"
    "  AND NOT EXISTS (SELECT 1 FROM t WHERE t.org_code = o.org_code AND t.case_no = o.case_no))"
    " SELECT r.*, g.* FROM rows_ r LEFT JOIN ({}) g ON g.org_code = r.k_org AND g.case_no = r.k_case ORDER BY r.k_month, r.k_org, r.k_case";

static sw_status match_sql(const sw_insurer_explain_options *o, sw_buf *b, sw_error *err) {
  static const char none[] = "SELECT NULL AS org_code, NULL AS case_no, NULL AS dx WHERE false";
  bool monthly = o->basis == SW_INSURER_MONTHLY;
  sw_sql_build(b, MATCH, sw_sql_dotted(o->ours), sw_sql_dotted(o->theirs), sw_sql_id(monthly ? "value_monthly" : "value"),
               sw_sql_id(monthly ? "paid_monthly" : "paid"), sw_sql_dotted(o->ours), sw_sql_raw(sw_str_of(o->cases ? o->cases : none)));
  return sw_buf_check(b, err);
}

static int64_t amount(const explain *e, int col, int scale) {
  return sw_rows_is_null(e->rows, (size_t)col) ? 0 : sw_rows_decimal(e->rows, (size_t)col, scale);
}

static sw_str text(const explain *e, int col) {
  return sw_rows_is_null(e->rows, (size_t)col) ? (sw_str){NULL, 0} : sw_rows_str(e->rows, (size_t)col);
}

static void views(const explain *e, sw_settle_view *ours, sw_settle_view *theirs) {
  *ours = (sw_settle_view){text(e, Q_OGROUP), amount(e, Q_OPOINTS, 4), amount(e, Q_OFACTOR, 8), amount(e, Q_OHOSP, 4), amount(e, Q_OAUX, 4),
                           amount(e, Q_OVALUE, 6), amount(e, Q_OPAID, 2)};
  *theirs = (sw_settle_view){text(e, Q_TGROUP), amount(e, Q_TPOINTS, 4), amount(e, Q_TDEV, 8), amount(e, Q_THOSP, 4), amount(e, Q_TAUX, 4),
                             amount(e, Q_TVALUE, 6), amount(e, Q_TPAID, 2)};
  if (theirs->value_fen_e4 == 0) theirs->value_fen_e4 = amount(e, Q_IMPLIED, 6);
}

static int64_t far(int64_t fen) { return fen < 0 ? -fen : fen; }

/* --- hypotheses ------------------------------------------------------------------------------- */

typedef struct verdict {
  sw_settle_difference d;
  int64_t rounding_fen;
  const char *cause;
} verdict;

static sw_settle_view told(const sw_settle_view *ours, const sw_settle_view *theirs) {
  sw_settle_view v = *ours;
  if (theirs->points_e4) v.points_e4 = theirs->points_e4;
  if (theirs->deviation_e8) v.deviation_e8 = theirs->deviation_e8;
  if (theirs->hospital_e4) v.hospital_e4 = theirs->hospital_e4;
  if (theirs->auxiliary_e4) v.auxiliary_e4 = theirs->auxiliary_e4;
  if (theirs->value_fen_e4) v.value_fen_e4 = theirs->value_fen_e4;
  return v;
}

static bool fits(const sw_settle_view *v, int64_t paid) { return far(sw_settle_amount(v) - paid) <= ROUNDING_FEN; }

static void say_both(explain *e, const char *zh, const char *en) {
  const char *words[2] = {zh, en};
  for (int l = 0; l < 2; ++l) {
    if (e->say[l].len) sw_buf_puts(&e->say[l], l == SW_LANG_ZH ? "；" : "; ");
    sw_buf_puts(&e->say[l], words[l]);
  }
}

/* Factors that the file does not tell, tried with the value that leaves them out: does the amount then fit? */
static bool left_out(explain *e, const sw_settle_view *ours, const sw_settle_view *theirs, verdict *v) {
  sw_settle_view w = told(ours, theirs);
  if (!theirs->deviation_e8 && w.deviation_e8 != 100000000) {
    sw_settle_view x = w;
    x.deviation_e8 = 100000000;
    if (fits(&x, theirs->paid_fen)) {
      v->d.deviation_fen += v->d.rest_fen;
      v->d.rest_fen = 0;
      v->cause = "high-low-multiple";
      say_both(e, "经办按正常病例结算，本院计为高低倍率（费用偏差）病例", "they settled it as a normal case; we as one of high or low multiple");
      return true;
    }
  }
  if (!theirs->hospital_e4 && w.hospital_e4 != 10000) {
    sw_settle_view x = w;
    x.hospital_e4 = 10000;
    if (fits(&x, theirs->paid_fen)) {
      v->d.hospital_fen += v->d.rest_fen;
      v->d.rest_fen = 0;
      v->cause = "hospital-factor";
      say_both(e, "经办未用医院系数", "they did not apply the hospital factor");
      return true;
    }
  }
  if (!theirs->auxiliary_e4 && w.auxiliary_e4 != 10000) {
    sw_settle_view x = w;
    x.auxiliary_e4 = 10000;
    if (fits(&x, theirs->paid_fen)) {
      v->d.auxiliary_fen += v->d.rest_fen;
      v->d.rest_fen = 0;
      v->cause = "auxiliary-factor";
      say_both(e, "经办未用辅助系数", "they did not apply the auxiliary factor");
      return true;
    }
  }
  return false;
}

static bool multiple_class(sw_str s) {
  static const char *const words[] = {"高", "低", "high", "low"};
  for (size_t i = 0; i < 4; ++i)
    if (sw_str_find(s, sw_str_of(words[i])) >= 0) return true;
  return false;
}

/* What the amount alone can still tell. */
static void other_hypotheses(explain *e, const sw_settle_view *ours, const sw_settle_view *theirs, verdict *v) {
  int64_t cost = amount(e, Q_TCOST, 2) ? amount(e, Q_TCOST, 2) : amount(e, Q_OCOST, 2);
  bool ours_normal = sw_str_eqz(text(e, Q_OCLASS), "normal");
  if (theirs->paid_fen == 0) {
    v->cause = "not-paid";
    say_both(e, "经办支付为 0", "they paid nothing");
  } else if (cost > 0 && far(theirs->paid_fen - cost) <= ROUNDING_FEN) {
    v->cause = "at-cost";
    v->d.deviation_fen += v->d.rest_fen;
    v->d.rest_fen = 0;
    say_both(e, "经办按实际费用支付", "they paid the actual cost");
  } else if (!theirs->deviation_e8 && multiple_class(text(e, Q_TCLASS)) && ours_normal) {
    v->cause = "high-low-multiple";
    v->d.deviation_fen += v->d.rest_fen;
    v->d.rest_fen = 0;
    say_both(e, "经办计为高低倍率（费用偏差）病例，本院为正常病例", "they settled it as one of high or low multiple; we as a normal case");
  } else if (amount(e, Q_TCOST, 2) && amount(e, Q_TCOST, 2) != amount(e, Q_OCOST, 2)) {
    v->cause = "cost";
    say_both(e, "经办所记总费用不同", "they have another total cost");
  } else {
    v->cause = "unexplained";
    sw_settle_view w = told(ours, theirs);
    int64_t fits_fen = sw_settle_amount(&w);
    for (int l = 0; l < 2 && fits_fen > 0; ++l)
      sw_buf_printf(&e->say[l], l == SW_LANG_ZH ? "；经办金额是所列因素算得的 %.6f 倍" : "; their amount is %.6f times what the factors give",
                    (double)theirs->paid_fen / (double)fits_fen);
  }
}

/* Which of the factors makes the difference; the point value is everybody's and counts only when it is alone. */
static const char *cause_of(const verdict *v) {
  const struct {
    int64_t fen;
    const char *word;
  } parts[] = {{v->d.points_fen, "points"}, {v->d.deviation_fen, "high-low-multiple"}, {v->d.hospital_fen, "hospital-factor"}, {v->d.auxiliary_fen, "auxiliary-factor"}};
  const char *one = NULL;
  for (size_t i = 0; i < 4; ++i)
    if (parts[i].fen) one = one ? "several" : parts[i].word;
  if (one) return one;
  if (v->d.value_fen) return "value";
  return v->rounding_fen ? "rounding" : "same";
}

/* --- a case ----------------------------------------------------------------------------------- */

static void both_sides(explain *e, const sw_settle_view *ours, const sw_settle_view *theirs, verdict *v) {
  v->d = sw_settle_compare(ours, theirs);
  bool at_cost = amount(e, Q_OFACTOR, 8) == 0, other = v->d.kind == SW_SETTLE_OTHER_GROUP;
  if (at_cost) { /* no points of ours to go by: the factors say nothing */
    v->d.points_fen = v->d.deviation_fen = v->d.hospital_fen = v->d.auxiliary_fen = v->d.value_fen = 0;
    v->d.rest_fen = v->d.total_fen;
    if (v->d.kind == SW_SETTLE_OTHER_POINTS) v->d.kind = v->d.total_fen ? SW_SETTLE_OTHER_AMOUNT : SW_SETTLE_SAME;
  }
  if (far(v->d.rest_fen) <= ROUNDING_FEN + (amount(e, Q_IMPLIED, 6) != 0)) {
    v->rounding_fen = v->d.rest_fen;
    v->d.rest_fen = 0;
  }
  for (int l = 0; l < 2; ++l) {
    sw_settle_difference said = v->d;
    said.rest_fen += v->rounding_fen;
    sw_settle_say(ours, theirs, &said, (sw_lang)l, &e->say[l]);
  }
  v->cause = cause_of(v);
  if (other) {
    for (int l = 0; l < 2; ++l) sw_buf_puts(&e->say[l], l == SW_LANG_ZH ? "；" : "; ");
    sw_drg_case k = SW_DRG_CASE_INIT;
    if (e->cases.at[SW_CASE_DX] >= 0) sw_case_rows_take(&e->cases, &k);
    v->cause = sw_insurer_why(e->o, &k, theirs->group, e->say);
  } else if (v->d.rest_fen && !left_out(e, ours, theirs, v)) {
    other_hypotheses(e, ours, theirs, v);
  }
  if (v->d.kind == SW_SETTLE_OTHER_AMOUNT && (v->d.deviation_fen || v->d.hospital_fen || v->d.auxiliary_fen)) v->d.kind = SW_SETTLE_OTHER_POINTS;
}

static void one_side(explain *e, bool has_ours, bool elsewhere, verdict *v) {
  v->d.rest_fen = v->d.total_fen;
  v->cause = has_ours ? "missing-theirs" : elsewhere ? "other-month" : "missing-ours";
  if (has_ours) say_both(e, "经办结果中没有这一病例", "the insurer's result does not have this case");
  else if (elsewhere) say_both(e, "这一病例在经办的另一月份里已与本院比对", "this case is set against ours in another month of theirs");
  else say_both(e, "本院没有这一病例", "we do not have this case");
}

static void put_fen(explain *e, size_t col, int64_t v, bool known) {
  if (!known || !sw_out_decimal(&e->k->columns[col], e->k->n, v)) sw_out_null(&e->k->columns[col], e->k->n);
}

static void put(explain *e, size_t col, sw_str s) {
  if (s.len) sw_out_str(&e->k->columns[col], e->k->n, s);
  else sw_out_null(&e->k->columns[col], e->k->n);
}

static void put_row(explain *e, const char *kind, const sw_settle_view *ours, const sw_settle_view *theirs, bool has_ours, bool has_theirs, const verdict *v) {
  put(e, 0, text(e, Q_MONTH));
  put(e, 1, text(e, Q_ORG));
  put(e, 2, text(e, Q_CASE));
  put(e, 3, sw_str_of(kind));
  put(e, 4, sw_str_of(v->cause));
  put(e, 5, has_ours ? ours->group : (sw_str){NULL, 0});
  put(e, 6, theirs->group);
  put_fen(e, 7, ours->points_e4, has_ours && ours->points_e4);
  put_fen(e, 8, theirs->points_e4, has_theirs && theirs->points_e4);
  put_fen(e, 9, ours->paid_fen, has_ours);
  put_fen(e, 10, theirs->paid_fen, has_theirs);
  const int64_t effects[] = {v->d.total_fen,     v->d.points_fen, v->d.deviation_fen, v->d.hospital_fen,
                             v->d.auxiliary_fen, v->d.value_fen,  v->rounding_fen,    v->d.rest_fen};
  for (size_t i = 0; i < 8; ++i) put_fen(e, 11 + i, effects[i], true);
  put(e, 19, sw_buf_str(&e->say[0]));
  put(e, 20, sw_buf_str(&e->say[1]));
}

static void explain_row(explain *e) {
  bool has_ours = sw_rows_i64(e->rows, Q_OURS) != 0, has_theirs = sw_rows_i64(e->rows, Q_THEIRS) != 0;
  sw_settle_view ours, theirs;
  views(e, &ours, &theirs);
  if (!has_ours) ours.paid_fen = 0;
  verdict v = {.d = {.total_fen = theirs.paid_fen - ours.paid_fen}};
  const char *kind = has_ours ? "only-ours" : "only-theirs";
  for (int l = 0; l < 2; ++l) sw_buf_clear(&e->say[l]);
  if (has_ours && has_theirs) {
    both_sides(e, &ours, &theirs, &v);
    kind = sw_settle_kind_name(v.d.kind, SW_LANG_EN);
    ++e->n.kinds[v.d.kind];
    if (e->o->basis == SW_INSURER_MONTHLY && !sw_str_eq(text(e, Q_MONTH), text(e, Q_OMONTH)) && v.d.total_fen) {
      say_both(e, "本院计在另一月份", "ours is in another month");
      if (v.d.kind != SW_SETTLE_OTHER_GROUP) v.cause = "other-month";
    }
  } else {
    one_side(e, has_ours, sw_rows_is_null(e->rows, Q_OMONTH) == 0, &v);
    e->n.only_ours += has_ours;
    e->n.only_theirs += has_theirs;
  }
  ++e->n.cases;
  e->n.ours_fen += ours.paid_fen;
  e->n.theirs_fen += theirs.paid_fen;
  if (has_ours && has_theirs && v.d.rest_fen) {
    ++e->n.unexplained;
    e->n.unexplained_fen += v.d.rest_fen;
  }
  put_row(e, kind, &ours, &theirs, has_ours, has_theirs, &v);
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

static sw_status make(sw_conn *c, const char *fmt, const char *physical, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, fmt, sw_sql_table("store", physical));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(c, b.ptr, cancel, err);
}

static sw_status make_total(sw_conn *c, const sw_insurer_explain_options *o, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  sw_buf_printf(&name, "%s__total", o->physical);
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} AS SELECT month, org_code, cause, count(*) AS cases, CAST(coalesce(sum(our_paid), 0) AS DECIMAL(18,2)) AS ours,"
               " CAST(coalesce(sum(their_paid), 0) AS DECIMAL(18,2)) AS theirs, CAST(sum(difference) AS DECIMAL(18,2)) AS difference"
               " FROM {} GROUP BY month, org_code, cause ORDER BY month, org_code, cause",
               sw_sql_table("store", name.ptr), sw_sql_table("store", o->physical));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(c, b.ptr, o->cancel, err);
}

static sw_status explain_with(sw_conn *c, sw_conn *w, explain *e, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_status s = make(w,
                     "CREATE OR REPLACE TABLE {} (month VARCHAR, org_code VARCHAR, case_no VARCHAR, kind VARCHAR, cause VARCHAR, our_group VARCHAR,"
                     " their_group VARCHAR, our_points DECIMAL(18,4), their_points DECIMAL(18,4), our_paid DECIMAL(18,2), their_paid DECIMAL(18,2),"
                     " difference DECIMAL(18,2), by_points DECIMAL(18,2), by_deviation DECIMAL(18,2), by_hospital DECIMAL(18,2),"
                     " by_auxiliary DECIMAL(18,2), by_value DECIMAL(18,2), by_rounding DECIMAL(18,2), rest DECIMAL(18,2), why_zh VARCHAR, why_en VARCHAR)",
                     e->o->physical, e->o->cancel, err);
  if (!s) s = match_sql(e->o, &b, err);
  if (!s) s = sw_query(c, b.ptr, SW_NO_PARAMS, e->o->cancel, &e->rows, err);
  if (!s) s = sw_case_rows_init(&e->cases, e->rows, err);
  if (!s) s = sw_sink_open(w, "store", e->o->physical, &e->sink, err);
  if (!s) s = explain_rows(e, err);
  if (s) {
    sw_sink_abort(e->sink);
    return s;
  }
  s = sw_sink_close(e->sink, err);
  return s ? s : make_total(w, e->o, err);
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
