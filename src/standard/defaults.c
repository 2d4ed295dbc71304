#include "standard/defaults.h"

#include "base/vec.h"

typedef struct maker {
  const sw_pack_set *set;
  const sw_table_def *t;
  sw_arena *arena;
  SW_VEC(sw_default_rule) rules;
  bool failed;
} maker;

static sw_default_rule *add(maker *m, sw_default_kind kind, const sw_column_def *c, const char *what, const char *dimension) {
  sw_default_rule r = {.kind = kind, .table = m->t, .column = c, .dimension = dimension, .source = "", .verified = true};
  r.at = c ? c->at : m->t->id.at;
  r.id = c ? sw_arena_printf(m->arena, "%.*s.%.*s.%s", SW_STR_ARG(m->t->id.name), SW_STR_ARG(c->name.name), what)
           : sw_arena_printf(m->arena, "%.*s.%s", SW_STR_ARG(m->t->id.name), what);
  if (c && c->element) {
    r.verified = c->element->verified;
    if (c->element->standard.len) r.source = sw_arena_printf(m->arena, "%.*s %.*s", SW_STR_ARG(c->element->standard), SW_STR_ARG(c->element->id.name));
  }
  if (!r.id || !r.source || !SW_VEC_PUSH(&m->rules, r)) {
    m->failed = true;
    return NULL;
  }
  return &m->rules.items[m->rules.len - 1];
}

static void say(maker *m, sw_default_rule *r, const char *zh, const char *en) {
  if (!r) return;
  sw_text name = r->column ? r->column->title : m->t->title;
  r->title.zh = sw_str_of(sw_arena_printf(m->arena, "%.*s%s", SW_STR_ARG(name.zh), zh));
  r->title.en = sw_str_of(sw_arena_printf(m->arena, "%.*s %s", SW_STR_ARG(name.en), en));
  if (!r->title.zh.ptr || !r->title.en.ptr) m->failed = true;
}

static bool is_text(const sw_column_def *c) { return c->type == SW_COL_STRING; }

static void length_rule(maker *m, const sw_column_def *c) {
  const sw_format *f = &c->format;
  bool sized = f->cls == SW_FMT_A || f->cls == SW_FMT_AN || f->cls == SW_FMT_N;
  if (!is_text(c) || !sized || c->value_set) return; /* the value set says more than a length */
  sw_default_rule *r = add(m, SW_DEFAULT_LENGTH, c, "length", "conformance");
  if (!r) return;
  r->min_len = f->min_len;
  r->max_len = f->max_len;
  char zh[64], en[64];
  if (f->min_len == f->max_len) {
    snprintf(zh, sizeof zh, "应为 %d 个字符", f->max_len);
    snprintf(en, sizeof en, "must have %d characters", f->max_len);
  } else if (f->min_len) {
    snprintf(zh, sizeof zh, "应为 %d 至 %d 个字符", f->min_len, f->max_len);
    snprintf(en, sizeof en, "must have %d to %d characters", f->min_len, f->max_len);
  } else {
    snprintf(zh, sizeof zh, "不得超过 %d 个字符", f->max_len);
    snprintf(en, sizeof en, "must have at most %d characters", f->max_len);
  }
  say(m, r, zh, en);
}

/* Text columns that should read as something else: declared as string over an element of numbers or dates. */
static void type_rule(maker *m, const sw_column_def *c) {
  if (!is_text(c) || c->value_set || (c->element && c->element->code)) return;
  int type = SW_COL_AUTO;
  if (c->format.cls == SW_FMT_N) type = c->format.scale ? SW_COL_DECIMAL : SW_COL_INT;
  if (c->format.cls == SW_FMT_D) type = SW_COL_DATE;
  if (c->format.cls == SW_FMT_DT) type = SW_COL_DATETIME;
  if (c->format.cls == SW_FMT_T) type = SW_COL_TIME;
  if (type == SW_COL_AUTO) return;
  sw_default_rule *r = add(m, SW_DEFAULT_TYPE, c, "type", "conformance");
  if (r) r->type = type;
  bool number = type == SW_COL_INT || type == SW_COL_DECIMAL;
  say(m, r, number ? "应是数" : "应是日期或时间", number ? "must be a number" : "must be a date or a time");
}

