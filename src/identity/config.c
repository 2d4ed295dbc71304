#include "identity/config.h"

#include "pack/config.h"

typedef struct field_config {
  sw_str name, column;
  int kind;
  sw_config_list columns, parts;
  bool birth;
} field_config;

typedef struct link_config {
  sw_str id, org;
  double link, review, recall, pairs_per_record;
  int unique_sources;
  int64_t seed;
  sw_config_list fields;
} link_config;

static const sw_config_enum kinds[] = {
    {"name", SW_LINK_NAME, {"姓名（任何文字）", "a person's whole name, in any script"}},
    {"given_name", SW_LINK_GIVEN, {"名；须与 surname 成对", "given name; comes with surname"}},
    {"surname", SW_LINK_SURNAME, {"姓", "surname"}},
    {"citizen_id", SW_LINK_CITIZEN_ID, {"公民身份号码", "citizen identity number"}},
    {"id", SW_LINK_ID, {"其他证卡号", "another number of a person"}},
    {"date", SW_LINK_DATE, {"日期", "date"}},
    {"sex", SW_LINK_SEX, {"性别", "sex"}},
    {"phone", SW_LINK_PHONE, {"电话", "phone"}},
    {"address", SW_LINK_ADDRESS, {"中文地址", "Chinese address"}},
    {"email", SW_LINK_EMAIL, {"电子邮箱", "e-mail address"}},
    {"string", SW_LINK_STRING, {"一般文本", "general text"}},
    {"category", SW_LINK_CATEGORY, {"类别：只论同异", "category: same or not"}},
    {"number", SW_LINK_NUMBER, {"数值", "number"}},
    {NULL, 0, {NULL, NULL}}};

static const sw_config_key field_keys[] = {
    {.name = "name", .type = SW_CFG_STR, .offset = offsetof(field_config, name), .required = true, .help = {"字段名", "the field's name"}},
    {.name = "kind", .type = SW_CFG_ENUM, .offset = offsetof(field_config, kind), .required = true, .values = kinds, .help = {"怎样比较", "how it is compared"}},
    {.name = "column", .type = SW_CFG_STR, .offset = offsetof(field_config, column), .help = {"所取的列；省略则与字段同名", "its column; left out: of the field's name"}},
    {.name = "columns", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(field_config, columns),
     .help = {"同一事物的几列（如曾用名），取最相符者", "alternatives of one thing (as a former name): the best agreement counts"}},
    {.name = "parts", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(field_config, parts), .help = {"年、月、日三列", "the year, month and day columns of a date"}},
    {.name = "birth", .type = SW_CFG_BOOL, .offset = offsetof(field_config, birth), .fallback = "false", .help = {"是出生日期", "is the birth date"}},
};
static const sw_config_map field_map = SW_CONFIG_MAP("field", field_config, field_keys);

static const sw_config_enum choices[] = {
    {"auto", SW_LINK_AUTO, {"由数据判断", "as the data show"}}, {"yes", SW_LINK_YES, {"是", "yes"}}, {"no", SW_LINK_NO, {"否", "no"}}, {NULL, 0, {NULL, NULL}}};

