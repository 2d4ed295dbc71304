/* Front pages: the clean page, then its faults, then the institution's shape (wide, long, HQMS, spreadsheet). */
#include "synth/front.h"

#include "base/date.h"

static const sy_dx *dx_at(const sy_page *p, int i) { return &p->s->e.life->c->dx[p->s->dx[i]]; }
static sw_arena *arena(const sy_page *p) { return &p->s->e.k->arena; }
static void textz(sy_page *p, sy_column_id c, const char *v) { sy_page_text(p, c, sw_str_of(v)); }

static void put_identity(sy_page *p) {
  const sy_stay *s = p->s;
  const sy_encounter *e = &s->e;
  const sy_person *x = &e->life->p;
  bool foreign = sw_str_eqz(x->cert_type, "6"), guardian = e->pt->id_holder == 2;
  sw_str id = guardian ? x->guardian_id : x->id_no;
  if (foreign || !id.len) id = SW_LIT("-");
  textz(p, SY_C_ADMISSION_HEALTH_CARD_NO, "-");
  sy_page_text(p, SY_C_ADMISSION_PAYER, e->payer);
  sy_page_text(p, SY_C_ADMISSION_NAME, x->name);
  sy_page_number(p, SY_C_ADMISSION_SEX, x->b.sex);
  sy_page_number(p, SY_C_ADMISSION_BIRTH_DATE, x->b.birth);
  sy_page_number(p, SY_C_ADMISSION_AGE_YEARS, s->age_years);
  if (s->age_days >= 0) sy_page_number(p, SY_C_ADMISSION_AGE_DAYS, s->age_days);
  sy_page_text(p, SY_C_ADMISSION_NATIONALITY, x->nationality);
  sy_page_text(p, SY_C_ADMISSION_MARITAL, s->age_years < 22 ? SW_LIT("1") : x->marital);
  sy_page_text(p, SY_C_ADMISSION_OCCUPATION, s->age_years < 6 ? SW_LIT("90") : s->age_years < 18 ? SW_LIT("31") : x->occupation);
  sy_page_text(p, SY_C_ADMISSION_ETHNICITY, x->ethnicity);
  sy_page_text(p, SY_C_ADMISSION_CERT_TYPE, foreign ? x->cert_type : sw_str_eqz(id, "-") ? SW_LIT("9") : SW_LIT("1"));
  sy_page_text(p, SY_C_ADMISSION_ID_NO, id);
}

static void put_places(sy_page *p) {
  const sy_encounter *e = &p->s->e;
  const sy_person *x = &e->life->p;
  const sy_division *home = &e->life->c->divisions[x->division], *born = &e->life->c->divisions[x->birth_division];
  sy_page_text(p, SY_C_ADMISSION_BIRTH_ADDRESS, sy_fmt(e->k, "%.*s%.*s%.*s", SW_STR_ARG(born->province), SW_STR_ARG(born->city), SW_STR_ARG(born->county)));
  sy_page_text(p, SY_C_ADMISSION_NATIVE_PROVINCE, born->province);
  sy_page_text(p, SY_C_ADMISSION_HOUSEHOLD_ADDRESS, x->address);
  sy_page_text(p, SY_C_ADMISSION_HOUSEHOLD_POSTCODE, home->post);
  sy_page_text(p, SY_C_ADMISSION_ADDRESS, x->address);
  sy_page_text(p, SY_C_ADMISSION_PHONE, x->phone);
  sy_page_text(p, SY_C_ADMISSION_POSTCODE, home->post);
  bool works = !sw_str_eqz(x->employer, "-") && p->s->age_years >= 18;
  sy_page_text(p, SY_C_ADMISSION_EMPLOYER, works ? sy_fmt(e->k, "%.*s（%.*s）", SW_STR_ARG(x->employer), SW_STR_ARG(home->county)) : SW_LIT("-"));
  sy_page_text(p, SY_C_ADMISSION_EMPLOYER_PHONE, works ? sy_fmt(e->k, "%.*s-8%07lld", SW_STR_ARG(home->area), (long long)(x->index * 7919 % 10000000)) : SW_LIT("-"));
  sy_page_text(p, SY_C_ADMISSION_EMPLOYER_POSTCODE, works ? home->post : SW_LIT("-"));
  sw_str contact = x->contact_name;
  if (sw_str_eq(contact, x->name)) { /* two of one name in a family */
    sw_rng r = sw_rng_of(e->life->w->opt.seed, (uint64_t)x->index + 5);
    contact = sy_name_draw(e->life->w, &r, arena(p), 2, true);
    if (sw_str_eq(contact, x->name)) contact = SW_LIT("素问联系人");
  }
  sy_page_text(p, SY_C_ADMISSION_CONTACT_NAME, contact);
  sy_page_text(p, SY_C_ADMISSION_CONTACT_RELATION, sw_str_eqz(x->contact_relation, "2") && p->s->age_years < 20 ? SW_LIT("9") : x->contact_relation);
  sy_page_text(p, SY_C_ADMISSION_CONTACT_ADDRESS, x->address);
  sy_page_text(p, SY_C_ADMISSION_CONTACT_PHONE, x->contact_phone);
}

