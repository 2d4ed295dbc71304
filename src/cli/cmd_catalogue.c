/* suwen catalogue import DIR: reads a grouping catalogue and says what is in it and what is wrong with it.
 * suwen catalogue derive dip: builds a DIP catalogue from a region's own cases. */
#include "cli/cmd_coding.h"
#include "cli/listing.h"
#include "coding/catalogue.h"
#include "coding/derive_file.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "in", .letter = 'i', .arg = "FILE", .help = {"derive：病例 CSV（含 year 或 discharge_date，cost）", "derive: cases as CSV (with year or discharge_date, and cost)"}},
    {.name = "out", .letter = 'o', .arg = "DIR", .help = {"derive：写到哪个目录", "derive: directory to write to"}},
    {.name = "threshold", .arg = "N", .help = {"derive：核心病种每年最少病例数（15）", "derive: least cases a year of a core group (15)"}},
    {.name = "classes", .arg = "FILE", .help = {"derive：操作类别表 code,class", "derive: table code,class of operations"}},
    {.name = "complications", .arg = "DIR", .help = {"derive：取 MCC/CC 的 DRG 目录", "derive: DRG catalogue that tells MCC and CC"}},
    {.name = "all", .help = {"import：逐条列出，也列提示", "import: lists every finding, notes too"}},
    {.name = "from", .arg = "CATALOGUE", .help = {"rehearse：现用目录", "rehearse: the catalogue in use"}},
    {.name = "to", .arg = "CATALOGUE", .help = {"rehearse：要换成的目录", "rehearse: the catalogue to change to"}},
    {.name = "by", .arg = "WHAT", .help = {"rehearse：dept 科室、group 病组、matrix 升降矩阵、lost 新增未入组、case 病例", "rehearse: dept, group, matrix, lost or case"}},
    {.name = "year", .arg = "YYYY", .help = {"rehearse：工作区里哪一年出院的病例（默认最近十二个月）", "rehearse: year of discharge in the workspace (default: the last twelve months)"}},
    {.name = "fund", .arg = "YUAN", .help = {"rehearse：按权重分配的基金（默认病例费用合计）", "rehearse: what is split by the points (default: the cases' cost)"}},
    {0}};

static const char *const DETAILS_ZH =
    "suwen catalogue import 目录                            读入公布的表，检查未知编码、跨 MDC 编码、空组等\n"
    "suwen catalogue derive dip --in 病例.csv --out 目录    由本地区病例推导 DIP 目录，写明每一步与质量\n"
    "suwen catalogue rehearse --from 旧 --to 新 -C 工作区   两版目录都分一遍，看哪些科室、病组、病例变化，影响多少元";
static const char *const DETAILS_EN =
    "suwen catalogue import DIR                            reads the published tables and checks them (unknown codes, codes of two MDC, empty groups)\n"
    "suwen catalogue derive dip --in CASES.csv --out DIR   derives a DIP catalogue from a region's cases; states every step and its quality\n"
    "suwen catalogue rehearse --from OLD --to NEW -C WS    groups last year's cases under both: which departments, groups and cases change, in yuan";

static const sw_listing_column FINDING_COLUMNS[] = {
    {"grade", {"级别", "grade"}, SW_CELL_STATE},
    {"file", {"文件", "file"}, SW_CELL_TEXT},
    {"line", {"行", "line"}, SW_CELL_INT},
    {"kind", {"种类", "kind"}, SW_CELL_TEXT},
    {"text", {"说明", "text"}, SW_CELL_TEXT},
};

static const char *grade_word(const sw_cli *cli, sw_finding_grade g) {
  switch (g) {
    case SW_FINDING_ERROR: return sw_cli_t(cli, "错误", "error");
    case SW_FINDING_WARNING: return sw_cli_t(cli, "警告", "warning");
    case SW_FINDING_NOTE: return sw_cli_t(cli, "提示", "note");
  }
  return "";
}

