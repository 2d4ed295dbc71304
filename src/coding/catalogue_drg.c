#include "coding/catalogue_inside.h"

#include "base/fs.h"

#include <stdlib.h>

/* What the checks need to remember of the tables. */
typedef struct adrg_note {
  sw_str code, rule;
  int64_t line;
  int64_t said_dx, said_pr; /* counts that adrg.csv states; -1 where it does not */
  int64_t dx, pr;           /* rows seen */
  int64_t drgs;
} adrg_note;

typedef struct mdc_note {
  sw_str code, rule;
  int64_t line, dx, adrgs;
} mdc_note;

typedef struct dx_note {
  uint64_t mdcs;
  int64_t line;
} dx_note;

typedef struct load {
  sw_import *im;
  sw_drg_builder *b;
  sw_arena mem;
  SW_VEC(adrg_note) adrgs;
  SW_VEC(mdc_note) mdcs;
  SW_VEC(dx_note) dxs;
  sw_map adrg_at, mdc_at, dx_at; /* code → index above */
  sw_map dx_list, pr_list;       /* the edition's codes, where a list is given */
  sw_map drg_order;              /* drg → position within its ADRG */
  sw_map table_principal, table_cc; /* exclusion tables seen, with the line of the first */
  int severity;                  /* of the table being read */
} load;

static sw_status out_of_memory(sw_error *err) {
  return SW_FAIL(err, SW_E_NOMEM, "SW-CAT-0003", "内存不足", "out of memory");
}

static int64_t number_or(sw_str s, int64_t fallback) {
  int64_t v = 0;
  return sw_str_to_i64(s, &v) ? v : fallback;
}

static sw_status on_option(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  return sw_import_soften(l->im, sw_drg_builder_option(l->b, v[0], v[1], &e), file, line, &e, err);
}

static void check_code(load *l, bool dx, const char *file, int64_t line, sw_str code) {
  const sw_map *list = dx ? &l->dx_list : &l->pr_list;
  if (list->len == 0 || sw_map_has(list, code)) return;
  sw_import_find(l->im, SW_FINDING_WARNING, file, line, "unknown-code", "编码 %.*s 不在本版%s编码表中",
                 "code %.*s is not in the edition's list (%s)", SW_STR_ARG(code), dx ? "ICD-10" : "ICD-9-CM-3");
}

static sw_status on_dx_name(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  if (!sw_map_put(&l->dx_list, v[0], 1)) return out_of_memory(err);
  return sw_import_soften(l->im, sw_drg_builder_dx_name(l->b, v[0], v[1], &e), file, line, &e, err);
}

static sw_status on_pr_name(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  if (!sw_map_put(&l->pr_list, v[0], 1)) return out_of_memory(err);
  return sw_import_soften(l->im, sw_drg_builder_pr_name(l->b, v[0], v[1], &e), file, line, &e, err);
}

static sw_status on_mdc(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_status s = sw_drg_builder_mdc(l->b, v[0], number_or(v[1], line), v[2], &e);
  if (s) return sw_import_soften(l->im, s, file, line, &e, err);
  mdc_note n = {sw_arena_dup(&l->mem, v[0]), sw_arena_dup(&l->mem, v[2]), line, 0, 0};
  return sw_map_put(&l->mdc_at, v[0], l->mdcs.len) && SW_VEC_PUSH(&l->mdcs, n) ? SW_OK : out_of_memory(err);
}

static sw_status on_mdc_dx(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_status s = sw_drg_builder_mdc_dx(l->b, v[0], v[1], v[2], &e);
  if (s) return sw_import_soften(l->im, s, file, line, &e, err);
  check_code(l, true, file, line, v[1]);
  uint64_t m = 0;
  bool added = false;
  uint64_t *at = sw_map_at(&l->dx_at, v[1], l->dxs.len, &added);
  dx_note fresh = {0, line};
  if (!at || (added && !SW_VEC_PUSH(&l->dxs, fresh))) return out_of_memory(err);
  if (!sw_map_get(&l->mdc_at, v[0], &m)) return SW_OK;
  l->mdcs.items[m].dx++;
  uint64_t bit = UINT64_C(1) << m;
  if (l->dxs.items[*at].mdcs & bit)
    sw_import_find(l->im, SW_FINDING_NOTE, file, line, "repeated", "%.*s 在 %.*s 中重复", "%.*s is repeated in %.*s",
                   SW_STR_ARG(v[1]), SW_STR_ARG(v[0]));
  l->dxs.items[*at].mdcs |= bit;
  l->dxs.items[*at].line = line;
  return SW_OK;
}

