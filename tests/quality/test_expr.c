#include "base/rng.h"
#include "quality/format.h"
#include "quality/rules_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Answers of one rule to rows, by the plan and by the interpreter, which must agree. */
static void expect(const char *rule, const char *const *lines, size_t n, const char *want) {
  compiled c;
  compiled_init(&c);
  sw_xnode *x = compiled_add(&c, rule);
  if (!x) fail_msg("%s: %s", rule, c.err.msg[SW_LANG_EN]);
  sw_rowset *rows = support_rows(lines, n);
  sw_error err = SW_ERROR_INIT;
  const sw_qbatch *b;
  sw_plan *p;
  sw_plan_state *s;
  assert_int_equal(sw_rowset_batch(rows, &b, &err), SW_OK);
  assert_int_equal(sw_plan_new(&SUPPORT_TABLE, &p, &err), SW_OK);
  assert_int_equal(sw_plan_add(p, x, &err), SW_OK);
  assert_int_equal(sw_plan_state_new(p, &s, &err), SW_OK);
  assert_int_equal(sw_plan_run(s, b, &err), SW_OK);
  sw_mask m = sw_plan_mask(s, 0);
  sw_scalar sc;
  assert_int_equal(sw_scalar_init(&sc, &err), SW_OK);
  sc.batch = b;
  for (size_t i = 0; i < n; i++) {
    sc.row = i;
    sw_qval v = sw_scalar_eval(&sc, x);
    char reference = v.state == SW_QV_ERROR ? 'E' : v.state == SW_QV_NULL ? '-' : v.i ? 'T' : 'F';
    if (support_answer(&m, i) != want[i] || reference != want[i])
      fail_msg("%s on row %zu (%s): plan %c, interpreter %c, wanted %c", rule, i, lines[i], support_answer(&m, i), reference, want[i]);
  }
  sw_scalar_fini(&sc);
  sw_plan_state_free(s);
  sw_plan_free(p);
  sw_rowset_free(rows);
  compiled_fini(&c);
}
#define EXPECT(rule, want, ...) \
  expect(rule, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), want)

static void refuse(const char *rule, int64_t column, const char *words) {
  compiled c;
  compiled_init(&c);
  if (compiled_add(&c, rule)) fail_msg("%s was accepted", rule);
  if (!strstr(c.err.msg[SW_LANG_EN], words)) fail_msg("%s: said \"%s\"", rule, c.err.msg[SW_LANG_EN]);
  if (c.err.column != column) fail_msg("%s: at %lld, wanted %lld", rule, (long long)c.err.column, (long long)column);
  compiled_fini(&c);
}

static void unknown_values_make_a_rule_not_applicable(void **state) {
  (void)state;
  EXPECT("age >= 0", "TF-", "age=3", "age=-1", "");
  EXPECT("not age >= 0", "FT-", "age=3", "age=-1", "");
  EXPECT("age >= 0 and sex = '1'", "TF-F", "age=1;sex=1", "age=1;sex=2", "age=1", "sex=2");
  EXPECT("age >= 0 or sex = '1'", "TT-T", "age=1;sex=1", "age=1;sex=2", "age=-1", "sex=1");
  EXPECT("if sex = '2' then age < 50", "TF--", "sex=2;age=3", "sex=2;age=60", "sex=1;age=60", "age=3");
  EXPECT("if sex = '2' then age < 50 else age < 90", "TFT", "sex=2;age=3", "sex=2;age=60", "sex=1;age=60");
  EXPECT("age is null", "FT", "age=3", "");
  EXPECT("age is not null and sex is filled", "TFF", "age=3;sex=1", "age=3;sex= ", "sex=1");
  EXPECT("name is given", "TFFF", "name=张三", "name=-", "name=无", "");
}

static void numbers_are_exact(void **state) {
  (void)state;
  EXPECT("fee + 0.1 = 0.3", "TF", "fee=0.20", "fee=0.21");
  EXPECT("abs(total - sum(fee, 0.02)) <= 0.01", "TTF-", "total=1.00;fee=0.98", "total=1.00;fee=0.97", "total=1.00;fee=0.96", "fee=1");
  EXPECT("fee * 3 = 0.6", "T", "fee=0.20");
  EXPECT("age / 0 > 1", "-", "age=1");
  EXPECT("mod(age, 2) = 0", "TF", "age=4", "age=5");
  EXPECT("age in (1, 2, 3)", "TF-", "age=2", "age=4", "");
  EXPECT("age between 1 and 3", "TF", "age=3", "age=4");
  EXPECT("age * 9223372036854775807 > 0", "TE", "age=1", "age=2");
  EXPECT("round(ratio, 1) = 0.3 and floor(fee) = 1", "T", "ratio=0.25;fee=1.99");
}

