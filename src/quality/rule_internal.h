/* Between the files of the rule model. Private to the quality room. */
#ifndef SW_QUALITY_RULE_INTERNAL_H
#define SW_QUALITY_RULE_INTERNAL_H

#include "quality/rule.h"

/* Compiles every rule of a `rules` object against its table; problems get the place inside the file. */
void sw_rules_resolve(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx);

#endif
