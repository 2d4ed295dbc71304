/* Ingest against the engine's own COPY of the same file: ten million rows, twenty columns, quoted newlines, Chinese text.
 *
 * Ours types, numbers, hashes, keeps lines and offsets, rejects and fsyncs; COPY (read_csv) does not. The two take turns,
 * each in a process of its own (so that peak memory is its own), and the medians are compared.
 * BENCH_ROWS scales the file, BENCH_ROUNDS the repetitions, TMPDIR says where 4 GB may lie. */
#include "base/fs.h"
#include "base/rng.h"
#include "engine/sql.h"
#include "engine/sink.h"
#include "intake/intake.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COLUMNS = 20, MAX_ROUNDS = 15 };

static const sw_column_spec SPEC[COLUMNS] = {
    {.name = "fee_id", .type = SW_T_I64},      {.name = "visit_no", .type = SW_T_STR},   {.name = "patient_id", .type = SW_T_STR},
    {.name = "name", .type = SW_T_STR},        {.name = "sex", .type = SW_T_I32},        {.name = "born", .type = SW_T_DATE},
    {.name = "visit_time", .type = SW_T_TIMESTAMP}, {.name = "dept", .type = SW_T_STR},  {.name = "doctor", .type = SW_T_STR},
    {.name = "icd", .type = SW_T_STR},         {.name = "item_code", .type = SW_T_STR},  {.name = "item_name", .type = SW_T_STR},
    {.name = "unit", .type = SW_T_STR},        {.name = "price", .type = SW_T_DECIMAL(18, 4)}, {.name = "quantity", .type = SW_T_DECIMAL(18, 2)},
    {.name = "amount", .type = SW_T_MONEY},    {.name = "ratio", .type = SW_T_F64},      {.name = "charged", .type = SW_T_TIMESTAMP},
    {.name = "address", .type = SW_T_STR},     {.name = "note", .type = SW_T_STR}};
static const sw_table_spec TABLE = {.name = "fee", .columns = SPEC, .ncolumns = COLUMNS};

static char *put_int(char *p, int64_t v, int width) {
  char digits[24];
  int n = 0;
  do digits[n++] = (char)('0' + v % 10);
  while ((v /= 10) > 0 || n < width);
  while (n) *p++ = digits[--n];
  return p;
}

static char *put_text(char *p, const char *s) {
  while (*s) *p++ = *s++;
  return p;
}

static char *put_day(char *p, int64_t day) {
  int y, m, d;
  sw_civil_from_days((int32_t)day, &y, &m, &d);
  p = put_int(p, y, 4);
  *p++ = '-';
  p = put_int(p, m, 2);
  *p++ = '-';
  return put_int(p, d, 2);
}

static char *put_moment(char *p, int64_t second) {
  p = put_day(p, second / 86400);
  *p++ = ' ';
  p = put_int(p, second / 3600 % 24, 2);
  *p++ = ':';
  p = put_int(p, second / 60 % 60, 2);
  *p++ = ':';
  return put_int(p, second % 60, 2);
}

static char *put_money(char *p, int64_t v, int places) {
  int64_t unit = 1;
  for (int i = 0; i < places; i++) unit *= 10;
  p = put_int(p, v / unit, 1);
  *p++ = '.';
  return put_int(p, v % unit, places);
}

