#include "medic/drg_advise.h"

#include "medic/drg_inside.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_CODES = 256 }; /* codes of a case that are tried; a case with more is advised on its first ones */

typedef struct adviser {
  const sw_drg_catalogue *c;
  const sw_drg_case *k;
  const sw_advice_in *in;
  sw_drg_result *present;
  sw_advice *out;
  size_t n;
  sw_str *dx, *pr; /* room for a changed case */
  int32_t weight_e4;
} adviser;

static int32_t weight_of(const sw_drg_catalogue *c, uint16_t drg) { return drg < c->ndrg ? c->drg[drg].info.weight_e4 : 0; }

static void add(adviser *a, sw_advice_kind kind, int32_t index, sw_str code, uint16_t drg) {
  if (a->n == SW_ADVICE_MAX) return;
  a->out[a->n++] = (sw_advice){.kind = kind, .index = index, .code = code, .drg = drg,
                               .weight_e4 = weight_of(a->c, drg) - a->weight_e4, .rule = -1, .evidence = -1};
}

/* Groups the case with diagnosis `first` moved to the front, `without` left out and `more` added; -1 and empty: no change. */
static uint16_t regroup_dx(const adviser *a, size_t first, size_t without, sw_str more) {
  sw_drg_case k = *a->k;
  size_t n = 0, have = a->k->ndx < MAX_CODES ? a->k->ndx : MAX_CODES;
  if (first < have) a->dx[n++] = a->k->dx[first];
  for (size_t i = 0; i < have; ++i)
    if (i != first && i != without) a->dx[n++] = a->k->dx[i];
  if (more.len) a->dx[n++] = more;
  k.dx = a->dx;
  k.ndx = n;
  sw_drg_result r;
  sw_drg_group(a->c, &k, &r);
  return r.drg;
}

static uint16_t regroup_pr(const adviser *a, size_t first, size_t without) {
  sw_drg_case k = *a->k;
  size_t n = 0, have = a->k->npr < MAX_CODES ? a->k->npr : MAX_CODES;
  if (first < have) a->pr[n++] = a->k->pr[first];
  for (size_t i = 0; i < have; ++i)
    if (i != first && i != without) a->pr[n++] = a->k->pr[i];
  k.pr = a->pr;
  k.npr = n;
  sw_drg_result r;
  sw_drg_group(a->c, &k, &r);
  return r.drg;
}

static const sw_str NOTHING = {NULL, 0};

static void orders(adviser *a) {
  size_t ndx = a->k->ndx < MAX_CODES ? a->k->ndx : MAX_CODES, npr = a->k->npr < MAX_CODES ? a->k->npr : MAX_CODES;
  for (size_t i = 1; i < ndx; ++i) {
    uint16_t g = regroup_dx(a, i, SIZE_MAX, NOTHING);
    if (g != a->present->drg && g != SW_DRG_NONE) add(a, SW_ADVICE_PRINCIPAL, (int32_t)i, a->k->dx[i], g);
  }
  for (size_t i = 1; i < npr; ++i) {
    uint16_t g = regroup_pr(a, i, SIZE_MAX);
    if (g != a->present->drg && g != SW_DRG_NONE) add(a, SW_ADVICE_MAIN_PR, (int32_t)i, a->k->pr[i], g);
  }
  for (size_t i = 1; i < ndx; ++i) {
    uint16_t g = regroup_dx(a, SIZE_MAX, i, NOTHING);
    if (g != a->present->drg) add(a, SW_ADVICE_DEPENDS_DX, (int32_t)i, a->k->dx[i], g);
  }
  for (size_t i = 0; i < npr; ++i) {
    uint16_t g = regroup_pr(a, SIZE_MAX, i);
    if (g != a->present->drg) add(a, SW_ADVICE_DEPENDS_PR, (int32_t)i, a->k->pr[i], g);
  }
}

/* The ADRG's other DRGs that a further complication would lead to. */
static void complications(adviser *a) {
  if (a->present->adrg == SW_DRG_NONE) return;
  const sw_drg_adrg *g = &a->c->adrg[a->present->adrg];
  uint8_t have = (uint8_t)a->present->severity;
  bool seen[3] = {false, false, false};
  for (uint16_t i = 0; i < g->ndrg; ++i) {
    uint16_t drg = (uint16_t)(g->first_drg + i);
    uint8_t need = a->c->drg[drg].rule.severity;
    if (need <= have || seen[need] || drg == a->present->drg) continue;
    seen[need] = true;
    add(a, need == SW_DRG_MCC ? SW_ADVICE_MCC : SW_ADVICE_CC, -1, NOTHING, drg);
  }
  for (uint16_t i = 0; i < a->present->nsteps; ++i)
    if (a->present->steps[i].kind == SW_DRG_STEP_EXCLUDED) {
      int32_t at = a->present->steps[i].a;
      add(a, SW_ADVICE_EXCLUDED, at, a->k->dx[at], a->present->drg);
    }
}

