/* mapping: local codes to a value set, or delivered columns to a standard table. */
#include "base/date.h"
#include "pack/builtin.h"

static const sw_config_key code_rule_keys[] = {
    {.name = "from", .type = SW_CFG_STR, .offset = offsetof(sw_code_rule_def, from), .required = true, SW_HELP("本地代码", "local code")},
    {.name = "to", .type = SW_CFG_STR, .offset = offsetof(sw_code_rule_def, to), .required = true, SW_HELP("标准代码", "standard code")},
    {.name = "org", .type = SW_CFG_STR, .offset = offsetof(sw_code_rule_def, org), SW_HELP("只用于此机构（先于通用的）", "only for this institution (goes before those for all)")},
    {.name = "since", .type = SW_CFG_DATE, .offset = offsetof(sw_code_rule_def, since), .present = offsetof(sw_code_rule_def, has_since) + 1, SW_HELP("自此日起", "from this day on")},
    {.name = "until", .type = SW_CFG_DATE, .offset = offsetof(sw_code_rule_def, until), .present = offsetof(sw_code_rule_def, has_until) + 1, SW_HELP("至此日止（含）", "up to and including this day")},
    {.name = "note", .type = SW_CFG_TEXT, .offset = offsetof(sw_code_rule_def, note), SW_HELP("说明", "a remark")},
};
const sw_config_map SW_CODE_RULE_MAP = {.name = "code rule", .size = sizeof(sw_code_rule_def), .keys = code_rule_keys,
                                        .nkeys = sizeof code_rule_keys / sizeof *code_rule_keys, .at = offsetof(sw_code_rule_def, at) + 1,
                                        .help = {"一条代码对照", "one code to another"}};

static const sw_config_key map_column_keys[] = {
    {.name = "from", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_map_column_def, from_node), .max = 64,
     SW_HELP("来源列；写多个时取第一个非空的；lookup 的列写 别名.列", "source column; of several the first that is not blank; a lookup's column is alias.column")},
    {.name = "const", .type = SW_CFG_STR, .offset = offsetof(sw_map_column_def, constant), .present = offsetof(sw_map_column_def, has_const) + 1, SW_HELP("固定值", "a constant")},
    {.name = "expr", .type = SW_CFG_SQL, .offset = offsetof(sw_map_column_def, expr), .sql = SW_CFG_EXPRESSION, SW_HELP("来源列上的 SQL 标量表达式", "an SQL scalar over the source's columns")},
    {.name = "codes", .type = SW_CFG_REF, .offset = offsetof(sw_map_column_def, codes), .refers = "mapping", SW_HELP("代码对照", "mapping of codes")},
    {.name = "codes_date", .type = SW_CFG_IDENT, .offset = offsetof(sw_map_column_def, codes_date), SW_HELP("按此来源列的日期选用有起止日的对照", "source column whose date chooses among dated code rules")},
    {.name = "unit", .type = SW_CFG_STR, .offset = offsetof(sw_map_column_def, unit), SW_HELP("来源值的单位，换算成目标列的单位", "unit of the source value, converted to the column's")},
    {.name = "as", .type = SW_CFG_ENUM, .offset = offsetof(sw_map_column_def, as), .values = SW_COL_TYPES, SW_HELP("先按此类型读取来源值", "read the source value as this type first")},
    {.name = "format", .type = SW_CFG_STR, .offset = offsetof(sw_map_column_def, format), SW_HELP("日期写法，见 source", "how dates are written, see source")},
    {.name = "blanks", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_map_column_def, blanks), SW_HELP("视为空的值，如 -、无", "values that mean nothing here, such as -")},
    {.name = "note", .type = SW_CFG_TEXT, .offset = offsetof(sw_map_column_def, note), SW_HELP("说明", "a remark")},
};

static void check_map_column(const sw_config_ctx *ctx, const sw_node *node, void *object) {
  sw_map_column_def *c = object;
  int ways = (c->from_node.n > 0) + c->has_const + (c->expr.text.len > 0);
  if (ways != 1) {
    sw_problem_add(ctx->problems, node ? node->at : c->at, "SW-PACK-0047", "from、const、expr 须写且只写一个", "write exactly one of from, const, expr");
    return;
  }
  const sw_node *from = node->kind == SW_NODE_MAP ? sw_node_get(node, "from") : node;
  sw_ref *refs = SW_ARENA_ARRAY(ctx->arena, sw_ref, c->from_node.n ? c->from_node.n : 1);
  if (!refs) return;
  for (size_t i = 0; i < c->from_node.n; i++)
    refs[i] = (sw_ref){*SW_ITEM(sw_str, c->from_node, i), from->kind == SW_NODE_LIST ? from->items[i]->at : from->at};
  c->from = (sw_config_list){refs, c->from_node.n};
}

