#include "standard/draft_internal.h"

#include "base/fs.h"
#include "base/map.h"
#include "pack/path_pattern.h"

#include <stdlib.h>

static sw_status nomem(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

/* --- names ------------------------------------------------------------------------------------------- */

static bool word_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80 || c == '_'; }

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* "dbo.fee_item_20231227.txt.gz" → "fee_item": the words before the first number, without the extension. */
static char *table_name(const char *file, sw_arena *a) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  for (const char *p = base_name(file); *p; p++) {
    if (*p >= '0' && *p <= '9') {
      if (b.len) break;
      continue;
    }
    if (*p == '.') {
      bool schema = strncmp(p, ".csv", 4) != 0 && strpbrk(p + 1, ".") != NULL && b.len <= 4; /* "dbo." before the name */
      if (!schema) break;
      sw_buf_clear(&b);
      continue;
    }
    char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : word_char(*p) ? *p : '_';
    if (c != '_' || (b.len && b.ptr[b.len - 1] != '_')) sw_buf_putc(&b, c);
  }
  while (b.len && b.ptr[b.len - 1] == '_') sw_buf_truncate(&b, b.len - 1);
  return sw_arena_dupz(a, b.len ? sw_buf_str(&b) : SW_LIT("data"));
}

static void name_groups(draft *d) {
  for (size_t i = 0; i < d->groups.len; i++) {
    draft_group *g = &d->groups.items[i];
    g->name = table_name(g->files.items[0].file, d->arena);
    size_t same = 0;
    for (size_t k = 0; k < i && g->name; k++) same += d->groups.items[k].name && strncmp(d->groups.items[k].name, g->name, strlen(g->name)) == 0;
    if (same && g->name) g->name = sw_arena_printf(d->arena, "%s_%c", g->name, (int)('a' + (same < 25 ? same : 25)));
  }
}

/* --- patterns ------------------------------------------------------------------------------------------- */

static void generalise(sw_buf *out, const char *name) {
  for (const char *p = name; *p;) {
    size_t digits = strspn(p, "0123456789");
    if (digits >= 4) {
      sw_buf_putc(out, '*');
      p += digits;
    } else sw_buf_putc(out, *p++);
  }
}

/* Dates among the directories order the deliveries; the first other directory is taken as the institution. */
static char *pattern_of(const char *file, sw_arena *a) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  bool org = false, date = false;
  const char *p = file, *slash;
  while ((slash = strchr(p, '/'))) {
    sw_str part = {p, (size_t)(slash - p)};
    int32_t day;
    if (!date && sw_parse_date(part, &day)) {
      sw_buf_puts(&b, "{date}");
      date = true;
    } else if (!org) {
      sw_buf_puts(&b, "{org}");
      org = true;
    } else sw_buf_puts(&b, "*");
    sw_buf_putc(&b, '/');
    p = slash + 1;
  }
  generalise(&b, p);
  return sw_arena_dupz(a, sw_buf_str(&b));
}

static bool claims_others(const draft *d, const draft_group *g, const char *pattern) {
  sw_path_match m;
  for (size_t i = 0; i < d->groups.len; i++)
    for (size_t k = 0; &d->groups.items[i] != g && k < d->groups.items[i].files.len; k++)
      if (sw_path_matches(sw_str_of(pattern), sw_str_of(d->groups.items[i].files.items[k].file), &m)) return true;
  return false;
}

static void find_pattern(const draft *d, draft_group *g) {
  g->pattern = NULL;
  char *p = pattern_of(g->files.items[0].file, d->arena);
  sw_path_match m;
  bool all = p && !claims_others(d, g, p);
  for (size_t i = 0; all && i < g->files.len; i++) all = sw_path_matches(sw_str_of(p), sw_str_of(g->files.items[i].file), &m);
  if (all) g->pattern = p; /* else the files are listed one by one */
}

/* --- columns ----------------------------------------------------------------------------------------------- */

static bool is_text(sw_type t) { return t.id == SW_TYPE_STR; }

