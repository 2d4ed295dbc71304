/* source: what an institution delivers, and how it is written. */
#include "pack/builtin.h"

static const sw_config_enum deliveries[] = {
    {"increment", SW_DELIVERY_INCREMENT, {"每次只送新增与改动", "each delivery adds and corrects"}},
    {"full", SW_DELIVERY_FULL, {"每次送全量，最新一次取代以前的", "each delivery is whole: the newest replaces the earlier ones"}},
    {NULL, 0, {NULL, NULL}}};
static const sw_config_enum formats[] = {
    {"auto", SW_SRC_AUTO, {"按内容识别", "recognised by content"}}, {"csv", SW_SRC_CSV, {"分隔文本", "delimited text"}},
    {"ndjson", SW_SRC_NDJSON, {"每行一个 JSON", "a JSON object a line"}}, {"parquet", SW_SRC_PARQUET, {"Parquet", "Parquet"}},
    {"xlsx", SW_SRC_XLSX, {"Excel 工作簿", "Excel workbook"}}, {"dbf", SW_SRC_DBF, {"dBASE 文件", "dBASE file"}},
    {"odbc", SW_SRC_ODBC, {"源数据库", "a source database"}}, {NULL, 0, {NULL, NULL}}};
static const sw_config_enum headers[] = {{"auto", SW_HEADER_AUTO, {"自动识别", "recognised"}},
                                         {"yes", SW_HEADER_YES, {"有表头", "there is one"}},
                                         {"true", SW_HEADER_YES, {"有表头", "there is one"}},
                                         {"no", SW_HEADER_NO, {"无表头，列按声明的次序", "none: columns in the order declared"}},
                                         {"false", SW_HEADER_NO, {"无表头，列按声明的次序", "none: columns in the order declared"}},
                                         {NULL, 0, {NULL, NULL}}};

/* The keys of a file's form, for any struct that embeds one. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type and a member cannot stand in parentheses */
#define FORM_KEYS(S, m)                                                                                                          \
  {.name = "format", .type = SW_CFG_ENUM, .offset = offsetof(S, m.format), .values = formats, SW_HELP("文件格式", "file format")}, \
  {.name = "encoding", .type = SW_CFG_STR, .offset = offsetof(S, m.encoding), .max = 40,                                        \
   SW_HELP("字符编码：utf-8、gb18030、utf-16 等；缺省自动识别", "character encoding: utf-8, gb18030, utf-16 …; default: detected")},     \
  {.name = "delimiter", .type = SW_CFG_STR, .offset = offsetof(S, m.delimiter), .max = 8, SW_HELP("分隔符；缺省自动识别", "delimiter; default: detected")}, \
  {.name = "quote", .type = SW_CFG_STR, .offset = offsetof(S, m.quote), .max = 8, SW_HELP("引号；none 为没有；缺省自动识别", "quote; none for none; default: detected")}, \
  {.name = "header", .type = SW_CFG_ENUM, .offset = offsetof(S, m.header), .values = headers, SW_HELP("表头", "header line")},     \
  {.name = "nulls", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(S, m.nulls), .present = offsetof(S, m.has_nulls) + 1, \
   SW_HELP("表示空的文字（空字段总是空）", "texts that mean nothing (the empty field always does)")},                                   \
  {.name = "sheet", .type = SW_CFG_STR, .offset = offsetof(S, m.sheet), SW_HELP("XLSX 的工作表；缺省第一张", "XLSX sheet; default: the first")}, \
  {.name = "skip_lines", .type = SW_CFG_INT, .offset = offsetof(S, m.skip_lines), .min = 0, .max = 10000, SW_HELP("表头前略去的行数", "lines before the header to skip")}, \
  {.name = "totals", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(S, m.totals),                                  \
   SW_HELP("首个单元格为这些文字（合计、总计、小计、total 之外）而其余只有数字的行是合计行", "words besides 合计, 总计, 小计, total that begin a total row (its other cells are numbers or empty)")}

