#include "engine/kernel.h"
#include "engine/sink.h"
#include "engine/source.h"
#include "engine/sql.h"
#include "support.h"

#include <stdatomic.h>

/* --- kernels --------------------------------------------------------------------------------- */

typedef struct tally {
  atomic_llong rows, nulls, inits, finis, freed;
} tally;

typedef struct part {
  int64_t rows, nulls;
} part;

static sw_status tally_init(void *ctx, void **state, sw_error *err) {
  (void)err;
  atomic_fetch_add(&((tally *)ctx)->inits, 1);
  *state = calloc(1, sizeof(part));
  return SW_OK;
}

static void tally_fini(void *ctx, void *state) {
  tally *t = ctx;
  part *p = state;
  atomic_fetch_add(&t->rows, p->rows);
  atomic_fetch_add(&t->nulls, p->nulls);
  atomic_fetch_add(&t->finis, 1);
  free(p);
}

static void tally_free(void *ctx) { atomic_fetch_add(&((tally *)ctx)->freed, 1); }

static sw_status tally_run(void *ctx, void *state, const sw_in_chunk *in, sw_out_column *out, sw_error *err) {
  (void)ctx, (void)err;
  part *p = state;
  p->rows += (int64_t)in->n;
  for (size_t i = 0; i < in->n; i++) {
    for (size_t c = 0; c < in->ncolumns; c++) p->nulls += !sw_column_valid(&in->columns[c], i);
    ((int64_t *)out->data)[i] = (int64_t)in->ncolumns;
  }
  return SW_OK;
}

static void a_kernel_keeps_accumulators_per_thread_and_query(void **state) {
  fixture *f = *state;
  static tally t;
  OK(sw_kernel_register(f->conn, &(sw_kernel){.name = "sw_tally", .varargs = true, .impure = true, .result = SW_T_I64, .ctx = &t,
                                              .ctx_free = tally_free, .thread_init = tally_init, .thread_fini = tally_fini, .run = tally_run},
                        &f->err));
  OK(sw_exec(f->conn,
             "CREATE TABLE t AS SELECT i, CASE WHEN i % 2 = 0 THEN 'x' END AS s, [i] AS l, {'a': 1, 'b': 'text'} AS st FROM range(1000000) t(i)",
             NULL, &f->err));
  assert_int_equal(one_i64(f, "SELECT sum(sw_tally(i, s, l, st)) FROM t"), 4000000);
  assert_int_equal(t.rows, 1000000);
  assert_int_equal(t.nulls, 500000);
  assert_int_equal(t.inits, t.finis);
  assert_true(t.inits >= 1);
  OK(sw_kernel_drop(f->conn, "sw_tally", &f->err));
  assert_int_equal(t.freed, 1);
  FAILS(sw_exec(f->conn, "SELECT sw_tally(1)", NULL, &f->err), SW_E_NOTFOUND);
  OK(sw_kernel_drop(f->conn, "sw_unknown", &f->err));
}

static sw_status tally_then_fail(void *ctx, void *state, const sw_in_chunk *in, sw_out_column *out, sw_error *err) {
  const int64_t *v = in->columns[0].data;
  for (size_t i = 0; i < in->n; i++)
    if (v[i] == 777777) return SW_FAIL(err, SW_E_DATA, "SW-TEST-0003", "停", "stop");
  return tally_run(ctx, state, in, out, err);
}