/* "FM11 FM13 FM15": the order in which an ADRG's DRGs are tested. */
static bool note_order(load *l, sw_str order) {
  int64_t at = 1;
  for (size_t i = 0; i < order.len;) {
    size_t k = i;
    while (k < order.len && order.ptr[k] != ' ') ++k;
    if (k > i && !sw_map_put(&l->drg_order, sw_str_sub(order, i, k - i), (uint64_t)at++)) return false;
    i = k + 1;
  }
  return true;
}

static sw_status on_adrg(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_status s = sw_drg_builder_adrg(l->b, v[0], v[1], number_or(v[2], line), v[3], &e);
  if (s) return sw_import_soften(l->im, s, file, line, &e, err);
  adrg_note n = {.code = sw_arena_dup(&l->mem, v[1]), .rule = sw_arena_dup(&l->mem, v[3]), .line = line,
                 .said_dx = number_or(v[4], -1), .said_pr = number_or(v[5], -1)};
  uint64_t m = 0;
  if (sw_map_get(&l->mdc_at, v[0], &m)) l->mdcs.items[m].adrgs++;
  bool ok = sw_map_put(&l->adrg_at, v[1], l->adrgs.len) && SW_VEC_PUSH(&l->adrgs, n) && note_order(l, v[6]);
  return ok ? SW_OK : out_of_memory(err);
}

static adrg_note *adrg_of(load *l, sw_str code) {
  uint64_t i = 0;
  return sw_map_get(&l->adrg_at, code, &i) ? &l->adrgs.items[i] : NULL;
}

static sw_status on_adrg_dx(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_status s = sw_drg_builder_adrg_dx(l->b, v[0], v[2], &e);
  if (s) return sw_import_soften(l->im, s, file, line, &e, err);
  check_code(l, true, file, line, v[2]);
  adrg_note *a = adrg_of(l, v[0]);
  if (a) a->dx++;
  return SW_OK;
}

static sw_status on_adrg_pr(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_status s = sw_drg_builder_adrg_pr(l->b, v[0], number_or(v[1], 0), v[2], &e);
  if (s) return sw_import_soften(l->im, s, file, line, &e, err);
  check_code(l, false, file, line, v[2]);
  adrg_note *a = adrg_of(l, v[0]);
  if (a) a->pr++;
  return SW_OK;
}

static int64_t scaled(load *l, const char *file, int64_t line, sw_str s, int scale, const char *column) {
  int64_t v = 0;
  if (s.len == 0) return 0;
  if (sw_str_to_decimal(s, scale, &v) && v >= 0 && v < INT64_C(1) << 50) return v;
  sw_import_find(l->im, SW_FINDING_WARNING, file, line, "bad-number", "%s 列的“%.*s”不是数，按未知处理",
                 "column %s: “%.*s” is not a number; taken as unknown", column, SW_STR_ARG(sw_str_sub(s, 0, 40)));
  return 0;
}

static int32_t narrow(int64_t v) { return v > INT32_MAX ? INT32_MAX : (int32_t)v; }

static sw_status on_drg(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  uint64_t order = 0;
  bool ordered = sw_map_get(&l->drg_order, v[0], &order);
  sw_drg_group_in g = {.code = v[0], .name = v[1], .adrg = v[2], .rule = v[4],
                       .order = ordered ? (int64_t)order : 1000 + line,
                       .weight_e4 = narrow(scaled(l, file, line, v[5], 4, "weight")),
                       .mean_cost_fen = scaled(l, file, line, v[6], 2, "mean_cost"),
                       .mean_los_e2 = narrow(scaled(l, file, line, v[7], 2, "mean_los")),
                       .risk = narrow(number_or(v[8], 0))};
  sw_status s = sw_drg_builder_drg(l->b, &g, &e);
  if (s) return sw_import_soften(l->im, s, file, line, &e, err);
  if (!ordered && l->drg_order.len)
    sw_import_find(l->im, SW_FINDING_WARNING, file, line, "no-order", "%.*s 不在 adrg.csv 的检验顺序中，排在最后",
                   "%.*s is not in adrg.csv's test order; it is tested last", SW_STR_ARG(v[0]));
  if (v[1].len == 0)
    sw_import_find(l->im, SW_FINDING_NOTE, file, line, "no-name", "%.*s 没有名称", "%.*s has no name", SW_STR_ARG(v[0]));
  adrg_note *a = adrg_of(l, v[2]);
  if (a) a->drgs++;
  return SW_OK;
}

