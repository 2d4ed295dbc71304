#include "quality/check_scan.h"

#include "engine/kernel.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "quality/regex.h"

#include <pthread.h>
#include <stdlib.h>

/* Children beyond this many values are joined in several rounds, so that their lists fit the memory. */
enum { CHILD_ROWS_PER_ROUND = 4000000, DEFAULT_BUDGET = 512 << 20 };

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* --- what the kernel's arguments are ------------------------------------------------------------------- */

typedef struct layout {
  size_t row, part, org;    /* argument numbers; SW_NO_OUTPUT: absent */
  size_t *columns;          /* by table column */
  size_t *lists;            /* by child */
  size_t **fields;          /* by child and column: field of its struct */
  size_t *sql;              /* by opaque predicate */
} layout;

typedef struct job {
  sw_scan *scan;
  layout at;
  pthread_mutex_t lock;     /* guards scan->total, failures, ticks, rows */
} job;

typedef struct worker {
  job *job;
  sw_plan_state *state;
  sw_tally tally;
  sw_failing *block;
  uint32_t nblock;
  uint16_t *org_map;        /* own institution number → the job's */
  size_t norg_map;
  const sw_column **row;    /* views for the plan */
  sw_qchild_view *children;
  const sw_column ***child_columns;
  const sw_column **sql;
} worker;

/* --- merging --------------------------------------------------------------------------------------------- */

/* Under the job's lock: numbers of institutions that the worker has met since. */
static sw_status map_orgs(worker *w, sw_error *err) {
  size_t n = w->tally.orgs.by_name.len;
  if (n == w->norg_map) return SW_OK;
  uint16_t *map = realloc(w->org_map, n * sizeof *map);
  if (!map) return no_memory(err);
  w->org_map = map;
  sw_tally *total = &w->job->scan->total;
  for (size_t i = w->norg_map; i < n; i++) {
    uint64_t *at = sw_map_at(&total->orgs.by_name, w->tally.orgs.by_name.entries[i].key, total->orgs.by_name.len, NULL);
    if (!at) return no_memory(err);
    map[i] = (uint16_t)*at;
  }
  w->norg_map = n;
  return SW_OK;
}

static sw_status flush_block(worker *w, sw_error *err) {
  if (!w->nblock) return SW_OK;
  job *j = w->job;
  pthread_mutex_lock(&j->lock);
  sw_status st = map_orgs(w, err);
  for (uint32_t i = 0; !st && i < w->nblock; i++) w->block[i].org = w->org_map[w->block[i].org];
  if (!st) {
    st = sw_fail_store_add(&j->scan->failures, w->block, w->nblock, err);
    w->block = NULL;
  }
  pthread_mutex_unlock(&j->lock);
  w->nblock = 0;
  return st;
}

static sw_status grow_total(sw_tally *t, size_t norgs, sw_error *err) {
  if (norgs <= t->norgs_cap) return SW_OK;
  size_t cap = norgs * 2;
  int64_t *rows = calloc(cap, sizeof *rows);
  sw_count *counts = calloc(cap * t->nrules + 1, sizeof *counts);
  if (!rows || !counts) {
    free(rows);
    free(counts);
    return no_memory(err);
  }
  memcpy(rows, t->rows, t->norgs_cap * sizeof *rows);
  memcpy(counts, t->counts, t->norgs_cap * t->nrules * sizeof *counts);
  free(t->rows);
  free(t->counts);
  t->rows = rows;
  t->counts = counts;
  t->norgs_cap = cap;
  return SW_OK;
}

/* Under the job's lock. */
static sw_status merge_counts(worker *w, sw_error *err) {
  sw_scan *s = w->job->scan;
  sw_status st = map_orgs(w, err);
  if (!st) st = grow_total(&s->total, s->total.orgs.by_name.len, err);
  if (st) return st;
  for (size_t o = 0; o < w->norg_map; o++) {
    size_t to = w->org_map[o];
    s->total.rows[to] += w->tally.rows[o];
    s->rows += w->tally.rows[o];
    for (size_t r = 0; r < w->tally.nrules; r++) {
      sw_count *a = &s->total.counts[to * s->total.nrules + r];
      const sw_count *b = &w->tally.counts[o * w->tally.nrules + r];
      a->failed += b->failed;
      a->not_applicable += b->not_applicable;
      a->broken += b->broken;
    }
  }
  sw_plan_ticks(w->state, s->ticks);
  return SW_OK;
}