/* A caller may free what its kernel points to as soon as the statement has ended, however it ended. */
static void states_are_released_when_a_statement_ends_however_it_ends(void **state) {
  fixture *f = *state;
  static tally t;
  sw_rows *r;
  OK(sw_kernel_register(f->conn, &(sw_kernel){.name = "sw_tally", .varargs = true, .impure = true, .result = SW_T_I64, .ctx = &t,
                                              .thread_init = tally_init, .thread_fini = tally_fini, .run = tally_then_fail},
                        &f->err));
  OK(sw_exec(f->conn, "CREATE TABLE t AS SELECT i FROM range(1000000) t(i)", NULL, &f->err));
  for (int round = 0; round < 60; round++) {
    bool in_transaction = round % 2;
    if (in_transaction) OK(sw_begin(f->conn, &f->err));
    switch (round % 6) {
      case 0: FAILS(sw_exec(f->conn, "SELECT sum(sw_tally(i)) FROM t", NULL, &f->err), SW_E_DATA); break;
      case 5: {
        int64_t n;
        FAILS(sw_query_i64(f->conn, "SELECT count(sw_tally(i)) FROM t", SW_NO_PARAMS, NULL, &n, NULL, &f->err), SW_E_DATA);
        assert_string_equal(f->err.code, "SW-TEST-0003");
        break;
      }
      case 1: FAILS(sw_exec(f->conn, "CREATE TABLE u AS SELECT sw_tally(i) FROM t", NULL, &f->err), SW_E_DATA); break;
      case 2: {
        sw_cancel token = {.deadline_us = sw_mono_us() + 15000};
        FAILS(sw_exec(f->conn, "SELECT count(sw_tally(-a.i)) FROM t a, t b", &token, &f->err), SW_E_TIMEOUT);
        break;
      }
      case 3: /* dropped after one row */
        OK(sw_query(f->conn, "SELECT sw_tally(-i) FROM t", SW_NO_PARAMS, NULL, &r, &f->err));
        assert_int_equal(sw_rows_next(r, &f->err), SW_ROW);
        sw_rows_free(r);
        break;
      default: { /* fails while it is fetched */
        sw_step step = SW_STEP_ERROR;
        f->err.status = SW_OK;
        if (sw_query(f->conn, "SELECT i, sw_tally(i) FROM t", SW_NO_PARAMS, NULL, &r, &f->err) == SW_OK) {
          while ((step = sw_rows_next_chunk(r, &f->err)) == SW_ROW) {}
          sw_rows_free(r);
        }
        assert_int_equal(step, SW_STEP_ERROR);
      }
    }
    assert_int_equal(t.inits, t.finis);
    if (in_transaction) sw_rollback(f->conn);
  }
}

static sw_status twice(void *ctx, void *state, const sw_in_chunk *in, sw_out_column *out, sw_error *err) {
  (void)state;
  const sw_column *c = &in->columns[0];
  for (size_t i = 0; i < in->n; i++) {
    if (!sw_column_valid(c, i)) {
      sw_out_null(out, i);
      continue;
    }
    sw_str s = sw_column_str(c, i);
    char text[256];
    if (sw_str_eqz(s, "bad"))
      return SW_FAIL(err, SW_E_DATA, "SW-TEST-0001", "不行：%s", "no good: %s", (const char *)ctx);
    int n = snprintf(text, sizeof text, "%.*s%.*s", SW_STR_ARG(s), SW_STR_ARG(s));
    sw_out_str(out, i, (sw_str){text, (size_t)n});
  }
  return SW_OK;
}

static void a_kernel_returns_strings_and_nulls(void **state) {
  fixture *f = *state;
  sw_type args[] = {SW_T_STR};
  OK(sw_kernel_register(f->conn, &(sw_kernel){.name = "sw_twice", .args = args, .nargs = 1, .result = SW_T_STR, .ctx = (void *)(uintptr_t)"why",
                                              .run = twice},
                        &f->err));
  ASSERT_TEXT("SELECT sw_twice('ab')", "abab");
  ASSERT_TEXT("SELECT sw_twice('一二三四五六七')", "一二三四五六七一二三四五六七");
  assert_int_equal(one_i64(f, "SELECT count(sw_twice(CASE WHEN i % 5 <> 0 THEN 'v' || i END)) FROM range(100000) t(i)"), 80000);
  assert_int_equal(one_i64(f, "SELECT count(*) FROM range(100000) t(i) WHERE sw_twice('v' || i) = 'v' || i || 'v' || i"), 100000);
}

static void an_error_of_a_kernel_arrives_whole(void **state) {
  fixture *f = *state;
  sw_type args[] = {SW_T_STR};
  OK(sw_kernel_register(f->conn, &(sw_kernel){.name = "sw_twice", .args = args, .nargs = 1, .result = SW_T_STR, .ctx = (void *)(uintptr_t)"why",
                                              .run = twice},
                        &f->err));
  for (int i = 0; i < 100; i++) {
    FAILS(sw_exec(f->conn, "SELECT sw_twice(CASE WHEN i = 77777 THEN 'bad' ELSE 'x' END) FROM range(100000) t(i)", NULL, &f->err), SW_E_DATA);
    assert_string_equal(f->err.code, "SW-TEST-0001");
    assert_string_equal(f->err.msg[SW_LANG_ZH], "不行：why");
    assert_string_equal(f->err.msg[SW_LANG_EN], "no good: why");
  }
}

