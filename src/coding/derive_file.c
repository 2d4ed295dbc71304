#include "coding/derive_file.h"

#include "base/fs.h"
#include "base/json.h"
#include "coding/case_file.h"
#include "coding/catalogue.h"

static sw_status read_classes(const char *path, sw_dip_deriver *d, sw_error *err) {
  sw_csv_in *in = NULL;
  sw_status s = sw_csv_in_open(path, &in, err);
  if (s) return s;
  int code = sw_csv_in_column(in, "code"), cls = sw_csv_in_column(in, "class");
  if (code < 0 || cls < 0) {
    s = SW_FAIL(err, SW_E_DATA, "SW-DER-0001", "缺少列 code、class", "columns code and class are needed");
    (void)sw_error_at(err, path, 1, 0);
  }
  while (!s) {
    sw_step step = sw_csv_in_next(in, err);
    if (step == SW_DONE) break;
    if (step == SW_STEP_ERROR) {
      s = err ? err->status : SW_E_IO;
      break;
    }
    sw_dip_class c;
    if (!sw_dip_class_parse(sw_str_trim(sw_csv_in_get(in, cls)), &c)) {
      s = SW_FAIL(err, SW_E_DATA, "SW-DER-0002", "不认识的操作类别", "unknown class of operation");
      (void)sw_error_at(err, path, in->line, 0);
      break;
    }
    s = sw_dip_deriver_class(d, sw_str_trim(sw_csv_in_get(in, code)), c, err);
  }
  sw_csv_in_close(in);
  return s;
}

/* The year of "2024", "2024-03-01", "202403"; 0 when there is none. */
static int32_t year_of(sw_str s) {
  if (s.len < 4) return 0;
  int32_t y = 0;
  for (size_t i = 0; i < 4; ++i) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9') return 0;
    y = y * 10 + (s.ptr[i] - '0');
  }
  return y;
}

static void severity(const sw_drg_catalogue *drg, const sw_drg_case *c, bool *cc, bool *mcc) {
  *cc = *mcc = false;
  if (!drg) return;
  sw_drg_severity s = sw_drg_case_severity(drg, c);
  *cc = s == SW_DRG_CC;
  *mcc = s == SW_DRG_MCC;
}

static sw_status read_cases(const char *path, sw_dip_deriver *d, const sw_drg_catalogue *drg, const sw_cancel *cancel,
                            const sw_events *events, sw_error *err) {
  static const char *const years[] = {"year", "discharge_date", "discharge_time", "month", "year_month", NULL};
  sw_case_file f;
  sw_status s = sw_case_file_open(path, &f, err);
  if (s) return s;
  int year = sw_csv_in_column_of(f.csv, years);
  if (year < 0 || f.cost < 0) {
    s = SW_FAIL(err, SW_E_DATA, "SW-DER-0003", "需要年份列（year 或 discharge_date）和费用列（cost）",
                "a year (year or discharge_date) and a cost column are needed");
    (void)sw_error_at(err, path, 1, 0);
  }
  for (int64_t n = 1; !s; ++n) {
    sw_drg_case c = SW_DRG_CASE_INIT;
    sw_str id;
    bool cc, mcc;
    sw_step step = sw_case_file_next(&f, &c, &id, err);
    if (step == SW_DONE) break;
    if (step == SW_STEP_ERROR) {
      s = err ? err->status : SW_E_IO;
      break;
    }
    severity(drg, &c, &cc, &mcc);
    s = sw_dip_deriver_add(d, &c, year_of(sw_str_trim(sw_csv_in_get(f.csv, year))), cc, mcc, err);
    if (!s && (n & 0xFFFF) == 0) {
      s = sw_cancel_check(cancel, err);
      sw_emit_progress(events, "derive", n, 0, "rows");
    }
  }
  sw_case_file_close(&f);
  return s;
}

/* --- what is written ------------------------------------------------------------------------- */

static void put_e4(sw_buf *b, int64_t v) { sw_buf_printf(b, "%lld.%04d", (long long)(v / 10000), (int)(v % 10000)); }

static sw_status write_file(const char *dir, const char *name, sw_buf *text, sw_error *err) {
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  const char *path = sw_fs_join(&mem, dir, name);
  sw_status s = path ? sw_buf_check(text, err) : sw_arena_check(&mem, err);
  if (!s) s = sw_fs_write_durable(path, text->ptr, text->len, err);
  return s;
}

