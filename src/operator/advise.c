/* `advise`: what would change each stay's group, what its record supports or contradicts, and what the quality rules that a case
 * breaks put at stake. */
#include "base/fs.h"
#include "coding/advise_run.h"
#include "coding/group_run.h"
#include "engine/sql.h"
#include "operator/coding.h"

typedef struct options {
  sw_str catalogue, rules;
  sw_ref into, check, settlement, diagnosis, procedure;
} options;

static const sw_config_key KEYS[] = {
    {.name = "catalogue", .type = SW_CFG_STR, .offset = offsetof(options, catalogue), .required = true, .help = {"DRG 分组目录", "the DRG catalogue"}},
    {.name = "rules", .type = SW_CFG_STR, .offset = offsetof(options, rules), .help = {"证据规则 CSV（相对工作区）", "rules of evidence, CSV (relative to the workspace)"}},
    {.name = "into", .type = SW_CFG_TABLE, .offset = offsetof(options, into), .required = true, .help = {"写入的建议表", "the table of findings"}},
    {.name = "check", .type = SW_CFG_TABLE, .offset = offsetof(options, check),
     .help = {"把首页与清单的质控失败与支付金额并列写入此表；省略则不做", "sets failed rules of front pages and settlement lists beside the payment; left out: not done"}},
    {.name = "settlement", .type = SW_CFG_TABLE, .offset = offsetof(options, settlement), .help = {"结算表，给出每例的费率", "the settlement: it tells each case's value of a unit of weight"}},
    {.name = "diagnosis", .type = SW_CFG_TABLE, .offset = offsetof(options, diagnosis), .fallback = "dwd.diagnosis", .help = {"带医保编码的首页诊断表", "front-page diagnoses with their insurance codes"}},
    {.name = "procedure", .type = SW_CFG_TABLE, .offset = offsetof(options, procedure), .fallback = "dwd.procedure", .help = {"带医保编码的首页手术表", "front-page procedures with their insurance codes"}},
};
static const sw_config_map MAP = {
    .name = "advise", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
    .help = {"每例的编码建议：漏编与高编都查，附证据与金额；质控失败的编码值多少钱",
             "advice on each case's coding: missed codes and up-coding alike, with evidence and yuan; what a failed rule's code is worth"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  static const char *const reads[] = {"dwd.admission",  "dwd.settlement_list", "dwd.settlement_diagnosis", "dwd.settlement_procedure",
                                      "dwd.lab_result", "dwd.fee_item",        "dwd.order_item",           "dwd.settlement_icu"};
  sw_status s = sw_op_plan_read(scope, out, o->diagnosis.name, err);
  if (!s) s = sw_op_plan_read(scope, out, o->procedure.name, err);
  if (!s && o->settlement.name.len) s = sw_op_plan_read(scope, out, o->settlement.name, err);
  for (size_t i = 0; !s && i < 8; ++i) s = sw_op_plan_read(scope, out, sw_str_of(reads[i]), err);
  if (!s) s = sw_op_plan_write(scope, out, o->into.name, err);
  if (!s && o->check.name.len) s = sw_op_plan_write(scope, out, o->check.name, err);
  return s;
}

/* A case that is paid by points carries its own value; others take the mean of what is paid for a unit of weight. */
static void put_cases(const sw_op_env *env, const options *o, sw_buf *b) {
  const char *settlement = o->settlement.name.len ? sw_arena_dupz(env->arena, o->settlement.name) : NULL;
  sw_buf_puts(b, "SELECT g.*, ");
  if (settlement)
    sw_sql_build(b, "CAST(coalesce(s.value, (SELECT avg(value) FROM {}), 0) AS DECIMAL(18,6)) AS value FROM (", sw_sql_dotted(settlement));
  else sw_buf_puts(b, "CAST(0 AS DECIMAL(18,6)) AS value FROM (");
  sw_group_run_select(sw_arena_dupz(env->arena, o->diagnosis.name), sw_arena_dupz(env->arena, o->procedure.name), b);
  sw_buf_puts(b, ") g");
  if (settlement) sw_sql_build(b, " LEFT JOIN {} s ON s.org_code = g.org_code AND s.case_no = g.case_no", sw_sql_dotted(settlement));
}

static sw_status advise(sw_op_env *env, const options *o, const sw_catalogue *c, const char *physical, sw_advise_run_counts *n, sw_error *err) {
  SW_AUTO(sw_buf) cases = SW_BUF_INIT;
  SW_AUTO(sw_buf) evidence = SW_BUF_INIT;
  sw_evidence_rule *rules = NULL;
  size_t nrules = 0;
  sw_status s = SW_OK;
  if (o->rules.len) {
    char *path = sw_workspace_path(env->workspace, env->arena, sw_arena_dupz(env->arena, o->rules));
    s = path ? sw_evidence_read(path, env->arena, &rules, &nrules, err) : sw_arena_check(env->arena, err);
  }
  put_cases(env, o, &cases);
  sw_advise_evidence_select(rules, nrules, &evidence);
  if (!s) s = sw_arena_check(env->arena, err);
  if (!s) s = sw_buf_check(&cases, err);
  if (!s) s = sw_buf_check(&evidence, err);
  if (s) return s;
  return sw_advise_run(env->conn, &(sw_advise_run_options){.catalogue = c, .cases = cases.ptr, .evidence = nrules ? evidence.ptr : NULL, .rules = rules, .nrules = nrules,
                                                           .physical = physical, .cancel = env->cancel, .events = env->events}, n, err);
}

/* Failed rules that concern coding, by case: on the page or list as a whole, or on one of its codes. Without the code that failed the
 * case would be in without_group; what hangs on a principal diagnosis is the case's other possible principal of most effect. */
static const char CHECK[] =
    "CREATE OR REPLACE TABLE {} AS WITH f AS (SELECT DISTINCT rule, table_name, _row, _part FROM quality.failure),"
    " list AS (SELECT _row, org_code, setl_id, case_no FROM dwd.settlement_list),"
    " hit AS (SELECT f.rule, f.table_name, a.org_code, a.case_no, a.principal_code AS code, 'page' AS place FROM f JOIN dwd.admission a ON f.table_name = 'dwd.admission'"
    " AND a._row = f._row"
    " UNION ALL SELECT f.rule, f.table_name, l.org_code, l.case_no, NULL, 'list' FROM f JOIN list l ON f.table_name = 'dwd.settlement_list' AND l._row = f._row"
    " UNION ALL SELECT f.rule, f.table_name, d.org_code, d.case_no, d.code_insurance, 'diagnosis' FROM f JOIN {} d ON f.table_name = 'dwd.diagnosis' AND d._row = f._row"
    " AND d._part IS NOT DISTINCT FROM f._part"
    " UNION ALL SELECT f.rule, f.table_name, p.org_code, p.case_no, p.code_insurance, 'procedure' FROM f JOIN {} p ON f.table_name = 'dwd.procedure' AND p._row = f._row"
    " AND p._part IS NOT DISTINCT FROM f._part"
    " UNION ALL SELECT f.rule, f.table_name, l.org_code, l.case_no, d.diag_code, 'diagnosis' FROM f JOIN dwd.settlement_diagnosis d ON"
    " f.table_name = 'dwd.settlement_diagnosis' AND d._row = f._row JOIN list l ON l.org_code = d.org_code AND l.setl_id = d.setl_id"
    " UNION ALL SELECT f.rule, f.table_name, l.org_code, l.case_no, p.oprn_oprt_code, 'procedure' FROM f JOIN dwd.settlement_procedure p ON"
    " f.table_name = 'dwd.settlement_procedure' AND p._row = f._row JOIN list l ON l.org_code = p.org_code AND l.setl_id = p.setl_id),"
    " without AS (SELECT org_code, case_no, code, kind, min(to_group) AS to_group, min(yuan) AS yuan FROM {} WHERE kind IN ('depends-diagnosis', 'depends-procedure')"
    " GROUP BY org_code, case_no, code, kind),"
    " other AS (SELECT org_code, case_no, arg_max(to_group, abs(yuan)) AS to_group, arg_max(yuan, abs(yuan)) AS yuan FROM {} WHERE kind = 'principal'"
    " GROUP BY org_code, case_no)"
    " SELECT h.org_code, h.case_no, h.rule, h.table_name, h.place, h.code, g.group_code, g.points, g.paid, g.gain,"
    " CASE WHEN h.place IN ('diagnosis', 'procedure') THEN w.to_group ELSE o.to_group END AS other_group,"
    " CAST(CASE WHEN h.place IN ('diagnosis', 'procedure') THEN coalesce(w.yuan, 0) ELSE coalesce(o.yuan, 0) END AS DECIMAL(18,2)) AS yuan"
    " FROM hit h JOIN {} g ON g.org_code = h.org_code AND g.case_no = h.case_no"
    " LEFT JOIN without w ON w.org_code = h.org_code AND w.case_no = h.case_no AND w.code = h.code AND h.place = replace(w.kind, 'depends-', '')"
    " LEFT JOIN other o ON o.org_code = h.org_code AND o.case_no = h.case_no AND h.place IN ('page', 'list')"
    " WHERE h.case_no IS NOT NULL ORDER BY h.org_code, h.case_no, h.rule, h.place, h.code";

static sw_status make_check(sw_op_env *env, const options *o, const char *advice, sw_op_result *out, sw_error *err) {
  bool there = false;
  char *view = sw_arena_dupz(env->arena, o->check.name), *physical = view ? sw_op_physical(env, view) : NULL;
  if (!physical) return sw_arena_check(env->arena, err);
  sw_status s = sw_table_exists(env->conn, "quality", "failure", &there, err);
  if (s || !there || !o->settlement.name.len) return s;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, CHECK, sw_sql_table("store", physical), sw_sql_dotted(sw_arena_dupz(env->arena, o->diagnosis.name)),
               sw_sql_dotted(sw_arena_dupz(env->arena, o->procedure.name)), sw_sql_table("store", advice), sw_sql_table("store", advice),
               sw_sql_dotted(sw_arena_dupz(env->arena, o->settlement.name)));
  s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(env->conn, b.ptr, env->cancel, err);
  return s ? s : sw_op_publish(env, out, view, physical, err);
}

