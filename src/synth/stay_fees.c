/* What a stay costs: beds, care, tests, operations and drugs are charged as they happen; what is then missing to the
 * disease's usual cost is spread over drugs, materials and treatment in the shares that are usual. */
#include "base/date.h"
#include "synth/life.h"

#include <math.h>

static int item(const sy_stay *s, const char *key) { return sy_find_item(s->e.life->c, key); }
static const sy_dx *main_dx(const sy_stay *s) { return &s->e.life->c->dx[s->dx[0]]; }

static bool without_drugs(const sy_stay *s) { return s->rarity == SY_R_PSYCHIATRY || s->rarity == SY_R_REHABILITATION; }

/* Daily charges, in lines of at most a week. */
static void charge_days(sy_stay *s, int what, int64_t per_day_milli) {
  sy_encounter *e = &s->e;
  for (int from = 0; from < s->days; from += 7) {
    int n = s->days - from < 7 ? s->days - from : 7;
    int64_t at = e->start + (int64_t)from * SY_DAY + 3600;
    sy_charge(e, what, n * per_day_milli, at > e->end ? e->end : at);
  }
}

static void hotel(sy_stay *s) {
  bool newborn = main_dx(s)->flags & SY_NEWBORN;
  charge_days(s, item(s, "bed2"), newborn ? 500 : 1000);
  charge_days(s, item(s, "day_fee"), 1000);
  charge_days(s, item(s, s->icu || s->age_years > 80 ? "nurse1" : "nurse2"), 1000);
  if (!s->icu) return;
  int64_t hours = (s->icu_to - s->icu_from) / 3600;
  sy_charge(&s->e, item(s, "bed_icu"), (hours / 24 + 1) * 1000, s->icu_from);
  sy_charge(&s->e, item(s, "nurse0"), hours * 1000, s->icu_from);
  sy_charge(&s->e, item(s, "monitor"), hours * 1000, s->icu_from);
}

static int64_t on_day(const sy_stay *s, int day) {
  int64_t t = s->e.start + (int64_t)day * SY_DAY + 2 * 3600;
  return t < s->e.end ? t : s->e.start + 1800;
}

static void tests(sy_stay *s) {
  sy_encounter *e = &s->e;
  const sy_dx *d = main_dx(s);
  if (without_drugs(s) || d->flags & SY_PSYCH) return;
  for (int i = 0; i < d->npanels; i++)
    for (int day = 0; day <= s->days && day < 60; day += i < 2 ? 7 : 15) {
      sy_charge(e, d->panels[i], 1000, on_day(s, day));
      sy_emit_panel(e, d->panels[i], on_day(s, day));
      sy_emit_order(e, d->panels[i], 'L', on_day(s, day), on_day(s, day));
    }
  sy_charge(e, item(s, "mat_c"), 1000 * (1 + s->days / 5), on_day(s, 0));
  for (int i = 0; i < d->nexams; i++) {
    int64_t at = on_day(s, i % 2);
    sy_charge(e, d->exams[i], 1000, at);
    sy_emit_exam(e, d->exams[i], at);
    sy_emit_order(e, d->exams[i], 'E', at, at);
  }
  if (d->morphology[0]) {
    sy_charge(e, item(s, "path_r"), 1000, on_day(s, 1));
    if (d->morphology[strlen(d->morphology) - 1] == '3') sy_charge(e, item(s, "path_ihc"), 4000, on_day(s, 1));
  }
}

static void anaesthesia(sy_stay *s, const sy_proc *p, const sy_done_proc *d) {
  if (!p->anaesthesia.len || !p->minutes) return;
  bool local = sw_str_starts(p->anaesthesia, SW_LIT("03")), general = sw_str_starts(p->anaesthesia, SW_LIT("01"));
  bool spinal = sw_str_starts(p->anaesthesia, SW_LIT("0201"));
  int64_t hours = (d->end - d->start) / 1800; /* halves */
  sy_charge(&s->e, item(s, local ? "an_lo" : general ? "an_ga" : spinal ? "an_sp" : "an_nb"), local ? 1000 : (hours < 2 ? 2 : hours) * 500, d->start);
}

static void operations(sy_stay *s) {
  sy_encounter *e = &s->e;
  const sy_content *c = e->life->c;
  for (int i = 0; i < s->nprocs; i++) {
    const sy_proc *p = &c->procs[s->procs[i].proc];
    if (p->fee > 0) sy_charge(e, c->first_proc + s->procs[i].proc, 1000, s->procs[i].start);
    anaesthesia(s, p, &s->procs[i]);
    const char *material = p->kind >= 3 ? p->material > 1500 ? "mat_p" : "mat_o" : p->kind == 1 ? "mat_e" : "mat_k";
    sy_charge_priced(e, item(s, material), p->material * (0.9 + 0.2 * sw_rng_unit(&e->rng)), s->procs[i].start);
    if (p->kind == 4 && p->level == 4 && sw_rng_chance(&e->rng, 0.25)) sy_charge(e, item(s, "blood"), 2000, s->procs[i].start);
  }
}

static void rehabilitation(sy_stay *s) {
  const sy_dx *d = main_dx(s);
  if (d->flags & SY_REHAB) {
    charge_days(s, item(s, "rehab_f"), 1000);
    charge_days(s, item(s, "phys"), 1000);
  }
  if (d->flags & SY_TCM) charge_days(s, item(s, "acup_f"), 1000);
  if (d->flags & SY_PSYCH) charge_days(s, item(s, "psy_f"), s->days > 20 ? 400 : 700);
}

