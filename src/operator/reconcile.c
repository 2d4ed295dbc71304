/* `reconcile`: what came against closing totals, against manifests, or against the source database read again. */
#include "quality/history.h"
#include "quality/reconcile.h"

#include "operator/operator.h"
#include "operator/reconcile_files.h"

typedef struct options {
  sw_ref table, totals, org, day, totals_day, patient, amount, told_rows, told_patients, told_amount;
  sw_config_sqltext where;
  sw_config_list manifest; /* sw_ref: sources */
  sw_ref source;           /* ods table that is read again */
  sw_config_list key;      /* sw_ref: its key columns */
  int64_t days;
  int64_t tolerance_rows, tolerance_patients, tolerance_amount;
  double share_rows, share_patients, share_amount;
  bool blocking;
} options;

#define COLUMN(field, zh, en) {.name = #field, .type = SW_CFG_IDENT, .offset = offsetof(options, field), .help = {zh, en}}
#define COUNT(field, zh, en) {.name = #field, .type = SW_CFG_INT, .offset = offsetof(options, field), .fallback = "0", .min = 0, .max = 1e9, .help = {zh, en}}
#define SHARE(key_name, field, zh, en) \
  {.name = key_name, .type = SW_CFG_NUM, .offset = offsetof(options, field), .fallback = "0", .min = 0, .max = 1, .help = {zh, en}}
static const sw_config_key KEYS[] = {
    {.name = "table", .type = SW_CFG_TABLE, .refers = "table", .offset = offsetof(options, table), .help = {"日结：核对的表", "closing totals: the table that is counted"}},
    {.name = "totals", .type = SW_CFG_TABLE, .refers = "table", .offset = offsetof(options, totals), .help = {"日结：日结表", "closing totals: their table"}},
    {.name = "where", .type = SW_CFG_SQL, .sql = SW_CFG_EXPRESSION, .offset = offsetof(options, where), .help = {"日结表中有关的行", "rows of the totals that concern the table"}},
    {.name = "manifest", .type = SW_CFG_REF, .shape = SW_CFG_LIST, .refers = "source", .offset = offsetof(options, manifest),
     .help = {"清单：与这些来源的交付清单核对", "manifests: of these sources"}},
    {.name = "source", .type = SW_CFG_TABLE, .refers = "ods", .offset = offsetof(options, source),
     .help = {"源库：重新读取这张落地表的源表（ODBC）", "source: the ods table whose source table is read again (ODBC)"}},
    {.name = "key", .type = SW_CFG_IDENT, .shape = SW_CFG_LIST, .offset = offsetof(options, key),
     .help = {"源库：记录的键，用于列出不同的行", "source: a record's key, to list the rows that differ"}},
    {.name = "days", .type = SW_CFG_INT, .offset = offsetof(options, days), .fallback = "31", .min = 1, .max = 4000,
     .help = {"源库：核对逻辑时间之前多少天", "source: so many days before the as-of day"}},
    {.name = "org", .type = SW_CFG_IDENT, .offset = offsetof(options, org), .fallback = "org_code", .help = {"日结：两表的机构列", "closing totals: institution, in both tables"}},
    COLUMN(day, "业务时间列（日结、源库）", "business time (closing totals, source)"),
    COLUMN(totals_day, "日结表的日期列", "day of the totals"),
    COLUMN(patient, "患者列", "patient"),
    COLUMN(amount, "金额列", "amount"),
    COLUMN(told_rows, "日结的行数列", "rows told"),
    COLUMN(told_patients, "日结的人数列", "patients told"),
    COLUMN(told_amount, "日结的金额列", "amount told"),
    COUNT(tolerance_rows, "行数容差", "rows that may differ"),
    SHARE("tolerance_rows_share", share_rows, "行数容差占对方的比例；与行数容差取大者", "share of the rows told that may differ; the larger of the two counts"),
    COUNT(tolerance_patients, "人数容差", "patients that may differ"),
    SHARE("tolerance_patients_share", share_patients, "人数容差的比例", "share of the patients told that may differ"),
    {.name = "tolerance_amount", .type = SW_CFG_MONEY, .offset = offsetof(options, tolerance_amount), .fallback = "0", .help = {"金额容差（元）", "yuan that may differ"}},
    SHARE("tolerance_amount_share", share_amount, "金额容差的比例", "share of the amount told that may differ"),
    {.name = "blocking", .type = SW_CFG_BOOL, .offset = offsetof(options, blocking), .fallback = "false", .help = {"有差异时停止流程", "a difference stops the flow"}},
};

