/* Infectious disease cards and death cards. */
#include "base/date.h"
#include "synth/life.h"

enum { H_CARD = 800, H_LATE };

static const char *population(const sy_life *l, int age) {
  if (age < 3) return "2";
  if (age < 6) return "1";
  if (age < 18) return "3";
  if (sw_str_eqz(l->p.occupation, "27")) return "18";
  if (sw_str_eqz(l->p.occupation, "80")) return "23";
  if (sw_str_eqz(l->p.occupation, "24")) return "16";
  return sw_str_eqz(l->p.occupation, "70") ? "24" : "22";
}

/* Rate and degree: nearly all in time; some late; few never. Without faults all are in time. */
static const char *state_of(const sy_encounter *e, int dx, int hours, int64_t diagnosed, int64_t *reported) {
  const sy_world *w = e->life->w;
  uint64_t a = (uint64_t)e->pt->id, b = (uint64_t)e->number, c = (uint64_t)dx;
  int64_t limit = (int64_t)hours * 3600;
  *reported = diagnosed + 600 + (int64_t)(sy_hash(w, H_CARD, a, b, c) % (uint64_t)(limit * 7 / 10));
  if (sy_fault_chance(w, 0.05, H_LATE, a, b, c)) return "unreported";
  if (!sy_fault_chance(w, 0.09, H_LATE, a, b, c + 1000)) return "on_time";
  *reported = diagnosed + limit + 600 + (int64_t)(sy_hash(w, H_CARD, a, b, c + 7) % (uint64_t)(5 * SY_DAY));
  return "late";
}

static void put_card(sy_encounter *e, int dx, int64_t diagnosed, int64_t reported, bool late) {
  const sy_life *l = e->life;
  const sy_dx *d = &l->c->dx[dx];
  const sy_notifiable *n = &l->c->notifiable[d->notifiable];
  int age = sw_age_years(l->p.b.birth, sy_day_of(e->start));
  char text[12];
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_INFECTIOUS_CARD);
  sy_putk(r, SY_C_INFECTIOUS_CARD_CARD_ID, e->pt->id, e->number, dx + 1);
  sy_putk(r, SY_C_INFECTIOUS_CARD_PATIENT_ID, e->pt->id, 0, 0);
  sy_putk(r, SY_C_INFECTIOUS_CARD_ENCOUNTER_ID, e->pt->id, e->number, 0);
  sy_putz(r, SY_C_INFECTIOUS_CARD_ENCOUNTER_TYPE, e->type == 'O' ? "O" : "I");
  sy_put(r, SY_C_INFECTIOUS_CARD_NAME, e->pt->name);
  if (age <= 14) sy_put(r, SY_C_INFECTIOUS_CARD_PARENT_NAME, l->p.contact_name);
  sy_put(r, SY_C_INFECTIOUS_CARD_ID_NO, e->pt->id_no.len ? e->pt->id_no : SW_LIT("-"));
  sy_puti(r, SY_C_INFECTIOUS_CARD_SEX, l->p.b.sex);
  sy_puti(r, SY_C_INFECTIOUS_CARD_BIRTH_DATE, l->p.b.birth);
  sy_put(r, SY_C_INFECTIOUS_CARD_PHONE, l->p.phone);
  sy_put(r, SY_C_INFECTIOUS_CARD_EMPLOYER, l->p.employer);
  sy_putz(r, SY_C_INFECTIOUS_CARD_BELONGS, !l->c->divisions[l->p.division].home ? "3" : e->in->index % 2 ? "2" : "1");
  sy_put(r, SY_C_INFECTIOUS_CARD_ADDRESS, l->p.address);
  sy_put(r, SY_C_INFECTIOUS_CARD_DIVISION_CODE, l->c->divisions[l->p.division].code);
  sy_putz(r, SY_C_INFECTIOUS_CARD_POPULATION, population(l, age));
  sy_put_code(r, SY_C_INFECTIOUS_CARD_CASE_CLASS1, n->class1, text);
  sy_putz(r, SY_C_INFECTIOUS_CARD_CASE_CLASS2, n->once ? "2" : "0");
  sy_puti(r, SY_C_INFECTIOUS_CARD_ONSET_DATE, sy_day_of(diagnosed) - (int32_t)sw_rng_range(&e->rng, 0, 5));
  sy_puti(r, SY_C_INFECTIOUS_CARD_DIAGNOSED_AT, diagnosed);
  sy_put(r, SY_C_INFECTIOUS_CARD_DISEASE_CODE, n->code);
  sy_put(r, SY_C_INFECTIOUS_CARD_DISEASE_NAME, n->disease);
  sy_put(r, SY_C_INFECTIOUS_CARD_ICD_CODE, d->clin);
  sy_putz(r, SY_C_INFECTIOUS_CARD_CORRECTION, "1");
  sy_put(r, SY_C_INFECTIOUS_CARD_DOCTOR_CODE, sy_staff_of(e->in, e->dept, e->doctor)->code);
  sy_puti(r, SY_C_INFECTIOUS_CARD_FILLED_AT, reported - 300);
  sy_puti(r, SY_C_INFECTIOUS_CARD_REPORTED_AT, reported);
  sy_puti(r, SY_C_INFECTIOUS_CARD_REVIEWED_AT, reported + 3600);
  r->patient = e->pt->id;
  if (late) sy_mark_column(r, SY_C_INFECTIOUS_CARD_REPORTED_AT, "infectious_late", sy_time_text(e->k, diagnosed + (int64_t)n->hours * 3600));
  sy_when when = sy_once(sy_day_of(reported - 300));
  sy_emit(e->k, r, &when);
}

