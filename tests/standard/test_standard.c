/* Default rules, conformance rates, changes of a standard and what they would do, contracts, units. */
#include "standard/support.h"

#include "standard/change.h"
#include "standard/check_sql.h"
#include "standard/conformance.h"
#include "standard/import.h"
#include "standard/odcs.h"
#include "standard/standardise.h"
#include "standard/units.h"

static const char elements[] =
    "- {element: E.SEX, title: {zh: 性别, en: Sex}, format: AN1, value_set: SEX, standard: WS 363, verified: true}\n"
    "- {element: E.ID, title: {zh: 证件号, en: Document number}, format: AN..18, pattern: '[0-9X]+'}\n"
    "- {element: E.AGE, title: {zh: 年龄, en: Age}, format: N..3, unit: a, definition: {zh: 周岁, en: whole years}}\n"
    "- {element: E.DAY, title: {zh: 日期, en: Day}, format: D8}\n";
static const char table[] =
    "table: dwd.p\ntitle: {zh: 患者, en: Patients}\nkey: [no]\ntime: day\nfreshness: 2d\nvolume_change: 0.5\ncolumns:\n"
    "  - {name: no, type: string, required: true, title: {zh: 编号, en: Number}}\n  - {name: sex, element: E.SEX, required: true}\n  - {name: id_no, element: E.ID}\n"
    "  - {name: age, element: E.AGE}\n  - {name: day, element: E.DAY}\n  - {name: day_text, element: E.DAY, type: string}\n  - {name: mother, references: dwd.p, title: {zh: 母亲, en: Mother}}\n";

static void standard(world *w) {
  world_file(w, "e.yaml", elements);
  world_file(w, "t.yaml", table);
  world_file(w, "v.yaml", "value_set: SEX\ntitle: sex\nverified: false\nstandard: GB/T 2261.1\ncodes: {1: 男, 2: 女, 9: 未说明}\n");
  world_load(w);
  world_sql(w, "CREATE TABLE dwd.p AS SELECT * FROM (VALUES ('1', '1', '11010519491231002X', 30, DATE '2023-01-01', '2023-01-01', NULL, 'H1', 4294967297),"
               "('2', '3', 'abc', 1000, NULL, 'x', '1', 'H1', 4294967298), ('3', NULL, ' ', 5, NULL, '', '9', 'H2', 4294967299), ('3', '2', '1234567890123456789', NULL, NULL, NULL, NULL, 'H2', 4294967300))"
               " AS v(no, sex, id_no, age, day, day_text, mother, _org, _row); INSERT INTO meta.batch VALUES (2, 'a', 'H1', 'p', 'p.csv', 'd', '2023-01-01')");
}

static void a_table_declares_its_default_rules(void **state) {
  world *w = *state;
  standard(w);
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_default_rules rules;
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_standard_defaults(w->set, sw_pack_table(w->set, SW_LIT("dwd.p")), &a, &rules, &err), SW_OK);
  for (size_t i = 0; i < rules.n; i++) sw_buf_printf(&b, "%s|%.*s|%s|%s\n", rules.items[i].id, SW_STR_ARG(rules.items[i].title.en), rules.items[i].dimension, rules.items[i].verified ? "v" : "-");
  assert_string_equal(b.ptr,
      "dwd.p.no.required|Number must be filled in|completeness|v\n"
      "dwd.p.sex.required|Sex must be filled in|completeness|v\n"
      "dwd.p.sex.value_set|Sex is not a code of its value set|conformance|-\n"
      "dwd.p.id_no.length|Document number must have at most 18 characters|conformance|-\n"
      "dwd.p.id_no.format|Document number is not written as prescribed|conformance|-\n"
      "dwd.p.age.range|Age must have at most 3 digits before the point|conformance|-\n"
      "dwd.p.day_text.type|Day must be a date or a time|conformance|-\n"
      "dwd.p.mother.reference|Mother does not exist in the table that it refers to|consistency|v\n"
      "dwd.p.key|Patients has a key that is not unique|uniqueness|v\n"
      "dwd.p.day.freshness|Day is not recent enough|timeliness|-\n"
      "dwd.p.volume|Patients differs too much from its usual row count|completeness|v\n");
}

