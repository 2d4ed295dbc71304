#include "medic/drg_inside.h"

#include "base/map.h"
#include "base/vec.h"

#include <stdlib.h>

typedef struct mdc_row {
  sw_str code, rule;
  int64_t order;
} mdc_row;

typedef struct adrg_row {
  sw_str code, rule;
  int64_t order;
  uint32_t mdc;
} adrg_row;

typedef struct drg_row {
  sw_drg_group_in in;
  uint32_t adrg, serial;
} drg_row;

typedef struct list_row { /* a code in an ADRG's list */
  uint32_t adrg, code, list;
} list_row;

typedef struct mdc_dx_row {
  uint32_t mdc, code;
} mdc_dx_row;

typedef struct code_info {
  uint16_t table, cc_table;
  uint8_t severity, part;
} code_info;

struct sw_drg_builder {
  sw_arena mem;
  sw_icd_table dx, pr;
  SW_VEC(code_info) dx_info;
  SW_VEC(sw_str) dx_names;
  SW_VEC(sw_str) pr_names;
  SW_VEC(uint8_t) pr_valid;
  SW_VEC(mdc_row) mdcs;
  SW_VEC(adrg_row) adrgs;
  SW_VEC(drg_row) drgs;
  SW_VEC(list_row) dx_lists;
  SW_VEC(list_row) pr_lists;
  SW_VEC(mdc_dx_row) mdc_dx;
  SW_VEC(sw_str) tables; /* from number 1 */
  sw_map mdc_by_code, adrg_by_code, drg_by_code, table_by_code, part_by_code;
  sw_str title;
  int32_t infant_days;
  bool qy, any_procedure;
};

sw_drg_builder *sw_drg_builder_new(void) {
  sw_drg_builder *b = calloc(1, sizeof *b);
  if (b) b->infant_days = 28;
  return b;
}

void sw_drg_builder_free(sw_drg_builder *b) {
  if (!b) return;
  sw_arena_fini(&b->mem);
  sw_icd_table_fini(&b->dx);
  sw_icd_table_fini(&b->pr);
  SW_VEC_FREE(&b->dx_info);
  SW_VEC_FREE(&b->dx_names);
  SW_VEC_FREE(&b->pr_names);
  SW_VEC_FREE(&b->pr_valid);
  SW_VEC_FREE(&b->mdcs);
  SW_VEC_FREE(&b->adrgs);
  SW_VEC_FREE(&b->drgs);
  SW_VEC_FREE(&b->dx_lists);
  SW_VEC_FREE(&b->pr_lists);
  SW_VEC_FREE(&b->mdc_dx);
  SW_VEC_FREE(&b->tables);
  sw_map_fini(&b->mdc_by_code);
  sw_map_fini(&b->adrg_by_code);
  sw_map_fini(&b->drg_by_code);
  sw_map_fini(&b->table_by_code);
  sw_map_fini(&b->part_by_code);
  free(b);
}

static sw_status no_memory(sw_error *err) {
  return SW_FAIL(err, SW_E_NOMEM, "SW-DRG-0003", "内存不足，分组目录无法编译", "out of memory while compiling the catalogue");
}

static sw_status not_there(sw_error *err, const char *what, sw_str code) {
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-DRG-0004", "%s“%.*s”不在目录中", "%s “%.*s” is not in the catalogue", what,
                 SW_STR_ARG(sw_str_sub(code, 0, 80)));
}

static sw_status too_many(sw_error *err, const char *what, int max) {
  return SW_FAIL(err, SW_E_LIMIT, "SW-DRG-0005", "%s 超过上限 %d 个", "%s: more than the limit of %d", what, max);
}

sw_status sw_drg_builder_option(sw_drg_builder *b, sw_str key, sw_str value, sw_error *err) {
  int64_t n = 0;
  if (sw_str_eqz(key, "title")) {
    b->title = sw_arena_dup(&b->mem, value);
    return b->title.ptr ? SW_OK : no_memory(err);
  }
  if (sw_str_eqz(key, "qy") && (sw_str_eqz(value, "on") || sw_str_eqz(value, "off"))) {
    b->qy = value.len == 2;
    return SW_OK;
  }
  if (sw_str_eqz(key, "procedure") && (sw_str_eqz(value, "main") || sw_str_eqz(value, "any"))) {
    b->any_procedure = value.len == 3;
    return SW_OK;
  }
  if (sw_str_eqz(key, "infant_days") && sw_str_to_i64(value, &n) && n >= 0 && n <= 366) {
    b->infant_days = (int32_t)n;
    return SW_OK;
  }
  return SW_FAIL(err, SW_E_CONFIG, "SW-DRG-0006", "目录选项“%.*s”不能取“%.*s”；可用：qy=on|off，procedure=main|any，infant_days，title",
                 "catalogue option “%.*s” cannot be “%.*s”; known: qy=on|off, procedure=main|any, infant_days, title",
                 SW_STR_ARG(sw_str_sub(key, 0, 100)), SW_STR_ARG(sw_str_sub(value, 0, 100)));
}

