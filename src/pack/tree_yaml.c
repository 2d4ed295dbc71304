/* YAML by libyaml's event parser. */
#include "base/map.h"
#include "pack/tree_build.h"

#include <yaml.h>

typedef struct anchor {
  sw_str name;
  const sw_node *node; /* NULL while it is being read */
  size_t nodes;        /* visits that reading it costs */
} anchor;

typedef struct reader {
  sw_tree_builder b;
  yaml_parser_t parser;
  sw_str text;
  size_t line, offset; /* a cursor that only goes forward: start of `line` (0-based) */
  SW_VEC(anchor) anchors;
} reader;

static sw_place place_of(const reader *r, yaml_mark_t m) {
  return (sw_place){r->b.file, (uint32_t)m.line + 1, (uint32_t)m.column + 1};
}

/* libyaml's words for what users meet most, in Chinese. */
static const char *const yaml_words[][2] = {
    {"mapping values are not allowed in this context", "此处不能出现“键: 值”；多半是上一行缩进不对，或文字里的冒号没有加引号"},
    {"did not find expected key", "此处应是一个键；多半是缩进与上面不齐"},
    {"did not find expected '-' indicator", "此处应是以“- ”开头的列表项；多半是缩进与上面不齐"},
    {"could not find expected ':'", "键后缺少冒号"},
    {"did not find expected ',' or ']'", "方括号里缺少逗号或右括号"},
    {"did not find expected ',' or '}'", "花括号里缺少逗号或右括号"},
    {"found character that cannot start any token", "此处的字符不能开头（制表符、@、` 等）；请用空格缩进或加引号"},
    {"found unexpected end of stream", "引号没有闭合"},
    {"found a tab character that violates indentation", "缩进里有制表符；请用空格"},
    {"found a tab character where an indentation space is expected", "缩进里有制表符；请用空格"},
    {"found unknown escape character", "双引号里的转义不认识；请改用单引号"},
    {"did not find expected alphabetic or numeric character", "此处应是字母或数字（& * 开头的是锚和别名；文字请加引号）"},
    {"control characters are not allowed", "文件里有控制字符"},
};