static void a_function_outside_its_domain_is_an_error_and_no_answer(void **state) {
  (void)state;
  EXPECT("ln(ratio) > 0", "TFEE-", "ratio=3", "ratio=0.5", "ratio=0", "ratio=-1", "");
  EXPECT("if ratio > 0 then ln(ratio) > 0", "TF--", "ratio=3", "ratio=0.5", "ratio=-1", "");
  EXPECT("ratio > 5 or sqrt(ratio) >= 0", "TTE", "ratio=6", "ratio=4", "ratio=-1");
}

static void dates_and_times_compare_by_the_day_or_by_the_moment(void **state) {
  (void)state;
  EXPECT("date(admit) <= date(discharge)", "TF", "admit=2024-01-05 23:00:00;discharge=2024-01-05 01:00:00",
         "admit=2024-01-06 00:00:00;discharge=2024-01-05 23:59:59");
  EXPECT("admit <= discharge", "F", "admit=2024-01-05 23:00:00;discharge=2024-01-05 01:00:00");
  EXPECT("birth <= admit", "T", "birth=2024-01-05;admit=2024-01-05 00:00:00");
  EXPECT("days_between(admit, discharge) = 1", "T", "admit=2024-01-05 23:00:00;discharge=2024-01-06 01:00:00");
  EXPECT("age_years(birth, admit) = age", "TF", "birth=2000-02-29;admit=2001-02-28 00:00:00;age=0",
         "birth=2000-02-29;admit=2001-03-01 00:00:00;age=0");
  EXPECT("admit >= '2024-01-05'", "TF", "admit=2024-01-05 00:00:00", "admit=2024-01-04 23:59:59");
  EXPECT("birth - 1 = '2024-01-01' and year(birth) = 2024", "T", "birth=2024-01-02");
  EXPECT("hours_between(admit, discharge) = 1.5", "T", "admit=2024-01-05 01:00:00;discharge=2024-01-05 02:30:00");
  EXPECT("discharge <= as_of", "TF", "discharge=2020-01-01 00:00:00", "discharge=2030-01-01 00:00:00");
}

static void texts_are_tested_by_form_set_range_and_expression(void **state) {
  (void)state;
  EXPECT("sex in RC001", "TF-", "sex=1", "sex=3", "");
  EXPECT("性别 in RC001", "T", "sex=1");
  EXPECT("name_of(RC001, sex) = name", "TF-", "sex=1;name=男", "sex=1;name=女", "sex=7;name=女");
  EXPECT("sex in ('1', '2')", "TF", "sex=1", "sex=9");
  EXPECT("code in [C00-C97, D00-D48, I50.9]", "TTTTFFF", "code=C00.000", "code=C97", "code=D48.900x001", "code=I50.900", "code=I50.100",
         "code=D50", "code=B99");
  EXPECT("code not in [00.40-00.48, 72-75]", "FFTT", "code=00.45", "code=74.1x00", "code=00.50", "code=76.0");
  EXPECT("name matches '^[a-z]+$'", "TF-", "name=abc", "name=Abc", "");
  EXPECT("name is person_name", "TTTFFT", "name=张三之女2", "name=阿依古丽·买买提", "name=John Smith", "name=张 三", "name=张三?", "name=欧阳修");
  EXPECT("id_no is citizen_id", "TFT", "id_no=11010519491231002X", "id_no=110105194912310021", "id_no=110105491231002");
  EXPECT("id_birth(id_no) = birth and id_sex(id_no) = sex", "TF-", "id_no=11010519491231002X;birth=1949-12-31;sex=2",
         "id_no=11010519491231002X;birth=1949-12-31;sex=1", "id_no=H123;birth=1949-12-31;sex=1");
  EXPECT("length(name) = 2 and bytes(name) = 6", "T", "name=张三");
  EXPECT("left(code, 3) = 'I21' and right(code, 1) = '0' and substr(code, 5, 2) = '90'", "T", "code=I21.900");
  EXPECT("contains(name, code) and starts_with(name, '张')", "T", "name=张三;code=三");
  EXPECT("upper(concat(code, 'x')) = 'AX' and number(name) > 2", "T", "code=a;name=3.5");
  EXPECT("duration_hours(name) >= 24", "TFT-", "name=1/0/0", "name=0/23/59", "name=30", "name=abc");
  EXPECT("institution(type) = '三级'", "T-", "org_code=H1", "org_code=H2");
}

