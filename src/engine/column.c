#include "engine/column.h"

#include "base/date.h"
#include "engine/backend.h"

#include <math.h>
#include <stdio.h>

typedef __int128 wide;
typedef unsigned __int128 uwide;

static wide to_wide(sw_i128 v) { return (wide)(((uwide)(uint64_t)v.upper << 64) | v.lower); }

/* An integer of any storage, widened. False for other storages. */
static bool load(const sw_column *c, size_t row, wide *out) {
  const void *p = c->data;
  switch (c->storage) {
    case SW_TYPE_BOOL: *out = ((const bool *)p)[row]; return true;
    case SW_TYPE_I8: *out = ((const int8_t *)p)[row]; return true;
    case SW_TYPE_I16: *out = ((const int16_t *)p)[row]; return true;
    case SW_TYPE_DATE:
    case SW_TYPE_I32: *out = ((const int32_t *)p)[row]; return true;
    case SW_TYPE_TIME:
    case SW_TYPE_TIMESTAMP:
    case SW_TYPE_I64: *out = ((const int64_t *)p)[row]; return true;
    case SW_TYPE_U8: *out = ((const uint8_t *)p)[row]; return true;
    case SW_TYPE_U16: *out = ((const uint16_t *)p)[row]; return true;
    case SW_TYPE_U32: *out = ((const uint32_t *)p)[row]; return true;
    case SW_TYPE_U64: *out = (wide)((const uint64_t *)p)[row]; return true;
    case SW_TYPE_I128: *out = to_wide(((const sw_i128 *)p)[row]); return true;
    case SW_TYPE_INVALID: case SW_TYPE_ANY: case SW_TYPE_NULL: case SW_TYPE_F32: case SW_TYPE_F64: case SW_TYPE_DECIMAL:
    case SW_TYPE_STR: case SW_TYPE_BLOB: case SW_TYPE_LIST: case SW_TYPE_STRUCT: case SW_TYPE_OTHER: return false;
  }
  return false;
}

static bool narrow(wide v, int64_t *out) {
  *out = (int64_t)v;
  return *out == v;
}