static void need(const sw_config_ctx *ctx, const sw_node *node, bool there, const char *key, const char *what) {
  if (!there) sw_problem_add(ctx->problems, node->at, "SW-OP-0048", "reconcile 的 %s 还要写 %s", "reconcile with %s needs %s", what, key);
}

static void check(const sw_config_ctx *ctx, const sw_node *node, void *object) {
  const options *o = object;
  int kinds = (o->totals.name.len > 0) + (o->manifest.n > 0) + (o->source.name.len > 0);
  if (kinds != 1) {
    sw_problem_add(ctx->problems, node->at, "SW-OP-0049", "reconcile 要写 totals、manifest、source 之一", "reconcile takes one of totals, manifest and source");
    return;
  }
  if (o->totals.name.len) {
    need(ctx, node, o->table.name.len, "table", "totals");
    need(ctx, node, o->day.name.len, "day", "totals");
    need(ctx, node, o->totals_day.name.len, "totals_day", "totals");
  }
  if (o->source.name.len) need(ctx, node, o->day.name.len, "day", "source");
}

static const sw_config_map MAP = {
    .name = "reconcile", .size = sizeof(options), .keys = KEYS, .nkeys = sizeof KEYS / sizeof *KEYS, .check = check,
    .help = {"按机构和日核对行数、人数、金额：与日结、交付清单，或重新读取的源库；差异可下钻到行",
             "rows, patients and amounts by institution and day: against closing totals, manifests, or the source database read again; differences down to rows"}};

static sw_status plan(const sw_op_scope *scope, const void *opt, sw_op_plan *out, sw_error *err) {
  const options *o = opt;
  sw_status s = SW_OK;
  if (o->totals.name.len) {
    s = sw_op_plan_read(scope, out, o->table.name, err);
    return s == SW_OK ? sw_op_plan_read(scope, out, o->totals.name, err) : s;
  }
  if (o->source.name.len) s = sw_op_plan_read(scope, out, o->source.name, err);
  return s == SW_OK ? sw_op_plan_read(scope, out, SW_LIT("meta.batch"), err) : s;
}

static const char *word(sw_op_env *env, sw_str s) { return s.len ? sw_arena_dupz(env->arena, s) : NULL; }

typedef struct work {
  sw_reconcile_options totals;
  sw_manifest_options manifest;
  sw_reread_options reread;
  sw_reconcile_counts counts;
} work;

/* --- closing totals --------------------------------------------------------------------------------------------- */

/* The landed tables that mappings lead from into the table: whose rejects may hold what is missing. */
static sw_status choose_landed(sw_op_env *env, const options *o, sw_reconcile_options *t, sw_error *err) {
  size_t all = sw_pack_count(env->packs, "mapping");
  const char **landed = SW_ARENA_ARRAY(env->arena, const char *, all + 1);
  if (!landed) return sw_arena_check(env->arena, err);
  t->landed = landed;
  for (size_t i = 0; i < all; i++) {
    const sw_mapping_def *m = sw_pack_at(env->packs, "mapping", i)->data;
    if (!sw_str_eq(m->into.name, o->table.name) || m->from.name.len < 5) continue;
    if (!(landed[t->nlanded++] = sw_arena_dupz(env->arena, sw_str_sub(m->from.name, 4, m->from.name.len)))) return sw_arena_check(env->arena, err);
  }
  return SW_OK;
}

static sw_status store_totals(sw_conn *c, void *ctx, sw_error *err) {
  work *w = ctx;
  return sw_reconcile_store(c, &w->totals, &w->counts, err);
}

