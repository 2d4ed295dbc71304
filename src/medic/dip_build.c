#include "medic/dip_inside.h"

#include "base/map.h"
#include "base/vec.h"

#include <stdlib.h>

typedef struct factor_row {
  uint32_t group; /* SW_DIP_NONE: all */
  sw_dip_level level;
  int32_t factor_e4;
} factor_row;

struct sw_dip_builder {
  sw_arena mem;
  SW_VEC(sw_dip_group_info) groups;
  SW_VEC(factor_row) factors;
  sw_map by_code;
  sw_icd_table pr, cc_codes;
  SW_VEC(uint8_t) pr_class;
  SW_VEC(sw_dip_cc) cc;
  sw_map tables;
  bool prefix_match;
};

sw_dip_builder *sw_dip_builder_new(void) { return calloc(1, sizeof(sw_dip_builder)); }

void sw_dip_builder_free(sw_dip_builder *b) {
  if (!b) return;
  sw_arena_fini(&b->mem);
  SW_VEC_FREE(&b->groups);
  SW_VEC_FREE(&b->factors);
  sw_map_fini(&b->by_code);
  sw_icd_table_fini(&b->pr);
  sw_icd_table_fini(&b->cc_codes);
  SW_VEC_FREE(&b->pr_class);
  SW_VEC_FREE(&b->cc);
  sw_map_fini(&b->tables);
  free(b);
}

static sw_status no_memory(sw_error *err) {
  return SW_FAIL(err, SW_E_NOMEM, "SW-DIP-0001", "内存不足，DIP 目录无法编译", "out of memory while compiling the DIP catalogue");
}

sw_status sw_dip_builder_option(sw_dip_builder *b, sw_str key, sw_str value, sw_error *err) {
  if (sw_str_eqz(key, "procedure") && (sw_str_eqz(value, "exact") || sw_str_eqz(value, "prefix"))) {
    b->prefix_match = value.len == 6;
    return SW_OK;
  }
  if (sw_str_eqz(key, "title")) return SW_OK;
  return SW_FAIL(err, SW_E_CONFIG, "SW-DIP-0002", "DIP 目录选项“%.*s”不能取“%.*s”；可用：procedure=exact|prefix",
                 "DIP catalogue option “%.*s” cannot be “%.*s”; known: procedure=exact|prefix", SW_STR_ARG(sw_str_sub(key, 0, 80)),
                 SW_STR_ARG(sw_str_sub(value, 0, 80)));
}

static sw_status refuse(sw_error *err, const sw_dip_group_in *g, const char *zh, const char *en) {
  sw_str dx = sw_str_sub(g->dx, 0, 60), pr = sw_str_sub(g->procedures, 0, 200);
  sw_status s = SW_FAIL(err, SW_E_DATA, "SW-DIP-0003", "病种“%.*s %.*s”：%s", "group “%.*s %.*s”: %s", SW_STR_ARG(dx),
                        SW_STR_ARG(pr), zh);
  /* The reason is a sentence, so each language needs its own argument. */
  if (err) (void)snprintf(err->msg[SW_LANG_EN], sizeof err->msg[SW_LANG_EN], "group “%.*s %.*s”: %s", SW_STR_ARG(dx), SW_STR_ARG(pr), en);
  return s;
}

static bool category(const char *p) {
  return p[0] >= 'A' && p[0] <= 'Z' && p[1] >= '0' && p[1] <= '9' && p[2] >= '0' && p[2] <= '9';
}

static bool is_range(sw_str s) { return s.len == 7 && s.ptr[3] == '-' && category(s.ptr) && category(s.ptr + 4); }

static sw_str own_code(sw_dip_builder *b, const sw_dip_group_in *g) {
  if (g->code.len) return sw_arena_dup(&b->mem, g->code);
  sw_buf t;
  sw_buf_init(&t, 1 << 16);
  sw_buf_str_put(&t, g->dx);
  sw_buf_putc(&t, ':');
  if (g->comprehensive) sw_buf_puts(&t, sw_dip_class_name(g->op_class, SW_LANG_ZH));
  else sw_buf_str_put(&t, g->procedures);
  sw_str out = sw_buf_ok(&t) ? sw_arena_dup(&b->mem, sw_buf_str(&t)) : (sw_str){NULL, 0};
  sw_buf_fini(&t);
  return out;
}

