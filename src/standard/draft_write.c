/* The drafted pack as YAML files that a person goes on with. */
#include "standard/draft_internal.h"

#include "base/fs.h"
#include "base/json.h"
#include "medic/pinyin.h"

/* --- elements ------------------------------------------------------------------------------------------ */

static bool type_fits(const sw_element_def *e, sw_type t) {
  switch (e->format.cls) {
    case SW_FMT_D: return t.id == SW_TYPE_DATE || t.id == SW_TYPE_TIMESTAMP;
    case SW_FMT_DT: return t.id == SW_TYPE_TIMESTAMP || t.id == SW_TYPE_DATE;
    case SW_FMT_N: return t.id == SW_TYPE_I64 || t.id == SW_TYPE_I32 || t.id == SW_TYPE_DECIMAL || t.id == SW_TYPE_F64 || e->code;
    case SW_FMT_NONE: case SW_FMT_A: case SW_FMT_AN: case SW_FMT_T: case SW_FMT_L: case SW_FMT_BY: return t.id == SW_TYPE_STR;
  }
  return false;
}

/* Titles end in words that columns leave out: 性别代码 is XB as well as XBDM. */
static sw_str stem(sw_str title) {
  static const char *const ENDS[] = {"代码", "名称"};
  for (size_t i = 0; i < 2; i++)
    if (sw_str_ends(title, sw_str_of(ENDS[i])) && title.len > strlen(ENDS[i])) return sw_str_sub(title, 0, title.len - strlen(ENDS[i]));
  return title;
}

static bool initials_equal(sw_str name, sw_str zh) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_pinyin_initials(zh, &b);
  return b.len >= 2 && sw_str_ieq(name, sw_buf_str(&b));
}

static bool english_equal(sw_str name, sw_str en) {
  size_t i = 0, k = 0;
  while (i < name.len && k < en.len) {
    char a = name.ptr[i], b = en.ptr[k];
    bool same = (a == '_' && (b == ' ' || b == '-')) || (a | 32) == (b | 32);
    if (!same) return false;
    i++;
    k++;
  }
  return i == name.len && k == en.len;
}

static int likelihood(const sw_element_def *e, const sw_sniffed_column *c) {
  sw_str name = sw_str_of(c->name), zh = e->title.zh;
  if (!type_fits(e, c->type)) return 0;
  if (sw_str_eq(name, zh)) return 4;
  if (sw_str_eq(name, stem(zh)) || english_equal(name, e->title.en)) return 3;
  if (initials_equal(name, zh)) return 2;
  return initials_equal(name, stem(zh)) ? 1 : 0;
}

const sw_element_def *sw_draft_element(const draft *d, const sw_sniffed_column *c) {
  const sw_element_def *best = NULL;
  int score = 0, ties = 0;
  for (size_t i = 0; d->o->known; i++) {
    const sw_pack_object *o = sw_pack_at(d->o->known, "element", i);
    if (!o) break;
    int s = likelihood(o->data, c);
    if (s > score) {
      best = o->data;
      score = s;
      ties = 0;
    } else if (s && s == score) ties++;
  }
  return ties ? NULL : best; /* two elements equally likely: the reader decides */
}

static bool domain_within(const sw_sniffed_column *c, const sw_value_set_def *vs) {
  for (size_t i = 0; i < c->ndomain; i++)
    if (!sw_value_set_find(vs, sw_str_of(c->domain[i]))) return false;
  return c->ndomain > 0;
}

/* --- writing ----------------------------------------------------------------------------------------------- */

static void quoted(sw_buf *b, const char *z) { /* a JSON string is a YAML string */
  sw_json j;
  sw_json_init(&j, b);
  sw_json_strz(&j, z);
}

static const char *type_word(sw_type t) {
  switch (t.id) {
    case SW_TYPE_I32: case SW_TYPE_I64: return "int";
    case SW_TYPE_F64: return "double";
    case SW_TYPE_BOOL: return "bool";
    case SW_TYPE_DATE: return "date";
    case SW_TYPE_TIME: return "time";
    case SW_TYPE_TIMESTAMP: return "datetime";
    case SW_TYPE_DECIMAL: return t.scale == 2 ? "money" : "decimal";
    default: return "string";
  }
}

static void put_type(sw_buf *b, sw_type t) {
  sw_buf_printf(b, "type: %s", type_word(t));
  if (t.id == SW_TYPE_DECIMAL && t.scale != 2) sw_buf_printf(b, ", precision: %d, scale: %d", t.width, t.scale);
}

