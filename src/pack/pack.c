#include "pack/pack.h"

#include "base/fs.h"
#include "pack/set.h"

#include <stdlib.h>

static const sw_kind *const builtin_kinds[SW_BUILTIN_KINDS] = {
    &SW_KIND_VALUE_SET, &SW_KIND_ELEMENT,   &SW_KIND_TABLE,     &SW_KIND_SOURCE,  &SW_KIND_MAPPING, &SW_KIND_FLOW,
    &SW_KIND_RULES,     &SW_KIND_INDICATOR, &SW_KIND_CATALOGUE, &SW_KIND_RETURNED, &SW_KIND_SERVICE, &SW_KIND_REPORT,  &SW_KIND_POLICY,
};

size_t sw_pack_kinds(const sw_pack_registry *reg, const sw_kind *out[SW_MAX_KINDS]) {
  size_t n = 0;
  for (; n < SW_BUILTIN_KINDS; n++) out[n] = builtin_kinds[n];
  for (size_t i = 0; reg && i < reg->nkinds && n < SW_MAX_KINDS; i++) {
    size_t k = 0;
    while (k < n && strcmp(out[k]->name, reg->kinds[i]->name) != 0) k++;
    out[k] = reg->kinds[i];
    if (k == n) n++;
  }
  return n;
}

/* --- pack.yaml ------------------------------------------------------------------------------------------ */

typedef struct pack_file {
  sw_ref name;
  sw_str version;
  sw_text title;
  sw_config_list requires; /* sw_ref */
} pack_file;

static const sw_config_key pack_keys[] = {
    {.name = "pack", .type = SW_CFG_REF, .offset = offsetof(pack_file, name), .required = true, SW_HELP("内容包的名字", "name of the pack")},
    {.name = "version", .type = SW_CFG_STR, .offset = offsetof(pack_file, version), .required = true, .min = 1, .max = 40, SW_HELP("版本", "version")},
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(pack_file, title), .required = true, SW_HELP("名称", "title")},
    {.name = "requires", .type = SW_CFG_REF, .shape = SW_CFG_LIST, .offset = offsetof(pack_file, requires), SW_HELP("先要装载的内容包", "packs to load before")},
};
const sw_config_map SW_PACK_FILE_MAP = {.name = "pack.yaml", .size = sizeof(pack_file), .keys = pack_keys, .nkeys = sizeof pack_keys / sizeof *pack_keys,
                                        .help = {"内容包的说明", "what a pack says about itself"}};

typedef struct loader {
  const sw_pack_options *opt;
  sw_pack_set *set;
  sw_config_ctx ctx;
  SW_VEC(sw_str) open; /* packs being loaded, to notice cycles */
} loader;

static sw_status load_dir(loader *l, const char *dir, sw_error *err);

static const char *shown(const loader *l, const char *path) {
  size_t n = l->opt->strip ? strlen(l->opt->strip) : 0;
  if (n == 0 || strncmp(path, l->opt->strip, n) != 0) return path;
  path += n;
  while (*path == '/') path++;
  return path;
}

static bool has_pack(const sw_pack_set *set, sw_str name) {
  for (size_t i = 0; i < set->npacks; i++)
    if (sw_str_eq(set->packs[i].name, name)) return true;
  return false;
}

/* Beside the pack that requires it, then where the caller says. */
static char *find_pack(loader *l, const char *dir, sw_str name) {
  sw_arena *a = l->ctx.arena;
  size_t len = strlen(dir);
  while (len > 1 && dir[len - 1] == '/') len--;
  while (len > 0 && dir[len - 1] != '/') len--;
  for (size_t i = 0; i <= l->opt->nsearch; i++) {
    char *base = i == 0 ? sw_arena_printf(a, "%.*s%.*s", (int)len, dir, SW_STR_ARG(name))
                        : sw_arena_printf(a, "%s/%.*s", l->opt->search[i - 1], SW_STR_ARG(name));
    char *file = base ? sw_fs_join(a, base, "pack.yaml") : NULL;
    if (file && sw_fs_exists(file)) return base;
  }
  for (size_t i = 0; i < l->opt->ndirs; i++) { /* a pack named on the command line, anywhere */
    sw_str d = sw_str_of(l->opt->dirs[i]);
    while (d.len > 1 && d.ptr[d.len - 1] == '/') d.len--;
    if (sw_str_ends(d, name) && (d.len == name.len || d.ptr[d.len - name.len - 1] == '/')) return sw_arena_dupz(a, d);
  }
  return NULL;
}

