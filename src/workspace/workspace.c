#include "workspace/workspace.h"

#include "base/fs.h"
#include "base/log.h"
#include "engine/publish.h"
#include "ledger/lock.h"
#include "workspace/moved.h"

#include <stdlib.h>
#include <time.h>

struct sw_workspace {
  sw_arena arena;
  char *dir;
  sw_settings settings;
  sw_pack_set *packs;
  sw_lock *lock;
  sw_engine *engine;
  int64_t opened_us;
};

static const char *const DIRS[] = {"packs", "landing", "landing/.tmp", "history", "run", "run/logs", "run/tmp", "run/stage"};

static sw_status make_dirs(const sw_workspace *w, sw_arena *a, sw_error *err) {
  for (size_t i = 0; i < sizeof DIRS / sizeof *DIRS; i++) {
    sw_status s = sw_fs_mkdirs(sw_workspace_path(w, a, DIRS[i]), err);
    if (s != SW_OK) return s;
  }
  return SW_OK;
}

static sw_status copy_tree(const char *from, const char *to, sw_arena *a, sw_error *err) {
  char **files;
  size_t n;
  sw_status s = sw_fs_list(from, NULL, a, &files, &n, err);
  size_t skip = strlen(from) + 1;
  for (size_t i = 0; s == SW_OK && i < n; i++) {
    char *target = sw_fs_join(a, to, files[i] + skip);
    if (!target) return sw_arena_check(a, err);
    char *slash = strrchr(target, '/');
    *slash = '\0';
    s = sw_fs_mkdirs(target, err);
    *slash = '/';
    SW_AUTO(sw_buf) text = SW_BUF_INIT;
    if (s == SW_OK) s = sw_fs_read(files[i], 256u << 20, &text, err);
    if (s == SW_OK) s = sw_fs_write_durable(target, text.ptr, text.len, err);
  }
  return s;
}

static const char *last_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Copies a pack and what it requires, so that a workspace does not change under its user when the program is updated. A name
 * with a slash is the path of a pack of the user's own; what it requires is looked for beside it, then in `home`. */
static sw_status install_pack(const char *home, const char *packs_dir, const char *name, int depth, sw_arena *a, sw_error *err) {
  bool own = strchr(name, '/') != NULL;
  char *to = sw_fs_join(a, packs_dir, last_name(name));
  const char *from = own ? name : home ? sw_fs_join(a, home, name) : NULL;
  if (to && sw_fs_exists(to)) return SW_OK;
  if (!from || !to || !sw_fs_exists(sw_fs_join(a, from, "pack.yaml")))
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-WS-0001", "没有内容包 %s（在 %s 中寻找）", "there is no pack %s (looked in %s)", name, home ? home : "-");
  if (depth > 16) return SW_FAIL(err, SW_E_CONFIG, "SW-WS-0002", "内容包 %s 的依赖成环", "the packs that %s requires form a cycle", name);
  sw_status s = copy_tree(from, to, a, err);
  sw_node_list docs = {0};
  if (s == SW_OK) s = sw_tree_file(a, sw_fs_join(a, to, "pack.yaml"), NULL, &SW_TREE_LIMITS_DEFAULT, &docs, err);
  const sw_node *req = s == SW_OK && docs.n ? sw_node_get(docs.items[0], "requires") : NULL;
  for (size_t i = 0; s == SW_OK && req && req->kind == SW_NODE_LIST && i < req->n; i++) {
    sw_str child = sw_node_text(req->items[i]);
    size_t dir = (size_t)(last_name(name) - name);
    char *beside = own ? sw_arena_printf(a, "%.*s%.*s", (int)dir, name, SW_STR_ARG(child)) : NULL;
    bool there = beside && sw_fs_exists(sw_fs_join(a, beside, "pack.yaml"));
    char *plain = sw_arena_dupz(a, child);
    s = plain ? install_pack(home, packs_dir, there ? beside : plain, depth + 1, a, err) : sw_arena_check(a, err);
  }
  return s;
}

