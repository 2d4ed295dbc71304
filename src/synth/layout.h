/* The layouts of the delivered tables (layout.def) as tables that code can walk. Internal to the room.
 *
 * Column ids number all columns of all tables in one row, so that SY_C_VISIT_PAYER says which table it belongs to; a row
 * keeps its values from the table's first column on. */
#ifndef SW_SYNTH_LAYOUT_H
#define SW_SYNTH_LAYOUT_H

#include "base/str.h"

typedef enum sy_type {
  SY_KEY,
  SY_TEXT,
  SY_CODE,
  SY_SEX,
  SY_INT,
  SY_MONEY,
  SY_NUM3,
  SY_NUM4,
  SY_DATE,
  SY_TIME
} sy_type;

/* clang-format off */
#define TABLE(t, b, a, c, closing, amount) SY_T_##t,
#define COLUMN(t, id, b, a, c, type, hqms, heading)
typedef enum sy_table_id {
#include "synth/layout.def"
  SY_NTABLES
} sy_table_id;
#undef TABLE
#undef COLUMN

#define TABLE(t, b, a, c, closing, amount) SY_F_##t, SY_R_##t = SY_F_##t - 1,
#define COLUMN(t, id, b, a, c, type, hqms, heading) SY_C_##t##_##id,
typedef enum sy_column_id {
#include "synth/layout.def"
  SY_NCOLUMNS
} sy_column_id;
#undef TABLE
#undef COLUMN
/* clang-format on */

typedef struct sy_column {
  const char *name, *a, *c; /* of vendors b, a and c */
  sy_type type;
  const char *hqms, *heading; /* front page only; "" when there is none */
} sy_column;

typedef struct sy_table {
  const char *name, *a, *c;
  const char *closing, *amount; /* columns of the daily closing totals, "" for none */
} sy_table;

enum { SY_MAX_COLUMNS = 128, SY_FIRST_SETL = SY_T_SETLINFO };

extern const sy_table SY_TABLES[SY_NTABLES];
extern const sy_column SY_COLUMNS[SY_NCOLUMNS];
extern const int SY_FIRST[SY_NTABLES + 1]; /* a table's columns are [SY_FIRST[t], SY_FIRST[t + 1]) */
static inline int sy_ncolumns(int table) { return SY_FIRST[table + 1] - SY_FIRST[table]; }
int sy_column_of(int table, const char *name); /* position within the table; -1 unknown or "" */

#endif