static const sw_config_map map_column_map = {.name = "column", .size = sizeof(sw_map_column_def), .keys = map_column_keys,
                                             .nkeys = sizeof map_column_keys / sizeof *map_column_keys, .shorthand = "from",
                                             .at = offsetof(sw_map_column_def, at) + 1, .check = check_map_column,
                                             .help = {"目标列从何而来", "where a target column comes from"}};

static const sw_config_key repeat_keys[] = {
    {.name = "count", .type = SW_CFG_INT, .offset = offsetof(sw_repeat_def, count), .fallback = "1", .min = 1, .max = 1000, SW_HELP("组数", "how many groups")},
    {.name = "start", .type = SW_CFG_INT, .offset = offsetof(sw_repeat_def, start), .fallback = "1", .min = 0, .max = 100000, SW_HELP("{n} 的起始数", "first value of {n}")},
    {.name = "pad", .type = SW_CFG_INT, .offset = offsetof(sw_repeat_def, pad), .fallback = "0", .min = 0, .max = 6, SW_HELP("{n} 的位数，前补零", "digits of {n}, zero-filled")},
    {.name = "columns", .type = SW_CFG_MAP, .shape = SW_CFG_DICT, .offset = offsetof(sw_repeat_def, columns), .map = &map_column_map, .required = true, SW_HELP("列，名字里可写 {n}", "columns; {n} stands in names and expressions")},
    {.name = "present", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_repeat_def, present), SW_HELP("这些来源列有一个非空才成行；缺省为组内所有 from", "a group makes a row when one of these source columns is not blank; default: all `from` of the group")},
};
static const sw_config_map repeat_map = {.name = "repeat", .size = sizeof(sw_repeat_def), .keys = repeat_keys, .nkeys = sizeof repeat_keys / sizeof *repeat_keys,
                                         .at = offsetof(sw_repeat_def, at) + 1, .help = {"重复的列组：一行变多行", "a repeated column group: one row becomes several"}};

static const sw_config_key lookup_keys[] = {
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(sw_lookup_def, table), .required = true, .refers = "ods", SW_HELP("落地表", "ods table")},
    {.name = "on", .type = SW_CFG_IDENT, .shape = SW_CFG_DICT, .offset = offsetof(sw_lookup_def, on), .required = true, .min = 1, SW_HELP("连接：此表的列: 驱动表的列", "join: its column: the driving table's column")},
    {.name = "where", .type = SW_CFG_SQL, .offset = offsetof(sw_lookup_def, where), .sql = SW_CFG_EXPRESSION, SW_HELP("此表里取哪些行（此表的列上的条件）", "which of its rows count: a condition over its own columns")},
    {.name = "any_org", .type = SW_CFG_BOOL, .offset = offsetof(sw_lookup_def, any_org), .fallback = "false", SW_HELP("跨机构匹配", "match across institutions")},
};
static const sw_config_map lookup_map = {.name = "lookup", .size = sizeof(sw_lookup_def), .keys = lookup_keys, .nkeys = 4, .at = offsetof(sw_lookup_def, at) + 1,
                                         .help = {"另一落地表里至多一行（最新的）", "at most one row, the newest, of another ods table"}};

