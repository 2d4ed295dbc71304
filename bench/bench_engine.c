/* What our side of the engine costs: a kernel that reads 20 columns against the engine's own counting of them, a source
 * into Parquet against the engine's own COPY of the same rows, reading a result, opening, publishing, a query's overhead.
 * SW_BENCH_ROWS scales it (default 4,000,000). Two threads. */
#include "base/fs.h"
#include "engine/kernel.h"
#include "engine/publish.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/source.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { COLUMNS = 20 };

typedef struct bench {
  char dir[64], db[96], temp[96], out[96];
  int64_t rows;
  sw_engine *engine;
  sw_conn *conn;
  sw_error err;
} bench;

static double peak_mib(void) {
  struct rusage u;
  return getrusage(RUSAGE_SELF, &u) == 0 ? (double)u.ru_maxrss / 1024.0 : 0;
}

static void say(const char *name, double value, const char *unit, double floor_value) {
  printf("{\"name\":\"%s\",\"value\":%.4f,\"unit\":\"%s\",\"floor\":%.4f,\"ratio\":%.3f,\"peak_rss_mib\":%.0f}\n", name, value, unit, floor_value,
         floor_value > 0 ? value / floor_value : 0, peak_mib());
  fflush(stdout);
}

static void must(bench *b, sw_status s) {
  if (s == SW_OK) return;
  char text[4096];
  sw_error_format(&b->err, SW_LANG_EN, text, sizeof text);
  fprintf(stderr, "bench_engine: %s\n", text);
  sw_error ignored = SW_ERROR_INIT;
  if (sw_fs_remove_tree(b->dir, &ignored)) fprintf(stderr, "bench_engine: %s is left behind\n", b->dir);
  exit(1);
}

/* Seconds of the best of three. */
static double best(bench *b, const char *sql) {
  double least = 1e9;
  for (int i = 0; i < 3; i++) {
    int64_t t0 = sw_mono_us();
    must(b, sw_exec(b->conn, sql, NULL, &b->err));
    double s = (double)(sw_mono_us() - t0) / 1e6;
    if (s < least) least = s;
  }
  return least;
}

/* --- the kernel -------------------------------------------------------------------------------- */

typedef struct counts {
  int64_t valid[COLUMNS];
  int64_t bytes;
} counts;

static sw_status counts_init(void *ctx, void **state, sw_error *err) {
  (void)ctx, (void)err;
  *state = calloc(1, sizeof(counts));
  return SW_OK;
}

static void counts_fini(void *ctx, void *state) {
  atomic_fetch_add((atomic_llong *)ctx, ((counts *)state)->valid[0]);
  free(state);
}

static sw_status counts_run(void *ctx, void *state, const sw_in_chunk *in, sw_out_column *out, sw_error *err) {
  (void)ctx, (void)err;
  counts *k = state;
  for (size_t c = 0; c < in->ncolumns && c < COLUMNS; c++) {
    const uint64_t *v = in->columns[c].validity;
    if (!v) {
      k->valid[c] += (int64_t)in->n;
    } else {
      for (size_t i = 0; i < in->n; i += 64) {
        uint64_t word = v[i >> 6];
        if (in->n - i < 64) word &= (UINT64_C(1) << (in->n - i)) - 1;
        k->valid[c] += __builtin_popcountll(word);
      }
    }
    if (in->columns[c].storage != SW_TYPE_STR) continue;
    for (size_t i = 0; i < in->n; i++) k->bytes += (int64_t)((const sw_string *)in->columns[c].data)[i].u.near.length;
  }
  memset(out->data, 0, in->n);
  return SW_OK;
}

