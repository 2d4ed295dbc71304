#include "medic/drg_inside.h"

static const sw_drg_dx unknown_dx = {0};
static const sw_drg_pr unknown_pr = {0};

enum { KEPT = 24 }; /* codes of a case whose catalogue entries are remembered; more are looked up again */

typedef struct work {
  const sw_drg_catalogue *c;
  const sw_drg_case *in;
  sw_drg_result *out;
  const sw_drg_dx *principal;
  const sw_drg_pr *main_pr;
  const sw_drg_dx *dx_kept[KEPT];
  const sw_drg_pr *pr_kept[KEPT];
  int valid_any;                                     /* -1 until asked */
  bool have_pr, have_dx;                             /* the unions below are made */
  uint64_t any_pr[SW_DRG_LISTS][SW_DRG_MAX_WORDS];   /* slots whose list any procedure is in */
  uint64_t any_dx[SW_DRG_MAX_WORDS], other_dx[SW_DRG_MAX_WORDS];
} work;

static void note(work *w, sw_drg_step_kind kind, uint16_t ref, int32_t a, int32_t b) {
  sw_drg_result *r = w->out;
  /* The last steps say most: when full, the one before the last gives way. */
  uint16_t at = r->nsteps < SW_DRG_STEPS ? r->nsteps++ : SW_DRG_STEPS - 1;
  r->steps[at] = (sw_drg_step){(uint8_t)kind, ref, a, b};
}

static const sw_drg_dx *look_dx(const sw_drg_catalogue *c, sw_str code) {
  uint32_t id = sw_icd_table_find(&c->dx_codes, code);
  return id == SW_ICD_NONE ? &unknown_dx : &c->dx[id];
}

static const sw_drg_pr *look_pr(const sw_drg_catalogue *c, sw_str code) {
  uint32_t id = sw_icd_table_find(&c->pr_codes, code);
  return id == SW_ICD_NONE ? &unknown_pr : &c->pr[id];
}

static inline const sw_drg_dx *dx_at(const work *w, size_t i) {
  return i < KEPT ? w->dx_kept[i] : look_dx(w->c, w->in->dx[i]);
}

static inline const sw_drg_pr *pr_at(const work *w, size_t i) {
  return i < KEPT ? w->pr_kept[i] : look_pr(w->c, w->in->pr[i]);
}

static int32_t index32(size_t i) { return i > INT32_MAX ? INT32_MAX : (int32_t)i; }

static void look_up(work *w) {
  const sw_drg_case *in = w->in;
  for (size_t i = 0; i < in->ndx && i < KEPT; ++i) {
    w->dx_kept[i] = look_dx(w->c, in->dx[i]);
    if (w->dx_kept[i] == &unknown_dx && in->dx[i].len && w->out->nsteps < 4) note(w, SW_DRG_STEP_UNKNOWN_DX, 0, index32(i), 0);
  }
  for (size_t i = 0; i < in->npr && i < KEPT; ++i) {
    w->pr_kept[i] = look_pr(w->c, in->pr[i]);
    if (w->pr_kept[i] == &unknown_pr && in->pr[i].len && w->out->nsteps < 6) note(w, SW_DRG_STEP_UNKNOWN_PR, 0, index32(i), 0);
  }
}

static bool any_valid(work *w) {
  if (w->valid_any < 0) {
    w->valid_any = 0;
    for (size_t i = 0; i < w->in->npr && !w->valid_any; ++i) w->valid_any = pr_at(w, i)->valid;
  }
  return w->valid_any > 0;
}

static void union_pr(work *w) {
  if (w->have_pr) return;
  w->have_pr = true;
  size_t words = w->c->words;
  for (size_t l = 0; l < SW_DRG_LISTS; ++l) memset(w->any_pr[l], 0, words * sizeof(uint64_t));
  for (size_t i = 0; i < w->in->npr; ++i) {
    const sw_drg_pr *p = pr_at(w, i);
    for (size_t l = 0; l < SW_DRG_LISTS; ++l) {
      if (p->set[l] == 0) continue;
      const uint64_t *bits = w->c->sets + p->set[l] * words;
      for (size_t k = 0; k < words; ++k) w->any_pr[l][k] |= bits[k];
    }
  }
}

