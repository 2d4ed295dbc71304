#include "synth/life.h"

#include "base/date.h"

#include <math.h>
#include <stdlib.h>

enum { H_LIFE = 300, H_PREFERRED, H_TUMOUR };
static const double VISITS_A_YEAR = 6.8, STAYS_A_YEAR = 0.214; /* national statistics of 2023 */

int64_t sy_round_minutes(int64_t t) { return t - t % 60; }

sw_str sy_own_id(sy_work *k, const sy_life *l) { return sy_true_id(l->p.index, l->p.sub, &k->arena); }

sw_str sy_dept_code(const sy_encounter *e, int dept, bool national) {
  return national ? e->life->c->depts[dept].code : e->in->depts[dept].code;
}

/* --- planning --------------------------------------------------------------------------------- */

int sy_choose_dx(const sy_life *l, sw_rng *r, bool stay, int32_t day) {
  const sy_world *w = l->w;
  int age = sw_age_years(l->p.b.birth, day);
  double *const *bands = stay ? w->stay_cum[l->p.b.sex - 1] : w->visit_cum[l->p.b.sex - 1];
  const double *cum = bands[sy_band(age)];
  if (!cum) return -1;
  for (int round = 0; round < 12; round++) {
    int d = (int)sw_rng_pick(r, cum, (size_t)l->c->ndiseases);
    const sy_dx *x = &l->c->dx[d];
    if (age >= x->age_lo && age <= x->age_hi) return d;
  }
  return -1;
}

/* Moves a day into the disease's season with two chances in five. */
static int32_t in_season(sw_rng *r, const sy_dx *d, int32_t day, int32_t first, int32_t last) {
  static const int MONTHS[3][4] = {{11, 12, 1, 2}, {6, 7, 8, 9}, {9, 10, 11, 3}};
  int s = d->season == 'w' ? 0 : d->season == 's' ? 1 : d->season == 'a' ? 2 : -1;
  if (s < 0 || !sw_rng_chance(r, 0.4)) return day;
  int y, m, dd;
  sw_civil_from_days(day, &y, &m, &dd);
  int32_t out = sw_days_from_civil(y, MONTHS[s][sw_rng_below(r, 4)], 1 + (int)sw_rng_below(r, 28));
  return out < first || out > last ? day : out;
}

static int choose_inst(const sy_life *l, sw_rng *r, const sy_dx *d, bool stay) {
  const sy_world *w = l->w;
  double cum[SY_MAX_INST];
  int level = stay ? d->level : 1;
  if (stay && (d->flags & SY_TREATS) && sw_rng_chance(r, 0.8)) level = 3;
  if (sw_rng_chance(r, stay ? 0.4 : 0.7) && w->inst[l->preferred].level >= level) return l->preferred;
  for (int i = 0; i < w->ninst; i++) cum[i] = stay ? w->inst[i].stay_cum[level] : w->inst[i].visit_cum;
  return (int)sw_rng_pick(r, cum, (size_t)w->ninst);
}

static int draw_days(const sy_life *l, sw_rng *r, const sy_dx *d, int inst) {
  double mean = d->los * l->w->los_factor[l->w->inst[inst].level];
  double sigma = 0.42, x = sw_rng_lognormal(r, mean * exp(-sigma * sigma / 2), sigma);
  if (d->flags & SY_DAYCASE) return sw_rng_chance(r, 0.5) ? 1 : (int)(x + 0.5) < 1 ? 1 : (int)(x + 0.5);
  int days = (int)(x + 0.5);
  return days < 1 ? 1 : days > 120 ? 120 : days;
}

static int64_t clock_time(sw_rng *r, int32_t day, int from_hour, int to_hour) {
  return (int64_t)day * SY_DAY + sw_rng_range(r, from_hour * 3600, to_hour * 3600 - 1);
}

static void add_event(sy_life *l, sy_event e) {
  if (l->nevents < SY_MAX_EVENTS) l->events[l->nevents++] = e;
}

