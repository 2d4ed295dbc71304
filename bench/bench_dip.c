/* DIP: deriving a catalogue from 10 million generated cases (SW_BENCH_CASES scales it, default 1 million and told so),
 * then grouping those cases by it, through the library and through files. One core. */
#include "base/fs.h"
#include "base/rng.h"
#include "base/task.h"
#include "coding/case_file.h"
#include "coding/catalogue.h"
#include "coding/derive_file.h"
#include "coding/group_file.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static double peak_mib(void) {
  struct rusage u;
  return getrusage(RUSAGE_SELF, &u) == 0 ? (double)u.ru_maxrss / 1024.0 : 0;
}

static void say(const char *name, double value, const char *unit, double floor_value, bool less_is_better) {
  double ratio = less_is_better ? floor_value / value : value / floor_value;
  printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"floor\":%.2f,\"ratio\":%.2f,\"peak_rss_mib\":%.0f}\n", name, value, unit,
         floor_value, ratio, peak_mib());
}

/* Diagnoses and procedures with the long tails that real cases have. */
static void write_cases(FILE *f, int64_t n) {
  fprintf(f, "id,year,sex,age_years,los_days,discharge_mode,cost,dx_list_principal_first,proc_list_main_first\n");
  sw_rng g = sw_rng_of(20, 24);
  for (int64_t i = 0; i < n; ++i) {
    unsigned d = (unsigned)(sw_rng_unit(&g) * sw_rng_unit(&g) * sw_rng_unit(&g) * 2000), p = (unsigned)(sw_rng_unit(&g) * sw_rng_unit(&g) * 40);
    fprintf(f, "%lld,%d,%d,%d,%d,1,%.2f,%c%02u.%u00|I10.x00", (long long)i, 2022 + (int)sw_rng_below(&g, 3), 1 + (int)sw_rng_below(&g, 2),
            (int)sw_rng_below(&g, 95), 1 + (int)sw_rng_below(&g, 15), sw_rng_lognormal(&g, 6000 + 500 * p + d, 0.5), 'A' + (int)(d % 20),
            d / 20 % 100, d % 10);
    if (p < 12) fprintf(f, ",\n");
    else if (p < 25) fprintf(f, ",%02u.%02u00\n", 1 + p % 86, d % 50);
    else fprintf(f, ",%02u.%02u00|%02u.%02u00\n", 1 + p % 86, d % 50, 87 + p % 10, p);
  }
}

static void bench_library(const sw_catalogue *c, const char *in, int64_t limit, sw_error *err) {
  enum { CASES = 20000 };
  typedef struct kept {
    sw_drg_case c;
    sw_str dx[4], pr[4];
  } kept;
  kept *cases = calloc(CASES, sizeof *cases);
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  sw_case_file f;
  if (!cases || sw_case_file_open(in, &f, err)) {
    free(cases);
    return;
  }
  size_t n = 0;
  for (; n < CASES; ++n) {
    kept *k = &cases[n];
    k->c = (sw_drg_case)SW_DRG_CASE_INIT;
    sw_str id;
    if (sw_case_file_next(&f, &k->c, &id, err) != SW_ROW) break;
    for (size_t i = 0; i < k->c.ndx && i < 4; ++i) k->dx[i] = sw_arena_dup(&mem, k->c.dx[i]);
    for (size_t i = 0; i < k->c.npr && i < 4; ++i) k->pr[i] = sw_arena_dup(&mem, k->c.pr[i]);
    k->c.dx = k->dx;
    k->c.pr = k->pr;
  }
  sw_case_file_close(&f);
  int64_t done = 0, start = sw_mono_us();
  while (done < limit)
    for (size_t i = 0; i < n; ++i, ++done) {
      sw_dip_result r;
      sw_dip_group(c->dip, &cases[i].c, &r);
    }
  double seconds = (double)(sw_mono_us() - start) / 1e6;
  say("dip_library_per_second", (double)done / seconds, "cases/s", 1e6, false);
  say("dip_case_microseconds", seconds * 1e6 / (double)done, "us", 20, true);
  free(cases);
}

int main(void) {
  const char *scale = getenv("SW_BENCH_CASES");
  int64_t n = 1000000;
  if (scale && !sw_str_to_i64(sw_str_of(scale), &n)) n = 1000000;
  char dir[] = "bench_dip_XXXXXX";
  if (!mkdtemp(dir)) return 1;
  char in[64], catalogue[64], out[64];
  (void)snprintf(in, sizeof in, "%s/cases.csv", dir);
  (void)snprintf(catalogue, sizeof catalogue, "%s/dip", dir);
  (void)snprintf(out, sizeof out, "%s/groups.csv", dir);
  FILE *f = fopen(in, "wb");
  if (!f) return 1;
  write_cases(f, n);
  fclose(f);
  sw_error err = SW_ERROR_INIT;
  sw_dip_derivation r;
  sw_catalogue *c = NULL;
  int64_t start = sw_mono_us();
  sw_status s = sw_derive_dip_file(in, catalogue, &(sw_derive_file_options){0}, SW_LANG_EN, NULL, NULL, &r, &err);
  double seconds = (double)(sw_mono_us() - start) / 1e6;
  if (!s) {
    fprintf(stderr, "%lld cases, %zu core and %zu comprehensive groups\n", (long long)r.used, r.ncore, r.ngroups - r.ncore);
    say("dip_derive_10m_seconds", seconds * 1e7 / (double)n, "s", 30, true);
    sw_dip_derivation_fini(&r);
    s = sw_catalogue_import(catalogue, NULL, &c, &err);
  }
  if (!s) bench_library(c, in, n, &err);
  if (!s) {
    sw_group_totals t;
    start = sw_mono_us();
    s = sw_group_file(c, in, out, SW_LANG_ZH, NULL, NULL, &t, &err);
    if (!s) say("dip_cli_per_second", (double)t.cases / ((double)(sw_mono_us() - start) / 1e6), "cases/s", 5e5, false);
  }
  sw_catalogue_free(c);
  if (s) {
    char text[2048];
    (void)sw_error_format(&err, SW_LANG_EN, text, sizeof text);
    fprintf(stderr, "%s\n", text);
  }
  if (sw_fs_remove_tree(dir, &err)) fprintf(stderr, "%s remains\n", dir);
  return s != SW_OK;
}