static sw_str ward(const sy_encounter *e, int dept) { return sy_fmt(e->k, "%.*s病区", SW_STR_ARG(e->in->depts[dept].name)); }

static void put_stay(sy_page *p) {
  sy_stay *s = p->s;
  const sy_encounter *e = &s->e;
  textz(p, SY_C_ADMISSION_ORG_CODE, e->in->code);
  textz(p, SY_C_ADMISSION_ORG_NAME, e->in->name);
  sy_page_text(p, SY_C_ADMISSION_CAMPUS_CODE, sy_fmt(e->k, "%s-%d", e->in->code, s->to_campus ? s->to_campus : e->campus));
  *sy_page_at(p, SY_C_ADMISSION_CASE_ID) = (sy_cell){SY_VALUE, SY_KEY, e->pt->id, e->number, 0, {0}};
  *sy_page_at(p, SY_C_ADMISSION_PATIENT_ID) = (sy_cell){SY_VALUE, SY_KEY, e->pt->id, 0, 0, {0}};
  sy_page_text(p, SY_C_ADMISSION_RECORD_NO, s->record_no);
  sy_page_number(p, SY_C_ADMISSION_ADMIT_TIMES, s->admit_times);
  sy_page_number(p, SY_C_ADMISSION_ADMIT_TIME, e->start);
  sy_page_number(p, SY_C_ADMISSION_DISCHARGE_TIME, e->end);
  sy_page_text(p, SY_C_ADMISSION_ADMIT_WAY, sy_fmt(e->k, "%d", s->admit_way));
  sy_page_text(p, SY_C_ADMISSION_ADMIT_DEPT, sy_dept_code(e, s->from_dept, p->national));
  sy_page_text(p, SY_C_ADMISSION_ADMIT_WARD, ward(e, s->from_dept));
  sy_page_text(p, SY_C_ADMISSION_TRANSFER_DEPTS, s->from_dept != e->dept ? sy_dept_code(e, e->dept, p->national) : SW_LIT("-"));
  sy_page_text(p, SY_C_ADMISSION_DISCHARGE_DEPT, sy_dept_code(e, e->dept, p->national));
  sy_page_text(p, SY_C_ADMISSION_DISCHARGE_WARD, ward(e, e->dept));
  sy_page_number(p, SY_C_ADMISSION_STAY_DAYS, s->days);
  sy_page_text(p, SY_C_ADMISSION_TEAM_CODE, sy_fmt(e->k, "T%02d%d", e->dept + 1, e->doctor % 3 + 1));
  textz(p, SY_C_ADMISSION_TREATMENT_TYPE, dx_at(p, 0)->flags & SY_TCM ? "2" : "3");
  textz(p, SY_C_ADMISSION_READMIT_PLAN, dx_at(p, 0)->flags & SY_TREATS && s->discharge_way == 1 ? "2" : "1");
  if (dx_at(p, 0)->flags & SY_TREATS && s->discharge_way == 1) textz(p, SY_C_ADMISSION_READMIT_PURPOSE, "继续抗肿瘤治疗");
  sy_page_text(p, SY_C_ADMISSION_DISCHARGE_WAY, sy_fmt(e->k, "%d", s->discharge_way));
  if (s->discharge_way == 2 || s->discharge_way == 3)
    textz(p, SY_C_ADMISSION_RECEIVING_ORG, s->discharge_way == 2 ? "素问示范市第一医院" : "素问示范镇中心卫生院");
  sy_page_number(p, SY_C_ADMISSION_ARCHIVED_AT, s->archived);
  sy_page_number(p, SY_C_ADMISSION_UPDATED_AT, s->archived);
}

