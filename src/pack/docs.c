/* `suwen pack docs` and `suwen pack check`. */
#include "pack/config_value.h"
#include "pack/set.h"

extern const sw_config_map SW_PACK_FILE_MAP;

static void heading(sw_buf *out, int level, const char *text) {
  sw_buf_putc(out, '\n');
  for (int i = 0; i < level; i++) sw_buf_putc(out, '#');
  sw_buf_printf(out, " %s\n\n", text);
}

static const char intro_zh[] =
    "# 内容包参考\n\n本文由配置表生成（`suwen pack docs`），与程序读取的内容一致。\n\n"
    "内容包是一个目录：`pack.yaml` 以及任意子目录里的 `*.yaml`、`*.yml`、`*.json`。对象的**第一个键**写明种类和编号，如 `table: "
    "dwd.admission`。一个文件放一种对象：一个对象、一个列表，或用 `---` 分开的几个文档。名称可写 `{zh: …, en: …}`，也可只写一种。"
    "后面的内容包要替换前面的同名对象，须写 `override: true`。同一组键重复、写错的键、指向不存在之物的引用，各报一行，带文件、行、列；有一处错就什么都不运行。\n\n"
    "YAML 里形如数字的代码可以加引号，也可以不加：值的类型由键决定。时长写 `30s`、`5m`、`2h`、`1h30m`、`3d`；大小写 `64MiB`。\n";
static const char intro_en[] =
    "# Reference of packs\n\nThis page is generated from the config maps (`suwen pack docs`): it says what the program reads.\n\n"
    "A pack is a directory: `pack.yaml`, and `*.yaml`, `*.yml`, `*.json` in any sub-folder. An object's **first key** names its kind and id, such as "
    "`table: dwd.admission`. A file holds objects of one kind: one object, a list, or several documents parted by `---`. Titles are `{zh: …, en: …}` or "
    "one text. A later pack replaces an object of an earlier one only with `override: true`. A repeated or misspelt key, a reference to nothing: each is "
    "one line with file, line and column, and with any of them nothing runs.\n\n"
    "Codes that look like numbers may be quoted or not: the key decides the type. Durations: `30s`, `5m`, `2h`, `1h30m`, `3d`; sizes: `64MiB`.\n";

static void operator_docs(const sw_pack_operator *op, sw_lang lang, sw_buf *out) {
  heading(out, 3, op->name);
  if (op->help[lang]) sw_buf_printf(out, "%s\n\n", op->help[lang]);
  if (op->map)
    sw_config_docs(op->map, op->name, lang, 4, out);
  else
    sw_buf_puts(out, lang == SW_LANG_ZH ? "没有配置。\n" : "It takes no config.\n");
}

sw_status sw_pack_docs(const sw_pack_registry *reg, sw_lang lang, sw_buf *out, sw_error *err) {
  const sw_kind *kinds[SW_MAX_KINDS];
  size_t n = sw_pack_kinds(reg, kinds);
  bool zh = lang == SW_LANG_ZH;
  sw_buf_puts(out, zh ? intro_zh : intro_en);
  heading(out, 2, "pack.yaml");
  sw_config_docs(&SW_PACK_FILE_MAP, "pack.yaml", lang, 3, out);
  for (size_t i = 0; i < n; i++) {
    heading(out, 2, kinds[i]->name);
    if (kinds[i]->help[lang]) sw_buf_printf(out, "%s", kinds[i]->help[lang]);
    sw_buf_printf(out, zh ? "通常放在 `%s/`。\n\n" : " Usually in `%s/`.\n\n", kinds[i]->folder);
    if (sw_kind_is_generic(kinds[i]))
      sw_buf_puts(out, zh ? "目前只检查编号与名称，内容原样保存。\n\n" : "For now only id and title are checked; the rest is kept as it is.\n\n");
    if (kinds[i]->example) sw_buf_printf(out, "```yaml\n%s```\n\n", kinds[i]->example);
    sw_config_docs(kinds[i]->map, kinds[i]->name, lang, 3, out);
  }
  if (reg && reg->noperators) {
    heading(out, 2, zh ? "算子" : "Operators");
    sw_buf_puts(out, zh ? "流程步骤的 `op` 及其 `config`。\n" : "What a step's `op` may be, and its `config`.\n");
    for (size_t i = 0; i < reg->noperators; i++) operator_docs(&reg->operators[i], lang, out);
  }
  return sw_buf_check(out, err);
}

sw_status sw_pack_schema(const sw_pack_registry *reg, const char *kind, sw_buf *out, sw_error *err) {
  const sw_kind *kinds[SW_MAX_KINDS];
  size_t n = sw_pack_kinds(reg, kinds);
  for (size_t i = 0; i < n; i++) {
    if (strcmp(kinds[i]->name, kind) != 0) continue;
    sw_config_kind_schema(kinds[i]->map, kind, out);
    return sw_buf_check(out, err);
  }
  SW_AUTO(sw_buf) all = SW_BUF_INIT;
  for (size_t i = 0; i < n; i++) sw_buf_printf(&all, "%s%s", i ? ", " : "", kinds[i]->name);
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-PACK-0080", "没有种类 %s；可选：%s", "there is no kind %s; one of: %s", kind, all.ptr);
}

sw_status sw_pack_check(const sw_pack_options *opt, sw_lang lang, sw_buf *out, sw_error *err) {
  sw_problems p = SW_PROBLEMS_INIT;
  sw_pack_set *set = NULL;
  sw_status s = sw_pack_load(opt, &set, &p, err);
  if (s) {
    sw_problems_format(&p, lang, out);
    sw_problems_fini(&p);
    return s;
  }
  bool zh = lang == SW_LANG_ZH;
  for (size_t i = 0; i < set->npacks; i++) {
    const sw_pack_info *k = &set->packs[i];
    sw_buf_printf(out, zh ? "内容包 %.*s %.*s（%.*s）\n" : "pack %.*s %.*s (%.*s)\n", SW_STR_ARG(k->name), SW_STR_ARG(k->version),
                  SW_STR_ARG(sw_text_in(&k->title, lang)));
  }
  for (size_t k = 0; k < set->nkinds; k++)
    if (set->by_kind[k].len) sw_buf_printf(out, "  %-12s %zu\n", set->kinds[k]->name, set->by_kind[k].len);
  sw_buf_printf(out, zh ? "没有问题。内容指纹 %s\n" : "No problems. Content hash %s\n", set->hash);
  sw_pack_free(set);
  sw_problems_fini(&p);
  return sw_buf_check(out, err);
}
