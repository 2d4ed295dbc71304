/* JSON (RFC 8259) into the same tree; written here because locations of keys and values are wanted. */
#include "base/utf8.h"
#include "pack/tree_build.h"

typedef struct scanner {
  sw_tree_builder b;
  sw_str text;
  size_t pos;
  uint32_t line, column;
} scanner;

static sw_place here(const scanner *j) { return (sw_place){j->b.file, j->line, j->column}; }
static int peek(const scanner *j) { return j->pos < j->text.len ? (unsigned char)j->text.ptr[j->pos] : -1; }

static void step(scanner *j) {
  unsigned char c = (unsigned char)j->text.ptr[j->pos++];
  if (c == '\n') {
    j->line++;
    j->column = 1;
  } else if ((c & 0xC0) != 0x80) {
    j->column++; /* columns are code points: continuation bytes do not count */
  }
}

static void blanks(scanner *j) {
  for (int c; (c = peek(j)) == ' ' || c == '\t' || c == '\n' || c == '\r';) step(j);
}

static sw_status wrong(scanner *j, const char *zh, const char *en) {
  SW_FAIL(j->b.err, SW_E_CONFIG, "SW-PACK-0011", "JSON 写法有误：%s%.0s", "not valid JSON: %.0s%s", zh, en);
  return sw_tree_at(&j->b, here(j));
}

static bool hex4(scanner *j, uint32_t *out) {
  uint32_t v = 0;
  for (int i = 0; i < 4; i++) {
    int c = peek(j);
    uint32_t d;
    if (c >= '0' && c <= '9')
      d = (uint32_t)(c - '0');
    else if ((c | 32) >= 'a' && (c | 32) <= 'f')
      d = (uint32_t)((c | 32) - 'a' + 10);
    else
      return false;
    v = v * 16 + d;
    step(j);
  }
  *out = v;
  return true;
}

static sw_status unicode_escape(scanner *j, sw_buf *out) {
  uint32_t cp, low;
  if (!hex4(j, &cp)) return wrong(j, "\\u 后应是四位十六进制数", "\\u needs four hexadecimal digits");
  if (cp >= 0xD800 && cp < 0xDC00) {
    if (peek(j) != '\\') return wrong(j, "代理对不完整", "half a surrogate pair");
    step(j);
    if (peek(j) != 'u') return wrong(j, "代理对不完整", "half a surrogate pair");
    step(j);
    if (!hex4(j, &low) || low < 0xDC00 || low > 0xDFFF) return wrong(j, "代理对不完整", "half a surrogate pair");
    cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
  }
  char utf8[4];
  size_t n = sw_utf8_encode(cp, utf8);
  if (n == 0 || cp == 0) return wrong(j, "不是可用的字符", "not a usable character");
  sw_buf_put(out, utf8, n);
  return SW_OK;
}

static sw_status escape(scanner *j, sw_buf *out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  int c = peek(j);
  const char *p = c > 0 ? strchr(from, c) : NULL;
  if (p) {
    sw_buf_putc(out, to[p - from]);
    step(j);
    return SW_OK;
  }
  if (c != 'u') return wrong(j, "转义不认识", "unknown escape");
  step(j);
  return unicode_escape(j, out);
}

/* At the opening quote. */
static sw_status string(scanner *j, sw_str *text) {
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  step(j);
  for (;;) {
    int c = peek(j);
    sw_status s = SW_OK;
    if (c < 0) return wrong(j, "引号没有闭合", "the string does not end");
    if (c < 0x20) return wrong(j, "字符串里有控制字符", "control character in a string");
    if (c == '"') break;
    step(j);
    if (c == '\\')
      s = escape(j, &out);
    else
      sw_buf_putc(&out, (char)c);
    if (s) return s;
  }
  step(j);
  *text = sw_arena_dup(j->b.arena, sw_buf_str(&out));
  sw_status s = sw_buf_check(&out, j->b.err);
  return s ? s : sw_arena_check(j->b.arena, j->b.err);
}

static bool digit(sw_str s, size_t i) { return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; }

static bool number_shape(sw_str s) {
  size_t i = 0;
  if (i < s.len && s.ptr[i] == '-') i++;
  if (!digit(s, i)) return false;
  if (s.ptr[i] == '0')
    i++;
  else
    while (digit(s, i)) i++;
  if (i < s.len && s.ptr[i] == '.') {
    i++;
    if (!digit(s, i)) return false;
    while (digit(s, i)) i++;
  }
  if (i < s.len && (s.ptr[i] | 32) == 'e') {
    i++;
    if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-')) i++;
    if (!digit(s, i)) return false;
    while (digit(s, i)) i++;
  }
  return i == s.len;
}

