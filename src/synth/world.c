#include "synth/world.h"

#include "base/date.h"
#include "base/hash.h"
#include "synth/person.h"

#include <iconv.h>
#include <math.h>
#include <stdlib.h>

uint64_t sy_hash(const sy_world *w, int what, uint64_t a, uint64_t b, uint64_t c) {
  uint64_t h = sw_mix64(w->opt.seed ^ ((uint64_t)what << 32 | 0x5EED));
  h = sw_mix64(h ^ (a + 0x9E3779B97F4A7C15u));
  h = sw_mix64(h ^ (b + 0xD1B54A32D192ED03u));
  return sw_mix64(h ^ (c + 0x8CB92BA72F3D8DD7u));
}

double sy_visit_rate(int age) {
  if (age < 1) return 1.6;
  if (age < 6) return 1.5;
  if (age < 18) return 0.7;
  if (age < 45) return 0.7;
  if (age < 60) return 1.05;
  return age < 75 ? 1.6 : 1.9;
}

double sy_stay_rate(int age) {
  if (age < 1) return 1.2;
  if (age < 6) return 1.0;
  if (age < 18) return 0.35;
  if (age < 45) return 0.6;
  if (age < 60) return 1.0;
  return age < 75 ? 1.9 : 2.6;
}

/* --- local codes ------------------------------------------------------------------------------ */

enum { H_UNMAPPED = 1, H_NUMBER, H_STAFF, H_ALIAS };

static sw_str dx_code(sw_arena *a, const sy_inst *in, const sy_dx *d, int i, uint64_t h) {
  if (in->vendor == 'a') return sw_str_of(sw_arena_printf(a, "ZD%04d%02d", i * 7 % 9973, (int)(h % 90) + 10));
  if (in->vendor == 'c') return sw_str_of(sw_arena_printf(a, "%.*s#%d", SW_STR_ARG(d->clin), (int)(h % 3) + 1));
  char *z = sw_arena_printf(a, "D%.*s.%02d", SW_STR_ARG(d->clin), (int)(h % 20));
  if (!z) return (sw_str){"", 0};
  size_t n = 0;
  for (size_t k = 0; z[k]; k++)
    if (z[k] != '.' || k > d->clin.len) z[n++] = z[k];
  return (sw_str){z, n};
}

/* Names differ a little from one institution to the next, as typed by hand. */
static sw_str alias(sw_arena *a, sw_str name, uint64_t h) {
  switch (h % 8) {
    case 0: return sw_str_of(sw_arena_printf(a, "%.*s（院内）", SW_STR_ARG(name)));
    case 1: return sw_str_of(sw_arena_printf(a, "△%.*s", SW_STR_ARG(name)));
    case 2: return sw_str_of(sw_arena_printf(a, "%.*s ", SW_STR_ARG(name)));
    default: return name;
  }
}

static void local_items(sy_world *w, sy_inst *in) {
  const sy_content *c = &w->content;
  uint64_t n = (uint64_t)in->index;
  static const char LETTER[] = "FYJS"; /* fee, drug, examination, operation */
  for (int i = 0; i < c->nitems; i++) {
    uint64_t h = sy_hash(w, H_NUMBER, n, 2, (uint64_t)i);
    char l = LETTER[c->items[i].kind];
    int number = in->vendor == 'a' ? 100000 + i * 13 : in->vendor == 'b' ? 10000 + i * 3 : 1000 + i;
    in->items[i].code = sw_str_of(in->vendor == 'b' ? sw_arena_printf(&w->arena, "%c-%05d", l, number)
                                                    : sw_arena_printf(&w->arena, "%c%d", l, number));
    in->items[i].name = c->items[i].kind == SY_ITEM_DRUG || c->items[i].kind == SY_ITEM_PLAIN
                            ? alias(&w->arena, c->items[i].name, h)
                            : c->items[i].name;
    in->items[i].mapped = !sy_fault_chance(w, 0.08, H_UNMAPPED, n, 2, (uint64_t)i);
  }
  for (int i = 0; i < c->nlabs; i++) {
    in->labs[i].code = sw_str_of(in->vendor == 'a'   ? sw_arena_printf(&w->arena, "L%d", 3000 + i * 7)
                                 : in->vendor == 'b' ? sw_arena_printf(&w->arena, "%.*s_%d", SW_STR_ARG(c->labs[i].key), in->index)
                                                     : sw_arena_printf(&w->arena, "%.*s", SW_STR_ARG(c->labs[i].key)));
    in->labs[i].name = alias(&w->arena, c->labs[i].name, sy_hash(w, H_ALIAS, n, 3, (uint64_t)i) | 3);
    in->labs[i].mapped = !sy_fault_chance(w, 0.08, H_UNMAPPED, n, 3, (uint64_t)i);
  }
}

