/* Inside the operations analysis: the comparison of teams. */
#ifndef SW_CODING_OPERATIONS_INSIDE_H
#define SW_CODING_OPERATIONS_INSIDE_H

#include "coding/operations.h"

/* Reads store.<prefix>__case, makes the tables _team_…. */
SW_CHECKED sw_status sw_operations_teams(sw_conn *c, const sw_operations_options *o, sw_operations_counts *n, sw_error *err);

#endif
