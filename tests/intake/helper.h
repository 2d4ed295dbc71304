/* Shared by the room's tests: scratch directories and files. */
#ifndef TESTS_INTAKE_HELPER_H
#define TESTS_INTAKE_HELPER_H

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* A fresh directory; the returned path is static per test program. */
const char *scratch_new(void);
void scratch_remove(void);
/* dir/name in a ring of static buffers. */
const char *scratch_path(const char *name);
void write_file(const char *path, const void *p, size_t n);
void write_text(const char *path, const char *text);
void write_gzip(const char *path, const void *p, size_t n);
void write_zstd(const char *path, const void *p, size_t n);

#define assert_ok(expr)                                                      \
  do {                                                                       \
    sw_status s_ = (expr);                                                   \
    if (s_) {                                                                \
      char text_[4096];                                                      \
      sw_error_format(&err, SW_LANG_EN, text_, sizeof text_);                \
      fail_msg("%s: %s", #expr, text_);                                      \
    }                                                                        \
  } while (0)

#define assert_str(got, want)                                                                       \
  do {                                                                                              \
    sw_str g_ = (got);                                                                              \
    if (!sw_str_eqz(g_, (want))) fail_msg("%s is \"%.*s\", not \"%s\"", #got, SW_STR_ARG(g_), (want)); \
  } while (0)

#endif