sw_status sw_dip_builder_group(sw_dip_builder *b, const sw_dip_group_in *g, sw_error *err) {
  if (g->comprehensive) {
    bool range = is_range(g->dx);
    if (!range && (g->dx.len < 1 || g->dx.len > 3))
      return refuse(err, g, "综合病种的诊断应为 1–3 位类目前缀或 A00-A09 形式的范围", "a comprehensive group's diagnosis is a prefix of 1 to 3 characters or a range A00-A09");
    if (g->procedures.len) return refuse(err, g, "综合病种不写手术编码", "a comprehensive group has no procedure codes");
  } else if (g->dx.len < 3 || g->dx.len > 5) {
    return refuse(err, g, "核心病种的诊断应为四位亚目（如 I21.4）", "a core group's diagnosis is a four-character code such as I21.4");
  }
  if (g->op_class >= SW_DIP_CLASSES || g->score_e4 < 0) return refuse(err, g, "类别或分值不对", "its class or score is wrong");
  sw_dip_group_info i = {.code = own_code(b, g), .name = sw_arena_dup(&b->mem, g->name), .dx = sw_arena_dup(&b->mem, g->dx),
                         .procedures = sw_arena_dup(&b->mem, g->procedures), .comprehensive = g->comprehensive,
                         .grass_roots = g->grass_roots, .op_class = g->op_class, .score_e4 = g->score_e4,
                         .mean_cost_fen = g->mean_cost_fen, .mean_los_e2 = g->mean_los_e2};
  if (!sw_arena_ok(&b->mem) || !i.code.ptr) return no_memory(err);
  if (sw_map_has(&b->by_code, i.code)) return refuse(err, g, "病种重复", "the group is given twice");
  return sw_map_put(&b->by_code, i.code, b->groups.len) && SW_VEC_PUSH(&b->groups, i) ? SW_OK : no_memory(err);
}

static sw_status pr_code(sw_dip_builder *b, sw_str code, uint32_t *id, sw_error *err) {
  if (!sw_icd_table_add(&b->pr, code, id))
    return SW_FAIL(err, SW_E_DATA, "SW-DIP-0004", "手术编码“%.*s”为空或过长", "procedure code “%.*s” is empty or too long",
                   SW_STR_ARG(sw_str_sub(code, 0, 80)));
  if (*id < b->pr_class.len) return SW_OK;
  return SW_VEC_PUSH(&b->pr_class, (uint8_t)sw_dip_default_class(code)) ? SW_OK : no_memory(err);
}

sw_status sw_dip_builder_class(sw_dip_builder *b, sw_str code, sw_dip_class c, sw_error *err) {
  uint32_t id;
  sw_status s = pr_code(b, code, &id, err);
  if (!s) b->pr_class.items[id] = (uint8_t)c;
  return s;
}

static sw_status cc_entry(sw_dip_builder *b, sw_str code, sw_str table, sw_dip_cc **out, uint16_t *number, sw_error *err) {
  uint32_t id;
  if (!sw_icd_table_add(&b->cc_codes, code, &id))
    return SW_FAIL(err, SW_E_DATA, "SW-DIP-0005", "诊断编码“%.*s”为空或过长", "diagnosis code “%.*s” is empty or too long",
                   SW_STR_ARG(sw_str_sub(code, 0, 80)));
  sw_dip_cc none = {0};
  if (id >= b->cc.len && !SW_VEC_PUSH(&b->cc, none)) return no_memory(err);
  *out = &b->cc.items[id];
  *number = 0;
  if (table.len == 0) return SW_OK;
  bool added = false;
  uint64_t *v = sw_map_at(&b->tables, table, b->tables.len + 1, &added);
  if (!v) return no_memory(err);
  if (*v > UINT16_MAX) return SW_FAIL(err, SW_E_LIMIT, "SW-DIP-0006", "排除表太多", "too many exclusion tables");
  *number = (uint16_t)*v;
  return SW_OK;
}

