#include "standard/odcs.h"

#include "base/json.h"
#include "standard/defaults.h"
#include "standard/standardise.h"

static void put(sw_json *j, const char *key, sw_str v) {
  if (!v.len) return;
  sw_json_key(j, key);
  sw_json_str(j, v);
}

static void putz(sw_json *j, const char *key, const char *v) { put(j, key, sw_str_of(v)); }

static const char *logical_type(int type) {
  switch ((sw_col_type)type) {
    case SW_COL_AUTO:
    case SW_COL_STRING: return "string";
    case SW_COL_INT: return "integer";
    case SW_COL_DECIMAL:
    case SW_COL_MONEY:
    case SW_COL_DOUBLE: return "number";
    case SW_COL_BOOL: return "boolean";
    case SW_COL_DATE: return "date";
    case SW_COL_TIME: return "time";
    case SW_COL_DATETIME: return "timestamp";
  }
  return "string";
}

static void options(sw_json *j, const sw_column_def *c) {
  bool text = c->type == SW_COL_STRING && c->format.cls != SW_FMT_NONE && !c->value_set;
  bool sized = text && (c->format.cls == SW_FMT_A || c->format.cls == SW_FMT_AN || c->format.cls == SW_FMT_N);
  if (!sized && !c->pattern.len) return;
  sw_json_key(j, "logicalTypeOptions");
  sw_json_open(j, '{');
  if (sized && c->format.min_len) {
    sw_json_key(j, "minLength");
    sw_json_i64(j, c->format.min_len);
  }
  if (sized && c->format.max_len) {
    sw_json_key(j, "maxLength");
    sw_json_i64(j, c->format.max_len);
  }
  put(j, "pattern", c->pattern);
  sw_json_close(j, '}');
}

static void custom(sw_json *j, const char *property, sw_str value) {
  if (!value.len) return;
  sw_json_open(j, '{');
  putz(j, "property", property);
  put(j, "value", value);
  sw_json_close(j, '}');
}

/* The contract standard names seven dimensions of its own (the JSON schema of ODCS 3.1 refuses others). */
static const char *contract_dimension(const char *ours) {
  static const char *const same[] = {"completeness", "consistency", "timeliness", "uniqueness"};
  for (size_t i = 0; ours && i < sizeof same / sizeof *same; i++)
    if (strcmp(ours, same[i]) == 0) return same[i];
  return ours && strcmp(ours, "conformance") == 0 ? "conformity" : "accuracy"; /* plausibility is the nearest to accuracy that data alone can tell */
}

static void quality(sw_json *j, const sw_default_rules *rules, const sw_column_def *c, sw_lang lang) {
  bool any = false;
  for (size_t i = 0; i < rules->n; i++) {
    const sw_default_rule *r = &rules->items[i];
    if (r->column != c || r->kind == SW_DEFAULT_FRESHNESS) continue;
    if (!any) {
      sw_json_key(j, "quality");
      sw_json_open(j, '[');
    }
    any = true;
    sw_json_open(j, '{');
    putz(j, "name", r->id);
    putz(j, "type", "custom");
    putz(j, "engine", "suwen");
    putz(j, "dimension", contract_dimension(r->dimension));
    put(j, "description", sw_text_in(&r->title, lang));
    put(j, "implementation", sw_str_of(r->id));
    sw_json_close(j, '}');
  }
  if (any) sw_json_close(j, ']');
}

static void property(sw_json *j, const sw_table_def *t, const sw_default_rules *rules, const sw_column_def *c, sw_lang lang) {
  sw_json_open(j, '{');
  put(j, "name", c->name.name);
  put(j, "businessName", sw_text_in(&c->title, lang));
  if (c->element) put(j, "description", sw_text_in(&c->element->definition, lang));
  putz(j, "logicalType", logical_type(c->type));
  SW_AUTO(sw_buf) type = SW_BUF_INIT;
  sw_standard_sql_type(c, &type);
  put(j, "physicalType", sw_buf_str(&type));
  sw_json_key(j, "required");
  sw_json_bool(j, c->required);
  for (size_t i = 0; i < t->key.n; i++) {
    if (!sw_str_ieq(SW_ITEM(sw_ref, t->key, i)->name, c->name.name)) continue;
    sw_json_key(j, "primaryKey");
    sw_json_bool(j, true);
    sw_json_key(j, "primaryKeyPosition");
    sw_json_i64(j, (int64_t)i + 1);
  }
  options(j, c);
  if (c->references.table.name.len) {
    SW_AUTO(sw_buf) to = SW_BUF_INIT;
    sw_buf_printf(&to, "%.*s.%.*s", SW_STR_ARG(c->references.table.name), SW_STR_ARG(c->references.column));
    sw_json_key(j, "relationships");
    sw_json_open(j, '[');
    sw_json_open(j, '{');
    putz(j, "type", "foreignKey");
    put(j, "to", sw_buf_str(&to));
    sw_json_close(j, '}');
    sw_json_close(j, ']');
  }
  quality(j, rules, c, lang);
  if (c->element || c->value_set || c->unit.len) {
    sw_json_key(j, "customProperties");
    sw_json_open(j, '[');
    if (c->element) custom(j, "dataElement", c->element->id.name);
    if (c->value_set) custom(j, "valueSet", c->value_set->id.name);
    custom(j, "format", c->format_text);
    custom(j, "unit", c->unit);
    sw_json_close(j, ']');
  }
  sw_json_close(j, '}');
}

