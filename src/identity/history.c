#include "identity/history.h"

#include "engine/sql.h"

typedef struct source {
  const char *event, *schema, *table, *time, *key, *detail;
} source;

/* Detail columns hold names and conclusions, not whole texts. */
static const source sources[] = {
    {"registration", "dwd", "patient", "registered_at", "patient_id", "name"},
    {"visit", "dwd", "visit", "visit_time", "visit_id", "diagnosis_name"},
    {"admission", "dwd", "admission", "admit_time", "case_no", "principal_name"},
    {"discharge", "dwd", "admission", "discharge_time", "case_no", "principal_name"},
    {"transfer", "dwd", "bed_movement", "begin_time", "case_no", "ward"},
    {"front_page_diagnosis", "dws", "diagnosis", "discharge_time", "case_no", "name"},
    {"front_page_procedure", "dws", "procedure", "start_time", "case_no", "name"},
    {"diagnosis", "dwd", "clinical_diagnosis", "diagnosed_at", "diagnosis_id", "name"},
    {"operation", "dwd", "operation", "start_time", "operation_id", "name"},
    {"order", "dwd", "order_item", "start_time", "order_id", "item_name"},
    {"laboratory", "dwd", "lab_result", "reported_at", "report_no", "item_name"},
    {"examination", "dwd", "exam_report", "reported_at", "report_id", "item_name"},
    {"pathology", "dwd", "pathology_report", "reported_at", "report_id", "diagnosis"},
    {"note", "dwd", "progress_note", "written_at", "note_id", "title"},
    {"fee", "dws", "fee", "first_charge", "encounter_id", "net_amount"},
    {"settlement", "dwd", "settlement", "settled_at", "settlement_id", "total_amount"},
    {"infectious_card", "dwd", "infectious_card", "reported_at", "card_id", "disease_name"},
    {"death_card", "dwd", "death_card", "death_time", "card_id", "cause_a"},
};

static bool has(const sw_column_info *info, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(info[i].name, name) == 0) return true;
  return false;
}

static void put_source(sw_conn *c, const source *s, sw_buf *out, bool *first) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_error absent = SW_ERROR_INIT;
  sw_column_info *info;
  size_t n;
  if (sw_describe_table(c, s->schema, s->table, &a, &info, &n, &absent) || !has(info, n, "org_code") || !has(info, n, "patient_id") || !has(info, n, s->time)) return;
  sw_sql_arg key = has(info, n, s->key) ? sw_sql_id(s->key) : sw_sql_null(), detail = has(info, n, s->detail) ? sw_sql_id(s->detail) : sw_sql_null();
  if (!*first) sw_buf_puts(out, " UNION ALL ");
  *first = false;
  sw_sql_build(out, "SELECT CAST({} AS TIMESTAMP) AS \"at\", {} AS event, org_code, patient_id, CAST({} AS VARCHAR) AS key, CAST({} AS VARCHAR) AS detail FROM {} WHERE (org_code, patient_id) IN (SELECT org_code, patient_id FROM r)",
               sw_sql_id(s->time), sw_sql_text(s->event), key, detail, sw_sql_table(s->schema, s->table));
}

static sw_status need_persons(sw_conn *c, sw_error *err) {
  bool there;
  if (sw_table_exists(c, "person", "registration", &there, err)) return err ? err->status : SW_E_ENGINE;
  if (there) return SW_OK;
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0060", "还没有关联过登记：先运行含 identify 步骤的流程", "no registrations have been linked yet: run a flow with an identify step");
}

sw_status sw_person_history_sql(sw_conn *c, sw_buf *out, sw_error *err) {
  if (need_persons(c, err)) return err ? err->status : SW_E_NOTFOUND;
  sw_buf_puts(out, "WITH r AS (SELECT org_code, patient_id FROM person.registration WHERE person_id = ?) SELECT * FROM (");
  bool first = true;
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) put_source(c, &sources[i], out, &first);
  if (first) sw_buf_puts(out, "SELECT NULL::TIMESTAMP AS \"at\", 'registration' AS event, org_code, patient_id, patient_id AS key, NULL::VARCHAR AS detail FROM r");
  sw_buf_puts(out, ") ORDER BY 1 NULLS FIRST, 2, 3, 5, 6");
  return sw_buf_check(out, err);
}

/* One text by a query of one parameter; false when there is none. */
static sw_status look_up(sw_conn *c, const char *sql, sw_str v, sw_buf *out, bool *found, sw_error *err) {
  sw_error local = SW_ERROR_INIT;
  sw_buf_clear(out);
  *found = false;
  sw_status st = sw_query_text(c, sql, SW_PARAMS(sw_p_str(v)), NULL, out, NULL, &local);
  if (st == SW_E_NOTFOUND) return SW_OK;
  if (st) {
    if (err) *err = local;
    return st;
  }
  *found = out->len > 0;
  return SW_OK;
}

sw_status sw_person_resolve(sw_conn *c, sw_str text, sw_buf *id, sw_error *err) {
  if (need_persons(c, err)) return err ? err->status : SW_E_NOTFOUND;
  static const char *const ways[] = {
      "SELECT person_id FROM person.registration WHERE person_id = ? LIMIT 1",
      "SELECT person_id FROM person.registration WHERE org_code || '|' || patient_id = ? LIMIT 1",
      "SELECT other_id FROM person.event WHERE kind = 'merge' AND person_id = ? LIMIT 1",
  };
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    bool found;
    if (look_up(c, ways[i], text, id, &found, err)) return err ? err->status : SW_E_ENGINE;
    if (found) return SW_OK;
  }
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0061", "没有这个人；可用人的编号，或“机构|患者号”", "no such person; give a person's id, or \"institution|patient number\"");
}