static void put_people(sy_page *p) {
  const sy_encounter *e = &p->s->e;
  const sy_inst *in = e->in;
  static const sy_column_id COLUMNS[] = {SY_C_ADMISSION_DEPT_DIRECTOR, SY_C_ADMISSION_CHIEF_DOCTOR, SY_C_ADMISSION_ATTENDING_DOCTOR, SY_C_ADMISSION_RESIDENT_DOCTOR};
  for (int i = 0; i < 4; i++) sy_page_text(p, COLUMNS[i], sy_staff_of(in, e->dept, i == 0 ? 0 : i == 1 ? 1 + e->doctor % 3 : i + e->doctor)->name);
  sy_page_text(p, SY_C_ADMISSION_NURSE, sy_staff_of(in, (e->dept + 7) % e->life->c->ndepts, 5)->name);
  sy_page_text(p, SY_C_ADMISSION_CODER, sy_staff_of(in, e->life->c->ndepts - 2, e->number)->name);
  textz(p, SY_C_ADMISSION_VISITING_DOCTOR, "-");
  textz(p, SY_C_ADMISSION_INTERN, "-");
  textz(p, SY_C_ADMISSION_QUALITY, sy_hash(e->life->w, 31, (uint64_t)e->pt->id, (uint64_t)e->number, 0) % 12 ? "1" : "2");
  sy_page_text(p, SY_C_ADMISSION_QC_DOCTOR, sy_staff_of(in, e->dept, 3)->name);
  sy_page_text(p, SY_C_ADMISSION_QC_NURSE, sy_staff_of(in, (e->dept + 9) % e->life->c->ndepts, 5)->name);
  sy_page_number(p, SY_C_ADMISSION_QC_DATE, sy_day_of(e->end) + 1);
}

