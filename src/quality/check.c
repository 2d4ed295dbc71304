#include "quality/check_internal.h"

#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "quality/regex.h"
#include "quality/score.h"

#include <stdlib.h>

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* --- the tables ------------------------------------------------------------------------------------------ */

/* Failing rows are kept narrow, as numbers, and shown by a view that looks the names up: a regional check has tens of
 * millions of them. */
sw_status sw_quality_prepare(sw_conn *c, sw_error *err) {
  sw_status st = sw_score_prepare(c, err);
  return st ? st : sw_exec(c,
                 "CREATE SCHEMA IF NOT EXISTS store; CREATE SCHEMA IF NOT EXISTS quality;"
                 "CREATE TABLE IF NOT EXISTS store.kept_quality_run(run_no INTEGER, run VARCHAR, table_name VARCHAR, as_of TIMESTAMP, "
                 "checked_rows BIGINT, elapsed_us BIGINT);"
                 "CREATE TABLE IF NOT EXISTS store.kept_quality_rule(run_no INTEGER, rule_no INTEGER, rule VARCHAR, version BIGINT, "
                 "mandatory BOOLEAN, dimension VARCHAR, severity VARCHAR, weight DOUBLE, item VARCHAR, verified BOOLEAN, source VARCHAR, "
                 "title_zh VARCHAR, title_en VARCHAR, message_zh VARCHAR, message_en VARCHAR, state VARCHAR, reason_zh VARCHAR, reason_en VARCHAR, "
                 "time_share DOUBLE);"
                 "CREATE TABLE IF NOT EXISTS store.kept_quality_org(run_no INTEGER, org_no INTEGER, org VARCHAR);"
                 "CREATE TABLE IF NOT EXISTS store.kept_quality_result(run_no INTEGER, rule_no INTEGER, org_no INTEGER, checked BIGINT, "
                 "failed BIGINT, not_applicable BIGINT, broken BIGINT);"
                 "CREATE TABLE IF NOT EXISTS store.kept_quality_failure(run_no INTEGER, rule_no INTEGER, org_no INTEGER, _row BIGINT, _part INTEGER);"
                 "CREATE TABLE IF NOT EXISTS store.kept_quality_metric(run VARCHAR, as_of TIMESTAMP, table_name VARCHAR, rule VARCHAR, org VARCHAR, "
                 "value DOUBLE);"
                 "CREATE VIEW IF NOT EXISTS quality.run AS SELECT run, table_name, as_of, checked_rows, elapsed_us FROM store.kept_quality_run;"
                 "CREATE VIEW IF NOT EXISTS quality.rule AS SELECT u.run, u.table_name, r.* EXCLUDE (run_no, rule_no) "
                 "FROM store.kept_quality_rule r JOIN store.kept_quality_run u USING (run_no);"
                 "CREATE VIEW IF NOT EXISTS quality.result AS SELECT u.run, r.rule, r.version, u.table_name, o.org, r.mandatory, f.checked, f.failed, "
                 "f.not_applicable, f.broken, r.time_share, r.dimension, r.severity, r.weight, r.item, r.state, u.as_of "
                 "FROM store.kept_quality_result f JOIN store.kept_quality_run u USING (run_no) "
                 "JOIN store.kept_quality_rule r USING (run_no, rule_no) JOIN store.kept_quality_org o USING (run_no, org_no);"
                 "CREATE VIEW IF NOT EXISTS quality.failure AS SELECT u.run, r.rule, o.org, f._row, f._part, u.table_name "
                 "FROM store.kept_quality_failure f JOIN store.kept_quality_run u USING (run_no) "
                 "JOIN store.kept_quality_rule r USING (run_no, rule_no) JOIN store.kept_quality_org o USING (run_no, org_no);"
                 "CREATE VIEW IF NOT EXISTS quality.metric AS SELECT * FROM store.kept_quality_metric;",
                 NULL, err);
}

/* --- helpers of set rules ------------------------------------------------------------------------------------ */

