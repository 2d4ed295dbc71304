/* suwen report --html FILE [--run RUN] */
#include "cli/command.h"
#include "cli/open.h"
#include "base/fs.h"
#include "report/report.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "html", .arg = "FILE", .required = true, .help = {"写入的 HTML 文件", "the HTML file to write"}},
    {.name = "run", .arg = "RUN", .help = {"哪一次运行（默认最近一次）", "which run (default: the latest)"}},
    {0}};

static sw_status run(sw_cli *cli, sw_error *err) {
  sw_workspace *w = NULL;
  SW_AUTO(sw_buf) page = SW_BUF_INIT;
  const char *file = sw_cli_opt(cli, "html");
  sw_report_options o = {.run = sw_cli_opt(cli, "run"), .lang = cli->lang};
  sw_status s = sw_cli_open(cli, SW_OPEN_PACKS, NULL, &w, err);
  if (s == SW_OK) s = sw_report_html(w, &o, cli->cancel, &page, err);
  if (s == SW_OK) s = sw_fs_write_durable(file, page.ptr, page.len, err);
  sw_workspace_close(w);
  if (s == SW_OK) sw_cli_say(cli, "报告已写入 %s", "wrote the report to %s", file);
  return s;
}

const sw_command SW_CMD_REPORT = {
    .name = "report", .args = "", .help = {"写一页自足的 HTML 报告", "write one self-contained HTML report"}, .options = OPTIONS, .run = run};
