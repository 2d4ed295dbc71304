/* Registrations: a person's number at an institution, with the habits and faults of registering. */
#include "base/date.h"
#include "base/utf8.h"
#include "synth/life.h"

enum {
  H_NOID = 400, H_CHECK, H_MANGLE, H_GARBLE, H_1900, H_DASH, H_DUP, H_KIND, H_SHARE, H_BORROW, H_TEST, H_MOVED, H_MERGE, H_PHONE0,
  H_BADDATE
};
static const double DUPLICATES = 0.085, NO_ID = 0.045, NO_ID_INFANT = 0.55;

/* Replaces one character that has a confusable partner of the kind; false when the name has none. */
static bool confuse(const sy_life *l, sw_str name, char kind, uint64_t h, sw_str *out) {
  const sy_content *c = l->c;
  size_t n = sw_utf8_count(name);
  for (size_t round = 0; round < n; round++) {
    size_t at = (h + round) % n, from = 0;
    for (size_t i = 0; i < at; i++) {
      uint32_t cp;
      size_t k = sw_utf8_decode(name.ptr + from, name.len - from, &cp);
      from += k ? k : 1;
    }
    for (int i = 0; i < c->nconfusions; i++) {
      const sy_confusion *x = &c->confusions[i];
      if (x->kind != kind || from + x->from.len > name.len || memcmp(name.ptr + from, x->from.ptr, x->from.len) != 0) continue;
      *out = sy_fmt(l->k, "%.*s%.*s%.*s", (int)from, name.ptr, SW_STR_ARG(x->to), (int)(name.len - from - x->from.len),
                    name.ptr + from + x->from.len);
      return true;
    }
  }
  return false;
}

static sw_str swap_digits(sy_work *k, sw_str id, uint64_t h) {
  char z[24];
  if (id.len != 18) return id;
  memcpy(z, id.ptr, 18);
  for (size_t t = 0; t < 11; t++) {
    size_t i = 6 + (h + t) % 10;
    if (z[i] != z[i + 1]) {
      char x = z[i];
      z[i] = z[i + 1];
      z[i + 1] = x;
      break;
    }
  }
  return sw_arena_dup(&k->arena, (sw_str){z, 18});
}

/* How a second registration differs; the kind's name for the truth. */
static const char *mistype(sy_life *l, sy_patient *pt, uint64_t h) {
  sw_str other;
  switch (h % 10) {
    case 0:
    case 1: if (confuse(l, pt->name, 'p', h >> 8, &other)) return pt->name = other, "homophone";
    /* fall through */
    case 2: if (confuse(l, pt->name, 'g', h >> 8, &other)) return pt->name = other, "look_alike";
    /* fall through */
    case 3:
    case 4:
      if (pt->id_no.len == 18 && pt->id_holder == 1) return pt->id_no = swap_digits(l->k, pt->id_no, h >> 8), "transposed_id";
    /* fall through */
    case 5:
    case 6: return pt->id_no = SW_LIT(""), "id_missing";
    case 7:
    case 8: return pt->phone = l->p.old_phone, "changed_phone";
    default: return pt->birth += (h >> 8) % 2 ? 1 : -1, "birth_date";
  }
}

static void set_identity(sy_life *l, sy_patient *pt) {
  const sy_world *w = l->w;
  int age = sw_age_years(l->p.b.birth, sy_day_of(pt->registered));
  uint64_t p = (uint64_t)pt->id, i = (uint64_t)pt->inst;
  pt->name = l->p.name;
  pt->phone = l->p.phone;
  pt->birth = l->p.b.birth;
  pt->id_no = l->p.id_no;
  pt->id_holder = 1;
  bool child = age < 14 && l->p.guardian_id.len;
  if (l->p.sub || (child && (age < 1 || l->p.rarity == SY_R_GUARDIAN || sy_chance(w, 0.25, H_NOID, p, i, 3)))) {
    pt->id_no = l->p.guardian_id;
    pt->id_holder = 2;
  }
  double none = age < 1 ? NO_ID_INFANT : NO_ID;
  if (l->p.rarity < 0 && sy_fault_chance(w, none, H_NOID, p, i, 1)) pt->id_no = SW_LIT(""), pt->id_holder = 1;
}

