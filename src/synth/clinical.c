/* Diagnoses, orders, laboratory, examinations, pathology, operations and notes of an encounter, in local codes. */
#include "base/date.h"
#include "synth/life.h"

#include <math.h>

enum { H_LAB = 600, H_STOP, H_FINAL };

static void put_ids(sy_encounter *e, sy_row *r, sy_column_id id, int line, sy_column_id patient, sy_column_id encounter, sy_column_id type) {
  sy_putk(r, id, e->pt->id, e->number, line);
  sy_putk(r, patient, e->pt->id, 0, 0);
  sy_putk(r, encounter, e->pt->id, e->number, 0);
  sy_putz(r, type, e->type == 'O' ? "O" : "I");
  r->patient = e->pt->id;
}

void sy_emit_diagnosis(sy_encounter *e, int dx, int kind, bool primary, int64_t at) {
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_DIAGNOSIS);
  char text[12];
  put_ids(e, r, SY_C_DIAGNOSIS_DIAGNOSIS_ID, ++e->ndiagnoses, SY_C_DIAGNOSIS_PATIENT_ID, SY_C_DIAGNOSIS_ENCOUNTER_ID, SY_C_DIAGNOSIS_ENCOUNTER_TYPE);
  sy_puti(r, SY_C_DIAGNOSIS_SEQ, e->ndiagnoses);
  sy_put_code(r, SY_C_DIAGNOSIS_DIAG_KIND, kind, text);
  sy_put(r, SY_C_DIAGNOSIS_DIAG_CODE, e->in->dx[dx].code);
  sy_put(r, SY_C_DIAGNOSIS_DIAG_NAME, e->in->dx[dx].name);
  sy_putz(r, SY_C_DIAGNOSIS_IS_PRIMARY, primary ? "1" : "0");
  sy_put(r, SY_C_DIAGNOSIS_DOCTOR_CODE, sy_staff_of(e->in, e->dept, e->doctor)->code);
  sy_puti(r, SY_C_DIAGNOSIS_DIAGNOSED_AT, at);
  sy_when when = sy_once(sy_day_of(at));
  sy_emit(e->k, r, &when);
}

void sy_emit_order(sy_encounter *e, int item, char category, int64_t from, int64_t to) {
  const sy_item *it = &e->life->c->items[item];
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_ORDER_ITEM);
  char cat[2] = {category, '\0'};
  double dose = 0;
  put_ids(e, r, SY_C_ORDER_ITEM_ORDER_ID, ++e->norders, SY_C_ORDER_ITEM_PATIENT_ID, SY_C_ORDER_ITEM_ENCOUNTER_ID, SY_C_ORDER_ITEM_ENCOUNTER_TYPE);
  sy_putz(r, SY_C_ORDER_ITEM_ORDER_TYPE, to > from + SY_DAY ? "1" : "2");
  sy_putz(r, SY_C_ORDER_ITEM_CATEGORY, cat);
  sy_put(r, SY_C_ORDER_ITEM_ITEM_CODE, e->in->items[item].code);
  sy_put(r, SY_C_ORDER_ITEM_ITEM_NAME, e->in->items[item].name);
  sy_put(r, SY_C_ORDER_ITEM_SPEC, it->spec);
  if (it->dose.len && sw_str_to_f64(it->dose, &dose)) sy_puti(r, SY_C_ORDER_ITEM_DOSE, (int64_t)llround(dose * 1000));
  sy_put(r, SY_C_ORDER_ITEM_DOSE_UNIT, it->dose_unit);
  sy_put(r, SY_C_ORDER_ITEM_ROUTE, it->route);
  sy_put(r, SY_C_ORDER_ITEM_FREQUENCY, it->frequency);
  sy_puti(r, SY_C_ORDER_ITEM_START_TIME, from);
  sy_puti(r, SY_C_ORDER_ITEM_STOP_TIME, to);
  sy_put(r, SY_C_ORDER_ITEM_DOCTOR_CODE, sy_staff_of(e->in, e->dept, e->doctor)->code);
  sy_put(r, SY_C_ORDER_ITEM_EXEC_DEPT, e->in->depts[e->dept].code);
  sy_putz(r, SY_C_ORDER_ITEM_STATUS, "3");
  sy_puti(r, SY_C_ORDER_ITEM_UPDATED_AT, to > from ? to : from);
  if (sy_fault_chance(e->life->w, 0.0004, H_STOP, (uint64_t)e->pt->id, (uint64_t)e->number, (uint64_t)e->norders)) {
    sy_puti(r, SY_C_ORDER_ITEM_STOP_TIME, from - SY_DAY);
    sy_mark_column(r, SY_C_ORDER_ITEM_STOP_TIME, "order_stops_before_start", sy_time_text(e->k, to));
  }
  /* the status changes when the order ends, and the row comes again */
  int32_t day = sy_day_of(from), end = sy_day_of(to > from ? to : from);
  sy_when when = sy_once(day);
  when.updated = end;
  if (end <= e->life->w->history_end || end == day) {
    sy_emit(e->k, r, &when);
    return;
  }
  sy_putz(r, SY_C_ORDER_ITEM_STATUS, "2");
  sy_puti(r, SY_C_ORDER_ITEM_UPDATED_AT, from);
  sy_at(r, SY_C_ORDER_ITEM_STOP_TIME)->state = SY_EMPTY;
  int marks = r->nmarks;
  r->nmarks = 0;
  sy_emit(e->k, r, &(sy_when){.day = day, .updated = day, .valid_from = INT32_MIN, .valid_to = end - 1, .counted = true});
  r->nmarks = marks;
  sy_putz(r, SY_C_ORDER_ITEM_STATUS, "3");
  sy_puti(r, SY_C_ORDER_ITEM_STOP_TIME, marks ? from - SY_DAY : to);
  sy_puti(r, SY_C_ORDER_ITEM_UPDATED_AT, to);
  sy_emit(e->k, r, &(sy_when){.day = day, .updated = end, .valid_from = end, .valid_to = INT32_MAX});
}

