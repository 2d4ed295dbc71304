/* Rules as pack objects: what is checked, how bad it is, whose word it rests on.
 *
 *   rules: hospital.front-page
 *   table: dwd.admission
 *   title: {zh: 病案首页质控, en: Front-page quality}
 *   checks:
 *     - {id: Q007, kind: mandatory, dimension: consistency, check: "admit_time <= discharge_time",
 *        title: {zh: …, en: …}, message: {zh: …, en: …}, source: "HQMS interface"}
 *
 * Row rules say `check` (the language of expr.h), or a shorthand (not_null, length, format, range, …) that stands for one,
 * or `sql` (any predicate of the engine). Set rules say unique, reference, metric, codes, order, balance or schema.
 *
 * Ownership: definitions live in their pack set or arena. Threads: read-only once loaded. */
#ifndef SW_QUALITY_RULE_H
#define SW_QUALITY_RULE_H

#include "pack/pack.h"
#include "quality/expr.h"
#include "standard/defaults.h"

typedef enum sw_rule_kind { SW_RULE_MANDATORY, SW_RULE_VERIFY } sw_rule_kind; /* 强制, 核实 */

/* The six dimensions of GB/T 36344-2018. */
typedef enum sw_dimension {
  SW_DIM_COMPLETENESS, SW_DIM_CONFORMANCE, SW_DIM_UNIQUENESS, SW_DIM_CONSISTENCY, SW_DIM_PLAUSIBILITY, SW_DIM_TIMELINESS,
  SW_DIMENSIONS
} sw_dimension;
const char *sw_dimension_name(sw_dimension d, sw_lang lang);
const char *sw_dimension_key(sw_dimension d);

/* Kahn MG et al., "A Harmonized Data Quality Assessment Terminology and Framework", eGEMs 2016: three categories. */
const char *sw_dimension_kahn(sw_dimension d);

typedef enum sw_severity { SW_SEV_LOW, SW_SEV_MEDIUM, SW_SEV_HIGH, SW_SEV_CRITICAL } sw_severity;

typedef enum sw_rule_type {
  SW_RT_ROW,       /* check: or a shorthand */
  SW_RT_SQL,       /* sql: an opaque predicate over the row */
  SW_RT_UNIQUE,
  SW_RT_REFERENCE,
  SW_RT_METRIC,    /* a number per institution, judged by bounds, history or peers */
  SW_RT_CODES,     /* codes that are new or have vanished against the history */
  SW_RT_ORDER,     /* events of one patient in order, or stays that overlap */
  SW_RT_BALANCE,   /* the same total in two tables */
  SW_RT_SCHEMA,    /* the table's columns against its declaration */
  SW_RT_UNBUILDABLE /* listed with its reason; never run */
} sw_rule_type;

typedef enum sw_metric_of {
  SW_METRIC_ROWS, SW_METRIC_FILLED, SW_METRIC_DISTINCT, SW_METRIC_MIN, SW_METRIC_MAX, SW_METRIC_MEAN, SW_METRIC_STDDEV, SW_METRIC_SUM,
  SW_METRIC_QUANTILE, SW_METRIC_ENTROPY, SW_METRIC_TOP_SHARE, SW_METRIC_AGE_HOURS, SW_METRIC_PER_PATIENT, SW_METRIC_CHI_SQUARE,
  SW_METRIC_KS, SW_METRIC_PSI, SW_METRIC_DUPLICATE_SHARE
} sw_metric_of;

typedef enum sw_judge { SW_JUDGE_FIXED, SW_JUDGE_RELATIVE, SW_JUDGE_ZSCORE, SW_JUDGE_SEASONAL, SW_JUDGE_PEERS } sw_judge;

typedef struct sw_metric_def {
  int of;                 /* sw_metric_of */
  sw_ref column;
  sw_ref patient;         /* PER_PATIENT */
  sw_config_sqltext where;
  double quantile;
  int judge;              /* sw_judge */
  bool has_min, has_max;
  double min, max;        /* FIXED */
  double change;          /* RELATIVE: share */
  double z;               /* ZSCORE, SEASONAL, PEERS */
  int64_t period, history; /* SEASONAL: season's length; all: fewest earlier values */
  int64_t split_us;       /* drift: the newest span against what came before, by the table's time */
  bool overall;           /* one number for the table instead of one per institution */
} sw_metric_def;

typedef struct sw_reference_def { sw_config_list columns; sw_ref table; sw_config_list to; } sw_reference_def; /* sw_ref */
typedef struct sw_codes_def { sw_ref column; int64_t least; } sw_codes_def;
typedef struct sw_order_def {
  sw_config_list by;   /* sw_ref: whose events */
  sw_ref start, end;   /* a stay must not begin before the earlier one ended */
  int64_t within_days; /* not 0: the other way round: a start within so many days of the last end fails */
  sw_ref same;         /* and only where the first three characters of this column agree */
  sw_config_sqltext where; /* only these rows */
} sw_order_def;
typedef struct sw_balance_def {
  sw_ref column, table, to; /* sum(column) here = sum(to) there, per institution */
  sw_config_list on;        /* sw_ref: and per these, which both tables have */
  int64_t tolerance;        /* fen */
} sw_balance_def;

