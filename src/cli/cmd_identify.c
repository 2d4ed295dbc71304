/* suwen identify: links the records of one or two files; explains a pair; shows the model. Without --in the words are about
 * the persons of a workspace (cmd_identify_desk.c). */
#include "cli/cmd_identity.h"

#include "base/fs.h"
#include "cli/listing.h"
#include "identity/identify_file.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "in", .letter = 'i', .arg = "FILE", .repeat = true, .help = {"输入文件（CSV 等）；可给两个", "input file (CSV …); may be given twice"}},
    {.name = "config", .letter = 'c', .arg = "FILE", .help = {"关联配置 link.yaml；省略则由数据拟定", "link.yaml; left out: drafted from the data"}},
    {.name = "out", .letter = 'o', .arg = "FILE", .help = {"结果 CSV：编号列与 person", "result CSV: the id column and person"}},
    {.name = "pairs", .arg = "FILE", .help = {"另写各对的得分与理由", "also write pairs with score and reason"}},
    {.name = "id", .arg = "COLUMN", .help = {"记录编号列", "the column that numbers the records"}},
    {.name = "draft", .arg = "FILE", .help = {"把所用配置写成 YAML", "write the configuration used as YAML"}},
    {.name = "by", .arg = "WHO", .help = {"谁作的裁定", "who decides"}},
    {.name = "reason", .arg = "TEXT", .help = {"理由", "why"}},
    {.name = "limit", .arg = "N", .help = {"最多列出几条（默认 50）", "list at most so many (50 unless told)"}},
    {0}};

static const char *const DETAILS_ZH =
    "把属于同一人的记录归到一起，不需要标注数据。\n"
    "suwen identify --in a.csv --out clusters.csv            去重\n"
    "suwen identify --in a.csv --in b.csv --out clusters.csv 两个文件相互关联\n"
    "suwen identify explain A B --in a.csv                   逐字段解释两条记录\n"
    "suwen identify stats --in a.csv                         权重、分块与人数分布\n"
    "不给 --in 时针对工作区（登记写作“机构|患者号”；裁定在下次运行 identify 步骤时生效）：\n"
    "suwen identify explain '甲' '乙'                        用现行模型解释两条登记\n"
    "suwen identify stats                                    现行模型、分块、人数分布、超大的人、提醒\n"
    "suwen identify review                                   待核对的登记对，附理由\n"
    "suwen identify decide '甲' '乙' same|different|withdraw --by 谁 --reason 理由\n"
    "suwen identify merge P1 P2 --by 谁                      两人是一人\n"
    "suwen identify split '登记' --by 谁                     这条登记不属于此人\n"
    "suwen identify undo N --by 谁                           撤销第 N 号裁定\n"
    "suwen identify decisions                                全部裁定\n"
    "suwen identify reestimate                               重新估计模型，列出将引起的合并与拆分\n"
    "suwen identify approve|reject N --by 谁                 批准或否决第 N 版模型";
static const char *const DETAILS_EN =
    "Brings records of one person together, without training labels.\n"
    "suwen identify --in a.csv --out clusters.csv            finds doubles\n"
    "suwen identify --in a.csv --in b.csv --out clusters.csv joins two files\n"
    "suwen identify explain A B --in a.csv                   explains a pair field by field\n"
    "suwen identify stats --in a.csv                         weights, blocking, sizes\n"
    "Without --in, about the workspace (registrations are written \"institution|patient number\"; decisions take effect\n"
    "when the identify step runs next):\n"
    "suwen identify explain 'A' 'B'                          explains two registrations by the model in force\n"
    "suwen identify stats                                    model in force, blocking, sizes, oversized persons, alerts\n"
    "suwen identify review                                   pairs that wait for a person, with the reasons\n"
    "suwen identify decide 'A' 'B' same|different|withdraw --by WHO --reason WHY\n"
    "suwen identify merge P1 P2 --by WHO                     two persons are one\n"
    "suwen identify split 'A' --by WHO                       this registration is not of its person\n"
    "suwen identify undo N --by WHO                          takes back decision N\n"
    "suwen identify decisions                                all decisions\n"
    "suwen identify reestimate                               estimates a new model; lists the merges and splits it would cause\n"
    "suwen identify approve|reject N --by WHO                puts model version N in force, or drops it";

static void say_draft(const sw_cli *cli, const sw_identify_job *j) {
  for (size_t i = 0; i < j->draft.nnotes; i++) {
    const sw_link_column_note *n = &j->draft.notes[i];
    const char *kind[2] = {"", ""};
    if (n->use == SW_LINK_USE_EVIDENCE) kind[0] = sw_link_kind_title(n->kind, SW_LANG_ZH), kind[1] = sw_link_kind_title(n->kind, SW_LANG_EN);
    sw_emit_text(cli->events, SW_EVENT_MESSAGE, "draft", "列 %s：%s %s（填写率 %.0f%%，相异率 %.0f%%）", "column %s: %s %s (filled %.0f %%, distinct %.0f %%)", n->column,
                 cli->lang == SW_LANG_ZH ? sw_link_use_text(n->use, SW_LANG_ZH) : sw_link_use_text(n->use, SW_LANG_EN), kind[cli->lang == SW_LANG_EN], 100 * n->filled, 100 * n->distinct);
  }
}

