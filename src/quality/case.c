#include "quality/case.h"

#include "quality/plan.h"
#include "quality/regex.h"
#include "quality/rowset.h"

#include <stdlib.h>

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

typedef struct row_rule {
  const sw_rule_def *def;
  size_t output, applies;
} row_rule;

typedef struct checker {
  const sw_case_options *o;
  const sw_table_def *def;
  sw_arena arena;
  sw_qtable table;
  sw_rule_sets *sets;
  sw_qregexes *regexes;
  sw_plan *plan;
  sw_rowset *rows;
  row_rule *rules;
  size_t nrules;
  sw_case_counts *out;
} checker;

/* --- the case ------------------------------------------------------------------------------------------- */

static sw_status at_node(const sw_node *n, sw_error *err) { return sw_error_at(err, n->at.file, n->at.line, n->at.column); }

static sw_status set_value(checker *c, sw_str child, const sw_pair *p, sw_error *err) {
  if (sw_node_is_null(p->value)) return SW_OK;
  if (p->value->kind != SW_NODE_SCALAR) {
    (void)SW_FAIL(err, SW_E_DATA, "SW-RULE-0040", "%.*s 应是一个值", "%.*s must be one value", SW_STR_ARG(p->key));
    return at_node(p->value, err);
  }
  sw_str v = p->value->text;
  sw_status st = child.len ? sw_rowset_set_child(c->rows, child, p->key, v, err) : sw_rowset_set(c->rows, p->key, v, err);
  return st ? at_node(p->value, err) : SW_OK;
}

static bool is_child(const checker *c, sw_str name) {
  for (size_t i = 0; i < c->table.nchildren; i++)
    if (sw_str_eq(c->table.children[i].name, name)) return true;
  return false;
}

static sw_status add_children(checker *c, const sw_pair *p, sw_error *err) {
  if (p->value->kind != SW_NODE_LIST) {
    (void)SW_FAIL(err, SW_E_DATA, "SW-RULE-0041", "子表 %.*s 应是列表", "the children %.*s must be a list", SW_STR_ARG(p->key));
    return at_node(p->value, err);
  }
  sw_status st = SW_OK;
  for (size_t i = 0; i < p->value->n && !st; i++) {
    const sw_node *one = p->value->items[i];
    st = sw_rowset_child(c->rows, p->key, err);
    for (size_t k = 0; !st && one->kind == SW_NODE_MAP && k < one->n; k++) st = set_value(c, p->key, &one->pairs[k], err);
  }
  return st;
}

static sw_status add_case(checker *c, const sw_node *n, sw_error *err) {
  if (n->kind != SW_NODE_MAP) {
    (void)SW_FAIL(err, SW_E_DATA, "SW-RULE-0042", "病例应是一个对象", "a case must be an object");
    return at_node(n, err);
  }
  sw_status st = sw_rowset_row(c->rows, err);
  for (size_t i = 0; i < n->n && !st; i++) {
    const sw_pair *p = &n->pairs[i];
    bool child = is_child(c, p->key) && !sw_node_is_null(p->value);
    st = child ? add_children(c, p, err) : set_value(c, (sw_str){NULL, 0}, p, err);
  }
  return st;
}

static sw_status read_cases(checker *c, sw_str json, sw_error *err) {
  sw_node_list docs;
  sw_status st = sw_tree_json(&c->arena, json, c->o->file ? c->o->file : "case", &SW_TREE_LIMITS_DEFAULT, &docs, err);
  if (st || !docs.n) return st;
  const sw_node *top = docs.items[0];
  if (top->kind != SW_NODE_LIST) return add_case(c, top, err);
  for (size_t i = 0; i < top->n && !st; i++) st = add_case(c, top->items[i], err);
  return st;
}

/* --- the rules -------------------------------------------------------------------------------------------- */

