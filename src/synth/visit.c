/* Outpatient and emergency visits. */
#include "base/date.h"
#include "synth/life.h"

#include <math.h>

enum { H_VISIT = 700, H_DEPT };

static void begin(sy_life *l, const sy_event *ev, sy_encounter *e, sy_bill *bill) {
  const sy_content *c = l->c;
  sy_patient *pt = sy_patient_at(l, ev);
  pt->encounters++;
  *e = (sy_encounter){.life = l, .k = l->k, .in = &l->w->inst[ev->inst], .pt = pt, .type = 'O', .number = pt->encounters,
                      .start = ev->start, .dx = ev->dx, .bill = bill};
  e->rng = sw_rng_of(l->w->opt.seed, sy_hash(l->w, H_VISIT, (uint64_t)pt->id, (uint64_t)e->number, (uint64_t)ev->inst));
  e->end = ev->start + sw_rng_range(&e->rng, 600, 7200);
  e->dept = e->in->dept_of[c->dx[ev->dx].dept];
  e->doctor = (int)sw_rng_below(&e->rng, SY_STAFF);
  e->campus = 1 + (int)sw_rng_below(&e->rng, (uint64_t)e->in->campuses);
  e->positive = sw_rng_chance(&e->rng, 0.6);
  e->payer = l->p.payer;
}

/* Visits get what their disease asks for, scaled so that the level's mean cost comes out. */
static void treat(sy_encounter *e, bool emergency) {
  const sy_content *c = e->life->c;
  const sy_dx *d = &c->dx[e->dx];
  const sy_level *level = &c->levels[e->in->level];
  double target = sw_rng_lognormal(&e->rng, level->visit_cost * 1.02, 0.66);
  int64_t t = e->start + 600;
  sy_charge(e, sy_find_item(c, emergency ? "reg_e" : e->doctor < 2 && e->in->level == 3 ? "reg_s" : "reg"), 1000, e->start);
  double p_lab = e->in->level == 1 ? 0.08 : 0.18, p_exam = e->in->level == 1 ? 0.06 : 0.20;
  for (int i = 0; i < d->npanels && i < 2; i++)
    if (sw_rng_chance(&e->rng, i ? p_lab / 2 : p_lab)) {
      sy_charge(e, d->panels[i], 1000, t);
      sy_emit_panel(e, d->panels[i], t + 900);
    }
  if (d->nexams && sw_rng_chance(&e->rng, p_exam)) {
    int exam = d->exams[sw_rng_below(&e->rng, (uint64_t)d->nexams)];
    sy_charge(e, exam, 1000, t);
    sy_emit_exam(e, exam, t + 1800);
    sy_emit_order(e, exam, 'E', t, t);
  }
  double rest = target - (double)e->bill->total / 100;
  int n = d->ndrugs > 2 ? 2 : d->ndrugs;
  for (int i = 0; i < n && rest > 0; i++) {
    int drug = d->drugs[(i + (int)(e->start / 86400)) % d->ndrugs];
    double price = c->items[drug].price;
    int64_t boxes = llround(rest / n / price);
    if (boxes < 1) boxes = 1;
    if (boxes > 12) boxes = 12;
    sy_charge(e, drug, boxes * 1000, t);
    sy_emit_order(e, drug, 'D', t, t + sw_rng_range(&e->rng, 3, 14) * SY_DAY);
  }
  rest = target - (double)e->bill->total / 100;
  if (rest > 120 || !n) {
    int treatment = sy_find_item(c, d->flags & (SY_TCM | SY_REHAB) ? "acup_f" : "treat");
    int64_t times = llround(rest / (c->items[treatment].price * e->in->price));
    if (times > 0) sy_charge(e, treatment, (times > 10 ? 10 : times) * 1000, t);
  }
}

static void refund(sy_encounter *e) {
  size_t n = e->bill->lines.len;
  for (size_t i = 1; i < n; i++)
    if (sw_rng_chance(&e->rng, 0.05)) sy_reverse(e, (int)i + 1, e->end + sw_rng_range(&e->rng, 600, 36 * 3600));
}

static void settle(sy_encounter *e, int64_t gross) {
  if (!e->bill->lines.len) return;
  sy_settle s = {.kind = 1, .at = e->start + 900, .from = e->start, .to = e->end};
  int64_t own = e->bill->by_grade[3] > gross ? gross : e->bill->by_grade[3] < 0 ? 0 : e->bill->by_grade[3];
  sy_split_payment(e, gross, own, e->bill->by_grade[2] > 0 ? e->bill->by_grade[2] : 0, &s);
  sy_emit_settlement(e, 1, &s, 0);
  int64_t back = 0, at = 0;
  for (size_t i = 0; i < e->bill->lines.len; i++) {
    sy_fee *f = &e->bill->lines.items[i];
    f->settlement = f->reversal_of ? 2 : 1;
    if (!f->reversal_of) continue;
    back += f->fen;
    at = f->time > at ? f->time : at;
  }
  if (!back) return;
  double share = gross ? (double)back / (double)gross : 0; /* negative: each part goes back in proportion */
  sy_settle r = {.kind = 9, .at = at, .from = s.from, .to = at, .total = back, .fund = (int64_t)((double)s.fund * share),
                 .own_pay = (int64_t)((double)s.own_pay * share), .account = (int64_t)((double)s.account * share)};
  r.cash = r.total - r.fund - r.account;
  r.self_pay = r.total - r.fund - r.own_pay;
  sy_emit_settlement(e, 2, &r, 1);
}

