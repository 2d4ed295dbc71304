/* Inside standard/: a mapping of columns compiled for the engine. */
#ifndef SW_STANDARD_COMPILE_H
#define SW_STANDARD_COMPILE_H

#include "standard/standardise.h"

/* Where and when a batch was delivered, under names that no source uses: users' SQL stands beside it. */
#define SW_STD_BATCHES "(SELECT batch_no AS no__, delivered_at AS at__, delivery AS lb__, file AS f__ FROM meta.batch) AS b"

/* A local-code mapping as used by one column. */
typedef struct sw_std_codes {
  const sw_mapping_def *m;   /* NULL: the column has none */
  const sw_value_set_def *vs;
  char table[64];            /* temp table of undated rules; "" when they are written out as a CASE */
  char org_table[64];        /* the same for rules of single institutions */
  char set_table[64];        /* temp table of the value set's codes, for `identity` with many codes */
} sw_std_codes;

typedef struct sw_std_column {
  const sw_column_def *col;
  const sw_map_column_def *from; /* of the common columns, or the first repeated group that has it */
  bool repeated;
  int raw;                       /* sw_col_type of the raw value as it leaves the first level */
  bool can_fail;
  double factor, offset;         /* unit conversion */
  bool scaled;
  sw_std_codes codes;
} sw_std_column;

typedef struct sw_std_plan {
  sw_arena *arena;
  const sw_pack_set *set;
  const sw_table_def *t;
  const sw_mapping_def *m;
  const sw_source_def *source;
  const sw_source_table_def *ods;
  sw_std_column *cols;
  size_t ncols;
  size_t position;      /* of the mapping among those into the table */
  size_t parts;         /* instances of repeated groups; 1 without */
  size_t part_base;     /* `_part` starts after it: several mappings may read one table */
  bool part;            /* the table has `_part` */
  bool content_versions; /* lines are compared by content: money, or no key */
  const sw_ref *key;
  size_t nkey;
  char losers[64];      /* temp table (_row, why): 'm' merged, 'd' deleted */
  const char *stale;    /* "1, 2": batches replaced by a newer full delivery; NULL none */
} sw_std_plan;

/* What a raw value may come from, resolved. Errors carry the mapping's place. */
SW_CHECKED sw_status sw_std_compile(const sw_pack_set *set, const sw_table_def *t, const sw_mapping_def *m, sw_arena *a, sw_std_plan *out,
                                    sw_error *err);
/* FROM clause: the ods view as o, and lookups as struct columns. */
void sw_std_from(const sw_std_plan *p, sw_buf *out);
/* Raw value of a column; instance 0 for common columns, else 1…parts. "NULL" when the instance's group lacks it. */
void sw_std_raw(const sw_std_plan *p, const sw_std_column *c, size_t instance, sw_buf *out);
/* The condition that an instance is there. */
void sw_std_present(const sw_std_plan *p, size_t instance, sw_buf *out);
/* WHERE of rows that take part (mapping's where, stale deliveries), without losers; "TRUE" when there is none. */
void sw_std_where(const sw_std_plan *p, sw_buf *out);
/* Converted value of raw expression `x` (already clean), codes included. */
void sw_std_value(const sw_std_plan *p, const sw_std_column *c, size_t index, const char *x, sw_buf *out);
/* LEFT JOINs that sw_std_value needs for the wanted columns (NULL: all), on raw columns r<index> of alias s. */
void sw_std_code_joins(const sw_std_plan *p, const bool *wanted, sw_buf *out);
/* Reasons in words for meta.nonconforming. */
const char *sw_std_reason(const sw_column_def *c, sw_lang lang);

/* Temp tables of codes, and their dropping. */
SW_CHECKED sw_status sw_std_codes_load(sw_conn *c, sw_std_plan *p, const sw_cancel *cancel, sw_error *err);
void sw_std_codes_drop(sw_conn *c, const sw_std_plan *p);

/* Statements. */
void sw_std_sql_insert(const sw_std_plan *p, const char *physical, bool fails, sw_buf *out);
void sw_std_sql_losers(const sw_std_plan *p, sw_buf *out);
void sw_std_sql_counts(const sw_std_plan *p, sw_buf *out); /* in, where-failing, stale */
void sw_std_sql_absent(const sw_std_plan *p, sw_buf *out); /* rows without any instance */

/* sw_std_date(text), sw_std_datetime(text): every habit of dates that the base knows. */
SW_CHECKED sw_status sw_std_kernels(sw_conn *c, sw_error *err);

#endif
