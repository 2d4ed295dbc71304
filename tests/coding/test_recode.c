/* Recoding: precedence, conditions, one-to-many, the work list with its money, suggestions, approval with history. */
#include "coding/recode.h"

#include "base/fs.h"
#include "ledger/journal.h"
#include "support.h"

#include <unistd.h>

static const char TABLES[] =
    "CREATE TABLE dwd.dict_item(org_code VARCHAR, dict_type VARCHAR, code VARCHAR, name VARCHAR, national_code VARCHAR, insurance_code VARCHAR);"
    "INSERT INTO dwd.dict_item VALUES ('H1','diagnosis','D1','急性心梗','I21.900','I21.900'), ('H1','diagnosis','D2','高血压','I10.x00','I10.x00'),"
    "  ('H2','diagnosis','D1','肺炎','J18.900x','J18.900'), ('H1','diagnosis','D9','脑梗塞后遗症',NULL,NULL), ('H3','diagnosis','Z','肺炎','J18.900x','J18.901'),"
    "  ('H4','diagnosis','Z','肺炎','J18.900x','J18.900');"
    "CREATE TABLE dwd.diagnosis(_row BIGINT, _part INTEGER, _org VARCHAR, org_code VARCHAR, case_no VARCHAR, seq BIGINT, code VARCHAR, name VARCHAR,"
    "  code_insurance VARCHAR);"
    "INSERT INTO dwd.diagnosis VALUES"
    "  (1,1,'H1','H1','a',1,'D1','急性心梗',NULL), (1,2,'H1','H1','a',2,'D9','脑梗塞后遗症',NULL), (2,1,'H1','H1','b',1,'D9','脑梗塞后遗症',NULL),"
    "  (3,1,'H2','H2','c',1,'D1','肺炎',NULL), (4,1,'H2','H2','d',1,'J18.900x','肺炎',NULL), (5,1,'H2','H2','d',2,'K35.900','急性阑尾炎',NULL),"
    "  (6,1,'H2','H2','e',1,NULL,NULL,NULL), (7,1,'H2','H2','e',2,'D7','已有','E11.900'), (8,1,'H1','H1','b',2,'D8','糖尿病肾病',NULL),"
    "  (9,1,'H1','H1','f',1,'D5','前列腺增生',NULL);"
    "CREATE TABLE dwd.admission(org_code VARCHAR, case_no VARCHAR, discharge_time TIMESTAMP, sex VARCHAR, age_years BIGINT, fee_total DECIMAL(18,2));"
    "INSERT INTO dwd.admission VALUES ('H1','a',TIMESTAMP '2024-03-01 10:00:00','1',60,1000.50), ('H1','b',TIMESTAMP '2024-04-01 10:00:00','2',70,2000),"
    "  ('H2','c',TIMESTAMP '2024-03-01 10:00:00','1',50,1), ('H2','d',TIMESTAMP '2024-03-01 10:00:00','1',50,2), ('H2','e',TIMESTAMP '2024-03-01 10:00:00','1',50,3),"
    "  ('H1','f',TIMESTAMP '2023-12-31 10:00:00','1',50,7);"
    "CREATE TABLE meta.icd10(code VARCHAR, name VARCHAR);"
    "INSERT INTO meta.icd10 VALUES ('I69.300','脑梗死后遗症'), ('I63.900','脑梗死'), ('K35.900','急性阑尾炎'), ('N40.x00','前列腺增生'), ('E11.200','2型糖尿病伴肾的并发症'),"
    "  ('D05.000','乳腺小叶原位癌');";

static const char CONTEXT[] = "SELECT org_code, case_no, discharge_time AS date, sex, age_years, fee_total AS yuan FROM dwd.admission";
static const sw_recode_edition EDITIONS[] = {{"医保1.0", NULL}, {"医保2.0", "2024-01-01"}};

static sw_recode_run_options options(const char *physical) {
  return (sw_recode_run_options){.table = "dwd.diagnosis", .local = "code", .name = "name", .target = "code_insurance", .kind = "diagnosis",
                                 .editions = EDITIONS, .neditions = 2, .rules = "rules_1", .codes = "meta.icd10", .context = CONTEXT,
                                 .context_key = "case_no", .physical = physical};
}

typedef struct temp_file {
  char path[32];
} temp_file;

