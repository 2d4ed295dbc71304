#include "quality/failures.h"

#include "engine/rows.h"
#include "engine/sql.h"
#include "quality/regex.h"

typedef struct lister {
  sw_conn *c;
  const sw_pack_set *packs;
  const sw_failures_options *o;
  const sw_cancel *cancel;
  sw_arena arena;
  const char *table, *run;
  const sw_table_def *def;
  const sw_rule_def *rule;
  sw_qtable schema;
  bool *row_reads;    /* by column */
  bool **child_reads; /* by child and column */
} lister;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* The newest check that ran the rule, and its table. */
static sw_status find_run(lister *l, sw_error *err) {
  sw_rows *r;
  sw_status st = sw_query(l->c,
                          "SELECT u.run, u.table_name FROM store.kept_quality_rule k JOIN store.kept_quality_run u USING (run_no) WHERE k.rule = ? "
                          "AND (? IS NULL OR u.table_name = ?) AND (? IS NULL OR u.run = ?) ORDER BY u.run_no DESC LIMIT 1",
                          SW_PARAMS(sw_p_strz(l->o->rule), sw_p_strz(l->o->table), sw_p_strz(l->o->table), sw_p_strz(l->o->run), sw_p_strz(l->o->run)),
                          l->cancel, &r, err);
  if (st) return st;
  sw_step step = sw_rows_next(r, err);
  if (step == SW_ROW) {
    l->run = sw_arena_dupz(&l->arena, sw_rows_str(r, 0));
    l->table = sw_arena_dupz(&l->arena, sw_rows_str(r, 1));
  }
  sw_rows_free(r);
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_ENGINE;
  if (step == SW_DONE)
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0050", "没有检查过规则 %s；先运行 suwen check", "rule %s has not been checked; run suwen check first", l->o->rule);
  return l->run && l->table ? SW_OK : no_memory(err);
}

static void note_read(void *ctx, int child, uint32_t column) {
  lister *l = ctx;
  if (child < 0) l->row_reads[column] = true;
  else l->child_reads[child][column] = true;
}

static bool named(const sw_config_list *l, sw_str name) {
  for (size_t i = 0; i < l->n; i++)
    if (sw_str_eq(SW_ITEM(sw_ref, *l, i)->name, name)) return true;
  return false;
}

/* Columns of a set rule, by name. */
static bool set_rule_reads(const sw_rule_def *r, sw_str name) {
  return named(&r->unique, name) || named(&r->reference.columns, name) || named(&r->order.by, name) || sw_str_eq(r->order.start.name, name) ||
         sw_str_eq(r->order.end.name, name) || sw_str_eq(r->order.same.name, name) || sw_str_eq(r->codes.column.name, name);
}

static sw_status find_reads(lister *l, sw_error *err) {
  sw_arena *a = &l->arena;
  l->row_reads = SW_ARENA_ARRAY(a, bool, l->schema.ncolumns + 1);
  l->child_reads = SW_ARENA_ARRAY(a, bool *, l->schema.nchildren + 1);
  for (size_t i = 0; l->child_reads && i < l->schema.nchildren; i++) l->child_reads[i] = SW_ARENA_ARRAY(a, bool, l->schema.children[i].ncolumns + 1);
  if (!sw_arena_ok(a)) return no_memory(err);
  for (size_t i = 0; i < l->schema.ncolumns; i++)
    l->row_reads[i] = named(&l->def->key, l->schema.columns[i].name) || set_rule_reads(l->rule, l->schema.columns[i].name);
  if (l->rule->type != SW_RT_ROW) return SW_OK;
  sw_rule_sets *sets = NULL;
  sw_qregexes *regexes = sw_qregexes_new();
  sw_status st = regexes ? sw_rule_sets_new(l->packs, &sets, err) : no_memory(err);
  if (!st) {
    sw_rule_binder b = {.arena = a, .table = &l->schema, .sets = sw_rule_sets_view(sets), .regexes = regexes, .org_column = l->def->org.name};
    sw_rule_bound bound;
    bool in_when;
    st = sw_rule_bind(&b, l->rule, 0, &bound, &in_when, err);
    if (!st) sw_expr_columns(bound.x, note_read, l);
  }
  sw_rule_sets_free(sets);
  sw_qregexes_free(regexes);
  return st;
}

static sw_status find_rule(lister *l, sw_error *err) {
  sw_rule_list rules;
  l->def = sw_pack_table(l->packs, sw_str_of(l->table));
  if (!l->def) return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0030", "没有声明表 %s", "no table %s is declared", l->table);
  sw_status st = sw_rules_schema(l->packs, l->def, &l->arena, &l->schema, err);
  if (!st) st = sw_rules_of_table(l->packs, sw_str_of(l->table), &l->arena, &rules, err);
  for (size_t i = 0; !st && i < rules.n; i++)
    if (sw_str_eqz(rules.items[i]->id.name, l->o->rule)) l->rule = rules.items[i];
  if (!st && !l->rule) st = SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0051", "内容包里已没有规则 %s", "the packs have no rule %s any more", l->o->rule);
  return st ? st : find_reads(l, err);
}

