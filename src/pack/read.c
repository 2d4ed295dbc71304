/* Reading the files of one pack into objects. */
#include "pack/set.h"

#include "base/fs.h"
#include "pack/csv.h"

size_t sw_pack_kind_index(const sw_pack_set *set, const char *name) {
  for (size_t i = 0; i < set->nkinds; i++)
    if (strcmp(set->kinds[i]->name, name) == 0) return i;
  return SIZE_MAX;
}

static const sw_kind *kind_of(const sw_pack_set *set, sw_str name) {
  for (size_t i = 0; i < set->nkinds; i++)
    if (sw_str_eqz(name, set->kinds[i]->name)) return set->kinds[i];
  return NULL;
}

static void unknown_kind(const sw_pack_set *set, const sw_pair *first, const sw_config_ctx *ctx) {
  sw_suggest s;
  char zh[160], en[160];
  sw_suggest_start(&s, first->key);
  for (size_t i = 0; i < set->nkinds; i++) sw_suggest_offer(&s, sw_str_of(set->kinds[i]->name));
  sw_problem_add(ctx->problems, first->key_at, "SW-PACK-0060", "第一个键应是对象的种类（table、source…），写的是 %.*s%s%.0s",
                 "the first key must name the kind of object (table, source, ...), not %.*s%.0s%s", SW_STR_ARG(first->key), sw_suggest_zh(&s, zh),
                 sw_suggest_en(&s, en));
}

static bool read_id(const sw_kind *kind, const sw_pair *first, const sw_config_ctx *ctx, sw_ref *id) {
  const sw_config_key key = {.name = kind->name, .type = kind->id_is_table ? SW_CFG_TABLE : SW_CFG_REF};
  return sw_config_scalar(&key, first->value, ctx, id);
}

static bool says_override(const sw_node *n, const sw_config_ctx *ctx) {
  static const sw_config_key key = {.name = "override", .type = SW_CFG_BOOL};
  const sw_node *v = sw_node_get(n, "override");
  bool yes = false;
  return v && sw_config_scalar(&key, v, ctx, &yes) && yes;
}

static sw_str index_key(sw_buf *b, const sw_kind *kind, sw_str id) {
  sw_buf_printf(b, "%s\x1f%.*s", kind->name, SW_STR_ARG(id));
  return sw_buf_str(b);
}

/* Puts the object under its id; false when another one stays there. */
static bool place_object(sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  bool added = true;
  uint64_t *slot = sw_map_at(&set->index, index_key(&key, o->kind, o->id), (uint64_t)(uintptr_t)o, &added);
  if (!slot) return false;
  if (added) {
    if (o->override && !set->overlay)
      sw_problem_add(ctx->problems, o->at, "SW-PACK-0062", "override: true，但前面的内容包没有 %s %.*s", "override: true, but no earlier pack has %s %.*s",
                     o->kind->name, SW_STR_ARG(o->id));
    return true;
  }
  sw_pack_object *was = (sw_pack_object *)(uintptr_t)*slot;
  if (was->pack == o->pack) {
    sw_problem_add(ctx->problems, o->at, "SW-PACK-0061", "%s %.*s 重复，%s:%u 已有", "%s %.*s is repeated; %s:%u has it already", o->kind->name,
                   SW_STR_ARG(o->id), was->at.file, was->at.line);
    return false;
  }
  if (!o->override && !set->overlay) {
    sw_problem_add(ctx->problems, o->at, "SW-PACK-0063", "内容包 %.*s 已有 %s %.*s（%s:%u）；要替换请写 override: true",
                   "pack %.*s has %s %.*s already (%s:%u); write override: true to replace it", SW_STR_ARG(set->packs[was->pack].name), o->kind->name,
                   SW_STR_ARG(o->id), was->at.file, was->at.line);
    return false;
  }
  *slot = (uint64_t)(uintptr_t)o;
  was->data_replaced = true;
  return true;
}