/* --- the row ---------------------------------------------------------------------------------- */

static void put_row(const sy_life *l, const sy_patient *pt, sy_row *r) {
  const sy_person *p = &l->p;
  const sy_inst *in = &l->w->inst[pt->inst];
  sy_putk(r, SY_C_PATIENT_PATIENT_ID, pt->id, 0, 0);
  sy_put(r, SY_C_PATIENT_NAME, pt->name);
  sy_puti(r, SY_C_PATIENT_SEX, p->b.sex);
  sy_puti(r, SY_C_PATIENT_BIRTH_DATE, pt->birth);
  sy_put(r, SY_C_PATIENT_CERT_TYPE, p->cert_type);
  sy_put(r, SY_C_PATIENT_ID_NO, pt->id_no);
  sy_putz(r, SY_C_PATIENT_ID_HOLDER, pt->id_holder == 1 ? "1" : "2");
  sy_put(r, SY_C_PATIENT_HEALTH_CARD_NO, SW_LIT("-"));
  if (pt->id_no.len && pt->id_holder == 1 && !sw_str_eqz(p->payer, "7"))
    sy_put(r, SY_C_PATIENT_INSURANCE_NO, sy_fmt(l->k, "3306%012lld", (long long)p->index * 8 + p->sub));
  sy_put(r, SY_C_PATIENT_VISIT_CARD_NO, sy_fmt(l->k, "%03d%09lld", in->index + 1, (long long)pt->id));
  sy_put(r, SY_C_PATIENT_PHONE, pt->phone);
  sy_put(r, SY_C_PATIENT_ADDRESS, p->address);
  sy_put(r, SY_C_PATIENT_DIVISION_CODE, l->c->divisions[p->division].code);
  sy_put(r, SY_C_PATIENT_NATIONALITY, p->nationality);
  sy_put(r, SY_C_PATIENT_ETHNICITY, p->ethnicity);
  sy_put(r, SY_C_PATIENT_MARITAL, p->marital);
  sy_put(r, SY_C_PATIENT_OCCUPATION, p->occupation);
  sy_put(r, SY_C_PATIENT_EMPLOYER, p->employer);
  sy_put(r, SY_C_PATIENT_CONTACT_NAME, p->contact_name);
  sy_put(r, SY_C_PATIENT_CONTACT_RELATION, p->contact_relation);
  sy_put(r, SY_C_PATIENT_CONTACT_PHONE, p->contact_phone);
  if (l->mother) sy_putk(r, SY_C_PATIENT_MOTHER_ID, l->mother->inst == pt->inst ? l->mother->id : 0, 0, 0);
  sy_put(r, SY_C_PATIENT_CAMPUS_CODE, sy_fmt(l->k, "%s-%d", in->code, 1 + (int)(pt->id % in->campuses)));
  sy_puti(r, SY_C_PATIENT_REGISTERED_AT, pt->registered);
  sy_puti(r, SY_C_PATIENT_UPDATED_AT, pt->registered);
  r->patient = pt->id;
}

static void raw(sy_row *r, sy_column_id c, sw_str v, const char *kind, sw_str detail) {
  sy_at(r, c)->state = SY_RAW;
  sy_at(r, c)->s = v;
  sy_mark_column(r, c, kind, detail);
}