static sw_status put_rate(void *ctx, const sw_conformance *c, sw_error *err) {
  (void)err;
  sw_buf_printf(ctx, "%.*s %.*s %lld %lld/%lld\n", SW_STR_ARG(c->column), SW_STR_ARG(c->org), (long long)c->rows, (long long)c->conforming, (long long)c->delivered);
  return SW_OK;
}

static void conformance_counts_what_was_delivered(void **state) {
  world *w = *state;
  standard(w);
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_standardise_prepare(w->conn, &err), SW_OK);
  world_sql(w, "INSERT INTO meta.nonconforming (table_name, column_name, _org) VALUES ('dwd.p', 'day', 'H1'); INSERT INTO meta.unmapped VALUES ('dwd.p', 'SEX', 'm', 's', 'H2', 'x', 3)");
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  assert_int_equal(sw_standard_conformance(w->conn, w->set, NULL, NULL, put_rate, &b, &err), SW_OK);
  assert_string_equal(b.ptr, "sex H1 2 1/2\nid_no H1 2 1/2\nage H1 2 1/2\nday H1 2 1/2\nday_text H1 2 1/2\n"
                             "sex H2 2 1/4\nid_no H2 2 0/1\nage H2 2 1/1\nday H2 2 0/0\nday_text H2 2 0/0\n");
  assert_int_equal(sw_standard_conformance(w->conn, w->set, "dwd.x", NULL, put_rate, &b, &err), SW_E_NOTFOUND);
}

static sw_pack_set *proposed(world *w, const char *text) {
  char dir[512], file[512];
  snprintf(dir, sizeof dir, "%s/p", w->dir);
  snprintf(file, sizeof file, "%s/proposed.yaml", w->dir);
  assert_int_equal(sw_fs_write_durable(file, text, strlen(text), NULL), SW_OK);
  const char *dirs[] = {dir}, *files[] = {file};
  sw_problems p = SW_PROBLEMS_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_pack_set *set = NULL;
  if (sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1, .overlay = files, .noverlay = 1}, &set, &p, &err)) fail_msg("%s", err.msg[1]);
  sw_problems_fini(&p);
  return set;
}

static sw_status put_row(void *ctx, const sw_trial_row *r, sw_error *err) {
  (void)err;
  sw_buf_printf(ctx, "  %.*s %.*s:%lld %.*s\n", SW_STR_ARG(r->org), SW_STR_ARG(r->file), (long long)r->record, SW_STR_ARG(r->value));
  return SW_OK;
}

static void a_change_shows_the_rules_and_the_rows_that_would_newly_fail(void **state) {
  world *w = *state;
  standard(w);
  sw_pack_set *next = proposed(w, "- {element: E.SEX, title: {zh: 性别, en: Sex}, format: AN1, value_set: SEX, standard: WS 363, verified: true}\n"
                                  "- {element: E.ID, title: {zh: 证件号, en: Document number}, format: AN..17, pattern: '[0-9X]+'}\n"
                                  "- {element: E.AGE, title: {zh: 年龄, en: Age}, format: N..2, unit: a, definition: {zh: 周岁, en: whole years}}\n");
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_changes changes;
  sw_trials trials;
  assert_int_equal(sw_standard_diff(w->set, next, &a, &changes, &err), SW_OK);
  for (size_t i = 0; i < changes.n; i++)
    sw_buf_printf(&b, "%s %.*s %.*s: %.*s -> %.*s\n", changes.items[i].kind, SW_STR_ARG(changes.items[i].id), SW_STR_ARG(changes.items[i].part), SW_STR_ARG(changes.items[i].before),
                  SW_STR_ARG(changes.items[i].after));
  if (sw_standard_try(w->conn, w->set, next, NULL, &a, &trials, &err)) fail_msg("%s", err.msg[1]);
  for (size_t i = 0; i < trials.n; i++) {
    const sw_trial *t = &trials.items[i];
    sw_buf_printf(&b, "%s rows %lld newly %lld no longer %lld\n", t->rule, (long long)t->rows, (long long)t->newly, (long long)t->no_longer);
    assert_int_equal(sw_standard_try_rows(w->conn, t, 10, NULL, put_row, &b, &err), SW_OK);
  }
  assert_string_equal(b.ptr, "element E.ID format: AN..18 -> AN..17\nelement E.AGE format: N..3 -> N..2\n"
                             "dwd.p.id_no.length rows 4 newly 1 no longer 0\n  H1 p.csv:1 11010519491231002X\n"
                             "dwd.p.age.range rows 4 newly 0 no longer 0\n");
  sw_pack_free(next);
}

