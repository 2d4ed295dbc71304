/* Running the statements of a table's mappings, and proving what they did. */
#include "standard/standardise.h"

#include "engine/rows.h"
#include "engine/sql.h"
#include "standard/compile.h"

#include <stdlib.h>

enum { MAPPINGS_MAX = 256 };

typedef struct job {
  sw_conn *c;
  const sw_pack_set *set;
  const sw_table_def *t;
  const sw_standardise_options *o;
  sw_arena arena;
  sw_std_plan plans[MAPPINGS_MAX];
  size_t nplans;
  bool part, fails;
} job;

static sw_status run(const job *j, const sw_buf *q, sw_error *err) {
  sw_status s = sw_buf_check(q, err);
  return s ? s : sw_exec(j->c, q->ptr, j->o->cancel, err);
}

static sw_status one_i64(const job *j, const sw_buf *q, int64_t *out, sw_error *err) {
  sw_status s = sw_buf_check(q, err);
  return s ? s : sw_query_i64(j->c, q->ptr, SW_NO_PARAMS, j->o->cancel, out, NULL, err);
}

static bool wanted(const sw_standardise_options *o, const sw_mapping_def *m) {
  if (!o || !o->mappings) return true;
  for (size_t i = 0; i < o->nmappings; i++)
    if (sw_str_eqz(m->id.name, o->mappings[i])) return true;
  return false;
}

/* Mappings that read the same ods table give out different `_part`s: a row may appear once through each. */
static void set_parts(job *j) {
  for (size_t i = 0; i < j->nplans; i++) {
    sw_std_plan *p = &j->plans[i];
    p->position = i;
    if (p->m->repeat.n) j->part = true;
    for (size_t k = 0; k < i; k++) {
      if (!sw_str_eq(j->plans[k].m->from.name, p->m->from.name)) continue;
      p->part_base += j->plans[k].parts;
      j->part = true;
    }
  }
  for (size_t i = 0; i < j->nplans; i++) j->plans[i].part = j->part;
}

static sw_status compile(job *j, sw_error *err) {
  for (size_t i = 0;; i++) {
    const sw_pack_object *o = sw_pack_at(j->set, "mapping", i);
    if (!o) break;
    const sw_mapping_def *m = o->data;
    if (!sw_str_eq(m->into.name, j->t->id.name) || !wanted(j->o, m)) continue;
    if (j->nplans == MAPPINGS_MAX)
      return SW_FAIL(err, SW_E_LIMIT, "SW-STD-0005", "对照到一张表的超过 %d 个", "more than %d mappings into one table", MAPPINGS_MAX);
    sw_status s = sw_std_compile(j->set, j->t, m, &j->arena, &j->plans[j->nplans], err);
    if (s) return s;
    for (size_t k = 0; k < j->plans[j->nplans].ncols; k++) j->fails = j->fails || j->plans[j->nplans].cols[k].can_fail;
    j->nplans++;
  }
  set_parts(j);
  if (j->nplans) return SW_OK;
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-STD-0004", "没有对照到 %.*s 的 mapping", "no mapping leads into %.*s", SW_STR_ARG(j->t->id.name));
}

