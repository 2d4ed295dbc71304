#include "coding/insurer_why.h"

#include "medic/drg_advise.h"

enum { MAX_CODES = 128 }; /* of a case that are tried */

typedef struct trial {
  const sw_catalogue *c;
  const sw_drg_case *k;
  sw_str target;
  sw_str dx[MAX_CODES], pr[MAX_CODES];
  size_t ndx, npr;
} trial;

static bool leads(const sw_catalogue *c, const sw_drg_case *k, sw_str target) {
  if (c->kind == SW_CATALOGUE_DRG) {
    sw_drg_result r;
    sw_drg_group(c->drg, k, &r);
    return sw_str_eq(sw_drg_drg_code(c->drg, r.drg), target);
  }
  sw_dip_result r;
  sw_dip_group_info g;
  sw_dip_group(c->dip, k, &r);
  return sw_dip_group_info_of(c->dip, r.group, &g) && sw_str_eq(g.code, target);
}

/* The list with `first` moved to the front, or without `without`. */
static size_t arrange(const sw_str *in, size_t n, size_t first, size_t without, sw_str *out) {
  size_t m = 0;
  if (first < n) out[m++] = in[first];
  for (size_t i = 0; i < n; ++i)
    if (i != first && i != without) out[m++] = in[i];
  return m;
}

static bool with_dx(trial *t, size_t first, size_t without) {
  sw_drg_case k = *t->k;
  k.ndx = arrange(t->k->dx, t->ndx, first, without, t->dx);
  k.dx = t->dx;
  return leads(t->c, &k, t->target);
}

static bool with_pr(trial *t, size_t first, size_t without) {
  sw_drg_case k = *t->k;
  k.npr = arrange(t->k->pr, t->npr, first, without, t->pr);
  k.pr = t->pr;
  return leads(t->c, &k, t->target);
}

static sw_str name_of(const sw_catalogue *c, sw_str code, bool procedure) {
  if (c->kind != SW_CATALOGUE_DRG) return (sw_str){NULL, 0};
  return procedure ? sw_drg_pr_name(c->drg, code) : sw_drg_dx_name(c->drg, code);
}

static void tell(const sw_catalogue *c, sw_str code, bool procedure, const char *zh, const char *en, sw_buf say[2]) {
  sw_str name = name_of(c, code, procedure);
  for (int l = 0; l < 2; ++l) {
    sw_buf_puts(&say[l], l == SW_LANG_ZH ? zh : en);
    sw_buf_str_put(&say[l], sw_str_sub(code, 0, 64));
    if (!name.len) continue;
    sw_buf_putc(&say[l], ' ');
    sw_buf_str_put(&say[l], name);
  }
}

static const char *codes(trial *t, sw_buf say[2]) {
  for (size_t i = 1; i < t->ndx; ++i)
    if (with_dx(t, SIZE_MAX, i)) {
      bool cc = t->c->kind == SW_CATALOGUE_DRG && sw_drg_dx_severity(t->c->drg, t->k->dx[i]) != SW_DRG_PLAIN;
      if (cc) tell(t->c, t->k->dx[i], false, "经办未计合并症 ", "they did not count the complication ", say);
      else tell(t->c, t->k->dx[i], false, "经办未计诊断 ", "they did not count the diagnosis ", say);
      return cc ? "complication" : "diagnosis";
    }
  for (size_t i = 1; i < t->npr; ++i)
    if (with_pr(t, i, SIZE_MAX)) {
      tell(t->c, t->k->pr[i], true, "经办以此为主手术：", "they took as the main procedure ", say);
      return "main-procedure";
    }
  for (size_t i = 0; i < t->npr; ++i)
    if (with_pr(t, SIZE_MAX, i)) {
      tell(t->c, t->k->pr[i], true, "经办未计手术 ", "they did not count the procedure ", say);
      return "procedure";
    }
  for (size_t i = 1; i < t->ndx; ++i)
    if (with_dx(t, i, SIZE_MAX)) {
      tell(t->c, t->k->dx[i], false, "经办以此为主诊断：", "they took as the principal diagnosis ", say);
      return "principal-diagnosis";
    }
  sw_drg_case k = *t->k;
  k.npr = 0;
  if (t->npr > 1 && leads(t->c, &k, t->target)) {
    tell(t->c, (sw_str){NULL, 0}, true, "经办未计任何手术", "they counted no procedure at all", say);
    return "procedure";
  }
  return NULL;
}

