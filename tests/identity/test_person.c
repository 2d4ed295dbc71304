#include "identity/person.h"

#include "base/fs.h"
#include "engine/publish.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "identity/people.h"
#include "ledger/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

enum { PERSONS = 180 };

typedef struct town {
  char dir[64], ledger_path[96], model_dir[96];
  sw_engine *engine;
  sw_conn *conn;
  sw_ledger *ledger;
  sw_error err;
  int runs;
} town;

#define OK(call)                                  \
  do {                                            \
    sw_status st_ = (call);                       \
    if (st_) {                                    \
      char shown_[2048];                          \
      sw_error_format(&t->err, SW_LANG_EN, shown_, sizeof shown_); \
      print_message("# %s\n", shown_);            \
    }                                             \
    assert_int_equal(st_, SW_OK);                 \
  } while (0)

static void sql(town *t, const char *text) { OK(sw_exec(t->conn, text, NULL, &t->err)); }

static int64_t number(town *t, const char *text) {
  int64_t v = 0;
  OK(sw_query_i64(t->conn, text, SW_NO_PARAMS, NULL, &v, NULL, &t->err));
  return v;
}

static void word(town *t, const char *text, char *out, size_t cap) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  OK(sw_query_text(t->conn, text, SW_NO_PARAMS, NULL, &b, NULL, &t->err));
  snprintf(out, cap, "%s", b.ptr);
}

static void add(town *t, const char *org, const char *patient, const test_person *p, const char *registered) {
  sw_error *err = &t->err;
  sw_param v[] = {sw_p_strz(org), sw_p_strz(patient), sw_p_strz(p->name), sw_p_strz(p->sex), sw_p_strz(p->birth), sw_p_strz(p->id[0] ? p->id : NULL),
                  sw_p_strz(p->phone[0] ? p->phone : NULL), sw_p_strz(p->address[0] ? p->address : NULL), sw_p_strz(registered)};
  OK(sw_exec_params(t->conn, "INSERT INTO dwd.patient (org_code, patient_id, name, sex, birth_date, id_no, phone, current_address, registered_at) VALUES (?, ?, ?, ?, CAST(? AS DATE), ?, ?, ?, CAST(? AS TIMESTAMP))",
                    v, sizeof v / sizeof *v, NULL, NULL, err));
}

static void put(sw_buf *b, const char *org, const char *patient, const test_person *p, const char *registered) {
  sw_sql_build(b, "({}, {}, {}, {}, {}, {}, {}, {}, {}),", sw_sql_text(org), sw_sql_text(patient), sw_sql_text(p->name), sw_sql_text(p->sex), sw_sql_text(p->birth), sw_sql_text(p->id[0] ? p->id : NULL),
               sw_sql_text(p->phone[0] ? p->phone : NULL), sw_sql_text(p->address[0] ? p->address : NULL), sw_sql_text(registered));
}

static int setup(void **state) {
  town *t = calloc(1, sizeof *t);
  snprintf(t->dir, sizeof t->dir, "%s", "/tmp/suwen-person-XXXXXX");
  assert_non_null(mkdtemp(t->dir));
  snprintf(t->ledger_path, sizeof t->ledger_path, "%s/ledger.sqlite", t->dir);
  snprintf(t->model_dir, sizeof t->model_dir, "%s/models", t->dir);
  OK(sw_engine_open(&(sw_engine_options){.threads = 2, .memory_limit = INT64_C(1) << 29}, &t->engine, &t->err));
  OK(sw_conn_open(t->engine, &t->conn, &t->err));
  OK(sw_ledger_open(t->ledger_path, &t->ledger, &t->err));
  OK(sw_publish_prepare(t->conn, &t->err));
  sql(t, "CREATE TABLE dwd.patient (org_code VARCHAR, patient_id VARCHAR, name VARCHAR, sex VARCHAR, birth_date DATE, id_no VARCHAR, id_holder VARCHAR, phone VARCHAR, current_address VARCHAR, "
         "mother_patient_id VARCHAR, birth_order INTEGER, former_name VARCHAR, campus_code VARCHAR, registered_at TIMESTAMP)");
  sql(t, "CREATE TABLE dwd.patient_merge (org_code VARCHAR, merge_id VARCHAR, kind VARCHAR, kept_patient_id VARCHAR, merged_patient_id VARCHAR, merged_at TIMESTAMP)");
  sw_buf rows = SW_BUF_INIT;
  sw_buf_puts(&rows, "INSERT INTO dwd.patient (org_code, patient_id, name, sex, birth_date, id_no, phone, current_address, registered_at) VALUES ");
  for (unsigned k = 0; k < PERSONS; k++) {
    test_person p;
    char a[16], b[16];
    test_person_make(k, &p);
    snprintf(a, sizeof a, "A%u", k);
    snprintf(b, sizeof b, "B%u", k);
    put(&rows, "H1", a, &p, "2023-01-01 08:00:00");
    if (k % 7 == 0) p.phone[0] = '\0';
    if (k % 5 == 0) p.id[0] = '\0';
    if (k % 11 == 0) p.address[0] = '\0';
    if (k % 3 != 0) put(&rows, "H2", b, &p, "2023-02-01 08:00:00");
  }
  sw_buf_truncate(&rows, rows.len - 1);
  sql(t, rows.ptr);
  sw_buf_fini(&rows);
  *state = t;
  return 0;
}

