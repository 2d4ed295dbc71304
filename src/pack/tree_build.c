#include "pack/tree_build.h"

#include "base/map.h"
#include "base/utf8.h"

sw_place sw_tree_locate(const sw_tree_builder *b, sw_str text, size_t offset) {
  if (offset > text.len) offset = text.len;
  uint32_t line = 1;
  size_t start = 0;
  for (size_t i = 0; i < offset; i++)
    if (text.ptr[i] == '\n') {
      line++;
      start = i + 1;
    }
  return (sw_place){b->file, line, (uint32_t)sw_utf8_count(sw_str_sub(text, start, offset - start)) + 1};
}

sw_status sw_tree_begin(sw_tree_builder *b, sw_str text) {
  b->file = sw_arena_dupz(b->arena, sw_str_of(b->file));
  if (!b->file) return sw_arena_check(b->arena, b->err);
  if (text.len > b->lim->bytes) {
    SW_FAIL(b->err, SW_E_LIMIT, "SW-PACK-0001", "文件有 %zu 字节，超过上限 %zu", "file of %zu bytes is above the limit of %zu", text.len,
            b->lim->bytes);
    return sw_error_at(b->err, b->file, 0, 0);
  }
  size_t valid = sw_utf8_valid_prefix(text.ptr, text.len);
  if (valid == text.len) return SW_OK;
  SW_FAIL(b->err, SW_E_CONFIG, "SW-PACK-0002", "此处的字节不是有效的 UTF-8；请把文件另存为 UTF-8",
          "bytes here are not valid UTF-8; save the file as UTF-8");
  return sw_tree_at(b, sw_tree_locate(b, text, valid));
}

sw_status sw_tree_count(sw_tree_builder *b, size_t n, sw_place at) {
  if (n <= b->lim->nodes && b->nodes <= b->lim->nodes - n) {
    b->nodes += n;
    return SW_OK;
  }
  SW_FAIL(b->err, SW_E_LIMIT, "SW-PACK-0003", "内容超过 %zu 个值（别名展开后计）", "more than %zu values (aliases counted each time)",
          b->lim->nodes);
  return sw_tree_at(b, at);
}

sw_status sw_tree_depth(const sw_tree_builder *b, size_t depth, sw_place at) {
  if (depth <= b->lim->depth) return SW_OK;
  SW_FAIL(b->err, SW_E_LIMIT, "SW-PACK-0004", "嵌套超过 %zu 层", "nested more than %zu levels deep", b->lim->depth);
  return sw_tree_at(b, at);
}

sw_node *sw_tree_node(sw_tree_builder *b, sw_node_kind kind, sw_place at) {
  if (sw_tree_count(b, 1, at)) return NULL;
  sw_node *n = SW_ARENA_NEW(b->arena, sw_node);
  if (!n) {
    SW_FAIL(b->err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
    return NULL;
  }
  n->kind = kind;
  n->at = at;
  return n;
}

sw_status sw_tree_take_list(sw_tree_builder *b, sw_node *n, sw_node_vec *v) {
  if (!v->len) return SW_OK;
  const sw_node **items = SW_ARENA_ARRAY(b->arena, const sw_node *, v->len);
  if (!items) return sw_arena_check(b->arena, b->err);
  /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
  memcpy(items, v->items, v->len * sizeof *items);
  n->items = items;
  n->n = v->len;
  return SW_OK;
}

static sw_status duplicate(sw_tree_builder *b, const sw_pair *first, const sw_pair *again) {
  SW_FAIL(b->err, SW_E_CONFIG, "SW-PACK-0006", "键 %.*s 重复，第 %u 行已有", "key %.*s is repeated; line %u has it already",
          SW_STR_ARG(first->key), first->key_at.line);
  return sw_tree_at(b, again->key_at);
}

static sw_status check_unique(sw_tree_builder *b, const sw_pair *p, size_t n) {
  if (n <= 16) {
    for (size_t i = 1; i < n; i++)
      for (size_t k = 0; k < i; k++)
        if (sw_str_eq(p[i].key, p[k].key)) return duplicate(b, &p[k], &p[i]);
    return SW_OK;
  }
  SW_AUTO(sw_map) seen = SW_MAP_INIT;
  for (size_t i = 0; i < n; i++) {
    bool added;
    uint64_t *at = sw_map_at(&seen, p[i].key, i, &added);
    if (!at) return SW_FAIL(b->err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
    if (!added) return duplicate(b, &p[*at], &p[i]);
  }
  return SW_OK;
}

sw_status sw_tree_take_map(sw_tree_builder *b, sw_node *n, sw_pair_vec *v) {
  if (!v->len) return SW_OK;
  sw_status s = check_unique(b, v->items, v->len);
  if (s) return s;
  sw_pair *pairs = SW_ARENA_ARRAY(b->arena, sw_pair, v->len);
  if (!pairs) return sw_arena_check(b->arena, b->err);
  memcpy(pairs, v->items, v->len * sizeof *pairs);
  n->pairs = pairs;
  n->n = v->len;
  return SW_OK;
}