const char *sw_check_relation(const sw_check *k) { return k->o.relation ? k->o.relation : k->o.table_name; }

void sw_check_org_sql(const sw_check *k, sw_buf *sql) {
  if (k->o.org_column) sw_sql_build(sql, "coalesce(CAST({} AS VARCHAR), '')", sw_sql_id(k->o.org_column));
  else sw_buf_puts(sql, "''");
}

sw_status sw_check_org(sw_check *k, sw_str name, uint32_t *out, sw_error *err) {
  sw_map *m = &k->scan.total.orgs.by_name;
  uint64_t *at = sw_map_at(m, name, m->len, NULL);
  if (!at) return no_memory(err);
  *out = (uint32_t)*at;
  return SW_OK;
}

sw_status sw_check_cell(sw_check *k, sw_result_cell cell, sw_error *err) { return SW_VEC_PUSH(&k->cells, cell) ? SW_OK : no_memory(err); }

static sw_status hand_over(sw_check *k, sw_error *err) {
  if (!k->set_failing.len) return SW_OK;
  sw_failing *items = malloc(k->set_failing.len * sizeof *items);
  if (!items) return no_memory(err);
  memcpy(items, k->set_failing.items, k->set_failing.len * sizeof *items);
  uint32_t n = (uint32_t)k->set_failing.len;
  k->set_failing.len = 0;
  return sw_fail_store_add(&k->scan.failures, items, n, err);
}

sw_status sw_check_fail(sw_check *k, uint32_t rule, uint32_t org, int64_t row, int32_t part, sw_error *err) {
  sw_failing f = {.row = row, .part = part, .rule = (uint16_t)rule, .org = (uint16_t)org};
  if (!SW_VEC_PUSH(&k->set_failing, f)) return no_memory(err);
  return k->set_failing.len == SW_FAIL_BLOCK ? hand_over(k, err) : SW_OK;
}

/* --- running ---------------------------------------------------------------------------------------------------- */

static bool is_row_rule(const sw_rule_def *r) { return r->type == SW_RT_ROW || r->type == SW_RT_SQL; }

static void say(sw_rule_outcome *o, sw_arena *a, sw_rule_state state, const char *zh, const char *en) {
  o->state = state;
  o->reason[0] = sw_arena_dupz(a, sw_str_of(zh));
  o->reason[1] = sw_arena_dupz(a, sw_str_of(en));
}

/* The child that a rule speaks of and that has no table yet; -1 when all are there. */
static int absent_child(const sw_check *k, const sw_xnode *x) {
  if (x->op >= SW_X_ANY && x->op <= SW_X_DUPLICATES && !k->child_there[x->child]) return x->child;
  for (uint32_t i = 0; i < x->nkids; i++) {
    int c = absent_child(k, x->kids[i]);
    if (c >= 0) return c;
  }
  return -1;
}

static sw_status find_children(sw_check *k, sw_conn *c, sw_error *err) {
  size_t n = k->o.table->nchildren;
  k->child_there = SW_ARENA_ARRAY(&k->arena, bool, n + 1);
  if (!k->child_there) return no_memory(err);
  for (size_t i = 0; i < n; i++) {
    const char *relation = k->o.children[i].relation, *dot = strchr(relation, '.');
    char *schema = dot ? sw_arena_dupz(&k->arena, (sw_str){relation, (size_t)(dot - relation)}) : NULL;
    sw_status st = sw_table_exists(c, schema ? schema : "", dot ? dot + 1 : relation, &k->child_there[i], err);
    if (st) return st;
  }
  k->scan.child_there = k->child_there;
  return SW_OK;
}

