#include "medic/dip_inside.h"

#include <inttypes.h>

static const char *const class_names[SW_DIP_CLASSES][2] = {{"保守治疗", "conservative"},
                                                           {"诊断性操作", "diagnostic"},
                                                           {"治疗性操作", "therapeutic"},
                                                           {"介入治疗", "intervention"},
                                                           {"相关手术", "surgery"}};

static const char *const level_names[SW_DIP_LEVELS] = {"0-28d", "29d-1y", "1-6",  "7-17", ">=66",  "I-A",   "I-B",    "II",
                                                       "III",   "IV-A",   "IV-B", "T-IV", "T-V-A", "T-V-B", "T-VI-A", "T-VI-B"};

const char *sw_dip_class_name(sw_dip_class c, sw_lang lang) { return c < SW_DIP_CLASSES ? class_names[c][lang] : ""; }

bool sw_dip_class_parse(sw_str s, sw_dip_class *out) {
  for (int i = 0; i < SW_DIP_CLASSES; ++i)
    if (sw_str_eqz(s, class_names[i][0]) || sw_str_eqz(s, class_names[i][1])) {
      *out = (sw_dip_class)i;
      return true;
    }
  static const struct {
    const char *word;
    sw_dip_class c;
  } also[] = {{"手术", SW_DIP_SURGERY}, {"保守", SW_DIP_CONSERVATIVE}, {"介入", SW_DIP_INTERVENTION}};
  for (size_t i = 0; i < sizeof also / sizeof *also; ++i)
    if (sw_str_eqz(s, also[i].word)) {
      *out = also[i].c;
      return true;
    }
  return false;
}

const char *sw_dip_level_name(sw_dip_level l) { return l < SW_DIP_LEVELS ? level_names[l] : ""; }

bool sw_dip_level_parse(sw_str s, sw_dip_level *out) {
  for (int i = 0; i < SW_DIP_LEVELS; ++i)
    if (sw_str_eqz(s, level_names[i])) {
      *out = (sw_dip_level)i;
      return true;
    }
  return false;
}

static bool starts(sw_str code, const char *prefix) { return sw_str_starts(code, sw_str_of(prefix)); }

sw_dip_class sw_dip_default_class(sw_str code) {
  if (code.len < 2 || code.ptr[0] < '0' || code.ptr[0] > '9' || code.ptr[1] < '0' || code.ptr[1] > '9')
    return SW_DIP_CONSERVATIVE; /* no code at all: it must not turn a case into a surgical one */
  static const char *const interventions[] = {"00.5", "00.6", "36.0", "39.5", "39.7", "39.9", "35.5", "35.9", "37.3"};
  for (size_t i = 0; i < sizeof interventions / sizeof *interventions; ++i)
    if (starts(code, interventions[i])) return SW_DIP_INTERVENTION;
  int chapter = (code.ptr[0] - '0') * 10 + code.ptr[1] - '0';
  if (chapter >= 93) return SW_DIP_THERAPEUTIC;
  if (chapter >= 87) return chapter == 92 && starts(code, "92.2") ? SW_DIP_THERAPEUTIC : SW_DIP_DIAGNOSTIC;
  if (starts(code, "00.0") || starts(code, "00.1")) return SW_DIP_THERAPEUTIC;
  return SW_DIP_SURGERY;
}

static uint32_t bit(sw_dip_level l) { return UINT32_C(1) << l; }

static uint32_t age_levels(const sw_dip_case *in) {
  int32_t years = in->age_years, days = in->age_days;
  if (days >= 0 && days <= 28 && (years == 0 || years == SW_UNKNOWN)) return bit(SW_DIP_AGE_0_28D);
  if (years == SW_UNKNOWN && days >= 0) years = days / 365;
  if (years == SW_UNKNOWN || years < 0) return 0;
  if (years == 0) return bit(SW_DIP_AGE_29D_1Y);
  if (years <= 6) return bit(SW_DIP_AGE_1_6);
  if (years <= 17) return bit(SW_DIP_AGE_7_17);
  return years >= 66 ? bit(SW_DIP_AGE_66) : 0;
}

static bool has_procedure(const sw_dip_case *in, const char *prefix) {
  for (size_t i = 0; i < in->npr; ++i)
    if (starts(in->pr[i], prefix)) return true;
  return false;
}

static uint32_t tumour_levels(const sw_dip_case *in, bool death, bool brief) {
  uint32_t out = 0;
  for (size_t i = 1; i < in->ndx; ++i)
    if (sw_icd10_metastasis(in->dx[i])) out |= bit(SW_DIP_T_IV);
  if (has_procedure(in, "92.2")) out |= bit(SW_DIP_T_V_A); /* radiotherapy, ICD-9-CM-3 92.2 */
  if (has_procedure(in, "99.25")) out |= bit(SW_DIP_T_V_B); /* chemotherapy, ICD-9-CM-3 99.25 */
  if (death) out |= bit(brief ? SW_DIP_T_VI_A : SW_DIP_T_VI_B);
  return out;
}

