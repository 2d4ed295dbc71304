#include "pack/tree.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/utf8.h"

const sw_tree_limits SW_TREE_LIMITS_DEFAULT = {.bytes = (size_t)64 << 20, .depth = 64, .nodes = 4000000};

const sw_pair *sw_node_pair(const sw_node *map, sw_str key) {
  if (!map || map->kind != SW_NODE_MAP) return NULL;
  for (size_t i = 0; i < map->n; i++)
    if (sw_str_eq(map->pairs[i].key, key)) return &map->pairs[i];
  return NULL;
}

const sw_node *sw_node_get(const sw_node *map, const char *key) {
  const sw_pair *p = sw_node_pair(map, sw_str_of(key));
  return p ? p->value : NULL;
}

sw_str sw_node_text(const sw_node *n) {
  return n && n->kind == SW_NODE_SCALAR ? n->text : (sw_str){"", 0};
}

sw_place sw_node_place_at(const sw_node *n, int64_t line, int64_t column) {
  if (!n) return (sw_place){NULL, 0, 0};
  sw_place p = n->at;
  if (n->kind != SW_NODE_SCALAR || line < 1 || column < 1 || line > UINT32_MAX / 2 || column > UINT32_MAX / 2) return p;
  if (n->style == SW_NODE_BLOCK) {
    p.line += (uint32_t)line;
    p.column = n->block_indent + (uint32_t)column;
  } else if (line == 1) {
    p.column += (uint32_t)(column - 1) + (n->style == SW_NODE_QUOTED ? 1u : 0u);
  }
  return p;
}

sw_place sw_node_place_of(const sw_node *n, size_t offset) {
  if (!n || n->kind != SW_NODE_SCALAR) return n ? n->at : (sw_place){NULL, 0, 0};
  int64_t line = 1;
  size_t start = 0;
  if (offset > n->text.len) offset = n->text.len;
  for (size_t i = 0; i < offset; i++)
    if (n->text.ptr[i] == '\n') {
      line++;
      start = i + 1;
    }
  return sw_node_place_at(n, line, (int64_t)sw_utf8_count(sw_str_sub(n->text, start, offset - start)) + 1);
}

static bool json_bare(const sw_node *n) {
  if (n->style != SW_NODE_PLAIN) return false;
  if (sw_str_eqz(n->text, "true") || sw_str_eqz(n->text, "false")) return true;
  /* Only what JSON itself spells as a number: 007 and +1 stay texts. */
  size_t i = 0, len = n->text.len;
  const char *p = n->text.ptr;
  if (i < len && p[i] == '-') i++;
  size_t digits = i;
  while (i < len && p[i] >= '0' && p[i] <= '9') i++;
  if (i == digits || (p[digits] == '0' && i - digits > 1)) return false;
  if (i < len && p[i] == '.') {
    size_t frac = ++i;
    while (i < len && p[i] >= '0' && p[i] <= '9') i++;
    if (i == frac) return false;
  }
  return i == len;
}

void sw_node_to_json(const sw_node *n, sw_json *j) {
  if (sw_node_is_null(n)) {
    sw_json_null(j);
  } else if (n->kind == SW_NODE_SCALAR) {
    if (json_bare(n))
      sw_json_raw(j, n->text);
    else
      sw_json_str(j, n->text);
  } else if (n->kind == SW_NODE_LIST) {
    sw_json_open(j, '[');
    for (size_t i = 0; i < n->n; i++) sw_node_to_json(n->items[i], j);
    sw_json_close(j, ']');
  } else {
    sw_json_open(j, '{');
    for (size_t i = 0; i < n->n; i++) {
      SW_AUTO(sw_buf) key = SW_BUF_INIT;
      sw_buf_str_put(&key, n->pairs[i].key);
      sw_json_key(j, key.ptr);
      sw_node_to_json(n->pairs[i].value, j);
    }
    sw_json_close(j, '}');
  }
}

sw_status sw_tree_file(sw_arena *a, const char *path, const char *shown, const sw_tree_limits *lim, sw_node_list *out,
                       sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  if (!shown) shown = path;
  sw_status s = sw_fs_read(path, lim->bytes, &b, err);
  if (s) return sw_error_at(err, shown, 0, 0);
  sw_str text = sw_arena_dup(a, sw_buf_str(&b));
  if ((s = sw_arena_check(a, err))) return s;
  bool json = sw_str_ends(sw_str_of(path), SW_LIT(".json"));
  return (json ? sw_tree_json : sw_tree_yaml)(a, text, shown, lim, out, err);
}
