/* A person's three years: what is planned, at which institutions the person is registered, and each encounter as the
 * writers of tables see it. Internal to the room. */
#ifndef SW_SYNTH_LIFE_H
#define SW_SYNTH_LIFE_H

#include "synth/emit.h"

enum { SY_MAX_EVENTS = 400, SY_MAX_PATIENTS = 96, SY_MAX_DX = 41, SY_MAX_PROCS = 8, SY_MAX_BABIES = 3, SY_MAX_ORDER = 24 };

/* The patient's front pages so far, as delivered: what the next one is held against (front_order.c). */
typedef struct sy_page_order {
  int n;                                        /* pages with a regular record number */
  int64_t times[SY_MAX_ORDER];                  /* their numbers of admission */
  int encounter[SY_MAX_ORDER];
  int64_t last;                                 /* the latest discharge; 0 none */
  int64_t start, end;                           /* of the newest page that is no chemotherapy; end 0: none */
  sw_str main, name;                            /* its principal diagnosis */
  bool plain, regular;                          /* its diagnosis is right and has no rules of its own; it ends after it begins */
} sy_page_order;

/* One registration of the person: a patient number at one institution. */
typedef struct sy_patient {
  int inst, slot;
  int64_t id;               /* the number without its institution's form */
  sw_str name, phone, id_no;/* as registered */
  int32_t birth;
  int id_holder;            /* 1 the patient, 2 a guardian */
  int encounters, stays;    /* so far */
  int64_t registered;
  bool retired;             /* a later registration took its place */
  bool doubles;             /* will be registered a second time */
  sy_page_order order;
} sy_patient;

typedef struct sy_event {
  bool stay;
  int inst, dx;
  int64_t start;            /* seconds */
  int days;                 /* of a stay; 0: discharged on the day of admission */
  sy_rarity rarity;
} sy_event;

typedef struct sy_life {
  sy_work *k;
  const sy_world *w;
  const sy_content *c;
  sy_person p;
  sw_rng rng;
  int preferred;            /* institution */
  int tumour;               /* the tumour that chemotherapy treats; -1 none */
  int32_t died;             /* day; INT32_MAX alive */
  sy_patient patients[SY_MAX_PATIENTS];
  int npatients;
  sy_event events[SY_MAX_EVENTS];
  int nevents;
  uint64_t reported;        /* notifiable diseases reported once already, a bit each */
  sw_str later_name;        /* of a newborn: its name from `named` on */
  int64_t named;            /* seconds; 0 never in the period */
  int children;             /* born in the period so far */
  const sy_patient *mother; /* of a newborn */
} sy_life;

typedef struct sy_fee {
  int item;
  int64_t quantity;         /* thousandths */
  int64_t price;            /* ten-thousandths of a yuan */
  int64_t fen;
  int64_t time;
  int reversal_of;          /* line number; 0 none */
  int settlement;           /* number within the encounter; 0 none */
} sy_fee;

typedef struct sy_bill {
  SW_VEC(sy_fee) lines;
  int64_t total, by_class[25], sub_9a, sub_10a, sub_10b, sub_13a, by_grade[4];
  int64_t drugs, materials, tests;
} sy_bill;

typedef struct sy_settle {
  int kind;                 /* 1 final, 2 interim, 3 year end */
  int64_t at, from, to;
  int64_t total, fund, account, cash, self_pay, own_pay;
} sy_settle;

/* What every table's writer needs to know of an encounter. */
typedef struct sy_encounter {
  sy_life *life;
  sy_work *k;
  const sy_inst *in;
  sy_patient *pt;
  char type;                /* O, I */
  int number;               /* with the patient's number: the encounter's key */
  int64_t start, end;
  int dept;                 /* content department, as the institution has it */
  int doctor;               /* staff of that department */
  int campus;               /* 1.. */
  int dx;
  sw_str payer;
  sw_rng rng;
  sy_bill *bill;
  int norders, nlabs, nreports, nexams, nnotes, ndiagnoses;
  bool positive;            /* laboratory shows the disease */
} sy_encounter;

typedef struct sy_done_proc {
  int proc;
  int64_t start, end;
  int surgeon;              /* staff */
  bool emergency;
} sy_done_proc;

