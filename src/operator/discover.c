#include "operator/discover.h"

#include "base/fs.h"
#include "base/vec.h"

#include <stdlib.h>

/* --- the directory ------------------------------------------------------------------------------------ */

typedef struct search {
  sw_arena *arena;
  SW_VEC(sw_found_file) found;
  SW_VEC(const char *) unclaimed;
} search;

static bool source_takes_org(const sw_source_def *src, sw_str org) {
  if (!src->orgs.n || !org.len) return true;
  for (size_t i = 0; i < src->orgs.n; i++)
    if (sw_str_eq(*SW_ITEM(sw_str, src->orgs, i), org)) return true;
  return false;
}

static bool matches_any(const sw_config_list *globs, sw_str file, const sw_source_def *src, sw_path_match *m) {
  for (size_t i = 0; i < globs->n; i++)
    if (sw_path_matches(*SW_ITEM(sw_str, *globs, i), file, m) && source_takes_org(src, m->org) &&
        (!m->source.len || sw_str_eq(m->source, src->id.name)))
      return true;
  return false;
}

static sw_status nomem(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

static sw_status claim(search *sr, const sw_source_def *src, const char *path, const char *file, bool *claimed, sw_error *err) {
  sw_path_match m;
  for (size_t i = 0; i < src->tables.n; i++) {
    const sw_source_table_def *t = SW_ITEM(sw_source_table_def, src->tables, i);
    if (!matches_any(&t->files, sw_str_of(file), src, &m)) continue;
    sw_found_file f = {.source = src, .table = t, .path = path, .file = file,
                       .org = sw_arena_dupz(sr->arena, m.org.len ? m.org : t->org), .delivery = sw_arena_dupz(sr->arena, m.date)};
    *claimed = true;
    if (!f.org || !f.delivery || !SW_VEC_PUSH(&sr->found, f)) return nomem(err);
  }
  if (src->manifest.declared && matches_any(&src->manifest.files, sw_str_of(file), src, &m)) *claimed = true;
  return SW_OK;
}

static int by_delivery(const void *pa, const void *pb) {
  const sw_found_file *a = pa, *b = pb;
  int c = strcmp(a->delivery, b->delivery);
  if (!c) c = strcmp(a->file, b->file);
  if (!c) c = sw_str_cmp(a->source->id.name, b->source->id.name);
  return c ? c : sw_str_cmp(a->table->table.name, b->table->table.name);
}

static sw_status hand_over(search *sr, sw_found_files *out, sw_error *err) {
  out->items = SW_ARENA_ARRAY(sr->arena, sw_found_file, sr->found.len + 1);
  out->unclaimed = SW_ARENA_ARRAY(sr->arena, const char *, sr->unclaimed.len + 1);
  if (!out->items || !out->unclaimed) return nomem(err);
  out->n = sr->found.len;
  out->nunclaimed = sr->unclaimed.len;
  for (size_t i = 0; i < out->n; i++) out->items[i] = sr->found.items[i];
  for (size_t i = 0; i < out->nunclaimed; i++) out->unclaimed[i] = sr->unclaimed.items[i];
  qsort(out->items, out->n, sizeof *out->items, by_delivery);
  return SW_OK;
}

sw_status sw_discover(const char *dir, const sw_source_def *const *sources, size_t nsources, sw_arena *a, sw_found_files *out, sw_error *err) {
  *out = (sw_found_files){0};
  search sr = {.arena = a};
  char **paths;
  size_t n = 0, skip = strlen(dir);
  sw_file_info info;
  sw_status s = sw_fs_stat(dir, &info, err);
  if (s == SW_OK && !info.is_dir)
    s = SW_FAIL(err, SW_E_USAGE, "SW-OP-0020", "%s 不是目录；--source 应指向交付目录", "%s is not a directory; --source names the directory of deliveries", dir);
  if (s == SW_OK) s = sw_fs_list(dir, NULL, a, &paths, &n, err);
  if (skip && dir[skip - 1] != '/') skip++;
  for (size_t i = 0; s == SW_OK && i < n; i++) {
    bool claimed = false;
    for (size_t k = 0; s == SW_OK && k < nsources; k++) s = claim(&sr, sources[k], paths[i], paths[i] + skip, &claimed, err);
    if (s == SW_OK && !claimed && !SW_VEC_PUSH(&sr.unclaimed, paths[i] + skip)) s = nomem(err);
  }
  /* A directory that is named like a file is told as what it is, when it is opened. */
  if (s == SW_OK) s = sw_fs_list_dirs(dir, a, &paths, &n, err);
  for (size_t i = 0; s == SW_OK && i < n; i++) {
    bool claimed = false;
    for (size_t k = 0; s == SW_OK && k < nsources; k++) s = claim(&sr, sources[k], paths[i], paths[i] + skip, &claimed, err);
  }
  if (s == SW_OK) s = hand_over(&sr, out, err);
  SW_VEC_FREE(&sr.found);
  SW_VEC_FREE(&sr.unclaimed);
  return s;
}