static wide pow10_wide(int n) {
  wide p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

bool sw_column_i64(const sw_column *c, size_t row, int64_t *out) {
  wide v;
  if (c->type.id == SW_TYPE_DECIMAL && c->type.scale) return false;
  return load(c, row, &v) && narrow(v, out);
}

bool sw_column_f64(const sw_column *c, size_t row, double *out) {
  wide v;
  if (c->storage == SW_TYPE_F64) {
    *out = ((const double *)c->data)[row];
  } else if (c->storage == SW_TYPE_F32) {
    *out = (double)((const float *)c->data)[row];
  } else if (load(c, row, &v)) {
    *out = (double)v;
    if (c->type.id == SW_TYPE_DECIMAL) *out /= pow(10, c->type.scale);
  } else {
    return false;
  }
  return true;
}

bool sw_column_decimal(const sw_column *c, size_t row, int scale, int64_t *out) {
  wide v;
  if (c->type.id == SW_TYPE_DATE || c->type.id == SW_TYPE_TIME || c->type.id == SW_TYPE_TIMESTAMP || !load(c, row, &v)) return false;
  int have = c->type.id == SW_TYPE_DECIMAL ? c->type.scale : 0;
  if (have > scale) {
    wide by = pow10_wide(have - scale);
    if (v % by) return false; /* would lose digits */
    return narrow(v / by, out);
  }
  if (have < scale && __builtin_mul_overflow(v, pow10_wide(scale - have), &v)) return false;
  return narrow(v, out);
}

void sw_text_i128(sw_i128 v, int scale, sw_buf *out) {
  wide w = to_wide(v);
  uwide u = w < 0 ? -(uwide)w : (uwide)w;
  char digits[48];
  size_t at = sizeof digits;
  int n = 0;
  do {
    if (scale && n == scale) digits[--at] = '.';
    digits[--at] = (char)('0' + (int)(u % 10));
    u /= 10;
    n++;
  } while (u || n <= scale);
  if (w < 0) digits[--at] = '-';
  sw_buf_put(out, digits + at, sizeof digits - at);
}

void sw_text_f64(double v, sw_buf *out) {
  char text[40];
  if (isnan(v)) snprintf(text, sizeof text, "nan");
  else if (isinf(v)) snprintf(text, sizeof text, v > 0 ? "inf" : "-inf");
  else
    for (int digits = 15; digits <= 17; digits++) {
      snprintf(text, sizeof text, "%.*g", digits, v);
      double back;
      if (sw_str_to_f64(sw_str_of(text), &back) && back == v) break;
    }
  sw_buf_puts(out, text);
}

static void text_blob(sw_str s, sw_buf *out) {
  sw_buf_puts(out, "\\x");
  for (size_t i = 0; i < s.len; i++) sw_buf_printf(out, "%02X", (unsigned)(unsigned char)s.ptr[i]);
}

static void text_time(int64_t us, sw_buf *out) {
  int64_t s = us / 1000000, fraction = us % 1000000;
  sw_buf_printf(out, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
  if (fraction) sw_buf_printf(out, ".%06d", (int)fraction);
}

/* The engine keeps infinite dates and times as the ends of the range. */
static void text_day(int32_t days, sw_buf *out) {
  int y, m, d;
  if (days == INT32_MAX || days == -INT32_MAX) return sw_buf_puts(out, days > 0 ? "infinity" : "-infinity");
  sw_civil_from_days(days, &y, &m, &d);
  sw_buf_printf(out, "%04d-%02d-%02d%s", y > 0 ? y : 1 - y, m, d, y > 0 ? "" : " (BC)");
}

static void text_moment(int64_t us, sw_buf *out) {
  sw_civil c;
  if (us == INT64_MAX || us == -INT64_MAX) return sw_buf_puts(out, us > 0 ? "infinity" : "-infinity");
  sw_civil_from_us(us, &c);
  sw_buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d", c.year > 0 ? c.year : 1 - c.year, c.month, c.day, c.hour, c.minute, c.second);
  if (c.micro) sw_buf_printf(out, ".%06d", c.micro);
  if (c.year <= 0) sw_buf_puts(out, " (BC)");
}

static void text_inner(const sw_column *c, size_t row, sw_buf *out) {
  if (sw_column_valid(c, row)) sw_column_text(c, row, out);
  else sw_buf_puts(out, "NULL");
}

static void text_list(const sw_column *c, size_t row, sw_buf *out) {
  sw_list_entry e = sw_column_list(c, row);
  sw_buf_putc(out, '[');
  for (uint64_t i = 0; i < e.length; i++) {
    if (i) sw_buf_puts(out, ", ");
    text_inner(&c->children[0], (size_t)(e.offset + i), out);
  }
  sw_buf_putc(out, ']');
}

static void text_struct(const sw_column *c, size_t row, sw_buf *out) {
  sw_buf_putc(out, '{');
  for (size_t i = 0; i < c->nchildren; i++) {
    const char *name = c->children[i].name;
    sw_buf_printf(out, "%s%s: ", i ? ", " : "", name ? name : "");
    text_inner(&c->children[i], row, out);
  }
  sw_buf_putc(out, '}');
}

static void text_number(const sw_column *c, size_t row, sw_buf *out) {
  wide v;
  if (!load(c, row, &v)) return;
  sw_i128 w = {.lower = (uint64_t)(uwide)v, .upper = (int64_t)(v >> 64)};
  sw_text_i128(w, c->type.id == SW_TYPE_DECIMAL ? c->type.scale : 0, out);
}

void sw_column_text(const sw_column *c, size_t row, sw_buf *out) {
  if (!sw_column_valid(c, row)) return;
  switch (c->type.id) {
    case SW_TYPE_BOOL: sw_buf_puts(out, ((const bool *)c->data)[row] ? "true" : "false"); return;
    case SW_TYPE_F32: sw_buf_printf(out, "%.9g", (double)((const float *)c->data)[row]); return;
    case SW_TYPE_F64: sw_text_f64(((const double *)c->data)[row], out); return;
    case SW_TYPE_OTHER:
    case SW_TYPE_STR: sw_buf_str_put(out, sw_column_str(c, row)); return;
    case SW_TYPE_BLOB: text_blob(sw_column_str(c, row), out); return;
    case SW_TYPE_DATE: text_day(((const int32_t *)c->data)[row], out); return;
    case SW_TYPE_TIME: text_time(((const int64_t *)c->data)[row], out); return;
    case SW_TYPE_TIMESTAMP: text_moment(((const int64_t *)c->data)[row], out); return;
    case SW_TYPE_LIST: text_list(c, row, out); return;
    case SW_TYPE_STRUCT: text_struct(c, row, out); return;
    case SW_TYPE_I8: case SW_TYPE_I16: case SW_TYPE_I32: case SW_TYPE_I64: case SW_TYPE_U8: case SW_TYPE_U16:
    case SW_TYPE_U32: case SW_TYPE_U64: case SW_TYPE_I128: case SW_TYPE_DECIMAL: text_number(c, row, out); return;
    case SW_TYPE_INVALID: case SW_TYPE_ANY: case SW_TYPE_NULL: return;
  }
}

static void json_list(const sw_column *c, size_t row, sw_json *j) {
  sw_list_entry e = sw_column_list(c, row);
  sw_json_open(j, '[');
  for (uint64_t i = 0; i < e.length; i++) sw_column_json(&c->children[0], (size_t)(e.offset + i), j);
  sw_json_close(j, ']');
}

static void json_struct(const sw_column *c, size_t row, sw_json *j) {
  sw_json_open(j, '{');
  for (size_t i = 0; i < c->nchildren; i++) {
    sw_json_key(j, c->children[i].name ? c->children[i].name : "");
    sw_column_json(&c->children[i], row, j);
  }
  sw_json_close(j, '}');
}

static void json_digits(const sw_column *c, size_t row, sw_json *j) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  text_number(c, row, &text);
  sw_json_raw(j, sw_buf_str(&text));
}

static void json_text(const sw_column *c, size_t row, sw_json *j) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_column_text(c, row, &text);
  sw_json_str(j, sw_buf_str(&text));
}

