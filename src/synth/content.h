/* The region's content: what packs/synth says, loaded once and then read by all threads. Internal to the room.
 *
 * Files are plain CSV without quoting ('#' begins a comment line); every error names file and line. Strings live in the
 * content's arena. Weights are turned into cumulative sums where they are drawn from. */
#ifndef SW_SYNTH_CONTENT_H
#define SW_SYNTH_CONTENT_H

#include "base/arena.h"
#include "base/error.h"

enum { SY_MAX_LIST = 8, SY_NLEVELS = 3 };

typedef enum sy_flag {
  SY_CHRONIC = 1 << 0,
  SY_TUMOUR = 1 << 1,   /* has a morphology code, or treats a tumour */
  SY_TREATS = 1 << 2,   /* chemotherapy or radiotherapy of a tumour named among the other diagnoses */
  SY_INJURY = 1 << 3,
  SY_HEAD = 1 << 4,     /* injury of the head: coma times */
  SY_BIRTH = 1 << 5,    /* delivery */
  SY_NEWBORN = 1 << 6,
  SY_REHAB = 1 << 7,
  SY_PSYCH = 1 << 8,
  SY_TCM = 1 << 9,
  SY_DAYCASE = 1 << 10,
  SY_CHILD = 1 << 11,
  SY_VERIFY = 1 << 12,  /* a principal diagnosis that rules "to verify" point at */
  SY_PREGNANT = 1 << 13
} sy_flag;

/* A disease (principal diagnosis) or, past ndiseases, another diagnosis only. */
typedef struct sy_dx {
  sw_str ins, ins_name;   /* insurance edition 2.0 */
  sw_str clin, name;      /* clinical edition 2.0 */
  double stays, visits;   /* weights: share of admissions in percent, weight among visits */
  int sex;                /* 0 any, 1 male, 2 female */
  int age_lo, age_hi;     /* whole years */
  char season;
  int dept;
  double los, cost;       /* days at a secondary hospital; relative cost */
  double surgery, death, emergency; /* probabilities */
  int level;              /* least level of the institution */
  unsigned flags;
  char morphology[12];    /* M81400/3; "" when no tumour */
  sw_str complaint;
  int nprocs, procs[SY_MAX_LIST];
  double proc_cum[SY_MAX_LIST];
  int nothers, others[SY_MAX_LIST]; /* usual other diagnoses; -1: some tumour */
  int npanels, panels[SY_MAX_LIST]; /* items */
  int nexams, exams[SY_MAX_LIST];
  int ndrugs, drugs[SY_MAX_LIST];
  int notifiable;         /* -1 not */
} sy_dx;

typedef struct sy_proc {
  sw_str key, ins, clin, name;
  int kind;               /* 4 operation, 3 intervention, 2 therapeutic, 1 diagnostic */
  int level;              /* 0 none */
  sw_str anaesthesia;     /* HQMS code or empty */
  int minutes;
  double fee, material;   /* yuan */
  int cut;                /* incision class 0..3 */
  int nadds, adds[SY_MAX_LIST];
} sy_proc;

/* A charge item; drugs and examinations are items too, so that a fee line names one list. */
typedef enum sy_item_kind { SY_ITEM_PLAIN, SY_ITEM_DRUG, SY_ITEM_EXAM, SY_ITEM_PROC } sy_item_kind;
typedef struct sy_item {
  sy_item_kind kind;
  sw_str key, name, spec, unit, code;
  char fee_class[4];      /* "13A" */
  int fee;                /* 1..24 */
  int grade;              /* 1, 2, 3 */
  double price;           /* yuan at a secondary hospital */
  sw_str dose, dose_unit, route, frequency; /* drugs */
  sw_str modality, part, normal, abnormal;  /* examinations */
} sy_item;

typedef struct sy_lab {
  int panel;              /* item */
  sw_str key, name, unit, unit2, specimen, code;
  double factor2, low, high, mean, sd;
  bool has_range, number;
  int digits;
  double price;
} sy_lab;

typedef struct sy_dept {
  sw_str code, name;
  int level;
  char kind; /* w ward, o clinic only, x technical */
} sy_dept;

typedef struct sy_division {
  sw_str code, province, city, county, post, area;
  double cum;
  bool home;
} sy_division;

typedef struct sy_notifiable {
  sw_str code, disease;
  int hours, class1;
  bool once;
} sy_notifiable;

typedef struct sy_profile {
  sw_str name;
  int level;
  char vendor;            /* a b c */
  sw_str encoding, front, settlement;
  int campuses;
  bool manifest;
  double visits, stays;
} sy_profile;

typedef struct sy_level {
  double los, cost, visit_cost, other_dx, price;
} sy_level;

typedef struct sy_name {
  sw_str text, note;
  double weight;
} sy_name;
enum { SY_NAME_KINDS = 10 };
/* surname, compound surname, given: men elder, men younger, women elder, women younger, rare, minority, foreign, street */
typedef enum sy_name_kind {
  SY_SURNAME, SY_COMPOUND, SY_MAN_OLD, SY_MAN_NEW, SY_WOMAN_OLD, SY_WOMAN_NEW, SY_RARE, SY_MINORITY, SY_FOREIGN, SY_STREET
} sy_name_kind;
typedef struct sy_names {
  sy_name *items;
  double *cum;
  size_t n;
} sy_names;

typedef struct sy_confusion {
  sw_str from, to;
  char kind; /* p same sound, g similar shape */
} sy_confusion;

typedef struct sy_injury {
  sw_str code, name;
  double cum;
} sy_injury;

typedef struct sy_sentence {
  int kind, part;
  sw_str text;
} sy_sentence;

typedef struct sy_content {
  sw_arena arena;
  sy_dx *dx;
  int ndx, ndiseases;
  sy_proc *procs;
  int nprocs;
  sy_item *items;         /* plain, then drugs, exams, procedures */
  int nitems, first_drug, first_exam, first_proc;
  sy_lab *labs;
  int nlabs;
  sy_dept *depts;
  int ndepts;
  sy_division *divisions;
  int ndivisions;
  sy_notifiable *notifiable;
  int nnotifiable;
  sy_profile *profiles;
  int nprofiles;
  sy_level levels[SY_NLEVELS + 1]; /* by level 1..3 */
  sy_names names[SY_NAME_KINDS];
  sy_confusion *confusions;
  int nconfusions;
  sy_injury *injuries;
  int ninjuries;
  sy_sentence *sentences;
  int nsentences;
} sy_content;

SW_CHECKED sw_status sy_content_load(const char *dir, sy_content *out, sw_error *err);
void sy_content_fini(sy_content *c);

int sy_find_item(const sy_content *c, const char *key);  /* -1 unknown */
int sy_find_proc(const sy_content *c, const char *key);
int sy_find_dx(const sy_content *c, const char *ins);

#endif
