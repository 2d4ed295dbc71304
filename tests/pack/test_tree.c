/* Located trees and config maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"
#include "pack/kinds.h"

static sw_status parse(sw_arena *a, const char *text, bool json, sw_node_list *out, sw_error *err) {
  return (json ? sw_tree_json : sw_tree_yaml)(a, sw_str_of(text), json ? "x.json" : "x.yaml", &SW_TREE_LIMITS_DEFAULT, out, err);
}

static void places_count_lines_and_characters(void **state) {
  (void)state;
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_node_list d;
  static const char *const texts[] = {"a: 1\n名称: {中文: 女, b: [x, y]}\n", "{\"a\": 1,\n\"名称\": {\"中文\": \"女\", \"b\": [\"x\", \"y\"]}}\n"};
  static const uint32_t columns[][3] = {{1, 10, 20}, {1, 14, 30}};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(parse(&a, texts[i], i == 1, &d, &err), SW_OK);
    const sw_pair *p = sw_node_pair(d.items[0], SW_LIT("名称"));
    assert_int_equal(p->key_at.line, 2);
    assert_int_equal(p->key_at.column, columns[i][0]);
    assert_int_equal(sw_node_get(p->value, "中文")->at.column, columns[i][1]);
    assert_int_equal(sw_node_get(p->value, "b")->items[1]->at.column, columns[i][2]);
  }
}

static void block_scalars_keep_the_place_of_every_line(void **state) {
  (void)state;
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_node_list d;
  assert_int_equal(parse(&a, "x:\n  sql: |\n    SELECT a\n      FROM t\n", false, &d, &err), SW_OK);
  const sw_node *n = sw_node_get(sw_node_get(d.items[0], "x"), "sql");
  assert_int_equal(n->style, SW_NODE_BLOCK);
  sw_place p = sw_node_place_at(n, 2, 3);
  assert_int_equal(p.line, 4);
  assert_int_equal(p.column, 7);
  p = sw_node_place_of(n, 7);
  assert_int_equal(p.line, 3);
  assert_int_equal(p.column, 12);
}

static void refused(const char *text, bool json, sw_status status, const char *code, int64_t line, int64_t column) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_node_list d;
  sw_status s = parse(&a, text, json, &d, &err);
  if (s != status || strcmp(err.code, code) || err.line != line || err.column != column)
    fail_msg("%s: %d %s %s %lld:%lld", text, s, err.code, err.msg[1], (long long)err.line, (long long)err.column);
}

static void bad_texts_are_refused_with_their_place(void **state) {
  (void)state;
  refused("a: 1\nb: 2\na: 3\n", false, SW_E_CONFIG, "SW-PACK-0006", 3, 1);
  refused("{\"a\": 1, \"a\": 2}", true, SW_E_CONFIG, "SW-PACK-0006", 1, 10);
  refused("a: *x\n", false, SW_E_CONFIG, "SW-PACK-0008", 1, 4);
  refused("a: &x [*x]\n", false, SW_E_CONFIG, "SW-PACK-0008", 1, 8);
  refused("a: 1\n b: 2\n", false, SW_E_CONFIG, "SW-PACK-0007", 2, 3);
  refused("a: \xff\n", false, SW_E_CONFIG, "SW-PACK-0002", 1, 4);
  refused("a: \x01\n", false, SW_E_CONFIG, "SW-PACK-0007", 1, 4);
  refused("{a: 1}: 2\n", false, SW_E_CONFIG, "SW-PACK-0009", 1, 1);
  refused("{\"a\": 01}", true, SW_E_CONFIG, "SW-PACK-0011", 1, 7);
  refused("2.E", true, SW_E_CONFIG, "SW-PACK-0011", 1, 1);
  refused("[1,]", true, SW_E_CONFIG, "SW-PACK-0011", 1, 4);
  refused("[1] 2", true, SW_E_CONFIG, "SW-PACK-0011", 1, 5);
  refused("[\"\\ud800\"]", true, SW_E_CONFIG, "SW-PACK-0011", 1, 9);
  refused("{\"a\" 1}", true, SW_E_CONFIG, "SW-PACK-0011", 1, 6);
}

static void nesting_and_aliases_are_bounded(void **state) {
  (void)state;
  SW_AUTO(sw_buf) deep = SW_BUF_INIT;
  for (int i = 0; i < 100; i++) sw_buf_putc(&deep, '[');
  refused(deep.ptr, false, SW_E_LIMIT, "SW-PACK-0004", 1, 65);
  refused(deep.ptr, true, SW_E_LIMIT, "SW-PACK-0004", 1, 65);
  SW_AUTO(sw_buf) laughs = SW_BUF_INIT;
  sw_buf_puts(&laughs, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
  for (int i = 1; i < 20; i++) {
    sw_buf_printf(&laughs, "a%d: &a%d [", i, i);
    for (int k = 0; k < 9; k++) sw_buf_printf(&laughs, "%s*a%d", k ? ", " : "", i - 1);
    sw_buf_puts(&laughs, "]\n");
  }
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_node_list d;
  assert_int_equal(parse(&a, laughs.ptr, false, &d, &err), SW_E_LIMIT);
  assert_string_equal(err.code, "SW-PACK-0003");
  assert_true(a.used < (size_t)1 << 20);
}

static void aliases_share_what_they_name(void **state) {
  (void)state;
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_node_list d;
  assert_int_equal(parse(&a, "base: &b {x: 1}\ncopy: *b\n---\n- null\n- 'null'\n", false, &d, &err), SW_OK);
  assert_int_equal(d.n, 2);
  assert_ptr_equal(sw_node_get(d.items[0], "base"), sw_node_get(d.items[0], "copy"));
  assert_true(sw_node_is_null(d.items[1]->items[0]));
  assert_false(sw_node_is_null(d.items[1]->items[1]));
}

/* --- config maps ------------------------------------------------------------------------------------------- */