static char *put_row(char *p, int64_t row, sw_rng *g) {
  static const char *const NAMES[] = {"张伟", "王芳", "李娜", "欧阳建国", "刘洋", "陈静", "赵磊", "黄敏"};
  static const char *const ITEMS[] = {"静脉输液", "血常规(五分类)", "头孢曲松钠注射剂", "CT平扫", "住院诊查费", "Ⅱ级护理", "葡萄糖注射液 250ml", "心电监测"};
  static const char *const ICD[] = {"I63.900", "J18.900", "E11.900x001", "K80.200", "I25.103", "Z51.100", "M51.202", "H25.900"};
  static const char *const PLACES[] = {"滨河区解放路", "新城区人民东路", "云山县青石镇大桥村", "临江区学府街"};
  static const char *const NOTES[] = {"", "", "", "", "", "医保", "自费", "复核", "\"待复核,见医嘱\"", "\"首次\n复查\""};
  uint64_t r = sw_rng_u64(g), q = sw_rng_u64(g);
  int64_t patient = (int64_t)(r % 3000000), price = (int64_t)(q % 5000000) + 100, quantity = (int64_t)(r >> 40) % 2000 + 100;
  p = put_int(p, row + 1, 1), *p++ = ',';
  p = put_text(p, "ZY"), p = put_int(p, (int64_t)(r >> 20) % 100000000, 10), *p++ = ',';
  p = put_int(p, patient + 100000000, 12), *p++ = ',';
  p = put_text(p, NAMES[r % 8]), *p++ = ',';
  p = put_int(p, (int64_t)(r >> 3 & 1) + 1, 1), *p++ = ',';
  p = put_day(p, (int64_t)(q % 18000)), *p++ = ',';
  p = put_moment(p, 1672531200 + (int64_t)(r % 31536000)), *p++ = ',';
  p = put_int(p, (int64_t)(r >> 8) % 60 + 100, 4), *p++ = ',';
  p = put_text(p, "D"), p = put_int(p, (int64_t)(r >> 14) % 900 + 100, 5), *p++ = ',';
  p = put_text(p, ICD[r >> 4 & 7]), *p++ = ',';
  p = put_int(p, (int64_t)(q >> 12) % 90000 + 310000000, 9), p = put_text(p, "-x"), *p++ = ',';
  p = put_text(p, ITEMS[q & 7]), *p++ = ',';
  p = put_text(p, q & 8 ? "次" : "支"), *p++ = ',';
  p = put_money(p, price, 4), *p++ = ',';
  p = put_money(p, quantity, 2), *p++ = ',';
  p = put_money(p, price * quantity / 10000, 2), *p++ = ',';
  p = put_money(p, (int64_t)(q >> 20) % 1000000, 6), *p++ = ',';
  p = put_moment(p, 1672531200 + (int64_t)(q % 31536000)), *p++ = ',';
  p = put_text(p, PLACES[q >> 5 & 3]), p = put_int(p, (int64_t)(q >> 30) % 900 + 1, 1), p = put_text(p, "号"), *p++ = ',';
  p = put_text(p, NOTES[(q >> 40) % 10]);
  *p++ = '\n';
  return p;
}

static bool generate(const char *path, int64_t rows) {
  enum { BUFFER = 4 << 20 };
  char *buf = malloc(BUFFER + 4096), *p = buf;
  FILE *f = buf ? fopen(path, "wb") : NULL;
  if (!f) {
    free(buf);
    return false;
  }
  for (int i = 0; i < COLUMNS; i++) {
    p = put_text(p, SPEC[i].name);
    *p++ = i + 1 < COLUMNS ? ',' : '\n';
  }
  sw_rng g = sw_rng_of(20240101, 1);
  bool ok = true;
  for (int64_t i = 0; ok && i <= rows; i++) {
    if (i < rows) p = put_row(p, i, &g);
    if (p - buf < BUFFER && i < rows) continue;
    ok = fwrite(buf, 1, (size_t)(p - buf), f) == (size_t)(p - buf);
    p = buf;
  }
  free(buf);
  return fclose(f) == 0 && ok;
}

static void tell(const sw_error *err) {
  char text[4096];
  sw_error_format(err, SW_LANG_EN, text, sizeof text);
  fprintf(stderr, "bench_ingest: %s\n", text);
}

typedef struct bench {
  char dir[512], csv[600], workspace[600], parquet[600];
  int64_t rows, bytes;
} bench;

static sw_status open_engine(const bench *b, sw_engine **e, sw_error *err) {
  const char *allowed[] = {b->dir};
  sw_engine_options o = {.memory_limit = INT64_C(1500) << 20, .temp_dir = b->workspace, .allowed_dirs = allowed, .nallowed = 1};
  return sw_engine_open(&o, e, err);
}

static sw_status by_copy(const bench *b, sw_error *err) {
  sw_engine *e = NULL;
  sw_conn *c = NULL;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "COPY (SELECT * FROM read_csv({})) TO {} (FORMAT parquet, COMPRESSION zstd)", sw_sql_text(b->csv), sw_sql_text(b->parquet));
  sw_status s = open_engine(b, &e, err);
  if (!s) s = sw_conn_open(e, &c, err);
  int64_t rows = 0;
  if (!s) s = sw_exec_count(c, sql.ptr, NULL, &rows, err);
  if (!s && rows != b->rows) s = SW_FAIL(err, SW_E_BALANCE, "SW-BENCH-0001", "COPY 得到 %lld 行", "COPY has %lld rows", (long long)rows);
  sw_conn_close(c);
  sw_engine_close(e);
  return s;
}

static sw_status by_intake(const bench *b, sw_error *err) {
  char ledger[700];
  snprintf(ledger, sizeof ledger, "%s/ledger.sqlite", b->workspace);
  sw_engine *e = NULL;
  sw_intake_context x = {.workspace = b->workspace};
  sw_status s = sw_fs_mkdirs(b->workspace, err);
  if (!s) s = open_engine(b, &e, err);
  if (!s) s = sw_ledger_open(ledger, &x.ledger, err);
  x.engine = e;
  sw_intake_delivery d = {.path = b->csv, .file = "fee.csv", .source = "bench", .org = "H000001", .delivery = "2024-01-01", .table = &TABLE};
  sw_intake_result *r = calloc(1, sizeof *r);
  if (!s && r) s = sw_intake_file(&x, &d, r, err);
  if (!s && r && (r->rows != b->rows || r->rejects))
    s = SW_FAIL(err, SW_E_BALANCE, "SW-BENCH-0001", "收取得到 %lld 行，拒收 %lld 条", "intake has %lld rows, %lld rejects", (long long)r->rows, (long long)r->rejects);
  free(r);
  sw_ledger_close(x.ledger);
  sw_engine_close(e);
  return s;
}

