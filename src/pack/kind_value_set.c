/* value_set and element. */
#include "pack/builtin.h"

static const sw_config_enum code_status[] = {
    {"active", SW_CODE_ACTIVE, {"可用", "in use"}}, {"retired", SW_CODE_RETIRED, {"停用", "no longer given out"}}, {NULL, 0, {NULL, NULL}}};

static const sw_config_key code_keys[] = {
    {.name = "code", .type = SW_CFG_STR, .offset = offsetof(sw_code_def, code), .required = true, .min = 1, .max = 100, SW_HELP("代码", "the code")},
    {.name = "zh", .type = SW_CFG_STR, .offset = offsetof(sw_code_def, zh), SW_HELP("中文名", "name in Chinese")},
    {.name = "en", .type = SW_CFG_STR, .offset = offsetof(sw_code_def, en), SW_HELP("英文名", "name in English")},
    {.name = "parent", .type = SW_CFG_STR, .offset = offsetof(sw_code_def, parent), SW_HELP("上级代码", "the code above it")},
    {.name = "status", .type = SW_CFG_ENUM, .offset = offsetof(sw_code_def, status), .values = code_status, .fallback = "active", SW_HELP("状态", "state")},
};
const sw_config_map SW_CODE_MAP = {.name = "code", .size = sizeof(sw_code_def), .keys = code_keys, .nkeys = sizeof code_keys / sizeof *code_keys,
                                   .at = offsetof(sw_code_def, at) + 1, .help = {"值域里的一个代码", "one code of a value set"}};

typedef struct value_set_data { /* codes are read from the node once the file's rows are known */
  sw_value_set_def vs;
  const sw_node *codes;
} value_set_data;

static const sw_config_key value_set_keys[] = {
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_value_set_def, title), .required = true, SW_HELP("名称", "title")},
    {.name = "note", .type = SW_CFG_TEXT, .offset = offsetof(sw_value_set_def, note), SW_HELP("说明", "a remark")},
    {.name = "standard", .type = SW_CFG_STR, .offset = offsetof(sw_value_set_def, standard), SW_HELP("出自的标准", "the standard it comes from")},
    {.name = "version", .type = SW_CFG_STR, .offset = offsetof(sw_value_set_def, version), SW_HELP("版本", "version")},
    {.name = "verified", .type = SW_CFG_BOOL, .offset = offsetof(sw_value_set_def, verified), .fallback = "false",
     SW_HELP("是否已核对原始标准", "checked against the standard itself")},
    {.name = "missing", .type = SW_CFG_TEXT, .offset = offsetof(sw_value_set_def, missing),
     SW_HELP("代码未提供的原因；以它为准的规则判为不适用", "why the codes are not supplied; rules on it are then not applicable")},
    {.name = "codes", .type = SW_CFG_NODE, .offset = offsetof(value_set_data, codes), .map = &SW_CODE_MAP,
     SW_HELP("代码：列表，或“代码: 名称”的一组", "the codes: a list, or a map of code to name")},
    {.name = "file", .type = SW_CFG_STR, .offset = offsetof(sw_value_set_def, file),
     SW_HELP("同目录的 CSV，表头 code,zh[,en,parent,status]", "a CSV file beside it, header code,zh[,en,parent,status]")},
};

static bool add_named(const sw_config_ctx *ctx, const sw_pair *p, sw_code_def *c) {
  const sw_config_key name = {.name = "code", .type = SW_CFG_TEXT};
  sw_text t = {0};
  *c = (sw_code_def){.at = p->key_at, .code = p->key};
  if (p->value->kind == SW_NODE_MAP) {
    if (!sw_config_parse(&(sw_config_map){.name = "code", .size = sizeof(sw_code_def), .keys = code_keys + 1,
                                          .nkeys = sizeof code_keys / sizeof *code_keys - 1},
                         p->value, ctx, c))
      return false;
    c->at = p->key_at;
    c->code = p->key;
    return true;
  }
  if (!sw_config_scalar(&name, p->value, ctx, &t)) return false;
  c->zh = t.zh;
  return true;
}

