/* Inside pack/: the built-in kinds and helpers of their resolvers. */
#ifndef SW_PACK_BUILTIN_H
#define SW_PACK_BUILTIN_H

#include "pack/pack.h"

extern const sw_kind SW_KIND_VALUE_SET, SW_KIND_ELEMENT, SW_KIND_TABLE, SW_KIND_SOURCE, SW_KIND_MAPPING, SW_KIND_FLOW;
extern const sw_kind SW_KIND_RULES, SW_KIND_INDICATOR, SW_KIND_CATALOGUE, SW_KIND_RETURNED, SW_KIND_SERVICE, SW_KIND_REPORT, SW_KIND_POLICY;
/* Whether nothing but id, title and version of a kind is read. */
bool sw_kind_is_generic(const sw_kind *k);
extern const sw_config_map SW_CODE_RULE_MAP, SW_CODE_MAP;

/* A string list by the bare values (`{}` of chars) of a map: shared keys. */
#define SW_HELP(zh, en) .help = {zh, en}

/* Rows of a CSV file beside an object's YAML file (`file:`). `columns` names what is read, first the required ones; cells of
 * absent columns are empty. Problems are added at `at`. The cells live in ctx->arena. */
typedef struct sw_pack_csv {
  sw_str *cells; /* rows × ncolumns */
  size_t rows;
  const char *file; /* as shown; row i stands on line[i] */
  uint32_t *line;
} sw_pack_csv;
bool sw_pack_csv_read(const sw_pack_set *set, const sw_pack_object *o, sw_str name, sw_place at, const char *const *columns,
                      size_t ncolumns, size_t nrequired, const sw_config_ctx *ctx, sw_pack_csv *out);

/* For resolvers: a problem about a name that is not in a list, with a suggestion already filled. */
void sw_pack_unknown(const sw_config_ctx *ctx, sw_ref name, const char *what_zh, const char *what_en, const sw_suggest *s);
/* True, or a problem with a suggestion. An empty name, _org and _row are fine. */
bool sw_source_need_column(const sw_config_ctx *ctx, const sw_source_table_def *t, sw_ref name);

#endif
