#include "standard/change.h"

#include "base/json.h"
#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "standard/check_sql.h"
#include "standard/compile.h"

typedef struct differ {
  const sw_pack_set *before, *after;
  sw_arena *arena;
  SW_VEC(sw_change) list;
  bool failed;
} differ;

static void tell(differ *d, const sw_pack_object *o, sw_change_kind change, sw_str part, sw_str before, sw_str after) {
  sw_change c = {.kind = o->kind->name, .id = o->id, .change = change, .part = part, .before = before, .after = after};
  if (!SW_VEC_PUSH(&d->list, c)) d->failed = true;
}

/* A value of the tree on one line. */
static sw_str shown(differ *d, const sw_node *n) {
  if (sw_node_is_null(n)) return SW_LIT("");
  if (n->kind == SW_NODE_SCALAR) return n->text;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_json j;
  sw_json_init(&j, &b);
  sw_node_to_json(n, &j);
  sw_str kept = sw_arena_dup(d->arena, sw_buf_str(&b));
  if (b.len && !kept.len) d->failed = true;
  return kept;
}

static void text_change(differ *d, const sw_pack_object *o, sw_str part, sw_str before, sw_str after) {
  if (sw_str_eq(before, after)) return;
  tell(d, o, !before.len ? SW_CHANGE_ADDED : !after.len ? SW_CHANGE_REMOVED : SW_CHANGE_CHANGED, part, before, after);
}

static bool skipped(const sw_pack_object *o, sw_str key, const char *nested) {
  return sw_str_eqz(key, o->kind->name) || sw_str_eqz(key, "override") || (nested && sw_str_eqz(key, nested));
}

/* Keys of two maps, except the one that is compared item by item. */
static void keys(differ *d, const sw_pack_object *o, const sw_node *a, const sw_node *b, sw_str prefix, const char *nested) {
  const sw_node *both[2] = {a, b};
  for (int side = 0; side < 2; side++) {
    for (size_t i = 0; both[side] && both[side]->kind == SW_NODE_MAP && i < both[side]->n; i++) {
      sw_str key = both[side]->pairs[i].key;
      const sw_pair *other = sw_node_pair(both[1 - side], key);
      if (skipped(o, key, nested) || (side == 1 && other)) continue;
      sw_str part = key;
      if (prefix.len) {
        char *z = sw_arena_printf(d->arena, "%.*s.%.*s", SW_STR_ARG(prefix), SW_STR_ARG(key));
        if (!z) d->failed = true;
        part = sw_str_of(z);
      }
      sw_str mine = shown(d, both[side]->pairs[i].value), theirs = other ? shown(d, other->value) : SW_LIT("");
      text_change(d, o, part, side ? theirs : mine, side ? mine : theirs);
    }
  }
}

static void value_sets(differ *d, const sw_pack_object *x, const sw_pack_object *y) {
  const sw_value_set_def *a = x->data, *b = y->data;
  keys(d, y, x->node, y->node, (sw_str){"", 0}, "codes");
  for (size_t i = 0; i < b->codes.n; i++) {
    const sw_code_def *now = SW_CODE(b, i), *was = sw_value_set_find(a, now->code);
    if (!was)
      tell(d, y, SW_CHANGE_ADDED, now->code, SW_LIT(""), now->zh);
    else if (!sw_str_eq(was->zh, now->zh))
      tell(d, y, SW_CHANGE_CHANGED, now->code, was->zh, now->zh);
    else if (was->status != now->status)
      tell(d, y, SW_CHANGE_CHANGED, now->code, was->status == SW_CODE_ACTIVE ? SW_LIT("active") : SW_LIT("retired"),
           now->status == SW_CODE_ACTIVE ? SW_LIT("active") : SW_LIT("retired"));
  }
  for (size_t i = 0; i < a->codes.n; i++)
    if (!sw_value_set_find(b, SW_CODE(a, i)->code)) tell(d, y, SW_CHANGE_REMOVED, SW_CODE(a, i)->code, SW_CODE(a, i)->zh, SW_LIT(""));
}

static const sw_node *column_node(const sw_pack_object *o, sw_str name) {
  const sw_node *list = sw_node_get(o->node, "columns");
  for (size_t i = 0; list && list->kind == SW_NODE_LIST && i < list->n; i++)
    if (sw_str_ieq(sw_node_text(sw_node_get(list->items[i], "name")), name)) return list->items[i];
  return NULL;
}

