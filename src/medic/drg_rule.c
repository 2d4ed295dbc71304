#include "medic/drg_inside.h"

typedef struct word {
  const char *text;
  uint32_t needs;
  uint8_t nconds;
  sw_drg_cond conds[2];
} word;

#define NEED(x) (UINT32_C(1) << SW_DRG_NEED_##x)

/* The published rules' fixed words. Birth weights of 0 count as unknown: sw_drg_cond_holds sees to it. */
static const word words[] = {
    {"主诊断匹配", NEED(PDX), 0, {{0, 0, 0}}},
    {"某一诊断匹配", NEED(ANY_DX), 0, {{0, 0, 0}}},
    {"其他诊断匹配", NEED(OTHER_DX), 0, {{0, 0, 0}}},
    {"主手术匹配", NEED(MAIN_PR), 0, {{0, 0, 0}}},
    {"某一手术匹配", NEED(ANY_PR), 0, {{0, 0, 0}}},
    {"双手术匹配", NEED(TWO_PR), 0, {{0, 0, 0}}},
    {"NA1特殊规则", NEED(NA1), 0, {{0, 0, 0}}},
    {"JA1特殊规则", NEED(JA1), 0, {{0, 0, 0}}},
    {"存在手术", NEED(VALID), 0, {{0, 0, 0}}},
    {"无手术", NEED(NO_VALID), 0, {{0, 0, 0}}},
    {"多诊断匹配", NEED(PARTS), 0, {{0, 0, 0}}},
    {"多手术处理", 0, 0, {{0, 0, 0}}},
    {"女性", 0, 1, {{SW_DRG_F_SEX, SW_DRG_EQ, 2}}},
    {"男性", 0, 1, {{SW_DRG_F_SEX, SW_DRG_EQ, 1}}},
    {"婴儿", 0, 1, {{SW_DRG_F_AGE, SW_DRG_EQ, 0}}},
    {"体重小于1500克", 0, 1, {{SW_DRG_F_WEIGHT, SW_DRG_LT, 1500}}},
    {"体重1500至2000克", 0, 2, {{SW_DRG_F_WEIGHT, SW_DRG_GE, 1500}, {SW_DRG_F_WEIGHT, SW_DRG_LT, 2000}}},
    {"体重2000至2500克", 0, 2, {{SW_DRG_F_WEIGHT, SW_DRG_GE, 2000}, {SW_DRG_F_WEIGHT, SW_DRG_LT, 2500}}},
    {"体重大于2500克", 0, 1, {{SW_DRG_F_WEIGHT, SW_DRG_GE, 2500}}},
    {"死亡", 0, 1, {{SW_DRG_F_DISCHARGE, SW_DRG_EQ, 5}}},
};

static const char *const field_names[SW_DRG_FIELDS] = {"性别",     "年龄",     "日龄",       "体重",
                                                       "住院天数", "离院方式", "呼吸机小时", "监护小时"};

static bool take_word(sw_str term, int32_t infant_days, sw_drg_rule *r) {
  if (sw_str_eqz(term, "新生儿")) {
    if (r->nconds == SW_DRG_RULE_CONDS) return false;
    r->conds[r->nconds++] = (sw_drg_cond){SW_DRG_F_DAYS, SW_DRG_LE, infant_days};
    return true;
  }
  if (sw_str_eqz(term, "MCC") || sw_str_eqz(term, "CC")) {
    r->severity = term.len == 3 ? SW_DRG_MCC : SW_DRG_CC;
    return true;
  }
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
    if (!sw_str_eqz(term, words[i].text)) continue;
    if (r->nconds + words[i].nconds > SW_DRG_RULE_CONDS) return false;
    r->needs |= words[i].needs;
    for (size_t k = 0; k < words[i].nconds; ++k) r->conds[r->nconds++] = words[i].conds[k];
    return true;
  }
  return false;
}