static void id_faults(sy_life *l, sy_patient *pt, sy_row *r) {
  const sy_world *w = l->w;
  uint64_t p = (uint64_t)pt->id, i = (uint64_t)pt->inst;
  int age = sw_age_years(l->p.b.birth, sy_day_of(pt->registered));
  l->k->sums.infants += age < 1;
  if (!pt->id_no.len) {
    sy_mark_column(r, SY_C_PATIENT_ID_NO, "id_missing", age < 1 ? SW_LIT("infant") : SW_LIT(""));
    l->k->sums.no_id++;
    l->k->sums.infants_no_id += age < 1;
    return;
  }
  if (pt->id_no.len != 18 || pt->id_holder != 1) return;
  if (sy_fault_chance(w, 0.003, H_CHECK, p, i, 0)) {
    char z[18];
    memcpy(z, pt->id_no.ptr, 18);
    z[17] = z[17] == 'X' ? '3' : z[17] == '9' ? 'X' : (char)(z[17] + 1);
    raw(r, SY_C_PATIENT_ID_NO, sw_arena_dup(&l->k->arena, (sw_str){z, 18}), "id_checksum", pt->id_no);
    l->k->sums.checksum++;
  } else if (sy_fault_chance(w, 0.002, H_MANGLE, p, i, 0)) {
    sw_str m = sy_fmt(l->k, "%c.%cE+17", pt->id_no.ptr[0], pt->id_no.ptr[1]);
    raw(r, SY_C_PATIENT_ID_NO, m, "id_mangled", pt->id_no);
  }
}

static void name_faults(sy_life *l, sy_patient *pt, sy_row *r) {
  static const char *const MARKS[] = {"□", "?", "\xEE\x80\x81"}; /* the last is U+E001, private use */
  const sy_world *w = l->w;
  uint64_t p = (uint64_t)pt->id, i = (uint64_t)pt->inst;
  if (sy_fault_chance(w, 0.0006, H_GARBLE, p, i, 0) && sw_utf8_count(pt->name) > 1) {
    uint32_t cp;
    size_t first = sw_utf8_decode(pt->name.ptr, pt->name.len, &cp);
    sw_str bad = sy_fmt(l->k, "%.*s%s", (int)first, pt->name.ptr, MARKS[sy_hash(w, H_GARBLE, p, i, 1) % 3]);
    raw(r, SY_C_PATIENT_NAME, bad, "name_garbled", pt->name);
    l->k->sums.garbled++;
  }
  if (sy_fault_chance(w, 0.005, H_1900, p, i, 0)) {
    sy_puti(r, SY_C_PATIENT_BIRTH_DATE, sw_days_from_civil(1900, 1, 1));
    sy_mark_column(r, SY_C_PATIENT_BIRTH_DATE, "birth_1900", sy_date_text(l->k, pt->birth));
    l->k->sums.birth_1900++;
  } else if (sy_fault_chance(w, 0.0004, H_BADDATE, p, i, 0)) {
    raw(r, SY_C_PATIENT_BIRTH_DATE, SW_LIT("0000-00-00"), "untypable_date", sy_date_text(l->k, pt->birth));
  }
}

/* "-", 无 and the like in optional text. */
static void placeholder_faults(sy_life *l, sy_patient *pt, sy_row *r) {
  static const sy_column_id CELLS[] = {SY_C_PATIENT_ADDRESS, SY_C_PATIENT_EMPLOYER, SY_C_PATIENT_CONTACT_NAME, SY_C_PATIENT_CONTACT_PHONE};
  for (size_t n = 0; n < sizeof CELLS / sizeof *CELLS; n++) {
    l->k->sums.placeholder_cells++;
    if (CELLS[n] == SY_C_PATIENT_EMPLOYER && sw_str_eqz(l->p.employer, "-")) continue;
    if (!sy_fault_chance(l->w, 0.15, H_DASH, (uint64_t)pt->id, (uint64_t)pt->inst, n)) continue;
    uint64_t h = sy_hash(l->w, H_DASH, (uint64_t)pt->id, (uint64_t)pt->inst, n + 10);
    raw(r, CELLS[n], h % 2 ? SW_LIT("-") : SW_LIT("无"), "placeholder", SW_LIT(""));
    l->k->sums.placeholders++;
  }
}