static void names_of_short_lived_kernels_are_used_again(void **state) {
  fixture *f = *state;
  static tally t;
  char names[3][SW_KERNEL_NAME];
  const sw_kernel k = {.name = "sw_brief", .varargs = true, .impure = true, .result = SW_T_I64, .ctx = &t, .ctx_free = tally_free,
                       .thread_init = tally_init, .thread_fini = tally_fini, .run = tally_run};
  OK(sw_kernel_register_free(f->conn, &k, names[0], &f->err));
  OK(sw_kernel_register_free(f->conn, &k, names[1], &f->err));
  assert_string_equal(names[0], "sw_brief_0");
  assert_string_equal(names[1], "sw_brief_1");
  assert_int_equal(one_i64(f, "SELECT sw_brief_0(1, 2) + sw_brief_1(1)"), 3);
  OK(sw_kernel_drop(f->conn, names[0], &f->err));
  assert_int_equal(t.freed, 1);
  for (int i = 0; i < 50; i++) {
    OK(sw_kernel_register_free(f->conn, &k, names[2], &f->err));
    assert_string_equal(names[2], "sw_brief_0");
    assert_int_equal(one_i64(f, "SELECT sw_brief_0(1, 2)"), 2);
    OK(sw_kernel_drop(f->conn, names[2], &f->err));
  }
  sw_kernel other = k;
  other.result = SW_T_I32;
  OK(sw_kernel_register_free(f->conn, &other, names[2], &f->err));
  assert_string_equal(names[2], "sw_brief_2"); /* the free name has another result */
}

static void a_kernel_of_the_same_name_replaces_or_is_refused(void **state) {
  fixture *f = *state;
  sw_type str[] = {SW_T_STR}, num[] = {SW_T_I64};
  static tally a, b, c; /* released when the engine closes */
  sw_kernel k = {.name = "sw_k", .args = str, .nargs = 1, .result = SW_T_I64, .ctx = &a, .ctx_free = tally_free, .thread_init = tally_init,
                 .thread_fini = tally_fini, .run = tally_run};
  OK(sw_kernel_register(f->conn, &k, &f->err));
  k.ctx = &b;
  OK(sw_kernel_register(f->conn, &k, &f->err));
  assert_int_equal(one_i64(f, "SELECT sw_k('x')"), 1);
  assert_int_equal(a.freed, 1);
  assert_int_equal(a.rows, 0);
  assert_true(b.rows > 0);
  k.args = num;
  k.ctx = &c;
  FAILS(sw_kernel_register(f->conn, &k, &f->err), SW_E_EXISTS);
  assert_int_equal(c.freed, 1);
}

typedef struct nest {
  atomic_llong values, bytes;
} nest;

static void walk_nested(const sw_column *c, size_t row, nest *n) {
  if (!sw_column_valid(c, row)) return;
  if (c->type.id == SW_TYPE_LIST) {
    sw_list_entry e = sw_column_list(c, row);
    for (uint64_t i = e.offset; i < e.offset + e.length; i++) walk_nested(&c->children[0], (size_t)i, n);
  } else if (c->type.id == SW_TYPE_STRUCT) {
    for (size_t i = 0; i < c->nchildren; i++) walk_nested(&c->children[i], row, n);
  } else {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_column_text(c, row, &b);
    atomic_fetch_add(&n->values, 1);
    atomic_fetch_add(&n->bytes, (long long)b.len);
  }
}

static sw_status nest_run(void *ctx, void *state, const sw_in_chunk *in, sw_out_column *out, sw_error *err) {
  (void)state, (void)err;
  for (size_t i = 0; i < in->n; i++) {
    for (size_t c = 0; c < in->ncolumns; c++) walk_nested(&in->columns[c], i, ctx);
    ((bool *)out->data)[i] = true;
  }
  return SW_OK;
}