static sw_status on_complication(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_status s = sw_drg_builder_complication(l->b, (sw_drg_severity)l->severity, v[0], v[1], &e);
  if (s) return sw_import_soften(l->im, s, file, line, &e, err);
  check_code(l, true, file, line, v[0]);
  bool added = false;
  if (v[1].len && !sw_map_at(&l->table_cc, v[1], (uint64_t)line, &added)) return out_of_memory(err);
  return SW_OK;
}

static sw_status on_exclusion(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_status s = sw_drg_builder_exclusion(l->b, v[0], v[1], &e);
  if (s) return sw_import_soften(l->im, s, file, line, &e, err);
  check_code(l, true, file, line, v[0]);
  bool added = false;
  if (v[1].len && !sw_map_at(&l->table_principal, v[1], (uint64_t)line, &added)) return out_of_memory(err);
  return SW_OK;
}

static sw_status on_valid(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  check_code(l, false, file, line, v[0]);
  return sw_import_soften(l->im, sw_drg_builder_valid_pr(l->b, v[0], &e), file, line, &e, err);
}

/* --- checks over whole tables ---------------------------------------------------------------- */

static bool has_word(sw_str rule, const char *word) { return sw_str_find(rule, sw_str_of(word)) >= 0; }

/* MDCs that are meant to overlap: the pre-MDCs, and the two of the sexes. */
static bool overlaps_by_design(const mdc_note *m) {
  char c = m->code.len ? m->code.ptr[m->code.len - 1] : 0;
  return c == 'A' || c == 'P' || c == 'Y' || c == 'Z' || has_word(m->rule, "性");
}

static void check_two_mdcs(load *l) {
  uint64_t ordinary = 0;
  for (size_t i = 0; i < l->mdcs.len; ++i)
    if (!overlaps_by_design(&l->mdcs.items[i])) ordinary |= UINT64_C(1) << i;
  for (size_t i = 0; i < l->dx_at.len; ++i) {
    const dx_note *d = &l->dxs.items[l->dx_at.entries[i].value];
    uint64_t both = d->mdcs & ordinary;
    if ((both & (both - 1)) == 0) {
      /* In one ordinary MDC and in one of the sexes': told as a note, since test order decides by sex. */
      uint64_t by_sex = 0;
      for (size_t k = 0; k < l->mdcs.len; ++k)
        if (has_word(l->mdcs.items[k].rule, "性")) by_sex |= UINT64_C(1) << k;
      if (!both || !(d->mdcs & by_sex)) continue;
      sw_import_find(l->im, SW_FINDING_NOTE, "mdc_dx.csv", d->line, "mdc-by-sex", "%.*s 既在 %.*s 又在 %.*s，由性别决定",
                     "%.*s is in %.*s and in %.*s: sex decides", SW_STR_ARG(l->dx_at.entries[i].key),
                     SW_STR_ARG(l->mdcs.items[__builtin_ctzll(d->mdcs & by_sex)].code),
                     SW_STR_ARG(l->mdcs.items[__builtin_ctzll(both)].code));
      continue;
    }
    size_t a = (size_t)__builtin_ctzll(both), b = (size_t)__builtin_ctzll(both & (both - 1));
    sw_import_find(l->im, SW_FINDING_WARNING, "mdc_dx.csv", d->line, "two-mdc", "%.*s 同时在 %.*s 和 %.*s，先检验者得",
                   "%.*s is in %.*s and in %.*s: the one tested first takes it", SW_STR_ARG(l->dx_at.entries[i].key),
                   SW_STR_ARG(l->mdcs.items[a].code), SW_STR_ARG(l->mdcs.items[b].code));
  }
}