/* The narrower of two types that holds the values of both; text when nothing else does. */
static sw_type common_type(sw_type a, sw_type b) {
  if (a.id == b.id && a.id != SW_TYPE_DECIMAL) return a;
  if (a.id == SW_TYPE_DECIMAL && b.id == SW_TYPE_DECIMAL) return a.scale >= b.scale ? a : b;
  bool a_int = a.id == SW_TYPE_I64 || a.id == SW_TYPE_I32, b_int = b.id == SW_TYPE_I64 || b.id == SW_TYPE_I32;
  if (a_int && b_int) return SW_T_I64;
  if (a_int && b.id == SW_TYPE_DECIMAL) return b;
  if (b_int && a.id == SW_TYPE_DECIMAL) return a;
  if (a.id == SW_TYPE_DATE && b.id == SW_TYPE_TIMESTAMP) return b;
  if (b.id == SW_TYPE_DATE && a.id == SW_TYPE_TIMESTAMP) return a;
  return SW_T_STR;
}

static void merge_column(sw_sniffed_column *all, const sw_sniffed_column *one) {
  if (!one->values) {
    all->nulls += one->nulls;
    return;
  }
  bool first = all->values == 0;
  all->type = first ? one->type : common_type(all->type, one->type);
  if (first || strcmp(all->format, one->format) != 0) {
    if (!first) all->type = SW_T_STR;
    all->format = first ? one->format : "";
  }
  all->values += one->values;
  all->nulls += one->nulls;
  all->unique = (first || all->unique) && one->unique;
  all->mangled |= one->mangled;
  if (one->max_length > all->max_length) all->max_length = one->max_length;
  if (!first && (!all->domain || !one->domain)) all->ndomain = 0, all->domain = NULL;
}

/* Digits that are a name of something, not a quantity: kept as text, so that leading zeros stay. */
static bool reads_as_code(const sw_sniffed_column *c) {
  static const char *const ENDS[] = {"id", "no", "code", "dm", "bm", "bh", "hm", "号", "码", "编号", "代码", "编码"};
  if (c->mangled || c->max_length > 15) return c->type.id == SW_TYPE_I64 || c->type.id == SW_TYPE_I32;
  sw_str name = sw_str_of(c->name);
  for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
    sw_str e = sw_str_of(ENDS[i]);
    if (name.len >= e.len && sw_str_ieq(sw_str_sub(name, name.len - e.len, e.len), e)) return c->type.id == SW_TYPE_I64 || c->type.id == SW_TYPE_I32;
  }
  return false;
}

static void union_domain(draft_group *g, size_t col, sw_arena *a) {
  sw_sniffed_column *all = &g->columns[col];
  if (!is_text(all->type) && !reads_as_code(all)) return;
  sw_map seen = SW_MAP_INIT;
  bool few = true;
  for (size_t f = 0; few && f < g->files.len; f++) {
    const sw_sniffed_column *c = &g->files.items[f].look.columns[col];
    few = c->values == 0 || c->domain;
    for (size_t k = 0; few && k < c->ndomain; k++) few = sw_map_put(&seen, sw_str_of(c->domain[k]), 0) && seen.len <= SW_SNIFF_DOMAIN;
  }
  all->domain = few && seen.len ? SW_ARENA_ARRAY(a, const char *, seen.len) : NULL;
  all->ndomain = all->domain ? seen.len : 0;
  for (size_t k = 0; k < all->ndomain; k++) all->domain[k] = sw_arena_dupz(a, seen.entries[k].key);
  sw_map_fini(&seen);
}

static sw_status merge_columns(draft *d, draft_group *g, sw_error *err) {
  const sw_sniffed *first = &g->files.items[0].look;
  g->ncolumns = first->ncolumns;
  g->columns = SW_ARENA_ARRAY(d->arena, sw_sniffed_column, g->ncolumns + 1);
  if (!g->columns) return nomem(err);
  g->key = g->ncolumns;
  for (size_t c = 0; c < g->ncolumns; c++) {
    g->columns[c] = (sw_sniffed_column){.name = first->columns[c].name, .type = SW_T_STR, .format = ""};
    for (size_t f = 0; f < g->files.len; f++) merge_column(&g->columns[c], &g->files.items[f].look.columns[c]);
    union_domain(g, c, d->arena);
    if (reads_as_code(&g->columns[c])) g->columns[c].type = SW_T_STR;
    const sw_sniffed_column *col = &g->columns[c];
    bool id_like = (is_text(col->type) || col->type.id == SW_TYPE_I64) && col->unique && !col->nulls && col->values > 1;
    if (g->key == g->ncolumns && id_like) g->key = c;
  }
  return SW_OK;
}

