/* Inpatient stays: what happens in one, from admission to the archived page. */
#include "base/date.h"
#include "synth/life.h"

#include <math.h>

enum { H_STAY = 900, H_LATE_PAGE, H_CORRECTED };

static const sy_dx *dx_of(const sy_stay *s, int i) { return &s->e.life->c->dx[s->dx[i]]; }

/* --- times and people -------------------------------------------------------------------------- */

static void set_times(sy_stay *s, const sy_event *ev) {
  sy_encounter *e = &s->e;
  int32_t in = sy_day_of(ev->start), out = in + ev->days;
  e->start = ev->start;
  if (ev->days == 0) {
    int64_t to = ev->start + 5 * 3600;
    e->end = sy_day_of(to) == in ? to : (int64_t)in * SY_DAY + 86340;
  } else {
    e->end = (int64_t)out * SY_DAY + 9 * 3600 + sw_rng_range(&e->rng, 0, 6 * 60) * 60;
  }
  s->days = ev->days < 1 ? 1 : ev->days;
  int32_t birth = e->life->p.b.birth;
  s->age_years = sw_age_years(birth, in);
  s->age_days = s->age_years == 0 ? in - birth : -1;
}

static void begin(sy_life *l, const sy_event *ev, sy_stay *s, sy_bill *bill) {
  const sy_content *c = l->c;
  sy_patient *pt = sy_patient_at(l, ev);
  pt->encounters++;
  pt->stays++;
  *s = (sy_stay){.rarity = ev->rarity, .admit_times = pt->stays, .injury = -1};
  s->e = (sy_encounter){.life = l, .k = l->k, .in = &l->w->inst[ev->inst], .pt = pt, .type = 'I', .number = pt->encounters,
                        .dx = ev->dx, .bill = bill, .positive = true, .payer = l->p.payer};
  sy_encounter *e = &s->e;
  e->rng = sw_rng_of(l->w->opt.seed, sy_hash(l->w, H_STAY, (uint64_t)pt->id, (uint64_t)e->number, (uint64_t)ev->inst));
  e->dept = e->in->dept_of[c->dx[ev->dx].dept];
  e->doctor = 1 + (int)sw_rng_below(&e->rng, SY_STAFF - 1);
  e->campus = 1 + (int)sw_rng_below(&e->rng, (uint64_t)e->in->campuses);
  s->record_no = sy_fmt(l->k, "%08lld", (long long)pt->id);
  set_times(s, ev);
}

/* --- diagnoses --------------------------------------------------------------------------------- */

/* Codes that rules forbid side by side, by category. */
static bool clash(const sy_dx *a, const sy_dx *b) {
  static const char *const PAIRS[][2] = {{"J44", "J18"}, {"J44", "J98"}, {"K72", "K70"}, {"K72", "B18"}, {"I11", "I12"}, {"I11", "I10"},
                                         {"I85", "K74"}, {"M51", "M54"}, {"K80", "K81"}, {"J44", "J20"}, {"I65", "I63"}, {"E11", "E10"},
                                         {"I50", "J81"}, {"I21", "I20"}, {"I21", "I25"}, {"K56", "K66"}, {"O24", "E11"}, {"K74", "K70"},
                                         {"J18", "J15"}, {"J18", "J98"}, {"J15", "J98"}, {"I20", "I25"}};
  if (memcmp(a->ins.ptr, b->ins.ptr, 3) == 0) return true;
  for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++)
    for (int swap = 0; swap < 2; swap++)
      if (memcmp(a->ins.ptr, PAIRS[i][swap], 3) == 0 && memcmp(b->ins.ptr, PAIRS[i][!swap], 3) == 0) return true;
  return false;
}

static bool may_have(const sy_stay *s, int dx) {
  const sy_dx *d = &s->e.life->c->dx[dx];
  const sy_person *p = &s->e.life->p;
  if ((d->sex && d->sex != p->b.sex) || s->age_years < d->age_lo || s->age_years > d->age_hi) return false;
  if ((d->flags & SY_NEWBORN) && (s->age_days < 0 || s->age_days > 28)) return false;
  if (s->age_days >= 0 && s->age_days <= 28 && !(d->flags & SY_NEWBORN)) return false;
  bool injured = dx_of(s, 0)->ins.ptr[0] == 'S' || dx_of(s, 0)->ins.ptr[0] == 'T';
  if ((d->ins.ptr[0] == 'S' || d->ins.ptr[0] == 'T') && !injured) return false;
  if (d->ins.ptr[0] == 'Z' || (d->ins.ptr[0] == 'O' && !(dx_of(s, 0)->flags & SY_PREGNANT))) return false;
  if (d->ins.ptr[0] == 'R' && s->age_years < 15) return false;
  return s->ndx < SY_MAX_DX;
}

