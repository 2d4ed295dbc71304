#include "quality/rule_test.h"

#include "quality/plan.h"
#include "quality/regex.h"
#include "quality/rowset.h"

#include <stdlib.h>

/* --- rows as text --------------------------------------------------------------------------------------- */

/* Cuts the text at the first `sep`; the rest follows it. */
static sw_str cut(sw_str *rest, char sep) {
  const char *at = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
  size_t n = at ? (size_t)(at - rest->ptr) : rest->len;
  sw_str head = sw_str_sub(*rest, 0, n);
  *rest = at ? sw_str_sub(*rest, n + 1, rest->len) : (sw_str){NULL, 0};
  return sw_str_trim(head);
}

static sw_status set_pair(sw_rowset *r, sw_str child, sw_str pair, sw_error *err) {
  sw_str value = pair, key = cut(&value, '=');
  value = sw_str_trim(value);
  if (!key.len) return SW_OK;
  return child.len ? sw_rowset_set_child(r, child, key, value, err) : sw_rowset_set(r, key, value, err);
}

sw_status sw_rule_test_row(sw_rowset *r, sw_str text, sw_error *err) {
  sw_status st = sw_rowset_row(r, err);
  while (!st && text.len) {
    sw_str field = cut(&text, ';');
    if (!field.len) continue;
    if (field.ptr[0] != '+') {
      st = set_pair(r, (sw_str){NULL, 0}, field, err);
      continue;
    }
    sw_str rest = sw_str_sub(field, 1, field.len), child = cut(&rest, ' ');
    st = sw_rowset_child(r, child, err);
    while (!st && rest.len) st = set_pair(r, child, cut(&rest, ','), err);
  }
  return st;
}

/* --- the table --------------------------------------------------------------------------------------------- */

/* One field of RFC 4180; false at the end of the line (its last field is given). */
static bool csv_field(sw_str *rest, sw_buf *out) {
  sw_buf_clear(out);
  size_t i = 0;
  bool quoted = rest->len && rest->ptr[0] == '"';
  if (quoted) i++;
  for (; i < rest->len; i++) {
    char c = rest->ptr[i];
    if (quoted && c == '"') {
      if (i + 1 < rest->len && rest->ptr[i + 1] == '"') i++;
      else {
        quoted = false;
        continue;
      }
    } else if (!quoted && (c == ',' || c == '\n' || c == '\r')) {
      break;
    }
    sw_buf_putc(out, c);
  }
  bool more = i < rest->len && rest->ptr[i] == ',';
  while (!more && i < rest->len && (rest->ptr[i] == '\r' || rest->ptr[i] == '\n')) i++;
  if (more) i++;
  *rest = sw_str_sub(*rest, i, rest->len);
  return more;
}

typedef enum seen { SEEN_PASS = 1, SEEN_FAIL = 2, SEEN_NA = 4 } seen;

typedef struct tester {
  const sw_rules_def *def;
  const sw_table_def *table_def;
  sw_qtable table;
  sw_rule_sets *sets;
  sw_qregexes *regexes;
  sw_arena arena;
  unsigned *seen;
  sw_buf *report;
  sw_rule_test_outcome *out;
} tester;

/* What the rule says about one row: 'p', 'f', '-' or 'e'. */
static sw_status ask(tester *t, const sw_rule_def *d, sw_str row, char *answer, sw_error *err) {
  sw_rule_binder b = {.arena = &t->arena, .table = &t->table, .sets = sw_rule_sets_view(t->sets), .regexes = t->regexes, .org_column = t->table_def->org.name};
  sw_rule_bound bound;
  bool in_when;
  sw_plan *p = NULL;
  sw_plan_state *s = NULL;
  sw_rowset *r = NULL;
  const sw_qbatch *batch;
  sw_status st = sw_rule_bind(&b, d, 0, &bound, &in_when, err);
  if (!st) st = sw_rowset_new(&t->table, &r, err);
  if (!st) st = sw_rule_test_row(r, row, err);
  if (!st) st = sw_rowset_batch(r, &batch, err);
  if (!st) st = sw_plan_new(&t->table, &p, err);
  if (!st) st = sw_plan_add(p, bound.x, err);
  if (!st) st = sw_plan_state_new(p, &s, err);
  if (!st) st = sw_plan_run(s, batch, err);
  if (!st) {
    sw_mask m = sw_plan_mask(s, 0);
    *answer = bound.missing.len ? '-' : m.e[0] & 1 ? 'e' : m.t[0] & 1 ? 'p' : m.f[0] & 1 ? 'f' : '-';
  }
  sw_plan_state_free(s);
  sw_plan_free(p);
  sw_rowset_free(r);
  return st;
}

