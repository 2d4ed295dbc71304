/* Default rules: what declaring a table says about its data, as plain data for the quality engine.
 *
 * Columns give: type (by DDL, so only listed for tables that hold text), required, length, format (pattern, named formats by
 * element), value set, references. Tables give: unique key, freshness, volume.
 *
 * Ownership: the list's arrays and texts live in the arena; tables, columns and value sets point into the pack set, which must
 * outlive it. Ids are stable: <table>.<column>.<what>, for tables <table>.<what>. */
#ifndef SW_STANDARD_DEFAULTS_H
#define SW_STANDARD_DEFAULTS_H

#include "pack/pack.h"

typedef enum sw_default_kind {
  SW_DEFAULT_REQUIRED,  /* column not null and not blank */
  SW_DEFAULT_TYPE,      /* column's text reads as its type; only where the engine column is VARCHAR but the format is a number, date … */
  SW_DEFAULT_LENGTH,    /* characters between min_len and max_len (0: no limit) */
  SW_DEFAULT_FORMAT,    /* the whole value matches `pattern` */
  SW_DEFAULT_VALUE_SET, /* value is a code of value_set (not applicable while it is missing) */
  SW_DEFAULT_RANGE,     /* number fits precision and scale: |v| < 10^(precision - scale) */
  SW_DEFAULT_REFERENCE, /* value exists in ref_table.ref_column */
  SW_DEFAULT_KEY,       /* key columns are unique together (and not null: by REQUIRED of each) */
  SW_DEFAULT_FRESHNESS, /* newest `column` within freshness_us of the as-of time */
  SW_DEFAULT_VOLUME     /* a batch's rows within volume_change of the usual */
} sw_default_kind;

typedef struct sw_default_rule {
  const char *id;
  sw_default_kind kind;
  sw_place at;                /* of the declaration that makes the rule */
  const sw_table_def *table;
  const sw_column_def *column;    /* NULL for KEY and VOLUME */
  sw_text title;              /* message to a records officer */
  int type;                   /* sw_col_type: TYPE */
  int64_t min_len, max_len;   /* LENGTH */
  sw_str pattern;             /* FORMAT */
  const sw_value_set_def *value_set;
  const sw_table_def *ref_table;
  sw_str ref_column;
  const sw_ref *key;          /* KEY: nkey columns */
  size_t nkey;
  int64_t precision, scale;   /* RANGE */
  int64_t freshness_us;
  double volume_change;
  const char *dimension;      /* completeness, conformance, uniqueness, consistency, plausibility, timeliness */
  const char *source;         /* the standard behind it, "" none */
  bool verified;              /* of the element or value set */
} sw_default_rule;

typedef struct sw_default_rules {
  sw_default_rule *items;
  size_t n;
} sw_default_rules;

SW_CHECKED sw_status sw_standard_defaults(const sw_pack_set *set, const sw_table_def *t, sw_arena *a, sw_default_rules *out,
                                          sw_error *err);

#endif