/* NOLINTEND(bugprone-macro-parentheses) */
typedef struct form_holder { sw_file_form form; } form_holder;
static const sw_config_key form_keys[] = {FORM_KEYS(form_holder, form)};
static const sw_config_map form_map = {.name = "defaults", .size = sizeof(sw_file_form), .keys = form_keys, .nkeys = sizeof form_keys / sizeof *form_keys,
                                       .help = {"文件写法", "how files are written"}};

static const sw_config_key source_column_keys[] = {
    {.name = "name", .type = SW_CFG_IDENT, .offset = offsetof(sw_source_column_def, name), .required = true, SW_HELP("列名", "column name")},
    {.name = "type", .type = SW_CFG_ENUM, .offset = offsetof(sw_source_column_def, type), .fallback = "string", .values = SW_COL_TYPES,
     SW_HELP("类型；读不成的整行拒收，拿不准的列用 string，留给 standardise 转换", "type; a row that does not read so is rejected: use string where in doubt and convert in standardise")},
    {.name = "precision", .type = SW_CFG_INT, .offset = offsetof(sw_source_column_def, precision), .fallback = "18", .min = 1, .max = 38, SW_HELP("decimal 的总位数", "digits of a decimal")},
    {.name = "scale", .type = SW_CFG_INT, .offset = offsetof(sw_source_column_def, scale), .fallback = "4", .min = 0, .max = 38, SW_HELP("decimal 的小数位数", "decimals of a decimal")},
    {.name = "format", .type = SW_CFG_STR, .offset = offsetof(sw_source_column_def, format),
     SW_HELP("写法：yyyy-MM-dd HH:mm:ss 一类的样式、days:1840-12-31（从该日起的天数）、horolog、excel，金额可写 fen（以分计）；缺省认各种常见写法",
             "how values are written: a pattern like yyyy-MM-dd HH:mm:ss, days:1840-12-31 (a day number), horolog, excel; amounts: fen; default: all usual habits")},
    {.name = "aliases", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_source_column_def, aliases), SW_HELP("表头里的其他写法", "other names in headers")},
    {.name = "required", .type = SW_CFG_BOOL, .offset = offsetof(sw_source_column_def, required), .fallback = "false", SW_HELP("表头必须有此列", "the header must have it")},
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_source_column_def, title), SW_HELP("名称", "title")},
};
static const sw_config_map source_column_map = {.name = "column", .size = sizeof(sw_source_column_def), .keys = source_column_keys,
                                                .nkeys = sizeof source_column_keys / sizeof *source_column_keys, .shorthand = "name",
                                                .at = offsetof(sw_source_column_def, at) + 1, .help = {"送来的一列", "one delivered column"}};

static const sw_config_key deletion_keys[] = {
    {.name = "column", .type = SW_CFG_IDENT, .offset = offsetof(sw_deletions, column), .required = true, SW_HELP("标明删除的列", "the column that tells")},
    {.name = "values", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_deletions, values), .required = true, .min = 1, SW_HELP("表示已删除的值", "values that mean deleted")},
};
static const sw_config_map deletion_map = {.name = "deletions", .size = sizeof(sw_deletions), .keys = deletion_keys, .nkeys = 2,
                                           .help = {"删除的标记", "how deletions are told"}};

