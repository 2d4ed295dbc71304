#include "synth/content.h"

#include "synth/csv.h"

#include <stdlib.h>

/* One file while it is turned into objects; the first failure sticks. */
typedef struct loader {
  sy_content *c;
  const char *dir;
  sy_csv t;
  sw_status s;
  sw_error *err;
} loader;

static bool open_file(loader *l, const char *name) {
  if (!l->s) l->s = sy_csv_read(&l->c->arena, l->dir, name, &l->t, l->err);
  return !l->s;
}

static void *array(loader *l, size_t n, size_t size) {
  void *p = sw_arena_array(&l->c->arena, n ? n : 1, size);
  if (!p && !l->s) l->s = sw_arena_check(&l->c->arena, l->err);
  return p;
}

static double number(loader *l, int row, const char *column) {
  double v = 0;
  if (!l->s) l->s = sy_csv_number(&l->t, row, column, 0, &v, l->err);
  return v;
}

static sw_str text(const loader *l, int row, const char *column) { return sy_csv_get(&l->t, row, column); }
static char letter(const loader *l, int row, const char *column) {
  sw_str v = text(l, row, column);
  return v.len ? v.ptr[0] : '\0';
}

static void unknown(loader *l, int row, const char *column, sw_str name) {
  if (l->s) return;
  l->s = SW_FAIL(l->err, SW_E_CONFIG, "SW-SYNTH-0005", "%s 中的“%.*s”不存在", "%s names \"%.*s\", which does not exist", column,
                 SW_STR_ARG(name));
  l->s = sw_error_at(l->err, l->t.file, l->t.lines[row], 0);
}

int sy_find_item(const sy_content *c, const char *key) {
  for (int i = 0; i < c->nitems; i++)
    if (sw_str_eqz(c->items[i].key, key)) return i;
  return -1;
}
int sy_find_proc(const sy_content *c, const char *key) {
  for (int i = 0; i < c->nprocs; i++)
    if (sw_str_eqz(c->procs[i].key, key)) return i;
  return -1;
}
int sy_find_dx(const sy_content *c, const char *ins) {
  for (int i = 0; i < c->ndx; i++)
    if (sw_str_eqz(c->dx[i].ins, ins)) return i;
  return -1;
}

static int find(const sy_content *c, char what, sw_str key) {
  int n = what == 'p' ? c->nprocs : what == 'd' ? c->ndx : c->nitems;
  for (int i = 0; i < n; i++) {
    sw_str k = what == 'p' ? c->procs[i].key : what == 'd' ? c->dx[i].ins : c->items[i].key;
    if (sw_str_eq(k, key)) return i;
  }
  return -1;
}

/* A list of names separated by ';', each with an optional ':weight'. */
static int list(loader *l, int row, const char *column, char what, int *out, double *cum) {
  sw_str all = text(l, row, column), part;
  int n = 0;
  double sum = 0;
  for (int i = 0; sy_csv_part(all, ';', i, &part); i++) {
    sw_str key, weight;
    double w = 1;
    sy_csv_part(part, ':', 0, &key);
    if (sy_csv_part(part, ':', 1, &weight) && !sw_str_to_f64(weight, &w)) unknown(l, row, column, weight);
    if (!key.len) continue;
    int at = sw_str_eqz(key, "c_tumor") ? -1 : find(l->c, what, key);
    if ((at < 0 && !sw_str_eqz(key, "c_tumor")) || n == SY_MAX_LIST) {
      unknown(l, row, column, key);
      return n;
    }
    out[n] = at;
    sum += w;
    if (cum) cum[n] = sum;
    n++;
  }
  return n;
}

static void load_levels(loader *l) {
  if (!open_file(l, "levels.csv")) return;
  for (int i = 0; i < l->t.nrows; i++) {
    int level = (int)number(l, i, "level");
    if (level < 1 || level > SY_NLEVELS) {
      unknown(l, i, "level", text(l, i, "level"));
      return;
    }
    l->c->levels[level] = (sy_level){number(l, i, "los"), number(l, i, "cost"), number(l, i, "visit_cost"),
                                     number(l, i, "other_dx"), number(l, i, "price")};
  }
}

