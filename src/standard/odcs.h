/* A table as a data contract: Open Data Contract Standard 3.1 (bitol.io), in YAML or JSON. Pure; threads: any. */
#ifndef SW_STANDARD_ODCS_H
#define SW_STANDARD_ODCS_H

#include "pack/pack.h"

typedef enum sw_odcs_form { SW_ODCS_YAML, SW_ODCS_JSON } sw_odcs_form;

SW_CHECKED sw_status sw_standard_odcs(const sw_pack_set *set, const sw_table_def *t, sw_lang lang, sw_odcs_form form, sw_buf *out, sw_error *err);
/* Writes any tree as block YAML: strings are quoted where a reader could take them for something else. */
void sw_standard_yaml(const sw_node *n, sw_buf *out);

#endif