static sw_status save(const draft *d, const char *folder, const char *name, const sw_buf *text, sw_error *err) {
  char *dir = sw_fs_join(d->arena, d->o->out, folder);
  char *path = dir ? sw_arena_printf(d->arena, "%s/%s.yaml", dir, name) : NULL;
  sw_status s = path ? sw_buf_check(text, err) : sw_arena_check(d->arena, err);
  if (s == SW_OK) s = sw_fs_mkdirs(dir, err);
  return s == SW_OK ? sw_fs_write_durable(path, text->ptr, text->len, err) : s;
}

static void source_table(const draft *d, const draft_group *g, sw_buf *b) {
  (void)d;
  const sw_sniffed *look = &g->files.items[0].look;
  sw_buf_printf(b, "  - table: ods.%s\n    files:\n", g->name);
  if (g->pattern) sw_buf_puts(b, "      - "), quoted(b, g->pattern), sw_buf_putc(b, '\n');
  for (size_t i = 0; !g->pattern && i < g->files.len; i++) sw_buf_puts(b, "      - "), quoted(b, g->files.items[i].file), sw_buf_putc(b, '\n');
  const char *format = look->format == SW_FORMAT_DELIMITED ? "csv" : sw_file_format_name(look->format);
  sw_buf_printf(b, "    format: %s\n", format);
  if (look->sheet) sw_buf_puts(b, "    sheet: "), quoted(b, look->sheet), sw_buf_putc(b, '\n');
  if (look->nnulls) {
    sw_buf_puts(b, "    nulls: [");
    for (size_t i = 0; i < look->nnulls; i++) {
      if (i) sw_buf_puts(b, ", ");
      quoted(b, look->nulls[i]);
    }
    sw_buf_puts(b, "]\n");
  }
  sw_buf_puts(b, "    columns:\n");
  for (size_t i = 0; i < g->ncolumns; i++) {
    const sw_sniffed_column *c = &g->columns[i];
    sw_buf_puts(b, "      - {name: "), quoted(b, c->name), sw_buf_puts(b, ", ");
    put_type(b, c->type);
    if (c->format[0]) sw_buf_puts(b, ", format: "), quoted(b, c->format);
    sw_buf_puts(b, "}");
    if (c->mangled) sw_buf_puts(b, "  # 有科学计数法的长数字：电子表格已丢掉末几位 / long numbers in scientific notation: a spreadsheet ate digits");
    sw_buf_putc(b, '\n');
  }
}

static sw_status write_source(const draft *d, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_printf(&b, "# 由 suwen draft 拟定，请核对 / drafted by suwen draft; check it\nsource: %s\ntitle: {zh: 草稿来源, en: Drafted source}\ntables:\n", d->o->name);
  for (size_t i = 0; i < d->groups.len; i++) source_table(d, &d->groups.items[i], &b);
  return save(d, "sources", d->o->name, &b, err);
}

static sw_status write_value_set(const draft *d, const draft_group *g, const sw_sniffed_column *c, size_t at, const char **id, sw_error *err) {
  *id = sw_arena_printf(d->arena, "%s.%s.%zu", d->o->name, g->name, at + 1);
  char *file = sw_arena_printf(d->arena, "%s_%zu", g->name, at + 1);
  if (!*id || !file) return sw_arena_check(d->arena, err);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_puts(&b, "# 见到的取值；请写上名称 / the values that were seen; give them their names\nvalue_set: "), quoted(&b, *id);
  sw_buf_puts(&b, "\ntitle: "), quoted(&b, c->name), sw_buf_puts(&b, "\nverified: false\ncodes:\n");
  for (size_t i = 0; i < c->ndomain; i++) {
    sw_buf_puts(&b, "  - {code: "), quoted(&b, c->domain[i]), sw_buf_puts(&b, ", zh: "), quoted(&b, c->domain[i]), sw_buf_puts(&b, ", en: ");
    quoted(&b, c->domain[i]), sw_buf_puts(&b, "}\n");
  }
  return save(d, "value_sets", file, &b, err);
}

static void element_comment(sw_buf *b, const sw_element_def *e) {
  sw_buf_printf(b, "  # 可能是 / likely %.*s %.*s", SW_STR_ARG(e->id.name), SW_STR_ARG(e->title.zh));
}

