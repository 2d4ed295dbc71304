#include "medic/dip_inside.h"

#include <stdlib.h>

enum { KEPT = 64 }; /* procedures of a case that are matched; a case with more says so by its parts */

typedef struct work {
  const sw_dip_catalogue *c;
  const sw_dip_case *in;
  uint32_t ids[3 * KEPT]; /* the case's procedures, and in prefix editions their shorter forms */
  size_t nids;
} work;

static void add_id(work *w, sw_str code) {
  uint32_t id = sw_icd_table_find(&w->c->pr, code);
  if (id != SW_ICD_NONE && w->nids < 3 * KEPT) w->ids[w->nids++] = id;
}

static sw_dip_class class_of(const sw_dip_catalogue *c, sw_str code) {
  uint32_t id = sw_icd_table_find(&c->pr, code);
  return id == SW_ICD_NONE ? sw_dip_default_class(code) : (sw_dip_class)c->pr_class[id];
}

/* Looks the procedures up; returns the highest class. */
static sw_dip_class look_up(work *w) {
  sw_dip_class top = SW_DIP_CONSERVATIVE;
  for (size_t i = 0; i < w->in->npr; ++i) {
    sw_str p = w->in->pr[i];
    if (p.len == 0) continue;
    sw_dip_class k = class_of(w->c, p);
    if (k > top) top = k;
    if (i >= KEPT) continue;
    add_id(w, p);
    if (!w->c->prefix_match) continue;
    if (p.len > 7) add_id(w, sw_str_sub(p, 0, 7)); /* 36.0600x004 → 36.0600 */
    if (p.len > 5) add_id(w, sw_str_sub(p, 0, 5)); /* → 36.06 */
  }
  return top;
}

/* Codes of the part that the case has. */
static uint16_t matched_codes(const work *w, const sw_dip_part *part) {
  uint16_t n = 0;
  for (uint32_t i = 0; i < part->n; ++i) {
    uint32_t id = w->c->codes[part->first + i];
    for (size_t k = 0; k < w->nids; ++k)
      if (w->ids[k] == id) {
        ++n;
        break;
      }
  }
  return n;
}

static bool match(const work *w, const sw_dip_entry *e, uint16_t *codes) {
  *codes = 0;
  for (uint16_t i = 0; i < e->nparts; ++i) {
    uint16_t n = matched_codes(w, &w->c->parts[e->first_part + i]);
    if (n == 0) return false;
    *codes = (uint16_t)(*codes + n);
  }
  return true;
}

static int64_t distance(const sw_dip_entry *e, int64_t cost) {
  int64_t d = 0;
  if (__builtin_sub_overflow(e->info.mean_cost_fen, cost, &d) || d == INT64_MIN) return INT64_MAX;
  return d < 0 ? -d : d;
}

/* Is a (matching `codes`) a better choice than the best so far? */
static bool better(const work *w, const sw_dip_entry *a, uint16_t codes, const sw_dip_result *best) {
  if (best->group == SW_DIP_NONE) return true;
  const sw_dip_entry *b = &w->c->groups[best->group];
  if (a->nparts != best->parts) return a->nparts > best->parts;
  if (codes != best->matched) return codes > best->matched;
  if (w->in->cost_fen > 0) {
    int64_t da = distance(a, w->in->cost_fen), db = distance(b, w->in->cost_fen);
    if (da != db) return da < db;
  }
  return a->rank < b->rank;
}

static void try_core(const work *w, uint32_t dx, sw_dip_result *out) {
  const sw_dip_catalogue *c = w->c;
  uint32_t conservative = SW_DIP_NONE, hits = 0;
  for (uint32_t g = c->first_of_dx[dx]; g < c->first_of_dx[dx + 1]; ++g) {
    const sw_dip_entry *e = &c->groups[g];
    uint16_t codes = 0;
    if (e->nparts == 0) {
      if (conservative == SW_DIP_NONE) conservative = g;
      continue;
    }
    if (w->nids == 0 || !match(w, e, &codes)) continue;
    ++hits;
    if (!better(w, e, codes, out)) continue;
    out->group = g;
    out->parts = e->nparts;
    out->matched = codes;
  }
  if (hits) out->rivals = (uint16_t)(hits - 1 > UINT16_MAX ? UINT16_MAX : hits - 1);
  if (out->group == SW_DIP_NONE && out->op_class == SW_DIP_CONSERVATIVE) out->group = conservative;
  if (out->group != SW_DIP_NONE) out->status = SW_DIP_CORE;
}