/* Which rules take part in the scan; rules without their dictionary, and those that cannot be built, are told so. */
static sw_status choose_rules(sw_check *k, sw_error *err) {
  sw_scan *s = &k->scan;
  for (size_t i = 0; i < k->o.nrules; i++) {
    const sw_rule_def *d = k->o.rules[i];
    sw_rule_outcome *o = &k->out.rules[i];
    o->rule = d;
    s->rules[i].def = d;
    if (d->type == SW_RT_UNBUILDABLE) {
      o->state = SW_RULE_NOT_BUILT;
      o->reason[0] = sw_arena_dupz(&k->arena, d->unbuildable.zh);
      o->reason[1] = sw_arena_dupz(&k->arena, d->unbuildable.en);
    }
    if (!is_row_rule(d)) continue;
    sw_rule_bound b;
    bool in_when;
    sw_rule_binder binder = {.arena = &k->arena, .table = k->o.table, .sets = k->o.sets, .regexes = s->regexes, .as_of_us = k->o.as_of_us,
                             .org_column = sw_str_of(k->o.org_column)};
    sw_status st = sw_rule_bind(&binder, d, 0, &b, &in_when, err);
    if (st) return SW_FRAME(err, "编译规则 %.*s", "compiling rule %.*s", SW_STR_ARG(d->id.name));
    int absent = absent_child(k, b.x);
    s->rules[i].active = !b.missing.len && absent < 0;
    if (absent >= 0)
      say(o, &k->arena, SW_RULE_NO_DICTIONARY, sw_arena_printf(&k->arena, "还没有表 %s", k->o.children[absent].relation),
          sw_arena_printf(&k->arena, "there is no table %s yet", k->o.children[absent].relation));
    else if (b.missing.len)
      say(o, &k->arena, SW_RULE_NO_DICTIONARY, sw_arena_printf(&k->arena, "缺少字典 %.*s", SW_STR_ARG(b.missing)),
          sw_arena_printf(&k->arena, "dictionary %.*s is not installed", SW_STR_ARG(b.missing)));
  }
  return SW_OK;
}

/* The tally's counts as result cells: one for each rule and institution with rows. */
static sw_status row_results(sw_check *k, sw_error *err) {
  sw_scan *s = &k->scan;
  size_t norgs = s->total.orgs.by_name.len;
  double all_ticks = 0, *ticks = SW_ARENA_ARRAY(&k->arena, double, s->nactive + 1);
  if (!ticks) return no_memory(err);
  for (size_t r = 0; r < s->nactive; r++) {
    const sw_scan_rule *rule = &s->rules[s->index[r]];
    ticks[r] = s->ticks[rule->output] + (rule->applies == SW_NO_OUTPUT ? 0 : s->ticks[rule->applies]);
    all_ticks += ticks[r];
  }
  for (size_t r = 0; r < s->nactive; r++) {
    if (all_ticks > 0) k->out.rules[s->index[r]].time_share = ticks[r] / all_ticks;
    for (size_t o = 0; o < norgs; o++) {
      const sw_count *n = &s->total.counts[o * s->total.nrules + r];
      sw_result_cell cell = {.rule = (uint32_t)s->index[r], .org = (uint32_t)o, .failed = n->failed, .not_applicable = n->not_applicable, .broken = n->broken};
      cell.checked = s->total.rows[o] - n->not_applicable - n->broken;
      if (sw_check_cell(k, cell, err)) return no_memory(err);
    }
  }
  return SW_OK;
}

/* Rules that the scan left out: their rows are all broken, or all not applicable. */
static sw_status left_out(sw_check *k, sw_error *err) {
  sw_scan *s = &k->scan;
  for (size_t i = 0; i < k->o.nrules; i++) {
    if (!is_row_rule(k->o.rules[i]) || s->rules[i].active) continue;
    if (s->rules[i].broken) say(&k->out.rules[i], &k->arena, SW_RULE_BROKEN, s->rules[i].reason[0], s->rules[i].reason[1]);
    for (size_t o = 0; o < s->total.orgs.by_name.len && s->nactive; o++) {
      int64_t rows = s->total.rows[o];
      sw_result_cell cell = {.rule = (uint32_t)i, .org = (uint32_t)o, .broken = s->rules[i].broken ? rows : 0};
      cell.not_applicable = rows - cell.broken;
      if (sw_check_cell(k, cell, err)) return no_memory(err);
    }
  }
  return SW_OK;
}

