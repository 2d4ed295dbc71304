/* The `rules` kind: its config maps, and shorthands turned into the language of rules. */
#include "quality/rule.h"
#include "quality/rule_internal.h"

#define HELP(zh, en) .help = {(zh), (en)}

/* --- names ------------------------------------------------------------------------------------------- */

static const struct {
  const char *key, *zh, *en, *kahn;
} DIMENSIONS[SW_DIMENSIONS] = {
    [SW_DIM_COMPLETENESS] = {"completeness", "完整性", "Completeness", "completeness"},
    [SW_DIM_CONFORMANCE] = {"conformance", "规范性", "Conformance", "conformance (value)"},
    [SW_DIM_UNIQUENESS] = {"uniqueness", "唯一性", "Uniqueness", "plausibility (uniqueness)"},
    [SW_DIM_CONSISTENCY] = {"consistency", "一致性", "Consistency", "conformance (relational)"},
    [SW_DIM_PLAUSIBILITY] = {"plausibility", "合理性", "Plausibility", "plausibility (atemporal)"},
    [SW_DIM_TIMELINESS] = {"timeliness", "时效性", "Timeliness", "plausibility (temporal)"},
};

const char *sw_dimension_name(sw_dimension d, sw_lang lang) {
  if ((unsigned)d >= SW_DIMENSIONS) return "?";
  return lang == SW_LANG_ZH ? DIMENSIONS[d].zh : DIMENSIONS[d].en;
}
const char *sw_dimension_key(sw_dimension d) { return (unsigned)d < SW_DIMENSIONS ? DIMENSIONS[d].key : "?"; }
const char *sw_dimension_kahn(sw_dimension d) { return (unsigned)d < SW_DIMENSIONS ? DIMENSIONS[d].kahn : "?"; }

static const sw_config_enum KINDS[] = {
    {"mandatory", SW_RULE_MANDATORY, {"强制：违反即错误", "breaking it is wrong"}},
    {"verify", SW_RULE_VERIFY, {"核实：少见，可能正确", "unusual, may be right"}},
    {NULL, 0, {NULL, NULL}}};
static const sw_config_enum DIMENSION_VALUES[] = {
    {"completeness", SW_DIM_COMPLETENESS, {"完整性", "completeness"}}, {"conformance", SW_DIM_CONFORMANCE, {"规范性", "conformance"}},
    {"uniqueness", SW_DIM_UNIQUENESS, {"唯一性", "uniqueness"}},       {"consistency", SW_DIM_CONSISTENCY, {"一致性", "consistency"}},
    {"plausibility", SW_DIM_PLAUSIBILITY, {"合理性", "plausibility"}}, {"timeliness", SW_DIM_TIMELINESS, {"时效性", "timeliness"}},
    {NULL, 0, {NULL, NULL}}};
static const sw_config_enum SEVERITIES[] = {{"low", SW_SEV_LOW, {"轻微", "low"}},
                                            {"medium", SW_SEV_MEDIUM, {"一般", "medium"}},
                                            {"high", SW_SEV_HIGH, {"严重", "high"}},
                                            {"critical", SW_SEV_CRITICAL, {"致命", "critical"}},
                                            {NULL, 0, {NULL, NULL}}};