typedef struct category {
  adviser *a;
  uint16_t seen[8];
  size_t nseen;
} category;

/* One example code for every other group that the category leads to. */
static void try_code(void *ctx, sw_str code) {
  category *t = ctx;
  adviser *a = t->a;
  if (t->nseen == 8 || sw_icd10_unspecified(code) || sw_str_eq(code, a->k->dx[0])) return;
  sw_drg_case k = *a->k;
  size_t n = a->k->ndx < MAX_CODES ? a->k->ndx : MAX_CODES;
  memcpy(a->dx, a->k->dx, n * sizeof *a->dx);
  a->dx[0] = code;
  k.dx = a->dx;
  k.ndx = n;
  sw_drg_result r;
  sw_drg_group(a->c, &k, &r);
  if (r.drg == SW_DRG_NONE || r.drg == a->present->drg) return;
  for (size_t i = 0; i < t->nseen; ++i)
    if (t->seen[i] == r.drg) return;
  t->seen[t->nseen++] = r.drg;
  add(a, SW_ADVICE_UNSPECIFIC, 0, code, r.drg);
}

static void first_code(void *ctx, sw_str code) {
  sw_str *out = ctx;
  if (out->len == 0) *out = code;
}

/* The code of the edition that an unknown one most likely meant: its canonical form, else the first of its four characters. */
static sw_str nearest(const adviser *a, sw_str code) {
  char form[SW_ICD_MAX + 1];
  size_t n = sw_icd10_normalize(code, form);
  sw_str found = NOTHING;
  if (n == 0) return found;
  uint32_t id = sw_icd_table_find(&a->c->dx_codes, (sw_str){form, n});
  if (id != SW_ICD_NONE) return sw_icd_table_code(&a->c->dx_codes, id);
  if (n >= 5) sw_drg_each_dx(a->c, (sw_str){form, 5}, first_code, &found);
  return found;
}

static void unknown_codes(adviser *a) {
  for (size_t i = 0; i < a->k->ndx && i < MAX_CODES; ++i) {
    if (a->k->dx[i].len == 0 || sw_drg_dx_known(a->c, a->k->dx[i])) continue;
    sw_str guess = nearest(a, a->k->dx[i]);
    uint16_t g = a->present->drg;
    if (guess.len) {
      sw_drg_case k = *a->k;
      size_t n = a->k->ndx < MAX_CODES ? a->k->ndx : MAX_CODES;
      memcpy(a->dx, a->k->dx, n * sizeof *a->dx);
      a->dx[i] = guess;
      k.dx = a->dx;
      k.ndx = n;
      sw_drg_result r;
      sw_drg_group(a->c, &k, &r);
      g = r.drg;
    }
    add(a, SW_ADVICE_UNKNOWN_DX, (int32_t)i, guess, g);
  }
  for (size_t i = 0; i < a->k->npr && i < MAX_CODES; ++i)
    if (a->k->pr[i].len && !sw_drg_pr_known(a->c, a->k->pr[i])) add(a, SW_ADVICE_UNKNOWN_PR, (int32_t)i, NOTHING, a->present->drg);
}

/* --- evidence -------------------------------------------------------------------------------- */

static bool about(const sw_evidence_rule *r, const sw_evidence *e) {
  if (!sw_str_eq(r->kind, e->kind) || (r->unit.len && !sw_str_ieq(r->unit, e->unit))) return false;
  if (r->item.len && r->item.ptr[r->item.len - 1] == '*') return sw_str_starts(e->item, sw_str_sub(r->item, 0, r->item.len - 1));
  return sw_str_eq(r->item, e->item);
}

static bool met(const sw_evidence_rule *r, const sw_evidence *e, bool lenient) {
  double limit = lenient && r->lenient ? r->accept : r->limit;
  if (r->op.len == 0) return true;
  if (isnan(e->value)) return false;
  if (sw_str_eqz(r->op, "<")) return e->value < limit;
  if (sw_str_eqz(r->op, "<=")) return e->value <= limit;
  if (sw_str_eqz(r->op, ">")) return e->value > limit;
  return sw_str_eqz(r->op, ">=") && e->value >= limit;
}

