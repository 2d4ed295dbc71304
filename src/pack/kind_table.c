/* table: columns bound to data elements. */
#include "pack/builtin.h"

const sw_config_enum SW_COL_TYPES[] = {
    {"string", SW_COL_STRING, {"文字", "text"}},
    {"int", SW_COL_INT, {"整数", "whole number"}},
    {"decimal", SW_COL_DECIMAL, {"定点小数，见 precision、scale", "exact decimal, see precision and scale"}},
    {"double", SW_COL_DOUBLE, {"浮点数", "floating point"}},
    {"bool", SW_COL_BOOL, {"是否", "yes or no"}},
    {"date", SW_COL_DATE, {"日期", "date"}},
    {"time", SW_COL_TIME, {"时间", "time of day"}},
    {"datetime", SW_COL_DATETIME, {"日期时间", "date and time"}},
    {"money", SW_COL_MONEY, {"金额 DECIMAL(18,2)", "amount, DECIMAL(18,2)"}},
    {NULL, 0, {NULL, NULL}}};

static const sw_config_key reference_keys[] = {
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(sw_ref_target, table), .required = true, .refers = "table", SW_HELP("被引用的表", "the table")},
    {.name = "column", .type = SW_CFG_IDENT, .offset = offsetof(sw_ref_target, column_ref),
     SW_HELP("被引用的列；缺省为该表唯一的主键列，否则为同名列", "its column; default: the table's only key column, else the one of the same name")},
};
static const sw_config_map reference_map = {.name = "references", .size = sizeof(sw_ref_target), .keys = reference_keys, .nkeys = 2,
                                            .shorthand = "table", .help = {"引用另一表", "a reference to another table"}};

static const sw_config_key column_keys[] = {
    {.name = "name", .type = SW_CFG_IDENT, .offset = offsetof(sw_column_def, name), .required = true, SW_HELP("列名", "column name")},
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_column_def, title), SW_HELP("名称；缺省取数据元的", "title; default: the element's")},
    {.name = "element", .type = SW_CFG_REF, .offset = offsetof(sw_column_def, element_id), .refers = "element", SW_HELP("数据元", "data element")},
    {.name = "type", .type = SW_CFG_ENUM, .offset = offsetof(sw_column_def, type), .values = SW_COL_TYPES,
     SW_HELP("类型；缺省按数据元的格式", "type; default: by the element's format")},
    {.name = "format", .type = SW_CFG_STR, .offset = offsetof(sw_column_def, format_text), SW_HELP("表示格式；缺省取数据元的", "representation format; default: the element's")},
    {.name = "precision", .type = SW_CFG_INT, .offset = offsetof(sw_column_def, precision), .min = 0, .max = 38, SW_HELP("decimal 的总位数", "digits of a decimal")},
    {.name = "scale", .type = SW_CFG_INT, .offset = offsetof(sw_column_def, scale), .min = 0, .max = 38, SW_HELP("decimal 的小数位数", "decimals of a decimal")},
    {.name = "value_set", .type = SW_CFG_REF, .offset = offsetof(sw_column_def, value_set_id), .refers = "value_set", SW_HELP("值域；缺省取数据元的", "value set; default: the element's")},
    {.name = "unit", .type = SW_CFG_STR, .offset = offsetof(sw_column_def, unit), SW_HELP("单位；缺省取数据元的", "unit; default: the element's")},
    {.name = "pattern", .type = SW_CFG_REGEX, .offset = offsetof(sw_column_def, pattern), SW_HELP("整个值须匹配的正则；缺省取数据元的", "regular expression of the whole value; default: the element's")},
    {.name = "required", .type = SW_CFG_BOOL, .offset = offsetof(sw_column_def, required), .fallback = "false", SW_HELP("必填", "must have a value")},
    {.name = "references", .type = SW_CFG_MAP, .offset = offsetof(sw_column_def, references), .map = &reference_map, SW_HELP("引用另一表", "refers to another table")},
};
static const sw_config_map column_map = {.name = "column", .size = sizeof(sw_column_def), .keys = column_keys,
                                         .nkeys = sizeof column_keys / sizeof *column_keys, .at = offsetof(sw_column_def, at) + 1,
                                         .help = {"一列", "one column"}};