static const sw_config_enum UNKNOWN[] = {{"skip", 0, {"不适用", "does not apply"}}, {"fail", 1, {"判为失败", "fails"}}, {NULL, 0, {NULL, NULL}}};
static const sw_config_enum METRICS[] = {
    {"rows", SW_METRIC_ROWS, {"行数", "rows"}},
    {"filled", SW_METRIC_FILLED, {"非空比例", "share that is filled"}},
    {"distinct", SW_METRIC_DISTINCT, {"不同值数", "distinct values"}},
    {"min", SW_METRIC_MIN, {"最小", "least"}},
    {"max", SW_METRIC_MAX, {"最大", "greatest"}},
    {"mean", SW_METRIC_MEAN, {"均值", "mean"}},
    {"stddev", SW_METRIC_STDDEV, {"标准差", "standard deviation"}},
    {"sum", SW_METRIC_SUM, {"合计", "sum"}},
    {"quantile", SW_METRIC_QUANTILE, {"分位数", "a quantile"}},
    {"entropy", SW_METRIC_ENTROPY, {"熵（比特）", "entropy in bits"}},
    {"top_share", SW_METRIC_TOP_SHARE, {"最常见值的占比", "share of the most common value"}},
    {"age_hours", SW_METRIC_AGE_HOURS, {"最新时间距今小时数", "hours from the newest time to the as-of time"}},
    {"per_patient", SW_METRIC_PER_PATIENT, {"每患者行数", "rows per patient"}},
    {"chi_square", SW_METRIC_CHI_SQUARE, {"卡方检验的 p", "p of the chi-square test, new against old"}},
    {"ks", SW_METRIC_KS, {"KS 检验的 p", "p of the Kolmogorov–Smirnov test, new against old"}},
    {"psi", SW_METRIC_PSI, {"群体稳定性指数", "population stability index, new against old"}},
    {"duplicate_share", SW_METRIC_DUPLICATE_SHARE, {"内容重复的占比", "share of rows whose content repeats"}},
    {NULL, 0, {NULL, NULL}}};
static const sw_config_enum JUDGES[] = {
    {"fixed", SW_JUDGE_FIXED, {"固定上下限", "fixed bounds"}},
    {"relative", SW_JUDGE_RELATIVE, {"相对历史均值的变化", "change against the mean of history"}},
    {"zscore", SW_JUDGE_ZSCORE, {"相对历史的 z 值", "z-score against history"}},
    {"seasonal", SW_JUDGE_SEASONAL, {"Holt–Winters 季节预测", "Holt–Winters forecast"}},
    {"peers", SW_JUDGE_PEERS, {"与其他机构相比（中位数、MAD）", "against the other institutions (median, MAD)"}},
    {NULL, 0, {NULL, NULL}}};

/* --- nested maps --------------------------------------------------------------------------------------- */

#define COLUMN(owner) \
  {.name = "column", .type = SW_CFG_IDENT, .offset = offsetof(owner, column), .required = true, HELP("列", "the column")}
#define LIMIT(word, zh, en) \
  {.name = #word, .type = SW_CFG_NUM, .offset = offsetof(sw_bounds_def, word), .present = offsetof(sw_bounds_def, has_##word) + 1, HELP(zh, en)}

static const sw_config_key bounds_keys[] = {COLUMN(sw_bounds_def), LIMIT(min, "下限", "at least"), LIMIT(max, "上限", "at most")};
static const sw_config_map bounds_map = SW_CONFIG_MAP("bounds", sw_bounds_def, bounds_keys);

static const sw_config_key format_keys[] = {
    COLUMN(sw_word_def), {.name = "is", .type = SW_CFG_STR, .offset = offsetof(sw_word_def, word), .required = true, HELP("格式名", "name of a format")}};
static const sw_config_map format_map = SW_CONFIG_MAP("format", sw_word_def, format_keys);
static const sw_config_key regex_keys[] = {
    COLUMN(sw_word_def), {.name = "pattern", .type = SW_CFG_REGEX, .offset = offsetof(sw_word_def, word), .required = true, HELP("正则表达式", "PCRE2 pattern")}};
static const sw_config_map regex_map = SW_CONFIG_MAP("regex", sw_word_def, regex_keys);
static const sw_config_key set_keys[] = {
    COLUMN(sw_word_def), {.name = "set", .type = SW_CFG_STR, .offset = offsetof(sw_word_def, word), .required = true, HELP("值域或字典", "a value set or dictionary")}};
static const sw_config_map set_map = SW_CONFIG_MAP("value_set", sw_word_def, set_keys);
static const sw_config_key compare_keys[] = {
    {.name = "left", .type = SW_CFG_IDENT, .offset = offsetof(sw_compare_def, left), .required = true, HELP("左列", "left column")},
    {.name = "op", .type = SW_CFG_STR, .offset = offsetof(sw_compare_def, op), .required = true, HELP("= != < <= > >=", "= != < <= > >=")},
    {.name = "right", .type = SW_CFG_IDENT, .offset = offsetof(sw_compare_def, right), .required = true, HELP("右列", "right column")}};
static const sw_config_map compare_map = SW_CONFIG_MAP("compare", sw_compare_def, compare_keys);
static const sw_config_key sum_keys[] = {
    {.name = "total", .type = SW_CFG_IDENT, .offset = offsetof(sw_sum_def, total), .required = true, HELP("合计列", "the total")},
    {.name = "parts", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_sum_def, parts), .required = true, HELP("分项列", "its parts")},
    {.name = "tolerance", .type = SW_CFG_NUM, .offset = offsetof(sw_sum_def, tolerance), .fallback = "0", HELP("允许的差", "difference allowed")}};