static void contract(sw_json *j, const sw_pack_set *set, const sw_table_def *t, const sw_default_rules *rules, sw_lang lang) {
  const sw_pack_object *o = sw_pack_find(set, "table", t->id.name);
  const sw_pack_info *pack = o ? sw_pack_info_at(set, o->pack) : NULL;
  sw_json_open(j, '{');
  putz(j, "apiVersion", "v3.1.0");
  putz(j, "kind", "DataContract");
  put(j, "id", t->id.name);
  put(j, "name", sw_text_in(&t->title, lang));
  put(j, "version", t->version.len ? t->version : pack ? pack->version : SW_LIT("1"));
  putz(j, "status", "active");
  if (pack) put(j, "dataProduct", pack->name);
  sw_json_key(j, "schema");
  sw_json_open(j, '[');
  sw_json_open(j, '{');
  put(j, "name", t->id.name);
  put(j, "physicalName", t->id.name);
  putz(j, "physicalType", "table");
  putz(j, "logicalType", "object");
  put(j, "businessName", sw_text_in(&t->title, lang));
  sw_json_key(j, "properties");
  sw_json_open(j, '[');
  for (size_t i = 0; i < t->columns.n; i++) property(j, t, rules, SW_COLUMN(t, i), lang);
  sw_json_close(j, ']');
  quality(j, rules, NULL, lang);
  sw_json_close(j, '}');
  sw_json_close(j, ']');
  if (t->freshness_us) {
    sw_json_key(j, "slaProperties");
    sw_json_open(j, '[');
    sw_json_open(j, '{');
    putz(j, "property", "latency");
    sw_json_key(j, "value");
    sw_json_f64(j, (double)t->freshness_us / 3600e6);
    putz(j, "unit", "h");
    put(j, "element", t->time.name);
    sw_json_close(j, '}');
    sw_json_close(j, ']');
  }
  sw_json_close(j, '}');
}

/* --- YAML ------------------------------------------------------------------------------------------------ */

static bool bare(sw_str s) {
  if (!s.len) return false;
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
    bool fine = letter || c >= 0x80 || c == '_' || (i > 0 && ((c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-' || c == ' ' || c == '(' || c == ')'));
    if (!fine) return false;
  }
  static const char *const taken[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"};
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
    if (sw_str_ieq(s, sw_str_of(taken[i]))) return false;
  return s.ptr[s.len - 1] != ' ';
}

static void scalar(const sw_node *n, sw_buf *out) {
  if (n->kind == SW_NODE_NULL) {
    sw_buf_puts(out, "null");
  } else if (n->style == SW_NODE_PLAIN || bare(n->text)) {
    sw_buf_str_put(out, n->text);
  } else {
    sw_json j; /* a JSON string is a YAML one */
    sw_json_init(&j, out);
    sw_json_str(&j, n->text);
  }
}

static void block(const sw_node *n, int depth, bool after_dash, sw_buf *out) {
  for (size_t i = 0; i < n->n; i++) {
    if (i || !after_dash)
      for (int k = 0; k < depth; k++) sw_buf_puts(out, "  ");
    const sw_node *v = n->kind == SW_NODE_LIST ? n->items[i] : n->pairs[i].value;
    if (n->kind == SW_NODE_MAP) {
      sw_node key = {.kind = SW_NODE_SCALAR, .style = SW_NODE_QUOTED, .text = n->pairs[i].key};
      scalar(&key, out);
      sw_buf_putc(out, ':');
    } else {
      sw_buf_putc(out, '-');
    }
    bool nested = v->kind == SW_NODE_LIST || v->kind == SW_NODE_MAP;
    if (nested && !v->n) {
      sw_buf_puts(out, v->kind == SW_NODE_LIST ? " []\n" : " {}\n");
    } else if (nested && n->kind == SW_NODE_LIST && v->kind == SW_NODE_MAP) {
      sw_buf_putc(out, ' ');
      block(v, depth + 1, true, out);
    } else if (nested) {
      sw_buf_putc(out, '\n');
      block(v, depth + 1, false, out);
    } else {
      sw_buf_putc(out, ' ');
      scalar(v, out);
      sw_buf_putc(out, '\n');
    }
  }
}

void sw_standard_yaml(const sw_node *n, sw_buf *out) {
  if (n->kind == SW_NODE_LIST || n->kind == SW_NODE_MAP) {
    block(n, 0, false, out);
  } else {
    scalar(n, out);
    sw_buf_putc(out, '\n');
  }
}

sw_status sw_standard_odcs(const sw_pack_set *set, const sw_table_def *t, sw_lang lang, sw_odcs_form form, sw_buf *out, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_default_rules rules;
  sw_status s = sw_standard_defaults(set, t, &a, &rules, err);
  if (s) return s;
  sw_json j;
  sw_json_init(&j, form == SW_ODCS_JSON ? out : &text);
  contract(&j, set, t, &rules, lang);
  if (form == SW_ODCS_JSON) {
    sw_buf_putc(out, '\n');
    return sw_buf_check(out, err);
  }
  sw_node_list tree;
  if ((s = sw_buf_check(&text, err)) || (s = sw_tree_json(&a, sw_buf_str(&text), "contract", &SW_TREE_LIMITS_DEFAULT, &tree, err))) return s;
  sw_standard_yaml(tree.items[0], out);
  return sw_buf_check(out, err);
}
