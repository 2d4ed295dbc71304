#include "identity/history.h"

#include "engine/publish.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void history_is_told_across_institutions_by_time(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  sw_engine *e;
  sw_conn *c;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  SW_AUTO(sw_buf) id = SW_BUF_INIT;
  assert_int_equal(sw_engine_open(&(sw_engine_options){.threads = 1, .memory_limit = INT64_C(1) << 28}, &e, &err), SW_OK);
  assert_int_equal(sw_conn_open(e, &c, &err), SW_OK);
  assert_int_equal(sw_publish_prepare(c, &err), SW_OK);
  assert_int_equal(sw_person_history_sql(c, &sql, &err), SW_E_NOTFOUND); /* nothing linked yet: said in words */
  sw_error_clear(&err);
  sw_buf_clear(&sql);
  assert_int_equal(sw_exec(c,
                           "CREATE TABLE person.registration AS SELECT * FROM (VALUES ('H1', 'a', 'P1'), ('H2', 'b', 'P1'), ('H2', 'c', 'P2')) t(org_code, patient_id, person_id);"
                           "CREATE TABLE person.event AS SELECT 'merge' AS kind, 'P9' AS person_id, 'P1' AS other_id, 1 AS registrations;"
                           "CREATE TABLE dwd.visit AS SELECT * FROM (VALUES ('H2', 'b', TIMESTAMP '2023-02-01 10:00:00', 'v2', 'J18'), ('H1', 'a', TIMESTAMP '2023-01-01 10:00:00', 'v1', 'I10'), "
                           "('H2', 'c', TIMESTAMP '2023-01-15 10:00:00', 'v3', 'E11')) t(org_code, patient_id, visit_time, visit_id, diagnosis_name);"
                           "CREATE TABLE dwd.admission AS SELECT 'H2' AS org_code, 'b' AS patient_id, TIMESTAMP '2023-01-20 08:00:00' AS admit_time, 'k1' AS case_no",
                           NULL, &err),
                   SW_OK);
  assert_int_equal(sw_person_resolve(c, SW_LIT("H2|b"), &id, &err), SW_OK);
  assert_string_equal(id.ptr, "P1");
  assert_int_equal(sw_person_resolve(c, SW_LIT("P9"), &id, &err), SW_OK); /* merged away */
  assert_string_equal(id.ptr, "P1");
  assert_int_equal(sw_person_history_sql(c, &sql, &err), SW_OK);
  sw_rows *rows;
  assert_int_equal(sw_query(c, sql.ptr, SW_PARAMS(sw_p_strz("P1")), NULL, &rows, &err), SW_OK);
  static const char *const expected[] = {"v1", "k1", "v2"};
  size_t n = 0;
  while (sw_rows_next(rows, &err) == SW_ROW) {
    assert_true(n < 3);
    assert_true(sw_str_eqz(sw_rows_str(rows, 4), expected[n++]));
  }
  assert_int_equal(n, 3);
  sw_rows_free(rows);
  assert_int_equal(sw_person_resolve(c, SW_LIT("nobody"), &id, &err), SW_E_NOTFOUND);
  sw_conn_close(c);
  sw_engine_close(e);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(history_is_told_across_institutions_by_time)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