/* --- the kernel -------------------------------------------------------------------------------------------- */

static void worker_free(worker *w) {
  if (!w) return;
  sw_plan_state_free(w->state);
  sw_tally_fini(&w->tally);
  free(w->block);
  free(w->org_map);
  free(w->row);
  for (size_t i = 0; w->child_columns && i < w->job->scan->o->table->nchildren; i++) free(w->child_columns[i]);
  free(w->child_columns);
  free(w->children);
  free(w->sql);
  free(w);
}

static sw_status worker_views(worker *w, sw_error *err) {
  const sw_qtable *t = w->job->scan->o->table;
  w->row = calloc(t->ncolumns + 1, sizeof *w->row);
  w->children = calloc(t->nchildren + 1, sizeof *w->children);
  w->child_columns = calloc(t->nchildren + 1, sizeof *w->child_columns);
  w->sql = calloc(w->job->scan->nsql + 1, sizeof *w->sql);
  if (!w->row || !w->children || !w->child_columns || !w->sql) return no_memory(err);
  for (size_t i = 0; i < t->nchildren; i++) {
    w->child_columns[i] = calloc(t->children[i].ncolumns + 1, sizeof **w->child_columns);
    if (!w->child_columns[i]) return no_memory(err);
    w->children[i].columns = w->child_columns[i];
  }
  return SW_OK;
}

static sw_status worker_start(void *ctx, void **state, sw_error *err) {
  job *j = ctx;
  worker *w = calloc(1, sizeof *w);
  if (!w) return no_memory(err);
  w->job = j;
  sw_status st = sw_plan_state_new(j->scan->plan, &w->state, err);
  if (!st) st = sw_tally_init(&w->tally, j->scan->nactive, err);
  if (!st) st = worker_views(w, err);
  if (st) worker_free(w);
  else *state = w;
  return st;
}

static void worker_end(void *ctx, void *state) {
  (void)ctx;
  worker_free(state);
}

/* The views of this chunk's columns. */
static void bind_chunk(worker *w, const sw_in_chunk *in) {
  const job *j = w->job;
  const sw_qtable *t = j->scan->o->table;
  for (size_t i = 0; i < t->ncolumns; i++) w->row[i] = j->at.columns[i] == SW_NO_OUTPUT ? NULL : &in->columns[j->at.columns[i]];
  for (size_t i = 0; i < j->scan->nsql; i++) w->sql[i] = &in->columns[j->at.sql[i]];
  for (size_t c = 0; c < t->nchildren; c++) {
    w->children[c].list = j->at.lists[c] == SW_NO_OUTPUT ? NULL : &in->columns[j->at.lists[c]];
    if (!w->children[c].list) continue;
    const sw_column *fields = &w->children[c].list->children[0];
    for (size_t k = 0; k < t->children[c].ncolumns; k++) {
      size_t f = j->at.fields[c][k];
      w->child_columns[c][k] = f < fields->nchildren ? &fields->children[f] : NULL;
    }
  }
}

static sw_status keep_failing(worker *w, size_t rule, const uint64_t *fail, const sw_in_chunk *in, sw_error *err) {
  const job *j = w->job;
  const int64_t *rows = in->columns[j->at.row].data;
  const sw_column *part = j->at.part == SW_NO_OUTPUT ? NULL : &in->columns[j->at.part];
  for (size_t word = 0; word * 64 < in->n; word++)
    for (uint64_t b = fail[word]; b; b &= b - 1) {
      size_t k = word * 64 + (size_t)__builtin_ctzll(b);
      if (!w->block && !(w->block = malloc(SW_FAIL_BLOCK * sizeof *w->block))) return no_memory(err);
      int32_t p = part && sw_column_valid(part, k) ? ((const int32_t *)part->data)[k] : SW_NO_PART;
      w->block[w->nblock++] = (sw_failing){.row = rows[k], .part = p, .rule = (uint16_t)j->scan->index[rule], .org = w->tally.org[k]};
      if (w->nblock == SW_FAIL_BLOCK && flush_block(w, err)) return err ? err->status : SW_E_NOMEM;
    }
  return SW_OK;
}