static void tables(differ *d, const sw_pack_object *x, const sw_pack_object *y) {
  const sw_table_def *a = x->data, *b = y->data;
  keys(d, y, x->node, y->node, (sw_str){"", 0}, "columns");
  for (size_t i = 0; i < b->columns.n; i++) {
    sw_str name = SW_COLUMN(b, i)->name.name;
    if (sw_table_column(a, name))
      keys(d, y, column_node(x, name), column_node(y, name), name, NULL);
    else
      tell(d, y, SW_CHANGE_ADDED, name, SW_LIT(""), SW_COLUMN(b, i)->title.zh);
  }
  for (size_t i = 0; i < a->columns.n; i++)
    if (!sw_table_column(b, SW_COLUMN(a, i)->name.name))
      tell(d, y, SW_CHANGE_REMOVED, SW_COLUMN(a, i)->name.name, SW_COLUMN(a, i)->title.zh, SW_LIT(""));
}

static void kind_diff(differ *d, const char *kind) {
  for (size_t i = 0;; i++) {
    const sw_pack_object *y = sw_pack_at(d->after, kind, i);
    if (!y) break;
    const sw_pack_object *x = sw_pack_find(d->before, kind, y->id);
    if (!x)
      tell(d, y, SW_CHANGE_ADDED, SW_LIT(""), SW_LIT(""), SW_LIT(""));
    else if (strcmp(x->hash, y->hash) == 0)
      continue;
    else if (strcmp(kind, "value_set") == 0)
      value_sets(d, x, y);
    else if (strcmp(kind, "table") == 0)
      tables(d, x, y);
    else
      keys(d, y, x->node, y->node, (sw_str){"", 0}, NULL);
  }
  for (size_t i = 0;; i++) {
    const sw_pack_object *x = sw_pack_at(d->before, kind, i);
    if (!x) break;
    if (!sw_pack_find(d->after, kind, x->id)) tell(d, x, SW_CHANGE_REMOVED, SW_LIT(""), SW_LIT(""), SW_LIT(""));
  }
}

sw_status sw_standard_diff(const sw_pack_set *before, const sw_pack_set *after, sw_arena *a, sw_changes *out, sw_error *err) {
  differ d = {.before = before, .after = after, .arena = a};
  kind_diff(&d, "value_set");
  kind_diff(&d, "element");
  kind_diff(&d, "table");
  *out = (sw_changes){SW_ARENA_ARRAY(a, sw_change, d.list.len + 1), d.list.len};
  if (out->items && d.list.len) memcpy(out->items, d.list.items, d.list.len * sizeof *out->items);
  SW_VEC_FREE(&d.list);
  if (d.failed || !out->items) return SW_FAIL(err, SW_E_NOMEM, "SW-STD-0006", "内存不足", "memory was refused");
  return SW_OK;
}

/* --- trying --------------------------------------------------------------------------------------------------- */

typedef struct trier {
  sw_conn *c;
  const sw_pack_set *before, *after;
  const sw_cancel *cancel;
  sw_arena *arena;
  SW_VEC(sw_trial) list;
} trier;

static const sw_default_rule *same_rule(const sw_default_rules *rules, const char *id) {
  for (size_t i = 0; i < rules->n; i++)
    if (strcmp(rules->items[i].id, id) == 0) return &rules->items[i];
  return NULL;
}

static bool same_text(const sw_default_rule *a, const sw_default_rule *b) {
  SW_AUTO(sw_buf) x = SW_BUF_INIT;
  SW_AUTO(sw_buf) y = SW_BUF_INIT;
  sw_standard_rule_text(a, &x);
  sw_standard_rule_text(b, &y);
  return sw_str_eq(sw_buf_str(&x), sw_buf_str(&y));
}

static sw_sql_arg table_of(sw_str dotted) {
  ptrdiff_t dot = sw_str_find(dotted, SW_LIT("."));
  return (sw_sql_arg){.kind = SW_SQL_TABLE, .a = sw_str_sub(dotted, 0, (size_t)dot), .b = sw_str_sub(dotted, (size_t)dot + 1, dotted.len)};
}

static void put_fails(const sw_default_rule *r, sw_buf *out) {
  if (!r)
    sw_buf_puts(out, "FALSE");
  else if (r->kind == SW_DEFAULT_KEY)
    sw_standard_key_sql(r, out);
  else
    (void)sw_standard_fail_sql(r, out);
}

