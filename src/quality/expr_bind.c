#include "quality/expr.h"
#include "quality/format.h"
#include "quality/regex.h"

#include "base/date.h"
#include "pack/problem.h"

typedef struct binder {
  sw_bind *b;
  sw_error *err;
  int child; /* scope: -1 the row, else the entity whose predicate is being bound */
} binder;

#define FAIL(c, where, zh, ...)                                              \
  ((void)SW_FAIL((c)->err, SW_E_CONFIG, "SW-RULE-0002", zh, __VA_ARGS__),    \
   (void)sw_error_at((c)->err, "", 0, (int64_t)(where)->at + 1), false)

const char *sw_qtype_name(sw_qtype t, sw_lang lang) {
  static const char *const names[][2] = {
      [SW_Q_NULL] = {"空值", "null"},   [SW_Q_BOOL] = {"真假", "a condition"}, [SW_Q_INT] = {"数字", "a number"},
      [SW_Q_FLOAT] = {"小数", "a decimal fraction"}, [SW_Q_DATE] = {"日期", "a date"}, [SW_Q_TIME] = {"时间", "a time"},
      [SW_Q_TEXT] = {"文字", "text"}};
  return names[t][lang];
}

static bool bind(binder *c, sw_xnode **px);

static bool is_number(const sw_xnode *x) { return x->type == SW_Q_INT || x->type == SW_Q_FLOAT; }

static bool want(binder *c, const sw_xnode *x, sw_qtype t) {
  if (x->type == t) return true;
  return FAIL(c, x, "此处需要%s，而这里是%s%.0s%.0s", "%.0s%.0sthis must be %s, but it is %s", sw_qtype_name(t, SW_LANG_ZH),
              sw_qtype_name(x->type, SW_LANG_ZH), sw_qtype_name(t, SW_LANG_EN), sw_qtype_name(x->type, SW_LANG_EN));
}

static bool want_number(binder *c, const sw_xnode *x) { return is_number(x) || want(c, x, SW_Q_INT); }

/* --- casts -------------------------------------------------------------------------------------- */

static bool scale_up(int64_t *v, int from, int to) {
  for (; from < to; from++)
    if (__builtin_mul_overflow(*v, 10, v)) return false;
  return true;
}