/* --- laboratory ------------------------------------------------------------------------------- */

static double lab_value(sy_encounter *e, const sy_lab *b, bool special) {
  double v = b->mean + b->sd * sw_rng_normal(&e->rng);
  bool sick = special ? e->positive && sw_rng_chance(&e->rng, 0.75) : sw_rng_chance(&e->rng, e->type == 'I' ? 0.16 : 0.08);
  if (sick && b->has_range) {
    bool high = special || sw_rng_chance(&e->rng, 0.6);
    v = high ? b->high * (1.05 + 0.5 * sw_rng_unit(&e->rng)) : b->low * (0.95 - 0.2 * sw_rng_unit(&e->rng));
    if (b->high > 7 && b->high < 8) v = high ? 7.46 + 0.08 * sw_rng_unit(&e->rng) : 7.34 - 0.1 * sw_rng_unit(&e->rng);
  }
  double least = b->low > 0 ? b->low * 0.3 : 0;
  return v < least ? least : v;
}

static void put_number(sy_encounter *e, sy_row *r, const sy_lab *b, bool special) {
  double v = lab_value(e, b, special), factor = 1;
  sw_str unit = b->unit;
  if (b->unit2.len && e->in->vendor == 'b') unit = b->unit2, factor = b->factor2;
  int digits = factor > 5 ? 0 : factor < 0.1 ? b->digits + 2 : factor < 1 ? b->digits + 1 : b->digits;
  const char *flag = b->has_range && v > b->high ? "H" : b->has_range && v < b->low ? "L" : "N";
  sy_put(r, SY_C_LAB_RESULT_RESULT, sy_fmt(e->k, "%.*f", digits, v * factor));
  sy_put(r, SY_C_LAB_RESULT_UNIT, unit);
  if (b->has_range) {
    sy_puti(r, SY_C_LAB_RESULT_REF_LOW, (int64_t)llround(b->low * factor * 1000));
    sy_puti(r, SY_C_LAB_RESULT_REF_HIGH, (int64_t)llround(b->high * factor * 1000));
    sy_put(r, SY_C_LAB_RESULT_REF_TEXT, sy_fmt(e->k, "%g-%g", b->low * factor, b->high * factor));
  }
  sy_putz(r, SY_C_LAB_RESULT_FLAG, flag);
  if (sy_fault_chance(e->life->w, 0.0005, H_LAB, (uint64_t)e->pt->id, (uint64_t)e->number, (uint64_t)e->nlabs)) {
    sw_str right = sy_at(r, SY_C_LAB_RESULT_RESULT)->s;
    sy_putz(r, SY_C_LAB_RESULT_RESULT, "-99999");
    sy_mark_column(r, SY_C_LAB_RESULT_RESULT, "impossible_value", right);
  }
}