static void children_are_counted_and_compared(void **state) {
  (void)state;
  const char *none = "sex=1", *two = "diagnosis:;diagnosis.code=I21.900;diagnosis.n=1;diagnosis.amount=1.50;diagnosis:;diagnosis.code=E11.900;diagnosis.n=2;diagnosis.amount=2.25",
             *same = "diagnosis:;diagnosis.code=I21;diagnosis:;diagnosis.code=I21;diagnosis:";
  const char *rows[] = {none, two, same};
  expect("any diagnosis (code in [I21])", rows, 3, "FTT");
  expect("all diagnosis (code in [I21])", rows, 3, "TFT");
  expect("no diagnosis (code in [E11])", rows, 3, "TFT");
  expect("both diagnosis (code in [I21], code in [E10-E14])", rows, 3, "FTF");
  expect("count diagnosis >= 2", rows, 3, "FTT");
  expect("count diagnosis (code is filled) = 2", rows, 3, "FTT");
  expect("duplicates diagnosis (code) = 0", rows, 3, "TTF");
  expect("sum diagnosis (amount) = 3.75", rows, 3, "-T-");
  expect("sum diagnosis (amount, n = 2) = 2.25", rows, 3, "-T-");
  expect("max diagnosis (n) = 2 and min diagnosis (n) = 1", rows, 3, "-T-");
  expect("any diagnosis (code in [I21] and row.sex = '1')", rows, 3, "FFF");
  EXPECT("any diagnosis (n > age and at >= admit)", "T", "age=1;admit=2024-01-01 00:00:00;diagnosis:;diagnosis.n=2;diagnosis.at=2024-01-02 00:00:00");
  EXPECT("no diagnosis (ln(n) < 0)", "ET", "diagnosis:;diagnosis.n=0", "diagnosis:;diagnosis.n=1");
  EXPECT("count procedure = 0", "T", "diagnosis:;diagnosis.n=0");
}

static void wrong_rules_are_refused_at_their_place(void **state) {
  (void)state;
  refuse("agge > 3", 1, "no column agge");
  refuse("age > ", 7, "the rule ends here");
  refuse("age >> 3", 6, "should");
  refuse("sex = 1", 7, "put the number in quotes");
  refuse("age = 'x'", 7, "cannot be compared");
  refuse("admit > '2024-13-01'", 9, "not a date");
  refuse("name matches '(['", 14, "regular expression");
  refuse("sex in RC999", 8, "no value set");
  refuse("any diagnoses (code = 'x')", 1, "no children diagnoses");
  refuse("diagnosis.code = 'x'", 1, "cannot be used here");
  refuse("any diagnosis (any procedure (code = 'x'))", 16, "cannot look into children again");
  refuse("age + 1", 5, "must be a condition");
  refuse("name + 1 > 2", 1, "must be a number");
  refuse("age = null", 7, "write is null");
  refuse("foo(age) = 1", 1, "no function foo");
  refuse("name is nonsense", 9, "no format nonsense");
  refuse("code in [C97-C00]", 14, "after its end");
  refuse("left(name, age) = 'x'", 12, "whole number");
  refuse("(age > 1", 9, "the rule ends here");
  refuse("discharge - admit > 3", 11, "days_between");
  refuse("'unclosed", 1, "should");
  char deep[600];
  memset(deep, '(', sizeof deep - 1);
  deep[sizeof deep - 1] = '\0';
  refuse(deep, 51, "nested too deeply");
}