static sw_status table_column(const draft *d, const draft_group *g, size_t at, sw_draft_table *count, sw_buf *b, sw_error *err) {
  const sw_sniffed_column *c = &g->columns[at];
  const sw_element_def *e = sw_draft_element(d, c);
  const sw_value_set_def *vs = e && e->value_set.name.len ? sw_pack_value_set(d->o->known, e->value_set.name) : NULL;
  bool codes = c->ndomain >= 2 && c->ndomain <= 20 && c->values >= 20 * (int64_t)c->ndomain;
  bool standard = e && (!vs || !codes || domain_within(c, vs));
  sw_buf_puts(b, "  - {name: "), quoted(b, c->name), sw_buf_puts(b, ", ");
  if (standard) sw_buf_printf(b, "element: %.*s, ", SW_STR_ARG(e->id.name));
  put_type(b, c->type);
  count->elements += standard;
  if (!standard) sw_buf_puts(b, ", title: "), quoted(b, c->name);
  if (codes && !standard) {
    const char *id;
    sw_status s = write_value_set(d, g, c, at, &id, err);
    if (s != SW_OK) return s;
    sw_buf_puts(b, ", value_set: "), quoted(b, id);
    count->value_sets++;
  }
  if (at == g->key) sw_buf_puts(b, ", required: true");
  sw_buf_puts(b, "}");
  if (e && !standard) element_comment(b, e);
  sw_buf_putc(b, '\n');
  return SW_OK;
}

static sw_status write_table(const draft *d, const draft_group *g, sw_draft_table *count, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  *count = (sw_draft_table){.name = g->name, .files = g->files.len, .columns = g->ncolumns, .key = g->key < g->ncolumns ? g->columns[g->key].name : ""};
  sw_buf_puts(&b, "# 由 suwen draft 拟定，请核对类型、主键和数据元 / drafted by suwen draft; check types, key and data elements\n");
  sw_buf_printf(&b, "table: dwd.%s\ntitle: ", g->name), quoted(&b, g->name), sw_buf_putc(&b, '\n');
  if (count->key[0]) sw_buf_puts(&b, "key: ["), quoted(&b, count->key), sw_buf_puts(&b, "]\n");
  sw_buf_puts(&b, "columns:\n");
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < g->ncolumns; i++) s = table_column(d, g, i, count, &b, err);
  return s == SW_OK ? save(d, "tables", g->name, &b, err) : s;
}

static sw_status write_mapping(const draft *d, const draft_group *g, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_printf(&b, "mapping: %s.%s\ninto: dwd.%s\nsource: %s\nfrom: ods.%s\ncolumns:\n", d->o->name, g->name, g->name, d->o->name, g->name);
  for (size_t i = 0; i < g->ncolumns; i++) {
    sw_buf_puts(&b, "  "), quoted(&b, g->columns[i].name), sw_buf_puts(&b, ": "), quoted(&b, g->columns[i].name), sw_buf_putc(&b, '\n');
  }
  return save(d, "mappings", g->name, &b, err);
}

static sw_status write_pack(const draft *d, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_printf(&b, "pack: %s\nversion: \"0.1.0\"\ntitle: {zh: 草稿, en: Draft}\n", d->o->name);
  if (d->o->known) sw_buf_puts(&b, "requires: [base]\n");
  sw_status s = sw_fs_mkdirs(d->o->out, err);
  char *path = sw_fs_join(d->arena, d->o->out, "pack.yaml");
  if (s == SW_OK) s = path ? sw_fs_write_durable(path, b.ptr, b.len, err) : sw_arena_check(d->arena, err);
  if (s != SW_OK) return s;
  sw_buf_clear(&b);
  sw_buf_printf(&b, "flow: %s\ntitle: {zh: 草稿流程, en: Drafted flow}\nsteps:\n  - {id: ingest, op: ingest, config: {sources: [%s]}}\n"
                    "  - id: standardise\n    op: standardise\n    needs: [ingest]\n    config: {tables: [", d->o->name, d->o->name);
  for (size_t i = 0; i < d->groups.len; i++) sw_buf_printf(&b, "%sdwd.%s", i ? ", " : "", d->groups.items[i].name);
  sw_buf_puts(&b, "]}\n");
  return save(d, "flows", d->o->name, &b, err);
}

sw_status sw_draft_write(const draft *d, sw_draft_outcome *out, sw_error *err) {
  out->tables = SW_ARENA_ARRAY(d->arena, sw_draft_table, d->groups.len + 1);
  if (!out->tables) return sw_arena_check(d->arena, err);
  out->ntables = d->groups.len;
  sw_status s = write_pack(d, err);
  if (s == SW_OK) s = write_source(d, err);
  for (size_t i = 0; s == SW_OK && i < d->groups.len; i++) {
    s = write_table(d, &d->groups.items[i], &out->tables[i], err);
    if (s == SW_OK) s = write_mapping(d, &d->groups.items[i], err);
  }
  return s == SW_OK ? SW_OK : SW_FRAME(err, "写草稿包 %s", "writing the drafted pack %s", d->o->out);
}