/* What a kind of finding means for grouping. */
static const struct {
  const char *kind, *means[2];
} MEANINGS[] = {
    {"unknown-code", {"编码不在本版编码表中：病例不会带着它来，或编码表与目录不是同一版", "not in the edition's list of codes: no case will carry it, or list and catalogue are of different editions"}},
    {"two-mdc", {"同一主诊断属于两个 MDC：先测试的 MDC 得到病例", "one principal diagnosis leads to two MDC: the one tested first gets the cases"}},
    {"mdc-by-sex", {"同一主诊断按性别属于两个 MDC", "one principal diagnosis leads to two MDC, by sex"}},
    {"empty-group", {"没有编码或没有下级，永远不会有病例", "has no codes or nothing below it: no case can ever reach it"}},
    {"repeated", {"重复的行，只取一次", "said twice, taken once"}},
    {"count-differs", {"编码数与表中所写不同：文件可能不全", "has another number of codes than the table says: the file may be incomplete"}},
    {"list-unused", {"规则不用的编码表", "a list that the rule does not look at"}},
    {"empty-exclusion", {"排除表没有主诊断，不排除任何病例", "its exclusion table names no principal diagnosis: nothing is excluded"}},
    {"exclusion-unused", {"没有 MCC/CC 使用的排除表", "an exclusion table that no MCC or CC uses"}},
    {"bad-number", {"不是数，按未知处理", "not a number: taken as unknown"}},
    {"no-order", {"没有写明测试次序，按文件次序", "no order of testing is told: the file's order is taken"}},
    {"no-name", {"没有名称", "has no name"}},
};

static const char *meaning(const sw_cli *cli, const char *kind) {
  for (size_t i = 0; i < sizeof MEANINGS / sizeof *MEANINGS; ++i)
    if (strcmp(MEANINGS[i].kind, kind) == 0) return MEANINGS[i].means[cli->lang];
  return NULL;
}

static const sw_listing_column SUMMARY_COLUMNS[] = {
    {"grade", {"级别", "grade"}, SW_CELL_STATE},    {"kind", {"种类", "kind"}, SW_CELL_TEXT},      {"count", {"处", "count"}, SW_CELL_INT},
    {"first", {"第一处", "first at"}, SW_CELL_TEXT}, {"means", {"意味着", "what it means"}, SW_CELL_TEXT},
};

/* One line for each grade and kind, in the order of their first finding. */
static sw_status summarise(const sw_cli *cli, const sw_catalogue *c, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, cli, SUMMARY_COLUMNS, sizeof SUMMARY_COLUMNS / sizeof *SUMMARY_COLUMNS);
  for (int grade = SW_FINDING_ERROR; grade <= SW_FINDING_NOTE; ++grade)
    for (size_t i = 0; i < c->nfindings; ++i) {
      const sw_finding *f = &c->findings[i];
      int64_t n = 0;
      bool first = (int)f->grade == grade;
      for (size_t k = 0; k < c->nfindings && first; ++k) {
        bool same = c->findings[k].grade == f->grade && strcmp(c->findings[k].kind, f->kind) == 0;
        n += same;
        if (same && k < i) first = false;
      }
      if (!first) continue;
      char place[160];
      (void)snprintf(place, sizeof place, "%s:%lld", f->file, (long long)f->line);
      sw_listing_strz(&l, grade_word(cli, f->grade));
      sw_listing_strz(&l, f->kind);
      sw_listing_i64(&l, n);
      sw_listing_strz(&l, place);
      sw_listing_strz(&l, meaning(cli, f->kind) ? meaning(cli, f->kind) : f->text[cli->lang]);
      sw_listing_row(&l);
    }
  return sw_listing_end(&l, err);
}