void sy_report_infection(sy_encounter *e, int dx) {
  sy_life *l = e->life;
  const sy_dx *d = &l->c->dx[dx];
  if (d->notifiable < 0) return;
  const sy_notifiable *n = &l->c->notifiable[d->notifiable];
  int64_t diagnosed = sy_round_minutes(e->start + (e->type == 'I' ? 6 * 3600 : 900)), reported = 0;
  if (diagnosed > e->end) diagnosed = sy_round_minutes(e->end);
  bool again = n->once && (l->reported >> d->notifiable & 1);
  const char *state = again ? "reported_before" : state_of(e, dx, n->hours, diagnosed, &reported);
  bool unseen = strcmp(state, "unreported") == 0;
  l->reported |= UINT64_C(1) << d->notifiable;
  if (!again && !unseen && sy_day_of(reported) > l->w->last_day) state = "not_yet";
  bool card = !again && !unseen;
  SY_TRUTH(e->k, SY_TRUTH_INFECTIOUS, sw_str_of(e->in->code), sy_key_text(e->k, e->in->index, e->pt->id, 0, 0), sy_own_id(e->k, l), sy_enc_key(e),
           e->type == 'O' ? SW_LIT("O") : SW_LIT("I"), d->ins, n->code, n->disease, sy_time_text(e->k, diagnosed), sy_fmt(e->k, "%d", n->hours),
           sy_time_text(e->k, diagnosed + (int64_t)n->hours * 3600), card ? sy_time_text(e->k, reported) : SW_LIT(""), sw_str_of(state),
           card ? sy_key_text(e->k, e->in->index, e->pt->id, e->number, dx + 1) : SW_LIT(""));
  if (card) put_card(e, dx, diagnosed, reported, strcmp(state, "late") == 0);
}

void sy_emit_death_card(sy_stay *s) {
  sy_encounter *e = &s->e;
  const sy_life *l = e->life;
  const sy_dx *main_dx = &l->c->dx[s->dx[0]];
  int arrest = sy_find_dx(l->c, "I46.900");
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_DEATH_CARD);
  sy_putk(r, SY_C_DEATH_CARD_CARD_ID, e->pt->id, e->number, 1);
  sy_putk(r, SY_C_DEATH_CARD_PATIENT_ID, e->pt->id, 0, 0);
  sy_putk(r, SY_C_DEATH_CARD_CASE_ID, e->pt->id, e->number, 0);
  sy_put(r, SY_C_DEATH_CARD_NAME, l->p.name);
  sy_puti(r, SY_C_DEATH_CARD_SEX, l->p.b.sex);
  sy_puti(r, SY_C_DEATH_CARD_BIRTH_DATE, l->p.b.birth);
  sy_put(r, SY_C_DEATH_CARD_ID_NO, l->p.id_no.len ? l->p.id_no : SW_LIT("-"));
  sy_put(r, SY_C_DEATH_CARD_ADDRESS, l->p.address);
  sy_put(r, SY_C_DEATH_CARD_DIVISION_CODE, l->c->divisions[l->p.division].code);
  sy_puti(r, SY_C_DEATH_CARD_DEATH_TIME, e->end);
  sy_putz(r, SY_C_DEATH_CARD_PLACE, "1");
  sy_put(r, SY_C_DEATH_CARD_CAUSE_A, arrest >= 0 ? l->c->dx[arrest].name : main_dx->name);
  sy_put(r, SY_C_DEATH_CARD_CAUSE_A_CODE, arrest >= 0 ? l->c->dx[arrest].clin : main_dx->clin);
  sy_putz(r, SY_C_DEATH_CARD_INTERVAL_A, "30分钟");
  sy_put(r, SY_C_DEATH_CARD_CAUSE_B, main_dx->name);
  sy_put(r, SY_C_DEATH_CARD_CAUSE_B_CODE, main_dx->clin);
  sy_put(r, SY_C_DEATH_CARD_UNDERLYING, main_dx->name);
  sy_put(r, SY_C_DEATH_CARD_UNDERLYING_CODE, main_dx->clin);
  sy_put(r, SY_C_DEATH_CARD_DOCTOR_CODE, sy_staff_of(e->in, e->dept, e->doctor)->code);
  sy_puti(r, SY_C_DEATH_CARD_FILLED_AT, e->end + 3600);
  sy_puti(r, SY_C_DEATH_CARD_REPORTED_AT, e->end + 20 * 3600);
  r->patient = e->pt->id;
  sy_when when = sy_once(sy_day_of(e->end + 20 * 3600));
  sy_emit(e->k, r, &when);
}
