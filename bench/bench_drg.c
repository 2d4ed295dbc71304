/* DRG grouping: cases a second through the library, time of one case, and through `suwen group` with CSV in and out.
 * SW_BENCH_CASES scales it; needs ../shared/data/chs_drg_11 (SW_SHARED). One core. */
#include "base/fs.h"
#include "base/task.h"
#include "coding/case_file.h"
#include "coding/catalogue.h"
#include "coding/group_file.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { KEPT_CODES = 64 };

typedef struct kept {
  sw_drg_case c;
  sw_str dx[KEPT_CODES], pr[KEPT_CODES];
} kept;

static double peak_mib(void) {
  struct rusage u;
  return getrusage(RUSAGE_SELF, &u) == 0 ? (double)u.ru_maxrss / 1024.0 : 0;
}

static void say(const char *name, double value, const char *unit, double floor_value) {
  /* ratio ≥ 1 means the floor is met, whatever the direction */
  bool smaller_is_better = unit[0] == 'u' || unit[0] == 's';
  double ratio = smaller_is_better ? floor_value / value : value / floor_value;
  printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"floor\":%.0f,\"ratio\":%.2f,\"peak_rss_mib\":%.0f}\n", name, value, unit,
         floor_value, ratio, peak_mib());
}

static size_t load_cases(const char *path, sw_arena *mem, kept *out, size_t cap, sw_error *err) {
  sw_case_file f;
  if (sw_case_file_open(path, &f, err)) return 0;
  size_t n = 0;
  for (; n < cap; ++n) {
    kept *k = &out[n];
    k->c = (sw_drg_case)SW_DRG_CASE_INIT;
    sw_str id;
    if (sw_case_file_next(&f, &k->c, &id, err) != SW_ROW) break;
    for (size_t i = 0; i < k->c.ndx && i < KEPT_CODES; ++i) k->dx[i] = sw_arena_dup(mem, k->c.dx[i]);
    for (size_t i = 0; i < k->c.npr && i < KEPT_CODES; ++i) k->pr[i] = sw_arena_dup(mem, k->c.pr[i]);
    k->c.dx = k->dx;
    k->c.pr = k->pr;
  }
  sw_case_file_close(&f);
  return n;
}

static void bench_library(const sw_drg_catalogue *c, const kept *cases, size_t n, int64_t wanted) {
  int64_t done = 0, grouped = 0;
  int64_t start = sw_mono_us();
  while (done < wanted)
    for (size_t i = 0; i < n; ++i, ++done) {
      sw_drg_result r;
      sw_drg_group(c, &cases[i].c, &r);
      grouped += r.drg != SW_DRG_NONE;
    }
  double seconds = (double)(sw_mono_us() - start) / 1e6;
  if (grouped == 0) fprintf(stderr, "nothing was grouped\n");
  say("drg_library_per_second", (double)done / seconds, "cases/s", 1e6);
}

/* One case at a time with its path in words, as a form on a screen asks for it. */
static void bench_one(const sw_drg_catalogue *c, const kept *cases, size_t n) {
  int64_t start = sw_mono_us(), done = 0;
  SW_AUTO(sw_buf) path = SW_BUF_INIT;
  for (int round = 0; round < 100; ++round)
    for (size_t i = 0; i < n; ++i, ++done) {
      sw_drg_result r;
      sw_buf_clear(&path);
      sw_drg_group(c, &cases[i].c, &r);
      sw_drg_path(c, &cases[i].c, &r, SW_LANG_ZH, &path);
    }
  say("drg_case_microseconds", (double)(sw_mono_us() - start) / (double)done, "us", 20);
}

static void bench_file(const sw_catalogue *c, const char *golden, int64_t wanted, sw_error *err) {
  char in[] = "bench_drg_in_XXXXXX", out[64];
  int fd = mkstemp(in);
  if (fd < 0) return;
  (void)snprintf(out, sizeof out, "%s.out", in);
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  if (sw_fs_read(golden, 1 << 24, &text, err)) return;
  const char *body = memchr(text.ptr, '\n', text.len);
  size_t head = (size_t)(body + 1 - text.ptr);
  FILE *f = fdopen(fd, "wb");
  if (!f) return;
  (void)fwrite(text.ptr, 1, text.len, f);
  for (int64_t rows = 1504; rows < wanted; rows += 1504) (void)fwrite(text.ptr + head, 1, text.len - head, f);
  fclose(f);
  sw_group_totals t;
  int64_t start = sw_mono_us();
  sw_status s = sw_group_file(c, in, out, SW_LANG_ZH, NULL, NULL, &t, err);
  double seconds = (double)(sw_mono_us() - start) / 1e6;
  if (!s) say("drg_cli_per_second", (double)t.cases / seconds, "cases/s", 5e5);
  (void)unlink(in);
  (void)unlink(out);
}

int main(void) {
  const char *shared = getenv("SW_SHARED");
  const char *scale = getenv("SW_BENCH_CASES");
  int64_t wanted = 3000000;
  if (scale && !sw_str_to_i64(sw_str_of(scale), &wanted)) wanted = 3000000;
  char dir[1024], golden[1100];
  (void)snprintf(dir, sizeof dir, "%s/data/chs_drg_11", shared ? shared : "../shared");
  (void)snprintf(golden, sizeof golden, "%s/golden_cases.csv", dir);
  if (!sw_fs_exists(golden)) {
    fprintf(stderr, "skipped: %s is not here\n", golden);
    return 77;
  }
  sw_error err = SW_ERROR_INIT;
  sw_catalogue *c = NULL;
  int64_t start = sw_mono_us();
  if (sw_catalogue_import(dir, NULL, &c, &err)) return 1;
  say("drg_import_seconds", (double)(sw_mono_us() - start) / 1e6, "s", 1);
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  kept *cases = calloc(1504, sizeof *cases);
  size_t n = cases ? load_cases(golden, &mem, cases, 1504, &err) : 0;
  if (n) {
    bench_library(c->drg, cases, n, wanted);
    bench_one(c->drg, cases, n);
    bench_file(c, golden, wanted, &err);
  }
  free(cases);
  sw_catalogue_free(c);
  if (err.status) {
    char text[2048];
    (void)sw_error_format(&err, SW_LANG_EN, text, sizeof text);
    fprintf(stderr, "%s\n", text);
  }
  return err.status != SW_OK || n == 0;
}
