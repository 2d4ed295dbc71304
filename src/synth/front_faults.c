/* Faults of front pages, each named after the quality rule that must find it (docs/synthetic-region.md lists them).
 *
 * A fault is a function that changes the page and marks the place, or says that it does not apply to this page. At most
 * one of them is put on a page, besides late archiving, wrong fee sums and local codes, which have rates of their own.
 * What a fault cannot but break as well is marked at the same place ("with Q010"), so that the truth names every finding.
 * Faults that are codes alone stand in a table in front_codes.c. */
#include "base/date.h"
#include "medic/citizen_id.h"
#include "synth/front.h"

enum { H_PAGE = 1000, H_SUM, H_WHICH, H_LOCAL };
static const double WRONG_SUMS = 0.005, LOCAL_CODES = 0.006;

#define C(name) SY_C_ADMISSION_##name

static void mark(sy_page *p, const char *kind, sy_page_part part, int index, int field, sw_str detail) {
  sy_page_mark_at(p, kind, part, index, field, detail);
}

/* Another rule that the newest mark's change breaks too. */
static bool also(sy_page *p, const char *kind) {
  sy_page_also(p, kind);
  return true;
}
static bool also_if(sy_page *p, bool broken, const char *kind) { return !broken || also(p, kind); }

static sw_str value_text(const sy_page *p, sy_column_id c) {
  const sy_cell *x = &p->base[(int)c - SY_FIRST[SY_T_ADMISSION]];
  if (x->state == SY_EMPTY) return SW_LIT("");
  switch (x->type) {
    case SY_INT:
    case SY_SEX: return sy_fmt(p->s->e.k, "%lld", (long long)x->n);
    case SY_MONEY: return sy_fmt(p->s->e.k, "%s%lld.%02lld", x->n < 0 ? "-" : "", (long long)(x->n < 0 ? -x->n : x->n) / 100, (long long)(x->n < 0 ? -x->n : x->n) % 100);
    case SY_DATE: return sy_date_text(p->s->e.k, (int32_t)x->n);
    case SY_TIME: return sy_time_text(p->s->e.k, x->n);
    case SY_KEY:
    case SY_TEXT:
    case SY_CODE:
    case SY_NUM3:
    case SY_NUM4: return x->s;
  }
  return x->s;
}

static bool mark_base(sy_page *p, sy_column_id c, const char *kind, sw_str before) {
  mark(p, kind, SY_ON_BASE, (int)c - SY_FIRST[SY_T_ADMISSION], 0, before);
  return true;
}

/* Replaces a text (an empty one empties the cell); false when it says that already. */
static bool text(sy_page *p, sy_column_id c, const char *v, const char *kind) {
  sw_str before = value_text(p, c);
  if (sw_str_eqz(before, v)) return false;
  sy_page_text(p, c, sw_str_of(v));
  return mark_base(p, c, kind, before);
}
static bool number(sy_page *p, sy_column_id c, int64_t v, const char *kind) {
  sw_str before = value_text(p, c);
  sy_page_number(p, c, v);
  return mark_base(p, c, kind, before);
}
static bool empty(sy_page *p, sy_column_id c, const char *kind) {
  if (sy_page_at(p, c)->state == SY_EMPTY) return false;
  sw_str before = value_text(p, c);
  sy_page_at(p, c)->state = SY_EMPTY;
  return mark_base(p, c, kind, before);
}
static int64_t n_of(sy_page *p, sy_column_id c) { return sy_page_at(p, c)->n; }

static bool add_dx(sy_page *p, const char *code, const char *name, const char *kind) {
  if (p->ndx >= 15) return false;
  for (int i = 0; i < p->ndx; i++)
    if (sw_str_starts(p->dx[i].code, sw_str_sub(sw_str_of(code), 0, 3))) return false;
  p->dx[p->ndx] = (sy_page_dx){sw_str_of(code), sw_str_of(name), SW_LIT("1")};
  mark(p, kind, SY_ON_DX, p->ndx++, 0, SW_LIT("added"));
  return true;
}

static bool set_main(sy_page *p, const char *code, const char *name, const char *kind) {
  sw_str before = p->dx[0].code;
  p->dx[0].code = sw_str_of(code);
  p->dx[0].name = sw_str_of(name);
  mark(p, kind, SY_ON_DX, 0, 0, before);
  return true;
}

static const sy_dx *main_dx(const sy_page *p) { return &p->s->e.life->c->dx[p->s->dx[0]]; }
static const sy_proc *main_proc(const sy_page *p) { return p->s->nprocs ? &p->s->e.life->c->procs[p->s->procs[0].proc] : NULL; }
static bool operated(const sy_page *p) { return p->s->nprocs && main_proc(p)->kind == 4; }
static bool plain(const sy_page *p) { return sy_page_plain(p); }
static bool tcm(const sy_page *p) { return main_dx(p)->flags & SY_TCM; }

