/* `recode`: local codes to national codes, by the mappings of dictionaries, files and decisions. */
#include "coding/recode.h"
#include "engine/sql.h"
#include "operator/coding.h"

typedef struct edition {
  sw_str name, since;
} edition;

typedef struct options {
  sw_ref table, into, dictionary;
  sw_str local, name, target, kind, amount, list;
  sw_config_list editions, files, codes; /* edition; sw_str */
} options;

static const sw_config_key EDITION_KEYS[] = {
    {.name = "name", .type = SW_CFG_STR, .offset = offsetof(edition, name), .required = true, .help = {"版本名", "name of the edition"}},
    {.name = "since", .type = SW_CFG_STR, .offset = offsetof(edition, since), .help = {"从哪天起（yyyy-mm-dd），按出院日期", "from which day (yyyy-mm-dd), by date of discharge"}},
};
static const sw_config_map EDITION = {.name = "edition", .size = sizeof(edition), .keys = EDITION_KEYS, .nkeys = 2, .shorthand = "name"};

static const sw_config_key KEYS[] = {
    {.name = "table", .type = SW_CFG_TABLE, .offset = offsetof(options, table), .required = true, .help = {"要转换的表", "the table to recode"}},
    {.name = "into", .type = SW_CFG_TABLE, .offset = offsetof(options, into), .required = true, .help = {"写入的表", "the table it makes"}},
    {.name = "dictionary", .type = SW_CFG_TABLE, .offset = offsetof(options, dictionary), .fallback = "dwd.dict_item",
     .help = {"各机构的字典", "the institutions' dictionaries"}},
    {.name = "local", .type = SW_CFG_STR, .offset = offsetof(options, local), .required = true, .help = {"院内编码列", "column of the local code"}},
    {.name = "name", .type = SW_CFG_STR, .offset = offsetof(options, name), .help = {"名称列，列入工作清单", "column of the name, for the work list"}},
    {.name = "target", .type = SW_CFG_STR, .offset = offsetof(options, target), .required = true,
     .help = {"国家编码列；已有的值不动", "column of the national code; a value that is there stays"}},
    {.name = "kind", .type = SW_CFG_STR, .offset = offsetof(options, kind), .required = true,
     .help = {"对照种类（字典类别），可用逗号并列", "kind of mapping (dict_type); several with commas"}},
    {.name = "list", .type = SW_CFG_STR, .offset = offsetof(options, list), .required = true,
     .help = {"工作清单的名字：ads.unmapped_<list> 等", "name of the work list: ads.unmapped_<list> and so on"}},
    {.name = "amount", .type = SW_CFG_STR, .offset = offsetof(options, amount), .help = {"金额列；省略则取所在住院的费用", "column of yuan; left out: the cost of the stay"}},
    {.name = "editions", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .map = &EDITION, .offset = offsetof(options, editions), .required = true,
     .help = {"目标版本，由旧到新", "target editions, oldest first"}},
    {.name = "files", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(options, files), .max = 7,
     .help = {"对照文件（CSV，相对工作区）", "files of mappings (CSV, relative to the workspace)"}},
    {.name = "codes", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(options, codes), .max = 8,
     .help = {"目标版本的编码表（CSV：code,name，相对工作区）：其中的编码代表自己，建议也从中选", "lists of the edition's codes (CSV: code,name, relative to the workspace): a code of theirs stands for itself, and suggestions are chosen from them"}},
};
static const sw_config_map MAP = {
    .name = "recode", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"把院内编码转换为国家编码；未对照的列入工作清单，带金额与建议",
             "turns local codes into national codes; those without a mapping go to a work list with their money and suggestions"}};

