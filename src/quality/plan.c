#include "quality/plan_internal.h"

#include <stdlib.h>

/* --- canonical form: equal text, equal node ------------------------------------------------------- */

/* Thousands of them are made before a single case is checked, so numbers go in as bytes. */
static void put_numbers(sw_buf *out, const int64_t *v, size_t n) {
  for (size_t i = 0; i < n; i++) {
    char z[24], *p = z + sizeof z;
    uint64_t u = v[i] < 0 ? 0 - (uint64_t)v[i] : (uint64_t)v[i];
    do *--p = (char)('0' + u % 10);
    while (u /= 10);
    if (v[i] < 0) *--p = '-';
    *--p = ',';
    sw_buf_put(out, p, (size_t)(z + sizeof z - p));
  }
}
#define PUT_NUMBERS(out, ...) put_numbers((out), (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void key_of(const sw_xnode *x, sw_buf *out) {
  sw_buf_putc(out, '(');
  PUT_NUMBERS(out, (int64_t)x->op, (int64_t)x->fn, (int64_t)x->type, x->scale);
  switch ((int)x->op) {
    case SW_X_COLUMN: PUT_NUMBERS(out, x->child, x->column); break;
    case SW_X_CONST:
      PUT_NUMBERS(out, x->i, (int64_t)x->s.len);
      if (x->f != 0) sw_buf_printf(out, ",%a", x->f);
      break;
    case SW_X_SQL: PUT_NUMBERS(out, x->sql); break;
    case SW_X_FORMAT: PUT_NUMBERS(out, x->format); break;
    case SW_X_MATCH: case SW_X_INSET: case SW_X_CALL: PUT_NUMBERS(out, (int64_t)x->s.len); break;
    case SW_X_ANY: case SW_X_ALL: case SW_X_NONE: case SW_X_COUNT: case SW_X_BOTH: case SW_X_SUM: case SW_X_MIN: case SW_X_MAX:
    case SW_X_DUPLICATES: PUT_NUMBERS(out, x->child); break;
    default: break;
  }
  if (x->op == SW_X_CONST || x->op == SW_X_MATCH || x->op == SW_X_INSET || x->op == SW_X_CALL) {
    sw_buf_putc(out, ':');
    sw_buf_str_put(out, x->s);
  }
  for (uint32_t i = 0; i < x->ncodes; i++) {
    sw_buf_putc(out, ',');
    sw_buf_str_put(out, x->codes[i].lo);
    sw_buf_putc(out, '-');
    sw_buf_str_put(out, x->codes[i].hi);
  }
  for (uint32_t i = 0; i < x->nkids; i++) key_of(x->kids[i], out);
  sw_buf_putc(out, ')');
}

/* --- what an expression reads ---------------------------------------------------------------------- */

static bool is_fold(const sw_xnode *x) {
  return x->op >= SW_X_ANY && x->op <= SW_X_DUPLICATES;
}

/* -1 when it speaks of the row only, else the child whose values it reads outside a quantifier. */
static int reads_child(const sw_xnode *x) {
  if (x->op == SW_X_COLUMN) return x->child;
  if (is_fold(x)) return -1;
  for (uint32_t i = 0; i < x->nkids; i++) {
    int c = reads_child(x->kids[i]);
    if (c >= 0) return c;
  }
  return -1;
}

typedef struct one_text {
  const sw_xnode *column;
  bool more; /* anything but this one text column */
} one_text;

static void find_text(const sw_xnode *x, one_text *o) {
  if (x->op == SW_X_SQL || is_fold(x)) o->more = true;
  if (x->op == SW_X_COLUMN) {
    if (!o->column) o->column = x;
    if (x->type != SW_Q_TEXT || o->column->child != x->child || o->column->column != x->column) o->more = true;
  }
  for (uint32_t i = 0; i < x->nkids && !o->more; i++) find_text(x->kids[i], o);
}