static const sw_config_key link_keys[] = {
    {.name = "id", .type = SW_CFG_STR, .offset = offsetof(link_config, id), .help = {"记录编号列", "the column that numbers the records"}},
    {.name = "org", .type = SW_CFG_STR, .offset = offsetof(link_config, org), .help = {"机构列", "the institution's column"}},
    {.name = "link", .type = SW_CFG_NUM, .offset = offsetof(link_config, link), .fallback = "0.95", .min = 0.01, .max = 0.999999, .help = {"自动关联的概率下限", "probability from which a pair links by itself"}},
    {.name = "review", .type = SW_CFG_NUM, .offset = offsetof(link_config, review), .fallback = "0.5", .min = 0.001, .max = 0.999999, .help = {"送人工的概率下限", "probability from which a pair is shown to a person"}},
    {.name = "recall", .type = SW_CFG_NUM, .offset = offsetof(link_config, recall), .fallback = "0.9998", .min = 0.5, .max = 1, .help = {"分块应达到的召回率", "the recall that blocking shall reach"}},
    {.name = "pairs_per_record", .type = SW_CFG_NUM, .offset = offsetof(link_config, pairs_per_record), .fallback = "30", .min = 1, .max = 100000, .help = {"每条记录可比较的对数", "budget of pairs"}},
    {.name = "unique_sources", .type = SW_CFG_ENUM, .offset = offsetof(link_config, unique_sources), .fallback = "auto", .values = choices, .help = {"每个输入内一人至多一条", "each input has a person at most once"}},
    {.name = "seed", .type = SW_CFG_INT, .offset = offsetof(link_config, seed), .fallback = "0", .min = 0, .max = 9e15, .help = {"抽样的种子", "seed of sampling"}},
    {.name = "fields", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .offset = offsetof(link_config, fields), .required = true, .map = &field_map, .help = {"字段", "the fields"}},
};
static const sw_config_map link_map = SW_CONFIG_MAP("link", link_config, link_keys);

static const char *text(sw_arena *a, sw_str s) { return s.len ? sw_arena_dupz(a, s) : NULL; }

static void take_columns(const field_config *from, sw_arena *a, sw_link_field *to) {
  const sw_config_list *l = from->parts.n ? &from->parts : &from->columns;
  to->date_parts = from->parts.n > 0;
  for (size_t i = 0; i < l->n && i < SW_LINK_ALTERNATIVES; i++) to->columns[to->ncolumns++] = sw_arena_dupz(a, *SW_ITEM(sw_str, *l, i));
  if (l->n > SW_LINK_ALTERNATIVES) to->ncolumns = l->n; /* refused by the check */
  if (to->ncolumns) return;
  to->columns[0] = sw_arena_dupz(a, from->column.len ? from->column : from->name);
  to->ncolumns = 1;
}

sw_status sw_link_config_parse(const sw_node *node, sw_arena *a, sw_link_spec *out, sw_error *err) {
  memset(out, 0, sizeof *out);
  sw_problems problems = SW_PROBLEMS_INIT;
  sw_config_ctx ctx = {.arena = a, .problems = &problems};
  link_config c;
  memset(&c, 0, sizeof c);
  sw_config_parse(&link_map, node, &ctx, &c);
  sw_status st = sw_problems_status(&problems, err);
  sw_problems_fini(&problems);
  if (st) return st;
  out->id_column = text(a, c.id);
  out->org_column = text(a, c.org);
  out->link = c.link;
  out->review = c.review;
  out->recall = c.recall;
  out->pairs_per_record = c.pairs_per_record;
  out->unique_sources = (sw_link_choice)c.unique_sources;
  out->seed = (uint64_t)c.seed;
  out->nfields = c.fields.n;
  for (size_t i = 0; i < c.fields.n && i < SW_LINK_FIELDS; i++) {
    const field_config *f = SW_ITEM(field_config, c.fields, i);
    out->fields[i] = (sw_link_field){.name = sw_arena_dupz(a, f->name), .kind = (sw_link_kind)f->kind, .birth = f->birth};
    take_columns(f, a, &out->fields[i]);
  }
  if (sw_arena_check(a, err)) return err ? err->status : SW_E_NOMEM;
  return sw_link_spec_check(out, err);
}

sw_status sw_link_config_read(const char *path, sw_arena *a, sw_link_spec *out, sw_error *err) {
  sw_node_list docs;
  if (sw_tree_file(a, path, path, &SW_TREE_LIMITS_DEFAULT, &docs, err)) return SW_FRAME(err, "读取关联配置", "reading the linkage configuration");
  if (docs.n != 1) return SW_FAIL(err, SW_E_CONFIG, "SW-LINK-0006", "%s 应恰有一个文档", "%s must hold exactly one document", path);
  return sw_link_config_parse(docs.items[0], a, out, err);
}
