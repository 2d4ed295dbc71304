#include "quality/expr_lex.h"
#include "quality/format.h"

/* Recursive descent; the depth is bounded so that no rule text can exhaust the stack. */
enum { MAX_DEPTH = 100, MAX_KIDS = 512 };

typedef struct parser {
  sw_lexer lex;
  sw_token tok;
  sw_arena *arena;
  sw_error *err;
  int depth;
} parser;

#define FAIL(p, where, zh, ...)                                                  \
  ((void)SW_FAIL((p)->err, SW_E_CONFIG, "SW-RULE-0001", zh, __VA_ARGS__),       \
   (void)sw_error_at((p)->err, "", 0, (int64_t)(where) + 1), (sw_xnode *)NULL)

static sw_xnode *parse_expr(parser *p);
static sw_xnode *parse_add(parser *p);

static void advance(parser *p) { p->tok = sw_lex_next(&p->lex); }

static bool is_op(const parser *p, const char *op) { return p->tok.kind == SW_TOK_OP && sw_str_eqz(p->tok.text, op); }
static bool is_kw(const parser *p, const char *word) {
  return p->tok.kind == SW_TOK_WORD && sw_str_ieq(p->tok.text, sw_str_of(word));
}
static bool eat_op(parser *p, const char *op) {
  if (!is_op(p, op)) return false;
  advance(p);
  return true;
}
static bool eat_kw(parser *p, const char *word) {
  if (!is_kw(p, word)) return false;
  advance(p);
  return true;
}

/* The Chinese and the English words for what should stand here; each message prints the one of its language. */
static sw_xnode *unexpected(parser *p, const char *zh, const char *en) {
  if (p->tok.kind == SW_TOK_END)
    return FAIL(p, p->tok.at, "规则到此结束，缺少%s%.0s", "the rule ends here, where %.0s%s should follow", zh, en);
  return FAIL(p, p->tok.at, "“%.*s”处应为%s%.0s", "\"%.*s\" stands where %.0s%s should", SW_STR_ARG(p->tok.text), zh, en);
}

static sw_xnode *node(parser *p, sw_xop op, uint32_t at, uint32_t nkids) {
  sw_xnode *x = SW_ARENA_NEW(p->arena, sw_xnode);
  sw_xnode **kids = nkids ? SW_ARENA_ARRAY(p->arena, sw_xnode *, nkids) : NULL;
  if (!x || (nkids && !kids)) return FAIL(p, at, "内存不足", "out of memory");
  x->op = op;
  x->at = at;
  x->kids = kids;
  x->nkids = nkids;
  x->child = -1;
  return x;
}

static sw_xnode *node2(parser *p, sw_xop op, uint32_t at, sw_xnode *a, sw_xnode *b) {
  sw_xnode *x = a && b ? node(p, op, at, 2) : NULL;
  if (!x) return NULL;
  x->kids[0] = a;
  x->kids[1] = b;
  return x;
}

static sw_xnode *node1(parser *p, sw_xop op, uint32_t at, sw_xnode *a) {
  sw_xnode *x = a ? node(p, op, at, 1) : NULL;
  if (x) x->kids[0] = a;
  return x;
}

static sw_xnode *negate(parser *p, bool yes, sw_xnode *x) { return yes ? node1(p, SW_X_NOT, x ? x->at : 0, x) : x; }

/* --- literals ---------------------------------------------------------------------------------- */

static sw_xnode *number(parser *p) {
  sw_xnode *x = node(p, SW_X_CONST, p->tok.at, 0);
  if (!x) return NULL;
  ptrdiff_t dot = sw_str_find(p->tok.text, SW_LIT("."));
  x->type = SW_Q_INT;
  x->scale = dot < 0 ? 0 : (int)(p->tok.text.len - (size_t)dot - 1);
  if (x->scale > 9 || !sw_str_to_decimal(p->tok.text, x->scale, &x->i))
    return FAIL(p, p->tok.at, "数字 %.*s 太长", "the number %.*s is too long", SW_STR_ARG(p->tok.text));
  advance(p);
  return x;
}

static sw_xnode *text_const(parser *p) {
  sw_xnode *x = node(p, SW_X_CONST, p->tok.at, 0);
  if (!x) return NULL;
  x->type = SW_Q_TEXT;
  x->s = p->tok.text;
  advance(p);
  return x;
}

/* --- code lists -------------------------------------------------------------------------------- */