static bool is_length(const sw_xnode *x) {
  return x->op == SW_X_CALL && (x->fn == SW_FN_LENGTH || x->fn == SW_FN_BYTES) && x->kids[0]->op == SW_X_COLUMN;
}

/* The text is asked for its length only: a number column, cheap to make and compare even where no text repeats. */
static bool lengths_only(const sw_xnode *x) {
  if (x->op == SW_X_COLUMN) return false;
  for (uint32_t i = 0; i < x->nkids; i++)
    if (!is_length(x->kids[i]) && !lengths_only(x->kids[i])) return false;
  return true;
}

/* Never unknown and never broken for a text that is there. */
static bool is_total(const sw_xnode *x) {
  switch ((int)x->op) {
    case SW_X_CONST: return x->type != SW_Q_NULL;
    case SW_X_COLUMN: case SW_X_ISNULL: case SW_X_FILLED: case SW_X_GIVEN: case SW_X_FORMAT: case SW_X_CODES: case SW_X_AND:
    case SW_X_OR: case SW_X_NOT: case SW_X_EQ: case SW_X_NE: case SW_X_LT: case SW_X_LE: case SW_X_GT: case SW_X_GE:
    case SW_X_INLIST: break;
    case SW_X_INSET:
      if (!x->set) return false;
      break;
    case SW_X_CALL:
      if (x->fn != SW_FN_LENGTH && x->fn != SW_FN_BYTES && x->fn != SW_FN_LEFT && x->fn != SW_FN_RIGHT && x->fn != SW_FN_SUBSTR &&
          x->fn != SW_FN_TRIM && x->fn != SW_FN_CONTAINS && x->fn != SW_FN_STARTS && x->fn != SW_FN_ENDS)
        return false;
      break;
    default: return false;
  }
  for (uint32_t i = 0; i < x->nkids; i++)
    if (!is_total(x->kids[i])) return false;
  return true;
}

/* --- making nodes ----------------------------------------------------------------------------------- */

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

static sw_status compile(sw_plan *p, const sw_xnode *x, int scope, uint32_t *out, sw_error *err);

static sw_status push(sw_plan *p, vnode n, uint32_t *out, sw_error *err) {
  if (!SW_VEC_PUSH(&p->nodes, n)) return no_memory(err);
  *out = (uint32_t)(p->nodes.len - 1);
  return SW_OK;
}

static void note_needs(void *ctx, int child, uint32_t column) {
  sw_plan *p = ctx;
  if (child < 0) p->needs_row[column] = true;
  else p->needs_child[child][column] = true;
}

/* Answers for NULL are worked out once. */
static sw_status null_answer(const sw_xnode *x, sw_qval *out, sw_error *err) {
  sw_scalar s;
  if (sw_scalar_init(&s, err)) return err ? err->status : SW_E_NOMEM;
  s.text = &(sw_str){NULL, 0};
  *out = sw_scalar_eval(&s, x);
  sw_scalar_fini(&s);
  return SW_OK;
}

static sw_status compile_text(sw_plan *p, const sw_xnode *x, const sw_xnode *column, int scope, uint32_t *out, sw_error *err) {
  bool total = is_total(x);
  uint32_t bits = total ? 1 : 2, at = 0, made = 0;
  while (at < p->programs.len && (p->programs.items[at].scope != scope || p->programs.items[at].column != column->column ||
                                  p->programs.items[at].nbits + bits > 64))
    at++;
  if (at == p->programs.len) {
    text_program fresh = {.scope = scope, .column = column->column};
    if (!SW_VEC_PUSH(&p->programs, fresh)) return no_memory(err);
  }
  text_program *t = &p->programs.items[at];
  vnode n = {.op = V_TEXT, .x = x, .scope = scope, .program = at, .bit = t->nbits, .total = total};
  sw_status st = null_answer(x, &n.on_null, err);
  if (st || (st = push(p, n, &made, err))) return st;
  t->nodes[t->nnodes++] = *out = made;
  t->nbits += bits;
  return SW_OK;
}

