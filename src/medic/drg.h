/* The DRG grouper: a case in, a group out, with the path that led there. Pure functions over plain structs; no I/O.
 *
 * Catalogues are data. A builder takes the rows of the published tables (MDC, ADRG, DRG, their code lists, MCC/CC with
 * exclusion tables, valid procedures) and compiles them once into an immutable sw_drg_catalogue that any number of
 * threads read without locks. Editions differ by their tables and by a few switches, which are options here.
 *
 * The rules' words (CHS-DRG 1.1 and local editions) are parsed; terms joined by 、 must all hold, alternatives are
 * joined by 或:
 *   主诊断匹配 某一诊断匹配 其他诊断匹配 主手术匹配 某一手术匹配 双手术匹配 存在手术 无手术 多诊断匹配(MDCZ: ≥ 2 body parts)
 *   婴儿 新生儿 女性 男性 NA1特殊规则 JA1特殊规则 多手术处理(says nothing) 体重小于1500克 体重1500至2000克 … 体重大于2500克
 *   and numeric conditions FIELD OP NUMBER: 年龄 日龄 体重 住院天数 呼吸机小时 监护小时 离院方式 性别 with < <= > >= =.
 *
 * Grouping is total and deterministic: any case, however broken, ends in a group or in a stated reason.
 *
 * Ownership: sw_drg_case borrows everything. The builder copies what it is given; compile consumes nothing.
 * Source of the semantics: CHS-DRG grouping scheme 1.1 (National Healthcare Security Administration, 2021) as laid down
 * in its published tables; MCC/CC exclusion by table. */
#ifndef SW_MEDIC_DRG_H
#define SW_MEDIC_DRG_H

#include "base/str.h"

#define SW_UNKNOWN INT32_MIN /* a number of the case that is not known */
enum { SW_DRG_NONE = 0xFFFF, SW_DRG_STEPS = 16 };

typedef struct sw_drg_case {
  const sw_str *dx; /* diagnoses, the principal first; blank ones are allowed and ignored when not first */
  size_t ndx;
  const sw_str *pr; /* procedures, the main one first */
  size_t npr;
  int32_t sex;            /* 1 male, 2 female (GB/T 2261.1) */
  int32_t age_years;      /* whole years */
  int32_t age_days;       /* days since birth; newborns are ≤ 28 */
  int32_t weight_g;       /* newborn's admission weight in grams; 0 counts as unknown */
  int32_t los_days;       /* actual stay */
  int32_t discharge_mode; /* HQMS RC019: 1 home, 2 and 3 transfer, 4 against advice, 5 death, 9 other */
  int32_t vent_hours;     /* ventilator, whole hours */
  int32_t icu_hours;
  int64_t cost_fen;       /* total cost; only weighed by callers, never by DRG rules */
} sw_drg_case;

#define SW_DRG_CASE_INIT                                                                                              \
  {.sex = SW_UNKNOWN, .age_years = SW_UNKNOWN, .age_days = SW_UNKNOWN, .weight_g = SW_UNKNOWN,                        \
   .los_days = SW_UNKNOWN, .discharge_mode = SW_UNKNOWN, .vent_hours = SW_UNKNOWN, .icu_hours = SW_UNKNOWN}

typedef enum sw_drg_status {
  SW_DRG_GROUPED,       /* 分组成功 */
  SW_DRG_UNRELATED,     /* grouped to QY: a valid procedure that is unrelated to the principal diagnosis */
  SW_DRG_NO_PRINCIPAL,  /* the case has no principal diagnosis */
  SW_DRG_NO_MDC,        /* no MDC admits the case */
  SW_DRG_NO_ADRG,       /* MDCs admitted the case but none of their ADRG matched */
  SW_DRG_NO_DRG         /* an ADRG matched, none of its DRG did: the catalogue has a gap */
} sw_drg_status;

typedef enum sw_drg_severity { SW_DRG_PLAIN, SW_DRG_CC, SW_DRG_MCC } sw_drg_severity;

