/* Packs as a whole: every mistake in one go, sets, overrides, references, speed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/fs.h"
#include "pack/pack.h"

static char dir[256];

static int make_dir(void **state) {
  (void)state;
  snprintf(dir, sizeof dir, "%s/sw_pack_XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state) {
  (void)state;
  return sw_fs_remove_tree(dir, NULL) ? -1 : 0;
}

static void put(const char *path, const char *text) {
  char full[512], parent[512];
  snprintf(full, sizeof full, "%s/%s", dir, path);
  snprintf(parent, sizeof parent, "%s", full);
  *strrchr(parent, '/') = '\0';
  assert_int_equal(sw_fs_mkdirs(parent, NULL), SW_OK);
  assert_int_equal(sw_fs_write_durable(full, text, strlen(text), NULL), SW_OK);
}

static const char *source_path(const char *path, char out[512]) {
  snprintf(out, 512, "%s/%s", getenv("SW_SOURCE_ROOT"), path);
  return out;
}

/* Loads packs below `dir` and returns what a user would read, "" when all is well. */
static char *load_text(const sw_pack_registry *reg, const char *const *names, size_t n, sw_lang lang, sw_pack_set **out) {
  char paths[8][512];
  const char *dirs[8];
  for (size_t i = 0; i < n; i++) {
    snprintf(paths[i], sizeof paths[i], "%s/%s", dir, names[i]);
    dirs[i] = paths[i];
  }
  sw_problems p = SW_PROBLEMS_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_pack_set *set = NULL;
  sw_status s = sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = n, .registry = reg, .strip = dir}, &set, &p, &err);
  assert_int_equal(s == SW_OK, p.total == 0);
  sw_buf b = SW_BUF_INIT;
  sw_problems_format(&p, lang, &b);
  sw_problems_fini(&p);
  if (out) *out = set;
  else sw_pack_free(set);
  return sw_buf_take(&b);
}

static void expect(const char *const *names, size_t n, const char *want) {
  char *got = load_text(NULL, names, n, SW_LANG_EN, NULL);
  assert_string_equal(got, want);
  free(got);
}
#define EXPECT(want, ...) expect((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), want)

static void golden(sw_lang lang, const char *file) {
  char root[512], path[640];
  source_path("tests/pack/golden", root);
  snprintf(path, sizeof path, "%s/twenty", root);
  const char *dirs[] = {path};
  static const sw_pack_operator ops[] = {{.name = "ingest"}, {.name = "standardise"}, {.name = "check"}, {.name = "sql"}};
  sw_pack_registry reg = {.operators = ops, .noperators = 4};
  sw_error err = SW_ERROR_INIT;
  SW_AUTO(sw_buf) got = SW_BUF_INIT;
  sw_pack_options o = {.dirs = dirs, .ndirs = 1, .registry = &reg, .strip = root};
  assert_int_equal(sw_pack_check(&o, lang, &got, &err), SW_E_CONFIG);
  SW_AUTO(sw_buf) want = SW_BUF_INIT;
  snprintf(path, sizeof path, "%s/%s", root, file);
  if (getenv("SW_UPDATE_GOLDEN")) assert_int_equal(sw_fs_write_durable(path, got.ptr, got.len, NULL), SW_OK);
  assert_int_equal(sw_fs_read(path, 1 << 20, &want, &err), SW_OK);
  assert_string_equal(got.ptr, want.ptr);
}

static void all_mistakes_of_a_pack_are_told_at_once_in_both_languages(void **state) {
  (void)state;
  golden(SW_LANG_EN, "twenty.en.txt");
  golden(SW_LANG_ZH, "twenty.zh.txt");
}

static void the_base_pack_has_no_problem(void **state) {
  (void)state;
  char path[512];
  const char *dirs[] = {source_path("packs/base", path)};
  sw_problems p = SW_PROBLEMS_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_pack_set *set = NULL;
  if (sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1}, &set, &p, &err)) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_problems_format(&p, SW_LANG_EN, &b);
    fail_msg("%s%s", b.ptr, err.msg[1]);
  }
  const sw_value_set_def *rh = sw_pack_value_set(set, SW_LIT("RC031"));
  assert_true(sw_str_eqz(sw_value_set_find(rh, SW_LIT("1"))->zh, "阴性"));
  assert_true(sw_str_eqz(sw_value_set_find(rh, SW_LIT("2"))->en, "Positive"));
  assert_false(sw_value_set_installed(sw_pack_value_set(set, SW_LIT("RC023"))));
  assert_int_equal(sw_pack_count(set, "value_set"), 42);
  sw_pack_free(set);
  sw_problems_fini(&p);
}

