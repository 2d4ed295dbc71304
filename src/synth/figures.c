#include "synth/figures.h"

/* All members are int64_t, so sums of threads add up as arrays do. */
void sy_sums_add(sy_sums *to, const sy_sums *from) {
  _Static_assert(sizeof(sy_sums) % sizeof(int64_t) == 0, "sy_sums holds int64_t alone");
  int64_t *a = (int64_t *)(void *)to;
  const int64_t *b = (const int64_t *)(const void *)from;
  for (size_t i = 0; i < sizeof *to / sizeof *a; i++) a[i] += b[i];
}

static double ratio(int64_t a, int64_t b) { return b ? (double)a / (double)b : 0; }
static double percent(int64_t a, int64_t b) { return 100 * ratio(a, b); }

static void add(sw_synth_result *r, const char *zh, const char *en, const char *unit, double value, double low, double high, double tolerance) {
  if (r->nfigures < SW_SYNTH_MAX_FIGURES)
    r->figures[r->nfigures++] = (sw_synth_figure){{zh, en}, unit, value, low, high, tolerance};
}

static void volumes(const sy_world *w, const sy_sums *s, sw_synth_result *r) {
  static const char *const LOS[][2] = {{"", ""}, {"乡镇平均住院日", "mean stay, township"}, {"二级平均住院日", "mean stay, secondary"}, {"三级平均住院日", "mean stay, tertiary"}};
  static const char *const COST[][2] = {{"", ""}, {"乡镇次均住院费用", "cost a stay, township"}, {"二级次均住院费用", "cost a stay, secondary"}, {"三级次均住院费用", "cost a stay, tertiary"}};
  double years = (double)s->persons * w->opt.years;
  add(r, "人均年就诊", "visits a person and year", "", (double)s->visits / years, 6.8, 6.8, 0.15);
  add(r, "人均年住院", "admissions a person and year", "", (double)s->stays / years, 0.214, 0.214, 0.15);
  add(r, "次均门诊费用", "cost a visit", "yuan", ratio(s->visit_cost, s->visits) / 100, 362, 362, 0.2);
  for (int l = SY_NLEVELS; l >= 1; l--) {
    if (!s->level_stays[l]) continue;
    add(r, LOS[l][0], LOS[l][1], "d", ratio(s->level_days[l], s->level_stays[l]), w->content.levels[l].los, w->content.levels[l].los, 0.15);
    add(r, COST[l][0], COST[l][1], "yuan", ratio(s->level_cost[l], s->level_stays[l]) / 100, w->content.levels[l].cost, w->content.levels[l].cost, 0.2);
  }
  int64_t half = 0;
  int median = 0;
  while (median < 47 && (half += s->dx_histogram[median]) * 2 < s->stays) median++;
  add(r, "诊断数中位数", "diagnoses a case, median", "", median, 4, 4, 0.26);
  add(r, "三级诊断数均值", "diagnoses a case, tertiary", "", ratio(s->level_dx[3], s->level_stays[3]), 6, 6, 0.2);
}

