/* A patient's front pages in their order: numbers of admission given twice, stays that overlap, and coming back with the
 * same disease within 31 days. Pages are made in the order of the stays, so each is held against those before it. */
#include "base/date.h"
#include "synth/front.h"

#define C(name) SY_C_ADMISSION_##name

static bool delivered(const sy_page *p) { return sy_day_of(p->s->archived) <= p->s->e.life->w->last_day; }
static int place(sy_column_id c) { return (int)c - SY_FIRST[SY_T_ADMISSION]; }

static bool overlap(sy_page *p) {
  const sy_stay *s = p->s;
  const sy_page_order *o = &s->e.pt->order;
  int64_t from = o->end - SY_DAY;
  if (s->days < 2 || s->age_years < 1 || from <= o->start || s->e.start - o->end > 90 * (int64_t)SY_DAY) return false;
  if (sw_age_years(s->e.life->p.b.birth, sy_day_of(from)) != s->age_years) return false;
  sy_page_number(p, C(ADMIT_TIME), from);
  sy_page_number(p, C(STAY_DAYS), sy_day_of(s->e.end) - sy_day_of(from));
  return true;
}

static bool same_again(sy_page *p) {
  const sy_stay *s = p->s;
  const sy_page_order *o = &s->e.pt->order;
  int gap = sy_day_of(s->e.start) - sy_day_of(o->end);
  if (!o->plain || !sy_page_plain(p) || gap < 0 || gap > 31) return false;
  for (int i = 0; i < p->ndx; i++)
    if (sw_str_starts(p->dx[i].code, sw_str_sub(o->main, 0, 3))) return false;
  p->dx[0].code = o->main;
  p->dx[0].name = o->name;
  return true;
}

bool sy_sequence_fault(sy_page *p, uint64_t h) {
  const sy_page_order *o = &p->s->e.pt->order;
  if (!o->n || !o->regular || !delivered(p)) return false;
  if (h % 3 == 0) {
    sy_page_number(p, C(ADMIT_TIMES), o->times[(h / 3) % (uint64_t)o->n]);
    return true;
  }
  return h % 3 == 1 ? overlap(p) || same_again(p) : same_again(p) || overlap(p);
}

/* In clean data such a finding is a rarity; else somebody's fault. */
static void found(sy_page *p, const char *rule, sy_page_part part, int index, const char *reason) {
  const sy_encounter *e = &p->s->e;
  if (e->life->w->opt.no_faults) sy_advise(e->k, e->in->index, "admission", sy_enc_key(e), rule, reason);
  else sy_page_mark_at(p, rule, part, index, 0, sw_str_of(reason));
}

static void number_again(sy_page *p, sy_page_order *o, int64_t times) {
  const sy_encounter *e = &p->s->e;
  for (int i = 0; i < o->n; i++) {
    if (o->times[i] != times) continue;
    found(p, "Q165", SY_ON_BASE, place(C(ADMIT_TIMES)), "an earlier stay has this number");
    sy_advise(e->k, e->in->index, "admission", sy_key_text(e->k, e->in->index, e->pt->id, o->encounter[i], 0), "Q165", "its number was given again");
    break;
  }
  if (o->n < SY_MAX_ORDER) {
    o->times[o->n] = times;
    o->encounter[o->n++] = e->number;
  }
}

void sy_page_sequence(sy_page *p) {
  const sy_stay *s = p->s;
  sy_page_order *o = &s->e.pt->order;
  const sy_cell *no = sy_page_at(p, C(RECORD_NO)), *from = sy_page_at(p, C(ADMIT_TIME)), *to = sy_page_at(p, C(DISCHARGE_TIME));
  if (!delivered(p) || no->state == SY_EMPTY || !sw_str_eq(no->s, s->record_no)) return;
  number_again(p, o, sy_page_at(p, C(ADMIT_TIMES))->n);
  if (from->state == SY_EMPTY) return;
  if (o->last && from->n < o->last) found(p, "Q165O", SY_ON_BASE, place(C(ADMIT_TIME)), "begins within the stay before");
  bool ended = to->state != SY_EMPTY;
  if (ended && to->n > o->last) o->last = to->n;
  sw_str main = p->dx[0].code;
  if (!main.len || sw_str_starts(main, SW_LIT("Z51"))) return;
  int gap = o->end ? sy_day_of(from->n) - sy_day_of(o->end) : -1;
  if (gap >= 0 && gap <= 31 && sw_str_eq(sw_str_sub(main, 0, 3), sw_str_sub(o->main, 0, 3)))
    found(p, "Q166", SY_ON_DX, 0, "the same category within 31 days");
  o->start = from->n;
  o->end = ended ? to->n : 0;
  o->main = main;
  o->name = p->dx[0].name;
  o->plain = sy_page_plain(p) && sw_str_eq(main, s->e.life->c->dx[s->dx[0]].clin);
  o->regular = ended && to->n > from->n;
}
