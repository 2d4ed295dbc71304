/* The kinds of pack objects that the rooms below need: value sets, data elements, tables, sources, mappings, flows, and the
 * shapes of those whose meaning lives above (rules, indicators, catalogues, services, reports, policies).
 *
 * Every struct is filled by its config map (config.h); these maps are also the reference documentation (docs/packs.md).
 * Objects are immutable once the set is loaded and live as long as it. */
#ifndef SW_PACK_KINDS_H
#define SW_PACK_KINDS_H

#include "base/map.h"
#include "pack/config.h"

/* --- value_set: codes and their names ------------------------------------------------------------------------- */

typedef struct sw_code_def {
  sw_place at;
  sw_str code, zh, en;
  sw_str parent; /* "" at the top */
  int status;    /* sw_code_status */
} sw_code_def;
typedef enum sw_code_status { SW_CODE_ACTIVE, SW_CODE_RETIRED } sw_code_status;

typedef struct sw_value_set_def {
  sw_ref id;
  sw_text title, note;
  sw_str standard; /* "GB/T 2261.1-2003" */
  sw_str version;
  bool verified;   /* seen in a source, not only likely */
  sw_text missing; /* not empty: the codes are not supplied, and why; rules on it are not applicable */
  sw_config_list codes; /* sw_code_def */
  sw_str file;     /* CSV beside the YAML file, header code,zh[,en,parent,status]: appended to codes */
  sw_map index;    /* code → position + 1 in codes */
} sw_value_set_def;
#define SW_CODE(vs, i) SW_ITEM(sw_code_def, (vs)->codes, i)
/* The code's row, or NULL. */
const sw_code_def *sw_value_set_find(const sw_value_set_def *vs, sw_str code);
static inline bool sw_value_set_installed(const sw_value_set_def *vs) { return vs->codes.n > 0; }

/* --- element: what a column means ------------------------------------------------------------------------------ */

/* The representation format of WS 363 / WS/T 303: A letters, N digits, AN both (any characters), each with a length n, ..n
 * or n..m counted in characters; N..10,2 has two decimals; D8, T6, DT15 date, time, date and time; L yes or no; BY binary. */
typedef enum sw_format_class {
  SW_FMT_NONE, SW_FMT_A, SW_FMT_N, SW_FMT_AN, SW_FMT_D, SW_FMT_T, SW_FMT_DT, SW_FMT_L, SW_FMT_BY
} sw_format_class;
typedef struct sw_format {
  sw_format_class cls;
  int32_t min_len, max_len; /* 0 max_len: not limited */
  int32_t scale;            /* N: decimals */
} sw_format;
bool sw_format_parse(sw_str s, sw_format *out);

typedef struct sw_element_def {
  sw_ref id; /* DE02.01.040.00 */
  sw_text title, definition;
  sw_str format_text;
  sw_format format;
  sw_ref value_set; /* empty name: none */
  sw_str unit;      /* UCUM: cm, g, mmol/L */
  sw_str standard;
  sw_str version;
  bool verified, money, code; /* code: digits are a code, kept as text (implied by value_set) */
  sw_str pattern;             /* regular expression of the whole value; "" none */
} sw_element_def;

/* --- table: columns bound to elements -------------------------------------------------------------------------- */

/* Engine types of columns. */
typedef enum sw_col_type {
  SW_COL_AUTO, /* by the element's format */
  SW_COL_STRING, SW_COL_INT, SW_COL_DECIMAL, SW_COL_DOUBLE, SW_COL_BOOL, SW_COL_DATE, SW_COL_TIME, SW_COL_DATETIME, SW_COL_MONEY
} sw_col_type;
extern const sw_config_enum SW_COL_TYPES[]; /* their names, for maps of other kinds; ends with a NULL name */

typedef struct sw_ref_target {
  sw_ref table;
  sw_ref column_ref; /* as written; once loaded: the table's only key column, else the one of the same name */
  sw_str column;     /* once loaded */
} sw_ref_target;

