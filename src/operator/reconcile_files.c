#include "operator/reconcile_files.h"

#include "base/date.h"
#include "base/fs.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "intake/decode.h"
#include "pack/csv.h"
#include "pack/path_pattern.h"

enum { MANIFEST_MAX = 16 << 20 };

typedef struct told {
  sw_op_env *env;
  const sw_source_def *source;
  const char *dir;      /* of the manifest, relative to the source directory, with its last slash */
  const char *org;
  int32_t day;
  SW_VEC(sw_told_file) files;
} told;

static sw_status nomem(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

static bool matches(const sw_config_list *globs, sw_str file, sw_path_match *m) {
  for (size_t i = 0; i < globs->n; i++)
    if (sw_path_matches(*SW_ITEM(sw_str, *globs, i), file, m)) return true;
  return false;
}

static const char *table_of(const told *t, const char *file) {
  sw_path_match m;
  for (size_t i = 0; i < t->source->tables.n; i++) {
    const sw_source_table_def *d = SW_ITEM(sw_source_table_def, t->source->tables, i);
    if (matches(&d->files, sw_str_of(file), &m)) return sw_arena_dupz(t->env->arena, d->table.name);
  }
  return "";
}

/* The manifest's text as UTF-8. */
static sw_status read_text(told *t, const char *path, sw_buf *out, sw_error *err) {
  SW_AUTO(sw_buf) raw = SW_BUF_INIT;
  sw_encoding e = SW_ENCODING_UNKNOWN;
  const sw_gb_table *gb = NULL;
  sw_status s = sw_fs_read(path, MANIFEST_MAX, &raw, err);
  if (s != SW_OK) return s;
  size_t skip = sw_encoding_bom(raw.ptr, raw.len, &e);
  if (!skip) (void)sw_encoding_parse(t->source->manifest.form.encoding, &e);
  if (e == SW_ENCODING_UNKNOWN) e = sw_gb18030_valid_prefix(raw.ptr, raw.len) == raw.len && !sw_utf8_valid(sw_buf_str(&raw)) ? SW_ENCODING_GB18030 : SW_ENCODING_UTF8;
  if (e == SW_ENCODING_GB18030) s = sw_gb_table_get(&gb, err);
  if (s == SW_OK && sw_decode(e, gb, raw.ptr + skip, raw.len - skip, out) != raw.len - skip)
    s = SW_FAIL(err, SW_E_DATA, "SW-OP-0045", "交付清单 %s 有字节不合编码 %s", "the manifest %s has bytes that are not %s", path, sw_encoding_name(e));
  return s != SW_OK ? s : sw_buf_check(out, err);
}

typedef struct heads {
  size_t file, rows, sha256; /* positions + 1 */
} heads;

static sw_status take_line(told *t, const heads *h, const sw_str *cells, size_t n, sw_error *err) {
  if (h->file > n || !cells[h->file - 1].len) return SW_OK;
  sw_arena *a = t->env->arena;
  sw_told_file f = {.source = sw_arena_dupz(a, t->source->id.name), .org = t->org, .day = t->day, .rows = -1};
  f.file = sw_arena_printf(a, "%s%.*s", t->dir, SW_STR_ARG(cells[h->file - 1]));
  if (h->sha256 && h->sha256 <= n && cells[h->sha256 - 1].len) f.sha256 = sw_arena_dupz(a, cells[h->sha256 - 1]);
  if (h->rows && h->rows <= n && !sw_str_to_i64(sw_str_trim(cells[h->rows - 1]), &f.rows)) f.rows = -1;
  f.table = f.file ? table_of(t, f.file) : NULL;
  return f.source && f.file && f.table && SW_VEC_PUSH(&t->files, f) ? SW_OK : nomem(err);
}

static void find_heads(const sw_manifest *m, const sw_str *cells, size_t n, heads *h) {
  for (size_t i = 0; i < n; i++) {
    if (sw_str_ieq(cells[i], m->file)) h->file = i + 1;
    if (m->rows.len && sw_str_ieq(cells[i], m->rows)) h->rows = i + 1;
    if (m->sha256.len && sw_str_ieq(cells[i], m->sha256)) h->sha256 = i + 1;
  }
}

static sw_status take_text(told *t, const char *path, sw_str text, sw_error *err) {
  sw_csv_scan c = sw_csv_scan_start(t->env->arena, text);
  heads h = {0};
  for (bool first = true; c.pos < c.text.len; first = false) {
    sw_str cells[64], extra;
    size_t n = 0;
    for (bool last = false; !last;) {
      sw_str *cell = n < 64 ? &cells[n] : &extra;
      if (!sw_csv_scan_field(&c, cell, &last))
        return SW_FAIL(err, SW_E_DATA, "SW-OP-0046", "交付清单 %s 第 %u 行的引号不成对", "manifest %s, line %u: a quote without its pair", path, c.line);
      n += n < 64;
    }
    if (first) find_heads(&t->source->manifest, cells, n, &h);
    if (first && !h.file)
      return SW_FAIL(err, SW_E_DATA, "SW-OP-0047", "交付清单 %s 没有列 %.*s", "the manifest %s has no column %.*s", path, SW_STR_ARG(t->source->manifest.file));
    sw_status s = first ? SW_OK : take_line(t, &h, cells, n, err);
    if (s != SW_OK) return s;
  }
  return SW_OK;
}

static sw_status take_manifest(told *t, const char *path, const char *file, const sw_path_match *m, sw_error *err) {
  const char *slash = strrchr(file, '/');
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_arena *a = t->env->arena;
  t->dir = sw_arena_dupz(a, (sw_str){file, slash ? (size_t)(slash - file) + 1 : 0});
  t->org = sw_arena_dupz(a, m->org);
  if (!t->dir || !t->org) return nomem(err);
  if (!sw_parse_date(m->date, &t->day)) t->day = (int32_t)(t->env->as_of_us / SW_US_PER_DAY);
  sw_error why = SW_ERROR_INIT;
  sw_status s = read_text(t, path, &text, &why);
  if (s == SW_OK) s = take_text(t, path, sw_buf_str(&text), &why);
  if (s == SW_OK || s == SW_E_NOMEM) return s == SW_OK ? SW_OK : nomem(err);
  sw_emit_error(t->env->events, SW_EVENT_WARNING, file, "交付清单读不了：", "a manifest cannot be read: ", &why);
  return SW_OK;
}

sw_status sw_told_files(sw_op_env *env, const sw_config_list *sources, sw_told_file **out, size_t *n, sw_error *err) {
  told t = {.env = env};
  char **paths = NULL;
  size_t npaths = 0, skip = strlen(env->source_dir);
  sw_status s = env->source_dir[0] ? sw_fs_list(env->source_dir, NULL, env->arena, &paths, &npaths, err) : SW_OK;
  if (skip && env->source_dir[skip - 1] != '/') skip++;
  for (size_t i = 0; s == SW_OK && i < npaths; i++)
    for (size_t k = 0; s == SW_OK && k < sources->n; k++) {
      sw_path_match m;
      t.source = sw_pack_source(env->packs, SW_ITEM(sw_ref, *sources, k)->name);
      if (t.source && t.source->manifest.declared && matches(&t.source->manifest.files, sw_str_of(paths[i] + skip), &m))
        s = take_manifest(&t, paths[i], paths[i] + skip, &m, err);
    }
  *n = t.files.len;
  *out = SW_ARENA_ARRAY(env->arena, sw_told_file, t.files.len + 1);
  if (s == SW_OK && !*out) s = nomem(err);
  for (size_t i = 0; s == SW_OK && i < t.files.len; i++) (*out)[i] = t.files.items[i];
  SW_VEC_FREE(&t.files);
  return s;
}