static void put_quality(sy_encounter *e, sy_row *r, const sy_lab *b, bool special) {
  bool positive = sw_rng_chance(&e->rng, special && e->positive ? 0.85 : b->mean);
  static const char *const PLUS[] = {"+", "++", "阳性", "阳性(+)"};
  sy_putz(r, SY_C_LAB_RESULT_RESULT, positive ? PLUS[sw_rng_below(&e->rng, 4)] : e->in->vendor == 'a' ? "阴性" : "阴性(-)");
  sy_putz(r, SY_C_LAB_RESULT_REF_TEXT, "阴性");
  sy_putz(r, SY_C_LAB_RESULT_FLAG, positive ? "A" : "N");
}

static void emit_lab(sy_encounter *e, const sy_lab *b, int item, int report, int64_t sampled, int64_t reported) {
  /* panels of one disease show it when it is there; blood counts and chemistry only now and then */
  sw_str panel = e->life->c->items[b->panel].key;
  bool common = sw_str_eqz(panel, "cbc") || sw_str_eqz(panel, "chem") || sw_str_eqz(panel, "coag") || sw_str_eqz(panel, "ua");
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_LAB_RESULT);
  put_ids(e, r, SY_C_LAB_RESULT_RESULT_ID, ++e->nlabs, SY_C_LAB_RESULT_PATIENT_ID, SY_C_LAB_RESULT_ENCOUNTER_ID, SY_C_LAB_RESULT_ENCOUNTER_TYPE);
  sy_put(r, SY_C_LAB_RESULT_REPORT_NO, sy_fmt(e->k, "L%lld%04d%03d", (long long)e->pt->id, e->number, report));
  sy_put(r, SY_C_LAB_RESULT_SPECIMEN, b->specimen);
  sy_put(r, SY_C_LAB_RESULT_ITEM_CODE, e->in->labs[item].code);
  sy_put(r, SY_C_LAB_RESULT_ITEM_NAME, e->in->labs[item].name);
  sy_puti(r, SY_C_LAB_RESULT_SAMPLED_AT, sampled);
  sy_puti(r, SY_C_LAB_RESULT_REPORTED_AT, reported);
  if (b->number) put_number(e, r, b, !common);
  else put_quality(e, r, b, !common);
  sy_when when = sy_once(sy_day_of(reported));
  /* some results are given out before they are signed: a first and a final version */
  int64_t signed_at = reported + SY_DAY + 3600;
  bool twice = sy_chance(e->life->w, 0.02, H_FINAL, (uint64_t)e->pt->id, (uint64_t)e->number, (uint64_t)e->nlabs) &&
               sy_day_of(signed_at) <= e->life->w->last_day && reported / SY_DAY != signed_at / SY_DAY;
  sy_putz(r, SY_C_LAB_RESULT_STATUS, twice ? "1" : "2");
  sy_puti(r, SY_C_LAB_RESULT_UPDATED_AT, reported);
  if (twice) when.valid_to = sy_day_of(signed_at) - 1;
  sy_emit(e->k, r, &when);
  if (!twice) return;
  sy_putz(r, SY_C_LAB_RESULT_STATUS, "2");
  sy_puti(r, SY_C_LAB_RESULT_UPDATED_AT, signed_at);
  sy_emit(e->k, r, &(sy_when){.day = when.day, .updated = sy_day_of(signed_at), .valid_from = sy_day_of(signed_at), .valid_to = INT32_MAX});
}

void sy_emit_panel(sy_encounter *e, int panel, int64_t at) {
  const sy_content *c = e->life->c;
  int report = ++e->nreports;
  int64_t reported = sy_round_minutes(at + sw_rng_range(&e->rng, 1800, 4 * 3600));
  for (int i = 0; i < c->nlabs; i++)
    if (c->labs[i].panel == panel) emit_lab(e, &c->labs[i], i, report, at, reported);
}