static void load_depts(loader *l) {
  if (!open_file(l, "departments.csv")) return;
  if (!(l->c->depts = array(l, (size_t)l->t.nrows, sizeof(sy_dept)))) return;
  l->c->ndepts = l->t.nrows;
  for (int i = 0; i < l->t.nrows; i++)
    l->c->depts[i] = (sy_dept){text(l, i, "code"), text(l, i, "name"), (int)number(l, i, "level"), letter(l, i, "kind")};
}

static void fee_class(loader *l, int row, sw_str v, sy_item *item) {
  int n = 0;
  for (size_t i = 0; i < v.len && v.ptr[i] >= '0' && v.ptr[i] <= '9'; i++) n = n * 10 + v.ptr[i] - '0';
  if (n < 1 || n > 24 || v.len >= sizeof item->fee_class) {
    unknown(l, row, "class", v);
    return;
  }
  memcpy(item->fee_class, v.ptr, v.len);
  item->fee = n;
}

/* The class of a procedure's own fee, after its kind. */
static const char *proc_class(const sy_proc *p) {
  if (p->kind >= 3) return "10B";
  if (p->kind == 1) return "8";
  if (sw_str_eqz(p->key, "p_rehab")) return "11";
  return sw_str_eqz(p->key, "p_acup") || sw_str_eqz(p->key, "p_tuina") ? "12" : "9";
}

static void load_procs(loader *l) {
  if (!open_file(l, "procedures.csv")) return;
  if (!(l->c->procs = array(l, (size_t)l->t.nrows, sizeof(sy_proc)))) return;
  l->c->nprocs = l->t.nrows;
  for (int i = 0; i < l->t.nrows; i++)
    l->c->procs[i] = (sy_proc){.key = text(l, i, "key"), .ins = text(l, i, "ins"), .clin = text(l, i, "clin"),
                               .name = text(l, i, "name"), .kind = (int)number(l, i, "class"), .level = (int)number(l, i, "level"),
                               .anaesthesia = text(l, i, "anaes"), .minutes = (int)number(l, i, "minutes"),
                               .fee = number(l, i, "fee"), .material = number(l, i, "mat"), .cut = (int)number(l, i, "cut")};
  for (int i = 0; i < l->t.nrows; i++) l->c->procs[i].nadds = list(l, i, "adds", 'p', l->c->procs[i].adds, NULL);
}

static void load_items(loader *l) {
  static const char *const FILES[] = {"items.csv", "drugs.csv", "exams.csv"};
  enum { MAX_ITEMS = 2000 };
  sy_content *c = l->c;
  if (!(c->items = array(l, MAX_ITEMS, sizeof(sy_item)))) return;
  for (int f = 0; f < 3 && open_file(l, FILES[f]); f++) {
    if (f == 1) c->first_drug = c->nitems;
    if (f == 2) c->first_exam = c->nitems;
    for (int i = 0; i < l->t.nrows && c->nitems + c->nprocs < MAX_ITEMS; i++) {
      sy_item *it = &c->items[c->nitems++];
      *it = (sy_item){.kind = (sy_item_kind)f, .key = text(l, i, "key"), .name = text(l, i, "name"), .spec = text(l, i, "spec"),
                      .unit = text(l, i, "unit"), .code = text(l, i, "code"), .grade = f == 2 ? 1 : (int)number(l, i, "grade"),
                      .price = number(l, i, "price"), .dose = text(l, i, "dose"), .dose_unit = text(l, i, "dose_unit"),
                      .route = text(l, i, "route"), .frequency = text(l, i, "freq"), .modality = text(l, i, "modality"),
                      .part = text(l, i, "part"), .normal = text(l, i, "normal"), .abnormal = text(l, i, "abnormal")};
      if (f == 2) it->unit = SW_LIT("次");
      fee_class(l, i, text(l, i, "class"), it);
    }
  }
  c->first_proc = c->nitems;
  for (int i = 0; i < c->nprocs && !l->s; i++) {
    const sy_proc *p = &c->procs[i];
    sy_item *it = &c->items[c->nitems++];
    *it = (sy_item){.kind = SY_ITEM_PROC, .key = p->key, .name = p->name, .unit = SW_LIT("次"), .grade = 1,
                    .code = sw_str_of(sw_arena_printf(&c->arena, "33%07d", i + 1)),
                    .price = p->fee};
    fee_class(l, 0, sw_str_of(proc_class(p)), it);
  }
}