static void a_missing_dictionary_is_told_and_leaves_the_answer_open(void **state) {
  (void)state;
  compiled c;
  compiled_init(&c);
  assert_non_null(compiled_add(&c, "code in MISSING"));
  assert_true(c.bind.missing_dictionary);
  assert_true(sw_str_eqz(c.bind.missing_name, "MISSING"));
  compiled_fini(&c);
  EXPECT("code in MISSING", "-", "code=I21");
}

/* --- the plan and the interpreter agree on random rules over random rows ----------------------------- */

static void random_number(sw_rng *r, sw_buf *b, int depth, bool child);
static void random_condition(sw_rng *r, sw_buf *b, int depth, bool child) {
  static const char *const leaves[] = {"sex in RC001", "code in [I21, E10-E14]", "name matches 'a'", "name is given", "flag", "sex = name",
                                       "name is null", "age is null", "id_no is citizen_id", "length(name) < 3", "admit <= discharge",
                                       "birth > '2000-01-01'", "sex in ('1', null_)", "id_birth(id_no) = birth", "code in MISSING",
                                       "duration_hours(name) > 1", "age in (1, 2, 5)", "fee in (1.5, 2)"};
  static const char *const ops[] = {"<", "<=", "=", "!=", ">", ">="};
  switch (depth > 0 ? sw_rng_below(r, child ? 6 : 8) : 0) {
    case 0: {
      const char *leaf = leaves[sw_rng_below(r, sizeof leaves / sizeof *leaves)];
      sw_buf_puts(b, strstr(leaf, "null_") ? "sex in ('1', name)" : leaf);
      break;
    }
    case 1:
    case 2:
      sw_buf_putc(b, '(');
      random_condition(r, b, depth - 1, child);
      sw_buf_puts(b, sw_rng_chance(r, 0.5) ? " and " : " or ");
      random_condition(r, b, depth - 1, child);
      sw_buf_putc(b, ')');
      break;
    case 3:
      sw_buf_puts(b, "(not ");
      random_condition(r, b, depth - 1, child);
      sw_buf_putc(b, ')');
      break;
    case 4:
      sw_buf_puts(b, "(if ");
      random_condition(r, b, depth - 1, child);
      sw_buf_puts(b, " then ");
      random_condition(r, b, depth - 1, child);
      if (sw_rng_chance(r, 0.5)) {
        sw_buf_puts(b, " else ");
        random_condition(r, b, depth - 1, child);
      }
      sw_buf_putc(b, ')');
      break;
    case 5:
      random_number(r, b, depth - 1, child);
      sw_buf_printf(b, " %s ", ops[sw_rng_below(r, 6)]);
      random_number(r, b, depth - 1, child);
      break;
    default: {
      static const char *const quantifiers[] = {"any", "all", "no", "both"};
      uint64_t q = sw_rng_below(r, 4);
      sw_buf_printf(b, "%s diagnosis (", quantifiers[q]);
      random_condition(r, b, depth - 1, true);
      if (q == 3) {
        sw_buf_puts(b, ", ");
        random_condition(r, b, depth - 1, true);
      }
      sw_buf_putc(b, ')');
    }
  }
}

static void random_number(sw_rng *r, sw_buf *b, int depth, bool child) {
  static const char *const leaves[] = {"age", "fee", "ratio", "1", "0.25", "days_between(admit, discharge)", "age_years(birth, admit)", "total",
                                       "ln(ratio)", "length(name)", "abs(fee)", "sum(fee, total, age)", "coalesce(age, 3)", "count_filled(age, name)"};
  static const char *const child_leaves[] = {"n", "amount", "age", "2", "ln(n)"};
  switch (depth > 0 ? sw_rng_below(r, child ? 3 : 5) : 0) {
    case 0:
      sw_buf_puts(b, child ? child_leaves[sw_rng_below(r, 5)] : leaves[sw_rng_below(r, sizeof leaves / sizeof *leaves)]);
      break;
    case 1:
    case 2:
      sw_buf_putc(b, '(');
      random_number(r, b, depth - 1, child);
      sw_buf_printf(b, " %c ", "+-*/"[sw_rng_below(r, 4)]);
      random_number(r, b, depth - 1, child);
      sw_buf_putc(b, ')');
      break;
    case 3:
      sw_buf_puts(b, "count diagnosis (");
      random_condition(r, b, depth - 1, true);
      sw_buf_putc(b, ')');
      break;
    default:
      sw_buf_printf(b, "%s diagnosis (", sw_rng_chance(r, 0.5) ? "sum" : "max");
      random_number(r, b, depth - 1, true);
      sw_buf_puts(b, ", ");
      random_condition(r, b, depth - 1, true);
      sw_buf_putc(b, ')');
  }
}