static bool code_item(parser *p, sw_code_range *r) {
  if (p->tok.kind != SW_TOK_WORD && p->tok.kind != SW_TOK_STRING) {
    (void)unexpected(p, "编码", "a code");
    return false;
  }
  r->lo = r->hi = p->tok.text;
  p->tok = sw_lex_code(&p->lex);
  if (!is_op(p, "-")) return true;
  p->tok = sw_lex_code(&p->lex);
  if (p->tok.kind != SW_TOK_WORD && p->tok.kind != SW_TOK_STRING) {
    (void)unexpected(p, "编码范围的终点", "the end of the code range");
    return false;
  }
  r->hi = p->tok.text;
  if (sw_str_cmp(r->lo, r->hi) > 0) {
    (void)FAIL(p, p->tok.at, "编码范围的起点 %.*s 大于终点 %.*s", "the code range begins at %.*s, after its end %.*s",
               SW_STR_ARG(r->lo), SW_STR_ARG(r->hi));
    return false;
  }
  p->tok = sw_lex_code(&p->lex);
  return true;
}

/* [C00-C97, I50.9, "A*"] — the opening bracket is the current token. */
static sw_xnode *code_list(parser *p, sw_xnode *subject) {
  sw_code_range *items = SW_ARENA_ARRAY(p->arena, sw_code_range, MAX_KIDS);
  sw_xnode *x = items ? node1(p, SW_X_CODES, subject->at, subject) : NULL;
  if (!x) return NULL;
  do {
    p->tok = sw_lex_code(&p->lex);
    if (x->ncodes == MAX_KIDS) return FAIL(p, p->tok.at, "编码表超过 %d 项", "the code list has more than %d items", MAX_KIDS);
    if (!code_item(p, &items[x->ncodes])) return NULL;
    x->ncodes++;
  } while (is_op(p, ","));
  x->codes = items;
  if (!is_op(p, "]")) return unexpected(p, "“,”或“]”", "\",\" or \"]\"");
  advance(p);
  return x;
}

/* --- lists of expressions ----------------------------------------------------------------------- */

/* After "(": expressions up to ")". `first` stands before them when not NULL. */
static sw_xnode *arguments(parser *p, sw_xop op, uint32_t at, sw_xnode *first) {
  sw_xnode *kids[MAX_KIDS];
  uint32_t n = 0;
  if (first) kids[n++] = first;
  if (!is_op(p, ")")) {
    do {
      if (n == MAX_KIDS) return FAIL(p, p->tok.at, "参数超过 %d 个", "more than %d arguments", MAX_KIDS);
      sw_xnode *k = parse_expr(p);
      if (!k) return NULL;
      kids[n++] = k;
    } while (eat_op(p, ","));
  }
  if (!eat_op(p, ")")) return unexpected(p, "“)”", "\")\"");
  sw_xnode *x = node(p, op, at, n);
  for (uint32_t i = 0; x && i < n; i++) x->kids[i] = kids[i];
  return x;
}

/* --- functions and children --------------------------------------------------------------------- */

static const struct {
  const char *word;
  sw_xop op;
  uint32_t least, most; /* expressions in the parentheses */
} QUANTIFIERS[] = {
    {"any", SW_X_ANY, 1, 1},   {"all", SW_X_ALL, 1, 1},   {"no", SW_X_NONE, 1, 1},  {"count", SW_X_COUNT, 0, 1},
    {"both", SW_X_BOTH, 2, 8}, {"sum", SW_X_SUM, 1, 2},   {"min", SW_X_MIN, 1, 2},  {"max", SW_X_MAX, 1, 2},
    {"duplicates", SW_X_DUPLICATES, 1, 8},
};

static int quantifier(const parser *p) {
  for (size_t i = 0; i < sizeof QUANTIFIERS / sizeof *QUANTIFIERS; i++)
    if (is_kw(p, QUANTIFIERS[i].word)) return (int)i;
  return -1;
}

static sw_xnode *quantified(parser *p, int which, uint32_t at) {
  sw_str child = p->tok.text;
  uint32_t child_at = p->tok.at;
  advance(p);
  sw_xnode *x;
  if (eat_op(p, "(")) x = arguments(p, QUANTIFIERS[which].op, at, NULL);
  else x = node(p, QUANTIFIERS[which].op, at, 0);
  if (!x) return NULL;
  if (x->nkids < QUANTIFIERS[which].least || x->nkids > QUANTIFIERS[which].most)
    return FAIL(p, at, "%s 后的括号中应有 %u 至 %u 个条件", "%s takes %u to %u conditions in parentheses",
                QUANTIFIERS[which].word, QUANTIFIERS[which].least, QUANTIFIERS[which].most);
  x->name = child;
  x->sql = child_at;
  return x;
}