static const sw_config_key source_table_keys[] = {
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(sw_source_table_def, table), .required = true, SW_HELP("落地表 ods.*", "the table ods.*")},
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_source_table_def, title), SW_HELP("名称", "title")},
    {.name = "files", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_source_table_def, files),
     SW_HELP("交付目录下的通配路径，可含 {org}、{date}、{source}", "globs below the delivery directory, with {org}, {date}, {source}")},
    FORM_KEYS(sw_source_table_def, form),
    {.name = "delivery", .type = SW_CFG_ENUM, .offset = offsetof(sw_source_table_def, delivery), .present = offsetof(sw_source_table_def, has_delivery) + 1,
     .values = deliveries, SW_HELP("全量或增量；缺省随源", "full or increment; default: the source's")},
    {.name = "order", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_source_table_def, order),
     SW_HELP("记录版本的次序列；缺省为交付、文件、行", "columns that order versions of a record; default: delivery, file, record")},
    {.name = "deletions", .type = SW_CFG_MAP, .offset = offsetof(sw_source_table_def, deletions), .map = &deletion_map, SW_HELP("删除的标记", "how deletions are told")},
    {.name = "columns", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .offset = offsetof(sw_source_table_def, columns), .map = &source_column_map, .required = true,
     .min = 1, SW_HELP("列", "columns")},
    {.name = "strict", .type = SW_CFG_BOOL, .offset = offsetof(sw_source_table_def, strict), .fallback = "false",
     SW_HELP("文件有未声明的列时拒收整个文件（否则只报告）", "a file with undeclared columns is refused (else it is reported)")},
    {.name = "odbc_table", .type = SW_CFG_STR, .offset = offsetof(sw_source_table_def, odbc_table), SW_HELP("源数据库里的表", "table in the source database")},
    {.name = "odbc_query", .type = SW_CFG_STR, .offset = offsetof(sw_source_table_def, odbc_query), SW_HELP("或：源数据库方言的一个 SELECT，代替整表；可与 watermark 同用", "or a SELECT in the database's own dialect that stands for the table; watermark works with it")},
    {.name = "watermark", .type = SW_CFG_IDENT, .offset = offsetof(sw_source_table_def, watermark), SW_HELP("按此列增量读取；缺省读全表", "column read incrementally; default: the full table")},
    {.name = "org", .type = SW_CFG_STR, .offset = offsetof(sw_source_table_def, org), SW_HELP("固定的机构编码；缺省取路径里的 {org}", "fixed institution code; default: {org} of the path")},
    {.name = "org_column", .type = SW_CFG_IDENT, .offset = offsetof(sw_source_table_def, org_column), SW_HELP("逐行标明机构的列；为空的行归 org 或路径里的 {org}", "the column that tells each row's institution; where it is empty: org, or {org} of the path")},
};
static const sw_config_map source_table_map = {.name = "table", .size = sizeof(sw_source_table_def), .keys = source_table_keys,
                                               .nkeys = sizeof source_table_keys / sizeof *source_table_keys, .at = offsetof(sw_source_table_def, at) + 1,
                                               .help = {"送来的一张表", "one delivered table"}};

static const sw_config_key manifest_keys[] = {
    {.name = "files", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_manifest, files), .required = true, .min = 1,
     .present = offsetof(sw_manifest, declared) + 1, SW_HELP("清单文件的通配路径", "globs of the manifest")},
    FORM_KEYS(sw_manifest, form),
    {.name = "file", .type = SW_CFG_STR, .offset = offsetof(sw_manifest, file), .required = true, SW_HELP("文件名所在列", "its column of file names")},
    {.name = "rows", .type = SW_CFG_STR, .offset = offsetof(sw_manifest, rows), SW_HELP("行数所在列", "its column of row counts")},
    {.name = "sha256", .type = SW_CFG_STR, .offset = offsetof(sw_manifest, sha256), SW_HELP("SHA-256 所在列", "its column of SHA-256 digests")},
    {.name = "amount", .type = SW_CFG_STR, .offset = offsetof(sw_manifest, amount), SW_HELP("金额合计所在列", "its column of amount totals")},
};
static const sw_config_map manifest_map = {.name = "manifest", .size = sizeof(sw_manifest), .keys = manifest_keys, .nkeys = sizeof manifest_keys / sizeof *manifest_keys,
                                           .help = {"交付清单：列出文件、行数与校验值的文件", "a file that lists the delivery's files, rows and digests"}};

