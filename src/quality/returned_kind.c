/* The pack object `returned`. */
#include "quality/returned.h"

#define HELP(zh, en) .help = {zh, en}
#define HEADERS(word, must, zh, en) \
  {.name = #word, .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_returned_def, word), .required = must, HELP(zh, en)}

static const sw_config_key key_keys[] = {
    {.name = "column", .type = SW_CFG_IDENT, .offset = offsetof(sw_returned_key, column), .required = true, HELP("我方表的列", "column of our table")},
    {.name = "from", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_returned_key, from), .required = true,
     HELP("对方文件中可能的列名", "headers that it may have in their file")}};
static const sw_config_map key_map = SW_CONFIG_MAP("key", sw_returned_key, key_keys);
static const sw_config_key code_keys[] = {
    {.name = "code", .type = SW_CFG_STR, .offset = offsetof(sw_returned_code, code), .required = true, .min = 1, .max = 200,
     HELP("对方的错误代码；末尾的 * 代表任意后缀", "their code; a * at its end stands for any ending")},
    {.name = "rules", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_returned_code, rules), HELP("我方的规则；空表示没有", "our rules; empty: there is none")},
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_returned_code, title), HELP("含义", "what it means")}};
static const sw_config_map code_map = SW_CONFIG_MAP("code", sw_returned_code, code_keys);

static const sw_config_key KEYS[] = {
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_returned_def, title), .required = true, HELP("名称", "title")},
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(sw_returned_def, table), .refers = "table", .required = true, HELP("退回的是哪张表的行", "the table whose rows are sent back")},
    {.name = "key", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .offset = offsetof(sw_returned_def, key), .map = &key_map, .required = true, .min = 1, .max = SW_RETURNED_KEYS,
     HELP("怎样找到那一行，至多 4 列", "how the row is found, 4 columns at most")},
    HEADERS(org, false, "机构代码的列名", "headers of the institution's code"),
    HEADERS(code, true, "错误代码的列名", "headers of their code"),
    HEADERS(field, false, "出错字段的列名", "headers of the field"),
    HEADERS(message, false, "错误信息的列名", "headers of their message"),
    {.name = "codes", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .offset = offsetof(sw_returned_def, codes), .map = &code_map, HELP("对方的代码对应我方的哪些规则", "which of their codes mean which of our rules")},
};
static const sw_config_map MAP = {.name = "returned", .size = sizeof(sw_returned_def), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
                                  .help = {"退回记录", "rejections sent back"}};

static void resolve(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  sw_returned_def *d = o->data;
  const sw_table_def *t = sw_pack_table(set, d->table.name);
  for (size_t i = 0; t && i < d->key.n; i++) {
    const sw_ref *r = &SW_ITEM(sw_returned_key, d->key, i)->column;
    if (r->name.len && !sw_table_column(t, r->name))
      sw_problem_add(ctx->problems, r->at, "SW-RULE-0070", "表 %.*s 没有列 %.*s", "table %.*s has no column %.*s", SW_STR_ARG(d->table.name), SW_STR_ARG(r->name));
  }
}

const sw_kind SW_RETURNED_KIND = {
    .name = "returned", .folder = "returned", .map = &MAP, .id = offsetof(sw_returned_def, id), .title = offsetof(sw_returned_def, title) + 1, .link = resolve,
    .help = {"国家病案首页系统、医保等退回的记录：文件的列，以及对方的代码对应我方的哪些规则。用 suwen returned 导入和比较。",
             "Rejections that the national front-page system, the insurer or others send back: the columns of their files, and which of their codes mean which of our "
             "rules. suwen returned imports and compares them."},
    .example = "returned: hqms-feedback\ntitle: {zh: 病案首页上报反馈, en: Feedback on front pages}\ntable: dwd.admission\n"
               "key:\n  - {column: record_no, from: [病案号, A48]}\n  - {column: admission_count, from: [住院次数, A49]}\n"
               "code: [错误代码]\nmessage: [错误信息]\ncodes:\n  - {code: E101, rules: [Q007]}\n"};
