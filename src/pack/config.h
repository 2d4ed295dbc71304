/* Config maps: one table that parses a part of a content file into a struct, checks it, documents it, and makes its JSON
 * Schema. Kinds of pack objects and flow operators are all described so.
 *
 * A map lists its keys. Each key has a type, a shape (one value, a list, a dictionary by name), whether it is required,
 * its default as it would be written, its limits, help in both languages and the offset of the field it fills.
 * Parsing collects every problem with its place and, for a misspelt key, enum value or reference, what was likely meant.
 *
 * The C field by type (shape ONE):
 *   STR, REGEX sw_str · INT int64_t · NUM double · BOOL bool · DURATION int64_t µs · SIZE int64_t bytes · ENUM int (0 first)
 *   TEXT sw_text (a {zh,en} map, or one string for both) · IDENT, TABLE, REF sw_ref · DATE int32_t days ·
 *   TIME int64_t µs · MONEY int64_t fen · SQL sw_config_sqltext · MAP the nested struct itself · NODE const sw_node *
 * Shape LIST: sw_config_list whose items are an array of that C type; one bare value is taken as a list of one.
 * Shape DICT: sw_config_dict, whose values are an array of that C type.
 *
 * A nested map may have a `shorthand` key: a bare scalar (or, for a LIST-shaped shorthand, a list) in the map's place
 * fills that key: `sex: XB` for `sex: {from: XB}`.
 *
 *   typedef struct opts { sw_str path; int64_t limit; } opts;
 *   static const sw_config_key opts_keys[] = {
 *     {.name = "path", .type = SW_CFG_STR, .offset = offsetof(opts, path), .required = true, .help = {"路径", "the path"}},
 *     {.name = "limit", .type = SW_CFG_INT, .offset = offsetof(opts, limit), .fallback = "10", .min = 1, .max = 99, .help = {…}},
 *   };
 *   static const sw_config_map opts_map = SW_CONFIG_MAP("export", opts, opts_keys);
 *   opts o; sw_config_parse(&opts_map, node, &ctx, &o);
 *
 * Ownership: everything made lives in ctx->arena; views point into the tree's texts. Threads: maps are constant. */
#ifndef SW_PACK_CONFIG_H
#define SW_PACK_CONFIG_H

#include "pack/problem.h"

typedef struct sw_text { sw_str zh, en; } sw_text; /* equal when only one was written */
static inline sw_str sw_text_in(const sw_text *t, sw_lang lang) { return lang == SW_LANG_ZH ? t->zh : t->en; }

typedef struct sw_ref { sw_str name; sw_place at; } sw_ref;               /* a name and where it was written */
typedef struct sw_config_sqltext { sw_str text; const sw_node *node; } sw_config_sqltext; /* node gives places inside the text */
typedef struct sw_config_list { void *items; size_t n; } sw_config_list;
typedef struct sw_config_dict { sw_ref *keys; void *values; size_t n; } sw_config_dict;
#define SW_ITEM(type, list, i) (&((type *)(list).items)[i])
#define SW_VALUE(type, dict, i) (&((type *)(dict).values)[i])

typedef enum sw_config_type {
  SW_CFG_STR,
  SW_CFG_INT,
  SW_CFG_NUM,
  SW_CFG_BOOL,     /* true, false, yes, no */
  SW_CFG_DURATION, /* 250ms, 30s, 5m, 2h, 3d, or a sum: 1h30m */
  SW_CFG_SIZE,     /* 4096, 64KiB, 2GiB, 10MB */
  SW_CFG_ENUM,
  SW_CFG_TEXT,
  SW_CFG_IDENT,    /* letter or _ first, then letters, digits, _ (Chinese letters too) */
  SW_CFG_TABLE,    /* schema.table */
  SW_CFG_REF,      /* the id of another object; `refers` names the kind, checked when the set is complete */
  SW_CFG_DATE,
  SW_CFG_TIME,
  SW_CFG_MONEY,    /* yuan with at most two decimals */
  SW_CFG_SQL,      /* text; `sql` tells whether a SELECT or one scalar expression */
  SW_CFG_REGEX,    /* PCRE2 with UTF; compiled once to check it */
  SW_CFG_MAP,
  SW_CFG_NODE      /* the tree itself, for who reads it in its own way */
} sw_config_type;

