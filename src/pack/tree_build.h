/* What the YAML and the JSON reader share: limits, node making, duplicate keys. Private to pack/. */
#ifndef SW_PACK_TREE_BUILD_H
#define SW_PACK_TREE_BUILD_H

#include "base/vec.h"
#include "pack/tree.h"

typedef struct sw_tree_builder {
  sw_arena *arena;
  const sw_tree_limits *lim;
  const char *file;
  size_t nodes; /* visits counted against the limit */
  sw_error *err;
} sw_tree_builder;

typedef SW_VEC(const sw_node *) sw_node_vec;
typedef SW_VEC(sw_pair) sw_pair_vec;

/* Refuses too long a text, and bytes that are not UTF-8, with their place; copies the file name. */
SW_CHECKED sw_status sw_tree_begin(sw_tree_builder *b, sw_str text);
/* A new node, or NULL with err set (limit or memory). */
sw_node *sw_tree_node(sw_tree_builder *b, sw_node_kind kind, sw_place at);
SW_CHECKED sw_status sw_tree_count(sw_tree_builder *b, size_t n, sw_place at);
SW_CHECKED sw_status sw_tree_depth(const sw_tree_builder *b, size_t depth, sw_place at);
/* Moves what was collected into the arena; refuses duplicate keys. */
SW_CHECKED sw_status sw_tree_take_list(sw_tree_builder *b, sw_node *n, sw_node_vec *v);
SW_CHECKED sw_status sw_tree_take_map(sw_tree_builder *b, sw_node *n, sw_pair_vec *v);
/* Line and column of a byte offset. */
sw_place sw_tree_locate(const sw_tree_builder *b, sw_str text, size_t offset);
static inline sw_status sw_tree_at(const sw_tree_builder *b, sw_place at) {
  return sw_error_at(b->err, at.file, at.line, at.column);
}

#endif
