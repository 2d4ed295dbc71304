/* Between the files of the check. Private to the quality room. */
#ifndef SW_QUALITY_CHECK_INTERNAL_H
#define SW_QUALITY_CHECK_INTERNAL_H

#include "quality/check_scan.h"

/* One line of quality.result. */
typedef struct sw_result_cell {
  uint32_t rule, org; /* of the options' rules; of scan.total.orgs */
  int64_t checked, failed, not_applicable, broken;
} sw_result_cell;

typedef struct sw_metric_cell {
  uint32_t rule, org;
  double value;
} sw_metric_cell;

/* A statistical judgement that waits for the others of its family. */
typedef struct sw_pending_test {
  size_t cell;  /* of cells */
  double p;
  bool matters; /* the effect is large enough */
} sw_pending_test;

struct sw_check {
  sw_check_options o;
  sw_arena arena;
  sw_scan scan;
  SW_VEC(sw_result_cell) cells;
  SW_VEC(sw_metric_cell) metrics;
  SW_VEC(sw_failing) set_failing; /* of set rules; handed to the scan's store in blocks */
  sw_check_outcome out;
  sw_rule_sets *own_sets; /* of sw_quality_run_table */
  bool *child_there;      /* by child: its relation exists */
  SW_VEC(sw_pending_test) pending; /* statistical judgements: the family over which false alarms are held down */
};

/* One set rule in the running transaction: result cells, failing rows, metrics. */
SW_CHECKED sw_status sw_check_set_rule(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err);
SW_CHECKED sw_status sw_check_metric_rule(sw_check *k, sw_conn *c, uint32_t rule, sw_error *err);
/* When all rules have run: Holm's procedure over what is pending. */
SW_CHECKED sw_status sw_check_settle(sw_check *k, sw_error *err);
double sw_check_family_level(const sw_check *k); /* half of it is for the pending tests, half for new and vanished codes */
SW_CHECKED sw_status sw_check_org(sw_check *k, sw_str name, uint32_t *out, sw_error *err);
SW_CHECKED sw_status sw_check_cell(sw_check *k, sw_result_cell cell, sw_error *err);
SW_CHECKED sw_status sw_check_fail(sw_check *k, uint32_t rule, uint32_t org, int64_t row, int32_t part, sw_error *err);
/* False, and not-applicable cells, when the other table of a rule is not there yet. */
SW_CHECKED sw_status sw_check_other_table(sw_check *k, sw_conn *c, uint32_t rule, sw_str table, bool *there, sw_error *err);
/* SQL of the institution of a row: the quoted column as text, or ''. */
void sw_check_org_sql(const sw_check *k, sw_buf *sql);
const char *sw_check_relation(const sw_check *k);

#endif