/* Batches of a source that delivers in full and has delivered again since. */
static sw_status find_stale(job *j, sw_std_plan *p, sw_error *err) {
  if (p->ods->delivery != SW_DELIVERY_FULL) return SW_OK;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  SW_AUTO(sw_buf) list = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT coalesce(string_agg(n, ', ' ORDER BY n), '') FROM (SELECT CAST(no__ AS VARCHAR) AS n, dense_rank() OVER (PARTITION BY org__ ORDER BY at__ DESC NULLS LAST, "
                   "lb__ DESC) AS g FROM (SELECT m.batch_no AS no__, m.org AS org__, m.delivered_at AS at__, coalesce(m.delivery, '') AS lb__ FROM meta.batch AS m "
                   "SEMI JOIN (SELECT DISTINCT (_row >> 31) AS no FROM {}) AS d ON d.no = m.batch_no)) WHERE g > 1",
               (sw_sql_arg){.kind = SW_SQL_TABLE, .a = SW_LIT("ods"), .b = sw_str_sub(p->m->from.name, 4, p->m->from.name.len)});
  sw_status s = sw_buf_check(&q, err);
  if (!s) s = sw_query_text(j->c, q.ptr, SW_NO_PARAMS, j->o->cancel, &list, NULL, err);
  if (!s && list.len) {
    p->stale = sw_arena_dupz(&j->arena, sw_buf_str(&list));
    s = sw_arena_check(&j->arena, err);
  }
  return s;
}

typedef struct tally {
  int64_t in, distinct, unwanted, stale; /* of the input */
  int64_t losers, losers_distinct, deleted;
  int64_t inserted, kept, absent;
} tally;

static sw_status count_input(job *j, const sw_std_plan *p, tally *n, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_std_sql_counts(p, &q);
  sw_status s = sw_buf_check(&q, err);
  sw_rows *r = NULL;
  if (!s) s = sw_query(j->c, q.ptr, SW_NO_PARAMS, j->o->cancel, &r, err);
  if (s) return s;
  if (sw_rows_next(r, err) == SW_ROW) {
    n->in = sw_rows_i64(r, 0);
    n->unwanted = sw_rows_i64(r, 1);
    n->stale = sw_rows_i64(r, 2);
    n->distinct = sw_rows_i64(r, 3);
  } else {
    s = err->status;
  }
  sw_rows_free(r);
  return s;
}

static sw_status find_losers(job *j, sw_std_plan *p, tally *n, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  snprintf(p->losers, sizeof p->losers, "sw_losers_%zu", p->position);
  sw_std_sql_losers(p, &q);
  sw_status s = run(j, &q, err);
  if (s) return s;
  sw_rows *r = NULL;
  sw_buf_clear(&q);
  sw_sql_build(&q, "SELECT count(*), count(DISTINCT _row), count(*) FILTER (WHERE why = 'd') FROM {}", sw_sql_id(p->losers));
  if ((s = sw_buf_check(&q, err)) || (s = sw_query(j->c, q.ptr, SW_NO_PARAMS, j->o->cancel, &r, err))) return s;
  if (sw_rows_next(r, err) == SW_ROW) {
    n->losers = sw_rows_i64(r, 0);
    n->losers_distinct = sw_rows_i64(r, 1);
    n->deleted = sw_rows_i64(r, 2);
  } else {
    s = err->status;
  }
  sw_rows_free(r);
  return s;
}

/* Rows of this mapping's input that have come out, and rows that may not: by relation to the input, not by difference. */
static sw_status count_output(job *j, const sw_std_plan *p, tally *n, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT count(DISTINCT _row) FROM {} AS t SEMI JOIN {} AS o ON o._row = t._row", sw_sql_table("store", j->o->physical),
               (sw_sql_arg){.kind = SW_SQL_TABLE, .a = SW_LIT("ods"), .b = sw_str_sub(p->m->from.name, 4, p->m->from.name.len)});
  if (p->part) sw_sql_build(&q, " WHERE t._part > {} AND t._part <= {}", sw_sql_i64((int64_t)p->part_base), sw_sql_i64((int64_t)(p->part_base + p->parts)));
  sw_status s = one_i64(j, &q, &n->kept, err);
  if (s || !p->m->repeat.n) return s;
  sw_buf_clear(&q);
  sw_std_sql_absent(p, &q);
  return one_i64(j, &q, &n->absent, err);
}

static sw_status unbalanced(const sw_std_plan *p, const char *zh, const char *en, int64_t by, sw_error *err) {
  return SW_FAIL(err, SW_E_BALANCE, "SW-STD-0010", "对照 %.*s 的行数对不上：%s%.0s，相差 %lld 行", "rows of mapping %.*s do not balance: %.0s%s, by %lld rows",
                 SW_STR_ARG(p->m->id.name), zh, en, (long long)by);
}

/* `in` splits into filtered, merged and kept rows; every kept row came out (or has no instance), and nothing else did. */
static sw_status prove(const sw_std_plan *p, const tally *n, sw_error *err) {
  if (n->distinct != n->in) return unbalanced(p, "输入的 _row 有重复（联接多出了行？）", "rows of the input are repeated (does a join multiply them?)", n->in - n->distinct, err);
  if (n->losers != n->losers_distinct) return unbalanced(p, "同一行既被合并又被删除", "a row is both merged and deleted", n->losers - n->losers_distinct, err);
  int64_t left = n->in - n->unwanted - n->stale - n->losers;
  if (n->kept + n->absent != left) return unbalanced(p, "保留的行与输出的行不同", "rows kept and rows that came out differ", n->kept + n->absent - left, err);
  if (!p->m->repeat.n && n->inserted != n->kept) return unbalanced(p, "一行变成了多行", "one row became several", n->inserted - n->kept, err);
  return SW_OK;
}

