/* Rule texts of arbitrary bytes: parsed, bound to a table and, where accepted, answered by the plan and by the interpreter,
 * which must agree on an empty row. */
#include "quality/plan.h"
#include "quality/regex.h"
#include "quality/rowset.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COL(n, t, s) {.name = {(n), sizeof(n) - 1}, .type = (t), .scale = (s)}
static const sw_qcolumn ROW[] = {COL("sex", SW_Q_TEXT, 0), COL("age", SW_Q_INT, 0), COL("fee", SW_Q_INT, 2), COL("ratio", SW_Q_FLOAT, 0),
                                 COL("admit", SW_Q_TIME, 0), COL("birth", SW_Q_DATE, 0), COL("flag", SW_Q_BOOL, 0)};
static const sw_qcolumn CHILD[] = {COL("code", SW_Q_TEXT, 0), COL("n", SW_Q_INT, 0)};
static const sw_qtable CHILDREN[] = {{.name = {"diagnosis", 9}, .columns = CHILD, .ncolumns = 2}};
static const sw_qtable TABLE = {.name = {"t", 1}, .columns = ROW, .ncolumns = 7, .children = CHILDREN, .nchildren = 1};

static void answer(const sw_xnode *x) {
  sw_error err = SW_ERROR_INIT;
  sw_rowset *r = NULL;
  sw_plan *p = NULL;
  sw_plan_state *s = NULL;
  const sw_qbatch *b;
  sw_scalar sc;
  if (sw_scalar_init(&sc, &err)) return;
  if (sw_rowset_new(&TABLE, &r, &err) == SW_OK && sw_rowset_row(r, &err) == SW_OK && sw_rowset_child(r, SW_LIT("diagnosis"), &err) == SW_OK &&
      sw_rowset_batch(r, &b, &err) == SW_OK && sw_plan_new(&TABLE, &p, &err) == SW_OK && sw_plan_add(p, x, &err) == SW_OK &&
      sw_plan_state_new(p, &s, &err) == SW_OK && sw_plan_run(s, b, &err) == SW_OK) {
    sc.batch = b;
    sw_qval v = sw_scalar_eval(&sc, x);
    sw_mask m = sw_plan_mask(s, 0);
    int plan = m.e[0] & 1 ? 3 : m.t[0] & 1 ? 2 : m.f[0] & 1 ? 1 : 0;
    int reference = v.state == SW_QV_ERROR ? 3 : v.state == SW_QV_NULL ? 0 : v.i ? 2 : 1;
    if (plan != reference) abort();
  }
  sw_plan_state_free(s);
  sw_plan_free(p);
  sw_rowset_free(r);
  sw_scalar_fini(&sc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > 4096) return 0;
  sw_arena a = {.max = 8 << 20};
  sw_error err = SW_ERROR_INIT;
  sw_qregexes *re = sw_qregexes_new();
  sw_xnode *x = NULL;
  sw_bind b = {.arena = &a, .table = &TABLE, .regexes = re};
  if (re && sw_expr_parse(&a, (sw_str){(const char *)data, size}, &x, &err) == SW_OK && sw_expr_bind(&b, x, SW_Q_BOOL, &err) == SW_OK) answer(x);
  sw_qregexes_free(re);
  sw_arena_fini(&a);
  return 0;
}
