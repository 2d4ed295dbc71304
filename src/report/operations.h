/* The operations chapter: which schemes were settled, and where the money is.
 *
 * A scheme's figures are the tables ads.<prefix>_indicator, _funnel, … that the settle step makes (coding/operations.h). */
#ifndef SW_REPORT_OPERATIONS_H
#define SW_REPORT_OPERATIONS_H

#include "engine/sql.h"
#include "report/report.h"

typedef struct sw_op_scheme {
  const char *name;   /* "DRG", "DIP" */
  const char *prefix; /* "operations", "operations_dip" */
} sw_op_scheme;

enum { SW_OP_SCHEMES = 2 };
extern const sw_op_scheme SW_OP_SCHEME[SW_OP_SCHEMES];

bool sw_op_has(const sw_report_scope *s, const sw_op_scheme *scheme); /* a scheme that was settled and analysed, with cases */
const sw_op_scheme *sw_op_main(const sw_report_scope *s);             /* the first of them; NULL none */

/* ads.<prefix>_<name>, for sw_sql_build; the name lives in the arena. */
sw_sql_arg sw_op_table(const sw_report_scope *s, const sw_op_scheme *scheme, const char *name);

/* The institutions by number of cases, most first; more than one makes a region. */
typedef struct sw_op_org {
  const char *code, *name; /* name: the code where it has none */
  int64_t cases;
} sw_op_org;
SW_CHECKED sw_status sw_op_orgs(const sw_report_scope *s, const sw_op_scheme *scheme, sw_op_org **out, size_t *n, sw_error *err);

/* Cells of a table: a figure in its tone, a share in percent. */
void sw_op_number(sw_html *h, double v, int decimals, const char *tone);
void sw_op_share(sw_html *h, double v);

double sw_op_f64(const sw_rows *r, size_t col); /* NAN for NULL */
int64_t sw_op_fen(const sw_rows *r, size_t col);

#endif