typedef struct sw_column_def {
  sw_place at;
  sw_ref name;
  sw_text title;       /* the element's unless written */
  sw_ref element_id, value_set_id;
  int type;            /* sw_col_type; never AUTO once loaded */
  sw_str format_text, unit, pattern;
  sw_format format;    /* own, else the element's */
  bool required;
  sw_ref_target references; /* empty table name: none */
  int64_t precision, scale; /* DECIMAL and MONEY, once loaded */
  const sw_element_def *element;     /* resolved; NULL none */
  const sw_value_set_def *value_set; /* own, else the element's; NULL none */
} sw_column_def;

typedef struct sw_child_def {
  sw_ref table;
  sw_config_list on; /* sw_ref: columns that both sides have; empty: the parent's key columns that the child has */
  sw_ref order;      /* column of the child; empty: by _row, _part */
} sw_child_def;

/* Who answers for a row: columns of the table itself or, with `from`, of the table that it belongs to. */
typedef enum sw_owner_level { SW_OWNER_INSTITUTION, SW_OWNER_DEPARTMENT, SW_OWNER_CODER, SW_OWNER_DOCTOR, SW_OWNER_LEVELS } sw_owner_level;
extern const sw_config_enum SW_OWNER_NAMES[]; /* institution, department, coder, doctor; ends with a NULL name */
typedef struct sw_owner_def {
  sw_ref from;            /* table; empty: this one */
  sw_config_list on;      /* sw_ref: columns that both have; empty: this table's key columns that the other has */
  sw_ref department, coder, doctor; /* columns; empty: not known */
  int level;              /* sw_owner_level: of findings whose rule says nothing */
} sw_owner_def;

typedef struct sw_table_def {
  sw_ref id; /* schema.table */
  sw_text title;
  sw_str version;
  sw_config_list key;     /* sw_ref */
  sw_ref org, time;       /* column names; empty: none */
  bool money;             /* amount-bearing: never replaced by version */
  bool external;          /* made by the program (person.person …): declared for references only */
  sw_config_list columns; /* sw_column_def */
  sw_config_dict children; /* sw_child_def by role */
  sw_owner_def owner;     /* of findings on its rows */
  int64_t freshness_us;   /* newest business time must be this near the as-of time; 0: not checked */
  double volume_change;   /* a batch may differ from the usual row count by this share; 0: not checked */
  sw_map index;           /* column name (lower case) → position + 1 */
} sw_table_def;
#define SW_COLUMN(t, i) SW_ITEM(sw_column_def, (t)->columns, i)
const sw_column_def *sw_table_column(const sw_table_def *t, sw_str name); /* ASCII case ignored; NULL */

/* --- source: what an institution delivers ---------------------------------------------------------------------- */

typedef enum sw_delivery { SW_DELIVERY_INCREMENT, SW_DELIVERY_FULL } sw_delivery;
typedef enum sw_source_format {
  SW_SRC_AUTO, SW_SRC_CSV, SW_SRC_NDJSON, SW_SRC_PARQUET, SW_SRC_XLSX, SW_SRC_DBF, SW_SRC_ODBC
} sw_source_format;

typedef struct sw_source_column_def {
  sw_place at;
  sw_ref name;            /* in ods */
  int type;               /* sw_col_type; AUTO is STRING */
  int64_t precision, scale;
  sw_str format;          /* pattern like yyyy-MM-dd, days:1840-12-31 (a day number), horolog, excel, fen; "" all usual habits */
  sw_config_list aliases; /* sw_str: header names of the same column (ASCII case ignored) */
  bool required;          /* the file's header must have it */
  sw_text title;
} sw_source_column_def;