static bool numeric(const sw_xnode *x) {
  return x->type == SW_Q_INT || x->type == SW_Q_FLOAT || x->type == SW_Q_DATE || x->type == SW_Q_TIME;
}

static bool const_list(const sw_xnode *x) {
  if (!numeric(x->kids[0]) || x->kids[0]->type == SW_Q_FLOAT) return false;
  for (uint32_t i = 1; i < x->nkids; i++)
    if (x->kids[i]->op != SW_X_CONST) return false;
  return true;
}

static vop call_op(const sw_xnode *x) {
  if (is_length(x)) return V_LENGTH;
  bool dates = x->fn == SW_FN_DAYS || x->fn == SW_FN_AGE_YEARS;
  return dates || x->fn == SW_FN_ABS || (x->fn == SW_FN_SUM && numeric(x)) ? V_FN : V_SCALAR;
}

/* The fast form of an expression, or V_SCALAR. */
static vop choose(const sw_xnode *x) {
  switch (x->op) {
    case SW_X_CONST: return x->type == SW_Q_TEXT || x->type == SW_Q_NULL ? V_SCALAR : V_CONST;
    case SW_X_COLUMN: return x->type == SW_Q_TEXT ? V_SCALAR : V_COLUMN;
    case SW_X_AND: return V_AND;
    case SW_X_OR: return V_OR;
    case SW_X_NOT: return V_NOT;
    case SW_X_IF: return x->type == SW_Q_BOOL ? V_IF : V_SCALAR;
    case SW_X_EQ: case SW_X_NE: case SW_X_LT: case SW_X_LE: case SW_X_GT: case SW_X_GE:
      if (!numeric(x->kids[0])) return V_SCALAR;
      return x->kids[1]->op == SW_X_CONST ? V_CMP_CONST : V_CMP;
    case SW_X_ADD: case SW_X_SUB: case SW_X_MUL: case SW_X_DIV: case SW_X_NEG: return V_ARITH;
    case SW_X_ISNULL: case SW_X_FILLED: case SW_X_GIVEN:
      return x->kids[0]->type == SW_Q_TEXT || x->kids[0]->type == SW_Q_NULL ? V_SCALAR : V_ISNULL;
    case SW_X_INLIST: return const_list(x) ? V_IN_CONST : V_SCALAR;
    case SW_X_CALL: return call_op(x);
    case SW_X_CAST: return x->kids[0]->type == SW_Q_TEXT ? V_SCALAR : V_CAST;
    case SW_X_ANY: case SW_X_ALL: case SW_X_NONE: case SW_X_COUNT: case SW_X_BOTH: case SW_X_SUM: case SW_X_MIN: case SW_X_MAX:
      return V_FOLD;
    case SW_X_NAME: case SW_X_FORMAT: case SW_X_MATCH: case SW_X_CODES: case SW_X_INSET: case SW_X_DUPLICATES: case SW_X_SQL:
      return x->op == SW_X_SQL ? V_COLUMN : V_SCALAR;
  }
  return V_SCALAR;
}

static uint32_t kids_wanted(vop op, const sw_xnode *x) {
  if (op == V_CONST || op == V_COLUMN || op == V_SCALAR || op == V_LENGTH) return 0;
  return op == V_CMP_CONST || op == V_IN_CONST ? 1 : x->nkids;
}

static sw_status compile_node(sw_plan *p, const sw_xnode *x, int scope, uint32_t *out, sw_error *err) {
  one_text text = {0};
  if (x->type == SW_Q_BOOL && x->op != SW_X_CONST) find_text(x, &text);
  if (text.column && !text.more && !lengths_only(x)) return compile_text(p, x, text.column, scope, out, err);
  vnode n = {.op = choose(x), .x = x, .scope = scope};
  n.nkids = kids_wanted(n.op, x);
  n.kids = SW_ARENA_ARRAY(&p->arena, uint32_t, n.nkids ? n.nkids : 1);
  if (!n.kids) return no_memory(err);
  int inner = n.op == V_FOLD ? x->child : scope;
  for (uint32_t i = 0; i < n.nkids; i++) {
    sw_status st = compile(p, x->kids[i], inner, &n.kids[i], err);
    if (st) return st;
  }
  return push(p, n, out, err);
}