static void load_labs(loader *l) {
  if (!open_file(l, "labs.csv")) return;
  if (!(l->c->labs = array(l, (size_t)l->t.nrows, sizeof(sy_lab)))) return;
  l->c->nlabs = l->t.nrows;
  for (int i = 0; i < l->t.nrows; i++) {
    sy_lab *b = &l->c->labs[i];
    *b = (sy_lab){.panel = find(l->c, 'i', text(l, i, "panel")), .key = text(l, i, "key"), .name = text(l, i, "name"),
                  .unit = text(l, i, "unit"), .unit2 = text(l, i, "unit2"), .specimen = text(l, i, "specimen"),
                  .code = text(l, i, "code"), .factor2 = number(l, i, "factor2"), .low = number(l, i, "low"),
                  .high = number(l, i, "high"), .mean = number(l, i, "mean"), .sd = number(l, i, "sd"),
                  .has_range = text(l, i, "high").len > 0, .number = letter(l, i, "kind") == 'n',
                  .digits = (int)number(l, i, "digits"), .price = number(l, i, "price")};
    if (b->panel < 0) unknown(l, i, "panel", text(l, i, "panel"));
  }
}

static unsigned flags_of(sw_str v) {
  static const char LETTERS[] = "ctxihonrpzdk";
  static const unsigned FLAGS[] = {SY_CHRONIC, SY_TUMOUR, SY_TREATS, SY_INJURY, SY_INJURY | SY_HEAD, SY_BIRTH | SY_PREGNANT,
                                   SY_NEWBORN, SY_REHAB, SY_PSYCH, SY_TCM, SY_DAYCASE, SY_CHILD};
  unsigned out = 0;
  for (size_t i = 0; i < v.len && v.ptr[i] != 'M'; i++) {
    const char *at = strchr(LETTERS, v.ptr[i]);
    if (at) out |= FLAGS[at - LETTERS];
    if (v.ptr[i] == 'v') out |= SY_VERIFY;
    if (v.ptr[i] == 'u') out |= SY_PREGNANT;
  }
  return out;
}

static void dx_common(loader *l, int i, sy_dx *d) {
  sw_str age = text(l, i, "age"), part;
  int64_t lo = 0, hi = 99;
  if (!sy_csv_part(age, '-', 0, &part) || !sw_str_to_i64(part, &lo) || !sy_csv_part(age, '-', 1, &part) || !sw_str_to_i64(part, &hi))
    unknown(l, i, "age", age);
  *d = (sy_dx){.ins = text(l, i, "ins"), .ins_name = text(l, i, "ins_name"), .clin = text(l, i, "clin"),
               .name = text(l, i, "name"), .sex = (int)number(l, i, "sex"), .age_lo = (int)lo,
               .age_hi = (int)(hi == 99 ? 120 : hi), .flags = flags_of(text(l, i, "flags")), .notifiable = -1, .dept = -1};
  if (sw_str_eqz(d->clin, "=")) d->clin = d->ins;
  if (sw_str_eqz(d->ins_name, "=")) d->ins_name = d->name;
  sw_str flags = text(l, i, "flags");
  ptrdiff_t m = sw_str_find(flags, SW_LIT("M"));
  if (m >= 0 && flags.len - (size_t)m < sizeof d->morphology) memcpy(d->morphology, flags.ptr + m, flags.len - (size_t)m);
}

