#include "coding/catalogue_inside.h"

#include "base/fs.h"

typedef struct load {
  sw_import *im;
  sw_dip_builder *b;
  int severity;
  size_t groups;
} load;

static sw_status on_option(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  return sw_import_soften(l->im, sw_dip_builder_option(l->b, v[0], v[1], &e), file, line, &e, err);
}

static sw_status on_class(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_dip_class c;
  if (!sw_dip_class_parse(v[1], &c)) {
    sw_import_find(l->im, SW_FINDING_ERROR, file, line, "bad-class", "不认识的操作类别“%.*s”", "unknown class of operation “%.*s”",
                   SW_STR_ARG(sw_str_sub(v[1], 0, 40)));
    return SW_OK;
  }
  return sw_import_soften(l->im, sw_dip_builder_class(l->b, v[0], c, &e), file, line, &e, err);
}

/* The highest class among a set's codes, where the table does not say. */
static sw_dip_class class_of_set(sw_str set) {
  sw_dip_class top = SW_DIP_CONSERVATIVE;
  for (size_t i = 0; i < set.len;) {
    size_t k = i;
    while (k < set.len && set.ptr[k] != '+' && set.ptr[k] != '/') ++k;
    sw_dip_class c = sw_dip_default_class(sw_str_sub(set, i, k - i));
    if (c > top) top = c;
    i = k + 1;
  }
  return top;
}

enum { KIND, DX, PROCEDURES, CLASS, SCORE, CODE, NAME, GRASS, COST, LOS };

static int64_t scaled(load *l, const char *file, int64_t line, sw_str s, int scale, const char *column) {
  int64_t v = 0;
  if (s.len == 0 || (sw_str_to_decimal(s, scale, &v) && v >= 0)) return v;
  sw_import_find(l->im, SW_FINDING_WARNING, file, line, "bad-number", "%s 列的“%.*s”不是数，按 0 处理", "column %s: “%.*s” is not a number; taken as 0",
                 column, SW_STR_ARG(sw_str_sub(s, 0, 40)));
  return 0;
}

static sw_status on_group(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_dip_group_in g = {.code = v[CODE], .name = v[NAME], .dx = v[DX], .procedures = v[PROCEDURES]};
  g.comprehensive = sw_str_eqz(v[KIND], "comprehensive") || sw_str_eqz(v[KIND], "综合") || sw_str_eqz(v[KIND], "综合病种");
  g.grass_roots = sw_str_eqz(v[GRASS], "1") || sw_str_eqz(v[GRASS], "是");
  g.op_class = class_of_set(g.procedures);
  if (v[CLASS].len && !sw_dip_class_parse(v[CLASS], &g.op_class)) {
    sw_import_find(l->im, SW_FINDING_ERROR, file, line, "bad-class", "不认识的操作类别“%.*s”", "unknown class of operation “%.*s”",
                   SW_STR_ARG(sw_str_sub(v[CLASS], 0, 40)));
    return SW_OK;
  }
  g.score_e4 = scaled(l, file, line, v[SCORE], 4, "score");
  g.mean_cost_fen = scaled(l, file, line, v[COST], 2, "mean_cost");
  int64_t los = scaled(l, file, line, v[LOS], 2, "mean_los");
  g.mean_los_e2 = los > 1000000 ? 1000000 : (int32_t)los;
  sw_status s = sw_dip_builder_group(l->b, &g, &e);
  if (s) return sw_import_soften(l->im, s, file, line, &e, err);
  ++l->groups;
  if (g.score_e4 == 0)
    sw_import_find(l->im, SW_FINDING_WARNING, file, line, "no-score", "病种 %.*s 没有分值，病例将按成本结算", "group %.*s has no score: its cases settle at cost",
                   SW_STR_ARG(v[DX]));
  return SW_OK;
}

static sw_status on_factor(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  sw_dip_level level;
  int64_t f = 0;
  if (!sw_dip_level_parse(v[1], &level) || !sw_str_to_decimal(v[2], 4, &f) || f <= 0 || f > 1000000) {
    sw_import_find(l->im, SW_FINDING_ERROR, file, line, "bad-factor", "辅助系数“%.*s = %.*s”不可用", "auxiliary factor “%.*s = %.*s” cannot be used",
                   SW_STR_ARG(sw_str_sub(v[1], 0, 40)), SW_STR_ARG(sw_str_sub(v[2], 0, 40)));
    return SW_OK;
  }
  return sw_import_soften(l->im, sw_dip_builder_factor(l->b, v[0], level, (int32_t)f, &e), file, line, &e, err);
}

static sw_status on_complication(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  return sw_import_soften(l->im, sw_dip_builder_complication(l->b, (sw_drg_severity)l->severity, v[0], v[1], &e), file, line, &e, err);
}

static sw_status on_exclusion(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err) {
  load *l = ctx;
  sw_error e = SW_ERROR_INIT;
  return sw_import_soften(l->im, sw_dip_builder_exclusion(l->b, v[0], v[1], &e), file, line, &e, err);
}

#define DX_CODE "icd10_yb20|icd10|icd10_code|dx|code"

sw_status sw_import_dip(sw_import *im, const char *file, sw_error *err) {
  const sw_import_table tables[] = {
      {"options.csv", {"key", "value"}, true, on_option},
      {"dip_class.csv", {"code", "class"}, true, on_class},
      {file,
       {"kind", "dx", "?procedures", "?class", "score", "?code", "?name", "?grass_roots", "?mean_cost", "?mean_los"},
       false,
       on_group},
      {"dip_auxiliary.csv", {"?group", "level", "factor"}, true, on_factor},
      {"mcc.csv", {DX_CODE, "?exclusion_table"}, true, on_complication},
      {"cc.csv", {DX_CODE, "?exclusion_table"}, true, on_complication},
      {"cce.csv", {DX_CODE, "exclusion_table"}, true, on_exclusion},
  };
  load l = {.im = im, .b = sw_dip_builder_new()};
  im->out->kind = SW_CATALOGUE_DIP;
  sw_status s = SW_OK;
  if (!l.b) s = SW_FAIL(err, SW_E_NOMEM, "SW-CAT-0003", "内存不足", "out of memory");
  for (size_t i = 0; !s && i < sizeof tables / sizeof *tables; ++i) {
    l.severity = strcmp(tables[i].file, "mcc.csv") == 0 ? SW_DRG_MCC : SW_DRG_CC;
    s = sw_import_read(im, &tables[i], &l, err);
  }
  if (!s && l.groups == 0) s = SW_FAIL(err, SW_E_DATA, "SW-CAT-0005", "目录里一个病种也没有", "the catalogue has no group at all");
  if (!s) s = sw_dip_builder_compile(l.b, &im->out->dip, err);
  sw_dip_builder_free(l.b);
  return s;
}