static void put_clinic(sy_page *p) {
  const sy_stay *s = p->s;
  const sy_content *c = s->e.life->c;
  const sy_dx *d = dx_at(p, 0);
  static const char *const DRUGS[] = {"青霉素", "头孢菌素类", "磺胺类"};
  sy_page_text(p, SY_C_ADMISSION_CLINIC_DIAG_CODE, d->clin);
  sy_page_text(p, SY_C_ADMISSION_CLINIC_DIAG_NAME, d->name);
  if (s->pathology_no.len) {
    sy_page_text(p, SY_C_ADMISSION_PATHOLOGY_CODE, sw_arena_dup(arena(p), sw_str_of(d->morphology)));
    sy_page_text(p, SY_C_ADMISSION_PATHOLOGY_NAME, sy_fmt(s->e.k, "符合%.*s", SW_STR_ARG(d->name)));
    sy_page_text(p, SY_C_ADMISSION_PATHOLOGY_NO, s->pathology_no);
  }
  if (s->injury >= 0) {
    sy_page_text(p, SY_C_ADMISSION_INJURY_CODE, c->injuries[s->injury].code);
    sy_page_text(p, SY_C_ADMISSION_INJURY_NAME, c->injuries[s->injury].name);
  }
  textz(p, SY_C_ADMISSION_ALLERGY, s->allergy ? "2" : "1");
  if (s->allergy) textz(p, SY_C_ADMISSION_ALLERGY_DRUGS, DRUGS[s->allergy - 1]);
  if (s->died) textz(p, SY_C_ADMISSION_AUTOPSY, s->autopsy ? "1" : "2");
  bool typed = s->nprocs || s->e.bill->by_class[16] > 0 || s->days > 6;
  sy_page_text(p, SY_C_ADMISSION_ABO, typed ? sy_fmt(s->e.k, "%d", s->e.life->p.blood) : SW_LIT("6"));
  sy_page_text(p, SY_C_ADMISSION_RH, typed ? sy_fmt(s->e.k, "%d", s->e.life->p.rh) : SW_LIT("4"));
  static const sy_column_id WEIGHTS[] = {SY_C_ADMISSION_BIRTH_WEIGHT1, SY_C_ADMISSION_BIRTH_WEIGHT2};
  for (int i = 0; i < s->nbabies && i < 2; i++) sy_page_number(p, WEIGHTS[i], s->babies[i].weight);
  if (s->age_days >= 0 && s->age_days <= 28 && s->weight) {
    sy_page_number(p, SY_C_ADMISSION_BIRTH_WEIGHT1, s->birth_weight);
    sy_page_number(p, SY_C_ADMISSION_NEWBORN_ADMIT_WEIGHT, s->weight);
  }
  static const sy_column_id COMA[] = {SY_C_ADMISSION_COMA_BEFORE_DAYS, SY_C_ADMISSION_COMA_BEFORE_HOURS, SY_C_ADMISSION_COMA_BEFORE_MINUTES,
                                      SY_C_ADMISSION_COMA_AFTER_DAYS, SY_C_ADMISSION_COMA_AFTER_HOURS, SY_C_ADMISSION_COMA_AFTER_MINUTES};
  for (int i = 0; i < 6; i++) sy_page_number(p, COMA[i], s->coma[i]);
}

static void put_costs(sy_page *p) {
  const sy_bill *b = p->s->e.bill;
  int64_t self = 0;
  for (int i = 0; i < p->s->nsettles; i++) self += p->s->settles[i].self_pay + p->s->settles[i].own_pay;
  sy_page_number(p, SY_C_ADMISSION_TOTAL_COST, b->total);
  sy_page_number(p, SY_C_ADMISSION_SELF_COST, self);
  static const sy_column_id FEES[25] = {0, SY_C_ADMISSION_FEE01, SY_C_ADMISSION_FEE02, SY_C_ADMISSION_FEE03, SY_C_ADMISSION_FEE04, SY_C_ADMISSION_FEE05,
      SY_C_ADMISSION_FEE06, SY_C_ADMISSION_FEE07, SY_C_ADMISSION_FEE08, SY_C_ADMISSION_FEE09, SY_C_ADMISSION_FEE10, SY_C_ADMISSION_FEE11,
      SY_C_ADMISSION_FEE12, SY_C_ADMISSION_FEE13, SY_C_ADMISSION_FEE14, SY_C_ADMISSION_FEE15, SY_C_ADMISSION_FEE16, SY_C_ADMISSION_FEE17,
      SY_C_ADMISSION_FEE18, SY_C_ADMISSION_FEE19, SY_C_ADMISSION_FEE20, SY_C_ADMISSION_FEE21, SY_C_ADMISSION_FEE22, SY_C_ADMISSION_FEE23,
      SY_C_ADMISSION_FEE24};
  for (int i = 1; i <= 24; i++) sy_page_number(p, FEES[i], b->by_class[i]);
  sy_page_number(p, SY_C_ADMISSION_FEE09A, b->sub_9a);
  sy_page_number(p, SY_C_ADMISSION_FEE10A, b->sub_10a);
  sy_page_number(p, SY_C_ADMISSION_FEE10B, b->sub_10b);
  sy_page_number(p, SY_C_ADMISSION_FEE13A, b->sub_13a);
}

