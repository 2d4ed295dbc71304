/* What a config map says about itself: Markdown tables and JSON Schema. */
#include "base/json.h"
#include "pack/config_value.h"

static void cell(sw_buf *out, const char *z) {
  for (; z && *z; z++) {
    if (*z == '|') sw_buf_putc(out, '\\');
    sw_buf_putc(out, *z == '\n' ? ' ' : *z);
  }
}

/* As renderers make it from the heading "<prefix> <map>". */
static void anchor(const char *prefix, const char *name, sw_buf *out) {
  sw_buf_printf(out, "[%s](#", name);
  for (int part = 0; part < 2; part++) {
    if (part) sw_buf_putc(out, '-');
    for (const char *z = part ? name : prefix; *z; z++)
      if (*z != '.') sw_buf_putc(out, *z == ' ' ? '-' : *z >= 'A' && *z <= 'Z' ? (char)(*z + 32) : *z);
  }
  sw_buf_putc(out, ')');
}

static void type_words(const sw_config_key *k, const char *prefix, sw_lang lang, sw_buf *out) {
  bool zh = lang == SW_LANG_ZH;
  if (k->type == SW_CFG_ENUM) {
    const char *sep = "";
    int seen = -1;
    for (const sw_config_enum *e = k->values; e->name; e++) {
      if (e->value == seen) continue; /* other spellings of the same value */
      sw_buf_printf(out, "%s`%s`", sep, e->name);
      sep = " ";
      seen = e->value;
    }
  } else if (k->type == SW_CFG_REF && k->refers) {
    sw_buf_printf(out, zh ? "`%s` 的编号" : "id of a `%s`", k->refers);
  } else if (k->map) {
    anchor(prefix, k->map->name, out);
  } else {
    cell(out, sw_config_type_name(k->type, lang));
  }
  if (k->shape == SW_CFG_LIST) sw_buf_puts(out, zh ? "，可多个" : ", one or a list");
  if (k->shape == SW_CFG_DICT) sw_buf_puts(out, zh ? "，按名字" : ", by name");
}

static void limit_words(const sw_config_key *k, sw_lang lang, sw_buf *out) {
  bool zh = lang == SW_LANG_ZH;
  if (k->required) sw_buf_puts(out, zh ? "必需" : "required");
  else if (k->fallback) sw_buf_printf(out, "`%s`", k->fallback);
  bool number = k->type == SW_CFG_INT || k->type == SW_CFG_NUM;
  if (number && k->max > k->min) sw_buf_printf(out, "%s%g–%g", k->required || k->fallback ? ", " : "", k->min, k->max);
}

static void one_table(const sw_config_map *map, const char *prefix, sw_lang lang, sw_buf *out) {
  bool zh = lang == SW_LANG_ZH;
  sw_buf_puts(out, zh ? "| 键 | 值 | 必需或缺省 | 说明 |\n|---|---|---|---|\n" : "| key | value | required or default | meaning |\n|---|---|---|---|\n");
  for (size_t i = 0; i < map->nkeys; i++) {
    const sw_config_key *k = &map->keys[i];
    sw_buf_printf(out, "| `%s` | ", k->name);
    type_words(k, prefix, lang, out);
    sw_buf_puts(out, " | ");
    limit_words(k, lang, out);
    sw_buf_puts(out, " | ");
    cell(out, k->help[lang]);
    sw_buf_puts(out, " |\n");
  }
  if (map->shorthand) sw_buf_printf(out, zh ? "\n只写一个值等于写 `%s`。\n" : "\nA bare value stands for `%s`.\n", map->shorthand);
  bool any = false;
  for (size_t i = 0; i < map->nkeys; i++) {
    const sw_config_key *k = &map->keys[i];
    if (k->type != SW_CFG_ENUM) continue;
    int seen = -1;
    for (const sw_config_enum *e = k->values; e->name; e++) {
      if (e->value == seen || !e->help[lang]) continue;
      if (!any) sw_buf_putc(out, '\n');
      any = true;
      seen = e->value;
      sw_buf_printf(out, "- `%s: %s`: %s\n", k->name, e->name, e->help[lang]);
    }
  }
}

enum { MAPS_MAX = 32 };