sw_status sw_workspace_init(const sw_workspace_options *o, const char *const *packs, size_t npacks, sw_error *err) {
  sw_workspace w = {.arena = SW_ARENA_INIT};
  w.dir = sw_arena_dupz(&w.arena, sw_str_of(o->dir));
  char *yaml = sw_workspace_path(&w, &w.arena, "suwen.yaml");
  sw_status s = yaml ? SW_OK : sw_arena_check(&w.arena, err);
  if (s == SW_OK && sw_fs_exists(yaml))
    s = SW_FAIL(err, SW_E_EXISTS, "SW-WS-0003", "%s 已经是一个工作区", "%s is a workspace already", o->dir);
  if (s == SW_OK) s = make_dirs(&w, &w.arena, err);
  for (size_t i = 0; s == SW_OK && i < npacks; i++)
    s = install_pack(o->packs_home, sw_workspace_path(&w, &w.arena, "packs"), packs[i], 0, &w.arena, err);
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  const char **names = SW_ARENA_ARRAY(&w.arena, const char *, npacks + 1);
  for (size_t i = 0; names && i < npacks; i++) names[i] = last_name(packs[i]);
  if (s == SW_OK && !names) s = sw_arena_check(&w.arena, err);
  if (names) sw_settings_template(names, npacks, &text);
  sw_ledger *ledger = NULL;
  if (s == SW_OK) s = sw_ledger_open(sw_workspace_path(&w, &w.arena, "ledger.sqlite"), &ledger, err);
  sw_ledger_close(ledger);
  /* Written last: a directory with a suwen.yaml is a whole workspace. */
  if (s == SW_OK) s = sw_fs_write_durable(yaml, text.ptr, text.len, err);
  sw_arena_fini(&w.arena);
  return s == SW_OK ? SW_OK : SW_FRAME(err, "建立工作区 %s", "making the workspace %s", o->dir);
}

static sw_status load_packs(sw_workspace *w, const sw_workspace_options *o, sw_problems *problems, sw_error *err) {
  size_t n = w->settings.packs.n;
  const char **dirs = SW_ARENA_ARRAY(&w->arena, const char *, n ? n : 1);
  char *base = sw_workspace_path(w, &w->arena, "packs");
  char *strip = sw_workspace_path(w, &w->arena, "");
  if (!dirs || !base || !strip) return sw_arena_check(&w->arena, err);
  for (size_t i = 0; i < n; i++) {
    char *name = sw_arena_dupz(&w->arena, *SW_ITEM(sw_str, w->settings.packs, i));
    dirs[i] = name ? sw_fs_join(&w->arena, base, name) : NULL;
    if (!dirs[i]) return sw_arena_check(&w->arena, err);
    if (!sw_fs_exists(dirs[i]))
      return SW_FAIL(err, SW_E_CONFIG, "SW-WS-0004", "suwen.yaml 指名的内容包 %s 不在 packs/ 下", "the pack %s named in suwen.yaml is not under packs/", name);
  }
  const char *search[] = {base, o->packs_home};
  sw_pack_options po = {.dirs = dirs, .ndirs = n, .search = search, .nsearch = o->packs_home ? 2 : 1,
                        .registry = o->registry, .strip = strip};
  return sw_pack_load(&po, &w->packs, problems, err);
}

static sw_status open_parts(sw_workspace *w, const sw_workspace_options *o, sw_problems *problems, sw_error *err) {
  char *yaml = sw_workspace_path(w, &w->arena, "suwen.yaml");
  if (!yaml) return sw_arena_check(&w->arena, err);
  if (!sw_fs_exists(yaml))
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-WS-0005", "%s 不是工作区（没有 suwen.yaml）；先运行 suwen init %s",
                   "%s is not a workspace (no suwen.yaml); run suwen init %s first", w->dir, w->dir);
  sw_status s = sw_settings_load(yaml, &w->arena, problems, &w->settings, err);
  if (s == SW_OK && o->lock) {
    s = make_dirs(w, &w->arena, err);
    if (s == SW_OK) s = sw_lock_take(sw_workspace_path(w, &w->arena, "run/lock"), o->lock, o->now_us, &w->lock, err);
    if (s == SW_OK) s = sw_log_open(sw_workspace_path(w, &w->arena, "run/logs/suwen.log"), SW_LOG_INFO, err);
  }
  if (s == SW_OK && !o->without_packs) s = load_packs(w, o, problems, err);
  return s;
}

sw_status sw_workspace_open(const sw_workspace_options *o, sw_workspace **out, sw_problems *problems, sw_error *err) {
  *out = NULL;
  sw_workspace *w = calloc(1, sizeof *w);
  if (!w) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  w->dir = sw_arena_dupz(&w->arena, sw_str_of(o->dir));
  w->opened_us = o->now_us;
  sw_status s = w->dir ? open_parts(w, o, problems, err) : sw_arena_check(&w->arena, err);
  if (s != SW_OK) {
    sw_workspace_close(w);
    return s;
  }
  *out = w;
  return SW_OK;
}

