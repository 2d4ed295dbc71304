/* Rules bound to their table: schema, value sets, and the check with its condition as one expression. */
#include "quality/format.h"
#include "quality/regex.h"
#include "quality/rule.h"
#include "quality/rule_internal.h"

#include "base/vec.h"

#include <stdlib.h>

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* --- schema --------------------------------------------------------------------------------------------- */

static sw_qcolumn column_of(const sw_column_def *c) {
  sw_qcolumn q = {.name = c->name.name, .title = c->title.zh, .type = SW_Q_TEXT};
  switch (c->type) {
    case SW_COL_INT: q.type = SW_Q_INT; break;
    case SW_COL_DECIMAL:
      q.type = SW_Q_INT;
      q.scale = (int)c->scale;
      break;
    case SW_COL_MONEY:
      q.type = SW_Q_INT;
      q.scale = 2;
      break;
    case SW_COL_DOUBLE: q.type = SW_Q_FLOAT; break;
    case SW_COL_BOOL: q.type = SW_Q_BOOL; break;
    case SW_COL_DATE: q.type = SW_Q_DATE; break;
    case SW_COL_DATETIME: q.type = SW_Q_TIME; break;
    default: break; /* STRING, and TIME of day, which rules see as text */
  }
  return q;
}

static sw_status columns_of(const sw_table_def *t, sw_str name, sw_arena *a, sw_qtable *out, sw_error *err) {
  sw_qcolumn *cols = SW_ARENA_ARRAY(a, sw_qcolumn, t->columns.n + 1);
  if (!cols) return no_memory(err);
  for (size_t i = 0; i < t->columns.n; i++) cols[i] = column_of(SW_COLUMN(t, i));
  out->name = name;
  out->columns = cols;
  out->ncolumns = t->columns.n;
  return SW_OK;
}

sw_status sw_rules_schema(const sw_pack_set *set, const sw_table_def *t, sw_arena *a, sw_qtable *out, sw_error *err) {
  *out = (sw_qtable){0};
  sw_status st = columns_of(t, t->id.name, a, out, err);
  sw_qtable *children = SW_ARENA_ARRAY(a, sw_qtable, t->children.n + 1);
  if (!children) return no_memory(err);
  size_t n = 0;
  for (size_t i = 0; i < t->children.n && !st; i++) {
    const sw_child_def *c = SW_VALUE(sw_child_def, t->children, i);
    const sw_table_def *ct = sw_pack_table(set, c->table.name);
    if (ct) st = columns_of(ct, t->children.keys[i].name, a, &children[n++], err);
  }
  out->children = children;
  out->nchildren = n;
  return st;
}

/* --- value sets -------------------------------------------------------------------------------------------- */

typedef struct named_set {
  const sw_value_set_def *def;
  sw_qset set;
} named_set;

struct sw_rule_sets {
  sw_map by_name;      /* name → position in list */
  SW_VEC(named_set *) list;
  sw_map institutions; /* org \n property → index in values */
  SW_VEC(char *) values;
  sw_qsets view;
};

static sw_qset_state find_set(void *ctx, sw_str name, const sw_qset **out) {
  sw_rule_sets *s = ctx;
  uint64_t at;
  *out = NULL;
  if (!sw_map_get(&s->by_name, name, &at)) return SW_QSET_UNKNOWN;
  if (!sw_value_set_installed(s->list.items[at]->def)) return SW_QSET_MISSING;
  *out = &s->list.items[at]->set;
  return SW_QSET_READY;
}

static bool find_attribute(void *ctx, sw_str org, sw_str property, sw_str *out) {
  sw_rule_sets *s = ctx;
  char key[512];
  int n = snprintf(key, sizeof key, "%.*s\n%.*s", SW_STR_ARG(org), SW_STR_ARG(property));
  uint64_t at;
  if (n < 0 || (size_t)n >= sizeof key || !sw_map_get(&s->institutions, (sw_str){key, (size_t)n}, &at)) return false;
  *out = sw_str_of(s->values.items[at]);
  return true;
}

static sw_status add_set(sw_rule_sets *s, const sw_value_set_def *d, sw_error *err) {
  named_set *n = calloc(1, sizeof *n);
  sw_str *names = calloc(d->codes.n + 1, sizeof *names);
  if (!n || !names || !SW_VEC_PUSH(&s->list, n)) {
    free(n);
    free(names);
    return no_memory(err);
  }
  n->def = d;
  n->set.names = names;
  for (size_t i = 0; i < d->codes.n; i++) {
    names[i] = SW_CODE(d, i)->zh;
    if (!sw_map_put(&n->set.codes, SW_CODE(d, i)->code, i)) return no_memory(err);
  }
  return sw_map_put(&s->by_name, d->id.name, s->list.len - 1) ? SW_OK : no_memory(err);
}