static int teardown(void **state) {
  town *t = *state;
  sw_ledger_close(t->ledger);
  sw_conn_close(t->conn);
  sw_engine_close(t->engine);
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_fs_remove_tree(t->dir, &err), SW_OK);
  free(t);
  return 0;
}

/* One run of the operator: link, publish, commit. */
static sw_person_stats run(town *t) {
  char name[16];
  snprintf(name, sizeof name, "r%03d", ++t->runs);
  sw_person_config config = {.table = "dwd.patient", .model_dir = t->model_dir, .threads = 2};
  sw_person_stats st;
  OK(sw_identify_run(t->conn, t->ledger, &config, name, &st, NULL, NULL, &t->err));
  sw_publication pubs[SW_PERSON_TABLES];
  char physical[SW_PERSON_TABLES][64];
  for (size_t i = 0; i < SW_PERSON_TABLES; i++) {
    snprintf(physical[i], sizeof physical[i], "person_%s_%s", SW_PERSON_TABLE_NAMES[i], name);
    pubs[i] = (sw_publication){.schema = "person", .view = SW_PERSON_TABLE_NAMES[i], .physical = physical[i]};
  }
  OK(sw_publish(t->conn, name, "identify", t->runs, pubs, SW_PERSON_TABLES, &t->err));
  OK(sw_person_commit(t->conn, t->ledger, name, t->runs, &t->err));
  return st;
}

static const char SAME[] = "SELECT count(DISTINCT person_id) FROM person.registration WHERE patient_id IN ";
static int64_t persons_of(town *t, const char *list) {
  char q[256];
  snprintf(q, sizeof q, "%s%s", SAME, list);
  return number(t, q);
}

static void registrations_of_two_hospitals_become_persons(void **state) {
  town *t = *state;
  sw_person_stats st = run(t);
  assert_int_equal(st.registrations, 300);
  assert_int_equal(st.persons, PERSONS);
  assert_int_equal(number(t, "SELECT count(*) FROM (SELECT substr(patient_id, 2) AS k, count(DISTINCT person_id) AS n FROM person.registration GROUP BY 1) WHERE n > 1"), 0);
  /* The parts of every stored score add up to it. */
  assert_int_equal(number(t, "SELECT count(*) FROM person.link WHERE score <> prior + name_weight + sex_weight + birth_date_weight + id_no_weight + phone_weight + address_weight + name_order_weight"), 0);
  assert_true(number(t, "SELECT count(*) FROM person.link WHERE outcome = 'linked'") >= 120);
}

static void a_second_run_with_the_frozen_model_changes_nothing(void **state) {
  town *t = *state;
  sw_person_stats one = run(t);
  sql(t, "CREATE TABLE main.before AS SELECT * FROM person.registration");
  sw_person_stats two = run(t);
  assert_true(one.model_new);
  assert_false(two.model_new);
  assert_int_equal(two.model_version, one.model_version);
  assert_int_equal(two.merges + two.splits, 0);
  assert_int_equal(number(t, "SELECT count(*) FROM main.before b JOIN person.registration r USING (org_code, patient_id) WHERE b.person_id <> r.person_id"), 0);
}

