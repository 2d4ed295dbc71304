/* What all threads of a run read: options, content, institutions with their local codes, the calendar of deliveries, and
 * the tables that diseases are drawn from. Built once, then constant. Internal to the room.
 *
 * Money is int64_t fen; times are seconds since 1970-01-01 (local); days are counted the same way. */
#ifndef SW_SYNTH_WORLD_H
#define SW_SYNTH_WORLD_H

#include "base/rng.h"
#include "synth/content.h"
#include "synth/layout.h"
#include "synth/synth.h"

enum { SY_STAFF = 6, SY_BANDS = 22, SY_MAX_INST = 60, SY_DAY = 86400 };

/* A local code: what the institution writes, and whether its dictionary names the national one. */
typedef struct sy_local {
  sw_str code, name;
  bool mapped;
} sy_local;

typedef struct sy_staff {
  sw_str code, name;
  int title; /* RC044 */
} sy_staff;

typedef enum sy_front { SY_FRONT_WIDE, SY_FRONT_LONG, SY_FRONT_HQMS, SY_FRONT_XLSX } sy_front;
typedef enum sy_encoding { SY_UTF8, SY_GB18030, SY_UTF16 } sy_encoding;

typedef struct sy_inst {
  char code[16], name[96];
  int index, level, campuses;
  char vendor;
  sy_encoding encoding;
  sy_front front;
  bool dbf, manifest;
  double price;
  double visit_cum, stay_cum[SY_NLEVELS + 1]; /* cumulative weights; stays by least level that a disease asks for */
  sy_local *dx, *items, *labs, *depts;
  int *dept_of;                   /* the institution's department for a content department */
  sy_staff *staff;                /* ndepts × SY_STAFF */
} sy_inst;

typedef struct sy_world {
  sw_synth_options opt;
  sy_content content;
  sw_arena arena;
  sy_inst *inst;
  int ninst;
  int32_t first_day, history_end, last_day; /* business days; deliveries come the day after */
  int ndeliveries;                          /* days + 1 */
  double *visit_cum[2][SY_BANDS], *stay_cum[2][SY_BANDS]; /* by sex (0 male) and age band, over diseases; NULL: none fits */
  double visit_norm, stay_norm;             /* so that a person's mean rates are the targets */
  double los_factor[SY_NLEVELS + 1], cost_factor[SY_NLEVELS + 1];
  uint32_t *gb;                             /* GB18030 of the basic plane: bytes big-endian, 0 none */
} sy_world;

SW_CHECKED sw_status sy_world_init(sy_world *w, const sw_synth_options *opt, sw_error *err);
void sy_world_fini(sy_world *w);

static inline int sy_band(int age) { return age <= 0 ? 0 : age >= 100 ? SY_BANDS - 1 : 1 + age / 5; }
/* How much oftener than the mean a person of this age goes to a clinic, or is admitted (before normalising). */
double sy_visit_rate(int age);
double sy_stay_rate(int age);
/* Days of the period. */
static inline size_t sy_period_days(const sy_world *w) { return (size_t)(w->last_day - w->first_day) + 1; }
/* Last business day of delivery k, and the first that its window holds. */
static inline int32_t sy_window_end(const sy_world *w, int k) { return w->history_end + k; }
static inline int32_t sy_window_begin(const sy_world *w, int k) { return k ? w->history_end + k - 2 : w->first_day; }

/* Deterministic choice by key: the same answer wherever it is asked. */
uint64_t sy_hash(const sy_world *w, int what, uint64_t a, uint64_t b, uint64_t c);
static inline bool sy_chance(const sy_world *w, double p, int what, uint64_t a, uint64_t b, uint64_t c) {
  return (double)(sy_hash(w, what, a, b, c) >> 11) * 0x1p-53 < p;
}
/* The same, never when faults are left out. */
static inline bool sy_fault_chance(const sy_world *w, double p, int what, uint64_t a, uint64_t b, uint64_t c) {
  return !w->opt.no_faults && sy_chance(w, p, what, a, b, c);
}

#endif