void sw_workspace_close(sw_workspace *w) {
  if (!w) return;
  sw_engine_close(w->engine);
  sw_pack_free(w->packs);
  if (w->lock) sw_log_close();
  sw_lock_release(w->lock);
  sw_arena_fini(&w->arena);
  free(w);
}

const char *sw_workspace_dir(const sw_workspace *w) { return w->dir; }
const sw_settings *sw_workspace_settings(const sw_workspace *w) { return &w->settings; }
const sw_pack_set *sw_workspace_packs(const sw_workspace *w) { return w->packs; }

char *sw_workspace_path(const sw_workspace *w, sw_arena *a, const char *relative) { return sw_fs_join(a, w->dir, relative); }

/* A ledger is made where none is, but never beside landed data: to an empty ledger all of it is leftovers to sweep. */
static sw_status refuse_lost_ledger(const sw_workspace *w, const char *path, sw_arena *a, sw_error *err) {
  char **files, *landing = sw_workspace_path(w, a, "landing");
  size_t n = 0;
  if (!landing) return sw_arena_refused(a, err);
  if (sw_fs_exists(path) || !sw_fs_exists(landing)) return SW_OK;
  sw_status s = sw_fs_list(landing, "*.parquet", a, &files, &n, err);
  if (s != SW_OK || n == 0) return s;
  return SW_FAIL(err, SW_E_LEDGER, "SW-WS-0009", "账本 %s 不见了，而 landing/ 中有 %zu 个已入库的文件；请从备份恢复账本",
                 "the ledger %s is gone, though landing/ holds %zu landed files; restore the ledger from a backup", path, n);
}

sw_status sw_workspace_ledger(const sw_workspace *w, sw_ledger **out, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  char *path = sw_workspace_path(w, &a, "ledger.sqlite");
  sw_status s = path ? SW_OK : sw_arena_refused(&a, err);
  if (s == SW_OK && w->lock) s = refuse_lost_ledger(w, path, &a, err);
  if (s == SW_OK) s = w->lock ? sw_ledger_open(path, out, err) : sw_ledger_open_read(path, out, err);
  sw_arena_fini(&a);
  return s;
}

/* The engine wants absolute paths: its allowed directories are compared as text. */
static char *absolute(const sw_workspace *w, sw_arena *a, const char *relative) {
  char *joined = sw_workspace_path(w, a, relative), *real = joined ? realpath(joined, NULL) : NULL;
  char *out = real ? sw_arena_dupz(a, sw_str_of(real)) : joined;
  free(real);
  return out;
}

/* Tells who has the warehouse, and what to do. */
static sw_status explain_busy(const sw_workspace *w, sw_error *err) {
  SW_AUTO(sw_buf) who = SW_BUF_INIT;
  sw_arena a = SW_ARENA_INIT;
  const char *lock = sw_workspace_path(w, &a, "run/lock");
  const char *pid = strstr(err->msg[SW_LANG_EN], "PID ");
  long long process = pid ? strtoll(pid + 4, NULL, 10) : 0;
  bool writing = !w->lock && lock && sw_lock_held(lock, &who);
  sw_arena_fini(&a);
  sw_error_clear(err);
  if (writing)
    return SW_FAIL(err, SW_E_BUSY, "SW-WS-0006", "数据仓正在写入：%s；等它结束再试（runs、steps、rows、rejects、warnings 现在就能用）",
                   "the warehouse is being written: %s; try again when that is over (runs, steps, rows, rejects and warnings work meanwhile)", who.ptr);
  return SW_FAIL(err, SW_E_BUSY, "SW-WS-0007", "数据仓正被另一个进程使用（进程号 %lld）；等它结束，或停止它，再试",
                 "another process has the warehouse open (process %lld); wait for it to end, or stop it, and try again", process);
}

/* A nightly run does not fail because somebody's query is not over yet. */
static sw_status open_engine(sw_workspace *w, const sw_engine_options *o, sw_error *err) {
  enum { WAIT_MS = 100, WAITS = 300 };
  for (int i = 0;; i++) {
    sw_status s = sw_engine_open(o, &w->engine, err);
    bool elsewhere = s == SW_E_BUSY && strcmp(err->code, "SW-ENGINE-0023") == 0;
    if (!elsewhere) return s;
    if (!w->lock || i == WAITS) return explain_busy(w, err);
    sw_error_clear(err);
    nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
  }
}