#define HEAD(name) "pack: " name "\nversion: '1'\ntitle: " name "\n"

static void a_later_pack_replaces_only_when_it_says_so(void **state) {
  (void)state;
  put("p/one/pack.yaml", HEAD("one"));
  put("p/one/v.yaml", "value_set: V\ntitle: v\ncodes: {'1': first}\n");
  put("p/two/pack.yaml", HEAD("two") "requires: one\n");
  put("p/two/v.yaml", "value_set: V\ntitle: v\ncodes: {'1': second}\n");
  EXPECT("p/two/v.yaml:1:12: pack one has value_set V already (p/one/v.yaml:1); write override: true to replace it [SW-PACK-0063]\n", "p/two");
  put("p/two/v.yaml", "value_set: V\noverride: true\ntitle: v\ncodes: {'1': second}\n");
  sw_pack_set *set;
  char *text = load_text(NULL, (const char *const[]){"p/two"}, 1, SW_LANG_EN, &set);
  assert_string_equal(text, "");
  free(text);
  assert_int_equal(sw_pack_count(set, "value_set"), 1);
  assert_true(sw_str_eqz(SW_CODE(sw_pack_value_set(set, SW_LIT("V")), 0)->zh, "second"));
  assert_int_equal(sw_pack_npacks(set), 2);
  sw_pack_free(set);
  put("p/two/v.yaml", "value_set: W\noverride: true\ntitle: v\ncodes: {'1': second}\n");
  EXPECT("p/two/v.yaml:1:12: override: true, but no earlier pack has value_set W [SW-PACK-0062]\n", "p/two");
}

static void packs_that_require_each_other_are_refused(void **state) {
  (void)state;
  put("p/one/pack.yaml", HEAD("one") "requires: [two]\n");
  put("p/two/pack.yaml", HEAD("two") "requires: [one]\n");
  EXPECT("p/two/pack.yaml:4:12: packs require each other: one [SW-PACK-0070]\n", "p/one");
}

static void a_directory_without_pack_yaml_is_told(void **state) {
  (void)state;
  put("p/empty/x.yaml", "value_set: V\ntitle: v\ncodes: {'1': x}\n");
  EXPECT("p/empty: there is no pack here: pack.yaml is missing [SW-PACK-0072]\n", "p/empty");
}

static void the_hash_ignores_layout_and_sees_content(void **state) {
  (void)state;
  static const char *const texts[] = {"value_set: V\ntitle: v\ncodes: {'1': x}\n", "# remark\nvalue_set: V\ncodes:\n  1: x\ntitle: {zh: v, en: v}\n",
                                      "value_set: V\ncodes:\n  1: y\ntitle: v\n", "{\"value_set\": \"V\", \"title\": \"v\", \"codes\": {\"1\": \"x\"}}"};
  char hash[4][SW_SHA256_HEX];
  for (size_t i = 0; i < 4; i++) {
    put("p/one/pack.yaml", HEAD("one"));
    if (i == 3) {
      char full[512];
      snprintf(full, sizeof full, "%s/p/one/v.yaml", dir);
      assert_int_equal(sw_fs_remove(full, NULL), SW_OK);
    }
    put(i == 3 ? "p/one/v.json" : "p/one/v.yaml", texts[i]);
    sw_pack_set *set;
    char *text = load_text(NULL, (const char *const[]){"p/one"}, 1, SW_LANG_EN, &set);
    assert_string_equal(text, "");
    free(text);
    snprintf(hash[i], sizeof hash[i], "%s", sw_pack_hash(set));
    sw_pack_free(set);
  }
  assert_string_equal(hash[0], hash[3]);
  assert_string_not_equal(hash[0], hash[2]);
}

static void codes_may_lie_in_a_csv_beside(void **state) {
  (void)state;
  put("p/one/pack.yaml", HEAD("one"));
  put("p/one/v.yaml", "value_set: V\ntitle: v\nfile: v.csv\n");
  put("p/one/v.csv", "\xEF\xBB\xBF" "code,zh,en,parent\n1,一,One,\n11,\"一,一\",\"One \"\"one\"\"\",1\n\n");
  sw_pack_set *set;
  char *text = load_text(NULL, (const char *const[]){"p/one"}, 1, SW_LANG_EN, &set);
  assert_string_equal(text, "");
  free(text);
  const sw_value_set_def *v = sw_pack_value_set(set, SW_LIT("V"));
  assert_int_equal(v->codes.n, 2);
  assert_true(sw_str_eqz(sw_value_set_find(v, SW_LIT("11"))->en, "One \"one\""));
  sw_pack_free(set);
  put("p/one/v.csv", "code,name\n1,x\n");
  EXPECT("p/one/v.csv:1:1: the header lacks the column zh [SW-PACK-0067]\n", "p/one");
  put("p/one/v.csv", "code,zh\n1,\"x\n");
  EXPECT("p/one/v.csv:3:1: not valid CSV (a quote is not closed, or text follows one) [SW-PACK-0068]\n", "p/one");
  put("p/one/v.csv", "code,zh,parent\n1,x,2\n2,y,1\n");
  EXPECT("p/one/v.csv:2:1: the parents of code 1 form a cycle [SW-PACK-0033]\n", "p/one");
}