static sw_status write_catalogue(const char *dir, const sw_dip_derivation *r, const sw_str *names, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_puts(&b, "kind,dx,procedures,class,score,mean_cost,mean_los,cases,name\n");
  if (!r->ngroups) sw_buf_puts(&b, "comprehensive,A00-Z99,,保守治疗,0,0,0,0,尚无病例\n");
  for (size_t i = 0; i < r->ngroups; ++i) {
    const sw_dip_derived *g = &r->groups[i];
    sw_buf_puts(&b, g->comprehensive ? "comprehensive," : "core,");
    sw_csv_field(&b, g->dx, ',');
    sw_buf_putc(&b, ',');
    sw_csv_field(&b, g->procedures, ',');
    sw_buf_printf(&b, ",%s,", sw_dip_class_name(g->op_class, SW_LANG_ZH));
    put_e4(&b, g->score_e4);
    sw_buf_printf(&b, ",%.2f,%.2f,%lld,", g->mean_fen / 100, g->mean_los, (long long)g->cases);
    if (names) sw_csv_field(&b, names[i], ',');
    sw_buf_putc(&b, '\n');
  }
  sw_status s = write_file(dir, "dip.csv", &b, err);
  if (s) return s;
  sw_buf_clear(&b);
  sw_buf_puts(&b, "group,level,factor,cases\n");
  for (int l = 0; l < SW_DIP_LEVELS; ++l)
    if (r->levels[l].factor > 0)
      sw_buf_printf(&b, ",%s,%.4f,%lld\n", sw_dip_level_name((sw_dip_level)l), r->levels[l].factor, (long long)r->levels[l].cases);
  return write_file(dir, "dip_auxiliary.csv", &b, err);
}

static sw_status write_statistics(const char *dir, const sw_dip_derivation *r, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_puts(&b, "kind,dx,procedures,class,cases,trimmed");
  for (int y = 0; y < r->nyears; ++y) sw_buf_printf(&b, ",cases_%d", (int)r->years[y]);
  sw_buf_puts(&b, ",mean_cost,sd,cv,rw,score\n");
  for (size_t i = 0; i < r->ngroups; ++i) {
    const sw_dip_derived *g = &r->groups[i];
    sw_buf_puts(&b, g->comprehensive ? "comprehensive," : "core,");
    sw_csv_field(&b, g->dx, ',');
    sw_buf_putc(&b, ',');
    sw_csv_field(&b, g->procedures, ',');
    sw_buf_printf(&b, ",%s,%lld,%lld", sw_dip_class_name(g->op_class, SW_LANG_ZH), (long long)g->cases, (long long)g->trimmed);
    for (int y = 0; y < r->nyears; ++y) sw_buf_printf(&b, ",%lld", (long long)g->by_year[y]);
    sw_buf_printf(&b, ",%.2f,%.2f,%.4f,%.4f,", g->mean_fen / 100, g->sd_fen / 100, g->cv, g->rw);
    put_e4(&b, g->score_e4);
    sw_buf_putc(&b, '\n');
  }
  return write_file(dir, "derivation.csv", &b, err);
}

static void steps_costs(const sw_dip_derivation *r, bool zh, sw_buf *out) {
  sw_buf_printf(out,
                zh ? "5 裁剪：低于组均值 %.2f 倍的 %lld 例、高于 %.2f 倍的 %lld 例不计入成本\n"
                   : "5 Trimming: %.2f × the group's mean: %lld cases below; %.2f ×: %lld above; left out of the costs\n",
                r->options.trim_low, (long long)r->trimmed_low, r->options.trim_high, (long long)r->trimmed_high);
  sw_buf_puts(out, zh ? "6 加权：" : "6 Weights:");
  for (int y = 0; y < r->nyears; ++y) sw_buf_printf(out, zh ? "%s%d 年 %d" : "%s %d × %d", y ? (zh ? "，" : ",") : "", (int)r->years[y], (int)r->weights[y]);
  sw_buf_printf(out, zh ? "；全部病例均次费用 M = %.2f 元\n" : "; mean of all cases M = %.2f yuan\n", r->mean_fen / 100);
  sw_buf_puts(out, zh ? "7 分值：RW = m ÷ M，分值 = RW × 1000\n" : "7 Points: RW = m / M, points = RW × 1000\n");
  sw_buf_puts(out, zh ? "8 辅助系数：该层次病例的实际费用 ÷ 按所在病种均值的期望费用\n" : "8 Auxiliary factors: actual cost of a level's cases / cost expected from their groups' means\n");
  for (int l = 0; l < SW_DIP_LEVELS; ++l) {
    if (r->levels[l].cases == 0) continue;
    sw_buf_printf(out, zh ? "    %-8s %lld 例" : "    %-8s %lld cases", sw_dip_level_name((sw_dip_level)l), (long long)r->levels[l].cases);
    if (r->levels[l].factor > 0) sw_buf_printf(out, " × %.4f\n", r->levels[l].factor);
    else sw_buf_printf(out, zh ? "，不足 %d 例，不设系数\n" : ", under %d: no factor\n", (int)r->options.factor_cases);
  }
}

