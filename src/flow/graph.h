/* The DAG of a flow: which step waits for which, from what the steps say they need and from what they read and write. */
#ifndef SW_FLOW_GRAPH_H
#define SW_FLOW_GRAPH_H

#include "operator/operator.h"

typedef struct sw_flow_node {
  const sw_flow_step_def *def;
  const sw_operator *op;
  char *id;
  sw_op_plan plan;
  SW_VEC(size_t) needs; /* positions of steps that must be done first */
} sw_flow_node;

typedef struct sw_flow_graph {
  sw_flow_node *nodes; /* in the order written */
  size_t n;
  size_t *order;       /* topological; ties in the order written */
  sw_arena arena;
} sw_flow_graph;

/* Plans every step. A cycle is refused with the steps it runs through and the place of one. */
SW_CHECKED sw_status sw_flow_graph_make(const sw_op_scope *scope, const sw_flow_def *flow, sw_flow_graph *out, sw_error *err);
void sw_flow_graph_fini(sw_flow_graph *g);
/* True when `later` waits for `earlier`, directly or not. */
bool sw_flow_graph_after(const sw_flow_graph *g, size_t later, size_t earlier);
/* Position of a step; n when there is none. */
size_t sw_flow_graph_find(const sw_flow_graph *g, const char *id);

#endif