typedef struct inner {
  sw_str from;
  int64_t n;
} inner;
typedef struct opts {
  sw_place at;
  sw_str name;
  int64_t limit, wait, size, fee;
  double share;
  bool on, has_limit;
  int mode;
  sw_text title;
  sw_ref table;
  int32_t day;
  sw_config_list tags, inners;
  sw_config_dict by_name;
  inner one;
  sw_config_sqltext sql;
} opts;

static const sw_config_key inner_keys[] = {
    {.name = "from", .type = SW_CFG_STR, .offset = offsetof(inner, from), .required = true},
    {.name = "n", .type = SW_CFG_INT, .offset = offsetof(inner, n), .fallback = "3"},
};
static const sw_config_map inner_map = {.name = "inner", .size = sizeof(inner), .keys = inner_keys, .nkeys = 2, .shorthand = "from"};
static const sw_config_enum modes[] = {{"slow", 0, {"慢", "slow"}}, {"quick", 1, {"快", "quick"}}, {NULL, 0, {NULL, NULL}}};
static const sw_config_key opt_keys[] = {
    {.name = "name", .type = SW_CFG_STR, .offset = offsetof(opts, name), .required = true, .min = 1, .max = 5},
    {.name = "limit", .type = SW_CFG_INT, .offset = offsetof(opts, limit), .fallback = "10", .min = 1, .max = 99, .present = offsetof(opts, has_limit) + 1},
    {.name = "wait", .type = SW_CFG_DURATION, .offset = offsetof(opts, wait), .fallback = "1m30s"},
    {.name = "size", .type = SW_CFG_SIZE, .offset = offsetof(opts, size), .fallback = "2MiB"},
    {.name = "fee", .type = SW_CFG_MONEY, .offset = offsetof(opts, fee)},
    {.name = "share", .type = SW_CFG_NUM, .offset = offsetof(opts, share), .fallback = "0.5", .max = 1},
    {.name = "on", .type = SW_CFG_BOOL, .offset = offsetof(opts, on), .fallback = "yes"},
    {.name = "mode", .type = SW_CFG_ENUM, .offset = offsetof(opts, mode), .values = modes, .fallback = "quick"},
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(opts, title)},
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(opts, table), .refers = "table"},
    {.name = "day", .type = SW_CFG_DATE, .offset = offsetof(opts, day)},
    {.name = "tags", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(opts, tags), .fallback = "all"},
    {.name = "inners", .type = SW_CFG_MAP, .map = &inner_map, .shape = SW_CFG_LIST, .offset = offsetof(opts, inners)},
    {.name = "by_name", .type = SW_CFG_MAP, .map = &inner_map, .shape = SW_CFG_DICT, .offset = offsetof(opts, by_name)},
    {.name = "one", .type = SW_CFG_MAP, .map = &inner_map, .offset = offsetof(opts, one)},
    {.name = "sql", .type = SW_CFG_SQL, .offset = offsetof(opts, sql)},
};
static const sw_config_map opt_map = {.name = "opts", .size = sizeof(opts), .keys = opt_keys, .nkeys = sizeof opt_keys / sizeof *opt_keys,
                                      .at = offsetof(opts, at) + 1};