static void shares(const sy_sums *s, sw_synth_result *r) {
  static const struct {
    const char *zh, *en;
    double target;
  } GROUP[] = {{"脑梗死 I63", "I63", 5}, {"冠心病 I20/I25", "I20, I25", 5}, {"肺炎 J12–J18", "J12-J18", 5}, {"化疗 Z51.1", "Z51.1", 5}, {"骨折", "fractures", 5},
               {"分娩", "deliveries", 4}, {"糖尿病 E11", "E11", 3}, {"慢阻肺 J44", "J44", 2.5}, {"白内障", "H25-H26", 2}, {"胆石症 K80", "K80", 2}, {"椎间盘 M51", "M51", 2}};
  static const struct {
    const char *zh, *en;
    double target;
  } BLOCK[] = {{"内科", "internal medicine", 35}, {"外科骨科", "surgery, orthopaedics", 25}, {"妇产科", "obstetrics, gynaecology", 9}, {"儿科", "paediatrics", 8},
               {"中医康复", "Chinese medicine, rehabilitation", 8}, {"肿瘤科", "oncology", 7}};
  for (size_t i = 0; i < sizeof GROUP / sizeof *GROUP; i++)
    add(r, GROUP[i].zh, GROUP[i].en, "%", percent(s->group[i], s->stays), GROUP[i].target, GROUP[i].target, 0.3);
  add(r, "三级化疗占比", "Z51.1, tertiary", "%", percent(s->level_chemo[3], s->level_stays[3]), 9, 9, 0.3);
  add(r, "剖宫产率", "caesareans of deliveries", "%", percent(s->caesareans, s->deliveries), 45, 45, 0.2);
  for (size_t i = 0; i < sizeof BLOCK / sizeof *BLOCK; i++)
    add(r, BLOCK[i].zh, BLOCK[i].en, "%", percent(s->block[i], s->stays), BLOCK[i].target, BLOCK[i].target, 0.3);
  add(r, "手术占比", "operated", "%", percent(s->surgical, s->stays), 25, 35, 0.05);
  add(r, "死亡率", "died", "%", percent(s->deaths, s->stays), 0.4, 0.8, 0.3);
  add(r, "急诊入院", "emergency admissions", "%", percent(s->emergency, s->stays), 30, 30, 0.2);
  add(r, "居民医保", "residents' insurance", "%", percent(s->payer[0], s->stays), 50, 50, 0.2);
  add(r, "职工医保", "employees' insurance", "%", percent(s->payer[1], s->stays), 38, 38, 0.2);
  add(r, "自费", "self-pay", "%", percent(s->payer[2], s->stays), 8, 8, 0.3);
  add(r, "异地", "out of area", "%", percent(s->payer[3], s->stays), 8, 8, 0.3);
  add(r, "药费占比", "drugs of cost", "%", percent(s->drug_cost, s->stay_cost), 25, 25, 0.3);
  add(r, "材料占比", "materials of cost", "%", percent(s->material_cost, s->stay_cost), 22, 22, 0.35);
  add(r, "检查检验占比", "tests of cost", "%", percent(s->test_cost, s->stay_cost), 30, 30, 0.4);
}

static void faults(const sy_sums *s, sw_synth_result *r) {
  add(r, "退费行（门诊）", "refunds of outpatient lines", "%", percent(s->refund_lines, s->visit_lines), 3, 3, 0.2);
  add(r, "无证件号（一岁以上）", "no id, from one year", "%", percent(s->no_id - s->infants_no_id, s->patients - s->infants), 5, 5, 0.3);
  add(r, "无证件号（一岁以下）", "no id, under one year", "%", percent(s->infants_no_id, s->infants), 60, 60, 0.3);
  add(r, "校验位错", "wrong checksum", "%", percent(s->checksum, s->patients), 0.3, 0.3, 0.5);
  add(r, "院内重复", "duplicates within a hospital", "%", percent(s->duplicates, s->patients), 5, 12, 0.1);
  add(r, "共用电话", "shared phones", "%", percent(s->shared_phone, s->patients), 6, 6, 0.3);
  add(r, "占位符", "\"-\" or 无", "%", percent(s->placeholders, s->placeholder_cells), 15, 15, 0.3);
  add(r, "1900-01-01", "1900-01-01", "%", percent(s->birth_1900, s->patients), 0.5, 0.5, 0.4);
  add(r, "姓名乱码", "garbled names", "%", percent(s->garbled, s->patients), 0.05, 0.05, 0.8);
  add(r, "测试患者", "test patients", "%", percent(s->test, s->patients), 0.02, 0.02, 1.0);
  add(r, "借卡", "borrowed cards", "%", percent(s->borrowed, s->patients), 0.1, 0.1, 0.8);
  add(r, "费用合计不符", "fee sums off", "%", percent(s->fee_sum, s->pages), 0.5, 0.5, 0.6);
  add(r, "首页迟交", "pages more than 7 days late", "%", percent(s->late_pages, s->pages), 5, 5, 0.3);
}

void sy_figures(const sy_world *w, const sy_sums *s, sw_synth_result *out) {
  out->persons = s->persons;
  out->newborns = s->newborns;
  out->patients = s->patients;
  out->visits = s->visits;
  out->stays = s->stays;
  out->rows = s->rows;
  out->lost = s->lost;
  volumes(w, s, out);
  shares(s, out);
  if (!w->opt.no_faults) faults(s, out);
}