/* Whether something on the page fits one sex alone. */
static bool sex_bound(const sy_page *p) {
  for (int i = 0; i < p->s->ndx; i++) {
    const sy_dx *d = &p->s->e.life->c->dx[p->s->dx[i]];
    if (d->sex || sw_str_starts(d->clin, SW_LIT("C50")) || sw_str_starts(d->clin, SW_LIT("D24"))) return true;
  }
  for (int i = 0; i < p->nprocs; i++) {
    sw_str code = p->procs[i].field[SY_P_CODE];
    if (code.len && (code.ptr[0] == '6' || code.ptr[0] == '7')) return true;
  }
  return false;
}

/* The rules on citizen ids look at this page: from 16 years on, a citizen's id of either form. */
static bool id_is_checked(const sy_page *p) {
  sw_str id = value_text(p, C(ID_NO)), type = value_text(p, C(CERT_TYPE));
  return p->s->age_years >= 16 && (id.len == 18 || id.len == 15) && (!type.len || sw_str_eqz(type, "1"));
}

static bool all_absent_on_admission(const sy_page *p) {
  for (int i = 0; i < p->ndx; i++)
    if (!sw_str_eqz(p->dx[i].condition, "4")) return false;
  return true;
}

/* An anaesthesia other than a local one. */
static bool anaesthetised(const sy_page *p) {
  for (int i = 0; i < p->nprocs; i++) {
    sw_str a = p->procs[i].field[SY_P_ANAES];
    if (a.len && !sw_str_starts(a, SW_LIT("03"))) return true;
  }
  return false;
}

static bool proc_field(sy_page *p, int field, const char *v, const char *kind) {
  if (!p->nprocs) return false;
  sw_str before = p->procs[0].field[field];
  p->procs[0].field[field] = sw_str_of(v);
  mark(p, kind, SY_ON_PROC, 0, field, before);
  return true;
}

static bool add_proc(sy_page *p, const char *code, const char *name, const char *kind) {
  if (p->nprocs >= 7) return false;
  sy_page_proc *x = &p->procs[p->nprocs];
  *x = (sy_page_proc){.time = p->s->e.start + 3600};
  x->field[SY_P_CODE] = sw_str_of(code);
  x->field[SY_P_NAME] = sw_str_of(name);
  x->field[SY_P_SURGEON] = p->s->e.in->staff[p->s->e.dept * SY_STAFF].name;
  mark(p, kind, SY_ON_PROC, p->nprocs++, SY_P_CODE, SW_LIT("added"));
  return true;
}

/* --- required, value sets, identity ------------------------------------------------------------- */

