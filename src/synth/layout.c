#include "synth/layout.h"

/* clang-format off */
#define TABLE(t, b, a, c, closing, amount) [SY_T_##t] = {b, a, c, closing, amount},
#define COLUMN(t, id, b, a, c, type, hqms, heading)
const sy_table SY_TABLES[SY_NTABLES] = {
#include "synth/layout.def"
};
#undef TABLE
#undef COLUMN

#define TABLE(t, b, a, c, closing, amount)
#define COLUMN(t, id, b, a, c, type, hqms, heading) [SY_C_##t##_##id] = {b, a, c, SY_##type, hqms, heading},
const sy_column SY_COLUMNS[SY_NCOLUMNS] = {
#include "synth/layout.def"
};
#undef TABLE
#undef COLUMN

#define TABLE(t, b, a, c, closing, amount) SY_F_##t,
#define COLUMN(t, id, b, a, c, type, hqms, heading)
const int SY_FIRST[SY_NTABLES + 1] = {
#include "synth/layout.def"
  SY_NCOLUMNS};
#undef TABLE
#undef COLUMN
/* clang-format on */

int sy_column_of(int table, const char *name) {
  for (int i = 0; *name && i < sy_ncolumns(table); i++)
    if (strcmp(SY_COLUMNS[SY_FIRST[table] + i].name, name) == 0) return i;
  return -1;
}