static const sw_rule_def *find_rule(const tester *t, sw_str id, size_t *at) {
  for (size_t i = 0; i < t->def->rules.n; i++) {
    *at = i;
    if (sw_str_eq(SW_ITEM(sw_rule_def, t->def->rules, i)->id.name, id)) return SW_ITEM(sw_rule_def, t->def->rules, i);
  }
  return NULL;
}

static void complain(tester *t, size_t line, sw_str rule, const char *zh, const char *en, const char *what) {
  t->out->failed++;
  sw_buf_printf(t->report, "%zu: %.*s: %s / %s %s\n", line, SW_STR_ARG(rule), zh, en, what);
}

static sw_status run_line(tester *t, size_t line, sw_str rule, sw_str expect, sw_str row, sw_error *err) {
  size_t at = 0;
  char answer = '?', text[2] = "?";
  const sw_rule_def *d = find_rule(t, rule, &at);
  t->out->rows++;
  if (!d || d->type != SW_RT_ROW) {
    complain(t, line, rule, "没有这条逐行规则", "is no row rule", "");
    return SW_OK;
  }
  bool always = sw_str_eqz(expect, "always");
  sw_status st = ask(t, d, row, &answer, err);
  if (st) return SW_FRAME(err, "规则测试第 %zu 行", "line %zu of the rules' tests", line);
  text[0] = answer;
  bool right = always ? answer == 'p' || answer == 'f' : sw_str_eqz(expect, answer == 'p' ? "pass" : answer == 'f' ? "fail" : answer == '-' ? "n/a" : "?");
  if (!right) complain(t, line, rule, "结果不符，实际", "expected otherwise, got", text);
  t->seen[at] |= always || answer == '-' ? SEEN_NA : answer == 'p' ? SEEN_PASS : answer == 'f' ? SEEN_FAIL : 0;
  return SW_OK;
}

static sw_status run_lines(tester *t, sw_str csv, sw_error *err) {
  SW_AUTO(sw_buf) rule = SW_BUF_INIT;
  SW_AUTO(sw_buf) expect = SW_BUF_INIT;
  SW_AUTO(sw_buf) row = SW_BUF_INIT;
  SW_AUTO(sw_buf) skip = SW_BUF_INIT;
  sw_status st = SW_OK;
  for (size_t line = 1; !st && csv.len; line++) {
    bool more = csv_field(&csv, &rule) && csv_field(&csv, &expect) && csv_field(&csv, &row);
    while (more) more = csv_field(&csv, &skip);
    if (line > 1) st = run_line(t, line, sw_buf_str(&rule), sw_buf_str(&expect), sw_buf_str(&row), err);
  }
  return st;
}

/* A rule whose dictionary is missing can only be shown not to apply. */
static void find_untested(tester *t) {
  for (size_t i = 0; i < t->def->rules.n; i++) {
    const sw_rule_def *d = SW_ITEM(sw_rule_def, t->def->rules, i);
    if (d->type != SW_RT_ROW) continue;
    t->out->rules++;
    bool complete = t->seen[i] == (SEEN_PASS | SEEN_FAIL | SEEN_NA);
    if (!complete && t->seen[i] == SEEN_NA) {
      sw_rule_binder b = {.arena = &t->arena, .table = &t->table, .sets = sw_rule_sets_view(t->sets), .regexes = t->regexes, .org_column = t->table_def->org.name};
      sw_rule_bound bound;
      bool in_when;
      complete = sw_rule_bind(&b, d, 0, &bound, &in_when, NULL) == SW_OK && bound.missing.len > 0;
    }
    if (complete) continue;
    t->out->untested++;
    sw_buf_printf(t->report, "%.*s: 缺少通过、失败或不适用的行 / lacks a passing, failing or not-applicable row\n", SW_STR_ARG(d->id.name));
  }
}

sw_status sw_rule_tests_run(const sw_pack_set *packs, const sw_rules_def *def, sw_str csv, sw_rule_test_outcome *out, sw_buf *report, sw_error *err) {
  tester t = {.def = def, .table_def = sw_pack_table(packs, def->table.name), .report = report, .out = out};
  *out = (sw_rule_test_outcome){0};
  t.regexes = sw_qregexes_new();
  t.seen = calloc(def->rules.n + 1, sizeof *t.seen);
  sw_status st = SW_OK;
  if (!t.regexes || !t.seen) st = SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
  if (!st) st = sw_rules_schema(packs, t.table_def, &t.arena, &t.table, err);
  if (!st) st = sw_rule_sets_new(packs, &t.sets, err);
  if (!st) st = run_lines(&t, csv, err);
  if (!st) find_untested(&t);
  sw_rule_sets_free(t.sets);
  sw_qregexes_free(t.regexes);
  sw_arena_fini(&t.arena);
  free(t.seen);
  return st;
}