static sw_status load_required(loader *l, const char *dir, const pack_file *f, sw_error *err) {
  for (size_t i = 0; i < f->requires.n; i++) {
    sw_ref r = *SW_ITEM(sw_ref, f->requires, i);
    if (has_pack(l->set, r.name)) continue;
    bool cycle = false;
    for (size_t k = 0; k < l->open.len; k++) cycle = cycle || sw_str_eq(l->open.items[k], r.name);
    char *at = cycle ? NULL : find_pack(l, dir, r.name);
    if (cycle)
      sw_problem_add(l->ctx.problems, r.at, "SW-PACK-0070", "内容包 %.*s 互相依赖", "packs require each other: %.*s", SW_STR_ARG(r.name));
    else if (!at)
      sw_problem_add(l->ctx.problems, r.at, "SW-PACK-0071", "找不到内容包 %.*s；请放在旁边，如 packs/%.*s", "pack %.*s is not found; put it beside, as packs/%.*s",
                     SW_STR_ARG(r.name), SW_STR_ARG(r.name));
    sw_status s = at ? load_dir(l, at, err) : SW_OK;
    if (s) return s;
  }
  return SW_OK;
}

static sw_status read_pack_file(loader *l, const char *dir, pack_file *f, bool *ok, sw_error *err) {
  char *path = sw_fs_join(l->ctx.arena, dir, "pack.yaml");
  if (!path) return sw_arena_check(l->ctx.arena, err);
  *ok = false;
  sw_node_list docs;
  sw_error own = SW_ERROR_INIT;
  if (!sw_fs_exists(path)) {
    sw_problem_add(l->ctx.problems, (sw_place){sw_arena_dupz(l->ctx.arena, sw_str_of(shown(l, dir))), 0, 0}, "SW-PACK-0072",
                   "这里没有内容包：缺少 pack.yaml", "there is no pack here: pack.yaml is missing");
    return SW_OK;
  }
  sw_status s = sw_tree_file(l->ctx.arena, path, shown(l, path), &SW_TREE_LIMITS_DEFAULT, &docs, &own);
  if (s) {
    sw_problem_add_error(l->ctx.problems, (sw_place){path, 0, 0}, &own);
    return SW_OK;
  }
  sw_node none = {.kind = SW_NODE_NULL, .at = {sw_arena_dupz(l->ctx.arena, sw_str_of(shown(l, path))), 1, 1}};
  *ok = sw_config_parse(&SW_PACK_FILE_MAP, docs.n ? docs.items[0] : &none, &l->ctx, f);
  return SW_OK;
}