static void a_table_takes_types_from_its_elements(void **state) {
  (void)state;
  put("p/one/pack.yaml", HEAD("one"));
  put("p/one/e.yaml", "- {element: E1, title: sex, format: N1, value_set: V}\n- {element: E2, title: age, format: N..3}\n"
                      "- {element: E3, title: fee, format: 'N..18,2', money: true}\n- {element: E4, title: w, format: 'N..5,1', unit: kg}\n");
  put("p/one/v.yaml", "value_set: V\ntitle: v\ncodes: {1: x}\n");
  put("p/one/t.yaml", "table: dwd.t\ntitle: t\nkey: sex\ncolumns:\n  - {name: sex, element: E1}\n  - {name: age, element: E2}\n"
                      "  - {name: fee, element: E3}\n  - {name: w, element: E4}\n  - {name: Day, format: D8}\n  - {name: up, references: dwd.t}\n");
  sw_pack_set *set;
  char *text = load_text(NULL, (const char *const[]){"p/one"}, 1, SW_LANG_EN, &set);
  assert_string_equal(text, "");
  free(text);
  const sw_table_def *t = sw_pack_table(set, SW_LIT("dwd.t"));
  assert_int_equal(sw_table_column(t, SW_LIT("sex"))->type, SW_COL_STRING);
  assert_non_null(sw_table_column(t, SW_LIT("sex"))->value_set);
  assert_int_equal(sw_table_column(t, SW_LIT("age"))->type, SW_COL_INT);
  assert_int_equal(sw_table_column(t, SW_LIT("fee"))->type, SW_COL_MONEY);
  assert_int_equal(sw_table_column(t, SW_LIT("w"))->precision, 5);
  assert_int_equal(sw_table_column(t, SW_LIT("w"))->scale, 1);
  assert_int_equal(sw_table_column(t, SW_LIT("DAY"))->type, SW_COL_DATE);
  assert_true(sw_str_eqz(sw_table_column(t, SW_LIT("up"))->references.column, "sex"));
  sw_pack_free(set);
}

static sw_status refuse_evil(void *ctx, sw_config_sql_kind kind, sw_str sql, sw_error *err) {
  (void)ctx;
  (void)kind;
  ptrdiff_t at = sw_str_find(sql, SW_LIT("evil"));
  if (at < 0) return SW_OK;
  int64_t line = 1, column = 1;
  for (ptrdiff_t i = 0; i < at; i++) {
    column++;
    if (sql.ptr[i] == '\n') {
      line++;
      column = 1;
    }
  }
  SW_FAIL(err, SW_E_CONFIG, "SW-SQL-0001", "不许", "not allowed");
  err->line = line;
  err->column = column;
  return err->status;
}

static void a_place_inside_sql_is_told_in_the_file(void **state) {
  (void)state;
  put("p/one/pack.yaml", HEAD("one"));
  put("p/one/t.yaml", "table: dwd.t\ntitle: t\ncolumns: [{name: a, type: string}, {name: b, type: string}]\n");
  put("p/one/s.yaml", "source: s\ntitle: s\ntables: [{table: ods.t, files: x.csv, columns: [A, B]}]\n");
  put("p/one/m.yaml", "mapping: m\ninto: dwd.t\nfrom: ods.t\nwhere: |\n\n  A = '1'\n    AND evil(A)\ncolumns:\n  a: {expr: \"evil(A)\"}\n  b: B\n");
  sw_pack_registry reg = {.check_sql = refuse_evil};
  char *text = load_text(&reg, (const char *const[]){"p/one"}, 1, SW_LANG_EN, NULL);
  assert_string_equal(text, "p/one/m.yaml:7:9: not allowed [SW-SQL-0001]\np/one/m.yaml:9:14: not allowed [SW-SQL-0001]\n");
  free(text);
}