static const struct {
  const char *name;
  sw_xfn fn;
  uint32_t least, most;
} FUNCTIONS[] = {
    {"date", SW_FN_DATE, 1, 1},          {"days_between", SW_FN_DAYS, 2, 2},   {"hours_between", SW_FN_HOURS, 2, 2},
    {"age_years", SW_FN_AGE_YEARS, 2, 2}, {"year", SW_FN_YEAR, 1, 1},          {"month", SW_FN_MONTH, 1, 1},
    {"day", SW_FN_DAY, 1, 1},            {"abs", SW_FN_ABS, 1, 1},             {"round", SW_FN_ROUND, 1, 2},
    {"floor", SW_FN_FLOOR, 1, 1},        {"ln", SW_FN_LN, 1, 1},               {"log10", SW_FN_LOG10, 1, 1},
    {"sqrt", SW_FN_SQRT, 1, 1},          {"mod", SW_FN_MOD, 2, 2},             {"sum", SW_FN_SUM, 1, MAX_KIDS},
    {"least", SW_FN_LEAST, 1, MAX_KIDS}, {"greatest", SW_FN_GREATEST, 1, MAX_KIDS},
    {"coalesce", SW_FN_COALESCE, 1, MAX_KIDS}, {"count_filled", SW_FN_COUNT_FILLED, 1, MAX_KIDS},
    {"number", SW_FN_NUMBER, 1, 1},      {"length", SW_FN_LENGTH, 1, 1},       {"bytes", SW_FN_BYTES, 1, 1},
    {"left", SW_FN_LEFT, 2, 2},          {"right", SW_FN_RIGHT, 2, 2},         {"substr", SW_FN_SUBSTR, 3, 3},
    {"upper", SW_FN_UPPER, 1, 1},        {"lower", SW_FN_LOWER, 1, 1},         {"trim", SW_FN_TRIM, 1, 1},
    {"concat", SW_FN_CONCAT, 1, MAX_KIDS}, {"contains", SW_FN_CONTAINS, 2, 2}, {"starts_with", SW_FN_STARTS, 2, 2},
    {"ends_with", SW_FN_ENDS, 2, 2},     {"id_birth", SW_FN_ID_BIRTH, 1, 1},   {"id_sex", SW_FN_ID_SEX, 1, 1},
    {"name_of", SW_FN_NAME_OF, 2, 2},    {"institution", SW_FN_ORG, 1, 1},     {"duration_hours", SW_FN_DURATION_HOURS, 1, 1},
};

const char *sw_xfn_name(sw_xfn fn) {
  for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++)
    if (FUNCTIONS[i].fn == fn) return FUNCTIONS[i].name;
  return "?";
}

static sw_xnode *call(parser *p, sw_str name, uint32_t at) {
  for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
    if (!sw_str_eqz(name, FUNCTIONS[i].name)) continue;
    sw_xnode *x = arguments(p, SW_X_CALL, at, NULL);
    if (!x) return NULL;
    x->fn = FUNCTIONS[i].fn;
    if (x->nkids < FUNCTIONS[i].least || x->nkids > FUNCTIONS[i].most)
      return FAIL(p, at, "函数 %s 需要 %u 至 %u 个参数", "the function %s takes %u to %u arguments", FUNCTIONS[i].name,
                  FUNCTIONS[i].least, FUNCTIONS[i].most);
    return x;
  }
  return FAIL(p, at, "没有函数 %.*s", "there is no function %.*s", SW_STR_ARG(name));
}

static sw_xnode *word_const(parser *p, uint32_t at, sw_qtype type, int64_t value) {
  sw_xnode *x = node(p, SW_X_CONST, at, 0);
  if (!x) return NULL;
  x->type = type;
  x->i = value;
  return x;
}

/* A word that is not an operator: a quantifier, a function, a constant, or a column. */
static sw_xnode *word(parser *p) {
  sw_token w = p->tok;
  int q = quantifier(p);
  advance(p);
  if (q >= 0 && p->tok.kind == SW_TOK_WORD) return quantified(p, q, w.at);
  if (eat_op(p, "(")) return call(p, w.text, w.at);
  if (sw_str_ieq(w.text, SW_LIT("null"))) return word_const(p, w.at, SW_Q_NULL, 0);
  if (sw_str_ieq(w.text, SW_LIT("true"))) return word_const(p, w.at, SW_Q_BOOL, 1);
  if (sw_str_ieq(w.text, SW_LIT("false"))) return word_const(p, w.at, SW_Q_BOOL, 0);
  sw_xnode *x = node(p, SW_X_NAME, w.at, 0);
  if (!x) return NULL;
  x->name = w.text;
  if (!eat_op(p, ".")) return x;
  if (p->tok.kind != SW_TOK_WORD) return unexpected(p, "列名", "a column name");
  x->qualifier = w.text;
  x->name = p->tok.text;
  advance(p);
  return x;
}