/* Nested values that come out of joins, filters, Parquet dictionaries and list functions are what the engine says they are. */
static void nested_values_arrive_whole_whatever_made_them(void **state) {
  fixture *f = *state;
  static nest n;
  char path[160];
  OK(sw_kernel_register(f->conn, &(sw_kernel){.name = "sw_nest", .varargs = true, .impure = true, .result = SW_T_BOOL, .ctx = &n, .run = nest_run}, &f->err));
  OK(sw_exec(f->conn,
             "CREATE TABLE d AS SELECT i % 5000 AS k, {'code': 'ICD code number ' || (i % 50), 'n': i % 9} AS s, CASE WHEN i % 3 > 0 THEN 'x' || (i % 4) END AS w"
             " FROM range(40000) t(i); CREATE TABLE h AS SELECT i AS k, 'header ' || (i % 3) AS h FROM range(5000) t(i)",
             NULL, &f->err));
  snprintf(path, sizeof path, "%s/n.parquet", f->landing);
  OK(sw_copy_parquet(f->conn, "SELECT k, list(s) AS l, list(w) AS w FROM d GROUP BY k", path, NULL, NULL, NULL, &f->err));
  char parquet[256];
  snprintf(parquet, sizeof parquet, "(SELECT h.h, p.l, p.w FROM h JOIN read_parquet('%s') p USING (k) WHERE h.k %% 2 = 0)", path);
  const char *queries[] = {
      "(SELECT h.h, x.l, x.w FROM h LEFT JOIN (SELECT k, list(s ORDER BY s.n) AS l, list(w) AS w FROM d GROUP BY k) x USING (k))",
      "(SELECT list_filter(l, lambda x: x.n > 3) AS l FROM (SELECT list(s) AS l FROM d GROUP BY k))",
      "(SELECT list_transform(l, lambda x: x.code) AS l, l[2:3] AS m, l[1] AS n FROM (SELECT list(s) AS l FROM d GROUP BY k))",
      "(SELECT [h, 'same', NULL] AS l, {'a': h, 'b': {'c': [h]}} AS s, {'a': 'constant'} AS t FROM h)",
      "(SELECT a.s, b.s AS t FROM d a JOIN d b ON a.k = b.k AND a.s.n = 1 WHERE a.s.code LIKE '%1')",
      "(SELECT unnest(l) AS u, l FROM (SELECT list(s) AS l FROM d GROUP BY k))",
      "(SELECT s, lag(s) OVER (ORDER BY k, s.n, s.code) AS p FROM d)",
      "(SELECT struct_pack(x := h.h, y := d.s) AS z, map([h.h], [d.w]) AS m FROM h JOIN d USING (k))",
      "(SELECT CASE WHEN k % 2 = 0 THEN s END AS s, coalesce(w, 'none') AS w FROM d ORDER BY k DESC LIMIT 30000)",
      parquet};
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    nest by_rows = {0};
    sw_rows *r;
    sw_step step;
    n.values = n.bytes = 0;
    const char *inner = queries[i];
    SW_AUTO(sw_buf) call = SW_BUF_INIT;
    sw_arena a = SW_ARENA_INIT;
    sw_column_info *info;
    size_t ncolumns;
    sw_buf_printf(&b, "SELECT * FROM %s", inner);
    OK(sw_describe(f->conn, b.ptr, &a, &info, &ncolumns, &f->err));
    sw_buf_printf(&call, "SELECT count(*) FROM %s WHERE sw_nest(", inner);
    for (size_t c = 0; c < ncolumns; c++) sw_buf_printf(&call, "%s\"%s\"", c ? ", " : "", info[c].name);
    sw_buf_putc(&call, ')');
    sw_arena_fini(&a);
    assert_true(one_i64(f, call.ptr) > 0);
    OK(sw_query(f->conn, b.ptr, SW_NO_PARAMS, NULL, &r, &f->err));
    while ((step = sw_rows_next_chunk(r, &f->err)) == SW_ROW)
      for (size_t row = 0; row < sw_rows_count(r); row++)
        for (size_t c = 0; c < ncolumns; c++) walk_nested(sw_rows_column(r, c), row, &by_rows);
    if (step == SW_STEP_ERROR) show(&f->err);
    assert_int_equal(step, SW_DONE);
    sw_rows_free(r);
    assert_true(by_rows.values > 0);
    assert_int_equal(by_rows.values, n.values);
    assert_int_equal(by_rows.bytes, n.bytes);
  }
}

/* --- sources --------------------------------------------------------------------------------- */

typedef struct counter {
  atomic_llong next;
  int64_t total, fail_at;
  atomic_int freed;
} counter;

static sw_status count_next(void *ctx, void *state, sw_out_chunk *out, sw_error *err) {
  (void)state;
  counter *c = ctx;
  int64_t first = atomic_fetch_add(&c->next, (int64_t)out->cap);
  for (size_t i = 0; i < out->cap && first + (int64_t)i < c->total; i++, out->n++) {
    int64_t v = first + (int64_t)i;
    if (c->fail_at && v == c->fail_at) return SW_FAIL(err, SW_E_IO, "SW-TEST-0002", "坏在 %lld", "broken at %lld", (long long)v);
    ((int64_t *)out->columns[0].data)[i] = v;
    char text[64];
    int n = snprintf(text, sizeof text, "record number %lld of many", (long long)v);
    if (v % 10 == 0) sw_out_null(&out->columns[1], i);
    else sw_out_str(&out->columns[1], i, (sw_str){text, (size_t)n});
    assert_true(sw_out_decimal(&out->columns[2], i, v % 100000));
    ((int32_t *)out->columns[3].data)[i] = (int32_t)(v % 20000);
  }
  return SW_OK;
}

