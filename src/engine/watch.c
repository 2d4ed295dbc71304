/* Stops running statements when their token asks: one thread an engine, asleep while nothing cancellable runs. */
#include "engine/backend.h"

#include <stdlib.h>
#include <time.h>

enum { POLL_MS = 10 };

struct sw_watch {
  pthread_mutex_t lock; /* guards all below and every interrupt, so that none comes after sw_watch_end */
  pthread_cond_t wake;
  pthread_t thread;
  sw_watch_entry *first;
  bool stop, asleep, started;
};

static void wait_ms(sw_watch *w, int ms) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_nsec += (long)ms * 1000000;
  if (t.tv_nsec >= 1000000000) {
    t.tv_sec++;
    t.tv_nsec -= 1000000000;
  }
  pthread_cond_timedwait(&w->wake, &w->lock, &t);
}

static void *run(void *arg) {
  sw_watch *w = arg;
  pthread_mutex_lock(&w->lock);
  while (!w->stop) {
    if (!w->first) {
      w->asleep = true;
      pthread_cond_wait(&w->wake, &w->lock);
      w->asleep = false;
      continue;
    }
    for (sw_watch_entry *e = w->first; e; e = e->next)
      if (sw_cancelled(e->cancel)) e->conn->engine->backend->interrupt(e->conn);
    wait_ms(w, POLL_MS);
  }
  pthread_mutex_unlock(&w->lock);
  return NULL;
}

sw_status sw_watch_new(sw_engine *e, sw_watch **out, sw_error *err) {
  (void)e;
  sw_watch *w = calloc(1, sizeof *w);
  if (!w) return SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_mutex_init(&w->lock, NULL);
  pthread_cond_init(&w->wake, &attr);
  pthread_condattr_destroy(&attr);
  *out = w;
  return SW_OK;
}

void sw_watch_free(sw_watch *w) {
  if (!w) return;
  pthread_mutex_lock(&w->lock);
  w->stop = true;
  pthread_cond_broadcast(&w->wake);
  pthread_mutex_unlock(&w->lock);
  if (w->started) pthread_join(w->thread, NULL);
  pthread_cond_destroy(&w->wake);
  pthread_mutex_destroy(&w->lock);
  free(w);
}

void sw_watch_begin(sw_watch_entry *entry, sw_conn *c, const sw_cancel *cancel) {
  *entry = (sw_watch_entry){.conn = c, .cancel = cancel};
  if (!cancel) return;
  sw_watch *w = c->engine->watch;
  pthread_mutex_lock(&w->lock);
  /* Without a thread a statement is merely not cancellable while it runs: tokens are also checked before. */
  if (!w->started) w->started = pthread_create(&w->thread, NULL, run, w) == 0;
  entry->next = w->first;
  if (w->first) w->first->prev = entry;
  w->first = entry;
  if (w->asleep) pthread_cond_signal(&w->wake);
  pthread_mutex_unlock(&w->lock);
}

void sw_watch_end(sw_watch_entry *entry) {
  if (!entry->cancel) return;
  sw_watch *w = entry->conn->engine->watch;
  pthread_mutex_lock(&w->lock);
  if (entry->prev) entry->prev->next = entry->next;
  else w->first = entry->next;
  if (entry->next) entry->next->prev = entry->prev;
  pthread_mutex_unlock(&w->lock);
}
