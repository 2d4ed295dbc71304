/* Linkage: pairs a second on one core, one and ten million registrations from a table of text to clusters with training,
 * and new registrations against ten million. SW_BENCH_RECORDS scales the large case down (default 10 million);
 * SW_BENCH_PART=pairs stops after the pairs. */
#include "base/pool.h"
#include "base/task.h"
#include "identity/index.h"
#include "identity/link.h"
#include "link_people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static double cpu_seconds(void) {
  struct rusage u;
  if (getrusage(RUSAGE_SELF, &u)) return 0;
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double peak_mib(void) {
  struct rusage u;
  return getrusage(RUSAGE_SELF, &u) == 0 ? (double)u.ru_maxrss / 1024.0 : 0;
}

static void say(const char *name, double value, const char *unit, double floor_value, bool less_is_better) {
  double ratio = less_is_better ? floor_value / value : value / floor_value;
  printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"floor\":%.2f,\"ratio\":%.2f,\"peak_rss_mib\":%.0f}\n", name, value, unit, floor_value, ratio, peak_mib());
  fflush(stdout);
}

static const sw_link_spec SPEC = {
    .fields = {{.name = "name", .kind = SW_LINK_NAME, .columns = {"name"}, .ncolumns = 1},
               {.name = "sex", .kind = SW_LINK_SEX, .columns = {"sex"}, .ncolumns = 1},
               {.name = "birth", .kind = SW_LINK_DATE, .columns = {"birth"}, .ncolumns = 1, .birth = true},
               {.name = "id", .kind = SW_LINK_CITIZEN_ID, .columns = {"id"}, .ncolumns = 1},
               {.name = "phone", .kind = SW_LINK_PHONE, .columns = {"phone"}, .ncolumns = 1},
               {.name = "address", .kind = SW_LINK_ADDRESS, .columns = {"address"}, .ncolumns = 1},
               {.name = "card", .kind = SW_LINK_ID, .columns = {"card"}, .ncolumns = 1}},
    .nfields = PEOPLE_FIELDS};

static void fail(const sw_error *err) {
  fprintf(stderr, "%s\n", err->msg[1]);
  exit(1);
}

typedef struct world {
  sw_link_store store;
  sw_link_model model;
  sw_link_result result;
  uint32_t *truth;
  double load_seconds, cpu;
} world;

static void load(world *w, size_t n, size_t threads) {
  enum { CHUNK = 65536 };
  sw_error err = SW_ERROR_INIT;
  people_chunk c;
  w->truth = malloc(n * sizeof *w->truth);
  if (!people_chunk_init(&c, CHUNK) || !w->truth || sw_link_store_init(&w->store, &SPEC, &err)) fail(&err);
  for (size_t at = 0; at < n; at += CHUNK) {
    people_fill(&c, 42, at, n - at < CHUNK ? n - at : CHUNK, (uint64_t)((double)n * 0.55));
    memcpy(w->truth + at, c.truth, c.n * sizeof *c.truth);
    sw_link_chunk k = {.n = c.n};
    for (size_t f = 0; f < PEOPLE_FIELDS; f++) k.columns[f][0] = c.column[f];
    int64_t t0 = sw_mono_us();
    double c0 = cpu_seconds();
    if (sw_link_store_append(&w->store, &SPEC, &k, threads, &err)) fail(&err);
    w->load_seconds += (double)(sw_mono_us() - t0) / 1e6;
    w->cpu += cpu_seconds() - c0;
  }
  people_chunk_fini(&c);
}

/* Precision and recall of linked pairs, by groups of truth and person. */
static double pairs_in(const uint64_t *v, size_t n) {
  double p = 0;
  for (size_t i = 0; i < n;) {
    size_t e = i + 1;
    while (e < n && v[e] == v[i]) e++;
    p += (double)(e - i) * (double)(e - i - 1) / 2;
    i = e;
  }
  return p;
}

static int by_u64(const void *p, const void *q) {
  uint64_t a = *(const uint64_t *)p, b = *(const uint64_t *)q;
  return a < b ? -1 : a > b;
}