static const sw_config_key mapping_keys[] = {
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_mapping_def, title), SW_HELP("名称", "title")},
    {.name = "version", .type = SW_CFG_STR, .offset = offsetof(sw_mapping_def, version), SW_HELP("版本", "version")},
    {.name = "source", .type = SW_CFG_REF, .offset = offsetof(sw_mapping_def, source), .refers = "source", SW_HELP("数据来源", "the source")},
    {.name = "verified", .type = SW_CFG_BOOL, .offset = offsetof(sw_mapping_def, verified), .fallback = "false", SW_HELP("已核对", "checked")},
    {.name = "value_set", .type = SW_CFG_REF, .offset = offsetof(sw_mapping_def, value_set), .refers = "value_set", SW_HELP("代码对照：目标值域", "codes: the value set")},
    {.name = "codes", .type = SW_CFG_NODE, .offset = offsetof(sw_mapping_def, codes_node), .map = &SW_CODE_RULE_MAP, SW_HELP("代码对照：“本地: 标准”的一组，或列表", "codes: a map of local to standard, or a list")},
    {.name = "identity", .type = SW_CFG_BOOL, .offset = offsetof(sw_mapping_def, identity), .fallback = "false", SW_HELP("值域里的代码代表自己", "codes of the value set stand for themselves")},
    {.name = "otherwise", .type = SW_CFG_STR, .offset = offsetof(sw_mapping_def, otherwise), SW_HELP("其余代码都作此代码；缺省为未对照", "code for everything else; default: unmapped")},
    {.name = "file", .type = SW_CFG_STR, .offset = offsetof(sw_mapping_def, file), SW_HELP("同目录的 CSV，表头 from,to[,org,since,until]", "a CSV file beside it, header from,to[,org,since,until]")},
    {.name = "into", .type = SW_CFG_TABLE, .offset = offsetof(sw_mapping_def, into), .refers = "table", SW_HELP("列对照：目标表", "columns: the target table")},
    {.name = "from", .type = SW_CFG_TABLE, .offset = offsetof(sw_mapping_def, from), .refers = "ods", SW_HELP("列对照：驱动的落地表", "columns: the driving ods table")},
    {.name = "where", .type = SW_CFG_SQL, .offset = offsetof(sw_mapping_def, where), .sql = SW_CFG_EXPRESSION, SW_HELP("取哪些行（来源列上的条件）", "which rows: a condition over source columns")},
    {.name = "key", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_mapping_def, key), SW_HELP("认定同一记录的目标列；缺省为目标表主键", "target columns that identify a record for versions; default: the table's key")},
    {.name = "order", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_mapping_def, order), SW_HELP("版本次序的来源列；缺省随源", "source columns that order versions; default: the source's")},
    {.name = "replace_by", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_mapping_def, replace_by), SW_HELP("较新的交付整组取代这些目标列相同的旧行", "a newer delivery replaces all rows that agree in these target columns")},
    {.name = "lookups", .type = SW_CFG_MAP, .shape = SW_CFG_DICT, .offset = offsetof(sw_mapping_def, lookups), .map = &lookup_map, SW_HELP("查找表，按别名", "lookups by alias")},
    {.name = "columns", .type = SW_CFG_MAP, .shape = SW_CFG_DICT, .offset = offsetof(sw_mapping_def, columns), .map = &map_column_map, SW_HELP("目标列: 来源", "target column: where it comes from")},
    {.name = "repeat", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .offset = offsetof(sw_mapping_def, repeat), .map = &repeat_map, SW_HELP("重复的列组", "repeated column groups")},
};

static void parse_code_rules(const sw_config_ctx *ctx, const sw_node *node, void *object) {
  (void)node;
  sw_mapping_def *m = object;
  const sw_node *n = m->codes_node;
  if (sw_node_is_null(n)) return;
  if (n->kind != SW_NODE_LIST && n->kind != SW_NODE_MAP) {
    sw_problem_add(ctx->problems, n->at, "SW-PACK-0022", "codes 应是“本地: 标准”的一组，或列表", "codes must be a map of local to standard, or a list");
    return;
  }
  static const sw_config_key to_key = {.name = "to", .type = SW_CFG_STR};
  sw_code_rule_def *rules = SW_ARENA_ARRAY(ctx->arena, sw_code_rule_def, n->n ? n->n : 1);
  if (!rules) return;
  for (size_t i = 0; i < n->n; i++) {
    sw_code_rule_def *r = &rules[i];
    if (n->kind == SW_NODE_LIST) {
      (void)sw_config_parse(&SW_CODE_RULE_MAP, n->items[i], ctx, r);
    } else {
      *r = (sw_code_rule_def){.at = n->pairs[i].value->at, .from = n->pairs[i].key};
      (void)sw_config_scalar(&to_key, n->pairs[i].value, ctx, &r->to);
    }
  }
  m->codes = (sw_config_list){rules, n->n};
}