/* Shorthands of row checks. */
typedef struct sw_bounds_def { sw_ref column; bool has_min, has_max; double min, max; } sw_bounds_def;
typedef struct sw_word_def { sw_ref column; sw_str word; } sw_word_def; /* a format, a pattern, a set */
typedef struct sw_compare_def { sw_ref left, right; sw_str op; } sw_compare_def;
typedef struct sw_sum_def { sw_ref total; sw_config_list parts; double tolerance; } sw_sum_def;

typedef struct sw_rule_def {
  sw_place at;
  sw_ref id;
  int64_t version;
  sw_text title, message;
  int kind, dimension, severity;
  double weight;
  bool has_owner;
  int owner;                   /* sw_owner_level; without one that of the table */
  const sw_node *when, *check; /* texts in the language of rules */
  int unknown_fails;           /* 1: what is unknown fails instead of not applying */
  bool has_since, has_until;
  int32_t since, until;        /* by the table's time column; both days belong to it */
  sw_config_list editions;     /* sw_str, of column coding_edition */
  sw_config_list institutions; /* sw_str, types of institution */
  sw_str source, item;         /* item: of the 100-point front-page score */
  bool verified;
  sw_text unbuildable;
  sw_config_sqltext sql;
  sw_ref not_null, not_blank;
  sw_bounds_def length, range;
  sw_word_def format, regex, value_set;
  sw_compare_def compare;
  sw_config_list ordered;      /* sw_ref */
  sw_sum_def sum_of;
  sw_config_list unique;       /* sw_ref */
  sw_reference_def reference;
  bool has_metric;
  sw_metric_def metric;
  sw_codes_def codes;
  sw_order_def order;
  sw_balance_def balance;
  bool schema;
  /* worked out after parsing */
  int type;           /* sw_rule_type */
  sw_str check_text;  /* the check, also of shorthands */
  sw_str when_text;   /* every condition of applicability in one text; empty: none */
} sw_rule_def;

typedef struct sw_rules_def {
  sw_ref id;
  sw_text title;
  sw_ref table;
  int64_t version;
  sw_config_list rules;     /* sw_rule_def */
} sw_rules_def;

/* The kind to register with the packs; its map is also its documentation. Loading compiles every rule against its table, so
 * that an unknown column, a bad expression or a clash of types is a problem of the pack with file:line:column. */
extern const sw_kind SW_RULES_KIND;

/* All rules of a table: those of packs, then the table's default rules in the same form. Built in the arena. */
typedef struct sw_rule_list {
  sw_rule_def **items;
  size_t n;
} sw_rule_list;
SW_CHECKED sw_status sw_rules_of_table(const sw_pack_set *set, sw_str table, sw_arena *a, sw_rule_list *out, sw_error *err);
/* Turns default rules (of standard/) into rules. */
SW_CHECKED sw_status sw_rules_of_defaults(const sw_default_rules *d, sw_arena *a, sw_rule_list *out, sw_error *err);

/* The table as rules see it, with its children; _row and _org are left out. In the arena. */
SW_CHECKED sw_status sw_rules_schema(const sw_pack_set *set, const sw_table_def *t, sw_arena *a, sw_qtable *out, sw_error *err);

/* One row rule bound: its condition and check as one expression (`if when then check`). */
typedef struct sw_rule_bound {
  sw_xnode *x;             /* NULL where a dictionary is missing */
  sw_xnode *applies;       /* the condition alone, for unknown_fails; NULL: always */
  sw_str missing;          /* the dictionary that is not installed; empty: none */
} sw_rule_bound;
typedef struct sw_rule_binder {
  sw_arena *arena;
  const sw_qtable *table;
  const sw_qsets *sets;
  sw_qregexes *regexes;
  int64_t as_of_us;
  sw_str org_column;
} sw_rule_binder;
/* err->column is the byte (from 1) in the text of the check, or of the condition when *in_when. */
SW_CHECKED sw_status sw_rule_bind(const sw_rule_binder *b, const sw_rule_def *r, uint32_t sql_number, sw_rule_bound *out, bool *in_when,
                                  sw_error *err);

/* Value sets of a pack set for the binder. */
typedef struct sw_rule_sets sw_rule_sets;
SW_CHECKED sw_status sw_rule_sets_new(const sw_pack_set *set, sw_rule_sets **out, sw_error *err);
void sw_rule_sets_free(sw_rule_sets *s);
const sw_qsets *sw_rule_sets_view(const sw_rule_sets *s);
/* Declares a property of an institution, such as type = 三级; those of the value sets institution.<property> are there
 * already. False when memory is refused. */
bool sw_rule_sets_institution(sw_rule_sets *s, sw_str org, sw_str property, sw_str value);

#endif