static const sw_config_key closing_keys[] = {
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(sw_closing, table), .required = true, .refers = "ods", SW_HELP("记有日结数的落地表", "the ods table that holds the totals")},
    {.name = "of", .type = SW_CFG_TABLE, .offset = offsetof(sw_closing, of), .required = true, .refers = "ods", SW_HELP("被计数的落地表", "the ods table that is counted")},
    {.name = "where", .type = SW_CFG_SQL, .offset = offsetof(sw_closing, where), SW_HELP("日结表里取哪些行", "which rows of the totals")},
    {.name = "of_where", .type = SW_CFG_SQL, .offset = offsetof(sw_closing, of_where), SW_HELP("被计数表里取哪些行", "which rows are counted")},
    {.name = "date", .type = SW_CFG_IDENT, .offset = offsetof(sw_closing, date), .required = true, SW_HELP("日结表的日期列", "day, in the totals")},
    {.name = "of_date", .type = SW_CFG_IDENT, .offset = offsetof(sw_closing, of_date), .required = true, SW_HELP("被计数表的日期列", "day, in the counted table")},
    {.name = "rows", .type = SW_CFG_IDENT, .offset = offsetof(sw_closing, rows), SW_HELP("行数列", "column of row counts")},
    {.name = "patients", .type = SW_CFG_IDENT, .offset = offsetof(sw_closing, patients), SW_HELP("人数列", "column of patient counts")},
    {.name = "amount", .type = SW_CFG_IDENT, .offset = offsetof(sw_closing, amount), SW_HELP("金额列", "column of amounts")},
    {.name = "of_patient", .type = SW_CFG_IDENT, .offset = offsetof(sw_closing, of_patient), SW_HELP("被计数表的患者列", "the counted table's patient column")},
    {.name = "of_amount", .type = SW_CFG_IDENT, .offset = offsetof(sw_closing, of_amount), SW_HELP("被计数表的金额列", "the counted table's amount column")},
    {.name = "tolerance_rows", .type = SW_CFG_NUM, .offset = offsetof(sw_closing, tolerance_rows), .fallback = "0", SW_HELP("行数的容差", "tolerance in rows")},
    {.name = "tolerance_amount", .type = SW_CFG_MONEY, .offset = offsetof(sw_closing, tolerance_amount), .fallback = "0", SW_HELP("金额的容差（元）", "tolerance in yuan")},
};
static const sw_config_map closing_map = {.name = "closing_totals", .size = sizeof(sw_closing), .keys = closing_keys, .nkeys = sizeof closing_keys / sizeof *closing_keys,
                                          .at = offsetof(sw_closing, at) + 1, .help = {"日结", "daily closing totals"}};

static const sw_config_key source_keys[] = {
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_source_def, title), .required = true, SW_HELP("名称", "title")},
    {.name = "version", .type = SW_CFG_STR, .offset = offsetof(sw_source_def, version), SW_HELP("版本", "version")},
    {.name = "orgs", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_source_def, orgs), SW_HELP("使用此源的机构；缺省不限", "institutions that deliver so; default: any")},
    {.name = "connection", .type = SW_CFG_IDENT, .offset = offsetof(sw_source_def, connection), SW_HELP("ODBC：suwen.yaml 里的连接名", "ODBC: name of a connection in suwen.yaml")},
    {.name = "delivery", .type = SW_CFG_ENUM, .offset = offsetof(sw_source_def, delivery), .values = deliveries, .fallback = "increment", SW_HELP("全量或增量", "full or increment")},
    {.name = "defaults", .type = SW_CFG_MAP, .offset = offsetof(sw_source_def, defaults), .map = &form_map, SW_HELP("各表文件写法的缺省值", "how files are written, unless a table says otherwise")},
    {.name = "tables", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .offset = offsetof(sw_source_def, tables), .map = &source_table_map, .required = true, .min = 1, SW_HELP("表", "tables")},
    {.name = "manifest", .type = SW_CFG_MAP, .offset = offsetof(sw_source_def, manifest), .map = &manifest_map, SW_HELP("交付清单", "manifest")},
    {.name = "closing_totals", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .offset = offsetof(sw_source_def, closing_totals), .map = &closing_map, SW_HELP("日结", "daily closing totals")},
};