/* Runs one way in a child; seconds and peak memory of it. */
static bool measure(const bench *b, sw_status (*way)(const bench *, sw_error *), double *seconds, long *rss_kib) {
  sw_error err = SW_ERROR_INIT;
  if (sw_fs_remove_tree(b->workspace, &err) || sw_fs_remove(b->parquet, &err)) return tell(&err), false;
  sync();
  int64_t t0 = sw_mono_us();
  fflush(NULL);
  pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) {
    sw_status s = way(b, &err);
    if (s) tell(&err);
    _exit(s ? 1 : 0);
  }
  int status;
  struct rusage u;
  if (wait4(child, &status, 0, &u) != child || status != 0) return false;
  *seconds = (double)(sw_mono_us() - t0) / 1e6;
  fprintf(stderr, "  %s: %.2f s, processor %.2f s\n", way == by_copy ? "COPY" : "intake", *seconds,
          (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
  if (u.ru_maxrss > *rss_kib) *rss_kib = u.ru_maxrss;
  return true;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *v, int n) {
  qsort(v, (size_t)n, sizeof *v, by_value);
  return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static int run(bench *b, int rounds) {
  double ours[MAX_ROUNDS] = {0}, theirs[MAX_ROUNDS] = {0};
  long our_rss = 0, their_rss = 0;
  for (int i = 0; i < rounds; i++) {
    bool first = i % 2 == 0;
    if (first && !measure(b, by_copy, &theirs[i], &their_rss)) return 1;
    if (!measure(b, by_intake, &ours[i], &our_rss)) return 1;
    if (!first && !measure(b, by_copy, &theirs[i], &their_rss)) return 1;
    fprintf(stderr, "round %d: intake %.2f s, COPY %.2f s\n", i + 1, ours[i], theirs[i]);
  }
  double o = median(ours, rounds), t = median(theirs, rounds);
  printf("{\"name\": \"ingest_vs_copy\", \"value\": %.3f, \"unit\": \"s\", \"floor\": %.3f, \"ratio\": %.3f, \"peak_rss_mib\": %ld}\n", o, t, o / t,
         our_rss / 1024);
  printf("{\"name\": \"ingest_rows\", \"value\": %.0f, \"unit\": \"rows/s\", \"floor\": %.0f, \"ratio\": %.3f, \"peak_rss_mib\": %ld}\n",
         (double)b->rows / o, (double)b->rows / t, t / o, our_rss / 1024);
  printf("{\"name\": \"ingest_bytes\", \"value\": %.1f, \"unit\": \"MB/s\", \"floor\": %.1f, \"ratio\": %.3f, \"peak_rss_mib\": %ld}\n",
         (double)b->bytes / 1e6 / o, (double)b->bytes / 1e6 / t, t / o, our_rss / 1024);
  fprintf(stderr, "%lld rows, %lld bytes; COPY's peak memory %ld MiB\n", (long long)b->rows, (long long)b->bytes, their_rss / 1024);
  return 0;
}

int main(void) {
  const char *rows = getenv("BENCH_ROWS"), *rounds = getenv("BENCH_ROUNDS"), *tmp = getenv("TMPDIR");
  int64_t nrows = 10000000, nrounds = 3;
  if ((rows && !sw_str_to_i64(sw_str_of(rows), &nrows)) || (rounds && !sw_str_to_i64(sw_str_of(rounds), &nrounds)) || nrows < 1) return 2;
  if (nrounds < 1 || nrounds > MAX_ROUNDS) nrounds = 3;
  bench b = {.rows = nrows};
  snprintf(b.dir, sizeof b.dir, "%s/suwen-bench-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
  if (!mkdtemp(b.dir)) return perror("bench_ingest"), 1;
  snprintf(b.csv, sizeof b.csv, "%s/fee.csv", b.dir);
  snprintf(b.workspace, sizeof b.workspace, "%s/workspace", b.dir);
  snprintf(b.parquet, sizeof b.parquet, "%s/copy.parquet", b.dir);
  sw_error err = SW_ERROR_INIT;
  sw_file_info info = {0};
  int code = 1;
  if (!generate(b.csv, b.rows)) perror("bench_ingest");
  else if (sw_fs_stat(b.csv, &info, &err)) tell(&err);
  else {
    b.bytes = info.size;
    code = run(&b, (int)nrounds);
  }
  if (sw_fs_remove_tree(b.dir, &err)) tell(&err);
  return code;
}
