/* Parsing by config maps. */
#include "pack/config.h"

#include "base/utf8.h"
#include "pack/config_value.h"

static const char *const type_zh[] = {
    [SW_CFG_STR] = "文字",    [SW_CFG_INT] = "整数",      [SW_CFG_NUM] = "数",        [SW_CFG_BOOL] = "true 或 false",
    [SW_CFG_DURATION] = "时长（如 30s、5m、2h）",          [SW_CFG_SIZE] = "大小（如 64MiB）", [SW_CFG_ENUM] = "选项",
    [SW_CFG_TEXT] = "文字或 {zh, en}", [SW_CFG_IDENT] = "名字（字母、数字、下划线）", [SW_CFG_TABLE] = "表名（模式.表）",
    [SW_CFG_REF] = "编号",    [SW_CFG_DATE] = "日期（如 2023-01-05）",               [SW_CFG_TIME] = "时刻",
    [SW_CFG_MONEY] = "金额（元，至多两位小数）",           [SW_CFG_SQL] = "SQL",       [SW_CFG_REGEX] = "正则表达式",
    [SW_CFG_MAP] = "一组键",  [SW_CFG_NODE] = "任意内容",
};
static const char *const type_en[] = {
    [SW_CFG_STR] = "a text",  [SW_CFG_INT] = "a whole number", [SW_CFG_NUM] = "a number", [SW_CFG_BOOL] = "true or false",
    [SW_CFG_DURATION] = "a duration (such as 30s, 5m, 2h)",    [SW_CFG_SIZE] = "a size (such as 64MiB)",
    [SW_CFG_ENUM] = "an option", [SW_CFG_TEXT] = "a text or {zh, en}",
    [SW_CFG_IDENT] = "a name (letters, digits, underscores)",  [SW_CFG_TABLE] = "a table (schema.table)",
    [SW_CFG_REF] = "an id",   [SW_CFG_DATE] = "a date (such as 2023-01-05)", [SW_CFG_TIME] = "a time",
    [SW_CFG_MONEY] = "an amount in yuan with at most two decimals", [SW_CFG_SQL] = "SQL", [SW_CFG_REGEX] = "a regular expression",
    [SW_CFG_MAP] = "a map of keys", [SW_CFG_NODE] = "anything",
};

const char *sw_config_type_name(sw_config_type t, sw_lang lang) { return lang == SW_LANG_ZH ? type_zh[t] : type_en[t]; }

size_t sw_config_size(const sw_config_key *key) {
  switch (key->type) {
    case SW_CFG_STR:
    case SW_CFG_REGEX: return sizeof(sw_str);
    case SW_CFG_INT:
    case SW_CFG_DURATION:
    case SW_CFG_SIZE:
    case SW_CFG_TIME:
    case SW_CFG_MONEY: return sizeof(int64_t);
    case SW_CFG_NUM: return sizeof(double);
    case SW_CFG_BOOL: return sizeof(bool);
    case SW_CFG_ENUM: return sizeof(int);
    case SW_CFG_TEXT: return sizeof(sw_text);
    case SW_CFG_IDENT:
    case SW_CFG_TABLE:
    case SW_CFG_REF: return sizeof(sw_ref);
    case SW_CFG_DATE: return sizeof(int32_t);
    case SW_CFG_SQL: return sizeof(sw_config_sqltext);
    case SW_CFG_MAP: return key->map->size;
    case SW_CFG_NODE: return sizeof(const sw_node *);
  }
  return 0;
}

static sw_place at_of(const sw_node *n) { return n ? n->at : (sw_place){NULL, 0, 0}; }

static bool out_of_memory(const sw_config_ctx *ctx, sw_place at) {
  sw_problem_add(ctx->problems, at, "SW-PACK-0005", "内存不足", "memory was refused");
  return false;
}

static bool value(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, void *field);

/* --- lists and dictionaries ---------------------------------------------------------------------- */

static bool check_count(const sw_config_key *key, const sw_node *n, size_t count, const sw_config_ctx *ctx) {
  if (key->min == 0 && key->max == 0) return true;
  double c = (double)count;
  bool too_few = c < key->min, too_many = key->max > 0 && c > key->max;
  if (!too_few && !too_many) return true;
  if (key->shape == SW_CFG_ONE || key->type == SW_CFG_INT || key->type == SW_CFG_NUM) return true;
  if (too_few)
    sw_problem_add(ctx->problems, at_of(n), "SW-PACK-0024", "%s 至少要有 %.0f 项，现有 %zu 项", "%s needs at least %.0f items; there are %zu",
                   key->name, key->min, count);
  else
    sw_problem_add(ctx->problems, at_of(n), "SW-PACK-0024", "%s 至多 %.0f 项，现有 %zu 项", "%s takes at most %.0f items; there are %zu",
                   key->name, key->max, count);
  return false;
}