static const sw_config_key child_keys[] = {
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(sw_child_def, table), .required = true, .refers = "table", SW_HELP("子表", "the child table")},
    {.name = "on", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_child_def, on),
     SW_HELP("两表共有的连接列；缺省为本表主键", "columns that both tables have; default: this table's key")},
    {.name = "order", .type = SW_CFG_IDENT, .offset = offsetof(sw_child_def, order), SW_HELP("子行的次序列", "column that orders the children")},
};
static const sw_config_map child_map = {.name = "child", .size = sizeof(sw_child_def), .keys = child_keys, .nkeys = 3, .shorthand = "table",
                                        .at = 0, .help = {"子表：规则可以说“任一诊断”", "a child table: rules may speak of \"any diagnosis\""}};

const sw_config_enum SW_OWNER_NAMES[] = {
    {"institution", SW_OWNER_INSTITUTION, {"机构", "the institution"}},
    {"department", SW_OWNER_DEPARTMENT, {"科室", "the department"}},
    {"coder", SW_OWNER_CODER, {"编码员", "the coder"}},
    {"doctor", SW_OWNER_DOCTOR, {"医师", "the doctor"}},
    {NULL, 0, {NULL, NULL}}};
static const sw_config_key owner_keys[] = {
    {.name = "department", .type = SW_CFG_IDENT, .offset = offsetof(sw_owner_def, department), SW_HELP("科室列", "column of the department")},
    {.name = "coder", .type = SW_CFG_IDENT, .offset = offsetof(sw_owner_def, coder), SW_HELP("编码员列", "column of the coder")},
    {.name = "doctor", .type = SW_CFG_IDENT, .offset = offsetof(sw_owner_def, doctor), SW_HELP("医师列", "column of the doctor")},
    {.name = "level", .type = SW_CFG_ENUM, .offset = offsetof(sw_owner_def, level), .values = SW_OWNER_NAMES, .fallback = "institution",
     SW_HELP("规则未写 owner 时归谁；该列为空则上交科室，再上交机构", "who owns findings whose rule does not say; without a value the department, then the institution")},
    {.name = "from", .type = SW_CFG_TABLE, .offset = offsetof(sw_owner_def, from), .refers = "table", SW_HELP("这些列所在的表；缺省为本表", "the table that has these columns; default: this one")},
    {.name = "on", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_owner_def, on),
     SW_HELP("两表共有的连接列；缺省为对方的主键", "columns that both tables have; default: the key of the other")},
};
static const sw_config_map owner_map = {.name = "owner", .size = sizeof(sw_owner_def), .keys = owner_keys, .nkeys = sizeof owner_keys / sizeof *owner_keys,
                                        .help = {"问题归谁整改", "who answers for findings on a row"}};

static const sw_config_key table_keys[] = {
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_table_def, title), .required = true, SW_HELP("名称", "title")},
    {.name = "version", .type = SW_CFG_STR, .offset = offsetof(sw_table_def, version), SW_HELP("版本", "version")},
    {.name = "key", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_table_def, key), SW_HELP("主键列", "key columns")},
    {.name = "org", .type = SW_CFG_IDENT, .offset = offsetof(sw_table_def, org),
     SW_HELP("机构列：评分与行权限按它划分；缺省 _org", "whose data a row is: scores and row policies use it; default: _org")},
    {.name = "time", .type = SW_CFG_IDENT, .offset = offsetof(sw_table_def, time), SW_HELP("业务时间列", "column of business time")},
    {.name = "money", .type = SW_CFG_BOOL, .offset = offsetof(sw_table_def, money), .fallback = "false",
     SW_HELP("含金额：从不按版本替换，冲销行保留", "holds amounts: rows are never replaced by version, reversal lines stay")},
    {.name = "external", .type = SW_CFG_BOOL, .offset = offsetof(sw_table_def, external), .fallback = "false",
     SW_HELP("由程序自身产生，仅供引用", "made by the program itself; declared for references")},
    {.name = "freshness", .type = SW_CFG_DURATION, .offset = offsetof(sw_table_def, freshness_us),
     SW_HELP("最新业务时间距运行时刻不超过", "newest business time is at most this far from the as-of time")},
    {.name = "volume_change", .type = SW_CFG_NUM, .offset = offsetof(sw_table_def, volume_change), .min = 0, .max = 1000,
     SW_HELP("每批行数相对常量的允许变化（0.5 为 50%）", "allowed change of a batch's rows against the usual (0.5: 50 %)")},
    {.name = "columns", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .offset = offsetof(sw_table_def, columns), .map = &column_map, .required = true,
     .min = 1, SW_HELP("列", "columns")},
    {.name = "children", .type = SW_CFG_MAP, .shape = SW_CFG_DICT, .offset = offsetof(sw_table_def, children), .map = &child_map,
     SW_HELP("子表，按角色命名", "child tables by role")},
    {.name = "owner", .type = SW_CFG_MAP, .offset = offsetof(sw_table_def, owner), .map = &owner_map, SW_HELP("问题归谁整改", "who answers for findings on a row")},
};

