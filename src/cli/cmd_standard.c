/* suwen standard list|show|diff|try|conformance|contract|import */
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/open.h"
#include "base/fs.h"
#include "operator/operator.h"
#include "standard/change.h"
#include "standard/conformance.h"
#include "standard/import.h"
#include "standard/odcs.h"
#include "standard/standardise.h"

static const sw_cli_option OPTIONS[] = {
    {.name = "rules", .help = {"show：列出一张表的默认规则", "show: the default rules of a table"}},
    {.name = "rule", .arg = "ID", .help = {"try：列出此规则下新增不合格的行", "try: the rows that would newly fail this rule"}},
    {.name = "limit", .arg = "N", .help = {"try --rule：至多列出多少行，0 为全部（缺省 1000）", "try --rule: at most this many rows, 0 for all (default 1000)"}},
    {.name = "id", .arg = "ID", .help = {"import：值域编号", "import: id of the value set"}},
    {.name = "title", .arg = "TEXT", .help = {"import：名称", "import: title"}},
    {.name = "standard", .arg = "TEXT", .help = {"import：出自的标准", "import: the standard it comes from"}},
    {.name = "edition", .arg = "TEXT", .help = {"import：版本", "import: edition"}},
    {.name = "pack", .arg = "NAME", .help = {"import：放进哪个内容包（缺省为 suwen.yaml 里最后一个）", "import: the pack that takes it (default: the last of suwen.yaml)"}},
    {.name = "code", .arg = "COLUMN", .help = {"import：编码列", "import: column of codes"}},
    {.name = "name", .arg = "COLUMN", .help = {"import：名称列", "import: column of names"}},
    {.name = "parent", .arg = "COLUMN", .help = {"import：上级编码列", "import: column of the codes above"}},
    {0}};

typedef struct session {
  sw_cli *cli;
  sw_workspace *w;
  const sw_pack_set *set;
} session;

/* --- list ------------------------------------------------------------------------------------------------ */

static const sw_listing_column LIST_COLUMNS[] = {
    {"kind", {"种类", "kind"}, SW_CELL_TEXT},         {"id", {"编号", "id"}, SW_CELL_TEXT},     {"title", {"名称", "title"}, SW_CELL_TEXT},
    {"standard", {"标准", "standard"}, SW_CELL_TEXT}, {"items", {"项数", "items"}, SW_CELL_INT}, {"verified", {"已核对", "verified"}, SW_CELL_TEXT},
    {"pack", {"内容包", "pack"}, SW_CELL_TEXT},
};

static const char *yes_no(const sw_cli *cli, bool yes) { return yes ? sw_cli_t(cli, "是", "yes") : sw_cli_t(cli, "否", "no"); }

static void list_row(sw_listing *l, const session *s, const sw_pack_object *o) {
  const sw_cli *cli = s->cli;
  sw_listing_strz(l, o->kind->name);
  sw_listing_str(l, o->id);
  if (strcmp(o->kind->name, "value_set") == 0) {
    const sw_value_set_def *v = o->data;
    sw_listing_str(l, sw_text_in(&v->title, cli->lang));
    sw_listing_str(l, v->standard);
    sw_listing_i64(l, (int64_t)v->codes.n);
    sw_listing_strz(l, v->codes.n ? yes_no(cli, v->verified) : sw_cli_t(cli, "未提供", "not supplied"));
  } else if (strcmp(o->kind->name, "element") == 0) {
    const sw_element_def *e = o->data;
    sw_listing_str(l, sw_text_in(&e->title, cli->lang));
    sw_listing_str(l, e->standard);
    sw_listing_null(l);
    sw_listing_strz(l, yes_no(cli, e->verified));
  } else {
    const sw_table_def *t = o->data;
    sw_listing_str(l, sw_text_in(&t->title, cli->lang));
    sw_listing_null(l);
    sw_listing_i64(l, (int64_t)t->columns.n);
    sw_listing_null(l);
  }
  sw_listing_str(l, sw_pack_info_at(s->set, o->pack)->name);
  sw_listing_row(l);
}

