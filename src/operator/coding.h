/* What the operators of the coding room share. */
#ifndef SW_OPERATOR_CODING_H
#define SW_OPERATOR_CODING_H

#include "operator/operator.h"

/* Gives store.<from> the conventional name of "schema.view" for this step and lists its publication. */
SW_CHECKED sw_status sw_op_adopt(sw_op_env *env, sw_op_result *r, const char *from, const char *view, sw_error *err);
/* Drops store.<table>; absent is fine. */
SW_CHECKED sw_status sw_op_drop(sw_op_env *env, const char *table, sw_error *err);

#endif
