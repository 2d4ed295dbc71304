#include "engine/type.h"

#include "engine/backend.h"

static const struct {
  sw_type_id id;
  const char *sql; /* the first of an id is its spelling, later ones are synonyms */
  uint8_t size;
} NAMES[] = {
    {SW_TYPE_ANY, "ANY", 0},
    {SW_TYPE_NULL, "\"NULL\"", 0},
    {SW_TYPE_BOOL, "BOOLEAN", 1},
    {SW_TYPE_BOOL, "BOOL", 1},
    {SW_TYPE_I8, "TINYINT", 1},
    {SW_TYPE_I8, "INT1", 1},
    {SW_TYPE_I16, "SMALLINT", 2},
    {SW_TYPE_I16, "INT2", 2},
    {SW_TYPE_I32, "INTEGER", 4},
    {SW_TYPE_I32, "INT", 4},
    {SW_TYPE_I32, "INT4", 4},
    {SW_TYPE_I64, "BIGINT", 8},
    {SW_TYPE_I64, "LONG", 8},
    {SW_TYPE_I64, "INT8", 8},
    {SW_TYPE_U8, "UTINYINT", 1},
    {SW_TYPE_U16, "USMALLINT", 2},
    {SW_TYPE_U32, "UINTEGER", 4},
    {SW_TYPE_U64, "UBIGINT", 8},
    {SW_TYPE_I128, "HUGEINT", 16},
    {SW_TYPE_F32, "FLOAT", 4},
    {SW_TYPE_F32, "REAL", 4},
    {SW_TYPE_F64, "DOUBLE", 8},
    {SW_TYPE_F64, "DOUBLE PRECISION", 8},
    {SW_TYPE_DECIMAL, "DECIMAL", 0},
    {SW_TYPE_DECIMAL, "NUMERIC", 0},
    {SW_TYPE_STR, "VARCHAR", 16},
    {SW_TYPE_STR, "STRING", 16},
    {SW_TYPE_STR, "TEXT", 16},
    {SW_TYPE_STR, "CHAR", 16},
    {SW_TYPE_BLOB, "BLOB", 16},
    {SW_TYPE_BLOB, "BINARY", 16},
    {SW_TYPE_DATE, "DATE", 4},
    {SW_TYPE_TIME, "TIME", 8},
    {SW_TYPE_TIMESTAMP, "TIMESTAMP", 8},
    {SW_TYPE_TIMESTAMP, "DATETIME", 8},
    {SW_TYPE_LIST, "LIST", 16},
    {SW_TYPE_STRUCT, "STRUCT", 0},
};

sw_type_id sw_decimal_storage(uint8_t width) {
  return width <= 4 ? SW_TYPE_I16 : width <= 9 ? SW_TYPE_I32 : width <= 18 ? SW_TYPE_I64 : SW_TYPE_I128;
}

size_t sw_type_size(sw_type t) {
  sw_type_id id = t.id == SW_TYPE_DECIMAL ? sw_decimal_storage(t.width) : t.id;
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
    if (NAMES[i].id == id) return NAMES[i].size;
  return 0;
}

void sw_type_sql(sw_type t, sw_buf *out) {
  const char *name = "VARCHAR"; /* OTHER: readable through a cast */
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    if (NAMES[i].id != t.id) continue;
    name = NAMES[i].sql;
    break;
  }
  sw_buf_puts(out, name);
  if (t.id == SW_TYPE_DECIMAL) sw_buf_printf(out, "(%d,%d)", t.width, t.scale);
}

/* "(18,2)", "(18)" or nothing after DECIMAL; "(n)" after VARCHAR and CHAR is read and means nothing to the engine. */
static bool parse_arguments(sw_str s, int64_t args[2], int *n) {
  *n = 0;
  if (!s.len) return true;
  if (s.len < 3 || s.ptr[0] != '(' || s.ptr[s.len - 1] != ')') return false;
  s = sw_str_sub(s, 1, s.len - 2);
  ptrdiff_t comma = sw_str_find(s, SW_LIT(","));
  sw_str first = comma < 0 ? s : sw_str_sub(s, 0, (size_t)comma);
  if (!sw_str_to_i64(sw_str_trim(first), &args[(*n)++])) return false;
  if (comma < 0) return true;
  return sw_str_to_i64(sw_str_trim(sw_str_sub(s, (size_t)comma + 1, s.len)), &args[(*n)++]);
}

static bool set_decimal(const int64_t args[2], int n, sw_type *out) {
  int64_t width = n > 0 ? args[0] : 18, scale = n > 1 ? args[1] : n > 0 ? 0 : 3;
  if (width < 1 || width > 38 || scale < 0 || scale > width) return false;
  *out = SW_T_DECIMAL((uint8_t)width, (uint8_t)scale);
  return true;
}

bool sw_type_parse(sw_str sql, sw_type *out) {
  sql = sw_str_trim(sql);
  ptrdiff_t paren = sw_str_find(sql, SW_LIT("("));
  sw_str name = sw_str_trim(paren < 0 ? sql : sw_str_sub(sql, 0, (size_t)paren));
  int64_t args[2] = {0, 0};
  int n = 0;
  if (paren >= 0 && !parse_arguments(sw_str_sub(sql, (size_t)paren, sql.len), args, &n)) return false;
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    if (!sw_str_ieq(name, sw_str_of(NAMES[i].sql))) continue;
    sw_type_id id = NAMES[i].id;
    if (id == SW_TYPE_ANY || id == SW_TYPE_NULL || id == SW_TYPE_LIST || id == SW_TYPE_STRUCT) return false;
    if (id == SW_TYPE_DECIMAL) return set_decimal(args, n, out);
    if (n && (id != SW_TYPE_STR || n > 1)) return false;
    *out = (sw_type){.id = id};
    return true;
  }
  return false;
}
