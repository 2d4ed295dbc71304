/* Persons: four to a family (man, woman, a younger one, an elder one), each made from its index alone, so that relatives
 * can be made again wherever they are needed. Internal to the room. */
#ifndef SW_SYNTH_PERSON_H
#define SW_SYNTH_PERSON_H

#include "synth/world.h"

/* The legitimate rarities that every region holds: rarity r is person 4 r + its role. */
typedef enum sy_rarity {
  SY_NO_RARITY = -1,
  SY_R_MINORITY,       /* a minority name with a middle dot */
  SY_R_FOREIGNER,      /* a passport and a romanised name */
  SY_R_OLD_ID,         /* a 15-digit number */
  SY_R_AGE_104,
  SY_R_MALE_BREAST,    /* male breast cancer */
  SY_R_CHILD_OVARY,    /* a child's ovarian tumour */
  SY_R_WELL_NEWBORN,   /* Z38, 之子, age 0 days */
  SY_R_TWINS,          /* 之女1, 之女2 */
  SY_R_EARLY_SURGERY,  /* emergency surgery the day before admission */
  SY_R_ZERO_DAYS,      /* admitted and discharged on one day */
  SY_R_400_DAYS,       /* with interim settlements */
  SY_R_PSYCHIATRY,     /* no drugs, no laboratory */
  SY_R_REHABILITATION, /* no drugs, no laboratory */
  SY_R_ZERO_FEE,       /* a stay that cost nothing */
  SY_R_40_DIAGNOSES,
  SY_R_DAY_SURGERY,
  SY_R_CAMPUSES,       /* transferred from one campus to the other */
  SY_R_RARE_CHARACTER, /* outside the basic plane */
  SY_R_GUARDIAN,       /* a child with its guardian's number */
  SY_R_COMPOUND,       /* a surname of two characters */
  SY_R_UNSETTLED,      /* a stay without settlement */
  SY_R_UNKNOWN,        /* 无名氏, named later */
  SY_NRARITIES
} sy_rarity;

const char *sy_rarity_name(sy_rarity r);
sy_rarity sy_rarity_of(int64_t person);

typedef struct sy_brief {
  int sex; /* 1 male, 2 female */
  int32_t birth;
} sy_brief;

typedef struct sy_person {
  int64_t index;
  int sub;               /* 0; 1.. a child born in the period to person `index` */
  sy_brief b;
  sy_rarity rarity;
  sw_str name, contact_name;
  sw_str id_no;          /* own number, "" when there is none */
  sw_str cert_type;      /* RC038 */
  sw_str guardian_id;    /* for children */
  sw_str nationality, ethnicity, marital, occupation, employer;
  sw_str contact_relation, contact_phone;
  sw_str phone, old_phone;
  sw_str address, street;
  int division, birth_division;
  sw_str payer;          /* RC032 */
  int blood, rh;
  int nchronic, chronic[4];
} sy_person;

sy_brief sy_person_brief(const sy_world *w, int64_t index);
/* Strings live in the arena. `at` is the day for which marriage, occupation and the like are given. */
void sy_person_make(const sy_world *w, int64_t index, int32_t at, sw_arena *a, sy_person *out);
/* A newborn of the mother; `order` 0 single, else 1..; named 张三之子 after her (or after the father's surname later). */
void sy_newborn_make(const sy_world *w, const sy_person *mother, int sub, int sex, int order, int32_t birth, sw_arena *a,
                     sy_person *out);
/* The name that the child bears later: the father's surname and a given name. */
sw_str sy_child_name(const sy_world *w, int64_t mother, int sub, int sex, sw_arena *a);
sw_str sy_name_draw(const sy_world *w, sw_rng *r, sw_arena *a, int sex, bool old);
/* A person's mobile number; `which` 1 is the one before or after a change. */
sw_str sy_phone(const sy_world *w, int64_t index, int which, sw_arena *a);
/* "P000001234", "P000001234-B1": the true person's name in the truth folder. */
sw_str sy_true_id(int64_t index, int sub, sw_arena *a);

#endif
