#include "quality/rowset.h"

#include "base/date.h"
#include "base/vec.h"

#include <stdlib.h>

/* One column's values so far. All fixed types are kept in 8 bytes and narrowed when the batch is made. */
typedef struct cells {
  SW_VEC(int64_t) i;
  SW_VEC(double) d;
  SW_VEC(sw_string) s;
  SW_VEC(uint8_t) valid;
  SW_VEC(uint64_t) mask;
  SW_VEC(int32_t) narrow;
  sw_column column;
} cells;

typedef struct part { /* the rows, or one child's values */
  const sw_qtable *table;
  cells *cols;
  const sw_column **views;
  size_t n;
  SW_VEC(sw_list_entry) lists;
  sw_column list, fields;
} part;

struct sw_rowset {
  const sw_qtable *table;
  part rows, *children;
  sw_qchild_view *views;
  sw_qbatch batch;
  sw_arena arena;
};

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

static bool part_init(part *p, const sw_qtable *t, sw_arena *a) {
  p->table = t;
  p->cols = SW_ARENA_ARRAY(a, cells, t->ncolumns + 1);
  p->views = SW_ARENA_ARRAY(a, const sw_column *, t->ncolumns + 1);
  return p->cols && p->views;
}

static void part_fini(part *p) {
  for (size_t i = 0; p->cols && i < p->table->ncolumns; i++) {
    cells *c = &p->cols[i];
    SW_VEC_FREE(&c->i);
    SW_VEC_FREE(&c->d);
    SW_VEC_FREE(&c->s);
    SW_VEC_FREE(&c->valid);
    SW_VEC_FREE(&c->mask);
    SW_VEC_FREE(&c->narrow);
  }
  SW_VEC_FREE(&p->lists);
}

sw_status sw_rowset_new(const sw_qtable *table, sw_rowset **out, sw_error *err) {
  sw_rowset *r = *out = calloc(1, sizeof *r);
  if (!r) return no_memory(err);
  r->table = table;
  bool ok = part_init(&r->rows, table, &r->arena);
  r->children = SW_ARENA_ARRAY(&r->arena, part, table->nchildren + 1);
  r->views = SW_ARENA_ARRAY(&r->arena, sw_qchild_view, table->nchildren + 1);
  ok = ok && r->children && r->views;
  for (size_t i = 0; ok && i < table->nchildren; i++) ok = part_init(&r->children[i], &table->children[i], &r->arena);
  if (ok) return SW_OK;
  sw_rowset_free(r);
  *out = NULL;
  return no_memory(err);
}

void sw_rowset_free(sw_rowset *r) {
  if (!r) return;
  if (r->rows.table) part_fini(&r->rows);
  for (size_t i = 0; r->children && i < r->table->nchildren; i++)
    if (r->children[i].table) part_fini(&r->children[i]);
  sw_arena_fini(&r->arena);
  free(r);
}

size_t sw_rowset_count(const sw_rowset *r) { return r->rows.n; }

/* One more value in every column, NULL until set. */
static sw_status part_row(part *p, sw_error *err) {
  for (size_t i = 0; i < p->table->ncolumns; i++) {
    cells *c = &p->cols[i];
    sw_string nothing = {0};
    if (!SW_VEC_PUSH(&c->i, 0) || !SW_VEC_PUSH(&c->d, 0) || !SW_VEC_PUSH(&c->s, nothing) || !SW_VEC_PUSH(&c->valid, 0))
      return no_memory(err);
  }
  p->n++;
  return SW_OK;
}

sw_status sw_rowset_row(sw_rowset *r, sw_error *err) {
  if (r->rows.n == SW_CHUNK_ROWS)
    return SW_FAIL(err, SW_E_LIMIT, "SW-RULE-0005", "一次最多检查 %d 行", "at most %d rows are checked at a time", SW_CHUNK_ROWS);
  for (size_t i = 0; i < r->table->nchildren; i++) {
    sw_list_entry e = {r->children[i].n, 0};
    if (!SW_VEC_PUSH(&r->children[i].lists, e)) return no_memory(err);
  }
  return part_row(&r->rows, err);
}

static part *find_child(sw_rowset *r, sw_str child) {
  for (size_t i = 0; i < r->table->nchildren; i++)
    if (sw_str_eq(r->table->children[i].name, child)) return &r->children[i];
  return NULL;
}

static sw_status no_child(const sw_rowset *r, sw_str child, sw_error *err) {
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0006", "表 %.*s 没有子表 %.*s", "table %.*s has no children %.*s",
                 SW_STR_ARG(r->table->name), SW_STR_ARG(child));
}

sw_status sw_rowset_child(sw_rowset *r, sw_str child, sw_error *err) {
  part *p = find_child(r, child);
  if (!p) return no_child(r, child, err);
  if (!r->rows.n) return SW_FAIL(err, SW_E_USAGE, "SW-RULE-0006", "子表之前须有一行", "a row must come before its children");
  p->lists.items[p->lists.len - 1].length++;
  return part_row(p, err);
}

static sw_string string_of(sw_arena *a, sw_str v, bool *ok) {
  sw_string s = {0};
  s.u.near.length = (uint32_t)v.len;
  *ok = true;
  if (v.len <= 12) {
    if (v.len) memcpy(s.u.near.bytes, v.ptr, v.len);
    return s;
  }
  char *p = sw_arena_dupz(a, v);
  *ok = p != NULL;
  if (!p) return s;
  memcpy(s.u.far.prefix, p, 4);
  s.u.far.ptr = p;
  return s;
}