static sw_status scan_rules(worker *w, const sw_in_chunk *in, sw_error *err) {
  const sw_scan *s = w->job->scan;
  for (size_t r = 0; r < s->nactive; r++) {
    const sw_scan_rule *rule = &s->rules[s->index[r]];
    uint64_t fail[SW_MASK_WORDS], everywhere[SW_MASK_WORDS];
    const uint64_t *required = NULL;
    if (rule->def->unknown_fails) {
      memset(everywhere, 0xFF, sizeof everywhere);
      required = rule->applies == SW_NO_OUTPUT ? everywhere : sw_plan_mask(w->state, rule->applies).t;
    }
    sw_tally_rule(&w->tally, r, sw_plan_mask(w->state, rule->output), required, fail);
    sw_status st = keep_failing(w, r, fail, in, err);
    if (st) return st;
  }
  return SW_OK;
}

static sw_status worker_run(void *ctx, void *state, const sw_in_chunk *in, sw_out_column *out, sw_error *err) {
  job *j = ctx;
  worker *w = state;
  bind_chunk(w, in);
  sw_qbatch batch = {.n = in->n, .row = w->row, .children = w->children, .sql = w->sql};
  sw_status st = sw_plan_run(w->state, &batch, err);
  if (!st) st = sw_tally_batch(&w->tally, j->at.org == SW_NO_OUTPUT ? NULL : &in->columns[j->at.org], in->n, err);
  if (!st) st = scan_rules(w, in, err);
  for (size_t i = 0; i < in->n; i++) ((bool *)out->data)[i] = true;
  return st;
}

/* A worker's end comes also after an error; a scan that failed is started anew with nothing merged, so merging an
 * unfinished worker does no harm. */
static void worker_finish(void *ctx, void *state) {
  job *j = ctx;
  worker *w = state;
  sw_error ignored = SW_ERROR_INIT;
  sw_status st = flush_block(w, &ignored);
  pthread_mutex_lock(&j->lock);
  if (!st) st = merge_counts(w, &ignored);
  if (st) j->scan->rows = INT64_MIN / 2; /* noticed by the scan: its counts are not whole */
  pthread_mutex_unlock(&j->lock);
  worker_end(ctx, state);
}

/* --- the query ------------------------------------------------------------------------------------------------ */

static sw_type_id wanted_type(const sw_qcolumn *c) {
  switch (c->type) {
    case SW_Q_BOOL: return SW_TYPE_BOOL;
    case SW_Q_DATE: return SW_TYPE_DATE;
    case SW_Q_TIME: return SW_TYPE_TIMESTAMP;
    case SW_Q_TEXT: return SW_TYPE_STR;
    case SW_Q_FLOAT: return SW_TYPE_F64;
    case SW_Q_INT: case SW_Q_NULL: break;
  }
  return SW_TYPE_ANY;
}

static const char *sql_type(sw_type_id t) {
  switch ((int)t) {
    case SW_TYPE_BOOL: return "BOOLEAN";
    case SW_TYPE_DATE: return "DATE";
    case SW_TYPE_TIMESTAMP: return "TIMESTAMP";
    case SW_TYPE_STR: return "VARCHAR";
    default: return "DOUBLE";
  }
}

/* The column by name in what the relation has; NULL when absent. */
static const sw_column_info *has_column(const sw_column_info *cols, size_t n, sw_str name) {
  for (size_t i = 0; i < n; i++)
    if (sw_str_ieq(sw_str_of(cols[i].name), name)) return &cols[i];
  return NULL;
}

static void put_column(sw_buf *sql, sw_arena *a, const char *prefix, const sw_qcolumn *c, sw_type have) {
  sw_type_id want = wanted_type(c);
  bool whole = c->type == SW_Q_INT && (have.id == SW_TYPE_F64 || have.id == SW_TYPE_F32 || have.id == SW_TYPE_STR);
  const char *name = sw_arena_dupz(a, c->name);
  if (whole) {
    sw_buf_puts(sql, "CAST(");
    sw_buf_puts(sql, prefix);
    sw_sql_build(sql, "{} AS DECIMAL(18,{}))", sw_sql_id(name), sw_sql_i64(c->scale));
  } else if (want != SW_TYPE_ANY && have.id != want) {
    sw_buf_puts(sql, "CAST(");
    sw_buf_puts(sql, prefix);
    sw_sql_build(sql, "{} AS ", sw_sql_id(name));
    sw_buf_puts(sql, sql_type(want));
    sw_buf_putc(sql, ')');
  } else {
    sw_buf_puts(sql, prefix);
    sw_sql_build(sql, "{}", sw_sql_id(name));
  }
}