/* The children's values in one cell: "I10.x00 1 | E11.900 1". */
static void put_child(lister *l, size_t child, sw_buf *sql) {
  const sw_child_def *cd = NULL;
  for (size_t i = 0; i < l->def->children.n; i++)
    if (sw_str_eq(l->def->children.keys[i].name, l->schema.children[child].name)) cd = SW_VALUE(sw_child_def, l->def->children, i);
  bool any = false;
  for (size_t i = 0; i < l->schema.children[child].ncolumns; i++) any |= l->child_reads[child][i];
  if (!cd || !any) return;
  sw_buf_puts(sql, ", (SELECT string_agg(concat_ws(' '");
  for (size_t i = 0; i < l->schema.children[child].ncolumns; i++)
    if (l->child_reads[child][i]) sw_sql_build(sql, ", CAST(x.{} AS VARCHAR)", sw_sql_id(sw_arena_dupz(&l->arena, l->schema.children[child].columns[i].name)));
  sw_sql_build(sql, "), ' | ' ORDER BY x._row) FROM {} x WHERE ", sw_sql_dotted(sw_arena_dupz(&l->arena, cd->table.name)));
  const sw_config_list *on = cd->on.n ? &cd->on : &l->def->key;
  for (size_t i = 0; i < on->n; i++) {
    const char *name = sw_arena_dupz(&l->arena, SW_ITEM(sw_ref, *on, i)->name);
    sw_sql_build(sql, "{}x.{} = t.{}", sw_sql_raw(sw_str_of(i ? " AND " : "")), sw_sql_id(name), sw_sql_id(name));
  }
  sw_sql_build(sql, ") AS {}", sw_sql_id(sw_arena_dupz(&l->arena, l->schema.children[child].name)));
}

/* Lines of the landed rows: the ods tables that the failing rows' batches belong to. */
static sw_status put_lines(lister *l, sw_buf *sql, sw_error *err) {
  sw_rows *r;
  bool there = false;
  sw_status st = sw_table_exists(l->c, "meta", "batch", &there, err);
  if (st) return st;
  if (!there) {
    sw_buf_puts(sql, "(SELECT NULL::BIGINT AS _row, NULL::BIGINT AS _line WHERE false)");
    return SW_OK;
  }
  st = sw_query(l->c,
                "SELECT DISTINCT b.table_name FROM meta.batch b WHERE b.batch_no IN (SELECT DISTINCT _row >> 31 FROM quality.failure WHERE rule = ? AND run = ? "
                "AND table_name = ?)",
                SW_PARAMS(sw_p_strz(l->o->rule), sw_p_strz(l->run), sw_p_strz(l->table)), l->cancel, &r, err);
  if (st) return st;
  sw_step step;
  size_t n = 0;
  while ((step = sw_rows_next(r, err)) == SW_ROW) {
    const char *name = sw_arena_dupz(&l->arena, sw_rows_str(r, 0)); /* "ods.x", or "x" */
    sw_sql_build(sql, "{}SELECT _row, _line FROM {}", sw_sql_raw(sw_str_of(n ? " UNION ALL " : "(")),
                 name && strchr(name, '.') ? sw_sql_dotted(name) : sw_sql_table("ods", name));
    n++;
  }
  sw_rows_free(r);
  if (!n) sw_buf_puts(sql, "(SELECT NULL::BIGINT AS _row, NULL::BIGINT AS _line WHERE false");
  sw_buf_putc(sql, ')');
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK;
}

static sw_status put_select(lister *l, sw_buf *sql, sw_error *err) {
  bool batches = false;
  sw_status st = sw_table_exists(l->c, "meta", "batch", &batches, err);
  if (st) return st;
  sw_buf_puts(sql, "SELECT f.rule, f.org, ");
  sw_buf_puts(sql, batches ? "b.file, l._line AS line, f._row" : "NULL AS file, l._line AS line, f._row");
  for (size_t i = 0; i < l->schema.ncolumns; i++)
    if (l->row_reads[i]) sw_sql_build(sql, ", t.{}", sw_sql_id(sw_arena_dupz(&l->arena, l->schema.columns[i].name)));
  for (size_t i = 0; i < l->schema.nchildren; i++) put_child(l, i, sql);
  sw_sql_build(sql, " FROM quality.failure f LEFT JOIN {} t ON t._row = f._row", sw_sql_dotted(l->table));
  sw_column_info *cols;
  size_t n;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT * FROM {}", sw_sql_dotted(l->table));
  if ((st = sw_describe(l->c, q.ptr, &l->arena, &cols, &n, err))) return st;
  for (size_t i = 0; i < n; i++)
    if (strcmp(cols[i].name, "_part") == 0) sw_buf_puts(sql, " AND t._part IS NOT DISTINCT FROM f._part");
  if (batches) sw_buf_puts(sql, " LEFT JOIN meta.batch b ON b.batch_no = f._row >> 31");
  sw_buf_puts(sql, " LEFT JOIN ");
  if ((st = put_lines(l, sql, err))) return st;
  sw_sql_build(sql, " l ON l._row = f._row WHERE f.rule = {} AND f.run = {} AND f.table_name = {}", sw_sql_text(l->o->rule), sw_sql_text(l->run), sw_sql_text(l->table));
  if (l->o->org) sw_sql_build(sql, " AND f.org = {}", sw_sql_text(l->o->org));
  sw_buf_puts(sql, " ORDER BY f.org, f._row, f._part");
  if (l->o->limit > 0) sw_sql_build(sql, " LIMIT {}", sw_sql_i64(l->o->limit));
  return sw_buf_check(sql, err);
}

sw_status sw_quality_failures_sql(sw_conn *c, const sw_pack_set *packs, const sw_failures_options *o, const sw_cancel *cancel, sw_buf *sql,
                                  sw_error *err) {
  lister l = {.c = c, .packs = packs, .o = o, .cancel = cancel};
  bool checked = false;
  sw_status st = sw_table_exists(c, "store", "kept_quality_rule", &checked, err);
  if (!st && !checked) st = SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0050", "没有检查过规则 %s；先运行 suwen check", "rule %s has not been checked; run suwen check first", o->rule);
  if (!st) st = find_run(&l, err);
  if (!st) st = find_rule(&l, err);
  if (!st) st = put_select(&l, sql, err);
  sw_arena_fini(&l.arena);
  return st;
}