static sw_status word(scanner *j, sw_node *n) {
  size_t from = j->pos;
  sw_place at = here(j);
  for (int c; (c = peek(j)) >= 0 && (strchr("+-.", c) || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'));) step(j);
  sw_str w = sw_str_sub(j->text, from, j->pos - from);
  if (sw_str_eqz(w, "null")) {
    n->kind = SW_NODE_NULL;
  } else if (!sw_str_eqz(w, "true") && !sw_str_eqz(w, "false") && !number_shape(w)) {
    j->line = at.line;
    j->column = at.column;
    return wrong(j, "此处应是一个值", "a value is expected here");
  }
  n->text = w;
  return SW_OK;
}

static sw_status value(scanner *j, size_t depth, const sw_node **out);

static sw_status list(scanner *j, size_t depth, sw_node *n) {
  sw_node_vec v = {0};
  sw_status s = SW_OK;
  step(j);
  blanks(j);
  while (!s && peek(j) != ']') {
    const sw_node *item = NULL;
    s = value(j, depth, &item);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    if (!s && !SW_VEC_PUSH(&v, item)) s = SW_FAIL(j->b.err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
    if (s) break;
    blanks(j);
    if (peek(j) == ']') break;
    if (peek(j) != ',') s = wrong(j, "缺少逗号或右方括号", "a comma or ] is missing");
    else step(j);
    blanks(j);
    if (!s && peek(j) == ']') s = wrong(j, "逗号后应是一个值", "a value is expected after the comma");
  }
  if (!s) {
    step(j);
    s = sw_tree_take_list(&j->b, n, &v);
  }
  SW_VEC_FREE(&v);
  return s;
}

static sw_status member(scanner *j, size_t depth, sw_pair_vec *v) {
  if (peek(j) != '"') return wrong(j, "此处应是带双引号的键", "a key in double quotes is expected here");
  sw_pair p = {.key_at = here(j)};
  sw_status s = string(j, &p.key);
  if (s) return s;
  blanks(j);
  if (peek(j) != ':') return wrong(j, "键后缺少冒号", "a colon is missing after the key");
  step(j);
  if ((s = value(j, depth, &p.value))) return s;
  if (!SW_VEC_PUSH(v, p)) return SW_FAIL(j->b.err, SW_E_NOMEM, "SW-PACK-0005", "内存不足", "memory was refused");
  blanks(j);
  return SW_OK;
}

static sw_status map(scanner *j, size_t depth, sw_node *n) {
  sw_pair_vec v = {0};
  sw_status s = SW_OK;
  step(j);
  blanks(j);
  while (!s && peek(j) != '}') {
    if ((s = member(j, depth, &v))) break;
    if (peek(j) == '}') break;
    if (peek(j) != ',') s = wrong(j, "缺少逗号或右花括号", "a comma or } is missing");
    else step(j);
    blanks(j);
    if (!s && peek(j) == '}') s = wrong(j, "逗号后应是一个键", "a key is expected after the comma");
  }
  if (!s) {
    step(j);
    s = sw_tree_take_map(&j->b, n, &v);
  }
  SW_VEC_FREE(&v);
  return s;
}

static sw_status value(scanner *j, size_t depth, const sw_node **out) {
  blanks(j);
  sw_status s = sw_tree_depth(&j->b, depth, here(j));
  if (s) return s;
  sw_node *n = sw_tree_node(&j->b, SW_NODE_SCALAR, here(j));
  if (!n) return j->b.err->status;
  *out = n;
  int c = peek(j);
  if (c == '{') {
    n->kind = SW_NODE_MAP;
    return map(j, depth + 1, n);
  }
  if (c == '[') {
    n->kind = SW_NODE_LIST;
    return list(j, depth + 1, n);
  }
  if (c == '"') {
    n->style = SW_NODE_QUOTED;
    return string(j, &n->text);
  }
  return word(j, n);
}

sw_status sw_tree_json(sw_arena *a, sw_str text, const char *file, const sw_tree_limits *lim, sw_node_list *out,
                       sw_error *err) {
  sw_error own = SW_ERROR_INIT;
  scanner j = {.b = {.arena = a, .lim = lim, .file = file, .err = err ? err : &own}, .text = text, .line = 1, .column = 1};
  sw_status s = sw_tree_begin(&j.b, text);
  if (s) return s;
  if (sw_str_starts(text, SW_LIT("\xEF\xBB\xBF"))) j.pos = 3;
  const sw_node **top = SW_ARENA_ARRAY(a, const sw_node *, 1);
  if (!top) return sw_arena_check(a, err);
  if ((s = value(&j, 1, top))) return s;
  blanks(&j);
  if (peek(&j) >= 0) return wrong(&j, "值之后还有内容", "there is more after the value");
  *out = (sw_node_list){top, 1};
  return SW_OK;
}