static void make_table(bench *b) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_puts(&sql, "CREATE TABLE t AS SELECT i AS c0");
  for (int c = 1; c < COLUMNS; c++) {
    static const char *const kinds[] = {"'code ' || (hash(i, %d) %% 900)", "(hash(i, %d) %% 100000)::DECIMAL(18,2)",
                                        "DATE '2022-01-01' + (hash(i, %d) %% 1000)::INTEGER", "CASE WHEN hash(i, %d) %% 20 > 0 THEN hash(i) %% 7 END::INTEGER",
                                        "'name of a patient ' || (hash(i, %d) %% 100000)"};
    char column[128];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(column, sizeof column, kinds[c % 5], c);
#pragma GCC diagnostic pop
    sw_buf_printf(&sql, ", %s AS c%d", column, c);
  }
  sw_buf_printf(&sql, " FROM range(%lld) r(i)", (long long)b->rows);
  must(b, sw_exec(b->conn, sql.ptr, NULL, &b->err));
  must(b, sw_engine_checkpoint(b->conn, &b->err));
}

static void bench_kernel(bench *b) {
  atomic_llong rows = 0;
  must(b, sw_kernel_register(b->conn, &(sw_kernel){.name = "sw_bench", .varargs = true, .impure = true, .result = SW_T_BOOL, .ctx = &rows,
                                                   .thread_init = counts_init, .thread_fini = counts_fini, .run = counts_run},
                             &b->err));
  SW_AUTO(sw_buf) own = SW_BUF_INIT;
  SW_AUTO(sw_buf) theirs = SW_BUF_INIT;
  sw_buf_puts(&own, "SELECT count(*) FROM t WHERE sw_bench(c0");
  sw_buf_puts(&theirs, "SELECT count(c0)");
  for (int c = 1; c < COLUMNS; c++) {
    sw_buf_printf(&own, ", c%d", c);
    sw_buf_printf(&theirs, c % 5 == 0 || c % 5 == 4 ? ", sum(strlen(c%d))" : ", count(c%d)", c);
  }
  sw_buf_puts(&own, ")");
  sw_buf_puts(&theirs, " FROM t");
  /* strings are columns 4, 9, … of kind 4 and 5, 10, … of kind 0 */
  double floor_value = best(b, theirs.ptr), value = best(b, own.ptr);
  say("engine_kernel_20_columns", value, "s", floor_value);
  must(b, sw_kernel_drop(b->conn, "sw_bench", &b->err));
}

/* --- the source -------------------------------------------------------------------------------- */

typedef struct feed {
  atomic_llong next;
  int64_t end;
} feed;

static sw_status feed_next(void *ctx, void *state, sw_out_chunk *out, sw_error *err) {
  (void)state, (void)err;
  feed *f = ctx;
  int64_t first = atomic_fetch_add(&f->next, (long long)out->cap);
  for (; out->n < out->cap && first + (int64_t)out->n < f->end; out->n++) {
    int64_t i = first + (int64_t)out->n;
    char text[20] = "record number 00000";
    for (int64_t k = 18, rest = i % 100000; k > 13; k--, rest /= 10) text[k] = (char)('0' + rest % 10);
    ((int64_t *)out->columns[0].data)[out->n] = i;
    sw_out_str(&out->columns[1], out->n, (sw_str){text, 19});
    ((int64_t *)out->columns[2].data)[out->n] = i * 7 % 1000000;
    ((int32_t *)out->columns[3].data)[out->n] = (int32_t)(i % 10000);
  }
  return SW_OK;
}

static void bench_source(bench *b) {
  static const sw_source_column columns[] = {{"_row", SW_T_I64}, {"text", SW_T_STR}, {"amount", SW_T_MONEY}, {"day", SW_T_DATE}};
  feed f = {.end = b->rows};
  char sql[512];
  int64_t rows, t0 = sw_mono_us();
  must(b, sw_source_register(b->conn, &(sw_source){.name = "feed", .columns = columns, .ncolumns = 4, .max_threads = 2, .ctx = &f, .next = feed_next}, &b->err));
  must(b, sw_copy_parquet(b->conn, "SELECT * FROM sw_source('feed')", b->out, NULL, NULL, &rows, &b->err));
  double value = (double)(sw_mono_us() - t0) / 1e6;
  snprintf(sql, sizeof sql,
           "SELECT i AS _row, 'record number ' || (i %% 100000) AS text, (i * 7 %% 1000000)::DECIMAL(18,2) / 100 AS amount,"
           " DATE '1970-01-01' + (i %% 10000)::INTEGER AS day FROM range(%lld) r(i)",
           (long long)b->rows);
  t0 = sw_mono_us();
  must(b, sw_copy_parquet(b->conn, sql, b->out, NULL, NULL, &rows, &b->err));
  say("engine_source_to_parquet", value, "s", (double)(sw_mono_us() - t0) / 1e6);
  must(b, sw_source_drop(b->conn, "feed", &b->err));
}