static double pow10_of(int n) {
  double p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

/* A constant takes the other side's type at once: 3 → 3.00, '2024-01-01' → a date. */
static bool cast_const(binder *c, sw_xnode *x, sw_qtype t, int scale) {
  if (x->type == SW_Q_INT && t == SW_Q_INT) {
    if (!scale_up(&x->i, x->scale, scale)) return FAIL(c, x, "数字太大", "the number is too big");
  } else if (x->type == SW_Q_INT && t == SW_Q_FLOAT) {
    x->f = (double)x->i / pow10_of(x->scale);
  } else if (x->type == SW_Q_TEXT && (t == SW_Q_DATE || t == SW_Q_TIME)) {
    int32_t days;
    bool ok = t == SW_Q_DATE ? sw_parse_date(x->s, &days) : sw_parse_time(x->s, &x->i);
    if (!ok) return FAIL(c, x, "“%.*s”不是日期或时间", "'%.*s' is not a date or time", SW_STR_ARG(x->s));
    if (t == SW_Q_DATE) x->i = days;
  } else if (x->type == SW_Q_DATE && t == SW_Q_TIME) {
    x->i *= SW_US_PER_DAY;
  }
  x->type = t;
  x->scale = scale;
  return true;
}

static bool cast(binder *c, sw_xnode **px, sw_qtype t, int scale) {
  sw_xnode *x = *px;
  if (x->type == t && (t != SW_Q_INT || x->scale == scale)) return true;
  if (x->op == SW_X_CONST) {
    sw_xnode *copy = SW_ARENA_NEW(c->b->arena, sw_xnode);
    if (!copy) return FAIL(c, x, "内存不足", "out of memory");
    *copy = *x; /* a parsed constant may be shared by two comparisons (between) */
    *px = copy;
    return cast_const(c, copy, t, scale);
  }
  sw_xnode *y = SW_ARENA_NEW(c->b->arena, sw_xnode);
  sw_xnode **kids = SW_ARENA_ARRAY(c->b->arena, sw_xnode *, 1);
  if (!y || !kids) return FAIL(c, x, "内存不足", "out of memory");
  *y = (sw_xnode){.op = SW_X_CAST, .type = t, .scale = scale, .at = x->at, .nkids = 1, .kids = kids, .child = x->child};
  kids[0] = x;
  *px = y;
  return true;
}

static bool mismatch(binder *c, const sw_xnode *a, const sw_xnode *b) {
  if (a->type == SW_Q_NULL || b->type == SW_Q_NULL)
    return FAIL(c, b, "判断空值请写 is null 或 is not null", "write is null or is not null to ask for empty values");
  if (a->type == SW_Q_TEXT && b->op == SW_X_CONST && b->type == SW_Q_INT)
    return FAIL(c, b, "左边是文字，数字请加引号", "the left side is text: put the number in quotes");
  return FAIL(c, b, "%s与%s不能相比%.0s%.0s", "%.0s%.0s%s cannot be compared with %s", sw_qtype_name(a->type, SW_LANG_ZH),
              sw_qtype_name(b->type, SW_LANG_ZH), sw_qtype_name(a->type, SW_LANG_EN), sw_qtype_name(b->type, SW_LANG_EN));
}

/* The type that both can have; false when there is none. */
static bool common_type(const sw_xnode *a, const sw_xnode *b, sw_qtype *t, int *scale) {
  *scale = 0;
  *t = a->type;
  if (a->type == SW_Q_INT && b->type == SW_Q_INT) {
    *scale = a->scale > b->scale ? a->scale : b->scale;
    return true;
  }
  if (is_number(a) && is_number(b)) {
    *t = SW_Q_FLOAT;
    return true;
  }
  if (a->type == SW_Q_NULL || b->type == SW_Q_NULL) return false;
  if (a->type == b->type) return true;
  bool a_when = a->type == SW_Q_DATE || a->type == SW_Q_TIME, b_when = b->type == SW_Q_DATE || b->type == SW_Q_TIME;
  if (a_when && b_when) {
    *t = SW_Q_TIME;
    return true;
  }
  if (a_when && b->op == SW_X_CONST && b->type == SW_Q_TEXT) {
    *t = b->s.len > 10 ? SW_Q_TIME : a->type;
    return true;
  }
  if (b_when && a->op == SW_X_CONST && a->type == SW_Q_TEXT) {
    *t = a->s.len > 10 ? SW_Q_TIME : b->type;
    return true;
  }
  return false;
}

static bool unify(binder *c, sw_xnode **a, sw_xnode **b) {
  sw_qtype t;
  int scale;
  if (!common_type(*a, *b, &t, &scale)) return mismatch(c, *a, *b);
  return cast(c, a, t, scale) && cast(c, b, t, scale);
}

/* All kids from `from` on to one type. */
static bool unify_all(binder *c, sw_xnode *x, uint32_t from) {
  for (uint32_t pass = 0; pass < 2; pass++)
    for (uint32_t i = from + 1; i < x->nkids; i++)
      if (!unify(c, &x->kids[from], &x->kids[i])) return false;
  return true;
}

/* --- names -------------------------------------------------------------------------------------- */

static bool find_column(const sw_qtable *t, sw_str name, uint32_t *out) {
  for (size_t i = 0; i < t->ncolumns; i++) {
    const sw_qcolumn *col = &t->columns[i];
    if (sw_str_eq(col->name, name) || (col->title.len && sw_str_eq(col->title, name))) {
      *out = (uint32_t)i;
      return true;
    }
  }
  return false;
}

static bool unknown_column(binder *c, const sw_xnode *x, const sw_qtable *t) {
  sw_suggest s;
  char zh[160], en[160];
  sw_suggest_start(&s, x->name);
  for (size_t i = 0; i < t->ncolumns; i++) sw_suggest_offer(&s, t->columns[i].name);
  return FAIL(c, x, "表 %.*s 没有列 %.*s%s%.0s", "table %.*s has no column %.*s%.0s%s", SW_STR_ARG(t->name), SW_STR_ARG(x->name),
              sw_suggest_zh(&s, zh), sw_suggest_en(&s, en));
}

static bool set_column(sw_xnode *x, const sw_qtable *t, int child, uint32_t column) {
  x->op = SW_X_COLUMN;
  x->child = child;
  x->column = column;
  x->type = t->columns[column].type;
  x->scale = t->columns[column].scale;
  return true;
}

static bool bind_name(binder *c, sw_xnode *x) {
  const sw_qtable *row = c->b->table, *scope = c->child >= 0 ? &row->children[c->child] : row;
  uint32_t column;
  if (x->qualifier.len) {
    bool own = sw_str_eqz(x->qualifier, "row");
    if (!own && (c->child < 0 || !sw_str_eq(x->qualifier, scope->name)))
      return FAIL(c, x, "%.*s 不能在此使用：子表的列只能写在 any、all 等的括号内", "%.*s cannot be used here: a child's columns belong inside any (…), all (…)",
                  SW_STR_ARG(x->qualifier));
    if (!find_column(own ? row : scope, x->name, &column)) return unknown_column(c, x, own ? row : scope);
    return set_column(x, own ? row : scope, own ? -1 : c->child, column);
  }
  if (find_column(scope, x->name, &column)) return set_column(x, scope, c->child, column);
  if (find_column(row, x->name, &column)) return set_column(x, row, -1, column);
  if (sw_str_eqz(x->name, "as_of")) {
    x->op = SW_X_CONST;
    x->type = SW_Q_TIME;
    x->i = c->b->as_of_us;
    return true;
  }
  return unknown_column(c, x, scope);
}

static bool bind_set(binder *c, sw_xnode *x) {
  const sw_qsets *sets = c->b->sets;
  const sw_qset *set = NULL;
  sw_qset_state state = sets && sets->find ? sets->find(sets->ctx, x->s, &set) : SW_QSET_UNKNOWN;
  if (state == SW_QSET_UNKNOWN) return FAIL(c, x, "没有值域或字典 %.*s", "there is no value set or dictionary %.*s", SW_STR_ARG(x->s));
  if (state == SW_QSET_MISSING && !c->b->missing_dictionary) {
    c->b->missing_dictionary = true;
    c->b->missing_name = x->s;
  }
  x->set = set;
  return true;
}

/* --- operators ---------------------------------------------------------------------------------- */

static bool bind_kids(binder *c, sw_xnode *x) {
  for (uint32_t i = 0; i < x->nkids; i++)
    if (!bind(c, &x->kids[i])) return false;
  return true;
}

static bool bind_if(binder *c, sw_xnode *x) {
  if (!bind_kids(c, x) || !want(c, x->kids[0], SW_Q_BOOL)) return false;
  if (x->nkids == 3 && !unify(c, &x->kids[1], &x->kids[2])) return false;
  x->type = x->kids[1]->type;
  x->scale = x->kids[1]->scale;
  if (x->type == SW_Q_NULL) return want(c, x->kids[1], SW_Q_BOOL);
  return true;
}

static bool bind_arithmetic(binder *c, sw_xnode *x) {
  if (!bind_kids(c, x)) return false;
  sw_xnode **a = &x->kids[0], **b = &x->kids[x->nkids - 1];
  bool date = (*a)->type == SW_Q_DATE && x->nkids == 2 && x->op != SW_X_MUL && x->op != SW_X_DIV;
  if (date && (*b)->type == SW_Q_INT && (*b)->scale == 0) {
    x->type = SW_Q_DATE;
    return true;
  }
  if (date && x->op == SW_X_SUB && (*b)->type == SW_Q_DATE) {
    x->type = SW_Q_INT;
    return true;
  }
  if ((*a)->type == SW_Q_TIME || (*b)->type == SW_Q_TIME)
    return FAIL(c, x, "时间相减请用 days_between 或 hours_between", "use days_between or hours_between with times");
  if (!want_number(c, *a) || !want_number(c, *b)) return false;
  if (x->op == SW_X_DIV || (*a)->type == SW_Q_FLOAT || (*b)->type == SW_Q_FLOAT ||
      (x->op == SW_X_MUL && (*a)->scale + (*b)->scale > 9)) {
    x->type = SW_Q_FLOAT;
    return cast(c, a, SW_Q_FLOAT, 0) && (x->nkids == 1 || cast(c, b, SW_Q_FLOAT, 0));
  }
  x->type = SW_Q_INT;
  if (x->op == SW_X_MUL) x->scale = (*a)->scale + (*b)->scale;
  else if (x->nkids == 2 && !unify(c, a, b)) return false;
  else x->scale = (*a)->scale;
  return true;
}

static bool bind_compare(binder *c, sw_xnode *x) {
  x->type = SW_Q_BOOL;
  if (!bind_kids(c, x) || !unify(c, &x->kids[0], &x->kids[1])) return false;
  bool order = x->op != SW_X_EQ && x->op != SW_X_NE;
  if (order && x->kids[0]->type == SW_Q_BOOL) return FAIL(c, x, "条件没有大小之分", "conditions have no order");
  return true;
}

static bool bind_inlist(binder *c, sw_xnode *x) {
  x->type = SW_Q_BOOL;
  if (!bind_kids(c, x)) return false;
  if (x->nkids < 2) return FAIL(c, x, "列表为空", "the list is empty");
  return unify_all(c, x, 0);
}

static bool bind_match(binder *c, sw_xnode *x) {
  x->type = SW_Q_BOOL;
  if (!bind_kids(c, x) || !want(c, x->kids[0], SW_Q_TEXT)) return false;
  char why[128];
  size_t offset;
  x->regex = sw_qregexes_add(c->b->regexes, x->s, &offset, why, sizeof why);
  return x->regex || FAIL(c, x, "正则表达式第 %zu 字节有误：%s", "the regular expression is wrong at its byte %zu: %s", offset + 1, why);
}

static bool bind_text_test(binder *c, sw_xnode *x) {
  x->type = SW_Q_BOOL;
  return bind_kids(c, x) && want(c, x->kids[0], SW_Q_TEXT);
}

static bool find_child(binder *c, const sw_xnode *x, int *out) {
  const sw_qtable *t = c->b->table;
  for (size_t i = 0; i < t->nchildren; i++)
    if (sw_str_eq(t->children[i].name, x->name)) {
      *out = (int)i;
      return true;
    }
  sw_suggest s;
  char zh[160], en[160];
  sw_suggest_start(&s, x->name);
  for (size_t i = 0; i < t->nchildren; i++) sw_suggest_offer(&s, t->children[i].name);
  return FAIL(c, x, "表 %.*s 没有子表 %.*s%s%.0s", "table %.*s has no children %.*s%.0s%s", SW_STR_ARG(t->name), SW_STR_ARG(x->name),
              sw_suggest_zh(&s, zh), sw_suggest_en(&s, en));
}

static bool bind_child_kids(binder *c, sw_xnode *x) {
  if (c->child >= 0) return FAIL(c, x, "子表条件不能再嵌套子表", "a child's condition cannot look into children again");
  int child;
  if (!find_child(c, x, &child)) return false;
  c->child = child;
  bool ok = bind_kids(c, x);
  c->child = -1;
  x->child = child;
  return ok;
}

static bool bind_quantifier(binder *c, sw_xnode *x) {
  if (!bind_child_kids(c, x)) return false;
  x->type = x->op == SW_X_COUNT || x->op == SW_X_DUPLICATES ? SW_Q_INT : SW_Q_BOOL;
  if (x->op == SW_X_DUPLICATES) return true;
  for (uint32_t i = 0; i < x->nkids; i++)
    if (!want(c, x->kids[i], SW_Q_BOOL)) return false;
  return true;
}

static bool bind_aggregate(binder *c, sw_xnode *x) {
  if (!bind_child_kids(c, x)) return false;
  sw_xnode *v = x->kids[0];
  bool when = x->op != SW_X_SUM && (v->type == SW_Q_DATE || v->type == SW_Q_TIME);
  if (!when && !want_number(c, v)) return false;
  x->type = v->type;
  x->scale = v->scale;
  return x->nkids == 1 || want(c, x->kids[1], SW_Q_BOOL);
}

/* --- functions ---------------------------------------------------------------------------------- */

/* A date from a date, a time or (where the text is one) a text. */
static bool to_date(binder *c, sw_xnode **px) {
  sw_qtype t = (*px)->type;
  if (t != SW_Q_DATE && t != SW_Q_TIME && t != SW_Q_TEXT) return want(c, *px, SW_Q_DATE);
  return cast(c, px, SW_Q_DATE, 0);
}

static bool whole_const(binder *c, const sw_xnode *x, int64_t least, int64_t most) {
  if (x->op == SW_X_CONST && x->type == SW_Q_INT && x->scale == 0 && x->i >= least && x->i <= most) return true;
  return FAIL(c, x, "此处应为 %lld 至 %lld 的整数", "this must be a whole number from %lld to %lld", (long long)least, (long long)most);
}

static bool fn_result(sw_xnode *x, sw_qtype t, int scale) {
  x->type = t;
  x->scale = scale;
  return true;
}

/* name_of(SET, code), institution(property): the first word is a name, not a column. */
static bool bind_named(binder *c, sw_xnode *x) {
  sw_xnode *first = x->kids[0];
  if (first->op != SW_X_NAME && !(first->op == SW_X_CONST && first->type == SW_Q_TEXT))
    return FAIL(c, first, "此处应为名称", "a name should stand here");
  x->s = first->op == SW_X_NAME ? first->name : first->s;
  x->type = SW_Q_TEXT;
  if (x->fn == SW_FN_NAME_OF) {
    x->kids++;
    x->nkids--;
    return bind_set(c, x) && bind_kids(c, x) && want(c, x->kids[0], SW_Q_TEXT);
  }
  first->op = SW_X_NAME;
  first->name = c->b->org_column;
  first->qualifier = SW_LIT("row");
  x->sets = c->b->sets;
  if (!first->name.len) return FAIL(c, x, "此表没有机构列", "this table has no institution column");
  return bind_kids(c, x) && want(c, x->kids[0], SW_Q_TEXT);
}

static bool bind_dates(binder *c, sw_xnode *x) {
  if (x->fn == SW_FN_HOURS) {
    for (uint32_t i = 0; i < 2; i++) {
      sw_qtype t = x->kids[i]->type;
      if (t != SW_Q_DATE && t != SW_Q_TIME) return want(c, x->kids[i], SW_Q_TIME);
      if (!cast(c, &x->kids[i], SW_Q_TIME, 0)) return false;
    }
    return fn_result(x, SW_Q_FLOAT, 0);
  }
  for (uint32_t i = 0; i < x->nkids; i++)
    if (!to_date(c, &x->kids[i])) return false;
  return fn_result(x, x->fn == SW_FN_DATE ? SW_Q_DATE : SW_Q_INT, 0);
}

static bool bind_numbers(binder *c, sw_xnode *x) {
  if (!want_number(c, x->kids[0])) return false;
  switch ((int)x->fn) {
    case SW_FN_ABS: return fn_result(x, x->kids[0]->type, x->kids[0]->scale);
    case SW_FN_FLOOR: return fn_result(x, SW_Q_INT, 0);
    case SW_FN_ROUND:
      if (x->nkids == 2 && !whole_const(c, x->kids[1], 0, 9)) return false;
      return fn_result(x, SW_Q_INT, x->nkids == 2 ? (int)x->kids[1]->i : 0);
    case SW_FN_MOD:
      if (!want_number(c, x->kids[1]) || !unify(c, &x->kids[0], &x->kids[1]) || !want(c, x->kids[0], SW_Q_INT)) return false;
      return fn_result(x, SW_Q_INT, x->kids[0]->scale);
    default: return cast(c, &x->kids[0], SW_Q_FLOAT, 0) && fn_result(x, SW_Q_FLOAT, 0);
  }
}

static bool bind_many(binder *c, sw_xnode *x) {
  if (x->fn == SW_FN_COUNT_FILLED) return fn_result(x, SW_Q_INT, 0);
  if (!unify_all(c, x, 0)) return false;
  if (x->fn == SW_FN_SUM && !want_number(c, x->kids[0])) return false;
  if (x->fn != SW_FN_COALESCE && (x->kids[0]->type == SW_Q_TEXT || x->kids[0]->type == SW_Q_BOOL)) return want(c, x->kids[0], SW_Q_INT);
  return fn_result(x, x->kids[0]->type, x->kids[0]->scale);
}

static bool bind_texts(binder *c, sw_xnode *x) {
  if (!want(c, x->kids[0], SW_Q_TEXT)) return false;
  switch ((int)x->fn) {
    case SW_FN_LENGTH:
    case SW_FN_BYTES: return fn_result(x, SW_Q_INT, 0);
    case SW_FN_NUMBER:
    case SW_FN_DURATION_HOURS: return fn_result(x, SW_Q_FLOAT, 0);
    case SW_FN_ID_BIRTH: return fn_result(x, SW_Q_DATE, 0);
    case SW_FN_LEFT:
    case SW_FN_RIGHT:
      if (!whole_const(c, x->kids[1], 0, 1000)) return false;
      break;
    case SW_FN_SUBSTR:
      if (!whole_const(c, x->kids[1], 1, 1000) || !whole_const(c, x->kids[2], 0, 1000)) return false;
      break;
    case SW_FN_CONTAINS:
    case SW_FN_STARTS:
    case SW_FN_ENDS: return want(c, x->kids[1], SW_Q_TEXT) && fn_result(x, SW_Q_BOOL, 0);
    case SW_FN_CONCAT:
      for (uint32_t i = 1; i < x->nkids; i++)
        if (!want(c, x->kids[i], SW_Q_TEXT)) return false;
      break;
    default: break;
  }
  return fn_result(x, SW_Q_TEXT, 0);
}

static bool bind_call(binder *c, sw_xnode *x) {
  if (x->fn == SW_FN_NAME_OF || x->fn == SW_FN_ORG) return bind_named(c, x);
  if (!bind_kids(c, x)) return false;
  switch (x->fn) {
    case SW_FN_DATE: case SW_FN_DAYS: case SW_FN_HOURS: case SW_FN_AGE_YEARS:
    case SW_FN_YEAR: case SW_FN_MONTH: case SW_FN_DAY: return bind_dates(c, x);
    case SW_FN_ABS: case SW_FN_ROUND: case SW_FN_FLOOR: case SW_FN_LN: case SW_FN_LOG10: case SW_FN_SQRT:
    case SW_FN_MOD: return bind_numbers(c, x);
    case SW_FN_SUM: case SW_FN_LEAST: case SW_FN_GREATEST: case SW_FN_COALESCE: case SW_FN_COUNT_FILLED: return bind_many(c, x);
    case SW_FN_NUMBER: case SW_FN_LENGTH: case SW_FN_BYTES: case SW_FN_LEFT: case SW_FN_RIGHT: case SW_FN_SUBSTR:
    case SW_FN_UPPER: case SW_FN_LOWER: case SW_FN_TRIM: case SW_FN_CONCAT: case SW_FN_CONTAINS: case SW_FN_STARTS:
    case SW_FN_ENDS: case SW_FN_ID_BIRTH: case SW_FN_ID_SEX: case SW_FN_DURATION_HOURS: return bind_texts(c, x);
    case SW_FN_NAME_OF: case SW_FN_ORG: break;
  }
  return false;
}

static bool bind_logic(binder *c, sw_xnode *x) {
  x->type = SW_Q_BOOL;
  if (!bind_kids(c, x)) return false;
  for (uint32_t i = 0; i < x->nkids; i++)
    if (!want(c, x->kids[i], SW_Q_BOOL)) return false;
  return true;
}

static bool bind(binder *c, sw_xnode **px) {
  sw_xnode *x = *px;
  switch (x->op) {
    case SW_X_NAME: return bind_name(c, x);
    case SW_X_AND: case SW_X_OR: case SW_X_NOT: return bind_logic(c, x);
    case SW_X_IF: return bind_if(c, x);
    case SW_X_EQ: case SW_X_NE: case SW_X_LT: case SW_X_LE: case SW_X_GT: case SW_X_GE: return bind_compare(c, x);
    case SW_X_ADD: case SW_X_SUB: case SW_X_MUL: case SW_X_DIV: case SW_X_NEG: return bind_arithmetic(c, x);
    case SW_X_ISNULL: case SW_X_FILLED: case SW_X_GIVEN:
      x->type = SW_Q_BOOL;
      return bind_kids(c, x);
    case SW_X_MATCH: return bind_match(c, x);
    case SW_X_FORMAT: case SW_X_CODES: return bind_text_test(c, x);
    case SW_X_INSET: return bind_text_test(c, x) && bind_set(c, x);
    case SW_X_INLIST: return bind_inlist(c, x);
    case SW_X_CALL: return bind_call(c, x);
    case SW_X_ANY: case SW_X_ALL: case SW_X_NONE: case SW_X_COUNT: case SW_X_BOTH: case SW_X_DUPLICATES:
      return bind_quantifier(c, x);
    case SW_X_SUM: case SW_X_MIN: case SW_X_MAX: return bind_aggregate(c, x);
    case SW_X_SQL: x->type = SW_Q_BOOL; return true;
    case SW_X_CONST: case SW_X_COLUMN: case SW_X_CAST: return true;
  }
  return false;
}

sw_status sw_expr_bind(sw_bind *b, sw_xnode *x, sw_qtype wanted, sw_error *err) {
  sw_error local = SW_ERROR_INIT;
  binder c = {.b = b, .err = err ? err : &local, .child = -1};
  if (!bind(&c, &x) || !want(&c, x, wanted)) return c.err->status;
  return SW_OK;
}

void sw_expr_columns(const sw_xnode *x, void (*on)(void *ctx, int child, uint32_t column), void *ctx) {
  if (x->op == SW_X_COLUMN) on(ctx, x->child, x->column);
  for (uint32_t i = 0; i < x->nkids; i++) sw_expr_columns(x->kids[i], on, ctx);
}