static bool q001(sy_page *p) { return text(p, C(ORG_CODE), "123", "Q001"); }
static bool q002(sy_page *p) { return text(p, C(ORG_NAME), "医院", "Q002"); }
static bool q016(sy_page *p) { return plain(p) && number(p, C(SEX), 9, "Q016"); }
static bool q003(sy_page *p) { return empty(p, C(RECORD_NO), "Q003"); }
static bool q004(sy_page *p) { return number(p, C(ADMIT_TIMES), 0, "Q004"); }
static bool q005(sy_page *p) { return empty(p, C(ADMIT_TIME), "Q005"); }
static bool q006(sy_page *p) { return empty(p, C(DISCHARGE_TIME), "Q006"); }
static bool q007(sy_page *p) { return number(p, C(DISCHARGE_TIME), p->s->e.start - 2 * SY_DAY, "Q007") && also_if(p, p->nprocs > 0, "Q114"); }
static bool q008(sy_page *p) { return number(p, C(BIRTH_DATE), sy_day_of(p->s->e.start) + 400, "Q008") && also_if(p, id_is_checked(p), "Q019"); }
static bool q009(sy_page *p) { return number(p, C(STAY_DAYS), p->s->days + 1, "Q009"); }
static bool q010(sy_page *p) { return p->s->age_years >= 18 && number(p, C(AGE_YEARS), p->s->age_years + 3, "Q010"); }
static bool q011(sy_page *p) { return p->s->age_years > 0 && number(p, C(AGE_DAYS), 30, "Q011"); }
static bool q012(sy_page *p) { return p->s->age_years == 0 && number(p, C(AGE_DAYS), 700, "Q012") && also_if(p, sy_page_at(p, C(NEWBORN_ADMIT_WEIGHT))->state != SY_EMPTY, "Q087"); }
static bool q013(sy_page *p) { return plain(p) && p->s->age_years >= 18 && number(p, C(AGE_YEARS), 200, "Q013") && also(p, "Q010"); }
static bool q014(sy_page *p) {
  sw_str name = value_text(p, C(NAME));
  return sw_str_eqz(p->s->e.life->p.nationality, "CHN") && text(p, C(NAME), sy_fmt(p->s->e.k, "8%.*s", SW_STR_ARG(name)).ptr, "Q014");
}
static bool q015(sy_page *p) {
  sy_cell *x = sy_page_at(p, C(SEX));
  sw_str before = value_text(p, C(SEX));
  x->state = SY_RAW;
  x->s = SW_LIT("5");
  return mark_base(p, C(SEX), "Q015", before);
}
static bool own_id(const sy_page *p) { return p->s->e.pt->id_holder == 1 && p->s->e.life->p.id_no.len == 18 && p->s->age_years >= 16; }
static bool id_to(sy_page *p, int at, char v, const char *kind) {
  char z[24];
  sw_str id = p->s->e.life->p.id_no;
  if (!own_id(p) || id.ptr[at] == v) return false;
  memcpy(z, id.ptr, 18);
  z[18] = '\0';
  z[at] = v;
  return text(p, C(ID_NO), sw_arena_dup(&p->s->e.k->arena, (sw_str){z, 19}).ptr, kind);
}
static bool q017(sy_page *p) { return own_id(p) && text(p, C(ID_NO), sy_fmt(p->s->e.k, "%.17s", p->s->e.life->p.id_no.ptr).ptr, "Q017"); }
static bool q018(sy_page *p) { return own_id(p) && id_to(p, 17, p->s->e.life->p.id_no.ptr[17] == '5' ? '6' : '5', "Q018"); }
static bool mangled(sy_page *p) {
  sw_str id = p->s->e.life->p.id_no;
  return own_id(p) && text(p, C(ID_NO), sy_fmt(p->s->e.k, "%c.%cE+17", id.ptr[0], id.ptr[1]).ptr, "id_mangled") && also(p, "Q017");
}
static bool lost_zeros(sy_page *p) { /* 00012345 opened in a spreadsheet */
  sw_str no = p->s->record_no;
  size_t i = 0;
  while (i + 1 < no.len && no.ptr[i] == '0') i++;
  return i > 0 && text(p, C(RECORD_NO), sy_fmt(p->s->e.k, "%.*s", (int)(no.len - i), no.ptr + i).ptr, "leading_zeros_lost");
}
static bool q019(sy_page *p) {
  int32_t birth = p->s->e.life->p.b.birth - 1;
  return own_id(p) && sw_age_years(birth, sy_day_of(p->s->e.start)) == p->s->age_years && number(p, C(BIRTH_DATE), birth, "Q019");
}
static bool q021(sy_page *p) { /* no such province; the check character fits */
  char z[24];
  if (!own_id(p)) return false;
  memcpy(z, p->s->e.life->p.id_no.ptr, 18);
  z[0] = z[1] = '7';
  z[17] = sw_citizen_id_check_char(z);
  z[18] = '\0';
  return text(p, C(ID_NO), sw_arena_dup(&p->s->e.k->arena, (sw_str){z, 19}).ptr, "Q021");
}
static bool q020(sy_page *p) { return own_id(p) && plain(p) && !sex_bound(p) && number(p, C(SEX), 3 - p->s->e.life->p.b.sex, "Q020"); }
static bool q022(sy_page *p) { return text(p, C(NATIONALITY), "99", "Q022"); }
static bool q023(sy_page *p) { return text(p, C(MARITAL), "7", "Q023"); }
static bool q024(sy_page *p) { return p->s->age_years >= 6 && p->s->age_years < 18 && text(p, C(MARITAL), "2", "Q024"); }
static bool q025(sy_page *p) { return p->s->age_years >= 6 && text(p, C(OCCUPATION), "99", "Q025"); }
static bool q026(sy_page *p) { return p->s->age_years < 6 && text(p, C(OCCUPATION), "24", "Q026"); }
static bool q027(sy_page *p) { return p->s->age_years >= 6 && p->s->age_years < 16 && text(p, C(OCCUPATION), "80", "Q027"); }
static bool q028(sy_page *p) { return text(p, C(ETHNICITY), "99", "Q028"); }
static bool q037(sy_page *p) { return text(p, C(NATIVE_PROVINCE), "无此省", "Q037"); }
static bool q029(sy_page *p) { return text(p, C(PAYER), "0", "Q029"); }
static bool q030(sy_page *p) { return text(p, C(HOUSEHOLD_POSTCODE), "123456", "Q030"); }
static bool q031(sy_page *p) { return text(p, C(POSTCODE), "31200O", "Q031"); }
static bool q033(sy_page *p) { return text(p, C(PHONE), "11111111111", "Q033"); }
static bool q034(sy_page *p) { return text(p, C(CONTACT_PHONE), "12345678911", "Q034"); }
static bool q032(sy_page *p) { return text(p, C(EMPLOYER_POSTCODE), "31200O", "Q032"); }
static bool q035(sy_page *p) { return text(p, C(EMPLOYER_PHONE), "11111111111", "Q035"); }
static bool q036(sy_page *p) { return empty(p, C(BIRTH_ADDRESS), "Q036"); }
static bool q038(sy_page *p) { return text(p, C(HOUSEHOLD_ADDRESS), "123456", "Q038"); }
static bool q039(sy_page *p) { return empty(p, C(ADDRESS), "Q039"); }
static bool q040(sy_page *p) { return empty(p, C(EMPLOYER), "Q040"); }
static bool q041(sy_page *p) { return empty(p, C(CONTACT_NAME), "Q041"); }
static bool q042(sy_page *p) { return text(p, C(CONTACT_RELATION), "X", "Q042"); }
static bool q043(sy_page *p) { return p->s->age_years < 20 && text(p, C(CONTACT_RELATION), "2", "Q043"); }
static bool q044(sy_page *p) { return !sw_str_eqz(value_text(p, C(CONTACT_RELATION)), "0") && text(p, C(CONTACT_NAME), sy_fmt(p->s->e.k, "%.*s", SW_STR_ARG(p->s->e.life->p.name)).ptr, "Q044"); }
static bool q045(sy_page *p) { return text(p, C(ADMIT_WAY), "5", "Q045"); }
static bool q047(sy_page *p) { return empty(p, C(ADMIT_WARD), "Q047"); }
static bool q048(sy_page *p) { return p->s->from_dept != p->s->e.dept && text(p, C(TRANSFER_DEPTS), "-", "Q048"); }
static bool q049(sy_page *p) { return empty(p, C(CLINIC_DIAG_CODE), "Q049"); }