static sw_status describe(sw_scan *s, const char *relation, sw_column_info **cols, size_t *n, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "SELECT * FROM {}", sw_sql_dotted(relation));
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  return sw_describe(s->conn, sql.ptr, s->arena, cols, n, err);
}

void sw_scan_where(const sw_check_options *o, sw_buf *sql) {
  for (size_t i = 0; i < o->nbatches; i++) {
    sw_buf_puts(sql, i ? " OR " : " WHERE (");
    sw_sql_build(sql, "(_row >= {} AND _row < {})", sw_sql_i64(o->batches[i] << 31), sw_sql_i64((o->batches[i] + 1) << 31));
  }
  if (o->nbatches) sw_buf_putc(sql, ')');
}

static const char *relation_of(const sw_check_options *o) { return o->relation ? o->relation : o->table_name; }

typedef struct query {
  sw_buf args, from;
  size_t nargs;
} query;

static bool child_needed(const sw_scan *s, size_t c) {
  const sw_qtable *t = &s->o->table->children[c];
  for (uint32_t i = 0; i < t->ncolumns; i++)
    if (sw_plan_needs(s->plan, (int)c, i)) return true;
  return false;
}

/* count child (without a condition) reads no column, yet needs the list. */
static bool child_counted(const sw_xnode *x, size_t c) {
  if (x->op >= SW_X_ANY && x->op <= SW_X_DUPLICATES && x->child == (int)c) return true;
  for (uint32_t i = 0; i < x->nkids; i++)
    if (child_counted(x->kids[i], c)) return true;
  return false;
}

static bool child_used(const sw_scan *s, size_t c) {
  if (!s->child_there[c]) return false;
  if (child_needed(s, c)) return true;
  for (size_t r = 0; r < s->nactive; r++)
    if (child_counted(s->rules[s->index[r]].bound.x, c)) return true;
  return false;
}

static sw_status add_child(sw_scan *s, job *j, query *q, size_t c, sw_error *err) {
  const sw_qtable *t = &s->o->table->children[c];
  const sw_check_child *ch = &s->o->children[c];
  sw_column_info *cols;
  size_t n, fields = 0;
  sw_status st = describe(s, ch->relation, &cols, &n, err);
  if (st) return st;
  sw_buf_puts(&q->from, " LEFT JOIN (SELECT ");
  for (size_t k = 0; k < ch->non; k++) sw_sql_build(&q->from, "{} AS {}, ", sw_sql_id(ch->on[k]), sw_sql_id(sw_arena_printf(s->arena, "__k%zu", k)));
  sw_buf_puts(&q->from, "list({'_': 1");
  fields = 1;
  for (uint32_t i = 0; i < t->ncolumns; i++) {
    j->at.fields[c][i] = SW_NO_OUTPUT;
    const sw_column_info *have = has_column(cols, n, t->columns[i].name);
    if (!sw_plan_needs(s->plan, (int)c, i) || !have) continue;
    sw_sql_build(&q->from, ", {}: ", sw_sql_str(t->columns[i].name));
    put_column(&q->from, s->arena, "", &t->columns[i], have->type);
    j->at.fields[c][i] = fields++;
  }
  sw_sql_build(&q->from, "}) AS l FROM {} GROUP BY ALL) AS {} ON (", sw_sql_dotted(ch->relation), sw_sql_id(sw_arena_printf(s->arena, "__c%zu", c)));
  for (size_t k = 0; k < ch->non; k++)
    sw_sql_build(&q->from, "{}q.{} = {}.{}", sw_sql_raw(sw_str_of(k ? " AND " : "")), sw_sql_id(ch->on[k]),
                 sw_sql_id(sw_arena_printf(s->arena, "__c%zu", c)), sw_sql_id(sw_arena_printf(s->arena, "__k%zu", k)));
  sw_buf_putc(&q->from, ')');
  sw_sql_build(&q->args, ", {}.l", sw_sql_id(sw_arena_printf(s->arena, "__c%zu", c)));
  j->at.lists[c] = q->nargs++;
  return SW_OK;
}