static bool has_column(const sw_column_info *info, size_t n, sw_str name) {
  for (size_t i = 0; i < n; i++)
    if (sw_str_ieq(sw_str_of(info[i].name), name)) return true;
  return false;
}

static bool checkable(const sw_default_rule *r, const sw_column_info *info, size_t n) {
  if (!r) return true;
  if (r->kind == SW_DEFAULT_FRESHNESS || r->kind == SW_DEFAULT_VOLUME) return false;
  for (size_t i = 0; i < r->nkey; i++)
    if (!has_column(info, n, r->key[i].name)) return false;
  return !r->column || has_column(info, n, r->column->name.name);
}

/* One row a table row: whether it fails now (a) and would fail (z), and the value. */
static void put_both(const sw_trial *t, const sw_default_rule *was, const sw_default_rule *now, bool part, sw_buf *out) {
  const sw_default_rule *any = now ? now : was;
  sw_sql_build(out, "SELECT t._org, t._row, {} AS _part, ", sw_sql_raw(part ? SW_LIT("t._part") : SW_LIT("0")));
  if (any->column)
    sw_sql_build(out, "CAST(t.{} AS VARCHAR)", (sw_sql_arg){.kind = SW_SQL_IDENT, .a = any->column->name.name});
  else
    sw_buf_puts(out, "''");
  sw_buf_puts(out, " AS value, ");
  put_fails(was, out);
  sw_buf_puts(out, " AS a, ");
  put_fails(now, out);
  sw_sql_build(out, " AS z FROM {} AS t", table_of(t->table->id.name));
}

static sw_status count_trial(trier *k, sw_trial *t, const sw_default_rule *was, const sw_default_rule *now, bool part, sw_error *err) {
  SW_AUTO(sw_buf) both = SW_BUF_INIT;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  put_both(t, was, now, part, &both);
  sw_sql_build(&q, "SELECT count(*), count(*) FILTER (WHERE z AND NOT coalesce(a, FALSE)), count(*) FILTER (WHERE a AND NOT coalesce(z, FALSE)) FROM ({})",
               sw_sql_raw(sw_buf_str(&both)));
  t->newly_sql = sw_arena_printf(k->arena, "SELECT _org, _row, _part, value FROM (%s) WHERE z AND NOT coalesce(a, FALSE)", both.ptr);
  sw_rows *r = NULL;
  sw_status s = sw_buf_check(&q, err);
  if (!s && !t->newly_sql) s = sw_arena_check(k->arena, err);
  if (!s) s = sw_query(k->c, q.ptr, SW_NO_PARAMS, k->cancel, &r, err);
  if (s) return SW_FRAME(err, "试行规则 %s", "trying rule %s", t->rule);
  if (sw_rows_next(r, err) == SW_ROW) {
    t->rows = sw_rows_i64(r, 0);
    t->newly = sw_rows_i64(r, 1);
    t->no_longer = sw_rows_i64(r, 2);
  } else {
    s = err->status;
  }
  sw_rows_free(r);
  return s;
}

static sw_status reference_there(trier *k, const sw_default_rule *r, bool *there, sw_error *err) {
  if (!r || r->kind != SW_DEFAULT_REFERENCE) return SW_OK;
  sw_str id = r->ref_table->id.name;
  ptrdiff_t dot = sw_str_find(id, SW_LIT("."));
  const char *schema = sw_arena_dupz(k->arena, sw_str_sub(id, 0, (size_t)dot)), *name = sw_arena_dupz(k->arena, sw_str_sub(id, (size_t)dot + 1, id.len));
  bool exists = false;
  sw_status s = sw_arena_check(k->arena, err);
  if (!s) s = sw_table_exists(k->c, schema, name, &exists, err);
  *there = *there && exists;
  return s;
}

static sw_status one_rule(trier *k, const sw_table_def *t, const sw_default_rule *was, const sw_default_rule *now, const sw_column_info *info, size_t ninfo,
                          sw_error *err) {
  const sw_default_rule *any = now ? now : was;
  if (was && now && same_text(was, now)) return SW_OK;
  sw_trial trial = {.rule = any->id, .table = t, .title = any->title, .change = !was ? SW_CHANGE_ADDED : !now ? SW_CHANGE_REMOVED : SW_CHANGE_CHANGED};
  if (any->column) trial.column = any->column->name.name;
  trial.checkable = ninfo && checkable(was, info, ninfo) && checkable(now, info, ninfo) && has_column(info, ninfo, SW_LIT("_row"));
  sw_status s = reference_there(k, was, &trial.checkable, err);
  if (!s) s = reference_there(k, now, &trial.checkable, err);
  if (s) return s;
  s = trial.checkable ? count_trial(k, &trial, was, now, has_column(info, ninfo, SW_LIT("_part")), err) : SW_OK;
  if (!s && !SW_VEC_PUSH(&k->list, trial)) s = SW_FAIL(err, SW_E_NOMEM, "SW-STD-0006", "内存不足", "memory was refused");
  return s;
}