/* --- diagnoses ---------------------------------------------------------------------------------- */

static bool q050(sy_page *p) {
  mark(p, "Q050", SY_ON_DX, 0, 1, p->dx[0].name);
  p->dx[0].name = SW_LIT("");
  return true;
}
static bool q051(sy_page *p) { return plain(p) && set_main(p, "K99.999", "不存在的编码", "Q051"); }
static bool q052(sy_page *p) {
  mark(p, "Q052", SY_ON_DX, 0, 2, p->dx[0].condition);
  p->dx[0].condition = SW_LIT("9");
  return true;
}
static bool q053(sy_page *p) {
  if (!plain(p)) return false;
  mark(p, "Q053", SY_ON_DX, 0, 2, p->dx[0].condition);
  p->dx[0].condition = SW_LIT("4");
  return also_if(p, all_absent_on_admission(p), "Q054");
}
static bool q054(sy_page *p) {
  if (!plain(p)) return false;
  mark(p, "Q054", SY_ON_DX, 0, 2, p->dx[0].condition);
  for (int i = 0; i < p->ndx; i++) p->dx[i].condition = SW_LIT("4");
  return also(p, "Q053");
}
static bool q055(sy_page *p) {
  if (p->ndx >= 15) return false;
  p->dx[p->ndx] = (sy_page_dx){p->dx[0].code, p->dx[0].name, SW_LIT("1")};
  mark(p, "Q055", SY_ON_DX, p->ndx++, 0, SW_LIT("added"));
  return true;
}
static bool q056(sy_page *p) {
  if (p->ndx < 2 || p->ndx >= 15) return false;
  p->dx[p->ndx] = (sy_page_dx){p->dx[1].code, p->dx[1].name, SW_LIT("1")};
  mark(p, "Q056", SY_ON_DX, p->ndx++, 0, SW_LIT("added"));
  return also_if(p, sw_str_starts(p->dx[1].code, SW_LIT("Z37")), "Q089");
}
static bool q057(sy_page *p) { return plain(p) && set_main(p, "W19.x00", "跌倒", "Q057"); }
static bool q058(sy_page *p) { return plain(p) && set_main(p, "B96.200", "大肠埃希菌感染", "Q058"); }
static bool q059(sy_page *p) { return p->s->e.life->p.b.sex == 2 && plain(p) && p->s->age_years >= 20 && p->s->age_years < 45 && set_main(p, "Z33.x00", "妊娠状态", "Q059"); }
static bool q060(sy_page *p) { return plain(p) && set_main(p, "Z95.501", "冠状动脉支架植入状态", "Q060"); }
static bool q061(sy_page *p) { return plain(p) && set_main(p, "U82.100", "耐甲氧西林", "Q061"); }
static bool q062(sy_page *p) { return plain(p) && set_main(p, "T31.100", "累及体表10%-19%的烧伤", "Q062") && also(p, "Q099"); }
static bool q069(sy_page *p) { return p->s->e.life->p.b.sex == 2 && p->s->age_years >= 16 && add_dx(p, "N40.x00", "前列腺增生", "Q069"); }
static bool q070(sy_page *p) { return p->s->e.life->p.b.sex == 1 && p->s->age_years >= 16 && add_dx(p, "N83.201", "卵巢囊肿", "Q070"); }
static bool q071(sy_page *p) { return p->s->e.life->p.b.sex == 1 && add_proc(p, "68.4100x001", "腹腔镜经腹全子宫切除术", "Q071"); }
static bool q072(sy_page *p) { return p->s->e.life->p.b.sex == 2 && add_proc(p, "60.2900x004", "经尿道前列腺等离子电切术", "Q072"); }
static bool q074(sy_page *p) { return p->s->age_years <= 12 && p->s->age_years > 0 && p->s->e.life->p.b.sex == 2 && add_dx(p, "O26.900", "妊娠相关情况", "Q074"); }
static bool q076(sy_page *p) { return p->s->age_years > 5 && add_dx(p, "P59.900", "新生儿黄疸", "Q076"); }
/* --- newborns, births, tumours, injuries, blood, people ----------------------------------------- */

