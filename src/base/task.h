/* What every long function of the library takes: a cancel token, a deadline and an event sink.
 *
 * sw_cancel is shared: set from a signal handler or another thread, read from everywhere. sw_events is the caller's
 * listener: its callback may be called from several worker threads at once, must be quick, and must not call back into
 * the work that reports. No patient value may be put into an event. */
#ifndef SW_BASE_TASK_H
#define SW_BASE_TASK_H

#include "base/date.h"

#include <stdatomic.h>

typedef struct sw_cancel {
  atomic_bool asked;
  const struct sw_cancel *parent; /* cancelled when the parent is; may be NULL */
  int64_t deadline_us;            /* monotonic; 0 none */
} sw_cancel;

#define SW_CANCEL_INIT {.parent = NULL, .deadline_us = 0}

static inline void sw_cancel_ask(sw_cancel *c) { atomic_store_explicit(&c->asked, true, memory_order_relaxed); }
/* True when asked (here or in a parent) or past the deadline. `c` may be NULL. Reads a clock only with a deadline. */
bool sw_cancelled(const sw_cancel *c);
/* SW_OK, or SW_E_CANCELLED / SW_E_TIMEOUT with the reason in err. */
SW_CHECKED sw_status sw_cancel_check(const sw_cancel *c, sw_error *err);

typedef enum sw_event_kind {
  SW_EVENT_PROGRESS, /* done, total, unit */
  SW_EVENT_MESSAGE,  /* a line for the user */
  SW_EVENT_WARNING,  /* a line that needs attention; the work goes on */
  SW_EVENT_STEP      /* a flow step changed state: step, state */
} sw_event_kind;

typedef struct sw_event {
  sw_event_kind kind;
  const char *what;  /* the step, file or table that it is about; valid during the call only */
  const char *state; /* SW_EVENT_STEP: "started", "done", "failed", "retry", "skipped", "cancelled" */
  const char *unit;  /* "rows" or "bytes" */
  int64_t done, total; /* total 0: unknown */
  const char *text[2]; /* by sw_lang; MESSAGE, WARNING and, where there is a reason, STEP */
} sw_event;

typedef struct sw_events {
  void (*on_event)(void *ctx, const sw_event *e); /* may be NULL */
  void *ctx;
} sw_events;

void sw_emit(const sw_events *to, const sw_event *e); /* `to` may be NULL */
void sw_emit_progress(const sw_events *to, const char *what, int64_t done, int64_t total, const char *unit);
void sw_emit_text(const sw_events *to, sw_event_kind kind, const char *what, const char *zh, const char *en, ...)
    SW_PRINTF(4, 6) SW_PRINTF(5, 6);

/* The same with an error's message in each language: "<intro><message>". */
void sw_emit_error(const sw_events *to, sw_event_kind kind, const char *what, const char *zh, const char *en, const sw_error *e);

#endif