static bool parse_list(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, void *field) {
  sw_config_list *list = field;
  size_t size = sw_config_size(key);
  bool many = n->kind == SW_NODE_LIST;
  size_t count = many ? n->n : 1;
  if (!check_count(key, n, count, ctx)) return false;
  char *items = sw_arena_array(ctx->arena, count ? count : 1, size);
  if (!items) return out_of_memory(ctx, n->at);
  bool ok = true;
  for (size_t i = 0; i < count; i++)
    if (!value(key, many ? n->items[i] : n, ctx, items + i * size)) ok = false;
  *list = (sw_config_list){items, count};
  return ok;
}

static bool parse_dict(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, void *field) {
  sw_config_dict *dict = field;
  if (n->kind != SW_NODE_MAP) {
    sw_problem_add(ctx->problems, n->at, "SW-PACK-0022", "%s 应是“名字: 值”的一组", "%s must be a map of names to values", key->name);
    return false;
  }
  if (!check_count(key, n, n->n, ctx)) return false;
  size_t size = sw_config_size(key);
  char *values = sw_arena_array(ctx->arena, n->n ? n->n : 1, size);
  sw_ref *keys = SW_ARENA_ARRAY(ctx->arena, sw_ref, n->n ? n->n : 1);
  if (!values || !keys) return out_of_memory(ctx, n->at);
  bool ok = true;
  for (size_t i = 0; i < n->n; i++) {
    keys[i] = (sw_ref){n->pairs[i].key, n->pairs[i].key_at};
    if (!value(key, n->pairs[i].value, ctx, values + i * size)) ok = false;
  }
  *dict = (sw_config_dict){keys, values, n->n};
  return ok;
}

/* --- one value ------------------------------------------------------------------------------------ */

static bool parse_text(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, sw_text *t) {
  if (n->kind == SW_NODE_SCALAR) {
    t->zh = t->en = n->text;
    return true;
  }
  bool ok = n->kind == SW_NODE_MAP;
  for (size_t i = 0; ok && i < n->n; i++) {
    const sw_pair *p = &n->pairs[i];
    sw_str *to = sw_str_eqz(p->key, "zh") ? &t->zh : sw_str_eqz(p->key, "en") ? &t->en : NULL;
    if (!to) {
      sw_problem_add(ctx->problems, p->key_at, "SW-PACK-0020", "未知的键 %.*s；此处只有 zh 和 en", "unknown key %.*s; only zh and en belong here",
                     SW_STR_ARG(p->key));
      return false;
    }
    if (sw_node_is_null(p->value)) continue;
    if (p->value->kind != SW_NODE_SCALAR) ok = false;
    *to = sw_node_text(p->value);
  }
  if (!ok) {
    sw_problem_add(ctx->problems, n->at, "SW-PACK-0022", "%s 应是%s%.0s", "%s must be %.0s%s", key->name, type_zh[key->type],
                   type_en[key->type]);
    return false;
  }
  if (!t->zh.len) t->zh = t->en;
  if (!t->en.len) t->en = t->zh;
  return true;
}

static bool parse_sql(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, sw_config_sqltext *q) {
  *q = (sw_config_sqltext){n->text, n};
  if (sw_str_trim(n->text).len == 0) {
    sw_problem_add(ctx->problems, n->at, "SW-PACK-0022", "%s 是空的", "%s is empty", key->name);
    return false;
  }
  if (ctx->on_sql) ctx->on_sql(ctx->user, &(sw_config_sql){key->sql, *q});
  return true;
}

static bool wrong_type(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx) {
  const char *zh = n->kind == SW_NODE_NULL ? "空值" : n->kind == SW_NODE_LIST ? "列表" : n->kind == SW_NODE_MAP ? "一组键" : "一个值";
  const char *en = n->kind == SW_NODE_NULL ? "nothing" : n->kind == SW_NODE_LIST ? "a list" : n->kind == SW_NODE_MAP ? "a map" : "one value";
  sw_problem_add(ctx->problems, n->at, "SW-PACK-0022", "%s 应是%s%.0s，写的是%s%.0s", "%s must be %.0s%s, not %.0s%s", key->name,
                 type_zh[key->type], type_en[key->type], zh, en);
  return false;
}

static bool value(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, void *field) {
  if (key->type == SW_CFG_NODE) {
    *(const sw_node **)field = n;
    return true;
  }
  if (key->type == SW_CFG_MAP) return sw_config_parse(key->map, n, ctx, field);
  if (key->type == SW_CFG_TEXT && n->kind != SW_NODE_NULL) return parse_text(key, n, ctx, field);
  if (n->kind != SW_NODE_SCALAR) return wrong_type(key, n, ctx);
  if (key->type == SW_CFG_SQL) return parse_sql(key, n, ctx, field);
  return sw_config_scalar(key, n, ctx, field);
}

/* --- maps ------------------------------------------------------------------------------------------- */

static void unknown_key(const sw_config_map *map, const sw_pair *p, const sw_config_ctx *ctx) {
  sw_suggest s;
  char zh[160], en[160];
  sw_suggest_start(&s, p->key);
  for (size_t i = 0; i < map->nkeys; i++) sw_suggest_offer(&s, sw_str_of(map->keys[i].name));
  sw_problem_add(ctx->problems, p->key_at, "SW-PACK-0020", "%s 没有键 %.*s%s%.0s", "%s has no key %.*s%.0s%s", map->name,
                 SW_STR_ARG(p->key), sw_suggest_zh(&s, zh), sw_suggest_en(&s, en));
}