static void union_dx(work *w) {
  if (w->have_dx) return;
  w->have_dx = true;
  size_t words = w->c->words;
  memset(w->other_dx, 0, words * sizeof(uint64_t));
  for (size_t i = 1; i < w->in->ndx; ++i) {
    const uint64_t *bits = w->c->sets + dx_at(w, i)->set * words;
    for (size_t k = 0; k < words; ++k) w->other_dx[k] |= bits[k];
  }
  const uint64_t *own = w->c->sets + w->principal->set * words;
  for (size_t k = 0; k < words; ++k) w->any_dx[k] = w->other_dx[k] | own[k];
}

/* --- MDC ------------------------------------------------------------------------------------- */

static bool two_parts(const work *w, uint16_t mdc) {
  unsigned parts = 0;
  for (size_t i = 0; i < w->in->ndx; ++i) {
    const sw_drg_dx *d = dx_at(w, i);
    if (d->part && (d->mdcs >> mdc & 1u)) parts |= 1u << d->part;
  }
  return (parts & (parts - 1)) != 0;
}

static int32_t dx_in_mdc(const work *w, uint16_t mdc, size_t from) {
  for (size_t i = from; i < w->in->ndx; ++i)
    if (dx_at(w, i)->mdcs >> mdc & 1u) return index32(i);
  return -1;
}

static bool conditions_hold(const sw_drg_rule *r, const sw_drg_case *in) {
  for (size_t i = 0; i < r->nconds; ++i)
    if (!sw_drg_cond_holds(&r->conds[i], in)) return false;
  return true;
}

/* The index of the deciding diagnosis, -1 when it is another thing that decides, -2 when the rule does not hold. */
static int32_t entry_holds(work *w, uint16_t mdc, const sw_drg_rule *r) {
  int32_t by = -1;
  uint32_t n = r->needs;
  if (n & 1u << SW_DRG_NEED_PDX) {
    if (!(w->principal->mdcs >> mdc & 1u)) return -2;
    by = 0;
  }
  if (!conditions_hold(r, w->in)) return -2;
  if (n & 1u << SW_DRG_NEED_ANY_DX && (by = dx_in_mdc(w, mdc, 0)) < 0) return -2;
  if (n & 1u << SW_DRG_NEED_OTHER_DX && (by = dx_in_mdc(w, mdc, 1)) < 0) return -2;
  if (n & 1u << SW_DRG_NEED_VALID && !w->main_pr->valid) return -2;
  if (n & 1u << SW_DRG_NEED_NO_VALID && any_valid(w)) return -2;
  if (n & 1u << SW_DRG_NEED_PARTS && !two_parts(w, mdc)) return -2;
  return by;
}

static bool enter(work *w, uint16_t mdc, int32_t *by) {
  const sw_drg_mdc *m = &w->c->mdc[mdc];
  for (uint16_t i = 0; i < m->nrules; ++i) {
    *by = entry_holds(w, mdc, &w->c->entry_rules[m->first_rule + i]);
    if (*by != -2) return true;
  }
  return false;
}

/* --- ADRG ------------------------------------------------------------------------------------ */

/* The slots of word k whose code-list needs are met. */
static uint64_t open_slots(work *w, uint32_t needs, size_t k) {
  const sw_drg_catalogue *c = w->c;
  uint64_t ok = ~c->need[SW_DRG_NEED_PDX][k] | c->sets[w->principal->set * c->words + k];
  ok &= ~c->need[SW_DRG_NEED_MAIN_PR][k] | c->sets[w->main_pr->set[0] * c->words + k];
  if (!w->main_pr->valid) ok &= ~c->need[SW_DRG_NEED_VALID][k];
  if (needs & (1u << SW_DRG_NEED_ANY_DX | 1u << SW_DRG_NEED_OTHER_DX)) {
    union_dx(w);
    ok &= ~c->need[SW_DRG_NEED_ANY_DX][k] | w->any_dx[k];
    ok &= ~c->need[SW_DRG_NEED_OTHER_DX][k] | w->other_dx[k];
  }
  if (needs & (1u << SW_DRG_NEED_ANY_PR | 1u << SW_DRG_NEED_TWO_PR | 1u << SW_DRG_NEED_NA1 | 1u << SW_DRG_NEED_JA1)) {
    union_pr(w);
    uint64_t l0 = w->any_pr[0][k], l1 = w->any_pr[1][k], l2 = w->any_pr[2][k], l3 = w->any_pr[3][k], l4 = w->any_pr[4][k];
    ok &= ~c->need[SW_DRG_NEED_ANY_PR][k] | l0;
    ok &= ~c->need[SW_DRG_NEED_TWO_PR][k] | (l0 & l1);
    ok &= ~c->need[SW_DRG_NEED_NA1][k] | l1 | (l2 & l3);
    ok &= ~c->need[SW_DRG_NEED_JA1][k] | (l1 & l2) | (l1 & l3 & l4);
  }
  if (needs & 1u << SW_DRG_NEED_NO_VALID && any_valid(w)) ok &= ~c->need[SW_DRG_NEED_NO_VALID][k];
  return ok;
}

