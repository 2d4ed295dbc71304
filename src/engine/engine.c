#include "engine/engine.h"

#include "base/fs.h"
#include "base/pool.h"
#include "engine/backend.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- open files of this process ------------------------------------------------------------------
 * Two handles on one file lose writes silently, and the engine does not notice inside one process. */

typedef struct open_file {
  struct open_file *next;
  char path[];
} open_file;

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER; /* guards open_files */
static open_file *open_files;

static sw_status list_file(const char *path, sw_error *err) {
  size_t n = strlen(path) + 1;
  open_file *f = malloc(sizeof *f + n);
  if (!f) return SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
  memcpy(f->path, path, n);
  pthread_mutex_lock(&open_lock);
  bool taken = false;
  for (open_file *o = open_files; o && !taken; o = o->next) taken = strcmp(o->path, path) == 0;
  if (!taken) {
    f->next = open_files;
    open_files = f;
  }
  pthread_mutex_unlock(&open_lock);
  if (!taken) return SW_OK;
  free(f);
  return SW_FAIL(err, SW_E_BUSY, "SW-ENGINE-0002", "数据库 %s 在本进程中已经打开；同一文件只能打开一次",
                 "database %s is open in this process already; one file is opened once", path);
}

static void unlist_file(const char *path) {
  pthread_mutex_lock(&open_lock);
  for (open_file **at = &open_files; *at; at = &(*at)->next) {
    if (strcmp((*at)->path, path) != 0) continue;
    open_file *gone = *at;
    *at = gone->next;
    free(gone);
    break;
  }
  pthread_mutex_unlock(&open_lock);
}

/* The file's name with its directory resolved, so that two spellings of one file meet in the registry. */
static sw_status canonical(const char *path, char **out, sw_error *err) {
  char real[PATH_MAX], dir[PATH_MAX];
  if (realpath(path, real)) {
    *out = strdup(real);
  } else {
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof dir) return SW_FAIL(err, SW_E_LIMIT, "SW-ENGINE-0003", "路径过长", "the path is too long");
    memcpy(dir, slash && !n ? "/" : n ? path : ".", slash && !n ? 1 : n ? n : 1);
    dir[n ? n : 1] = '\0';
    if (!realpath(dir, real)) return SW_FAIL_ERRNO(err, "SW-ENGINE-0004", "打开数据库目录 %s", "opening the database's directory %s", dir);
    size_t cap = strlen(real) + strlen(path) + 2;
    *out = malloc(cap);
    if (*out) snprintf(*out, cap, "%s/%s", strcmp(real, "/") == 0 ? "" : real, slash ? slash + 1 : path);
  }
  return *out ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
}

/* --- defaults -------------------------------------------------------------------------------- */

static int64_t read_limit(const char *file) {
  FILE *f = fopen(file, "re");
  char line[64] = "";
  int64_t v;
  if (!f) return INT64_MAX;
  if (!fgets(line, sizeof line, f)) line[0] = '\0';
  fclose(f);
  return sw_str_to_i64(sw_str_trim(sw_str_of(line)), &v) && v > 0 ? v : INT64_MAX;
}