static void put_dx(sy_stay *s, int dx, int condition) {
  s->dx[s->ndx] = dx;
  s->condition[s->ndx++] = condition;
}

static void add_dx(sy_stay *s, int dx) {
  if (dx < 0 || !may_have(s, dx)) return;
  for (int i = 0; i < s->ndx; i++)
    if (clash(dx_of(s, i), &s->e.life->c->dx[dx])) return;
  double u = sw_rng_unit(&s->e.rng);
  put_dx(s, dx, u < 0.86 ? 1 : u < 0.91 ? 2 : u < 0.94 ? 3 : 4);
}

static int find(const sy_stay *s, const char *ins) { return sy_find_dx(s->e.life->c, ins); }

static void birth_dx(sy_stay *s, bool caesarean) {
  bool is_delivery = dx_of(s, 0)->ins.ptr[1] == '8' && dx_of(s, 0)->ins.ptr[2] == '0';
  if (caesarean) put_dx(s, find(s, "O82.000"), 1);
  else if (!is_delivery) put_dx(s, find(s, "O80.000"), 1);
  put_dx(s, find(s, s->nbabies > 1 ? "Z37.200" : "Z37.000"), 4);
  if (sw_rng_chance(&s->e.rng, 0.3)) put_dx(s, find(s, caesarean ? "O99.000" : "O70.000"), 1);
}

static void set_diagnoses(sy_stay *s) {
  sy_encounter *e = &s->e;
  const sy_content *c = e->life->c;
  put_dx(s, e->dx, 1);
  const sy_dx *d = dx_of(s, 0);
  if (d->flags & (SY_BIRTH | SY_NEWBORN)) {
    for (int i = 0; i < d->nothers && (d->flags & SY_NEWBORN); i++)
      if (sw_rng_chance(&e->rng, 0.4)) add_dx(s, d->others[i]);
    return;
  }
  int want = (int)sw_rng_poisson(&e->rng, c->levels[e->in->level].other_dx * (s->age_years < 18 ? 0.5 : 1.1));
  if (want > 14) want = 14; /* wide pages hold sixteen */
  if (s->rarity == SY_R_40_DIAGNOSES) want = 39;
  if ((d->flags & SY_TREATS) && e->life->tumour >= 0) put_dx(s, e->life->tumour, 1);
  for (int i = 0; i < d->nothers && s->ndx <= want; i++)
    if (sw_rng_chance(&e->rng, 0.55)) add_dx(s, d->others[i]);
  for (int i = 0; i < e->life->p.nchronic && s->ndx <= want; i++) add_dx(s, e->life->p.chronic[i]);
  /* the rest from what elder inpatients usually have besides */
  for (int round = 0; s->ndx <= want && round < (s->rarity == SY_R_40_DIAGNOSES ? 4000 : 40); round++) {
    bool any = s->rarity == SY_R_40_DIAGNOSES || sw_rng_chance(&e->rng, 0.5);
    int dx = any ? c->ndiseases + (int)sw_rng_below(&e->rng, (uint64_t)(c->ndx - c->ndiseases))
                 : (int)sw_rng_below(&e->rng, (uint64_t)c->ndiseases);
    const sy_dx *x = &c->dx[dx];
    bool grave = x->ins.ptr[0] == 'C' || x->ins.ptr[0] == 'O' || x->notifiable >= 0 || x->flags & (SY_PSYCH | SY_INJURY);
    if (s->rarity == SY_R_40_DIAGNOSES ? x->ins.ptr[0] == 'C' || x->notifiable >= 0 : grave || (!any && !(x->flags & SY_CHRONIC))) continue;
    add_dx(s, dx);
  }
}

/* --- procedures -------------------------------------------------------------------------------- */