static void say_summary(const sw_cli *cli, const sw_identify_job *j) {
  const sw_link_result *r = &j->result;
  sw_cli_say(cli, "记录 %zu，人 %zu；自动关联 %zu 对，送人工 %zu 对（%zu 条记录）", "records %zu, persons %zu; linked %zu pairs, to review %zu pairs (%zu records)", r->nrecords, r->npersons,
             r->nlinked, r->nreview, r->records_in_review);
  sw_cli_say(cli, "比较 %.0f 对，分块召回率估计 %.4f；读取 %.2f 秒，训练 %.2f 秒，比较 %.2f 秒，聚类 %.2f 秒；每条记录 %.0f 字节",
             "compared %.0f pairs, estimated blocking recall %.4f; reading %.2f s, training %.2f s, comparing %.2f s, clustering %.2f s; %.0f bytes a record", r->pairs_scored, j->model.recall,
             j->read_seconds, r->times.train, r->times.block_and_score, r->times.cluster, r->nrecords ? (double)r->bytes / (double)r->nrecords : 0.0);
  if (r->unique_sources) sw_cli_say(cli, "两个输入内部各无重复：每人在每个输入中至多一条", "neither input has doubles of its own: a person is at most once in each");
}

sw_status sw_cli_list_explanation(sw_cli *cli, const sw_link_explanation *e, sw_error *err) {
  static const sw_listing_column COLUMNS[] = {
      {"field", {"字段", "field"}, SW_CELL_TEXT}, {"a", {"记录甲", "record A"}, SW_CELL_TEXT}, {"b", {"记录乙", "record B"}, SW_CELL_TEXT},
      {"level", {"相符程度", "agreement"}, SW_CELL_TEXT}, {"weight", {"权重（比特）", "weight (bits)"}, SW_CELL_NUMBER}, {"total", {"累计", "running total"}, SW_CELL_NUMBER}};
  sw_listing l;
  sw_listing_begin(&l, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  for (size_t i = 0; i < e->n; i++) {
    sw_listing_strz(&l, e->rows[i].field);
    sw_listing_strz(&l, e->rows[i].a);
    sw_listing_strz(&l, e->rows[i].b);
    sw_listing_strz(&l, e->rows[i].words[cli->lang == SW_LANG_EN]);
    sw_listing_f64(&l, e->rows[i].weight / (double)SW_LINK_BIT);
    sw_listing_f64(&l, e->rows[i].total / (double)SW_LINK_BIT);
    sw_listing_row(&l);
  }
  sw_status st = sw_listing_end(&l, err);
  if (st == SW_OK && cli->format == SW_OUT_TABLE) sw_cli_say(cli, "概率 %.6f：%s", "probability %.6f: %s", e->probability, e->verdict[cli->lang == SW_LANG_EN]);
  return st;
}

static sw_status explain(sw_cli *cli, const sw_identify_job *j, sw_error *err) {
  uint32_t a, b;
  sw_link_explanation e;
  if (sw_identify_find(j, sw_str_of(sw_cli_arg(cli, 1)), &a, err) || sw_identify_find(j, sw_str_of(sw_cli_arg(cli, 2)), &b, err)) return err->status;
  SW_AUTO(sw_arena) arena = SW_ARENA_INIT;
  if (sw_link_explain(&j->model, &j->spec, &j->store, a, b, &arena, &e, err) || sw_cli_list_explanation(cli, &e, err)) return err->status;
  if (cli->format == SW_OUT_TABLE)
    sw_cli_say(cli, "聚类后：%s", "after clustering: %s", j->result.person[a] == j->result.person[b] ? sw_cli_t(cli, "同一人", "one person") : sw_cli_t(cli, "不是同一人", "two persons"));
  return SW_OK;
}

static void stats_weights(sw_listing *l, const sw_cli *cli, const sw_identify_job *j) {
  for (size_t f = 0; f < j->spec.nfields; f++)
    for (size_t k = 0; k < sw_link_kind_levels(j->spec.fields[f].kind); k++) {
      sw_listing_strz(l, j->spec.fields[f].name);
      sw_listing_strz(l, sw_link_level_name(j->spec.fields[f].kind, k, cli->lang));
      sw_listing_f64(l, j->model.m[f][k]);
      sw_listing_f64(l, j->model.u[f][k]);
      sw_listing_f64(l, j->model.weight[f][k] / (double)SW_LINK_BIT);
      int bars = j->model.weight[f][k] / SW_LINK_BIT;
      SW_AUTO(sw_buf) bar = SW_BUF_INIT;
      for (int i = 0; i < (bars < 0 ? -bars : bars) && i < 30; i++) sw_buf_putc(&bar, bars < 0 ? '-' : '+');
      sw_listing_str(l, sw_buf_str(&bar));
      sw_listing_row(l);
    }
}

static sw_status stats(sw_cli *cli, const sw_identify_job *j, sw_error *err) {
  static const sw_listing_column COLUMNS[] = {
      {"field", {"字段", "field"}, SW_CELL_TEXT}, {"level", {"相符程度", "agreement"}, SW_CELL_TEXT}, {"m", {"m", "m"}, SW_CELL_NUMBER}, {"u", {"u", "u"}, SW_CELL_NUMBER},
      {"weight", {"权重（比特）", "weight (bits)"}, SW_CELL_NUMBER}, {"chart", {"图", "chart"}, SW_CELL_TEXT}};
  sw_listing l;
  sw_listing_begin(&l, cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  stats_weights(&l, cli, j);
  if (sw_listing_end(&l, err)) return err->status;
  if (cli->format != SW_OUT_TABLE) return SW_OK;
  sw_cli_say(cli, "预计同一人的对数 %.0f，先验 %.2f 比特", "expected pairs of one person %.0f, prior %.2f bits", j->model.matches, j->model.prior / (double)SW_LINK_BIT);
  for (size_t k = 0; k < j->model.nfamilies; k++) {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    sw_link_family_put(&j->spec, j->model.features, &j->model.families[k], cli->lang, &b);
    sw_cli_say(cli, "分块 %s：召回率估计 %.4f，%lld 对，%lld 块，最大 %lld 条", "blocking %s: estimated recall %.4f, %lld pairs, %lld blocks, largest %lld records", b.ptr, j->model.family_recall[k],
               (long long)j->result.blocks.pairs[k], (long long)j->result.blocks.blocks[k], (long long)j->result.blocks.largest[k]);
  }
  if (j->model.nfamilies == 0) sw_cli_say(cli, "记录少，两两全比", "few records: all pairs were compared");
  int64_t count[SW_IDENTIFY_SIZES], largest;
  sw_identify_sizes(&j->result, count, &largest);
  for (size_t i = 0; i < SW_IDENTIFY_SIZES; i++)
    if (count[i]) sw_cli_say(cli, "%s%zu 条记录的人：%lld", "persons of %s%zu records: %lld", i + 1 == SW_IDENTIFY_SIZES ? sw_cli_t(cli, "不少于", "at least ") : "", i + 1, (long long)count[i]);
  sw_cli_say(cli, "最大一人 %lld 条记录", "the largest person has %lld records", (long long)largest);
  return SW_OK;
}

static sw_status write_results(sw_cli *cli, const sw_identify_job *j, sw_error *err) {
  const char *out = sw_cli_opt(cli, "out"), *pairs = sw_cli_opt(cli, "pairs");
  if (out && sw_identify_write_clusters(j, out, err)) return err->status;
  if (pairs && sw_identify_write_pairs(j, pairs, err)) return err->status;
  if (!cli->quiet) say_summary(cli, j);
  return SW_OK;
}

static sw_status run(sw_cli *cli, sw_error *err) {
  const char *word = sw_cli_arg(cli, 0);
  if (!sw_cli_opt(cli, "in")) return sw_cli_identify_desk(cli, err);
  bool explains = word && strcmp(word, "explain") == 0, shows = word && strcmp(word, "stats") == 0;
  if ((word && !explains && !shows) || (explains && cli->nargs != 3) || (shows && cli->nargs != 1))
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0401", "用法：identify [explain 甲 乙 | stats] --in 文件", "usage: identify [explain A B | stats] --in FILE");
  if (!word && !sw_cli_opt(cli, "out")) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0402", "请用 --out 指定结果文件", "name the result file with --out");
  sw_identify_options o = {.config = sw_cli_opt(cli, "config"), .id_column = sw_cli_opt(cli, "id")};
  for (; o.nin < 2 && sw_cli_opt_nth(cli, "in", (int)o.nin); o.nin++) o.in[o.nin] = sw_cli_opt_nth(cli, "in", (int)o.nin);
  if (sw_cli_opt_nth(cli, "in", 2)) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0403", "至多两个输入", "at most two inputs");
  sw_identify_job *j = NULL;
  if (sw_identify_open(&o, &j, cli->cancel, cli->events, err)) return err->status;
  say_draft(cli, j);
  sw_status st = SW_OK;
  if (sw_cli_opt(cli, "draft")) {
    SW_AUTO(sw_buf) yaml = SW_BUF_INIT;
    sw_link_spec_yaml(&j->spec, &yaml);
    st = sw_fs_write_durable(sw_cli_opt(cli, "draft"), yaml.ptr, yaml.len, err);
  }
  if (st == SW_OK) st = explains ? explain(cli, j, err) : shows ? stats(cli, j, err) : write_results(cli, j, err);
  sw_identify_close(j);
  return st;
}

const sw_command SW_CMD_IDENTIFY = {.name = "identify",
                                    .args = "[WORD …]",
                                    .min_args = 0,
                                    .max_args = 4,
                                    .help = {"找出同一人的记录（主索引）", "find the records of one person (master patient index)"},
                                    .details = {DETAILS_ZH, DETAILS_EN},
                                    .options = OPTIONS,
                                    .run = run};
