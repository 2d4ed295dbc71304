#include "synth/dictionary.h"

#include <math.h>

typedef struct entry {
  const char *type, *kind; /* dict_type, and the kind in the truth */
  const sy_local *local;
  sw_str national, insurance, spec, unit, category;
  double price;            /* 0 none */
} entry;

static void emit_entry(sy_work *k, int inst, const entry *x) {
  sy_row *r = sy_row_begin(k, inst, SY_T_DICT_ITEM);
  sy_putz(r, SY_C_DICT_ITEM_DICT_TYPE, x->type);
  sy_put(r, SY_C_DICT_ITEM_CODE, x->local->code);
  sy_put(r, SY_C_DICT_ITEM_NAME, x->local->name);
  if (x->local->mapped) {
    sy_put(r, SY_C_DICT_ITEM_NATIONAL_CODE, x->national);
    sy_put(r, SY_C_DICT_ITEM_INSURANCE_CODE, x->insurance);
  } else {
    bool dx = strcmp(x->type, "diagnosis") == 0;
    sy_mark_column(r, SY_C_DICT_ITEM_NATIONAL_CODE, dx ? "unmapped_diagnosis" : "unmapped_item", x->national);
  }
  sy_put(r, SY_C_DICT_ITEM_SPEC, x->spec);
  sy_put(r, SY_C_DICT_ITEM_UNIT, x->unit);
  if (x->price > 0) sy_puti(r, SY_C_DICT_ITEM_PRICE, (int64_t)llround(x->price * 100) * 100);
  sy_put(r, SY_C_DICT_ITEM_CATEGORY, x->category);
  sy_putz(r, SY_C_DICT_ITEM_VALID, "1");
  r->key_cell = 1;
  sy_when when = sy_once(k->w->first_day);
  sy_emit(k, r, &when);
  if (x->kind)
    SY_TRUTH(k, SY_TRUTH_MAPPINGS, sw_str_of(k->w->inst[inst].code), sw_str_of(x->kind), x->local->code, x->national, x->insurance,
             x->local->mapped ? SW_LIT("mapped") : SW_LIT("unmapped"), x->local->name);
}

static void emit_items(sy_work *k, const sy_inst *in) {
  const sy_content *c = &k->w->content;
  for (int i = 0; i < c->nitems; i++) {
    const sy_item *it = &c->items[i];
    bool drug = it->kind == SY_ITEM_DRUG;
    entry x = {.type = drug ? "drug" : "item", .kind = drug ? "drug" : "charge_item", .local = &in->items[i], .national = it->code,
               .spec = it->spec, .unit = it->unit, .category = sw_str_of(it->fee_class)};
    x.price = it->price * (drug || (it->fee >= 13 && it->fee <= 23) ? 1.0 : in->price);
    emit_entry(k, in->index, &x);
  }
  for (int i = 0; i < c->nprocs; i++) {
    const sy_local *item = &in->items[c->first_proc + i];
    sy_local local = {item->code, item->name, true};
    entry x = {.type = "procedure", .kind = "procedure", .local = &local, .national = c->procs[i].clin, .insurance = c->procs[i].ins,
               .category = c->procs[i].level ? sy_fmt(k, "%d", c->procs[i].level) : SW_LIT("")};
    emit_entry(k, in->index, &x);
  }
}

static void emit_people(sy_work *k, const sy_inst *in) {
  const sy_content *c = &k->w->content;
  for (int i = 0; i < c->ndepts; i++) {
    if (c->depts[i].level > in->level) continue;
    entry x = {.type = "dept", .kind = "department", .local = &in->depts[i], .national = c->depts[i].code};
    emit_entry(k, in->index, &x);
    for (int s = 0; s < SY_STAFF; s++) {
      const sy_staff *p = &in->staff[i * SY_STAFF + s];
      sy_local local = {p->code, p->name, true};
      entry d = {.type = "doctor", .local = &local, .spec = sy_fmt(k, "%d", p->title), .category = in->depts[i].code};
      emit_entry(k, in->index, &d);
    }
  }
}

void sy_emit_dictionaries(sy_work *k) {
  static const char *const SEX[3][4] = {{"男", "女", "未知", "a"}, {"M", "F", "U", "b"}, {"1", "2", "9", "c"}};
  static const char *const NATIONAL[] = {"1", "2", "9"};
  const sy_content *c = &k->w->content;
  for (int n = 0; n < k->w->ninst; n++) {
    const sy_inst *in = &k->w->inst[n];
    emit_people(k, in);
    emit_items(k, in);
    for (int i = 0; i < c->ndx; i++) {
      entry x = {.type = "diagnosis", .kind = "diagnosis", .local = &in->dx[i], .national = c->dx[i].clin, .insurance = c->dx[i].ins};
      emit_entry(k, n, &x);
    }
    for (int i = 0; i < c->nlabs; i++) {
      entry x = {.type = "lab", .kind = "lab", .local = &in->labs[i], .national = c->labs[i].code, .spec = c->labs[i].unit,
                 .unit = c->labs[i].unit2.len && in->vendor == 'b' ? c->labs[i].unit2 : c->labs[i].unit};
      emit_entry(k, n, &x);
    }
    for (int i = 0; i < 3; i++)
      SY_TRUTH(k, SY_TRUTH_MAPPINGS, sw_str_of(in->code), SW_LIT("sex"), sw_str_of(SEX[in->vendor - 'a'][i]), sw_str_of(NATIONAL[i]), SW_LIT(""),
               SW_LIT("mapped"), SW_LIT(""));
  }
}

static void emit_total(sy_work *k, int inst, int table, int32_t day, int delivery, const sy_totals *t) {
  sy_row *r = sy_row_begin(k, inst, SY_T_DAILY_TOTAL);
  sy_putz(r, SY_C_DAILY_TOTAL_TABLE_NAME, SY_TABLES[table].name);
  sy_puti(r, SY_C_DAILY_TOTAL_BIZ_DATE, day);
  sy_puti(r, SY_C_DAILY_TOTAL_ROW_COUNT, t->rows);
  if (SY_TABLES[table].amount[0]) sy_puti(r, SY_C_DAILY_TOTAL_AMOUNT, t->amount);
  if (t->patients || !t->rows) sy_puti(r, SY_C_DAILY_TOTAL_PATIENTS, t->patients);
  r->key_cell2 = 1;
  sy_emit(k, r, &(sy_when){.day = day, .updated = day, .valid_from = sy_window_end(k->w, delivery)});
}

void sy_emit_totals(sy_work *k, const sy_totals *totals) {
  const sy_world *w = k->w;
  size_t days = sy_period_days(w);
  for (int n = 0; n < w->ninst; n++)
    for (int t = 0; t < SY_NTABLES; t++) {
      if (!SY_TABLES[t].closing[0] || !sy_delivers(w, n, t)) continue;
      for (int d = 0; d < w->ndeliveries; d++)
        for (int32_t day = sy_window_begin(w, d); day <= sy_window_end(w, d); day++) {
          const sy_totals *x = &totals[(size_t)(n * SY_NTABLES + t) * days + (size_t)(day - w->first_day)];
          if (x->rows) emit_total(k, n, t, day, d, x);
        }
    }
}
