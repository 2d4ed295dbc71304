/* Inside pack/: what the parts of the config parser share. */
#ifndef SW_PACK_CONFIG_VALUE_H
#define SW_PACK_CONFIG_VALUE_H

#include "pack/config.h"

const char *sw_config_type_name(sw_config_type t, sw_lang lang);
/* Schema of a file of one kind: one object or a list of them, with the kind key. */
void sw_config_kind_schema(const sw_config_map *map, const char *kind, sw_buf *out);
bool sw_config_parse_defaults(const sw_config_map *map, const sw_config_ctx *ctx, void *object);

#endif