static char *config(sw_arena *a, const char *text, opts *o) {
  sw_error err = SW_ERROR_INIT;
  sw_node_list d;
  assert_int_equal(parse(a, text, false, &d, &err), SW_OK);
  sw_problems p = SW_PROBLEMS_INIT;
  sw_config_ctx ctx = {.arena = a, .problems = &p};
  bool ok = sw_config_parse(&opt_map, d.items[0], &ctx, o);
  assert_int_equal(ok, p.total == 0);
  sw_buf b = SW_BUF_INIT;
  sw_problems_format(&p, SW_LANG_EN, &b);
  sw_problems_fini(&p);
  return sw_buf_take(&b);
}

static void a_config_map_fills_a_struct(void **state) {
  (void)state;
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  opts o;
  char *text = config(&a, "name: 表\nfee: 12.5\ntitle: {zh: 甲}\ntable: dwd.t\nday: 2023-01-05\ninners: [x, {from: y, n: 4}]\nby_name: {p: z}\none: w\n", &o);
  assert_string_equal(text, "");
  free(text);
  assert_int_equal(o.limit, 10);
  assert_false(o.has_limit);
  assert_int_equal(o.wait, 90000000);
  assert_int_equal(o.size, 2 << 20);
  assert_int_equal(o.fee, 1250);
  assert_true(o.on && o.mode == 1 && o.share > 0.4);
  assert_true(sw_str_eqz(o.title.en, "甲"));
  assert_int_equal(o.table.at.line, 4);
  assert_int_equal(o.tags.n, 1);
  assert_int_equal(SW_ITEM(inner, o.inners, 1)->n, 4);
  assert_int_equal(SW_VALUE(inner, o.by_name, 0)->n, 3);
  assert_true(sw_str_eqz(o.one.from, "w"));
  assert_int_equal(o.at.line, 1);
}