static void ids_stay_when_an_earlier_registration_comes_late(void **state) {
  town *t = *state;
  run(t);
  char was[32], now[32];
  word(t, "SELECT person_id FROM person.registration WHERE patient_id = 'A1'", was, sizeof was);
  test_person p;
  test_person_make(1, &p);
  add(t, "H3", "C1", &p, "2020-05-05 08:00:00");
  sw_person_stats st = run(t);
  word(t, "SELECT person_id FROM person.registration WHERE patient_id = 'C1'", now, sizeof now);
  assert_string_equal(was, now);
  assert_int_equal(st.merges + st.splits, 0);
  /* A rebuilt warehouse knows it from the ledger. */
  sql(t, "DROP VIEW person.registration");
  run(t);
  word(t, "SELECT person_id FROM person.registration WHERE patient_id = 'A1'", now, sizeof now);
  assert_string_equal(was, now);
}

static void a_reviewers_word_holds_and_can_be_withdrawn(void **state) {
  town *t = *state;
  run(t);
  char a[32], b[32], again[32];
  word(t, "SELECT person_id FROM person.registration WHERE patient_id = 'A1'", a, sizeof a);
  OK(sw_person_decide(t->ledger, SW_LIT("H1"), SW_LIT("A1"), SW_LIT("H2"), SW_LIT("B1"), SW_PERSON_DIFFERENT, "tester", "not the same", 1, &t->err));
  sw_person_stats st = run(t);
  assert_int_equal(st.splits, 1);
  word(t, "SELECT person_id FROM person.registration WHERE patient_id = 'B1'", b, sizeof b);
  assert_string_not_equal(a, b);
  assert_int_equal(run(t).splits, 0);
  OK(sw_person_decide(t->ledger, SW_LIT("H2"), SW_LIT("B1"), SW_LIT("H1"), SW_LIT("A1"), SW_PERSON_WITHDRAWN, "tester", "looked again", 2, &t->err));
  st = run(t);
  assert_int_equal(st.merges, 1);
  word(t, "SELECT person_id FROM person.registration WHERE patient_id = 'B1'", again, sizeof again);
  assert_string_equal(a, again);
  /* Parted once more, the earlier id is back. */
  OK(sw_person_decide(t->ledger, SW_LIT("H1"), SW_LIT("A1"), SW_LIT("H2"), SW_LIT("B1"), SW_PERSON_DIFFERENT, "tester", "", 3, &t->err));
  run(t);
  word(t, "SELECT person_id FROM person.registration WHERE patient_id = 'B1'", again, sizeof again);
  assert_string_equal(b, again);
}

static void a_reported_merge_counts_until_it_is_undone(void **state) {
  town *t = *state;
  test_person p;
  test_person_make(9001, &p);
  p.id[0] = p.phone[0] = p.address[0] = '\0';
  add(t, "H1", "M1", &p, "2023-03-01 08:00:00");
  snprintf(p.name, sizeof p.name, "%s", "欧阳建国");
  add(t, "H1", "M2", &p, "2023-03-02 08:00:00");
  run(t);
  assert_int_equal(persons_of(t, "('M1', 'M2')"), 2);
  sql(t, "INSERT INTO dwd.patient_merge VALUES ('H1', '1', '1', 'M1', 'M2', TIMESTAMP '2023-03-03 08:00:00')");
  run(t);
  assert_int_equal(persons_of(t, "('M1', 'M2')"), 1);
  sql(t, "INSERT INTO dwd.patient_merge VALUES ('H1', '2', '2', 'M1', 'M2', TIMESTAMP '2023-03-04 08:00:00')");
  run(t);
  assert_int_equal(persons_of(t, "('M1', 'M2')"), 2);
}

static void standins_never_link_by_themselves(void **state) {
  town *t = *state;
  test_person p;
  test_person_make(9002, &p);
  p.id[0] = '\0';
  snprintf(p.name, sizeof p.name, "%s", "无名氏");
  add(t, "H1", "U1", &p, "2023-03-01 08:00:00");
  add(t, "H2", "U2", &p, "2023-03-01 09:00:00");
  run(t);
  assert_int_equal(persons_of(t, "('U1', 'U2')"), 2);
}