/* --- overheads --------------------------------------------------------------------------------- */

static void bench_rows(bench *b) {
  sw_rows *r;
  sw_step step;
  int64_t sum = 0, t0 = sw_mono_us();
  must(b, sw_query(b->conn, "SELECT c0, c4, c5 FROM t", SW_NO_PARAMS, NULL, &r, &b->err));
  while ((step = sw_rows_next(r, &b->err)) == SW_ROW) sum += sw_rows_i64(r, 0) + (int64_t)sw_rows_str(r, 1).len;
  sw_rows_free(r);
  if (step == SW_STEP_ERROR) must(b, b->err.status);
  double value = (double)(sw_mono_us() - t0) / 1e6;
  say("engine_rows_read", sum ? value * 1e9 / (double)b->rows : 0, "ns/row", 0);
}

static void bench_overheads(bench *b) {
  enum { N = 200 };
  int64_t t0 = sw_mono_us(), one;
  sw_cancel cancel = SW_CANCEL_INIT;
  for (int i = 0; i < N; i++) must(b, sw_query_i64(b->conn, "SELECT 1", SW_NO_PARAMS, &cancel, &one, NULL, &b->err));
  say("engine_query_overhead", (double)(sw_mono_us() - t0) / N, "us", 0);
  must(b, sw_publish_prepare(b->conn, &b->err));
  must(b, sw_exec(b->conn, "CREATE TABLE store.dwd_t_1 AS SELECT 1 AS a", NULL, &b->err));
  t0 = sw_mono_us();
  for (int i = 0; i < 50; i++) {
    char run[16];
    snprintf(run, sizeof run, "%d", i);
    must(b, sw_publish(b->conn, run, "s", i, &(sw_publication){.schema = "dwd", .view = "t", .physical = "dwd_t_1"}, 1, &b->err));
  }
  say("engine_publish", (double)(sw_mono_us() - t0) / 50e3, "ms", 20);
}

int main(void) {
  bench *b = calloc(1, sizeof *b);
  const char *rows = getenv("SW_BENCH_ROWS");
  if (!b) return 1;
  if (!rows || !sw_str_to_i64(sw_str_of(rows), &b->rows) || b->rows <= 0) b->rows = 4000000;
  snprintf(b->dir, sizeof b->dir, "bench_engine_XXXXXX");
  if (!mkdtemp(b->dir)) return 1;
  snprintf(b->db, sizeof b->db, "%s/b.duckdb", b->dir);
  snprintf(b->temp, sizeof b->temp, "%s/tmp", b->dir);
  snprintf(b->out, sizeof b->out, "%s/out.parquet", b->dir);
  const char *allowed[] = {b->dir};
  int64_t t0 = sw_mono_us();
  must(b, sw_engine_open(&(sw_engine_options){.path = b->db, .temp_dir = b->temp, .threads = 2, .memory_limit = INT64_C(2) << 30,
                                              .allowed_dirs = allowed, .nallowed = 1, .unordered = true},
                         &b->engine, &b->err));
  must(b, sw_conn_open(b->engine, &b->conn, &b->err));
  say("engine_open_and_lock", (double)(sw_mono_us() - t0) / 1e3, "ms", 0);
  bench_overheads(b);
  make_table(b);
  bench_kernel(b);
  bench_rows(b);
  bench_source(b);
  sw_conn_close(b->conn);
  sw_engine_close(b->engine);
  must(b, sw_fs_remove_tree(b->dir, &b->err));
  free(b);
  return 0;
}