static void plan_visits(sy_life *l, double frailty) {
  const sy_world *w = l->w;
  int age = sw_age_years(l->p.b.birth, (w->first_day + w->last_day) / 2);
  double mean = VISITS_A_YEAR * w->opt.years * sy_visit_rate(age) * w->visit_norm * frailty;
  uint64_t n = sw_rng_poisson(&l->rng, mean);
  for (uint64_t i = 0; i < n; i++) {
    int32_t day = (int32_t)sw_rng_range(&l->rng, w->first_day, w->last_day);
    int d = sy_choose_dx(l, &l->rng, false, day);
    if (d < 0) continue;
    day = in_season(&l->rng, &l->c->dx[d], day, w->first_day, w->last_day);
    int age_then = sw_age_years(l->p.b.birth, day);
    if (age_then < l->c->dx[d].age_lo || age_then > l->c->dx[d].age_hi) continue;
    add_event(l, (sy_event){.inst = choose_inst(l, &l->rng, &l->c->dx[d], false), .dx = d,
                            .start = sy_round_minutes(clock_time(&l->rng, day, 7, 17)) + (int64_t)sw_rng_below(&l->rng, 60),
                            .rarity = SY_NO_RARITY});
  }
}

static void plan_stays(sy_life *l, double frailty) {
  const sy_world *w = l->w;
  int age = sw_age_years(l->p.b.birth, (w->first_day + w->last_day) / 2);
  uint64_t n = sw_rng_poisson(&l->rng, STAYS_A_YEAR * w->opt.years * sy_stay_rate(age) * w->stay_norm * frailty);
  for (uint64_t i = 0; i < n; i++) {
    int32_t day = (int32_t)sw_rng_range(&l->rng, w->first_day, w->last_day - 1);
    int d = sy_choose_dx(l, &l->rng, true, day);
    if (d < 0) continue;
    const sy_dx *x = &l->c->dx[d];
    day = in_season(&l->rng, x, day, w->first_day, w->last_day - 1);
    int age_then = sw_age_years(l->p.b.birth, day);
    if (age_then < x->age_lo || age_then > x->age_hi) continue;
    int inst = choose_inst(l, &l->rng, x, true), days = draw_days(l, &l->rng, x, inst);
    int64_t start = sw_rng_chance(&l->rng, x->emergency) ? clock_time(&l->rng, day, 0, 24) : clock_time(&l->rng, day, 8, 16);
    add_event(l, (sy_event){true, inst, d, sy_round_minutes(start), days, SY_NO_RARITY});
  }
}

/* The institution for a rarity: of at least a level, with what the rarity needs. */
static int rarity_inst(const sy_world *w, int level, bool campuses, bool long_front) {
  int best = 0;
  for (int i = w->ninst - 1; i >= 0; i--) {
    const sy_inst *in = &w->inst[i];
    if (in->level < level || (campuses && in->campuses < 2) || (long_front && in->front != SY_FRONT_LONG && in->front != SY_FRONT_HQMS)) continue;
    best = i;
  }
  return best;
}