static void merge_form(sw_file_form *own, const sw_file_form *base) {
  if (own->format == SW_SRC_AUTO) own->format = base->format;
  if (!own->encoding.len) own->encoding = base->encoding;
  if (!own->delimiter.len) own->delimiter = base->delimiter;
  if (!own->quote.len) own->quote = base->quote;
  if (own->header == SW_HEADER_AUTO) own->header = base->header;
  if (!own->has_nulls) own->nulls = base->nulls;
  if (!own->sheet.len) own->sheet = base->sheet;
  if (!own->skip_lines) own->skip_lines = base->skip_lines;
  if (!own->totals.n) own->totals = base->totals;
}

static void check_source_table(const sw_config_ctx *ctx, const sw_source_def *s, sw_source_table_def *t) {
  if (!sw_str_starts(t->table.name, SW_LIT("ods.")))
    sw_problem_add(ctx->problems, t->table.at, "SW-PACK-0043", "落地表须在 ods 下，如 ods.%.*s", "delivered tables live in ods, such as ods.%.*s",
                   SW_STR_ARG(sw_str_sub(t->table.name, (size_t)(sw_str_find(t->table.name, SW_LIT(".")) + 1), t->table.name.len)));
  bool odbc = t->odbc_table.len || t->odbc_query.len;
  if (!odbc && !t->files.n)
    sw_problem_add(ctx->problems, t->at, "SW-PACK-0044", "表 %.*s 须写 files，或 odbc_table、odbc_query", "table %.*s needs files, or odbc_table or odbc_query",
                   SW_STR_ARG(t->table.name));
  if (odbc && !s->connection.name.len)
    sw_problem_add(ctx->problems, t->at, "SW-PACK-0045", "从数据库读取须写 connection（suwen.yaml 里的连接名）",
                   "reading from a database needs `connection` (a name in suwen.yaml)");
  if (t->odbc_table.len && t->odbc_query.len)
    sw_problem_add(ctx->problems, t->at, "SW-PACK-0046", "odbc_table 与 odbc_query 只能写一个", "write odbc_table or odbc_query, not both");
}

static void check_source(const sw_config_ctx *ctx, const sw_node *node, void *object) {
  (void)node;
  sw_source_def *s = object;
  for (size_t i = 0; i < s->tables.n; i++) {
    sw_source_table_def *t = SW_ITEM(sw_source_table_def, s->tables, i);
    merge_form(&t->form, &s->defaults);
    if (!t->has_delivery) t->delivery = s->delivery;
    check_source_table(ctx, s, t);
  }
  merge_form(&s->manifest.form, &s->defaults);
}

static const sw_config_map source_map = {.name = "source", .size = sizeof(sw_source_def), .keys = source_keys, .nkeys = sizeof source_keys / sizeof *source_keys,
                                         .check = check_source, .help = {"数据来源", "a source"}};

const sw_source_column_def *sw_source_table_column(const sw_source_table_def *t, sw_str name) {
  for (size_t i = 0; i < t->columns.n; i++) {
    const sw_source_column_def *c = SW_ITEM(sw_source_column_def, t->columns, i);
    if (sw_str_ieq(c->name.name, name)) return c;
  }
  return NULL;
}

bool sw_source_need_column(const sw_config_ctx *ctx, const sw_source_table_def *t, sw_ref name) {
  if (!name.name.len || sw_source_table_column(t, name.name) || sw_str_eqz(name.name, "_org") || sw_str_eqz(name.name, "_row")) return true;
  sw_suggest s;
  sw_suggest_start(&s, name.name);
  for (size_t i = 0; i < t->columns.n; i++) sw_suggest_offer(&s, SW_ITEM(sw_source_column_def, t->columns, i)->name.name);
  char zh[160], en[160];
  sw_problem_add(ctx->problems, name.at, "SW-PACK-0030", "%.*s 没有列 %.*s%s%.0s", "%.*s has no column %.*s%.0s%s", SW_STR_ARG(t->table.name),
                 SW_STR_ARG(name.name), sw_suggest_zh(&s, zh), sw_suggest_en(&s, en));
  return false;
}