static void load_disease(loader *l, int i, sy_dx *d) {
  d->stays = number(l, i, "ipw");
  d->visits = number(l, i, "opw");
  d->season = letter(l, i, "season");
  d->los = number(l, i, "los");
  d->cost = number(l, i, "cost");
  d->surgery = number(l, i, "surg");
  d->death = number(l, i, "death") / 1000;
  d->emergency = number(l, i, "emerg");
  d->level = (int)number(l, i, "level");
  d->complaint = text(l, i, "complaint");
  for (int k = 0; k < l->c->ndepts; k++)
    if (sw_str_eq(l->c->depts[k].code, text(l, i, "dept"))) d->dept = k;
  if (d->dept < 0) unknown(l, i, "dept", text(l, i, "dept"));
  d->nprocs = list(l, i, "procs", 'p', d->procs, d->proc_cum);
  d->nothers = list(l, i, "secs", 'd', d->others, NULL);
  d->npanels = list(l, i, "labs", 'i', d->panels, NULL);
  d->nexams = list(l, i, "exams", 'i', d->exams, NULL);
  d->ndrugs = list(l, i, "drugs", 'i', d->drugs, NULL);
}

/* What a diagnosis that is seldom a principal one lacks, it takes from the disease of its category. */
static void inherit(const sy_content *c, sy_dx *d) {
  d->dept = 0;
  for (int i = 0; i < c->ndiseases; i++) {
    const sy_dx *x = &c->dx[i];
    if (memcmp(x->ins.ptr, d->ins.ptr, 3) != 0) continue;
    sy_dx own = *d;
    *d = *x;
    d->ins = own.ins;
    d->ins_name = own.ins_name;
    d->clin = own.clin;
    d->name = own.name;
    d->sex = own.sex;
    d->age_lo = own.age_lo;
    d->age_hi = own.age_hi;
    d->notifiable = -1;
    return;
  }
}

static void load_dx(loader *l) {
  sy_content *c = l->c;
  sy_csv main_file;
  if (!open_file(l, "diseases.csv")) return;
  main_file = l->t;
  if (!open_file(l, "secondary.csv")) return;
  sy_csv other_file = l->t;
  c->ndiseases = main_file.nrows;
  if (!(c->dx = array(l, (size_t)main_file.nrows + (size_t)other_file.nrows, sizeof(sy_dx)))) return;
  l->t = main_file;
  for (int i = 0; i < main_file.nrows; i++) dx_common(l, i, &c->dx[i]);
  l->t = other_file;
  for (int i = 0; i < other_file.nrows; i++) dx_common(l, i, &c->dx[main_file.nrows + i]);
  c->ndx = main_file.nrows + other_file.nrows;
  l->t = main_file;
  for (int i = 0; i < main_file.nrows; i++) load_disease(l, i, &c->dx[i]);
  for (int i = main_file.nrows; i < c->ndx && !l->s; i++) inherit(c, &c->dx[i]);
}

static void load_notifiable(loader *l) {
  if (!open_file(l, "notifiable.csv")) return;
  if (!(l->c->notifiable = array(l, (size_t)l->t.nrows, sizeof(sy_notifiable)))) return;
  l->c->nnotifiable = l->t.nrows;
  for (int i = 0; i < l->t.nrows; i++) {
    l->c->notifiable[i] = (sy_notifiable){text(l, i, "code"), text(l, i, "disease"), (int)number(l, i, "hours"),
                                          (int)number(l, i, "class1"), number(l, i, "once") > 0};
    int dx = find(l->c, 'd', text(l, i, "ins"));
    if (dx < 0) unknown(l, i, "ins", text(l, i, "ins"));
    else l->c->dx[dx].notifiable = i;
  }
}