static void check_mapping(const sw_config_ctx *ctx, const sw_node *node, void *object) {
  sw_mapping_def *m = object;
  bool codes = m->value_set.name.len || !sw_node_is_null(m->codes_node), columns = m->into.name.len || m->from.name.len;
  if (codes == columns)
    sw_problem_add(ctx->problems, node->at, "SW-PACK-0048", "mapping 要么对照代码（value_set、codes），要么对照列（into、from、columns）",
                   "a mapping maps either codes (value_set, codes) or columns (into, from, columns)");
  else if (columns && (!m->into.name.len || !m->from.name.len))
    sw_problem_add(ctx->problems, node->at, "SW-PACK-0049", "列对照须写 into 和 from", "a mapping of columns needs into and from");
  else if (columns && !m->columns.n && !m->repeat.n)
    sw_problem_add(ctx->problems, node->at, "SW-PACK-0049", "列对照须写 columns 或 repeat", "a mapping of columns needs columns or repeat");
}

static const sw_config_map mapping_map = {.name = "mapping", .size = sizeof(sw_mapping_def), .keys = mapping_keys, .nkeys = sizeof mapping_keys / sizeof *mapping_keys,
                                          .parse = parse_code_rules, .check = check_mapping, .help = {"对照", "a mapping"}};

/* --- codes ------------------------------------------------------------------------------------------------- */

static bool read_day(const sw_config_ctx *ctx, sw_place at, sw_str text, int32_t *day, bool *has) {
  if (!text.len) return true;
  *has = sw_parse_date(text, day);
  if (!*has) sw_problem_add(ctx->problems, at, "SW-PACK-0022", "“%.*s”不是日期", "\"%.*s\" is not a date", SW_STR_ARG(text));
  return *has;
}

static void append_rules(const sw_pack_set *set, sw_pack_object *o, sw_mapping_def *m, const sw_config_ctx *ctx) {
  static const char *const names[] = {"from", "to", "org", "since", "until"};
  sw_pack_csv csv;
  if (!sw_pack_csv_read(set, o, m->file, o->at, names, 5, 2, ctx, &csv)) return;
  sw_code_rule_def *all = SW_ARENA_ARRAY(ctx->arena, sw_code_rule_def, m->codes.n + csv.rows + 1);
  if (!all) return;
  if (m->codes.n) memcpy(all, m->codes.items, m->codes.n * sizeof *all);
  for (size_t i = 0; i < csv.rows; i++) {
    const sw_str *cell = csv.cells + i * 5;
    sw_code_rule_def *r = &all[m->codes.n + i];
    *r = (sw_code_rule_def){.at = {csv.file, csv.line[i], 1}, .from = cell[0], .to = cell[1], .org = cell[2]};
    if (!read_day(ctx, r->at, cell[3], &r->since, &r->has_since) || !read_day(ctx, r->at, cell[4], &r->until, &r->has_until)) return;
  }
  m->codes = (sw_config_list){all, m->codes.n + csv.rows};
}

static void check_codes(const sw_pack_set *set, const sw_mapping_def *m, const sw_config_ctx *ctx) {
  const sw_value_set_def *vs = sw_pack_value_set(set, m->value_set.name);
  SW_AUTO(sw_map) seen = SW_MAP_INIT;
  for (size_t i = 0; i < m->codes.n; i++) {
    const sw_code_rule_def *r = SW_ITEM(sw_code_rule_def, m->codes, i);
    if (!r->from.len || !r->to.len) continue; /* told already */
    if (vs && sw_value_set_installed(vs) && !sw_value_set_find(vs, r->to)) {
      sw_suggest s;
      char zh[160], en[160];
      sw_suggest_start(&s, r->to);
      for (size_t k = 0; k < vs->codes.n; k++) sw_suggest_offer(&s, SW_CODE(vs, k)->code);
      sw_problem_add(ctx->problems, r->at, "SW-PACK-0050", "值域 %.*s 没有代码 %.*s%s%.0s", "value set %.*s has no code %.*s%.0s%s",
                     SW_STR_ARG(vs->id.name), SW_STR_ARG(r->to), sw_suggest_zh(&s, zh), sw_suggest_en(&s, en));
    }
    if (r->has_since || r->has_until) continue;
    SW_AUTO(sw_buf) key = SW_BUF_INIT;
    sw_buf_printf(&key, "%.*s\x1f%.*s", SW_STR_ARG(r->org), SW_STR_ARG(r->from));
    bool added = true;
    if (!sw_map_at(&seen, sw_buf_str(&key), i, &added)) return;
    if (!added)
      sw_problem_add(ctx->problems, r->at, "SW-PACK-0051", "本地代码 %.*s 重复", "local code %.*s is repeated", SW_STR_ARG(r->from));
  }
  if (vs && m->otherwise.len && sw_value_set_installed(vs) && !sw_value_set_find(vs, m->otherwise))
    sw_problem_add(ctx->problems, m->id.at, "SW-PACK-0050", "值域 %.*s 没有代码 %.*s（otherwise）", "value set %.*s has no code %.*s (otherwise)",
                   SW_STR_ARG(vs->id.name), SW_STR_ARG(m->otherwise));
}