static void add_proc(sy_stay *s, int proc, int64_t start, int64_t end) {
  if (s->nprocs >= SY_MAX_PROCS) return;
  s->procs[s->nprocs++] = (sy_done_proc){proc, start, end, s->e.doctor, s->admit_way == 1};
}

static void do_procedure(sy_stay *s, int proc) {
  sy_encounter *e = &s->e;
  const sy_content *c = e->life->c;
  const sy_proc *p = &c->procs[proc];
  int64_t minutes = (int64_t)((double)p->minutes * (0.75 + 0.5 * sw_rng_unit(&e->rng)));
  int64_t wait = s->admit_way == 1 ? 2 * 3600 : SY_DAY, from = e->start + wait, latest = e->end - minutes * 60 - 3600;
  if (wait == SY_DAY) from = from / SY_DAY * SY_DAY + sw_rng_range(&e->rng, 8, 15) * 3600;
  if (from > latest) from = latest;
  if (from < e->start + 1800) from = e->start + 1800;
  int64_t to = from + minutes * 60;
  if (to > e->end - 1800) to = e->end - 1800 > from ? e->end - 1800 : from + 600;
  if (s->rarity == SY_R_EARLY_SURGERY) from = e->start - 3 * 3600, to = from + minutes * 60; /* operated before the papers */
  from = sy_round_minutes(from);
  to = sy_round_minutes(to);
  add_proc(s, proc, from, to);
  for (int i = 0; i < p->nadds; i++) add_proc(s, p->adds[i], from, to);
  if (sw_str_eqz(p->key, "p_vent") || sw_str_eqz(p->key, "p_vent24")) s->vent_minutes = (int)((to - from) / 60);
}

static void set_procedures(sy_stay *s) {
  sy_encounter *e = &s->e;
  const sy_dx *d = dx_of(s, 0);
  bool newborn_machine = (d->flags & SY_NEWBORN) && d->nprocs;
  if (!d->nprocs || !(sw_rng_chance(&e->rng, d->surgery) || d->flags & (SY_BIRTH | SY_REHAB | SY_TCM) || newborn_machine || s->rarity == SY_R_EARLY_SURGERY)) return;
  if (s->rarity == SY_R_REHABILITATION) return;
  bool caesarean = d->flags & SY_BIRTH && sw_rng_chance(&e->rng, d->surgery);
  int proc = d->procs[sw_rng_pick(&e->rng, d->proc_cum, (size_t)d->nprocs)];
  if (d->flags & SY_BIRTH) {
    birth_dx(s, caesarean);
    proc = sy_find_proc(e->life->c, caesarean ? "p_cs" : "p_deliv");
  }
  if (sw_str_eqz(e->life->c->procs[proc].key, "p_vent") && s->days < 6) proc = sy_find_proc(e->life->c, "p_vent24");
  do_procedure(s, proc);
  if (sw_str_eqz(e->life->c->procs[proc].key, "p_vent") && s->vent_minutes < 96 * 60) { /* the code says at least 96 hours */
    s->procs[0].end = s->procs[0].start + 100 * 3600;
    s->vent_minutes = 100 * 60;
  }
}

/* --- course ------------------------------------------------------------------------------------ */

static void set_course(sy_stay *s) {
  sy_encounter *e = &s->e;
  const sy_dx *d = dx_of(s, 0);
  double u = sw_rng_unit(&e->rng);
  s->died = s->rarity < 0 && !(d->flags & (SY_BIRTH | SY_DAYCASE)) &&
            sw_rng_chance(&e->rng, d->death * (s->age_years > 75 ? 2.6 : 1.5) * (e->in->level == 3 ? 1.0 : 0.8));
  if (d->flags & SY_NEWBORN && !s->e.life->p.sub) s->died = false;
  s->discharge_way = s->died ? 5 : u < 0.012 ? 2 : u < 0.02 ? 3 : u < 0.05 ? 4 : 1;
  if (s->rarity >= 0) s->discharge_way = 1;
  s->autopsy = s->died && sw_rng_chance(&e->rng, 0.03);
  if (s->died) e->life->died = sy_day_of(e->end);
  s->icu = e->in->level >= 2 && s->days >= 3 && s->rarity < 0 && s->age_years > 0 && (s->died ? sw_rng_chance(&e->rng, 0.7) : sw_rng_chance(&e->rng, 0.012));
  if (s->icu) {
    s->icu_from = e->start + 3600;
    s->icu_to = s->icu_from + sw_rng_range(&e->rng, 20, 24 * (s->days > 5 ? 4 : s->days - 1)) * 3600;
  }
  if ((d->flags & SY_HEAD) && d->ins.ptr[0] == 'S') {
    s->coma[2] = (int)sw_rng_range(&e->rng, 0, 40);
    s->coma[4] = s->died ? 6 : 0;
  }
  if (d->flags & SY_INJURY) {
    const sy_content *c = e->life->c;
    double x = sw_rng_unit(&e->rng) * c->injuries[c->ninjuries - 1].cum;
    for (s->injury = 0; c->injuries[s->injury].cum <= x; s->injury++) {}
  }
  s->allergy = sw_rng_chance(&e->rng, 0.07) ? 1 + (int)sw_rng_below(&e->rng, 3) : 0;
  if (d->morphology[0]) s->pathology_no = sy_fmt(e->k, "B%lld-%03d", (long long)e->pt->id, e->number);
}