static void add(const sw_std_plan *p, const tally *n, sw_standardise_counts *out) {
  out->in += n->in;
  out->out += n->inserted;
  out->merged += n->stale + n->losers - n->deleted;
  out->filtered += n->unwanted + n->deleted + n->absent;
  if (p->m->repeat.n) out->expanded += n->inserted - n->kept;
}

static sw_status run_mapping(job *j, sw_std_plan *p, sw_standardise_counts *out, sw_error *err) {
  tally n = {0};
  sw_emit_progress(j->o->events, j->o->physical, (int64_t)p->position, (int64_t)j->nplans, "mappings");
  sw_status s = find_stale(j, p, err);
  if (!s) s = sw_std_codes_load(j->c, p, j->o->cancel, err);
  if (!s) s = count_input(j, p, &n, err);
  if (!s) s = find_losers(j, p, &n, err);
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_std_sql_insert(p, j->o->physical, j->fails, &q);
  if (!s) s = sw_buf_check(&q, err);
  if (!s) s = sw_exec_count(j->c, q.ptr, j->o->cancel, &n.inserted, err);
  if (!s) s = count_output(j, p, &n, err);
  if (!s) s = prove(p, &n, err);
  if (!s) add(p, &n, out);
  sw_std_codes_drop(j->c, p);
  return s ? SW_FRAME(err, "按对照 %.*s 标准化到 %.*s", "standardising by mapping %.*s into %.*s", SW_STR_ARG(p->m->id.name), SW_STR_ARG(j->t->id.name)) : SW_OK;
}

/* --- the lists of what could not be read or mapped ------------------------------------------------------------- */

static void case_of_columns(const job *j, const char *(*text)(const job *, const sw_std_plan *, const sw_std_column *, sw_buf *), sw_buf *out) {
  sw_buf_puts(out, "CASE");
  for (size_t m = 0; m < j->nplans; m++)
    for (size_t i = 0; i < j->plans[m].ncols; i++) {
      const sw_std_column *c = &j->plans[m].cols[i];
      if (!c->can_fail) continue;
      SW_AUTO(sw_buf) b = SW_BUF_INIT;
      sw_sql_build(out, " WHEN f.m = {} AND f.c = {} THEN {}", sw_sql_i64((int64_t)m), sw_sql_i64((int64_t)i), sw_sql_text(text(j, &j->plans[m], c, &b)));
    }
  sw_buf_puts(out, " ELSE '' END");
}

static const char *text_name(const job *j, const sw_std_plan *p, const sw_std_column *c, sw_buf *b) {
  (void)j;
  (void)p;
  sw_buf_str_put(b, c->col->name.name);
  return b->ptr;
}
static const char *text_reason_zh(const job *j, const sw_std_plan *p, const sw_std_column *c, sw_buf *b) {
  (void)j;
  (void)p;
  (void)b;
  return sw_std_reason(c->col, SW_LANG_ZH);
}
static const char *text_reason_en(const job *j, const sw_std_plan *p, const sw_std_column *c, sw_buf *b) {
  (void)j;
  (void)p;
  (void)b;
  return sw_std_reason(c->col, SW_LANG_EN);
}
static const char *text_codes(const job *j, const sw_std_plan *p, const sw_std_column *c, sw_buf *b) {
  (void)j;
  (void)p;
  if (c->codes.m) sw_buf_str_put(b, c->codes.m->id.name);
  return b->ptr;
}
static const char *text_source(const job *j, const sw_std_plan *p, const sw_std_column *c, sw_buf *b) {
  (void)j;
  (void)c;
  sw_buf_str_put(b, p->source->id.name);
  return b->ptr;
}

static const char NONCONFORMING[] = "table_name VARCHAR, column_name VARCHAR, _org VARCHAR, _row BIGINT, _part INTEGER, value VARCHAR, reason_zh VARCHAR, reason_en VARCHAR";
static const char UNMAPPED[] = "table_name VARCHAR, column_name VARCHAR, mapping VARCHAR, source VARCHAR, org VARCHAR, local_code VARCHAR, \"rows\" BIGINT";

static void side_name(const char *physical, const char *what, char out[256]) { snprintf(out, 256, "%s__%s", physical, what); }

