/* Inside the operations analysis: the comparison of teams. */
#ifndef SW_CODING_OPERATIONS_INSIDE_H
#define SW_CODING_OPERATIONS_INSIDE_H

#include "coding/operations.h"

/* Reads store.<prefix>__case, makes _team_anova, _team_pair and _team_item. */
SW_CHECKED sw_status sw_operations_teams(sw_conn *c, const sw_operations_options *o, sw_operations_counts *n, sw_error *err);

#endif