static sw_status run_totals(sw_op_env *env, const options *o, work *w, sw_error *err) {
  w->totals = (sw_reconcile_options){.run = env->run, .as_of_us = env->as_of_us, .table = word(env, o->table.name), .org = word(env, o->org.name),
                                     .day = word(env, o->day.name), .patient = word(env, o->patient.name), .amount = word(env, o->amount.name),
                                     .totals = word(env, o->totals.name), .totals_day = word(env, o->totals_day.name), .totals_where = word(env, o->where.text),
                                     .told_rows = word(env, o->told_rows.name), .told_patients = word(env, o->told_patients.name),
                                     .told_amount = word(env, o->told_amount.name), .rows_off = {o->tolerance_rows, o->share_rows},
                                     .patients_off = {o->tolerance_patients, o->share_patients}, .amount_off = {o->tolerance_amount, o->share_amount},
                                     .ledger = env->ledger, .workspace = sw_workspace_dir(env->workspace), .cancel = env->cancel};
  sw_status s = choose_landed(env, o, &w->totals, err);
  return s == SW_OK ? sw_transaction(env->conn, store_totals, w, err) : s;
}

/* --- manifests ---------------------------------------------------------------------------------------------------- */

static sw_status store_manifest(sw_conn *c, void *ctx, sw_error *err) {
  work *w = ctx;
  return sw_reconcile_manifest(c, &w->manifest, &w->counts, err);
}

static sw_status run_manifest(sw_op_env *env, const options *o, work *w, sw_error *err) {
  sw_told_file *files;
  size_t n;
  sw_status s = sw_told_files(env, &o->manifest, &files, &n, err);
  if (s != SW_OK) return s;
  w->manifest = (sw_manifest_options){.run = env->run, .as_of_us = env->as_of_us, .files = files, .nfiles = n, .rows_off = {o->tolerance_rows, o->share_rows},
                                      .scratch = sw_arena_printf(env->arena, "scratch_%s_%s", env->step, env->suffix), .cancel = env->cancel};
  if (!w->manifest.scratch) return sw_arena_check(env->arena, err);
  return sw_transaction(env->conn, store_manifest, w, err);
}

/* --- the source again ---------------------------------------------------------------------------------------------- */

static sw_status store_source(sw_conn *c, void *ctx, sw_error *err) {
  work *w = ctx;
  return sw_reconcile_source(c, &w->reread, &w->counts, err);
}

/* A column's name in the database: what was declared, or the alias that stands first (the ods name may be ours alone). */
static sw_source_column column(sw_op_env *env, const sw_source_table_def *t, sw_str name) {
  if (!name.len) return (sw_source_column){0};
  const sw_source_column_def *c = sw_source_table_column(t, name);
  return (sw_source_column){.here = sw_arena_dupz(env->arena, name), .there = sw_arena_dupz(env->arena, c && c->aliases.n ? *SW_ITEM(sw_str, c->aliases, 0) : name)};
}

static sw_status find_connection(sw_op_env *env, const sw_source_def *src, const char **out, sw_error *err) {
  const sw_settings *settings = sw_workspace_settings(env->workspace);
  for (size_t i = 0; i < settings->connections.n; i++)
    if (src->connection.name.len && sw_str_eq(settings->connections.keys[i].name, src->connection.name))
      *out = sw_arena_dupz(env->arena, SW_VALUE(sw_connection, settings->connections, i)->odbc);
  if (*out) return SW_OK;
  return SW_FAIL(err, SW_E_CONFIG, "SW-OP-0021", "来源 %.*s 要用连接 %.*s，但 suwen.yaml 的 connections 里没有它",
                 "the source %.*s wants the connection %.*s, which suwen.yaml does not have under connections", SW_STR_ARG(src->id.name),
                 SW_STR_ARG(src->connection.name));
}