static sw_status make_side(const job *j, const char *what, const char *columns, sw_error *err) {
  char name[256];
  side_name(j->o->physical, what, name);
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "CREATE OR REPLACE TABLE {} ({})", sw_sql_table("store", name), sw_sql_raw(sw_str_of(columns)));
  return run(j, &q, err);
}

static void put_failures(const job *j, sw_buf *out) {
  sw_sql_build(out, " FROM (SELECT _org, _row, {}, unnest(_fail) AS f FROM {} WHERE _fail IS NOT NULL)",
               sw_sql_raw(j->part ? SW_LIT("_part") : SW_LIT("CAST(NULL AS INTEGER) AS _part")), sw_sql_table("store", j->o->physical));
}

static sw_status list_nonconforming(const job *j, int64_t *n, sw_error *err) {
  char name[256];
  side_name(j->o->physical, "nonconforming", name);
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "INSERT INTO {} SELECT {}, ", sw_sql_table("store", name), sw_sql_str(j->t->id.name));
  case_of_columns(j, text_name, &q);
  sw_buf_puts(&q, ", _org, _row, _part, f.v, ");
  case_of_columns(j, text_reason_zh, &q);
  sw_buf_puts(&q, ", ");
  case_of_columns(j, text_reason_en, &q);
  put_failures(j, &q);
  sw_buf_puts(&q, " WHERE NOT f.u ORDER BY _row, _part, f.c");
  sw_status s = sw_buf_check(&q, err);
  return s ? s : sw_exec_count(j->c, q.ptr, j->o->cancel, n, err);
}

static sw_status list_unmapped(const job *j, int64_t *n, sw_error *err) {
  char name[256];
  side_name(j->o->physical, "unmapped", name);
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "INSERT INTO {} SELECT {}, ", sw_sql_table("store", name), sw_sql_str(j->t->id.name));
  case_of_columns(j, text_name, &q);
  sw_buf_puts(&q, " AS cn, ");
  case_of_columns(j, text_codes, &q);
  sw_buf_puts(&q, " AS mp, ");
  case_of_columns(j, text_source, &q);
  sw_buf_puts(&q, " AS sc, _org, f.v, count(*)");
  put_failures(j, &q);
  sw_buf_puts(&q, " WHERE f.u GROUP BY ALL ORDER BY cn, mp, sc, _org, f.v");
  sw_status s = run(j, &q, err);
  if (s) return s;
  sw_buf_clear(&q);
  sw_sql_build(&q, "SELECT coalesce(sum(\"rows\"), 0) FROM {}", sw_sql_table("store", name));
  return one_i64(j, &q, n, err);
}

static sw_status write_lists(const job *j, sw_standardise_counts *out, sw_error *err) {
  sw_status s = make_side(j, "nonconforming", NONCONFORMING, err);
  if (!s) s = make_side(j, "unmapped", UNMAPPED, err);
  if (s || !j->fails) return s;
  s = list_nonconforming(j, &out->nonconforming, err);
  if (!s) s = list_unmapped(j, &out->unmapped, err);
  if (s) return s;
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "ALTER TABLE {} DROP COLUMN _fail", sw_sql_table("store", j->o->physical));
  return run(j, &q, err);
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static void drop_table(const job *j, const char *name) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "DROP TABLE IF EXISTS {}", sw_sql_table("store", name));
  if (sw_buf_ok(&q) && sw_exec(j->c, q.ptr, NULL, NULL)) return; /* an interrupted run leaves more: it is collected later */
}

static void drop_all(const job *j) {
  char name[256];
  drop_table(j, j->o->physical);
  side_name(j->o->physical, "nonconforming", name);
  drop_table(j, name);
  side_name(j->o->physical, "unmapped", name);
  drop_table(j, name);
}

static sw_status create(const job *j, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_status s = sw_standard_ddl(j->t, j->o->physical, j->part, &q, err);
  if (!s && j->fails) {
    sw_buf_truncate(&q, q.len - 1);
    sw_buf_puts(&q, ", _fail STRUCT(m INTEGER, c INTEGER, u BOOLEAN, v VARCHAR)[])");
  }
  return s ? s : run(j, &q, err);
}