uint32_t sw_dip_levels(const sw_dip_case *in, bool has_cc, bool has_mcc) {
  uint32_t out = age_levels(in);
  bool known = in->los_days != SW_UNKNOWN, brief = known && in->los_days <= 3;
  bool death = in->discharge_mode == 5;
  bool tumour = in->ndx && sw_icd10_neoplasm(in->dx[0]);
  if (has_mcc) out |= bit(SW_DIP_III);
  if (has_cc) out |= bit(SW_DIP_II);
  if (!has_mcc && !has_cc && !death && known) out |= bit(brief ? SW_DIP_I_A : SW_DIP_I_B);
  if (tumour) out |= tumour_levels(in, death && known, brief);
  else if (death && known) out |= bit(brief ? SW_DIP_IV_A : SW_DIP_IV_B);
  return out;
}

static void reason(const sw_dip_case *in, const sw_dip_result *r, sw_lang lang, sw_buf *out) {
  bool zh = lang == SW_LANG_ZH;
  sw_str dx = in->ndx ? sw_str_sub(in->dx[0], 0, 40) : (sw_str){NULL, 0};
  switch (r->status) {
    case SW_DIP_NO_PRINCIPAL: sw_buf_puts(out, zh ? "没有主诊断" : "there is no principal diagnosis"); return;
    case SW_DIP_BAD_PRINCIPAL:
      sw_buf_puts(out, zh ? "主诊断不是 ICD-10 编码：" : "the principal diagnosis is no ICD-10 code: ");
      sw_buf_str_put(out, dx);
      return;
    case SW_DIP_NO_GROUP:
      sw_buf_puts(out, zh ? "主诊断 " : "principal diagnosis ");
      sw_buf_str_put(out, dx);
      sw_buf_puts(out, zh ? " 既无核心病种，也无综合病种：" : " has neither a core nor a comprehensive group for ");
      sw_buf_puts(out, sw_dip_class_name(r->op_class, lang));
      return;
    case SW_DIP_CORE:
    case SW_DIP_COMPREHENSIVE: return;
  }
}

static void put_u(sw_buf *out, unsigned v) {
  char digits[12];
  size_t n = sizeof digits;
  do digits[--n] = (char)('0' + v % 10);
  while (v /= 10);
  sw_buf_put(out, digits + n, sizeof digits - n);
}

void sw_dip_path(const sw_dip_catalogue *c, const sw_dip_case *in, const sw_dip_result *r, sw_lang lang, sw_buf *out) {
  bool zh = lang == SW_LANG_ZH;
  if (r->group == SW_DIP_NONE) {
    reason(in, r, lang, out);
    return;
  }
  const sw_dip_group_info *g = &c->groups[r->group].info;
  sw_buf_puts(out, zh ? "主诊断 " : "principal diagnosis ");
  sw_buf_str_put(out, in->dx[0]);
  sw_buf_puts(out, zh ? "（" : " (");
  sw_buf_puts(out, sw_dip_class_name(r->op_class, lang));
  sw_buf_puts(out, zh ? "）" : ")");
  if (r->status == SW_DIP_CORE) sw_buf_puts(out, zh ? " → 核心病种 " : " → core group ");
  else sw_buf_puts(out, zh ? " → 综合病种 " : " → comprehensive group ");
  sw_buf_str_put(out, g->code);
  if (r->parts) {
    sw_buf_puts(out, zh ? "：手术组合 " : ": procedure parts ");
    put_u(out, r->parts);
    sw_buf_puts(out, zh ? " 段，符合编码 " : "; codes matched ");
    put_u(out, r->matched);
  }
  if (r->rivals) {
    sw_buf_puts(out, zh ? "；另有可入病种 " : "; other groups that match: ");
    put_u(out, r->rivals);
  }
  if (r->level >= 0) {
    sw_buf_puts(out, zh ? " → 辅助目录 " : " → auxiliary ");
    sw_buf_puts(out, level_names[r->level]);
    sw_buf_puts(out, " × ");
    put_u(out, (unsigned)(r->factor_e4 / 10000));
    sw_buf_putc(out, '.');
    char frac[5] = {0};
    for (int i = 3, v = r->factor_e4 % 10000; i >= 0; --i, v /= 10) frac[i] = (char)('0' + v % 10);
    sw_buf_put(out, frac, 4);
  }
}