static void set_admission(sy_stay *s) {
  sy_encounter *e = &s->e;
  const sy_dx *d = dx_of(s, 0);
  bool night = e->start / 3600 % 24 < 8 || e->start / 3600 % 24 >= 17;
  double u = sw_rng_unit(&e->rng);
  s->admit_way = d->flags & SY_NEWBORN ? 9 : night || u < d->emergency * 0.6 || s->rarity == SY_R_EARLY_SURGERY || s->rarity == SY_R_UNKNOWN ? 1 : u > 0.985 ? 3 : 2;
  bool campuses = e->in->campuses > 1 && s->days >= 4;
  if (s->rarity == SY_R_CAMPUSES || (campuses && sw_rng_chance(&e->rng, 0.015))) s->to_campus = e->campus % e->in->campuses + 1;
  if (s->to_campus && e->in->campuses < 2) s->to_campus = 0;
  s->from_dept = e->dept;
  if (s->to_campus || (s->days >= 4 && s->rarity < 0 && !(d->flags & (SY_NEWBORN | SY_BIRTH)) && sw_rng_chance(&e->rng, 0.05))) {
    const sy_content *c = e->life->c;
    for (int round = 0; round < 30 && s->from_dept == e->dept; round++) {
      int k = (int)sw_rng_below(&e->rng, (uint64_t)c->ndepts);
      sw_str code = c->depts[k].code;
      bool suits = c->depts[k].kind == 'w' && c->depts[k].level <= e->in->level && sw_str_starts(code, SW_LIT("03"));
      if (suits) s->from_dept = k;
    }
    s->moved_at = sy_round_minutes(e->start + (int64_t)s->days * SY_DAY / 3);
  }
}

static void set_babies(sy_stay *s) {
  sy_encounter *e = &s->e;
  if (!(dx_of(s, 0)->flags & SY_BIRTH)) return;
  s->nbabies = s->rarity == SY_R_TWINS || (s->rarity < 0 && sw_rng_chance(&e->rng, 0.015)) ? 2 : 1;
  for (int i = 0; i < s->nbabies; i++) {
    double grams = 3250 + 420 * sw_rng_normal(&e->rng) - (s->nbabies > 1 ? 700 : 0);
    int weight = (int)(grams / 10) * 10;
    int sex = sw_rng_chance(&e->rng, 0.52) ? 1 : 2;
    if (s->rarity == SY_R_TWINS) sex = 2;
    if (s->rarity == SY_R_WELL_NEWBORN) sex = 1, weight = 3400;
    s->babies[i] = (sy_baby){.sex = sex, .weight = weight < 1500 ? 1500 : weight > 4400 ? 4400 : weight, .order = s->nbabies > 1 ? i + 1 : 0};
  }
}

static void set_archiving(sy_stay *s) {
  sy_encounter *e = &s->e;
  uint64_t a = (uint64_t)e->pt->id, b = (uint64_t)e->number, c = (uint64_t)e->in->index;
  bool late = sy_fault_chance(e->life->w, 0.05, H_LATE_PAGE, a, b, c);
  int wait = late ? 8 + (int)sw_rng_below(&e->rng, 25) : 1 + (int)sw_rng_below(&e->rng, 6);
  s->archived = ((int64_t)sy_day_of(e->end) + wait) * SY_DAY + 16 * 3600 + (int64_t)sw_rng_below(&e->rng, 3600);
  if (sy_chance(e->life->w, 0.03, H_CORRECTED, a, b, c) && s->rarity < 0)
    s->corrected = s->archived + (int64_t)(3 + sw_rng_below(&e->rng, 25)) * SY_DAY;
}