static void check_table(const sw_config_ctx *ctx, const sw_node *node, void *object) {
  (void)node;
  sw_table_def *t = object;
  for (size_t i = 0; i < t->columns.n; i++) {
    sw_column_def *c = SW_COLUMN(t, i);
    if (c->name.name.len && c->name.name.ptr[0] == '_')
      sw_problem_add(ctx->problems, c->name.at, "SW-PACK-0036", "以下划线开头的列名留给程序使用", "column names that begin with _ are the program's own");
    if (c->format_text.len && !sw_format_parse(c->format_text, &c->format))
      sw_problem_add(ctx->problems, c->at, "SW-PACK-0035", "表示格式“%.*s”不认识；如 AN..18、N..10,2、D8、DT15",
                     "representation format \"%.*s\" is not known; such as AN..18, N..10,2, D8, DT15", SW_STR_ARG(c->format_text));
    if (!c->element_id.name.len && c->type == SW_COL_AUTO && !c->format_text.len && !c->references.table.name.len && !c->value_set_id.name.len)
      sw_problem_add(ctx->problems, c->at, "SW-PACK-0037", "列 %.*s 没有数据元，须写 type", "column %.*s has no element: write its type",
                     SW_STR_ARG(c->name.name));
  }
}

static const sw_config_map table_map = {.name = "table", .size = sizeof(sw_table_def), .keys = table_keys, .nkeys = sizeof table_keys / sizeof *table_keys,
                                        .check = check_table, .help = {"标准表", "a standard table"}};

const sw_column_def *sw_table_column(const sw_table_def *t, sw_str name) {
  char low[129];
  if (name.len >= sizeof low) return NULL;
  for (size_t i = 0; i < name.len; i++) low[i] = (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] + 32 : name.ptr[i]);
  uint64_t at;
  return sw_map_get(&t->index, (sw_str){low, name.len}, &at) ? SW_COLUMN(t, at - 1) : NULL;
}

static void index_columns(sw_table_def *t, const sw_config_ctx *ctx) {
  for (size_t i = 0; i < t->columns.n; i++) {
    const sw_column_def *c = SW_COLUMN(t, i), *first = sw_table_column(t, c->name.name);
    if (!c->name.name.len) continue; /* told already */
    if (first) {
      sw_problem_add(ctx->problems, c->name.at, "SW-PACK-0038", "列 %.*s 重复，第 %u 行已有", "column %.*s is repeated; line %u has it already",
                     SW_STR_ARG(c->name.name), first->name.at.line);
      continue;
    }
    char low[129];
    for (size_t k = 0; k < c->name.name.len && k < sizeof low; k++)
      low[k] = (char)(c->name.name.ptr[k] >= 'A' && c->name.name.ptr[k] <= 'Z' ? c->name.name.ptr[k] + 32 : c->name.name.ptr[k]);
    if (!sw_map_put(&t->index, (sw_str){low, c->name.name.len}, i + 1)) return;
  }
}

