/* All rules of a table: those of packs and, in the same form, the default rules that its declaration gives. */
#include "quality/rule.h"

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* --- the rules of a table ---------------------------------------------------------------------------------------- */

static sw_status append(sw_arena *a, sw_rule_list *l, size_t *cap, sw_rule_def *r, sw_error *err) {
  if (l->n == *cap) {
    size_t want = *cap ? *cap * 2 : 64;
    sw_rule_def **items = SW_ARENA_ARRAY(a, sw_rule_def *, want);
    if (!items) return no_memory(err);
    if (l->n) memcpy(items, l->items, l->n * sizeof *items);
    l->items = items;
    *cap = want;
  }
  l->items[l->n++] = r;
  return SW_OK;
}

static sw_str text_of(sw_arena *a, sw_buf *b) { return sw_arena_dup(a, sw_buf_str(b)); }

/* A text in the language's quotes. */
static void quote(sw_buf *b, sw_str s) {
  sw_buf_putc(b, '\'');
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '\'') sw_buf_putc(b, '\'');
    sw_buf_putc(b, s.ptr[i]);
  }
  sw_buf_putc(b, '\'');
}

static const char *format_of_type(int type) {
  switch (type) {
    case SW_COL_DATE: return "date";
    case SW_COL_DATETIME: return "time";
    case SW_COL_INT: return "integer";
    default: return "number";
  }
}

static int dimension_of(const char *name) {
  for (int i = 0; i < SW_DIMENSIONS; i++)
    if (name && strcmp(name, sw_dimension_key((sw_dimension)i)) == 0) return i;
  return SW_DIM_CONFORMANCE;
}

/* The check of a default rule of one column. */
static void default_check(const sw_default_rule *d, sw_buf *b) {
  sw_str c = d->column ? d->column->name.name : (sw_str){NULL, 0};
  switch (d->kind) {
    case SW_DEFAULT_REQUIRED: sw_buf_printf(b, "%.*s is filled", SW_STR_ARG(c)); break;
    case SW_DEFAULT_TYPE: sw_buf_printf(b, "%.*s is %s", SW_STR_ARG(c), format_of_type(d->type)); break;
    case SW_DEFAULT_LENGTH:
      sw_buf_printf(b, "length(%.*s) >= %lld", SW_STR_ARG(c), (long long)d->min_len);
      if (d->max_len) sw_buf_printf(b, " and length(%.*s) <= %lld", SW_STR_ARG(c), (long long)d->max_len);
      break;
    case SW_DEFAULT_FORMAT:
      sw_buf_printf(b, "%.*s matches ", SW_STR_ARG(c));
      quote(b, d->pattern);
      break;
    case SW_DEFAULT_VALUE_SET:
      sw_buf_printf(b, "%.*s in ", SW_STR_ARG(c));
      quote(b, d->value_set->id.name);
      break;
    case SW_DEFAULT_RANGE: {
      int digits = (int)(d->precision - d->scale);
      sw_buf_printf(b, "abs(%.*s) < 1%0*d", SW_STR_ARG(c), digits > 0 && digits < 18 ? digits : 17, 0);
      break;
    }
    case SW_DEFAULT_REFERENCE: case SW_DEFAULT_KEY: case SW_DEFAULT_FRESHNESS: case SW_DEFAULT_VOLUME: break;
  }
}

static sw_status refs(sw_arena *a, const sw_ref *from, size_t n, sw_config_list *out, sw_error *err) {
  sw_ref *items = SW_ARENA_ARRAY(a, sw_ref, n + 1);
  if (!items) return no_memory(err);
  memcpy(items, from, n * sizeof *items);
  *out = (sw_config_list){items, n};
  return SW_OK;
}

/* Default rules over sets of rows. */
static sw_status default_set(const sw_default_rule *d, sw_arena *a, sw_rule_def *r, sw_error *err) {
  sw_ref to = {.name = d->ref_column};
  sw_status st;
  switch ((int)d->kind) {
    case SW_DEFAULT_KEY:
      r->type = SW_RT_UNIQUE;
      return refs(a, d->key, d->nkey, &r->unique, err);
    case SW_DEFAULT_REFERENCE:
      r->type = SW_RT_REFERENCE;
      r->reference.table = d->ref_table->id;
      if ((st = refs(a, &d->column->name, 1, &r->reference.columns, err))) return st;
      return refs(a, &to, 1, &r->reference.to, err);
    case SW_DEFAULT_FRESHNESS:
      r->type = SW_RT_METRIC;
      r->has_metric = true;
      r->metric = (sw_metric_def){.of = SW_METRIC_AGE_HOURS, .column = d->column ? d->column->name : d->table->time, .judge = SW_JUDGE_FIXED,
                                  .has_max = true, .max = (double)d->freshness_us / 3.6e9};
      return SW_OK;
    default:
      r->type = SW_RT_METRIC;
      r->has_metric = true;
      r->metric = (sw_metric_def){.of = SW_METRIC_ROWS, .judge = SW_JUDGE_RELATIVE, .change = d->volume_change, .history = 3, .z = 4};
      return SW_OK;
  }
}

sw_status sw_rules_of_defaults(const sw_default_rules *d, sw_arena *a, sw_rule_list *out, sw_error *err) {
  size_t cap = out->n;
  for (size_t i = 0; i < d->n; i++) {
    const sw_default_rule *from = &d->items[i];
    sw_rule_def *r = SW_ARENA_NEW(a, sw_rule_def);
    if (!r) return no_memory(err);
    r->at = from->at;
    r->id.name = sw_str_of(from->id);
    r->version = 1;
    r->title = r->message = from->title;
    r->dimension = dimension_of(from->dimension);
    r->severity = SW_SEV_MEDIUM;
    r->weight = 1;
    r->source = sw_str_of(from->source ? from->source : "");
    r->verified = from->verified;
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    default_check(from, &b);
    /* "-" is the official empty value: a required column may hold it, and it is no code, form or length to be judged. */
    bool text = from->column && from->column->type == SW_COL_STRING && from->kind != SW_DEFAULT_REQUIRED;
    if (b.len && text) {
      SW_AUTO(sw_buf) when = SW_BUF_INIT;
      sw_buf_printf(&when, "%.*s != '-'", SW_STR_ARG(from->column->name.name));
      r->when_text = text_of(a, &when);
    }
    sw_status st = SW_OK;
    if (b.len) r->check_text = text_of(a, &b);
    else st = default_set(from, a, r, err);
    if (from->kind == SW_DEFAULT_REQUIRED) r->unknown_fails = 1;
    if (!st) st = append(a, out, &cap, r, err);
    if (st) return st;
  }
  return SW_OK;
}

sw_status sw_rules_of_table(const sw_pack_set *set, sw_str table, sw_arena *a, sw_rule_list *out, sw_error *err) {
  *out = (sw_rule_list){0};
  size_t cap = 0;
  sw_status st = SW_OK;
  const sw_pack_object *o;
  for (size_t i = 0; !st && (o = sw_pack_at(set, "rules", i)); i++) {
    const sw_rules_def *d = o->data;
    if (!sw_str_eq(d->table.name, table)) continue;
    for (size_t k = 0; k < d->rules.n && !st; k++) st = append(a, out, &cap, SW_ITEM(sw_rule_def, d->rules, k), err);
  }
  const sw_table_def *t = sw_pack_table(set, table);
  sw_default_rules defaults = {0};
  if (!st && t) st = sw_standard_defaults(set, t, a, &defaults, err);
  if (!st) st = sw_rules_of_defaults(&defaults, a, out, err);
  return st;
}
