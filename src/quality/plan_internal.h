/* The inside of a plan: shared by its compiler and its runner. Private to the quality room. */
#ifndef SW_QUALITY_PLAN_INTERNAL_H
#define SW_QUALITY_PLAN_INTERNAL_H

#include "base/vec.h"
#include "quality/plan.h"
#include "quality/text_cache.h"

typedef enum vop {
  V_COLUMN,
  V_CONST,
  V_TEXT,      /* bits of a text program */
  V_LENGTH,    /* characters or bytes of a text column */
  V_SCALAR,    /* row by row */
  V_BROADCAST, /* a row's value for each of its children */
  V_AND, V_OR, V_NOT, V_IF,
  V_CMP,       /* x->op over two numbers of one type */
  V_CMP_CONST, /* the second is a constant */
  V_IN_CONST,  /* whole numbers in a list of constants */
  V_ISNULL,
  V_ARITH,     /* ADD, SUB, MUL of INT; all of FLOAT */
  V_CAST,
  V_FN,        /* DAYS, AGE_YEARS, ABS, SUM */
  V_FOLD       /* ANY, ALL, NONE, COUNT, BOTH, SUM, MIN, MAX over a child */
} vop;

typedef struct vnode {
  vop op;
  const sw_xnode *x;
  int scope;         /* -1: rows; else the child */
  uint32_t nkids;
  uint32_t *kids;
  uint32_t program, bit; /* V_TEXT */
  bool total;        /* V_TEXT: one bit says all; else a second bit tells false from unknown */
  sw_qval on_null;   /* V_TEXT: its answer for NULL */
  uint32_t users;    /* outputs that need it */
} vnode;

/* Predicates over one text column: at most 64 bits of answers. */
typedef struct text_program {
  int scope;
  uint32_t column;
  uint32_t nbits;
  uint32_t nodes[64];
  uint32_t nnodes;
} text_program;

struct sw_plan {
  const sw_qtable *table;
  sw_arena arena;
  sw_map by_key;     /* canonical form → node */
  SW_VEC(vnode) nodes;
  SW_VEC(text_program) programs;
  SW_VEC(uint32_t) outputs; /* node of each rule */
  bool *needs_row;
  bool **needs_child;
};

/* A node's value for the current batch. Conditions: m[0] true, m[1] false, m[2] error. Numbers: m[0] valid, m[2] error. */
typedef struct vvec {
  int64_t *i;
  double *d;
  uint64_t *m[3];
} vvec;

typedef struct vscope {
  size_t n, words;   /* values and mask words of this batch */
  size_t cap;        /* values that the buffers hold; a multiple of 64 */
  uint16_t *parent;  /* children: the row of each value */
  uint64_t *own;     /* children: values that belong to a row */
} vscope;

struct sw_plan_state {
  const sw_plan *plan;
  const sw_qbatch *batch;
  vscope *scopes;    /* [0] rows, [1 + child] */
  vvec *vec;         /* by node */
  sw_text_cache *caches; /* by program */
  uint8_t *planes;   /* 8 planes of cap bytes: a text program's words, transposed */
  size_t planes_cap;
  sw_scalar scalar;
  uint64_t batches;
  double *ticks;     /* by node */
  double *program_ticks;
};

static inline vscope *scope_of(sw_plan_state *s, int scope) { return &s->scopes[scope + 1]; }

/* Runs one node over its scope's values. */
void sw_plan_node_run(sw_plan_state *s, uint32_t node);
SW_CHECKED sw_status sw_plan_text_run(sw_plan_state *s, uint32_t program, sw_error *err);
/* The column that a node or program of this scope reads; NULL when it was not delivered. */
const sw_column *sw_plan_column(const sw_plan_state *s, int scope, uint32_t column);
/* Copies a column of numbers, dates or times into the node's buffers. */
void sw_plan_load(const sw_column *c, const sw_xnode *x, const vscope *sc, vvec *out);
/* 64 bytes of 0 or 1 as the bits of a word. */
static inline uint64_t pack_bits(const uint8_t b[64]) {
  uint64_t out = 0;
  for (int k = 0; k < 8; k++) {
    uint64_t w;
    memcpy(&w, b + 8 * k, 8);
    out |= ((w & 0x0101010101010101u) * 0x0102040810204080u >> 56) << (8 * k);
  }
  return out;
}

#endif
