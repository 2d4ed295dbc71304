/* suwen person ID: the 360-degree history of one person across institutions. */
#include "cli/cmd_identity.h"
#include "cli/warehouse.h"
#include "identity/history.h"

#include <stdlib.h>

static const char *const DETAILS_ZH =
    "ID 是人的编号（person.registration 的 person_id），或“机构|患者号”。\n"
    "按时间列出各机构的登记、就诊、住院与转科、诊断、手术、医嘱、检验、检查、文书、费用、结算与报告卡。";
static const char *const DETAILS_EN =
    "ID is a person's id (person_id of person.registration), or \"institution|patient number\".\n"
    "Lists, by time and from every institution: registrations, visits, stays and transfers, diagnoses,\noperations, orders, results, notes, fees, settlements, cards.";

static sw_status print_history(sw_cli *cli, sw_conn *conn, sw_str id, sw_error *err) {
  static const sw_listing_column COLUMNS[] = {
      {"at", {"时间", "at"}, SW_CELL_TEXT}, {"event", {"事件", "event"}, SW_CELL_TEXT}, {"org_code", {"机构", "institution"}, SW_CELL_TEXT},
      {"patient_id", {"患者号", "patient"}, SW_CELL_TEXT}, {"key", {"编号", "key"}, SW_CELL_TEXT}, {"detail", {"内容", "detail"}, SW_CELL_TEXT}};
  enum { N = sizeof COLUMNS / sizeof *COLUMNS };
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status s = sw_person_history_sql(conn, &sql, err);
  return s == SW_OK ? sw_cli_list_query(cli, conn, sql.ptr, SW_PARAMS(sw_p_str(id)), COLUMNS, N, err) : s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  sw_conn *conn = NULL;
  SW_AUTO(sw_buf) id = SW_BUF_INIT;
  sw_status s = sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &w, err);
  if (s == SW_OK) s = sw_workspace_connect(w, &conn, err);
  if (s == SW_OK) s = sw_person_resolve(conn, sw_str_of(sw_cli_arg(cli, 0)), &id, err);
  if (s == SW_OK) s = print_history(cli, conn, sw_buf_str(&id), err);
  sw_conn_close(conn);
  sw_workspace_close(w);
  return s;
}

const sw_command SW_CMD_PERSON = {.name = "person", .args = "ID", .min_args = 1, .max_args = 1, .help = {"一个人在各机构的全部经历", "one person's history across institutions"}, .details = {DETAILS_ZH, DETAILS_EN}, .run = run};
