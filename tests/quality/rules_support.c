#include "quality/rules_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COL(n, t, s) {.name = {(n), sizeof(n) - 1}, .type = (t), .scale = (s)}

static const sw_qcolumn ROW[] = {
    COL("org_code", SW_Q_TEXT, 0), {.name = {"sex", 3}, .title = {"性别", 6}, .type = SW_Q_TEXT},
    COL("name", SW_Q_TEXT, 0),     COL("id_no", SW_Q_TEXT, 0),   COL("age", SW_Q_INT, 0),
    COL("fee", SW_Q_INT, 2),       COL("total", SW_Q_INT, 2),    COL("ratio", SW_Q_FLOAT, 0),
    COL("admit", SW_Q_TIME, 0),    COL("discharge", SW_Q_TIME, 0), COL("birth", SW_Q_DATE, 0),
    COL("flag", SW_Q_BOOL, 0),     COL("code", SW_Q_TEXT, 0),
};
static const sw_qcolumn DIAGNOSIS[] = {
    COL("code", SW_Q_TEXT, 0), COL("cond", SW_Q_TEXT, 0), COL("n", SW_Q_INT, 0), COL("amount", SW_Q_INT, 2), COL("at", SW_Q_TIME, 0),
};
static const sw_qcolumn PROCEDURE[] = {COL("code", SW_Q_TEXT, 0), COL("start_time", SW_Q_TIME, 0)};
static const sw_qtable CHILDREN[] = {
    {.name = {"diagnosis", 9}, .columns = DIAGNOSIS, .ncolumns = sizeof DIAGNOSIS / sizeof *DIAGNOSIS},
    {.name = {"procedure", 9}, .columns = PROCEDURE, .ncolumns = sizeof PROCEDURE / sizeof *PROCEDURE},
};
const sw_qtable SUPPORT_TABLE = {
    .name = {"dwd.admission", 13}, .columns = ROW, .ncolumns = sizeof ROW / sizeof *ROW, .children = CHILDREN, .nchildren = 2};

static sw_qset_state find_set(void *ctx, sw_str name, const sw_qset **out) {
  (void)ctx;
  static sw_qset sex;
  static const sw_str names[] = {{"未知", 6}, {"男", 3}, {"女", 3}, {"未说明", 9}};
  static const char codes[] = "0129";
  for (uint64_t i = 0; sex.codes.len < 4 && i < 4; i++) assert_true(sw_map_put(&sex.codes, (sw_str){codes + i, 1}, i));
  sex.names = names;
  *out = &sex;
  if (sw_str_eqz(name, "RC001")) return SW_QSET_READY;
  *out = NULL;
  return sw_str_eqz(name, "MISSING") ? SW_QSET_MISSING : SW_QSET_UNKNOWN;
}

static bool attribute(void *ctx, sw_str org, sw_str property, sw_str *out) {
  (void)ctx;
  if (!sw_str_eqz(property, "type") || !sw_str_eqz(org, "H1")) return false;
  *out = SW_LIT("三级");
  return true;
}

const sw_qsets SUPPORT_SETS = {.find = find_set, .attribute = attribute};

void compiled_init(compiled *c) {
  *c = (compiled){.regexes = sw_qregexes_new()};
  assert_non_null(c->regexes);
}

void compiled_fini(compiled *c) {
  sw_qregexes_free(c->regexes);
  sw_arena_fini(&c->arena);
}

sw_xnode *compiled_add(compiled *c, const char *text) {
  sw_xnode *x = NULL;
  sw_error_clear(&c->err);
  if (sw_expr_parse(&c->arena, sw_str_of(text), &x, &c->err)) return NULL;
  c->bind = (sw_bind){.arena = &c->arena, .table = &SUPPORT_TABLE, .sets = &SUPPORT_SETS, .regexes = c->regexes,
                      .as_of_us = 1700000000000000, .org_column = SW_LIT("org_code")};
  return sw_expr_bind(&c->bind, x, SW_Q_BOOL, &c->err) ? NULL : x;
}

static void set_field(sw_rowset *r, sw_str field) {
  sw_error err = SW_ERROR_INIT;
  ptrdiff_t eq = sw_str_find(field, SW_LIT("="));
  if (field.len && field.ptr[field.len - 1] == ':') {
    assert_int_equal(sw_rowset_child(r, sw_str_sub(field, 0, field.len - 1), &err), SW_OK);
    return;
  }
  if (eq < 0) return;
  sw_str key = sw_str_sub(field, 0, (size_t)eq), value = sw_str_sub(field, (size_t)eq + 1, field.len);
  ptrdiff_t dot = sw_str_find(key, SW_LIT("."));
  sw_status st = dot < 0 ? sw_rowset_set(r, key, value, &err)
                         : sw_rowset_set_child(r, sw_str_sub(key, 0, (size_t)dot), sw_str_sub(key, (size_t)dot + 1, key.len), value, &err);
  if (st) fail_msg("%.*s: %s", SW_STR_ARG(field), err.msg[SW_LANG_EN]);
}

sw_rowset *support_rows(const char *const *lines, size_t n) {
  sw_rowset *r = NULL;
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_rowset_new(&SUPPORT_TABLE, &r, &err), SW_OK);
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(sw_rowset_row(r, &err), SW_OK);
    sw_str rest = sw_str_of(lines[i]);
    while (rest.len) {
      ptrdiff_t semi = sw_str_find(rest, SW_LIT(";"));
      sw_str field = semi < 0 ? rest : sw_str_sub(rest, 0, (size_t)semi);
      set_field(r, sw_str_trim(field));
      rest = semi < 0 ? (sw_str){NULL, 0} : sw_str_sub(rest, (size_t)semi + 1, rest.len);
    }
  }
  return r;
}

char support_answer(const sw_mask *m, size_t row) {
  uint64_t bit = 1ull << (row & 63);
  if (m->e[row >> 6] & bit) return 'E';
  if (m->t[row >> 6] & bit) return 'T';
  return m->f[row >> 6] & bit ? 'F' : '-';
}