/* A value set institution.<property> says what institutions are: its codes are theirs, its names the property's values. */
static sw_status add_institutions(sw_rule_sets *s, const sw_value_set_def *d, sw_error *err) {
  static const sw_str PREFIX = {"institution.", 12};
  if (!sw_str_starts(d->id.name, PREFIX)) return SW_OK;
  sw_str property = sw_str_sub(d->id.name, PREFIX.len, d->id.name.len);
  for (size_t i = 0; i < d->codes.n; i++)
    if (!sw_rule_sets_institution(s, SW_CODE(d, i)->code, property, SW_CODE(d, i)->zh)) return no_memory(err);
  return SW_OK;
}

sw_status sw_rule_sets_new(const sw_pack_set *set, sw_rule_sets **out, sw_error *err) {
  sw_rule_sets *s = *out = calloc(1, sizeof *s);
  if (!s) return no_memory(err);
  s->view = (sw_qsets){.find = find_set, .attribute = find_attribute, .ctx = s};
  const sw_pack_object *o;
  sw_status st = SW_OK;
  for (size_t i = 0; !st && (o = sw_pack_at(set, "value_set", i)); i++) {
    st = add_set(s, o->data, err);
    if (!st) st = add_institutions(s, o->data, err);
  }
  if (!st) return SW_OK;
  sw_rule_sets_free(s);
  *out = NULL;
  return st;
}

void sw_rule_sets_free(sw_rule_sets *s) {
  if (!s) return;
  for (size_t i = 0; i < s->list.len; i++) {
    sw_map_fini(&s->list.items[i]->set.codes);
    free((void *)(uintptr_t)s->list.items[i]->set.names);
    free(s->list.items[i]);
  }
  for (size_t i = 0; i < s->values.len; i++) free(s->values.items[i]);
  SW_VEC_FREE(&s->list);
  SW_VEC_FREE(&s->values);
  sw_map_fini(&s->by_name);
  sw_map_fini(&s->institutions);
  free(s);
}

const sw_qsets *sw_rule_sets_view(const sw_rule_sets *s) { return &s->view; }

bool sw_rule_sets_institution(sw_rule_sets *s, sw_str org, sw_str property, sw_str value) {
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  sw_buf_printf(&key, "%.*s\n%.*s", SW_STR_ARG(org), SW_STR_ARG(property));
  char *copy = sw_str_dupz(value);
  if (!copy || !sw_buf_ok(&key) || !SW_VEC_PUSH(&s->values, copy)) {
    free(copy);
    return false;
  }
  return sw_map_put(&s->institutions, sw_buf_str(&key), s->values.len - 1);
}

/* --- binding ------------------------------------------------------------------------------------------------ */

static sw_xnode *make(sw_arena *a, sw_xop op, sw_xnode *x, sw_xnode *y) {
  sw_xnode *n = SW_ARENA_NEW(a, sw_xnode);
  sw_xnode **kids = SW_ARENA_ARRAY(a, sw_xnode *, 2);
  if (!n || !kids) return NULL;
  kids[0] = x;
  kids[1] = y;
  *n = (sw_xnode){.op = op, .type = SW_Q_BOOL, .kids = kids, .nkids = 2, .child = -1};
  return n;
}

static sw_status bind_text(const sw_rule_binder *b, sw_str text, sw_xnode **out, sw_rule_bound *bound, sw_error *err) {
  sw_bind bind = {.arena = b->arena, .table = b->table, .sets = b->sets, .regexes = b->regexes, .as_of_us = b->as_of_us, .org_column = b->org_column};
  sw_status st = sw_expr_parse(b->arena, text, out, err);
  if (!st) st = sw_expr_bind(&bind, *out, SW_Q_BOOL, err);
  if (!st && bind.missing_dictionary) bound->missing = bind.missing_name;
  return st;
}

/* Joins conditions of applicability. */
static bool and_to(sw_arena *a, sw_xnode **all, sw_xnode *x) {
  if (*all) x = make(a, SW_X_AND, *all, x);
  *all = x;
  return x != NULL;
}

static sw_status conditions(const sw_rule_binder *b, const sw_rule_def *r, sw_rule_bound *out, sw_error *err) {
  sw_xnode *x = NULL;
  sw_status st;
  if (r->when_text.len) {
    if ((st = bind_text(b, r->when_text, &x, out, err))) return st;
    if (!and_to(b->arena, &out->applies, x)) return no_memory(err);
  }
  if (r->when) {
    if ((st = bind_text(b, sw_node_text(r->when), &x, out, err))) return st;
    if (!and_to(b->arena, &out->applies, x)) return no_memory(err);
  }
  return SW_OK;
}

