/* The language of row rules: what a records officer writes after `check:` and `when:`.
 *
 *   date(admit_time) <= date(discharge_time)
 *   if principal_code in [C00-C97, D00-D48] then pathology_code is filled
 *   not both diagnosis (code in [B05.0-B05.8], code in [B05.9])
 *   abs(fee_total - sum(fee_nursing, fee_other)) <= 0.01
 *
 * It speaks of the row's columns and, through any, all, no, both, count, sum, min, max and duplicates, of its children.
 * Logic has three values: what is unknown (NULL) is neither right nor wrong, and a rule whose check is unknown did not
 * apply. `if A then B` is unknown where A is not true. The whole language is described in docs/quality-rules.md.
 *
 * This header: the tree, its parser and its binder (names to columns, types, constants). Errors carry in err->column the
 * 1-based byte position inside the text, which a loader turns into file:line:column.
 *
 * Ownership: nodes live in the arena given; they point into the text, the table and the sets, which outlive them.
 * Threads: a bound tree is constant. */
#ifndef SW_QUALITY_EXPR_H
#define SW_QUALITY_EXPR_H

#include "base/arena.h"
#include "base/map.h"

typedef enum sw_qtype {
  SW_Q_NULL, /* the bare word null */
  SW_Q_BOOL,
  SW_Q_INT, /* exact number: int64 scaled by 10^scale; scale 0 is a whole number */
  SW_Q_FLOAT,
  SW_Q_DATE, /* days since 1970-01-01 */
  SW_Q_TIME, /* microseconds since 1970-01-01 */
  SW_Q_TEXT
} sw_qtype;

typedef struct sw_qcolumn {
  sw_str name;
  sw_str title; /* Chinese title, which may be written instead of the name; may be empty */
  sw_qtype type;
  int scale; /* of SW_Q_INT */
} sw_qcolumn;

/* A table as rules see it: its columns, and its children by entity name ("diagnosis"). */
typedef struct sw_qtable sw_qtable;
struct sw_qtable {
  sw_str name; /* "dwd.admission"; of a child the entity's name */
  const sw_qcolumn *columns;
  size_t ncolumns;
  const sw_qtable *children; /* of children: none */
  size_t nchildren;
};

typedef enum sw_qset_state {
  SW_QSET_READY,
  SW_QSET_MISSING, /* declared, but its dictionary is not installed: rules that need it do not apply */
  SW_QSET_UNKNOWN  /* no such set: refused at load */
} sw_qset_state;

/* A value set or dictionary. The map's values index `names` (NULL when it has none). */
typedef struct sw_qset {
  sw_map codes;
  const sw_str *names;
} sw_qset;

/* Where value sets come from. `attribute` looks up a property of an institution ("type"); may be NULL. */
typedef struct sw_qsets {
  sw_qset_state (*find)(void *ctx, sw_str name, const sw_qset **out);
  bool (*attribute)(void *ctx, sw_str org, sw_str property, sw_str *out);
  void *ctx;
} sw_qsets;

typedef enum sw_xop {
  SW_X_CONST,
  SW_X_COLUMN,  /* scope, column */
  SW_X_NAME,    /* unbound: qualifier.name; gone after binding */
  SW_X_AND,
  SW_X_OR,
  SW_X_NOT,
  SW_X_IF,      /* kid 0 condition, 1 then, optional 2 else */
  SW_X_EQ, SW_X_NE, SW_X_LT, SW_X_LE, SW_X_GT, SW_X_GE,
  SW_X_ADD, SW_X_SUB, SW_X_MUL, SW_X_DIV, SW_X_NEG,
  SW_X_ISNULL,  /* true or false, never unknown */
  SW_X_FILLED,  /* not NULL, not blank */
  SW_X_GIVEN,   /* filled, and not one of the customary empty words: - — / 无 不详 NULL */
  SW_X_FORMAT,  /* kid 0 is of `format` */
  SW_X_MATCH,   /* kid 0 contains a match of `regex` */
  SW_X_CODES,   /* kid 0 within `codes` */
  SW_X_INSET,   /* kid 0 is a code of `set` */
  SW_X_INLIST,  /* kid 0 equals one of kids 1.. */
  SW_X_CALL,    /* `fn` of the kids */
  SW_X_ANY, SW_X_ALL, SW_X_NONE, SW_X_COUNT, SW_X_BOTH, /* over `child`; kids are predicates */
  SW_X_SUM, SW_X_MIN, SW_X_MAX,                        /* over `child`; kid 0 a number, kid 1 a predicate or absent */
  SW_X_DUPLICATES, /* how many children repeat an earlier one in all kids (unknown kids do not) */
  SW_X_CAST,    /* kid 0 as `type` and `scale`; made by the binder */
  SW_X_SQL      /* an opaque predicate, by number: the engine delivers it as a boolean column */
} sw_xop;