static void put_lists(sy_page *p) {
  const sy_stay *s = p->s;
  const sy_encounter *e = &s->e;
  const sy_content *c = e->life->c;
  static const char *const CUTS[] = {"0", "1", "4", "7"};
  for (int i = 0; i < s->ndx; i++)
    p->dx[p->ndx++] = (sy_page_dx){dx_at(p, i)->clin, dx_at(p, i)->name, sy_fmt(e->k, "%d", s->condition[i])};
  for (int i = 0; i < s->nprocs; i++) {
    const sy_proc *x = &c->procs[s->procs[i].proc];
    sy_page_proc *o = &p->procs[p->nprocs++];
    *o = (sy_page_proc){.time = s->procs[i].start};
    o->field[SY_P_CODE] = x->clin;
    o->field[SY_P_NAME] = x->name;
    if (x->kind >= 3) {
      o->field[SY_P_LEVEL] = sy_fmt(e->k, "%d", x->level);
      o->field[SY_P_FIRST] = sy_staff_of(e->in, e->dept, e->doctor + 1)->name;
      o->field[SY_P_SECOND] = x->level >= 3 ? sy_staff_of(e->in, e->dept, e->doctor + 2)->name : SW_LIT("-");
    }
    o->field[SY_P_SURGEON] = sy_staff_of(e->in, e->dept, e->doctor)->name;
    if (x->kind == 4) o->field[SY_P_CUT] = sw_str_of(CUTS[x->cut]);
    if (x->anaesthesia.len) {
      o->field[SY_P_ANAES] = x->anaesthesia;
      o->field[SY_P_ANAESTHETIST] = sy_staff_of(e->in, c->ndepts - 1, e->doctor)->name;
    }
  }
}

/* --- shapes ------------------------------------------------------------------------------------ */

static void put_marks(const sy_page *p, sy_row *r, sy_page_part part, int index, int field, int cell) {
  for (int i = 0; i < p->nmarks; i++)
    if (p->mark[i].part == part && p->mark[i].index == index && (p->mark[i].field == field || part == SY_ON_BASE))
      sy_mark_fault(r, cell, p->mark[i].kind, p->mark[i].detail);
}

static void wide_text(const sy_page *p, sy_row *r, sw_str v, sy_page_part part, int index, int field) {
  sy_cell *x = sy_append_cell(r, SY_TEXT);
  x->s = v;
  x->state = v.len ? SY_VALUE : SY_EMPTY;
  put_marks(p, r, part, index, field, r->n - 1);
}

static void wide_lists(const sy_page *p, sy_row *r, int ndx, int nprocs) {
  static const sy_page_dx NO_DX;
  static const sy_page_proc NO_PROC;
  for (int i = 0; i < ndx; i++) {
    const sy_page_dx *d = i < p->ndx ? &p->dx[i] : &NO_DX;
    wide_text(p, r, d->code, SY_ON_DX, i, 0);
    wide_text(p, r, d->name, SY_ON_DX, i, 1);
    wide_text(p, r, d->condition, SY_ON_DX, i, 2);
  }
  for (int i = 0; i < nprocs; i++) {
    const sy_page_proc *x = i < p->nprocs ? &p->procs[i] : &NO_PROC;
    for (int f = 0; f < SY_P_FIELDS; f++) {
      if (f != SY_P_TIME) {
        wide_text(p, r, x->field[f], SY_ON_PROC, i, f);
        continue;
      }
      sy_cell *t = sy_append_cell(r, SY_TIME);
      t->n = x->time;
      t->state = i < p->nprocs && x->time ? SY_VALUE : SY_EMPTY;
      put_marks(p, r, SY_ON_PROC, i, f, r->n - 1);
    }
  }
}