/* The first slot of [from, end) that matches, or end. */
static uint16_t first_slot(work *w, const sw_drg_mdc *m, uint16_t from, uint16_t end) {
  for (uint16_t s = from; s < end;) {
    size_t k = s / 64u;
    uint64_t ok = open_slots(w, m->needs, k) & (~UINT64_C(0) << s % 64u);
    uint16_t next = (uint16_t)((k + 1) * 64);
    if (next > end) ok &= (UINT64_C(1) << end % 64u) - 1; /* end is inside this word */
    for (; ok; ok &= ok - 1) {
      uint16_t at = (uint16_t)(k * 64 + (unsigned)__builtin_ctzll(ok));
      const sw_drg_rule *r = &w->c->slot[at].rule;
      if (r->nconds == 0 || conditions_hold(r, w->in)) return at;
    }
    s = next;
  }
  return end;
}

/* Which code of the case decided a slot, for the path: a procedure where the rule asks for one, else a diagnosis. */
static int32_t decider(const work *w, uint16_t slot) {
  uint32_t n = w->c->slot[slot].rule.needs;
  size_t k = slot / 64u, words = w->c->words;
  uint64_t bit = UINT64_C(1) << slot % 64u;
  if (n & (1u << SW_DRG_NEED_MAIN_PR | 1u << SW_DRG_NEED_VALID)) return 0;
  if (n & (1u << SW_DRG_NEED_ANY_PR | 1u << SW_DRG_NEED_TWO_PR | 1u << SW_DRG_NEED_NA1 | 1u << SW_DRG_NEED_JA1)) {
    for (size_t i = 0; i < w->in->npr; ++i) {
      const sw_drg_pr *p = pr_at(w, i);
      for (size_t l = 0; l < SW_DRG_LISTS; ++l)
        if (w->c->sets[p->set[l] * words + k] & bit) return index32(i);
    }
  }
  if (n & (1u << SW_DRG_NEED_ANY_DX | 1u << SW_DRG_NEED_OTHER_DX)) {
    for (size_t i = n & (1u << SW_DRG_NEED_ANY_DX) ? 0 : 1; i < w->in->ndx; ++i)
      if (w->c->sets[dx_at(w, i)->set * words + k] & bit) return index32(i);
  }
  return n & 1u << SW_DRG_NEED_PDX ? 0 : -1;
}

/* --- DRG ------------------------------------------------------------------------------------- */

/* The secondary diagnoses' severity: MCC, else CC; one whose exclusion table is the principal's own is excluded. */
static sw_drg_severity severity_of(work *w, sw_drg_severity enough) {
  int32_t best = -1, excluded = -1;
  sw_drg_severity found = SW_DRG_PLAIN;
  for (size_t i = 1; i < w->in->ndx && found < enough; ++i) {
    const sw_drg_dx *d = dx_at(w, i);
    if (d->severity <= (uint8_t)found) continue;
    if (d->cc_table && d->cc_table == w->principal->table) {
      if (excluded < 0) excluded = index32(i);
      continue;
    }
    found = (sw_drg_severity)d->severity;
    best = index32(i);
  }
  if (excluded >= 0) note(w, SW_DRG_STEP_EXCLUDED, 0, excluded, w->principal->table);
  if (best >= 0)
    note(w, found == SW_DRG_MCC ? SW_DRG_STEP_MCC : SW_DRG_STEP_CC, 0, best, dx_at(w, (size_t)best)->cc_table);
  return found;
}

static void take_adrg(work *w, uint16_t adrg) {
  const sw_drg_adrg *a = &w->c->adrg[adrg];
  w->out->adrg = adrg;
  w->out->mdc = a->mdc;
  w->out->status = SW_DRG_NO_DRG;
  if (a->top) w->out->severity = severity_of(w, (sw_drg_severity)SW_DRG_MCC);
  for (uint16_t i = 0; i < a->ndrg; ++i) {
    uint16_t drg = (uint16_t)(a->first_drg + i);
    const sw_drg_rule *r = &w->c->drg[drg].rule;
    if ((uint8_t)w->out->severity < r->severity || !conditions_hold(r, w->in)) continue;
    w->out->drg = drg;
    w->out->status = SW_DRG_GROUPED;
    note(w, SW_DRG_STEP_DRG, drg, 0, 0);
    return;
  }
}