/* --- the rows that every stay has ---------------------------------------------------------------- */

static void emit_movement(sy_stay *s, int seq, int type, int dept, int campus, int64_t from, int64_t to) {
  sy_encounter *e = &s->e;
  char text[12];
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_BED_MOVEMENT);
  sy_putk(r, SY_C_BED_MOVEMENT_MOVEMENT_ID, e->pt->id, e->number, seq);
  sy_putk(r, SY_C_BED_MOVEMENT_CASE_ID, e->pt->id, e->number, 0);
  sy_putk(r, SY_C_BED_MOVEMENT_PATIENT_ID, e->pt->id, 0, 0);
  sy_puti(r, SY_C_BED_MOVEMENT_SEQ, seq);
  sy_put_code(r, SY_C_BED_MOVEMENT_MOVE_TYPE, type, text);
  sy_put(r, SY_C_BED_MOVEMENT_DEPT_CODE, e->in->depts[dept].code);
  sy_put(r, SY_C_BED_MOVEMENT_WARD, sy_fmt(e->k, "%.*s病区", SW_STR_ARG(e->in->depts[dept].name)));
  sy_put(r, SY_C_BED_MOVEMENT_BED_NO, sy_fmt(e->k, "%02d", (int)(sy_hash(e->life->w, H_STAY, (uint64_t)e->pt->id, (uint64_t)from, 3) % 48) + 1));
  sy_put(r, SY_C_BED_MOVEMENT_CAMPUS_CODE, sy_fmt(e->k, "%s-%d", e->in->code, campus));
  sy_puti(r, SY_C_BED_MOVEMENT_BEGIN_TIME, from);
  sy_puti(r, SY_C_BED_MOVEMENT_END_TIME, to);
  r->patient = e->pt->id;
  sy_when when = sy_once(sy_day_of(from));
  sy_emit(e->k, r, &when);
}

static void emit_movements(sy_stay *s) {
  sy_encounter *e = &s->e;
  if (!s->moved_at) {
    emit_movement(s, 1, 1, e->dept, e->campus, e->start, e->end);
    return;
  }
  emit_movement(s, 1, 1, s->from_dept, e->campus, e->start, s->moved_at);
  emit_movement(s, 2, s->to_campus ? 3 : 2, e->dept, s->to_campus ? s->to_campus : e->campus, s->moved_at, e->end);
}

static void emit_notes(sy_stay *s) {
  sy_encounter *e = &s->e;
  sy_emit_note(e, 2, "入院记录", -1, e->start + 4 * 3600);
  sy_emit_note(e, 3, "首次病程记录", -1, e->start + 2 * 3600);
  if (s->days >= 3) sy_emit_note(e, 4, "日常病程记录", -1, e->start + 2 * SY_DAY);
  if (s->days >= 8) sy_emit_note(e, 4, "日常病程记录", -1, e->start + 7 * SY_DAY);
  for (int i = 0; i < s->nprocs; i++)
    if (e->life->c->procs[s->procs[i].proc].kind == 4 && e->life->c->procs[s->procs[i].proc].minutes)
      sy_emit_note(e, 5, "手术记录", s->procs[i].proc, s->procs[i].end + 1800);
  sy_emit_note(e, s->died ? 7 : 6, s->died ? "死亡记录" : "出院记录", -1, e->end);
}

static void emit_rows(sy_stay *s) {
  sy_encounter *e = &s->e;
  emit_movements(s);
  sy_emit_diagnosis(e, s->dx[0], 2, true, e->start + 3600);
  for (int i = 0; i < s->ndx; i++) sy_emit_diagnosis(e, s->dx[i], 3, i == 0, e->end);
  for (int i = 0; i < s->nprocs; i++) sy_emit_operation(s, i);
  if (s->pathology_no.len) sy_emit_pathology(s);
  emit_notes(s);
  if (s->died) sy_emit_death_card(s);
  for (int i = 0; i < s->ndx; i++) sy_report_infection(e, s->dx[i]);
}