static sw_status one_table(trier *k, const sw_table_def *t, sw_error *err) {
  const sw_table_def *old = sw_pack_table(k->before, t->id.name);
  sw_default_rules was = {0}, now = {0};
  sw_column_info *info = NULL;
  size_t ninfo = 0;
  bool there = false;
  ptrdiff_t dot = sw_str_find(t->id.name, SW_LIT("."));
  const char *schema = sw_arena_dupz(k->arena, sw_str_sub(t->id.name, 0, (size_t)dot)), *name = sw_arena_dupz(k->arena, sw_str_sub(t->id.name, (size_t)dot + 1, t->id.name.len));
  sw_status s = sw_arena_check(k->arena, err);
  if (!s) s = sw_standard_defaults(k->after, t, k->arena, &now, err);
  if (!s && old) s = sw_standard_defaults(k->before, old, k->arena, &was, err);
  if (!s) s = sw_table_exists(k->c, schema, name, &there, err);
  if (!s && there) s = sw_describe_table(k->c, schema, name, k->arena, &info, &ninfo, err);
  for (size_t i = 0; !s && i < now.n; i++) s = one_rule(k, t, same_rule(&was, now.items[i].id), &now.items[i], info, ninfo, err);
  for (size_t i = 0; !s && i < was.n; i++)
    if (!same_rule(&now, was.items[i].id)) s = one_rule(k, t, &was.items[i], NULL, info, ninfo, err);
  return s;
}

sw_status sw_standard_try(sw_conn *c, const sw_pack_set *before, const sw_pack_set *after, const sw_cancel *cancel, sw_arena *a, sw_trials *out,
                          sw_error *err) {
  sw_error own = SW_ERROR_INIT;
  if (!err) err = &own;
  trier k = {.c = c, .before = before, .after = after, .cancel = cancel, .arena = a};
  sw_status s = sw_std_kernels(c, err);
  for (size_t i = 0; !s; i++) {
    const sw_pack_object *o = sw_pack_at(after, "table", i);
    if (!o) break;
    s = one_table(&k, o->data, err);
  }
  *out = (sw_trials){SW_ARENA_ARRAY(a, sw_trial, k.list.len + 1), k.list.len};
  if (out->items && k.list.len) memcpy(out->items, k.list.items, k.list.len * sizeof *out->items);
  SW_VEC_FREE(&k.list);
  return s ? s : sw_arena_check(a, err);
}

sw_status sw_standard_try_rows(sw_conn *c, const sw_trial *t, int64_t limit, const sw_cancel *cancel, sw_trial_row_fn fn, void *ctx, sw_error *err) {
  if (!t->newly_sql) return SW_OK;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT f._org, f._row, f._part, f.value, b.file FROM ({}) AS f LEFT JOIN meta.batch AS b ON b.batch_no = (f._row >> 31) ORDER BY f._row, f._part",
               sw_sql_raw(sw_str_of(t->newly_sql)));
  if (limit > 0) sw_sql_build(&q, " LIMIT {}", sw_sql_i64(limit));
  sw_rows *r = NULL;
  sw_error own = SW_ERROR_INIT;
  if (!err) err = &own;
  sw_status s = sw_buf_check(&q, err);
  if (!s) s = sw_query(c, q.ptr, SW_NO_PARAMS, cancel, &r, err);
  if (s) return s;
  sw_step step;
  while (!s && (step = sw_rows_next(r, err)) != SW_DONE) {
    if (step != SW_ROW) {
      s = err->status;
      break;
    }
    int64_t row = sw_rows_i64(r, 1);
    sw_trial_row out = {.org = sw_rows_str(r, 0), .row = row, .record = row & INT32_MAX, .part = sw_rows_i64(r, 2), .value = sw_rows_str(r, 3), .file = sw_rows_str(r, 4)};
    s = fn(ctx, &out, err);
  }
  sw_rows_free(r);
  return s;
}
