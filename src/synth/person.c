#include "synth/person.h"

#include "base/date.h"
#include "medic/citizen_id.h"

#include <stdio.h>

enum { H_FAMILY = 100, H_PERSON, H_NAME, H_MINORITY, H_FOREIGN, H_RARE };

static const struct {
  const char *name;
  int role, sex, age; /* age at the end of the period; 0 leaves it as drawn */
} RARITIES[SY_NRARITIES] = {
    [SY_R_MINORITY] = {"minority_name", 0, 1, 0},       [SY_R_FOREIGNER] = {"foreigner", 0, 1, 41},
    [SY_R_OLD_ID] = {"old_id_15", 3, 1, 78},            [SY_R_AGE_104] = {"age_104", 3, 2, 105},
    [SY_R_MALE_BREAST] = {"male_breast_cancer", 0, 1, 58}, [SY_R_CHILD_OVARY] = {"child_ovarian_tumour", 2, 2, 9},
    [SY_R_WELL_NEWBORN] = {"well_newborn", 1, 2, 28},   [SY_R_TWINS] = {"twins", 1, 2, 31},
    [SY_R_EARLY_SURGERY] = {"surgery_before_admission", 0, 1, 44}, [SY_R_ZERO_DAYS] = {"stay_0_days", 0, 1, 36},
    [SY_R_400_DAYS] = {"stay_400_days", 3, 1, 76},      [SY_R_PSYCHIATRY] = {"psychiatry_without_drugs", 0, 1, 39},
    [SY_R_REHABILITATION] = {"rehabilitation_without_drugs", 3, 1, 70}, [SY_R_ZERO_FEE] = {"zero_fee_stay", 1, 2, 52},
    [SY_R_40_DIAGNOSES] = {"forty_diagnoses", 3, 1, 81}, [SY_R_DAY_SURGERY] = {"day_surgery", 0, 1, 63},
    [SY_R_CAMPUSES] = {"campus_transfer", 0, 1, 66},    [SY_R_RARE_CHARACTER] = {"rare_character", 1, 2, 33},
    [SY_R_GUARDIAN] = {"guardian_id", 2, 1, 5},         [SY_R_COMPOUND] = {"compound_surname", 0, 1, 0},
    [SY_R_UNSETTLED] = {"unsettled_stay", 0, 1, 49},    [SY_R_UNKNOWN] = {"unknown_patient", 0, 1, 55},
};

const char *sy_rarity_name(sy_rarity r) { return r < 0 ? "" : RARITIES[r].name; }

sy_rarity sy_rarity_of(int64_t person) {
  if (person < 0 || person >= 4 * SY_NRARITIES) return SY_NO_RARITY;
  int r = (int)(person / 4);
  return RARITIES[r].role == person % 4 ? (sy_rarity)r : SY_NO_RARITY;
}

/* Ages of a household at the end of the period: a couple, often with a child, often with one of their parents. */
static void family_ages(const sy_world *w, int64_t family, int age[4], int sex[4]) {
  sw_rng r = sw_rng_of(w->opt.seed, sy_hash(w, H_FAMILY, (uint64_t)family, 0, 0));
  double u = sw_rng_unit(&r);
  age[0] = u < 0.75 ? (int)sw_rng_range(&r, 22, 62) : (int)sw_rng_range(&r, 60, 88);
  age[1] = age[0] - (int)sw_rng_range(&r, -2, 5);
  if (age[1] < 21) age[1] = 21;
  int mother_at = (int)sw_rng_range(&r, 21, 35);
  age[2] = age[1] - mother_at;
  if (age[2] < 0) age[2] = sw_rng_chance(&r, 0.3) ? (int)sw_rng_range(&r, 3, 17) : (int)sw_rng_range(&r, 18, 40);
  age[3] = age[0] + (int)sw_rng_range(&r, 21, 33);
  if (age[3] > 97) age[3] = (int)sw_rng_range(&r, 62, 90);
  if (age[3] < 50) age[3] = (int)sw_rng_range(&r, 50, 75);
  sex[0] = 1;
  sex[1] = 2;
  sex[2] = sw_rng_chance(&r, 0.52) ? 1 : 2;
  sex[3] = sw_rng_chance(&r, 0.45) ? 1 : 2;
}