/* Nested maps once each, in order of appearance. */
static size_t collect(const sw_config_map *map, const sw_config_map **all, size_t n) {
  for (size_t i = 0; i < map->nkeys; i++) {
    const sw_config_map *m = map->keys[i].map;
    bool known = m == NULL || n == MAPS_MAX;
    for (size_t k = 0; !known && k < n; k++) known = all[k] == m;
    if (known) continue;
    all[n++] = m;
    n = collect(m, all, n);
  }
  return n;
}

void sw_config_docs(const sw_config_map *map, const char *prefix, sw_lang lang, int level, sw_buf *out) {
  one_table(map, prefix, lang, out);
  const sw_config_map *all[MAPS_MAX];
  size_t n = collect(map, all, 0);
  for (size_t i = 0; i < n; i++) {
    sw_buf_putc(out, '\n');
    for (int h = 0; h < level; h++) sw_buf_putc(out, '#');
    sw_buf_printf(out, " %s %s\n\n", prefix, all[i]->name);
    if (all[i]->help[lang]) sw_buf_printf(out, "%s\n\n", all[i]->help[lang]);
    one_table(all[i], prefix, lang, out);
  }
}

/* --- JSON Schema ------------------------------------------------------------------------------------------- */

static void map_schema(const sw_config_map *map, sw_json *j, int depth);

static void typed(sw_json *j, const char *type) {
  sw_json_key(j, "type");
  sw_json_strz(j, type);
}

/* A scalar may also be written bare as a number or boolean where a text is meant. */
static void text_like(sw_json *j) {
  sw_json_key(j, "type");
  sw_json_open(j, '[');
  sw_json_strz(j, "string");
  sw_json_strz(j, "number");
  sw_json_strz(j, "boolean");
  sw_json_close(j, ']');
}

static void enum_schema(const sw_config_key *k, sw_json *j) {
  sw_json_key(j, "enum");
  sw_json_open(j, '[');
  for (const sw_config_enum *e = k->values; e->name; e++) {
    sw_json_strz(j, e->name);
    if (strcmp(e->name, "true") == 0) sw_json_bool(j, true);
    if (strcmp(e->name, "false") == 0) sw_json_bool(j, false);
  }
  sw_json_close(j, ']');
}

static void number_schema(const sw_config_key *k, sw_json *j) {
  typed(j, k->type == SW_CFG_INT ? "integer" : "number");
  if (k->max > k->min) {
    sw_json_key(j, "minimum");
    sw_json_f64(j, k->min);
    sw_json_key(j, "maximum");
    sw_json_f64(j, k->max);
  }
}

static void text_schema(sw_json *j) {
  sw_json_key(j, "oneOf");
  sw_json_open(j, '[');
  sw_json_open(j, '{');
  typed(j, "string");
  sw_json_close(j, '}');
  sw_json_raw(j, SW_LIT("{\"type\":\"object\",\"properties\":{\"zh\":{\"type\":\"string\"},\"en\":{\"type\":\"string\"}},\"additionalProperties\":false}"));
  sw_json_close(j, ']');
}

static void value_schema(const sw_config_key *k, sw_json *j, int depth) {
  sw_json_open(j, '{');
  switch (k->type) {
    case SW_CFG_INT:
    case SW_CFG_NUM: number_schema(k, j); break;
    case SW_CFG_BOOL: typed(j, "boolean"); break;
    case SW_CFG_ENUM: enum_schema(k, j); break;
    case SW_CFG_TEXT: text_schema(j); break;
    case SW_CFG_TABLE:
      typed(j, "string");
      sw_json_key(j, "pattern");
      sw_json_strz(j, "^[^.\\s]+\\.[^.\\s]+$");
      break;
    case SW_CFG_STR:
    case SW_CFG_REGEX:
    case SW_CFG_DURATION:
    case SW_CFG_SIZE:
    case SW_CFG_IDENT:
    case SW_CFG_REF:
    case SW_CFG_DATE:
    case SW_CFG_TIME:
    case SW_CFG_MONEY:
    case SW_CFG_SQL: text_like(j); break;
    case SW_CFG_MAP:
      if (k->map->shorthand) {
        sw_json_key(j, "anyOf");
        sw_json_open(j, '[');
        sw_json_raw(j, SW_LIT("{\"type\":[\"string\",\"number\",\"boolean\",\"array\"]}"));
        sw_json_open(j, '{');
        map_schema(k->map, j, depth + 1);
        sw_json_close(j, '}');
        sw_json_close(j, ']');
      } else {
        map_schema(k->map, j, depth + 1);
      }
      break;
    case SW_CFG_NODE: break;
  }
  sw_json_close(j, '}');
}