static void a_smaller_value_set_and_a_new_required_column_are_tried(void **state) {
  world *w = *state;
  standard(w);
  sw_pack_set *next = proposed(w, "value_set: SEX\ntitle: sex\nverified: false\nstandard: GB/T 2261.1\ncodes: {1: 男, 3: 其他, 9: 未说明}\n");
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_changes changes;
  sw_trials trials;
  assert_int_equal(sw_standard_diff(w->set, next, &a, &changes, &err), SW_OK);
  for (size_t i = 0; i < changes.n; i++) sw_buf_printf(&b, "%d %.*s %.*s\n", changes.items[i].change, SW_STR_ARG(changes.items[i].id), SW_STR_ARG(changes.items[i].part));
  assert_int_equal(sw_standard_try(w->conn, w->set, next, NULL, &a, &trials, &err), SW_OK);
  for (size_t i = 0; i < trials.n; i++) sw_buf_printf(&b, "%s %lld %lld\n", trials.items[i].rule, (long long)trials.items[i].newly, (long long)trials.items[i].no_longer);
  assert_string_equal(b.ptr, "0 SEX 3\n1 SEX 2\ndwd.p.sex.value_set 1 1\n");
  sw_pack_free(next);
}

static void a_table_is_exported_as_a_contract(void **state) {
  world *w = *state;
  standard(w);
  sw_error err = SW_ERROR_INIT;
  SW_AUTO(sw_buf) yaml = SW_BUF_INIT;
  SW_AUTO(sw_buf) json = SW_BUF_INIT;
  SW_AUTO(sw_buf) want = SW_BUF_INIT;
  const sw_table_def *t = sw_pack_table(w->set, SW_LIT("dwd.p"));
  assert_int_equal(sw_standard_odcs(w->set, t, SW_LANG_EN, SW_ODCS_YAML, &yaml, &err), SW_OK);
  assert_int_equal(sw_standard_odcs(w->set, t, SW_LANG_EN, SW_ODCS_JSON, &json, &err), SW_OK);
  char path[512];
  snprintf(path, sizeof path, "%s/tests/standard/golden/contract.yaml", getenv("SW_SOURCE_ROOT"));
  if (getenv("SW_UPDATE_GOLDEN")) assert_int_equal(sw_fs_write_durable(path, yaml.ptr, yaml.len, NULL), SW_OK);
  assert_int_equal(sw_fs_read(path, 1 << 20, &want, &err), SW_OK);
  assert_string_equal(yaml.ptr, want.ptr);
  /* Both forms hold the same. */
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_node_list x, y;
  assert_int_equal(sw_tree_yaml(&a, sw_buf_str(&yaml), "y", &SW_TREE_LIMITS_DEFAULT, &x, &err), SW_OK);
  assert_int_equal(sw_tree_json(&a, sw_buf_str(&json), "j", &SW_TREE_LIMITS_DEFAULT, &y, &err), SW_OK);
  SW_AUTO(sw_buf) again = SW_BUF_INIT;
  sw_standard_yaml(y.items[0], &again);
  assert_string_equal(again.ptr, yaml.ptr);
  assert_int_equal(x.n, 1);
}