/* --- files ---------------------------------------------------------------------------------------------------- */

static char *signature_of(const sw_sniffed *s, sw_arena *a) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_puts(&b, sw_file_format_name(s->format));
  for (size_t i = 0; i < s->ncolumns; i++) sw_buf_printf(&b, "\n%s", s->columns[i].name);
  return sw_arena_dupz(a, sw_buf_str(&b));
}

static sw_status add_file(draft *d, sw_map *index, const draft_file *f, sw_error *err) {
  char *sig = signature_of(&f->look, d->arena);
  bool added;
  uint64_t *at = sig ? sw_map_at(index, sw_str_of(sig), d->groups.len, &added) : NULL;
  if (!at) return nomem(err);
  draft_group fresh = {.signature = sig};
  if (added && !SW_VEC_PUSH(&d->groups, fresh)) return nomem(err);
  draft_group *g = d->groups.items ? &d->groups.items[*at] : NULL;
  return g && SW_VEC_PUSH(&g->files, *f) ? SW_OK : nomem(err);
}

static sw_status look_at_files(draft *d, const sw_cancel *cancel, const sw_events *events, sw_draft_outcome *out, sw_error *err) {
  char **paths;
  size_t n = 0, skip = strlen(d->o->dir);
  sw_status s = sw_fs_list(d->o->dir, NULL, d->arena, &paths, &n, err);
  if (skip && d->o->dir[skip - 1] != '/') skip++;
  if (s != SW_OK) return s;
  out->unread = SW_ARENA_ARRAY(d->arena, const char *, n + 1);
  if (!out->unread) return nomem(err);
  if (!n) s = SW_FAIL(err, SW_E_NOTFOUND, "SW-STD-0090", "%s 里没有文件", "there are no files in %s", d->o->dir);
  sw_map index = SW_MAP_INIT;
  for (size_t i = 0; s == SW_OK && i < n; i++) {
    draft_file f = {.path = paths[i], .file = paths[i] + skip};
    sw_file_hints hints = {0};
    sw_error why = SW_ERROR_INIT;
    sw_status one = sw_intake_sniff(f.path, &hints, NULL, NULL, d->arena, cancel, &f.look, &why);
    if (one == SW_OK && f.look.ncolumns) s = add_file(d, &index, &f, err);
    else if (one == SW_E_CANCELLED || one == SW_E_NOMEM) {
      *err = why;
      s = one;
    } else
      out->unread[out->nunread++] = sw_arena_printf(d->arena, "%s: %s", f.file, one == SW_OK ? "no columns" : why.msg[SW_LANG_EN]);
    sw_emit_progress(events, "draft", (int64_t)i + 1, (int64_t)n, "files");
  }
  sw_map_fini(&index);
  return s;
}

sw_status sw_draft(const sw_draft_options *o, sw_arena *a, const sw_cancel *cancel, const sw_events *events, sw_draft_outcome *out, sw_error *err) {
  *out = (sw_draft_outcome){0};
  if (!sw_is_ident(sw_str_of(o->name)))
    return SW_FAIL(err, SW_E_USAGE, "SW-STD-0091", "名称 %s 应由字母、数字和下划线组成，以字母开头", "the name %s must be letters, digits and underscores, a letter first", o->name);
  if (sw_fs_exists(o->out)) return SW_FAIL(err, SW_E_EXISTS, "SW-STD-0092", "%s 已存在；请换一个 --out", "%s exists; choose another --out", o->out);
  draft d = {.o = o, .arena = a};
  sw_status s = look_at_files(&d, cancel, events, out, err);
  if (s == SW_OK) name_groups(&d);
  for (size_t i = 0; s == SW_OK && i < d.groups.len; i++) {
    s = merge_columns(&d, &d.groups.items[i], err);
    if (s == SW_OK) find_pattern(&d, &d.groups.items[i]);
  }
  if (s == SW_OK && !d.groups.len) s = SW_FAIL(err, SW_E_DATA, "SW-STD-0093", "%s 里没有能读懂的表格文件", "%s has no file that can be read as a table", o->dir);
  if (s == SW_OK) s = sw_draft_write(&d, out, err);
  for (size_t i = 0; i < d.groups.len; i++) SW_VEC_FREE(&d.groups.items[i].files);
  SW_VEC_FREE(&d.groups);
  return s;
}