static void local_people(sy_world *w, sy_inst *in) {
  const sy_content *c = &w->content;
  for (int i = 0; i < c->ndepts; i++) {
    int at = i;
    if (c->depts[i].level > in->level) { /* a small institution has only the parent department */
      sw_str parent = sw_str_sub(c->depts[i].code, 0, 2);
      at = 0;
      for (int k = 0; k < c->ndepts; k++)
        if (sw_str_eq(c->depts[k].code, parent) && c->depts[k].level <= in->level) at = k;
    }
    in->dept_of[i] = at;
    in->depts[i].code = sw_str_of(in->vendor == 'a'   ? sw_arena_printf(&w->arena, "%d", 101 + i)
                                  : in->vendor == 'b' ? sw_arena_printf(&w->arena, "K%03d", i + 1)
                                                      : sw_arena_printf(&w->arena, "%d||%d", 1 + i / 20, i % 20 + 1));
    in->depts[i].name = c->depts[i].name;
    in->depts[i].mapped = true;
    for (int k = 0; k < SY_STAFF; k++) {
      sw_rng r = sw_rng_of(w->opt.seed, sy_hash(w, H_STAFF, (uint64_t)in->index, (uint64_t)i, (uint64_t)k));
      sy_staff *s = &in->staff[i * SY_STAFF + k];
      s->code = sw_str_of(sw_arena_printf(&w->arena, in->vendor == 'b' ? "DR%04d" : "%04d", i * SY_STAFF + k + 1));
      s->name = sy_name_draw(w, &r, &w->arena, k % 2 + 1, false);
      s->title = k == 0 ? 1 : k == 1 ? 2 : k <= 3 ? 3 : 4;
    }
  }
}

static sw_status make_inst(sy_world *w, int i, sw_error *err) {
  const sy_content *c = &w->content;
  sy_inst *in = &w->inst[i];
  const sy_profile *p = &c->profiles[i % c->nprofiles];
  *in = (sy_inst){.index = i, .level = p->level, .campuses = p->campuses, .vendor = p->vendor, .manifest = p->manifest,
                  .dbf = sw_str_eqz(p->settlement, "dbf"), .price = c->levels[p->level].price};
  snprintf(in->code, sizeof in->code, "SY%04d", i + 1);
  if (i < c->nprofiles) snprintf(in->name, sizeof in->name, "%.*s", SW_STR_ARG(p->name));
  else snprintf(in->name, sizeof in->name, "%.*s（%d）", SW_STR_ARG(p->name), i / c->nprofiles + 1);
  in->encoding = sw_str_eqz(p->encoding, "gb18030") ? SY_GB18030 : sw_str_eqz(p->encoding, "utf16le") ? SY_UTF16 : SY_UTF8;
  in->front = sw_str_eqz(p->front, "hqms")   ? SY_FRONT_HQMS
              : sw_str_eqz(p->front, "xlsx") ? SY_FRONT_XLSX
              : in->vendor == 'a'            ? SY_FRONT_WIDE
                                             : SY_FRONT_LONG;
  in->dx = SW_ARENA_ARRAY(&w->arena, sy_local, (size_t)c->ndx);
  in->items = SW_ARENA_ARRAY(&w->arena, sy_local, (size_t)c->nitems);
  in->labs = SW_ARENA_ARRAY(&w->arena, sy_local, (size_t)c->nlabs);
  in->depts = SW_ARENA_ARRAY(&w->arena, sy_local, (size_t)c->ndepts);
  in->dept_of = SW_ARENA_ARRAY(&w->arena, int, (size_t)c->ndepts);
  in->staff = SW_ARENA_ARRAY(&w->arena, sy_staff, (size_t)(c->ndepts * SY_STAFF));
  sw_status s = sw_arena_check(&w->arena, err);
  if (s) return s;
  for (int k = 0; k < c->ndx; k++) {
    uint64_t h = sy_hash(w, H_NUMBER, (uint64_t)i, 1, (uint64_t)k);
    in->dx[k].code = dx_code(&w->arena, in, &c->dx[k], k, h);
    in->dx[k].name = alias(&w->arena, c->dx[k].name, h >> 8 | 2);
    in->dx[k].mapped = !sy_fault_chance(w, 0.02, H_UNMAPPED, (uint64_t)i, 1, (uint64_t)k);
  }
  local_items(w, in);
  local_people(w, in);
  return sw_arena_check(&w->arena, err);
}

