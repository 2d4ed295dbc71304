/* Checks over the whole set: references and SQL. */
#include "pack/set.h"

#include "base/json.h"

#include <stdlib.h>

void sw_pack_unknown(const sw_config_ctx *ctx, sw_ref name, const char *what_zh, const char *what_en, const sw_suggest *s) {
  char zh[160], en[160];
  sw_problem_add(ctx->problems, name.at, "SW-PACK-0030", "未知的%s%.0s %.*s%s%.0s", "unknown %.0s%s %.*s%.0s%s", what_zh, what_en,
                 SW_STR_ARG(name.name), sw_suggest_zh(s, zh), sw_suggest_en(s, en));
}

const sw_column_def *sw_pack_need_column(const sw_config_ctx *ctx, const sw_table_def *t, sw_ref name) {
  const sw_column_def *c = sw_table_column(t, name.name);
  if (c || !name.name.len) return c; /* an empty name is told where it was read */
  sw_suggest s;
  char zh[160], en[160];
  sw_suggest_start(&s, name.name);
  for (size_t i = 0; i < t->columns.n; i++) sw_suggest_offer(&s, SW_COLUMN(t, i)->name.name);
  sw_problem_add(ctx->problems, name.at, "SW-PACK-0030", "%.*s 没有列 %.*s%s%.0s", "%.*s has no column %.*s%.0s%s", SW_STR_ARG(t->id.name),
                 SW_STR_ARG(name.name), sw_suggest_zh(&s, zh), sw_suggest_en(&s, en));
  return NULL;
}

static const struct {
  const char *kind, *zh, *en;
} kind_words[] = {{"value_set", "值域", "value set"}, {"element", "数据元", "element"}, {"table", "表", "table"},
                  {"ods", "落地表", "ods table"},     {"any_table", "表", "table"},      {"source", "数据来源", "source"},
                  {"mapping", "对照", "mapping"},     {"flow", "流程", "flow"},          {"operator", "算子", "operator"},
                  {"rules", "规则", "rules"},         {"indicator", "指标", "indicator"}, {"catalogue", "目录", "catalogue"}};

static bool exists(const sw_pack_set *set, const char *kind, sw_str id) {
  if (strcmp(kind, "ods") == 0) return sw_pack_source_table(set, id, NULL) != NULL || sw_map_has(&set->ods, id);
  if (strcmp(kind, "any_table") == 0) return exists(set, "table", id) || exists(set, "ods", id);
  return sw_pack_find(set, kind, id) != NULL;
}

void sw_pack_check_refs(const sw_pack_set *set, const sw_config_ctx *ctx) {
  for (size_t i = 0; i < set->refs.len; i++) {
    const sw_config_ref *r = &set->refs.items[i];
    if (exists(set, r->kind, r->ref.name)) continue;
    const char *zh = r->kind, *en = r->kind;
    for (size_t k = 0; k < sizeof kind_words / sizeof *kind_words; k++)
      if (strcmp(kind_words[k].kind, r->kind) == 0) {
        zh = kind_words[k].zh;
        en = kind_words[k].en;
      }
    sw_suggest s;
    sw_suggest_start(&s, r->ref.name);
    sw_pack_suggest(set, r->kind, &s);
    sw_pack_unknown(ctx, r->ref, zh, en, &s);
  }
}

/* {n} of repeated groups is no SQL: a number of the same width keeps all places right. */
static bool fill_numbers(sw_str sql, sw_buf *out) {
  bool any = false;
  for (size_t i = 0; i < sql.len; i++) {
    bool here = i + 3 <= sql.len && memcmp(sql.ptr + i, "{n}", 3) == 0;
    any = any || here;
    if (!here) {
      sw_buf_putc(out, sql.ptr[i]);
      continue;
    }
    sw_buf_puts(out, "100");
    i += 2;
  }
  return any;
}

void sw_pack_check_sqls(const sw_pack_set *set, const sw_config_ctx *ctx) {
  const sw_pack_registry *reg = set->registry;
  if (!reg || !reg->check_sql) return;
  for (size_t i = 0; i < set->sqls.len; i++) {
    const sw_config_sql *q = &set->sqls.items[i];
    SW_AUTO(sw_buf) text = SW_BUF_INIT;
    sw_error err = SW_ERROR_INIT;
    (void)fill_numbers(q->sql.text, &text);
    if (!reg->check_sql(reg->check_sql_ctx, q->kind, sw_buf_str(&text), &err)) continue;
    sw_place at = sw_node_place_at(q->sql.node, err.line ? err.line : 1, err.column ? err.column : 1);
    err.file[0] = '\0'; /* the engine knows the place inside the text only */
    sw_problem_add_error(ctx->problems, at, &err);
  }
}

