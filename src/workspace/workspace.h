/* A workspace: one directory with settings, packs, landing, history, ledger and warehouse.
 *
 * The handle is what the library's long functions take. Opening reads the settings and loads the packs; the ledger is
 * opened per worker, the engine once and only when asked for (listings that need only the ledger work while another
 * process runs a flow). A handle with a lock is the workspace's one writer.
 *
 * Ownership: close what you open, connections before the workspace. Threads: the handle may be shared; sw_workspace_engine
 * is to be called once before threads start. */
#ifndef SW_WORKSPACE_WORKSPACE_H
#define SW_WORKSPACE_WORKSPACE_H

#include "engine/engine.h"
#include "ledger/ledger.h"
#include "pack/pack.h"
#include "workspace/settings.h"

typedef struct sw_workspace sw_workspace;

typedef struct sw_workspace_options {
  const char *dir;
  const char *packs_home;           /* directory of the packs that come with the program; NULL none */
  const sw_pack_registry *registry; /* kinds and operators of the rooms above */
  const char *lock;                 /* what this process does ("suwen run hospital-daily"); NULL: a reader, no lock */
  int64_t now_us;                   /* for the lock file */
  bool without_packs;               /* listings of the ledger need none, and must work when a pack is broken */
} sw_workspace_options;

/* Makes DIR a workspace: directories, suwen.yaml, and copies of the packs with those they require. EXISTS when there is
 * a suwen.yaml already. */
SW_CHECKED sw_status sw_workspace_init(const sw_workspace_options *o, const char *const *packs, size_t npacks, sw_error *err);

/* SW_E_CONFIG with every problem of settings and packs listed in `problems` (the first of them in err). */
SW_CHECKED sw_status sw_workspace_open(const sw_workspace_options *o, sw_workspace **out, sw_problems *problems, sw_error *err);
void sw_workspace_close(sw_workspace *w); /* NULL is fine */

const char *sw_workspace_dir(const sw_workspace *w);
const sw_settings *sw_workspace_settings(const sw_workspace *w);
const sw_pack_set *sw_workspace_packs(const sw_workspace *w); /* NULL when opened without packs */
/* Path of something inside, in the arena: sw_workspace_path(w, a, "run/stage"). */
char *sw_workspace_path(const sw_workspace *w, sw_arena *a, const char *relative);

/* A ledger connection of the caller's own. Readers (no lock) get a read-only one. */
SW_CHECKED sw_status sw_workspace_ledger(const sw_workspace *w, sw_ledger **out, sw_error *err);
/* The warehouse, opened at the first call; owned by the workspace. The holder of the lock opens it for writing and waits a while
 * for readers to end; everybody else reads, and is told who is writing (BUSY: the engine's file has readers or one writer).
 * NOTFOUND for a reader when no flow has run yet. */
SW_CHECKED sw_status sw_workspace_engine(sw_workspace *w, sw_engine **out, sw_error *err);
/* A connection of the caller's own to the warehouse. */
SW_CHECKED sw_status sw_workspace_connect(sw_workspace *w, sw_conn **out, sw_error *err);

#endif
