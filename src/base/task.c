#include "base/task.h"

#include <stdarg.h>

bool sw_cancelled(const sw_cancel *c) {
  for (; c; c = c->parent) {
    if (atomic_load_explicit(&c->asked, memory_order_relaxed)) return true;
    if (c->deadline_us && sw_mono_us() > c->deadline_us) return true;
  }
  return false;
}

sw_status sw_cancel_check(const sw_cancel *c, sw_error *err) {
  for (; c; c = c->parent) {
    if (atomic_load_explicit(&c->asked, memory_order_relaxed))
      return SW_FAIL(err, SW_E_CANCELLED, "SW-BASE-0010", "已按要求停止；再次运行会从断点继续",
                     "stopped as asked; the next run resumes from here");
    if (c->deadline_us && sw_mono_us() > c->deadline_us)
      return SW_FAIL(err, SW_E_TIMEOUT, "SW-BASE-0011", "超过了规定的时限", "the time limit passed");
  }
  return SW_OK;
}

void sw_emit(const sw_events *to, const sw_event *e) {
  if (to && to->on_event) to->on_event(to->ctx, e);
}

void sw_emit_progress(const sw_events *to, const char *what, int64_t done, int64_t total, const char *unit) {
  sw_event e = {.kind = SW_EVENT_PROGRESS, .what = what, .done = done, .total = total, .unit = unit};
  sw_emit(to, &e);
}

void sw_emit_text(const sw_events *to, sw_event_kind kind, const char *what, const char *zh, const char *en, ...) {
  if (!to || !to->on_event) return;
  char text[2][SW_ERROR_MSG];
  va_list ap;
  va_start(ap, en);
  vsnprintf(text[SW_LANG_ZH], SW_ERROR_MSG, zh, ap);
  va_end(ap);
  va_start(ap, en);
  vsnprintf(text[SW_LANG_EN], SW_ERROR_MSG, en, ap);
  va_end(ap);
  sw_event e = {.kind = kind, .what = what, .text = {text[0], text[1]}};
  sw_emit(to, &e);
}

void sw_emit_error(const sw_events *to, sw_event_kind kind, const char *what, const char *zh, const char *en, const sw_error *e) {
  char text[2][SW_ERROR_MSG + 256];
  snprintf(text[SW_LANG_ZH], sizeof text[0], "%s%s", zh, e->msg[SW_LANG_ZH]);
  snprintf(text[SW_LANG_EN], sizeof text[1], "%s%s", en, e->msg[SW_LANG_EN]);
  sw_event out = {.kind = kind, .what = what, .text = {text[0], text[1]}};
  sw_emit(to, &out);
}
