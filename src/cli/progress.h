/* Progress on standard error: bars with rate and time left on a terminal, plain lines elsewhere.
 *
 * Events come from worker threads; the listener serialises them. */
#ifndef SW_CLI_PROGRESS_H
#define SW_CLI_PROGRESS_H

#include "cli/command.h"

#include <pthread.h>

typedef struct sw_progress {
  sw_cli *cli;
  sw_events events;
  pthread_mutex_t lock; /* guards all below */
  bool terminal;
  bool bar_shown;
  int64_t last_draw_us;
  char what[128];       /* what the bar is about */
  int64_t started_us, start_done;
} sw_progress;

/* Puts itself into cli->events (unless --quiet). */
void sw_progress_begin(sw_progress *p, sw_cli *cli);
void sw_progress_end(sw_progress *p); /* wipes the bar */

#endif
