/* The program's own log: one line an event, UTC-free local time, level, room, text. For operators, not for users.
 *
 * Patient values never reach the log: pass counts, names of tables and files, batch and row numbers only. Until
 * sw_log_open is called nothing is written. Threads: any. This is the library's one piece of process-wide state. */
#ifndef SW_BASE_LOG_H
#define SW_BASE_LOG_H

#include "base/error.h"

typedef enum sw_log_level { SW_LOG_DEBUG, SW_LOG_INFO, SW_LOG_WARN, SW_LOG_ERROR } sw_log_level;

/* Appends to a file (created 0640). Call once at start; a second call replaces the file. */
SW_CHECKED sw_status sw_log_open(const char *path, sw_log_level least, sw_error *err);
void sw_log_close(void);
void sw_log(sw_log_level level, const char *room, const char *fmt, ...) SW_PRINTF(3, 4);
/* The error with its frames and its place in our source. */
void sw_log_error(const char *room, const sw_error *err);

#endif