static int type_of_format(const sw_format *f, bool code) {
  switch (f->cls) {
    case SW_FMT_NONE: return SW_COL_AUTO;
    case SW_FMT_A:
    case SW_FMT_AN:
    case SW_FMT_BY: return SW_COL_STRING;
    case SW_FMT_N:
      if (code) return SW_COL_STRING;
      return f->scale == 0 && f->max_len <= 18 ? SW_COL_INT : SW_COL_DECIMAL;
    case SW_FMT_D: return SW_COL_DATE;
    case SW_FMT_T: return SW_COL_TIME;
    case SW_FMT_DT: return SW_COL_DATETIME;
    case SW_FMT_L: return SW_COL_BOOL;
  }
  return SW_COL_AUTO;
}

static void inherit(const sw_pack_set *set, sw_column_def *c) {
  const sw_element_def *e = c->element = sw_pack_element(set, c->element_id.name);
  bool code = c->value_set_id.name.len || (e && e->code);
  bool own_format = c->format.cls != SW_FMT_NONE;
  if (e) {
    if (!c->title.zh.len) c->title = e->title;
    if (!own_format) c->format = e->format;
    if (!own_format) c->format_text = e->format_text;
    if (!c->unit.len) c->unit = e->unit;
    if (!c->pattern.len) c->pattern = e->pattern;
    if (!c->value_set_id.name.len && e->value_set.name.len) c->value_set_id = e->value_set;
    if (c->type == SW_COL_AUTO && e->money && !own_format) c->type = SW_COL_MONEY;
  }
  if (!c->title.zh.len) c->title = (sw_text){c->name.name, c->name.name};
  c->value_set = c->value_set_id.name.len ? sw_pack_value_set(set, c->value_set_id.name) : NULL;
  if (c->type == SW_COL_AUTO) c->type = type_of_format(&c->format, code);
  if (c->type == SW_COL_AUTO) c->type = SW_COL_STRING;
  if (c->type == SW_COL_DECIMAL && c->precision == 0) {
    c->precision = c->format.cls == SW_FMT_N ? c->format.max_len : 18;
    c->scale = c->format.cls == SW_FMT_N ? c->format.scale : c->scale ? c->scale : 4;
  }
  if (c->type == SW_COL_MONEY) c->precision = 18, c->scale = 2;
}

static void need_all(const sw_config_ctx *ctx, const sw_table_def *t, const sw_config_list *names) {
  for (size_t i = 0; i < names->n; i++) (void)sw_pack_need_column(ctx, t, *SW_ITEM(sw_ref, *names, i));
}

static void resolve_columns(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  sw_table_def *t = o->data;
  index_columns(t, ctx);
  for (size_t i = 0; i < t->columns.n; i++) {
    sw_column_def *c = SW_COLUMN(t, i);
    inherit(set, c);
    if (c->type == SW_COL_DECIMAL && (c->precision < 1 || c->scale > c->precision))
      sw_problem_add(ctx->problems, c->at, "SW-PACK-0039", "列 %.*s 的 precision 与 scale 不成立", "precision and scale of column %.*s do not go together",
                     SW_STR_ARG(c->name.name));
  }
  need_all(ctx, t, &t->key);
  if (t->org.name.len) (void)sw_pack_need_column(ctx, t, t->org);
  if (t->time.name.len) {
    const sw_column_def *c = sw_pack_need_column(ctx, t, t->time);
    if (c && c->type != SW_COL_DATE && c->type != SW_COL_DATETIME)
      sw_problem_add(ctx->problems, t->time.at, "SW-PACK-0040", "业务时间列 %.*s 应是日期或日期时间", "the time column %.*s must be a date or a datetime",
                     SW_STR_ARG(t->time.name));
  }
}