static void count_free(void *ctx) { atomic_fetch_add(&((counter *)ctx)->freed, 1); }

static const sw_source_column COLUMNS[] = {
    {"_row", SW_T_I64}, {"文字", SW_T_STR}, {"amount", SW_T_MONEY}, {"day", SW_T_DATE}};

static void a_source_feeds_queries_from_several_threads(void **state) {
  fixture *f = *state;
  static counter c;
  c = (counter){.total = 300000};
  sw_source s = {.name = "in'put", .columns = COLUMNS, .ncolumns = 4, .max_threads = 2, .rows = 300000, .ctx = &c, .ctx_free = count_free,
                 .next = count_next};
  OK(sw_source_register(f->conn, &s, &f->err));
  FAILS(sw_source_register(f->conn, &s, &f->err), SW_E_EXISTS);
  ASSERT_TEXT("SELECT count(*) || ' ' || count(DISTINCT _row) || ' ' || count(\"文字\") || ' ' || sum(amount) FROM sw_source('in''put')",
              "300000 300000 270000 149998500.00");
  OK(sw_source_drop(f->conn, "in'put", &f->err));
  assert_int_equal(c.freed, 2);
  FAILS(sw_exec(f->conn, "SELECT * FROM sw_source('in''put')", NULL, &f->err), SW_E_ENGINE);
  OK(sw_source_drop(f->conn, "in'put", &f->err));
}

static void an_error_of_a_source_arrives_whole(void **state) {
  fixture *f = *state;
  static counter c;
  c = (counter){.total = 300000, .fail_at = 123456};
  OK(sw_source_register(f->conn, &(sw_source){.name = "s", .columns = COLUMNS, .ncolumns = 4, .ctx = &c, .next = count_next}, &f->err));
  FAILS(sw_exec(f->conn, "CREATE TABLE t AS SELECT * FROM sw_source('s')", NULL, &f->err), SW_E_IO);
  assert_string_equal(f->err.msg[SW_LANG_EN], "broken at 123456");
}

static void a_source_is_copied_to_parquet_and_counted(void **state) {
  fixture *f = *state;
  static counter c;
  c = (counter){.total = 100000};
  char path[160], sql[512];
  int64_t rows = 0;
  OK(sw_source_register(f->conn, &(sw_source){.name = "s", .columns = COLUMNS, .ncolumns = 4, .ctx = &c, .next = count_next}, &f->err));
  snprintf(path, sizeof path, "%s/it's a part.parquet", f->landing);
  OK(sw_copy_parquet(f->conn, "SELECT * FROM sw_source('s') -- all", path, &(sw_parquet_options){.level = 1, .row_group_rows = 20480}, NULL, &rows,
                     &f->err));
  assert_int_equal(rows, 100000);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "SELECT count(*) FROM (SELECT _row, row_number() OVER () - 1 AS n FROM read_parquet({})) WHERE _row = n", sw_sql_text(path));
  assert_int_equal(one_i64(f, b.ptr), 100000);
  sw_buf_clear(&b);
  sw_sql_build(&b, "SELECT count(DISTINCT row_group_id) FROM parquet_metadata({}) WHERE compression = 'ZSTD'", sw_sql_text(path));
  assert_int_equal(one_i64(f, b.ptr), 5);
  snprintf(sql, sizeof sql, "%s/x.parquet", f->dir);
  FAILS(sw_copy_parquet(f->conn, "SELECT 1", sql, NULL, NULL, NULL, &f->err), SW_E_DENIED);
  static counter bad;
  bad = (counter){.total = 100000, .fail_at = 50000};
  OK(sw_source_drop(f->conn, "s", &f->err));
  OK(sw_source_register(f->conn, &(sw_source){.name = "s", .columns = COLUMNS, .ncolumns = 4, .ctx = &bad, .next = count_next}, &f->err));
  FAILS(sw_copy_parquet(f->conn, "SELECT * FROM sw_source('s')", path, NULL, NULL, NULL, &f->err), SW_E_IO);
  assert_false(sw_fs_exists(path));
}

