/* suwen group explain CASE: why the case is in its group, what it is paid, what would change that, and what speaks for or against it. */
#include "cli/cmd_coding.h"
#include "cli/warehouse.h"
#include "engine/sql.h"

static const sw_listing_column COLUMNS[] = {{"org_code", {"机构", "institution"}, SW_CELL_TEXT}, {"case_no", {"病例", "case"}, SW_CELL_TEXT}, {"what", {"内容", "what"}, SW_CELL_TEXT},
                                            {"code", {"编码", "code"}, SW_CELL_TEXT},            {"group", {"病组", "group"}, SW_CELL_TEXT},  {"yuan", {"元", "yuan"}, SW_CELL_MONEY},
                                            {"text", {"说明", "explanation"}, SW_CELL_PROSE}};

#define CLASS_ZH                                                                                                               \
  "CASE class WHEN 'normal' THEN '正常' WHEN 'low' THEN '低倍率' WHEN 'high' THEN '高倍率' WHEN 'at cost' THEN '按费用' WHEN 'per diem'" \
  " THEN '床日' ELSE '不纳入' END"

/* Parts of the answer by the table that holds them; {} is the language's column of words. */
typedef struct part {
  const char *schema, *table, *sql[2];
} part;

static const part PARTS[] = {
    {"dws", "drg_case",
     {"SELECT 1 AS n, org_code, case_no, CASE WHEN status = 'grouped' THEN '分组' ELSE '未入组' END AS what, principal_code AS code, drg AS grp, NULL AS yuan,"
      " coalesce(drg_name || '；', '') || path_zh AS text FROM dws.drg_case",
      "SELECT 1 AS n, org_code, case_no, status AS what, principal_code AS code, drg AS grp, NULL AS yuan, coalesce(drg_name || '; ', '') || path_en AS text FROM dws.drg_case"}},
    {"dws", "drg_settlement",
     {"SELECT 2, org_code, case_no, '支付', NULL, group_code, paid, '权重 ' || coalesce(CAST(points AS VARCHAR), '无') || coalesce(' × 倍率 ' || CAST(factor AS VARCHAR), '') ||"
      " coalesce(' × 医院系数 ' || CAST(hospital_factor AS VARCHAR), '') || coalesce(' × 费率 ' || CAST(value AS VARCHAR), '') || '；' || " CLASS_ZH " || '；费用 ' ||"
      " CAST(cost AS VARCHAR) || '，盈亏 ' || coalesce(CAST(gain AS VARCHAR), '不计') || CASE WHEN special THEN '；可申请特例单议' ELSE '' END FROM dws.drg_settlement",
      "SELECT 2, org_code, case_no, 'payment', NULL, group_code, paid, 'weight ' || coalesce(CAST(points AS VARCHAR), 'none') || coalesce(' × multiple ' || CAST(factor AS VARCHAR), '') ||"
      " coalesce(' × hospital factor ' || CAST(hospital_factor AS VARCHAR), '') || coalesce(' × rate ' || CAST(value AS VARCHAR), '') || '; ' || class || '; cost ' ||"
      " CAST(cost AS VARCHAR) || ', gain ' || coalesce(CAST(gain AS VARCHAR), 'none') || CASE WHEN special THEN '; may be put up for individual review' ELSE '' END FROM dws.drg_settlement"}},
    {"dws", "dip_case",
     {"SELECT 2.1, org_code, case_no, CASE WHEN status = 'grouped' THEN '分组（DIP）' ELSE '未入组（DIP）' END, principal_code, dip, NULL, coalesce(dip_name || '；', '') || path_zh"
      " FROM dws.dip_case",
      "SELECT 2.1, org_code, case_no, status || ' (DIP)', principal_code, dip, NULL, coalesce(dip_name || '; ', '') || path_en FROM dws.dip_case"}},
    {"dws", "dip_settlement",
     {"SELECT 2.2, org_code, case_no, '支付（DIP）', NULL, group_code, paid, '分值 ' || coalesce(CAST(points AS VARCHAR), '无') || coalesce(' × 偏差系数 ' || CAST(factor AS VARCHAR), '') ||"
      " coalesce(' × 医院系数 ' || CAST(hospital_factor AS VARCHAR), '') || coalesce(' × 辅助系数 ' || CAST(auxiliary_factor AS VARCHAR), '') || coalesce(' × 点值 ' || CAST(value AS VARCHAR), '') ||"
      " '；' || " CLASS_ZH " || '；费用 ' || CAST(cost AS VARCHAR) || '，盈亏 ' || coalesce(CAST(gain AS VARCHAR), '不计') || CASE WHEN special THEN '；可申请特例单议' ELSE '' END FROM dws.dip_settlement",
      "SELECT 2.2, org_code, case_no, 'payment (DIP)', NULL, group_code, paid, 'points ' || coalesce(CAST(points AS VARCHAR), 'none') || coalesce(' × deviation ' || CAST(factor AS VARCHAR), '') ||"
      " coalesce(' × hospital factor ' || CAST(hospital_factor AS VARCHAR), '') || coalesce(' × auxiliary factor ' || CAST(auxiliary_factor AS VARCHAR), '') || coalesce(' × point value ' || CAST(value AS VARCHAR), '') ||"
      " '; ' || class || '; cost ' || CAST(cost AS VARCHAR) || ', gain ' || coalesce(CAST(gain AS VARCHAR), 'none') || CASE WHEN special THEN '; may be put up for individual review' ELSE '' END FROM dws.dip_settlement"}},
    {"ads", "coding_advice",
     {"SELECT CASE side WHEN 'missed' THEN 3 WHEN 'up-coding' THEN 4 ELSE 5 END, org_code, case_no, CASE side WHEN 'missed' THEN '漏编' WHEN 'up-coding' THEN '高编' ELSE '提示' END, code,"
      " to_group, yuan, text_zh FROM ads.coding_advice",
      "SELECT CASE side WHEN 'missed' THEN 3 WHEN 'up-coding' THEN 4 ELSE 5 END, org_code, case_no, side, code, to_group, yuan, text_en FROM ads.coding_advice"}},
    {"ads", "coding_check",
     {"SELECT 6, org_code, case_no, '质控', coalesce(code, ''), other_group, yuan, rule || '（' || table_name || '）未通过；该例支付 ' || coalesce(CAST(paid AS VARCHAR), '无') FROM ads.coding_check",
      "SELECT 6, org_code, case_no, 'rule', coalesce(code, ''), other_group, yuan, rule || ' (' || table_name || ') failed; the case is paid ' || coalesce(CAST(paid AS VARCHAR), 'nothing') FROM ads.coding_check"}},
    {"ads", "insurer_difference",
     {"SELECT 7, org_code, case_no, '经办', NULL, their_group, difference, month || '：' || why_zh FROM ads.insurer_difference",
      "SELECT 7, org_code, case_no, 'insurer', NULL, their_group, difference, month || ': ' || why_en FROM ads.insurer_difference"}},
};

