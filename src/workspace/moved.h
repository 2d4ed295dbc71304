/* A workspace that was moved, copied or restored elsewhere: the views over landed files name them by absolute path. */
#ifndef SW_WORKSPACE_MOVED_H
#define SW_WORKSPACE_MOVED_H

#include "engine/engine.h"

/* The root that the views over landing/ were made for, when it is not `root` (absolute); "" otherwise. Appends to `old`. */
SW_CHECKED sw_status sw_views_moved(sw_conn *c, const char *root, sw_buf *old, sw_error *err);
/* Makes every view that names old/landing/ name root/landing/ instead, in one transaction. */
SW_CHECKED sw_status sw_views_follow(sw_conn *c, const char *old, const char *root, sw_error *err);

#endif