static void range_rule(maker *m, const sw_column_def *c) {
  bool number = c->type == SW_COL_INT || c->type == SW_COL_DECIMAL;
  if (!number || c->format.cls != SW_FMT_N) return;
  /* The engine's type may hold more digits than the element's format. */
  sw_default_rule *r = add(m, SW_DEFAULT_RANGE, c, "range", "conformance");
  if (!r) return;
  r->precision = c->format.max_len;
  r->scale = c->format.scale;
  char zh[64], en[64];
  snprintf(zh, sizeof zh, "整数部分不得超过 %d 位", c->format.max_len - c->format.scale);
  snprintf(en, sizeof en, "must have at most %d digits before the point", c->format.max_len - c->format.scale);
  say(m, r, zh, en);
}

static void column_rules(maker *m, const sw_column_def *c) {
  sw_default_rule *r;
  if (c->required) say(m, add(m, SW_DEFAULT_REQUIRED, c, "required", "completeness"), "必须填写", "must be filled in");
  type_rule(m, c);
  length_rule(m, c);
  range_rule(m, c);
  if (c->pattern.len && is_text(c)) {
    r = add(m, SW_DEFAULT_FORMAT, c, "format", "conformance");
    if (r) r->pattern = c->pattern;
    say(m, r, "的写法不合规定", "is not written as prescribed");
  }
  if (c->value_set) {
    r = add(m, SW_DEFAULT_VALUE_SET, c, "value_set", "conformance");
    if (r) {
      r->value_set = c->value_set;
      r->verified = r->verified && c->value_set->verified;
      if (c->value_set->standard.len) r->source = sw_arena_dupz(m->arena, c->value_set->standard);
      if (!r->source) m->failed = true;
    }
    say(m, r, "不在值域内", "is not a code of its value set");
  }
  const sw_table_def *to = c->references.table.name.len ? sw_pack_table(m->set, c->references.table.name) : NULL;
  if (to) {
    r = add(m, SW_DEFAULT_REFERENCE, c, "reference", "consistency");
    if (r) {
      r->ref_table = to;
      r->ref_column = c->references.column;
    }
    say(m, r, "在被引用的表中不存在", "does not exist in the table that it refers to");
  }
}

static void table_rules(maker *m) {
  const sw_table_def *t = m->t;
  sw_default_rule *r;
  if (t->key.n) {
    r = add(m, SW_DEFAULT_KEY, NULL, "key", "uniqueness");
    if (r) {
      r->key = t->key.items;
      r->nkey = t->key.n;
    }
    say(m, r, "的主键重复", "has a key that is not unique");
  }
  if (t->freshness_us && t->time.name.len) {
    r = add(m, SW_DEFAULT_FRESHNESS, sw_table_column(t, t->time.name), "freshness", "timeliness");
    if (r) r->freshness_us = t->freshness_us;
    say(m, r, "的最新数据过旧", "is not recent enough");
  }
  if (t->volume_change > 0) {
    r = add(m, SW_DEFAULT_VOLUME, NULL, "volume", "completeness");
    if (r) r->volume_change = t->volume_change;
    say(m, r, "的行数与往常相差过大", "differs too much from its usual row count");
  }
}

sw_status sw_standard_defaults(const sw_pack_set *set, const sw_table_def *t, sw_arena *a, sw_default_rules *out, sw_error *err) {
  maker m = {.set = set, .t = t, .arena = a};
  *out = (sw_default_rules){0};
  for (size_t i = 0; i < t->columns.n; i++) column_rules(&m, SW_COLUMN(t, i));
  table_rules(&m);
  if (!m.failed) {
    out->items = SW_ARENA_ARRAY(a, sw_default_rule, m.rules.len ? m.rules.len : 1);
    out->n = m.rules.len;
    if (out->items && m.rules.len) memcpy(out->items, m.rules.items, m.rules.len * sizeof *out->items);
  }
  SW_VEC_FREE(&m.rules);
  if (m.failed || !out->items) return SW_FAIL(err, SW_E_NOMEM, "SW-STD-0006", "内存不足", "memory was refused");
  return SW_OK;
}