static sw_status list(session *s, sw_error *err) {
  static const char *const kinds[] = {"value_set", "element", "table"};
  const char *only = sw_cli_arg(s->cli, 1);
  bool known = !only;
  for (size_t k = 0; k < 3; k++) known = known || strcmp(only, kinds[k]) == 0;
  if (!known) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0070", "种类应是 value_set、element 或 table，得到 %s", "the kind is value_set, element or table, not %s", only);
  sw_listing l;
  sw_listing_begin(&l, s->cli, LIST_COLUMNS, sizeof LIST_COLUMNS / sizeof *LIST_COLUMNS);
  for (size_t k = 0; k < 3; k++) {
    if (only && strcmp(only, kinds[k]) != 0) continue;
    for (size_t i = 0; i < sw_pack_count(s->set, kinds[k]); i++) list_row(&l, s, sw_pack_at(s->set, kinds[k], i));
  }
  return sw_listing_end(&l, err);
}

/* --- show ------------------------------------------------------------------------------------------------ */

static const sw_listing_column CODE_COLUMNS[] = {
    {"code", {"代码", "code"}, SW_CELL_TEXT},     {"zh", {"中文名", "Chinese"}, SW_CELL_TEXT}, {"en", {"英文名", "English"}, SW_CELL_TEXT},
    {"parent", {"上级", "above"}, SW_CELL_TEXT}, {"status", {"状态", "state"}, SW_CELL_TEXT}};