static void mappings_are_checked_against_source_and_table(void **state) {
  (void)state;
  put("p/one/pack.yaml", HEAD("one"));
  put("p/one/t.yaml", "table: dwd.t\ntitle: t\nkey: [a, b]\ncolumns: [{name: a, type: string}, {name: b, type: string}]\n");
  put("p/one/s.yaml", "source: s\ntitle: s\ntables: [{table: ods.t, files: x.csv, columns: [A1, A2, B]}]\n");
  put("p/one/m.yaml", "mapping: m\ninto: dwd.t\nfrom: ods.t\ncolumns: {c: B}\nrepeat:\n  - {count: 3, columns: {a: 'A{n}'}}\n");
  EXPECT("p/one/m.yaml:2:7: dwd.t has the key column b, which is not mapped [SW-PACK-0054]\n"
         "p/one/m.yaml:4:11: dwd.t has no column c [SW-PACK-0030]\n"
         "p/one/m.yaml:6:29: ods.t has no column A3; did you mean A1? [SW-PACK-0030]\n", "p/one");
}

static void large_sets_load_in_under_a_second(void **state) {
  (void)state;
  put("p/big/pack.yaml", HEAD("big"));
  for (int t = 0; t < 60; t++) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    char name[64];
    sw_buf_printf(&b, "table: dwd.t%d\ntitle: {zh: 表, en: Table}\nkey: [c0]\ncolumns:\n", t);
    for (int c = 0; c < 40; c++) sw_buf_printf(&b, "  - {name: c%d, type: string, required: true, title: {zh: 列, en: Column}}\n", c);
    snprintf(name, sizeof name, "p/big/tables/t%d.yaml", t);
    put(name, b.ptr);
    sw_buf_clear(&b);
    for (int r = 0; r < 50; r++)
      sw_buf_printf(&b, "- rules: dwd.t%d.r%d\n  title: {zh: 规则, en: Rule}\n  table: dwd.t%d\n  column: c%d\n  range: {min: 1, max: %d}\n"
                        "  when: \"c1 = '1' AND c2 IS NOT NULL\"\n  message: {zh: 超出范围, en: out of range}\n", t, r, t, r % 40, r);
    snprintf(name, sizeof name, "p/big/rules/t%d.yaml", t);
    put(name, b.ptr);
  }
  int64_t start = sw_mono_us();
  sw_pack_set *set;
  char *text = load_text(NULL, (const char *const[]){"p/big"}, 1, SW_LANG_EN, &set);
  int64_t took = sw_mono_us() - start;
  assert_string_equal(text, "");
  free(text);
  assert_int_equal(sw_pack_count(set, "rules"), 3000);
  print_message("3,000 rules over 60 tables: %lld ms\n", (long long)(took / 1000));
#if !defined(__SANITIZE_ADDRESS__)
  assert_true(took < 1000000);
#endif
  sw_pack_free(set);
}

static void docs_and_schemas_speak_of_every_kind(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  for (int lang = 0; lang < 2; lang++) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    assert_int_equal(sw_pack_docs(NULL, (sw_lang)lang, &b, &err), SW_OK);
    assert_true(sw_str_find(sw_buf_str(&b), SW_LIT("## mapping")) > 0);
  }
  static const char *const kinds[] = {"value_set", "element", "table", "source", "mapping", "flow", "rules"};
  for (size_t i = 0; i < 7; i++) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    SW_AUTO(sw_arena) a = SW_ARENA_INIT;
    sw_node_list tree;
    assert_int_equal(sw_pack_schema(NULL, kinds[i], &b, &err), SW_OK);
    assert_int_equal(sw_tree_json(&a, sw_buf_str(&b), "schema", &SW_TREE_LIMITS_DEFAULT, &tree, &err), SW_OK);
    assert_non_null(sw_node_get(sw_node_get(sw_node_get(sw_node_get(tree.items[0], "$defs"), "object"), "properties"), kinds[i]));
  }
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  assert_int_equal(sw_pack_schema(NULL, "tabel", &b, &err), SW_E_NOTFOUND);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, make_dir, drop_dir)
  const struct CMUnitTest tests[] = {
      T(all_mistakes_of_a_pack_are_told_at_once_in_both_languages),
      T(the_base_pack_has_no_problem),
      T(a_later_pack_replaces_only_when_it_says_so),
      T(packs_that_require_each_other_are_refused),
      T(a_directory_without_pack_yaml_is_told),
      T(the_hash_ignores_layout_and_sees_content),
      T(codes_may_lie_in_a_csv_beside),
      T(a_table_takes_types_from_its_elements),
      T(a_place_inside_sql_is_told_in_the_file),
      T(mappings_are_checked_against_source_and_table),
      T(large_sets_load_in_under_a_second),
      T(docs_and_schemas_speak_of_every_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