sw_status sw_dip_builder_complication(sw_dip_builder *b, sw_drg_severity severity, sw_str code, sw_str table, sw_error *err) {
  sw_dip_cc *e;
  uint16_t n;
  sw_status s = cc_entry(b, code, table, &e, &n, err);
  if (s) return s;
  e->severity = (uint8_t)severity;
  e->cc_table = n;
  return SW_OK;
}

sw_status sw_dip_builder_exclusion(sw_dip_builder *b, sw_str code, sw_str table, sw_error *err) {
  sw_dip_cc *e;
  uint16_t n;
  sw_status s = cc_entry(b, code, table, &e, &n, err);
  if (!s) e->table = n;
  return s;
}

sw_status sw_dip_builder_factor(sw_dip_builder *b, sw_str group, sw_dip_level level, int32_t factor_e4, sw_error *err) {
  factor_row r = {SW_DIP_NONE, level, factor_e4};
  uint64_t at = 0;
  if (group.len && !sw_map_get(&b->by_code, group, &at))
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-DIP-0007", "辅助目录中的病种“%.*s”不在目录中", "auxiliary factors name the group “%.*s”, which is not there",
                   SW_STR_ARG(sw_str_sub(group, 0, 200)));
  if (factor_e4 <= 0 || factor_e4 > 1000000)
    return SW_FAIL(err, SW_E_DATA, "SW-DIP-0008", "辅助系数应在 0 与 100 之间", "an auxiliary factor lies between 0 and 100");
  if (group.len) r.group = (uint32_t)at;
  return SW_VEC_PUSH(&b->factors, r) ? SW_OK : no_memory(err);
}

/* --- compiling ------------------------------------------------------------------------------- */

/* Core groups of one class order: surgery, grass-roots surgery, intervention, therapeutic, diagnostic, conservative. */
static uint8_t rank_of(const sw_dip_group_info *g) {
  if (g->op_class == SW_DIP_SURGERY) return g->grass_roots ? 1 : 0;
  if (g->op_class == SW_DIP_INTERVENTION) return g->grass_roots ? 1 : 0;
  return (uint8_t)(2 + SW_DIP_SURGERY - g->op_class);
}

typedef struct order_key {
  const sw_dip_group_info *g;
  uint32_t index;
} order_key;

static int by_dx(const void *x, const void *y) {
  const order_key *a = x, *b = y;
  if (a->g->comprehensive != b->g->comprehensive) return a->g->comprehensive ? 1 : -1;
  int c = sw_str_cmp(a->g->dx, b->g->dx);
  if (c) return c;
  return a->index < b->index ? -1 : a->index > b->index;
}

typedef struct maker {
  sw_dip_catalogue *c;
  SW_VEC(sw_dip_part) parts;
  SW_VEC(uint32_t) codes;
  SW_VEC(uint32_t) firsts;
  SW_VEC(sw_dip_range) ranges;
  SW_VEC(uint8_t) pr_class;
  size_t prefix_rows;
} maker;

static bool add_code(maker *m, sw_str code) {
  uint32_t id;
  code = sw_str_trim(code);
  if (!sw_icd_table_add(&m->c->pr, code, &id)) return false;
  if (id >= m->pr_class.len && !SW_VEC_PUSH(&m->pr_class, (uint8_t)sw_dip_default_class(code))) return false;
  return SW_VEC_PUSH(&m->codes, id);
}

