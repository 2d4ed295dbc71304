/* suwen draft DIR [--out PACK] [--name NAME] */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "base/fs.h"
#include "operator/operator.h"
#include "standard/draft.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "out", .arg = "PACK", .help = {"写到哪个目录（默认：当前目录下与名称同名）", "directory of the pack (default: NAME here)"}},
    {.name = "name", .arg = "NAME", .help = {"包、来源和流程的名称（默认 draft）", "name of the pack, its source and its flow (default: draft)"}},
    {0}};

static const sw_listing_column COLUMNS[] = {
    {"table", {"表", "table"}, SW_CELL_TEXT},       {"files", {"文件", "files"}, SW_CELL_INT},
    {"columns", {"列", "columns"}, SW_CELL_INT},    {"elements", {"认出的数据元", "data elements"}, SW_CELL_INT},
    {"value_sets", {"拟定的值域", "value sets"}, SW_CELL_INT}, {"key", {"主键", "key"}, SW_CELL_TEXT},
};

/* The base pack's elements and value sets are what columns are compared with; without it the draft goes on without. */
static sw_pack_set *load_base(void) {
  char home[4096], dir[4200];
  sw_cli_packs_home(home, sizeof home);
  snprintf(dir, sizeof dir, "%s/base", home);
  if (!home[0] || !sw_fs_exists(dir)) return NULL;
  const char *dirs[] = {dir};
  sw_pack_set *set = NULL;
  sw_problems problems = SW_PROBLEMS_INIT;
  sw_error e = SW_ERROR_INIT;
  if (sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1, .registry = sw_operator_registry()}, &set, &problems, &e) != SW_OK) set = NULL;
  sw_problems_fini(&problems);
  return set;
}

static sw_status print_outcome(const sw_cli *cli, const sw_draft_options *o, const sw_draft_outcome *out, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  for (size_t i = 0; i < out->ntables; i++) {
    const sw_draft_table *t = &out->tables[i];
    sw_listing_strz(&l, t->name);
    sw_listing_i64(&l, (int64_t)t->files);
    sw_listing_i64(&l, (int64_t)t->columns);
    sw_listing_i64(&l, (int64_t)t->elements);
    sw_listing_i64(&l, (int64_t)t->value_sets);
    sw_listing_strz(&l, t->key[0] ? t->key : NULL);
    sw_listing_row(&l);
  }
  sw_status s = sw_listing_end(&l, err);
  for (size_t i = 0; i < out->nunread; i++)
    sw_emit_text(cli->events, SW_EVENT_WARNING, "draft", "读不懂的文件 %s", "could not read %s", out->unread[i]);
  if (s == SW_OK && cli->format == SW_OUT_TABLE)
    sw_cli_say(cli, "\n草稿包在 %s。核对后运行：\n  suwen init ws --pack %s\n  suwen run %s -C ws --source %s",
               "\nThe drafted pack is in %s. Check it, then run:\n  suwen init ws --pack %s\n  suwen run %s -C ws --source %s", o->out, o->out, o->name, o->dir);
  return s;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *name = sw_cli_opt(cli, "name"), *to = sw_cli_opt(cli, "out");
  sw_draft_options o = {.dir = sw_cli_arg(cli, 0), .name = name ? name : "draft"};
  char here[300];
  snprintf(here, sizeof here, "./%s", o.name);
  o.out = to ? to : here;
  sw_arena a = SW_ARENA_INIT;
  sw_draft_outcome out;
  sw_pack_set *known = load_base();
  o.known = known;
  sw_status s = sw_draft(&o, &a, cli->cancel, cli->events, &out, err);
  if (s == SW_OK) s = print_outcome(cli, &o, &out, err);
  sw_pack_free(known);
  sw_arena_fini(&a);
  return s;
}

const sw_command SW_CMD_DRAFT = {
    .name = "draft", .args = "DIR", .min_args = 1, .max_args = 1,
    .help = {"看一批陌生文件，拟出可运行的内容包", "look at unknown files and draft a pack that runs"}, .options = OPTIONS, .run = run};