static void units_convert_within_a_dimension_only(void **state) {
  (void)state;
  sw_unit_conversion u;
  assert_true(sw_unit_convert(SW_LIT("kg"), SW_LIT("g"), &u) && u.factor > 999.9 && u.factor < 1000.1);
  assert_true(sw_unit_convert(SW_LIT("斤"), SW_LIT("kg"), &u) && u.factor > 0.4999 && u.factor < 0.5001);
  assert_true(sw_unit_convert(SW_LIT("[degF]"), SW_LIT("Cel"), &u) && 98.6 * u.factor + u.offset > 36.999 && 98.6 * u.factor + u.offset < 37.001);
  assert_true(sw_unit_convert(SW_LIT("Cel"), SW_LIT("[degF]"), &u) && 37 * u.factor + u.offset > 98.599 && 37 * u.factor + u.offset < 98.601);
  assert_true(sw_unit_convert(SW_LIT("mmHg"), SW_LIT("kPa"), &u) && 120 * u.factor > 15.99 && 120 * u.factor < 16.01);
  assert_true(sw_unit_convert(SW_LIT("万元"), SW_LIT("元"), &u));
  assert_true(sw_unit_convert(SW_LIT("IU"), SW_LIT("IU"), &u));
  assert_false(sw_unit_convert(SW_LIT("kg"), SW_LIT("cm"), &u));
  assert_false(sw_unit_convert(SW_LIT("IU"), SW_LIT("mg"), &u));
}

static void a_dictionary_becomes_a_value_set(void **state) {
  world *w = *state;
  standard(w);
  char file[512], dir[512];
  snprintf(file, sizeof file, "%s/icd.csv", w->dir);
  snprintf(dir, sizeof dir, "%s/p", w->dir);
  /* GB18030, as dictionaries are handed round: 编码,名称 霍乱 */
  static const char gb[] = "\xB1\xE0\xC2\xEB,\xC3\xFB\xB3\xC6\nA00,\xBB\xF4\xC2\xD2\nA00,again\n,none\nA01,\"a, b\"\n";
  assert_int_equal(sw_fs_write_durable(file, gb, sizeof gb - 1, NULL), SW_OK);
  sw_dictionary_counts n;
  sw_error err = SW_ERROR_INIT;
  sw_dictionary_options o = {.file = file, .pack_dir = dir, .id = "ICD10", .title = "ICD: \"10\"", .installed = w->set};
  if (sw_standard_import(&o, &n, &err)) fail_msg("%s", err.msg[1]);
  assert_int_equal(n.codes, 2);
  assert_int_equal(n.without_code, 1);
  assert_int_equal(n.repeated, 1);
  world_load(w);
  const sw_value_set_def *vs = sw_pack_value_set(w->set, SW_LIT("ICD10"));
  assert_true(sw_str_eqz(sw_value_set_find(vs, SW_LIT("A00"))->zh, "霍乱"));
  assert_true(sw_str_eqz(vs->title.en, "ICD: \"10\""));
  o.installed = w->set;
  assert_int_equal(sw_standard_import(&o, &n, &err), SW_OK); /* the same again is an update */
  o.id = "SEX";
  assert_int_equal(sw_standard_import(&o, &n, &err), SW_E_EXISTS);
  sw_error_clear(&err);
  o.id = "../x";
  assert_int_equal(sw_standard_import(&o, &n, &err), SW_E_USAGE);
  sw_error_clear(&err);
  o.id = "Y";
  o.code_column = "nothing";
  assert_int_equal(sw_standard_import(&o, &n, &err), SW_E_DATA);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
  const struct CMUnitTest tests[] = {
      T(a_table_declares_its_default_rules),
      T(conformance_counts_what_was_delivered),
      T(a_change_shows_the_rules_and_the_rows_that_would_newly_fail),
      T(a_smaller_value_set_and_a_new_required_column_are_tried),
      T(a_table_is_exported_as_a_contract),
      T(a_dictionary_becomes_a_value_set),
      cmocka_unit_test(units_convert_within_a_dimension_only),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
