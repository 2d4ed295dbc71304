/* Inside the DRG grouper: the compiled catalogue and the rule parser. Not for other rooms.
 *
 * Every alternative of an ADRG's rule is a *slot*; slots are numbered in the order in which they are tested, so an MDC's
 * slots are a range of bits and the first set bit of the range is the ADRG. Each code carries the set of slots whose
 * lists hold it (sets are shared, CHS-DRG 1.1 has 273 distinct ones for 28,540 diagnoses). */
#ifndef SW_MEDIC_DRG_INSIDE_H
#define SW_MEDIC_DRG_INSIDE_H

#include "medic/drg.h"
#include "medic/icd_table.h"

#include "base/arena.h"

enum {
  SW_DRG_LISTS = 5,        /* procedure lists of an ADRG */
  SW_DRG_MAX_MDC = 64,     /* an MDC is a bit of a word */
  SW_DRG_MAX_WORDS = 32,   /* 2,048 rule slots */
  SW_DRG_MAX_PARTS = 16,   /* body parts of MDCZ */
  SW_DRG_RULE_CONDS = 6,
  SW_DRG_RULE_ALTS = 4
};

/* What a slot needs of the code lists; a bit each. */
typedef enum sw_drg_need {
  SW_DRG_NEED_PDX,      /* 主诊断匹配 */
  SW_DRG_NEED_ANY_DX,   /* 某一诊断匹配 */
  SW_DRG_NEED_OTHER_DX, /* 其他诊断匹配 */
  SW_DRG_NEED_MAIN_PR,  /* 主手术匹配 */
  SW_DRG_NEED_ANY_PR,   /* 某一手术匹配 */
  SW_DRG_NEED_TWO_PR,   /* 双手术匹配 */
  SW_DRG_NEED_NA1,
  SW_DRG_NEED_JA1,
  SW_DRG_NEED_VALID,    /* 存在手术 */
  SW_DRG_NEED_NO_VALID, /* 无手术 */
  SW_DRG_NEED_PARTS,    /* 多诊断匹配, MDC only */
  SW_DRG_NEEDS
} sw_drg_need;

typedef enum sw_drg_field {
  SW_DRG_F_SEX, SW_DRG_F_AGE, SW_DRG_F_DAYS, SW_DRG_F_WEIGHT, SW_DRG_F_LOS, SW_DRG_F_DISCHARGE, SW_DRG_F_VENT, SW_DRG_F_ICU,
  SW_DRG_FIELDS
} sw_drg_field;

typedef enum sw_drg_op { SW_DRG_LT, SW_DRG_LE, SW_DRG_GT, SW_DRG_GE, SW_DRG_EQ } sw_drg_op;

typedef struct sw_drg_cond {
  uint8_t field, op;
  int32_t value;
} sw_drg_cond;

typedef struct sw_drg_rule {
  uint32_t needs; /* 1 << sw_drg_need */
  uint8_t severity; /* DRG rules: least sw_drg_severity */
  uint8_t nconds;
  sw_drg_cond conds[SW_DRG_RULE_CONDS];
} sw_drg_rule;

/* Parses a rule's words into 1..SW_DRG_RULE_ALTS alternatives. An unknown word is an error that names it. */
SW_CHECKED sw_status sw_drg_rule_parse(sw_str text, int32_t infant_days, sw_drg_rule out[SW_DRG_RULE_ALTS], size_t *nalts,
                                       sw_error *err);

typedef struct sw_drg_dx { /* what the catalogue knows of a diagnosis code */
  uint64_t mdcs;      /* bit per MDC position in test order */
  uint16_t set;       /* slots whose list holds it */
  uint16_t table;     /* its exclusion table as principal; 0 none */
  uint16_t cc_table;  /* its exclusion table as MCC or CC */
  uint8_t severity;   /* sw_drg_severity */
  uint8_t part;       /* body part of MDCZ + 1; 0 none */
} sw_drg_dx;

typedef struct sw_drg_pr {
  uint16_t set[SW_DRG_LISTS];
  uint16_t valid; /* 0 or 1 */
} sw_drg_pr;

typedef struct sw_drg_mdc {
  sw_str code;
  uint16_t first_slot, end_slot; /* its rule slots */
  uint16_t medical_slot;         /* first slot of a medical ADRG (second letter R..Z), or end_slot */
  uint16_t first_rule, nrules;   /* into entry_rules */
  uint32_t needs;                /* of all its slots, for lazy work */
  bool qy;                       /* unrelated procedures are grouped here */
  bool by_dx;                    /* entry asks for the principal diagnosis */
} sw_drg_mdc;

typedef struct sw_drg_slot {
  uint16_t adrg, mdc;
  sw_drg_rule rule;
  sw_str text; /* of the whole rule */
} sw_drg_slot;

typedef struct sw_drg_adrg {
  sw_str code;
  uint16_t mdc, first_drg, ndrg;
  uint8_t top; /* highest sw_drg_severity that a DRG of it asks for */
} sw_drg_adrg;

typedef struct sw_drg_drg {
  sw_drg_group_info info;
  sw_drg_rule rule;
} sw_drg_drg;

struct sw_drg_catalogue {
  sw_arena mem;
  sw_icd_table dx_codes, pr_codes;
  sw_drg_dx *dx;   /* by dx_codes number, one more at the end for unknown codes */
  sw_drg_pr *pr;
  sw_str *dx_names, *pr_names;
  uint32_t *dx_sorted; /* numbers in order of their codes */
  uint64_t *sets;  /* nsets × words */
  size_t nsets, words;
  uint64_t *need[SW_DRG_NEEDS]; /* words each: slots that have the need */
  sw_drg_mdc *mdc;
  sw_drg_slot *slot;
  sw_drg_adrg *adrg;
  sw_drg_drg *drg;
  sw_drg_rule *entry_rules;
  sw_str *tables;  /* exclusion tables by number; 0 is none */
  uint16_t nmdc, nslot, nadrg, ndrg, ntables;
  uint64_t mdc_open; /* MDCs whose entry does not ask for a listed principal diagnosis */
  sw_str title;
};

bool sw_drg_cond_holds(const sw_drg_cond *k, const sw_drg_case *in);

#endif