static uint16_t qy_adrg(const sw_drg_catalogue *c, uint16_t mdc) {
  for (uint16_t a = 0; a < c->nadrg; ++a) {
    sw_str s = c->adrg[a].code;
    if (c->adrg[a].mdc == mdc && s.len == 3 && s.ptr[1] == 'Q' && s.ptr[2] == 'Y') return a;
  }
  return SW_DRG_NONE;
}

/* A valid main procedure, no surgical ADRG: the case goes to QY before the medical ADRGs are tried. */
static bool take_unrelated(work *w, uint16_t mdc) {
  if (!w->c->mdc[mdc].qy || !w->main_pr->valid) return false;
  uint16_t adrg = qy_adrg(w->c, mdc);
  if (adrg == SW_DRG_NONE) return false;
  note(w, SW_DRG_STEP_QY, mdc, 0, 0);
  take_adrg(w, adrg);
  if (w->out->status == SW_DRG_GROUPED) w->out->status = SW_DRG_UNRELATED;
  return true;
}

static bool try_mdc(work *w, uint16_t mdc) {
  int32_t by = -1;
  if (!enter(w, mdc, &by)) return false;
  const sw_drg_mdc *m = &w->c->mdc[mdc];
  uint16_t before = w->out->nsteps;
  note(w, SW_DRG_STEP_MDC, mdc, by, 0);
  uint16_t medical = m->qy ? m->medical_slot : m->end_slot;
  uint16_t slot = first_slot(w, m, m->first_slot, medical);
  if (slot == medical && m->qy) {
    if (take_unrelated(w, mdc)) return true;
    slot = first_slot(w, m, medical, m->end_slot);
  }
  if (slot == m->end_slot) {
    /* Every case with a valid procedure enters MDCA: only an MDC that its diagnosis led to is worth telling of. */
    w->out->nsteps = before;
    if (by < 0) return false;
    note(w, SW_DRG_STEP_MDC_LEFT, mdc, by, 0);
    w->out->status = SW_DRG_NO_ADRG;
    return false;
  }
  note(w, SW_DRG_STEP_ADRG, w->c->slot[slot].adrg, decider(w, slot), slot);
  take_adrg(w, w->c->slot[slot].adrg);
  return true;
}

void sw_drg_group(const sw_drg_catalogue *c, const sw_drg_case *in, sw_drg_result *out) {
  work w; /* not cleared: it is large, and its unions are made only when an MDC asks for them */
  w.c = c;
  w.in = in;
  w.out = out;
  w.valid_any = -1;
  w.have_pr = w.have_dx = false;
  out->status = SW_DRG_NO_MDC;
  out->severity = SW_DRG_PLAIN;
  out->mdc = out->adrg = out->drg = SW_DRG_NONE;
  out->nsteps = 0;
  look_up(&w);
  w.principal = in->ndx ? w.dx_kept[0] : &unknown_dx;
  w.main_pr = in->npr ? w.pr_kept[0] : &unknown_pr;
  uint64_t open = c->mdc_open | w.principal->mdcs;
  for (; open; open &= open - 1)
    if (try_mdc(&w, (uint16_t)__builtin_ctzll(open))) return;
  if (in->ndx == 0 || in->dx[0].len == 0) out->status = SW_DRG_NO_PRINCIPAL;
  else if (w.principal->mdcs == 0) out->status = SW_DRG_NO_MDC;
}

sw_drg_severity sw_drg_case_severity(const sw_drg_catalogue *c, const sw_drg_case *in) {
  if (in->ndx < 2) return SW_DRG_PLAIN;
  uint16_t own = look_dx(c, in->dx[0])->table;
  uint8_t found = SW_DRG_PLAIN;
  for (size_t i = 1; i < in->ndx && found < SW_DRG_MCC; ++i) {
    const sw_drg_dx *d = look_dx(c, in->dx[i]);
    if (d->severity > found && !(d->cc_table && d->cc_table == own)) found = d->severity;
  }
  return (sw_drg_severity)found;
}