static void random_rows(sw_rng *r, sw_rowset *rows, size_t n) {
  static const char *const texts[] = {"1", "2", "3", "a", "-", "", "I21.900", "E11.900x001", "11010519491231002X", "1/2/3", "张三", "一个比较长的名字文本值"};
  sw_error err = SW_ERROR_INIT;
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(sw_rowset_row(rows, &err), SW_OK);
    for (size_t c = 0; c < SUPPORT_TABLE.ncolumns; c++) {
      const sw_qcolumn *col = &SUPPORT_TABLE.columns[c];
      char v[64];
      if (sw_rng_chance(r, 0.2)) continue;
      if (col->type == SW_Q_TEXT) snprintf(v, sizeof v, "%s", texts[sw_rng_below(r, 12)]);
      else if (col->type == SW_Q_TIME || col->type == SW_Q_DATE) snprintf(v, sizeof v, "19%02d-12-%02d", (int)sw_rng_range(r, 48, 50), (int)sw_rng_range(r, 28, 31));
      else if (col->type == SW_Q_BOOL) snprintf(v, sizeof v, "%s", sw_rng_chance(r, 0.5) ? "true" : "false");
      else snprintf(v, sizeof v, "%d", (int)sw_rng_range(r, -2, 5));
      assert_int_equal(sw_rowset_set(rows, col->name, sw_str_of(v), &err), SW_OK);
    }
    for (uint64_t k = sw_rng_below(r, 4); k > 0; k--) {
      assert_int_equal(sw_rowset_child(rows, SW_LIT("diagnosis"), &err), SW_OK);
      char v[16];
      if (sw_rng_chance(r, 0.8)) assert_int_equal(sw_rowset_set_child(rows, SW_LIT("diagnosis"), SW_LIT("code"), sw_str_of(texts[sw_rng_below(r, 12)]), &err), SW_OK);
      snprintf(v, sizeof v, "%d", (int)sw_rng_range(r, -1, 3));
      if (sw_rng_chance(r, 0.8)) assert_int_equal(sw_rowset_set_child(rows, SW_LIT("diagnosis"), SW_LIT("n"), sw_str_of(v), &err), SW_OK);
      if (sw_rng_chance(r, 0.8)) assert_int_equal(sw_rowset_set_child(rows, SW_LIT("diagnosis"), SW_LIT("amount"), sw_str_of(v), &err), SW_OK);
    }
  }
}

static void the_plan_means_what_the_interpreter_says(void **state) {
  (void)state;
  enum { RULES = 400, ROWS = 150 };
  sw_rng r = sw_rng_of(7, 1);
  compiled c;
  compiled_init(&c);
  sw_error err = SW_ERROR_INIT;
  sw_plan *p;
  sw_plan_state *s;
  sw_rowset *rows;
  const sw_qbatch *b;
  sw_xnode *xs[RULES];
  char *texts[RULES];
  assert_int_equal(sw_plan_new(&SUPPORT_TABLE, &p, &err), SW_OK);
  for (size_t i = 0; i < RULES; i++) {
    SW_AUTO(sw_buf) text = SW_BUF_INIT;
    random_condition(&r, &text, 4, false);
    texts[i] = sw_buf_take(&text);
    xs[i] = compiled_add(&c, texts[i]);
    if (!xs[i]) fail_msg("%s: %s", texts[i], c.err.msg[SW_LANG_EN]);
    assert_int_equal(sw_plan_add(p, xs[i], &err), SW_OK);
  }
  assert_int_equal(sw_plan_state_new(p, &s, &err), SW_OK);
  sw_scalar sc;
  assert_int_equal(sw_scalar_init(&sc, &err), SW_OK);
  for (int round = 0; round < 3; round++) {
    assert_int_equal(sw_rowset_new(&SUPPORT_TABLE, &rows, &err), SW_OK);
    random_rows(&r, rows, ROWS + (size_t)round);
    assert_int_equal(sw_rowset_batch(rows, &b, &err), SW_OK);
    assert_int_equal(sw_plan_run(s, b, &err), SW_OK);
    sc.batch = b;
    for (size_t i = 0; i < RULES; i++) {
      sw_mask m = sw_plan_mask(s, i);
      for (size_t k = 0; k < b->n; k++) {
        sc.row = k;
        sw_qval v = sw_scalar_eval(&sc, xs[i]);
        char want = v.state == SW_QV_ERROR ? 'E' : v.state == SW_QV_NULL ? '-' : v.i ? 'T' : 'F';
        if (support_answer(&m, k) != want) fail_msg("%s, row %zu: plan %c, interpreter %c", texts[i], k, support_answer(&m, k), want);
      }
    }
    sw_rowset_free(rows);
  }
  sw_scalar_fini(&sc);
  sw_plan_state_free(s);
  sw_plan_free(p);
  compiled_fini(&c);
  for (size_t i = 0; i < RULES; i++) free(texts[i]);
}