static void add_row_columns(sw_scan *s, job *j, query *q, const sw_column_info *cols, size_t n) {
  const sw_qtable *t = s->o->table;
  for (uint32_t i = 0; i < t->ncolumns; i++) {
    const sw_column_info *have = has_column(cols, n, t->columns[i].name);
    j->at.columns[i] = SW_NO_OUTPUT;
    if (!sw_plan_needs(s->plan, -1, i) || !have) continue;
    sw_buf_puts(&q->args, ", ");
    put_column(&q->args, s->arena, "q.", &t->columns[i], have->type);
    j->at.columns[i] = q->nargs++;
  }
  for (size_t r = 0; r < s->nactive; r++) {
    const sw_scan_rule *rule = &s->rules[s->index[r]];
    if (rule->def->type != SW_RT_SQL) continue;
    sw_buf_printf(&q->args, ", q.__s%u", rule->sql);
    j->at.sql[rule->sql] = q->nargs++;
  }
}

static void add_driving(sw_scan *s, query *q) {
  sw_buf_puts(&q->from, " FROM (SELECT *");
  for (size_t r = 0; r < s->nactive; r++) {
    const sw_scan_rule *rule = &s->rules[s->index[r]];
    if (rule->def->type == SW_RT_SQL)
      sw_buf_printf(&q->from, ", CAST((%.*s) AS BOOLEAN) AS __s%u", SW_STR_ARG(rule->def->sql.text), rule->sql);
  }
  sw_sql_build(&q->from, " FROM {}", sw_sql_dotted(relation_of(s->o)));
  sw_scan_where(s->o, &q->from);
  sw_buf_puts(&q->from, ") AS q");
}

static sw_status layout_new(sw_scan *s, job *j, sw_error *err) {
  const sw_qtable *t = s->o->table;
  j->at = (layout){.row = 0, .part = SW_NO_OUTPUT, .org = SW_NO_OUTPUT};
  j->at.columns = SW_ARENA_ARRAY(s->arena, size_t, t->ncolumns + 1);
  j->at.lists = SW_ARENA_ARRAY(s->arena, size_t, t->nchildren + 1);
  j->at.fields = SW_ARENA_ARRAY(s->arena, size_t *, t->nchildren + 1);
  j->at.sql = SW_ARENA_ARRAY(s->arena, size_t, s->nsql + 1);
  for (size_t c = 0; j->at.fields && c < t->nchildren; c++) {
    j->at.fields[c] = SW_ARENA_ARRAY(s->arena, size_t, t->children[c].ncolumns + 1);
    if (j->at.lists) j->at.lists[c] = SW_NO_OUTPUT;
  }
  return sw_arena_check(s->arena, err);
}

static sw_status build_query(sw_scan *s, job *j, query *q, sw_error *err) {
  sw_column_info *cols = NULL;
  size_t n = 0;
  sw_status st = describe(s, relation_of(s->o), &cols, &n, err);
  if (!st) st = layout_new(s, j, err);
  if (st) return st;
  if (!has_column(cols, n, SW_LIT("_row")))
    return SW_FAIL(err, SW_E_DATA, "SW-RULE-0022", "表 %s 没有 _row 列，无法指认失败行", "table %s has no _row column, so failing rows cannot be named",
                   relation_of(s->o));
  sw_buf_puts(&q->args, "q._row");
  q->nargs = 1;
  if (has_column(cols, n, SW_LIT("_part"))) {
    sw_buf_puts(&q->args, ", CAST(q._part AS INTEGER)");
    j->at.part = q->nargs++;
    s->has_part = true;
  }
  if (s->o->org_column) {
    sw_sql_build(&q->args, ", CAST(q.{} AS VARCHAR)", sw_sql_id(s->o->org_column));
    j->at.org = q->nargs++;
  }
  add_driving(s, q);
  add_row_columns(s, j, q, cols, n);
  for (size_t c = 0; c < s->o->table->nchildren && !st; c++)
    if (child_used(s, c)) st = add_child(s, j, q, c, err);
  if (!st) st = sw_buf_check(&q->args, err);
  return st ? st : sw_buf_check(&q->from, err);
}