/* "a/b+c" into parts; false when it has too many, or memory is refused. */
static bool add_procedures(maker *m, sw_dip_entry *e, sw_str text) {
  e->first_part = (uint32_t)m->parts.len;
  size_t i = 0;
  while (i < text.len) {
    size_t end = i;
    while (end < text.len && text.ptr[end] != '+') ++end;
    sw_dip_part part = {(uint32_t)m->codes.len, 0};
    for (size_t k = i; k < end;) {
      size_t stop = k;
      while (stop < end && text.ptr[stop] != '/') ++stop;
      if (part.n == SW_DIP_PART_CODES || (stop > k && !add_code(m, sw_str_sub(text, k, stop - k)))) return false;
      part.n += stop > k;
      k = stop + 1;
    }
    if (part.n) {
      if (e->nparts == SW_DIP_PARTS || !SW_VEC_PUSH(&m->parts, part)) return false;
      ++e->nparts;
    }
    i = end + 1;
  }
  return true;
}

static bool add_comprehensive(maker *m, const sw_dip_entry *e, uint32_t group) {
  sw_dip_class cls = e->info.op_class == SW_DIP_INTERVENTION ? SW_DIP_SURGERY : e->info.op_class;
  if (e->info.dx.len == 7) {
    sw_dip_range r = {.op_class = cls, .group = group};
    memcpy(r.from, e->info.dx.ptr, 3);
    memcpy(r.to, e->info.dx.ptr + 4, 3);
    return SW_VEC_PUSH(&m->ranges, r);
  }
  uint32_t id;
  if (!sw_icd_table_add(&m->c->prefixes, e->info.dx, &id)) return false;
  m->c->by_prefix[id][cls] = group;
  return true;
}

static bool dup_info(sw_arena *mem, const sw_dip_group_info *from, sw_dip_group_info *to) {
  *to = *from;
  to->code = sw_arena_dup(mem, from->code);
  to->name = sw_arena_dup(mem, from->name);
  to->dx = sw_arena_dup(mem, from->dx);
  to->procedures = sw_arena_dup(mem, from->procedures);
  return sw_arena_ok(mem);
}

static sw_status compile_groups(const sw_dip_builder *b, maker *m, uint32_t *place, sw_error *err) {
  sw_dip_catalogue *c = m->c;
  size_t n = b->groups.len;
  if (n >= SW_DIP_NONE / 2) return SW_FAIL(err, SW_E_LIMIT, "SW-DIP-0009", "病种太多", "too many groups");
  order_key *keys = SW_ARENA_ARRAY(&c->mem, order_key, n + 1);
  c->groups = SW_ARENA_ARRAY(&c->mem, sw_dip_entry, n + 1);
  c->by_prefix = sw_arena_array(&c->mem, n + 1, sizeof *c->by_prefix);
  if (!sw_arena_ok(&c->mem)) return no_memory(err);
  memset(c->by_prefix, 0xFF, (n + 1) * sizeof *c->by_prefix);
  for (uint32_t i = 0; i < n; ++i) keys[i] = (order_key){&b->groups.items[i], i};
  qsort(keys, n, sizeof *keys, by_dx);
  c->ngroups = (uint32_t)n;
  for (uint32_t i = 0; i < n; ++i) {
    sw_dip_entry *e = &c->groups[i];
    place[keys[i].index] = i;
    if (!dup_info(&c->mem, keys[i].g, &e->info)) return no_memory(err);
    e->rank = rank_of(&e->info);
    if (e->info.comprehensive) {
      if (!add_comprehensive(m, e, i)) return no_memory(err);
      continue;
    }
    uint32_t id;
    if (!sw_icd_table_add(&c->dx4, e->info.dx, &id)) return no_memory(err);
    if (id >= m->firsts.len && !SW_VEC_PUSH(&m->firsts, i)) return no_memory(err);
    if (!add_procedures(m, e, e->info.procedures))
      return SW_FAIL(err, SW_E_DATA, "SW-DIP-0010", "病种 %.*s 的手术组合不可用（最多 %d 段，每段 %d 个编码）",
                     "group %.*s: its procedure set cannot be used (at most %d parts of %d codes)", SW_STR_ARG(e->info.code),
                     (int)SW_DIP_PARTS, (int)SW_DIP_PART_CODES);
  }
  uint32_t cores = 0;
  while (cores < n && !c->groups[cores].info.comprehensive) ++cores;
  return SW_VEC_PUSH(&m->firsts, cores) ? SW_OK : no_memory(err);
}