static void put_row(sy_encounter *e, const sy_event *ev, bool emergency) {
  const sy_dx *d = &e->life->c->dx[e->dx];
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_VISIT);
  char level[12];
  sy_putk(r, SY_C_VISIT_VISIT_ID, e->pt->id, e->number, 0);
  sy_putk(r, SY_C_VISIT_PATIENT_ID, e->pt->id, 0, 0);
  sy_put(r, SY_C_VISIT_REG_NO, sy_fmt(e->k, "%d", (int)(ev->start / 300 % 400) + 1));
  sy_putz(r, SY_C_VISIT_VISIT_TYPE, emergency ? "1" : e->doctor == 0 && e->in->level == 3 ? "3" : "2");
  sy_puti(r, SY_C_VISIT_VISIT_TIME, e->start);
  sy_puti(r, SY_C_VISIT_END_TIME, e->end);
  sy_put(r, SY_C_VISIT_DEPT_CODE, e->in->depts[e->dept].code);
  sy_put(r, SY_C_VISIT_DOCTOR_CODE, sy_staff_of(e->in, e->dept, e->doctor)->code);
  sy_put(r, SY_C_VISIT_CAMPUS_CODE, sy_fmt(e->k, "%s-%d", e->in->code, e->campus));
  sy_put(r, SY_C_VISIT_PAYER, e->payer);
  if (emergency) sy_put_code(r, SY_C_VISIT_TRIAGE_LEVEL, 2 + (int)sw_rng_below(&e->rng, 3), level);
  sy_putz(r, SY_C_VISIT_FIRST_VISIT, e->number == 1 ? "1" : "2");
  sy_put(r, SY_C_VISIT_CHIEF_COMPLAINT, d->complaint);
  sy_put(r, SY_C_VISIT_DIAG_CODE, e->in->dx[e->dx].code);
  sy_put(r, SY_C_VISIT_DIAG_NAME, e->in->dx[e->dx].name);
  sy_putz(r, SY_C_VISIT_DISPOSITION, "1");
  sy_puti(r, SY_C_VISIT_TOTAL_AMOUNT, e->bill->total);
  sy_puti(r, SY_C_VISIT_UPDATED_AT, e->end);
  r->patient = e->pt->id;
  r->amount = e->bill->total;
  if (sy_fault_chance(e->life->w, 0.001, H_DEPT, (uint64_t)e->pt->id, (uint64_t)e->number, (uint64_t)e->in->index)) {
    sy_at(r, SY_C_VISIT_DEPT_CODE)->state = SY_EMPTY;
    sy_mark_column(r, SY_C_VISIT_DEPT_CODE, "department_missing", e->in->depts[e->dept].code);
  }
  sy_when when = sy_once(sy_day_of(e->start));
  sy_emit(e->k, r, &when);
}

void sy_visit(sy_life *l, const sy_event *ev) {
  sy_bill *bill = sw_arena_alloc(&l->k->arena, sizeof *bill);
  if (!bill) return;
  sy_encounter e;
  begin(l, ev, &e, bill);
  bool emergency = sw_rng_chance(&e.rng, 0.09);
  treat(&e, emergency);
  int64_t gross = bill->total;
  int64_t lines = (int64_t)bill->lines.len;
  if (lines) refund(&e);
  l->k->sums.visit_lines += lines;
  l->k->sums.refund_lines += (int64_t)bill->lines.len - lines;
  settle(&e, gross);
  sy_emit_bill(&e);
  sy_emit_diagnosis(&e, e.dx, 1, true, e.start + 900);
  if (l->p.nchronic && l->p.chronic[0] != e.dx && l->p.chronic[0] >= 0 && sw_rng_chance(&e.rng, 0.2))
    sy_emit_diagnosis(&e, l->p.chronic[0], 1, false, e.start + 900);
  put_row(&e, ev, emergency);
  if (sw_rng_chance(&e.rng, 0.25)) sy_emit_note(&e, 1, "门诊病历", -1, e.end);
  sy_report_infection(&e, e.dx);
  l->k->sums.visits++;
  l->k->sums.visit_cost += bill->total;
  SW_VEC_FREE(&bill->lines);
}