static void give_drug(sy_stay *s, int drug, double yuan) {
  sy_encounter *e = &s->e;
  double price = e->life->c->items[drug].price;
  int64_t n = llround(yuan / price);
  if (n < 1) n = 1;
  /* dispensed in two portions, so that a line is not one for the whole stay */
  int64_t first = n > 3 ? n / 2 : n;
  sy_charge(e, drug, first * 1000, on_day(s, 0));
  if (n > first) sy_charge(e, drug, (n - first) * 1000, on_day(s, s->days / 2));
  sy_emit_order(e, drug, 'D', on_day(s, 0), e->end);
}

static void drugs(sy_stay *s, double yuan) {
  const sy_content *c = s->e.life->c;
  const sy_dx *d = main_dx(s);
  static const char *const SOLVENT[] = {"saline", "gluco5"};
  int list[SY_MAX_LIST + 2], n = 0;
  for (int i = 0; i < d->ndrugs; i++) list[n++] = d->drugs[i];
  if (!(d->flags & SY_NEWBORN)) list[n++] = item(s, SOLVENT[s->e.number % 2]);
  if (s->days > 5 && sw_rng_chance(&s->e.rng, 0.35)) list[n++] = item(s, "tcm1");
  for (int i = 0; i < n && yuan > 0; i++) {
    double share = yuan / n;
    bool saline = c->items[list[i]].price < 4;
    give_drug(s, list[i], saline ? fmin(share, s->days * 12.0) : share);
  }
  if (d->flags & SY_TCM && s->days > 1) sy_charge(&s->e, item(s, "herb"), s->days * 500, on_day(s, 1));
}

/* Tests are repeated until they are their usual share of what is left to spend. */
static void repeat_tests(sy_stay *s, double yuan) {
  sy_encounter *e = &s->e;
  const sy_dx *d = main_dx(s);
  for (int i = 0; i < 8 && (double)e->bill->tests / 100 < yuan; i++) {
    int64_t at = on_day(s, 1 + i * s->days / 8);
    bool exam = d->nexams && i % 2 == 1; /* dearer, and few rows */
    if (!exam && !d->npanels) return;
    int what = exam ? d->exams[i / 2 % d->nexams] : d->panels[i % d->npanels];
    sy_charge(e, what, 1000, at);
    if (exam) sy_emit_exam(e, what, at);
    else sy_emit_panel(e, what, at);
    sy_emit_order(e, what, exam ? 'E' : 'L', at, at);
  }
}

/* What is missing to the target: tests, drugs, materials, treatment. */
static void fill(sy_stay *s, double target) {
  sy_encounter *e = &s->e;
  bool operated = s->nprocs && e->life->c->procs[s->procs[0].proc].kind >= 3;
  double rest = target - (double)e->bill->total / 100;
  if (rest > 0) repeat_tests(s, (double)e->bill->tests / 100 + rest * (operated ? 0.45 : 0.50));
  rest = target - (double)e->bill->total / 100;
  if (rest < 60) rest = 60 + 4 * s->days;
  drugs(s, rest * 0.60);
  sy_charge(e, item(s, "inj_iv"), s->days * 1000, on_day(s, 0));
  sy_charge(e, item(s, "mat_i"), s->days * 1000, on_day(s, 0));
  double materials = rest * 0.20 / e->life->c->items[item(s, "mat_k")].price;
  sy_charge(e, item(s, "mat_k"), (materials < 1 ? 1 : llround(materials)) * 1000, on_day(s, s->days / 3));
  double treat = rest * 0.20 / (e->life->c->items[item(s, "treat")].price * e->in->price);
  if (treat >= 1) sy_charge(e, item(s, "treat"), llround(treat) * 1000, on_day(s, s->days / 2));
  if (sw_rng_chance(&e->rng, 0.3)) sy_charge(e, item(s, "oxy"), s->days * 4000, on_day(s, 0));
}

void sy_stay_fees(sy_stay *s) {
  if (s->rarity == SY_R_ZERO_FEE) return; /* admitted and sent on: the hospital waived it */
  sy_encounter *e = &s->e;
  const sy_world *w = e->life->w;
  const sy_dx *d = main_dx(s);
  double mean_days = d->los * w->los_factor[e->in->level];
  double target = d->cost * w->cost_factor[e->in->level] * pow(fmax(s->days, 0.5) / mean_days, 0.55);
  target *= sw_rng_lognormal(&e->rng, exp(-0.06), 0.35) * (s->died || s->icu ? 1.9 : 1.0);
  hotel(s);
  tests(s);
  operations(s);
  rehabilitation(s);
  if (!without_drugs(s)) fill(s, target);
  else if (s->rarity == SY_R_REHABILITATION) sy_charge(e, item(s, "rehab_o"), s->days * 1000, on_day(s, 1));
  if (d->flags & SY_PSYCH && s->rarity != SY_R_PSYCHIATRY) sy_charge(e, item(s, "zopi"), 1000 * (1 + s->days / 6), on_day(s, 1));
  /* a few lines are charged by mistake and reversed */
  size_t n = e->bill->lines.len;
  for (size_t i = 0; i < n; i++)
    if (sw_rng_chance(&e->rng, 0.004)) {
      sy_fee f = e->bill->lines.items[i]; /* a copy: charging moves the lines */
      sy_charge(e, f.item, 1000, f.time);
      sy_reverse(e, (int)e->bill->lines.len, f.time + 1800 < e->end ? f.time + 1800 : e->end);
    }
}