static bool q080(sy_page *p) { return p->s->age_days >= 0 && p->s->age_days <= 28 && p->s->weight && empty(p, C(NEWBORN_ADMIT_WEIGHT), "Q080"); }
static bool q081(sy_page *p) { return p->s->age_days >= 0 && p->s->age_days <= 28 && p->s->weight && number(p, C(NEWBORN_ADMIT_WEIGHT), 3, "Q081"); }
static bool q082(sy_page *p) { return p->s->nbabies == 1 && empty(p, C(BIRTH_WEIGHT1), "Q082"); }
static bool q083(sy_page *p) { return p->s->nbabies == 2 && empty(p, C(BIRTH_WEIGHT2), "Q083"); }
static bool q087(sy_page *p) { return p->s->age_years > 1 && number(p, C(NEWBORN_ADMIT_WEIGHT), 3200, "Q087"); }
static bool drop_dx(sy_page *p, const char *prefix, const char *kind) {
  for (int i = 1; i < p->ndx; i++)
    if (sw_str_starts(p->dx[i].code, sw_str_of(prefix))) {
      sw_str before = p->dx[i].code;
      for (int k = i; k + 1 < p->ndx; k++) p->dx[k] = p->dx[k + 1];
      p->ndx--;
      mark(p, kind, SY_ON_DX, 0, 0, sy_fmt(p->s->e.k, "%.*s left out", SW_STR_ARG(before)));
      return true;
    }
  return false;
}
static bool q088(sy_page *p) { return (main_dx(p)->flags & SY_BIRTH) && drop_dx(p, "Z37", "Q088"); }
static bool q091(sy_page *p) { return (main_dx(p)->flags & SY_BIRTH) && p->nprocs && sw_str_starts(p->procs[0].field[SY_P_CODE], SW_LIT("74")) && add_dx(p, "O80.000", "头位顺产", "Q091"); }
static bool q092(sy_page *p) {
  if (!empty(p, C(PATHOLOGY_CODE), "Q092")) return false;
  sy_page_at(p, C(PATHOLOGY_NAME))->state = sy_page_at(p, C(PATHOLOGY_NO))->state = SY_EMPTY;
  return true;
}
static bool q093(sy_page *p) { return empty(p, C(PATHOLOGY_NO), "Q093"); }
static bool q094(sy_page *p) { return sy_page_at(p, C(PATHOLOGY_CODE))->state != SY_EMPTY && text(p, C(PATHOLOGY_CODE), "8140/3", "Q094"); }
static bool q096(sy_page *p) {
  sw_str m = sw_str_of(main_dx(p)->morphology);
  if (!sw_str_ends(m, SW_LIT("/3")) || sy_page_at(p, C(PATHOLOGY_CODE))->state == SY_EMPTY) return false;
  return text(p, C(PATHOLOGY_CODE), sy_fmt(p->s->e.k, "%.*s0", (int)m.len - 1, m.ptr).ptr, "Q096");
}
static bool q095(sy_page *p) { /* metastases with the morphology of a primary tumour */
  sw_str m = value_text(p, C(PATHOLOGY_CODE));
  for (int i = 1; i < p->ndx; i++)
    if (sw_str_starts(p->dx[i].code, SW_LIT("C78"))) return false;
  return p->dx[0].code.ptr[0] == 'C' && sw_str_ends(m, SW_LIT("/3")) && set_main(p, "C78.000", "肺部继发恶性肿瘤", "Q095");
}
static bool q097(sy_page *p) {
  int tumours = 0;
  for (int i = 1; i < p->ndx; i++) tumours += p->dx[i].code.ptr[0] == 'C' || (p->dx[i].code.ptr[0] == 'D' && p->dx[i].code.ptr[1] < '5');
  return (main_dx(p)->flags & SY_TREATS) && tumours == 1 && drop_dx(p, "C", "Q097");
}
static bool q098(sy_page *p) {
  if (!(main_dx(p)->flags & SY_TREATS) || !p->nprocs) return false;
  sw_str before = p->procs[0].field[SY_P_CODE];
  p->nprocs = 0;
  mark(p, "Q098", SY_ON_DX, 0, 0, sy_fmt(p->s->e.k, "procedure %.*s left out", SW_STR_ARG(before)));
  return also_if(p, p->s->e.bill->by_class[10] > 0, "Q157");
}
static bool q099(sy_page *p) { return empty(p, C(INJURY_CODE), "Q099"); }
static bool q100(sy_page *p) { return sy_page_at(p, C(INJURY_CODE))->state != SY_EMPTY && text(p, C(INJURY_CODE), "S00.900", "Q100"); }
static bool q101(sy_page *p) { return plain(p) && sy_page_at(p, C(INJURY_CODE))->state == SY_EMPTY && text(p, C(INJURY_CODE), "W19.x00", "Q101"); }
static bool q102(sy_page *p) {
  static const sy_column_id MORE[] = {C(COMA_BEFORE_HOURS), C(COMA_BEFORE_MINUTES), C(COMA_AFTER_DAYS), C(COMA_AFTER_HOURS), C(COMA_AFTER_MINUTES)};
  bool head = false;
  for (int i = 0; i < p->ndx; i++) head |= sw_str_starts(p->dx[i].code, SW_LIT("S06"));
  if (!head || !empty(p, C(COMA_BEFORE_DAYS), "Q102")) return false;
  for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++) sy_page_at(p, MORE[i])->state = SY_EMPTY;
  return true;
}
static bool q105(sy_page *p) { /* an adverse effect of a drug, and no allergy */
  if (!plain(p) || p->s->allergy || !set_main(p, "T88.600", "药物性过敏性休克", "Q105")) return false;
  sy_page_text(p, C(INJURY_CODE), SW_LIT("Y57.900"));
  sy_page_text(p, C(INJURY_NAME), SW_LIT("药物的有害效应"));
  return true;
}
static bool q103(sy_page *p) { return number(p, C(COMA_BEFORE_HOURS), 30, "Q103"); }
static bool q104(sy_page *p) { return p->s->allergy && text(p, C(ALLERGY_DRUGS), "无", "Q104"); }
static bool q106(sy_page *p) { return text(p, C(ABO), "8", "Q106"); }
static bool q107(sy_page *p) { return text(p, C(RH), "7", "Q107"); }
static bool q108(sy_page *p) { return p->s->e.bill->by_class[16] > 0 && text(p, C(ABO), "6", "Q108"); }
static bool q109(sy_page *p) { return empty(p, C(CODER), "Q109"); }
static bool q110(sy_page *p) { return number(p, C(QC_DATE), sy_day_of(p->s->e.end) - 3, "Q110"); }
static bool q111(sy_page *p) { return text(p, C(QUALITY), "5", "Q111"); }

