#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

typedef struct pool {
  sw_job job;
  void *ctx;
  size_t n;
  atomic_size_t next;
  sw_cancel stop;
  pthread_mutex_t lock; /* guards status and err */
  sw_status status;
  sw_error *err;
} pool;

static void keep_first(pool *p, sw_status s, const sw_error *e) {
  pthread_mutex_lock(&p->lock);
  if (p->status == SW_OK) {
    p->status = s;
    if (p->err) *p->err = *e;
  }
  pthread_mutex_unlock(&p->lock);
  sw_cancel_ask(&p->stop);
}

static void *work(void *arg) {
  pool *p = arg;
  for (;;) {
    size_t i = atomic_fetch_add(&p->next, 1);
    if (i >= p->n) return NULL;
    sw_error e = SW_ERROR_INIT;
    sw_status s = sw_cancel_check(&p->stop, &e);
    if (s == SW_OK) s = p->job(p->ctx, i, &p->stop, &e);
    if (s != SW_OK) keep_first(p, s, &e);
  }
}

sw_status sw_pool_run(size_t threads, size_t n, sw_job job, void *ctx, const sw_cancel *cancel, sw_error *err) {
  pool p = {.job = job, .ctx = ctx, .n = n, .stop = {.parent = cancel}, .err = err};
  if (!threads) threads = sw_cpu_count();
  if (threads > n) threads = n;
  pthread_mutex_init(&p.lock, NULL);
  pthread_t *t = threads > 1 ? calloc(threads - 1, sizeof *t) : NULL;
  size_t started = 0;
  /* A thread that cannot be started is no failure: those that run, at least the caller, do its share. */
  while (t && started < threads - 1 && pthread_create(&t[started], NULL, work, &p) == 0) started++;
  work(&p);
  for (size_t i = 0; i < started; i++) pthread_join(t[i], NULL);
  free(t);
  pthread_mutex_destroy(&p.lock);
  return p.status;
}

/* cgroup v2's "quota period": a container with 2 of 64 CPUs must not start 64 threads. */
static size_t cgroup_cpus(void) {
  FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
  if (!f) return 0;
  char line[64];
  size_t len = fread(line, 1, sizeof line, f);
  fclose(f);
  sw_str text = sw_str_trim((sw_str){line, len});
  const char *blank = text.len ? memchr(text.ptr, ' ', text.len) : NULL;
  if (!blank) return 0;
  size_t cut = (size_t)(blank - text.ptr);
  int64_t quota, period; /* "max" as quota is no number: no limit */
  if (!sw_str_to_i64(sw_str_sub(text, 0, cut), &quota) || !sw_str_to_i64(sw_str_sub(text, cut + 1, text.len), &period)) return 0;
  return quota > 0 && period > 0 ? (size_t)((quota + period - 1) / period) : 0;
}

size_t sw_cpu_count(void) {
  cpu_set_t set;
  size_t n = sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
  size_t limit = cgroup_cpus();
  if (limit && limit < n) n = limit;
  return n ? n : 1;
}