static bool read_value(sw_rowset *r, cells *c, const sw_qcolumn *col, size_t at, sw_str v) {
  int32_t days;
  bool ok;
  switch (col->type) {
    case SW_Q_TEXT:
      c->s.items[at] = string_of(&r->arena, v, &ok);
      return ok;
    case SW_Q_INT: return sw_str_to_decimal(v, col->scale, &c->i.items[at]);
    case SW_Q_FLOAT: return sw_str_to_f64(v, &c->d.items[at]);
    case SW_Q_DATE:
      if (!sw_parse_date(v, &days)) return false;
      c->i.items[at] = days;
      return true;
    case SW_Q_TIME: return sw_parse_time(v, &c->i.items[at]);
    case SW_Q_BOOL:
      c->i.items[at] = sw_str_eqz(v, "true") || sw_str_eqz(v, "1");
      return c->i.items[at] || sw_str_eqz(v, "false") || sw_str_eqz(v, "0");
    case SW_Q_NULL: break;
  }
  return false;
}

static sw_status part_set(sw_rowset *r, part *p, sw_str column, sw_str v, sw_error *err) {
  size_t i = 0;
  while (i < p->table->ncolumns && !sw_str_eq(p->table->columns[i].name, column)) i++;
  if (i == p->table->ncolumns)
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0006", "表 %.*s 没有列 %.*s", "table %.*s has no column %.*s",
                   SW_STR_ARG(p->table->name), SW_STR_ARG(column));
  if (!p->n) return SW_FAIL(err, SW_E_USAGE, "SW-RULE-0006", "还没有行", "there is no row yet");
  if (!read_value(r, &p->cols[i], &p->table->columns[i], p->n - 1, v))
    return SW_FAIL(err, SW_E_DATA, "SW-RULE-0007", "列 %.*s 的值不是%s%.0s", "the value of column %.*s is not %.0s%s", SW_STR_ARG(column),
                   sw_qtype_name(p->table->columns[i].type, SW_LANG_ZH), sw_qtype_name(p->table->columns[i].type, SW_LANG_EN));
  p->cols[i].valid.items[p->n - 1] = 1;
  return SW_OK;
}

sw_status sw_rowset_set(sw_rowset *r, sw_str column, sw_str v, sw_error *err) { return part_set(r, &r->rows, column, v, err); }

sw_status sw_rowset_set_child(sw_rowset *r, sw_str child, sw_str column, sw_str v, sw_error *err) {
  part *p = find_child(r, child);
  return p ? part_set(r, p, column, v, err) : no_child(r, child, err);
}

/* --- the batch ----------------------------------------------------------------------------------------- */

static bool narrow(cells *c, size_t n, bool bytes) {
  c->narrow.len = 0;
  if (!SW_VEC_RESERVE(&c->narrow, n + 1)) return false;
  for (size_t k = 0; k < n; k++) {
    if (bytes) ((uint8_t *)c->narrow.items)[k] = (uint8_t)c->i.items[k];
    else c->narrow.items[k] = (int32_t)c->i.items[k];
  }
  return true;
}

static bool finish_column(cells *c, const sw_qcolumn *col, size_t n) {
  if (!SW_VEC_RESERVE(&c->mask, n / 64 + 1)) return false;
  memset(c->mask.items, 0, (n / 64 + 1) * sizeof(uint64_t));
  for (size_t k = 0; k < n; k++) c->mask.items[k >> 6] |= (uint64_t)c->valid.items[k] << (k & 63);
  sw_column *v = &c->column;
  *v = (sw_column){.validity = c->mask.items, .n = n, .name = NULL};
  switch (col->type) {
    case SW_Q_TEXT:
      v->type = SW_T_STR;
      v->data = c->s.items;
      break;
    case SW_Q_FLOAT:
      v->type = SW_T_F64;
      v->data = c->d.items;
      break;
    case SW_Q_DATE:
    case SW_Q_BOOL:
      if (!narrow(c, n, col->type == SW_Q_BOOL)) return false;
      v->type = col->type == SW_Q_DATE ? SW_T_DATE : SW_T_BOOL;
      v->data = c->narrow.items;
      break;
    case SW_Q_INT:
    case SW_Q_TIME:
    case SW_Q_NULL:
      v->type = col->type == SW_Q_TIME ? SW_T_TIMESTAMP : col->scale ? SW_T_DECIMAL(18, (uint8_t)col->scale) : SW_T_I64;
      v->data = c->i.items;
      break;
  }
  v->storage = v->type.id == SW_TYPE_DECIMAL ? SW_TYPE_I64 : v->type.id;
  return true;
}

static bool finish_part(part *p) {
  for (size_t i = 0; i < p->table->ncolumns; i++) {
    if (!finish_column(&p->cols[i], &p->table->columns[i], p->n)) return false;
    p->views[i] = &p->cols[i].column;
  }
  return true;
}

sw_status sw_rowset_batch(sw_rowset *r, const sw_qbatch **out, sw_error *err) {
  if (!finish_part(&r->rows)) return no_memory(err);
  for (size_t i = 0; i < r->table->nchildren; i++) {
    part *p = &r->children[i];
    if (!finish_part(p)) return no_memory(err);
    p->fields = (sw_column){.type = {.id = SW_TYPE_STRUCT}, .storage = SW_TYPE_STRUCT, .n = p->n};
    p->list = (sw_column){.type = {.id = SW_TYPE_LIST}, .storage = SW_TYPE_LIST, .data = p->lists.items, .n = r->rows.n,
                          .nchildren = 1, .children = &p->fields};
    r->views[i] = (sw_qchild_view){.list = &p->list, .columns = p->views};
  }
  r->batch = (sw_qbatch){.n = r->rows.n, .row = r->rows.views, .children = r->views};
  *out = &r->batch;
  return SW_OK;
}