static void check_groups(load *l) {
  for (size_t i = 0; i < l->mdcs.len; ++i) {
    const mdc_note *m = &l->mdcs.items[i];
    if (has_word(m->rule, "诊断匹配") && m->dx == 0)
      sw_import_find(l->im, SW_FINDING_WARNING, "mdc.csv", m->line, "empty-group", "%.*s 没有诊断，永远进不去",
                     "%.*s has no diagnosis: no case can enter", SW_STR_ARG(m->code));
    if (m->adrgs == 0)
      sw_import_find(l->im, SW_FINDING_WARNING, "mdc.csv", m->line, "empty-group", "%.*s 没有 ADRG", "%.*s has no ADRG",
                     SW_STR_ARG(m->code));
  }
  for (size_t i = 0; i < l->adrgs.len; ++i) {
    const adrg_note *a = &l->adrgs.items[i];
    bool needs_pr = has_word(a->rule, "手术匹配") || has_word(a->rule, "特殊规则");
    if (has_word(a->rule, "诊断匹配") && a->dx == 0)
      sw_import_find(l->im, SW_FINDING_WARNING, "adrg.csv", a->line, "empty-group", "%.*s 没有诊断，永远进不去",
                     "%.*s has no diagnosis: no case can enter", SW_STR_ARG(a->code));
    if (needs_pr && a->pr == 0)
      sw_import_find(l->im, SW_FINDING_WARNING, "adrg.csv", a->line, "empty-group", "%.*s 没有手术，永远进不去",
                     "%.*s has no procedure: no case can enter", SW_STR_ARG(a->code));
    if (a->drgs == 0)
      sw_import_find(l->im, SW_FINDING_WARNING, "adrg.csv", a->line, "empty-group", "%.*s 没有 DRG", "%.*s has no DRG",
                     SW_STR_ARG(a->code));
    if (a->said_dx >= 0 && a->said_dx != a->dx)
      sw_import_find(l->im, SW_FINDING_WARNING, "adrg.csv", a->line, "count-differs", "%.*s 写明诊断 %lld 个，实有 %lld 个",
                     "%.*s states %lld diagnoses, has %lld", SW_STR_ARG(a->code), (long long)a->said_dx, (long long)a->dx);
    if (a->pr > 0 && a->said_pr == 0)
      sw_import_find(l->im, SW_FINDING_WARNING, "adrg.csv", a->line, "count-differs", "%.*s 写明无手术，实有 %lld 个",
                     "%.*s states no procedure, has %lld", SW_STR_ARG(a->code), (long long)a->pr);
    if (!needs_pr && a->pr > 0)
      sw_import_find(l->im, SW_FINDING_NOTE, "adrg.csv", a->line, "list-unused", "%.*s 有手术列表，但规则不用它",
                     "%.*s has a procedure list that its rule does not use", SW_STR_ARG(a->code));
  }
}

static void check_tables(load *l) {
  for (size_t i = 0; i < l->table_cc.len; ++i) {
    sw_str t = l->table_cc.entries[i].key;
    if (sw_map_has(&l->table_principal, t)) continue;
    sw_import_find(l->im, SW_FINDING_WARNING, "mcc.csv/cc.csv", (int64_t)l->table_cc.entries[i].value, "empty-exclusion",
                   "排除表 %.*s 没有主诊断（cce.csv），什么也不排除", "exclusion table %.*s has no principal diagnosis (cce.csv): it excludes nothing",
                   SW_STR_ARG(t));
  }
  for (size_t i = 0; i < l->table_principal.len; ++i) {
    sw_str t = l->table_principal.entries[i].key;
    if (sw_map_has(&l->table_cc, t)) continue;
    sw_import_find(l->im, SW_FINDING_NOTE, "cce.csv", (int64_t)l->table_principal.entries[i].value, "exclusion-unused",
                   "排除表 %.*s 没有 MCC 或 CC 使用", "exclusion table %.*s is used by no MCC or CC", SW_STR_ARG(t));
  }
}