sy_brief sy_person_brief(const sy_world *w, int64_t index) {
  int age[4], sex[4], role = (int)(index % 4);
  family_ages(w, index / 4, age, sex);
  sy_rarity rare = sy_rarity_of(index);
  if (rare >= 0) {
    if (RARITIES[rare].age) age[role] = RARITIES[rare].age;
    sex[role] = RARITIES[rare].sex;
  }
  int32_t birth = w->last_day - age[role] * 365 - age[role] / 4 - 40 -
                  (int32_t)(sy_hash(w, H_PERSON, (uint64_t)index, 1, 0) % 320);
  /* Numbers stay unique: the serial takes index mod 500, the birth date index / 500 mod 32. */
  birth -= (int32_t)((((int64_t)birth - index / 500) % 32 + 32) % 32);
  if (birth > w->first_day - 1) birth -= ((birth - w->first_day) / 32 + 1) * 32;
  return (sy_brief){.sex = sex[role], .birth = birth};
}

/* --- names ------------------------------------------------------------------------------------ */

static sw_str draw(const sy_names *set, sw_rng *r) { return set->items[sw_rng_pick(r, set->cum, set->n)].text; }

static sw_str given(const sy_world *w, sw_rng *r, sw_arena *a, int sex, bool old) {
  const sy_names *n = w->content.names;
  const sy_names *set = sex == 1 ? &n[old ? SY_MAN_OLD : SY_MAN_NEW] : &n[old ? SY_WOMAN_OLD : SY_WOMAN_NEW];
  sw_str x = draw(set, r);
  if (sw_rng_chance(r, old ? 0.28 : 0.22)) return x;
  sw_str y = draw(set, r);
  return sw_str_of(sw_arena_printf(a, "%.*s%.*s", SW_STR_ARG(x), SW_STR_ARG(y)));
}

static sw_str surname(const sy_world *w, sw_rng *r, bool compound) {
  const sy_names *n = w->content.names;
  return draw(&n[compound || sw_rng_chance(r, 0.004) ? SY_COMPOUND : SY_SURNAME], r);
}

sw_str sy_name_draw(const sy_world *w, sw_rng *r, sw_arena *a, int sex, bool old) {
  sw_str s = surname(w, r, false), g = given(w, r, a, sex, old);
  return sw_str_of(sw_arena_printf(a, "%.*s%.*s", SW_STR_ARG(s), SW_STR_ARG(g)));
}

/* The name of one by index: children bear the father's surname, so names can be made again for contacts. */
static sw_str name_of(const sy_world *w, int64_t index, const sy_brief *b, sw_arena *a) {
  sy_rarity rare = sy_rarity_of(index);
  int64_t family = index / 4;
  int role = (int)(index % 4);
  sw_rng of_line = sw_rng_of(w->opt.seed, sy_hash(w, H_NAME, (uint64_t)family, role == 1 ? 1 : role == 3 && b->sex == 2 ? 2 : 0, 0));
  sw_str s = surname(w, &of_line, rare == SY_R_COMPOUND);
  sw_rng r = sw_rng_of(w->opt.seed, sy_hash(w, H_NAME, (uint64_t)index, 9, 1));
  bool old = w->last_day - b->birth > 45 * 365;
  if (rare == SY_R_RARE_CHARACTER || sy_chance(w, 0.0006, H_RARE, (uint64_t)index, 0, 0)) {
    sw_str g = draw(&w->content.names[SY_RARE], &r);
    return sw_str_of(sw_arena_printf(a, "%.*s%.*s", SW_STR_ARG(s), SW_STR_ARG(g)));
  }
  sw_str g = given(w, &r, a, b->sex, old);
  return sw_str_of(sw_arena_printf(a, "%.*s%.*s", SW_STR_ARG(s), SW_STR_ARG(g)));
}