static void accuracy(const world *w) {
  size_t n = w->store.n;
  uint64_t *v = malloc(n * sizeof *v);
  if (!v) return;
  double got[3];
  for (int k = 0; k < 3; k++) {
    for (size_t i = 0; i < n; i++) v[i] = k == 0 ? w->truth[i] : k == 1 ? w->result.person[i] : (uint64_t)w->truth[i] << 32 | w->result.person[i];
    qsort(v, n, sizeof *v, by_u64);
    got[k] = pairs_in(v, n);
  }
  printf("  precision %.6f recall %.5f, %zu records in review (%.2f %%)\n", got[2] / got[1], got[2] / got[0], w->result.records_in_review, 100.0 * (double)w->result.records_in_review / (double)n);
  free(v);
}

static void report(const world *w) {
  const sw_link_result *r = &w->result;
  printf("  load %.2f s, train %.2f s, block and score %.2f s (%.0f pairs), cluster %.2f s; %.0f bytes a record; estimated blocking recall %.5f\n", w->load_seconds, r->times.train, r->times.block_and_score,
         r->pairs_scored, r->times.cluster, (double)r->bytes / (double)w->store.n, w->model.recall);
  for (size_t k = 0; k < w->model.nfamilies; k++) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_link_family_put(&SPEC, w->model.features, &w->model.families[k], SW_LANG_EN, &b);
    printf("  %s: %lld pairs, largest block %lld, hubs %lld, estimated recall %.4f\n", b.ptr, (long long)r->blocks.pairs[k], (long long)r->blocks.largest[k], (long long)r->blocks.hubs[k], w->model.family_recall[k]);
  }
}

static void run_size(const char *name, size_t n, double limit, world *w) {
  sw_error err = SW_ERROR_INIT;
  memset(w, 0, sizeof *w);
  size_t threads = sw_cpu_count() < 2 ? sw_cpu_count() : 2;
  load(w, n, threads);
  printf("  load: %.2f s of CPU\n", w->cpu);
  int64_t t0 = sw_mono_us();
  double c0 = cpu_seconds();
  if (sw_link_run(&w->store, &SPEC, &(sw_link_run_options){.threads = threads}, &w->model, &w->result, NULL, NULL, &err)) fail(&err);
  double seconds = w->load_seconds + (double)(sw_mono_us() - t0) / 1e6;
  w->cpu += cpu_seconds() - c0;
  report(w);
  printf("  CPU: train %.2f s, block and score %.2f s, all %.2f s\n", w->result.times.cpu_train, w->result.times.cpu_block_and_score, w->cpu);
  accuracy(w);
  say(name, seconds, "s", limit, true);
}

static void world_fini(world *w) {
  sw_link_result_fini(&w->result);
  sw_link_model_fini(&w->model);
  sw_link_store_fini(&w->store);
  free(w->truth);
}

/* One core: candidate pairs as blocking brings them, fields compared in full figures. */
typedef struct pair_sink {
  const world *w;
  uint32_t (*pairs)[2];
  size_t n, cap;
} pair_sink;

static void take(void *ctx, size_t worker, size_t family, uint32_t a, uint32_t b) {
  pair_sink *s = ctx;
  (void)worker;
  (void)family;
  if (s->n < s->cap) s->pairs[s->n][0] = a, s->pairs[s->n++][1] = b;
}

static sw_link_family same_day(const world *w) {
  sw_link_family f = {.n = 0};
  for (uint8_t i = 0; i < w->model.nfeatures; i++) {
    sw_link_kind k = w->store.slots[w->model.features[i].field].kind;
    if (w->model.features[i].what == SW_LINK_F_WHOLE && (k == SW_LINK_SEX || k == SW_LINK_DATE)) f.feature[f.n++] = i;
  }
  return f;
}

enum { PAIR_SECONDS = 3 };

