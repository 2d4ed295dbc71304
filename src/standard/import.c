#include "standard/import.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/utf8.h"
#include "pack/csv.h"

#include <iconv.h>

enum { COLUMNS_MAX = 256 };

static sw_status to_utf8(const sw_buf *in, sw_buf *out, sw_error *err) {
  iconv_t cd = iconv_open("UTF-8", "GB18030");
  if (cd == (iconv_t)-1) return SW_FAIL_ERRNO(err, "SW-STD-0030", "不能转换 GB18030", "cannot convert GB18030");
  char *from = in->ptr;
  size_t left = in->len;
  bool ok = true;
  while (ok && left) {
    char block[4096], *to = block;
    size_t room = sizeof block, before = left;
    size_t r = iconv(cd, &from, &left, &to, &room);
    sw_buf_put(out, block, sizeof block - room);
    ok = r != (size_t)-1 || before != left;
  }
  iconv_close(cd);
  if (ok) return sw_buf_check(out, err);
  return SW_FAIL(err, SW_E_DATA, "SW-STD-0031", "文件既不是 UTF-8，也不是 GB18030", "the file is neither UTF-8 nor GB18030");
}

static sw_status read_text(const char *path, sw_arena *a, sw_str *text, sw_error *err) {
  SW_AUTO(sw_buf) raw = SW_BUF_INIT;
  SW_AUTO(sw_buf) utf8 = SW_BUF_INIT;
  sw_status s = sw_fs_read(path, (size_t)256 << 20, &raw, err);
  bool valid = !s && sw_utf8_valid(sw_buf_str(&raw));
  if (!s && !valid) s = to_utf8(&raw, &utf8, err);
  if (s) return SW_FRAME(err, "读取字典 %s", "reading dictionary %s", path);
  *text = sw_arena_dup(a, sw_buf_str(valid ? &raw : &utf8));
  return sw_arena_check(a, err);
}

static const char *const code_heads[] = {"code", "编码", "代码", "疾病编码", "疾病代码", "诊断编码", "诊断代码", "手术编码", "手术操作编码", "主要编码", "值", NULL};
static const char *const name_heads[] = {"zh", "name", "名称", "疾病名称", "诊断名称", "手术名称", "手术操作名称", "值含义", "含义", NULL};
static const char *const parent_heads[] = {"parent", "上级编码", "上级代码", "父级编码", NULL};

static size_t find_head(const sw_str *heads, size_t n, const char *told, const char *const *usual) {
  for (size_t i = 0; told && i < n; i++)
    if (sw_str_ieq(heads[i], sw_str_of(told))) return i;
  for (const char *const *u = usual; !told && *u; u++)
    for (size_t i = 0; i < n; i++)
      if (sw_str_ieq(heads[i], sw_str_of(*u))) return i;
  return SIZE_MAX;
}

typedef struct columns {
  size_t code, name, parent;
} columns;

static sw_status read_header(sw_csv_scan *c, const sw_dictionary_options *o, columns *out, sw_error *err) {
  sw_str heads[COLUMNS_MAX];
  size_t n = 0;
  for (bool last = false; !last && c->pos < c->text.len; n++)
    if (n == COLUMNS_MAX || !sw_csv_scan_field(c, &heads[n], &last))
      return SW_FAIL(err, SW_E_DATA, "SW-STD-0032", "表头不是合法的 CSV", "the header is not valid CSV");
  out->code = find_head(heads, n, o->code_column, code_heads);
  out->name = find_head(heads, n, o->name_column, name_heads);
  out->parent = find_head(heads, n, o->parent_column, parent_heads);
  if (out->code == SIZE_MAX)
    return SW_FAIL(err, SW_E_DATA, "SW-STD-0033", "找不到编码列；请用 --code 指出", "no column of codes was found; name it by --code");
  if (out->name == SIZE_MAX)
    return SW_FAIL(err, SW_E_DATA, "SW-STD-0033", "找不到名称列；请用 --name 指出", "no column of names was found; name it by --name");
  return SW_OK;
}