static void read_object(sw_pack_set *set, size_t pack, const char *path, const sw_node *n, const sw_kind **file_kind, const sw_config_ctx *outer) {
  if (n->kind != SW_NODE_MAP || n->n == 0) {
    sw_problem_add(outer->problems, n->at, "SW-PACK-0064", "此处应是一个对象：第一个键是种类和编号，如 table: dwd.admission",
                   "an object is expected here: its first key is kind and id, such as table: dwd.admission");
    return;
  }
  const sw_pair *first = &n->pairs[0];
  const sw_kind *kind = kind_of(set, first->key);
  if (!kind) {
    unknown_kind(set, first, outer);
    return;
  }
  if (*file_kind && *file_kind != kind)
    sw_problem_add(outer->problems, first->key_at, "SW-PACK-0065", "一个文件只放一种对象：前面是 %s，此处是 %s", "a file holds one kind of object: %s before, %s here",
                   (*file_kind)->name, kind->name);
  *file_kind = kind;
  sw_ref id;
  if (!read_id(kind, first, outer, &id)) return;
  sw_pack_object *o = SW_ARENA_NEW(outer->arena, sw_pack_object);
  void *data = sw_arena_alloc(outer->arena, kind->map->size);
  if (!o || !data) return;
  *o = (sw_pack_object){.kind = kind, .id = id.name, .at = id.at, .path = path, .pack = (uint32_t)pack, .override = says_override(n, outer), .node = n};
  if (!place_object(set, o, outer)) return;
  sw_config_ctx ctx = *outer;
  ctx.kind_key = kind->name;
  o->broken = !sw_config_parse(kind->map, n, &ctx, data);
  *(sw_ref *)((char *)data + kind->id) = id;
  if (!o->broken || kind->lenient) o->data = data;
  /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
  if (!SW_VEC_PUSH(&set->objects, o)) sw_problem_add(outer->problems, o->at, "SW-PACK-0005", "内存不足", "memory was refused");
}

static bool is_content(const char *path) {
  sw_str p = sw_str_of(path);
  return sw_str_ends(p, SW_LIT(".yaml")) || sw_str_ends(p, SW_LIT(".yml")) || sw_str_ends(p, SW_LIT(".json"));
}

static const char *shown_path(const char *path, const char *strip) {
  size_t n = strip ? strlen(strip) : 0;
  if (n == 0 || strncmp(path, strip, n) != 0) return path;
  path += n;
  while (*path == '/') path++;
  return path;
}

sw_status sw_pack_read_file(sw_pack_set *set, size_t pack, const char *path, const char *strip, const sw_config_ctx *ctx, sw_error *err) {
  sw_node_list docs;
  sw_error own = SW_ERROR_INIT;
  const char *shown = shown_path(path, strip);
  sw_status s = sw_tree_file(ctx->arena, path, shown, &SW_TREE_LIMITS_DEFAULT, &docs, &own);
  if (s == SW_E_NOMEM) {
    *err = own;
    return s;
  }
  if (s) { /* one line a file; the others go on */
    sw_problem_add_error(ctx->problems, (sw_place){shown, 0, 0}, &own);
    return SW_OK;
  }
  const sw_kind *kind = NULL;
  for (size_t i = 0; i < docs.n; i++) {
    const sw_node *d = docs.items[i];
    if (d->kind == SW_NODE_NULL) continue;
    if (d->kind != SW_NODE_LIST) read_object(set, pack, path, d, &kind, ctx);
    for (size_t k = 0; d->kind == SW_NODE_LIST && k < d->n; k++) read_object(set, pack, path, d->items[k], &kind, ctx);
  }
  return SW_OK;
}

sw_status sw_pack_read(sw_pack_set *set, size_t pack, const char *strip, const sw_config_ctx *ctx, sw_error *err) {
  char **paths;
  size_t n;
  const char *dir = set->packs[pack].dir.ptr;
  sw_status s = sw_fs_list(dir, NULL, ctx->arena, &paths, &n, err);
  if (s) return SW_FRAME(err, "读取内容包 %s", "reading pack %s", dir);
  const char *top = sw_fs_join(ctx->arena, dir, "pack.yaml");
  for (size_t i = 0; i < n; i++) {
    if (!is_content(paths[i]) || (top && strcmp(paths[i], top) == 0)) continue;
    if ((s = sw_pack_read_file(set, pack, paths[i], strip, ctx, err))) return s;
  }
  return sw_arena_check(ctx->arena, err);
}

/* --- CSV beside an object ------------------------------------------------------------------------------ */