typedef enum sw_drg_step_kind {
  SW_DRG_STEP_MDC,          /* entered MDC ref; a = index of the deciding diagnosis or -1 */
  SW_DRG_STEP_MDC_LEFT,     /* MDC ref had no matching ADRG: the next one tries */
  SW_DRG_STEP_ADRG,         /* ADRG ref matched by rule slot b; a = index of the deciding code or -1 */
  SW_DRG_STEP_QY,           /* unrelated procedure a in MDC ref */
  SW_DRG_STEP_MCC,          /* diagnosis a counts as MCC; b = its exclusion table */
  SW_DRG_STEP_CC,
  SW_DRG_STEP_EXCLUDED,     /* diagnosis a is an MCC or CC, but table b is the principal's as well */
  SW_DRG_STEP_DRG,          /* DRG ref taken */
  SW_DRG_STEP_UNKNOWN_DX,   /* diagnosis a is not a code of the edition */
  SW_DRG_STEP_UNKNOWN_PR    /* procedure a is not a code of the edition */
} sw_drg_step_kind;

typedef struct sw_drg_step {
  uint8_t kind; /* sw_drg_step_kind */
  uint16_t ref;
  int32_t a, b;
} sw_drg_step;

typedef struct sw_drg_result {
  sw_drg_status status;
  sw_drg_severity severity;  /* of the secondary diagnoses; evaluated only where the ADRG is split by it */
  uint16_t mdc, adrg, drg;   /* SW_DRG_NONE where there is none */
  uint16_t nsteps;           /* steps past SW_DRG_STEPS are left out, the last ones are always kept */
  sw_drg_step steps[SW_DRG_STEPS];
} sw_drg_result;

typedef struct sw_drg_builder sw_drg_builder;
typedef struct sw_drg_catalogue sw_drg_catalogue;

/* --- building ------------------------------------------------------------------------------- */

sw_drg_builder *sw_drg_builder_new(void); /* NULL when memory is refused */
void sw_drg_builder_free(sw_drg_builder *b);

/* Options: qy = on | off (default off: CHS-DRG 1.0, 1.1); procedure = main | any (default main: 主手术匹配 looks at the
 * first procedure only); infant_days = 28; title. An unknown key or value is an error. */
SW_CHECKED sw_status sw_drg_builder_option(sw_drg_builder *b, sw_str key, sw_str value, sw_error *err);
SW_CHECKED sw_status sw_drg_builder_mdc(sw_drg_builder *b, sw_str mdc, int64_t order, sw_str rule, sw_error *err);
/* part: body part of MDCZ's codes, empty elsewhere. */
SW_CHECKED sw_status sw_drg_builder_mdc_dx(sw_drg_builder *b, sw_str mdc, sw_str code, sw_str part, sw_error *err);
SW_CHECKED sw_status sw_drg_builder_adrg(sw_drg_builder *b, sw_str mdc, sw_str adrg, int64_t order, sw_str rule,
                                         sw_error *err);
SW_CHECKED sw_status sw_drg_builder_adrg_dx(sw_drg_builder *b, sw_str adrg, sw_str code, sw_error *err);
/* list 0..4: which of the ADRG's procedure lists. */
SW_CHECKED sw_status sw_drg_builder_adrg_pr(sw_drg_builder *b, sw_str adrg, int64_t list, sw_str code, sw_error *err);

typedef struct sw_drg_group_in {
  sw_str code, name, adrg;
  sw_str rule;          /* extra conditions, usually empty: the last character says what is needed */
  int64_t order;        /* among the ADRG's DRGs, in which they are tested */
  int32_t weight_e4;    /* relative weight × 10 000; 0 unknown */
  int64_t mean_cost_fen; /* 0 unknown */
  int32_t mean_los_e2;  /* days × 100; 0 unknown */
  int32_t risk;         /* mortality risk level 1 (low) .. 4 (high); 0 unknown */
} sw_drg_group_in;
SW_CHECKED sw_status sw_drg_builder_drg(sw_drg_builder *b, const sw_drg_group_in *g, sw_error *err);
/* severity SW_DRG_MCC or SW_DRG_CC; table empty: excluded by nothing. */
SW_CHECKED sw_status sw_drg_builder_complication(sw_drg_builder *b, sw_drg_severity severity, sw_str code, sw_str table,
                                                 sw_error *err);