void sy_emit_exam(sy_encounter *e, int item, int64_t at) {
  const sy_item *it = &e->life->c->items[item];
  bool positive = e->positive && sw_rng_chance(&e->rng, 0.7);
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_EXAM_REPORT);
  put_ids(e, r, SY_C_EXAM_REPORT_REPORT_ID, ++e->nexams, SY_C_EXAM_REPORT_PATIENT_ID, SY_C_EXAM_REPORT_ENCOUNTER_ID, SY_C_EXAM_REPORT_ENCOUNTER_TYPE);
  sy_put(r, SY_C_EXAM_REPORT_MODALITY, it->modality);
  sy_put(r, SY_C_EXAM_REPORT_ITEM_CODE, e->in->items[item].code);
  sy_put(r, SY_C_EXAM_REPORT_ITEM_NAME, e->in->items[item].name);
  sy_put(r, SY_C_EXAM_REPORT_BODY_PART, it->part);
  sy_put(r, SY_C_EXAM_REPORT_FINDING, positive ? it->abnormal : it->normal);
  sy_put(r, SY_C_EXAM_REPORT_CONCLUSION,
         positive ? sy_fmt(e->k, "%.*s异常，请结合临床（%.*s）。", SW_STR_ARG(it->part), SW_STR_ARG(e->life->c->dx[e->dx].name)) : SW_LIT("未见明显异常。"));
  sy_putz(r, SY_C_EXAM_REPORT_POSITIVE, positive ? "1" : "0");
  sy_puti(r, SY_C_EXAM_REPORT_EXAMINED_AT, at);
  int64_t reported = sy_round_minutes(at + sw_rng_range(&e->rng, 1200, 3 * 3600));
  sy_puti(r, SY_C_EXAM_REPORT_REPORTED_AT, reported);
  sy_put(r, SY_C_EXAM_REPORT_DOCTOR_CODE, sy_staff_of(e->in, e->dept, e->doctor + 1)->code);
  sy_when when = sy_once(sy_day_of(reported));
  sy_emit(e->k, r, &when);
}

void sy_emit_pathology(sy_stay *s) {
  sy_encounter *e = &s->e;
  const sy_dx *d = &e->life->c->dx[s->dx[0]];
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_PATHOLOGY_REPORT);
  int64_t received = s->nprocs ? s->procs[0].end + 3600 : e->start + 2 * SY_DAY, reported = received + 2 * SY_DAY;
  if (received > e->end) received = e->end - 3600;
  if (reported > e->end + SY_DAY) reported = e->end;
  sy_putk(r, SY_C_PATHOLOGY_REPORT_REPORT_ID, e->pt->id, e->number, 1);
  sy_put(r, SY_C_PATHOLOGY_REPORT_PATHOLOGY_NO, s->pathology_no);
  sy_putk(r, SY_C_PATHOLOGY_REPORT_PATIENT_ID, e->pt->id, 0, 0);
  sy_putk(r, SY_C_PATHOLOGY_REPORT_CASE_ID, e->pt->id, e->number, 0);
  sy_putz(r, SY_C_PATHOLOGY_REPORT_SPECIMEN, s->nprocs ? "手术切除标本" : "穿刺活检标本");
  sy_put(r, SY_C_PATHOLOGY_REPORT_GROSS, sy_fmt(e->k, "送检组织一块，大小约%d×%d×%dcm，切面灰白。", (int)sw_rng_range(&e->rng, 1, 6), (int)sw_rng_range(&e->rng, 1, 5), (int)sw_rng_range(&e->rng, 1, 4)));
  sy_putz(r, SY_C_PATHOLOGY_REPORT_MICROSCOPY, strchr(d->morphology, '0') && d->morphology[strlen(d->morphology) - 1] == '0'
                                                   ? "细胞形态规则，未见异型。" : "细胞异型明显，核分裂象可见，呈浸润性生长。");
  sy_put(r, SY_C_PATHOLOGY_REPORT_DIAGNOSIS, sy_fmt(e->k, "符合%.*s。", SW_STR_ARG(d->name)));
  sy_putz(r, SY_C_PATHOLOGY_REPORT_MORPHOLOGY, d->morphology);
  sy_puti(r, SY_C_PATHOLOGY_REPORT_RECEIVED_AT, received);
  sy_puti(r, SY_C_PATHOLOGY_REPORT_REPORTED_AT, reported);
  sy_put(r, SY_C_PATHOLOGY_REPORT_DOCTOR_CODE, sy_staff_of(e->in, e->dept, 2)->code);
  r->patient = e->pt->id;
  sy_when when = sy_once(sy_day_of(reported));
  sy_emit(e->k, r, &when);
}

