/* The synthetic region: raw extracts as real institutions deliver them, and the truth about them.
 *
 * One call writes OUT/deliveries/<org>/<yyyy-mm-dd>/… and OUT/truth/… (docs/synthetic-region.md holds both layouts). The
 * result depends on the options alone: not on the number of threads, the machine's load or the clock. Persons are made one
 * after another from streams of their own, so memory does not grow with their number. Faults are chosen by hashing keys.
 *
 * The medicine, names and places are content files (packs/synth), read at the start.
 *
 * Ownership: the options' strings are the caller's. Threads: one call at a time per output directory; it starts threads
 * of its own. */
#ifndef SW_SYNTH_SYNTH_H
#define SW_SYNTH_SYNTH_H

#include "base/task.h"

typedef struct sw_synth_options {
  const char *out;        /* made when absent; deliveries/ and truth/ must not exist in it */
  const char *content;    /* directory of the content files */
  int64_t persons;        /* 1 .. 50 million; newborns of the period come on top */
  int institutions;       /* 1 .. 60 */
  int years;              /* 1 .. 10, ending 2023-12-31 */
  int days;               /* daily increments after the first delivery, 0 .. 60 */
  uint64_t seed;
  size_t threads;         /* 0: as many as there are CPUs */
  bool no_faults;         /* rarities and habits stay, faults are left out */
  double page_faults;     /* share of front pages that get a fault named after a rule, 0 .. 1 */
} sw_synth_options;

#define SW_SYNTH_OPTIONS_DEFAULT \
  {.persons = 10000, .institutions = 6, .years = 3, .days = 5, .seed = 20231231, .threads = 0, .no_faults = false, .page_faults = 0.12}

enum { SW_SYNTH_MAX_FIGURES = 64 };

/* One figure of the run beside its target (source: national statistics of 2023 and practitioners' estimates). */
typedef struct sw_synth_figure {
  const char *name[2]; /* by sw_lang, static */
  const char *unit;
  double value, low, high; /* the target's range; equal when it is one number */
  double tolerance;        /* relative, beyond [low, high], that still counts as near */
} sw_synth_figure;

static inline bool sw_synth_figure_near(const sw_synth_figure *f) {
  return f->value >= f->low * (1 - f->tolerance) && f->value <= f->high * (1 + f->tolerance);
}

typedef struct sw_synth_result {
  int64_t persons, newborns, patients, visits, stays, rows, lost, faults;
  int64_t files, bytes;
  int nfigures;
  sw_synth_figure figures[SW_SYNTH_MAX_FIGURES];
} sw_synth_result;

/* Writes the region. Errors: SW_E_USAGE (options), SW_E_EXISTS (there is one already), SW_E_CONFIG (content, with file
 * and line), SW_E_IO, SW_E_NOSPACE, SW_E_CANCELLED. */
SW_CHECKED sw_status sw_synth_run(const sw_synth_options *options, const sw_cancel *cancel, const sw_events *events,
                                  sw_synth_result *result, sw_error *err);

#endif
