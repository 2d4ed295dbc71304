/* Words of the rule language. Private to the quality room. A token is a view of the text; threads: any. */
#ifndef SW_QUALITY_EXPR_LEX_H
#define SW_QUALITY_EXPR_LEX_H

#include "quality/expr.h"

typedef enum sw_xtok {
  SW_TOK_END,
  SW_TOK_WORD,   /* identifier or keyword */
  SW_TOK_NUMBER,
  SW_TOK_STRING, /* text is unescaped */
  SW_TOK_OP,     /* + - * / = != < <= > >= ( ) , . [ ] */
  SW_TOK_BAD
} sw_xtok;

typedef struct sw_token {
  sw_xtok kind;
  sw_str text;
  uint32_t at;
} sw_token;

typedef struct sw_lexer {
  sw_str text;
  size_t pos;
  sw_arena *arena;
} sw_lexer;

sw_token sw_lex_next(sw_lexer *l);
/* Inside [ ]: the next code item: a bare run of code characters, a string, or one of , - ] */
sw_token sw_lex_code(sw_lexer *l);

#endif
