/* The workspace lock: one writer at a time.
 *
 * An flock on run/lock, released by the kernel when the process dies however it dies. The file holds the holder's pid and
 * start time, which the message of a refused second run names. */
#ifndef SW_LEDGER_LOCK_H
#define SW_LEDGER_LOCK_H

#include "base/date.h"
#include "base/str.h"

typedef struct sw_lock sw_lock;

/* BUSY when another process (or another holder in this one) has it. what: "suwen run hospital-daily". */
SW_CHECKED sw_status sw_lock_take(const char *path, const char *what, int64_t now_us, sw_lock **out, sw_error *err);
void sw_lock_release(sw_lock *k); /* NULL is fine */

/* Whether somebody holds the lock; who, as the message of BUSY would say, is appended ("" where it cannot be told). */
bool sw_lock_held(const char *path, sw_buf *who);

#endif