/* A set rule that raises ends the transaction: it is marked broken, and the others go on in a new one. */
static sw_status set_results(sw_check *k, sw_conn *c, sw_error *err) {
  for (uint32_t i = 0; i < k->o.nrules; i++) {
    const sw_rule_def *d = k->o.rules[i];
    if (is_row_rule(d) || d->type == SW_RT_UNBUILDABLE || k->o.nbatches) continue;
    size_t cells = k->cells.len, failing = k->set_failing.len;
    int64_t kept = k->scan.failures.total;
    sw_error why = SW_ERROR_INIT;
    sw_status st = sw_check_set_rule(k, c, i, &why);
    if (!st) continue;
    if (st != SW_E_ENGINE && st != SW_E_DATA) {
      if (err) *err = why;
      return SW_FRAME(err, "执行规则 %.*s", "running rule %.*s", SW_STR_ARG(d->id.name));
    }
    sw_rollback(c);
    k->cells.len = cells;
    while (k->pending.len && k->pending.items[k->pending.len - 1].cell >= cells) k->pending.len--;
    if (k->scan.failures.total == kept) k->set_failing.len = failing;
    say(&k->out.rules[i], &k->arena, SW_RULE_BROKEN, sw_arena_printf(&k->arena, "查询出错（%s）", why.code),
        sw_arena_printf(&k->arena, "its query raised an error (%s)", why.code));
    if ((st = sw_begin(c, err))) return st;
  }
  sw_status st = sw_check_settle(k, err);
  return st ? st : hand_over(k, err);
}

static void sum_up(sw_check *k) {
  sw_check_outcome *out = &k->out;
  for (size_t i = 0; i < k->cells.len; i++) {
    const sw_result_cell *n = &k->cells.items[i];
    sw_rule_outcome *r = &out->rules[n->rule];
    r->checked += n->checked;
    r->failed += n->failed;
    r->not_applicable += n->not_applicable;
    r->broken += n->broken;
  }
  for (size_t i = 0; i < out->nrules; i++) {
    sw_rule_outcome *r = &out->rules[i];
    if (r->state == SW_RULE_RAN && r->broken)
      say(r, &k->arena, SW_RULE_BROKEN, "有行的运算超出定义域或数值范围", "on some rows an operation left its domain or range");
    if (r->state == SW_RULE_RAN && !r->checked)
      r->state = r->rule->type == SW_RT_METRIC && r->not_applicable ? SW_RULE_NO_HISTORY : SW_RULE_NEVER;
    if (r->rule->kind == SW_RULE_MANDATORY) out->mandatory_failed += r->failed;
    else out->verify_failed += r->failed;
    out->broken += r->state == SW_RULE_BROKEN;
    out->never += r->state == SW_RULE_NEVER;
  }
  out->failures = k->scan.failures.total;
  out->rows = k->scan.rows;
}

/* Without row rules the scan does not count the snapshot's rows. */
static sw_status count_rows(sw_check *k, sw_conn *c, sw_error *err) {
  if (k->scan.nactive) return SW_OK;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "SELECT count(*) FROM {}", sw_sql_dotted(sw_check_relation(k)));
  sw_scan_where(&k->o, &sql);
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  return sw_query_i64(c, sql.ptr, SW_NO_PARAMS, k->o.cancel, &k->scan.rows, NULL, err);
}

static sw_status run(sw_check *k, sw_conn *c, sw_error *err) {
  int64_t from = sw_mono_us();
  sw_status st = find_children(k, c, err);
  if (!st) st = choose_rules(k, err);
  if (!st) st = sw_scan_run(&k->scan, err);
  if (st) return st;
  k->out.scan_us = sw_mono_us() - from;
  st = row_results(k, err);
  if (!st) st = left_out(k, err);
  if (!st) st = set_results(k, c, err);
  if (!st) st = count_rows(k, c, err);
  sw_rollback(c); /* it only read */
  if (st) return st;
  sum_up(k);
  k->out.elapsed_us = sw_mono_us() - from;
  return SW_OK;
}