void sy_emit_operation(sy_stay *s, int i) {
  sy_encounter *e = &s->e;
  const sy_content *c = e->life->c;
  const sy_done_proc *d = &s->procs[i];
  const sy_proc *p = &c->procs[d->proc];
  int item = c->first_proc + d->proc;
  bool team = p->kind >= 3;
  char level[12], asa[12];
  static const char *const CUTS[] = {"0", "1", "4", "7"};
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_PROCEDURE);
  sy_putk(r, SY_C_PROCEDURE_PROCEDURE_ID, e->pt->id, e->number, i + 1);
  sy_putk(r, SY_C_PROCEDURE_CASE_ID, e->pt->id, e->number, 0);
  sy_putk(r, SY_C_PROCEDURE_PATIENT_ID, e->pt->id, 0, 0);
  sy_puti(r, SY_C_PROCEDURE_SEQ, i + 1);
  sy_put(r, SY_C_PROCEDURE_PROC_CODE, e->in->items[item].code);
  sy_put(r, SY_C_PROCEDURE_PROC_NAME, e->in->items[item].name);
  sy_puti(r, SY_C_PROCEDURE_START_TIME, d->start);
  sy_puti(r, SY_C_PROCEDURE_END_TIME, d->end);
  sy_put(r, SY_C_PROCEDURE_OPERATOR_CODE, sy_staff_of(e->in, e->dept, d->surgeon)->code);
  sy_put(r, SY_C_PROCEDURE_ASSISTANT1, team ? sy_staff_of(e->in, e->dept, d->surgeon + 1)->name : SW_LIT("-"));
  sy_put(r, SY_C_PROCEDURE_ASSISTANT2, team && p->level >= 3 ? sy_staff_of(e->in, e->dept, d->surgeon + 2)->name : SW_LIT("-"));
  if (p->anaesthesia.len) {
    sy_put(r, SY_C_PROCEDURE_ANAESTHESIA, p->anaesthesia);
    sy_puti(r, SY_C_PROCEDURE_ANAES_START, d->start - 20 * 60);
    sy_puti(r, SY_C_PROCEDURE_ANAES_END, d->end + 15 * 60);
    sy_put(r, SY_C_PROCEDURE_ANAESTHETIST, sy_staff_of(e->in, c->ndepts - 1, d->surgeon)->name);
    sy_put_code(r, SY_C_PROCEDURE_ASA, 1 + (int)sw_rng_below(&e->rng, 3), asa);
  }
  if (team) sy_put_code(r, SY_C_PROCEDURE_PROC_LEVEL, p->level, level);
  if (p->kind == 4) sy_putz(r, SY_C_PROCEDURE_INCISION, CUTS[p->cut]);
  sy_putz(r, SY_C_PROCEDURE_IS_EMERGENCY, d->emergency ? "1" : "0");
  sy_put(r, SY_C_PROCEDURE_ROOM, sy_fmt(e->k, "手术%d间", (int)(d->start / 7200 % 12) + 1));
  r->patient = e->pt->id;
  sy_when when = sy_once(sy_day_of(d->start));
  sy_emit(e->k, r, &when);
}

/* --- notes ------------------------------------------------------------------------------------ */

static void age_text(const sy_encounter *e, char out[32]) {
  int32_t day = sy_day_of(e->start);
  int years = sw_age_years(e->life->p.b.birth, day);
  if (years >= 1) snprintf(out, 32, "%d岁", years);
  else snprintf(out, 32, "%d天", day - e->life->p.b.birth);
}