/* An operator at the head of s, ASCII or as printed; its length in bytes, 0 when there is none. */
static size_t take_op(sw_str s, uint8_t *op) {
  static const struct {
    const char *text;
    uint8_t op;
  } ops[] = {{"<=", SW_DRG_LE}, {">=", SW_DRG_GE}, {"≤", SW_DRG_LE}, {"≥", SW_DRG_GE},
             {"<", SW_DRG_LT},  {">", SW_DRG_GT},  {"=", SW_DRG_EQ}};
  for (size_t i = 0; i < sizeof ops / sizeof *ops; ++i) {
    if (!sw_str_starts(s, sw_str_of(ops[i].text))) continue;
    *op = ops[i].op;
    return strlen(ops[i].text);
  }
  return 0;
}

static bool take_condition(sw_str term, sw_drg_rule *r) {
  for (size_t f = 0; f < SW_DRG_FIELDS; ++f) {
    sw_str name = sw_str_of(field_names[f]);
    if (!sw_str_starts(term, name)) continue;
    sw_str rest = sw_str_sub(term, name.len, term.len);
    uint8_t op = 0;
    size_t n = take_op(rest, &op);
    int64_t v = 0;
    if (n == 0 || !sw_str_to_i64(sw_str_sub(rest, n, rest.len), &v) || v < INT16_MIN || v > 1000000) return false;
    if (r->nconds == SW_DRG_RULE_CONDS) return false;
    r->conds[r->nconds++] = (sw_drg_cond){(uint8_t)f, op, (int32_t)v};
    return true;
  }
  return false;
}

/* Splits off the part before `mark`. */
static sw_str cut(sw_str *rest, const char *mark) {
  ptrdiff_t at = sw_str_find(*rest, sw_str_of(mark));
  sw_str head = at < 0 ? *rest : sw_str_sub(*rest, 0, (size_t)at);
  *rest = at < 0 ? (sw_str){NULL, 0} : sw_str_sub(*rest, (size_t)at + strlen(mark), rest->len);
  return sw_str_trim(head);
}

sw_status sw_drg_rule_parse(sw_str text, int32_t infant_days, sw_drg_rule out[SW_DRG_RULE_ALTS], size_t *nalts,
                            sw_error *err) {
  sw_str alternatives = text;
  *nalts = 0;
  do {
    sw_str terms = cut(&alternatives, "或");
    if (*nalts == SW_DRG_RULE_ALTS)
      return SW_FAIL(err, SW_E_LIMIT, "SW-DRG-0001", "规则的“或”超过 %d 个", "a rule has more than %d alternatives",
                     (int)SW_DRG_RULE_ALTS);
    sw_drg_rule *r = &out[(*nalts)++];
    *r = (sw_drg_rule){0};
    while (terms.len) {
      sw_str term = cut(&terms, "、");
      if (term.len == 0 || take_word(term, infant_days, r) || take_condition(term, r)) continue;
      return SW_FAIL(err, SW_E_CONFIG, "SW-DRG-0002", "不认识的分组规则“%.*s”", "unknown word “%.*s” in a grouping rule",
                     SW_STR_ARG(sw_str_sub(term, 0, 200)));
    }
  } while (alternatives.len);
  return SW_OK;
}

bool sw_drg_cond_holds(const sw_drg_cond *k, const sw_drg_case *in) {
  int32_t v = SW_UNKNOWN;
  switch ((sw_drg_field)k->field) {
    case SW_DRG_F_SEX: v = in->sex; break;
    case SW_DRG_F_AGE:
      v = in->age_years;
      if (v == SW_UNKNOWN && in->age_days >= 0) v = in->age_days / 365; /* only the days are known */
      break;
    case SW_DRG_F_DAYS: v = in->age_days; break;
    case SW_DRG_F_WEIGHT: v = in->weight_g == 0 ? SW_UNKNOWN : in->weight_g; break;
    case SW_DRG_F_LOS: v = in->los_days; break;
    case SW_DRG_F_DISCHARGE: v = in->discharge_mode; break;
    case SW_DRG_F_VENT: v = in->vent_hours; break;
    case SW_DRG_F_ICU: v = in->icu_hours; break;
    case SW_DRG_FIELDS: break;
  }
  if (v == SW_UNKNOWN) return false;
  switch ((sw_drg_op)k->op) {
    case SW_DRG_LT: return v < k->value;
    case SW_DRG_LE: return v <= k->value;
    case SW_DRG_GT: return v > k->value;
    case SW_DRG_GE: return v >= k->value;
    case SW_DRG_EQ: return v == k->value;
  }
  return false;
}