static sw_status add_rule(checker *c, const sw_rule_def *d, sw_error *err) {
  sw_rule_binder b = {.arena = &c->arena, .table = &c->table, .sets = sw_rule_sets_view(c->sets), .regexes = c->regexes, .as_of_us = c->o->as_of_us,
                      .org_column = c->def->org.name};
  sw_rule_bound bound;
  bool in_when;
  sw_status st = sw_rule_bind(&b, d, 0, &bound, &in_when, err);
  if (st) return SW_FRAME(err, "编译规则 %.*s", "compiling rule %.*s", SW_STR_ARG(d->id.name));
  if (bound.missing.len) {
    c->out->left_out++;
    return SW_OK;
  }
  row_rule *r = &c->rules[c->nrules++];
  *r = (row_rule){.def = d, .output = sw_plan_outputs(c->plan), .applies = SIZE_MAX};
  st = sw_plan_add(c->plan, bound.x, err);
  if (st || !d->unknown_fails || !bound.applies) return st;
  r->applies = sw_plan_outputs(c->plan);
  return sw_plan_add(c->plan, bound.applies, err);
}

static sw_status add_rules(checker *c, sw_error *err) {
  sw_rule_list list;
  sw_status st = sw_rules_of_table(c->o->packs, sw_str_of(c->o->table), &c->arena, &list, err);
  if (st) return st;
  c->rules = SW_ARENA_ARRAY(&c->arena, row_rule, list.n + 1);
  if (!c->rules) return no_memory(err);
  for (size_t i = 0; i < list.n && !st; i++) {
    if (list.items[i]->type == SW_RT_ROW) st = add_rule(c, list.items[i], err);
    else c->out->left_out++;
  }
  return st;
}

static void answer(checker *c, const sw_plan_state *s, const row_rule *r, size_t row) {
  sw_mask m = sw_plan_mask(s, r->output);
  size_t w = row >> 6;
  uint64_t bit = 1ull << (row & 63);
  sw_case_answer a = m.e[w] & bit ? SW_CASE_BROKEN : m.t[w] & bit ? SW_CASE_PASSED : m.f[w] & bit ? SW_CASE_FAILED : SW_CASE_NOT_APPLICABLE;
  bool required = r->def->unknown_fails && (r->applies == SIZE_MAX || (sw_plan_mask(s, r->applies).t[w] & bit));
  if (a == SW_CASE_NOT_APPLICABLE && required) a = SW_CASE_FAILED;
  c->out->passed += a == SW_CASE_PASSED;
  c->out->not_applicable += a == SW_CASE_NOT_APPLICABLE;
  c->out->broken += a == SW_CASE_BROKEN;
  if (a == SW_CASE_FAILED) ++*(r->def->kind == SW_RULE_MANDATORY ? &c->out->mandatory : &c->out->verify);
  if (c->o->on_rule) c->o->on_rule(c->o->ctx, row, r->def, a);
}

static sw_status run(checker *c, sw_error *err) {
  const sw_qbatch *b;
  sw_plan_state *s = NULL;
  sw_status st = sw_rowset_batch(c->rows, &b, err);
  if (!st) st = sw_plan_state_new(c->plan, &s, err);
  if (!st) st = sw_plan_run(s, b, err);
  for (size_t row = 0; !st && row < b->n; row++)
    for (size_t i = 0; i < c->nrules; i++) answer(c, s, &c->rules[i], row);
  if (!st) c->out->cases = b->n;
  sw_plan_state_free(s);
  return st;
}

sw_status sw_quality_case(const sw_case_options *o, sw_str json, sw_case_counts *out, sw_error *err) {
  checker c = {.o = o, .def = sw_pack_table(o->packs, sw_str_of(o->table)), .out = out};
  *out = (sw_case_counts){0};
  if (!c.def) return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0030", "没有声明表 %s", "no table %s is declared", o->table);
  c.regexes = sw_qregexes_new();
  sw_status st = c.regexes ? sw_rules_schema(o->packs, c.def, &c.arena, &c.table, err) : no_memory(err);
  if (!st) st = sw_rule_sets_new(o->packs, &c.sets, err);
  if (!st) st = sw_plan_new(&c.table, &c.plan, err);
  if (!st) st = sw_rowset_new(&c.table, &c.rows, err);
  if (!st) st = read_cases(&c, json, err);
  if (!st) st = add_rules(&c, err);
  if (!st) st = run(&c, err);
  sw_rowset_free(c.rows);
  sw_plan_free(c.plan);
  sw_rule_sets_free(c.sets);
  sw_qregexes_free(c.regexes);
  sw_arena_fini(&c.arena);
  return st;
}
