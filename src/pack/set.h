/* Inside pack/: the set's own struct. */
#ifndef SW_PACK_SET_H
#define SW_PACK_SET_H

#include "base/vec.h"
#include "pack/builtin.h"

enum { SW_BUILTIN_KINDS = 13, SW_MAX_KINDS = 64, SW_MAX_PACKS = 64 };

struct sw_pack_set {
  sw_arena arena;
  const sw_pack_registry *registry; /* the caller's: must outlive the set's loading only; NULLed after */
  const sw_kind *kinds[SW_MAX_KINDS];
  size_t nkinds;
  sw_pack_info packs[SW_MAX_PACKS];
  size_t npacks;
  SW_VEC(sw_pack_object *) objects; /* in order; replaced ones left out */
  SW_VEC(sw_pack_object *) by_kind[SW_MAX_KINDS];
  SW_VEC(sw_pack_object *) replaced; /* overridden: kept only to be released */
  sw_map index;                     /* kind \x1f id → object */
  sw_map ods;                       /* ods table → packed source and table positions */
  SW_VEC(sw_config_ref) refs;
  SW_VEC(sw_config_sql) sqls;
  bool overlay; /* what is read now replaces without saying so */
  char hash[SW_SHA256_HEX];
};

/* The kinds of a registry with the built-in ones, in the order in which they are resolved. */
size_t sw_pack_kinds(const sw_pack_registry *reg, const sw_kind *out[SW_MAX_KINDS]);
size_t sw_pack_kind_index(const sw_pack_set *set, const char *name); /* SIZE_MAX when unknown */
/* Parses a step's config by its operator's map. */
void sw_pack_step_options(const sw_pack_set *set, sw_flow_step_def *s, const sw_config_ctx *ctx);
/* Content hashes of objects and of the set. */
SW_CHECKED sw_status sw_pack_hash_all(sw_pack_set *set, sw_error *err);
/* References and SQL of all objects. */
void sw_pack_check_refs(const sw_pack_set *set, const sw_config_ctx *ctx);
void sw_pack_check_sqls(const sw_pack_set *set, const sw_config_ctx *ctx);
/* Reads one pack's objects into the set; all that is wrong goes to the problems. */
SW_CHECKED sw_status sw_pack_read_file(sw_pack_set *set, size_t pack, const char *path, const char *strip, const sw_config_ctx *ctx, sw_error *err);
SW_CHECKED sw_status sw_pack_read(sw_pack_set *set, size_t pack, const char *strip, const sw_config_ctx *ctx, sw_error *err);

#endif
