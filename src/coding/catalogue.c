#include "coding/catalogue_inside.h"

#include "base/fs.h"

#include <stdarg.h>
#include <stdlib.h>

static const char *say(sw_arena *mem, const char *fmt, va_list args) SW_PRINTF(2, 0);
static const char *say(sw_arena *mem, const char *fmt, va_list args) {
  char text[600];
  int n = vsnprintf(text, sizeof text, fmt, args);
  if (n < 0) n = 0;
  const char *copy = sw_arena_dupz(mem, (sw_str){text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1});
  return copy ? copy : "";
}

void sw_import_find(sw_import *im, sw_finding_grade grade, const char *file, int64_t line, const char *kind,
                    const char *zh, const char *en, ...) {
  im->out->grades[grade]++;
  if (im->findings.len >= SW_CATALOGUE_FINDINGS) return;
  sw_finding f = {.grade = grade, .file = sw_arena_dupz(&im->out->mem, sw_str_of(file)), .line = line, .kind = kind};
  va_list args, again;
  va_start(args, en);
  va_copy(again, args);
  f.text[0] = say(&im->out->mem, zh, args);
  f.text[1] = say(&im->out->mem, en, again);
  va_end(again);
  va_end(args);
  if (!f.file) f.file = "";
  if (!SW_VEC_PUSH(&im->findings, f)) im->out->grades[grade]--;
}

sw_status sw_import_soften(sw_import *im, sw_status s, const char *file, int64_t line, sw_error *from, sw_error *err) {
  if (s == SW_OK) return SW_OK;
  if (s == SW_E_NOMEM || s == SW_E_INTERNAL) {
    if (err) *err = *from;
    return s;
  }
  sw_import_find(im, SW_FINDING_ERROR, file, line, "row-refused", "%s", "%s", from->msg[0]);
  if (im->findings.len) { /* the English text is the error's own */
    sw_finding *f = &im->findings.items[im->findings.len - 1];
    const char *en = sw_arena_dupz(&im->out->mem, sw_str_of(from->msg[1]));
    if (en && f->line == line) f->text[1] = en;
  }
  sw_error_clear(from);
  return SW_OK;
}

enum { MAX_COLUMNS = 12 };

/* Column of the first alternative that exists, or -1. */
static int find_column(const sw_csv_in *in, const char *names) {
  sw_str rest = sw_str_of(names);
  while (rest.len) {
    const char *bar = memchr(rest.ptr, '|', rest.len);
    sw_str one = sw_str_sub(rest, 0, bar ? (size_t)(bar - rest.ptr) : rest.len);
    for (size_t i = 0; i < in->ncolumns; ++i)
      if (sw_str_eq(in->columns[i], one)) return (int)i;
    rest = sw_str_sub(rest, one.len + (bar != NULL), rest.len);
  }
  return -1;
}

static sw_status find_columns(const sw_csv_in *in, const sw_import_table *t, int *at, size_t *n, sw_error *err) {
  for (*n = 0; *n < MAX_COLUMNS && t->columns[*n]; ++*n) {
    const char *names = t->columns[*n];
    bool optional = names[0] == '?';
    at[*n] = find_column(in, names + optional);
    if (at[*n] >= 0 || optional) continue;
    (void)SW_FAIL(err, SW_E_DATA, "SW-CAT-0001", "缺少列 %s", "column %s is missing", names);
    return sw_error_at(err, in->path, 1, 0);
  }
  return SW_OK;
}

static sw_status read_rows(sw_import *im, sw_csv_in *in, const sw_import_table *t, void *ctx, sw_error *err) {
  int at[MAX_COLUMNS];
  size_t n = 0;
  sw_status s = find_columns(in, t, at, &n, err);
  while (!s) {
    sw_step step = sw_csv_in_next(in, err);
    if (step == SW_DONE) return SW_OK;
    if (step == SW_STEP_ERROR) return err ? err->status : SW_E_IO;
    if (in->broken) {
      sw_import_find(im, SW_FINDING_ERROR, t->file, in->line, "broken-row", "引号不成对", "unbalanced quote");
      continue;
    }
    sw_str v[MAX_COLUMNS] = {0};
    for (size_t i = 0; i < n; ++i) v[i] = sw_str_trim(sw_csv_in_get(in, at[i]));
    s = t->on_row(ctx, t->file, in->line, v, err);
    if (!s && (in->line & 0x3FFF) == 0) s = sw_cancel_check(im->cancel, err);
  }
  return s;
}

sw_status sw_import_read(sw_import *im, const sw_import_table *t, void *ctx, sw_error *err) {
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  const char *path = sw_fs_join(&mem, im->dir, t->file);
  if (!path) return sw_arena_check(&mem, err);
  if (t->optional && !sw_fs_exists(path)) return SW_OK;
  sw_csv_in *in = NULL;
  sw_status s = sw_csv_in_open(path, &in, err);
  if (!s) s = read_rows(im, in, t, ctx, err);
  sw_csv_in_close(in);
  if (s) return SW_FRAME(err, "读取目录表 %s", "reading the catalogue's table %s", t->file);
  return SW_OK;
}

static sw_status import_path(sw_import *im, sw_arena *mem, const char *path, sw_error *err) {
  sw_file_info info;
  sw_status s = sw_fs_stat(path, &info, err);
  if (s) return s;
  char *dir = sw_arena_dupz(mem, sw_str_of(path));
  if (!dir) return sw_arena_check(mem, err);
  const char *file = "dip.csv";
  if (!info.is_dir) {
    char *slash = strrchr(dir, '/');
    file = slash ? slash + 1 : path;
    im->dir = slash ? dir : ".";
    if (slash) *slash = '\0';
    if (slash == dir) im->dir = "/";
  } else {
    im->dir = dir;
  }
  const char *mdc = sw_fs_join(mem, im->dir, "mdc.csv");
  const char *dip = sw_fs_join(mem, im->dir, file);
  if (!mdc || !dip) return sw_arena_check(mem, err);
  bool drg = info.is_dir ? sw_fs_exists(mdc) : strcmp(file, "mdc.csv") == 0;
  if (drg) return sw_import_drg(im, err);
  if (sw_fs_exists(dip)) return sw_import_dip(im, file, err);
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-CAT-0002", "%s 中既没有 mdc.csv（DRG），也没有 dip.csv（DIP）",
                 "%s has neither mdc.csv (DRG) nor dip.csv (DIP)", path);
}

sw_status sw_catalogue_import(const char *path, const sw_cancel *cancel, sw_catalogue **out, sw_error *err) {
  *out = NULL;
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  sw_catalogue *c = calloc(1, sizeof *c);
  if (!c) return SW_FAIL(err, SW_E_NOMEM, "SW-CAT-0003", "内存不足", "out of memory");
  sw_import im = {.out = c, .cancel = cancel};
  sw_status s = import_path(&im, &mem, path, err);
  c->findings = im.findings.items;
  c->nfindings = im.findings.len;
  if (s) {
    sw_catalogue_free(c);
    return SW_FRAME(err, "导入分组目录 %s", "importing the grouping catalogue %s", path);
  }
  *out = c;
  return SW_OK;
}

void sw_catalogue_free(sw_catalogue *c) {
  if (!c) return;
  sw_drg_catalogue_free(c->drg);
  sw_dip_catalogue_free(c->dip);
  sw_vec_release((void **)&c->findings);
  sw_arena_fini(&c->mem);
  free(c);
}