/* --- columns ----------------------------------------------------------------------------------------------- */

static sw_str with_number(const sw_config_ctx *ctx, sw_str name, const sw_repeat_def *r, int64_t n) {
  ptrdiff_t at = r ? sw_str_find(name, SW_LIT("{n}")) : -1;
  if (at < 0) return name;
  char *z = sw_arena_printf(ctx->arena, "%.*s%0*lld%.*s", (int)at, name.ptr, (int)r->pad, (long long)n, (int)(name.len - (size_t)at - 3), name.ptr + at + 3);
  return z ? with_number(ctx, sw_str_of(z), r, n) : name;
}

typedef struct column_scope { /* what names may mean inside one mapping */
  const sw_pack_set *set;
  const sw_mapping_def *m;
  const sw_source_table_def *driving;
} column_scope;

static const sw_lookup_def *lookup_of(const sw_mapping_def *m, sw_str alias) {
  for (size_t i = 0; i < m->lookups.n; i++)
    if (sw_str_eq(m->lookups.keys[i].name, alias)) return SW_VALUE(sw_lookup_def, m->lookups, i);
  return NULL;
}

static void need_source(const column_scope *s, sw_ref name, const sw_config_ctx *ctx) {
  if (!name.name.len) return;
  ptrdiff_t dot = sw_str_find(name.name, SW_LIT("."));
  if (dot < 0) {
    if (s->driving) (void)sw_source_need_column(ctx, s->driving, name);
    return;
  }
  sw_str alias = sw_str_sub(name.name, 0, (size_t)dot);
  const sw_lookup_def *l = lookup_of(s->m, alias);
  if (!l) {
    sw_suggest g;
    sw_suggest_start(&g, alias);
    for (size_t i = 0; i < s->m->lookups.n; i++) sw_suggest_offer(&g, s->m->lookups.keys[i].name);
    sw_pack_unknown(ctx, (sw_ref){alias, name.at}, "查找表别名", "lookup", &g);
    return;
  }
  const sw_source_table_def *t = sw_pack_source_table(s->set, l->table.name, NULL);
  name.name = sw_str_sub(name.name, (size_t)dot + 1, name.name.len);
  if (t) (void)sw_source_need_column(ctx, t, name);
}

static void check_from(const column_scope *s, const sw_map_column_def *c, const sw_repeat_def *r, const sw_config_ctx *ctx) {
  int64_t count = r ? r->count : 1;
  for (size_t i = 0; i < c->from.n; i++) {
    sw_ref f = *SW_ITEM(sw_ref, c->from, i);
    for (int64_t n = 0; n < count; n++) {
      sw_str name = with_number(ctx, f.name, r, r ? r->start + n : 0);
      size_t before = ctx->problems->total;
      need_source(s, (sw_ref){name, f.at}, ctx);
      if (ctx->problems->total > before || name.ptr == f.name.ptr) break; /* one line a mistake */
    }
  }
  if (c->codes_date.name.len) need_source(s, c->codes_date, ctx);
  if (!c->codes.name.len) return;
  const sw_mapping_def *codes = sw_pack_mapping(s->set, c->codes.name);
  if (codes && codes->into.name.len)
    sw_problem_add(ctx->problems, c->codes.at, "SW-PACK-0052", "%.*s 对照的是列，不是代码", "%.*s maps columns, not codes", SW_STR_ARG(codes->id.name));
}

static void check_columns(const column_scope *s, const sw_config_dict *d, const sw_repeat_def *r, const sw_table_def *into, const sw_config_ctx *ctx) {
  for (size_t i = 0; i < d->n; i++) {
    if (into) (void)sw_pack_need_column(ctx, into, d->keys[i]);
    check_from(s, SW_VALUE(sw_map_column_def, *d, i), r, ctx);
  }
}

static bool mapped(const sw_mapping_def *m, sw_str column) {
  for (size_t i = 0; i < m->columns.n; i++)
    if (sw_str_ieq(m->columns.keys[i].name, column)) return true;
  for (size_t k = 0; k < m->repeat.n; k++) {
    const sw_repeat_def *r = SW_ITEM(sw_repeat_def, m->repeat, k);
    for (size_t i = 0; i < r->columns.n; i++)
      if (sw_str_ieq(r->columns.keys[i].name, column)) return true;
  }
  return false;
}