static sw_status show_codes(session *s, const sw_value_set_def *v, sw_error *err) {
  if (!v->codes.n && s->cli->format == SW_OUT_TABLE)
    sw_cli_say(s->cli, "%.*s 的代码未提供：%.*s", "the codes of %.*s are not supplied: %.*s", SW_STR_ARG(v->id.name), SW_STR_ARG(sw_text_in(&v->missing, s->cli->lang)));
  sw_listing l;
  sw_listing_begin(&l, s->cli, CODE_COLUMNS, 5);
  for (size_t i = 0; i < v->codes.n; i++) {
    const sw_code_def *c = SW_CODE(v, i);
    sw_listing_str(&l, c->code);
    sw_listing_str(&l, c->zh);
    sw_listing_str(&l, c->en);
    sw_listing_str(&l, c->parent);
    sw_listing_strz(&l, c->status == SW_CODE_ACTIVE ? sw_cli_t(s->cli, "可用", "in use") : sw_cli_t(s->cli, "停用", "retired"));
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static const sw_listing_column PAIR_COLUMNS[] = {{"key", {"项", "item"}, SW_CELL_TEXT}, {"value", {"内容", "value"}, SW_CELL_TEXT}};

static void pair(sw_listing *l, const char *key, sw_str value) {
  if (!value.len) return;
  sw_listing_strz(l, key);
  sw_listing_str(l, value);
  sw_listing_row(l);
}

static sw_status show_element(session *s, const sw_element_def *e, sw_error *err) {
  sw_listing l;
  const sw_cli *c = s->cli;
  sw_listing_begin(&l, c, PAIR_COLUMNS, 2);
  pair(&l, sw_cli_t(c, "编号", "id"), e->id.name);
  pair(&l, sw_cli_t(c, "名称", "title"), sw_text_in(&e->title, c->lang));
  pair(&l, sw_cli_t(c, "定义", "definition"), sw_text_in(&e->definition, c->lang));
  pair(&l, sw_cli_t(c, "格式", "format"), e->format_text);
  pair(&l, sw_cli_t(c, "值域", "value set"), e->value_set.name);
  pair(&l, sw_cli_t(c, "单位", "unit"), e->unit);
  pair(&l, sw_cli_t(c, "标准", "standard"), e->standard);
  pair(&l, sw_cli_t(c, "已核对", "verified"), sw_str_of(yes_no(c, e->verified)));
  for (size_t i = 0; i < sw_pack_count(s->set, "table"); i++) {
    const sw_table_def *t = sw_pack_at(s->set, "table", i)->data;
    for (size_t k = 0; k < t->columns.n; k++) {
      if (SW_COLUMN(t, k)->element != e) continue;
      SW_AUTO(sw_buf) where = SW_BUF_INIT;
      sw_buf_printf(&where, "%.*s.%.*s", SW_STR_ARG(t->id.name), SW_STR_ARG(SW_COLUMN(t, k)->name.name));
      pair(&l, sw_cli_t(c, "用于", "used by"), sw_buf_str(&where));
    }
  }
  return sw_listing_end(&l, err);
}

static const sw_listing_column COLUMN_COLUMNS[] = {
    {"column", {"列", "column"}, SW_CELL_TEXT},       {"title", {"名称", "title"}, SW_CELL_TEXT},        {"type", {"类型", "type"}, SW_CELL_TEXT},
    {"element", {"数据元", "element"}, SW_CELL_TEXT}, {"format", {"格式", "format"}, SW_CELL_TEXT},      {"value_set", {"值域", "value set"}, SW_CELL_TEXT},
    {"required", {"必填", "required"}, SW_CELL_TEXT}, {"references", {"引用", "references"}, SW_CELL_TEXT}};

static sw_status show_columns(session *s, const sw_table_def *t, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, s->cli, COLUMN_COLUMNS, sizeof COLUMN_COLUMNS / sizeof *COLUMN_COLUMNS);
  for (size_t i = 0; i < t->columns.n; i++) {
    const sw_column_def *c = SW_COLUMN(t, i);
    SW_AUTO(sw_buf) type = SW_BUF_INIT;
    sw_standard_sql_type(c, &type);
    sw_listing_str(&l, c->name.name);
    sw_listing_str(&l, sw_text_in(&c->title, s->cli->lang));
    sw_listing_str(&l, sw_buf_str(&type));
    sw_listing_str(&l, c->element_id.name);
    sw_listing_str(&l, c->format_text);
    sw_listing_str(&l, c->value_set_id.name);
    sw_listing_strz(&l, yes_no(s->cli, c->required));
    sw_listing_str(&l, c->references.table.name);
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static const sw_listing_column RULE_COLUMNS[] = {
    {"rule", {"规则", "rule"}, SW_CELL_TEXT}, {"title", {"含义", "meaning"}, SW_CELL_TEXT}, {"dimension", {"维度", "dimension"}, SW_CELL_TEXT}, {"source", {"依据", "source"}, SW_CELL_TEXT}};

static sw_status show_rules(session *s, const sw_table_def *t, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_default_rules rules;
  sw_status st = sw_standard_defaults(s->set, t, &a, &rules, err);
  if (st) return st;
  sw_listing l;
  sw_listing_begin(&l, s->cli, RULE_COLUMNS, 4);
  for (size_t i = 0; i < rules.n; i++) {
    sw_listing_strz(&l, rules.items[i].id);
    sw_listing_str(&l, sw_text_in(&rules.items[i].title, s->cli->lang));
    sw_listing_strz(&l, rules.items[i].dimension);
    sw_listing_strz(&l, rules.items[i].source);
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static sw_status unknown(const session *s, const char *id, const char *const *kinds, size_t n, sw_error *err) {
  sw_suggest g;
  char zh[160], en[160];
  sw_suggest_start(&g, sw_str_of(id));
  for (size_t i = 0; i < n; i++) sw_pack_suggest(s->set, kinds[i], &g);
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0071", "没有 %s%s%.0s", "there is no %s%.0s%s", id, sw_suggest_zh(&g, zh), sw_suggest_en(&g, en));
}

static sw_status show(session *s, sw_error *err) {
  const char *id = sw_cli_arg(s->cli, 1);
  if (!id) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0072", "请写出编号：suwen standard show ID", "name what to show: suwen standard show ID");
  sw_str key = sw_str_of(id);
  const sw_value_set_def *v = sw_pack_value_set(s->set, key);
  const sw_element_def *e = sw_pack_element(s->set, key);
  const sw_table_def *t = sw_pack_table(s->set, key);
  if (v) return show_codes(s, v, err);
  if (e) return show_element(s, e, err);
  if (t) return sw_cli_flag(s->cli, "rules") ? show_rules(s, t, err) : show_columns(s, t, err);
  return unknown(s, id, (const char *const[]){"value_set", "element", "table"}, 3, err);
}

/* --- diff, try --------------------------------------------------------------------------------------------- */

/* The installed packs with a proposed file (or another edition of one pack) in place. */
static sw_status load_proposed(session *s, const char *path, sw_pack_set **out, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  const char *dirs[SW_CLI_MAX_VALUES];
  char home[4096];
  sw_file_info info;
  sw_status st = sw_fs_stat(path, &info, err);
  if (st) return st;
  size_t n = 0;
  sw_cli_packs_home(home, sizeof home);
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  for (size_t i = 0; i < sw_pack_npacks(s->set) && n + 2 < SW_CLI_MAX_VALUES; i++) {
    const sw_pack_info *p = sw_pack_info_at(s->set, i);
    bool replaced = info.is_dir && sw_str_eqz(p->name, base);
    dirs[n++] = replaced ? path : sw_arena_dupz(&a, p->dir);
    if (replaced) base = "";
  }
  if (info.is_dir && *base) dirs[n++] = path;
  const char *overlay[] = {path}, *search[] = {home};
  sw_problems problems = SW_PROBLEMS_INIT;
  sw_pack_options o = {.dirs = dirs, .ndirs = n, .overlay = overlay, .noverlay = info.is_dir ? 0 : 1, .search = search, .nsearch = home[0] ? 1 : 0, .registry = sw_operator_registry()};
  st = sw_pack_load(&o, out, &problems, err);
  if (problems.total > 1) {
    SW_AUTO(sw_buf) text = SW_BUF_INIT;
    sw_problems_format(&problems, s->cli->lang, &text);
    sw_status wrote = sw_cli_write(text.ptr, text.len, NULL);
    (void)wrote;
  }
  sw_problems_fini(&problems);
  return st;
}

static const char *change_word(const sw_cli *cli, sw_change_kind k) {
  switch (k) {
    case SW_CHANGE_ADDED: return sw_cli_t(cli, "新增", "added");
    case SW_CHANGE_REMOVED: return sw_cli_t(cli, "删除", "removed");
    case SW_CHANGE_CHANGED: return sw_cli_t(cli, "改变", "changed");
  }
  return "";
}

static const sw_listing_column DIFF_COLUMNS[] = {
    {"kind", {"种类", "kind"}, SW_CELL_TEXT}, {"id", {"编号", "id"}, SW_CELL_TEXT},         {"change", {"变化", "change"}, SW_CELL_TEXT},
    {"part", {"部分", "part"}, SW_CELL_TEXT}, {"before", {"原来", "before"}, SW_CELL_TEXT}, {"after", {"现在", "after"}, SW_CELL_TEXT}};

static sw_status diff(session *s, const sw_pack_set *next, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_changes changes;
  sw_status st = sw_standard_diff(s->set, next, &a, &changes, err);
  if (st) return st;
  sw_listing l;
  sw_listing_begin(&l, s->cli, DIFF_COLUMNS, 6);
  for (size_t i = 0; i < changes.n; i++) {
    const sw_change *c = &changes.items[i];
    sw_listing_strz(&l, c->kind);
    sw_listing_str(&l, c->id);
    sw_listing_strz(&l, change_word(s->cli, c->change));
    sw_listing_str(&l, c->part);
    sw_listing_str(&l, c->before);
    sw_listing_str(&l, c->after);
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static const sw_listing_column TRIAL_COLUMNS[] = {
    {"rule", {"规则", "rule"}, SW_CELL_TEXT},           {"change", {"变化", "change"}, SW_CELL_TEXT},          {"title", {"含义", "meaning"}, SW_CELL_TEXT},
    {"rows", {"检查行数", "rows"}, SW_CELL_INT},        {"newly", {"新增不合格", "newly failing"}, SW_CELL_INT}, {"no_longer", {"不再不合格", "no longer failing"}, SW_CELL_INT}};
static const sw_listing_column ROW_COLUMNS[] = {
    {"org", {"机构", "institution"}, SW_CELL_TEXT}, {"file", {"文件", "file"}, SW_CELL_TEXT}, {"record", {"记录", "record"}, SW_CELL_INT},
    {"row", {"行号", "_row"}, SW_CELL_PLAIN},       {"part", {"部分", "_part"}, SW_CELL_PLAIN}, {"value", {"值", "value"}, SW_CELL_TEXT}};

static sw_status put_row(void *ctx, const sw_trial_row *r, sw_error *err) {
  (void)err;
  sw_listing *l = ctx;
  sw_listing_str(l, r->org);
  sw_listing_str(l, r->file);
  sw_listing_i64(l, r->record);
  sw_listing_i64(l, r->row);
  if (r->part)
    sw_listing_i64(l, r->part);
  else
    sw_listing_null(l);
  sw_listing_str(l, r->value);
  sw_listing_row(l);
  return SW_OK;
}

static sw_status list_trials(session *s, const sw_trials *trials, sw_error *err) {
  sw_listing l;
  sw_listing_begin(&l, s->cli, TRIAL_COLUMNS, 6);
  for (size_t i = 0; i < trials->n; i++) {
    const sw_trial *t = &trials->items[i];
    sw_listing_strz(&l, t->rule);
    sw_listing_strz(&l, change_word(s->cli, t->change));
    sw_listing_str(&l, sw_text_in(&t->title, s->cli->lang));
    if (t->checkable) {
      sw_listing_i64(&l, t->rows);
      sw_listing_i64(&l, t->newly);
      sw_listing_i64(&l, t->no_longer);
    }
    sw_listing_row(&l);
  }
  return sw_listing_end(&l, err);
}

static sw_status list_rows(session *s, sw_conn *c, const sw_trials *trials, const char *rule, sw_error *err) {
  int64_t limit;
  sw_status st = sw_cli_opt_i64(s->cli, "limit", 1000, 0, INT64_MAX, &limit, err);
  for (size_t i = 0; !st && i < trials->n; i++) {
    if (strcmp(trials->items[i].rule, rule) != 0) continue;
    sw_listing l;
    sw_listing_begin(&l, s->cli, ROW_COLUMNS, 6);
    st = sw_standard_try_rows(c, &trials->items[i], limit, s->cli->cancel, put_row, &l, err);
    sw_status end = sw_listing_end(&l, st ? NULL : err);
    return st ? st : end;
  }
  return st ? st : SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0073", "这次改动没有改变规则 %s", "this change does not touch the rule %s", rule);
}

static sw_status try_it(session *s, const sw_pack_set *next, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_conn *c = NULL;
  sw_trials trials = {0};
  sw_status st = sw_workspace_connect(s->w, &c, err);
  if (!st) st = sw_standard_try(c, s->set, next, s->cli->cancel, &a, &trials, err);
  const char *rule = sw_cli_opt(s->cli, "rule");
  if (!st) st = rule ? list_rows(s, c, &trials, rule, err) : list_trials(s, &trials, err);
  sw_conn_close(c);
  return st;
}

static sw_status with_proposed(session *s, sw_status (*fn)(session *, const sw_pack_set *, sw_error *), sw_error *err) {
  const char *path = sw_cli_arg(s->cli, 1);
  if (!path) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0074", "请写出改动后的文件或内容包目录", "name the changed file or pack directory");
  sw_pack_set *next = NULL;
  sw_status st = load_proposed(s, path, &next, err);
  if (!st) st = fn(s, next, err);
  sw_pack_free(next);
  return st;
}

/* --- conformance, contract, import ------------------------------------------------------------------------- */

static const sw_listing_column RATE_COLUMNS[] = {
    {"table", {"表", "table"}, SW_CELL_TEXT},        {"column", {"列", "column"}, SW_CELL_TEXT},           {"element", {"数据元", "element"}, SW_CELL_TEXT},
    {"org", {"机构", "institution"}, SW_CELL_TEXT},  {"rows", {"行数", "rows"}, SW_CELL_INT},              {"delivered", {"有值", "delivered"}, SW_CELL_INT},
    {"conforming", {"符合", "conforming"}, SW_CELL_INT}, {"rate", {"符合率", "rate"}, SW_CELL_RATE}};

static sw_status put_rate(void *ctx, const sw_conformance *c, sw_error *err) {
  (void)err;
  sw_listing *l = ctx;
  sw_listing_str(l, c->table);
  sw_listing_str(l, c->column);
  sw_listing_str(l, c->element);
  sw_listing_str(l, c->org);
  sw_listing_i64(l, c->rows);
  sw_listing_i64(l, c->delivered);
  sw_listing_i64(l, c->conforming);
  if (c->delivered) sw_listing_f64(l, c->rate);
  sw_listing_row(l);
  return SW_OK;
}

static sw_status conformance(session *s, sw_error *err) {
  sw_conn *c = NULL;
  sw_status st = sw_workspace_connect(s->w, &c, err);
  if (st) return st;
  sw_listing l;
  sw_listing_begin(&l, s->cli, RATE_COLUMNS, sizeof RATE_COLUMNS / sizeof *RATE_COLUMNS);
  st = sw_standard_conformance(c, s->set, sw_cli_arg(s->cli, 1), s->cli->cancel, put_rate, &l, err);
  sw_status end = sw_listing_end(&l, st ? NULL : err);
  sw_conn_close(c);
  return st ? st : end;
}

static sw_status contract(session *s, sw_error *err) {
  const char *id = sw_cli_arg(s->cli, 1);
  const sw_table_def *t = id ? sw_pack_table(s->set, sw_str_of(id)) : NULL;
  if (!id) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0075", "请写出表名：suwen standard contract TABLE", "name the table: suwen standard contract TABLE");
  if (!t) return unknown(s, id, (const char *const[]){"table"}, 1, err);
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_status st = sw_standard_odcs(s->set, t, s->cli->lang, s->cli->format == SW_OUT_JSON ? SW_ODCS_JSON : SW_ODCS_YAML, &text, err);
  return st ? st : sw_cli_write(text.ptr, text.len, err);
}

static sw_status import(session *s, sw_error *err) {
  const char *file = sw_cli_arg(s->cli, 1), *id = sw_cli_opt(s->cli, "id"), *name = sw_cli_opt(s->cli, "pack");
  if (!file || !id)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0076", "请写 suwen standard import FILE --id ID", "write suwen standard import FILE --id ID");
  const sw_pack_info *to = NULL;
  for (size_t i = 0; i < sw_pack_npacks(s->set); i++) {
    const sw_pack_info *p = sw_pack_info_at(s->set, i);
    if (!name || sw_str_eqz(p->name, name)) to = p;
  }
  if (!to) return SW_FAIL(err, SW_E_NOTFOUND, "SW-CLI-0077", "工作区没有内容包 %s", "the workspace has no pack %s", name ? name : "");
  sw_dictionary_counts n;
  sw_status st = sw_standard_import(&(sw_dictionary_options){.file = file, .pack_dir = to->dir.ptr, .id = id, .title = sw_cli_opt(s->cli, "title"),
                                                             .standard = sw_cli_opt(s->cli, "standard"), .version = sw_cli_opt(s->cli, "edition"),
                                                             .code_column = sw_cli_opt(s->cli, "code"), .name_column = sw_cli_opt(s->cli, "name"),
                                                             .parent_column = sw_cli_opt(s->cli, "parent"), .installed = s->set},
                                    &n, err);
  if (st) return st;
  sw_cli_say(s->cli, "值域 %s 写入内容包 %.*s：%lld 个代码，无编码 %lld 行，重复 %lld 行", "value set %s written into pack %.*s: %lld codes, %lld lines without code, %lld repeated", id,
             SW_STR_ARG(to->name), (long long)n.codes, (long long)n.without_code, (long long)n.repeated);
  return SW_OK;
}

static sw_status diff_it(session *s, sw_error *err) { return with_proposed(s, diff, err); }
static sw_status try_file(session *s, sw_error *err) { return with_proposed(s, try_it, err); }

static sw_status run(sw_cli *cli, sw_error *err) {
  static const struct {
    const char *name;
    sw_status (*fn)(session *s, sw_error *err);
    bool writes;
  } actions[] = {{"list", list, false}, {"show", show, false}, {"diff", diff_it, false}, {"try", try_file, false}, {"conformance", conformance, false},
                 {"contract", contract, false}, {"import", import, true}};
  const char *what = sw_cli_arg(cli, 0);
  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
    if (strcmp(what, actions[i].name) != 0) continue;
    session s = {.cli = cli};
    sw_status st = sw_cli_open(cli, actions[i].writes ? SW_OPEN_WRITE : SW_OPEN_PACKS, "suwen standard", &s.w, err);
    if (!st) {
      s.set = sw_workspace_packs(s.w);
      st = actions[i].fn(&s, err);
    }
    sw_workspace_close(s.w);
    return st;
  }
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0078", "suwen standard 之后应是 list、show、diff、try、conformance、contract 或 import，得到 %s",
                 "suwen standard takes list, show, diff, try, conformance, contract or import, not %s", what);
}

const sw_command SW_CMD_STANDARD = {
    .name = "standard", .args = "list|show|diff|try|conformance|contract|import [ARG]", .min_args = 1, .max_args = 2,
    .help = {"标准：列出、查看、比较、试行改动、符合率、数据契约、导入字典", "standards: list, show, compare, try a change, conformance, contracts, import dictionaries"},
    .details = {"list [value_set|element|table]　列出标准\nshow ID [--rules]　查看一个值域、数据元或表\ndiff FILE|DIR　与改动后的文件或内容包比较\n"
                "try FILE|DIR [--rule ID]　改动尚未采用时，看哪些规则会变、哪些行会新增不合格\nconformance [TABLE]　各数据元、各机构的符合率\n"
                "contract TABLE　按 ODCS 3.1 输出数据契约（--json 为 JSON）\nimport FILE --id ID　把字典（ICD 等）导入为值域",
                "list [value_set|element|table]  list the standards\nshow ID [--rules]  one value set, element or table\ndiff FILE|DIR  compare with a changed file or pack\n"
                "try FILE|DIR [--rule ID]  before a change is accepted: which rules change and which rows would newly fail\n"
                "conformance [TABLE]  rate by element and institution\ncontract TABLE  the table as an ODCS 3.1 contract (--json: as JSON)\n"
                "import FILE --id ID  a dictionary (ICD and the like) as a value set"},
    .options = OPTIONS, .run = run};