static void phone_faults(sy_life *l, sy_patient *pt, sy_row *r) {
  if (l->p.sub || !sy_fault_chance(l->w, 0.06, H_SHARE, (uint64_t)pt->id, (uint64_t)pt->inst, 0)) return;
  int64_t other = l->p.index / 4 * 4 + (l->p.index + 1) % 4;
  sw_str shared = sy_phone(l->w, other, 0, &l->k->arena);
  if (sw_str_eq(shared, pt->phone)) return;
  sy_put(r, SY_C_PATIENT_PHONE, shared);
  sy_mark_column(r, SY_C_PATIENT_PHONE, "shared_phone", sy_true_id(other, 0, &l->k->arena));
  l->k->sums.shared_phone++;
}

/* Somebody else's card: own name and birth date, a relative's number. */
static bool borrowed(sy_life *l, sy_patient *pt, sy_row *r) {
  if (l->p.sub || l->p.rarity >= 0 || !sy_fault_chance(l->w, 0.001, H_BORROW, (uint64_t)pt->id, (uint64_t)pt->inst, 0)) return false;
  sy_person other;
  int64_t index = l->p.index / 4 * 4 + (l->p.index + 2) % 4;
  sy_person_make(l->w, index, sy_day_of(pt->registered), &l->k->arena, &other);
  if (other.id_no.len != 18) return false;
  pt->id_no = other.id_no;
  sy_put(r, SY_C_PATIENT_ID_NO, other.id_no);
  sy_mark_column(r, SY_C_PATIENT_ID_NO, "borrowed_card", sy_true_id(index, 0, &l->k->arena));
  l->k->sums.borrowed++;
  return true;
}

/* A newborn's row comes again when the child has a name. */
static void emit_named(sy_life *l, sy_patient *pt, sy_row *r) {
  sy_when when = sy_once(sy_day_of(pt->registered));
  int32_t day = sy_day_of(l->named);
  sw_str before = pt->name;
  when.valid_to = day - 1;
  sy_emit(l->k, r, &when);
  sy_put(r, SY_C_PATIENT_NAME, l->later_name);
  sy_put(r, SY_C_PATIENT_FORMER_NAME, before);
  sy_puti(r, SY_C_PATIENT_UPDATED_AT, l->named);
  for (int i = 0; i < r->nmarks; i++) /* a garbled name is right now */
    if (r->mark[i].cell == SY_C_PATIENT_NAME - SY_FIRST[SY_T_PATIENT]) r->mark[i--] = r->mark[--r->nmarks];
  sy_emit(l->k, r, &(sy_when){.day = when.day, .updated = day, .valid_from = day, .valid_to = INT32_MAX});
  SY_TRUTH(l->k, SY_TRUTH_CORRECTIONS, sw_str_of(l->w->inst[pt->inst].code), SW_LIT("patient"), sy_key_text(l->k, pt->inst, pt->id, 0, 0),
           sy_time_text(l->k, l->named), SW_LIT("name"), before, l->later_name);
}