static void key_schema(const sw_config_key *k, sw_json *j, int depth) {
  sw_json_open(j, '{');
  sw_json_key(j, "description");
  SW_AUTO(sw_buf) both = SW_BUF_INIT;
  sw_buf_printf(&both, "%s / %s", k->help[SW_LANG_EN] ? k->help[SW_LANG_EN] : "", k->help[SW_LANG_ZH] ? k->help[SW_LANG_ZH] : "");
  sw_json_str(j, sw_buf_str(&both));
  if (k->shape == SW_CFG_DICT) {
    typed(j, "object");
    sw_json_key(j, "additionalProperties");
    value_schema(k, j, depth);
  } else if (k->shape == SW_CFG_LIST) {
    sw_json_key(j, "anyOf");
    sw_json_open(j, '[');
    value_schema(k, j, depth);
    sw_json_open(j, '{');
    typed(j, "array");
    sw_json_key(j, "items");
    value_schema(k, j, depth);
    sw_json_close(j, '}');
    sw_json_close(j, ']');
  } else {
    sw_json_key(j, "allOf");
    sw_json_open(j, '[');
    value_schema(k, j, depth);
    sw_json_close(j, ']');
  }
  sw_json_close(j, '}');
}

/* The keys of an object, into an object that is open already. `extra` is one more string key (the kind's). */
static void properties(const sw_config_map *map, const char *extra, sw_json *j, int depth) {
  typed(j, "object");
  sw_json_key(j, "properties");
  sw_json_open(j, '{');
  if (extra) {
    sw_json_key(j, extra);
    sw_json_raw(j, SW_LIT("{\"type\":\"string\"}"));
    sw_json_key(j, "override");
    sw_json_raw(j, SW_LIT("{\"type\":\"boolean\"}"));
  }
  for (size_t i = 0; i < map->nkeys && depth < 12; i++) {
    sw_json_key(j, map->keys[i].name);
    key_schema(&map->keys[i], j, depth);
  }
  sw_json_close(j, '}');
  sw_json_key(j, "required");
  sw_json_open(j, '[');
  if (extra) sw_json_strz(j, extra);
  for (size_t i = 0; i < map->nkeys; i++)
    if (map->keys[i].required) sw_json_strz(j, map->keys[i].name);
  sw_json_close(j, ']');
  sw_json_key(j, "additionalProperties");
  sw_json_bool(j, map->open);
}

static void map_schema(const sw_config_map *map, sw_json *j, int depth) { properties(map, NULL, j, depth); }

void sw_config_schema(const sw_config_map *map, sw_buf *out) {
  sw_json j;
  sw_json_init(&j, out);
  sw_json_open(&j, '{');
  properties(map, NULL, &j, 0);
  sw_json_close(&j, '}');
}

void sw_config_kind_schema(const sw_config_map *map, const char *kind, sw_buf *out) {
  sw_json j;
  sw_json_init(&j, out);
  sw_json_open(&j, '{');
  sw_json_key(&j, "$schema");
  sw_json_strz(&j, "https://json-schema.org/draft/2020-12/schema");
  sw_json_key(&j, "title");
  sw_json_strz(&j, kind);
  sw_json_key(&j, "$defs");
  sw_json_open(&j, '{');
  sw_json_key(&j, "object");
  sw_json_open(&j, '{');
  properties(map, kind, &j, 0);
  sw_json_close(&j, '}');
  sw_json_close(&j, '}');
  sw_json_key(&j, "anyOf");
  sw_json_raw(&j, SW_LIT("[{\"$ref\":\"#/$defs/object\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/object\"}}]"));
  sw_json_close(&j, '}');
  sw_buf_putc(out, '\n');
}