static const sw_config_map sum_map = SW_CONFIG_MAP("sum_of", sw_sum_def, sum_keys);
static const sw_config_key reference_keys[] = {
    {.name = "columns", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_reference_def, columns), .required = true, HELP("本表的列", "columns here")},
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(sw_reference_def, table), .refers = "table", .required = true, HELP("被引用的表", "the table referred to")},
    {.name = "to", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_reference_def, to), HELP("对方的列（默认同名）", "columns there (by default of the same names)")}};
static const sw_config_map reference_map = SW_CONFIG_MAP("reference", sw_reference_def, reference_keys);
static const sw_config_key codes_keys[] = {
    COLUMN(sw_codes_def), {.name = "least", .type = SW_CFG_INT, .offset = offsetof(sw_codes_def, least), .fallback = "20", .min = 1, .max = 1e9, HELP("历史上至少出现的行数才算消失", "rows that a vanished code must have had")}};
static const sw_config_map codes_map = SW_CONFIG_MAP("codes", sw_codes_def, codes_keys);
static const sw_config_key order_keys[] = {
    {.name = "by", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_order_def, by), .required = true, HELP("同一患者的列", "whose events")},
    {.name = "start", .type = SW_CFG_IDENT, .offset = offsetof(sw_order_def, start), .required = true, HELP("开始时间列", "start of an event")},
    {.name = "end", .type = SW_CFG_IDENT, .offset = offsetof(sw_order_def, end), .required = true, HELP("结束时间列", "end of an event")},
    {.name = "within_days", .type = SW_CFG_INT, .offset = offsetof(sw_order_def, within_days), .fallback = "0", .min = 0, .max = 3650, HELP("出院后若干天内再次开始判为失败；0 表示查重叠", "a start within so many days of the last end fails; 0: overlaps fail")},
    {.name = "same", .type = SW_CFG_IDENT, .offset = offsetof(sw_order_def, same), HELP("且此列前三位相同", "and only where the first three characters of this column agree")},
    {.name = "where", .type = SW_CFG_SQL, .sql = SW_CFG_EXPRESSION, .offset = offsetof(sw_order_def, where), HELP("只看这些行", "only these rows")}};
static const sw_config_map order_map = SW_CONFIG_MAP("order", sw_order_def, order_keys);
static const sw_config_key balance_keys[] = {
    COLUMN(sw_balance_def),
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(sw_balance_def, table), .refers = "table", .required = true, HELP("另一张表", "the other table")},
    {.name = "to", .type = SW_CFG_IDENT, .offset = offsetof(sw_balance_def, to), .required = true, HELP("另一张表的列", "its column")},
    {.name = "on", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(sw_balance_def, on), HELP("再按这些列分组", "also per these columns")},
    {.name = "tolerance", .type = SW_CFG_MONEY, .offset = offsetof(sw_balance_def, tolerance), .fallback = "0", HELP("允许的差（元）", "difference allowed, yuan")}};
static const sw_config_map balance_map = SW_CONFIG_MAP("balance", sw_balance_def, balance_keys);

