#include "medic/drg_inside.h"

#include "base/utf8.h"

sw_drg_counts sw_drg_catalogue_counts(const sw_drg_catalogue *c) {
  sw_drg_counts n = {.mdc = c->nmdc, .adrg = c->nadrg, .drg = c->ndrg, .dx = c->dx_codes.n, .pr = c->pr_codes.n,
                     .exclusion_tables = c->ntables, .bytes = c->mem.used};
  for (uint32_t i = 0; i < c->dx_codes.n; ++i) {
    n.mcc += c->dx[i].severity == SW_DRG_MCC;
    n.cc += c->dx[i].severity == SW_DRG_CC;
  }
  return n;
}

sw_str sw_drg_mdc_code(const sw_drg_catalogue *c, uint16_t mdc) {
  return mdc < c->nmdc ? c->mdc[mdc].code : SW_LIT("0000");
}

sw_str sw_drg_adrg_code(const sw_drg_catalogue *c, uint16_t adrg) {
  return adrg < c->nadrg ? c->adrg[adrg].code : SW_LIT("00");
}

sw_str sw_drg_drg_code(const sw_drg_catalogue *c, uint16_t drg) {
  return drg < c->ndrg ? c->drg[drg].info.code : SW_LIT("0000");
}

bool sw_drg_group_info_of(const sw_drg_catalogue *c, uint16_t drg, sw_drg_group_info *out) {
  if (drg >= c->ndrg) return false;
  *out = c->drg[drg].info;
  return true;
}

uint16_t sw_drg_find(const sw_drg_catalogue *c, sw_str drg_code) {
  for (uint16_t i = 0; i < c->ndrg; ++i)
    if (sw_str_eq(c->drg[i].info.code, drg_code)) return i;
  return SW_DRG_NONE;
}

bool sw_drg_dx_known(const sw_drg_catalogue *c, sw_str code) { return sw_icd_table_find(&c->dx_codes, code) != SW_ICD_NONE; }
bool sw_drg_pr_known(const sw_drg_catalogue *c, sw_str code) { return sw_icd_table_find(&c->pr_codes, code) != SW_ICD_NONE; }

sw_str sw_drg_dx_name(const sw_drg_catalogue *c, sw_str code) {
  uint32_t id = sw_icd_table_find(&c->dx_codes, code);
  return id == SW_ICD_NONE ? (sw_str){NULL, 0} : c->dx_names[id];
}

sw_str sw_drg_pr_name(const sw_drg_catalogue *c, sw_str code) {
  uint32_t id = sw_icd_table_find(&c->pr_codes, code);
  return id == SW_ICD_NONE ? (sw_str){NULL, 0} : c->pr_names[id];
}

sw_drg_severity sw_drg_dx_severity(const sw_drg_catalogue *c, sw_str code) {
  uint32_t id = sw_icd_table_find(&c->dx_codes, code);
  return id == SW_ICD_NONE ? SW_DRG_PLAIN : (sw_drg_severity)c->dx[id].severity;
}

void sw_drg_each_dx(const sw_drg_catalogue *c, sw_str prefix, void (*on_code)(void *ctx, sw_str code), void *ctx) {
  uint32_t lo = 0, hi = c->dx_codes.n;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (sw_str_cmp(sw_icd_table_code(&c->dx_codes, c->dx_sorted[mid]), prefix) < 0) lo = mid + 1;
    else hi = mid;
  }
  for (; lo < c->dx_codes.n; ++lo) {
    sw_str code = sw_icd_table_code(&c->dx_codes, c->dx_sorted[lo]);
    if (!sw_str_starts(code, prefix)) return;
    on_code(ctx, code);
  }
}

sw_str sw_drg_status_text(sw_drg_status s) {
  return s == SW_DRG_GROUPED || s == SW_DRG_UNRELATED ? SW_LIT("分组成功") : SW_LIT("无法入组");
}

sw_str sw_drg_rule_text(const sw_drg_catalogue *c, uint16_t slot) {
  return slot < c->nslot ? c->slot[slot].text : (sw_str){NULL, 0};
}