static const char *view_of(sw_arena *a, const char *what, sw_str list) { return sw_arena_printf(a, "ads.%s_%.*s", what, SW_STR_ARG(list)); }

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  static const char *const made[] = {"unmapped", "code_coverage", "code_suggestion"};
  sw_status s = sw_op_plan_read(scope, out, o->table.name, err);
  if (!s) s = sw_op_plan_read(scope, out, o->dictionary.name, err);
  if (!s && o->amount.len == 0) s = sw_op_plan_read(scope, out, SW_LIT("dwd.admission"), err);
  if (!s) s = sw_op_plan_write(scope, out, o->into.name, err);
  for (size_t i = 0; !s && i < 3; ++i) {
    const char *v = view_of(scope->arena, made[i], o->list);
    s = v ? sw_op_plan_write(scope, out, sw_str_of(v), err) : sw_arena_check(scope->arena, err);
  }
  return s;
}

static sw_status collect(sw_op_env *env, const options *o, const char *rules, sw_error *err) {
  sw_recode_sources src = {.physical = rules, .dictionary = sw_arena_dupz(env->arena, o->dictionary.name), .cancel = env->cancel};
  for (size_t i = 0; i < o->files.n && i < 7; ++i)
    src.files[i] = sw_workspace_path(env->workspace, env->arena, sw_arena_dupz(env->arena, *SW_ITEM(sw_str, o->files, i)));
  sw_recode_rule_counts n;
  sw_status s = sw_arena_check(env->arena, err);
  if (!s) s = sw_recode_collect(env->conn, env->ledger, &src, &n, err);
  if (!s && n.conflicts)
    sw_emit_text(env->events, SW_EVENT_WARNING, env->step, "%lld 个编码各机构对照不一致，取多数", "%lld codes are mapped differently by institutions: the majority is taken",
                 (long long)n.conflicts);
  return s;
}

/* The edition: what the institutions that did map a code call it, and its published list where there is one. */
static sw_status make_codes(sw_op_env *env, const options *o, const char *table, bool insurance, sw_error *err) {
  const char *files[8] = {NULL};
  size_t n = 0;
  for (; n < o->codes.n && n < 8; ++n) files[n] = sw_workspace_path(env->workspace, env->arena, sw_arena_dupz(env->arena, *SW_ITEM(sw_str, o->codes, n)));
  const char *dictionary = sw_arena_dupz(env->arena, o->dictionary.name), *kinds = sw_arena_dupz(env->arena, o->kind);
  sw_status s = sw_arena_check(env->arena, err);
  return s ? s : sw_recode_codes(env->conn, dictionary, insurance ? "insurance_code" : "national_code", kinds, files, n, table, env->cancel, err);
}

static const char CONTEXT[] = "SELECT org_code, case_no, discharge_time AS date, sex, age_years, fee_total AS yuan FROM dwd.admission";

static sw_status publish(sw_op_env *env, const options *o, sw_op_result *out, const char *physical, const char *suggestions, sw_error *err) {
  char *unmapped = sw_arena_printf(env->arena, "%s__unmapped", physical), *coverage = sw_arena_printf(env->arena, "%s__coverage", physical);
  const char *into = sw_arena_dupz(env->arena, o->into.name);
  if (!sw_arena_ok(env->arena)) return sw_arena_check(env->arena, err);
  sw_status s = sw_op_publish(env, out, into, physical, err);
  if (!s) s = sw_op_adopt(env, out, unmapped, view_of(env->arena, "unmapped", o->list), err);
  if (!s) s = sw_op_adopt(env, out, coverage, view_of(env->arena, "code_coverage", o->list), err);
  return s ? s : sw_op_adopt(env, out, suggestions, view_of(env->arena, "code_suggestion", o->list), err);
}

