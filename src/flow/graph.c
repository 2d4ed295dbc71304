#include "flow/graph.h"

static sw_status nomem(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

size_t sw_flow_graph_find(const sw_flow_graph *g, const char *id) {
  for (size_t i = 0; i < g->n; i++)
    if (strcmp(g->nodes[i].id, id) == 0) return i;
  return g->n;
}

static bool needs_already(const sw_flow_node *n, size_t what) {
  for (size_t i = 0; i < n->needs.len; i++)
    if (n->needs.items[i] == what) return true;
  return false;
}

static sw_status add_need(sw_flow_graph *g, size_t later, size_t earlier, sw_error *err) {
  if (later == earlier || needs_already(&g->nodes[later], earlier)) return SW_OK;
  return SW_VEC_PUSH(&g->nodes[later].needs, earlier) ? SW_OK : nomem(err);
}

static sw_status plan_step(const sw_op_scope *scope, sw_flow_graph *g, size_t i, const sw_flow_step_def *def, sw_error *err) {
  sw_flow_node *n = &g->nodes[i];
  n->def = def;
  n->id = sw_arena_dupz(&g->arena, def->id.name);
  n->op = sw_operator_find(def->op.name);
  if (!n->id) return nomem(err);
  if (!n->op) {
    sw_status s = SW_FAIL(err, SW_E_CONFIG, "SW-FLOW-0010", "没有算子 %.*s", "there is no operator %.*s", SW_STR_ARG(def->op.name));
    return sw_error_at(err, def->op.at.file, def->op.at.line, def->op.at.column), s;
  }
  sw_op_scope own = *scope;
  own.arena = &g->arena;
  sw_status s = n->op->plan ? n->op->plan(&own, def->options, &n->plan, err) : SW_OK;
  if (s != SW_OK) sw_error_at(err, def->at.file, def->at.line, def->at.column);
  return s == SW_OK ? SW_OK : SW_FRAME(err, "规划步骤 %s", "planning step %s", n->id);
}

static bool writes(const sw_flow_node *n, const char *table) {
  for (size_t i = 0; i < n->plan.writes.len; i++)
    if (strcmp(n->plan.writes.items[i], table) == 0) return true;
  return false;
}

static sw_status named_needs(sw_flow_graph *g, size_t i, sw_error *err) {
  const sw_flow_step_def *def = g->nodes[i].def;
  for (size_t k = 0; k < def->needs.n; k++) {
    const sw_ref *ref = SW_ITEM(sw_ref, def->needs, k);
    size_t j = 0;
    while (j < g->n && !sw_str_eqz(ref->name, g->nodes[j].id)) j++;
    if (j == g->n) {
      sw_status s = SW_FAIL(err, SW_E_CONFIG, "SW-FLOW-0011", "没有步骤 %.*s", "there is no step %.*s", SW_STR_ARG(ref->name));
      return sw_error_at(err, ref->at.file, ref->at.line, ref->at.column), s;
    }
    sw_status s = add_need(g, i, j, err);
    if (s != SW_OK) return s;
  }
  return SW_OK;
}

/* A reader waits for the writer; two writers of one table, and steps that number batches, go in the order written. */
static sw_status derived_needs(sw_flow_graph *g, size_t i, sw_error *err) {
  sw_status s = SW_OK;
  for (size_t j = 0; s == SW_OK && j < g->n; j++) {
    if (j == i) continue;
    bool wait = j < i && g->nodes[i].op->numbers_batches && g->nodes[j].op->numbers_batches;
    for (size_t k = 0; !wait && k < g->nodes[i].plan.reads.len; k++)
      wait = writes(&g->nodes[j], g->nodes[i].plan.reads.items[k]) && !writes(&g->nodes[i], g->nodes[i].plan.reads.items[k]);
    for (size_t k = 0; !wait && j < i && k < g->nodes[i].plan.writes.len; k++)
      wait = writes(&g->nodes[j], g->nodes[i].plan.writes.items[k]);
    if (wait) s = add_need(g, i, j, err);
  }
  return s;
}

static sw_status refuse_cycle(const sw_flow_graph *g, const bool *placed, sw_error *err) {
  SW_AUTO(sw_buf) names = SW_BUF_INIT;
  const sw_flow_node *first = NULL;
  for (size_t i = 0; i < g->n; i++) {
    if (placed[i]) continue;
    if (!first) first = &g->nodes[i];
    sw_buf_printf(&names, "%s%s", names.len ? ", " : "", g->nodes[i].id);
  }
  sw_status s = SW_FAIL(err, SW_E_CONFIG, "SW-FLOW-0012", "步骤互相等待，成了环：%s；请检查它们的 needs 以及读写的表",
                        "steps wait for each other in a cycle: %s; check what they need, read and write", names.ptr);
  if (first) sw_error_at(err, first->def->at.file, first->def->at.line, first->def->at.column);
  return s;
}

static sw_status sort(sw_flow_graph *g, sw_error *err) {
  g->order = SW_ARENA_ARRAY(&g->arena, size_t, g->n + 1);
  bool *placed = SW_ARENA_ARRAY(&g->arena, bool, g->n + 1);
  if (!g->order || !placed) return nomem(err);
  for (size_t at = 0; at < g->n;) {
    size_t before = at;
    for (size_t i = 0; i < g->n; i++) {
      bool ready = !placed[i];
      for (size_t k = 0; ready && k < g->nodes[i].needs.len; k++) ready = placed[g->nodes[i].needs.items[k]];
      if (!ready) continue;
      placed[i] = true;
      g->order[at++] = i;
      break;
    }
    if (at == before) return refuse_cycle(g, placed, err);
  }
  return SW_OK;
}

sw_status sw_flow_graph_make(const sw_op_scope *scope, const sw_flow_def *flow, sw_flow_graph *out, sw_error *err) {
  *out = (sw_flow_graph){.n = flow->steps.n};
  out->nodes = SW_ARENA_ARRAY(&out->arena, sw_flow_node, out->n + 1);
  sw_status s = out->nodes ? SW_OK : nomem(err);
  for (size_t i = 0; s == SW_OK && i < out->n; i++) s = plan_step(scope, out, i, SW_ITEM(sw_flow_step_def, flow->steps, i), err);
  for (size_t i = 0; s == SW_OK && i < out->n; i++) s = named_needs(out, i, err);
  for (size_t i = 0; s == SW_OK && i < out->n; i++) s = derived_needs(out, i, err);
  if (s == SW_OK) s = sort(out, err);
  if (s != SW_OK) sw_flow_graph_fini(out);
  return s;
}

void sw_flow_graph_fini(sw_flow_graph *g) {
  for (size_t i = 0; g->nodes && i < g->n; i++) {
    sw_op_plan_fini(&g->nodes[i].plan);
    SW_VEC_FREE(&g->nodes[i].needs);
  }
  sw_arena_fini(&g->arena);
  *g = (sw_flow_graph){0};
}

bool sw_flow_graph_after(const sw_flow_graph *g, size_t later, size_t earlier) {
  for (size_t i = 0; i < g->nodes[later].needs.len; i++) {
    size_t need = g->nodes[later].needs.items[i];
    if (need == earlier || sw_flow_graph_after(g, need, earlier)) return true;
  }
  return false;
}
