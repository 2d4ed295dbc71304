/* Inside the DIP grouper. */
#ifndef SW_MEDIC_DIP_INSIDE_H
#define SW_MEDIC_DIP_INSIDE_H

#include "base/arena.h"
#include "medic/dip.h"
#include "medic/icd_table.h"

enum { SW_DIP_PARTS = 24, SW_DIP_PART_CODES = 400 };

typedef struct sw_dip_part {
  uint32_t first, n; /* codes, into sw_dip_catalogue.codes */
} sw_dip_part;

typedef struct sw_dip_entry {
  sw_dip_group_info info;
  uint32_t first_part;
  uint16_t nparts;
  uint8_t rank;         /* class order among core groups: lower goes first */
  uint32_t factors;     /* row of own factors + 1; 0 none */
} sw_dip_entry;

typedef struct sw_dip_range {
  char from[4], to[4]; /* categories, inclusive */
  sw_dip_class op_class;
  uint32_t group;
} sw_dip_range;

typedef struct sw_dip_cc {
  uint16_t table, cc_table;
  uint8_t severity;
} sw_dip_cc;

struct sw_dip_catalogue {
  sw_arena mem;
  sw_dip_entry *groups; /* core groups first, those of one diagnosis side by side */
  uint32_t ngroups;
  sw_icd_table dx4;       /* core groups' diagnoses */
  uint32_t *first_of_dx;  /* by dx4 number, one more at the end */
  sw_icd_table pr;
  uint8_t *pr_class;      /* by pr number */
  sw_dip_part *parts;
  uint32_t *codes;
  sw_icd_table prefixes;  /* comprehensive groups by prefix */
  uint32_t (*by_prefix)[SW_DIP_CLASSES]; /* group or SW_DIP_NONE */
  sw_dip_range *ranges;
  uint32_t nranges;
  sw_icd_table cc_codes;
  sw_dip_cc *cc;
  int32_t (*factors)[SW_DIP_LEVELS]; /* row 0: for all groups; 0 where there is none */
  bool prefix_match;
};

#endif
