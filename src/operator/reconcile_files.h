/* Manifests of a source directory, read for reconciliation. */
#ifndef SW_OPERATOR_RECONCILE_FILES_H
#define SW_OPERATOR_RECONCILE_FILES_H

#include "operator/operator.h"
#include "quality/reconcile.h"

/* Every file that the manifests of these sources list; in the environment's arena. A manifest that cannot be read is told as a
 * warning and passed over: it is the institution's, and the flow goes on. */
SW_CHECKED sw_status sw_told_files(sw_op_env *env, const sw_config_list *sources, sw_told_file **out, size_t *n, sw_error *err);

#endif