/* The edition's code lists carry the edition in their names: icd10_yb20.csv. */
static sw_status read_list(load *l, const char *pattern, sw_import_row on_row, sw_error *err) {
  char **paths = NULL;
  size_t n = 0;
  sw_status s = sw_fs_list(l->im->dir, pattern, &l->mem, &paths, &n, err);
  size_t base = strlen(l->im->dir);
  for (size_t i = 0; !s && i < n; ++i) {
    const char *rel = strncmp(paths[i], l->im->dir, base) == 0 && paths[i][base] == '/' ? paths[i] + base + 1 : paths[i];
    if (strchr(rel, '/') && rel != paths[i]) continue;
    sw_import_table t = {.file = rel, .columns = {"code", "?name"}, .on_row = on_row};
    s = sw_import_read(l->im, &t, l, err);
  }
  return s;
}

#define DX_CODE "icd10_yb20|icd10|icd10_code|dx|code"
#define PR_CODE "icd9cm3_yb20|icd9cm3|icd9|proc|code"

static sw_status read_tables(load *l, sw_error *err) {
  static const sw_import_table tables[] = {
      {"options.csv", {"key", "value"}, true, on_option},
      {"mdc.csv", {"mdc", "?test_order|order", "entry_rule|rule"}, false, on_mdc},
      {"mdc_dx.csv", {"mdc", DX_CODE, "?body_part_if_MDCZ|body_part"}, false, on_mdc_dx},
      {"adrg.csv",
       {"mdc", "adrg", "?order_in_mdc|order", "rule", "?n_dx", "?n_proc_list", "?drg_tested_in_order"},
       false,
       on_adrg},
      {"adrg_dx.csv", {"adrg", "?list", DX_CODE}, false, on_adrg_dx},
      {"adrg_proc.csv", {"adrg", "?list", PR_CODE}, false, on_adrg_pr},
      {"drg.csv", {"drg", "?name", "adrg", "?mdc", "?rule", "?weight", "?mean_cost", "?mean_los", "?risk"}, false, on_drg},
      {"mcc.csv", {DX_CODE, "?exclusion_table"}, true, on_complication},
      {"cc.csv", {DX_CODE, "?exclusion_table"}, true, on_complication},
      {"cce.csv", {DX_CODE, "exclusion_table"}, true, on_exclusion},
      {"valid_procedure.csv", {PR_CODE, "?name"}, true, on_valid},
  };
  sw_status s = read_list(l, "icd10*.csv", on_dx_name, err);
  if (!s) s = read_list(l, "icd9*.csv", on_pr_name, err);
  for (size_t i = 0; !s && i < sizeof tables / sizeof *tables; ++i) {
    l->severity = strcmp(tables[i].file, "mcc.csv") == 0 ? SW_DRG_MCC : SW_DRG_CC;
    s = sw_import_read(l->im, &tables[i], l, err);
  }
  return s;
}

static void load_fini(load *l) {
  sw_drg_builder_free(l->b);
  sw_arena_fini(&l->mem);
  SW_VEC_FREE(&l->adrgs);
  SW_VEC_FREE(&l->mdcs);
  SW_VEC_FREE(&l->dxs);
  sw_map *maps[] = {&l->adrg_at, &l->mdc_at, &l->dx_at, &l->dx_list, &l->pr_list, &l->drg_order, &l->table_principal, &l->table_cc};
  for (size_t i = 0; i < sizeof maps / sizeof *maps; ++i) sw_map_fini(maps[i]);
}

sw_status sw_import_drg(sw_import *im, sw_error *err) {
  load l = {.im = im, .b = sw_drg_builder_new()};
  im->out->kind = SW_CATALOGUE_DRG;
  sw_status s = l.b ? read_tables(&l, err) : out_of_memory(err);
  if (!s && l.adrgs.len == 0)
    s = SW_FAIL(err, SW_E_DATA, "SW-CAT-0004", "目录里一个 ADRG 也没有", "the catalogue has no ADRG at all");
  if (!s) s = sw_drg_builder_compile(l.b, &im->out->drg, err);
  if (!s) {
    check_two_mdcs(&l);
    check_groups(&l);
    check_tables(&l);
  }
  load_fini(&l);
  return s;
}