static sw_status syntax_error(reader *r) {
  const yaml_parser_t *p = &r->parser;
  if (p->error == YAML_MEMORY_ERROR) return SW_FAIL(r->b.err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
  const char *en = p->problem ? p->problem : "not YAML";
  const char *zh = en;
  for (size_t i = 0; i < sizeof yaml_words / sizeof *yaml_words; i++)
    if (strcmp(yaml_words[i][0], en) == 0) zh = yaml_words[i][1];
  /* Both formats take both texts; %.0s swallows the other language. */
  SW_FAIL(r->b.err, SW_E_CONFIG, "SW-PACK-0007", "YAML 写法有误：%s%.0s", "not valid YAML: %.0s%s", zh, en);
  if (p->error == YAML_READER_ERROR) return sw_tree_at(&r->b, sw_tree_locate(&r->b, r->text, p->problem_offset));
  return sw_tree_at(&r->b, place_of(r, p->problem_mark));
}

static sw_status next(reader *r, yaml_event_t *e) {
  return yaml_parser_parse(&r->parser, e) ? SW_OK : syntax_error(r);
}

/* Blanks before the first line that is not blank, after the line of a block scalar's header. */
static uint32_t block_indent(reader *r, size_t header_line) {
  while (r->line <= header_line && r->offset < r->text.len) {
    const char *nl = memchr(r->text.ptr + r->offset, '\n', r->text.len - r->offset);
    r->offset = nl ? (size_t)(nl - r->text.ptr) + 1 : r->text.len;
    r->line++;
  }
  uint32_t indent = 0;
  for (size_t i = r->offset; i < r->text.len; i++) {
    char c = r->text.ptr[i];
    if (c == '\n' || c == '\r')
      indent = 0;
    else if (c == ' ')
      indent++;
    else
      return indent;
  }
  return 0;
}

static bool is_null(sw_str s) {
  return s.len == 0 || sw_str_eqz(s, "~") || sw_str_eqz(s, "null") || sw_str_eqz(s, "Null") || sw_str_eqz(s, "NULL");
}

static sw_status scalar(reader *r, const yaml_event_t *e, const sw_node **out) {
  sw_str text = {(const char *)e->data.scalar.value, e->data.scalar.length};
  yaml_scalar_style_t style = e->data.scalar.style;
  bool plain = style == YAML_PLAIN_SCALAR_STYLE && !e->data.scalar.tag;
  bool block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
  sw_node *n = sw_tree_node(&r->b, plain && is_null(text) ? SW_NODE_NULL : SW_NODE_SCALAR, place_of(r, e->start_mark));
  if (!n) return r->b.err->status;
  n->style = plain ? SW_NODE_PLAIN : block ? SW_NODE_BLOCK : SW_NODE_QUOTED;
  n->text = sw_arena_dup(r->b.arena, text);
  if (block) n->block_indent = block_indent(r, e->start_mark.line);
  *out = n;
  return sw_arena_check(r->b.arena, r->b.err);
}

static anchor *find_anchor(reader *r, sw_str name) {
  for (size_t i = r->anchors.len; i-- > 0;)
    if (sw_str_eq(r->anchors.items[i].name, name)) return &r->anchors.items[i];
  return NULL;
}

static sw_status alias(reader *r, const yaml_event_t *e, const sw_node **out) {
  sw_str name = sw_str_of((const char *)e->data.alias.anchor);
  sw_place at = place_of(r, e->start_mark);
  const anchor *a = find_anchor(r, name);
  if (!a || !a->node) {
    SW_FAIL(r->b.err, SW_E_CONFIG, "SW-PACK-0008", "别名 *%.*s 没有在前面定义的锚", "alias *%.*s has no anchor before it", SW_STR_ARG(name));
    return sw_tree_at(&r->b, at);
  }
  *out = a->node;
  return sw_tree_count(&r->b, a->nodes, at);
}

static sw_status node(reader *r, yaml_event_t *e, size_t depth, const sw_node **out);

static sw_status list(reader *r, yaml_mark_t start, size_t depth, const sw_node **out) {
  sw_node *n = sw_tree_node(&r->b, SW_NODE_LIST, place_of(r, start));
  if (!n) return r->b.err->status;
  sw_node_vec v = {0};
  sw_status s = SW_OK;
  for (;;) {
    yaml_event_t e;
    if ((s = next(r, &e))) break;
    if (e.type == YAML_SEQUENCE_END_EVENT) {
      yaml_event_delete(&e);
      s = sw_tree_take_list(&r->b, n, &v);
      break;
    }
    const sw_node *item = NULL;
    s = node(r, &e, depth, &item);
    yaml_event_delete(&e);
    if (s) break;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    if (!SW_VEC_PUSH(&v, item)) {
      s = SW_FAIL(r->b.err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
      break;
    }
  }
  SW_VEC_FREE(&v);
  *out = n;
  return s;
}

static sw_status pair(reader *r, yaml_event_t *key, size_t depth, sw_pair_vec *v) {
  const sw_node *k = NULL;
  sw_status s = node(r, key, depth, &k);
  if (s) return s;
  if (k->kind == SW_NODE_LIST || k->kind == SW_NODE_MAP || (k->kind == SW_NODE_NULL && k->text.len == 0)) {
    SW_FAIL(r->b.err, SW_E_CONFIG, "SW-PACK-0009", "键必须是一个名字", "a key must be a name");
    return sw_tree_at(&r->b, k->at);
  }
  yaml_event_t e;
  if ((s = next(r, &e))) return s;
  sw_pair p = {.key = k->text, .key_at = k->at, .value = NULL};
  s = node(r, &e, depth, &p.value);
  yaml_event_delete(&e);
  if (!s && !SW_VEC_PUSH(v, p)) s = SW_FAIL(r->b.err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
  return s;
}

static sw_status map(reader *r, yaml_mark_t start, size_t depth, const sw_node **out) {
  sw_node *n = sw_tree_node(&r->b, SW_NODE_MAP, place_of(r, start));
  if (!n) return r->b.err->status;
  sw_pair_vec v = {0};
  sw_status s = SW_OK;
  for (bool end = false; !s && !end;) {
    yaml_event_t e;
    if ((s = next(r, &e))) break;
    end = e.type == YAML_MAPPING_END_EVENT;
    s = end ? sw_tree_take_map(&r->b, n, &v) : pair(r, &e, depth, &v);
    yaml_event_delete(&e);
  }
  SW_VEC_FREE(&v);
  *out = n;
  return s;
}

/* The anchor of an event, before and after its node is read. */
static sw_status open_anchor(reader *r, const yaml_char_t *name, size_t *slot) {
  *slot = SIZE_MAX;
  if (!name) return SW_OK;
  anchor a = {.name = sw_arena_dup(r->b.arena, sw_str_of((const char *)name)), .node = NULL, .nodes = r->b.nodes};
  *slot = r->anchors.len;
  if (r->anchors.len < 1000 && SW_VEC_PUSH(&r->anchors, a)) return sw_arena_check(r->b.arena, r->b.err);
  return SW_FAIL(r->b.err, SW_E_LIMIT, "SW-PACK-0010", "锚超过 1000 个", "more than 1000 anchors");
}

static sw_status node(reader *r, yaml_event_t *e, size_t depth, const sw_node **out) {
  if (e->type == YAML_ALIAS_EVENT) return alias(r, e, out);
  const yaml_char_t *name = e->type == YAML_SCALAR_EVENT           ? e->data.scalar.anchor
                            : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.anchor
                                                                   : e->data.mapping_start.anchor;
  sw_status s = sw_tree_depth(&r->b, depth, place_of(r, e->start_mark));
  size_t slot;
  if (s || (s = open_anchor(r, name, &slot))) return s;
  if (e->type == YAML_SCALAR_EVENT)
    s = scalar(r, e, out);
  else if (e->type == YAML_SEQUENCE_START_EVENT)
    s = list(r, e->start_mark, depth + 1, out);
  else
    s = map(r, e->start_mark, depth + 1, out);
  if (!s && slot != SIZE_MAX) {
    r->anchors.items[slot].node = *out;
    r->anchors.items[slot].nodes = r->b.nodes - r->anchors.items[slot].nodes;
  }
  return s;
}

static sw_status documents(reader *r, sw_node_vec *docs) {
  for (;;) {
    yaml_event_t e;
    sw_status s = next(r, &e);
    if (s) return s;
    yaml_event_type_t type = e.type;
    const sw_node *n = NULL;
    if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT ||
        type == YAML_ALIAS_EVENT)
      s = node(r, &e, 1, &n);
    yaml_event_delete(&e);
    if (s || type == YAML_STREAM_END_EVENT) return s;
    if (type == YAML_DOCUMENT_END_EVENT) r->anchors.len = 0;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    if (n && !SW_VEC_PUSH(docs, n)) return SW_FAIL(r->b.err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
  }
}

sw_status sw_tree_yaml(sw_arena *a, sw_str text, const char *file, const sw_tree_limits *lim, sw_node_list *out,
                       sw_error *err) {
  sw_error own = SW_ERROR_INIT;
  reader r = {.b = {.arena = a, .lim = lim, .file = file, .err = err ? err : &own}, .text = text};
  sw_status s = sw_tree_begin(&r.b, text);
  if (s) return s;
  if (sw_str_starts(text, SW_LIT("\xEF\xBB\xBF"))) r.text = text = sw_str_sub(text, 3, text.len);
  if (!yaml_parser_initialize(&r.parser)) return SW_FAIL(err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
  yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.ptr, text.len);
  sw_node_vec docs = {0};
  s = documents(&r, &docs);
  sw_node top = {0};
  if (!s) s = sw_tree_take_list(&r.b, &top, &docs);
  *out = (sw_node_list){(const sw_node **)(uintptr_t)top.items, top.n};
  SW_VEC_FREE(&docs);
  SW_VEC_FREE(&r.anchors);
  yaml_parser_delete(&r.parser);
  return s;
}