enum { CSV_COLUMNS = 64 };

static bool csv_header(sw_csv_scan *c, const char *const *columns, size_t ncolumns, size_t nrequired, const char *file, const sw_config_ctx *ctx,
                       size_t at[CSV_COLUMNS], size_t *width) {
  bool found[CSV_COLUMNS] = {false}, last = false;
  size_t n = 0;
  while (!last) {
    sw_str name;
    if (n >= CSV_COLUMNS || !sw_csv_scan_field(c, &name, &last)) return false;
    at[n] = SIZE_MAX;
    for (size_t k = 0; k < ncolumns; k++)
      if (sw_str_ieq(name, sw_str_of(columns[k]))) {
        at[n] = k;
        found[k] = true;
      }
    n++;
  }
  *width = n;
  bool ok = true;
  for (size_t k = 0; k < nrequired; k++) {
    if (found[k]) continue;
    sw_problem_add(ctx->problems, (sw_place){file, 1, 1}, "SW-PACK-0067", "表头缺少列 %s", "the header lacks the column %s", columns[k]);
    ok = false;
  }
  return ok;
}

static bool csv_rows(sw_csv_scan *c, const size_t *at, size_t width, size_t ncolumns, sw_pack_csv *out, const sw_config_ctx *ctx) {
  size_t lines = 1;
  for (size_t i = 0; i < c->text.len; i++) lines += c->text.ptr[i] == '\n';
  out->cells = SW_ARENA_ARRAY(ctx->arena, sw_str, lines * ncolumns);
  out->line = SW_ARENA_ARRAY(ctx->arena, uint32_t, lines);
  if (!out->cells || !out->line) return false;
  while (c->pos < c->text.len) {
    c->line++;
    out->line[out->rows] = c->line;
    bool last = false, blank = true;
    for (size_t i = 0; !last; i++) {
      sw_str cell;
      if (!sw_csv_scan_field(c, &cell, &last)) return false;
      blank = blank && cell.len == 0;
      if (i < width && at[i] != SIZE_MAX) out->cells[out->rows * ncolumns + at[i]] = cell;
    }
    if (!blank) out->rows++;
  }
  return true;
}

bool sw_pack_csv_read(const sw_pack_set *set, const sw_pack_object *o, sw_str name, sw_place at, const char *const *columns, size_t ncolumns,
                      size_t nrequired, const sw_config_ctx *ctx, sw_pack_csv *out) {
  (void)set;
  memset(out, 0, sizeof *out);
  if (sw_str_find(name, SW_LIT("..")) >= 0 || sw_str_starts(name, SW_LIT("/"))) {
    sw_problem_add(ctx->problems, at, "SW-PACK-0066", "file 须是同目录里的文件名", "file must be a name in the same directory");
    return false;
  }
  const char *slash = strrchr(o->path, '/'), *shown = strrchr(o->at.file, '/');
  char *path = sw_arena_printf(ctx->arena, "%.*s%.*s", slash ? (int)(slash - o->path + 1) : 0, o->path, SW_STR_ARG(name));
  out->file = sw_arena_printf(ctx->arena, "%.*s%.*s", shown ? (int)(shown - o->at.file + 1) : 0, o->at.file, SW_STR_ARG(name));
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_error err = SW_ERROR_INIT;
  if (!path || !out->file) return false;
  if (sw_fs_read(path, SW_TREE_LIMITS_DEFAULT.bytes, &b, &err)) {
    sw_problem_add_error(ctx->problems, at, &err);
    return false;
  }
  sw_csv_scan c = sw_csv_scan_start(ctx->arena, sw_arena_dup(ctx->arena, sw_buf_str(&b)));
  size_t to[CSV_COLUMNS], width = 0;
  size_t before = ctx->problems->total;
  if (csv_header(&c, columns, ncolumns, nrequired, out->file, ctx, to, &width) && csv_rows(&c, to, width, ncolumns, out, ctx)) return true;
  if (ctx->problems->total == before)
    sw_problem_add(ctx->problems, (sw_place){out->file, c.line, 1}, "SW-PACK-0068", "不是合法的 CSV（引号没有闭合，或引号后还有文字）",
                   "not valid CSV (a quote is not closed, or text follows one)");
  return false;
}