/* What this process may use: the machine's memory, or its container's when that is less. */
static int64_t usable_memory(void) {
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  int64_t best = pages > 0 && size > 0 ? (int64_t)pages * size : INT64_C(4) << 30;
  int64_t v2 = read_limit("/sys/fs/cgroup/memory.max"), v1 = read_limit("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  if (v2 < best) best = v2;
  return v1 < best ? v1 : best;
}

static sw_status make_dirs(const sw_engine_options *o, sw_error *err) {
  for (size_t i = 0; i < o->nallowed; i++)
    if (sw_fs_mkdirs(o->allowed_dirs[i], err)) return err ? err->status : SW_E_IO;
  if (o->temp_dir && *o->temp_dir) return sw_fs_mkdirs(o->temp_dir, err);
  return SW_OK;
}

static sw_status open_with_defaults(sw_engine *e, const sw_engine_options *given, sw_error *err) {
  sw_engine_options o = *given;
  char temp[PATH_MAX];
  o.path = e->path;
  if (!o.threads) o.threads = sw_cpu_count();
  if (o.memory_limit <= 0) o.memory_limit = usable_memory() / 10 * 6;
  if (!o.temp_dir && *e->path) {
    if ((size_t)snprintf(temp, sizeof temp, "%s.tmp", e->path) >= sizeof temp)
      return SW_FAIL(err, SW_E_LIMIT, "SW-ENGINE-0003", "路径过长", "the path is too long");
    o.temp_dir = temp;
  }
  sw_status s = make_dirs(&o, err);
  return s ? s : e->backend->open(e, &o, err);
}

static sw_status engine_open(sw_engine *e, const sw_engine_options *o, sw_error *err) {
  sw_status s;
  if (o->path && *o->path) {
    if ((s = canonical(o->path, &e->path, err)) || (s = list_file(e->path, err))) return s;
    e->listed = true;
  } else if (!(e->path = strdup(""))) {
    return SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
  }
  if ((s = sw_watch_new(e, &e->watch, err))) return s;
  return open_with_defaults(e, o, err);
}

sw_status sw_engine_open(const sw_engine_options *o, sw_engine **out, sw_error *err) {
  *out = NULL;
  sw_engine *e = calloc(1, sizeof *e);
  if (!e) return SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
  e->backend = &sw_backend_duckdb;
  pthread_mutex_init(&e->stash.lock, NULL);
  sw_status s = engine_open(e, o, err);
  if (s) {
    sw_engine_close(e);
    return s;
  }
  *out = e;
  return SW_OK;
}

void sw_engine_close(sw_engine *e) {
  if (!e) return;
  sw_watch_free(e->watch);
  if (e->impl) e->backend->close(e);
  if (e->listed) unlist_file(e->path);
  pthread_mutex_destroy(&e->stash.lock);
  free(e->path);
  free(e);
}

const char *sw_engine_path(const sw_engine *e) { return e->path; }
const char *sw_engine_version(void) { return sw_backend_duckdb.version(); }

sw_status sw_engine_checkpoint(sw_conn *c, sw_error *err) {
  sw_error own = SW_ERROR_INIT;
  sw_status s = sw_exec(c, "CHECKPOINT", NULL, &own);
  /* Another connection is writing: the log stays a little longer, nothing is lost. */
  if (s == SW_OK || s == SW_E_BUSY) return SW_OK;
  if (err && err->status == SW_OK) *err = own;
  return s;
}

/* --- connections ----------------------------------------------------------------------------- */

sw_status sw_conn_open(sw_engine *e, sw_conn **out, sw_error *err) {
  *out = NULL;
  sw_conn *c = calloc(1, sizeof *c);
  if (!c) return SW_FAIL(err, SW_E_NOMEM, "SW-ENGINE-0001", "内存不足", "out of memory");
  c->engine = e;
  sw_status s = e->backend->connect(c, err);
  if (s) {
    free(c);
    return s;
  }
  *out = c;
  return SW_OK;
}

void sw_conn_close(sw_conn *c) {
  if (!c) return;
  c->engine->backend->disconnect(c);
  free(c);
}

sw_engine *sw_conn_engine(const sw_conn *c) { return c->engine; }
void sw_conn_interrupt(sw_conn *c) {
  atomic_store(&c->interrupted, true);
  c->engine->backend->interrupt(c);
}

double sw_conn_progress(sw_conn *c) { return c->engine->backend->progress(c); }

/* --- statements ------------------------------------------------------------------------------ */

sw_status sw_exec_params(sw_conn *c, const char *sql, const sw_param *params, size_t nparams, const sw_cancel *cancel,
                         int64_t *rows, sw_error *err) {
  int64_t changed = 0;
  sw_watch_entry watch;
  sw_status s = sw_cancel_check(cancel, err);
  if (s) return s;
  sw_error own = SW_ERROR_INIT; /* the cause decides what an interrupt meant */
  c->serial++;
  atomic_store(&c->interrupted, false);
  sw_watch_begin(&watch, c, cancel);
  s = c->engine->backend->run(c, sql, params, nparams, &changed, &own);
  sw_watch_end(&watch);
  if (s == SW_E_CANCELLED && sw_cancelled(cancel)) return sw_cancel_check(cancel, err);
  if (s && err && err->status == SW_OK) *err = own;
  if (rows) *rows = changed;
  return s;
}

sw_status sw_exec_count(sw_conn *c, const char *sql, const sw_cancel *cancel, int64_t *rows, sw_error *err) {
  return sw_exec_params(c, sql, NULL, 0, cancel, rows, err);
}

sw_status sw_exec(sw_conn *c, const char *sql, const sw_cancel *cancel, sw_error *err) {
  return sw_exec_params(c, sql, NULL, 0, cancel, NULL, err);
}

sw_status sw_begin(sw_conn *c, sw_error *err) { return sw_exec(c, "BEGIN TRANSACTION", NULL, err); }

sw_status sw_commit(sw_conn *c, sw_error *err) {
  sw_status s = sw_exec(c, "COMMIT", NULL, err);
  if (s) sw_rollback(c);
  return s;
}

void sw_rollback(sw_conn *c) {
  sw_error ignored = SW_ERROR_INIT; /* "no transaction is active" is what is wanted */
  if (sw_exec(c, "ROLLBACK", NULL, &ignored)) return;
}

sw_status sw_transaction(sw_conn *c, sw_tx_body body, void *ctx, sw_error *err) {
  sw_status s = sw_begin(c, err);
  if (s) return s;
  s = body(c, ctx, err);
  if (s == SW_OK) return sw_commit(c, err);
  sw_rollback(c);
  return s;
}

/* --- errors of callbacks ----------------------------------------------------------------------- */

static const char STASH_MARK[] = "sw-error-";

void sw_stash_put(sw_stash *s, const sw_error *err, char text[SW_STASH_TEXT]) {
  pthread_mutex_lock(&s->lock);
  uint64_t id = s->next++;
  s->slots[id % SW_STASH_SLOTS] = *err;
  pthread_mutex_unlock(&s->lock);
  snprintf(text, SW_STASH_TEXT, "%s%llu.", STASH_MARK, (unsigned long long)id);
}

bool sw_stash_take(sw_stash *s, const char *message, sw_error *err) {
  const char *at = message ? strstr(message, STASH_MARK) : NULL;
  if (!at) return false;
  at += sizeof STASH_MARK - 1;
  uint64_t id;
  if (!sw_str_to_u64((sw_str){at, strspn(at, "0123456789")}, &id)) return false;
  pthread_mutex_lock(&s->lock);
  bool found = id < s->next && s->next - id <= SW_STASH_SLOTS;
  if (found && err && err->status == SW_OK) *err = s->slots[id % SW_STASH_SLOTS];
  pthread_mutex_unlock(&s->lock);
  return found;
}