typedef enum sw_xfn {
  SW_FN_DATE, SW_FN_DAYS, SW_FN_HOURS, SW_FN_AGE_YEARS, SW_FN_YEAR, SW_FN_MONTH, SW_FN_DAY,
  SW_FN_ABS, SW_FN_ROUND, SW_FN_FLOOR, SW_FN_LN, SW_FN_LOG10, SW_FN_SQRT, SW_FN_MOD,
  SW_FN_SUM, SW_FN_LEAST, SW_FN_GREATEST, SW_FN_COALESCE, SW_FN_COUNT_FILLED, SW_FN_NUMBER,
  SW_FN_LENGTH, SW_FN_BYTES, SW_FN_LEFT, SW_FN_RIGHT, SW_FN_SUBSTR, SW_FN_UPPER, SW_FN_LOWER, SW_FN_TRIM, SW_FN_CONCAT,
  SW_FN_CONTAINS, SW_FN_STARTS, SW_FN_ENDS,
  SW_FN_ID_BIRTH, SW_FN_ID_SEX, SW_FN_NAME_OF, SW_FN_ORG, SW_FN_DURATION_HOURS
} sw_xfn;

/* One item of a code list: codes whose prefix of that length lies within lo..hi (ends included). */
typedef struct sw_code_range {
  sw_str lo, hi;
} sw_code_range;

typedef struct sw_xnode sw_xnode;
struct sw_xnode {
  sw_xop op;
  sw_xfn fn;
  sw_qtype type;
  int scale;
  uint32_t at; /* byte offset in the rule's text */
  uint32_t nkids;
  sw_xnode **kids;
  /* NAME: qualifier and name. COLUMN: child -1 is the row itself, else the entity's index. */
  sw_str qualifier, name;
  int child;
  uint32_t column;
  /* CONST: value of the type; is_null for null */
  int64_t i;
  double f;
  sw_str s; /* also: text of MATCH, name of INSET's set */
  int format;              /* FORMAT */
  const sw_qset *set;      /* INSET, NAME_OF */
  const sw_code_range *codes;
  uint32_t ncodes;
  uint32_t sql;            /* SQL: which */
  const struct sw_qregex *regex; /* MATCH: compiled, owned by the binder's sw_qregexes */
  const sw_qsets *sets;    /* institution(): where the property is looked up */
};

/* Text to tree. */
SW_CHECKED sw_status sw_expr_parse(sw_arena *a, sw_str text, sw_xnode **out, sw_error *err);

typedef struct sw_qregexes sw_qregexes; /* quality/regex.h */

typedef struct sw_bind {
  sw_arena *arena;
  const sw_qtable *table;
  const sw_qsets *sets;
  sw_qregexes *regexes;
  int64_t as_of_us; /* what the word as_of means */
  sw_str org_column; /* the column that names the institution; empty: none */
  bool missing_dictionary; /* out: a set's dictionary is not installed */
  sw_str missing_name;
} sw_bind;

/* Resolves names, checks types, compiles regular expressions, in place. `want` is the type wanted of the whole. */
SW_CHECKED sw_status sw_expr_bind(sw_bind *b, sw_xnode *x, sw_qtype want, sw_error *err);

const char *sw_qtype_name(sw_qtype t, sw_lang lang);
const char *sw_xfn_name(sw_xfn fn);
/* Columns that the tree reads, as a call for each (child -1 is the row). */
void sw_expr_columns(const sw_xnode *x, void (*on)(void *ctx, int child, uint32_t column), void *ctx);

#endif