static sw_status list_findings(const sw_cli *cli, const sw_catalogue *c, sw_error *err) {
  /* People see errors and warnings; programs, and who asks for all, see everything. */
  bool every = cli->format != SW_OUT_TABLE || sw_cli_flag(cli, "all");
  sw_listing l;
  sw_listing_begin(&l, cli, FINDING_COLUMNS, sizeof FINDING_COLUMNS / sizeof *FINDING_COLUMNS);
  for (size_t i = 0; i < c->nfindings; ++i) {
    const sw_finding *f = &c->findings[i];
    if (!every && f->grade == SW_FINDING_NOTE) continue;
    sw_listing_strz(&l, grade_word(cli, f->grade));
    sw_listing_strz(&l, f->file);
    if (f->line > 0) sw_listing_i64(&l, f->line);
    else sw_listing_null(&l);
    sw_listing_strz(&l, f->kind);
    sw_listing_strz(&l, f->text[cli->lang]);
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static void say_drg(const sw_cli *cli, const sw_drg_catalogue *drg) {
  sw_drg_counts n = sw_drg_catalogue_counts(drg);
  sw_cli_say(cli, "DRG 目录：MDC %zu，ADRG %zu，DRG %zu；诊断编码 %zu，手术编码 %zu；MCC %zu，CC %zu，排除表 %zu",
             "DRG catalogue: %zu MDC, %zu ADRG, %zu DRG; %zu diagnosis codes, %zu procedure codes; %zu MCC, %zu CC, %zu exclusion tables",
             n.mdc, n.adrg, n.drg, n.dx, n.pr, n.mcc, n.cc, n.exclusion_tables);
}

static sw_status import(sw_cli *cli, sw_error *err) {
  const char *path = sw_cli_arg(cli, 1);
  if (!path)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0303", "缺少目录：suwen catalogue import DIR|FILE",
                   "what to import is missing: suwen catalogue import DIR|FILE");
  sw_catalogue *c = NULL;
  sw_status s = sw_catalogue_import(path, cli->cancel, &c, err);
  if (s) return s;
  if (cli->format == SW_OUT_TABLE) {
    if (c->kind == SW_CATALOGUE_DRG) say_drg(cli, c->drg);
    else sw_cli_say(cli, "DIP 目录：病种 %zu", "DIP catalogue: %zu groups", sw_dip_group_count(c->dip));
    sw_cli_say(cli, "错误 %zu，警告 %zu，提示 %zu", "errors %zu, warnings %zu, notes %zu", c->grades[SW_FINDING_ERROR],
               c->grades[SW_FINDING_WARNING], c->grades[SW_FINDING_NOTE]);
  }
  bool details = cli->format != SW_OUT_TABLE || sw_cli_flag(cli, "all") || c->grades[SW_FINDING_ERROR] + c->grades[SW_FINDING_WARNING] > 0;
  if (cli->format == SW_OUT_TABLE && c->nfindings) {
    sw_cli_say(cli, "%s", "%s", "");
    s = summarise(cli, c, err);
    if (!s && details) sw_cli_say(cli, "%s", "%s", "");
  }
  if (!s && details) s = list_findings(cli, c, err);
  sw_catalogue_free(c);
  return s;
}

static sw_status derive(sw_cli *cli, sw_error *err) {
  const char *what = sw_cli_arg(cli, 1), *in = sw_cli_opt(cli, "in"), *out = sw_cli_opt(cli, "out");
  if (!what || strcmp(what, "dip") != 0 || !in || !out)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0305", "用法：suwen catalogue derive dip --in 病例.csv --out 目录",
                   "usage: suwen catalogue derive dip --in CASES.csv --out DIR");
  int64_t threshold = 0;
  sw_status s = sw_cli_opt_i64(cli, "threshold", 15, 1, 1000000, &threshold, err);
  if (s) return s;
  sw_derive_file_options o = {.classes = sw_cli_opt(cli, "classes"), .complications = sw_cli_opt(cli, "complications")};
  o.method.core_cases = (int32_t)threshold;
  sw_dip_derivation r;
  s = sw_derive_dip_file(in, out, &o, cli->lang, cli->cancel, cli->events, &r, err);
  if (s) return s;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_derive_steps(&r, cli->lang, &text);
  sw_dip_derivation_fini(&r);
  return sw_cli_write(text.ptr, text.len, err);
}

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *what = sw_cli_arg(cli, 0);
  if (strcmp(what, "import") == 0) return import(cli, err);
  if (strcmp(what, "derive") == 0) return derive(cli, err);
  if (strcmp(what, "rehearse") == 0) return sw_cli_rehearse(cli, err);
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0304", "不认识 catalogue %s；可用：import DIR|FILE，derive dip，rehearse", "unknown: catalogue %s; known: import DIR|FILE, derive dip, rehearse", what);
}

const sw_command SW_CMD_CATALOGUE = {.name = "catalogue",
                                     .args = "import DIR|FILE | derive dip | rehearse",
                                     .min_args = 1,
                                     .max_args = 2,
                                     .help = {"分组目录：导入检查、由病例推导 DIP、换版预演", "grouping catalogues: import and check, derive DIP from cases, rehearse a change of edition"},
                                     .details = {DETAILS_ZH, DETAILS_EN},
                                     .options = OPTIONS,
                                     .run = run};