static void csv_and_ndjson_are_exported(void **state) {
  fixture *f = *state;
  char path[160];
  int64_t rows = 0;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  snprintf(path, sizeof path, "%s/x.csv", f->landing);
  OK(sw_copy_csv(f->conn, "SELECT 1 AS a, '男,\"x\"' AS 性别 UNION ALL SELECT 2, NULL ORDER BY 1", path, &(sw_csv_options){.bom = true}, NULL, &rows, &f->err));
  assert_int_equal(rows, 2);
  OK(sw_fs_read(path, 1000, &text, &f->err));
  assert_string_equal(text.ptr, "\xEF\xBB\xBF" "a,性别\n1,\"男,\"\"x\"\"\"\n2,\n");
  sw_buf_clear(&text);
  OK(sw_copy_csv(f->conn, "SELECT 1 AS a, 'x' AS b", path, &(sw_csv_options){.delimiter = '\t', .no_header = true}, NULL, &rows, &f->err));
  OK(sw_fs_read(path, 1000, &text, &f->err));
  assert_string_equal(text.ptr, "1\tx\n");
  sw_buf_clear(&text);
  OK(sw_copy_ndjson(f->conn, "SELECT 1 AS a, '男' AS b FROM range(2)", path, NULL, &rows, &f->err));
  assert_int_equal(rows, 2);
  OK(sw_fs_read(path, 1000, &text, &f->err));
  assert_string_equal(text.ptr, "{\"a\":1,\"b\":\"男\"}\n{\"a\":1,\"b\":\"男\"}\n");
}

/* --- sinks ----------------------------------------------------------------------------------- */

static void a_sink_appends_chunks_with_the_transaction(void **state) {
  fixture *f = *state;
  sw_sink *s;
  sw_out_chunk *out;
  OK(sw_exec(f->conn, "CREATE SCHEMA store; CREATE TABLE store.t(a BIGINT, b VARCHAR, m DECIMAL(18,2))", NULL, &f->err));
  for (int round = 0; round < 2; round++) {
    OK(sw_begin(f->conn, &f->err));
    OK(sw_sink_open(f->conn, "store", "t", &s, &f->err));
    OK(sw_sink_chunk(s, &out, &f->err));
    for (int64_t i = 0; i < 10000; i++) {
      ((int64_t *)out->columns[0].data)[out->n] = i;
      if (i % 2) sw_out_null(&out->columns[1], out->n);
      else sw_out_str(&out->columns[1], out->n, SW_LIT("a string of more than twelve bytes"));
      assert_true(sw_out_decimal(&out->columns[2], out->n, i));
      if (++out->n == out->cap) OK(sw_sink_append(s, &f->err));
    }
    OK(sw_sink_append(s, &f->err));
    OK(sw_sink_close(s, &f->err));
    if (round) OK(sw_commit(f->conn, &f->err));
    else sw_rollback(f->conn);
    ASSERT_TEXT("SELECT count(*) || ' ' || count(b) || ' ' || coalesce(sum(m), 0)::VARCHAR FROM store.t",
                round ? "10000 5000 499950.00" : "0 0 0.00");
  }
  FAILS(sw_sink_open(f->conn, "store", "none", &s, &f->err), SW_E_ENGINE);
  OK(sw_exec(f->conn, "CREATE TABLE u(a INTEGER NOT NULL)", NULL, &f->err));
  OK(sw_sink_open(f->conn, NULL, "u", &s, &f->err));
  OK(sw_sink_chunk(s, &out, &f->err));
  sw_out_null(&out->columns[0], 0);
  out->n = 1;
  f->err.status = SW_OK;
  sw_status st = sw_sink_append(s, &f->err);
  if (st == SW_OK) st = sw_sink_close(s, &f->err);
  else sw_sink_abort(s);
  assert_int_equal(st, SW_E_DATA);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
      T(a_kernel_keeps_accumulators_per_thread_and_query),
      T(states_are_released_when_a_statement_ends_however_it_ends),
      T(a_kernel_returns_strings_and_nulls),
      T(an_error_of_a_kernel_arrives_whole),
      T(names_of_short_lived_kernels_are_used_again),
      T(a_kernel_of_the_same_name_replaces_or_is_refused),
      T(nested_values_arrive_whole_whatever_made_them),
      T(a_source_feeds_queries_from_several_threads),
      T(an_error_of_a_source_arrives_whole),
      T(a_source_is_copied_to_parquet_and_counted),
      T(csv_and_ndjson_are_exported),
      T(a_sink_appends_chunks_with_the_transaction),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