/* How many rounds the children need. */
static sw_status count_rounds(sw_scan *s, size_t *rounds, sw_error *err) {
  int64_t most = 0;
  for (size_t c = 0; c < s->o->table->nchildren; c++) {
    if (!child_used(s, c)) continue;
    SW_AUTO(sw_buf) sql = SW_BUF_INIT;
    int64_t n = 0;
    sw_sql_build(&sql, "SELECT count(*) FROM {}", sw_sql_dotted(s->o->children[c].relation));
    if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
    sw_status st = sw_query_i64(s->conn, sql.ptr, SW_NO_PARAMS, s->o->cancel, &n, NULL, err);
    if (st) return st;
    most += n;
  }
  *rounds = 1 + (size_t)(most / CHILD_ROWS_PER_ROUND);
  return SW_OK;
}

/* One round reads the cases whose key hashes to it, from the table and from every child alike. */
static void round_sql(const sw_scan *s, const query *q, const char *kernel, size_t round, size_t rounds, sw_buf *sql) {
  sw_buf_printf(sql, "SELECT count(%s(%s))%s", kernel, q->args.ptr, q->from.ptr);
  if (rounds < 2) return;
  const sw_check_child *ch = &s->o->children[0];
  for (size_t c = 0; c < s->o->table->nchildren; c++)
    if (child_used(s, c)) ch = &s->o->children[c];
  sw_buf_puts(sql, " WHERE hash(");
  for (size_t k = 0; k < ch->non; k++) sw_sql_build(sql, "{}q.{}", sw_sql_raw(sw_str_of(k ? ", " : "")), sw_sql_id(ch->on[k]));
  sw_buf_printf(sql, ") %% %zu = %zu", rounds, round);
}

static sw_status run_rounds(sw_scan *s, const query *q, const char *kernel, sw_error *err) {
  size_t rounds = 1;
  sw_status st = count_rounds(s, &rounds, err);
  for (size_t k = 0; k < rounds && !st; k++) {
    SW_AUTO(sw_buf) sql = SW_BUF_INIT;
    int64_t n;
    round_sql(s, q, kernel, k, rounds, &sql);
    if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
    st = sw_query_i64(s->conn, sql.ptr, SW_NO_PARAMS, s->o->cancel, &n, NULL, err);
  }
  return st;
}

static sw_status attempt(sw_scan *s, sw_error *err) {
  job j = {.scan = s};
  query q = {.args = SW_BUF_INIT, .from = SW_BUF_INIT};
  char name[SW_KERNEL_NAME];
  pthread_mutex_init(&j.lock, NULL);
  sw_status st = build_query(s, &j, &q, err);
  if (!st) {
    sw_kernel k = {.name = "sw_quality_scan", .varargs = true, .impure = true, .result = SW_T_BOOL, .ctx = &j,
                   .thread_init = worker_start, .thread_fini = worker_finish, .run = worker_run};
    st = sw_kernel_register_free(s->conn, &k, name, err);
    if (!st) {
      st = run_rounds(s, &q, name, err);
      sw_error dropped = SW_ERROR_INIT;
      sw_status end = sw_kernel_drop(s->conn, name, &dropped);
      if (!st && end) st = SW_FAIL(err, end, "SW-RULE-0023", "核函数未能释放", "the kernel was not released");
    }
  }
  pthread_mutex_destroy(&j.lock);
  sw_buf_fini(&q.args);
  sw_buf_fini(&q.from);
  if (!st && s->rows < 0) return no_memory(err);
  return st;
}

/* --- the plan, and what to do when the engine raises ------------------------------------------------------------ */

static void reset(sw_scan *s) {
  sw_plan_free(s->plan);
  sw_tally_fini(&s->total);
  sw_fail_store_fini(&s->failures);
  s->plan = NULL;
  s->rows = 0;
}