static sw_status start(sw_check *k, sw_conn *c, const sw_check_options *o, sw_error *err) {
  k->o = *o;
  k->scan.o = &k->o;
  k->scan.conn = c;
  k->scan.arena = &k->arena;
  k->scan.failures.spill = -1;
  k->scan.regexes = sw_qregexes_new();
  k->scan.rules = SW_ARENA_ARRAY(&k->arena, sw_scan_rule, o->nrules + 1);
  k->scan.index = SW_ARENA_ARRAY(&k->arena, size_t, o->nrules + 1);
  k->out.rules = SW_ARENA_ARRAY(&k->arena, sw_rule_outcome, o->nrules + 1);
  k->out.nrules = o->nrules;
  return k->scan.regexes && sw_arena_ok(&k->arena) ? run(k, c, err) : no_memory(err);
}

static sw_status finish(sw_check *k, sw_status st, const char *table, sw_check **out, sw_error *err) {
  if (!st) return SW_OK;
  sw_check_free(k);
  *out = NULL;
  return SW_FRAME(err, "检查表 %s", "checking table %s", table);
}

sw_status sw_quality_run(sw_conn *c, const sw_check_options *o, sw_check **out, sw_error *err) {
  sw_check *k = *out = calloc(1, sizeof *k);
  if (!k) return no_memory(err);
  return finish(k, start(k, c, o, err), o->table_name, out, err);
}

/* --- a table of a pack set ------------------------------------------------------------------------------------------ */

static sw_status fill_children(sw_check *k, const sw_pack_set *packs, const sw_table_def *t, sw_check_options *o, sw_error *err) {
  sw_arena *a = &k->arena;
  sw_check_child *children = SW_ARENA_ARRAY(a, sw_check_child, t->children.n + 1);
  if (!children) return no_memory(err);
  o->children = children;
  size_t n = 0;
  for (size_t i = 0; i < t->children.n; i++) {
    const sw_child_def *c = SW_VALUE(sw_child_def, t->children, i);
    const sw_table_def *ct = sw_pack_table(packs, c->table.name);
    const sw_config_list *on = c->on.n ? &c->on : &t->key;
    if (!ct) continue;
    const char **names = SW_ARENA_ARRAY(a, const char *, on->n + 1);
    if (!names) return no_memory(err);
    sw_check_child *out = &children[n++];
    *out = (sw_check_child){.name = t->children.keys[i].name, .relation = sw_arena_dupz(a, c->table.name), .on = names};
    for (size_t j = 0; j < on->n; j++)
      if (sw_table_column(ct, SW_ITEM(sw_ref, *on, j)->name)) names[out->non++] = sw_arena_dupz(a, SW_ITEM(sw_ref, *on, j)->name);
  }
  return SW_OK;
}

static bool listed(const sw_check_table *t, sw_str id) {
  if (!t->only) return true;
  for (size_t i = 0; i < t->nonly; i++)
    if (sw_str_eqz(id, t->only[i])) return true;
  return false;
}

static sw_status fill_options(sw_check *k, const sw_check_table *t, sw_check_options *o, sw_error *err) {
  sw_arena *a = &k->arena;
  const sw_table_def *def = sw_pack_table(t->packs, sw_str_of(t->table));
  if (!def) return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0030", "没有声明表 %s", "no table %s is declared", t->table);
  sw_qtable *table = SW_ARENA_NEW(a, sw_qtable);
  sw_rule_list rules;
  if (!table) return no_memory(err);
  sw_status st = sw_rules_schema(t->packs, def, a, table, err);
  if (!st) st = fill_children(k, t->packs, def, o, err);
  if (!st) st = sw_rules_of_table(t->packs, sw_str_of(t->table), a, &rules, err);
  if (!st) st = sw_rule_sets_new(t->packs, &k->own_sets, err);
  if (st) return st;
  size_t n = 0;
  for (size_t i = 0; i < rules.n; i++)
    if (listed(t, rules.items[i]->id.name)) rules.items[n++] = rules.items[i];
  if (t->only && !n) return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0031", "表 %s 没有这些规则", "table %s has none of these rules", t->table);
  o->table_name = sw_arena_dupz(a, sw_str_of(t->table));
  o->table = table;
  o->org_column = def->org.name.len ? sw_arena_dupz(a, def->org.name) : "_org";
  o->time_column = def->time.name.len ? sw_arena_dupz(a, def->time.name) : NULL;
  o->rules = rules.items;
  o->nrules = n;
  o->sets = sw_rule_sets_view(k->own_sets);
  return SW_OK;
}