static sw_status run_source(sw_op_env *env, const options *o, work *w, sw_error *err) {
  const sw_source_def *src = NULL;
  const sw_source_table_def *t = sw_pack_source_table(env->packs, o->source.name, &src);
  sw_reread_options *r = &w->reread;
  if (!t || (!t->odbc_table.len && !t->odbc_query.len))
    return SW_FAIL(err, SW_E_CONFIG, "SW-OP-0050", "%.*s 不是从数据库读取的，无法重新读取；请与日结或清单核对",
                   "%.*s is not read from a database and cannot be read again; reconcile with totals or a manifest", SW_STR_ARG(o->source.name));
  ptrdiff_t dot = t->odbc_query.len ? -1 : sw_str_find(t->odbc_table, SW_LIT("."));
  sw_source_column *key = SW_ARENA_ARRAY(env->arena, sw_source_column, o->key.n + 1);
  if (!key) return sw_arena_check(env->arena, err);
  for (size_t i = 0; i < o->key.n; i++) key[i] = column(env, t, SW_ITEM(sw_ref, o->key, i)->name);
  *r = (sw_reread_options){.run = env->run, .as_of_us = env->as_of_us, .table = word(env, o->source.name), .query = word(env, t->odbc_query),
                           .schema = dot < 0 ? NULL : word(env, sw_str_sub(t->odbc_table, 0, (size_t)dot)),
                           .name = word(env, sw_str_sub(t->odbc_table, (size_t)(dot + 1), t->odbc_table.len)), .org = word(env, t->org),
                           .org_column = column(env, t, t->org.len ? (sw_str){0} : t->org_column.name), .day = column(env, t, o->day.name),
                           .patient = column(env, t, o->patient.name), .amount = column(env, t, o->amount.name), .key = key, .nkey = o->key.n, .days = o->days,
                           .full = (t->has_delivery ? t->delivery : src->delivery) == SW_DELIVERY_FULL && !t->watermark.name.len,
                           .rows_off = {o->tolerance_rows, o->share_rows}, .patients_off = {o->tolerance_patients, o->share_patients},
                           .amount_off = {o->tolerance_amount, o->share_amount}, .cancel = env->cancel,
                           .scratch = sw_arena_printf(env->arena, "scratch_%s_%s", env->step, env->suffix)};
  sw_status s = find_connection(env, src, &r->connection, err);
  if (s == SW_OK) s = sw_arena_check(env->arena, err);
  return s == SW_OK ? sw_transaction(env->conn, store_source, w, err) : s;
}

/* In the publication, since only one of them runs at a time: the history's file holds what all steps of the run found. */
static sw_status keep(sw_conn *c, void *ctx, sw_error *err) {
  const sw_op_env *env = ctx;
  const char *dir = sw_workspace_path(env->workspace, env->arena, "history");
  return dir ? sw_history_write(c, dir, SW_HISTORY_RECONCILIATION, env->run, env->cancel, err) : sw_arena_check(env->arena, err);
}

static sw_status run(sw_op_env *env, const void *opt, sw_op_result *out, sw_error *err) {
  const options *o = opt;
  sw_op_env *later = SW_ARENA_NEW(env->arena, sw_op_env);
  if (!later) return sw_arena_check(env->arena, err);
  *later = *env;
  out->also = keep;
  out->also_ctx = later;
  work *w = SW_ARENA_NEW(env->arena, work);
  if (!w) return sw_arena_check(env->arena, err);
  sw_status s = sw_reconcile_prepare(env->conn, err);
  if (s == SW_OK) s = o->totals.name.len ? run_totals(env, o, w, err) : o->manifest.n ? run_manifest(env, o, w, err) : run_source(env, o, w, err);
  if (s != SW_OK) return s;
  const sw_reconcile_counts *n = &w->counts;
  sw_emit_text(env->events, SW_EVENT_MESSAGE, env->step, "核对 %lld 项，%lld 项有差异；少 %lld 行 = 拒收 %lld + 未送达 %lld",
               "%lld totals compared, %lld differ; %lld rows missing = %lld rejected + %lld never delivered", (long long)n->compared, (long long)n->differ,
               (long long)n->missing, (long long)n->rejected, (long long)n->undelivered);
  if (o->blocking && n->differ)
    return SW_FAIL(err, SW_E_DATA, "SW-OP-0041", "步骤 %s 核对出 %lld 处差异，见 suwen reconcile", "step %s found %lld differences; see suwen reconcile", env->step,
                   (long long)n->differ);
  return SW_OK;
}

const sw_operator SW_OP_RECONCILE = {
    .face = {.name = "reconcile", .map = &MAP, .help = {"对账", "reconciles"}},
    .plan = plan,
    .run = run,
};
