#include "identity/spec.h"

typedef struct kind_info {
  const char *name, *title[2];
  size_t nlevels;
  const char *levels[SW_LINK_LEVELS][2];
} kind_info;

#define NAME_LEVELS                                                                                                       \
  8, {                                                                                                                    \
    {"相同", "same"}, {"繁简或写法不同", "variant forms"}, {"同音或一处笔误", "same sound, or one typing error"},           \
        {"近音、形近或两处笔误", "near sound or shape, or two errors"}, {"次序、拼音或截断", "other order, romanised or cut off"}, \
        {"部分相同", "partly the same"}, {"仅姓相同", "surname only"}, {                                                  \
      "不同", "different"                                                                                                 \
    }                                                                                                                     \
  }
#define TEXT_LEVELS                                                                                            \
  5, {                                                                                                         \
    {"相同", "same"}, {"一处笔误", "one typing error"}, {"两处或少量笔误", "a few typing errors"}, {"部分相同", "partly the same"}, { \
      "不同", "different"                                                                                      \
    }                                                                                                          \
  }

static const kind_info kinds[SW_LINK_KINDS] = {
    [SW_LINK_NAME] = {"name", {"姓名", "name"}, NAME_LEVELS},
    [SW_LINK_GIVEN] = {"given_name", {"名", "given name"}, NAME_LEVELS},
    [SW_LINK_SURNAME] = {"surname", {"姓", "surname"}, NAME_LEVELS},
    [SW_LINK_CITIZEN_ID] = {"citizen_id", {"身份证号", "citizen id"}, 4,
                            {{"相同", "same"}, {"一位之差", "one character different"}, {"前14位相同", "same first 14"}, {"不同", "different"}}},
    [SW_LINK_ID] = {"id", {"证卡号", "identifier"}, 4,
                    {{"相同", "same"}, {"一位之差", "one character different"}, {"两位之差", "two characters different"}, {"不同", "different"}}},
    [SW_LINK_DATE] = {"date", {"日期", "date"}, 5,
                      {{"相同", "same"}, {"月日颠倒或一位之差", "day and month swapped, or one digit"},
                       {"年月日一项不同或两项相近", "one part different, or two nearly"}, {"两项不同或三项相近", "two parts different, or three nearly"}, {"不同", "different"}}},
    [SW_LINK_SEX] = {"sex", {"性别", "sex"}, 2, {{"相同", "same"}, {"不同", "different"}}},
    [SW_LINK_PHONE] = {"phone", {"电话", "phone"}, 4,
                       {{"相同", "same"}, {"一位之差", "one digit different"}, {"末七位相同", "same last seven"}, {"不同", "different"}}},
    [SW_LINK_ADDRESS] = {"address", {"地址", "address"}, 6,
                         {{"相同", "same"}, {"几乎相同", "nearly the same"}, {"同一路段或小区", "same street or estate"},
                          {"同一区县", "same district"}, {"同一地市", "same city"}, {"不同", "different"}}},
    [SW_LINK_EMAIL] = {"email", {"电子邮箱", "e-mail"}, TEXT_LEVELS},
    [SW_LINK_STRING] = {"string", {"文本", "text"}, TEXT_LEVELS},
    [SW_LINK_CATEGORY] = {"category", {"类别", "category"}, 2, {{"相同", "same"}, {"不同", "different"}}},
    [SW_LINK_NUMBER] = {"number", {"数值", "number"}, 4,
                        {{"相同", "same"}, {"相差不过百分之一", "within 1 %"}, {"相差不过百分之十", "within 10 %"}, {"不同", "different"}}},
};

const char *sw_link_kind_name(sw_link_kind k) { return k < SW_LINK_KINDS ? kinds[k].name : ""; }
const char *sw_link_kind_title(sw_link_kind k, sw_lang lang) { return k < SW_LINK_KINDS ? kinds[k].title[lang == SW_LANG_EN] : ""; }
size_t sw_link_kind_levels(sw_link_kind k) { return k < SW_LINK_KINDS ? kinds[k].nlevels : 0; }

sw_link_kind sw_link_kind_find(sw_str name) {
  for (int k = 0; k < SW_LINK_KINDS; k++)
    if (sw_str_eqz(name, kinds[k].name)) return (sw_link_kind)k;
  return SW_LINK_KINDS;
}

const char *sw_link_level_name(sw_link_kind k, size_t level, sw_lang lang) {
  if (level == SW_LINK_ABSENT) return lang == SW_LANG_ZH ? "缺失，不计" : "missing, neutral";
  return k < SW_LINK_KINDS && level < kinds[k].nlevels ? kinds[k].levels[level][lang == SW_LANG_EN] : "";
}

sw_status sw_link_spec_check(const sw_link_spec *s, sw_error *err) {
  if (s->nfields == 0)
    return SW_FAIL(err, SW_E_CONFIG, "SW-LINK-0001", "没有可用于关联的字段：请在 fields 中至少列出一个",
                   "no field to link by: list at least one under `fields`");
  if (s->nfields > SW_LINK_FIELDS)
    return SW_FAIL(err, SW_E_CONFIG, "SW-LINK-0002", "字段过多：最多 %d 个", "too many fields: at most %d", (int)SW_LINK_FIELDS);
  int given = 0, surname = 0;
  for (size_t i = 0; i < s->nfields; i++) {
    const sw_link_field *f = &s->fields[i];
    if (f->ncolumns == 0 || f->ncolumns > SW_LINK_ALTERNATIVES || (f->date_parts && f->ncolumns != 3))
      return SW_FAIL(err, SW_E_CONFIG, "SW-LINK-0003", "字段 %s 的列数不对", "field %s has a wrong number of columns", f->name);
    given += f->kind == SW_LINK_GIVEN;
    surname += f->kind == SW_LINK_SURNAME;
  }
  if (given > 1 || surname > 1 || given != surname)
    return SW_FAIL(err, SW_E_CONFIG, "SW-LINK-0004", "given_name 与 surname 须成对出现且各只一个；单独的一半请用 name",
                   "given_name and surname come as one pair; use `name` for a half alone");
  if (sw_link_p_review(s) > sw_link_p_link(s) || sw_link_p_link(s) >= 1)
    return SW_FAIL(err, SW_E_CONFIG, "SW-LINK-0005", "阈值须满足 0 < review ≤ link < 1", "thresholds must satisfy 0 < review <= link < 1");
  return SW_OK;
}
