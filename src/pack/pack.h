/* Packs: directories of content files, loaded together into one immutable, checked set.
 *
 * A pack is a directory with `pack.yaml` (pack: hospital, version, title, requires: [base]) and YAML or JSON files in any
 * sub-folder. An object's FIRST key names its kind and its id (`table: dwd.admission`). A file holds objects of one kind:
 * one map, a list of maps, or several documents. A later pack replaces an object of an earlier one only when it says
 * `override: true`. All problems of all files are reported together; with any, nothing of the set is to be used.
 *
 * Kinds and operators come from a registry that the caller passes, so that rooms above add theirs.
 *
 * Ownership: the set owns everything in it. Threads: a loaded set is read-only and shared freely.
 *
 *   sw_pack_set *set = NULL;
 *   sw_problems p = SW_PROBLEMS_INIT;
 *   const char *dirs[] = {"packs/hospital"};
 *   sw_status s = sw_pack_load(&(sw_pack_options){.dirs = dirs, .ndirs = 1}, &set, &p, &err);
 *   const sw_table_def *t = sw_pack_table(set, SW_LIT("dwd.admission")); */
#ifndef SW_PACK_PACK_H
#define SW_PACK_PACK_H

#include "base/hash.h"
#include "base/map.h"
#include "pack/kinds.h"

typedef struct sw_pack_set sw_pack_set;
typedef struct sw_pack_object sw_pack_object;

/* A kind of object. Constant. */
typedef struct sw_kind {
  const char *name;   /* the first key: "table" */
  const char *folder; /* by habit: "tables" */
  const sw_config_map *map;
  size_t id;          /* offset of the sw_ref that gets the id; the map must not list the kind key itself */
  bool id_is_table;   /* the id must be schema.table */
  size_t title;       /* offset + 1 of an sw_text; 0 none */
  const char *help[2];
  /* After all objects are parsed and references are checked; may add problems. May be NULL. */
  void (*resolve)(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx);
  /* After all objects of all kinds are resolved: what looks into others of the same kind. May be NULL. */
  void (*link)(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx);
  void (*release)(void *data); /* frees what is not in the arena; may be NULL */
  bool lenient; /* resolve and link cope with objects whose keys had problems (empty names, zeroes): they then tell more at once */
  const char *example; /* a YAML example for the docs; NULL none */
} sw_kind;

/* An operator's part that packs need: its name and config map (NULL: it takes none). */
typedef struct sw_pack_operator {
  const char *name;
  const sw_config_map *map;
  const char *help[2];
} sw_pack_operator;

typedef struct sw_pack_registry {
  const sw_kind *const *kinds; /* added to the built-in ones; the same name replaces the built-in kind */
  size_t nkinds;
  const sw_pack_operator *operators; /* NULL: steps' operators and configs are not checked */
  size_t noperators;
  /* Checks one SQL text against the shared subset; on failure err has line and column inside the text. NULL: not checked. */
  sw_status (*check_sql)(void *ctx, sw_config_sql_kind kind, sw_str sql, sw_error *err);
  void *check_sql_ctx;
} sw_pack_registry;

typedef struct sw_pack_options {
  const char *const *dirs;   /* packs to load, in order */
  size_t ndirs;
  const char *const *search; /* directories where required packs are looked up, after the siblings of the requiring pack */
  size_t nsearch;
  const char *const *overlay; /* files read after all packs, as one more pack that may replace anything: a proposed change */
  size_t noverlay;
  const sw_pack_registry *registry; /* NULL: built-in kinds only */
  const char *strip;         /* prefix cut from paths in places (the workspace directory); NULL none */
} sw_pack_options;

struct sw_pack_object {
  const sw_kind *kind;
  sw_str id;
  sw_place at;      /* of the id */
  const char *path; /* of its file, to open what lies beside it */
  uint32_t pack;    /* position in the set's packs */
  bool override, broken, data_replaced; /* broken: had problems; data_replaced: a later pack took its place */
  const sw_node *node;
  void *data;       /* struct of the kind's map */
  char hash[SW_SHA256_HEX]; /* of its content, independent of comments, layout and key order */
};

typedef struct sw_pack_info {
  sw_str name, version, dir;
  sw_text title;
} sw_pack_info;

/* SW_OK with a set, or SW_E_CONFIG with the problems listed in `p` (and the first of them in err); other errors when files
 * cannot be read. */
SW_CHECKED sw_status sw_pack_load(const sw_pack_options *opt, sw_pack_set **out, sw_problems *p, sw_error *err);
void sw_pack_free(sw_pack_set *set);

/* Lookup by kind name and id; NULL when absent. Data are of the kind's struct. */
const sw_pack_object *sw_pack_find(const sw_pack_set *set, const char *kind, sw_str id);
const sw_value_set_def *sw_pack_value_set(const sw_pack_set *set, sw_str id);
const sw_element_def *sw_pack_element(const sw_pack_set *set, sw_str id);
const sw_table_def *sw_pack_table(const sw_pack_set *set, sw_str id);
const sw_source_def *sw_pack_source(const sw_pack_set *set, sw_str id);
const sw_mapping_def *sw_pack_mapping(const sw_pack_set *set, sw_str id);
const sw_flow_def *sw_pack_flow(const sw_pack_set *set, sw_str id);
/* The source table that declares an ods table, and its source; NULL when none does. */
const sw_source_table_def *sw_pack_source_table(const sw_pack_set *set, sw_str ods, const sw_source_def **source);

/* All objects of a kind (NULL: of all kinds), in the order of packs, files, places: i from 0 until NULL. */
const sw_pack_object *sw_pack_at(const sw_pack_set *set, const char *kind, size_t i);
size_t sw_pack_count(const sw_pack_set *set, const char *kind);
size_t sw_pack_npacks(const sw_pack_set *set);
const sw_pack_info *sw_pack_info_at(const sw_pack_set *set, size_t i);
/* SHA-256 of the whole set: the same objects give the same hash. For run records. */
const char *sw_pack_hash(const sw_pack_set *set);
/* Offers the ids of a kind (and for "column": the columns of table `of`) to a suggestion. */
void sw_pack_suggest(const sw_pack_set *set, const char *kind, sw_suggest *s);

/* For `resolve` callbacks and rooms above: adds "unknown X; did you mean Y?" when the column is not in the table. */
const sw_column_def *sw_pack_need_column(const sw_config_ctx *ctx, const sw_table_def *t, sw_ref name);

/* `suwen pack docs`: the reference of all kinds and operators as Markdown; `suwen pack docs --schema`: JSON Schema of one. */
SW_CHECKED sw_status sw_pack_docs(const sw_pack_registry *reg, sw_lang lang, sw_buf *out, sw_error *err);
SW_CHECKED sw_status sw_pack_schema(const sw_pack_registry *reg, const char *kind, sw_buf *out, sw_error *err);
/* `suwen pack check`: loads, and writes one line a problem, or a summary (packs, objects by kind, hash). */
SW_CHECKED sw_status sw_pack_check(const sw_pack_options *opt, sw_lang lang, sw_buf *out, sw_error *err);

#endif