typedef struct sw_file_form { /* how files are written; a table's own wins over the source's `defaults` */
  int format;              /* sw_source_format */
  sw_str encoding;         /* "" detected; utf-8, gb18030, utf-16 … */
  sw_str delimiter, quote; /* "" detected; quote "none" */
  int header;              /* sw_header */
  bool has_nulls;
  sw_config_list nulls;    /* sw_str: texts that mean NULL, besides the empty field */
  sw_str sheet;            /* XLSX: name; "" the first */
  int64_t skip_lines;      /* before the header */
  sw_config_list totals;   /* sw_str: a row whose first cell is one of these is a total row (合计, 总计) */
} sw_file_form;
typedef enum sw_header { SW_HEADER_AUTO, SW_HEADER_YES, SW_HEADER_NO } sw_header;

typedef struct sw_deletions { sw_ref column; sw_config_list values; /* sw_str */ } sw_deletions;

typedef struct sw_source_table_def {
  sw_place at;
  sw_ref table;           /* ods.x */
  sw_text title;
  sw_config_list files;   /* sw_str: globs below the delivery root with {org}, {date}, {source} */
  sw_file_form form;
  int delivery;           /* sw_delivery; the source's unless written */
  bool has_delivery;
  sw_config_list order;   /* sw_ref: columns that order versions, oldest first */
  sw_deletions deletions;
  sw_config_list columns; /* sw_source_column_def */
  bool strict;            /* columns of the file that are not declared refuse the file (else they are reported) */
  sw_str odbc_table;      /* ODBC: name in the database, or … */
  sw_str odbc_query;      /* … a SELECT in the database's own dialect */
  sw_ref watermark;       /* ODBC: column read incrementally; empty: the full table */
  sw_str org;             /* fixed institution; "" from {org}, or from org_column */
  sw_ref org_column;      /* the column of the row that says whose it is */
} sw_source_table_def;

typedef struct sw_manifest { /* a file that lists the delivery's files and counts */
  bool declared;
  sw_config_list files;    /* sw_str globs */
  sw_file_form form;
  sw_str file, rows, sha256, amount; /* names of its columns; "" none */
} sw_manifest;

typedef struct sw_closing { /* daily closing totals (日结): which ods table holds them, and what they count */
  sw_place at;
  sw_ref table;             /* ods table that holds the totals */
  sw_ref of;                /* ods table that is counted */
  sw_config_sqltext where;        /* rows of `table` that concern `of` */
  sw_config_sqltext of_where;     /* rows of `of` that are counted */
  sw_ref date, of_date;     /* the day, in both */
  sw_ref rows, patients, amount;   /* columns of `table`; empty: not told */
  sw_ref of_patient, of_amount;    /* columns of `of` */
  double tolerance_rows;    /* absolute */
  int64_t tolerance_amount; /* fen */
} sw_closing;

typedef struct sw_source_def {
  sw_ref id;
  sw_text title;
  sw_str version;
  sw_config_list orgs;     /* sw_str; empty: any */
  sw_ref connection;       /* ODBC: the name of a connection in suwen.yaml */
  sw_file_form defaults;
  int delivery;
  sw_config_list tables;   /* sw_source_table_def */
  sw_manifest manifest;
  sw_config_list closing_totals; /* sw_closing */
} sw_source_def;

/* A source column by name (ASCII case ignored); NULL. */
const sw_source_column_def *sw_source_table_column(const sw_source_table_def *t, sw_str name);

/* --- mapping: local codes, or columns --------------------------------------------------------------------------- */

typedef struct sw_code_rule_def {
  sw_place at;
  sw_str from, to;
  sw_str org;        /* only this institution; "" all */
  int32_t since, until; /* days, by the mapping's date column; 0: no bound */
  bool has_since, has_until;
  sw_text note;
} sw_code_rule_def;