static temp_file write_temp(const char *text) {
  temp_file t = {"recode_XXXXXX"};
  int fd = mkstemp(t.path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
  return t;
}

static void rules_fill_the_national_code_and_the_rest_is_a_work_list(void **state) {
  fixture *f = *state;
  run_sql(f, TABLES);
  /* D8: for women two codes (one-to-many), else nothing; D5 in the old edition only */
  temp_file rules = write_temp("kind,edition,org_code,local_code,since,until,sex,age_from,age_to,part,code\n"
                               "diagnosis,医保2.0,H1,D8,,,2,65,,1,E11.200\ndiagnosis,医保2.0,H1,D8,,,2,65,,2,N08.300\n"
                               "diagnosis,医保1.0,,D5,,2024-01-01,,,,1,N40.x00\nbroken line\n");
  sw_recode_rule_counts r;
  OK(sw_recode_collect(f->conn, NULL, &(sw_recode_sources){.physical = "rules_1", .dictionary = "dwd.dict_item", .files = {rules.path}}, &r, &f->err));
  (void)unlink(rules.path);
  assert_int_equal(r.file, 3);
  assert_int_equal(r.bad_lines, 1);
  assert_int_equal(r.dictionary, 10);
  assert_int_equal(r.conflicts, 1);
  sw_recode_counts n;
  sw_recode_run_options o = options("dwd_diagnosis_2");
  OK(sw_recode_run(f->conn, &o, &n, &f->err));
  assert_int_equal(n.in, 10);
  assert_int_equal(n.expanded, 1);
  assert_int_equal(n.out, 11);
  assert_int_equal(n.blank, 1);
  assert_int_equal(n.had, 1);
  assert_int_equal(n.same, 1);
  assert_int_equal(n.mapped, 5);
  assert_int_equal(n.unmapped, 2);
  assert_int_equal(n.unmapped_codes, 1);
  expect_text(f, "SELECT string_agg(coalesce(code_insurance, '-'), ' ' ORDER BY _row, _part) FROM store.dwd_diagnosis_2",
              "I21.900 - - J18.900 J18.900 K35.900 - E11.900 E11.200 N08.300 N40.x00");
  assert_int_equal(one_i64(f, "SELECT count(*) FROM (SELECT DISTINCT _row, _part FROM store.dwd_diagnosis_2)"), 11);
  expect_text(f, "SELECT org_code || local_code || ' ' || rows || ' ' || yuan FROM store.dwd_diagnosis_2__unmapped", "H1D9 2 3000.50");
  expect_text(f, "SELECT before || ' ' || after FROM store.dwd_diagnosis_2__coverage WHERE org_code = 'H2'", "1 4");
}

static void suggestions_are_ranked_and_an_approved_one_is_used_next_time(void **state) {
  fixture *f = *state;
  run_sql(f, TABLES);
  sw_recode_rule_counts r;
  sw_recode_sources src = {.physical = "rules_1", .dictionary = "dwd.dict_item"};
  OK(sw_recode_collect(f->conn, NULL, &src, &r, &f->err));
  sw_recode_counts n;
  sw_recode_run_options o = options("dwd_diagnosis_2");
  OK(sw_recode_run(f->conn, &o, &n, &f->err));
  temp_file synonyms = write_temp("from,to\n脑梗塞,脑梗死\n心梗,心肌梗死\n");
  int64_t rows = 0;
  OK(sw_recode_suggest(f->conn, &(sw_recode_suggest_options){.unmapped = "dwd_diagnosis_2__unmapped", .codes = "meta.icd10", .synonyms = synonyms.path,
                                                             .top = 3, .physical = "suggest_1"}, &rows, &f->err));
  (void)unlink(synonyms.path);
  assert_true(rows > 0);
  expect_text(f, "SELECT code || ' ' || CAST(score AS VARCHAR) FROM store.suggest_1 WHERE local_code = 'D9' AND place = 1", "I69.300 1.0");
  expect_text(f, "SELECT code FROM store.suggest_1 WHERE local_code = 'D5' AND place = 1", "N40.x00");
  expect_text(f, "SELECT code FROM store.suggest_1 WHERE local_code = 'D8' AND place = 1", "E11.200");

  char path[] = "recode_ledger_XXXXXX";
  assert_non_null(mkdtemp(path));
  char file[64];
  (void)snprintf(file, sizeof file, "%s/ledger.sqlite", path);
  sw_ledger *l = NULL;
  OK(sw_ledger_open(file, &l, &f->err));
  const char *wrong[] = {"I63.900"}, *right[] = {"I69.300"};
  sw_recode_decision d = {.kind = "diagnosis", .edition = "医保2.0", .org_code = "H1", .local_code = "D9", .age_from = -1, .age_to = -1, .codes = wrong,
                          .ncodes = 1, .who = "coder", .reason = "name", .at_us = 1};
  int64_t id = 0;
  OK(sw_recode_approve(l, &d, &id, &f->err));
  d.codes = right;
  OK(sw_recode_approve(l, &d, &id, &f->err));
  d.local_code = "D8";
  d.ncodes = 0; /* decided: there is none */
  OK(sw_recode_approve(l, &d, &id, &f->err));
  OK(sw_recode_collect(f->conn, l, &src, &r, &f->err));
  assert_int_equal(r.approved, 2);
  OK(sw_recode_run(f->conn, &o, &n, &f->err));
  assert_int_equal(n.none, 1);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM store.dwd_diagnosis_2 WHERE code = 'D9' AND code_insurance = 'I69.300'"), 2);
  expect_text(f, "SELECT string_agg(local_code, ' ') FROM store.dwd_diagnosis_2__unmapped", "D5");
  d.who = NULL;
  assert_int_equal(sw_recode_approve(l, &d, &id, &f->err), SW_E_USAGE);
  sw_ledger_close(l);
  sw_error_clear(&f->err);
  OK(sw_fs_remove_tree(path, &f->err));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(rules_fill_the_national_code_and_the_rest_is_a_work_list, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(suggestions_are_ranked_and_an_approved_one_is_used_next_time, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