static void try_comprehensive(const work *w, sw_str dx, sw_dip_result *out) {
  const sw_dip_catalogue *c = w->c;
  sw_dip_class cls = out->op_class == SW_DIP_INTERVENTION ? SW_DIP_SURGERY : out->op_class;
  sw_str cat = sw_str_sub(dx, 0, 3);
  for (size_t len = cat.len; len > 0 && out->group == SW_DIP_NONE; --len) {
    /* A range is narrower than a prefix of two characters, wider than a category. */
    for (uint32_t i = 0; len == 2 && i < c->nranges && out->group == SW_DIP_NONE; ++i) {
      const sw_dip_range *r = &c->ranges[i];
      if (r->op_class == cls && cat.len == 3 && memcmp(cat.ptr, r->from, 3) >= 0 && memcmp(cat.ptr, r->to, 3) <= 0)
        out->group = r->group;
    }
    uint32_t id = sw_icd_table_find(&c->prefixes, sw_str_sub(cat, 0, len));
    if (id != SW_ICD_NONE && out->group == SW_DIP_NONE) out->group = c->by_prefix[id][cls];
  }
  if (out->group != SW_DIP_NONE) out->status = SW_DIP_COMPREHENSIVE;
}

static void complications(const work *w, bool *has_cc, bool *has_mcc) {
  const sw_dip_catalogue *c = w->c;
  *has_cc = *has_mcc = false;
  if (c->cc_codes.n == 0 || w->in->ndx < 2) return;
  uint32_t p = sw_icd_table_find(&c->cc_codes, w->in->dx[0]);
  uint16_t own = p == SW_ICD_NONE ? 0 : c->cc[p].table;
  for (size_t i = 1; i < w->in->ndx && !*has_mcc; ++i) {
    uint32_t id = sw_icd_table_find(&c->cc_codes, w->in->dx[i]);
    if (id == SW_ICD_NONE || c->cc[id].severity == SW_DRG_PLAIN) continue;
    if (c->cc[id].cc_table && c->cc[id].cc_table == own) continue;
    *has_mcc |= c->cc[id].severity == SW_DRG_MCC;
    *has_cc |= c->cc[id].severity == SW_DRG_CC;
  }
}

static void auxiliary(const work *w, sw_dip_result *out) {
  bool cc, mcc;
  complications(w, &cc, &mcc);
  out->levels = sw_dip_levels(w->in, cc, mcc);
  const sw_dip_entry *e = &w->c->groups[out->group];
  const int32_t *all = w->c->factors[0], *own = e->factors ? w->c->factors[e->factors - 1] : all;
  int32_t best = 0;
  for (uint32_t bits = out->levels; bits; bits &= bits - 1) {
    int level = __builtin_ctz(bits);
    int32_t f = own[level] ? own[level] : all[level];
    if (f > best) {
      best = f;
      out->level = (int8_t)level;
    }
  }
  if (best) out->factor_e4 = best;
}

void sw_dip_group(const sw_dip_catalogue *c, const sw_dip_case *in, sw_dip_result *out) {
  *out = (sw_dip_result){.status = SW_DIP_NO_GROUP, .group = SW_DIP_NONE, .level = -1, .factor_e4 = 10000};
  if (in->ndx == 0 || in->dx[0].len == 0) {
    out->status = SW_DIP_NO_PRINCIPAL;
    return;
  }
  sw_str dx = in->dx[0];
  if (!sw_icd10_valid(sw_icd10_category(dx))) {
    out->status = SW_DIP_BAD_PRINCIPAL;
    return;
  }
  work w;
  w.c = c;
  w.in = in;
  w.nids = 0;
  out->op_class = look_up(&w);
  uint32_t id = sw_icd_table_find(&c->dx4, sw_icd10_four(dx));
  if (id == SW_ICD_NONE && dx.len == 3) { /* I10 and I10.x are one */
    char with_x[5] = {dx.ptr[0], dx.ptr[1], dx.ptr[2], '.', 'x'};
    id = sw_icd_table_find(&c->dx4, (sw_str){with_x, 5});
  }
  if (id != SW_ICD_NONE) try_core(&w, id, out);
  if (out->group == SW_DIP_NONE) try_comprehensive(&w, dx, out);
  if (out->group != SW_DIP_NONE) auxiliary(&w, out);
}

size_t sw_dip_group_count(const sw_dip_catalogue *c) { return c->ngroups; }

bool sw_dip_group_info_of(const sw_dip_catalogue *c, uint32_t group, sw_dip_group_info *out) {
  if (group >= c->ngroups) return false;
  *out = c->groups[group].info;
  return true;
}

uint32_t sw_dip_find(const sw_dip_catalogue *c, sw_str code) {
  for (uint32_t i = 0; i < c->ngroups; ++i)
    if (sw_str_eq(c->groups[i].info.code, code)) return i;
  return SW_DIP_NONE;
}