static bool counts_as(sw_str code, sw_str prefixes) {
  while (prefixes.len) {
    ptrdiff_t bar = sw_str_find(prefixes, SW_LIT("|"));
    sw_str one = bar < 0 ? prefixes : sw_str_sub(prefixes, 0, (size_t)bar);
    if (one.len && sw_str_starts(code, one)) return true;
    prefixes = bar < 0 ? (sw_str){NULL, 0} : sw_str_sub(prefixes, (size_t)bar + 1, prefixes.len);
  }
  return false;
}

static int32_t coded_as(const adviser *a, const sw_evidence_rule *r) {
  const sw_str *codes = r->procedure ? a->k->pr : a->k->dx;
  size_t n = r->procedure ? a->k->npr : a->k->ndx;
  for (size_t i = 0; i < n && i < MAX_CODES; ++i)
    if (counts_as(codes[i], r->prefix)) return (int32_t)i;
  return -1;
}

/* The rule's second item, where it has one, is in the record. */
static bool also(const adviser *a, const sw_evidence_rule *r) {
  if (r->also_item.len == 0) return true;
  sw_evidence_rule second = {.kind = r->also_kind, .item = r->also_item};
  for (size_t i = 0; i < a->in->nevidence; ++i)
    if (about(&second, &a->in->evidence[i])) return true;
  return false;
}

/* The group with one more procedure: as a further one, or, when that changes nothing, as the main one. */
static uint16_t with_procedure(const adviser *a, sw_str code) {
  sw_drg_case k = *a->k;
  size_t n = a->k->npr < MAX_CODES ? a->k->npr : MAX_CODES;
  if (n) memcpy(a->pr, a->k->pr, n * sizeof *a->pr);
  a->pr[n] = code;
  k.pr = a->pr;
  k.npr = n + 1;
  sw_drg_result r;
  sw_drg_group(a->c, &k, &r);
  if (r.drg != a->present->drg || n == 0) return r.drg;
  memmove(a->pr + 1, a->pr, n * sizeof *a->pr);
  a->pr[0] = code;
  sw_drg_group(a->c, &k, &r);
  return r.drg;
}

/* Index of the item that meets the rule, -1 when none does; *measured: some item was about it. */
static int32_t support(const adviser *a, const sw_evidence_rule *r, bool lenient, int32_t *measured) {
  *measured = -1;
  for (size_t i = 0; i < a->in->nevidence; ++i) {
    if (!about(r, &a->in->evidence[i])) continue;
    *measured = (int32_t)i;
    if (met(r, &a->in->evidence[i], lenient) && (lenient || also(a, r))) return (int32_t)i;
  }
  return -1;
}

/* Is any rule of the same diagnosis met? */
static bool supported(const adviser *a, sw_str prefix, bool lenient, int32_t *rule, int32_t *item) {
  bool ok = false;
  *rule = *item = -1;
  for (size_t i = 0; i < a->in->nrules && !ok; ++i) {
    int32_t measured;
    if (!sw_str_eq(a->in->rules[i].prefix, prefix)) continue;
    int32_t by = support(a, &a->in->rules[i], lenient, &measured);
    ok = by >= 0;
    if (ok || (measured >= 0 && *item < 0)) {
      *rule = (int32_t)i;
      *item = ok ? by : measured;
    }
  }
  return ok;
}

/* Does any rule of the diagnosis say that its evidence is always there? */
static bool expects(const adviser *a, sw_str prefix) {
  for (size_t i = 0; i < a->in->nrules; ++i)
    if (a->in->rules[i].expected && sw_str_eq(a->in->rules[i].prefix, prefix)) return true;
  return false;
}