static void base_cell(const sy_page *p, sy_row *r, int column) {
  const sy_cell *from = &p->base[column];
  sy_cell *x = sy_append_cell(r, SY_COLUMNS[SY_FIRST[SY_T_ADMISSION] + column].type);
  if (from->state != SY_EMPTY) *x = *from;
  if (column == SY_C_ADMISSION_CASE_ID - SY_FIRST[SY_T_ADMISSION]) r->key_cell = r->n - 1;
  put_marks(p, r, SY_ON_BASE, column, 0, r->n - 1);
}

static sy_row *shape(sy_page *p) {
  const sy_encounter *e = &p->s->e;
  sy_front front = e->in->front;
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_ADMISSION);
  int n = sy_ncolumns(SY_T_ADMISSION), first = SY_FIRST[SY_T_ADMISSION];
  r->n = 0;
  for (int i = 0; i < n; i++)
    if (front != SY_FRONT_HQMS || SY_COLUMNS[first + i].hqms[0]) base_cell(p, r, i);
  if (front != SY_FRONT_LONG) wide_lists(p, r, front == SY_FRONT_HQMS ? 41 : 16, front == SY_FRONT_HQMS ? 41 : 8);
  for (int i = 0; i < n && front == SY_FRONT_HQMS; i++)
    if (!SY_COLUMNS[first + i].hqms[0]) base_cell(p, r, i);
  r->patient = e->pt->id;
  const sy_cell *total = sy_page_at(p, SY_C_ADMISSION_TOTAL_COST);
  r->amount = total->state == SY_EMPTY ? 0 : total->n;
  return r;
}

static void emit_long_dx(sy_page *p, const sy_when *when, int64_t updated) {
  const sy_encounter *e = &p->s->e;
  for (int i = 0; i < p->ndx; i++) {
    sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_CASE_DIAGNOSIS);
    sy_putk(r, SY_C_CASE_DIAGNOSIS_CASE_ID, e->pt->id, e->number, 0);
    sy_puti(r, SY_C_CASE_DIAGNOSIS_SEQ, i + 1);
    sy_put(r, SY_C_CASE_DIAGNOSIS_ICD_CODE, p->dx[i].code);
    sy_put(r, SY_C_CASE_DIAGNOSIS_ICD_NAME, p->dx[i].name);
    sy_put(r, SY_C_CASE_DIAGNOSIS_ADMIT_CONDITION, p->dx[i].condition);
    sy_puti(r, SY_C_CASE_DIAGNOSIS_ARCHIVED_AT, p->s->archived);
    sy_puti(r, SY_C_CASE_DIAGNOSIS_UPDATED_AT, updated);
    r->key_cell2 = 1;
    for (int f = 0; f < 3; f++) put_marks(p, r, SY_ON_DX, i, f, 2 + f);
    sy_emit(e->k, r, when);
  }
}