/* --- operations --------------------------------------------------------------------------------- */

static bool q112(sy_page *p) { return proc_field(p, SY_P_NAME, "", "Q112"); }
static bool q114(sy_page *p) {
  if (!p->nprocs) return false;
  mark(p, "Q114", SY_ON_PROC, 0, SY_P_TIME, sy_time_text(p->s->e.k, p->procs[0].time));
  p->procs[0].time = p->s->e.end + 3 * SY_DAY;
  return true;
}
static bool q115(sy_page *p) { return operated(p) && proc_field(p, SY_P_LEVEL, "", "Q115"); }
static bool q117(sy_page *p) { return operated(p) && proc_field(p, SY_P_SURGEON, "", "Q117"); }
static bool q118(sy_page *p) { return operated(p) && proc_field(p, SY_P_FIRST, "", "Q118"); }
static bool q119(sy_page *p) { return operated(p) && proc_field(p, SY_P_CUT, "", "Q119"); }
static bool q120(sy_page *p) { return operated(p) && sw_str_starts(p->procs[0].field[SY_P_ANAES], SW_LIT("01")) && proc_field(p, SY_P_ANAES, "88", "Q120"); }
static bool q121(sy_page *p) { return operated(p) && sw_str_starts(p->procs[0].field[SY_P_ANAES], SW_LIT("01")) && proc_field(p, SY_P_ANAESTHETIST, "", "Q121"); }
static bool q122(sy_page *p) {
  if (!p->nprocs || p->nprocs >= 7) return false;
  p->procs[p->nprocs] = p->procs[0];
  mark(p, "Q122", SY_ON_PROC, p->nprocs++, SY_P_CODE, SW_LIT("added"));
  return true;
}