static void unique_columns(const sw_config_ctx *ctx, const sw_source_table_def *t) {
  SW_AUTO(sw_map) seen = SW_MAP_INIT;
  for (size_t i = 0; i < t->columns.n; i++) {
    const sw_source_column_def *c = SW_ITEM(sw_source_column_def, t->columns, i);
    char low[129];
    size_t n = c->name.name.len < sizeof low ? c->name.name.len : 0;
    for (size_t k = 0; k < n; k++) low[k] = (char)(c->name.name.ptr[k] >= 'A' && c->name.name.ptr[k] <= 'Z' ? c->name.name.ptr[k] + 32 : c->name.name.ptr[k]);
    bool added = true;
    if (!sw_map_at(&seen, (sw_str){low, n}, i, &added)) return;
    if (!added)
      sw_problem_add(ctx->problems, c->name.at, "SW-PACK-0038", "列 %.*s 重复", "column %.*s is repeated (upper and lower case count as one)",
                     SW_STR_ARG(c->name.name));
  }
}

static void resolve_source(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  sw_source_def *s = o->data;
  for (size_t i = 0; i < s->tables.n; i++) {
    sw_source_table_def *t = SW_ITEM(sw_source_table_def, s->tables, i);
    unique_columns(ctx, t);
    for (size_t k = 0; k < t->order.n; k++) (void)sw_source_need_column(ctx, t, *SW_ITEM(sw_ref, t->order, k));
    (void)sw_source_need_column(ctx, t, t->deletions.column);
    (void)sw_source_need_column(ctx, t, t->watermark);
    (void)sw_source_need_column(ctx, t, t->org_column);
  }
  for (size_t i = 0; i < s->closing_totals.n; i++) {
    const sw_closing *c = SW_ITEM(sw_closing, s->closing_totals, i);
    const sw_source_table_def *totals = sw_pack_source_table(set, c->table.name, NULL), *of = sw_pack_source_table(set, c->of.name, NULL);
    const sw_ref in_totals[] = {c->date, c->rows, c->patients, c->amount}, in_of[] = {c->of_date, c->of_patient, c->of_amount};
    for (size_t k = 0; totals && k < 4; k++) (void)sw_source_need_column(ctx, totals, in_totals[k]);
    for (size_t k = 0; of && k < 3; k++) (void)sw_source_need_column(ctx, of, in_of[k]);
  }
}

const sw_kind SW_KIND_SOURCE = {
    .name = "source", .folder = "sources", .map = &source_map, .id = offsetof(sw_source_def, id), .title = offsetof(sw_source_def, title) + 1,
    .lenient = true, .resolve = resolve_source,
    .help = {"数据来源：机构按什么文件（或数据库）、什么写法交付哪些表，怎样标明版本与删除，日结与清单在哪里。",
             "A source: which tables an institution delivers, in which files (or database) and form, how versions and deletions are told, where closing "
             "totals and manifests are."},
    .example = "source: vendor_a\ntitle: {zh: 甲厂商, en: Vendor A}\ndelivery: increment\n"
               "defaults: {format: csv, encoding: gb18030, delimiter: \",\", header: yes, nulls: [\"NULL\"], totals: [合计]}\ntables:\n"
               "  - table: ods.a_brsyxx\n    files: \"{org}/{date}/brsyxx*.csv\"\n    order: GXSJ\n    columns:\n"
               "      - {name: BRID, required: true}\n      - {name: RYSJ, type: datetime}\n      - {name: GXSJ, type: datetime}\n"};