#define METRIC_NUM(word, def, zh, en) {.name = #word, .type = SW_CFG_NUM, .offset = offsetof(sw_metric_def, word), .fallback = (def), HELP(zh, en)}
#define METRIC_LIMIT(word, zh, en) \
  {.name = #word, .type = SW_CFG_NUM, .offset = offsetof(sw_metric_def, word), .present = offsetof(sw_metric_def, has_##word) + 1, HELP(zh, en)}
static const sw_config_key metric_keys[] = {
    {.name = "of", .type = SW_CFG_ENUM, .offset = offsetof(sw_metric_def, of), .values = METRICS, .required = true, HELP("算什么", "what is measured")},
    {.name = "column", .type = SW_CFG_IDENT, .offset = offsetof(sw_metric_def, column), HELP("列", "the column")},
    {.name = "patient", .type = SW_CFG_IDENT, .offset = offsetof(sw_metric_def, patient), HELP("患者列（per_patient）", "the patient's column (per_patient)")},
    {.name = "where", .type = SW_CFG_SQL, .sql = SW_CFG_EXPRESSION, .offset = offsetof(sw_metric_def, where), HELP("只算这些行", "only these rows")},
    METRIC_NUM(quantile, "0.5", "分位（0 到 1）", "which quantile"),
    {.name = "judge", .type = SW_CFG_ENUM, .offset = offsetof(sw_metric_def, judge), .values = JUDGES, .fallback = "fixed", HELP("如何判断", "how it is judged")},
    METRIC_LIMIT(min, "下限（fixed）", "at least (fixed)"),
    METRIC_LIMIT(max, "上限（fixed）", "at most (fixed)"),
    METRIC_NUM(change, "0.5", "允许的变化比例（relative）", "share of change allowed (relative)"),
    METRIC_NUM(z, "4", "允许的 z（zscore、seasonal、peers）", "z allowed"),
    {.name = "period", .type = SW_CFG_INT, .offset = offsetof(sw_metric_def, period), .fallback = "7", .min = 2, .max = 366, HELP("季节长度（次）", "length of the season, in runs")},
    {.name = "history", .type = SW_CFG_INT, .offset = offsetof(sw_metric_def, history), .fallback = "5", .min = 2, .max = 10000, HELP("至少要有的历史次数，不足则不适用", "earlier values needed; with fewer it does not apply")},
    {.name = "split", .type = SW_CFG_DURATION, .offset = offsetof(sw_metric_def, split_us), .fallback = "30d", HELP("新旧分界：最近多久算新（chi_square、ks、psi）", "the newest span, against what came before")},
    {.name = "overall", .type = SW_CFG_BOOL, .offset = offsetof(sw_metric_def, overall), .fallback = "false", HELP("全表一个数，不分机构", "one number for the table, not one per institution")},
};
static const sw_config_map metric_map = SW_CONFIG_MAP("metric", sw_metric_def, metric_keys);

/* --- a rule --------------------------------------------------------------------------------------------- */

#define AT(field) .offset = offsetof(sw_rule_def, field)
#define NESTED(word, m, zh, en) {.name = #word, .type = SW_CFG_MAP, .map = &(m), AT(word), HELP(zh, en)}
static const sw_config_key rule_keys[] = {
    {.name = "id", .type = SW_CFG_STR, .offset = offsetof(sw_rule_def, id) + offsetof(sw_ref, name), .required = true, .min = 1, .max = 200, HELP("编号", "its id")},
    {.name = "version", .type = SW_CFG_INT, AT(version), .fallback = "1", .min = 1, .max = 1e6, HELP("版本", "its version")},
    {.name = "title", .type = SW_CFG_TEXT, AT(title), .required = true, HELP("名称", "its title")},
    {.name = "message", .type = SW_CFG_TEXT, AT(message), HELP("给病案员的说明（默认同名称）", "what the coder reads (by default the title)")},
    {.name = "kind", .type = SW_CFG_ENUM, AT(kind), .values = KINDS, .fallback = "mandatory", HELP("强制或核实", "mandatory or to verify")},
    {.name = "dimension", .type = SW_CFG_ENUM, AT(dimension), .values = DIMENSION_VALUES, .required = true, HELP("质量维度", "dimension of quality")},
    {.name = "severity", .type = SW_CFG_ENUM, AT(severity), .values = SEVERITIES, .fallback = "medium", HELP("严重程度", "severity")},
    {.name = "weight", .type = SW_CFG_NUM, AT(weight), .fallback = "1", .min = 0.001, .max = 1000, HELP("评分权重", "weight in scores")},
    {.name = "owner", .type = SW_CFG_ENUM, AT(owner), .values = SW_OWNER_NAMES, .present = offsetof(sw_rule_def, has_owner) + 1,
     HELP("问题归谁整改；缺省按表的 owner", "who answers for its findings; default: the table's owner")},
    {.name = "when", .type = SW_CFG_NODE, AT(when), HELP("何时适用", "when it applies")},
    {.name = "check", .type = SW_CFG_NODE, AT(check), HELP("必须成立的条件", "what must hold")},
    {.name = "unknown", .type = SW_CFG_ENUM, AT(unknown_fails), .values = UNKNOWN, .fallback = "skip", HELP("条件未知时", "what is unknown")},
    {.name = "since", .type = SW_CFG_DATE, AT(since), .present = offsetof(sw_rule_def, has_since) + 1, HELP("自此日（业务时间）", "from this day, by business time")},
    {.name = "until", .type = SW_CFG_DATE, AT(until), .present = offsetof(sw_rule_def, has_until) + 1, HELP("至此日", "to this day")},
    {.name = "editions", .type = SW_CFG_STR, .shape = SW_CFG_LIST, AT(editions), HELP("编码版本", "coding editions")},
    {.name = "institutions", .type = SW_CFG_STR, .shape = SW_CFG_LIST, AT(institutions), HELP("适用的机构类型；各机构的类型在值域 institution.type 中", "types of institution that it is for; the value set institution.type tells theirs")},
    {.name = "source", .type = SW_CFG_STR, AT(source), HELP("依据", "what it rests on")},
    {.name = "item", .type = SW_CFG_STR, AT(item), HELP("2016 版首页评分的项目编号", "item of the 100-point front-page score of 2016")},
    {.name = "verified", .type = SW_CFG_BOOL, AT(verified), .fallback = "false", HELP("是否已核对依据", "checked against its source")},
    {.name = "unbuildable", .type = SW_CFG_TEXT, AT(unbuildable), HELP("缺什么而不能实现", "why it cannot be built yet")},
    {.name = "sql", .type = SW_CFG_SQL, .sql = SW_CFG_EXPRESSION, AT(sql), HELP("必须成立的 SQL 条件", "an SQL predicate that must hold")},
    {.name = "not_null", .type = SW_CFG_IDENT, AT(not_null), HELP("此列非 NULL", "this column is not NULL")},
    {.name = "not_blank", .type = SW_CFG_IDENT, AT(not_blank), HELP("此列非空白", "this column is filled")},
    NESTED(length, bounds_map, "字符数", "length in characters"),
    NESTED(format, format_map, "格式", "a named format"),
    NESTED(regex, regex_map, "正则", "a regular expression"),
    NESTED(value_set, set_map, "值域", "a value set"),
    NESTED(range, bounds_map, "数值范围", "a range of numbers"),
    NESTED(compare, compare_map, "两列比较", "two columns compared"),
    {.name = "ordered", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, AT(ordered), HELP("这些日期依次不早于前一个", "dates of which none is before the one ahead of it")},
    NESTED(sum_of, sum_map, "合计等于分项之和", "a total equals the sum of its parts"),
    {.name = "unique", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, AT(unique), HELP("这些列合起来唯一", "unique together")},
    NESTED(reference, reference_map, "引用另一张表", "refers to another table"),
    {.name = "metric", .type = SW_CFG_MAP, .map = &metric_map, AT(metric), .present = offsetof(sw_rule_def, has_metric) + 1,
     HELP("一个指标及其判断", "a number and how it is judged")},
    NESTED(codes, codes_map, "新出现或消失的编码", "codes that are new or have vanished"),
    NESTED(order, order_map, "同一患者的事件次序", "order of one patient's events"),
    NESTED(balance, balance_map, "两表合计相等", "equal totals in two tables"),
    {.name = "schema", .type = SW_CFG_BOOL, AT(schema), .fallback = "false", HELP("表结构与声明一致", "the table's columns are as declared")},
};

/* --- shorthands ------------------------------------------------------------------------------------------- */

static void put_quoted(sw_buf *b, sw_str s) {
  sw_buf_putc(b, '\'');
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '\'') sw_buf_putc(b, '\'');
    sw_buf_putc(b, s.ptr[i]);
  }
  sw_buf_putc(b, '\'');
}