sw_status sw_quality_run_table(sw_conn *c, const sw_check_table *t, sw_check **out, sw_error *err) {
  sw_check *k = *out = calloc(1, sizeof *k);
  if (!k) return no_memory(err);
  sw_check_options o = t->base;
  sw_status st = fill_options(k, t, &o, err);
  if (!st) st = start(k, c, &o, err);
  return finish(k, st, t->table, out, err);
}

void sw_check_free(sw_check *k) {
  if (!k) return;
  sw_scan_fini(&k->scan);
  sw_qregexes_free(k->scan.regexes);
  SW_VEC_FREE(&k->cells);
  SW_VEC_FREE(&k->metrics);
  SW_VEC_FREE(&k->pending);
  SW_VEC_FREE(&k->set_failing);
  sw_rule_sets_free(k->own_sets);
  sw_arena_fini(&k->arena);
  free(k);
}

const sw_check_outcome *sw_check_result(const sw_check *k) { return &k->out; }

/* --- storing ------------------------------------------------------------------------------------------------------- */

static const char *state_name(sw_rule_state s) {
  static const char *const names[] = {"ran", "never applied", "broken", "dictionary missing", "not built", "too little history"};
  return names[s];
}

/* The same run of the same table again replaces what it stored; old runs lose their failing rows. */
static sw_status clear_old(sw_conn *c, const sw_check *k, sw_error *err) {
  static const char *const tables[] = {"kept_quality_rule", "kept_quality_org", "kept_quality_result", "kept_quality_failure", "kept_quality_run"};
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  int64_t keep = k->o.keep_failures > 0 ? k->o.keep_failures : 2;
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    sw_sql_build(&sql, "DELETE FROM {} WHERE run_no IN (SELECT run_no FROM store.kept_quality_run WHERE run = {} AND table_name = {});",
                 sw_sql_table("store", tables[i]), sw_sql_text(k->o.run), sw_sql_text(k->o.table_name));
  sw_sql_build(&sql, "DELETE FROM store.kept_quality_metric WHERE run = {} AND table_name = {};", sw_sql_text(k->o.run), sw_sql_text(k->o.table_name));
  sw_sql_build(&sql,
               "DELETE FROM store.kept_quality_failure WHERE run_no IN (SELECT run_no FROM store.kept_quality_run WHERE table_name = {} "
               "ORDER BY run_no DESC OFFSET {});",
               sw_sql_text(k->o.table_name), sw_sql_i64(keep - 1));
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  return sw_exec(c, sql.ptr, NULL, err);
}