typedef struct sy_baby {
  int sex, weight, order;
  int64_t born;
} sy_baby;

typedef struct sy_stay {
  sy_encounter e;
  sy_rarity rarity;
  int admit_times;
  int ndx, dx[SY_MAX_DX], condition[SY_MAX_DX];
  int nprocs;
  sy_done_proc procs[SY_MAX_PROCS];
  int days;                 /* as counted: at least 1 */
  int age_years, age_days;  /* age_days -1 from one year on */
  int admit_way, discharge_way; /* RC026, RC019 */
  bool died, icu, autopsy;
  int64_t icu_from, icu_to;
  int vent_minutes;
  int coma[6];
  int from_dept, to_campus; /* transfer: the department of admission; 0 no other campus */
  int64_t moved_at;
  int injury;               /* -1 none */
  int nbabies;
  sy_baby babies[SY_MAX_BABIES];
  int weight, birth_weight; /* newborns */
  int64_t archived, corrected; /* seconds; corrected 0: never */
  sw_str pathology_no;
  int nsettles;
  sy_settle settles[24];
  sw_str record_no;
  int allergy;              /* 0 none */
} sy_stay;

/* Writes everything about a person of the population, newborns included. */
void sy_live(sy_work *k, int64_t person);

/* life.c */
sy_patient *sy_patient_at(sy_life *l, const sy_event *e);
int sy_choose_dx(const sy_life *l, sw_rng *r, bool stay, int32_t day);
sw_str sy_own_id(sy_work *k, const sy_life *l);
int64_t sy_round_minutes(int64_t t);

/* registration.c */
sy_patient *sy_register(sy_life *l, int inst, int64_t at, sy_patient *before);
void sy_register_unknown(sy_life *l, sy_patient *pt, int64_t at);

/* bill.c */
void sy_bill_reset(sy_bill *b);
void sy_charge(sy_encounter *e, int item, int64_t quantity_milli, int64_t time);
void sy_charge_priced(sy_encounter *e, int item, double yuan, int64_t time); /* one piece at a price of its own */
int sy_reverse(sy_encounter *e, int line, int64_t time); /* a negative line; its number */
void sy_emit_bill(sy_encounter *e);
void sy_split_payment(const sy_encounter *e, int64_t total, int64_t own, int64_t grade2, sy_settle *s);
void sy_emit_settlement(sy_encounter *e, int number, const sy_settle *s, int reversal_of);

/* clinical.c */
void sy_emit_diagnosis(sy_encounter *e, int dx, int kind, bool primary, int64_t at);
void sy_emit_order(sy_encounter *e, int item, char category, int64_t from, int64_t to);
void sy_emit_panel(sy_encounter *e, int panel, int64_t at);
void sy_emit_exam(sy_encounter *e, int item, int64_t at);
void sy_emit_note(sy_encounter *e, int kind, const char *title, int proc, int64_t at);
void sy_emit_pathology(sy_stay *s);
void sy_emit_operation(sy_stay *s, int i);

/* cards.c */
void sy_report_infection(sy_encounter *e, int dx);
void sy_emit_death_card(sy_stay *s);

/* visit.c, stay.c, front.c, settle.c */
void sy_visit(sy_life *l, const sy_event *e);
void sy_stay_run(sy_life *l, const sy_event *e, const sy_baby *as_baby);
void sy_front_page(sy_stay *s);
void sy_stay_fees(sy_stay *s);
void sy_settle_stay(sy_stay *s);
void sy_settlement_lists(sy_stay *s);

/* newborn.c: the child's own registration, stay and first years */
void sy_born(sy_stay *mother, int which);

/* shared */
static inline sw_str sy_enc_key(const sy_encounter *e) { return sy_key_text(e->k, e->in->index, e->pt->id, e->number, 0); }
static inline int32_t sy_day_of(int64_t t) { return (int32_t)(t / SY_DAY); }
static inline const sy_staff *sy_staff_of(const sy_inst *in, int dept, int i) { return &in->staff[dept * SY_STAFF + i % SY_STAFF]; }
/* Department codes for front pages and lists: local, or national. */
sw_str sy_dept_code(const sy_encounter *e, int dept, bool national);

#endif
