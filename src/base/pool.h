/* Worker threads: run n independent jobs on at most `threads` threads and wait for all.
 *
 * The first failure is kept with its error, asks the others to stop (they see it through the cancel token that their
 * job gets) and is returned. Jobs are handed out in index order. A job may block on I/O. */
#ifndef SW_BASE_POOL_H
#define SW_BASE_POOL_H

#include "base/task.h"

typedef sw_status (*sw_job)(void *ctx, size_t index, const sw_cancel *cancel, sw_error *err);

/* Runs job(ctx, 0..n-1). threads 0 means sw_cpu_count(). With one thread or one job it runs in the caller. */
SW_CHECKED sw_status sw_pool_run(size_t threads, size_t n, sw_job job, void *ctx, const sw_cancel *cancel, sw_error *err);
/* CPUs that this process may use (affinity and cgroup quota respected); at least 1. */
size_t sw_cpu_count(void);

#endif