static void check_record_columns(const sw_mapping_def *m, const sw_table_def *into, const sw_config_list *names, const sw_config_ctx *ctx) {
  for (size_t i = 0; i < names->n; i++) {
    sw_ref name = *SW_ITEM(sw_ref, *names, i);
    if (!sw_pack_need_column(ctx, into, name)) continue;
    bool common = false;
    for (size_t k = 0; k < m->columns.n; k++) common = common || sw_str_ieq(m->columns.keys[k].name, name.name);
    if (!common)
      sw_problem_add(ctx->problems, name.at, "SW-PACK-0053", "列 %.*s 须在 columns 里（不能只在 repeat 里）", "column %.*s must be in columns (not only in repeat)",
                     SW_STR_ARG(name.name));
  }
}

static void check_required(const sw_mapping_def *m, const sw_table_def *into, const sw_config_ctx *ctx) {
  for (size_t i = 0; i < into->key.n; i++) {
    sw_ref k = *SW_ITEM(sw_ref, into->key, i);
    if (!mapped(m, k.name))
      sw_problem_add(ctx->problems, m->into.at, "SW-PACK-0054", "%.*s 的主键列 %.*s 没有对照", "%.*s has the key column %.*s, which is not mapped",
                     SW_STR_ARG(into->id.name), SW_STR_ARG(k.name));
  }
}

static void resolve_mapping(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  sw_mapping_def *m = o->data;
  if (m->file.len) append_rules(set, o, m, ctx);
  if (m->value_set.name.len) check_codes(set, m, ctx);
}

static void link_mapping(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  sw_mapping_def *m = o->data;
  if (!m->into.name.len) return;
  const sw_table_def *into = sw_pack_table(set, m->into.name);
  column_scope s = {.set = set, .m = m, .driving = sw_pack_source_table(set, m->from.name, NULL)};
  for (size_t i = 0; i < m->lookups.n; i++) {
    const sw_lookup_def *l = SW_VALUE(sw_lookup_def, m->lookups, i);
    const sw_source_table_def *t = sw_pack_source_table(set, l->table.name, NULL);
    for (size_t k = 0; k < l->on.n; k++) {
      if (t) (void)sw_source_need_column(ctx, t, l->on.keys[k]);
      if (s.driving) (void)sw_source_need_column(ctx, s.driving, *SW_VALUE(sw_ref, l->on, k));
    }
  }
  check_columns(&s, &m->columns, NULL, into, ctx);
  for (size_t i = 0; i < m->repeat.n; i++) {
    const sw_repeat_def *r = SW_ITEM(sw_repeat_def, m->repeat, i);
    check_columns(&s, &r->columns, r, into, ctx);
  }
  for (size_t i = 0; s.driving && i < m->order.n; i++) (void)sw_source_need_column(ctx, s.driving, *SW_ITEM(sw_ref, m->order, i));
  if (!into) return;
  if (o->broken) return;
  check_record_columns(m, into, &m->key, ctx);
  check_record_columns(m, into, &m->replace_by, ctx);
  check_required(m, into, ctx);
}

const sw_kind SW_KIND_MAPPING = {
    .name = "mapping", .folder = "mappings", .map = &mapping_map, .id = offsetof(sw_mapping_def, id), .title = offsetof(sw_mapping_def, title) + 1,
    .lenient = true, .resolve = resolve_mapping, .link = link_mapping,
    .help = {"对照，两种用法：本地代码对照到值域；送来的列对照到标准表。读不成的值置空并列入 meta.nonconforming，未对照的代码置空并列入 "
             "meta.unmapped，行保留。修正过的记录取最新版本，含金额的表除外。",
             "A mapping, of two uses: local codes to a value set; delivered columns to a standard table. A value that cannot be read becomes NULL and is "
             "listed in meta.nonconforming, an unmapped code in meta.unmapped; the row stays. Of a corrected record the latest version is kept, except in "
             "tables that hold amounts."},
    .example = "mapping: a.admission\ninto: dwd.admission\nsource: vendor_a\nfrom: ods.a_brsyxx\nwhere: \"ZTBZ <> '9'\"\ncolumns:\n"
               "  org_code: {expr: _org}\n  case_no: BAH\n  sex: {from: XB, codes: a.sex}\n  phone: {from: [SJH, LXDH], blanks: [\"-\"]}\n"};