static sw_xnode *parse_primary(parser *p) {
  if (++p->depth > MAX_DEPTH) return FAIL(p, p->tok.at, "规则嵌套太深", "the rule is nested too deeply");
  sw_xnode *x = NULL;
  uint32_t at = p->tok.at;
  if (p->tok.kind == SW_TOK_NUMBER) x = number(p);
  else if (p->tok.kind == SW_TOK_STRING) x = text_const(p);
  else if (eat_op(p, "-")) x = node1(p, SW_X_NEG, at, parse_primary(p));
  else if (eat_op(p, "(")) {
    x = parse_expr(p);
    if (x && !eat_op(p, ")")) x = unexpected(p, "“)”", "\")\"");
  } else if (p->tok.kind == SW_TOK_WORD) x = word(p);
  else x = unexpected(p, "列名、数值或条件", "a column, a value or a condition");
  p->depth--;
  return x;
}

static sw_xnode *parse_mul(parser *p) {
  sw_xnode *x = parse_primary(p);
  while (x && (is_op(p, "*") || is_op(p, "/"))) {
    sw_xop op = is_op(p, "*") ? SW_X_MUL : SW_X_DIV;
    uint32_t at = p->tok.at;
    advance(p);
    x = node2(p, op, at, x, parse_primary(p));
  }
  return x;
}

static sw_xnode *parse_add(parser *p) {
  sw_xnode *x = parse_mul(p);
  while (x && (is_op(p, "+") || is_op(p, "-"))) {
    sw_xop op = is_op(p, "+") ? SW_X_ADD : SW_X_SUB;
    uint32_t at = p->tok.at;
    advance(p);
    x = node2(p, op, at, x, parse_mul(p));
  }
  return x;
}

/* --- comparisons -------------------------------------------------------------------------------- */

/* x is [not] null | blank | filled | given | FORMAT */
static sw_xnode *parse_is(parser *p, sw_xnode *x) {
  bool not = eat_kw(p, "not");
  if (p->tok.kind != SW_TOK_WORD) return unexpected(p, "null、filled、given 或格式名", "null, filled, given or a format");
  sw_str w = p->tok.text;
  uint32_t at = p->tok.at;
  advance(p);
  if (sw_str_ieq(w, SW_LIT("null"))) return negate(p, not, node1(p, SW_X_ISNULL, at, x));
  if (sw_str_ieq(w, SW_LIT("blank")) || sw_str_ieq(w, SW_LIT("empty"))) return negate(p, !not, node1(p, SW_X_FILLED, at, x));
  if (sw_str_ieq(w, SW_LIT("filled"))) return negate(p, not, node1(p, SW_X_FILLED, at, x));
  if (sw_str_ieq(w, SW_LIT("given"))) return negate(p, not, node1(p, SW_X_GIVEN, at, x));
  int f = sw_qformat_find(w);
  if (f < 0) return FAIL(p, at, "没有格式 %.*s", "there is no format %.*s", SW_STR_ARG(w));
  sw_xnode *y = node1(p, SW_X_FORMAT, at, x);
  if (y) y->format = f;
  return negate(p, not, y);
}

static sw_xnode *parse_in(parser *p, sw_xnode *x) {
  uint32_t at = p->tok.at;
  if (is_op(p, "[")) return code_list(p, x);
  if (eat_op(p, "(")) return arguments(p, SW_X_INLIST, at, x);
  if (p->tok.kind != SW_TOK_WORD && p->tok.kind != SW_TOK_STRING)
    return unexpected(p, "值域名、( 列表 ) 或 [ 编码范围 ]", "a value set, a (list) or [code ranges]");
  sw_xnode *y = node1(p, SW_X_INSET, at, x);
  if (!y) return NULL;
  y->s = p->tok.text;
  advance(p);
  return y;
}

static sw_xnode *parse_matches(parser *p, sw_xnode *x) {
  if (p->tok.kind != SW_TOK_STRING) return unexpected(p, "引号中的正则表达式", "a quoted regular expression");
  sw_xnode *y = node1(p, SW_X_MATCH, p->tok.at, x);
  if (!y) return NULL;
  y->s = p->tok.text;
  advance(p);
  return y;
}