void sw_derive_steps(const sw_dip_derivation *r, sw_lang lang, sw_buf *out) {
  bool zh = lang == SW_LANG_ZH;
  sw_buf_printf(out,
                zh ? "0 病例：%lld 例，采用 %lld；主诊断不可用 %lld，费用或年份不可用 %lld，更早年份 %lld\n"
                   : "0 Cases: %lld offered, %lld used; unusable principal diagnosis %lld, unusable cost or year %lld, older years %lld\n",
                (long long)r->offered, (long long)r->used, (long long)r->no_principal, (long long)r->no_cost, (long long)r->older);
  sw_buf_printf(out, zh ? "1 聚类：主诊断四位亚目 × 操作组合 × 主要操作，得 %lld 类\n" : "1 Clusters: diagnosis (4 characters) × set of operations × main operation: %lld\n",
                (long long)r->clusters);
  sw_buf_printf(out, zh ? "2 核心病种：年均 ≥ %d 例的组合 %lld 个\n" : "2 Core groups: sets with at least %d cases a year: %lld\n", (int)r->options.core_cases,
                (long long)r->core_exact);
  sw_buf_printf(out, zh ? "3 其余按主诊断 × 主要操作再聚：年均达阈值的 %lld 个也成为核心病种\n" : "3 The rest by diagnosis × main operation: %lld more core groups\n",
                (long long)r->core_main);
  sw_buf_printf(out, zh ? "4 余下病例归入所含操作最多的核心病种，否则按类目 3、2、1 位与操作类别成综合病种：核心 %zu，综合 %zu\n"
                        : "4 Remaining cases: core group with most of their operations, else comprehensive by category (3, 2, 1) and class: %zu core, %zu comprehensive\n",
                r->ncore, r->ngroups - r->ncore);
  steps_costs(r, zh, out);
  sw_buf_printf(out,
                zh ? "9 质量：入核心病种 %.2f%%，方差减少 RIV %.2f%%，平均 CV %.4f，CV < 1 的病例 %.2f%%\n"
                   : "9 Quality: in core groups %.2f%%, reduction in variance %.2f%%, mean CV %.4f, cases in groups with CV < 1 %.2f%%\n",
                100 * r->core_share, 100 * r->riv, r->mean_cv, 100 * r->cv_below_1);
}

sw_status sw_derive_write(const char *dir, const sw_dip_derivation *r, const sw_str *names, sw_lang lang, sw_error *err) {
  sw_status s = sw_fs_mkdirs(dir, err);
  if (!s) s = write_catalogue(dir, r, names, err);
  if (!s) s = write_statistics(dir, r, err);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_derive_steps(r, lang, &b);
  if (!s) s = write_file(dir, "steps.txt", &b, err);
  return s;
}

sw_status sw_derive_dip_file(const char *in, const char *out_dir, const sw_derive_file_options *options, sw_lang lang,
                             const sw_cancel *cancel, const sw_events *events, sw_dip_derivation *out, sw_error *err) {
  *out = (sw_dip_derivation){0};
  sw_catalogue *drg = NULL;
  sw_dip_deriver *d = NULL;
  sw_status s = sw_dip_deriver_new(&options->method, &d, err);
  if (!s && options->classes) s = read_classes(options->classes, d, err);
  if (!s && options->complications) s = sw_catalogue_import(options->complications, cancel, &drg, err);
  if (!s) s = read_cases(in, d, drg ? drg->drg : NULL, cancel, events, err);
  if (!s) s = sw_dip_deriver_finish(d, out, err);
  sw_dip_deriver_free(d);
  sw_catalogue_free(drg);
  if (!s && out->used == 0)
    s = SW_FAIL(err, SW_E_DATA, "SW-DER-0004", "没有一个病例可用（主诊断、费用、年份）", "no case can be used (principal diagnosis, cost, year)");
  if (!s) s = sw_derive_write(out_dir, out, NULL, lang, err);
  if (s) {
    sw_dip_derivation_fini(out);
    return SW_FRAME(err, "由 %s 推导 DIP 目录", "deriving a DIP catalogue from %s", in);
  }
  return SW_OK;
}
