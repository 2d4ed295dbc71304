/* suwen synth: raw extracts of an invented region, and the truth about them. */
#include "cli/cmd_synth.h"

#include "base/fs.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "synth/synth.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "out", .letter = 'o', .arg = "DIR", .required = true, .help = {"写到哪个目录（其中不得已有 deliveries 或 truth）", "where to write (must not hold deliveries or truth)"}},
    {.name = "patients", .letter = 'n', .arg = "N", .help = {"人数，默认 10000", "persons, 10000 unless told"}},
    {.name = "institutions", .letter = 'k', .arg = "K", .help = {"机构数，默认 6", "institutions, 6 unless told"}},
    {.name = "years", .letter = 'y', .arg = "Y", .help = {"年数，默认 3，止于 2023-12-31", "years, 3 unless told, ending 2023-12-31"}},
    {.name = "days", .letter = 'd', .arg = "D", .help = {"首次交付之后的逐日增量数，默认 5", "daily increments after the first delivery, 5 unless told"}},
    {.name = "seed", .letter = 's', .arg = "S", .help = {"随机种子；相同则结果逐字节相同", "seed; the same one gives the same bytes"}},
    {.name = "page-faults", .arg = "P", .help = {"每百份首页中有错误的份数，默认 12", "front pages of a hundred that get a fault, 12 unless told"}},
    {.name = "threads", .arg = "T", .help = {"线程数，默认为 CPU 数；不影响结果", "threads, as many as CPUs unless told; the result is the same"}},
    {.name = "content", .arg = "DIR", .help = {"内容目录（病种、药品、姓名等），默认随程序的 packs/synth", "content (diseases, drugs, names …), packs/synth of the program unless told"}},
    {.name = "no-faults", .help = {"不注入错误；合法的少见情形与文件习惯照旧", "inject no faults; legitimate rarities and habits of files remain"}},
    {0}};

static const char *const DETAILS_ZH =
    "写出 DIR/deliveries/<机构>/<日期>/ 下的原始抽取文件，以及 DIR/truth/ 下的真相（人、错误、丢失的行、对照、病例等）。\n"
    "一切皆为虚构。列出的是各项数字与目标的接近程度。文件格式见 docs/synthetic-region.md。";
static const char *const DETAILS_EN =
    "Writes raw extracts under DIR/deliveries/<institution>/<date>/ and the truth (persons, faults, lost rows, mappings,\n"
    "cases …) under DIR/truth/. Everything is invented. Lists how near each figure came to its target. The files are\n"
    "described in docs/synthetic-region.md.";

/* packs/synth among the packs that come with the program. */
static const char *find_content(sw_arena *a) {
  char home[4096];
  sw_cli_packs_home(home, sizeof home);
  return sw_fs_join(a, home[0] ? home : "packs", "synth");
}

static sw_status read_options(const sw_cli *cli, sw_arena *a, sw_synth_options *o, sw_error *err) {
  int64_t institutions, years, days, threads, seed, page_faults;
  sw_status s = sw_cli_opt_i64(cli, "patients", o->persons, 1, 50000000, &o->persons, err);
  if (!s) s = sw_cli_opt_i64(cli, "institutions", o->institutions, 1, 60, &institutions, err);
  if (!s) s = sw_cli_opt_i64(cli, "years", o->years, 1, 10, &years, err);
  if (!s) s = sw_cli_opt_i64(cli, "days", o->days, 0, 60, &days, err);
  if (!s) s = sw_cli_opt_i64(cli, "page-faults", (int64_t)(o->page_faults * 100 + 0.5), 0, 100, &page_faults, err);
  if (!s) s = sw_cli_opt_i64(cli, "threads", 0, 0, 64, &threads, err);
  if (!s) s = sw_cli_opt_i64(cli, "seed", (int64_t)o->seed, 0, INT64_MAX, &seed, err);
  if (s) return s;
  o->institutions = (int)institutions;
  o->years = (int)years;
  o->days = (int)days;
  o->page_faults = (double)page_faults / 100;
  o->threads = (size_t)threads;
  o->seed = (uint64_t)seed;
  o->out = sw_cli_opt(cli, "out");
  o->content = sw_cli_opt(cli, "content") ? sw_cli_opt(cli, "content") : find_content(a);
  o->no_faults = sw_cli_flag(cli, "no-faults");
  return SW_OK;
}

static sw_status list_figures(const sw_cli *cli, const sw_synth_result *r, sw_error *err) {
  static const sw_listing_column COLUMNS[] = {{"figure", {"指标", "figure"}, SW_CELL_TEXT},   {"value", {"实际", "value"}, SW_CELL_NUMBER},
                                              {"low", {"目标下限", "target from"}, SW_CELL_NUMBER}, {"high", {"目标上限", "target to"}, SW_CELL_NUMBER},
                                              {"unit", {"单位", "unit"}, SW_CELL_TEXT},       {"near", {"接近", "near"}, SW_CELL_STATE}};
  sw_listing l;
  sw_listing_begin(&l, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  for (int i = 0; i < r->nfigures; i++) {
    const sw_synth_figure *f = &r->figures[i];
    sw_listing_strz(&l, f->name[cli->lang]);
    sw_listing_f64(&l, (double)(int64_t)(f->value * 1000 + 0.5) / 1000);
    sw_listing_f64(&l, f->low);
    sw_listing_f64(&l, f->high);
    sw_listing_strz(&l, f->unit);
    sw_listing_strz(&l, sw_synth_figure_near(f) ? "ok" : "off");
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  sw_synth_options o = SW_SYNTH_OPTIONS_DEFAULT;
  sw_synth_result r;
  sw_status s = read_options(cli, &a, &o, err);
  if (!s) s = sw_synth_run(&o, cli->cancel, cli->events, &r, err);
  sw_arena_fini(&a);
  if (s) return s;
  if (cli->format == SW_OUT_TABLE && !cli->quiet)
    sw_cli_say(cli, "%lld 人（另有新生儿 %lld），患者号 %lld，就诊 %lld，住院 %lld；%lld 个文件 %lld 行，错误 %lld 处，丢失 %lld 行",
               "%lld persons (and %lld newborns), %lld registrations, %lld visits, %lld stays; %lld files with %lld rows, %lld faults, %lld rows lost",
               (long long)r.persons, (long long)r.newborns, (long long)r.patients, (long long)r.visits, (long long)r.stays, (long long)r.files,
               (long long)r.rows, (long long)r.faults, (long long)r.lost);
  return cli->quiet && cli->format == SW_OUT_TABLE ? SW_OK : list_figures(cli, &r, err);
}

const sw_command SW_CMD_SYNTH = {.name = "synth",
                                 .args = "",
                                 .min_args = 0,
                                 .max_args = 0,
                                 .help = {"合成一个区域的原始抽取数据及其真相", "make a synthetic region's raw extracts and the truth about them"},
                                 .details = {DETAILS_ZH, DETAILS_EN},
                                 .options = OPTIONS,
                                 .run = run};