static void bench_pairs(const world *w) {
  pair_sink s = {.w = w, .cap = 4000000};
  sw_error err = SW_ERROR_INIT;
  sw_link_block_stats stats;
  s.pairs = malloc(s.cap * sizeof *s.pairs);
  /* The model's own families bring hardly anything but true pairs; those of one sex and birth date are the others. */
  sw_link_family families[SW_LINK_FAMILIES];
  memcpy(families, w->model.families, sizeof families);
  size_t n = w->model.nfamilies < SW_LINK_FAMILIES ? w->model.nfamilies : SW_LINK_FAMILIES - 1;
  families[n++] = same_day(w);
  sw_link_block_plan plan = {.features = w->model.features, .nfeatures = w->model.nfeatures, .families = families, .nfamilies = n, .threads = 1};
  if (!s.pairs || sw_link_block_run(&w->store, &plan, take, &s, &stats, NULL, &err)) fail(&err);
  int64_t kept = 0;
  double t0 = cpu_seconds(), seconds;
  int rounds = 0;
  do {
    for (size_t i = 0; i < s.n; i++) {
      if (i + 24 < s.n) { /* as the engine does: rows of coming pairs, then what they point to */
        for (int k = 0; k < 2; k++) {
          const uint32_t *row = sw_link_row(&w->store, s.pairs[i + 24][k]);
          __builtin_prefetch(row);
          __builtin_prefetch(row + w->store.words - 1);
        }
        sw_link_prefetch(&w->store, sw_link_row(&w->store, s.pairs[i + 8][0]));
        sw_link_prefetch(&w->store, sw_link_row(&w->store, s.pairs[i + 8][1]));
      }
      kept += sw_link_score_fast(&w->model, &w->store, sw_link_row(&w->store, s.pairs[i][0]), sw_link_row(&w->store, s.pairs[i][1]), w->model.keep) != INT32_MIN;
    }
    rounds++;
  } while ((seconds = cpu_seconds() - t0) < PAIR_SECONDS);
  printf("  %zu candidate pairs, %.1f %% of them kept\n", s.n, 100.0 * (double)kept / ((double)s.n * rounds));
  say("link_pairs_per_second", (double)s.n * rounds / seconds, "1/s", 5e6, false);
  free(s.pairs);
}

static int by_double(const void *p, const void *q) {
  double a = *(const double *)p, b = *(const double *)q;
  return a < b ? -1 : a > b;
}

/* New registrations, one at a time, against the whole base. */
static void bench_incremental(world *w) {
  enum { NEW = 200000 };
  sw_error err = SW_ERROR_INIT;
  sw_link_index *x;
  people_chunk c;
  double *each = malloc(NEW * sizeof *each);
  int64_t t0 = sw_mono_us();
  if (!each || !people_chunk_init(&c, NEW) || sw_link_index_new(&w->store, &SPEC, &w->model, &w->result, NULL, &x, &err)) fail(&err);
  printf("  index of %zu records made in %.2f s\n", w->store.n, (double)(sw_mono_us() - t0) / 1e6);
  size_t base = w->store.n;
  people_fill(&c, 42, base, NEW, (uint64_t)((double)base * 0.55));
  double c0 = cpu_seconds();
  int64_t start = sw_mono_us();
  for (size_t i = 0; i < NEW; i++) {
    sw_link_values v = {.text = {{{NULL, 0}}}};
    for (size_t f = 0; f < PEOPLE_FIELDS; f++) v.text[f][0] = c.column[f][i];
    uint32_t record;
    int64_t one = sw_mono_us();
    if (sw_link_index_add(x, &v, base + i, &record, &err)) fail(&err);
    each[i] = (double)(sw_mono_us() - one) / 1000;
  }
  double wall = (double)(sw_mono_us() - start) / 1e6, cpu = cpu_seconds() - c0;
  qsort(each, NEW, sizeof *each, by_double);
  printf("  %d added in %.2f s (%.2f s of CPU); median %.3f ms, p99 %.3f ms, worst %.1f ms; index and store %.0f bytes a record\n", NEW, wall, cpu, each[NEW / 2], each[NEW * 99 / 100], each[NEW - 1],
         (double)(sw_link_index_bytes(x) + sw_link_store_bytes(&w->store)) / (double)sw_link_index_size(x));
  say("link_incremental_per_second", NEW / wall, "1/s", 20000, false);
  say("link_incremental_p99_ms", each[NEW * 99 / 100], "ms", 5, true);
  sw_link_index_free(x);
  people_chunk_fini(&c);
  free(each);
}

int main(void) {
  const char *scale = getenv("SW_BENCH_RECORDS"), *part = getenv("SW_BENCH_PART");
  size_t large = scale ? (size_t)strtoull(scale, NULL, 10) : 10000000;
  world w;
  run_size("link_1m_seconds", large < 1000000 ? large : 1000000, 4, &w);
  bench_pairs(&w);
  if (part && strcmp(part, "pairs") == 0) {
    world_fini(&w);
    return 0;
  }
  if (large < 2000000) bench_incremental(&w);
  world_fini(&w);
  if (large >= 2000000) {
    run_size("link_10m_seconds", large, 60, &w);
    bench_incremental(&w);
    world_fini(&w);
  }
  return 0;
}
