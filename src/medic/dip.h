/* The DIP grouper: a case into a core or comprehensive disease group, with its score and auxiliary factor.
 *
 * Core groups are named by the first four characters of the principal diagnosis (I21.4, five bytes with the point) and a
 * procedure set in which '+' joins parts that must all be there and '/' joins codes of which one suffices. Among the
 * core groups that match, the one with most parts is kept, then most matched codes, then the mean cost nearest to the
 * case's, then the class in the order surgery, grass-roots surgery, intervention, therapeutic, diagnostic. A case
 * without any operation goes to the conservative core group of its diagnosis. The rest go to comprehensive groups:
 * category prefix (3, 2, 1 characters) or category range, and the class of the case's highest operation.
 *
 * The auxiliary factor is the highest of those that the case hits (age, severity, tumour).
 *
 * Pure functions; a compiled catalogue is immutable and shared by any number of threads. Total: a group or a reason.
 * Source: National Technical Specification for DIP (2020) as restated in the project's facts; catalogues are data. */
#ifndef SW_MEDIC_DIP_H
#define SW_MEDIC_DIP_H

#include "medic/drg.h"

typedef sw_drg_case sw_dip_case; /* the same case; cost_fen breaks ties */

#define SW_DIP_NONE UINT32_MAX

typedef enum sw_dip_class {
  SW_DIP_CONSERVATIVE, /* 保守治疗 */
  SW_DIP_DIAGNOSTIC,   /* 诊断性操作 */
  SW_DIP_THERAPEUTIC,  /* 治疗性操作 */
  SW_DIP_INTERVENTION, /* 介入治疗; counts as surgery in comprehensive groups */
  SW_DIP_SURGERY,      /* 相关手术 */
  SW_DIP_CLASSES
} sw_dip_class;

typedef enum sw_dip_level {
  SW_DIP_AGE_0_28D, SW_DIP_AGE_29D_1Y, SW_DIP_AGE_1_6, SW_DIP_AGE_7_17, SW_DIP_AGE_66,
  SW_DIP_I_A,   /* stay ≤ 3 days, no complication */
  SW_DIP_I_B,   /* stay > 3 days, no complication */
  SW_DIP_II,    /* a CC that is not excluded */
  SW_DIP_III,   /* an MCC that is not excluded */
  SW_DIP_IV_A,  /* death, stay ≤ 3 days */
  SW_DIP_IV_B,  /* death, stay > 3 days */
  SW_DIP_T_IV,  /* tumour: secondary malignant neoplasm */
  SW_DIP_T_V_A, /* tumour: radiotherapy */
  SW_DIP_T_V_B, /* tumour: chemotherapy */
  SW_DIP_T_VI_A, SW_DIP_T_VI_B, /* tumour: death */
  SW_DIP_LEVELS
} sw_dip_level;

typedef enum sw_dip_status {
  SW_DIP_CORE,
  SW_DIP_COMPREHENSIVE,
  SW_DIP_NO_PRINCIPAL,
  SW_DIP_BAD_PRINCIPAL, /* the principal diagnosis is no code */
  SW_DIP_NO_GROUP       /* neither a core nor a comprehensive group takes it */
} sw_dip_status;

typedef struct sw_dip_result {
  sw_dip_status status;
  sw_dip_class op_class;     /* of the case */
  uint32_t group;            /* SW_DIP_NONE without */
  uint16_t parts, matched;   /* '+' parts and codes that matched */
  uint16_t rivals;           /* other core groups that matched as well */
  uint32_t levels;           /* bit per sw_dip_level that the case hits */
  int8_t level;              /* the one whose factor is applied; -1 none */
  int32_t factor_e4;         /* auxiliary factor × 10 000; 10 000 when none is hit */
} sw_dip_result;