static void evidence(adviser *a) {
  for (size_t i = 0; a->in && i < a->in->nrules; ++i) {
    const sw_evidence_rule *r = &a->in->rules[i];
    bool again = false; /* rules of one diagnosis are weighed together, at the first of them */
    for (size_t k = 0; k < i; ++k) again |= sw_str_eq(a->in->rules[k].prefix, r->prefix);
    if (again) continue;
    int32_t rule, item, at = coded_as(a, r);
    /* to be missed takes more than to be believed when it is there */
    bool ok = supported(a, r->prefix, at >= 0, &rule, &item), bare = !ok && (item >= 0 || expects(a, r->prefix));
    size_t before = a->n;
    if (ok && at < 0 && r->procedure) add(a, SW_ADVICE_MISSED_PR, -1, a->in->rules[rule].code, with_procedure(a, a->in->rules[rule].code));
    else if (ok && at < 0) add(a, SW_ADVICE_MISSED, -1, a->in->rules[rule].code, regroup_dx(a, SIZE_MAX, SIZE_MAX, a->in->rules[rule].code));
    if (bare && at >= 0 && r->procedure) add(a, SW_ADVICE_UNSUPPORTED_PR, at, a->k->pr[at], regroup_pr(a, SIZE_MAX, (size_t)at));
    else if (bare && at > 0) add(a, SW_ADVICE_UNSUPPORTED, at, a->k->dx[at], regroup_dx(a, SIZE_MAX, (size_t)at, NOTHING));
    if (a->n == before) continue;
    a->out[before].rule = rule < 0 ? (int32_t)i : rule;
    a->out[before].evidence = item;
  }
}

static bool room(adviser *a) {
  a->dx = calloc(MAX_CODES + 2, sizeof *a->dx);
  a->pr = calloc(MAX_CODES + 2, sizeof *a->pr);
  return a->dx && a->pr;
}

sw_status sw_drg_advise(const sw_drg_catalogue *c, const sw_drg_case *k, const sw_advice_in *in, sw_drg_result *present,
                        sw_advice out[SW_ADVICE_MAX], size_t *n, sw_error *err) {
  adviser a = {.c = c, .k = k, .in = in, .present = present, .out = out};
  *n = 0;
  sw_drg_group(c, k, present);
  a.weight_e4 = weight_of(c, present->drg);
  sw_status s = SW_OK;
  if (room(&a)) {
    evidence(&a); /* what the record itself says goes first */
    unknown_codes(&a);
    complications(&a);
    if (k->ndx && sw_icd10_unspecified(k->dx[0])) {
      category t = {.a = &a};
      sw_drg_each_dx(c, sw_icd10_category(k->dx[0]), try_code, &t);
    }
    orders(&a);
    *n = a.n;
  } else {
    s = SW_FAIL(err, SW_E_NOMEM, "SW-DRG-0003", "内存不足", "out of memory");
  }
  free(a.dx);
  free(a.pr);
  return s;
}

/* Would the case be in `target` if the excluded complication counted? */
static bool would_count(const sw_drg_catalogue *c, const sw_drg_case *k, const sw_drg_result *present, int32_t at, uint16_t target) {
  if (present->adrg == SW_DRG_NONE || c->drg[target].info.adrg != present->adrg) return false;
  const sw_drg_adrg *g = &c->adrg[present->adrg];
  uint8_t severity = (uint8_t)sw_drg_dx_severity(c, k->dx[at]);
  for (uint16_t i = 0; i < g->ndrg; ++i) /* the first that the severity suffices for, as grouping takes it */
    if (severity >= c->drg[g->first_drg + i].rule.severity) return (uint16_t)(g->first_drg + i) == target && target != present->drg;
  return false;
}

bool sw_drg_why(const sw_drg_catalogue *c, const sw_drg_case *k, uint16_t target, sw_advice *out) {
  sw_drg_result present;
  sw_advice found[SW_ADVICE_MAX];
  size_t n = 0;
  if (target >= c->ndrg || sw_drg_advise(c, k, NULL, &present, found, &n, NULL)) return false;
  /* Leaving a code out is the smallest change, then another order, then other codes. */
  for (size_t i = 0; i < n; ++i)
    if (found[i].kind == SW_ADVICE_EXCLUDED && would_count(c, k, &present, found[i].index, target)) {
      *out = found[i];
      out->drg = target;
      out->weight_e4 = weight_of(c, target) - weight_of(c, present.drg);
      return true;
    }
  static const sw_advice_kind order[] = {SW_ADVICE_DEPENDS_DX, SW_ADVICE_DEPENDS_PR, SW_ADVICE_MAIN_PR, SW_ADVICE_PRINCIPAL,
                                         SW_ADVICE_CC, SW_ADVICE_MCC, SW_ADVICE_UNKNOWN_DX, SW_ADVICE_UNSPECIFIC};
  for (size_t o = 0; o < sizeof order / sizeof *order; ++o)
    for (size_t i = 0; i < n; ++i)
      if (found[i].kind == order[o] && found[i].drg == target) {
        *out = found[i];
        return true;
      }
  return false;
}

/* --- words ----------------------------------------------------------------------------------- */

