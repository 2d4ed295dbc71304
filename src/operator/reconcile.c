/* `reconcile`: a table by institution and day against delivered closing totals. */
#include "quality/reconcile.h"

#include "operator/operator.h"

typedef struct options {
  sw_ref table, totals, org, day, totals_day, patient, amount, told_rows, told_patients, told_amount;
  sw_config_sqltext where;
  int64_t tolerance_rows, tolerance_patients, tolerance_amount;
  bool blocking;
} options;

#define COLUMN(field, must, zh, en) {.name = #field, .type = SW_CFG_IDENT, .offset = offsetof(options, field), .required = (must), .help = {zh, en}}
static const sw_config_key KEYS[] = {
    {.name = "table", .type = SW_CFG_TABLE, .refers = "table", .offset = offsetof(options, table), .required = true, .help = {"核对的表", "the table that is counted"}},
    {.name = "totals", .type = SW_CFG_TABLE, .refers = "table", .offset = offsetof(options, totals), .required = true, .help = {"日结表", "the closing totals"}},
    {.name = "where", .type = SW_CFG_SQL, .sql = SW_CFG_EXPRESSION, .offset = offsetof(options, where), .help = {"日结表中有关的行", "rows of the totals that concern the table"}},
    {.name = "org", .type = SW_CFG_IDENT, .offset = offsetof(options, org), .fallback = "org_code", .help = {"两表的机构列", "institution, in both"}},
    COLUMN(day, true, "业务时间列", "business time"),
    COLUMN(totals_day, true, "日结表的日期列", "day of the totals"),
    COLUMN(patient, false, "患者列", "patient"),
    COLUMN(amount, false, "金额列", "amount"),
    COLUMN(told_rows, false, "日结的行数列", "rows told"),
    COLUMN(told_patients, false, "日结的人数列", "patients told"),
    COLUMN(told_amount, false, "日结的金额列", "amount told"),
    {.name = "tolerance_rows", .type = SW_CFG_INT, .offset = offsetof(options, tolerance_rows), .fallback = "0", .min = 0, .max = 1e9, .help = {"行数容差", "rows that may differ"}},
    {.name = "tolerance_patients", .type = SW_CFG_INT, .offset = offsetof(options, tolerance_patients), .fallback = "0", .min = 0, .max = 1e9, .help = {"人数容差", "patients that may differ"}},
    {.name = "tolerance_amount", .type = SW_CFG_MONEY, .offset = offsetof(options, tolerance_amount), .fallback = "0", .help = {"金额容差（元）", "yuan that may differ"}},
    {.name = "blocking", .type = SW_CFG_BOOL, .offset = offsetof(options, blocking), .fallback = "false", .help = {"有差异时停止流程", "a difference stops the flow"}},
};
static const sw_config_map MAP = {.name = "reconcile", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS,
                                  .help = {"与日结核对行数、人数、金额，按机构和日", "rows, patients and amounts against closing totals, by institution and day"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  sw_status s = sw_op_plan_read(scope, out, o->table.name, err);
  return s == SW_OK ? sw_op_plan_read(scope, out, o->totals.name, err) : s;
}

static const char *word(sw_op_env *env, sw_str s) { return s.len ? sw_arena_dupz(env->arena, s) : NULL; }

typedef struct work {
  sw_reconcile_options o;
  sw_reconcile_counts counts;
} work;

static sw_status store(sw_conn *c, void *ctx, sw_error *err) {
  work *w = ctx;
  return sw_reconcile_store(c, &w->o, &w->counts, err);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  work *w = SW_ARENA_NEW(env->arena, work);
  if (!w) return sw_arena_check(env->arena, err);
  w->o = (sw_reconcile_options){.run = env->run, .table = word(env, o->table.name), .org = word(env, o->org.name), .day = word(env, o->day.name),
                                .patient = word(env, o->patient.name), .amount = word(env, o->amount.name), .totals = word(env, o->totals.name),
                                .totals_day = word(env, o->totals_day.name), .totals_where = word(env, o->where.text), .told_rows = word(env, o->told_rows.name),
                                .told_patients = word(env, o->told_patients.name), .told_amount = word(env, o->told_amount.name),
                                .tolerance_rows = o->tolerance_rows, .tolerance_patients = o->tolerance_patients, .tolerance_amount = o->tolerance_amount,
                                .cancel = env->cancel};
  sw_status s = sw_reconcile_prepare(env->conn, err);
  if (s == SW_OK) s = sw_transaction(env->conn, store, w, err);
  if (s != SW_OK) return s;
  sw_emit_text(env->events, SW_EVENT_MESSAGE, w->o.table, "%s：核对 %lld 项，%lld 项有差异", "%s: %lld totals compared, %lld differ", w->o.table,
               (long long)w->counts.compared, (long long)w->counts.differ);
  if (o->blocking && w->counts.differ)
    return SW_FAIL(err, SW_E_DATA, "SW-OP-0041", "%s 与日结有 %lld 处差异，见 quality.reconciliation", "%s differs from its closing totals in %lld places; see quality.reconciliation",
                   w->o.table, (long long)w->counts.differ);
  (void)out;
  return SW_OK;
}

const sw_operator SW_OP_RECONCILE = {
    .face = {.name = "reconcile", .map = &MAP, .help = {"与日结核对", "reconciles with closing totals"}},
    .plan = plan,
    .run = run,
};