/* Adds a code and the row that describes it. */
static sw_status dx_code(sw_drg_builder *b, sw_str code, uint32_t *id, sw_error *err) {
  if (!sw_icd_table_add(&b->dx, code, id))
    return SW_FAIL(err, SW_E_DATA, "SW-DRG-0007", "编码“%.*s”为空或超过 %d 字节", "code “%.*s” is empty or longer than %d bytes",
                   SW_STR_ARG(sw_str_sub(code, 0, 80)), (int)SW_ICD_MAX);
  if (*id < b->dx_info.len) return SW_OK;
  code_info none = {0};
  sw_str no_name = {NULL, 0};
  return SW_VEC_PUSH(&b->dx_info, none) && SW_VEC_PUSH(&b->dx_names, no_name) ? SW_OK : no_memory(err);
}

static sw_status pr_code(sw_drg_builder *b, sw_str code, uint32_t *id, sw_error *err) {
  if (!sw_icd_table_add(&b->pr, code, id))
    return SW_FAIL(err, SW_E_DATA, "SW-DRG-0007", "编码“%.*s”为空或超过 %d 字节", "code “%.*s” is empty or longer than %d bytes",
                   SW_STR_ARG(sw_str_sub(code, 0, 80)), (int)SW_ICD_MAX);
  if (*id < b->pr_valid.len) return SW_OK;
  sw_str no_name = {NULL, 0};
  return SW_VEC_PUSH(&b->pr_valid, 0) && SW_VEC_PUSH(&b->pr_names, no_name) ? SW_OK : no_memory(err);
}

sw_status sw_drg_builder_mdc(sw_drg_builder *b, sw_str mdc, int64_t order, sw_str rule, sw_error *err) {
  if (mdc.len == 0 || mdc.len > 15 || sw_map_has(&b->mdc_by_code, mdc))
    return SW_FAIL(err, SW_E_DATA, "SW-DRG-0008", "MDC“%.*s”为空、过长或重复", "MDC “%.*s” is empty, too long or given twice",
                   SW_STR_ARG(sw_str_sub(mdc, 0, 80)));
  if (b->mdcs.len >= SW_DRG_MAX_MDC) return too_many(err, "MDC", SW_DRG_MAX_MDC);
  sw_drg_rule alts[SW_DRG_RULE_ALTS];
  size_t n;
  sw_status s = sw_drg_rule_parse(rule, b->infant_days, alts, &n, err);
  if (s) return s;
  mdc_row r = {sw_arena_dup(&b->mem, mdc), sw_arena_dup(&b->mem, rule), order};
  if (!sw_arena_ok(&b->mem) || !sw_map_put(&b->mdc_by_code, mdc, b->mdcs.len) || !SW_VEC_PUSH(&b->mdcs, r))
    return no_memory(err);
  return SW_OK;
}

sw_status sw_drg_builder_mdc_dx(sw_drg_builder *b, sw_str mdc, sw_str code, sw_str part, sw_error *err) {
  uint64_t m = 0;
  uint32_t id;
  if (!sw_map_get(&b->mdc_by_code, mdc, &m)) return not_there(err, "MDC", mdc);
  sw_status s = dx_code(b, code, &id, err);
  if (s) return s;
  if (part.len) {
    bool added = false;
    uint64_t *p = sw_map_at(&b->part_by_code, part, b->part_by_code.len + 1, &added);
    if (!p) return no_memory(err);
    if (*p > SW_DRG_MAX_PARTS) return too_many(err, "body_part", SW_DRG_MAX_PARTS);
    b->dx_info.items[id].part = (uint8_t)*p;
  }
  mdc_dx_row r = {(uint32_t)m, id};
  return SW_VEC_PUSH(&b->mdc_dx, r) ? SW_OK : no_memory(err);
}

