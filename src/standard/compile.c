/* From a mapping of columns to expressions: where raw values come from. */
#include "standard/compile.h"

#include "engine/sql.h"
#include "standard/units.h"

static sw_sql_arg id_of(sw_str name) { return (sw_sql_arg){.kind = SW_SQL_IDENT, .a = name}; }

static sw_status at(sw_error *err, sw_place p) { return sw_error_at(err, p.file ? p.file : "", p.line, p.column); }

/* {n} of repeated groups, in names and in SQL texts. */
static void put_numbered(sw_str text, const sw_repeat_def *r, int64_t n, sw_buf *out) {
  for (size_t i = 0; i < text.len; i++) {
    if (r && i + 3 <= text.len && memcmp(text.ptr + i, "{n}", 3) == 0) {
      sw_buf_printf(out, "%0*lld", (int)r->pad, (long long)n);
      i += 2;
    } else {
      sw_buf_putc(out, text.ptr[i]);
    }
  }
}

static bool in_name(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* In SQL a zero-filled number would read as a plain one; as part of a name it must keep its zeros. */
static void put_numbered_sql(sw_str text, const sw_repeat_def *r, int64_t n, sw_buf *out) {
  for (size_t i = 0; i < text.len; i++) {
    if (r && i + 3 <= text.len && memcmp(text.ptr + i, "{n}", 3) == 0) {
      sw_buf_printf(out, "%0*lld", i && in_name(text.ptr[i - 1]) ? (int)r->pad : 0, (long long)n);
      i += 2;
    } else {
      sw_buf_putc(out, text.ptr[i]);
    }
  }
}

/* The group and the value of {n} of an instance (1-based). */
static const sw_repeat_def *group_of(const sw_mapping_def *m, size_t instance, int64_t *n) {
  for (size_t i = 0; i < m->repeat.n; i++) {
    const sw_repeat_def *r = SW_ITEM(sw_repeat_def, m->repeat, i);
    if (instance <= (size_t)r->count) {
      *n = r->start + (int64_t)instance - 1;
      return r;
    }
    instance -= (size_t)r->count;
  }
  return NULL;
}

static const sw_map_column_def *find_column(const sw_config_dict *d, sw_str name) {
  for (size_t i = 0; i < d->n; i++)
    if (sw_str_ieq(d->keys[i].name, name)) return SW_VALUE(sw_map_column_def, *d, i);
  return NULL;
}

/* --- source columns ------------------------------------------------------------------------------------ */

static const sw_lookup_def *lookup_of(const sw_mapping_def *m, sw_str alias, size_t *index) {
  for (size_t i = 0; i < m->lookups.n; i++)
    if (sw_str_eq(m->lookups.keys[i].name, alias)) {
      *index = i;
      return SW_VALUE(sw_lookup_def, m->lookups, i);
    }
  return NULL;
}

/* The declared type of a source column as written ("XB", "p.XM"); STRING when it is one of ours (_org). */
static int source_type(const sw_std_plan *p, sw_str name) {
  const sw_source_table_def *t = p->ods;
  ptrdiff_t dot = sw_str_find(name, SW_LIT("."));
  if (dot >= 0) {
    size_t i;
    const sw_lookup_def *l = lookup_of(p->m, sw_str_sub(name, 0, (size_t)dot), &i);
    t = l ? sw_pack_source_table(p->set, l->table.name, NULL) : NULL;
    name = sw_str_sub(name, (size_t)dot + 1, name.len);
  }
  if (sw_str_eqz(name, "_row")) return SW_COL_INT;
  const sw_source_column_def *c = t ? sw_source_table_column(t, name) : NULL;
  return !c || c->type == SW_COL_AUTO ? SW_COL_STRING : c->type;
}

static void put_source(sw_str name, sw_buf *out) {
  ptrdiff_t dot = sw_str_find(name, SW_LIT("."));
  if (dot < 0)
    sw_sql_build(out, "o.{}", id_of(name));
  else
    sw_sql_build(out, "{}.{}", id_of(sw_str_sub(name, 0, (size_t)dot)), id_of(sw_str_sub(name, (size_t)dot + 1, name.len)));
}

/* One source column without blanks: trimmed, "" and the listed blanks are NULL. */
static void put_clean(const sw_std_plan *p, sw_str name, const sw_map_column_def *c, bool as_text, sw_buf *out) {
  SW_AUTO(sw_buf) x = SW_BUF_INIT;
  bool text = source_type(p, name) == SW_COL_STRING;
  put_source(name, &x);
  if (text) {
    sw_buf_puts(out, "nullif(");
    if (c && c->blanks.n) {
      sw_sql_build(out, "CASE WHEN trim({}) IN (", sw_sql_raw(sw_buf_str(&x)));
      for (size_t i = 0; i < c->blanks.n; i++) sw_sql_build(out, i ? ", {}" : "{}", sw_sql_str(*SW_ITEM(sw_str, c->blanks, i)));
      sw_sql_build(out, ") THEN NULL ELSE trim({}) END, '')", sw_sql_raw(sw_buf_str(&x)));
    } else {
      sw_sql_build(out, "trim({}), '')", sw_sql_raw(sw_buf_str(&x)));
    }
    return;
  }
  if (c && c->blanks.n) {
    sw_buf_puts(out, "CASE WHEN CAST(");
    sw_buf_str_put(out, sw_buf_str(&x));
    sw_buf_puts(out, " AS VARCHAR) IN (");
    for (size_t i = 0; i < c->blanks.n; i++) sw_sql_build(out, i ? ", {}" : "{}", sw_sql_str(*SW_ITEM(sw_str, c->blanks, i)));
    sw_buf_puts(out, ") THEN NULL ELSE ");
  }
  sw_buf_puts(out, as_text ? "CAST(" : "");
  sw_buf_str_put(out, sw_buf_str(&x));
  sw_buf_puts(out, as_text ? " AS VARCHAR)" : "");
  if (c && c->blanks.n) sw_buf_puts(out, " END");
}

static void put_raw(const sw_std_plan *p, const sw_map_column_def *c, const sw_repeat_def *r, int64_t n, bool as_text, sw_buf *out) {
  if (c->has_const) {
    sw_buf_puts(out, "CAST(");
    sw_sql_put(out, sw_sql_str(c->constant));
    sw_buf_puts(out, " AS VARCHAR)");
    return;
  }
  if (c->expr.text.len) {
    /* A line end closes a trailing comment of the user's text. */
    sw_buf_puts(out, "nullif(trim(CAST((");
    put_numbered_sql(c->expr.text, r, n, out);
    sw_buf_puts(out, "\n) AS VARCHAR)), '')");
    return;
  }
  if (c->from.n > 1) sw_buf_puts(out, "coalesce(");
  for (size_t i = 0; i < c->from.n; i++) {
    SW_AUTO(sw_buf) name = SW_BUF_INIT;
    put_numbered(SW_ITEM(sw_ref, c->from, i)->name, r, n, &name);
    if (i) sw_buf_puts(out, ", ");
    put_clean(p, sw_buf_str(&name), c, as_text || c->from.n > 1, out);
  }
  if (c->from.n > 1) sw_buf_puts(out, ")");
}

void sw_std_raw(const sw_std_plan *p, const sw_std_column *c, size_t instance, sw_buf *out) {
  if (!instance) {
    put_raw(p, c->from, NULL, 0, false, out);
    return;
  }
  int64_t n = 0;
  const sw_repeat_def *r = group_of(p->m, instance, &n);
  const sw_map_column_def *own = r ? find_column(&r->columns, c->col->name.name) : NULL;
  if (own)
    put_raw(p, own, r, n, true, out);
  else
    sw_buf_puts(out, "CAST(NULL AS VARCHAR)");
}

static const sw_map_column_def *column_reading(const sw_repeat_def *r, sw_str from) {
  for (size_t i = 0; i < r->columns.n; i++) {
    const sw_map_column_def *c = SW_VALUE(sw_map_column_def, r->columns, i);
    for (size_t k = 0; k < c->from.n; k++)
      if (sw_str_ieq(SW_ITEM(sw_ref, c->from, k)->name, from)) return c;
  }
  return NULL;
}

void sw_std_present(const sw_std_plan *p, size_t instance, sw_buf *out) {
  int64_t n = 0;
  const sw_repeat_def *r = group_of(p->m, instance, &n);
  size_t terms = 0;
  sw_buf_putc(out, '(');
  for (size_t i = 0; r && i < r->present.n; i++) {
    sw_str from = *SW_ITEM(sw_str, r->present, i);
    SW_AUTO(sw_buf) name = SW_BUF_INIT;
    put_numbered(from, r, n, &name);
    sw_buf_puts(out, terms++ ? " OR " : "");
    put_clean(p, sw_buf_str(&name), column_reading(r, from), false, out);
    sw_buf_puts(out, " IS NOT NULL");
  }
  for (size_t i = 0; r && !r->present.n && i < r->columns.n; i++) {
    const sw_map_column_def *c = SW_VALUE(sw_map_column_def, r->columns, i);
    if (!c->from.n) continue;
    sw_buf_puts(out, terms++ ? " OR " : "");
    put_raw(p, c, r, n, true, out);
    sw_buf_puts(out, " IS NOT NULL");
  }
  sw_buf_puts(out, terms ? ")" : "TRUE)");
}

/* --- FROM and WHERE --------------------------------------------------------------------------------------- */

static void put_order(const sw_source_table_def *t, const sw_config_list *own, const char *alias, sw_buf *out) {
  const sw_config_list *order = own && own->n ? own : &t->order;
  for (size_t i = 0; i < order->n; i++)
    sw_sql_build(out, "{}.{} DESC NULLS LAST, ", sw_sql_raw(sw_str_of(alias)), id_of(SW_ITEM(sw_ref, *order, i)->name));
}

static void put_lookup(const sw_std_plan *p, size_t index, sw_buf *out) {
  const sw_lookup_def *l = SW_VALUE(sw_lookup_def, p->m->lookups, index);
  const sw_source_table_def *t = sw_pack_source_table(p->set, l->table.name, NULL);
  SW_AUTO(sw_buf) alias = SW_BUF_INIT;
  sw_buf_printf(&alias, "l%zu", index);
  sw_buf_puts(out, " LEFT JOIN (SELECT x._org AS org__");
  for (size_t i = 0; i < l->on.n; i++) sw_sql_build(out, ", CAST(x.{} AS VARCHAR) AS k{}__", id_of(l->on.keys[i].name), sw_sql_i64((int64_t)i));
  sw_buf_puts(out, ", struct_pack(");
  for (size_t i = 0; i < t->columns.n; i++) {
    sw_sql_arg name = id_of(SW_ITEM(sw_source_column_def, t->columns, i)->name.name);
    sw_sql_build(out, i ? ", {} := x.{}" : "{} := x.{}", name, name);
  }
  sw_sql_build(out, ") AS {} FROM {} AS x LEFT JOIN " SW_STD_BATCHES " ON b.no__ = (x._row >> 31)", id_of(p->m->lookups.keys[index].name),
               (sw_sql_arg){.kind = SW_SQL_TABLE, .a = SW_LIT("ods"), .b = sw_str_sub(l->table.name, 4, l->table.name.len)});
  if (l->where.text.len) sw_sql_build(out, " WHERE ({}\n)", sw_sql_raw(l->where.text));
  sw_buf_puts(out, " QUALIFY row_number() OVER (PARTITION BY ");
  if (!l->any_org) sw_buf_puts(out, "x._org, ");
  for (size_t i = 0; i < l->on.n; i++) sw_sql_build(out, i ? ", x.{}" : "x.{}", id_of(l->on.keys[i].name));
  sw_buf_puts(out, " ORDER BY ");
  put_order(t, NULL, "x", out);
  sw_sql_build(out, "b.at__ DESC NULLS LAST, b.lb__ DESC NULLS LAST, b.f__ DESC NULLS LAST, x._row DESC) = 1) AS {} ON ", sw_sql_raw(sw_buf_str(&alias)));
  if (!l->any_org) sw_sql_build(out, "{}.org__ = o._org AND ", sw_sql_raw(sw_buf_str(&alias)));
  for (size_t i = 0; i < l->on.n; i++)
    sw_sql_build(out, i ? " AND {}.k{}__ = CAST(o.{} AS VARCHAR)" : "{}.k{}__ = CAST(o.{} AS VARCHAR)", sw_sql_raw(sw_buf_str(&alias)), sw_sql_i64((int64_t)i),
                 id_of(SW_VALUE(sw_ref, l->on, i)->name));
}

void sw_std_from(const sw_std_plan *p, sw_buf *out) {
  sw_sql_build(out, "{} AS o", (sw_sql_arg){.kind = SW_SQL_TABLE, .a = SW_LIT("ods"), .b = sw_str_sub(p->m->from.name, 4, p->m->from.name.len)});
  for (size_t i = 0; i < p->m->lookups.n; i++) put_lookup(p, i, out);
}

void sw_std_where(const sw_std_plan *p, sw_buf *out) {
  bool any = false;
  if (p->m->where.text.len) {
    sw_sql_build(out, "coalesce(({}\n), FALSE)", sw_sql_raw(p->m->where.text));
    any = true;
  }
  if (p->stale) {
    sw_sql_build(out, "{}(o._row >> 31) NOT IN ({})", sw_sql_raw(any ? SW_LIT(" AND ") : SW_LIT("")), sw_sql_raw(sw_str_of(p->stale)));
    any = true;
  }
  if (!any) sw_buf_puts(out, "TRUE");
}

/* --- the plan ------------------------------------------------------------------------------------------------ */

static bool same_reading(const sw_map_column_def *a, const sw_map_column_def *b) {
  return sw_str_eq(a->codes.name, b->codes.name) && sw_str_eq(a->unit, b->unit) && a->as == b->as && sw_str_eq(a->format, b->format) &&
         !a->codes_date.name.len && !b->codes_date.name.len;
}

static sw_status set_unit(sw_std_column *c, sw_error *err) {
  c->factor = 1;
  if (!c->from->unit.len || !c->col->unit.len) return SW_OK;
  sw_unit_conversion u;
  if (!sw_unit_convert(c->from->unit, c->col->unit, &u)) {
    SW_FAIL(err, SW_E_CONFIG, "SW-STD-0001", "单位 %.*s 不能换算成 %.*s", "the unit %.*s cannot be converted to %.*s", SW_STR_ARG(c->from->unit),
            SW_STR_ARG(c->col->unit));
    return at(err, c->from->at);
  }
  c->factor = u.factor;
  c->offset = u.offset;
  c->scaled = u.factor < 1 - 1e-12 || u.factor > 1 + 1e-12 || u.offset < -1e-12 || u.offset > 1e-12;
  return SW_OK;
}

static sw_status add_column(sw_std_plan *p, sw_ref name, const sw_map_column_def *from, bool repeated, sw_error *err) {
  const sw_column_def *col = sw_table_column(p->t, name.name);
  for (size_t i = 0; i < p->ncols; i++) {
    sw_std_column *was = &p->cols[i];
    if (was->col != col) continue;
    if (was->repeated && repeated && same_reading(was->from, from)) return SW_OK;
    SW_FAIL(err, SW_E_CONFIG, "SW-STD-0002", "列 %.*s 在各组里的 codes、unit、as、format 必须相同，且不能同时写在 columns 里",
            "column %.*s must have the same codes, unit, as and format in all groups, and not stand in columns too", SW_STR_ARG(name.name));
    return at(err, from->at);
  }
  sw_std_column *c = &p->cols[p->ncols++];
  *c = (sw_std_column){.col = col, .from = from, .repeated = repeated};
  c->codes.m = from->codes.name.len ? sw_pack_mapping(p->set, from->codes.name) : NULL;
  if (c->codes.m) c->codes.vs = sw_pack_value_set(p->set, c->codes.m->value_set.name);
  bool one = from->from.n == 1 && !repeated;
  c->raw = one ? source_type(p, SW_ITEM(sw_ref, from->from, 0)->name) : SW_COL_STRING;
  c->can_fail = c->codes.m || c->raw != col->type || from->as != SW_COL_AUTO || from->format.len || (col->type == SW_COL_DECIMAL || col->type == SW_COL_MONEY);
  if (col->type == SW_COL_STRING && !c->codes.m && from->as == SW_COL_AUTO && !from->format.len) c->can_fail = false;
  if (from->has_const && !c->codes.m && col->type == SW_COL_STRING) c->can_fail = false;
  return set_unit(c, err);
}

static sw_status add_columns(sw_std_plan *p, sw_error *err) {
  size_t most = p->m->columns.n;
  for (size_t i = 0; i < p->m->repeat.n; i++) most += SW_ITEM(sw_repeat_def, p->m->repeat, i)->columns.n;
  p->cols = SW_ARENA_ARRAY(p->arena, sw_std_column, most ? most : 1);
  if (!p->cols) return sw_arena_check(p->arena, err);
  sw_status s = SW_OK;
  for (size_t i = 0; !s && i < p->m->columns.n; i++)
    s = add_column(p, p->m->columns.keys[i], SW_VALUE(sw_map_column_def, p->m->columns, i), false, err);
  p->parts = p->m->repeat.n ? 0 : 1;
  for (size_t k = 0; !s && k < p->m->repeat.n; k++) {
    const sw_repeat_def *r = SW_ITEM(sw_repeat_def, p->m->repeat, k);
    p->parts += (size_t)r->count;
    for (size_t i = 0; !s && i < r->columns.n; i++) s = add_column(p, r->columns.keys[i], SW_VALUE(sw_map_column_def, r->columns, i), true, err);
  }
  return s;
}

sw_status sw_std_compile(const sw_pack_set *set, const sw_table_def *t, const sw_mapping_def *m, sw_arena *a, sw_std_plan *out, sw_error *err) {
  *out = (sw_std_plan){.arena = a, .set = set, .t = t, .m = m};
  out->ods = sw_pack_source_table(set, m->from.name, &out->source);
  if (!out->ods)
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-STD-0003", "对照 %.*s 的落地表 %.*s 没有声明", "mapping %.*s: the ods table %.*s is not declared", SW_STR_ARG(m->id.name),
                   SW_STR_ARG(m->from.name));
  sw_status s = add_columns(out, err);
  if (s) return SW_FRAME(err, "编译对照 %.*s", "compiling mapping %.*s", SW_STR_ARG(m->id.name));
  const sw_config_list *key = m->key.n ? &m->key : &t->key;
  out->key = key->items;
  out->nkey = m->repeat.n && !m->key.n ? 0 : key->n;
  out->content_versions = t->money || !out->nkey;
  return SW_OK;
}
