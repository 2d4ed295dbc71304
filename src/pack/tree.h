/* A located tree: what a YAML or JSON file says, with the file, line and column of every key and value.
 *
 * One form for both languages, so that everything above (config maps, kinds, operators) reads either. Scalars keep their
 * text; what type they are is decided by who asks (a config map), not by YAML's guesses: `no` is a boolean only where a
 * boolean is wanted. Duplicate keys are refused. Aliases share their anchor's node, and the total number of nodes seen
 * through aliases is bounded, so that a few lines cannot blow up into gigabytes.
 *
 * Ownership: nodes, texts and file names live in the arena that the caller gives. Threads: one arena, one thread; a
 * finished tree may be read from anywhere.
 *
 *   sw_node_list docs;
 *   sw_status s = sw_tree_yaml(&arena, SW_LIT("a: 1\n"), "x.yaml", &SW_TREE_LIMITS_DEFAULT, &docs, &err);
 *   const sw_node *a = sw_node_get(docs.items[0], "a"); */
#ifndef SW_PACK_TREE_H
#define SW_PACK_TREE_H

#include "base/arena.h"

typedef struct sw_place {
  const char *file; /* NUL-terminated, as it is shown to the user; NULL when there is no place */
  uint32_t line;    /* 1-based; 0 unknown */
  uint32_t column;  /* 1-based, in code points; 0 unknown */
} sw_place;

typedef enum sw_node_kind { SW_NODE_NULL, SW_NODE_SCALAR, SW_NODE_LIST, SW_NODE_MAP } sw_node_kind;
typedef enum sw_node_style {
  SW_NODE_PLAIN,  /* written bare: may stand for a number, a boolean, null */
  SW_NODE_QUOTED, /* 'x' or "x": a string */
  SW_NODE_BLOCK   /* | or >: a string of several lines; its first line is at.line + 1 */
} sw_node_style;

typedef struct sw_node sw_node;
typedef struct sw_pair {
  sw_str key;
  sw_place key_at;
  const sw_node *value;
} sw_pair;

struct sw_node {
  sw_node_kind kind;
  sw_node_style style; /* scalars */
  sw_place at;         /* first character of the value */
  sw_str text;         /* scalars */
  uint32_t block_indent; /* BLOCK: columns that were cut from the left of each line */
  size_t n;            /* items or pairs */
  union {
    const sw_node *const *items; /* LIST */
    const sw_pair *pairs;        /* MAP, in the order written */
  };
};

typedef struct sw_tree_limits {
  size_t bytes;  /* of the file */
  size_t depth;  /* of nesting */
  size_t nodes;  /* of one file, each visit through an alias counted */
} sw_tree_limits;
extern const sw_tree_limits SW_TREE_LIMITS_DEFAULT; /* 64 MiB, 64, 4 million */

typedef struct sw_node_list {
  const sw_node **items;
  size_t n;
} sw_node_list;

/* All documents of a YAML text (`---` separates them). `file` is copied into the arena. Errors carry the place. */
SW_CHECKED sw_status sw_tree_yaml(sw_arena *a, sw_str text, const char *file, const sw_tree_limits *lim, sw_node_list *out,
                                  sw_error *err);
/* One JSON value (RFC 8259; nothing after it). */
SW_CHECKED sw_status sw_tree_json(sw_arena *a, sw_str text, const char *file, const sw_tree_limits *lim, sw_node_list *out,
                                  sw_error *err);
/* Reads a file and chooses by its name: .json is JSON, anything else YAML. `shown` names it in places (NULL: path). */
SW_CHECKED sw_status sw_tree_file(sw_arena *a, const char *path, const char *shown, const sw_tree_limits *lim,
                                  sw_node_list *out, sw_error *err);

/* The value of a key, or NULL (also when `map` is NULL or no map). */
const sw_node *sw_node_get(const sw_node *map, const char *key);
const sw_pair *sw_node_pair(const sw_node *map, sw_str key);
/* A scalar's text; an empty view otherwise. */
sw_str sw_node_text(const sw_node *n);
static inline bool sw_node_is_null(const sw_node *n) { return !n || n->kind == SW_NODE_NULL; }
/* Where the byte `offset` of a scalar's text stands in the file: exact for plain one-line and block scalars and for
 * quoted ones without escapes, else the scalar's first character. */
sw_place sw_node_place_of(const sw_node *n, size_t offset);
/* Same, from a 1-based line and column (code points) inside the text, as an SQL parser reports them. */
sw_place sw_node_place_at(const sw_node *n, int64_t line, int64_t column);
/* Writes the tree as JSON (scalars that look like numbers, booleans and were written bare stay so). */
struct sw_json;
void sw_node_to_json(const sw_node *n, struct sw_json *j);

#endif
