/* suwen group drg|dip: groups a file of cases. suwen group explain CASE: one stay of the workspace, explained. */
#include "cli/command.h"
#include "cli/cmd_coding.h"
#include "coding/group_file.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "catalogue", .letter = 'c', .arg = "DIR",
     .help = {"分组目录（公布表格的目录，或一个 dip.csv）", "grouping catalogue (directory of the published tables, or a dip.csv)"}},
    {.name = "in", .letter = 'i', .arg = "FILE", .help = {"病例 CSV；- 为标准输入", "cases as CSV; - is standard input"}},
    {.name = "out", .letter = 'o', .arg = "FILE", .help = {"结果 CSV；- 为标准输出", "result as CSV; - is standard output"}},
    {.name = "org", .arg = "CODE", .help = {"explain：机构代码", "explain: institution"}},
    {0}};

static const char *const DETAILS_ZH =
    "病例文件按列名读取：id, sex, age_years, age_days, weight_g, dx_list_principal_first, proc_list_main_first；\n"
    "可有 los_days, discharge_mode, vent_hours, icu_hours, cost。多个编码以 | 分隔，主要的在前。\n"
    "DRG 结果为 id,status,mdc,adrg,drg,path，DIP 为 id,status,kind,group,auxiliary,score,path；每个病例一行，不能入组的写明原因。\n"
    "suwen group explain 病例号 -C 工作区：入组路径、支付、怎样会变、病历证据支持或不支持什么、质控与经办结果，各值多少元。";
static const char *const DETAILS_EN =
    "The case file's columns are found by name: id, sex, age_years, age_days, weight_g, dx_list_principal_first,\n"
    "proc_list_main_first; los_days, discharge_mode, vent_hours, icu_hours and cost may be there. Codes are separated by |,\n"
    "the principal one first. DRG writes id,status,mdc,adrg,drg,path, DIP id,status,kind,group,auxiliary,score,path: one line a case, with the reason where none fits.\n"
    "suwen group explain CASE -C WORKSPACE: the path to the group, the payment, what would change it, what the record supports or contradicts, in yuan.";

static sw_status wanted_kind(const char *word, sw_catalogue_kind *kind, sw_error *err) {
  if (strcmp(word, "drg") == 0) *kind = SW_CATALOGUE_DRG;
  else if (strcmp(word, "dip") == 0) *kind = SW_CATALOGUE_DIP;
  else return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0301", "应为 drg 或 dip，而不是 %s", "drg or dip is expected, not %s", word);
  return SW_OK;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_catalogue_kind kind = SW_CATALOGUE_DRG;
  if (strcmp(sw_cli_arg(cli, 0), "explain") == 0) return sw_cli_group_explain(cli, err);
  if (!sw_cli_opt(cli, "catalogue") || !sw_cli_opt(cli, "in") || !sw_cli_opt(cli, "out"))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0306", "用法：suwen group drg|dip --catalogue 目录 --in 病例.csv --out 结果.csv", "usage: suwen group drg|dip --catalogue DIR --in CASES.csv --out RESULT.csv");
  sw_status s = wanted_kind(sw_cli_arg(cli, 0), &kind, err);
  if (s) return s;
  sw_catalogue *c = NULL;
  s = sw_catalogue_import(sw_cli_opt(cli, "catalogue"), cli->cancel, &c, err);
  if (s) return s;
  if (c->kind != kind) {
    s = SW_FAIL(err, SW_E_USAGE, "SW-CLI-0302", "%s 不是 %s 目录", "%s is not a %s catalogue", sw_cli_opt(cli, "catalogue"),
                sw_cli_arg(cli, 0));
    sw_catalogue_free(c);
    return s;
  }
  if (c->grades[SW_FINDING_ERROR])
    sw_emit_text(cli->events, SW_EVENT_WARNING, "catalogue", "目录有 %zu 处错误；用 suwen catalogue import 查看",
                 "the catalogue has %zu errors; see suwen catalogue import", c->grades[SW_FINDING_ERROR]);
  const char *out = sw_cli_opt(cli, "out");
  sw_group_totals t;
  s = sw_group_file(c, sw_cli_opt(cli, "in"), out, cli->lang, cli->cancel, cli->events, &t, err);
  sw_catalogue_free(c);
  if (s || strcmp(out, "-") == 0 || cli->quiet) return s;
  sw_cli_say(cli, "病例 %lld，入组 %lld，未入组 %lld，记录有误 %lld", "cases %lld, grouped %lld, not grouped %lld, broken records %lld",
             (long long)t.cases, (long long)t.grouped, (long long)t.ungrouped, (long long)t.broken);
  return SW_OK;
}

const sw_command SW_CMD_GROUP = {.name = "group",
                                 .args = "drg|dip | explain CASE",
                                 .min_args = 1,
                                 .max_args = 2,
                                 .help = {"给病例文件分组（DRG 或 DIP）；解释一次住院", "group a file of cases (DRG or DIP); explain one stay"},
                                 .details = {DETAILS_ZH, DETAILS_EN},
                                 .options = OPTIONS,
                                 .run = run};