static void parse_codes(const sw_config_ctx *ctx, const sw_node *node, void *object) {
  (void)node;
  value_set_data *d = object;
  const sw_node *n = d->codes;
  if (sw_node_is_null(n)) return;
  if (n->kind != SW_NODE_LIST && n->kind != SW_NODE_MAP) {
    sw_problem_add(ctx->problems, n->at, "SW-PACK-0022", "codes 应是列表，或“代码: 名称”的一组", "codes must be a list, or a map of code to name");
    return;
  }
  sw_code_def *codes = SW_ARENA_ARRAY(ctx->arena, sw_code_def, n->n ? n->n : 1);
  if (!codes) return;
  for (size_t i = 0; i < n->n; i++) /* what is wrong is told there; the rest is read all the same */
    (void)(n->kind == SW_NODE_LIST ? sw_config_parse(&SW_CODE_MAP, n->items[i], ctx, &codes[i]) : add_named(ctx, &n->pairs[i], &codes[i]));
  d->vs.codes = (sw_config_list){codes, n->n};
}

static const sw_config_map value_set_map = {
    .name = "value_set", .size = sizeof(value_set_data), .keys = value_set_keys, .nkeys = sizeof value_set_keys / sizeof *value_set_keys,
    .parse = parse_codes, .help = {"值域：一组代码及其含义", "a value set: codes and what they mean"}};

static void append_file(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx, sw_value_set_def *vs) {
  static const char *const names[] = {"code", "zh", "en", "parent", "status"};
  sw_pack_csv csv;
  if (!sw_pack_csv_read(set, o, vs->file, o->at, names, 5, 2, ctx, &csv)) return;
  sw_code_def *all = SW_ARENA_ARRAY(ctx->arena, sw_code_def, vs->codes.n + csv.rows + 1);
  if (!all) return;
  if (vs->codes.n) memcpy(all, vs->codes.items, vs->codes.n * sizeof *all);
  for (size_t i = 0; i < csv.rows; i++) {
    const sw_str *cell = csv.cells + i * 5;
    all[vs->codes.n + i] = (sw_code_def){.at = {csv.file, csv.line[i], 1}, .code = cell[0], .zh = cell[1], .en = cell[2], .parent = cell[3],
                                         .status = sw_str_eqz(cell[4], "retired") ? SW_CODE_RETIRED : SW_CODE_ACTIVE};
  }
  vs->codes = (sw_config_list){all, vs->codes.n + csv.rows};
}

static void index_codes(const sw_config_ctx *ctx, sw_value_set_def *vs) {
  for (size_t i = 0; i < vs->codes.n; i++) {
    const sw_code_def *c = SW_CODE(vs, i);
    if (!c->code.len) continue;
    bool added = true;
    uint64_t *at = sw_map_at(&vs->index, c->code, i + 1, &added);
    if (at && !added)
      sw_problem_add(ctx->problems, c->at, "SW-PACK-0031", "代码 %.*s 重复，第 %u 行已有", "code %.*s is repeated; line %u has it already",
                     SW_STR_ARG(c->code), SW_CODE(vs, *at - 1)->at.line);
  }
}

static void check_parents(const sw_config_ctx *ctx, const sw_value_set_def *vs) {
  for (size_t i = 0; i < vs->codes.n; i++) {
    const sw_code_def *c = SW_CODE(vs, i), *up = c;
    size_t steps = 0;
    while (up && up->parent.len && steps <= vs->codes.n) {
      const sw_code_def *next = sw_value_set_find(vs, up->parent);
      if (!next && up == c)
        sw_problem_add(ctx->problems, c->at, "SW-PACK-0032", "上级代码 %.*s 不在本值域", "the parent code %.*s is not in this value set",
                       SW_STR_ARG(c->parent));
      up = next;
      steps++;
    }
    if (steps > vs->codes.n) {
      sw_problem_add(ctx->problems, c->at, "SW-PACK-0033", "代码 %.*s 的上级成环", "the parents of code %.*s form a cycle", SW_STR_ARG(c->code));
      return;
    }
  }
}

static void resolve_value_set(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  sw_value_set_def *vs = o->data;
  if (vs->file.len) append_file(set, o, ctx, vs);
  index_codes(ctx, vs);
  check_parents(ctx, vs);
  if (!o->broken && !vs->codes.n && !vs->missing.zh.len && !vs->file.len)
    sw_problem_add(ctx->problems, o->at, "SW-PACK-0034", "值域没有代码；未提供时请写 missing: 原因",
                   "a value set needs codes; write missing: <why> when they are not supplied");
}

const sw_code_def *sw_value_set_find(const sw_value_set_def *vs, sw_str code) {
  uint64_t at;
  return sw_map_get(&vs->index, code, &at) ? SW_CODE(vs, at - 1) : NULL;
}

static void release_value_set(void *data) { sw_map_fini(&((sw_value_set_def *)data)->index); }