/* What the holder of the lock does first: the tables of publishing, and views that follow a workspace that was moved. */
static sw_status prepare_warehouse(sw_engine *e, const char *root, sw_error *err) {
  sw_conn *c = NULL;
  SW_AUTO(sw_buf) old = SW_BUF_INIT;
  sw_status s = sw_conn_open(e, &c, err);
  if (s == SW_OK) s = sw_publish_prepare(c, err);
  if (s == SW_OK) s = sw_views_moved(c, root, &old, err);
  if (s == SW_OK && old.len) s = sw_views_follow(c, old.ptr, root, err);
  sw_conn_close(c);
  return s;
}

static sw_status was_moved(sw_engine *e, const char *root, bool *out, sw_error *err) {
  sw_conn *c = NULL;
  SW_AUTO(sw_buf) old = SW_BUF_INIT;
  sw_status s = sw_conn_open(e, &c, err);
  if (s == SW_OK) s = sw_views_moved(c, root, &old, err);
  *out = old.len > 0;
  sw_conn_close(c);
  return s;
}

/* A reader of a workspace that was moved since its last run: the views are put right under the lock, once. */
static sw_status follow_move(sw_workspace *w, sw_engine_options *o, const char *root, sw_arena *a, sw_error *err) {
  const char *lock = sw_workspace_path(w, a, "run/lock");
  sw_lock *k = NULL;
  if (!lock) return sw_arena_refused(a, err);
  sw_engine_close(w->engine);
  w->engine = NULL;
  sw_status s = sw_lock_take(lock, "suwen", w->opened_us, &k, err);
  if (s == SW_OK) {
    o->read_only = false;
    s = open_engine(w, o, err);
    o->read_only = true;
  }
  if (s == SW_OK) s = prepare_warehouse(w->engine, root, err);
  sw_engine_close(w->engine);
  w->engine = NULL;
  sw_lock_release(k);
  return s == SW_OK ? open_engine(w, o, err) : s;
}

static sw_status open_warehouse(sw_workspace *w, sw_engine_options *o, const char *root, sw_arena *a, sw_error *err) {
  bool moved = false;
  sw_status s = open_engine(w, o, err);
  if (s != SW_OK) return s;
  if (!o->read_only) return prepare_warehouse(w->engine, root, err);
  s = was_moved(w->engine, root, &moved, err);
  return s == SW_OK && moved ? follow_move(w, o, root, a, err) : s;
}

sw_status sw_workspace_engine(sw_workspace *w, sw_engine **out, sw_error *err) {
  if (!w->engine) {
    sw_arena a = SW_ARENA_INIT;
    const char *const allowed[] = {absolute(w, &a, "landing"), absolute(w, &a, "history"), absolute(w, &a, "run/stage")};
    char *root = absolute(w, &a, ".");
    bool write = w->lock != NULL;
    sw_engine_options o = {
        .path = root ? sw_fs_join(&a, root, "warehouse.duckdb") : NULL,
        .memory_limit = w->settings.engine.memory,
        .threads = (size_t)w->settings.engine.threads,
        .temp_dir = absolute(w, &a, "run/tmp"),
        .temp_limit = w->settings.engine.spill,
        .allowed_dirs = allowed,
        .nallowed = 3,
        .unordered = write,
        .read_only = !write,
    };
    sw_status s = sw_arena_check(&a, err);
    if (s == SW_OK && !write && !sw_fs_exists(o.path))
      s = SW_FAIL(err, SW_E_NOTFOUND, "SW-WS-0008", "工作区还没有数据仓；先运行一个流程：suwen run", "the workspace has no warehouse yet; run a flow first: suwen run");
    else if (s == SW_OK) s = open_warehouse(w, &o, root, &a, err);
    sw_arena_fini(&a);
    if (s != SW_OK) return SW_FRAME(err, "打开数据仓 %s/warehouse.duckdb", "opening the warehouse %s/warehouse.duckdb", w->dir);
  }
  *out = w->engine;
  return SW_OK;
}

sw_status sw_workspace_connect(sw_workspace *w, sw_conn **out, sw_error *err) {
  sw_engine *e = NULL;
  sw_status s = sw_workspace_engine(w, &e, err);
  return s == SW_OK ? sw_conn_open(e, out, err) : s;
}