void sw_column_json(const sw_column *c, size_t row, sw_json *j) {
  if (!sw_column_valid(c, row)) {
    sw_json_null(j);
    return;
  }
  double v;
  switch (c->type.id) {
    case SW_TYPE_BOOL: sw_json_bool(j, ((const bool *)c->data)[row]); return;
    case SW_TYPE_F32:
    case SW_TYPE_F64:
      if (sw_column_f64(c, row, &v)) sw_json_f64(j, v);
      else sw_json_null(j);
      return;
    case SW_TYPE_LIST: json_list(c, row, j); return;
    case SW_TYPE_STRUCT: json_struct(c, row, j); return;
    case SW_TYPE_I8: case SW_TYPE_I16: case SW_TYPE_I32: case SW_TYPE_I64: case SW_TYPE_U8: case SW_TYPE_U16:
    case SW_TYPE_U32: case SW_TYPE_U64: case SW_TYPE_I128: case SW_TYPE_DECIMAL: json_digits(c, row, j); return;
    case SW_TYPE_STR: case SW_TYPE_OTHER: case SW_TYPE_BLOB: case SW_TYPE_DATE: case SW_TYPE_TIME: case SW_TYPE_TIMESTAMP: json_text(c, row, j); return;
    case SW_TYPE_INVALID: case SW_TYPE_ANY: case SW_TYPE_NULL: sw_json_null(j); return;
  }
}

/* sw_out_null, sw_out_str: the engine's vectors, in duckdb_column.c. */

bool sw_out_decimal(sw_out_column *c, size_t row, int64_t scaled) {
  wide limit = pow10_wide(c->type.width);
  if (scaled >= limit || scaled <= -limit) return false;
  switch (c->storage) {
    case SW_TYPE_I16: ((int16_t *)c->data)[row] = (int16_t)scaled; return true;
    case SW_TYPE_I32: ((int32_t *)c->data)[row] = (int32_t)scaled; return true;
    case SW_TYPE_I64: ((int64_t *)c->data)[row] = scaled; return true;
    case SW_TYPE_I128:
      ((sw_i128 *)c->data)[row] = (sw_i128){.lower = (uint64_t)scaled, .upper = scaled < 0 ? -1 : 0};
      return true;
    case SW_TYPE_INVALID: case SW_TYPE_ANY: case SW_TYPE_NULL: case SW_TYPE_BOOL: case SW_TYPE_I8: case SW_TYPE_U8:
    case SW_TYPE_U16: case SW_TYPE_U32: case SW_TYPE_U64: case SW_TYPE_F32: case SW_TYPE_F64: case SW_TYPE_DECIMAL:
    case SW_TYPE_STR: case SW_TYPE_BLOB: case SW_TYPE_DATE: case SW_TYPE_TIME: case SW_TYPE_TIMESTAMP: case SW_TYPE_LIST:
    case SW_TYPE_STRUCT: case SW_TYPE_OTHER: return false;
  }
  return false;
}
