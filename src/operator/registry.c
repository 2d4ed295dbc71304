/* The list of operators, and what packs see of them. */
#include "engine/subset.h"
#include "operator/operator.h"
#include "quality/returned.h"
#include "quality/rule.h"

const sw_operator *const SW_OPERATORS[] = {
    &SW_OP_INGEST,
    &SW_OP_STANDARDISE,
    &SW_OP_CHECK,
    &SW_OP_FINDINGS,
    &SW_OP_RECONCILE,
    &SW_OP_TREND,
    &SW_OP_SQL,
    &SW_OP_EXPORT,
    &SW_OP_IDENTIFY,
    &SW_OP_RECODE,
    &SW_OP_DERIVE,
    &SW_OP_GROUP,
    &SW_OP_SETTLE,
    &SW_OP_INSURER,
    &SW_OP_ADVISE,
    NULL,
};

enum { N_OPERATORS = sizeof SW_OPERATORS / sizeof *SW_OPERATORS - 1 };

const sw_operator *sw_operator_find(sw_str name) {
  for (size_t i = 0; i < N_OPERATORS; i++)
    if (sw_str_eqz(name, SW_OPERATORS[i]->face.name)) return SW_OPERATORS[i];
  return NULL;
}

/* The faces side by side, as packs want them; constant after the first call, and the same whoever makes it. */
static const sw_pack_operator *faces(void) {
  static sw_pack_operator all[N_OPERATORS];
  for (size_t i = 0; i < N_OPERATORS; i++) all[i] = SW_OPERATORS[i]->face;
  return all;
}

static const sw_kind *const KINDS[] = {&SW_RULES_KIND, &SW_RETURNED_KIND};

const sw_pack_registry *sw_operator_registry(void) {
  static sw_pack_registry registry;
  registry.kinds = KINDS;
  registry.nkinds = sizeof KINDS / sizeof *KINDS;
  registry.operators = faces();
  registry.noperators = N_OPERATORS;
  return &registry;
}

static sw_status check_sql(void *ctx, sw_config_sql_kind kind, sw_str sql, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  sw_status s = kind == SW_CFG_SELECT ? sw_sql_check(ctx, sql, &a, NULL, err) : sw_sql_check_expr(ctx, sql, &a, NULL, err);
  sw_arena_fini(&a);
  return s;
}

void sw_operator_registry_with(sw_conn *conn, sw_pack_registry *out) {
  *out = *sw_operator_registry();
  out->check_sql = check_sql;
  out->check_sql_ctx = conn;
}