static void plan_rarity(sy_life *l) {
  static const struct {
    const char *ins;
    int days, level;
  } STAYS[SY_NRARITIES] = {
      [SY_R_MALE_BREAST] = {"C50.901", 10, 2},       [SY_R_CHILD_OVARY] = {"D27.x00", 8, 2},
      [SY_R_WELL_NEWBORN] = {"O80.000", 4, 1},       [SY_R_TWINS] = {"O34.201", 6, 2},
      [SY_R_EARLY_SURGERY] = {"K35.800x001", 5, 1},  [SY_R_ZERO_DAYS] = {"S61.900", 0, 1},
      [SY_R_400_DAYS] = {"I69.300x002", 400, 1},     [SY_R_PSYCHIATRY] = {"F32.900", 30, 2},
      [SY_R_REHABILITATION] = {"Z50.100x001", 20, 2}, [SY_R_40_DIAGNOSES] = {"I50.900", 14, 1},
      [SY_R_DAY_SURGERY] = {"H25.900", 1, 2},        [SY_R_CAMPUSES] = {"I25.103", 9, 1},
      [SY_R_ZERO_FEE] = {"R50.900", 1, 1},            [SY_R_UNSETTLED] = {"K29.500", 5, 1},          [SY_R_UNKNOWN] = {"S06.000", 6, 1},
  };
  sy_rarity r = l->p.rarity;
  if (r < 0) return;
  const sy_world *w = l->w;
  int32_t day = w->history_end - 150 + (int32_t)r * 4;
  if (day < w->first_day) day = w->first_day;
  if (r == SY_R_400_DAYS) day = w->history_end - 420;
  int inst = rarity_inst(w, STAYS[r].level, r == SY_R_CAMPUSES, r == SY_R_40_DIAGNOSES);
  int d = STAYS[r].ins ? sy_find_dx(l->c, STAYS[r].ins) : -1;
  sy_event e = {.stay = d >= 0, .inst = inst, .dx = d, .days = STAYS[r].days, .rarity = r};
  e.start = (int64_t)day * SY_DAY + (r == SY_R_EARLY_SURGERY ? 2 : 9) * 3600 + 600;
  if (d < 0 && (e.dx = sy_choose_dx(l, &l->rng, false, day)) < 0) e.dx = sy_find_dx(l->c, "J06.900");
  if (e.dx < 0) return;
  add_event(l, e);
}

static int by_start(const void *a, const void *b) {
  const sy_event *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  return (int)y->stay - (int)x->stay;
}

/* Whether one of the stays kept so far had the same category and ended less than five weeks before. */
static bool back_too_soon(const sy_life *l, int n, const sy_event *e) {
  const sy_content *c = l->c;
  for (int i = n - 1; i >= 0; i--) {
    const sy_event *b = &l->events[i];
    if (!b->stay) continue;
    bool same = memcmp(c->dx[b->dx].clin.ptr, c->dx[e->dx].clin.ptr, 3) == 0 || memcmp(c->dx[b->dx].ins.ptr, c->dx[e->dx].ins.ptr, 3) == 0;
    if (same && sy_day_of(e->start) - sy_day_of(b->start) - b->days <= 35) return true;
  }
  return false;
}

/* Drops what cannot be: during a stay, deliveries too close, the same disease again within a month, past the end. */
static void settle_plan(sy_life *l) {
  const sy_world *w = l->w;
  qsort(l->events, (size_t)l->nevents, sizeof *l->events, by_start);
  int64_t scripted_from = 0, scripted_to = 0;
  for (int i = 0; i < l->nevents; i++)
    if (l->events[i].rarity >= 0) {
      scripted_from = l->events[i].start - 86400;
      scripted_to = l->events[i].start + (int64_t)(l->events[i].days + 1) * SY_DAY;
    }
  int n = 0;
  int32_t free_from = INT32_MIN, last_birth = INT32_MIN / 2;
  for (int i = 0; i < l->nevents; i++) {
    sy_event e = l->events[i];
    int32_t day = sy_day_of(e.start);
    const sy_dx *x = &l->c->dx[e.dx];
    bool scripted = e.rarity >= 0;
    int64_t out = e.start + (int64_t)e.days * SY_DAY;
    if (!scripted) {
      if (day <= free_from || sy_day_of(out) > w->last_day) continue;
      if (scripted_to && e.start <= scripted_to && out + SY_DAY >= scripted_from) continue;
      if ((x->flags & SY_PREGNANT) && e.stay && day - last_birth < 310) continue;
      if (e.stay && !(x->flags & SY_TREATS) && back_too_soon(l, n, &e)) continue;
    }
    if ((x->flags & SY_PREGNANT) && e.stay) last_birth = day;
    if (e.stay) {
      free_from = day + e.days;
    }
    l->events[n++] = e;
  }
  l->nevents = n;
}

/* --- living ----------------------------------------------------------------------------------- */