/* --- fees and discharge -------------------------------------------------------------------------- */

static bool q127(sy_page *p) { return empty(p, C(TOTAL_COST), "Q127"); }
static bool q129(sy_page *p) { return number(p, C(SELF_COST), p->s->e.bill->total + 10000, "Q129"); }
static bool q130(sy_page *p) { return p->s->e.bill->sub_10a > 0 && number(p, C(FEE10A), p->s->e.bill->by_class[10] + 5000, "Q130"); }
static bool q131(sy_page *p) { return number(p, C(FEE09A), p->s->e.bill->by_class[9] + 5000, "Q131"); }
static bool q132(sy_page *p) { return number(p, C(FEE13A), p->s->e.bill->by_class[13] + 5000, "Q132"); }
static bool moved_fee(sy_page *p, sy_column_id c, const char *kind) { /* the sum stays right: the fee stands under 24 */
  int64_t v = n_of(p, c);
  if (v <= 0) return false;
  sy_page_number(p, C(FEE24), n_of(p, C(FEE24)) + v);
  return number(p, c, 0, kind);
}
static bool q133(sy_page *p) { return p->s->days > 1 && moved_fee(p, C(FEE01), "Q133"); }
static bool q134(sy_page *p) { return p->s->days > 1 && moved_fee(p, C(FEE03), "Q134"); }
static bool q135(sy_page *p) {
  static const sy_column_id REST[] = {C(FEE21), C(FEE22), C(FEE23)};
  int64_t sum = 0;
  if (p->s->days < 2 || !plain(p)) return false;
  for (int i = 0; i < 3; i++) sum += n_of(p, REST[i]);
  if (sum <= 0) return false;
  sy_page_number(p, C(FEE24), n_of(p, C(FEE24)) + sum);
  for (int i = 0; i < 3; i++) sy_page_number(p, REST[i], 0);
  mark(p, "Q135", SY_ON_BASE, C(FEE22) - SY_FIRST[SY_T_ADMISSION], 0, SW_LIT("under 24"));
  return true;
}
static bool q136(sy_page *p) { return anaesthetised(p) && n_of(p, C(FEE10A)) > 0 && number(p, C(FEE10A), 0, "Q136"); }
static bool q138(sy_page *p) { /* everything under "other", on pages where nothing else has to be charged */
  int first = SY_FIRST[SY_T_ADMISSION];
  if (p->s->days > 1 || anaesthetised(p) || n_of(p, C(TOTAL_COST)) <= 0) return false;
  for (int c = C(FEE01); c < C(FEE24); c++) sy_page_number(p, (sy_column_id)c, 0);
  sy_page_number(p, C(FEE24), n_of(p, C(TOTAL_COST)));
  mark(p, "Q138", SY_ON_BASE, C(FEE24) - first, 0, SW_LIT("all charges"));
  return true;
}
static bool q157(sy_page *p) {
  int64_t v = n_of(p, C(FEE02));
  if (p->nprocs || v <= 0) return false;
  sy_page_number(p, C(FEE02), 0);
  return number(p, C(FEE10), n_of(p, C(FEE10)) + v, "Q157");
}
static bool q158(sy_page *p) {
  int64_t sum = n_of(p, C(FEE12)) + n_of(p, C(FEE14)) + n_of(p, C(FEE15));
  if (!tcm(p) || p->s->days < 2 || sum <= 0) return false;
  sy_page_number(p, C(FEE24), n_of(p, C(FEE24)) + sum);
  sy_page_number(p, C(FEE14), 0);
  sy_page_number(p, C(FEE15), 0);
  return number(p, C(FEE12), 0, "Q158");
}
static bool q139(sy_page *p) {
  int64_t v = n_of(p, C(FEE04));
  sy_page_number(p, C(FEE24), n_of(p, C(FEE24)) + v + 1000);
  return number(p, C(FEE04), -1000, "Q139");
}
static bool q140v(sy_page *p) { return p->s->discharge_way == 1 && text(p, C(DISCHARGE_WAY), "9", "Q140V"); }
static bool q140(sy_page *p) { return p->s->discharge_way == 1 && text(p, C(DISCHARGE_WAY), "8", "Q140"); }
static bool q141(sy_page *p) { return empty(p, C(RECEIVING_ORG), "Q141"); }
static bool q142(sy_page *p) { return p->s->died && empty(p, C(AUTOPSY), "Q142"); }
static bool q143(sy_page *p) {
  if (!p->s->died || !text(p, C(READMIT_PLAN), "2", "Q143")) return false;
  sy_page_text(p, C(READMIT_PURPOSE), SW_LIT("复查"));
  return true;
}
static bool q144(sy_page *p) { return sy_page_at(p, C(READMIT_PURPOSE))->state != SY_EMPTY && empty(p, C(READMIT_PURPOSE), "Q144"); }