sw_status sw_rule_bind(const sw_rule_binder *b, const sw_rule_def *r, uint32_t sql_number, sw_rule_bound *out, bool *in_when,
                       sw_error *err) {
  *out = (sw_rule_bound){0};
  *in_when = true;
  sw_status st = conditions(b, r, out, err);
  if (st) return st;
  *in_when = false;
  sw_xnode *check;
  if (r->type == SW_RT_SQL) {
    check = SW_ARENA_NEW(b->arena, sw_xnode);
    if (!check) return no_memory(err);
    *check = (sw_xnode){.op = SW_X_SQL, .type = SW_Q_BOOL, .sql = sql_number, .child = -1};
  } else if ((st = bind_text(b, r->check_text, &check, out, err))) {
    return st;
  }
  out->x = out->applies ? make(b->arena, SW_X_IF, out->applies, check) : check;
  return out->x ? SW_OK : no_memory(err);
}

/* --- at load -------------------------------------------------------------------------------------------------- */

static void report(const sw_config_ctx *ctx, const sw_rule_def *r, const sw_node *text, const sw_error *err) {
  sw_place at = text ? sw_node_place_of(text, err->column > 0 ? (size_t)err->column - 1 : 0) : r->at;
  sw_problem_add(ctx->problems, at, err->code, "规则 %.*s：%s%.0s", "rule %.*s: %.0s%s", SW_STR_ARG(r->id.name), err->msg[SW_LANG_ZH],
                 err->msg[SW_LANG_EN]);
}

static void need(const sw_config_ctx *ctx, const sw_table_def *t, sw_ref name) {
  if (name.name.len) (void)sw_pack_need_column(ctx, t, name);
}
static void need_all(const sw_config_ctx *ctx, const sw_table_def *t, const sw_config_list *l) {
  for (size_t i = 0; i < l->n; i++) need(ctx, t, *SW_ITEM(sw_ref, *l, i));
}

static void check_columns(const sw_pack_set *set, const sw_config_ctx *ctx, const sw_table_def *t, const sw_rule_def *r) {
  need_all(ctx, t, &r->unique);
  need_all(ctx, t, &r->reference.columns);
  need(ctx, t, r->metric.column);
  need(ctx, t, r->metric.patient);
  need(ctx, t, r->codes.column);
  need_all(ctx, t, &r->order.by);
  need(ctx, t, r->order.start);
  need(ctx, t, r->order.end);
  need(ctx, t, r->order.same);
  need(ctx, t, r->balance.column);
  need_all(ctx, t, &r->balance.on);
  const sw_table_def *other = sw_pack_table(set, r->reference.table.name);
  if (other) need_all(ctx, other, &r->reference.to);
  other = sw_pack_table(set, r->balance.table.name);
  if (other) need(ctx, other, r->balance.to);
  if (other) need_all(ctx, other, &r->balance.on);
}

void sw_rules_resolve(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  sw_rules_def *d = o->data;
  const sw_table_def *t = sw_pack_table(set, d->table.name);
  if (!t) return; /* the unknown table is a problem already */
  sw_error err = SW_ERROR_INIT;
  sw_qtable table;
  sw_rule_sets *sets = NULL;
  sw_map ids = SW_MAP_INIT;
  sw_arena arena = SW_ARENA_INIT; /* what binding makes here is not kept */
  sw_qregexes *regexes = sw_qregexes_new();
  bool ready = regexes && !sw_rules_schema(set, t, &arena, &table, &err) && !sw_rule_sets_new(set, &sets, &err);
  for (size_t i = 0; ready && i < d->rules.n; i++) {
    sw_rule_def *r = SW_ITEM(sw_rule_def, d->rules, i);
    sw_rule_binder b = {.arena = &arena, .table = &table, .sets = sw_rule_sets_view(sets), .regexes = regexes, .org_column = t->org.name};
    sw_rule_bound bound;
    bool in_when, added = true, row = r->type == SW_RT_ROW || r->type == SW_RT_SQL;
    if (!sw_map_at(&ids, r->id.name, i, &added) || !added)
      sw_problem_add(ctx->problems, r->at, "SW-RULE-0012", "规则编号 %.*s 重复", "rule id %.*s is repeated", SW_STR_ARG(r->id.name));
    check_columns(set, ctx, t, r);
    sw_error_clear(&err);
    if (row && sw_rule_bind(&b, r, 0, &bound, &in_when, &err)) report(ctx, r, in_when ? r->when : r->check, &err);
  }
  sw_map_fini(&ids);
  sw_rule_sets_free(sets);
  sw_qregexes_free(regexes);
  sw_arena_fini(&arena);
}