sw_str sy_child_name(const sy_world *w, int64_t mother, int sub, int sex, sw_arena *a) {
  sw_rng line = sw_rng_of(w->opt.seed, sy_hash(w, H_NAME, (uint64_t)mother / 4, 0, 0));
  sw_rng r = sw_rng_of(w->opt.seed, sy_hash(w, H_NAME, (uint64_t)mother, (uint64_t)sub + 20, 1));
  sw_str s = surname(w, &line, false), g = given(w, &r, a, sex, false);
  return sw_str_of(sw_arena_printf(a, "%.*s%.*s", SW_STR_ARG(s), SW_STR_ARG(g)));
}

/* A minority or foreign name of the person's sex; its position in the set, or -1. */
static int special_name(const sy_world *w, int64_t index, int sex, sy_name_kind kind, double p) {
  bool wanted = kind == SY_MINORITY ? sy_rarity_of(index) == SY_R_MINORITY : sy_rarity_of(index) == SY_R_FOREIGNER;
  if (!wanted && (sy_rarity_of(index) >= 0 || index % 4 == 2 || !sy_chance(w, p, kind == SY_MINORITY ? H_MINORITY : H_FOREIGN, (uint64_t)index, 0, 0)))
    return -1;
  const sy_names *set = &w->content.names[kind];
  size_t from = sy_hash(w, H_MINORITY, (uint64_t)index, 7, 0) % set->n;
  for (size_t k = 0; k < set->n; k++) {
    const sy_name *n = &set->items[(from + k) % set->n];
    if (n->note.len && n->note.ptr[0] == '0' + sex && (!wanted || kind == SY_FOREIGN || sw_str_find(n->text, SW_LIT("·")) >= 0))
      return (int)((from + k) % set->n);
  }
  return -1;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static sw_str citizen_id(const sy_world *w, int64_t index, int extra, const sy_brief *b, int division, sw_arena *a) {
  char z[24];
  int y, m, d;
  sw_civil_from_days(b->birth, &y, &m, &d);
  int serial = (int)((index + extra * 137) % 500) * 2 + (b->sex == 1 ? 1 : 0);
  snprintf(z, sizeof z, "%.6s%04d%02d%02d%03d", w->content.divisions[division].code.ptr, y, m, d, serial);
  z[17] = sw_citizen_id_check_char(z);
  return sw_arena_dup(a, (sw_str){z, 18});
}

sw_str sy_phone(const sy_world *w, int64_t index, int which, sw_arena *a) {
  (void)w;
  uint64_t n = ((uint64_t)index * 367891237u + 71200123u) % 1000000000u;
  return sw_str_of(sw_arena_printf(a, "%s%09llu", which ? "15" : "13", (unsigned long long)n));
}

sw_str sy_true_id(int64_t index, int sub, sw_arena *a) {
  return sw_str_of(sub ? sw_arena_printf(a, "P%09lld-B%d", (long long)index, sub) : sw_arena_printf(a, "P%09lld", (long long)index));
}

/* --- the rest --------------------------------------------------------------------------------- */

static int pick_division(const sy_world *w, uint64_t h, bool home) {
  const sy_content *c = &w->content;
  for (int round = 0; round < 40; round++, h = sw_rng_of(h, 1).s[0]) {
    double x = (double)(h >> 11) * 0x1p-53 * c->divisions[c->ndivisions - 1].cum;
    int i = 0;
    while (i < c->ndivisions - 1 && c->divisions[i].cum <= x) i++;
    if (!home || c->divisions[i].home) return i;
  }
  return 0;
}

static void set_address(const sy_world *w, int64_t family, sy_person *p, sw_arena *a) {
  uint64_t h = sy_hash(w, H_FAMILY, (uint64_t)family, 3, 0);
  p->division = pick_division(w, h, h % 100 < 92);
  const sy_division *d = &w->content.divisions[p->division];
  const sy_names *streets = &w->content.names[SY_STREET];
  sw_str street = streets->items[h / 7 % streets->n].text;
  p->street = sw_str_of(sw_arena_printf(a, "%.*s路%d号%d幢%d室", SW_STR_ARG(street), (int)(h / 11 % 300) + 1, (int)(h / 13 % 20) + 1,
                                        ((int)(h / 17 % 18) + 1) * 100 + (int)(h / 19 % 4) + 1));
  p->address = sw_str_of(sw_arena_printf(a, "%.*s%.*s%.*s%.*s", SW_STR_ARG(d->province), SW_STR_ARG(d->city), SW_STR_ARG(d->county),
                                         SW_STR_ARG(p->street)));
}

static void set_social(sy_person *p, int age, uint64_t h) {
  static const char *const WORK[] = {"27", "27", "27", "24", "24", "17", "17", "13", "21", "51", "54", "11", "70", "90"};
  static const char *const FIRM[] = {"素问示范纺织厂", "素问示范建材公司", "素问示范小学", "素问示范超市", "素问示范物流公司", "素问示范农业合作社"};
  p->occupation = age < 6 ? SW_LIT("90") : age < 18 ? SW_LIT("31") : age >= (p->b.sex == 1 ? 60 : 55) && h % 3
                                         ? SW_LIT("80") : sw_str_of(WORK[h / 3 % 14]);
  bool employed = age >= 18 && !sw_str_eqz(p->occupation, "80") && !sw_str_eqz(p->occupation, "27") &&
                  !sw_str_eqz(p->occupation, "70");
  p->employer = employed ? sw_str_of(FIRM[h / 53 % 6]) : SW_LIT("-");
  double u = (double)(h >> 40 & 0xFFFF) / 65536.0;
  p->marital = age < 22 || (age < 30 && u < 0.45) || u < 0.03 ? SW_LIT("1")
               : age > 65 && u < 0.28                        ? SW_LIT("3")
               : u > 0.96                                    ? SW_LIT("4")
                                                             : SW_LIT("2");
  double v = (double)(h >> 20 & 0xFFFF) / 65536.0;
  bool employee = age >= 18 && (double)(h >> 8 & 0xFFF) / 4096.0 < (employed || sw_str_eqz(p->occupation, "80") ? 0.57 : 0.08);
  p->payer = v < 0.08 ? SW_LIT("7") : v < 0.16 ? (employee ? SW_LIT("1.2") : SW_LIT("2.2")) : employee ? SW_LIT("1.1") : SW_LIT("2.1");
  static const int ABO[] = {1, 1, 1, 2, 2, 2, 3, 3, 3, 4};
  p->blood = ABO[h / 71 % 10];
  p->rh = h / 711 % 250 == 0 ? 1 : 2;
}

static void set_contact(const sy_world *w, sy_person *p, int age, sw_arena *a) {
  int64_t family = p->index / 4 * 4;
  int role = (int)(p->index % 4), other = role == 0 ? 1 : role == 1 ? 0 : role == 2 ? (age < 18 ? 1 : 0) : 0;
  sy_brief b = sy_person_brief(w, family + other);
  p->contact_name = name_of(w, family + other, &b, a);
  if (role <= 1 && !sw_str_eqz(p->marital, "2")) p->contact_relation = SW_LIT("9");
  else p->contact_relation = role <= 1 ? SW_LIT("1") : role == 2 ? SW_LIT("5") : SW_LIT("2");
  p->contact_phone = sy_phone(w, family + other, 0, a);
  p->old_phone = sy_phone(w, p->index, 1, a);
  bool shares = age < 14 || (role == 3 && age > 70 && sy_hash(w, H_PERSON, (uint64_t)p->index, 5, 0) % 5 == 0);
  p->phone = shares ? p->contact_phone : sy_phone(w, p->index, 0, a);
  if (age < 14) {
    sy_brief g = sy_person_brief(w, family + 1);
    p->guardian_id = citizen_id(w, family + 1, 0, &g, pick_division(w, sy_hash(w, H_PERSON, (uint64_t)family + 1, 6, 0), false), a);
  }
}

static void set_foreign(const sy_world *w, sy_person *p, sw_arena *a) {
  int m = special_name(w, p->index, p->b.sex, SY_MINORITY, 0.006);
  if (m >= 0) {
    const sy_name *n = &w->content.names[SY_MINORITY].items[m];
    p->name = n->text;
    p->ethnicity = sw_str_find(n->text, SW_LIT("·")) >= 0 ? SW_LIT("05") : SW_LIT("04");
    return;
  }
  int x = special_name(w, p->index, p->b.sex, SY_FOREIGN, 0.0012);
  if (x < 0) return;
  const sy_name *n = &w->content.names[SY_FOREIGN].items[x];
  p->name = n->text;
  p->nationality = sw_str_sub(n->note, 1, 3);
  p->ethnicity = SW_LIT("97");
  p->cert_type = SW_LIT("6");
  p->id_no = sw_str_of(sw_arena_printf(a, "E%08llu", (unsigned long long)(sy_hash(w, H_FOREIGN, (uint64_t)p->index, 3, 0) % 100000000)));
  p->payer = SW_LIT("7");
  p->guardian_id = SW_LIT("");
}

void sy_person_make(const sy_world *w, int64_t index, int32_t at, sw_arena *a, sy_person *out) {
  *out = (sy_person){.index = index, .b = sy_person_brief(w, index), .rarity = sy_rarity_of(index), .nationality = SW_LIT("CHN"),
                     .ethnicity = SW_LIT("01"), .cert_type = SW_LIT("1")};
  sy_person *p = out;
  int age = sw_age_years(p->b.birth, at);
  uint64_t h = sy_hash(w, H_PERSON, (uint64_t)index, 4, 0);
  p->name = name_of(w, index, &p->b, a);
  set_address(w, index / 4, p, a);
  p->birth_division = pick_division(w, sy_hash(w, H_PERSON, (uint64_t)index, 6, 0), false);
  p->id_no = citizen_id(w, index, 0, &p->b, p->birth_division, a);
  set_social(p, age, h);
  set_contact(w, p, age, a);
  set_foreign(w, p, a);
  if (p->rarity == SY_R_OLD_ID || (age > 65 && h / 97 % 150 == 0 && sw_str_eqz(p->cert_type, "1"))) {
    char old[16];
    sw_str own = p->id_no;
    if (sw_citizen_id_downgrade(own, old)) p->id_no = sw_arena_dup(a, sw_str_of(old));
  }
}

void sy_newborn_make(const sy_world *w, const sy_person *mother, int sub, int sex, int order, int32_t birth, sw_arena *a,
                     sy_person *out) {
  *out = *mother;
  sy_person *p = out;
  p->sub = sub;
  p->b = (sy_brief){.sex = sex, .birth = birth};
  p->rarity = SY_NO_RARITY;
  const char *word = sex == 1 ? "之子" : "之女";
  p->name = sw_str_of(order ? sw_arena_printf(a, "%.*s%s%d", SW_STR_ARG(mother->name), word, order)
                            : sw_arena_printf(a, "%.*s%s", SW_STR_ARG(mother->name), word));
  p->guardian_id = mother->id_no;
  p->cert_type = mother->cert_type;
  p->id_no = SW_LIT("");
  p->marital = SW_LIT("1");
  p->occupation = SW_LIT("90");
  p->employer = SW_LIT("-");
  p->contact_name = mother->name;
  p->contact_relation = SW_LIT("5");
  p->contact_phone = mother->phone;
  p->birth_division = mother->division;
  p->nchronic = 0;
  p->blood = 1 + (int)(sy_hash(w, H_PERSON, (uint64_t)mother->index, 8, (uint64_t)sub) % 4);
}