static sw_status store_rules(sw_conn *c, const sw_check *k, int32_t run_no, sw_error *err) {
  sw_sink *s;
  sw_out_chunk *ch;
  static const char *const severities[] = {"low", "medium", "high", "critical"};
  sw_status st = sw_sink_open(c, "store", "kept_quality_rule", &s, err);
  if (st) return st;
  for (size_t i = 0; i < k->out.nrules && !st; i++) {
    const sw_rule_outcome *r = &k->out.rules[i];
    const sw_rule_def *d = r->rule;
    if ((st = sw_sink_chunk(s, &ch, err))) break;
    sw_out_column *o = ch->columns;
    ((int32_t *)o[0].data)[0] = run_no;
    ((int32_t *)o[1].data)[0] = (int32_t)i;
    ((int64_t *)o[3].data)[0] = d->version;
    ((bool *)o[4].data)[0] = d->kind == SW_RULE_MANDATORY;
    ((double *)o[7].data)[0] = d->weight;
    ((bool *)o[9].data)[0] = d->verified;
    ((double *)o[18].data)[0] = r->time_share;
    const sw_str texts[] = {d->id.name, sw_str_of(sw_dimension_key((sw_dimension)d->dimension)), sw_str_of(severities[d->severity]), d->item, d->source,
                            d->title.zh, d->title.en, d->message.zh, d->message.en, sw_str_of(state_name(r->state)),
                            sw_str_of(r->reason[0] ? r->reason[0] : ""), sw_str_of(r->reason[1] ? r->reason[1] : "")};
    static const int at[] = {2, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16, 17};
    for (size_t t = 0; t < sizeof at / sizeof *at; t++) sw_out_str(&o[at[t]], 0, texts[t]);
    ch->n = 1;
    st = sw_sink_append(s, err);
  }
  if (!st) return sw_sink_close(s, err);
  sw_sink_abort(s);
  return st;
}

static sw_status store_orgs(sw_conn *c, const sw_check *k, int32_t run_no, sw_error *err) {
  const sw_map *m = &k->scan.total.orgs.by_name;
  sw_sink *s;
  sw_out_chunk *ch;
  sw_status st = sw_sink_open(c, "store", "kept_quality_org", &s, err);
  if (st) return st;
  for (size_t i = 0; i < m->len && !st; i++) {
    if ((st = sw_sink_chunk(s, &ch, err))) break;
    ((int32_t *)ch->columns[0].data)[0] = run_no;
    ((int32_t *)ch->columns[1].data)[0] = (int32_t)i;
    sw_out_str(&ch->columns[2], 0, m->entries[i].key);
    ch->n = 1;
    st = sw_sink_append(s, err);
  }
  if (!st) return sw_sink_close(s, err);
  sw_sink_abort(s);
  return st;
}

static sw_status store_results(sw_conn *c, const sw_check *k, int32_t run_no, sw_error *err) {
  sw_sink *s;
  sw_out_chunk *ch;
  sw_status st = sw_sink_open(c, "store", "kept_quality_result", &s, err);
  if (st) return st;
  for (size_t i = 0; i < k->cells.len && !st;) {
    if ((st = sw_sink_chunk(s, &ch, err))) break;
    sw_out_column *o = ch->columns;
    for (ch->n = 0; ch->n < ch->cap && i < k->cells.len; ch->n++, i++) {
      const sw_result_cell *r = &k->cells.items[i];
      ((int32_t *)o[0].data)[ch->n] = run_no;
      ((int32_t *)o[1].data)[ch->n] = (int32_t)r->rule;
      ((int32_t *)o[2].data)[ch->n] = (int32_t)r->org;
      ((int64_t *)o[3].data)[ch->n] = r->checked;
      ((int64_t *)o[4].data)[ch->n] = r->failed;
      ((int64_t *)o[5].data)[ch->n] = r->not_applicable;
      ((int64_t *)o[6].data)[ch->n] = r->broken;
    }
    st = sw_sink_append(s, err);
  }
  if (!st) return sw_sink_close(s, err);
  sw_sink_abort(s);
  return st;
}

static void fill_failures(sw_out_chunk *ch, const sw_failing *f, size_t n, int32_t run_no) {
  sw_out_column *o = ch->columns;
  ch->n = n;
  for (size_t i = 0; i < n; i++) {
    ((int32_t *)o[0].data)[i] = run_no;
    ((int32_t *)o[1].data)[i] = f[i].rule;
    ((int32_t *)o[2].data)[i] = f[i].org;
    ((int64_t *)o[3].data)[i] = f[i].row;
    ((int32_t *)o[4].data)[i] = f[i].part;
    if (f[i].part == SW_NO_PART) sw_out_null(&o[4], i);
  }
}