static sw_status make_insts(sy_world *w, sw_error *err) {
  const sy_content *c = &w->content;
  w->ninst = w->opt.institutions;
  w->inst = SW_ARENA_ARRAY(&w->arena, sy_inst, (size_t)w->ninst);
  sw_status s = sw_arena_check(&w->arena, err);
  double visits = 0, stays[SY_NLEVELS + 1] = {0};
  for (int i = 0; i < w->ninst && !s; i++) {
    s = make_inst(w, i, err);
    const sy_profile *p = &c->profiles[i % c->nprofiles];
    w->inst[i].visit_cum = visits += p->visits;
    for (int l = 1; l <= SY_NLEVELS; l++) w->inst[i].stay_cum[l] = stays[l] += p->level >= l ? p->stays : 0;
  }
  /* A region of few institutions may have none of the level that a disease asks for: it is treated where it can be. */
  for (int l = 1; l <= SY_NLEVELS && !s; l++)
    if (stays[l] == 0)
      for (int i = 0; i < w->ninst; i++) w->inst[i].stay_cum[l] = w->inst[i].stay_cum[1];
  return s;
}

/* --- which disease whom ----------------------------------------------------------------------- */

static bool fits(const sy_dx *d, int sex, int band) {
  if (d->sex && d->sex != sex + 1) return false;
  if (d->flags & SY_NEWBORN) return false; /* newborns of the period are made with their mothers */
  int lo = band ? (band - 1) * 5 : 0, hi = band ? lo + 4 : 0;
  if (band == 1) lo = 1;
  return d->age_lo <= hi && d->age_hi >= lo;
}

enum { CELLS = 2 * SY_BANDS };

/* Fits weights so that, over the population's mix of sex and age, each disease gets its share: alternating between
 * "a person has one disease" and "a disease has its share" (iterative proportional fitting). */
static void fit(const sy_content *c, const double population[CELLS], bool stays, double *weight) {
  double total = 0;
  for (int d = 0; d < c->ndiseases; d++) total += weight[d] = stays ? c->dx[d].stays : c->dx[d].visits;
  for (int round = 0; round < 60; round++) {
    double z[CELLS] = {0};
    for (int k = 0; k < CELLS; k++)
      for (int d = 0; d < c->ndiseases; d++)
        if (fits(&c->dx[d], k / SY_BANDS, k % SY_BANDS)) z[k] += weight[d];
    for (int d = 0; d < c->ndiseases; d++) {
      double got = 0, want = (stays ? c->dx[d].stays : c->dx[d].visits) / total;
      for (int k = 0; k < CELLS; k++)
        if (z[k] > 0 && fits(&c->dx[d], k / SY_BANDS, k % SY_BANDS)) got += population[k] * weight[d] / z[k];
      if (got > 0) weight[d] *= want / got;
    }
  }
}

static void cumulate(sy_world *w, const double *weight, double *(*out)[SY_BANDS]) {
  const sy_content *c = &w->content;
  for (int k = 0; k < CELLS; k++) {
    double sum = 0, *cum = SW_ARENA_ARRAY(&w->arena, double, (size_t)c->ndiseases);
    if (!cum) return;
    for (int d = 0; d < c->ndiseases; d++)
      cum[d] = sum += fits(&c->dx[d], k / SY_BANDS, k % SY_BANDS) ? weight[d] : 0;
    out[k / SY_BANDS][k % SY_BANDS] = sum > 0 ? cum : NULL;
  }
}

static sw_status make_sampling(sy_world *w, sw_error *err) {
  enum { SAMPLE = 12000 };
  const sy_content *c = &w->content;
  double visits[CELLS] = {0}, stays[CELLS] = {0}, vsum = 0, ssum = 0;
  int32_t middle = (w->first_day + w->last_day) / 2;
  for (int i = 0; i < SAMPLE; i++) {
    sy_brief b = sy_person_brief(w, i);
    int age = sw_age_years(b.birth, middle);
    int k = (b.sex - 1) * SY_BANDS + sy_band(age);
    visits[k] += sy_visit_rate(age);
    stays[k] += sy_stay_rate(age);
    vsum += sy_visit_rate(age);
    ssum += sy_stay_rate(age);
  }
  for (int k = 0; k < CELLS; k++) {
    visits[k] /= vsum;
    stays[k] /= ssum;
  }
  w->visit_norm = SAMPLE / vsum;
  w->stay_norm = SAMPLE / ssum;
  double *weight = SW_ARENA_ARRAY(&w->arena, double, (size_t)c->ndiseases);
  if (!weight) return sw_arena_check(&w->arena, err);
  fit(c, visits, false, weight);
  cumulate(w, weight, w->visit_cum);
  fit(c, stays, true, weight);
  cumulate(w, weight, w->stay_cum);
  return sw_arena_check(&w->arena, err);
}