/* --- the path -------------------------------------------------------------------------------- */

/* A short unchecked append: the caller has reserved room. */
static char *put(char *p, const char *s, size_t n) {
  memcpy(p, s, n);
  return p + n;
}
#define PUT(p, lit) put((p), (lit), sizeof(lit) - 1)

static char *put_code(char *p, sw_str s) {
  size_t n = s.len < 40 ? s.len : sw_utf8_clip(s, 40).len; /* garbage in a code column is shown, but not at length */
  return n ? put(p, s.ptr, n) : p;
}

static char *put_number(char *p, int32_t v) {
  char digits[12];
  size_t n = 0;
  uint32_t u = v < 0 ? 0u - (uint32_t)v : (uint32_t)v;
  do {
    digits[n++] = (char)('0' + u % 10);
    u /= 10;
  } while (u);
  if (v < 0) *p++ = '-';
  while (n) *p++ = digits[--n];
  return p;
}

static sw_str dx_of(const sw_drg_case *in, int32_t i) {
  return i >= 0 && (size_t)i < in->ndx ? in->dx[i] : (sw_str){NULL, 0};
}

static sw_str pr_of(const sw_drg_case *in, int32_t i) {
  return i >= 0 && (size_t)i < in->npr ? in->pr[i] : (sw_str){NULL, 0};
}

static char *put_adrg(char *p, const sw_drg_catalogue *c, const sw_drg_case *in, const sw_drg_step *s, bool zh) {
  p = put_code(p, sw_drg_adrg_code(c, s->ref));
  p = zh ? PUT(p, "：") : PUT(p, ": ");
  const sw_drg_rule *r = &c->slot[s->b].rule;
  bool by_pr = r->needs & (1u << SW_DRG_NEED_MAIN_PR | 1u << SW_DRG_NEED_ANY_PR | 1u << SW_DRG_NEED_TWO_PR |
                           1u << SW_DRG_NEED_NA1 | 1u << SW_DRG_NEED_JA1 | 1u << SW_DRG_NEED_VALID);
  if (by_pr && s->a >= 0) {
    if (s->a == 0) p = zh ? PUT(p, "主手术 ") : PUT(p, "main procedure ");
    else p = zh ? PUT(p, "手术 ") : PUT(p, "procedure ");
    return put_code(p, pr_of(in, s->a));
  }
  if (s->a >= 0) {
    if (s->a == 0) p = zh ? PUT(p, "主诊断 ") : PUT(p, "principal diagnosis ");
    else p = zh ? PUT(p, "诊断 ") : PUT(p, "diagnosis ");
    return put_code(p, dx_of(in, s->a));
  }
  if (c->slot[s->b].text.len == 0) return zh ? PUT(p, "其余病例") : PUT(p, "all remaining cases");
  return put(p, c->slot[s->b].text.ptr, c->slot[s->b].text.len < 200 ? c->slot[s->b].text.len : 0);
}

static char *put_mdc(char *p, const sw_drg_catalogue *c, const sw_drg_case *in, const sw_drg_step *s, bool zh) {
  p = put_code(p, sw_drg_mdc_code(c, s->ref));
  p = zh ? PUT(p, "：") : PUT(p, ": ");
  if (s->a == 0) p = zh ? PUT(p, "主诊断 ") : PUT(p, "principal diagnosis ");
  else if (s->a > 0) p = zh ? PUT(p, "诊断 ") : PUT(p, "diagnosis ");
  else if (in->npr) {
    p = zh ? PUT(p, "主手术 ") : PUT(p, "main procedure ");
    return put_code(p, in->pr[0]);
  }
  return put_code(p, dx_of(in, s->a));
}

static char *put_table(char *p, const sw_drg_catalogue *c, int32_t t, bool zh) {
  p = zh ? PUT(p, "（排除表 ") : PUT(p, " (exclusion table ");
  if (t > 0 && t <= c->ntables) p = put_code(p, c->tables[t]);
  else p = PUT(p, "-");
  return zh ? PUT(p, "）") : PUT(p, ")");
}