sw_status sw_drg_builder_adrg(sw_drg_builder *b, sw_str mdc, sw_str adrg, int64_t order, sw_str rule, sw_error *err) {
  uint64_t m = 0;
  if (!sw_map_get(&b->mdc_by_code, mdc, &m)) return not_there(err, "MDC", mdc);
  if (adrg.len == 0 || adrg.len > 15 || sw_map_has(&b->adrg_by_code, adrg))
    return SW_FAIL(err, SW_E_DATA, "SW-DRG-0009", "ADRG“%.*s”为空、过长或重复", "ADRG “%.*s” is empty, too long or given twice",
                   SW_STR_ARG(sw_str_sub(adrg, 0, 80)));
  sw_drg_rule alts[SW_DRG_RULE_ALTS];
  size_t n;
  sw_status s = sw_drg_rule_parse(rule, b->infant_days, alts, &n, err);
  if (s) return s;
  adrg_row r = {sw_arena_dup(&b->mem, adrg), sw_arena_dup(&b->mem, rule), order, (uint32_t)m};
  if (!sw_arena_ok(&b->mem) || !sw_map_put(&b->adrg_by_code, adrg, b->adrgs.len) || !SW_VEC_PUSH(&b->adrgs, r))
    return no_memory(err);
  return SW_OK;
}

sw_status sw_drg_builder_adrg_dx(sw_drg_builder *b, sw_str adrg, sw_str code, sw_error *err) {
  uint64_t a = 0;
  uint32_t id;
  if (!sw_map_get(&b->adrg_by_code, adrg, &a)) return not_there(err, "ADRG", adrg);
  sw_status s = dx_code(b, code, &id, err);
  if (s) return s;
  list_row r = {(uint32_t)a, id, 0};
  return SW_VEC_PUSH(&b->dx_lists, r) ? SW_OK : no_memory(err);
}

sw_status sw_drg_builder_adrg_pr(sw_drg_builder *b, sw_str adrg, int64_t list, sw_str code, sw_error *err) {
  uint64_t a = 0;
  uint32_t id;
  if (!sw_map_get(&b->adrg_by_code, adrg, &a)) return not_there(err, "ADRG", adrg);
  if (list < 0 || list >= SW_DRG_LISTS)
    return SW_FAIL(err, SW_E_DATA, "SW-DRG-0010", "手术列表号 %lld 不在 0–%d", "procedure list %lld is not in 0–%d",
                   (long long)list, SW_DRG_LISTS - 1);
  sw_status s = pr_code(b, code, &id, err);
  if (s) return s;
  list_row r = {(uint32_t)a, id, (uint32_t)list};
  return SW_VEC_PUSH(&b->pr_lists, r) ? SW_OK : no_memory(err);
}

sw_status sw_drg_builder_drg(sw_drg_builder *b, const sw_drg_group_in *g, sw_error *err) {
  uint64_t a = 0;
  if (!sw_map_get(&b->adrg_by_code, g->adrg, &a)) return not_there(err, "ADRG", g->adrg);
  if (g->code.len == 0 || g->code.len > 15 || sw_map_has(&b->drg_by_code, g->code))
    return SW_FAIL(err, SW_E_DATA, "SW-DRG-0011", "DRG“%.*s”为空、过长或重复", "DRG “%.*s” is empty, too long or given twice",
                   SW_STR_ARG(sw_str_sub(g->code, 0, 80)));
  if (g->rule.len) {
    sw_drg_rule alts[SW_DRG_RULE_ALTS];
    size_t n;
    sw_status s = sw_drg_rule_parse(g->rule, b->infant_days, alts, &n, err);
    if (s) return s;
    if (n > 1 || alts[0].needs)
      return SW_FAIL(err, SW_E_CONFIG, "SW-DRG-0012", "DRG %.*s 的规则只能写 MCC、CC 和数值条件",
                     "DRG %.*s: a DRG's rule may only name MCC, CC and numeric conditions", SW_STR_ARG(g->code));
  }
  drg_row r = {*g, (uint32_t)a, (uint32_t)b->drgs.len};
  r.in.code = sw_arena_dup(&b->mem, g->code);
  r.in.name = sw_arena_dup(&b->mem, g->name);
  r.in.rule = sw_arena_dup(&b->mem, g->rule);
  if (!sw_arena_ok(&b->mem) || !sw_map_put(&b->drg_by_code, g->code, b->drgs.len) || !SW_VEC_PUSH(&b->drgs, r))
    return no_memory(err);
  return SW_OK;
}