static sw_status load_dir(loader *l, const char *dir, sw_error *err) {
  pack_file f = {0};
  bool ok = false;
  sw_status s = read_pack_file(l, dir, &f, &ok, err);
  if (s || !ok || has_pack(l->set, f.name.name)) return s;
  if (!SW_VEC_PUSH(&l->open, f.name.name)) return SW_FAIL(err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
  s = load_required(l, dir, &f, err);
  l->open.len--;
  if (s) return s;
  sw_pack_set *set = l->set;
  if (set->npacks == SW_MAX_PACKS) return SW_FAIL(err, SW_E_LIMIT, "SW-PACK-0073", "内容包超过 %d 个", "more than %d packs", SW_MAX_PACKS);
  size_t pack = set->npacks++;
  set->packs[pack] = (sw_pack_info){f.name.name, f.version, sw_str_of(sw_arena_dupz(&set->arena, sw_str_of(dir))), f.title};
  return sw_pack_read(set, pack, l->opt->strip, &l->ctx, err);
}

/* --- the whole set ---------------------------------------------------------------------------------------- */

static void on_ref(void *user, const sw_config_ref *r) {
  sw_pack_set *set = user;
  if (!SW_VEC_PUSH(&set->refs, *r)) set->arena.failed = true;
}

static void on_sql(void *user, const sw_config_sql *q) {
  sw_pack_set *set = user;
  if (!SW_VEC_PUSH(&set->sqls, *q)) set->arena.failed = true;
}

static bool drop_replaced(sw_pack_set *set) {
  size_t kept = 0;
  for (size_t i = 0; i < set->objects.len; i++) {
    sw_pack_object *o = set->objects.items[i];
    if (!o->data_replaced) {
      set->objects.items[kept++] = o;
      size_t k = sw_pack_kind_index(set, o->kind->name);
      /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
      if (!SW_VEC_PUSH(&set->by_kind[k], o)) return false;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    } else if (!SW_VEC_PUSH(&set->replaced, o)) {
      return false;
    }
  }
  set->objects.len = kept;
  return true;
}

static void index_ods(sw_pack_set *set, const sw_config_ctx *ctx) {
  for (size_t i = 0;; i++) {
    const sw_pack_object *o = sw_pack_at(set, "source", i);
    if (!o) return;
    const sw_source_def *s = o->data;
    if (!s) { /* broken: its tables are known by name only, so that references to them are not told as unknown */
      const sw_node *tables = sw_node_get(o->node, "tables");
      for (size_t k = 0; tables && tables->kind == SW_NODE_LIST && k < tables->n; k++) {
        sw_str name = sw_node_text(sw_node_get(tables->items[k], "table"));
        if (name.len && !sw_map_put(&set->ods, name, UINT64_MAX)) return;
      }
      continue;
    }
    for (size_t k = 0; k < s->tables.n; k++) {
      const sw_source_table_def *t = SW_ITEM(sw_source_table_def, s->tables, k);
      bool added = true;
      if (!sw_map_at(&set->ods, t->table.name, (uint64_t)i << 32 | k, &added)) return;
      if (!added)
        sw_problem_add(ctx->problems, t->table.at, "SW-PACK-0074", "落地表 %.*s 已由另一来源声明", "the table %.*s is declared by another source already",
                       SW_STR_ARG(t->table.name));
    }
  }
}

static void resolve_all(sw_pack_set *set, const sw_config_ctx *ctx) {
  for (size_t link = 0; link < 2; link++)
    for (size_t k = 0; k < set->nkinds; k++)
      for (size_t i = 0; i < set->by_kind[k].len; i++) {
        sw_pack_object *o = set->by_kind[k].items[i];
        void (*fn)(const sw_pack_set *, sw_pack_object *, const sw_config_ctx *) = link ? o->kind->link : o->kind->resolve;
        if (o->data && fn) fn(set, o, ctx);
      }
}

static sw_status load_overlay(loader *l, sw_error *err) {
  sw_pack_set *set = l->set;
  if (set->npacks == SW_MAX_PACKS) return SW_FAIL(err, SW_E_LIMIT, "SW-PACK-0073", "内容包超过 %d 个", "more than %d packs", SW_MAX_PACKS);
  size_t pack = set->npacks++;
  set->packs[pack] = (sw_pack_info){SW_LIT("proposed"), SW_LIT(""), SW_LIT(""), {SW_LIT("拟议的改动"), SW_LIT("Proposed change")}};
  set->overlay = true;
  for (size_t i = 0; i < l->opt->noverlay; i++) {
    char *path = sw_arena_dupz(l->ctx.arena, sw_str_of(l->opt->overlay[i]));
    sw_status s = path ? sw_pack_read_file(set, pack, path, NULL, &l->ctx, err) : sw_arena_check(l->ctx.arena, err);
    if (s) return s;
  }
  set->overlay = false;
  return SW_OK;
}

static sw_status load_all(loader *l, sw_error *err) {
  for (size_t i = 0; i < l->opt->ndirs; i++) {
    sw_status s = load_dir(l, l->opt->dirs[i], err);
    if (s) return s;
  }
  if (l->opt->noverlay) {
    sw_status s = load_overlay(l, err);
    if (s) return s;
  }
  if (!drop_replaced(l->set)) return SW_FAIL(err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
  index_ods(l->set, &l->ctx);
  resolve_all(l->set, &l->ctx); /* steps' options bring references of their own: they are checked after */
  sw_pack_check_refs(l->set, &l->ctx);
  sw_pack_check_sqls(l->set, &l->ctx);
  return sw_arena_check(&l->set->arena, err);
}

sw_status sw_pack_load(const sw_pack_options *opt, sw_pack_set **out, sw_problems *p, sw_error *err) {
  *out = NULL;
  sw_pack_set *set = calloc(1, sizeof *set);
  if (!set) return SW_FAIL(err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
  set->registry = opt->registry;
  set->nkinds = sw_pack_kinds(opt->registry, set->kinds);
  loader l = {.opt = opt, .set = set, .ctx = {.arena = &set->arena, .problems = p, .on_ref = on_ref, .on_sql = on_sql, .user = set}};
  sw_status s = load_all(&l, err);
  SW_VEC_FREE(&l.open);
  if (!s) s = sw_pack_hash_all(set, err);
  set->registry = NULL;
  SW_VEC_FREE(&set->refs);
  SW_VEC_FREE(&set->sqls);
  if (!s && p->total) {
    sw_problems_keep_places(p);
    s = sw_problems_status(p, err);
  }
  if (s) {
    sw_pack_free(set);
    return s;
  }
  *out = set;
  return SW_OK;
}

static void release(sw_pack_object *o) {
  if (o->data && o->kind->release) o->kind->release(o->data);
}

void sw_pack_free(sw_pack_set *set) {
  if (!set) return;
  for (size_t i = 0; i < set->objects.len; i++) release(set->objects.items[i]);
  for (size_t i = 0; i < set->replaced.len; i++) release(set->replaced.items[i]);
  for (size_t k = 0; k < SW_MAX_KINDS; k++) SW_VEC_FREE(&set->by_kind[k]);
  SW_VEC_FREE(&set->objects);
  SW_VEC_FREE(&set->replaced);
  SW_VEC_FREE(&set->refs);
  SW_VEC_FREE(&set->sqls);
  sw_map_fini(&set->index);
  sw_map_fini(&set->ods);
  sw_arena_fini(&set->arena);
  free(set);
}

/* --- lookup ---------------------------------------------------------------------------------------------- */

const sw_pack_object *sw_pack_find(const sw_pack_set *set, const char *kind, sw_str id) {
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  sw_buf_printf(&key, "%s\x1f%.*s", kind, SW_STR_ARG(id));
  return sw_map_get_ptr(&set->index, sw_buf_str(&key));
}

static const void *find_data(const sw_pack_set *set, const char *kind, sw_str id) {
  const sw_pack_object *o = id.len ? sw_pack_find(set, kind, id) : NULL;
  return o ? o->data : NULL;
}

const sw_value_set_def *sw_pack_value_set(const sw_pack_set *set, sw_str id) { return find_data(set, "value_set", id); }
const sw_element_def *sw_pack_element(const sw_pack_set *set, sw_str id) { return find_data(set, "element", id); }
const sw_table_def *sw_pack_table(const sw_pack_set *set, sw_str id) { return find_data(set, "table", id); }
const sw_source_def *sw_pack_source(const sw_pack_set *set, sw_str id) { return find_data(set, "source", id); }
const sw_mapping_def *sw_pack_mapping(const sw_pack_set *set, sw_str id) { return find_data(set, "mapping", id); }
const sw_flow_def *sw_pack_flow(const sw_pack_set *set, sw_str id) { return find_data(set, "flow", id); }

const sw_source_table_def *sw_pack_source_table(const sw_pack_set *set, sw_str ods, const sw_source_def **source) {
  uint64_t v;
  if (!sw_map_get(&set->ods, ods, &v) || v == UINT64_MAX) return NULL;
  const sw_pack_object *o = sw_pack_at(set, "source", (size_t)(v >> 32));
  const sw_source_def *s = o ? o->data : NULL;
  if (!s) return NULL;
  if (source) *source = s;
  return SW_ITEM(sw_source_table_def, s->tables, v & UINT32_MAX);
}

const sw_pack_object *sw_pack_at(const sw_pack_set *set, const char *kind, size_t i) {
  if (!kind) return i < set->objects.len ? set->objects.items[i] : NULL;
  size_t k = sw_pack_kind_index(set, kind);
  return k != SIZE_MAX && i < set->by_kind[k].len ? set->by_kind[k].items[i] : NULL;
}

size_t sw_pack_count(const sw_pack_set *set, const char *kind) {
  if (!kind) return set->objects.len;
  size_t k = sw_pack_kind_index(set, kind);
  return k == SIZE_MAX ? 0 : set->by_kind[k].len;
}

size_t sw_pack_npacks(const sw_pack_set *set) { return set->npacks; }
const sw_pack_info *sw_pack_info_at(const sw_pack_set *set, size_t i) { return i < set->npacks ? &set->packs[i] : NULL; }
const char *sw_pack_hash(const sw_pack_set *set) { return set->hash; }

void sw_pack_suggest(const sw_pack_set *set, const char *kind, sw_suggest *s) {
  if (strcmp(kind, "ods") == 0 || strcmp(kind, "any_table") == 0)
    for (size_t i = 0; i < set->ods.len; i++) sw_suggest_offer(s, set->ods.entries[i].key);
  if (strcmp(kind, "any_table") == 0) kind = "table";
  for (size_t i = 0;; i++) {
    const sw_pack_object *o = sw_pack_at(set, kind, i);
    if (!o) return;
    sw_suggest_offer(s, o->id);
  }
}

/* --- operators of steps ------------------------------------------------------------------------------------ */

void sw_pack_step_options(const sw_pack_set *set, sw_flow_step_def *s, const sw_config_ctx *ctx) {
  const sw_pack_registry *reg = set->registry;
  if (!reg || !reg->operators) return;
  if (!s->op.name.len) return;
  sw_suggest g;
  sw_suggest_start(&g, s->op.name);
  for (size_t i = 0; i < reg->noperators; i++) {
    const sw_pack_operator *op = &reg->operators[i];
    sw_suggest_offer(&g, sw_str_of(op->name));
    if (!sw_str_eqz(s->op.name, op->name)) continue;
    if (!op->map) {
      if (!sw_node_is_null(s->config))
        sw_problem_add(ctx->problems, s->config->at, "SW-PACK-0075", "算子 %s 没有配置", "operator %s takes no config", op->name);
      return;
    }
    s->options = sw_arena_alloc(ctx->arena, op->map->size);
    sw_node none = {.kind = SW_NODE_NULL, .at = s->at};
    if (!s->options || !sw_config_parse(op->map, s->config ? s->config : &none, ctx, s->options)) s->options = NULL;
    return;
  }
  sw_pack_unknown(ctx, s->op, "算子", "operator", &g);
}