/* Phone and address are a household's: without a number of one's own, another Han name is another person. */
static void twins_are_reviewed_and_siblings_stay_apart(void **state) {
  town *t = *state;
  test_person p;
  test_person_make(9004, &p);
  p.id[0] = '\0';
  snprintf(p.name, sizeof p.name, "%s", "田小一");
  add(t, "H1", "T1", &p, "2023-03-01 08:00:00");
  snprintf(p.name, sizeof p.name, "%s", "田大双");
  add(t, "H2", "T2", &p, "2023-03-01 09:00:00");
  snprintf(p.name, sizeof p.name, "%s", "田三顺");
  snprintf(p.birth, sizeof p.birth, "%s", "1931-05-06");
  add(t, "H2", "T3", &p, "2023-03-01 10:00:00");
  run(t);
  assert_int_equal(persons_of(t, "('T1', 'T2', 'T3')"), 3);
  assert_int_equal(number(t, "SELECT count(*) FROM person.review WHERE reason = 'household' AND patient_a IN ('T1', 'T2') AND patient_b IN ('T1', 'T2')"), 1);
  assert_int_equal(number(t, "SELECT count(*) FROM person.review WHERE 'T3' IN (patient_a, patient_b)"), 0);
}

/* A child registered under a stand-in bears it as a former name once named: that bars nothing. */
static void a_named_child_links_although_the_former_name_is_a_standin(void **state) {
  town *t = *state;
  test_person p;
  test_person_make(9005, &p);
  add(t, "H1", "C1", &p, "2023-03-01 08:00:00");
  p.id[0] = '\0';
  add(t, "H2", "C2", &p, "2023-04-01 08:00:00");
  sql(t, "UPDATE dwd.patient SET former_name = '王芳之子' WHERE patient_id = 'C1'");
  run(t);
  assert_int_equal(persons_of(t, "('C1', 'C2')"), 1);
}

static void a_borrowed_card_is_an_alert_and_no_match(void **state) {
  town *t = *state;
  test_person p, q;
  test_person_make(3, &p);
  test_person_make(9003, &q);
  memcpy(q.id, p.id, sizeof q.id);
  add(t, "H3", "X1", &q, "2023-04-01 08:00:00");
  run(t);
  assert_int_equal(persons_of(t, "('A3', 'X1')"), 2);
  assert_true(number(t, "SELECT count(*) FROM person.alert WHERE kind = 'borrowed_card' AND 'X1' IN (patient_a, patient_b)") >= 1);
}

static void a_newborn_is_related_to_the_mother_and_keeps_the_link_when_named(void **state) {
  town *t = *state;
  sql(t, "INSERT INTO dwd.patient (org_code, patient_id, name, sex, birth_date, mother_patient_id, birth_order, registered_at) VALUES "
         "('H1', 'N1', '王芳之子', '1', DATE '2023-06-01', 'A2', 1, TIMESTAMP '2023-06-01 03:00:00'), ('H1', 'N2', '王小宝', '1', DATE '2023-06-01', 'A2', 1, TIMESTAMP '2023-07-01 03:00:00'), "
         "('H1', 'N3', '王芳之子2', '1', DATE '2023-06-01', 'A2', 2, TIMESTAMP '2023-06-01 03:10:00')");
  sw_person_stats st = run(t);
  assert_int_equal(persons_of(t, "('N1', 'N2')"), 1);
  assert_int_equal(persons_of(t, "('N1', 'N3')"), 2);
  assert_int_equal(persons_of(t, "('N1', 'A2')"), 2);
  assert_true(st.relations >= 2);
}

/* Two partitions are the same up to the names of the persons. */
static int64_t differences(town *t) {
  return number(t, "WITH m AS (SELECT b.person_id AS a, r.person_id AS b FROM main.before b JOIN person.registration r USING (org_code, patient_id) GROUP BY ALL) "
                   "SELECT (SELECT count(*) FROM m) - (SELECT count(DISTINCT a) FROM m) + (SELECT count(*) FROM m) - (SELECT count(DISTINCT b) FROM m)");
}

