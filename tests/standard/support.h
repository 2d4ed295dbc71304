/* What the tests of standard/ share: a pack written into a temporary directory, an engine in memory, results as text. */
#ifndef SW_TESTS_STANDARD_SUPPORT_H
#define SW_TESTS_STANDARD_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/fs.h"
#include "engine/engine.h"
#include "engine/rows.h"
#include "pack/pack.h"

typedef struct world { /* one test's world */
  char dir[256];
  sw_engine *engine;
  sw_conn *conn;
  sw_pack_set *set;
} world;

int world_open(void **state);
int world_close(void **state);
void world_file(world *w, const char *path, const char *text);
void world_load(world *w); /* the pack in <dir>/p */
void world_sql(world *w, const char *sql);
/* Rows as lines, cells parted by |, NULL as ~. To be freed. */
char *world_rows(world *w, const char *sql);
void world_expect(world *w, const char *sql, const char *want);

#endif