static int group_of(const sy_dx *d) {
  sw_str c = d->ins;
  int n = (c.ptr[1] - '0') * 10 + c.ptr[2] - '0';
  if (c.ptr[0] == 'I' && n == 63) return 0;
  if (c.ptr[0] == 'I' && (n == 20 || n == 25)) return 1;
  if (c.ptr[0] == 'J' && n >= 12 && n <= 18) return 2;
  if (sw_str_starts(c, SW_LIT("Z51.1"))) return 3;
  if (c.ptr[0] == 'S' && c.ptr[2] == '2' && n != 83) return 4;
  if (d->flags & SY_BIRTH) return 5;
  if (c.ptr[0] == 'E' && n == 11) return 6;
  if (c.ptr[0] == 'J' && n == 44) return 7;
  if (c.ptr[0] == 'H' && (n == 25 || n == 26)) return 8;
  if (c.ptr[0] == 'K' && n == 80) return 9;
  return c.ptr[0] == 'M' && n == 51 ? 10 : 11;
}

static int block_of(const sy_content *c, const sy_dx *d) {
  sw_str code = c->depts[d->dept].code;
  int n = (code.ptr[0] - '0') * 10 + code.ptr[1] - '0';
  return n == 3 ? 0 : n == 4 ? 1 : n == 5 ? 2 : n == 7 ? 3 : n == 50 || n == 21 ? 4 : n == 19 ? 5 : 6;
}

static void count(sy_stay *s) {
  sy_sums *m = &s->e.k->sums;
  const sy_encounter *e = &s->e;
  int level = e->in->level;
  bool surgical = false;
  for (int i = 0; i < s->nprocs; i++) surgical |= e->life->c->procs[s->procs[i].proc].kind >= 3;
  m->stays++;
  m->deaths += s->died;
  m->surgical += surgical;
  m->emergency += s->admit_way == 1;
  m->level_stays[level]++;
  m->level_days[level] += s->days;
  m->level_cost[level] += e->bill->total;
  m->level_dx[level] += s->ndx;
  m->level_chemo[level] += group_of(dx_of(s, 0)) == 3;
  m->group[group_of(dx_of(s, 0))]++;
  m->block[block_of(e->life->c, dx_of(s, 0))]++;
  m->dx_histogram[s->ndx < 48 ? s->ndx : 47]++;
  if (dx_of(s, 0)->flags & SY_BIRTH) {
    m->deliveries++;
    m->caesareans += sw_str_eqz(e->life->c->procs[s->procs[0].proc].key, "p_cs");
  }
  m->stay_cost += e->bill->total;
  m->drug_cost += e->bill->drugs;
  m->material_cost += e->bill->materials;
  m->test_cost += e->bill->tests;
  char p = e->payer.ptr[0], q = e->payer.len > 2 ? e->payer.ptr[2] : '1';
  m->payer[p == '7' ? 2 : q == '2' ? 3 : p == '1' ? 1 : 0]++;
}

void sy_stay_run(sy_life *l, const sy_event *ev, const sy_baby *as_baby) {
  sy_bill *bill = sw_arena_alloc(&l->k->arena, sizeof *bill);
  sy_stay *s = sw_arena_alloc(&l->k->arena, sizeof *s);
  if (!bill || !s) return;
  begin(l, ev, s, bill);
  if (as_baby) s->birth_weight = s->weight = as_baby->weight;
  else if (s->age_days >= 0 && s->age_days <= 28) s->birth_weight = s->weight = 2800 + (int)sw_rng_below(&s->e.rng, 100) * 10;
  if (ev->rarity == SY_R_UNKNOWN) sy_register_unknown(l, s->e.pt, ev->start - 600);
  s->dx[0] = ev->dx; /* read by set_babies before the list is made */
  set_babies(s);
  set_diagnoses(s);
  set_admission(s);
  set_procedures(s);
  set_course(s);
  for (int i = 0; i < s->nbabies; i++) s->babies[i].born = s->procs[0].end;
  set_archiving(s);
  sy_stay_fees(s);
  sy_settle_stay(s);
  sy_emit_bill(&s->e);
  emit_rows(s);
  sy_front_page(s);
  sy_settlement_lists(s);
  count(s);
  SW_VEC_FREE(&bill->lines);
  for (int i = 0; i < s->nbabies; i++) sy_born(s, i);
}