static const char *person(const trial *t, sw_buf say[2]) {
  sw_drg_case k = *t->k;
  k.sex = t->k->sex == 1 ? 2 : 1;
  if (leads(t->c, &k, t->target)) {
    tell(t->c, (sw_str){NULL, 0}, false, "经办的性别不同", "they have the other sex", say);
    return "sex";
  }
  static const int32_t ages[] = {0, 5, 12, 45, 80};
  for (size_t i = 0; i < sizeof ages / sizeof *ages; ++i) {
    k = *t->k;
    k.age_years = ages[i];
    k.age_days = ages[i] ? ages[i] * 365 : 10;
    if (k.age_years == t->k->age_years || !leads(t->c, &k, t->target)) continue;
    for (int l = 0; l < 2; ++l)
      sw_buf_printf(&say[l], l == SW_LANG_ZH ? "经办的年龄不同（如 %d 岁）" : "they have another age (such as %d years)", (int)ages[i]);
    return "age";
  }
  return NULL;
}

static const char *word_of(sw_advice_kind kind) {
  switch (kind) {
    case SW_ADVICE_PRINCIPAL: return "principal-diagnosis";
    case SW_ADVICE_MAIN_PR: return "main-procedure";
    case SW_ADVICE_DEPENDS_PR: return "procedure";
    case SW_ADVICE_DEPENDS_DX: return "diagnosis";
    case SW_ADVICE_EXCLUDED: return "excluded-complication";
    case SW_ADVICE_CC:
    case SW_ADVICE_MCC:
    case SW_ADVICE_MISSED:
    case SW_ADVICE_UNSUPPORTED: return "complication";
    case SW_ADVICE_MISSED_PR:
    case SW_ADVICE_UNSUPPORTED_PR: return "procedure";
    case SW_ADVICE_UNKNOWN_DX:
    case SW_ADVICE_UNKNOWN_PR: return "unknown-code";
    case SW_ADVICE_UNSPECIFIC: return "unspecific-code";
    case SW_ADVICE_KINDS: break;
  }
  return "other-group";
}

static bool edition(const sw_insurer_explain_options *o, const sw_drg_case *k, sw_str target, sw_buf say[2]) {
  for (size_t i = 0; i < o->nothers; ++i) {
    if (!leads(o->others[i], k, target)) continue;
    for (int l = 0; l < 2; ++l)
      sw_buf_printf(&say[l], l == SW_LANG_ZH ? "经办用的是另一版本：%s 把这一病例分到该组" : "they use another edition: %s puts this case there", o->other_names[i]);
    return true;
  }
  return false;
}

const char *sw_insurer_why(const sw_insurer_explain_options *o, const sw_drg_case *k, sw_str target, sw_buf say[2]) {
  if (!o->catalogue) return "other-group";
  trial t = {.c = o->catalogue, .k = k, .target = target, .ndx = k->ndx < MAX_CODES ? k->ndx : MAX_CODES, .npr = k->npr < MAX_CODES ? k->npr : MAX_CODES};
  if (edition(o, k, target, say)) return "edition";
  const char *word = codes(&t, say);
  sw_advice a;
  if (!word && t.c->kind == SW_CATALOGUE_DRG && sw_drg_why(t.c->drg, k, sw_drg_find(t.c->drg, target), &a)) {
    for (int l = 0; l < 2; ++l) {
      if (a.kind == SW_ADVICE_EXCLUDED) sw_buf_puts(&say[l], l == SW_LANG_ZH ? "经办计入了" : "they counted a ");
      sw_drg_advice_say(t.c->drg, k, NULL, &a, 0, (sw_lang)l, &say[l]);
    }
    word = word_of(a.kind);
  }
  if (!word) word = person(&t, say);
  if (word) return word;
  sw_buf_puts(&say[0], "编码的任何单一改动都得不到该组");
  sw_buf_puts(&say[1], "no single change of the coding gives that group");
  return "other-group";
}
