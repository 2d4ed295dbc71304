/* Errors: one cause, set once by who detects it, with frames added by callers on the way up.
 *
 * The message is kept in Chinese and English: the caller who shows it chooses (a server has users of both
 * at once, so there is no global locale). Both formats take the same arguments in the same order.
 *
 * Ownership: a plain struct, usually on the stack of whoever handles it; no heap, nothing to free.
 * Threads: one sw_error belongs to one thread at a time; copy it by assignment to hand it over.
 *
 *   sw_error err = SW_ERROR_INIT;
 *   if (n > max)
 *     return SW_FAIL(&err, SW_E_LIMIT, "SW-CSV-0003", "记录超过 %zu 字节", "record is longer than %zu bytes", max);
 *   ...
 *   if (open_it(p, err)) return SW_FRAME(err, "读取交付文件 %s", "reading delivery file %s", p);
 */
#ifndef SW_BASE_ERROR_H
#define SW_BASE_ERROR_H

#include "base/status.h"

#include <stdint.h>
#include <stdio.h>

enum { SW_ERROR_MSG = 1024, SW_ERROR_FRAME = 224, SW_ERROR_FRAMES = 6, SW_ERROR_FILE = 512 };

typedef enum sw_lang { SW_LANG_ZH = 0, SW_LANG_EN = 1 } sw_lang;

typedef struct sw_error {
  sw_status status;       /* SW_OK while nothing is set */
  char code[16];          /* stable: SW-<ROOM>-<4 digits>; see docs/errors.md */
  char msg[2][SW_ERROR_MSG]; /* by sw_lang: what is wrong and what to do */
  const char *src_file;   /* place in our source, static storage */
  int src_line;
  char file[SW_ERROR_FILE]; /* place in the user's input; "" when there is none */
  int64_t line;           /* 1-based; 0 unknown */
  int64_t column;         /* 1-based, in code points; 0 unknown */
  int nframes;            /* frames dropped past SW_ERROR_FRAMES */
  char frame[SW_ERROR_FRAMES][2][SW_ERROR_FRAME]; /* innermost first: what was attempted */
} sw_error;

/* Cheap initialisation: only the fields that readers test. */
#define SW_ERROR_INIT {.status = SW_OK}

/* The status of a failure is never SW_OK: callers may rely on it, and so does the analyser, which for that must see it at
 * each place (hence a macro). */
#define SW_NEVER_OK(s) ((s) ?: (sw_status)SW_E_INTERNAL)

/* Sets the cause and returns `s`. Keeps an earlier cause when there is one (nobody overwrites a cause).
 * `err` may be NULL when the caller wants only the status. */
#define SW_FAIL(err, s, code, zh, ...) SW_NEVER_OK(sw_error_set((err), (s), (code), __FILE__, __LINE__, (zh), __VA_ARGS__))
sw_status sw_error_set(sw_error *err, sw_status s, const char *code, const char *src_file, int src_line,
                       const char *zh, const char *en, ...) SW_PRINTF(6, 8) SW_PRINTF(7, 8);

/* Adds what the caller was attempting and returns the cause's status. */
#define SW_FRAME(err, zh, ...) SW_NEVER_OK(sw_error_frame((err), (zh), __VA_ARGS__))
sw_status sw_error_frame(sw_error *err, const char *zh, const char *en, ...) SW_PRINTF(2, 4) SW_PRINTF(3, 4);

/* States the place in the user's input. Returns the cause's status. An earlier place is kept. */
sw_status sw_error_at(sw_error *err, const char *file, int64_t line, int64_t column);

/* Like SW_FAIL with ": <strerror(errno)>" appended and the status chosen by errno (ENOSPC, EDQUOT → NOSPACE, ENOENT →
 * NOTFOUND, EACCES → DENIED, ENOMEM → NOMEM, else IO). */
#define SW_FAIL_ERRNO(err, code, zh, ...) SW_NEVER_OK(sw_error_set_errno((err), (code), __FILE__, __LINE__, (zh), __VA_ARGS__))
sw_status sw_error_set_errno(sw_error *err, const char *code, const char *src_file, int src_line, const char *zh,
                             const char *en, ...) SW_PRINTF(5, 7) SW_PRINTF(6, 7);

/* Forgets everything, for reuse. */
void sw_error_clear(sw_error *err);

/* Writes "file:line:col: message [code]" and the frames, one a line, NUL-terminated, into out. Returns the length. */
size_t sw_error_format(const sw_error *err, sw_lang lang, char *out, size_t cap);

#endif