static sw_status recode(sw_op_env *env, const options *o, const char *physical, const char *rules, const char *codes, sw_recode_counts *n, sw_error *err) {
  sw_recode_edition editions[8];
  size_t ne = o->editions.n < 8 ? o->editions.n : 8;
  for (size_t i = 0; i < ne; ++i) {
    const edition *e = SW_ITEM(edition, o->editions, i);
    editions[i] = (sw_recode_edition){sw_arena_dupz(env->arena, e->name), e->since.len ? sw_arena_dupz(env->arena, e->since) : NULL};
  }
  sw_recode_run_options r = {.table = sw_arena_dupz(env->arena, o->table.name), .local = sw_arena_dupz(env->arena, o->local),
                             .name = o->name.len ? sw_arena_dupz(env->arena, o->name) : NULL, .target = sw_arena_dupz(env->arena, o->target),
                             .kind = sw_arena_dupz(env->arena, o->kind), .editions = editions, .neditions = ne, .rules = rules, .physical = physical,
                             .codes = o->codes.n ? codes : NULL,
                             .amount = o->amount.len ? sw_arena_dupz(env->arena, o->amount) : NULL, .cancel = env->cancel, .events = env->events};
  if (!r.amount) {
    r.context = CONTEXT;
    r.context_key = "case_no";
  }
  sw_status s = sw_arena_check(env->arena, err);
  return s ? s : sw_recode_run(env->conn, &r, n, err);
}

static sw_status suggest(sw_op_env *env, const options *o, const char *physical, const char *codes, const char *into, int64_t *rows, sw_error *err) {
  char *unmapped = sw_arena_printf(env->arena, "%s__unmapped", physical), *rejected = sw_arena_printf(env->arena, "%s__rejected", physical);
  if (!sw_arena_ok(env->arena)) return sw_arena_check(env->arena, err);
  bool procedures = sw_str_eqz(o->kind, "procedure"), diagnoses = sw_str_eqz(o->kind, "diagnosis");
  sw_status s = sw_recode_rejected(env->conn, env->ledger, rejected, err);
  if (!s)
    s = sw_recode_suggest(env->conn, &(sw_recode_suggest_options){.unmapped = unmapped, .codes = codes, .procedures = procedures, .names_only = !procedures && !diagnoses,
                                                                  .rejected = rejected, .physical = into, .cancel = env->cancel}, rows, err);
  return s ? s : sw_op_drop(env, rejected, err);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  char *into = sw_arena_dupz(env->arena, o->into.name), *physical = into ? sw_op_physical(env, into) : NULL;
  char *rules = sw_arena_printf(env->arena, "%s__rules", physical), *codes = sw_arena_printf(env->arena, "%s__codes", physical),
       *suggestions = sw_arena_printf(env->arena, "%s__suggest", physical), *list = sw_arena_printf(env->arena, "store.%s", codes);
  if (!sw_arena_ok(env->arena)) return sw_arena_check(env->arena, err);
  sw_recode_counts n = {0};
  int64_t rows = 0, started = sw_mono_us();
  sw_str last = o->editions.n ? SW_ITEM(edition, o->editions, o->editions.n - 1)->name : (sw_str){NULL, 0};
  sw_status s = collect(env, o, rules, err);
  if (!s) s = make_codes(env, o, codes, sw_str_starts(last, SW_LIT("医保")), err);
  if (!s) s = recode(env, o, physical, rules, list, &n, err);
  if (!s) s = suggest(env, o, physical, list, suggestions, &rows, err);
  if (!s) s = sw_op_drop(env, rules, err);
  if (!s) s = sw_op_drop(env, codes, err);
  sw_row_count c = {.table = into, .in = s ? 0 : n.in, .expanded = s ? 0 : n.expanded, .out = s ? 0 : n.out, .seconds = (double)(sw_mono_us() - started) / 1e6};
  if (!s) s = sw_op_count(env, out, &c, err);
  if (!s) s = publish(env, o, out, physical, suggestions, err);
  if (!s)
    sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "%lld 行：已有 %lld，对照 %lld，未对照 %lld 行（%lld 个编码），建议 %lld 条",
                 "%lld rows: had %lld, mapped %lld, without a mapping %lld rows (%lld codes), %lld suggestions", (long long)n.in, (long long)n.had,
                 (long long)n.mapped + (long long)n.same, (long long)n.unmapped, (long long)n.unmapped_codes, (long long)rows);
  return s;
}

const sw_operator SW_OP_RECODE = {
    .face = {.name = "recode", .map = &MAP, .help = {"院内编码转国家编码", "local codes to national codes"}},
    .plan = plan,
    .run = run,
};