static void emit_long_procs(sy_page *p, const sy_when *when, int64_t updated) {
  static const sy_column_id COLUMN[SY_P_FIELDS] = {
      SY_C_CASE_PROCEDURE_ICD9_CODE,  SY_C_CASE_PROCEDURE_ICD9_NAME,  SY_C_CASE_PROCEDURE_OPERATED_AT, SY_C_CASE_PROCEDURE_PROC_LEVEL,
      SY_C_CASE_PROCEDURE_OPERATOR,   SY_C_CASE_PROCEDURE_ASSISTANT1, SY_C_CASE_PROCEDURE_ASSISTANT2,  SY_C_CASE_PROCEDURE_INCISION,
      SY_C_CASE_PROCEDURE_ANAESTHESIA, SY_C_CASE_PROCEDURE_ANAESTHETIST};
  const sy_encounter *e = &p->s->e;
  for (int i = 0; i < p->nprocs; i++) {
    sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_CASE_PROCEDURE);
    sy_putk(r, SY_C_CASE_PROCEDURE_CASE_ID, e->pt->id, e->number, 0);
    sy_puti(r, SY_C_CASE_PROCEDURE_SEQ, i + 1);
    for (int f = 0; f < SY_P_FIELDS; f++) {
      if (f == SY_P_TIME) {
        if (p->procs[i].time) sy_puti(r, COLUMN[f], p->procs[i].time);
      } else {
        sy_put(r, COLUMN[f], p->procs[i].field[f]);
      }
      put_marks(p, r, SY_ON_PROC, i, f, (int)COLUMN[f] - SY_FIRST[SY_T_CASE_PROCEDURE]);
    }
    sy_puti(r, SY_C_CASE_PROCEDURE_ARCHIVED_AT, p->s->archived);
    sy_puti(r, SY_C_CASE_PROCEDURE_UPDATED_AT, updated);
    r->key_cell2 = 1;
    sy_emit(e->k, r, when);
  }
}

static void emit_version(sy_page *p, const sy_when *when, int64_t updated) {
  sy_page_number(p, SY_C_ADMISSION_UPDATED_AT, updated);
  sy_emit(p->s->e.k, shape(p), when);
  if (p->s->e.in->front != SY_FRONT_LONG) return;
  emit_long_dx(p, when, updated);
  emit_long_procs(p, when, updated);
}

static void emit_page(sy_page *p) {
  sy_stay *s = p->s;
  sy_encounter *e = &s->e;
  sy_when when = sy_once(sy_day_of(s->archived));
  bool corrected = s->corrected && sy_day_of(s->corrected) <= e->life->w->last_day;
  if (!corrected) {
    emit_version(p, &when, s->archived);
    return;
  }
  int32_t day = sy_day_of(s->corrected);
  sw_str right = sy_page_at(p, SY_C_ADMISSION_CONTACT_PHONE)->s, before = e->life->p.old_phone;
  bool marked = false;
  for (int i = 0; i < p->nmarks; i++) marked |= p->mark[i].part == SY_ON_BASE && p->mark[i].index == SY_C_ADMISSION_CONTACT_PHONE - SY_FIRST[SY_T_ADMISSION];
  if (!marked) sy_page_text(p, SY_C_ADMISSION_CONTACT_PHONE, before);
  when.valid_to = day - 1;
  emit_version(p, &when, s->archived);
  if (!marked) sy_page_text(p, SY_C_ADMISSION_CONTACT_PHONE, right);
  emit_version(p, &(sy_when){.day = when.day, .updated = day, .valid_from = day, .valid_to = INT32_MAX}, s->corrected);
  if (!marked)
    SY_TRUTH(e->k, SY_TRUTH_CORRECTIONS, sw_str_of(e->in->code), SW_LIT("admission"), sy_enc_key(e), sy_time_text(e->k, s->corrected),
             SW_LIT("contact_phone"), before, right);
}

/* --- truth ------------------------------------------------------------------------------------- */

static sw_str join(const sy_stay *s, bool procs, bool insurance) {
  const sy_content *c = s->e.life->c;
  sw_buf b;
  sw_buf_init(&b, 65536);
  for (int i = 0; i < (procs ? s->nprocs : s->ndx); i++) {
    if (i) sw_buf_putc(&b, '|');
    if (procs) sw_buf_str_put(&b, insurance ? c->procs[s->procs[i].proc].ins : c->procs[s->procs[i].proc].clin);
    else sw_buf_str_put(&b, insurance ? c->dx[s->dx[i]].ins : c->dx[s->dx[i]].clin);
  }
  sw_str out = sw_arena_dup(&s->e.k->arena, sw_buf_str(&b));
  sw_buf_fini(&b);
  return out;
}