static void the_order_of_arrival_plays_no_part(void **state) {
  town *t = *state;
  run(t);
  sql(t, "CREATE TABLE main.before AS SELECT * FROM person.registration");
  sql(t, "CREATE TABLE main.turned AS SELECT *, row_number() OVER (ORDER BY hash(patient_id)) AS nth FROM dwd.patient");
  static const int batches[][4] = {{120, 300, 0, 0}, {1, 2, 3, 300}, {299, 300, 0, 0}};
  for (size_t k = 0; k < sizeof batches / sizeof *batches; k++) {
    sql(t, "DELETE FROM dwd.patient");
    sql(t, "DROP VIEW person.registration");
    for (size_t i = 0, from = 0; i < 4 && batches[k][i]; from = (size_t)batches[k][i++]) {
      char q[160];
      snprintf(q, sizeof q, "INSERT INTO dwd.patient SELECT * EXCLUDE (nth) FROM main.turned WHERE nth > %zu AND nth <= %d", from, batches[k][i]);
      sql(t, q);
      run(t);
    }
    assert_int_equal(number(t, "SELECT count(*) FROM person.registration"), 300);
    assert_int_equal(differences(t), 0);
  }
}

/* An id that was given out is never given to somebody else, whatever merges, splits and late registrations come. */
static void ids_are_never_given_twice(void **state) {
  town *t = *state;
  sql(t, "CREATE TABLE main.given (person_id VARCHAR, org_code VARCHAR, patient_id VARCHAR)");
  test_person p;
  for (int i = 0; i < 4; i++) {
    run(t);
    sql(t, "INSERT INTO main.given SELECT person_id, org_code, patient_id FROM person.registration");
    char patient[16];
    snprintf(patient, sizeof patient, "L%d", i + 1);
    test_person_make((unsigned)(i + 1), &p);
    add(t, "H0", patient, &p, "2019-01-01 08:00:00"); /* earlier than all */
    OK(sw_person_decide(t->ledger, SW_LIT("H1"), SW_LIT("A4"), SW_LIT("H2"), SW_LIT("B4"), i % 2 ? SW_PERSON_SAME : SW_PERSON_DIFFERENT, "tester", "", i, &t->err));
  }
  /* The number in a registration tells whose it is. */
  assert_int_equal(number(t, "SELECT count(*) FROM (SELECT person_id FROM main.given GROUP BY person_id HAVING count(DISTINCT substr(patient_id, 2)) > 1)"), 0);
}

static void a_new_model_is_proposed_and_waits_for_approval(void **state) {
  town *t = *state;
  sw_person_stats st = run(t);
  sw_person_config config = {.table = "dwd.patient", .model_dir = t->model_dir, .threads = 2};
  int64_t version, merges, splits;
  OK(sw_person_reestimate(t->conn, t->ledger, &config, "p1", &version, &merges, &splits, NULL, NULL, &t->err));
  assert_int_equal(version, st.model_version + 1);
  assert_int_equal(merges + splits, 0);
  assert_int_equal(number(t, "SELECT count(*) FROM store.person_proposal_p1"), 0);
  assert_int_equal(run(t).model_version, st.model_version);
  assert_int_equal(sw_person_approve(t->ledger, version + 5, "tester", "", 9, &t->err), SW_E_NOTFOUND);
  sw_error_clear(&t->err);
  OK(sw_person_approve(t->ledger, version, "tester", "looks right", 9, &t->err));
  assert_int_equal(run(t).model_version, version);
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      CASE(registrations_of_two_hospitals_become_persons), CASE(a_second_run_with_the_frozen_model_changes_nothing), CASE(ids_stay_when_an_earlier_registration_comes_late),
      CASE(a_reviewers_word_holds_and_can_be_withdrawn),   CASE(a_reported_merge_counts_until_it_is_undone),         CASE(standins_never_link_by_themselves),
      CASE(twins_are_reviewed_and_siblings_stay_apart),    CASE(a_named_child_links_although_the_former_name_is_a_standin),
      CASE(a_borrowed_card_is_an_alert_and_no_match),      CASE(a_newborn_is_related_to_the_mother_and_keeps_the_link_when_named), CASE(the_order_of_arrival_plays_no_part),
      CASE(ids_are_never_given_twice),
      CASE(a_new_model_is_proposed_and_waits_for_approval),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