/* Emits the row; some patients move or change their number of telephone later, and the row comes again. */
static void emit_versions(sy_life *l, sy_patient *pt, sy_row *r) {
  const sy_world *w = l->w;
  sy_when when = sy_once(sy_day_of(pt->registered));
  if (l->named && l->named > pt->registered) {
    emit_named(l, pt, r);
    return;
  }
  if (!sy_chance(w, 0.04, H_MOVED, (uint64_t)pt->id, (uint64_t)pt->inst, 0) || l->p.rarity >= 0 || l->p.sub) {
    sy_emit(l->k, r, &when);
    return;
  }
  int64_t later = pt->registered + (int64_t)(2 + sy_hash(w, H_MOVED, (uint64_t)pt->id, 1, 0) % 200) * SY_DAY;
  if (sy_day_of(later) > w->last_day) later = (int64_t)w->last_day * SY_DAY + 3600;
  int32_t day = sy_day_of(later);
  if (day <= when.day) {
    sy_emit(l->k, r, &when);
    return;
  }
  when.valid_to = day - 1;
  sw_str before = pt->phone;
  sy_emit(l->k, r, &when);
  sy_put(r, SY_C_PATIENT_PHONE, l->p.old_phone);
  for (int i = 0; i < r->nmarks; i++)
    if (r->mark[i].cell == SY_C_PATIENT_PHONE - SY_FIRST[SY_T_PATIENT]) r->mark[i] = r->mark[--r->nmarks];
  sy_puti(r, SY_C_PATIENT_UPDATED_AT, later);
  sy_emit(l->k, r, &(sy_when){.day = when.day, .updated = day, .valid_from = day, .valid_to = INT32_MAX});
  SY_TRUTH(l->k, SY_TRUTH_CORRECTIONS, sw_str_of(w->inst[pt->inst].code), SW_LIT("patient"), sy_key_text(l->k, pt->inst, pt->id, 0, 0),
           sy_time_text(l->k, later), SW_LIT("phone"), before, l->p.old_phone);
}

static void truth_row(sy_life *l, const sy_patient *pt, const char *kind) {
  SY_TRUTH(l->k, SY_TRUTH_PERSONS, sw_str_of(l->w->inst[pt->inst].code), sy_key_text(l->k, pt->inst, pt->id, 0, 0), sy_own_id(l->k, l),
           sw_str_of(kind));
}

static void emit_merge(sy_life *l, const sy_patient *kept, const sy_patient *merged) {
  int64_t at = merged->registered + (int64_t)(1 + sy_hash(l->w, H_MERGE, (uint64_t)merged->id, 1, 0) % 20) * SY_DAY;
  if (sy_day_of(at) > l->w->last_day) return;
  sy_row *r = sy_row_begin(l->k, kept->inst, SY_T_PATIENT_MERGE);
  sy_putk(r, SY_C_PATIENT_MERGE_MERGE_ID, merged->id, 1, 0);
  sy_putz(r, SY_C_PATIENT_MERGE_KIND, "1");
  sy_putk(r, SY_C_PATIENT_MERGE_KEPT_ID, kept->id, 0, 0);
  sy_putk(r, SY_C_PATIENT_MERGE_MERGED_ID, merged->id, 0, 0);
  sy_putz(r, SY_C_PATIENT_MERGE_REASON, "同一患者重复建档");
  sy_puti(r, SY_C_PATIENT_MERGE_MERGED_AT, at);
  r->patient = kept->id;
  sy_when when = sy_once(sy_day_of(at));
  sy_emit(l->k, r, &when);
}

/* A row of the information desk's own trying-out. */
static void emit_test_patient(sy_life *l, const sy_patient *near) {
  if (!sy_fault_chance(l->w, 0.0002, H_TEST, (uint64_t)near->id, (uint64_t)near->inst, 0) || near->slot >= 6) return;
  sy_patient pt = *near;
  pt.id = near->id - near->slot + 7;
  pt.name = SW_LIT("测试");
  pt.id_no = SW_LIT("111111111111111111");
  pt.phone = SW_LIT("11111111111");
  sy_row *r = sy_row_begin(l->k, pt.inst, SY_T_PATIENT);
  put_row(l, &pt, r);
  sy_mark_column(r, SY_C_PATIENT_NAME, "test_patient", SW_LIT(""));
  sy_when when = sy_once(sy_day_of(pt.registered));
  sy_emit(l->k, r, &when);
  SY_TRUTH(l->k, SY_TRUTH_PERSONS, sw_str_of(l->w->inst[pt.inst].code), sy_key_text(l->k, pt.inst, pt.id, 0, 0),
           sy_fmt(l->k, "TEST-%s-%lld", l->w->inst[pt.inst].code, (long long)pt.id), SW_LIT("test"));
  l->k->sums.test++;
  l->k->sums.patients++;
}