/* --- content hashes ------------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b) {
  const sw_pair *x = *(const sw_pair *const *)a, *y = *(const sw_pair *const *)b;
  return sw_str_cmp(x->key, y->key);
}

/* Layout, comments and the order of keys do not change what an object is: keys are sorted. Lists keep their order. */
static void canonical(const sw_node *n, sw_buf *out, sw_arena *a) {
  if (sw_node_is_null(n)) {
    sw_buf_putc(out, '~');
  } else if (n->kind == SW_NODE_SCALAR) {
    sw_buf_printf(out, "%zu:", n->text.len);
    sw_buf_str_put(out, n->text);
  } else if (n->kind == SW_NODE_LIST) {
    sw_buf_putc(out, '[');
    for (size_t i = 0; i < n->n; i++) canonical(n->items[i], out, a);
    sw_buf_putc(out, ']');
  } else {
    const sw_pair **sorted = SW_ARENA_ARRAY(a, const sw_pair *, n->n ? n->n : 1);
    if (!sorted) return;
    for (size_t i = 0; i < n->n; i++) sorted[i] = &n->pairs[i];
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    qsort(sorted, n->n, sizeof *sorted, by_key);
    sw_buf_putc(out, '{');
    for (size_t i = 0; i < n->n; i++) {
      sw_buf_printf(out, "%zu:", sorted[i]->key.len);
      sw_buf_str_put(out, sorted[i]->key);
      canonical(sorted[i]->value, out, a);
    }
    sw_buf_putc(out, '}');
  }
}

/* Rows read from a CSV beside the object are content too. */
static void canonical_file(const sw_pack_object *o, sw_buf *out) {
  if (o->kind == &SW_KIND_VALUE_SET) {
    const sw_value_set_def *vs = o->data;
    for (size_t i = 0; vs && vs->file.len && i < vs->codes.n; i++) {
      const sw_code_def *c = SW_CODE(vs, i);
      sw_buf_printf(out, "%.*s\x1f%.*s\x1f%.*s\x1f%.*s\x1f%d\n", SW_STR_ARG(c->code), SW_STR_ARG(c->zh), SW_STR_ARG(c->en), SW_STR_ARG(c->parent),
                    c->status);
    }
  } else if (o->kind == &SW_KIND_MAPPING) {
    const sw_mapping_def *m = o->data;
    for (size_t i = 0; m && m->file.len && i < m->codes.n; i++) {
      const sw_code_rule_def *r = SW_ITEM(sw_code_rule_def, m->codes, i);
      sw_buf_printf(out, "%.*s\x1f%.*s\x1f%.*s\x1f%d\x1f%d\n", SW_STR_ARG(r->from), SW_STR_ARG(r->to), SW_STR_ARG(r->org), r->since, r->until);
    }
  }
}

static int by_identity(const void *a, const void *b) {
  const sw_pack_object *x = *(sw_pack_object *const *)a, *y = *(sw_pack_object *const *)b;
  int c = strcmp(x->kind->name, y->kind->name);
  return c ? c : sw_str_cmp(x->id, y->id);
}

sw_status sw_pack_hash_all(sw_pack_set *set, sw_error *err) {
  SW_AUTO(sw_buf) all = SW_BUF_INIT;
  size_t n = set->objects.len;
  sw_pack_object **sorted = SW_ARENA_ARRAY(&set->arena, sw_pack_object *, n ? n : 1);
  if (!sorted) return sw_arena_check(&set->arena, err);
  for (size_t i = 0; i < n; i++) {
    SW_AUTO(sw_buf) text = SW_BUF_INIT;
    SW_AUTO(sw_arena) a = SW_ARENA_INIT;
    sw_pack_object *o = sorted[i] = set->objects.items[i];
    canonical(o->node, &text, &a);
    canonical_file(o, &text);
    sw_status s = sw_buf_check(&text, err);
    if (!s) s = sw_digest_hex(SW_DIGEST_SHA256, text.ptr, text.len, o->hash, err);
    if (s) return s;
  }
  /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
  if (n) qsort(sorted, n, sizeof *sorted, by_identity);
  for (size_t i = 0; i < n; i++) sw_buf_printf(&all, "%s %.*s %s\n", sorted[i]->kind->name, SW_STR_ARG(sorted[i]->id), sorted[i]->hash);
  sw_status s = sw_buf_check(&all, err);
  return s ? s : sw_digest_hex(SW_DIGEST_SHA256, all.ptr, all.len, set->hash, err);
}