/* The language has no exponents: up to six decimals without trailing zeros. */
static void put_number(sw_buf *b, double v) {
  char out[64];
  snprintf(out, sizeof out, "%.6f", v);
  size_t n = strlen(out);
  while (n && out[n - 1] == '0') n--;
  if (n && out[n - 1] == '.') n--;
  sw_buf_put(b, out, n);
}

static void put_bounds(sw_buf *b, const sw_bounds_def *d, const char *fn) {
  const char *open = fn ? "(" : "", *close = fn ? ")" : "";
  if (!fn) fn = "";
  if (d->has_min) {
    sw_buf_printf(b, "%s%s%.*s%s >= ", fn, open, SW_STR_ARG(d->column.name), close);
    put_number(b, d->min);
  }
  if (d->has_min && d->has_max) sw_buf_puts(b, " and ");
  if (d->has_max) {
    sw_buf_printf(b, "%s%s%.*s%s <= ", fn, open, SW_STR_ARG(d->column.name), close);
    put_number(b, d->max);
  }
}

static void put_ordered(sw_buf *b, const sw_config_list *l) {
  for (size_t i = 0; i + 1 < l->n; i++)
    sw_buf_printf(b, "%s%.*s <= %.*s", i ? " and " : "", SW_STR_ARG(SW_ITEM(sw_ref, *l, i)->name), SW_STR_ARG(SW_ITEM(sw_ref, *l, i + 1)->name));
}