static void a_config_map_tells_every_mistake_with_its_place(void **state) {
  (void)state;
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  opts o;
  char *text = config(&a, "nmae: x\nlimit: 100\nwait: 3 fortnights\nsize: -1\nfee: 1.234\non: maybe\nmode: quik\ntitle: [a]\ntable: dwd\n"
                          "day: 2023-02-30\ninners: [{n: x}]\none: [1]\nsql: ''\n", &o);
  assert_string_equal(text,
      "x.yaml:1:1: opts has no key nmae; did you mean name? [SW-PACK-0020]\n"
      "x.yaml:1:1: opts lacks the required key name [SW-PACK-0021]\n"
      "x.yaml:2:8: limit must be between 1 and 99, not 100 [SW-PACK-0023]\n"
      "x.yaml:3:7: wait must be a duration (such as 30s, 5m, 2h), not \"3 fortnights\" [SW-PACK-0022]\n"
      "x.yaml:4:7: size must be a size (such as 64MiB), not \"-1\" [SW-PACK-0022]\n"
      "x.yaml:5:6: fee must be an amount in yuan with at most two decimals, not \"1.234\" [SW-PACK-0022]\n"
      "x.yaml:6:5: on must be true or false, not \"maybe\" [SW-PACK-0022]\n"
      "x.yaml:7:7: mode cannot be \"quik\"; did you mean quick? (one of: slow, quick) [SW-PACK-0025]\n"
      "x.yaml:8:8: title must be a text or {zh, en} [SW-PACK-0022]\n"
      "x.yaml:9:8: table must be a table (schema.table), not \"dwd\" [SW-PACK-0022]\n"
      "x.yaml:10:6: day must be a date (such as 2023-01-05), not \"2023-02-30\" [SW-PACK-0022]\n"
      "x.yaml:11:10: inner lacks the required key from [SW-PACK-0021]\n"
      "x.yaml:11:14: n must be a whole number, not \"x\" [SW-PACK-0022]\n"
      "x.yaml:12:6: inner must be a map of keys [SW-PACK-0022]\n"
      "x.yaml:13:6: sql is empty [SW-PACK-0022]\n");
  free(text);
}

static void edit_distance_counts_swaps_and_chinese_characters_as_one(void **state) {
  (void)state;
  assert_int_equal(sw_edit_distance(SW_LIT("table"), SW_LIT("tabel"), 3), 1);
  assert_int_equal(sw_edit_distance(SW_LIT("入院"), SW_LIT("出院"), 3), 1);
  assert_int_equal(sw_edit_distance(SW_LIT("ABC"), SW_LIT("abc"), 3), 0);
  assert_int_equal(sw_edit_distance(SW_LIT("kitten"), SW_LIT("sitting"), 5), 3);
  assert_int_equal(sw_edit_distance(SW_LIT("kitten"), SW_LIT("sitting"), 2), 3);
  assert_int_equal(sw_edit_distance(SW_LIT(""), SW_LIT("ab"), 5), 2);
}

static void formats_of_elements_are_read(void **state) {
  (void)state;
  static const struct {
    const char *text;
    sw_format f;
  } good[] = {{"AN..18", {SW_FMT_AN, 0, 18, 0}}, {"AN10", {SW_FMT_AN, 10, 10, 0}}, {"AN10..20", {SW_FMT_AN, 10, 20, 0}},
              {"N..10,2", {SW_FMT_N, 0, 10, 2}}, {"D8", {SW_FMT_D, 0, 0, 0}},      {"DT15", {SW_FMT_DT, 0, 0, 0}},
              {"A..50", {SW_FMT_A, 0, 50, 0}},   {"L", {SW_FMT_L, 0, 0, 0}},       {"T6", {SW_FMT_T, 0, 0, 0}}, {"N4,1", {SW_FMT_N, 4, 4, 1}}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    sw_format f;
    assert_true(sw_format_parse(sw_str_of(good[i].text), &f));
    assert_memory_equal(&f, &good[i].f, sizeof f);
  }
  static const char *const bad[] = {"", "X", "AN..", "AN20..10", "N..2,3", "AN..5,1", "D9", "N..39", "AN-1", "AN99999999999"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    sw_format f;
    if (sw_format_parse(sw_str_of(bad[i]), &f)) fail_msg("%s", bad[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(places_count_lines_and_characters),
      cmocka_unit_test(block_scalars_keep_the_place_of_every_line),
      cmocka_unit_test(bad_texts_are_refused_with_their_place),
      cmocka_unit_test(nesting_and_aliases_are_bounded),
      cmocka_unit_test(aliases_share_what_they_name),
      cmocka_unit_test(a_config_map_fills_a_struct),
      cmocka_unit_test(a_config_map_tells_every_mistake_with_its_place),
      cmocka_unit_test(edit_distance_counts_swaps_and_chinese_characters_as_one),
      cmocka_unit_test(formats_of_elements_are_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
