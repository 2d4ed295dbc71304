/* The one pass: all row rules of a table as one kernel that the engine calls with every column. Private to the room. */
#ifndef SW_QUALITY_CHECK_SCAN_H
#define SW_QUALITY_CHECK_SCAN_H

#include "quality/accumulate.h"
#include "quality/check.h"

typedef struct sw_scan_rule {
  const sw_rule_def *def;
  sw_rule_bound bound;
  size_t output, applies; /* in the plan; SW_NO_OUTPUT: none */
  uint32_t sql;           /* opaque: which boolean column */
  bool active;            /* takes part: bound, not broken, dictionary there */
  bool broken;
  char reason[2][256];
} sw_scan_rule;
#define SW_NO_OUTPUT SIZE_MAX

typedef struct sw_scan {
  const sw_check_options *o;
  sw_conn *conn;
  sw_arena *arena;
  sw_qregexes *regexes;
  sw_scan_rule *rules; /* by the options' rules; set rules are not active */
  size_t *index;       /* tally's rule → options' rule */
  size_t nactive, nsql;
  sw_plan *plan;
  bool has_part;
  const bool *child_there; /* by child */
  /* results, after sw_scan_run */
  sw_tally total;
  sw_fail_store failures;
  double *ticks;       /* by the tally's rules */
  int64_t rows;
} sw_scan;

/* Leaves the connection in the (read) transaction whose snapshot was scanned: set rules read the same one. */
SW_CHECKED sw_status sw_scan_run(sw_scan *s, sw_error *err);
void sw_scan_fini(sw_scan *s);
/* relation's rows that are checked, as a WHERE clause with its leading blank, or nothing. */
void sw_scan_where(const sw_check_options *o, sw_buf *sql);

#endif