static void put_sum(sw_buf *b, const sw_sum_def *d) {
  sw_buf_printf(b, "abs(%.*s - sum(", SW_STR_ARG(d->total.name));
  for (size_t i = 0; i < d->parts.n; i++)
    sw_buf_printf(b, "%s%.*s", i ? ", " : "", SW_STR_ARG(SW_ITEM(sw_ref, d->parts, i)->name));
  sw_buf_puts(b, ")) <= ");
  put_number(b, d->tolerance);
}

/* Writes the shorthand's check; returns how many shorthands the rule has. */
static int put_shorthand(sw_buf *b, const sw_rule_def *r) {
  int n = 0;
  if (r->not_null.name.len && ++n) sw_buf_printf(b, "%.*s is not null", SW_STR_ARG(r->not_null.name));
  if (r->not_blank.name.len && ++n) sw_buf_printf(b, "%.*s is filled", SW_STR_ARG(r->not_blank.name));
  if (r->length.column.name.len && ++n) put_bounds(b, &r->length, "length");
  if (r->range.column.name.len && ++n) put_bounds(b, &r->range, NULL);
  if (r->format.column.name.len && ++n)
    sw_buf_printf(b, "%.*s is %.*s", SW_STR_ARG(r->format.column.name), SW_STR_ARG(r->format.word));
  if (r->regex.column.name.len && ++n) {
    sw_buf_printf(b, "%.*s matches ", SW_STR_ARG(r->regex.column.name));
    put_quoted(b, r->regex.word);
  }
  if (r->value_set.column.name.len && ++n) {
    sw_buf_printf(b, "%.*s in ", SW_STR_ARG(r->value_set.column.name));
    put_quoted(b, r->value_set.word);
  }
  if (r->compare.left.name.len && ++n)
    sw_buf_printf(b, "%.*s %.*s %.*s", SW_STR_ARG(r->compare.left.name), SW_STR_ARG(r->compare.op), SW_STR_ARG(r->compare.right.name));
  if (r->ordered.n && ++n) put_ordered(b, &r->ordered);
  if (r->sum_of.total.name.len && ++n) put_sum(b, &r->sum_of);
  return n;
}

static int set_type(const sw_rule_def *r, int *n) {
  int type = SW_RT_ROW;
  *n = 0;
  if (r->sql.text.len && ++*n) type = SW_RT_SQL;
  if (r->unique.n && ++*n) type = SW_RT_UNIQUE;
  if (r->reference.table.name.len && ++*n) type = SW_RT_REFERENCE;
  if (r->has_metric && ++*n) type = SW_RT_METRIC;
  if (r->codes.column.name.len && ++*n) type = SW_RT_CODES;
  if (r->order.start.name.len && ++*n) type = SW_RT_ORDER;
  if (r->balance.column.name.len && ++*n) type = SW_RT_BALANCE;
  if (r->schema && ++*n) type = SW_RT_SCHEMA;
  if (r->unbuildable.zh.len) type = SW_RT_UNBUILDABLE;
  return type;
}