static sw_status make_plan(sw_scan *s, sw_error *err) {
  reset(s);
  sw_fail_store_init(&s->failures, s->o->temp_dir, s->o->memory ? s->o->memory : DEFAULT_BUDGET);
  sw_status st = sw_plan_new(s->o->table, &s->plan, err);
  s->nactive = s->nsql = 0;
  for (size_t i = 0; i < s->o->nrules && !st; i++) {
    sw_scan_rule *r = &s->rules[i];
    if (!r->active) continue;
    if (r->def->type == SW_RT_SQL) r->sql = (uint32_t)s->nsql++;
    bool in_when;
    sw_rule_binder b = {.arena = s->arena, .table = s->o->table, .sets = s->o->sets, .regexes = s->regexes, .as_of_us = s->o->as_of_us,
                        .org_column = sw_str_of(s->o->org_column)};
    st = sw_rule_bind(&b, r->def, r->sql, &r->bound, &in_when, err);
    if (st) return SW_FRAME(err, "编译规则 %.*s", "compiling rule %.*s", SW_STR_ARG(r->def->id.name));
    r->output = sw_plan_outputs(s->plan);
    r->applies = SW_NO_OUTPUT;
    st = sw_plan_add(s->plan, r->bound.x, err);
    if (!st && r->def->unknown_fails && r->bound.applies) {
      r->applies = sw_plan_outputs(s->plan);
      st = sw_plan_add(s->plan, r->bound.applies, err);
    }
    s->index[s->nactive++] = i;
  }
  if (!st) st = sw_tally_init(&s->total, s->nactive, err);
  if (st) return st;
  free(s->ticks);
  s->ticks = calloc(sw_plan_outputs(s->plan) + 1, sizeof *s->ticks);
  return s->ticks ? SW_OK : no_memory(err);
}

/* A predicate alone over the whole table: does the engine raise? */
static bool raises(sw_scan *s, sw_scan_rule *r, sw_error *why) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  int64_t n;
  sw_sql_build(&sql, "SELECT count(CAST(({}) AS BOOLEAN)) FROM {}", sw_sql_raw(r->def->sql.text), sw_sql_dotted(relation_of(s->o)));
  sw_scan_where(s->o, &sql);
  return sw_buf_ok(&sql) && sw_query_i64(s->conn, sql.ptr, SW_NO_PARAMS, s->o->cancel, &n, NULL, why) != SW_OK;
}

/* The engine's words may quote a value of a patient, so only the kind of error is kept. */
static void mark_broken(sw_scan_rule *r, const sw_error *why) {
  r->active = false;
  r->broken = true;
  snprintf(r->reason[0], sizeof r->reason[0], "SQL 条件执行出错（%s）", why->code);
  snprintf(r->reason[1], sizeof r->reason[1], "the SQL predicate raised an error (%s)", why->code);
}

static sw_status find_guilty(sw_scan *s, bool *found) {
  *found = false;
  for (size_t i = 0; i < s->o->nrules; i++) {
    sw_scan_rule *r = &s->rules[i];
    if (!r->active || r->def->type != SW_RT_SQL || sw_cancelled(s->o->cancel)) continue;
    sw_error why = SW_ERROR_INIT;
    if (!raises(s, r, &why)) continue;
    mark_broken(r, &why);
    *found = true;
  }
  return SW_OK;
}

/* An error of the engine ends the transaction; the guilty predicates are looked for outside of one, and the scan begins
 * anew on a new snapshot without them. */
sw_status sw_scan_run(sw_scan *s, sw_error *err) {
  if (s->o->nrules > UINT16_MAX)
    return SW_FAIL(err, SW_E_LIMIT, "SW-RULE-0024", "一张表的规则超过 %d 条", "more than %d rules on one table", UINT16_MAX);
  for (;;) {
    sw_error raised = SW_ERROR_INIT;
    sw_status st = make_plan(s, &raised);
    if (!st) st = sw_begin(s->conn, &raised);
    if (!st && s->nactive) st = attempt(s, &raised);
    if (!st) return SW_OK;
    sw_rollback(s->conn);
    bool found = false;
    if (st == SW_E_ENGINE || st == SW_E_DATA) (void)find_guilty(s, &found);
    if (found) continue;
    if (err) *err = raised;
    return st;
  }
}

void sw_scan_fini(sw_scan *s) {
  reset(s);
  free(s->ticks);
  s->ticks = NULL;
}
