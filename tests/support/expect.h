/* What test programs with a fixture `f` that holds an sw_error `err` share: OK(call), FAILS(call, status). */
#ifndef SW_TEST_EXPECT_H
#define SW_TEST_EXPECT_H

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static inline void show(const sw_error *err) {
  char text[4096];
  (void)sw_error_format(err, SW_LANG_EN, text, sizeof text);
  print_message("# %s\n", text);
}

#define OK(call)                     \
  do {                               \
    f->err.status = SW_OK;           \
    sw_status st_ = (call);          \
    if (st_ != SW_OK) show(&f->err); \
    assert_int_equal(st_, SW_OK);    \
  } while (0)
#define FAILS(call, want)                                                \
  do {                                                                   \
    f->err.status = SW_OK;                                               \
    sw_status st_ = (call);                                              \
    if (st_ != (want)) show(&f->err);                                    \
    assert_int_equal(st_, (want));                                       \
    assert_int_equal(f->err.status, (want));                             \
    assert_true(f->err.msg[SW_LANG_ZH][0] && f->err.msg[SW_LANG_EN][0]); \
  } while (0)

#endif