/* No row twice: the identity of a row in a standard table is _row, or _row and _part. */
static sw_status prove_identity(const job *j, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "SELECT count(*) - count(DISTINCT {}) FROM {}", sw_sql_raw(j->part ? SW_LIT("(_row, _part)") : SW_LIT("_row")), sw_sql_table("store", j->o->physical));
  int64_t twice = 0;
  sw_status s = one_i64(j, &q, &twice, err);
  if (s || !twice) return s;
  return SW_FAIL(err, SW_E_BALANCE, "SW-STD-0011", "%.*s 有 %lld 行重复", "%.*s has %lld rows twice", SW_STR_ARG(j->t->id.name), (long long)twice);
}

static sw_status standardise(job *j, sw_standardise_counts *out, sw_error *err) {
  sw_status s = compile(j, err);
  if (!s) s = sw_std_kernels(j->c, err);
  if (!s) s = create(j, err);
  for (size_t i = 0; !s && i < j->nplans; i++) {
    s = sw_cancel_check(j->o->cancel, err);
    if (!s) s = run_mapping(j, &j->plans[i], out, err);
  }
  if (!s) s = prove_identity(j, err);
  if (!s) s = write_lists(j, out, err);
  if (s) drop_all(j);
  return s;
}

sw_status sw_standardise(sw_conn *c, const sw_pack_set *set, const sw_table_def *t, const sw_standardise_options *o, sw_standardise_counts *out,
                         sw_error *err) {
  sw_error own = SW_ERROR_INIT;
  job *j = calloc(1, sizeof *j);
  if (!j) return SW_FAIL(err, SW_E_NOMEM, "SW-STD-0006", "内存不足", "memory was refused");
  *out = (sw_standardise_counts){0};
  *j = (job){.c = c, .set = set, .t = t, .o = o};
  sw_status s = standardise(j, out, err ? err : &own);
  sw_arena_fini(&j->arena);
  free(j);
  return s;
}

sw_status sw_standardise_explain(sw_conn *c, const sw_pack_set *set, const sw_table_def *t, sw_buf *out, sw_error *err) {
  sw_standardise_options o = {.physical = "new"};
  job *j = calloc(1, sizeof *j);
  if (!j) return SW_FAIL(err, SW_E_NOMEM, "SW-STD-0006", "内存不足", "memory was refused");
  *j = (job){.c = c, .set = set, .t = t, .o = &o};
  sw_status s = compile(j, err);
  if (!s) s = sw_standard_ddl(t, o.physical, j->part, out, err);
  for (size_t i = 0; !s && i < j->nplans; i++) {
    sw_std_plan *p = &j->plans[i];
    snprintf(p->losers, sizeof p->losers, "sw_losers_%zu", i);
    sw_buf_puts(out, ";\n");
    sw_std_sql_losers(p, out);
    sw_buf_puts(out, ";\n");
    sw_std_sql_insert(p, o.physical, false, out);
  }
  sw_buf_puts(out, ";\n");
  sw_arena_fini(&j->arena);
  free(j);
  return s ? s : sw_buf_check(out, err);
}

/* --- publishing ------------------------------------------------------------------------------------------------------- */

static sw_status exec(sw_conn *c, const sw_buf *q, sw_error *err) {
  sw_status s = sw_buf_check(q, err);
  return s ? s : sw_exec(c, q->ptr, NULL, err);
}

sw_status sw_standardise_prepare(sw_conn *c, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "CREATE SCHEMA IF NOT EXISTS meta; CREATE TABLE IF NOT EXISTS meta.nonconforming ({}); CREATE TABLE IF NOT EXISTS meta.unmapped ({})",
               sw_sql_raw(sw_str_of(NONCONFORMING)), sw_sql_raw(sw_str_of(UNMAPPED)));
  return exec(c, &q, err);
}

static sw_status move_list(sw_conn *c, const sw_standardise_lists *l, const char *what, sw_error *err) {
  char name[256];
  side_name(l->physical, what, name);
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_sql_build(&q, "DELETE FROM {} WHERE table_name = {}; INSERT INTO {} SELECT * FROM {}; DROP TABLE {}", sw_sql_table("meta", what), sw_sql_text(l->table),
               sw_sql_table("meta", what), sw_sql_table("store", name), sw_sql_table("store", name));
  return exec(c, &q, err);
}

sw_status sw_standardise_publish(sw_conn *c, void *lists, sw_error *err) {
  sw_status s = sw_standardise_prepare(c, err);
  for (const sw_standardise_lists *l = lists; !s && l; l = l->next) {
    s = move_list(c, l, "nonconforming", err);
    if (!s) s = move_list(c, l, "unmapped", err);
  }
  return s;
}