static sw_status read_rows(sw_csv_scan *c, const columns *at, sw_map *seen, sw_buf *csv, sw_dictionary_counts *n, sw_error *err) {
  sw_buf_puts(csv, "code,zh,parent\n");
  while (c->pos < c->text.len) {
    c->line++;
    sw_str code = {"", 0}, name = code, parent = code;
    size_t i = 0;
    for (bool last = false; !last; i++) {
      sw_str cell;
      if (!sw_csv_scan_field(c, &cell, &last))
        return SW_FAIL(err, SW_E_DATA, "SW-STD-0034", "第 %u 行的引号没有闭合，或引号后还有文字", "line %u: a quote is not closed, or text follows one", c->line);
      if (i == at->code) code = sw_str_trim(cell);
      if (i == at->name) name = sw_str_trim(cell);
      if (i == at->parent) parent = sw_str_trim(cell);
    }
    bool blank = i == 1 && !code.len;
    if (!code.len) {
      n->without_code += !blank;
      continue;
    }
    bool added = true;
    if (!sw_map_at(seen, code, 1, &added)) return SW_FAIL(err, SW_E_NOMEM, "SW-STD-0006", "内存不足", "memory was refused");
    if (!added) {
      n->repeated++;
      continue;
    }
    sw_csv_field(csv, code, ',');
    sw_buf_putc(csv, ',');
    sw_csv_field(csv, name.len ? name : code, ',');
    sw_buf_putc(csv, ',');
    sw_csv_field(csv, parent, ',');
    sw_buf_putc(csv, '\n');
    n->codes++;
  }
  return sw_buf_check(csv, err);
}

static void quoted(const char *key, const char *value, sw_buf *out) {
  if (!value || !*value) return;
  sw_buf_printf(out, "%s: ", key);
  sw_json j;
  sw_json_init(&j, out);
  sw_json_strz(&j, value);
  sw_buf_putc(out, '\n');
}

static sw_status write_yaml(const sw_dictionary_options *o, const char *path, bool replaces, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_printf(&b, "value_set: %s\n", o->id);
  if (replaces) sw_buf_puts(&b, "override: true\n");
  quoted("title", o->title ? o->title : o->id, &b);
  quoted("standard", o->standard, &b);
  quoted("version", o->version, &b);
  sw_buf_printf(&b, "file: %s.csv\n", o->id);
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_fs_write_durable(path, b.ptr, b.len, err);
}

static sw_status check_target(const sw_dictionary_options *o, const char *path, bool *replaces, sw_error *err) {
  static const sw_config_key key = {.name = "--id", .type = SW_CFG_REF};
  sw_problems p = SW_PROBLEMS_INIT;
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_ref ref;
  sw_node n = {.kind = SW_NODE_SCALAR, .text = sw_str_of(o->id)};
  bool fine = sw_config_scalar(&key, &n, &(sw_config_ctx){.arena = &a, .problems = &p}, &ref) && !strchr(o->id, '/') && !strstr(o->id, "..") && !strchr(o->id, ':');
  sw_problems_fini(&p);
  if (!fine) return SW_FAIL(err, SW_E_USAGE, "SW-STD-0035", "编号“%s”只能用字母、数字、点、横线和下划线", "the id \"%s\" may have letters, digits, dots, dashes and underscores only", o->id);
  const sw_pack_object *was = o->installed ? sw_pack_find(o->installed, "value_set", sw_str_of(o->id)) : NULL;
  const sw_pack_info *pack = was ? sw_pack_info_at(o->installed, was->pack) : NULL;
  bool same_pack = pack && sw_str_eqz(pack->dir, o->pack_dir);
  *replaces = was && (!same_pack || was->override);
  if (same_pack && strcmp(was->path, path) != 0)
    return SW_FAIL(err, SW_E_EXISTS, "SW-STD-0036", "值域 %s 已在 %s 里；请先从那里删去", "the value set %s stands in %s already; remove it there first", o->id, was->at.file);
  return SW_OK;
}

sw_status sw_standard_import(const sw_dictionary_options *o, sw_dictionary_counts *out, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  SW_AUTO(sw_map) seen = SW_MAP_INIT;
  SW_AUTO(sw_buf) csv = SW_BUF_INIT;
  *out = (sw_dictionary_counts){0};
  char *dir = sw_arena_printf(&a, "%s/value_sets", o->pack_dir);
  char *yaml = sw_arena_printf(&a, "%s/value_sets/%s.yaml", o->pack_dir, o->id);
  char *data = sw_arena_printf(&a, "%s/value_sets/%s.csv", o->pack_dir, o->id);
  sw_status s = sw_arena_check(&a, err);
  bool replaces = false;
  sw_str text = {"", 0};
  columns at = {0};
  if (!s) s = check_target(o, yaml, &replaces, err);
  if (!s) s = read_text(o->file, &a, &text, err);
  sw_csv_scan c = sw_csv_scan_start(&a, text);
  if (!s) s = read_header(&c, o, &at, err);
  if (!s) s = read_rows(&c, &at, &seen, &csv, out, err);
  if (!s && !out->codes) s = SW_FAIL(err, SW_E_DATA, "SW-STD-0037", "文件里没有编码", "the file has no codes");
  if (s) return sw_error_at(err, o->file, 0, 0);
  s = sw_fs_mkdirs(dir, err);
  if (!s) s = sw_fs_write_durable(data, csv.ptr, csv.len, err);
  return s ? s : write_yaml(o, yaml, replaces, err);
}