typedef enum sw_config_shape { SW_CFG_ONE, SW_CFG_LIST, SW_CFG_DICT } sw_config_shape;
typedef enum sw_config_sql_kind { SW_CFG_EXPRESSION, SW_CFG_SELECT } sw_config_sql_kind;

typedef struct sw_config_enum {
  const char *name;
  int value;
  const char *help[2];
} sw_config_enum;

typedef struct sw_config_map sw_config_map;
typedef struct sw_config_ctx sw_config_ctx;

typedef struct sw_config_key {
  const char *name;
  sw_config_type type;
  sw_config_shape shape;
  size_t offset;
  bool required;
  const char *fallback;         /* the default, as written in YAML; NULL: zero bytes */
  double min, max;              /* numbers, and the length of strings and lists; both 0: no limit */
  const sw_config_enum *values; /* ENUM: ends with a NULL name */
  const sw_config_map *map;     /* MAP */
  const char *refers;           /* REF, TABLE: kind name, "table" */
  sw_config_sql_kind sql;
  size_t present;               /* offset + 1 of a bool that tells whether the key was written; 0: none */
  const char *help[2];
} sw_config_key;

struct sw_config_map {
  const char *name;      /* in docs */
  size_t size;           /* of the struct */
  const sw_config_key *keys;
  size_t nkeys;
  bool open;             /* keys that are not listed are allowed */
  const char *shorthand; /* key filled by a bare scalar; NULL: none */
  size_t at;             /* offset + 1 of an sw_place that gets the map's place; 0: none */
  const char *help[2];
  /* Reads NODE keys in its own way; called also when other keys have problems. May be NULL. */
  void (*parse)(const sw_config_ctx *ctx, const sw_node *node, void *object);
  /* Checks between keys; called only when every key is fine. May be NULL. */
  void (*check)(const sw_config_ctx *ctx, const sw_node *node, void *object);
};
#define SW_CONFIG_MAP(name_, type_, keys_) \
  { .name = (name_), .size = sizeof(type_), .keys = (keys_), .nkeys = sizeof(keys_) / sizeof((keys_)[0]) }

/* A reference met while parsing, to be checked when all objects are known. */
typedef struct sw_config_ref { const char *kind; sw_ref ref; } sw_config_ref;
/* An SQL text met while parsing, to be checked by the engine's parser. */
typedef struct sw_config_sql { sw_config_sql_kind kind; sw_config_sqltext sql; } sw_config_sql;

struct sw_config_ctx {
  sw_arena *arena;
  sw_problems *problems;
  /* Told of every REF/TABLE with `refers`, and of every SQL text; may be NULL. */
  void (*on_ref)(void *user, const sw_config_ref *r);
  void (*on_sql)(void *user, const sw_config_sql *q);
  void *user;
  const char *kind_key; /* a key of the outermost map that is not in the config map (the one that names the kind); NULL none */
};

/* Fills *object (map->size bytes, zeroed first) from a node. `node` may be NULL or null: then only defaults and missing
 * required keys. Returns false when problems were added; the object is then not to be used. */
bool sw_config_parse(const sw_config_map *map, const sw_node *node, const sw_config_ctx *ctx, void *object);
/* One scalar by type, for who reads NODE keys: false and a problem when the text is not one. */
bool sw_config_scalar(const sw_config_key *key, const sw_node *node, const sw_config_ctx *ctx, void *field);

/* Bytes of the C type of one value. */
size_t sw_config_size(const sw_config_key *key);

bool sw_parse_duration(sw_str s, int64_t *us);
bool sw_parse_size(sw_str s, int64_t *bytes);
bool sw_is_ident(sw_str s);

/* Markdown table of a map's keys, nested maps after it under headings "<prefix> <map>" of `level` '#', to which it links. */
void sw_config_docs(const sw_config_map *map, const char *prefix, sw_lang lang, int level, sw_buf *out);
/* JSON Schema (2020-12) of a map as one object (no $schema). */
void sw_config_schema(const sw_config_map *map, sw_buf *out);

#endif