SW_CHECKED sw_status sw_drg_builder_exclusion(sw_drg_builder *b, sw_str code, sw_str table, sw_error *err);
SW_CHECKED sw_status sw_drg_builder_valid_pr(sw_drg_builder *b, sw_str code, sw_error *err);
/* The edition's code lists, for names and to tell an unknown code from one without group. */
SW_CHECKED sw_status sw_drg_builder_dx_name(sw_drg_builder *b, sw_str code, sw_str name, sw_error *err);
SW_CHECKED sw_status sw_drg_builder_pr_name(sw_drg_builder *b, sw_str code, sw_str name, sw_error *err);
SW_CHECKED sw_status sw_drg_builder_compile(const sw_drg_builder *b, sw_drg_catalogue **out, sw_error *err);
void sw_drg_catalogue_free(sw_drg_catalogue *c);

/* --- reading -------------------------------------------------------------------------------- */

typedef struct sw_drg_group_info {
  sw_str code, name;
  uint16_t adrg, mdc;
  int32_t weight_e4;
  int64_t mean_cost_fen;
  int32_t mean_los_e2;
  int32_t risk;
} sw_drg_group_info;

typedef struct sw_drg_counts {
  size_t mdc, adrg, drg, dx, pr, mcc, cc, exclusion_tables, bytes;
} sw_drg_counts;

sw_drg_counts sw_drg_catalogue_counts(const sw_drg_catalogue *c);
sw_str sw_drg_mdc_code(const sw_drg_catalogue *c, uint16_t mdc);   /* "0000" for SW_DRG_NONE */
sw_str sw_drg_adrg_code(const sw_drg_catalogue *c, uint16_t adrg); /* "00" for SW_DRG_NONE */
sw_str sw_drg_drg_code(const sw_drg_catalogue *c, uint16_t drg);   /* "0000" for SW_DRG_NONE */
bool sw_drg_group_info_of(const sw_drg_catalogue *c, uint16_t drg, sw_drg_group_info *out);
uint16_t sw_drg_find(const sw_drg_catalogue *c, sw_str drg_code); /* SW_DRG_NONE when absent */
bool sw_drg_dx_known(const sw_drg_catalogue *c, sw_str code);
bool sw_drg_pr_known(const sw_drg_catalogue *c, sw_str code);
sw_str sw_drg_dx_name(const sw_drg_catalogue *c, sw_str code); /* empty when unknown */
sw_str sw_drg_pr_name(const sw_drg_catalogue *c, sw_str code);
sw_drg_severity sw_drg_dx_severity(const sw_drg_catalogue *c, sw_str code); /* before exclusion */
/* Calls on_code for every diagnosis code that begins with prefix, in order of the codes. */
void sw_drg_each_dx(const sw_drg_catalogue *c, sw_str prefix, void (*on_code)(void *ctx, sw_str code), void *ctx);

/* --- grouping ------------------------------------------------------------------------------- */

void sw_drg_group(const sw_drg_catalogue *c, const sw_drg_case *in, sw_drg_result *out);

/* The severity of the secondary diagnoses after exclusion by the principal's table, whatever the group. */
sw_drg_severity sw_drg_case_severity(const sw_drg_catalogue *c, const sw_drg_case *in);

/* 分组成功 / 无法入组 as the official result files write it. */
sw_str sw_drg_status_text(sw_drg_status s);
/* The path in words, appended: "MDCF：主诊断 I21.401 → FM1：主手术 36.0600 → FM11：MCC I50.900 …". */
void sw_drg_path(const sw_drg_catalogue *c, const sw_drg_case *in, const sw_drg_result *r, sw_lang lang, sw_buf *out);
/* The rule of an ADRG's slot in words. */
sw_str sw_drg_rule_text(const sw_drg_catalogue *c, uint16_t slot);

#endif