static bool unknown_keys(const sw_config_map *map, const sw_node *n, const sw_config_ctx *ctx) {
  bool ok = true;
  for (size_t i = 0; i < n->n; i++) {
    bool known = map->open || (ctx->kind_key && (sw_str_eqz(n->pairs[i].key, ctx->kind_key) || sw_str_eqz(n->pairs[i].key, "override")));
    for (size_t k = 0; !known && k < map->nkeys; k++) known = sw_str_eqz(n->pairs[i].key, map->keys[k].name);
    if (!known) unknown_key(map, &n->pairs[i], ctx);
    ok = ok && known;
  }
  return ok;
}

static bool fallback(const sw_config_key *key, const sw_config_ctx *ctx, void *field) {
  if (!key->fallback) return true;
  sw_node n = {.kind = SW_NODE_SCALAR, .style = SW_NODE_PLAIN, .text = sw_str_of(key->fallback)};
  if (key->shape == SW_CFG_DICT || key->type == SW_CFG_MAP || key->type == SW_CFG_NODE) return true;
  return key->shape == SW_CFG_LIST ? parse_list(key, &n, ctx, field) : value(key, &n, ctx, field);
}

static bool fill_key(const sw_config_map *map, const sw_config_key *key, const sw_node *n, sw_place missing_at,
                     const sw_config_ctx *ctx, char *object) {
  void *field = object + key->offset;
  if (key->present) *(bool *)(object + key->present - 1) = !sw_node_is_null(n);
  if (sw_node_is_null(n)) {
    if (key->type == SW_CFG_MAP && key->shape == SW_CFG_ONE && !key->required)
      return sw_config_parse_defaults(key->map, ctx, field);
    if (!key->required) return fallback(key, ctx, field);
    sw_problem_add(ctx->problems, n ? n->at : missing_at, "SW-PACK-0021", "%s 缺少必需的键 %s", "%s lacks the required key %s", map->name,
                   key->name);
    return false;
  }
  switch (key->shape) {
    case SW_CFG_ONE: return value(key, n, ctx, field);
    case SW_CFG_LIST: return parse_list(key, n, ctx, field);
    case SW_CFG_DICT: return parse_dict(key, n, ctx, field);
  }
  return false;
}

/* Defaults of a nested map that was not written: its required keys are not missed. */
bool sw_config_parse_defaults(const sw_config_map *map, const sw_config_ctx *ctx, void *object) {
  memset(object, 0, map->size);
  bool ok = true;
  for (size_t i = 0; i < map->nkeys; i++) {
    const sw_config_key *key = &map->keys[i];
    void *field = (char *)object + key->offset;
    if (key->type == SW_CFG_MAP && key->shape == SW_CFG_ONE)
      ok = sw_config_parse_defaults(key->map, ctx, field) && ok;
    else
      ok = fallback(key, ctx, field) && ok;
  }
  return ok;
}

static bool by_shorthand(const sw_config_map *map, const sw_node *n) {
  if (!map->shorthand || sw_node_is_null(n)) return false;
  if (n->kind == SW_NODE_SCALAR) return true;
  for (size_t i = 0; i < map->nkeys; i++)
    if (strcmp(map->keys[i].name, map->shorthand) == 0) return n->kind == SW_NODE_LIST && map->keys[i].shape == SW_CFG_LIST;
  return false;
}

bool sw_config_parse(const sw_config_map *map, const sw_node *n, const sw_config_ctx *outer, void *object) {
  memset(object, 0, map->size);
  sw_config_ctx inner = *outer, *ctx = &inner;
  inner.kind_key = NULL; /* only of the outermost map */
  if (map->at) *(sw_place *)((char *)object + map->at - 1) = at_of(n);
  bool shorthand = by_shorthand(map, n);
  if (!shorthand && !sw_node_is_null(n) && n->kind != SW_NODE_MAP) {
    sw_problem_add(ctx->problems, n->at, "SW-PACK-0022", "%s 应是一组“键: 值”", "%s must be a map of keys", map->name);
    return false;
  }
  const sw_node *keys = !shorthand && !sw_node_is_null(n) ? n : NULL;
  bool ok = keys ? unknown_keys(map, keys, outer) : true;
  for (size_t i = 0; i < map->nkeys; i++) {
    const sw_config_key *key = &map->keys[i];
    const sw_node *v = shorthand ? (strcmp(key->name, map->shorthand) == 0 ? n : NULL) : sw_node_get(keys, key->name);
    if (!fill_key(map, key, v, at_of(n), ctx, object)) ok = false;
  }
  size_t before = ctx->problems->total;
  if (map->parse) map->parse(ctx, n, object);
  if (ok && map->check) map->check(ctx, n, object);
  return ok && ctx->problems->total == before;
}