static sw_status table_number(sw_drg_builder *b, sw_str table, uint16_t *out, sw_error *err) {
  *out = 0;
  if (table.len == 0) return SW_OK;
  bool added = false;
  uint64_t *v = sw_map_at(&b->table_by_code, table, b->tables.len + 1, &added);
  if (!v) return no_memory(err);
  if (*v > UINT16_MAX) return too_many(err, "exclusion_table", UINT16_MAX);
  *out = (uint16_t)*v;
  if (!added) return SW_OK;
  sw_str copy = sw_arena_dup(&b->mem, table);
  return copy.ptr && SW_VEC_PUSH(&b->tables, copy) ? SW_OK : no_memory(err);
}

sw_status sw_drg_builder_complication(sw_drg_builder *b, sw_drg_severity severity, sw_str code, sw_str table,
                                      sw_error *err) {
  uint32_t id;
  uint16_t t;
  sw_status s = dx_code(b, code, &id, err);
  if (!s) s = table_number(b, table, &t, err);
  if (s) return s;
  code_info *i = &b->dx_info.items[id];
  if (i->severity && i->severity != (uint8_t)severity)
    return SW_FAIL(err, SW_E_DATA, "SW-DRG-0013", "%.*s 同时列为 MCC 和 CC", "%.*s is listed as MCC and as CC", SW_STR_ARG(code));
  i->severity = (uint8_t)severity;
  i->cc_table = t;
  return SW_OK;
}

sw_status sw_drg_builder_exclusion(sw_drg_builder *b, sw_str code, sw_str table, sw_error *err) {
  uint32_t id;
  uint16_t t;
  sw_status s = dx_code(b, code, &id, err);
  if (!s) s = table_number(b, table, &t, err);
  if (s) return s;
  if (b->dx_info.items[id].table && b->dx_info.items[id].table != t)
    return SW_FAIL(err, SW_E_DATA, "SW-DRG-0014", "%.*s 有两个排除表", "%.*s has two exclusion tables", SW_STR_ARG(code));
  b->dx_info.items[id].table = t;
  return SW_OK;
}

sw_status sw_drg_builder_valid_pr(sw_drg_builder *b, sw_str code, sw_error *err) {
  uint32_t id;
  sw_status s = pr_code(b, code, &id, err);
  if (!s) b->pr_valid.items[id] = 1;
  return s;
}

sw_status sw_drg_builder_dx_name(sw_drg_builder *b, sw_str code, sw_str name, sw_error *err) {
  uint32_t id;
  sw_status s = dx_code(b, code, &id, err);
  if (s) return s;
  b->dx_names.items[id] = sw_arena_dup(&b->mem, name);
  return sw_arena_ok(&b->mem) ? SW_OK : no_memory(err);
}

sw_status sw_drg_builder_pr_name(sw_drg_builder *b, sw_str code, sw_str name, sw_error *err) {
  uint32_t id;
  sw_status s = pr_code(b, code, &id, err);
  if (s) return s;
  b->pr_names.items[id] = sw_arena_dup(&b->mem, name);
  return sw_arena_ok(&b->mem) ? SW_OK : no_memory(err);
}

/* --- compiling ------------------------------------------------------------------------------- */

typedef struct compile {
  const sw_drg_builder *b;
  sw_drg_catalogue *c;
  uint32_t *mdc_at;        /* builder's MDC → position in test order */
  uint32_t *adrg_at;       /* builder's ADRG → position */
  uint16_t *slots_of_adrg; /* by position: first slot; the next one's is the end */
} compile;

typedef struct ranked {
  int64_t group, order;
  uint32_t index;
} ranked;