static sw_status compile_factors(const sw_dip_builder *b, sw_dip_catalogue *c, const uint32_t *place, sw_error *err) {
  c->factors = sw_arena_array(&c->mem, b->factors.len + 2, sizeof *c->factors);
  if (!c->factors) return no_memory(err);
  uint32_t rows = 1;
  for (size_t i = 0; i < b->factors.len; ++i) {
    const factor_row *r = &b->factors.items[i];
    uint32_t row = 0;
    if (r->group != SW_DIP_NONE) {
      sw_dip_entry *e = &c->groups[place[r->group]];
      if (e->factors == 0) e->factors = ++rows;
      row = e->factors - 1;
    }
    c->factors[row][r->level] = r->factor_e4;
  }
  return SW_OK;
}

static void *keep(sw_arena *mem, const void *p, size_t n, size_t size) {
  void *out = sw_arena_array(mem, n + 1, size);
  if (out && n) memcpy(out, p, n * size);
  return out;
}

static sw_status compile_rest(const sw_dip_builder *b, maker *m, sw_error *err) {
  sw_dip_catalogue *c = m->c;
  for (uint32_t i = 0; i < b->pr.n; ++i) {
    uint32_t id;
    if (!sw_icd_table_add(&c->pr, sw_icd_table_code(&b->pr, i), &id)) return no_memory(err);
    if (id >= m->pr_class.len && !SW_VEC_PUSH(&m->pr_class, 0)) return no_memory(err);
    m->pr_class.items[id] = b->pr_class.items[i];
  }
  for (uint32_t i = 0; i < b->cc_codes.n; ++i) {
    uint32_t id;
    if (!sw_icd_table_add(&c->cc_codes, sw_icd_table_code(&b->cc_codes, i), &id)) return no_memory(err);
  }
  c->cc = keep(&c->mem, b->cc.items, b->cc.len, sizeof *c->cc);
  c->first_of_dx = keep(&c->mem, m->firsts.items, m->firsts.len, sizeof *c->first_of_dx);
  c->parts = keep(&c->mem, m->parts.items, m->parts.len, sizeof *c->parts);
  c->codes = keep(&c->mem, m->codes.items, m->codes.len, sizeof *c->codes);
  c->ranges = keep(&c->mem, m->ranges.items, m->ranges.len, sizeof *c->ranges);
  c->pr_class = keep(&c->mem, m->pr_class.items, m->pr_class.len, sizeof *c->pr_class);
  c->nranges = (uint32_t)m->ranges.len;
  return sw_arena_ok(&c->mem) ? SW_OK : no_memory(err);
}

sw_status sw_dip_builder_compile(const sw_dip_builder *b, sw_dip_catalogue **out, sw_error *err) {
  *out = NULL;
  sw_dip_catalogue *c = calloc(1, sizeof *c);
  uint32_t *place = calloc(b->groups.len + 1, sizeof *place);
  maker m = {.c = c};
  sw_status s = SW_OK;
  if (!c || !place) s = no_memory(err);
  if (!s) s = compile_groups(b, &m, place, err);
  if (!s) s = compile_factors(b, c, place, err);
  if (!s) s = compile_rest(b, &m, err);
  if (!s) c->prefix_match = b->prefix_match;
  free(place);
  SW_VEC_FREE(&m.parts);
  SW_VEC_FREE(&m.codes);
  SW_VEC_FREE(&m.firsts);
  SW_VEC_FREE(&m.ranges);
  SW_VEC_FREE(&m.pr_class);
  if (s) {
    sw_dip_catalogue_free(c);
    return s;
  }
  *out = c;
  return SW_OK;
}

void sw_dip_catalogue_free(sw_dip_catalogue *c) {
  if (!c) return;
  sw_icd_table_fini(&c->dx4);
  sw_icd_table_fini(&c->pr);
  sw_icd_table_fini(&c->prefixes);
  sw_icd_table_fini(&c->cc_codes);
  sw_arena_fini(&c->mem);
  free(c);
}