static void say(const sw_op_env *env, const sw_advise_run_counts *n) {
  sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "%lld 例中 %lld 例有建议；漏编 %lld 处（可多 %.2f 元），病历不支持 %lld 处（多得 %.2f 元）",
               "%lld cases, %lld with findings; missed %lld (worth %.2f yuan), not supported %lld (%.2f yuan too much)", (long long)n->in, (long long)n->advised,
               (long long)n->missed, (double)n->missed_fen / 100, (long long)n->upcoded, (double)n->upcoded_fen / 100);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  char *into = sw_arena_dupz(env->arena, o->into.name), *where = sw_arena_dupz(env->arena, o->catalogue);
  char *physical = into ? sw_op_physical(env, into) : NULL, *path = where ? sw_workspace_path(env->workspace, env->arena, where) : NULL;
  if (!physical || !path) return sw_arena_check(env->arena, err);
  sw_catalogue *c = NULL;
  sw_advise_run_counts n = {0};
  int64_t started = sw_mono_us();
  sw_status s = sw_catalogue_import(path, env->cancel, &c, err);
  if (!s) s = advise(env, o, c, physical, &n, err);
  sw_catalogue_free(c);
  /* A case without a finding is left out; one with several has a row for each. */
  sw_row_count count = {.table = into, .in = n.in, .expanded = n.out - n.advised, .filtered = n.in - n.advised, .out = n.out, .seconds = (double)(sw_mono_us() - started) / 1e6};
  if (!s) s = sw_op_count(env, out, &count, err);
  if (!s) s = sw_op_publish(env, out, into, physical, err);
  if (!s && o->check.name.len) s = make_check(env, o, physical, out, err);
  if (!s) say(env, &n);
  return s;
}

const sw_operator SW_OP_ADVISE = {
    .face = {.name = "advise", .map = &MAP, .help = {"编码建议：证据与金额", "advice on coding, with evidence and yuan"}},
    .plan = plan,
    .run = run,
};