static void resolve_reference(const sw_pack_set *set, sw_column_def *c, const sw_config_ctx *ctx) {
  const sw_table_def *to = sw_pack_table(set, c->references.table.name);
  if (!to) return; /* told already as an unknown reference, or broken itself */
  sw_ref *col = &c->references.column_ref;
  if (!col->name.len) {
    bool same = to->key.n != 1 && sw_table_column(to, c->name.name);
    if (!same && to->key.n != 1) {
      sw_problem_add(ctx->problems, c->references.table.at, "SW-PACK-0041", "%.*s 没有列 %.*s，也没有唯一的主键列；请写 {table, column}",
                     "%.*s has neither a column %.*s nor a single key column; write {table, column}", SW_STR_ARG(to->id.name),
                     SW_STR_ARG(c->name.name));
      return;
    }
    *col = (sw_ref){same ? c->name.name : SW_ITEM(sw_ref, to->key, 0)->name, c->references.table.at};
  }
  (void)sw_pack_need_column(ctx, to, *col);
  c->references.column = col->name;
}

static void resolve_child(const sw_pack_set *set, const sw_table_def *t, sw_child_def *c, const sw_config_ctx *ctx) {
  const sw_table_def *child = sw_pack_table(set, c->table.name);
  if (!child) return;
  if (!c->on.n) c->on = t->key;
  if (!c->on.n)
    sw_problem_add(ctx->problems, c->table.at, "SW-PACK-0042", "本表没有主键，子表须写 on", "this table has no key: write `on` for the child");
  for (size_t i = 0; i < c->on.n; i++) {
    sw_ref r = *SW_ITEM(sw_ref, c->on, i);
    (void)sw_pack_need_column(ctx, t, r);
    if (c->on.items == t->key.items) r.at = c->table.at;
    (void)sw_pack_need_column(ctx, child, r);
  }
  if (c->order.name.len) (void)sw_pack_need_column(ctx, child, c->order);
}

static void resolve_owner(const sw_pack_set *set, sw_table_def *t, const sw_config_ctx *ctx) {
  sw_owner_def *w = &t->owner;
  const sw_table_def *in = w->from.name.len ? sw_pack_table(set, w->from.name) : t;
  const sw_ref *columns[] = {&w->department, &w->coder, &w->doctor};
  if (!in) return;
  for (size_t i = 0; i < 3; i++)
    if (columns[i]->name.len) (void)sw_pack_need_column(ctx, in, *columns[i]);
  if (in == t) return;
  bool own = !w->on.n;
  if (own) w->on = in->key;
  for (size_t i = 0; i < w->on.n; i++) {
    sw_ref r = *SW_ITEM(sw_ref, w->on, i);
    if (own) r.at = w->from.at;
    (void)sw_pack_need_column(ctx, t, r);
    (void)sw_pack_need_column(ctx, in, r);
  }
}

/* After all tables have their columns. */
static void resolve_links(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  sw_table_def *t = o->data;
  for (size_t i = 0; i < t->columns.n; i++)
    if (SW_COLUMN(t, i)->references.table.name.len) resolve_reference(set, SW_COLUMN(t, i), ctx);
  for (size_t i = 0; i < t->children.n; i++) resolve_child(set, t, SW_VALUE(sw_child_def, t->children, i), ctx);
  resolve_owner(set, t, ctx);
}

static void release_table(void *data) { sw_map_fini(&((sw_table_def *)data)->index); }

const sw_kind SW_KIND_TABLE = {
    .name = "table", .folder = "tables", .map = &table_map, .id = offsetof(sw_table_def, id), .id_is_table = true,
    .title = offsetof(sw_table_def, title) + 1, .lenient = true, .resolve = resolve_columns, .link = resolve_links, .release = release_table,
    .help = {"标准表：列绑定数据元。声明一张表就得到它的默认规则：类型、长度、格式、必填、值域、主键、引用、及时、数量。",
             "A standard table: columns bound to data elements. Declaring it gives its default rules: type, length, format, required, value set, key, "
             "reference, freshness, volume."},
    .example = "table: dwd.admission\ntitle: {zh: 住院病案首页, en: Inpatient front page}\nkey: [org_code, case_no]\norg: org_code\ntime: discharge_time\n"
               "columns:\n  - {name: org_code, element: DE08.10.052.00, required: true}\n  - {name: sex, element: DE02.01.040.00, required: true}\n"
               "  - {name: person_id, references: person.person}\nchildren: {diagnosis: dwd.diagnosis}\n"};
