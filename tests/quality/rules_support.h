/* A small table with children that the tests of the rule language speak of, and rows for it. */
#ifndef SW_TESTS_QUALITY_RULES_SUPPORT_H
#define SW_TESTS_QUALITY_RULES_SUPPORT_H

#include "quality/plan.h"
#include "quality/rowset.h"

extern const sw_qtable SUPPORT_TABLE;
extern const sw_qsets SUPPORT_SETS; /* RC001 {0,1,2,9}, MISSING (dictionary not installed) */

typedef struct compiled {
  sw_arena arena;
  sw_qregexes *regexes;
  sw_bind bind;
  sw_error err;
} compiled;

void compiled_init(compiled *c);
void compiled_fini(compiled *c);
/* NULL, with c->err, when the text is refused. */
sw_xnode *compiled_add(compiled *c, const char *text);

/* Rows from lines "sex=1;age=30;diagnosis.code=I21,diagnosis.n=2;…": each `child:` group starts a new child. */
sw_rowset *support_rows(const char *const *lines, size_t n);
/* One character a row: T true, F false, - unknown, E error. */
char support_answer(const sw_mask *m, size_t row);

#endif
