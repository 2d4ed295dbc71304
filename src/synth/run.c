/* A run: threads make blocks of persons, blocks are committed in order, totals and figures come last. */
#include "base/fs.h"
#include "base/pool.h"
#include "synth/dictionary.h"
#include "synth/figures.h"
#include "synth/life.h"

#include <stdlib.h>

enum { BLOCK = 48, MAX_THREADS = 64 };

typedef struct run {
  sy_world world;
  sy_files files;
  sy_work *works;
  bool busy[MAX_THREADS]; /* guarded by lock */
  size_t nworks;
  int64_t done;           /* persons; guarded by lock */
  pthread_mutex_t lock;
  const sw_events *events;
} run;

static size_t take_work(run *r) {
  pthread_mutex_lock(&r->lock);
  size_t i = 0;
  while (i + 1 < r->nworks && r->busy[i]) i++;
  r->busy[i] = true;
  pthread_mutex_unlock(&r->lock);
  return i;
}

static void give_work(run *r, size_t i, int64_t persons) {
  pthread_mutex_lock(&r->lock);
  r->busy[i] = false;
  r->done += persons;
  sw_emit_progress(r->events, "synth", r->done, r->world.opt.persons, "persons");
  pthread_mutex_unlock(&r->lock);
}

static sw_status commit(run *r, sy_work *k, int64_t block, sw_error *err) {
  sw_status s = sw_buf_check(&k->fault_text, err);
  if (s) sy_files_fail(&r->files);
  else
    s = sy_files_commit(&r->files, block, k->parts, k->truth, k->faults.items, k->faults.len, sw_buf_str(&k->fault_text), err);
  k->faults.len = 0;
  sw_buf_clear(&k->fault_text);
  return s;
}

/* Block 0 holds the dictionaries, so persons begin with block 1. */
static sw_status make_block(void *ctx, size_t index, const sw_cancel *cancel, sw_error *err) {
  run *r = ctx;
  size_t at = take_work(r);
  sy_work *k = &r->works[at];
  int64_t from = (int64_t)index * BLOCK, to = from + BLOCK;
  if (to > r->world.opt.persons) to = r->world.opt.persons;
  sw_status s = sw_cancel_check(cancel, err);
  for (int64_t i = from; i < to && !s; i++) {
    sy_live(k, i);
    s = sw_arena_check(&k->arena, err);
    sy_work_next_person(k);
    if (!s && i % 16 == 0) s = sw_cancel_check(cancel, err);
  }
  if (s) sy_files_fail(&r->files);
  else s = commit(r, k, (int64_t)index + 1, err);
  give_work(r, at, to - from);
  return s;
}

static sw_status prepare(run *r, const sw_synth_options *opt, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  const char *deliveries = sw_fs_join(&a, opt->out, "deliveries"), *truth = sw_fs_join(&a, opt->out, "truth");
  sw_status s = sw_arena_check(&a, err);
  if (!s && (sw_fs_exists(deliveries) || sw_fs_exists(truth)))
    s = SW_FAIL(err, SW_E_EXISTS, "SW-SYNTH-0002", "%s 里已有 deliveries 或 truth：请换一个目录，或先删掉它们",
                "%s already holds deliveries or truth: choose another directory or remove them first", opt->out);
  if (!s) s = sw_fs_mkdirs(deliveries, err);
  if (!s) s = sw_fs_mkdirs(truth, err);
  sw_arena_fini(&a);
  if (s) return s;
  r->nworks = opt->threads ? opt->threads : sw_cpu_count();
  if (r->nworks > MAX_THREADS) r->nworks = MAX_THREADS;
  if ((s = sy_files_init(&r->files, &r->world, err))) return s;
  r->works = calloc(r->nworks, sizeof *r->works);
  if (!r->works) return SW_FAIL(err, SW_E_NOMEM, "SW-SYNTH-0008", "内存不足%s", "out of memory%s", "");
  for (size_t i = 0; i < r->nworks && !s; i++) s = sy_work_init(&r->works[i], &r->world, &r->files, err);
  return s;
}

static sw_status persons(run *r, const sw_cancel *cancel, sw_error *err) {
  sy_emit_dictionaries(&r->works[0]);
  sy_work_next_person(&r->works[0]);
  sw_status s = commit(r, &r->works[0], 0, err);
  size_t blocks = (size_t)((r->world.opt.persons + BLOCK - 1) / BLOCK);
  return s ? s : sw_pool_run(r->nworks, blocks, make_block, r, cancel, err);
}

static sw_status finish(run *r, sw_synth_result *result, sw_error *err) {
  const sy_world *w = &r->world;
  size_t n = (size_t)w->ninst * SY_NTABLES * sy_period_days(w);
  for (size_t i = 1; i < r->nworks; i++) {
    for (size_t k = 0; k < n; k++) {
      r->works[0].totals[k].rows += r->works[i].totals[k].rows;
      r->works[0].totals[k].amount += r->works[i].totals[k].amount;
      r->works[0].totals[k].patients += r->works[i].totals[k].patients;
    }
    sy_sums_add(&r->works[0].sums, &r->works[i].sums);
  }
  sy_emit_totals(&r->works[0], r->works[0].totals);
  sw_status s = commit(r, &r->works[0], r->files.next, err);
  if (!s) s = sy_files_finish(&r->files, err);
  if (s) return s;
  *result = (sw_synth_result){0};
  sy_figures(w, &r->works[0].sums, result);
  result->faults = r->files.truth_rows[SY_TRUTH_FAULTS];
  for (int i = 0; i < r->files.n; i++) {
    result->files += r->files.files[i].started;
    result->bytes += r->files.files[i].bytes;
  }
  return SW_OK;
}

sw_status sw_synth_run(const sw_synth_options *options, const sw_cancel *cancel, const sw_events *events, sw_synth_result *result,
                       sw_error *err) {
  run *r = calloc(1, sizeof *r);
  if (!r) return SW_FAIL(err, SW_E_NOMEM, "SW-SYNTH-0008", "内存不足%s", "out of memory%s", "");
  pthread_mutex_init(&r->lock, NULL);
  r->events = events;
  sw_status s = sy_world_init(&r->world, options, err);
  bool files = false;
  if (!s) {
    files = true;
    r->files.w = &r->world;
    s = prepare(r, options, err);
  }
  if (!s) s = persons(r, cancel, err);
  if (!s) s = finish(r, result, err);
  for (size_t i = 0; r->works && i < r->nworks; i++)
    if (r->works[i].w) sy_work_fini(&r->works[i]);
  free(r->works);
  if (files && r->files.files) sy_files_fini(&r->files);
  sy_world_fini(&r->world);
  pthread_mutex_destroy(&r->lock);
  free(r);
  return s ? SW_FRAME(err, "合成区域数据", "making the synthetic region") : s;
}
