/* Children born in the period: registered as 张三之子, with a stay of their own, and their first years at the same clinics. */
#include "base/date.h"
#include "synth/life.h"

#include <stdlib.h>

enum { H_BABY = 1200, MONTH = 30 };

static int newborn_dx(sy_life *l, const sy_baby *b, bool rare) {
  static const char *const ILL[] = {"P59.901", "P59.901", "P23.900", "P59.901"};
  if (b->weight < 2300 && !rare) return sy_find_dx(l->c, sw_rng_chance(&l->rng, 0.4) ? "P22.000" : "P07.300x001");
  if (!rare && sw_rng_chance(&l->rng, 0.32)) return sy_find_dx(l->c, ILL[sw_rng_below(&l->rng, 4)]);
  return sy_find_dx(l->c, b->order ? "Z38.300" : "Z38.000x001");
}

/* Most children are named, and so registered, some weeks after birth. */
static void plan_name(sy_life *l, const sy_life *m, const sy_baby *b) {
  l->named = b->born / SY_DAY * SY_DAY + sw_rng_range(&l->rng, 20, 45) * SY_DAY + 10 * 3600;
  if (!sw_rng_chance(&l->rng, 0.7) || sy_day_of(l->named) > l->w->last_day) l->named = 0;
  l->later_name = sy_child_name(l->w, m->p.index, l->p.sub, l->p.b.sex, &l->k->arena);
}

static void plan_visits(sy_life *l, int inst) {
  const sy_world *w = l->w;
  int32_t from = l->p.b.birth + MONTH, to = w->last_day;
  if (to <= from) return;
  uint64_t n = sw_rng_poisson(&l->rng, 6.8 * 1.5 * (to - from) / 365.0);
  l->nevents = 0;
  for (uint64_t i = 0; i < n && l->nevents < SY_MAX_EVENTS; i++) {
    int32_t day = (int32_t)sw_rng_range(&l->rng, from, to);
    int d = sy_choose_dx(l, &l->rng, false, day);
    if (d < 0) continue;
    l->events[l->nevents++] = (sy_event){.inst = sw_rng_chance(&l->rng, 0.25) ? l->preferred : inst, .dx = d, .rarity = SY_NO_RARITY,
                                         .start = (int64_t)day * SY_DAY + sw_rng_range(&l->rng, 8 * 3600, 17 * 3600)};
  }
  for (int i = 1; i < l->nevents; i++) /* few: by insertion */
    for (int k = i; k > 0 && l->events[k].start < l->events[k - 1].start; k--) {
      sy_event t = l->events[k];
      l->events[k] = l->events[k - 1];
      l->events[k - 1] = t;
    }
}

void sy_born(sy_stay *mother, int which) {
  sy_life *m = mother->e.life;
  sy_work *k = m->k;
  sy_life *l = sw_arena_alloc(&k->arena, sizeof *l);
  if (!l) return;
  const sy_baby *b = &mother->babies[which];
  *l = (sy_life){.k = k, .w = m->w, .c = m->c, .died = INT32_MAX, .preferred = m->preferred, .tumour = -1, .mother = mother->e.pt};
  int sub = ++m->children;
  if (sub > SY_MAX_BABIES) return;
  sy_newborn_make(m->w, &m->p, sub, b->sex, b->order, sy_day_of(b->born), &k->arena, &l->p);
  l->rng = sw_rng_of(m->w->opt.seed, sy_hash(m->w, H_BABY, (uint64_t)m->p.index, (uint64_t)sub, 0));
  plan_name(l, m, b);
  SY_TRUTH(k, SY_TRUTH_RELATIONS, sy_true_id(m->p.index, 0, &k->arena), SW_LIT("mother_of"), sy_own_id(k, l));
  k->sums.newborns++;
  bool rare = mother->rarity == SY_R_WELL_NEWBORN || mother->rarity == SY_R_TWINS;
  int dx = newborn_dx(l, b, rare);
  if (dx < 0) return;
  int days = sw_str_starts(m->c->dx[dx].ins, SW_LIT("Z38")) ? (int)((mother->e.end - b->born) / SY_DAY) : (int)m->c->dx[dx].los;
  if (days < 1) days = 1;
  sy_event e = {.stay = true, .inst = mother->e.in->index, .dx = dx, .start = b->born + 600, .days = days,
                .rarity = rare ? mother->rarity : SY_NO_RARITY};
  if (sy_day_of(e.start) + days > m->w->last_day) return;
  sy_stay_run(l, &e, b);
  if (rare)
    SY_TRUTH(k, SY_TRUTH_RARITIES, SW_LIT("newborn"), sw_str_of(mother->e.in->code), SW_LIT("admission"),
             sy_key_text(k, mother->e.in->index, l->patients[0].id, 1, 0), sy_own_id(k, l));
  plan_visits(l, mother->e.in->index);
  for (int i = 0; i < l->nevents; i++) {
    if (l->events[i].start <= e.start + (int64_t)(days + 1) * SY_DAY) continue;
    if (l->named && l->events[i].start > l->named && l->p.name.ptr != l->later_name.ptr) {
      l->p.name = l->later_name;
      for (int n = 0; n < l->npatients; n++) l->patients[n].name = l->later_name;
    }
    sy_visit(l, &l->events[i]);
  }
}