/* Means of the relative stay and cost over what an institution of each level sees, so that the level's means come out. */
static void make_levels(sy_world *w) {
  const sy_content *c = &w->content;
  for (int level = 1; level <= SY_NLEVELS; level++) {
    double share = 0, los = 0, cost = 0;
    for (int d = 0; d < c->ndiseases; d++) {
      const sy_dx *x = &c->dx[d];
      if (x->level > level) continue;
      /* what only big institutions treat weighs more there */
      double p = x->stays * (level == 3 && x->level == 3 ? 2.0 : level == 2 && x->level == 2 ? 1.2 : 1.0);
      share += p;
      los += p * x->los;
      cost += p * x->cost;
    }
    w->los_factor[level] = c->levels[level].los / (los / share);
    w->cost_factor[level] = c->levels[level].cost / (cost / share);
  }
}

/* --- GB18030 ---------------------------------------------------------------------------------- */

static sw_status make_gb(sy_world *w, sw_error *err) {
  w->gb = SW_ARENA_ARRAY(&w->arena, uint32_t, 65536);
  if (!w->gb) return sw_arena_check(&w->arena, err);
  iconv_t cd = iconv_open("GB18030", "UTF-16LE");
  if (cd == (iconv_t)-1) return SW_FAIL_ERRNO(err, "SW-SYNTH-0006", "系统不能转换到 GB18030", "the system cannot convert to GB18030");
  for (uint32_t cp = 0x80; cp < 65536; cp++) {
    if (cp >= 0xD800 && cp < 0xE000) continue;
    char in[2] = {(char)(cp & 0xFF), (char)(cp >> 8)}, out[8];
    char *ip = in, *op = out;
    size_t in_left = 2, out_left = sizeof out;
    if (iconv(cd, &ip, &in_left, &op, &out_left) == (size_t)-1) continue;
    for (const char *p = out; p < op; p++) w->gb[cp] = w->gb[cp] << 8 | (uint8_t)*p;
  }
  iconv_close(cd);
  return SW_OK;
}

static sw_status check_options(const sw_synth_options *o, sw_error *err) {
  if (o->persons < 1 || o->persons > 50000000 || o->institutions < 1 || o->institutions > SY_MAX_INST || o->years < 1 ||
      o->years > 10 || o->days < 0 || o->days > 60)
    return SW_FAIL(err, SW_E_USAGE, "SW-SYNTH-0001", "人数应在 1–5000 万、机构 1–%d、年数 1–10、增量天数 0–60 之间",
                   "persons must be 1 to 50 million, institutions 1 to %d, years 1 to 10, increments 0 to 60", SY_MAX_INST);
  if (!o->out || !o->out[0] || !o->content)
    return SW_FAIL(err, SW_E_USAGE, "SW-SYNTH-0001", "没有给出输出目录或内容目录%s", "no output or content directory given%s", "");
  return SW_OK;
}

sw_status sy_world_init(sy_world *w, const sw_synth_options *opt, sw_error *err) {
  *w = (sy_world){.opt = *opt, .arena = SW_ARENA_INIT, .content = {.arena = SW_ARENA_INIT}};
  sw_status s = check_options(opt, err);
  if (!s) s = sy_content_load(opt->content, &w->content, err);
  if (s) return s;
  w->last_day = sw_days_from_civil(2023, 12, 31);
  w->first_day = sw_days_from_civil(2024 - opt->years, 1, 1);
  w->history_end = w->last_day - opt->days;
  w->ndeliveries = opt->days + 1;
  if (!(s = make_insts(w, err)) && !(s = make_sampling(w, err)) && !(s = make_gb(w, err))) make_levels(w);
  return s;
}

void sy_world_fini(sy_world *w) {
  sy_content_fini(&w->content);
  sw_arena_fini(&w->arena);
}