static void put_change(const sw_drg_catalogue *c, const sw_advice *a, int64_t rate_fen, bool zh, sw_buf *out) {
  sw_buf_puts(out, " → ");
  sw_buf_str_put(out, sw_drg_drg_code(c, a->drg));
  if (a->weight_e4 == 0) return;
  int32_t w = a->weight_e4 < 0 ? -a->weight_e4 : a->weight_e4;
  sw_buf_printf(out, zh ? "（权重 %c%d.%04d" : " (weight %c%d.%04d", a->weight_e4 < 0 ? '-' : '+', w / 10000, w % 10000);
  if (rate_fen > 0) {
    int64_t yuan = (int64_t)((__int128)w * rate_fen / 10000);
    sw_buf_printf(out, zh ? "，%c%lld.%02d 元" : ", %c%lld.%02d yuan", a->weight_e4 < 0 ? '-' : '+', (long long)(yuan / 100), (int)(yuan % 100));
  }
  sw_buf_puts(out, zh ? "）" : ")");
}

const char *sw_advice_kind_name(sw_advice_kind k) {
  static const char *const names[SW_ADVICE_KINDS] = {"principal",  "main-procedure", "depends-diagnosis", "depends-procedure", "cc",     "mcc",
                                                     "excluded",   "unspecific",     "unknown-diagnosis", "unknown-procedure", "missed", "unsupported",
                                                     "missed-procedure", "unsupported-procedure"};
  return k < SW_ADVICE_KINDS ? names[k] : "";
}

void sw_drg_advice_say(const sw_drg_catalogue *c, const sw_drg_case *k, const sw_advice_in *in, const sw_advice *a, int64_t rate_fen,
                       sw_lang lang, sw_buf *out) {
  static const char *const words[SW_ADVICE_KINDS][2] = {
      {"若主诊断为 ", "with the principal diagnosis "}, {"若主手术为 ", "with the main procedure "},
      {"若无诊断 ", "without the diagnosis "},         {"若无手术 ", "without the procedure "},
      {"若另有合并症（CC）", "with a further complication (CC)"}, {"若另有严重合并症（MCC）", "with a further major complication (MCC)"},
      {"被主诊断排除的合并症 ", "complication excluded by the principal diagnosis: "},
      {"主诊断未特指；若为 ", "the principal diagnosis is unspecified; if it were "},
      {"未知诊断编码，可能是 ", "unknown diagnosis code, perhaps "}, {"未知手术编码 ", "unknown procedure code "},
      {"病历支持而未编码：", "supported by the record, not coded: "}, {"已编码而病历不支持：", "coded, not supported by the record: "},
      {"病历支持而未编手术操作：", "procedure supported by the record, not coded: "},
      {"已编手术操作而病历不支持：", "procedure coded, not supported by the record: "}};
  bool zh = lang == SW_LANG_ZH;
  if (a->kind >= SW_ADVICE_KINDS) return;
  sw_buf_puts(out, words[a->kind][lang]);
  sw_str code = a->code;
  if (a->kind == SW_ADVICE_UNKNOWN_PR && a->index >= 0 && (size_t)a->index < k->npr) code = k->pr[a->index];
  sw_buf_str_put(out, sw_str_sub(code, 0, 64));
  bool procedure = a->kind == SW_ADVICE_MAIN_PR || a->kind == SW_ADVICE_DEPENDS_PR || a->kind == SW_ADVICE_MISSED_PR || a->kind == SW_ADVICE_UNSUPPORTED_PR;
  sw_str name = procedure ? sw_drg_pr_name(c, code) : sw_drg_dx_name(c, code);
  if (name.len) {
    sw_buf_putc(out, ' ');
    sw_buf_str_put(out, name);
  }
  if (in && a->rule >= 0 && (size_t)a->rule < in->nrules) {
    const sw_evidence_rule *r = &in->rules[a->rule];
    sw_buf_puts(out, zh ? "（" : " (");
    sw_buf_str_put(out, zh ? r->zh : r->en);
    if (a->evidence >= 0 && (size_t)a->evidence < in->nevidence && !isnan(in->evidence[a->evidence].value)) {
      const sw_evidence *e = &in->evidence[a->evidence];
      sw_buf_printf(out, zh ? "：%.*s = %g %.*s" : ": %.*s = %g %.*s", SW_STR_ARG(e->item), e->value, SW_STR_ARG(e->unit));
    }
    sw_buf_puts(out, zh ? "）" : ")");
  }
  put_change(c, a, rate_fen, zh, out);
}