typedef struct sw_map_column_def { /* one column of the target */
  sw_place at;
  sw_config_list from;    /* sw_ref source columns; several: the first that is not blank */
  sw_config_list from_node; /* the same as texts, as parsed */
  bool has_const;
  sw_str constant;        /* const: */
  sw_config_sqltext expr;       /* SQL scalar over the source's columns */
  sw_ref codes;           /* mapping of codes; empty: none */
  sw_ref codes_date;      /* column whose date chooses among code rules with since/until */
  sw_str unit;            /* of the source value; converted to the element's */
  int as;                 /* sw_col_type to read the source value as, before anything else; AUTO: as it is */
  sw_str format;          /* dates: strptime form, or days:1840-12-31 */
  sw_config_list blanks;  /* sw_str: values that mean nothing here ("-", "无") */
  sw_text note;
} sw_map_column_def;

typedef struct sw_repeat_def { /* a repeated column group: one source row, several target rows */
  sw_place at;
  int64_t count, start;   /* {n} in column names runs from start */
  int64_t pad;            /* digits of {n}, zero-filled; 0: as is */
  sw_config_dict columns; /* sw_map_column_def */
  sw_config_list present; /* sw_str, source columns: an instance is there when any is not blank; empty: all `from` of the group */
} sw_repeat_def;

typedef struct sw_lookup_def { /* columns of one more ods table, at most one (its newest) row for each row */
  sw_place at;
  sw_ref table;
  sw_config_dict on;      /* sw_ref: lookup column → column of the driving table */
  sw_config_sqltext where; /* SQL over the lookup table's own columns: which of its rows count; empty: all */
  bool any_org;           /* match across institutions (default: the same) */
} sw_lookup_def;

typedef struct sw_mapping_def {
  sw_ref id;
  sw_text title;
  sw_str version;
  sw_ref source;
  bool verified;
  /* use 1: codes */
  sw_ref value_set;
  sw_config_list codes;   /* sw_code_rule_def; also written as a dictionary from: to */
  const sw_node *codes_node; /* as written */
  bool identity;          /* codes of the value set stand for themselves */
  sw_str otherwise;       /* code for everything else; "": unmapped */
  sw_str file;            /* CSV beside: from,to[,org,since,until] appended */
  /* use 2: columns */
  sw_ref into;            /* target table */
  sw_ref from;            /* the driving ods table */
  sw_config_sqltext where;
  sw_config_list key;     /* sw_ref target columns that identify a record for versions; empty: the table's key when there is no repeat */
  sw_config_list order;   /* sw_ref source columns; empty: the source table's */
  sw_config_list replace_by; /* sw_ref target columns: a newer delivery replaces all rows that agree in these */
  sw_config_dict lookups; /* sw_lookup_def by alias: written alias.column */
  sw_config_dict columns; /* sw_map_column_def by target column */
  sw_config_list repeat;  /* sw_repeat_def */
} sw_mapping_def;

/* --- flow ------------------------------------------------------------------------------------------------------- */

typedef struct sw_flow_step_def {
  sw_place at;
  sw_ref id;
  sw_text title;
  sw_ref op;              /* name of an operator */
  sw_config_list needs;   /* sw_ref step ids */
  const sw_node *config;  /* as written; NULL none */
  void *options;          /* the operator's struct, parsed by its config map; NULL when it has none */
  int64_t retries;
  int64_t retry_delay_us;
  int64_t timeout_us;     /* 0: none */
  bool optional;          /* its failure does not fail the run */
} sw_flow_step_def;

typedef struct sw_flow_def {
  sw_ref id;
  sw_text title;
  sw_str version;
  sw_str schedule;        /* 5-field cron; "" none */
  sw_config_list steps;   /* sw_flow_step_def */
  const uint32_t *topo;   /* positions of steps in an order where needs come first */
} sw_flow_def;

/* --- kinds whose meaning lives in rooms above ---------------------------------------------------------------------- */

/* Their basic shape; the owning room registers a map of its own in the registry (pack.h), which replaces this. */
typedef struct sw_generic {
  sw_ref id;
  sw_text title;
  sw_str version;
  const sw_node *body; /* the whole object */
} sw_generic;

#endif