/* Every condition of applicability as one text. */
static sw_str whole_condition(sw_arena *a, const sw_rule_def *r) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  if (r->editions.n) {
    sw_buf_puts(&b, "coding_edition in (");
    for (size_t i = 0; i < r->editions.n; i++) {
      if (i) sw_buf_puts(&b, ", ");
      put_quoted(&b, *SW_ITEM(sw_str, r->editions, i));
    }
    sw_buf_putc(&b, ')');
  }
  if (r->institutions.n) {
    sw_buf_puts(&b, b.len ? " and institution(type) in (" : "institution(type) in (");
    for (size_t i = 0; i < r->institutions.n; i++) {
      if (i) sw_buf_puts(&b, ", ");
      put_quoted(&b, *SW_ITEM(sw_str, r->institutions, i));
    }
    sw_buf_putc(&b, ')');
  }
  return b.len ? sw_arena_dup(a, sw_buf_str(&b)) : (sw_str){NULL, 0};
}

static void check_rule(const sw_config_ctx *ctx, const sw_node *node, void *object) {
  sw_rule_def *r = object;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  int sets;
  r->id.at = node->at;
  r->type = set_type(r, &sets);
  int rows = put_shorthand(&b, r) + (r->check != NULL);
  if (r->type == SW_RT_UNBUILDABLE && rows + sets == 0) return;
  if (rows + sets != 1) {
    sw_problem_add(ctx->problems, node->at, "SW-RULE-0010", "规则 %.*s 应恰有一个检查，现有 %d 个", "rule %.*s must have exactly one check; it has %d",
                   SW_STR_ARG(r->id.name), rows + sets);
    return;
  }
  if (r->check && r->check->kind != SW_NODE_SCALAR) {
    sw_problem_add(ctx->problems, r->check->at, "SW-RULE-0011", "check 应是一行文字", "check must be a text");
    return;
  }
  r->check_text = r->check ? r->check->text : sw_arena_dup(ctx->arena, sw_buf_str(&b));
  r->when_text = whole_condition(ctx->arena, r);
  if (!r->message.zh.len) r->message = r->title;
}

static const sw_config_map rule_map = {.name = "rule", .size = sizeof(sw_rule_def), .keys = rule_keys, .nkeys = sizeof rule_keys / sizeof *rule_keys,
                                       .at = offsetof(sw_rule_def, at) + 1, .check = check_rule, HELP("一条规则", "one rule")};

static const sw_config_key rules_keys[] = {
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_rules_def, title), .required = true, HELP("名称", "title")},
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(sw_rules_def, table), .refers = "table", .required = true, HELP("检查的表", "the table that is checked")},
    {.name = "version", .type = SW_CFG_INT, .offset = offsetof(sw_rules_def, version), .fallback = "1", .min = 1, .max = 1e6, HELP("版本", "version")},
    {.name = "checks", .type = SW_CFG_MAP, .map = &rule_map, .shape = SW_CFG_LIST, .offset = offsetof(sw_rules_def, rules), .required = true, HELP("规则", "the rules")},
};
static const sw_config_map rules_map = {.name = "rules", .size = sizeof(sw_rules_def), .keys = rules_keys, .nkeys = sizeof rules_keys / sizeof *rules_keys,
                                        HELP("一张表的质控规则", "rules on one table")};

const sw_kind SW_RULES_KIND = {
    .name = "rules", .folder = "rules", .map = &rules_map, .id = offsetof(sw_rules_def, id), .title = offsetof(sw_rules_def, title) + 1,
    .resolve = sw_rules_resolve,
    HELP("质控规则：标准本身说不出的检查。每条规则写明强制或核实、何时适用、依据何在。语言见 docs/quality-rules.md。",
         "Rules of data quality: what the standard itself cannot say. Each tells whether it is mandatory or to verify, when it applies and what it rests on. The language is in docs/quality-rules.md."),
    .example = "rules: hospital.front-page\ntable: dwd.admission\ntitle: {zh: 病案首页质控, en: Front-page quality}\nchecks:\n"
               "  - {id: Q007, kind: mandatory, dimension: consistency, title: {zh: 入院时间不晚于出院时间, en: Admission is not after discharge},\n"
               "     check: \"admit_time <= discharge_time\", source: H}\n"};