const sw_kind SW_KIND_VALUE_SET = {
    .name = "value_set", .folder = "value_sets", .map = &value_set_map, .id = offsetof(sw_value_set_def, id),
    .title = offsetof(sw_value_set_def, title) + 1, .lenient = true, .resolve = resolve_value_set, .release = release_value_set,
    .help = {"值域：一组代码及其含义。没有原文的代码集写 missing，以它为准的规则判为不适用，不算通过。",
             "A value set: codes and what they mean. One whose text is not at hand says `missing`; rules on it are then not applicable, never passed."},
    .example = "value_set: RC001\ntitle: {zh: 性别, en: Sex}\nstandard: GB/T 2261.1\nverified: true\ncodes:\n"
               "  - {code: \"1\", zh: 男, en: Male}\n  - {code: \"2\", zh: 女, en: Female}\n"};

/* --- element ------------------------------------------------------------------------------------------ */

static const sw_config_key element_keys[] = {
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_element_def, title), .required = true, SW_HELP("名称", "title")},
    {.name = "definition", .type = SW_CFG_TEXT, .offset = offsetof(sw_element_def, definition), SW_HELP("定义", "definition")},
    {.name = "format", .type = SW_CFG_STR, .offset = offsetof(sw_element_def, format_text), .required = true,
     SW_HELP("表示格式：A、N、AN 后接 n、..n 或 n..m，N..10,2，D8，T6，DT15，L，BY",
             "representation: A, N, AN with n, ..n or n..m; N..10,2; D8; T6; DT15; L; BY")},
    {.name = "value_set", .type = SW_CFG_REF, .offset = offsetof(sw_element_def, value_set), .refers = "value_set", SW_HELP("值域", "value set")},
    {.name = "code", .type = SW_CFG_BOOL, .offset = offsetof(sw_element_def, code), .fallback = "false",
     SW_HELP("数字是代码或编号，按文字保存（有值域时自动为真）", "its digits are a code or number kept as text (implied by a value set)")},
    {.name = "unit", .type = SW_CFG_STR, .offset = offsetof(sw_element_def, unit), SW_HELP("计量单位（UCUM）", "unit (UCUM)")},
    {.name = "money", .type = SW_CFG_BOOL, .offset = offsetof(sw_element_def, money), .fallback = "false",
     SW_HELP("金额，存为 DECIMAL(18,2)", "an amount, stored as DECIMAL(18,2)")},
    {.name = "pattern", .type = SW_CFG_REGEX, .offset = offsetof(sw_element_def, pattern), SW_HELP("整个值须匹配的正则", "regular expression of the whole value")},
    {.name = "standard", .type = SW_CFG_STR, .offset = offsetof(sw_element_def, standard), SW_HELP("出自的标准", "the standard it comes from")},
    {.name = "version", .type = SW_CFG_STR, .offset = offsetof(sw_element_def, version), SW_HELP("版本", "version")},
    {.name = "verified", .type = SW_CFG_BOOL, .offset = offsetof(sw_element_def, verified), .fallback = "false",
     SW_HELP("是否已核对原始标准", "checked against the standard itself")},
};

static void check_element(const sw_config_ctx *ctx, const sw_node *node, void *object) {
  sw_element_def *e = object;
  const sw_node *f = sw_node_get(node, "format");
  if (!sw_format_parse(e->format_text, &e->format))
    sw_problem_add(ctx->problems, f ? f->at : node->at, "SW-PACK-0035", "表示格式“%.*s”不认识；如 AN..18、N..10,2、D8、DT15",
                   "representation format \"%.*s\" is not known; such as AN..18, N..10,2, D8, DT15", SW_STR_ARG(e->format_text));
  if (e->value_set.name.len) e->code = true;
}

static const sw_config_map element_map = {.name = "element", .size = sizeof(sw_element_def), .keys = element_keys,
                                          .nkeys = sizeof element_keys / sizeof *element_keys, .check = check_element,
                                          .help = {"数据元", "a data element"}};

const sw_kind SW_KIND_ELEMENT = {
    .name = "element", .folder = "elements", .map = &element_map, .id = offsetof(sw_element_def, id), .title = offsetof(sw_element_def, title) + 1, .lenient = true,
    .help = {"数据元：一列数据的含义、格式、值域与单位。", "A data element: what a column means, its format, value set and unit."},
    .example = "element: DE02.01.040.00\ntitle: {zh: 性别代码, en: Sex code}\nformat: AN1\nvalue_set: RC001\n"};