static int by_rank(const void *x, const void *y) {
  const ranked *a = x, *b = y;
  if (a->group != b->group) return a->group < b->group ? -1 : 1;
  if (a->order != b->order) return a->order < b->order ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

static sw_status compile_mdcs(compile *k, sw_error *err) {
  const sw_drg_builder *b = k->b;
  sw_drg_catalogue *c = k->c;
  ranked rank[SW_DRG_MAX_MDC] = {{0}};
  for (size_t i = 0; i < b->mdcs.len; ++i) rank[i] = (ranked){0, b->mdcs.items[i].order, (uint32_t)i};
  qsort(rank, b->mdcs.len, sizeof *rank, by_rank);
  c->nmdc = (uint16_t)b->mdcs.len;
  c->mdc = SW_ARENA_ARRAY(&c->mem, sw_drg_mdc, b->mdcs.len + 1);
  c->entry_rules = SW_ARENA_ARRAY(&c->mem, sw_drg_rule, b->mdcs.len * SW_DRG_RULE_ALTS + 1);
  k->mdc_at = SW_ARENA_ARRAY(&c->mem, uint32_t, b->mdcs.len + 1);
  if (!sw_arena_ok(&c->mem)) return no_memory(err);
  size_t nrules = 0;
  for (uint16_t p = 0; p < c->nmdc; ++p) {
    const mdc_row *r = &b->mdcs.items[rank[p].index];
    sw_drg_mdc *m = &c->mdc[p];
    size_t n = 0;
    sw_status s = sw_drg_rule_parse(r->rule, b->infant_days, &c->entry_rules[nrules], &n, err);
    if (s) return s;
    m->code = sw_arena_dup(&c->mem, r->code);
    m->first_rule = (uint16_t)nrules;
    m->nrules = (uint16_t)n;
    m->by_dx = true;
    for (size_t i = 0; i < n; ++i)
      if (!(c->entry_rules[nrules + i].needs & (1u << SW_DRG_NEED_PDX))) m->by_dx = false;
    if (!m->by_dx) c->mdc_open |= UINT64_C(1) << p;
    nrules += n;
    k->mdc_at[rank[p].index] = p;
  }
  return SW_OK;
}

/* A medical ADRG has a second letter from R to Z: CHS-DRG technical standard, coding of groups. */
static bool is_medical(sw_str adrg) { return adrg.len >= 2 && adrg.ptr[1] >= 'R' && adrg.ptr[1] <= 'Z'; }

static bool is_qy(sw_str adrg) { return adrg.len == 3 && adrg.ptr[1] == 'Q' && adrg.ptr[2] == 'Y'; }

static sw_status add_slots(compile *k, const adrg_row *r, uint16_t pos, sw_error *err) {
  sw_drg_catalogue *c = k->c;
  sw_drg_rule alts[SW_DRG_RULE_ALTS];
  size_t n = 0;
  sw_status s = sw_drg_rule_parse(r->rule, k->b->infant_days, alts, &n, err);
  if (s) return s;
  sw_drg_mdc *m = &c->mdc[c->adrg[pos].mdc];
  k->slots_of_adrg[pos] = c->nslot;
  for (size_t i = 0; i < n; ++i) {
    sw_drg_rule *rule = &alts[i];
    if (k->b->any_procedure && (rule->needs & 1u << SW_DRG_NEED_MAIN_PR))
      rule->needs = (rule->needs & ~(1u << SW_DRG_NEED_MAIN_PR)) | 1u << SW_DRG_NEED_ANY_PR;
    if (rule->needs & 1u << SW_DRG_NEED_PARTS)
      return SW_FAIL(err, SW_E_CONFIG, "SW-DRG-0015", "“多诊断匹配”只能用于 MDC 的进入规则（%.*s）",
                     "“多诊断匹配” may only stand in an MDC's entry rule (%.*s)", SW_STR_ARG(r->code));
    m->needs |= rule->needs;
    c->slot[c->nslot++] = (sw_drg_slot){pos, c->adrg[pos].mdc, *rule, sw_arena_dup(&c->mem, r->rule)};
  }
  return SW_OK;
}

static sw_status compile_adrgs(compile *k, sw_error *err) {
  const sw_drg_builder *b = k->b;
  sw_drg_catalogue *c = k->c;
  size_t n = b->adrgs.len;
  /* One more than there are, and one QY for every MDC. */
  if (n * SW_DRG_RULE_ALTS > SW_DRG_MAX_WORDS * 64 * 2 || n + c->nmdc >= SW_DRG_NONE)
    return too_many(err, "ADRG", SW_DRG_MAX_WORDS * 64 * 2 / SW_DRG_RULE_ALTS);
  ranked *rank = SW_ARENA_ARRAY(&c->mem, ranked, n + 1);
  c->adrg = SW_ARENA_ARRAY(&c->mem, sw_drg_adrg, n + c->nmdc + 1u);
  c->slot = SW_ARENA_ARRAY(&c->mem, sw_drg_slot, n * SW_DRG_RULE_ALTS + 1);
  k->adrg_at = SW_ARENA_ARRAY(&c->mem, uint32_t, n + 1);
  k->slots_of_adrg = SW_ARENA_ARRAY(&c->mem, uint16_t, n + 2);
  if (!sw_arena_ok(&c->mem)) return no_memory(err);
  for (size_t i = 0; i < n; ++i)
    rank[i] = (ranked){k->mdc_at[b->adrgs.items[i].mdc], b->adrgs.items[i].order, (uint32_t)i};
  qsort(rank, n, sizeof *rank, by_rank);
  size_t p = 0;
  for (uint16_t m = 0; m < c->nmdc; ++m) {
    c->mdc[m].first_slot = c->nslot;
    bool medical = false, surgical = false;
    for (; p < n && rank[p].group == m; ++p) {
      const adrg_row *r = &b->adrgs.items[rank[p].index];
      c->adrg[p] = (sw_drg_adrg){.code = sw_arena_dup(&c->mem, r->code), .mdc = m};
      k->adrg_at[rank[p].index] = (uint32_t)p;
      if (is_medical(r->code) && !medical) c->mdc[m].medical_slot = c->nslot, medical = true;
      surgical |= !is_medical(r->code);
      /* A QY that the tables list is reached by its own test, never by a rule. */
      sw_status s = is_qy(r->code) ? SW_OK : add_slots(k, r, (uint16_t)p, err);
      if (is_qy(r->code)) k->slots_of_adrg[p] = c->nslot;
      if (s) return s;
    }
    c->mdc[m].end_slot = c->nslot;
    if (!medical) c->mdc[m].medical_slot = c->nslot;
    c->mdc[m].qy = b->qy && medical && surgical && c->mdc[m].by_dx;
  }
  c->nadrg = (uint16_t)n;
  k->slots_of_adrg[n] = c->nslot;
  c->words = (c->nslot + 63u) / 64u;
  if (c->words > SW_DRG_MAX_WORDS) return too_many(err, "ADRG rule", SW_DRG_MAX_WORDS * 64);
  if (c->words == 0) c->words = 1;
  return sw_arena_ok(&c->mem) ? SW_OK : no_memory(err);
}

/* MDCP, MDCY and MDCZ are pre-MDCs: a procedure there is never "unrelated". */
static bool qy_possible(const sw_drg_mdc *m) {
  char letter = m->code.len ? m->code.ptr[m->code.len - 1] : 0;
  return m->qy && letter != 'P' && letter != 'Y' && letter != 'Z' && letter != 'A';
}

/* What a DRG needs, told by its last character where no rule is given: 1 an MCC, 3 an MCC or CC, else nothing. */
static sw_status drg_rule(const drg_row *r, int32_t infant_days, sw_drg_rule *out, sw_error *err) {
  *out = (sw_drg_rule){0};
  if (r->in.rule.len) {
    sw_drg_rule alts[SW_DRG_RULE_ALTS];
    size_t n = 0;
    sw_status s = sw_drg_rule_parse(r->in.rule, infant_days, alts, &n, err);
    if (!s) *out = alts[0];
    return s;
  }
  char last = r->in.code.ptr[r->in.code.len - 1];
  if (last == '1') out->severity = SW_DRG_MCC;
  if (last == '3') out->severity = SW_DRG_CC;
  return SW_OK;
}

static sw_status compile_drgs(compile *k, sw_error *err) {
  const sw_drg_builder *b = k->b;
  sw_drg_catalogue *c = k->c;
  size_t n = b->drgs.len;
  if (n + c->nmdc >= SW_DRG_NONE) return too_many(err, "DRG", SW_DRG_NONE);
  ranked *rank = SW_ARENA_ARRAY(&c->mem, ranked, n + 1);
  c->drg = SW_ARENA_ARRAY(&c->mem, sw_drg_drg, n + c->nmdc + 1u);
  if (!sw_arena_ok(&c->mem)) return no_memory(err);
  for (size_t i = 0; i < n; ++i)
    rank[i] = (ranked){k->adrg_at[b->drgs.items[i].adrg], b->drgs.items[i].in.order, (uint32_t)i};
  qsort(rank, n, sizeof *rank, by_rank);
  size_t p = 0;
  for (uint16_t a = 0; a < c->nadrg; ++a) {
    c->adrg[a].first_drg = (uint16_t)p;
    for (; p < n && rank[p].group == a; ++p) {
      const drg_row *r = &b->drgs.items[rank[p].index];
      sw_drg_drg *d = &c->drg[p];
      sw_status s = drg_rule(r, b->infant_days, &d->rule, err);
      if (s) return s;
      d->info = (sw_drg_group_info){sw_arena_dup(&c->mem, r->in.code), sw_arena_dup(&c->mem, r->in.name), a, c->adrg[a].mdc,
                                    r->in.weight_e4, r->in.mean_cost_fen, r->in.mean_los_e2, r->in.risk};
      if (d->rule.severity > c->adrg[a].top) c->adrg[a].top = d->rule.severity;
    }
    c->adrg[a].ndrg = (uint16_t)(p - c->adrg[a].first_drg);
  }
  c->ndrg = (uint16_t)n;
  return sw_arena_ok(&c->mem) ? SW_OK : no_memory(err);
}

/* MDCs with QY on get the ADRG <letter>QY, and one DRG of that name, unless the tables list them. */
static sw_status compile_qy(compile *k, sw_error *err) {
  sw_drg_catalogue *c = k->c;
  for (uint16_t m = 0; m < c->nmdc; ++m) {
    sw_drg_mdc *mdc = &c->mdc[m];
    mdc->qy = qy_possible(mdc);
    if (!mdc->qy) continue;
    sw_str name = {sw_arena_printf(&c->mem, "%cQY", mdc->code.ptr[mdc->code.len - 1]), 3};
    if (!name.ptr) return no_memory(err);
    uint64_t known = 0;
    if (sw_map_get(&k->b->adrg_by_code, name, &known)) continue;
    sw_drg_group_info info = {.code = name, .name = SW_LIT("与主要诊断无关的手术"), .adrg = c->nadrg, .mdc = m};
    c->drg[c->ndrg] = (sw_drg_drg){.info = info};
    c->adrg[c->nadrg] = (sw_drg_adrg){name, m, c->ndrg, 1, 0};
    ++c->nadrg;
    ++c->ndrg;
  }
  return SW_OK;
}

/* Sets that are equal share one number; number 0 is the empty set. */
typedef struct set_pool {
  sw_map by_bits;
  SW_VEC(uint64_t) words;
} set_pool;

static bool pool_intern(set_pool *p, const uint64_t *bits, size_t words, uint16_t *out) {
  sw_str key = {(const char *)bits, words * sizeof *bits};
  bool added = false;
  uint64_t *v = sw_map_at(&p->by_bits, key, p->by_bits.len, &added);
  if (!v || *v > UINT16_MAX) return false;
  *out = (uint16_t)*v;
  if (!added) return true;
  for (size_t i = 0; i < words; ++i)
    if (!SW_VEC_PUSH(&p->words, bits[i])) return false;
  return true;
}

/* List rows of one kind, in order of their code, so that a code's rows are met together. */
static int by_code(const void *x, const void *y) {
  const list_row *a = x, *b = y;
  if (a->code != b->code) return a->code < b->code ? -1 : 1;
  return a->list < b->list ? -1 : a->list > b->list;
}

static bool intern_lists(const compile *k, const list_row *rows, size_t n, set_pool *pool, bool is_dx) {
  sw_drg_catalogue *c = k->c;
  list_row *sorted = malloc((n + 1) * sizeof *sorted);
  if (!sorted) return false;
  if (n) memcpy(sorted, rows, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, by_code);
  bool ok = true;
  for (size_t i = 0; i < n && ok;) {
    uint64_t bits[SW_DRG_MAX_WORDS] = {0};
    uint32_t code = sorted[i].code, list = sorted[i].list;
    for (; i < n && sorted[i].code == code && sorted[i].list == list; ++i) {
      uint32_t a = k->adrg_at[sorted[i].adrg];
      for (uint16_t s = k->slots_of_adrg[a]; s < k->slots_of_adrg[a + 1]; ++s) bits[s / 64] |= UINT64_C(1) << s % 64;
    }
    ok = pool_intern(pool, bits, c->words, is_dx ? &c->dx[code].set : &c->pr[code].set[list]);
  }
  free(sorted);
  return ok;
}

static sw_status compile_sets(compile *k, sw_error *err) {
  sw_drg_catalogue *c = k->c;
  set_pool pool = {0};
  uint64_t none[SW_DRG_MAX_WORDS] = {0};
  uint16_t zero = 0;
  sw_status s = SW_OK;
  bool ok = pool_intern(&pool, none, c->words, &zero) &&
            intern_lists(k, k->b->dx_lists.items, k->b->dx_lists.len, &pool, true) &&
            intern_lists(k, k->b->pr_lists.items, k->b->pr_lists.len, &pool, false);
  if (ok) {
    c->nsets = pool.by_bits.len;
    c->sets = SW_ARENA_ARRAY(&c->mem, uint64_t, pool.words.len);
    ok = c->sets != NULL;
  }
  if (ok) memcpy(c->sets, pool.words.items, pool.words.len * sizeof *c->sets);
  if (!ok) s = no_memory(err);
  sw_map_fini(&pool.by_bits);
  SW_VEC_FREE(&pool.words);
  return s;
}

static sw_status compile_codes(compile *k, sw_error *err) {
  const sw_drg_builder *b = k->b;
  sw_drg_catalogue *c = k->c;
  c->dx = SW_ARENA_ARRAY(&c->mem, sw_drg_dx, b->dx.n + 1u);
  c->pr = SW_ARENA_ARRAY(&c->mem, sw_drg_pr, b->pr.n + 1u);
  c->dx_names = SW_ARENA_ARRAY(&c->mem, sw_str, b->dx.n + 1u);
  c->pr_names = SW_ARENA_ARRAY(&c->mem, sw_str, b->pr.n + 1u);
  c->tables = SW_ARENA_ARRAY(&c->mem, sw_str, b->tables.len + 1);
  if (!sw_arena_ok(&c->mem)) return no_memory(err);
  c->ntables = (uint16_t)b->tables.len;
  for (size_t i = 0; i < b->tables.len; ++i) c->tables[i + 1] = sw_arena_dup(&c->mem, b->tables.items[i]);
  for (uint32_t i = 0; i < b->dx.n; ++i) {
    uint32_t id;
    const code_info *x = &b->dx_info.items[i];
    if (!sw_icd_table_add(&c->dx_codes, sw_icd_table_code(&b->dx, i), &id)) return no_memory(err);
    c->dx[i] = (sw_drg_dx){.table = x->table, .cc_table = x->cc_table, .severity = x->severity, .part = x->part};
    c->dx_names[i] = sw_arena_dup(&c->mem, b->dx_names.items[i]);
  }
  for (uint32_t i = 0; i < b->pr.n; ++i) {
    uint32_t id;
    if (!sw_icd_table_add(&c->pr_codes, sw_icd_table_code(&b->pr, i), &id)) return no_memory(err);
    c->pr[i].valid = b->pr_valid.items[i];
    c->pr_names[i] = sw_arena_dup(&c->mem, b->pr_names.items[i]);
  }
  for (size_t i = 0; i < b->mdc_dx.len; ++i)
    c->dx[b->mdc_dx.items[i].code].mdcs |= UINT64_C(1) << k->mdc_at[b->mdc_dx.items[i].mdc];
  return sw_arena_ok(&c->mem) ? SW_OK : no_memory(err);
}

static sw_status compile_needs(compile *k, sw_error *err) {
  sw_drg_catalogue *c = k->c;
  for (size_t i = 0; i < SW_DRG_NEEDS; ++i) c->need[i] = SW_ARENA_ARRAY(&c->mem, uint64_t, c->words);
  if (!sw_arena_ok(&c->mem)) return no_memory(err);
  for (uint16_t s = 0; s < c->nslot; ++s)
    for (size_t i = 0; i < SW_DRG_NEEDS; ++i)
      if (c->slot[s].rule.needs >> i & 1u) c->need[i][s / 64] |= UINT64_C(1) << s % 64;
  return SW_OK;
}

static int by_code_text(const void *x, const void *y, void *table) {
  return sw_str_cmp(sw_icd_table_code(table, *(const uint32_t *)x), sw_icd_table_code(table, *(const uint32_t *)y));
}

static sw_status compile_sorted(compile *k, sw_error *err) {
  sw_drg_catalogue *c = k->c;
  c->dx_sorted = SW_ARENA_ARRAY(&c->mem, uint32_t, c->dx_codes.n + 1u);
  if (!c->dx_sorted) return no_memory(err);
  for (uint32_t i = 0; i < c->dx_codes.n; ++i) c->dx_sorted[i] = i;
  qsort_r(c->dx_sorted, c->dx_codes.n, sizeof *c->dx_sorted, by_code_text, &c->dx_codes);
  return SW_OK;
}

sw_status sw_drg_builder_compile(const sw_drg_builder *b, sw_drg_catalogue **out, sw_error *err) {
  *out = NULL;
  sw_drg_catalogue *c = calloc(1, sizeof *c);
  if (!c) return no_memory(err);
  compile k = {.b = b, .c = c};
  c->title = sw_arena_dup(&c->mem, b->title);
  sw_status s = compile_mdcs(&k, err);
  if (!s) s = compile_adrgs(&k, err);
  if (!s) s = compile_drgs(&k, err);
  if (!s) s = compile_qy(&k, err);
  if (!s) s = compile_codes(&k, err);
  if (!s) s = compile_sets(&k, err);
  if (!s) s = compile_needs(&k, err);
  if (!s) s = compile_sorted(&k, err);
  if (s) {
    sw_drg_catalogue_free(c);
    return s;
  }
  *out = c;
  return SW_OK;
}

void sw_drg_catalogue_free(sw_drg_catalogue *c) {
  if (!c) return;
  sw_icd_table_fini(&c->dx_codes);
  sw_icd_table_fini(&c->pr_codes);
  sw_arena_fini(&c->mem);
  free(c);
}
