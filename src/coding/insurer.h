/* The insurer's monthly result: imported, set against our own settlement, explained case by case, to the fen.
 *
 * The file is CSV, one line a case; columns by name, Chinese or English (the first that exists):
 *   org_code | 医疗机构代码                  (optional: the caller's institution)
 *   case_no | 住院流水号 | 就诊号 | 病案号     required
 *   group_code | 病组编码 | DRG编码 | DIP编码
 *   points | 分值 | 权重      deviation | 偏差系数      hospital_factor | 医院系数 | 机构系数
 *   auxiliary_factor | 辅助系数      value | 点值 | 费率      paid | 支付金额 | 应付金额   required
 *
 * A line without case number or amount is a reject, listed with its line. */
#ifndef SW_CODING_INSURER_H
#define SW_CODING_INSURER_H

#include "coding/catalogue.h"
#include "engine/engine.h"
#include "medic/settle_explain.h"

typedef struct sw_insurer_counts {
  int64_t lines, taken, rejected, repeated; /* lines = taken + rejected; repeated: cases given twice, their amounts summed */
  int64_t paid_fen;
} sw_insurer_counts;

/* Makes store.<physical>: org_code, case_no, group_code, points, deviation, hospital_factor, auxiliary_factor, value, paid, lines,
 * first_line; and store.<physical>__rejects: line, reason_zh, reason_en. */
SW_CHECKED sw_status sw_insurer_import(sw_conn *c, const char *file, const char *org_code, const char *physical, const sw_cancel *cancel,
                                       sw_insurer_counts *out, sw_error *err);

typedef struct sw_insurer_explain_options {
  const char *ours;      /* table of sw_settle_run: "store.x" or a view "dws.settle" */
  const char *theirs;    /* table of sw_insurer_import */
  const char *cases;     /* SELECT of cases for "why another group"; NULL: none (only the groups are told) */
  const sw_catalogue *catalogue; /* DRG; NULL: none */
  int64_t value_fen_e4;  /* our point value (DRG: rate), of sw_settle_run_counts */
  const char *physical;
  const sw_cancel *cancel;
} sw_insurer_explain_options;

typedef struct sw_insurer_explained {
  int64_t cases, kinds[SW_SETTLE_KINDS], only_ours, only_theirs;
  int64_t ours_fen, theirs_fen, difference_fen; /* difference = theirs - ours = sum over all cases */
} sw_insurer_explained;

/* Makes store.<physical>: org_code, case_no, kind, our_group, their_group, our_points, their_points, our_paid, their_paid, difference,
 * by_points, by_deviation, by_hospital, by_auxiliary, by_value, rest, why_zh, why_en; kind also only-ours, only-theirs. */
SW_CHECKED sw_status sw_insurer_explain(sw_conn *c, const sw_insurer_explain_options *o, sw_insurer_explained *out, sw_error *err);

/* A change of edition rehearsed: two group tables of the same cases (store.<a>, store.<b>) and a SELECT with org_code, case_no,
 * dept, cost. Makes store.<physical>: org_code, dept, cases, changed, lost (grouped before, not after), gained, weight_before,
 * weight_after, change (weights, or points of DIP), share of the total before and after, and effect: what the department gains when
 * the fund (`fund_fen`) is split by the new weights instead of the old. */
SW_CHECKED sw_status sw_edition_rehearse(sw_conn *c, const char *before, const char *after, const char *points, const char *cases,
                                         int64_t fund_fen, const char *physical, const sw_cancel *cancel, sw_error *err);

#endif