static sw_status explain(const sw_cli *cli, sw_conn *c, const char *case_no, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  int64_t known = 0;
  sw_status s = sw_query_i64(c, "SELECT count(*) FROM dws.drg_case WHERE case_no = $1 AND ($2::VARCHAR IS NULL OR org_code = $2)",
                             SW_PARAMS(sw_p_strz(case_no), sw_p_strz(sw_cli_opt(cli, "org"))), cli->cancel, &known, NULL, err);
  if (!s && known == 0)
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0350", "没有这个住院病例；编号是 case_no（见 dws.drg_case）", "there is no such stay; the number is case_no (see dws.drg_case)");
  sw_buf_puts(&sql, "SELECT org_code, case_no, what, code, grp, yuan, text FROM (");
  for (size_t i = 0; !s && i < sizeof PARTS / sizeof *PARTS; ++i) {
    bool there = i == 0;
    if (i) s = sw_table_exists(c, PARTS[i].schema, PARTS[i].table, &there, err);
    if (there) sw_sql_build(&sql, "{}{}", sw_sql_raw(i ? SW_LIT(" UNION ALL ") : SW_LIT("")), sw_sql_raw(sw_str_of(PARTS[i].sql[cli->lang])));
  }
  sw_buf_puts(&sql, ") WHERE case_no = $1 AND ($2::VARCHAR IS NULL OR org_code = $2) ORDER BY org_code, n, abs(coalesce(yuan, 0)) DESC, code, text");
  if (!s) s = sw_buf_check(&sql, err);
  return s ? s : sw_cli_list_query(cli, c, sql.ptr, SW_PARAMS(sw_p_strz(case_no), sw_p_strz(sw_cli_opt(cli, "org"))), COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, err);
}

sw_status sw_cli_group_explain(sw_cli *cli, sw_error *err) {
  sw_cli_warehouse w;
  const char *case_no = sw_cli_arg(cli, 1);
  if (!case_no) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0351", "用法：suwen group explain 病例号 [--org 机构] -C 工作区", "usage: suwen group explain CASE [--org CODE] -C WORKSPACE");
  sw_status s = sw_cli_warehouse_open(cli, &w, err);
  if (!s) s = sw_cli_need_table(w.conn, "dws", "drg_case", "group", err);
  if (!s) s = explain(cli, w.conn, case_no, err);
  sw_cli_warehouse_close(&w);
  return s;
}