typedef bool (*fault)(sy_page *p);
/* Those for few pages stand first and are tried first now and then, so that they come about. */
static const fault RARE[] = {q012, q024, q026, q027, q043, q048, q059, q074, q080, q081, q082, q083, q088, q091, q092, q093, q094, q095, q096, q097,
                             q098, q099, q100, q102, q104, q108, q136, q138, q141, q142, q143, q144, q158, q115, q117, q118, q119, q120, q121};
static const fault COMMON[] = {q001, q002, q003, q004, q005, q006, q007, q008, q009, q010, q011, q013, q014, q015, q016, q017, q018, mangled,
                               lost_zeros, q019, q020, q021, q022, q023, q025, q028, q029, q030, q031, q032, q033, q034, q035, q036, q037, q038, q039, q040,
                               q041, q042, q044, q045, q047, q049, q050, q051, q052, q053, q054, q055, q056, q057, q058, q060, q061, q062, q069,
                               q070, q071, q072, q076, q087, q101, q103, q105, q106, q107, q109, q110, q111, q112, q114, q122, q127, q129, q130, q131, q132, q133, q134, q135, q139, q140, q140v, q157};

static void one_fault(sy_page *p, uint64_t h) {
  size_t nr = sizeof RARE / sizeof *RARE, nc = sizeof COMMON / sizeof *COMMON, nk = sy_ncode_faults();
  sw_rng r = sw_rng_of(h, 1);
  for (int i = 0; i < 6; i++) {
    size_t at = (size_t)sw_rng_below(&r, nr + sy_nrare_code_faults());
    if (at < nr ? RARE[at](p) : sy_code_fault(p, at - nr)) return;
  }
  for (int i = 0; i < 64; i++) {
    size_t at = (size_t)sw_rng_below(&r, nc + nk);
    if (at < nc ? COMMON[at](p) : sy_code_fault(p, at - nc)) return;
  }
}

static void draw_fault(sy_page *p) {
  const sy_stay *s = p->s;
  const sy_world *w = s->e.life->w;
  uint64_t a = (uint64_t)s->e.pt->id, b = (uint64_t)s->e.number, c = (uint64_t)s->e.in->index;
  if (sy_fault_chance(w, WRONG_SUMS, H_SUM, a, b, c) && !tcm(p)) { /* Chinese-medicine pages have more categories than 24 */
    number(p, C(TOTAL_COST), s->e.bill->total + 1234, "Q128");
    s->e.k->sums.fee_sum++;
  } else if (sy_fault_chance(w, LOCAL_CODES, H_LOCAL, a, b, c) && plain(p)) {
    const sy_local *local = &s->e.in->dx[s->dx[0]];
    mark(p, "local_code_on_page", SY_ON_DX, 0, 0, p->dx[0].code);
    p->dx[0].code = local->code;
    also(p, "Q051"); /* no institution's own code has the form of ICD-10 */
  } else if (sy_fault_chance(w, w->opt.page_faults, H_PAGE, a, b, c)) {
    uint64_t h = sy_hash(w, H_WHICH, a, b, c);
    if (h % 16 != 1 || !sy_sequence_fault(p, h / 16)) one_fault(p, h / 16);
  }
}

void sy_page_faults(sy_page *p) {
  const sy_stay *s = p->s;
  bool late = s->archived - s->e.end > 8 * SY_DAY - 7 * 3600 && sy_day_of(s->archived) - sy_day_of(s->e.end) > 7;
  if (late) {
    mark(p, "late_page", SY_ON_BASE, C(ARCHIVED_AT) - SY_FIRST[SY_T_ADMISSION], 0, sy_time_text(s->e.k, s->e.end));
    s->e.k->sums.late_pages++;
  }
  if (s->rarity < 0 && !s->e.life->w->opt.no_faults) draw_fault(p);
  sy_page_sequence(p);
}