static sw_xnode *parse_between(parser *p, sw_xnode *x) {
  uint32_t at = p->tok.at;
  sw_xnode *lo = parse_add(p);
  if (!lo) return NULL;
  if (!eat_kw(p, "and")) return unexpected(p, "and 与上限", "and with the upper bound");
  sw_xnode *hi = parse_add(p);
  if (!hi) return NULL;
  return node2(p, SW_X_AND, at, node2(p, SW_X_GE, at, x, lo), node2(p, SW_X_LE, at, x, hi));
}

static const struct {
  const char *op;
  sw_xop code;
} COMPARISONS[] = {{"=", SW_X_EQ},  {"!=", SW_X_NE}, {"<>", SW_X_NE}, {"<=", SW_X_LE},
                   {">=", SW_X_GE}, {"<", SW_X_LT},  {">", SW_X_GT}};

static sw_xnode *parse_comparison(parser *p) {
  sw_xnode *x = parse_add(p);
  if (!x) return NULL;
  for (size_t i = 0; i < sizeof COMPARISONS / sizeof *COMPARISONS; i++) {
    uint32_t at = p->tok.at;
    if (eat_op(p, COMPARISONS[i].op)) return node2(p, COMPARISONS[i].code, at, x, parse_add(p));
  }
  if (eat_kw(p, "is")) return parse_is(p, x);
  bool not = eat_kw(p, "not");
  if (eat_kw(p, "in")) return negate(p, not, parse_in(p, x));
  if (eat_kw(p, "matches")) return negate(p, not, parse_matches(p, x));
  if (eat_kw(p, "between")) return negate(p, not, parse_between(p, x));
  if (not) return unexpected(p, "in、matches 或 between", "in, matches or between");
  return x;
}

/* --- logic -------------------------------------------------------------------------------------- */

static sw_xnode *parse_not(parser *p) {
  uint32_t at = p->tok.at;
  if (!eat_kw(p, "not")) return parse_comparison(p);
  if (++p->depth > MAX_DEPTH) return FAIL(p, at, "规则嵌套太深", "the rule is nested too deeply");
  sw_xnode *x = node1(p, SW_X_NOT, at, parse_not(p));
  p->depth--;
  return x;
}

static sw_xnode *parse_chain(parser *p, const char *kw, sw_xop op, sw_xnode *(*next)(parser *)) {
  sw_xnode *x = next(p);
  while (x && is_kw(p, kw)) {
    uint32_t at = p->tok.at;
    advance(p);
    x = node2(p, op, at, x, next(p));
  }
  return x;
}

static sw_xnode *parse_and(parser *p) { return parse_chain(p, "and", SW_X_AND, parse_not); }
static sw_xnode *parse_or(parser *p) { return parse_chain(p, "or", SW_X_OR, parse_and); }

static sw_xnode *parse_if(parser *p) {
  uint32_t at = p->tok.at;
  advance(p);
  sw_xnode *cond = parse_expr(p);
  if (!cond) return NULL;
  if (!eat_kw(p, "then")) return unexpected(p, "then", "then");
  sw_xnode *yes = parse_expr(p), *no = NULL;
  if (!yes) return NULL;
  if (eat_kw(p, "else") && !(no = parse_expr(p))) return NULL;
  sw_xnode *x = node(p, SW_X_IF, at, no ? 3 : 2);
  if (!x) return NULL;
  x->kids[0] = cond;
  x->kids[1] = yes;
  if (no) x->kids[2] = no;
  return x;
}

static sw_xnode *parse_expr(parser *p) {
  if (++p->depth > MAX_DEPTH) return FAIL(p, p->tok.at, "规则嵌套太深", "the rule is nested too deeply");
  sw_xnode *x = is_kw(p, "if") ? parse_if(p) : parse_or(p);
  p->depth--;
  return x;
}

sw_status sw_expr_parse(sw_arena *a, sw_str text, sw_xnode **out, sw_error *err) {
  sw_error local = SW_ERROR_INIT;
  parser p = {.lex = {.text = text, .arena = a}, .arena = a, .err = err ? err : &local};
  advance(&p);
  *out = parse_expr(&p);
  if (*out && p.tok.kind != SW_TOK_END) *out = unexpected(&p, "规则的结尾", "the end of the rule");
  return *out ? SW_OK : p.err->status;
}