static void put_value(sy_encounter *e, sw_str name, int proc, int64_t at, sw_buf *out) {
  const sy_dx *d = &e->life->c->dx[e->dx];
  char age[32], date[SW_DATE_LEN];
  if (sw_str_eqz(name, "sex")) sw_buf_puts(out, e->life->p.b.sex == 1 ? "男" : "女");
  else if (sw_str_eqz(name, "age")) age_text(e, age), sw_buf_puts(out, age);
  else if (sw_str_eqz(name, "complaint")) sw_buf_str_put(out, d->complaint.len ? d->complaint : d->name);
  else if (sw_str_eqz(name, "dx")) sw_buf_str_put(out, d->name);
  else if (sw_str_eqz(name, "days")) sw_buf_printf(out, "%d", e->type == 'I' ? (int)((e->end - e->start) / SY_DAY) + 1 : (int)sw_rng_range(&e->rng, 1, 7));
  else if (sw_str_eqz(name, "temp")) sw_buf_printf(out, "%.1f", 36.3 + 1.2 * sw_rng_unit(&e->rng));
  else if (sw_str_eqz(name, "pulse")) sw_buf_printf(out, "%d", (int)sw_rng_range(&e->rng, 62, 104));
  else if (sw_str_eqz(name, "resp")) sw_buf_printf(out, "%d", (int)sw_rng_range(&e->rng, 16, 24));
  else if (sw_str_eqz(name, "bp")) sw_buf_printf(out, "%d/%d", (int)sw_rng_range(&e->rng, 105, 165), (int)sw_rng_range(&e->rng, 62, 98));
  else if (sw_str_eqz(name, "date")) sw_format_date(sy_day_of(at), date), sw_buf_puts(out, date);
  else if (sw_str_eqz(name, "drug")) sw_buf_str_put(out, d->ndrugs ? e->life->c->items[d->drugs[0]].name : SW_LIT("对症"));
  else if (sw_str_eqz(name, "proc")) sw_buf_str_put(out, proc >= 0 ? e->life->c->procs[proc].name : SW_LIT("相关操作"));
}

static void put_sentence(sy_encounter *e, sw_str text, int proc, int64_t at, sw_buf *out) {
  for (size_t i = 0; i < text.len; i++) {
    const char *close = text.ptr[i] == '{' ? memchr(text.ptr + i, '}', text.len - i) : NULL;
    if (!close) {
      sw_buf_putc(out, text.ptr[i]);
      continue;
    }
    size_t n = (size_t)(close - text.ptr) - i - 1;
    put_value(e, (sw_str){text.ptr + i + 1, n}, proc, at, out);
    i += n + 1;
  }
}

void sy_emit_note(sy_encounter *e, int kind, const char *title, int proc, int64_t at) {
  const sy_content *c = e->life->c;
  sw_buf text;
  sw_buf_init(&text, 1 << 20);
  for (int part = 1; part < 9; part++) {
    int choices[8], n = 0;
    for (int i = 0; i < c->nsentences && n < 8; i++)
      if (c->sentences[i].kind == kind && c->sentences[i].part == part) choices[n++] = i;
    if (!n) continue;
    if (text.len) sw_buf_putc(&text, e->in->vendor == 'a' ? '\n' : ' ');
    put_sentence(e, c->sentences[choices[sw_rng_below(&e->rng, (uint64_t)n)]].text, proc, at, &text);
  }
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_PROGRESS_NOTE);
  char type[12];
  put_ids(e, r, SY_C_PROGRESS_NOTE_NOTE_ID, ++e->nnotes, SY_C_PROGRESS_NOTE_PATIENT_ID, SY_C_PROGRESS_NOTE_ENCOUNTER_ID, SY_C_PROGRESS_NOTE_ENCOUNTER_TYPE);
  sy_put_code(r, SY_C_PROGRESS_NOTE_NOTE_TYPE, kind, type);
  sy_putz(r, SY_C_PROGRESS_NOTE_TITLE, title);
  sy_put(r, SY_C_PROGRESS_NOTE_CONTENT, sw_arena_dup(&e->k->arena, sw_buf_str(&text)));
  sw_buf_fini(&text);
  sy_put(r, SY_C_PROGRESS_NOTE_AUTHOR_CODE, sy_staff_of(e->in, e->dept, e->doctor)->code);
  sy_puti(r, SY_C_PROGRESS_NOTE_WRITTEN_AT, at);
  sy_puti(r, SY_C_PROGRESS_NOTE_UPDATED_AT, at);
  sy_when when = sy_once(sy_day_of(at));
  sy_emit(e->k, r, &when);
}