sy_patient *sy_register(sy_life *l, int inst, int64_t at, sy_patient *before) {
  const sy_world *w = l->w;
  if (l->npatients >= SY_MAX_PATIENTS) return before ? before : &l->patients[0];
  int slot = 0;
  for (int i = 0; i < l->npatients; i++) slot += l->patients[i].inst == inst;
  sy_patient *pt = &l->patients[l->npatients++];
  *pt = (sy_patient){.inst = inst, .slot = slot, .registered = at, .id = l->p.index * 32 + l->p.sub * 8 + slot + 1};
  set_identity(l, pt);
  uint64_t h = sy_hash(w, H_KIND, (uint64_t)pt->id, (uint64_t)inst, 0);
  const char *change = before ? mistype(l, pt, h) : NULL;
  pt->doubles = !before && !l->p.sub && l->p.rarity < 0 && sy_fault_chance(w, DUPLICATES * 1.25, H_DUP, (uint64_t)pt->id, (uint64_t)inst, 0);
  sy_row *r = sy_row_begin(l->k, inst, SY_T_PATIENT);
  put_row(l, pt, r);
  const char *kind = before ? "duplicate" : l->p.sub ? "newborn" : "main";
  if (before) {
    before->retired = h % 3 != 0; /* else both numbers are used from now on */
    sy_mark_fault(r, -1, "duplicate_patient", sy_fmt(l->k, "%s of %.*s", change, SW_STR_ARG(sy_key_text(l->k, inst, before->id, 0, 0))));
    l->k->sums.duplicates++;
  }
  if (borrowed(l, pt, r)) kind = "borrowed";
  else id_faults(l, pt, r);
  name_faults(l, pt, r);
  placeholder_faults(l, pt, r);
  phone_faults(l, pt, r);
  emit_versions(l, pt, r);
  truth_row(l, pt, kind);
  l->k->sums.patients++;
  if (before && sy_chance(w, 0.2, H_MERGE, (uint64_t)pt->id, (uint64_t)inst, 0)) emit_merge(l, before, pt);
  if (!before) emit_test_patient(l, pt);
  return pt;
}

/* An emergency patient whom nobody knew, 无名氏; the name comes later and the row is corrected. */
void sy_register_unknown(sy_life *l, sy_patient *pt, int64_t at) {
  int64_t named = at + 2 * SY_DAY + 5 * 3600;
  sy_row *r = sy_row_begin(l->k, pt->inst, SY_T_PATIENT);
  sy_patient unknown = *pt;
  unknown.name = SW_LIT("无名氏");
  unknown.id_no = SW_LIT("");
  unknown.phone = SW_LIT("");
  unknown.id = pt->id + 5;
  unknown.registered = at;
  put_row(l, &unknown, r);
  sy_putz(r, SY_C_PATIENT_ADDRESS, "-");
  sy_putz(r, SY_C_PATIENT_CONTACT_NAME, "-");
  sy_at(r, SY_C_PATIENT_CONTACT_PHONE)->state = SY_EMPTY;
  sy_at(r, SY_C_PATIENT_INSURANCE_NO)->state = SY_EMPTY;
  sy_when when = sy_once(sy_day_of(at));
  when.valid_to = sy_day_of(named) - 1;
  sy_emit(l->k, r, &when);
  put_row(l, pt, r);
  sy_putk(r, SY_C_PATIENT_PATIENT_ID, unknown.id, 0, 0);
  sy_putz(r, SY_C_PATIENT_FORMER_NAME, "无名氏");
  sy_puti(r, SY_C_PATIENT_REGISTERED_AT, at);
  sy_puti(r, SY_C_PATIENT_UPDATED_AT, named);
  r->patient = unknown.id;
  sy_emit(l->k, r, &(sy_when){.day = sy_day_of(at), .updated = sy_day_of(named), .valid_from = sy_day_of(named), .valid_to = INT32_MAX});
  truth_row(l, &unknown, "unknown");
}