static sw_status store_failures(sw_conn *c, const sw_check *k, int32_t run_no, sw_error *err) {
  sw_sink *s;
  sw_out_chunk *ch;
  sw_failing *room = malloc(SW_FAIL_BLOCK * sizeof *room);
  if (!room) return no_memory(err);
  sw_status st = sw_sink_open(c, "store", "kept_quality_failure", &s, err);
  if (st) {
    free(room);
    return st;
  }
  for (size_t b = 0; b < k->scan.failures.blocks.len && !st; b++) {
    const sw_failing *items;
    uint32_t n;
    st = sw_fail_store_read(&k->scan.failures, b, room, &items, &n, err);
    for (uint32_t i = 0; i < n && !st;) {
      if ((st = sw_sink_chunk(s, &ch, err))) break;
      size_t take = n - i < ch->cap ? n - i : ch->cap;
      fill_failures(ch, items + i, take, run_no);
      i += (uint32_t)take;
      st = sw_sink_append(s, err);
    }
    if (!st) st = sw_cancel_check(k->o.cancel, err);
  }
  free(room);
  if (!st) return sw_sink_close(s, err);
  sw_sink_abort(s);
  return st;
}

static sw_status store_metrics(sw_conn *c, const sw_check *k, sw_error *err) {
  for (size_t i = 0; i < k->metrics.len; i++) {
    const sw_metric_cell *m = &k->metrics.items[i];
    sw_status st = sw_exec_params(c, "INSERT INTO store.kept_quality_metric VALUES (?, ?, ?, ?, ?, ?)",
                                  SW_PARAMS(sw_p_strz(k->o.run), sw_p_timestamp(k->o.as_of_us), sw_p_strz(k->o.table_name),
                                            sw_p_str(k->o.rules[m->rule]->id.name), sw_p_str(k->scan.total.orgs.by_name.entries[m->org].key), sw_p_f64(m->value)),
                                  NULL, NULL, err);
    if (st) return st;
  }
  return SW_OK;
}

sw_status sw_quality_store(sw_conn *c, sw_check *k, sw_error *err) {
  int64_t from = sw_mono_us(), run_no = 0;
  sw_status st = clear_old(c, k, err);
  if (!st) st = sw_query_i64(c, "SELECT coalesce(max(run_no), 0) + 1 FROM store.kept_quality_run", SW_NO_PARAMS, NULL, &run_no, NULL, err);
  if (!st)
    st = sw_exec_params(c, "INSERT INTO store.kept_quality_run VALUES (?, ?, ?, ?, ?, ?)",
                        SW_PARAMS(sw_p_i64(run_no), sw_p_strz(k->o.run), sw_p_strz(k->o.table_name), sw_p_timestamp(k->o.as_of_us), sw_p_i64(k->out.rows),
                                  sw_p_i64(k->out.elapsed_us)),
                        NULL, NULL, err);
  if (!st) st = store_rules(c, k, (int32_t)run_no, err);
  if (!st) st = store_orgs(c, k, (int32_t)run_no, err);
  if (!st) st = store_results(c, k, (int32_t)run_no, err);
  if (!st) st = store_failures(c, k, (int32_t)run_no, err);
  if (!st) st = store_metrics(c, k, err);
  if (!st && !k->o.nbatches) st = sw_score_store(c, k->o.run, k->o.table_name, sw_check_relation(k), k->o.org_column, err);
  k->out.store_us = sw_mono_us() - from;
  return st ? SW_FRAME(err, "保存 %s 的质控结果", "storing the results of %s", k->o.table_name) : SW_OK;
}

static sw_status store_body(sw_conn *c, void *ctx, sw_error *err) { return sw_quality_store(c, ctx, err); }

sw_status sw_quality_check(sw_conn *c, const sw_check_options *o, sw_check **out, sw_error *err) {
  sw_status st = sw_quality_run(c, o, out, err);
  if (!st) st = sw_transaction(c, store_body, *out, err);
  if (!st) return SW_OK;
  sw_check_free(*out);
  *out = NULL;
  return st;
}