static void load_places(loader *l) {
  sy_content *c = l->c;
  double sum = 0;
  if (!open_file(l, "divisions.csv") || !(c->divisions = array(l, (size_t)l->t.nrows, sizeof(sy_division)))) return;
  c->ndivisions = l->t.nrows;
  for (int i = 0; i < l->t.nrows; i++)
    c->divisions[i] = (sy_division){text(l, i, "code"), text(l, i, "province"), text(l, i, "city"), text(l, i, "county"),
                                    text(l, i, "post"), text(l, i, "area"), sum += number(l, i, "weight"),
                                    letter(l, i, "kind") == 'h'};
  if (!open_file(l, "institutions.csv") || !(c->profiles = array(l, (size_t)l->t.nrows, sizeof(sy_profile)))) return;
  c->nprofiles = l->t.nrows;
  for (int i = 0; i < l->t.nrows; i++)
    c->profiles[i] = (sy_profile){text(l, i, "name"), (int)number(l, i, "level"), letter(l, i, "vendor"), text(l, i, "encoding"),
                                  text(l, i, "front"), text(l, i, "settlement"), (int)number(l, i, "campuses"),
                                  number(l, i, "manifest") > 0, number(l, i, "visits"), number(l, i, "stays")};
}

static void load_names(loader *l) {
  static const char *const KINDS[SY_NAME_KINDS] = {"s", "c", "me", "my", "fe", "fy", "r", "n", "x", "w"};
  if (!open_file(l, "names.csv")) return;
  for (int k = 0; k < SY_NAME_KINDS; k++) {
    sy_names *set = &l->c->names[k];
    set->items = array(l, (size_t)l->t.nrows, sizeof *set->items);
    set->cum = array(l, (size_t)l->t.nrows, sizeof *set->cum);
    if (!set->items || !set->cum) return;
    double sum = 0;
    for (int i = 0; i < l->t.nrows; i++) {
      if (!sw_str_eqz(text(l, i, "kind"), KINDS[k])) continue;
      set->items[set->n] = (sy_name){text(l, i, "text"), text(l, i, "note"), number(l, i, "weight")};
      set->cum[set->n++] = sum += number(l, i, "weight");
    }
    if (!set->n) unknown(l, 0, "kind", sw_str_of(KINDS[k]));
  }
}

static void load_rest(loader *l) {
  sy_content *c = l->c;
  double sum = 0;
  if (!open_file(l, "confusions.csv") || !(c->confusions = array(l, (size_t)l->t.nrows, sizeof(sy_confusion)))) return;
  c->nconfusions = l->t.nrows;
  for (int i = 0; i < l->t.nrows; i++)
    c->confusions[i] = (sy_confusion){text(l, i, "from"), text(l, i, "to"), letter(l, i, "kind")};
  if (!open_file(l, "injuries.csv") || !(c->injuries = array(l, (size_t)l->t.nrows, sizeof(sy_injury)))) return;
  c->ninjuries = l->t.nrows;
  for (int i = 0; i < l->t.nrows; i++)
    c->injuries[i] = (sy_injury){text(l, i, "code"), text(l, i, "name"), sum += number(l, i, "weight")};
  if (!open_file(l, "notes.csv") || !(c->sentences = array(l, (size_t)l->t.nrows, sizeof(sy_sentence)))) return;
  c->nsentences = l->t.nrows;
  for (int i = 0; i < l->t.nrows; i++)
    c->sentences[i] = (sy_sentence){(int)number(l, i, "kind"), (int)number(l, i, "part"), text(l, i, "text")};
}

sw_status sy_content_load(const char *dir, sy_content *out, sw_error *err) {
  *out = (sy_content){.arena = SW_ARENA_INIT};
  loader l = {.c = out, .dir = dir, .err = err};
  load_levels(&l);
  load_depts(&l);
  load_procs(&l);
  load_items(&l);
  load_labs(&l);
  load_dx(&l);
  load_notifiable(&l);
  load_places(&l);
  load_names(&l);
  load_rest(&l);
  if (l.s) sy_content_fini(out);
  return l.s;
}

void sy_content_fini(sy_content *c) {
  sw_arena_fini(&c->arena);
  *c = (sy_content){.arena = SW_ARENA_INIT};
}