static char *put_step(char *p, const sw_drg_catalogue *c, const sw_drg_case *in, const sw_drg_step *s, bool zh) {
  switch ((sw_drg_step_kind)s->kind) {
    case SW_DRG_STEP_MDC: return put_mdc(p, c, in, s, zh);
    case SW_DRG_STEP_MDC_LEFT:
      p = put_mdc(p, c, in, s, zh);
      return zh ? PUT(p, "，无 ADRG 符合") : PUT(p, "; no ADRG matches");
    case SW_DRG_STEP_ADRG: return put_adrg(p, c, in, s, zh);
    case SW_DRG_STEP_QY:
      p = zh ? PUT(p, "与主诊断无关的手术 ") : PUT(p, "procedure unrelated to the principal diagnosis ");
      return put_code(p, pr_of(in, s->a));
    case SW_DRG_STEP_MCC:
    case SW_DRG_STEP_CC:
      p = s->kind == SW_DRG_STEP_MCC ? PUT(p, "MCC ") : PUT(p, "CC ");
      p = put_code(p, dx_of(in, s->a));
      return put_table(p, c, s->b, zh);
    case SW_DRG_STEP_EXCLUDED:
      p = put_code(p, dx_of(in, s->a));
      p = zh ? PUT(p, " 被主诊断排除") : PUT(p, " is excluded by the principal diagnosis");
      return put_table(p, c, s->b, zh);
    case SW_DRG_STEP_DRG: return put_code(p, sw_drg_drg_code(c, s->ref));
    case SW_DRG_STEP_UNKNOWN_DX:
      p = zh ? PUT(p, "未知诊断编码 ") : PUT(p, "unknown diagnosis code ");
      return put_code(p, dx_of(in, s->a));
    case SW_DRG_STEP_UNKNOWN_PR:
      p = zh ? PUT(p, "未知手术编码 ") : PUT(p, "unknown procedure code ");
      return put_code(p, pr_of(in, s->a));
  }
  return p;
}

static char *put_reason(char *p, const sw_drg_result *r, const sw_drg_case *in, bool zh) {
  switch (r->status) {
    case SW_DRG_GROUPED:
    case SW_DRG_UNRELATED: return p;
    case SW_DRG_NO_PRINCIPAL: return zh ? PUT(p, "没有主诊断") : PUT(p, "there is no principal diagnosis");
    case SW_DRG_NO_MDC:
      p = zh ? PUT(p, "主诊断 ") : PUT(p, "principal diagnosis ");
      p = put_code(p, dx_of(in, 0));
      p = zh ? PUT(p, "（性别 ") : PUT(p, " (sex ");
      p = in->sex == SW_UNKNOWN ? PUT(p, "-") : put_number(p, in->sex);
      return zh ? PUT(p, "）不能进入任何 MDC") : PUT(p, ") enters no MDC");
    case SW_DRG_NO_ADRG: return zh ? PUT(p, "没有 ADRG 符合") : PUT(p, "no ADRG matches");
    case SW_DRG_NO_DRG: return zh ? PUT(p, "该 ADRG 的各 DRG 均不符合") : PUT(p, "no DRG of this ADRG matches");
  }
  return p;
}

void sw_drg_path(const sw_drg_catalogue *c, const sw_drg_case *in, const sw_drg_result *r, sw_lang lang, sw_buf *out) {
  bool zh = lang == SW_LANG_ZH;
  /* A step is at most a code of 40 bytes, a rule of 200 and fixed words under 100. */
  if (!sw_buf_reserve(out, (SW_DRG_STEPS + 1u) * 400u)) return;
  char *begin = out->ptr + out->len, *p = begin;
  for (uint16_t i = 0; i < r->nsteps; ++i) {
    if (p != begin) p = PUT(p, " → ");
    p = put_step(p, c, in, &r->steps[i], zh);
  }
  if (r->status != SW_DRG_GROUPED && r->status != SW_DRG_UNRELATED) {
    if (p != begin) p = PUT(p, " → ");
    p = put_reason(p, r, in, zh);
  }
  out->len = (size_t)(p - out->ptr);
  out->ptr[out->len] = '\0';
}
