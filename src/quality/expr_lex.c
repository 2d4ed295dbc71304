#include "quality/expr_lex.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static void skip_blanks(sw_lexer *l) {
  while (l->pos < l->text.len && is_blank(l->text.ptr[l->pos])) l->pos++;
}

static sw_token token(const sw_lexer *l, sw_xtok kind, size_t from) {
  return (sw_token){kind, sw_str_sub(l->text, from, l->pos - from), (uint32_t)from};
}

/* A quoted text; the quote doubled stands for itself. */
static sw_token lex_string(sw_lexer *l) {
  size_t from = l->pos;
  char quote = l->text.ptr[l->pos++];
  char *out = sw_arena_alloc(l->arena, l->text.len - from + 1);
  size_t n = 0;
  if (!out) return token(l, SW_TOK_BAD, from);
  while (l->pos < l->text.len) {
    char c = l->text.ptr[l->pos++];
    if (c == quote) {
      if (l->pos < l->text.len && l->text.ptr[l->pos] == quote) l->pos++;
      else return (sw_token){SW_TOK_STRING, {out, n}, (uint32_t)from};
    }
    out[n++] = c;
  }
  return token(l, SW_TOK_BAD, from);
}

static sw_token lex_number(sw_lexer *l) {
  size_t from = l->pos;
  while (l->pos < l->text.len && is_digit(l->text.ptr[l->pos])) l->pos++;
  if (l->pos + 1 < l->text.len && l->text.ptr[l->pos] == '.' && is_digit(l->text.ptr[l->pos + 1])) {
    l->pos++;
    while (l->pos < l->text.len && is_digit(l->text.ptr[l->pos])) l->pos++;
  }
  return token(l, SW_TOK_NUMBER, from);
}

sw_token sw_lex_next(sw_lexer *l) {
  skip_blanks(l);
  size_t from = l->pos;
  if (from >= l->text.len) return token(l, SW_TOK_END, from);
  char c = l->text.ptr[from];
  if (c == '\'' || c == '"') return lex_string(l);
  if (is_digit(c)) return lex_number(l);
  if (is_word(c)) {
    while (l->pos < l->text.len && is_word(l->text.ptr[l->pos])) l->pos++;
    return token(l, SW_TOK_WORD, from);
  }
  l->pos++;
  char next = l->pos < l->text.len ? l->text.ptr[l->pos] : '\0';
  if (((c == '<' || c == '>' || c == '!') && next == '=') || (c == '<' && next == '>')) l->pos++;
  else if (!strchr("+-*/=<>(),.[]", c)) return token(l, SW_TOK_BAD, from);
  return token(l, SW_TOK_OP, from);
}

sw_token sw_lex_code(sw_lexer *l) {
  skip_blanks(l);
  size_t from = l->pos;
  if (from >= l->text.len) return token(l, SW_TOK_END, from);
  char c = l->text.ptr[from];
  if (c == '\'' || c == '"') return lex_string(l);
  if (c == ',' || c == '-' || c == ']') {
    l->pos++;
    return token(l, SW_TOK_OP, from);
  }
  while (l->pos < l->text.len) {
    c = l->text.ptr[l->pos];
    if (!is_word(c) && !strchr("./*+", c)) break;
    l->pos++;
  }
  if (l->pos == from) {
    l->pos++;
    return token(l, SW_TOK_BAD, from);
  }
  return token(l, SW_TOK_WORD, from);
}