static void truth_case(const sy_stay *s) {
  const sy_encounter *e = &s->e;
  sy_work *k = e->k;
  sw_str key = sy_enc_key(e);
  const sy_bill *b = e->bill;
  SY_TRUTH(k, SY_TRUTH_CASES, sy_fmt(k, "%s/%.*s", e->in->code, SW_STR_ARG(key)), sy_fmt(k, "%d", e->life->p.b.sex), sy_fmt(k, "%d", s->age_years),
           sy_fmt(k, "%d", sy_day_of(e->start) - e->life->p.b.birth), sy_fmt(k, "%d", s->age_days >= 0 && s->age_days <= 28 ? s->weight : 0),
           join(s, false, true), join(s, true, true), sw_str_of(e->in->code), key, sy_key_text(k, e->in->index, e->pt->id, 0, 0), sy_own_id(k, e->life),
           s->record_no, sy_fmt(k, "%d", s->admit_times), sy_time_text(k, e->start), sy_time_text(k, e->end), sy_fmt(k, "%d", s->days),
           sy_fmt(k, "%d", s->discharge_way), sy_fmt(k, "%lld.%02lld", (long long)b->total / 100, (long long)b->total % 100), join(s, false, false),
           join(s, true, false), sy_dept_code(e, e->dept, true), sy_fmt(k, "T%02d%d", e->dept + 1, e->doctor % 3 + 1), e->payer,
           sy_day_of(s->archived) <= e->life->w->last_day ? SW_LIT("1") : SW_LIT("0"));
}

/* What rules "to verify" may point at although it is right. */
static void advise(sy_page *p) {
  sy_stay *s = p->s;
  sy_encounter *e = &s->e;
  if (sy_day_of(s->archived) > e->life->w->last_day) return;
  sw_str key = sy_enc_key(e);
  const sy_dx *d = dx_at(p, 0);
  const char *rule = NULL;
  if (sw_str_starts(d->clin, SW_LIT("I50.9"))) rule = "Q065";
  else if (sw_str_starts(d->clin, SW_LIT("I69"))) rule = "Q067";
  else if (d->clin.ptr[0] == 'R') rule = "Q063";
  if (rule) sy_advise(e->k, e->in->index, "admission", key, rule, "common principal diagnosis");
  if (!s->e.bill->total) sy_advise(e->k, e->in->index, "admission", key, "Q127Z", "a stay that cost nothing");
  bool breast = false, tumour = false;
  for (int i = 0; i < s->ndx; i++) {
    const sy_dx *x = dx_at(p, i);
    breast |= e->life->p.b.sex == 1 && (sw_str_starts(x->clin, SW_LIT("C50")) || sw_str_starts(x->clin, SW_LIT("D24")));
    tumour |= s->age_years <= 12 && (sw_str_starts(x->clin, SW_LIT("C50")) || sw_str_starts(x->clin, SW_LIT("C53")) || sw_str_starts(x->clin, SW_LIT("C54")) ||
                                     sw_str_starts(x->clin, SW_LIT("D24")) || sw_str_starts(x->clin, SW_LIT("D25")) || sw_str_starts(x->clin, SW_LIT("D26")));
  }
  if (breast) sy_advise(e->k, e->in->index, "admission", key, "Q073", "male breast tumour");
  if (tumour) sy_advise(e->k, e->in->index, "admission", key, "Q075", "child's tumour of an adult organ");
}

void sy_front_page(sy_stay *s) {
  sy_page *p = sw_arena_alloc(&s->e.k->arena, sizeof *p);
  if (!p) return;
  p->s = s;
  p->national = s->e.in->front == SY_FRONT_HQMS || s->e.in->front == SY_FRONT_XLSX;
  put_stay(p);
  put_identity(p);
  put_places(p);
  put_people(p);
  put_clinic(p);
  put_costs(p);
  put_lists(p);
  advise(p);
  truth_case(s);
  sy_page_faults(p);
  s->e.k->sums.pages++;
  emit_page(p);
}