static int some_tumour(const sy_life *l) {
  const sy_content *c = l->c;
  int age = sw_age_years(l->p.b.birth, l->w->last_day), fit[64], n = 0;
  for (int i = 0; i < c->ndiseases && n < 64; i++) {
    const sy_dx *d = &c->dx[i];
    if (d->morphology[0] && d->ins.ptr[0] == 'C' && d->level > 1 && (!d->sex || d->sex == l->p.b.sex) && age >= d->age_lo - 10) fit[n++] = i;
  }
  return n ? fit[sy_hash(l->w, H_TUMOUR, (uint64_t)l->p.index, 0, 0) % (uint64_t)n] : -1;
}

static void add_chronic(sy_life *l) {
  static const struct {
    const char *ins;
    int from;
    double p;
  } LIST[] = {{"I10.x00x002", 40, 0.38}, {"E11.900", 45, 0.16}, {"E78.500", 40, 0.15}, {"I25.103", 55, 0.14}};
  int age = sw_age_years(l->p.b.birth, l->w->last_day);
  for (size_t i = 0; i < sizeof LIST / sizeof *LIST; i++)
    if (age >= LIST[i].from && sw_rng_chance(&l->rng, LIST[i].p)) l->p.chronic[l->p.nchronic++] = sy_find_dx(l->c, LIST[i].ins);
}

sy_patient *sy_patient_at(sy_life *l, const sy_event *e) {
  sy_patient *found = NULL;
  for (int i = 0; i < l->npatients; i++)
    if (l->patients[i].inst == e->inst && !l->patients[i].retired) found = &l->patients[i];
  int64_t at = e->start - 120 - (int64_t)sw_rng_below(&l->rng, 900);
  if (!found) return sy_register(l, e->inst, at, NULL);
  if (!found->doubles || l->npatients >= SY_MAX_PATIENTS) return found;
  found->doubles = false;
  return sy_register(l, e->inst, at, found);
}

static void note_rarity(sy_life *l, const sy_event *e, const sy_patient *pt) {
  if (e->rarity < 0) return;
  SY_TRUTH(l->k, SY_TRUTH_RARITIES, sw_str_of(sy_rarity_name(e->rarity)), sw_str_of(l->w->inst[e->inst].code),
           sw_str_of(e->stay ? "admission" : "visit"), sy_key_text(l->k, e->inst, pt->id, pt->encounters, 0), sy_own_id(l->k, l));
}

static void run_events(sy_life *l) {
  for (int i = 0; i < l->nevents; i++) {
    const sy_event *e = &l->events[i];
    if (sy_day_of(e->start) > l->died) break;
    if (e->stay) sy_stay_run(l, e, NULL);
    else sy_visit(l, e);
    for (int p = 0; p < l->npatients && e->rarity >= 0; p++)
      if (l->patients[p].inst == e->inst && !l->patients[p].retired) note_rarity(l, e, &l->patients[p]);
  }
}

void sy_live(sy_work *k, int64_t person) {
  sy_life *l = sw_arena_alloc(&k->arena, sizeof *l);
  if (!l) return;
  *l = (sy_life){.k = k, .w = k->w, .c = &k->w->content, .died = INT32_MAX};
  sy_person_make(k->w, person, k->w->last_day, &k->arena, &l->p);
  l->rng = sw_rng_of(k->w->opt.seed, sy_hash(k->w, H_LIFE, (uint64_t)person, 0, 0));
  double cum[SY_MAX_INST];
  for (int i = 0; i < k->w->ninst; i++) cum[i] = k->w->inst[i].visit_cum;
  sw_rng family = sw_rng_of(k->w->opt.seed, sy_hash(k->w, H_PREFERRED, (uint64_t)person / 4, 0, 0));
  l->preferred = (int)sw_rng_pick(&family, cum, (size_t)k->w->ninst);
  l->tumour = some_tumour(l);
  add_chronic(l);
  double frailty = sw_rng_lognormal(&l->rng, exp(-0.125), 0.5);
  plan_visits(l, frailty);
  plan_stays(l, frailty);
  plan_rarity(l);
  settle_plan(l);
  k->sums.persons++;
  run_events(l);
}