static void formats_know_the_legitimate_rarities(void **state) {
  (void)state;
  static const struct { sw_qformat f; const char *text; bool ok; } cases[] = {
      {SW_QFORMAT_PHONE, "13812345678", false}, {SW_QFORMAT_PHONE, "13912340765", true}, {SW_QFORMAT_PHONE, "11111111111", false},
      {SW_QFORMAT_PHONE, "12345678911", false}, {SW_QFORMAT_PHONE, "010-62345108", true}, {SW_QFORMAT_PHONE, "0571-8765410", true},
      {SW_QFORMAT_PHONE, "62345108", true}, {SW_QFORMAT_PHONE, "6234510", true}, {SW_QFORMAT_PHONE, "623451", false},
      {SW_QFORMAT_POSTCODE, "100020", true}, {SW_QFORMAT_POSTCODE, "123456", false}, {SW_QFORMAT_POSTCODE, "000000", false},
      {SW_QFORMAT_ICD10, "I21.900", true}, {SW_QFORMAT_ICD10, "P07.100x001", true}, {SW_QFORMAT_ICD10, "A17.0+", true},
      {SW_QFORMAT_ICD10, "i21.9", false}, {SW_QFORMAT_ICD10, "I21.", false}, {SW_QFORMAT_ICD9, "74.1x00", true},
      {SW_QFORMAT_ICD9, "74.1x00x001", true}, {SW_QFORMAT_ICD9, "74.1x", false}, {SW_QFORMAT_ICD9, "36.0700x004", true}, {SW_QFORMAT_MORPHOLOGY, "M8140/3", true},
      {SW_QFORMAT_MORPHOLOGY, "M81400/3", true}, {SW_QFORMAT_MORPHOLOGY, "8140/3", false}, {SW_QFORMAT_DIVISION, "810000199001011234", true},
      {SW_QFORMAT_DIVISION, "990000", true}, {SW_QFORMAT_DIVISION, "16", false}, {SW_QFORMAT_ORG_CODE, "12345678-9", true},
      {SW_QFORMAT_PASSPORT, "E12345678", true}, {SW_QFORMAT_DATE, "2024-02-30", false}, {SW_QFORMAT_NUMBER, "1e400", false},
      {SW_QFORMAT_PERSON_NAME, "张□", false}, {SW_QFORMAT_PERSON_NAME, "测", false}, {SW_QFORMAT_PERSON_NAME, "O'Brien-Li", true}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (sw_qformat_check(cases[i].f, sw_str_of(cases[i].text)) != cases[i].ok)
      fail_msg("%s as %s", cases[i].text, sw_qformat_name(cases[i].f));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(unknown_values_make_a_rule_not_applicable),
      cmocka_unit_test(numbers_are_exact),
      cmocka_unit_test(a_function_outside_its_domain_is_an_error_and_no_answer),
      cmocka_unit_test(dates_and_times_compare_by_the_day_or_by_the_moment),
      cmocka_unit_test(texts_are_tested_by_form_set_range_and_expression),
      cmocka_unit_test(children_are_counted_and_compared),
      cmocka_unit_test(wrong_rules_are_refused_at_their_place),
      cmocka_unit_test(a_missing_dictionary_is_told_and_leaves_the_answer_open),
      cmocka_unit_test(the_plan_means_what_the_interpreter_says),
      cmocka_unit_test(formats_know_the_legitimate_rarities),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