typedef struct sw_dip_group_in {
  sw_str code;        /* empty: made from dx and procedures */
  sw_str name;
  sw_str dx;          /* core: four-character code; comprehensive: prefix of 1..3 characters, or range A00-A09 */
  sw_str procedures;  /* "36.0600/36.0700+88.5500"; empty: conservative, or comprehensive */
  bool comprehensive, grass_roots;
  sw_dip_class op_class; /* comprehensive: required; core: of its procedures */
  int64_t score_e4;      /* points × 10 000 */
  int64_t mean_cost_fen;
  int32_t mean_los_e2;
} sw_dip_group_in;

typedef struct sw_dip_group_info {
  sw_str code, name, dx, procedures;
  bool comprehensive, grass_roots;
  sw_dip_class op_class;
  int64_t score_e4, mean_cost_fen;
  int32_t mean_los_e2;
} sw_dip_group_info;

typedef struct sw_dip_builder sw_dip_builder;
typedef struct sw_dip_catalogue sw_dip_catalogue;

sw_dip_builder *sw_dip_builder_new(void);
void sw_dip_builder_free(sw_dip_builder *b);
/* procedure = exact (default) | prefix: whether 36.0600 of a group also takes 36.0600x004 of a case. */
SW_CHECKED sw_status sw_dip_builder_option(sw_dip_builder *b, sw_str key, sw_str value, sw_error *err);
SW_CHECKED sw_status sw_dip_builder_group(sw_dip_builder *b, const sw_dip_group_in *g, sw_error *err);
/* Class of a procedure code; one that is not told has the class that sw_dip_default_class gives. */
SW_CHECKED sw_status sw_dip_builder_class(sw_dip_builder *b, sw_str code, sw_dip_class c, sw_error *err);
SW_CHECKED sw_status sw_dip_builder_complication(sw_dip_builder *b, sw_drg_severity severity, sw_str code, sw_str table, sw_error *err);
SW_CHECKED sw_status sw_dip_builder_exclusion(sw_dip_builder *b, sw_str code, sw_str table, sw_error *err);
/* An auxiliary factor, for one group (by code) or for all (empty). */
SW_CHECKED sw_status sw_dip_builder_factor(sw_dip_builder *b, sw_str group, sw_dip_level level, int32_t factor_e4, sw_error *err);
SW_CHECKED sw_status sw_dip_builder_compile(const sw_dip_builder *b, sw_dip_catalogue **out, sw_error *err);
void sw_dip_catalogue_free(sw_dip_catalogue *c);

size_t sw_dip_group_count(const sw_dip_catalogue *c);
bool sw_dip_group_info_of(const sw_dip_catalogue *c, uint32_t group, sw_dip_group_info *out);
uint32_t sw_dip_find(const sw_dip_catalogue *c, sw_str code);

void sw_dip_group(const sw_dip_catalogue *c, const sw_dip_case *in, sw_dip_result *out);
void sw_dip_path(const sw_dip_catalogue *c, const sw_dip_case *in, const sw_dip_result *r, sw_lang lang, sw_buf *out);

const char *sw_dip_class_name(sw_dip_class c, sw_lang lang);
/* Reads 保守治疗, 诊断性操作, 治疗性操作, 介入治疗, 手术 / 相关手术, and the English names. */
bool sw_dip_class_parse(sw_str s, sw_dip_class *out);
const char *sw_dip_level_name(sw_dip_level l);          /* "I-A", "0-28d", "T-V-B" … as in the tables */
bool sw_dip_level_parse(sw_str s, sw_dip_level *out);
/* By the structure of ICD-9-CM-3: 87–92 diagnostic, 93–99 therapeutic, 00.4–00.6, 35.96, 36.0, 39.5–39.9 and 88.5 …
 * intervention where the chapter says percutaneous, the rest surgery. A stand-in where no class list was installed. */
sw_dip_class sw_dip_default_class(sw_str code);
/* Levels that a case hits; has_cc/has_mcc: a complication that counts. */
uint32_t sw_dip_levels(const sw_dip_case *in, bool has_cc, bool has_mcc);

#endif