static sw_status compile(sw_plan *p, const sw_xnode *x, int scope, uint32_t *out, sw_error *err) {
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  sw_buf_printf(&key, "%d:", scope);
  key_of(x, &key);
  uint64_t known;
  if (!sw_buf_ok(&key)) return sw_buf_check(&key, err);
  if (sw_map_get(&p->by_key, sw_buf_str(&key), &known)) {
    *out = (uint32_t)known;
    return SW_OK;
  }
  sw_status st;
  if (scope >= 0 && x->op != SW_X_CONST && reads_child(x) < 0) {
    vnode n = {.op = V_BROADCAST, .x = x, .scope = scope, .nkids = 1, .kids = SW_ARENA_NEW(&p->arena, uint32_t)};
    if (!n.kids) return no_memory(err);
    if ((st = compile(p, x, -1, n.kids, err))) return st;
    st = push(p, n, out, err);
  } else {
    st = compile_node(p, x, scope, out, err);
  }
  if (st) return st;
  return sw_map_put(&p->by_key, sw_buf_str(&key), *out) ? SW_OK : no_memory(err);
}

/* --- the plan --------------------------------------------------------------------------------------- */

sw_status sw_plan_new(const sw_qtable *table, sw_plan **out, sw_error *err) {
  sw_plan *p = *out = calloc(1, sizeof *p);
  if (!p) return no_memory(err);
  p->table = table;
  p->needs_row = SW_ARENA_ARRAY(&p->arena, bool, table->ncolumns + 1);
  p->needs_child = SW_ARENA_ARRAY(&p->arena, bool *, table->nchildren + 1);
  for (size_t i = 0; p->needs_child && i < table->nchildren; i++)
    p->needs_child[i] = SW_ARENA_ARRAY(&p->arena, bool, table->children[i].ncolumns + 1);
  if (sw_arena_ok(&p->arena)) return SW_OK;
  sw_plan_free(p);
  *out = NULL;
  return no_memory(err);
}

void sw_plan_free(sw_plan *p) {
  if (!p) return;
  SW_VEC_FREE(&p->nodes);
  SW_VEC_FREE(&p->programs);
  SW_VEC_FREE(&p->outputs);
  sw_map_fini(&p->by_key);
  sw_arena_fini(&p->arena);
  free(p);
}

/* Each rule counts once as a user of each of its parts. Parts stand before those that use them, so one mark suffices. */
static void count_users(sw_plan *p, uint32_t node, bool *seen) {
  if (seen[node]) return;
  seen[node] = true;
  vnode *n = &p->nodes.items[node];
  n->users++;
  for (uint32_t i = 0; i < n->nkids; i++) count_users(p, n->kids[i], seen);
}

sw_status sw_plan_add(sw_plan *p, const sw_xnode *x, sw_error *err) {
  uint32_t node = 0;
  sw_status st = compile(p, x, -1, &node, err);
  if (st) return st;
  sw_expr_columns(x, note_needs, p);
  bool *seen = calloc(p->nodes.len, sizeof *seen);
  if (!seen || !SW_VEC_PUSH(&p->outputs, node)) {
    free(seen);
    return no_memory(err);
  }
  count_users(p, node, seen);
  free(seen);
  return SW_OK;
}

size_t sw_plan_outputs(const sw_plan *p) { return p->outputs.len; }
size_t sw_plan_nodes(const sw_plan *p) { return p->nodes.len; }

bool sw_plan_needs(const sw_plan *p, int child, uint32_t column) {
  return child < 0 ? p->needs_row[column] : p->needs_child[child][column];
}
